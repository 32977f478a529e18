//! Follows what the page of a top document puts off, from within the page's own world.

use std::sync::LazyLock;

use chromiumoxide::cdp::browser_protocol::page::AddScriptToEvaluateOnNewDocumentParams;
use chromiumoxide::cdp::js_protocol::runtime::{EvaluateParams, EvaluateReturns};
use serde::Deserialize;

use super::driver::{Driver, Sent};
use super::error::Error;
use super::state::Frame;
use crate::deadline::Deadline;

/// The call that follows, and returns the function that tells. A page can't guess the name by which
/// it is found again.
static FOLLOW: LazyLock<String> = LazyLock::new(|| {
    let script = include_str!("timers.js").trim_end();
    format!("{script}('{:032x}')", fastrand::u128(..))
});

/// What a page had put off, and has done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PutOff {
    Nothing,
    /// Only reading an answer to its end.
    Answer,
    /// A timer, a database or a worker.
    Timer,
}

/// Returns the command that follows each new document before its scripts run: they may keep the
/// browser's own functions for later.
pub(super) fn from_the_start() -> AddScriptToEvaluateOnNewDocumentParams {
    AddScriptToEvaluateOnNewDocumentParams::new(FOLLOW.as_str())
}

/// Asks the page of a top frame for the function that tells; a document that was there before is
/// followed from now on.
///
/// # Errors
/// See [`Driver::send`].
pub(super) async fn watch(
    driver: &Driver,
    frame: &Frame,
    deadline: &Deadline,
) -> Result<Option<Sent<EvaluateReturns>>, Error> {
    if frame.parent.is_some() {
        return Ok(None);
    }
    let params = EvaluateParams {
        silent: Some(true),
        ..EvaluateParams::new(FOLLOW.as_str())
    };
    let sent = driver.send(Some(&frame.session), params, deadline).await?;
    Ok(Some(sent))
}
