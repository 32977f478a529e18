//! The calendar: iCalendar (RFC 5545) read tolerantly and written strictly, recurrences expanded,
//! kept in a folder that khal and vdirsyncer read too.
//!
//! Never follows a link, never sends anything, and treats every file and invitation as data.

mod book;
mod change;
mod contents;
pub mod dav;
mod edit;
mod event;
mod fields;
mod folder;
mod invite;
pub mod itip;
mod lines;
mod look;
mod published;
mod recur;
mod rule;
mod series;
mod spell;
mod transfer;
mod tree;
mod values;
mod vdir;
mod windows;
mod write;
mod zones;

use std::io;
use std::path::PathBuf;

pub use change::{Edit, split_uid};
pub use contents::{Contents, contents, rewritten};
pub use invite::{Invitation, Method, invitation};
pub use published::published_busy;
pub use transfer::{Export, Imported};
pub use vdir::{Listing, Vdir, busy_of, uid};

/// Why the calendar could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder or file can't be read.
    #[error("can't read {}", path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A folder or file can't be written.
    #[error("can't write {}", path.display())]
    Unwritable {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A new event is over before it begins.
    #[error("the event ends at {end}, which is not after its start at {start}")]
    EndsBeforeStart {
        /// Its start.
        start: String,
        /// Its end.
        end: String,
    },
    /// A new event has a day on one side and a time on the other.
    #[error("the event's start and end must both be times or both be whole days")]
    MixedKinds,
    /// A new event has no name.
    #[error("the event has no summary")]
    NoSummary,
    /// The key of a new event already stands for another event.
    #[error("{} holds another event for the same request", path.display())]
    KeyTaken {
        /// The file.
        path: PathBuf,
    },
    /// An event to remove was not created by this program.
    #[error("{} was not created by legwork", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// No calendar of that name.
    #[error("there is no calendar '{calendar}'")]
    NoSuchCalendar {
        /// As asked for.
        calendar: String,
    },
    /// No event of that `UID`.
    #[error("there is no event '{uid}'")]
    NoSuchEvent {
        /// As asked for.
        uid: String,
    },
    /// No instance of the event at that time.
    #[error("the event has no occurrence that begins at {start}")]
    NoSuchInstance {
        /// As asked for.
        start: String,
    },
    /// A set was moved whose rule names the days or hours it falls on.
    #[error("the event recurs by the rule '{rule}', which can't be moved along")]
    RuleNeeded {
        /// The rule.
        rule: String,
    },
    /// A rule that can't be used.
    #[error("the rule '{rule}' {problem}")]
    BadRule {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A rule was given for one occurrence.
    #[error("one occurrence of an event can't recur")]
    RuleOfOne,
    /// The set has more than one rule, or one that can't be counted.
    #[error("the event recurs in a way that can't be cut in two")]
    Unsplittable,
    /// Not a mail address.
    #[error("'{address}' is not a mail address")]
    BadAddress {
        /// As given.
        address: String,
    },
    /// The file changed between reading and writing it.
    #[error("{} was changed by another program", path.display())]
    ChangedMeanwhile {
        /// The file.
        path: PathBuf,
    },
    /// The user is not among the attendees.
    #[error("none of your addresses is invited to the event")]
    NotInvited,
    /// An invitation without a usable event.
    #[error("the invitation holds no event that can be read{}", because(problem.as_deref()))]
    NoEvent {
        /// The first thing that was wrong with its lines.
        problem: Option<String>,
    },
    /// A published calendar that is none.
    #[error("the text is no calendar{}", because(problem.as_deref()))]
    NoCalendar {
        /// The first thing that was wrong with its lines.
        problem: Option<String>,
    },
    /// A calendar text of absurd length.
    #[error("the calendar text is longer than {bytes_max} bytes")]
    TooLong {
        /// The limit.
        bytes_max: usize,
    },
}

fn because(problem: Option<&str>) -> String {
    problem
        .map(|problem| format!(" ({problem})"))
        .unwrap_or_default()
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unreadable { .. } => "check the owner and mode of the folder",
            Self::Unwritable { .. } => "check the owner and mode of the folder, and the free space",
            Self::EndsBeforeStart { .. } => "give an end after the start",
            Self::MixedKinds => "give both as dates (2026-03-14) or both with a time of day",
            Self::NoSummary => "say what the event is called",
            Self::KeyTaken { .. } => "look at that event, and remove it first if it is wrong",
            Self::NotOurs { .. } => "remove it with the program that made it",
            Self::NoSuchCalendar { .. } => "name it as the agenda does (personal, work/team)",
            Self::NoSuchEvent { .. } | Self::NoSuchInstance { .. } => {
                "list the agenda, and name the event as it stands there"
            }
            Self::RuleNeeded { .. } => "give the new rule as well (FREQ=MONTHLY;BYDAY=2TU)",
            Self::BadRule { .. } => "write it as in RFC 5545 (FREQ=WEEKLY;BYDAY=MO,WE)",
            Self::RuleOfOne => "change all occurrences, or this and all after it",
            Self::Unsplittable => "change one occurrence, or all of them",
            Self::NotInvited => "add the address that was invited to me.emails",
            Self::BadAddress { .. } => "write it as name@example.org",
            Self::ChangedMeanwhile { .. } => "look at the event again, and repeat the change",
            Self::NoCalendar { .. } => "check the address it was published at",
            Self::NoEvent { .. } | Self::TooLong { .. } => "open the invitation in a mail program",
        };
        Some(hint.to_owned())
    }
}
