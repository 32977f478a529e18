//! Threads: which message answers which, by `References` and `In-Reply-To` alone.
//!
//! Follows Jamie Zawinski's algorithm (<https://www.jwz.org/doc/threading.html>) without its guess
//! by subject: mails that only share a subject are no talk. An earlier message that is missing is
//! stepped over. Pure, and deep threads cost no stack.

use std::collections::HashMap;

use serde::Serialize;

use super::index::Filed;
use crate::action::{Envelope, MailId};

/// A message of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Post {
    /// What a list shows of it.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// The message of this thread that it answers, as far as that is here.
    pub answers: Option<MailId>,
    /// How many messages lie between it and the first.
    pub depth: usize,
}

/// Puts the messages of one thread in order: each below what it answers, by date beside others.
pub fn thread(mut messages: Vec<Filed>) -> Vec<Post> {
    // Those of one second stay in the order that the index knows.
    messages.sort_by_key(|one| one.envelope.date);
    let parents = parents(&messages);
    let mut answers: Vec<Vec<usize>> = vec![Vec::new(); messages.len()];
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (at, parent) in parents.iter().enumerate() {
        match parent.and_then(|parent| answers.get_mut(parent)) {
            Some(answers) => answers.push(at),
            None => open.push((at, 0)),
        }
    }
    open.reverse();
    let mut posts = Vec::with_capacity(messages.len());
    while let Some((at, depth)) = open.pop() {
        let below = answers.get_mut(at).map(std::mem::take).unwrap_or_default();
        open.extend(below.into_iter().rev().map(|at| (at, depth + 1)));
        let parent = parents.get(at).copied().flatten();
        let parent = parent.and_then(|parent| messages.get(parent));
        if let Some(message) = messages.get(at) {
            posts.push(Post {
                envelope: message.envelope.clone(),
                answers: parent.map(|parent| parent.envelope.id.clone()),
                depth,
            });
        }
    }
    posts
}

/// Finds for each message the nearest earlier one that it names and that is here.
fn parents(messages: &[Filed]) -> Vec<Option<usize>> {
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    for (at, message) in messages.iter().enumerate() {
        let id = message.envelope.message_id.as_str();
        if !id.is_empty() {
            by_id.entry(id).or_insert(at);
        }
    }
    let mut parents: Vec<Option<usize>> = vec![None; messages.len()];
    for (at, message) in messages.iter().enumerate() {
        let named = message.references.iter().rev();
        let named = named.filter_map(|id| by_id.get(id.as_str()).copied());
        let parent = named
            .into_iter()
            .find(|parent| *parent != at && !leads_to(&parents, *parent, at));
        if let Some(slot) = parents.get_mut(at) {
            *slot = parent;
        }
    }
    parents
}

/// Says whether going up from `from` comes to `to`: mails can name each other in a circle.
fn leads_to(parents: &[Option<usize>], from: usize, to: usize) -> bool {
    let mut at = Some(from);
    // No way up is longer than there are messages.
    for _ in 0..=parents.len() {
        match at {
            Some(here) if here == to => return true,
            Some(here) => at = parents.get(here).copied().flatten(),
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::mail::index::{BodyState, Role, Spot};

    fn filed(id: &str, day: i64, references: &[&str]) -> Filed {
        Filed {
            account: String::new(),
            role: Role::Inbox,
            spot: Spot::Uid(1),
            envelope: Envelope {
                id: MailId(id.to_owned()),
                mailbox: "INBOX".to_owned(),
                message_id: id.to_owned(),
                from: crate::action::Address::default(),
                to: Vec::new(),
                cc: Vec::new(),
                subject: String::new(),
                date: Timestamp::from_second(day * 86_400).unwrap(),
                flags: Vec::new(),
                size: 0,
            },
            references: references.iter().map(|id| (*id).to_owned()).collect(),
            headers: std::collections::BTreeMap::new(),
            has_attachment: false,
            body: BodyState::Read,
            thread: 1,
        }
    }

    fn drawn(messages: Vec<Filed>) -> String {
        let posts = thread(messages).into_iter();
        let lines = posts.map(|post| format!("{}{}", ".".repeat(post.depth), post.envelope.id.0));
        lines.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn answers_stand_below_what_they_answer_however_they_arrive() {
        let mut all = vec![
            filed("a", 1, &[]),
            filed("b", 2, &["a"]),
            filed("c", 3, &["a"]),
            filed("d", 4, &["a", "b"]),
            filed("e", 5, &["a", "gone", "c"]),
            filed("f", 6, &["a", "b", "missing"]),
        ];
        let want = "a .b ..d ..f .c ..e";
        assert_eq!(drawn(all.clone()), want);
        all.reverse();
        assert_eq!(drawn(all), want);
    }

    #[test]
    fn answers_to_a_message_that_is_missing_stand_side_by_side() {
        let all = vec![filed("b", 2, &["a"]), filed("c", 3, &["a"])];
        assert_eq!(drawn(all), "b c");
    }

    #[test]
    fn mails_that_name_each_other_or_themselves_are_all_shown() {
        let all = vec![
            filed("a", 1, &["b"]),
            filed("b", 2, &["a"]),
            filed("c", 3, &["c"]),
        ];
        assert_eq!(drawn(all), "b .a c");
    }

    #[test]
    fn a_talk_of_many_years_costs_no_stack() {
        let ids: Vec<String> = (0..5_000).map(|n| n.to_string()).collect();
        let all = ids.iter().enumerate().map(|(n, id)| {
            let before = n.checked_sub(1).and_then(|n| ids.get(n));
            let before: Vec<&str> = before.into_iter().map(String::as_str).collect();
            filed(id, i64::try_from(n).unwrap(), &before)
        });
        assert_eq!(thread(all.collect()).last().unwrap().depth, 4_999);
    }

    proptest! {
        #[test]
        fn each_message_stands_in_its_thread_once(
            links in proptest::collection::vec((0_usize..12, 0_usize..12), 0..30)
        ) {
            let names: Vec<String> = (0..12).map(|n| n.to_string()).collect();
            let all = names.iter().enumerate().map(|(n, name)| {
                let named = links.iter().filter(|(from, _)| *from == n);
                let named: Vec<&str> = named.map(|(_, to)| names[*to].as_str()).collect();
                filed(name, 1, &named)
            });
            let mut ids: Vec<_> = thread(all.collect()).into_iter().map(|p| p.envelope.id).collect();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), 12);
        }
    }
}
