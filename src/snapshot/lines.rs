//! Which lines a page has: plain containers folded away, rows of lists on one line each, long
//! lists counted. Their words are written only for those that are shown.

use super::Snapshot;
use super::alike::{Alike, Folded, More};
use super::line::{self, NAME_CHARS_MAX, quote};
use crate::action::{RawNode, Ref};
use crate::untrusted;

/// Containers that say nothing by themselves unless they have a name.
const PLAIN: [&str; 20] = [
    "blockquote",
    "caption",
    "cell",
    "code",
    "definition",
    "figure",
    "generic",
    "gridcell",
    "group",
    "legend",
    "list",
    "main",
    "note",
    "paragraph",
    "region",
    "rowgroup",
    "search",
    "status",
    "term",
    "toolbar",
];
/// Rows by their role; others are found by being alike.
const ROWS: [&str; 2] = ["listitem", "row"];
/// A row with more parts than these is not told on one line.
const PARTS_MAX: usize = 14;
/// The same for a heading with links in it.
const HEADING_PARTS_MAX: usize = 5;
/// Deeper lines are not indented further.
const DEPTH_MAX: usize = 12;
/// A text this far from a field may be its label.
const LABEL_NODES: usize = 3;
/// The same for one that the page itself calls a label: what was chosen may stand between.
const OWN_LABEL_NODES: usize = 30;

/// What a line shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// The node alone.
    Node,
    /// A text.
    Text,
    /// The node with all that lies in it.
    Row,
    /// Rows that were folded away.
    More(More),
}

/// One line of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// The node it shows.
    pub(super) node: usize,
    pub(super) depth: usize,
    pub(super) what: What,
}

/// Whether rows that hold things to work are told on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    Whole,
    Apart,
}

