//! How far back: `yesterday`, `3 days ago`, `last week`, `monday`, `14 March`, `2026-03-14`.

use jiff::civil::Date;
use jiff::{Span, Timestamp, ZonedDateTime};

use super::Failure;
use crate::booking;
use crate::config::weekday;
use crate::untrusted;

/// Names of months as dates carry them, to know a date without a year.
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
/// Days from which a date without a year counts: the last one before now.
const YEAR: i64 = 365;

/// Returns the moment that `text` names, at or before `now`.
pub(super) fn read(text: &str, now: &ZonedDateTime) -> Result<Timestamp, Failure> {
    let lower = text.trim().to_lowercase();
    if let Ok(at) = text.trim().parse::<Timestamp>() {
        return Ok(at);
    }
    let day = lower
        .parse()
        .ok()
        .or_else(|| named(&lower, now.date()))
        .or_else(|| dated(text, now));
    let start = day.and_then(|day| day.to_zoned_datetime(now.time_zone().clone()).ok());
    let start = start.map(|start| start.timestamp());
    if let Some(at) = start.or_else(|| hours(&lower, now)) {
        return Ok(at);
    }
    let shown = untrusted::line(text, 80);
    Err(Failure::user(format!("'{shown}' names no day gone by"))
        .hint("write 'yesterday', '3 days ago', 'last week', 'monday', '14 March' or 2026-03-14"))
}

fn named(text: &str, today: Date) -> Option<Date> {
    let back = |span: Span| today.checked_sub(span).ok();
    let monday = i64::from(today.weekday().to_monday_zero_offset());
    match text {
        "today" => return Some(today),
        "yesterday" => return back(Span::new().days(1)),
        "this week" => return back(Span::new().days(monday)),
        "last week" => return back(Span::new().days(monday + 7)),
        "this month" => return Some(today.first_of_month()),
        "last month" => {
            return today
                .first_of_month()
                .checked_sub(Span::new().months(1))
                .ok();
        }
        "this year" => return Some(today.first_of_year()),
        _ => {}
    }
    if let Some(day) = weekday(text.trim_start_matches("last ")) {
        let ago = i64::from(today.weekday().since(day));
        return back(Span::new().days(if ago == 0 { 7 } else { ago }));
    }
    let (count, unit) = ago(text)?;
    match unit.trim_end_matches('s') {
        "day" => back(Span::new().try_days(count).ok()?),
        "week" => back(Span::new().try_weeks(count).ok()?),
        "month" => back(Span::new().try_months(count).ok()?),
        "year" => back(Span::new().try_years(count).ok()?),
        _ => None,
    }
}

/// `3 days ago` as 3 and `days`.
fn ago(text: &str) -> Option<(i64, &str)> {
    let (count, unit) = text.strip_suffix(" ago")?.split_once(' ')?;
    let count = match count {
        "a" | "an" | "one" => 1,
        digits => digits.parse().ok()?,
    };
    Some((count, unit.trim()))
}

fn hours(text: &str, now: &ZonedDateTime) -> Option<Timestamp> {
    let (count, unit) = ago(text)?;
    let span = match unit.trim_end_matches('s') {
        "hour" => Span::new().try_hours(count).ok()?,
        "minute" => Span::new().try_minutes(count).ok()?,
        _ => return None,
    };
    now.checked_sub(span).ok().map(|at| at.timestamp())
}

/// A date as people write it: its last occurrence when it has no year.
fn dated(text: &str, now: &ZonedDateTime) -> Option<Date> {
    let lower = text.to_lowercase();
    if !MONTHS.iter().any(|month| lower.contains(month)) {
        return None;
    }
    let before = now.checked_sub(Span::new().days(YEAR)).ok()?;
    let when = booking::parse(text, &before).ok()?;
    let date = when.window.0.date();
    (when.has_day && date <= now.date()).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_gone_by_are_read_as_people_say_them() {
        let now: ZonedDateTime = "2027-03-16T10:07:00[Europe/Berlin]".parse().unwrap();
        for (text, want) in [
            ("today", "2027-03-16T00:00"),
            ("Yesterday", "2027-03-15T00:00"),
            ("3 days ago", "2027-03-13T00:00"),
            ("a week ago", "2027-03-09T00:00"),
            ("last week", "2027-03-08T00:00"),
            ("monday", "2027-03-15T00:00"),
            ("tuesday", "2027-03-09T00:00"),
            ("last month", "2027-02-01T00:00"),
            ("2 hours ago", "2027-03-16T08:07"),
            ("2026-12-24", "2026-12-24T00:00"),
            ("14 March", "2027-03-14T00:00"),
            ("24 December", "2026-12-24T00:00"),
        ] {
            let at = read(text, &now)
                .unwrap()
                .to_zoned_datetime(now.time_zone().clone());
            assert_eq!(at.strftime("%Y-%m-%dT%H:%M").to_string(), want, "{text}");
        }
        for text in [
            "",
            "blue",
            "-3 blue ago",
            "99999999999 years ago",
            "in 3 days",
        ] {
            assert_eq!(read(text, &now).unwrap_err().code(), 2, "{text}");
        }
    }
}
