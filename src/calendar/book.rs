//! Booking in the calendars of this machine: the time is looked at and taken in one go, so that two
//! programs of this kind never both get it.

use jiff::{SignedDuration, Timestamp};

use super::Error;
use super::dav::{Booked, Booking};
use super::event;
use super::vdir::{self, Vdir};
use crate::action::{Event, Interval, Moment};

/// Around an event in which other events matter: the widest buffer anyone keeps.
pub(super) const AROUND: SignedDuration = SignedDuration::from_hours(48);

impl Vdir {
    /// Writes an event when `fits` agrees with the events around it; `fits` answers why not.
    ///
    /// # Errors
    /// As [`Vdir::create_in`].
    pub fn book(
        &self,
        booking: &Booking<'_>,
        fits: impl Fn(&[Event]) -> Result<(), String>,
    ) -> Result<Booked, Error> {
        vdir::check(booking.event)?;
        let calendar = booking.calendar.unwrap_or(vdir::DEFAULT_CALENDAR);
        let _lock = self.lock()?;
        let uid = vdir::uid(booking.key);
        // Asked twice, it is there already and must not stand in its own way.
        if self.find(&uid, booking.clock.zone())?.is_none()
            && let Err(reason) = fits(&self.around(booking, &uid)?)
        {
            return Ok(Booked::Taken { reason });
        }
        let now = booking.clock.now();
        let uid = self.create_in(calendar, booking.event, booking.key, now)?;
        Ok(Booked::Written { uid })
    }

    /// Events of all calendars around the booking's time, its own left out.
    pub(super) fn around(&self, booking: &Booking<'_>, uid: &str) -> Result<Vec<Event>, Error> {
        let span = span(booking)?;
        let from = span.start.checked_sub(AROUND).unwrap_or(Timestamp::MIN);
        let to = span.end.checked_add(AROUND).unwrap_or(Timestamp::MAX);
        let mut events = self
            .agenda(from, to, booking.clock.zone(), booking.me)?
            .events;
        events.retain(|one| one.uid != uid);
        Ok(events)
    }
}

/// When the event to book takes place.
pub(super) fn span(booking: &Booking<'_>) -> Result<Interval, Error> {
    let zone = booking.clock.zone();
    let at = |moment: &Moment| match moment {
        Moment::Time(time) => Some(time.timestamp()),
        Moment::Day(day) => event::day_begins(*day, zone),
    };
    let span = at(&booking.event.start).zip(at(&booking.event.end));
    let (start, end) = span.ok_or(Error::MixedKinds)?;
    Ok(Interval { start, end })
}
