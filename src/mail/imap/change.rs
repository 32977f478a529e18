//! Changes on the server: moves, flags, new messages. Each is asked for once and then looked at
//! where it lies; nothing is ever expunged.

use imap_proto::{Response, ResponseCode, UidSetMember};
use jiff::Timestamp;

use super::error::ServerError;
use super::fetched::{self, Header};
use super::quote;
use super::sync::{self, Job};
use super::wire::{Access, Opened, Wire};
use crate::action::{Flag, MailId};
use crate::mail::Error;
use crate::mail::index::{BODIES_BYTES_MAX, Card, Filed, Index, Spot, SyncState};
use crate::mail::mime::Frame;

/// A message to be put into a mailbox.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    pub(super) mailbox: String,
    pub(super) bytes: Vec<u8>,
    pub(super) flags: Vec<Flag>,
    pub(super) date: Timestamp,
    /// A message with this `Message-ID` that is there already is the one.
    pub(super) once: Option<String>,
}

/// Opens the mailbox of a message to change it, and finds out its UID there.
fn open(wire: &mut Wire, index: &Index, job: &Job, filed: &Filed) -> Result<u32, Error> {
    let mailbox = &filed.envelope.mailbox;
    let opened = wire.select((mailbox, Access::Change), None, &mut |_| {})?;
    let known = index.sync_state(&job.account, mailbox)?.uid_validity;
    let gone = || Error::NoMessage {
        id: filed.envelope.id.clone(),
    };
    match filed.spot {
        Spot::Uid(uid) if opened.uid_validity == known => Ok(uid),
        // Its number may mean another message by now.
        Spot::Uid(_) | Spot::File(_) => {
            sync::mailbox(wire, job, mailbox)?;
            let found = index
                .message_in(&job.account, mailbox, &filed.envelope.id)?
                .ok_or_else(gone)?;
            wire.select((mailbox, Access::Change), None, &mut |_| {})?;
            match found.spot {
                Spot::Uid(uid) => Ok(uid),
                Spot::File(_) => Err(gone()),
            }
        }
    }
}

fn filed(index: &Index, job: &Job, id: &MailId) -> Result<Filed, Error> {
    let found = index.message(&job.account, id)?;
    found.ok_or_else(|| Error::NoMessage { id: id.clone() })
}

/// Sets or clears a flag, and notes what the server has afterwards.
pub(super) fn flag(
    wire: &mut Wire,
    job: &Job,
    id: &MailId,
    (flag, on): (&Flag, bool),
) -> Result<(), Error> {
    let index = Index::open(&job.index)?;
    let filed = filed(&index, job, id)?;
    let word = quote::flag(flag)?;
    let uid = open(wire, &index, job, &filed)?;
    let sign = if on { '+' } else { '-' };
    let command = format!("UID STORE {uid} {sign}FLAGS.SILENT ({word})");
    wire.change("mark the message", &command, &mut |_| {})?;
    let mut now = None;
    let command = format!("UID FETCH {uid} (UID FLAGS)");
    wire.command("tell the flags", &command, &mut |response| {
        if let Response::Fetch(_, attributes) = response
            && fetched::uid(&attributes) == Some(uid)
        {
            now = fetched::flags(&attributes);
        }
    })?;
    let now = now.ok_or_else(|| Error::NoMessage { id: id.clone() })?;
    let mut writing = index.write(&job.account, &filed.envelope.mailbox)?;
    writing.set_flags(&filed.spot, &now)?;
    writing.commit()
}

/// Moves a message from one mailbox to another, made when missing, and finds it there.
pub(super) fn relocate(
    wire: &mut Wire,
    job: &Job,
    id: &MailId,
    (from, mailbox): (&str, &str),
) -> Result<(), Error> {
    let index = Index::open(&job.index)?;
    let found = index.message_in(&job.account, from, id)?;
    let filed = found.ok_or_else(|| Error::NoMessage { id: id.clone() })?;
    if filed.envelope.mailbox == mailbox {
        return Ok(());
    }
    let target = wire.named(mailbox)?;
    if index.mailbox(&job.account, mailbox)?.is_none() {
        make(wire, &target)?;
    }
    let uid = open(wire, &index, job, &filed)?;
    let mut landed = None;
    let mut note = |response: Response<'_>| {
        if let Response::Data {
            code: Some(code), ..
        } = response
        {
            landed = landed.take().or_else(|| copied(&code));
        }
    };
    let code = if wire.offers("MOVE") {
        wire.change(
            "move the message",
            &format!("UID MOVE {uid} {target}"),
            &mut note,
        )?
    } else {
        let copy = wire.change(
            "copy the message",
            &format!("UID COPY {uid} {target}"),
            &mut note,
        )?;
        let mark = format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)");
        wire.change("mark what was copied", &mark, &mut |_| {})?;
        copy
    };
    let landed = landed.or_else(|| code.as_ref().and_then(copied));
    let body = index.body(&job.account, id)?;
    let there = arrived((wire, &index), job, &filed, (mailbox, landed))?;
    let mut writing = index.write(&job.account, &filed.envelope.mailbox)?;
    writing.remove(&filed.spot)?;
    writing.commit()?;
    let header = match there {
        None => searched(wire, &index, job, (id, mailbox))?,
        there => there,
    };
    let Some(header) = header else {
        return Ok(());
    };
    file(&index, job, (&header, id, mailbox), body.as_deref())
}

