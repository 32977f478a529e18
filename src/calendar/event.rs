//! A `VEVENT` as typed facts (RFC 5545 section 3.6.1), one per component.
//!
//! Text is cleaned for people here; a component without a usable start is noted and left out, any
//! other bad property costs only itself.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Unit, ZonedDateTime};

use super::lines::{self, Property};
use super::rule::Rule;
use super::tree::{Component, Note};
use super::values::{self, Stamp};
use super::zones::{OWN_ZONE, Zones};
use crate::action::{Attendee, Event, EventStatus, Moment, PartStat};
use crate::untrusted;

/// Longest summary, location or name shown, in characters.
const LINE_CHARS_MAX: usize = 300;
/// Longest description kept, in characters; invitations carry a page of dial-in text at most.
const DESCRIPTION_CHARS_MAX: usize = 20_000;
/// Most attendees kept; larger lists are distribution lists, not people to answer to.
const ATTENDEES_MAX: usize = 500;
/// Most dates read from the `RDATE`s or the `EXDATE`s of one event.
const DATES_MAX: usize = 10_000;
/// Property that names how long the way to an event takes.
pub(super) const TRAVEL: &str = "X-APPLE-TRAVEL-DURATION";
/// Longest way read, in minutes; a day.
const TRAVEL_MINUTES_MAX: f64 = 24.0 * 60.0;
/// Most rules walked for one event; RFC 5545 wants one.
const RULES_MAX: usize = 8;

/// An event or one changed instance of it, as written.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    /// `UID`
    pub(super) uid: String,
    /// `RECURRENCE-ID`
    pub(super) instance: Option<Stamp>,
    /// Whether it also changes the instances after that one (`RANGE=THISANDFUTURE`).
    pub(super) is_future: bool,
    /// `DTSTART`
    pub(super) start: Stamp,
    /// From start to end: exact seconds, or nominal days and weeks.
    pub(super) length: Span,
    /// `RRULE`s; what is wrong with those that can't be read is noted.
    pub(super) rules: Vec<Result<Rule, &'static str>>,
    /// `RDATE`s, periods with their own length.
    pub(super) extra: Vec<(Stamp, Option<Span>)>,
    /// `EXDATE`s
    pub(super) except: Vec<Stamp>,
    /// `SEQUENCE`
    pub(super) sequence: i64,
    /// `DTSTAMP` as written.
    pub(super) written: String,
    /// Line of its `BEGIN`.
    pub(super) line: usize,
    is_transparent: bool,
    travel_minutes: u32,
    status: EventStatus,
    summary: String,
    location: String,
    description: String,
    organizer: String,
    attendees: Vec<Attendee>,
}

/// Who reads an event, and where it lies.
pub(super) struct Reader<'a> {
    /// The user's own addresses.
    pub(super) me: &'a [String],
    /// Name of the calendar.
    pub(super) calendar: &'a str,
}

/// Reads one component, with the file's zones and the notes about the file.
pub(super) struct Source<'a> {
    /// The `VEVENT`.
    pub(super) component: &'a Component,
    /// The zones of its file.
    pub(super) zones: &'a Zones<'a>,
    /// Where problems are noted.
    pub(super) notes: &'a mut Vec<Note>,
}

