//! Puts letters together (RFC 5322): new ones, answers, messages passed on, invitations.
//!
//! Everything that leaves is first a draft in Drafts, made here, and is sent by a second action.
//! Refuses whatever could become a header of its own, and answers nobody who does not wait for it.

mod answer;
mod attach;
mod build;
mod forward;
mod header;

use crate::action::{Address, MailDraft, MailId, Message};
use crate::mail::Error;

pub(super) use build::{Frame, bytes, with_crlf};
pub(super) use header::{digest, mailbox, message_id, without_header};

/// Marks a draft as Legwork's, with the digest of its key. It never leaves.
pub(super) const DRAFT_HEADER: &str = "X-Legwork-Draft";
/// What stands behind the digest of a draft that passes a message on.
pub(super) const PASSES_ON: &str = "; passes on";
/// Recipients of one draft.
const RECIPIENTS_MAX: usize = 100;
/// Largest files of one letter together unless set otherwise: what most servers take, once encoded.
const ATTACHED_BYTES_MAX: u64 = 20 * 1024 * 1024;

/// Who writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The address to write from.
    pub address: Address,
    /// Every address of one's own; answers to all leave them out.
    pub own: Vec<String>,
    /// Stands below what is written; empty for none.
    pub signature: String,
    /// Largest files of one letter together, in bytes.
    pub attached_bytes_max: u64,
}

/// A letter as it will stand in Drafts. What is not the user's own text, such as an invitation,
/// comes as data from whoever made it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub to: Vec<Address>,
    /// Who gets a copy.
    pub cc: Vec<Address>,
    /// Who gets a copy that the others don't know of.
    pub bcc: Vec<Address>,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// The message it answers, for its thread.
    pub in_reply_to: Option<MailId>,
    /// Files.
    pub attached: Vec<Attached>,
    /// An invitation or the answer to one.
    pub calendar: Option<Invitation>,
    /// Whether it passes a message on, instead of answering it.
    pub passes_on: bool,
}

/// A file that goes with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Its name, without folders.
    pub name: String,
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// An invitation, an answer to one or a cancellation (RFC 6047), as the calendar wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its method, such as `REQUEST`, `REPLY` or `CANCEL`; the text must name the same.
    pub method: String,
    /// `BEGIN:VCALENDAR` and so on.
    pub text: String,
}

/// What a draft refers to, read beforehand.
pub(super) enum Source {
    /// Nothing: it begins a thread.
    New,
    /// The message it answers.
    Answered(Box<Message>),
    /// The message it passes on, with its exact bytes.
    Forwarded(Box<Message>, Vec<u8>),
}

impl Source {
    /// Returns the thread that the draft belongs to.
    pub(super) fn thread(&self) -> Vec<String> {
        match self {
            Self::New => Vec::new(),
            Self::Answered(message) => answer::thread(message),
            Self::Forwarded(message, _) => {
                // It names what it passes on, but answers nobody.
                answer::thread(message)
                    .into_iter()
                    .next_back()
                    .into_iter()
                    .collect()
            }
        }
    }
}

impl Author {
    /// Someone with one address and no signature.
    pub fn new(address: Address) -> Self {
        Self {
            own: vec![address.email.clone()],
            address,
            signature: String::new(),
            attached_bytes_max: ATTACHED_BYTES_MAX,
        }
    }

    fn is_own(&self, address: &Address) -> bool {
        let email = address.email.trim();
        let same = |own: &String| own.trim().eq_ignore_ascii_case(email);
        self.address.email.trim().eq_ignore_ascii_case(email) || self.own.iter().any(same)
    }

    /// Returns `body` with the quotation and the signature below it, the latter once
    /// (RFC 3676 section 4.3).
    fn signed(&self, body: &str, quote: &str) -> String {
        let signature = self.signature.trim();
        if signature.is_empty() || body.trim_end().ends_with(signature) {
            return format!("{body}{quote}");
        }
        format!(
            "{}{}\n\n-- \n{signature}\n",
            body.trim_end(),
            quote.trim_end()
        )
    }
}

impl Letter {
    /// Returns everyone it goes to.
    pub fn recipients(&self) -> impl Iterator<Item = &Address> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }

    /// Each recipient once; somebody must be there.
    fn check(&self) -> Result<(), Error> {
        header::one_line("subject", &self.subject)?;
        match self.recipients().count() {
            0 => Err(Error::NoRecipient),
            count if count > RECIPIENTS_MAX => Err(Error::TooMany {
                count,
                most: RECIPIENTS_MAX,
            }),
            _ => Ok(()),
        }
    }

    fn without_repeats(mut self) -> Self {
        let mut known: Vec<Address> = Vec::new();
        for list in [&mut self.to, &mut self.cc, &mut self.bcc] {
            list.retain(|address| {
                let is_new = !known.iter().any(|other| header::is_same(other, address));
                if is_new {
                    known.push(address.clone());
                }
                is_new
            });
        }
        self
    }
}

/// Fills in what a draft leaves to the message it is about, and reads the files it names.
pub(super) fn letter(draft: &MailDraft, source: &Source, author: &Author) -> Result<Letter, Error> {
    let letter = match source {
        Source::New => {
            let mut letter = plain(draft, author)?;
            letter.body = author.signed(&letter.body, "");
            letter
        }
        Source::Answered(message) => answer::letter(draft, message, author)?,
        Source::Forwarded(message, raw) => forward::letter(draft, message, raw, author)?,
    };
    Ok(letter.without_repeats())
}

/// What the draft itself says, unsigned.
fn plain(draft: &MailDraft, author: &Author) -> Result<Letter, Error> {
    let body = draft
        .body
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\0', "");
    Ok(Letter {
        to: draft.to.clone(),
        cc: draft.cc.clone(),
        bcc: draft.bcc.clone(),
        subject: answer::subject(draft)?,
        body,
        attached: attach::read(&draft.attach, author.attached_bytes_max)?,
        in_reply_to: draft.in_reply_to.clone(),
        calendar: None,
        passes_on: false,
    })
}

#[cfg(test)]
mod tests;
