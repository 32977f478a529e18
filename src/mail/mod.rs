//! Mail: the embedded Maildir, decoding of messages, and drafts.
//!
//! Reads and writes files below one folder and nothing else: it never connects to a server, never
//! fetches what a message names, and never deletes a message.

mod compose;
mod error;
mod html;
mod lines;
mod maildir;
pub mod mime;
pub mod quote;
mod style;

pub use error::Error;
pub use maildir::{Listing, Maildir, Place};
