//! `legwork cal free` and `legwork cal find`: time that is not taken, within the working hours.

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::span::{self, Span};
use super::{Context, Desk, Failure};
use crate::action::{Action, FindSlot, Hours, Interval, Output, Slot};
use crate::agent::approve::DenyAll;
use crate::booking::{self, Rules};
use crate::calendar;
use crate::cli::Paint;
use crate::cli::one::{self, Deed, Telling};
use crate::cli::report::Kind;
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
    /// Someone whom the time must suit too, as far as [[people]] of config.toml says where it is
    /// known when they are busy
    #[arg(long, value_name = "EMAIL")]
    with: Vec<String>,
    /// It takes place elsewhere: keep the way there free
    #[arg(long)]
    elsewhere: bool,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let now = desk.now();
    let span = span::coming(&args.when, &now)?;
    let busy = busy(&span, desk, context)?;
    let rules = rules(desk);
    let least = SignedDuration::from_mins(i64::from(args.minutes));
    let free = booking::free((span.interval(), &span.only), &busy, &rules, least);
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
    let (from, to) = span.bounds();
    let find = FindSlot {
        minutes: args.minutes,
        from,
        to,
        limit: args.limit,
        days: span.weekdays(),
        hours: span.only.hours.map(|(from, to)| Hours { from, to }),
        with: args.with.clone(),
        elsewhere: args.elsewhere,
        quiet_day: false,
        moving: None,
    };
    let (slots, note) = found(find, context)?;
    if context.json {
        context.print_json(&serde_json::json!({
            "from": span.from, "to": span.to, "minutes": args.minutes, "slots": slots, "note": note,
        }))?;
        return Ok(0);
    }
    if !note.is_empty() {
        context.say(&context.err.warn(&note));
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

/// Finds slots through the loop, as a run does: what is listed here can be booked. With what is
/// worth knowing about the guests.
fn found(find: FindSlot, context: &Context) -> Result<(Vec<Slot>, String), Failure> {
    let deed = Deed {
        goal: "find free time in my calendar".to_owned(),
        answer: "looked".to_owned(),
        about: String::new(),
        actions: vec![Action::FindSlot(find)],
    };
    let finished = one::run(deed, &mut DenyAll, Telling::Short, context)?;
    for outcome in finished.steps.into_iter().filter_map(|step| step.outcome) {
        if let Output::Slots(slots) = outcome.output {
            let note = outcome.summary.split_once("; ");
            let note = note.map(|(_, note)| untrusted::line(note, 300));
            return Ok((slots, note.unwrap_or_default()));
        }
        if !outcome.is_done() {
            let failure = Failure::new(Kind::Account, anyhow::anyhow!(outcome.summary));
            return Err(failure);
        }
    }
    Ok((Vec::new(), String::new()))
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
    let listing = desk.own(from, to)?;
    super::warn(&listing.diagnostics, context);
    Ok(calendar::busy_of(&listing.events, desk.clock.zone()))
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
        let least = SignedDuration::from_mins(least);
        let free = booking::free((span.interval(), &span.only), busy, &rules, least);
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
