//! What a request says about time, word by word, before it is worked out against today.
//!
//! Words that say nothing about time are passed over; nothing is decided here but what was said.

use jiff::civil::{Date, Time, Weekday};

use super::words::{self, Kind, Token};
use super::written::{self, Ambiguous, WrittenTime};

/// Parts of a day, their ends exclusive.
const PARTS: [(&str, i8, i8); 4] = [
    ("morning", 6, 12),
    ("afternoon", 12, 18),
    ("evening", 17, 22),
    ("tonight", 17, 22),
];
/// Longest meeting understood, in minutes; longer is a stay.
const MINUTES_MAX: u32 = 24 * 60;

/// Which of the coming days of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// `Tuesday`
    Plain,
    /// `this Tuesday`
    This,
    /// `next Tuesday`
    Next,
}

/// A day that was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// A date, or one counted from today.
    Date(Date),
    /// A day of the week.
    Weekday(Weekday, Which),
}

/// How a day or time bounds what is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// It is meant itself.
    On,
    /// `before`
    Before,
    /// `by`, `until`
    Until,
    /// `after`
    After,
    /// `from`, `since`
    From,
}

/// A longer time that was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    /// The week of a date, counted from this week.
    Week(i32),
    /// The week around a date.
    WeekOf(Date),
    /// Saturday and Sunday of a week counted from this one.
    Weekend(i32),
    /// A month counted from this one.
    Month(i32),
    /// The next days, today included.
    Days(i32),
    /// The next hours.
    Hours(i32),
    /// From so many hours on, the same day.
    FromHours(i32),
}

/// Everything that was said.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) minutes: Option<u32>,
    pub(super) period: Option<Period>,
    pub(super) days: Vec<(Named, Edge)>,
    pub(super) excluded: Vec<Weekday>,
    pub(super) every: Vec<Weekday>,
    pub(super) part: Option<(Time, Time)>,
    pub(super) times: Vec<(WrittenTime, Edge)>,
    pub(super) is_range: bool,
}

/// Reads what `text` says.
pub(super) fn said(text: &str, today: Date) -> Result<Said, Ambiguous> {
    let mut tokens = words::tokens(text);
    capital_may(&mut tokens);
    let mut reader = Reader {
        tokens,
        at: 0,
        today,
        edge: Edge::On,
        said: Said::default(),
    };
    while reader.at < reader.tokens.len() {
        let from = reader.at;
        if !reader.step()? {
            reader.at += 1;
        }
        debug_assert!(reader.at > from, "every step moves on");
    }
    Ok(reader.said)
}

/// Takes `may` next to a number for the month, since requests are often typed in lower case.
fn capital_may(tokens: &mut [Token]) {
    let is_number = |token: Option<&Token>| token.is_some_and(|token| token.kind == Kind::Number);
    for at in 0..tokens.len() {
        let before = (1..=3).filter_map(|back| tokens.get(at.checked_sub(back)?));
        let after_day = before
            .take_while(|token| {
                token.kind == Kind::Number || token.is(&["st", "nd", "rd", "th", "of"])
            })
            .any(|token| token.kind == Kind::Number);
        let is_month = after_day || is_number(tokens.get(at + 1));
        if let Some(token) = tokens
            .get_mut(at)
            .filter(|token| is_month && token.is(&["may"]))
        {
            token.is_capital = true;
        }
    }
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    today: Date,
    edge: Edge,
    said: Said,
}

impl Reader {
    /// Reads what begins at the present token, if anything does.
    fn step(&mut self) -> Result<bool, Ambiguous> {
        if self.edge_word()
            || self.excluded()
            || self.period()?
            || self.length()
            || self.day_range()?
        {
            return Ok(true);
        }
        if self.date()? || self.relative_day() || self.weekday() || self.part() {
            self.edge = if self.said.is_range {
                self.edge
            } else {
                Edge::On
            };
            return Ok(true);
        }
        Ok(self.time())
    }

    fn word(&self, offset: usize) -> &str {
        self.tokens
            .get(self.at + offset)
            .map_or("", |token| token.text.as_str())
    }

    fn is(&self, offset: usize, words: &[&str]) -> bool {
        words.contains(&self.word(offset))
    }

