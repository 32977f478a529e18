//! Sentences about mail and the calendar.

use crate::action::Flag;

use super::booking::{length, suits};
use super::cursor::Cursor;
use super::letters::FROM;
use super::looking::name;
use super::sentence::{Presence, Sentence};
use super::value::{Part, Value};
use super::{chores, leaving, letters};

type Reader = fn(&mut Cursor) -> Option<Sentence>;

/// Readers, the most particular first.
pub(super) const READERS: &[Reader] = &[
    triage,
    wait_mail,
    thread,
    find_mail,
    read_mail,
    leaving::unsubscribe,
    letters::reply,
    letters::forward,
    letters::write,
    letters::send_draft,
    move_mail,
    archive_mail,
    flag_mail,
    chores::archive,
    chores::trash,
    chores::snooze,
    chores::relocate,
    chores::flag,
    chores::undo,
    pick_time,
    find_slot,
    add_event,
    agenda,
    send,
];

/// How long a mail is waited for when the sentence does not say, in seconds.
const MAIL_WAIT_S: u32 = 60;
/// Longest wait for a mail that a sentence can ask for, in seconds.
const MAIL_WAIT_S_MAX: u32 = 600;

const MAIL: &[&str] = &[
    "the latest mail",
    "the latest email",
    "the newest mail",
    "the newest email",
    "the last mail",
    "the last email",
    "the mail",
    "the email",
    "the e-mail",
    "the message",
    "a mail",
    "an email",
    "an e-mail",
    "a message",
    "my mail",
    "my email",
    "mail",
    "email",
    "e-mail",
    "message",
    "the confirmation mail",
    "the confirmation email",
    "a confirmation mail",
    "a confirmation email",
    "the request mail",
    "a reply",
    "an answer",
];
const ABOUT: &[&str] = &[
    "about the",
    "about",
    "with the subject",
    "with subject",
    "on the",
    "regarding the",
    "regarding",
    "concerning",
    "that asks for an",
    "that asks for a",
    "that asks for",
    "asking for an",
    "asking for a",
    "asking for",
    "titled",
    "that says",
    "that mentions",
    "mentioning",
];
const ENDS: &[&str] = &[
    "about",
    "with the subject",
    "with subject",
    "on the",
    "regarding",
    "concerning",
    "that asks for",
    "asking for",
    "titled",
    "that says",
    "that mentions",
    "mentioning",
    "as",
    "and call it",
];

fn triage(c: &mut Cursor) -> Option<Sentence> {
    c.need(&[
        "triage",
        "sort through",
        "sort out",
        "sort",
        "clean up",
        "tidy up",
        "tidy",
        "organise",
        "organize",
        "process",
        "go through",
        "clear out",
    ])?;
    c.articles();
    c.need(&["inbox", "mailbox", "mails", "mail", "emails", "email"])?;
    Some(Sentence::Triage)
}

type Said = (Option<Value>, Option<Value>);

/// Reads "from X about Y", either left out, in either order.
fn from_about(c: &mut Cursor) -> Option<Said> {
    let mut from = None;
    let mut about = None;
    for _ in 0..2 {
        if from.is_none() && c.eat_any(FROM) {
            from = Some(chores::one_thing(c, ENDS)?);
        } else if about.is_none() && c.eat_any(ABOUT) {
            let ends = &["from", "sent by", "as", "and call it"];
            about = Some(chores::one_thing(c, ends)?);
        }
    }
    (from.is_some() || about.is_some()).then_some((from, about))
}

fn find_mail(c: &mut Cursor) -> Option<Sentence> {
    c.need(&[
        "find",
        "look for",
        "search for",
        "look up",
        "get",
        "open",
        "read",
        "find and read",
        "check for",
        "search",
        "show me",
        "show",
        "fetch",
    ])?;
    c.need(MAIL)?;
    let (from, about) = from_about(c)?;
    let name = name(c).unwrap_or_else(|| "mail".to_owned());
    Some(Sentence::FindMail { from, about, name })
}

