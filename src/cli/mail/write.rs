//! `legwork mail move`, `flag`, `draft` and `send`: one deed each, through the loop.

use std::io::{self, IsTerminal as _, Read as _, Write as _};

use dialoguer::Confirm;

use super::{Context, Desk, Failure, pick, refused, table};
use crate::action::{
    Action, Address, Effect, Flag, MailDraft, MailFlag, MailId, MailMove, MailQuery, MailRead,
    MailSearch, MailSend, Message,
};
use crate::agent::approve::{Approver, ByEffect, DenyAll};
use crate::cli::Paint;
use crate::cli::ask::Terminal;
use crate::cli::one::{self, Deed, Telling};
use crate::cli::report::{self, Kind};
use crate::policy::{Consent, Question};
use crate::untrusted;

/// Lines of a mail shown before it is sent; a longer one says how many are left.
const PREVIEW_LINES_MAX: usize = 200;
/// Longest line shown of it, in characters: RFC 5322 section 2.1.1 allows no longer ones.
const PREVIEW_CHARS_MAX: usize = 998;
/// Longest text read from stdin for a draft, in bytes.
const BODY_BYTES_MAX: u64 = 1024 * 1024;
/// Drafts listed so that the journal can name the one that is sent.
const DRAFTS_LISTED: u32 = 100;
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

/// Write a draft; nothing leaves
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DraftArgs {
    /// Whom to write to; may be given more than once
    #[arg(long, value_name = "ADDRESS", required_unless_present = "reply")]
    to: Vec<String>,
    /// What about
    #[arg(long, required_unless_present = "reply")]
    subject: Option<String>,
    /// The message to answer: its number in the last list, its id, or the beginning of it
    #[arg(long, value_name = "ID|NUMBER")]
    reply: Option<String>,
    /// The text, or '-' to read it from stdin
    #[arg(value_name = "BODY|-")]
    body: Option<String>,
}

