//! Calendar files as they should not be: each is named by file and line, and none is lost or changed.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::TestEnv;

fn calendar(body: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\n{body}END:VCALENDAR\r\n")
}

/// An event at nine, with more lines.
fn event(uid: &str, lines: &str) -> String {
    event_at(uid, "DTSTART:20310317T090000Z\r\n", lines)
}

fn event_at(uid: &str, start: &str, lines: &str) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20310101T000000Z\r\n{start}SUMMARY:{uid}\r\n{lines}END:VEVENT\r\n"
    )
}

fn one(uid: &str, lines: &str) -> Vec<u8> {
    calendar(&event(uid, lines)).into_bytes()
}

/// A file's name, what it holds, the titles it shows, and what is said of it.
type Case = (
    &'static str,
    Vec<u8>,
    Vec<&'static str>,
    Option<&'static str>,
);

#[expect(clippy::too_many_lines, reason = "a flat table")]
fn cases() -> Vec<Case> {
    let marked = [b"\xEF\xBB\xBF".as_slice(), &one("bom", "")].concat();
    let mac = String::from_utf8(one("mac", ""))
        .unwrap()
        .replace("\r\n", "\r");
    let lower = calendar(&event("lower", "")).to_lowercase();
    // Folded between the two bytes of one letter.
    let folded = String::from_utf8(one("x", "")).unwrap();
    let folded = folded.replace("SUMMARY:x", "SUMMARY:Caf\u{1}\u{2}");
    let folded: Vec<u8> = folded
        .bytes()
        .flat_map(|byte| match byte {
            1 => b"\xC3\r\n ".to_vec(),
            2 => b"\xA9".to_vec(),
            byte => vec![byte],
        })
        .collect();
    let half = calendar(&format!("{}{}", event("whole", ""), event("half", "")));
    let half = half
        .split("SUMMARY:half")
        .next()
        .unwrap()
        .as_bytes()
        .to_vec();
    let zone = event_at("zone", "DTSTART;TZID=Middle/Earth:20310317T090000\r\n", "");
    let odd = event_at("odd", "DTSTART:tomorrow\r\n", "");
    let never = "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n";
    vec![
        ("bom", marked, vec!["bom"], None),
        ("mac", mac.into_bytes(), vec!["mac"], None),
        ("lower", lower.into_bytes(), vec!["lower"], None),
        ("folded", folded, vec!["Café"], None),
        (
            "never",
            one("never", never),
            vec!["never"],
            Some("line 4: event has an RRULE that never comes true, only its start counts"),
        ),
        (
            "over",
            one("over", "RRULE:FREQ=DAILY;UNTIL=20300101T000000Z\r\n"),
            vec!["over"],
            Some("line 4: event ends recurring before it starts"),
        ),
        (
            "strange",
            one("strange", "RRULE:FREQ=SOMETIMES\r\n"),
            vec!["strange"],
            Some("line 4: event has an unreadable RRULE"),
        ),
        (
            "backwards",
            one("backwards", "DTEND:20310317T080000Z\r\n"),
            vec!["backwards"],
            Some("line 4: event ends before it starts"),
        ),
        (
            "zone",
            calendar(&zone).into_bytes(),
            vec!["zone"],
            Some("line 7: zone 'Middle/Earth' is not known, your own zone is used"),
        ),
        (
            "twice",
            calendar(&format!("{}{}", event("twice", ""), event("twice", ""))).into_bytes(),
            vec!["twice"],
            Some("line 10: another event has the same UID, the newer one counts"),
        ),
        (
            "half",
            half,
            vec!["half", "whole"],
            Some("line 10: VEVENT has no end, the file may be half written"),
        ),
        (
            "odd",
            calendar(&format!("{odd}{}", event("after", ""))).into_bytes(),
            vec!["after"],
            Some("line 4: event has no readable DTSTART and is left out"),
        ),
        (
            "bare",
            event("bare", "").into_bytes(),
            vec!["bare"],
            Some("line 1: has no VCALENDAR around its events, which are read all the same"),
        ),
        (
            "empty",
            Vec::new(),
            vec![],
            Some("line 1: holds no VCALENDAR"),
        ),
    ]
}

