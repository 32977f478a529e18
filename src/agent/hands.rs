//! The hands of a session: what performs an action once it is approved.
//!
//! [`Hands::perform`] takes an [`Approved`] action and nothing else, so there is no way round the
//! policy. Each effect on mail or calendar is read back from disk before it is called done.

use jiff::tz::TimeZone;

use crate::action::{
    Action, Address, Change, Condition, Effect, Event, EventStatus, FindSlot, Interval, MailDraft,
    MailFlag, MailId, MailMove, MailSend, Moment, NewEvent, Outcome, Output, Status, Wait,
};
use crate::booking;
use crate::browser::{self, Browser, Launch};
use crate::calendar::{self, Vdir};
use crate::clock::Clock;
use crate::config::{CalendarRules, Me};
use crate::deadline::{Deadline, Ended};
use crate::mail::{self, Maildir};
use crate::policy::Approved;
use crate::untrusted;

/// The hands, with the facts they need.
#[derive(Debug)]
pub struct Hands {
    /// How a browser is started when the first page is opened; none when no browser was found.
    pub launch: Result<Launch, String>,
    /// The running browser.
    pub browser: Option<Browser>,
    /// The mailbox.
    pub mail: Maildir,
    /// The calendar.
    pub calendar: Vdir,
    /// The time.
    pub clock: Clock,
    /// The user's own facts.
    pub me: Me,
    /// Rules for free time.
    pub rules: CalendarRules,
}

