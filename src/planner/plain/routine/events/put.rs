//! "put lunch with Ana on Saturday at 13:00 in my calendar", "holiday from 3 to 7 March", "add team
//! sync every Monday at 9:00 to my calendar": events of the user's own.
//!
//! Nothing is filled in that was not said: without a time of day, or with two readings, it is
//! asked back.

use jiff::civil::Weekday;
use jiff::{Span, ZonedDateTime};

use super::choose::in_full;
use super::{EventWork, Stage, told};
use crate::action::{Action, Fail, Moment, NewEvent};
use crate::booking::{self, Ends, When};
use crate::planner::plain::run::{Look, MINUTES_DEFAULT, Turn, act, fail};
use crate::planner::plain::times;
use crate::skill::wording::words;
use crate::untrusted;

/// Longest time quoted in an error, in characters.
const SHOWN_CHARS_MAX: usize = 80;
/// Days looked ahead for the first of a set.
const FIRST_WITHIN_DAYS: i32 = 8;

/// What was said of a new event.
pub(super) struct Said {
    pub(super) title: String,
    pub(super) when: String,
    pub(super) minutes: Option<u32>,
    pub(super) whole: bool,
}

/// When a new event takes place.
struct Placed {
    start: Moment,
    end: Moment,
    /// `RRULE`, empty for once.
    rule: String,
    /// How that is said, empty for once.
    again: String,
}

impl EventWork {
    pub(super) fn put(&mut self, said: &Said, look: &mut Look<'_>) -> Result<Turn, Fail> {
        if self.stage != Stage::Start {
            return Ok(Turn::Over);
        }
        self.stage = Stage::Written;
        let now = look.view.clock.local();
        let placed = placed(said, &now)?;
        let title = capital(&said.title);
        let when = in_full(&placed.start, &placed.end, now.time_zone());
        let when = [when, placed.again].join("");
        told(look, &format!("\"{title}\": {when}"));
        let is_time = matches!(placed.start, Moment::Time(_));
        let event = NewEvent {
            summary: title,
            start: placed.start,
            end: placed.end,
            location: String::new(),
            description: String::new(),
            guests: Vec::new(),
            travel_minutes: 0,
            calendar: String::new(),
            // Many things happen on the days of a holiday.
            if_free: is_time,
            rule: placed.rule,
            organizer: String::new(),
        };
        let why = format!("you said {when}");
        Ok(act(Action::EventCreate(Box::new(event)), why))
    }
}