    /// `before`, `after`, `by`, `from`, `between`
    fn edge_word(&mut self) -> bool {
        let edge = match self.word(0) {
            "before" => Edge::Before,
            "after" if !self.is(1, &["tomorrow"]) => Edge::After,
            "by" | "until" | "till" => Edge::Until,
            "from" | "since" => Edge::From,
            "between" | "through" => Edge::On,
            _ => return false,
        };
        let is_from = self.is(0, &["from", "between"]);
        self.said.is_range |= is_from && self.has_second_end();
        self.edge = if self.said.is_range { Edge::On } else { edge };
        self.at += 1;
        true
    }

    /// Says whether `and`, `to` or a dash follows within the next words.
    fn has_second_end(&self) -> bool {
        const ENDS_WITHIN: usize = 9;
        (1..ENDS_WITHIN)
            .any(|offset| self.is(offset, &["and", "to", "until", "till", "through", "-", "–"]))
    }

    /// `not on Friday`, `except Mondays and Fridays`
    fn excluded(&mut self) -> bool {
        if !self.is(0, &["not", "except", "excluding", "but", "no", "without"]) {
            return false;
        }
        let mut at = self.at + 1;
        let mut found = false;
        while let Some(token) = self.tokens.get(at) {
            if let Some(days) = days(&token.text) {
                self.said.excluded.extend(days);
                found = true;
            } else if !token.is(&["on", "for", "not", "and", "or", ",", "a", "the", "any"]) {
                break;
            }
            at += 1;
        }
        if found {
            self.at = at;
        }
        found
    }

    /// `next week`, `the week of 3 March`, `within the next 10 days`, `in 2 hours`
    fn period(&mut self) -> Result<bool, Ambiguous> {
        if self.is(0, &["week"]) && self.is(1, &["of", "from", "beginning", "starting"]) {
            let from = if self.is(2, &["the", "on"]) {
                self.at + 3
            } else {
                self.at + 2
            };
            let Some((date, next)) = written::date_at(&self.tokens, from) else {
                return Ok(false);
            };
            self.said.period = Some(Period::WeekOf(date.resolve(None, self.today)?));
            self.at = next;
            return Ok(true);
        }
        let ahead = match self.word(0) {
            "this" | "the" => 0,
            "next" | "coming" | "following" => 1,
            _ => return Ok(self.counted_period()),
        };
        let named = match self.word(1) {
            "week" if self.is(2, &["of"]) => return Ok(false),
            "week" => Period::Week(ahead),
            "weekend" => Period::Weekend(ahead),
            "month" => Period::Month(ahead),
            _ => return Ok(self.counted_period()),
        };
        self.said.period = Some(named);
        self.at += 2;
        Ok(true)
    }

    fn counted_period(&mut self) -> bool {
        let mut offset = 0;
        let is_at = self.is(0, &["in"]);
        while self.is(
            offset,
            &[
                "in",
                "within",
                "over",
                "during",
                "the",
                "next",
                "coming",
                "following",
            ],
        ) {
            offset += 1;
        }
        let has_next = (0..offset).any(|at| !self.is(at, &["in", "the"]));
        let Some(count) = self.tokens.get(self.at + offset).and_then(words::count) else {
            return false;
        };
        if offset == 0 || (!is_at && !has_next) {
            return false;
        }
        if self.is(offset + 1, &["of"]) {
            offset += 1;
        }
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        let period = match (self.word(offset + 1), has_next) {
            ("day" | "days", true) => Period::Days(count),
            ("week" | "weeks", true) => Period::Days(count * 7),
            ("hour" | "hours" | "h", true) => Period::Hours(count),
            ("hour" | "hours" | "h", false) => Period::FromHours(count),
            (unit @ ("day" | "days" | "week" | "weeks"), false) => {
                let days = if unit.starts_with('w') {
                    count * 7
                } else {
                    count
                };
                return self.push_days_ahead(days, offset + 2);
            }
            _ => return false,
        };
        self.said.period = Some(period);
        self.at += offset + 2;
        true
    }

    fn push_days_ahead(&mut self, days: i32, length: usize) -> bool {
        let Ok(date) = self.today.checked_add(jiff::Span::new().days(days)) else {
            return false;
        };
        self.said.days.push((Named::Date(date), self.edge));
        self.at += length;
        true
    }

    /// `30 minutes`, `half an hour`, `1.5 hours`, `an hour and a half`, `1 hour 30 minutes`
    fn length(&mut self) -> bool {
        let Some((minutes, length)) = length(self.tokens.get(self.at..).unwrap_or_default()) else {
            return false;
        };
        if !(1..=MINUTES_MAX).contains(&minutes) {
            return false;
        }
        self.said.minutes = Some(minutes);
        self.at += length;
        true
    }

