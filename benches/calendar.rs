//! How long the calendar takes for a large file, and free time for its answer.
//!
//! Run with `cargo bench --bench calendar`; `scripts/bench-calendar` prints all figures.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed set-up ends the measurement, whose figures are printed"
)]

mod corpus;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use divan::Bencher;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use legwork::action::Interval;
use legwork::booking::{Only, Request, Rules, Taken, slots};
use legwork::calendar::Vdir;
use legwork::config::CalendarRules;

/// Events of the large file; 4,000 of them recur.
const EVENTS: u32 = 10_000;

#[expect(
    clippy::disallowed_methods,
    reason = "a script says by them what is measured"
)]
fn main() {
    if let Ok(folder) = std::env::var("LEGWORK_BENCH_FILES") {
        corpus::counts(Path::new(&folder));
    } else if let Ok(cases) = std::env::var("LEGWORK_BENCH_CASES") {
        corpus::instances(Path::new(&cases));
    } else {
        divan::main();
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A folder with one file of 10,000 events over four zones.
fn large() -> (tempfile::TempDir, Vdir) {
    let zones = [
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Sydney",
    ];
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_owned();
    for index in 0..EVENTS {
        let (month, day, hour) = (1 + index % 12, 1 + index % 28, 8 + index % 10);
        let zone = zones.get(index as usize % 4).unwrap();
        let rule = match index % 10 {
            0 => "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=40\r\n",
            1 => "RRULE:FREQ=DAILY;COUNT=20\r\n",
            2 => "RRULE:FREQ=MONTHLY;BYDAY=-1FR\r\n",
            3 => "RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20261231T000000Z\r\n",
            _ => "",
        };
        write!(
            text,
            "BEGIN:VEVENT\r\nUID:large-{index}\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART;TZID={zone}:2026{month:02}{day:02}T{hour:02}0000\r\n\
             DTEND;TZID={zone}:2026{month:02}{day:02}T{hour:02}3000\r\n{rule}SUMMARY:Event number {index}\r\n\
             LOCATION:Room {index}\r\nDESCRIPTION:Some words that say what it is about\\, and where\\; \
             and a second sentence to make it as long as they are.\r\nORGANIZER:mailto:boss@example.org\r\n\
             ATTENDEE;CN=Ada;PARTSTAT=ACCEPTED:mailto:ada@example.org\r\nEND:VEVENT\r\n"
        )
        .unwrap();
    }
    text.push_str("END:VCALENDAR\r\n");
    let folder = tempfile::tempdir().unwrap();
    let vdir = Vdir::open(folder.path()).unwrap();
    fs::create_dir(folder.path().join("large")).unwrap();
    fs::write(folder.path().join("large/large.ics"), text).unwrap();
    (folder, vdir)
}

/// Reads the file; nothing happens in the hour asked for.
#[divan::bench(sample_count = 10)]
fn parse_10_000_events(bencher: Bencher<'_, '_>) {
    let (_folder, vdir) = large();
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let (from, to) = (at("2020-01-01T00:00:00Z"), at("2020-01-01T01:00:00Z"));
    bencher.bench(|| vdir.agenda(from, to, &zone, &[]).unwrap().events.len());
}

/// Reads the file and lists the whole year.
#[divan::bench(sample_count = 10)]
fn parse_and_expand_a_year(bencher: Bencher<'_, '_>) {
    let (_folder, vdir) = large();
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    bencher.bench(|| vdir.agenda(from, to, &zone, &[]).unwrap().events.len());
}

/// Five people with 2,000 busy stretches each, four weeks.
#[divan::bench]
fn free_slots_of_five_people(bencher: Bencher<'_, '_>) {
    let from = at("2026-03-02T00:00:00Z");
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let rules = Rules::new(&CalendarRules::default(), &zone, at("2026-03-01T00:00:00Z"));
    let taken: Vec<Taken> = (0..10_000_i64)
        .map(|index| {
            let start =
                from + SignedDuration::from_mins((index % 2_000) * 20 + (index / 2_000) * 3);
            let minutes = if index % 40 < 20 { 5 } else { 15 };
            let end = start + SignedDuration::from_mins(minutes);
            Taken::busy(Interval { start, end }, &rules)
        })
        .collect();
    let request = Request {
        minutes: 30,
        window: Interval {
            start: from,
            end: from + SignedDuration::from_hours(24 * 28),
        },
        taken: &taken,
        margin: SignedDuration::ZERO,
        rules,
        only: Only::default(),
    };
    bencher.bench(|| slots(&request, 10).len());
}
