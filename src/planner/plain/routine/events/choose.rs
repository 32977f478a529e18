//! Which event is meant by a few words, and when a move puts it.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, ZonedDateTime};

use super::{found, listed};
use crate::action::{Attendee, Event, EventStatus, Fail, Moment};
use crate::booking::{self, When};
use crate::clock::Clock;
use crate::config::Me;
use crate::planner::plain::run::{Look, fail};
use crate::skill::wording::words;
use crate::untrusted;

/// Words that lead to a time and are no part of a name.
const LEADS: [&str; 8] = ["on", "at", "in", "from", "of", "for", "the", "this"];
/// Words for what kind of event it is, which its title seldom has.
const KINDS: [&str; 5] = ["appointment", "meeting", "event", "call", "visit"];
/// Farthest an event is moved by a number of minutes, hours, days or weeks.
const SHIFT_MAX: i64 = 10_000;
/// Events named when several fit.
const NAMED_MAX: usize = 5;

/// Chooses the one event that `wanted` names by its words, its time or both; of a set the one
/// occurrence that was named by its time.
///
/// # Errors
/// None fits, several do, or one that takes place again and again without a word on which.
pub(super) fn chosen(wanted: &str, look: &Look<'_>) -> Result<Event, Fail> {
    let meant = Meant::of(wanted, look)?;
    let found = meant.found(look);
    match found.as_slice() {
        [] => Err(none(wanted)),
        [one] if one.recurring && meant.when.is_none() => {
            let title = untrusted::line(&one.summary, 60);
            let next = in_full(&one.start, &one.end, look.view.clock.zone());
            Err(fail(
                format!("\"{title}\" takes place again and again, next on {next}"),
                "say which one, such as 'Monday's' or 'on 3 March'; 'legwork cal' changes all of them",
            ))
        }
        [one] => Ok((*one).clone()),
        several => {
            let zone = look.view.clock.zone();
            let named: Vec<String> = several
                .iter()
                .take(NAMED_MAX)
                .map(|one| {
                    let when = in_full(&one.start, &one.end, zone);
                    format!("\"{}\" ({when})", untrusted::line(&one.summary, 60))
                })
                .collect();
            let shown = untrusted::line(wanted, 80);
            Err(fail(
                format!(
                    "{} events fit '{shown}': {}",
                    several.len(),
                    named.join(", ")
                ),
                "use more words of the one you mean, or say its day and time",
            ))
        }
    }
}

/// Lists the events that `wanted` names, of each set the next occurrence.
pub(super) fn fitting(wanted: &str, look: &Look<'_>) -> Result<Vec<Event>, Fail> {
    let meant = Meant::of(wanted, look)?;
    Ok(meant.found(look).into_iter().cloned().collect())
}

/// Says that no event is meant by these words.
pub(super) fn none(wanted: &str) -> Fail {
    fail(
        format!("no event ahead is called '{}'", untrusted::line(wanted, 80)),
        "'legwork cal agenda' lists what comes; name it as it stands there",
    )
}

/// Refuses an event that someone else organizes.
pub(super) fn own(event: &Event, look: &Look<'_>, hint: &str) -> Result<(), Fail> {
    let mut own = look.view.me.emails.iter();
    let is_own = own.any(|one| one.eq_ignore_ascii_case(&event.organizer));
    if event.organizer.is_empty() || is_own {
        return Ok(());
    }
    let reason = format!("\"{}\" is organized by {}", event.summary, event.organizer);
    Err(fail(reason, hint))
}

/// An event as it was named.
struct Meant {
    /// Words of it.
    name: Vec<String>,
    /// When it is, where that was said.
    when: Option<When>,
}

impl Meant {
    /// Takes the words for the event's own where one is called so, else what says when apart:
    /// "Thursday's meeting", "dentist on Tuesday", "15:00 call".
    fn of(wanted: &str, look: &Look<'_>) -> Result<Self, Fail> {
        let now = look.view.clock.local();
        let whole = Self {
            name: words(wanted),
            when: None,
        };
        if !whole.found(look).is_empty() {
            return Ok(whole);
        }
        match parted(wanted, &now) {
            None => Ok(whole),
            Some((name, when)) => {
                let when = when
                    .map_err(|error| fail(error.to_string(), error.hint().unwrap_or_default()))?;
                let mut name = words(&name);
                name.retain(|word| !LEADS.contains(&word.as_str()));
                Ok(Self {
                    name,
                    when: Some(when),
                })
            }
        }
    }

