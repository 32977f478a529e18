//! Words and payloads of mail, as in RFC 9051 (mailbox, flag, envelope) and RFC 5322 (message).

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names a message of an account, stable while it moves between mailboxes.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct MailId(pub String);

/// A mailbox address with its display name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Display name, may be empty; anyone can write anything there.
    #[serde(default)]
    pub name: String,
    /// `local@domain`, as written.
    pub email: String,
}

/// A flag or keyword of a message (RFC 9051 section 2.3.2).
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// `\Seen`
    Seen,
    /// `\Answered`
    Answered,
    /// `\Flagged`
    Flagged,
    /// `\Draft`
    Draft,
    /// `\Deleted`
    Deleted,
    /// `$Forwarded`
    Forwarded,
    /// Any other keyword, such as a label.
    Keyword(String),
}

impl Flag {
    /// The name that RFC 9051 gives it, without the backslash or dollar sign.
    pub fn word(&self) -> &str {
        match self {
            Self::Seen => "Seen",
            Self::Answered => "Answered",
            Self::Flagged => "Flagged",
            Self::Draft => "Draft",
            Self::Deleted => "Deleted",
            Self::Forwarded => "Forwarded",
            Self::Keyword(keyword) => keyword,
        }
    }
}

/// What a list of messages shows of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Envelope {
    /// Names the message for the other mail actions.
    pub id: MailId,
    /// The mailbox it lies in, such as `INBOX`.
    pub mailbox: String,
    /// `Message-ID` without its angle brackets; empty when the message has none.
    pub message_id: String,
    /// First address of `From`.
    pub from: Address,
    /// `To`.
    pub to: Vec<Address>,
    /// `Cc`.
    pub cc: Vec<Address>,
    /// Decoded subject, hidden characters removed, one line.
    pub subject: String,
    /// `Date`, else the time of delivery.
    #[schemars(with = "String")]
    pub date: Timestamp,
    /// Flags and keywords that are set.
    pub flags: Vec<Flag>,
    /// Size in octets.
    pub size: u64,
}

/// One message, decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// What a list shows of it.
    pub envelope: Envelope,
    /// `Reply-To`, empty when the message has none.
    pub reply_to: Vec<Address>,
    /// `In-Reply-To` and `References`, oldest first, without brackets or repeats.
    pub references: Vec<String>,
    /// Visible text; HTML is reduced to what a reader would see.
    pub text: String,
    /// [`Message::text`] without quoted earlier mails and the signature.
    pub new_text: String,
    /// Text that the HTML hides from a reader; never shown as if it were visible.
    pub hidden_text: String,
    /// Links of the HTML, and bare addresses of plain text.
    pub links: Vec<Link>,
    /// Attached files.
    pub attachments: Vec<Attachment>,
    /// The `text/calendar` part, when there is one (RFC 6047); data for the calendar.
    pub invitation: Option<String>,
    /// What the type of that part says is asked (`method=`, RFC 6047 section 2.4).
    #[serde(default)]
    pub invitation_method: Option<String>,
    /// All header fields, names in lower case; the first of each name, decoded, one line.
    pub headers: BTreeMap<String, String>,
    /// The most general type of the whole message, such as `multipart/report`.
    pub content_type: String,
    /// What was found wrong while reading it, one sentence each.
    pub diagnostics: Vec<String>,
}

/// Local parts of addresses that programs write from and nobody reads.
const UNREAD_SENDERS: [&str; 14] = [
    "noreply",
    "no-reply",
    "no_reply",
    "no.reply",
    "donotreply",
    "do-not-reply",
    "do_not_reply",
    "nepasrepondre",
    "ne-pas-repondre",
    "nichtantworten",
    "mailer-daemon",
    "postmaster",
    "bounce",
    "bounces",
];

impl Message {
    /// Says whether it came through a mailing list to which its readers write too (RFC 2369
    /// section 3.4), unlike a newsletter.
    pub fn is_discussion(&self) -> bool {
        let post = self.headers.get("list-post");
        let takes_mail = post.is_some_and(|to| to.to_ascii_lowercase().contains("mailto:"));
        takes_mail && self.headers.contains_key("list-id")
    }

    /// Says why no person waits for an answer to this message, `None` when one may (RFC 3834
    /// section 2): answering it would start a mail loop or reach a whole list.
    pub fn automatic(&self) -> Option<&'static str> {
        let header = |name: &str| {
            let value = self.headers.get(name).map_or("", String::as_str);
            value.trim().to_ascii_lowercase()
        };
        let submitted = header("auto-submitted");
        if !submitted.is_empty() && submitted != "no" {
            return Some("a program sent it (Auto-Submitted)");
        }
        if self.content_type == "multipart/report" || header("return-path") == "<>" {
            return Some("it is a delivery report");
        }
        if self.headers.contains_key("list-id") {
            return Some("it came through a mailing list (List-Id)");
        }
        let precedence = header("precedence");
        if ["bulk", "junk", "list", "auto_reply"].contains(&precedence.as_str()) {
            return Some("it went to many people (Precedence)");
        }
        if self.headers.contains_key("x-autoreply") || self.headers.contains_key("x-autorespond") {
            return Some("a program answered (X-Autoreply)");
        }
        is_unread_sender(&self.envelope.from.email).then_some("its sender takes no answers")
    }
}

