//! Invitations as they come by mail (RFC 5546): read as data, never acted on.

use jiff::tz::TimeZone;

use super::Error;
use super::event::Reader;
use super::folder::{self, Group};
use super::tree::{self, Component};
use crate::action::Event;

/// Longest invitation read, in bytes.
pub(super) const TEXT_BYTES_MAX: usize = 1 << 20;

/// What an invitation asks (RFC 5546 section 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Shown for information; also where nothing is said.
    Publish,
    /// Invites, or changes an earlier invitation.
    Request,
    /// An attendee's answer.
    Reply,
    /// Adds instances to a recurring event.
    Add,
    /// Calls the event or one instance off.
    Cancel,
    /// An attendee asks for the latest version.
    Refresh,
    /// An attendee proposes another time.
    Counter,
    /// The organizer refuses the other time.
    DeclineCounter,
}

/// An invitation, as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// What is asked.
    pub method: Method,
    /// The organizer's address, may be empty; anyone can write any address here.
    pub organizer: String,
    /// `SEQUENCE`: a higher one replaces a lower one of the same `UID`.
    pub sequence: i64,
    /// Whether it is about one instance of a recurring event only.
    pub is_instance: bool,
    /// The event; of a recurring one the first occurrence.
    pub event: Event,
    /// What was wrong with its lines, one sentence each.
    pub diagnostics: Vec<String>,
}

/// Reads the invitation in a `text/calendar` part; floating times are read in `zone`.
///
/// # Errors
/// [`Error::TooLong`], or [`Error::NoEvent`] when the text holds no usable event.
pub fn invitation(text: &str, zone: &TimeZone) -> Result<Invitation, Error> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Error::TooLong {
            bytes_max: TEXT_BYTES_MAX,
        });
    }
    let (root, _) = tree::parse(text.as_bytes());
    let calendar = root.components().find(|inner| inner.name == "VCALENDAR");
    let (definitions, notes) = folder::definitions(text.as_bytes(), "invitation", zone);
    let diagnostics: Vec<String> = notes.iter().map(ToString::to_string).collect();
    let uid = definitions.first().map(|first| first.uid.clone());
    let group = Group {
        definitions: definitions
            .into_iter()
            .filter(|one| Some(&one.uid) == uid.as_ref())
            .map(|one| (0, one))
            .collect(),
    };
    let series = group.series();
    let one = series.master.or(series.changed.first().copied());
    let reader = Reader {
        me: &[],
        calendar: "",
    };
    let (definition, event) = one
        .and_then(|one| {
            let recurring = one.is_recurring() || one.instance.is_some();
            Some((
                one,
                one.event((&one.start, one.length), recurring, &reader)?,
            ))
        })
        .ok_or_else(|| Error::NoEvent {
            problem: diagnostics.first().cloned(),
        })?;
    Ok(Invitation {
        method: calendar.map_or(Method::Publish, method),
        organizer: event.organizer.clone(),
        sequence: definition.sequence,
        is_instance: definition.instance.is_some(),
        event,
        diagnostics,
    })
}

/// Reads what a calendar asks.
pub(super) fn method(calendar: &Component) -> Method {
    method_of(&calendar.text("METHOD"))
}

/// Reads a method's name.
pub(super) fn method_of(name: &str) -> Method {
    match name.trim().to_ascii_uppercase().as_str() {
        "REQUEST" => Method::Request,
        "REPLY" => Method::Reply,
        "ADD" => Method::Add,
        "CANCEL" => Method::Cancel,
        "REFRESH" => Method::Refresh,
        "COUNTER" => Method::Counter,
        "DECLINECOUNTER" => Method::DeclineCounter,
        _ => Method::Publish,
    }
}
