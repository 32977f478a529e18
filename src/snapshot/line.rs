//! The words of one node: role, ref, quoted name, value, states. All page text is made safe to show
//! and quoted, so that a page can't write lines of its own.

use std::fmt::Write as _;

use super::Snapshot;
use crate::action::{NodeState, RawNode, Ref};
use crate::untrusted;

/// Longest name or text shown, in characters; reading gives the whole.
pub(super) const NAME_CHARS_MAX: usize = 240;
/// Longest value shown, in characters.
const VALUE_CHARS_MAX: usize = 120;
/// Longest address shown, in characters.
const URL_CHARS_MAX: usize = 90;
/// Longest description shown, in characters.
const DESCRIPTION_CHARS_MAX: usize = 80;
/// Options of a native list that are shown.
const OPTIONS_MAX: usize = 12;
/// Nodes whose ref is of use though they can't be worked: to read or expand them alone.
const READABLE: [&str; 12] = [
    "alertdialog",
    "article",
    "audio",
    "canvas",
    "complementary",
    "dialog",
    "form",
    "grid",
    "iframe",
    "navigation",
    "table",
    "video",
];
/// Fields, whose labels stand beside them.
const FIELDS: [&str; 9] = [
    "checkbox",
    "combobox",
    "listbox",
    "radio",
    "searchbox",
    "slider",
    "spinbutton",
    "switch",
    "textbox",
];

