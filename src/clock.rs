//! The one place that asks what time it is, so that tests and the demo can fix it.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

/// Tells the time, and the zone in which the user reads it.
#[derive(Debug, Clone)]
pub struct Clock {
    fixed: Option<Timestamp>,
    zone: TimeZone,
}

impl Clock {
    /// Follows the machine's clock, read in `zone`.
    pub fn system(zone: TimeZone) -> Self {
        Self { fixed: None, zone }
    }

    /// Stands still at `now`, read in `zone`.
    pub fn fixed(now: Timestamp, zone: TimeZone) -> Self {
        Self {
            fixed: Some(now),
            zone,
        }
    }

    /// Returns the present moment.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the Clock the lint points to"
    )]
    pub fn now(&self) -> Timestamp {
        self.fixed.unwrap_or_else(Timestamp::now)
    }

    /// Returns the present moment in the user's zone.
    pub fn local(&self) -> ZonedDateTime {
        self.now().to_zoned_datetime(self.zone.clone())
    }

    /// Returns the user's zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }
}