/// Reads "show the thread of the mail".
fn thread(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["show me", "show", "list", "read", "open", "find"])?;
    c.eat_any(&["the whole", "the", "its"]);
    c.need(&["thread", "conversation"])?;
    if !c.at_end() {
        c.need(&["of", "with", "around"])?;
        return Some(Sentence::ShowThread(mail_name(c)?));
    }
    Some(Sentence::ShowThread("mail".to_owned()))
}

/// Reads "read the mail": the newest of the inbox, when nothing more is said.
fn read_mail(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["read", "open", "show me", "show", "find"])?;
    c.need(&[
        "the latest mail",
        "the latest email",
        "the newest mail",
        "the newest email",
        "the last mail",
        "the last email",
        "my latest mail",
        "my newest mail",
        "my latest email",
    ])?;
    let name = name(c).unwrap_or_else(|| "mail".to_owned());
    Some(Sentence::FindMail {
        from: None,
        about: None,
        name,
    })
}

fn wait_mail(c: &mut Cursor) -> Option<Sentence> {
    let presence = if c.cut_tail(&["if it comes", "if one comes", "if any", "if there is one"]) {
        Presence::IfPresent
    } else {
        Presence::Must
    };
    c.need(&["wait"])?;
    let mut limit_s = MAIL_WAIT_S;
    if c.eat_any(&["up to", "at most", "for up to"]) {
        let amount = c.number()?;
        let unit = if c.eat_any(&["seconds", "second", "s"]) {
            1
        } else {
            c.need(&["minutes", "minute", "min"])?;
            60
        };
        limit_s = amount.saturating_mul(unit).min(MAIL_WAIT_S_MAX);
    }
    c.need(&["for", "until"])?;
    c.need(MAIL)?;
    let (from, about) = from_about(c).unwrap_or_default();
    c.eat_any(&["arrives", "comes", "to arrive", "to come"]);
    let name = name(c).unwrap_or_else(|| "mail".to_owned());
    Some(Sentence::WaitMail {
        from,
        about,
        name,
        limit_s,
        presence,
    })
}

fn send(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["send"])?;
    c.eat_any(&["the", "it", "my"]);
    if c.at_end() {
        return Some(Sentence::Send(String::new()));
    }
    if c.eat_any(&["draft", "mail", "email"]) && c.at_end() {
        return Some(Sentence::Send(String::new()));
    }
    let value = match c.attempt(Cursor::literal) {
        Some(value) => value.names().next().map(|(name, _)| name.to_owned())?,
        None => c.raw()?.to_lowercase(),
    };
    Some(Sentence::Send(value))
}

fn move_mail(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["move", "file", "put"])?;
    let mail = mail_name(c)?;
    c.need(&[
        "to the mailbox",
        "to the folder",
        "into the folder",
        "into the mailbox",
        "to",
        "into",
        "in",
    ])?;
    c.eat("the");
    let mailbox = c.value_until(&["folder", "mailbox"])?;
    c.eat_any(&["folder", "mailbox"]);
    Some(Sentence::MoveMail(mail, mailbox))
}

/// Reads a mail that must be called one, or be named in braces.
fn mail_name(c: &mut Cursor) -> Option<String> {
    if let Some(value) = c.attempt(Cursor::literal) {
        return value.names().next().map(|(name, _)| name.to_owned());
    }
    c.eat_any(&["the", "that", "this"]);
    c.need(&["mail", "email", "message", "it"])?;
    let known = c.attempt(Cursor::literal);
    let named = known
        .as_ref()
        .and_then(|v| v.names().next().map(|(name, _)| name.to_owned()));
    Some(named.unwrap_or_else(|| "mail".to_owned()))
}

fn archive_mail(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["archive", "file away"])?;
    let mail = mail_name(c)?;
    Some(Sentence::MoveMail(mail, Value::literal("Archive")))
}

