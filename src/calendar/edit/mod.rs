//! Edits of the events of one file: all of a set, one instance, or one and all after it.
//!
//! Touches the lines it must and no other byte. `SEQUENCE` grows with time, place and recurrence
//! only (RFC 5546 section 2.1.4), so that a changed description resets nobody's answer.

mod shift;
mod target;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Error;
use super::event::{self, Definition};
use super::fields::{self, Facts};
use super::folder::{self, Group};
use super::series;
use super::spell::Place;
use super::tree::{self, Component};
use crate::action::{EventPatch, EventStatus, PartStat, Which};

pub(super) use shift::{Shift, place, place_at};
pub(super) use target::{Found, Target};

/// Stands for the line of a component that no file has yet.
const FRESH_LINE: usize = usize::MAX;

/// What is edited, and when.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// `UID`, as written.
    pub(super) uid: &'a str,
    /// Which instances.
    pub(super) which: &'a Which,
    /// Where days begin and floating times are read.
    pub(super) zone: &'a TimeZone,
    /// The present moment.
    pub(super) now: Timestamp,
}

/// What an edit makes of a file.
#[derive(Debug, Default)]
pub(super) struct Edited {
    /// The file's new bytes; none when nothing is left in it.
    pub(super) file: Option<Vec<u8>>,
    /// A new event that goes on where the old one was cut: its `UID` and file.
    pub(super) split: Option<(String, Vec<u8>)>,
}

/// A file that is being edited.
pub(super) struct Editor<'a> {
    pub(super) root: Component,
    pub(super) master: Option<Definition>,
    pub(super) changed: Vec<Definition>,
    pub(super) subject: Subject<'a>,
}

/// Changes what the patch names.
///
/// # Errors
/// The patch makes no sense for this event, or there is no such event or instance.
pub(super) fn update(
    bytes: &[u8],
    subject: Subject<'_>,
    patch: &EventPatch,
) -> Result<Edited, Error> {
    let mut editor = Editor::open(bytes, subject)?;
    let split = match editor.target()? {
        Target::Whole => {
            editor.whole(patch)?;
            None
        }
        Target::One(found) => {
            editor.one(&found, patch)?;
            None
        }
        Target::From(found) => Some(series::split(&mut editor, &found, patch)?),
    };
    Ok(Edited {
        file: Some(editor.bytes()),
        split,
    })
}

/// Takes the event, an instance, or an instance and all after it, out of the file.
///
/// # Errors
/// There is no such event or instance, or the set can't be cut there.
pub(super) fn delete(bytes: &[u8], subject: Subject<'_>) -> Result<Edited, Error> {
    let mut editor = Editor::open(bytes, subject)?;
    match editor.target()? {
        Target::Whole => {
            let uid = subject.uid.to_owned();
            let keeps = move |one: &Component| one.name != "VEVENT" || uid_of(one) != uid;
            editor.root.retain_components(&keeps);
        }
        Target::One(found) => series::except(&mut editor, &found)?,
        Target::From(found) => series::cut(&mut editor, &found)?,
    }
    let file = editor.holds_anything().then(|| editor.bytes());
    Ok(Edited { file, split: None })
}

/// Writes the answer of one of `me`; it changes neither `SEQUENCE` nor anyone else's answer.
///
/// # Errors
/// [`Error::NotInvited`], or there is no such event or instance.
pub(super) fn respond(
    bytes: &[u8],
    subject: Subject<'_>,
    me: &[String],
    answer: PartStat,
) -> Result<Edited, Error> {
    let mut editor = Editor::open(bytes, subject)?;
    let found = match editor.target()? {
        Target::Whole => None,
        Target::One(found) => Some(found),
        Target::From(_) => return Err(Error::Unsplittable),
    };
    let lines: Vec<usize> = if let Some(found) = &found {
        vec![editor.own(found)?]
    } else {
        let changed = editor.changed.iter().map(|one| one.line);
        let master = editor.master.iter().map(|one| one.line);
        master.chain(changed).collect()
    };
    let mut is_invited = false;
    for line in lines {
        let component = editor.component(line)?;
        for email in me {
            is_invited |= component
                .all("ATTENDEE")
                .any(|(line, _)| event::email(line).eq_ignore_ascii_case(email));
            if fields::answer(component, email, answer) {
                // `DTSTAMP` stays the organizer's: a later version of theirs must not look older.
                fields::modified(component, subject.now);
            }
        }
    }
    if !is_invited {
        return Err(Error::NotInvited);
    }
    Ok(Edited {
        file: Some(editor.bytes()),
        split: None,
    })
}

