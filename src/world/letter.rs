//! One mail of the world: read from a rendered template, written as the bytes of a message.
//!
//! The format of the templates is told in `fixtures/world/mail/README.md`.

use std::collections::BTreeMap;

use jiff::ZonedDateTime;

use super::Error;
use super::draw::Draw;
use super::mime::{Transfer, crlf, header, in_charset};

/// What a mail is, as its reader would say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A person asks something and waits for an answer.
    Question,
    /// A person tells something; no answer is needed.
    Fyi,
    /// The clinic asks the user to book an appointment.
    Request,
    /// Something has to be paid, or will be collected.
    Invoice,
    /// Something has been paid.
    Receipt,
    /// A parcel is on its way.
    Shipping,
    /// Bulk mail that can be unsubscribed.
    Newsletter,
    /// A mailing list of people.
    List,
    /// A program tells something.
    Notification,
    /// A one-time code.
    Code,
    /// A delivery failure.
    Bounce,
    /// An answer sent by a program while its owner is away.
    AutoReply,
    /// A meeting request.
    Invitation,
    /// A meeting that will not take place.
    Cancellation,
    /// Fraud.
    Phishing,
    /// The user's own mail.
    Own,
}

impl Kind {
    /// Reads the name used in the templates.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "question" => Self::Question,
            "fyi" => Self::Fyi,
            "request" => Self::Request,
            "invoice" => Self::Invoice,
            "receipt" => Self::Receipt,
            "shipping" => Self::Shipping,
            "newsletter" => Self::Newsletter,
            "list" => Self::List,
            "notification" => Self::Notification,
            "code" => Self::Code,
            "bounce" => Self::Bounce,
            "auto_reply" => Self::AutoReply,
            "invitation" => Self::Invitation,
            "cancellation" => Self::Cancellation,
            "phishing" => Self::Phishing,
            "own" => Self::Own,
            _ => return None,
        })
    }
}

/// A mail before it is written.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) kind: Kind,
    /// Its name in the templates; may be empty.
    pub(super) name: String,
    /// The mail it answers, by name; may be empty.
    pub(super) answers: String,
    /// Maildir++ folder, empty for INBOX.
    pub(super) folder: String,
    pub(super) flags: String,
    pub(super) date: ZonedDateTime,
    /// `Message-ID` without its brackets.
    pub(super) id: String,
    pub(super) subject: String,
    charset: String,
    multipart: String,
    headers: Vec<(String, String)>,
    body: Body,
}

#[derive(Debug, Clone)]
enum Body {
    Raw(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Clone)]
struct Part {
    /// Type and its parameters, without those of this format.
    media: String,
    charset: String,
    transfer: Transfer,
    disposition: String,
    name: String,
    body: Vec<u8>,
}

impl Letter {
    /// Reads one rendered mail; none when this world doesn't have it.
    ///
    /// # Errors
    /// [`Error::Fixture`] names what is wrong with the template.
    pub(super) fn read(
        text: &str,
        now: &ZonedDateTime,
        draw: &mut Draw,
    ) -> Result<Option<Self>, Error> {
        let wrong = |what: &str| Error::fixture("mail", format!("{what} in {text:.80}"));
        let text = text.trim_start();
        let (facts, rest) = text.split_once('\n').ok_or_else(|| wrong("no facts"))?;
        let facts = facts.strip_prefix("@ ").ok_or_else(|| wrong("no facts"))?;
        let facts: BTreeMap<&str, &str> = facts
            .split_whitespace()
            .filter_map(|fact| fact.split_once('='))
            .collect();
        let fact = |name| facts.get(name).copied().unwrap_or_default();
        let odds = fact("odds").parse().unwrap_or(100);
        let kind = Kind::named(fact("kind")).ok_or_else(|| wrong("no known kind"))?;
        let hours: f64 = fact("age").parse().map_err(|_| wrong("no age"))?;
        let (present, jitter, id) = (draw.chance(odds), draw.number(0, 900), draw.code(18));
        if !present {
            return Ok(None);
        }
        let (head, body) = split_head(rest);
        let mut letter = Self {
            kind,
            name: fact("name").to_owned(),
            answers: fact("answers").to_owned(),
            folder: fact("box").to_owned(),
            flags: fact("flags").to_owned(),
            date: ago(now, hours, jitter),
            id: String::new(),
            subject: String::new(),
            charset: Some(fact("charset"))
                .filter(|set| !set.is_empty())
                .unwrap_or("utf-8")
                .into(),
            multipart: String::new(),
            headers: Vec::new(),
            body: Body::Raw(rest.to_owned()),
        };
        letter.read_head(head, &id);
        if fact("raw").is_empty() {
            letter.body = Body::Parts(read_parts(body).ok_or_else(|| wrong("a bad part"))?);
        }
        Ok(Some(letter))
    }

