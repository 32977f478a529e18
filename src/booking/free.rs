//! What is left of the working hours once the busy time is taken out.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Span};

use super::rules::Rules;
use super::slots::Only;
use crate::action::Interval;

/// Longest window looked at, in days.
const DAYS_MAX: usize = 400;

/// Lists the free stretches of the working hours within `window`; `busy` in order and apart.
pub fn free(
    (window, only): (Interval, &Only),
    busy: &[Interval],
    rules: &Rules,
    least: SignedDuration,
) -> Vec<Interval> {
    let first = window.start.to_zoned_datetime(rules.zone.clone()).date();
    let last = window.end.to_zoned_datetime(rules.zone.clone()).date();
    let asked = |day: &Date| {
        let days = only.days.as_ref();
        days.is_none_or(|days| days.contains(&day.weekday()))
    };
    let days = first
        .series(Span::new().days(1))
        .take_while(|day| *day <= last)
        .take(DAYS_MAX)
        .filter(|day| rules.days.contains(&day.weekday()) && asked(day));
    let mut free = Vec::new();
    for hours in days.filter_map(|day| hours(day, (window, only), rules)) {
        let mut from = hours.start;
        let taken = busy
            .iter()
            .filter(|one| one.start < hours.end && one.end > hours.start);
        for one in taken {
            free.push(Interval {
                start: from,
                end: one.start.max(from),
            });
            from = from.max(one.end);
        }
        free.push(Interval {
            start: from.min(hours.end),
            end: hours.end,
        });
    }
    free.retain(|one| one.start < one.end && one.end.duration_since(one.start) >= least);
    free
}

/// The hours of `day` that are worked, were asked for, and are not over.
fn hours(day: Date, (window, only): (Interval, &Only), rules: &Rules) -> Option<Interval> {
    let (from, to) = only.hours.unwrap_or((Time::MIN, Time::MAX));
    let at = |time: Time| {
        let at = day.to_datetime(time).to_zoned_datetime(rules.zone.clone());
        at.map(|at| at.timestamp()).ok()
    };
    let start = at(rules.day_starts.max(from))?
        .max(window.start)
        .max(rules.now);
    let end = at(rules.day_ends.min(to))?.min(window.end);
    (start < end).then_some(Interval { start, end })
}

/// Lists what of `window` lies outside the working hours.
pub fn off(window: Interval, rules: &Rules) -> Vec<Interval> {
    let rules = Rules {
        now: jiff::Timestamp::MIN,
        ..rules.clone()
    };
    let worked = free(
        (window, &Only::default()),
        &[],
        &rules,
        SignedDuration::ZERO,
    );
    let mut off = Vec::new();
    let mut from = window.start;
    for one in worked {
        off.push(Interval {
            start: from,
            end: one.start,
        });
        from = one.end;
    }
    off.push(Interval {
        start: from,
        end: window.end,
    });
    off.retain(|one| one.start < one.end);
    off
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CalendarRules;
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    #[test]
    fn working_hours_of_another_zone_are_off_in_ones_own() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let window = Interval {
            start: at("2027-03-15T00:00:00Z"),
            end: at("2027-03-16T00:00:00Z"),
        };
        let zone = TimeZone::get("America/New_York").unwrap();
        let rules = Rules::new(&CalendarRules::default(), &zone, at("2027-03-01T00:00:00Z"));
        let shown: Vec<String> = off(window, &rules)
            .iter()
            .map(|one| format!("{} {}", one.start, one.end))
            .collect();
        assert_eq!(
            shown,
            [
                "2027-03-15T00:00:00Z 2027-03-15T13:00:00Z",
                "2027-03-15T22:00:00Z 2027-03-16T00:00:00Z"
            ]
        );
        let busy = [Interval {
            start: at("2027-03-15T14:00:00Z"),
            end: at("2027-03-15T15:00:00Z"),
        }];
        let least = SignedDuration::from_mins(15);
        let found = free((window, &Only::default()), &busy, &rules, least);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].end, at("2027-03-15T22:00:00Z"));
    }
}
