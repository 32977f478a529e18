//! `legwork cal book`: says back in full what was understood, refuses a clash, asks, and writes
//! the event through the loop.

use dialoguer::Confirm;
use jiff::civil::Time;
use jiff::{Span as Length, ZonedDateTime};

use super::entry;
use super::span;
use super::{Context, Desk, Failure};
use crate::action::{Action, Address, Event, Moment, NewEvent};
use crate::agent::approve::DenyAll;
use crate::booking::{Ends, When};
use crate::cli::one::{self, Deed, Telling};
use crate::cli::report;
use crate::untrusted;

/// Minutes booked when no length was said.
const MINUTES: u32 = 30;
/// Longest event of less than whole days, in minutes.
const MINUTES_MAX: i64 = 7 * 24 * 60;

/// Longest way to an event, in minutes.
pub(super) const TRAVEL_MINUTES_MAX: i64 = 24 * 60;

/// Write an event into the calendar
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What it is called
    title: String,
    /// When, in plain English: 'tuesday at 10:00', '16 March from 14:00 to 15:30'
    #[arg(required = true)]
    when: Vec<String>,
    /// How long; 30 minutes unless WHEN says it
    #[arg(long, value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=MINUTES_MAX))]
    minutes: Option<u32>,
    /// Where
    #[arg(
        long = "at",
        value_name = "PLACE",
        default_value = "",
        hide_default_value = true
    )]
    place: String,
    /// Minutes that the way there takes, kept free before it
    #[arg(long, value_name = "N", default_value_t = 0,
          value_parser = clap::value_parser!(u32).range(0..=TRAVEL_MINUTES_MAX))]
    travel: u32,
    /// Someone to invite; nothing is sent by this
    #[arg(long, value_name = "EMAIL")]
    invite: Vec<String>,
    /// Into which calendar, as the agenda names it
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    calendar: String,
    /// Take whole days
    #[arg(long, conflicts_with = "minutes")]
    all_day: bool,
    /// Book although something else is on
    #[arg(long)]
    even_if_busy: bool,
    /// Don't ask whether the time is meant
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let now = desk.now();
    let event = event(args, &now)?;
    let when = entry::in_full(&event.start, &event.end, now.time_zone());
    if !args.even_if_busy
        && let Some(other) = in_the_way(&event, desk)?
    {
        let title = untrusted::line(&other.summary, 80);
        let its = entry::in_full(&other.start, &other.end, now.time_zone());
        return Err(
            Failure::user(format!("{when} clashes with \"{title}\" ({its})"))
                .hint("'legwork cal find' names free times; --even-if-busy books all the same"),
        );
    }
    if let Some(note) = unusual(&event, desk).filter(|_| !context.json) {
        context.say(&context.err.warn(&note));
    }
    if !args.yes && !confirmed(&event, &when, context)? {
        return Ok(report::REFUSED);
    }
    let deed = Deed {
        goal: goal(args),
        answer: format!("in the calendar: {when}"),
        about: event.summary.clone(),
        actions: vec![Action::EventCreate(Box::new(event))],
    };
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

/// The user's words as a goal; the title is quoted, so that none of its words count as a request.
fn goal(args: &Args) -> String {
    let title = args.title.replace('"', "'");
    let mut goal = format!("add event \"{title}\" {}", args.when.join(" "));
    if !args.place.is_empty() {
        goal = format!("{goal} at \"{}\"", args.place.replace('"', "'"));
    }
    if !args.invite.is_empty() {
        goal = format!("{goal} and invite {}", args.invite.join(" and "));
    }
    goal
}

