//! Brings back what was put off, once its time has come or an answer to it came: a run of its own,
//! through the same judging and journalling as any other.

use std::collections::BTreeSet;

use super::Mode;
use super::snoozes::{self, Snoozes};
use super::start::{self, Company, Finished, Mind, Setting, StartError, Task, Wish};
use crate::action::{Action, Done, MailWake};
use crate::browser::Sandbox;
use crate::deadline::Deadline;
use crate::mail::Account;

/// What such a run is journalled as.
pub const GOAL: &str = "bring back what was put off";
/// What a sync of all calendars is journalled as.
pub const SYNC_GOAL: &str = "bring my calendar up to date with its servers";
/// Most messages one run brings back; the next one brings back the rest.
const WOKEN_MAX: usize = 100;

/// Brings back what is due; none when nothing is.
///
/// # Errors
/// When the list, the mailbox or the journal can't be used.
///
/// # Cancellation
/// As [`start::run`].
pub async fn run(
    setting: &Setting<'_>,
    company: Company<'_>,
    deadline: Deadline,
) -> Result<Option<Finished>, StartError> {
    if !setting.home.database().is_file() {
        return Ok(None);
    }
    let all = Snoozes::open(setting.home)?.all()?;
    let accounts: BTreeSet<String> = all.iter().map(|one| one.account.clone()).collect();
    let mut due = None;
    // One account a call; what is due in another one comes back with the next.
    for account in accounts {
        let own = all.iter().filter(|one| one.account == account);
        // An account that was removed, or whose mail is not here, keeps no other one waiting.
        let found = Account::open(setting.home, setting.config, Some(&account))
            .and_then(|mail| snoozes::due(own.cloned().collect(), &mail, setting.clock.now()));
        let found = found.unwrap_or_else(|error| {
            tracing::warn!(account, %error, "what was put off there can't be looked at");
            Vec::new()
        });
        if !found.is_empty() {
            due = Some((account, found));
            break;
        }
    }
    let Some((account, due)) = due else {
        return Ok(None);
    };
    let ids = due.into_iter().take(WOKEN_MAX).map(|due| due.snoozed.id);
    let mut actions: Vec<Action> = ids.map(|id| Action::MailWake(MailWake { id })).collect();
    actions.push(Action::Done(Done {
        answer: format!("{} messages are back", actions.len()),
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
    Box::pin(start::run(&task, setting, company, deadline))
        .await
        .map(Some)
}
