//! What passed between the user and a sender, counted.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Row as SqlRow, params};

use super::Index;
use super::card::{COLUMNS, Filed, filed};
use super::find::NEWEST;
use super::write::address;
use crate::mail::Error;

/// How the user and an address have dealt with each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// Messages that came from the address.
    pub received: u32,
    /// Those of them that bear `\Seen`.
    pub read: u32,
    /// Those of them that the user answered: `\Answered`, or named by a mail the user sent.
    pub answered: u32,
    /// When the newest of them came.
    pub last_received: Option<Timestamp>,
    /// Mails the user sent to the address.
    pub written: u32,
    /// When the newest of them was sent.
    pub last_written: Option<Timestamp>,
    /// When the user last answered one of its messages.
    pub last_answer: Option<Timestamp>,
}

impl History {
    /// Returns how many percent of what came was read, `None` when nothing came.
    pub fn read_percent(&self) -> Option<u32> {
        (self.read * 100).checked_div(self.received)
    }
}

/// A message counts once, however many mailboxes show it; own mails are told by where they lie.
const RECEIVED: &str = "
    SELECT p.email, count(*), sum(seen), sum(answered), max(date), max(answer) FROM (
        SELECT p.email AS email, max(m.seen) AS seen, max(m.date) AS date,
               max(m.answered OR EXISTS (SELECT 1 FROM messages s
                   JOIN mailboxes sb ON sb.number = s.mailbox
                   WHERE s.parent = m.message_id AND s.parent != ''
                   AND sb.account = b.account AND sb.role IN ('sent', 'outbox'))) AS answered,
               max((SELECT max(s.date) FROM messages s
                   JOIN mailboxes sb ON sb.number = s.mailbox
                   WHERE s.parent = m.message_id AND s.parent != ''
                   AND sb.account = b.account AND sb.role IN ('sent', 'outbox'))) AS answer
        FROM people p JOIN messages m ON m.number = p.message
        JOIN mailboxes b ON b.number = m.mailbox
        WHERE p.part = 0 AND b.account = ?1 AND b.role NOT IN ('sent', 'outbox', 'drafts')
        AND (?2 IS NULL OR p.email = ?2)
        GROUP BY p.email, coalesce(nullif(m.message_id, ''), m.number)
    ) p GROUP BY p.email";

const WRITTEN: &str = "
    SELECT p.email, count(DISTINCT coalesce(nullif(m.message_id, ''), m.number)), max(m.date)
    FROM people p JOIN messages m ON m.number = p.message
    JOIN mailboxes b ON b.number = m.mailbox
    WHERE p.part IN (1, 2) AND b.account = ?1 AND b.role IN ('sent', 'outbox')
    AND (?2 IS NULL OR p.email = ?2)
    GROUP BY p.email";

impl Index {
    /// Returns what passed between the user and `email`; all zero for a stranger.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn history(&self, account: &str, email: &str) -> Result<History, Error> {
        let email = address(email);
        let mut found = self.gather(account, Some(&email))?;
        Ok(found.remove(&email).unwrap_or_default())
    }

    /// Returns what passed between the user and everybody, by address in lower case.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn histories(&self, account: &str) -> Result<BTreeMap<String, History>, Error> {
        self.gather(account, None)
    }

    /// Returns the newest mails that the user sent, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn own_mails(&self, account: &str, limit: u32) -> Result<Vec<Filed>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM mailboxes b JOIN messages m ON m.mailbox = b.number
             JOIN cards c ON c.number = m.number
             WHERE b.account = ?1 AND b.role IN ('sent', 'outbox')
             {NEWEST} LIMIT ?2"
        );
        self.rows(&sql, params![account, limit], filed)
    }

    /// Returns the Message-IDs of what the user sent.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn sent_ids(&self, account: &str) -> Result<BTreeSet<String>, Error> {
        let sql = "SELECT m.message_id FROM messages m JOIN mailboxes b ON b.number = m.mailbox
                   WHERE b.account = ?1 AND b.role IN ('sent', 'outbox') AND m.message_id != ''";
        let ids = self.rows(sql, params![account], |row| row.get(0))?;
        Ok(ids.into_iter().collect())
    }

    fn gather(
        &self,
        account: &str,
        email: Option<&str>,
    ) -> Result<BTreeMap<String, History>, Error> {
        let mut found: BTreeMap<String, History> = BTreeMap::new();
        let received = self.rows(RECEIVED, params![account, email], |row| {
            let history = History {
                received: row.get(1)?,
                read: row.get(2)?,
                answered: row.get(3)?,
                last_received: at(row, 4)?,
                last_answer: at(row, 5)?,
                ..History::default()
            };
            Ok((row.get::<_, String>(0)?, history))
        })?;
        found.extend(received);
        let written = self.rows(WRITTEN, params![account, email], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?, at(row, 2)?))
        })?;
        for (email, written, last) in written {
            let history = found.entry(email).or_default();
            history.written = written;
            history.last_written = last;
        }
        Ok(found)
    }
}

fn at(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    let seconds: Option<i64> = row.get(column)?;
    Ok(seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()))
}
