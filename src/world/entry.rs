//! One event of the world's calendar: which time it takes up, and its iCalendar text (RFC 5545).
//!
//! Takes no part in reading calendars: the times here are computed on their own, so that they can
//! be held against what `calendar` reads.

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::Error;
use super::cast::after;

/// Longest content line in octets (RFC 5545 section 3.1).
const LINE_MAX: usize = 74;

/// When an event takes place.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// Once, written in the zone of `start`.
    Once { start: ZonedDateTime, minutes: i64 },
    /// Once, written in UTC.
    Utc { start: ZonedDateTime, minutes: i64 },
    /// Whole days.
    Days { first: Date, count: i64 },
    /// Every week.
    Weekly(Weekly),
}

/// A weekly series.
#[derive(Debug, Clone)]
pub(super) struct Weekly {
    pub(super) first: ZonedDateTime,
    pub(super) minutes: i64,
    pub(super) times: i64,
    /// The day left out.
    pub(super) without: Option<Date>,
    /// The day that is moved, and to when.
    pub(super) moved: Option<(Date, ZonedDateTime)>,
}

/// How firm an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Confirmed,
    Tentative,
    Cancelled,
    /// `TRANSP:TRANSPARENT`.
    Transparent,
    /// The user has declined.
    Declined,
}

impl Hold {
    fn is_busy(self) -> bool {
        match self {
            Self::Confirmed | Self::Tentative => true,
            Self::Cancelled | Self::Transparent | Self::Declined => false,
        }
    }
}

/// One event.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) calendar: &'static str,
    pub(super) uid: String,
    pub(super) summary: String,
    pub(super) place: String,
    pub(super) hold: Hold,
    pub(super) shape: Shape,
}

/// A stretch of time, its end exclusive.
pub(super) type Span = (Timestamp, Timestamp);

/// Says whether two stretches share a moment.
pub(super) fn overlap(a: Span, b: Span) -> bool {
    a.0 < b.1 && b.0 < a.1
}

/// Returns the stretch of `minutes` from `start` on.
pub(super) fn span(start: &ZonedDateTime, minutes: i64) -> Span {
    let end = start.saturating_add(jiff::Span::new().minutes(minutes));
    (start.timestamp(), end.timestamp())
}

fn moment(day: Date, time: Time, zone: &TimeZone) -> Result<ZonedDateTime, Error> {
    day.to_datetime(time)
        .to_zoned_datetime(zone.clone())
        .map_err(Error::Calendar)
}

impl Entry {
    /// Lists the stretches that the event keeps the user busy, in the user's `zone`.
    ///
    /// # Errors
    /// [`Error::Calendar`] when a moment can't be told.
    pub(super) fn busy(&self, zone: &TimeZone) -> Result<Vec<Span>, Error> {
        if !self.hold.is_busy() {
            return Ok(Vec::new());
        }
        match &self.shape {
            Shape::Once { start, minutes } | Shape::Utc { start, minutes } => {
                Ok(vec![span(start, *minutes)])
            }
            Shape::Days { first, count } => {
                let start = moment(*first, Time::midnight(), zone)?;
                let end = moment(after(*first, *count), Time::midnight(), zone)?;
                Ok(vec![(start.timestamp(), end.timestamp())])
            }
            Shape::Weekly(weekly) => weekly.busy(),
        }
    }

    /// Writes the event as a calendar of its own, stamped with `written`.
    ///
    /// # Errors
    /// [`Error::Calendar`] when a moment can't be told.
    pub(super) fn ics(&self, me: &str, written: Timestamp) -> Result<String, Error> {
        let stamp = utc(written);
        let mut lines = vec![
            "BEGIN:VCALENDAR".to_owned(),
            "VERSION:2.0".to_owned(),
            "PRODID:-//Example Software//Pocket Diary 3//EN".to_owned(),
        ];
        lines.extend(self.zone_lines());
        let head = |lines: &mut Vec<String>| {
            lines.push("BEGIN:VEVENT".to_owned());
            lines.push(format!("UID:{}", self.uid));
            lines.push(format!("DTSTAMP:{stamp}"));
        };
        head(&mut lines);
        lines.extend(self.shape_lines());
        lines.extend(self.detail_lines(me));
        lines.push("END:VEVENT".to_owned());
        if let Shape::Weekly(weekly) = &self.shape
            && let Some((day, to)) = &weekly.moved
        {
            head(&mut lines);
            let was = moment(*day, weekly.first.time(), weekly.first.time_zone())?;
            lines.push(stamped("RECURRENCE-ID", &was));
            lines.extend(timed(to, weekly.minutes));
            lines.extend(self.detail_lines(me));
            lines.push("END:VEVENT".to_owned());
        }
        lines.push("END:VCALENDAR".to_owned());
        Ok(lines.iter().map(|line| folded(line)).collect())
    }

