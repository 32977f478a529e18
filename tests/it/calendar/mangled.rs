//! Files mangled in bulk: whatever the bytes, nothing panics, hangs or is lost unsaid.

use std::fs;

use jiff::tz::TimeZone;
use legwork::action::{EventPatch, Moment, PartStat, Which};
use legwork::calendar::itip::{self, Incoming};
use legwork::calendar::{Edit, Vdir, invitation};

use super::{at, berlin, fixture};
use crate::mangling::{Dice, Pieces, mangle, mutations};

/// Mutations of all files together, unless `LEGWORK_MANGLE` says another number.
const MUTATIONS: usize = 20_000;
/// Read through the folder at once; each is a file of its own.
const BATCH: usize = 500;

fn seeds() -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for folder in ["truth", "broken"] {
        for calendar in fs::read_dir(fixture(folder)).unwrap() {
            for file in fs::read_dir(calendar.unwrap().path()).unwrap() {
                out.push(fs::read(file.unwrap().path()).unwrap());
            }
        }
    }
    out
}

const PIECES: &[&[u8]] = &[
    b"\r\n",
    b"\n ",
    b"BEGIN:VEVENT\r\n",
    b"END:VEVENT\r\n",
    b";",
    b":",
    b"=",
    b"\xFF\xFE",
    b"\0",
    b"99999999999999999999",
    b"RRULE:FREQ=SECONDLY;BYDAY=MO\r\n",
    b"RRULE:FREQ=YEARLY;BYYEARDAY=-366;INTERVAL=9999\r\n",
    b"DTSTART;TZID=Nowhere/At All:99991231T235959\r\n",
    b"DURATION:-P99999999W\r\n",
    "é\u{202E}".as_bytes(),
    b"EXDATE:20260101T000000Z,,junk\r\n",
];

#[test]
fn no_mutation_makes_reading_editing_or_answering_panic() {
    let (seeds, mut dice) = (seeds(), Dice(0x9E37_79B9_7F4A_7C15));
    let pieces = Pieces {
        all: PIECES,
        head: usize::MAX,
    };
    let zone = berlin();
    let me = ["bob@mail.test".to_owned()];
    let (mut events, mut edited, mut decided) = (0, 0, 0);
    for batch in 0..mutations(MUTATIONS) / BATCH {
        let folder = tempfile::tempdir().unwrap();
        let vdir = Vdir::open(folder.path()).unwrap();
        fs::create_dir(folder.path().join("c")).unwrap();
        let mut texts = Vec::new();
        for index in 0..BATCH {
            let bytes = mangle(&seeds[dice.below(seeds.len())], &mut dice, &pieces);
            fs::write(folder.path().join(format!("c/{index}.ics")), &bytes).unwrap();
            texts.push(bytes);
        }
        let listing = vdir
            .agenda(
                at("2026-03-01T00:00:00Z"),
                at("2026-05-01T00:00:00Z"),
                &zone,
                &me,
            )
            .unwrap();
        events += listing.events.len();
        for event in listing.events.iter().step_by(40) {
            edited += usize::from(edits(&vdir, &event.uid, &event.start, &zone));
        }
        for bytes in texts.iter().step_by(5) {
            let text = String::from_utf8_lossy(bytes);
            let asked = text.replacen("VERSION:2.0", "METHOD:REQUEST", 1);
            drop(invitation(&asked, &zone));
            drop(itip::reply(
                &asked,
                PartStat::Accepted,
                &me,
                at("2026-02-01T00:00:00Z"),
            ));
            let incoming = Incoming {
                text: &asked,
                from: "alice@mail.test",
                method: None,
                me: &me,
                zone: &zone,
                now: at("2026-02-01T00:00:00Z"),
            };
            let existing = &texts[(batch * 7) % BATCH];
            decided += usize::from(itip::apply(Some(existing), &incoming).is_ok());
        }
    }
    assert!(
        events > 1_000 && edited > 30 && decided > 1_000,
        "{events} {edited} {decided}"
    );
}

/// Edits one occurrence and undoes it; says whether that was possible.
fn edits(vdir: &Vdir, uid: &str, start: &Moment, zone: &TimeZone) -> bool {
    let which = Which::This {
        start: start.clone(),
    };
    let edit = Edit {
        uid,
        which: &which,
        zone,
        now: at("2026-02-01T00:00:00Z"),
    };
    let patch = EventPatch {
        summary: Some("x".to_owned()),
        location: Some("y".to_owned()),
        ..EventPatch::default()
    };
    let Ok((path, before)) = vdir.source(uid) else {
        return false;
    };
    let Ok(change) = vdir.update(&edit, &patch) else {
        assert_eq!(
            fs::read(&path).unwrap(),
            before,
            "a refused edit changes nothing"
        );
        return false;
    };
    vdir.restore(&change).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
    true
}
