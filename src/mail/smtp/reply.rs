//! What a server's answer, or its silence, means for a message.

use std::error::Error as _;

use lettre::transport::smtp::response::Response;

use super::{Fault, Handed, Refused};
use crate::untrusted;

/// Longest text of a server repeated, in characters.
const SAID_CHARS_MAX: usize = 200;

/// Why a message was not handed over; nothing of it was sent.
pub(super) struct Trouble {
    fault: Fault,
    said: String,
    refused: Vec<Refused>,
}

impl Trouble {
    pub(super) fn refused(fault: Fault, said: String, refused: Vec<Refused>) -> Self {
        Self {
            fault,
            said,
            refused,
        }
    }

    pub(super) fn passing(said: String) -> Self {
        Self::refused(Fault::Passing, said, Vec::new())
    }

    pub(super) fn account(said: String) -> Self {
        Self::refused(Fault::Account, said, Vec::new())
    }

    /// The ledger could not be written, so nothing may be sent.
    pub(super) fn own(error: &crate::mail::Error) -> Self {
        Self::account(error.to_string())
    }

    /// A server that can't be reached may be there later; one that can't be trusted will not.
    pub(super) fn connecting(failed: &lettre::transport::smtp::Error, place: &str) -> Self {
        let said = format!("{place}: {}", error(failed));
        let untrusted = failed.is_tls() || said.contains("certificate");
        if untrusted || failed.is_permanent() {
            Self::account(said)
        } else {
            Self::passing(said)
        }
    }

    pub(super) fn login(failed: &lettre::transport::smtp::Error, place: &str) -> Self {
        let said = format!("{place} refuses the login: {}", error(failed));
        if failed.is_transient() || failed.status().is_none() && !failed.is_client() {
            Self::passing(said)
        } else {
            Self::account(said)
        }
    }

    /// Before the message itself every failure is a known one.
    pub(super) fn of(failed: &lettre::transport::smtp::Error, what: &str) -> Self {
        let said = format!("{what}: {}", error(failed));
        if failed.is_permanent() {
            Self::refused(Fault::Lasting, said, Vec::new())
        } else {
            Self::passing(said)
        }
    }

    pub(super) fn into_said(self) -> (Fault, String) {
        (self.fault, self.said)
    }

    pub(super) fn into_handed(self) -> Handed {
        Handed::NotTaken {
            fault: self.fault,
            said: self.said,
            refused: self.refused,
        }
    }
}

/// What an error in the place of the last answer means: with a code the server refused, without
/// one the answer was lost.
pub(super) fn after_data(failed: &lettre::transport::smtp::Error, refused: Vec<Refused>) -> Handed {
    let said = error(failed);
    let fault = match (failed.is_permanent(), failed.is_transient()) {
        (true, _) => Fault::Lasting,
        (false, true) => Fault::Passing,
        (false, false) => return Handed::Unknown { said },
    };
    Handed::NotTaken {
        fault,
        said,
        refused,
    }
}

/// What a server said when all went well.
pub(super) fn words(response: &Response) -> String {
    let text: Vec<&str> = response.message().collect();
    clean(&format!("{} {}", response.code(), text.join(" ")))
}

/// What went wrong, in the server's words where it had any.
pub(super) fn error(failed: &lettre::transport::smtp::Error) -> String {
    let mut text = failed.to_string();
    let mut cause = failed.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    clean(&text)
}

fn clean(text: &str) -> String {
    untrusted::line(text, SAID_CHARS_MAX)
}
