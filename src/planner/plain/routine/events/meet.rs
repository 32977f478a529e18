//! "find 45 minutes with guest@example.org next week and send the invitation", "block two hours for
//! writing", "invite guest@example.org to the review".

use super::choose::{self, chosen, in_full};
use super::put::capital;
use super::{EventWork, Stage, address, found, letter, one_of, slot, told};
use crate::action::{
    Action, EventPatch, EventUpdate, Fail, FindSlot, Letter, Moment, NewEvent, Output,
};
use crate::planner::plain::run::{Look, Turn, act, fail};
use crate::planner::plain::times;
use crate::skill::language::Value;

/// What a meeting shall be.
pub(super) struct Meeting {
    pub(super) minutes: u32,
    pub(super) guests: Vec<String>,
    pub(super) when: Option<String>,
    pub(super) title: Option<String>,
    pub(super) send: bool,
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
        let none = || {
            fail(
                "there is no free slot of that length in that time",
                "try a longer span of time",
            )
        };
        let slot = found(look, slot).ok_or_else(none)?;
        let (start, end) = (
            Moment::Time(slot.start.clone()),
            Moment::Time(slot.end.clone()),
        );
        let said = in_full(&start, &end, look.view.clock.zone());
        let title = self.title.as_deref().map(capital);
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
            rule: String::new(),
            organizer: String::new(),
        };
        Ok((event, said))
    }
}

impl EventWork {
    pub(super) fn meet(&mut self, plan: &Meeting, look: &mut Look<'_>) -> Result<Turn, Fail> {
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
                let uid = found(look, |output| {
                    if let Output::Event(uid) = output {
                        Some(uid.clone())
                    } else {
                        None
                    }
                });
                // A dry run wrote nothing that a letter could be about.
                let Some(uid) = uid.filter(|_| !plan.guests.is_empty()) else {
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

    /// Invites more people to an event that is there.
    pub(super) fn invite(
        &mut self,
        named: &Value,
        guests: &[String],
        send: bool,
        look: &mut Look<'_>,
    ) -> Result<Turn, Fail> {
        match self.stage {
            Stage::Start | Stage::Looked => {
                let event = chosen(&look.fill(named)?, look)?;
                choose::own(&event, look, "ask its organizer to invite them")?;
                let said = in_full(&event.start, &event.end, look.view.clock.zone());
                let names = guests.join(" and ");
                look.run
                    .notes
                    .push(format!("invited {names} to \"{}\", {said}", event.summary));
                self.event = Some(event.clone());
                self.stage = Stage::Written;
                let update = EventUpdate {
                    uid: event.uid.clone(),
                    which: one_of(&event),
                    patch: EventPatch::default(),
                    invite: guests.iter().map(|one| address(one)).collect(),
                    if_free: false,
                };
                let why = format!("it is {said}");
                Ok(act(Action::EventUpdate(Box::new(update)), why))
            }
            Stage::Written => {
                let Some(event) = self.event.clone().filter(|_| !look.run.dry) else {
                    return Ok(Turn::Over);
                };
                self.stage = Stage::Drafted;
                let to = guests.to_vec();
                let letter = letter(event.uid, Letter::Request { to });
                Ok(act(letter, "write the invitation"))
            }
            Stage::Drafted | Stage::Found => Ok(self.send(send, "invitation", look)),
            Stage::Sent => Ok(told(look, "sent the invitation")),
        }
    }
}
