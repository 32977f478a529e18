//! One line per node: role, quoted name, ref, value, states. All page text is made safe to show
//! and quoted, so that a page can't write lines of its own.

use std::fmt::Write as _;

use super::Snapshot;
use crate::action::{NodeState, RawNode};
use crate::untrusted;

/// Longest name or text shown, in characters; reading gives the whole.
const NAME_CHARS_MAX: usize = 240;
/// Longest value shown, in characters.
const VALUE_CHARS_MAX: usize = 120;
/// Longest address shown, in characters.
const URL_CHARS_MAX: usize = 120;
/// Deeper lines are not indented further.
const DEPTH_MAX: usize = 12;

/// Containers that say nothing by themselves unless they have a name.
const PLAIN: [&str; 19] = [
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
    "note",
    "paragraph",
    "region",
    "rowgroup",
    "search",
    "status",
    "term",
    "toolbar",
];
/// Rows that are one line when nothing in them can be worked.
const ROWS: [&str; 2] = ["listitem", "row"];
/// Nodes whose ref is of use though they can't be worked: to read them alone.
const READABLE: [&str; 7] = [
    "article",
    "dialog",
    "alertdialog",
    "form",
    "grid",
    "iframe",
    "table",
];

/// One line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The node it shows.
    pub(super) node: usize,
    pub(super) depth: usize,
    /// Without indent.
    pub(super) text: String,
}

impl Line {
    /// Returns the line as shown, with its end.
    pub(super) fn shown(&self) -> String {
        format!(
            "{}- {}\n",
            "  ".repeat(self.depth.min(DEPTH_MAX)),
            self.text
        )
    }
}

