//! The clinic's free times and the user's calendar, drawn together: the first times offered clash,
//! a later one does not.
//!
//! Traps of real calendars are laid on purpose: a series moved onto an offered time, one that is
//! left out on the very day that is free, events in other zones, cancelled, declined and
//! transparent ones.

use std::collections::BTreeSet;

use jiff::ZonedDateTime;
use jiff::civil::{Date, Time, Weekday, time};
use jiff::tz::TimeZone;

use super::Error;
use super::cast::{Cast, after, is_working_day};
use super::draw::Draw;
use super::entry::{Entry, Hold, Shape, Span, Weekly, overlap, span};

/// How many days ahead the clinic takes bookings.
pub(super) const DAYS_AHEAD: i64 = 35;

/// Begin and end of the hours in which the user can be booked; the defaults of `config`.
const WORKING_HOURS: (Time, Time) = (time(9, 0, 0, 0), time(18, 0, 0, 0));

/// Summaries of events that take up an hour or so.
const CHORES: [&str; 12] = [
    "Budget review",
    "Coffee with the new neighbours",
    "Call with the printers",
    "Interview: assistant post",
    "Parents' evening",
    "Site visit",
    "Dentist",
    "Piano lesson",
    "Quarterly planning, part 2",
    "Boiler service",
    "Lunch; ask about the van",
    "Proofreading",
];

/// What the clinic offers, what the user has planned, and what follows from both.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    /// All times the clinic offers, in order.
    pub(super) offers: Vec<ZonedDateTime>,
    /// The user's calendar.
    pub(super) entries: Vec<Entry>,
    /// The offered times that are right: in the window, in working hours, free.
    pub(super) right: Vec<ZonedDateTime>,
    /// The offered times in the window and in working hours that clash with the calendar.
    pub(super) clashing: Vec<ZonedDateTime>,
    /// The event that a mail of the inbox cancels.
    pub(super) cancelled: Entry,
}

impl Schedule {
    /// Draws the free times and the calendar of the world of `seed`.
    ///
    /// # Errors
    /// [`Error::Impossible`] when no offered time is right, [`Error::Calendar`] when a moment
    /// can't be told.
    pub(super) fn new(seed: u64, cast: &Cast) -> Result<Self, Error> {
        let offers = offers(&mut Draw::new(seed, "offers"), cast)?;
        let usable = usable(cast, &offers);
        let mut plan = Plan {
            draw: Draw::new(seed, "calendar"),
            cast,
            entries: Vec::new(),
            kept: Vec::new(),
        };
        plan.lay(&usable)?;
        plan.add_background()?;
        let cancelled = plan.add_cancelled()?;
        let busy = busy(&plan.entries, &cast.zone)?;
        let is_free = |at: &ZonedDateTime| {
            let slot = span(at, cast.visit.minutes);
            !busy.iter().any(|taken| overlap(*taken, slot))
        };
        let (right, clashing): (Vec<_>, Vec<_>) = usable.into_iter().partition(is_free);
        if right.is_empty() || clashing.is_empty() {
            return Err(Error::Impossible(
                "a free and a taken time among those offered",
            ));
        }
        Ok(Self {
            offers,
            entries: plan.entries,
            right,
            clashing,
            cancelled,
        })
    }
}

/// Lists the stretches that events keep the user busy.
fn busy(entries: &[Entry], zone: &TimeZone) -> Result<Vec<Span>, Error> {
    let spans: Result<Vec<_>, _> = entries.iter().map(|entry| entry.busy(zone)).collect();
    Ok(spans?.into_iter().flatten().collect())
}