/// Writes a title with a capital letter, as people do in a calendar.
pub(super) fn capital(title: &str) -> String {
    let mut chars = title.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

fn placed(said: &Said, now: &ZonedDateTime) -> Result<Placed, Fail> {
    let asked = words(&said.when);
    // "On Mondays" is every one of them.
    let is_plural = |word: &str| {
        let single = word.strip_suffix('s');
        single.is_some_and(|one| {
            one == "weekday" || one.len() > 3 && crate::config::weekday(one).is_some()
        })
    };
    let is_again = |word: &String| AGAIN.contains(&word.as_str()) || is_plural(word);
    if asked.iter().any(is_again) {
        return again(said, &asked, now);
    }
    let when = booking::parse(&said.when, now)
        .map_err(|error| fail(error.to_string(), error.hint().unwrap_or_default()))?;
    let (start, end) = if said.whole || (when.ends == Some(Ends::Days) && said.minutes.is_none()) {
        days(said, &when)?
    } else {
        times(said, &when)?
    };
    Ok(Placed {
        start,
        end,
        rule: String::new(),
        again: String::new(),
    })
}

/// Whole days, from the first that was named to the last.
fn days(said: &Said, when: &When) -> Result<(Moment, Moment), Fail> {
    let (first, end) = (when.window.0.date(), when.window.1.date());
    if !when.has_day || when.is_exact || when.hours.is_some() || when.days.is_some() || end <= first
    {
        return Err(fail(
            format!("'{}' names no whole days", shown(&said.when)),
            "say which, such as '9 May' or 'from 3 to 7 March'",
        ));
    }
    Ok((Moment::Day(first), Moment::Day(end)))
}

/// One time, with the length that was said, or from one time to another.
fn times(said: &Said, when: &When) -> Result<(Moment, Moment), Fail> {
    let minutes = said.minutes.or(when.minutes);
    let (from, to) = &when.window;
    let end = match minutes {
        None if when.ends == Some(Ends::Times) && from.date() == to.date() => to.clone(),
        Some(_) | None if when.is_exact => times::after(from, minutes.unwrap_or(MINUTES_DEFAULT)),
        Some(_) | None => {
            let day = from.strftime("%Y-%m-%d");
            return Err(fail(
                format!("'{}' names no one time to begin at", shown(&said.when)),
                format!("name a day and a time, such as '{day} at 10:00', or say 'all day'"),
            ));
        }
    };
    Ok((Moment::Time(from.clone()), Moment::Time(end)))
}

/// Words that say that something takes place more than once.
const AGAIN: [&str; 5] = ["every", "each", "daily", "weekly", "everyday"];
/// Words that a set may be said with besides days and a time.
const PLAIN: [&str; 8] = ["every", "each", "weekly", "on", "at", "and", "week", "the"];

/// How often something takes place.
#[derive(Default)]
struct Often {
    days: Vec<Weekday>,
    is_daily: bool,
    interval: u32,
}

impl Often {
    /// Reads every day, every weekday, or days of the week; none where a word would be left out
    /// unsaid.
    fn read(asked: &[String]) -> Option<Self> {
        let mut out = Self {
            interval: 1,
            ..Self::default()
        };
        let is_time = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_digit())
                || ["am", "pm", "noon", "midday", "o'clock"].contains(&word)
        };
        for word in asked.iter().map(String::as_str) {
            let single = word.strip_suffix('s').unwrap_or(word);
            if let Some(day) = crate::config::weekday(single) {
                out.days.push(day);
            } else if matches!(single, "weekday" | "workday") {
                out.days.extend(Weekday::Monday.cycle_forward().take(5));
            } else if matches!(single, "day" | "daily" | "everyday") {
                out.is_daily = true;
            } else if matches!(word, "other" | "second") {
                out.interval = 2;
            } else if !PLAIN.contains(&word) && !is_time(word) {
                return None;
            }
        }
        out.days.sort_by_key(|day| day.to_monday_zero_offset());
        out.days.dedup();
        (out.is_daily == out.days.is_empty()).then_some(out)
    }

    fn rule(&self) -> String {
        let mut rule = if self.is_daily {
            "FREQ=DAILY"
        } else {
            "FREQ=WEEKLY"
        }
        .to_owned();
        if self.interval > 1 {
            rule = format!("{rule};INTERVAL={}", self.interval);
        }
        let short = |day: &Weekday| {
            let name = crate::config::day_name(*day).to_uppercase();
            name.chars().take(2).collect::<String>()
        };
        if !self.days.is_empty() {
            let list: Vec<String> = self.days.iter().map(short).collect();
            rule = format!("{rule};BYDAY={}", list.join(","));
        }
        rule
    }

    fn words(&self) -> String {
        let each = if self.interval > 1 {
            "every other"
        } else {
            "every"
        };
        if self.days.is_empty() {
            return format!("{each} day");
        }
        let names: Vec<String> = self.days.iter().map(|day| format!("{day:?}")).collect();
        format!("{each} {}", names.join(" and "))
    }
}

/// The first of a set and its rule, at the one time of day that was said.
fn again(said: &Said, asked: &[String], now: &ZonedDateTime) -> Result<Placed, Fail> {
    let unclear = || {
        fail(
            format!("I can't tell how often '{}' is", shown(&said.when)),
            "say it like 'every Monday at 9:00', 'every other Friday at 14:00' or 'every day at 8:00'",
        )
    };
    let often = Often::read(asked).ok_or_else(unclear)?;
    let time = booking::time(&said.when).ok_or_else(unclear)?;
    let zone = now.time_zone();
    let start = (0..FIRST_WITHIN_DAYS)
        .filter_map(|ahead| now.date().checked_add(Span::new().days(ahead)).ok())
        .filter(|day| often.days.is_empty() || often.days.contains(&day.weekday()))
        .filter_map(|day| day.to_datetime(time).to_zoned_datetime(zone.clone()).ok())
        .find(|start| start > now)
        .ok_or_else(unclear)?;
    let end = times::after(&start, said.minutes.unwrap_or(MINUTES_DEFAULT));
    Ok(Placed {
        start: Moment::Time(start),
        end: Moment::Time(end),
        rule: often.rule(),
        again: format!(", then {}", often.words()),
    })
}

fn shown(when: &str) -> String {
    untrusted::line(when, SHOWN_CHARS_MAX)
}
