//! Texts of messages: fetched by need, the newest of each mailbox beforehand.

use std::collections::BTreeMap;

use imap_proto::Response;

use super::error::ServerError;
use super::fetched;
use super::quote;
use super::sync::Job;
use super::wire::{Access, Wire};
use crate::action::MailId;
use crate::mail::Error;
use crate::mail::index::{BODIES_BYTES_MAX, Card, Filed, Index, Role, Spot};
use crate::mail::mime::Frame;

/// Newest messages of each mailbox whose texts come with a sync.
const NEWEST: u32 = 1_000;
/// Most messages of one mailbox whose texts come when all are wanted.
const ALL_MAX: u32 = 200_000;
/// Bytes asked for at once.
const BATCH_BYTES: u64 = 4 * 1024 * 1024;
/// Messages asked for at once.
const BATCH: usize = 500;
/// A longer message is fetched only when it is read.
const UNASKED_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// A longer message is fetched piece by piece, so that no answer is longer than this.
const PIECE_BYTES: usize = 4 * 1024 * 1024;
/// Of a longer message only the first piece is fetched, which holds its text in all but odd cases.
pub(super) const WHOLE_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// Which texts a sync brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// None.
    Headers,
    /// Those of the newest messages, but not of junk, trash and copies.
    Newest,
    /// All.
    All,
}

impl Want {
    /// How many messages of a mailbox are looked at.
    pub(super) fn most(self, role: Role) -> u32 {
        match (self, role) {
            (Self::Headers, _) | (Self::Newest, Role::Trash | Role::Junk | Role::All) => 0,
            (Self::Newest, _) => NEWEST,
            (Self::All, _) => ALL_MAX,
        }
    }
}

/// Fetches the texts of the newest `most` messages of `mailbox` where they are not here.
pub(super) fn newest(
    wire: &mut Wire,
    index: &Index,
    job: &Job,
    mailbox: &str,
    most: u32,
) -> Result<usize, Error> {
    let mut missing = index.without_text(&job.account, mailbox, most)?;
    missing.retain(|one| one.envelope.size <= UNASKED_BYTES_MAX);
    if missing.is_empty() {
        return Ok(0);
    }
    // A pass over headers has just opened it; one that found nothing new has not.
    wire.look_at(mailbox)?;
    let mut done = 0;
    let mut from = 0;
    while from < missing.len() {
        let mut bytes = 0;
        let rest = missing.get(from..).unwrap_or_default();
        let count = rest
            .iter()
            .take(BATCH)
            .take_while(|one| {
                let fits = bytes == 0 || bytes + one.envelope.size <= BATCH_BYTES;
                bytes += one.envelope.size.max(1);
                fits
            })
            .count();
        let batch = rest.get(..count.max(1)).unwrap_or_default();
        done += fetch(wire, index, job, batch)?;
        from += count.max(1);
    }
    Ok(done)
}

/// Fetches one message whole, or the beginning of a very long one.
pub(super) fn one(wire: &mut Wire, job: &Job, id: &MailId) -> Result<(), Error> {
    let index = Index::open(&job.index)?;
    let missing = || Error::NoMessage { id: id.clone() };
    let filed = index.message(&job.account, id)?.ok_or_else(missing)?;
    wire.look_at(&filed.envelope.mailbox)?;
    match fetch(wire, &index, job, std::slice::from_ref(&filed))? {
        // The server answers nothing for a message that is gone.
        0 => Err(missing()),
        _ => Ok(()),
    }
}

fn fetch(wire: &mut Wire, index: &Index, job: &Job, batch: &[Filed]) -> Result<usize, Error> {
    let by_uid: BTreeMap<u32, &Filed> = batch
        .iter()
        .filter_map(|filed| match filed.spot {
            Spot::Uid(uid) => Some((uid, filed)),
            Spot::File(_) => None,
        })
        .collect();
    let uids: Vec<u32> = by_uid.keys().copied().collect();
    let Some(mailbox) = batch.first().map(|filed| filed.envelope.mailbox.clone()) else {
        return Ok(0);
    };
    let found = match batch {
        [one] if one.envelope.size > PIECE_BYTES as u64 => in_pieces(wire, &uids, one)?,
        _ => asked(wire, &uids, "")?,
    };
    let mut writing = index.write(&job.account, &mailbox)?;
    let mut kept = 0;
    for (uid, bytes) in &found {
        if let Some(filed) = by_uid.get(uid).filter(|filed| fetched::is_of(filed, bytes)) {
            let frame = Frame {
                id: filed.envelope.id.clone(),
                mailbox: mailbox.clone(),
                flags: filed.envelope.flags.clone(),
                size: filed.envelope.size,
                delivered: filed.envelope.date,
            };
            writing.put(&filed.spot, &Card::of_message(frame, bytes))?;
            writing.keep_body(&filed.envelope.id, bytes)?;
            kept += 1;
        }
    }
    writing.commit()?;
    index.trim_bodies(BODIES_BYTES_MAX)?;
    Ok(kept)
}

fn asked(wire: &mut Wire, uids: &[u32], part: &str) -> Result<Vec<(u32, Vec<u8>)>, ServerError> {
    let command = format!("UID FETCH {} (UID BODY.PEEK[]{part})", quote::set(uids));
    let mut found: Vec<(u32, Vec<u8>)> = Vec::new();
    wire.command("show the messages", &command, &mut |response| {
        if let Response::Fetch(_, attributes) = response
            && let Some(uid) = fetched::uid(&attributes)
            && let Some(bytes) = fetched::body(&attributes)
        {
            found.push((uid, bytes.to_vec()));
        }
    })?;
    Ok(found)
}

/// Fetches one long message.
fn in_pieces(
    wire: &mut Wire,
    uids: &[u32],
    filed: &Filed,
) -> Result<Vec<(u32, Vec<u8>)>, ServerError> {
    let is_whole = filed.envelope.size <= WHOLE_BYTES_MAX;
    let mut found: Option<(u32, Vec<u8>)> = None;
    loop {
        let from = found.as_ref().map_or(0, |(_, bytes)| bytes.len());
        let pieces = asked(wire, uids, &format!("<{from}.{PIECE_BYTES}>"))?;
        let Some((uid, piece)) = pieces.into_iter().next() else {
            // It ends here, or it went away in the middle.
            return Ok(found
                .filter(|(_, bytes)| bytes.len() as u64 >= filed.envelope.size)
                .into_iter()
                .collect());
        };
        let (_, bytes) = found.get_or_insert_with(|| (uid, Vec::new()));
        bytes.extend_from_slice(&piece);
        // Servers may give less than was asked for, and some don't know the size to the octet.
        let is_last = bytes.len() as u64 >= filed.envelope.size && piece.len() < PIECE_BYTES;
        if piece.is_empty() || is_last || !is_whole || bytes.len() as u64 > WHOLE_BYTES_MAX {
            return Ok(found.into_iter().collect());
        }
    }
}

impl Wire {
    /// Opens a mailbox to look at it, unless it is open.
    pub(super) fn look_at(&mut self, mailbox: &str) -> Result<(), ServerError> {
        if self.is_open(mailbox) {
            return Ok(());
        }
        self.select((mailbox, Access::Look), None, &mut |_| {})
            .map(drop)
    }
}
