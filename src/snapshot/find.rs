//! Finds nodes by their text.

use super::Snapshot;
use crate::action::{RawNode, Ref};
use crate::untrusted;

/// Most refs returned.
const FOUND_MAX: usize = 100;

impl Snapshot {
    /// Returns the refs of nodes whose name, value or description contains `text`, case and white
    /// space folded: whole names first, then what can be worked, then in document order. Text that
    /// has no ref stands for what holds it.
    pub fn find(&self, text: &str) -> Vec<Ref> {
        let wanted = fold(text);
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(u8, usize, Ref)> = Vec::new();
        for (index, node) in self.nodes().iter().enumerate() {
            let Some(rank) = rank(node, &wanted) else {
                continue;
            };
            let holder = std::iter::once(index)
                .chain(self.ancestors(index))
                .find_map(|at| {
                    self.node(at)
                        .and_then(|node| node.r#ref.map(|name| (at, name)))
                });
            if let Some((at, name)) = holder {
                // Text inside something named by it is no second find.
                let rank = if at == index { rank } else { rank + 4 };
                found.push((rank, at, name));
            }
        }
        found.sort_unstable();
        let mut refs: Vec<Ref> = Vec::new();
        for (_, _, name) in found {
            if refs.len() < FOUND_MAX && !refs.contains(&name) {
                refs.push(name);
            }
        }
        refs
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
    }
}
