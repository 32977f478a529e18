//! The calendar through its public face, on folders as other programs leave them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is a test: a failed set-up is a failed test"
)]

mod dav;
mod edits;
pub(crate) mod faults;
mod mangled;
pub(crate) mod rig;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use legwork::action::{Moment, NewEvent};
use legwork::calendar::{Error, Listing, Method, Vdir, invitation};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/ics")
        .join(name)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn year(vdir: &Vdir) -> Listing {
    vdir.agenda(
        at("2026-01-01T00:00:00Z"),
        at("2027-01-01T00:00:00Z"),
        &berlin(),
        &[],
    )
    .unwrap()
}

fn review() -> NewEvent {
    NewEvent {
        summary: "Review, part 1; \u{202E}é".to_owned(),
        start: Moment::Time("2026-03-14T09:30:00[Europe/Berlin]".parse().unwrap()),
        end: Moment::Time("2026-03-14T10:00:00[Europe/Berlin]".parse().unwrap()),
        location: "Room 4".to_owned(),
        description: "First line\nsecond line, which is long enough to be folded: ".repeat(3),
        guests: Vec::new(),
        travel_minutes: 0,
        calendar: String::new(),
        if_free: false,
        rule: String::new(),
        organizer: String::new(),
    }
}

/// `truth-busy.txt` was written by Python's recurring-ical-events 3.8 over icalendar 7.3.
#[test]
fn instances_agree_with_an_independent_library() {
    let vdir = Vdir::open(&fixture("truth")).unwrap();
    let listing = year(&vdir);
    assert_eq!(listing.diagnostics, Vec::<String>::new());
    let moment = |moment: &Moment| match moment {
        Moment::Time(time) => time.timestamp(),
        Moment::Day(day) => day.to_zoned_datetime(berlin()).unwrap().timestamp(),
    };
    let mut busy: Vec<String> = listing
        .events
        .iter()
        .filter(|event| event.busy)
        .map(|event| {
            format!(
                "{} {} {}",
                moment(&event.start),
                moment(&event.end),
                event.uid
            )
        })
        .collect();
    busy.sort();
    let truth = fs::read_to_string(fixture("truth-busy.txt")).unwrap();
    assert_eq!(busy, truth.lines().collect::<Vec<&str>>());
    // By ical.js 2.2 with the zones of luxon 3.7; it drops the start of a rule that does not fall
    // on it, so it lists fewer, and each of those two others agree on.
    let second = fs::read_to_string(fixture("truth-busy-icaljs.txt")).unwrap();
    assert!(second.lines().count() >= 160);
    for line in second.lines() {
        assert!(busy.iter().any(|one| one == line), "{line}");
    }
    let merged = vdir
        .busy(
            at("2026-01-01T00:00:00Z"),
            at("2027-01-01T00:00:00Z"),
            &berlin(),
            &[],
        )
        .unwrap();
    assert!(merged.is_sorted() && merged.windows(2).all(|two| two[0].end < two[1].start));
}

#[test]
fn broken_files_cost_only_themselves() {
    let listing = year(&Vdir::open(&fixture("broken")).unwrap());
    let names: Vec<&str> = listing
        .events
        .iter()
        .map(|event| event.summary.as_str())
        .collect();
    let want = [
        "Good",
        "Bad line",
        "After the bad line",
        "Whole",
        "Caf\u{FFFD}",
        "From a Mac",
        "Behind a misspelled end",
        "Taken out",
        "Without a name of its own",
    ];
    assert_eq!(names, want);
    for problem in [
        "home/b-bad-line.ics: line 7: 'this line is broken' is no property",
        "home/c-half.ics: line 11: 'DTSTART;TZID=Euro' ends within its parameters",
        "home/c-half.ics: line 9: VEVENT has no end, the file may be half written",
        "home/d-latin1.ics: line 6: has bytes that are not UTF-8",
        "home/e-noise.ics: line 1: holds no VCALENDAR",
        "home/g-empty.ics: line 1: holds no VCALENDAR",
        "home/h-slips.ics: line 15: 'VTOOD' is taken for the end of VTODO",
        "home/h-slips.ics: line 16: VEVENT has no end, the file may be half written",
        "home/h-slips.ics: line 19: zone 'New Zealand Standard Time' is another one by its own VTIMEZONE",
        "home/h-slips.ics: line 33: event changes an occurrence that an EXDATE takes out",
        "home/h-slips.ics: line 41: event has no UID",
    ] {
        let found = listing
            .diagnostics
            .iter()
            .any(|line| line.starts_with(problem));
        assert!(found, "{problem} is not in {:#?}", listing.diagnostics);
    }
    assert!(
        !listing
            .diagnostics
            .iter()
            .any(|line| line.contains("a-good") || line.contains("f-mac"))
    );
}

#[test]
fn one_key_writes_one_event_that_reads_back() {
    let home = tempfile::tempdir().unwrap();
    let vdir = Vdir::open(&home.path().join("calendar")).unwrap();
    let uid = vdir
        .create(&review(), "run 1 step 4", at("2026-03-01T08:00:00Z"))
        .unwrap();
    assert_eq!(
        vdir.create(&review(), "run 1 step 4", at("2026-03-02T08:00:00Z"))
            .unwrap(),
        uid
    );

    let (event, path) = vdir.find(&uid, &berlin()).unwrap().unwrap();
    assert_eq!((event.start, event.end), (review().start, review().end));
    assert_eq!(event.summary, "Review, part 1; é");
    assert_eq!(
        (event.location, event.description),
        (review().location, review().description)
    );
    assert!(event.busy && !event.recurring);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);

    let mut other = review();
    other.location = "Room 5".to_owned();
    let error = vdir
        .create(&other, "run 1 step 4", at("2026-03-01T08:00:00Z"))
        .unwrap_err();
    assert!(matches!(error, Error::KeyTaken { .. }), "{error}");

    assert!(vdir.remove(&uid).unwrap());
    assert!(!vdir.remove(&uid).unwrap());
    assert_eq!(year(&vdir), Listing::default());
}

