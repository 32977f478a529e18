//! Words for ending a subscription (RFC 2369 section 3.2, RFC 8058).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MailId;

/// Ends the subscription that a message belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailUnsubscribe {
    /// A message of it that was read.
    pub id: MailId,
}

/// A subscription as one of its messages tells of it, and what can be trusted of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The address it comes from, for people.
    pub sender: String,
    /// The most direct way out that can be trusted.
    pub exit: Exit,
    /// Why no more direct one is taken; empty for [`Exit::Click`].
    pub why: String,
    /// Why its sender must hear nothing at all: it looks like junk or deceit.
    pub distrust: Option<String>,
    /// What came of an earlier try with this message.
    pub earlier: Option<String>,
}

/// A way out of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// One POST to this address, which the sender's own domain signed and serves (RFC 8058).
    Click {
        /// The address.
        url: String,
    },
    /// A letter to this address.
    Letter {
        /// Whom to write to.
        to: String,
        /// One line.
        subject: String,
        /// What it says.
        body: String,
    },
    /// A page that only a person can judge.
    Page {
        /// Its address.
        url: String,
    },
    /// None that can be used.
    None {},
}
