//! Sentences that write into the calendar, change how long things take, and ask about what is there.

use super::booking::length;
use super::cursor::Cursor;
use super::events::{EVENT, TELL, guests, says_time};
use super::sentence::{EventDeed, Length, Resize, Sentence};
use super::value::{Part, Value};

type Reader = fn(&mut Cursor) -> Option<Sentence>;

/// Readers, the most particular first.
pub(super) const READERS: &[Reader] = &[
    block, meal, away, resize, bring, invite_to, next, tell, whats_on,
];

const CALENDAR: &[&str] = &[
    "in my calendar",
    "into my calendar",
    "to my calendar",
    "on my calendar",
    "in the calendar",
    "into the calendar",
    "to the calendar",
];
const WHOLE: &[&str] = &[
    "as an all-day event",
    "as an all day event",
    "as all-day event",
    "as a whole day",
    "all day",
    "all-day",
    "the whole day",
];
/// What people eat with each other; whoever books it writes it down, for a table they say so.
const MEALS: &[&str] = &["lunch", "dinner", "breakfast", "brunch", "coffee", "drinks"];
/// What one is away for, for whole days.
const AWAY: &[&str] = &[
    "holiday",
    "holidays",
    "vacation",
    "annual leave",
    "out of office",
    "day off",
    "days off",
    "time off",
];

/// What is said besides title and time, taken off the end in any order.
#[derive(Default)]
struct Tail {
    is_placed: bool,
    is_whole: bool,
    length: Option<Length>,
}

fn tail(c: &mut Cursor) -> Tail {
    let mut out = Tail::default();
    loop {
        let placed = c.cut_tail(CALENDAR);
        let whole = c.cut_tail(WHOLE);
        let length = if out.length.is_none() {
            lasting(c)
        } else {
            None
        };
        if !placed && !whole && length.is_none() {
            return out;
        }
        out.is_placed |= placed;
        out.is_whole |= whole;
        out.length = out.length.or(length);
    }
}

/// Takes "for 45 minutes" off the end.
fn lasting(c: &mut Cursor) -> Option<Length> {
    let mut front = c.clone();
    let mut tail = front.tail_after(&["for", "lasting"])?;
    let length = length(&mut tail)?;
    tail.at_end().then(|| {
        *c = front;
        length
    })
}

/// Says whether a time begins here, with or without a word before it.
fn at_time(c: &Cursor) -> bool {
    let mut c = c.clone();
    if c.eat_any(&["every", "each", "daily", "weekly"]) {
        return true;
    }
    c.eat_any(&[
        "on", "at", "from", "for", "in", "between", "by", "before", "after",
    ]);
    if c.clone().attempt(length).is_some() {
        return false;
    }
    c.eat_any(&["this", "next", "the", "coming"]);
    c.word()
        .is_some_and(|word| says_time(word) || word == "midday")
}

/// Takes a title, and leaves what says when.
fn title(c: &mut Cursor) -> Option<Value> {
    if let Some(quoted) = c.attempt(|c| c.literal().filter(|_| at_time(c))) {
        return Some(quoted);
    }
    let mut before = c.split(&|c| at_time(c) || c.clone().eat_any(CALENDAR))?;
    let title = before.value_until(&[])?;
    (before.at_end() && !title.to_string().contains('@')).then_some(title)
}

fn put(c: &mut Cursor, title: Value, tail: Tail) -> Option<Sentence> {
    // Whoever has an address is invited, which is another sentence.
    let when = c
        .words_until(&[])
        .filter(|when| !when.to_string().contains('@'))?;
    Some(Sentence::Event(EventDeed::Put {
        title,
        when,
        length: tail.length,
        whole: tail.is_whole,
    }))
}

/// Reads "put lunch with Mum on Saturday at 13:00 in my calendar", "create an event "Yoga" tomorrow
/// from 18:00 to 19:30", "schedule the dentist on 14 December at 9:30 for 45 minutes".
pub(super) fn create(c: &mut Cursor) -> Option<Sentence> {
    let tail = tail(c);
    let schedules = c.eat("schedule");
    if !schedules {
        c.need(&["create", "add", "put", "enter", "write", "note", "make"])?;
    }
    let mut is_placed = tail.is_placed || c.eat_any(CALENDAR);
    c.articles();
    let is_named = c.eat_any(&[
        "calendar event called",
        "calendar event",
        "event called",
        "event",
        "appointment called",
        "calendar entry",
        "entry called",
    ]);
    c.comma();
    let title = title(c)?;
    is_placed |= c.eat_any(CALENDAR);
    if !(is_placed || is_named || schedules || tail.is_whole) {
        return None;
    }
    put(c, title, tail)
}

/// Reads "book lunch with Ana for Friday at noon".
fn meal(c: &mut Cursor) -> Option<Sentence> {
    let tail = tail(c);
    c.need(&["book", "plan", "arrange"])?;
    c.articles();
    let is_meal = c.word().is_some_and(|word| MEALS.contains(&word));
    let title = title(c).filter(|title| is_meal && title.to_string().contains(" with "))?;
    put(c, title, tail)
}

