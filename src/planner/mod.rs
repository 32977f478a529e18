//! Minds: whatever decides the next actions of a run.
//!
//! A planner is untrusted code: it proposes, the policy disposes. It never touches a hand; what it
//! learns of the world stands in its [`View`].

pub mod obey;
pub mod plain;
pub mod script;

use async_trait::async_trait;

use crate::action::{Action, Outcome};
use crate::clock::Clock;
use crate::config::Me;
use crate::deadline::{Deadline, Ended};
use crate::snapshot::Snapshot;

/// Most actions a planner may propose at once; the rest is dropped (FACTS: batches of 5 work).
pub const BATCH_MAX: usize = 5;

/// What a planner knows when it is asked for the next actions.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The present time and the user's zone.
    pub clock: &'a Clock,
    /// The user's own facts, such as name and addresses.
    pub me: &'a Me,
    /// The page as it is now; none before the first page was opened.
    pub page: Option<&'a Snapshot>,
    /// All steps of the run so far, oldest first; those of the last batch are the newest.
    pub steps: &'a [Step],
}

/// One action that was proposed, with what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Counts from 1 within the run.
    pub number: u32,
    /// What was asked for.
    pub action: Action,
    /// What came of it.
    pub outcome: Outcome,
}

/// One action a planner asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The action.
    pub action: Action,
    /// Why, for the log and the report; never a basis for a decision.
    pub why: String,
}

/// Gives the next actions of a run.
#[async_trait]
pub trait Planner: Send {
    /// The planner's name in journals and reports.
    fn name(&self) -> &str;

    /// Proposes up to [`BATCH_MAX`] actions; a batch ends early when one fails, is refused or
    /// makes the page navigate. `Done` and `Fail` end the run.
    ///
    /// # Errors
    /// When the deadline passes or the user stops the run.
    async fn next(&mut self, view: &View<'_>, deadline: &Deadline) -> Result<Vec<Proposal>, Ended>;
}
