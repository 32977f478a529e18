//! Answers: to whom they go, under which subject, in which thread, above which quotation.

use super::header::{is_same, one_line};
use super::{Author, Letter, RECIPIENTS_MAX};
use crate::action::{Address, MailDraft, Message};
use crate::mail::Error;
use crate::mail::html::floor;

/// Earlier messages named in `References`: the first of the thread and the latest of the rest.
const REFERENCES_MAX: usize = 20;
/// Longest Message-ID named; a line of a header must not pass 998 octets.
const MESSAGE_ID_BYTES_MAX: usize = 250;
/// How much of the message answered is quoted.
const QUOTED_BYTES_MAX: usize = 20_000;
/// Longest subject in characters.
const SUBJECT_MAX: usize = 500;

/// Fills in what a draft that answers `message` leaves to it.
pub(super) fn letter(
    draft: &MailDraft,
    message: &Message,
    author: &Author,
) -> Result<Letter, Error> {
    let mut letter = super::plain(draft, author)?;
    if draft.to.is_empty() {
        // Who asks for everyone means a list on which people talk.
        let talks = draft.to_all
            && message.is_discussion()
            && !message.headers.contains_key("auto-submitted");
        if let Some(reason) = message.automatic().filter(|_| !talks) {
            let from = message.envelope.from.email.clone();
            return Err(Error::Automatic { from, reason });
        }
        letter.to = answered(message, author);
        if draft.to_all {
            let (to, cc) = all(message, &letter.to, author);
            letter.to = to;
            letter.cc.extend(cc);
        }
    }
    if draft.subject.trim().is_empty() {
        let bare = without_prefixes(&message.envelope.subject);
        letter.subject = crate::untrusted::line(&format!("Re: {bare}"), SUBJECT_MAX);
    }
    let everyone: Vec<&Address> = letter.recipients().collect();
    let quote = if everyone.iter().all(|one| knows(message, one)) {
        quoted(message)
    } else {
        String::new()
    };
    letter.body = author.signed(&letter.body, &quote);
    Ok(letter)
}

/// Returns a subject as a draft may have it.
pub(super) fn subject(draft: &MailDraft) -> Result<String, Error> {
    one_line("subject", &draft.subject)?;
    Ok(draft.subject.trim().to_owned())
}

/// Reply-To, else From; who answers his own mail writes to whom it went.
fn answered(message: &Message, author: &Author) -> Vec<Address> {
    let envelope = &message.envelope;
    let sender = std::slice::from_ref(&envelope.from);
    let others = |list: &[Address]| -> Vec<Address> {
        let usable = |a: &&Address| !a.email.is_empty() && !author.is_own(a);
        list.iter().filter(usable).cloned().collect()
    };
    let candidates = [message.reply_to.as_slice(), sender, &envelope.to];
    candidates
        .into_iter()
        .map(others)
        .find(|list| !list.is_empty())
        .unwrap_or_default()
}

/// Everyone the message went to besides oneself: who is answered first, the others as copies.
fn all(message: &Message, first: &[Address], author: &Author) -> (Vec<Address>, Vec<Address>) {
    let envelope = &message.envelope;
    let others = |list: &[Address], taken: &[Address]| -> Vec<Address> {
        let usable = |a: &&Address| {
            let is_taken = taken.iter().any(|known| is_same(known, a));
            !a.email.is_empty() && !author.is_own(a) && !is_taken
        };
        list.iter().filter(usable).cloned().collect()
    };
    let to = first.to_vec();
    let mut cc = others(&envelope.to, &to);
    let taken: Vec<Address> = to.iter().chain(&cc).cloned().collect();
    cc.extend(others(&envelope.cc, &taken));
    cc.truncate(RECIPIENTS_MAX);
    (to, cc)
}

/// Says whether `address` had the message already.
fn knows(message: &Message, address: &Address) -> bool {
    let envelope = &message.envelope;
    let mut others = envelope
        .to
        .iter()
        .chain(&envelope.cc)
        .chain(&message.reply_to);
    is_same(address, &envelope.from) || others.any(|other| is_same(other, address))
}

/// Takes off every `Re:` of every language, also counted ones such as `Re[2]:`.
pub(super) fn without_prefixes(subject: &str) -> &str {
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
pub(super) fn thread(message: &Message) -> Vec<String> {
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

/// The text that is answered, below the answer; only for those who know it already.
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
}
