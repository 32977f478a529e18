//! Pages made the way component libraries make them: things in wrappers that listen, lists that are
//! no lists, fields kept for scripts alone, months of days, whole parts hidden from readers.

use legwork::action::{Action, Press};
use legwork::snapshot::{RenderOptions, Snapshot};

use super::Rig;

/// The page as shown, without its first line and without refs.
async fn shown(rig: &mut Rig) -> String {
    let text = Snapshot::new(rig.look().await).render(&RenderOptions::default());
    without_refs(text.split_once('\n').map_or("", |(_, lines)| lines))
}

fn without_refs(text: &str) -> String {
    let is_ref = |word: &&str| {
        word.strip_prefix('e')
            .is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').filter(|word| !is_ref(word)).collect();
        words.join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_is_wrapped_is_shown_once_and_what_is_hidden_not_at_all() {
    let mut rig = Rig::on("parts.html").await;
    insta::assert_snapshot!(shown(&mut rig).await, @r#"
    textbox "Name"
    combobox "Size" = "Large ×" collapsed
    heading3 "Behind"
    link "Still seen"
    "words"
    list ("found")
     listitem "Berlin"
     listitem "Bern"
    table
     row link "1" link "2"
    table
     row "Ann" button "Call"
    tablist
     tab "First" selected
    "April 2027"
    "1 2"
    clickable "Wash"
     clickable ("drag")
    clickable "Cook"
     clickable ("drag")
    switch "Notify" checked
    checkbox "Agree" checked
    button "Bold"
    dialog ("dialog")
     "Sure?"
     button "Yes"
    checkbox "Agree too"
    clickable "Price"
    "mouse true"
    "#);
}

#[tokio::test]
async fn keys_that_move_are_pressed_many_times_at_once_and_keys_that_send_are_not() {
    let mut rig = Rig::on("parts.html").await;
    let target = Some(rig.find("generic", "Price").await);
    let press = |key: &str| Press {
        target,
        times: 40,
        ..Press::once(key)
    };
    let moved = rig.act(Action::Press(press("ArrowRight"))).await;
    assert!(moved.is_done(), "{moved:?}");
    rig.find("generic", "Price 60").await;
    for key in ["Enter", "Control+Enter", "Space"] {
        let refused = rig.act(Action::Press(press(key))).await;
        assert!(!refused.is_done(), "{refused:?}");
    }
}

#[tokio::test]
async fn days_of_other_months_are_told_apart_and_fields_behind_their_labels_are_shown_once() {
    let mut rig = Rig::on("month.html").await;
    insta::assert_snapshot!(shown(&mut rig).await, @r#"
    group "View"
     radio "Day" checked
     radio "Week"
    heading2 "April 2027"
    clickable "31" ("other month")
    clickable "1"
    clickable "2"
    clickable "30"
    clickable "1" ("other month")
    "#);
}
