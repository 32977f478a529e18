//! Events of a browser as tests tell them.

use std::time::Instant;

use super::events::Event;
use super::state::{Order, State};

/// Applies events in order: session, method and parameters of each.
pub(super) fn told(events: &[(&str, &str, &str)]) -> (State, Vec<Order>) {
    let mut state = State::default();
    let mut orders = Vec::new();
    for (session, method, params) in events {
        let event = Event::decode(method, params).unwrap().unwrap();
        orders.extend(state.apply(event, session, Instant::now()));
    }
    (state, orders)
}

/// A tab.
pub(super) const TAB: (&str, &str, &str) = (
    "",
    "Target.attachedToTarget",
    r#"{"sessionId":"S","targetInfo":{"targetId":"T","type":"page","url":"about:blank"}}"#,
);
/// Its document.
pub(super) const ROOT: (&str, &str, &str) = (
    "S",
    "Page.frameNavigated",
    r#"{"frame":{"id":"T","loaderId":"L","url":"http://a/"}}"#,
);
