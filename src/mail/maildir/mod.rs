//! The embedded Maildir (Maildir++): INBOX is the root, every other mailbox a folder with a dot.
//!
//! mutt, notmuch and Dovecot can work on the same folder at the same time. Nothing here deletes a
//! message or changes a flag by reading; a file that can't be read is named and the others go on.
//! The bytes of a message change once at most: [`Maildir::send`] takes out Legwork's own header.

mod disk;
mod flags;
mod name;
mod read;
mod scan;
mod wait;
mod write;

pub use self::wait::Changes;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use self::flags::Keywords;
use self::read::entries;
use super::error::{Error, io_at};
use super::index::{Index, Spot};
use crate::action::{Envelope, Flag, MailId};
use crate::config::LOCAL;
use crate::untrusted;

/// Mailboxes that are always there.
const ALWAYS: [&str; 6] = [name::INBOX, DRAFTS, OUTBOX, SENT, "Archive", "Trash"];
const DRAFTS: &str = "Drafts";
const OUTBOX: &str = "Outbox";
const SENT: &str = "Sent";
/// How often a message is looked for again when another program renames it meanwhile.
const TRIES: usize = 3;

/// A Maildir++ on this machine.
#[derive(Debug, Clone)]
pub struct Maildir {
    root: PathBuf,
    /// The file of the index; without one, each search reads all messages.
    index: Option<PathBuf>,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The messages, newest first, as many as were asked for.
    pub envelopes: Vec<Envelope>,
    /// How many there are in all.
    pub total: usize,
    /// What could not be read, one sentence each, naming the file.
    pub diagnostics: Vec<String>,
}

/// Where a message lies, and how it is flagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The mailbox, such as `INBOX`.
    pub mailbox: String,
    /// Flags and keywords that are set.
    pub flags: Vec<Flag>,
    /// The file; other programs may rename it at any time.
    pub path: PathBuf,
}

/// A message file.
#[derive(Debug, Clone)]
struct Entry {
    path: PathBuf,
    base: String,
    letters: String,
}

/// A message file and the mailbox it is in.
struct Found {
    mailbox: String,
    entry: Entry,
}

