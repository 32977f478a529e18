//! Edits, imports and exports through the folder, each undone byte by byte.

use std::fs;

use jiff::tz::TimeZone;
use legwork::action::CalendarChange;
use legwork::action::{EventPatch, EventStatus, Moment, Which};
use legwork::calendar::{Edit, Error, Export, Vdir};

use super::{at, berlin, fixture, review, year};

const ALL: Which = Which::All {};

fn edit<'a>(uid: &'a str, which: &'a Which, zone: &'a TimeZone) -> Edit<'a> {
    Edit {
        uid,
        which,
        zone,
        now: at("2026-02-01T00:00:00Z"),
    }
}

/// A calendar of its own with the files of the truth fixture.
fn filled() -> (tempfile::TempDir, Vdir) {
    let folder = tempfile::tempdir().unwrap();
    let vdir = Vdir::open(folder.path()).unwrap();
    fs::create_dir(folder.path().join("work")).unwrap();
    for calendar in fs::read_dir(fixture("truth")).unwrap() {
        for file in fs::read_dir(calendar.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let to = folder.path().join("work").join(path.file_name().unwrap());
            fs::copy(&path, to).unwrap();
        }
    }
    (folder, vdir)
}

#[test]
fn every_event_of_a_year_is_edited_read_back_and_undone() {
    let (_folder, vdir) = filled();
    let before = year(&vdir);
    let zone = berlin();
    let mut uids: Vec<String> = before.events.iter().map(|one| one.uid.clone()).collect();
    uids.sort();
    uids.dedup();
    assert!(uids.len() > 40, "{}", uids.len());
    for uid in &uids {
        let (path, bytes) = vdir.source(uid).unwrap();
        let patch = EventPatch {
            description: Some("new words".to_owned()),
            ..EventPatch::default()
        };
        let change = vdir.update(&edit(uid, &ALL, &zone), &patch).unwrap();
        let (read, _) = vdir.find(uid, &zone).unwrap().unwrap();
        assert_eq!(read.description, "new words");
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("SEQUENCE"), "{uid}: no guest is asked again");
        let journalled = serde_json::to_string(&change).unwrap();
        let change: CalendarChange = serde_json::from_str(&journalled).unwrap();
        vdir.restore(&change).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
        let gone = vdir.delete(&edit(uid, &ALL, &zone)).unwrap();
        assert!(vdir.find(uid, &zone).unwrap().is_none());
        vdir.restore(&gone).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    assert_eq!(year(&vdir), before);
}

#[test]
fn each_occurrence_of_a_year_can_be_moved_alone() {
    let (_folder, vdir) = filled();
    let before = year(&vdir);
    let zone = berlin();
    let recurring = before.events.iter().filter(|event| event.recurring);
    let mut moved = 0;
    for event in recurring.step_by(7) {
        let Moment::Time(start) = &event.start else {
            continue;
        };
        let later = start.checked_add(jiff::Span::new().minutes(5)).unwrap();
        let which = Which::This {
            start: event.start.clone(),
        };
        let patch = EventPatch {
            start: Some(Moment::Time(later.clone())),
            ..EventPatch::default()
        };
        let change = vdir
            .update(&edit(&event.uid, &which, &zone), &patch)
            .unwrap();
        let mut want: Vec<_> = before.events.iter().filter(|one| *one != event).collect();
        let after = year(&vdir);
        let got: Vec<_> = after
            .events
            .iter()
            .filter(|one| one.start != Moment::Time(later.clone()) || one.uid != event.uid)
            .collect();
        assert_eq!(after.events.len(), before.events.len(), "{}", event.uid);
        want.retain(|one| got.contains(one) || one.start != event.start);
        assert_eq!(got, want, "{} at {start}", event.uid);
        vdir.restore(&change).unwrap();
        moved += 1;
    }
    assert!(moved > 10, "{moved}");
    assert_eq!(year(&vdir), before);
}

#[test]
fn a_set_cut_in_two_and_undone_is_the_old_set() {
    let (_folder, vdir) = filled();
    let before = year(&vdir);
    let zone = berlin();
    let mut cut = 0;
    for event in before
        .events
        .iter()
        .filter(|event| event.recurring)
        .step_by(5)
    {
        let which = Which::Future {
            start: event.start.clone(),
        };
        let patch = EventPatch {
            summary: Some("From here on".to_owned()),
            ..EventPatch::default()
        };
        let change = vdir
            .update(&edit(&event.uid, &which, &zone), &patch)
            .unwrap();
        let after = year(&vdir);
        let starts = |events: &[legwork::action::Event]| {
            let mut all: Vec<String> = events
                .iter()
                .map(|one| format!("{:?}", one.start))
                .collect();
            all.sort();
            all
        };
        assert_eq!(
            starts(&after.events),
            starts(&before.events),
            "{}",
            event.uid
        );
        cut += usize::from(change.split.is_some());
        vdir.restore(&change).unwrap();
    }
    assert!(cut > 10, "{cut}");
    assert_eq!(year(&vdir), before);
}

