//! How a date or time is spelled in one property (RFC 5545 section 3.3.5), so that an edit keeps
//! the spelling it found: day, UTC, floating, or local with the file's own name of its zone.

use jiff::ZonedDateTime;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::lines::Property;
use super::values::{self, Shape, Stamp};
use super::write;
use crate::action::Moment;

/// The four spellings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// `;VALUE=DATE:20260314`
    Day,
    /// `:20260314T093000Z`
    Utc,
    /// `:20260314T093000`
    Floating,
    /// `;TZID=Europe/Berlin:20260314T093000`, with the name as the file has it.
    Zone(String),
}

/// A date or time with its spelling.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// How it is spelled.
    pub(super) form: Form,
    /// As written, midnight for a day.
    pub(super) local: DateTime,
    /// What the spelling means; UTC for days.
    pub(super) zone: TimeZone,
}

impl Form {
    /// Reads the spelling of a property's first value.
    pub(super) fn of(property: &Property) -> Option<Self> {
        let first = property.value.split([',', '/']).next()?;
        Some(match values::shape(first)? {
            Shape::Day(_) => Self::Day,
            Shape::Utc(_) => Self::Utc,
            Shape::Local(_) => property.param("TZID").map_or(Self::Floating, Self::Zone),
        })
    }

    /// Spells one value.
    pub(super) fn value(&self, local: DateTime) -> String {
        match self {
            Self::Day => local.strftime("%Y%m%d").to_string(),
            Self::Utc => format!("{}Z", local.strftime("%Y%m%dT%H%M%S")),
            Self::Floating | Self::Zone(_) => local.strftime("%Y%m%dT%H%M%S").to_string(),
        }
    }

    /// Spells a whole property.
    pub(super) fn line(&self, name: &str, values: &str) -> String {
        let property = Property {
            name: name.to_owned(),
            params: Vec::new(),
            value: values.to_owned(),
        };
        match self {
            Self::Day => property.with_param("VALUE", "DATE"),
            Self::Zone(tzid) => property.with_param("TZID", tzid),
            Self::Utc | Self::Floating => property,
        }
        .render()
    }
}

impl Place {
    /// Puts a stamp and the spelling of its property together.
    pub(super) fn of(property: &Property, stamp: &Stamp) -> Option<Self> {
        Some(Self {
            form: Form::of(property)?,
            local: stamp.local(),
            zone: zone(stamp),
        })
    }

    /// The same stretch of the calendar as a stamp.
    pub(super) fn stamp(&self) -> Stamp {
        match self.form {
            Form::Day => Stamp::Day(self.local.date()),
            Form::Utc | Form::Floating | Form::Zone(_) => {
                Stamp::Time(self.local, self.zone.clone())
            }
        }
    }

    /// Returns `to` in this spelling where that can say it, else in the nearest one.
    pub(super) fn moved(&self, to: &Moment, user: &TimeZone) -> Self {
        let time = match to {
            Moment::Day(day) => {
                return Self {
                    form: Form::Day,
                    local: day.at(0, 0, 0, 0),
                    zone: TimeZone::UTC,
                };
            }
            Moment::Time(time) => time,
        };
        let keeps = |zone: &TimeZone| same_zone(zone, time.time_zone());
        match &self.form {
            Form::Utc => self.kept(time),
            Form::Zone(_) if keeps(&self.zone) || write::zone_name(time).is_none() => {
                self.kept(time)
            }
            Form::Floating if keeps(user) => self.kept(time),
            Form::Day | Form::Floating | Form::Zone(_) => match write::zone_name(time) {
                Some(name) => Self {
                    form: Form::Zone(name),
                    local: time.datetime(),
                    zone: time.time_zone().clone(),
                },
                None => Self {
                    form: Form::Utc,
                    local: TimeZone::UTC.to_datetime(time.timestamp()),
                    zone: TimeZone::UTC,
                },
            },
        }
    }

    fn kept(&self, time: &ZonedDateTime) -> Self {
        Self {
            form: self.form.clone(),
            local: self.zone.to_datetime(time.timestamp()),
            zone: self.zone.clone(),
        }
    }

    /// The property as one line.
    pub(super) fn line(&self, name: &str) -> String {
        self.form.line(name, &self.form.value(self.local))
    }
}

/// The zone a stamp is written in; UTC for days.
pub(super) fn zone(stamp: &Stamp) -> TimeZone {
    match stamp {
        Stamp::Day(_) => TimeZone::UTC,
        Stamp::Time(_, zone) => zone.clone(),
    }
}

fn same_zone(one: &TimeZone, other: &TimeZone) -> bool {
    one == other || (one.iana_name().is_some() && one.iana_name() == other.iana_name())
}
