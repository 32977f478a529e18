//! Pages for tests, written as an indented outline.
//!
//! One node a line: `role "name" key=value flag`, two spaces a level. Every node but text gets a
//! ref by its line; a named node that is no field gets its text as a child.

use crate::action::{NodeState, RawNode, RawPage, Rect, Ref};
use crate::snapshot::Snapshot;

const FIELDS: [&str; 6] = [
    "textbox",
    "searchbox",
    "spinbutton",
    "combobox",
    "checkbox",
    "radio",
];

/// Builds the page that `outline` describes, at `url`.
pub(in crate::planner::plain) fn page(url: &str, outline: &str) -> Snapshot {
    let mut nodes: Vec<RawNode> = Vec::new();
    let mut open: Vec<(usize, u32)> = Vec::new();
    for (number, line) in outline.lines().enumerate() {
        let words = line.trim_start();
        if words.is_empty() {
            continue;
        }
        let depth = line.len() - words.len();
        open.retain(|(d, _)| *d < depth);
        let parent = open.last().map(|(_, index)| *index);
        let node = node(words, u32::try_from(number).unwrap() + 1, parent);
        let index = u32::try_from(nodes.len()).unwrap();
        open.push((depth, index));
        let said = node.name.clone();
        let speaks = node.role != "text"
            && !said.is_empty()
            && !FIELDS.contains(&node.role.as_str())
            && !words.contains("silent");
        nodes.push(node);
        if speaks {
            nodes.push(RawNode {
                parent: Some(index),
                role: "text".to_owned(),
                name: said,
                ..RawNode::default()
            });
        }
    }
    Snapshot::new(RawPage {
        url: url.to_owned(),
        nodes,
        ..RawPage::default()
    })
}

fn node(words: &str, number: u32, parent: Option<u32>) -> RawNode {
    let (role, rest) = words.split_once(' ').unwrap_or((words, ""));
    let (name, rest) = match rest.strip_prefix('"').and_then(|r| r.split_once('"')) {
        Some((name, rest)) => (name, rest),
        None => ("", rest),
    };
    let mut node = RawNode {
        r#ref: (role != "text").then_some(Ref(number)),
        parent,
        role: role.to_owned(),
        name: name.to_owned(),
        rect: Some(Rect {
            x: 10.0,
            y: f64::from(number) * 30.0,
            width: 100.0,
            height: 20.0,
        }),
        ..RawNode::default()
    };
    for word in rest.split_whitespace() {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let value = value.replace('_', " ");
        match key {
            "value" => node.value = Some(value),
            "hint" => node.description = Some(value),
            "url" => node.url = Some(value),
            "type" => node.input_type = Some(value),
            "submits" => node.submits = Some(value),
            "level" => node.level = value.parse().ok(),
            "hidden" => node.rect = None,
            "over" => {
                node.rect = Some(Rect {
                    x: 0.0,
                    y: 0.0,
                    width: 2000.0,
                    height: 2000.0,
                });
            }
            "silent" => {}
            flag => set(&mut node.state, flag),
        }
    }
    let worked = ["button", "link", "tab", "menuitem", "option", "gridcell"];
    if FIELDS.contains(&role) || worked.contains(&role) {
        node.state.interactive = true;
    }
    node
}

fn set(state: &mut NodeState, flag: &str) {
    match flag {
        "disabled" => state.disabled = true,
        "checked" => state.checked = true,
        "selected" => state.selected = true,
        "required" => state.required = true,
        "invalid" => state.invalid = true,
        "covered" => state.covered = true,
        "interactive" => state.interactive = true,
        "readonly" => state.readonly = true,
        "collapsed" => state.collapsed = true,
        other => panic!("no such flag: {other}"),
    }
}
