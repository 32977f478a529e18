//! One `RRULE` (RFC 5545 section 3.3.10), walked by the `rrule` package on local times that are
//! dressed as UTC, so that no zone of its own can bend them.
//!
//! Never walks without a bound: what would fill the memory or the day is refused or cut, and says
//! so. The types of `rrule` and its `chrono` stay in this file.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rrule::RRuleSet;

use super::values::{self, Shape};

/// Most times of day that `BYHOUR`, `BYMINUTE` and `BYSECOND` may make together: every 5 minutes.
/// `rrule` makes all times of a whole year at once, so more could fill the memory.
const TIMES_OF_DAY_MAX: usize = 288;
/// Most occurrences walked for one rule: daily for 270 years.
const WALKED_MAX: usize = 100_000;
/// Parts of a rule that are handed on; others are unknown to RFC 5545 and left out.
const PARTS: [&str; 13] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
];

/// A rule, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    parts: Vec<(String, String)>,
    until: Option<Until>,
}

/// `UNTIL`, in any of its forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Until(pub(super) Shape);

/// Which occurrences are wanted; all times are local ones of the event, or all UTC.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// `DTSTART`.
    pub(super) start: DateTime,
    /// Not before this.
    pub(super) from: DateTime,
    /// Not after this.
    pub(super) to: DateTime,
}

/// What a walk found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Walk {
    /// Occurrences in order.
    pub(super) times: Vec<DateTime>,
    /// Whether there are more that were not walked.
    pub(super) is_cut: bool,
    /// Whether there are none, ever.
    pub(super) is_never: bool,
}

impl Until {
    /// Returns the last local time it allows in `zone`: a date allows its whole day.
    pub(super) fn local(self, zone: &TimeZone) -> DateTime {
        match self.0 {
            Shape::Day(day) => day.at(23, 59, 59, 0),
            Shape::Local(local) => local,
            Shape::Utc(local) => {
                values::utc(local).map_or(local, |moment| zone.to_datetime(moment))
            }
        }
    }

    /// Returns a bound that is late enough in every zone.
    pub(super) fn local_late(self) -> DateTime {
        let local = self.local(&TimeZone::UTC);
        local
            .checked_add(jiff::Span::new().days(1))
            .unwrap_or(local)
    }
}

