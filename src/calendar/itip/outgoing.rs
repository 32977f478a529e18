//! Calendar texts to be mailed: a request, a cancellation, an answer.
//!
//! Alarms and this program's own marks stay at home; an answer names one attendee only.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Message, is_one_of, scheduling};
use crate::action::{Attendee, EventPatch, EventStatus, Moment, PartStat, Which};
use crate::calendar::edit::{self, Editor, Subject, Target};
use crate::calendar::event;
use crate::calendar::fields;
use crate::calendar::folder;
use crate::calendar::lines::Property;
use crate::calendar::tree::{self, Component};
use crate::calendar::values::Stamp;
use crate::calendar::{Error, write};

/// What an answer repeats of the invitation, in this order.
const REPEATED: [&str; 9] = [
    "UID",
    "RECURRENCE-ID",
    "SEQUENCE",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "SUMMARY",
    "ORGANIZER",
];

/// What a wish for the latest version repeats of the invitation.
const NAMED: [&str; 3] = ["UID", "RECURRENCE-ID", "ORGANIZER"];

/// Who writes, and when.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// The user's own addresses.
    pub me: &'a [String],
    /// The present moment.
    pub now: Timestamp,
}

/// Writes the answer of the one of `me` who is invited.
///
/// # Errors
/// [`Error::NotInvited`]; [`Error::TooLong`] and [`Error::NoEvent`] as for reading.
pub fn reply(
    invitation: &str,
    answer: PartStat,
    me: &[String],
    now: Timestamp,
) -> Result<String, Error> {
    let writer = Writer { me, now };
    to_organizer(invitation, ("REPLY", &REPEATED), &writer, |said, mine| {
        said.add(&mine.with_param("PARTSTAT", fields::word(answer)).render());
    })
}

/// Writes that the one of `me` who is invited proposes another time; of a set, for its first event.
///
/// # Errors
/// As [`reply`].
pub fn counter(
    invitation: &str,
    (start, end): (&Moment, &Moment),
    writer: &Writer<'_>,
) -> Result<String, Error> {
    let mut zones = String::new();
    if let Moment::Time(time) = start
        && let Some(name) = write::zone_name(time)
    {
        zones = write::zone(&name, time.time_zone(), time.timestamp());
    }
    let named = ("COUNTER", REPEATED.as_slice());
    let text = to_organizer(invitation, named, writer, |said, mine| {
        said.retain(|line| line.name != "DURATION");
        said.set(&write::moment_line("DTSTART", start));
        said.set(&write::moment_line("DTEND", end));
        said.add(&mine.with_param("PARTSTAT", "TENTATIVE").render());
    })?;
    let is_named = zones.lines().nth(1).is_some_and(|line| text.contains(line));
    if zones.is_empty() || is_named {
        return Ok(text);
    }
    // The definition stands before the event that names it.
    Ok(text.replacen("BEGIN:VEVENT", &format!("{zones}BEGIN:VEVENT"), 1))
}

/// Writes that the one of `me` who is invited asks for the latest version.
///
/// # Errors
/// As [`reply`].
pub fn refresh(invitation: &str, writer: &Writer<'_>) -> Result<String, Error> {
    let named = ("REFRESH", NAMED.as_slice());
    to_organizer(invitation, named, writer, |said, mine| {
        said.add(&mine.render());
    })
}

/// What an attendee writes: one component for each that invites, naming this attendee only.
fn to_organizer(
    invitation: &str,
    (method, repeated): (&str, &[&str]),
    writer: &Writer<'_>,
    say: impl Fn(&mut Component, Property),
) -> Result<String, Error> {
    let message = Message::read(invitation)?;
    let mut calendar = empty(method);
    let mut is_invited = false;
    let mut named = Vec::new();
    for invited in &message.events {
        let mine = invited
            .all("ATTENDEE")
            .map(|(line, _)| line)
            .find(|line| is_one_of(&event::email(line), writer.me));
        let Some(mine) = mine else {
            continue;
        };
        is_invited = true;
        let mut said = Component::fresh("VEVENT");
        for name in repeated {
            for (line, _) in invited.all(name).take(1) {
                said.add(&scheduling::plain(line).render());
                named.extend(line.param("TZID"));
            }
        }
        said.add(&format!("DTSTAMP:{}", write::utc(writer.now)));
        let mine = Property {
            params: mine
                .params
                .iter()
                .filter(|(key, _)| key == "CN")
                .cloned()
                .collect(),
            ..mine.clone()
        };
        say(&mut said, mine);
        calendar.push(said);
    }
    if !is_invited {
        return Err(Error::NotInvited);
    }
    let sources = message.root.components();
    for zone in sources.flat_map(Component::components) {
        if zone.name == "VTIMEZONE" && named.contains(&zone.text("TZID")) {
            calendar.insert_first(zone.clone());
        }
    }
    Ok(text(&calendar))
}

/// Writes an invitation to the event in `file`, by `organizer` to `attendees`.
///
/// # Errors
/// [`Error::NoEvent`] when the file does not hold `uid`, [`Error::BadAddress`].
pub fn request(
    file: &[u8],
    uid: &str,
    (organizer, attendees): (&str, &[Attendee]),
    now: Timestamp,
) -> Result<String, Error> {
    let patch = EventPatch {
        organizer: Some(organizer.to_owned()),
        attendees: Some(attendees.to_vec()),
        ..EventPatch::default()
    };
    outgoing(
        ("REQUEST", file, uid),
        |_| true,
        |one| {
            fields::people(one, &patch)?;
            fields::made(one, now);
            Ok(())
        },
    )
}

