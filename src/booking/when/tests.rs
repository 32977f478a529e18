//! Requests as people write them, and what is understood of them.

use super::*;
use proptest::prelude::*;

/// Thursday, 26 February 2026, 10:00 in Berlin.
fn now() -> ZonedDateTime {
    "2026-02-26T10:00:00[Europe/Berlin]".parse().unwrap()
}

/// Writes what was understood on one line.
fn understood(text: &str, now: &ZonedDateTime) -> String {
    let when = match parse(text, now) {
        Ok(when) => when,
        Err(error) => return error.to_string(),
    };
    let clock = |time: &ZonedDateTime| time.strftime("%a %d.%m. %H:%M").to_string();
    let mut out = vec![format!(
        "{} - {}",
        clock(&when.window.0),
        clock(&when.window.1)
    )];
    out.extend(when.minutes.map(|minutes| format!("{minutes}min")));
    out.extend(when.days.map(|days| {
        let days = days
            .iter()
            .map(|day| format!("{day:?}").chars().take(2).collect::<String>());
        days.collect::<Vec<_>>().join(",")
    }));
    out.extend(
        when.hours
            .map(|(from, to)| format!("{}-{}", from.strftime("%H:%M"), to.strftime("%H:%M"))),
    );
    out.extend(when.is_exact.then(|| "exact".to_owned()));
    out.join(" ")
}

