//! Sentences about events: find a time and invite, move, answer invitations, call off, list what
//! is free. Each looks first, says in full what it is about to write, and writes by actions that
//! are read back; a name that fits two events is asked back, not guessed.

mod answer;
mod choose;

use jiff::SignedDuration;

use crate::action::{
    Action, Address, Agenda, Event, EventDelete, EventLetter, EventPatch, EventStatus, EventUpdate,
    Fail, FindSlot, FreeBusy, Letter, MailSend, Moment, NewEvent, Output, Which,
};
use crate::booking;
use crate::config::CalendarRules;
use crate::planner::plain::run::{Look, MINUTES_DEFAULT, Turn, act, fail, give_up};
use crate::planner::plain::times;
use crate::skill::language::{EventDeed, Value};

use answer::Answering;
use choose::{chosen, in_full};

/// How far ahead an event that is named is looked for, in days.
const AHEAD_DAYS: i64 = 90;
/// Free stretches named in an answer.
const FREE_NAMED_MAX: usize = 20;
/// Stretches shorter than this, in minutes, are no use to most.
const FREE_MINUTES: i64 = 15;

/// A sentence about events being done.
#[derive(Debug)]
pub(in crate::planner::plain) struct EventWork {
    deed: EventDeed,
    rules: CalendarRules,
    stage: Stage,
    /// The event that is dealt with.
    event: Option<Event>,
    answering: Answering,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Start,
    Looked,
    Found,
    Written,
    Drafted,
    Sent,
}

impl EventWork {
    pub(super) fn new(deed: &EventDeed, rules: &CalendarRules) -> Self {
        Self {
            deed: deed.clone(),
            rules: rules.clone(),
            stage: Stage::Start,
            event: None,
            answering: Answering::default(),
        }
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        self.advance(look).unwrap_or_else(Turn::from)
    }

    fn advance(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        if let Some((step, hint)) = look.failure() {
            return Err(give_up(step, hint));
        }
        if let Some(step) = look.uncertain() {
            return Err(fail(
                format!(
                    "it is not known whether this worked: {}",
                    step.outcome.summary
                ),
                "look at the calendar before you run this again",
            ));
        }
        match self.deed.clone() {
            EventDeed::Meet {
                length,
                guests,
                when,
                title,
                send,
            } => {
                let minutes = look.run.minutes(Some(&length), look.view.me)?;
                let plan = Meeting {
                    minutes: minutes.unwrap_or(MINUTES_DEFAULT),
                    guests: guests
                        .iter()
                        .map(|one| look.fill(one))
                        .collect::<Result<_, _>>()?,
                    when: look.fill_some(when.as_ref())?,
                    title: look.fill_some(title.as_ref())?,
                    send,
                };
                self.meet(&plan, look)
            }
            EventDeed::Move { event, to, quiet } => {
                self.relocate((&event, to.as_ref(), quiet), look)
            }
            EventDeed::Answer {
                which,
                answer,
                clashes,
                send,
            } => {
                let wanted = look.fill(&which)?;
                let asked = answer::Asked {
                    wanted,
                    answer,
                    clashes,
                    send,
                };
                self.answering.advance(&asked, look)
            }
            EventDeed::CallOff { event, send } => self.call_off(&event, send, look),
            EventDeed::Free { when } => self.free(&when, look),
        }
    }

    fn meet(&mut self, plan: &Meeting, look: &mut Look<'_>) -> Result<Turn, Fail> {
        match self.stage {
            Stage::Start => {
                self.stage = Stage::Looked;
                Ok(act(plan.find(look)?, "find a time that is free"))
            }
            Stage::Looked => {
                let (event, said) = plan.event(look)?;
                let title = &event.summary;
                look.run.notes.push(format!("\"{title}\": {said}"));
                self.stage = Stage::Written;
                let why = format!("it is free: {said}");
                Ok(act(Action::EventCreate(Box::new(event)), why))
            }
            Stage::Written => {
                let uid = look.fresh.iter().find_map(|step| {
                    if let Output::Event(uid) = &step.outcome.output {
                        Some(uid.clone())
                    } else {
                        None
                    }
                });
                // A dry run wrote nothing that a letter could be about.
                let Some(uid) = uid else {
                    return Ok(Turn::Over);
                };
                self.stage = Stage::Drafted;
                let letter = letter(uid, Letter::Request { to: Vec::new() });
                Ok(act(letter, "write the invitation"))
            }
            Stage::Drafted | Stage::Found => Ok(self.send(plan.send, "invitation", look)),
            Stage::Sent => Ok(told(look, "sent the invitation")),
        }
    }

    /// Sends the letter that was just drafted, or says where it lies.
    fn send(&mut self, send: bool, what: &str, look: &mut Look<'_>) -> Turn {
        let id = look.fresh.iter().find_map(|step| {
            if let Output::Mail(id) = &step.outcome.output {
                Some(id.clone())
            } else {
                None
            }
        });
        let Some(id) = id else {
            return Turn::Over;
        };
        if !send {
            return told(look, &format!("the {what} lies in Drafts, not sent"));
        }
        self.stage = Stage::Sent;
        act(
            Action::MailSend(MailSend { id }),
            format!("send the {what}"),
        )
    }

