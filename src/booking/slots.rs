//! Free slots: one function judges a start, the list and the single check both ask it.
//!
//! Times are exact: across a clock change a slot keeps its length, and working hours are those
//! the wall clock shows at every minute of it.

use std::fmt;

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use crate::action::{Interval, Slot};
use crate::config::{CalendarRules, weekday};

/// Starts offered lie this far apart; every zone's offset is a multiple of it today.
const STEP_MINUTES: i64 = 15;
/// Longest window searched, in days; more is no booking but a plan.
const WINDOW_DAYS_MAX: i64 = 400;
/// A rest of free time shorter than this, in minutes, is a hole nobody can use.
const HOLE_MINUTES: i64 = 30;
/// When people eat.
const LUNCH: (Time, Time) = (Time::constant(12, 0, 0, 0), Time::constant(13, 0, 0, 0));
/// What lunch costs in the order, in minutes of waiting.
const LUNCH_COST: i64 = 4 * 60;
/// What each unusable hole costs in the order, in minutes of waiting.
const HOLE_COST: i64 = 90;

/// The user's rules for free time, at a moment.
#[derive(Debug, Clone)]
pub struct Rules {
    /// First bookable time of a working day.
    pub day_starts: Time,
    /// End of a working day.
    pub day_ends: Time,
    /// Days that can be booked.
    pub days: Vec<Weekday>,
    /// Kept free before and after other events.
    pub buffer: SignedDuration,
    /// Kept free from now on.
    pub notice: SignedDuration,
    /// Where the working hours hold.
    pub zone: TimeZone,
    /// The present moment.
    pub now: Timestamp,
}

impl Rules {
    /// Takes the user's rules in `zone` at `now`.
    pub fn new(rules: &CalendarRules, zone: &TimeZone, now: Timestamp) -> Self {
        Self {
            day_starts: rules.day_starts,
            day_ends: rules.day_ends,
            days: rules.days.iter().filter_map(|day| weekday(day)).collect(),
            buffer: SignedDuration::from_mins(rules.buffer_minutes.into()),
            notice: SignedDuration::from_mins(rules.notice_minutes.into()),
            zone: zone.clone(),
            now,
        }
    }
}

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
    /// When the user is busy, in any order; see [`needs`] for how far around the window.
    pub busy: &'a [Interval],
    /// The user's rules.
    pub rules: Rules,
    /// What was asked for beyond the window.
    pub only: Only,
    /// A time of day to be near to; none takes the soonest.
    pub prefer: Option<Time>,
}

/// Why a slot does not fit.
#[derive(Debug, Clone, PartialEq)]
pub enum Clash {
    /// It has no length, or one that no day can hold.
    Length {
        /// The minutes asked for.
        minutes: u32,
    },
    /// It begins in the past or too soon.
    Notice {
        /// The first moment that could be booked.
        earliest: ZonedDateTime,
    },
    /// It reaches out of the window asked for.
    Window {
        /// Begin of the window.
        from: ZonedDateTime,
        /// End of the window.
        to: ZonedDateTime,
    },
    /// It falls on a day that is not worked or was not asked for.
    Day {
        /// The day.
        day: ZonedDateTime,
    },
    /// It reaches out of the hours that are worked or were asked for.
    Hours {
        /// First time that fits.
        from: Time,
        /// Last time that fits.
        to: Time,
    },
    /// The user is busy, or the buffer around an event is not kept.
    Busy {
        /// Begin of what is in the way.
        from: ZonedDateTime,
        /// Its end.
        to: ZonedDateTime,
        /// Minutes to keep free around it.
        buffer: i64,
    },
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let long = |at: &ZonedDateTime| at.strftime("%a %-d %B %H:%M").to_string();
        let clock = |time: &Time| time.strftime("%H:%M").to_string();
        match self {
            Self::Length { minutes } => write!(f, "{minutes} minutes can't be booked in one day"),
            Self::Notice { earliest } => {
                write!(
                    f,
                    "that is too soon, the first moment to book is {}",
                    long(earliest)
                )
            }
            Self::Window { from, to } => {
                write!(f, "that is not within {} to {}", long(from), long(to))
            }
            Self::Day { day } => write!(f, "{} is not one of the days", day.strftime("%A %-d %B")),
            Self::Hours { from, to } => {
                write!(
                    f,
                    "that is not within the hours from {} to {}",
                    clock(from),
                    clock(to)
                )
            }
            Self::Busy {
                from,
                to,
                buffer: 0,
            } => {
                write!(f, "busy from {} to {}", long(from), long(to))
            }
            Self::Busy { from, to, buffer } => {
                write!(
                    f,
                    "busy from {} to {}, with {buffer} minutes to keep free around",
                    long(from),
                    long(to)
                )
            }
        }
    }
}

