//! What a large page costs once the browser has told it: linking, rendering, finding, comparing.
//!
//! Run with `cargo bench --bench snapshot`.
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the measurement")]

use divan::{Bencher, black_box};
use legwork::action::{NodeState, RawNode, RawPage, Rect, Ref};
use legwork::snapshot::{RenderOptions, Snapshot, tokens};

/// Rows of the page, of seven nodes each.
const ROWS: [u32; 2] = [100, 1_000];

fn main() {
    divan::main();
}

fn node(parent: Option<u32>, role: &str, name: String) -> RawNode {
    RawNode {
        parent,
        role: role.to_owned(),
        name,
        ..RawNode::default()
    }
}

/// A list of things with a link and a button each.
fn page(rows: u32) -> RawPage {
    let mut nodes = vec![node(None, "generic", String::new())];
    for n in 0..rows {
        let row = u32::try_from(nodes.len()).unwrap();
        let mut put = |parent, role: &str, name: String, is_worked: bool| {
            let number = u32::try_from(nodes.len()).unwrap();
            nodes.push(RawNode {
                r#ref: (role != "text").then_some(Ref(number)),
                rect: (role != "text").then_some(Rect {
                    x: 8.0,
                    y: f64::from(n) * 90.0,
                    width: 120.0,
                    height: 20.0,
                }),
                url: (role == "link").then(|| format!("https://example.org/item/{n}")),
                state: NodeState {
                    interactive: is_worked,
                    offscreen: n > 8,
                    ..NodeState::default()
                },
                ..node(Some(parent), role, name)
            });
        };
        put(0, "generic", String::new(), false);
        put(row, "heading", format!("Item {n}"), false);
        put(row + 1, "text", format!("Item {n}"), false);
        put(
            row,
            "text",
            format!("what item {n} is, and for whom"),
            false,
        );
        put(row, "link", format!("Details {n}"), true);
        put(row, "button", format!("Add {n}"), true);
        put(row, "text", format!("{n} EUR"), false);
    }
    RawPage {
        url: "https://example.org/items".to_owned(),
        title: "Items".to_owned(),
        nodes,
        ..RawPage::default()
    }
}

#[divan::bench(args = ROWS)]
fn link_up(bencher: Bencher<'_, '_>, rows: u32) {
    bencher
        .with_inputs(|| page(rows))
        .bench_values(Snapshot::new);
}

#[divan::bench(args = ROWS)]
fn render(bencher: Bencher<'_, '_>, rows: u32) {
    let snapshot = Snapshot::new(page(rows));
    bencher.bench(|| snapshot.render(&RenderOptions::default()));
}

#[divan::bench(args = ROWS)]
fn find(bencher: Bencher<'_, '_>, rows: u32) {
    let snapshot = Snapshot::new(page(rows));
    bencher.bench(|| snapshot.found(black_box("Details 77"), 500));
}

#[divan::bench(args = ROWS)]
fn compare_one_change(bencher: Bencher<'_, '_>, rows: u32) {
    let old = Snapshot::new(page(rows));
    let mut changed = page(rows);
    "sold".clone_into(&mut changed.nodes.last_mut().unwrap().name);
    let new = Snapshot::new(changed);
    bencher.bench(|| new.since(Some(&old), &RenderOptions::default()));
}

#[divan::bench]
fn count_tokens(bencher: Bencher<'_, '_>) {
    let text = Snapshot::new(page(1_000)).render(&RenderOptions::default());
    bencher.bench(|| tokens(black_box(&text)));
}
