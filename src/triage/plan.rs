//! What to do with a message of each kind. Only what can be undone; what the user marked stays.

use super::view::View;
use super::{Details, Finding, Kind, Proposed, Verdict};
use crate::action::Flag;
use crate::untrusted;

/// Longest reason or evidence shown, in characters.
const SHOWN_MAX: usize = 300;
/// Keywords that mail programs set by themselves; they are not the user's word.
const NOT_THE_USERS: [&str; 5] = ["nonjunk", "notjunk", "junk", "old", "recent"];

/// Adds the plan, and makes all text fit for a person's screen.
pub(super) fn verdict(view: &View<'_>, found: Finding) -> Verdict {
    let mut evidence = found.evidence;
    let plan = match user_mark(view) {
        Some(mark) => {
            evidence.insert(0, mark);
            vec![Proposed::Keep]
        }
        None => match found.plan {
            Some(plan) => plan,
            None => proposed(&found.details, found.kind),
        },
    };
    Verdict {
        kind: found.kind,
        reason: untrusted::line(&found.reason, SHOWN_MAX),
        evidence: evidence
            .iter()
            .map(|e| untrusted::line(e, SHOWN_MAX))
            .collect(),
        details: found.details,
        plan,
        left: found.left,
    }
}

/// Returns what the user has decided about the message: a flag, a keyword, or another mailbox.
fn user_mark(view: &View<'_>) -> Option<String> {
    let envelope = &view.message.envelope;
    for flag in &envelope.flags {
        match flag {
            Flag::Flagged => return Some("you flagged it".to_owned()),
            Flag::Keyword(name) if is_users(name) => return Some(format!("you marked it {name}")),
            Flag::Keyword(_)
            | Flag::Seen
            | Flag::Answered
            | Flag::Draft
            | Flag::Deleted
            | Flag::Forwarded => {}
        }
    }
    let moved = !envelope.mailbox.eq_ignore_ascii_case("INBOX");
    moved.then(|| format!("it lies in {} already", envelope.mailbox))
}

fn is_users(keyword: &str) -> bool {
    let lower = keyword.to_lowercase();
    !lower.starts_with('$') && !NOT_THE_USERS.contains(&lower.as_str())
}

fn proposed(details: &Details, kind: Kind) -> Vec<Proposed> {
    let file = |mailbox: &str| {
        vec![Proposed::Move {
            mailbox: mailbox.to_owned(),
        }]
    };
    let label = |keyword: &str| Proposed::Label {
        keyword: keyword.to_owned(),
    };
    match kind {
        Kind::NeedsReply => vec![label("Needs-Reply")],
        Kind::ToDo => vec![label("To-Do")],
        Kind::Invitation => vec![label("Invitation")],
        Kind::Code | Kind::Personal => vec![Proposed::Keep],
        // Money that is still owed must stay in sight.
        Kind::Invoice if details.due.is_some() => vec![label("To-Do"), Proposed::Flag],
        Kind::Invoice => file("Invoices"),
        Kind::Receipt => file("Receipts"),
        Kind::Shipping => file("Shipping"),
        Kind::Newsletter => file("Newsletters"),
        Kind::Notification | Kind::AutoReply => file("Notifications"),
        Kind::MailingList => file("Lists"),
        Kind::DeliveryFailure => vec![Proposed::Flag],
        Kind::Suspicious => file("Suspicious"),
    }
}