/// Draws the times the clinic offers: on most days three to seven of its half hours.
fn offers(draw: &mut Draw, cast: &Cast) -> Result<Vec<ZonedDateTime>, Error> {
    let saturdays = draw.chance(40);
    let mut offers = Vec::new();
    for ahead in 1..=DAYS_AHEAD {
        let day = after(cast.now.date(), ahead);
        let open = match day.weekday() {
            Weekday::Sunday => false,
            Weekday::Saturday => saturdays,
            Weekday::Monday
            | Weekday::Tuesday
            | Weekday::Wednesday
            | Weekday::Thursday
            | Weekday::Friday => !draw.chance(14),
        };
        if open {
            for time in times_of(draw, day) {
                offers.push(cast.at(day, time)?);
            }
        }
    }
    Ok(offers)
}

/// Draws the free times of one day, some of them early or late.
fn times_of(draw: &mut Draw, day: Date) -> BTreeSet<Time> {
    let last = if is_working_day(day) { 18 } else { 12 };
    let grid: Vec<Time> = (8..=last)
        .filter(|hour| *hour != 13)
        .flat_map(|hour| {
            [
                Time::constant(hour, 0, 0, 0),
                Time::constant(hour, 30, 0, 0),
            ]
        })
        .collect();
    let count = draw.number(3, 7);
    (0..count).map(|_| draw.one_of(&grid)).collect()
}

/// Picks the offered times in the window and in working hours.
fn usable(cast: &Cast, offers: &[ZonedDateTime]) -> Vec<ZonedDateTime> {
    let (first, last) = cast.window;
    let fits = |at: &&ZonedDateTime| {
        let end = at.saturating_add(jiff::Span::new().minutes(cast.visit.minutes));
        let day = at.date();
        let in_hours = at.time() >= WORKING_HOURS.0 && end.time() <= WORKING_HOURS.1;
        (first..=last).contains(&day) && is_working_day(day) && in_hours
    };
    offers.iter().filter(fits).cloned().collect()
}

/// The calendar while it is being made.
struct Plan<'a> {
    draw: Draw,
    cast: &'a Cast,
    entries: Vec<Entry>,
    /// The offered times that must stay free.
    kept: Vec<ZonedDateTime>,
}

