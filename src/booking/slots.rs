//! Free slots: one function judges a start, the list and the single check both ask it.
//!
//! Times are exact: across a clock change a slot keeps its length, and working hours are those
//! the wall clock shows at every minute of it.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ZonedDateTime};

use super::clash::{Clash, Most};
use super::rules::Rules;
use super::taken::Taken;
use crate::action::{Interval, Slot};

/// Starts offered lie this far apart; every zone's offset is a multiple of it today.
const STEP_MINUTES: i64 = 15;
/// Longest event counted day by day, in days.
const DAYS_MAX: usize = 400;
/// Longest window searched, in days; more is no booking but a plan.
const WINDOW_DAYS_MAX: i64 = 400;
/// What was asked for beyond the window; holds for listing and checking alike.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Only {
    /// These days of the week; none allows every working day.
    pub days: Option<Vec<Weekday>>,
    /// Within these hours of a day, the end exclusive.
    pub hours: Option<(Time, Time)>,
}

/// What is looked for, and in what.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Length in minutes.
    pub minutes: u32,
    /// Begins and ends within this.
    pub window: Interval,
    /// What is taken, in any order; see [`needs`] for how far around the window.
    pub taken: &'a [Taken],
    /// Kept free around the slot itself: the way to where it takes place.
    pub margin: SignedDuration,
    /// The user's rules.
    pub rules: Rules,
    /// What was asked for beyond the window.
    pub only: Only,
}

/// Returns the time around the window in which what is taken matters: its days, and as far around
/// them as anything is kept free.
pub fn needs(window: Interval, rules: &Rules) -> Interval {
    let widest = rules.widest();
    let day = |at: Timestamp| at.to_zoned_datetime(rules.zone.clone()).start_of_day();
    let first = day(window.start).map_or(window.start, |day| day.timestamp());
    let last = day(window.end).and_then(|day| day.tomorrow());
    let last = last.map_or(window.end, |day| day.timestamp());
    Interval {
        start: first.checked_sub(widest).unwrap_or(Timestamp::MIN),
        end: last.checked_add(widest).unwrap_or(Timestamp::MAX),
    }
}

/// Says whether a slot of the request's length may begin at `start`.
///
/// # Errors
/// The first rule that it breaks.
pub fn fits(request: &Request<'_>, start: Timestamp) -> Result<(), Clash> {
    Judge::new(request).judge(start).map(drop)
}

/// Says whether a stretch of any length meets nothing that is taken, with what is kept free around
/// that and `margin` around the stretch, and leaves its day within the limits.
///
/// # Errors
/// What is in the way.
pub fn is_clear(
    taken: &[Taken],
    (span, margin): (Interval, SignedDuration),
    rules: &Rules,
) -> Result<(), Clash> {
    let request = Request {
        minutes: 0,
        window: span,
        taken,
        margin,
        rules: rules.clone(),
        only: Only::default(),
    };
    Judge::new(&request).clear(span)
}

/// Lists the slots that fit, best first: soon (or near the preferred time), not over lunch, and
/// without leaving holes; the first ones don't overlap each other.
pub fn slots(request: &Request<'_>, limit: usize) -> Vec<Slot> {
    let judge = Judge::new(request);
    let mut fitting: Vec<Ranked> = judge
        .starts()
        .filter_map(|start| judge.judge(start).ok())
        .map(|slot| judge.rank(slot))
        .collect();
    fitting.sort_by_key(|ranked| (ranked.cost, ranked.slot.start));
    let mut apart: Vec<Ranked> = Vec::new();
    let mut rest = Vec::new();
    for ranked in fitting {
        let overlaps = |other: &Ranked| {
            ranked.slot.start < other.slot.end && other.slot.start < ranked.slot.end
        };
        if apart.len() < limit && !apart.iter().any(overlaps) {
            apart.push(ranked);
        } else {
            rest.push(ranked);
        }
    }
    let soonest = apart
        .iter()
        .chain(&rest)
        .map(|ranked| ranked.slot.start)
        .min();
    apart
        .into_iter()
        .chain(rest)
        .take(limit)
        .map(|ranked| judge.slot(&ranked, Some(ranked.slot.start) == soonest))
        .collect()
}

