//! Taking back what an earlier run did: only where what it left still stands, and read back.
//!
//! What is put back comes from the journal alone, never from a planner.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::{Done, HandError, Hands, unproven};
use crate::action::{
    Action, CalendarChange, Change, Effect, FileChange, Flag, MailId, MailSnooze, MailWake,
    Outcome, Output, PastRun, PastStep, SNOOZED, Snoozed, Undo, Undoable,
};
use crate::agent::record::{RunRecord, StepRecord};
use crate::agent::wake::{self, SYNC_GOAL};
use crate::calendar;
use crate::deadline::Deadline;
use crate::mail::Extent;

/// Runs looked through for the last one; it is among the newest.
const RUNS_LOOKED_AT: u32 = 200;

/// Why something does not stand as it was left; none when it does.
type Moved = Option<String>;

/// The mailbox in which a deed left a message, where it did.
fn stands_in(deed: &Undoable) -> Option<&str> {
    match deed {
        Undoable::Moved { to, .. } => Some(to),
        Undoable::Flagged { .. } => Some("INBOX"),
        Undoable::Drafted { mailbox, .. } => Some(mailbox),
        Undoable::Snoozed(_) => Some(SNOOZED),
        Undoable::Woken(snoozed) => Some(&snoozed.from),
        Undoable::Calendar(_) => None,
    }
}

impl Hands {
    pub(super) async fn past_run(&self, past: &PastRun, key: &str, deadline: &Deadline) -> Done {
        let Some((run, steps)) = self.earlier(&past.run, key)? else {
            return Ok(no_run(&past.run));
        };
        let outcomes = steps.iter().filter_map(|step| step.outcome.as_ref());
        let mut deeds = outcomes.flat_map(|outcome| &outcome.undo);
        // Another program may have moved on what the run left.
        if deeds.any(|deed| stands_in(deed).is_some()) {
            self.mail.sync(Extent::Headers, deadline).await?;
        }
        let mut found = Vec::new();
        for step in &steps {
            found.extend(self.past_step(&run, step)?);
        }
        Ok(Outcome::done(format!("{} changes", found.len())).with(Output::Past(found)))
    }

    /// The run of that id; `last` is the newest before this one that was neither a dry run nor
    /// only upkeep: the waking of what was put off, a sync.
    fn earlier(
        &self,
        wanted: &str,
        key: &str,
    ) -> Result<Option<(RunRecord, Vec<StepRecord>)>, HandError> {
        if wanted != "last" {
            return Ok(self.archive.run(wanted)?);
        }
        let own = key.rsplit_once('/').map_or(key, |(run, _)| run);
        let runs = self.archive.runs(RUNS_LOOKED_AT)?;
        let is_it = |run: &&RunRecord| {
            let is_upkeep = [wake::GOAL, SYNC_GOAL].contains(&run.goal.as_str());
            run.id != own && !run.dry_run && !is_upkeep
        };
        match runs.iter().find(is_it) {
            Some(run) => Ok(self.archive.run(&run.id)?),
            None => Ok(None),
        }
    }

    /// A step that changed something, with why it can't be undone.
    fn past_step(&self, run: &RunRecord, step: &StepRecord) -> Result<Option<PastStep>, HandError> {
        let Some(outcome) = step.outcome.as_ref().filter(|outcome| outcome.is_done()) else {
            return Ok(None);
        };
        let stuck = if outcome.undo.is_empty() {
            match why_never(step) {
                Some(why) => Some(why.to_owned()),
                None => return Ok(None),
            }
        } else {
            self.first_moved(&outcome.undo)?
        };
        Ok(Some(PastStep {
            run: run.id.clone(),
            step: step.number,
            title: step.title.clone(),
            stuck,
        }))
    }

