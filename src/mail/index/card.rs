//! What the index keeps of a message, as it goes in and as it comes out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::Row as SqlRow;
use serde::{Deserialize, Serialize};

use super::Role;
use crate::action::{Address, Envelope, Flag, MailId, Message};
use crate::mail::mime::{self, Frame};

/// Header fields kept: those by which triage knows bulk mail, programs and false senders.
const HEADERS: [&str; 18] = [
    "authentication-results",
    "auto-submitted",
    "content-type",
    "feedback-id",
    "in-reply-to",
    "list-id",
    "list-post",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "precedence",
    "reply-to",
    "return-path",
    "sender",
    "x-autoreply",
    "x-autorespond",
    "x-auto-response-suppress",
    "x-mailer",
    "x-spam-flag",
];

/// How much of a message the index knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyState {
    /// Its header only: the text can't be searched yet.
    #[default]
    Header,
    /// Its text was read and can be searched.
    Read,
}

/// Where a message lies within its mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Spot {
    /// On a server, by UID.
    Uid(u32),
    /// In a Maildir: the file below the mailbox's folder, such as `cur/1795302000.M1:2,S`.
    File(String),
}

/// A message as it is filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// What a list shows of it.
    pub envelope: Envelope,
    /// `References` and `In-Reply-To`, oldest first.
    pub references: Vec<String>,
    /// The header fields that triage asks for, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Whether files are attached.
    pub has_attachment: bool,
    /// Its visible text, `None` when only the header is known.
    pub text: Option<String>,
    /// When its file came, in microseconds; not asked for where UIDs tell what came later.
    pub came: i64,
}

impl Card {
    /// Makes the card of a message of which the header was read; `bytes` may be more than that.
    pub fn of_header(frame: Frame, bytes: &[u8]) -> Self {
        Self {
            text: None,
            ..Self::of(mime::header(frame, bytes))
        }
    }

    /// Makes the card of a whole message.
    pub fn of_message(frame: Frame, bytes: &[u8]) -> Self {
        Self::of(mime::text(frame, bytes))
    }

    /// Makes the card of a message that was decoded.
    pub fn of(message: Message) -> Self {
        let mut headers = message.headers;
        headers.retain(|name, _| HEADERS.contains(&name.as_str()));
        Self {
            has_attachment: !message.attachments.is_empty(),
            envelope: message.envelope,
            references: message.references,
            headers,
            text: Some(message.text),
            came: 0,
        }
    }
}

/// A message as the index gives it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// The account it belongs to.
    pub account: String,
    /// What its mailbox is for.
    pub role: Role,
    /// Where it lies there.
    pub spot: Spot,
    /// What a list shows of it, with its flags as last known.
    pub envelope: Envelope,
    /// `References` and `In-Reply-To`, oldest first.
    pub references: Vec<String>,
    /// The header fields that triage asks for.
    pub headers: BTreeMap<String, String>,
    /// Whether files are attached.
    pub has_attachment: bool,
    /// How much of it is known.
    pub body: BodyState,
    /// Names its thread within the index; all messages of one thread have the same.
    pub thread: i64,
}

/// The part of a card that is only ever read as a whole.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) from: Address,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) to: Vec<Address>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) cc: Vec<Address>,
    pub(super) subject: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    references: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
}

impl Kept {
    pub(super) fn of(card: &Card) -> Self {
        Self {
            from: card.envelope.from.clone(),
            to: card.envelope.to.clone(),
            cc: card.envelope.cc.clone(),
            subject: card.envelope.subject.clone(),
            references: card.references.clone(),
            headers: card.headers.clone(),
        }
    }
}

/// The columns that [`filed`] reads, in its order.
pub(super) const COLUMNS: &str = "b.account, b.name, b.role, m.id, m.uid, m.file, m.date, m.flags,
    m.attached, m.body, m.thread, m.message_id, c.size, c.card";

/// Reads a message from its row.
pub(super) fn filed(row: &SqlRow<'_>) -> rusqlite::Result<Filed> {
    let uid: Option<u32> = row.get(4)?;
    let spot = match uid {
        Some(uid) => Spot::Uid(uid),
        None => Spot::File(row.get::<_, Option<String>>(5)?.unwrap_or_default()),
    };
    let card: String = row.get(13)?;
    let kept = kept(&card)?;
    let size: i64 = row.get(12)?;
    let body: i64 = row.get(9)?;
    Ok(Filed {
        account: row.get(0)?,
        role: Role::named(&row.get::<_, String>(2)?),
        spot,
        envelope: Envelope {
            id: MailId(row.get(3)?),
            mailbox: row.get(1)?,
            message_id: row.get(11)?,
            from: kept.from,
            to: kept.to,
            cc: kept.cc,
            subject: kept.subject,
            date: Timestamp::from_second(row.get(6)?).unwrap_or(Timestamp::UNIX_EPOCH),
            flags: flags(&row.get::<_, String>(7)?),
            size: u64::try_from(size).unwrap_or(0),
        },
        references: kept.references,
        headers: kept.headers,
        has_attachment: row.get(8)?,
        body: if body <= 0 {
            BodyState::Header
        } else {
            BodyState::Read
        },
        thread: row.get(10)?,
    })
}

/// Reads a card as it is kept.
pub(super) fn kept(card: &str) -> rusqlite::Result<Kept> {
    serde_json::from_str(card)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(13, TEXT, Box::new(error)))
}

const TEXT: rusqlite::types::Type = rusqlite::types::Type::Text;

/// Flags as one text, a line each: system flags with a backslash, as in IMAP.
pub(super) fn written(flags: &[Flag]) -> String {
    let lines = flags.iter().map(|flag| match flag {
        Flag::Keyword(keyword) => keyword.replace('\n', " "),
        Flag::Seen
        | Flag::Answered
        | Flag::Flagged
        | Flag::Draft
        | Flag::Deleted
        | Flag::Forwarded => format!("\\{}", flag.word()),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Reads what [`written`] wrote.
pub(super) fn flags(text: &str) -> Vec<Flag> {
    let flag = |line: &str| match line {
        "\\Seen" => Flag::Seen,
        "\\Answered" => Flag::Answered,
        "\\Flagged" => Flag::Flagged,
        "\\Draft" => Flag::Draft,
        "\\Deleted" => Flag::Deleted,
        "\\Forwarded" => Flag::Forwarded,
        keyword => Flag::Keyword(keyword.to_owned()),
    };
    text.lines()
        .filter(|line| !line.is_empty())
        .map(flag)
        .collect()
}
