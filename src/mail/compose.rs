//! Puts drafts together (RFC 5322, RFC 5322 section 3.6.4 for threads). Refuses whatever could
//! become a header of its own, and answers nobody who does not wait for an answer.

use std::str::FromStr as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use sha2::{Digest as _, Sha256};

use super::error::Error;
use super::html::floor;
use crate::action::{Address, MailDraft, Message};

/// Marks a draft as Legwork's, with the digest of its key.
pub(super) const DRAFT_HEADER: &str = "X-Legwork-Draft";
/// Earlier messages named in `References`: the first of the thread and the latest of the rest.
const REFERENCES_MAX: usize = 20;
/// Longest Message-ID named; a line of a header must not pass 998 octets.
const MESSAGE_ID_BYTES_MAX: usize = 250;
/// How much of the message answered is quoted.
const QUOTED_BYTES_MAX: usize = 20_000;
/// Recipients of one draft.
const RECIPIENTS_MAX: usize = 100;
/// Longest subject in characters.
const SUBJECT_MAX: usize = 500;

/// The message that a draft answers.
pub(super) struct OriginalMail(pub(super) Message);

/// Returns what stands for a key in names and headers.
pub(super) fn digest(key: &str) -> String {
    let hash = Sha256::digest(key.as_bytes());
    let mut out = String::new();
    for byte in hash.iter().take(16) {
        for half in [byte >> 4, byte & 15] {
            out.extend(char::from_digit(u32::from(half), 16));
        }
    }
    out
}

/// Returns the Message-ID, without brackets, of the draft with this digest.
pub(super) fn message_id(digest: &str, from: &Address) -> Result<String, Error> {
    let mailbox = mailbox(from)?;
    Ok(format!("{digest}@{}", mailbox.email.domain()))
}

/// Composes a draft.
pub(super) fn draft(
    draft: &MailDraft,
    original: Option<&OriginalMail>,
    from: &Address,
    digest: &str,
    now: Timestamp,
) -> Result<Vec<u8>, Error> {
    let sender = mailbox(from)?;
    let recipients = recipients(draft, original, from)?;
    let subject = subject(draft, original)?;
    let own_id = message_id(digest, from)?;
    let mark = HeaderName::new_from_ascii_str(DRAFT_HEADER);
    let mut builder = lettre::Message::builder()
        .from(sender)
        .date(system_time(now))
        .subject(subject)
        .message_id(Some(format!("<{own_id}>")))
        .header(MIME_VERSION_1_0)
        .header(ContentType::TEXT_PLAIN)
        .raw_header(HeaderValue::new(mark, digest.to_owned()));
    for recipient in &recipients {
        builder = builder.to(mailbox(recipient)?);
    }
    if let Some(OriginalMail(message)) = original {
        let ids = thread(message);
        if let Some(answered) = ids.last() {
            builder = builder
                .in_reply_to(answered.clone())
                .references(ids.join(" "));
        }
    }
    let body = body(draft, original, &recipients);
    let message = builder.body(body).map_err(Error::Compose)?;
    Ok(message.formatted())
}

fn system_time(now: Timestamp) -> SystemTime {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn mailbox(address: &Address) -> Result<Mailbox, Error> {
    one_line("name", &address.name)?;
    one_line("address", &address.email)?;
    let email = lettre::Address::from_str(address.email.trim());
    let email = email.map_err(|source| Error::BadAddress {
        address: address.email.clone(),
        source,
    })?;
    let name = address.name.trim();
    Ok(Mailbox::new(
        (!name.is_empty()).then(|| name.to_owned()),
        email,
    ))
}

/// Control characters end a header field or hide what follows; none is ever needed.
fn one_line(field: &'static str, value: &str) -> Result<(), Error> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if value.contains(breaks) {
        let value = crate::untrusted::line(value, 200);
        return Err(Error::BadHeader { field, value });
    }
    Ok(())
}

/// Returns whom the draft goes to: those named, else those the message says to answer.
fn recipients(
    draft: &MailDraft,
    original: Option<&OriginalMail>,
    from: &Address,
) -> Result<Vec<Address>, Error> {
    let found: Vec<Address> = match original {
        Some(OriginalMail(message)) if draft.to.is_empty() => {
            if let Some(reason) = message.automatic() {
                let from = message.envelope.from.email.clone();
                return Err(Error::Automatic { from, reason });
            }
            answered(message, from)
        }
        Some(_) | None => draft.to.clone(),
    };
    let mut unique: Vec<Address> = Vec::new();
    for address in found.into_iter().take(RECIPIENTS_MAX) {
        if !unique.iter().any(|known| is_same(known, &address)) {
            unique.push(address);
        }
    }
    if unique.is_empty() {
        return Err(Error::NoRecipient);
    }
    Ok(unique)
}

/// Reply-To, else From; who answers his own mail writes to whom it went.
fn answered(message: &Message, own: &Address) -> Vec<Address> {
    let envelope = &message.envelope;
    let sender = std::slice::from_ref(&envelope.from);
    let others = |list: &[Address]| -> Vec<Address> {
        let usable = |a: &&Address| !a.email.is_empty() && !is_same(a, own);
        list.iter().filter(usable).cloned().collect()
    };
    let candidates = [message.reply_to.as_slice(), sender, &envelope.to];
    candidates
        .into_iter()
        .map(others)
        .find(|list| !list.is_empty())
        .unwrap_or_default()
}