impl Rule {
    /// Takes a rule apart.
    ///
    /// # Errors
    /// A few words on what can't be used.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut rule = Self {
            parts: Vec::new(),
            until: None,
        };
        // `rrule` slices its text at byte offsets.
        if !text.is_ascii() {
            return Err("has stray characters in its RRULE");
        }
        for part in text.to_ascii_uppercase().split(';') {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            if name == "UNTIL" {
                let shape = values::shape(value).ok_or("has an unreadable UNTIL")?;
                rule.until = Some(Until(shape));
            } else if name == "RSCALE" && value != "GREGORIAN" {
                return Err("recurs in a calendar other than the Gregorian");
            } else if PARTS.contains(&name) && !value.is_empty() && rule.part(name).is_none() {
                rule.parts.push((name.to_owned(), value.replace(' ', "")));
            }
        }
        if rule.times_of_day() > TIMES_OF_DAY_MAX {
            return Err("recurs at too many times of a day");
        }
        Ok(rule)
    }

    fn part(&self, name: &str) -> Option<&str> {
        let (_, value) = self.parts.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    fn times_of_day(&self) -> usize {
        ["BYHOUR", "BYMINUTE", "BYSECOND"]
            .iter()
            .map(|name| self.part(name).map_or(1, |list| list.split(',').count()))
            .fold(1, usize::saturating_mul)
    }

    /// Says whether it counts exact hours, minutes or seconds and so is walked in UTC; with a
    /// `BY` part it names times of the local day and is walked in those.
    pub(super) fn is_exact(&self) -> bool {
        let fine = matches!(self.part("FREQ"), Some("HOURLY" | "MINUTELY" | "SECONDLY"));
        fine && !self.parts.iter().any(|(name, _)| name.starts_with("BY"))
    }

    /// Lists the occurrences within `span`; `until` turns `UNTIL` into a time of the same kind.
    ///
    /// # Errors
    /// A few words when the rule can't be walked.
    pub(super) fn walk(
        &self,
        span: &Span,
        until: impl Fn(Until) -> DateTime,
    ) -> Result<Walk, &'static str> {
        let until = self.until.map(until);
        if until.is_some_and(|until| until < span.start) {
            return Err("ends recurring before it starts");
        }
        let last = until.map_or(span.to, |until| until.min(span.to));
        let set = self.set(self.forwarded(span).unwrap_or(span.start))?;
        let mut walk = Walk::default();
        let mut is_ever = false;
        for (walked, moment) in (&set).into_iter().enumerate() {
            is_ever = true;
            let Some(local) = local(moment.timestamp()) else {
                break;
            };
            if local > last {
                break;
            }
            if walked >= WALKED_MAX {
                walk.is_cut = true;
                break;
            }
            if local >= span.from {
                walk.times.push(local);
            }
        }
        // Of finer rules the walk may end before their first occurrence.
        walk.is_never = !is_ever && matches!(self.part("FREQ"), Some("MONTHLY" | "YEARLY"));
        Ok(walk)
    }

    fn set(&self, start: DateTime) -> Result<RRuleSet, &'static str> {
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let start = start.strftime("%Y%m%dT%H%M%SZ");
        let text = format!("DTSTART:{start}\nRRULE:{}", parts.join(";"));
        text.parse::<RRuleSet>()
            .map(RRuleSet::limit)
            .map_err(|_| "has an unreadable RRULE")
    }

    /// Moves the start near `span.from` by whole intervals, which changes no later occurrence of a
    /// rule without `COUNT`; spares walking through decades.
    fn forwarded(&self, span: &Span) -> Option<DateTime> {
        let unit: i64 = match self.part("FREQ")? {
            "WEEKLY" => 604_800,
            "DAILY" => 86_400,
            "HOURLY" => 3600,
            "MINUTELY" => 60,
            "SECONDLY" => 1,
            _ => return None,
        };
        if self.part("COUNT").is_some() {
            return None;
        }
        let interval: i64 = self
            .part("INTERVAL")
            .map_or(Some(1), |text| text.parse().ok())?;
        let period = unit.checked_mul(interval).filter(|&period| period > 0)?;
        let start = values::utc(span.start)?.as_second();
        let ahead = values::utc(span.from)?.as_second() - start;
        let periods = (ahead / period - 1).max(0);
        local(start + periods * period)
    }
}

