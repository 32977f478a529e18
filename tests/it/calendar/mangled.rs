//! Files mangled in bulk: whatever the bytes, nothing panics, hangs or is lost unsaid.

use std::fs;

use jiff::tz::TimeZone;
use legwork::action::{EventPatch, Moment, PartStat, Which};
use legwork::calendar::itip::{self, Incoming};
use legwork::calendar::{Edit, Vdir, invitation};

use super::{at, berlin, fixture};

/// Mutations of all files together.
const MUTATIONS: usize = 20_000;
/// Read through the folder at once; each is a file of its own.
const BATCH: usize = 500;

/// A small generator, so that a failure is the same next time (xorshift64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap()
    }
}

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

const PIECES: [&[u8]; 16] = [
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

fn mangle(seed: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len());
        match dice.below(5) {
            0 => bytes.truncate(at),
            1 => {
                let end = (at + dice.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            3 => {
                let piece = PIECES[dice.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            _ => {
                let end = (at + dice.below(200)).min(bytes.len());
                let copied = bytes[at..end].to_vec();
                let to = dice.below(bytes.len());
                bytes.splice(to..to, copied);
            }
        }
    }
    bytes
}

#[test]
fn no_mutation_makes_reading_editing_or_answering_panic() {
    let (seeds, mut dice) = (seeds(), Dice(0x9E37_79B9_7F4A_7C15));
    let zone = berlin();
    let me = ["bob@mail.test".to_owned()];
    let (mut events, mut edited, mut decided) = (0, 0, 0);
    for batch in 0..MUTATIONS / BATCH {
        let folder = tempfile::tempdir().unwrap();
        let vdir = Vdir::open(folder.path()).unwrap();
        fs::create_dir(folder.path().join("c")).unwrap();
        let mut texts = Vec::new();
        for index in 0..BATCH {
            let bytes = mangle(&seeds[dice.below(seeds.len())], &mut dice);
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
