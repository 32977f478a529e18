//! The plain planner: English sentences, compiled to actions and grounded in the page.
//!
//! The mind that is always there: deterministic, without a model, without I/O of its own. It does
//! what its sentences say and what it surely understands; everything else it names and stops. What
//! a page or a mail says is data to it, never a sentence.

mod goal;
mod ground;
#[cfg(test)]
mod pages;
mod routine;
mod run;
#[cfg(test)]
mod tests;
mod times;

use std::collections::VecDeque;

use async_trait::async_trait;

pub use goal::NotUnderstood;

use crate::action::{Action, AnswerDialog, Done, Status};
use crate::clock::Clock;
use crate::config::CalendarRules;
use crate::deadline::{Deadline, Ended};
use crate::planner::{BATCH_MAX, Planner, Proposal, Step, View};
use crate::skill::Skill;
use crate::skill::language::{Line, Sentence};
use crate::untrusted;

use routine::Routine;
use run::{Look, Run, Turn, propose};

/// Longest sentence shown in a failure, in characters.
const SHOWN_CHARS_MAX: usize = 120;

/// Does what plain-English sentences say.
#[derive(Debug)]
pub struct PlainPlanner {
    lines: VecDeque<Line>,
    doing: Option<Doing>,
    run: Run,
    rules: CalendarRules,
    /// How many steps of the run were taken note of.
    seen: usize,
    skill: Option<String>,
}

/// The sentence being done.
#[derive(Debug)]
struct Doing {
    text: String,
    routine: Routine,
}

impl PlainPlanner {
    /// Finds out what `goal` asks for: a skill that covers it, else the sentences it is made of.
    ///
    /// # Errors
    /// When no skill and no form of sentence fits, several skills do, or an input is missing.
    pub fn from_goal(goal: &str, skills: &[Skill], clock: &Clock) -> Result<Self, NotUnderstood> {
        let understood = goal::understand(goal, skills, clock)?;
        let mut run = Run::default();
        for (name, value) in &understood.inputs {
            run.input(name, value);
        }
        Ok(Self {
            lines: understood.lines.into(),
            doing: None,
            run,
            rules: CalendarRules::default(),
            seen: 0,
            skill: understood.skill,
        })
    }

    /// Keeps the user's rules for free time instead of the usual ones.
    #[must_use]
    pub fn with_rules(mut self, rules: CalendarRules) -> Self {
        self.rules = rules;
        self
    }