/// Returns the local time that is dressed as this second of UTC.
fn local(second: i64) -> Option<DateTime> {
    Timestamp::from_second(second)
        .ok()
        .map(|moment| TimeZone::UTC.to_datetime(moment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn walk(text: &str, span: &Span) -> Result<Walk, &'static str> {
        Rule::parse(text)?.walk(span, |until| until.local(&TimeZone::UTC))
    }

    fn year(of: i16) -> Span {
        Span {
            start: date(1990, 1, 1).at(9, 0, 0, 0),
            from: date(of, 1, 1).at(0, 0, 0, 0),
            to: date(of, 12, 31).at(23, 59, 59, 0),
        }
    }

    #[test]
    fn an_endless_rule_is_walked_from_the_window_on() {
        for (text, want) in [
            ("FREQ=DAILY", 365),
            ("freq=daily;interval=2", 182),
            ("FREQ=DAILY;INTERVAL=2;FREQ=DAILY", 182),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", 52),
            ("FREQ=MONTHLY;BYDAY=-1FR", 12),
            ("FREQ=YEARLY", 1),
            ("FREQ=HOURLY;INTERVAL=12", 730),
        ] {
            assert_eq!(walk(text, &year(2026)).unwrap().times.len(), want, "{text}");
        }
    }

    #[test]
    fn rules_that_would_run_away_are_cut_or_refused() {
        let every: Vec<String> = (0..60).map(|n| n.to_string()).collect();
        let every = every.join(",");
        let bomb = format!("FREQ=YEARLY;BYMINUTE={every};BYSECOND={every}");
        assert_eq!(
            walk(&bomb, &year(2026)),
            Err("recurs at too many times of a day")
        );
        assert!(walk("FREQ=SECONDLY", &year(2026)).unwrap().is_cut);
        assert!(
            walk("FREQ=SECONDLY;COUNT=4000000000", &year(2026))
                .unwrap()
                .is_cut
        );
        let never = walk("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", &year(2026)).unwrap();
        assert_eq!(never.times.len(), 0);
        assert_eq!(
            walk("FREQ=DAILY;INTERVAL=0", &year(2026)),
            Ok(Walk::default())
        );
    }

    #[test]
    fn unreadable_rules_are_refused_in_words() {
        for (text, want) in [
            ("FREQ=SOMETIMES", "has an unreadable RRULE"),
            ("", "has an unreadable RRULE"),
            ("FREQ=DAILY;BYDAY=é1", "has stray characters in its RRULE"),
            ("FREQ=DAILY;UNTIL=soon", "has an unreadable UNTIL"),
            (
                "FREQ=DAILY;UNTIL=19800101",
                "ends recurring before it starts",
            ),
            (
                "RSCALE=CHINESE;FREQ=YEARLY",
                "recurs in a calendar other than the Gregorian",
            ),
        ] {
            assert_eq!(walk(text, &year(2026)), Err(want), "{text}");
        }
    }

    #[test]
    fn steps_that_never_meet_their_weekdays_yield_nothing() {
        let rule = Rule::parse("FREQ=DAILY;INTERVAL=7;BYDAY=TU,SA").unwrap();
        let start = date(2020, 1, 1).at(9, 30, 0, 0);
        let (from, to) = (
            date(2020, 1, 1).at(0, 0, 0, 0),
            date(2020, 2, 10).at(0, 0, 0, 0),
        );
        let walked = rule.walk(&Span { start, from, to }, Until::local_late);
        assert!(walked.unwrap().times.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn moving_the_start_forward_changes_nothing(
            freq in prop_oneof![Just("DAILY"), Just("WEEKLY"), Just("HOURLY")],
            interval in 1_u32..9,
            by in prop_oneof![Just(""), Just(";BYDAY=TU,SA"), Just(";BYMONTH=3,7"), Just(";WKST=SU;BYDAY=SU,MO")],
            day in 0_i32..3000,
        ) {
            let rule = Rule::parse(&format!("FREQ={freq};INTERVAL={interval}{by}")).unwrap();
            let from = date(2020, 1, 1).at(0, 0, 0, 0);
            let from = from.checked_add(jiff::Span::new().days(day)).unwrap();
            let to = from.checked_add(jiff::Span::new().days(40)).unwrap();
            let start = date(2020, 1, 1).at(9, 30, 0, 0);
            let slow: Vec<DateTime> = (&rule.set(start).unwrap()).into_iter()
                .map_while(|moment| local(moment.timestamp()))
                .take_while(|time| *time <= to)
                .filter(|time| *time >= from)
                .collect();
            let fast = rule.walk(&Span { start, from, to }, Until::local_late).unwrap();
            prop_assert_eq!(fast.times, slow);
        }

        #[test]
        fn any_rule_is_walked_or_refused(
            parts in proptest::collection::vec(
                ("(FREQ|INTERVAL|COUNT|UNTIL|BYDAY|BYMONTHDAY|BYYEARDAY|BYWEEKNO|BYSETPOS|BYHOUR|BYMONTH|WKST|BYSECOND)",
                 "(DAILY|WEEKLY|MONTHLY|YEARLY|HOURLY|SECONDLY|[-+0-9,]{1,6}|-?[1-5]?(MO|SU)|20260401T000000Z)"), 0..5),
            freq in prop_oneof![Just("DAILY"), Just("WEEKLY"), Just("MONTHLY"), Just("YEARLY"), Just("MINUTELY")],
        ) {
            let tail: Vec<String> = parts.iter().map(|(name, value)| format!("{name}={value}")).collect();
            drop(walk(&format!("FREQ={freq};{}", tail.join(";")), &year(2026)));
        }
    }
}
