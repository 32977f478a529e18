//! What a run has read so far, as far as titles and the policy need it.

use std::collections::HashMap;

use crate::action::{Event, MailId, Message, Outcome, Output, PastStep, TRASH, Undo, Undoable};
use crate::mail::Account;
use crate::triage;

/// Messages and one-time codes that came by.
#[derive(Debug, Default)]
pub(super) struct Seen {
    subjects: HashMap<MailId, String>,
    messages: HashMap<MailId, Message>,
    codes: Vec<String>,
    past: HashMap<(String, u32), String>,
    trashed: u32,
    events: HashMap<String, String>,
}

impl Seen {
    /// Takes note of what a step brought.
    pub(super) fn note(&mut self, outcome: &Outcome, account: &Account) {
        let trash = account.mailbox_named(TRASH);
        let is_trashed = |deed: &&Undoable| matches!(deed, Undoable::Moved { to, .. } if to.eq_ignore_ascii_case(&trash));
        let count = outcome.undo.iter().filter(is_trashed).count();
        self.trashed += u32::try_from(count).unwrap_or(u32::MAX);
        match &outcome.output {
            Output::Envelopes(envelopes) => {
                for envelope in envelopes {
                    self.subjects
                        .insert(envelope.id.clone(), envelope.subject.clone());
                }
            }
            Output::Judged(judged) => {
                let named = judged.iter().map(|one| &one.envelope);
                let named = named.map(|one| (one.id.clone(), one.subject.clone()));
                self.subjects.extend(named);
            }
            Output::Message(message) => self.message(message, &account.mailbox_named("Drafts")),
            Output::Past(steps) => {
                let named = |step: &PastStep| ((step.run.clone(), step.step), step.title.clone());
                self.past.extend(steps.iter().map(named));
            }
            Output::Events(events) => events.iter().for_each(|event| self.named(event)),
            Output::Invites(invites) => {
                for invite in invites {
                    self.named(&invite.event);
                    let summary = invite.event.summary.clone();
                    self.subjects.insert(invite.mail.clone(), summary);
                }
            }
            Output::Nothing
            | Output::Text(_)
            | Output::Mail(_)
            | Output::Busy(_)
            | Output::Slots(_)
            | Output::Event(_)
            | Output::Console(_)
            | Output::Requests(_)
            | Output::Request(_)
            | Output::Imported(_)
            | Output::Synced(_)
            | Output::Picture(_)
            | Output::Pdf(_)
            | Output::Records(_) => {}
        }
    }

    fn named(&mut self, event: &Event) {
        self.events.insert(event.uid.clone(), event.summary.clone());
    }

    fn message(&mut self, message: &Message, drafts: &str) {
        let id = message.envelope.id.clone();
        self.subjects
            .insert(id.clone(), message.envelope.subject.clone());
        // What stands in a draft is the user's own; nobody else can put one there.
        if message.envelope.mailbox != drafts {
            self.codes.extend(triage::one_time_code(message));
        }
        self.messages.insert(id, message.clone());
    }

    /// Returns the subject of a message that came by.
    pub(super) fn subject(&self, id: &MailId) -> Option<&str> {
        self.subjects.get(id).map(String::as_str)
    }

    /// Returns what a step of an earlier run did, once its run was looked at.
    pub(super) fn past(&self, undo: &Undo) -> Option<&str> {
        let key = (undo.run.clone(), undo.step);
        self.past.get(&key).map(String::as_str)
    }

    /// Returns the summary of an event that came by.
    pub(super) fn event(&self, uid: &str) -> Option<&str> {
        self.events.get(uid).map(String::as_str)
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
