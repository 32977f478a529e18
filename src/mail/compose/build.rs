//! A letter as bytes (RFC 5322, RFC 2045): text, an invitation beside it, files below.

use jiff::Timestamp;
use lettre::message::header::{
    ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
    MIME_VERSION_1_0,
};
use lettre::message::{Attachment, Body, MultiPart, MultiPartBuilder, SinglePart};

use super::header::{mailbox, message_id, system_time};
use super::{Attached, Author, DRAFT_HEADER, Invitation, Letter, PASSES_ON};
use crate::mail::Error;

/// Methods of RFC 5546 section 1.4.
const METHODS: [&str; 8] = [
    "PUBLISH",
    "REQUEST",
    "REPLY",
    "ADD",
    "CANCEL",
    "REFRESH",
    "COUNTER",
    "DECLINECOUNTER",
];

/// Who writes, in which thread, and under which name the draft is kept.
pub(in crate::mail) struct Frame<'a> {
    pub(in crate::mail) author: &'a Author,
    /// Message-IDs with brackets, the one answered last; empty for a new thread.
    pub(in crate::mail) thread: Vec<String>,
    /// The digest of the draft's key.
    pub(in crate::mail) digest: &'a str,
    pub(in crate::mail) now: Timestamp,
}

/// Makes the bytes of a draft.
pub(in crate::mail) fn bytes(letter: &Letter, frame: &Frame<'_>) -> Result<Vec<u8>, Error> {
    letter.check()?;
    let own_id = message_id(frame.digest, &frame.author.address)?;
    let mark = HeaderName::new_from_ascii_str(DRAFT_HEADER);
    let deed = if letter.passes_on { PASSES_ON } else { "" };
    let mut builder = lettre::Message::builder()
        .from(mailbox(&frame.author.address)?)
        .date(system_time(frame.now))
        .subject(letter.subject.clone())
        .message_id(Some(format!("<{own_id}>")))
        .header(MIME_VERSION_1_0)
        .raw_header(HeaderValue::new(mark, format!("{}{deed}", frame.digest)))
        .keep_bcc();
    for recipient in &letter.to {
        builder = builder.to(mailbox(recipient)?);
    }
    for recipient in &letter.cc {
        builder = builder.cc(mailbox(recipient)?);
    }
    for recipient in &letter.bcc {
        builder = builder.bcc(mailbox(recipient)?);
    }
    if let Some(answered) = frame.thread.last() {
        builder = builder
            .in_reply_to(answered.clone())
            .references(frame.thread.join(" "));
    }
    let text = SinglePart::plain(letter.body.clone());
    let message = match (&letter.calendar, letter.attached.is_empty()) {
        (None, true) => builder
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone()),
        (None, false) => builder.multipart(with_files(mixed(letter).singlepart(text), letter)?),
        (Some(invitation), _) => {
            let both = alternative(text, invitation)?;
            let file = SinglePart::builder()
                .header(kind("application/ics; name=invite.ics")?)
                .header(ContentDisposition::attachment("invite.ics"))
                .body(invitation.text.clone());
            let parts = mixed(letter).multipart(both).singlepart(file);
            builder.multipart(with_files(parts, letter)?)
        }
    };
    Ok(message.map_err(Error::Compose)?.formatted())
}

/// The invitation as calendars want it: beside the text, its method in its type (RFC 6047
/// section 2.4).
fn alternative(text: SinglePart, invitation: &Invitation) -> Result<MultiPart, Error> {
    let method = method(invitation)?;
    let kind = kind(&format!("text/calendar; charset=utf-8; method={method}"))?;
    let calendar = SinglePart::builder()
        .header(kind)
        .body(invitation.text.clone());
    Ok(MultiPart::alternative()
        .singlepart(text)
        .singlepart(calendar))
}

/// The method, when the invitation's own text names the same.
fn method(invitation: &Invitation) -> Result<String, Error> {
    let method = invitation.method.to_ascii_uppercase();
    let refused = |reason| Err(Error::BadInvitation { reason });
    if !METHODS.contains(&method.as_str()) {
        return refused("its method is none of RFC 5546");
    }
    let upper = invitation.text.to_ascii_uppercase();
    if !upper.trim_start().starts_with("BEGIN:VCALENDAR") {
        return refused("it is no calendar text");
    }
    let mut named = upper
        .lines()
        .filter_map(|line| line.strip_prefix("METHOD:"));
    if named.next().map(str::trim) != Some(method.as_str()) {
        return refused("its text names another method");
    }
    Ok(method)
}

fn kind(text: &str) -> Result<ContentType, Error> {
    ContentType::parse(text).map_err(|_| Error::BadInvitation {
        reason: "its type can't be written",
    })
}

/// The frame of a letter with files; it says so when one of them is not plain ASCII.
fn mixed(letter: &Letter) -> MultiPartBuilder {
    let bodies = letter.attached.iter().filter_map(message_body);
    let mut encodings = bodies.map(|body| body.encoding());
    if encodings.any(|encoding| matches!(encoding, ContentTransferEncoding::EightBit)) {
        MultiPart::mixed().header(ContentTransferEncoding::EightBit)
    } else {
        MultiPart::mixed()
    }
}

fn with_files(mut parts: MultiPart, letter: &Letter) -> Result<MultiPart, Error> {
    for file in &letter.attached {
        parts = parts.singlepart(part(file)?);
    }
    Ok(parts)
}

fn part(file: &Attached) -> Result<SinglePart, Error> {
    let attachment = Attachment::new(file.name.clone());
    if let Some(body) = message_body(file) {
        return Ok(attachment.body(body, kind("message/rfc822")?));
    }
    let declared = match file.media_type.as_str() {
        // What is encoded can be no message, and parts must not nest by accident.
        "message/rfc822" => None,
        other if other.starts_with("multipart/") => None,
        other => ContentType::parse(other).ok(),
    };
    let kind = match declared {
        Some(kind) => kind,
        None => kind("application/octet-stream")?,
    };
    Ok(attachment.body(file.content.clone(), kind))
}

/// A message as a part must not be encoded (RFC 2046 section 5.2.1); none when it would need to be.
fn message_body(file: &Attached) -> Option<Body> {
    if file.media_type != "message/rfc822" {
        return None;
    }
    let content = String::from_utf8(with_crlf(&file.content)).ok()?;
    let seven = Body::new_with_encoding(content.clone(), ContentTransferEncoding::SevenBit);
    let plain = seven.or_else(|_| {
        let eight = ContentTransferEncoding::EightBit;
        Body::new_with_encoding(content, eight)
    });
    plain.ok()
}

/// Every line ended as on the wire; files of a Maildir often end them by a line feed alone.
pub(in crate::mail) fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut before = 0;
    for &byte in bytes {
        if byte == b'\n' && before != b'\r' {
            out.push(b'\r');
        }
        out.push(byte);
        before = byte;
    }
    out
}