#[test]
fn bad_files_are_named_by_line_and_the_rest_of_them_lives() {
    for (name, bytes, titles, said) in cases() {
        let env = TestEnv::new();
        fs::write(
            env.home().join("config.toml"),
            "[me]\nzone = 'Europe/Berlin'\n",
        )
        .unwrap();
        let folder = env.home().join("calendar/personal");
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}.ics"));
        fs::write(&file, &bytes).unwrap();
        let ran = env.run(&["cal", "agenda", "2031-03-17", "--json"]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
        let events = listed["events"].as_array().unwrap().iter();
        let mut found: Vec<&str> = events.map(|one| one["summary"].as_str().unwrap()).collect();
        found.sort_unstable();
        let mut titles = titles;
        titles.sort_unstable();
        if name == "half" {
            // Of what is cut off nothing is made up.
            titles = vec!["", "whole"];
        }
        assert_eq!(found, titles, "{name}: {listed}");
        let human = env.run(&["cal", "agenda", "2031-03-17"]);
        match said {
            None => assert_eq!(human.stderr, "", "{name}"),
            Some(said) => {
                let said = format!("personal/{name}.ics: {said}");
                assert!(human.stderr.contains(&said), "{name}: {}", human.stderr);
            }
        }
        assert_eq!(fs::read(&file).unwrap(), bytes, "{name}");
    }
}

#[test]
fn a_rule_of_millions_is_cut_and_named_and_the_calendar_stays_usable() {
    let env = TestEnv::new();
    fs::write(env.home().join("config.toml"), "[me]\nzone = 'UTC'\n").unwrap();
    let folder = env.home().join("calendar/personal");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("bomb.ics"),
        one("bomb", "RRULE:FREQ=SECONDLY\r\n"),
    )
    .unwrap();
    fs::write(folder.join("fine.ics"), one("fine", "")).unwrap();
    let ran = env.run(&["cal", "agenda", "2031-03-17", "--json"]);
    let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in listed["events"].as_array().unwrap() {
        *counts.entry(one["summary"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!((counts["bomb"], counts["fine"]), (10_000, 1));
    let said =
        "personal/bomb.ics: line 4: event recurs too often, only its first instances are listed";
    assert!(
        listed["diagnostics"].to_string().contains(said),
        "{}",
        listed["diagnostics"]
    );
    let ran = env.run(&["cal", "book", "Talk", "2031-03-18 at 10:00", "--yes"]);
    assert!([0, 2].contains(&ran.code), "{}", ran.stderr);
}

#[test]
fn two_files_of_one_event_are_both_kept_and_the_newer_shown() {
    let env = TestEnv::new();
    fs::write(env.home().join("config.toml"), "[me]\nzone = 'UTC'\n").unwrap();
    let folder = env.home().join("calendar/personal");
    fs::create_dir_all(&folder).unwrap();
    let files = [
        ("a.ics", one("two", "LOCATION:A\r\n")),
        ("b.ics", one("two", "SEQUENCE:1\r\nLOCATION:B\r\n")),
    ];
    for (name, bytes) in &files {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let ran = env.run(&["cal", "agenda", "2031-03-17"]);
    assert!(ran.stdout.contains("two  B"), "{}", ran.stdout);
    let said = "personal/b.ics: line 4: another event has the same UID, the newer one counts";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    for (name, bytes) in &files {
        assert_eq!(fs::read(folder.join(name)).unwrap(), *bytes);
    }
}

#[test]
fn a_file_that_holds_two_versions_of_one_event_is_taken_in_whole() {
    let env = TestEnv::new();
    fs::write(env.home().join("config.toml"), "[me]\nzone = 'UTC'\n").unwrap();
    let file = env.home().join("two.ics");
    let both = format!(
        "{}{}",
        event("two", "LOCATION:A\r\n"),
        event("two", "SEQUENCE:1\r\nLOCATION:B\r\n")
    );
    fs::write(&file, calendar(&both)).unwrap();
    let ran = env.run(&["cal", "import", file.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = env.run(&["cal", "import", file.to_str().unwrap()]);
    assert!(
        ran.stdout.contains("left as it is: two"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    let ran = env.run(&["cal", "agenda", "2031-03-17"]);
    assert!(ran.stdout.contains("two  B"), "{}", ran.stdout);
}

#[test]
fn a_file_without_events_says_what_it_holds() {
    let env = TestEnv::new();
    for (name, body, code, want) in [
        (
            "busy.ics",
            "BEGIN:VFREEBUSY\r\nUID:b\r\nEND:VFREEBUSY\r\n",
            2,
            "holds no event, only 1 list of busy times",
        ),
        (
            "task.ics",
            "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\n",
            0,
            "holds no event but 1 task, which no list shows",
        ),
    ] {
        let file = env.home().join(name);
        fs::write(&file, calendar(body)).unwrap();
        let ran = env.run(&["cal", "import", file.to_str().unwrap()]);
        assert_eq!(ran.code, code, "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(want), "{name}: {}", ran.stderr);
    }
}
