//! From the bytes of a draft to what goes over the wire and what is kept in Sent.

use std::str::FromStr as _;

use jiff::Timestamp;
use mail_parser::{HeaderName, MessageParser};

use crate::action::Flag;
use crate::mail::Error;
use crate::mail::compose::{self, DRAFT_HEADER, PASSES_ON};
use crate::mail::mime;
use crate::untrusted;

/// Longest line of a message on the wire without its end (RFC 5322 section 2.1.1).
const LINE_BYTES_MAX: usize = 998;
/// Recipients of one letter.
const RECIPIENTS_MAX: usize = 100;

/// A draft, ready to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parcelled {
    pub(super) message_id: String,
    pub(super) subject: String,
    pub(super) from: String,
    pub(super) to: Vec<String>,
    /// As it is kept in Sent: with the hidden copies, without Legwork's own mark.
    pub(super) kept: Vec<u8>,
    /// As it goes over the wire.
    pub(super) wire: Vec<u8>,
    /// The `Message-ID` of the message that it answers or passes on, with the flag that this
    /// message then bears.
    pub(super) about: Option<(String, Flag)>,
}

/// Reads the envelope off a draft and makes its last form; the same bytes give the same always.
pub(super) fn of(draft: &[u8], now: Timestamp) -> Result<Parcelled, Error> {
    let refused = |reason: &'static str| Error::Unsendable { reason };
    let parsed = MessageParser::default()
        .parse(draft)
        .ok_or_else(|| refused("it has no header"))?;
    let from = parsed.from().and_then(|from| from.first());
    let from = from.and_then(|from| from.address());
    let from = address(from.unwrap_or_default())?;
    let mut to = Vec::new();
    for list in [parsed.to(), parsed.cc(), parsed.bcc()]
        .into_iter()
        .flatten()
    {
        for one in list.iter() {
            let one = address(one.address().unwrap_or_default())?;
            if !to.contains(&one) {
                to.push(one);
            }
        }
    }
    if to.is_empty() {
        return Err(Error::NoRecipient);
    }
    if to.len() > RECIPIENTS_MAX {
        let (count, most) = (to.len(), RECIPIENTS_MAX);
        return Err(Error::TooMany { count, most });
    }
    let mut kept = compose::with_crlf(&compose::without_header(draft, DRAFT_HEADER));
    let message_id = if let Some(id) = parsed.message_id() {
        mime::clean_id(id)
    } else {
        // Another program wrote it without one; it gets the same at every try.
        let id = format!(
            "{}@{}",
            compose::digest(&String::from_utf8_lossy(draft)),
            from.rsplit('@').next().unwrap_or("localhost")
        );
        prepend(&mut kept, &format!("Message-ID: <{id}>\r\n"));
        id
    };
    if parsed.header(HeaderName::Date).is_none() {
        let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000");
        prepend(&mut kept, &format!("Date: {date}\r\n"));
    }
    let wire = compose::without_header(&kept, "Bcc");
    let mut lines = wire.split(|&byte| byte == b'\n');
    if lines.any(|line| line.len() > LINE_BYTES_MAX + 1) {
        return Err(refused("a line of it is longer than mail allows"));
    }
    let subject = untrusted::line(parsed.subject().unwrap_or_default(), 200);
    let mark = parsed.header_raw(DRAFT_HEADER).unwrap_or_default();
    let flag = if mark.trim_end().ends_with(PASSES_ON) {
        Flag::Forwarded
    } else {
        Flag::Answered
    };
    let answered = parsed.in_reply_to().as_text().map(mime::clean_id);
    Ok(Parcelled {
        about: answered.map(|id| (id, flag)),
        message_id,
        subject,
        from,
        to,
        kept,
        wire,
    })
}

fn prepend(bytes: &mut Vec<u8>, field: &str) {
    bytes.splice(0..0, field.bytes());
}

/// An address as servers take it.
fn address(text: &str) -> Result<String, Error> {
    let written = crate::action::Address {
        name: String::new(),
        email: text.to_owned(),
    };
    let ascii = compose::mailbox(&written)?.email.to_string();
    let sound = lettre::Address::from_str(&ascii);
    sound
        .map(|address| address.to_string())
        .map_err(|source| Error::BadAddress {
            address: ascii,
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAFT: &str = "From: Me <me@x.test>\nTo: Dana <dana@y.test>, dana@y.test\n\
        Cc: b@b\u{fc}cher.test\nBcc: spy@z.test\nX-Legwork-Draft: abc\nSubject: x\n\
        Message-ID: <1@x.test>\nDate: Mon, 15 Mar 2027 09:00:00 +0000\n\nHi\n.\n";

    #[test]
    fn hidden_copies_go_but_stand_only_in_what_is_kept() {
        let parcelled = of(DRAFT.as_bytes(), Timestamp::UNIX_EPOCH).unwrap();
        let everyone = ["dana@y.test", "b@xn--bcher-kva.test", "spy@z.test"];
        assert_eq!(parcelled.to, everyone);
        let wire = String::from_utf8(parcelled.wire).unwrap();
        let kept = String::from_utf8(parcelled.kept).unwrap();
        assert!(!wire.contains("spy@") && kept.contains("Bcc: spy@z.test\r\n"));
        assert!(!kept.contains("X-Legwork"));
        assert!(wire.ends_with("\r\n\r\nHi\r\n.\r\n"), "{wire:?}");
        assert_eq!(parcelled.message_id, "1@x.test");
    }

    #[test]
    fn a_draft_of_another_program_gets_the_same_id_at_every_try() {
        let bare = "From: me@x.test\r\nTo: dana@y.test\r\n\r\nHi\r\n";
        let at = |second| of(bare.as_bytes(), Timestamp::from_second(second).unwrap()).unwrap();
        assert_eq!(at(0).message_id, at(9).message_id);
        let wire = String::from_utf8(at(0).wire).unwrap();
        assert!(wire.contains("Message-ID: <"), "{wire}");
        assert!(
            wire.contains("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"),
            "{wire}"
        );
    }

    #[test]
    fn what_can_not_leave_says_why() {
        let long = format!(
            "From: me@x.test\r\nTo: d@y.test\r\n\r\n{}\r\n",
            "x".repeat(999)
        );
        for (draft, said) in [
            ("From: me@x.test\r\n\r\nHi\r\n", "no recipient"),
            ("To: d@y.test\r\n\r\nHi\r\n", "not a mail address"),
            (
                "From: me@x.test\r\nTo: d y@test\r\n\r\nHi\r\n",
                "not a mail address",
            ),
            (long.as_str(), "longer than mail allows"),
        ] {
            let error = of(draft.as_bytes(), Timestamp::UNIX_EPOCH).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
