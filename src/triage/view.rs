//! A message with what all rules ask of it, and the rules that rest on its headers alone.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use super::{Finding, Kind, Profile, Unsubscribe};
use crate::action::{Message, is_unread_sender};
use crate::untrusted;

/// Text judged, in bytes; what a mail wants stands at its beginning.
const TEXT_BYTES_MAX: usize = 20_000;
/// Longest piece of a message shown in a reason or as evidence, in characters.
const SHOWN_MAX: usize = 120;

/// A constant pattern.
pub(super) fn pattern(text: &str) -> Regex {
    #[expect(
        clippy::expect_used,
        reason = "the patterns are constants, each used by a test"
    )]
    Regex::new(text).expect("a constant pattern")
}

/// A message, seen with the eyes of its reader.
pub(super) struct View<'a> {
    pub(super) message: &'a Message,
    pub(super) profile: &'a Profile,
    /// Address of the sender in lower case.
    pub(super) sender: String,
    /// Its part after the `@`.
    pub(super) domain: String,
    /// What the sender newly wrote, at most [`TEXT_BYTES_MAX`] of it.
    pub(super) text: &'a str,
    /// When it was sent, in the zone of the user.
    pub(super) day: Date,
}

impl<'a> View<'a> {
    pub(super) fn new(message: &'a Message, profile: &'a Profile) -> Self {
        let sender = message.envelope.from.email.trim().to_lowercase();
        let date = message
            .envelope
            .date
            .to_zoned_datetime(profile.zone.clone());
        Self {
            message,
            profile,
            domain: domain_of(&sender).to_owned(),
            sender,
            text: start(&message.new_text, TEXT_BYTES_MAX),
            day: date.date(),
        }
    }

    /// Returns a header field in lower case, empty when there is none.
    pub(super) fn header(&self, name: &str) -> String {
        let value = self.message.headers.get(name);
        value.map_or_else(String::new, |value| value.trim().to_lowercase())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.message.headers.contains_key(name)
    }

    pub(super) fn subject(&self) -> &'a str {
        &self.message.envelope.subject
    }

    /// Returns subject and new text as one.
    pub(super) fn words(&self) -> String {
        format!("{}\n{}", self.subject(), self.text)
    }

    /// Names the sender for people, always with the address when the name could deceive.
    pub(super) fn who(&self) -> String {
        let from = &self.message.envelope.from;
        let name = untrusted::line(&from.name, SHOWN_MAX);
        if self.sender.is_empty() {
            return "someone without an address".to_owned();
        }
        if name.is_empty() {
            self.sender.clone()
        } else {
            format!("{name} <{}>", self.sender)
        }
    }

    /// Says whether the user has written to the sender before.
    pub(super) fn is_known(&self) -> bool {
        self.profile
            .written_to
            .get(&self.sender)
            .is_some_and(|count| *count > 0)
    }

    /// Says whether it answers a mail of the user.
    pub(super) fn answers_user(&self) -> bool {
        self.message
            .references
            .iter()
            .any(|id| self.profile.sent_ids.contains(id))
    }

    /// Returns the day on which the user answered it, in Sent.
    pub(super) fn answered(&self) -> Option<Date> {
        let id = &self.message.envelope.message_id;
        let last = self.profile.answered.get(id)?;
        let is_later = *last >= self.message.envelope.date;
        is_later.then(|| last.to_zoned_datetime(self.profile.zone.clone()).date())
    }

    pub(super) fn is_own(&self, email: &str) -> bool {
        self.profile
            .addresses
            .iter()
            .any(|own| own.trim().eq_ignore_ascii_case(email.trim()))
    }

    /// Says whether it went to many, by its headers.
    pub(super) fn is_bulk(&self) -> bool {
        let precedence = self.header("precedence");
        self.has("list-id")
            || self.has("list-unsubscribe")
            || ["bulk", "list", "junk"].contains(&precedence.as_str())
    }

    /// Says whether no person wrote it, by its headers or sender.
    pub(super) fn is_machine(&self) -> bool {
        let submitted = self.header("auto-submitted");
        (!submitted.is_empty() && submitted != "no") || is_unread_sender(&self.sender)
    }

    /// Returns how the subscription can be ended.
    pub(super) fn unsubscribe(&self) -> Option<Unsubscribe> {
        let field = self.message.headers.get("list-unsubscribe")?;
        let targets: Vec<&str> = field
            .split('<')
            .skip(1)
            .filter_map(|part| part.split_once('>'))
            .map(|(target, _)| target.trim())
            .collect();
        let of = |scheme: &str| {
            let mut targets = targets.iter();
            let has = |target: &&&str| {
                target
                    .get(..scheme.len())
                    .is_some_and(|s| s.eq_ignore_ascii_case(scheme))
            };
            targets
                .find(has)
                .map(|target| untrusted::line(target, 1_000))
        };
        let one_click = self.header("list-unsubscribe-post") == "list-unsubscribe=one-click";
        match (of("https://"), of("mailto:")) {
            (Some(page), _) if one_click => Some(Unsubscribe::OneClick(page)),
            (_, Some(mail)) => Some(Unsubscribe::Mail(mail)),
            (Some(page), None) => Some(Unsubscribe::Page(page)),
            (None, None) => of("http://").map(Unsubscribe::Page),
        }
    }
}

/// Shows a piece of a message as one short line.
pub(super) fn shown(text: &str) -> String {
    untrusted::line(text, SHOWN_MAX)
}

pub(super) fn domain_of(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Returns the longest start of `text` that is at most `bytes_max` long.
pub(super) fn start(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max))
        .unwrap_or(text)
}

