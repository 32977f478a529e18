//! Tells when a tab only waits for a server: from when it leaves its page until the next one is
//! answered for, Chromium carries no command to the page, however long that takes.

use std::time::Duration;

use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;

use super::Browser;
use super::error::Error;
use super::state::{Kind, State, Tab};
use crate::action::{Action, Outcome};
use crate::deadline::{Deadline, Ended};

/// How long a server may take before it is said that the page waits for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a page that is being left may take to answer; most answer before they go.
const ANSWER_PATIENCE: Duration = Duration::from_secs(1);

impl Browser {
    /// Returns the host that the current tab waits for, when it can do nothing else meanwhile.
    ///
    /// # Errors
    /// [`Error::Gone`], and [`Error::Ended`] when the deadline passed.
    pub(super) async fn waits_for(&self, deadline: &Deadline) -> Result<Option<String>, Error> {
        let Some((session, _)) = self.leaving_for() else {
            return Ok(None);
        };
        let probe = EvaluateParams {
            silent: Some(true),
            ..EvaluateParams::new("1")
        };
        let limit = deadline.child(PATIENCE);
        match self.driver.call(Some(&session), probe, &limit).await {
            Err(Error::Ended(Ended::TimedOut(_))) if !deadline.is_over() => {}
            Err(error @ (Error::Gone | Error::Ended(_))) => return Err(error),
            Ok(_) | Err(_) => return Ok(None),
        }
        Ok(self.leaving_for().map(|(_, host)| host))
    }

    /// Waits while the current tab waits for a server; names the host that has not answered by
    /// `limit`.
    ///
    /// # Errors
    /// See [`Browser::waits_for`].
    pub(super) async fn sit_out(
        &self,
        limit: &Deadline,
        deadline: &Deadline,
    ) -> Result<Option<String>, Error> {
        let host = self.waits_for(deadline).await?;
        if host.is_none() {
            return Ok(None);
        }
        let goes_on = |state: &State| !is_left(state, &self.current);
        let goes_on = self.driver.wait_until(limit, goes_on).await?;
        Ok(host.filter(|_| !goes_on))
    }

    /// Waits for what the page answers to an action that may make the browser leave it.
    ///
    /// # Errors
    /// Those of `answer`; [`Error::Detached`] when the page can't answer because it is being left.
    pub(super) async fn unless_left<T>(
        &self,
        answer: impl Future<Output = Result<T, Error>>,
        deadline: &Deadline,
    ) -> Result<T, Error> {
        let mut answer = std::pin::pin!(answer);
        let leaves = |state: &State| is_left(state, &self.current);
        let left = async {
            self.driver.wait_until(deadline, leaves).await?;
            let stays = |state: &State| !leaves(state);
            let limit = deadline.child(ANSWER_PATIENCE);
            self.driver.wait_until(&limit, stays).await
        };
        tokio::select! {
            biased;
            answer = &mut answer => return answer,
            stays = left => if !stays? { return Err(Error::Detached) },
        }
        answer.await
    }

    /// The session of the current tab and the host asked, while another document is on its way.
    fn leaving_for(&self) -> Option<(String, String)> {
        let state = self.driver.state();
        let state = state.borrow();
        let tab = state.tab(&self.current)?;
        if tab.crashed || tab.dialog.is_some() || !tab.root()?.leaving {
            return None;
        }
        let mut requests = state.requests.iter().rev();
        let asked = requests.find(|request| {
            request.tab == tab.target && request.kind == Kind::Document && request.ended.is_none()
        })?;
        Some((tab.session.clone(), asked.host.clone()))
    }

    /// Refuses `action` while the page it is meant for can do nothing; none where it can.
    ///
    /// # Errors
    /// See [`Browser::waits_for`].
    pub(super) async fn behind_server(
        &self,
        action: &Action,
        deadline: &Deadline,
    ) -> Result<Option<Outcome>, Error> {
        let elsewhere = matches!(
            action,
            Action::Dialog(_)
                | Action::Open(_)
                | Action::Back {}
                | Action::Reload {}
                | Action::Wait(_)
                | Action::SwitchTab(_)
                | Action::NewTab {}
                | Action::CloseTab {}
                | Action::Fetch(_)
                | Action::Console(_)
                | Action::Requests(_)
        );
        if elsewhere {
            return Ok(None);
        }
        let host = self.waits_for(deadline).await?;
        Ok(host.map(|host| {
            Outcome::failed(
                format!("the page is being left and waits for the answer of {host}"),
                "wait for what the next page says, or open an address",
            )
        }))
    }
}

/// Says whether `tab` is on its way to another document.
fn is_left(state: &State, tab: &str) -> bool {
    let root = state.tab(tab).and_then(Tab::root);
    root.is_some_and(|root| root.leaving)
}
