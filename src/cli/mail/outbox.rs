//! `legwork mail outbox`: letters on their way out, what became of them, and the last word on those
//! of which nobody knows.

use std::time::Duration;

use super::{Context, Desk, Failure, refused};
use crate::agent::outbox::Outbox;
use crate::cli::columns;
use crate::cli::{block_on, report};
use crate::mail::ledger::{Entry, State};
use crate::untrusted;

/// How long looking for letters may take.
const SETTLE_LIMIT: Duration = Duration::from_mins(1);
/// How long another try may take.
const SEND_LIMIT: Duration = Duration::from_secs(90);
/// Widest subject shown, in columns.
const SUBJECT_COLUMNS: usize = 32;

const EXAMPLES: &str = "\
Examples:
  legwork mail outbox                 what waits, or of which nobody knows
  legwork mail outbox --all           sent and rejected letters too
  legwork mail outbox send 4          try again now
  legwork mail outbox cancel 4        call it back; the draft stays
  legwork mail outbox settle 4 --not-sent";

/// List letters on their way out, call one back, or settle one of which nobody knows
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// List those that were sent, rejected or called back too
    #[arg(long)]
    all: bool,
    #[command(subcommand)]
    deed: Option<Deed>,
}

/// What is done with one letter.
#[derive(Debug, clap::Subcommand)]
enum Deed {
    /// Call a letter back that has not left; its draft stays
    #[command(after_help = "Examples:\n  legwork mail outbox cancel 4")]
    Cancel {
        /// Its number in 'legwork mail outbox'
        number: i64,
    },
    /// Go on with a letter that waits, as it was approved
    #[command(after_help = "Examples:\n  legwork mail outbox send 4")]
    Send {
        /// Its number in 'legwork mail outbox'
        number: i64,
    },
    /// Say what became of a letter of which nobody knows
    #[command(
        after_help = "Examples:\n  legwork mail outbox settle 4 --sent\n  legwork mail outbox settle 4 --not-sent"
    )]
    Settle {
        /// Its number in 'legwork mail outbox'
        number: i64,
        /// It arrived
        #[arg(
            long,
            conflicts_with = "not_sent",
            required_unless_present = "not_sent"
        )]
        sent: bool,
        /// It did not arrive; its draft can be sent again
        #[arg(long)]
        not_sent: bool,
    },
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let outbox = Outbox {
        home: &context.home,
        config: &desk.config,
        clock: &desk.clock,
    };
    let entry = match &args.deed {
        None => return list(args, &outbox, context),
        Some(Deed::Cancel { number }) => outbox.cancel(*number).map_err(refused)?,
        Some(Deed::Settle { number, sent, .. }) => outbox.told(*number, *sent).map_err(refused)?,
        Some(Deed::Send { number }) => block_on(SEND_LIMIT, async |deadline| {
            outbox.send(*number, &deadline).await.map_err(refused)
        })?,
    };
    show(std::slice::from_ref(&entry), context)?;
    let went_well = match (&args.deed, entry.state) {
        (Some(Deed::Send { .. }), state) => state == State::Sent,
        (Some(Deed::Cancel { .. } | Deed::Settle { .. }) | None, _) => true,
    };
    Ok(if went_well { 0 } else { report::FAILED })
}

/// Lists what is open, after looking what became of it.
fn list(args: &Args, outbox: &Outbox<'_>, context: &Context) -> Result<u8, Failure> {
    block_on(SETTLE_LIMIT, async |deadline| {
        outbox.settle(&deadline).await.map_err(refused)
    })?;
    let mut entries = outbox.entries().map_err(refused)?;
    entries.retain(|entry| args.all || entry.is_open());
    if entries.is_empty() && !context.json {
        context.say("nothing waits in the outbox");
        return Ok(0);
    }
    show(&entries, context)?;
    Ok(0)
}

fn show(entries: &[Entry], context: &Context) -> Result<(), Failure> {
    if context.json {
        return context.print_json(&serde_json::json!({ "letters": entries }));
    }
    for entry in entries {
        context.print(&line(entry))?;
        let hint = match entry.state {
            State::Queued => format!("legwork mail outbox send {0} | cancel {0}", entry.id),
            State::Unknown => format!(
                "ask whether it arrived, then: legwork mail outbox settle {} --sent | --not-sent",
                entry.id
            ),
            State::Sending | State::Sent | State::Rejected | State::Cancelled => continue,
        };
        context.say(&context.err.dim(&format!("      {hint}")));
    }
    Ok(())
}

fn line(entry: &Entry) -> String {
    let subject = untrusted::line(&entry.record.subject, 200);
    let to = untrusted::line(&entry.record.to.join(", "), 60);
    let said = untrusted::line(&entry.record.said, 200);
    let mut text = format!(
        "{:>4}  {:<9}  {}  {to}\n",
        entry.id,
        entry.state.word(),
        columns::fit(&subject, SUBJECT_COLUMNS),
    );
    if !said.is_empty() {
        text = format!("{text}      {said}\n");
    }
    for (address, said) in &entry.record.refused {
        let (address, said) = (untrusted::line(address, 80), untrusted::line(said, 200));
        text = format!("{text}      not to {address}: {said}\n");
    }
    text
}