/// Hand a draft to the outbox, once you have seen it
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SendArgs {
    /// The draft's number in the last list, its id, or the beginning of it
    #[arg(value_name = "ID|NUMBER")]
    message: String,
    /// Don't show it and don't ask
    #[arg(long, short)]
    yes: bool,
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

pub(super) fn draft(args: &DraftArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    if desk.config.me.emails.is_empty() {
        let error = anyhow::anyhow!("you have no address to write from");
        let hint = "add a line 'emails = [\"you@example.org\"]' below [me] in config.toml";
        return Err(Failure::new(Kind::Config, error).hint(hint));
    }
    let body = body(args.body.as_deref())?;
    let to: Vec<Address> = args
        .to
        .iter()
        .map(|text| address(text))
        .collect::<Result<_, _>>()?;
    let answered = args.reply.as_deref();
    let answered = answered
        .map(|wanted| pick::message(wanted, desk, context))
        .transpose()?;
    let emails: Vec<&str> = to.iter().map(|one| one.email.as_str()).collect();
    let goal = match &args.reply {
        Some(wanted) if to.is_empty() => format!("draft a reply to message {}", said(wanted)),
        Some(_) | None => format!("draft a mail to {}", emails.join(", ")),
    };
    // The policy looks at the message that is answered, so it is read first.
    let looked = answered.as_ref().map(read);
    let draft = Action::MailDraft(MailDraft {
        to,
        subject: args.subject.clone().unwrap_or_default(),
        body,
        in_reply_to: answered.clone(),
        ..MailDraft::default()
    });
    let deed = Deed {
        goal,
        answer: "the draft lies in Drafts; 'legwork mail list Drafts' and 'mail send' come next"
            .to_owned(),
        about: answered.map_or_else(String::new, |id| about(&id, desk)),
        actions: looked.into_iter().chain([draft]).collect(),
    };
    let otherwise = Terminal::new(context.err);
    if context.interactive && !context.json {
        let mut approver = otherwise;
        return one::perform(deed, &mut approver, Telling::Short, context);
    }
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

/// The text as typed, or from stdin where nothing was typed and nobody sits there.
fn body(text: Option<&str>) -> Result<String, Failure> {
    let empty = || {
        Failure::user("the draft has no text")
            .hint("write it as the last word in quotes, or '-' to read it from stdin")
    };
    match text {
        Some("-") => {}
        Some(text) if text.trim().is_empty() => return Err(empty()),
        Some(text) => return Ok(text.to_owned()),
        None if io::stdin().is_terminal() => return Err(empty()),
        None => {}
    }
    let mut body = String::new();
    let mut stdin = io::stdin().take(BODY_BYTES_MAX + 1);
    stdin.read_to_string(&mut body).map_err(|error| {
        Failure::user(format!("the text on stdin can't be read: {error}"))
            .hint("give plain text in UTF-8")
    })?;
    if u64::try_from(body.len()).unwrap_or(u64::MAX) > BODY_BYTES_MAX {
        let sentence = format!("the text on stdin is longer than {BODY_BYTES_MAX} bytes");
        return Err(Failure::user(sentence).hint("send a long text as a file by other means"));
    }
    if body.trim().is_empty() {
        return Err(empty());
    }
    Ok(body)
}

/// Reads `Dana Fox <dana@example.org>` or the address alone.
fn address(text: &str) -> Result<Address, Failure> {
    let text = text.trim();
    let (name, email) = match text
        .strip_suffix('>')
        .and_then(|text| text.rsplit_once('<'))
    {
        Some((name, email)) => (name.trim().trim_matches('"'), email.trim()),
        None => ("", text),
    };
    let sound = email
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
    if !sound {
        let shown = untrusted::line(text, 100);
        return Err(Failure::user(format!("'{shown}' is not a mail address"))
            .hint("write it as local@domain, or 'Name <local@domain>'"));
    }
    Ok(Address {
        name: name.to_owned(),
        email: email.to_owned(),
    })
}

pub(super) fn send(args: &SendArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let id = pick::message(&args.message, desk, context)?;
    let message = desk.mail.read(&id).map_err(refused)?;
    let mailbox = untrusted::line(&message.envelope.mailbox, 100);
    if mailbox != "Drafts" {
        return Err(
            Failure::user(format!("that message is no draft, it lies in {mailbox}"))
                .hint("write one with 'legwork mail draft'; 'legwork mail list Drafts' shows them"),
        );
    }
    if !args.yes && !context.json && !context.interactive {
        context.say("refused: nobody is there to be shown the mail");
        context.say(&format!(
            "{} add --yes to send it unseen",
            context.err.good("hint:")
        ));
        return Ok(report::REFUSED);
    }
    let effects = if args.yes {
        vec![Effect::Send]
    } else {
        Vec::new()
    };
    let mut approver = ByEffect {
        effects,
        otherwise: Sender {
            paint: context.err,
            to: recipients(&message),
            text: untrusted::block(&message.text),
        },
    };
    let subject = table::title(&message.envelope.subject);
    // The journal names the draft by what was listed; what stands in it is not looked at again,
    // as a code that you write yourself is yours to send.
    let drafts = Action::MailSearch(MailSearch {
        mailbox,
        query: MailQuery::default(),
        limit: DRAFTS_LISTED,
    });
    let deed = Deed {
        goal: format!("send the draft {}", said(&args.message)),
        answer: "handed to the outbox".to_owned(),
        about: format!("\"{subject}\" to {}", recipients(&message)),
        actions: vec![drafts, Action::MailSend(MailSend { id })],
    };
    if context.json && !args.yes {
        return one::perform(deed, &mut DenyAll, Telling::Short, context);
    }
    one::perform(deed, &mut approver, Telling::Short, context)
}

fn recipients(message: &Message) -> String {
    let envelope = &message.envelope;
    let all = envelope.to.iter().chain(&envelope.cc);
    let emails: Vec<String> = all.map(|one| untrusted::line(&one.email, 100)).collect();
    emails.join(", ")
}

/// Shows a mail byte for byte, as far as a terminal can, and asks whether it shall leave.
#[derive(Debug)]
struct Sender {
    paint: Paint,
    to: String,
    /// What a reader sees, shown where the bytes are an encoding of it.
    text: String,
}

impl Sender {
    fn framed(&self, text: &str) -> Vec<String> {
        let lines = text.lines().take(PREVIEW_LINES_MAX).map(|line| {
            let line = untrusted::line(line, PREVIEW_CHARS_MAX);
            format!("  {} {line}", self.paint.dim("│"))
        });
        let more = text.lines().count().saturating_sub(PREVIEW_LINES_MAX);
        let more = (more > 0).then(|| format!("  … and {more} more lines"));
        lines.chain(more).collect()
    }
}

impl Approver for Sender {
    fn decide(&mut self, question: &Question) -> Option<Consent> {
        let preview = untrusted::block(question.preview());
        let mut shown = vec![self.paint.bold("The draft, byte for byte:")];
        shown.extend(self.framed(&preview));
        if !preview.contains(self.text.trim()) {
            shown.push(self.paint.bold("which reads:"));
            shown.extend(self.framed(&self.text));
        }
        // Nobody reading is a no, which the prompt finds out by itself.
        drop(writeln!(io::stderr().lock(), "{}", shown.join("\n")));
        let yes = Confirm::new()
            .with_prompt(format!("Send it to {}?", self.to))
            .default(false)
            .interact_opt();
        matches!(yes, Ok(Some(true))).then(|| question.consent("you"))
    }

    fn answer(&mut self, _: &str, _: &[String]) -> Option<String> {
        None
    }
}

/// How the user named a message, for the goal.
fn said(wanted: &str) -> String {
    untrusted::line(wanted, 100)
}

/// Reads the message first, so that the journal names it by its subject.
fn read(id: &MailId) -> Action {
    Action::MailRead(MailRead { id: id.clone() })
}

/// Names a message for people.
fn about(id: &MailId, desk: &Desk) -> String {
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

    #[test]
    fn an_address_may_carry_a_name() {
        let dana = address("\"Dana Fox\" <dana@x.test>").unwrap();
        assert_eq!(
            (dana.name.as_str(), dana.email.as_str()),
            ("Dana Fox", "dana@x.test")
        );
        assert_eq!(address(" dana@x.test ").unwrap().name, "");
        for bad in ["", "dana", "@x.test", "dana@", "<dana>"] {
            assert_eq!(address(bad).unwrap_err().code(), 2, "{bad}");
        }
    }
}
