//! What is seen of pages that hide things: frames and roots in each other, native fields, listeners
//! that come late, lists that are drawn anew, pages without end and pages that never load.

use legwork::action::{Action, Click, Scroll, Way};
use legwork::snapshot::{RenderOptions, Snapshot, tokens};

use super::{Rig, ref_in};

async fn rendered(rig: &mut Rig, options: &RenderOptions) -> String {
    let text = Snapshot::new(rig.look().await).render(options);
    assert!(tokens(&text) <= options.tokens_max);
    text
}

#[tokio::test]
async fn what_listens_is_seen_and_works_at_any_depth_of_frames_and_roots() {
    let mut rig = Rig::on("depths.html").await;
    let table = [
        ("button", "In declared root", "declared"),
        ("generic", "Listens in a root", "in a root"),
        ("button", "Two roots down", "two roots"),
        ("button", "In a frame", "in a frame"),
        ("button", "Two frames down", "two frames"),
    ];
    for (role, name, said) in table {
        let node = rig.node(role, name).await;
        assert!(node.state.interactive, "{node:?}");
        let outcome = rig.click(role, name).await;
        assert!(outcome.is_done(), "{name}: {outcome:?}");
        assert!(rig.text().await.contains(said), "{name}");
    }
    let deep = rig.click("button", "Press deep").await;
    assert!(deep.is_done(), "{deep:?}");
    assert!(rig.text().await.contains("pressed deep true"));
}

#[tokio::test]
async fn what_only_listens_is_seen_where_no_script_of_ours_can_look() {
    let mut rig = Rig::on("unseen.html").await;
    let table = [
        ("Listens in a frame", "frame pressed"),
        ("Listens in a frame of a frame", "inner frame pressed"),
        ("Listens in a closed root", "closed root pressed"),
    ];
    for (name, said) in table {
        let page = rig.look().await;
        let node = page.nodes.iter().find(|node| node.name == name);
        let node = node.unwrap_or_else(|| panic!("no {name} in {:#?}", super::shape(&page)));
        assert!(node.state.interactive, "{node:?}");
        let target = node.r#ref.unwrap();
        let outcome = rig.act(Action::Click(Click::on(target))).await;
        assert!(outcome.is_done(), "{name}: {outcome:?}");
        assert!(rig.text().await.contains(said), "{name}");
    }
    let page = rig.look().await;
    let idle =
        |node: &legwork::action::RawNode| node.name.starts_with("Idle") && node.state.interactive;
    assert!(!page.nodes.iter().any(idle), "{:#?}", super::shape(&page));
    // A root that the source declares, on a plain element with something of its own in it.
    assert!(rig.click("button", "Beside the slot").await.is_done());
    assert!(rig.text().await.contains("slotted words"));
}

#[tokio::test]
async fn what_is_looked_for_on_a_vast_page_is_found_and_worked_wherever_it_is() {
    let mut rig = Rig::on("vast.html").await;
    let is_read =
        |page: &legwork::action::RawPage| page.nodes.iter().any(|node| node.name == "Add 15000");
    assert!(!is_read(&rig.look().await));
    assert_eq!(
        rig.browser
            .seek("nowhere to be found", &super::limit())
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        rig.browser
            .seek("add  15000", &super::limit())
            .await
            .unwrap(),
        1
    );
    let page = rig.look().await;
    assert!(is_read(&page) && page.left_out > 0);
    let text = Snapshot::new(page).found("Add 15000", 300);
    assert!(ref_in(&text, "button", "Add 15000").is_some(), "{text}");
    let clicked = rig.click("button", "Add 15000").await;
    assert!(clicked.is_done(), "{clicked:?}");
}

#[tokio::test]
async fn an_option_of_a_list_with_thousands_is_found() {
    let mut rig = Rig::on("long-lists.html").await;
    let page = rig.look().await;
    let is_read = |page: &legwork::action::RawPage, name: &str| {
        page.nodes.iter().any(|node| node.name == name)
    };
    // A second list is read too, however long the first is.
    assert!(is_read(&page, "Other 200") && !is_read(&page, "Place 5555"));
    assert!(page.left_out > 0);
    let sought = rig.browser.seek("place 5555", &super::limit()).await;
    assert_eq!(sought.unwrap(), 1);
    let page = rig.look().await;
    assert!(is_read(&page, "Place 5555") && !is_read(&page, "Place 5554"));
}

