//! A naive Bayes over the words and the sender of mails, taught by where the user put them.
//!
//! It only suggests. One thing alone may follow from it without the user: what is almost surely like
//! the mails the user threw into Junk, from someone without any history. Pure; what was learned is
//! kept by whoever calls.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::view::start;
use crate::action::Message;

/// Text looked at, in bytes.
const TEXT_BYTES_MAX: usize = 4_000;
/// Longest word kept, in characters.
const WORD_CHARS_MAX: usize = 24;
/// Different words of one mail.
const WORDS_MAX: usize = 300;
/// The strongest words decide (FACTS: 60 gave 98.5 %).
const STRONGEST: usize = 60;
/// Mails a mailbox must have taught before it is suggested.
const TAUGHT_MIN: u32 = 5;
/// Different words kept of one mailbox; the rare ones go first.
const VOCABULARY_MAX: usize = 20_000;
/// How sure a suggestion must be.
const SURE: f64 = 0.9;
/// How sure it must be that a stranger's mail is junk (FACTS: 20 of 1,814 were wrong otherwise).
pub(super) const JUNK_SURE: f64 = 0.999;
/// Words named as the grounds of a suggestion.
const GROUNDS_MAX: usize = 3;

/// What was learned.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Bayes {
    places: BTreeMap<String, Taught>,
}

/// What one mailbox taught.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Taught {
    mails: u32,
    words: BTreeMap<String, u32>,
}

/// Where a mail may belong.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Suggestion {
    /// The mailbox.
    pub(super) mailbox: String,
    /// How sure, from 0 to 1.
    pub(super) sure: f64,
    /// The words it rests on.
    pub(super) grounds: Vec<String>,
}

impl Bayes {
    /// Learns that the user keeps `message` in `mailbox`.
    pub fn learn(&mut self, message: &Message, mailbox: &str) {
        let taught = self.places.entry(mailbox.to_owned()).or_default();
        taught.mails = taught.mails.saturating_add(1);
        for word in words(message) {
            *taught.words.entry(word).or_insert(0) += 1;
        }
        let mut least = 1;
        while taught.words.len() > VOCABULARY_MAX {
            taught.words.retain(|_, count| *count > least);
            least += 1;
        }
    }

    /// Forgets that the user kept `message` in `mailbox`.
    pub fn unlearn(&mut self, message: &Message, mailbox: &str) {
        let Some(taught) = self.places.get_mut(mailbox) else {
            return;
        };
        taught.mails = taught.mails.saturating_sub(1);
        for word in words(message) {
            if let Some(count) = taught.words.get_mut(&word) {
                *count = count.saturating_sub(1);
            }
        }
        taught.words.retain(|_, count| *count > 0);
        if taught.mails == 0 {
            self.places.remove(mailbox);
        }
    }

    /// How many mails each mailbox taught.
    pub fn taught(&self) -> impl Iterator<Item = (&str, u32)> {
        self.places
            .iter()
            .map(|(name, taught)| (name.as_str(), taught.mails))
    }

    /// Suggests where `message` belongs; none when nothing is sure, or it is like what stays in
    /// the inbox.
    pub(super) fn suggest(&self, message: &Message) -> Option<Suggestion> {
        let words: Vec<String> = words(message).into_iter().collect();
        let scored = self.scores(&words);
        let (best, sure) = scored.iter().max_by(|a, b| a.1.total_cmp(&b.1)).copied()?;
        let taught = self.places.get(best)?;
        if sure < SURE || taught.mails < TAUGHT_MIN || best.eq_ignore_ascii_case("INBOX") {
            return None;
        }
        let mut grounds: Vec<(f64, &String)> = words
            .iter()
            .map(|word| (self.weight(word, best), word))
            .filter(|(weight, _)| *weight > 0.0)
            .collect();
        grounds.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        Some(Suggestion {
            mailbox: best.to_owned(),
            sure,
            grounds: grounds
                .into_iter()
                .take(GROUNDS_MAX)
                .map(|(_, word)| word.clone())
                .collect(),
        })
    }

    /// The probability of each mailbox.
    fn scores(&self, words: &[String]) -> Vec<(&str, f64)> {
        let all: u32 = self.places.values().map(|taught| taught.mails).sum();
        if self.places.len() < 2 || all == 0 {
            return Vec::new();
        }
        // Only what tells mailboxes apart counts, strongest first.
        let mut telling: Vec<(f64, &String)> = words
            .iter()
            .map(|word| (self.spread(word), word))
            .filter(|(spread, _)| *spread > 0.1)
            .collect();
        telling.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        telling.truncate(STRONGEST);
        let logs: Vec<(&str, f64)> = self
            .places
            .iter()
            .map(|(name, taught)| {
                let prior = (f64::from(taught.mails) / f64::from(all)).ln();
                let log: f64 = telling
                    .iter()
                    .map(|(_, word)| taught.likely(word).ln())
                    .sum();
                (name.as_str(), prior + log)
            })
            .collect();
        let top = logs.iter().map(|(_, log)| *log).fold(f64::MIN, f64::max);
        let sum: f64 = logs.iter().map(|(_, log)| (log - top).exp()).sum();
        logs.into_iter()
            .map(|(name, log)| (name, (log - top).exp() / sum))
            .collect()
    }

    /// How much a word tells mailboxes apart.
    fn spread(&self, word: &str) -> f64 {
        let logs = self.places.values().map(|taught| taught.likely(word).ln());
        let (least, most) = logs.fold((f64::MAX, f64::MIN), |(least, most), log| {
            (least.min(log), most.max(log))
        });
        most - least
    }

