//! What is in the first look after an action: counted, never timed.

use legwork::action::{Action, Click};

use super::Rig;

/// Returns what the page says in the first look after a click on the button.
async fn first_look(rig: &mut Rig, button: &str) -> String {
    let opened = rig.open("settles.html").await;
    assert!(opened.is_done(), "{opened:?}");
    let outcome = rig.click("button", button).await;
    assert!(outcome.is_done(), "{button}: {outcome:?}");
    rig.text().await
}

#[tokio::test]
async fn what_an_action_sets_off_is_in_the_first_look_after_it() {
    let mut rig = Rig::start().await;
    let table = [
        ("Sync", "sync done"),
        ("Micro", "micro done"),
        ("Xhr", "xhr done"),
        ("Chain", "chain done"),
        ("Four in a row", "four done"),
        ("Halting bodies", "halting done"),
        ("Halting Xhr", "halting xhr done"),
        ("Unread body", "unread true done"),
        ("Push state", "push done"),
        ("Timer", "timer done"),
        ("Debounced fetch", "debounced done"),
        ("Fetch beside a poller", "poll done"),
        ("Fetch beside a clock", "clock done"),
        ("Leave", "leave done"),
        ("Fetch in a frame", "leave done"),
        ("Soon fetch", "soon fetch done"),
        ("Soon timer", "soon timer done"),
        ("Soon short", "soon short done"),
        ("Soon frames", "soon frames done"),
        ("Soon message", "soon message done"),
        ("Soon database", "soon database done"),
        ("Soon observer", "soon observer done"),
        ("Soon transition", "soon transition done"),
        ("Soon inner", "leave done"),
        ("Soon digest", "soon digest done"),
    ];
    let mut missed = Vec::new();
    for (button, said) in table {
        let text = first_look(&mut rig, button).await;
        if !text.contains(said) {
            missed.push((button, text));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[tokio::test]
async fn what_typing_sets_off_is_in_the_first_look_after_it() {
    let mut rig = Rig::on("settles.html").await;
    let outcome = rig.fill("textbox", "Search", "abc").await;
    assert!(outcome.is_done(), "{outcome:?}");
    let text = rig.text().await;
    assert!(text.contains("found abc"), "{text}");
}

#[tokio::test]
async fn nothing_is_said_as_such_and_nothing_is_waited_for() {
    let mut rig = Rig::on("settles.html").await;
    rig.click("button", "Nothing").await;
    let before = rig.browser.commands_sent();
    let outcome = rig.click("button", "Nothing").await;
    assert!(
        outcome.is_done() && outcome.changed.is_empty(),
        "{outcome:?}"
    );
    // Scan and walk to find it; prepare, move, press, release, verify (twice where the input is
    // slow), glance in both worlds, barrier, timers; whether the last look knew of a listener.
    assert!(rig.browser.commands_sent() - before <= 13);
}

#[tokio::test]
async fn a_button_that_nothing_listens_to_is_said_as_such_at_once_where_no_script_is() {
    let mut rig = Rig::on("dead.html").await;
    let outcome = rig.click("button", "Dead").await;
    assert!(
        outcome
            .summary
            .ends_with("; nothing on the page listens to it"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn what_is_over_at_once_is_glanced_at_once() {
    let mut rig = Rig::on("settles.html").await;
    rig.click("button", "Sync").await;
    let target = rig.find("button", "Micro").await;
    let before = rig.browser.commands_sent();
    let outcome = rig.act(Action::Click(Click::on(target))).await;
    assert!(outcome.is_done(), "{outcome:?}");
    assert!(!outcome.changed.is_empty(), "{outcome:?}");
    // Prepare, move, press, release, verify (twice where the input is slow), glance in both worlds.
    assert!(rig.browser.commands_sent() - before <= 8);
}
