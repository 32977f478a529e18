//! Values of dates, times and durations (RFC 5545 sections 3.3.4 to 3.3.9).
//!
//! Reads by shape rather than by `VALUE=`, since many writers leave that out. Never panics and
//! never guesses: what is no date is none.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ZonedDateTime};

/// A date, or a local time in a zone; the zone of UTC values is UTC, of floating ones the user's.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stamp {
    /// A whole day.
    Day(Date),
    /// A local time; kept as written, since a time in a gap recurs as written.
    Time(DateTime, TimeZone),
}

/// What a value says of its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `20260314`
    Day(Date),
    /// `20260314T093000`
    Local(DateTime),
    /// `20260314T093000Z`
    Utc(DateTime),
}

impl Stamp {
    /// Returns the moment, days beginning in `zone`; times in a gap move forward and times in a
    /// fold take the first (RFC 5545 section 3.3.5).
    pub(super) fn zoned(&self, zone: &TimeZone) -> Option<ZonedDateTime> {
        match self {
            Self::Day(day) => day.to_zoned_datetime(zone.clone()).ok(),
            Self::Time(local, own) => own.to_ambiguous_zoned_datetime(*local).compatible().ok(),
        }
    }

    /// Returns the date as written.
    pub(super) fn date(&self) -> Date {
        match self {
            Self::Day(day) => *day,
            Self::Time(local, _) => local.date(),
        }
    }

    /// Returns the local time as written, midnight for a day.
    pub(super) fn local(&self) -> DateTime {
        match self {
            Self::Day(day) => day.to_datetime(Time::midnight()),
            Self::Time(local, _) => *local,
        }
    }

    /// Says whether it is a whole day.
    pub(super) fn is_day(&self) -> bool {
        matches!(self, Self::Day(_))
    }

    /// Returns the local time `local` in the same zone, or its day.
    pub(super) fn at(&self, local: DateTime) -> Self {
        match self {
            Self::Day(_) => Self::Day(local.date()),
            Self::Time(_, zone) => Self::Time(local, zone.clone()),
        }
    }
}

/// Returns the moment that a local time stands for in UTC.
pub(super) fn utc(local: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(local).ok()
}

/// Reads `20260314`, `20260314T0930`, `20260314T093000Z`, also with ISO 8601 separators.
pub(super) fn shape(value: &str) -> Option<Shape> {
    let plain: String = value
        .trim()
        .chars()
        .filter(|c| !matches!(c, '-' | ':'))
        .collect();
    let upper = plain.to_ascii_uppercase();
    let Some((day, time)) = upper.split_once('T') else {
        return date(&upper).map(Shape::Day);
    };
    let (time, is_utc) = time
        .strip_suffix('Z')
        .map_or((time, false), |time| (time, true));
    let local = date(day)?.to_datetime(clock(time)?);
    Some(if is_utc {
        Shape::Utc(local)
    } else {
        Shape::Local(local)
    })
}

fn date(digits: &str) -> Option<Date> {
    let all_digits = digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit());
    if !all_digits {
        return None;
    }
    let year = digits.get(..4)?.parse().ok().filter(|&year| year > 0)?;
    Date::new(
        year,
        digits.get(4..6)?.parse().ok()?,
        digits.get(6..)?.parse().ok()?,
    )
    .ok()
}

/// Reads `093000` or `0930`; a leap second is the second before it.
fn clock(digits: &str) -> Option<Time> {
    let part = |range: std::ops::Range<usize>| -> Option<i8> {
        let text = digits.get(range)?;
        text.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| text.parse().ok())?
    };
    let second = match digits.len() {
        4 => 0,
        6 => part(4..6)?.min(59),
        _ => return None,
    };
    Time::new(part(0..2)?, part(2..4)?, second, 0).ok()
}

/// Reads a duration such as `P1W`, `-PT15M` or `P15DT5H0M20S`; its days are nominal.
pub(super) fn duration(value: &str) -> Option<Span> {
    let text = value.trim().to_ascii_uppercase();
    let starts = text.trim_start_matches(['+', '-']).starts_with('P');
    starts.then(|| text.parse().ok())?
}

/// Reads a zone offset such as `+0100` or `-033020` in seconds.
pub(super) fn offset_seconds(value: &str) -> Option<i32> {
    let value = value.trim();
    let (sign, digits) = match value.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, value.strip_prefix('+').unwrap_or(value)),
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 4 | 6) {
        return None;
    }
    let part = |range| {
        digits
            .get(range)
            .map_or(Some(0), |text: &str| text.parse::<i32>().ok())
    };
    let seconds = part(0..2)? * 3600 + part(2..4)? * 60 + part(4..6)?;
    // Offsets in use reach from -12 to +14 hours; a day is beyond any doubt.
    (seconds < 86_400).then_some(sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;
    use proptest::prelude::*;

    #[test]
    fn dates_and_times_are_read_by_shape() {
        let nine = day(2026, 3, 14).at(9, 30, 0, 0);
        for (text, want) in [
            ("20260314", Some(Shape::Day(day(2026, 3, 14)))),
            ("2026-03-14", Some(Shape::Day(day(2026, 3, 14)))),
            ("20260314T093000", Some(Shape::Local(nine))),
            (" 20260314t0930z ", Some(Shape::Utc(nine))),
            ("2026-03-14T09:30:00Z", Some(Shape::Utc(nine))),
            (
                "20261231T235960",
                Some(Shape::Local(day(2026, 12, 31).at(23, 59, 59, 0))),
            ),
            ("20260229", None),
            ("00000101", None),
            ("20260314T", None),
            ("20260314T250000", None),
            ("", None),
        ] {
            assert_eq!(shape(text), want, "{text}");
        }
    }

    #[test]
    fn durations_and_offsets_are_read() {
        for (text, want) in [
            ("P1W", "P1W"),
            ("-PT15M", "-PT15M"),
            ("+P15DT5H0M20S", "P15DT5H20S"),
        ] {
            assert_eq!(duration(text).unwrap().to_string(), want);
        }
        assert!(duration("15 minutes").is_none() && duration("").is_none());
        for (text, want) in [
            ("+0100", Some(3600)),
            ("-0330", Some(-12_600)),
            ("+053020", Some(19_820)),
            ("0000", Some(0)),
            ("+9999", None),
            ("+1", None),
        ] {
            assert_eq!(offset_seconds(text), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_none(text in "\\PC{0,24}", digits in "[0-9PTZDHMSW+-]{0,20}") {
            for text in [&text, &digits] {
                let read = (shape(text), duration(text), offset_seconds(text));
                std::hint::black_box(read);
            }
        }
    }
}
