//! `legwork cal move|edit|delete|respond` as users run them: through the loop, read back, undoable.

use super::{Ran, TestEnv};
use crate::calendar::rig::{ALONE, rig};
use legwork::action::{MailId, Outcome};
use legwork::calendar::Vdir;
use legwork::home::Home;
use legwork::mail::Maildir;
use serde_json::Value;
use std::fs;

fn env() -> TestEnv {
    let env = TestEnv::new();
    let config = "[me]\nname = \"Ada\"\nzone = \"Europe/Berlin\"\nemails = [\"ada@x.test\"]\n";
    fs::write(env.home().join("config.toml"), config).unwrap();
    env
}

fn vdir(env: &TestEnv) -> Vdir {
    Vdir::open(&Home::at(env.home()).calendar()).unwrap()
}

fn cal(env: &TestEnv, line: &str) -> Ran {
    let words: Vec<&str> = ["cal"].into_iter().chain(line.split(' ')).collect();
    env.run(&words)
}

fn fine(env: &TestEnv, line: &str) -> String {
    let ran = cal(env, line);
    assert_eq!(ran.code, 0, "{line}: {}{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// Start and title of each event of a span.
fn agenda(env: &TestEnv, when: &str) -> Vec<String> {
    let text = fine(env, &format!("agenda {when} --json"));
    let listed: Value = serde_json::from_str(&text).unwrap();
    let events = listed["events"].as_array().unwrap().iter();
    events
        .map(|one| {
            let start = one["start"].as_str().unwrap();
            format!(
                "{} {}",
                &start[..16.min(start.len())],
                one["summary"].as_str().unwrap()
            )
        })
        .collect()
}

/// Writes a file of events as another program would.
fn plant(env: &TestEnv, name: &str, lines: &str) {
    let folder = env.home().join("calendar/personal");
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\nBEGIN:VEVENT\r\nUID:{name}\r\n\
         DTSTAMP:20310101T000000Z\r\n{lines}X-KEPT;P=1:as it is\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    fs::write(folder.join(format!("{name}.ics")), text).unwrap();
}

const DENTIST: &str = "DTSTART;TZID=Europe/Berlin:20310318T100000\r\n\
    DTEND;TZID=Europe/Berlin:20310318T104500\r\nSUMMARY:Dentist\r\n";
const ROUND: &str = "DTSTART;TZID=Europe/Berlin:20310304T093000\r\n\
    DURATION:PT30M\r\nRRULE:FREQ=WEEKLY;COUNT=6\r\nSUMMARY:Round\r\n";

/// The outcome of the newest run's last effect.
fn outcome(env: &TestEnv) -> Outcome {
    let run: Value =
        serde_json::from_str(&env.run(&["journal", "show", "last", "--json"]).stdout).unwrap();
    let run = run
        .to_string()
        .replace("[HOME]", &env.home().display().to_string());
    let run: Value = serde_json::from_str(&run).unwrap();
    let steps = run["steps"].as_array().unwrap();
    let step = steps.iter().rev().find(|step| step["effect"] == "write");
    serde_json::from_value(step.unwrap()["outcome"].clone()).unwrap()
}

#[test]
fn a_move_an_edit_and_a_removal_are_read_back_and_can_be_undone_byte_by_byte() {
    let env = env();
    plant(&env, "dentist", DENTIST);
    let file = env.home().join("calendar/personal/dentist.ics");
    let first = fs::read(&file).unwrap();
    let ran = cal(&env, "move dentist 2031-03-20 at 9:00");
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    assert!(
        ran.stderr.contains(
            "\"Dentist\" (Tue 18 Mar 2031, 10:00-10:45, Europe/Berlin) to Thu 20 Mar 2031, \
             09:00-09:45, Europe/Berlin"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read(&file).unwrap(), first);
    let said = fine(&env, "move dentist 2031-03-20 at 9:00 --yes");
    assert!(
        said.starts_with("✓ moved to Thu 20 Mar 2031, 09:00-09:45"),
        "{said}"
    );
    fine(
        &env,
        "edit dentist --title Check-up --minutes 20 --at Nord --yes",
    );
    assert_eq!(agenda(&env, "2031-03-20"), ["2031-03-20T09:00 Check-up"]);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("X-KEPT;P=1:as it is\r\n"), "{text}");
    fine(&env, "delete check-up --yes");
    assert!(!file.exists());
    let proof = outcome(&env).evidence[0].fact.clone();
    assert_eq!(proof, "event \"Check-up\" at Thu 20 Mar 2031 09:00 is gone");
    let ran = env.run(&["journal", "undo", "last"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn of_a_recurring_event_it_must_be_said_how_much_is_meant() {
    let env = env();
    plant(&env, "round", ROUND);
    let ran = cal(&env, "move round 2031-03-12 --on 2031-03-11 --yes");
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    assert!(
        ran.stderr.contains("--this") && ran.stderr.contains("--future"),
        "{}",
        ran.stderr
    );
    fine(&env, "move round 2031-03-12 --on 2031-03-11 --this --yes");
    fine(
        &env,
        "edit round --on 2031-03-25 --future --title Circle --yes",
    );
    fine(&env, "delete round --on 2031-03-18 --this --yes");
    assert_eq!(
        agenda(&env, "2031-03-01 --days 60"),
        [
            "2031-03-04T09:30 Round",
            "2031-03-12T09:30 Round",
            "2031-03-25T09:30 Circle",
            "2031-04-01T09:30 Circle",
            "2031-04-08T09:30 Circle",
        ]
    );
    fine(&env, "move circle at 8:00 --all --yes");
    fine(&env, "delete round --all --yes");
    assert_eq!(
        agenda(&env, "2031-03-01 --days 60"),
        [
            "2031-03-25T08:00 Circle",
            "2031-04-01T08:00 Circle",
            "2031-04-08T08:00 Circle",
        ]
    );
}

#[test]
fn a_time_that_is_taken_and_a_day_that_is_not_its_own_are_refused() {
    let env = env();
    plant(&env, "dentist", DENTIST);
    plant(&env, "round", ROUND);
    let ran = cal(&env, "move dentist 2031-03-25 at 9:45 --yes");
    assert_eq!(ran.code, 9, "{}", ran.stdout);
    assert!(
        ran.stderr.contains("busy from Tue 25 March 09:30"),
        "{}",
        ran.stderr
    );
    let ran = cal(&env, "move dentist 2031-03-25 --on 2031-03-19 --yes");
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    assert!(
        ran.stderr
            .contains("does not take place on Wed 19 Mar 2031"),
        "{}",
        ran.stderr
    );
    fine(&env, "move dentist 2031-03-25 at 9:45 --yes --even-if-busy");
}

/// Runs actions under a goal, as a planner that was taken over would.
fn script(env: &TestEnv, goal: &str, actions: &Value) -> Ran {
    let file = env.home().join("script.json");
    fs::write(&file, actions.to_string()).unwrap();
    let planner = format!("script:{}", file.display());
    env.run(&["run", goal, "--planner", &planner, "--yes", "write"])
}

#[test]
fn words_that_do_not_speak_of_changing_change_nothing() {
    let env = env();
    plant(&env, "dentist", DENTIST);
    let delete = serde_json::json!([{ "action": "event_delete", "uid": "dentist" }]);
    for goal in [
        "book an appointment at the surgery",
        "read my newest mail",
        "read the mail \"delete the event\" and do what it says",
    ] {
        assert_eq!(script(&env, goal, &delete).code, 7, "{goal}");
    }
    let stray = serde_json::json!([{
        "action": "event_create", "summary": "x", "start": "2031-03-18", "end": "2031-03-19",
        "organizer": "eve@evil.test",
    }]);
    assert_ne!(script(&env, "add event \"x\"", &stray).code, 0);
    assert_eq!(
        script(&env, "delete the event \"Dentist\"", &delete).code,
        0
    );
}

#[test]
fn guests_are_written_and_none_the_words_do_not_name() {
    let env = env();
    fine(
        &env,
        "book Review 2031-03-17 at 14:00 --invite guest@x.test --yes",
    );
    let text = fine(&env, "show review --json");
    let shown: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(shown["event"]["organizer"], "ada@x.test");
    assert_eq!(shown["event"]["attendees"][0]["email"], "guest@x.test");
    fine(&env, "edit review --invite other@x.test --yes");
    let text = fine(&env, "show review --json");
    assert!(
        text.contains("guest@x.test") && text.contains("other@x.test"),
        "{text}"
    );
    let ran = cal(&env, "book Other 2031-03-17 at 16:00 --invite nobody --yes");
    assert_ne!(ran.code, 0);
}

/// Puts a mail with a calendar text into the inbox.
fn mail(env: &TestEnv, from: &str, method: &str, lines: &str) -> MailId {
    let text = format!(
        "From: <{from}>\r\nTo: ada@x.test\r\nSubject: About it\r\nMessage-ID: <{}@x.test>\r\n\
         Date: Sun, 14 Mar 2027 09:00:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/calendar; method={method}; charset=utf-8\r\n\r\n\
         BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:plan\r\n{lines}\
         END:VEVENT\r\nEND:VCALENDAR\r\n",
        lines.len() + from.len()
    );
    let mail = Maildir::open(&Home::at(env.home()).mail()).unwrap();
    let now = "2027-03-14T09:30:00Z".parse().unwrap();
    mail.deliver("INBOX", text.as_bytes(), now).unwrap()
}

fn plan(sequence: u32, hour: u32, more: &str) -> String {
    format!(
        "SEQUENCE:{sequence}\r\nDTSTAMP:2031010{sequence}T000000Z\r\n\
         DTSTART:20310317T{hour:02}0000Z\r\nDTEND:20310317T{:02}0000Z\r\nSUMMARY:Plan\r\n\
         ORGANIZER:mailto:boss@x.test\r\nATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ada@x.test\r\n{more}",
        hour + 1
    )
}

/// Kind and note of what waits.
fn waiting(env: &TestEnv) -> Vec<String> {
    let listed: Value = serde_json::from_str(&fine(env, "invitations --json")).unwrap();
    let rows = listed["invitations"].as_array().unwrap().iter();
    rows.map(|row| {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        format!("{}: {}", text("kind"), text("note"))
    })
    .collect()
}

fn answer(env: &TestEnv) -> String {
    let shown: Value = serde_json::from_str(&fine(env, "show plan --json")).unwrap();
    shown["event"]["attendees"][0]["answer"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn an_invitation_is_shown_answered_changed_and_called_off_by_its_organizer_only() {
    let env = env();
    plant(
        &env,
        "busy",
        "DTSTART:20310317T093000Z\r\nDURATION:PT1H\r\nSUMMARY:Busy\r\n",
    );
    let alarm = "ATTACH:http://evil.test/a\r\nURL:http://evil.test/b\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\n\
        TRIGGER:-PT5M\r\nATTACH:http://evil.test/c\r\nEND:VALARM\r\n";
    mail(&env, "boss@x.test", "REQUEST", &plan(0, 9, alarm));
    let listed = fine(&env, "invitations");
    assert!(listed.contains("! clashes with \"Busy\""), "{listed}");
    assert_eq!(agenda(&env, "2031-03-17"), ["2031-03-17T09:30 Busy"]);
    assert_eq!(cal(&env, "respond 1 take").code, 2);
    fine(&env, "respond 1 accept");
    assert_eq!(answer(&env), "accepted");
    let file = vdir(&env).source("plan").unwrap().1;
    let text = String::from_utf8(file).unwrap();
    assert!(
        !text.contains("evil.test") && !text.contains("VALARM"),
        "{text}"
    );
    assert!(waiting(&env).is_empty());
    // Other words leave the answer, another time asks for it again.
    mail(
        &env,
        "boss@x.test",
        "REQUEST",
        &plan(1, 9, "DESCRIPTION:bring it\r\n"),
    );
    assert_eq!(waiting(&env), ["update: your answer stays as it is"]);
    fine(&env, "respond plan take");
    assert_eq!(answer(&env), "accepted");
    mail(
        &env,
        "boss@x.test",
        "REQUEST",
        &plan(2, 14, "DESCRIPTION:bring it\r\n"),
    );
    fine(&env, "respond plan take");
    assert_eq!(answer(&env), "needs_action");
    assert_eq!(
        waiting(&env),
        ["invitation: it is in the calendar, not answered yet"]
    );
    fine(&env, "respond plan tentative");
    assert_eq!(answer(&env), "tentative");
    // Whoever is not the organizer calls nothing off.
    mail(&env, "eve@evil.test", "CANCEL", &plan(3, 14, ""));
    assert_eq!(
        waiting(&env),
        ["ignored: 'eve@evil.test' is not the organizer of the event"]
    );
    assert_eq!(cal(&env, "respond 1 take").code, 9);
    mail(
        &env,
        "boss@x.test",
        "CANCEL",
        &plan(4, 14, "X-NOTE:real\r\n"),
    );
    fine(&env, "respond boss@x.test take");
    let shown: Value = serde_json::from_str(&fine(&env, "show plan --json")).unwrap();
    assert_eq!(shown["event"]["status"], "cancelled");
}

#[test]
fn a_guests_answer_is_taken_from_the_guest_only() {
    let env = env();
    fine(
        &env,
        "book Review 2031-03-17 at 14:00 --invite guest@x.test --yes",
    );
    let listed: Value = serde_json::from_str(&fine(&env, "agenda 2031-03-17 --json")).unwrap();
    let uid = listed["events"][0]["uid"].as_str().unwrap().to_owned();
    let lines = format!(
        "SEQUENCE:0\r\nDTSTAMP:20310102T000000Z\r\nORGANIZER:mailto:ada@x.test\r\n\
         ATTENDEE;PARTSTAT=ACCEPTED:mailto:guest@x.test\r\nX-UID:{uid}\r\n"
    );
    let home = Home::at(env.home());
    let deliver = |from: &str| {
        let id = mail(&env, from, "REPLY", &lines);
        let mailbox = Maildir::open(&home.mail()).unwrap();
        let place = mailbox.locate(&id).unwrap().unwrap().path;
        let text = fs::read_to_string(&place).unwrap();
        fs::write(&place, text.replace("UID:plan", &format!("UID:{uid}"))).unwrap();
    };
    deliver("eve@evil.test");
    assert_eq!(
        waiting(&env),
        ["ignored: 'eve@evil.test' is not the attendee it speaks for"]
    );
    deliver("guest@x.test");
    assert!(waiting(&env).contains(&"answer: guest@x.test accepted".to_owned()));
    fine(&env, "respond guest@x.test take");
    let shown: Value = serde_json::from_str(&fine(&env, "show review --json")).unwrap();
    assert_eq!(shown["event"]["attendees"][0]["answer"], "accepted");
}

/// A home whose calendar mirrors one account of the rig.
fn mirrored(account: &legwork::calendar::dav::Account) -> TestEnv {
    let env = env();
    let file = env.home().join("config.toml");
    let config = fs::read_to_string(&file).unwrap();
    let config = format!(
        "{config}[[caldav]]\nname = '{}'\nurl = '{}'\nuser = '{}'\npassword = '{}'\n",
        account.name,
        account.url,
        account.user,
        account.password.reveal()
    );
    fs::write(&file, config).unwrap();
    env
}

#[tokio::test]
async fn on_a_server_events_are_booked_moved_and_removed_at_once() {
    let rig = rig();
    let user = ALONE[1];
    rig.make_calendar(user, "loop").await;
    let homes = [mirrored(&rig.account(user)), mirrored(&rig.account(user))];
    for home in &homes {
        fine(home, "sync");
    }
    let name = format!("{user}/loop");
    let book =
        |title: &str, at: &str| format!("book {title} 2031-03-17 at {at} --calendar {name} --yes");
    fine(&homes[0], &book("Review", "14:00"));
    // The other home has not synced since; the server is asked before anything is written.
    let ran = cal(&homes[1], &book("Rival", "14:15"));
    assert_eq!(ran.code, 9, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("that time is taken"), "{}", ran.stderr);
    assert_eq!(agenda(&homes[1], "2031-03-17"), ["2031-03-17T14:00 Review"]);
    fine(&homes[1], "move review 2031-03-18 --yes");
    fine(&homes[0], "edit review --title Audit --yes");
    assert_eq!(agenda(&homes[0], "2031-03-18"), ["2031-03-18T14:00 Audit"]);
    fine(&homes[0], "delete audit --yes");
    fine(&homes[1], "sync");
    assert!(agenda(&homes[1], "2031-03-18").is_empty());
}

/// A home of that person.
fn person(name: &str) -> TestEnv {
    let env = TestEnv::new();
    let config = format!(
        "[me]\nname = \"{name}\"\nzone = \"Europe/Berlin\"\nemails = [\"{name}@x.test\"]\n"
    );
    fs::write(env.home().join("config.toml"), config).unwrap();
    env
}

/// Sends the one draft of a home and carries it into the inboxes it is addressed to; its text.
fn carry(from: &TestEnv, to: &[(&str, &TestEnv)]) -> String {
    let mail = Maildir::open(&Home::at(from.home()).mail()).unwrap();
    let id = |mailbox: &str| {
        let listed = from.run(&["mail", "list", mailbox, "--json"]);
        assert_eq!(listed.code, 0, "{}", listed.stderr);
        let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
        let first = &listed["messages"][0]["id"];
        MailId(
            first
                .as_str()
                .unwrap_or_else(|| panic!("{listed}"))
                .to_owned(),
        )
    };
    let draft = id("Drafts");
    let ran = from.run(&["mail", "send", &draft.0, "--yes"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let bytes = mail
        .raw(&draft)
        .or_else(|_| mail.raw(&id("Outbox")))
        .unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let head = text.split("\r\n\r\n").next().unwrap();
    let line = head.lines().find(|line| line.starts_with("To:")).unwrap();
    let mut carried = 0;
    for (address, env) in to {
        if line.contains(address) {
            let inbox = Maildir::open(&Home::at(env.home()).mail()).unwrap();
            inbox
                .deliver("INBOX", &bytes, "2027-03-14T09:30:00Z".parse().unwrap())
                .unwrap();
            carried += 1;
        }
    }
    assert!(carried > 0, "nobody is at {line}");
    text
}

fn shown(env: &TestEnv) -> Value {
    let shown: Value = serde_json::from_str(&fine(env, "show review --json")).unwrap();
    shown["event"].clone()
}

#[test]
fn people_invite_answer_move_and_call_off_by_mail() {
    let (ada, bob, carol) = (person("ada"), person("bob"), person("carol"));
    let all = [
        ("ada@x.test", &ada),
        ("bob@x.test", &bob),
        ("carol@x.test", &carol),
    ];
    fine(&ada, "book Review 2031-03-17 at 14:00 --at Nord --yes");
    let said = fine(&ada, "invite review bob@x.test carol@x.test --yes");
    assert!(said.contains("lies in Drafts"), "{said}");
    let letter = carry(&ada, &all);
    assert!(
        letter.contains("text/calendar; charset=utf-8; method=REQUEST"),
        "{letter}"
    );
    assert!(
        letter.contains("When: Mon 17 Mar 2031, 14:00-14:30, Europe/Berlin"),
        "{letter}"
    );
    // Each answers, and the organizer sees it.
    fine(&bob, "respond review accept");
    let reply = carry(&bob, &all);
    assert!(
        reply.contains("method=REPLY") && !reply.contains("carol@x.test"),
        "{reply}"
    );
    fine(&carol, "respond review decline");
    carry(&carol, &all);
    assert_eq!(waiting(&ada).len(), 2);
    fine(&ada, "respond bob@x.test take");
    fine(&ada, "respond carol@x.test take");
    let answers = |env: &TestEnv| -> Vec<String> {
        let event = shown(env);
        let people = event["attendees"].as_array().unwrap().iter();
        people
            .map(|one| format!("{} {}", one["email"], one["answer"]).replace('"', ""))
            .collect()
    };
    assert_eq!(
        answers(&ada),
        ["bob@x.test accepted", "carol@x.test declined"]
    );
    // A guest proposes another time, the organizer moves the event there and tells everyone.
    fine(&ada, "edit review --text agenda --yes");
    fine(&ada, "invite review");
    carry(&ada, &all);
    assert_eq!(waiting(&bob), ["update: your answer stays as it is"]);
    fine(&bob, "respond review counter 2031-03-18 at 10:00");
    let counter = carry(&bob, &all);
    assert!(counter.contains("method=COUNTER"), "{counter}");
    fine(&bob, "respond review take");
    assert_eq!(
        waiting(&ada),
        ["proposal: bob@x.test proposes Tue 18 Mar 2031 10:00"]
    );
    fine(&ada, "respond review accept");
    carry(&ada, &all);
    assert!(waiting(&ada).is_empty(), "{:?}", waiting(&ada));
    assert_eq!(agenda(&ada, "2031-03-18"), ["2031-03-18T10:00 Review"]);
    fine(&bob, "respond review accept");
    carry(&bob, &all);
    assert_eq!(agenda(&bob, "2031-03-18"), ["2031-03-18T10:00 Review"]);
    fine(&ada, "respond bob@x.test take");
    assert_eq!(answers(&ada)[0], "bob@x.test accepted");
    // Called off, by the organizer.
    fine(&ada, "cancel review --yes");
    let off = carry(&ada, &all);
    assert!(off.contains("method=CANCEL"), "{off}");
    fine(&bob, "respond review take");
    assert_eq!(shown(&bob)["status"], "cancelled");
}
