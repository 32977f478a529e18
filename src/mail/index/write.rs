//! Filing messages: all or nothing, one mailbox at a time.

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::card::{self, Card, Kept, Spot};
use super::words::Words;
use super::{Index, Role, SyncState};
use crate::action::{Flag, MailId};
use crate::mail::Error;

/// Earlier messages that link a message to its thread, the newest ones.
const REFERENCES_MAX: usize = 50;
/// Addresses of one field by which a message can be found.
pub(super) const PEOPLE_MAX: usize = 200;

/// Nothing of a message is among the words yet.
const UNSEARCHED: i64 = -1;
/// The text of a message is among the words.
const SEARCHABLE: i64 = 1;

/// An open change of one mailbox; nothing of it stays when it is dropped before
/// [`Writing::commit`]. Other programs wait meanwhile, so fetch first and write then.
#[derive(Debug)]
pub struct Writing<'a> {
    index: &'a Index,
    transaction: Transaction<'a>,
    account: String,
    mailbox: i64,
}

impl Index {
    /// Begins a change of a mailbox, which is made known to the index when it is new.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn write(&self, account: &str, mailbox: &str) -> Result<Writing<'_>, Error> {
        let begun = || {
            let behavior = TransactionBehavior::Immediate;
            let transaction = Transaction::new_unchecked(&self.database, behavior)?;
            let sql = "INSERT INTO mailboxes (account, name) VALUES (?1, ?2)
                       ON CONFLICT (account, name) DO NOTHING";
            transaction.execute(sql, params![account, mailbox])?;
            let sql = "SELECT number FROM mailboxes WHERE account = ?1 AND name = ?2";
            let mailbox = transaction.query_row(sql, params![account, mailbox], |r| r.get(0))?;
            Ok((transaction, mailbox))
        };
        let (transaction, mailbox) = begun().map_err(|source| self.fail(source))?;
        Ok(Writing {
            index: self,
            transaction,
            account: account.to_owned(),
            mailbox,
        })
    }
}

