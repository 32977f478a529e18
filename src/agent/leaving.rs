//! A session and the letters that leave by it: how long one may take, and what became of those that
//! earlier runs left on their way.

use std::time::Duration;

use super::session::Session;
use crate::policy::Approved;
use crate::untrusted;

/// How long looking for letters that were cut off may take.
const SETTLE_LIMIT: Duration = Duration::from_secs(20);

/// How long sending may take besides the time to call it back: a server may ask to wait.
const SEND_LIMIT: Duration = Duration::from_secs(90);

impl Session<'_> {
    /// Finds out what became of letters that earlier runs left on their way, and says so.
    pub(super) async fn settle(&mut self) {
        let limit = self.parts.deadline.child(SETTLE_LIMIT);
        let found = self.parts.hands.outbox().settle(&limit).await;
        for entry in found.unwrap_or_default() {
            let subject = untrusted::line(&entry.record.subject, 60);
            let (number, state) = (entry.id, entry.state.word());
            let said = untrusted::line(&entry.record.said, 120);
            let text = format!("the letter {number} \"{subject}\" is {state}: {said}");
            self.parts.watcher.note(&text);
        }
    }

    /// Says how long a letter can be called back, and returns how long sending it may take.
    pub(super) fn about_to_leave(&mut self, approved: &Approved) -> Duration {
        let window = self.parts.hands.window(approved);
        if !window.is_zero() {
            let seconds = window.as_secs();
            let text = format!("it leaves in {seconds} s; Ctrl-C keeps it as a draft");
            self.parts.watcher.note(&text);
        }
        SEND_LIMIT + window
    }
}
