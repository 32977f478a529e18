//! The steps of a run as they happen, on stderr.
//!
//! On a terminal the running step spins below the finished ones; elsewhere each finished step is
//! plain lines. Never prints to stdout, and never text of a page without cleaning it first.

use std::io::{self, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Paint;
use crate::action::{Action, Effect, Outcome, Status};
use crate::agent::record::{Ending, StepRecord};
use crate::agent::watch::Watcher;
use crate::untrusted;

/// Longest title or fact on one line, so that most terminals need not wrap it.
const LINE_CHARS_MAX: usize = 110;
/// Most facts shown under one step; the report shows all.
const FACTS_MAX: usize = 4;
/// Pace of the spinner.
const TICK: Duration = Duration::from_millis(90);

/// How a timeline shows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// With a spinner, for a terminal.
    Live,
    /// A few lines per step, for a log.
    Plain,
    /// Not at all.
    Quiet,
}

impl Mode {
    /// Chooses for stderr as it is: live on a terminal, else plain.
    pub fn for_stderr() -> Self {
        use std::io::IsTerminal as _;
        if io::stderr().is_terminal() {
            Self::Live
        } else {
            Self::Plain
        }
    }
}

/// How something ended, as a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// ✓
    Good,
    /// ✗
    Bad,
    /// ⊘
    Refused,
    /// ~
    Unsure,
}

/// Returns the mark of `look` in its colour.
pub fn painted(paint: Paint, look: Look) -> String {
    match look {
        Look::Good => paint.good("✓"),
        Look::Bad => paint.bad("✗"),
        Look::Refused => paint.refused("⊘"),
        Look::Unsure => paint.warn("~"),
    }
}

/// Shows the steps of one run.
#[derive(Debug)]
pub struct Timeline {
    mode: Mode,
    paint: Paint,
    spinner: Option<ProgressBar>,
    folded: Option<Folded>,
}

/// A row of mails read one after the other, shown as one line.
#[derive(Debug)]
struct Folded {
    first: StepRecord,
    last: u32,
    took_ms: u64,
}

impl Timeline {
    /// Starts an empty timeline.
    pub fn new(mode: Mode, paint: Paint) -> Self {
        Self {
            mode,
            paint,
            spinner: None,
            folded: None,
        }
    }

    /// Says what the run is for.
    pub fn goal(&mut self, goal: &str) {
        let goal = untrusted::line(goal, 4 * LINE_CHARS_MAX);
        self.line(&format!("\n{}", self.paint.bold(&goal)));
    }

    /// A step begins.
    pub fn step_started(&mut self, number: u32, title: &str) {
        if self.mode != Mode::Live {
            return;
        }
        let title = untrusted::line(title, LINE_CHARS_MAX);
        let spinner = self.spinner.get_or_insert_with(new_spinner);
        spinner.set_message(format!("{number:>3}  {title}"));
        spinner.reset_elapsed();
    }

    /// A step ended.
    pub fn step_ended(&mut self, step: &StepRecord) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
        if folds(step) {
            let first = || Folded {
                first: step.clone(),
                last: step.number,
                took_ms: 0,
            };
            let folded = self.folded.get_or_insert_with(first);
            folded.last = step.number;
            folded.took_ms += step.took_ms;
            return;
        }
        self.unfold();
        for line in step_lines(step, self.paint) {
            self.line(&line);
        }
    }

    /// Shows the row of mails that was read, when there is one.
    fn unfold(&mut self) {
        let Some(folded) = self.folded.take() else {
            return;
        };
        let first = folded.first.number;
        let mut step = folded.first;
        if folded.last > first {
            step.title = format!(
                "read {} mails, up to step {}",
                folded.last + 1 - first,
                folded.last
            );
            step.took_ms = folded.took_ms;
        }
        for line in step_lines(&step, self.paint) {
            self.line(&line);
        }
    }

    /// Says something between steps.
    pub fn note(&mut self, text: &str) {
        self.unfold();
        let text = untrusted::line(text, 4 * LINE_CHARS_MAX);
        let line = format!("         {}", self.paint.dim(&text));
        self.line(&line);
    }

    /// Holds the spinner while `question` talks with the user.
    pub fn ask<T>(&mut self, question: impl FnOnce() -> T) -> T {
        match &self.spinner {
            Some(spinner) => spinner.suspend(question),
            None => question(),
        }
    }

    /// The run ended.
    pub fn ended(&mut self, ending: &Ending) {
        self.clear();
        let text = ending_lines(Some(ending), self.paint);
        self.line(text.trim_end_matches('\n'));
    }

    /// Takes the spinner off the screen.
    pub fn clear(&mut self) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
        self.unfold();
    }

    fn line(&self, line: &str) {
        if self.mode == Mode::Quiet {
            return;
        }
        // Nobody there to read it is no reason to end a run.
        let print = || drop(writeln!(io::stderr().lock(), "{line}"));
        match &self.spinner {
            Some(spinner) => spinner.suspend(print),
            None => print(),
        }
    }
}