#[test]
fn a_change_by_another_program_is_not_undone() {
    let folder = tempfile::tempdir().unwrap();
    let vdir = Vdir::open(folder.path()).unwrap();
    let uid = vdir
        .create(&review(), "k", at("2026-02-01T00:00:00Z"))
        .unwrap();
    let zone = berlin();
    let patch = EventPatch {
        status: Some(EventStatus::Cancelled),
        ..EventPatch::default()
    };
    let change = vdir.update(&edit(&uid, &ALL, &zone), &patch).unwrap();
    let (event, path) = vdir.find(&uid, &zone).unwrap().unwrap();
    assert!(event.status == EventStatus::Cancelled && !event.busy);
    fs::write(&path, "BEGIN:VCALENDAR\nEND:VCALENDAR\n").unwrap();
    let error = vdir.restore(&change).unwrap_err();
    assert!(matches!(error, Error::ChangedMeanwhile { .. }), "{error}");
    let mut forged = change;
    forged.files[0].path = folder.path().join("../outside.ics");
    let error = vdir.restore(&forged).unwrap_err();
    assert!(matches!(error, Error::Unwritable { .. }), "{error}");
}

#[test]
fn an_import_makes_each_uid_a_file_and_takes_newer_versions_only() {
    let folder = tempfile::tempdir().unwrap();
    let vdir = Vdir::open(folder.path()).unwrap();
    let text = |sequence: u8, name: &str| {
        format!(
            "BEGIN:VCALENDAR\r\nPRODID:-//x//EN\r\nMETHOD:PUBLISH\r\nX-WR-CALNAME:Team\r\nBEGIN:VTIMEZONE\r\n\
             TZID:Odd\r\nX-LIC-LOCATION:Europe/Berlin\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:../../a b\r\n\
             SEQUENCE:{sequence}\r\nDTSTART;TZID=Odd:20260302T090000\r\nX-KEEP;A=\"b, c\":ü\r\nSUMMARY:{name}\r\n\
             END:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20260303T090000Z\r\nSUMMARY:Nameless\r\nEND:VEVENT\r\n\
             BEGIN:VTODO\r\nUID:todo\r\nSUMMARY:Milk\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
        )
    };
    let first = vdir.import(text(1, "One").as_bytes()).unwrap();
    assert_eq!((first.added.len(), first.files.len()), (3, 3));
    let same = vdir.import(text(1, "Other").as_bytes()).unwrap();
    assert_eq!((same.kept.len(), same.files.len()), (3, 0));
    let newer = vdir.import(text(2, "Two").as_bytes()).unwrap();
    assert_eq!(newer.updated, ["../../a b"]);
    let names: Vec<String> = year(&vdir)
        .events
        .into_iter()
        .map(|one| one.summary)
        .collect();
    assert_eq!(names, ["Two", "Nameless"]);
    let (path, bytes) = vdir.source("../../a b").unwrap();
    assert_eq!(path.parent().unwrap(), folder.path().join("personal"));
    let kept = String::from_utf8(bytes).unwrap();
    for line in [
        "X-KEEP;A=\"b, c\":ü\r\n",
        "X-WR-CALNAME:Team\r\n",
        "TZID:Odd\r\n",
        "PRODID:-//x//EN\r\n",
    ] {
        assert!(kept.contains(line), "{line} in {kept}");
    }
    assert!(!kept.contains("METHOD"));
    let error = vdir.import(b"hello").unwrap_err().to_string();
    assert_eq!(
        error,
        "the invitation holds no event that can be read (line 1: 'hello' is no property: a name and ':' are missing)"
    );
}

#[test]
fn an_export_is_one_calendar_that_reads_the_same() {
    let (_folder, vdir) = filled();
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    let bytes = vdir.export(Export::Window { from, to }, &berlin()).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert_eq!(text.matches("BEGIN:VCALENDAR").count(), 1);
    assert_eq!(text.matches("TZID:Europe/Berlin\r\n").count(), 1);
    let other = tempfile::tempdir().unwrap();
    let copy = Vdir::open(other.path()).unwrap();
    copy.import(&bytes).unwrap();
    let facts = |vdir: &Vdir| -> Vec<_> {
        let events = year(vdir).events.into_iter();
        events
            .map(|one| (one.uid, one.start, one.end, one.busy))
            .collect()
    };
    assert_eq!(facts(&copy), facts(&vdir));
    let error = vdir.export(Export::Uid("nobody"), &berlin()).unwrap_err();
    assert_eq!(error.to_string(), "there is no event 'nobody'");
}

#[test]
fn new_events_go_to_calendars_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let vdir = Vdir::open(folder.path()).unwrap();
    fs::create_dir_all(folder.path().join("work/team")).unwrap();
    let now = at("2026-02-01T00:00:00Z");
    vdir.create_in("work/team", &review(), "k", now).unwrap();
    let events = year(&vdir).events;
    assert_eq!(events[0].calendar, "work/team");
    for name in [
        "",
        "../x",
        "work/none",
        "work/team/deep",
        "work/.base",
        "/tmp",
    ] {
        let error = vdir.create_in(name, &review(), "k", now).unwrap_err();
        assert_eq!(error.to_string(), format!("there is no calendar '{name}'"));
    }
}
