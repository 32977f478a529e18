//! The send ledger: what was approved to leave, and how far it is.
//!
//! A letter has one row for ever, named by its Message-ID, which is fixed before the first byte
//! leaves. The row goes from queued (it can still be called back) to sending and on to sent,
//! rejected or unknown; every turn is on disk before what it stands for is done. Nothing here sends
//! twice: what is unknown is looked for, or the user says what is so.

mod parcel;
mod post;

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Error;
use super::error::io_at;
use crate::action::MailId;
use crate::home::{Home, make_private};
use crate::store::{LetterRow, Store};

pub use post::{OutboxFolder, Post};

/// Letters looked at; older ones are settled for long.
const LETTERS_MAX: u32 = 1_000;

/// How far a letter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Approved, and not under way: it waits for its time, or for another try.
    Queued,
    /// On its way right now, or cut off there.
    Sending,
    /// The server has it.
    Sent,
    /// The server does not take it.
    Rejected,
    /// It was sent, and no answer came.
    Unknown,
    /// Called back before it left.
    Cancelled,
}

impl State {
    const ALL: [Self; 6] = [
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Rejected,
        Self::Unknown,
        Self::Cancelled,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A letter in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// Its Message-ID without brackets.
    pub message_id: String,
    /// How far it is.
    pub state: State,
    /// Before when nothing is done with it.
    pub due: Timestamp,
    /// What else is known.
    pub record: Record,
}

/// What is known of a letter besides how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The draft it was.
    pub draft: MailId,
    /// The account it leaves by.
    pub account: String,
    /// SHA-256 of the draft's bytes as they were approved.
    pub hash: String,
    /// Its subject.
    pub subject: String,
    /// Everyone it goes to.
    pub to: Vec<String>,
    /// When it was approved.
    pub approved: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// Whether its bytes began to leave in the last try.
    pub begun: bool,
    /// What was last said about it: by the server, or why it does not leave.
    pub said: String,
    /// Who does not get it, with what the server said.
    pub refused: Vec<(String, String)>,
    /// Whether the copy in Sent is there and the draft gone.
    pub filed: bool,
}

/// What is approved to leave.
#[derive(Debug)]
pub struct Leave<'a> {
    /// The draft.
    pub draft: &'a MailId,
    /// Its exact bytes.
    pub bytes: &'a [u8],
    /// The account it leaves by.
    pub account: &'a str,
    /// When it was approved.
    pub now: Timestamp,
    /// When it may leave; until then it can be called back.
    pub due: Timestamp,
}

/// The open ledger.
#[derive(Debug)]
pub struct Ledger {
    store: Store,
    folder: PathBuf,
}

/// Held while a letter is worked on, so that others can tell a live sender from a dead one.
#[derive(Debug)]
pub(super) struct Hold {
    _file: File,
}

impl Ledger {
    /// Opens the ledger of `home`.
    ///
    /// # Errors
    /// [`Error::Ledger`], [`Error::Io`].
    pub fn open(home: &Home) -> Result<Self, Error> {
        let folder = home.data().join("sending");
        make_private(&folder).map_err(io_at("make", &folder))?;
        Ok(Self {
            store: Store::open(&home.database())?,
            folder,
        })
    }

    /// Enters a letter that was approved. One that never left is approved anew; one that left, or
    /// may have, is not entered again.
    ///
    /// # Errors
    /// [`Error::Settled`]; [`Error::Unsendable`], [`Error::NoRecipient`] and the like for a draft
    /// that can't leave; [`Error::Ledger`].
    pub fn enter(&mut self, leave: &Leave<'_>) -> Result<Entry, Error> {
        let parcelled = parcel::of(leave.bytes, leave.now)?;
        let record = Record {
            draft: leave.draft.clone(),
            account: leave.account.to_owned(),
            hash: hash(leave.bytes),
            subject: parcelled.subject,
            to: parcelled.to,
            approved: leave.now,
            tries: 0,
            begun: false,
            said: String::new(),
            refused: Vec::new(),
            filed: false,
        };
        let mut entry = Entry {
            id: 0,
            message_id: parcelled.message_id,
            state: State::Queued,
            due: leave.due,
            record,
        };
        if !self.store.add_letter(&row(&entry), leave.bytes)? {
            let earlier = self.by_message_id(&entry.message_id)?;
            entry.id = earlier.id;
            let state = match earlier.state {
                State::Queued | State::Cancelled | State::Rejected => earlier.state,
                State::Sending | State::Unknown | State::Sent => return Err(settled(&earlier)),
            };
            let renewed = self
                .store
                .renew_letter(&row(&entry), state.word(), leave.bytes)?;
            if !renewed {
                return Err(Error::Busy);
            }
        }
        self.by_message_id(&entry.message_id)
    }

