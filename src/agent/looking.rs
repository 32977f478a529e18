//! What a person may look up about the pages of a session they steer, and the rules they set for
//! them. Reading leaves no step; a rule changes what pages get, so it stands in the journal.

use super::Session;
use super::journal::JournalError;
use crate::action::{ConsoleLog, ReadConsole, ReadRequests, RequestDetail, RequestLog};
use crate::browser::{Bodies, Browser, Error, LoginError, Rule, Secrets};
use crate::deadline::Deadline;

/// Why something could not be looked up.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// No page is open.
    #[error("no page is open")]
    NoPage,
    /// What was asked for can't be had.
    #[error("{0}")]
    Senseless(String),
    /// The browser is in the way.
    #[error(transparent)]
    Browser(#[from] Error),
    /// A login state can't be kept or used.
    #[error(transparent)]
    Login(LoginError),
    /// The journal can't be kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

type Looked<T> = Result<T, LookError>;

impl Session<'_> {
    /// Reads the console of the pages.
    ///
    /// # Errors
    /// [`LookError::NoPage`] or [`LookError::Browser`].
    pub async fn console(&mut self, wanted: &ReadConsole, limit: &Deadline) -> Looked<ConsoleLog> {
        Ok(self.open_browser()?.console(wanted, limit).await?)
    }

    /// Lists the requests of the pages.
    ///
    /// # Errors
    /// [`LookError::NoPage`] or [`LookError::Browser`].
    pub async fn requests(&mut self, wanted: &ReadRequests) -> Looked<RequestLog> {
        Ok(self.open_browser()?.requests(wanted).await?)
    }

    /// Tells all of one request.
    ///
    /// # Errors
    /// [`LookError::NoPage`], [`LookError::Browser`], or a sentence when it is not kept.
    pub async fn request(
        &mut self,
        number: u32,
        secrets: Secrets,
        limit: &Deadline,
    ) -> Looked<RequestDetail> {
        let found = self.open_browser()?.request(number, secrets, limit).await?;
        found.ok_or_else(|| LookError::Senseless(format!("there is no request {number}")))
    }

    /// Writes the requests as an HTTP archive.
    ///
    /// # Errors
    /// [`LookError::NoPage`] or [`LookError::Browser`].
    pub async fn har(
        &mut self,
        secrets: Secrets,
        bodies: Bodies,
        limit: &Deadline,
    ) -> Looked<String> {
        Ok(self.open_browser()?.har(secrets, bodies, limit).await?)
    }

    /// Returns the rules for requests, oldest first.
    ///
    /// # Errors
    /// [`LookError::NoPage`] or [`LookError::Browser`].
    pub async fn rules(&mut self) -> Looked<Vec<Rule>> {
        Ok(self.open_browser()?.rules().await?)
    }

    /// Applies a rule that the person set; the journal knows of it first.
    ///
    /// # Errors
    /// As [`Session::rules`], [`LookError::Journal`], or a sentence when there are too many.
    pub async fn add_rule(&mut self, rule: Rule, limit: &Deadline) -> Looked<()> {
        self.open_browser()?;
        let words = rule.words();
        if !self.wishes.contains(&words) {
            self.wishes.push(words);
        }
        self.tell_wishes()?;
        let added = self.open_browser()?.add_rule(rule, limit).await?;
        added.map_err(LookError::Senseless)
    }

    /// Takes all rules away; that they were there stays in the journal.
    ///
    /// # Errors
    /// As [`Session::rules`].
    pub async fn clear_rules(&mut self, limit: &Deadline) -> Looked<()> {
        Ok(self.open_browser()?.clear_rules(limit).await?)
    }

    fn open_browser(&mut self) -> Looked<&mut Browser> {
        self.parts.hands.browser.as_mut().ok_or(LookError::NoPage)
    }

    /// Journals what the run is entitled to, with what the person wished for beside it.
    pub(super) fn tell_wishes(&mut self) -> Result<(), JournalError> {
        let mut lines = self.parts.grant.lines();
        lines.extend(self.wishes.iter().cloned());
        self.parts.journal.entitle(lines)
    }
}
