//! `legwork mail draft`, `reply` and `forward`: letters written into Drafts; nothing leaves.

use std::io::{self, IsTerminal as _, Read as _};

use super::write::{about, read, said};
use super::{Context, Desk, Failure, pick};
use crate::action::{Action, Address, ForwardAs, MailDraft, MailId};
use crate::agent::approve::DenyAll;
use crate::cli::ask::Terminal;
use crate::cli::one::{self, Deed, Telling};
use crate::cli::report::Kind;
use crate::untrusted;

/// Longest text read from stdin for a draft, in bytes.
const BODY_BYTES_MAX: u64 = 1024 * 1024;

/// What any draft may have.
#[derive(Debug, clap::Args)]
struct Extras {
    /// Who gets a copy; may be given more than once
    #[arg(long, value_name = "ADDRESS")]
    cc: Vec<String>,
    /// Who gets a copy that the others don't know of
    #[arg(long, value_name = "ADDRESS")]
    bcc: Vec<String>,
    /// A file to attach; may be given more than once
    #[arg(long, value_name = "FILE")]
    attach: Vec<String>,
}

/// Write a draft; nothing leaves
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DraftArgs {
    /// Whom to write to; may be given more than once
    #[arg(long, value_name = "ADDRESS", required = true)]
    to: Vec<String>,
    /// What about
    #[arg(long)]
    subject: String,
    #[command(flatten)]
    extras: Extras,
    /// The text, or '-' to read it from stdin
    #[arg(value_name = "BODY|-")]
    body: Option<String>,
}

/// Write a draft that answers a message; nothing leaves
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ReplyArgs {
    /// Its number in the last list, its id, or the beginning of it
    #[arg(value_name = "ID|NUMBER")]
    message: String,
    /// Answer everyone it went to, not its sender alone
    #[arg(long, short)]
    all: bool,
    #[command(flatten)]
    extras: Extras,
    /// The text, or '-' to read it from stdin
    #[arg(value_name = "BODY|-")]
    body: Option<String>,
}

/// Write a draft that passes a message on, with its files; nothing leaves
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ForwardArgs {
    /// Its number in the last list, its id, or the beginning of it
    #[arg(value_name = "ID|NUMBER")]
    message: String,
    /// Whom to; may be given more than once
    #[arg(long, value_name = "ADDRESS", required = true)]
    to: Vec<String>,
    /// Pass it on whole, as an attached file
    #[arg(long)]
    as_file: bool,
    #[command(flatten)]
    extras: Extras,
    /// What to say above it, or '-' to read that from stdin
    #[arg(value_name = "BODY|-")]
    body: Option<String>,
}

pub(super) fn draft(args: &DraftArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let letter = MailDraft {
        to: addresses(&args.to)?,
        subject: args.subject.clone(),
        body: body(args.body.as_deref())?,
        ..args.extras.begun()?
    };
    let goal = format!("draft a mail to {}", args.to.join(", "));
    write(letter, None, goal, (desk, context))
}

pub(super) fn reply(args: &ReplyArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let id = pick::message(&args.message, desk, context)?;
    let letter = MailDraft {
        body: body(args.body.as_deref())?,
        in_reply_to: Some(id.clone()),
        to_all: args.all,
        ..args.extras.begun()?
    };
    let all = if args.all { " to all" } else { "" };
    let goal = format!("draft a reply{all} to message {}", said(&args.message));
    write(letter, Some(id), goal, (desk, context))
}

pub(super) fn forward(args: &ForwardArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let id = pick::message(&args.message, desk, context)?;
    let text = match args.body.as_deref() {
        None => String::new(),
        words => body(words)?,
    };
    let letter = MailDraft {
        to: addresses(&args.to)?,
        body: text,
        forward: Some(id.clone()),
        forward_as: if args.as_file {
            ForwardAs::File
        } else {
            ForwardAs::Text
        },
        ..args.extras.begun()?
    };
    let message = said(&args.message);
    let goal = format!("forward message {message} to {}", args.to.join(", "));
    write(letter, Some(id), goal, (desk, context))
}

impl Extras {
    fn begun(&self) -> Result<MailDraft, Failure> {
        Ok(MailDraft {
            cc: addresses(&self.cc)?,
            bcc: addresses(&self.bcc)?,
            attach: self.attach.clone(),
            ..MailDraft::default()
        })
    }
}

/// Writes the draft through the loop; all that was typed is in the goal, which is what is granted.
fn write(
    letter: MailDraft,
    source: Option<MailId>,
    goal: String,
    (desk, context): (&Desk, &Context),
) -> Result<u8, Failure> {
    let has_address = !desk.config.me.emails.is_empty() || !desk.mail.is_local();
    if !has_address {
        let error = anyhow::anyhow!("you have no address to write from");
        let hint = "add a line 'emails = [\"you@example.org\"]' below [me] in config.toml";
        return Err(Failure::new(Kind::Config, error).hint(hint));
    }
    let mut goal = goal;
    for copy in letter.cc.iter().chain(&letter.bcc) {
        goal = format!("{goal}, copy to {}", copy.email);
    }
    for file in &letter.attach {
        goal = format!("{goal}, attach {file}");
    }
    // The policy looks at the message that is answered or passed on, so it is read first.
    let looked = source.as_ref().map(read);
    let deed = Deed {
        goal,
        answer: "the draft lies in Drafts; 'legwork mail list Drafts' and 'mail send' come next"
            .to_owned(),
        about: source.map_or_else(String::new, |id| about(&id, desk)),
        actions: looked
            .into_iter()
            .chain([Action::MailDraft(letter)])
            .collect(),
    };
    if context.interactive && !context.json {
        let mut approver = Terminal::new(context.err);
        return one::perform(deed, &mut approver, Telling::Short, context);
    }
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

fn addresses(texts: &[String]) -> Result<Vec<Address>, Failure> {
    texts.iter().map(|text| address(text)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

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
