//! Bytes of a message (RFC 5322, RFC 2045) to a [`Message`]. Takes whatever there is: broken
//! structure, unknown charsets and raw 8-bit become diagnostics, never errors or panics. Never
//! fetches anything the message names.

mod attached;
mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{self as parser, HeaderForm, MessageParser, MimeHeaders as _, PartType};

use super::html::{self, floor};
use super::quote::{self, Flow};
use crate::action::{Address, Envelope, Flag, Link, MailId, Message};
use crate::untrusted;

pub use attached::{File, file, file_name, warning};
pub use words::words;

/// Longest message read in full; of a longer one only the header is.
pub(super) const MESSAGE_BYTES_MAX: usize = 129 * 1024 * 1024;
/// Longest header looked at.
pub(super) const HEADER_BYTES_MAX: usize = 256 * 1024;
/// `Content-Type` fields beyond which a message is not taken apart: the parser's work and stack
/// grow with the nesting, and no honest mail comes near.
const PARTS_MAX: usize = 250;
/// Visible text kept, in bytes.
const TEXT_BYTES_MAX: usize = 512 * 1024;
/// Messages within messages looked into.
const NESTED_MAX: u32 = 8;
/// An invitation longer than this is not one.
const INVITATION_BYTES_MAX: usize = 1024 * 1024;
/// Header fields kept.
const FIELDS_MAX: usize = 200;
/// Longest header value kept, in characters.
const VALUE_MAX: usize = 2_000;
/// Longest subject or name kept, in characters.
const LINE_MAX: usize = 500;
/// Addresses kept of one field.
const ADDRESSES_MAX: usize = 1_000;
/// Earlier messages kept of `References`.
const REFERENCES_MAX: usize = 100;
/// Attachments listed.
const ATTACHMENTS_MAX: usize = 250;
/// Longest file name or media type kept, in characters.
const NAME_MAX: usize = 120;

/// What the store knows of a message before it is read.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Names the message.
    pub id: MailId,
    /// Where it lies.
    pub mailbox: String,
    /// Flags and keywords that are set.
    pub flags: Vec<Flag>,
    /// Size of the whole message in octets.
    pub size: u64,
    /// When it was delivered, used when it bears no date.
    pub delivered: Timestamp,
}

/// Reads a whole message.
pub fn message(frame: Frame, bytes: &[u8]) -> Message {
    let mut message = text(frame, bytes);
    if message.new_text.is_empty() {
        message.new_text = quote::split(&message.text).new_text;
    }
    message
}

/// As [`message`], without telling what of the text is new.
pub fn text(frame: Frame, bytes: &[u8]) -> Message {
    let mut notes = Vec::new();
    let bytes = repair(bytes, &mut notes);
    let Some(parsed) = parse(&bytes, Scope::Whole) else {
        return headless(frame, &bytes, notes);
    };
    let mut message = heading(frame, &parsed, notes);
    let mut body = Body::default();
    body.collect(&parsed);
    let text = body.text(&message.content_type);
    floor(&text, TEXT_BYTES_MAX).clone_into(&mut message.text);
    message.links = body.links;
    floor(&body.hidden, TEXT_BYTES_MAX).clone_into(&mut message.hidden_text);
    message.attachments = attached::attachments(&parsed);
    if let Some((text, method)) = invitation(&parsed) {
        message.invitation = Some(text);
        message.invitation_method = method;
    }
    message.diagnostics.append(&mut body.notes);
    if parsed.parts.iter().any(|part| part.is_encoding_problem) {
        let note = "a part of it is damaged: its text is shown as it came";
        message.diagnostics.push(note.to_owned());
    }
    message
}

/// Reads what a list shows, from the header alone.
pub fn envelope(frame: Frame, bytes: &[u8]) -> Envelope {
    let mut notes = Vec::new();
    let bytes = repair(head(bytes), &mut notes);
    match parse(&bytes, Scope::Header) {
        Some(parsed) => envelope_of(frame, &parsed),
        None => headless(frame, &bytes, notes).envelope,
    }
}

/// Reads all that the header alone tells; text and attachments are empty.
pub fn header(frame: Frame, bytes: &[u8]) -> Message {
    let mut notes = Vec::new();
    let bytes = repair(head(bytes), &mut notes);
    match parse(&bytes, Scope::Header) {
        Some(parsed) => heading(frame, &parsed, notes),
        None => Message {
            text: String::new(),
            new_text: String::new(),
            ..headless(frame, &bytes, notes)
        },
    }
}

/// Returns the header as text, in its own order and with every field it repeats.
pub fn header_text(bytes: &[u8]) -> String {
    let head = head(bytes);
    let text = std::str::from_utf8(head).map_or_else(|_| western(head), str::to_owned);
    untrusted::block(&text)
}

