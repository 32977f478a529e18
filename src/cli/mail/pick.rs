//! Which message or mailbox is meant: a number of the last list, an id, the beginning of one.
//!
//! The last list is kept in a file of the user's own, so that a number keeps meaning the message
//! it stood beside, however much arrives in between.

use std::fs;
use std::path::PathBuf;

use super::{Context, Desk, Failure, refused};
use crate::action::{Envelope, MailId};
use crate::home::{make_private, write_private};
use crate::untrusted;

/// Digits of a number in a list; more are the beginning of an id.
const NUMBER_DIGITS_MAX: usize = 5;
/// Shortest beginning of an id that is printed: ids begin with the second of delivery.
const PREFIX_MIN: usize = 10;
/// Messages of a list that keep their numbers.
const LISTED_MAX: usize = 10_000;
/// Longest list file read; ids are far shorter than 200 bytes.
const LIST_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Most ids counted when several match.
const ALIKE_MAX: u32 = 10_000;
/// Most messages named when several match.
const NAMED_MAX: usize = 6;
/// How like a mailbox's name must be to be proposed.
const LIKENESS_MIN: f64 = 0.7;

/// Keeps what was listed, so that its numbers can be used; where nothing was, the list before
/// still stands on the screen and stays.
pub(super) fn remember(envelopes: &[Envelope], context: &Context) -> Result<(), Failure> {
    if envelopes.is_empty() {
        return Ok(());
    }
    let ids = envelopes.iter().map(|envelope| &envelope.id);
    let ids: Vec<&MailId> = ids.take(LISTED_MAX).collect();
    let text = serde_json::to_vec(&ids).map_err(Failure::internal)?;
    let file = list_file(context);
    // The same list once more needs no waiting for the disk.
    if fs::read(&file).is_ok_and(|kept| kept == text) {
        return Ok(());
    }
    let kept = make_private(context.home.data()).and_then(|()| write_private(&file, &text));
    // What was listed is shown all the same; only its numbers mean nothing afterwards.
    if let Err(error) = kept {
        let said = format!("the numbers of this list can't be kept: {error}");
        context.say(&format!("{} {said}", context.err.warn("careful:")));
    }
    Ok(())
}

fn list_file(context: &Context) -> PathBuf {
    context.home.data().join("mail-list.json")
}

/// The last list; empty when there is none, or its file is damaged.
fn remembered(context: &Context) -> Vec<MailId> {
    let file = list_file(context);
    let small = fs::metadata(&file).is_ok_and(|about| about.len() <= LIST_BYTES_MAX);
    let text = small.then(|| fs::read(&file).ok()).flatten();
    text.and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default()
}

/// Returns, for each of `envelopes`, the shortest beginning of its id that no other of them has.
pub(super) fn prefixes(envelopes: &[Envelope]) -> Vec<String> {
    let mut sorted: Vec<&str> = envelopes.iter().map(|one| one.id.0.as_str()).collect();
    sorted.sort_unstable();
    let shared = |a: &str, b: &str| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let prefix = |id: &str| {
        let at = sorted.partition_point(|other| *other < id);
        let before = at.checked_sub(1).and_then(|at| sorted.get(at));
        let after = sorted.get(at + 1);
        let near = before
            .into_iter()
            .chain(after)
            .map(|other| shared(id, other));
        let length = near.max().map_or(0, |same| same + 1).max(PREFIX_MIN);
        id.chars().take(length).collect()
    };
    envelopes.iter().map(|one| prefix(&one.id.0)).collect()
}

/// Finds the message that `wanted` names.
pub(super) fn message(wanted: &str, desk: &Desk, context: &Context) -> Result<MailId, Failure> {
    let shown = untrusted::line(wanted, 100);
    let listed = remembered(context);
    let digits = wanted.chars().all(|c| c.is_ascii_digit());
    if digits && (1..=NUMBER_DIGITS_MAX).contains(&wanted.len()) {
        let number: usize = wanted.parse().unwrap_or(0);
        let id = number.checked_sub(1).and_then(|index| listed.get(index));
        let id = id.ok_or_else(|| no_number(&shown, listed.len()))?;
        return present(id.clone(), &shown, desk);
    }
    let exact = MailId(wanted.to_owned());
    if desk.mail.locate(&exact).map_err(refused)?.is_some() {
        return Ok(exact);
    }
    let starts = |id: &&MailId| !wanted.is_empty() && id.0.starts_with(wanted);
    if let [only] = listed.iter().filter(starts).collect::<Vec<_>>().as_slice() {
        return present((*only).clone(), &shown, desk);
    }
    let ids = match wanted {
        "" => Vec::new(),
        start => desk.mail.ids_from(start, ALIKE_MAX).map_err(refused)?,
    };
    match ids.as_slice() {
        [] => Err(Failure::user(format!("no message is called '{shown}'"))
            .hint("'legwork mail list' shows numbers and ids")),
        [only] => Ok(only.clone()),
        several => Err(ambiguous(&shown, several)),
    }
}

