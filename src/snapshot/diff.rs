//! What changed between two looks at a page, and a number that stays when nothing did.

use std::collections::HashMap;

use super::Snapshot;
use super::line::{Line, lines, quote};
use super::render::within;
use crate::action::{NodeState, RawNode, Ref};
use crate::untrusted;

/// Most lines of a difference; what comes after is counted.
const LINES_MAX: usize = 80;

impl Snapshot {
    /// Says what is new (`+`), gone (`-`) and other (`~`) since `old`, one line each; one line when
    /// nothing is. Focus and scrolling do not count.
    pub fn diff(&self, old: &Self) -> String {
        tell(self.changes(old))
    }

    /// Says the same in at most `tokens_max` tokens; what does not fit is counted.
    pub fn diff_within(&self, old: &Self, tokens_max: usize) -> String {
        let changes = self.changes(old);
        if changes.is_empty() {
            return tell(changes);
        }
        within(changes, tokens_max, "more changes")
    }

    fn changes(&self, old: &Self) -> Vec<String> {
        let (was, is) = (Known::of(old), Known::of(self));
        let mut changes = Vec::new();
        if self.url() != old.url() || self.page().title != old.page().title {
            let title = quote(&self.page().title, 120);
            changes.push(format!(
                "~ page {title} {}",
                untrusted::line(self.url(), 200)
            ));
        }
        let mut gone = was.loose.clone();
        for line in &is.lines {
            match is.name(line) {
                Some(name) => match was.by_ref.get(&name) {
                    Some(before) if *before == is.calm(line) => {}
                    Some(_) => changes.push(format!("~ {}", line.text)),
                    None => changes.push(format!("+ {}", line.text)),
                },
                None => match gone.get_mut(&line.text) {
                    Some(count) if *count > 0 => *count -= 1,
                    Some(_) | None => changes.push(format!("+ {}", line.text)),
                },
            }
        }
        for line in &was.lines {
            match was.name(line) {
                Some(name) if is.by_ref.contains_key(&name) => {}
                Some(_) => changes.push(format!("- {}", line.text)),
                None => {
                    if let Some(count) = gone.get_mut(&line.text).filter(|count| **count > 0) {
                        *count -= 1;
                        changes.push(format!("- {}", line.text));
                    }
                }
            }
        }
        changes
    }

    /// Returns a number that is the same for pages that say the same and can do the same: for
    /// telling that a run goes in circles. Focus, scrolling, covering and places do not count.
    pub fn fingerprint(&self) -> u64 {
        let mut hash = Fnv::new();
        hash.text(self.url());
        hash.text(&self.page().title);
        for (index, node) in self.nodes().iter().enumerate() {
            hash.number(self.parent(index).map_or(0, |parent| index - parent) as u64);
            hash.node(node);
        }
        hash.0
    }
}

/// A page's lines, to be looked up.
struct Known<'a> {
    snapshot: &'a Snapshot,
    lines: Vec<Line>,
    /// Lines of nodes with refs, without what moves by itself.
    by_ref: HashMap<Ref, String>,
    /// How often each other line stands there.
    loose: HashMap<String, usize>,
}

impl<'a> Known<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let mut known = Self {
            snapshot,
            lines: lines(snapshot),
            by_ref: HashMap::new(),
            loose: HashMap::new(),
        };
        for line in &known.lines {
            match known.name(line) {
                Some(name) => drop(known.by_ref.insert(name, known.calm(line))),
                None => *known.loose.entry(line.text.clone()).or_default() += 1,
            }
        }
        known
    }

    fn name(&self, line: &Line) -> Option<Ref> {
        self.snapshot.node(line.node).and_then(|node| node.r#ref)
    }

    /// The line without the words of states that change by themselves.
    fn calm(&self, line: &Line) -> String {
        let state = self
            .snapshot
            .node(line.node)
            .map(|node| node.state)
            .unwrap_or_default();
        let moving = [(state.focused, " focused"), (state.offscreen, " offscreen")];
        let mut text = line.text.clone();
        for (holds, word) in moving {
            if holds {
                // Names are quoted and end before the states, so the last one is the state.
                if let Some(at) = text.rfind(word) {
                    text.replace_range(at..at + word.len(), "");
                }
            }
        }
        text
    }
}

