//! Time in plain English: `next Tuesday afternoon`, `within the next 10 days`, `not on Friday`.
//!
//! Says what was understood or why not; never guesses between two readings.

use jiff::civil::{Date, Time, Weekday};
use jiff::{Span, ZonedDateTime};

use super::said::{self, Edge, Named, Period, Said, Which};
use super::slots::Only;
use super::written::{Ambiguous, WrittenTime, long};

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
    /// Whether a day or period was said at all.
    pub has_day: bool,
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
            has_day,
        }))
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

    /// Returns whole days from `first` to `last`.
    fn whole(&self, first: Date, last: Date) -> Option<(ZonedDateTime, ZonedDateTime)> {
        Some((
            self.at(first, Time::midnight())?,
            self.at(last.tomorrow().ok()?, Time::midnight())?,
        ))
    }

    /// Returns the window of days, and the weekdays within it that are meant.
    fn days(&self) -> Result<Option<Meant>, Ambiguous> {
        let today = self.now.date();
        if let Some(period) = self.said.period {
            return Ok(self.in_period(period));
        }
        let plain = |window: Option<(ZonedDateTime, ZonedDateTime)>| {
            Ok(window.map(|window| (window, None)))
        };
        match self.said.days.as_slice() {
            [] => {
                let ends = add(today, DEFAULT_DAYS);
                plain(ends.and_then(|last| self.whole(today, last)))
            }
            [(first, _), (last, _)] if self.said.is_range => {
                let first = self.first_of_range(*first)?;
                let last = match last {
                    Named::Date(date) => Some(*date),
                    Named::Weekday(day, _) => upcoming(first, *day),
                };
                plain(last.and_then(|last| self.whole(first, last)))
            }
            [(one, Edge::On)] => {
                let date = self.resolve(*one)?;
                plain(self.whole(date, date))
            }
            named if named.iter().any(|(_, edge)| *edge != Edge::On) => self
                .between_edges(named)
                .map(|window| window.map(|window| (window, None))),
            named => self.several(named),
        }
    }

    /// Cuts the time ahead by `before`, `until` and `after`.
    fn between_edges(
        &self,
        named: &[(Named, Edge)],
    ) -> Result<Option<(ZonedDateTime, ZonedDateTime)>, Ambiguous> {
        let today = self.now.date();
        let (mut first, mut last) = (today, None);
        for (one, edge) in named {
            let date = self.first_of_range(*one)?;
            match edge {
                Edge::Before => last = date.yesterday().ok(),
                Edge::Until | Edge::On => last = Some(date),
                Edge::After => first = date.tomorrow().unwrap_or(date),
                Edge::From => first = date,
            }
        }
        let last = last.or_else(|| add(first, DEFAULT_DAYS));
        Ok(last.and_then(|last| self.whole(first, last)))
    }

    /// Several days: from the first to the last, and only those days of the week.
    fn several(&self, named: &[(Named, Edge)]) -> Result<Option<Meant>, Ambiguous> {
        let mut dates = Vec::new();
        for (one, _) in named {
            dates.push(self.resolve(*one)?);
        }
        dates.sort();
        dates.dedup();
        let (Some(&first), Some(&last)) = (dates.first(), dates.last()) else {
            return Ok(None);
        };
        // Days of the week can't tell apart dates that lie more than a week from each other.
        if (last - first).get_days() > 6 {
            return Err(Ambiguous::two(
                "more than one date",
                long(first),
                long(last),
            ));
        }
        let days = (dates.len() > 1).then(|| dates.iter().map(|date| date.weekday()).collect());
        Ok(self.whole(first, last).map(|window| (window, days)))
    }

    fn in_period(&self, period: Period) -> Option<Meant> {
        let today = self.now.date();
        let hours = |count: i32| {
            self.now
                .checked_add(Span::new().try_hours(count).ok()?)
                .ok()
        };
        let (first, last) = match period {
            Period::Week(ahead) => week(add(today, 7 * ahead)?)?,
            Period::WeekOf(date) => week(date)?,
            Period::Weekend(ahead) => {
                let (_, sunday) = week(add(today, 7 * ahead)?)?;
                (sunday.yesterday().ok()?, sunday)
            }
            Period::Month(ahead) => {
                let in_it = today
                    .first_of_month()
                    .checked_add(Span::new().try_months(ahead).ok()?)
                    .ok()?;
                (in_it, in_it.last_of_month())
            }
            Period::Days(count) => (today, add(today, count)?),
            Period::Hours(count) => return Some(((self.now.clone(), hours(count)?), None)),
            Period::FromHours(count) => {
                let start = hours(count)?;
                let end = self.at(start.date().tomorrow().ok()?, Time::midnight())?;
                return Some(((start, end), None));
            }
        };
        let weekdays: Vec<Weekday> = self
            .said
            .days
            .iter()
            .map(|(named, _)| match named {
                Named::Weekday(day, _) => *day,
                Named::Date(date) => date.weekday(),
            })
            .collect();
        let within = |day: Weekday, from: Date| upcoming(from.yesterday().ok()?, day);
        match weekdays.as_slice() {
            [] => self.whole(first, last).map(|window| (window, None)),
            [from, to] if self.said.is_range => {
                let from = within(*from, first)?;
                self.whole(from, within(*to, from)?)
                    .map(|window| (window, None))
            }
            [one] if (last - first).get_days() < 7 => {
                let date = within(*one, first)?;
                self.whole(date, date).map(|window| (window, None))
            }
            _ => self
                .whole(first, last)
                .map(|window| (window, Some(weekdays))),
        }
    }

    /// As [`Self::resolve`], but today counts: a range may well begin now.
    fn first_of_range(&self, named: Named) -> Result<Date, Ambiguous> {
        match named {
            Named::Weekday(day, Which::Plain | Which::This) if self.now.weekday() == day => {
                Ok(self.now.date())
            }
            Named::Weekday(..) | Named::Date(_) => self.resolve(named),
        }
    }

    /// Returns the date meant by a day's name.
    fn resolve(&self, named: Named) -> Result<Date, Ambiguous> {
        let today = self.now.date();
        let (day, which) = match named {
            Named::Date(date) => return Ok(date),
            Named::Weekday(day, which) => (day, which),
        };
        let name = || today_name(day, which);
        let upcoming = upcoming(today, day).unwrap_or(today);
        let after = add(upcoming, 7).unwrap_or(upcoming);
        let days_ahead = (upcoming - today).get_days();
        let is_this_week = week(today).is_some_and(|(_, sunday)| upcoming <= sunday);
        match which {
            Which::Plain if today.weekday() == day => Err(Ambiguous::two(
                name(),
                format!("today, {}", long(today)),
                long(upcoming),
            )),
            Which::This if today.weekday() == day => Ok(today),
            // Nobody calls tomorrow `next Tuesday`; any later day of this week may be meant.
            Which::Next if is_this_week && days_ahead > 1 => {
                Err(Ambiguous::two(name(), long(upcoming), long(after)))
            }
            Which::Next if is_this_week => Ok(after),
            Which::Plain | Which::This | Which::Next => Ok(upcoming),
        }
    }
}

