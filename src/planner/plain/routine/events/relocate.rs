//! "move my dentist to a day without meetings", "make the review half an hour longer".

use jiff::SignedDuration;

use super::choose::{self, chosen, in_full};
use super::{EventWork, Stage, found, one_of, slot};
use crate::action::{Action, Event, EventPatch, EventUpdate, Fail, FindSlot, Moment};
use crate::booking;
use crate::planner::plain::run::{Look, MINUTES_DEFAULT, Turn, act, fail};
use crate::planner::plain::times;
use crate::skill::language::{Resize, Value};

impl EventWork {
    pub(super) fn relocate(
        &mut self,
        (named, to, quiet): (&Value, Option<&Value>, bool),
        look: &mut Look<'_>,
    ) -> Result<Turn, Fail> {
        match self.stage {
            Stage::Start | Stage::Looked => {
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
                let none = || {
                    fail(
                        "there is no day without meetings in the next two weeks",
                        "name a day",
                    )
                };
                let found = found(look, slot).zip(self.event.clone());
                let (slot, event) = found.ok_or_else(none)?;
                Ok(self.moved(&event, Moment::Time(slot.start.clone()), look))
            }
            Stage::Written | Stage::Drafted | Stage::Sent => Ok(Turn::Over),
        }
    }

    fn moved(&mut self, event: &Event, start: Moment, look: &mut Look<'_>) -> Turn {
        let end = choose::end(event, &start);
        self.placed(event, (start, end), "moved", look)
    }

    /// Puts an event at a time, and says so.
    fn placed(
        &mut self,
        event: &Event,
        (start, end): (Moment, Moment),
        verb: &str,
        look: &mut Look<'_>,
    ) -> Turn {
        let said = in_full(&start, &end, look.view.clock.zone());
        look.run
            .notes
            .push(format!("{verb} \"{}\" to {said}", event.summary));
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
            format!("put it at {said}"),
        )
    }

    /// Changes how long an event takes; its start stays.
    pub(super) fn resize(
        &mut self,
        named: &Value,
        how: Resize,
        minutes: u32,
        look: &mut Look<'_>,
    ) -> Result<Turn, Fail> {
        if self.stage != Stage::Looked {
            return Ok(Turn::Over);
        }
        let event = chosen(&look.fill(named)?, look)?;
        choose::own(&event, look, "propose another time to its organizer")?;
        let (Moment::Time(start), Moment::Time(end)) = (&event.start, &event.end) else {
            let reason = format!("\"{}\" takes whole days", event.summary);
            return Err(fail(reason, "name its first and last day"));
        };
        let by = SignedDuration::from_mins(minutes.into());
        let end = match how {
            Resize::Longer => end.checked_add(by),
            Resize::Shorter => end.checked_sub(by),
            Resize::To => start.checked_add(by),
        };
        let end = end.ok().filter(|end| end > start).ok_or_else(|| {
            let reason = format!("\"{}\" is not longer than that", event.summary);
            fail(reason, "say how long it shall be")
        })?;
        let times = (event.start.clone(), Moment::Time(end));
        Ok(self.placed(&event, times, "changed", look))
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