#[tokio::test]
async fn native_fields_hidden_file_inputs_and_drawings_are_seen_with_what_they_hold() {
    let mut rig = Rig::on("native.html").await;
    let text = rendered(&mut rig, &RenderOptions::default()).await;
    for (role, name, value) in [
        ("textbox", "Day", "2026-03-14"),
        ("textbox", "Hour", "09:30"),
        ("textbox", "Moment", ""),
        ("textbox", "Month", ""),
        ("textbox", "Week", ""),
        ("textbox", "Paint", "#ff8800"),
        ("slider", "Level", "5"),
        ("textbox", "Story", "Old text"),
        ("listbox", "Fruits", "Apple, Plum"),
        ("combobox", "Town", ""),
    ] {
        let node = rig.node(role, name).await;
        assert!(node.state.interactive && node.r#ref.is_some(), "{node:?}");
        assert_eq!(node.value.as_deref(), Some(value), "{name}");
    }
    let page = rig.look().await;
    let files: Vec<_> = page
        .nodes
        .iter()
        .filter(|node| node.input_type.as_deref() == Some("file"))
        .collect();
    assert_eq!(files.len(), 2, "{files:#?}");
    assert!(
        files
            .iter()
            .all(|file| file.r#ref.is_some() && file.rect.is_none())
    );
    for (role, name) in [
        ("button", "Attach a file"),
        ("button", "Second paper"),
        ("canvas", "Board"),
        ("option", "Red"),
        ("option", "Green"),
        ("button", "Close"),
    ] {
        assert!(ref_in(&text, role, name).is_some(), "{name} in {text}");
    }
    assert!(text.contains("of \"Apple\", \"Pear\", \"Plum\""), "{text}");
    assert!(rig.node("button", "Under the lid").await.state.covered);
    assert!(rig.click("canvas", "Board").await.is_done());
    assert!(rig.text().await.contains("board true"));
}

#[tokio::test]
async fn a_ref_finds_its_element_drawn_anew_only_where_all_signs_agree() {
    let mut rig = Rig::on("redrawn.html").await;
    let deletes: Vec<_> = {
        let page = rig.look().await;
        let deletes = page
            .nodes
            .iter()
            .filter(|n| n.role == "button" && n.name == "Delete");
        deletes.map(|node| node.r#ref.unwrap()).collect()
    };
    let save = rig.find("button", "Save all").await;
    // Another order, all of it drawn anew: each ref still means its person.
    assert!(rig.click("button", "Turn round").await.is_done());
    for (target, who) in deletes
        .iter()
        .zip(["Ada Lovelace", "Bob Miller", "Cyd Charisse"])
    {
        let target = *target;
        let outcome = rig.act(Action::Click(Click::on(target))).await;
        assert!(outcome.is_done(), "{outcome:?}");
        assert!(
            rig.text().await.contains(&format!("deleted {who}")),
            "{who}"
        );
    }
    let outcome = rig.act(Action::Click(Click::on(save))).await;
    assert!(outcome.is_done(), "{outcome:?}");
    assert!(rig.text().await.contains("saved"));
    // Two that are alike: refused, with what it may be.
    assert!(rig.click("button", "Make alike").await.is_done());
    let twin = rig.find("button", "Delete").await;
    assert!(!deletes.contains(&twin), "{twin} is used again");
    assert!(rig.click("button", "Make alike").await.is_done());
    for target in [twin, deletes[0]] {
        let refused = rig.act(Action::Click(Click::on(target))).await;
        assert!(!refused.is_done(), "{refused:?}");
        let told = format!("{refused:?}");
        assert!(
            told.contains("no longer on the page") && told.contains("Eve Twin same"),
            "{told}"
        );
    }
    assert!(
        rig.text().await.contains("saved"),
        "nothing else was clicked"
    );
}

#[tokio::test]
async fn rows_that_a_virtual_list_uses_again_are_not_taken_for_what_they_were() {
    let mut rig = Rig::on("redrawn.html").await;
    let list = rig.find("region", "Virtual list").await;
    let page = rig.look().await;
    let row = page
        .nodes
        .iter()
        .position(|node| node.name.starts_with("Letter 2 "))
        .unwrap();
    let open = page.nodes[row..].iter().find(|node| node.name == "Open");
    let target = open.unwrap().r#ref.unwrap();
    for _ in 0..3 {
        let down = Scroll::new(Some(list), Way::Down);
        assert!(rig.act(Action::Scroll(down)).await.is_done());
    }
    let refused = rig.act(Action::Click(Click::on(target))).await;
    assert!(!refused.is_done(), "{refused:?}");
    assert!(!rig.text().await.contains("opened"));
}

#[tokio::test]
async fn late_listeners_are_seen_and_what_a_hover_swaps_is_hit() {
    let mut rig = Rig::on("redrawn.html").await;
    let starred = rig.click("button", "Star").await;
    assert!(starred.is_done(), "{starred:?}");
    assert!(rig.text().await.contains("starred"));
    let before = rig.look().await;
    let mut page = before.clone();
    while page.title != "Redrawn and ready" {
        page = rig.look().await;
    }
    let page = rig.look().await;
    let late = page.nodes.iter().find(|node| node.name == "Hydrated late");
    let late = late.unwrap();
    assert!(late.state.interactive, "{late:?}");
    assert!(rig.click("generic", "Hydrated late").await.is_done());
    assert!(rig.text().await.contains("late listener"));
    // Nothing but what changed has another ref.
    for node in &before.nodes {
        let same = page.nodes.iter().find(|now| now.r#ref == node.r#ref);
        if let (Some(_), Some(same)) = (node.r#ref, same) {
            assert_eq!(node.role, same.role);
        }
    }
}

#[tokio::test]
async fn an_endless_feed_is_folded_and_goes_on() {
    let mut rig = Rig::on("feed.html").await;
    let text = rendered(&mut rig, &RenderOptions::default()).await;
    assert!(
        text.contains("item heading3 \"Post 0\" \"What post 0 says\" button e"),
        "{text}"
    );
    assert!(ref_in(&text, "button", "Like 0").is_some(), "{text}");
    let old = Snapshot::new(rig.look().await);
    let down = Scroll::new(None, Way::Down);
    let mut posts = 0;
    for _ in 0..8 {
        let outcome = rig.act(Action::Scroll(down.clone())).await;
        assert!(outcome.is_done(), "{outcome:?}");
        let page = rig.look().await;
        posts = page
            .nodes
            .iter()
            .filter(|node| node.role == "button" && node.name.starts_with("Like "))
            .count();
    }
    assert!(posts > 20, "{posts}");
    let new = Snapshot::new(rig.look().await);
    let changes = new.since(Some(&old), &RenderOptions::default());
    assert!(
        changes.starts_with("+ ") || changes.starts_with("page "),
        "{changes}"
    );
    let folded = new.render(&RenderOptions::default());
    assert!(folded.contains("more like these (expand e"), "{folded}");
    let found = new.found(&format!("Like {}", posts - 1), 200);
    assert!(
        found.contains(&format!("in \"Post {}", posts - 1)),
        "{found}"
    );
}

#[tokio::test]
async fn a_page_of_a_hundred_thousand_elements_is_seen_within_the_budget() {
    let mut rig = Rig::on("vast.html").await;
    let text = rendered(&mut rig, &RenderOptions::default()).await;
    assert!(text.contains("Row 0") && text.contains("The end"), "{text}");
    assert!(text.contains("elements not read"), "{text}");
    let outcome = rig.click("button", "The end").await;
    assert!(outcome.is_done(), "{outcome:?}");
    assert!(rig.text().await.contains("end pressed"));
    // Now the end of the list is near, and read.
    let text = rendered(&mut rig, &RenderOptions::default()).await;
    assert!(text.contains("Row 199"), "{text}");
}

#[tokio::test]
async fn a_page_that_never_loads_can_be_used_and_says_so() {
    let mut rig = Rig::start().await;
    for page in ["drip", "pending.html"] {
        let opened = rig.open(page).await;
        assert!(opened.is_done(), "{opened:?}");
        let text = rendered(&mut rig, &RenderOptions::default()).await;
        assert!(text.contains("(still loading)"), "{text}");
        assert!(text.contains("heading1 "), "{text}");
    }
    assert!(rig.click("button", "Press").await.is_done());
    assert!(rig.text().await.contains("pressed"));
}
