//! Letters that leave: entered into the ledger, held back for the time to call them back, handed
//! over once, and read back.

use std::time::Duration;

use jiff::SignedDuration;

use super::{Done, Hands, unproven};
use crate::action::{Change, MailId, MailSend, Message, Outcome, Output};
use crate::agent::outbox::{Outbox, Step};
use crate::deadline::Deadline;
use crate::home::Home;
use crate::mail::ledger::{Entry, Leave, Ledger, State};
use crate::mail::{Error, mime};
use crate::policy::{Approved, Leaving};
use crate::untrusted;

/// Recipients named in a summary.
const NAMED_MAX: usize = 3;

/// Fields of a letter shown before it is sent; the subject and names stand there decoded.
const SHOWN_FIELDS: [&str; 6] = ["from", "to", "cc", "bcc", "reply-to", "subject"];

/// Calls a letter back when the wait for its time is cut off, such as by the user's stop.
struct Recall<'a> {
    home: &'a Home,
    letter: Option<i64>,
}

impl Drop for Recall<'_> {
    fn drop(&mut self) {
        let Some(letter) = self.letter else { return };
        let called =
            Ledger::open(self.home).and_then(|mut l| l.cancel(letter, "called back by you"));
        if let Err(error) = called {
            tracing::warn!(%error, letter, "the letter could not be called back");
        }
    }
}

/// A draft as it would leave, with what is to be seen of it before.
pub(in crate::agent) struct Letter {
    bytes: Vec<u8>,
    words: String,
    shown: String,
}

impl Letter {
    pub(in crate::agent) fn leaving(&self) -> Leaving<'_> {
        Leaving {
            bytes: &self.bytes,
            words: &self.words,
            shown: &self.shown,
        }
    }
}

impl Hands {
    /// Reads a draft that is to be sent; none when there is no such message.
    pub(in crate::agent) fn leaving(&self, id: &MailId) -> Option<Letter> {
        let bytes = self.mail.raw(id).ok()?;
        let message = self.mail.read(id).ok()?;
        Some(Letter {
            words: mime::words(&bytes),
            shown: shown(&message, &bytes),
            bytes,
        })
    }

    /// Returns how long a letter approved so can be called back: only who sits there can.
    pub(in crate::agent) fn window(&self, approved: &Approved) -> Duration {
        match approved.by() {
            Some("you") => Duration::from_secs(u64::from(self.config.send.undo_seconds)),
            Some(_) | None => Duration::ZERO,
        }
    }

    pub(super) async fn send(
        &self,
        send: &MailSend,
        approved: &Approved,
        deadline: &Deadline,
    ) -> Done {
        self.mail.fetch(&send.id, deadline).await?;
        let bytes = self.mail.raw(&send.id)?;
        if !approved.covers(&bytes) {
            let hint = "look at the draft and send it again";
            return Ok(Outcome::failed(
                "the draft changed after it was approved",
                hint,
            ));
        }
        self.must_be_a_draft(send)?;
        let window = self.window(approved);
        let now = self.clock.now();
        let wait = SignedDuration::try_from(window).unwrap_or_default();
        let leave = Leave {
            draft: &send.id,
            bytes: &bytes,
            account: self.mail.name(),
            now,
            due: now.saturating_add(wait).unwrap_or(now),
        };
        let entry = Ledger::open(&self.home)?.enter(&leave)?;
        self.hold_back(&entry, window, deadline).await;
        let outbox = self.outbox();
        let letter = entry.id;
        let carried = outbox.carry(entry, Step::Send, deadline).await;
        Ok(match carried {
            Ok(entry) => self.outcome(&entry, send)?,
            // What the ledger could not take in may have left all the same.
            Err(error) => self.lost_track(letter, &error)?,
        })
    }