/// Lists when a meeting of the request's length can't be: what is taken with what is kept free around
/// it, and the days that are full.
pub fn closed(request: &Request<'_>) -> Vec<Interval> {
    let judge = Judge::new(request);
    let zone = &request.rules.zone;
    let length = SignedDuration::from_mins(request.minutes.into());
    let full = by_day(request.window, zone)
        .into_iter()
        .filter_map(|(day, _)| {
            let start = begin(day, zone);
            let end = begin(day.tomorrow().ok()?, zone);
            let slot = Interval {
                start,
                end: start.checked_add(length).ok()?.min(end),
            };
            judge.within_limits(slot).err()?;
            Some(Interval { start, end })
        });
    merged(judge.blocked.iter().copied().chain(full).collect())
}

/// A request with what is taken in order.
struct Judge<'a> {
    request: &'a Request<'a>,
    /// When someone is busy.
    busy: Vec<Interval>,
    /// When nothing may take place, with what is kept free.
    blocked: Vec<Interval>,
    /// The user's own events by day: how many, and how many minutes.
    days: BTreeMap<Date, (u32, i64)>,
}

/// A slot that fits, with what speaks for and against it.
struct Ranked {
    slot: Interval,
    cost: i64,
    over_lunch: bool,
    holes: usize,
    adjoins: bool,
}

impl<'a> Judge<'a> {
    fn new(request: &'a Request<'a>) -> Self {
        let taken = request.taken.iter();
        let blocked = taken.clone().map(|one| one.blocks(request.margin));
        let has_limits = request.rules.has_limits();
        let mut days: BTreeMap<Date, (u32, i64)> = BTreeMap::new();
        for one in taken.clone().filter(|one| has_limits && one.counts()) {
            for (day, minutes) in by_day(one.span, &request.rules.zone) {
                let (events, taken) = days.entry(day).or_default();
                *events += 1;
                *taken += minutes;
            }
        }
        Self {
            request,
            busy: merged(taken.map(|one| one.span).collect()),
            blocked: merged(blocked.collect()),
            days,
        }
    }

    /// Lists the starts on the grid within the window.
    fn starts(&self) -> impl Iterator<Item = Timestamp> {
        let step = STEP_MINUTES * 60;
        let rules = &self.request.rules;
        let earliest = rules
            .now
            .checked_add(rules.notice)
            .unwrap_or(Timestamp::MAX);
        let from = self.request.window.start.max(earliest).as_second();
        let to = self.request.window.end.as_second();
        let first = from.div_euclid(step) * step;
        let to = to.min(first.saturating_add(WINDOW_DAYS_MAX * 86_400));
        (0..)
            .map(move |count| first + count * step)
            .take_while(move |&second| second <= to)
            .filter_map(|second| Timestamp::from_second(second).ok())
    }

    /// The one function that says whether a slot fits.
    fn judge(&self, start: Timestamp) -> Result<Interval, Clash> {
        let Request {
            minutes,
            window,
            rules,
            ..
        } = self.request;
        let long = || Clash::Length { minutes: *minutes };
        let length = SignedDuration::from_mins((*minutes).into());
        let end = start.checked_add(length).map_err(|_| long())?;
        // No day is longer than 25 hours.
        if *minutes == 0 || *minutes > 25 * 60 {
            return Err(long());
        }
        let earliest = rules
            .now
            .checked_add(rules.notice)
            .unwrap_or(Timestamp::MAX);
        if start < earliest {
            return Err(Clash::Notice {
                earliest: self.local(earliest),
            });
        }
        if start < window.start || end > window.end {
            let (from, to) = (self.local(window.start), self.local(window.end));
            return Err(Clash::Window { from, to });
        }
        self.works(start, end)?;
        self.clear(Interval { start, end })?;
        Ok(Interval { start, end })
    }

