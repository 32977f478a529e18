//! Bytes of messages that were fetched from a server, kept for the next time they are asked for.
//!
//! Those that were not asked for the longest time give way once the limit is reached.

use rusqlite::{Connection, params};

use super::{Index, Writing};
use crate::action::MailId;
use crate::mail::Error;

/// Bytes of messages kept in all.
pub const BODIES_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// A message of this size and more is not kept: it would push out too many others.
const BODY_BYTES_MAX: usize = 129 * 1024 * 1024;

impl Index {
    /// Returns the bytes of a message when they are kept.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn body(&self, account: &str, id: &MailId) -> Result<Option<Vec<u8>>, Error> {
        let sql = "SELECT o.message, o.bytes FROM messages m
                   JOIN mailboxes b ON b.number = m.mailbox
                   JOIN bodies o ON o.message = m.number
                   WHERE m.id = ?1 AND b.account = ?2 LIMIT 1";
        let found = self.one(sql, params![id.0, account], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        })?;
        let Some((number, bytes)) = found else {
            return Ok(None);
        };
        let sql = "UPDATE bodies SET used = (SELECT max(used) + 1 FROM bodies) WHERE message = ?1";
        // Whether it counts as used matters little; that it is there matters.
        if let Err(error) = self.database.execute(sql, [number]) {
            tracing::debug!(%error, "the use of a kept body was not noted");
        }
        Ok(Some(bytes))
    }

    /// Keeps the bytes of a message that is filed, at most `most` bytes of all messages together
    /// (usually [`BODIES_BYTES_MAX`]).
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn keep_body(
        &self,
        account: &str,
        id: &MailId,
        bytes: &[u8],
        most: u64,
    ) -> Result<(), Error> {
        if bytes.len() >= BODY_BYTES_MAX {
            return Ok(());
        }
        let sql = "SELECT m.number FROM messages m JOIN mailboxes b ON b.number = m.mailbox
                   WHERE m.id = ?1 AND b.account = ?2 LIMIT 1";
        let number = self.one(sql, params![id.0, account], |row| row.get::<_, i64>(0))?;
        if let Some(number) = number {
            keep(&self.database, number, bytes).map_err(|source| self.fail(source))?;
        }
        self.trim_bodies(most)
    }

    /// Lets those go that were not asked for the longest time, until `most` bytes are left.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn trim_bodies(&self, most: u64) -> Result<(), Error> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        // The running sum counts from the newest use; what lies beyond the limit goes.
        let sql = "DELETE FROM bodies WHERE message IN (
                   SELECT message FROM (SELECT message,
                   sum(size) OVER (ORDER BY used DESC, message) AS total FROM bodies)
                   WHERE total > ?1)";
        let trimmed = self.database.execute(sql, [most]);
        trimmed.map(drop).map_err(|source| self.fail(source))
    }
}

impl Writing<'_> {
    /// Keeps the bytes of a message of this mailbox that is filed; [`Index::trim_bodies`] is due
    /// afterwards.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn keep_body(&mut self, id: &MailId, bytes: &[u8]) -> Result<(), Error> {
        if bytes.len() >= BODY_BYTES_MAX {
            return Ok(());
        }
        let kept = || match self.known(id)? {
            Some((number, _)) => keep(self.database(), number, bytes),
            None => Ok(()),
        };
        kept().map_err(|source| self.index().fail(source))
    }
}

fn keep(database: &Connection, number: i64, bytes: &[u8]) -> rusqlite::Result<()> {
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let sql = "INSERT INTO bodies (message, size, used, bytes)
               VALUES (?1, ?2, (SELECT coalesce(max(used), 0) + 1 FROM bodies), ?3)
               ON CONFLICT (message) DO UPDATE SET size = excluded.size,
               used = excluded.used, bytes = excluded.bytes";
    database
        .prepare_cached(sql)?
        .execute(params![number, size, bytes])
        .map(drop)
}
