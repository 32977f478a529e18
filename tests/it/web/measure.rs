//! What things cost: counts are asserted, times are printed (`cargo test measure -- --nocapture`).

use std::time::{Duration, Instant};

use legwork::action::{Action, Click};
use legwork::browser::{Browser, Launch};
use legwork::snapshot::{RenderOptions, Snapshot, tokens};

use super::{Rig, limit, program};

/// How long something took, several times.
struct Times(Vec<Duration>);

impl Times {
    #[expect(clippy::print_stdout, reason = "a measurement is to be read")]
    fn tell(mut self, what: &str) {
        self.0.sort();
        let (least, middle) = (
            self.0.first().unwrap(),
            self.0.get(self.0.len() / 2).unwrap(),
        );
        println!("{what}: min {least:?}, median {middle:?}");
    }
}

#[tokio::test]
async fn a_page_of_a_thousand_elements_is_seen_and_worked_quickly() {
    let mut launches = Vec::new();
    for _ in 0..3 {
        let started = Instant::now();
        let browser = Browser::launch(&Launch::new(program()), &limit())
            .await
            .unwrap();
        launches.push(started.elapsed());
        browser.close().await;
    }
    Times(launches).tell("launch");
    let mut rig = Rig::on("thousand.html").await;
    let (mut looks, mut clicks, mut fills) = (Vec::new(), Vec::new(), Vec::new());
    let mut trips = (0, 0);
    for _ in 0..15 {
        let before = rig.browser.commands_sent();
        let started = Instant::now();
        let page = rig.browser.observe(&limit()).await.unwrap();
        looks.push(started.elapsed());
        trips.0 = rig.browser.commands_sent() - before;
        assert!(page.nodes.len() > 900, "{}", page.nodes.len());
    }
    let target = rig.find("button", "Book row 3").await;
    for _ in 0..15 {
        let before = rig.browser.commands_sent();
        let started = Instant::now();
        rig.act(Action::Click(Click::on(target))).await;
        clicks.push(started.elapsed());
        trips.1 = rig.browser.commands_sent() - before;
    }
    for n in 0..10 {
        let started = Instant::now();
        rig.fill("textbox", "Note", &format!("text {n}")).await;
        fills.push(started.elapsed());
    }
    Times(looks).tell("observe 1k elements");
    Times(clicks).tell("click, settled");
    Times(fills).tell("look and fill, settled, read back");
    println!(
        "commands: {} to observe, {} to click and settle",
        trips.0, trips.1
    );
    // Listeners and walk; prepare, move, press, release, verify, glance in both worlds, barrier.
    assert!(trips.0 <= 2 && trips.1 <= 8, "{trips:?}");
    let page = rig.look().await;
    let bytes = serde_json::to_string(&page).unwrap().len();
    let nodes = page.nodes.len();
    let snapshot = Snapshot::new(page);
    let started = Instant::now();
    let text = snapshot.render(&RenderOptions::default());
    println!(
        "render: {nodes} nodes, {bytes} bytes, {:?}, {} tokens",
        started.elapsed(),
        tokens(&text)
    );
    println!("{text}");
    assert!(tokens(&text) <= 4_000);
}
