//! Hands on the browser: starts Chromium, sees pages, works them with real input events.
//!
//! Chromium is spoken to over a pipe with chromiumoxide's typed protocol; driver, observation and
//! actions are our own. Never ignores TLS errors, never clicks by script, never blocks on a dialog.

mod act;
mod asks;
mod attach;
mod carry;
mod closed;
mod drawing;
mod driver;
mod error;
mod events;
mod fetch;
mod find;
mod frames;
mod glance;
mod inner;
pub mod install;
mod launch;
mod line;
mod login;
mod observe;
mod pending;
mod quarantine;
mod record;
mod rules;
mod set_up;
mod settle;
mod state;
mod timers;
#[cfg(test)]
mod told;
mod wire;
mod world;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use chromiumoxide::cdp::browser_protocol::browser as protocol;
use chromiumoxide::cdp::browser_protocol::page::{
    CaptureScreenshotFormat, CaptureScreenshotParams,
};
use chromiumoxide::cdp::browser_protocol::target::{CloseTargetParams, CreateTargetParams};

use self::asks::Answers;
pub use self::asks::{Answer, Files};
pub use self::attach::{Attach, Reach};
use self::driver::Driver;
pub use self::error::Error;
pub use self::fetch::fetch;
pub use self::find::{Need, find, find_for};
use self::frames::Owner;
use self::inner::Inner;
use self::launch::Process;
pub use self::launch::{Launch, Sandbox, clear_away, sweep, version};
use self::line::Line;
pub use self::login::{Cookie, Entry, LoginError, LoginInfo, LoginName, LoginState, Origin};
pub use self::record::{Bodies, Secrets};
pub use self::rules::{Rule, RuleAnswer};
use self::state::{State, Tab};
use self::world::Worlds;
use crate::action::KeptFile;
use crate::deadline::Deadline;

/// Longest time for the program to become ready: 130 ms when idle, 27 s were seen under load.
const START_LIMIT: Duration = Duration::from_mins(1);
/// Longest time for our tabs in the person's own browser to close.
const FAREWELL_LIMIT: Duration = Duration::from_secs(2);
/// Longest time for a new tab to appear.
const TAB_LIMIT: Duration = Duration::from_secs(10);

/// Where a browser comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// It is started, and ended afterwards.
    Launch(Launch),
    /// It runs already, and goes on running afterwards.
    Attach(Attach),
}

/// A running browser with its tabs; dropping it ends the process and removes the profile. One that
/// was attached to goes on, and only [`Browser::close`] closes the tabs that were opened in it.
#[derive(Debug)]
pub struct Browser {
    driver: Driver,
    /// None when the browser is the person's own.
    process: Option<Process>,
    /// Whether it shows a window.
    headed: bool,
    worlds: Worlds,
    owners: HashMap<String, Owner>,
    inner: HashMap<String, Inner>,
    /// Target of the tab that actions go to.
    current: String,
    answers: Answers,
    /// Where files that pages give are kept; none are without it.
    quarantine: Option<PathBuf>,
    /// Files kept so far, by the browser's name for each.
    kept: HashMap<String, KeptFile>,
    /// Files that were told of, by the browser's name for each.
    told: HashSet<String>,
    /// Files handed to pages so far.
    uploads: u32,
}

impl Browser {
    /// Starts the browser, or attaches to one.
    ///
    /// # Errors
    /// As [`Browser::launch`] and [`Browser::attach`].
    ///
    /// # Cancellation
    /// As theirs.
    pub async fn start(source: &Source, deadline: &Deadline) -> Result<Self, Error> {
        match source {
            Source::Launch(launch) => Self::launch(launch, deadline).await,
            Source::Attach(attach) => Self::attach(attach, deadline).await,
        }
    }

    /// Attaches to a running browser and opens a tab in it.
    ///
    /// # Errors
    /// [`Error::Unreachable`] with the reason, or [`Error::Ended`].
    ///
    /// # Cancellation
    /// The tab may stay open in the person's browser.
    pub async fn attach(attach: &Attach, deadline: &Deadline) -> Result<Self, Error> {
        let connection = attach.connect(deadline).await?;
        let mut browser = Self::over(Line::socket(connection), None);
        // Their windows are where the person sees them.
        browser.headed = true;
        let limit = deadline.child(START_LIMIT);
        browser.driver.adopt_popups().await?;
        browser
            .driver
            .call(None, set_up::discover(), &limit)
            .await?;
        browser.ensure_tab(&limit).await?;
        Ok(browser)
    }