/// A message of an old list may be gone by now.
fn present(id: MailId, shown: &str, desk: &Desk) -> Result<MailId, Failure> {
    if desk.mail.locate(&id).map_err(refused)?.is_some() {
        return Ok(id);
    }
    Err(
        Failure::user(format!("the message that was listed as '{shown}' is gone"))
            .hint("list again: another program took or deleted it"),
    )
}

fn no_number(shown: &str, count: usize) -> Failure {
    if count == 0 {
        return Failure::user(format!("there is no list to find number {shown} in"))
            .hint("'legwork mail list' numbers the messages");
    }
    Failure::user(format!(
        "the last list has no number {shown}, it ends at {count}"
    ))
    .hint("list again, with a higher --limit if need be")
}

fn ambiguous(shown: &str, several: &[MailId]) -> Failure {
    let count = several.len();
    let failure = Failure::user(format!("{count} ids begin with '{shown}'"));
    let named = several.iter().take(NAMED_MAX);
    named.fold(failure, |failure, id| {
        failure.hint(untrusted::line(&id.0, 100))
    })
}

/// A message that something is done to.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Picked {
    /// Its number in the last list, its id, or the beginning of it
    #[arg(value_name = "ID|NUMBER")]
    pub(super) message: String,
}

impl Picked {
    /// Finds it and fetches its text where only its header is here.
    pub(super) fn fetched(&self, desk: &Desk, context: &Context) -> Result<MailId, Failure> {
        let id = message(&self.message, desk, context)?;
        desk.fetch(&id, context)?;
        Ok(id)
    }
}

/// Finds the mailbox that `wanted` names, in any case of letters; the nearest name is proposed.
pub(super) fn mailbox(wanted: &str, desk: &Desk) -> Result<String, Failure> {
    let names = desk.mail.mailboxes().map_err(refused)?;
    if let Some(name) = names.iter().find(|name| *name == wanted) {
        return Ok(name.clone());
    }
    let lower = wanted.to_lowercase();
    let alike: Vec<&String> = names
        .iter()
        .filter(|name| name.to_lowercase() == lower)
        .collect();
    if let [only] = alike.as_slice() {
        return Ok((*only).clone());
    }
    // What the server uses for it, such as Entwürfe for Drafts.
    let meant = desk.mail.mailbox_named(wanted);
    if names.contains(&meant) {
        return Ok(meant);
    }
    let shown = untrusted::line(wanted, 100);
    let failure = Failure::user(format!("there is no mailbox '{shown}'"));
    Err(match nearest(&lower, &names) {
        Some(near) => failure.hint(format!("did you mean '{near}'?")),
        None => failure.hint("'legwork mail mailboxes' lists them"),
    })
}

fn nearest<'a>(lower: &str, names: &'a [String]) -> Option<&'a String> {
    let likeness = |name: &String| strsim::jaro_winkler(lower, &name.to_lowercase());
    names
        .iter()
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Address;

    fn envelope(id: &str) -> Envelope {
        Envelope {
            id: MailId(id.to_owned()),
            mailbox: "INBOX".to_owned(),
            message_id: String::new(),
            from: Address::default(),
            to: Vec::new(),
            cc: Vec::new(),
            subject: String::new(),
            date: jiff::Timestamp::UNIX_EPOCH,
            flags: Vec::new(),
            size: 0,
        }
    }

    #[test]
    fn a_beginning_is_as_long_as_it_takes_to_tell_ids_apart() {
        let ids = ["1795302000.M12P1", "1795302000.M13P1", "1795400000.M1", "b"].map(envelope);
        let want = ["1795302000.M12", "1795302000.M13", "1795400000", "b"];
        assert_eq!(prefixes(&ids), want);
    }

    #[test]
    fn the_nearest_name_is_proposed_and_nothing_far_fetched() {
        let names = ["INBOX", "Archive", "Receipts"].map(str::to_owned);
        assert_eq!(
            nearest("recepts", &names).map(String::as_str),
            Some("Receipts")
        );
        assert_eq!(nearest("zzz", &names), None);
    }
}