static FAILED_RECIPIENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?im)^(?:final|original)-recipient:\s*(?:rfc822|utf-8)\s*;\s*<?([^\s<>;]+@[^\s<>;]+)")
});
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[A-Za-z0-9._%+=-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}"));
static FAILURE_SUBJECT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)undeliver|delivery (?:status notification|failure|has failed)|returned (?:mail|to sender)|mail delivery (?:failed|system)|failure notice|unzustellbar|nicht zugestellt|non remis|échec de la remise|no se (?:pudo|ha podido) entregar|devuelto",
    )
});

/// A mail of the user did not arrive (RFC 3464), or a server older than that says so.
pub(super) fn delivery_failure(view: &View<'_>) -> Option<Finding> {
    let text = start(&view.message.text, TEXT_BYTES_MAX);
    let local = view.sender.split('@').next().unwrap_or_default();
    let from_server = ["mailer-daemon", "postmaster"].contains(&local);
    let is_report = view.message.content_type == "multipart/report"
        && FAILED_RECIPIENT.is_match(text)
        && !text.contains("disposition:");
    let says_so = from_server && FAILURE_SUBJECT.is_match(view.subject());
    if !(is_report || says_so) {
        return None;
    }
    let reported = FAILED_RECIPIENT
        .captures(text)
        .and_then(|c| c.get(1))
        .map(|m| m.as_str());
    let named = view
        .message
        .headers
        .get("x-failed-recipients")
        .map(String::as_str);
    let found = reported.or(named).or_else(|| {
        let mut others = ADDRESS.find_iter(text).map(|m| m.as_str());
        others.find(|email| !view.is_own(email) && *email != view.sender)
    });
    let bounced = found.map(shown);
    let reason = match &bounced {
        Some(address) => format!("Your mail to {address} was not delivered"),
        None => "A mail of yours was not delivered".to_owned(),
    };
    let evidence = if is_report {
        "delivery report"
    } else {
        "subject and sender of a mail server"
    };
    let mut found = Finding::new(Kind::DeliveryFailure, reason, evidence);
    found.details.bounced = bounced;
    Some(found)
}

static METHOD: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?im)^METHOD:\s*([A-Za-z]{2,20})\s*$"));

/// Carries something for the calendar (RFC 6047).
pub(super) fn invitation(view: &View<'_>) -> Option<Finding> {
    let calendar = view.message.invitation.as_deref()?;
    let method = METHOD.captures(calendar).and_then(|c| c.get(1));
    let method = method.map_or("PUBLISH".to_owned(), |m| m.as_str().to_uppercase());
    let what = match method.as_str() {
        "CANCEL" => "calls off a meeting",
        "REPLY" => "answers your invitation",
        "COUNTER" => "proposes another time",
        "PUBLISH" => "sends an event",
        _ => "invites you to a meeting",
    };
    let reason = format!("{} {what}", view.who());
    let mut found = Finding::new(Kind::Invitation, reason, format!("text/calendar, {method}"));
    found.details.method = Some(method);
    Some(found)
}

static AWAY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:re: ?|aw: ?)?(?:out of (?:the )?office|automatic reply|auto(?:matic)?[- ]?(?:reply|response)|away from|abwesen|automatische antwort|réponse automatique|absence du bureau|respuesta automática|fuera de la oficina|risposta automatica|automatisch antwoord)",
    )
});

/// A program answered in place of a person (RFC 3834).
pub(super) fn auto_reply(view: &View<'_>) -> Option<Finding> {
    let submitted = view.header("auto-submitted");
    let evidence = if submitted.starts_with("auto-replied") {
        "Auto-Submitted: auto-replied"
    } else if view.has("x-autoreply") || view.has("x-autorespond") {
        "X-Autoreply"
    } else if view.header("precedence") == "auto_reply" {
        "Precedence: auto_reply"
    } else if AWAY.is_match(view.subject()) {
        "words of the subject"
    } else {
        return None;
    };
    let reason = format!("An automatic answer for {}", view.who());
    Some(Finding::new(Kind::AutoReply, reason, evidence))
}

/// Went to many, or came from a program.
pub(super) fn bulk(view: &View<'_>) -> Option<Finding> {
    // An answer to the user's own mail is personal, also when it came through a list.
    if view.answers_user() && !view.is_machine() {
        return None;
    }
    let who = view.who();
    let precedence = view.header("precedence");
    let submitted = view.header("auto-submitted");
    let by_program = !submitted.is_empty() && submitted != "no";
    // Who can be unsubscribed from writes to subscribers, whatever his address is called.
    if by_program || (view.is_machine() && !view.has("list-unsubscribe")) {
        let evidence = if by_program {
            "Auto-Submitted"
        } else {
            "sender's address"
        };
        let reason = format!("A program of {who} tells what happened");
        return Some(Finding::new(Kind::Notification, reason, evidence));
    }
    let may_post = view.has("list-post") && !view.header("list-post").starts_with("no");
    if may_post || (view.has("list-id") && precedence == "list") {
        let list = shown(
            view.message
                .headers
                .get("list-id")
                .map_or("a list", String::as_str),
        );
        let reason = format!("{who} wrote to everyone on {list}");
        let evidence = if may_post {
            "List-Post"
        } else {
            "List-Id and Precedence"
        };
        return Some(Finding::new(Kind::MailingList, reason, evidence));
    }
    let evidence = if view.has("list-unsubscribe") {
        "List-Unsubscribe"
    } else if view.has("list-id") {
        "List-Id"
    } else if ["bulk", "junk"].contains(&precedence.as_str()) {
        "Precedence"
    } else if view.has("feedback-id") || view.has("x-campaign-id") || view.has("x-mailgun-tag") {
        "header of a mass mailer"
    } else {
        return None;
    };
    let reason = format!("{who} sent it to its subscribers");
    Some(Finding::new(Kind::Newsletter, reason, evidence))
}
