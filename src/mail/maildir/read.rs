//! Reading: lists, messages and bytes. Never changes a file, its name or its flags.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::time::UNIX_EPOCH;

use jiff::Timestamp;

use super::flags::Keywords;
use super::scan::{Room, scan};
use super::{Entry, Listing, Maildir, name};
use crate::action::{Flag, MailId, MailSearch, Message};
use crate::config::LOCAL;
use crate::mail::Error;
use crate::mail::error::io_at;
use crate::mail::index::{Index, Search, Want};
use crate::mail::mime::{self, Frame, MESSAGE_BYTES_MAX};
use crate::untrusted;

/// Messages read of one mailbox; a search over more says so.
const MESSAGES_MAX: usize = 100_000;
/// Diagnostics kept of one search.
const DIAGNOSTICS_MAX: usize = 100;

impl Maildir {
    /// Lists the messages of a mailbox that are as asked, newest first.
    ///
    /// # Errors
    /// As [`Maildir::find_like`].
    pub fn search(&self, search: &MailSearch) -> Result<Listing, Error> {
        let like = Search::of(&search.query);
        self.find_like(Some(&search.mailbox), &like, search.limit)
    }

    /// Lists the messages of a mailbox, or of all, that are as asked, newest first.
    ///
    /// # Errors
    /// [`Error::BadName`], [`Error::NoMailbox`], or [`Error::Io`] when a mailbox itself can't be
    /// read; a message that can't is a diagnostic.
    pub fn find_like(
        &self,
        mailbox: Option<&str>,
        search: &Search,
        limit: u32,
    ) -> Result<Listing, Error> {
        let mailbox = match mailbox {
            Some(mailbox) => Some(self.existing(mailbox)?.0),
            None => None,
        };
        let want = Want {
            account: Some(LOCAL.to_owned()),
            mailbox: mailbox.clone(),
            search: search.clone(),
            limit,
        };
        let (page, diagnostics) =
            self.with_index(mailbox.as_deref(), &|index| index.find(&want))?;
        Ok(Listing {
            envelopes: page.messages.into_iter().map(|one| one.envelope).collect(),
            total: page.total,
            diagnostics,
        })
    }

    /// Asks the index once it knows of every change of `mailbox`, or of all. Where its file can't
    /// be used, one in memory takes its place: slower, and as good.
    ///
    /// # Errors
    /// What `ask` says, and [`Error::Io`] when a mailbox can't be read.
    pub fn with_index<T>(
        &self,
        mailbox: Option<&str>,
        ask: &dyn Fn(&Index) -> Result<T, Error>,
    ) -> Result<(T, Vec<String>), Error> {
        let mut diagnostics = Vec::new();
        if let Some(file) = &self.index {
            let asked = Index::open(file).and_then(|index| {
                self.refresh(&index, mailbox, &mut diagnostics)?;
                ask(&index)
            });
            match asked {
                Err(error @ (Error::Index { .. } | Error::NewerIndex { .. })) => {
                    diagnostics.clear();
                    push(&mut diagnostics, &error.to_string());
                }
                done => return Ok((done?, diagnostics)),
            }
        }
        let index = Index::in_memory()?;
        self.refresh(&index, mailbox, &mut diagnostics)?;
        Ok((ask(&index)?, diagnostics))
    }

    fn refresh(
        &self,
        index: &Index,
        mailbox: Option<&str>,
        diagnostics: &mut Vec<String>,
    ) -> Result<(), Error> {
        let mailboxes = if let Some(mailbox) = mailbox {
            vec![mailbox.to_owned()]
        } else {
            let all = self.mailboxes()?;
            index.keep_mailboxes(LOCAL, &all)?;
            all
        };
        for mailbox in mailboxes {
            let (mailbox, folder) = self.existing(&mailbox)?;
            let room = Room {
                mailbox: &mailbox,
                folder: &folder,
            };
            scan(index, room, diagnostics)?;
        }
        Ok(())
    }

    /// Reads a message; its flags stay as they are.
    ///
    /// # Errors
    /// [`Error::NoMessage`], or [`Error::Io`] when its file can't be read.
    pub fn read(&self, id: &MailId) -> Result<Message, Error> {
        self.on(id, |found| {
            let keywords = Keywords::read(&self.folder(&found.mailbox)?)?;
            let flags = keywords.flags(&found.entry.letters);
            let (bytes, frame) = load(&found.mailbox, &found.entry, flags)?;
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

/// Reads a message, and what its file tells about it.
pub(super) fn load(
    mailbox: &str,
    entry: &Entry,
    flags: Vec<Flag>,
) -> Result<(Vec<u8>, Frame), Error> {
    let path = &entry.path;
    let about = regular(path)?;
    let file = File::open(path).map_err(io_at("read", path))?;
    let mut bytes = Vec::new();
    // One byte more than is taken apart, so that too long a message is known as such.
    let most = u64::try_from(MESSAGE_BYTES_MAX + 1).unwrap_or(u64::MAX);
    let read = file.take(most).read_to_end(&mut bytes);
    read.map_err(io_at("read", path))?;
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

pub(super) fn note(diagnostics: &mut Vec<String>, path: &Path, error: &Error) {
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
