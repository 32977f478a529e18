//! The session server: keeps one browser session alive between calls of the command line.
//!
//! A small process per named session listens on a Unix socket that only its owner can reach. Work
//! on the browser runs in one task, the socket in another, so that a page that hangs never keeps
//! anyone from closing the session. It performs nothing by itself: all goes through `agent`.

mod client;
mod error;
mod place;
mod protocol;
mod serve;
mod work;

pub use client::{Ask, Client, Launcher, Listed, READY};
pub use error::Error;
pub use place::{Name, Place};
pub use protocol::{Acted, Answer, LoginChange, Look, Order, RuleChange, Situation, Traffic, View};
pub use serve::{Service, serve};
