//! The page as the browser hands it over: flat node records in document order, not yet a tree.
//!
//! `browser/` fills these, `snapshot/` makes the tree, folds, renders and finds.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names a node of the page, printed `e12`; the same node keeps it, and it is never reused in a
/// session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ref(pub u32);

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "e{}", self.0)
    }
}

impl FromStr for Ref {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.strip_prefix('e')
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or_else(|| format!("'{text}' is not a ref; refs look like e12"))
    }
}

impl Serialize for Ref {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Ref {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Ref".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^e[0-9]+$" })
    }
}

/// The page at one moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RawPage {
    /// The top document's address.
    pub url: String,
    /// The top document's title.
    pub title: String,
    /// Whether the document was still loading when it was read.
    pub loading: bool,
    /// Nodes in document order, frames and shadow roots spliced in; a parent precedes its children.
    pub nodes: Vec<RawNode>,
    /// Nodes left out because a limit was reached.
    pub left_out: u32,
    /// All tabs, the current one marked.
    pub tabs: Vec<TabInfo>,
    /// The text of an open JavaScript dialog, when one blocks the page.
    pub dialog: Option<String>,
}

/// One tab of the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabInfo {
    /// Counts from 1 in the order of opening.
    pub number: u32,
    /// The tab's address.
    pub url: String,
    /// Whether actions go to this tab.
    pub current: bool,
}

/// One node of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct RawNode {
    /// Its name for actions; text nodes and plain containers have none.
    pub r#ref: Option<Ref>,
    /// Index of the parent in [`RawPage::nodes`]; none for a root.
    pub parent: Option<u32>,
    /// ARIA role (`button`, `textbox`, `heading`, …), `text` for text, `generic` for the rest.
    pub role: String,
    /// Accessible name (ARIA accname), or the text itself for role `text`.
    pub name: String,
    /// Current value of a field, list or slider; masked for password fields.
    pub value: Option<String>,
    /// Placeholder, title or `aria-describedby` text that is not part of the name; for something to
    /// work that has no name, what its author called it (`id`, `class`).
    pub description: Option<String>,
    /// Destination of a link, resolved to an absolute address.
    pub url: Option<String>,
    /// `type` of an input, such as `date`, or `submit` for a button that submits its form.
    pub input_type: Option<String>,
    /// Method and absolute action of the form that a submit button would send, `POST https://…`.
    pub submits: Option<String>,
    /// Heading or tree level.
    pub level: Option<u32>,
    /// States that hold.
    pub state: NodeState,
    /// Box in CSS pixels of the top viewport; none when the node has no box.
    pub rect: Option<Rect>,
    /// Origin of the node's frame when it differs from the top document's.
    pub frame: Option<String>,
}

/// States of a node; false where a state does not apply.
#[expect(
    clippy::struct_excessive_bools,
    reason = "ARIA states are independent of each other"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NodeState {
    /// `:disabled` or `aria-disabled`, also by an ancestor.
    pub disabled: bool,
    /// Ticked, pressed or switched on.
    pub checked: bool,
    /// `aria-selected`, or the chosen option of a list.
    pub selected: bool,
    /// `aria-expanded=true`, or an open `details`.
    pub expanded: bool,
    /// Has a popup or section that is not shown (`aria-expanded=false`).
    pub collapsed: bool,
    /// Required field.
    pub required: bool,
    /// Failed validation (`aria-invalid` or `:invalid` after interaction).
    pub invalid: bool,
    /// Read-only field.
    pub readonly: bool,
    /// Has the keyboard focus.
    pub focused: bool,
    /// Something else receives clicks at its centre.
    pub covered: bool,
    /// Lies outside the viewport.
    pub offscreen: bool,
    /// Can be worked: native control, ARIA widget role, listener or pointer cursor.
    pub interactive: bool,
    /// Its content can be scrolled up and down inside it.
    pub scrolls: bool,
}

/// A box in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ref_reads_what_it_prints_and_nothing_else() {
        assert_eq!("e12".parse(), Ok(Ref(12)));
        for bad in ["12", "e", "e-1", "E1", "e1 ", ""] {
            assert!(bad.parse::<Ref>().is_err(), "{bad}");
        }
    }
}
