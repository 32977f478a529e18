//! Calendars of others as users take them in: accounts on a real server, files in and out.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use super::{Ran, TestEnv};
use crate::calendar::rig::{ALONE, READERS, rig};
use legwork::calendar::dav::Account;
use serde_json::Value;

/// Whose calendars change here.
const USER: &str = ALONE[0];

/// A home whose configuration names these accounts.
fn env(accounts: &[Account]) -> TestEnv {
    let env = TestEnv::new();
    let mut config = "[me]\nzone = \"Europe/Berlin\"\n".to_owned();
    for account in accounts {
        let password = account.password.reveal();
        writeln!(
            config,
            "[[caldav]]\nname = '{}'\nurl = '{}'\nuser = '{}'\npassword = '{password}'",
            account.name, account.url, account.user,
        )
        .unwrap();
        if let Some(ca) = &account.ca {
            writeln!(config, "ca = '{}'", ca.display()).unwrap();
        }
    }
    fs::write(env.home().join("config.toml"), config).unwrap();
    env
}

fn fine(ran: Ran) -> String {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout
}

fn json(env: &TestEnv, words: &[&str]) -> Value {
    let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&fine(env.run(&words))).unwrap()
}

fn event(title: &str, sequence: u32) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\nBEGIN:VEVENT\r\nUID:e1\r\n\
         DTSTAMP:20310101T000000Z\r\nSEQUENCE:{sequence}\r\nDTSTART:20310317T090000Z\r\n\
         DTEND:20310317T100000Z\r\nSUMMARY:{title}\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\n\
         TRIGGER:-PT5M\r\nDESCRIPTION:x\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
