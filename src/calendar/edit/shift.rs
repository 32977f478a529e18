//! How far a set is moved, and how its moments are spelled then.

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::calendar::Error;
use crate::calendar::spell::{self, Place};
use crate::calendar::tree::Component;
use crate::calendar::values::Stamp;

/// How far a set is moved, and how its moments are spelled afterwards.
pub(in crate::calendar) struct Shift {
    /// The spelling and zone of the start before.
    pub(in crate::calendar) old: Place,
    /// The spelling and zone of the start afterwards.
    pub(in crate::calendar) new: Place,
    by: SignedDuration,
}

impl Shift {
    pub(super) fn new(old: &Place, new: &Place) -> Self {
        Self {
            by: new.local.duration_since(old.local),
            old: old.clone(),
            new: new.clone(),
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.by.is_zero() && self.old.form == self.new.form
    }

    /// Days between the dates of the two starts.
    pub(in crate::calendar) fn days(&self) -> i64 {
        let (old, new) = (self.old.local.date(), self.new.local.date());
        i64::from((new - old).get_days())
    }

    /// Says whether the time of day changes.
    pub(in crate::calendar) fn moves_clock(&self) -> bool {
        self.old.local.time() != self.new.local.time()
    }

    /// Moves a moment of the set.
    pub(in crate::calendar) fn place(&self, stamp: &Stamp) -> Option<Place> {
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
pub(in crate::calendar) fn place(component: &Component, start: &Stamp) -> Result<Place, Error> {
    component
        .first("DTSTART")
        .or_else(|| component.first("RECURRENCE-ID"))
        .and_then(|property| Place::of(property, start))
        .ok_or(Error::NoEvent { problem: None })
}

/// Another moment in the spelling of `like`.
pub(in crate::calendar) fn place_at(like: &Place, stamp: &Stamp) -> Result<Place, Error> {
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
