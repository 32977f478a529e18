//! Tells whether a click fell on deaf ears: a page that is drawn first and comes alive later does not
//! listen yet when it can be seen, and a button like that does nothing.
//!
//! What nothing listened to has done nothing, so that a second click is the first that is heard.

use chromiumoxide::cdp::browser_protocol::dom::{DescribeNodeParams, ResolveNodeParams};
use chromiumoxide::cdp::js_protocol::runtime::{
    CallArgument, CallFunctionOnParams, EvaluateParams,
};
use serde::Deserialize;

use super::Target;
use crate::action::{Change, Outcome};
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::browser::inner::context_of;
use crate::browser::settle::Mark;
use crate::browser::world;
use crate::deadline::Deadline;

/// Runs in the page's own world on the element, with what tells its listeners.
const LISTEN: &str = include_str!("listen.js");

/// Who hears a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Ears {
    /// Something listened, or that can't be known.
    Heard,
    /// Nothing did, and now something does, or the element was replaced.
    Came,
    /// Nothing does.
    Deaf,
}

/// Says whether the click may have done nothing at all.
pub(super) fn did_nothing(outcome: &Outcome) -> bool {
    outcome.is_done()
        && outcome
            .changed
            .iter()
            .all(|change| matches!(change, Change::Focus {} | Change::Dom { near: 0, .. }))
}

impl Browser {
    /// Says who heard the click on `target` since `mark`; waits for a page that is still young until
    /// something does.
    pub(super) async fn ears(
        &self,
        target: &Target,
        mark: &Mark,
        deadline: &Deadline,
    ) -> Result<Ears, Error> {
        let has_sent = {
            let state = self.driver.state();
            let state = state.borrow();
            let mut sent = state.requests.iter().rev();
            sent.any(|request| request.at > mark.at && request.tab == mark.tab)
        };
        if has_sent {
            return Ok(Ears::Heard);
        }
        match self.ask_ears(target, deadline).await {
            Err(error) if error.is_fatal() || deadline.is_over() => Err(error),
            Ok(ears) => Ok(ears),
            Err(error) => {
                tracing::debug!(%error, "who heard the click can't be known");
                Ok(Ears::Heard)
            }
        }
    }

    async fn ask_ears(&self, target: &Target, deadline: &Deadline) -> Result<Ears, Error> {
        let plain = format!("__legwork.plain({})", target.number);
        let Some(element) = self.object(target, plain, deadline).await? else {
            return Ok(Ears::Heard);
        };
        let session = Some(target.here.session.as_str());
        // The page's own listeners are seen in its own world alone, by what a console has there.
        let describe = DescribeNodeParams {
            object_id: Some(element),
            ..DescribeNodeParams::default()
        };
        let node = self.driver.call(session, describe, deadline).await?.node;
        let resolve = ResolveNodeParams {
            backend_node_id: Some(node.backend_node_id),
            ..ResolveNodeParams::default()
        };
        let own = self.driver.call(session, resolve, deadline).await?.object;
        let Some(own) = own.object_id else {
            return Ok(Ears::Heard);
        };
        let console = EvaluateParams {
            context_id: context_of(own.as_ref()),
            include_command_line_api: Some(true),
            silent: Some(true),
            ..EvaluateParams::new("getEventListeners")
        };
        let console = self.driver.call(session, console, deadline).await?.result;
        let listen = CallFunctionOnParams {
            object_id: Some(own),
            arguments: Some(vec![CallArgument {
                value: None,
                unserializable_value: None,
                object_id: console.object_id,
            }]),
            await_promise: Some(true),
            return_by_value: Some(true),
            silent: Some(true),
            ..CallFunctionOnParams::new(LISTEN)
        };
        let ears = self.driver.send_for(session, listen, deadline).await?;
        world::value(ears, deadline).await
    }
}