    pub(super) async fn undo(&self, undo: &Undo, key: &str, deadline: &Deadline) -> Done {
        let Some((run, steps)) = self.earlier(&undo.run, key)? else {
            return Ok(no_run(&undo.run));
        };
        let step = steps.into_iter().find(|step| step.number == undo.step);
        let deeds = step.and_then(|step| step.outcome).map(|o| o.undo);
        let deeds = deeds.unwrap_or_default();
        if deeds.is_empty() {
            let reason = format!("step {} of run {} did nothing to undo", undo.step, run.id);
            return Ok(Outcome::failed(
                reason,
                "'legwork journal show' lists its steps",
            ));
        }
        for mailbox in deeds.iter().filter_map(stands_in) {
            self.mail.refresh(mailbox, deadline).await?;
        }
        if let Some(reason) = self.first_moved(&deeds)? {
            return Ok(Outcome::failed(reason, "look at it, and change it by hand"));
        }
        let mut outcome = Outcome::done("undone");
        for deed in deeds.iter().rev() {
            let back = deed.inverse();
            let note = self.put(&back, deadline).await?;
            if let Some(reason) = self.moved_on(&back)? {
                return Ok(unproven(format!("it was undone, but {reason}")));
            }
            let (fact, source) = self.fact(&back)?;
            outcome.summary = format!("{fact}{note}");
            outcome = outcome.proven(fact, source).undoable(back.clone());
            outcome.changed.push(change(&back));
        }
        Ok(outcome)
    }

    /// Looks whether an undoing that was cut off took effect.
    pub(super) fn is_undone(&self, undo: &Undo, key: &str) -> Option<bool> {
        let (_, steps) = self.earlier(&undo.run, key).ok()??;
        let step = steps.into_iter().find(|step| step.number == undo.step)?;
        let back: Vec<Undoable> = step.outcome?.undo.iter().map(Undoable::inverse).collect();
        Some(self.first_moved(&back).ok()?.is_none())
    }

    fn first_moved(&self, deeds: &[Undoable]) -> Result<Moved, HandError> {
        for deed in deeds {
            if let Some(reason) = self.moved_on(deed)? {
                return Ok(Some(reason));
            }
        }
        Ok(None)
    }

    /// Says what is no longer as `deed` left it.
    fn moved_on(&self, deed: &Undoable) -> Result<Moved, HandError> {
        Ok(match deed {
            Undoable::Moved { id, to, .. } => self.lies_elsewhere(id, to)?,
            Undoable::Flagged { id, flag, on } => match self.mail.locate(id)? {
                None => Some("the message is gone".to_owned()),
                Some(place) if place.flags.contains(flag) == *on => None,
                Some(_) => {
                    let not = if *on { "no longer" } else { "again" };
                    Some(format!("the message is {not} marked {}", flag.word()))
                }
            },
            Undoable::Drafted {
                id,
                mailbox,
                sha256,
            } => match self.lies_elsewhere(id, mailbox)? {
                None if digest(&self.mail.raw(id)?) != *sha256 => {
                    Some("the draft was edited since, so it stays".to_owned())
                }
                elsewhere => elsewhere,
            },
            Undoable::Snoozed(snoozed) => self.lies_elsewhere(&snoozed.id, SNOOZED)?,
            Undoable::Woken(snoozed) => self.lies_elsewhere(&snoozed.id, &snoozed.from)?,
            Undoable::Calendar(change) => match self.calendar.stands(change) {
                Ok(()) => None,
                Err(calendar::Error::ChangedMeanwhile { .. }) => {
                    Some("the event has changed since".to_owned())
                }
                Err(error) => return Err(error.into()),
            },
        })
    }

    fn lies_elsewhere(&self, id: &MailId, mailbox: &str) -> Result<Moved, HandError> {
        Ok(match self.mail.locate(id)? {
            None => Some("the message is gone".to_owned()),
            Some(place) if place.mailbox == self.mail.mailbox_named(mailbox) => None,
            Some(place) => Some(format!(
                "the message lies in {}, no longer in {mailbox} where it was put",
                place.mailbox
            )),
        })
    }

