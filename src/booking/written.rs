//! Dates and times as people and pages write them, found at one place of a text.
//!
//! Digits alone are neither; what could be two dates stays two dates.

use std::fmt;

use jiff::civil::{Date, Time, Weekday};

use super::words::{self, Kind, Token};

/// Years that a written date can have.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;

/// What was written can mean two things, or contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Ambiguous {
    /// What was written, a few words.
    pub text: String,
    /// One sentence: both readings, or the contradiction.
    pub readings: String,
}

impl fmt::Display for Ambiguous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' {}", self.text, self.readings)
    }
}

impl Ambiguous {
    /// Names both readings.
    pub(super) fn two(
        text: impl Into<String>,
        one: impl fmt::Display,
        other: impl fmt::Display,
    ) -> Self {
        Self {
            text: text.into(),
            readings: format!("can mean {one} or {other}"),
        }
    }
}

/// A date as written; more than one month and day when the order is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrittenDate {
    year: Option<i16>,
    readings: Vec<(i8, i8)>,
}

/// Finds a date that begins at `at`; also returns where it ends.
pub(super) fn date_at(tokens: &[Token], at: usize) -> Option<(WrittenDate, usize)> {
    let first = tokens.get(at)?;
    let joined = at > 0
        && first.is_glued
        && tokens
            .get(at - 1)
            .is_some_and(|mark| mark.is(&["-", "/", ".", ":", "#"]));
    if joined {
        return None;
    }
    numeric(tokens, at)
        .or_else(|| day_month(tokens, at))
        .or_else(|| month_day(tokens, at))
}

/// `2026-03-14`, `14.03.2026`, `03/14/2026`
fn numeric(tokens: &[Token], at: usize) -> Option<(WrittenDate, usize)> {
    let [a, mark, b, again, c] = tokens.get(at..at + 5)? else {
        return None;
    };
    let glued = [mark, b, again, c].iter().all(|token| token.is_glued);
    if !glued || mark.text != again.text || !mark.is(&["-", "/", "."]) {
        return None;
    }
    let two = |token: &Token| i8::try_from(token.number(2)?).ok();
    if a.text.len() == 4 {
        let year = a.number(4).filter(|year| YEARS.contains(year))?;
        let (month, day) = (two(b)?, two(c)?);
        is_possible(month, day).then_some(())?;
        return Some((
            WrittenDate {
                year: Some(year),
                readings: vec![(month, day)],
            },
            at + 5,
        ));
    }
    let year = match c.text.len() {
        4 => c.number(4),
        2 if !mark.is(&["-"]) => c.number(2).map(|year| 2000 + year),
        _ => None,
    };
    let year = year.filter(|year| YEARS.contains(year))?;
    let (a, b) = (two(a)?, two(b)?);
    let mut readings = vec![(b, a)];
    if !mark.is(&["."]) && a != b {
        readings.push((a, b));
    }
    readings.retain(|&(month, day)| is_possible(month, day));
    (!readings.is_empty()).then_some((
        WrittenDate {
            year: Some(year),
            readings,
        },
        at + 5,
    ))
}

fn is_possible(month: i8, day: i8) -> bool {
    Date::new(2024, month, day).is_ok()
}

/// Finds `3 March 2026`, `3rd of March` or `3. Mar` at `at`; also returns where it ends.
pub(super) fn day_month(tokens: &[Token], at: usize) -> Option<(WrittenDate, usize)> {
    let (day, mut next) = day(tokens, at)?;
    if tokens
        .get(next)
        .is_some_and(|token| token.is(&["."]) && token.is_glued)
    {
        next += 1;
    }
    if tokens.get(next).is_some_and(|token| token.is(&["of"])) {
        next += 1;
    }
    let month = month_name(tokens, next)?;
    let (year, next) = year(tokens, after_dot(tokens, next + 1));
    is_possible(month, day).then_some((
        WrittenDate {
            year,
            readings: vec![(month, day)],
        },
        next,
    ))
}

/// `March 3, 2026`, `Mar 3rd`
fn month_day(tokens: &[Token], at: usize) -> Option<(WrittenDate, usize)> {
    let month = month_name(tokens, at)?;
    let mut next = after_dot(tokens, at + 1);
    if tokens.get(next).is_some_and(|token| token.is(&["the"])) {
        next += 1;
    }
    let (day, next) = day(tokens, next)?;
    // `March 3:30` and `May 3.50` are no days.
    let goes_on = tokens
        .get(next)
        .is_some_and(|mark| mark.is_glued && mark.is(&[":", ".", "/"]))
        && tokens
            .get(next + 1)
            .is_some_and(|token| token.is_glued && token.kind == Kind::Number);
    if goes_on {
        return None;
    }
    let (year, next) = year(tokens, next);
    is_possible(month, day).then_some((
        WrittenDate {
            year,
            readings: vec![(month, day)],
        },
        next,
    ))
}

