//! Which days are meant: names, dates, ranges and periods, counted from today.

use jiff::civil::{Date, Time, Weekday};
use jiff::{Span, ZonedDateTime};

use super::{DEFAULT_DAYS, Meant, Work};
use crate::booking::said::{Edge, Named, Period, Which};
use crate::booking::written::{Ambiguous, long};

impl Work<'_> {
    /// Returns whole days from `first` to `last`.
    fn whole(&self, first: Date, last: Date) -> Option<(ZonedDateTime, ZonedDateTime)> {
        Some((
            self.at(first, Time::midnight())?,
            self.at(last.tomorrow().ok()?, Time::midnight())?,
        ))
    }

    /// Returns the window of days, and the weekdays within it that are meant.
    pub(super) fn days(&self) -> Result<Option<Meant>, Ambiguous> {
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