    fn clear(&self, span: Interval) -> Result<(), Clash> {
        let next = self.blocked.partition_point(|one| one.end <= span.start);
        let blocked = self.blocked.get(next).filter(|one| one.start < span.end);
        match blocked {
            None => self.within_limits(span),
            Some(blocked) => Err(self.in_the_way(span, *blocked)),
        }
    }

    /// Names what of a blocked stretch is nearest to a slot in it.
    fn in_the_way(&self, span: Interval, blocked: Interval) -> Clash {
        let gap = |one: &Interval| {
            let after = one.start.duration_since(span.end);
            let before = span.start.duration_since(one.end);
            after.max(before).max(SignedDuration::ZERO)
        };
        let from = self.busy.partition_point(|one| one.end <= blocked.start);
        let inside = self.busy.iter().skip(from);
        let nearest = inside
            .take_while(|one| one.start < blocked.end)
            .min_by_key(|one| gap(one))
            .copied()
            .unwrap_or(blocked);
        let kept = nearest.start.duration_since(blocked.start);
        let kept = kept.max(blocked.end.duration_since(nearest.end));
        Clash::Busy {
            from: self.local(nearest.start),
            to: self.local(nearest.end),
            // What lies within needs no margin to be in the way.
            margin: if gap(&nearest).is_zero() && overlaps(nearest, span) {
                0
            } else {
                kept.as_mins()
            },
        }
    }

    /// Checks that no day of the slot gets more events, or minutes of them, than a day may have.
    fn within_limits(&self, span: Interval) -> Result<(), Clash> {
        let rules = &self.request.rules;
        if !rules.has_limits() {
            return Ok(());
        }
        for (day, minutes) in by_day(span, &rules.zone) {
            let (events, taken) = self.days.get(&day).copied().unwrap_or_default();
            let too_many = rules.day_events_max.filter(|most| events >= *most);
            let too_long = rules
                .day_minutes_max
                .filter(|most| taken + minutes > i64::from(*most));
            let most = too_many.map(Most::Events).or(too_long.map(Most::Minutes));
            if let Some(most) = most {
                let day = self.local(span.start.max(begin(day, &rules.zone)));
                return Err(Clash::Full { day, most });
            }
        }
        Ok(())
    }

    fn local(&self, moment: Timestamp) -> ZonedDateTime {
        moment.to_zoned_datetime(self.request.rules.zone.clone())
    }

    /// Checks days and hours on every stretch between clock changes.
    fn works(&self, start: Timestamp, end: Timestamp) -> Result<(), Clash> {
        let zone = &self.request.rules.zone;
        let changes = zone.following(start).map(|change| change.timestamp());
        let mut from = start;
        for to in changes.take_while(|&change| change < end).chain([end]) {
            let last = to.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(to);
            self.works_unchanged(&self.local(from), &self.local(last))?;
            from = to;
        }
        Ok(())
    }

    /// Checks a stretch on which the wall clock runs evenly; `last` still belongs to it.
    fn works_unchanged(&self, first: &ZonedDateTime, last: &ZonedDateTime) -> Result<(), Clash> {
        let Request { rules, only, .. } = self.request;
        let asked = |day: Weekday| only.days.as_ref().is_none_or(|days| days.contains(&day));
        for at in [first, last] {
            if !rules.days.contains(&at.weekday()) || !asked(at.weekday()) {
                return Err(Clash::Day { day: at.clone() });
            }
        }
        let asked = only.hours.unwrap_or((rules.day_starts, rules.day_ends));
        let from = rules.day_starts.max(asked.0);
        let to = rules.day_ends.min(asked.1);
        let outside = |at: &ZonedDateTime| at.time() < from || at.time() >= to;
        if first.date() != last.date() || outside(first) || outside(last) {
            return Err(Clash::Hours { from, to });
        }
        Ok(())
    }

