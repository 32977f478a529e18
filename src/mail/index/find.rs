//! Lists and searches, newest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::types::Value;
use rusqlite::{Row as SqlRow, params};

use super::card::{COLUMNS, Filed, Spot, filed};
use super::query::{Field, Mark, Search, Term, What};
use super::{Index, Role, number};
use crate::action::{Flag, MailId};
use crate::mail::Error;

/// Messages of one thread that are looked at; lists of many years have such.
const THREAD_MAX: u32 = 1_000;

/// Which messages, and how many of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Want {
    /// Only this account; all without.
    pub account: Option<String>,
    /// Only this mailbox; all without.
    pub mailbox: Option<String>,
    /// What they must be like.
    pub search: Search,
    /// How many at most, from the newest on.
    pub limit: u32,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The newest messages, as many as were wanted.
    pub messages: Vec<Filed>,
    /// How many there are in all.
    pub total: usize,
}

impl Index {
    /// Finds messages, newest first.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn find(&self, want: &Want) -> Result<Page, Error> {
        let mut clause = Clause::default();
        if let Some(account) = &want.account {
            clause.and("b.account = ?", [account.clone().into()]);
        }
        if let Some(mailbox) = &want.mailbox {
            clause.and("b.name = ?", [mailbox.clone().into()]);
        }
        clause.terms(&want.search);
        let words = if clause.has_words {
            // What was filed since may not be among the words yet.
            self.make_searchable();
            "words CROSS JOIN messages m ON m.number = words.rowid"
        } else {
            "messages m"
        };
        let inner = format!(
            "FROM {words} WHERE m.mailbox IN (SELECT b.number FROM mailboxes b {}) {}",
            clause.mailboxes(),
            clause.messages(),
        );
        let with = clause.values();
        if clause.has_words && want.limit > 0 {
            return self.find_words(&inner, &with, want.limit);
        }
        let count = format!("SELECT count(*) {inner}");
        let parameters = || rusqlite::params_from_iter(with.iter());
        let total = self.one(&count, parameters(), |row| row.get(0).map(number))?;
        let newest = format!(
            "SELECT {COLUMNS} FROM (SELECT m.number AS n {inner}
             {NEWEST} LIMIT {}) JOIN messages m ON m.number = n
             JOIN mailboxes b ON b.number = m.mailbox JOIN cards c ON c.number = n
             {NEWEST}",
            want.limit
        );
        Ok(Page {
            messages: self.rows(&newest, parameters(), filed)?,
            total: total.unwrap_or(0),
        })
    }

    /// Looks the words up once, for the count and for the newest.
    fn find_words(&self, inner: &str, with: &[Value], limit: u32) -> Result<Page, Error> {
        let sql = format!("SELECT m.number, m.date, m.came {inner}");
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut total = 0;
        // The oldest of the newest so far is on top.
        let mut newest: BinaryHeap<Reverse<(i64, i64, Reverse<i64>)>> = BinaryHeap::new();
        let mut take = |row: &SqlRow<'_>| {
            total += 1;
            let number = Reverse(row.get(0)?);
            newest.push(Reverse((row.get(1)?, row.get(2)?, number)));
            if newest.len() > limit {
                newest.pop();
            }
            Ok(())
        };
        self.each(&sql, rusqlite::params_from_iter(with.iter()), &mut take)?;
        let sql = format!("SELECT {COLUMNS} {FROM} WHERE m.number = ?1");
        let mut messages = Vec::with_capacity(newest.len());
        for Reverse((_, _, Reverse(number))) in newest.into_sorted_vec() {
            // One that another program removed meanwhile is not there.
            messages.extend(self.one(&sql, params![number], filed)?);
        }
        Ok(Page { messages, total })
    }

    /// Returns a message by its id, from the mailbox where it was filed last.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn message(&self, account: &str, id: &MailId) -> Result<Option<Filed>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} {FROM} WHERE m.id = ?1 AND b.account = ?2 ORDER BY m.number DESC"
        );
        self.one(&sql, params![id.0, account], filed)
    }

    /// As [`Index::message`], where it lies in this mailbox: a copy to oneself or in Sent may be the
    /// same message.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn message_in(
        &self,
        account: &str,
        mailbox: &str,
        id: &MailId,
    ) -> Result<Option<Filed>, Error> {
        let sql =
            format!("SELECT {COLUMNS} {FROM} WHERE m.id = ?1 AND b.account = ?2 AND b.name = ?3");
        self.one(&sql, params![id.0, account, mailbox], filed)
    }

    /// Returns the messages with this `Message-ID`, such as one that another program moved.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn with_message_id(&self, account: &str, message_id: &str) -> Result<Vec<Filed>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} {FROM} WHERE m.message_id = ?1 AND m.message_id != '' AND b.account = ?2
             ORDER BY m.number LIMIT {THREAD_MAX}"
        );
        self.rows(&sql, params![message_id, account], filed)
    }

    /// Returns all messages of the thread of `id`, oldest first; the same message in several
    /// mailboxes comes once, from the mailbox that tells the most about it.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn thread(&self, account: &str, id: &MailId) -> Result<Vec<Filed>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} {FROM} WHERE b.account = ?2 AND m.thread = (SELECT m.thread FROM messages m
             JOIN mailboxes b ON b.number = m.mailbox WHERE m.id = ?1 AND b.account = ?2 LIMIT 1)
             {NEWEST} LIMIT {THREAD_MAX}"
        );
        let mut found = self.rows(&sql, params![id.0, account], filed)?;
        found.reverse();
        // Gmail shows each message in All Mail once more; Trash tells less than any other place.
        found.sort_by_key(|one| match one.role {
            Role::All => 1,
            Role::Trash | Role::Junk => 2,
            Role::Inbox
            | Role::Drafts
            | Role::Outbox
            | Role::Sent
            | Role::Archive
            | Role::Other => 0,
        });
        let mut once: Vec<Filed> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for one in found {
            let key = one.envelope.message_id.clone();
            if key.is_empty() || seen.insert(key) {
                once.push(one);
            }
        }
        once.sort_by_key(|one| one.envelope.date);
        Ok(once)
    }

    /// Lists where the messages of a mailbox lie, with their ids and flags.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn spots(
        &self,
        account: &str,
        mailbox: &str,
    ) -> Result<Vec<(Spot, MailId, Vec<Flag>)>, Error> {
        let sql = "SELECT m.uid, m.file, m.id, m.flags FROM messages m
                   JOIN mailboxes b ON b.number = m.mailbox
                   WHERE b.account = ?1 AND b.name = ?2 ORDER BY m.uid";
        self.rows(sql, params![account, mailbox], |row| {
            let uid: Option<u32> = row.get(0)?;
            let file: Option<String> = row.get(1)?;
            let spot = uid.map_or_else(|| Spot::File(file.unwrap_or_default()), Spot::Uid);
            let flags: String = row.get(3)?;
            Ok((spot, MailId(row.get(2)?), super::card::flags(&flags)))
        })
    }

    /// Returns, of the newest `most` messages of a mailbox, those of which only the header is known.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn without_text(
        &self,
        account: &str,
        mailbox: &str,
        most: u32,
    ) -> Result<Vec<Filed>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM (SELECT m.number AS n FROM messages m WHERE m.mailbox =
             (SELECT b.number FROM mailboxes b WHERE b.account = ?1 AND b.name = ?2)
             {NEWEST} LIMIT ?3) JOIN messages m ON m.number = n
             JOIN mailboxes b ON b.number = m.mailbox JOIN cards c ON c.number = n
             WHERE m.body <= 0 {NEWEST}"
        );
        self.rows(&sql, params![account, mailbox, most], filed)
    }

    /// Returns the messages of a mailbox that have these UIDs, in the order of them; one that is not
    /// filed is left out.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn with_uids(
        &self,
        account: &str,
        mailbox: &str,
        uids: &[u32],
    ) -> Result<Vec<Filed>, Error> {
        let sql =
            format!("SELECT {COLUMNS} {FROM} WHERE b.account = ?1 AND b.name = ?2 AND m.uid = ?3");
        let one = |uid: &u32| {
            self.one(&sql, params![account, mailbox, uid], filed)
                .transpose()
        };
        uids.iter().filter_map(one).collect()
    }

    /// Lists the ids that begin with `start`, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn ids_from(&self, account: &str, start: &str, limit: u32) -> Result<Vec<MailId>, Error> {
        let sql = "SELECT DISTINCT m.id FROM messages m JOIN mailboxes b ON b.number = m.mailbox
                   WHERE b.account = ?1 AND m.id >= ?2 AND substr(m.id, 1, length(?2)) = ?2
                   ORDER BY m.id LIMIT ?3";
        self.rows(sql, params![account, start, limit], |row| {
            row.get(0).map(MailId)
        })
    }
}

