//! What becomes of calendar files that others wrote: how many are read, how many keep every line that an
//! edit does not touch, and when their events take place. Used by `scripts/bench-calendar`.

use std::fs;
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use legwork::action::{EventPatch, Moment, Which};
use legwork::calendar::{self, Edit, Vdir};

/// Counts over a folder of files, and names each that is not read or loses a byte.
pub(crate) fn counts(folder: &Path) {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    let mut tally = Tally::default();
    for file in &files {
        let bytes = fs::read(file).unwrap();
        tally.look(&bytes, &file.file_name().unwrap().to_string_lossy());
    }
    let Tally {
        with_events,
        others,
        bare,
        bad_lines,
        edited,
        stable,
        untimed,
    } = tally;
    let read = with_events + others + bare;
    println!(
        "files {}, read {read}: {with_events} with events, {others} with other components only, {bare} with no component but whole lines",
        files.len()
    );
    println!(
        "read with diagnostics {bad_lines}, edited {edited}, byte-stable where untouched {stable}, with events of no readable start {untimed}"
    );
}

/// What can't be edited as an event, since it takes place at no time.
const NO_TIME: &str = "its events have no readable start";

/// What became of the files so far.
#[derive(Default)]
struct Tally {
    with_events: usize,
    others: usize,
    bare: usize,
    bad_lines: usize,
    edited: usize,
    stable: usize,
    untimed: usize,
}

impl Tally {
    /// A file is read when every byte of it is kept, and any line of it understood.
    fn look(&mut self, bytes: &[u8], name: &str) {
        let held = calendar::contents(bytes);
        let problem = held.diagnostics.first().map_or("", String::as_str);
        if calendar::rewritten(bytes) != bytes {
            println!("not read: {name}: it is written back otherwise");
        } else if held.events > 0 {
            self.with_events += 1;
        } else if !held.others.is_empty() {
            self.others += 1;
        } else if held.loose_lines > 0 || held.diagnostics.is_empty() {
            self.bare += 1;
        } else {
            println!("not read: {name}: no line of it is of a calendar ({problem})");
        }
        self.bad_lines += usize::from(!held.diagnostics.is_empty());
        if held.events == 0 {
            return;
        }
        let (home, vdir) = alone(bytes);
        match touched(&vdir, home.path(), bytes) {
            Ok(true) => (self.edited, self.stable) = (self.edited + 1, self.stable + 1),
            Ok(false) => {
                self.edited += 1;
                println!("not stable: {name}");
            }
            Err(why) if why == NO_TIME => self.untimed += 1,
            Err(why) => println!("not edited: {name}: {why}"),
        }
    }
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

/// Renames the first event of the agenda and looks whether every other line is still there, byte by
/// byte; says why where it can't be renamed.
fn touched(vdir: &Vdir, home: &Path, before: &[u8]) -> Result<bool, String> {
    let listing = vdir
        .agenda(Timestamp::MIN, Timestamp::MAX, &TimeZone::UTC, &[])
        .map_err(|error| error.to_string())?;
    let Some(first) = listing.events.first() else {
        return Err(NO_TIME.to_owned());
    };
    let uid = first.uid.clone();
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
    vdir.update(&edit, &patch)
        .map_err(|error| error.to_string())?;
    let after = fs::read(home.join("c/one.ics")).unwrap();
    let lines = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let mut out: Vec<Vec<u8>> = Vec::new();
        // Where no line ends in LF, all end in CR.
        let last = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
        for line in bytes.split_inclusive(|byte| *byte == last) {
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
            // An event without a UID gets the one it is shown by.
            let is_given = name.starts_with("UID:ONE#");
            !is_given && !own.iter().any(|own| name.starts_with(own))
        });
        out
    };
    Ok(lines(before) == lines(&after))
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