fn flag_mail(c: &mut Cursor) -> Option<Sentence> {
    let (flag, on) = if c.eat_any(&["unflag", "unstar"]) {
        (Flag::Flagged, false)
    } else if c.eat_any(&["flag", "star"]) {
        (Flag::Flagged, true)
    } else {
        c.need(&["mark"])?;
        let mail = mail_name(c)?;
        c.need(&["as"])?;
        let (flag, on) = if c.eat_any(&["read", "seen"]) {
            (Flag::Seen, true)
        } else if c.eat_any(&["unread", "unseen"]) {
            (Flag::Seen, false)
        } else {
            c.need(&["important", "flagged"])?;
            (Flag::Flagged, true)
        };
        return Some(Sentence::FlagMail { mail, flag, on });
    };
    Some(Sentence::FlagMail {
        mail: mail_name(c)?,
        flag,
        on,
    })
}

fn find_slot(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["find", "look for", "get", "search for"])?;
    c.need(&[
        "a free slot",
        "free slot",
        "a free time",
        "a slot",
        "free time",
        "time",
        "a time",
    ])?;
    c.need(&["of", "for", "lasting"])?;
    let length = length(c)?;
    let when = c.attempt(|c| c.words_until(&["as", "in my calendar", "and call it"]));
    c.eat("in my calendar");
    let name = name(c).unwrap_or_else(|| "slot".to_owned());
    Some(Sentence::FindSlot { length, when, name })
}

fn pick_time(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["pick", "choose", "select", "take"])?;
    c.need(&[
        "a date and time",
        "a day and time",
        "a time",
        "a slot",
        "an appointment",
        "a date and a time",
        "a date",
    ])?;
    let (when, length) = suits(c)?;
    let name = name(c).unwrap_or_else(|| "slot".to_owned());
    Some(Sentence::PickTime { when, length, name })
}

fn add_event(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["add", "create", "put", "enter", "write"])?;
    c.need(&[
        "an event",
        "the event",
        "event",
        "a calendar event",
        "an appointment",
        "an entry",
    ])?;
    c.comma();
    let title = c.literal()?;
    c.eat_any(&["to my calendar", "in my calendar", "into my calendar"]);
    c.need(&["at", "on", "for"])?;
    let mut at = c.value_until(&["for", "in", "at"])?;
    // "on Friday at 10:00": an "at" before a clock time belongs to the time, not to a place.
    if let Some(clock) = c.attempt(clock) {
        at.0.push(Part::Text(" at ".to_owned()));
        at.0.extend(clock.0);
        at = at.joined();
    }
    let length = c.attempt(|c| {
        c.need(&["for", "lasting"])?;
        length(c)
    });
    let location = c.attempt(|c| {
        c.need(&["in the", "in", "at the", "at"])?;
        c.value_until(&["to my calendar"])
    });
    c.eat_any(&["to my calendar", "in my calendar"]);
    Some(Sentence::AddEvent {
        title,
        at,
        length,
        location,
    })
}

/// Reads "at 10:00", "at 3 pm", "at noon".
fn clock(c: &mut Cursor) -> Option<Value> {
    c.need(&["at"])?;
    let word = c.word()?;
    let is_clock = word.starts_with(|c: char| c.is_ascii_digit())
        || ["noon", "midday", "midnight", "half", "quarter"].contains(&word);
    is_clock.then_some(())?;
    c.value_until(&["for", "in", "at", "lasting", "to my calendar"])
}

fn agenda(c: &mut Cursor) -> Option<Sentence> {
    c.need(&[
        "show my agenda",
        "show my calendar",
        "show me my calendar",
        "what is on my calendar",
        "what's on my calendar",
        "list my events",
        "list my appointments",
        "show the agenda",
        "show my events",
        "what do i have",
        "do i have anything",
        "do i have any meetings",
        "do i have meetings",
        "what meetings do i have",
        "which meetings do i have",
        "what appointments do i have",
        "show me my agenda",
    ])?;
    c.eat_any(&["for", "of", "on"]);
    let when = c
        .words_until(&[])
        .unwrap_or_else(|| Value::literal("today"));
    Some(Sentence::Agenda(when))
}
