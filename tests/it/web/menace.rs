//! Pages that mean harm to whoever looks: bounded answers, and a session that goes on.

use legwork::action::{Action, SwitchTab};
use legwork::snapshot::{RenderOptions, Snapshot, tokens};

use super::{Rig, first_ref, ref_in};

/// Longest look at a hostile page, in bytes of its records as JSON.
const PAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

async fn after(button: &str) -> (Rig, String) {
    let mut rig = Rig::on("menace.html").await;
    rig.click("button", button).await;
    let text = calm(&mut rig).await;
    (rig, text)
}

/// Looks, within all limits.
async fn calm(rig: &mut Rig) -> String {
    let page = rig.look().await;
    let bytes = serde_json::to_string(&page).unwrap().len();
    assert!(bytes < PAGE_BYTES_MAX, "{bytes}");
    let text = Snapshot::new(page).render(&RenderOptions::default());
    assert!(tokens(&text) <= 4_000, "{}", tokens(&text));
    text
}

/// The page can still be worked.
async fn goes_on(rig: &mut Rig) {
    let clicked = rig.click("button", "Calm").await;
    assert!(clicked.is_done(), "{clicked:?}");
    assert!(calm(rig).await.contains("\"calm\""));
    assert!(rig.open("basic.html").await.is_done());
    assert!(calm(rig).await.contains("page \"Basic\""));
}

#[tokio::test]
async fn a_hundred_popups_are_counted_and_left() {
    let (mut rig, text) = after("Open a hundred").await;
    let tabs = rig.look().await.tabs.len();
    assert!((2..=24).contains(&tabs), "{tabs} tabs\n{text}");
    assert!(text.lines().filter(|line| line.starts_with("tab ")).count() <= 12);
    let first = SwitchTab { number: 1 };
    let back = rig.act(Action::SwitchTab(first)).await;
    assert!(back.is_done(), "{back:?}");
    goes_on(&mut rig).await;
}

#[tokio::test]
async fn endless_growth_is_read_within_limits() {
    let (mut rig, text) = after("Grow").await;
    assert!(text.contains("and more"), "{text}");
    calm(&mut rig).await;
    assert!(rig.open("basic.html").await.is_done());
    assert!(calm(&mut rig).await.contains("page \"Basic\""));
}

#[tokio::test]
async fn fifty_megabytes_of_text_are_cut() {
    let (mut rig, text) = after("Fifty megabytes").await;
    // The browser itself may take longer to lay them out than a look may take.
    let is_read = text.contains("word word");
    assert!(is_read || text.contains("can't be read"), "{text}");
    assert!(rig.open("basic.html").await.is_done());
    assert!(calm(&mut rig).await.contains("page \"Basic\""));
}

#[tokio::test]
async fn dialogs_without_end_are_answered() {
    let (mut rig, _) = after("Ask for ever").await;
    let opened = rig.open("basic.html").await;
    assert!(opened.is_done(), "{opened:?}");
    let text = calm(&mut rig).await;
    assert!(text.contains("page \"Basic\""), "{opened:?}: {text}");
}

#[tokio::test]
async fn names_of_a_megabyte_and_signs_that_hide_are_cut_and_cleaned() {
    let (mut rig, text) = after("Long name").await;
    assert!(text.contains("nnnnnnnn…"), "{text}");
    goes_on(&mut rig).await;
    let (mut rig, text) = after("Signs").await;
    let line = text.lines().find(|line| line.contains("Pay")).unwrap();
    let name = first_ref(line).unwrap();
    let is_first = line.starts_with(&format!("button {name} \"Pay"));
    assert!(is_first, "{line}");
    let bad = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{e0041}')
    };
    assert!(!text.contains(bad), "{text:?}");
    assert!(!text.contains("\nbutton e1 \"Free\""), "{text}");
    goes_on(&mut rig).await;
}

#[tokio::test]
async fn what_lies_a_thousand_levels_down_is_seen() {
    let (mut rig, text) = after("Deep").await;
    let deepest = ref_in(&text, "button", "At the bottom");
    assert!(deepest.is_some(), "{text}");
    goes_on(&mut rig).await;
}
