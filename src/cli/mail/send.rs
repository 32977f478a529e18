//! `legwork mail send`: shows the exact letter, asks, and hands it over once.

use std::io::{self, Write as _};

use dialoguer::Confirm;

use super::write::said;
use super::{Context, Desk, Failure, pick, refused, table};
use crate::action::{Action, Effect, MailQuery, MailSearch, MailSend, Message};
use crate::agent::approve::{Approver, ByEffect, DenyAll};
use crate::cli::Paint;
use crate::cli::one::{self, Deed, Telling};
use crate::cli::report;
use crate::policy::{Consent, Question};
use crate::untrusted;

/// Lines of a mail shown before it is sent; a longer one says how many are left.
const PREVIEW_LINES_MAX: usize = 200;
/// Longest line shown of it, in characters: RFC 5322 section 2.1.1 allows no longer ones.
const PREVIEW_CHARS_MAX: usize = 998;
/// Drafts listed so that the journal can name the one that is sent.
const DRAFTS_LISTED: u32 = 100;

/// Send a draft, once you have seen it
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    draft: pick::Picked,
    /// Don't show it and don't ask
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let id = args.draft.fetched(desk, context)?;
    let message = desk.mail.read(&id).map_err(refused)?;
    let mailbox = untrusted::line(&message.envelope.mailbox, 100);
    if mailbox != desk.mail.mailbox_named("Drafts") {
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
            files: files(&message),
            undo_seconds: desk.config.send.undo_seconds,
        },
    };
    let subject = table::title(&message.envelope.subject);
    let answer = if desk.mail.is_local() && desk.config.send.through.is_none() {
        "handed to the outbox"
    } else {
        "sent"
    };
    // The journal names the draft by what was listed; what stands in it is not looked at again,
    // as a code that you write yourself is yours to send.
    let drafts = Action::MailSearch(MailSearch {
        mailbox,
        query: MailQuery::default(),
        limit: DRAFTS_LISTED,
    });
    let deed = Deed {
        goal: format!("send the draft {}", said(&args.draft.message)),
        answer: answer.to_owned(),
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
    let mut emails: Vec<String> = all.map(|one| untrusted::line(&one.email, 100)).collect();
    if let Some(hidden) = message.headers.get("bcc") {
        emails.push(format!(
            "{} (hidden from the others)",
            untrusted::line(hidden, 200)
        ));
    }
    emails.join(", ")
}

fn files(message: &Message) -> Vec<String> {
    let files = message.attachments.iter();
    files
        .map(|file| format!("{} ({} bytes)", untrusted::line(&file.name, 100), file.size))
        .collect()
}

/// Shows a mail byte for byte, as far as a terminal can, and asks whether it shall leave.
#[derive(Debug)]
struct Sender {
    paint: Paint,
    to: String,
    /// Names and sizes of what is attached.
    files: Vec<String>,
    /// How long it can be called back.
    undo_seconds: u32,
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
        let mut shown = vec![self.paint.bold("The draft, as it would leave:")];
        shown.extend(self.framed(&preview));
        if !self.files.is_empty() {
            shown.push(format!("with the files {}", self.files.join(", ")));
        }
        // Nobody reading is a no, which the prompt finds out by itself.
        drop(writeln!(io::stderr().lock(), "{}", shown.join("\n")));
        let yes = Confirm::new()
            .with_prompt(format!("Send it to {}?", self.to))
            .default(false)
            .interact_opt();
        let yes = matches!(yes, Ok(Some(true)));
        if yes && self.undo_seconds > 0 {
            let text = format!(
                "it leaves in {} s; Ctrl-C keeps it as a draft",
                self.undo_seconds
            );
            drop(writeln!(io::stderr().lock(), "{}", self.paint.dim(&text)));
        }
        yes.then(|| question.consent("you"))
    }

    fn answer(&mut self, _: &str, _: &[String]) -> Option<String> {
        None
    }
}