/// The file with the `UID` written into an event that had none and is shown by its line; none for any
/// other event.
fn named(bytes: &[u8], uid: &str) -> Option<Vec<u8>> {
    let (_, line) = uid.rsplit_once('#')?;
    let (mut root, _) = tree::parse(bytes);
    let event = root.at_mut(line.parse().ok()?)?;
    if event.name != "VEVENT" || !uid_of(event).is_empty() {
        return None;
    }
    event.set(&format!("UID:{}", super::lines::escape(uid)));
    let mut out = Vec::new();
    root.write(&mut out);
    Some(out)
}

/// `UID` of a component, as the lists know it.
pub(super) fn uid_of(component: &Component) -> String {
    component.text("UID").trim().to_owned()
}

impl<'a> Editor<'a> {
    pub(super) fn open(bytes: &[u8], subject: Subject<'a>) -> Result<Self, Error> {
        let named = named(bytes, subject.uid);
        let bytes = named.as_deref().unwrap_or(bytes);
        let (root, _) = tree::parse(bytes);
        let (definitions, _) = folder::definitions(bytes, "", subject.zone);
        let group = Group {
            definitions: definitions
                .into_iter()
                .filter(|one| one.uid == subject.uid)
                .map(|one| (0, one))
                .collect(),
        };
        let parts = group.series();
        let (master, changed) = (
            parts.master.cloned(),
            parts.changed.iter().map(|&one| one.clone()).collect(),
        );
        let editor = Self {
            root,
            master,
            changed,
            subject,
        };
        if editor.master.is_none() && editor.changed.is_empty() {
            return Err(Error::NoSuchEvent {
                uid: crate::untrusted::line(subject.uid, 80),
            });
        }
        Ok(editor)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.root.write(&mut out);
        out
    }

    fn holds_anything(&self) -> bool {
        fn any(component: &Component) -> bool {
            component.components().any(|inner| {
                !matches!(inner.name.as_str(), "VTIMEZONE" | "VCALENDAR")
                    || (inner.name == "VCALENDAR" && any(inner))
            })
        }
        any(&self.root)
    }

    pub(super) fn component(&mut self, line: usize) -> Result<&mut Component, Error> {
        self.root
            .at_mut(line)
            .ok_or(Error::NoEvent { problem: None })
    }

    /// Changes the event and, along with it, the instances that had not left it.
    fn whole(&mut self, patch: &EventPatch) -> Result<(), Error> {
        let Some(master) = self.master.clone() else {
            let lines: Vec<usize> = self.changed.iter().map(|one| one.line).collect();
            return lines
                .into_iter()
                .try_for_each(|line| self.alone(line, patch));
        };
        let subject = self.subject;
        let before = self.component(master.line)?.clone();
        let old = place(&before, &master.start)?;
        let new = patch
            .start
            .as_ref()
            .map(|start| old.moved(start, subject.zone));
        let shift = new.as_ref().map(|new| Shift::new(&old, new));
        if self.is_set()
            && new
                .as_ref()
                .is_some_and(|new| new.stamp().is_day() != old.stamp().is_day())
        {
            return Err(Error::MixedKinds);
        }
        let shift = shift.filter(|shift| !shift.is_nothing());
        let rule = match (&patch.rule, &shift) {
            (None, Some(shift)) => series::shifted_rule(&before, shift)?,
            (Some(_), _) | (None, None) => None,
        };
        let facts = Facts {
            start: &old,
            length: master.length,
        };
        let component = self.component(master.line)?;
        let touched = fields::apply(component, &facts, patch, &subject)?;
        if let Some(rule) = rule {
            component.set(&format!("RRULE:{rule}"));
        }
        if let Some(shift) = &shift {
            series::shift_lists(component, shift);
        }
        if touched.anything {
            fields::stamp(component, touched.is_significant, subject.now);
        }
        self.add_zone(new.as_ref().or(Some(&old)), patch);
        for one in self.changed.clone() {
            self.along(&one, &before, patch, shift.as_ref())?;
        }
        Ok(())
    }

