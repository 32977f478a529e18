//! Times as sentences, fields and pages write them; the one place that asks `booking`.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use crate::action::{Fail, Hours, Interval};
use crate::booking::{self, Only, Request, Rules};
use crate::clock::Clock;
use crate::skill::wording::words;

use super::run::fail;

/// How far ahead is looked when no span is given, in days.
const SOON_DAYS: i64 = 14;

/// A span of time, with what was asked for beyond it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) only: Only,
    /// Whether one moment to begin at was said.
    pub(super) is_exact: bool,
}

impl Span {
    pub(super) fn interval(&self) -> Interval {
        Interval {
            start: self.start,
            end: self.end,
        }
    }

    /// Where one moment was said, the span of that many minutes from there on.
    pub(super) fn for_minutes(mut self, minutes: u32) -> Self {
        if self.is_exact {
            let end = self
                .start
                .checked_add(SignedDuration::from_mins(minutes.into()));
            self.end = end.unwrap_or(self.end);
        }
        self
    }

    /// The days of the week that were said, by their English names; none allows all.
    pub(super) fn weekdays(&self) -> Vec<String> {
        let days = self.only.days.iter().flatten();
        days.map(|day| crate::config::day_name(*day).to_owned())
            .collect()
    }

    /// The hours of the day that were said.
    pub(super) fn hours(&self) -> Option<Hours> {
        let (from, to) = self.only.hours?;
        Some(Hours { from, to })
    }
}

/// Reads a span of time in English.
pub(super) fn span(said: &str, clock: &Clock) -> Result<Span, Fail> {
    let when = booking::parse(said, &clock.local())
        .map_err(|error| fail(error.to_string(), error.hint().unwrap_or_default()))?;
    Ok(Span {
        start: when.window.0.timestamp(),
        end: when.window.1.timestamp(),
        only: when.only(),
        is_exact: when.is_exact,
    })
}

/// Returns the span taken when none is said: from now, two weeks.
pub(super) fn soon(clock: &Clock) -> Span {
    let now = clock.now();
    let end = now.checked_add(SignedDuration::from_hours(24 * SOON_DAYS));
    Span {
        start: now,
        end: end.unwrap_or(Timestamp::MAX),
        only: Only::default(),
        is_exact: false,
    }
}

/// Reads the one date of a label; none when there is none or it could be two.
pub(super) fn date(text: &str, clock: &Clock) -> Option<Date> {
    booking::date(text, &clock.local()).ok().flatten()
}

/// Reads the one time of day of a label.
pub(super) fn time(text: &str) -> Option<Time> {
    booking::time(text)
}

/// Reads `14.30` as a time of day; it may as well be a price, so the caller must know better.
pub(super) fn dotted(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once('.')?;
    let digits =
        |part: &str, most: usize| part.len() <= most && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour, 2) || minute.len() != 2 || !digits(minute, 2) {
        return None;
    }
    let (hour, minute) = (hour.parse().ok()?, minute.parse::<i8>().ok()?);
    // Appointments begin at full five minutes; prices seldom all do.
    Time::new(hour, minute, 0, 0)
        .ok()
        .filter(|_| minute % 5 == 0)
}

/// Reads a date and time in the user's zone.
pub(super) fn moment(text: &str, clock: &Clock) -> Option<ZonedDateTime> {
    if let Ok(zoned) = text.trim().parse::<ZonedDateTime>() {
        return Some(zoned);
    }
    let local = booking::date_time(text, &clock.local()).ok().flatten()?;
    local.to_zoned_datetime(clock.zone().clone()).ok()
}

/// Returns the moment a date and a time of day make in the user's zone.
pub(super) fn at(date: Date, time: Time, clock: &Clock) -> Option<ZonedDateTime> {
    date.to_datetime(time)
        .to_zoned_datetime(clock.zone().clone())
        .ok()
}

/// Returns the first moment of a day.
pub(super) fn start_of(date: Date, clock: &Clock) -> Option<Timestamp> {
    Some(at(date, Time::midnight(), clock)?.timestamp())
}

/// Returns the moment so many minutes later.
pub(super) fn after(start: &ZonedDateTime, minutes: u32) -> ZonedDateTime {
    start
        .checked_add(SignedDuration::from_mins(minutes.into()))
        .unwrap_or_else(|_| start.clone())
}

/// Writes a value in the format a field's `type` takes on the wire; other text stays as it is.
pub(super) fn in_field_format(text: &str, kind: Option<&str>, clock: &Clock) -> String {
    let written = match kind {
        Some("date") => date(text, clock).map(|d| d.to_string()),
        Some("time") => time(text).map(|t| t.strftime("%H:%M").to_string()),
        Some("datetime-local") => {
            moment(text, clock).map(|m| m.strftime("%Y-%m-%dT%H:%M").to_string())
        }
        Some("month") => date(text, clock).map(|d| d.strftime("%Y-%m").to_string()),
        Some(_) | None => None,
    };
    written.unwrap_or_else(|| text.to_owned())
}

/// Reads the month and year that head a calendar, such as `December 2026`; a missing year is the
/// one in which that month comes next.
pub(super) fn month(text: &str, clock: &Clock) -> Option<(i16, i8)> {
    let words = words(text);
    let named: Vec<(usize, i8)> = words
        .iter()
        .enumerate()
        .filter_map(|(at, word)| Some((at, booking::month(word)?)))
        .collect();
    let [(at, month)] = named.as_slice() else {
        return None;
    };
    let year = words
        .iter()
        .skip(*at)
        .chain(words.iter())
        .filter(|word| word.len() == 4)
        .find_map(|word| word.parse::<i16>().ok())
        .filter(|year| (1970..=2200).contains(year));
    let today = clock.local().date();
    let next = if *month < today.month() {
        today.year() + 1
    } else {
        today.year()
    };
    Some((year.unwrap_or(next), *month))
}

/// What is needed to say whether a slot suits the user.
#[derive(Debug, Clone)]
pub(super) struct Suits<'a> {
    pub(super) span: &'a Span,
    pub(super) minutes: u32,
    pub(super) taken: &'a [booking::Taken],
    pub(super) rules: Rules,
}

impl Suits<'_> {
    fn request(&self) -> Request<'_> {
        Request {
            minutes: self.minutes,
            window: self.span.interval(),
            taken: self.taken,
            margin: SignedDuration::ZERO,
            rules: self.rules.clone(),
            only: self.span.only.clone(),
        }
    }

    /// Says whether a slot may begin then.
    pub(super) fn at(&self, start: &ZonedDateTime) -> bool {
        booking::fits(&self.request(), start.timestamp()).is_ok()
    }

    /// Says whether any slot may begin on that day.
    pub(super) fn on(&self, day: Date, clock: &Clock) -> bool {
        let start = start_of(day, clock).map(|s| s.max(self.span.start));
        let end = day
            .tomorrow()
            .ok()
            .and_then(|d| start_of(d, clock))
            .map(|e| e.min(self.span.end));
        let (Some(start), Some(end)) = (start, end) else {
            return false;
        };
        let window = Interval { start, end };
        start < end
            && !booking::slots(
                &Request {
                    window,
                    ..self.request()
                },
                1,
            )
            .is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_times_are_clock_times_at_full_five_minutes() {
        for (text, want) in [
            ("14.30", Time::new(14, 30, 0, 0).ok()),
            ("9.05", Time::new(9, 5, 0, 0).ok()),
            ("24.00", None),
            ("9.99", None),
            ("9.5", None),
            ("1499.00", None),
            ("", None),
        ] {
            assert_eq!(dotted(text), want, "{text}");
        }
    }
}
