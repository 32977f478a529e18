//! Which days are meant: plain English for those to come, a few words for those gone by.

use jiff::civil::{Date, Weekday};
use jiff::{Span as Length, Timestamp, ZonedDateTime};

use super::Failure;
use crate::action::Interval;
use crate::booking::{self, Only, When, WhenError};
use crate::cli::report::Kind;

/// Days looked at when none were said.
const DAYS: i32 = 7;
/// Most days looked at.
pub(super) const DAYS_MAX: i32 = 400;

/// A stretch of time to look at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    /// First moment.
    pub(super) from: ZonedDateTime,
    /// First moment after it.
    pub(super) to: ZonedDateTime,
    /// Days and hours within it that are meant.
    pub(super) only: Only,
}

impl Span {
    /// Whole days from `first` on.
    pub(super) fn days(first: Date, count: i32, now: &ZonedDateTime) -> Result<Self, Failure> {
        let far = || Failure::user(format!("{first} is too far away")).hint("name a nearer day");
        let zone = now.time_zone();
        let last = first
            .checked_add(Length::new().days(count))
            .map_err(|_| far())?;
        Ok(Self {
            from: first.to_zoned_datetime(zone.clone()).map_err(|_| far())?,
            to: last.to_zoned_datetime(zone.clone()).map_err(|_| far())?,
            only: Only::default(),
        })
    }

    /// The week, Monday to Sunday, in which `day` lies.
    pub(super) fn week(day: Date, now: &ZonedDateTime) -> Result<Self, Failure> {
        let back = i64::from(day.weekday().to_monday_zero_offset());
        Self::days(day.saturating_sub(Length::new().days(back)), 7, now)
    }

    pub(super) fn bounds(&self) -> (Timestamp, Timestamp) {
        (self.from.timestamp(), self.to.timestamp())
    }

    pub(super) fn interval(&self) -> Interval {
        let (start, end) = self.bounds();
        Interval { start, end }
    }

    /// English names of the days of the week that were said; none means all.
    pub(super) fn weekdays(&self) -> Vec<String> {
        let days = self.only.days.iter().flatten();
        days.map(|day| crate::config::day_name(*day).to_owned())
            .collect()
    }

    /// Lists the days that are meant, in order.
    pub(super) fn dates(&self) -> Vec<Date> {
        let wanted = |day: &Date| {
            let days = self.only.days.as_ref();
            days.is_none_or(|days| days.contains(&day.weekday()))
        };
        let start = |day: Date| day.to_zoned_datetime(self.to.time_zone().clone());
        self.from
            .date()
            .series(Length::new().days(1))
            .take_while(|day| start(*day).is_ok_and(|start| start < self.to))
            .take(usize::try_from(DAYS_MAX).unwrap_or(usize::MAX))
            .filter(wanted)
            .collect()
    }

    /// Says it for people, `Tue 16 Mar 2027` or `Tue 16 Mar to Mon 22 Mar 2027`.
    pub(super) fn words(&self) -> String {
        let dates = self.dates();
        let long = |day: &Date| day.strftime("%a %-d %b %Y").to_string();
        match (dates.first(), dates.last()) {
            (Some(first), Some(last)) if first == last => long(first),
            (Some(first), Some(last)) => {
                format!("{} to {}", first.strftime("%a %-d %b"), long(last))
            }
            (_, _) => "no day".to_owned(),
        }
    }
}

/// Works out the days to look at, whole days unless hours were said.
pub(super) fn looking(when: &[String], now: &ZonedDateTime) -> Result<Span, Failure> {
    let text = when.join(" ");
    if text.trim().is_empty() {
        return Span::days(now.date(), DAYS, now);
    }
    if let Some((first, count)) = written(&text, now.date()) {
        return Span::days(first, count, now);
    }
    let when = read(&text, now)?;
    let mut span = Span {
        from: when.window.0.clone(),
        to: when.window.1.clone(),
        only: when.only(),
    };
    if when.hours.is_none() {
        let whole = Span::days(span.from.date(), 1, now)?;
        span.from = whole.from;
        span.to = span.to.max(whole.to);
    }
    Ok(span)
}

