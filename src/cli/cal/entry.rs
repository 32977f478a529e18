//! Events as a person's calendar shows them: in the user's zone, clashes found.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use serde::Serialize;

use crate::action::{Event, EventStatus, Moment};

/// Most clashes named of one event.
const CLASHES_MAX: usize = 20;

/// One occurrence to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    #[serde(flatten)]
    pub(super) event: Event,
    /// Whether it covers whole days.
    pub(super) all_day: bool,
    /// Whether it is going on.
    pub(super) now: bool,
    /// Summaries of the events whose time overlaps, where both take up time.
    pub(super) clashes_with: Vec<String>,
    /// Begin and end as the wall clock of the user shows them.
    #[serde(skip)]
    pub(super) from: DateTime,
    #[serde(skip)]
    pub(super) to: DateTime,
    #[serde(skip)]
    exact: (Timestamp, Timestamp),
}

impl Entry {
    fn new(event: Event, zone: &TimeZone, now: Timestamp) -> Option<Self> {
        let (from, to) = (at(&event.start, zone)?, at(&event.end, zone)?);
        let exact = (from.timestamp(), to.timestamp());
        Some(Self {
            all_day: matches!(event.start, Moment::Day(_)),
            now: exact.0 <= now && now < exact.1,
            clashes_with: Vec::new(),
            from: from.datetime(),
            to: to.datetime(),
            exact,
            event,
        })
    }

    /// Says whether any of it lies on `day`; an event without length lies on the day of its start.
    pub(super) fn is_on(&self, day: Date) -> bool {
        let ends_before = self.to <= day.to_datetime(Time::midnight());
        self.from.date() <= day && (!ends_before || self.from.date() == day)
    }

    /// Says whether it is over.
    pub(super) fn is_over(&self, now: &ZonedDateTime) -> bool {
        self.exact.1 <= now.timestamp()
    }

    /// Whole days are not compared: a holiday or birthday clashes with no meeting.
    fn takes_time(&self) -> bool {
        self.event.busy && !self.all_day && self.event.status != EventStatus::Cancelled
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.exact.0 < other.exact.1 && other.exact.0 < self.exact.1
    }

    /// What it is called, with a word where there is none.
    pub(super) fn title(&self) -> String {
        let title = crate::untrusted::line(&self.event.summary, 200);
        let title = if title.is_empty() {
            "(no title)".to_owned()
        } else {
            title
        };
        match self.event.status {
            EventStatus::Cancelled => format!("{title} (cancelled)"),
            EventStatus::Tentative => format!("{title} (tentative)"),
            EventStatus::Confirmed => title,
        }
    }

    /// Its time on `day`: `09:00-10:00`, or an arrow where it comes from or goes on to another.
    pub(super) fn time_on(&self, day: Date) -> String {
        let clock = |at: DateTime| at.strftime("%H:%M").to_string();
        let begins = self.from.date() == day;
        let midnight = day
            .tomorrow()
            .unwrap_or(Date::MAX)
            .to_datetime(Time::midnight());
        let ends = self.to <= midnight;
        match (self.all_day, begins, ends) {
            (true, _, _) | (false, false, false) => "all day".to_owned(),
            (false, true, _) if self.from == self.to => clock(self.from),
            (false, true, true) => format!("{}-{}", clock(self.from), clock(self.to)),
            (false, true, false) => format!("{} →", clock(self.from)),
            (false, false, true) => format!("→ {}", clock(self.to)),
        }
    }
}

/// Makes entries of `events`, in order, and finds what clashes.
pub(super) fn entries(events: Vec<Event>, now: &ZonedDateTime) -> Vec<Entry> {
    let zone = now.time_zone();
    let mut entries: Vec<Entry> = events
        .into_iter()
        .filter_map(|event| Entry::new(event, zone, now.timestamp()))
        .collect();
    entries.sort_by_key(|entry| (entry.exact, !entry.all_day));
    let mut clashes = vec![Vec::new(); entries.len()];
    for (index, entry) in entries.iter().enumerate().filter(|(_, e)| e.takes_time()) {
        let later = entries.iter().enumerate().skip(index + 1);
        let near = later.take_while(|(_, found)| found.exact.0 < entry.exact.1);
        let hits = near.filter(|(_, found)| found.takes_time() && entry.overlaps(found));
        for (other, found) in hits.take(CLASHES_MAX) {
            for (at, title) in [(index, found.title()), (other, entry.title())] {
                if let Some(named) = clashes.get_mut(at) {
                    named.push(title);
                }
            }
        }
    }
    for (entry, found) in entries.iter_mut().zip(clashes) {
        entry.clashes_with = found;
    }
    entries
}

