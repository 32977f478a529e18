//! The browser as commands need it: found, or installed where that is wanted.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::report::Kind;
use super::{Context, Failure};
use crate::browser;
use crate::browser::install::{self, Plan, Progress};
use crate::config::Config;
use crate::deadline::Deadline;

/// Whether a missing browser may be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Install {
    /// It may.
    Allowed,
    /// The user is told how to do it by hand.
    Refused,
}

impl Install {
    /// Reads `--no-install`.
    pub fn unless(no_install: bool) -> Self {
        if no_install {
            Self::Refused
        } else {
            Self::Allowed
        }
    }
}

/// Returns the browser's program.
///
/// # Errors
/// [`Kind::Browser`] when there is none.
pub fn find(config: &Config, context: &Context) -> Result<PathBuf, Failure> {
    let choice = config.browser.program.as_deref();
    browser::find(choice, &context.env, &context.home).map_err(|error| {
        let hint = error.hint();
        Failure::new(Kind::Browser, error).hint_if(hint)
    })
}

/// Returns how a browser would be installed here.
///
/// # Errors
/// [`Kind::Browser`] when there is no way.
pub fn plan(context: &Context) -> Result<Plan, Failure> {
    install::plan(&context.env, &context.home).map_err(failed)
}

/// Returns the browser's program, after installing one where none is found.
///
/// # Errors
/// [`Kind::Browser`] when there is none and none may or can be installed.
pub async fn ensure(
    config: &Config,
    context: &Context,
    allowed: Install,
    deadline: &Deadline,
) -> Result<PathBuf, Failure> {
    let missing = match find(config, context) {
        Ok(program) => return Ok(program),
        // A wrong choice of the user's is not papered over by installing another browser.
        Err(failure) if config.browser.program.is_some() || context.env.chromium.is_some() => {
            return Err(failure);
        }
        Err(failure) => failure,
    };
    let plan = plan(context)?;
    match allowed {
        Install::Allowed => install_now(&plan, context, deadline).await,
        Install::Refused => Err(missing.hint(plan.by_hand())),
    }
}

/// Carries out `plan`, telling of it on stderr.
///
/// # Errors
/// [`Kind::Browser`] with what went wrong.
pub async fn install_now(
    plan: &Plan,
    context: &Context,
    deadline: &Deadline,
) -> Result<PathBuf, Failure> {
    let mut shown = Shown::new(context);
    let done = install::run(plan, &mut shown, deadline).await;
    shown.bar.finish_and_clear();
    match done {
        Err(install::Error::Ended(crate::deadline::Ended::Stopped)) => Err(Failure::stopped()),
        done => done.map_err(failed),
    }
}

fn failed(error: install::Error) -> Failure {
    let hint = error.hint();
    Failure::new(Kind::Browser, error)
        .saying("no browser could be installed")
        .hint_if(hint)
}

/// Shows an installation: a bar on a terminal, the first line elsewhere.
struct Shown<'a> {
    context: &'a Context,
    bar: ProgressBar,
    live: bool,
    said: bool,
}

impl<'a> Shown<'a> {
    fn new(context: &'a Context) -> Self {
        use std::io::IsTerminal as _;
        let live = std::io::stderr().is_terminal();
        let target = if live {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("  {spinner} {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(std::time::Duration::from_millis(90));
        Self {
            context,
            bar,
            live,
            said: false,
        }
    }
}

impl Progress for Shown<'_> {
    fn say(&mut self, line: &str) {
        if !self.said || !self.live {
            self.bar.suspend(|| self.context.say(line));
            self.said = true;
        }
        self.bar.set_message(line.to_owned());
    }

    fn amount(&mut self, done: u64, total: u64) {
        let done = indicatif::HumanBytes(done);
        let total = indicatif::HumanBytes(total);
        self.bar.set_message(format!("{done} of {total}"));
    }
}
