//! What a click commits the user to, read off the control it lands on.
//!
//! Words decide, since a site's markup cannot be trusted to say "this pays". Unknown wording on a
//! control that submits a form by POST counts as a submission.

use std::collections::BTreeSet;

use crate::action::{RawNode, Ref};
use crate::snapshot::Snapshot;

/// Kinds of commitment towards a site, each granted on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Commitment {
    /// Sends a form, publishes or saves something on the site.
    Submit,
    /// Books, reserves or confirms an appointment.
    Book,
    /// Pays or orders.
    Pay,
    /// Deletes or cancels something on the site.
    Delete,
}

/// Words on a control, or in a goal, that mean a commitment.
const WORDS: [(Commitment, &[&str]); 4] = [
    (
        Commitment::Pay,
        &[
            "pay",
            "buy",
            "purchase",
            "order",
            "checkout",
            "donate",
            "transfer",
            "subscribe",
            "bid",
        ],
    ),
    (
        Commitment::Delete,
        &[
            "delete",
            "remove",
            "cancel",
            "erase",
            "deactivate",
            "unsubscribe",
            "terminate",
        ],
    ),
    (
        Commitment::Book,
        &[
            "book",
            "reserve",
            "schedule",
            "appointment",
            "reservation",
            "booking",
        ],
    ),
    (
        Commitment::Submit,
        &[
            "submit", "send", "post", "publish", "register", "apply", "confirm", "complete",
            "finish", "finalise", "finalize", "sign", "save", "place", "agree", "reply", "share",
        ],
    ),
];

impl Commitment {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Book => "book",
            Self::Pay => "pay",
            Self::Delete => "delete",
        }
    }

    /// Returns the commitments that the words of `text` name.
    pub fn named_in(text: &str) -> BTreeSet<Self> {
        let words = words(text);
        WORDS
            .iter()
            .filter(|(_, names)| {
                names
                    .iter()
                    .any(|name| words.iter().any(|word| is(word, name)))
            })
            .map(|(kind, _)| *kind)
            .collect()
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Says whether `word` is `name` or one of its usual forms (`booking`, `books`, `booked`).
fn is(word: &str, name: &str) -> bool {
    let stem = name.strip_suffix('e').unwrap_or(name);
    word.strip_prefix(stem)
        .is_some_and(|rest| matches!(rest, "" | "e" | "s" | "es" | "ed" | "ing"))
        && word.len() >= name.len()
}

/// Returns what a click on `target` commits to; empty for plain browsing.
///
/// A control commits when it submits a form by POST, or when it is a button whose name says so and
/// that is not a mere entry to a flow (a link that only leads on).
pub(super) fn click(snapshot: &Snapshot, target: Ref) -> BTreeSet<Commitment> {
    let Some(node) = snapshot.get(target) else {
        return BTreeSet::new();
    };
    let posts = node
        .submits
        .as_deref()
        .is_some_and(|form| form.starts_with("POST "));
    let named = Commitment::named_in(&node.name);
    if posts && named.is_empty() {
        return BTreeSet::from([Commitment::Submit]);
    }
    if posts || (acts_at_once(node) && !is_choice(node)) {
        named
    } else {
        BTreeSet::new()
    }
}

/// Returns what pressing Enter commits to on this page: the form that it could send.
pub(super) fn enter(snapshot: &Snapshot) -> BTreeSet<Commitment> {
    snapshot
        .nodes()
        .iter()
        .filter(|node| {
            node.submits
                .as_deref()
                .is_some_and(|form| form.starts_with("POST "))
        })
        .flat_map(|node| {
            let named = Commitment::named_in(&node.name);
            if named.is_empty() {
                BTreeSet::from([Commitment::Submit])
            } else {
                named
            }
        })
        .collect()
}

/// Buttons act; links to another address lead to a page that is judged in its turn.
fn acts_at_once(node: &RawNode) -> bool {
    node.url.is_none()
}

/// Choosing among options commits to nothing yet.
fn is_choice(node: &RawNode) -> bool {
    matches!(
        node.role.as_str(),
        "option"
            | "radio"
            | "checkbox"
            | "switch"
            | "tab"
            | "menuitemradio"
            | "gridcell"
            | "combobox"
            | "listbox"
            | "textbox"
            | "searchbox"
            | "spinbutton"
            | "slider"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_commitments_in_their_usual_forms() {
        use Commitment::{Book, Delete, Pay, Submit};
        let table: [(&str, &[Commitment]); 9] = [
            ("Confirm booking", &[Submit, Book]),
            ("Pay now", &[Pay]),
            ("Place order", &[Submit, Pay]),
            ("Delete account", &[Delete]),
            ("Continue", &[]),
            ("Reserve", &[Book]),
            ("Reserving a room", &[Book]),
            ("Bookmark this page", &[]),
            ("In order", &[Pay]),
        ];
        for (text, want) in table {
            assert_eq!(
                Commitment::named_in(text),
                want.iter().copied().collect(),
                "{text}"
            );
        }
    }
}
