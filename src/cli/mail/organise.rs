//! `legwork mail archive`, `trash`, `label` and `snooze`: one deed each, through the loop. All of it
//! can be undone, and nothing is ever expunged.

use super::{Context, Desk, Failure, pick, refused, table};
use crate::action::{
    Action, Flag, MailFlag, MailId, MailMove, MailRead, MailSnooze, MailWake, Snoozed, TRASH,
};
use crate::agent::approve::DenyAll;
use crate::agent::snoozes::Snoozes;
use crate::booking;
use crate::cli::ask::Terminal;
use crate::cli::columns;
use crate::cli::one::{self, Deed, Telling};
use crate::cli::report::Kind;
use crate::untrusted;

/// Most messages named on one command line.
const NAMED_MAX: usize = 100;

/// Move messages to Archive
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ArchiveArgs {
    /// Their numbers in the last list, their ids, or the beginnings of them
    #[arg(value_name = "ID|NUMBER", required = true)]
    messages: Vec<String>,
}

/// Move messages to Trash; they stay there until you empty it yourself
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct TrashArgs {
    /// Their numbers in the last list, their ids, or the beginnings of them
    #[arg(value_name = "ID|NUMBER", required = true)]
    messages: Vec<String>,
}

/// Give a message a label, or take it off
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct LabelArgs {
    /// Its number in the last list, its id, or the beginning of it
    #[arg(value_name = "ID|NUMBER")]
    message: String,
    /// The label, one word; other mail programs see it as a keyword
    label: String,
    /// Take it off
    #[arg(long)]
    off: bool,
}

/// Put a message off: it comes back at that time, or when it is answered
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SnoozeArgs {
    /// Its number in the last list, its id, or the beginning of it; none lists what is put off
    #[arg(value_name = "ID|NUMBER")]
    message: Option<String>,
    /// Until when: 'until Monday 9:00', 'until tomorrow'
    #[arg(value_name = "until WHEN", conflicts_with = "off")]
    until: Vec<String>,
    /// Bring it back now
    #[arg(long, requires = "message")]
    off: bool,
}

pub(super) fn archive(args: &ArchiveArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    relocate(&args.messages, ("archive", "Archive"), desk, context)
}

pub(super) fn trash(args: &TrashArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    relocate(&args.messages, ("trash", TRASH), desk, context)
}

