//! `legwork mail unsubscribe`: leaves the list of a message by the safest way that it offers.

use super::write::{about, read, said};
use super::{Context, Desk, Failure, pick};
use crate::action::{Action, Effect, Exit, MailUnsubscribe};
use crate::agent::approve::{ByEffect, DenyAll};
use crate::cli::ask::Terminal;
use crate::cli::one::{self, Deed, Telling};
use crate::mail::unsubscribe;

/// Unsubscribe from the list of a message
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    list: pick::Picked,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let id = args.list.fetched(desk, context)?;
    let raw = desk.mail.raw(&id).map_err(super::refused)?;
    let (exit, _) = unsubscribe::exit(&raw, &desk.config.unsubscribe.servers);
    let answer = match exit {
        Exit::Click { .. } => "unsubscribed; the sender's server took it",
        Exit::Letter { .. } => {
            "not unsubscribed yet: a letter that asks for it lies in Drafts; 'legwork mail send' \
             sends it"
        }
        Exit::Page { .. } | Exit::None {} => "not unsubscribed",
    };
    let deed = Deed {
        goal: format!(
            "unsubscribe from the list of message {}",
            said(&args.list.message)
        ),
        answer: answer.to_owned(),
        about: about(&id, desk),
        actions: vec![read(&id), Action::MailUnsubscribe(MailUnsubscribe { id })],
    };
    let effects = if args.yes {
        vec![Effect::Commit]
    } else {
        Vec::new()
    };
    if context.interactive && !context.json {
        let otherwise = Terminal::new(context.err);
        let mut approver = ByEffect { effects, otherwise };
        return one::perform(deed, &mut approver, Telling::Short, context);
    }
    let otherwise = DenyAll;
    let mut approver = ByEffect { effects, otherwise };
    one::perform(deed, &mut approver, Telling::Short, context)
}
