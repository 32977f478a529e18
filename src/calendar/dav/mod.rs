//! Calendars on a server (`CalDAV`, RFC 4791), mirrored into folders so that all reading is local.
//!
//! Talks to the account's own host only, never overwrites what it has not seen, and keeps whatever
//! loses a conflict.

mod book;
mod discover;
mod http;
mod merge;
mod mirror;
mod pull;
mod push;
mod state;
mod xml;

use std::path::PathBuf;

use url::Url;

use crate::config::CalDavAccount;
use crate::deadline::Ended;
use crate::secret::Secret;

pub use book::{Booked, Booking};
pub use mirror::{Mirror, Synced};
pub use pull::published;

/// An account on a server.
#[derive(Debug, Clone)]
pub struct Account {
    /// Names the folder of its calendars.
    pub name: String,
    /// The server, or any page of it that knows the user.
    pub url: Url,
    /// User name.
    pub user: String,
    /// Password.
    pub password: Secret,
    /// PEM file of an authority to trust besides the system's.
    pub ca: Option<PathBuf>,
}

impl Account {
    /// Takes an account of the configuration.
    ///
    /// # Errors
    /// [`Error::Account`] when its address can't be read.
    pub fn new(account: &CalDavAccount) -> Result<Self, Error> {
        let url = Url::parse(&account.url).map_err(|_| Error::Account {
            account: account.name.clone(),
            problem: "has an address that can't be read".to_owned(),
        })?;
        Ok(Self {
            name: account.name.clone(),
            url,
            user: account.user.clone(),
            password: account.password.clone(),
            ca: account.ca.clone(),
        })
    }
}

/// Why a server could not be asked, or said no.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection, or it broke.
    #[error("can't reach {url}")]
    Unreachable {
        /// What was asked.
        url: Url,
        /// What went wrong.
        #[source]
        source: reqwest::Error,
    },
    /// Time ran out, or the user stopped it.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// 401
    #[error("{url} refuses the password of '{user}'")]
    Login {
        /// What was asked.
        url: Url,
        /// The user name.
        user: String,
    },
    /// 403
    #[error("{url} does not allow this")]
    Forbidden {
        /// What was asked.
        url: Url,
    },
    /// 404 or 410
    #[error("there is nothing at {url}")]
    Missing {
        /// What was asked.
        url: Url,
    },
    /// 412 time and again, or an event that another request made.
    #[error("{url} keeps changing under this program's hands")]
    Contested {
        /// What was asked.
        url: Url,
    },
    /// 507
    #[error("{url} has no room left, or gives less than was asked")]
    Full {
        /// What was asked.
        url: Url,
    },
    /// Any other status that is no success.
    #[error("{url} answers with status {status}")]
    Status {
        /// What was asked.
        url: Url,
        /// The status.
        status: u16,
    },
    /// The answer is too long, no `CalDAV`, or leads elsewhere.
    #[error("{url} {problem}")]
    Strange {
        /// What was asked.
        url: Url,
        /// What is wrong with the answer.
        problem: String,
    },
    /// The account can't be used as it is written.
    #[error("the calendar account '{account}' {problem}")]
    Account {
        /// Its name.
        account: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The folder of the account.
    #[error(transparent)]
    Folder(#[from] super::Error),
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unreachable { .. } => {
                "check the address and the network; for an own authority name its file as ca"
            }
            Self::Ended(_) => "try again, or allow more time",
            Self::Login { .. } => "check user and password; some servers want an app password",
            Self::Forbidden { .. } => {
                "ask the calendar's owner for the right to write, or use another"
            }
            Self::Missing { .. } => "check the address of the account",
            Self::Contested { .. } => {
                "sync again, and look at the event before repeating the change"
            }
            Self::Full { .. } => "make room on the server, or ask its owner to",
            Self::Status { status, .. } if *status >= 500 => {
                "the server is at fault, try again later"
            }
            Self::Status { .. } | Self::Strange { .. } => {
                "check that the address is that of a CalDAV server"
            }
            Self::Account { .. } => "correct the account in config.toml",
            Self::Folder(error) => return error.hint(),
        };
        Some(hint.to_owned())
    }

    /// Says whether nothing can have been written on the server.
    pub fn is_certain(&self) -> bool {
        match self {
            Self::Login { .. }
            | Self::Forbidden { .. }
            | Self::Missing { .. }
            | Self::Account { .. }
            | Self::Folder(_) => true,
            Self::Unreachable { source, .. } => source.is_connect(),
            Self::Ended(_)
            | Self::Contested { .. }
            | Self::Full { .. }
            | Self::Status { .. }
            | Self::Strange { .. } => false,
        }
    }

    /// Says whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Ended(_) | Self::Contested { .. } => true,
            Self::Status { status, .. } => *status >= 500 || *status == 429,
            Self::Login { .. }
            | Self::Forbidden { .. }
            | Self::Missing { .. }
            | Self::Full { .. }
            | Self::Strange { .. }
            | Self::Account { .. }
            | Self::Folder(_) => false,
        }
    }
}
