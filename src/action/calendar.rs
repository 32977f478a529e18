//! Words and payloads of the calendar, as in RFC 5545.

use std::path::PathBuf;

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ZonedDateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mail::{Address, MailId};

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
    /// Minutes that its way there takes, before it (`X-APPLE-TRAVEL-DURATION`).
    #[serde(default)]
    pub travel_minutes: u32,
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
    /// What speaks against it, in minutes of waiting; the best has the least.
    #[serde(default)]
    pub cost: i64,
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
    /// For a meeting of this length: what is kept free around events, and full days, count as well.
    #[serde(default)]
    pub minutes: Option<u32>,
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
    /// Only on these days of the week, English names; none allows every working day.
    #[serde(default)]
    pub days: Vec<String>,
    /// Only within these hours of a day.
    #[serde(default)]
    pub hours: Option<Hours>,
    /// Addresses of others who must be free too, as far as their times are known.
    #[serde(default)]
    pub with: Vec<String>,
    /// Whether it takes place elsewhere, so that the way there is kept free.
    #[serde(default)]
    pub elsewhere: bool,
    /// Only on days without a meeting.
    #[serde(default)]
    pub quiet_day: bool,
    /// `UID` of an event that is about to be moved, and so is not in the way.
    #[serde(default)]
    pub moving: Option<String>,
}

/// Hours of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// From this time of day.
    #[schemars(with = "String")]
    pub from: Time,
    /// Until this time of day.
    #[schemars(with = "String")]
    pub to: Time,
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
    /// Who is invited; nothing is sent by this.
    #[serde(default)]
    pub guests: Vec<Address>,
    /// Minutes that the way there takes, kept free before it.
    #[serde(default)]
    pub travel_minutes: u32,
    /// The calendar to write it into (`work/team`); empty takes the one new events go to.
    #[serde(default)]
    pub calendar: String,
    /// Whether it is refused when the time is taken by then.
    #[serde(default)]
    pub if_free: bool,
    /// `RRULE` by which it takes place again (`FREQ=WEEKLY;BYDAY=MO`), may be empty.
    #[serde(default)]
    pub rule: String,
    /// The user's own address, who organizes what others are invited to; set by the hand.
    #[serde(skip)]
    pub organizer: String,
}

/// Changes an event that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventUpdate {
    /// `UID`, as the agenda shows it.
    pub uid: String,
    /// Which occurrences.
    #[serde(default = "Which::all")]
    pub which: Which,
    /// What becomes of it.
    pub patch: EventPatch,
    /// Who is invited besides those who are; nothing is sent by this.
    #[serde(default)]
    pub invite: Vec<Address>,
    /// Whether it is refused when the new time is taken by then.
    #[serde(default)]
    pub if_free: bool,
}

/// Takes an event, or some of its occurrences, out of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventDelete {
    /// `UID`, as the agenda shows it.
    pub uid: String,
    /// Which occurrences.
    #[serde(default = "Which::all")]
    pub which: Which,
}

/// Writes the user's own answer to an invitation into the calendar; nothing is sent by this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventRespond {
    /// `UID`, as the agenda shows it.
    pub uid: String,
    /// Which occurrences: all, or one.
    #[serde(default = "Which::all")]
    pub which: Which,
    /// The answer.
    pub answer: PartStat,
}

/// Lists the mails of the inbox that invite, answer, change or call off, and are not dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitations {
    /// How many to list at most.
    pub limit: u32,
}

/// Takes what a mail says about an event into the calendar: an invitation with the user's answer,
/// a change, a cancellation, a guest's answer. Nothing is sent by this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTake {
    /// The mail.
    pub mail: MailId,
    /// The user's answer, where it invites.
    #[serde(default)]
    pub answer: Option<PartStat>,
}

/// Takes the events of an iCalendar file of the user's in; an event that is there is replaced by a
/// newer version only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventImport {
    /// The file, which the user's words must name.
    pub path: String,
}

/// What an import did, by `UID`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Imported {
    /// What is new.
    pub added: Vec<String>,
    /// What came in a newer version, and the calendar it lies in.
    pub updated: Vec<(String, String)>,
    /// What was there already in this version or a newer one.
    pub kept: Vec<String>,
    /// The files written.
    pub files: Vec<PathBuf>,
    /// What was wrong with the lines, one sentence each.
    pub diagnostics: Vec<String>,
}

