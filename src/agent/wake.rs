//! Brings back what was put off, once its time has come or an answer to it came: a run of its own,
//! through the same judging and journalling as any other.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Mode;
use super::snoozes::{self, Snoozes};
use super::start::{self, Company, Finished, Mind, Setting, StartError, Task, Wish};
use crate::action::{Action, Done, MailWake};
use crate::browser::Sandbox;
use crate::deadline::Deadline;
use crate::mail::{self, Account};

/// What such a run is journalled as.
pub const GOAL: &str = "bring back what was put off";
/// What a sync of all calendars is journalled as.
pub const SYNC_GOAL: &str = "bring my calendar up to date with its servers";
/// Most messages one run brings back; the next one brings back the rest.
const WOKEN_MAX: usize = 100;

/// What came of bringing back.
#[derive(Debug)]
pub enum Woken {
    /// Nothing is due.
    Nothing,
    /// A run brought it back, or says why not.
    Ran(Box<Finished>),
    /// The server where it lies can't be reached: it stays put off until the next time.
    Unreached {
        /// The account.
        account: String,
        /// Why not.
        error: mail::Error,
    },
}

/// Brings back what is due; a server that does not answer within `patience` is not waited for.
///
/// # Errors
/// When the list, the mailbox or the journal can't be used.
///
/// # Cancellation
/// As [`start::run`].
pub async fn run(
    setting: &Setting<'_>,
    company: Company<'_>,
    patience: Duration,
    deadline: Deadline,
) -> Result<Woken, StartError> {
    if !setting.home.database().is_file() {
        return Ok(Woken::Nothing);
    }
    let all = Snoozes::open(setting.home)?.all()?;
    let accounts: BTreeSet<String> = all.iter().map(|one| one.account.clone()).collect();
    let mut due = None;
    // One account a call; what is due in another one comes back with the next.
    for account in accounts {
        let own = all.iter().filter(|one| one.account == account);
        // An account that was removed, or whose mail is not here, keeps no other one waiting.
        let found = Account::open(setting.home, setting.config, Some(&account)).and_then(|mail| {
            let due = snoozes::due(own.cloned().collect(), &mail, setting.clock.now())?;
            Ok((!due.is_empty()).then_some((mail, due)))
        });
        let found = found.unwrap_or_else(|error| {
            tracing::warn!(account, %error, "what was put off there can't be looked at");
            None
        });
        if let Some(found) = found {
            due = Some((account, found));
            break;
        }
    }
    let Some((account, (mail, due))) = due else {
        return Ok(Woken::Nothing);
    };
    if !mail.is_local()
        && let Err(error) = mail.test(&deadline.child(patience)).await
    {
        return Ok(Woken::Unreached { account, error });
    }
    drop(mail);
    let ids = due.into_iter().take(WOKEN_MAX).map(|due| due.snoozed.id);
    let mut actions: Vec<Action> = ids.map(|id| Action::MailWake(MailWake { id })).collect();
    actions.push(Action::Done(Done {
        answer: match actions.len() {
            1 => "1 message is back".to_owned(),
            count => format!("{count} messages are back"),
        },
        cites: (1..).take(actions.len()).collect(),
        saved: std::collections::BTreeMap::new(),
    }));
    let task = Task {
        goal: GOAL.to_owned(),
        planner: Mind::Script(serde_json::to_string(&actions).unwrap_or_default()),
        account: Some(account),
        mode: Mode::Perform,
        headed: false,
        sandbox: Sandbox::On,
        wish: Wish::default(),
    };
    let finished = Box::pin(start::run(&task, setting, company, deadline)).await?;
    Ok(Woken::Ran(Box::new(finished)))
}
