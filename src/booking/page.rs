//! Dates and times as web pages write them: on days of a calendar, on slots, in labels.
//!
//! Answers none rather than guess: what is picked on an unknown page must be what was meant.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{Timestamp, ZonedDateTime};

use super::words::{self, Kind, Token};
use super::written::{self, Ambiguous};

/// Reads the one date in a label such as `Tue, Mar 3` or `Choose Tuesday, 3 March 2026`; a missing
/// year is the one in which that day comes next.
///
/// # Errors
/// [`Ambiguous`] when the day could be two days, or the weekday belongs to another date.
pub fn date(text: &str, now: &ZonedDateTime) -> Result<Option<Date>, Ambiguous> {
    if let Some(moment) = moment(text, now) {
        return Ok(Some(moment.date()));
    }
    let tokens = words::tokens(text);
    let day = only_weekday(&tokens);
    let mut found: Vec<Date> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match written::date_at(&tokens, at) {
            Some((date, next)) => {
                found.push(date.resolve(day, now.date())?);
                at = next;
            }
            None => at += 1,
        }
    }
    found.dedup();
    match found.as_slice() {
        [] => Ok(relative(&tokens, now)),
        [one] => Ok(Some(*one)),
        [one, other, ..] => {
            let text = crate::untrusted::line(text, 60);
            Err(Ambiguous::two(
                text,
                written::long(*one),
                written::long(*other),
            ))
        }
    }
}

/// Reads the one time of day in a label such as `9:30 AM`, `09:30`, `9 am`, `14.30 Uhr` or `noon`;
/// of a range its start.
pub fn time(text: &str) -> Option<Time> {
    let tokens = words::tokens(text);
    let mut found: Vec<(usize, written::WrittenTime, usize)> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        // The digits of a date are no time.
        if let Some((_, next)) = written::date_at(&tokens, at) {
            at = next;
        } else if let Some((time, next)) = written::time_at(&tokens, at) {
            found.push((at, time, next));
            at = next;
        } else {
            at += 1;
        }
    }
    match found.as_slice() {
        [(at, only, _)] => match bare_start(&tokens, *at) {
            None => Some(only.time),
            Some(hour) => start_before(hour, *only),
        },
        [(_, start, next), (at, end, _)] if is_range(tokens.get(*next..*at)?) => {
            // `9:30 - 10:30 pm`: what is said of the end holds for the start.
            let shares = end.has_half && !start.has_half;
            if shares {
                half_before(start.time, end.time)
            } else {
                Some(start.time)
            }
        }
        [] | [_, _, ..] => None,
    }
}

/// Reads a label with one date and one time, such as `Tue, 3 March, 9:30 AM` or ISO 8601; a time
/// with an offset is turned into the zone of `now`.
///
/// # Errors
/// As [`date`].
pub fn date_time(text: &str, now: &ZonedDateTime) -> Result<Option<DateTime>, Ambiguous> {
    if let Some(moment) = moment(text, now) {
        return Ok(Some(moment.datetime()));
    }
    let Some(time) = time(text) else {
        return Ok(None);
    };
    Ok(date(text, now)?.map(|date| date.to_datetime(time)))
}

/// Reads an ISO 8601 time with an offset in the zone of `now`.
fn moment(text: &str, now: &ZonedDateTime) -> Option<ZonedDateTime> {
    let moment: Timestamp = text.trim().parse().ok()?;
    Some(moment.to_zoned_datetime(now.time_zone().clone()))
}

/// Returns the weekday when exactly one is named.
fn only_weekday(tokens: &[Token]) -> Option<Weekday> {
    let mut days = tokens
        .iter()
        .filter_map(|token| words::weekday(&token.text));
    let day = days.next()?;
    days.all(|other| other == day).then_some(day)
}

/// Reads `Today` and `Tomorrow` when nothing else but a time is said.
fn relative(tokens: &[Token], now: &ZonedDateTime) -> Option<Date> {
    let mut words = tokens.iter().filter(|token| token.kind == Kind::Word);
    let date = match words.next()?.text.as_str() {
        "today" => now.date(),
        "tomorrow" => now.date().tomorrow().ok()?,
        _ => return None,
    };
    words
        .all(|word| word.is(&["at", "am", "pm", "a", "p", "m", "noon"]))
        .then_some(date)
}