    fn over(line: Line, process: Option<Process>) -> Self {
        Self {
            driver: Driver::start(line),
            process,
            headed: false,
            worlds: Worlds::default(),
            owners: HashMap::new(),
            inner: HashMap::new(),
            current: String::new(),
            answers: Answers::default(),
            quarantine: None,
            kept: HashMap::new(),
            told: HashSet::new(),
            uploads: 0,
        }
    }

    /// Starts the browser and waits for its first tab.
    ///
    /// # Errors
    /// [`Error::Program`], [`Error::Profile`], [`Error::Startup`] with the last the program said,
    /// or [`Error::Ended`]. Nothing is left behind then.
    ///
    /// # Cancellation
    /// Dropping it ends the process and removes the profile.
    pub async fn launch(options: &Launch, deadline: &Deadline) -> Result<Self, Error> {
        let (process, pipes) = Process::start(options)?;
        let mut browser = Self::over(Line::pipes(pipes), Some(process));
        browser.headed = options.headed;
        match browser.get_ready(&deadline.child(START_LIMIT)).await {
            Ok(()) => Ok(browser),
            Err(Error::Gone) => {
                let Self {
                    driver, process, ..
                } = browser;
                drop(driver);
                Err(Error::Startup {
                    program: options.program.clone(),
                    output: process.map(Process::end).unwrap_or_default(),
                })
            }
            Err(error) => Err(error),
        }
    }

    async fn get_ready(&mut self, deadline: &Deadline) -> Result<(), Error> {
        let mut version = self
            .driver
            .send(None, protocol::GetVersionParams::default(), deadline)
            .await?;
        version.unhurried();
        // What it is told before it answers it does as soon as it can.
        let mut told = Vec::new();
        if let Some(folder) = self.folder() {
            let downloads = protocol::SetDownloadBehaviorParams {
                download_path: Some(folder.join("downloads").display().to_string()),
                events_enabled: Some(true),
                ..protocol::SetDownloadBehaviorParams::new(
                    protocol::SetDownloadBehaviorBehavior::AllowAndName,
                )
            };
            told.push(self.tell(downloads, deadline).await?);
        }
        told.push(self.tell(set_up::attach(&["page"]), deadline).await?);
        version.wait(deadline).await?;
        for sent in told {
            sent.wait(deadline).await?;
        }
        let first = deadline.child(TAB_LIMIT);
        self.driver
            .wait_until(&first, |state| state.tabs.iter().any(is_usable))
            .await?;
        self.ensure_tab(deadline).await
    }

    /// Sends the browser itself a command whose answer says nothing.
    async fn tell<C: chromiumoxide::Command>(
        &self,
        command: C,
        deadline: &Deadline,
    ) -> Result<driver::Sent<serde::de::IgnoredAny>, Error> {
        let mut sent = self.driver.send_for(None, command, deadline).await?;
        sent.unhurried();
        Ok(sent)
    }

    /// Makes sure that the current tab is an open one; opens one when there is none.
    async fn ensure_tab(&mut self, deadline: &Deadline) -> Result<(), Error> {
        let found = {
            let state = self.driver.state();
            let state = state.borrow();
            if state.tab(&self.current).is_some_and(is_usable) {
                return Ok(());
            }
            state
                .tabs
                .iter()
                .rev()
                .find(|tab| is_usable(tab))
                .map(|tab| tab.target.clone())
        };
        match found {
            Some(target) => self.current = target,
            None => self.create_tab(deadline).await?,
        }
        self.forget_closed();
        Ok(())
    }

    /// Opens an empty tab and makes it the current one.
    async fn create_tab(&mut self, deadline: &Deadline) -> Result<(), Error> {
        let made = self
            .driver
            .call(None, CreateTargetParams::new("about:blank"), deadline)
            .await?;
        let target: String = made.target_id.into();
        if self.process.is_none() {
            let attach = set_up::attach_to(&target);
            self.driver.call(None, attach, deadline).await?;
        }
        let is_there = |state: &State| state.tab(&target).is_some_and(is_usable);
        let limit = deadline.child(TAB_LIMIT);
        if !self.driver.wait_until(&limit, is_there).await? {
            return Err(Error::Detached);
        }
        self.current = target;
        Ok(())
    }

    /// Forgets worlds and owners of frames that are no more.
    fn forget_closed(&mut self) {
        let state = self.driver.state();
        let state = state.borrow();
        let is_alive = |frame: &str| state.tabs.iter().any(|tab| tab.frames.contains_key(frame));
        self.worlds.keep(is_alive);
        self.owners.retain(|frame, _| is_alive(frame));
        self.inner.retain(|frame, _| is_alive(frame));
    }