/// Reads "holiday from 3 to 7 March".
fn away(c: &mut Cursor) -> Option<Sentence> {
    let mut tail = tail(c);
    c.eat_any(&["book", "i am on", "i'm on", "i take", "i will be on"]);
    c.articles();
    let named = AWAY.iter().find(|word| c.eat(word))?;
    at_time(c).then_some(())?;
    tail.is_whole = true;
    put(c, Value::literal(named), tail)
}

/// Reads "block two hours for writing on Friday morning".
fn block(c: &mut Cursor) -> Option<Sentence> {
    c.cut_tail(CALENDAR);
    c.need(&[
        "block out",
        "block off",
        "block",
        "set aside",
        "keep",
        "reserve",
    ])?;
    let length = length(c)?;
    c.eat_any(CALENDAR);
    // The time may stand before what it is for.
    let early = c.attempt(|c| {
        at_time(c).then_some(())?;
        c.words_until(&["for", "to"])
    });
    c.need(&["for", "to"])?;
    let (title, when) = match c.attempt(title) {
        Some(title) if early.is_none() => (title, c.words_until(&[])),
        Some(_) => return None,
        None => (c.value_until(&[])?, early),
    };
    Some(Sentence::Event(EventDeed::Meet {
        length,
        guests: Vec::new(),
        when,
        title: Some(title),
        send: false,
    }))
}

/// Reads "make the review half an hour longer", "shorten the review to 30 minutes".
fn resize(c: &mut Cursor) -> Option<Sentence> {
    let (longer, shorter) = (c.cut_tail(&["longer"]), c.cut_tail(&["shorter"]));
    let how = if longer != shorter {
        c.need(&["make"])?;
        if longer {
            Resize::Longer
        } else {
            Resize::Shorter
        }
    } else if c.eat_any(&["extend", "lengthen", "prolong"]) {
        Resize::Longer
    } else {
        c.need(&["shorten", "cut"])?;
        Resize::Shorter
    };
    c.eat_any(EVENT);
    let whole = |c: &mut Cursor| {
        let mut c = c.clone();
        c.eat_any(&["by", "to", "down to"]);
        length(&mut c).is_some() && c.at_end()
    };
    let event = c.split(&|c| whole(c))?.value_until(&[])?;
    let by = c.eat("by");
    let to = !by && c.eat_any(&["to", "down to"]);
    // "Extend it 15 minutes" is by that much, "shorten it 15 minutes" as well.
    let how = if to { Resize::To } else { how };
    let length = length(c)?;
    Some(Sentence::Event(EventDeed::Resize { event, how, length }))
}

/// Reads "bring the dentist forward by an hour".
fn bring(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["bring"])?;
    c.eat_any(EVENT);
    let event = c.value_until(&["forward"])?;
    c.need(&["forward"])?;
    c.eat("by");
    let by = super::events::amount(c)?;
    Some(Sentence::Event(EventDeed::Move {
        event,
        to: Some(Value::literal(&format!("earlier {by}"))),
        quiet: false,
    }))
}

/// Reads "invite ana@example.org to the review".
fn invite_to(c: &mut Cursor) -> Option<Sentence> {
    let send = c.cut_tail(TELL);
    c.need(&["invite", "add"])?;
    let guests = guests(c)?;
    c.need(&["to"])?;
    c.eat_any(EVENT);
    let event = c.value_until(&[])?;
    Some(Sentence::Event(EventDeed::Invite {
        event,
        guests,
        send,
    }))
}

/// Reads "what's my next meeting?".
fn next(c: &mut Cursor) -> Option<Sentence> {
    if c.eat_any(&["what's next", "what is next"]) {
        c.eat_any(CALENDAR);
        c.comma();
        return Some(Sentence::Event(EventDeed::Tell { event: None }));
    }
    c.need(&[
        "what's my next",
        "what is my next",
        "when is my next",
        "when's my next",
        "show my next",
        "what is the next",
        "what's the next",
    ])?;
    c.need(&["meeting", "appointment", "event", "call"])?;
    c.comma();
    Some(Sentence::Event(EventDeed::Tell { event: None }))
}

/// Reads "when is my dentist?", "how long is the review?", "who is coming to the review?".
fn tell(c: &mut Cursor) -> Option<Sentence> {
    c.need(&[
        "when is",
        "when's",
        "where is",
        "where's",
        "what time is",
        "at what time is",
        "how long is",
        "how long does",
        "who is coming to",
        "who comes to",
        "who is invited to",
        "who is in",
    ])?;
    c.need(EVENT)?;
    c.cut_tail(&["take", "last"]);
    let event = c.value_until(&[])?;
    c.comma();
    let is_plain = event.0.iter().all(|part| matches!(part, Part::Text(_)));
    is_plain.then_some(Sentence::Event(EventDeed::Tell { event: Some(event) }))
}

/// Reads "what's on tomorrow?", "when am I busy on Thursday?".
fn whats_on(c: &mut Cursor) -> Option<Sentence> {
    c.need(&[
        "what's on",
        "what is on",
        "what's up",
        "what's happening",
        "what is happening",
        "what's planned",
        "what is planned",
        "when am i busy",
        "when i am busy",
        "am i busy",
    ])?;
    c.eat_any(&["for", "on", "in"]);
    let when = c.words_until(&[])?;
    c.comma();
    says_time(&when.to_string()).then_some(Sentence::Agenda(when))
}