fn one_failing_account_does_not_stop_the_others_and_the_agenda_has_their_events() {
    let rig = rig();
    let good = rig.secure_account(READERS[0]);
    let locked_out = Account {
        name: "locked".to_owned(),
        password: legwork::secret::Secret::new("wrong"),
        ..rig.account(READERS[1])
    };
    let gone = Account {
        name: "gone".to_owned(),
        url: "http://127.0.0.1:1/".parse().unwrap(),
        ..rig.account(READERS[1])
    };
    let env = env(&[gone, locked_out, good]);
    let ran = env.run(&["cal", "sync"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert_eq!(ran.stdout, "alice: 60 fetched\n", "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("error: gone: can't reach http://127.0.0.1:1/"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("refuses the password of 'bob'\nhint: check user"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("wrong"), "{}", ran.stderr);
    // The account alone is fine, and has nothing new.
    assert_eq!(
        fine(env.run(&["cal", "sync", "alice"])),
        "alice: nothing new\n"
    );
    let (start, _, uid) = rig.truth(READERS[0]).into_iter().next().unwrap();
    let listed = json(&env, &["cal", "agenda", &start[..10], "--days", "2"]);
    let events = listed["events"].as_array().unwrap();
    let found = events.iter().find(|one| one["uid"] == uid.as_str());
    let calendar = found.unwrap_or_else(|| panic!("{uid} in {listed}"))["calendar"].clone();
    assert!(
        calendar.as_str().unwrap().starts_with("alice/"),
        "{calendar}"
    );
}

/// The file of the shared event in a home.
fn file(env: &TestEnv, calendar: &str) -> PathBuf {
    let folder = env.home().join("calendar").join(USER).join(calendar);
    folder.join("e1.ics")
}

#[tokio::test]
async fn what_changed_here_is_sent_and_a_conflict_is_named() {
    let rig = rig();
    rig.make_calendar(USER, "cli-sync").await;
    let homes = [env(&[rig.account(USER)]), env(&[rig.account(USER)])];
    let sync = |side: usize| json(&homes[side], &["cal", "sync", USER])["accounts"][0].clone();
    sync(0);
    fs::write(file(&homes[0], "cli-sync"), event("Plan", 0)).unwrap();
    assert_eq!(sync(0)["pushed"], 1);
    sync(1);
    // Time that is taken on the server is not free here, nor in a run.
    let free = fine(homes[1].run(&["cal", "free", "2031-03-17"]));
    assert!(free.contains("11:00-18:00"), "{free}");
    let goal = "find a free slot of 420 minutes on 2031-03-17 as slot";
    let run = json(&homes[1], &["run", goal]);
    assert_eq!(
        run["run"]["ending"]["saved"]["slot"],
        "Monday 17 March 2031 at 11:00"
    );
    let retitled = |title: &str| event(title, 1);
    fs::write(file(&homes[0], "cli-sync"), retitled("Theirs")).unwrap();
    fs::write(file(&homes[1], "cli-sync"), retitled("Mine")).unwrap();
    assert_eq!(sync(0)["pushed"], 1);
    let clash = homes[1].run(&["cal", "sync"]);
    assert_eq!(clash.code, 0, "{}", clash.stderr);
    assert!(
        clash.stderr.starts_with(
            "conflict: erin: cli-sync/e1.ics: SUMMARY changed here and on the server, \
             the server's stays and yours is kept in [HOME]/calendar/erin/.conflicts/"
        ),
        "{}",
        clash.stderr
    );
    let text = fs::read_to_string(file(&homes[1], "cli-sync")).unwrap();
    assert!(text.contains("SUMMARY:Theirs"), "{text}");
}

#[test]
fn an_account_that_is_not_configured_is_named_with_those_that_are() {
    let none = env(&[]).run(&["cal", "sync"]);
    assert_eq!((none.code, none.stdout.as_str()), (2, ""));
    assert_eq!(
        none.stderr,
        "error: config.toml has no calendar account\n\
         hint: add a [[caldav]] part with name, url, user and password\n"
    );
    let account = Account {
        name: "work".to_owned(),
        url: "http://127.0.0.1:1/".parse().unwrap(),
        user: "u".to_owned(),
        password: legwork::secret::Secret::new("p"),
        ca: None,
    };
    let other = env(&[account]).run(&["cal", "sync", "home"]);
    assert_eq!((other.code, other.stdout.as_str()), (2, ""));
    assert_eq!(
        other.stderr,
        "error: there is no calendar account 'home'\nhint: config.toml has work\n"
    );
}

#[test]
fn an_import_says_what_came_and_an_export_gives_it_back() {
    let env = env(&[]);
    let path = env.home().join("in.ics");
    let name = path.to_str().unwrap();
    for (text, said) in [
        (event("Plan", 0), "added: e1\n"),
        (event("Plan", 0), "left as it is: e1\n"),
        (event("Plan B", 1), "updated: e1 in personal\n"),
    ] {
        fs::write(&path, text).unwrap();
        assert_eq!(fine(env.run(&["cal", "import", name])), said);
    }
    for words in [
        &["cal", "export", "--uid", "e1"][..],
        &["cal", "export", "2031-03-17"],
    ] {
        let out = fine(env.run(words));
        assert!(out.starts_with("BEGIN:VCALENDAR\r\n"), "{out}");
        assert!(out.contains("\r\nSUMMARY:Plan B\r\n"), "{out}");
    }
    let none = env.run(&["cal", "export", "--uid", "nope"]);
    assert_eq!((none.code, none.stdout.as_str()), (2, ""));
    assert!(
        none.stderr.starts_with("error: there is no event 'nope'\n"),
        "{}",
        none.stderr
    );
    assert_eq!(
        json(&env, &["cal", "import", name])["left"],
        serde_json::json!(["e1"])
    );
}

#[test]
fn an_import_reads_stdin_and_refuses_what_holds_no_event() {
    let env = env(&[]);
    let path = env.home().join("in.ics");
    fs::write(&path, event("Plan", 0)).unwrap();
    let mut command = env.command(&["cal", "import", "-"]);
    command.stdin(Stdio::from(fs::File::open(&path).unwrap()));
    assert_eq!(fine(env.ran(&command.output().unwrap())), "added: e1\n");
    fs::write(&path, "no calendar").unwrap();
    let ran = env.run(&["cal", "import", path.to_str().unwrap()]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(
        ran.stderr
            .starts_with("error: [HOME]/in.ics holds no event"),
        "{}",
        ran.stderr
    );
    let ran = env.run(&["cal", "import", "/nowhere.ics"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .starts_with("error: /nowhere.ics can't be read: "),
        "{}",
        ran.stderr
    );
}

#[test]
fn their_help_has_examples() {
    for name in ["sync", "import", "export"] {
        let help = fine(TestEnv::new().run(&["cal", name, "--help"]));
        assert!(help.contains(&format!("  legwork cal {name}")), "{help}");
    }
}

#[test]
fn an_import_stands_in_the_journal_and_is_undone_with_all_it_brought() {
    let env = env(&[]);
    let path = env.home().join("in.ics");
    let two = event("Plan", 0).replace(
        "END:VCALENDAR",
        "BEGIN:VEVENT\r\nUID:e2\r\nDTSTART:20310318T090000Z\r\nSUMMARY:Two\r\nEND:VEVENT\r\nEND:VCALENDAR",
    );
    fs::write(&path, event("Plan", 0)).unwrap();
    fine(env.run(&["cal", "import", path.to_str().unwrap()]));
    let folder = env.home().join("calendar/personal");
    let before = fs::read(folder.join("e1.ics")).unwrap();
    fs::write(&path, two.replace("SEQUENCE:0", "SEQUENCE:3")).unwrap();
    let said = fine(env.run(&["cal", "import", path.to_str().unwrap()]));
    assert_eq!(said, "added: e2\nupdated: e1 in personal\n");
    let shown = json(&env, &["journal", "show", "last"]);
    let step = &shown["steps"][0];
    assert_eq!(step["action"]["action"], "event_import", "{shown}");
    assert_eq!(step["outcome"]["status"]["is"], "done", "{shown}");
    fine(env.run(&["journal", "undo"]));
    assert_eq!(fs::read(folder.join("e1.ics")).unwrap(), before);
    assert!(!folder.join("e2.ics").exists());
}

#[tokio::test]
async fn what_a_run_did_on_a_server_and_what_a_sync_sent_is_undone_there() {
    let rig = rig();
    let user = ALONE[2];
    rig.make_calendar(user, "undo").await;
    let homes = [env(&[rig.account(user)]), env(&[rig.account(user)])];
    let at = |side: usize| {
        homes[side]
            .home()
            .join(format!("calendar/{user}/undo/e1.ics"))
    };
    let sync = |side: usize| json(&homes[side], &["cal", "sync", user])["accounts"][0].clone();
    let cal = |line: &str| fine(homes[0].run(&line.split(' ').collect::<Vec<_>>()));
    sync(0);
    // Sent by a sync: the journal knows what was before, and undoing it takes it off the server.
    fs::write(at(0), event("Plan", 0)).unwrap();
    assert_eq!(sync(0)["pushed"], 1);
    let run = json(&homes[0], &["journal", "show", "last"]);
    let id = run["run"]["id"].as_str().unwrap().to_owned();
    sync(1);
    let text = fs::read(at(1)).unwrap();
    // A booking, a move, an edit and a removal are undone on the server, each as the other home sees.
    let book = format!("cal book Tea 2031-03-18 at 10:00 --calendar {user}/undo --yes");
    let titles = |side: usize| -> Vec<String> {
        sync(side);
        let listed = json(
            &homes[side],
            &["cal", "agenda", "2031-03-16", "--days", "7"],
        );
        let events = listed["events"].as_array().unwrap().iter();
        events
            .map(|one| {
                let start = one["start"].as_str().unwrap();
                format!("{} {}", &start[8..16], one["summary"].as_str().unwrap())
            })
            .collect()
    };
    let first = titles(1);
    assert_eq!(first, ["17T09:00 Plan"]);
    for (deed, then) in [
        (book.as_str(), vec!["17T09:00 Plan", "18T10:00 Tea"]),
        ("cal move plan 2031-03-19 --yes", vec!["19T10:00 Plan"]),
        (
            "cal edit plan --title Review --yes",
            vec!["17T09:00 Review"],
        ),
        ("cal delete plan --yes", vec![]),
    ] {
        cal(deed);
        let seen = titles(1);
        let names = |all: &[String]| -> Vec<String> {
            all.iter()
                .map(|one| one.split(' ').next_back().unwrap().to_owned())
                .collect()
        };
        let then: Vec<String> = then.into_iter().map(str::to_owned).collect();
        assert_eq!(names(&seen), names(&then), "{deed}");
        assert_ne!(seen, first, "{deed}");
        cal("journal undo");
        assert_eq!(titles(1), first, "{deed}");
        assert_eq!(fs::read(at(1)).unwrap(), text, "{deed}");
    }
    fine(homes[0].run(&["journal", "undo", &id]));
    assert!(titles(1).is_empty());
    assert!(!at(0).exists());
}
