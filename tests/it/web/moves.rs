//! Pointing, scrolling and loading anew, with real events.

use legwork::action::{Action, Change, Hover, Outcome, Ref, Scroll, Way};

use super::Rig;

async fn scroll(rig: &mut Rig, target: Option<Ref>, way: Way) -> Outcome {
    rig.act(Action::Scroll(Scroll::new(target, way))).await
}

#[tokio::test]
async fn pointing_shows_what_is_there_only_then() {
    let mut rig = Rig::on("moves.html").await;
    assert!(!rig.text().await.contains("Inside"));
    let target = rig.find("button", "Menu").await;
    let hovered = rig.act(Action::Hover(Hover { target })).await;
    assert!(hovered.is_done(), "{hovered:?}");
    assert!(
        hovered.summary.starts_with("pointed at button \"Menu\""),
        "{hovered:?}"
    );
    let text = rig.text().await;
    assert!(
        text.contains("Inside") && text.contains("hovered=true"),
        "{text}"
    );
    let inside = rig.click("link", "Inside").await;
    let arrived = |change: &Change| matches!(change, Change::Navigation { .. });
    assert!(inside.changed.iter().any(arrived), "{inside:?}");
    let stale = rig.act(Action::Hover(Hover { target })).await;
    assert!(!stale.is_done(), "{stale:?}");
}

#[tokio::test]
async fn the_page_or_an_element_scrolls_and_says_so() {
    let mut rig = Rig::on("moves.html").await;
    let down = scroll(&mut rig, None, Way::Down).await;
    assert!(down.changed.contains(&Change::Scrolled {}), "{down:?}");
    assert!(rig.text().await.contains("page-down"));
    scroll(&mut rig, None, Way::Up).await;
    let boxed = rig.find("region", "Box").await;
    let moved = scroll(&mut rig, Some(boxed), Way::Down).await;
    assert!(moved.is_done(), "{moved:?}");
    let text = rig.text().await;
    assert!(
        text.contains("box") && !text.contains("end-in-sight"),
        "{text}"
    );
    let end = rig.find("button", "End").await;
    let into = scroll(&mut rig, Some(end), Way::Into).await;
    assert!(into.changed.contains(&Change::Scrolled {}), "{into:?}");
    assert!(rig.text().await.contains("end-in-sight"));
    assert!(!rig.node("button", "End").await.state.offscreen);
    let nowhere = scroll(&mut rig, Some(Ref(9_999)), Way::Into).await;
    assert!(!nowhere.is_done(), "{nowhere:?}");
}

#[tokio::test]
async fn loading_anew_forgets_what_the_page_held() {
    let mut rig = Rig::on("basic.html").await;
    rig.click("button", "Add").await;
    assert!(rig.text().await.contains("item 1"));
    // Also with a fragment, which alone loads nothing.
    rig.click("link", "Part").await;
    let again = rig.act(Action::Reload {}).await;
    assert!(again.is_done(), "{again:?}");
    assert!(!rig.text().await.contains("item 1"));
}
