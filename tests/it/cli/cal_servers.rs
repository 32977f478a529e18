//! The calendar's commands and what servers make of them: some tell people by themselves, some say
//! when others are busy, some fail.

use std::fmt::Write as _;
use std::fs;

use axum::Router;
use axum::routing::get;
use serde_json::Value;
use tokio::task::JoinSet;

use super::{Ran, TestEnv};
use crate::calendar::faults::{Fault, Server};
use crate::calendar::rig::{READERS, rig};
use legwork::calendar::dav::Account;

/// A home with that account and more of a configuration.
fn env(account: &Account, more: &str) -> TestEnv {
    let env = TestEnv::new();
    let mut config = "[me]\nname = 'Ada'\nzone = 'UTC'\nemails = ['ada@x.test']\n".to_owned();
    writeln!(
        config,
        "{more}\n[[caldav]]\nname = '{}'\nurl = '{}'\nuser = '{}'\npassword = '{}'",
        account.name,
        account.url,
        account.user,
        account.password.reveal()
    )
    .unwrap();
    fs::write(env.home().join("config.toml"), config).unwrap();
    env
}

fn run(env: &TestEnv, line: &str) -> Ran {
    env.run(&line.split(' ').collect::<Vec<_>>())
}

fn fine(env: &TestEnv, line: &str) -> String {
    let ran = run(env, line);
    assert_eq!(ran.code, 0, "{line}: {}{}", ran.stdout, ran.stderr);
    ran.stdout
}

const THREADS: &str = "the server answers while a command runs";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_writes_to_guests_itself_is_told_not_to_or_left_to_it() {
    let server = Server::with(0, Fault::Schedules).await;
    let env = env(&server.account, "[calendar]\nwrite_to = 'fake/cal'\n");
    fine(&env, "cal sync");
    // Invited from here: the server is told to keep quiet, and the letter has no trace of it.
    fine(
        &env,
        "cal book Review 2031-03-17 at 14:00 --invite guest@x.test --yes",
    );
    let stored = server.events();
    let mark =
        "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;SCHEDULE-AGENT=CLIENT";
    let text = stored[0].1.replace("\r\n ", "");
    assert!(text.contains(mark), "{THREADS}: {text}");
    fine(&env, "cal invite review");
    let drafts: Value = serde_json::from_str(&fine(&env, "mail list Drafts --json")).unwrap();
    assert_eq!(drafts["messages"].as_array().unwrap().len(), 1);
    // Invited by a program that leaves it to the server: no letter is written besides.
    let theirs = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\nBEGIN:VEVENT\r\nUID:theirs\r\n\
        DTSTAMP:20310101T000000Z\r\nDTSTART:20310318T090000Z\r\nDTEND:20310318T100000Z\r\n\
        SUMMARY:Audit\r\nORGANIZER:mailto:ada@x.test\r\nATTENDEE:mailto:guest@x.test\r\nEND:VEVENT\r\n\
        END:VCALENDAR\r\n";
    fs::write(env.home().join("calendar/fake/cal/theirs.ics"), theirs).unwrap();
    fine(&env, "cal sync");
    let ran = run(&env, "cal invite audit");
    assert_eq!(ran.code, 9, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr
            .contains("the server of 'fake' tells them by itself"),
        "{}",
        ran.stderr
    );
    let drafts: Value = serde_json::from_str(&fine(&env, "mail list Drafts --json")).unwrap();
    assert_eq!(drafts["messages"].as_array().unwrap().len(), 1);
}