fn tell(mut changes: Vec<String>) -> String {
    if changes.is_empty() {
        return "nothing changed\n".to_owned();
    }
    let more = changes.len().saturating_sub(LINES_MAX);
    changes.truncate(LINES_MAX);
    if more > 0 {
        changes.push(format!("… {more} more changes"));
    }
    changes.join("\n") + "\n"
}

/// FNV-1a, 64 bits (draft-eastlake-fnv): small, and the same on every machine and version.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    /// Its length goes first, so that two texts are not one.
    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    fn node(&mut self, node: &RawNode) {
        self.text(&node.role);
        self.text(&node.name);
        for text in [&node.value, &node.url, &node.submits] {
            self.text(text.as_deref().unwrap_or("\u{0}"));
        }
        let still = NodeState {
            focused: false,
            covered: false,
            offscreen: false,
            ..node.state
        };
        for word in super::line::states(still) {
            self.text(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::RawPage;

    fn node(number: u32, role: &str, name: &str) -> RawNode {
        RawNode {
            r#ref: Some(Ref(number)).filter(|_| role != "text"),
            role: role.to_owned(),
            name: name.to_owned(),
            state: NodeState {
                interactive: role != "text",
                ..NodeState::default()
            },
            ..RawNode::default()
        }
    }

    fn page(nodes: Vec<RawNode>) -> Snapshot {
        Snapshot::new(RawPage {
            url: "http://a/".to_owned(),
            nodes,
            ..RawPage::default()
        })
    }

    #[test]
    fn only_what_changed_is_told() {
        let old = page(vec![
            node(1, "button", "Buy"),
            node(2, "checkbox", "Agree"),
            node(3, "link", "Old"),
            node(0, "text", "same"),
            node(0, "text", "before"),
        ]);
        let mut agree = node(2, "checkbox", "Agree");
        agree.state.checked = true;
        let mut buy = node(1, "button", "Buy");
        buy.state.focused = true;
        let new = page(vec![
            buy,
            agree,
            node(4, "link", "New"),
            node(0, "text", "same"),
            node(0, "text", "after"),
        ]);
        insta::assert_snapshot!(new.diff(&old), @r#"
        ~ checkbox "Agree" [e2] checked
        + link "New" [e4]
        + text "after"
        - link "Old" [e3]
        - text "before"
        "#);
    }

    #[test]
    fn focus_and_scrolling_are_no_change() {
        let old = page(vec![node(1, "button", "Buy focused")]);
        let mut moved = node(1, "button", "Buy focused");
        moved.state.focused = true;
        moved.state.offscreen = true;
        let new = page(vec![moved]);
        assert_eq!(new.diff(&old), "nothing changed\n");
        assert_eq!(new.fingerprint(), old.fingerprint());
        let other = page(vec![node(1, "button", "Sell")]);
        assert_ne!(other.fingerprint(), old.fingerprint());
    }

    #[test]
    fn a_long_difference_is_counted() {
        let many = (0..200)
            .map(|n| node(0, "text", &format!("line {n}")))
            .collect();
        let text = page(many).diff(&page(Vec::new()));
        assert!(text.ends_with("… 120 more changes\n"), "{text}");
    }

    #[test]
    fn a_difference_keeps_its_limit() {
        let many = (0..200)
            .map(|n| node(0, "text", &format!("line {n}")))
            .collect();
        let text = page(many).diff_within(&page(Vec::new()), 300);
        assert!(crate::snapshot::tokens(&text) <= 300, "{text}");
        assert!(text.ends_with("more changes\n"), "{text}");
        assert!(text.starts_with("+ text \"line 0\"\n"), "{text}");
    }
}