    fn zone_lines(&self) -> Vec<String> {
        let zone = match &self.shape {
            Shape::Once { start, .. } => start.time_zone().iana_name(),
            Shape::Weekly(weekly) => weekly.first.time_zone().iana_name(),
            Shape::Utc { .. } | Shape::Days { .. } => None,
        };
        zone.map(super::zones::vtimezone).unwrap_or_default()
    }

    fn shape_lines(&self) -> Vec<String> {
        match &self.shape {
            Shape::Once { start, minutes } => timed(start, *minutes),
            Shape::Utc { start, minutes } => {
                let (from, to) = span(start, *minutes);
                vec![
                    format!("DTSTART:{}", utc(from)),
                    format!("DTEND:{}", utc(to)),
                ]
            }
            Shape::Days { first, count } => vec![
                format!("DTSTART;VALUE=DATE:{}", first.strftime("%Y%m%d")),
                format!(
                    "DTEND;VALUE=DATE:{}",
                    after(*first, *count).strftime("%Y%m%d")
                ),
            ],
            Shape::Weekly(weekly) => weekly.lines(),
        }
    }

    fn detail_lines(&self, me: &str) -> Vec<String> {
        let mut lines = vec![format!("SUMMARY:{}", escaped(&self.summary))];
        if !self.place.is_empty() {
            lines.push(format!("LOCATION:{}", escaped(&self.place)));
        }
        let more: &[&str] = match self.hold {
            Hold::Confirmed => &["STATUS:CONFIRMED"],
            Hold::Tentative => &["STATUS:TENTATIVE"],
            Hold::Cancelled => &["STATUS:CANCELLED"],
            Hold::Transparent => &["TRANSP:TRANSPARENT"],
            Hold::Declined => &["ORGANIZER;CN=Events:mailto:events@culture.example"],
        };
        lines.extend(more.iter().map(|line| (*line).to_owned()));
        if self.hold == Hold::Declined {
            lines.push(format!("ATTENDEE;PARTSTAT=DECLINED:mailto:{me}"));
        }
        lines
    }
}

impl Weekly {
    fn days(&self) -> impl Iterator<Item = Date> + '_ {
        (0..self.times).map(|week| after(self.first.date(), week * 7))
    }

    fn busy(&self) -> Result<Vec<Span>, Error> {
        let mut spans = Vec::new();
        for day in self.days().filter(|day| Some(*day) != self.without) {
            let start = match &self.moved {
                Some((from, to)) if *from == day => to.clone(),
                Some(_) | None => moment(day, self.first.time(), self.first.time_zone())?,
            };
            spans.push(span(&start, self.minutes));
        }
        Ok(spans)
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = timed(&self.first, self.minutes);
        lines.push(format!("RRULE:FREQ=WEEKLY;COUNT={}", self.times));
        if let Some(day) = self.without {
            let out = day.to_datetime(self.first.time());
            let zone = self.first.time_zone().iana_name().unwrap_or("UTC");
            lines.push(format!("EXDATE;TZID={zone}:{}", local(out)));
        }
        lines
    }
}

fn timed(start: &ZonedDateTime, minutes: i64) -> Vec<String> {
    let end = start.saturating_add(jiff::Span::new().minutes(minutes));
    vec![stamped("DTSTART", start), stamped("DTEND", &end)]
}

fn stamped(name: &str, at: &ZonedDateTime) -> String {
    let zone = at.time_zone().iana_name().unwrap_or("UTC");
    format!("{name};TZID={zone}:{}", local(at.datetime()))
}

/// Writes a local time as RFC 5545 does.
pub(super) fn local(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

/// Writes a moment in UTC as RFC 5545 does.
pub(super) fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace(',', "\\,")
        .replace(';', "\\;")
}

/// Folds a content line on character bounds and ends it.
fn folded(line: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > LINE_MAX {
            out.push_str("\r\n ");
            width = 1;
        }
        width += c.len_utf8();
        // Writing into a String never fails.
        out.write_char(c).ok();
    }
    out.push_str("\r\n");
    out
}