#[test]
fn racing_writers_of_one_key_write_one_event() {
    let home = tempfile::tempdir().unwrap();
    let vdir = Vdir::open(home.path()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                vdir.create(&review(), "key", at("2026-03-01T08:00:00Z"))
                    .unwrap()
            });
        }
    });
    assert_eq!(year(&vdir).events.len(), 1);
    assert_eq!(
        fs::read_dir(home.path().join("personal")).unwrap().count(),
        1
    );
}

#[test]
fn senseless_events_are_refused_in_words() {
    let home = tempfile::tempdir().unwrap();
    let vdir = Vdir::open(home.path()).unwrap();
    let refused = |event: &NewEvent| {
        vdir.create(event, "k", Timestamp::UNIX_EPOCH)
            .unwrap_err()
            .to_string()
    };
    let mut event = review();
    event.end = event.start.clone();
    assert!(refused(&event).contains("is not after its start at 2026-03-14T09:30"));
    event.end = Moment::Day("2026-03-15".parse().unwrap());
    assert_eq!(
        refused(&event),
        "the event's start and end must both be times or both be whole days"
    );
    event = review();
    event.summary = "  ".to_owned();
    assert_eq!(refused(&event), "the event has no summary");
    assert_eq!(year(&vdir).events.len(), 0);
}

#[test]
fn events_of_others_are_never_removed() {
    let home = tempfile::tempdir().unwrap();
    let vdir = Vdir::open(home.path()).unwrap();
    let file = home.path().join("personal/legwork-x.ics");
    fs::create_dir(home.path().join("personal")).unwrap();
    fs::copy(fixture("broken/home/a-good.ics"), &file).unwrap();
    assert!(matches!(vdir.remove("good"), Err(Error::NotOurs { .. })));
    let ours = vdir.create(&review(), "k", Timestamp::UNIX_EPOCH).unwrap();
    let (_, path) = vdir.find(&ours, &berlin()).unwrap().unwrap();
    let both = fs::read_to_string(&path).unwrap() + &fs::read_to_string(&file).unwrap();
    fs::write(&path, both).unwrap();
    assert!(matches!(vdir.remove(&ours), Err(Error::NotOurs { .. })));
    assert!(file.exists() && path.exists());
}

#[test]
fn own_refusals_free_and_cancelled_events_are_not_busy() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("work")).unwrap();
    let event = |uid: &str, hour: u32, more: &str| {
        format!(
            "BEGIN:VEVENT\nUID:{uid}\nDTSTART:20260310T{hour:02}0000Z\nDURATION:PT1H\n{more}\nEND:VEVENT\n"
        )
    };
    let text = [
        event("a", 8, "ATTENDEE;PARTSTAT=DECLINED:MAILTO:Me@Example.org"),
        event(
            "b",
            10,
            "ATTENDEE;PARTSTAT=DECLINED:mailto:other@example.org",
        ),
        event("c", 12, "TRANSP:TRANSPARENT"),
        event("d", 14, "STATUS:CANCELLED"),
        event("e", 16, "STATUS:TENTATIVE"),
        event("f", 17, "SUMMARY:touches the one before"),
    ];
    let text = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", text.concat());
    fs::write(home.path().join("work/all.ics"), text).unwrap();
    let vdir = Vdir::open(home.path()).unwrap();
    let me = ["me@example.org".to_owned()];
    let busy = vdir
        .busy(
            at("2026-03-10T00:00:00Z"),
            at("2026-03-10T17:30:00Z"),
            &berlin(),
            &me,
        )
        .unwrap();
    let busy: Vec<String> = busy
        .iter()
        .map(|one| format!("{} {}", one.start, one.end))
        .collect();
    assert_eq!(
        busy,
        [
            "2026-03-10T10:00:00Z 2026-03-10T11:00:00Z",
            "2026-03-10T16:00:00Z 2026-03-10T17:30:00Z"
        ]
    );
}

#[test]
fn an_invitation_is_read_as_data() {
    let text = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:i-1\r\nSEQUENCE:2\r\n\
        DTSTART;TZID=Pacific Standard Time:20260310T090000\r\nDURATION:PT30M\r\nSUMMARY:Plan\\, \u{202E}x\r\n\
        ORGANIZER;CN=\"Ada; L\":MAILTO:ada@example.org\r\n\
        ATTENDEE;CN=Me;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:me@example.org\r\n\
        BEGIN:VALARM\r\nACTION:EMAIL\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let invite = invitation(text, &berlin()).unwrap();
    assert_eq!((invite.method, invite.sequence), (Method::Request, 2));
    assert_eq!(invite.organizer, "ada@example.org");
    assert_eq!(invite.event.summary, "Plan, x");
    let Moment::Time(start) = &invite.event.start else {
        panic!("a time")
    };
    assert_eq!(start.timestamp(), at("2026-03-10T16:00:00Z"));
    assert_eq!(invite.event.attendees[0].email, "me@example.org");

    let error = invitation("hello", &berlin()).unwrap_err().to_string();
    assert!(
        error.starts_with("the invitation holds no event that can be read"),
        "{error}"
    );
}