#[test]
#[expect(clippy::too_many_lines, reason = "a flat table")]
fn plain_english_is_understood() {
    let table = [
        (
            "next Tuesday afternoon",
            "Tue 03.03. 12:00 - Tue 03.03. 18:00 12:00-18:00",
        ),
        (
            "tomorrow at 10",
            "Fri 27.02. 10:00 - Fri 27.02. 11:00 exact",
        ),
        (
            "tomorrow at 10 for 30 minutes",
            "Fri 27.02. 10:00 - Fri 27.02. 10:30 30min exact",
        ),
        ("today", "Thu 26.02. 10:00 - Fri 27.02. 00:00"),
        (
            "this afternoon",
            "Thu 26.02. 12:00 - Thu 26.02. 18:00 12:00-18:00",
        ),
        ("tonight", "Thu 26.02. 17:00 - Thu 26.02. 22:00 17:00-22:00"),
        (
            "the day after tomorrow",
            "Sat 28.02. 00:00 - Sun 01.03. 00:00",
        ),
        ("this week", "Thu 26.02. 10:00 - Mon 02.03. 00:00"),
        ("next week", "Mon 02.03. 00:00 - Mon 09.03. 00:00"),
        (
            "next week, not on Friday",
            "Mon 02.03. 00:00 - Mon 09.03. 00:00 Mo,Tu,We,Th,Sa,Su",
        ),
        ("Tuesday next week", "Tue 03.03. 00:00 - Wed 04.03. 00:00"),
        (
            "on Monday or Wednesday next week",
            "Mon 02.03. 00:00 - Mon 09.03. 00:00 Mo,We",
        ),
        (
            "in the week of 3 March",
            "Mon 02.03. 00:00 - Mon 09.03. 00:00",
        ),
        (
            "the week of March 3rd in the morning",
            "Mon 02.03. 00:00 - Mon 09.03. 00:00 06:00-12:00",
        ),
        ("next month", "Sun 01.03. 00:00 - Wed 01.04. 00:00"),
        ("this weekend", "Sat 28.02. 00:00 - Mon 02.03. 00:00"),
        (
            "between Monday and Friday",
            "Mon 02.03. 00:00 - Sat 07.03. 00:00",
        ),
        (
            "next week between Tuesday and Thursday",
            "Tue 03.03. 00:00 - Fri 06.03. 00:00",
        ),
        (
            "from 3 March to 5 March",
            "Tue 03.03. 00:00 - Fri 06.03. 00:00",
        ),
        ("3-5 March", "Tue 03.03. 00:00 - Fri 06.03. 00:00"),
        (
            "on 14 March at 9:30",
            "Sat 14.03. 09:30 - Sat 14.03. 10:30 exact",
        ),
        ("March 14, 2027", "Sun 14.03. 00:00 - Mon 15.03. 00:00"),
        ("Saturday, 14 March", "Sat 14.03. 00:00 - Sun 15.03. 00:00"),
        (
            "on 14th of may at 9:30",
            "Thu 14.05. 09:30 - Thu 14.05. 10:30 exact",
        ),
        (
            "may 14 at 9:30",
            "Thu 14.05. 09:30 - Thu 14.05. 10:30 exact",
        ),
        (
            "on sat at 10 am",
            "Sat 28.02. 10:00 - Sat 28.02. 11:00 exact",
        ),
        ("we sat on tuesday", "Tue 03.03. 00:00 - Wed 04.03. 00:00"),
        ("2026-03-14", "Sat 14.03. 00:00 - Sun 15.03. 00:00"),
        (
            "2026-03-14T09:30",
            "Sat 14.03. 09:30 - Sat 14.03. 10:30 exact",
        ),
        (
            "2026-03-14 15:00",
            "Sat 14.03. 15:00 - Sat 14.03. 16:00 exact",
        ),
        (
            "within the next 10 days",
            "Thu 26.02. 10:00 - Mon 09.03. 00:00",
        ),
        (
            "in the next two weeks",
            "Thu 26.02. 10:00 - Fri 13.03. 00:00",
        ),
        ("within 3 hours", "Thu 26.02. 10:00 - Thu 26.02. 13:00"),
        ("in 3 days", "Sun 01.03. 00:00 - Mon 02.03. 00:00"),
        ("in 2 hours", "Thu 26.02. 12:00 - Fri 27.02. 00:00"),
        (
            "Tuesday between 9 and 11",
            "Tue 03.03. 09:00 - Tue 03.03. 11:00 09:00-11:00",
        ),
        (
            "Tuesday from 2 to 4 pm",
            "Tue 03.03. 14:00 - Tue 03.03. 16:00 14:00-16:00",
        ),
        (
            "Tuesday 9:30-10:30",
            "Tue 03.03. 09:30 - Tue 03.03. 10:30 09:30-10:30",
        ),
        (
            "Tuesday from 9 to 5",
            "Tue 03.03. 09:00 - Tue 03.03. 17:00 09:00-17:00",
        ),
        (
            "Tuesday after 3pm",
            "Tue 03.03. 15:00 - Tue 03.03. 23:59 15:00-23:59",
        ),
        (
            "Tuesday before noon",
            "Tue 03.03. 00:00 - Tue 03.03. 12:00 00:00-12:00",
        ),
        (
            "Tuesday at 3 in the afternoon",
            "Tue 03.03. 15:00 - Tue 03.03. 16:00 exact",
        ),
        ("at 3 pm", "Thu 26.02. 15:00 - Thu 26.02. 16:00 exact"),
        ("at 9 am", "Fri 27.02. 09:00 - Fri 27.02. 10:00 exact"),
        (
            "next week at 10 for half an hour",
            "Mon 02.03. 00:00 - Mon 09.03. 00:00 30min 10:00-10:30",
        ),
        ("by Wednesday", "Thu 26.02. 10:00 - Thu 05.03. 00:00"),
        ("before Wednesday", "Thu 26.02. 10:00 - Wed 04.03. 00:00"),
        ("after Monday", "Tue 03.03. 00:00 - Wed 18.03. 00:00"),
        (
            "Tuesday or Wednesday",
            "Tue 03.03. 00:00 - Thu 05.03. 00:00 Tu,We",
        ),
        (
            "book a room for half an hour with Ada on Tuesday",
            "Tue 03.03. 00:00 - Wed 04.03. 00:00 30min",
        ),
    ];
    for (text, want) in table {
        assert_eq!(understood(text, &now()), want, "{text}");
    }
}

