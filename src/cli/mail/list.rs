//! `legwork mail list`, `search` and `mailboxes`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::table::{self, Places};
use super::{Context, Desk, Failure, pick, refused, since, warn};
use crate::cli::columns;
use crate::deadline::Deadline;
use crate::mail::Listing;
use crate::mail::index::{Field, Mark, Search, What};
use crate::untrusted;

/// Messages listed when no number was given: a screen and a half.
const LIMIT: u32 = 30;

/// Longest that a server may search.
const SERVER_LIMIT: Duration = Duration::from_mins(2);

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
    /// What to find: words, "phrases", from:, to:, subject:, in:, is:unread, has:attachment,
    /// label:, after:, before:; '-' before one excludes it
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
    /// Ask the server, which also knows the texts that were not fetched
    #[arg(long)]
    server: bool,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = LIMIT)]
    limit: u32,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let mailbox = pick::mailbox(&args.mailbox, desk)?;
    let mut search = Search::default();
    if args.unread {
        search = search.and(What::Is(Mark::Unread));
    }
    let listing = desk.mail.find(Some(&mailbox), &search, args.limit);
    let listing = listing.map_err(refused)?;
    if listing.total == 0 && !context.json {
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
    let hint = format!("--limit shows more{hint}");
    tell(&listing, Places::One, &hint, (desk, context))
}

pub(super) fn search(args: &SearchArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let search = asked(args, desk)?;
    let mailbox = args.mailbox.as_deref();
    let mailbox = mailbox.map(|name| pick::mailbox(name, desk)).transpose()?;
    let listing = if args.server {
        crate::cli::block_on(SERVER_LIMIT, async |deadline: Deadline| {
            let asked = desk
                .mail
                .find_there(mailbox.as_deref(), &search, args.limit, &deadline);
            match asked.await {
                Err(_) if deadline.is_stopped() => Err(Failure::stopped()),
                done => done.map_err(refused),
            }
        })?
    } else {
        let found = desk.mail.find(mailbox.as_deref(), &search, args.limit);
        found.map_err(refused)?
    };
    if listing.total == 0 && !context.json {
        context.say("no message is like that; fewer words find more");
    }
    let places = match mailbox {
        Some(_) => Places::One,
        None => Places::Many,
    };
    let hint = "more words find fewer, --limit shows more";
    tell(&listing, places, hint, (desk, context))
}

/// Puts the words and the flags of the command line together.
fn asked(args: &SearchArgs, desk: &Desk) -> Result<Search, Failure> {
    let now = desk.now();
    let day = |text: &str| since::read(text, &now).ok();
    let search = Search::parse(&args.words.join(" "), &day);
    let mut search = search.map_err(|error| {
        let hint = error.hint();
        Failure::user(error.to_string()).hint(hint)
    })?;
    for (field, words) in [(Field::From, &args.from), (Field::Subject, &args.subject)] {
        for word in Search::words(field, words.as_deref().unwrap_or_default()) {
            search = search.and(word);
        }
    }
    if let Some(text) = &args.since {
        search = search.and(What::Since(since::read(text, &now)?));
    }
    if args.unread {
        search = search.and(What::Is(Mark::Unread));
    }
    Ok(search)
}

fn tell(
    listing: &Listing,
    places: Places,
    hint: &str,
    (desk, context): (&Desk, &Context),
) -> Result<u8, Failure> {
    warn(&listing.diagnostics, context);
    pick::remember(&listing.envelopes, context)?;
    if context.json {
        context.print_json(&serde_json::json!({
            "messages": listing.envelopes,
            "total": listing.total,
            "diagnostics": listing.diagnostics,
        }))?;
        return Ok(0);
    }
    let (now, shape) = (desk.now(), (columns::screen(), context.out));
    let own = ["Drafts", "Outbox", "Sent"].map(|name| desk.mail.mailbox_named(name));
    let text = table::draw(&listing.envelopes, places, &own, &now, shape);
    context.print(&text)?;
    let more = listing.total.saturating_sub(listing.envelopes.len());
    if more > 0 {
        context.say(&context.err.dim(&format!("… and {more} more; {hint}")));
    }
    Ok(0)
}

/// How many messages a mailbox holds.
#[derive(Debug, Default, serde::Serialize)]
struct Count {
    total: usize,
    unread: usize,
}

pub(super) fn mailboxes(desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let names = desk.mail.mailboxes().map_err(refused)?;
    let counted = desk.mail.counts().map_err(refused)?.into_iter();
    let mut counts: BTreeMap<String, Count> = counted
        .map(|one| {
            let (total, unread) = (one.total, one.unread);
            (one.name, Count { total, unread })
        })
        .collect();
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