/// The newest first. Dates have whole seconds: of one second, what the mailbox says came later is
/// newer. The indexes `messages_newest` and `messages_unread` stand in this order.
pub(super) const NEWEST: &str = "ORDER BY m.date DESC, m.came DESC, m.id";

/// Each message with its mailbox and card.
const FROM: &str =
    "FROM messages m JOIN mailboxes b ON b.number = m.mailbox JOIN cards c ON c.number = m.number";

/// What a message must be like, in SQL with its values apart.
#[derive(Default)]
struct Clause {
    mailbox: Vec<String>,
    mailbox_values: Vec<Value>,
    message: Vec<String>,
    message_values: Vec<Value>,
    has_words: bool,
}

impl Clause {
    fn and<const N: usize>(&mut self, sql: &str, values: [Value; N]) {
        self.mailbox.push(sql.to_owned());
        self.mailbox_values.extend(values);
    }

    fn message(&mut self, sql: String, values: impl IntoIterator<Item = Value>) {
        self.message.push(sql);
        self.message_values.extend(values);
    }

    fn mailboxes(&self) -> String {
        if self.mailbox.is_empty() {
            return String::new();
        }
        format!("WHERE {}", self.mailbox.join(" AND "))
    }

    fn messages(&self) -> String {
        let mut all = String::new();
        for sql in &self.message {
            all.push_str(" AND (");
            all.push_str(sql);
            all.push(')');
        }
        all
    }

