//! The loop with real hands: scripted runs of the program on a real mailbox and calendar.

mod events;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use jiff::{Timestamp, ZonedDateTime};
use legwork::action::{Action, Click, Effect, MailId, Moment, NewEvent, Outcome, Ref, Status};
use legwork::agent::journal::Journal;
use legwork::agent::record::{RunRecord, StepRecord};
use legwork::calendar::Vdir;
use legwork::home::Home;
use legwork::mail::Maildir;
use rustix::process::{Pid, Signal, kill_process};

use crate::cli::{Ran, TestEnv};

const NOW: &str = "2027-03-14T09:30:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// A mailbox with one message.
fn inbox(env: &TestEnv) -> (Maildir, MailId) {
    let mail = Maildir::open(&Home::at(env.home()).mail()).unwrap();
    let bytes = b"From: Bob <bob@mail.test>\r\nTo: ada@mail.test\r\nSubject: Lunch\r\n\
        Message-ID: <1@mail.test>\r\nDate: Sun, 14 Mar 2027 09:00:00 +0000\r\n\r\nTomorrow?\r\n";
    let id = mail.deliver("INBOX", bytes, now()).unwrap();
    (mail, id)
}

fn script(env: &TestEnv, actions: &serde_json::Value) -> String {
    let file = env.home().join("script.json");
    fs::write(&file, actions.to_string()).unwrap();
    format!("script:{}", file.display())
}

fn run(env: &TestEnv, goal: &str, actions: &serde_json::Value, more: &[&str]) -> Ran {
    let planner = script(env, actions);
    env.run(&[&["run", goal, "--planner", &planner], more].concat())
}

/// Every file below `folder` with its content.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn move_to_archive(id: &MailId) -> serde_json::Value {
    serde_json::json!([{ "action": "mail_move", "id": id, "mailbox": "Archive" }])
}