    /// Makes it so that `deed` is done; says what is worth knowing beyond it.
    async fn put(&self, deed: &Undoable, deadline: &Deadline) -> Result<String, HandError> {
        match deed {
            Undoable::Moved { id, to, .. } => {
                self.mail.move_to(id, to, deadline).await?;
            }
            Undoable::Flagged { id, flag, on } => {
                self.mail.flag(id, (flag, *on), deadline).await?;
            }
            // A draft that was taken back lies in Trash, and comes back by a move.
            Undoable::Drafted { id, mailbox, .. } => {
                self.mail.move_to(id, mailbox, deadline).await?;
            }
            Undoable::Snoozed(snoozed) => self.lay_down(snoozed, deadline).await?,
            Undoable::Woken(snoozed) => self.bring_back(snoozed, deadline).await?,
            Undoable::Calendar(change) => {
                self.calendar.restore(&change.inverse())?;
                let calendar = |file: &FileChange| self.calendar.calendar_of(&file.path);
                let touched: BTreeSet<String> = change.files.iter().map(calendar).collect();
                let mut note = String::new();
                for calendar in touched {
                    note = format!("{note}{}", self.sent_on(&calendar, deadline).await);
                }
                return Ok(note);
            }
        }
        Ok(String::new())
    }

    /// What is so once `deed` is done, and where it can be seen.
    fn fact(&self, deed: &Undoable) -> Result<(String, String), HandError> {
        let file = |change: &CalendarChange| {
            let first = change.files.first();
            first.map_or_else(String::new, |file| file.path.display().to_string())
        };
        let (fact, id) = match deed {
            Undoable::Moved { id, to, .. } => (format!("moved back to {to}"), id),
            Undoable::Flagged { id, flag, on: true } => {
                (format!("marked {} again", flag.word()), id)
            }
            Undoable::Flagged {
                id,
                flag,
                on: false,
            } => (format!("no longer marked {}", flag.word()), id),
            Undoable::Drafted { id, mailbox, .. } => (format!("back in {mailbox}"), id),
            Undoable::Snoozed(snoozed) => ("put off again".to_owned(), &snoozed.id),
            Undoable::Woken(snoozed) => (format!("back in {}", snoozed.from), &snoozed.id),
            Undoable::Calendar(change) => {
                return Ok(("the calendar is as it was".to_owned(), file(change)));
            }
        };
        let place = self.mail.locate(id)?;
        let source = place.map(|place| place.source);
        Ok((fact, source.unwrap_or_default()))
    }

    pub(super) async fn snooze(&self, snooze: &MailSnooze, deadline: &Deadline) -> Done {
        let now = self.clock.now();
        let at = self.shown(snooze.until);
        if snooze.until <= now {
            return Ok(Outcome::failed(
                format!("{at} is over"),
                "name a time to come",
            ));
        }
        self.mail.fetch(&snooze.id, deadline).await?;
        let message = self.mail.read(&snooze.id)?;
        let thread = self.mail.thread(&snooze.id)?;
        let earlier = self.snoozes.get(&snooze.id)?;
        let from = match earlier {
            Some(earlier) if message.envelope.mailbox == SNOOZED => earlier.from,
            Some(_) | None => message.envelope.mailbox,
        };
        let snoozed = Snoozed {
            account: self.mail.name().to_owned(),
            id: snooze.id.clone(),
            message_id: message.envelope.message_id,
            from,
            since: now,
            until: snooze.until,
            thread: Some(thread.into_iter().map(|post| post.envelope.id).collect()),
        };
        self.lay_down(&snoozed, deadline).await?;
        let fact = format!("put off until {at}");
        let deed = Undoable::Snoozed(snoozed);
        self.settled(deed, &fact)
    }

