//! Opens, switches and closes tabs.

use std::time::Duration;

use chromiumoxide::cdp::browser_protocol::target::{ActivateTargetParams, CloseTargetParams};

use super::{Acted, Trouble};
use crate::action::{Change, Outcome};
use crate::browser::Browser;
use crate::browser::asks::Answer;
use crate::browser::error::Error;
use crate::browser::state::State;
use crate::deadline::Deadline;
use crate::untrusted;

/// Longest time for a tab to close; one that runs its own unload script is closed regardless.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

impl Browser {
    /// Opens an empty tab and makes it the current one.
    pub(super) async fn new_tab(&mut self, deadline: &Deadline) -> Acted {
        self.create_tab(deadline).await?;
        let url = "about:blank".to_owned();
        Ok(Outcome::done("opened an empty tab").changing(Change::NewTab { url }))
    }

    /// Makes the tab `number`, counted from 1, the current one.
    pub(super) async fn switch_tab(&mut self, number: u32, deadline: &Deadline) -> Acted {
        let (found, count) = {
            let state = self.driver.state();
            let state = state.borrow();
            let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
            let tab = index.and_then(|index| state.tabs.get(index));
            (
                tab.map(|tab| (tab.target.clone(), tab.url.clone())),
                state.tabs.len(),
            )
        };
        let Some((target, url)) = found else {
            return Err(Trouble::tell(
                format!("there is no tab {number}"),
                format!("tabs are numbered from 1 to {count}"),
            ));
        };
        let activate = ActivateTargetParams::new(target.clone());
        self.driver.call(None, activate, deadline).await?;
        self.current = target;
        let url = untrusted::line(&url, 200);
        Ok(Outcome::done(format!(
            "tab {number} is the current one: {url}"
        )))
    }

    /// Closes the current tab; the last one opened becomes the current one.
    pub(super) async fn close_tab(&mut self, deadline: &Deadline) -> Acted {
        let target = self.current.clone();
        self.leaving(Answer::Accept).await?;
        let close = CloseTargetParams::new(target.clone());
        let closed = self.driver.call(None, close, deadline).await;
        let is_gone = |state: &State| state.tab(&target).is_none();
        let gone = match closed {
            Ok(_) => {
                self.driver
                    .wait_until(&deadline.child(CLOSE_LIMIT), is_gone)
                    .await
            }
            Err(error) => Err(error),
        };
        self.leaving(Answer::Wait).await?;
        if !gone? {
            return Err(Error::Refused {
                method: "Target.closeTarget".to_owned(),
                message: "the tab stays open".to_owned(),
            }
            .into());
        }
        self.ensure_tab(deadline).await?;
        Ok(Outcome::done("closed the tab"))
    }
}
