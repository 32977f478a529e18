//! Sentences about events and invitations: meet, move, answer, call off, and what is free.

use super::booking::length;
use super::cursor::Cursor;
use super::sentence::{EventDeed, Length, Sentence};
use super::value::{Part, Value};
use crate::action::PartStat;

type Reader = fn(&mut Cursor) -> Option<Sentence>;

/// Readers, the most particular first.
pub(super) const READERS: &[Reader] =
    &[super::diary::create, meet, relocate, answer, call_off, free];

pub(super) const EVENT: &[&str] = &[
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
pub(super) const TELL: &[&str] = &[
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

/// What people meet at.
const MEETING: &[&str] = &[
    "meeting",
    "call",
    "video call",
    "phone call",
    "chat",
    "catch-up",
    "catch up",
    "session",
    "appointment",
    "slot",
    "free slot",
];

/// Reads "find 45 minutes with guest@example.org next week and send the invitation", "set up a 30
/// minute call with guest@example.org next week".
fn meet(c: &mut Cursor) -> Option<Sentence> {
    let send = c.cut_tail(TELL);
    let verb = c.eat_any(&[
        "find a time for",
        "find time for",
        "find",
        "look for",
        "schedule",
        "book",
        "arrange",
        "organise",
        "organize",
        "set up",
        "plan",
        "i need",
        "we need",
        "i want",
    ]);
    if !verb {
        return invite(c, send);
    }
    let length = meeting(c)?;
    c.need(&["with", "together with"])?;
    let guests = guests(c)?;
    Some(met(c, (length, guests, send)))
}

/// Reads "invite guest@example.org to a one hour meeting on Thursday at 15:00".
fn invite(c: &mut Cursor, send: bool) -> Option<Sentence> {
    c.need(&["invite"])?;
    let guests = guests(c)?;
    c.need(&["to", "for"])?;
    let length = meeting(c)?;
    Some(met(c, (length, guests, send)))
}

/// Reads what is met at: a length, a word for it, or both in either order.
fn meeting(c: &mut Cursor) -> Option<Length> {
    let mut said = c.attempt(length);
    if said.is_none() {
        c.articles();
        said = c.attempt(length);
    }
    c.eat("long");
    c.eat_any(&["for a", "of"]);
    let named = c.eat_any(MEETING);
    if named && said.is_none() {
        c.eat_any(&["of", "for"]);
        said = c.attempt(length);
    }
    if said.is_none() && !named {
        return None;
    }
    Some(said.unwrap_or_else(|| Length {
        amount: Value::literal("30"),
        unit_minutes: 1,
    }))
}

pub(super) fn guests(c: &mut Cursor) -> Option<Vec<Value>> {
    let mut guests = Vec::new();
    loop {
        let word = c.raw()?;
        if !word.contains('@') {
            return None;
        }
        guests.push(Value::literal(&word));
        c.comma();
        let more = c.attempt(|c| {
            c.need(&["and"])?;
            c.word()
                .is_some_and(|next| next.contains('@'))
                .then_some(())
        });
        if more.is_none() && !c.word().is_some_and(|next| next.contains('@')) {
            return Some(guests);
        }
    }
}

fn met(c: &mut Cursor, (length, guests, send): (Length, Vec<Value>, bool)) -> Sentence {
    let mut title = c.attempt(about);
    let when = c.attempt(|c| c.words_until(&["about", "called", "titled"]));
    title = title.or_else(|| c.attempt(about));
    Sentence::Event(EventDeed::Meet {
        length,
        guests,
        when,
        title,
        send,
    })
}

fn about(c: &mut Cursor) -> Option<Value> {
    c.need(&["about", "called", "titled"])?;
    c.literal()
}

/// Reads "move my dentist to a day without meetings", "move the review to friday at 10".
fn relocate(c: &mut Cursor) -> Option<Sentence> {
    let quiet = c.cut_tail(QUIET);
    let delays = c.eat_any(&["postpone", "push", "delay", "put back", "put off"]);
    if !delays {
        c.need(&["move", "reschedule", "shift", "put"])?;
    }
    c.eat_any(EVENT);
    if let Some((event, by)) = c.attempt(|c| by_some_time(c, delays)) {
        return Some(Sentence::Event(EventDeed::Move {
            event,
            to: Some(by),
            quiet,
        }));
    }
    // "The party for Ann" is moved to a day, unless no day follows a "to".
    let named = |c: &mut Cursor, stops: &[&str]| {
        let event = c.value_until(stops)?;
        (quiet || !c.at_end()).then_some(event)
    };
    let event = c.attempt(|c| named(c, &["to"]));
    let event = event.or_else(|| c.attempt(|c| named(c, &["for", "until"])))?;
    let to = if quiet {
        None
    } else {
        c.need(&["to", "for", "until"])?;
        Some(c.words_until(&[])?)
    };
    let is_time = to.as_ref().is_none_or(|to| says_time(&to.to_string()));
    is_time.then_some(Sentence::Event(EventDeed::Move { event, to, quiet }))
}

/// Reads an event and how far it is moved, with nothing behind that.
fn by_some_time(c: &mut Cursor, delays: bool) -> Option<(Value, Value)> {
    let ends = |c: &mut Cursor| {
        let mut c = c.clone();
        shifted(&mut c, delays).is_some() && c.at_end()
    };
    let event = c.split(&|c| ends(c))?.value_until(&[])?;
    Some((event, shifted(c, delays)?))
}

/// Reads how far something is moved, as `later 60 minutes`: "by a week" or "back one hour" of what is put
/// off, "an hour earlier" of anything; `unsaid` where it may be either way, which is asked back.
fn shifted(c: &mut Cursor, delays: bool) -> Option<Value> {
    let back = c.eat("back");
    let by = c.eat("by");
    let amount = amount(c)?;
    let way = if c.eat("earlier") && !delays && !back {
        "earlier"
    } else if c.eat_any(&["later", "back"]) || (delays && (back || by)) {
        "later"
    } else if by {
        "unsaid"
    } else {
        return None;
    };
    Some(Value::literal(&format!("{way} {amount}")))
}

/// Reads "half an hour", "two days", as `30 minutes` and `2 days`.
pub(super) fn amount(c: &mut Cursor) -> Option<String> {
    if c.eat_any(&["half an hour", "half hour", "a half hour"]) {
        return Some("30 minutes".to_owned());
    }
    if c.eat_any(&["a quarter of an hour", "quarter of an hour"]) {
        return Some("15 minutes".to_owned());
    }
    let count = if c.eat_any(&["a", "an"]) {
        1
    } else {
        c.number()?
    };
    let units: [(&[&str], &str); 4] = [
        (&["minutes", "minute", "mins", "min"], "minutes"),
        (&["hours", "hour"], "hours"),
        (&["days", "day"], "days"),
        (&["weeks", "week"], "weeks"),
    ];
    let (_, unit) = units.iter().find(|(words, _)| c.eat_any(words))?;
    Some(format!("{count} {unit}"))
}

/// A place to move a mail to is no time; whether this one is, is found out when it is done.
pub(super) fn says_time(text: &str) -> bool {
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
    let words = text.split(|c: char| !c.is_alphanumeric());
    text.chars().any(|c| c.is_ascii_digit())
        || words
            .map(|word| word.strip_suffix('s').unwrap_or(word))
            .any(|word| WORDS.contains(&word) || ["november", "december", "may"].contains(&word))
}

/// Reads "accept Tuesday's invitation and decline what clashes with it".
fn answer(c: &mut Cursor) -> Option<Sentence> {
    let send = c.cut_tail(TELL);
    let clashes = c.cut_tail(CLASHES);
    let answer = if c.eat_any(&[
        "tentatively accept",
        "provisionally accept",
        "say maybe to",
        "reply maybe to",
    ]) {
        PartStat::Tentative
    } else if c.eat_any(&[
        "accept",
        "say yes to",
        "reply yes to",
        "answer yes to",
        "respond yes to",
    ]) {
        PartStat::Accepted
    } else {
        c.need(&[
            "decline",
            "turn down",
            "refuse",
            "say no to",
            "reply no to",
            "answer no to",
            "respond no to",
        ])?;
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
    let placed = c.cut_tail(&[
        "from my calendar",
        "from the calendar",
        "out of my calendar",
        "in my calendar",
    ]);
    let removes = !c.eat_any(&["cancel", "call off"]);
    if removes {
        c.need(&["delete", "remove", "take"])?;
    }
    c.eat_any(&["only", "just"]);
    let mut named = c.eat_any(EVENT);
    let event = c.value_until(&[])?;
    // "This week's standup" and "Thursday's meeting" are named by their time.
    let first = event.to_string().to_lowercase();
    let owner = first.split_once("'s ").or_else(|| first.split_once("’s "));
    named |= !removes && owner.is_some_and(|(owner, _)| says_time(owner));
    // What else could be deleted or removed is a mail; "my dentist appointment" is none.
    let says = event.to_string().to_lowercase();
    let is_event = ["appointment", "meeting", "event", "call"]
        .iter()
        .any(|word| says.ends_with(word));
    if (removes && !placed && !is_event) || !(named || placed) {
        return None;
    }
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
        "show my free slots",
        "show me my free slots",
        "list my free slots",
        "which slots are free",
        "what slots are free",
        "what free time do i have",
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
            Ok(Sentence::AddEvent {
                title, at, length, ..
            }) => format!("add {title} {at} {}", length.is_some()),
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
                EventDeed::Put {
                    title,
                    when,
                    length,
                    whole,
                } => format!("put {title} | {when} | {} {whole}", length.is_some()),
                EventDeed::Resize { event, how, length } => {
                    format!(
                        "resize {event} {how:?} {} x{}",
                        length.amount, length.unit_minutes
                    )
                }
                EventDeed::Invite { event, guests, .. } => {
                    format!("invite {} to {event}", guests.len())
                }
                EventDeed::Tell { event } => format!(
                    "tell {}",
                    event.map_or_else(|| "next".to_owned(), |event| event.to_string())
                ),
            },
            Ok(other) => format!("other {other:?}"),
            Err(unknown) => unknown.to_string(),
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a flat table")]
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
            (
                "delete my dentist appointment",
                "cancel dentist appointment",
            ),
            ("remove the dentist from my calendar", "cancel dentist"),
            (
                "set up a 30 minute call with guest@example.org next week",
                "meet guest@example.org next week false",
            ),
            (
                "schedule a meeting with guest@example.org for tomorrow afternoon",
                "meet guest@example.org for tomorrow afternoon false",
            ),
            (
                "invite guest@example.org to a one hour meeting on Thursday at 15:00",
                "meet guest@example.org on Thursday at 15:00 false",
            ),
            (
                "I need an hour with guest@example.org next week",
                "meet guest@example.org next week false",
            ),
            (
                "arrange a meeting of 20 minutes with a@x.org, b@x.org and c@x.org on 3 March",
                "meet a@x.org+b@x.org+c@x.org on 3 March false",
            ),
            (
                "can you find half an hour with guest@example.org next week, not on Friday, and invite them?",
                "meet guest@example.org next week, not on Friday true",
            ),
            (
                "put lunch with Mum on Saturday at 13:00 in my calendar",
                "put lunch with Mum | on Saturday at 13:00 | false false",
            ),
            (
                "add the dentist to my calendar tomorrow at 9:30 for 45 minutes",
                "put dentist | tomorrow at 9:30 | true false",
            ),
            (
                "postpone the dentist by a week",
                "move dentist later 1 weeks false",
            ),
            (
                "push my dentist appointment back one hour",
                "move dentist appointment later 1 hours false",
            ),
            (
                "move the review by two days later",
                "move review later 2 days false",
            ),
            (
                "move the party for Ann to Friday",
                "move party for Ann Friday false",
            ),
            (
                "move my one on one to 3 March",
                "move one on one 3 March false",
            ),
            (
                "reschedule dentist for next Monday morning",
                "move dentist next Monday morning false",
            ),
            ("say yes to the invitation from Dana", "Accepted Dana false"),
            ("reply no to Dana's invitation", "Declined Dana false"),
            (
                "show me my free slots on Friday afternoon",
                "free Friday afternoon",
            ),
            ("call off my appointment at Riverbank", "cancel Riverbank"),
            ("call off Thursday's meeting", "cancel Thursday's meeting"),
            (
                "cancel only this week's standup",
                "cancel this week's standup",
            ),
            (
                "move the review by two days",
                "move review unsaid 2 days false",
            ),
            (
                "push my 15:00 meeting by half an hour",
                "move 15:00 meeting later 30 minutes false",
            ),
            (
                "move the dentist an hour earlier",
                "move dentist earlier 1 hours false",
            ),
            (
                "bring the dentist forward by two hours",
                "move dentist earlier 2 hours false",
            ),
            (
                "block two hours for writing on Friday morning",
                "meet  on Friday morning false",
            ),
            ("block two hours for writing", "meet   false"),
            (
                "block an hour on Friday for the report",
                "meet  on Friday false",
            ),
            (
                "create an event \"Yoga\" tomorrow from 18:00 to 19:30",
                "put Yoga | tomorrow from 18:00 to 19:30 | false false",
            ),
            (
                "schedule the dentist on 14 December at 9:30 for 45 minutes",
                "put dentist | on 14 December at 9:30 | true false",
            ),
            (
                "add a call to the bank on Monday at 9:00 to my calendar",
                "put call to the bank | on Monday at 9:00 | false false",
            ),
            (
                "add team sync every Monday at 9:00 to my calendar",
                "put team sync | every Monday at 9:00 | false false",
            ),
            (
                "add choir on Mondays at 19:00 to my calendar",
                "put choir | on Mondays at 19:00 | false false",
            ),
            (
                "book lunch with Ana for Friday at noon",
                "put lunch with Ana | for Friday at noon | false false",
            ),
            (
                "holiday from 3 to 7 March",
                "put holiday | from 3 to 7 March | false true",
            ),
            (
                "put holiday from 3 to 7 March in my calendar",
                "put holiday | from 3 to 7 March | false false",
            ),
            (
                "add my mother's birthday on 9 May as an all-day event",
                "put mother's birthday | on 9 May | false true",
            ),
            (
                "make the review half an hour longer",
                "resize review Longer 30 x1",
            ),
            ("shorten the review to 30 minutes", "resize review To 30 x1"),
            (
                "extend the dentist by 15 minutes",
                "resize dentist Longer 15 x1",
            ),
            ("invite ana@example.org to the review", "invite 1 to review"),
            ("what's my next meeting?", "tell next"),
            ("when is my dentist?", "tell dentist"),
            ("who is coming to the review?", "tell review"),
            (
                "what's on tomorrow?",
                "other Agenda(Value([Text(\"tomorrow\")]))",
            ),
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
            "add a note to the basket",
            "put \"5\" in the field \"Amount\"",
            "delete the mail from Ada",
            "remove the dentist",
            "push the button \"Next\"",
            "invite Dana to lunch",
            "book a room on https://example.org",
            "click \"Cancel\"",
            "cancel subscription",
            "book a table for two on Friday at 19:00",
            "add the blue shirt to the basket",
            "make the font larger",
            "extend my session",
            "what's on the page",
            "create an account on https://example.org",
        ] {
            let kind = kind(text);
            let is_event = [
                "meet", "move", "Accepted", "cancel", "free", "add", "put", "resize", "invite",
                "tell",
            ]
            .iter()
            .any(|word| kind.starts_with(word));
            assert!(!is_event, "{text}: {kind}");
        }
    }
}