impl Plan<'_> {
    /// Blocks the first offered times and some later ones, each in another way, and surrounds
    /// those that stay free with events that take up no time.
    fn lay(&mut self, usable: &[ZonedDateTime]) -> Result<(), Error> {
        let first_free = usable.len().min(6).saturating_sub(1) / 2 + 1;
        let (early, late) = usable.split_at(first_free.min(usable.len()));
        let mut blocked = early.to_vec();
        for (at, slot) in late.iter().enumerate() {
            if at == 0 || self.draw.chance(35) {
                self.kept.push(slot.clone());
            } else {
                blocked.push(slot.clone());
            }
        }
        for (way, slot) in blocked.iter().enumerate() {
            self.block(way, slot)?;
        }
        self.take_a_day_off(usable);
        let turn = usize::try_from(self.draw.number(0, 3)).unwrap_or_default();
        for (at, slot) in self.kept.clone().iter().enumerate().take(4) {
            self.surround(at + turn, slot)?;
        }
        Ok(())
    }

    /// Fills a whole working day on which nothing must stay free, when there is one.
    fn take_a_day_off(&mut self, usable: &[ZonedDateTime]) {
        let is_kept = |day: Date| self.kept.iter().any(|slot| slot.date() == day);
        let Some(first) = usable
            .iter()
            .map(ZonedDateTime::date)
            .rfind(|day| !is_kept(*day))
        else {
            return;
        };
        let summary = self
            .draw
            .one_of(&["Training course", "Day off", "Trade fair"]);
        let shape = Shape::Days { first, count: 1 };
        self.add("work", summary, Hold::Confirmed, shape);
    }

    fn block(&mut self, way: usize, slot: &ZonedDateTime) -> Result<(), Error> {
        let (start, minutes) = self.around(slot);
        let elsewhere = self.elsewhere()?;
        let shape = match way {
            0 => Shape::Once {
                start: start.with_time_zone(elsewhere),
                minutes,
            },
            1 => self.moved_series(slot)?,
            3 => Shape::Utc { start, minutes },
            _ => Shape::Once { start, minutes },
        };
        let hold = if way == 2 {
            Hold::Tentative
        } else {
            Hold::Confirmed
        };
        let calendar = if self.draw.chance(50) {
            "work"
        } else {
            "personal"
        };
        let summary = self.draw.one_of(&CHORES);
        self.add(calendar, summary, hold, shape);
        Ok(())
    }

    /// Widens a slot by a quarter of an hour on either side where no free slot is touched.
    fn around(&mut self, slot: &ZonedDateTime) -> (ZonedDateTime, i64) {
        let length = self.cast.visit.minutes;
        let before = self.draw.number(0, 1) * 15;
        let wide = length + before + self.draw.number(0, 3) * 15;
        let start = slot.saturating_sub(jiff::Span::new().minutes(before));
        let touches = |kept: &ZonedDateTime| overlap(span(kept, length), span(&start, wide));
        if self.kept.iter().any(touches) {
            return (slot.clone(), length);
        }
        (start, wide)
    }

    fn elsewhere(&mut self) -> Result<TimeZone, Error> {
        let name = if self.cast.zone_name.starts_with("America/") {
            self.draw
                .one_of(&["Europe/London", "Asia/Tokyo", "Europe/Berlin"])
        } else {
            self.draw
                .one_of(&["America/New_York", "Asia/Tokyo", "America/Chicago"])
        };
        TimeZone::get(name).map_err(Error::Calendar)
    }

    /// A weekly evening, one of which is moved onto `slot`.
    fn moved_series(&self, slot: &ZonedDateTime) -> Result<Shape, Error> {
        let first = self.cast.at(after(slot.date(), -28), time(19, 30, 0, 0))?;
        Ok(Shape::Weekly(Weekly {
            first,
            minutes: 60,
            times: 12,
            without: None,
            moved: Some((slot.date(), self.inside(slot, 60))),
        }))
    }

    /// Returns a start for an event of `minutes` that covers part of `slot` and no kept slot.
    fn inside(&self, slot: &ZonedDateTime, minutes: i64) -> ZonedDateTime {
        let length = self.cast.visit.minutes;
        let starts = [0, -30, -15, 15]
            .map(|shift: i64| slot.saturating_add(jiff::Span::new().minutes(shift)));
        let is_clear = |start: &&ZonedDateTime| {
            let taken = span(start, minutes);
            !self
                .kept
                .iter()
                .any(|kept| overlap(span(kept, length), taken))
        };
        starts.iter().find(is_clear).unwrap_or(slot).clone()
    }

    /// Lays an event over a free slot that takes up no time.
    fn surround(&mut self, way: usize, slot: &ZonedDateTime) -> Result<(), Error> {
        let once = Shape::Once {
            start: slot.saturating_sub(jiff::Span::new().minutes(15)),
            minutes: 60,
        };
        match way % 4 {
            0 => self.add("personal", "Guided tour", Hold::Cancelled, once),
            1 => self.add("work", "Focus time (movable)", Hold::Transparent, once),
            2 => self.add(
                "personal",
                "Open evening of the museum",
                Hold::Declined,
                once,
            ),
            _ => {
                let series = self.series_without(slot)?;
                let taken = series.busy(&self.cast.zone)?;
                let length = self.cast.visit.minutes;
                let mut kept = self.kept.iter();
                if !kept.any(|slot| taken.iter().any(|t| overlap(*t, span(slot, length)))) {
                    self.entries.push(series);
                }
            }
        }
        Ok(())
    }

    /// A weekly meeting at the time of `slot` that is left out on its day.
    fn series_without(&mut self, slot: &ZonedDateTime) -> Result<Entry, Error> {
        let first = self.cast.at(after(slot.date(), -42), slot.time())?;
        let shape = Shape::Weekly(Weekly {
            first,
            minutes: 45,
            times: 26,
            without: Some(slot.date()),
            moved: None,
        });
        Ok(self.entry("work", "Weekly team meeting", Hold::Confirmed, shape))
    }

    /// Adds what every calendar is full of: evenings, birthdays, holidays, the past.
    fn add_background(&mut self) -> Result<(), Error> {
        let (first, last) = self.cast.window;
        let birthday = Shape::Days {
            first: after(first, self.draw.number(0, 4)),
            count: 1,
        };
        let friend = self
            .cast
            .people
            .get(5)
            .map_or("", |person| person.first.as_str());
        self.add(
            "personal",
            &format!("Birthday: {friend}"),
            Hold::Transparent,
            birthday,
        );
        let holiday = Shape::Days {
            first: after(last, self.draw.number(10, 20)),
            count: self.draw.number(3, 9),
        };
        self.add("personal", "Holiday", Hold::Confirmed, holiday);
        let evenings = ["Dinner with friends", "Cinema", "Choir concert"];
        for (ahead, summary) in (0_i64..).zip(evenings) {
            let start = self
                .cast
                .at(after(first, ahead * 3 - 1), time(20, 0, 0, 0))?;
            self.add(
                "personal",
                summary,
                Hold::Confirmed,
                Shape::Once {
                    start,
                    minutes: 120,
                },
            );
        }
        for days in [3, 9, 17, 30] {
            let hour = i8::try_from(self.draw.number(9, 16)).unwrap_or(9);
            let day = after(self.cast.now.date(), -days);
            let start = self.cast.at(day, Time::constant(hour, 0, 0, 0))?;
            let summary = self.draw.one_of(&CHORES);
            self.add(
                "work",
                summary,
                Hold::Confirmed,
                Shape::Once { start, minutes: 60 },
            );
        }
        Ok(())
    }

    /// Adds the event, after the window, that a mail of the inbox cancels.
    fn add_cancelled(&mut self) -> Result<Entry, Error> {
        let start = self
            .cast
            .at(after(self.cast.window.1, 5), time(14, 0, 0, 0))?;
        let shape = Shape::Once { start, minutes: 90 };
        let summary = self
            .draw
            .one_of(&["Workshop on signage", "Supplier visit", "Road show"]);
        let entry = self.entry("work", summary, Hold::Confirmed, shape);
        self.entries.push(entry.clone());
        Ok(entry)
    }

    fn add(&mut self, calendar: &'static str, summary: &str, hold: Hold, shape: Shape) {
        let entry = self.entry(calendar, summary, hold, shape);
        self.entries.push(entry);
    }

    fn entry(&mut self, calendar: &'static str, summary: &str, hold: Hold, shape: Shape) -> Entry {
        let place = self
            .draw
            .one_of(&["", "Room 2", "Town hall, east wing", "At home", "Online"]);
        Entry {
            calendar,
            uid: format!("{}@diary.example", self.draw.code(20).to_lowercase()),
            summary: summary.to_owned(),
            place: place.to_owned(),
            hold,
            shape,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_and_season_has_a_right_time_after_one_that_clashes() {
        let seasons = [
            "2026-11-23T23:50:00+00:00[UTC]",
            "2026-12-24T12:00:00+01:00[Europe/Berlin]",
            "2027-03-10T06:00:00+00:00[UTC]",
            "2027-03-26T18:00:00+00:00[UTC]",
            "2027-10-23T00:00:00+00:00[UTC]",
            "2028-02-27T09:00:00-05:00[America/New_York]",
        ];
        for now in seasons {
            let now: ZonedDateTime = now.parse().unwrap();
            for seed in 1..=300 {
                let cast = Cast::new(seed, &now).unwrap();
                let schedule = Schedule::new(seed, &cast).unwrap();
                assert!(schedule.clashing[0] < schedule.right[0], "{now} {seed}");
                let mut cancelled = schedule.entries.iter();
                assert!(cancelled.any(|entry| entry.uid == schedule.cancelled.uid));
            }
        }
    }
}
