//! What becomes of calendar files that others wrote: how many are read, how many keep every line that an
//! edit does not touch, and when their events take place. Used by `scripts/bench-calendar`.

use std::fs;
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use legwork::action::{EventPatch, Moment, Which};
use legwork::calendar::{Edit, Vdir};

/// Counts over a folder of files.
pub(crate) fn counts(folder: &Path) {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    let (mut read, mut edited, mut stable) = (0, 0, 0);
    for file in &files {
        let bytes = fs::read(file).unwrap();
        let (home, vdir) = alone(&bytes);
        match vdir.missing(&bytes) {
            Ok(_) => read += 1,
            Err(error) => println!("not read: {}: {error}", file.display()),
        }
        match touched(&vdir, home.path(), &bytes) {
            None => {}
            Some(true) => (edited, stable) = (edited + 1, stable + 1),
            Some(false) => {
                edited += 1;
                println!("not stable: {}", file.display());
            }
        }
    }
    let all = files.len();
    println!("files {all}, read {read}, edited {edited}, byte-stable where untouched {stable}");
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|end| end == "ics") {
            out.push(path);
        }
    }
}

/// A calendar folder that holds this one file.
fn alone(bytes: &[u8]) -> (tempfile::TempDir, Vdir) {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("c")).unwrap();
    fs::write(home.path().join("c/one.ics"), bytes).unwrap();
    let vdir = Vdir::open(home.path()).unwrap();
    (home, vdir)
}

/// Renames the first event and looks whether every other line is still there, byte by byte; none where
/// there is no event to rename.
fn touched(vdir: &Vdir, home: &Path, before: &[u8]) -> Option<bool> {
    let text = String::from_utf8_lossy(before);
    let uid = text
        .split(['\r', '\n'])
        .find_map(|line| line.strip_prefix("UID:"))?
        .trim()
        .to_owned();
    let zone = TimeZone::UTC;
    let edit = Edit {
        uid: &uid,
        which: &Which::All {},
        zone: &zone,
        now: Timestamp::UNIX_EPOCH,
    };
    let patch = EventPatch {
        summary: Some("touched by a measurement".to_owned()),
        ..EventPatch::default()
    };
    vdir.update(&edit, &patch).ok()?;
    let after = fs::read(home.join("c/one.ics")).unwrap();
    let lines = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let mut out: Vec<Vec<u8>> = Vec::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            // A folded line is one with what it goes on from.
            match out.last_mut() {
                Some(last) if line.starts_with(b" ") || line.starts_with(b"\t") => {
                    last.extend_from_slice(line);
                }
                Some(_) | None => out.push(line.to_vec()),
            }
        }
        out.retain(|line| {
            let name = String::from_utf8_lossy(line).to_uppercase();
            let own = ["SUMMARY", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"];
            !own.iter().any(|own| name.starts_with(own))
        });
        out
    };
    Some(lines(before) == lines(&after))
}

/// Reads `FILE<TAB>FROM<TAB>TO` lines and prints `FILE<TAB>UID<TAB>START` of every occurrence.
pub(crate) fn instances(cases: &Path) {
    let zone = TimeZone::UTC;
    let mut out = std::io::stdout().lock();
    for line in std::io::BufReader::new(fs::File::open(cases).unwrap()).lines() {
        let line = line.unwrap();
        let fields: Vec<&str> = line.split('\t').collect();
        let [file, from, to] = fields.as_slice() else {
            continue;
        };
        let (_home, vdir) = alone(&fs::read(file).unwrap());
        let listing = vdir
            .agenda(from.parse().unwrap(), to.parse().unwrap(), &zone, &[])
            .unwrap();
        for event in listing.events {
            let start = match event.start {
                Moment::Time(time) => time.timestamp().to_string(),
                Moment::Day(day) => day.to_string(),
            };
            writeln!(out, "{file}\t{}\t{start}", event.uid).unwrap();
        }
    }
}
