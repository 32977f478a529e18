//! Sentences that do one thing with all mails that are as said, and "undo".
//!
//! "the mail from Callum" is one, the newest that fits; "mails from Callum" are all of them.

use crate::action::Flag;

use super::cursor::Cursor;
use super::letters::{ABOUT, FROM, MAIL};
use super::sentence::{Chore, MailSort, Sentence, Which};
use super::value::Value;

const MANY: &[&str] = &[
    "mails",
    "emails",
    "e-mails",
    "messages",
    "everything",
    "mail",
    "email",
];
const SORTS: &[(&str, MailSort)] = &[
    ("newsletters", MailSort::Newsletter),
    ("newsletter mails", MailSort::Newsletter),
    ("notifications", MailSort::Notification),
    ("mailing lists", MailSort::List),
    ("mailing list mails", MailSort::List),
    ("list mails", MailSort::List),
    ("receipts", MailSort::Receipt),
    ("invoices", MailSort::Invoice),
    ("bills", MailSort::Invoice),
    ("shipping mails", MailSort::Shipping),
    ("shipping notices", MailSort::Shipping),
    ("invitations", MailSort::Invitation),
    ("codes", MailSort::Code),
    ("automatic replies", MailSort::AutoReply),
    ("auto-replies", MailSort::AutoReply),
    ("out of office replies", MailSort::AutoReply),
    ("suspicious mails", MailSort::Suspicious),
    ("junk mails", MailSort::Suspicious),
    ("junk", MailSort::Suspicious),
    ("spam", MailSort::Suspicious),
];
/// Words that begin another thing to do: "from Callum and flag ..." is two sentences.
const VERBS: &[&str] = &[
    "archive",
    "move",
    "file",
    "put",
    "flag",
    "unflag",
    "star",
    "unstar",
    "mark",
    "label",
    "snooze",
    "postpone",
    "delete",
    "trash",
    "bin",
    "reply",
    "answer",
    "draft",
    "send",
    "find",
    "read",
    "open",
    "go",
    "click",
    "wait",
    "save",
    "add",
    "show",
    "triage",
    "undo",
    "respond",
    "forward",
    "pass",
    "write",
    "tell",
    "unsubscribe",
];

pub(super) fn archive(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["archive", "file away"])?;
    done(Chore::Move(Value::literal("Archive")), c)
}

pub(super) fn trash(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["trash", "delete", "bin", "throw away", "throw out"])?;
    done(Chore::Move(Value::literal("Trash")), c)
}

pub(super) fn relocate(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["move", "file", "put"])?;
    let mut to = c.tail_after(&[
        "to the mailbox",
        "to the folder",
        "into the folder",
        "into the mailbox",
        "to the",
        "into the",
        "to",
        "into",
        "under",
    ])?;
    let mailbox = to.value_until(&["folder", "mailbox"])?;
    to.eat_any(&["folder", "mailbox"]);
    to.at_end().then_some(())?;
    done(Chore::Move(mailbox), c)
}

pub(super) fn flag(c: &mut Cursor) -> Option<Sentence> {
    if c.eat_any(&["unflag", "unstar"]) {
        return done(Chore::Flag(Flag::Flagged, false), c);
    }
    if c.eat_any(&["flag", "star"]) {
        return done(Chore::Flag(Flag::Flagged, true), c);
    }
    if c.eat_any(&["label", "tag"]) {
        let mut label = c.tail_after(&["as", "with"])?;
        let keyword = label.value_until(&[])?.as_literal()?.to_owned();
        return done(Chore::Flag(Flag::Keyword(keyword), true), c);
    }
    c.need(&["mark"])?;
    let mut state = c.tail_after(&["as"])?;
    let (flag, on) = if state.eat_any(&["read", "seen"]) {
        (Flag::Seen, true)
    } else if state.eat_any(&["unread", "unseen"]) {
        (Flag::Seen, false)
    } else {
        state.need(&["important", "flagged", "starred"])?;
        (Flag::Flagged, true)
    };
    state.at_end().then_some(())?;
    done(Chore::Flag(flag, on), c)
}

pub(super) fn snooze(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["snooze", "put off", "postpone"])?;
    let mut until = c.tail_after(&["until", "till", "to"])?;
    let when = until.value_until(&[])?;
    done(Chore::Snooze(when), c)
}

fn done(chore: Chore, c: &mut Cursor) -> Option<Sentence> {
    let which = which(c)?;
    c.at_end().then_some(Sentence::Mails { chore, which })
}

/// Reads which mails; without a sender, a subject or a sort, one found before is meant, which is
/// another sentence.
fn which(c: &mut Cursor) -> Option<Which> {
    let all = c.eat_any(&["all of the", "all the", "all my", "all", "every", "any"]);
    let the = !all && c.eat_any(&["the", "my"]);
    let sort = SORTS
        .iter()
        .find_map(|(word, sort)| c.eat(word).then_some(*sort));
    let many = sort.is_some() || c.eat_any(MANY.get(..5).unwrap_or_default()) || all;
    if sort.is_none() {
        let noun = if all {
            c.eat_any(MANY) || many
        } else if many {
            true
        } else if the {
            c.eat_any(&["latest", "newest", "last"]);
            c.eat_any(MAIL) || c.eat("thread")
        } else {
            c.eat_any(MAIL) || c.eat("thread")
        };
        noun.then_some(())?;
    }
    c.eat_any(&["in my inbox", "in the inbox", "of my inbox"]);
    let (mut from, mut about) = (None, None);
    for _ in 0..2 {
        if from.is_none() && c.eat_any(FROM) {
            from = Some(one_thing(c, ABOUT)?);
        } else if about.is_none() && c.eat_any(ABOUT) {
            about = Some(one_thing(c, FROM.get(..2).unwrap_or_default())?);
        }
    }
    let said = from.is_some() || about.is_some() || sort.is_some();
    said.then_some(Which {
        from,
        about,
        sort,
        many,
    })
}

/// Reads words that say one thing: none when another thing to do is joined to them.
pub(super) fn one_thing(c: &mut Cursor, stops: &[&str]) -> Option<Value> {
    let quoted = c.attempt(|c| {
        let value = c.literal()?;
        (c.at_end() || stops.iter().any(|stop| c.clone().eat(stop))).then_some(value)
    });
    if quoted.is_some() {
        return quoted;
    }
    let value = c.wording_until(stops)?;
    let text = value.to_string().to_lowercase().replace(',', " and ");
    let words: Vec<&str> = text.split(' ').filter(|w| !w.is_empty()).collect();
    let joined = words.windows(2).any(|pair| match pair {
        [and, verb] => ["and", "then"].contains(and) && VERBS.contains(verb),
        _ => false,
    });
    (!joined).then_some(value)
}

pub(super) fn undo(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["undo", "revert", "take back"])?;
    let step = c.attempt(|c| {
        c.eat("the");
        c.need(&["step"])?;
        let number = c.number()?;
        c.need(&["of", "in"])?;
        Some(number)
    });
    if c.eat_any(&[
        "the last run",
        "my last run",
        "last run",
        "the previous run",
        "what you just did",
        "what you did last",
        "that",
        "it",
        "everything",
    ]) || (step.is_none() && c.at_end())
    {
        let run = "last".to_owned();
        return Some(Sentence::Undo { run, step });
    }
    c.eat("the");
    c.need(&["run"])?;
    let run = c.raw()?;
    let is_id = run.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    is_id.then_some(Sentence::Undo { run, step })
}