fn is_range(between: &[Token]) -> bool {
    matches!(between, [one] if one.is(&["-", "–", "—", "to", "until", "till"]))
}

/// Returns the bare hour before a time that ends a range: the 9 of `9 - 10 am`.
fn bare_start(tokens: &[Token], end: usize) -> Option<i16> {
    let mark = end.checked_sub(1)?;
    let hour = tokens.get(mark.checked_sub(1)?)?.number(2)?;
    is_range(tokens.get(mark..end)?).then_some(hour)
}

/// Returns the start of `9 - 10 am` or `11 - 1 pm`; only a said half tells where a bare hour lies.
fn start_before(hour: i16, end: written::WrittenTime) -> Option<Time> {
    let time = Time::new(i8::try_from(hour).ok()?, 0, 0, 0).ok()?;
    end.has_half.then(|| half_before(time, end.time))?
}

/// Moves a time of the 12-hour clock into the half of the day nearest before `end`.
fn half_before(time: Time, end: Time) -> Option<Time> {
    let hour = time.hour() % 12;
    let at = |hour: i8| Time::new(hour, time.minute(), 0, 0).ok();
    if time.hour() > 12 {
        return Some(time);
    }
    at(hour + 12)
        .filter(|late| *late < end)
        .or_else(|| at(hour))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;
    use proptest::prelude::*;

    fn now() -> ZonedDateTime {
        "2026-02-20T10:00:00[Europe/Berlin]".parse().unwrap()
    }

    #[test]
    fn dates_are_read_as_pages_write_them() {
        for (text, want) in [
            ("Tue, Mar 3", day(2026, 3, 3)),
            ("Tuesday 3 Mar", day(2026, 3, 3)),
            ("Choose Tuesday, 3 March 2026", day(2026, 3, 3)),
            ("Choose Tuesday, March 3rd, 2026", day(2026, 3, 3)),
            ("Tuesday, March 3, 2026 available", day(2026, 3, 3)),
            ("3 March 2026, Tuesday", day(2026, 3, 3)),
            ("3 March 2027", day(2027, 3, 3)),
            ("3rd of March", day(2026, 3, 3)),
            ("Sept. 3, 2026", day(2026, 9, 3)),
            ("3. Mar. 2026", day(2026, 3, 3)),
            ("03/14/2027", day(2027, 3, 14)),
            ("14/03/2027", day(2027, 3, 14)),
            ("03/03/2027", day(2027, 3, 3)),
            ("Wed 03/04/2026", day(2026, 3, 4)),
            ("Fri 03/04/2026", day(2026, 4, 3)),
            ("14.03.2027", day(2027, 3, 14)),
            ("2027-03-14", day(2027, 3, 14)),
            ("2027/3/14", day(2027, 3, 14)),
            ("2027-03-14T09:30", day(2027, 3, 14)),
            ("2027-03-14T23:30:00Z", day(2027, 3, 15)),
            ("Feb 19", day(2027, 2, 19)),
            ("Thu, Feb 19", day(2026, 2, 19)),
            ("Feb 29", day(2028, 2, 29)),
            ("Today", day(2026, 2, 20)),
            ("Tomorrow, 9:30 AM", day(2026, 2, 21)),
            ("May 3", day(2026, 5, 3)),
        ] {
            assert_eq!(date(text, &now()), Ok(Some(want)), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "12",
            "Invoice 4411",
            "Tuesday",
            "March",
            "March 2026",
            "9:30 AM",
            "1/2",
            "10.50",
            "v1.2.3",
            "192.168.10.20",
            "Room 3",
            "3 items",
            "you may 3",
            "Today's deals",
            "March 32",
            "Order 2026-1234",
            "2026",
            "+49 30 1234",
            "May 3.50",
            "555-12-2026-1",
            "Next month",
        ] {
            assert_eq!(date(text, &now()), Ok(None), "{text}");
        }
    }

    #[test]
    fn two_readings_are_both_named() {
        for (text, want) in [
            (
                "03/04/2027",
                "'3/4/2027' can mean Saturday 3 April 2027 or Thursday 4 March 2027",
            ),
            (
                "3 March 2026 - 5 March 2026",
                "'3 March 2026 - 5 March 2026' can mean Tuesday 3 March 2026 or Thursday 5 March 2026",
            ),
            (
                "Monday, 3 March 2026",
                "'3 March 2026' is a Tuesday, not the day written",
            ),
            ("30 February 2026", ""),
        ] {
            let read = date(text, &now());
            if want.is_empty() {
                assert_eq!(read, Ok(None), "{text}");
            } else {
                assert_eq!(read.unwrap_err().to_string(), want);
            }
        }
        assert_eq!(
            date("29 February 2026", &now()).unwrap_err().to_string(),
            "'29 February 2026' is no day of that year"
        );
    }

    #[test]
    fn times_are_read_as_pages_write_them() {
        for (text, hour, minute) in [
            ("9:30 AM", 9, 30),
            ("9:30am", 9, 30),
            ("9:30 a.m.", 9, 30),
            ("9:30 p.m", 21, 30),
            ("09:30", 9, 30),
            ("9 am", 9, 0),
            ("12 am", 0, 0),
            ("12pm", 12, 0),
            ("12 noon", 12, 0),
            ("noon", 12, 0),
            ("14.30 Uhr", 14, 30),
            ("14 Uhr", 14, 0),
            ("14h30", 14, 30),
            ("14:30:00", 14, 30),
            ("Book 9:30 AM, available", 9, 30),
            ("9:30 AM – 10:00 AM", 9, 30),
            ("09:30-10:00", 9, 30),
            ("9:30 - 10:00 pm", 21, 30),
            ("11:30 - 12:30 pm", 11, 30),
            ("9 - 10 am", 9, 0),
            ("11–1 pm", 11, 0),
            ("3 March 2026, 15:15", 15, 15),
            ("14.03.2026 09:30", 9, 30),
            ("10 o'clock", 10, 0),
        ] {
            assert_eq!(
                time(text),
                Some(Time::constant(hour, minute, 0, 0)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "12",
            "9.30",
            "$9.30",
            "16:9",
            "25:00",
            "9:60",
            "Invoice 4411",
            "30 min",
            "1:30 hours",
            "2h",
            "3 March 2026",
            "9:30 and 10:30",
            "12 - 15:00",
            "13 am",
            "14.03.2026",
            "2026-03-14",
            "1:2:3",
            "noonday",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_and_a_time_make_a_moment() {
        let want = day(2026, 3, 3).at(9, 30, 0, 0);
        for text in [
            "Tue, 3 March, 9:30 AM",
            "2026-03-03T09:30",
            "2026-03-03 09:30",
            "2026-03-03T08:30:00Z",
        ] {
            assert_eq!(date_time(text, &now()), Ok(Some(want)), "{text}");
        }
        for text in ["Tue, 3 March", "9:30", "noon on any day"] {
            assert_eq!(date_time(text, &now()), Ok(None), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not(text in "\\PC{0,60}", label in "[0-9:/. ,apmMarTuech-]{0,30}") {
            for text in [&text, &label] {
                let read = (date(text, &now()), time(text), date_time(text, &now()));
                std::hint::black_box(read.2.is_ok());
            }
        }

        #[test]
        fn written_dates_read_back(days in 0_i32..3000) {
            let date_of = day(2026, 2, 20).checked_add(jiff::Span::new().days(days)).unwrap();
            for format in ["%A, %-d %B %Y", "%b %-d, %Y", "%Y-%m-%d", "%d.%m.%Y", "Choose %a %-d %b %Y"] {
                let text = date_of.strftime(format).to_string();
                prop_assert_eq!(date(&text, &now()), Ok(Some(date_of)), "{}", text);
            }
        }
    }
}
