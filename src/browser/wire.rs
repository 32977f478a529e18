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
    pub(super) n: Vec<Wire>,
    /// Elements that may have a closed shadow root.
    pub(super) c: Vec<u32>,
    pub(super) left: u32,
}

/// One node as the walker writes it; what is usual is left out.
#[derive(Debug, Deserialize)]
pub(super) struct Wire {
    pub(super) r: Option<u32>,
    pub(super) p: Option<u32>,
    pub(super) o: String,
    #[serde(default)]
    pub(super) n: String,
    pub(super) v: Option<String>,
    pub(super) d: Option<String>,
    pub(super) u: Option<String>,
    pub(super) t: Option<String>,
    pub(super) s: Option<String>,
    pub(super) l: Option<u32>,
    #[serde(default)]
    pub(super) f: u32,
    pub(super) b: Option<[f64; 4]>,
    /// Set on a frame that the walker could not enter.
    pub(super) x: Option<u8>,
    /// Where the inside of a frame begins.
    pub(super) i: Option<[f64; 2]>,
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
        self.n.iter().filter(|wire| wire.x.is_some()).count()
    }

    pub(super) fn is_closed(&self, number: u32) -> bool {
        self.n
            .iter()
            .any(|wire| wire.x.is_some() && wire.r == Some(number))
    }
}

impl Wire {
    pub(super) fn into_node(self, spot: Spot) -> RawNode {
        RawNode {
            r#ref: None,
            parent: None,
            role: self.o,
            name: self.n,
            value: self.v,
            description: self.d,
            url: self.u,
            input_type: self.t,
            submits: self.s,
            level: self.l,
            state: state_of(self.f),
            rect: self.b.map(|[x, y, width, height]| Rect {
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
    }
}
