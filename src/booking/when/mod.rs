//! Time in plain English: `next Tuesday afternoon`, `within the next 10 days`, `not on Friday`.
//!
//! Says what was understood or why not; never guesses between two readings.

mod days;

use jiff::civil::{Date, Time, Weekday};
use jiff::{Span, ZonedDateTime};

use super::said::{self, Edge, Said};
use super::slots::Only;
use super::written::{Ambiguous, WrittenTime};

/// Days looked ahead when no day was said.
const DEFAULT_DAYS: i32 = 14;
/// Length of a window at an exact time when no length was said, in minutes.
const EXACT_MINUTES: u32 = 60;
/// Longest text quoted in an error, in characters.
const QUOTE_CHARS_MAX: usize = 80;

/// What was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    /// First moment and the first moment after it, never before now; the next 14 days when no day
    /// was said.
    pub window: (ZonedDateTime, ZonedDateTime),
    /// How long, in minutes.
    pub minutes: Option<u32>,
    /// Days of the week that are meant, those excluded taken out; none allows all.
    pub days: Option<Vec<Weekday>>,
    /// Hours of the day that are meant, the end exclusive.
    pub hours: Option<(Time, Time)>,
    /// Whether the window's begin is the very time that was asked for (`at 10`).
    pub is_exact: bool,
    /// What both begin and end were said of (`from 14:00 to 15:30`).
    pub ends: Option<Ends>,
    /// Whether a day or period was said at all.
    pub has_day: bool,
}

/// What begin and end were said of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Times of one day.
    Times,
    /// A first and a last day.
    Days,
}

impl When {
    /// Returns the days and hours as limits of a slot search.
    pub fn only(&self) -> Only {
        Only {
            days: self.days.clone(),
            hours: self.hours,
        }
    }
}

/// Why a text names no time that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhenError {
    /// Nothing in it is about time.
    #[error("'{text}' names no time")]
    Nothing {
        /// The text.
        text: String,
    },
    /// It can mean two things, or contradicts itself.
    #[error(transparent)]
    Ambiguous(#[from] Ambiguous),
    /// It is over.
    #[error("'{text}' is in the past")]
    Past {
        /// The text.
        text: String,
    },
    /// Nothing is left of it, such as `Friday, not on Friday`.
    #[error("'{text}' leaves no day or time")]
    Empty {
        /// The text.
        text: String,
    },
}

impl WhenError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Nothing { .. } => {
                "say when, such as 'next Tuesday afternoon' or '14 March at 9:30'"
            }
            Self::Ambiguous(_) => "write the date as 2026-03-14 and the time as 15:00",
            Self::Past { .. } => "name a time from now on",
            Self::Empty { .. } => "leave one of the conditions out",
        };
        Some(hint.to_owned())
    }
}

/// Reads when something shall be, in the zone of `now`.
///
/// # Errors
/// [`WhenError`], one sentence each.
pub fn parse(text: &str, now: &ZonedDateTime) -> Result<When, WhenError> {
    let said = said::said(text, now.date())?;
    let quote = || crate::untrusted::line(text, QUOTE_CHARS_MAX);
    let is_nothing = said.minutes.is_none()
        && said.period.is_none()
        && said.days.is_empty()
        && said.excluded.is_empty()
        && said.every.is_empty()
        && said.part.is_none()
        && said.times.is_empty();
    if is_nothing {
        return Err(WhenError::Nothing { text: quote() });
    }
    let times = times(&said)?;
    let work = Work {
        said: &said,
        now,
        times,
    };
    let when = work.when()?;
    match when {
        Some(when) if when.window.1 <= *now || (when.is_exact && when.window.0 < *now) => {
            Err(WhenError::Past { text: quote() })
        }
        Some(when)
            if when.window.0 >= when.window.1 || when.days.as_ref().is_some_and(Vec::is_empty) =>
        {
            Err(WhenError::Empty { text: quote() })
        }
        Some(when) => Ok(when),
        None => Err(WhenError::Empty { text: quote() }),
    }
}

/// Reads the one moment that `text` names; a day without a time of day begins at `day_starts`.
///
/// # Errors
/// [`WhenError`], one sentence each.
pub fn moment(
    text: &str,
    now: &ZonedDateTime,
    day_starts: Time,
) -> Result<ZonedDateTime, WhenError> {
    let when = parse(text, now)?;
    let start = when.window.0;
    if when.is_exact {
        return Ok(start);
    }
    let time = when.hours.map_or(day_starts, |(from, _)| from);
    let of = |date: Date| {
        let zone = start.time_zone().clone();
        date.to_datetime(time).to_zoned_datetime(zone)
    };
    let day = match &when.days {
        Some(days) => (0..14)
            .filter_map(|ahead| start.date().checked_add(Span::new().days(ahead)).ok())
            .find(|date| days.contains(&date.weekday())),
        None => Some(start.date()),
    };
    let at = day.and_then(|day| of(day).ok()).unwrap_or(start);
    if at <= *now {
        let text = crate::untrusted::line(text, QUOTE_CHARS_MAX);
        return Err(WhenError::Past { text });
    }
    Ok(at)
}

/// Times as they are meant.
#[derive(Debug, Clone, Copy, Default)]
struct Times {
    at: Option<Time>,
    hours: Option<(Time, Time)>,
}

