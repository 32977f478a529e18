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

/// Runs a goal that must be done, and gives what was answered.
fn told(env: &TestEnv, goal: &str) -> String {
    let ran = run(env, goal);
    assert_eq!(ran.code, 0, "{goal}: {}{}", ran.stdout, ran.stderr);
    answered(env)
}

#[test]
fn events_are_put_into_the_calendar_in_the_users_own_words() {
    let env = env("");
    let day = coming(Weekday::Saturday);
    let full = day.strftime("%a %-d %b %Y").to_string();
    let goal = "put lunch with Ana on Saturday at 13:00 in my calendar";
    let ran = run(&env, goal);
    // On a Saturday it may be today or in a week, which is asked back.
    let today = Clock::system(TimeZone::UTC).local().weekday();
    if today == Weekday::Saturday {
        assert_eq!(ran.code, 9, "{}{}", ran.stdout, ran.stderr);
        return;
    }
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let said = answered(&env);
    assert!(
        said.contains(&format!("\"Lunch with Ana\": {full}, 13:00-13:30, UTC")),
        "{said}"
    );
    // What is taken is not booked twice.
    let again = run(
        &env,
        &format!("add event \"Fair\" on {day} at 13:15 to my calendar"),
    );
    assert_eq!(
        again.code, 0,
        "an event added by name may overlap: {}",
        again.stderr
    );
    let twice = run(&env, &format!("schedule the fair on {day} at 13:15"));
    assert_eq!(twice.code, 9, "{}{}", twice.stdout, twice.stderr);
    let said = told(&env, "add team sync every Monday at 9:00 to my calendar");
    assert!(
        said.contains("09:00-09:30, UTC, then every Monday"),
        "{said}"
    );
    let said = told(&env, "holiday from 3 to 7 March");
    assert!(
        said.contains("3 Mar to") && said.contains("7 Mar") && said.contains("all day"),
        "{said}"
    );
    let said = told(&env, "block two hours for writing");
    assert!(said.contains("\"Writing\": "), "{said}");
    let vdir = Vdir::open(&Home::at(env.home()).calendar()).unwrap();
    let (now, zone) = (Clock::system(TimeZone::UTC).now(), TimeZone::UTC);
    let later = now + jiff::SignedDuration::from_hours(24 * 22);
    let events = vdir.agenda(now, later, &zone, &[]).unwrap().events;
    let syncs = events.iter().filter(|one| one.summary == "Team sync");
    assert!((3..=4).contains(&syncs.count()), "{events:?}");
    // Without a time of day, or with words that say nothing sure, it is asked back.
    for goal in [
        "put lunch with Ana tomorrow in my calendar",
        "add choir every full moon at 20:00 to my calendar",
        "put tea next week at 3 in my calendar",
    ] {
        assert_eq!(run(&env, goal).code, 9, "{goal}");
    }
}

#[test]
fn events_are_named_by_their_time_asked_about_and_made_longer() {
    let env = env("");
    let day = coming(Weekday::Tuesday);
    let people =
        "ORGANIZER:mailto:ada@x.test\r\nATTENDEE;CN=Dana;PARTSTAT=ACCEPTED:mailto:dana@x.test\r\n";
    plant(
        &env,
        "a",
        day,
        (9, 10),
        &format!("SUMMARY:Project review\r\nLOCATION:Room 4\r\n{people}"),
    );
    plant(&env, "b", day, (15, 16), "SUMMARY:Budget meeting\r\n");
    let full = day.strftime("%a %-d %b %Y").to_string();
    let said = told(&env, "when is the review?");
    assert!(
        said.contains(&format!(
            "\"Project review\" is {full}, 09:00-10:00, UTC, 60 minutes, at Room 4"
        )),
        "{said}"
    );
    assert!(said.contains("with dana@x.test (accepted)"), "{said}");
    let said = told(&env, "what's my next meeting?");
    assert!(said.contains("Project review"), "{said}");
    let said = told(&env, "make the review half an hour longer");
    assert!(said.contains("09:00-10:30"), "{said}");
    let said = told(&env, "shorten the review to 45 minutes");
    assert!(said.contains("09:00-09:45"), "{said}");
    let said = told(
        &env,
        &format!("push my 15:00 meeting on {day} by half an hour"),
    );
    assert!(
        said.contains("\"Budget meeting\"") && said.contains("15:30-16:30"),
        "{said}"
    );
    let said = told(&env, "invite ken@y.test to the review");
    assert!(said.contains("ken@y.test"), "{said}");
    assert_eq!(event(&env, "a").attendees.len(), 2);
    assert_eq!(mails(&env, "Drafts").len(), 1);
    // Earlier or later was not said.
    assert_eq!(run(&env, "reschedule the review by an hour").code, 9);
    // Of two on one day one is not guessed.
    let ran = run(&env, &format!("cancel the meeting on {day}"));
    assert_eq!(ran.code, 9, "{}", ran.stderr);
    let said = told(&env, &format!("cancel the budget meeting on {day}"));
    assert!(said.contains(&full), "{said}");
    assert!(!env.home().join("calendar/personal/b.ics").exists());
    plant(
        &env,
        "c",
        day,
        (9, 10),
        "SUMMARY:Standup\r\nRRULE:FREQ=WEEKLY\r\n",
    );
    let ran = run(&env, "cancel the standup");
    assert_eq!(
        ran.code, 9,
        "a set is not called off unsaid: {}",
        ran.stderr
    );
    let said = told(&env, &format!("cancel the standup on {day}"));
    assert!(said.contains("Standup") && said.contains(&full), "{said}");
    let vdir = Vdir::open(&Home::at(env.home()).calendar()).unwrap();
    let (now, zone) = (Clock::system(TimeZone::UTC).now(), TimeZone::UTC);
    let later = now + jiff::SignedDuration::from_hours(24 * 22);
    let events = vdir.agenda(now, later, &zone, &[]).unwrap().events;
    assert!(
        events.iter().filter(|one| one.uid == "c").count() >= 2,
        "{events:?}"
    );
}
