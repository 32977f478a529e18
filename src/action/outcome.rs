//! What came of an action: whether it worked, what changed, what was read back.

use serde::{Deserialize, Serialize};

use super::calendar::{Event, Imported, Interval, Invite, MirrorSynced, Slot};
use super::mail::{Envelope, Judged, MailId, Message};
use super::page::Ref;
use super::traffic::{ConsoleLog, RequestDetail, RequestLog};
use super::undo::{PastStep, Undoable};

/// What came of one performed action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether it worked.
    pub status: Status,
    /// One line for people: what happened, or why not.
    pub summary: String,
    /// What the action changed; empty says that nothing did.
    pub changed: Vec<Change>,
    /// What was read back to prove the effect; empty where nothing could be.
    pub evidence: Vec<Evidence>,
    /// What the action was asked to bring.
    pub output: Output,
    /// What it did to the user's own data, so that it can be undone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<Undoable>,
}

/// Whether an action worked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Status {
    /// It worked, and where it changes the world that was read back or is listed in `changed`.
    Done {},
    /// It did not work and changed nothing; the planner may try something else.
    Failed {
        /// What would help, one sentence; may be empty.
        hint: String,
    },
    /// It may or may not have worked; it must be read back before anything is tried again.
    Uncertain {},
    /// The policy or the user did not allow it.
    Refused {
        /// The rule's short name.
        rule: String,
    },
    /// It was only shown, as `--dry-run` asks.
    Intended {},
}

/// One thing that an action changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// The top document's address changed.
    Navigation {
        /// New address.
        url: String,
    },
    /// The document's tree changed.
    Dom {
        /// Nodes added, removed or altered within the target's surroundings.
        near: u32,
        /// The same elsewhere.
        elsewhere: u32,
    },
    /// A field's value or state changed.
    Value {
        /// The field.
        target: Ref,
        /// What it holds now; masked for password fields.
        now: String,
    },
    /// The keyboard focus moved.
    Focus {},
    /// The page sent a request.
    Request {
        /// HTTP method.
        method: String,
        /// Host it went to.
        host: String,
    },
    /// A JavaScript dialog opened.
    Dialog {
        /// What it says.
        message: String,
    },
    /// A page gave a file.
    Download {
        /// Its suggested name, made safe.
        name: String,
        /// The file in quarantine; none when it was not kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept: Option<KeptFile>,
    },
    /// A tab opened.
    NewTab {
        /// Its address.
        url: String,
    },
    /// The page scrolled.
    Scrolled {},
    /// A message moved, appeared or got other flags.
    Mail {
        /// The message.
        id: MailId,
        /// What is so now.
        now: String,
    },
    /// An event was written, changed or removed.
    Event {
        /// Its `UID`.
        uid: String,
    },
}

/// A file in quarantine: never opened, never run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// Where it lies.
    pub path: String,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// Its media type by its content, whatever its name says.
    pub kind: String,
}

/// A fact that was read back from where it lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What is so, one line: `moved to Receipts`.
    pub fact: String,
    /// Where it was read: a path, an address, a mailbox.
    pub source: String,
}

/// What an action brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", content = "value", rename_all = "snake_case")]
pub enum Output {
    /// Nothing but its effect.
    Nothing,
    /// Text of a page, an element or an answer.
    Text(String),
    /// Messages, newest first.
    Envelopes(Vec<Envelope>),
    /// One message.
    Message(Box<Message>),
    /// Messages with what they want of the user.
    Judged(Vec<Judged>),
    /// Names the draft, the sent message or the moved one.
    Mail(MailId),
    /// Events in order of their start.
    Events(Vec<Event>),
    /// Busy intervals, merged and in order.
    Busy(Vec<Interval>),
    /// Free slots, best first.
    Slots(Vec<Slot>),
    /// `UID` of the event written.
    Event(String),
    /// Messages of the console.
    Console(ConsoleLog),
    /// Requests of pages.
    Requests(RequestLog),
    /// One request with all that is known of it.
    Request(Box<RequestDetail>),
    /// What an earlier run changed, oldest first.
    Past(Vec<PastStep>),
    /// Mails about events, newest first.
    Invites(Vec<Invite>),
    /// What an import of events did.
    Imported(Imported),
    /// What became of the mirrors of calendars.
    Synced(Vec<MirrorSynced>),
    /// A picture, PNG.
    Picture(#[serde(with = "as_base64")] Vec<u8>),
    /// A page as a PDF file.
    Pdf(#[serde(with = "as_base64")] Vec<u8>),
    /// What the page says as data.
    Records(Vec<Record>),
}

/// One record: its fields in the order they were asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The fields.
    pub fields: Vec<Found>,
}

/// One field of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Its name as asked for.
    pub name: String,
    /// Its value; none when the page says nothing that fits.
    pub value: Option<Datum>,
    /// The node of the page that says so.
    pub cites: Option<Ref>,
}

/// A value of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Datum {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(f64),
    /// Text, a day or an address.
    Text(String),
}

impl std::fmt::Display for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, found) in self.fields.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{}: ", found.name)?;
            match &found.value {
                Some(Datum::Text(text)) => f.write_str(text)?,
                Some(Datum::Number(number)) => write!(f, "{number}")?,
                Some(Datum::Flag(flag)) => f.write_str(if *flag { "yes" } else { "no" })?,
                None => f.write_str("nothing")?,
            }
            if let Some(cites) = found.cites {
                write!(f, " [{cites}]")?;
            }
        }
        Ok(())
    }
}

/// Bytes as base64 text (RFC 4648 section 4) in JSON.
mod as_base64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<u8>, D::Error> {
        STANDARD
            .decode(String::deserialize(input)?)
            .map_err(serde::de::Error::custom)
    }
}

impl Outcome {
    /// Builds the outcome of something that worked.
    pub fn done(summary: impl Into<String>) -> Self {
        Self {
            status: Status::Done {},
            summary: summary.into(),
            changed: Vec::new(),
            evidence: Vec::new(),
            output: Output::Nothing,
            undo: Vec::new(),
        }
    }

    /// Builds the outcome of something that did not work and changed nothing.
    pub fn failed(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            status: Status::Failed { hint: hint.into() },
            ..Self::done(reason)
        }
    }

    /// Adds what the action brought.
    #[must_use]
    pub fn with(mut self, output: Output) -> Self {
        self.output = output;
        self
    }

    /// Adds a fact that was read back.
    #[must_use]
    pub fn proven(mut self, fact: impl Into<String>, source: impl Into<String>) -> Self {
        self.evidence.push(Evidence {
            fact: fact.into(),
            source: source.into(),
        });
        self
    }

    /// Adds a change.
    #[must_use]
    pub fn changing(mut self, change: Change) -> Self {
        self.changed.push(change);
        self
    }

    /// Adds what was done to the user's own data.
    #[must_use]
    pub fn undoable(mut self, deed: Undoable) -> Self {
        self.undo.push(deed);
        self
    }

    /// Says whether it worked.
    pub fn is_done(&self) -> bool {
        matches!(self.status, Status::Done {})
    }

    /// Says whether a planner may go on as if it had worked: it did, or a dry run listed it.
    pub fn goes_on(&self) -> bool {
        matches!(self.status, Status::Done {} | Status::Intended {})
    }
}