#[test]
fn lengths_are_read_in_words_and_digits() {
    for (text, want) in [
        ("30 minutes", 30),
        ("a 45-minute call", 45),
        ("forty-five minutes", 45),
        ("half an hour", 30),
        ("a half-hour call", 30),
        ("1.5 hours", 90),
        ("an hour", 60),
        ("an hour and a half", 90),
        ("one and a half hours", 90),
        ("1 hour 30 minutes", 90),
        ("1 hour and 15 minutes", 75),
        ("2h", 120),
        ("quarter of an hour", 15),
    ] {
        assert_eq!(
            parse(text, &now()).map(|when| (when.minutes, when.has_day)),
            Ok((Some(want), false)),
            "{text}"
        );
    }
}

#[test]
fn what_can_mean_two_things_is_asked_back() {
    let monday: ZonedDateTime = "2026-03-02T10:00:00[Europe/Berlin]".parse().unwrap();
    for (text, want) in [
        (
            "next Friday",
            "'next Friday' can mean Friday 6 March 2026 or Friday 13 March 2026",
        ),
        ("next Tuesday", "Tue 10.03. 00:00 - Wed 11.03. 00:00"),
        (
            "Monday",
            "'Monday' can mean today, Monday 2 March 2026 or Monday 9 March 2026",
        ),
        ("this Monday", "Mon 02.03. 10:00 - Tue 03.03. 00:00"),
        (
            "tomorrow at 3",
            "'3:00' can mean 3:00 in the morning or 15:00",
        ),
        (
            "tomorrow at 03:00",
            "Tue 03.03. 03:00 - Tue 03.03. 04:00 exact",
        ),
        (
            "on 03/04/2027",
            "'3/4/2027' can mean Saturday 3 April 2027 or Thursday 4 March 2027",
        ),
        (
            "Monday, 3 March 2026",
            "'3 March 2026' is a Tuesday, not the day written",
        ),
        (
            "3 March or 30 March",
            "'more than one date' can mean Tuesday 3 March 2026 or Monday 30 March 2026",
        ),
    ] {
        assert_eq!(understood(text, &monday), want, "{text}");
    }
}

#[test]
fn what_says_no_time_or_a_past_one_is_refused() {
    for (text, want) in [
        ("", "'' names no time"),
        (
            "send the report to Ada",
            "'send the report to Ada' names no time",
        ),
        ("Invoice 4411", "'Invoice 4411' names no time"),
        ("room 12", "'room 12' names no time"),
        ("today at 9:30", "'today at 9:30' is in the past"),
        ("2 January 2026", "'2 January 2026' is in the past"),
        ("today at 8:00", "'today at 8:00' is in the past"),
        (
            "Tuesday from 11 to 11",
            "'Tuesday from 11 to 11' leaves no day or time",
        ),
    ] {
        assert_eq!(understood(text, &now()), want, "{text}");
    }
}

#[test]
fn days_keep_their_wall_clock_over_a_clock_change() {
    let friday: ZonedDateTime = "2026-03-27T10:00:00[Europe/Berlin]".parse().unwrap();
    let when = parse("on 30 March at 9:00", &friday).unwrap();
    assert_eq!(
        when.window.0.timestamp().to_string(),
        "2026-03-30T07:00:00Z"
    );
}

proptest! {
    #[test]
    fn any_text_is_understood_or_refused(
        text in "\\PC{0,60}",
        words in proptest::collection::vec(prop_oneof![
            Just("next"), Just("this"), Just("Tuesday"), Just("between"), Just("and"), Just("at"), Just("10"),
            Just("3"), Just("March"), Just("not"), Just("on"), Just("week"), Just("of"), Just("hours"),
            Just("half"), Just("an"), Just("in"), Just("within"), Just("days"), Just("from"), Just("to"),
            Just("9:30"), Just("pm"), Just("-"), Just("999"), Just("2026"), Just("tonight"), Just("before"),
        ], 0..12),
    ) {
        for text in [text, words.join(" ")] {
            if let Ok(when) = parse(&text, &now()) {
                prop_assert!(when.window.0 < when.window.1, "{}", text);
                prop_assert!(when.window.1 > now(), "{}", text);
            }
        }
    }
}
