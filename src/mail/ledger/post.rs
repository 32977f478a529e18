//! Sending what the ledger holds, and finding out what became of what was cut off.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::parcel::{self, Parcelled};
use super::{Entry, Ledger, State, hash};
use crate::action::{Envelope, Flag, MailQuery, MailSearch, is_unread_sender};
use crate::clock::Clock;
use crate::deadline::{Deadline, Ended};
use crate::mail::smtp::{Begin, Carrier, Fault, Handed, Parcel, Partly};
use crate::mail::{Account, Error};

/// Waits between tries while someone looks on; later ones are made when asked for.
const WAITS_AT_ONCE: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(8)];
/// Minutes until a later try is due, by how many there were; the last one stands for all further.
const WAITS_LATER_MINUTES: [i64; 5] = [1, 5, 15, 60, 240];
/// Tries after which a server that always says "later" has refused.
const TRIES_MAX: u32 = 25;
/// Tries after which recipients that are put off no longer hold up the others.
const TRIES_FOR_ALL: u32 = 3;
/// Messages of a mailbox looked through for a copy, newest first.
const LOOKED_THROUGH: u32 = 500;
/// Reports of failed delivery read.
const REPORTS_READ: usize = 50;

/// Sends letters of one account.
#[expect(
    missing_debug_implementations,
    reason = "it holds the caller's carrier"
)]
pub struct Post<'a> {
    /// Where everything is written down.
    pub ledger: &'a mut Ledger,
    /// Where drafts, Sent and INBOX are.
    pub account: &'a Account,
    /// What takes the letters.
    pub carrier: &'a dyn Carrier,
    /// The time.
    pub clock: &'a Clock,
}

/// Where a letter was found.
enum Trace {
    /// A copy in this mailbox.
    Copy(String),
    /// A report that it could not be delivered.
    Report(String),
}