    /// Returns the session of the current tab.
    fn session(&self) -> Result<String, Error> {
        let state = self.driver.state();
        let state = state.borrow();
        let tab = state.tab(&self.current).ok_or(Error::Detached)?;
        Ok(tab.session.clone())
    }

    /// Says how `confirm` and `prompt` dialogs are answered from now on; alerts are accepted.
    ///
    /// # Errors
    /// [`Error::Gone`] when the browser has ended.
    pub async fn answer_questions(&mut self, answer: Answer) -> Result<(), Error> {
        self.answers.question = answer;
        self.driver.answer_dialogs(self.answers.clone()).await
    }

    /// Takes a picture of the visible part of the current tab, PNG.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Crashed`], [`Error::Detached`] or [`Error::Ended`].
    pub async fn picture(&mut self, deadline: &Deadline) -> Result<Vec<u8>, Error> {
        self.ensure_tab(deadline).await?;
        let params = CaptureScreenshotParams {
            format: Some(CaptureScreenshotFormat::Png),
            optimize_for_speed: Some(true),
            ..CaptureScreenshotParams::default()
        };
        self.capture(params, deadline).await
    }

    async fn capture(
        &mut self,
        params: CaptureScreenshotParams,
        deadline: &Deadline,
    ) -> Result<Vec<u8>, Error> {
        let session = self.session()?;
        let taken = self.driver.call(Some(&session), params, deadline).await?;
        decoded("Page.captureScreenshot", taken.data.as_ref())
    }

    /// The private folder of this session, which goes with it.
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.process.as_ref().and_then(Process::folder)
    }

    /// How many commands were sent to the browser so far; for measuring what an action costs.
    pub fn commands_sent(&self) -> u64 {
        self.driver.sent()
    }

    /// The process id of the browser; none when it is the person's own.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// Says whether it shows a window.
    pub fn is_headed(&self) -> bool {
        self.headed
    }

    /// Says whether it is the person's own browser.
    pub fn is_attached(&self) -> bool {
        self.process.is_none()
    }

    /// Makes the current page's process crash, to prove that a crash is survived.
    ///
    /// # Errors
    /// [`Error::Gone`] when the browser has ended, [`Error::Ended`] when no crash is seen.
    pub async fn crash_page(&mut self, deadline: &Deadline) -> Result<(), Error> {
        let session = self.session()?;
        let crash = chromiumoxide::cdp::browser_protocol::page::CrashParams::default();
        match self.driver.call(Some(&session), crash, deadline).await {
            Ok(_) | Err(Error::Crashed) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Ends the browser: its processes are gone and its profile is removed when this returns. Of
    /// the person's own browser only the tabs are closed that were opened here.
    pub async fn close(mut self) {
        self.keep_late_files().await;
        if self.is_attached() {
            self.close_tabs().await;
        }
        let Self {
            driver, process, ..
        } = self;
        drop(driver);
        let Some(process) = process else {
            return;
        };
        // Waiting for the processes blocks for some milliseconds.
        let ended = tokio::task::spawn_blocking(move || process.end()).await;
        if let Err(error) = ended {
            tracing::warn!(%error, "the browser could not be ended in order");
        }
    }
}

impl Browser {
    /// Closes all tabs that were opened here.
    async fn close_tabs(&self) {
        let limit = Deadline::after(FAREWELL_LIMIT);
        let targets: Vec<String> = {
            let state = self.driver.state();
            let state = state.borrow();
            state.tabs.iter().map(|tab| tab.target.clone()).collect()
        };
        for target in targets {
            let closed = self
                .driver
                .call(None, CloseTargetParams::new(target), &limit);
            if let Err(error) = closed.await {
                tracing::info!(%error, "a tab in the person's browser could not be closed");
            }
        }
    }
}

/// Reads what `method` answered in base64.
fn decoded(method: &str, data: &str) -> Result<Vec<u8>, Error> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(data);
    bytes.map_err(|_| Error::Refused {
        method: method.to_owned(),
        message: "the answer is not base64".to_owned(),
    })
}

fn is_usable(tab: &Tab) -> bool {
    tab.crashed || tab.root().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compiles only while the loop can run a browser on any thread.
    #[expect(dead_code, reason = "it is compiled, never called")]
    fn work_can_move_between_threads(
        browser: &'static mut Browser,
        action: &'static crate::action::Action,
        deadline: &'static Deadline,
    ) -> impl Send {
        async move {
            drop(browser.perform(action, deadline).await);
            drop(browser.observe(deadline).await);
            drop(fetch("", deadline).await);
        }
    }
}
