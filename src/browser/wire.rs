//! The walker's records as they come over the wire, and how they become the page's.

use serde::Deserialize;

use crate::action::{NodeState, RawNode, Rect};

/// One document as the walker read it.
#[derive(Debug, Deserialize)]
pub(super) struct Walked {
    pub(super) u: String,
    pub(super) t: String,
    pub(super) l: bool,
    pub(super) o: String,
    /// The roles that the nodes name by their place.
    pub(super) q: Vec<String>,
    pub(super) n: Vec<Wire>,
    /// Elements that may have a closed shadow root.
    pub(super) c: Vec<u32>,
    pub(super) left: u32,
}

/// One node as the walker writes it, a list whose end is left out where it says nothing.
#[derive(Debug, Deserialize)]
pub(super) struct Wire(
    /// One more than its parent's place; 0 without.
    u32,
    /// The place of its role.
    usize,
    /// Its name.
    String,
    /// Its states, a bit for each.
    #[serde(default)]
    u32,
    /// Its number; 0 without.
    #[serde(default)]
    u32,
    #[serde(default)] Option<[f64; 4]>,
    #[serde(default)] Rest,
);

/// What few nodes have.
#[derive(Debug, Default, Deserialize)]
struct Rest {
    v: Option<String>,
    d: Option<String>,
    u: Option<String>,
    t: Option<String>,
    s: Option<String>,
    l: Option<u32>,
    /// Set on a frame that the walker could not enter.
    x: Option<u8>,
    /// Where the inside of a frame begins.
    i: Option<[f64; 2]>,
}

/// Where a document's records go in the page.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spot {
    pub(super) parent: Option<u32>,
    pub(super) dx: f64,
    pub(super) dy: f64,
    pub(super) depth: usize,
}

impl Walked {
    pub(super) fn closed(&self) -> usize {
        self.n.iter().filter(|wire| wire.is_closed()).count()
    }

    pub(super) fn is_closed(&self, number: u32) -> bool {
        self.n
            .iter()
            .any(|wire| wire.is_closed() && wire.number() == Some(number))
    }
}

impl Wire {
    /// The place of its parent among the document's nodes.
    pub(super) fn parent(&self) -> Option<usize> {
        usize::try_from(self.0.checked_sub(1)?).ok()
    }

    /// The walker's number of its element.
    pub(super) fn number(&self) -> Option<u32> {
        Some(self.4).filter(|&number| number > 0)
    }

    /// Says whether it is a frame that the walker could not enter.
    pub(super) fn is_closed(&self) -> bool {
        self.6.x.is_some()
    }

    /// Where the inside of a frame begins.
    pub(super) fn inside(&self) -> Option<[f64; 2]> {
        self.6.i
    }

    pub(super) fn into_node(self, roles: &[String], spot: Spot) -> RawNode {
        let Self(_, role, name, states, _, rect, rest) = self;
        RawNode {
            r#ref: None,
            parent: None,
            role: roles.get(role).cloned().unwrap_or_default(),
            name,
            value: rest.v,
            description: rest.d,
            url: rest.u,
            input_type: rest.t,
            submits: rest.s,
            level: rest.l,
            state: state_of(states),
            rect: rect.map(|[x, y, width, height]| Rect {
                x: x + spot.dx,
                y: y + spot.dy,
                width,
                height,
            }),
            frame: None,
        }
    }
}

/// Reads the walker's state bits, in the order it numbers them.
fn state_of(bits: u32) -> NodeState {
    let is = |place: u32| bits & (1 << place) != 0;
    NodeState {
        disabled: is(0),
        checked: is(1),
        selected: is(2),
        expanded: is(3),
        collapsed: is(4),
        required: is(5),
        invalid: is(6),
        readonly: is(7),
        focused: is(8),
        covered: is(9),
        offscreen: is(10),
        interactive: is(11),
        scrolls: is(12),
    }
}
