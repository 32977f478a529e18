//! Moves the mouse over an element with a real event, and proves that it is there.

use std::time::Instant;

use chromiumoxide::cdp::browser_protocol::input::{
    DispatchMouseEventParams, DispatchMouseEventType,
};

use super::click::Prepared;
use super::{Acted, Trouble, patience_ms, refuse};
use crate::action::Ref;
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::deadline::Deadline;

impl Browser {
    /// Moves the mouse over the element and tells what that showed.
    pub(super) async fn hover(&mut self, name: Ref, deadline: &Deadline) -> Acted {
        let target = self.target(name, deadline).await?;
        let script = format!(
            "(__legwork.watch({0}), __legwork.prepare({0}, {1}))",
            target.number,
            patience_ms(deadline)
        );
        let prepared: Prepared = self.ask(&target, script, deadline).await?;
        let (Some(x), Some(y)) = (prepared.x, prepared.y) else {
            return Err(refuse(&target, &prepared.refusal));
        };
        let called = prepared.refusal.name;
        let (x, y) = self
            .point_in_session(&target, &called, (x, y), deadline)
            .await?;
        let mut mark = self.mark();
        let params = DispatchMouseEventParams::new(DispatchMouseEventType::MouseMoved, x, y);
        let session = Some(target.here.session.as_str());
        match self.driver.call(session, params, deadline).await {
            Ok(_) | Err(Error::Blocked) => {}
            Err(error) => return Err(error.into()),
        }
        mark.acted = Instant::now();
        // What hovering shows may well replace the element; then there is nothing to ask.
        let script = format!(
            "(__legwork.disarm(), __legwork.get({0})?.matches(':hover') ?? true)",
            target.number
        );
        let is_there: Result<bool, Error> = self.ask(&target, script, deadline).await;
        match is_there {
            Ok(true) => {}
            Ok(false) => {
                return Err(Trouble::tell(
                    format!("the mouse did not reach {called}"),
                    "wait until the page rests and look again",
                ));
            }
            Err(error) if error.is_document_gone() || matches!(error, Error::Blocked) => {}
            Err(error) => return Err(error.into()),
        }
        let summary = format!("pointed at {called}");
        Ok(self
            .finish(&mark, Some(&target.here), summary, deadline)
            .await?)
    }
}
