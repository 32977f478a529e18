//! Files that come in and go out: an import makes each `UID` one file and loses nothing, an export
//! puts events and the zones they name into one calendar.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Error;
use super::change;
use super::edit;
use super::folder;
use super::lines::Property;
use super::series;
use super::tree::{self, Component};
use super::vdir::{self, DEFAULT_CALENDAR, Vdir};
use super::write;
use crate::action::FileChange;
use crate::home;
use crate::untrusted;

/// Longest `UID` used as a file's name, in bytes.
const NAME_BYTES_MAX: usize = 100;
/// Bytes of a hash in a name: 128 bits never meet by chance.
const HASH_BYTES: usize = 16;
/// What has a `UID` and stands for itself.
const ENTRIES: [&str; 3] = ["VEVENT", "VTODO", "VJOURNAL"];

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// `UID`s that are new.
    pub added: Vec<String>,
    /// `UID`s of which a newer version came.
    pub updated: Vec<String>,
    /// `UID`s that were there already in this version or a newer one.
    pub kept: Vec<String>,
    /// Every file that was written, to undo it.
    pub files: Vec<FileChange>,
    /// What was wrong with the lines, one sentence each.
    pub diagnostics: Vec<String>,
}

/// What to export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export<'a> {
    /// One event with all its occurrences.
    Uid(&'a str),
    /// Every event that takes place within, whole.
    Window {
        /// From this moment.
        from: Timestamp,
        /// Until before this moment.
        to: Timestamp,
    },
}

/// The entries of one `UID` and what they need around them.
struct Entry<'a> {
    components: Vec<&'a Component>,
    calendar: &'a Component,
}

impl Vdir {
    /// Takes the events of a file in: each `UID` becomes one file of the calendar that new events
    /// go to; an event that is there is replaced by a higher `SEQUENCE` only.
    ///
    /// # Errors
    /// [`Error::NoEvent`] when the file holds none; [`Error::Unreadable`], [`Error::Unwritable`].
    pub fn import(&self, bytes: &[u8]) -> Result<Imported, Error> {
        let _lock = self.lock()?;
        let (root, notes) = tree::parse(bytes);
        let entries = entries(&root);
        let mut done = Imported {
            diagnostics: notes.iter().map(ToString::to_string).collect(),
            ..Imported::default()
        };
        if entries.is_empty() {
            return Err(Error::NoEvent {
                problem: done.diagnostics.first().cloned(),
            });
        }
        let folder = self.root().join(DEFAULT_CALENDAR);
        home::make_private(&folder).map_err(|source| Error::Unwritable {
            path: folder.clone(),
            source,
        })?;
        let places = self.places()?;
        for (uid, entry) in &entries {
            match places.get(uid) {
                None => {
                    let path = free_path(&folder, uid)?;
                    let file = change::replace(&path, None, Some(entry.bytes(uid)))?;
                    done.files.push(file);
                    done.added.push(untrusted::line(uid, 300));
                }
                Some(path) => merge(path, uid, entry, &mut done)?,
            }
        }
        Ok(done)
    }

    /// Counts the events of a file that are not here in its version or a newer one; writes nothing.
    ///
    /// # Errors
    /// [`Error::NoEvent`] when the file holds none; [`Error::Unreadable`].
    pub fn missing(&self, bytes: &[u8]) -> Result<usize, Error> {
        let (root, notes) = tree::parse(bytes);
        let entries = entries(&root);
        if entries.is_empty() {
            return Err(Error::NoEvent {
                problem: notes.first().map(ToString::to_string),
            });
        }
        let places = self.places()?;
        let mut missing = 0;
        for (uid, entry) in &entries {
            let Some(path) = places.get(uid) else {
                missing += 1;
                continue;
            };
            let there = folder::read(path).map_err(|source| Error::Unreadable {
                path: path.clone(),
                source,
            })?;
            let (mut root, _) = tree::parse(&there);
            let mut components = entry.components.iter();
            missing += usize::from(components.any(|one| put_version(&mut root, uid, one)));
        }
        Ok(missing)
    }