    fn read_head(&mut self, head: &str, fresh: &str) {
        let mut host = String::new();
        for line in head.lines() {
            if let Some(multipart) = line.strip_prefix("@ multipart=") {
                multipart.clone_into(&mut self.multipart);
            } else if let Some((name, value)) = line.split_once(": ") {
                self.headers.push((name.to_owned(), value.to_owned()));
                match name {
                    "Subject" => value.clone_into(&mut self.subject),
                    "From" => host = host_of(value),
                    "Message-ID" => value.trim_matches(['<', '>']).clone_into(&mut self.id),
                    _ => {}
                }
            }
        }
        if self.id.is_empty() {
            self.id = format!("{fresh}@{host}");
        }
    }

    /// Replaces `from` by `to` in subject, header and text.
    pub(super) fn replace(&mut self, from: &str, to: &str) {
        self.subject = self.subject.replace(from, to);
        for (_, value) in &mut self.headers {
            *value = value.replace(from, to);
        }
        if let Body::Parts(parts) = &mut self.body {
            for part in parts {
                if let Ok(text) = String::from_utf8(part.body.clone())
                    && text.contains(from)
                {
                    part.body = text.replace(from, to).into_bytes();
                }
            }
        }
    }

    /// Writes the message; `references` are the ids of the thread so far, oldest first.
    pub(super) fn bytes(&self, references: &[String]) -> Vec<u8> {
        let parts = match &self.body {
            Body::Raw(text) => return crlf(text.as_bytes()),
            Body::Parts(parts) => parts,
        };
        let mut out = String::new();
        for (name, value) in &self.headers {
            out.push_str(&header(name, value, &self.charset));
        }
        out.push_str(&header("Date", &rfc2822(&self.date), "utf-8"));
        out.push_str(&header("Message-ID", &format!("<{}>", self.id), "utf-8"));
        if let Some(last) = references.last() {
            let all: Vec<String> = references.iter().map(|id| format!("<{id}>")).collect();
            out.push_str(&header("In-Reply-To", &format!("<{last}>"), "utf-8"));
            out.push_str(&header("References", &all.join(" "), "utf-8"));
        }
        out.push_str("MIME-Version: 1.0\r\n");
        self.write_body(out.into_bytes(), parts)
    }

