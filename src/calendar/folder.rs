//! Reading a folder of calendars (vdir: one folder per calendar, one event per `.ics` file).
//!
//! Never fails for one file: what can't be read is named and the rest is listed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::event::{Definition, Source};
use super::recur::Series;
use super::tree::{self, Component, Note};
use super::values::Stamp;
use super::zones::Zones;
use crate::untrusted;

/// Largest file read, in bytes; a year of a busy calendar in one file has 2 MB.
pub(super) const FILE_BYTES_MAX: u64 = 16 << 20;
/// Most files read from one folder.
const FILES_MAX: usize = 50_000;
/// Most problems reported at once.
const DIAGNOSTICS_MAX: usize = 200;
/// Longest file name shown, in characters.
const NAME_CHARS_MAX: usize = 80;

/// Problems found, each naming its file and line.
#[derive(Debug, Default)]
pub(super) struct Diagnostics(pub(super) Vec<String>);

impl Diagnostics {
    /// Adds a problem of a whole file or folder.
    pub(super) fn add(&mut self, place: &str, problem: &str) {
        if self.0.len() < DIAGNOSTICS_MAX {
            self.0.push(format!("{place}: {problem}"));
        }
    }

    /// Adds problems of single lines.
    pub(super) fn extend(&mut self, place: &str, notes: &[Note]) {
        for note in notes {
            self.add(place, &note.to_string());
        }
    }
}

/// A file with events.
pub(super) struct File {
    /// Where it lies.
    pub(super) path: PathBuf,
    /// Name of its calendar.
    pub(super) calendar: String,
    /// `calendar/name.ics`, fit to show.
    pub(super) place: String,
}

/// Everything written about one `UID` in one calendar.
#[derive(Default)]
pub(super) struct Group {
    /// Its definitions and the file each is from.
    pub(super) definitions: Vec<(usize, Definition)>,
}

/// Lists the event files below `root`, in order of their names.
///
/// # Errors
/// What the system says, when `root` can't be listed.
pub(super) fn files(root: &Path, diagnostics: &mut Diagnostics) -> io::Result<Vec<File>> {
    let mut out = Vec::new();
    for folder in entries(root)? {
        if folder.is_dir() {
            let calendar = name(&folder);
            // The calendars of an account lie one level deeper.
            for inner in calendar_files(&folder, &calendar, &mut out, diagnostics) {
                let calendar = format!("{calendar}/{}", name(&inner));
                calendar_files(&inner, &calendar, &mut out, diagnostics);
            }
        }
    }
    if out.len() > FILES_MAX {
        diagnostics.add("calendars", "too many files, the last are left out");
        out.truncate(FILES_MAX);
    }
    Ok(out)
}

/// Adds the event files of one calendar, and returns the folders in it.
fn calendar_files(
    folder: &Path,
    calendar: &str,
    out: &mut Vec<File>,
    diagnostics: &mut Diagnostics,
) -> Vec<PathBuf> {
    let paths = match entries(folder) {
        Ok(paths) => paths,
        Err(error) => {
            diagnostics.add(calendar, &format!("can't be listed: {error}"));
            return Vec::new();
        }
    };
    let mut folders = Vec::new();
    for path in paths {
        if path.is_dir() {
            folders.push(path);
        // A pipe or device named .ics would block or never end.
        } else if path.extension().is_some_and(|end| end == "ics") && path.is_file() {
            out.push(File {
                place: format!("{calendar}/{}", name(&path)),
                calendar: calendar.to_owned(),
                path,
            });
        }
    }
    folders
}

/// Lists a folder, sorted, without hidden entries.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut out: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| entry.path())
        .collect();
    out.sort();
    Ok(out)
}

fn name(path: &Path) -> String {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    untrusted::line(&name, NAME_CHARS_MAX)
}

/// Reads a whole file of bounded size.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "is larger than 16 MB",
        ));
    }
    Ok(bytes)
}

/// Reads all events of one file's text.
pub(super) fn definitions(
    bytes: &[u8],
    stem: &str,
    zone: &TimeZone,
) -> (Vec<Definition>, Vec<Note>) {
    let (root, mut notes) = tree::parse(bytes);
    let mut calendars = Vec::new();
    containers(&root, &mut calendars);
    if calendars.len() == 1 {
        let has_events = root.components().any(|inner| inner.name == "VEVENT");
        let text = if has_events {
            "has no VCALENDAR around its events, which are read all the same"
        } else {
            "holds no VCALENDAR"
        };
        let text = text.to_owned();
        notes.push(Note { line: 1, text });
    }
    let zones = Zones::new(calendars.clone(), zone);
    let mut out = Vec::new();
    for component in calendars.iter().flat_map(|calendar| calendar.components()) {
        if component.name == "VEVENT" {
            let uid = format!("{stem}#{}", component.line());
            let source = Source {
                component,
                zones: &zones,
                notes: &mut notes,
            };
            out.extend(source.read(&uid));
        }
    }
    (out, notes)
}

/// Reads all files and puts together what belongs to one `UID`.
pub(super) fn groups(
    files: &[File],
    zone: &TimeZone,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<(String, String), Group> {
    let mut out: BTreeMap<(String, String), Group> = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        let bytes = match read(&file.path) {
            Ok(bytes) => bytes,
            Err(error) => {
                diagnostics.add(&file.place, &format!("can't be read: {error}"));
                continue;
            }
        };
        let stem = file
            .path
            .file_stem()
            .map(|stem| stem.to_string_lossy())
            .unwrap_or_default();
        let (definitions, notes) = definitions(&bytes, &stem, zone);
        diagnostics.extend(&file.place, &notes);
        for definition in definitions {
            let key = (file.calendar.clone(), definition.uid.clone());
            out.entry(key)
                .or_default()
                .definitions
                .push((index, definition));
        }
    }
    out
}

/// Lists the file itself and its calendars, also those within others: some writers leave the
/// calendar out, some begin it twice.
fn containers<'a>(component: &'a Component, out: &mut Vec<&'a Component>) {
    out.push(component);
    for inner in component
        .components()
        .filter(|inner| inner.name == "VCALENDAR")
    {
        containers(inner, out);
    }
}

impl Group {
    /// Puts the event and its changed instances together; of two versions the newer counts.
    pub(super) fn series(&self) -> Series<'_> {
        let mut series = Series::default();
        let mut ordered: Vec<&Definition> = self.definitions.iter().map(|(_, one)| one).collect();
        ordered.sort_by(|a, b| (a.sequence, &a.written).cmp(&(b.sequence, &b.written)));
        let mut changed: BTreeMap<String, &Definition> = BTreeMap::new();
        for definition in ordered {
            match &definition.instance {
                None => series.master = Some(definition),
                Some(instance) => {
                    changed.insert(instance_key(instance), definition);
                }
            }
        }
        series.changed = changed.into_values().collect();
        series
    }

    /// The second definition that claims to be the event itself: its file and line.
    pub(super) fn doubled(&self) -> Option<(usize, usize)> {
        let mut claims = self.definitions.iter();
        let mut claims = claims.by_ref().filter(|(_, one)| one.instance.is_none());
        let (file, second) = claims.nth(1)?;
        Some((*file, second.line))
    }
}

/// Names an instance by its moment, so that two spellings of it are one.
fn instance_key(instance: &Stamp) -> String {
    match (instance, instance.zoned(&TimeZone::UTC)) {
        (Stamp::Time(..), Some(moment)) => moment.timestamp().to_string(),
        (Stamp::Day(_), _) | (_, None) => instance.date().to_string(),
    }
}
