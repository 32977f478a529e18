//! Sentences about events and invitations: meet, move, answer, call off, and what is free.

use super::booking::length;
use super::cursor::Cursor;
use super::sentence::{EventDeed, Sentence};
use super::value::{Part, Value};
use crate::action::PartStat;

type Reader = fn(&mut Cursor) -> Option<Sentence>;

/// Readers, the most particular first.
pub(super) const READERS: &[Reader] = &[meet, relocate, answer, call_off, free];

const EVENT: &[&str] = &[
    "my meeting with",
    "the meeting with",
    "my appointment with",
    "the appointment with",
    "my call with",
    "the call with",
    "my meeting",
    "the meeting",
    "my appointment at",
    "the appointment at",
    "my appointment",
    "the appointment",
    "the event called",
    "the event",
    "my event",
    "event",
    "my",
    "the",
];
const QUIET: &[&str] = &[
    "to a day without meetings",
    "to a day without any meetings",
    "to a day with no meetings",
    "to a day without other meetings",
    "to a day that has no meetings",
    "to a free day",
    "to a quiet day",
    "to a day when i have no meetings",
    "to a day without appointments",
];
const CLASHES: &[&str] = &[
    "and decline what clashes with it",
    "and decline everything that clashes with it",
    "and decline everything that clashes",
    "and decline what clashes",
    "and decline whatever clashes",
    "and decline whatever clashes with it",
    "and turn down what clashes with it",
    "and decline all that clashes with it",
    "and decline anything that clashes with it",
];
const TELL: &[&str] = &[
    "and send the invitation",
    "and send an invitation",
    "and send out the invitation",
    "and send the invite",
    "and invite them",
    "and send it",
    "and send the answer",
    "and send the answers",
    "and send the reply",
    "and send the replies",
    "and tell them",
    "and tell everyone",
    "and let them know",
    "and send the cancellation",
];

/// Reads "find 45 minutes with guest@example.org next week and send the invitation".
fn meet(c: &mut Cursor) -> Option<Sentence> {
    let send = c.cut_tail(TELL);
    c.need(&[
        "find a time for",
        "find time for",
        "find",
        "look for",
        "schedule",
        "book",
        "arrange",
        "set up",
    ])?;
    c.eat_any(&[
        "a meeting of",
        "a meeting for",
        "a call of",
        "a slot of",
        "a free slot of",
    ]);
    let length = length(c)?;
    c.eat("for a meeting");
    c.need(&["with", "together with"])?;
    let mut guests = Vec::new();
    loop {
        let word = c.raw()?;
        if !word.contains('@') {
            return None;
        }
        guests.push(Value::literal(&word));
        c.comma();
        if !c.eat("and") && !c.word().is_some_and(|next| next.contains('@')) {
            break;
        }
    }
    let mut title = c.attempt(about);
    let when = c.attempt(|c| c.words_until(&["about", "called", "titled"]));
    title = title.or_else(|| c.attempt(about));
    Some(Sentence::Event(EventDeed::Meet {
        length,
        guests,
        when,
        title,
        send,
    }))
}

fn about(c: &mut Cursor) -> Option<Value> {
    c.need(&["about", "called", "titled"])?;
    c.literal()
}

/// Reads "move my dentist to a day without meetings", "move the review to friday at 10".
fn relocate(c: &mut Cursor) -> Option<Sentence> {
    let quiet = c.cut_tail(QUIET);
    c.need(&["move", "reschedule", "postpone", "shift", "put"])?;
    c.eat_any(EVENT);
    let event = c.value_until(&["to"])?;
    let to = if quiet {
        None
    } else {
        c.need(&["to"])?;
        Some(c.words_until(&[])?)
    };
    let is_time = to.as_ref().is_none_or(|to| says_time(&to.to_string()));
    is_time.then_some(Sentence::Event(EventDeed::Move { event, to, quiet }))
}

/// A place to move a mail to is no time; whether this one is, is found out when it is done.
fn says_time(text: &str) -> bool {
    const WORDS: [&str; 26] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "tomorrow",
        "today",
        "tonight",
        "week",
        "month",
        "morning",
        "afternoon",
        "evening",
        "noon",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "next",
    ];
    let text = text.to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    text.chars().any(|c| c.is_ascii_digit())
        || words
            .any(|word| WORDS.contains(&word) || ["november", "december", "may"].contains(&word))
}

/// Reads "accept Tuesday's invitation and decline what clashes with it".
fn answer(c: &mut Cursor) -> Option<Sentence> {
    let send = c.cut_tail(TELL);
    let clashes = c.cut_tail(CLASHES);
    let answer = if c.eat_any(&["tentatively accept", "provisionally accept"]) {
        PartStat::Tentative
    } else if c.eat("accept") {
        PartStat::Accepted
    } else {
        c.need(&["decline", "turn down", "refuse"])?;
        PartStat::Declined
    };
    c.articles();
    let which = if c.eat_any(&["invitation", "invite", "meeting request"]) {
        c.eat_any(&["from", "to", "for", "on", "about", "of"]);
        c.words_until(&[]).unwrap_or(Value(Vec::new()))
    } else {
        let which = c.words_until(&["invitation", "invite", "meeting request"])?;
        c.need(&["invitation", "invite", "meeting request"])?;
        which
    };
    Some(Sentence::Event(EventDeed::Answer {
        which: without_possessive(&which),
        answer,
        clashes,
        send,
    }))
}

