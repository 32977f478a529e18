//! How verdicts are shown: two lines a message in a list, one line as they come, or JSON.

use super::Judged;
use crate::action::Envelope;
use crate::cli::mail::table;
use crate::cli::{Paint, columns};
use crate::triage::{self, Kind, Proposed, Verdict};

/// Columns of a kind's name.
const KIND: usize = 16;
/// Most columns of a sender.
const SENDER_MAX: usize = 24;

pub(super) fn as_json(judged: &[Judged], more: usize) -> serde_json::Value {
    let messages: Vec<serde_json::Value> = judged.iter().map(one_as_json).collect();
    serde_json::json!({ "messages": messages, "left_out": more })
}

pub(super) fn one_as_json(one: &Judged) -> serde_json::Value {
    let Judged { envelope, verdict } = one;
    serde_json::json!({
        "id": envelope.id,
        "message_id": envelope.message_id,
        "from": envelope.from,
        "subject": envelope.subject,
        "date": envelope.date,
        "kind": verdict.kind,
        "reason": verdict.reason,
        "evidence": verdict.evidence,
        "details": verdict.details,
        "plan": verdict.plan,
        "left": verdict.left,
    })
}

/// One line for a message that has just come.
pub(super) fn line(at: &str, one: &Judged, paint: Paint) -> String {
    let Judged { envelope, verdict } = one;
    let kind = tinted(verdict.kind, &columns::fit(word(verdict.kind), KIND), paint);
    let from = columns::fit(&table::who(&envelope.from), SENDER_MAX);
    let subject = columns::cut(&table::title(&envelope.subject), 60);
    let plan = plan(&verdict.plan);
    let reason = columns::cut(reason(envelope, verdict), 80);
    format!("{at} {kind}  {from}  {subject} - {reason} → {plan}\n")
}

/// Two lines a message: what it is, from whom and about what; why, and what would be done.
pub(super) fn draw(judged: &[Judged], (columns, paint): (usize, Paint)) -> String {
    let digits = judged.len().to_string().len().max(2);
    let sender = SENDER_MAX.min(columns / 4);
    let lead = digits + 1 + KIND + 2;
    let rest = columns.saturating_sub(lead + sender + 2);
    let mut text = Vec::new();
    for (number, Judged { envelope, verdict }) in (1..).zip(judged) {
        let kind = columns::fit(word(verdict.kind), KIND);
        let from = columns::fit(&table::who(&envelope.from), sender);
        let subject = columns::cut(&table::title(&envelope.subject), rest);
        let kind = tinted(verdict.kind, &kind, paint);
        text.push(format!(
            "{number:>digits$} {kind}  {from}  {}\n",
            paint.bold(&subject)
        ));
        let maybe = verdict.details.suggestion.as_ref();
        let maybe = maybe.map_or_else(String::new, |maybe| {
            let mailbox = crate::untrusted::line(&maybe.mailbox, 40);
            format!(" (like what you keep in {mailbox}, {} %)", maybe.percent)
        });
        let plan = format!("{}{maybe}", plan(&verdict.plan));
        let room = columns.saturating_sub(lead + columns::width(&plan) + 3);
        let reason = paint.dim(&columns::cut(reason(envelope, verdict), room));
        text.push(format!(
            "{}{reason} {} {plan}\n",
            " ".repeat(lead),
            paint.dim("→")
        ));
    }
    let counts = triage::summary(judged.iter().map(|one| &one.verdict));
    let counts: Vec<String> = counts
        .iter()
        .map(|(kind, count)| format!("{count} {}", word(*kind)))
        .collect();
    text.push(format!("\n{}\n", counts.join(", ")));
    text.concat()
}

/// The reason without the sender, who stands above it; a deceiver's address is worth repeating.
fn reason<'a>(envelope: &Envelope, verdict: &'a Verdict) -> &'a str {
    let whole = verdict.reason.as_str();
    let sender = format!("<{}> ", envelope.from.email.to_lowercase());
    let without = whole.split_once(&sender).map(|(_, rest)| rest);
    match verdict.kind {
        Kind::Suspicious => whole,
        Kind::NeedsReply
        | Kind::ToDo
        | Kind::Invitation
        | Kind::Code
        | Kind::Invoice
        | Kind::Receipt
        | Kind::Shipping
        | Kind::Newsletter
        | Kind::Notification
        | Kind::MailingList
        | Kind::DeliveryFailure
        | Kind::AutoReply
        | Kind::Personal => without.unwrap_or(whole),
    }
}

fn plan(plan: &[Proposed]) -> String {
    let words = plan.iter().map(|proposed| match proposed {
        Proposed::Move { mailbox } => format!("move to {mailbox}"),
        Proposed::Label { keyword } => format!("label {keyword}"),
        Proposed::Flag => "flag".to_owned(),
        Proposed::Keep => "keep".to_owned(),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::NeedsReply => "needs reply",
        Kind::ToDo => "to do",
        Kind::Invitation => "invitation",
        Kind::Code => "code",
        Kind::Invoice => "invoice",
        Kind::Receipt => "receipt",
        Kind::Shipping => "shipping",
        Kind::Newsletter => "newsletter",
        Kind::Notification => "notification",
        Kind::MailingList => "mailing list",
        Kind::DeliveryFailure => "delivery failure",
        Kind::AutoReply => "auto-reply",
        Kind::Personal => "personal",
        Kind::Suspicious => "suspicious",
    }
}

fn tinted(kind: Kind, text: &str, paint: Paint) -> String {
    match kind {
        Kind::NeedsReply | Kind::ToDo | Kind::Invitation => paint.good(text),
        Kind::Code | Kind::Invoice | Kind::DeliveryFailure => paint.warn(text),
        Kind::Suspicious => paint.bad(text),
        Kind::Receipt
        | Kind::Shipping
        | Kind::Newsletter
        | Kind::Notification
        | Kind::MailingList
        | Kind::AutoReply
        | Kind::Personal => paint.dim(text),
    }
}
