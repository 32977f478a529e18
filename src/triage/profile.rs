//! What is known of the user that a message may refer to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::bayes::Bayes;
use crate::action::Envelope;
use crate::config::TriageRule;

/// What is known of the user that a message may refer to.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The user's own addresses.
    pub addresses: Vec<String>,
    /// How many mails the user wrote to an address, by address in lower case.
    pub written_to: BTreeMap<String, u32>,
    /// Message-IDs of the user's own mails, without brackets.
    pub sent_ids: BTreeSet<String>,
    /// When the user last answered a message, by its Message-ID.
    pub answered: BTreeMap<String, Timestamp>,
    /// Where `tomorrow` is reckoned.
    pub zone: TimeZone,
    /// The user's own rules; the first that fits decides.
    pub rules: Vec<TriageRule>,
    /// What the user's moves taught.
    pub learned: Bayes,
}

impl Profile {
    /// Knows nothing but the user's own addresses and zone.
    pub fn new(addresses: &[String], zone: TimeZone) -> Self {
        Self {
            addresses: addresses.to_vec(),
            written_to: BTreeMap::new(),
            sent_ids: BTreeSet::new(),
            answered: BTreeMap::new(),
            zone,
            rules: Vec::new(),
            learned: Bayes::default(),
        }
    }

    /// Takes note of a mail the user sent, and of the messages it answers.
    pub fn note_sent(&mut self, sent: &Envelope, references: &[String]) {
        for to in sent.to.iter().chain(&sent.cc) {
            *self.written_to.entry(to.email.to_lowercase()).or_insert(0) += 1;
        }
        if !sent.message_id.is_empty() {
            self.sent_ids.insert(sent.message_id.clone());
        }
        for id in references.iter().filter(|id| !id.is_empty()) {
            let last = self.answered.entry(id.clone()).or_insert(sent.date);
            *last = (*last).max(sent.date);
        }
    }
}
