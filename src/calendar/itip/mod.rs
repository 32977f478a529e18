//! Invitations and answers between people (iTIP, RFC 5546), as pure decisions on text.
//!
//! Never sends, never stores, never follows a link: what comes in is checked against who sent it
//! and what is known, what goes out is text for a mail.

mod incoming;
mod known;
mod outgoing;
mod scheduling;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Error;
use super::edit;
use super::event;
use super::invite::{self, Method};
use super::tree::{self, Component};
use crate::action::{Moment, PartStat, Which};
use crate::untrusted;

pub use incoming::apply;
pub use outgoing::{Writer, cancel, counter, decline_counter, refresh, reply, request};
pub(super) use scheduling::ours;
pub use scheduling::{Told, is_ours_to_send};

/// A mailed calendar text and who it came from.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// The `text/calendar` part.
    pub text: &'a str,
    /// The mail's sender, as far as the mail's own checks vouch for it.
    pub from: &'a str,
    /// `method` of the part's `Content-Type`, when it has one.
    pub method: Option<&'a str>,
    /// The user's own addresses.
    pub me: &'a [String],
    /// The user's zone.
    pub zone: &'a TimeZone,
    /// The present moment.
    pub now: Timestamp,
}

/// What to do with a mailed calendar text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// An invitation to something new: show it, and store the file only on the user's word.
    Offer {
        /// `UID`.
        uid: String,
        /// The event without alarms, attachments and links.
        file: Vec<u8>,
    },
    /// The organizer changed a known event: store the file.
    Update {
        /// `UID`.
        uid: String,
        /// The event's file, its own alarms kept.
        file: Vec<u8>,
        /// Whether time or recurrence changed, so that the user has to answer anew.
        asks_again: bool,
    },
    /// The organizer called a known event, or some of it, off: store the file.
    CalledOff {
        /// `UID`.
        uid: String,
        /// The event's file, what is called off still visible in it.
        file: Vec<u8>,
    },
    /// Someone answered the user's invitation: store the file.
    Answered {
        /// `UID`.
        uid: String,
        /// The event's file with the answer.
        file: Vec<u8>,
        /// Who answered.
        email: String,
        /// The answer.
        answer: PartStat,
    },
    /// An attendee proposes another time: ask the user.
    Proposal {
        /// `UID`.
        uid: String,
        /// Who proposes.
        email: String,
        /// The start proposed.
        start: Moment,
        /// The end proposed.
        end: Moment,
        /// The occurrences that are meant.
        which: Which,
        /// The event's file, the proposal noted as dealt with and nothing else changed.
        file: Vec<u8>,
    },
    /// An attendee asks for the latest version: send a request, if the user agrees.
    Resend {
        /// `UID`.
        uid: String,
        /// Who asks.
        email: String,
        /// The event's file, the wish noted as dealt with and nothing else changed.
        file: Vec<u8>,
    },
    /// The organizer leaves the event where it is, although the user proposed another time.
    Kept {
        /// `UID`.
        uid: String,
        /// The organizer.
        email: String,
        /// The event's file, the word noted as dealt with and nothing else changed.
        file: Vec<u8>,
    },
    /// Nothing is done.
    Ignore(Reason),
}

/// Why nothing is done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A newer version, or this very one, is known.
    #[error("a version as new as this one is known")]
    Known,
    /// Only the organizer may change or cancel.
    #[error("'{from}' is not the organizer of the event")]
    NotOrganizer {
        /// The sender.
        from: String,
    },
    /// Attendees answer for themselves only.
    #[error("'{from}' is not the attendee it speaks for")]
    NotAttendee {
        /// The sender.
        from: String,
    },
    /// It is about an event that is not in the calendar.
    #[error("the event is not in the calendar")]
    UnknownEvent,
    /// It speaks to the organizer, who is someone else.
    #[error("the event is organized by someone else")]
    NotMine,
    /// The mail says one method and the text another.
    #[error("the mail and the calendar text in it contradict each other")]
    Contradiction,
    /// Nothing follows from it.
    #[error("it asks for nothing")]
    NothingAsked,
}

/// What a calendar text is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// What is asked.
    pub method: Method,
    /// `UID` of the event.
    pub uid: String,
}

/// Reads what a calendar text is about; an answer may leave the times out.
///
/// # Errors
/// [`Error::TooLong`], or [`Error::NoEvent`] when no event with a `UID` is in it.
pub fn head(text: &str) -> Result<Head, Error> {
    let message = Message::read(text)?;
    Ok(Head {
        method: message.method,
        uid: message.uid,
    })
}

/// A calendar text, read.
struct Message {
    method: Method,
    uid: String,
    root: Component,
    events: Vec<Component>,
}

impl Message {
    fn read(text: &str) -> Result<Self, Error> {
        if text.len() > invite::TEXT_BYTES_MAX {
            return Err(Error::TooLong {
                bytes_max: invite::TEXT_BYTES_MAX,
            });
        }
        let (root, notes) = tree::parse(text.as_bytes());
        let none = || Error::NoEvent {
            problem: notes.first().map(ToString::to_string),
        };
        let calendar = root.components().find(|one| one.name == "VCALENDAR");
        let calendar = calendar.ok_or_else(none)?;
        let all: Vec<&Component> = calendar
            .components()
            .filter(|one| one.name == "VEVENT")
            .collect();
        let uid = all.first().map(|one| edit::uid_of(one)).unwrap_or_default();
        if uid.is_empty() {
            return Err(none());
        }
        let events = all.into_iter().filter(|one| edit::uid_of(one) == uid);
        let (method, events) = (invite::method(calendar), events.cloned().collect());
        Ok(Self {
            method,
            uid,
            root,
            events,
        })
    }
}

/// `SEQUENCE`, then `DTSTAMP`: which of two versions is the newer (RFC 5546 section 2.1.5).
fn version(component: &Component) -> (i64, String) {
    let sequence = component.text("SEQUENCE").trim().parse().unwrap_or(0);
    (
        sequence,
        component.text("DTSTAMP").trim().to_ascii_uppercase(),
    )
}

/// Address of the organizer, lower case, may be empty.
fn organizer(component: &Component) -> String {
    component
        .first("ORGANIZER")
        .map(event::email)
        .unwrap_or_default()
        .to_lowercase()
}

fn is_one_of(email: &str, me: &[String]) -> bool {
    me.iter()
        .any(|own| own.trim().eq_ignore_ascii_case(email.trim()))
}

fn shown(email: &str) -> String {
    untrusted::line(email, 120)
}

#[cfg(test)]
mod tests;
