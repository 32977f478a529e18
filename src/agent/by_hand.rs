//! A run that a person steers: one typed action at a time, through the same judging, journalling
//! and performing as any planner's.
//!
//! Never plans. What a person typed is granted for that one action (see
//! [`Grant::typed`](crate::policy::Grant::typed)); everything else of the policy stands.

use std::time::Duration;

use tokio::task::JoinSet;

use super::journal::JournalError;
use super::record::Ending;
use super::session::{Pictures, Session};
use super::start::{self, Company, Setting, StartError, Task};
use super::turn;
use crate::action::{Action, Done, Effect, Outcome, Output};
use crate::browser::Browser;
use crate::deadline::Deadline;
use crate::planner::Proposal;
use crate::policy::Grant;
use crate::snapshot::Snapshot;

/// Longest search of a page that is too large to be read whole.
const SEEK_LIMIT: Duration = Duration::from_secs(5);
/// The planner's name in journals.
const PLANNER: &str = "person";

/// What came of one typed action.
#[derive(Debug, Clone, PartialEq)]
pub struct Acted {
    /// Number of the step in the run.
    pub step: u32,
    /// What it does, in words for people.
    pub title: String,
    /// What the policy and the user said.
    pub decision: String,
    /// What came of it, with all it brought.
    pub outcome: Outcome,
}

/// Begins a session without a planner; `task.planner` is not asked.
///
/// # Errors
/// When the mailbox, the calendar or the journal can't be used.
pub fn begin<'a>(
    task: &Task,
    setting: &Setting<'_>,
    company: Company<'a>,
    deadline: Deadline,
) -> Result<Session<'a>, StartError> {
    // A page will be opened at once: the browser starts while mailbox and journal are opened.
    let mut coming = JoinSet::new();
    if let (Ok(source), _) = start::browsers(task, setting) {
        let limit = deadline.clone();
        coming.spawn(async move { Browser::start(&source, &limit).await });
    }
    let who = start::Who {
        planner: PLANNER,
        grant: Grant::default(),
    };
    let mut session = start::begin(task, who, setting, company, deadline)?;
    session.pictures = Pictures::AtRequest;
    if !coming.is_empty() {
        session.parts.hands.coming = Some(coming);
    }
    Ok(session)
}

impl Session<'_> {
    /// Performs the action that a person typed, within `limit`, and looks at the page afterwards.
    ///
    /// # Errors
    /// When the journal can't be kept: nothing was done then, or it stands there as intended.
    ///
    /// # Cancellation
    /// Dropped in mid-step, that step stays on record as intended.
    pub async fn typed(&mut self, action: Action, limit: Duration) -> Result<Acted, JournalError> {
        self.take_back().await;
        // It is judged by the page as it is now, not as it was when it was last shown.
        if action.effect() > Effect::Read {
            self.observe().await;
        }
        self.parts.grant.typed(&action);
        self.tell_wishes()?;
        self.budget.forget_tries();
        self.begin_turn(false);
        let proposal = Proposal {
            action,
            why: "typed by hand".to_owned(),
        };
        let own = self.parts.deadline.child(limit);
        let whole = std::mem::replace(&mut self.parts.deadline, own);
        let done = turn::step(self, &proposal).await;
        self.parts.deadline = whole;
        done?;
        self.observe().await;
        Ok(self.last_acted())
    }

    /// Returns a limit that ends with the session's at the latest.
    pub fn limit(&self, limit: Duration) -> Deadline {
        self.parts.deadline.child(limit)
    }

    /// Looks at the page and returns it; none when no page is open or it can't be seen.
    pub async fn look(&mut self) -> Option<&Snapshot> {
        self.take_back().await;
        self.observe().await;
        self.page.as_ref()
    }

    /// Looks at the page and, where it is too large to be read whole, has what says `text` read
    /// too, wherever it is; none when no page is open or it can't be seen.
    pub async fn seek(&mut self, text: &str) -> Option<&Snapshot> {
        self.look().await;
        let is_partly = self.page.as_ref().is_some_and(|p| p.page().left_out > 0);
        if let (true, Some(browser)) = (is_partly, &mut self.parts.hands.browser) {
            let limit = self.parts.deadline.child(SEEK_LIMIT);
            match browser.seek(text, &limit).await {
                Ok(0) => {}
                Ok(_) => self.observe().await,
                Err(error) => self.note(&format!("not all of the page could be searched: {error}")),
            }
        }
        self.page.as_ref()
    }

    /// Returns the page as last seen.
    pub fn page(&self) -> Option<&Snapshot> {
        self.page.as_ref()
    }

    /// Returns the browser; none before the first page, and after it broke.
    pub fn browser(&self) -> Option<&Browser> {
        self.parts.hands.browser.as_ref()
    }

    /// Returns the run's id.
    pub fn run_id(&self) -> &str {
        &self.parts.journal.run().id
    }

    /// Returns how many steps were concluded.
    pub fn steps_done(&self) -> usize {
        self.steps.len()
    }

    /// Says how a session ends that the person closed: verified when all it did was read back.
    pub fn closing(&self, answer: String) -> Ending {
        let cites = self.steps.iter().map(|step| step.number).collect();
        let done = Action::Done(Done {
            answer: answer.clone(),
            cites,
            saved: std::collections::BTreeMap::new(),
        });
        self.ending(&done).unwrap_or(Ending::Unverified {
            answer,
            saved: std::collections::BTreeMap::new(),
        })
    }

    /// Hands over the newest step; what it brought is kept by whoever asked, not for ever here.
    fn last_acted(&mut self) -> Acted {
        let outcome = self.steps.last_mut().map(|step| {
            let kept = Outcome {
                output: Output::Nothing,
                ..step.outcome.clone()
            };
            std::mem::replace(&mut step.outcome, kept)
        });
        let kept = self.parts.journal.steps().last();
        Acted {
            step: kept.map_or(0, |step| step.number),
            title: kept.map(|step| step.title.clone()).unwrap_or_default(),
            decision: kept.map(|step| step.decision.clone()).unwrap_or_default(),
            outcome: outcome.unwrap_or_else(|| Outcome::failed("nothing was done", "")),
        }
    }
}
