//! Sentences that write: answers, mails passed on, new mails, drafts that are sent, lists left.
//!
//! What a letter says is taken as it was written. Where plain words could also be the next thing to
//! do, nothing is understood, so that the user puts the text in quotes.

use crate::action::ForwardAs;

use super::cursor::Cursor;
use super::looking::name;
use super::sentence::Sentence;
use super::value::Value;

/// Words for one mail.
pub(super) const MAIL: &[&str] = &["mail", "email", "e-mail", "message"];
/// Words for one mail where it is said whose or what about; alone they may be names.
const LETTER: &[&str] = &[
    "letter",
    "note",
    "question",
    "newsletter",
    "request",
    "invitation",
    "answer",
    "reply",
    "one",
];
/// Words before one mail.
const THE: &[&str] = &[
    "the latest",
    "the newest",
    "the last",
    "my latest",
    "my last",
    "that last",
    "the",
    "that",
    "this",
    "my",
    "his",
    "her",
    "their",
    "a",
    "an",
];
/// Before whom a mail is from.
pub(super) const FROM: &[&str] = &["from", "sent by", "by", "of"];
/// Before what a mail is about.
pub(super) const ABOUT: &[&str] = &[
    "about the",
    "about",
    "with the subject",
    "with subject",
    "regarding the",
    "regarding",
    "concerning",
    "on the",
    "titled",
];
/// What begins the text of a letter, whatever stands before it.
const SAYING: &[&str] = &[
    "saying that",
    "saying",
    "that says",
    "which says",
    "and says that",
    "and say that",
    "and say",
    "to say that",
    "to say",
    "with the text",
    "and the text",
    "and the words",
    "with the words",
    "with the message",
    "and tell him that",
    "and tell her that",
    "and tell them that",
    "and tell him",
    "and tell her",
    "and tell them",
    "telling him that",
    "telling her that",
    "telling them that",
    "telling him",
    "telling her",
    "telling them",
    "and write that",
    "and write",
    "and let him know that",
    "and let her know that",
    "and let them know that",
    "to let him know that",
    "to let her know that",
    "to let them know that",
];
/// What begins it where nothing else could be meant.
const WITH: &[&str] = &["with", "that"];
const SUBJECT: &[&str] = &[
    "about",
    "with the subject",
    "with subject",
    "on the subject of",
];

/// What a letter says, and under which name its draft is kept.
type Text = (Value, Option<String>);

/// Which mail is meant.
pub(super) enum Which {
    /// One that was found before, by its name.
    Saved(String),
    /// One that is to be found.
    Sought(Option<Value>, Option<Value>),
}

impl Which {
    /// Puts the finding before what is done with the mail, where it is yet to be found.
    pub(super) fn then(self, act: impl FnOnce(String) -> Sentence) -> Sentence {
        match self {
            Self::Saved(name) => act(name),
            Self::Sought(from, about) => {
                let name = "mail".to_owned();
                let find = Sentence::FindMail { from, about, name };
                Sentence::Several(vec![find, act("mail".to_owned())])
            }
        }
    }

    fn is_plain(&self) -> bool {
        match self {
            Self::Saved(_) => true,
            Self::Sought(_, about) => about.is_none(),
        }
    }
}

/// Reads which mail is meant; all of `c`.
fn which(c: &mut Cursor) -> Option<Which> {
    if let Some(value) = c.attempt(|c| {
        c.literal()
            .filter(|value| c.at_end() && value.names().next().is_some())
    }) {
        return value
            .names()
            .next()
            .map(|(name, _)| Which::Saved(name.to_owned()));
    }
    if c.attempt(|c| {
        c.need(&["it", "that", "this", "him", "her", "them"])
            .filter(|()| c.at_end())
    })
    .is_some()
    {
        return Some(Which::Saved("mail".to_owned()));
    }
    if let Some(which) = c.attempt(by_noun).or_else(|| c.attempt(by_owner)) {
        return Some(which);
    }
    let one = c.attempt(|c| {
        c.eat("the");
        c.raw().filter(|_| c.at_end())
    });
    if let Some(word) = one {
        return Some(Which::Saved(word.to_lowercase()));
    }
    let about = |c: &mut Cursor| c.eat_any(ABOUT);
    let (mut who, about) = match c.split(&about) {
        Some(who) => (who, Some(c.wording_until(&[])?)),
        None => (c.clone(), None),
    };
    who.eat_any(&["the", "my"]);
    let from = who.value_until(&[])?;
    who.at_end().then_some(Which::Sought(Some(from), about))
}

/// Reads whose and what about, in either order; none for what is not said.
pub(super) fn of_whom(c: &mut Cursor, leads: &[&str]) -> Option<(Option<Value>, Option<Value>)> {
    let (mut whose, mut about) = (None, None);
    for _ in 0..2 {
        if whose.is_none() && c.eat_any(leads) {
            whose = Some(c.value_until(ABOUT)?);
        } else if about.is_none() && c.eat_any(ABOUT) {
            let first = leads.get(..2).unwrap_or_default();
            about = Some(c.value_until(first)?);
        }
    }
    Some((whose, about))
}