    /// How much a word speaks for a mailbox, against all others.
    fn weight(&self, word: &str, mailbox: &str) -> f64 {
        let own = self.places.get(mailbox).map_or(0.0, |t| t.likely(word));
        let others = self.places.iter().filter(|(name, _)| *name != mailbox);
        let most = others
            .map(|(_, t)| t.likely(word))
            .fold(f64::MIN_POSITIVE, f64::max);
        (own / most).ln()
    }
}

impl Taught {
    /// How likely a mail of this mailbox has the word, one imagined mail with and one without.
    fn likely(&self, word: &str) -> f64 {
        let with = self.words.get(word).copied().unwrap_or(0);
        (f64::from(with) + 0.5) / (f64::from(self.mails) + 1.0)
    }
}

/// The different words of a mail: sender, subject, text, and a few marks of its headers.
fn words(message: &Message) -> BTreeSet<String> {
    let from = message.envelope.from.email.to_lowercase();
    let domain = from.rsplit_once('@').map_or("", |(_, domain)| domain);
    let mut found = BTreeSet::from([format!("from:{from}"), format!("at:{domain}")]);
    for header in ["list-id", "list-unsubscribe", "auto-submitted"] {
        if message.headers.contains_key(header) {
            found.insert(format!("has:{header}"));
        }
    }
    let text = start(&message.new_text, TEXT_BYTES_MAX).to_lowercase();
    let subject = message.envelope.subject.to_lowercase();
    let split = |text: &str, lead: &str, found: &mut BTreeSet<String>| {
        for word in text.split(|c: char| !c.is_alphanumeric()) {
            let length = word.chars().count();
            let numeric = word.chars().all(|c| c.is_ascii_digit());
            if (3..=WORD_CHARS_MAX).contains(&length) && !numeric && found.len() < WORDS_MAX {
                found.insert(format!("{lead}{word}"));
            }
        }
    };
    split(&subject, "subject:", &mut found);
    split(&subject, "", &mut found);
    split(&text, "", &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Address, Envelope, MailId};

    fn mail(from: &str, subject: &str, text: &str) -> Message {
        let from = Address {
            name: String::new(),
            email: from.to_owned(),
        };
        Message {
            envelope: Envelope {
                id: MailId("1".to_owned()),
                mailbox: "INBOX".to_owned(),
                message_id: String::new(),
                from,
                to: Vec::new(),
                cc: Vec::new(),
                subject: subject.to_owned(),
                date: jiff::Timestamp::UNIX_EPOCH,
                flags: Vec::new(),
                size: 0,
            },
            reply_to: Vec::new(),
            references: Vec::new(),
            text: text.to_owned(),
            new_text: text.to_owned(),
            hidden_text: String::new(),
            links: Vec::new(),
            attachments: Vec::new(),
            invitation: None,
            invitation_method: None,
            headers: BTreeMap::new(),
            content_type: "text/plain".to_owned(),
            diagnostics: Vec::new(),
        }
    }

    fn taught() -> Bayes {
        let mut bayes = Bayes::default();
        for n in 0..12 {
            let garden = format!("seeds and soil for bed {n}, tomatoes want sun");
            bayes.learn(&mail("club@garden.test", "Garden news", &garden), "Garden");
            let work = format!("the budget of quarter {n}, invoices and meetings");
            bayes.learn(&mail("dana@partner.test", "Quarter", &work), "INBOX");
        }
        bayes
    }

    #[test]
    fn what_the_user_files_is_suggested_with_its_grounds() {
        let bayes = taught();
        let new = mail(
            "ute@hahn.test",
            "tomatoes",
            "which soil do tomatoes and seeds want",
        );
        let found = bayes.suggest(&new).unwrap();
        assert_eq!(found.mailbox, "Garden");
        assert!(found.sure > 0.99 && found.sure <= 1.0, "{}", found.sure);
        assert!(
            found.grounds.iter().any(|word| word.contains("tomatoes")),
            "{:?}",
            found.grounds
        );
        // What is like the inbox stays, and what is like nothing is not guessed at.
        assert_eq!(
            bayes.suggest(&mail("dana@partner.test", "Quarter", "budget")),
            None
        );
        assert_eq!(bayes.suggest(&mail("x@y.test", "zzz", "qqq www")), None);
    }

    #[test]
    fn what_is_unlearned_leaves_no_trace() {
        let mut bayes = taught();
        let before = bayes.clone();
        let one = mail("a@b.test", "Boats", "sails and oars");
        bayes.learn(&one, "Boats");
        bayes.learn(&one, "Garden");
        assert_ne!(bayes, before);
        bayes.unlearn(&one, "Boats");
        bayes.unlearn(&one, "Garden");
        assert_eq!(bayes, before);
        let counts: Vec<(&str, u32)> = bayes.taught().collect();
        assert_eq!(counts, [("Garden", 12), ("INBOX", 12)]);
        assert_eq!(Bayes::default().suggest(&one), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_learned_and_weighed_without_panic(text in ".{0,300}", subject in ".{0,80}") {
            let mut bayes = taught();
            let one = mail("a@b.test", &subject, &text);
            if let Some(found) = bayes.suggest(&one) {
                proptest::prop_assert!((0.0..=1.0).contains(&found.sure));
            }
            bayes.learn(&one, "Garden");
            bayes.unlearn(&one, "Garden");
        }
    }
}
