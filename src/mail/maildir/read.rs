//! Reading: lists, messages and bytes. Never changes a file, its name or its flags.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::time::UNIX_EPOCH;

use jiff::Timestamp;

use super::flags::Keywords;
use super::{Entry, Listing, Maildir, name};
use crate::action::{Envelope, Flag, MailId, MailQuery, MailSearch, Message};
use crate::mail::Error;
use crate::mail::error::io_at;
use crate::mail::mime::{self, Frame, HEADER_BYTES_MAX, MESSAGE_BYTES_MAX};
use crate::untrusted;

/// Messages read of one mailbox; a search over more says so.
const MESSAGES_MAX: usize = 100_000;
/// Most headers are shorter than this.
const HEADER_BLOCK_BYTES: usize = 8 * 1024;
/// Diagnostics kept of one search.
const DIAGNOSTICS_MAX: usize = 100;

impl Maildir {
    /// Lists the messages of a mailbox that are as asked, newest first.
    ///
    /// # Errors
    /// [`Error::BadName`], [`Error::NoMailbox`], or [`Error::Io`] when the mailbox itself can't be
    /// read; a message that can't is a diagnostic.
    pub fn search(&self, search: &MailSearch) -> Result<Listing, Error> {
        let (mailbox, folder) = self.existing(&search.mailbox)?;
        let keywords = Keywords::read(&folder)?;
        let mut listing = Listing::default();
        for entry in entries(&folder, &mut listing.diagnostics)? {
            match envelope(&mailbox, &entry, &keywords, &search.query) {
                Ok(found) => listing.envelopes.extend(found),
                Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
                Err(error) => note(&mut listing.diagnostics, &entry.path, &error),
            }
        }
        let newest = |e: &Envelope| (std::cmp::Reverse(e.date), e.id.clone());
        listing.envelopes.sort_by_key(newest);
        listing
            .envelopes
            .truncate(usize::try_from(search.limit).unwrap_or(usize::MAX));
        Ok(listing)
    }

    /// Reads a message; its flags stay as they are.
    ///
    /// # Errors
    /// [`Error::NoMessage`], or [`Error::Io`] when its file can't be read.
    pub fn read(&self, id: &MailId) -> Result<Message, Error> {
        self.on(id, |found| {
            let keywords = Keywords::read(&self.folder(&found.mailbox)?)?;
            let flags = keywords.flags(&found.entry.letters);
            let (bytes, frame) = load(&found.mailbox, &found.entry, flags, Extent::Whole)?;
            Ok(mime::message(frame, &bytes))
        })
    }

    /// Returns the bytes of a message.
    ///
    /// # Errors
    /// As [`Maildir::read`].
    pub fn raw(&self, id: &MailId) -> Result<Vec<u8>, Error> {
        self.on(id, |found| {
            regular(&found.entry.path)?;
            fs::read(&found.entry.path).map_err(io_at("read", &found.entry.path))
        })
    }
}

/// Reads one entry as an envelope, `None` when it is not as asked.
fn envelope(
    mailbox: &str,
    entry: &Entry,
    keywords: &Keywords,
    query: &MailQuery,
) -> Result<Option<Envelope>, Error> {
    let flags = keywords.flags(&entry.letters);
    if query.unread && flags.contains(&Flag::Seen) {
        return Ok(None);
    }
    let whole = query.text.is_some();
    let extent = if whole { Extent::Whole } else { Extent::Header };
    let (bytes, frame) = load(mailbox, entry, flags, extent)?;
    let envelope = if whole {
        let message = mime::message(frame, &bytes);
        let from = &message.envelope.from;
        let text = [
            &from.name,
            &from.email,
            &message.envelope.subject,
            &message.text,
        ];
        if !has_words(query.text.as_deref(), &text) {
            return Ok(None);
        }
        message.envelope
    } else {
        mime::envelope(frame, &bytes)
    };
    let fits = has_words(
        query.from.as_deref(),
        &[&envelope.from.name, &envelope.from.email],
    ) && has_words(query.subject.as_deref(), &[&envelope.subject])
        && query.since.is_none_or(|since| envelope.date >= since);
    Ok(fits.then_some(envelope))
}

