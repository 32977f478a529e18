//! Finds nodes by their text.

use std::collections::HashMap;

use super::Snapshot;
use super::alike::{Alike, Folded};
use super::line::{self, NAME_CHARS_MAX, quote};
use super::lines::{Line, Rows, What, lines};
use super::render::within;
use crate::action::{RawNode, Ref};
use crate::untrusted;

/// Most refs returned.
const FOUND_MAX: usize = 100;
/// Longest text of the row around a find, in characters.
const ROW_CHARS_MAX: usize = 60;

/// Where a text was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    rank: u8,
    /// The node that says it.
    node: usize,
    /// The node with a ref that it stands in, or is.
    holder: (usize, Ref),
}

impl Snapshot {
    /// Returns the refs of nodes whose name, value or description contains `text`, case and white
    /// space folded: whole names first, then what can be worked, then in document order. Text that
    /// has no ref stands for what holds it.
    pub fn find(&self, text: &str) -> Vec<Ref> {
        let mut found = self.all_found(text);
        found.sort_unstable_by_key(|found| (found.rank, found.holder));
        let mut refs: Vec<Ref> = Vec::new();
        for found in found {
            let (_, name) = found.holder;
            if refs.len() < FOUND_MAX && !refs.contains(&name) {
                refs.push(name);
            }
        }
        refs
    }

    fn all_found(&self, text: &str) -> Vec<Found> {
        let wanted = fold(text);
        let mut all = Vec::new();
        if wanted.is_empty() {
            return all;
        }
        for (index, node) in self.nodes().iter().enumerate() {
            let Some(rank) = rank(node, &wanted) else {
                continue;
            };
            let holder = std::iter::once(index)
                .chain(self.ancestors(index))
                .find_map(|at| Some((at, self.node(at)?.r#ref?)));
            if let Some(holder) = holder {
                // Text inside something named by it is no second find.
                let rank = if holder.0 == index { rank } else { rank + 4 };
                all.push(Found {
                    rank,
                    node: index,
                    holder,
                });
            }
        }
        all
    }

    /// Renders what says `text`, a line each, within `tokens_max`: with its ref, and with the row
    /// that it stands in.
    pub fn found(&self, text: &str, tokens_max: usize) -> String {
        let mut found = self.all_found(text);
        found.sort_unstable();
        let alike = Alike::of(self);
        let mut told: HashMap<usize, bool> = HashMap::new();
        let mut shown = Vec::new();
        for found in found {
            let (holder, name) = found.holder;
            let is_text = holder != found.node;
            let node = self.node(found.node);
            let is_named = is_text
                && node.is_some_and(|node| {
                    self.node(holder)
                        .is_some_and(|holder| holder.name.contains(node.name.as_str()))
                });
            let key = if is_named { holder } else { found.node };
            if told.insert(key, true).is_some() || is_named && told.contains_key(&found.node) {
                continue;
            }
            let mut words = self.words(key, name);
            if is_text && !is_named {
                let role = self.node(holder).map_or("", |node| node.role.as_str());
                words = format!("{words} in {} {name}", untrusted::line(role, 40));
            } else if let Some(row) = self.row_words(&alike, key) {
                words = format!("{words} in {row}");
            }
            shown.push(words);
            if shown.len() >= FOUND_MAX {
                break;
            }
        }
        if shown.is_empty() {
            let wanted = quote(text, ROW_CHARS_MAX);
            shown.push(format!("nothing on the page says {wanted}"));
        }
        within(shown, tokens_max, "more")
    }

    fn words(&self, at: usize, name: Ref) -> String {
        let Some(node) = self.node(at) else {
            return String::new();
        };
        if node.role == "text" {
            return quote(&node.name, NAME_CHARS_MAX);
        }
        // Headings have no ref in their line; who looks for them wants it.
        line::with_ref(line::line(self, at, node), name)
    }

    /// What the row around `node` says, unless it is the node's own name.
    fn row_words(&self, alike: &Alike, node: usize) -> Option<String> {
        let row = alike.row_of(self, node);
        if row == node {
            return None;
        }
        let text = untrusted::line(&self.text(row), ROW_CHARS_MAX);
        let own = self.node(node).map_or("", |node| node.name.as_str());
        (!text.is_empty() && text != own).then(|| quote(&text, ROW_CHARS_MAX))
    }

    /// Renders the lines of the named nodes alone, in the order given, within `tokens_max`.
    pub fn show(&self, names: &[Ref], tokens_max: usize) -> String {
        let alike = Alike::of(self);
        let own: HashMap<usize, Line> = lines(self, &alike, &Folded::default(), Rows::Apart)
            .into_iter()
            .filter(|line| matches!(line.what, What::Row))
            .map(|line| (line.node, line))
            .collect();
        let shown = names.iter().filter_map(|&name| {
            let at = self.index_of(name)?;
            let text = own.get(&at).map(|line| line.text(self));
            let text = text.unwrap_or_else(|| self.words(at, name));
            Some(line::with_ref(text, name))
        });
        within(shown.collect(), tokens_max, "more")
    }
}

fn rank(node: &RawNode, wanted: &str) -> Option<u8> {
    let name = fold(&node.name);
    let idle = u8::from(!node.state.interactive);
    if name == wanted {
        return Some(idle);
    }
    let others = [&node.value, &node.description].into_iter().flatten();
    let is_in = name.contains(wanted) || others.map(|text| fold(text)).any(|t| t.contains(wanted));
    is_in.then_some(2 + idle)
}

fn fold(text: &str) -> String {
    untrusted::line(text, usize::MAX).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{NodeState, RawPage};

    #[test]
    fn whole_names_come_first_and_text_stands_for_its_holder() {
        let node = |number: Option<u32>, parent, role: &str, name: &str, interactive| RawNode {
            r#ref: number.map(Ref),
            parent,
            role: role.to_owned(),
            name: name.to_owned(),
            state: NodeState {
                interactive,
                ..NodeState::default()
            },
            ..RawNode::default()
        };
        let snapshot = Snapshot::new(RawPage {
            nodes: vec![
                node(Some(1), None, "table", "", false),
                node(None, Some(0), "text", "Send now", false),
                node(Some(2), None, "heading", "send", false),
                node(Some(3), None, "button", "Send later", true),
                node(Some(4), None, "button", "SEND", true),
                node(None, Some(4), "text", "SEND", false),
            ],
            ..RawPage::default()
        });
        assert_eq!(snapshot.find("  send "), [Ref(4), Ref(2), Ref(3), Ref(1)]);
        assert_eq!(snapshot.find("nothing of it"), []);
        assert_eq!(snapshot.find(""), []);
        insta::assert_snapshot!(snapshot.found("send", 300), @r#"
        button e4 "SEND"
        heading e2 "send"
        button e3 "Send later"
        "Send now" in table e1
        "#);
        insta::assert_snapshot!(snapshot.found("elsewhere", 300), @r#"
        nothing on the page says "elsewhere"
        "#);
    }
}
