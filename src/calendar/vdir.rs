//! The embedded calendar: a vdir, as khal and vdirsyncer read it (<https://vdirsyncer.pimutils.org/en/stable/vdir.html>).
//!
//! Writes only events of its own making, whole or not at all, and never over another file.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use super::Error;
use super::event::{self, Reader};
use super::folder::{self, Diagnostics};
use super::recur::{self, Window};
use super::tree::{self, Component, Note};
use super::values::Stamp;
use super::write;
use crate::action::{Event, Interval, Moment, NewEvent};
use crate::home;

/// The calendar that new events go to.
pub(super) const DEFAULT_CALENDAR: &str = "personal";
/// Start of every `UID` made here.
const UID_PREFIX: &str = "legwork-";
/// Bytes of the key's hash in a `UID`: 128 bits never meet by chance.
const UID_BYTES: usize = 16;

/// A folder with one folder per calendar and one `.ics` file per event.
#[derive(Debug, Clone)]
pub struct Vdir {
    root: PathBuf,
}

/// Events of a window, and what was wrong with the files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// In order of their start.
    pub events: Vec<Event>,
    /// One sentence per problem, naming file and line.
    pub diagnostics: Vec<String>,
}

impl Vdir {
    /// Opens the folder, making it when it is missing.
    ///
    /// # Errors
    /// [`Error::Unwritable`] when it can't be made.
    pub fn open(root: &Path) -> Result<Self, Error> {
        home::make_private(root).map_err(|source| Error::Unwritable {
            path: root.to_owned(),
            source,
        })?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// Lists what happens between two moments, recurrences expanded; days begin in `zone` and
    /// floating times are read in it. `me` are the user's own addresses.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when the folder itself can't be listed.
    pub fn agenda(
        &self,
        from: Timestamp,
        to: Timestamp,
        zone: &TimeZone,
        me: &[String],
    ) -> Result<Listing, Error> {
        let mut diagnostics = Diagnostics::default();
        let files = self.files(&mut diagnostics)?;
        let window = Window {
            from,
            to,
            zone: zone.clone(),
        };
        let mut found: Vec<(Timestamp, Event)> = Vec::new();
        for ((calendar, _), group) in folder::groups(&files, zone, &mut diagnostics) {
            let place = group
                .definitions
                .first()
                .and_then(|(index, _)| files.get(*index));
            let place = place.map_or(calendar.as_str(), |file| file.place.as_str());
            if let Some((file, line)) = group.doubled() {
                let place = files.get(file).map_or(place, |file| file.place.as_str());
                let text = "another event has the same UID, the newer one counts".to_owned();
                diagnostics.extend(place, &[Note { line, text }]);
            }
            let (series, mut notes) = (group.series(), Vec::new());
            let recurring = series.master.is_none_or(event::Definition::is_recurring);
            for instance in recur::instances(&series, &window, &mut notes) {
                let at = (&instance.start, instance.length);
                let reader = Reader {
                    me,
                    calendar: &calendar,
                };
                let start = event::bounds(at.0, at.1, zone).map(|(start, _)| start);
                let event = instance.definition.event(at, recurring, &reader);
                found.extend(start.zip(event));
            }
            diagnostics.extend(place, &notes);
        }
        found.sort_by(|a, b| (a.0, &a.1.summary).cmp(&(b.0, &b.1.summary)));
        let events = found.into_iter().map(|(_, event)| event).collect();
        Ok(Listing {
            events,
            diagnostics: diagnostics.0,
        })
    }

    /// Lists when the user is busy between two moments, merged and cut to them; cancelled and
    /// transparent events, and those the user declined, are not busy.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when the folder itself can't be listed.
    pub fn busy(
        &self,
        from: Timestamp,
        to: Timestamp,
        zone: &TimeZone,
        me: &[String],
    ) -> Result<Vec<Interval>, Error> {
        let events = self.agenda(from, to, zone, me)?.events;
        let mut intervals = busy_of(&events, zone);
        for interval in &mut intervals {
            interval.start = interval.start.max(from);
            interval.end = interval.end.min(to);
        }
        intervals.retain(|interval| interval.start < interval.end);
        Ok(intervals)
    }

    /// Writes a new event and returns its `UID`, which follows from `key` alone: asking twice with
    /// one key writes one event.
    ///
    /// # Errors
    /// [`Error::EndsBeforeStart`], [`Error::MixedKinds`] and [`Error::NoSummary`] refuse the event;
    /// [`Error::KeyTaken`] says that the key stands for another one; [`Error::Unwritable`].
    pub fn create(&self, event: &NewEvent, key: &str, now: Timestamp) -> Result<String, Error> {
        self.create_in(DEFAULT_CALENDAR, event, key, now)
    }

    /// As [`Vdir::create`], in the calendar of that name (`work/team` is the calendar `team` of the
    /// account `work`).
    ///
    /// # Errors
    /// As [`Vdir::create`]; [`Error::NoSuchCalendar`].
    pub fn create_in(
        &self,
        calendar: &str,
        event: &NewEvent,
        key: &str,
        now: Timestamp,
    ) -> Result<String, Error> {
        check(event)?;
        let uid = uid(key);
        let folder = self.folder_of(calendar)?;
        let path = folder.join(format!("{uid}.ics"));
        let unwritable = |source| Error::Unwritable {
            path: path.clone(),
            source,
        };
        home::make_private(&folder).map_err(unwritable)?;
        let text = write::event(event, &uid, now);
        match write_new(&folder, &path, text.as_bytes()) {
            Ok(()) => Ok(uid),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.same(event, uid, (&path, calendar))
            }
            Err(source) => Err(unwritable(source)),
        }
    }

