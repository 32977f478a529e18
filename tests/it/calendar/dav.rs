//! The mirror of a real `CalDAV` server: truth, conflicts, races.

use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use legwork::action::{Event, EventPatch, Interval, Moment, NewEvent, Which};
use legwork::calendar::Vdir;
use legwork::calendar::dav::{Account, Booked, Booking, Error, Mirror};
use legwork::clock::Clock;
use legwork::deadline::Deadline;
use legwork::secret::Secret;

use super::rig::{ALONE, READERS, WRITER, rig};
use super::{at, berlin, review};

fn minute() -> Deadline {
    Deadline::after(Duration::from_mins(1))
}

fn year(folder: &Path) -> Vec<Event> {
    let vdir = Vdir::open(folder).unwrap();
    let listing = vdir
        .agenda(
            at("2026-01-01T00:00:00Z"),
            at("2027-01-01T00:00:00Z"),
            &berlin(),
            &[],
        )
        .unwrap();
    assert_eq!(listing.diagnostics, Vec::<String>::new());
    listing.events
}

fn utc(moment: &Moment) -> String {
    match moment {
        Moment::Time(time) => time.timestamp().to_string(),
        Moment::Day(day) => day
            .to_zoned_datetime(berlin())
            .unwrap()
            .timestamp()
            .to_string(),
    }
}

#[tokio::test]
async fn busy_time_of_every_user_is_the_truth_of_the_server() {
    let rig = rig();
    for user in READERS {
        let home = tempfile::tempdir().unwrap();
        let mut mirror = Mirror::open(home.path(), &rig.secure_account(user)).unwrap();
        let first = mirror.sync(&minute()).await.unwrap();
        assert_eq!((first.pulled, first.problems.len()), (60, 0), "{user}");
        assert!(
            first.trips <= 8,
            "a first sync takes {} requests",
            first.trips
        );
        let mut busy: Vec<(String, String, String)> = year(home.path())
            .iter()
            .filter(|event| event.busy)
            .map(|event| (utc(&event.start), utc(&event.end), event.uid.clone()))
            .collect();
        busy.sort();
        assert_eq!(busy, rig.truth(user), "{user}");
        let again = mirror.sync(&minute()).await.unwrap();
        assert_eq!(
            (again.trips, again.pulled, again.pushed),
            (1, 0, 0),
            "{user}"
        );
    }
}

/// Two mirrors of one new calendar of the writer, the way two machines have it.
struct Pair {
    homes: [tempfile::TempDir; 2],
    mirrors: Vec<Mirror>,
    /// Whose calendars they are, and which of them.
    user: &'static str,
    calendar: String,
}

impl Pair {
    async fn of(user: &'static str, calendar: &str) -> Self {
        let rig = rig();
        rig.make_calendar(user, calendar).await;
        let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let mut mirrors = Vec::new();
        for home in &homes {
            let mut mirror = Mirror::open(home.path(), &rig.account(user)).unwrap();
            mirror.sync(&minute()).await.unwrap();
            mirrors.push(mirror);
        }
        let calendar = calendar.to_owned();
        Self {
            homes,
            mirrors,
            user,
            calendar,
        }
    }

    fn vdir(&self, side: usize) -> Vdir {
        Vdir::open(self.homes[side].path()).unwrap()
    }

    fn file(&self, side: usize, name: &str) -> std::path::PathBuf {
        self.homes[side]
            .path()
            .join(self.user)
            .join(&self.calendar)
            .join(name)
    }

    fn change(&self, side: usize, uid: &str, patch: &EventPatch) {
        let edit = legwork::calendar::Edit {
            uid,
            which: &Which::All {},
            zone: &berlin(),
            now: at("2026-02-01T00:00:00Z"),
        };
        self.vdir(side).update(&edit, patch).unwrap();
    }

    async fn sync(&mut self, side: usize) -> legwork::calendar::dav::Synced {
        self.mirrors[side].sync(&minute()).await.unwrap()
    }
}

