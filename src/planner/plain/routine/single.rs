//! Sentences that are one action each, whatever the page shows.

use super::letters;
use crate::action::{
    Action, Agenda, Ask, Condition, EventStatus, Fail, FindSlot, Flag, MailFlag, MailMove,
    MailQuery, MailSearch, MailThread, MailUnsubscribe, Moment, NewEvent, Open, Output, Press,
    ReadPage, Status, SwitchTab, Wait,
};
use crate::planner::plain::run::{Look, MINUTES_DEFAULT, Thing, Turn, act, fail, give_up};
use crate::planner::plain::times;
use crate::skill::language::{Expected, Length, Sentence, Value};
use crate::untrusted;

/// How long an expected text is waited for, in milliseconds.
const EXPECT_MS: u64 = 10_000;
/// How long "wait for" waits, in milliseconds.
const WAIT_MS: u64 = 30_000;
/// How many events an answer lists.
const EVENTS_SHOWN_MAX: usize = 20;

/// A sentence of one action.
#[derive(Debug)]
pub(in crate::planner::plain) struct Single {
    sentence: Sentence,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Start,
    Acted,
    ReadBack,
}

impl Single {
    pub(super) fn new(sentence: Sentence) -> Self {
        Self {
            sentence,
            stage: Stage::Start,
        }
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        let turn = match self.stage {
            Stage::Start => {
                self.stage = Stage::Acted;
                self.action(look).map(|action| act(action, ""))
            }
            Stage::Acted => self.settle(look),
            Stage::ReadBack => self.compare(look),
        };
        turn.unwrap_or_else(Turn::from)
    }

    fn action(&self, look: &Look<'_>) -> Result<Action, Fail> {
        let text = |value: &Value| look.fill(value);
        let wait = |until, limit_ms| Action::Wait(Wait { until, limit_ms });
        Ok(match &self.sentence {
            Sentence::Open(url) => Action::Open(Open {
                url: absolute(&text(url)?)?,
            }),
            Sentence::Press(key) => Action::Press(Press::once(key.clone())),
            Sentence::WaitFor(value) => wait(Condition::Text { text: text(value)? }, WAIT_MS),
            Sentence::WaitGone(value) => wait(Condition::Gone { text: text(value)? }, WAIT_MS),
            Sentence::Expect(expected) => wait(condition(expected, look)?, EXPECT_MS),
            Sentence::Save(..) => Action::Read(ReadPage::text(None)),
            Sentence::Back => Action::Back {},
            Sentence::SwitchTab(number) => Action::SwitchTab(SwitchTab { number: *number }),
            Sentence::NewTab => Action::NewTab {},
            Sentence::CloseTab => Action::CloseTab {},
            Sentence::Reply { to, body, all, .. } => letters::reply(look, to, body, *all)?,
            Sentence::Forward {
                mail,
                to,
                body,
                how,
            } => letters::forward(look, mail, (to, body), *how)?,
            Sentence::Unsubscribe(mail) => Action::MailUnsubscribe(MailUnsubscribe {
                id: look.run.mail(mail)?.envelope.id.clone(),
            }),
            Sentence::Draft {
                to, subject, body, ..
            } => letters::draft(look, to, subject, body)?,
            Sentence::Send(name) => letters::send(look, name)?,
            Sentence::MoveMail(name, mailbox) => Action::MailMove(MailMove {
                id: look.run.mail(name)?.envelope.id.clone(),
                mailbox: text(mailbox)?,
            }),
            Sentence::ShowThread(name) => Action::MailThread(MailThread {
                id: look.run.mail(name)?.envelope.id.clone(),
            }),
            Sentence::FlagMail { mail, flag, on } => flagged(look, mail, flag, *on)?,
            Sentence::Agenda(when) => agenda(look, when)?,
            Sentence::FindSlot { length, when, .. } => find_slot(look, length, when.as_ref())?,
            Sentence::AddEvent { .. } => Action::EventCreate(Box::new(self.event(look)?)),
            Sentence::Ask(question, _) => Action::Ask(Ask {
                question: text(question)?,
                options: Vec::new(),
            }),
            Sentence::Stop(message) => Action::Fail(fail(text(message)?, "")),
            Sentence::Click(..)
            | Sentence::Fill(..)
            | Sentence::Choose(..)
            | Sentence::Check { .. }
            | Sentence::SaveReference(_)
            | Sentence::ClosePopup
            | Sentence::FindMail { .. }
            | Sentence::WaitMail { .. }
            | Sentence::PickTime { .. }
            | Sentence::AnswerForm { .. }
            | Sentence::WorkThrough { .. }
            | Sentence::Confirm
            | Sentence::Mails { .. }
            | Sentence::Undo { .. }
            | Sentence::Event(_)
            | Sentence::SendDraft { .. }
            | Sentence::Several(_)
            | Sentence::Triage => return Err(fail("this sentence is more than one action", "")),
        })
    }