    fn must_be_a_draft(&self, send: &MailSend) -> Result<(), Error> {
        let place = self.mail.locate(&send.id)?;
        let drafts = self.mail.mailbox_named("Drafts");
        match place {
            Some(place) if place.mailbox != drafts => Err(Error::NotADraft {
                id: send.id.clone(),
                mailbox: place.mailbox,
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// Waits until the letter can't be called back any more.
    async fn hold_back(&self, entry: &Entry, window: Duration, deadline: &Deadline) {
        if window.is_zero() {
            return;
        }
        let mut recall = Recall {
            home: &self.home,
            letter: Some(entry.id),
        };
        let pause = deadline.child(window);
        let never = std::future::pending::<()>();
        drop(pause.bound("the time to call it back", never).await);
        if !deadline.is_stopped() {
            recall.letter = None;
        }
    }

    pub(in crate::agent) fn outbox(&self) -> Outbox<'_> {
        Outbox {
            home: &self.home,
            config: &self.config,
            clock: &self.clock,
        }
    }

    fn lost_track(&self, letter: i64, error: &Error) -> Done {
        let entry = Ledger::open(&self.home)?.entry(letter)?;
        let hint = error.hint().unwrap_or_default();
        Ok(match entry.state {
            State::Queued | State::Cancelled | State::Rejected => {
                Outcome::failed(format!("not sent: {error}"), hint)
            }
            State::Sending | State::Unknown | State::Sent => unproven(format!(
                "it may have left: {error}; 'legwork mail outbox' finds out"
            )),
        })
    }

    /// Says what became of a letter, with what proves it.
    fn outcome(&self, entry: &Entry, send: &MailSend) -> Done {
        let said = untrusted::line(&entry.record.said, 200);
        Ok(match entry.state {
            State::Sent if self.mail.is_local() && self.config.send.through.is_none() => {
                return self.placed(&send.id, "Outbox", "handed to the outbox");
            }
            State::Sent => {
                let fact = format!("sent to {}", whom(entry));
                let place = self.mail.mailbox_named("Sent");
                let copy = if entry.record.filed {
                    place.as_str()
                } else {
                    "no copy in Sent yet"
                };
                Outcome::done(fact.clone())
                    .changing(Change::Mail {
                        id: send.id.clone(),
                        now: fact,
                    })
                    .with(Output::Mail(send.id.clone()))
                    .proven(
                        format!("the server answered: {said}"),
                        format!("<{}> in {copy}", entry.message_id),
                    )
            }
            State::Queued => Outcome::failed(
                format!("not sent yet: {said}"),
                format!(
                    "it waits in the outbox; 'legwork mail outbox send {}' tries again",
                    entry.id
                ),
            ),
            State::Rejected => Outcome::failed(
                format!("not sent: {said}"),
                "the draft is still there; change it and send it again",
            ),
            State::Cancelled => Outcome::failed(format!("not sent: {said}"), "the draft stays"),
            State::Unknown | State::Sending => unproven(format!(
                "nobody knows whether it left: {said}; it is not sent again before you say so, see \
                 'legwork mail outbox'"
            )),
        })
    }
}

/// The bytes; before them, where they are an encoding, what their reader will see.
fn shown(message: &Message, bytes: &[u8]) -> String {
    let raw = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    if raw.contains(message.text.trim()) {
        return raw;
    }
    let mut out = String::new();
    let mut is_shown = false;
    for line in mime::header_text(bytes).lines() {
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default();
            is_shown = SHOWN_FIELDS
                .iter()
                .any(|field| name.eq_ignore_ascii_case(field));
        }
        if is_shown {
            out = format!("{out}{line}\n");
        }
    }
    for file in &message.attachments {
        let name = untrusted::line(&file.name, 100);
        out = format!("{out}File: {name}, {} bytes\n", file.size);
    }
    let text = message.text.trim_end();
    format!("{out}\n{text}\n\nbyte for byte:\n\n{raw}")
}

/// Who got it, and who did not.
fn whom(entry: &Entry) -> String {
    let refused = &entry.record.refused;
    let is_refused = |to: &&String| refused.iter().any(|(address, _)| address == *to);
    let (out, to): (Vec<&String>, Vec<&String>) = entry.record.to.iter().partition(is_refused);
    let mut text = to
        .iter()
        .take(NAMED_MAX)
        .map(|to| untrusted::line(to, 80))
        .collect::<Vec<_>>()
        .join(", ");
    if to.len() > NAMED_MAX {
        text = format!("{text} and {} more", to.len() - NAMED_MAX);
    }
    for address in out {
        let said = refused.iter().find(|(known, _)| known == address);
        let said = said.map_or("", |(_, said)| said.as_str());
        let (address, said) = (untrusted::line(address, 80), untrusted::line(said, 120));
        text = format!("{text}; not to {address}: {said}");
    }
    text
}