/// Returns Monday and Sunday of the week of `date`.
fn week(date: Date) -> Option<(Date, Date)> {
    let monday = add(date, -i32::from(date.weekday().to_monday_zero_offset()))?;
    Some((monday, add(monday, 6)?))
}

/// Returns the first such day after `date`.
fn upcoming(date: Date, day: Weekday) -> Option<Date> {
    (1..=7)
        .filter_map(|days| add(date, days))
        .find(|date| date.weekday() == day)
}

fn add(date: Date, days: i32) -> Option<Date> {
    date.checked_add(Span::new().try_days(days).ok()?).ok()
}

fn today_name(day: Weekday, which: Which) -> String {
    let name = format!("{day:?}");
    match which {
        Which::Plain => name,
        Which::This => format!("this {name}"),
        Which::Next => format!("next {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Thursday, 26 February 2026, 10:00 in Berlin.
    fn now() -> ZonedDateTime {
        "2026-02-26T10:00:00[Europe/Berlin]".parse().unwrap()
    }

    /// Writes what was understood on one line.
    fn understood(text: &str, now: &ZonedDateTime) -> String {
        let when = match parse(text, now) {
            Ok(when) => when,
            Err(error) => return error.to_string(),
        };
        let clock = |time: &ZonedDateTime| time.strftime("%a %d.%m. %H:%M").to_string();
        let mut out = vec![format!(
            "{} - {}",
            clock(&when.window.0),
            clock(&when.window.1)
        )];
        out.extend(when.minutes.map(|minutes| format!("{minutes}min")));
        out.extend(when.days.map(|days| {
            let days = days
                .iter()
                .map(|day| format!("{day:?}").chars().take(2).collect::<String>());
            days.collect::<Vec<_>>().join(",")
        }));
        out.extend(
            when.hours
                .map(|(from, to)| format!("{}-{}", from.strftime("%H:%M"), to.strftime("%H:%M"))),
        );
        out.extend(when.is_exact.then(|| "exact".to_owned()));
        out.join(" ")
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a flat table")]
    fn plain_english_is_understood() {
        let table = [
            (
                "next Tuesday afternoon",
                "Tue 03.03. 12:00 - Tue 03.03. 18:00 12:00-18:00",
            ),
            (
                "tomorrow at 10",
                "Fri 27.02. 10:00 - Fri 27.02. 11:00 exact",
            ),
            (
                "tomorrow at 10 for 30 minutes",
                "Fri 27.02. 10:00 - Fri 27.02. 10:30 30min exact",
            ),
            ("today", "Thu 26.02. 10:00 - Fri 27.02. 00:00"),
            (
                "this afternoon",
                "Thu 26.02. 12:00 - Thu 26.02. 18:00 12:00-18:00",
            ),
            ("tonight", "Thu 26.02. 17:00 - Thu 26.02. 22:00 17:00-22:00"),
            (
                "the day after tomorrow",
                "Sat 28.02. 00:00 - Sun 01.03. 00:00",
            ),
            ("this week", "Thu 26.02. 10:00 - Mon 02.03. 00:00"),
            ("next week", "Mon 02.03. 00:00 - Mon 09.03. 00:00"),
            (
                "next week, not on Friday",
                "Mon 02.03. 00:00 - Mon 09.03. 00:00 Mo,Tu,We,Th,Sa,Su",
            ),
            ("Tuesday next week", "Tue 03.03. 00:00 - Wed 04.03. 00:00"),
            (
                "on Monday or Wednesday next week",
                "Mon 02.03. 00:00 - Mon 09.03. 00:00 Mo,We",
            ),
            (
                "in the week of 3 March",
                "Mon 02.03. 00:00 - Mon 09.03. 00:00",
            ),
            (
                "the week of March 3rd in the morning",
                "Mon 02.03. 00:00 - Mon 09.03. 00:00 06:00-12:00",
            ),
            ("next month", "Sun 01.03. 00:00 - Wed 01.04. 00:00"),
            ("this weekend", "Sat 28.02. 00:00 - Mon 02.03. 00:00"),
            (
                "between Monday and Friday",
                "Mon 02.03. 00:00 - Sat 07.03. 00:00",
            ),
            (
                "next week between Tuesday and Thursday",
                "Tue 03.03. 00:00 - Fri 06.03. 00:00",
            ),
            (
                "from 3 March to 5 March",
                "Tue 03.03. 00:00 - Fri 06.03. 00:00",
            ),
            ("3-5 March", "Tue 03.03. 00:00 - Fri 06.03. 00:00"),
            (
                "on 14 March at 9:30",
                "Sat 14.03. 09:30 - Sat 14.03. 10:30 exact",
            ),
            ("March 14, 2027", "Sun 14.03. 00:00 - Mon 15.03. 00:00"),
            ("Saturday, 14 March", "Sat 14.03. 00:00 - Sun 15.03. 00:00"),
            (
                "on 14th of may at 9:30",
                "Thu 14.05. 09:30 - Thu 14.05. 10:30 exact",
            ),
            (
                "may 14 at 9:30",
                "Thu 14.05. 09:30 - Thu 14.05. 10:30 exact",
            ),
            (
                "on sat at 10 am",
                "Sat 28.02. 10:00 - Sat 28.02. 11:00 exact",
            ),
            ("we sat on tuesday", "Tue 03.03. 00:00 - Wed 04.03. 00:00"),
            ("2026-03-14", "Sat 14.03. 00:00 - Sun 15.03. 00:00"),
            (
                "2026-03-14T09:30",
                "Sat 14.03. 09:30 - Sat 14.03. 10:30 exact",
            ),
            (
                "2026-03-14 15:00",
                "Sat 14.03. 15:00 - Sat 14.03. 16:00 exact",
            ),
            (
                "within the next 10 days",
                "Thu 26.02. 10:00 - Mon 09.03. 00:00",
            ),
            (
                "in the next two weeks",
                "Thu 26.02. 10:00 - Fri 13.03. 00:00",
            ),
            ("within 3 hours", "Thu 26.02. 10:00 - Thu 26.02. 13:00"),
            ("in 3 days", "Sun 01.03. 00:00 - Mon 02.03. 00:00"),
            ("in 2 hours", "Thu 26.02. 12:00 - Fri 27.02. 00:00"),
            (
                "Tuesday between 9 and 11",
                "Tue 03.03. 09:00 - Tue 03.03. 11:00 09:00-11:00",
            ),
            (
                "Tuesday from 2 to 4 pm",
                "Tue 03.03. 14:00 - Tue 03.03. 16:00 14:00-16:00",
            ),
            (
                "Tuesday 9:30-10:30",
                "Tue 03.03. 09:30 - Tue 03.03. 10:30 09:30-10:30",
            ),
            (
                "Tuesday from 9 to 5",
                "Tue 03.03. 09:00 - Tue 03.03. 17:00 09:00-17:00",
            ),
            (
                "Tuesday after 3pm",
                "Tue 03.03. 15:00 - Tue 03.03. 23:59 15:00-23:59",
            ),
            (
                "Tuesday before noon",
                "Tue 03.03. 00:00 - Tue 03.03. 12:00 00:00-12:00",
            ),
            (
                "Tuesday at 3 in the afternoon",
                "Tue 03.03. 15:00 - Tue 03.03. 16:00 exact",
            ),
            ("at 3 pm", "Thu 26.02. 15:00 - Thu 26.02. 16:00 exact"),
            ("at 9 am", "Fri 27.02. 09:00 - Fri 27.02. 10:00 exact"),
            (
                "next week at 10 for half an hour",
                "Mon 02.03. 00:00 - Mon 09.03. 00:00 30min 10:00-10:30",
            ),
            ("by Wednesday", "Thu 26.02. 10:00 - Thu 05.03. 00:00"),
            ("before Wednesday", "Thu 26.02. 10:00 - Wed 04.03. 00:00"),
            ("after Monday", "Tue 03.03. 00:00 - Wed 18.03. 00:00"),
            (
                "Tuesday or Wednesday",
                "Tue 03.03. 00:00 - Thu 05.03. 00:00 Tu,We",
            ),
            (
                "book a room for half an hour with Ada on Tuesday",
                "Tue 03.03. 00:00 - Wed 04.03. 00:00 30min",
            ),
        ];
        for (text, want) in table {
            assert_eq!(understood(text, &now()), want, "{text}");
        }
    }

    #[test]
    fn lengths_are_read_in_words_and_digits() {
        for (text, want) in [
            ("30 minutes", 30),
            ("a 45-minute call", 45),
            ("forty-five minutes", 45),
            ("half an hour", 30),
            ("a half-hour call", 30),
            ("1.5 hours", 90),
            ("an hour", 60),
            ("an hour and a half", 90),
            ("one and a half hours", 90),
            ("1 hour 30 minutes", 90),
            ("1 hour and 15 minutes", 75),
            ("2h", 120),
            ("quarter of an hour", 15),
        ] {
            assert_eq!(
                parse(text, &now()).map(|when| (when.minutes, when.has_day)),
                Ok((Some(want), false)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_can_mean_two_things_is_asked_back() {
        let monday: ZonedDateTime = "2026-03-02T10:00:00[Europe/Berlin]".parse().unwrap();
        for (text, want) in [
            (
                "next Friday",
                "'next Friday' can mean Friday 6 March 2026 or Friday 13 March 2026",
            ),
            ("next Tuesday", "Tue 10.03. 00:00 - Wed 11.03. 00:00"),
            (
                "Monday",
                "'Monday' can mean today, Monday 2 March 2026 or Monday 9 March 2026",
            ),
            ("this Monday", "Mon 02.03. 10:00 - Tue 03.03. 00:00"),
            (
                "tomorrow at 3",
                "'3:00' can mean 3:00 in the morning or 15:00",
            ),
            (
                "tomorrow at 03:00",
                "Tue 03.03. 03:00 - Tue 03.03. 04:00 exact",
            ),
            (
                "on 03/04/2027",
                "'3/4/2027' can mean Saturday 3 April 2027 or Thursday 4 March 2027",
            ),
            (
                "Monday, 3 March 2026",
                "'3 March 2026' is a Tuesday, not the day written",
            ),
            (
                "3 March or 30 March",
                "'more than one date' can mean Tuesday 3 March 2026 or Monday 30 March 2026",
            ),
        ] {
            assert_eq!(understood(text, &monday), want, "{text}");
        }
    }

    #[test]
    fn what_says_no_time_or_a_past_one_is_refused() {
        for (text, want) in [
            ("", "'' names no time"),
            (
                "send the report to Ada",
                "'send the report to Ada' names no time",
            ),
            ("Invoice 4411", "'Invoice 4411' names no time"),
            ("room 12", "'room 12' names no time"),
            ("today at 9:30", "'today at 9:30' is in the past"),
            ("2 January 2026", "'2 January 2026' is in the past"),
            ("today at 8:00", "'today at 8:00' is in the past"),
            (
                "Tuesday from 11 to 11",
                "'Tuesday from 11 to 11' leaves no day or time",
            ),
        ] {
            assert_eq!(understood(text, &now()), want, "{text}");
        }
    }

    #[test]
    fn days_keep_their_wall_clock_over_a_clock_change() {
        let friday: ZonedDateTime = "2026-03-27T10:00:00[Europe/Berlin]".parse().unwrap();
        let when = parse("on 30 March at 9:00", &friday).unwrap();
        assert_eq!(
            when.window.0.timestamp().to_string(),
            "2026-03-30T07:00:00Z"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_understood_or_refused(
            text in "\\PC{0,60}",
            words in proptest::collection::vec(prop_oneof![
                Just("next"), Just("this"), Just("Tuesday"), Just("between"), Just("and"), Just("at"), Just("10"),
                Just("3"), Just("March"), Just("not"), Just("on"), Just("week"), Just("of"), Just("hours"),
                Just("half"), Just("an"), Just("in"), Just("within"), Just("days"), Just("from"), Just("to"),
                Just("9:30"), Just("pm"), Just("-"), Just("999"), Just("2026"), Just("tonight"), Just("before"),
            ], 0..12),
        ) {
            for text in [text, words.join(" ")] {
                if let Ok(when) = parse(&text, &now()) {
                    prop_assert!(when.window.0 < when.window.1, "{}", text);
                    prop_assert!(when.window.1 > now(), "{}", text);
                }
            }
        }
    }
}
