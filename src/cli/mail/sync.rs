//! `legwork mail sync`: the mail of the accounts on servers, mirrored here.
//!
//! Only looks on the server: no flag changes, nothing is marked as read. It is not a run and
//! leaves the journal as it is.

use std::time::Duration;

use super::{Context, Failure, refused, warn};
use crate::cli::report;
use crate::config::{Config, LOCAL};
use crate::deadline::Deadline;
use crate::mail::{Account, Extent, Synced};
use crate::untrusted;

/// Longest that all accounts may take; the first sync of a very large one goes on with the next.
const LIMIT: Duration = Duration::from_hours(1);

/// Mirror the mail of your accounts on servers
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Name of one account; all [[mail]] accounts of config.toml without
    #[arg(value_name = "ACCOUNT")]
    name: Option<String>,
    /// Only senders, subjects and dates, no texts
    #[arg(long, conflicts_with = "all")]
    headers: bool,
    /// The texts of all messages, not only of the newest of each mailbox
    #[arg(long)]
    all: bool,
}

/// How an account came out.
#[derive(Debug, serde::Serialize)]
struct Outcome {
    account: String,
    arrived: usize,
    changed: usize,
    gone: usize,
    texts: usize,
    round_trips: usize,
    problems: Vec<String>,
    error: Option<String>,
    hint: Option<String>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<u8, Failure> {
    let config = Config::load(&context.home)?;
    let wanted = args.name.as_deref().or(context.account.as_deref());
    let names: Vec<String> = match wanted {
        Some(name) => vec![name.to_owned()],
        None => config
            .mail
            .iter()
            .map(|account| account.name.clone())
            .collect(),
    };
    if names.is_empty() {
        return Err(Failure::user("config.toml has no mail account on a server")
            .hint("'legwork account add ADDRESS' finds its settings"));
    }
    let extent = match (args.headers, args.all) {
        (true, _) => Extent::Headers,
        (false, true) => Extent::All,
        (false, false) => Extent::Newest,
    };
    let mut outcomes = Vec::new();
    for name in names {
        let account = Account::open(&context.home, &config, Some(&name)).map_err(refused)?;
        let done = crate::cli::block_on(LIMIT, async |deadline: Deadline| {
            match account.sync(extent, &deadline).await {
                Err(_) if deadline.is_stopped() => Err(Failure::stopped()),
                done => Ok(done),
            }
        })?;
        let outcome = match done {
            Ok(synced) => Outcome::of(name, synced),
            Err(error) => Outcome {
                hint: error.hint(),
                error: Some(said(&error)),
                ..Outcome::of(name, Synced::default())
            },
        };
        outcome.tell(context)?;
        outcomes.push(outcome);
    }
    if context.json {
        context.print_json(&serde_json::json!({ "accounts": outcomes }))?;
    }
    let failed = outcomes.iter().any(|one| one.error.is_some());
    Ok(if failed { report::ACCOUNT } else { 0 })
}

/// An error with its causes, in one line.
pub(in crate::cli) fn said(error: &crate::mail::Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| (*cause).source());
    let mut text = error.to_string();
    for cause in causes.take(4) {
        let cause = cause.to_string();
        let last = text.rsplit(": ").next().unwrap_or_default();
        if !text.contains(&cause) && !cause.ends_with(last) {
            text = format!("{text}: {cause}");
        }
    }
    untrusted::line(&text, 400)
}

impl Outcome {
    fn of(account: String, synced: Synced) -> Self {
        Self {
            account,
            arrived: synced.arrived,
            changed: synced.changed,
            gone: synced.gone,
            texts: synced.bodies,
            round_trips: synced.trips,
            problems: synced.problems,
            error: None,
            hint: None,
        }
    }

    fn tell(&self, context: &Context) -> Result<(), Failure> {
        if context.json {
            return Ok(());
        }
        let name = &self.account;
        warn(&self.problems, context);
        if let Some(error) = &self.error {
            context.say(&format!("{} {name}: {error}", context.err.bad("error:")));
            if let Some(hint) = &self.hint {
                context.say(&format!("{} {hint}", context.err.good("hint:")));
            }
            return Ok(());
        }
        let parts: Vec<String> = [
            (self.arrived, "new here"),
            (self.changed, "changed"),
            (self.gone, "gone"),
            (self.texts, "texts fetched"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
        let text = if name == LOCAL {
            "the Maildir is always in step".to_owned()
        } else if parts.is_empty() {
            "nothing new".to_owned()
        } else {
            parts.join(", ")
        };
        context.print(&format!("{name}: {text}\n"))
    }
}