impl Watcher for Timeline {
    fn step_started(&mut self, number: u32, title: &str) {
        Self::step_started(self, number, title);
    }

    fn step_ended(&mut self, step: &StepRecord) {
        Self::step_ended(self, step);
    }

    fn note(&mut self, text: &str) {
        Self::note(self, text);
    }

    fn pause(&mut self) {
        self.clear();
    }
}

impl Drop for Timeline {
    fn drop(&mut self) {
        self.clear();
    }
}

fn new_spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("  {spinner} {wide_msg} {elapsed:>4}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ");
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    spinner.set_style(style);
    spinner.enable_steady_tick(TICK);
    spinner
}

/// Returns a finished step as lines: mark, number, title and time, then what came of it.
pub fn step_lines(step: &StepRecord, paint: Paint) -> Vec<String> {
    let title = untrusted::line(&step.title, LINE_CHARS_MAX);
    let title = match step.effect {
        Effect::Read | Effect::Browse => title,
        Effect::Write | Effect::Commit | Effect::Send => paint.bold(&title),
    };
    let mark = painted(paint, look(step));
    let took = paint.dim(&seconds(step.took_ms));
    let mut lines = vec![format!("  {mark} {:>3}  {title}  {took}", step.number)];
    let detail = |text: &str| format!("         {text}");
    let Some(outcome) = &step.outcome else {
        lines.push(detail(&paint.warn("cut off in the middle of it")));
        return lines;
    };
    let summary = untrusted::line(&outcome.summary, LINE_CHARS_MAX);
    match &outcome.status {
        Status::Done {} if step.effect == Effect::Read && outcome.evidence.is_empty() => {
            if !summary.is_empty() {
                lines.push(detail(&paint.dim(&summary)));
            }
        }
        Status::Done {} => {}
        Status::Failed { hint } => {
            lines.push(detail(&paint.bad(&summary)));
            if !hint.is_empty() {
                lines.push(detail(&paint.dim(&untrusted::line(hint, LINE_CHARS_MAX))));
            }
        }
        Status::Uncertain {} => {
            lines.push(detail(&paint.warn(&format!("unsure: {summary}"))));
        }
        Status::Refused { rule } => {
            let rule = untrusted::line(rule, LINE_CHARS_MAX);
            lines.push(detail(
                &paint.refused(&format!("refused: {summary} ({rule})")),
            ));
        }
        Status::Intended {} => {
            lines.push(detail(&paint.warn("intended, not done")));
            if !step.why.is_empty() {
                lines.push(detail(
                    &paint.dim(&untrusted::line(&step.why, LINE_CHARS_MAX)),
                ));
            }
            return lines;
        }
    }
    // What a mail is moved or flagged for says more than that it was; the report has the proof.
    if step.effect == Effect::Write && outcome.is_done() && !step.why.is_empty() {
        lines.push(detail(
            &paint.dim(&untrusted::line(&step.why, LINE_CHARS_MAX)),
        ));
        return lines;
    }
    for fact in outcome.evidence.iter().take(FACTS_MAX) {
        let fact = untrusted::line(&fact.fact, LINE_CHARS_MAX);
        lines.push(detail(&paint.dim(&format!("└ {fact}"))));
    }
    lines
}

