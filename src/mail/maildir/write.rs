//! Writing: drafts, sending, moves, flags and delivery. Each is done once however often it is
//! asked for, and none loses a message when it is cut short.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::flags::{self, Keywords};
use super::read::regular;
use super::{DRAFTS, Entry, Found, Maildir, OUTBOX, Place, SENT, disk, name};
use crate::action::{Address, Flag, MailDraft, MailId, MailQuery, MailSearch};
use crate::mail::Error;
use crate::mail::compose::{self, Author, DRAFT_HEADER, Frame, Letter, Source};
use crate::mail::error::io_at;

impl Maildir {
    /// Writes a draft, once for each `key`: a second call with the same key returns the first
    /// draft, wherever it lies by now, edited or not.
    ///
    /// The key fixes the file name and the Message-ID. Addresses of the author's own are not
    /// answered. Nothing leaves the machine.
    ///
    /// # Errors
    /// [`Error::Automatic`] when nobody waits for the answer, [`Error::NoRecipient`],
    /// [`Error::BadAddress`], [`Error::BadHeader`], [`Error::Attachment`], [`Error::NoMessage`],
    /// [`Error::Io`].
    pub fn draft(
        &self,
        draft: &MailDraft,
        author: &Author,
        key: &str,
        now: Timestamp,
    ) -> Result<MailId, Error> {
        let work = || {
            let source = self.source(draft)?;
            let letter = compose::letter(draft, &source, author)?;
            Ok((letter, source.thread()))
        };
        self.keep(author, key, now, work)
    }

    /// Writes a letter that was put together elsewhere, such as an invitation, as a draft; once
    /// for each `key`, as [`Maildir::draft`].
    ///
    /// # Errors
    /// As [`Maildir::draft`], and [`Error::BadInvitation`].
    pub fn write_letter(
        &self,
        letter: &Letter,
        author: &Author,
        key: &str,
        now: Timestamp,
    ) -> Result<MailId, Error> {
        let work = || {
            let source = match &letter.in_reply_to {
                Some(id) => Source::Answered(Box::new(self.read(id)?)),
                None => Source::New,
            };
            Ok((letter.clone(), source.thread()))
        };
        self.keep(author, key, now, work)
    }

    /// Reads what a draft refers to.
    fn source(&self, draft: &MailDraft) -> Result<Source, Error> {
        match (&draft.in_reply_to, &draft.forward) {
            (None, None) => Ok(Source::New),
            (Some(id), None) => Ok(Source::Answered(Box::new(self.read(id)?))),
            (None, Some(id)) => Ok(Source::Forwarded(Box::new(self.read(id)?), self.raw(id)?)),
            (Some(_), Some(_)) => Err(Error::TwoSources),
        }
    }

    /// Makes the draft of this key where it is not yet.
    fn keep(
        &self,
        author: &Author,
        key: &str,
        now: Timestamp,
        work: impl FnOnce() -> Result<(Letter, Vec<String>), Error>,
    ) -> Result<MailId, Error> {
        let digest = compose::digest(key);
        let _lock = disk::lock(&self.root)?;
        if let Some(earlier) = self.drafted(&digest, &author.address)? {
            return Ok(earlier);
        }
        let (letter, thread) = work()?;
        let frame = Frame {
            author,
            thread,
            digest: &digest,
            now,
        };
        let bytes = compose::bytes(&letter, &frame)?;
        let folder = self.folder(DRAFTS)?;
        let base = name::keyed(now, &digest);
        let to = folder.join("cur").join(format!("{base}:2,DS"));
        disk::create(&folder.join("tmp"), &to, &bytes)?;
        Ok(MailId(base))
    }

    /// Finds the draft of an earlier call with the same key.
    fn drafted(&self, digest: &str, from: &Address) -> Result<Option<MailId>, Error> {
        let keyed = |entry: &Entry| name::is_keyed(&entry.base, digest);
        if let Some(found) = self.find_by(&self.mailboxes()?, keyed)? {
            return Ok(Some(MailId(found.entry.base)));
        }
        // A server that copies a message gives its file another name: the Message-ID stays.
        let wanted = compose::message_id(digest, from)?;
        for mailbox in [DRAFTS, OUTBOX, SENT] {
            let search = MailSearch {
                mailbox: mailbox.to_owned(),
                query: MailQuery::default(),
                limit: u32::MAX,
            };
            let mut envelopes = self.search(&search)?.envelopes.into_iter();
            if let Some(found) = envelopes.find(|e| e.message_id == wanted) {
                return Ok(Some(found.id));
            }
        }
        Ok(None)
    }