/// As [`looking`], but never before now: for what is to be booked.
pub(super) fn coming(when: &[String], now: &ZonedDateTime) -> Result<Span, Failure> {
    let mut span = looking(when, now)?;
    if span.to <= *now {
        let text = crate::untrusted::line(&when.join(" "), 80);
        return Err(
            Failure::user(format!("'{text}' is in the past")).hint("name a time from now on")
        );
    }
    span.from = span.from.max(now.clone());
    Ok(span)
}

/// Reads `text` by the rules of booking, both readings named where there are two.
pub(super) fn read(text: &str, now: &ZonedDateTime) -> Result<When, Failure> {
    if let Some(failure) = two_numbers(text) {
        return Err(failure);
    }
    booking::parse(text, now).map_err(|error: WhenError| {
        let hint = error.hint();
        Failure::new(Kind::User, error).hint_if(hint)
    })
}

/// `3/4` is the third of April to one half of the world and the fourth of March to the other.
fn two_numbers(text: &str) -> Option<Failure> {
    let numbers = |word: &str| -> Option<(u8, u8)> {
        let (one, other) = word.trim_end_matches(',').split_once('/')?;
        Some((one.parse().ok()?, other.parse().ok()?))
    };
    let (one, other) = text.split_whitespace().find_map(numbers)?;
    let sentence =
        format!("'{one}/{other}' can be the day {one} of month {other}, or the other way round");
    Some(Failure::user(sentence).hint("write the date as 2026-03-14 or 14 March"))
}

/// Days that need no reading: dates as computers write them, today, and the past.
fn written(text: &str, today: Date) -> Option<(Date, i32)> {
    let text = text.trim().to_lowercase();
    let back = |days: i32| today.saturating_sub(Length::new().days(days));
    let monday = i32::from(today.weekday().to_monday_zero_offset());
    match text.as_str() {
        "today" => Some((today, 1)),
        "yesterday" => Some((back(1), 1)),
        "this week" => Some((back(monday), 7)),
        "last week" => Some((back(monday + 7), 7)),
        _ => {
            if let Ok(date) = text.parse() {
                return Some((date, 1));
            }
            let day = weekday(text.strip_prefix("last ")?)?;
            let ago = i32::from(today.weekday().since(day));
            Some((back(if ago == 0 { 7 } else { ago }), 1))
        }
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    crate::config::weekday(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> ZonedDateTime {
        "2027-03-16T10:07:00[Europe/Berlin]".parse().unwrap()
    }

    #[test]
    fn days_are_read_forwards_and_a_few_backwards() {
        for (text, want) in [
            ("", "Tue 16 Mar to Mon 22 Mar 2027"),
            ("today", "Tue 16 Mar 2027"),
            ("tomorrow", "Wed 17 Mar 2027"),
            ("tomorrow at 10:00", "Wed 17 Mar 2027"),
            ("yesterday", "Mon 15 Mar 2027"),
            ("this week", "Mon 15 Mar to Sun 21 Mar 2027"),
            ("last week", "Mon 8 Mar to Sun 14 Mar 2027"),
            ("next week", "Mon 22 Mar to Sun 28 Mar 2027"),
            ("last tuesday", "Tue 9 Mar 2027"),
            ("2026-01-02", "Fri 2 Jan 2026"),
        ] {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            assert_eq!(looking(&words, &now()).unwrap().words(), want, "{text}");
        }
    }

    #[test]
    fn what_names_no_time_or_two_is_the_users_to_mend() {
        for text in ["blue", "03/04/2027", "3/4 at 10:00"] {
            let failure = looking(&[text.to_owned()], &now()).unwrap_err();
            assert_eq!(failure.code(), 2, "{text}");
            assert!(!failure.first_hint().is_empty(), "{text}");
        }
    }

    #[test]
    fn a_day_of_the_clock_change_is_whole() {
        let span = looking(&["2027-03-28".to_owned()], &now()).unwrap();
        let (from, to) = span.bounds();
        assert_eq!(to.duration_since(from).as_hours(), 23);
        assert_eq!(span.dates().len(), 1);
    }
}
