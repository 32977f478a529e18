//! The mail index: what lists, searches, threads and triage ask of messages, in one SQLite file.
//!
//! A cache of what lies in a Maildir or on a server: it may be thrown away at any time and is built
//! again from there, so nothing that a user decided may live in it alone. Asks nothing of a network
//! and reads no message by itself: whoever fetches or scans files what it found through
//! [`Index::write`]. A file that is damaged is put aside and begun anew; one of an older format is
//! emptied; one of a newer Legwork is refused.

mod bodies;
mod card;
mod find;
mod fold;
mod people;
mod query;
mod schema;
#[cfg(test)]
mod tests;
mod words;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, params};

pub use bodies::BODIES_BYTES_MAX;
pub use card::{BodyState, Card, Filed, Spot};
pub use find::{Page, Want};
pub use people::History;
pub use query::{Field, Mark, QueryError, Search, Term, What};
pub use write::Writing;

use super::Error;

/// The open index. Cheap to open, so each thread and each command opens its own.
#[derive(Debug)]
pub struct Index {
    file: PathBuf,
    database: Connection,
}

/// What a mailbox is for (RFC 6154).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Where mail arrives.
    Inbox,
    /// Unsent.
    Drafts,
    /// On its way out.
    Outbox,
    /// Copies of what the user sent.
    Sent,
    /// Done with, kept.
    Archive,
    /// To be forgotten.
    Trash,
    /// Unwanted.
    Junk,
    /// Everything once more, as Gmail's All Mail.
    All,
    /// None of these.
    #[default]
    Other,
}

impl Role {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Inbox, "inbox"),
        (Self::Drafts, "drafts"),
        (Self::Outbox, "outbox"),
        (Self::Sent, "sent"),
        (Self::Archive, "archive"),
        (Self::Trash, "trash"),
        (Self::Junk, "junk"),
        (Self::All, "all"),
        (Self::Other, ""),
    ];

    fn word(self) -> &'static str {
        let known = Self::ALL.iter().find(|(role, _)| *role == self);
        known.map_or("", |(_, word)| word)
    }

    fn named(word: &str) -> Self {
        let known = Self::ALL.iter().find(|(_, name)| *name == word);
        known.map_or(Self::Other, |(role, _)| *role)
    }

    /// Says whether the user's own mails lie there.
    pub fn is_own(self) -> bool {
        matches!(self, Self::Drafts | Self::Outbox | Self::Sent)
    }
}

/// How far a mailbox was looked at, so that the next look asks only for what is new.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SyncState {
    /// `UIDVALIDITY`: another one makes all UIDs worthless (RFC 9051 section 2.3.1.1).
    pub uid_validity: Option<u32>,
    /// `UIDNEXT`.
    pub uid_next: Option<u32>,
    /// `HIGHESTMODSEQ` (RFC 7162).
    pub highest_mod_seq: Option<u64>,
    /// How a folder looked when it was last listed; empty when it has to be listed.
    pub stamp: String,
}

/// A mailbox the index knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The account it belongs to, by its name in `config.toml`.
    pub account: String,
    /// Its name, such as `INBOX`.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Whether its server writes its name in plain UTF-8.
    pub is_plain: bool,
    /// How far it was looked at.
    pub sync: SyncState,
    /// How many messages it holds.
    pub total: usize,
    /// How many of them are without `\Seen`.
    pub unread: usize,
}

impl Index {
    /// Opens or makes the index at `file`, readable by its owner only.
    ///
    /// # Errors
    /// [`Error::NewerIndex`] for a file of a newer program, [`Error::Index`] for what SQLite says
    /// that a new file does not mend, [`Error::Io`] when its folder can't be made.
    pub fn open(file: &Path) -> Result<Self, Error> {
        let database = schema::open(file)?;
        Ok(Self {
            file: file.to_owned(),
            database,
        })
    }

