//! Changes to events that are there, whoever made them: each gives back what stood before, so that
//! it can be undone byte by byte.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Error;
use super::edit::{self, Edited, Subject};
use super::folder;
use super::transfer;
use super::vdir::{DEFAULT_CALENDAR, Vdir};
use crate::action::{CalendarChange, EventPatch, FileChange, PartStat, Which};
use crate::home;
use crate::untrusted;

/// Longest `UID` compared as shown, in characters; the one of `Event.uid`.
pub(super) const UID_CHARS_MAX: usize = 300;

/// Returns the `UID` of the event that goes on where `uid` is cut before the occurrence of `from`.
pub fn split_uid(uid: &str, from: Timestamp) -> String {
    super::uid(&format!("{uid}\n{from}"))
}

/// Which event to change, and when.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'a> {
    /// `UID`.
    pub uid: &'a str,
    /// Which occurrences.
    pub which: &'a Which,
    /// The user's zone: floating times are read in it.
    pub zone: &'a TimeZone,
    /// The present moment.
    pub now: Timestamp,
}

impl<'a> Edit<'a> {
    /// What is edited, by its `UID` as written.
    pub(super) fn of(&self, uid: &'a str) -> Subject<'a> {
        Subject {
            uid,
            which: self.which,
            zone: self.zone,
            now: self.now,
        }
    }
}

impl Vdir {
    /// Changes an event; lines that the patch does not touch keep their bytes.
    ///
    /// # Errors
    /// There is no such event or occurrence, the patch makes no sense for it, or the file can't be
    /// read or written; nothing is changed then.
    pub fn update(&self, edit: &Edit<'_>, patch: &EventPatch) -> Result<CalendarChange, Error> {
        self.edited(edit, |bytes, subject| edit::update(bytes, subject, patch))
    }

    /// Takes an event, one occurrence, or one and all after it, out of the calendar.
    ///
    /// # Errors
    /// As [`Vdir::update`].
    pub fn delete(&self, edit: &Edit<'_>) -> Result<CalendarChange, Error> {
        self.edited(edit, edit::delete)
    }

    /// Writes the user's own answer to an invitation into the calendar.
    ///
    /// # Errors
    /// As [`Vdir::update`]; [`Error::NotInvited`] when none of `me` is among the attendees.
    pub fn respond(
        &self,
        edit: &Edit<'_>,
        me: &[String],
        answer: PartStat,
    ) -> Result<CalendarChange, Error> {
        self.edited(edit, |bytes, subject| {
            edit::respond(bytes, subject, me, answer)
        })
    }

    /// Puts back what stood before a change.
    ///
    /// # Errors
    /// [`Error::ChangedMeanwhile`] when a file no longer holds what the change wrote.
    pub fn restore(&self, change: &CalendarChange) -> Result<(), Error> {
        let _lock = self.lock()?;
        self.stands(change)?;
        for file in &change.files {
            put(&file.path, file.before.as_deref())?;
        }
        Ok(())
    }

    /// Checks that every file still holds what a change wrote.
    ///
    /// # Errors
    /// [`Error::ChangedMeanwhile`] when one does not.
    pub fn stands(&self, change: &CalendarChange) -> Result<(), Error> {
        for file in &change.files {
            self.inside(&file.path)?;
            if content(&file.path)? != file.after {
                return Err(Error::ChangedMeanwhile {
                    path: file.path.clone(),
                });
            }
        }
        Ok(())
    }

    /// Stores the whole file of an event, as [`super::itip::apply`] decided: where it lies, or as a
    /// new one in `calendar`; empty takes the one that new events go to.
    ///
    /// # Errors
    /// [`Error::NoSuchCalendar`], [`Error::Unreadable`], [`Error::Unwritable`].
    pub fn put(&self, uid: &str, file: &[u8], calendar: &str) -> Result<CalendarChange, Error> {
        let _lock = self.lock()?;
        let (path, before) = match self.locate(uid) {
            Ok((path, _, bytes)) => (path, Some(bytes)),
            Err(Error::NoSuchEvent { .. }) => {
                let default = calendar.is_empty().then_some(DEFAULT_CALENDAR);
                let folder = self.folder_of(default.unwrap_or(calendar))?;
                home::make_private(&folder).map_err(|source| Error::Unwritable {
                    path: folder.clone(),
                    source,
                })?;
                (transfer::free_path(&folder, uid)?, None)
            }
            Err(error) => return Err(error),
        };
        let file = replace(&path, before, Some(file.to_vec()))?;
        Ok(CalendarChange {
            uid: uid.to_owned(),
            split: None,
            files: vec![file],
        })
    }