/// Returns all addresses of `From`.
pub(super) fn senders(bytes: &[u8]) -> Vec<String> {
    let parsed = parse(head(bytes), Scope::Header);
    let from = parsed.map(|parsed| addresses(parsed.from()));
    let from = from.unwrap_or_default().into_iter();
    from.map(|address| address.email).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Header,
    Whole,
}

fn parse(bytes: &[u8], scope: Scope) -> Option<parser::Message<'_>> {
    // The parser promises not to panic; should it, that costs this one message and no other.
    let parse = || match scope {
        Scope::Header => MessageParser::default().parse_headers(bytes),
        Scope::Whole => MessageParser::default().parse(bytes),
    };
    let parsed = catch_unwind(AssertUnwindSafe(parse)).ok().flatten();
    // A message without parts has no header either, and the parser's getters would panic on it.
    let has_field = |message: &parser::Message<'_>| {
        !message.parts.is_empty() && message.headers().iter().any(|h| is_field_name(h.name()))
    };
    parsed.filter(has_field)
}

/// RFC 5322 section 3.6.8 allows all printable signs; a name with others than these is no mail's.
fn is_field_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// Returns the header with the empty line that ends it, cut at a limit.
pub(super) fn head(bytes: &[u8]) -> &[u8] {
    let end = header_end(bytes).unwrap_or(bytes.len());
    bytes.get(..end.min(HEADER_BYTES_MAX)).unwrap_or(bytes)
}

fn header_end(bytes: &[u8]) -> Option<usize> {
    let end = |mark: &[u8]| {
        let at = bytes.windows(mark.len()).position(|w| w == mark);
        at.map(|at| at + mark.len())
    };
    [end(b"\n\n"), end(b"\n\r\n")].into_iter().flatten().min()
}

/// Makes a message fit for the parser: the header becomes UTF-8, and what would cost the parser
/// too much is cut down to the header.
fn repair<'a>(bytes: &'a [u8], notes: &mut Vec<String>) -> Cow<'a, [u8]> {
    let head = head(bytes);
    let body = bytes.get(head.len()..).unwrap_or_default();
    let too_long = bytes.len() > MESSAGE_BYTES_MAX;
    let too_deep = count_types(bytes) > PARTS_MAX;
    if too_long {
        notes.push("it is too long: only its header was read".to_owned());
    } else if too_deep {
        notes.push("it has too many parts: only its header was read".to_owned());
    }
    let body = if too_long || too_deep { &[] } else { body };
    if std::str::from_utf8(head).is_ok() && !too_long && !too_deep {
        return Cow::Borrowed(bytes);
    }
    let head = match std::str::from_utf8(head) {
        Ok(_) => Cow::Borrowed(head),
        Err(_) => Cow::Owned(western(head).into_bytes()),
    };
    Cow::Owned([head.as_ref(), body].concat())
}

/// Counts the `Content-Type` fields, at any depth.
fn count_types(bytes: &[u8]) -> usize {
    const FIELD: &[u8] = b"content-type";
    let starts = |w: &[u8]| {
        w.first()
            .is_some_and(|byte| byte.eq_ignore_ascii_case(&b'c'))
    };
    let is_field = |w: &&[u8]| starts(w) && w.eq_ignore_ascii_case(FIELD);
    bytes.windows(FIELD.len()).filter(is_field).count()
}

