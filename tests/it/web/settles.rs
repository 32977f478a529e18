//! What is in the first look after an action: counted, never timed.

use legwork::action::{Action, Click, Condition, Press, Wait};

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
async fn workers_run_and_answer() {
    let mut rig = Rig::start().await;
    for (button, said) in [
        ("Script", "script says 6"),
        ("Written", "written says 6"),
        ("Within", "within says 6"),
        ("Fetches", "fetches says late after 50"),
    ] {
        rig.open("workers.html").await;
        let outcome = rig.click("button", button).await;
        assert!(outcome.is_done(), "{button}: {outcome:?}");
        assert!(!outcome.summary.contains("busy"), "{button}: {outcome:?}");
        let text = said.to_owned();
        let until = Condition::Text { text };
        let limit_ms = 20_000;
        let waited = rig.act(Action::Wait(Wait { until, limit_ms })).await;
        assert!(waited.is_done(), "{button}: {waited:?}");
    }
}

#[tokio::test]
async fn what_comes_a_moment_after_a_change_is_in_the_first_look() {
    let mut rig = Rig::start().await;
    let ways = [
        "kept frame",
        "kept timer",
        "idle",
        "scrolled list",
        "scrolled by",
        "picture",
        "hidden picture",
        "script",
        "module",
        "details",
        "closed box",
        "popover",
        "way back",
        "hash",
        "place",
        "stream",
        "sight",
        "drawing",
        "selection",
        "font",
        "lock",
        "space",
        "full screen",
        "clipboard",
        "code",
    ];
    let mut missed = Vec::new();
    for way in ways {
        assert!(rig.open("at-once.html").await.is_done());
        let outcome = rig.click("button", way).await;
        assert!(outcome.is_done(), "{way}: {outcome:?}");
        let text = rig.text().await;
        if !text.contains(&format!("{way} done")) {
            missed.push((way, text));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Says back what it was told, somewhat later; returns its port.
fn echo() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut socket = tungstenite::accept(stream).unwrap();
        while let Ok(message) = socket.read() {
            if message.is_text() {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "this is the slow server under test"
                )]
                std::thread::sleep(std::time::Duration::from_millis(150));
                socket.send(message).unwrap();
            }
        }
    });
    port
}

#[tokio::test]
async fn what_a_web_socket_answers_is_in_the_first_look() {
    let mut rig = Rig::start().await;
    rig.open(&format!("settles.html?socket={}", echo())).await;
    let open = Action::Wait(Wait {
        until: Condition::Text {
            text: "socket open".to_owned(),
        },
        limit_ms: 20_000,
    });
    assert!(rig.act(open).await.is_done());
    let outcome = rig.click("button", "Socket").await;
    assert!(outcome.is_done(), "{outcome:?}");
    let text = rig.text().await;
    assert!(text.contains("socket done"), "{text}");
}

#[tokio::test]
async fn a_form_that_the_browser_holds_back_names_its_fields() {
    let mut rig = Rig::on("held-back.html").await;
    let outcome = rig.click("button", "Send").await;
    let told = &outcome.summary;
    assert!(told.contains("; the form was not sent: e"), "{told}");
    assert!(
        told.contains("textbox \"Mail\": Please fill out this field"),
        "{told}"
    );
    assert!(
        told.contains("textbox \"Name\": Please fill out this field"),
        "{told}"
    );
    rig.fill("textbox", "Mail", "ada").await;
    let target = Some(rig.find("textbox", "Name").await);
    let key = "Enter".to_owned();
    let outcome = rig
        .act(Action::Press(Press {
            target,
            ..Press::once(key)
        }))
        .await;
    let told = &outcome.summary;
    assert!(told.contains("textbox \"Mail\": Please include"), "{told}");
    rig.fill("textbox", "Mail", "ada@example.org").await;
    rig.fill("textbox", "Name", "Ada").await;
    let outcome = rig.click("button", "Send").await;
    assert!(!outcome.summary.contains("not sent"), "{outcome:?}");
    assert!(rig.text().await.contains("sent"));
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
    // slow), two glances in both worlds, barrier, timers.
    assert!(rig.browser.commands_sent() - before <= 14);
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

#[tokio::test]
async fn a_frame_that_forbids_scripts_is_worked_and_what_is_closed_in_it_is_not_told() {
    let mut rig = Rig::on("still.html").await;
    assert!(!rig.text().await.contains("kept for later"));
    for (role, name) in [("checkbox", "Agree"), ("button", "More")] {
        let outcome = rig.click(role, name).await;
        assert!(outcome.is_done(), "{outcome:?}");
        assert!(!outcome.summary.contains("busy"), "{outcome:?}");
    }
    assert!(rig.text().await.contains("kept for later"));
}

#[tokio::test]
async fn what_unfolds_or_fades_is_looked_at_when_it_has() {
    let mut rig = Rig::on("unfolds.html").await;
    assert!(rig.click("button", "More").await.is_done());
    let page = rig.look().await;
    let entry = page.nodes.iter().find(|node| node.name == "Move").unwrap();
    assert!(!entry.state.covered && entry.rect.is_some_and(|rect| rect.height > 15.0));
    assert!(rig.click("button", "Ask").await.is_done());
    let outcome = rig.click("button", "Agree").await;
    assert!(outcome.is_done(), "{outcome:?}");
    let text = rig.text().await;
    assert!(
        text.contains("agreed") && !text.contains("Agree "),
        "{text}"
    );
    let page = rig.look().await;
    assert!(page.nodes.iter().all(|node| node.name != "Agree"));
}