    /// Puts events into one calendar, with the zones they name.
    ///
    /// # Errors
    /// [`Error::NoSuchEvent`] when there is nothing to export; [`Error::Unreadable`].
    pub fn export(&self, what: Export<'_>, zone: &TimeZone) -> Result<Vec<u8>, Error> {
        let wanted: Vec<(PathBuf, String)> = match what {
            Export::Uid(uid) => {
                let (path, uid, _) = self.locate(uid)?;
                vec![(path, uid)]
            }
            Export::Window { from, to } => self.within(from, to, zone)?,
        };
        let mut calendar = Component::fresh("VCALENDAR");
        calendar.set("VERSION:2.0");
        calendar.set(&format!("PRODID:{}", write::PRODID));
        let mut zones = BTreeSet::new();
        let mut all = Vec::new();
        for (path, uid) in wanted {
            let bytes = folder::read(&path).map_err(|source| Error::Unreadable {
                path: path.clone(),
                source,
            })?;
            let (root, _) = tree::parse(&bytes);
            for (_, entry) in entries(&root).iter().filter(|(known, _)| **known == uid) {
                for component in entry
                    .zones()
                    .into_iter()
                    .chain(entry.components.iter().copied())
                {
                    let is_new =
                        component.name != "VTIMEZONE" || zones.insert(component.text("TZID"));
                    if is_new {
                        all.push(component.clone());
                    }
                }
            }
        }
        all.sort_by_key(|component| component.name != "VTIMEZONE");
        for component in all {
            calendar.push(component);
        }
        let mut out = Vec::new();
        calendar.write(&mut out);
        Ok(out)
    }

    /// Where each `UID` lies, entries of every kind.
    fn places(&self) -> Result<BTreeMap<String, PathBuf>, Error> {
        let mut out = BTreeMap::new();
        for file in self.files(&mut folder::Diagnostics::default())? {
            // What can't be read now is not overwritten either: a free name is taken.
            let Ok(bytes) = folder::read(&file.path) else {
                continue;
            };
            let (root, _) = tree::parse(&bytes);
            for uid in entries(&root).into_keys() {
                out.entry(uid).or_insert_with(|| file.path.clone());
            }
        }
        Ok(out)
    }
}

/// Takes a newer version of an event that is there.
fn merge(path: &Path, uid: &str, entry: &Entry<'_>, done: &mut Imported) -> Result<(), Error> {
    let before = folder::read(path).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let (mut root, _) = tree::parse(&before);
    let shown = untrusted::line(uid, 300);
    let mut is_newer = false;
    for component in &entry.components {
        is_newer |= put_version(&mut root, uid, component);
    }
    if !is_newer {
        done.kept.push(shown);
        return Ok(());
    }
    add_zones(&mut root, &entry.zones());
    let mut after = Vec::new();
    root.write(&mut after);
    done.files
        .push(change::replace(path, Some(before), Some(after))?);
    done.updated.push(shown);
    Ok(())
}

/// Puts a version of an event, or of one instance, where the older one stood; says whether it is
/// newer than what was there.
pub(super) fn put_version(root: &mut Component, uid: &str, fresh: &Component) -> bool {
    let mut known = Vec::new();
    collect(root, &mut |one| {
        if ENTRIES.contains(&one.name.as_str()) && edit::uid_of(one) == uid {
            known.push((one.line(), instance(one), sequence(one)));
        }
    });
    let wanted = instance(fresh);
    // A file may hold several versions of one event: the newest is the one that counts.
    let mut same = known.iter().filter(|(_, instance, _)| *instance == wanted);
    let first = same.next();
    let same =
        first.map(|first| same.fold(first, |best, one| if one.2 > best.2 { one } else { best }));
    let mut fresh = fresh.clone();
    fresh.detach();
    let is_put = match same {
        Some((_, _, there)) if sequence(&fresh) <= *there => false,
        Some((line, ..)) => {
            let line = *line;
            root.insert_after(line, &fresh);
            root.retain_components(&|one| {
                !(ENTRIES.contains(&one.name.as_str()) && one.line() == line)
            });
            true
        }
        None => match known.last() {
            Some((line, ..)) => root.insert_after(*line, &fresh),
            None => match root.components_mut().find(|one| one.name == "VCALENDAR") {
                Some(calendar) => {
                    calendar.push(fresh.clone());
                    true
                }
                None => false,
            },
        },
    };
    if is_put {
        series::readmit(root, uid, &fresh);
    }
    is_put
}

/// Adds the zones that a file does not define yet.
pub(super) fn add_zones(root: &mut Component, zones: &[&Component]) {
    let Some(calendar) = root.components_mut().find(|one| one.name == "VCALENDAR") else {
        return;
    };
    for zone in zones {
        let name = zone.text("TZID");
        let is_there = calendar
            .components()
            .any(|one| one.name == "VTIMEZONE" && one.text("TZID") == name);
        if !is_there {
            let mut zone = (*zone).clone();
            zone.detach();
            calendar.insert_first(zone);
        }
    }
}