/// Returns the lines of the whole page, plain containers folded away.
pub(super) fn lines(snapshot: &Snapshot) -> Vec<Line> {
    let count = snapshot.nodes().len();
    let busy = busy(snapshot);
    // How deep a node's children stand, and whether they are told by its own line already.
    let mut below: Vec<(usize, bool)> = Vec::with_capacity(count);
    let mut lines = Vec::new();
    for (index, node) in snapshot.nodes().iter().enumerate() {
        let parent = snapshot.parent(index).and_then(|at| below.get(at)).copied();
        let (depth, told) = parent.unwrap_or((0, false));
        if told {
            below.push((depth, true));
            continue;
        }
        let is_busy = busy.get(index).copied().unwrap_or_default();
        let text = if ROWS.contains(&node.role.as_str()) && !is_busy && !node.state.interactive {
            below.push((depth, true));
            row(snapshot, index)
        } else if node.role == "text" {
            below.push((depth, true));
            text(snapshot, index)
        } else if is_plain(node) {
            below.push((depth, false));
            None
        } else {
            below.push((depth + 1, false));
            Some(line(snapshot, index, node))
        };
        if let Some(text) = text {
            lines.push(Line {
                node: index,
                depth,
                text,
            });
        }
    }
    lines
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

fn is_plain(node: &RawNode) -> bool {
    let unnamed = node.name.trim().is_empty() || node.role == "generic";
    PLAIN.contains(&node.role.as_str()) && unnamed && !node.state.interactive
}

/// Returns a row that can't be worked as one line, its cells set apart.
fn row(snapshot: &Snapshot, index: usize) -> Option<String> {
    let node = snapshot.node(index)?;
    let cells = snapshot.children(index).iter();
    let cells: Vec<String> = cells
        .map(|&cell| untrusted::line(&snapshot.text(cell), NAME_CHARS_MAX))
        .filter(|text| !text.is_empty())
        .collect();
    let text = if node.role == "row" {
        cells.join(" | ")
    } else {
        cells.join(" ")
    };
    (!text.is_empty()).then(|| format!("{} {}", node.role, quote(&text, NAME_CHARS_MAX)))
}

/// Returns the line of a text, unless the name of what holds it says the same.
fn text(snapshot: &Snapshot, index: usize) -> Option<String> {
    let text = untrusted::line(&snapshot.node(index)?.name, NAME_CHARS_MAX);
    let is_told = snapshot
        .ancestors(index)
        .take(4)
        .filter_map(|at| snapshot.node(at))
        .any(|holder| untrusted::line(&holder.name, usize::MAX).contains(&text));
    (!text.is_empty() && !is_told).then(|| format!("text {}", quote(&text, NAME_CHARS_MAX)))
}

/// Returns the line of the node at `index`, whatever stands around it.
pub(super) fn line(snapshot: &Snapshot, index: usize, node: &RawNode) -> String {
    let mut out = match (node.role.as_str(), node.level) {
        ("heading", Some(level)) => format!("heading{level}"),
        ("generic", _) => "clickable".to_owned(),
        (role, _) => untrusted::line(role, 40),
    };
    if !node.name.is_empty() {
        push(&mut out, &quote(&node.name, NAME_CHARS_MAX));
    }
    if let Some(name) = node.r#ref
        && (node.state.interactive || READABLE.contains(&node.role.as_str()))
    {
        push(&mut out, &format!("[{name}]"));
    }
    if let Some(kind) = node.input_type.as_deref().filter(|kind| is_telling(kind)) {
        push(&mut out, &untrusted::line(kind, 20));
    }
    // An option's value is for choosing, not for reading.
    if let Some(value) = node.value.as_deref().filter(|_| node.role != "option") {
        push(&mut out, &format!("= {}", quote(value, VALUE_CHARS_MAX)));
    }
    push(&mut out, &states(node.state).join(" "));
    if let Some(text) = &node.description {
        push(&mut out, &format!("({})", quote(text, VALUE_CHARS_MAX)));
    }
    if let Some(url) = &node.url {
        push(&mut out, &format!("-> {}", address(snapshot, url)));
    }
    if let Some(target) = &node.submits {
        push(
            &mut out,
            &format!("sends {}", untrusted::line(target, URL_CHARS_MAX)),
        );
    }
    let inner = snapshot
        .children(index)
        .first()
        .and_then(|&at| snapshot.node(at));
    if let (true, Some(origin)) = (
        node.role == "iframe",
        inner.and_then(|n| n.frame.as_deref()),
    ) {
        push(
            &mut out,
            &format!("from {}", untrusted::line(origin, URL_CHARS_MAX)),
        );
    }
    out
}

/// Says whether an input's type tells more than its role does.
fn is_telling(kind: &str) -> bool {
    !matches!(
        kind,
        "text" | "button" | "checkbox" | "radio" | "search" | "number" | "range" | "submit"
    )
}

/// Shortens an address on the page's own site to its path.
fn address(snapshot: &Snapshot, url: &str) -> String {
    let own = url::Url::parse(snapshot.url())
        .ok()
        .map(|own| own.origin().ascii_serialization());
    let short = own.and_then(|own| url.strip_prefix(&own).filter(|rest| rest.starts_with('/')));
    untrusted::line(short.unwrap_or(url), URL_CHARS_MAX)
}

pub(super) fn states(state: NodeState) -> Vec<&'static str> {
    let all = [
        (state.disabled, "disabled"),
        (state.checked, "checked"),
        (state.selected, "selected"),
        (state.expanded, "expanded"),
        (state.collapsed, "collapsed"),
        (state.required, "required"),
        (state.invalid, "invalid"),
        (state.readonly, "readonly"),
        (state.focused, "focused"),
        (state.covered, "covered"),
        (state.offscreen, "offscreen"),
    ];
    all.into_iter()
        .filter_map(|(holds, word)| holds.then_some(word))
        .collect()
}

fn push(out: &mut String, part: &str) {
    if !part.is_empty() {
        // Writing to a String can't fail.
        let written = write!(out, " {part}");
        debug_assert!(written.is_ok(), "a String takes all text");
    }
}

pub(super) fn quote(text: &str, chars_max: usize) -> String {
    let text = untrusted::line(text, chars_max);
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