/// Reads a message or its header, and what the file tells about it.
pub(super) fn load(
    mailbox: &str,
    entry: &Entry,
    flags: Vec<Flag>,
    extent: Extent,
) -> Result<(Vec<u8>, Frame), Error> {
    let path = &entry.path;
    let about = regular(path)?;
    let file = File::open(path).map_err(io_at("read", path))?;
    let bytes = contents(file, extent).map_err(io_at("read", path))?;
    let changed = || {
        let since = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(since.as_secs()).ok()
    };
    let seconds = name::seconds(&entry.base).or_else(changed).unwrap_or(0);
    let frame = Frame {
        id: MailId(entry.base.clone()),
        mailbox: mailbox.to_owned(),
        flags,
        size: about.len(),
        delivered: Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH),
    };
    Ok((bytes, frame))
}

/// How much of a message is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Up to the empty line, give or take a block.
    Header,
    /// All, or one byte more than is taken apart, so that too long a message is known as such.
    Whole,
}

fn contents(mut file: File, extent: Extent) -> std::io::Result<Vec<u8>> {
    let most = match extent {
        Extent::Header => HEADER_BYTES_MAX,
        Extent::Whole => MESSAGE_BYTES_MAX + 1,
    };
    let block = match extent {
        Extent::Header => HEADER_BLOCK_BYTES,
        Extent::Whole => most,
    };
    let mut bytes = Vec::new();
    while bytes.len() < most {
        let next = u64::try_from(block.min(most - bytes.len())).unwrap_or(u64::MAX);
        let read = file.by_ref().take(next).read_to_end(&mut bytes)?;
        let ended = extent == Extent::Header && mime::holds_header(&bytes);
        if read == 0 || ended {
            break;
        }
    }
    Ok(bytes)
}

/// A pipe would block and a link may lead anywhere: only plain files are messages.
pub(super) fn regular(path: &Path) -> Result<fs::Metadata, Error> {
    let about = fs::symlink_metadata(path).map_err(io_at("read", path))?;
    if about.is_file() {
        return Ok(about);
    }
    let odd = std::io::Error::new(ErrorKind::InvalidInput, "it is not a plain file");
    Err(io_at("read", path)(odd))
}

pub(super) fn entries(folder: &Path, diagnostics: &mut Vec<String>) -> Result<Vec<Entry>, Error> {
    let mut found = Vec::new();
    for part in ["cur", "new"] {
        let path = folder.join(part);
        for entry in fs::read_dir(&path).map_err(io_at("list", &path))? {
            let entry = entry.map_err(io_at("list", &path))?;
            let file = entry.file_name();
            let Some(file) = file.to_str() else {
                push(
                    diagnostics,
                    &format!("{}: its name is not text", file.display()),
                );
                continue;
            };
            if file.starts_with('.') {
                continue;
            }
            if found.len() >= MESSAGES_MAX {
                push(
                    diagnostics,
                    &format!("only the first {MESSAGES_MAX} messages were read"),
                );
                return Ok(found);
            }
            let (base, letters) = name::parts(file);
            found.push(Entry {
                path: entry.path(),
                base: base.to_owned(),
                letters: letters.to_owned(),
            });
        }
    }
    Ok(found)
}

fn note(diagnostics: &mut Vec<String>, path: &Path, error: &Error) {
    let cause = std::error::Error::source(error)
        .map(ToString::to_string)
        .unwrap_or_default();
    push(
        diagnostics,
        &format!("{}: {error}: {cause}", path.display()),
    );
}

fn push(diagnostics: &mut Vec<String>, text: &str) {
    if diagnostics.len() < DIAGNOSTICS_MAX {
        diagnostics.push(untrusted::line(text, 500));
    }
}

/// Says whether each of `words` stands in one of `texts`, in any case of letters.
fn has_words(words: Option<&str>, texts: &[&String]) -> bool {
    let Some(words) = words else {
        return true;
    };
    let texts: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
    let stands = |word: &str| texts.iter().any(|text| text.contains(word));
    words.to_lowercase().split_whitespace().all(stands)
}
