//! `legwork mail move` and `flag`: one deed each, through the loop.

use super::{Context, Desk, Failure, pick, table};
use crate::action::{Action, Flag, MailFlag, MailId, MailMove, MailRead};
use crate::agent::approve::DenyAll;
use crate::cli::one::{self, Deed, Telling};
use crate::untrusted;

/// Names of flags, and whether they mean that the flag is set.
const FLAGS: [(&str, Flag, bool); 9] = [
    ("seen", Flag::Seen, true),
    ("read", Flag::Seen, true),
    ("unseen", Flag::Seen, false),
    ("unread", Flag::Seen, false),
    ("flagged", Flag::Flagged, true),
    ("starred", Flag::Flagged, true),
    ("answered", Flag::Answered, true),
    ("forwarded", Flag::Forwarded, true),
    ("deleted", Flag::Deleted, true),
];

/// Move a message to another mailbox
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct MoveArgs {
    /// Its number in the last list, its id, or the beginning of it
    #[arg(value_name = "ID|NUMBER")]
    message: String,
    /// Where to
    mailbox: String,
    /// Make the mailbox when there is none of that name
    #[arg(long)]
    create: bool,
}

/// Set or clear a flag or keyword of a message
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct FlagArgs {
    /// Its number in the last list, its id, or the beginning of it
    #[arg(value_name = "ID|NUMBER")]
    message: String,
    /// seen, unseen, flagged, answered, forwarded, deleted, or a keyword of your own
    flag: String,
    /// Clear it
    #[arg(long)]
    off: bool,
}

pub(super) fn relocate(args: &MoveArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let id = pick::message(&args.message, desk, context)?;
    let mailbox = match pick::mailbox(&args.mailbox, desk) {
        Ok(known) => known,
        Err(_) if args.create => args.mailbox.clone(),
        Err(failure) => return Err(failure.hint("--create makes a new mailbox")),
    };
    let shown = untrusted::line(&mailbox, 100);
    let deed = Deed {
        goal: format!("move message {} to {shown}", said(&args.message)),
        answer: format!("moved to {shown}"),
        about: about(&id, desk),
        actions: vec![read(&id), Action::MailMove(MailMove { id, mailbox })],
    };
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

pub(super) fn flag(args: &FlagArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let id = pick::message(&args.message, desk, context)?;
    let (flag, on) = named_flag(&args.flag, !args.off);
    let word = untrusted::line(flag.word(), 60);
    let not = if on { "" } else { "not " };
    let deed = Deed {
        goal: format!("mark message {} as {not}{word}", said(&args.message)),
        answer: format!("marked as {not}{word}"),
        about: about(&id, desk),
        actions: vec![read(&id), Action::MailFlag(MailFlag { id, flag, on })],
    };
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

/// A flag by its name, any other word as a keyword, with whether it is to be set.
fn named_flag(name: &str, on: bool) -> (Flag, bool) {
    let lower = name.trim_start_matches(['\\', '$']).to_lowercase();
    let known = FLAGS.iter().find(|(known, _, _)| *known == lower);
    match known {
        Some((_, flag, sets)) => (flag.clone(), on == *sets),
        None => (Flag::Keyword(name.to_owned()), on),
    }
}

/// How the user named a message, for the goal.
pub(super) fn said(wanted: &str) -> String {
    untrusted::line(wanted, 100)
}

/// Reads the message first, so that the journal names it by its subject.
pub(super) fn read(id: &MailId) -> Action {
    Action::MailRead(MailRead { id: id.clone() })
}

/// Names a message for people.
pub(super) fn about(id: &MailId, desk: &Desk) -> String {
    desk.mail.read(id).map_or_else(
        |_| String::new(),
        |message| {
            let subject = table::title(&message.envelope.subject);
            format!("\"{subject}\" from {}", table::who(&message.envelope.from))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_named_as_people_name_them() {
        for (name, on, flag, sets) in [
            ("seen", true, Flag::Seen, true),
            ("unread", true, Flag::Seen, false),
            ("unread", false, Flag::Seen, true),
            ("\\Flagged", false, Flag::Flagged, false),
            ("Waiting", true, Flag::Keyword("Waiting".to_owned()), true),
        ] {
            assert_eq!(named_flag(name, on), (flag, sets), "{name}");
        }
    }
}
