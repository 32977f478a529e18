//! What a `FETCH` brings, as the index files it.

use imap_proto::AttributeValue;
use imap_proto::types::{MessageSection, SectionPath};
use jiff::Timestamp;
use jiff::fmt::strtime;
use sha2::{Digest as _, Sha256};

use super::quote;
use crate::action::{Flag, MailId};
use crate::mail::index::{Card, Filed};
use crate::mail::mime::{self, Frame};

/// Bytes of the digest that names a message: two of a hundred million share one in a trillion.
const ID_BYTES: usize = 10;

/// The header of a message with what the server says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) uid: u32,
    pub(super) flags: Vec<Flag>,
    pub(super) size: u64,
    pub(super) delivered: Timestamp,
    pub(super) bytes: Vec<u8>,
}

impl Header {
    /// Reads one, `None` when this is only a change of flags.
    pub(super) fn of(attributes: &[AttributeValue<'_>]) -> Option<Self> {
        let bytes = attributes.iter().find_map(|attribute| match attribute {
            AttributeValue::BodySection {
                section: Some(SectionPath::Full(MessageSection::Header)),
                data,
                ..
            } => data.as_ref(),
            _ => None,
        })?;
        Some(Self {
            uid: uid(attributes)?,
            flags: flags(attributes).unwrap_or_default(),
            size: size(attributes),
            delivered: delivered(attributes),
            bytes: bytes.to_vec(),
        })
    }

    /// Names the message by what it is, so that it keeps its name wherever it lies and whatever
    /// number the server gives it.
    pub(super) fn id(&self, account: &str) -> MailId {
        id(account, self.size, &self.bytes)
    }

    pub(super) fn card(&self, id: MailId, mailbox: &str) -> Card {
        Card::of_header(self.frame(id, mailbox), &self.bytes)
    }

    fn frame(&self, id: MailId, mailbox: &str) -> Frame {
        Frame {
            id,
            mailbox: mailbox.to_owned(),
            flags: self.flags.clone(),
            size: self.size,
            delivered: self.delivered,
        }
    }
}

fn id(account: &str, size: u64, header: &[u8]) -> MailId {
    let mut digest = Sha256::new();
    digest.update(size.to_le_bytes());
    digest.update(header.trim_ascii_end());
    let digest: [u8; 32] = digest.finalize().into();
    let hex = digest
        .iter()
        .take(ID_BYTES)
        .map(|byte| format!("{byte:02x}"));
    MailId(format!("{account}-{}", hex.collect::<String>()))
}

/// Says whether `bytes` are the message that `filed` is: its UID may mean another one by now.
pub(super) fn is_of(filed: &Filed, bytes: &[u8]) -> bool {
    let envelope = &filed.envelope;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let header = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
    if envelope
        .id
        .0
        .starts_with(&id(&filed.account, envelope.size, header).0)
    {
        return true;
    }
    // Some servers write a header anew each time it is asked for.
    let frame = Frame {
        id: envelope.id.clone(),
        mailbox: String::new(),
        flags: Vec::new(),
        size: envelope.size,
        delivered: envelope.date,
    };
    let message_id = mime::envelope(frame, bytes).message_id;
    !message_id.is_empty() && message_id == envelope.message_id
}

pub(super) fn uid(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })
}

/// The flags, sorted; `None` when the answer has none.
pub(super) fn flags(attributes: &[AttributeValue<'_>]) -> Option<Vec<Flag>> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Flags(names) => {
            let read = names.iter().filter_map(|name| quote::read_flag(name));
            let mut flags: Vec<Flag> = read.collect();
            flags.sort();
            flags.dedup();
            Some(flags)
        }
        _ => None,
    })
}

/// The bytes of a whole message, or of its beginning.
pub(super) fn body<'a>(attributes: &'a [AttributeValue<'_>]) -> Option<&'a [u8]> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::BodySection {
            section: None,
            data,
            ..
        } => data.as_deref(),
        _ => None,
    })
}

fn size(attributes: &[AttributeValue<'_>]) -> u64 {
    let found = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Rfc822Size(size) => Some(u64::from(*size)),
        _ => None,
    });
    found.unwrap_or(0)
}

fn delivered(attributes: &[AttributeValue<'_>]) -> Timestamp {
    let found = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::InternalDate(text) => moment(text),
        _ => None,
    });
    found.unwrap_or(Timestamp::UNIX_EPOCH)
}

fn moment(text: &str) -> Option<Timestamp> {
    let parsed = strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?;
    parsed.to_timestamp().ok()
}

/// Writes a moment as `APPEND` takes it.
pub(super) fn date(moment: Timestamp) -> String {
    moment.strftime("\"%d-%b-%Y %H:%M:%S +0000\"").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_and_read_as_servers_do() {
        let now = Timestamp::from_second(1_795_302_000).unwrap();
        assert_eq!(date(now), "\"21-Nov-2026 23:00:00 +0000\"");
        assert_eq!(
            moment(" 2-Nov-2026 02:00:00 +0100"),
            moment("02-Nov-2026 01:00:00 +0000")
        );
        assert!(moment("02-Nov-2026 01:00:00 +0000").is_some());
        assert_eq!(moment("never"), None);
    }

    #[test]
    fn a_message_is_named_by_what_it_is() {
        let header = Header {
            uid: 1,
            flags: vec![],
            size: 10,
            delivered: Timestamp::UNIX_EPOCH,
            bytes: b"Subject: x\r\n\r\n".to_vec(),
        };
        let moved = Header {
            uid: 77,
            flags: vec![Flag::Seen],
            bytes: b"Subject: x\r\n".to_vec(),
            ..header.clone()
        };
        assert_eq!(header.id("work"), moved.id("work"));
        assert!(header.id("work").0.starts_with("work-"));
        let other = Header {
            size: 11,
            ..header.clone()
        };
        assert_ne!(header.id("work"), other.id("work"));
    }
}
