//! `legwork web handover` and `legwork web state`: logging in by hand, and keeping that login.

use std::time::Duration;

use clap::Subcommand;

use super::{Answer, not_done};
use crate::action::{Condition, HandOver};
use crate::browser::{LoginInfo, LoginName, LoginState};
use crate::cli::{Context, Failure};
use crate::clock::Clock;
use crate::daemon::LoginChange;
use crate::untrusted;

/// Longest wait for a person, in seconds: an hour.
const WAIT_SECONDS_MAX: u64 = 3_600;

pub(super) const HANDOVER: &str = "\
Examples:
  legwork web handover
  legwork web handover --until-address /account
  legwork web handover --until-text 'Welcome back' --limit 300

A session without a window goes on in one, with the same logins, rules and address. Until you give
the page back nothing that happens on it is written down.";
const SAVE: &str = "\
Examples:
  legwork web state save shop
  legwork web state save shop --session work

Saves cookies and local storage of the hosts that you opened in the session.";
const LOAD: &str = "\
Examples:
  legwork web state load shop
  legwork web open https://shop.example/ --state shop

Each site gets its own logins only, once you have opened it.";
const LIST: &str = "\
Examples:
  legwork web state list
  legwork web state list --json";
const REMOVE: &str = "\
Examples:
  legwork web state remove shop";

/// Hands the page over.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("until"))]
pub(super) struct HandoverArgs {
    /// Until the page says this
    #[arg(long, group = "until", value_name = "TEXT")]
    until_text: Option<String>,
    /// Until the page no longer says this
    #[arg(long, group = "until", value_name = "TEXT")]
    until_gone: Option<String>,
    /// Until the page's address contains this
    #[arg(long, group = "until", value_name = "TEXT")]
    until_address: Option<String>,
    /// Wait at most this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=WAIT_SECONDS_MAX))]
    limit: u64,
}

impl HandoverArgs {
    pub(super) fn action(&self) -> HandOver {
        let text = self.until_text.clone().map(|text| Condition::Text { text });
        let gone = self.until_gone.clone().map(|text| Condition::Gone { text });
        let address = self.until_address.clone();
        let address = address.map(|text| Condition::Address { text });
        HandOver {
            what: "do what only you can do there".to_owned(),
            until: text.or(gone).or(address),
            limit_ms: self.limit * 1_000,
        }
    }

    /// Says whether the session itself sees when the person is done.
    pub(super) fn is_awaited(&self) -> bool {
        self.action().until.is_some()
    }

    pub(super) fn limit(&self) -> Duration {
        let start = Duration::from_mins(1);
        Duration::from_secs(self.limit) + start
    }
}

/// Examples of `state`.
pub(super) const STATE: &str = "\
Examples:
  legwork web state save shop         the logins of the session, under a name
  legwork web open https://shop.example.org --state shop
  legwork web state list";

/// What is done to login states.
#[derive(Debug, Subcommand)]
pub(super) enum StateCommand {
    /// Save the logins of a session under a name
    #[command(after_help = SAVE)]
    Save(Named),
    /// Load saved logins into a session
    #[command(after_help = LOAD)]
    Load(Named),
    /// List the saved logins
    #[command(after_help = LIST)]
    List(Nothing),
    /// Remove saved logins
    #[command(after_help = REMOVE)]
    Remove(Named),
}

/// Names a login state.
#[derive(Debug, clap::Args)]
pub(super) struct Named {
    /// Its name: letters, digits, '-' and '_'
    name: LoginName,
}

/// Takes nothing of its own.
#[derive(Debug, clap::Args)]
pub(super) struct Nothing {}

impl StateCommand {
    /// What a session is asked to do; none for what is done on disk.
    pub(super) fn change(&self) -> Option<LoginChange> {
        match self {
            Self::Save(named) => Some(LoginChange::Save {
                name: named.name.clone(),
            }),
            Self::Load(named) => Some(LoginChange::Load {
                name: named.name.clone(),
            }),
            Self::List(_) | Self::Remove(_) => None,
        }
    }
}

/// Lists or removes states; no session is needed.
pub(super) fn on_disk(wanted: &StateCommand, context: &Context) -> Result<u8, Failure> {
    if let StateCommand::Remove(named) = wanted {
        LoginState::remove(&context.home, &named.name)?;
        if context.json {
            context.print_json(&serde_json::json!({ "removed": named.name }))?;
        } else {
            context.say(&format!("the login state '{}' is removed", named.name));
        }
        return Ok(0);
    }
    let now = Clock::system(jiff::tz::TimeZone::UTC).now();
    let mut found = Vec::new();
    for name in LoginState::list(&context.home) {
        match LoginState::load(&context.home, &name) {
            Ok(state) => found.push(state.info(now)),
            Err(error) => context.say(&context.err.warn(&error.to_string())),
        }
    }
    if context.json {
        context.print_json(&found)?;
        return Ok(0);
    }
    if found.is_empty() {
        context.say("no logins are saved; save some with 'legwork web state save NAME'");
    }
    context.print(&found.iter().map(line).collect::<String>())?;
    Ok(0)
}

/// Prints what became of a state.
pub(super) fn tell(answer: Answer, context: &Context) -> Result<u8, Failure> {
    let Answer::Login(info) = answer else {
        return Err(not_done(answer));
    };
    if context.json {
        context.print_json(&info)?;
    } else {
        context.print(&line(&info))?;
        for origin in &info.unsaved {
            let origin = untrusted::line(origin, 100);
            let note = format!("databases (IndexedDB) are not saved, and {origin} keeps some");
            context.say(&context.err.warn(&note));
        }
    }
    Ok(0)
}

fn line(info: &LoginInfo) -> String {
    let LoginInfo {
        name,
        cookies,
        entries,
        expired,
        ..
    } = info;
    let hosts = if info.hosts.is_empty() {
        "no hosts".to_owned()
    } else {
        info.hosts.join(", ")
    };
    let saved = info.saved.map_or_else(String::new, |saved| {
        saved.strftime(", saved %-d %b %Y %H:%M UTC").to_string()
    });
    let expired = if *expired > 0 {
        format!(" ({expired} expired)")
    } else {
        String::new()
    };
    format!(
        "{name}  {hosts}  {cookies} cookies{expired}, {entries} entries of local storage{saved}\n"
    )
}
