//! "undo the last run": looks at what that run changed, and takes it back from the last step to
//! the first. What can't be taken back is named, the rest is undone all the same.

use super::listing::first_few;
use crate::action::{Action, Fail, Output, PastRun, PastStep, Undo};
use crate::planner::plain::run::{Look, Turn, act, fail, give_up, propose};
use crate::planner::{BATCH_MAX, Proposal};
use crate::untrusted;

/// Effects named in an answer.
const NAMED_MAX: usize = 5;

/// Takes back what a run did.
#[derive(Debug)]
pub(in crate::planner::plain) struct Undoing {
    run: String,
    step: Option<u32>,
    stage: Stage,
    /// Steps still to undo, the next one last.
    left: Vec<PastStep>,
    undone: usize,
    stuck: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Start,
    Listed,
    Doing,
}

impl Undoing {
    pub(super) fn new(run: &str, step: Option<u32>) -> Self {
        Self {
            run: run.to_owned(),
            step,
            stage: Stage::Start,
            left: Vec::new(),
            undone: 0,
            stuck: Vec::new(),
        }
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        self.advance(look).unwrap_or_else(Turn::from)
    }

    fn advance(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        match self.stage {
            Stage::Start => {
                self.stage = Stage::Listed;
                let run = self.run.clone();
                let past = Action::PastRun(PastRun { run });
                Ok(act(past, "see what it changed"))
            }
            Stage::Listed => {
                self.list(look)?;
                self.stage = Stage::Doing;
                self.do_some(look)
            }
            Stage::Doing => {
                self.note(look);
                self.do_some(look)
            }
        }
    }

    fn list(&mut self, look: &Look<'_>) -> Result<(), Fail> {
        if let Some((step, hint)) = look.failure() {
            return Err(give_up(step, hint));
        }
        let past = look.fresh.iter().find_map(|step| {
            if let Output::Past(past) = &step.outcome.output {
                Some(past)
            } else {
                None
            }
        });
        let past = past.ok_or_else(|| fail("the run could not be looked at", ""))?;
        let wanted = past
            .iter()
            .filter(|past| self.step.is_none_or(|number| past.step == number));
        for past in wanted {
            match &past.stuck {
                Some(why) => self.stuck.push(because(past, why)),
                None => self.left.push(past.clone()),
            }
        }
        if self.left.is_empty() && self.stuck.is_empty() {
            let reason = match self.step {
                Some(step) => format!("step {step} changed nothing that could be undone"),
                None => "that run changed nothing that could be undone".to_owned(),
            };
            return Err(fail(reason, "'legwork journal list' shows earlier runs"));
        }
        if self.left.is_empty() {
            return Err(self.failure());
        }
        Ok(())
    }

    fn note(&mut self, look: &Look<'_>) {
        for step in look.fresh {
            let Action::Undo(undo) = &step.action else {
                continue;
            };
            let Some(at) = self.left.iter().position(|past| past.step == undo.step) else {
                continue;
            };
            let past = self.left.remove(at);
            if step.outcome.goes_on() {
                self.undone += 1;
            } else {
                self.stuck.push(because(&past, &step.outcome.summary));
            }
        }
    }

    fn do_some(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        let batch: Vec<Proposal> = self
            .left
            .iter()
            .rev()
            .take(BATCH_MAX)
            .map(|past| {
                let undo = Undo {
                    // As the user named it: that is what the policy looks at.
                    run: self.run.clone(),
                    step: past.step,
                };
                propose(Action::Undo(undo), "the last step first")
            })
            .collect();
        if !batch.is_empty() {
            return Ok(Turn::Act(batch));
        }
        if !self.stuck.is_empty() && !look.run.dry {
            return Err(self.failure());
        }
        let left = if self.stuck.is_empty() {
            String::new()
        } else {
            format!("; these can't be: {}", self.shown())
        };
        look.run.notes.push(format!("{}{left}", self.done()));
        Ok(Turn::Over)
    }

    fn failure(&self) -> Fail {
        let count = self.stuck.len();
        fail(
            format!("{}, {count} could not be: {}", self.done(), self.shown()),
            "what is left has to be changed by hand",
        )
    }

    fn done(&self) -> String {
        match self.undone {
            1 => "1 step undone".to_owned(),
            count => format!("{count} steps undone"),
        }
    }

    fn shown(&self) -> String {
        first_few(&self.stuck, NAMED_MAX, "; ")
    }
}

fn because(past: &PastStep, why: &str) -> String {
    let title = untrusted::line(&past.title, 80);
    format!("{title} ({})", untrusted::line(why, 120))
}