    /// `3-5 March`, `3 to 5 March`, `between 3 and 5 March`
    fn day_range(&mut self) -> Result<bool, Ambiguous> {
        let is_joined = self.is(1, &["-", "–", "and", "to", "until", "till"]);
        let day = self.tokens.get(self.at).and_then(|token| token.number(2));
        let (Some(day), true) = (day.filter(|day| *day > 0), is_joined) else {
            return Ok(false);
        };
        let Some((date, next)) = written::day_month(&self.tokens, self.at + 2) else {
            return Ok(false);
        };
        let last = date.resolve(None, self.today)?;
        let first = i8::try_from(day)
            .ok()
            .and_then(|day| Date::new(last.year(), last.month(), day).ok());
        let Some(first) = first.filter(|first| *first < last) else {
            return Ok(false);
        };
        self.said.is_range = true;
        self.said.days.extend([
            (Named::Date(first), Edge::On),
            (Named::Date(last), Edge::On),
        ]);
        self.at = next;
        Ok(true)
    }

    /// A date, with the weekday before or after it.
    fn date(&mut self) -> Result<bool, Ambiguous> {
        let day = words::weekday(self.word(0));
        let mut from = self.at + usize::from(day.is_some());
        while day.is_some()
            && self
                .tokens
                .get(from)
                .is_some_and(|token| token.is(&[",", "the", "."]))
        {
            from += 1;
        }
        let Some((date, next)) = written::date_at(&self.tokens, from) else {
            return Ok(false);
        };
        self.said
            .days
            .push((Named::Date(date.resolve(day, self.today)?), self.edge));
        // The T of an ISO time.
        self.at = if self.tokens.get(next).is_some_and(|token| token.is(&["t"])) {
            next + 1
        } else {
            next
        };
        Ok(true)
    }

    fn relative_day(&mut self) -> bool {
        let (days, length) = match self.word(0) {
            "today" => (0, 1),
            "tonight" => {
                self.part();
                self.at -= 1;
                (0, 1)
            }
            "tomorrow" => (1, 1),
            "this" if self.is(1, &["morning", "afternoon", "evening"]) => (0, 1),
            "day" if self.is(1, &["after"]) && self.is(2, &["tomorrow"]) => (2, 3),
            _ => return false,
        };
        self.push_days_ahead(days, length)
    }

    /// `Tuesday`, `next Tuesday`, `Mondays`, `weekdays`
    fn weekday(&mut self) -> bool {
        let (which, offset) = match self.word(0) {
            "this" | "coming" => (Which::This, 1),
            "next" => (Which::Next, 1),
            _ => (Which::Plain, 0),
        };
        let word = self.word(offset);
        if let Some(day) = words::weekday(word) {
            // `sun`, `sat` and `wed` are words of other meanings too.
            let is_name = self
                .tokens
                .get(self.at + offset)
                .is_some_and(|token| token.is_capital);
            let before = self
                .at
                .checked_sub(1)
                .and_then(|before| self.tokens.get(before));
            let is_led = before.is_none_or(|before| {
                before.is(&[
                    "on", "by", "before", "after", "until", "and", "or", "between", "from", "to",
                    ",", "-",
                ])
            });
            if matches!(word, "sun" | "sat" | "wed") && !is_name && !is_led && offset == 0 {
                return false;
            }
            self.said.days.push((Named::Weekday(day, which), self.edge));
        } else if let Some(days) = days(word) {
            self.said.every.extend(days);
        } else {
            return false;
        }
        self.at += offset + 1;
        true
    }

    fn part(&mut self) -> bool {
        let word = self.word(0).trim_end_matches('s');
        let Some((_, from, to)) = PARTS.iter().find(|(name, ..)| *name == word) else {
            return false;
        };
        self.said.part = Some((Time::constant(*from, 0, 0, 0), Time::constant(*to, 0, 0, 0)));
        self.at += 1;
        true
    }

