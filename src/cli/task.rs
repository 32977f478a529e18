//! Runs one task for a command: who approves, who watches, and what an error means to the user.

use super::ask::Terminal;
use super::report::Kind;
use super::timeline::{Mode as Show, Timeline};
use super::{Context, Failure};
use crate::action::Effect;
use crate::agent::approve::{Approver, ByEffect, DenyAll};
use crate::agent::start::{self, Company, Finished, Setting, StartError, Task};
use crate::clock::Clock;
use crate::config::Config;
use crate::deadline::Deadline;
use crate::home::Home;

/// Runs `task` in `home` under a timeline.
///
/// # Errors
/// When it can't be started; how it ended stands in the finished run.
pub(super) async fn run(
    task: &Task,
    home: &Home,
    yes: &[Effect],
    context: &Context,
    deadline: Deadline,
) -> Result<Finished, Failure> {
    let config = Config::load(home)?;
    let zone = config.zone().unwrap_or(jiff::tz::TimeZone::UTC);
    let clock = Clock::system(zone);
    let setting = Setting {
        home,
        config: &config,
        environment: &context.env,
        clock,
    };
    let mut timeline = Timeline::new(shown(context), context.err);
    timeline.goal(&task.goal);
    let mut approver = approver(yes, context);
    let company = Company {
        approver: approver.as_mut(),
        watcher: &mut timeline,
    };
    let finished = Box::pin(start::run(task, &setting, company, deadline)).await?;
    if let Some(ending) = &finished.run.ending {
        timeline.ended(ending);
    }
    Ok(finished)
}

/// With `--json` the whole run is data; else the steps are told as they happen.
fn shown(context: &Context) -> Show {
    if context.json {
        Show::Quiet
    } else {
        Show::for_stderr()
    }
}

fn approver(yes: &[Effect], context: &Context) -> Box<dyn Approver> {
    let effects = yes.to_vec();
    if context.interactive && !context.json {
        return Box::new(ByEffect {
            effects,
            otherwise: Terminal::new(context.err),
        });
    }
    Box::new(ByEffect {
        effects,
        otherwise: DenyAll,
    })
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let hint = error.hint();
        let kind = match &error {
            StartError::Goal(_) | StartError::Skill(_) | StartError::Script(_) => Kind::User,
            StartError::Mail(_) | StartError::Calendar(_) => Kind::Account,
            StartError::Journal(_) | StartError::Store(_) => Kind::Internal,
        };
        Self::new(kind, error).hint_if(hint)
    }
}