/// Returns the time around the window in which busy intervals matter.
pub fn needs(window: Interval, rules: &Rules) -> Interval {
    Interval {
        start: window
            .start
            .checked_sub(rules.buffer)
            .unwrap_or(Timestamp::MIN),
        end: window
            .end
            .checked_add(rules.buffer)
            .unwrap_or(Timestamp::MAX),
    }
}

/// Says whether a slot of the request's length may begin at `start`.
///
/// # Errors
/// The first rule that it breaks.
pub fn fits(request: &Request<'_>, start: Timestamp) -> Result<(), Clash> {
    Judge::new(request).judge(start).map(drop)
}

/// Says whether a stretch of any length meets no busy time, the buffer around it kept free.
///
/// # Errors
/// What is in the way.
pub fn is_clear(busy: &[Interval], span: Interval, rules: &Rules) -> Result<(), Clash> {
    let request = Request {
        minutes: 0,
        window: span,
        busy,
        rules: rules.clone(),
        only: Only::default(),
        prefer: None,
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

/// A request with its busy time in order.
struct Judge<'a> {
    request: &'a Request<'a>,
    busy: Vec<Interval>,
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
        let mut sorted = request.busy.to_vec();
        sorted.sort();
        let mut busy: Vec<Interval> = Vec::new();
        for one in sorted.into_iter().filter(|one| one.start < one.end) {
            match busy.last_mut() {
                Some(last) if one.start <= last.end => last.end = last.end.max(one.end),
                Some(_) | None => busy.push(one),
            }
        }
        Self { request, busy }
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
        match self.in_the_way(span.start, span.end) {
            None => Ok(()),
            Some(busy) => Err(Clash::Busy {
                from: self.local(busy.start),
                to: self.local(busy.end),
                buffer: self.request.rules.buffer.as_mins(),
            }),
        }
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

    /// Returns the first busy interval that the slot and the buffer around it meet.
    fn in_the_way(&self, start: Timestamp, end: Timestamp) -> Option<Interval> {
        let buffer = self.request.rules.buffer;
        let from = start.checked_sub(buffer).unwrap_or(Timestamp::MIN);
        let to = end.checked_add(buffer).unwrap_or(Timestamp::MAX);
        let next = self.busy.partition_point(|busy| busy.end <= from);
        self.busy.get(next).filter(|busy| busy.start < to).copied()
    }

    fn rank(&self, slot: Interval) -> Ranked {
        let (first, last) = (self.local(slot.start), self.local(slot.end));
        let over_lunch = first.time() < LUNCH.1 && last.time() > LUNCH.0;
        let (before, after) = self.room(slot);
        let is_hole = |room: &i64| (1..HOLE_MINUTES).contains(room);
        let holes = [before, after].iter().filter(|room| is_hole(room)).count();
        let wait = match self.request.prefer {
            None => slot
                .start
                .duration_since(self.request.window.start)
                .as_mins(),
            // Days count as much as hours off the wish, so that a near day wins a tie only.
            Some(wish) => {
                let off = first.time().duration_since(wish).as_mins().abs();
                let days = slot
                    .start
                    .duration_since(self.request.window.start)
                    .as_hours()
                    / 24;
                off * 4 + days * 60
            }
        };
        let hole_count = i64::try_from(holes).unwrap_or(2);
        Ranked {
            slot,
            cost: wait + if over_lunch { LUNCH_COST } else { 0 } + hole_count * HOLE_COST,
            over_lunch,
            holes,
            adjoins: before == 0 || after == 0,
        }
    }

    /// Returns the free minutes between the slot and the events before and after it, at least a
    /// hole's length when the next one is farther.
    fn room(&self, slot: Interval) -> (i64, i64) {
        let buffer = self.request.rules.buffer;
        let next = self.busy.partition_point(|busy| busy.end <= slot.start);
        let before = next
            .checked_sub(1)
            .and_then(|at| self.busy.get(at))
            .map(|busy| busy.end);
        let after = self.busy.get(next).map(|busy| busy.start);
        let minutes = |from: Timestamp, to: Timestamp| (to.duration_since(from) - buffer).as_mins();
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
        if let Some(wish) = self.request.prefer
            && self.local(ranked.slot.start).time() == wish
        {
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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

    fn week(busy: &[Interval]) -> Request<'_> {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        Request {
            minutes: 60,
            window: between("2026-03-02T00:00:00+01:00", "2026-03-09T00:00:00+01:00"),
            busy,
            rules: Rules::new(
                &CalendarRules::default(),
                &zone,
                at("2026-03-01T12:00:00+01:00"),
            ),
            only: Only::default(),
            prefer: None,
        }
    }

    fn clash(request: &Request<'_>, start: &str) -> String {
        fits(request, at(start)).unwrap_err().to_string()
    }

    #[test]
    fn a_slot_that_does_not_fit_says_why_in_a_sentence() {
        let busy = [between(
            "2026-03-03T10:00:00+01:00",
            "2026-03-03T11:00:00+01:00",
        )];
        let mut request = week(&busy);
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
        request.rules.buffer = SignedDuration::from_mins(10);
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
        let busy = [
            between("2026-03-02T09:00:00+01:00", "2026-03-02T11:15:00+01:00"),
            between("2026-03-02T14:15:00+01:00", "2026-03-02T16:00:00+01:00"),
        ];
        let found = slots(&week(&busy), 3);
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
        request.prefer = Some(Time::constant(15, 0, 0, 0));
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

    /// Decides minute by minute, with no arithmetic in common with the judge.
    fn free_by_the_minute(request: &Request<'_>, start: Timestamp) -> bool {
        let minute = SignedDuration::from_mins(1);
        let rules = &request.rules;
        let buffer = rules.buffer.as_mins();
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
            request
                .busy
                .iter()
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
            let request = Request {
                minutes,
                window: Interval { start: after(7), end: after(5 * 1440) },
                busy: &busy,
                rules: Rules {
                    day_starts: Time::constant(hours.0, 30, 0, 0),
                    day_ends,
                    days: vec![Weekday::Friday, Weekday::Saturday, Weekday::Sunday, Weekday::Monday],
                    buffer: SignedDuration::from_mins(buffer),
                    notice: SignedDuration::from_mins(notice),
                    zone: TimeZone::get(zone).unwrap(),
                    now: start,
                },
                only: Only {
                    days: only_two.then(|| vec![Weekday::Saturday, Weekday::Sunday]),
                    hours: None,
                },
                prefer: None,
            };
            let mut found: Vec<Timestamp> =
                slots(&request, usize::MAX).iter().map(|slot| slot.start.timestamp()).collect();
            found.sort();
            let want: Vec<Timestamp> = (0..5 * 96).map(|step| after(step * 15))
                .filter(|&start| free_by_the_minute(&request, start))
                .collect();
            prop_assert_eq!(&found, &want);
            for start in found {
                prop_assert_eq!(fits(&request, start), Ok(()));
            }
        }
    }
}