    /// The events that fit; without a time, of each set the next occurrence only.
    fn found<'a>(&self, look: &Look<'a>) -> Vec<&'a Event> {
        let events = found(look, listed).unwrap_or_default();
        let now = look.view.clock.local();
        let fits = |name: &[String]| -> Vec<&'a Event> {
            let mut all: Vec<&Event> = Vec::new();
            for event in events {
                let is_at = self
                    .when
                    .as_ref()
                    .is_none_or(|when| is_at(event, when, &now));
                let is_known = self.when.is_none() && all.iter().any(|one| one.uid == event.uid);
                if is_at && !is_known && is_called(event, name, self.when.is_some()) {
                    all.push(event);
                }
            }
            all
        };
        let found = fits(&self.name);
        if !found.is_empty() {
            return found;
        }
        // "my dentist appointment" is called "Dentist" by most.
        let mut bare = self.name.clone();
        bare.retain(|word| !KINDS.contains(&word.as_str()));
        fits(&bare)
    }
}

/// Says whether every word stands in the event or among its people; no word fits any event only
/// where it was named by its time.
fn is_called(event: &Event, name: &[String], has_time: bool) -> bool {
    let people: Vec<String> = event
        .attendees
        .iter()
        .flat_map(|one| [one.name.clone(), one.email.clone()])
        .collect();
    let text = format!("{} {} {}", event.summary, event.organizer, people.join(" "));
    let known = words(&text);
    let lower = text.to_lowercase();
    let says = |word: &String| known.contains(word) || lower.contains(word.as_str());
    event.status != EventStatus::Cancelled
        && (has_time || !name.is_empty())
        && name.iter().all(says)
}

/// Says whether an event begins when it was said to.
fn is_at(event: &Event, when: &When, now: &ZonedDateTime) -> bool {
    let (from, to) = (&when.window.0, &when.window.1);
    match &event.start {
        Moment::Day(day) => {
            let (first, end) = (from.date(), to.date());
            let is_in = *day >= first && (*day < end || *day == first);
            when.has_day && !when.is_exact && when.hours.is_none() && is_in
        }
        Moment::Time(start) => {
            let start = start.with_time_zone(now.time_zone().clone());
            if when.is_exact {
                return start.time() == from.time()
                    && (!when.has_day || start.date() == from.date());
            }
            let days = when.days.as_ref();
            let hours = when.hours.as_ref();
            start >= *from
                && start < *to
                && days.is_none_or(|days| days.contains(&start.weekday()))
                && hours.is_none_or(|(first, last)| (*first..*last).contains(&start.time()))
        }
    }
}

/// Parts the words of an event from those that say when it is, as few of them as do; none where
/// no word is about time.
fn parted(wanted: &str, now: &ZonedDateTime) -> Option<(String, Result<When, booking::WhenError>)> {
    let all: Vec<&str> = wanted.split_whitespace().collect();
    let says_no_time = |name: &str| {
        name.is_empty()
            || matches!(
                booking::parse(name, now),
                Err(booking::WhenError::Nothing { .. })
            )
    };
    let read = |when: &str| match booking::parse(when, now) {
        Ok(when) if when.has_day || when.is_exact || when.hours.is_some() => Some(Ok(when)),
        Ok(_) | Err(booking::WhenError::Nothing { .. }) => None,
        Err(error) => Some(Err(error)),
    };
    // The time before: "Thursday's meeting", "this week's standup", "15:00 call".
    let before = (1..=all.len()).find_map(|at| {
        let (when, name) = all.split_at_checked(at)?;
        let name = name.join(" ");
        let when = when.join(" ");
        let when = when
            .strip_suffix("'s")
            .or(when.strip_suffix("’s"))
            .unwrap_or(&when);
        says_no_time(&name).then(|| Some((name, read(when)?)))?
    });
    // The time behind: "dentist appointment on Tuesday".
    let behind = || {
        (1..all.len()).rev().find_map(|at| {
            let (name, when) = all.split_at_checked(at)?;
            let name = name.join(" ");
            says_no_time(&name).then(|| Some((name, read(&when.join(" "))?)))?
        })
    };
    match before {
        Some((name, when)) if !name.is_empty() => Some((name, when)),
        before => behind().or(before),
    }
}

