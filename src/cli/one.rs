//! A single deed through the loop: the direct commands write through the same policy, journal,
//! reading back and report as every other run, and say in one line what came of it.
//!
//! Never touches a hand itself.

use std::time::Duration;

use super::report;
use super::timeline::{self, Mode as Show, Timeline};
use super::{Context, Failure};
use crate::action::{Action, Change, Done, Evidence, Outcome};
use crate::agent::Mode;
use crate::agent::approve::Approver;
use crate::agent::record::Ending;
use crate::agent::start::{self, Company, Finished, Mind, Setting, Task, Wish};
use crate::browser::Sandbox;
use crate::clock::Clock;
use crate::config::Config;
use crate::untrusted;

/// Longest fact shown under the answer, in characters.
const FACT_CHARS_MAX: usize = 160;

/// What is to be done.
pub(super) struct Deed {
    /// The user's own words; they are what the policy grants from.
    pub(super) goal: String,
    /// The steps, at most as many as a run may take.
    pub(super) actions: Vec<Action>,
    /// What is so afterwards, for the user; never text from outside, as the policy sees it.
    pub(super) answer: String,
    /// What it was done to, shown beside the answer; may be text from outside, may be empty.
    pub(super) about: String,
}

/// How a deed is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// One line with its proof.
    Short,
    /// Step by step.
    Steps,
}

/// What a run of the command line starts from.
pub(super) struct Ground {
    pub(super) config: Config,
    clock: Clock,
}

impl Ground {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When it can't be used.
    pub(super) fn load(context: &Context) -> Result<Self, Failure> {
        let config = Config::load(&context.home)?;
        let clock = Clock::system(config.zone().unwrap_or(jiff::tz::TimeZone::UTC));
        Ok(Self { config, clock })
    }

    /// As a run wants it.
    pub(super) fn setting<'a>(&'a self, context: &'a Context) -> Setting<'a> {
        Setting {
            home: &context.home,
            config: &self.config,
            environment: &context.env,
            clock: self.clock.clone(),
        }
    }
}

/// Does `deed` and tells what came of it.
///
/// # Errors
/// When it can't be started; how a started run ended is the exit code.
pub(super) fn perform(
    deed: Deed,
    approver: &mut dyn Approver,
    telling: Telling,
    context: &Context,
) -> Result<u8, Failure> {
    let about = deed.about.clone();
    let finished = run(deed, approver, telling, context)?;
    tell(&finished, &about, telling, context)?;
    let ending = finished.run.ending.as_ref();
    Ok(ending.map_or(report::INTERNAL, report::exit_code))
}

/// Does `deed` and leaves the telling to the caller.
///
/// # Errors
/// When it can't be started; how it ended stands in the finished run.
pub(super) fn run(
    deed: Deed,
    approver: &mut dyn Approver,
    telling: Telling,
    context: &Context,
) -> Result<Finished, Failure> {
    let ground = Ground::load(context)?;
    let limit = Duration::from_mins(u64::from(ground.config.limits.minutes));
    let task = task(deed, context)?;
    let show = match telling {
        Telling::Steps if !context.json => Show::for_stderr(),
        Telling::Steps | Telling::Short => Show::Quiet,
    };
    let mut timeline = Timeline::new(show, context.err);
    timeline.goal(&task.goal);
    let finished = super::block_on(limit, async |deadline| {
        let company = Company {
            approver,
            watcher: &mut timeline,
        };
        let setting = ground.setting(context);
        Ok(Box::pin(start::run(&task, &setting, company, deadline)).await?)
    })?;
    timeline.clear();
    Ok(finished)
}

/// Makes a script of the steps that ends by citing them.
fn task(deed: Deed, context: &Context) -> Result<Task, Failure> {
    let mut script = deed.actions;
    // A read brings no proof, so only the others can be cited.
    let cites = (1..)
        .zip(&script)
        .filter(|(_, action)| action.effect() != crate::action::Effect::Read);
    let cites = cites.map(|(number, _)| number).collect();
    script.push(Action::Done(Done {
        answer: deed.answer,
        cites,
        saved: std::collections::BTreeMap::new(),
    }));
    let script = serde_json::to_string(&script).map_err(Failure::internal)?;
    let task = Task {
        goal: deed.goal,
        planner: Mind::Script(script),
        account: context.account.clone(),
        mode: Mode::Perform,
        headed: false,
        sandbox: Sandbox::On,
        wish: Wish::default(),
    };
    Ok(task)
}

fn tell(
    finished: &Finished,
    about: &str,
    telling: Telling,
    context: &Context,
) -> Result<(), Failure> {
    let outcomes = || {
        finished
            .steps
            .iter()
            .filter_map(|step| step.outcome.as_ref())
    };
    let proof: Vec<&Evidence> = outcomes().flat_map(|outcome| &outcome.evidence).collect();
    let file = finished.folder.join("report.html");
    if context.json {
        return context.print_json(&serde_json::json!({
            "run": finished.run.id,
            "ending": finished.run.ending,
            "ids": outcomes().flat_map(names).collect::<Vec<_>>(),
            "proof": proof,
            "report": file,
        }));
    }
    let Some(Ending::Verified { answer, .. }) = &finished.run.ending else {
        let ending = finished.run.ending.as_ref().map(brief);
        let text = timeline::ending_lines(ending.as_ref(), context.err);
        context.say(text.trim_matches('\n'));
        return Ok(());
    };
    let mark = timeline::painted(context.out, timeline::Look::Good);
    let answer = untrusted::line(answer, usize::MAX);
    let about = untrusted::line(about, FACT_CHARS_MAX);
    let colon = if about.is_empty() { "" } else { ": " };
    context.print(&format!("{mark} {answer}{colon}{about}\n"))?;
    if telling == Telling::Short {
        for id in outcomes().flat_map(names) {
            let id = untrusted::line(&id, FACT_CHARS_MAX);
            context.say(&context.err.dim(&format!("  └ {id}")));
        }
        for one in proof {
            let source = untrusted::line(&one.source, FACT_CHARS_MAX);
            context.say(&context.err.dim(&format!("  └ {source}")));
        }
    }
    context.say(&context.err.dim(&format!("  report: {}", file.display())));
    Ok(())
}

/// A refusal repeats what it refused, which the user has just seen: its first line is enough.
fn brief(ending: &Ending) -> Ending {
    let Ending::Refused { reason } = ending else {
        return ending.clone();
    };
    let first = reason.lines().next().unwrap_or_default();
    Ending::Refused {
        reason: untrusted::line(first, FACT_CHARS_MAX),
    }
}

/// What the step made or changed, by its id or `UID`.
fn names(outcome: &Outcome) -> Vec<String> {
    let changed = outcome.changed.iter();
    changed
        .filter_map(|change| match change {
            Change::Mail { id, .. } => Some(id.0.clone()),
            Change::Event { uid, .. } => Some(uid.clone()),
            Change::Navigation { .. }
            | Change::Dom { .. }
            | Change::Value { .. }
            | Change::Focus {}
            | Change::Request { .. }
            | Change::Dialog { .. }
            | Change::Download { .. }
            | Change::NewTab { .. }
            | Change::Scrolled {} => None,
        })
        .collect()
}
