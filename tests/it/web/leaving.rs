//! Pages that are on their way to another one, or that hold others: what is waited for, and what is
//! not.

use legwork::action::{Action, Condition, Wait};

use super::{Rig, shape};

#[tokio::test]
async fn a_page_in_the_frame_of_another_site_is_not_waited_for_once_it_is_there() {
    let mut rig = Rig::start().await;
    let opened = rig.open("walled.html").await;
    assert!(opened.is_done(), "{opened:?}");
    assert!(!opened.summary.contains("busy"), "{opened:?}");
    let page = rig.look().await;
    let is_there = |name: &str| page.nodes.iter().find(|node| node.name == name);
    let other = is_there("Press other").expect("the other site's button");
    assert!(other.frame.is_some(), "{other:?}");
}

#[tokio::test]
async fn what_a_page_walls_off_is_still_its_own() {
    let mut rig = Rig::on("walled.html").await;
    for name in ["Boxed", "Written"] {
        let node = rig.node("button", name).await;
        assert_eq!(node.frame, None, "{node:?}");
        let outcome = rig.click("button", name).await;
        assert!(outcome.is_done(), "{outcome:?}");
    }
    assert!(
        rig.text().await.contains("written hit"),
        "{:#?}",
        shape(&rig.look().await)
    );
}

#[tokio::test]
async fn a_page_that_sends_the_browser_on_at_once_is_followed() {
    let mut rig = Rig::start().await;
    let opened = rig.open("onward.html").await;
    assert!(opened.summary.starts_with("loaded; "), "{opened:?}");
    assert!(opened.summary.contains("basic.html"), "{opened:?}");
}

#[tokio::test]
async fn a_page_that_waits_for_a_server_says_so_and_can_be_left() {
    let mut rig = Rig::on("slow.html").await;
    let clicked = rig.click("link", "Never").await;
    assert!(clicked.is_done(), "{clicked:?}");
    let page = rig.look().await;
    assert!(page.loading, "{page:?}");
    let said = &page.nodes[0].name;
    assert!(said.contains("waits for the answer of 127.0.0.1"), "{said}");
    let until = Condition::Text {
        text: "anything".to_owned(),
    };
    let limit_ms = 100;
    let waited = rig.act(Action::Wait(Wait { until, limit_ms })).await;
    assert_eq!(waited.summary, "127.0.0.1 has not answered after 100 ms");
    assert!(rig.open("basic.html").await.is_done());
    assert!(!rig.text().await.is_empty());
}

#[tokio::test]
async fn a_click_that_leads_to_a_page_which_does_not_come_says_why() {
    let mut rig = Rig::on("slow.html").await;
    let clicked = rig.click("link", "Closed").await;
    let why = "127.0.0.1: it refused the connection (ERR_CONNECTION_REFUSED)";
    assert!(clicked.summary.contains(why), "{clicked:?}");
}
