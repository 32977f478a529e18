//! Finds siblings that are alike, the rows of a list whatever it is made of, and folds long runs of
//! them: what is in view stays, the rest is counted.

use std::collections::HashMap;

use super::Snapshot;
use crate::action::Ref;

/// Fewer siblings are no list.
const ALIKE_MIN: usize = 8;
/// Rows with fields in them are a form rather: so many times more of them stay.
const FIELDS_FACTOR: usize = 3;
/// The same for rows that are nothing but one thing to work, such as the days of a month.
const LEAVES_SHARE: (usize, usize) = (11, 5);
/// Rows that stay for their state, beyond those that stay for their place.
const KEPT_MAX: usize = 8;
/// Options of one list that stay.
const OPTIONS_MAX: usize = 12;

/// Rows that were folded away one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct More {
    pub(super) count: usize,
    /// What holds them, where it has a ref.
    pub(super) of: Option<Ref>,
    /// The last ref before them, so that one can go on after it.
    pub(super) after: Option<Ref>,
}

/// The lists of a page.
#[derive(Debug, Default)]
pub(super) struct Alike {
    /// Children that are rows of one list, by what holds them.
    lists: Vec<(usize, Vec<usize>)>,
    /// Says of each node whether it is such a row.
    is_row: Vec<bool>,
}

/// What was folded: which nodes are hidden, and what stands in their place.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub(super) hidden: Vec<bool>,
    /// By the first node hidden.
    pub(super) more: HashMap<usize, More>,
}

impl Alike {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let count = snapshot.nodes().len();
        let mut alike = Self {
            lists: Vec::new(),
            is_row: vec![false; count],
        };
        let mut holds = None;
        for parent in 0..count {
            let children = snapshot.children(parent);
            if children.len() < ALIKE_MIN {
                continue;
            }
            let holds = holds.get_or_insert_with(|| roles_held(snapshot));
            let rows = rows(snapshot, children, holds);
            if rows.len() < ALIKE_MIN || rows.len() * 2 < children.len() {
                continue;
            }
            for &row in &rows {
                if let Some(is_row) = alike.is_row.get_mut(row) {
                    *is_row = true;
                }
            }
            alike.lists.push((parent, rows));
        }
        alike
    }

    pub(super) fn is_row(&self, node: usize) -> bool {
        self.is_row.get(node).copied().unwrap_or_default()
    }

    /// Folds each list to about `rows_max` rows.
    pub(super) fn fold(&self, snapshot: &Snapshot, rows_max: usize) -> Folded {
        let mut folded = Folded {
            hidden: vec![false; snapshot.nodes().len()],
            more: HashMap::new(),
        };
        for (parent, rows) in &self.lists {
            let stays = staying(snapshot, rows, rows_max);
            let of = std::iter::once(*parent)
                .chain(snapshot.ancestors(*parent))
                .find_map(|at| snapshot.node(at)?.r#ref);
            let mut first_hidden = None;
            let mut last_shown = None;
            for (&row, stays) in rows.iter().zip(stays) {
                if stays {
                    first_hidden = None;
                    last_shown = Some(row);
                    continue;
                }
                if let Some(hidden) = folded.hidden.get_mut(row) {
                    *hidden = true;
                }
                let first = *first_hidden.get_or_insert(row);
                let more = folded.more.entry(first).or_insert_with(|| More {
                    count: 0,
                    of,
                    after: last_shown.and_then(|row| last_ref(snapshot, row)),
                });
                more.count += 1;
            }
        }
        folded
    }

    /// Returns the row around `node`, or the node itself.
    pub(super) fn row_of(&self, snapshot: &Snapshot, node: usize) -> usize {
        let rows = std::iter::once(node).chain(snapshot.ancestors(node));
        rows.filter(|&at| self.is_row(at)).last().unwrap_or(node)
    }
}

