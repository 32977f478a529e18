//! Hands the page over to the person and takes it back, and brings saved logins to the sites that
//! the person granted.
//!
//! While the person has the page nothing of it is written down: no request, no message, no picture.

use std::time::Duration;

use super::Session;
use super::approve::Handed;
use super::hands::HandError;
use super::looking::LookError;
use crate::action::{Action, Condition, HandOver, Outcome, Wait};
use crate::browser::{self, LoginError, LoginInfo, LoginName, LoginState};
use crate::deadline::Deadline;
use crate::home::Home;
use crate::untrusted;

/// How long the window may take to show the page.
const WINDOW_LIMIT: Duration = Duration::from_secs(40);
/// What waiting may take beyond its own limit.
const WAIT_MARGIN: Duration = Duration::from_secs(5);
/// A state older than this is worth a word.
const OLD_HOURS: i64 = 24 * 14;

impl Session<'_> {
    /// Performs an approved hand-over and says how it ended.
    pub(super) async fn hand_over(&mut self, wanted: &HandOver) -> Outcome {
        if matches!(wanted.until, Some(Condition::Mail { .. })) {
            let hint = "wait for something that the page says or where it is";
            return Outcome::failed("a hand-over ends by the page, not by mail", hint);
        }
        let limit = self.parts.deadline.child(WINDOW_LIMIT);
        match self.parts.hands.hand_over(&limit).await {
            Ok(true) => {}
            Ok(false) => return Outcome::failed("no page is open", "open an address first"),
            Err(error) => return self.not_handed(&error),
        }
        self.given = true;
        self.parts.watcher.pause();
        let (outcome, kept) = match &wanted.until {
            Some(until) => (self.wait_for_person(wanted, until).await, false),
            None => match self.parts.approver.hand_over(&wanted.what) {
                Handed::Back => (Outcome::done("you gave the page back"), false),
                Handed::Kept => (Outcome::done("the browser's window is yours"), true),
                Handed::GivenUp => (Outcome::failed("you gave the page back undone", ""), false),
                Handed::Nobody => {
                    let hint = "run it in a terminal, or say what the page will show";
                    (
                        Outcome::failed("nobody is there to take the page", hint),
                        false,
                    )
                }
            },
        };
        if !kept {
            self.take_back().await;
        }
        outcome
    }

    /// A window that can't be had costs no one the session.
    fn not_handed(&mut self, error: &HandError) -> Outcome {
        if matches!(error, HandError::Browser(browser::Error::Gone)) {
            self.parts.hands.browser = None;
            self.page = None;
        }
        Outcome::failed(error.to_string(), error.hint())
    }

    async fn wait_for_person(&mut self, wanted: &HandOver, until: &Condition) -> Outcome {
        let what = untrusted::line(&wanted.what, 200);
        let note = format!("the browser's window is yours: {what}");
        self.parts.watcher.note(&note);
        let wait = Action::Wait(Wait {
            until: until.clone(),
            limit_ms: wanted.limit_ms,
        });
        let limit = Duration::from_millis(wanted.limit_ms) + WAIT_MARGIN;
        let limit = self.parts.deadline.child(limit);
        let Some(browser) = &mut self.parts.hands.browser else {
            return Outcome::failed("the browser has ended", "open the address again");
        };
        match browser.perform(&wait, &limit).await {
            Ok(waited) if waited.is_done() => Outcome {
                summary: format!("you gave the page back: {}", waited.summary),
                ..waited
            },
            Ok(waited) => waited,
            Err(error) => self.not_handed(&HandError::Browser(error)),
        }
    }

    /// Takes the page back when the person has it.
    pub(super) async fn take_back(&mut self) {
        if !std::mem::take(&mut self.given) {
            return;
        }
        if let Some(browser) = &mut self.parts.hands.browser
            && let Err(error) = browser.take_back().await
        {
            tracing::info!(%error, "the page could not be taken back");
        }
    }

    /// Has the logins of `state` brought to each site as soon as it is granted and opened.
    pub(super) fn will_log_in(&mut self, state: LoginState) {
        let now = self.parts.hands.clock.now();
        let age = state
            .saved
            .map(|saved| now.duration_since(saved).as_hours());
        if let Some(hours) = age.filter(|hours| *hours >= OLD_HOURS) {
            let days = hours / 24;
            let note = format!("the login state '{}' is {days} days old", state.name);
            self.parts.watcher.note(&note);
        }
        self.login = Some(state);
    }

    /// What the sites granted by now get of the logins that wait, without what has expired.
    pub(super) fn login_due(&mut self) -> Option<LoginState> {
        let now = self.parts.hands.clock.now();
        let hosts = self.parts.grant.hosts();
        let waiting = self.login.as_mut()?;
        let mut due = waiting.take_for(&hosts);
        let all = due.cookies.len();
        let expired = due.drop_expired(now);
        if expired > 0 {
            let note = format!(
                "{expired} of {all} cookies of the login state '{}' have expired; you may have to \
                 log in again",
                due.name
            );
            self.parts.watcher.note(&note);
        }
        (!due.is_empty()).then_some(due)
    }

    /// Saves the logins of the sites that were granted.
    ///
    /// # Errors
    /// [`LookError::NoPage`], [`LookError::Browser`] or [`LookError::Login`].
    pub async fn save_login(
        &mut self,
        home: &Home,
        name: &LoginName,
        limit: &Deadline,
    ) -> Result<LoginInfo, LookError> {
        let now = self.parts.hands.clock.now();
        let grant = self.parts.grant.clone();
        let is_granted = |origin: &str| {
            let url = url::Url::parse(origin);
            url.is_ok_and(|url| grant.covers_url(&url))
        };
        let browser = self.parts.hands.browser.as_mut().ok_or(LookError::NoPage)?;
        let mut whole = browser.login_state(is_granted, limit).await?;
        let mut state = whole.take_for(&grant.hosts());
        state.name = name.to_string();
        state.saved = Some(now);
        state.unsaved = std::mem::take(&mut whole.unsaved);
        state.drop_expired(now);
        state.save(home, name)?;
        Ok(state.info(now))
    }

    /// Loads the logins `name`: sites that are granted get theirs now, others when they are opened.
    ///
    /// # Errors
    /// [`LookError::Browser`], [`LookError::Login`], or a sentence when the browser is the
    /// person's own, whose logins are not touched.
    pub async fn load_login(
        &mut self,
        home: &Home,
        name: &LoginName,
        limit: &Deadline,
    ) -> Result<LoginInfo, LookError> {
        let state = LoginState::load(home, name)?;
        let info = state.info(self.parts.hands.clock.now());
        let browser = self.parts.hands.browser.as_ref();
        if browser.is_some_and(browser::Browser::is_attached) {
            let text = "the logins of your own browser are not changed";
            return Err(LookError::Senseless(text.to_owned()));
        }
        self.will_log_in(state);
        if let Some(due) = self.login_due()
            && let Some(browser) = &mut self.parts.hands.browser
        {
            browser.bring_login(&due, limit).await?;
        }
        Ok(info)
    }
}

impl From<LoginError> for LookError {
    fn from(error: LoginError) -> Self {
        Self::Login(error)
    }
}