/// Works out which times are meant, the part of the day telling morning from afternoon.
fn times(said: &Said) -> Result<Times, Ambiguous> {
    let mut out = Times {
        at: None,
        hours: said.part,
    };
    if let ([(from, _), (to, _)], true) = (said.times.as_slice(), said.is_range) {
        let from = if to.has_half && !from.has_half {
            half_of(*from, to.time)
        } else {
            settle(*from, said.part)?
        };
        let to = if to.is_either && later(to.time) > from && to.time <= from {
            later(to.time)
        } else {
            settle(*to, said.part)?
        };
        out.hours = Some((from, to));
        return Ok(out);
    }
    for (written, edge) in &said.times {
        let time = settle(*written, said.part)?;
        let (from, to) = out.hours.unwrap_or((Time::midnight(), Time::MAX));
        match edge {
            Edge::On => out.at = Some(time),
            Edge::Before | Edge::Until => out.hours = Some((from, to.min(time))),
            Edge::After | Edge::From => out.hours = Some((from.max(time), to)),
        }
    }
    Ok(out)
}

/// Puts a time without am or pm into the part of the day that was said.
fn settle(written: WrittenTime, part: Option<(Time, Time)>) -> Result<Time, Ambiguous> {
    let late = later(written.time);
    match part {
        Some((from, _)) if written.time < from && late >= from && !written.has_half => Ok(late),
        None if written.is_either => {
            let clock = |time: Time| time.strftime("%-H:%M").to_string();
            let text = clock(written.time);
            Err(Ambiguous::two(
                text,
                format!("{} in the morning", clock(written.time)),
                clock(late),
            ))
        }
        Some(_) | None => Ok(written.time),
    }
}

/// Returns the time 12 hours later, as far as there is one that day.
fn later(time: Time) -> Time {
    time.checked_add(Span::new().hours(12))
        .ok()
        .filter(|_| time.hour() < 12)
        .unwrap_or(time)
}

/// Puts the start of a range into the half of the day nearest before its end.
fn half_of(from: WrittenTime, to: Time) -> Time {
    let late = later(from.time);
    if late < to { late } else { from.time }
}

/// A stretch of time, and the days of the week within it that are meant.
type Meant = ((ZonedDateTime, ZonedDateTime), Option<Vec<Weekday>>);

struct Work<'a> {
    said: &'a Said,
    now: &'a ZonedDateTime,
    times: Times,
}

impl Work<'_> {
    fn when(&self) -> Result<Option<When>, Ambiguous> {
        let Some((mut window, days)) = self.days()? else {
            return Ok(None);
        };
        let has_day = self.said.period.is_some() || !self.said.days.is_empty();
        let mut hours = self.times.hours;
        let is_one_day =
            window.1.date() == window.0.date()
                || window.0.date().tomorrow().is_ok_and(|next| {
                    window.1.date() == next && window.1.time() == Time::midnight()
                });
        let mut is_exact = false;
        if let Some(at) = self.times.at {
            let minutes = self.said.minutes.unwrap_or(EXACT_MINUTES);
            if is_one_day || !has_day {
                let Some(start) = self.start_at(&window, at) else {
                    return Ok(None);
                };
                let Ok(end) = start.checked_add(Span::new().minutes(minutes)) else {
                    return Ok(None);
                };
                window = (start, end);
                (is_exact, hours) = (true, None);
            } else {
                let end = at
                    .checked_add(Span::new().minutes(minutes))
                    .unwrap_or(Time::MAX);
                hours = Some((at, end));
            }
        } else if let (Some((from, to)), true) = (hours, is_one_day) {
            let date = window.0.date();
            let (Some(from), Some(to)) = (self.at(date, from), self.at(date, to)) else {
                return Ok(None);
            };
            window = (window.0.max(from), window.1.min(to));
        }
        if !is_exact && window.0 < *self.now {
            window.0 = self.now.clone();
        }
        let days = self.allowed(days);
        Ok(Some(When {
            window,
            minutes: self.said.minutes,
            days,
            hours,
            is_exact,
            ends: self.ends(),
            has_day,
        }))
    }

    fn ends(&self) -> Option<Ends> {
        match (
            self.said.is_range,
            self.said.days.len(),
            self.said.times.len(),
        ) {
            (true, _, 2) => Some(Ends::Times),
            (true, 2, 0) => Some(Ends::Days),
            (_, _, _) => None,
        }
    }

    /// Returns the moment of an exact time: on the day said, else today or tomorrow.
    fn start_at(&self, window: &(ZonedDateTime, ZonedDateTime), at: Time) -> Option<ZonedDateTime> {
        let start = self.at(window.0.date(), at)?;
        let has_day = self.said.period.is_some() || !self.said.days.is_empty();
        if !has_day && start <= *self.now {
            return self.at(window.0.date().tomorrow().ok()?, at);
        }
        Some(start)
    }

    /// Joins the days that were named with those for every week, and takes out the excluded ones.
    fn allowed(&self, named: Option<Vec<Weekday>>) -> Option<Vec<Weekday>> {
        let every = (!self.said.every.is_empty()).then(|| self.said.every.clone());
        let base = match (named, every) {
            (Some(named), Some(every)) => Some([named, every].concat()),
            (named, every) => named.or(every),
        };
        if self.said.excluded.is_empty() && base.is_none() {
            return None;
        }
        let all = || Weekday::Monday.cycle_forward().take(7).collect();
        let mut days: Vec<Weekday> = base.unwrap_or_else(all);
        days.retain(|day| !self.said.excluded.contains(day));
        days.sort_by_key(|day| day.to_monday_zero_offset());
        days.dedup();
        Some(days)
    }

    fn at(&self, date: Date, time: Time) -> Option<ZonedDateTime> {
        date.to_datetime(time)
            .to_zoned_datetime(self.now.time_zone().clone())
            .ok()
    }
}

#[cfg(test)]
mod tests;
