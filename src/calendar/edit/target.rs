//! Which instance of a set an edit is about, found by when it begins or began.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};

use super::Editor;
use crate::action::{Moment, Which};
use crate::calendar::event::{self, Definition};
use crate::calendar::recur::{self, Window};
use crate::calendar::values::Stamp;
use crate::calendar::{Error, vdir};

/// One instance of a set.
pub(in crate::calendar) struct Found {
    /// Its place in the set.
    pub(in crate::calendar) origin: Stamp,
    /// When it begins.
    pub(in crate::calendar) start: Stamp,
    /// How long it takes.
    pub(in crate::calendar) length: Span,
    /// The line of its own definition, when it has one.
    pub(in crate::calendar) line: Option<usize>,
}

/// What of a set is meant.
pub(in crate::calendar) enum Target {
    /// All of it.
    Whole,
    /// One instance.
    One(Found),
    /// One instance and all after it.
    From(Found),
}

impl Editor<'_> {
    pub(super) fn is_set(&self) -> bool {
        !self.changed.is_empty() || self.master.as_ref().is_some_and(Definition::is_recurring)
    }

    /// Finds what of the set is meant.
    pub(in crate::calendar) fn target(&self) -> Result<Target, Error> {
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
            start: vdir::text(start),
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
}