/// Returns the line of the node at `index`, whatever stands around it.
pub(super) fn line(snapshot: &Snapshot, index: usize, node: &RawNode) -> String {
    let mut out = match (node.role.as_str(), node.level) {
        ("heading", Some(level)) => format!("heading{level}"),
        ("generic", _) if node.state.scrolls && !node.state.interactive => "scrollable".to_owned(),
        ("generic", _) => "clickable".to_owned(),
        (role, _) => untrusted::line(role, 40),
    };
    // Right after the role it costs two tokens less than in brackets at the end.
    if let Some(name) = node.r#ref
        && (node.state.interactive || node.state.scrolls || READABLE.contains(&node.role.as_str()))
    {
        push(&mut out, &name.to_string());
    }
    if !node.name.is_empty() {
        push(&mut out, &quote(&node.name, NAME_CHARS_MAX));
    }
    if let Some(kind) = node.input_type.as_deref().filter(|kind| is_telling(kind)) {
        push(&mut out, &untrusted::line(kind, 20));
    }
    // An option's value is for choosing, not for reading; an empty one says nothing.
    let value = node.value.as_deref().filter(|value| !value.is_empty());
    if let Some(value) = value.filter(|_| node.role != "option") {
        push(&mut out, &format!("= {}", quote(value, VALUE_CHARS_MAX)));
    }
    if has_native_options(snapshot, index) {
        push(&mut out, &options(snapshot, index));
    }
    let told = NodeState {
        scrolls: node.state.scrolls && !out.starts_with("scrollable"),
        ..node.state
    };
    push(&mut out, &states(told).join(" "));
    if let Some(text) = &node.description {
        push(
            &mut out,
            &format!("({})", quote(text, DESCRIPTION_CHARS_MAX)),
        );
    }
    if let Some(url) = node.url.as_ref().map(|url| address(snapshot, url))
        && leads_somewhere(&url)
    {
        push(&mut out, &format!("-> {url}"));
    }
    if let Some(target) = &node.submits {
        let (method, url) = target.split_once(' ').unwrap_or(("", target));
        let method = untrusted::line(method, 10);
        push(
            &mut out,
            &format!("sends {method} {}", address(snapshot, url)),
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

/// Returns a line with the ref in it, whether it had it already or not.
pub(super) fn with_ref(line: String, name: Ref) -> String {
    let name = name.to_string();
    if has_word(&line, &name) {
        return line;
    }
    match line.split_once(' ') {
        _ if line.starts_with('"') => format!("{line} {name}"),
        Some((role, rest)) => format!("{role} {name} {rest}"),
        None => format!("{line} {name}"),
    }
}

/// Says whether `word` stands in the line outside what the page itself says.
fn has_word(line: &str, word: &str) -> bool {
    let mut is_quoted = false;
    let mut is_escaped = false;
    let own = line.chars().map(|c| {
        let is_mark = c == '"' && !is_escaped;
        is_escaped = is_quoted && c == '\\' && !is_escaped;
        is_quoted ^= is_mark;
        if is_quoted || is_mark { '"' } else { c }
    });
    let own: String = own.collect();
    own.split(' ').any(|one| one == word)
}

/// Says whether the node is a native list, whose options stand in its line.
pub(super) fn has_native_options(snapshot: &Snapshot, index: usize) -> bool {
    let first = snapshot.children(index).first();
    let first = first.and_then(|&at| snapshot.node(at));
    first.is_some_and(|node| node.role == "option" && node.value.is_some())
}

/// Lists the options of a native list, to be selected by their labels.
fn options(snapshot: &Snapshot, index: usize) -> String {
    let all = snapshot.subtree(index);
    let labels: Vec<String> = all
        .iter()
        .filter_map(|&at| snapshot.node(at))
        .filter(|node| node.role == "option" && node.value.is_some())
        .map(|node| {
            let state = if node.state.disabled { " disabled" } else { "" };
            quote(&node.name, VALUE_CHARS_MAX) + state
        })
        .collect();
    if labels.is_empty() {
        return String::new();
    }
    let shown = labels
        .get(..OPTIONS_MAX.min(labels.len()))
        .unwrap_or(&labels);
    let more = labels.len() - shown.len();
    let more = if more > 0 {
        format!(" … {more} more")
    } else {
        String::new()
    };
    format!("of {}{more}", shown.join(", "))
}

/// Says whether the node is a field, which its label stands beside.
pub(super) fn is_field(node: &RawNode) -> bool {
    node.state.interactive && FIELDS.contains(&node.role.as_str())
}

/// Says where the node is: left and top edge, width and height.
pub(super) fn place(node: &RawNode) -> String {
    node.rect.map_or_else(String::new, |rect| {
        format!(" @{},{} {}x{}", rect.x, rect.y, rect.width, rect.height)
    })
}

/// Says whether an input's type tells more than its role does.
fn is_telling(kind: &str) -> bool {
    !matches!(
        kind,
        "text" | "button" | "checkbox" | "radio" | "search" | "number" | "range" | "submit"
    )
}

/// Says whether an address is more than what stands where a script does the work.
fn leads_somewhere(url: &str) -> bool {
    url != "#" && !url.starts_with("javascript:")
}

/// Shortens an address on the page's own site to its path, and one in the page to its fragment.
fn address(snapshot: &Snapshot, url: &str) -> String {
    let page = snapshot.url();
    let page = page.split_once('#').map_or(page, |(page, _)| page);
    let within = url.strip_prefix(page).filter(|rest| rest.starts_with('#'));
    let origin = page
        .split_once("://")
        .and_then(|(scheme, rest)| {
            let host = rest.split_once('/').map_or(rest, |(host, _)| host);
            page.get(..scheme.len() + "://".len() + host.len())
        })
        .filter(|origin| !origin.is_empty());
    let short = origin.and_then(|own| url.strip_prefix(own).filter(|rest| rest.starts_with('/')));
    untrusted::line(within.or(short).unwrap_or(url), URL_CHARS_MAX)
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
        (state.scrolls, "scrolls"),
    ];
    all.into_iter()
        .filter_map(|(holds, word)| holds.then_some(word))
        .collect()
}

pub(super) fn push(out: &mut String, part: &str) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_ref_once_and_a_page_forges_none() {
        let table = [
            ("button e3 \"Send\"", "button e3 \"Send\""),
            ("heading2 \"Part 2\"", "heading2 e3 \"Part 2\""),
            ("clickable", "clickable e3"),
            ("\"Send now\"", "\"Send now\" e3"),
            ("heading \"go e3 now\"", "heading e3 \"go e3 now\""),
            ("heading \"a \\\" e3 b\"", "heading e3 \"a \\\" e3 b\""),
            (
                "item \"Post\" button e3 \"Like\"",
                "item \"Post\" button e3 \"Like\"",
            ),
        ];
        for (line, wanted) in table {
            assert_eq!(with_ref(line.to_owned(), Ref(3)), wanted);
        }
    }

    #[test]
    fn what_scrolls_by_itself_can_be_named() {
        let mut node = RawNode {
            role: "generic".to_owned(),
            r#ref: Some(Ref(5)),
            state: NodeState {
                scrolls: true,
                ..NodeState::default()
            },
            ..RawNode::default()
        };
        let told = |node: &RawNode| {
            let page = crate::action::RawPage {
                nodes: vec![node.clone()],
                ..crate::action::RawPage::default()
            };
            line(&Snapshot::new(page), 0, node)
        };
        assert_eq!(told(&node), "scrollable e5");
        node.role = "region".to_owned();
        node.name = "Terms".to_owned();
        assert_eq!(told(&node), "region e5 \"Terms\" scrolls");
    }
}
