//! The calendar from plain words: `legwork run` without a model, on real files.

use std::fs;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use legwork::action::Event;
use legwork::calendar::Vdir;
use legwork::clock::Clock;
use legwork::home::Home;
use legwork::mail::Maildir;
use serde_json::Value;

use crate::cli::{Ran, TestEnv};

fn env(more: &str) -> TestEnv {
    let env = TestEnv::new();
    let config = format!("[me]\nname = \"Ada\"\nzone = \"UTC\"\nemails = [\"ada@x.test\"]\n{more}");
    fs::write(env.home().join("config.toml"), config).unwrap();
    env
}

/// The coming day of that name, never today.
fn coming(day: Weekday) -> Date {
    let today = Clock::system(TimeZone::UTC).local().date();
    today.nth_weekday(1, day).unwrap()
}

/// Writes an event as another program would.
fn plant(env: &TestEnv, uid: &str, day: Date, hours: (u32, u32), lines: &str) {
    let folder = env.home().join("calendar/personal");
    fs::create_dir_all(&folder).unwrap();
    let day = day.strftime("%Y%m%d");
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART:{day}T{:02}0000Z\r\nDTEND:{day}T{:02}0000Z\r\n\
         {lines}END:VEVENT\r\nEND:VCALENDAR\r\n",
        hours.0, hours.1
    );
    fs::write(folder.join(format!("{uid}.ics")), text).unwrap();
}

fn run(env: &TestEnv, goal: &str) -> Ran {
    env.run(&["run", goal, "--yes", "send"])
}