/// Writes that the event in `file`, or one occurrence of it, is called off, to all it invites.
///
/// # Errors
/// [`Error::NoEvent`] when the file does not hold `uid`; [`Error::NoSuchInstance`], and
/// [`Error::Unsplittable`] for an occurrence and all after it.
pub fn cancel(
    file: &[u8],
    uid: &str,
    (which, zone): (&Which, &TimeZone),
    now: Timestamp,
) -> Result<String, Error> {
    let off = |one: &mut Component| {
        if one.text("STATUS").trim() != "CANCELLED" {
            let sequence: i64 = one.text("SEQUENCE").trim().parse().unwrap_or(0);
            one.set(&format!("SEQUENCE:{}", sequence.saturating_add(1)));
        }
        one.set("STATUS:CANCELLED");
        fields::made(one, now);
        Ok(())
    };
    if matches!(which, Which::All {}) {
        return outgoing(("CANCEL", file, uid), |_| true, off);
    }
    let subject = Subject {
        uid,
        which,
        zone,
        now,
    };
    let patch = EventPatch {
        status: Some(EventStatus::Cancelled),
        ..EventPatch::default()
    };
    let mut editor = Editor::open(file, subject)?;
    let Target::One(found) = editor.target()? else {
        return Err(Error::Unsplittable);
    };
    editor.one(&found, &patch)?;
    let file = editor.bytes();
    // The instance is called off in this text; the others of the set are not told of.
    let origin = event::moment(&found.origin);
    outgoing(
        ("CANCEL", &file, uid),
        |one| one.first("RECURRENCE-ID").is_some() && is_at(one, &file, origin.as_ref(), zone),
        off,
    )
}

/// Writes that the time one attendee proposed is turned down; the event stays as it is.
///
/// # Errors
/// [`Error::NoEvent`] when the file does not hold `uid`, [`Error::NotInvited`].
pub fn decline_counter(
    file: &[u8],
    uid: &str,
    email: &str,
    now: Timestamp,
) -> Result<String, Error> {
    let mut is_invited = false;
    let theirs = |line: &Property| event::email(line).eq_ignore_ascii_case(email.trim());
    let text = outgoing(
        ("DECLINECOUNTER", file, uid),
        |_| true,
        |one| {
            is_invited |= one.all("ATTENDEE").any(|(line, _)| theirs(line));
            one.retain(|line| line.name != "ATTENDEE" || theirs(line));
            fields::made(one, now);
            Ok(())
        },
    )?;
    is_invited.then_some(text).ok_or(Error::NotInvited)
}

/// Says whether a component stands for the instance of that moment.
fn is_at(one: &Component, file: &[u8], origin: Option<&Moment>, zone: &TimeZone) -> bool {
    let value = one.text("RECURRENCE-ID");
    let (definitions, _) = folder::definitions(file, "", zone);
    let mut instances = definitions
        .iter()
        .filter_map(|known| known.instance.as_ref());
    instances.any(|stamp| {
        let spelled = match stamp {
            Stamp::Day(day) => day.strftime("%Y%m%d").to_string(),
            Stamp::Time(local, _) => local.strftime("%Y%m%dT%H%M%S").to_string(),
        };
        value.trim().trim_end_matches('Z') == spelled && event::moment(stamp).as_ref() == origin
    })
}

fn outgoing(
    (method, file, uid): (&str, &[u8], &str),
    is_told: impl Fn(&Component) -> bool,
    mut change: impl FnMut(&mut Component) -> Result<(), Error>,
) -> Result<String, Error> {
    let (root, _) = tree::parse(file);
    let mut calendar = empty(method);
    let mut events = Vec::new();
    for source in root.components() {
        for one in source.components() {
            if one.name == "VTIMEZONE" {
                calendar.push(one.clone());
            } else if one.name == "VEVENT" && edit::uid_of(one) == uid && is_told(one) {
                events.push(one.clone());
            }
        }
    }
    if events.is_empty() {
        return Err(Error::NoEvent { problem: None });
    }
    for mut one in events {
        one.retain_components(&|_| false);
        one.retain(|line| !line.name.starts_with("X-LEGWORK"));
        change(&mut one)?;
        scheduling::strip(&mut one);
        calendar.push(one);
    }
    Ok(text(&calendar))
}

fn empty(method: &str) -> Component {
    let mut calendar = Component::fresh("VCALENDAR");
    calendar.add("VERSION:2.0");
    calendar.add(&format!("PRODID:{}", write::PRODID));
    calendar.add(&format!("METHOD:{method}"));
    calendar
}

/// Mail wants CRLF throughout; what came with other line breaks is folded anew.
fn text(calendar: &Component) -> String {
    let mut out = Vec::new();
    calendar.write(&mut out);
    let mut text = String::new();
    for line in crate::calendar::lines::unfold(&out) {
        crate::calendar::lines::fold(&line.text, &mut text);
    }
    text
}