/// "the latest mail from Dana about lunch", "the mail named bill", "the mail".
fn by_noun(c: &mut Cursor) -> Option<Which> {
    c.eat_any(THE);
    let is_mail = c.eat_any(MAIL);
    if !is_mail {
        c.need(LETTER)?;
    }
    if is_mail && c.at_end() {
        return Some(Which::Saved("mail".to_owned()));
    }
    if c.eat_any(&["named", "called"]) {
        let name = c.raw()?.to_lowercase();
        return c.at_end().then_some(Which::Saved(name));
    }
    let (from, about) = of_whom(c, FROM)?;
    let said = from.is_some() || about.is_some();
    (said && c.at_end()).then_some(Which::Sought(from, about))
}

/// "Dana's mail about lunch", "what Dana wrote".
fn by_owner(c: &mut Cursor) -> Option<Which> {
    let mut owner = String::new();
    loop {
        let word = c.raw()?;
        let bare = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s"));
        let ends = bare.is_some() || word.ends_with("s'");
        if !owner.is_empty() {
            owner.push(' ');
        }
        owner.push_str(bare.unwrap_or_else(|| word.trim_end_matches('\'')));
        if ends {
            break;
        }
    }
    c.eat_any(&["latest", "newest", "last"]);
    if !c.eat_any(MAIL) {
        c.need(LETTER)?;
    }
    let about = if c.eat_any(ABOUT) {
        Some(c.value_until(&[])?)
    } else {
        None
    };
    let from = Value::literal(&owner);
    c.at_end().then_some(Which::Sought(Some(from), about))
}

/// Takes what stands before the text of a letter; `c` is at the text then. Whether only a weak word
/// such as "with" parts them.
fn before_text(c: &mut Cursor) -> Option<(Cursor, bool)> {
    let strong = |c: &mut Cursor| c.eat_any(SAYING) || c.colon() || (c.comma() && c.at_quote());
    if let Some(before) = c.split(&strong) {
        return Some((before, false));
    }
    if let Some(before) = c.split(&|c: &mut Cursor| c.at_quote() || (c.eat("with") && c.at_quote()))
    {
        return Some((before, false));
    }
    let before = c.split(&|c: &mut Cursor| c.eat_any(WITH))?;
    Some((before, true))
}

/// Reads the text of a letter, and under which name the draft is kept.
fn text(c: &mut Cursor) -> Option<Text> {
    c.comma();
    let quoted = c.attempt(|c| {
        let value = c.literal()?;
        let name = name(c);
        c.at_end().then_some((value, name))
    });
    if quoted.is_some() {
        return quoted;
    }
    if is_joined(c) {
        return None;
    }
    c.eat("that");
    Some((c.verbatim()?, None))
}

/// Says whether something else to do is joined to plain words.
fn is_joined(c: &Cursor) -> bool {
    let mut rest = c.clone();
    while rest
        .split(&|c: &mut Cursor| c.eat_any(&["and then", "and", "then"]) || c.comma())
        .is_some()
    {
        if super::read(&rest).is_some() {
            return true;
        }
    }
    false
}

/// Reads "reply to Dana saying ...", "answer all on the mail about lunch: ...".
pub(super) fn reply(c: &mut Cursor) -> Option<Sentence> {
    c.need(&[
        "draft a reply",
        "write a reply",
        "draft an answer",
        "write an answer",
        "prepare a reply",
        "reply-all",
        "reply",
        "answer",
        "respond",
        "write back",
    ])?;
    let all = [
        "to all",
        "to everyone",
        "to everybody",
        "all",
        "everyone",
        "everybody",
    ];
    let all = c.clone().eat("reply-all") || c.eat_any(&all);
    if all {
        c.eat_any(&["on", "of", "in"]);
    }
    c.eat("to");
    if c.eat_any(&["the form", "form"]) {
        return None;
    }
    // "reply with ..." answers the mail found last.
    let bare = c.attempt(|c| {
        c.need(SAYING)
            .or_else(|| c.need(WITH))
            .or_else(|| c.colon().then_some(()))
    });
    let (which, (body, name)) =
        if bare.is_some() || c.at_quote() && !c.clone().literal()?.names().any(|_| true) {
            (Which::Saved("mail".to_owned()), text(c)?)
        } else {
            let (mut before, is_weak) = before_text(c)?;
            let which = which(&mut before)?;
            if is_weak && !which.is_plain() {
                return None;
            }
            (which, text(c)?)
        };
    let name = name.unwrap_or_else(|| "reply".to_owned());
    Some(which.then(|to| Sentence::Reply {
        to,
        body,
        all,
        name,
    }))
}

/// Reads addresses joined by commas and "and"; one word of anybody else is taken alone, to be told of.
fn addresses(c: &mut Cursor) -> Option<Value> {
    if let Some(value) = c.attempt(Cursor::literal) {
        return Some(value);
    }
    let mut found = c.raw_with('@')?;
    loop {
        let more = c.attempt(|c| {
            c.comma();
            c.eat_any(&["and", "&"]);
            c.raw_with('@')
        });
        let Some(more) = more else {
            return Some(Value::literal(&found));
        };
        found = format!("{found}, {more}");
    }
}

