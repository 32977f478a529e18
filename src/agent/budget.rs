//! What ends a run that gets nowhere: limits on steps, time, failures and refusals, and the same
//! thing tried on the same page again and again.

use std::collections::HashMap;

use crate::action::{Action, Effect, Outcome, Status};
use crate::config::Limits;
use crate::deadline::Deadline;

/// The same action on the same page this often is a loop (DESIGN section 5, point 8).
const SAME_MAX: u32 = 3;

/// Reads may repeat while a page loads, but not for ever.
const SAME_READS_MAX: u32 = 20;

/// Turns without a proposal that end a run.
const IDLE_MAX: u32 = 3;

/// Refusals that end a run (FACTS: three denials stop).
const REFUSALS_MAX: u32 = 3;

/// Counts what a run has used up.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    steps: u32,
    failures_in_a_row: u32,
    refusals: Vec<String>,
    idle: u32,
    tried: HashMap<(String, u64), u32>,
}

/// Why a run must end now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spent {
    /// A limit was reached, or the run goes in circles.
    Limit(String),
    /// Too much was refused.
    Refusals(String),
}

impl Budget {
    /// Starts counting.
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            steps: 0,
            failures_in_a_row: 0,
            refusals: Vec::new(),
            idle: 0,
            tried: HashMap::new(),
        }
    }

    /// Says whether the run must end before its next turn.
    pub(super) fn spent(&self, deadline: &Deadline) -> Option<Spent> {
        let limit = |reason: String| Some(Spent::Limit(reason));
        if self.steps >= self.limits.steps {
            return limit(format!("{} steps were used up", self.limits.steps));
        }
        if deadline.remaining().is_zero() {
            return limit(format!("{} minutes were used up", self.limits.minutes));
        }
        if self.failures_in_a_row >= self.limits.failures {
            return limit(format!("{} steps in a row failed", self.limits.failures));
        }
        if self.idle >= IDLE_MAX {
            return limit("the planner proposed nothing any more".to_owned());
        }
        if self.refusals.len() >= usize::try_from(REFUSALS_MAX).unwrap_or(usize::MAX) {
            return Some(Spent::Refusals(self.refusals.join("; ")));
        }
        None
    }

    /// Forgets what was tried before: who types it again means it.
    pub(super) fn forget_tries(&mut self) {
        self.tried.clear();
    }

    /// Counts a turn in which nothing was proposed.
    pub(super) fn count_idle(&mut self) {
        self.idle += 1;
    }

    /// Counts a performed or refused step; a look that found nothing is no failure.
    pub(super) fn count(&mut self, effect: Effect, outcome: &Outcome) {
        self.steps += 1;
        self.idle = 0;
        match &outcome.status {
            Status::Done {} | Status::Intended {} => self.failures_in_a_row = 0,
            Status::Failed { .. } if effect == Effect::Read => {}
            Status::Failed { .. } | Status::Uncertain {} => self.failures_in_a_row += 1,
            Status::Refused { .. } => self.refusals.push(outcome.summary.clone()),
        }
    }

    /// Says whether performing `action` on the page with this fingerprint once more is a loop.
    pub(super) fn repeats(&mut self, action: &Action, page: u64) -> Option<Spent> {
        let key = (serde_json::to_string(action).unwrap_or_default(), page);
        let times = self.tried.entry(key).or_insert(0);
        *times += 1;
        let most = if action.effect() == Effect::Read {
            SAME_READS_MAX
        } else {
            SAME_MAX
        };
        (*times > most).then(|| {
            Spent::Limit(format!(
                "'{}' was tried {most} times on the same page",
                action.word()
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::action::{Click, Ref};

    #[test]
    fn the_same_click_on_the_same_page_is_tried_three_times() {
        let mut budget = Budget::new(Limits::default());
        let click = Action::Click(Click::on(Ref(1)));
        assert!((0..3).all(|_| budget.repeats(&click, 7).is_none()));
        assert!(budget.repeats(&click, 8).is_none());
        assert!(budget.repeats(&click, 7).is_some());
    }

    #[test]
    fn failures_count_only_in_a_row() {
        let limits = Limits {
            failures: 2,
            ..Limits::default()
        };
        let mut budget = Budget::new(limits);
        let deadline = Deadline::after(Duration::from_mins(1));
        for outcome in [
            Outcome::failed("x", ""),
            Outcome::done("y"),
            Outcome::failed("x", ""),
        ] {
            budget.count(Effect::Browse, &outcome);
        }
        assert_eq!(budget.spent(&deadline), None);
        budget.count(Effect::Read, &Outcome::failed("x", ""));
        assert_eq!(budget.spent(&deadline), None);
        budget.count(Effect::Browse, &Outcome::failed("x", ""));
        let reason = "2 steps in a row failed".to_owned();
        assert_eq!(budget.spent(&deadline), Some(Spent::Limit(reason)));
    }
}
