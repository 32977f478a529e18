//! What is known of an event that a mail is about: who may speak for it, and what of it is dealt with.

use super::{organizer, version};
use crate::calendar::edit;
use crate::calendar::event;
use crate::calendar::lines::Property;
use crate::calendar::tree::{self, Component};
use crate::calendar::vdir;

/// Bytes by which proposals of one second are told apart.
const DIGEST_BYTES: usize = 4;
/// Marks the last proposal or wish of an attendee that was dealt with.
pub(super) const DEALT_WITH: &str = "X-LEGWORK-DEALT-WITH";
/// What is known of the event.
pub(super) struct Known<'a> {
    /// Its file.
    pub(super) bytes: &'a [u8],
    /// The event and its changed instances.
    pub(super) events: Vec<Component>,
}

impl<'a> Known<'a> {
    pub(super) fn read(bytes: &'a [u8], uid: &str) -> Self {
        let (root, _) = tree::parse(bytes);
        let mut events = Vec::new();
        for calendar in root.components() {
            let own = calendar.components();
            events.extend(
                own.filter(|one| one.name == "VEVENT" && edit::uid_of(one) == uid)
                    .cloned(),
            );
        }
        Self { bytes, events }
    }

    /// The event itself, else its first instance.
    pub(super) fn master(&self) -> Option<&Component> {
        let is_master = |one: &&Component| one.first("RECURRENCE-ID").is_none();
        self.events.iter().find(is_master).or(self.events.first())
    }

    pub(super) fn organizer(&self) -> String {
        self.master().map(organizer).unwrap_or_default()
    }

    pub(super) fn may_organize(&self, from: &str) -> bool {
        let from = from.trim();
        let sent_by = self
            .master()
            .and_then(|one| one.first("ORGANIZER")?.param("SENT-BY"));
        let sent_by = sent_by.map(|by| event::address(&by));
        let own = self.organizer();
        !own.is_empty()
            && (own.eq_ignore_ascii_case(from)
                || sent_by.is_some_and(|by| by.eq_ignore_ascii_case(from)))
    }

    /// Says whether what an attendee asks was dealt with, or something newer of theirs.
    pub(super) fn is_dealt_with(&self, email: &str, said: &Component) -> bool {
        let (written, digest) = (version(said).1, digest(said));
        self.marks(email).any(|mark| {
            let Some((last, digests)) = mark.split_once('-') else {
                return written <= mark;
            };
            // Two of one second are told apart by what they propose.
            written.as_str() < last
                || (written == last && digests.split('-').any(|one| one == digest))
        })
    }

    fn marks(&self, email: &str) -> impl Iterator<Item = String> {
        let lines = self
            .events
            .iter()
            .filter_map(move |one| attendee(one, email));
        lines.filter_map(|line| line.param(DEALT_WITH))
    }

    /// What is noted once `said` is dealt with: when it was written, and what all of that second
    /// propose.
    pub(super) fn mark(&self, email: &str, said: &Component) -> String {
        let written = version(said).1;
        let same = |mark: &String| mark.split('-').next() == Some(written.as_str());
        let before = self.marks(email).find(same);
        format!("{}-{}", before.unwrap_or(written.clone()), digest(said))
    }

    pub(super) fn invites(&self, email: &str) -> bool {
        self.events.iter().any(|one| attendee(one, email).is_some())
    }
}

/// Tells apart what is proposed, by its times and the instance it is about.
fn digest(component: &Component) -> String {
    let names = ["DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"];
    let lines = names.iter().filter_map(|name| component.first(name));
    let text: Vec<String> = lines.map(Property::render).collect();
    vdir::digest(text.join("\n").as_bytes(), DIGEST_BYTES)
}

/// The line of one who is invited.
pub(super) fn attendee<'a>(component: &'a Component, email: &str) -> Option<&'a Property> {
    let email = email.trim();
    component
        .all("ATTENDEE")
        .map(|(line, _)| line)
        .find(|line| event::email(line).eq_ignore_ascii_case(email))
}