fn last_ref(snapshot: &Snapshot, row: usize) -> Option<Ref> {
    let below = snapshot.subtree(row);
    let mut refs = below.iter().rev();
    refs.find_map(|&at| snapshot.node(at)?.r#ref)
}

/// Says of each row whether it stays: those in view, else the first, and what is chosen.
fn staying(snapshot: &Snapshot, rows: &[usize], rows_max: usize) -> Vec<bool> {
    let role = rows.first().and_then(|&row| snapshot.node(row));
    let has_fields = rows.first().is_some_and(|&row| {
        snapshot
            .subtree(row)
            .iter()
            .any(|&at| is_field(snapshot, at))
    });
    let mut most = rows_max;
    if role.is_some_and(|node| node.role == "option") {
        most = most.min(OPTIONS_MAX);
    } else if has_fields {
        most *= FIELDS_FACTOR;
    } else if rows.iter().all(|&row| is_leaf(snapshot, row)) {
        most = most * LEAVES_SHARE.0 / LEAVES_SHARE.1;
    }
    let begin = if rows.len() > most {
        let in_view = rows.iter().position(|&row| is_in_view(snapshot, row));
        in_view.filter(|&at| at >= most).map_or(0, |at| at - 1)
    } else {
        0
    };
    let mut kept = 0;
    let stays = rows.iter().enumerate().map(|(place, &row)| {
        if (begin..begin + most).contains(&place) {
            return true;
        }
        let is_chosen = kept < KEPT_MAX && is_chosen(snapshot, row);
        kept += usize::from(is_chosen);
        is_chosen
    });
    stays.collect()
}

fn is_leaf(snapshot: &Snapshot, row: usize) -> bool {
    let is_one = snapshot
        .node(row)
        .is_some_and(|node| node.state.interactive && node.url.is_none());
    is_one && snapshot.children(row).len() < 2
}

fn is_field(snapshot: &Snapshot, at: usize) -> bool {
    let role = snapshot.node(at).map_or("", |node| node.role.as_str());
    matches!(
        role,
        "textbox" | "combobox" | "spinbutton" | "slider" | "searchbox" | "radio" | "listbox"
    )
}

fn is_chosen(snapshot: &Snapshot, row: usize) -> bool {
    let own = snapshot.node(row).map(|node| node.state);
    own.is_some_and(|state| state.selected || state.checked || state.focused)
        || snapshot
            .subtree(row)
            .iter()
            .any(|&at| snapshot.node(at).is_some_and(|node| node.state.focused))
}

/// The first thing in the row that has a place tells where the row is.
fn is_in_view(snapshot: &Snapshot, row: usize) -> bool {
    let below = snapshot.subtree(row);
    let placed = below
        .iter()
        .filter_map(|&at| snapshot.node(at))
        .find(|node| node.rect.is_some());
    placed.is_some_and(|node| !node.state.offscreen)
}

/// Returns which of `children` are rows of one list: of one role, and holding much the same.
fn rows(snapshot: &Snapshot, children: &[usize], holds: &[u64]) -> Vec<usize> {
    let kind = |at: usize| {
        let role = snapshot.node(at)?.role.as_str();
        Some((role, holds.get(at).copied()?))
    };
    let mut counts: HashMap<(&str, u64), usize> = HashMap::new();
    for kind in children.iter().filter_map(|&at| kind(at)) {
        *counts.entry(kind).or_default() += 1;
    }
    let usual = counts
        .into_iter()
        .max_by_key(|&(kind, count)| (count, kind));
    let Some(((role, usual), _)) = usual.filter(|((role, _), _)| *role != "text") else {
        return Vec::new();
    };
    let is_alike = |at: &&usize| {
        kind(**at).is_some_and(|(own, holds)| {
            own == role && (holds & usual).count_ones() * 2 >= (holds | usual).count_ones()
        })
    };
    children.iter().filter(is_alike).copied().collect()
}

/// Says of each node which roles lie in it, a bit for each; two may share one.
fn roles_held(snapshot: &Snapshot) -> Vec<u64> {
    let mut holds = vec![0; snapshot.nodes().len()];
    for (index, node) in snapshot.nodes().iter().enumerate().rev() {
        let bytes = node.role.bytes();
        let hash = bytes.fold(7_u32, |hash, byte| hash.wrapping_mul(31) + u32::from(byte));
        let Some(own) = holds.get_mut(index) else {
            continue;
        };
        *own |= 1 << (hash % 64);
        let own = *own;
        if let Some(outer) = snapshot.parent(index).and_then(|at| holds.get_mut(at)) {
            *outer |= own;
        }
    }
    holds
}