    fn values(&self) -> Vec<Value> {
        let all = self.mailbox_values.iter().chain(&self.message_values);
        all.cloned().collect()
    }

    fn terms(&mut self, search: &Search) {
        let mut wanted = Vec::new();
        for term in &search.terms {
            if matches!(term.what, What::Words { .. }) && !term.excluded {
                wanted.extend(matching(&term.what));
            } else {
                self.term(term);
            }
        }
        if !wanted.is_empty() {
            self.has_words = true;
            self.message("words MATCH ?".to_owned(), [wanted.join(" AND ").into()]);
        }
    }

    fn term(&mut self, term: &Term) {
        let not = if term.excluded { "NOT " } else { "" };
        match &term.what {
            What::Words { .. } => {
                if let Some(words) = matching(&term.what) {
                    let sql = "m.number NOT IN (SELECT rowid FROM words WHERE words MATCH ?)";
                    self.message(sql.to_owned(), [words.into()]);
                }
            }
            What::In(name) => {
                // By its name, or by what it is for: Drafts may be called Entwürfe there.
                let sql = format!("{not}(b.name = ? COLLATE NOCASE OR b.role = lower(?))");
                self.and(&sql, [name.clone().into(), name.clone().into()]);
            }
            What::Is(mark) => {
                let sql = match mark {
                    Mark::Unread => "m.seen = 0",
                    Mark::Read => "m.seen = 1",
                    Mark::Flagged => "m.flagged = 1",
                    Mark::Answered => "m.answered = 1",
                    Mark::Draft => "instr(m.flags, '\\Draft') > 0",
                };
                self.message(format!("{not}({sql})"), []);
            }
            What::HasAttachment => self.message(format!("{not}(m.attached = 1)"), []),
            What::Since(at) => {
                self.message(format!("{not}(m.date >= ?)"), [at.as_second().into()]);
            }
            What::Before(at) => {
                self.message(format!("{not}(m.date < ?)"), [at.as_second().into()]);
            }
            What::Keyword(word) => {
                let sql = "instr(char(10) || lower(m.flags) || char(10),
                           char(10) || lower(?) || char(10)) > 0";
                self.message(format!("{not}({sql})"), [word.clone().into()]);
            }
        }
    }
}

/// Writes words as FTS5 understands them; they hold letters and digits only, so nothing in them
/// can be taken for an operator.
fn matching(what: &What) -> Option<String> {
    let What::Words {
        field,
        words,
        whole,
        ..
    } = what
    else {
        return None;
    };
    if words.is_empty() {
        return None;
    }
    let columns = match field {
        Field::Any => "",
        Field::From => "sender : ",
        Field::To => "people : ",
        Field::Subject => "subject : ",
    };
    let star = if *whole { "" } else { " *" };
    Some(format!("({columns}\"{}\"{star})", words.join(" ")))
}