impl Source<'_> {
    /// Reads the event; `uid` stands in for one that is missing.
    pub(super) fn read(mut self, uid: &str) -> Option<Definition> {
        let line = self.component.line();
        // A called-off instance often names itself only.
        let Some(start) = self
            .stamp("DTSTART")
            .or_else(|| self.stamp("RECURRENCE-ID"))
        else {
            self.note(line, "event has no readable DTSTART and is left out");
            return None;
        };
        let own = self.component.text("UID").trim().to_owned();
        if own.is_empty() {
            self.note(line, "event has no UID");
        }
        let instance = self.stamp("RECURRENCE-ID");
        let length = self.length(&start);
        let range = self
            .component
            .first("RECURRENCE-ID")
            .and_then(|id| id.param("RANGE"));
        let text = |name, chars_max| untrusted::line(&self.component.text(name), chars_max);
        let description = untrusted::block(&self.component.text("DESCRIPTION"));
        Some(Definition {
            uid: if own.is_empty() { uid.to_owned() } else { own },
            instance,
            is_future: range.is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE")),
            length,
            summary: text("SUMMARY", LINE_CHARS_MAX),
            location: text("LOCATION", LINE_CHARS_MAX),
            description: description.chars().take(DESCRIPTION_CHARS_MAX).collect(),
            organizer: self
                .component
                .first("ORGANIZER")
                .map(email)
                .unwrap_or_default(),
            attendees: self.attendees(),
            status: self.status(),
            is_transparent: self.word("TRANSP") == "TRANSPARENT",
            travel_minutes: travel(self.component),
            sequence: self.word("SEQUENCE").parse().unwrap_or(0),
            written: self.word("DTSTAMP"),
            line,
            rules: self.rules(),
            extra: self.extra(),
            except: self.except(),
            start,
        })
    }

    fn note(&mut self, line: usize, text: &str) {
        self.notes.push(Note {
            line,
            text: text.to_owned(),
        });
    }

    fn word(&self, name: &str) -> String {
        self.component.text(name).trim().to_ascii_uppercase()
    }

    fn stamp(&mut self, name: &str) -> Option<Stamp> {
        let (property, line) = self.component.all(name).next()?;
        let tzid = property.param("TZID");
        let stamp = self
            .zones
            .stamp(&property.value, tzid.as_deref(), line, self.notes);
        if stamp.is_none() {
            self.note(line, &format!("{name} is no date or time"));
        }
        stamp
    }

    /// Returns the length by `DTEND`, `DURATION` or the default of RFC 5545 section 3.6.1.
    fn length(&mut self, start: &Stamp) -> Span {
        let default = if start.is_day() {
            Span::new().days(1)
        } else {
            Span::new()
        };
        let line = self.component.line();
        if let Some(end) = self.stamp("DTEND") {
            if end.is_day() != start.is_day() {
                self.note(
                    line,
                    "event starts with a day and ends with a time, or the other way",
                );
            }
            let Some(length) = between(start, &end, self.zones.user()) else {
                self.note(line, "event ends before it starts");
                return default;
            };
            return length;
        }
        let Some(duration) = self.component.first("DURATION") else {
            return default;
        };
        match values::duration(&duration.value) {
            Some(span) if !span.is_negative() => span,
            Some(_) | None => {
                self.note(line, "DURATION is no length of time");
                default
            }
        }
    }

    fn rules(&mut self) -> Vec<Result<Rule, &'static str>> {
        let rules = self.component.all("RRULE").take(RULES_MAX);
        rules
            .map(|(property, _)| Rule::parse(&property.value))
            .collect()
    }

    fn extra(&mut self) -> Vec<(Stamp, Option<Span>)> {
        let mut out = Vec::new();
        for (text, tzid, line) in self.dates("RDATE") {
            let (text, until) = text.split_once('/').unwrap_or((&text, ""));
            let Some(start) = self.zones.stamp(text, tzid.as_deref(), line, self.notes) else {
                self.note(line, "RDATE is no date or time");
                continue;
            };
            let end = self.zones.stamp(until, tzid.as_deref(), line, self.notes);
            let length = end
                .and_then(|end| between(&start, &end, self.zones.user()))
                .or_else(|| values::duration(until).filter(|span| !span.is_negative()));
            out.push((start, length));
        }
        out
    }

    fn except(&mut self) -> Vec<Stamp> {
        let mut out = Vec::new();
        for (text, tzid, line) in self.dates("EXDATE") {
            match self.zones.stamp(&text, tzid.as_deref(), line, self.notes) {
                Some(stamp) => out.push(stamp),
                None => self.note(line, "EXDATE is no date or time"),
            }
        }
        out
    }

    /// Lists the values of a property that takes several, each with its zone and line.
    fn dates(&self, name: &str) -> Vec<(String, Option<String>, usize)> {
        self.component
            .all(name)
            .flat_map(|(property, line)| {
                let tzid = property.param("TZID");
                let values = property
                    .value
                    .split(',')
                    .filter(|text| !text.trim().is_empty());
                values.map(move |text| (text.to_owned(), tzid.clone(), line))
            })
            .take(DATES_MAX)
            .collect()
    }

    fn status(&self) -> EventStatus {
        match self.word("STATUS").as_str() {
            "CANCELLED" | "CANCELED" => EventStatus::Cancelled,
            "TENTATIVE" => EventStatus::Tentative,
            _ => EventStatus::Confirmed,
        }
    }

    fn attendees(&self) -> Vec<Attendee> {
        self.component
            .all("ATTENDEE")
            .take(ATTENDEES_MAX)
            .map(|(property, _)| Attendee {
                email: email(property),
                name: untrusted::line(&property.param("CN").unwrap_or_default(), LINE_CHARS_MAX),
                answer: answer(property),
            })
            .collect()
    }
}