/// Returns the moment in `zone`; a day begins at its first moment there.
pub(super) fn at(moment: &Moment, zone: &TimeZone) -> Option<ZonedDateTime> {
    match moment {
        Moment::Time(time) => Some(time.timestamp().to_zoned_datetime(zone.clone())),
        Moment::Day(day) => day.to_zoned_datetime(zone.clone()).ok(),
    }
}

/// Says when in full: `Tue 16 Mar 2027, 10:00-10:30, Europe/Berlin`.
pub(super) fn in_full(start: &Moment, end: &Moment, zone: &TimeZone) -> String {
    let long = |day: Date| day.strftime("%a %-d %b %Y").to_string();
    if let (Moment::Day(first), Moment::Day(end)) = (start, end) {
        let last = end.yesterday().unwrap_or(*end).max(*first);
        if last == *first {
            return format!("{}, all day", long(*first));
        }
        return format!("{} to {}, all day", long(*first), long(last));
    }
    let (Some(from), Some(to)) = (at(start, zone), at(end, zone)) else {
        return "at an unknown time".to_owned();
    };
    let place = zone.iana_name().unwrap_or("local time");
    let clock = |at: &ZonedDateTime| at.strftime("%H:%M").to_string();
    if from.date() == to.date() {
        return format!(
            "{}, {}-{}, {place}",
            long(from.date()),
            clock(&from),
            clock(&to)
        );
    }
    let (first, last) = (long(from.date()), long(to.date()));
    format!(
        "{first}, {} to {last}, {}, {place}",
        clock(&from),
        clock(&to)
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::cli::cal) fn event(name: &str, from: &str, to: &str, calendar: &str) -> Event {
        let moment = |text: &str| match text.parse() {
            Ok(day) if !text.contains('T') => Moment::Day(day),
            Ok(_) | Err(_) => Moment::Time(format!("{text}[Europe/Berlin]").parse().unwrap()),
        };
        Event {
            uid: name.to_owned(),
            summary: name.to_owned(),
            start: moment(from),
            end: moment(to),
            location: if calendar == "work" { "Room 4" } else { "" }.to_owned(),
            description: String::new(),
            organizer: String::new(),
            attendees: Vec::new(),
            status: EventStatus::Confirmed,
            busy: true,
            recurring: false,
            travel_minutes: 0,
            calendar: calendar.to_owned(),
        }
    }

    #[test]
    fn only_what_takes_time_clashes_and_touching_is_no_clash() {
        let now: ZonedDateTime = "2027-03-16T10:07:00[Europe/Berlin]".parse().unwrap();
        let mut free = event("Free", "2027-03-16T09:00:00", "2027-03-16T12:00:00", "a");
        free.busy = false;
        let events = vec![
            event("Holiday", "2027-03-16", "2027-03-17", "a"),
            free,
            event("A", "2027-03-16T09:00:00", "2027-03-16T10:00:00", "a"),
            event("B", "2027-03-16T10:00:00", "2027-03-16T11:00:00", "a"),
            event("C", "2027-03-16T10:59:00", "2027-03-16T12:00:00", "a"),
        ];
        let named: Vec<(String, Vec<String>)> = entries(events, &now)
            .into_iter()
            .filter(|entry| !entry.clashes_with.is_empty())
            .map(|entry| (entry.event.uid, entry.clashes_with))
            .collect();
        let pair = |a: &str, b: &str| (a.to_owned(), vec![b.to_owned()]);
        assert_eq!(named, [pair("B", "C"), pair("C", "B")]);
    }
}