fn after_dot(tokens: &[Token], at: usize) -> usize {
    let is_dot = tokens
        .get(at)
        .is_some_and(|token| token.is_glued && token.is(&["."]));
    if is_dot { at + 1 } else { at }
}

/// Reads a month's name; `may` only with a capital, since it is a verb too.
fn month_name(tokens: &[Token], at: usize) -> Option<i8> {
    let token = tokens.get(at)?;
    let month = words::month(&token.text)?;
    (token.text != "may" || token.is_capital).then_some(month)
}

/// Reads `3`, `03` or `3rd`.
fn day(tokens: &[Token], at: usize) -> Option<(i8, usize)> {
    let day = tokens
        .get(at)?
        .number(2)
        .filter(|day| (1..=31).contains(day))?;
    let is_ordinal = tokens
        .get(at + 1)
        .is_some_and(|token| token.is_glued && token.is(&["st", "nd", "rd", "th"]));
    Some((
        i8::try_from(day).ok()?,
        if is_ordinal { at + 2 } else { at + 1 },
    ))
}

/// Reads a year of four digits, also after a comma; else there is none.
fn year(tokens: &[Token], at: usize) -> (Option<i16>, usize) {
    let from = if tokens.get(at).is_some_and(|token| token.is(&[","])) {
        at + 1
    } else {
        at
    };
    let year = tokens
        .get(from)
        .filter(|token| token.text.len() == 4)
        .and_then(|token| token.number(4))
        .filter(|year| YEARS.contains(year));
    match year {
        Some(year) => (Some(year), from + 1),
        None => (None, at),
    }
}

impl WrittenDate {
    /// Turns it into a date: a missing year is the one in which it comes next, and a weekday tells
    /// two readings apart.
    pub(super) fn resolve(&self, day: Option<Weekday>, today: Date) -> Result<Date, Ambiguous> {
        let mut dates: Vec<Date> = self
            .readings
            .iter()
            .filter_map(|&(month, day)| self.on(month, day, today))
            .collect();
        dates.dedup();
        let all = dates.clone();
        if let Some(day) = day {
            if self.year.is_none()
                && let Some(&(month, number)) = self.readings.first()
            {
                dates = years_around(today, month, number);
            }
            dates.retain(|date| date.weekday() == day);
            dates.truncate(if self.year.is_none() { 1 } else { 2 });
        }
        match (dates.as_slice(), all.first()) {
            ([one], _) => Ok(*one),
            ([one, other, ..], _) => {
                let text = all.first().map(|_| self.text()).unwrap_or_default();
                Err(Ambiguous::two(text, long(*one), long(*other)))
            }
            ([], Some(date)) => Err(Ambiguous {
                text: self.text(),
                readings: format!("is a {}, not the day written", date.strftime("%A")),
            }),
            ([], None) => Err(Ambiguous {
                text: self.text(),
                readings: "is no day of that year".to_owned(),
            }),
        }
    }

    fn on(&self, month: i8, day: i8, today: Date) -> Option<Date> {
        match self.year {
            Some(year) => Date::new(year, month, day).ok(),
            None => (today.year()..today.year() + 9)
                .filter_map(|year| Date::new(year, month, day).ok())
                .find(|date| *date >= today),
        }
    }

    fn text(&self) -> String {
        let year = self.year.map(|year| format!(" {year}")).unwrap_or_default();
        let numbers = |(month, day): &(i8, i8)| match Date::new(2024, *month, *day) {
            Ok(date) => date.strftime("%-d %B").to_string(),
            Err(_) => format!("{day}/{month}"),
        };
        match self.readings.as_slice() {
            [_, (a, b)] => format!("{a}/{b}/{}", self.year.unwrap_or_default()),
            [one, ..] => format!("{}{year}", numbers(one)),
            [] => year,
        }
    }
}

/// Lists that day of the coming, the next and the last year.
fn years_around(today: Date, month: i8, day: i8) -> Vec<Date> {
    let mut dates: Vec<Date> = (today.year() - 1..=today.year() + 1)
        .filter_map(|year| Date::new(year, month, day).ok())
        .collect();
    dates.sort_by_key(|date| (*date < today, (*date - today).get_days().abs()));
    dates
}

