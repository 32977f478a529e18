//! `legwork web console|errors|requests|har|mock|block`: what happened on the pages, and rules for
//! what they get.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use serde::Serialize;

use super::{Answer, not_done};
use crate::action::{ConsoleLog, ReadConsole, ReadRequests, RequestDetail, RequestLog};
use crate::browser::{Bodies, Rule, RuleAnswer, Secrets};
use crate::cli::report::Kind;
use crate::cli::{Context, Failure};
use crate::daemon::{RuleChange, Traffic};
use crate::home::write_private;
use crate::untrusted;

/// Longest file that is given as an answer, in bytes.
const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024;

pub(super) const CONSOLE: &str = "\
Examples:
  legwork web console
  legwork web console --text timeout --json

Shows the messages of the pages that are open, and from then on those of all pages.";
pub(super) const ERRORS: &str = "\
Examples:
  legwork web errors
  legwork web errors --json";
pub(super) const REQUESTS: &str = "\
Examples:
  legwork web requests
  legwork web requests --text /api/ --failed
  legwork web requests 12
  legwork web requests 12 --secrets --json

Passwords, tokens and cookies are masked unless --secrets is given.";
pub(super) const HAR: &str = "\
Examples:
  legwork web har session.har
  legwork web har session.har --bodies";
pub(super) const MOCK: &str = "\
Examples:
  legwork web mock '*/api/user' --body '{\"name\":\"Ada\"}'
  legwork web mock '*/logo.png' --file logo.png --type image/png
  legwork web mock '*/api/*' --status 503
  legwork web mock --list
  legwork web mock --clear

'*' stands for anything and '?' for one character; words without a '*' may stand anywhere in the
address. The newest rule that fits is applied. Rules end with the session.";
pub(super) const BLOCK: &str = "\
Examples:
  legwork web block '*/ads/*'
  legwork web block tracker.example
  legwork web block --list
  legwork web block --clear";

/// Prints the console.
#[derive(Debug, clap::Args)]
pub(super) struct ConsoleArgs {
    /// Only messages that contain this, in any case
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
}

impl ConsoleArgs {
    pub(super) fn traffic(&self, errors_only: bool) -> Traffic {
        Traffic::Console(ReadConsole {
            errors_only,
            text: self.text.clone(),
        })
    }
}

/// Lists requests.
#[derive(Debug, clap::Args)]
pub(super) struct RequestsArgs {
    /// Print this one with its headers and bodies
    #[arg(value_name = "N", conflicts_with_all = ["text", "failed"])]
    number: Option<u32>,
    /// Only requests whose address contains this, in any case, or whose method it is
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Only requests that failed or were answered with a status from 400
    #[arg(long)]
    failed: bool,
    /// Show passwords, tokens and cookies
    #[arg(long, requires = "number")]
    secrets: bool,
}

impl RequestsArgs {
    pub(super) fn traffic(&self) -> Traffic {
        match self.number {
            Some(number) => Traffic::Request {
                number,
                secrets: secrets(self.secrets),
            },
            None => Traffic::Requests(ReadRequests {
                text: self.text.clone(),
                failed_only: self.failed,
                number: None,
            }),
        }
    }
}

/// Writes an archive.
#[derive(Debug, clap::Args)]
pub(super) struct HarArgs {
    /// The file to write
    pub(super) file: PathBuf,
    /// Put in what requests and answers carried, as far as the browser still has it
    #[arg(long)]
    bodies: bool,
    /// Show passwords, tokens and cookies
    #[arg(long)]
    secrets: bool,
}

impl HarArgs {
    pub(super) fn traffic(&self) -> Traffic {
        Traffic::Har {
            secrets: secrets(self.secrets),
            bodies: if self.bodies {
                Bodies::Taken
            } else {
                Bodies::Left
            },
        }
    }
}

fn secrets(shown: bool) -> Secrets {
    if shown {
        Secrets::Shown
    } else {
        Secrets::Masked
    }
}

/// Blocks requests.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(super) struct BlockArgs {
    /// Addresses to block, such as '*/ads/*'
    #[arg(group = "what")]
    pattern: Option<String>,
    /// List the rules
    #[arg(long, group = "what")]
    list: bool,
    /// Take all rules away
    #[arg(long, group = "what")]
    clear: bool,
}

impl BlockArgs {
    pub(super) fn change(&self) -> Result<RuleChange, Failure> {
        match &self.pattern {
            Some(pattern) => rule(pattern, RuleAnswer::Block {}),
            None => Ok(listed_or_cleared(self.clear)),
        }
    }
}

/// Answers requests.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(super) struct MockArgs {
    /// Addresses to answer, such as '*/api/user'
    #[arg(group = "what")]
    pattern: Option<String>,
    /// HTTP status of the answer
    #[arg(long, value_name = "STATUS", default_value_t = 200)]
    status: u16,
    /// Media type of the answer; by default JSON when the body looks like it, else plain text
    #[arg(long = "type", value_name = "TYPE")]
    mime: Option<String>,
    /// What the answer says
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    body: Option<String>,
    /// A file with what the answer says
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// List the rules
    #[arg(long, group = "what")]
    list: bool,
    /// Take all rules away
    #[arg(long, group = "what")]
    clear: bool,
}