/// What the newest run answered.
fn answered(env: &TestEnv) -> String {
    let shown = env.run(&["journal", "show", "last", "--json"]).stdout;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    shown["run"]["ending"]["answer"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn event(env: &TestEnv, uid: &str) -> Event {
    let vdir = Vdir::open(&Home::at(env.home()).calendar()).unwrap();
    vdir.find(uid, &TimeZone::UTC).unwrap().unwrap().0
}

fn mails(env: &TestEnv, mailbox: &str) -> Vec<Value> {
    let ran = env.run(&["mail", "list", mailbox, "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
    listed["messages"].as_array().unwrap().clone()
}

#[test]
fn a_time_that_suits_the_guest_is_found_booked_and_the_invitation_sent() {
    let env = env("");
    let monday = coming(Weekday::Monday);
    // The guest has time from Thursday on.
    let busy = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nFREEBUSY:{}T000000Z/P3D\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n",
        monday.strftime("%Y%m%d")
    );
    let file = env.home().join("guest.ics");
    fs::write(&file, busy).unwrap();
    let config = env.home().join("config.toml");
    let text = fs::read_to_string(&config).unwrap();
    let people = format!(
        "[[people]]\nemail = 'guest@x.test'\nfree_busy = '{}'\n",
        file.display()
    );
    fs::write(&config, format!("{text}{people}")).unwrap();
    let ran = run(
        &env,
        "find 45 minutes with guest@x.test next week and send the invitation",
    );
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let day = monday.checked_add(jiff::Span::new().days(3)).unwrap();
    let vdir = Vdir::open(&Home::at(env.home()).calendar()).unwrap();
    let at = |day: Date| day.to_zoned_datetime(TimeZone::UTC).unwrap().timestamp();
    let later = monday.checked_add(jiff::Span::new().days(5)).unwrap();
    let events = vdir
        .agenda(at(day), at(later), &TimeZone::UTC, &[])
        .unwrap()
        .events;
    assert_eq!(events.len(), 1, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(events[0].attendees[0].email, "guest@x.test");
    assert!(
        ran.stderr.contains("Meeting with guest@x.test"),
        "{}",
        ran.stdout
    );
    let left = [mails(&env, "Outbox"), mails(&env, "Sent")].concat();
    assert_eq!(left.len(), 1);
    assert!(
        left[0]["subject"]
            .as_str()
            .unwrap()
            .starts_with("Invitation: "),
        "{left:?}"
    );
}

#[test]
fn an_event_is_moved_to_a_quiet_day_and_to_a_named_one() {
    let env = env("");
    let day = coming(Weekday::Wednesday);
    plant(&env, "dentist", day, (10, 11), "SUMMARY:Dentist\r\n");
    plant(&env, "review", day, (14, 15), "SUMMARY:Review\r\n");
    let ran = run(&env, "move my dentist to a day without meetings");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let moved = event(&env, "dentist");
    let text = format!("{:?}", moved.start);
    assert!(!text.contains(&day.to_string()), "{text}");
    // Where the dentist can't have gone.
    let far = coming(Weekday::Friday).saturating_add(21.days());
    let ran = run(&env, &format!("reschedule the review to {far} at 9:30"));
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(format!("{:?}", event(&env, "review").start).contains(&format!("{far}T09:30")));
    // Two that fit are asked back, not guessed.
    plant(
        &env,
        "review2",
        day,
        (16, 17),
        "SUMMARY:Review of the year\r\n",
    );
    let ran = run(&env, &format!("move the review to {far} at 12:00"));
    assert_eq!(ran.code, 9, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn an_invitation_is_accepted_by_its_day_and_what_clashes_declined() {
    let env = env("");
    let tuesday = coming(Weekday::Tuesday);
    let people = "ORGANIZER:mailto:boss@x.test\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@x.test\r\n";
    plant(
        &env,
        "old",
        tuesday,
        (9, 11),
        &format!("SUMMARY:Old\r\n{people}"),
    );
    plant(&env, "own", tuesday, (10, 12), "SUMMARY:Own\r\n");
    let day = tuesday.strftime("%Y%m%d");
    let text = format!(
        "From: <dana@x.test>\r\nTo: ada@x.test\r\nSubject: Plan\r\nMessage-ID: <1@x.test>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n\
         BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:plan\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART:{day}T100000Z\r\nDTEND:{day}T110000Z\r\nSUMMARY:Plan\r\n\
         ORGANIZER:mailto:dana@x.test\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ada@x.test\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    let mail = Maildir::open(&Home::at(env.home()).mail()).unwrap();
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    mail.deliver("INBOX", text.as_bytes(), now).unwrap();
    let ran = run(
        &env,
        "accept Tuesday's invitation and decline what clashes with it",
    );
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let answer = |uid: &str| format!("{:?}", event(&env, uid).attendees[0].answer);
    assert_eq!(
        (answer("plan"), answer("old")),
        ("Accepted".to_owned(), "Declined".to_owned())
    );
    let said = answered(&env);
    assert!(
        said.contains("it clashes with your own \"Own\", which stays"),
        "{said}"
    );
    assert_eq!(mails(&env, "Drafts").len(), 2);
    assert!(mails(&env, "Outbox").is_empty());
}

#[test]
fn what_is_free_is_told_and_a_meeting_called_off() {
    let env = env("");
    let thursday = coming(Weekday::Thursday);
    let people = "ORGANIZER:mailto:ada@x.test\r\nATTENDEE;CN=Dana:mailto:dana@x.test\r\n";
    plant(
        &env,
        "talk",
        thursday,
        (10, 12),
        &format!("SUMMARY:Talk\r\n{people}"),
    );
    let ran = run(&env, &format!("what is free on {thursday}?"));
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains("09:00-10:00") && ran.stderr.contains("12:00-18:00"),
        "{}",
        ran.stdout
    );
    let ran = run(&env, "cancel the meeting with Dana");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(format!("{:?}", event(&env, "talk").status), "Cancelled");
    assert_eq!(mails(&env, "Drafts").len(), 1);
    plant(&env, "solo", thursday, (15, 16), "SUMMARY:Haircut\r\n");
    let ran = run(&env, "call off my haircut");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(!env.home().join("calendar/personal/solo.ics").exists());
}