/// The new start of an event; a day alone keeps the time of day, a time alone keeps the day.
pub(super) fn target(said: &str, event: &Event, clock: &Clock) -> Result<Moment, Fail> {
    let now = clock.local();
    if let Some(start) = shifted(said, event, clock) {
        return start;
    }
    let when = booking::parse(said, &now)
        .map_err(|error| fail(error.to_string(), error.hint().unwrap_or_default()))?;
    let Moment::Time(old) = &event.start else {
        return Ok(Moment::Day(when.window.0.date()));
    };
    let old = old.with_time_zone(clock.zone().clone());
    let at = |day: jiff::civil::Date, time: jiff::civil::Time| {
        day.to_datetime(time)
            .to_zoned_datetime(clock.zone().clone())
            .ok()
    };
    let is_one_day = when.window.0.duration_until(&when.window.1) <= SignedDuration::from_hours(25);
    let start: Option<ZonedDateTime> = match (when.is_exact, when.has_day) {
        (true, true) => Some(when.window.0.clone()),
        (true, false) => at(old.date(), when.window.0.time()),
        (false, true) if is_one_day && when.hours.is_none() => at(when.window.0.date(), old.time()),
        (false, _) => None,
    };
    let shown = untrusted::line(said, 80);
    let none = || {
        fail(
            format!("'{shown}' names no one time to move it to"),
            "name a day, a time, or both, such as 'friday at 10:00'",
        )
    };
    let start = start.ok_or_else(none)?;
    if start <= now {
        return Err(fail(
            format!("'{shown}' is in the past"),
            "name a time from now on",
        ));
    }
    Ok(Moment::Time(start))
}

/// The start of an event that is moved by some time, as in `later 2 hours`; none for any other words.
fn shifted(said: &str, event: &Event, clock: &Clock) -> Option<Result<Moment, Fail>> {
    let words: Vec<&str> = said.split(' ').collect();
    let [way, count, unit] = words.as_slice() else {
        return None;
    };
    let count: i64 = count.parse().ok().filter(|count| *count <= SHIFT_MAX)?;
    let sign = match *way {
        "later" => 1,
        "earlier" => -1,
        "unsaid" => {
            return Some(Err(fail(
                "how far it moves was said, but not whether earlier or later",
                format!("say which, such as '{count} {unit} later'"),
            )));
        }
        _ => return None,
    };
    let by = match *unit {
        "minutes" => Span::new().minutes(count * sign),
        "hours" => Span::new().hours(count * sign),
        "days" => Span::new().days(count * sign),
        "weeks" => Span::new().weeks(count * sign),
        _ => return None,
    };
    let start = match &event.start {
        Moment::Time(start) => {
            let start = start.with_time_zone(clock.zone().clone()).checked_add(by);
            start.map(Moment::Time)
        }
        Moment::Day(day) => day.checked_add(by).map(Moment::Day),
    };
    let is_past = |start: &Moment| match start {
        Moment::Time(start) => *start <= clock.local(),
        Moment::Day(day) => *day < clock.local().date(),
    };
    Some(match start {
        Ok(start) if is_past(&start) => Err(fail(
            format!("{count} {unit} earlier it would be in the past"),
            "name a time from now on",
        )),
        Ok(start) => Ok(start),
        Err(_) => Err(fail("there is no such time", "name a day and a time")),
    })
}

/// When an event ends that now begins at `start`.
pub(super) fn end(event: &Event, start: &Moment) -> Moment {
    match (&event.start, &event.end, start) {
        (Moment::Time(from), Moment::Time(to), Moment::Time(start)) => {
            let length = to.timestamp().duration_since(from.timestamp());
            Moment::Time(start.checked_add(length).unwrap_or_else(|_| start.clone()))
        }
        (Moment::Day(from), Moment::Day(to), Moment::Day(start)) => {
            let days = (*to - *from).get_days();
            let end = start.checked_add(Span::new().days(days));
            Moment::Day(end.unwrap_or(*start))
        }
        (_, end, _) => end.clone(),
    }
}

/// Those invited besides the user.
pub(super) fn guests<'a>(event: &'a Event, me: &Me) -> Vec<&'a Attendee> {
    let own = |email: &str| me.emails.iter().any(|one| one.eq_ignore_ascii_case(email));
    event
        .attendees
        .iter()
        .filter(|one| !own(&one.email))
        .collect()
}

/// Says when in full: `Tue 16 Mar 2027, 10:00-10:30, Europe/Berlin`.
pub(super) fn in_full(start: &Moment, end: &Moment, zone: &TimeZone) -> String {
    match (start, end) {
        (Moment::Time(start), Moment::Time(end)) => {
            let (start, end) = (
                start.with_time_zone(zone.clone()),
                end.with_time_zone(zone.clone()),
            );
            let place = zone.iana_name().unwrap_or("local time");
            format!(
                "{}-{}, {place}",
                start.strftime("%a %-d %b %Y, %H:%M"),
                end.strftime("%H:%M")
            )
        }
        (Moment::Day(first), Moment::Day(end)) if *end > first.tomorrow().unwrap_or(*first) => {
            let last = end.yesterday().unwrap_or(*first);
            let (first, last) = (first.strftime("%a %-d %b"), last.strftime("%a %-d %b %Y"));
            format!("{first} to {last}, all day")
        }
        (Moment::Day(first), _) => format!("{}, all day", first.strftime("%a %-d %b %Y")),
        (Moment::Time(start), Moment::Day(_)) => start.strftime("%a %-d %b %Y, %H:%M").to_string(),
    }
}
