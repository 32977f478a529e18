//! Passing a message on: its text below the user's own words with its files, or whole as a file.

use mail_parser::{MessageParser, MimeHeaders as _, PartType};

use super::{Attached, Author, Letter};
use crate::action::{Address, ForwardAs, MailDraft, Message};
use crate::mail::Error;
use crate::mail::html::floor;
use crate::mail::mime;
use crate::untrusted;

/// Longest subject in characters.
const SUBJECT_MAX: usize = 500;
/// How much text is passed on below the user's own; more is better sent whole as a file.
const TEXT_BYTES_MAX: usize = 200_000;
/// Files passed on with a message.
const FILES_MAX: usize = 100;
/// Longest name of a file made from a subject, in characters.
const NAME_MAX: usize = 60;

/// Fills in what a draft that passes `message` on takes from it; `raw` are its exact bytes.
pub(super) fn letter(
    draft: &MailDraft,
    message: &Message,
    raw: &[u8],
    author: &Author,
) -> Result<Letter, Error> {
    let mut letter = super::plain(draft, author)?;
    letter.passes_on = true;
    if draft.subject.trim().is_empty() {
        let bare = without_prefixes(&message.envelope.subject);
        letter.subject = untrusted::line(&format!("Fwd: {bare}"), SUBJECT_MAX);
    }
    match draft.forward_as {
        ForwardAs::Text => {
            let own = author.signed(&letter.body, "");
            letter.body = format!("{own}{}", passed_on(message));
            letter.attached.extend(files(raw));
        }
        ForwardAs::File => {
            letter.body = author.signed(&letter.body, "");
            letter.attached.push(whole(message, raw));
        }
    }
    Ok(letter)
}

/// Takes off every `Fwd:` of every language.
fn without_prefixes(subject: &str) -> &str {
    let mut rest = subject.trim();
    // Each round makes `rest` shorter, so this ends.
    while let Some((prefix, after)) = rest.split_once(':') {
        let word = prefix.trim().to_lowercase();
        if !["fwd", "fw", "wg", "tr", "rv", "vb", "i"].contains(&word.as_str()) {
            break;
        }
        rest = after.trim_start();
    }
    rest
}

fn passed_on(message: &Message) -> String {
    let envelope = &message.envelope;
    let mut out = String::from("\n\n---------- Forwarded message ----------\n");
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            out.extend([name, ": ", value, "\n"]);
        }
    };
    field("From", &shown(std::slice::from_ref(&envelope.from)));
    let date = envelope.date.strftime("%Y-%m-%d %H:%M UTC").to_string();
    field("Date", &date);
    field("Subject", &envelope.subject);
    field("To", &shown(&envelope.to));
    field("Cc", &shown(&envelope.cc));
    out.push('\n');
    let text = floor(&message.text, TEXT_BYTES_MAX);
    out.push_str(text);
    out.push('\n');
    if text.len() < message.text.len() {
        out.push_str("[...]\n");
    }
    out
}

fn shown(addresses: &[Address]) -> String {
    let one = |a: &Address| {
        if a.name.is_empty() {
            a.email.clone()
        } else {
            format!("{} <{}>", a.name, a.email)
        }
    };
    addresses.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The files of a message with their content.
fn files(raw: &[u8]) -> Vec<Attached> {
    let Some(parsed) = MessageParser::default().parse(raw) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for part in parsed.attachments().take(FILES_MAX) {
        let media_type = part.content_type().map_or_else(
            || "application/octet-stream".to_owned(),
            |kind| match &kind.c_subtype {
                Some(sub) => format!("{}/{sub}", kind.c_type).to_ascii_lowercase(),
                None => kind.c_type.to_ascii_lowercase(),
            },
        );
        let content = match &part.body {
            PartType::Message(_) => inner(&parsed, part).to_vec(),
            PartType::Text(_)
            | PartType::Html(_)
            | PartType::Binary(_)
            | PartType::InlineBinary(_)
            | PartType::Multipart(_) => part.contents().to_vec(),
        };
        let name = mime::file_name(part.attachment_name().unwrap_or_default());
        let name = match (name.is_empty(), media_type.as_str()) {
            (false, _) => name,
            (true, "message/rfc822") => format!("message-{}.eml", found.len() + 1),
            (true, _) => format!("attachment-{}", found.len() + 1),
        };
        found.push(Attached {
            name,
            media_type,
            content,
        });
    }
    found
}

fn inner<'a>(
    parsed: &'a mail_parser::Message<'_>,
    part: &mail_parser::MessagePart<'_>,
) -> &'a [u8] {
    let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    parsed
        .raw_message
        .get(at(part.offset_body)..at(part.offset_end))
        .unwrap_or_default()
}

fn whole(message: &Message, raw: &[u8]) -> Attached {
    let subject = untrusted::line(&message.envelope.subject, NAME_MAX);
    let name = mime::file_name(&subject.replace(['/', '\\'], "_"));
    let name = if name.is_empty() { "message" } else { &name };
    Attached {
        name: format!("{name}.eml"),
        media_type: "message/rfc822".to_owned(),
        content: raw.to_vec(),
    }
}
