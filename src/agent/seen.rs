//! What a run has read so far, as far as titles and the policy need it.

use std::collections::HashMap;

use crate::action::{Action, MailId, Message, Outcome, Output};
use crate::triage;

/// Messages and one-time codes that came by.
#[derive(Debug, Default)]
pub(super) struct Seen {
    subjects: HashMap<MailId, String>,
    messages: HashMap<MailId, Message>,
    codes: Vec<String>,
    trashed: u32,
}

impl Seen {
    /// Takes note of what a step brought.
    pub(super) fn note(&mut self, action: &Action, outcome: &Outcome) {
        if let Action::MailMove(to) = action
            && outcome.is_done()
            && to.mailbox.eq_ignore_ascii_case("trash")
        {
            self.trashed += 1;
        }
        match &outcome.output {
            Output::Envelopes(envelopes) => {
                for envelope in envelopes {
                    self.subjects
                        .insert(envelope.id.clone(), envelope.subject.clone());
                }
            }
            Output::Message(message) => self.message(message),
            Output::Nothing
            | Output::Text(_)
            | Output::Mail(_)
            | Output::Events(_)
            | Output::Busy(_)
            | Output::Slots(_)
            | Output::Event(_)
            | Output::Console(_)
            | Output::Requests(_)
            | Output::Request(_)
            | Output::Picture(_) => {}
        }
    }

    fn message(&mut self, message: &Message) {
        let id = message.envelope.id.clone();
        self.subjects
            .insert(id.clone(), message.envelope.subject.clone());
        self.codes.extend(triage::one_time_code(message));
        self.messages.insert(id, message.clone());
    }

    /// Returns the subject of a message that came by.
    pub(super) fn subject(&self, id: &MailId) -> Option<&str> {
        self.subjects.get(id).map(String::as_str)
    }

    /// Returns a message that was read.
    pub(super) fn read(&self, id: &MailId) -> Option<&Message> {
        self.messages.get(id)
    }

    /// Returns the one-time codes that were read.
    pub(super) fn codes(&self) -> &[String] {
        &self.codes
    }

    /// Returns how many messages were moved to Trash.
    pub(super) fn trashed(&self) -> u32 {
        self.trashed
    }
}