    /// Makes an index that lives as long as it is open, for when its file can't be used.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn in_memory() -> Result<Self, Error> {
        Ok(Self {
            database: schema::in_memory()?,
            file: PathBuf::from(schema::MEMORY),
        })
    }

    /// Lists the mailboxes of an account by name, with how many messages they hold.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn mailboxes(&self, account: &str) -> Result<Vec<Mailbox>, Error> {
        let sql = format!("{MAILBOXES} WHERE b.account = ?1 ORDER BY b.name");
        self.rows(&sql, params![account], mailbox)
    }

    /// Returns one mailbox, `None` when nothing was ever filed there.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn mailbox(&self, account: &str, name: &str) -> Result<Option<Mailbox>, Error> {
        let sql = format!("{MAILBOXES} WHERE b.account = ?1 AND b.name = ?2");
        let found = self.rows(&sql, params![account, name], mailbox)?;
        Ok(found.into_iter().next())
    }

    /// Returns how far a mailbox was looked at, without counting its messages.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn sync_state(&self, account: &str, name: &str) -> Result<SyncState, Error> {
        let sql = "SELECT uid_validity, uid_next, mod_seq, stamp FROM mailboxes
                   WHERE account = ?1 AND name = ?2";
        let found = self.one(sql, params![account, name], |row| sync(row, 0))?;
        Ok(found.unwrap_or_default())
    }

    /// Lists the mailboxes of which the server writes the names in plain UTF-8.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn plain_names(&self, account: &str) -> Result<Vec<String>, Error> {
        let sql = "SELECT name FROM mailboxes WHERE account = ?1 AND plain = 1";
        self.rows(sql, params![account], |row| row.get(0))
    }

    /// Forgets a mailbox and all its messages.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn forget_mailbox(&self, account: &str, name: &str) -> Result<(), Error> {
        let mut writing = self.write(account, name)?;
        writing.clear()?;
        writing.forget()?;
        writing.commit()
    }

    /// Forgets the mailboxes of an account that are not among `kept`.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn keep_mailboxes<N: AsRef<str>>(&self, account: &str, kept: &[N]) -> Result<(), Error> {
        let sql = "SELECT name FROM mailboxes WHERE account = ?1";
        let known = self.rows(sql, params![account], |row| row.get::<_, String>(0))?;
        for name in known {
            if !kept.iter().any(|kept| kept.as_ref() == name) {
                self.forget_mailbox(account, &name)?;
            }
        }
        Ok(())
    }

    fn fail(&self, source: rusqlite::Error) -> Error {
        Error::Index {
            file: self.file.clone(),
            source,
        }
    }

    fn rows<T>(
        &self,
        sql: &str,
        with: impl rusqlite::Params,
        read: impl FnMut(&SqlRow<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        let read = || {
            let mut statement = self.database.prepare_cached(sql)?;
            statement.query_map(with, read)?.collect::<Result<_, _>>()
        };
        read().map_err(|source| self.fail(source))
    }

    fn each(
        &self,
        sql: &str,
        with: impl rusqlite::Params,
        take: &mut dyn FnMut(&SqlRow<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), Error> {
        let each = || {
            let mut statement = self.database.prepare_cached(sql)?;
            let mut rows = statement.query(with)?;
            while let Some(row) = rows.next()? {
                take(row)?;
            }
            Ok(())
        };
        each().map_err(|source| self.fail(source))
    }

    fn one<T>(
        &self,
        sql: &str,
        with: impl rusqlite::Params,
        read: impl FnOnce(&SqlRow<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Error> {
        let read = || {
            let mut statement = self.database.prepare_cached(sql)?;
            statement.query_row(with, read).optional()
        };
        read().map_err(|source| self.fail(source))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

const MAILBOXES: &str = "
    SELECT b.account, b.name, b.role, b.uid_validity, b.uid_next, b.mod_seq, b.stamp,
           (SELECT count(*) FROM messages m WHERE m.mailbox = b.number),
           (SELECT count(*) FROM messages m WHERE m.mailbox = b.number AND m.seen = 0), b.plain
    FROM mailboxes b";

fn mailbox(row: &SqlRow<'_>) -> rusqlite::Result<Mailbox> {
    Ok(Mailbox {
        account: row.get(0)?,
        name: row.get(1)?,
        role: Role::named(&row.get::<_, String>(2)?),
        sync: sync(row, 3)?,
        total: number(row.get(7)?),
        unread: number(row.get(8)?),
        is_plain: row.get(9)?,
    })
}

fn sync(row: &SqlRow<'_>, at: usize) -> rusqlite::Result<SyncState> {
    let mod_seq: Option<i64> = row.get(at + 2)?;
    Ok(SyncState {
        uid_validity: row.get(at)?,
        uid_next: row.get(at + 1)?,
        highest_mod_seq: mod_seq.and_then(|number| u64::try_from(number).ok()),
        stamp: row.get(at + 3)?,
    })
}

/// A count as SQLite gives it.
fn number(count: i64) -> usize {
    usize::try_from(count).unwrap_or(0)
}