impl Writing<'_> {
    /// Files a message; one of the same id in this mailbox is replaced, and what stood at `spot`
    /// under another id is gone. A card without text leaves text that is known already.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn put(&mut self, spot: &Spot, card: &Card) -> Result<(), Error> {
        self.put_all(spot, card)
            .map_err(|source| self.index.fail(source))
    }

    fn put_all(&self, spot: &Spot, card: &Card) -> rusqlite::Result<()> {
        let envelope = &card.envelope;
        if let Some((number, id)) = self.at(spot)?
            && id != envelope.id.0
        {
            self.drop_message(number)?;
        }
        let kept = serde_json::to_string(&Kept::of(card))
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let known = self.known(&envelope.id)?;
        let number = match known {
            Some((number, _)) => number,
            None => self.insert(spot, card)?,
        };
        // Mostly it is the text that comes for a header which is here.
        if known.is_none() || !self.is_same(number, card, &kept)? {
            self.write_card(number, card, &kept)?;
            self.write_people(number, card, known.is_some())?;
        }
        let before = known.map(|(_, body)| body);
        // A header alone can wait for its text: words that are written twice cost the most.
        let body = match (&card.text, before) {
            (Some(_), _) => SEARCHABLE,
            (None, before) => before.unwrap_or(UNSEARCHED),
        };
        let (uid, file) = columns(spot);
        let sql = "UPDATE messages SET uid = ?2, file = ?3, attached = ?4, body = ?5, came = ?6
                   WHERE number = ?1";
        self.transaction.prepare_cached(sql)?.execute(params![
            number,
            uid,
            file,
            card.has_attachment,
            body,
            came(spot, card),
        ])?;
        self.write_flags(number, &envelope.flags)?;
        if body == UNSEARCHED || (card.text.is_none() && body == SEARCHABLE) {
            return Ok(());
        }
        let anew = before.is_some_and(|before| before != UNSEARCHED);
        self.write_words(number, &Words::of(card), anew)
    }

    /// Says whether what is kept of a message is what `card` says, so that only its text is new.
    fn is_same(&self, number: i64, card: &Card, kept: &str) -> rusqlite::Result<bool> {
        let sql = "SELECT 1 FROM messages m JOIN cards c ON c.number = m.number
                   WHERE m.number = ?1 AND m.date = ?2 AND m.message_id = ?3 AND m.parent = ?4
                   AND c.size = ?5 AND c.card = ?6";
        let envelope = &card.envelope;
        let size = i64::try_from(envelope.size).unwrap_or(i64::MAX);
        self.transaction.prepare_cached(sql)?.exists(params![
            number,
            envelope.date.as_second(),
            envelope.message_id,
            parent(card),
            size,
            kept
        ])
    }

    fn write_card(&self, number: i64, card: &Card, kept: &str) -> rusqlite::Result<()> {
        let envelope = &card.envelope;
        let thread = self.thread(number, card)?;
        let sql = "UPDATE messages SET date = ?2, thread = ?3, message_id = ?4, parent = ?5
                   WHERE number = ?1";
        self.transaction.prepare_cached(sql)?.execute(params![
            number,
            envelope.date.as_second(),
            thread,
            envelope.message_id,
            parent(card),
        ])?;
        let sql = "INSERT INTO cards (number, size, card) VALUES (?1, ?2, ?3)
                   ON CONFLICT (number) DO UPDATE SET size = excluded.size, card = excluded.card";
        let size = i64::try_from(envelope.size).unwrap_or(i64::MAX);
        let mut keep = self.transaction.prepare_cached(sql)?;
        keep.execute(params![number, size, kept]).map(drop)
    }

    fn insert(&self, spot: &Spot, card: &Card) -> rusqlite::Result<i64> {
        let (uid, file) = columns(spot);
        let sql =
            "INSERT INTO messages (mailbox, id, uid, file, date, came, seen, flagged, answered,
                   flags, attached, body, thread, message_id, parent)
                   VALUES (?1, ?2, ?3, ?4, 0, 0, 0, 0, 0, '', 0, 0, 0, '', '')";
        self.transaction.prepare_cached(sql)?.execute(params![
            self.mailbox,
            card.envelope.id.0,
            uid,
            file
        ])?;
        Ok(self.transaction.last_insert_rowid())
    }

    fn at(&self, spot: &Spot) -> rusqlite::Result<Option<(i64, String)>> {
        let (uid, file) = columns(spot);
        let sql = match spot {
            Spot::Uid(_) => "SELECT number, id FROM messages WHERE mailbox = ?1 AND uid = ?2",
            Spot::File(_) => "SELECT number, id FROM messages WHERE mailbox = ?1 AND file = ?3",
        };
        let sql = format!("{sql} AND (?2 IS NOT NULL OR ?3 IS NOT NULL)");
        self.transaction
            .prepare_cached(&sql)?
            .query_row(params![self.mailbox, uid, file], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
    }

    pub(super) fn database(&self) -> &Connection {
        &self.transaction
    }

    pub(super) fn index(&self) -> &Index {
        self.index
    }

    pub(super) fn known(&self, id: &MailId) -> rusqlite::Result<Option<(i64, i64)>> {
        let sql = "SELECT number, body FROM messages WHERE id = ?1 AND mailbox = ?2";
        self.transaction
            .prepare_cached(sql)?
            .query_row(params![id.0, self.mailbox], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
    }

    /// Finds the thread of a message, and joins those that it shows to be one.
    fn thread(&self, number: i64, card: &Card) -> rusqlite::Result<i64> {
        let skipped = card.references.len().saturating_sub(REFERENCES_MAX);
        let earlier = card.references.iter().skip(skipped);
        let ids = earlier.chain(std::iter::once(&card.envelope.message_id));
        let ids: Vec<&String> = ids.filter(|id| !id.is_empty()).collect();
        let sql = "SELECT thread FROM links WHERE account = ?1 AND message_id = ?2";
        let mut look = self.transaction.prepare_cached(sql)?;
        let mut threads: Vec<i64> = Vec::new();
        for id in &ids {
            let found = look.query_row(params![self.account, id], |row| row.get::<_, i64>(0));
            threads.extend(found.optional()?);
        }
        threads.sort_unstable();
        threads.dedup();
        let (thread, others) = match threads.split_first() {
            Some((first, others)) => (*first, others),
            None => (number, [].as_slice()),
        };
        for other in others {
            for sql in [
                "UPDATE messages SET thread = ?1 WHERE thread = ?2",
                "UPDATE links SET thread = ?1 WHERE thread = ?2",
            ] {
                self.transaction
                    .prepare_cached(sql)?
                    .execute(params![thread, other])?;
            }
        }
        let sql = "INSERT INTO links (account, message_id, thread) VALUES (?1, ?2, ?3)
                   ON CONFLICT (account, message_id) DO NOTHING";
        let mut link = self.transaction.prepare_cached(sql)?;
        for id in ids {
            link.execute(params![self.account, id, thread])?;
        }
        Ok(thread)
    }

    fn write_people(&self, number: i64, card: &Card, anew: bool) -> rusqlite::Result<()> {
        if anew {
            let sql = "DELETE FROM people WHERE message = ?1";
            self.transaction.prepare_cached(sql)?.execute([number])?;
        }
        let envelope = &card.envelope;
        let sql = "INSERT OR IGNORE INTO people (email, part, message) VALUES (?1, ?2, ?3)";
        let mut insert = self.transaction.prepare_cached(sql)?;
        let from = std::slice::from_ref(&envelope.from);
        for (part, people) in (0..).zip([from, &envelope.to, &envelope.cc]) {
            for one in people.iter().take(PEOPLE_MAX) {
                let email = address(&one.email);
                if !email.is_empty() {
                    insert.execute(params![email, part, number])?;
                }
            }
        }
        Ok(())
    }

    fn write_words(&self, number: i64, words: &Words, anew: bool) -> rusqlite::Result<()> {
        if anew {
            self.drop_words(number)?;
        }
        words.write(&self.transaction, number)
    }

    fn write_flags(&self, number: i64, flags: &[Flag]) -> rusqlite::Result<()> {
        let sql = "UPDATE messages SET seen = ?2, flagged = ?3, answered = ?4, flags = ?5
                   WHERE number = ?1";
        self.transaction.prepare_cached(sql)?.execute(params![
            number,
            flags.contains(&Flag::Seen),
            flags.contains(&Flag::Flagged),
            flags.contains(&Flag::Answered),
            card::written(flags),
        ])?;
        Ok(())
    }

    /// Sets all flags of the message at `spot`; says whether there is one.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn set_flags(&mut self, spot: &Spot, flags: &[Flag]) -> Result<bool, Error> {
        let set = || match self.at(spot)? {
            Some((number, _)) => self.write_flags(number, flags).map(|()| true),
            None => Ok(false),
        };
        set().map_err(|source| self.index.fail(source))
    }

    /// Says that the message at `from` now lies at `to` of the same mailbox, with these flags.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn relocate(&mut self, from: &Spot, to: &Spot, flags: &[Flag]) -> Result<bool, Error> {
        let moved = || {
            let Some((number, _)) = self.at(from)? else {
                return Ok(false);
            };
            if let Some((other, _)) = self.at(to)?
                && other != number
            {
                self.drop_message(other)?;
            }
            let (uid, file) = columns(to);
            let sql = "UPDATE messages SET uid = ?2, file = ?3, came = coalesce(?2, came)
                       WHERE number = ?1";
            self.transaction
                .prepare_cached(sql)?
                .execute(params![number, uid, file])?;
            self.write_flags(number, flags).map(|()| true)
        };
        moved().map_err(|source| self.index.fail(source))
    }

    /// Forgets the message at `spot`; says whether there was one.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn remove(&mut self, spot: &Spot) -> Result<bool, Error> {
        let removed = || match self.at(spot)? {
            Some((number, _)) => self.drop_message(number).map(|()| true),
            None => Ok(false),
        };
        removed().map_err(|source| self.index.fail(source))
    }

    /// Forgets all messages of the mailbox and how far it was looked at, as a new `UIDVALIDITY`
    /// asks for.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn clear(&mut self) -> Result<(), Error> {
        let cleared = || {
            for sql in [
                "DELETE FROM words WHERE rowid IN
                 (SELECT number FROM messages WHERE mailbox = ?1)",
                "DELETE FROM messages WHERE mailbox = ?1",
                "UPDATE mailboxes SET uid_validity = NULL, uid_next = NULL, mod_seq = NULL,
                 stamp = '' WHERE number = ?1",
            ] {
                self.transaction.execute(sql, [self.mailbox])?;
            }
            Ok(())
        };
        cleared().map_err(|source| self.index.fail(source))
    }

    /// Notes how far the mailbox was looked at.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn set_sync(&mut self, sync: &SyncState) -> Result<(), Error> {
        let sql = "UPDATE mailboxes SET uid_validity = ?2, uid_next = ?3, mod_seq = ?4, stamp = ?5
                   WHERE number = ?1";
        // RFC 7162 section 3.1: a mod-sequence has 63 bits.
        let mod_seq = sync.highest_mod_seq.and_then(|n| i64::try_from(n).ok());
        let with = params![
            self.mailbox,
            sync.uid_validity,
            sync.uid_next,
            mod_seq,
            sync.stamp
        ];
        let done = self.transaction.execute(sql, with);
        done.map(drop).map_err(|source| self.index.fail(source))
    }

    /// Notes what the mailbox is for.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn set_role(&mut self, role: Role) -> Result<(), Error> {
        let sql = "UPDATE mailboxes SET role = ?2 WHERE number = ?1 AND role != ?2";
        let done = self
            .transaction
            .execute(sql, params![self.mailbox, role.word()]);
        done.map(drop).map_err(|source| self.index.fail(source))
    }

    /// Notes whether the server writes the mailbox's name in plain UTF-8.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn set_plain(&mut self, is_plain: bool) -> Result<(), Error> {
        let sql = "UPDATE mailboxes SET plain = ?2 WHERE number = ?1";
        let done = self
            .transaction
            .execute(sql, params![self.mailbox, is_plain]);
        done.map(drop).map_err(|source| self.index.fail(source))
    }

    /// Makes all of it true at once.
    ///
    /// # Errors
    /// [`Error::Index`]; nothing was changed then.
    pub fn commit(self) -> Result<(), Error> {
        let index = self.index;
        self.transaction
            .commit()
            .map_err(|source| index.fail(source))
    }

    pub(super) fn forget(&mut self) -> Result<(), Error> {
        let sql = "DELETE FROM mailboxes WHERE number = ?1";
        let done = self.transaction.execute(sql, [self.mailbox]);
        done.map(drop).map_err(|source| self.index.fail(source))
    }

    fn drop_message(&self, number: i64) -> rusqlite::Result<()> {
        self.drop_words(number)?;
        let sql = "DELETE FROM messages WHERE number = ?1";
        self.transaction
            .prepare_cached(sql)?
            .execute([number])
            .map(drop)
    }

    fn drop_words(&self, number: i64) -> rusqlite::Result<()> {
        let sql = "DELETE FROM words WHERE rowid = ?1";
        self.transaction
            .prepare_cached(sql)?
            .execute([number])
            .map(drop)
    }
}

/// The message that a message answers.
fn parent(card: &Card) -> &str {
    card.references.last().map_or("", String::as_str)
}

/// What orders messages of one date: a server numbers them as they come.
fn came(spot: &Spot, card: &Card) -> i64 {
    match spot {
        Spot::Uid(uid) => i64::from(*uid),
        Spot::File(_) => card.came,
    }
}

fn columns(spot: &Spot) -> (Option<u32>, Option<&str>) {
    match spot {
        Spot::Uid(uid) => (Some(*uid), None),
        Spot::File(file) => (None, Some(file)),
    }
}

/// An address as the index compares it.
pub(super) fn address(email: &str) -> String {
    email.trim().to_lowercase()
}
