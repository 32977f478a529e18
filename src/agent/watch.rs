//! Who is told of a run's progress while it runs.

use super::record::StepRecord;

/// Hears what a run does, as it does it.
pub trait Watcher {
    /// A step is about to be judged and performed.
    fn step_started(&mut self, number: u32, title: &str);

    /// A step has ended, or was refused.
    fn step_ended(&mut self, step: &StepRecord);

    /// Something worth a line that is no step.
    fn note(&mut self, text: &str);

    /// Makes room on the terminal before a question is asked.
    fn pause(&mut self);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {
    fn step_started(&mut self, _: u32, _: &str) {}

    fn step_ended(&mut self, _: &StepRecord) {}

    fn note(&mut self, _: &str) {}

    fn pause(&mut self) {}
}
