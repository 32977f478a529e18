//! `legwork journal`: what was done so far, run by run and step by step.

use super::run as runner;
use super::runs::{self, Kept};
use super::timeline::{self, Look};
use super::{Context, Failure};
use crate::agent::Mode;
use crate::agent::record::{Ending, RunRecord};
use crate::untrusted;

const LIST_EXAMPLES: &str = "\
Examples:
  legwork journal list
  legwork journal list --json | jq -r '.[].id'";

const SHOW_EXAMPLES: &str = "\
Examples:
  legwork journal show last
  legwork journal show 20270314-093000-4f2a
  legwork journal show 20270314 --json";

const UNDO_EXAMPLES: &str = "\
Examples:
  legwork journal undo                the last run, from its last step to its first
  legwork journal undo --dry-run      what would be taken back, and what can't be
  legwork journal undo 20270314-093000-4f2a
  legwork journal undo last 3         only step 3 of the last run

An undo is a run of its own: undo that, and all is as before.";

/// Look at what was done, and take it back
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List past runs, newest first
    #[command(after_help = LIST_EXAMPLES)]
    List {},
    /// Show one run with its steps, decisions and proofs
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// The run's id, its beginning, or 'last'
        run: String,
    },
    /// Take back what a run did to your mail and calendar, as far as nothing changed since
    #[command(after_help = UNDO_EXAMPLES)]
    Undo {
        /// The run's id, its beginning, or 'last'
        #[arg(default_value = "last")]
        run: String,
        /// Only this step of it
        step: Option<u32>,
        /// Only list what would be taken back
        #[arg(long)]
        dry_run: bool,
    },
}

pub(super) fn run(command: &Command, context: &Context) -> Result<u8, Failure> {
    match command {
        Command::List {} => list(context)?,
        Command::Show { run } => show(run, context)?,
        Command::Undo { run, step, dry_run } => {
            let mode = if *dry_run {
                Mode::DryRun
            } else {
                Mode::Perform
            };
            return undo(run, *step, mode, context);
        }
    }
    Ok(0)
}

/// An undo is a run like any other, with the goal that a person would type.
fn undo(wanted: &str, step: Option<u32>, mode: Mode, context: &Context) -> Result<u8, Failure> {
    let run = match wanted {
        // The loop knows which runs were the user's.
        "last" => "the last run".to_owned(),
        other => format!("run {}", runs::load(context, other)?.run.id),
    };
    let goal = match step {
        Some(step) => format!("undo step {step} of {run}"),
        None => format!("undo {run}"),
    };
    runner::goal(goal, mode, context)
}

fn list(context: &Context) -> Result<(), Failure> {
    let runs = runs::list(context)?;
    if context.json {
        return context.print_json(&runs);
    }
    if runs.is_empty() {
        context.say("there is no run yet; start with 'legwork demo'");
    }
    let mut text = Vec::new();
    for run in &runs {
        let (mark, word) = ending_word(run.ending.as_ref());
        let goal = untrusted::line(&run.goal, 70);
        let id = untrusted::line(&run.id, 40);
        let mark = timeline::painted(context.out, mark);
        text.push(format!("{mark} {id}  {word:<10}  {goal}\n"));
    }
    context.print(&text.concat())
}

fn show(wanted: &str, context: &Context) -> Result<(), Failure> {
    let kept = runs::load(context, wanted)?;
    if context.json {
        return context.print_json(&kept);
    }
    context.print(&as_text(&kept, context))
}

fn as_text(kept: &Kept, context: &Context) -> String {
    let paint = context.out;
    let run = &kept.run;
    let goal = untrusted::line(&run.goal, 400);
    let mut text = vec![format!("{}\n", paint.bold(&goal))];
    let dry = if run.dry_run { ", dry run" } else { "" };
    let planner = untrusted::line(&run.planner, 60);
    text.push(format!("{}  {planner}{dry}\n\n", run.id));
    for line in &run.grant {
        text.push(format!("  may: {}\n", untrusted::line(line, 200)));
    }
    if !run.grant.is_empty() {
        text.push("\n".to_owned());
    }
    for step in &kept.steps {
        for line in timeline::step_lines(step, paint) {
            text.push(format!("{line}\n"));
        }
        let decision = untrusted::line(&step.decision, 200);
        text.push(format!("         {}\n", paint.dim(&decision)));
    }
    text.push(timeline::ending_lines(run.ending.as_ref(), paint));
    text.push(details(run, context));
    text.concat()
}

fn details(run: &RunRecord, context: &Context) -> String {
    let report = runs::report_file(&context.home, &run.id);
    if !report.is_file() {
        return String::new();
    }
    format!("report: {}\n", report.display())
}

/// The mark and the word of an ending in a list.
fn ending_word(ending: Option<&Ending>) -> (Look, &'static str) {
    match ending {
        None => (Look::Unsure, "unfinished"),
        Some(Ending::Verified { .. }) => (Look::Good, "verified"),
        Some(Ending::Unverified { .. }) => (Look::Unsure, "unverified"),
        Some(Ending::Failed { .. }) => (Look::Bad, "failed"),
        Some(Ending::Refused { .. }) => (Look::Refused, "refused"),
        Some(Ending::Halted { .. }) => (Look::Bad, "halted"),
        Some(Ending::Stopped {}) => (Look::Unsure, "stopped"),
        Some(Ending::Broken { .. }) => (Look::Bad, "broken"),
    }
}