    /// Changes an instance along with its set: what it had of its own it keeps.
    fn along(
        &mut self,
        one: &Definition,
        before: &Component,
        patch: &EventPatch,
        shift: Option<&Shift>,
    ) -> Result<(), Error> {
        let subject = self.subject;
        let own = self.component(one.line)?;
        let same = |name: &str| own.text(name) == before.text(name);
        let mut patch = EventPatch {
            summary: patch.summary.clone().filter(|_| same("SUMMARY")),
            location: patch.location.clone().filter(|_| same("LOCATION")),
            description: patch.description.clone().filter(|_| same("DESCRIPTION")),
            status: patch.status,
            organizer: patch.organizer.clone(),
            attendees: patch.attendees.clone(),
            ..EventPatch::default()
        };
        let stays =
            one.status() == EventStatus::Cancelled && patch.status != Some(EventStatus::Cancelled);
        if stays {
            patch.status = None;
        }
        let old = place(own, &one.start)?;
        let facts = Facts {
            start: &old,
            length: one.length,
        };
        let mut touched = fields::apply(own, &facts, &patch, &subject)?;
        if let Some(shift) = shift {
            series::shift_instance(own, one, shift);
            touched.anything = true;
            touched.is_significant = true;
        }
        if touched.anything {
            fields::stamp(own, touched.is_significant, subject.now);
        }
        Ok(())
    }

    /// Changes the one component on that line.
    fn alone(&mut self, line: usize, patch: &EventPatch) -> Result<(), Error> {
        let subject = self.subject;
        let one = self.changed.iter().find(|one| one.line == line).cloned();
        let one = one.ok_or(Error::NoEvent { problem: None })?;
        let component = self.component(line)?;
        let old = place(component, &one.start)?;
        let facts = Facts {
            start: &old,
            length: one.length,
        };
        let touched = fields::apply(component, &facts, patch, &subject)?;
        if touched.anything {
            fields::stamp(component, touched.is_significant, subject.now);
        }
        let new = patch.start.as_ref().map(|to| old.moved(to, subject.zone));
        self.add_zone(new.as_ref(), patch);
        Ok(())
    }

    /// Changes one instance; it gets a definition of its own when it has none.
    pub(super) fn one(&mut self, found: &Found, patch: &EventPatch) -> Result<(), Error> {
        if patch.rule.is_some() {
            return Err(Error::RuleOfOne);
        }
        if let Some(line) = found.line {
            return self.alone(line, patch);
        }
        let before = self.root.clone();
        let line = self.own(found)?;
        let subject = self.subject;
        let own = self.component(line)?;
        let start = place(own, &found.start)?;
        let facts = Facts {
            start: &start,
            length: found.length,
        };
        let touched = fields::apply(own, &facts, patch, &subject)?;
        if !touched.anything {
            self.root = before;
            return Ok(());
        }
        fields::stamp(own, touched.is_significant, subject.now);
        let new = patch.start.as_ref().map(|to| start.moved(to, subject.zone));
        self.add_zone(new.as_ref(), patch);
        Ok(())
    }

    /// Returns the line of an instance's own definition; makes one when it has none.
    fn own(&mut self, found: &Found) -> Result<usize, Error> {
        if let Some(line) = found.line {
            return Ok(line);
        }
        let none = || Error::NoEvent { problem: None };
        let master = self.master.clone().ok_or_else(none)?;
        let mut own = self.component(master.line)?.clone();
        let old = place(&own, &master.start)?;
        let (origin, start) = (
            place_at(&old, &found.origin)?,
            place_at(&old, &found.start)?,
        );
        own.mark(FRESH_LINE);
        own.retain(|property| {
            !matches!(
                property.name.as_str(),
                "RRULE" | "RDATE" | "EXDATE" | "EXRULE"
            )
        });
        fields::place_at(&mut own, &start, found.length);
        own.set(&origin.line("RECURRENCE-ID"));
        self.root.insert_after(master.line, &own);
        Ok(FRESH_LINE)
    }

    /// Adds the definition of a zone that the file did not name yet.
    fn add_zone(&mut self, start: Option<&Place>, patch: &EventPatch) {
        let (Some(start), true) = (start, patch.start.is_some() || patch.end.is_some()) else {
            return;
        };
        let end = patch.end.as_ref();
        let end = end.map(|end| start.moved(end, self.subject.zone));
        for place in [Some(start), end.as_ref()].into_iter().flatten() {
            fields::define_zone(&mut self.root, place);
        }
    }
}

#[cfg(test)]
mod tests;