    /// The folder of the calendar of that name.
    pub(super) fn folder_of(&self, calendar: &str) -> Result<PathBuf, Error> {
        let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.');
        let folder = self.root.join(calendar);
        let is_known = calendar == DEFAULT_CALENDAR || folder.is_dir();
        if calendar.split('/').count() > 2 || !calendar.split('/').all(is_plain) || !is_known {
            return Err(Error::NoSuchCalendar {
                calendar: crate::untrusted::line(calendar, 80),
            });
        }
        Ok(folder)
    }

    /// Accepts an event that is there already when it says the same.
    fn same(
        &self,
        event: &NewEvent,
        uid: String,
        (path, calendar): (&Path, &str),
    ) -> Result<String, Error> {
        let there = self.find(&uid, &TimeZone::UTC)?;
        let fresh = write::event(event, &uid, Timestamp::UNIX_EPOCH);
        let (definitions, _) = folder::definitions(fresh.as_bytes(), &uid, &TimeZone::UTC);
        let wanted = definitions.first().and_then(|one| {
            let reader = Reader { me: &[], calendar };
            one.event((&one.start, one.length), false, &reader)
        });
        match there {
            Some((event, _)) if Some(&event) == wanted.as_ref() => Ok(uid),
            Some(_) | None => Err(Error::KeyTaken {
                path: path.to_owned(),
            }),
        }
    }

    /// Reads an event back: its first occurrence and the file it lies in.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when the folder can't be listed.
    pub fn find(&self, uid: &str, zone: &TimeZone) -> Result<Option<(Event, PathBuf)>, Error> {
        let mut ignored = Diagnostics::default();
        let files = self.files(&mut ignored)?;
        for ((calendar, known), group) in folder::groups(&files, zone, &mut ignored) {
            if known != uid {
                continue;
            }
            let series = group.series();
            let recurring = series.master.is_none_or(event::Definition::is_recurring);
            let Some(&one) = series.master.iter().chain(&series.changed).next() else {
                continue;
            };
            let reader = Reader {
                me: &[],
                calendar: &calendar,
            };
            let event = one.event((&one.start, one.length), recurring, &reader);
            let file = group
                .definitions
                .first()
                .and_then(|(index, _)| files.get(*index));
            if let (Some(event), Some(file)) = (event, file) {
                return Ok(Some((event, file.path.clone())));
            }
        }
        Ok(None)
    }

    /// Removes an event that this program created, and says whether there was one.
    ///
    /// # Errors
    /// [`Error::NotOurs`] when someone else made it or its file holds other events as well;
    /// [`Error::Unreadable`] and [`Error::Unwritable`].
    pub fn remove(&self, uid: &str) -> Result<bool, Error> {
        let Some((_, path)) = self.find(uid, &TimeZone::UTC)? else {
            return Ok(false);
        };
        let bytes = folder::read(&path).map_err(|source| Error::Unreadable {
            path: path.clone(),
            source,
        })?;
        let (root, _) = tree::parse(&bytes);
        let mut events = root
            .components()
            .flat_map(Component::components)
            .filter(|component| component.name == "VEVENT");
        let ours =
            |event: &Component| event.first(write::MARK).is_some() && event.text("UID") == uid;
        if !uid.starts_with(UID_PREFIX) || !events.all(ours) {
            return Err(Error::NotOurs { path });
        }
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(Error::Unwritable { path, source }),
        }
    }

    /// The folder of all calendars.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Finds the first event whose `UID` is wanted: its file and the `UID` as written.
    pub(super) fn known(
        &self,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<(PathBuf, String)>, Error> {
        let mut ignored = Diagnostics::default();
        let files = self.files(&mut ignored)?;
        let groups = folder::groups(&files, &TimeZone::UTC, &mut ignored);
        let found = groups.into_iter().find_map(|((_, uid), group)| {
            // The event itself tells the file, not an instance that strayed into another.
            let one = group
                .definitions
                .iter()
                .find(|(_, one)| one.instance.is_none());
            let (index, _) = one.or(group.definitions.first())?;
            is_wanted(&uid).then(|| Some((files.get(*index)?.path.clone(), uid)))?
        });
        Ok(found)
    }

    /// Lists the events with an instance between two moments: their files and `UID`s.
    pub(super) fn within(
        &self,
        from: Timestamp,
        to: Timestamp,
        zone: &TimeZone,
    ) -> Result<Vec<(PathBuf, String)>, Error> {
        let mut ignored = Diagnostics::default();
        let files = self.files(&mut ignored)?;
        let window = Window {
            from,
            to,
            zone: zone.clone(),
        };
        let mut out = Vec::new();
        for ((_, uid), group) in folder::groups(&files, zone, &mut ignored) {
            let has_any = !recur::instances(&group.series(), &window, &mut Vec::new()).is_empty();
            let file = group.definitions.first().and_then(|(at, _)| files.get(*at));
            if let (true, Some(file)) = (has_any, file) {
                out.push((file.path.clone(), uid));
            }
        }
        Ok(out)
    }

    pub(super) fn files(&self, diagnostics: &mut Diagnostics) -> Result<Vec<folder::File>, Error> {
        folder::files(&self.root, diagnostics).map_err(|source| Error::Unreadable {
            path: self.root.clone(),
            source,
        })
    }
}