/// Finds a message that was moved by looking at all that is new in its mailbox.
fn searched(
    wire: &mut Wire,
    index: &Index,
    job: &Job,
    (id, mailbox): (&MailId, &str),
) -> Result<Option<Header>, Error> {
    sync::mailbox(wire, job, mailbox)?;
    let now = index.message_in(&job.account, mailbox, id)?;
    match now.map(|now| now.spot) {
        Some(Spot::Uid(uid)) => Ok(header(wire, uid)?),
        Some(Spot::File(_)) | None => Ok(None),
    }
}

/// Opens a mailbox to look at it; one that was never synced is from here on known by its validity,
/// so that what is filed of it stays.
fn look(wire: &mut Wire, index: &Index, job: &Job, mailbox: &str) -> Result<Opened, Error> {
    let opened = wire.select((mailbox, Access::Look), None, &mut |_| {})?;
    if index
        .sync_state(&job.account, mailbox)?
        .uid_validity
        .is_none()
    {
        let mut writing = index.write(&job.account, mailbox)?;
        writing.set_sync(&SyncState {
            uid_validity: opened.uid_validity,
            ..SyncState::default()
        })?;
        writing.commit()?;
    }
    Ok(opened)
}

/// Makes a mailbox; one that is there already is fine.
fn make(wire: &mut Wire, target: &str) -> Result<(), ServerError> {
    match wire.change("make the mailbox", &format!("CREATE {target}"), &mut |_| {}) {
        Err(ServerError::Refused { said, .. }) if said.to_lowercase().contains("exist") => Ok(()),
        done => done.map(drop),
    }
}

/// Looks at the message at its new place; `None` when it can't be told where that is.
fn arrived(
    (wire, index): (&mut Wire, &Index),
    job: &Job,
    filed: &Filed,
    (mailbox, landed): (&str, Option<(u32, u32)>),
) -> Result<Option<Header>, Error> {
    let Some((validity, uid)) = landed else {
        return Ok(None);
    };
    let opened = look(wire, index, job, mailbox)?;
    if opened.uid_validity != Some(validity) {
        return Ok(None);
    }
    let header = header(wire, uid)?;
    let id = &filed.envelope.id.0;
    Ok(header.filter(|header| id.starts_with(&header.id(&job.account).0)))
}

fn header(wire: &mut Wire, uid: u32) -> Result<Option<Header>, ServerError> {
    let items = "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER]";
    let mut found = None;
    let command = format!("UID FETCH {uid} ({items})");
    wire.command("show the header", &command, &mut |response| {
        if let Response::Fetch(_, attributes) = response {
            found = found
                .take()
                .or_else(|| Header::of(&attributes).filter(|one| one.uid == uid));
        }
    })?;
    Ok(found)
}

fn file(
    index: &Index,
    job: &Job,
    (header, id, mailbox): (&Header, &MailId, &str),
    body: Option<&[u8]>,
) -> Result<(), Error> {
    let card = match body {
        Some(bytes) => {
            let frame = Frame {
                id: id.clone(),
                mailbox: mailbox.to_owned(),
                flags: header.flags.clone(),
                size: header.size,
                delivered: header.delivered,
            };
            Card::of_message(frame, bytes)
        }
        None => header.card(id.clone(), mailbox),
    };
    let mut writing = index.write(&job.account, mailbox)?;
    writing.put(&Spot::Uid(header.uid), &card)?;
    writing.commit()?;
    if let Some(bytes) = body {
        index.keep_body(&job.account, id, bytes, BODIES_BYTES_MAX)?;
    }
    Ok(())
}