/// `Tuesday's` names Tuesday.
fn without_possessive(value: &Value) -> Value {
    let bare = |part: &Part| match part {
        Part::Text(text) => {
            let words = text.split(' ').map(|word| {
                let word = word
                    .strip_suffix("'s")
                    .or(word.strip_suffix("’s"))
                    .unwrap_or(word);
                word.to_owned()
            });
            Part::Text(words.collect::<Vec<_>>().join(" "))
        }
        name @ Part::Name { .. } => name.clone(),
    };
    Value(value.0.iter().map(bare).collect())
}

/// Reads "cancel the meeting with Bob".
fn call_off(c: &mut Cursor) -> Option<Sentence> {
    let send = c.cut_tail(TELL);
    c.need(&["cancel", "call off"])?;
    c.need(EVENT)?;
    let event = c.value_until(&[])?;
    Some(Sentence::Event(EventDeed::CallOff { event, send }))
}

/// Reads "what is free on Thursday?", "when am I free next week".
fn free(c: &mut Cursor) -> Option<Sentence> {
    c.need(&[
        "what is free",
        "what's free",
        "when am i free",
        "when i am free",
        "show my free time",
        "show me my free time",
        "what time is free",
        "which times are free",
        "what times are free",
        "list my free time",
        "am i free",
        "when do i have time",
    ])?;
    c.eat_any(&["on", "for", "in"]);
    let when = c
        .words_until(&[])
        .unwrap_or_else(|| Value::literal("today"));
    c.comma();
    Some(Sentence::Event(EventDeed::Free { when }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skill::language::sentence;

    fn kind(text: &str) -> String {
        match sentence(text) {
            Ok(Sentence::Event(deed)) => match deed {
                EventDeed::Meet {
                    guests, when, send, ..
                } => format!(
                    "meet {} {} {send}",
                    guests
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join("+"),
                    when.map_or_else(String::new, |when| when.to_string())
                ),
                EventDeed::Move { event, to, quiet } => format!(
                    "move {event} {} {quiet}",
                    to.map_or_else(String::new, |to| to.to_string())
                ),
                EventDeed::Answer {
                    which,
                    answer,
                    clashes,
                    ..
                } => {
                    format!("{answer:?} {which} {clashes}")
                }
                EventDeed::CallOff { event, .. } => format!("cancel {event}"),
                EventDeed::Free { when } => format!("free {when}"),
            },
            Ok(other) => format!("other {other:?}"),
            Err(unknown) => unknown.to_string(),
        }
    }

    #[test]
    fn wordings_of_each_deed_are_understood() {
        for (text, want) in [
            (
                "find 45 minutes with guest@example.org next week and send the invitation",
                "meet guest@example.org next week true",
            ),
            (
                "schedule an hour with ann@x.org and bob@y.org on Thursday afternoon",
                "meet ann@x.org+bob@y.org on Thursday afternoon false",
            ),
            (
                "book 30 minutes with guest@example.org in the week of 3 March, not on Friday",
                "meet guest@example.org in the week of 3 March, not on Friday false",
            ),
            (
                "move my dentist to a day without meetings",
                "move dentist  true",
            ),
            (
                "Please reschedule the Team Review to Friday at 10:00",
                "move Team Review Friday at 10:00 false",
            ),
            (
                "move \"Check-up\" to 3 March",
                "move Check-up 3 March false",
            ),
            (
                "accept Tuesday's invitation and decline what clashes with it",
                "Accepted Tuesday true",
            ),
            ("decline the invitation from Bob", "Declined Bob false"),
            (
                "tentatively accept the Board invitation",
                "Tentative Board false",
            ),
            ("what is free on Thursday?", "free Thursday"),
            ("when am I free next week?", "free next week"),
            ("cancel the meeting with Dana", "cancel Dana"),
            ("call off my appointment at Riverbank", "cancel Riverbank"),
        ] {
            assert_eq!(kind(text), want, "{text}");
        }
    }

    #[test]
    fn what_speaks_of_mail_or_a_page_is_no_event() {
        for text in [
            "move the mail to Receipts",
            "move all newsletters to News",
            "find the mail from Ada",
            "accept the cookies",
            "click \"Cancel\"",
        ] {
            let kind = kind(text);
            let is_event = ["meet", "move", "Accepted", "cancel", "free"]
                .iter()
                .any(|word| kind.starts_with(word));
            assert!(!is_event, "{text}: {kind}");
        }
    }
}