/// Says whether a new event makes sense.
pub(super) fn check(event: &NewEvent) -> Result<(), Error> {
    let in_order = match (&event.start, &event.end) {
        (Moment::Time(start), Moment::Time(end)) => start < end,
        (Moment::Day(start), Moment::Day(end)) => start < end,
        (Moment::Time(_), Moment::Day(_)) | (Moment::Day(_), Moment::Time(_)) => {
            return Err(Error::MixedKinds);
        }
    };
    if !in_order {
        return Err(Error::EndsBeforeStart {
            start: text(&event.start),
            end: text(&event.end),
        });
    }
    if event.summary.trim().is_empty() {
        return Err(Error::NoSummary);
    }
    if !event.rule.is_empty() {
        super::fields::check_rule(&event.rule)?;
    }
    let organizer = std::iter::once(&event.organizer).filter(|_| !event.guests.is_empty());
    for email in event
        .guests
        .iter()
        .map(|guest| &guest.email)
        .chain(organizer)
    {
        super::fields::address(email)?;
    }
    Ok(())
}

/// Writes a moment as errors name it.
pub(super) fn text(moment: &Moment) -> String {
    match moment {
        Moment::Time(time) => time.to_string(),
        Moment::Day(day) => day.to_string(),
    }
}

/// Returns the `UID` of the event that [`Vdir::create`] writes for `key`.
pub fn uid(key: &str) -> String {
    format!("{UID_PREFIX}{}", digest(key.as_bytes(), UID_BYTES))
}

/// Returns the first bytes of the SHA-256 digest, in hexadecimal.
pub(super) fn digest(bytes: &[u8], count: usize) -> String {
    let hash = Sha256::digest(bytes);
    let hex: Vec<String> = hash
        .iter()
        .take(count)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    hex.concat()
}

/// Writes a file of mode 0600 under a hidden name and renames it, never over another one.
fn write_new(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut fresh = tempfile::Builder::new()
        .prefix(".new-")
        .suffix(".tmp")
        .tempfile_in(folder)?;
    fresh.write_all(bytes)?;
    fresh.as_file().sync_all()?;
    fresh.persist_noclobber(path).map_err(|error| error.error)?;
    fs::File::open(folder)?.sync_all()
}

/// Returns the moment, days beginning in `zone`.
fn moment(moment: &Moment, zone: &TimeZone) -> Option<Timestamp> {
    match moment {
        Moment::Time(time) => Some(time.timestamp()),
        Moment::Day(day) => Stamp::Day(*day).zoned(zone).map(|start| start.timestamp()),
    }
}

/// Lists when these events take up time, merged; days begin in `zone`.
pub fn busy_of<'a>(events: impl IntoIterator<Item = &'a Event>, zone: &TimeZone) -> Vec<Interval> {
    let busy = events.into_iter().filter(|event| event.busy);
    let intervals = busy.filter_map(|event| {
        let (start, end) = (moment(&event.start, zone)?, moment(&event.end, zone)?);
        (start < end).then_some(Interval { start, end })
    });
    merged(intervals.collect())
}

/// Joins intervals that touch or overlap, in order.
pub(super) fn merged(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort();
    let mut out: Vec<Interval> = Vec::new();
    for interval in intervals {
        match out.last_mut() {
            Some(last) if interval.start <= last.end => last.end = last.end.max(interval.end),
            Some(_) | None => out.push(interval),
        }
    }
    out
}