    /// Returns the bytes of the file an event lies in.
    ///
    /// # Errors
    /// [`Error::NoSuchEvent`] and [`Error::Unreadable`].
    pub fn source(&self, uid: &str) -> Result<(PathBuf, Vec<u8>), Error> {
        let (path, _, bytes) = self.locate(uid)?;
        Ok((path, bytes))
    }

    fn edited(
        &self,
        edit: &Edit<'_>,
        change: impl Fn(&[u8], Subject<'_>) -> Result<Edited, Error>,
    ) -> Result<CalendarChange, Error> {
        let _lock = self.lock()?;
        let (path, uid, before) = self.locate(edit.uid)?;
        let edited = change(&before, edit.of(&uid))?;
        let mut files = Vec::new();
        let mut split = None;
        if let Some((uid, bytes)) = edited.split {
            let path = path.with_file_name(format!("{uid}.ics"));
            files.push(replace(&path, None, Some(bytes))?);
            split = Some(uid);
        }
        if edited.file.as_ref() != Some(&before) {
            files.push(replace(&path, Some(before), edited.file)?);
        }
        Ok(CalendarChange {
            uid: edit.uid.to_owned(),
            split,
            files,
        })
    }

    /// Finds the file of an event, its `UID` as written, and its bytes.
    pub(super) fn locate(&self, uid: &str) -> Result<(PathBuf, String, Vec<u8>), Error> {
        let found =
            self.known(|known| known == uid || untrusted::line(known, UID_CHARS_MAX) == uid)?;
        let (path, uid) = found.ok_or_else(|| Error::NoSuchEvent {
            uid: untrusted::line(uid, 80),
        })?;
        let bytes = folder::read(&path).map_err(|source| Error::Unreadable {
            path: path.clone(),
            source,
        })?;
        Ok((path, uid, bytes))
    }

    /// Keeps other programs of this kind from writing until it is dropped.
    pub(super) fn lock(&self) -> Result<fs::File, Error> {
        let path = self.root().join(".lock");
        let unwritable = |source| Error::Unwritable {
            path: path.clone(),
            source,
        };
        let file = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(unwritable)?;
        file.lock().map_err(unwritable)?;
        Ok(file)
    }

    /// A journal may be edited by hand: nothing outside the calendars is ever written.
    fn inside(&self, path: &Path) -> Result<(), Error> {
        let plain = path.strip_prefix(self.root()).is_ok_and(|rest| {
            rest.components()
                .all(|part| matches!(part, std::path::Component::Normal(_)))
        });
        if plain && path.extension().is_some_and(|end| end == "ics") {
            return Ok(());
        }
        Err(Error::Unwritable {
            path: path.to_owned(),
            source: io::Error::new(io::ErrorKind::InvalidInput, "lies outside the calendars"),
        })
    }
}

/// Reads a file; none when there is none.
fn content(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match folder::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Writes or removes a file that must still be as it was read.
pub(super) fn replace(
    path: &Path,
    before: Option<Vec<u8>>,
    after: Option<Vec<u8>>,
) -> Result<FileChange, Error> {
    if content(path)? != before {
        return Err(Error::ChangedMeanwhile {
            path: path.to_owned(),
        });
    }
    put(path, after.as_deref())?;
    Ok(FileChange {
        path: path.to_owned(),
        before,
        after,
    })
}

fn put(path: &Path, bytes: Option<&[u8]>) -> Result<(), Error> {
    let written = match bytes {
        Some(bytes) => home::write_private(path, bytes),
        None => match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        },
    };
    written.map_err(|source| Error::Unwritable {
        path: path.to_owned(),
        source,
    })
}