    fn rank(&self, slot: Interval) -> Ranked {
        let Rules { prefer, liked, .. } = &self.request.rules;
        let (first, last) = (self.local(slot.start), self.local(slot.end));
        let over_lunch = first.time() < prefer.lunch_ends && last.time() > prefer.lunch_starts;
        let (before, after) = self.room(slot);
        let is_hole = |room: &i64| (1..i64::from(prefer.hole_minutes)).contains(room);
        let holes = [before, after].iter().filter(|room| is_hole(room)).count();
        let waiting = slot.start.duration_since(self.request.window.start);
        let off = prefer
            .time
            .map_or(0, |wish| first.time().duration_since(wish).as_mins().abs());
        let costs = [
            (1, waiting.as_mins()),
            (prefer.hour_cost, off / 60),
            // The rest of an hour, so that a quarter counts as well.
            (1, off % 60 * i64::from(prefer.hour_cost) / 60),
            (prefer.lunch_cost, i64::from(over_lunch)),
            (prefer.hole_cost, i64::try_from(holes).unwrap_or(2)),
            (
                prefer.day_cost,
                i64::from(!liked.is_empty() && !liked.contains(&first.weekday())),
            ),
        ];
        Ranked {
            slot,
            cost: costs
                .iter()
                .map(|(cost, count)| i64::from(*cost) * count)
                .sum(),
            over_lunch,
            holes,
            adjoins: before == 0 || after == 0,
        }
    }

    /// Returns the free minutes between the slot and the events before and after it, at least a
    /// hole's length when the next one is farther.
    fn room(&self, slot: Interval) -> (i64, i64) {
        let next = self.blocked.partition_point(|one| one.end <= slot.start);
        let before = next
            .checked_sub(1)
            .and_then(|at| self.blocked.get(at))
            .map(|one| one.end);
        let after = self.blocked.get(next).map(|one| one.start);
        let minutes = |from: Timestamp, to: Timestamp| to.duration_since(from).as_mins();
        (
            before.map_or(i64::MAX, |end| minutes(end, slot.start)),
            after.map_or(i64::MAX, |start| minutes(slot.end, start)),
        )
    }

    fn slot(&self, ranked: &Ranked, is_soonest: bool) -> Slot {
        let mut words: Vec<&str> = Vec::new();
        if is_soonest {
            words.push("the soonest");
        }
        let start = self.local(ranked.slot.start);
        if self.request.rules.prefer.time == Some(start.time()) {
            words.push("at the time you prefer");
        }
        if ranked.adjoins {
            words.push("right next to another event");
        }
        if ranked.over_lunch {
            words.push("over lunch");
        }
        if ranked.holes > 0 {
            words.push("leaves a short gap");
        }
        if words.is_empty() {
            words.push("free around it");
        }
        Slot {
            start: self.local(ranked.slot.start),
            end: self.local(ranked.slot.end),
            reason: words.join(", "),
            cost: ranked.cost,
        }
    }
}

/// Joins stretches that touch or overlap, in order.
fn merged(mut all: Vec<Interval>) -> Vec<Interval> {
    all.sort();
    let mut out: Vec<Interval> = Vec::new();
    for one in all.into_iter().filter(|one| one.start < one.end) {
        match out.last_mut() {
            Some(last) if one.start <= last.end => last.end = last.end.max(one.end),
            Some(_) | None => out.push(one),
        }
    }
    out
}

fn overlaps(one: Interval, other: Interval) -> bool {
    one.start < other.end && other.start < one.end
}

fn begin(day: Date, zone: &TimeZone) -> Timestamp {
    let begin = day.to_zoned_datetime(zone.clone());
    begin.map_or(Timestamp::MIN, |begin| begin.timestamp())
}