/// A hand that can't go on: the run ends, or the step stays uncertain.
#[derive(Debug, thiserror::Error)]
pub enum HandError {
    /// The mailbox refuses.
    #[error(transparent)]
    Mail(#[from] mail::Error),
    /// The calendar refuses.
    #[error(transparent)]
    Calendar(#[from] calendar::Error),
    /// The browser refuses or broke.
    #[error(transparent)]
    Browser(#[from] browser::Error),
    /// Time ran out, or the user stopped the run.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// There is no browser.
    #[error("no browser was found")]
    NoBrowser(String),
}

impl HandError {
    /// What would help.
    pub fn hint(&self) -> String {
        match self {
            Self::Mail(error) => error.hint(),
            Self::Calendar(error) => error.hint(),
            Self::Browser(error) => error.hint(),
            Self::Ended(_) => None,
            Self::NoBrowser(hint) => Some(hint.clone()),
        }
        .unwrap_or_default()
    }
}

type Done = Result<Outcome, HandError>;

impl Hands {
    /// Performs an approved action; `key` names this one intent for all time, so that a repeat of
    /// it finds what the first try made.
    ///
    /// # Errors
    /// When the hand could not even say what came of it; the effect is then uncertain.
    ///
    /// # Cancellation
    /// Dropped in mid-action it may or may not have taken effect: the journal's intent stands.
    pub async fn perform(&mut self, approved: &Approved, key: &str, deadline: &Deadline) -> Done {
        match approved.action() {
            Action::Open(_) | Action::NewTab {} => {
                let browser = self.started(deadline).await?;
                Ok(browser.perform(approved.action(), deadline).await?)
            }
            Action::Wait(Wait {
                until: Condition::Mail { mailbox, query },
                ..
            }) => {
                let found = self.mail.wait(mailbox, query, deadline).await?;
                Ok(arrived(found))
            }
            Action::Click(_)
            | Action::Fill(_)
            | Action::Select(_)
            | Action::Check(_)
            | Action::Press(_)
            | Action::Wait(_)
            | Action::Read(_)
            | Action::Screenshot {}
            | Action::Back {}
            | Action::Reload {}
            | Action::Hover(_)
            | Action::Scroll(_)
            | Action::SwitchTab(_)
            | Action::CloseTab {} => match &mut self.browser {
                Some(browser) => Ok(browser.perform(approved.action(), deadline).await?),
                None => Ok(Outcome::failed("no page is open", "open an address first")),
            },
            Action::Fetch(fetch) => Ok(browser::fetch(&fetch.url, deadline).await?),
            Action::MailSearch(_)
            | Action::MailRead(_)
            | Action::MailDraft(_)
            | Action::MailSend(_)
            | Action::MailMove(_)
            | Action::MailFlag(_)
            | Action::Agenda(_)
            | Action::FreeBusy(_)
            | Action::FindSlot(_)
            | Action::EventCreate(_)
            | Action::Ask(_)
            | Action::Done(_)
            | Action::Fail(_) => self.on_disk(approved, key),
        }
    }

    /// Mail and calendar: files of the user's own, worked without waiting.
    fn on_disk(&self, approved: &Approved, key: &str) -> Done {
        let zone = self.clock.zone();
        match approved.action() {
            Action::MailSearch(search) => {
                let listing = self.mail.search(search)?;
                let count = listing.envelopes.len();
                let mut outcome = Outcome::done(format!("{count} found"))
                    .with(Output::Envelopes(listing.envelopes));
                note_diagnostics(&mut outcome, &listing.diagnostics);
                Ok(outcome)
            }
            Action::MailRead(read) => {
                let message = self.mail.read(&read.id)?;
                let from = untrusted::line(&message.envelope.from.email, 80);
                Ok(Outcome::done(format!("from {from}")).with(Output::Message(Box::new(message))))
            }
            Action::MailDraft(draft) => self.draft(draft, key),
            Action::MailSend(send) => self.send(send, approved),
            Action::MailMove(to) => self.relocate(to),
            Action::MailFlag(flag) => self.flag(flag),
            Action::Agenda(agenda) => {
                let listing =
                    self.calendar
                        .agenda(agenda.from, agenda.to, zone, &self.me.emails)?;
                let mut outcome = Outcome::done(format!("{} events", listing.events.len()))
                    .with(Output::Events(listing.events));
                note_diagnostics(&mut outcome, &listing.diagnostics);
                Ok(outcome)
            }
            Action::FreeBusy(span) => {
                let busy = self
                    .calendar
                    .busy(span.from, span.to, zone, &self.me.emails)?;
                Ok(
                    Outcome::done(format!("{} busy intervals", busy.len()))
                        .with(Output::Busy(busy)),
                )
            }
            Action::FindSlot(find) => self.slots(find),
            Action::EventCreate(event) => self.create(event, key, zone),
            other @ (Action::Open(_)
            | Action::Click(_)
            | Action::Fill(_)
            | Action::Select(_)
            | Action::Check(_)
            | Action::Press(_)
            | Action::Wait(_)
            | Action::Read(_)
            | Action::Screenshot {}
            | Action::Back {}
            | Action::Reload {}
            | Action::Hover(_)
            | Action::Scroll(_)
            | Action::SwitchTab(_)
            | Action::NewTab {}
            | Action::CloseTab {}
            | Action::Fetch(_)
            | Action::Ask(_)
            | Action::Done(_)
            | Action::Fail(_)) => Ok(Outcome::failed(
                format!("'{}' is not for hands", other.word()),
                "",
            )),
        }
    }

    async fn started(&mut self, deadline: &Deadline) -> Result<&mut Browser, HandError> {
        let launch = self
            .launch
            .as_ref()
            .map_err(|hint| HandError::NoBrowser(hint.clone()))?;
        let browser = match self.browser.take() {
            Some(browser) => browser,
            None => Browser::launch(launch, deadline).await?,
        };
        Ok(self.browser.insert(browser))
    }

    fn draft(&self, draft: &MailDraft, key: &str) -> Done {
        let from = Address {
            name: self.me.name.clone(),
            email: self.me.emails.first().cloned().unwrap_or_default(),
        };
        let id = self.mail.draft(draft, &from, key, self.clock.now())?;
        self.placed(&id, "Drafts", "the draft is written")
    }

    fn send(&self, send: &MailSend, approved: &Approved) -> Done {
        if !approved.covers(&self.mail.raw(&send.id)?) {
            let hint = "look at the draft and send it again";
            return Ok(Outcome::failed(
                "the draft changed after it was approved",
                hint,
            ));
        }
        let id = self.mail.send(&send.id, self.clock.now())?;
        self.placed(&id, "Outbox", "handed to the outbox")
    }

    fn relocate(&self, to: &MailMove) -> Done {
        self.mail.move_to(&to.id, &to.mailbox)?;
        self.placed(&to.id, &to.mailbox, &format!("moved to {}", to.mailbox))
    }

    fn flag(&self, flag: &MailFlag) -> Done {
        self.mail.flag(&flag.id, &flag.flag, flag.on)?;
        let place = self.mail.locate(&flag.id)?;
        let word = flag.flag.word();
        let fact = if flag.on {
            format!("marked {word}")
        } else {
            format!("unmarked {word}")
        };
        match place {
            Some(place) if place.flags.contains(&flag.flag) == flag.on => {
                Ok(Outcome::done(fact.clone())
                    .changing(Change::Mail {
                        id: flag.id.clone(),
                        now: fact.clone(),
                    })
                    .with(Output::Mail(flag.id.clone()))
                    .proven(fact, place.path.display().to_string()))
            }
            Some(_) | None => Ok(unproven(format!("{fact}, but it could not be read back"))),
        }
    }

    /// Reads back that the message lies where it should.
    fn placed(&self, id: &MailId, mailbox: &str, fact: &str) -> Done {
        match self.mail.locate(id)? {
            Some(place) if place.mailbox.eq_ignore_ascii_case(mailbox) => Ok(Outcome::done(fact)
                .changing(Change::Mail {
                    id: id.clone(),
                    now: fact.to_owned(),
                })
                .with(Output::Mail(id.clone()))
                .proven(fact, place.path.display().to_string())),
            Some(place) => Ok(unproven(format!("the message lies in {}", place.mailbox))),
            None => Ok(unproven("the message could not be found again".to_owned())),
        }
    }

    fn slots(&self, find: &FindSlot) -> Done {
        let zone = self.clock.zone();
        let window = Interval {
            start: find.from,
            end: find.to,
        };
        let rules = booking::Rules::new(&self.rules, zone, self.clock.now());
        let around = booking::needs(window, &rules);
        let busy = self
            .calendar
            .busy(around.start, around.end, zone, &self.me.emails)?;
        let request = booking::Request {
            minutes: find.minutes,
            window,
            busy: &busy,
            rules,
            only: booking::Only::default(),
            prefer: None,
        };
        let slots = booking::slots(&request, usize::try_from(find.limit).unwrap_or(usize::MAX));
        if slots.is_empty() {
            let hint = "try a longer span, a shorter meeting or other working hours";
            return Ok(Outcome::failed(
                format!("no {} free minutes in that time", find.minutes),
                hint,
            ));
        }
        let summary = slots
            .first()
            .map(|slot| slot.start.strftime("%a %-d %b %H:%M").to_string());
        Ok(
            Outcome::done(format!("first {}", summary.unwrap_or_default()))
                .with(Output::Slots(slots)),
        )
    }

    fn create(&self, event: &NewEvent, key: &str, zone: &TimeZone) -> Done {
        let uid = self.calendar.create(event, key, self.clock.now())?;
        match self.calendar.find(&uid, zone)? {
            Some((found, path)) if is_written(event, &found) => {
                Ok(Outcome::done("the event is in the calendar")
                    .changing(Change::Event { uid: uid.clone() })
                    .with(Output::Event(uid))
                    .proven(
                        format!("event \"{}\" at {}", found.summary, at(&found.start)),
                        path.display().to_string(),
                    ))
            }
            Some(_) => Ok(unproven(
                "the event in the calendar is not the one asked for".to_owned(),
            )),
            None => Ok(unproven("the event could not be found again".to_owned())),
        }
    }

    /// Looks whether a step that was cut off took effect; none when that can't be known from here.
    pub fn took_effect(&self, action: &Action, effect: Effect, key: &str) -> Option<bool> {
        if let Action::MailMove(to) = action {
            let place = self.mail.locate(&to.id).ok()??;
            return Some(place.mailbox.eq_ignore_ascii_case(&to.mailbox));
        }
        if let Action::MailFlag(flag) = action {
            let place = self.mail.locate(&flag.id).ok()??;
            return Some(place.flags.contains(&flag.flag) == flag.on);
        }
        if let Action::EventCreate(_) = action {
            let found = self.calendar.find(&calendar::uid(key), self.clock.zone());
            return found.ok().map(|found| found.is_some());
        }
        (effect == Effect::Read).then_some(false)
    }
}

fn arrived(found: Option<crate::action::Envelope>) -> Outcome {
    match found {
        Some(envelope) => {
            let from = untrusted::line(&envelope.from.email, 80);
            Outcome::done(format!("\"{}\" from {from}", envelope.subject))
                .proven(
                    format!("mail \"{}\" from {from} arrived", envelope.subject),
                    envelope.mailbox.clone(),
                )
                .with(Output::Envelopes(vec![envelope]))
        }
        None => Outcome::failed("no such mail came in time", "look into the mailbox later"),
    }
}

/// The effect may be there, but reading it back did not show it.
fn unproven(summary: String) -> Outcome {
    Outcome {
        status: Status::Uncertain {},
        ..Outcome::done(summary)
    }
}

fn note_diagnostics(outcome: &mut Outcome, diagnostics: &[String]) {
    if let Some(first) = diagnostics.first() {
        outcome.summary = format!(
            "{}; {} left out, such as: {}",
            outcome.summary,
            diagnostics.len(),
            untrusted::line(first, 160)
        );
    }
}

/// Compares what was asked for with what was read back.
fn is_written(asked: &NewEvent, found: &Event) -> bool {
    found.summary == untrusted::line(&asked.summary, usize::MAX)
        && same(&asked.start, &found.start)
        && same(&asked.end, &found.end)
        && found.status != EventStatus::Cancelled
}

fn same(a: &Moment, b: &Moment) -> bool {
    match (a, b) {
        (Moment::Time(a), Moment::Time(b)) => a.timestamp() == b.timestamp(),
        (Moment::Day(a), Moment::Day(b)) => a == b,
        (Moment::Time(_), Moment::Day(_)) | (Moment::Day(_), Moment::Time(_)) => false,
    }
}

fn at(moment: &Moment) -> String {
    match moment {
        Moment::Time(time) => time.strftime("%a %-d %b %Y %H:%M").to_string(),
        Moment::Day(day) => day.to_string(),
    }
}