/// Puts a message into a mailbox, once where it has a `Message-ID` to be known by.
pub(super) fn append(wire: &mut Wire, job: &Job, parcel: &Parcel) -> Result<MailId, Error> {
    let index = Index::open(&job.index)?;
    let target = wire.named(&parcel.mailbox)?;
    if index.mailbox(&job.account, &parcel.mailbox)?.is_none() {
        make(wire, &target)?;
    }
    if let Some(message_id) = &parcel.once
        && let Some(found) = find(wire, &index, job, (&parcel.mailbox, message_id))?
    {
        return Ok(found);
    }
    let landed = put(wire, parcel, &target)?;
    if let Some((validity, uid)) = landed {
        let opened = look(wire, &index, job, &parcel.mailbox)?;
        let header = if opened.uid_validity == Some(validity) {
            header(wire, uid)?
        } else {
            None
        };
        if let Some(header) = header {
            let id = header.id(&job.account);
            file(
                &index,
                job,
                (&header, &id, &parcel.mailbox),
                Some(&parcel.bytes),
            )?;
            return Ok(id);
        }
    }
    // The server does not say under which number: what is new there is looked at.
    let known = index.spots(&job.account, &parcel.mailbox)?;
    sync::mailbox(wire, job, &parcel.mailbox)?;
    let now = index.spots(&job.account, &parcel.mailbox)?;
    let fresh = now
        .into_iter()
        .rev()
        .find(|(spot, _, _)| known.iter().all(|one| one.0 != *spot));
    fresh.map(|(_, id, _)| id).ok_or_else(|| {
        let odd = ServerError::Odd {
            host: wire.host().to_owned(),
            what: format!("a message put into {} is not there", parcel.mailbox),
        };
        odd.into()
    })
}

/// Finds a message of a mailbox by its `Message-ID`, on the server itself.
pub(super) fn find(
    wire: &mut Wire,
    index: &Index,
    job: &Job,
    (mailbox, message_id): (&str, &str),
) -> Result<Option<MailId>, Error> {
    let opened = look(wire, index, job, mailbox)?;
    if opened.exists == 0 {
        return Ok(None);
    }
    let wanted = quote::quoted(&format!("<{message_id}>"), "the Message-ID")?;
    let mut uids = Vec::new();
    let command = format!("UID SEARCH HEADER MESSAGE-ID {wanted}");
    wire.command("look for the message", &command, &mut |response| {
        if let Response::MailboxData(imap_proto::MailboxDatum::Search(found)) = response {
            uids.extend(found);
        }
    })?;
    let Some(uid) = uids.into_iter().max() else {
        return Ok(None);
    };
    let Some(header) = header(wire, uid)? else {
        return Ok(None);
    };
    let id = header.id(&job.account);
    if index.message(&job.account, &id)?.is_none() {
        file(index, job, (&header, &id, mailbox), None)?;
    }
    Ok(Some(id))
}

/// Sends the message itself; returns the validity and UID where the server tells them.
fn put(wire: &mut Wire, parcel: &Parcel, target: &str) -> Result<Option<(u32, u32)>, ServerError> {
    const WHAT: &str = "take the message";
    let flags = parcel
        .flags
        .iter()
        .map(quote::flag)
        .collect::<Result<Vec<_>, _>>()?;
    let (flags, date) = (flags.join(" "), fetched::date(parcel.date));
    let bytes = with_crlf(&parcel.bytes);
    let command = format!("APPEND {target} ({flags}) {date} {{{}}}", bytes.len());
    wire.send(WHAT, &command)?;
    wire.go_ahead(WHAT)?;
    wire.mark_told();
    wire.write(WHAT, &bytes)?;
    wire.write(WHAT, b"\r\n")?;
    let code = wire.finish(WHAT, &mut |_| {})?;
    Ok(match code {
        Some(ResponseCode::AppendUid(validity, uids)) => {
            uids.first().map(first).map(|uid| (validity, uid))
        }
        _ => None,
    })
}

/// Lines end with CR LF on the wire (RFC 5322 section 2.1).
fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 40);
    let mut before = 0;
    for byte in bytes {
        if *byte == b'\n' && before != b'\r' {
            out.push(b'\r');
        }
        out.push(*byte);
        before = *byte;
    }
    out
}

fn copied(code: &ResponseCode<'_>) -> Option<(u32, u32)> {
    match code {
        ResponseCode::CopyUid(validity, _, uids) => {
            uids.first().map(first).map(|uid| (*validity, uid))
        }
        _ => None,
    }
}

fn first(member: &UidSetMember) -> u32 {
    match member {
        UidSetMember::UidRange(range) => *range.start(),
        UidSetMember::Uid(uid) => *uid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_the_wire_wants_them() {
        assert_eq!(with_crlf(b"a\nb\r\nc\n\n"), b"a\r\nb\r\nc\r\n\r\n");
    }
}
