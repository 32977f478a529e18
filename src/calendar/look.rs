//! Reading one occurrence back, to say what an edit will touch and to see what came of it.

use std::path::{Path, PathBuf};

use super::Error;
use super::change::Edit;
use super::edit::{Editor, Target};
use super::event::{Definition, Reader};
use super::vdir::Vdir;
use crate::action::Event;
use crate::untrusted;

/// Longest calendar name shown, in characters; the one of a file's name.
const NAME_CHARS_MAX: usize = 80;

impl Vdir {
    /// Reads the occurrence that an edit is about, of the whole event its first one, and the file
    /// it lies in. `me` are the user's own addresses.
    ///
    /// # Errors
    /// [`Error::NoSuchEvent`], [`Error::NoSuchInstance`] and [`Error::Unreadable`].
    pub fn occurrence(&self, edit: &Edit<'_>, me: &[String]) -> Result<(Event, PathBuf), Error> {
        let (path, uid, bytes) = self.locate(edit.uid)?;
        let editor = Editor::open(&bytes, edit.of(&uid))?;
        let calendar = self.calendar_of(&path);
        let reader = Reader {
            me,
            calendar: &calendar,
        };
        let none = || Error::NoEvent { problem: None };
        let recurring = editor.master.as_ref().is_none_or(Definition::is_recurring);
        let event = match editor.target()? {
            Target::Whole => {
                let one = editor.master.as_ref().or(editor.changed.first());
                one.and_then(|one| one.event((&one.start, one.length), recurring, &reader))
            }
            Target::One(found) | Target::From(found) => {
                let own = found.line.and_then(|line| {
                    let mut changed = editor.changed.iter();
                    changed.find(|one| one.line == line)
                });
                let one = own.or(editor.master.as_ref());
                one.and_then(|one| one.event((&found.start, found.length), true, &reader))
            }
        };
        Ok((event.ok_or_else(none)?, path))
    }

    /// Says whether an event is a set of occurrences.
    ///
    /// # Errors
    /// As [`Vdir::occurrence`].
    pub fn is_recurring(&self, edit: &Edit<'_>) -> Result<bool, Error> {
        let (_, uid, bytes) = self.locate(edit.uid)?;
        let editor = Editor::open(&bytes, edit.of(&uid))?;
        Ok(!editor.changed.is_empty() || editor.master.is_some_and(|one| one.is_recurring()))
    }

    /// Names the calendar a file lies in, as the agenda does.
    pub fn calendar_of(&self, file: &Path) -> String {
        let below = file
            .parent()
            .and_then(|folder| folder.strip_prefix(self.root()).ok());
        let parts = below.into_iter().flat_map(Path::components);
        let names: Vec<String> = parts
            .map(|part| untrusted::line(&part.as_os_str().to_string_lossy(), NAME_CHARS_MAX))
            .collect();
        names.join("/")
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::action::{EventPatch, Moment, Which};

    #[test]
    fn an_occurrence_is_found_before_and_after_it_was_moved() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("work");
        std::fs::create_dir(&home).unwrap();
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20270301T090000Z\r\n\
            DURATION:PT1H\r\nRRULE:FREQ=WEEKLY\r\nSUMMARY:Round\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        std::fs::write(home.join("u.ics"), text).unwrap();
        let vdir = Vdir::open(folder.path()).unwrap();
        let at = |text: &str| Moment::Time(format!("{text}[UTC]").parse().unwrap());
        let this = Which::This {
            start: at("2027-03-08T09:00:00"),
        };
        let zone = TimeZone::UTC;
        let edit = |which| Edit {
            uid: "u",
            which,
            zone: &zone,
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        let (event, _) = vdir.occurrence(&edit(&this), &[]).unwrap();
        assert_eq!(
            (event.start, event.calendar.as_str()),
            (at("2027-03-08T09:00:00"), "work")
        );
        let patch = EventPatch {
            start: Some(at("2027-03-09T10:00:00")),
            ..EventPatch::default()
        };
        vdir.update(&edit(&this), &patch).unwrap();
        let (event, _) = vdir.occurrence(&edit(&this), &[]).unwrap();
        assert_eq!(event.start, at("2027-03-09T10:00:00"));
        let none = Which::This {
            start: at("2027-03-10T09:00:00"),
        };
        assert!(vdir.occurrence(&edit(&none), &[]).is_err());
    }
}