impl Maildir {
    /// Opens the Maildir at `root`, making it and its usual mailboxes where they are missing.
    ///
    /// # Errors
    /// [`Error::Io`] when a folder can't be made.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let maildir = Self {
            root: root.to_owned(),
            index: None,
        };
        for name in ALWAYS {
            maildir.make(name)?;
        }
        Ok(maildir)
    }

    /// Keeps what was read of the messages in the index at `file`, so that it is read once.
    #[must_use]
    pub fn indexed(mut self, file: &Path) -> Self {
        self.index = Some(file.to_owned());
        self
    }

    /// Lists the mailboxes by name, `INBOX` first.
    ///
    /// # Errors
    /// [`Error::Io`] when the root can't be read.
    pub fn mailboxes(&self) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(io_at("list", &self.root))? {
            let entry = entry.map_err(io_at("list", &self.root))?;
            let folder = entry.file_name();
            let mailbox = folder.to_str().and_then(name::mailbox_of);
            let is_mailbox = entry.path().join("cur").is_dir();
            names.extend(mailbox.filter(|_| is_mailbox));
        }
        names.sort();
        names.insert(0, name::INBOX.to_owned());
        Ok(names)
    }

    /// Finds a message in any mailbox.
    ///
    /// # Errors
    /// [`Error::Io`] when a mailbox can't be read.
    pub fn locate(&self, id: &MailId) -> Result<Option<Place>, Error> {
        match self.find(id)? {
            Some(found) => self.place(found).map(Some),
            None => Ok(None),
        }
    }

    fn folder(&self, mailbox: &str) -> Result<PathBuf, Error> {
        let folder = name::folder_of(mailbox)?;
        Ok(if folder.is_empty() {
            self.root.clone()
        } else {
            self.root.join(folder)
        })
    }

    fn make(&self, mailbox: &str) -> Result<(), Error> {
        let folder = self.folder(mailbox)?;
        disk::make_mailbox(&folder)?;
        let mark = folder.join("maildirfolder");
        if folder != self.root && !mark.exists() {
            disk::mark(&mark)?;
        }
        Ok(())
    }

    /// Returns the name of a mailbox as it is listed, and its folder.
    fn existing(&self, mailbox: &str) -> Result<(String, PathBuf), Error> {
        let folder = self.folder(mailbox)?;
        let is_inbox = folder == self.root;
        if !folder.join("cur").is_dir() {
            let name = untrusted::line(mailbox, 200);
            return Err(Error::NoMailbox { name });
        }
        Ok((
            if is_inbox { name::INBOX } else { mailbox }.to_owned(),
            folder,
        ))
    }

    fn find(&self, id: &MailId) -> Result<Option<Found>, Error> {
        if let Some(found) = self.hinted(id) {
            return Ok(Some(found));
        }
        let wanted = name::unique(&id.0);
        self.find_by(&self.mailboxes()?, |entry| {
            name::unique(&entry.base) == wanted
        })
    }

    /// Looks where the index saw the message last; what it says counts only if the file is there.
    fn hinted(&self, id: &MailId) -> Option<Found> {
        let index = Index::open(self.index.as_deref()?).ok()?;
        let filed = index.message(LOCAL, id).ok()??;
        let Spot::File(file) = filed.spot else {
            return None;
        };
        let (part, file) = file.split_once('/')?;
        let (base, letters) = name::parts(file);
        let (mailbox, folder) = self.existing(&filed.envelope.mailbox).ok()?;
        let path = folder.join(part).join(file);
        let plain = ["cur", "new"].contains(&part) && !file.contains('/') && base == id.0;
        (plain && path.symlink_metadata().is_ok()).then(|| Found {
            mailbox,
            entry: Entry {
                base: base.to_owned(),
                letters: letters.to_owned(),
                path,
            },
        })
    }

    fn find_in(&self, mailboxes: &[&str], id: &MailId) -> Result<Option<Found>, Error> {
        let wanted = name::unique(&id.0);
        self.find_by(mailboxes, |entry| name::unique(&entry.base) == wanted)
    }

    fn find_by<N: AsRef<str>>(
        &self,
        mailboxes: &[N],
        is_it: impl Fn(&Entry) -> bool,
    ) -> Result<Option<Found>, Error> {
        for mailbox in mailboxes {
            let (mailbox, folder) = self.existing(mailbox.as_ref())?;
            if let Some(entry) = entries(&folder, &mut Vec::new())?.into_iter().find(&is_it) {
                return Ok(Some(Found { mailbox, entry }));
            }
        }
        Ok(None)
    }

    /// Does `work` on the file of a message, again when another program renames it meanwhile.
    fn on<T>(&self, id: &MailId, work: impl Fn(&Found) -> Result<T, Error>) -> Result<T, Error> {
        let missing = || Error::NoMessage { id: id.clone() };
        let mut last = missing();
        for _ in 0..TRIES {
            let found = self.find(id)?.ok_or_else(missing)?;
            match work(&found) {
                Err(Error::Io {
                    doing,
                    path,
                    source,
                }) if source.kind() == ErrorKind::NotFound => {
                    last = Error::Io {
                        doing,
                        path,
                        source,
                    };
                }
                done => return done,
            }
        }
        Err(last)
    }

    fn located(&self, id: &MailId) -> Result<Place, Error> {
        self.locate(id)?
            .ok_or_else(|| Error::NoMessage { id: id.clone() })
    }

    fn place(&self, found: Found) -> Result<Place, Error> {
        Ok(Place {
            flags: self.flags_of(&found)?,
            mailbox: found.mailbox,
            path: found.entry.path,
        })
    }

    fn flags_of(&self, found: &Found) -> Result<Vec<Flag>, Error> {
        let keywords = Keywords::read(&self.folder(&found.mailbox)?)?;
        Ok(keywords.flags(&found.entry.letters))
    }
}

#[cfg(test)]
mod tests;