    fn relocate(
        &mut self,
        (named, to, quiet): (&Value, Option<&Value>, bool),
        look: &mut Look<'_>,
    ) -> Result<Turn, Fail> {
        match self.stage {
            Stage::Start => {
                self.stage = Stage::Looked;
                Ok(act(ahead(look), "find the event"))
            }
            Stage::Looked => {
                let event = chosen(&look.fill(named)?, look)?;
                self.event = Some(event.clone());
                if quiet {
                    self.stage = Stage::Found;
                    return Ok(act(quiet_slot(&event, look), "find a day without meetings"));
                }
                let said = to.map(|to| look.fill(to)).transpose()?.unwrap_or_default();
                let start = choose::target(&said, &event, look.view.clock)?;
                Ok(self.moved(&event, start, look))
            }
            Stage::Found => {
                let slot = look.fresh.iter().find_map(|step| {
                    if let Output::Slots(slots) = &step.outcome.output {
                        slots.first().cloned()
                    } else {
                        None
                    }
                });
                let none = || {
                    fail(
                        "there is no day without meetings in the next two weeks",
                        "name a day",
                    )
                };
                let (slot, event) = slot.zip(self.event.clone()).ok_or_else(none)?;
                Ok(self.moved(&event, Moment::Time(slot.start), look))
            }
            Stage::Written | Stage::Drafted | Stage::Sent => Ok(Turn::Over),
        }
    }

    fn moved(&mut self, event: &Event, start: Moment, look: &mut Look<'_>) -> Turn {
        let end = choose::end(event, &start);
        let said = in_full(&start, &end, look.view.clock.zone());
        look.run
            .notes
            .push(format!("moved \"{}\" to {said}", event.summary));
        if !choose::guests(event, look.view.me).is_empty() {
            look.run
                .notes
                .push("its guests are not told by this".to_owned());
        }
        self.stage = Stage::Written;
        let update = EventUpdate {
            uid: event.uid.clone(),
            which: one_of(event),
            patch: EventPatch {
                start: Some(start),
                end: Some(end),
                ..EventPatch::default()
            },
            invite: Vec::new(),
            if_free: true,
        };
        act(
            Action::EventUpdate(Box::new(update)),
            format!("move it to {said}"),
        )
    }

    fn call_off(&mut self, named: &Value, send: bool, look: &mut Look<'_>) -> Result<Turn, Fail> {
        match self.stage {
            Stage::Start => {
                self.stage = Stage::Looked;
                Ok(act(ahead(look), "find the event"))
            }
            Stage::Looked => {
                let event = chosen(&look.fill(named)?, look)?;
                let said = in_full(&event.start, &event.end, look.view.clock.zone());
                let guests = choose::guests(&event, look.view.me);
                let own = |email: &str| {
                    let mut own = look.view.me.emails.iter();
                    own.any(|one| one.eq_ignore_ascii_case(email))
                };
                if !event.organizer.is_empty() && !own(&event.organizer) {
                    let reason =
                        format!("\"{}\" is organized by {}", event.summary, event.organizer);
                    return Err(fail(reason, "decline its invitation instead"));
                }
                look.run
                    .notes
                    .push(format!("called off \"{}\", {said}", event.summary));
                self.event = Some(event.clone());
                let (uid, which) = (event.uid.clone(), one_of(&event));
                if guests.is_empty() {
                    self.stage = Stage::Sent;
                    let delete = Action::EventDelete(EventDelete { uid, which });
                    return Ok(act(delete, format!("it is {said}, without guests")));
                }
                self.stage = Stage::Written;
                let update = EventUpdate {
                    uid,
                    which,
                    patch: EventPatch {
                        status: Some(EventStatus::Cancelled),
                        ..EventPatch::default()
                    },
                    invite: Vec::new(),
                    if_free: false,
                };
                Ok(act(
                    Action::EventUpdate(Box::new(update)),
                    format!("it is {said}"),
                ))
            }
            Stage::Written => {
                let Some(event) = self.event.clone().filter(|_| !look.run.dry) else {
                    return Ok(Turn::Over);
                };
                self.stage = Stage::Drafted;
                let which = one_of(&event);
                Ok(act(
                    letter(event.uid, Letter::Cancel { which }),
                    "tell its guests",
                ))
            }
            Stage::Drafted | Stage::Found => Ok(self.send(send, "cancellation", look)),
            Stage::Sent => Ok(Turn::Over),
        }
    }

