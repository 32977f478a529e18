//! The messages that were put off, and which of them are due to come back.
//!
//! Only keeps and looks; what brings a message back is an action like any other.

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
/// When the mailbox can't be asked; a single message that can't be read answers nothing.
pub fn due(all: Vec<Snoozed>, mail: &Account, now: Timestamp) -> Result<Vec<Due>, mail::Error> {
    let mut due = Vec::new();
    for snoozed in all {
        let why = if snoozed.until <= now {
            Some("its time has come")
        } else {
            let answered = is_answered(&snoozed, mail)?;
            answered.then_some("an answer to it came")
        };
        due.extend(why.map(|why| Due { snoozed, why }));
    }
    Ok(due)
}

/// Says whether the inbox holds a message of the thread that was not there before. Dates say nothing
/// of that: they are their writers'.
fn is_answered(snoozed: &Snoozed, mail: &Account) -> Result<bool, mail::Error> {
    let Some(known) = &snoozed.thread else {
        return is_answered_since(snoozed, mail);
    };
    let thread = match mail.thread(&snoozed.id) {
        Ok(thread) => thread,
        Err(mail::Error::NoMessage { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut come = thread.iter().map(|post| &post.envelope);
    Ok(come.any(|one| {
        let is_new = one.id != snoozed.id && !known.contains(&one.id);
        is_new && one.mailbox.eq_ignore_ascii_case("INBOX")
    }))
}

/// As [`is_answered`], for a record that does not tell the thread: by the dates of messages.
fn is_answered_since(snoozed: &Snoozed, mail: &Account) -> Result<bool, mail::Error> {
    let since = snoozed.since.checked_sub(SKEW).unwrap_or(snoozed.since);
    let search = MailSearch {
        mailbox: "INBOX".to_owned(),
        query: MailQuery {
            since: Some(since),
            ..MailQuery::default()
        },
        limit: LOOKED_AT_MAX,
    };
    let found = mail.search(&search)?.envelopes;
    let mut read = found.iter().filter_map(|one| mail.read(&one.id).ok());
    Ok(!snoozed.message_id.is_empty()
        && read.any(|message| message.references.contains(&snoozed.message_id)))
}
