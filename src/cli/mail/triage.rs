//! `legwork mail triage`: what each message in the inbox wants, why, and what would be done; with
//! `--apply` the part that can be undone is done through the loop.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Desk, Failure, pick, refused, table, warn};
use crate::action::{Action, Effect, Envelope, Flag, MailFlag, MailMove, MailQuery, MailSearch};
use crate::agent::approve::{Approver, ByEffect, DenyAll};
use crate::cli::ask::Terminal;
use crate::cli::one::{self, Deed, Telling};
use crate::cli::{Paint, columns};
use crate::triage::{self, Kind, Profile, Proposed, Verdict};

/// Messages judged when no number was given.
const LIMIT: u32 = 200;
/// Columns of a kind's name.
const KIND: usize = 16;
/// Most columns of a sender.
const SENDER_MAX: usize = 24;

/// Say what each message in the inbox wants, and do the part that can be undone
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Move, label and flag as proposed
    #[arg(long)]
    apply: bool,
    /// How many of the newest messages at most
    #[arg(long, value_name = "N", default_value_t = LIMIT)]
    limit: u32,
}

/// A message and what was judged of it.
struct Judged {
    envelope: Envelope,
    verdict: Verdict,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let (judged, more) = judge(args, desk, context)?;
    let envelopes: Vec<Envelope> = judged.iter().map(|one| one.envelope.clone()).collect();
    pick::remember(&envelopes, context)?;
    if context.json && !args.apply {
        context.print_json(&as_json(&judged, more))?;
        return Ok(0);
    }
    if judged.is_empty() && !context.json {
        context.say("the inbox is empty: nothing wants you");
        return Ok(0);
    }
    if !context.json {
        let shape = (columns::screen(), context.out);
        context.print(&draw(&judged, shape))?;
        if more > 0 {
            context.say(&format!("… and {more} older ones; --limit judges more"));
        }
    }
    if args.apply {
        return apply(&judged, desk, context);
    }
    context.say(
        &context
            .err
            .dim("--apply does it: moves, labels and flags, nothing is deleted"),
    );
    Ok(0)
}

fn judge(args: &Args, desk: &Desk, context: &Context) -> Result<(Vec<Judged>, usize), Failure> {
    let search = MailSearch {
        mailbox: "INBOX".to_owned(),
        query: MailQuery::default(),
        limit: u32::MAX,
    };
    let listing = desk.mail.search(&search).map_err(refused)?;
    let mut diagnostics = listing.diagnostics;
    let profile = profile(desk)?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let more = listing.envelopes.len().saturating_sub(limit);
    let mut judged = Vec::new();
    for envelope in listing.envelopes.into_iter().take(limit) {
        match desk.mail.read(&envelope.id) {
            Ok(message) => judged.push(Judged {
                verdict: triage::judge(&message, &profile),
                envelope,
            }),
            // One message that another program took or that is broken costs the others nothing.
            Err(error) => diagnostics.push(error.to_string()),
        }
    }
    warn(&diagnostics, context);
    // What needs the user comes first, within that the newest.
    judged.sort_by_key(|one| one.verdict.kind);
    Ok((judged, more))
}

/// What is known of the user: the addresses, and whom the user wrote to.
fn profile(desk: &Desk) -> Result<Profile, Failure> {
    let mut written_to: BTreeMap<String, u32> = BTreeMap::new();
    let mut sent_ids = BTreeSet::new();
    for mailbox in ["Sent", "Outbox"] {
        let search = MailSearch {
            mailbox: mailbox.to_owned(),
            query: MailQuery::default(),
            limit: u32::MAX,
        };
        for sent in desk.mail.search(&search).map_err(refused)?.envelopes {
            for one in sent.to.iter().chain(&sent.cc) {
                *written_to.entry(one.email.to_lowercase()).or_default() += 1;
            }
            sent_ids.insert(sent.message_id);
        }
    }
    sent_ids.remove("");
    Ok(Profile {
        addresses: desk.config.me.emails.clone(),
        written_to,
        sent_ids,
        zone: desk.clock.zone().clone(),
    })
}

fn apply(judged: &[Judged], desk: &Desk, context: &Context) -> Result<u8, Failure> {
    // The step that lists the inbox counts too.
    let most = usize::try_from(desk.config.limits.steps.saturating_sub(2)).unwrap_or(usize::MAX);
    let mut actions: Vec<Action> = Vec::new();
    let mut left = 0;
    for one in judged {
        let wanted = deeds(one);
        if actions.len() + wanted.len() > most {
            left += usize::from(!wanted.is_empty());
        } else {
            actions.extend(wanted);
        }
    }
    if actions.is_empty() {
        context.say("nothing is to be done: all of it stays where it is");
        if context.json {
            context.print_json(&as_json(judged, 0))?;
        }
        return Ok(0);
    }
    if left > 0 {
        context.say(&format!(
            "{left} messages are left for the next time: limits.steps allows {most} steps"
        ));
    }
    let count = actions.len();
    // The journal names the messages by what was listed.
    let listed = Action::MailSearch(MailSearch {
        mailbox: "INBOX".to_owned(),
        query: MailQuery::default(),
        limit: u32::MAX,
    });
    actions.insert(0, listed);
    let deed = Deed {
        goal: "triage my inbox".to_owned(),
        answer: format!("{count} changes made, as proposed"),
        about: String::new(),
        actions,
    };
    let mut approver: Box<dyn Approver> = if context.interactive && !context.json {
        Box::new(Terminal::new(context.err))
    } else {
        // More than a few moves to Trash are asked for; without a terminal they stay undone.
        Box::new(ByEffect {
            effects: Vec::<Effect>::new(),
            otherwise: DenyAll,
        })
    };
    one::perform(deed, approver.as_mut(), Telling::Steps, context)
}

/// The steps that a verdict proposes; marks first, as the message is then where it was.
fn deeds(one: &Judged) -> Vec<Action> {
    let id = || one.envelope.id.clone();
    let flag = |flag: Flag| {
        let set = one.envelope.flags.contains(&flag);
        (!set).then(|| {
            Action::MailFlag(MailFlag {
                id: id(),
                flag,
                on: true,
            })
        })
    };
    let mut marks = Vec::new();
    let mut moves = Vec::new();
    for proposed in &one.verdict.plan {
        match proposed {
            Proposed::Label { keyword } => marks.extend(flag(Flag::Keyword(keyword.clone()))),
            Proposed::Flag => marks.extend(flag(Flag::Flagged)),
            Proposed::Move { mailbox } => moves.push(Action::MailMove(MailMove {
                id: id(),
                mailbox: mailbox.clone(),
            })),
            Proposed::Keep => {}
        }
    }
    marks.into_iter().chain(moves).collect()
}

fn as_json(judged: &[Judged], more: usize) -> serde_json::Value {
    let messages: Vec<serde_json::Value> = judged
        .iter()
        .map(|Judged { envelope, verdict }| {
            serde_json::json!({
                "id": envelope.id,
                "from": envelope.from,
                "subject": envelope.subject,
                "date": envelope.date,
                "kind": verdict.kind,
                "reason": verdict.reason,
                "evidence": verdict.evidence,
                "details": verdict.details,
                "plan": verdict.plan,
            })
        })
        .collect();
    serde_json::json!({ "messages": messages, "left_out": more })
}

/// Two lines a message: what it is, from whom and about what; why, and what would be done.
fn draw(judged: &[Judged], (columns, paint): (usize, Paint)) -> String {
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
        let plan = plan(&verdict.plan);
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
