//! How a run ends: verified only when all it claims was read back.

use super::record::{Ending, StepRecord};
use super::session::{Mode, Session};
use crate::action::{Action, Effect, Fail, Outcome, Status};

impl Session<'_> {
    /// Says how the run ends when the planner proposes to end it.
    pub(super) fn ending(&self, action: &Action) -> Option<Ending> {
        if let Action::Fail(fail) = action {
            return Some(self.gave_up(fail));
        }
        let Action::Done(done) = action else {
            return None;
        };
        let (answer, saved) = (done.answer.clone(), done.saved.clone());
        let proven = done.cites.iter().filter(|number| self.is_proven(**number));
        let cites: Vec<u32> = proven.copied().collect();
        let cites = if cites.is_empty() {
            self.readings()
        } else {
            cites
        };
        if self.parts.mode == Mode::DryRun {
            let cites = self.steps.iter().map(|step| step.number).collect();
            return Some(Ending::Verified {
                answer,
                cites,
                saved,
            });
        }
        if cites.is_empty() || !self.all_effects_are_proven() {
            return Some(Ending::Unverified { answer, saved });
        }
        Some(Ending::Verified {
            answer,
            cites,
            saved,
        })
    }

    /// Giving up because of a refusal is the refusal's doing.
    fn gave_up(&self, fail: &Fail) -> Ending {
        let last = self.steps.last().map(|step| &step.outcome);
        if let Some(Outcome {
            status: Status::Refused { .. },
            summary,
            ..
        }) = last
        {
            return Ending::Refused {
                reason: summary.clone(),
            };
        }
        Ending::Failed {
            reason: fail.reason.clone(),
            hint: fail.hint.clone(),
        }
    }

    /// A run that only reads mail and calendar has no effect to prove: what it read is the proof.
    fn readings(&self) -> Vec<u32> {
        let steps = self.parts.journal.steps();
        if steps.iter().any(|step| step.effect != Effect::Read) {
            return Vec::new();
        }
        let done = self.steps.iter().filter(|step| step.outcome.is_done());
        done.map(|step| step.number).collect()
    }

    /// Says whether everything that changed the world was read back: its own evidence, or, for
    /// what was committed on a site, something that was read back after it.
    fn all_effects_are_proven(&self) -> bool {
        let steps = self.parts.journal.steps();
        let proven = |step: &StepRecord| self.is_proven(step.number);
        steps
            .iter()
            .enumerate()
            .all(|(at, step)| match step.effect {
                Effect::Read | Effect::Browse => true,
                Effect::Write | Effect::Send => proven(step) || !self.is_done(step.number),
                Effect::Commit => !self.is_done(step.number) || steps.iter().skip(at).any(proven),
            })
    }

    fn is_done(&self, number: u32) -> bool {
        self.steps
            .iter()
            .any(|step| step.number == number && step.outcome.goes_on())
    }

    /// A claim may rest only on steps that worked and were read back.
    fn is_proven(&self, number: u32) -> bool {
        self.steps.iter().any(|step| {
            step.number == number && !step.outcome.evidence.is_empty() && step.outcome.goes_on()
        })
    }
}