fn collect<'a>(component: &'a Component, visit: &mut impl FnMut(&'a Component)) {
    for inner in component.components() {
        visit(inner);
        if inner.name == "VCALENDAR" {
            collect(inner, visit);
        }
    }
}

fn instance(component: &Component) -> String {
    let id = component.first("RECURRENCE-ID");
    id.map(|id| {
        format!(
            "{}|{}",
            id.param("TZID").unwrap_or_default(),
            id.value.trim()
        )
    })
    .unwrap_or_default()
}

fn sequence(component: &Component) -> i64 {
    component.text("SEQUENCE").trim().parse().unwrap_or(0)
}

/// Lists what has a `UID`, or gets one from its bytes.
fn entries(root: &Component) -> BTreeMap<String, Entry<'_>> {
    fn walk<'a>(calendar: &'a Component, out: &mut BTreeMap<String, Entry<'a>>) {
        for inner in calendar.components() {
            if inner.name == "VCALENDAR" {
                walk(inner, out);
            }
            if !ENTRIES.contains(&inner.name.as_str()) {
                continue;
            }
            let own = edit::uid_of(inner);
            let uid = if own.is_empty() { made_up(inner) } else { own };
            let entry = out.entry(uid).or_insert_with(|| Entry {
                components: Vec::new(),
                calendar,
            });
            entry.components.push(inner);
        }
    }
    let mut out = BTreeMap::new();
    walk(root, &mut out);
    out
}

/// A `UID` for an entry that has none: the same entry gets the same one again.
fn made_up(component: &Component) -> String {
    let mut bytes = Vec::new();
    component.write(&mut bytes);
    format!("import-{}", hash(&bytes))
}

fn hash(bytes: &[u8]) -> String {
    vdir::digest(bytes, HASH_BYTES)
}

impl Entry<'_> {
    /// The zones that its lines name.
    fn zones(&self) -> Vec<&Component> {
        let mut named = BTreeSet::new();
        for component in &self.components {
            named.extend(component.properties().filter_map(|line| line.param("TZID")));
        }
        self.calendar
            .components()
            .filter(|one| one.name == "VTIMEZONE" && named.contains(&one.text("TZID")))
            .collect()
    }

    /// A file of its own, with what its calendar said about all its entries.
    fn bytes(&self, uid: &str) -> Vec<u8> {
        let mut calendar = Component::fresh("VCALENDAR");
        calendar.set("VERSION:2.0");
        calendar.set(&format!("PRODID:{}", write::PRODID));
        if self.calendar.name == "VCALENDAR" {
            for property in self.calendar.properties().filter(|line| is_kept(line)) {
                let line = property.render();
                if matches!(property.name.as_str(), "VERSION" | "PRODID") {
                    calendar.set(&line);
                } else {
                    calendar.add(&line);
                }
            }
        }
        let zones = self.zones();
        for component in zones.into_iter().chain(self.components.iter().copied()) {
            let mut component = component.clone();
            if ENTRIES.contains(&component.name.as_str()) && edit::uid_of(&component).is_empty() {
                component.set(&format!("UID:{uid}"));
            }
            calendar.push(component);
        }
        let mut out = Vec::new();
        calendar.write(&mut out);
        out
    }
}

/// A file in a calendar store has no `METHOD` (RFC 4791 section 4.1).
fn is_kept(property: &Property) -> bool {
    property.name != "METHOD"
}

/// Returns a file name for a `UID` that no other event has.
pub(super) fn file_name(uid: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    if uid.len() <= NAME_BYTES_MAX
        && !uid.is_empty()
        && !uid.starts_with('.')
        && uid.chars().all(plain)
    {
        format!("{uid}.ics")
    } else {
        format!("import-{}.ics", hash(uid.as_bytes()))
    }
}

/// Returns where a new event goes, never over a file that is there.
pub(super) fn free_path(folder: &Path, uid: &str) -> Result<PathBuf, Error> {
    let path = folder.join(file_name(uid));
    if !path.exists() {
        return Ok(path);
    }
    let other = folder.join(format!("import-{}.ics", hash(uid.as_bytes())));
    if other.exists() {
        return Err(Error::KeyTaken { path: other });
    }
    Ok(other)
}