    /// Reads what came of the action.
    fn settle(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        let Some(step) = look.fresh.last() else {
            return Err(fail("the action was not performed", "run it again"));
        };
        match &step.outcome.status {
            Status::Done {} => {
                self.keep(look, &step.outcome.output)?;
                if matches!(self.sentence, Sentence::Expect(_) | Sentence::WaitFor(_)) {
                    look.run.unsure = None;
                }
                Ok(Turn::Over)
            }
            Status::Intended {} => Ok(Turn::Over),
            // What a dry run did not do can't be seen either.
            Status::Failed { .. } if look.run.dry && self.looks_only() => Ok(Turn::Over),
            Status::Failed { hint } => Err(give_up(step, hint)),
            Status::Refused { rule } => Err(fail(
                untrusted::line(&step.outcome.summary, 200),
                format!("the rule is {rule}"),
            )),
            Status::Uncertain {} => self.read_back(look),
        }
    }

    fn looks_only(&self) -> bool {
        matches!(
            self.sentence,
            Sentence::Expect(_) | Sentence::WaitFor(_) | Sentence::WaitGone(_) | Sentence::Save(..)
        )
    }

    /// Looks for an effect that may have happened, before anything is tried again.
    fn read_back(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        self.stage = Stage::ReadBack;
        let searched = |mailbox: &str| {
            let query = MailQuery {
                since: look.run.began,
                ..MailQuery::default()
            };
            Action::MailSearch(MailSearch {
                mailbox: mailbox.to_owned(),
                query,
                limit: 20,
            })
        };
        let why = "see whether it has happened";
        match &self.sentence {
            Sentence::AddEvent { .. } => {
                let event = self.event(look)?;
                let (from, to) = (timestamp(&event.start, look)?, timestamp(&event.end, look)?);
                Ok(act(Action::Agenda(Agenda { from, to }), why))
            }
            Sentence::Reply { .. } | Sentence::Forward { .. } | Sentence::Draft { .. } => {
                Ok(act(searched("Drafts"), why))
            }
            Sentence::Send(_) => Ok(act(searched("Sent"), why)),
            // Everything else shows on the page, which is looked at again anyway.
            Sentence::Open(_)
            | Sentence::Click(..)
            | Sentence::Fill(..)
            | Sentence::Choose(..)
            | Sentence::Check { .. }
            | Sentence::Press(_)
            | Sentence::WaitFor(_)
            | Sentence::WaitGone(_)
            | Sentence::Expect(_)
            | Sentence::Save(..)
            | Sentence::SaveReference(_)
            | Sentence::Back
            | Sentence::ClosePopup
            | Sentence::SwitchTab(_)
            | Sentence::NewTab
            | Sentence::CloseTab
            | Sentence::FindMail { .. }
            | Sentence::WaitMail { .. }
            | Sentence::ShowThread(_)
            | Sentence::MoveMail(..)
            | Sentence::FlagMail { .. }
            | Sentence::Mails { .. }
            | Sentence::Undo { .. }
            | Sentence::Agenda(_)
            | Sentence::FindSlot { .. }
            | Sentence::PickTime { .. }
            | Sentence::AnswerForm { .. }
            | Sentence::WorkThrough { .. }
            | Sentence::Confirm
            | Sentence::Event(_)
            | Sentence::Unsubscribe(_)
            | Sentence::SendDraft { .. }
            | Sentence::Several(_)
            | Sentence::Triage
            | Sentence::Ask(..)
            | Sentence::Stop(_) => {
                look.run.unsure = look.fresh.last().map(|step| step.outcome.summary.clone());
                Ok(Turn::Over)
            }
        }
    }