fn is_same(a: &Address, b: &Address) -> bool {
    a.email.trim().eq_ignore_ascii_case(b.email.trim())
}

fn subject(draft: &MailDraft, original: Option<&OriginalMail>) -> Result<String, Error> {
    one_line("subject", &draft.subject)?;
    match original {
        Some(OriginalMail(message)) if draft.subject.trim().is_empty() => {
            let bare = without_prefixes(&message.envelope.subject);
            Ok(crate::untrusted::line(&format!("Re: {bare}"), SUBJECT_MAX))
        }
        Some(_) | None => Ok(draft.subject.trim().to_owned()),
    }
}

/// Takes off every `Re:` of every language, also counted ones such as `Re[2]:`.
fn without_prefixes(subject: &str) -> &str {
    const PREFIXES: [&str; 10] = [
        "re", "aw", "sv", "vs", "antw", "rif", "res", "odp", "ref", "回复",
    ];
    let mut rest = subject.trim();
    // Each round makes `rest` shorter, so this ends.
    while let Some((prefix, after)) = rest.split_once([':', ':']) {
        let word = prefix
            .trim()
            .split(['[', '(', '^'])
            .next()
            .unwrap_or_default()
            .to_lowercase();
        if !PREFIXES.contains(&word.as_str()) {
            break;
        }
        rest = after.trim_start();
    }
    rest
}

/// Returns the Message-IDs of the thread with their brackets, the message answered last.
fn thread(message: &Message) -> Vec<String> {
    let fit = |id: &&String| {
        let plain = id
            .chars()
            .all(|c| c.is_ascii_graphic() && !"<>".contains(c));
        !id.is_empty() && id.len() <= MESSAGE_ID_BYTES_MAX && plain
    };
    let own = &message.envelope.message_id;
    let earlier = message
        .references
        .iter()
        .filter(fit)
        .filter(|id| *id != own);
    let mut ids: Vec<String> = earlier.map(|id| format!("<{id}>")).collect();
    if !fit(&own) {
        return Vec::new();
    }
    ids.push(format!("<{own}>"));
    if ids.len() > REFERENCES_MAX {
        let surplus = ids.len() - REFERENCES_MAX;
        ids.drain(1..=surplus);
    }
    ids
}

/// The text, and below it what is answered; the latter only to those who know it already.
fn body(draft: &MailDraft, original: Option<&OriginalMail>, recipients: &[Address]) -> String {
    let mut body = draft
        .body
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\0', "");
    if let Some(OriginalMail(message)) = original {
        let envelope = &message.envelope;
        let known = |a: &Address| {
            let mut others = envelope
                .to
                .iter()
                .chain(&envelope.cc)
                .chain(&message.reply_to);
            is_same(a, &envelope.from) || others.any(|other| is_same(other, a))
        };
        if recipients.iter().all(known) {
            body.push_str(&quoted(message));
        }
    }
    body
}

fn quoted(message: &Message) -> String {
    let from = &message.envelope.from;
    let who = if from.name.is_empty() {
        &from.email
    } else {
        &from.name
    };
    let date = message.envelope.date.strftime("%Y-%m-%d %H:%M UTC");
    let mut out = format!("\n\nOn {date}, {who} wrote:\n");
    let text = floor(&message.text, QUOTED_BYTES_MAX);
    for line in text.lines() {
        out.push_str(if line.starts_with('>') { ">" } else { "> " });
        out.push_str(line.trim_end());
        out.push('\n');
    }
    if text.len() < message.text.len() {
        out.push_str("> [...]\n");
    }
    out
}

/// Takes a header field with its folded lines out of the bytes of a message.
pub(super) fn without_header(bytes: &[u8], name: &str) -> Vec<u8> {
    let field = format!("{name}:").into_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let (mut in_header, mut dropping) = (true, false);
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        if in_header {
            let is_end = line == b"\n" || line == b"\r\n";
            let folded = line.starts_with(b" ") || line.starts_with(b"\t");
            in_header = !is_end;
            let starts = line
                .get(..field.len())
                .is_some_and(|s| s.eq_ignore_ascii_case(&field));
            dropping = !is_end && if folded { dropping } else { starts };
        }
        if !(in_header && dropping) {
            out.extend_from_slice(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_every_language_go_and_words_stay() {
        for subject in [
            "Re: Budget",
            "AW: Re: Budget",
            "RE[2]: Budget",
            " re:re : Budget",
            "Budget",
        ] {
            assert_eq!(without_prefixes(subject), "Budget", "{subject}");
        }
        assert_eq!(without_prefixes("Report: Budget"), "Report: Budget");
        assert_eq!(without_prefixes("Fwd: Re: x"), "Fwd: Re: x");
    }

    #[test]
    fn only_the_named_header_goes() {
        let mail = b"A: 1\r\nx-legwork-draft: a\r\n b\r\nB: 2\r\n\r\nX-Legwork-Draft: c\r\n";
        let rest = b"A: 1\r\nB: 2\r\n\r\nX-Legwork-Draft: c\r\n";
        assert_eq!(without_header(mail, DRAFT_HEADER), rest);
    }

    #[test]
    fn a_digest_is_the_start_of_the_sha_256() {
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223");
    }
}