const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:UIDUID\r\n\
DTSTAMP:20260101T000000Z\r\nDTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\nSUMMARY:Plan\r\nLOCATION:A\r\n\
X-ODD;P=b:kept\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[tokio::test]
async fn changes_of_two_machines_meet_property_by_property() {
    let rig = rig();
    let mut pair = Pair::of(ALONE[3], "merge").await;
    let (name, uid) = ("merged-event.ics", "merged-event");
    fs::write(pair.file(0, name), EVENT.replace("UIDUID", uid)).unwrap();
    assert_eq!(pair.sync(0).await.pushed, 1);
    assert_eq!(pair.sync(1).await.pulled, 1);
    let words = |summary: Option<&str>, location: Option<&str>| EventPatch {
        summary: summary.map(str::to_owned),
        location: location.map(str::to_owned),
        ..EventPatch::default()
    };
    pair.change(0, uid, &words(Some("Mine"), None));
    pair.change(1, uid, &words(None, Some("B")));
    assert_eq!(pair.sync(0).await.conflicts, Vec::<String>::new());
    let merged = pair.sync(1).await;
    assert_eq!(
        (merged.pushed, merged.conflicts.len()),
        (1, 0),
        "{merged:?}"
    );
    pair.sync(0).await;
    let sides = [0, 1].map(|side| pair.vdir(side).find(uid, &berlin()).unwrap().unwrap().0);
    assert_eq!(sides[0], sides[1]);
    assert_eq!(
        (sides[0].summary.as_str(), sides[0].location.as_str()),
        ("Mine", "B")
    );
    let kept = fs::read_to_string(pair.file(0, name)).unwrap();
    assert!(kept.contains("X-ODD;P=b:kept\r\n"), "{kept}");

    pair.change(0, uid, &words(Some("First"), None));
    pair.change(1, uid, &words(Some("Second"), None));
    pair.sync(0).await;
    let lost = pair.sync(1).await;
    assert_eq!(lost.conflicts.len(), 1, "{lost:?}");
    assert!(
        lost.conflicts[0]
            .starts_with("merge/merged-event.ics: SUMMARY changed here and on the server"),
        "{lost:?}"
    );
    let kept = pair.homes[1]
        .path()
        .join(pair.user)
        .join(".conflicts/merge")
        .join(name);
    assert!(fs::read_to_string(kept).unwrap().contains("SUMMARY:Second"));
    assert_eq!(
        pair.vdir(1)
            .find(uid, &berlin())
            .unwrap()
            .unwrap()
            .0
            .summary,
        "First"
    );
    drop(rig);
}

#[tokio::test]
async fn removals_travel_and_a_change_outlives_one() {
    let rig = rig();
    let mut pair = Pair::of(ALONE[4], "gone").await;
    for uid in ["gone-a", "gone-b", "gone-c"] {
        fs::write(
            pair.file(0, &format!("{uid}.ics")),
            EVENT.replace("UIDUID", uid),
        )
        .unwrap();
    }
    assert_eq!(pair.sync(0).await.pushed, 3);
    assert_eq!(pair.sync(1).await.pulled, 3);
    fs::remove_file(pair.file(0, "gone-a.ics")).unwrap();
    fs::remove_file(pair.file(0, "gone-b.ics")).unwrap();
    let patch = EventPatch {
        summary: Some("Changed".to_owned()),
        ..EventPatch::default()
    };
    pair.change(1, "gone-b", &patch);
    fs::remove_file(pair.file(0, "gone-c.ics")).unwrap();
    pair.change(1, "gone-c", &patch);
    pair.sync(1).await;
    let after = pair.sync(0).await;
    assert_eq!(after.problems, Vec::<String>::new());
    assert_eq!(pair.sync(1).await.removed, 1);
    for side in [0, 1] {
        assert!(pair.vdir(side).find("gone-a", &berlin()).unwrap().is_none());
        for uid in ["gone-b", "gone-c"] {
            let (event, _) = pair.vdir(side).find(uid, &berlin()).unwrap().unwrap();
            assert_eq!(event.summary, "Changed");
        }
    }
    drop(rig);
}

#[tokio::test]
async fn what_may_not_be_written_stays_here_and_is_named() {
    let rig = rig();
    let home = tempfile::tempdir().unwrap();
    let mut account = rig.account("bob");
    account.url = account.url.join("/alice/").unwrap();
    let mut mirror = Mirror::open(home.path(), &account).unwrap();
    mirror.sync(&minute()).await.unwrap();
    account.password = Secret::new("wrong");
    account.name = "wrong".to_owned();
    let error = Mirror::open(home.path(), &account)
        .unwrap()
        .sync(&minute())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Login { .. }), "{error}");
    assert!(
        error.to_string().ends_with("refuses the password of 'bob'"),
        "{error}"
    );
    let mut untrusted = rig.secure_account("bob");
    untrusted.ca = None;
    untrusted.name = "untrusted".to_owned();
    let error = Mirror::open(home.path(), &untrusted)
        .unwrap()
        .sync(&minute())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    let error = Mirror::open(home.path(), &rig.account("../bob")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the calendar account '../bob' needs a name of letters, digits, - and _"
    );
    let plain = Account {
        url: "http://calendar.example.org/".parse().unwrap(),
        ..rig.account("plain")
    };
    let error = Mirror::open(home.path(), &plain).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the calendar account 'plain' would send its password unencrypted, use https"
    );
}