impl Post<'_> {
    /// Sends a queued letter, again after a while when the server asks for it; returns it as it is
    /// then. Whatever the end, it stands in the ledger.
    ///
    /// # Errors
    /// [`Error::Busy`] when someone else works on it, [`Error::Ledger`]; nothing was sent then.
    ///
    /// # Cancellation
    /// The ledger says how far it came; [`Post::settle`] finds out the rest.
    pub async fn send(&mut self, entry: Entry, deadline: &Deadline) -> Result<Entry, Error> {
        let mut entry = entry;
        let mut waits = WAITS_AT_ONCE.into_iter();
        loop {
            let put_off = self.attempt(&mut entry, deadline).await?;
            let Some(wait) = waits.next().filter(|_| put_off) else {
                return Ok(entry);
            };
            let pause = deadline.child(wait);
            let never = std::future::pending::<()>();
            let ended = pause.bound("the time of the next try", never).await;
            if deadline.is_over() || ended == Err(Ended::Stopped) {
                return Ok(entry);
            }
        }
    }

    /// Tries once; says whether trying again soon may help.
    async fn attempt(&mut self, entry: &mut Entry, deadline: &Deadline) -> Result<bool, Error> {
        let _hold = self.ledger.hold(entry.id)?;
        *entry = self.ledger.entry(entry.id)?;
        if entry.state != State::Queued {
            return Ok(false);
        }
        // Another program may have edited it; where that can't be seen, the approval stands.
        let drafts = self.account.mailbox_named("Drafts");
        if let Err(error) = self.account.refresh(&drafts, deadline).await {
            tracing::debug!(%error, "the drafts are as they were last seen");
        }
        if let Some(why) = self.withdrawn(entry) {
            why.clone_into(&mut entry.record.said);
            self.ledger.turn(entry, State::Cancelled)?;
            return Ok(false);
        }
        let bytes = self.ledger.store.letter_bytes(entry.id)?;
        let parcelled = parcel::of(&bytes, entry.record.approved)?;
        entry.record.tries += 1;
        entry.record.begun = false;
        self.ledger.turn(entry, State::Sending)?;
        let parcel = Parcel {
            from: parcelled.from.clone(),
            to: parcelled.to.clone(),
            bytes: parcelled.wire.clone(),
            partly: if entry.record.tries < TRIES_FOR_ALL {
                Partly::Wait
            } else {
                Partly::Go
            },
        };
        let (ledger, under_way) = (&mut *self.ledger, &mut *entry);
        let mut begin = || {
            under_way.record.begun = true;
            ledger.turn(under_way, State::Sending)
        };
        let handed = self.carrier.hand_over(&parcel, &mut begin, deadline).await;
        let put_off = self.conclude(entry, handed)?;
        if entry.state == State::Sent {
            self.file(entry, &parcelled, deadline).await;
        }
        Ok(put_off)
    }

    /// The draft is the user's until the last moment: who changes or deletes it calls it back.
    fn withdrawn(&self, entry: &Entry) -> Option<&'static str> {
        match self.account.raw(&entry.record.draft) {
            Ok(bytes) if hash(&bytes) == entry.record.hash => None,
            Ok(_) => Some("the draft was changed after it was approved"),
            Err(Error::NoMessage { .. }) => Some("the draft is gone"),
            // What can't be read now is still as it was approved in the ledger.
            Err(_) => None,
        }
    }

    /// Writes down what came of a try; says whether trying again soon may help.
    fn conclude(&mut self, entry: &mut Entry, handed: Handed) -> Result<bool, Error> {
        let (state, said, refused) = match handed {
            Handed::Taken { said, refused } => (State::Sent, said, refused),
            Handed::Unknown { said } => (State::Unknown, said, Vec::new()),
            Handed::NotTaken {
                fault: Fault::Lasting,
                said,
                refused,
            } => (State::Rejected, said, refused),
            Handed::NotTaken { said, refused, .. } if entry.record.tries >= TRIES_MAX => {
                let said = format!("given up after {TRIES_MAX} tries: {said}");
                (State::Rejected, said, refused)
            }
            Handed::NotTaken {
                fault,
                said,
                refused,
            } => {
                let wait = match fault {
                    Fault::Passing => later(entry.record.tries),
                    Fault::Account | Fault::Lasting => SignedDuration::ZERO,
                };
                entry.due = self.clock.now().saturating_add(wait).unwrap_or(entry.due);
                entry.record.said = said;
                entry.record.refused = pairs(refused);
                self.ledger.turn(entry, State::Queued)?;
                return Ok(fault == Fault::Passing);
            }
        };
        entry.record.said = said;
        entry.record.refused = pairs(refused);
        self.ledger.turn(entry, state)?;
        Ok(false)
    }

    /// Keeps the copy in Sent, once, and takes the draft away. A failure is no failure of the
    /// letter: it is tried again when the ledger is settled.
    async fn file(&mut self, entry: &mut Entry, parcelled: &Parcelled, deadline: &Deadline) {
        if let Some((id, flag)) = &parcelled.about
            && let Err(error) = self.mark(id, flag, deadline).await
        {
            tracing::warn!(%error, "the message that was answered does not show it");
        }
        match self.filed(entry, &parcelled.kept, deadline).await {
            Ok(()) => {
                entry.record.filed = true;
                if let Err(error) = self.ledger.turn(entry, State::Sent) {
                    tracing::warn!(%error, "the ledger does not know of the copy in Sent");
                }
            }
            Err(error) => tracing::warn!(%error, "no copy in Sent yet"),
        }
    }

    /// Shows at the message that a letter answered it or passed it on.
    async fn mark(&self, message_id: &str, flag: &Flag, deadline: &Deadline) -> Result<(), Error> {
        for envelope in self.account.with_message_id(message_id)? {
            if !envelope.flags.contains(flag) {
                self.account
                    .flag(&envelope.id, (flag, true), deadline)
                    .await?;
            }
        }
        Ok(())
    }

    async fn filed(&self, entry: &Entry, kept: &[u8], deadline: &Deadline) -> Result<(), Error> {
        if self.carrier.keeps_the_copy() {
            return Ok(());
        }
        let sent = self.account.mailbox_named("Sent");
        // Some servers keep a copy by themselves, and an earlier try may have come this far.
        // Where that mailbox is yet to be made, there is nothing to see in it.
        if let Err(error) = self.account.refresh(&sent, deadline).await {
            tracing::debug!(%error, sent, "not looked at");
        }
        if self.copy_in(&sent, &entry.message_id)?.is_none() {
            let now = self.clock.now();
            let id = self.account.deliver(&sent, kept, now, deadline).await?;
            self.account
                .flag(&id, (&Flag::Seen, true), deadline)
                .await?;
        }
        match self.account.drop_draft(&entry.record.draft, deadline).await {
            // The user put it elsewhere, which is as good.
            Err(Error::NotADraft { .. }) => Ok(()),
            done => done,
        }
    }

    /// Finds out what became of a letter that was cut off or of which nobody knows: by looking,
    /// never by sending it again.
    ///
    /// # Errors
    /// [`Error::Busy`] when someone works on it, [`Error::Ledger`].
    ///
    /// # Cancellation
    /// The ledger is as it was, or says what was found.
    pub async fn settle(&mut self, entry: Entry, deadline: &Deadline) -> Result<Entry, Error> {
        let _hold = self.ledger.hold(entry.id)?;
        let mut entry = self.ledger.entry(entry.id)?;
        match entry.state {
            State::Sending if self.carrier.is_repeatable() => {
                let place = self.account.locate(&entry.record.draft)?;
                let drafts = self.account.mailbox_named("Drafts");
                let state = match place {
                    Some(place) if place.mailbox != drafts => {
                        entry.record.said = format!("it lies in {}", place.mailbox);
                        State::Sent
                    }
                    Some(_) | None => {
                        "it was cut off before it left".clone_into(&mut entry.record.said);
                        State::Queued
                    }
                };
                self.ledger.turn(&mut entry, state)?;
            }
            State::Sending if !entry.record.begun => {
                "it was cut off before it left".clone_into(&mut entry.record.said);
                self.ledger.turn(&mut entry, State::Queued)?;
            }
            State::Sending | State::Unknown => {
                let state = match self.trace(&entry, deadline).await {
                    Some(Trace::Copy(mailbox)) => {
                        entry.record.said = format!("a copy lies in {mailbox}");
                        State::Sent
                    }
                    Some(Trace::Report(said)) => {
                        entry.record.said = format!("it left and came back: {said}");
                        State::Sent
                    }
                    None => {
                        if entry.state == State::Sending {
                            "it was cut off while it left".clone_into(&mut entry.record.said);
                        }
                        State::Unknown
                    }
                };
                self.ledger.turn(&mut entry, state)?;
            }
            State::Queued | State::Sent | State::Rejected | State::Cancelled => {}
        }
        if entry.state == State::Sent && !entry.record.filed {
            let bytes = self.ledger.store.letter_bytes(entry.id)?;
            let parcelled = parcel::of(&bytes, entry.record.approved)?;
            self.file(&mut entry, &parcelled, deadline).await;
        }
        Ok(entry)
    }

    /// Looks for what only a letter that left can have caused: a copy the server made, a copy to
    /// oneself, a report of failed delivery.
    async fn trace(&self, entry: &Entry, deadline: &Deadline) -> Option<Trace> {
        for mailbox in ["Sent", "INBOX", "Archive"] {
            let mailbox = self.account.mailbox_named(mailbox);
            // A mailbox that can't be reached shows nothing; it is looked at again next time.
            if let Err(error) = self.account.refresh(&mailbox, deadline).await {
                tracing::debug!(%error, mailbox, "not looked at");
            }
            if let Ok(Some(found)) = self.copy_in(&mailbox, &entry.message_id) {
                return Some(Trace::Copy(found.mailbox));
            }
        }
        self.report(entry).map(Trace::Report)
    }

    fn newest(&self, mailbox: &str) -> Result<Vec<Envelope>, Error> {
        let search = MailSearch {
            mailbox: mailbox.to_owned(),
            query: MailQuery::default(),
            limit: LOOKED_THROUGH,
        };
        Ok(self.account.search(&search)?.envelopes)
    }

    fn copy_in(&self, mailbox: &str, message_id: &str) -> Result<Option<Envelope>, Error> {
        let mut envelopes = match self.newest(mailbox) {
            Ok(envelopes) => envelopes.into_iter(),
            Err(Error::NoMailbox { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(envelopes.find(|envelope| envelope.message_id == message_id))
    }

    fn report(&self, entry: &Entry) -> Option<String> {
        let envelopes = self.newest("INBOX").ok()?.into_iter();
        let reports = envelopes
            .filter(|envelope| is_unread_sender(&envelope.from.email))
            .filter(|envelope| envelope.date >= entry.record.approved);
        for envelope in reports.take(REPORTS_READ) {
            let Ok(message) = self.account.read(&envelope.id) else {
                continue;
            };
            let is_report = message.content_type == "multipart/report";
            if is_report && message.text.contains(&entry.message_id) {
                return Some(message.envelope.subject);
            }
        }
        None
    }
}

fn later(tries: u32) -> SignedDuration {
    let at = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    let last = WAITS_LATER_MINUTES.last().copied();
    let minutes = WAITS_LATER_MINUTES.get(at).copied().or(last);
    SignedDuration::from_mins(minutes.unwrap_or(60))
}

fn pairs(refused: Vec<crate::mail::smtp::Refused>) -> Vec<(String, String)> {
    let pair = |one: crate::mail::smtp::Refused| (one.address, one.said);
    refused.into_iter().map(pair).collect()
}

/// The outbox folder of the Maildir as a way out: another program takes letters from there.
#[derive(Debug)]
pub struct OutboxFolder<'a> {
    /// The Maildir.
    pub account: &'a Account,
    /// The draft that leaves.
    pub draft: crate::action::MailId,
    /// The time.
    pub now: Timestamp,
}

#[async_trait]
impl Carrier for OutboxFolder<'_> {
    async fn hand_over(&self, _: &Parcel, begin: Begin<'_>, deadline: &Deadline) -> Handed {
        let not = |error: Error| Handed::NotTaken {
            fault: Fault::Account,
            said: error.to_string(),
            refused: Vec::new(),
        };
        if let Err(error) = begin() {
            return not(error);
        }
        match self.account.send(&self.draft, self.now, deadline).await {
            Ok(_) => Handed::Taken {
                said: "handed to the outbox".to_owned(),
                refused: Vec::new(),
            },
            Err(error) => not(error),
        }
    }

    fn keeps_the_copy(&self) -> bool {
        true
    }

    fn is_repeatable(&self) -> bool {
        true
    }
}