fn event(args: &Args, now: &ZonedDateTime) -> Result<NewEvent, Failure> {
    let title = untrusted::line(&args.title, usize::MAX);
    if title.is_empty() {
        return Err(Failure::user("the event has no title")
            .hint("write it first: legwork cal book 'Dentist' tuesday at 10:00"));
    }
    let (start, end) = if args.all_day {
        days(&args.when, now)?
    } else {
        let (start, end) = times(args, now)?;
        (Moment::Time(start), Moment::Time(end))
    };
    Ok(NewEvent {
        summary: title,
        start,
        end,
        location: untrusted::line(&args.place, usize::MAX),
        description: String::new(),
        guests: args.invite.iter().map(|email| guest(email)).collect(),
        travel_minutes: args.travel,
        calendar: args.calendar.clone(),
        // Many things happen on the days of a holiday; a time is looked at once more when written.
        if_free: !args.even_if_busy && !args.all_day,
        rule: String::new(),
        organizer: String::new(),
    })
}

fn guest(email: &str) -> Address {
    Address {
        name: String::new(),
        email: email.trim().to_owned(),
    }
}

fn days(when: &[String], now: &ZonedDateTime) -> Result<(Moment, Moment), Failure> {
    let span = span::looking(when, now)?;
    let dates = span.dates();
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else {
        return Err(Failure::user("that names no day").hint("say which, such as '16 March'"));
    };
    let end = last.tomorrow().map_err(Failure::internal)?;
    Ok((Moment::Day(*first), Moment::Day(end)))
}

fn times(args: &Args, now: &ZonedDateTime) -> Result<(ZonedDateTime, ZonedDateTime), Failure> {
    let text = args.when.join(" ");
    let when = span::read(&text, now)?;
    let is_range = when.window.0.date() == when.window.1.date() && when.ends == Some(Ends::Times);
    let length = args.minutes.or(when.minutes);
    if is_range && length.is_none() {
        return Ok(when.window);
    }
    if !when.is_exact && !is_range {
        return Err(no_time(&text, &when));
    }
    let start = when.window.0;
    let length = Length::new().minutes(length.unwrap_or(MINUTES));
    let end = start.checked_add(length).map_err(Failure::internal)?;
    Ok((start, end))
}

fn no_time(text: &str, when: &When) -> Failure {
    let shown = untrusted::line(text, 80);
    let day = when.window.0.strftime("%Y-%m-%d");
    Failure::user(format!("'{shown}' does not name one time to begin at"))
        .hint(format!(
            "name one day and a time, such as '{day} at 10:00', or add --all-day"
        ))
        .hint(format!(
            "'legwork cal find {MINUTES} {shown}' lists free times"
        ))
}

/// Returns the first event that takes up the user's time then.
fn in_the_way(event: &NewEvent, desk: &Desk) -> Result<Option<Event>, Failure> {
    let zone = desk.clock.zone();
    let bounds = entry::at(&event.start, zone).zip(entry::at(&event.end, zone));
    let Some((from, to)) = bounds else {
        return Ok(None);
    };
    let events = desk.own(from.timestamp(), to.timestamp())?.events;
    // Many things happen on the days of a holiday; only what takes whole days as well clashes.
    let whole = matches!(event.start, Moment::Day(_));
    let counts = |other: &Event| other.busy && (!whole || matches!(other.start, Moment::Day(_)));
    Ok(events.into_iter().find(counts))
}

/// Says what is odd about the time, which is no reason to refuse it.
fn unusual(event: &NewEvent, desk: &Desk) -> Option<String> {
    let (Moment::Time(start), Moment::Time(end)) = (&event.start, &event.end) else {
        return None;
    };
    let rules = &desk.config.calendar;
    let worked = rules
        .days
        .iter()
        .any(|day| crate::config::weekday(day) == Some(start.weekday()));
    if !worked {
        return Some("that is not one of your working days".to_owned());
    }
    let (from, to) = (rules.day_starts, rules.day_ends);
    let within = start.date() == end.date() && start.time() >= from && end.time() <= to;
    let clock = |time: Time| time.strftime("%H:%M").to_string();
    let said = format!(
        "that is outside your working hours, {}-{}",
        clock(from),
        clock(to)
    );
    (!within).then_some(said)
}

