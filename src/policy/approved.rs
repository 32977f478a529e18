//! What the gate gives out.

use sha2::{Digest as _, Sha256};

use crate::action::{Action, Effect};

/// An action that may be performed; only the policy makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Approved {
    action: Action,
    effect: Effect,
    because: String,
    bytes_hash: Option<[u8; 32]>,
    by: Option<&'static str>,
    takes_files: bool,
}

impl Approved {
    pub(super) fn new(action: Action, effect: Effect, because: impl Into<String>) -> Self {
        Self {
            action,
            effect,
            because: because.into(),
            bytes_hash: None,
            by: None,
            takes_files: false,
        }
    }

    /// Lets files that a page gives meanwhile be kept.
    #[must_use]
    pub(super) fn taking_files(mut self) -> Self {
        self.takes_files = true;
        self
    }

    /// Says whether files that a page gives meanwhile may be kept in quarantine.
    pub fn takes_files(&self) -> bool {
        self.takes_files
    }

    /// Returns the action.
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// Returns what it does to the world, as graded.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Returns why it may be performed, a few words.
    pub fn because(&self) -> &str {
        &self.because
    }

    /// Returns who said yes when it was asked for: `you`, `--yes`; none when nobody was asked.
    pub fn by(&self) -> Option<&'static str> {
        self.by
    }

    /// Says whether `bytes` are those that were approved; always so where the approval was not
    /// about exact bytes.
    pub fn covers(&self, bytes: &[u8]) -> bool {
        self.bytes_hash
            .is_none_or(|hash| hash == <[u8; 32]>::from(Sha256::digest(bytes)))
    }
}

/// What the gate says of a proposed action.
#[derive(Debug, Clone, PartialEq)]
pub enum Ruling {
    /// It may be performed.
    Allow(Approved),
    /// The user must be asked first.
    Ask(Question),
    /// It may not be performed, whatever anyone says.
    Deny(Denial),
}

/// What the user is asked, and what a yes would allow.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    action: Action,
    effect: Effect,
    rule: &'static str,
    preview: String,
    bytes: Option<Vec<u8>>,
}

/// A yes to exactly one question; made by showing its preview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    hash: [u8; 32],
    by: &'static str,
}

impl Question {
    pub(super) fn new(
        action: Action,
        effect: Effect,
        rule: &'static str,
        preview: impl Into<String>,
    ) -> Self {
        Self {
            action,
            effect,
            rule,
            preview: preview.into(),
            bytes: None,
        }
    }

    /// Binds the answer to the exact bytes that would leave.
    #[must_use]
    pub(super) fn about(mut self, bytes: &[u8]) -> Self {
        self.bytes = Some(bytes.to_owned());
        self
    }

    /// Returns what the action does to the world.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Returns the name of the rule that asks.
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// Returns the text to show: what would happen, from the exact data.
    pub fn preview(&self) -> &str {
        &self.preview
    }

    /// Records a yes by `who` (`the user`, `--yes commit`).
    pub fn consent(&self, who: &'static str) -> Consent {
        Consent {
            hash: self.hash(),
            by: who,
        }
    }

    /// Turns the question into an approval; none when the consent is to another question.
    pub fn approve(self, consent: &Consent) -> Option<Approved> {
        if consent.hash != self.hash() {
            return None;
        }
        let because = format!("{}, approved by {}", self.rule, consent.by);
        let bytes_hash = self
            .bytes
            .as_deref()
            .map(|bytes| Sha256::digest(bytes).into());
        Some(Approved {
            bytes_hash,
            by: Some(consent.by),
            // A file is what the answer is about.
            takes_files: matches!(self.action, Action::Download(_)),
            ..Approved::new(self.action, self.effect, because)
        })
    }

    fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(serde_json::to_vec(&self.action).unwrap_or_default());
        hash.update([0]);
        hash.update(self.preview.as_bytes());
        hash.update([0]);
        hash.update(self.bytes.as_deref().unwrap_or_default());
        hash.finalize().into()
    }
}

/// Why an action may not be performed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The rule's short name.
    pub rule: &'static str,
    /// What is wrong, one sentence naming the value.
    pub reason: String,
    /// What the user could say to allow it; may be empty.
    pub hint: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{MailId, MailSend};

    fn question(preview: &str) -> Question {
        let action = Action::MailSend(MailSend {
            id: MailId("7".to_owned()),
        });
        Question::new(action, Effect::Send, "send", preview).about(b"exact bytes")
    }

    #[test]
    fn consent_to_one_question_approves_no_other() {
        let yes = question("to ada@example.org").consent("the user");
        assert!(question("to ada@example.org").approve(&yes).is_some());
        assert!(question("to eve@example.org").approve(&yes).is_none());
    }

    #[test]
    fn an_approval_of_bytes_covers_only_them() {
        let question = question("x");
        let yes = question.consent("the user");
        let approved = question.approve(&yes).unwrap();
        assert!(approved.covers(b"exact bytes") && !approved.covers(b"other bytes"));
    }
}