/// Returns the end of a run as lines.
pub fn ending_lines(ending: Option<&Ending>, paint: Paint) -> String {
    let clean = |text: &str| untrusted::line(text, 4 * LINE_CHARS_MAX);
    let (look, text, hint, saved) = match ending {
        None => (Look::Unsure, "unfinished".to_owned(), "", None),
        Some(Ending::Verified { answer, saved, .. }) => {
            (Look::Good, clean(answer), "", Some(saved))
        }
        Some(Ending::Unverified { answer, saved }) => (
            Look::Unsure,
            format!("{} (could not be read back)", clean(answer)),
            "",
            Some(saved),
        ),
        Some(Ending::Failed { reason, hint } | Ending::Broken { reason, hint }) => {
            (Look::Bad, clean(reason), hint.as_str(), None)
        }
        Some(Ending::Refused { reason }) => (
            Look::Refused,
            format!("refused: {}", clean(reason)),
            "",
            None,
        ),
        Some(Ending::Halted { reason }) => {
            (Look::Bad, format!("halted: {}", clean(reason)), "", None)
        }
        Some(Ending::Stopped {}) => (Look::Unsure, "stopped by you".to_owned(), "", None),
    };
    let mut lines = vec![format!(
        "\n{} {}\n",
        painted(paint, look),
        paint.bold(&text)
    )];
    for (name, value) in saved.into_iter().flatten() {
        let name = paint.dim(&clean(name));
        lines.push(format!("  {name} = {}\n", clean(value)));
    }
    if !hint.is_empty() {
        lines.push(format!("{} {}\n", paint.good("hint:"), clean(hint)));
    }
    lines.concat()
}

/// Reading mail after mail is one thing to a person.
fn folds(step: &StepRecord) -> bool {
    let worked = step.outcome.as_ref().is_some_and(Outcome::is_done);
    matches!(step.action, Action::MailRead(_)) && worked
}

fn look(step: &StepRecord) -> Look {
    match step.outcome.as_ref().map(|outcome| &outcome.status) {
        Some(Status::Done {}) => Look::Good,
        Some(Status::Failed { .. }) => Look::Bad,
        Some(Status::Refused { .. }) => Look::Refused,
        Some(Status::Uncertain {} | Status::Intended {}) | None => Look::Unsure,
    }
}

/// Milliseconds as people say them: `0.4 s`, `2 min 5 s`.
fn seconds(took_ms: u64) -> String {
    let (whole, tenths) = (took_ms / 1000, took_ms % 1000 / 100);
    if whole < 60 {
        return format!("{whole}.{tenths} s");
    }
    format!("{} min {} s", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(outcome: Option<Outcome>) -> StepRecord {
        StepRecord {
            number: 7,
            turn: 2,
            at: "2027-03-14T09:30:00Z".parse().unwrap(),
            action: Action::Back {},
            effect: Effect::Browse,
            title: "go \u{202e}back".to_owned(),
            why: String::new(),
            decision: "allowed".to_owned(),
            outcome,
            took_ms: 1_449,
            page_url: None,
            picture: None,
        }
    }

    fn plain(outcome: Option<Outcome>) -> String {
        step_lines(&step(outcome), Paint::new(false)).join("\n")
    }

    #[test]
    fn a_step_that_worked_shows_its_time_and_proof() {
        let outcome = Outcome::done("went back").proven("at\u{1b}[2J /book", "address bar");
        insta::assert_snapshot!(plain(Some(outcome)), @r"
          ✓   7  go back  1.4 s
                 └ at [2J /book
        ");
    }

    #[test]
    fn what_did_not_work_says_why() {
        insta::assert_snapshot!(plain(Some(Outcome::failed("no history", "open a page"))), @r"
          ✗   7  go back  1.4 s
                 no history
                 open a page
        ");
        let refused = Outcome {
            status: Status::Refused {
                rule: "host".to_owned(),
            },
            ..Outcome::done("evil.example is not in the goal")
        };
        insta::assert_snapshot!(plain(Some(refused)), @r"
          ⊘   7  go back  1.4 s
                 refused: evil.example is not in the goal (host)
        ");
        insta::assert_snapshot!(plain(None), @r"
          ~   7  go back  1.4 s
                 cut off in the middle of it
        ");
    }

    #[test]
    fn a_painted_step_is_the_plain_one_with_colours() {
        let lines = step_lines(&step(None), Paint::new(true)).join("\n");
        assert!(lines.contains("\u{1b}[33m~\u{1b}[0m"), "{lines:?}");
    }

    #[test]
    fn time_is_said_as_people_say_it() {
        let said: Vec<String> = [0, 99, 1_449, 59_999, 125_000].map(seconds).to_vec();
        assert_eq!(said, ["0.0 s", "0.0 s", "1.4 s", "59.9 s", "2 min 5 s"]);
    }
}