    /// Lists the letters, newest first.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        let rows = self.store.letters(LETTERS_MAX)?;
        Ok(rows.iter().filter_map(entry).collect())
    }

    /// Returns the letter with this number.
    ///
    /// # Errors
    /// [`Error::NoLetter`], [`Error::Ledger`].
    pub fn entry(&self, number: i64) -> Result<Entry, Error> {
        let mut entries = self.entries()?.into_iter();
        let found = entries.find(|entry| entry.id == number);
        found.ok_or(Error::NoLetter { number })
    }

    /// Returns the letter that the draft became, when it was approved once.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn of_draft(&self, draft: &MailId) -> Result<Option<Entry>, Error> {
        let mut entries = self.entries()?.into_iter();
        Ok(entries.find(|entry| entry.record.draft == *draft))
    }

    /// Calls a letter back that has not left; the draft stays.
    ///
    /// # Errors
    /// [`Error::Settled`] when it is too late, [`Error::NoLetter`], [`Error::Ledger`].
    pub fn cancel(&mut self, number: i64, why: &str) -> Result<Entry, Error> {
        let mut entry = self.entry(number)?;
        why.clone_into(&mut entry.record.said);
        let turned = self.turn(&mut entry, State::Cancelled);
        if let Err(Error::Busy) = turned {
            return Err(settled(&self.entry(number)?));
        }
        turned?;
        Ok(entry)
    }

    /// Takes the user's word for what became of a letter that nobody knows of.
    ///
    /// # Errors
    /// [`Error::Settled`] for one whose end is known, [`Error::Busy`], [`Error::NoLetter`],
    /// [`Error::Ledger`].
    pub fn told(&mut self, number: i64, arrived: bool) -> Result<Entry, Error> {
        let _hold = self.hold(number)?;
        let mut entry = self.entry(number)?;
        match entry.state {
            State::Sending | State::Unknown => {}
            State::Queued | State::Sent | State::Rejected | State::Cancelled => {
                return Err(settled(&entry));
            }
        }
        let (state, said) = if arrived {
            (State::Sent, "you said that it arrived")
        } else {
            (State::Cancelled, "you said that it did not arrive")
        };
        said.clone_into(&mut entry.record.said);
        // The draft that is left can be sent again; it is one the user has decided about.
        self.turn(&mut entry, state)?;
        Ok(entry)
    }

    /// Gives `entry` another state, and what else it says; fails when it is no longer as it was.
    fn turn(&mut self, entry: &mut Entry, state: State) -> Result<(), Error> {
        let from = entry.state;
        let allowed = matches!(
            (from, state),
            (
                State::Queued | State::Sending,
                State::Sending | State::Cancelled
            ) | (
                State::Sending,
                State::Sent | State::Rejected | State::Unknown | State::Queued
            ) | (
                State::Unknown,
                State::Sent | State::Unknown | State::Cancelled
            ) | (State::Sent, State::Sent)
        );
        let next = Entry {
            state,
            ..entry.clone()
        };
        if !allowed || !self.store.turn_letter(&row(&next), from.word())? {
            return Err(Error::Busy);
        }
        *entry = next;
        Ok(())
    }

    fn by_message_id(&self, message_id: &str) -> Result<Entry, Error> {
        let mut entries = self.entries()?.into_iter();
        let found = entries.find(|entry| entry.message_id == message_id);
        found.ok_or(Error::NoLetter { number: 0 })
    }

    /// Marks a letter as being worked on by this program.
    fn hold(&self, number: i64) -> Result<Hold, Error> {
        let path = self.folder.join(format!("{number}.alive"));
        let mut options = OpenOptions::new();
        let options = options.create(true).truncate(false).write(true).mode(0o600);
        let file = options.open(&path).map_err(io_at("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Hold { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            Err(TryLockError::Error(source)) => Err(io_at("lock", &path)(source)),
        }
    }
}

impl Entry {
    /// Says whether somebody has to look at it again.
    pub fn is_open(&self) -> bool {
        match self.state {
            State::Queued | State::Sending | State::Unknown => true,
            State::Sent => !self.record.filed,
            State::Rejected | State::Cancelled => false,
        }
    }
}

fn settled(entry: &Entry) -> Error {
    let said = &entry.record.said;
    let state = match entry.state {
        State::Unknown | State::Sending => {
            format!("nobody knows whether it left ({said})")
        }
        State::Queued => "it is queued".to_owned(),
        State::Sent => format!("it was sent ({said})"),
        State::Rejected => format!("it was rejected ({said})"),
        State::Cancelled => "it was called back".to_owned(),
    };
    Error::Settled { state }
}

fn hash(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in Sha256::digest(bytes) {
        for half in [byte >> 4, byte & 15] {
            out.extend(char::from_digit(u32::from(half), 16));
        }
    }
    out
}

fn row(entry: &Entry) -> LetterRow {
    LetterRow {
        id: entry.id,
        message_id: entry.message_id.clone(),
        state: entry.state.word().to_owned(),
        due: entry.due.as_second(),
        record: serde_json::to_string(&entry.record).unwrap_or_default(),
    }
}

/// A row that this program can't read is of no use to it, but stays.
fn entry(row: &LetterRow) -> Option<Entry> {
    let mut states = State::ALL.into_iter();
    Some(Entry {
        id: row.id,
        message_id: row.message_id.clone(),
        state: states.find(|state| state.word() == row.state)?,
        due: Timestamp::from_second(row.due).ok()?,
        record: serde_json::from_str(&row.record).ok()?,
    })
}

#[cfg(test)]
mod tests;
