//! `legwork run`: hands a goal to the loop and says how it ended.

use std::fs;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::report::{self, Kind};
use super::{Context, Failure, task, wish};
use crate::action::Effect;
use crate::agent::Mode;
use crate::agent::record::Ending;
use crate::agent::start::{Finished, Mind, Task, Wish};
use crate::browser::Sandbox;
use crate::config::Config;
use crate::untrusted;

const EXAMPLES: &str = "\
Examples:
  legwork run 'triage my inbox' --dry-run
  legwork run 'go to https://example.org/; save the text of the heading as title'
  legwork run 'find a free slot of 30 minutes next week as slot' --json
  legwork run 'book the appointment that Dr. Weber asks for at https://weber.example next week'
  legwork run 'go to https://shop.example/; read the page' --state shop
  legwork run 'go to https://shop.example/; click \"Delete my list\"' --yes commit

Effects, mildest first:
  read    changes nothing anywhere
  browse  loads pages and works their controls
  write   changes your own mail, calendar or files
  commit  commits you towards a site: books, orders, submits, pays, deletes
  send    leaves for another person
What the goal does not entitle the run to is asked for; without a terminal it is refused.";

/// Do what the goal says, one judged and verified step at a time
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", report::EXIT_CODES))]
pub struct Args {
    /// What to do, in plain English
    pub goal: String,
    /// List the intended effects and do none of them
    #[arg(long)]
    pub dry_run: bool,
    /// Who decides the steps: plain, obey (does whatever a page says, for tests) or script:FILE
    #[arg(long, value_name = "PLANNER", default_value = "plain")]
    pub planner: PlannerChoice,
    /// Show the browser's window
    #[arg(long)]
    pub headed: bool,
    /// Run the browser without its sandbox; only for machines that can't have one
    #[arg(long)]
    pub no_sandbox: bool,
    #[command(flatten)]
    browser: wish::WishArgs,
    /// Approve effects of this kind beforehand; may be given more than once
    #[arg(long, value_name = "EFFECT", value_parser = effect_parser())]
    pub yes: Vec<Effect>,
}

/// Who decides the steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannerChoice {
    /// Plain English, without a model.
    Plain,
    /// Does whatever any page or mail tells it.
    Obey,
    /// The actions of a file.
    Script(PathBuf),
}

impl FromStr for PlannerChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "plain" => Ok(Self::Plain),
            "obey" => Ok(Self::Obey),
            _ => match text.strip_prefix("script:") {
                Some(file) if !file.is_empty() => Ok(Self::Script(PathBuf::from(file))),
                Some(_) | None => Err("planners are plain, obey and script:FILE".to_owned()),
            },
        }
    }
}

pub(super) fn effect_parser() -> impl clap::builder::TypedValueParser<Value = Effect> {
    let words = Effect::ALL.map(Effect::word);
    PossibleValuesParser::new(words).try_map(|word| {
        let found = Effect::ALL.into_iter().find(|effect| effect.word() == word);
        found.ok_or("not an effect")
    })
}

/// Runs the command.
///
/// # Errors
/// When the run can't be started; how a started run ended is its exit code.
pub fn run(args: &Args, context: &Context) -> Result<u8, Failure> {
    super::wake::run(super::wake::SHORT, context)?;
    let task = Task {
        goal: args.goal.clone(),
        planner: args.planner.mind()?,
        account: context.account.clone(),
        mode: if args.dry_run {
            Mode::DryRun
        } else {
            Mode::Perform
        },
        headed: args.headed,
        sandbox: sandbox(args.no_sandbox, context),
        wish: args.browser.wish(context)?,
    };
    finish(&task, &args.yes, context)
}

/// Runs a goal that another command puts into words.
pub(super) fn goal(goal: String, mode: Mode, context: &Context) -> Result<u8, Failure> {
    let task = Task {
        goal,
        planner: Mind::Plain,
        account: context.account.clone(),
        mode,
        headed: false,
        sandbox: Sandbox::On,
        wish: Wish::default(),
    };
    finish(&task, &[], context)
}

fn finish(task: &Task, yes: &[Effect], context: &Context) -> Result<u8, Failure> {
    let minutes = Config::load(&context.home)?.limits.minutes;
    let limit = Duration::from_mins(u64::from(minutes));
    let finished = super::block_on(limit, |deadline| {
        task::run(task, &context.home, yes, context, deadline)
    })?;
    tell(&finished, context)?;
    Ok(finished
        .run
        .ending
        .as_ref()
        .map_or(report::INTERNAL, report::exit_code))
}

/// Saved values and the answer are data; where the report lies is said beside it.
fn tell(finished: &Finished, context: &Context) -> Result<(), Failure> {
    let file = finished.folder.join("report.html");
    if context.json {
        return context.print_json(&serde_json::json!({
            "run": finished.run,
            "steps": finished.steps,
            "report": file,
        }));
    }
    context.say(&context.err.dim(&format!("  report: {}", file.display())));
    let Some(Ending::Verified { saved, .. } | Ending::Unverified { saved, .. }) =
        &finished.run.ending
    else {
        return Ok(());
    };
    let lines: Vec<String> = saved
        .iter()
        .map(|(name, value)| format!("{name}={}\n", untrusted::line(value, usize::MAX)))
        .collect();
    context.print(&lines.concat())
}

/// Locked in, unless the user says otherwise; that is worth a warning each time.
pub(super) fn sandbox(off: bool, context: &Context) -> Sandbox {
    if !off {
        return Sandbox::On;
    }
    context.say(
        &context
            .err
            .warn("the browser runs without its sandbox: open only pages you trust"),
    );
    Sandbox::Off
}

impl PlannerChoice {
    fn mind(&self) -> Result<Mind, Failure> {
        match self {
            Self::Plain => Ok(Mind::Plain),
            Self::Obey => Ok(Mind::Obey),
            Self::Script(file) => match fs::read_to_string(file) {
                Ok(text) => Ok(Mind::Script(text)),
                Err(error) => Err(Failure::new(Kind::User, error)
                    .saying(format!("can't read the script {}", file.display()))
                    .hint("name a file with a JSON array of actions")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::planner::plain::PlainPlanner;

    /// The goals in `legwork run '...'` lines.
    fn goals(text: &str) -> Vec<&str> {
        let lines = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("legwork run '"));
        lines.filter_map(|rest| rest.split('\'').next()).collect()
    }

    #[test]
    fn every_goal_shown_as_an_example_is_understood() {
        let now = "2027-03-10T09:00:00Z".parse().unwrap();
        let clock = Clock::fixed(now, jiff::tz::TimeZone::UTC);
        let skills = crate::skill::shipped().unwrap();
        let shown = [EXAMPLES, include_str!("../../README.md")];
        let goals: Vec<&str> = shown.iter().flat_map(|text| goals(text)).collect();
        assert!(goals.len() >= 6, "{goals:?}");
        for goal in goals.into_iter().filter(|goal| *goal != "GOAL") {
            let understood = PlainPlanner::from_goal(goal, &skills, &clock);
            assert!(understood.is_ok(), "{goal}: {:?}", understood.err());
        }
    }

    #[test]
    fn a_planner_is_read_or_the_known_ones_are_named() {
        let table = [
            ("plain", Some(PlannerChoice::Plain)),
            ("obey", Some(PlannerChoice::Obey)),
            (
                "script:a.json",
                Some(PlannerChoice::Script("a.json".into())),
            ),
            ("script:", None),
            ("gpt", None),
        ];
        for (text, want) in table {
            assert_eq!(text.parse().ok(), want, "{text}");
        }
    }
}