    pub(super) async fn wake(&self, wake: &MailWake, deadline: &Deadline) -> Done {
        let Some(snoozed) = self.snoozes.get(&wake.id)? else {
            return Ok(Outcome::failed("the message was not put off", ""));
        };
        // Another program may have taken it out meanwhile, or what is known here may be lost.
        self.mail.sync(Extent::Headers, deadline).await?;
        if self.lies_elsewhere(&wake.id, SNOOZED)?.is_some() {
            self.snoozes.remove(&wake.id)?;
            let reason = "the message was taken out of Snoozed already";
            return Ok(Outcome::done(reason).proven(reason, "the mailbox"));
        }
        self.bring_back(&snoozed, deadline).await?;
        let fact = format!("back in {}", snoozed.from);
        self.settled(Undoable::Woken(snoozed), &fact)
    }

    /// Reads back that `deed` is done.
    fn settled(&self, deed: Undoable, fact: &str) -> Done {
        if let Some(reason) = self.moved_on(&deed)? {
            return Ok(unproven(reason));
        }
        let (_, source) = self.fact(&deed)?;
        let mut outcome = Outcome::done(fact).proven(fact, source);
        outcome.changed.push(change(&deed));
        Ok(outcome.undoable(deed))
    }

    /// The list knows first: a message is never put off without someone to bring it back.
    async fn lay_down(&self, snoozed: &Snoozed, deadline: &Deadline) -> Result<(), HandError> {
        self.snoozes.put(snoozed)?;
        let id = &snoozed.id;
        self.mail.flag(id, (&mark(), true), deadline).await?;
        self.mail.move_to(id, SNOOZED, deadline).await?;
        Ok(())
    }

    async fn bring_back(&self, snoozed: &Snoozed, deadline: &Deadline) -> Result<(), HandError> {
        let id = &snoozed.id;
        self.mail.flag(id, (&mark(), false), deadline).await?;
        self.mail.move_to(id, &snoozed.from, deadline).await?;
        self.snoozes.remove(id)?;
        Ok(())
    }

    fn shown(&self, at: jiff::Timestamp) -> String {
        let local = at.to_zoned_datetime(self.clock.zone().clone());
        local.strftime("%a %-d %b %Y %H:%M").to_string()
    }
}

/// The keyword that other programs see on a message that was put off.
fn mark() -> Flag {
    Flag::Keyword(SNOOZED.to_owned())
}

fn no_run(wanted: &str) -> Outcome {
    let reason = if wanted == "last" {
        "there is no earlier run".to_owned()
    } else {
        format!("there is no run '{}'", crate::untrusted::line(wanted, 80))
    };
    Outcome::failed(reason, "'legwork journal list' shows the runs")
}

/// Says why a step can never be undone; none when it changed nothing.
fn why_never(step: &StepRecord) -> Option<&'static str> {
    // These leave nothing to undo only where all was as wanted already.
    if matches!(
        step.action,
        Action::MailMove(_) | Action::MailFlag(_) | Action::MailWake(_) | Action::Undo(_)
    ) {
        return None;
    }
    match step.effect {
        Effect::Read | Effect::Browse => None,
        Effect::Write => Some("what stood before was not kept"),
        Effect::Commit => Some("it was agreed to on a site"),
        Effect::Send => Some("it has left"),
    }
}

fn change(deed: &Undoable) -> Change {
    let mail = |id: &MailId, now: String| Change::Mail {
        id: id.clone(),
        now,
    };
    match deed {
        Undoable::Moved { id, to, .. } => mail(id, format!("moved to {to}")),
        Undoable::Flagged { id, flag, on } => {
            let verb = if *on { "marked" } else { "unmarked" };
            mail(id, format!("{verb} {}", flag.word()))
        }
        Undoable::Drafted { id, mailbox, .. } => mail(id, format!("in {mailbox}")),
        Undoable::Snoozed(snoozed) => mail(&snoozed.id, "put off".to_owned()),
        Undoable::Woken(snoozed) => mail(&snoozed.id, format!("back in {}", snoozed.from)),
        Undoable::Calendar(change) => Change::Event {
            uid: change.uid.clone(),
        },
    }
}

/// SHA-256 in hexadecimal digits.
pub(super) fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        // Writing to a string can't fail.
        write!(text, "{byte:02x}").unwrap_or_default();
    }
    text
}
