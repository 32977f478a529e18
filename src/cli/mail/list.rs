//! `legwork mail list`, `search` and `mailboxes`.

use std::collections::BTreeMap;

use super::table::{self, Places};
use super::{Context, Desk, Failure, pick, refused, since, warn};
use crate::action::{Envelope, Flag, MailQuery, MailSearch};
use crate::cli::columns;
use crate::untrusted;

/// Messages listed when no number was given: a screen and a half.
const LIMIT: u32 = 30;

/// List the messages of a mailbox, newest first
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Which mailbox
    #[arg(default_value = "INBOX")]
    mailbox: String,
    /// Only those not read yet
    #[arg(long)]
    unread: bool,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = LIMIT)]
    limit: u32,
}

/// Find messages by words, sender, subject or date
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SearchArgs {
    /// Words that all stand in the sender, the subject or the text
    #[arg(required_unless_present_any = ["from", "subject", "since", "unread"])]
    words: Vec<String>,
    /// Words of the sender's name or address
    #[arg(long, value_name = "WORDS")]
    from: Option<String>,
    /// Words of the subject
    #[arg(long, value_name = "WORDS")]
    subject: Option<String>,
    /// Not older than this: 'yesterday', '3 days ago', '14 March'
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only in this mailbox; all of them without
    #[arg(long = "in", value_name = "MAILBOX")]
    mailbox: Option<String>,
    /// Only those not read yet
    #[arg(long)]
    unread: bool,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = LIMIT)]
    limit: u32,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let mailbox = pick::mailbox(&args.mailbox, desk)?;
    let query = MailQuery {
        unread: args.unread,
        ..MailQuery::default()
    };
    let search = MailSearch {
        mailbox: mailbox.clone(),
        query,
        limit: u32::MAX,
    };
    let listing = desk.mail.search(&search).map_err(refused)?;
    warn(&listing.diagnostics, context);
    if listing.envelopes.is_empty() && !context.json {
        context.say(&if args.unread {
            format!("nothing unread in {mailbox}")
        } else {
            format!("{mailbox} is empty")
        });
    }
    let hint = if args.unread {
        ""
    } else {
        "; --unread shows what is new"
    };
    let found = Found {
        envelopes: listing.envelopes,
        diagnostics: listing.diagnostics,
        places: Places::One,
        limit: args.limit,
        hint: format!("--limit shows more{hint}"),
    };
    found.tell(desk, context)
}

pub(super) fn search(args: &SearchArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let since = args
        .since
        .as_deref()
        .map(|text| since::read(text, &desk.now()));
    let query = MailQuery {
        from: args.from.clone(),
        subject: args.subject.clone(),
        text: (!args.words.is_empty()).then(|| args.words.join(" ")),
        since: since.transpose()?,
        unread: args.unread,
    };
    let (envelopes, diagnostics, places) = match &args.mailbox {
        Some(name) => {
            let mailbox = pick::mailbox(name, desk)?;
            let limit = u32::MAX;
            let search = MailSearch {
                mailbox,
                query,
                limit,
            };
            let listing = desk.mail.search(&search).map_err(refused)?;
            (listing.envelopes, listing.diagnostics, Places::One)
        }
        None => (pick::everywhere(desk, &query)?, Vec::new(), Places::Many),
    };
    warn(&diagnostics, context);
    if envelopes.is_empty() && !context.json {
        context.say("no message is like that; fewer words find more");
    }
    let found = Found {
        envelopes,
        diagnostics,
        places,
        limit: args.limit,
        hint: "more words find fewer, --limit shows more".to_owned(),
    };
    found.tell(desk, context)
}

/// What was found, to be shown up to a limit.
struct Found {
    envelopes: Vec<Envelope>,
    diagnostics: Vec<String>,
    places: Places,
    limit: u32,
    hint: String,
}

impl Found {
    fn tell(mut self, desk: &Desk, context: &Context) -> Result<u8, Failure> {
        let total = self.envelopes.len();
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        self.envelopes.truncate(limit);
        pick::remember(&self.envelopes, context)?;
        if context.json {
            context.print_json(&serde_json::json!({
                "messages": self.envelopes,
                "total": total,
                "diagnostics": self.diagnostics,
            }))?;
            return Ok(0);
        }
        let (now, shape) = (desk.now(), (columns::screen(), context.out));
        context.print(&table::draw(&self.envelopes, self.places, &now, shape))?;
        let more = total.saturating_sub(self.envelopes.len());
        if more > 0 {
            let said = format!("… and {more} more; {}", self.hint);
            context.say(&context.err.dim(&said));
        }
        Ok(0)
    }
}

/// How many messages a mailbox holds.
#[derive(Debug, Default, serde::Serialize)]
struct Count {
    total: usize,
    unread: usize,
}

pub(super) fn mailboxes(desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let names = desk.mail.mailboxes().map_err(refused)?;
    for envelope in pick::everywhere(desk, &MailQuery::default())? {
        let count = counts.entry(envelope.mailbox).or_default();
        count.total += 1;
        count.unread += usize::from(!envelope.flags.contains(&Flag::Seen));
    }
    let rows: Vec<(String, Count)> = names
        .into_iter()
        .map(|name| {
            let count = counts.remove(&name).unwrap_or_default();
            (name, count)
        })
        .collect();
    if context.json {
        let rows = rows.iter().map(|(name, count)| {
            serde_json::json!({ "name": name, "total": count.total, "unread": count.unread })
        });
        context.print_json(&rows.collect::<Vec<_>>())?;
        return Ok(0);
    }
    let widths = rows.iter().map(|(name, _)| columns::width(name));
    let width = widths.max().unwrap_or(0).min(columns::screen() / 2);
    let text = rows.iter().map(|(name, Count { total, unread })| {
        let name = columns::fit(&untrusted::line(name, 200), width);
        let new = match unread {
            0 => String::new(),
            unread => context.out.good(&format!("  {unread} unread")),
        };
        format!("{name}  {total:>6}{new}\n")
    });
    context.print(&text.collect::<String>())?;
    Ok(0)
}
