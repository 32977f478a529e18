//! Edits of the events of one file: all of a set, one instance, or one and all after it.
//!
//! Touches the lines it must and no other byte. `SEQUENCE` grows with time, place and recurrence
//! only (RFC 5546 section 2.1.4), so that a changed description resets nobody's answer.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::Error;
use super::event::{self, Definition};
use super::fields::{self, Facts};
use super::folder::{self, Group};
use super::recur::{self, Window};
use super::series;
use super::spell::{self, Place};
use super::tree::{self, Component};
use super::values::Stamp;
use crate::action::{EventPatch, EventStatus, Moment, PartStat, Which};

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

/// One instance of a set.
pub(super) struct Found {
    /// Its place in the set.
    pub(super) origin: Stamp,
    /// When it begins.
    pub(super) start: Stamp,
    /// How long it takes.
    pub(super) length: Span,
    /// The line of its own definition, when it has one.
    pub(super) line: Option<usize>,
}

/// What of a set is meant.
pub(super) enum Target {
    /// All of it.
    Whole,
    /// One instance.
    One(Found),
    /// One instance and all after it.
    From(Found),
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

/// `UID` of a component, as the lists know it.
pub(super) fn uid_of(component: &Component) -> String {
    component.text("UID").trim().to_owned()
}

impl<'a> Editor<'a> {
    pub(super) fn open(bytes: &[u8], subject: Subject<'a>) -> Result<Self, Error> {
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

    fn is_set(&self) -> bool {
        !self.changed.is_empty() || self.master.as_ref().is_some_and(Definition::is_recurring)
    }

    /// Finds what of the set is meant.
    pub(super) fn target(&self) -> Result<Target, Error> {
        if !self.is_set() {
            return Ok(Target::Whole);
        }
        match self.subject.which {
            Which::All {} => Ok(Target::Whole),
            Which::This { start } => self.find(start).map(Target::One),
            Which::Future { start } => {
                let found = self.find(start)?;
                if !self.is_first(&found) {
                    return Ok(Target::From(found));
                }
                Ok(Target::Whole)
            }
        }
    }

    /// Says whether no instance comes before this one.
    fn is_first(&self, found: &Found) -> bool {
        let at = |stamp: &Stamp| stamp.zoned(&TimeZone::UTC).map(|at| at.timestamp());
        let start = self.master.as_ref().map(|master| &master.start);
        start.is_some_and(|start| at(start) == at(&found.origin))
    }

    /// Finds the instance that begins at `start`, or did before it was moved.
    fn find(&self, start: &Moment) -> Result<Found, Error> {
        let zone = self.subject.zone;
        let missing = || Error::NoSuchInstance {
            start: super::vdir::text(start),
        };
        let wanted = match start {
            Moment::Time(time) => time.timestamp(),
            Moment::Day(day) => event::day_begins(*day, zone).ok_or_else(missing)?,
        };
        let window = Window {
            from: wanted,
            to: wanted
                .checked_add(SignedDuration::from_secs(1))
                .map_err(|_| missing())?,
            zone: zone.clone(),
        };
        let parts = recur::Series {
            master: self.master.as_ref(),
            changed: self.changed.iter().collect(),
        };
        let is_wanted = |stamp: &Stamp| match (stamp, start) {
            (Stamp::Day(day), Moment::Day(wanted)) => day == wanted,
            (Stamp::Time(..), Moment::Time(_)) => {
                stamp.zoned(zone).is_some_and(|at| at.timestamp() == wanted)
            }
            (Stamp::Day(_), Moment::Time(_)) | (Stamp::Time(..), Moment::Day(_)) => false,
        };
        let mut instances = recur::instances(&parts, &window, &mut Vec::new());
        instances.retain(|instance| is_wanted(&instance.start));
        let found = instances.into_iter().next().map(|instance| Found {
            line: instance
                .definition
                .instance
                .as_ref()
                .filter(|_| instance.origin_is_own())
                .map(|_| instance.definition.line),
            origin: instance.origin,
            start: instance.start,
            length: instance.length,
        });
        let moved = || {
            let one = self
                .changed
                .iter()
                .find(|one| one.instance.as_ref().is_some_and(is_wanted))?;
            Some(Found {
                origin: one.instance.clone()?,
                start: one.start.clone(),
                length: one.length,
                line: Some(one.line),
            })
        };
        found.or_else(moved).ok_or_else(missing)
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

/// How far a set is moved, and how its moments are spelled afterwards.
pub(super) struct Shift {
    /// The spelling and zone of the start before.
    pub(super) old: Place,
    /// The spelling and zone of the start afterwards.
    pub(super) new: Place,
    by: SignedDuration,
}

impl Shift {
    fn new(old: &Place, new: &Place) -> Self {
        Self {
            by: new.local.duration_since(old.local),
            old: old.clone(),
            new: new.clone(),
        }
    }

    fn is_nothing(&self) -> bool {
        self.by.is_zero() && self.old.form == self.new.form
    }

    /// Days between the dates of the two starts.
    pub(super) fn days(&self) -> i64 {
        let (old, new) = (self.old.local.date(), self.new.local.date());
        i64::from((new - old).get_days())
    }

    /// Says whether the time of day changes.
    pub(super) fn moves_clock(&self) -> bool {
        self.old.local.time() != self.new.local.time()
    }

    /// Moves a moment of the set.
    pub(super) fn place(&self, stamp: &Stamp) -> Option<Place> {
        let local: DateTime = match stamp {
            Stamp::Day(_) => stamp.local(),
            Stamp::Time(..) => self
                .old
                .zone
                .to_datetime(stamp.zoned(&TimeZone::UTC)?.timestamp()),
        };
        Some(Place {
            form: match stamp {
                Stamp::Day(_) => spell::Form::Day,
                Stamp::Time(..) => self.new.form.clone(),
            },
            local: local.checked_add(self.by).ok()?,
            zone: self.new.zone.clone(),
        })
    }
}

/// Where a component begins and how that is spelled.
pub(super) fn place(component: &Component, start: &Stamp) -> Result<Place, Error> {
    component
        .first("DTSTART")
        .or_else(|| component.first("RECURRENCE-ID"))
        .and_then(|property| Place::of(property, start))
        .ok_or(Error::NoEvent { problem: None })
}

/// Another moment in the spelling of `like`.
pub(super) fn place_at(like: &Place, stamp: &Stamp) -> Result<Place, Error> {
    let local = match stamp {
        Stamp::Day(_) => stamp.local(),
        Stamp::Time(..) => {
            let at = stamp
                .zoned(&TimeZone::UTC)
                .ok_or(Error::NoEvent { problem: None })?;
            like.zone.to_datetime(at.timestamp())
        }
    };
    Ok(Place {
        form: like.form.clone(),
        local,
        zone: like.zone.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A weekly set with odd bytes, an exception, a moved and a renamed instance.
    const SET: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-ODD;A=\"b c\":1\r\nBEGIN:VEVENT\r\nUID:u\r\n\
DTSTAMP:20260101T000000Z\r\nSUMMARY;X-P=1:Stand\r\n up\r\ndtstart;TZID=\"W. Europe Standard Time\":20260302T090000\r\n\
DTEND;TZID=\"W. Europe Standard Time\":20260302T093000\r\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=6\r\n\
EXDATE;TZID=\"W. Europe Standard Time\":20260309T090000\r\nORGANIZER:mailto:a@x.org\r\n\
ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.org\r\nATTENDEE;CN=B;PARTSTAT=ACCEPTED:mailto:b@x.org\r\n\
this line is broken\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:u\r\n\
RECURRENCE-ID:20260316T080000Z\r\nDTSTART:20260316T100000Z\r\nDTEND:20260316T103000Z\r\nSUMMARY:Standup\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID:20260330T070000Z\r\nDTSTART:20260330T070000Z\r\nDTEND:20260330T073000Z\r\nSUMMARY:Long one\r\nEND:VEVENT\r\n\
END:VCALENDAR\r\n";

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn time(text: &str) -> Moment {
        Moment::Time(format!("{text}[Europe/Berlin]").parse().unwrap())
    }

    fn subject<'a>(which: &'a Which, zone: &'a TimeZone) -> Subject<'a> {
        Subject {
            uid: "u",
            which,
            zone,
            now: "2026-02-01T00:00:00Z".parse().unwrap(),
        }
    }

    /// Lines that went and came, in order.
    fn difference(before: &str, after: &[u8]) -> Vec<String> {
        let after = String::from_utf8(after.to_vec()).unwrap();
        let mut out = Vec::new();
        let (old, new): (Vec<&str>, Vec<&str>) = (
            before.split("\r\n").collect(),
            after.split("\r\n").collect(),
        );
        let mut at = 0;
        for line in &new {
            match old
                .get(at..)
                .unwrap()
                .iter()
                .position(|known| known == line)
            {
                Some(skipped)
                    if !line.starts_with("END:") && !line.starts_with("BEGIN:") || skipped == 0 =>
                {
                    out.extend(old[at..at + skipped].iter().map(|line| format!("-{line}")));
                    at += skipped + 1;
                }
                Some(_) | None => out.push(format!("+{line}")),
            }
        }
        out.extend(old[at..].iter().map(|line| format!("-{line}")));
        out
    }

    fn changed(which: &Which, patch: &EventPatch) -> Vec<String> {
        let zone = berlin();
        let edited = update(SET.as_bytes(), subject(which, &zone), patch).unwrap();
        difference(SET, &edited.file.unwrap())
    }

    /// Lists what the file means: start and name of each instance, in UTC.
    fn meaning(bytes: &[u8]) -> Vec<String> {
        let zone = berlin();
        let (definitions, _) = folder::definitions(bytes, "", &zone);
        let group = Group {
            definitions: definitions.into_iter().map(|one| (0, one)).collect(),
        };
        let window = Window {
            from: "2026-01-01T00:00:00Z".parse().unwrap(),
            to: "2027-01-01T00:00:00Z".parse().unwrap(),
            zone: zone.clone(),
        };
        let reader = event::Reader {
            me: &[],
            calendar: "",
        };
        let mut out: Vec<String> = recur::instances(&group.series(), &window, &mut Vec::new())
            .into_iter()
            .map(|one| {
                let (start, end) = event::bounds(&one.start, one.length, &zone).unwrap();
                let named = one
                    .definition
                    .event((&one.start, one.length), true, &reader);
                let minutes = end.duration_since(start).as_mins();
                format!(
                    "{} {minutes} {}",
                    start.strftime("%m-%dT%H:%M"),
                    named.unwrap().summary
                )
            })
            .collect();
        out.sort();
        out
    }

    #[test]
    fn the_set_means_what_the_tests_below_assume() {
        assert_eq!(
            meaning(SET.as_bytes()),
            [
                "03-02T08:00 30 Standup",
                "03-16T10:00 30 Standup",
                "03-23T08:00 30 Standup",
                "03-30T07:00 30 Long one",
                "04-06T07:00 30 Standup"
            ]
        );
    }

    #[test]
    fn a_new_description_touches_its_line_and_the_stamps_only() {
        let patch = EventPatch {
            description: Some("a, b".to_owned()),
            ..EventPatch::default()
        };
        let which = Which::This {
            start: time("2026-03-30T09:00:00"),
        };
        assert_eq!(
            changed(&which, &patch),
            [
                "+DESCRIPTION:a\\, b",
                "+DTSTAMP:20260201T000000Z",
                "+LAST-MODIFIED:20260201T000000Z"
            ]
        );
    }

    #[test]
    fn moving_the_whole_set_moves_exceptions_and_instances_and_asks_again() {
        let patch = EventPatch {
            start: Some(time("2026-03-03T10:00:00")),
            ..EventPatch::default()
        };
        let zone = berlin();
        let which = Which::All {};
        let file = update(SET.as_bytes(), subject(&which, &zone), &patch)
            .unwrap()
            .file
            .unwrap();
        assert_eq!(
            meaning(&file),
            [
                "03-03T09:00 30 Standup",
                "03-16T10:00 30 Standup",
                "03-24T09:00 30 Standup",
                "03-31T08:00 30 Long one",
                "04-07T08:00 30 Standup"
            ]
        );
        let lines = difference(SET, &file);
        for line in [
            "-RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=6",
            "+RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=6",
            "+DTSTART;TZID=\"W. Europe Standard Time\":20260303T100000",
            "+EXDATE;TZID=\"W. Europe Standard Time\":20260310T100000",
            "+SEQUENCE:1",
            "+ATTENDEE;CN=B;PARTSTAT=NEEDS-ACTION:mailto:b@x.org",
        ] {
            assert!(
                lines.iter().any(|known| known == line),
                "{line} in {lines:#?}"
            );
        }
        assert!(
            !lines
                .iter()
                .any(|line| line.contains("ACCEPTED:mailto:a@x.org"))
        );
    }

    #[test]
    fn one_instance_gets_a_definition_of_its_own() {
        let zone = berlin();
        let which = Which::This {
            start: time("2026-03-23T09:00:00"),
        };
        let patch = EventPatch {
            start: Some(time("2026-03-24T15:00:00")),
            end: Some(time("2026-03-24T16:00:00")),
            ..EventPatch::default()
        };
        let file = update(SET.as_bytes(), subject(&which, &zone), &patch)
            .unwrap()
            .file
            .unwrap();
        assert_eq!(
            meaning(&file),
            [
                "03-02T08:00 30 Standup",
                "03-16T10:00 30 Standup",
                "03-24T14:00 60 Standup",
                "03-30T07:00 30 Long one",
                "04-06T07:00 30 Standup"
            ]
        );
        let text = String::from_utf8(file).unwrap();
        let head = SET
            .split_once("BEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID")
            .unwrap()
            .0;
        assert!(text.starts_with(head), "what was there keeps its bytes");
        let own = text.strip_prefix(head).unwrap();
        assert!(
            own.contains("RECURRENCE-ID;TZID=\"W. Europe Standard Time\":20260323T090000\r\n"),
            "{own}"
        );
        assert!(!own.split("END:VEVENT").next().unwrap().contains("RRULE"));
    }

    #[test]
    fn this_and_all_after_it_become_a_set_of_their_own() {
        let zone = berlin();
        let which = Which::Future {
            start: time("2026-03-23T09:00:00"),
        };
        let patch = EventPatch {
            start: Some(time("2026-03-23T11:00:00")),
            ..EventPatch::default()
        };
        let edited = update(SET.as_bytes(), subject(&which, &zone), &patch).unwrap();
        assert_eq!(
            meaning(&edited.file.unwrap()),
            ["03-02T08:00 30 Standup", "03-16T10:00 30 Standup"]
        );
        let (uid, rest) = edited.split.unwrap();
        assert_eq!(
            meaning(&rest),
            [
                "03-23T10:00 30 Standup",
                "03-30T09:00 30 Long one",
                "04-06T09:00 30 Standup"
            ]
        );
        let text = String::from_utf8(rest).unwrap();
        assert_eq!(text.matches("UID:").count(), 2);
        assert_eq!(text.matches(&format!("UID:{uid}")).count(), 2);
        assert!(
            text.contains("RELATED-TO;RELTYPE=SIBLING:u\r\n")
                && text.contains("X-ODD;A=\"b c\":1\r\n")
        );
    }

    #[test]
    fn an_endless_set_is_cut_by_until_in_utc() {
        let set = SET.replace(";COUNT=6", "");
        let zone = berlin();
        let which = Which::Future {
            start: time("2026-04-06T09:00:00"),
        };
        let file = delete(set.as_bytes(), subject(&which, &zone))
            .unwrap()
            .file
            .unwrap();
        assert_eq!(meaning(&file), meaning(SET.as_bytes())[..4].to_vec());
        assert!(
            String::from_utf8(file)
                .unwrap()
                .contains("RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260406T065959Z")
        );
    }

    #[test]
    fn a_deleted_instance_is_an_exception_and_a_deleted_event_is_gone() {
        let zone = berlin();
        let which = Which::This {
            start: time("2026-03-16T11:00:00"),
        };
        let file = delete(SET.as_bytes(), subject(&which, &zone))
            .unwrap()
            .file
            .unwrap();
        assert_eq!(
            meaning(&file),
            [
                "03-02T08:00 30 Standup",
                "03-23T08:00 30 Standup",
                "03-30T07:00 30 Long one",
                "04-06T07:00 30 Standup"
            ]
        );
        let which = Which::All {};
        assert!(
            delete(SET.as_bytes(), subject(&which, &zone))
                .unwrap()
                .file
                .is_none()
        );
    }

    #[test]
    fn senseless_edits_are_refused_in_words() {
        let zone = berlin();
        let monthly = SET.replace("FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYDAY=1MO");
        let patch = |start: Option<&str>, end: Option<&str>| EventPatch {
            start: start.map(time),
            end: end.map(time),
            ..EventPatch::default()
        };
        let all = Which::All {};
        let table = [
            (
                &monthly,
                all.clone(),
                patch(Some("2026-03-03T09:00:00"), None),
                "the event recurs by the rule 'FREQ=MONTHLY;BYDAY=1MO;COUNT=6', which can't be moved along",
            ),
            (
                &SET.to_owned(),
                all.clone(),
                patch(None, Some("2026-03-02T08:00:00")),
                "the event ends at 2026-03-02T08:00:00+01:00[Europe/Berlin], which is not after its start at 2026-03-02T09:00:00+01:00[Europe/Berlin]",
            ),
            (
                &SET.to_owned(),
                Which::This {
                    start: time("2026-03-09T09:00:00"),
                },
                patch(None, None),
                "the event has no occurrence that begins at 2026-03-09T09:00:00+01:00[Europe/Berlin]",
            ),
            (
                &SET.to_owned(),
                all.clone(),
                EventPatch {
                    rule: Some("FREQ=OFTEN\r\nX:1".to_owned()),
                    ..EventPatch::default()
                },
                "the rule 'FREQ=OFTEN X:1' has no FREQ",
            ),
            (
                &SET.to_owned(),
                all,
                EventPatch {
                    organizer: Some("a@b\r\nX:1".to_owned()),
                    ..EventPatch::default()
                },
                "'a@b X:1' is not a mail address",
            ),
        ];
        for (set, which, patch, want) in table {
            let error = update(set.as_bytes(), subject(&which, &zone), &patch).unwrap_err();
            assert_eq!(error.to_string(), want);
        }
    }

    #[test]
    fn an_answer_changes_one_line_and_no_sequence() {
        let zone = berlin();
        let which = Which::All {};
        let me = ["B@x.org".to_owned()];
        let file = respond(
            SET.as_bytes(),
            subject(&which, &zone),
            &me,
            PartStat::Declined,
        )
        .unwrap()
        .file
        .unwrap();
        assert_eq!(
            difference(SET, &file),
            [
                "+ATTENDEE;CN=B;PARTSTAT=DECLINED:mailto:b@x.org",
                "-ATTENDEE;CN=B;PARTSTAT=ACCEPTED:mailto:b@x.org",
                "+LAST-MODIFIED:20260201T000000Z"
            ]
        );
    }

    proptest! {
        #[test]
        fn untouched_lines_keep_their_bytes(
            extra in proptest::collection::vec("[A-Z-]{3,12}(;X-[A-Z]{1,3}=[a-z]{0,9})?:[ -~é漢]{0,120}", 0..8),
            junk in "\\PC{0,30}",
            eol in prop_oneof![Just("\r\n"), Just("\n")],
            summary in "[a-z,;é ]{0,90}[a-z]",
        ) {
            let known = ["UID", "BEGIN", "END", "DTSTART", "DTEND", "DTSTAMP", "SUMMARY", "SEQUENCE", "RRULE",
                "RDATE", "EXDATE", "DURATION", "LAST-MODIFIED", "RECURRENCE-ID", "STATUS"];
            let extra: Vec<String> = extra.into_iter()
                .filter(|line| !known.iter().any(|name| line.starts_with(name)))
                .map(|line| line.trim_end().to_owned())
                .collect();
            let junk = junk.replace(':', "").trim().to_owned();
            let lines: Vec<String> = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u", "DTSTART:20260302T090000Z"].iter()
                .map(|line| (*line).to_owned())
                .chain(extra.iter().cloned()).chain([junk.clone()])
                .chain(["END:VEVENT", "END:VCALENDAR"].iter().map(|line| (*line).to_owned())).collect();
            let text = lines.iter().flat_map(|line| [line.as_str(), eol]).collect::<String>();
            let zone = berlin();
            let which = Which::All {};
            let patch = EventPatch {
                summary: Some(summary.clone()),
                start: Some(time("2026-03-05T09:00:00")),
                ..EventPatch::default()
            };
            let file = update(text.as_bytes(), subject(&which, &zone), &patch).unwrap().file.unwrap();
            let after = String::from_utf8(file.clone()).unwrap();
            let mut at = 0;
            for line in lines.iter().filter(|line| !line.starts_with("DTSTART")) {
                let whole = format!("{line}{eol}");
                let found = after.get(at..).unwrap().find(&whole);
                prop_assert!(found.is_some(), "{:?} is gone from {:?}", line, after);
                at += found.unwrap() + whole.len();
            }
            let again = update(&file, subject(&which, &zone), &patch).unwrap().file.unwrap();
            prop_assert_eq!(again, file, "the same edit twice is one");
            let (read, _) = folder::definitions(after.as_bytes(), "", &zone);
            prop_assert_eq!(read[0].sequence, 1);
        }
    }
}
