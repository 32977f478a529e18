//! What an action does to an event, in words for people.

use super::{Seen, moment, quote};
use crate::action::{
    CalendarSync, EventDelete, EventLetter, EventRespond, EventTake, EventUpdate, Letter, NewEvent,
    PartStat, Which,
};
use crate::untrusted;

/// Longest list of addresses in a title, in characters.
const PEOPLE_MAX: usize = 100;

/// Says what a new event is.
pub(super) fn create(event: &NewEvent) -> String {
    let (summary, start) = (quote(&event.summary), moment(&event.start));
    format!("write the event {summary} at {start}")
}

/// Says what is removed.
pub(super) fn delete(delete: &EventDelete, seen: &Seen) -> String {
    format!("remove {}", named(&delete.uid, &delete.which, seen))
}

/// Says what is answered.
pub(super) fn respond(respond: &EventRespond, seen: &Seen) -> String {
    let event = named(&respond.uid, &respond.which, seen);
    format!("{} {event}", verb(respond.answer))
}

/// Says what becomes of a mail about an event.
pub(super) fn take(take: &EventTake, mail: &str) -> String {
    match take.answer {
        Some(answer) => format!("{} {mail}", verb(answer)),
        None => format!("take {mail} into the calendar"),
    }
}

/// Says which mirrors are brought up to date.
pub(super) fn sync(sync: &CalendarSync) -> String {
    if sync.account.is_empty() {
        "sync the calendars of your accounts".to_owned()
    } else {
        format!(
            "sync the calendars of {}",
            untrusted::line(&sync.account, 80)
        )
    }
}

/// Names an event and which of its occurrences are meant.
fn named(uid: &str, which: &Which, seen: &Seen) -> String {
    let event = event(uid, seen);
    match which {
        Which::All {} => event,
        Which::This { start } => format!("{event} of {}", moment(start)),
        Which::Future { start } => format!("{event} from {} on", moment(start)),
    }
}

fn event(uid: &str, seen: &Seen) -> String {
    match seen.event(uid) {
        Some(summary) => format!("the event {}", quote(summary)),
        None => format!("the event {}", untrusted::line(uid, super::QUOTE_MAX)),
    }
}

/// Says what an update makes of an event.
pub(super) fn update(update: &EventUpdate, seen: &Seen) -> String {
    let patch = &update.patch;
    let event = named(&update.uid, &update.which, seen);
    if let Some(start) = &patch.start {
        return format!("move {event} to {}", moment(start));
    }
    if !update.invite.is_empty() {
        return format!("invite {} to {event}", super::people(&update.invite));
    }
    let what: Vec<&str> = [
        (patch.summary.is_some(), "title"),
        (patch.end.is_some(), "end"),
        (patch.location.is_some(), "place"),
        (patch.description.is_some(), "text"),
        (patch.status.is_some(), "status"),
        (patch.rule.is_some(), "recurrence"),
        (patch.attendees.is_some(), "guests"),
    ]
    .into_iter()
    .filter_map(|(is_set, word)| is_set.then_some(word))
    .collect();
    format!("change {} of {event}", what.join(", "))
}

/// The verb of an answer.
fn verb(answer: PartStat) -> &'static str {
    match answer {
        PartStat::Accepted => "accept",
        PartStat::Declined => "decline",
        PartStat::Tentative => "tentatively accept",
        PartStat::NeedsAction => "leave open",
    }
}

/// Says what a letter does.
pub(super) fn letter(letter: &EventLetter, seen: &Seen) -> String {
    let event = if letter.uid.is_empty() {
        let subject = letter.mail.as_ref().and_then(|mail| seen.subject(mail));
        subject.map_or_else(|| "an event".to_owned(), quote)
    } else {
        event(&letter.uid, seen)
    };
    match &letter.letter {
        Letter::Request { to } if to.is_empty() => format!("draft the invitation to {event}"),
        Letter::Request { to } => {
            let to = untrusted::line(&to.join(", "), PEOPLE_MAX);
            format!("draft the invitation of {to} to {event}")
        }
        Letter::Cancel { .. } => format!("draft the cancellation of {event}"),
        Letter::Reply { answer } => format!("draft the answer \"{}\" to {event}", verb(*answer)),
        Letter::Counter { start, .. } => {
            format!("draft the proposal of {} for {event}", moment(start))
        }
        Letter::DeclineCounter {} => format!("draft that {event} stays as it is"),
        Letter::Refresh {} => format!("draft the wish for the latest version of {event}"),
    }
}
