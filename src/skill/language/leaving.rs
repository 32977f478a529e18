//! Sentences that leave lists: "unsubscribe from the Shop newsletter".

use super::cursor::Cursor;
use super::letters::{Which, of_whom};
use super::sentence::Sentence;
use super::value::Value;

/// Reads "unsubscribe from the newsletter from Shop", "take me off the mailing list of Shop".
pub(super) fn unsubscribe(c: &mut Cursor) -> Option<Sentence> {
    const LISTS: &[&str] = &[
        "newsletters",
        "newsletter",
        "mailing list",
        "mailing lists",
        "list",
        "mails",
        "emails",
        "e-mails",
        "mail",
        "email",
        "messages",
        "subscription",
        "ads",
        "advertising",
    ];
    let sure = c.eat_any(&[
        "unsubscribe me from",
        "unsubscribe from",
        "unsubscribe me",
        "unsubscribe",
        "opt me out of",
        "opt out of",
        "cancel my subscription to",
        "end my subscription to",
        "cancel my subscription of",
    ]);
    if !sure {
        c.need(&[
            "get me off",
            "take me off",
            "remove me from",
            "stop getting",
            "stop receiving",
            "stop",
            "leave",
            "no more",
            "i don't want any more",
            "i don't want",
        ])?;
    }
    if c.attempt(|c| {
        c.need(&["it", "that", "this", "them"])
            .filter(|()| c.at_end())
    })
    .is_some()
    {
        return sure.then(|| Sentence::Unsubscribe("mail".to_owned()));
    }
    c.eat_any(&["all the", "all", "any more"]);
    c.eat_any(&["the", "this", "that", "my", "these", "those", "their"]);
    let owned = c.attempt(|c| {
        let from = owner_of(c, LISTS)?;
        c.at_end().then_some(from)
    });
    let (from, about) = if let Some(from) = owned {
        (Some(from), None)
    } else if c.eat_any(LISTS) {
        if c.at_end() {
            return sure.then(|| Sentence::Unsubscribe("mail".to_owned()));
        }
        of_whom(c, &["from", "sent by", "by", "of", "to"])?
    } else if sure {
        (Some(c.value_until(&[])?), None)
    } else {
        return None;
    };
    let said = from.is_some() || about.is_some();
    (said && c.at_end()).then(|| Which::Sought(from, about).then(Sentence::Unsubscribe))
}

/// "Shop's newsletter", "the Shop newsletter".
fn owner_of(c: &mut Cursor, nouns: &[&str]) -> Option<Value> {
    let mut words: Vec<String> = Vec::new();
    while !c.clone().eat_any(nouns) {
        words.push(c.raw()?);
    }
    c.need(nouns)?;
    let text = words.join(" ");
    let text = text
        .strip_suffix("'s")
        .or_else(|| text.strip_suffix("’s"))
        .unwrap_or(&text);
    (!text.is_empty()).then(|| Value::literal(text))
}