/// Start and end of the slots of a day, in UTC.
fn slots(env: &TestEnv, line: &str) -> (Vec<(String, String)>, String) {
    let found: Value = serde_json::from_str(&fine(env, &format!("{line} --json"))).unwrap();
    let slots = found["slots"].as_array().unwrap().iter();
    let at = |slot: &Value, name: &str| {
        let text = slot[name].as_str().unwrap();
        let at: jiff::ZonedDateTime = text.parse().unwrap();
        at.timestamp().to_string()
    };
    let all = slots.map(|slot| (at(slot, "start"), at(slot, "end")));
    (all.collect(), found["note"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guests_are_asked_when_they_are_busy_on_their_server_and_at_their_address() {
    let rig = rig();
    let account = rig.account(READERS[0]);
    // A day on which the guest is busy within the working hours, as the server's truth has it; the
    // server itself is an hour off with events of London, so one of elsewhere is taken.
    let truth = rig.truth(READERS[1]);
    let (start, end, _) = truth
        .iter()
        .find(|(start, end, uid)| {
            let hour: u32 = start[11..13].parse().unwrap();
            let day: jiff::civil::Date = start[..10].parse().unwrap();
            ["bob-5", "bob-35"].contains(&uid.as_str())
                && start[..10] == end[..10]
                && start[..10] > *"2026-12-01"
                && (9..16).contains(&hour)
                && !matches!(
                    day.weekday(),
                    jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday
                )
        })
        .unwrap_or_else(|| panic!("no such day in {truth:?}"));
    let published = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\n\
        DTSTART:20260101T090000Z\r\nDTEND:20260101T130000Z\r\nRRULE:FREQ=DAILY\r\nSUMMARY:x\r\n\
        END:VEVENT\r\nEND:VCALENDAR\r\n";
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/carol.ics", get(move || async move { published }));
    let mut served = JoinSet::new();
    served.spawn(async move { axum::serve(listener, router).await.unwrap() });
    let people = format!(
        "[[people]]\nemail = 'bob@mail.test'\nfree_busy = '{}bob/work/'\n\
         [[people]]\nemail = 'carol@mail.test'\nfree_busy = 'http://{address}/carol.ics'\n\
         [[people]]\nemail = 'gone@mail.test'\nfree_busy = 'http://{address}/gone.ics'\n",
        account.url
    );
    let env = env(&account, &people);
    let day = &start[..10];
    let find = |with: &str| slots(&env, &format!("cal find 15 {day} --limit 100{with}"));
    let overlaps = |slots: &[(String, String)], (from, to): (&str, &str)| {
        slots
            .iter()
            .any(|(start, end)| start.as_str() < to && end.as_str() > from)
    };
    let (alone, _) = find("");
    assert!(overlaps(&alone, (start, end)), "{alone:?} {start} {end}");
    let (with_bob, note) = find(" --with bob@mail.test");
    assert_eq!(note, "");
    assert!(
        !with_bob.is_empty() && !overlaps(&with_bob, (start, end)),
        "{with_bob:?}"
    );
    let (with_carol, note) = find(" --with carol@mail.test");
    assert_eq!(note, "");
    let morning = (format!("{day}T09:00:00Z"), format!("{day}T13:00:00Z"));
    assert!(
        !with_carol.is_empty() && !overlaps(&with_carol, (&morning.0, &morning.1)),
        "{with_carol:?}"
    );
    // Whose times can't be read or are not known is said, not guessed.
    let (_, note) = find(" --with gone@mail.test --with stranger@x.test");
    assert!(
        note.contains("the times of gone@mail.test can't be read: there is nothing at")
            && note.contains("the times of stranger@x.test are not known"),
        "{note}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_failing_server_refuses_is_named_and_stays_here() {
    let server = Server::with(2, Fault::None).await;
    let env = env(&server.account, "[calendar]\nwrite_to = 'fake/cal'\n");
    assert_eq!(fine(&env, "cal sync"), "fake: 2 fetched\n");
    let folder = env.home().join("calendar/fake/cal");
    let own = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\nBEGIN:VEVENT\r\nUID:own\r\n\
        DTSTAMP:20310101T000000Z\r\nDTSTART:20310318T090000Z\r\nSUMMARY:Own\r\nEND:VEVENT\r\n\
        END:VCALENDAR\r\n";
    fs::write(folder.join("own.ics"), own).unwrap();
    for (fault, code, want) in [
        (Fault::Write(403), 0, "cal/own.ics: http"),
        (
            Fault::Write(412),
            0,
            "keeps changing under this program's hands",
        ),
        (Fault::Write(507), 0, "has no room left"),
        (Fault::Write(500), 4, "answers with status 500"),
        (Fault::Listing(500), 4, "answers with status 500"),
        (Fault::Listing(403), 4, "does not allow this"),
        (Fault::Text("<html>Please log in</html>"), 4, "http"),
    ] {
        server.set(fault);
        let ran = run(&env, "cal sync");
        assert_eq!(ran.code, code, "{fault:?}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(want), "{fault:?}: {}", ran.stderr);
        assert_eq!(fs::read_to_string(folder.join("own.ics")).unwrap(), own);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 3, "{fault:?}");
    }
    // A booking that the server refuses is not in the calendar, and is not called booked.
    for (fault, want) in [
        (Fault::Write(403), "does not allow this"),
        (Fault::Write(500), "answers with status 500"),
        (Fault::Write(507), "has no room left"),
    ] {
        server.set(fault);
        let ran = run(&env, "cal book Talk 2031-03-17 at 14:00 --yes");
        assert_ne!(ran.code, 0, "{fault:?}: {}", ran.stdout);
        assert!(
            format!("{}{}", ran.stdout, ran.stderr).contains(want),
            "{fault:?}: {}{}",
            ran.stdout,
            ran.stderr
        );
        assert!(!fine(&env, "cal agenda 2031-03-17").contains("Talk"));
    }
    // Once it answers again, what waited is sent.
    server.set(Fault::None);
    assert_eq!(fine(&env, "cal sync"), "fake: 1 sent\n");
    assert!(server.events().iter().any(|(name, _)| name == "own.ics"));
}
