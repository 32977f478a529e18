//! Deeds on the calendar; what was written is read back before it is called done.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::events::{changing, no_address};
use super::{Done, HandError, Hands, note_diagnostics, unproven};
use crate::action::{
    Agenda, CalendarChange, Event, EventStatus, FileChange, FindSlot, FreeBusy, Interval, Moment,
    NewEvent, Outcome, Output,
};
use crate::booking;
use crate::calendar;
use crate::calendar::dav::{Booked, Booking};
use crate::deadline::Deadline;
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
        let window = Interval {
            start: span.from,
            end: span.to,
        };
        let rules = self.booking_rules();
        let busy = if let Some(minutes) = span.minutes {
            let events = self.own_events(booking::needs(window, &rules), None)?;
            booking::closed(&booking::Request {
                minutes,
                window,
                taken: &booking::taken(&events, &rules),
                margin: SignedDuration::ZERO,
                rules,
                only: booking::Only::default(),
            })
        } else {
            let events = self.own_events(window, None)?;
            calendar::busy_of(&events, self.clock.zone())
        };
        let inside = |one: &Interval| one.start < span.to && one.end > span.from;
        let busy: Vec<Interval> = busy.into_iter().filter(inside).collect();
        Ok(Outcome::done(format!("{} busy intervals", busy.len())).with(Output::Busy(busy)))
    }

    /// The user's rules for free time, now.
    pub(super) fn booking_rules(&self) -> booking::Rules {
        booking::Rules::new(&self.rules, self.clock.zone(), self.clock.now())
    }

    /// The user's own events, one of them left out.
    pub(super) fn own_events(
        &self,
        span: Interval,
        moving: Option<&str>,
    ) -> Result<Vec<Event>, calendar::Error> {
        let (zone, me) = (self.clock.zone(), &self.me.emails);
        let mut events = self.calendar.agenda(span.start, span.end, zone, me)?.events;
        events.retain(|event| Some(event.uid.as_str()) != moving && self.is_own(event));
        Ok(events)
    }

    /// Says whether an event lies in a calendar of the user's own, not in one of other people.
    fn is_own(&self, event: &Event) -> bool {
        self.people.iter().all(|one| one.calendar != event.calendar)
    }

    /// What is kept free around something at a place.
    pub(super) fn way_to(&self, place: &str) -> SignedDuration {
        if booking::is_elsewhere(place) {
            self.booking_rules().travel
        } else {
            SignedDuration::ZERO
        }
    }

    pub(super) async fn slots(&self, find: &FindSlot, deadline: &Deadline) -> Done {
        let zone = self.clock.zone();
        let window = Interval {
            start: find.from,
            end: find.to,
        };
        let rules = self.booking_rules();
        let around = booking::needs(window, &rules);
        let events = self.own_events(around, find.moving.as_deref())?;
        let mut taken = booking::taken(&events, &rules);
        if find.quiet_day {
            let loud = loud_days(&calendar::busy_of(&events, zone), zone);
            taken.extend(loud.into_iter().map(booking::Taken::closed));
        }
        let others = self.others(&find.with, around, deadline).await;
        let busy = others.busy.iter();
        taken.extend(busy.map(|span| booking::Taken::busy(*span, &rules)));
        taken.extend(others.off.iter().copied().map(booking::Taken::closed));
        let days: Vec<_> = find
            .days
            .iter()
            .filter_map(|day| crate::config::weekday(day))
            .collect();
        let request = booking::Request {
            minutes: find.minutes,
            window,
            taken: &taken,
            margin: if find.elsewhere {
                rules.travel
            } else {
                SignedDuration::ZERO
            },
            rules,
            only: booking::Only {
                days: (!find.days.is_empty()).then_some(days),
                hours: find.hours.map(|hours| (hours.from, hours.to)),
            },
        };
        let slots = booking::slots(&request, usize::try_from(find.limit).unwrap_or(usize::MAX));
        if slots.is_empty() {
            let hint = "try a longer span, a shorter meeting or other working hours";
            let mut reason = format!("no {} free minutes in that time", find.minutes);
            for note in &others.notes {
                reason = format!("{reason}; {note}");
            }
            return Ok(Outcome::failed(reason, hint).with(Output::Slots(slots)));
        }
        let summary = slots
            .first()
            .map(|slot| slot.start.strftime("%a %-d %b %H:%M").to_string());
        let mut outcome = Outcome::done(format!("first {}", summary.unwrap_or_default()))
            .with(Output::Slots(slots));
        for note in &others.notes {
            outcome.summary = format!("{}; {note}", outcome.summary);
        }
        Ok(outcome)
    }

    /// Writes a new event: into a calendar of this machine, or on the server of its account.
    pub(super) async fn create(&self, event: &NewEvent, key: &str, deadline: &Deadline) -> Done {
        let mut event = event.clone();
        if event.calendar.is_empty() {
            event.calendar.clone_from(&self.rules.write_to);
        }
        event.organizer = self.me.emails.first().cloned().unwrap_or_default();
        if !event.guests.is_empty() && event.organizer.is_empty() {
            return Ok(*no_address("who invites"));
        }
        match Box::pin(self.book(&event, key, deadline)).await? {
            Booked::Written { uid } => self.created(&event, &uid),
            Booked::Taken { reason } => {
                let hint = "find another time, or book it although something else is on";
                Ok(Outcome::failed(
                    format!("that time is taken: {reason}"),
                    hint,
                ))
            }
            Booked::Withdrawn { winner } => {
                let winner = untrusted::line(&winner, 100);
                let reason = format!("\"{winner}\" got that time a moment earlier");
                Ok(Outcome::failed(reason, "find another time"))
            }
        }
    }

    async fn book(
        &self,
        event: &NewEvent,
        key: &str,
        deadline: &Deadline,
    ) -> Result<Booked, HandError> {
        let rules = self.booking_rules();
        let span = span(event, self.clock.zone());
        let own = SignedDuration::from_mins(event.travel_minutes.into());
        let margin = self.way_to(&event.location).max(own);
        let fits = |events: &[Event]| match span {
            Some(span) if event.if_free => {
                let events = events.iter().filter(|event| self.is_own(event));
                let taken = booking::taken(events, &rules);
                let clear = booking::is_clear(&taken, (span, margin), &rules);
                clear.map_err(|clash| clash.to_string())
            }
            Some(_) | None => Ok(()),
        };
        let account = self.account(&event.calendar).cloned();
        let folder = match &account {
            // The account alone means its first calendar that may be written.
            Some(_) => event.calendar.split_once('/').map(|(_, folder)| folder),
            None => Some(event.calendar.as_str()).filter(|name| !name.is_empty()),
        };
        let booking = Booking {
            event,
            key,
            calendar: folder,
            me: &self.me.emails,
            clock: &self.clock,
        };
        let Some(account) = account else {
            return Ok(self.calendar.book(&booking, fits)?);
        };
        let mut mirror = self.mirror(&account)?;
        Ok(Box::pin(mirror.book(deadline, &booking, fits)).await?)
    }

    /// Looks whether a new event that was cut off is there; one meant for a server may be there
    /// although its mirror does not know it yet.
    pub(super) fn booked(&self, event: &NewEvent, key: &str) -> Option<bool> {
        let found = self.calendar.find(&calendar::uid(key), self.clock.zone());
        let is_there = found.ok()?.is_some();
        let calendar = if event.calendar.is_empty() {
            &self.rules.write_to
        } else {
            &event.calendar
        };
        (is_there || self.account(calendar).is_none()).then_some(is_there)
    }

    /// Reads a new event back.
    fn created(&self, event: &NewEvent, uid: &str) -> Done {
        match self.calendar.find(uid, self.clock.zone())? {
            Some((found, path)) if is_written(event, &found) => {
                let (file, after) = self.calendar.source(uid)?;
                let change = CalendarChange {
                    uid: uid.to_owned(),
                    split: None,
                    files: vec![FileChange {
                        path: file,
                        before: None,
                        after: Some(after),
                    }],
                };
                let outcome = Outcome::done("the event is in the calendar");
                Ok(changing(outcome, change)
                    .with(Output::Event(uid.to_owned()))
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

/// Whole days on which any of `busy` is.
fn loud_days(busy: &[Interval], zone: &TimeZone) -> Vec<Interval> {
    let day = |at: jiff::Timestamp| at.to_zoned_datetime(zone.clone()).start_of_day();
    let days = busy.iter().filter_map(|one| {
        let last = one.end.checked_sub(SignedDuration::from_nanos(1)).ok()?;
        let end = day(last).ok()?.tomorrow().ok()?.start_of_day().ok()?;
        Some(Interval {
            start: day(one.start).ok()?.timestamp(),
            end: end.timestamp(),
        })
    });
    days.collect()
}

/// When a new event takes place.
fn span(event: &NewEvent, zone: &TimeZone) -> Option<Interval> {
    let moment = |moment: &Moment| match moment {
        Moment::Time(time) => Some(time.timestamp()),
        Moment::Day(day) => Some(day.to_zoned_datetime(zone.clone()).ok()?.timestamp()),
    };
    Some(Interval {
        start: moment(&event.start)?,
        end: moment(&event.end)?,
    })
}

/// Compares what was asked for with what was read back.
fn is_written(asked: &NewEvent, found: &Event) -> bool {
    found.summary == untrusted::line(&asked.summary, usize::MAX)
        && same(&asked.start, &found.start)
        && same(&asked.end, &found.end)
        && found.status != EventStatus::Cancelled
        && asked.guests.len() <= found.attendees.len()
}

/// Says whether two moments are one.
pub(super) fn same(a: &Moment, b: &Moment) -> bool {
    match (a, b) {
        (Moment::Time(a), Moment::Time(b)) => a.timestamp() == b.timestamp(),
        (Moment::Day(a), Moment::Day(b)) => a == b,
        (Moment::Time(_), Moment::Day(_)) | (Moment::Day(_), Moment::Time(_)) => false,
    }
}

/// A moment for people.
pub(super) fn at(moment: &Moment) -> String {
    match moment {
        Moment::Time(time) => time.strftime("%a %-d %b %Y %H:%M").to_string(),
        Moment::Day(day) => day.to_string(),
    }
}

/// Says when in full: `Tue 16 Mar 2027, 10:00-10:30, Europe/Berlin`.
pub(super) fn in_full(start: &Moment, end: &Moment, zone: &TimeZone) -> String {
    let long = |day: jiff::civil::Date| day.strftime("%a %-d %b %Y").to_string();
    match (start, end) {
        (Moment::Time(start), Moment::Time(end)) => {
            let local = |at: &jiff::ZonedDateTime| at.with_time_zone(zone.clone());
            let (start, end) = (local(start), local(end));
            let place = zone.iana_name().unwrap_or("local time");
            let (from, to) = (start.strftime("%H:%M"), end.strftime("%H:%M"));
            if start.date() == end.date() {
                return format!("{}, {from}-{to}, {place}", long(start.date()));
            }
            let (first, last) = (long(start.date()), long(end.date()));
            format!("{first}, {from} to {last}, {to}, {place}")
        }
        (Moment::Day(first), Moment::Day(end)) => {
            let last = end.yesterday().unwrap_or(*end).max(*first);
            if last == *first {
                return format!("{}, all day", long(*first));
            }
            format!("{} to {}, all day", long(*first), long(last))
        }
        (start, end) => format!("{} to {}", at(start), at(end)),
    }
}