impl MockArgs {
    pub(super) fn change(&self) -> Result<RuleChange, Failure> {
        let Some(pattern) = &self.pattern else {
            return Ok(listed_or_cleared(self.clear));
        };
        let body = match (&self.body, &self.file) {
            (Some(body), _) => body.clone().into_bytes(),
            (None, Some(file)) => read(file)?,
            (None, None) => Vec::new(),
        };
        let is_json = serde_json::from_slice::<serde_json::Value>(&body).is_ok();
        let usual = if is_json {
            "application/json"
        } else {
            "text/plain; charset=utf-8"
        };
        rule(
            pattern,
            RuleAnswer::Mock {
                status: self.status,
                mime: self.mime.clone().unwrap_or_else(|| usual.to_owned()),
                body: base64::engine::general_purpose::STANDARD.encode(&body),
            },
        )
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let fail = |error: std::io::Error| {
        Failure::new(Kind::User, error).saying(format!("can't read {}", file.display()))
    };
    let size = fs::metadata(file).map_err(fail)?.len();
    if size > FILE_BYTES_MAX {
        let text = format!("{} is longer than 2 MB", file.display());
        return Err(Failure::user(text));
    }
    fs::read(file).map_err(fail)
}

fn rule(pattern: &str, answer: RuleAnswer) -> Result<RuleChange, Failure> {
    let rule = Rule::new(pattern, answer).map_err(Failure::user)?;
    Ok(RuleChange::Add { rule })
}

fn listed_or_cleared(clear: bool) -> RuleChange {
    if clear {
        RuleChange::Clear {}
    } else {
        RuleChange::None {}
    }
}

/// Prints what was looked up, or writes it to `file`.
pub(super) fn tell(answer: Answer, file: Option<&Path>, context: &Context) -> Result<u8, Failure> {
    match answer {
        Answer::Console(log) => console(&log, context),
        Answer::Requests(log) => requests(&log, context),
        Answer::Request(detail) => request(&detail, context),
        Answer::Rules { rules } => listed(&rules, context),
        Answer::Seen { text } => archive(&text, file, context),
        other @ (Answer::Acted(_)
        | Answer::Refused { .. }
        | Answer::Missing { .. }
        | Answer::Lost { .. }
        | Answer::Status(_)
        | Answer::Login(_)
        | Answer::Closed {}
        | Answer::OtherVersion {}) => Err(not_done(other)),
    }
}

fn console(log: &ConsoleLog, context: &Context) -> Result<u8, Failure> {
    if context.json {
        return printed(log, context);
    }
    dropped(log.dropped, "messages", context);
    if log.messages.is_empty() {
        context.say("the console has no such messages");
    }
    let lines = log.messages.iter().map(|message| shown(&message.line()));
    context.print(&lines.collect::<String>())?;
    Ok(0)
}

fn requests(log: &RequestLog, context: &Context) -> Result<u8, Failure> {
    if context.json {
        return printed(log, context);
    }
    dropped(log.dropped, "requests", context);
    if log.requests.is_empty() {
        context.say("there are no such requests");
    }
    let lines = log.requests.iter().map(|request| shown(&request.line()));
    context.print(&lines.collect::<String>())?;
    Ok(0)
}

/// What was not kept is said beside the data.
fn dropped(count: u64, what: &str, context: &Context) {
    if count > 0 {
        let text = format!("{count} older {what} were not kept");
        context.say(&context.err.warn(&text));
    }
}

fn request(detail: &RequestDetail, context: &Context) -> Result<u8, Failure> {
    if context.json {
        return printed(detail, context);
    }
    let mut out = shown(detail.request.line().trim_start());
    for (title, headers, body) in [
        ("request", &detail.request_headers, &detail.request_body),
        ("answer", &detail.response_headers, &detail.response_body),
    ] {
        out.extend(["\n", title, "\n"]);
        out.extend(
            headers
                .iter()
                .map(|(name, value)| shown(&format!("{name}: {value}"))),
        );
        if let Some(body) = body {
            out.extend(["\n", untrusted::block(body).trim_end(), "\n"]);
        }
    }
    context.print(&out)?;
    if !detail.note.is_empty() {
        context.say(&context.err.dim(&detail.note));
    }
    Ok(0)
}

fn listed(rules: &[Rule], context: &Context) -> Result<u8, Failure> {
    if context.json {
        return printed(&rules, context);
    }
    if rules.is_empty() {
        context.say("there are no rules");
    }
    let line = |rule: &Rule| format!("{}  ({} so far)\n", rule.words(), rule.applied);
    context.print(&rules.iter().map(line).collect::<String>())?;
    Ok(0)
}

fn archive(text: &str, file: Option<&Path>, context: &Context) -> Result<u8, Failure> {
    let Some(file) = file else {
        context.print(text)?;
        return Ok(0);
    };
    write_private(file, text.as_bytes()).map_err(|error| {
        Failure::new(Kind::User, error)
            .saying(format!("can't write {}", file.display()))
            .hint("name a file in a folder that you can write to")
    })?;
    if context.json {
        return printed(&serde_json::json!({ "file": file }), context);
    }
    context.print(&format!("{}\n", file.display()))?;
    Ok(0)
}

fn printed(data: &impl Serialize, context: &Context) -> Result<u8, Failure> {
    context.print_json(data)?;
    Ok(0)
}

fn shown(line: &str) -> String {
    untrusted::block(line) + "\n"
}
