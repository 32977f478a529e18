//! The messages that were put off, and which of them are due to come back.
//!
//! Only keeps and looks; what brings a message back is an action like any other.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::action::{MailId, MailQuery, MailSearch, Snoozed};
use crate::home::Home;
use crate::mail::{self, Account};
use crate::store::{Store, StoreError};

/// New messages of the inbox that are looked at for answers.
const LOOKED_AT_MAX: u32 = 200;

/// How far the clocks of two people may differ: an answer is dated by its writer's.
const SKEW: SignedDuration = SignedDuration::from_mins(2);

/// The list of messages that were put off.
#[derive(Debug)]
pub struct Snoozes {
    store: Store,
}

/// A message that is due, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The message.
    pub snoozed: Snoozed,
    /// Why it comes back now, a few words.
    pub why: &'static str,
}

impl Snoozes {
    /// Opens the list kept in `home`.
    ///
    /// # Errors
    /// When the database can't be used.
    pub fn open(home: &Home) -> Result<Self, StoreError> {
        let store = Store::open(&home.database())?;
        Ok(Self { store })
    }

    /// Returns all of them, those that come back first in front.
    ///
    /// # Errors
    /// When the database can't be used.
    pub fn all(&self) -> Result<Vec<Snoozed>, StoreError> {
        let texts = self.store.snoozed()?;
        let read = |text: &String| match serde_json::from_str(text) {
            Ok(snoozed) => Some(snoozed),
            Err(error) => {
                tracing::warn!(%error, "a record of a snoozed message can't be read");
                None
            }
        };
        let mut all: Vec<Snoozed> = texts.iter().filter_map(read).collect();
        all.sort_by_key(|snoozed| snoozed.until);
        Ok(all)
    }

    /// Returns the record of one message.
    ///
    /// # Errors
    /// When the database can't be used.
    pub fn get(&self, id: &MailId) -> Result<Option<Snoozed>, StoreError> {
        Ok(self.all()?.into_iter().find(|snoozed| snoozed.id == *id))
    }

    /// Takes note that a message was put off.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn put(&self, snoozed: &Snoozed) -> Result<(), StoreError> {
        let record = serde_json::to_string(snoozed).unwrap_or_default();
        self.store.put_snoozed(&snoozed.id.0, &record)
    }

    /// Forgets a message that came back.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn remove(&self, id: &MailId) -> Result<(), StoreError> {
        self.store.remove_snoozed(&id.0)
    }
}

/// Returns which of `all` are due: their time has come, or the inbox holds an answer to them.
///
/// # Errors
/// When the inbox can't be listed; a single message that can't be read answers nothing.
pub fn due(all: Vec<Snoozed>, mail: &Account, now: Timestamp) -> Result<Vec<Due>, mail::Error> {
    let waiting = all.iter().filter(|snoozed| snoozed.until > now);
    let since = waiting.map(|snoozed| snoozed.since).min();
    let answered = match since {
        Some(since) => answered(mail, since)?,
        None => BTreeSet::new(),
    };
    let why = |snoozed: &Snoozed| {
        if snoozed.until <= now {
            return Some("its time has come");
        }
        let is_answered = answered.contains(&snoozed.message_id);
        is_answered.then_some("an answer to it came")
    };
    let due = all.into_iter().filter_map(|snoozed| {
        let why = why(&snoozed)?;
        Some(Due { snoozed, why })
    });
    Ok(due.collect())
}

/// Message-IDs that mails of the inbox answer which came since then.
fn answered(mail: &Account, since: Timestamp) -> Result<BTreeSet<String>, mail::Error> {
    let search = MailSearch {
        mailbox: "INBOX".to_owned(),
        query: MailQuery {
            since: Some(since.checked_sub(SKEW).unwrap_or(since)),
            ..MailQuery::default()
        },
        limit: LOOKED_AT_MAX,
    };
    let found = mail.search(&search)?.envelopes;
    let read = found.iter().filter_map(|one| mail.read(&one.id).ok());
    let mut ids: BTreeSet<String> = read.flat_map(|message| message.references).collect();
    ids.remove("");
    Ok(ids)
}
