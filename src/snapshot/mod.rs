//! The page as planners see it: a tree over the browser's raw records, found in and rendered.
//!
//! Pure: takes a [`RawPage`](crate::action::RawPage), never touches a browser, so all of it is
//! tested without one.

mod diff;
mod find;
mod line;
mod render;
mod tree;

pub use render::{RenderOptions, tokens};
pub use tree::Snapshot;
