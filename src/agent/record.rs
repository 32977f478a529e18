//! What is kept of a run: its goal, every step with its decision and outcome, its end.
//!
//! Written by the journal, read by the report, `legwork journal` and the next run.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::action::{Action, Effect, Outcome};

/// One run, without its steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Sorts by time: `20270314-093000-4f2a`.
    pub id: String,
    /// What the user asked for, in the user's words.
    pub goal: String,
    /// The planner's name.
    pub planner: String,
    /// What the goal entitles the run to, one line each.
    pub grant: Vec<String>,
    /// Whether effects were only listed.
    pub dry_run: bool,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; none while it runs, or when it was killed.
    pub ended: Option<Timestamp>,
    /// How it ended; none while it runs, or when it was killed.
    pub ending: Option<Ending>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Ending {
    /// The goal was reached and the effects it rests on were read back.
    Verified {
        /// What was achieved.
        answer: String,
        /// Steps that prove it.
        cites: Vec<u32>,
        /// Values the goal asked to save.
        saved: BTreeMap<String, String>,
    },
    /// The planner says that the goal was reached; nothing could be read back.
    Unverified {
        /// What the planner says.
        answer: String,
        /// Values the goal asked to save.
        saved: BTreeMap<String, String>,
    },
    /// The planner gave up.
    Failed {
        /// Why.
        reason: String,
        /// What the user can do; may be empty.
        hint: String,
    },
    /// The policy or the user refused what the run needed.
    Refused {
        /// What was refused and by which rule.
        reason: String,
    },
    /// A budget ran out, or the same thing was tried again and again.
    Halted {
        /// Which limit.
        reason: String,
    },
    /// The user stopped it.
    Stopped {},
    /// Something the run stands on broke.
    Broken {
        /// What, one sentence.
        reason: String,
        /// What the user can do; may be empty.
        hint: String,
    },
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Counts from 1 within the run.
    pub number: u32,
    /// The turn it was proposed in, from 1.
    pub turn: u32,
    /// When it began.
    pub at: Timestamp,
    /// What was asked for.
    pub action: Action,
    /// What it does to the world, as the policy graded it.
    pub effect: Effect,
    /// What it does, in words for people: `click "Book" on 127.0.0.1:8080`.
    pub title: String,
    /// Why the planner proposed it.
    pub why: String,
    /// What the policy and the user said: `allowed: host is in the goal`.
    pub decision: String,
    /// What came of it; none when the run was cut off in the middle of it.
    pub outcome: Option<Outcome>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// The page's address afterwards, when there is a page.
    pub page_url: Option<String>,
    /// File name of the picture taken afterwards, within the run's folder.
    pub picture: Option<String>,
}
