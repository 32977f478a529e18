//! Mail: accounts, decoding of messages, and drafts.
//!
//! Everything above works with an [`Account`], be it the Maildir of this machine or a server. Never
//! fetches what a message names, and never deletes a message.

mod account;
pub mod compose;
mod credential;
pub mod discover;
mod error;
mod html;
mod imap;
pub mod index;
pub mod ledger;
mod lines;
pub mod maildir;
pub mod mime;
mod mutf7;
pub mod quote;
mod save;
pub mod smtp;
mod style;
pub mod thread;
pub mod unsubscribe;

pub use account::{Account, Place, Stamp, Synced, Watch};
pub use credential::{CredentialError, passphrase};
pub use error::Error;
pub use imap::{Extent, ServerError};
pub use maildir::{Listing, Maildir};
pub use save::save;