    /// Moves a draft to the outbox, from which a transport may take it.
    ///
    /// Its bytes stay but for the header that marks Legwork's drafts. A `Bcc` the user added stays
    /// as well: whoever hands the message on must leave it out of what others get. A second call,
    /// also after the message went on to `Sent`, does nothing.
    ///
    /// # Errors
    /// [`Error::NoMessage`], [`Error::NotADraft`], [`Error::Io`].
    pub fn send(&self, id: &MailId, now: Timestamp) -> Result<MailId, Error> {
        let _lock = disk::lock(&self.root)?;
        if let Some(sent) = self.find_in(&[OUTBOX, SENT], id)? {
            // A stop between the two steps below leaves the draft behind.
            if let Some(left) = self.find_in(&[DRAFTS], id)? {
                let path = left.entry.path;
                fs::remove_file(&path).map_err(io_at("remove", &path))?;
            }
            return Ok(MailId(sent.entry.base));
        }
        let found = self
            .find(id)?
            .ok_or_else(|| Error::NoMessage { id: id.clone() })?;
        if found.mailbox != DRAFTS {
            let (id, mailbox) = (id.clone(), found.mailbox);
            return Err(Error::NotADraft { id, mailbox });
        }
        let path = &found.entry.path;
        regular(path)?;
        let bytes = fs::read(path).map_err(io_at("read", path))?;
        let sent = compose::without_header(&bytes, DRAFT_HEADER);
        // The size in the name of a file that a server wrote must stay true.
        let base = if sent.len() == bytes.len() {
            found.entry.base.clone()
        } else {
            name::unique(&found.entry.base).to_owned()
        };
        let folder = self.folder(OUTBOX)?;
        let to = folder.join("cur").join(format!("{base}:2,S"));
        disk::create(&folder.join("tmp"), &to, &sent)?;
        fs::remove_file(path).map_err(io_at("remove", path))?;
        disk::sync_parent(path)?;
        tracing::debug!(id = %base, at = %now, "queued");
        Ok(MailId(base))
    }

    /// Takes away a draft of which Sent has the copy; one that is gone already is no error.
    ///
    /// # Errors
    /// [`Error::NotADraft`], [`Error::Io`].
    pub fn drop_draft(&self, id: &MailId) -> Result<(), Error> {
        let _lock = disk::lock(&self.root)?;
        let Some(found) = self.find(id)? else {
            return Ok(());
        };
        if found.mailbox != DRAFTS {
            let (id, mailbox) = (id.clone(), found.mailbox);
            return Err(Error::NotADraft { id, mailbox });
        }
        let path = &found.entry.path;
        fs::remove_file(path).map_err(io_at("remove", path))?;
        disk::sync_parent(path)
    }

    /// Moves a message to `mailbox`, made when missing; one that is there already stays.
    ///
    /// # Errors
    /// [`Error::BadName`] for a name that can't be, and for `Outbox`, which only
    /// [`Maildir::send`] fills; [`Error::NoMessage`], [`Error::Io`].
    pub fn move_to(&self, id: &MailId, mailbox: &str) -> Result<Place, Error> {
        if mailbox.eq_ignore_ascii_case(OUTBOX) {
            return Err(Error::BadName {
                what: "the mailbox",
                name: mailbox.to_owned(),
                reason: "what lies there leaves the machine, so only sending puts messages there",
            });
        }
        let folder = self.folder(mailbox)?;
        let _lock = disk::lock(&self.root)?;
        if let Some(there) = self.find_in(&[mailbox], id).ok().flatten() {
            return self.place(there);
        }
        self.make(mailbox)?;
        self.on(id, |found| {
            let flags = self.flags_of(found)?;
            let letters = Keywords::read(&folder)?.letters(&flags, &folder)?;
            rename(found, &folder, &letters)?;
            self.located(id)
        })
    }

    /// Sets or clears a flag; setting one that is set does nothing.
    ///
    /// # Errors
    /// [`Error::NoMessage`], [`Error::BadName`] for a keyword that can't be, [`Error::Io`].
    pub fn flag(&self, id: &MailId, flag: &Flag, on: bool) -> Result<Place, Error> {
        let _lock = disk::lock(&self.root)?;
        self.on(id, |found| {
            let folder = self.folder(&found.mailbox)?;
            let mut keywords = Keywords::read(&folder)?;
            let letter = keywords.letters(std::slice::from_ref(flag), &folder)?;
            let mut letters: Vec<char> = found.entry.letters.chars().collect();
            letters.retain(|l| !letter.contains(*l));
            letters.extend(letter.chars().filter(|_| on));
            letters.sort_unstable();
            letters.dedup();
            let letters: String = letters.into_iter().collect();
            if letters != found.entry.letters {
                rename(found, &folder, &letters)?;
            }
            self.located(id)
        })
    }

    /// Puts a new message into `mailbox`, made when missing.
    ///
    /// # Errors
    /// [`Error::BadName`], [`Error::Io`].
    pub fn deliver(&self, mailbox: &str, bytes: &[u8], now: Timestamp) -> Result<MailId, Error> {
        self.make(mailbox)?;
        let folder = self.folder(mailbox)?;
        let base = name::fresh(now);
        disk::create(&folder.join("tmp"), &folder.join("new").join(&base), bytes)?;
        Ok(MailId(base))
    }
}

/// Gives the file of a message another mailbox or other letters.
fn rename(found: &Found, folder: &Path, letters: &str) -> Result<(), Error> {
    let mut letters: Vec<char> = letters.chars().collect();
    letters.extend(flags::unknown(&found.entry.letters));
    letters.sort_unstable();
    letters.dedup();
    let letters: String = letters.into_iter().collect();
    let to = folder
        .join("cur")
        .join(format!("{}:2,{letters}", found.entry.base));
    disk::rename(&found.entry.path, &to).map_err(io_at("move", &found.entry.path))?;
    disk::sync_parent(&to)?;
    disk::sync_parent(&found.entry.path)
}