fn confirmed(event: &NewEvent, when: &str, context: &Context) -> Result<bool, Failure> {
    let place = if event.location.is_empty() {
        String::new()
    } else {
        format!(", at {}", event.location)
    };
    if context.json || !context.interactive {
        let sentence =
            format!("that is {when}, and nobody is there to be asked whether it is meant");
        return Err(Failure::user(sentence).hint("add --yes to book it"));
    }
    let when = context.err.bold(when);
    context.say(&format!("{}{place}\n{when}", event.summary));
    let yes = Confirm::new()
        .with_prompt("Book it?")
        .default(true)
        .interact_opt();
    if matches!(yes, Ok(Some(true))) {
        return Ok(true);
    }
    context.say("nothing was booked");
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> ZonedDateTime {
        "2027-03-16T10:07:00[Europe/Berlin]".parse().unwrap()
    }

    fn args(when: &str) -> Args {
        Args {
            title: "Dentist".to_owned(),
            when: when.split(' ').map(str::to_owned).collect(),
            minutes: None,
            place: String::new(),
            travel: 0,
            invite: Vec::new(),
            calendar: String::new(),
            all_day: false,
            even_if_busy: false,
            yes: false,
        }
    }

    fn read(args: &Args) -> Result<String, Failure> {
        let event = event(args, &now())?;
        Ok(entry::in_full(&event.start, &event.end, now().time_zone()))
    }

    #[test]
    fn a_time_is_understood_and_said_back_in_full() {
        for (when, want) in [
            (
                "tomorrow at 10:00",
                "Wed 17 Mar 2027, 10:00-10:30, Europe/Berlin",
            ),
            (
                "friday at 14:00 for 90 minutes",
                "Fri 19 Mar 2027, 14:00-15:30, Europe/Berlin",
            ),
            (
                "tomorrow 14:00-15:30",
                "Wed 17 Mar 2027, 14:00-15:30, Europe/Berlin",
            ),
            (
                "2027-03-28 from 1:30 to 3:30 am",
                "Sun 28 Mar 2027, 01:30-03:30, Europe/Berlin",
            ),
            (
                "tomorrow from 14 to 15",
                "Wed 17 Mar 2027, 14:00-15:00, Europe/Berlin",
            ),
            (
                "2027-03-17 at 10:30",
                "Wed 17 Mar 2027, 10:30-11:00, Europe/Berlin",
            ),
            (
                "tomorrow at 23:45",
                "Wed 17 Mar 2027, 23:45 to Thu 18 Mar 2027, 00:15, Europe/Berlin",
            ),
        ] {
            assert_eq!(read(&args(when)).unwrap(), want, "{when}");
        }
    }

    #[test]
    fn whole_days_end_with_the_last_one_named() {
        for (when, want) in [
            ("tomorrow", "Wed 17 Mar 2027, all day"),
            (
                "from 22 March to 26 March",
                "Mon 22 Mar 2027 to Fri 26 Mar 2027, all day",
            ),
        ] {
            let args = Args {
                all_day: true,
                ..args(when)
            };
            assert_eq!(read(&args).unwrap(), want, "{when}");
        }
    }

    #[test]
    fn a_day_without_a_time_or_with_two_readings_is_not_guessed() {
        for when in [
            "tomorrow",
            "friday afternoon",
            "2027-03-17 afternoon",
            "next week",
            "3/4 at 10:00",
            "soon",
        ] {
            let failure = read(&args(when)).unwrap_err();
            assert_eq!(failure.code(), 2, "{when}");
            assert!(!failure.first_hint().is_empty(), "{when}");
        }
    }

    #[test]
    fn words_of_the_title_are_no_request() {
        let args = Args {
            title: "Mail \"bob@x.test\"".to_owned(),
            ..args("tomorrow at 10:00")
        };
        assert_eq!(
            goal(&args),
            "add event \"Mail 'bob@x.test'\" tomorrow at 10:00"
        );
    }
}
