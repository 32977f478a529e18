//! Sentences about forms and bookings: working through, answering, confirming.

use super::cursor::Cursor;
use super::looking::name;
use super::sentence::{Length, Sentence};
use super::value::Value;

pub(super) fn confirm(c: &mut Cursor) -> Option<Sentence> {
    let verb = c.eat_any(&[
        "confirm", "submit", "complete", "finish", "finalise", "finalize", "make", "send off",
    ]);
    let bare = verb && c.at_end();
    c.eat_any(&["the", "my", "it"]);
    let noun = c.eat_any(&[
        "booking form",
        "booking",
        "appointment",
        "reservation",
        "order",
        "form",
        "registration",
        "application",
        "request",
        "purchase",
    ]);
    (bare || (verb && (noun || c.at_end()))).then_some(Sentence::Confirm)
}

/// Takes "agreeing to the terms" and the like off the end.
fn agreeing(c: &mut Cursor) -> bool {
    c.cut_tail(&[
        "agreeing to the terms and conditions",
        "agreeing to the terms",
        "agreeing to terms",
        "and agree to the terms and conditions",
        "and agree to the terms",
        "and accept the terms",
        "accepting the terms and conditions",
        "accepting the terms",
        "and agree to its terms",
        "agreeing to its terms",
    ])
}

pub(super) fn answer_form(c: &mut Cursor) -> Option<Sentence> {
    let agree = agreeing(c);
    c.need(&["answer", "fill in", "fill out", "complete", "fill"])?;
    c.need(&[
        "the form",
        "the whole form",
        "this form",
        "my details",
        "form",
    ])?;
    c.eat_any(&[
        "with my own details",
        "with my details",
        "with my data",
        "for me",
        "with my information",
    ]);
    Some(Sentence::AnswerForm { agree })
}

pub(super) fn work_through(c: &mut Cursor) -> Option<Sentence> {
    let agree = agreeing(c);
    c.need(&[
        "work through",
        "go through",
        "work your way through",
        "step through",
    ])?;
    c.need(&[
        "the booking form",
        "the booking",
        "the form",
        "the steps",
        "the reservation",
    ])?;
    let mut reason = None;
    if c.eat("for") {
        reason = Some(c.value_until(&[
            "as",
            "picking a time",
            "picking a date and time",
            "at a time",
            "with a time",
        ])?);
    }
    c.comma();
    let request = c.attempt(|c| {
        let name = c.name_after(&["as"])?;
        c.need(&["asks", "asked", "says"])?;
        Some(name)
    });
    c.comma();
    let pick = c.attempt(picked);
    let (when, length) = pick.unwrap_or_default();
    let name = name(c).unwrap_or_else(|| "slot".to_owned());
    Some(Sentence::WorkThrough {
        reason,
        request,
        when,
        length,
        name,
        agree,
    })
}

/// Reads "at a time WHEN that suits my calendar for N minutes".
fn picked(c: &mut Cursor) -> Option<(Option<Value>, Option<Length>)> {
    c.need(&[
        "picking a date and time",
        "picking a time",
        "at a time",
        "with a time",
        "at a date and time",
    ])?;
    suits(c)
}

const SUITS: &[&str] = &[
    "that suits my calendar",
    "that fits my calendar",
    "that suits me",
    "that fits me",
    "when i am free",
    "when i'm free",
    "that works for me",
    "that works with my calendar",
    "that fits into my calendar",
    "which suits my calendar",
    "i am free",
    "where i am free",
];

/// Reads "WHEN that suits my calendar for N minutes", the span left out or not.
pub(super) fn suits(c: &mut Cursor) -> Option<(Option<Value>, Option<Length>)> {
    let when = c.attempt(|c| c.words_until(SUITS));
    c.need(SUITS)?;
    let length = c.attempt(|c| {
        c.need(&["for", "of", "lasting"])?;
        length(c)
    });
    Some((when, length))
}

/// Reads "30 minutes", "an hour", "{minutes} minutes".
pub(super) fn length(c: &mut Cursor) -> Option<Length> {
    if c.eat_any(&["half an hour", "half hour", "a half hour"]) {
        return Some(Length {
            amount: Value::literal("30"),
            unit_minutes: 1,
        });
    }
    let amount = if c.eat_any(&["an", "a"]) {
        Value::literal("1")
    } else if let Some(value) = c.literal() {
        value
    } else {
        Value::literal(&c.attempt(Cursor::number)?.to_string())
    };
    let unit_minutes = if c.eat_any(&["minutes", "minute", "mins", "min"]) {
        1
    } else {
        c.need(&["hours", "hour", "hrs", "hr", "h"])?;
        60
    };
    Some(Length {
        amount,
        unit_minutes,
    })
}
