//! Why a time does not fit, as a sentence.

use std::fmt;

use jiff::ZonedDateTime;
use jiff::civil::Time;

/// Why a slot does not fit.
#[derive(Debug, Clone, PartialEq)]
pub enum Clash {
    /// It has no length, or one that no day can hold.
    Length {
        /// The minutes asked for.
        minutes: u32,
    },
    /// It begins in the past or too soon.
    Notice {
        /// The first moment that could be booked.
        earliest: ZonedDateTime,
    },
    /// It reaches out of the window asked for.
    Window {
        /// Begin of the window.
        from: ZonedDateTime,
        /// End of the window.
        to: ZonedDateTime,
    },
    /// It falls on a day that is not worked or was not asked for.
    Day {
        /// The day.
        day: ZonedDateTime,
    },
    /// It reaches out of the hours that are worked or were asked for.
    Hours {
        /// First time that fits.
        from: Time,
        /// Last time that fits.
        to: Time,
    },
    /// The user is busy, or the buffer around an event is not kept.
    Busy {
        /// Begin of what is in the way.
        from: ZonedDateTime,
        /// Its end.
        to: ZonedDateTime,
        /// Minutes to keep free between it and the slot.
        margin: i64,
    },
    /// The day has as many events, or as many minutes of them, as a day may have.
    Full {
        /// The day.
        day: ZonedDateTime,
        /// What it may have.
        most: Most,
    },
}

/// What a day may have of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Most {
    /// So many events.
    Events(u32),
    /// So many minutes of them.
    Minutes(u32),
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let long = |at: &ZonedDateTime| at.strftime("%a %-d %B %H:%M").to_string();
        let clock = |time: &Time| time.strftime("%H:%M").to_string();
        match self {
            Self::Length { minutes } => write!(f, "{minutes} minutes can't be booked in one day"),
            Self::Notice { earliest } => {
                write!(
                    f,
                    "that is too soon, the first moment to book is {}",
                    long(earliest)
                )
            }
            Self::Window { from, to } => {
                write!(f, "that is not within {} to {}", long(from), long(to))
            }
            Self::Day { day } => write!(f, "{} is not one of the days", day.strftime("%A %-d %B")),
            Self::Hours { from, to } => {
                write!(
                    f,
                    "that is not within the hours from {} to {}",
                    clock(from),
                    clock(to)
                )
            }
            Self::Busy {
                from,
                to,
                margin: 0,
            } => {
                write!(f, "busy from {} to {}", long(from), long(to))
            }
            Self::Busy { from, to, margin } => {
                write!(
                    f,
                    "busy from {} to {}, with {margin} minutes to keep free around",
                    long(from),
                    long(to)
                )
            }
            Self::Full { day, most } => {
                let day = day.strftime("%A %-d %B");
                match most {
                    Most::Events(most) => write!(f, "{day} would have more than {most} events"),
                    Most::Minutes(most) => {
                        write!(f, "{day} would have more than {most} minutes of events")
                    }
                }
            }
        }
    }
}