    /// `at 10`, `9:30 am`, `between 9 and 11`
    fn time(&mut self) -> bool {
        let is_led = self
            .at
            .checked_sub(1)
            .and_then(|before| self.tokens.get(before))
            .is_some_and(|before| {
                before.is(&[
                    "at", "before", "after", "by", "until", "till", "from", "between", "around",
                ]) || (self.said.times.len() == 1
                    && self.said.is_range
                    && before.is(&["and", "to", "-", "–"]))
            });
        let found = written::time_at(&self.tokens, self.at).or_else(|| {
            let token = self.tokens.get(self.at).filter(|_| is_led)?;
            let hour = i8::try_from(token.number(2).filter(|hour| *hour < 24)?).ok()?;
            let goes_on = self.tokens.get(self.at + 1);
            if goes_on.is_some_and(|next| {
                next.is_glued
                    && next.kind != Kind::Word
                    && !next.is(&[",", ".", "-", "–", "?", "!", ")"])
            }) {
                return None;
            }
            let time = Time::new(hour, 0, 0, 0).ok()?;
            let is_either = (1..=6).contains(&hour) && !token.text.starts_with('0');
            Some((
                WrittenTime {
                    time,
                    is_either,
                    has_half: false,
                },
                self.at + 1,
            ))
        });
        let Some((time, next)) = found else {
            return false;
        };
        // `9:30-10:30` and `9:30 to 10:30` need no word before them.
        let follows = self
            .tokens
            .get(next)
            .is_some_and(|token| token.is(&["-", "–", "to", "until", "till"]));
        if follows && written::time_at(&self.tokens, next + 1).is_some() {
            self.said.is_range = true;
            self.edge = Edge::On;
        }
        self.said.times.push((time, self.edge));
        self.edge = Edge::On;
        self.at = if follows && self.said.is_range {
            next + 1
        } else {
            next
        };
        // A bare end after a dash still sees what stands before it.
        if follows && self.said.is_range && written::time_at(&self.tokens, self.at).is_none() {
            self.at = next;
        }
        true
    }
}

/// Reads plural and collective names of days.
fn days(word: &str) -> Option<Vec<Weekday>> {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    match word {
        "weekdays" | "weekday" => Some(vec![Monday, Tuesday, Wednesday, Thursday, Friday]),
        "weekends" | "weekend" => Some(vec![Saturday, Sunday]),
        _ => words::weekday(word)
            .or_else(|| words::weekday(word.strip_suffix('s').filter(|day| day.len() > 3)?))
            .map(|day| vec![day]),
    }
}

/// Reads a length in minutes at the start of `tokens`, and how many tokens it takes.
fn length(tokens: &[Token]) -> Option<(u32, usize)> {
    let texts: Vec<&str> = tokens
        .iter()
        .take(7)
        .map(|token| token.text.as_str())
        .collect();
    match texts.as_slice() {
        ["half", "an" | "a" | "-", "hour", ..] => return Some((30, 3)),
        ["half", "hour", ..] => return Some((30, 2)),
        ["quarter", "of", "an", "hour", ..] => return Some((15, 4)),
        ["quarter", "hour", ..] => return Some((15, 2)),
        _ => {}
    }
    let whole = words::count(tokens.first()?)?;
    let is = |at: usize, words: &[&str]| tokens.get(at).is_some_and(|token| token.is(words));
    let (minutes, at) = match texts.as_slice() {
        [_, ".", digits, ..] if digits.len() == 1 => {
            (whole * 60 + digits.parse::<u32>().ok()? * 6, 3)
        }
        [_, "and", "a", "half", ..] => (whole * 60 + 30, 4),
        [_, "-", ..] => match tokens.get(2).and_then(words::count) {
            Some(ones) if ones < 10 && whole >= 20 && is(3, &["minute", "minutes", "-"]) => {
                return Some((whole + ones, 4));
            }
            Some(_) | None => (whole * 60, 2),
        },
        _ => (whole * 60, 1),
    };
    if is(at, &["minute", "minutes", "min", "mins"]) {
        let is_whole = !is(1, &[".", "and"]);
        return is_whole.then_some((whole, at + 1));
    }
    if !is(at, &["hour", "hours", "hr", "hrs", "h"]) {
        return None;
    }
    let rest = tokens.get(at + 1..).unwrap_or_default();
    let rest_texts: Vec<&str> = rest
        .iter()
        .take(3)
        .map(|token| token.text.as_str())
        .collect();
    match rest_texts.as_slice() {
        ["and", "a", "half"] => Some((minutes + 30, at + 4)),
        [number, "minute" | "minutes" | "min" | "mins", ..] => Some((
            minutes + number.parse::<u32>().ok().filter(|more| *more < 60)?,
            at + 3,
        )),
        ["and", number, "minute" | "minutes" | "min" | "mins"] => Some((
            minutes + number.parse::<u32>().ok().filter(|more| *more < 60)?,
            at + 4,
        )),
        _ => Some((minutes, at + 1)),
    }
}
