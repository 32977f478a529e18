//! What was approved to leave and has not, or may not have: lists it, calls it back, goes on with
//! it, finds out what became of it.
//!
//! Sends nothing that the policy did not approve: the ledger holds the approval with the exact
//! bytes, and goes on with those alone.

use crate::clock::Clock;
use crate::config::Config;
use crate::deadline::Deadline;
use crate::home::Home;
use crate::mail::ledger::{Entry, Ledger, OutboxFolder, Post, State};
use crate::mail::smtp::{Carrier, Route};
use crate::mail::{Account, Error};

/// Where letters leave from.
#[derive(Debug, Clone, Copy)]
pub struct Outbox<'a> {
    /// Where state lives.
    pub home: &'a Home,
    /// Accounts and servers.
    pub config: &'a Config,
    /// The time.
    pub clock: &'a Clock,
}

/// What is done with a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is handed over, once.
    Send,
    /// It is only looked for.
    Settle,
}

impl Outbox<'_> {
    /// Lists the letters, newest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        Ledger::open(self.home)?.entries()
    }

    /// Calls a letter back.
    ///
    /// # Errors
    /// As [`Ledger::cancel`].
    pub fn cancel(&self, number: i64) -> Result<Entry, Error> {
        Ledger::open(self.home)?.cancel(number, "called back by you")
    }

    /// Takes the user's word for whether a letter arrived.
    ///
    /// # Errors
    /// As [`Ledger::told`].
    pub fn told(&self, number: i64, arrived: bool) -> Result<Entry, Error> {
        Ledger::open(self.home)?.told(number, arrived)
    }

    /// Finds out what became of the letters that were cut off or whose end nobody knows. One that
    /// can't be looked for now stays as it is.
    ///
    /// # Errors
    /// When the ledger can't be read.
    ///
    /// # Cancellation
    /// What was found out stays.
    pub async fn settle(&self, deadline: &Deadline) -> Result<Vec<Entry>, Error> {
        let mut found = Vec::new();
        for entry in self.entries()? {
            let unclear = entry.is_open() && entry.state != State::Queued;
            if !unclear || deadline.is_over() {
                continue;
            }
            let work = self.carry(entry.clone(), Step::Settle, deadline);
            match work.await {
                Ok(now) => found.push(now),
                // Someone is sending it right now.
                Err(Error::Busy) => {}
                Err(error) => {
                    tracing::warn!(%error, letter = entry.id, "can't be looked for now");
                    found.push(entry);
                }
            }
        }
        Ok(found)
    }

    /// Goes on with a letter that waits.
    ///
    /// # Errors
    /// [`Error::NoLetter`], [`Error::Settled`] for one that does not wait, and as [`Post::send`].
    ///
    /// # Cancellation
    /// As [`Post::send`].
    pub async fn send(&self, number: i64, deadline: &Deadline) -> Result<Entry, Error> {
        let entry = Ledger::open(self.home)?.entry(number)?;
        self.carry(entry, Step::Send, deadline).await
    }

    /// Does one thing with a letter, by the account it leaves by.
    pub(super) async fn carry(
        &self,
        entry: Entry,
        step: Step,
        deadline: &Deadline,
    ) -> Result<Entry, Error> {
        let name = entry.record.account.clone();
        let account = Account::open(self.home, self.config, Some(&name))?;
        let folder = OutboxFolder {
            account: &account,
            draft: entry.record.draft.clone(),
            now: self.clock.now(),
        };
        let route = Route::of(&name, self.home, self.config, deadline).await?;
        let carrier: &dyn Carrier = match &route {
            Route::Folder => &folder,
            Route::Server(server) => server.as_ref(),
        };
        let mut ledger = Ledger::open(self.home)?;
        let mut post = Post {
            ledger: &mut ledger,
            account: &account,
            carrier,
            clock: self.clock,
        };
        match step {
            Step::Send => post.send(entry, deadline).await,
            Step::Settle => post.settle(entry, deadline).await,
        }
    }
}
