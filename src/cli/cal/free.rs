//! `legwork cal free` and `legwork cal find`: time that is not taken, within the working hours.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::span::{self, Span};
use super::{Context, Desk, Failure};
use crate::action::{Interval, Slot};
use crate::booking::{self, Only, Rules};
use crate::cli::Paint;
use crate::untrusted;

/// Stretches shorter than this, in minutes, are no use to most.
const MINUTES: u32 = 15;
/// Slots named when no number was given.
const SLOTS: u32 = 5;
/// Longest meeting that can be looked for: a day.
const MINUTES_MAX: i64 = 24 * 60;
/// Days searched for a slot when none were said.
const FIND_DAYS: i32 = 14;

/// List the free stretches within your working hours
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Which days, in plain English, such as 'thursday afternoon'; seven days without
    when: Vec<String>,
    /// Leave out stretches shorter than this
    #[arg(long, value_name = "N", default_value_t = MINUTES)]
    minutes: u32,
}

/// Find slots of a length, best first, and say why
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct FindArgs {
    /// How long, in minutes
    #[arg(value_parser = clap::value_parser!(u32).range(1..=MINUTES_MAX))]
    minutes: u32,
    /// Which days, in plain English, such as 'next week, not on friday'; two weeks without
    when: Vec<String>,
    /// How many slots to name at most
    #[arg(long, value_name = "N", default_value_t = SLOTS)]
    limit: u32,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let now = desk.now();
    let span = span::coming(&args.when, &now)?;
    let busy = busy(&span, desk, context)?;
    let rules = rules(desk);
    let least = SignedDuration::from_mins(i64::from(args.minutes));
    let free = stretches(&span, &busy, &rules, least);
    if context.json {
        let zone = now.time_zone();
        let local = |at: Timestamp| at.to_zoned_datetime(zone.clone());
        let free: Vec<_> = free
            .iter()
            .map(|one| serde_json::json!({ "start": local(one.start), "end": local(one.end) }))
            .collect();
        context.print_json(&serde_json::json!({
            "from": span.from, "to": span.to, "free": free,
        }))?;
        return Ok(0);
    }
    if free.is_empty() {
        let sentence = format!("nothing free within your working hours, {}", span.words());
        context.say(&sentence);
    }
    context.print(&by_day(&free, &now, context.out))?;
    Ok(0)
}

pub(super) fn find(args: &FindArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let now = desk.now();
    let span = if args.when.is_empty() {
        Span {
            from: now.clone(),
            ..Span::days(now.date(), FIND_DAYS, &now)?
        }
    } else {
        span::coming(&args.when, &now)?
    };
    let rules = rules(desk);
    let (start, end) = span.bounds();
    let window = Interval { start, end };
    let around = booking::needs(window, &rules);
    let (zone, me) = (desk.clock.zone(), &desk.config.me.emails);
    let busy = desk.calendar.busy(around.start, around.end, zone, me);
    let request = booking::Request {
        minutes: args.minutes,
        window,
        busy: &busy.map_err(super::unusable)?,
        rules,
        only: span.only.clone(),
        prefer: None,
    };
    let slots = booking::slots(&request, usize::try_from(args.limit).unwrap_or(usize::MAX));
    if context.json {
        context.print_json(&serde_json::json!({
            "from": span.from, "to": span.to, "minutes": args.minutes, "slots": slots,
        }))?;
        return Ok(0);
    }
    if slots.is_empty() {
        context.say(&format!(
            "no {} free minutes, {}",
            args.minutes,
            span.words()
        ));
        let hint = "name more days or fewer minutes; working hours are set in config.toml";
        context.say(&format!("{} {hint}", context.err.good("hint:")));
    }
    let lines = (1..)
        .zip(&slots)
        .map(|(number, slot)| row(number, slot, context.out));
    context.print(&lines.collect::<String>())?;
    Ok(0)
}

fn row(number: usize, slot: &Slot, paint: Paint) -> String {
    let from = slot.start.strftime("%a %-d %b %Y  %H:%M");
    let to = slot.end.strftime("%H:%M");
    let time = paint.bold(&format!("{from}-{to}"));
    let reason = paint.dim(&untrusted::line(&slot.reason, 100));
    format!("{number:>3}  {time}  {reason}\n")
}

/// The rules at the next full minute.
fn rules(desk: &Desk) -> Rules {
    let now = desk.clock.now();
    let next = Timestamp::from_second((now.as_second() / 60 + 1) * 60).unwrap_or(now);
    Rules::new(&desk.config.calendar, desk.clock.zone(), next)
}