    fn compare(&self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        let output = look.fresh.last().map(|step| &step.outcome.output);
        let found = match (&self.sentence, output) {
            (Sentence::AddEvent { .. }, Some(Output::Events(events))) => {
                let event = self.event(look)?;
                events.iter().any(|e| {
                    e.summary == untrusted::line(&event.summary, 200)
                        && e.status != EventStatus::Cancelled
                })
            }
            (
                Sentence::Reply { name, .. } | Sentence::Draft { name, .. },
                Some(Output::Envelopes(list)),
            ) => {
                if let Some(newest) = list.first() {
                    look.run.keep(name, Thing::Draft(newest.id.clone()));
                }
                !list.is_empty()
            }
            (_, Some(Output::Envelopes(list))) => !list.is_empty(),
            _ => false,
        };
        if !found {
            return Err(fail(
                "an effect could not be confirmed and was not tried again",
                "look whether it has happened before you run this again",
            ));
        }
        let step = look.fresh.last().map(|step| step.number);
        look.run.cites.extend(step);
        Ok(Turn::Over)
    }

    /// Keeps what a letter became.
    fn keep_letter(&self, look: &mut Look<'_>, output: &Output) {
        match (&self.sentence, output) {
            (Sentence::Reply { name, .. }, Output::Mail(id)) => {
                look.run.keep(name, Thing::Draft(id.clone()));
                look.run.notes.push("drafted the reply".to_owned());
            }
            (Sentence::Draft { name, .. }, Output::Mail(id)) => {
                look.run.keep(name, Thing::Draft(id.clone()));
                look.run.notes.push("drafted the mail".to_owned());
            }
            (Sentence::Forward { .. }, Output::Mail(id)) => {
                look.run.keep("draft", Thing::Draft(id.clone()));
                look.run
                    .notes
                    .push("drafted the mail that passes it on".to_owned());
            }
            (Sentence::Unsubscribe(_), output) => {
                let is_draft = look
                    .fresh
                    .last()
                    .is_some_and(|s| !s.outcome.changed.is_empty());
                let mut note = "unsubscribed";
                if let (Output::Mail(id), true) = (output, is_draft) {
                    look.run.keep("draft", Thing::Draft(id.clone()));
                    note = "not unsubscribed yet: the letter that asks for it lies in Drafts";
                }
                look.run.notes.push(note.to_owned());
            }
            (Sentence::Send(_), _) => look.run.notes.push("sent the mail".to_owned()),
            _ => {}
        }
    }

    fn keep(&self, look: &mut Look<'_>, output: &Output) -> Result<(), Fail> {
        self.keep_letter(look, output);
        match (&self.sentence, output) {
            (Sentence::Save(_, name) | Sentence::Ask(_, name), Output::Text(text)) => {
                look.run.save(name, text);
            }
            (Sentence::FindSlot { name, .. }, Output::Slots(slots)) => {
                let none = || {
                    fail(
                        "there is no free slot of that length in that time",
                        "try a longer span of time",
                    )
                };
                let slot = slots.first().ok_or_else(none)?;
                let (start, end) = (slot.start.clone(), slot.end.clone());
                look.run
                    .save(name, &start.strftime("%A %-d %B %Y at %H:%M").to_string());
                look.run.keep(name, Thing::Slot { start, end });
            }
            (Sentence::Agenda(_), Output::Events(events)) => {
                let shown = events
                    .iter()
                    .take(EVENTS_SHOWN_MAX)
                    .map(|e| format!("{} {}", moment(&e.start), e.summary));
                let shown: Vec<String> = shown.collect();
                let list = if shown.is_empty() {
                    "nothing".to_owned()
                } else {
                    shown.join("; ")
                };
                look.run.notes.push(format!("your calendar has: {list}"));
                look.run.cites.extend(look.fresh.last().map(|s| s.number));
            }
            (Sentence::AddEvent { .. }, _) => {
                let event = self.event(look)?;
                look.run.notes.push(format!(
                    "added '{}' to the calendar at {}",
                    event.summary,
                    moment(&event.start)
                ));
            }
            (Sentence::ShowThread(_), Output::Envelopes(list)) => {
                let shown = list.iter().take(EVENTS_SHOWN_MAX).map(|e| {
                    let from = untrusted::line(&e.from.email, 60);
                    format!("{from} '{}'", untrusted::line(&e.subject, 60))
                });
                let shown: Vec<String> = shown.collect();
                let (count, list) = (list.len(), shown.join("; "));
                look.run
                    .notes
                    .push(format!("{count} in the thread: {list}"));
                look.run.cites.extend(look.fresh.last().map(|s| s.number));
            }
            (Sentence::MoveMail(_, mailbox), _) => {
                let mailbox = look.fill(mailbox)?;
                look.run.notes.push(format!("moved the mail to {mailbox}"));
            }
            _ => {}
        }
        Ok(())
    }