impl Definition {
    /// Builds the occurrence that begins at `start` and takes `length`.
    pub(super) fn event(
        &self,
        at: (&Stamp, Span),
        recurring: bool,
        reader: &Reader<'_>,
    ) -> Option<Event> {
        let (start, end) = (moment(at.0)?, end(at.0, at.1)?);
        Some(Event {
            uid: untrusted::line(&self.uid, LINE_CHARS_MAX),
            summary: self.summary.clone(),
            start,
            end,
            location: self.location.clone(),
            description: self.description.clone(),
            organizer: self.organizer.clone(),
            attendees: self.attendees.clone(),
            status: self.status,
            busy: self.is_busy(reader.me),
            recurring,
            travel_minutes: self.travel_minutes,
            calendar: reader.calendar.to_owned(),
        })
    }

    /// Says whether it takes up the user's time.
    pub(super) fn is_busy(&self, me: &[String]) -> bool {
        let declined = |attendee: &Attendee| {
            attendee.answer == PartStat::Declined
                && me
                    .iter()
                    .any(|own| own.trim().eq_ignore_ascii_case(&attendee.email))
        };
        self.status != EventStatus::Cancelled
            && !self.is_transparent
            && !self.attendees.iter().any(declined)
    }

    /// Says whether it takes place when the other does.
    pub(super) fn is_at_same_times(&self, other: &Self) -> bool {
        let at = |stamp: &Stamp| {
            (
                stamp.is_day(),
                stamp.zoned(&TimeZone::UTC).map(|at| at.timestamp()),
            )
        };
        let all = |stamps: &[Stamp]| stamps.iter().map(at).collect::<Vec<_>>();
        let extra = |one: &Self| {
            one.extra
                .iter()
                .map(|(start, _)| at(start))
                .collect::<Vec<_>>()
        };
        at(&self.start) == at(&other.start)
            && end(&self.start, self.length) == end(&other.start, other.length)
            && self.rules == other.rules
            && extra(self) == extra(other)
            && all(&self.except) == all(&other.except)
    }

    /// `STATUS`
    pub(super) fn status(&self) -> EventStatus {
        self.status
    }

    /// Says whether it recurs by rule or list.
    pub(super) fn is_recurring(&self) -> bool {
        !self.rules.is_empty() || !self.extra.is_empty()
    }
}

