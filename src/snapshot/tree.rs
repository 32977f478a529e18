//! The tree over the flat node records.

use std::collections::HashMap;
use std::sync::Arc;

use crate::action::{RawNode, RawPage, Ref};

/// Longest text that [`Snapshot::text`] gathers, in characters; a page can hold 50 MB.
const TEXT_CHARS_MAX: usize = 200_000;

/// A page at one moment, with its nodes linked up.
///
/// It is never changed, so that copies share it: a large page takes megabytes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot(Arc<Tree>);

#[derive(Debug, PartialEq, Default)]
struct Tree {
    page: RawPage,
    children: Vec<Vec<usize>>,
    by_ref: HashMap<Ref, usize>,
    form_count: usize,
}

impl Snapshot {
    /// Links up the records of `page`; a parent index that does not precede its child is dropped.
    pub fn new(page: RawPage) -> Self {
        let mut children = vec![Vec::new(); page.nodes.len()];
        let mut by_ref = HashMap::new();
        for (index, node) in page.nodes.iter().enumerate() {
            let parent = node
                .parent
                .and_then(|p| usize::try_from(p).ok())
                .filter(|&p| p < index);
            if let Some(siblings) = parent.and_then(|p| children.get_mut(p)) {
                siblings.push(index);
            }
            if let Some(name) = node.r#ref {
                by_ref.insert(name, index);
            }
        }
        let forms = page.nodes.iter().filter(|node| node.role == "form");
        let form_count = forms.count();
        Self(Arc::new(Tree {
            page,
            children,
            by_ref,
            form_count,
        }))
    }

    /// Returns the records this tree stands on.
    pub fn page(&self) -> &RawPage {
        &self.0.page
    }

    /// Returns how many forms there are.
    pub(super) fn form_count(&self) -> usize {
        self.0.form_count
    }

    /// Returns the page's address.
    pub fn url(&self) -> &str {
        &self.0.page.url
    }

    /// Returns all nodes in document order.
    pub fn nodes(&self) -> &[RawNode] {
        &self.0.page.nodes
    }

    /// Returns the node at `index`.
    pub fn node(&self, index: usize) -> Option<&RawNode> {
        self.0.page.nodes.get(index)
    }

    /// Returns where the node named `name` stands.
    pub fn index_of(&self, name: Ref) -> Option<usize> {
        self.0.by_ref.get(&name).copied()
    }

    /// Returns the node named `name`.
    pub fn get(&self, name: Ref) -> Option<&RawNode> {
        self.index_of(name).and_then(|index| self.node(index))
    }

    /// Returns the children of the node at `index`.
    pub fn children(&self, index: usize) -> &[usize] {
        self.0.children.get(index).map_or(&[], Vec::as_slice)
    }

    /// Returns the index of the parent of the node at `index`.
    pub fn parent(&self, index: usize) -> Option<usize> {
        let parent = usize::try_from(self.node(index)?.parent?).ok()?;
        (parent < index).then_some(parent)
    }

    /// Returns the ancestors of the node at `index`, nearest first.
    pub fn ancestors(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.parent(index), |&at| self.parent(at))
    }

    /// Says whether any node of `old` is still here: another document has none of them.
    pub fn continues(&self, old: &Self) -> bool {
        self.0
            .by_ref
            .keys()
            .any(|name| old.0.by_ref.contains_key(name))
    }

    /// Returns the nodes below the node at `index`, itself first, in document order.
    pub fn subtree(&self, index: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open = vec![index];
        while let Some(at) = open.pop() {
            found.push(at);
            open.extend(self.children(at).iter().rev());
        }
        found
    }

    /// Returns the visible text below the node at `index`, pieces joined by single spaces.
    pub fn text(&self, index: usize) -> String {
        self.join(self.subtree(index))
    }

    /// Returns the visible text of the whole page.
    pub fn page_text(&self) -> String {
        self.join(0..self.nodes().len())
    }

    fn join(&self, indices: impl IntoIterator<Item = usize>) -> String {
        let mut text = String::new();
        for node in indices.into_iter().filter_map(|at| self.node(at)) {
            if node.role != "text" || node.name.is_empty() {
                continue;
            }
            if text.len() + node.name.len() > TEXT_CHARS_MAX {
                break;
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&node.name);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, parent: Option<u32>, named: u32) -> RawNode {
        RawNode {
            r#ref: Some(Ref(named)),
            parent,
            role: "text".to_owned(),
            name: name.to_owned(),
            ..RawNode::default()
        }
    }

    #[test]
    fn children_and_text_follow_document_order() {
        let nodes = vec![
            node("a", None, 1),
            node("b", Some(0), 2),
            node("c", Some(0), 3),
        ];
        let snapshot = Snapshot::new(RawPage {
            nodes,
            ..RawPage::default()
        });
        assert_eq!(snapshot.children(0), [1, 2]);
        assert_eq!(snapshot.text(0), "a b c");
        assert_eq!(snapshot.get(Ref(3)).map(|n| n.name.as_str()), Some("c"));
        assert!(snapshot.continues(&snapshot.clone()));
        assert!(!snapshot.continues(&Snapshot::default()));
    }

    #[test]
    fn a_parent_after_its_child_is_no_parent() {
        let nodes = vec![node("a", Some(1), 1), node("b", Some(0), 2)];
        let snapshot = Snapshot::new(RawPage {
            nodes,
            ..RawPage::default()
        });
        assert_eq!(snapshot.parent(0), None);
        assert_eq!(snapshot.parent(1), Some(0));
    }
}