    fn write_body(&self, mut out: Vec<u8>, parts: &[Part]) -> Vec<u8> {
        if let ([part], true) = (parts, self.multipart.is_empty()) {
            part.write(&mut out);
            return out;
        }
        let boundary: String = self.id.chars().take_while(|c| *c != '@').collect();
        let boundary = format!("=_{boundary}");
        let kind = Some(self.multipart.as_str()).filter(|kind| !kind.is_empty());
        let kind = kind.unwrap_or("mixed");
        let line = format!("Content-Type: multipart/{kind};\r\n boundary=\"{boundary}\"\r\n\r\n");
        out.extend_from_slice(line.as_bytes());
        for part in parts {
            out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
            part.write(&mut out);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        out
    }
}

impl Part {
    fn write(&self, out: &mut Vec<u8>) {
        let mut head = format!("Content-Type: {}", self.media);
        if !self.charset.is_empty() {
            head.extend(["; charset=", &self.charset]);
        }
        if !self.name.is_empty() {
            head.extend([";\r\n name=\"", &self.name, "\""]);
        }
        head.push_str("\r\nContent-Transfer-Encoding: ");
        head.push_str(self.transfer.header());
        if !self.disposition.is_empty() {
            head.extend([
                "\r\nContent-Disposition: ",
                &self.disposition,
                "; filename=\"",
                &self.name,
                "\"",
            ]);
        }
        head.push_str("\r\n\r\n");
        out.extend_from_slice(head.as_bytes());
        let is_calendar = self.media.starts_with("text/calendar");
        let text = if is_calendar {
            crlf(&self.body)
        } else {
            self.body.clone()
        };
        let text = match String::from_utf8(text) {
            Ok(text) if !self.charset.is_empty() => in_charset(&text, &self.charset),
            Ok(text) => text.into_bytes(),
            Err(bytes) => bytes.into_bytes(),
        };
        out.extend_from_slice(&self.transfer.encode(&text));
    }
}

/// Writes a date as RFC 5322 does.
pub(super) fn rfc2822(at: &ZonedDateTime) -> String {
    at.strftime("%a, %-d %b %Y %H:%M:%S %z").to_string()
}

/// Returns the moment `hours` and some seconds before `now`.
pub(super) fn ago(now: &ZonedDateTime, hours: f64, seconds: i64) -> ZonedDateTime {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "ages in templates are some hundred hours"
    )]
    let whole = (hours * 3600.0) as i64;
    now.saturating_sub(jiff::Span::new().seconds(whole.saturating_add(seconds)))
}

fn host_of(address: &str) -> String {
    let host = address
        .rsplit_once('@')
        .map_or("mail.example", |(_, host)| host);
    host.trim_end_matches('>').to_owned()
}

/// Parts the header from the body, which begins at an empty line or at the first part.
fn split_head(text: &str) -> (&str, &str) {
    let empty = text.find("\n\n").map(|at| (at + 1, at + 2));
    let part = text.find("\n[[[ ").map(|at| (at + 1, at + 1));
    let cut = [empty, part].into_iter().flatten().min();
    let (end, start) = cut.unwrap_or((text.len(), text.len()));
    (
        text.get(..end).unwrap_or(text),
        text.get(start..).unwrap_or_default(),
    )
}

fn read_parts(body: &str) -> Option<Vec<Part>> {
    if !body.starts_with("[[[ ") {
        let plain = if body.is_ascii() { "7bit" } else { "8bit" };
        return Some(vec![Part::read(&format!(
            "text/plain; charset=utf-8; enc={plain}\n{}\n",
            body.trim_end()
        ))?]);
    }
    let mut text = body.strip_prefix("[[[ ")?;
    let mut parts = Vec::new();
    while let Some((part, rest)) = text.split_once("\n[[[ ") {
        parts.push(Part::read(&format!("{part}\n"))?);
        text = rest;
    }
    parts.push(Part::read(&format!("{}\n", text.trim_end()))?);
    Some(parts)
}

impl Part {
    fn read(text: &str) -> Option<Self> {
        let (line, body) = text.split_once('\n')?;
        let mut pieces = line.split(';').map(str::trim);
        let mut part = Self {
            media: pieces.next()?.to_owned(),
            charset: String::new(),
            transfer: Transfer::SevenBit,
            disposition: String::new(),
            name: String::new(),
            body: body.as_bytes().to_vec(),
        };
        for piece in pieces {
            let (name, value) = piece.split_once('=')?;
            match name {
                "charset" => value.clone_into(&mut part.charset),
                "enc" => part.transfer = Transfer::named(value)?,
                "disposition" => value.clone_into(&mut part.disposition),
                "name" => value.clone_into(&mut part.name),
                "file" => part.body = attached(value)?,
                _ => part.media = format!("{}; {piece}", part.media),
            }
        }
        Some(part)
    }
}

/// Returns an embedded attachment.
fn attached(name: &str) -> Option<Vec<u8>> {
    match name {
        "pixel" => Some(include_bytes!("../../fixtures/world/mail/pixel.png").to_vec()),
        "pdf" => Some(include_bytes!("../../fixtures/world/mail/paper.pdf").to_vec()),
        _ => None,
    }
}
