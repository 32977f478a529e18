//! Skills: what to do, written as plain-English sentences with typed inputs.
//!
//! Holds the language of those sentences, the format of a skill's folder, and the choice of the
//! skill that a goal asks for. Never touches a page, a mail or a calendar; reads files in one
//! place, [`load_dir`].

mod format;
mod goal;
pub mod language;
mod shipped;
pub mod wording;

pub use format::{Input, InputKind, Skill, SkillError, load_dir, parse};
pub use goal::{Match, Reads, match_goal};
pub use shipped::{merged, shipped};