    fn event(&self, look: &Look<'_>) -> Result<NewEvent, Fail> {
        let Sentence::AddEvent {
            title,
            at,
            length,
            location,
        } = &self.sentence
        else {
            return Err(fail("this sentence adds no event", ""));
        };
        let minutes = look.run.minutes(length.as_ref(), look.view.me)?;
        let named = at.names().next().filter(|_| at.0.len() == 1);
        let slot = named.and_then(|(name, _)| look.run.thing(name));
        let (start, end) = match slot {
            Some(Thing::Slot { start, end }) => (start.clone(), end.clone()),
            Some(Thing::Text(_) | Thing::Mail(_) | Thing::Draft(_)) | None => {
                let said = look.fill(at)?;
                let start = times::moment(&said, look.view.clock).ok_or_else(|| {
                    fail(
                        format!("'{said}' is no date and time I can read"),
                        "write it like 2026-12-01 10:30",
                    )
                })?;
                let end = times::after(&start, minutes.unwrap_or(MINUTES_DEFAULT));
                (start, end)
            }
        };
        let end = minutes.map_or(end, |minutes| times::after(&start, minutes));
        Ok(NewEvent {
            summary: look.fill(title)?,
            start: Moment::Time(start),
            end: Moment::Time(end),
            location: look.fill_some(location.as_ref())?.unwrap_or_default(),
            description: String::new(),
            guests: Vec::new(),
            travel_minutes: 0,
            calendar: String::new(),
            if_free: false,
            rule: String::new(),
            organizer: String::new(),
        })
    }
}

fn moment(moment: &Moment) -> String {
    match moment {
        Moment::Time(time) => time.strftime("%a %-d %b %H:%M").to_string(),
        Moment::Day(day) => day.strftime("%a %-d %b").to_string(),
    }
}

fn timestamp(moment: &Moment, look: &Look<'_>) -> Result<jiff::Timestamp, Fail> {
    match moment {
        Moment::Time(time) => Ok(time.timestamp()),
        Moment::Day(day) => times::start_of(*day, look.view.clock)
            .ok_or_else(|| fail("the event's day is out of range", "")),
    }
}

/// Makes an address absolute; a bare host gets `https`, one of this machine `http`.
pub(in crate::planner::plain) fn absolute(said: &str) -> Result<String, Fail> {
    let said = said.trim();
    let local = ["localhost", "127.", "[::1]"]
        .iter()
        .any(|l| said.starts_with(l));
    let whole = match said {
        _ if said.contains("://") => said.to_owned(),
        _ if local => format!("http://{said}"),
        _ => format!("https://{said}"),
    };
    match url::Url::parse(&whole) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            Ok(url.to_string())
        }
        Ok(_) | Err(_) => Err(fail(
            format!(
                "'{}' is not an address of the web",
                untrusted::line(said, 100)
            ),
            "write it like https://example.org",
        )),
    }
}

fn condition(expected: &Expected, look: &Look<'_>) -> Result<Condition, Fail> {
    Ok(match expected {
        Expected::Text(text) => Condition::Text {
            text: look.fill(text)?,
        },
        Expected::NoText(text) => Condition::Gone {
            text: look.fill(text)?,
        },
        Expected::Address(text) => Condition::Address {
            text: look.fill(text)?,
        },
        Expected::Confirmation => return Err(fail("a confirmation is looked for elsewhere", "")),
    })
}

fn flagged(look: &Look<'_>, mail: &str, flag: &Flag, on: bool) -> Result<Action, Fail> {
    let id = look.run.mail(mail)?.envelope.id.clone();
    Ok(Action::MailFlag(MailFlag {
        id,
        flag: flag.clone(),
        on,
    }))
}

fn agenda(look: &Look<'_>, when: &Value) -> Result<Action, Fail> {
    let span = times::span(&look.fill(when)?, look.view.clock)?;
    Ok(Action::Agenda(Agenda {
        from: span.start,
        to: span.end,
    }))
}

fn find_slot(look: &Look<'_>, length: &Length, when: Option<&Value>) -> Result<Action, Fail> {
    let minutes = look.run.minutes(Some(length), look.view.me)?;
    let span = match look.fill_some(when)? {
        Some(said) => times::span(&said, look.view.clock)?,
        None => times::soon(look.view.clock),
    };
    Ok(Action::FindSlot(FindSlot {
        minutes: minutes.unwrap_or(MINUTES_DEFAULT),
        from: span.start,
        to: span.end,
        limit: 1,
        days: span.weekdays(),
        hours: span.hours(),
        with: Vec::new(),
        elsewhere: false,
        quiet_day: false,
        moving: None,
    }))
}
