//! `legwork mail triage`: what each message in the inbox wants, why, and what would be done; with
//! `--apply` the part that can be undone is done through the loop.

mod learned;
mod show;
mod watch;

use super::{Context, Desk, Failure, pick, refused, warn};
use crate::action::{
    Action, Effect, Envelope, Flag, MailFlag, MailMove, MailQuery, MailSearch, Message,
};
use crate::agent::approve::{Approver, ByEffect, DenyAll};
use crate::cli::ask::Terminal;
use crate::cli::columns;
use crate::cli::one::{self, Deed, Telling};
use crate::triage::{self, Profile, Proposed, Verdict};

/// Messages judged when no number was given.
const LIMIT: u32 = 200;
/// Own mails looked at for what was answered.
const SENT_MAX: u32 = 500;
/// What a run that triages is journalled as.
const GOAL: &str = "triage my inbox";

/// Say what each message in the inbox wants, and do the part that can be undone
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Move, label and flag as proposed
    #[arg(long)]
    apply: bool,
    /// How many of the newest messages at most
    #[arg(long, value_name = "N", default_value_t = LIMIT)]
    limit: u32,
    /// Stay, and tell of each new message as it comes; Ctrl-C ends it
    #[arg(long)]
    watch: bool,
    /// Forget what your moves taught, and begin to learn anew
    #[arg(long, conflicts_with_all = ["apply", "watch"])]
    forget: bool,
}

/// A message and what was judged of it.
struct Judged {
    envelope: Envelope,
    verdict: Verdict,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    if args.forget {
        learned::forget(desk, context)?;
        context.say("forgotten; what you move from now on teaches anew");
        return Ok(0);
    }
    if args.watch {
        return watch::run(args.apply, desk, context);
    }
    let (judged, more) = judge(args, desk, context)?;
    let envelopes: Vec<Envelope> = judged.iter().map(|one| one.envelope.clone()).collect();
    pick::remember(&envelopes, context)?;
    if context.json && !args.apply {
        context.print_json(&show::as_json(&judged, more))?;
        return Ok(0);
    }
    if judged.is_empty() && !context.json {
        context.say("the inbox is empty: nothing wants you");
        return Ok(0);
    }
    if !context.json {
        let shape = (columns::screen(), context.out);
        context.print(&show::draw(&judged, shape))?;
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
    let listing = desk.mail.search(&inbox()).map_err(refused)?;
    let mut diagnostics = listing.diagnostics;
    let profile = profile(desk, context)?;
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

fn inbox() -> MailSearch {
    MailSearch {
        mailbox: "INBOX".to_owned(),
        query: MailQuery::default(),
        limit: u32::MAX,
    }
}

/// What is known of the user: the addresses, the rules, whom the user wrote to and answered, and
/// what the user's moves taught.
fn profile(desk: &Desk, context: &Context) -> Result<Profile, Failure> {
    let zone = desk.clock.zone().clone();
    let mut profile = Profile::new(&desk.config.me.emails, zone);
    profile.rules.clone_from(&desk.config.triage.rule);
    for mailbox in ["Sent", "Outbox"] {
        let search = MailSearch {
            mailbox: desk.mail.mailbox_named(mailbox),
            limit: SENT_MAX,
            ..inbox()
        };
        // A server without an outbox, or without sent mails yet: nobody is known, which is the
        // safe side.
        let sent = desk.mail.search(&search).unwrap_or_default().envelopes;
        for envelope in sent {
            let read = desk.mail.read(&envelope.id);
            let references = read.map_or_else(|_| Vec::new(), |message| message.references);
            profile.note_sent(&envelope, &references);
        }
    }
    profile.learned = learned::update(desk, context)?;
    Ok(profile)
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
            context.print_json(&show::as_json(judged, 0))?;
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
    actions.insert(0, Action::MailSearch(inbox()));
    let deed = Deed {
        goal: GOAL.to_owned(),
        answer: format!(
            "{count} changes made, as proposed; 'legwork journal undo' takes them back"
        ),
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

/// Judges one message.
fn judged(message: &Message, profile: &Profile) -> Judged {
    Judged {
        envelope: message.envelope.clone(),
        verdict: triage::judge(message, profile),
    }
}