/// Decodes raw 8-bit text without a charset; windows-1252 gives every byte a meaning.
fn western(bytes: &[u8]) -> String {
    match charset_decoder(b"windows-1252") {
        Some(decode) => decode(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// What is left of bytes that hold no header at all.
fn headless(frame: Frame, bytes: &[u8], mut notes: Vec<String>) -> Message {
    notes.push("it has no header: its bytes are shown as text".to_owned());
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => western(bytes),
    };
    let text = untrusted::block(floor(&text, TEXT_BYTES_MAX));
    Message {
        envelope: Envelope {
            id: frame.id,
            mailbox: frame.mailbox,
            message_id: String::new(),
            from: Address::default(),
            to: Vec::new(),
            cc: Vec::new(),
            subject: String::new(),
            date: frame.delivered,
            flags: frame.flags,
            size: frame.size,
        },
        reply_to: Vec::new(),
        references: Vec::new(),
        new_text: text.clone(),
        text,
        hidden_text: String::new(),
        links: Vec::new(),
        attachments: Vec::new(),
        invitation: None,
        invitation_method: None,
        headers: BTreeMap::new(),
        content_type: "text/plain".to_owned(),
        diagnostics: notes,
    }
}

fn heading(frame: Frame, parsed: &parser::Message<'_>, diagnostics: Vec<String>) -> Message {
    Message {
        envelope: envelope_of(frame, parsed),
        reply_to: addresses(parsed.reply_to()),
        references: references(parsed),
        text: String::new(),
        new_text: String::new(),
        hidden_text: String::new(),
        links: Vec::new(),
        attachments: Vec::new(),
        invitation: None,
        invitation_method: None,
        headers: fields(parsed),
        content_type: media_type(parsed.parts.first()).unwrap_or_else(|| "text/plain".to_owned()),
        diagnostics,
    }
}

fn envelope_of(frame: Frame, parsed: &parser::Message<'_>) -> Envelope {
    let dated = parsed.date().filter(|date| date.is_valid());
    let date = dated.and_then(|date| Timestamp::from_second(date.to_timestamp()).ok());
    Envelope {
        id: frame.id,
        mailbox: frame.mailbox,
        message_id: parsed.message_id().map(clean_id).unwrap_or_default(),
        from: addresses(parsed.from())
            .into_iter()
            .next()
            .unwrap_or_default(),
        to: addresses(parsed.to()),
        cc: addresses(parsed.cc()),
        subject: clean_subject(parsed),
        date: date.unwrap_or(frame.delivered),
        flags: frame.flags,
        size: frame.size,
    }
}

fn addresses(field: Option<&parser::Address<'_>>) -> Vec<Address> {
    let Some(field) = field else {
        return Vec::new();
    };
    let known = field.iter().filter_map(|found| {
        let email: String = untrusted::line(found.address()?, LINE_MAX);
        let name = untrusted::line(found.name().unwrap_or_default(), LINE_MAX);
        (!email.is_empty()).then_some(Address { name, email })
    });
    known.take(ADDRESSES_MAX).collect()
}

fn clean_subject(parsed: &parser::Message<'_>) -> String {
    untrusted::line(parsed.subject().unwrap_or_default(), LINE_MAX)
}

/// A Message-ID goes back into headers of answers: nothing that could end one may stay in it.
pub(super) fn clean_id(id: &str) -> String {
    let inner = id.trim().trim_start_matches('<').trim_end_matches('>');
    let inner: String = inner
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .collect();
    untrusted::line(&inner, LINE_MAX)
}

fn references(parsed: &parser::Message<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for field in [parsed.references(), parsed.in_reply_to()] {
        let ids = match (field.as_text_list(), field.as_text()) {
            (Some(list), _) => list.to_vec(),
            (None, Some(one)) => vec![Cow::Borrowed(one)],
            (None, None) => Vec::new(),
        };
        for id in ids.iter().map(|id| clean_id(id)) {
            if !id.is_empty() && !found.contains(&id) && found.len() < REFERENCES_MAX {
                found.push(id);
            }
        }
    }
    found
}

/// Reads all fields as text, whatever they mean.
fn fields(parsed: &parser::Message<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let named = parsed
        .headers()
        .iter()
        .filter(|header| is_field_name(header.name()));
    for header in named.take(FIELDS_MAX) {
        let name = header.name().to_ascii_lowercase();
        if found.contains_key(&name) {
            continue;
        }
        let values = parsed.header_as(header.name.clone(), HeaderForm::Text);
        let value = values
            .first()
            .and_then(|value| value.as_text())
            .unwrap_or_default();
        found.insert(name, untrusted::line(value, VALUE_MAX));
    }
    found
}

fn media_type(part: Option<&parser::MessagePart<'_>>) -> Option<String> {
    let declared = part?.content_type()?;
    let kind = declared.ctype().to_ascii_lowercase();
    let kind = match declared.subtype() {
        Some(subtype) => format!("{kind}/{}", subtype.to_ascii_lowercase()),
        None => kind,
    };
    Some(untrusted::line(&kind, NAME_MAX))
}

/// Text gathered from the parts that are the message itself.
#[derive(Default)]
struct Body {
    plain: String,
    html: String,
    report: String,
    hidden: String,
    links: Vec<Link>,
    notes: Vec<String>,
}

impl Body {
    fn collect(&mut self, parsed: &parser::Message<'_>) {
        for &id in &parsed.text_body {
            if let Some(part) = parsed.part(id)
                && let PartType::Text(_) = &part.body
            {
                append(&mut self.plain, &plain(parsed, part));
            }
        }
        for &id in &parsed.html_body {
            if let Some(PartType::Html(html)) = parsed.part(id).map(|part| &part.body) {
                self.take_html(html);
            }
        }
        for part in parsed.attachments() {
            self.take_report(part);
        }
        if self.html.is_empty() {
            self.links.extend(bare_links(&self.plain));
        }
    }

    fn take_html(&mut self, source: &str) {
        let mut rendered = html::render(source);
        append(&mut self.html, &rendered.text);
        append(&mut self.hidden, &rendered.hidden);
        self.links.append(&mut rendered.links);
        self.notes.append(&mut rendered.notes);
    }

    /// Reads what a delivery report says to programs (RFC 3464), and of what it reports.
    fn take_report(&mut self, part: &parser::MessagePart<'_>) {
        let kind = media_type(Some(part)).unwrap_or_default();
        let status = [
            "message/delivery-status",
            "message/disposition-notification",
        ];
        if status.contains(&kind.as_str()) {
            append(&mut self.report, &String::from_utf8_lossy(part.contents()));
        } else if kind == "text/rfc822-headers" {
            append(
                &mut self.report,
                floor(&String::from_utf8_lossy(part.contents()), 4_000),
            );
        } else if let PartType::Message(inner) = &part.body {
            let id = inner.message_id().map(clean_id).unwrap_or_default();
            let subject = clean_subject(inner);
            append(
                &mut self.report,
                &format!("Subject: {subject}\nMessage-ID: <{id}>"),
            );
        }
    }

    /// Prefers what the sender wrote as plain text, unless it left that empty.
    fn text(&self, content_type: &str) -> String {
        let mut text = if self.plain.trim().is_empty() {
            self.html.clone()
        } else {
            self.plain.clone()
        };
        if content_type == "multipart/report" {
            append(&mut text, &self.report);
        }
        untrusted::block(&text).trim_end().to_owned()
    }
}

fn append(to: &mut String, text: &str) {
    if to.len() >= TEXT_BYTES_MAX || text.is_empty() {
        return;
    }
    if !to.is_empty() {
        to.push_str("\n\n");
    }
    to.push_str(floor(text, TEXT_BYTES_MAX));
}

fn plain(parsed: &parser::Message<'_>, part: &parser::MessagePart<'_>) -> String {
    let declared = part.content_type();
    let attribute = |name: &str| {
        declared
            .and_then(|kind| kind.attribute(name))
            .unwrap_or_default()
    };
    let mut text = Cow::Borrowed(part.text_contents().unwrap_or_default());
    let charset = attribute("charset").to_ascii_lowercase();
    // Text that says it is UTF-8, or nothing, and is not, is Western text of an old program.
    let unsaid = charset_decoder(charset.as_bytes()).is_none() || charset.starts_with("utf");
    if text.contains('\u{FFFD}') && unsaid {
        let decoded = original_bytes(parsed, part).filter(|raw| std::str::from_utf8(raw).is_err());
        if let Some(raw) = decoded {
            text = Cow::Owned(western(&raw));
        }
    }
    let text = text.replace("\r\n", "\n");
    if !attribute("format").eq_ignore_ascii_case("flowed") {
        return text;
    }
    let drops = attribute("delsp").eq_ignore_ascii_case("yes");
    quote::unflow(
        &text,
        if drops {
            Flow::DropSpace
        } else {
            Flow::KeepSpace
        },
    )
}

/// Returns the bytes of a part before a charset was laid on them.
fn original_bytes(parsed: &parser::Message<'_>, part: &parser::MessagePart<'_>) -> Option<Vec<u8>> {
    let start = usize::try_from(part.offset_body).ok()?;
    let end = usize::try_from(part.offset_end).ok()?;
    let raw = parsed.raw_message.get(start..end)?;
    match part.encoding {
        parser::Encoding::None => Some(raw.to_owned()),
        parser::Encoding::QuotedPrintable => quoted_printable_decode(raw),
        parser::Encoding::Base64 => base64_decode(raw),
    }
}

/// Finds the addresses of the web that stand in plain text.
fn bare_links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || "<>\"()[]{}".contains(c)) {
        let lower = floor(word, 8).to_ascii_lowercase();
        if links.len() < 500 && (lower.starts_with("http://") || lower.starts_with("https://")) {
            let end = |c: char| ".,;:!?'".contains(c);
            let url = untrusted::line(word.trim_end_matches(end), VALUE_MAX);
            links.push(Link {
                text: url.clone(),
                url,
            });
        }
    }
    links
}

/// The calendar text, and the `method` that its type bears.
fn invitation(parsed: &parser::Message<'_>) -> Option<(String, Option<String>)> {
    let of = |kinds: [&str; 2]| {
        let mut parts = parsed.parts.iter();
        parts.find(|part| media_type(Some(part)).is_some_and(|kind| kinds.contains(&kind.as_str())))
    };
    let part = of(["text/calendar", "text/x-vcalendar"])
        .or_else(|| of(["application/ics", "text/ics"]))?;
    let bytes = part.contents();
    let text = String::from_utf8_lossy(bytes);
    let is_calendar = text.to_ascii_uppercase().contains("BEGIN:VCALENDAR");
    let method = part
        .content_type()
        .and_then(|kind| kind.attribute("method"))
        .map(str::to_owned);
    (bytes.len() <= INVITATION_BYTES_MAX && is_calendar).then(|| (text.into_owned(), method))
}

#[cfg(test)]
mod tests;
