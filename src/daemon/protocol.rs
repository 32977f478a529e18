//! What client and server say to each other: one line of JSON each way per command.
//!
//! Each command has an id. A command that comes twice under one id is done once and answered twice.

use std::io;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};

use crate::action::{
    Action, ConsoleLog, Effect, Outcome, ReadConsole, ReadRequests, Ref, RequestDetail, RequestLog,
};
use crate::browser::{Bodies, LoginInfo, LoginName, Rule, Secrets};
use crate::snapshot::RenderOptions;

/// Grows when the lines change their form.
pub(super) const VERSION: u32 = 3;
/// Longest line from a client: an action with a text of some hundred pages.
pub(super) const REQUEST_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Longest line from a server: a picture of a large page as base64.
pub(super) const REPLY_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// One command with its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) version: u32,
    /// Names this one command for all time.
    pub(super) id: String,
    /// How long it may take in all, in milliseconds.
    pub(super) limit_ms: u64,
    pub(super) order: Order,
}

impl Request {
    pub(super) fn limit(&self) -> Duration {
        Duration::from_millis(self.limit_ms)
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Order {
    /// Performs one action.
    Act {
        /// The action, as typed.
        action: Box<Action>,
        /// Effects approved beforehand.
        yes: Vec<Effect>,
        /// The question that the person said yes to, when it was asked before.
        agreed: Option<String>,
        /// How the page is shown afterwards.
        view: View,
    },
    /// Looks at the page.
    Look {
        /// What is shown of it.
        look: Look,
        /// How much of it.
        view: View,
    },
    /// Looks up what happened on the pages.
    Traffic {
        /// What is looked up.
        traffic: Traffic,
    },
    /// Reads or changes the rules for requests.
    Rules {
        /// What is done to them.
        change: RuleChange,
    },
    /// Saves or loads logins.
    Login {
        /// Which of the two.
        change: LoginChange,
    },
    /// Says how the session is.
    Status {},
    /// Ends the session, whatever it is doing.
    Close {},
}

/// What is shown of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Look {
    /// The page.
    Page {},
    /// What changed since it was last shown.
    Changes {},
    /// The nodes that say so.
    Find {
        /// What they say.
        text: String,
    },
    /// The tabs.
    Tabs {},
}

/// What is looked up of what happened on the pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Traffic {
    /// The console.
    Console(ReadConsole),
    /// The list of requests.
    Requests(ReadRequests),
    /// One request.
    Request {
        /// Its number.
        number: u32,
        /// Whether its secrets are shown.
        secrets: Secrets,
    },
    /// All requests as an HTTP archive.
    Har {
        /// Whether their secrets are shown.
        secrets: Secrets,
        /// Whether what they carried is in it.
        bodies: Bodies,
    },
}

/// What is done to the rules for requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum RuleChange {
    /// They are only listed.
    None {},
    /// One is added.
    Add {
        /// The rule.
        rule: Rule,
    },
    /// All are taken away.
    Clear {},
}

/// What is done with logins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum LoginChange {
    /// Those of the session are saved.
    Save {
        /// Under this name.
        name: LoginName,
    },
    /// Saved ones are loaded.
    Load {
        /// Their name.
        name: LoginName,
    },
}

/// How much of a page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Most tokens; 0 shows nothing.
    pub tokens_max: usize,
    /// Only what can be worked.
    pub interactive: bool,
    /// Most levels.
    pub depth_max: Option<usize>,
    /// Only what lies in this node.
    pub scope: Option<Ref>,
    /// No lists are folded: as much as fits from the beginning.
    #[serde(default)]
    pub whole: bool,
    /// Only what comes after the row that holds this node.
    #[serde(default)]
    pub after: Option<Ref>,
    /// Where each node is, too.
    #[serde(default)]
    pub geometry: bool,
}

impl View {
    pub(super) fn options(self) -> RenderOptions {
        RenderOptions {
            tokens_max: self.tokens_max,
            interactive: self.interactive,
            depth_max: self.depth_max,
            scope: self.scope,
            whole: self.whole,
            after: self.after,
            geometry: self.geometry,
        }
    }
}

