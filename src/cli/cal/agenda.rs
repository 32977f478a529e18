//! `legwork cal agenda`: what happens, as a list by day or as a week drawn.

use jiff::civil::{Date, Time};

use super::entry::{self, Entry};
use super::span::{self, Span};
use super::{Context, Desk, Failure, list, week};
use crate::cli::columns;

/// List what happens, day by day, or draw the week
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Which days, in plain English, such as 'tomorrow' or 'next week'; seven days without
    when: Vec<String>,
    /// Draw the week instead of listing it
    #[arg(long)]
    week: bool,
    /// How many days to list, from the first day meant
    #[arg(long, value_name = "N", conflicts_with = "week",
          value_parser = clap::value_parser!(i32).range(1..=i64::from(span::DAYS_MAX)))]
    days: Option<i32>,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let now = desk.now();
    let mut span = span::looking(&args.when, &now)?;
    if let Some(days) = args.days {
        span = Span::days(span.from.date(), days, &now)?;
    }
    if args.week {
        span = Span::week(span.from.date(), &now)?;
    }
    let (from, to) = span.bounds();
    let listing = desk.listing(from, to)?;
    let entries = entry::entries(listing.events, &now);
    if context.json {
        let entries: Vec<&Entry> = entries.iter().collect();
        context.print_json(&serde_json::json!({
            "from": span.from,
            "to": span.to,
            "events": entries,
            "diagnostics": listing.diagnostics,
        }))?;
        return Ok(0);
    }
    super::warn(&listing.diagnostics, context);
    let columns = columns::screen();
    if args.week {
        let scene = week::Scene {
            entries: &entries,
            days: week_days(&span, &entries, desk),
            hours: (
                desk.config.calendar.day_starts,
                desk.config.calendar.day_ends,
            ),
            now: &now,
        };
        if let Some(drawn) = week::draw(&scene, columns, context.out) {
            context.print(&drawn)?;
            return Ok(0);
        }
        context.say("the terminal is too narrow for a week, so it is listed");
    }
    let text = list::days(&entries, &span, &now, (columns, context.out));
    if text.is_empty() {
        context.say(&format!("nothing in the calendar, {}", span.words()));
    }
    context.print(&text)?;
    Ok(0)
}

/// The days drawn: those that are worked, and others on which something happens.
fn week_days(span: &Span, entries: &[Entry], desk: &Desk) -> Vec<Date> {
    let names = &desk.config.calendar.days;
    let worked: Vec<_> = names
        .iter()
        .filter_map(|day| crate::config::weekday(day))
        .collect();
    let mut days = span.dates();
    days.retain(|day| {
        worked.contains(&day.weekday()) || entries.iter().any(|entry| entry.is_on(*day))
    });
    days
}

/// Minutes since midnight.
pub(super) fn minutes(time: Time) -> usize {
    let hours = usize::try_from(time.hour()).unwrap_or(0);
    let minutes = usize::try_from(time.minute()).unwrap_or(0);
    hours * 60 + minutes
}
