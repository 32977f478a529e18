//! Which event is meant by a few words, and when a move puts it.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, ZonedDateTime};

use crate::action::{Attendee, Event, EventStatus, Fail, Moment, Output};
use crate::booking;
use crate::clock::Clock;
use crate::config::Me;
use crate::planner::plain::run::{Look, fail};
use crate::skill::wording::words;
use crate::untrusted;

/// Words for what kind of event it is, which its title seldom has.
const KINDS: [&str; 5] = ["appointment", "meeting", "event", "call", "visit"];
/// Farthest an event is moved by a number of minutes, hours, days or weeks.
const SHIFT_MAX: i64 = 10_000;
/// Events named when several fit.
const NAMED_MAX: usize = 5;

/// Chooses the next occurrence of the one event that `wanted` names.
pub(super) fn chosen(wanted: &str, look: &Look<'_>) -> Result<Event, Fail> {
    let shown = untrusted::line(wanted, 80);
    let events = look.fresh.iter().find_map(|step| {
        if let Output::Events(events) = &step.outcome.output {
            Some(events.as_slice())
        } else {
            None
        }
    });
    let asked = words(wanted);
    let fits = |event: &Event, asked: &[String]| {
        let people: Vec<String> = event
            .attendees
            .iter()
            .flat_map(|one| [one.name.clone(), one.email.clone()])
            .collect();
        let text = format!("{} {} {}", event.summary, event.organizer, people.join(" "));
        let known = words(&text);
        let lower = text.to_lowercase();
        let says = |word: &String| known.contains(word) || lower.contains(word.as_str());
        event.status != EventStatus::Cancelled && !asked.is_empty() && asked.iter().all(says)
    };
    let events = events.unwrap_or_default();
    let mut found: Vec<&Event> = events.iter().filter(|event| fits(event, &asked)).collect();
    // "my dentist appointment" is called "Dentist" by most.
    if found.is_empty() {
        let bare: Vec<String> = asked
            .iter()
            .filter(|word| !KINDS.contains(&word.as_str()))
            .cloned()
            .collect();
        found = events.iter().filter(|event| fits(event, &bare)).collect();
    }
    let mut apart: Vec<&Event> = Vec::new();
    for event in found {
        if !apart.iter().any(|known| known.uid == event.uid) {
            apart.push(event);
        }
    }
    match apart.as_slice() {
        [] => Err(fail(
            format!("no event ahead is called '{shown}'"),
            "'legwork cal agenda' lists what comes; name it as it stands there",
        )),
        [one] => Ok((*one).clone()),
        several => {
            let named: Vec<String> = several
                .iter()
                .take(NAMED_MAX)
                .map(|one| format!("\"{}\"", untrusted::line(&one.summary, 60)))
                .collect();
            Err(fail(
                format!(
                    "{} events fit '{shown}': {}",
                    several.len(),
                    named.join(", ")
                ),
                "use more words of the one you mean",
            ))
        }
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
        (Moment::Day(first), _) => format!("{}, all day", first.strftime("%a %-d %b %Y")),
        (Moment::Time(start), Moment::Day(_)) => start.strftime("%a %-d %b %Y, %H:%M").to_string(),
    }
}
