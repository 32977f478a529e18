//! The page as planners see it: a tree over the browser's raw records, found in and rendered.
//!
//! Pure: takes a [`RawPage`](crate::action::RawPage), never touches a browser, so all of it is
//! tested without one.

mod alike;
mod diff;
mod extract;
mod find;
mod line;
mod lines;
mod render;
mod tokens;
mod tree;

pub use render::{RenderOptions, head};
pub use tokens::tokens;
pub use tree::Snapshot;
