//! Mail: accounts, decoding of messages, and drafts.
//!
//! Everything above works with an [`Account`], be it the Maildir of this machine or a server. Never
//! fetches what a message names, and never deletes a message.

mod account;
pub mod compose;
mod error;
mod html;
pub mod index;
mod lines;
pub mod maildir;
pub mod mime;
pub mod quote;
mod save;
mod style;
pub mod thread;

pub use account::{Account, Place, Stamp, Synced, Watch};
pub use error::Error;
pub use maildir::{Listing, Maildir};
pub use save::save;
