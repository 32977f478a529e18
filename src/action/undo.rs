//! What it takes to undo an effect, and the actions that look for it and do it.
//!
//! An effect is recorded as what was done, with what stood before; undoing it is doing its inverse,
//! once what it left still stands. So an undo can be undone like everything else.

use std::path::PathBuf;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mail::{Flag, MailId};

/// Where messages lie that were put off.
pub const SNOOZED: &str = "Snoozed";
/// Where what is thrown away lies.
pub const TRASH: &str = "Trash";

/// One thing that was done to the user's own data, with what stood before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Undoable {
    /// A message went from one mailbox to another.
    Moved {
        /// The message.
        id: MailId,
        /// Where it lay.
        from: String,
        /// Where it lies now.
        to: String,
    },
    /// A flag or keyword was set or cleared.
    Flagged {
        /// The message.
        id: MailId,
        /// The flag.
        flag: Flag,
        /// Whether it is set now.
        on: bool,
    },
    /// A draft was written.
    Drafted {
        /// The draft.
        id: MailId,
        /// Where it was put.
        mailbox: String,
        /// SHA-256 of its bytes, in hexadecimal digits.
        sha256: String,
    },
    /// A message was put off.
    Snoozed(Snoozed),
    /// A message that was put off came back.
    Woken(Snoozed),
    /// Files of the calendar changed.
    Calendar(CalendarChange),
}

impl Undoable {
    /// Returns what undoes it.
    #[must_use]
    pub fn inverse(&self) -> Self {
        match self {
            Self::Moved { id, from, to } => Self::Moved {
                id: id.clone(),
                from: to.clone(),
                to: from.clone(),
            },
            Self::Flagged { id, flag, on } => Self::Flagged {
                id: id.clone(),
                flag: flag.clone(),
                on: !on,
            },
            // Nothing is ever expunged: a draft that is taken back lies in Trash.
            Self::Drafted { id, mailbox, .. } => Self::Moved {
                id: id.clone(),
                from: mailbox.clone(),
                to: TRASH.to_owned(),
            },
            Self::Snoozed(snoozed) => Self::Woken(snoozed.clone()),
            Self::Woken(snoozed) => Self::Snoozed(snoozed.clone()),
            Self::Calendar(change) => Self::Calendar(change.inverse()),
        }
    }
}

/// A message that was put off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snoozed {
    /// The account it is in.
    pub account: String,
    /// The message.
    pub id: MailId,
    /// Its `Message-ID`, to know an answer to it; may be empty.
    pub message_id: String,
    /// Where it lay, and comes back to.
    pub from: String,
    /// When it was put off.
    pub since: Timestamp,
    /// When it comes back.
    pub until: Timestamp,
    /// The messages of its thread that were there when it was put off, so that what comes later is
    /// known whatever its date says; none in a record of an older version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Vec<MailId>>,
}

/// One file before and after a change; no bytes where there is no file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// The file.
    pub path: PathBuf,
    /// What it held.
    #[serde(with = "bytes")]
    pub before: Option<Vec<u8>>,
    /// What it holds now.
    #[serde(with = "bytes")]
    pub after: Option<Vec<u8>>,
}

/// A change to an event, with all it takes to undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarChange {
    /// `UID` of the event.
    pub uid: String,
    /// `UID` of the new event that goes on where the old one was cut.
    pub split: Option<String>,
    /// Every file that was written or removed; none when the event was as wanted already.
    pub files: Vec<FileChange>,
}

impl CalendarChange {
    /// Returns the change back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let back = |file: &FileChange| FileChange {
            path: file.path.clone(),
            before: file.after.clone(),
            after: file.before.clone(),
        };
        Self {
            files: self.files.iter().map(back).collect(),
            ..self.clone()
        }
    }
}

/// Lists what an earlier run changed, with what of it can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PastRun {
    /// The run's id, or `last` for the newest before this one.
    pub run: String,
}

/// Undoes what one step of an earlier run did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// The run's id, or `last` for the newest before this one.
    pub run: String,
    /// The step's number in it.
    pub step: u32,
}

/// A step of an earlier run that changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastStep {
    /// The run's id.
    pub run: String,
    /// The step's number in it.
    pub step: u32,
    /// What it did, in words for people.
    pub title: String,
    /// Why it can't be undone; none when it can.
    pub stuck: Option<String>,
}

/// Bytes of a file in a journal: base64, since a file may hold anything.
mod bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    #[expect(clippy::ref_option, reason = "serde hands the field over like this")]
    pub(super) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        bytes
            .as_ref()
            .map(|bytes| STANDARD.encode(bytes))
            .serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(input)?;
        text.map(|text| STANDARD.decode(text).map_err(D::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoing_twice_is_doing_again_except_for_drafts() {
        let id = MailId("1".to_owned());
        let snoozed = Snoozed {
            account: "local".to_owned(),
            id: id.clone(),
            message_id: "a@b".to_owned(),
            from: "INBOX".to_owned(),
            since: Timestamp::UNIX_EPOCH,
            until: Timestamp::UNIX_EPOCH,
            thread: Some(vec![id.clone()]),
        };
        let file = FileChange {
            path: "/a.ics".into(),
            before: None,
            after: Some(vec![0, 255]),
        };
        let deeds = [
            Undoable::Moved {
                id: id.clone(),
                from: "INBOX".to_owned(),
                to: "Archive".to_owned(),
            },
            Undoable::Flagged {
                id: id.clone(),
                flag: Flag::Seen,
                on: true,
            },
            Undoable::Snoozed(snoozed),
            Undoable::Calendar(CalendarChange {
                uid: "u".to_owned(),
                split: None,
                files: vec![file],
            }),
        ];
        for deed in deeds {
            assert_ne!(deed.inverse(), deed);
            assert_eq!(deed.inverse().inverse(), deed);
            let text = serde_json::to_string(&deed).unwrap();
            assert_eq!(serde_json::from_str::<Undoable>(&text).unwrap(), deed);
        }
        let draft = Undoable::Drafted {
            id: id.clone(),
            mailbox: "Drafts".to_owned(),
            sha256: String::new(),
        };
        let to_trash = Undoable::Moved {
            id,
            from: "Drafts".to_owned(),
            to: TRASH.to_owned(),
        };
        assert_eq!(draft.inverse(), to_trash);
    }
}
