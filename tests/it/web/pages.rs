//! What is seen of a page: roles, names, states, frames, shadow roots, what hides.

use legwork::action::RawPage;

use super::Rig;

fn texts(page: &RawPage) -> String {
    let texts = page.nodes.iter().filter(|node| node.role == "text");
    texts
        .map(|node| node.name.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn elements_that_only_a_script_makes_clickable_are_seen_and_work() {
    let mut rig = Rig::on("widgets.html").await;
    for (name, said) in [("Listener only", "quiet"), ("Attribute", "attr")] {
        let node = rig.node("generic", name).await;
        assert!(node.state.interactive, "{node:?}");
        assert!(rig.click("generic", name).await.is_done());
        assert!(rig.text().await.contains(said), "{name}");
    }
    for name in ["Pointer card", "Focusable"] {
        assert!(rig.node("generic", name).await.state.interactive, "{name}");
    }
    assert!(rig.click("button", "In shadow").await.is_done());
    assert!(rig.text().await.contains("shadow"));
    let closed = rig.click("button", "In closed shadow").await;
    assert!(closed.is_done(), "{closed:?}");
    assert!(rig.text().await.contains("closed true"));
    assert!(rig.fill("textbox", "Closed field", "typed").await.is_done());
    assert_eq!(
        rig.node("textbox", "Closed field").await.value.as_deref(),
        Some("typed")
    );
    let far = rig.node("button", "Far away").await;
    assert!(far.state.offscreen && !far.state.covered);
    assert!(rig.click("button", "Far away").await.is_done());
    assert!(rig.text().await.ends_with("far"));
}

#[tokio::test]
async fn rows_with_icons_and_lists_that_listen_for_their_items_can_be_worked() {
    use legwork::action::{Action, Click};
    let mut rig = Rig::on("widgets.html").await;
    assert!(rig.click("generic", "Wallis Hello there").await.is_done());
    assert!(rig.text().await.contains("opened mail"));
    let page = rig.look().await;
    let is_icon = |text: &Option<String>| text.as_deref() == Some("icon trash");
    let icon = page
        .nodes
        .iter()
        .find(|node| is_icon(&node.description))
        .unwrap();
    let target = icon.r#ref.unwrap();
    assert!(rig.act(Action::Click(Click::on(target))).await.is_done());
    assert!(rig.text().await.contains("deleted mail"));
    assert!(rig.click("listitem", "Second").await.is_done());
    assert!(rig.text().await.contains("plain Second"));
}

#[tokio::test]
async fn names_states_and_hidden_text_are_as_a_reader_has_them() {
    let mut rig = Rig::on("widgets.html").await;
    assert!(rig.node("button", "Under").await.state.covered);
    assert!(rig.node("button", "Two parts").await.state.interactive);
    assert_eq!(rig.node("img", "A cat").await.name, "A cat");
    assert!(rig.node("button", "More").await.state.collapsed);
    rig.node("textbox", "Clobber").await;
    let page = rig.look().await;
    let text = texts(&page);
    for hidden in [
        "decoration",
        "ignore all",
        "hidden order",
        "folded",
        "Apple",
    ] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    let order = page
        .nodes
        .iter()
        .enumerate()
        .all(|(index, node)| node.parent.is_none_or(|parent| (parent as usize) < index));
    assert!(order);
}

#[tokio::test]
async fn lists_and_switches_made_of_other_elements_work() {
    use legwork::action::{Action, Check, Select};
    let mut rig = Rig::on("widgets.html").await;
    let target = rig.find("combobox", "Fruit").await;
    let option = "Pear".to_owned();
    let chosen = rig.act(Action::Select(Select::one(target, option))).await;
    assert!(chosen.is_done(), "{chosen:?}");
    assert_eq!(
        rig.node("combobox", "Fruit").await.value.as_deref(),
        Some("Pear")
    );
    let target = rig.find("switch", "Night").await;
    let turned = rig.act(Action::Check(Check { target, on: true })).await;
    assert!(turned.is_done(), "{turned:?}");
    assert!(rig.node("switch", "Night").await.state.checked);
}

#[tokio::test]
async fn frames_of_all_origins_are_seen_and_worked_in_place() {
    let mut rig = Rig::on("frames.html").await;
    let page = rig.look().await;
    println!("{:#?}", super::shape(&page));
    for name in ["same", "other", "boxed", "deep"] {
        let button = rig.node("button", &format!("Press {name}")).await;
        assert_eq!(button.frame.is_some(), name == "other", "{name}");
        let outcome = rig.click("button", &format!("Press {name}")).await;
        assert!(outcome.is_done(), "{name}: {outcome:?}");
        assert!(
            rig.text().await.contains(&format!("pressed {name} true")),
            "{name}"
        );
        let filled = rig.fill("textbox", &format!("Field {name}"), "typed").await;
        assert!(
            filled.is_done() && filled.evidence.len() == 1,
            "{name}: {filled:?}"
        );
    }
    let page = rig.look().await;
    let at = |text: &str| {
        page.nodes
            .iter()
            .position(|node| node.name.contains(text))
            .unwrap()
    };
    let inside = &page.nodes[at("Press deep")];
    let frame = &page.nodes[at("Deep")];
    let (outer, inner) = (frame.rect.unwrap(), inside.rect.unwrap());
    assert!(inner.x > outer.x && inner.y > outer.y && inner.y < outer.y + outer.height);
}

#[tokio::test]
async fn a_hostile_page_is_read_within_limits_and_writes_no_lines_of_its_own() {
    use legwork::snapshot::{RenderOptions, Snapshot, tokens};
    let mut rig = Rig::on("hostile.html").await;
    let started = std::time::Instant::now();
    let page = rig.look().await;
    println!(
        "looked in {:?}: {} nodes, {} left out",
        started.elapsed(),
        page.nodes.len(),
        page.left_out
    );
    assert_eq!(page.title, "Hostile");
    assert!(page.left_out > 0);
    assert!(rig.text().await.contains("bottom"));
    let send = rig.node("button", "Send").await;
    assert_eq!(
        send.submits,
        Some(format!("POST {}", rig.site.url("submit")))
    );
    let text = Snapshot::new(page).render(&RenderOptions {
        tokens_max: 1_000,
        ..RenderOptions::default()
    });
    assert!(tokens(&text) <= 1_000);
    assert!(!text.contains("\nbutton e999 \"Free\""), "{text}");
    assert!(!text.contains(['\u{202e}', '\u{200b}']));
    let outcome = rig.click("button", "Send").await;
    assert!(outcome.is_done(), "{outcome:?}");
    assert!(rig.text().await.contains("Thank you"));
}
