//! `legwork cal` as users run it: real files, the loop behind every booking.

use super::{Ran, TestEnv};
use legwork::action::{Moment, NewEvent};
use legwork::calendar::Vdir;
use legwork::home::Home;
use serde_json::Value;

/// A home in a zone of its own; the calendar is empty.
fn env() -> TestEnv {
    let env = TestEnv::new();
    let config = "[me]\nzone = \"Europe/Berlin\"\nemails = [\"me@x.test\"]\n";
    std::fs::write(env.home().join("config.toml"), config).unwrap();
    env
}

fn vdir(env: &TestEnv) -> Vdir {
    Vdir::open(&Home::at(env.home()).calendar()).unwrap()
}

fn cal(env: &TestEnv, line: &str) -> Ran {
    let words: Vec<&str> = ["cal"].into_iter().chain(line.split(' ')).collect();
    env.run(&words)
}

fn json(env: &TestEnv, line: &str) -> Value {
    let ran = cal(env, &format!("{line} --json"));
    assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn titles(listed: &Value) -> Vec<String> {
    let events = listed["events"].as_array().unwrap().iter();
    events
        .map(|event| event["summary"].as_str().unwrap().to_owned())
        .collect()
}

/// Plants a meeting on a day far ahead, so that no test depends on today.
fn plant(env: &TestEnv, title: &str, from: &str, to: &str) -> String {
    let at = |text: &str| Moment::Time(format!("2031-03-{text}[Europe/Berlin]").parse().unwrap());
    let event = NewEvent {
        summary: title.to_owned(),
        start: at(from),
        end: at(to),
        location: "Room 4".to_owned(),
        description: "bring the \u{202e}plan".to_owned(),
        guests: Vec::new(),
        travel_minutes: 0,
        calendar: String::new(),
        if_free: false,
        rule: String::new(),
        organizer: String::new(),
    };
    let now = "2031-01-01T00:00:00Z".parse().unwrap();
    vdir(env).create(&event, title, now).unwrap()
}

#[test]
fn a_booking_is_in_the_calendar_the_journal_and_a_report() {
    let env = env();
    let ran = cal(&env, "book Dentist tomorrow at 10:00 --at Nord --yes");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("✓ in the calendar: "),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains(", 10:00-10:30, Europe/Berlin: Dentist"),
        "{}",
        ran.stdout
    );
    let listed = json(&env, "agenda tomorrow");
    assert_eq!(titles(&listed), ["Dentist"]);
    assert_eq!(listed["events"][0]["location"], "Nord");
    let run = env.run(&["journal", "show", "last", "--json"]).stdout;
    let run: Value = serde_json::from_str(&run).unwrap();
    assert_eq!(
        run["run"]["goal"],
        "add event \"Dentist\" tomorrow at 10:00 at \"Nord\""
    );
    assert_eq!(run["run"]["ending"]["is"], "verified");
    let uid = run["steps"][0]["outcome"]["output"]["value"]
        .as_str()
        .unwrap();
    assert!(uid.starts_with("legwork-"), "{run}");
    assert!(
        env.run(&["report", "last"])
            .stdout
            .ends_with("report.html\n")
    );
}

