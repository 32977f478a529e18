//! Calendar texts to be mailed: a request, a cancellation, an answer.
//!
//! Alarms and this program's own marks stay at home; an answer names one attendee only.

use jiff::Timestamp;

use super::{Message, is_one_of};
use crate::action::{Attendee, EventPatch, PartStat};
use crate::calendar::edit;
use crate::calendar::event;
use crate::calendar::fields;
use crate::calendar::lines::Property;
use crate::calendar::tree::{self, Component};
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
    let message = Message::read(invitation)?;
    let mut calendar = empty("REPLY");
    let mut is_invited = false;
    let mut named = Vec::new();
    for invited in &message.events {
        let mine = invited
            .all("ATTENDEE")
            .map(|(line, _)| line)
            .find(|line| is_one_of(&event::email(line), me));
        let Some(mine) = mine else {
            continue;
        };
        is_invited = true;
        let mut said = Component::fresh("VEVENT");
        for name in REPEATED {
            for (line, _) in invited.all(name).take(1) {
                said.add(&line.render());
                named.extend(line.param("TZID"));
            }
        }
        said.add(&format!("DTSTAMP:{}", write::utc(now)));
        let mine = Property {
            params: mine
                .params
                .iter()
                .filter(|(key, _)| key == "CN")
                .cloned()
                .collect(),
            ..mine.clone()
        };
        said.add(&mine.with_param("PARTSTAT", fields::word(answer)).render());
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
    outgoing("REQUEST", file, uid, |one| {
        fields::people(one, &patch)?;
        one.set(&format!("DTSTAMP:{}", write::utc(now)));
        Ok(())
    })
}

/// Writes that the event in `file` is called off, to all it invites.
///
/// # Errors
/// [`Error::NoEvent`] when the file does not hold `uid`.
pub fn cancel(file: &[u8], uid: &str, now: Timestamp) -> Result<String, Error> {
    outgoing("CANCEL", file, uid, |one| {
        if one.text("STATUS").trim() != "CANCELLED" {
            let sequence: i64 = one.text("SEQUENCE").trim().parse().unwrap_or(0);
            one.set(&format!("SEQUENCE:{}", sequence.saturating_add(1)));
        }
        one.set("STATUS:CANCELLED");
        one.set(&format!("DTSTAMP:{}", write::utc(now)));
        Ok(())
    })
}

fn outgoing(
    method: &str,
    file: &[u8],
    uid: &str,
    change: impl Fn(&mut Component) -> Result<(), Error>,
) -> Result<String, Error> {
    let (root, _) = tree::parse(file);
    let mut calendar = empty(method);
    let mut events = Vec::new();
    for source in root.components() {
        for one in source.components() {
            if one.name == "VTIMEZONE" {
                calendar.push(one.clone());
            } else if one.name == "VEVENT" && edit::uid_of(one) == uid {
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
        let own: Vec<String> = one
            .all("ATTENDEE")
            .flat_map(|(line, _)| line.params.iter())
            .filter(|(key, _)| key.starts_with("X-LEGWORK"))
            .map(|(key, _)| key.clone())
            .collect();
        one.rewrite("ATTENDEE", |line| {
            let plain = own
                .iter()
                .fold(line.clone(), |line, key| line.with_param(key, ""));
            (plain != *line).then(|| plain.render())
        });
        change(&mut one)?;
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