/// The answer to the command with the same id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Reply {
    pub(super) id: String,
    pub(super) answer: Answer,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Answer {
    /// The action was judged and, where allowed, performed.
    Acted(Box<Acted>),
    /// The page as asked for.
    Seen {
        /// The text.
        text: String,
    },
    /// The console as asked for.
    Console(ConsoleLog),
    /// The requests as asked for.
    Requests(RequestLog),
    /// The request as asked for.
    Request(Box<RequestDetail>),
    /// The rules as they are now.
    Rules {
        /// Oldest first.
        rules: Vec<Rule>,
    },
    /// What became of the logins.
    Login(LoginInfo),
    /// How the session is.
    Status(Situation),
    /// The session has ended.
    Closed {},
    /// It was not done, and nothing was changed.
    Refused {
        /// Why, one sentence.
        reason: String,
        /// What would help; may be empty.
        hint: String,
    },
    /// It names something that is not there; nothing was changed.
    Missing {
        /// What, one sentence.
        reason: String,
        /// What would help.
        hint: String,
    },
    /// The session can't go on and ends.
    Lost {
        /// Why, one sentence.
        reason: String,
        /// What would help; may be empty.
        hint: String,
    },
    /// Another version of legwork speaks here.
    OtherVersion {},
}

/// What came of an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acted {
    /// The run that journals it.
    pub run: String,
    /// Number of the step in the run.
    pub step: u32,
    /// What it does, in words for people.
    pub title: String,
    /// What the policy and the user said.
    pub decision: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What the policy asks first; none when it was allowed or denied for good.
    pub question: Option<String>,
    /// The page afterwards: whole after a navigation, else what changed since it was last shown.
    pub page: String,
    /// What else is worth a line.
    pub notes: Vec<String>,
    /// Whether the session ended with it, since its browser broke or could not be started.
    pub lost: bool,
}

/// How a session is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Situation {
    /// The server's process.
    pub server: u32,
    /// The browser's process; none before the first page.
    pub browser: Option<u32>,
    /// The run that journals it.
    pub run: String,
    /// Steps so far.
    pub steps: u32,
    /// The page's address; empty before the first page.
    pub url: String,
    /// What it is doing now, in words; none when idle.
    pub doing: Option<String>,
    /// For how long it is doing that, or nothing, in seconds.
    pub seconds: u64,
}

/// Reads one line of at most `bytes_max` bytes; none at the end.
pub(super) async fn read<T: DeserializeOwned>(
    from: &mut (impl tokio::io::AsyncBufRead + Unpin),
    bytes_max: u64,
) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    let count = from.take(bytes_max).read_until(b'\n', &mut line).await?;
    if count == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

/// Writes one line; returns how long it is.
pub(super) async fn write(
    to: &mut (impl tokio::io::AsyncWrite + Unpin),
    said: &impl Serialize,
) -> io::Result<usize> {
    let mut line = serde_json::to_vec(said)?;
    line.push(b'\n');
    to.write_all(&line).await?;
    to.flush().await?;
    Ok(line.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Click;

    #[tokio::test]
    async fn what_is_written_is_read_and_nothing_longer() {
        let request = Request {
            version: VERSION,
            id: "a".to_owned(),
            limit_ms: 5,
            order: Order::Act {
                action: Box::new(Action::Click(Click::on(Ref(3)))),
                yes: vec![Effect::Commit],
                agreed: None,
                view: View {
                    tokens_max: 10,
                    interactive: false,
                    depth_max: None,
                    scope: None,
                    whole: false,
                    after: None,
                    geometry: false,
                },
            },
        };
        let mut line = Vec::new();
        write(&mut line, &request).await.unwrap();
        let back: Option<Request> = read(&mut line.as_slice(), 4096).await.unwrap();
        assert_eq!(back, Some(request));
        assert!(read::<Request>(&mut line.as_slice(), 20).await.is_err());
        assert!(
            read::<Request>(&mut &b"nonsense\n"[..], 4096)
                .await
                .is_err()
        );
        assert_eq!(read::<Request>(&mut &b""[..], 20).await.unwrap(), None);
    }
}