fn overlaps(event: &NewEvent, events: &[Event]) -> Result<(), String> {
    let busy: Vec<Interval> = legwork::calendar::busy_of(events, &berlin());
    let at = |moment: &Moment| match moment {
        Moment::Time(time) => time.timestamp(),
        Moment::Day(_) => unreachable!(),
    };
    let (start, end) = (at(&event.start), at(&event.end));
    match busy.iter().find(|one| one.start < end && start < one.end) {
        Some(one) => Err(format!("busy from {}", one.start)),
        None => Ok(()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_racing_bookings_exactly_one_stands() {
    let rig = rig();
    rig.make_calendar(WRITER, "race").await;
    let event = review();
    let homes: Vec<tempfile::TempDir> = (0..50).map(|_| tempfile::tempdir().unwrap()).collect();
    let mut racers = tokio::task::JoinSet::new();
    for (index, home) in homes.iter().enumerate() {
        let (path, account, event) = (home.path().to_owned(), rig.account(WRITER), event.clone());
        racers.spawn(async move {
            let deadline = Deadline::after(Duration::from_mins(2));
            let mut mirror = Mirror::open(&path, &account).unwrap();
            let clock = Clock::system(TimeZone::UTC);
            let booking = Booking {
                event: &event,
                key: &format!("race-{index}"),
                calendar: Some("race"),
                me: &[],
                clock: &clock,
            };
            mirror
                .book(&deadline, &booking, |busy| overlaps(&event, busy))
                .await
                .unwrap()
        });
    }
    let mut written = Vec::new();
    while let Some(booked) = racers.join_next().await {
        if let Booked::Written { uid } = booked.unwrap() {
            written.push(uid);
        }
    }
    assert_eq!(written.len(), 1, "{written:?}");
    let home = tempfile::tempdir().unwrap();
    Mirror::open(home.path(), &rig.account(WRITER))
        .unwrap()
        .sync(&minute())
        .await
        .unwrap();
    let there: Vec<_> = fs::read_dir(home.path().join("dora/race"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, [format!("{}.ics", written[0])]);
}

#[tokio::test]
async fn booking_twice_with_one_key_books_once() {
    let rig = rig();
    rig.make_calendar(WRITER, "twice").await;
    let event = NewEvent {
        start: Moment::Time("2027-03-15T09:30:00[Europe/Berlin]".parse().unwrap()),
        end: Moment::Time("2027-03-15T10:00:00[Europe/Berlin]".parse().unwrap()),
        ..review()
    };
    let mut uids = Vec::new();
    let clock = Clock::system(berlin());
    for _ in 0..2 {
        let home = tempfile::tempdir().unwrap();
        let mut mirror = Mirror::open(home.path(), &rig.account(WRITER)).unwrap();
        let booking = Booking {
            event: &event,
            key: "k",
            calendar: Some("twice"),
            me: &[],
            clock: &clock,
        };
        match mirror
            .book(&minute(), &booking, |busy| overlaps(&event, busy))
            .await
            .unwrap()
        {
            Booked::Written { uid } => uids.push(uid),
            other @ (Booked::Taken { .. } | Booked::Withdrawn { .. }) => panic!("{other:?}"),
        }
        let missing = Booking {
            calendar: Some("nowhere"),
            ..booking
        };
        let error = mirror
            .book(&minute(), &missing, |_| Ok(()))
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the calendar account 'dora' has no calendar 'nowhere' to book in"
        );
        let other = NewEvent {
            end: Moment::Time("2027-03-15T11:00:00[Europe/Berlin]".parse().unwrap()),
            ..event.clone()
        };
        let clash = Booking {
            event: &other,
            ..booking
        };
        let error = mirror
            .book(&minute(), &clash, |_| Ok(()))
            .await
            .unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("holds another event for the same request"),
            "{error}"
        );
    }
    assert_eq!(uids[0], uids[1]);
}

#[tokio::test]
async fn busy_time_of_others_is_asked_without_their_words() {
    let rig = rig();
    let home = tempfile::tempdir().unwrap();
    let mirror = Mirror::open(home.path(), &rig.account("bob")).unwrap();
    let url = rig.account("bob").url.join("/alice/work/").unwrap();
    let window = (at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z"));
    let busy = mirror
        .free_busy(&minute(), &url, window, &berlin())
        .await
        .unwrap();
    for (start, end, uid) in rig.truth("alice") {
        let (start, end) = (at(&start), at(&end));
        // A server may know no off-rule start and no floating zone; plain events it must name.
        let is_plain = uid.rsplit('-').next().unwrap().parse::<u32>().unwrap() % 15 == 0;
        if is_plain && start >= window.0 && end <= window.1 {
            let covers = |one: &Interval| one.start <= start && end <= one.end;
            assert!(busy.iter().any(covers), "{uid} {start} in {busy:?}");
        }
    }
    assert!(!busy.is_empty());
    let elsewhere = "http://127.0.0.2:1/".parse().unwrap();
    let error = mirror
        .free_busy(&minute(), &elsewhere, window, &berlin())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "http://127.0.0.2:1/ is not on the account's host"
    );
}