/// Reads "forward the mail from Dana to ken@example.org saying ...".
pub(super) fn forward(c: &mut Cursor) -> Option<Sentence> {
    let whole = c.cut_tail(&[
        "as an attached file",
        "as an attachment",
        "as attachment",
        "as a file",
    ]);
    c.need(&["forward", "pass on", "pass", "send on"])?;
    let towards: &[&str] = &["on to", "over to", "along to", "to"];
    let (which, to) = if c.eat("to") {
        let to = addresses(c)?;
        let says = |c: &mut Cursor| {
            let mut ahead = c.clone();
            ahead.eat_any(SAYING) || ahead.colon()
        };
        let mut sought = match c.split(&says) {
            Some(sought) => sought,
            None => c.rest(),
        };
        (which(&mut sought)?, to)
    } else {
        let mut before = c.split(&|c: &mut Cursor| {
            c.eat_any(towards) && c.clone().attempt(addresses).is_some()
        })?;
        (which(&mut before)?, addresses(c)?)
    };
    let colon = c.colon();
    c.comma();
    let body = if c.at_end() {
        Value(Vec::new())
    } else {
        if !(colon || c.eat_any(SAYING) || c.eat("with") || c.at_quote()) {
            return None;
        }
        text(c)?.0
    };
    let how = if whole {
        ForwardAs::File
    } else {
        ForwardAs::Text
    };
    Some(which.then(|mail| Sentence::Forward {
        mail,
        to,
        body,
        how,
    }))
}

/// Reads "write to dana@example.org about lunch saying ...", "send a mail to ...", which also sends.
pub(super) fn write(c: &mut Cursor) -> Option<Sentence> {
    let send = c.clone().eat("send");
    let is_to = c
        .attempt(|c| {
            c.need(&["draft", "write", "compose", "prepare", "send"])?;
            c.eat_any(&["a new", "a short", "a quick", "a", "an"]);
            c.need(&[
                "mail", "email", "e-mail", "message", "letter", "note", "line",
            ])?;
            c.need(&["to"])
        })
        .or_else(|| c.attempt(|c| c.need(&["write to", "drop a line to"])));
    let direct = |c: &mut Cursor| {
        c.need(&[
            "mail", "email", "e-mail", "write", "tell", "let", "send", "message",
        ])?;
        c.clone().raw_with('@').map(drop)
    };
    if is_to.is_none() {
        c.attempt(direct)?;
    }
    let to = recipient(c)?;
    if is_to.is_none() {
        // "send dana@x.test a mail saying", "let dana@x.test know that".
        c.eat_any(&[
            "know",
            "a mail",
            "an email",
            "a message",
            "a note",
            "a line",
            "a short mail",
        ]);
    }
    let colon = c.colon();
    c.comma();
    let mut subject = Value(Vec::new());
    if c.eat_any(SUBJECT) {
        let begins =
            |c: &mut Cursor| c.eat_any(SAYING) || c.colon() || (c.eat("with") && c.at_quote());
        let mut said = c.split(&begins)?;
        subject = said.value_until(&[])?;
        said.at_end().then_some(())?;
    } else if !(colon || c.eat_any(SAYING) || c.eat_any(WITH) || c.at_quote()) {
        return None;
    }
    let (body, name) = text(c)?;
    let name = name.unwrap_or_else(|| "draft".to_owned());
    let draft = Sentence::Draft {
        to,
        subject,
        body,
        name,
    };
    Some(if send {
        Sentence::Several(vec![draft, Sentence::Send(String::new())])
    } else {
        draft
    })
}

/// Addresses, else the words in their place, which the run then asks an address for.
fn recipient(c: &mut Cursor) -> Option<Value> {
    if let Some(value) = c.attempt(addresses) {
        return Some(value);
    }
    let ends = |c: &mut Cursor| {
        let mut ahead = c.clone();
        ahead.eat_any(SUBJECT) || ahead.eat_any(SAYING) || ahead.eat_any(WITH) || ahead.colon()
    };
    let mut who = c.clone().split(&ends)?;
    c.skip_to(&who);
    who.value_until(&[])
}

/// Reads "send the draft to Dana", "send my reply about lunch".
pub(super) fn send_draft(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["send", "send off"])?;
    c.eat_any(&["off"]);
    c.eat_any(&["the", "my", "that", "this"]);
    c.need(&[
        "draft of the reply",
        "draft of my reply",
        "drafted reply",
        "drafted mail",
        "draft mail",
        "draft reply",
        "draft",
        "reply",
        "answer",
        "letter",
    ])?;
    let (to, about) = of_whom(c, &["addressed to", "to", "for"])?;
    let said = to.is_some() || about.is_some();
    (said && c.at_end()).then_some(Sentence::SendDraft { to, about })
}
