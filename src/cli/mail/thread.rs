//! `legwork mail thread`: a talk as a tree, oldest message first.

use super::{Context, Desk, Failure, pick, refused, table};
use crate::action::Envelope;
use crate::cli::columns;

/// Show the thread of a message: what it answers and what answers it, from all mailboxes
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Its number in the last list, its id, or the beginning of it
    #[arg(value_name = "ID|NUMBER")]
    message: String,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let id = pick::message(&args.message, desk, context)?;
    let posts = desk.mail.thread(&id).map_err(refused)?;
    let envelopes: Vec<Envelope> = posts.iter().map(|post| post.envelope.clone()).collect();
    pick::remember(&envelopes, context)?;
    if context.json {
        context.print_json(&serde_json::json!({ "posts": posts }))?;
        return Ok(0);
    }
    let shape = (columns::screen(), context.out);
    context.print(&table::tree(&posts, &id, &desk.now(), shape))?;
    Ok(0)
}