/// Minutes of the way to an event, as Apple's calendars write them; none when they make no sense.
pub(super) fn travel(component: &Component) -> u32 {
    let length = values::duration(&component.text(TRAVEL));
    let hours = length.filter(|length| length.get_days() == 0 && length.get_weeks() == 0);
    let minutes = hours.and_then(|hours| hours.total(Unit::Minute).ok());
    let minutes = minutes.filter(|minutes| (0.0..=TRAVEL_MINUTES_MAX).contains(minutes));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between none and a day"
    )]
    minutes.map_or(0, |minutes| minutes.ceil() as u32)
}

/// Returns the moment at which a day begins.
pub(super) fn day_begins(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    Stamp::Day(day).zoned(zone).map(|start| start.timestamp())
}

/// Returns the first and the last moment of an occurrence, days beginning in `zone`.
pub(super) fn bounds(
    start: &Stamp,
    length: Span,
    zone: &TimeZone,
) -> Option<(Timestamp, Timestamp)> {
    let first = start.zoned(zone)?;
    let last = match end(start, length)? {
        Moment::Time(last) => last.timestamp(),
        Moment::Day(day) => Stamp::Day(day).zoned(zone)?.timestamp(),
    };
    Some((first.timestamp(), last))
}

/// Returns the start as people see it.
pub(super) fn moment(stamp: &Stamp) -> Option<Moment> {
    match stamp {
        Stamp::Day(day) => Some(Moment::Day(*day)),
        Stamp::Time(..) => Some(Moment::Time(portable(&stamp.zoned(&TimeZone::UTC)?))),
    }
}

/// Returns the end of what begins at `start`.
pub(super) fn end(start: &Stamp, length: Span) -> Option<Moment> {
    match start {
        Stamp::Day(day) => end_day(*day, length).map(Moment::Day),
        Stamp::Time(..) => {
            let end = start.zoned(&TimeZone::UTC)?.checked_add(length).ok()?;
            Some(Moment::Time(portable(&end)))
        }
    }
}

/// Returns the day after the last one; hours of a day's event count as a whole day.
fn end_day(day: Date, length: Span) -> Option<Date> {
    let end = day.at(0, 0, 0, 0).checked_add(length).ok()?;
    let whole = end.time() == jiff::civil::Time::midnight() && end.date() > day;
    if whole {
        Some(end.date())
    } else {
        end.date().tomorrow().ok()
    }
}

/// Replaces a zone built from a `VTIMEZONE` by its offset: only named zones can be read back.
fn portable(moment: &ZonedDateTime) -> ZonedDateTime {
    if moment.time_zone().iana_name() != Some(OWN_ZONE) {
        return moment.clone();
    }
    moment.with_time_zone(moment.offset().to_time_zone())
}

/// Returns the length from `start` to `end`, none when that is before it.
fn between(start: &Stamp, end: &Stamp, zone: &TimeZone) -> Option<Span> {
    if start.is_day() {
        let days = (end.date() - start.date()).get_days();
        return (days >= 0).then(|| Span::new().days(days.max(1)));
    }
    let seconds =
        end.zoned(zone)?.timestamp().as_second() - start.zoned(zone)?.timestamp().as_second();
    (seconds >= 0).then(|| Span::new().try_seconds(seconds).ok())?
}

/// Reads an address without its `mailto:`.
pub(super) fn email(property: &Property) -> String {
    address(&lines::unescape(&property.value))
}

/// Takes `mailto:` off an address.
pub(super) fn address(value: &str) -> String {
    let value = value.trim();
    let address = match value.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => value.get(7..).unwrap_or(""),
        Some(_) | None => value,
    };
    untrusted::line(address, LINE_CHARS_MAX)
}

/// Reads the answer of an `ATTENDEE`.
pub(super) fn answer(property: &Property) -> PartStat {
    let word = property
        .param("PARTSTAT")
        .unwrap_or_default()
        .to_ascii_uppercase();
    match word.as_str() {
        "ACCEPTED" => PartStat::Accepted,
        "DECLINED" => PartStat::Declined,
        "TENTATIVE" => PartStat::Tentative,
        _ => PartStat::NeedsAction,
    }
}