    fn free(&mut self, when: &Value, look: &mut Look<'_>) -> Result<Turn, Fail> {
        let span = times::span(&look.fill(when)?, look.view.clock)?;
        if self.stage == Stage::Start {
            self.stage = Stage::Looked;
            let busy = Action::FreeBusy(FreeBusy {
                from: span.start,
                to: span.end,
                minutes: None,
            });
            return Ok(act(busy, "see when you are busy"));
        }
        let busy = look.fresh.iter().find_map(|step| {
            if let Output::Busy(busy) = &step.outcome.output {
                Some(busy.as_slice())
            } else {
                None
            }
        });
        let clock = look.view.clock;
        let rules = booking::Rules::new(&self.rules, clock.zone(), clock.now());
        let least = SignedDuration::from_mins(FREE_MINUTES);
        let free = booking::free(
            (span.interval(), &span.only),
            busy.unwrap_or_default(),
            &rules,
            least,
        );
        let shown: Vec<String> = free
            .iter()
            .take(FREE_NAMED_MAX)
            .map(|one| {
                let local = |at: jiff::Timestamp| at.to_zoned_datetime(clock.zone().clone());
                let (from, to) = (local(one.start), local(one.end));
                format!(
                    "{}-{}",
                    from.strftime("%a %-d %b %Y %H:%M"),
                    to.strftime("%H:%M")
                )
            })
            .collect();
        let said = if shown.is_empty() {
            "nothing is free within your working hours".to_owned()
        } else {
            format!("free within your working hours: {}", shown.join("; "))
        };
        look.run.notes.push(said);
        look.run
            .cites
            .extend(look.fresh.last().map(|step| step.number));
        Ok(Turn::Over)
    }
}

/// What a meeting shall be.
struct Meeting {
    minutes: u32,
    guests: Vec<String>,
    when: Option<String>,
    title: Option<String>,
    send: bool,
}

impl Meeting {
    fn find(&self, look: &Look<'_>) -> Result<Action, Fail> {
        let span = match &self.when {
            Some(said) => times::span(said, look.view.clock)?.for_minutes(self.minutes),
            None => times::soon(look.view.clock),
        };
        Ok(Action::FindSlot(FindSlot {
            minutes: self.minutes,
            from: span.start,
            to: span.end,
            limit: 1,
            days: span.weekdays(),
            hours: span.hours(),
            with: self.guests.clone(),
            elsewhere: false,
            quiet_day: false,
            moving: None,
        }))
    }

    /// The event at the time that was found, and when that is in full.
    fn event(&self, look: &Look<'_>) -> Result<(NewEvent, String), Fail> {
        let slot = look.fresh.iter().find_map(|step| {
            if let Output::Slots(slots) = &step.outcome.output {
                slots.first()
            } else {
                None
            }
        });
        let none = || {
            fail(
                "there is no free slot of that length in that time",
                "try a longer span of time",
            )
        };
        let slot = slot.ok_or_else(none)?;
        let (start, end) = (
            Moment::Time(slot.start.clone()),
            Moment::Time(slot.end.clone()),
        );
        let said = in_full(&start, &end, look.view.clock.zone());
        let title = self.title.clone();
        let event = NewEvent {
            summary: title.unwrap_or_else(|| format!("Meeting with {}", self.guests.join(" and "))),
            start,
            end,
            location: String::new(),
            description: String::new(),
            guests: self.guests.iter().map(|one| address(one)).collect(),
            travel_minutes: 0,
            calendar: String::new(),
            if_free: true,
            organizer: String::new(),
        };
        Ok((event, said))
    }
}

fn told(look: &mut Look<'_>, note: &str) -> Turn {
    look.run.notes.push(note.to_owned());
    Turn::Over
}

fn address(email: &str) -> Address {
    Address {
        name: String::new(),
        email: email.to_owned(),
    }
}

/// The letter of an event in the calendar.
fn letter(uid: String, letter: Letter) -> Action {
    Action::EventLetter(EventLetter {
        uid,
        mail: None,
        letter,
        words: String::new(),
    })
}

/// Lists what is ahead.
fn ahead(look: &Look<'_>) -> Action {
    let from = look.view.clock.now();
    let to = from.checked_add(SignedDuration::from_hours(24 * AHEAD_DAYS));
    Action::Agenda(Agenda {
        from,
        to: to.unwrap_or(from),
    })
}

/// Of a set, the one occurrence that was found.
fn one_of(event: &Event) -> Which {
    if event.recurring {
        Which::This {
            start: event.start.clone(),
        }
    } else {
        Which::All {}
    }
}

fn quiet_slot(event: &Event, look: &Look<'_>) -> Action {
    let span = times::soon(look.view.clock);
    let minutes = match (&event.start, &event.end) {
        (Moment::Time(start), Moment::Time(end)) => {
            let minutes = end.timestamp().duration_since(start.timestamp()).as_mins();
            u32::try_from(minutes).unwrap_or(MINUTES_DEFAULT)
        }
        (_, _) => MINUTES_DEFAULT,
    };
    Action::FindSlot(FindSlot {
        minutes: minutes.max(1),
        from: span.start,
        to: span.end,
        limit: 1,
        days: Vec::new(),
        hours: None,
        with: Vec::new(),
        elsewhere: booking::is_elsewhere(&event.location),
        quiet_day: true,
        moving: Some(event.uid.clone()),
    })
}