impl Line {
    /// Returns the line as shown, with its end; `more` comes last in it, and then it has its ref.
    pub(super) fn shown(&self, snapshot: &Snapshot, geometry: bool, more: &str) -> String {
        let indent = " ".repeat(self.depth.min(DEPTH_MAX));
        let mut text = self.text(snapshot);
        let name = snapshot.node(self.node).and_then(|node| node.r#ref);
        if let (false, Some(name)) = (more.is_empty(), name) {
            text = line::with_ref(text, name);
        }
        let place = if geometry {
            snapshot.node(self.node).map(line::place)
        } else {
            None
        };
        format!("{indent}{text}{}{more}\n", place.unwrap_or_default())
    }

    /// Returns the line's words, without indent.
    pub(super) fn text(&self, snapshot: &Snapshot) -> String {
        let Some(node) = snapshot.node(self.node) else {
            return String::new();
        };
        match self.what {
            What::Node => line::line(snapshot, self.node, node),
            What::Text => quote(&node.name, NAME_CHARS_MAX),
            What::Row => row(snapshot, self.node, node),
            What::More(more) => told_more(more),
        }
    }
}

fn told_more(more: More) -> String {
    let way = match (more.of, more.after) {
        (Some(of), Some(after)) if of != after => format!(" (expand {of} --after {after})"),
        (Some(of), _) => format!(" (expand {of})"),
        (None, _) => String::new(),
    };
    format!("… {} more like these{way}", more.count)
}

/// Returns the lines of the whole page.
pub(super) fn lines(snapshot: &Snapshot, alike: &Alike, folded: &Folded, rows: Rows) -> Vec<Line> {
    let busy = busy(snapshot);
    let parts = parts(snapshot);
    let is_busy = |at: usize| busy.get(at).copied().unwrap_or_default();
    // How deep a node's children stand, and whether they are told by its own line already.
    let mut below: Vec<(usize, bool)> = Vec::with_capacity(busy.len());
    let mut lines = Vec::new();
    for (index, node) in snapshot.nodes().iter().enumerate() {
        let parent = snapshot.parent(index).and_then(|at| below.get(at)).copied();
        let (depth, told) = parent.unwrap_or((0, false));
        if let Some(&more) = folded.more.get(&index).filter(|_| !told) {
            lines.push(Line {
                node: index,
                depth,
                what: What::More(more),
            });
        }
        let is_hidden = folded.hidden.get(index).copied().unwrap_or_default();
        if told || is_hidden {
            below.push((depth, true));
            continue;
        }
        let is_heading = node.role == "heading" && is_busy(index);
        let is_row = ROWS.contains(&node.role.as_str()) || alike.is_row(index) || is_heading;
        let parts_max = if is_heading {
            HEADING_PARTS_MAX
        } else {
            PARTS_MAX
        };
        let is_whole = is_row
            && parts.get(index).is_some_and(|&parts| parts <= parts_max)
            && (!is_busy(index) || rows == Rows::Whole);
        let what = if node.role == "text" {
            below.push((depth, true));
            (!is_told(snapshot, index)).then_some(What::Text)
        } else if is_row && (is_whole || !is_busy(index)) && !is_leaf(node) {
            below.push((depth, true));
            Some(What::Row).filter(|_| has_words(snapshot, index, node))
        } else if is_plain(snapshot, node) || is_told_picture(snapshot, index, node) {
            below.push((depth, false));
            None
        } else {
            below.push((depth + 1, line::has_native_options(snapshot, index)));
            Some(What::Node)
        };
        if let Some(what) = what {
            lines.push(Line {
                node: index,
                depth,
                what,
            });
        }
    }
    lines
}

/// A picture that gives what holds it its name.
fn is_told_picture(snapshot: &Snapshot, index: usize, node: &RawNode) -> bool {
    node.role == "img" && !node.state.interactive && is_told(snapshot, index)
}

/// Says whether a row is nothing but one thing to work, which is told as such.
fn is_leaf(node: &RawNode) -> bool {
    node.state.interactive && !matches!(node.role.as_str(), "generic" | "row" | "listitem")
}

fn has_words(snapshot: &Snapshot, index: usize, node: &RawNode) -> bool {
    node.state.interactive
        || !node.name.is_empty()
        || snapshot.subtree(index).iter().any(|&at| {
            let inner = snapshot.node(at);
            inner.is_some_and(|inner| inner.role == "text" || inner.state.interactive)
        })
}

/// Says of each node whether something below it can be worked.
fn busy(snapshot: &Snapshot) -> Vec<bool> {
    let mut busy = vec![false; snapshot.nodes().len()];
    for (index, node) in snapshot.nodes().iter().enumerate().rev() {
        let here = node.state.interactive || busy.get(index).copied().unwrap_or_default();
        if let (true, Some(parent)) = (here, snapshot.parent(index))
            && let Some(parent) = busy.get_mut(parent)
        {
            *parent = true;
        }
    }
    busy
}

/// Says of each node of how many parts its row would be.
fn parts(snapshot: &Snapshot) -> Vec<usize> {
    let mut parts = vec![0_usize; snapshot.nodes().len()];
    for (index, node) in snapshot.nodes().iter().enumerate().rev() {
        let own = match node.role.as_str() {
            "iframe" => PARTS_MAX,
            "text" => usize::from(!is_told(snapshot, index)),
            "option" if node.value.is_some() => 0,
            _ => usize::from(!is_plain(snapshot, node)),
        };
        let Some(here) = parts.get_mut(index) else {
            continue;
        };
        *here += own;
        let here = *here;
        if let Some(outer) = snapshot.parent(index).and_then(|at| parts.get_mut(at)) {
            *outer += here;
        }
    }
    parts
}

pub(super) fn is_plain(snapshot: &Snapshot, node: &RawNode) -> bool {
    let unnamed = node.name.trim().is_empty() || node.role == "generic";
    let is_only_form = node.role == "form" && snapshot.form_count() < 2;
    let is_inert = !node.state.interactive && !node.state.scrolls;
    (PLAIN.contains(&node.role.as_str()) || is_only_form) && unnamed && is_inert
}

/// Returns a row on one line: its own words, then what lies in it, texts set apart. That it is out
/// of sight is told once.
fn row(snapshot: &Snapshot, index: usize, node: &RawNode) -> String {
    let inner = snapshot.subtree(index);
    let placed = || inner.iter().filter_map(|&at| snapshot.node(at));
    let is_away = placed().any(|node| node.state.offscreen)
        && placed().all(|node| node.state.offscreen || node.rect.is_none());
    let is_covered = placed().filter(|node| node.state.covered).count() > 1
        && placed().all(|node| node.state.covered || !node.state.interactive);
    let line = |at: usize, node: &RawNode| {
        if is_away || is_covered {
            let mut near = node.clone();
            near.state.offscreen &= !is_away;
            near.state.covered &= !is_covered;
            return line::line(snapshot, at, &near);
        }
        line::line(snapshot, at, node)
    };
    let mut parts = 0;
    let mut is_bare = true;
    let mut out = match node.role.as_str() {
        _ if node.state.interactive || !is_plain(snapshot, node) && !is_bare_row(node) => {
            is_bare = false;
            line(index, node)
        }
        "row" => "row".to_owned(),
        _ => "item".to_owned(),
    };
    let word = out.len();
    if is_away && inner.len() > 1 {
        line::push(&mut out, "offscreen");
    } else if is_covered {
        line::push(&mut out, "covered");
    }
    let mut texts: Vec<String> = Vec::new();
    let mut flushed = 0;
    let mut flush = |out: &mut String, texts: &mut Vec<String>| {
        if !texts.is_empty() {
            flushed += 1;
            line::push(out, &quote(&texts.join(" | "), NAME_CHARS_MAX));
            texts.clear();
        }
    };
    let mut open: Vec<usize> = snapshot.children(index).iter().rev().copied().collect();
    while let Some(at) = open.pop() {
        let Some(inner) = snapshot.node(at) else {
            continue;
        };
        if inner.role == "text" {
            let text = untrusted::line(&inner.name, NAME_CHARS_MAX);
            if !text.is_empty() && !is_told(snapshot, at) {
                texts.push(text);
            }
            continue;
        }
        let says_nothing = is_plain(snapshot, inner) || is_told_picture(snapshot, at, inner);
        if !says_nothing && !is_bare_row(inner) {
            flush(&mut out, &mut texts);
            parts += 1;
            line::push(&mut out, &line(at, inner));
        }
        if !line::has_native_options(snapshot, at) {
            open.extend(snapshot.children(at).iter().rev());
        }
    }
    flush(&mut out, &mut texts);
    // One thing alone needs no word around it.
    if parts == 1 && flushed == 0 && is_bare {
        return alone(&out, word, is_away);
    }
    out
}

/// Drops the row's own word from the line of its only part, and keeps that it is out of sight.
fn alone(row: &str, word: usize, is_away: bool) -> String {
    let part = row.get(word..).unwrap_or_default().trim_start();
    match part.strip_prefix("offscreen ").filter(|_| is_away) {
        Some(part) => format!("{part} offscreen"),
        None => part.to_owned(),
    }
}

/// A row or item whose own line would say nothing.
fn is_bare_row(node: &RawNode) -> bool {
    ROWS.contains(&node.role.as_str()) && node.name.is_empty() && !node.state.interactive
}

/// Says whether the name of what holds the text, or of the field next to it, says the same.
pub(super) fn is_told(snapshot: &Snapshot, index: usize) -> bool {
    let Some(node) = snapshot.node(index) else {
        return true;
    };
    let text = node.name.as_str();
    if text.trim().is_empty() {
        return true;
    }
    let holders = snapshot.ancestors(index).take(4);
    let mut holders = holders.filter_map(|at| snapshot.node(at));
    // A sign alone on a thing that has a name is a picture of it.
    let is_sign = !text.contains(char::is_alphanumeric);
    if holders.any(|holder| {
        let is_named = holder.role != "generic" || holder.state.interactive;
        let value = holder.value.as_deref().unwrap_or_default();
        is_named && (holder.name.contains(text) || value.contains(text))
            || is_sign && holder.state.interactive && !holder.name.is_empty()
    }) {
        return true;
    }
    let label = text.trim_end_matches([' ', ':', '*']);
    let far = if node.input_type.as_deref() == Some("label") {
        OWN_LABEL_NODES
    } else {
        LABEL_NODES
    };
    let around = index.saturating_sub(far)..=index + far;
    around
        .filter_map(|at| snapshot.node(at))
        .any(|other| line::is_field(other) && other.name.trim_end_matches([' ', ':', '*']) == label)
}

/// Where the lines of the section that `node` heads end: at the next heading as high as it.
pub(super) fn section(snapshot: &Snapshot, heading: usize) -> Vec<usize> {
    let level = |at: usize| {
        let node = snapshot.node(at).filter(|node| node.role == "heading")?;
        Some(node.level.unwrap_or(2))
    };
    let Some(own) = level(heading) else {
        return snapshot.subtree(heading);
    };
    let after = heading + 1..snapshot.nodes().len();
    let end = after
        .clone()
        .find(|&at| level(at).is_some_and(|level| level <= own));
    (heading..end.unwrap_or(after.end)).collect()
}

/// The last node of the row that holds what is named `name`.
pub(super) fn end_of_row(snapshot: &Snapshot, alike: &Alike, name: Ref) -> Option<usize> {
    let row = alike.row_of(snapshot, snapshot.index_of(name)?);
    snapshot.subtree(row).into_iter().max()
}