fn busy(span: &Span, desk: &Desk, context: &Context) -> Result<Vec<Interval>, Failure> {
    let (from, to) = span.bounds();
    let listing = desk.listing(from, to)?;
    super::warn(&listing.diagnostics, context);
    let (zone, me) = (desk.clock.zone(), &desk.config.me.emails);
    desk.calendar
        .busy(from, to, zone, me)
        .map_err(super::unusable)
}

/// What is left of the working hours of `span`'s days once `busy`, in order and apart, is taken
/// out; stretches shorter than `least` are no use.
fn stretches(
    span: &Span,
    busy: &[Interval],
    rules: &Rules,
    least: SignedDuration,
) -> Vec<Interval> {
    let worked = span
        .dates()
        .into_iter()
        .filter(|day| rules.days.contains(&day.weekday()));
    let mut free = Vec::new();
    for day in worked {
        let Some(hours) = hours(day, span, rules) else {
            continue;
        };
        let mut from = hours.start;
        for taken in busy
            .iter()
            .filter(|one| one.start < hours.end && one.end > hours.start)
        {
            free.push(Interval {
                start: from,
                end: taken.start.max(from),
            });
            from = from.max(taken.end);
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
fn hours(day: Date, span: &Span, rules: &Rules) -> Option<Interval> {
    let Only { hours, .. } = span.only;
    let (from, to) = hours.unwrap_or((Time::MIN, Time::MAX));
    let at = |time: Time| {
        let at = day.to_datetime(time).to_zoned_datetime(rules.zone.clone());
        at.map(|at| at.timestamp()).ok()
    };
    let start = at(rules.day_starts.max(from))?;
    let end = at(rules.day_ends.min(to))?;
    let (first, last) = span.bounds();
    let start = start.max(first).max(rules.now);
    let end = end.min(last);
    (start < end).then_some(Interval { start, end })
}

fn by_day(free: &[Interval], now: &ZonedDateTime, paint: Paint) -> String {
    let zone = now.time_zone();
    let mut text = String::new();
    let mut last = None;
    for one in free {
        let start = one.start.to_zoned_datetime(zone.clone());
        let end = one.end.to_zoned_datetime(zone.clone());
        let minutes = one.end.duration_since(one.start).as_mins();
        let day = if last == Some(start.date()) {
            " ".repeat(DAY)
        } else {
            let name = start.strftime("%a %-d %b %Y").to_string();
            paint.bold(&format!("{name:<DAY$}"))
        };
        last = Some(start.date());
        let times = format!("{}-{}", start.strftime("%H:%M"), end.strftime("%H:%M"));
        let length = paint.dim(&length(minutes));
        text = format!("{text}{day}  {times}  {length}\n");
    }
    text
}

/// Columns of a day's name.
const DAY: usize = 15;

/// `1 h 30 min`
fn length(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CalendarRules;

    fn at(text: &str) -> ZonedDateTime {
        format!("{text}[Europe/Berlin]").parse().unwrap()
    }

    fn taken(from: &str, to: &str) -> Interval {
        Interval {
            start: at(from).timestamp(),
            end: at(to).timestamp(),
        }
    }

    fn free(when: &str, busy: &[Interval], least: i64) -> String {
        let now = at("2027-03-16T10:07:00");
        let words = [when.to_owned()];
        let span = span::coming(&words, &now).unwrap();
        let rules = Rules::new(&CalendarRules::default(), now.time_zone(), now.timestamp());
        let free = stretches(&span, busy, &rules, SignedDuration::from_mins(least));
        by_day(&free, &now, Paint::new(false))
    }

    #[test]
    fn what_is_taken_parts_the_working_hours() {
        let busy = [
            taken("2027-03-16T08:00:00", "2027-03-16T10:30:00"),
            taken("2027-03-16T12:00:00", "2027-03-16T13:00:00"),
            taken("2027-03-16T13:10:00", "2027-03-16T17:30:00"),
            taken("2027-03-17T17:00:00", "2027-03-18T10:00:00"),
        ];
        insta::assert_snapshot!(free("from tuesday to thursday", &busy, 15), @r"
        Tue 16 Mar 2027  10:30-12:00  1 h 30 min
                         17:30-18:00  30 min
        Wed 17 Mar 2027  09:00-17:00  8 h
        Thu 18 Mar 2027  10:00-18:00  8 h
        ");
        insta::assert_snapshot!(free("today", &busy, 5), @r"
        Tue 16 Mar 2027  10:30-12:00  1 h 30 min
                         13:00-13:10  10 min
                         17:30-18:00  30 min
        ");
    }

    #[test]
    fn hours_that_were_asked_for_limit_what_is_free() {
        insta::assert_snapshot!(free("thursday afternoon", &[], 15), @r"
        Thu 18 Mar 2027  12:00-18:00  6 h
        ");
        assert_eq!(free("saturday", &[], 15), "");
    }
}