#[test]
fn a_move_is_read_back_journalled_and_reported() {
    let env = TestEnv::new();
    let (mail, id) = inbox(&env);
    let ran = run(&env, "archive the mail", &move_to_archive(&id), &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(mail.locate(&id).unwrap().unwrap().mailbox, "Archive");
    let shown = env.run(&["journal", "show", "last", "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    let evidence = &shown["steps"][0]["outcome"]["evidence"][0];
    assert_eq!(evidence["fact"], "moved to Archive");
    let source = evidence["source"].as_str().unwrap();
    let source = source.replace("[HOME]", &env.home().display().to_string());
    assert!(Path::new(&source).exists(), "{source}");
    assert_eq!(shown["run"]["ending"]["is"], "verified");
    let report = env.run(&["report", "last"]);
    let file = report
        .stdout
        .trim()
        .replace("[HOME]", &env.home().display().to_string());
    assert!(
        fs::read_to_string(file)
            .unwrap()
            .contains("moved to Archive")
    );
}

#[test]
fn a_dry_run_lists_and_changes_nothing() {
    let env = TestEnv::new();
    let (_, id) = inbox(&env);
    let before = files(&Home::at(env.home()).mail());
    let ran = run(
        &env,
        "archive the mail",
        &move_to_archive(&id),
        &["--dry-run"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("intended, not done"), "{}", ran.stderr);
    assert_eq!(files(&Home::at(env.home()).mail()), before);
}

#[test]
fn what_the_words_do_not_ask_for_is_refused() {
    let env = TestEnv::new();
    let (mail, id) = inbox(&env);
    let ran = run(
        &env,
        "read my newest mail",
        &move_to_archive(&id),
        &["--yes", "write"],
    );
    assert_eq!(ran.code, 7, "{}", ran.stderr);
    assert_eq!(mail.locate(&id).unwrap().unwrap().mailbox, "INBOX");
}

#[test]
fn sending_asks_and_nobody_there_is_a_no() {
    let env = TestEnv::new();
    let (mail, _) = inbox(&env);
    fs::write(
        env.home().join("config.toml"),
        "[me]\nemails = ['ada@mail.test']\n",
    )
    .unwrap();
    let draft = serde_json::json!([{
        "action": "mail_draft", "subject": "Lunch", "body": "Yes",
        "to": [{ "name": "Bob", "email": "bob@mail.test" }],
    }]);
    let ran = run(&env, "write to bob@mail.test", &draft, &["--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let id = ran["steps"][0]["outcome"]["output"]["value"].clone();
    let id: MailId = serde_json::from_value(id).unwrap();
    let send = serde_json::json!([{ "action": "mail_send", "id": id }]);
    assert_eq!(run(&env, "send it", &send, &[]).code, 7);
    assert_eq!(mail.locate(&id).unwrap().unwrap().mailbox, "Drafts");
    let ran = run(&env, "send it", &send, &["--yes", "send"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(mail.locate(&id).unwrap().unwrap().mailbox, "Outbox");
}

#[test]
fn ctrl_c_leaves_the_journal_whole() {
    let env = TestEnv::new();
    inbox(&env);
    let wait = serde_json::json!([
        { "action": "mail_search", "mailbox": "INBOX", "limit": 5 },
        { "action": "wait", "limit_ms": 60_000, "until": {
            "is": "mail", "mailbox": "INBOX", "query": { "subject": "never" } } },
    ]);
    let planner = script(&env, &wait);
    let mut child = env
        .command(&["run", "wait for mail", "--planner", &planner])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first step's line says that the second one has begun, or is about to.
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().contains("look for mail") {}
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let shown = env.run(&["journal", "show", "last", "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["run"]["ending"]["is"], "stopped");
}

fn a_run() -> RunRecord {
    RunRecord {
        id: "20270314-093000-00000".to_owned(),
        goal: "add an event".to_owned(),
        planner: "script".to_owned(),
        grant: Vec::new(),
        dry_run: false,
        started: now(),
        ended: None,
        ending: None,
    }
}

fn a_step(action: Action, effect: Effect, title: &str) -> StepRecord {
    StepRecord {
        number: 1,
        turn: 1,
        at: now(),
        action,
        effect,
        title: title.to_owned(),
        why: String::new(),
        decision: "allowed".to_owned(),
        outcome: None,
        took_ms: 0,
        page_url: None,
        picture: None,
    }
}

/// A run that was killed right after it journalled its intent to write `event`; returns the key.
fn cut_off(home: &Home, event: &NewEvent) -> String {
    let run = a_run();
    let id = run.id.clone();
    let write = Action::EventCreate(Box::new(event.clone()));
    let step = a_step(write, Effect::Write, "write the event \"Dentist\"");
    Journal::begin(home, run).unwrap().intend(&step).unwrap();
    format!("{id}/1")
}

#[test]
fn the_next_run_says_what_was_left_uncertain_after_looking() {
    for took_effect in [true, false] {
        let env = TestEnv::new();
        let home = Home::at(env.home());
        let (_, id) = inbox(&env);
        let at = |text: &str| Moment::Time(text.parse::<ZonedDateTime>().unwrap());
        let event = NewEvent {
            summary: "Dentist".to_owned(),
            start: at("2027-03-15T10:00:00+00:00[UTC]"),
            end: at("2027-03-15T10:30:00+00:00[UTC]"),
            location: String::new(),
            description: String::new(),
            guests: Vec::new(),
            travel_minutes: 0,
            calendar: String::new(),
            if_free: false,
            rule: String::new(),
            organizer: String::new(),
        };
        let key = cut_off(&home, &event);
        if took_effect {
            let calendar = Vdir::open(&home.calendar()).unwrap();
            calendar.create(&event, &key, now()).unwrap();
        }
        let said = run(&env, "archive the mail", &move_to_archive(&id), &[]).stderr;
        let want = if took_effect {
            "it did take effect"
        } else {
            "it did not take effect"
        };
        assert!(
            said.contains("was cut off at step 1") && said.contains(want),
            "{said}"
        );
        let again = run(&env, "archive the mail", &move_to_archive(&id), &[]).stderr;
        assert!(!again.contains("was cut off"), "{again}");
    }
}

#[test]
fn a_click_that_nobody_knows_the_end_of_is_told_of_by_the_next_run() {
    let env = TestEnv::new();
    let home = Home::at(env.home());
    let (_, id) = inbox(&env);
    let mut journal = Journal::begin(&home, a_run()).unwrap();
    let click = Action::Click(Click::on(Ref(7)));
    let mut step = a_step(click, Effect::Commit, "click \"Confirm booking\"");
    journal.intend(&step).unwrap();
    let status = Status::Uncertain {};
    step.outcome = Some(Outcome {
        status,
        ..Outcome::done("stopped by the user")
    });
    journal.conclude(step).unwrap();
    drop(journal);
    let said = run(&env, "archive the mail", &move_to_archive(&id), &[]).stderr;
    assert!(
        said.contains("is unsure of step 1: click \"Confirm booking\""),
        "{said}"
    );
    assert!(
        said.contains("look whether it took effect before you repeat it"),
        "{said}"
    );
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() {
    let env = TestEnv::new();
    let home = Home::at(env.home());
    let (_, id) = inbox(&env);
    let database = rusqlite::Connection::open(home.database()).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    let ran = run(&env, "archive the mail", &move_to_archive(&id), &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("newer legwork") && ran.stderr.contains("hint: update"));
}