/// Brings the mirrors of calendars on servers up to date, both ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarSync {
    /// Name of one account; empty takes all of the configuration.
    #[serde(default)]
    pub account: String,
}

/// What became of the mirror of one account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MirrorSynced {
    /// Name of the account.
    pub account: String,
    /// Events fetched.
    pub pulled: usize,
    /// Events sent, removals included.
    pub pushed: usize,
    /// Events removed here because they are gone there.
    pub removed: usize,
    /// One sentence per property that both sides changed; the server's stays.
    pub conflicts: Vec<String>,
    /// One sentence per event or calendar that could not be synced.
    pub problems: Vec<String>,
    /// Why the account could not be synced to its end.
    pub error: Option<SyncFailure>,
}

/// An error with its causes and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncFailure {
    /// What went wrong.
    pub message: String,
    /// What caused it, from the nearest on.
    pub causes: Vec<String>,
    /// What the user can do about it.
    pub hint: Option<String>,
}

/// Writes the letter of an event as a draft; sending it is an action of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventLetter {
    /// `UID` of the event; empty takes it from the mail.
    #[serde(default)]
    pub uid: String,
    /// The mail that is answered, where it is about an event that is not in the calendar.
    #[serde(default)]
    pub mail: Option<MailId>,
    /// What it says.
    pub letter: Letter,
    /// A few words of the user's own, may be empty.
    #[serde(default)]
    pub words: String,
}

/// What the letter of an event says (RFC 5546 section 1.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "says", rename_all = "snake_case", deny_unknown_fields)]
pub enum Letter {
    /// Invites, or tells of a change: to everyone invited, or those named.
    Request {
        /// Addresses; empty takes everyone invited.
        #[serde(default)]
        to: Vec<String>,
    },
    /// Calls the event off: to everyone invited.
    Cancel {
        /// Which occurrences.
        #[serde(default = "Which::all")]
        which: Which,
    },
    /// The user's own answer: to the organizer.
    Reply {
        /// The answer.
        answer: PartStat,
    },
    /// Proposes another time: to the organizer.
    Counter {
        /// When it would begin.
        start: Moment,
        /// When it would end.
        end: Moment,
    },
    /// Turns another time down: to whoever proposed it in the mail.
    DeclineCounter {},
    /// Asks for the latest version: to the organizer.
    Refresh {},
}

/// A mail about an event, and what it would do to the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Invite {
    /// The mail.
    pub mail: MailId,
    /// Who sent it.
    pub from: String,
    /// What it is.
    pub kind: InviteKind,
    /// The event it is about, as the mail tells it.
    pub event: Event,
    /// Summaries of the user's own events that it overlaps.
    pub clashes_with: Vec<String>,
    /// What is worth knowing about it, one sentence; may be empty.
    pub note: String,
}

/// What a mail about an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InviteKind {
    /// Invites to something that is not in the calendar.
    Invitation,
    /// The organizer changed an event.
    Update,
    /// The organizer called an event off.
    Cancellation,
    /// A guest answered.
    Answer,
    /// A guest proposes another time.
    Proposal,
    /// A guest asks for the latest version.
    Refresh,
    /// The organizer turns down another time that the user proposed.
    Kept,
    /// It changes nothing, as the note says.
    Ignored,
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

impl Which {
    /// The whole event.
    pub fn all() -> Self {
        Self::All {}
    }
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
    /// Minutes that the way there takes, kept free before it; none takes it off.
    pub travel_minutes: Option<u32>,
    /// `STATUS`; cancelled calls it off and keeps it visible.
    pub status: Option<EventStatus>,
    /// `RRULE`, as in RFC 5545 (`FREQ=WEEKLY;BYDAY=TU`); empty ends the recurrence.
    pub rule: Option<String>,
    /// The user's own address, who then is the `ORGANIZER`.
    pub organizer: Option<String>,
    /// Who is invited; answers of those who stay are kept.
    pub attendees: Option<Vec<Attendee>>,
}