fn relocate(
    wanted: &[String],
    (verb, mailbox): (&str, &str),
    desk: &Desk,
    context: &Context,
) -> Result<u8, Failure> {
    if wanted.len() > NAMED_MAX {
        let sentence = format!(
            "{} messages are more than {NAMED_MAX} at once",
            wanted.len()
        );
        return Err(Failure::user(sentence).hint("name fewer of them"));
    }
    let ids: Vec<MailId> = wanted
        .iter()
        .map(|one| pick::message(one, desk, context))
        .collect::<Result<_, _>>()?;
    let said: Vec<String> = wanted.iter().map(|one| untrusted::line(one, 100)).collect();
    let about = match ids.as_slice() {
        [only] => about(only, desk),
        several => format!("{} messages", several.len()),
    };
    let deeds = ids.into_iter().flat_map(|id| {
        let to = MailMove {
            id: id.clone(),
            mailbox: mailbox.to_owned(),
        };
        [read(id), Action::MailMove(to)]
    });
    let deed = Deed {
        goal: format!("{verb} message {}", said.join(", ")),
        answer: format!("moved to {mailbox}"),
        about,
        actions: deeds.collect(),
    };
    // Many at once into Trash are asked for.
    if context.interactive && !context.json {
        return one::perform(
            deed,
            &mut Terminal::new(context.err),
            Telling::Short,
            context,
        );
    }
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

pub(super) fn label(args: &LabelArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let id = pick::message(&args.message, desk, context)?;
    let word = untrusted::line(&args.label, 60);
    let (verb, fact) = if args.off {
        ("unlabel", "no longer labelled")
    } else {
        ("label", "labelled")
    };
    let flag = MailFlag {
        id: id.clone(),
        flag: Flag::Keyword(args.label.clone()),
        on: !args.off,
    };
    let deed = Deed {
        goal: format!(
            "{verb} message {} {word}",
            untrusted::line(&args.message, 100)
        ),
        answer: format!("{fact} {word}"),
        about: about(&id, desk),
        actions: vec![read(id), Action::MailFlag(flag)],
    };
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

pub(super) fn snooze(args: &SnoozeArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let Some(message) = &args.message else {
        return list(desk, context);
    };
    let id = pick::message(message, desk, context)?;
    let said = untrusted::line(message, 100);
    let about = about(&id, desk);
    let (goal, answer, action) = if args.off {
        let wake = Action::MailWake(MailWake { id: id.clone() });
        (
            format!("wake message {said}"),
            "it is back".to_owned(),
            wake,
        )
    } else {
        let when = args.until.join(" ");
        let when = when.strip_prefix("until ").unwrap_or(&when).trim();
        if when.is_empty() {
            return Err(Failure::user("it is not said until when")
                .hint("write it after the message, as in 'until Monday 9:00'"));
        }
        let until = booking::moment(when, &desk.now(), desk.config.calendar.day_starts)
            .map_err(|e| Failure::user(e.to_string()).hint_if(e.hint()))?;
        let shown = until.strftime("%a %-d %b %Y %H:%M").to_string();
        let until = until.timestamp();
        let snooze = Action::MailSnooze(MailSnooze {
            id: id.clone(),
            until,
        });
        let goal = format!("snooze message {said} until {}", untrusted::line(when, 100));
        (goal, format!("put off until {shown}"), snooze)
    };
    let deed = Deed {
        goal,
        answer,
        about,
        actions: vec![read(id), action],
    };
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

/// What is put off, with when it comes back.
fn list(desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let all = if context.home.database().is_file() {
        Snoozes::open(&context.home).and_then(|snoozes| snoozes.all())
    } else {
        Ok(Vec::new())
    };
    let all = all.map_err(|error| {
        let hint = error.hint();
        Failure::new(Kind::Internal, error).hint_if(hint)
    })?;
    let named: Vec<(Snoozed, String)> = all
        .into_iter()
        .map(|snoozed| {
            let about = about(&snoozed.id, desk);
            (snoozed, about)
        })
        .collect();
    let envelopes = named.iter().filter_map(|(snoozed, _)| {
        let message = desk.mail.read(&snoozed.id).ok()?;
        Some(message.envelope)
    });
    pick::remember(&envelopes.collect::<Vec<_>>(), context)?;
    if context.json {
        let rows = named.iter().map(|(snoozed, _)| snoozed);
        context.print_json(&rows.collect::<Vec<_>>())?;
        return Ok(0);
    }
    if named.is_empty() {
        context.say("nothing is put off");
    }
    let width = columns::screen().saturating_sub(26);
    let lines = (1..).zip(&named).map(|(number, (snoozed, about))| {
        let until = snoozed.until.to_zoned_datetime(desk.clock.zone().clone());
        let until = until.strftime("%a %-d %b %Y %H:%M").to_string();
        format!("{number:>2}  {until:<22}{}\n", columns::cut(about, width))
    });
    context.print(&lines.collect::<String>())?;
    Ok(0)
}

/// Reads the message first, so that the journal names it by its subject.
fn read(id: MailId) -> Action {
    Action::MailRead(MailRead { id })
}

/// Names a message for people.
fn about(id: &MailId, desk: &Desk) -> String {
    let message = desk.mail.read(id).map_err(refused);
    message.map_or_else(
        |_| "a message that is gone".to_owned(),
        |message| {
            let subject = table::title(&message.envelope.subject);
            format!("\"{subject}\" from {}", table::who(&message.envelope.from))
        },
    )
}