/// Says whether nobody reads what is written to `email`, as in `no-reply@shop.example`.
pub fn is_unread_sender(email: &str) -> bool {
    let lower = email.to_lowercase();
    let local = lower.split('@').next().unwrap_or_default();
    let base = local.split('+').next().unwrap_or_default();
    UNREAD_SENDERS.iter().any(|name| {
        base == *name
            || base
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(['-', '_', '.', '=']))
            || base
                .strip_suffix(name)
                .is_some_and(|rest| rest.ends_with(['-', '_', '.']))
    })
}

/// A link in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// The text a reader sees.
    pub text: String,
    /// Where it goes.
    pub url: String,
}

/// An attached file, not its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attachment {
    /// File name made safe: no path, no hidden characters.
    pub name: String,
    /// Media type as declared.
    pub media_type: String,
    /// Size in octets once decoded.
    pub size: u64,
    /// Media type by its bytes; `application/octet-stream` where they tell nothing.
    #[serde(default)]
    pub found: String,
}

/// What a message must be like; all given parts must hold, text parts ignore case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MailQuery {
    /// Words that must all stand in the sender's name or address.
    pub from: Option<String>,
    /// Words that must all stand in the subject.
    pub subject: Option<String>,
    /// Words that must all stand in the sender, the subject or the visible text.
    pub text: Option<String>,
    /// Not older than this.
    #[schemars(with = "Option<String>")]
    pub since: Option<Timestamp>,
    /// Only those without `\Seen`.
    pub unread: bool,
}

/// Lists messages, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailSearch {
    /// The mailbox, such as `INBOX`.
    pub mailbox: String,
    /// What the messages must be like.
    #[serde(default)]
    pub query: MailQuery,
    /// How many at most.
    pub limit: u32,
}

/// Lists the thread of a message from all mailboxes, each message below what it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailThread {
    /// A message of it.
    pub id: MailId,
}

/// Says what messages of the inbox want of the user, and what could be done with each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailTriage {
    /// Only these; the newest of the inbox without.
    #[serde(default)]
    pub only: Vec<MailId>,
    /// How many at most.
    pub limit: u32,
}

/// A message with what it wants of the user, as rules judge it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The message.
    pub envelope: Envelope,
    /// What it is, such as `needs_reply`.
    pub kind: String,
    /// Why, one sentence.
    pub reason: String,
    /// The mailbox where the user keeps mails like it, when that is all but sure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    /// What is worth doing with it; all of it can be undone.
    pub plan: Vec<super::Action>,
}

/// Reads one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailRead {
    /// The message.
    pub id: MailId,
}

/// Writes a draft: a new letter, an answer, or a message passed on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailDraft {
    /// Recipients; empty with `in_reply_to` answers whom the message says to answer.
    #[serde(default)]
    pub to: Vec<Address>,
    /// Who gets a copy.
    #[serde(default)]
    pub cc: Vec<Address>,
    /// Who gets a copy that the others don't know of.
    #[serde(default)]
    pub bcc: Vec<Address>,
    /// Subject; empty with `in_reply_to` or `forward` becomes `Re:` or `Fwd:` and the one of that
    /// message.
    #[serde(default)]
    pub subject: String,
    /// Plain text; may be empty with `forward`.
    pub body: String,
    /// The message that is answered.
    #[serde(default)]
    pub in_reply_to: Option<MailId>,
    /// With `in_reply_to`, answers everyone the message went to, not its sender alone.
    #[serde(default)]
    pub to_all: bool,
    /// The message that is passed on, with its files.
    #[serde(default)]
    pub forward: Option<MailId>,
    /// How it is passed on.
    #[serde(default)]
    pub forward_as: ForwardAs,
    /// Paths of files to attach.
    #[serde(default)]
    pub attach: Vec<String>,
}

/// How a message is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForwardAs {
    /// Its text below one's own, and its files attached.
    #[default]
    Text,
    /// Whole, as an attached file.
    File,
}

/// Hands a draft to the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailSend {
    /// The draft.
    pub id: MailId,
}

/// Moves a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailMove {
    /// The message.
    pub id: MailId,
    /// Where to; made when missing.
    pub mailbox: String,
}

/// Sets or clears a flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailFlag {
    /// The message.
    pub id: MailId,
    /// The flag or keyword.
    pub flag: Flag,
    /// Whether it shall be set afterwards.
    pub on: bool,
}

/// Puts a message off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailSnooze {
    /// The message.
    pub id: MailId,
    /// When it comes back into its mailbox; an answer to it brings it back earlier.
    #[schemars(with = "String")]
    pub until: Timestamp,
}

/// Brings back a message that was put off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailWake {
    /// The message.
    pub id: MailId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_that_take_no_answers_are_known_by_their_address() {
        for email in [
            "noreply@a.test",
            "No-Reply@a.test",
            "orders-noreply@a.test",
            "no-reply+x1@a.test",
            "bounces-77@a.test",
            "MAILER-DAEMON@a.test",
        ] {
            assert!(is_unread_sender(email), "{email}");
        }
        for email in [
            "dana@a.test",
            "noreplyman@a.test",
            "bouncer@a.test",
            "reply@a.test",
            "",
        ] {
            assert!(!is_unread_sender(email), "{email}");
        }
    }
}
