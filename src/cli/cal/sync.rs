//! `legwork cal sync`: the calendars of the accounts on servers, mirrored into the calendar folder.
//!
//! Writes only below each account's own folder, and to no host but the account's. It is not a run:
//! nothing is planned and the journal stays as it is; all that changed is printed instead.

use std::error::Error as _;
use std::iter;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::{Context, Desk, Failure};
use crate::calendar::dav::{Account, Error, Mirror, Synced};
use crate::cli::report;
use crate::config::CalDavAccount;
use crate::deadline::Deadline;
use crate::untrusted;

/// Longest that one account may take; a first sync of thousands of events takes well under it.
const ACCOUNT_LIMIT: Duration = Duration::from_mins(5);
/// Longest sentence shown of what a server or file made, in characters.
const CHARS_MAX: usize = 400;
/// Most causes shown of one error.
const CAUSES_MAX: usize = 8;

/// Mirror the calendars of your accounts on servers into the calendar folder
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Name of one account; all [[caldav]] accounts of config.toml without
    account: Option<String>,
}

/// What came of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Outcome {
    account: String,
    /// Events fetched.
    pulled: usize,
    /// Events sent, removals included.
    pushed: usize,
    /// Events removed here because they are gone there.
    removed: usize,
    conflicts: Vec<String>,
    problems: Vec<String>,
    /// Why the account could not be synced to its end.
    error: Option<Told>,
}

/// An error with its causes and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Told {
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let accounts = wanted(args.account.as_deref(), &desk.config.caldav)?;
    let count = u32::try_from(accounts.len()).unwrap_or(u32::MAX);
    let limit = ACCOUNT_LIMIT.saturating_mul(count);
    let calendars = context.home.calendar();
    let outcomes = crate::cli::block_on(limit, async |deadline| {
        let mut outcomes = Vec::new();
        for account in accounts {
            let done = sync(&calendars, account, &deadline.child(ACCOUNT_LIMIT)).await;
            if deadline.is_stopped() {
                return Err(Failure::stopped());
            }
            outcomes.push(Outcome::new(&account.name, done));
        }
        Ok(outcomes)
    })?;
    if context.json {
        context.print_json(&serde_json::json!({ "accounts": outcomes }))?;
    } else {
        for outcome in &outcomes {
            context.print(&outcome.line())?;
            outcome.warn(context);
        }
    }
    let failed = outcomes.iter().any(|outcome| outcome.error.is_some());
    Ok(if failed { report::ACCOUNT } else { 0 })
}

/// Chooses the accounts to sync.
fn wanted<'a>(
    name: Option<&str>,
    accounts: &'a [CalDavAccount],
) -> Result<Vec<&'a CalDavAccount>, Failure> {
    let Some(name) = name else {
        if accounts.is_empty() {
            return Err(Failure::user("config.toml has no calendar account")
                .hint("add a [[caldav]] part with name, url, user and password"));
        }
        return Ok(accounts.iter().collect());
    };
    if let Some(account) = accounts.iter().find(|account| account.name == name) {
        return Ok(vec![account]);
    }
    let shown = untrusted::line(name, 80);
    let known: Vec<&str> = accounts.iter().map(|one| one.name.as_str()).collect();
    let hint = if known.is_empty() {
        "add a [[caldav]] part with name, url, user and password to config.toml".to_owned()
    } else {
        format!("config.toml has {}", known.join(", "))
    };
    Err(Failure::user(format!("there is no calendar account '{shown}'")).hint(hint))
}

async fn sync(
    calendars: &Path,
    account: &CalDavAccount,
    deadline: &Deadline,
) -> Result<Synced, Error> {
    let account = Account::new(account)?;
    Mirror::open(calendars, &account)?.sync(deadline).await
}

impl Outcome {
    fn new(account: &str, done: Result<Synced, Error>) -> Self {
        let (done, error) = match done {
            Ok(done) => (done, None),
            Err(error) => (Synced::default(), Some(Told::new(&error))),
        };
        let clean = |lines: Vec<String>| -> Vec<String> {
            let lines = lines.iter();
            lines.map(|text| untrusted::line(text, CHARS_MAX)).collect()
        };
        Self {
            account: account.to_owned(),
            pulled: done.pulled,
            pushed: done.pushed,
            removed: done.removed,
            conflicts: clean(done.conflicts),
            problems: clean(done.problems),
            error,
        }
    }

    /// One line for stdout; nothing for an account that could not be synced.
    fn line(&self) -> String {
        if self.error.is_some() {
            return String::new();
        }
        let parts: Vec<String> = [
            (self.pulled, "fetched"),
            (self.pushed, "sent"),
            (self.removed, "removed here"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
        let text = if parts.is_empty() {
            "nothing new".to_owned()
        } else {
            parts.join(", ")
        };
        format!("{}: {text}\n", self.account)
    }

    /// Says on stderr what needs a look.
    fn warn(&self, context: &Context) {
        let name = &self.account;
        for text in &self.conflicts {
            context.say(&format!("{} {name}: {text}", context.err.warn("conflict:")));
        }
        for text in &self.problems {
            context.say(&format!("{} {name}: {text}", context.err.warn("left out:")));
        }
        if let Some(error) = &self.error {
            let message = &error.message;
            context.say(&format!("{} {name}: {message}", context.err.bad("error:")));
            for cause in &error.causes {
                context.say(&format!("{} {cause}", context.err.dim("because:")));
            }
            if let Some(hint) = &error.hint {
                context.say(&format!("{} {hint}", context.err.good("hint:")));
            }
        }
    }
}

impl Told {
    fn new(error: &Error) -> Self {
        let causes = iter::successors(error.source(), |cause| (*cause).source());
        Self {
            message: untrusted::line(&error.to_string(), CHARS_MAX),
            causes: causes
                .take(CAUSES_MAX)
                .map(|cause| untrusted::line(&cause.to_string(), CHARS_MAX))
                .collect(),
            hint: error.hint(),
        }
    }
}
