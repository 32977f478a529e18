//! The words by which messages are found. Those of a header that was filed alone are written when
//! they are asked for, or at the end of a sync: mostly its text has come by then, and words that are
//! written twice cost the most of all, now and in each search later on.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::card::{self, Card, Kept};
use super::write::PEOPLE_MAX;
use super::{Index, fold};
use crate::action::Address;

/// Text of one message that can be searched, in bytes once folded; what follows is found by nobody.
const TEXT_BYTES_MAX: usize = 128 * 1024;
/// Headers whose words are written at once.
const UNSEARCHED_AT_ONCE: u32 = 1_000;

impl Index {
    /// Puts the words of headers that were filed without their texts where searches find them;
    /// searches see to it by themselves. Where that can't be written, they find the others.
    pub fn make_searchable(&self) {
        while match self.some_searchable() {
            Ok(more) => more,
            Err(error) => {
                tracing::debug!(%error, "some headers can't be searched yet");
                false
            }
        } {}
    }

    fn some_searchable(&self) -> rusqlite::Result<bool> {
        let sql = "SELECT m.number, c.card FROM messages m INDEXED BY messages_unsearched
                   JOIN cards c ON c.number = m.number WHERE m.body < 0 LIMIT ?1";
        let is_due = "SELECT 1 FROM messages INDEXED BY messages_unsearched WHERE body < 0 LIMIT 1";
        if !self.database.prepare_cached(is_due)?.exists([])? {
            return Ok(false);
        }
        let behavior = TransactionBehavior::Immediate;
        let transaction = Transaction::new_unchecked(&self.database, behavior)?;
        let found: Vec<(i64, String)> = {
            let mut due = transaction.prepare_cached(sql)?;
            let rows = due.query_map([UNSEARCHED_AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        for (number, card) in &found {
            Words::of_header(&card::kept(card)?).write(&transaction, *number)?;
            let sql = "UPDATE messages SET body = 0 WHERE number = ?1";
            transaction.prepare_cached(sql)?.execute([number])?;
        }
        transaction.commit()?;
        Ok(!found.is_empty())
    }
}

/// The words by which a message is found, folded.
pub(super) struct Words([String; 4]);

impl Words {
    pub(super) fn of(card: &Card) -> Self {
        let text = card.text.as_deref().unwrap_or_default();
        Self::put(&Kept::of(card), text)
    }

    fn of_header(kept: &Kept) -> Self {
        Self::put(kept, "")
    }

    fn put(kept: &Kept, text: &str) -> Self {
        let folded = |text: &str| fold::fold(text, TEXT_BYTES_MAX);
        let named = |people: &mut dyn Iterator<Item = &Address>| {
            let named = people.map(|one| format!("{} {}", one.name, one.email));
            folded(&named.take(PEOPLE_MAX).collect::<Vec<_>>().join(" "))
        };
        Self([
            folded(&kept.subject),
            named(&mut std::iter::once(&kept.from)),
            named(&mut kept.to.iter().chain(&kept.cc)),
            folded(text),
        ])
    }

    pub(super) fn write(&self, database: &Connection, number: i64) -> rusqlite::Result<()> {
        let [subject, sender, people, text] = &self.0;
        let sql =
            "INSERT INTO words (rowid, subject, sender, people, text) VALUES (?1, ?2, ?3, ?4, ?5)";
        let mut write = database.prepare_cached(sql)?;
        write
            .execute(params![number, subject, sender, people, text])
            .map(drop)
    }
}