#[test]
fn a_clash_is_refused_by_name_unless_it_is_meant() {
    let env = env();
    plant(&env, "Planning", "17T10:00:00", "17T11:00:00");
    let ran = cal(&env, "book Dentist 2031-03-17 at 10:30 --yes");
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(
        ran.stderr.contains("clashes with \"Planning\""),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("--even-if-busy"), "{}", ran.stderr);
    assert_eq!(titles(&json(&env, "agenda 2031-03-17")), ["Planning"]);
    // What only touches is no clash.
    assert_eq!(cal(&env, "book Tea 2031-03-17 at 11:00 --yes").code, 0);
    let ran = cal(
        &env,
        "book Dentist 2031-03-17 at 10:30 --minutes 15 --yes --even-if-busy",
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(cal(&env, "agenda 2031-03-17").stdout, @r#"
    Mon 17 Mar 2031
     ! 10:00-11:00  Planning  Room 4  personal
                    clashes with "Dentist"
     ! 10:30-10:45  Dentist           personal
                    clashes with "Planning"
       11:00-11:30  Tea               personal
    "#);
}

#[test]
fn nothing_is_booked_where_nobody_can_be_asked() {
    let env = env();
    let ran = cal(&env, "book Dentist 2031-03-17 at 10:30");
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert_eq!(
        ran.stderr,
        "error: that is Mon 17 Mar 2031, 10:30-11:00, Europe/Berlin, and nobody is there to be \
         asked whether it is meant\nhint: add --yes to book it\n"
    );
    assert!(titles(&json(&env, "agenda 2031-03-17")).is_empty());
}

#[test]
fn a_date_with_two_readings_names_both_everywhere() {
    let env = env();
    for line in [
        "agenda 03/04/2031",
        "free 03/04/2031",
        "find 30 03/04/2031",
        "book Dentist 03/04/2031 at 10:00 --yes",
    ] {
        let ran = cal(&env, line);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{line}");
        let said = ran.stderr.to_lowercase();
        assert!(
            said.contains("march") && said.contains("april"),
            "{line}: {said}"
        );
    }
}

#[test]
fn an_empty_calendar_is_no_error() {
    let env = env();
    let ran = cal(&env, "agenda 2031-03-17");
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert_eq!(ran.stderr, "nothing in the calendar, Mon 17 Mar 2031\n");
    assert_eq!(
        json(&env, "agenda 2031-03-17")["events"],
        Value::Array(vec![])
    );
}

#[test]
fn a_broken_file_is_named_and_the_others_are_shown() {
    let env = env();
    plant(&env, "Planning", "17T10:00:00", "17T11:00:00");
    let folder = env.home().join("calendar/personal");
    std::fs::write(
        folder.join("bad.ics"),
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x\r\n",
    )
    .unwrap();
    let ran = cal(&env, "agenda 2031-03-17");
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.contains("Planning"), "{}", ran.stdout);
    assert!(ran.stderr.contains("bad.ics"), "{}", ran.stderr);
}

#[test]
fn the_week_is_drawn_without_colours_into_a_pipe() {
    let env = env();
    plant(&env, "Planning the year", "17T10:00:00", "17T12:00:00");
    let ran = cal(&env, "agenda 2031-03-19 --week");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    insta::assert_snapshot!(ran.stdout.lines().take(9).collect::<Vec<_>>().join("\n"), @r"
    Mar    Mon 17            Tue 18            Wed 19            Thu 20            Fri 21
    ──────┼─────────────────┼─────────────────┼─────────────────┼─────────────────┼─────────────────
    09:00 │                 │                 │                 │                 │
          │                 │                 │                 │                 │
    10:00 │┌Planning the───┐│                 │                 │                 │
          ││year           ││                 │                 │                 │
    11:00 ││Room 4         ││                 │                 │                 │
          │└───────────────┘│                 │                 │                 │
    12:00 │                 │                 │                 │                 │
    ");
}

#[test]
fn free_time_and_slots_keep_clear_of_what_is_on() {
    let env = env();
    plant(&env, "Planning", "17T09:00:00", "17T16:30:00");
    insta::assert_snapshot!(cal(&env, "free 2031-03-17").stdout, @r"
    Mon 17 Mar 2031  16:30-18:00  1 h 30 min
    ");
    let slots = json(&env, "find 45 2031-03-17 --limit 1");
    assert_eq!(
        slots["slots"][0]["start"],
        "2031-03-17T16:30:00+01:00[Europe/Berlin]"
    );
    let none = cal(&env, "find 120 2031-03-17");
    assert_eq!((none.code, none.stdout.as_str()), (0, ""));
    assert!(
        none.stderr
            .starts_with("no 120 free minutes, Mon 17 Mar 2031\n"),
        "{}",
        none.stderr
    );
}

#[test]
fn one_event_is_shown_whole_and_two_are_told_apart() {
    let env = env();
    let ran = cal(&env, "book Dentist tomorrow at 10:00 --yes --json");
    let made: Value = serde_json::from_str(&ran.stdout).unwrap();
    let uid = made["ids"][0].as_str().unwrap().to_owned();
    assert_eq!(cal(&env, "book Dentist tomorrow at 12:00 --yes").code, 0);
    let ran = cal(&env, "show dentist");
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.starts_with("error: 2 events match 'dentist'\n"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains(&format!("hint: legwork cal show {uid}")),
        "{}",
        ran.stderr
    );
    let shown = json(&env, &format!("show {}", &uid[..14]));
    assert_eq!(shown["event"]["uid"], uid.as_str());
    let file = shown["file"].as_str().unwrap();
    assert!(file.ends_with(&format!("{uid}.ics")), "{file}");
    let ran = cal(&env, "show nowhere");
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("no event is called 'nowhere'"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_is_kept_free_is_the_same_for_a_list_and_for_a_booking() {
    let env = env();
    let config = "[me]\nzone = \"Europe/Berlin\"\nemails = [\"me@x.test\"]\n[calendar]\n\
        buffer_minutes = 5\ntravel_minutes = 30\nday_events_max = 3\n\
        [[calendar.around]]\nwords = \"review\"\nafter_minutes = 60\n";
    std::fs::write(env.home().join("config.toml"), config).unwrap();
    // At a place, so that the way there and back is kept free.
    plant(&env, "Planning", "17T10:00:00", "17T11:00:00");
    let ran = cal(&env, "book Review 2031-03-17 at 13:00 --yes");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let find = |line: &str| -> Vec<String> {
        let found = json(&env, line);
        let slots = found["slots"].as_array().unwrap().iter();
        let mut times: Vec<String> = slots
            .map(|slot| slot["start"].as_str().unwrap()[11..16].to_owned())
            .collect();
        times.sort();
        times
    };
    let offered = find("find 15 2031-03-17 --limit 100");
    let at = |hour: i64, minute: i64| format!("{hour:02}:{minute:02}");
    for quarter in 9 * 4..18 * 4 {
        let time = at(quarter / 4, quarter % 4 * 15);
        let line = format!("book Tea 2031-03-17 at {time} --minutes 15 --yes");
        let ran = cal(&env, &line);
        assert_eq!(
            ran.code == 0,
            offered.contains(&time),
            "{time}: {}",
            ran.stderr
        );
        if ran.code == 0 {
            let undone = env.run(&["journal", "undo"]);
            assert_eq!(undone.code, 0, "{}", undone.stderr);
        }
    }
    let first = ["09:00", "09:15", "11:30"];
    assert_eq!(offered[..3], first);
    assert!(offered.contains(&"14:30".to_owned()), "{offered:?}");
    assert!(!offered.contains(&"14:15".to_owned()), "{offered:?}");
    // Elsewhere itself, it needs the way to it as well.
    let elsewhere = find("find 15 2031-03-17 --limit 100 --elsewhere");
    assert!(!elsewhere.contains(&"12:30".to_owned()), "{elsewhere:?}");
    // A way that the event names itself is written as other calendars read it.
    let ran = cal(&env, "book Dentist 2031-03-17 at 16:30 --travel 45 --yes");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let shown = json(&env, "show dentist");
    assert_eq!(shown["event"]["travel_minutes"], 45);
    let uid = shown["event"]["uid"].as_str().unwrap();
    let text = String::from_utf8(vdir(&env).source(uid).unwrap().1).unwrap();
    assert!(text.contains("X-APPLE-TRAVEL-DURATION;VALUE=DURATION:PT45M\r\n"));
    // Three events are as many as a day may have.
    assert!(find("find 15 2031-03-17 --limit 100").is_empty());
    let ran = cal(&env, "book Tea 2031-03-17 at 9:00 --minutes 15 --yes");
    assert_eq!(ran.code, 9, "{}", ran.stdout);
    assert!(
        ran.stderr
            .contains("Monday 17 March would have more than 3 events"),
        "{}",
        ran.stderr
    );
    let ran = cal(&env, "edit dentist --travel 0 --yes");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(json(&env, "show dentist")["event"]["travel_minutes"], 0);
}
