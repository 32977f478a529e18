//! Words and payloads of the calendar, as in RFC 5545.

use jiff::civil::Date;
use jiff::{Timestamp, ZonedDateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When something begins or ends: a moment in a zone, or a whole day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Moment {
    /// A moment, with the zone it was written in (`2026-03-14T09:30:00+01:00[Europe/Berlin]`).
    Time(#[schemars(with = "String")] ZonedDateTime),
    /// A whole day (`2026-03-14`); as an end, the first day that is no longer part of it.
    Day(#[schemars(with = "String")] Date),
}

/// One occurrence of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// `UID`.
    pub uid: String,
    /// `SUMMARY`, one line, hidden characters removed.
    pub summary: String,
    /// `DTSTART` of this occurrence.
    pub start: Moment,
    /// `DTEND` of this occurrence, exclusive.
    pub end: Moment,
    /// `LOCATION`, may be empty.
    pub location: String,
    /// `DESCRIPTION`, may be empty.
    pub description: String,
    /// `ORGANIZER` address without `mailto:`, may be empty.
    pub organizer: String,
    /// `ATTENDEE`s.
    pub attendees: Vec<Attendee>,
    /// `STATUS`.
    pub status: EventStatus,
    /// Whether it takes up the user's time: `TRANSP`, `STATUS` and the user's own answer.
    pub busy: bool,
    /// Whether it is one of a recurring set.
    pub recurring: bool,
    /// Name of the calendar it lies in.
    pub calendar: String,
}

/// Someone invited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attendee {
    /// Address without `mailto:`.
    pub email: String,
    /// `CN`, may be empty.
    pub name: String,
    /// `PARTSTAT`.
    pub answer: PartStat,
}

/// An attendee's answer (RFC 5545 section 3.2.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartStat {
    /// `NEEDS-ACTION`, also where nothing is said.
    NeedsAction,
    /// `ACCEPTED`
    Accepted,
    /// `DECLINED`
    Declined,
    /// `TENTATIVE`
    Tentative,
}

/// Status of an event (RFC 5545 section 3.8.1.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// `CONFIRMED`, also where nothing is said.
    Confirmed,
    /// `TENTATIVE`
    Tentative,
    /// `CANCELLED`
    Cancelled,
}

/// A stretch of time, its end exclusive.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Interval {
    /// First moment.
    #[schemars(with = "String")]
    pub start: Timestamp,
    /// First moment after it.
    #[schemars(with = "String")]
    pub end: Timestamp,
}

/// A free slot, best first in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Slot {
    /// When it begins, in the user's zone.
    #[schemars(with = "String")]
    pub start: ZonedDateTime,
    /// When it ends.
    #[schemars(with = "String")]
    pub end: ZonedDateTime,
    /// Why it stands where it stands in the list, a few words.
    pub reason: String,
}

/// Lists events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agenda {
    /// From this moment.
    #[schemars(with = "String")]
    pub from: Timestamp,
    /// Until before this moment.
    #[schemars(with = "String")]
    pub to: Timestamp,
}

/// Lists busy intervals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FreeBusy {
    /// From this moment.
    #[schemars(with = "String")]
    pub from: Timestamp,
    /// Until before this moment.
    #[schemars(with = "String")]
    pub to: Timestamp,
}

/// Finds free slots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindSlot {
    /// Length in minutes.
    pub minutes: u32,
    /// Not before this moment.
    #[schemars(with = "String")]
    pub from: Timestamp,
    /// Ended by this moment.
    #[schemars(with = "String")]
    pub to: Timestamp,
    /// How many to name at most.
    pub limit: u32,
}

/// Writes a new event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// `SUMMARY`.
    pub summary: String,
    /// When it begins.
    pub start: Moment,
    /// When it ends, exclusive; of the same kind as the start.
    pub end: Moment,
    /// `LOCATION`, may be empty.
    #[serde(default)]
    pub location: String,
    /// `DESCRIPTION`, may be empty.
    #[serde(default)]
    pub description: String,
}

/// Which occurrences of a recurring event an edit is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "which", rename_all = "snake_case", deny_unknown_fields)]
pub enum Which {
    /// The whole event.
    All {},
    /// The one occurrence that begins then.
    This {
        /// Its start, as the agenda shows it.
        start: Moment,
    },
    /// The occurrence that begins then, and all after it.
    Future {
        /// Its start, as the agenda shows it.
        start: Moment,
    },
}

/// What to change about an event; what is not named stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EventPatch {
    /// `SUMMARY`.
    pub summary: Option<String>,
    /// When it begins; the end moves along unless it is named too.
    pub start: Option<Moment>,
    /// When it ends, exclusive.
    pub end: Option<Moment>,
    /// `LOCATION`; empty takes it off.
    pub location: Option<String>,
    /// `DESCRIPTION`; empty takes it off.
    pub description: Option<String>,
    /// `STATUS`; cancelled calls it off and keeps it visible.
    pub status: Option<EventStatus>,
    /// `RRULE`, as in RFC 5545 (`FREQ=WEEKLY;BYDAY=TU`); empty ends the recurrence.
    pub rule: Option<String>,
    /// The user's own address, who then is the `ORGANIZER`.
    pub organizer: Option<String>,
    /// Who is invited; answers of those who stay are kept.
    pub attendees: Option<Vec<Attendee>>,
}