    /// Returns the sentences, for a person to read before the run.
    pub fn sentences(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| line.text.as_str())
    }

    /// Says whether one of the sentences changes what is in the calendar.
    pub fn reschedules(&self) -> bool {
        self.lines
            .iter()
            .any(|line| matches!(&line.sentence, Sentence::Event(deed) if deed.changes()))
    }

    /// Says whether one of the sentences writes, and whether one leaves a list.
    pub fn corresponds(&self) -> (bool, bool) {
        let any = |is: fn(&Sentence) -> bool| self.lines.iter().any(|line| is(&line.sentence));
        (any(Sentence::writes), any(Sentence::leaves))
    }

    /// Plans the next batch.
    fn plan(&mut self, view: &View<'_>) -> Vec<Proposal> {
        self.run.began.get_or_insert_with(|| view.clock.now());
        if view.page.is_some_and(|page| page.page().dialog.is_some()) {
            let dismiss = Action::Dialog(AnswerDialog {
                accept: false,
                text: None,
            });
            return vec![propose(dismiss, "no sentence says what to answer")];
        }
        let fresh = view.steps.get(self.seen..).unwrap_or_default();
        self.seen = view.steps.len();
        self.run.note(fresh);
        if let Some(refused) = refused(fresh) {
            return vec![propose(Action::Fail(refused), "")];
        }
        let mut fresh = fresh;
        loop {
            if self.doing.is_none() {
                let Some(line) = self.lines.pop_front() else {
                    return vec![propose(self.end(view), "every sentence is done")];
                };
                match self.start(&line, view) {
                    Ok(routine) => {
                        let text = line.text;
                        self.doing = Some(Doing { text, routine });
                    }
                    Err(failed) => return vec![propose(Action::Fail(failed), line.text)],
                }
            }
            let Some(doing) = &mut self.doing else {
                continue;
            };
            let mut look = Look {
                view,
                fresh,
                run: &mut self.run,
            };
            match doing.routine.turn(&mut look) {
                Turn::Act(mut batch) if !batch.is_empty() => {
                    batch.truncate(BATCH_MAX);
                    for proposal in &mut batch {
                        if proposal.why.is_empty() {
                            proposal.why = untrusted::line(&doing.text, SHOWN_CHARS_MAX);
                        }
                    }
                    return batch;
                }
                Turn::Act(_) | Turn::Over => {
                    self.doing = None;
                    fresh = &[];
                }
                Turn::Fail(mut failed) => {
                    let sentence = untrusted::line(&doing.text, SHOWN_CHARS_MAX);
                    let why = format!("while doing: {sentence}");
                    failed.reason = untrusted::line(&failed.reason, 500);
                    return vec![propose(Action::Fail(failed), why)];
                }
            }
        }
    }

    fn start(&mut self, line: &Line, view: &View<'_>) -> Result<Routine, crate::action::Fail> {
        Routine::new(&line.sentence, &mut self.run, view, &self.rules)
    }

    /// Ends the run: achieved, or not known.
    fn end(&mut self, view: &View<'_>) -> Action {
        if let Some(unsure) = &self.run.unsure
            && !self.run.dry
        {
            return Action::Fail(run::fail(
                format!(
                    "it is not known whether this worked: {}",
                    untrusted::line(unsure, 200)
                ),
                "look whether it has happened before you run this again",
            ));
        }
        let mut cites = std::mem::take(&mut self.run.cites);
        if cites.is_empty() {
            let proven = view
                .steps
                .iter()
                .filter(|s| s.outcome.is_done() && !s.outcome.evidence.is_empty());
            cites = proven.map(|s| s.number).collect();
        }
        cites.sort_unstable();
        cites.dedup();
        Action::Done(Done {
            answer: self.answer(),
            cites,
            saved: self.run.saved.clone(),
        })
    }

    fn answer(&self) -> String {
        let mut notes = self.run.notes.clone();
        if notes.is_empty() {
            notes.extend(
                self.run
                    .saved
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}")),
            );
        }
        if notes.is_empty() {
            notes.push("all steps are done".to_owned());
        }
        let begin = if self.run.dry {
            "dry run, nothing was changed: "
        } else {
            ""
        };
        format!("{begin}{}", notes.join("; "))
    }
}

/// Makes a refusal the end of the run: another way around a limit is not for a planner to find.
fn refused(fresh: &[Step]) -> Option<crate::action::Fail> {
    fresh.iter().find_map(|step| match &step.outcome.status {
        Status::Refused { rule } => Some(run::fail(
            format!(
                "not allowed: {}",
                untrusted::line(&step.outcome.summary, 300)
            ),
            format!("the rule is '{rule}'; widen the goal or approve the step if you want it"),
        )),
        Status::Done {} | Status::Failed { .. } | Status::Uncertain {} | Status::Intended {} => {
            None
        }
    })
}

#[async_trait]
impl Planner for PlainPlanner {
    fn name(&self) -> &str {
        self.skill.as_deref().unwrap_or("plain")
    }

    async fn next(&mut self, view: &View<'_>, deadline: &Deadline) -> Result<Vec<Proposal>, Ended> {
        if deadline.is_stopped() {
            return Err(Ended::Stopped);
        }
        if deadline.is_over() {
            return Err(Ended::TimedOut("the next step".to_owned()));
        }
        Ok(self.plan(view))
    }
}
