//! `legwork mail triage`: what each message in the inbox wants, why, and what would be done; with
//! `--apply` the part that can be undone is done through the loop.

mod show;
mod watch;

use super::{Context, Desk, FETCH_LIMIT, Failure, pick, refused, said, warn};
use crate::action::{Action, Effect, Envelope};
use crate::agent::approve::{Approver, ByEffect, DenyAll};
use crate::agent::judging::{GOAL, Judged, Judging, Sorted, inbox};
use crate::cli::ask::Terminal;
use crate::cli::columns;
use crate::cli::one::{self, Deed, Telling};
use crate::cli::report::Kind;
use crate::deadline::Deadline;

/// Messages judged when no number was given.
const LIMIT: u32 = 200;

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

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    if args.forget {
        let problem = judging(desk, context).forget().map_err(refused)?;
        if let Some(problem) = problem {
            return Err(Failure::new(Kind::Account, anyhow::anyhow!(problem)));
        }
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
    let judging = judging(desk, context);
    let unfetched = crate::cli::block_on(FETCH_LIMIT, async |deadline: Deadline| {
        match judging.fetch(&[], args.limit, &deadline).await {
            Err(_) if deadline.is_stopped() => Err(Failure::stopped()),
            Err(error) => Ok(vec![said(&error)]),
            Ok(problems) => Ok(problems),
        }
    })?;
    let Sorted {
        judged,
        more,
        problems,
    } = judging.sort(&[], args.limit).map_err(refused)?;
    warn(&[unfetched, problems].concat(), context);
    Ok((judged, more))
}

fn judging<'a>(desk: &'a Desk, context: &'a Context) -> Judging<'a> {
    Judging {
        home: &context.home,
        config: &desk.config,
        clock: &desk.clock,
        mail: &desk.mail,
    }
}

fn apply(judged: &[Judged], desk: &Desk, context: &Context) -> Result<u8, Failure> {
    // The step that lists the inbox counts too.
    let most = usize::try_from(desk.config.limits.steps.saturating_sub(2)).unwrap_or(usize::MAX);
    let mut actions: Vec<Action> = Vec::new();
    let mut left = 0;
    for one in judged {
        let wanted = one.deeds();
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
            "{} made, as proposed; 'legwork journal undo' takes them back",
            changes(count)
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

/// A number of changes in words.
fn changes(count: usize) -> String {
    match count {
        1 => "1 change".to_owned(),
        count => format!("{count} changes"),
    }
}