/// Writes a date so that nobody can mistake it.
pub(super) fn long(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// A time of day as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WrittenTime {
    /// The time, in the morning where that is not said.
    pub(super) time: Time,
    /// Whether it may as well be meant in the afternoon: `3:30`, but not `03:30` or `9:30`.
    pub(super) is_either: bool,
    /// Whether am or pm was said.
    pub(super) has_half: bool,
}

/// Finds a time that begins at `at`; also returns where it ends.
pub(super) fn time_at(tokens: &[Token], at: usize) -> Option<(WrittenTime, usize)> {
    let first = tokens.get(at)?;
    if first.is(&["noon", "midday", "midnight"]) {
        let hour = if first.is(&["midnight"]) { 0 } else { 12 };
        return written(hour, 0, None, at + 1);
    }
    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
    let joined = first.is_glued
        && before.is_some_and(|mark| mark.is(&[":", ".", "/", "+", "#", "$", "€", "£"]));
    let hour = first.number(2).filter(|_| !joined)?;
    let (minute, next) = minutes(tokens, at);
    let (half, next) = half(tokens, next);
    let is_german = tokens.get(next).is_some_and(|token| token.is(&["uhr"]));
    let is_clock = tokens.get(next).is_some_and(|token| token.is(&["o'clock"]));
    let next = if is_german || is_clock {
        next + 1
    } else {
        next
    };
    let is_noon =
        hour == 12 && minute.is_none() && tokens.get(next).is_some_and(|token| token.is(&["noon"]));
    let is_length = tokens.get(next).is_some_and(|token| {
        token.is(&[
            "h", "hr", "hrs", "hour", "hours", "min", "mins", "minute", "minutes", "%",
        ])
    });
    let is_said = half.is_some() || is_german || is_clock || is_noon;
    let is_colon = tokens.get(at + 1).is_some_and(|mark| mark.is(&[":", "h"]));
    if is_length || !(is_said || (minute.is_some() && is_colon)) {
        return None;
    }
    let mut out = written(
        hour,
        minute.unwrap_or(0),
        half,
        if is_noon { next + 1 } else { next },
    )?;
    if is_german || first.text.len() == 2 && first.text.starts_with('0') {
        out.0.is_either = false;
    }
    Some(out)
}

/// Reads `:30`, `.30`, `h30` and seconds after an hour.
fn minutes(tokens: &[Token], hour: usize) -> (Option<i16>, usize) {
    let pair = |at: usize| {
        let [mark, number] = tokens.get(at..at + 2)? else {
            return None;
        };
        let fits = mark.is_glued && number.is_glued && number.text.len() == 2;
        let is_mark = mark.is(&[":", ".", "h"]);
        number
            .number(2)
            .filter(|minute| fits && is_mark && *minute < 60)
    };
    let Some(minute) = pair(hour + 1) else {
        return (None, hour + 1);
    };
    let has_seconds =
        tokens.get(hour + 3).is_some_and(|mark| mark.is(&[":"])) && pair(hour + 3).is_some();
    (Some(minute), if has_seconds { hour + 5 } else { hour + 3 })
}

/// The half of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Am,
    Pm,
}

/// Reads `am`, `PM`, `a.m.`
fn half(tokens: &[Token], at: usize) -> (Option<Half>, usize) {
    let Some(token) = tokens.get(at) else {
        return (None, at);
    };
    let half = match token.text.as_str() {
        "am" | "a" => Half::Am,
        "pm" | "p" => Half::Pm,
        _ => return (None, at),
    };
    if token.text.len() == 2 {
        return (Some(half), at + 1);
    }
    let text = |offset: usize| tokens.get(at + offset).map(|token| token.text.as_str());
    match (text(1), text(2), text(3)) {
        (Some("."), Some("m"), Some(".")) => (Some(half), at + 4),
        (Some("."), Some("m"), _) => (Some(half), at + 3),
        _ => (None, at),
    }
}

fn written(
    hour: i16,
    minute: i16,
    half: Option<Half>,
    next: usize,
) -> Option<(WrittenTime, usize)> {
    let hour24 = match (half, hour) {
        (Some(Half::Am), 12) => 0,
        (Some(Half::Pm), 1..=11) => hour + 12,
        (Some(Half::Am), 1..=11) | (Some(Half::Pm), 12..=23) | (None, 0..=23) => hour,
        _ => return None,
    };
    let time = Time::new(i8::try_from(hour24).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?;
    let is_either = half.is_none() && (1..=6).contains(&hour);
    Some((
        WrittenTime {
            time,
            is_either,
            has_half: half.is_some(),
        },
        next,
    ))
}
