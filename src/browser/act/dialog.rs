//! Answers JavaScript dialogs. One that asks something stays open until it is answered, and while
//! it is, its page does nothing: every other action on it is refused at once instead of waiting.

use std::time::Duration;

use chromiumoxide::cdp::browser_protocol::page::HandleJavaScriptDialogParams;

use super::{Acted, Trouble};
use crate::action::{Action, AnswerDialog, Outcome};
use crate::browser::Browser;
use crate::browser::asks::{OpenDialog, Said};
use crate::browser::error::Error;
use crate::browser::state::State;
use crate::deadline::Deadline;

/// Longest time for a dialog to close once it was answered.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

impl Browser {
    /// Returns what the current tab asks.
    fn asked(&self) -> Option<OpenDialog> {
        let state = self.driver.state();
        let state = state.borrow();
        state.tab(&self.current)?.dialog.clone()
    }

    /// Refuses what a page can't do while it asks something.
    pub(super) fn behind_dialog(&self, action: &Action) -> Option<Outcome> {
        let elsewhere = matches!(
            action,
            Action::Dialog(_)
                | Action::Open(_)
                | Action::SwitchTab(_)
                | Action::NewTab {}
                | Action::Fetch(_)
        );
        let asked = self.asked().filter(|_| !elsewhere)?;
        Some(Outcome::failed(
            format!(
                "the page does nothing until its dialog is answered: {}",
                asked.title()
            ),
            "accept or dismiss the dialog first, or open another page",
        ))
    }

    /// Declines what the page that is about to be left asks.
    pub(super) async fn decline(&self, deadline: &Deadline) -> Result<(), Error> {
        let Some(dialog) = self.asked() else {
            return Ok(());
        };
        let no = HandleJavaScriptDialogParams::new(false);
        match self.driver.call(Some(&dialog.session), no, deadline).await {
            // It may have closed by itself meanwhile.
            Ok(_) | Err(Error::Refused { .. } | Error::Blocked) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What was said of the next dialog holds for one action only.
    pub(super) async fn forget_said(&mut self, action: &Action) -> Result<(), Error> {
        if matches!(action, Action::Dialog(_)) || self.answers.next.take().is_none() {
            return Ok(());
        }
        self.driver.answer_dialogs(self.answers.clone()).await
    }

    /// Answers the open dialog, or says how the next one is to be answered.
    pub(super) async fn answer(&mut self, said: &AnswerDialog, deadline: &Deadline) -> Acted {
        let verb = if said.accept { "accepted" } else { "dismissed" };
        let Some(dialog) = self.asked() else {
            self.answers.next = Some(Said {
                accept: said.accept,
                text: said.text.clone(),
            });
            self.driver.answer_dialogs(self.answers.clone()).await?;
            let next = "a dialog that the next action opens";
            return Ok(Outcome::done(format!("{next} will be {verb}")));
        };
        if said.text.is_some() && dialog.kind != "prompt" {
            return Err(Trouble::tell(
                format!("{} takes no text", dialog.title()),
                "accept or dismiss it without one",
            ));
        }
        let mut mark = self.mark();
        let params = HandleJavaScriptDialogParams {
            prompt_text: said.accept.then(|| {
                said.text
                    .clone()
                    .unwrap_or_else(|| dialog.suggested.clone())
            }),
            ..HandleJavaScriptDialogParams::new(said.accept)
        };
        let session = Some(dialog.session.as_str());
        self.driver.call(session, params, deadline).await?;
        let tab = self.current.clone();
        let is_answered = |state: &State| {
            let asked = state.tab(&tab).and_then(|tab| tab.dialog.as_ref());
            asked.is_none_or(|asked| *asked != dialog)
        };
        let limit = deadline.child(CLOSE_LIMIT);
        self.driver.wait_until(&limit, is_answered).await?;
        mark.acted = std::time::Instant::now();
        // The page was watched since the action that led to the dialog.
        let here = match self.root(deadline).await {
            Ok(here) => Some(here),
            Err(Error::Gone) => return Err(Error::Gone.into()),
            Err(_) => None,
        };
        let summary = format!("{verb} {}", dialog.title());
        let outcome = self.finish(&mark, here.as_ref(), summary.clone(), deadline);
        Ok(outcome.await?.proven(summary, "the browser"))
    }
}