/// The days a stretch is on, with its minutes on each.
fn by_day(span: Interval, zone: &TimeZone) -> Vec<(Date, i64)> {
    let first = span.start.to_zoned_datetime(zone.clone()).date();
    let days = first.series(Span::new().days(1)).take(DAYS_MAX);
    let of = |day: Date| {
        let end = day.tomorrow().ok()?;
        let from = span.start.max(begin(day, zone));
        let to = span.end.min(begin(end, zone));
        (from < to).then(|| (day, to.duration_since(from).as_mins()))
    };
    days.map_while(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CalendarRules, Preferences};
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn between(from: &str, to: &str) -> Interval {
        Interval {
            start: at(from),
            end: at(to),
        }
    }

    fn rules(config: &CalendarRules) -> Rules {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        Rules::new(config, &zone, at("2026-03-01T12:00:00+01:00"))
    }

    fn busy(spans: &[Interval], rules: &Rules) -> Vec<Taken> {
        spans.iter().map(|span| Taken::busy(*span, rules)).collect()
    }

    fn week(taken: &[Taken]) -> Request<'_> {
        Request {
            minutes: 60,
            window: between("2026-03-02T00:00:00+01:00", "2026-03-09T00:00:00+01:00"),
            taken,
            margin: SignedDuration::ZERO,
            rules: rules(&CalendarRules::default()),
            only: Only::default(),
        }
    }

    fn clash(request: &Request<'_>, start: &str) -> String {
        fits(request, at(start)).unwrap_err().to_string()
    }

    #[test]
    fn a_slot_that_does_not_fit_says_why_in_a_sentence() {
        let meeting = between("2026-03-03T10:00:00+01:00", "2026-03-03T11:00:00+01:00");
        let config = CalendarRules {
            buffer_minutes: 10,
            ..CalendarRules::default()
        };
        let plain = busy(&[meeting], &rules(&CalendarRules::default()));
        let buffered = busy(&[meeting], &rules(&config));
        let mut request = week(&plain);
        for (start, want) in [
            (
                "2026-03-01T12:30:00+01:00",
                "that is too soon, the first moment to book is Sun 1 March 13:00",
            ),
            (
                "2026-03-10T10:00:00+01:00",
                "that is not within Mon 2 March 00:00 to Mon 9 March 00:00",
            ),
            (
                "2026-03-07T10:00:00+01:00",
                "Saturday 7 March is not one of the days",
            ),
            (
                "2026-03-03T17:30:00+01:00",
                "that is not within the hours from 09:00 to 18:00",
            ),
            (
                "2026-03-03T09:30:00+01:00",
                "busy from Tue 3 March 10:00 to Tue 3 March 11:00",
            ),
        ] {
            assert_eq!(clash(&request, start), want);
        }
        assert_eq!(fits(&request, at("2026-03-03T11:00:00+01:00")), Ok(()));
        request.taken = &buffered;
        assert_eq!(
            clash(&request, "2026-03-03T11:00:00+01:00"),
            "busy from Tue 3 March 10:00 to Tue 3 March 11:00, with 10 minutes to keep free around"
        );
        request.minutes = 0;
        assert_eq!(
            clash(&request, "2026-03-03T11:00:00+01:00"),
            "0 minutes can't be booked in one day"
        );
    }

    #[test]
    fn the_best_slots_are_soon_not_over_lunch_and_leave_no_holes() {
        let spans = [
            between("2026-03-02T09:00:00+01:00", "2026-03-02T11:15:00+01:00"),
            between("2026-03-02T14:15:00+01:00", "2026-03-02T16:00:00+01:00"),
        ];
        let taken = busy(&spans, &rules(&CalendarRules::default()));
        let found = slots(&week(&taken), 3);
        let found: Vec<String> = found
            .iter()
            .map(|slot| format!("{} {}", slot.start.strftime("%a %H:%M"), slot.reason))
            .collect();
        assert_eq!(
            found,
            [
                "Mon 13:15 right next to another event",
                "Mon 11:15 the soonest, right next to another event, over lunch",
                "Mon 16:00 right next to another event"
            ]
        );
    }

    #[test]
    fn a_preferred_time_and_asked_days_are_kept() {
        let mut request = week(&[]);
        request.rules.prefer.time = Some(Time::constant(15, 0, 0, 0));
        request.only.days = Some(vec![Weekday::Thursday]);
        request.only.hours = Some((Time::constant(12, 0, 0, 0), Time::constant(18, 0, 0, 0)));
        let found = slots(&request, 1);
        assert_eq!(found[0].start.strftime("%a %H:%M").to_string(), "Thu 15:00");
        assert_eq!(found[0].reason, "at the time you prefer");
        assert_eq!(
            clash(&request, "2026-03-05T10:00:00+01:00"),
            "that is not within the hours from 12:00 to 18:00"
        );
    }

    #[test]
    fn what_is_liked_is_weighed_as_the_configuration_says() {
        let first = |prefer: Preferences| {
            let mut request = week(&[]);
            request.rules = rules(&CalendarRules {
                prefer,
                ..CalendarRules::default()
            });
            let found = slots(&request, 1);
            found[0].start.strftime("%a %H:%M").to_string()
        };
        let plain = Preferences::default();
        assert_eq!(first(plain.clone()), "Mon 09:00");
        let afternoon = Preferences {
            time: Some(Time::constant(16, 0, 0, 0)),
            ..plain.clone()
        };
        assert_eq!(first(afternoon.clone()), "Mon 16:00");
        let cheap = Preferences {
            hour_cost: 30,
            ..afternoon
        };
        assert_eq!(first(cheap), "Mon 09:00");
        let days = Preferences {
            days: vec!["wed".to_owned()],
            day_cost: 3 * 24 * 60,
            ..plain
        };
        assert_eq!(first(days.clone()), "Wed 09:00");
        let near = Preferences {
            day_cost: 24 * 60,
            ..days
        };
        assert_eq!(first(near), "Mon 09:00");
    }

    #[test]
    fn a_full_day_takes_no_more() {
        let own = |from: &str, to: &str| crate::booking::taken::tests::own(from, to);
        let events = [
            own("2026-03-02T09:00:00+01:00", "2026-03-02T10:00:00+01:00"),
            own("2026-03-02T11:00:00+01:00", "2026-03-02T11:30:00+01:00"),
        ];
        let limits = |events_max, minutes_max| {
            rules(&CalendarRules {
                day_events_max: events_max,
                day_minutes_max: minutes_max,
                ..CalendarRules::default()
            })
        };
        for (limits, want) in [
            (limits(None, None), None),
            (limits(Some(3), Some(150)), None),
            (
                limits(Some(2), None),
                Some("Monday 2 March would have more than 2 events"),
            ),
            (
                limits(None, Some(120)),
                Some("Monday 2 March would have more than 120 minutes of events"),
            ),
        ] {
            let taken = crate::booking::taken(&events, &limits);
            let request = Request {
                rules: limits,
                ..week(&taken)
            };
            let start = at("2026-03-02T15:00:00+01:00");
            let found = fits(&request, start).err().map(|clash| clash.to_string());
            assert_eq!(found.as_deref(), want);
            let offered = slots(&request, usize::MAX);
            let on_monday = offered
                .iter()
                .any(|slot| slot.start.weekday() == Weekday::Monday);
            assert_eq!(on_monday, want.is_none());
            let span = Interval {
                start,
                end: start + SignedDuration::from_mins(60),
            };
            let clear = is_clear(&taken, (span, SignedDuration::ZERO), &request.rules);
            assert_eq!(clear.err().map(|clash| clash.to_string()).as_deref(), want);
        }
    }

    /// Decides minute by minute, with no arithmetic in common with the judge.
    fn free_by_the_minute(
        request: &Request<'_>,
        (busy, buffer): (&[Interval], i64),
        start: Timestamp,
    ) -> bool {
        let minute = SignedDuration::from_mins(1);
        let rules = &request.rules;
        let buffer = buffer.max(request.margin.as_mins());
        let end = start + minute * i32::try_from(request.minutes).unwrap();
        let at = |offset: i64| start + SignedDuration::from_mins(offset);
        let works = (0..i64::from(request.minutes)).all(|offset| {
            let local = at(offset).to_zoned_datetime(rules.zone.clone());
            rules.days.contains(&local.weekday())
                && local.time() >= rules.day_starts
                && local.time() < rules.day_ends
                && request
                    .only
                    .days
                    .as_ref()
                    .is_none_or(|days| days.contains(&local.weekday()))
        });
        let clear = (-buffer..i64::from(request.minutes) + buffer).all(|offset| {
            busy.iter()
                .all(|busy| at(offset) < busy.start || at(offset) >= busy.end)
        });
        works
            && clear
            && start - rules.now >= rules.notice
            && start >= request.window.start
            && end <= request.window.end
    }

    const ZONES: [(&str, &str); 6] = [
        ("Europe/Berlin", "2026-03-27T00:00:00Z"),
        ("Europe/Berlin", "2026-10-23T00:00:00Z"),
        ("America/New_York", "2026-03-06T00:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-03T00:00:00Z"),
        ("Asia/Kathmandu", "2026-06-01T00:00:00Z"),
        ("America/Sao_Paulo", "2026-02-13T00:00:00Z"),
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn slots_are_exactly_what_a_check_of_every_minute_allows(
            place in 0..ZONES.len(),
            hours in (0_i8..20, 1_i8..24),
            minutes in prop_oneof![Just(15_u32), Just(25), Just(60), Just(150)],
            buffer in 0_i64..20,
            margin in prop_oneof![Just(0_i64), 0_i64..40],
            notice in 0_i64..3000,
            only_two in any::<bool>(),
            events in proptest::collection::vec((0_i64..5 * 1440, 1_i64..300), 0..8),
        ) {
            let (zone, start) = ZONES[place];
            let start = at(start);
            let after = |minutes: i64| start + SignedDuration::from_mins(minutes);
            let busy: Vec<Interval> = events.iter()
                .map(|&(from, long)| Interval { start: after(from), end: after(from + long) })
                .collect();
            let day_ends = Time::constant((hours.0 + hours.1).min(23), 59, 0, 0);
            let rules = Rules {
                day_starts: Time::constant(hours.0, 30, 0, 0),
                day_ends,
                days: vec![Weekday::Friday, Weekday::Saturday, Weekday::Sunday, Weekday::Monday],
                buffer: SignedDuration::from_mins(buffer),
                notice: SignedDuration::from_mins(notice),
                ..Rules::new(&CalendarRules::default(), &TimeZone::get(zone).unwrap(), start)
            };
            let taken: Vec<Taken> = busy.iter().map(|span| Taken::busy(*span, &rules)).collect();
            let request = Request {
                minutes,
                window: Interval { start: after(7), end: after(5 * 1440) },
                taken: &taken,
                margin: SignedDuration::from_mins(margin),
                rules,
                only: Only {
                    days: only_two.then(|| vec![Weekday::Saturday, Weekday::Sunday]),
                    hours: None,
                },
            };
            let mut found: Vec<Timestamp> =
                slots(&request, usize::MAX).iter().map(|slot| slot.start.timestamp()).collect();
            found.sort();
            let want: Vec<Timestamp> = (0..5 * 96).map(|step| after(step * 15))
                .filter(|&start| free_by_the_minute(&request, (&busy, buffer), start))
                .collect();
            prop_assert_eq!(&found, &want);
            for start in found {
                prop_assert_eq!(fits(&request, start), Ok(()));
            }
        }
    }
}
