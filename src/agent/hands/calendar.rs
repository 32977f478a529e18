//! Deeds on the calendar; what was written is read back before it is called done.

use super::{Done, Hands, note_diagnostics, unproven};
use crate::action::{
    Agenda, CalendarChange, Change, Event, EventStatus, FileChange, FindSlot, FreeBusy, Interval,
    Moment, NewEvent, Outcome, Output, Undoable,
};
use crate::booking;
use crate::untrusted;

impl Hands {
    pub(super) fn agenda(&self, agenda: &Agenda) -> Done {
        let (zone, me) = (self.clock.zone(), &self.me.emails);
        let listing = self.calendar.agenda(agenda.from, agenda.to, zone, me)?;
        let mut outcome = Outcome::done(format!("{} events", listing.events.len()))
            .with(Output::Events(listing.events));
        note_diagnostics(&mut outcome, &listing.diagnostics);
        Ok(outcome)
    }

    pub(super) fn free_busy(&self, span: &FreeBusy) -> Done {
        let (zone, me) = (self.clock.zone(), &self.me.emails);
        let busy = self.calendar.busy(span.from, span.to, zone, me)?;
        Ok(Outcome::done(format!("{} busy intervals", busy.len())).with(Output::Busy(busy)))
    }

    pub(super) fn slots(&self, find: &FindSlot) -> Done {
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

    pub(super) fn create(&self, event: &NewEvent, key: &str) -> Done {
        let zone = self.clock.zone();
        let uid = self.calendar.create(event, key, self.clock.now())?;
        match self.calendar.find(&uid, zone)? {
            Some((found, path)) if is_written(event, &found) => {
                let (file, after) = self.calendar.source(&uid)?;
                let files = vec![FileChange {
                    path: file,
                    before: None,
                    after: Some(after),
                }];
                let change = CalendarChange {
                    uid: uid.clone(),
                    split: None,
                    files,
                };
                Ok(Outcome::done("the event is in the calendar")
                    .undoable(Undoable::Calendar(change))
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
