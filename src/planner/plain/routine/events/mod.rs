//! Sentences about events: find a time and invite, move, answer invitations, call off, list what
//! is free. Each looks first, says in full what it is about to write, and writes by actions that
//! are read back; a name that fits two events is asked back, not guessed.

mod answer;
mod ask;
mod choose;
mod meet;
mod off;
mod put;
mod relocate;

use jiff::SignedDuration;

use crate::action::{
    Action, Address, Agenda, Event, EventLetter, Fail, Letter, MailId, MailSend, Output, Slot,
    Which,
};
use crate::config::CalendarRules;
use crate::planner::plain::run::{Look, MINUTES_DEFAULT, Turn, act, fail, give_up};
use crate::skill::language::{EventDeed, Value};

use answer::Answering;
use meet::Meeting;

/// How far ahead an event that is named is looked for, in days.
const AHEAD_DAYS: i64 = 90;
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
        if self.stage == Stage::Start && self.names_one() {
            self.stage = Stage::Looked;
            return Ok(act(ahead(look), "find the event"));
        }
        self.deed(look)
    }

    fn deed(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
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
                    guests: filled(&guests, look)?,
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
            EventDeed::Put {
                title,
                when,
                length,
                whole,
            } => {
                let said = put::Said {
                    title: look.fill(&title)?,
                    when: look.fill(&when)?,
                    minutes: look.run.minutes(length.as_ref(), look.view.me)?,
                    whole,
                };
                self.put(&said, look)
            }
            EventDeed::Resize { event, how, length } => {
                let minutes = look.run.minutes(Some(&length), look.view.me)?;
                self.resize(&event, how, minutes.unwrap_or(MINUTES_DEFAULT), look)
            }
            EventDeed::Invite {
                event,
                guests,
                send,
            } => {
                let guests = filled(&guests, look)?;
                self.invite(&event, &guests, send, look)
            }
            EventDeed::Tell { event } => {
                let wanted = look.fill_some(event.as_ref())?;
                ask::tell(wanted.as_deref(), look)
            }
        }
    }

    /// Says whether it is about an event that is there, which is looked for first.
    fn names_one(&self) -> bool {
        match self.deed {
            EventDeed::Move { .. }
            | EventDeed::CallOff { .. }
            | EventDeed::Resize { .. }
            | EventDeed::Invite { .. }
            | EventDeed::Tell { .. } => true,
            EventDeed::Meet { .. }
            | EventDeed::Answer { .. }
            | EventDeed::Free { .. }
            | EventDeed::Put { .. } => false,
        }
    }

    /// Sends the letter that was just drafted, or says where it lies.
    fn send(&mut self, send: bool, what: &str, look: &mut Look<'_>) -> Turn {
        let Some(id) = found(look, drafted) else {
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
}

fn told(look: &mut Look<'_>, note: &str) -> Turn {
    look.run.notes.push(note.to_owned());
    Turn::Over
}

fn filled(values: &[Value], look: &Look<'_>) -> Result<Vec<String>, Fail> {
    values.iter().map(|one| look.fill(one)).collect()
}

/// What the last actions gave, as far as `pick` wants it.
fn found<'a, T>(look: &Look<'a>, pick: impl Fn(&'a Output) -> Option<T>) -> Option<T> {
    let mut outputs = look.fresh.iter().map(|step| &step.outcome.output);
    outputs.find_map(pick)
}

/// The letter that was drafted.
fn drafted(output: &Output) -> Option<MailId> {
    if let Output::Mail(id) = output {
        Some(id.clone())
    } else {
        None
    }
}

/// The events that were listed.
fn listed(output: &Output) -> Option<&[Event]> {
    if let Output::Events(events) = output {
        Some(events)
    } else {
        None
    }
}

/// The first slot that is free.
fn slot(output: &Output) -> Option<&Slot> {
    if let Output::Slots(slots) = output {
        slots.first()
    } else {
        None
    }
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
