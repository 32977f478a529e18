//! `legwork cal sync`: the calendars of the accounts on servers, mirrored into the calendar folder,
//! through the loop like every other deed: what was sent stands in the journal with what it was before.

use super::{Context, Desk, Failure};
use crate::action::{Action, CalendarSync, MirrorSynced, Output};
use crate::agent::approve::DenyAll;
use crate::agent::wake::SYNC_GOAL;
use crate::cli::one::{self, Deed, Telling};
use crate::cli::report::{self, Kind};
use crate::config::CalDavAccount;
use crate::untrusted;

/// Mirror the calendars of your accounts on servers into the calendar folder
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Name of one account; all [[caldav]] accounts of config.toml without
    #[arg(value_name = "ACCOUNT")]
    name: Option<String>,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    check(args.name.as_deref(), &desk.config.caldav)?;
    let outcomes = synced(args.name.as_deref(), context)?;
    if context.json {
        context.print_json(&serde_json::json!({ "accounts": outcomes }))?;
    } else {
        for outcome in &outcomes {
            context.print(&line(outcome))?;
            warn(outcome, context);
        }
    }
    let failed = outcomes.iter().any(|outcome| outcome.error.is_some());
    Ok(if failed { report::ACCOUNT } else { 0 })
}

/// Syncs through the loop.
fn synced(account: Option<&str>, context: &Context) -> Result<Vec<MirrorSynced>, Failure> {
    let goal = match account {
        None => SYNC_GOAL.to_owned(),
        Some(name) => format!("{SYNC_GOAL}: {name}"),
    };
    let deed = Deed {
        goal,
        answer: "synced".to_owned(),
        about: String::new(),
        actions: vec![Action::CalendarSync(CalendarSync {
            account: account.unwrap_or_default().to_owned(),
        })],
    };
    let finished = one::run(deed, &mut DenyAll, Telling::Short, context)?;
    for outcome in finished.steps.into_iter().filter_map(|step| step.outcome) {
        if let Output::Synced(outcomes) = outcome.output {
            return Ok(outcomes);
        }
        if !outcome.is_done() {
            let failure = anyhow::anyhow!(outcome.summary);
            return Err(Failure::new(Kind::Account, failure));
        }
    }
    Err(Failure::stopped())
}

/// Checks that there is such an account.
fn check(name: Option<&str>, accounts: &[CalDavAccount]) -> Result<(), Failure> {
    let none = "add a [[caldav]] part with name, url, user and password";
    let Some(name) = name else {
        if accounts.is_empty() {
            return Err(Failure::user("config.toml has no calendar account").hint(none));
        }
        return Ok(());
    };
    if accounts.iter().any(|account| account.name == name) {
        return Ok(());
    }
    let shown = untrusted::line(name, 80);
    let known: Vec<&str> = accounts.iter().map(|one| one.name.as_str()).collect();
    let hint = if known.is_empty() {
        format!("{none} to config.toml")
    } else {
        format!("config.toml has {}", known.join(", "))
    };
    Err(Failure::user(format!("there is no calendar account '{shown}'")).hint(hint))
}

/// One line for stdout; nothing for an account that could not be synced.
fn line(outcome: &MirrorSynced) -> String {
    if outcome.error.is_some() {
        return String::new();
    }
    let parts: Vec<String> = [
        (outcome.pulled, "fetched"),
        (outcome.pushed, "sent"),
        (outcome.removed, "removed here"),
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
    format!("{}: {text}\n", outcome.account)
}

/// Says on stderr what needs a look.
fn warn(outcome: &MirrorSynced, context: &Context) {
    let name = &outcome.account;
    for text in &outcome.conflicts {
        context.say(&format!("{} {name}: {text}", context.err.warn("conflict:")));
    }
    for text in &outcome.problems {
        context.say(&format!("{} {name}: {text}", context.err.warn("left out:")));
    }
    if let Some(error) = &outcome.error {
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
