//! Single actions and what they say of their effect.

use legwork::action::{
    Action, AnswerDialog, Change, Check, Click, Condition, Open, Outcome, Output, Press, ReadPage,
    Ref, Select, Shot, Status, SwitchTab, Wait,
};
use legwork::browser::Answer;

use super::Rig;

impl Rig {
    async fn select(&mut self, role: &str, name: &str, option: &str) -> Outcome {
        let target = self.find(role, name).await;
        let option = option.to_owned();
        self.act(Action::Select(Select::one(target, option))).await
    }

    async fn check(&mut self, role: &str, name: &str, on: bool) -> Outcome {
        let target = self.find(role, name).await;
        self.act(Action::Check(Check { target, on })).await
    }

    async fn press(&mut self, target: Option<Ref>, key: &str) -> Outcome {
        let key = key.to_owned();
        self.act(Action::Press(Press {
            target,
            ..Press::once(key)
        }))
        .await
    }

    async fn wait(&mut self, until: Condition, limit_ms: u64) -> Outcome {
        self.act(Action::Wait(Wait { until, limit_ms })).await
    }
}

fn has(outcome: &Outcome, is: impl Fn(&Change) -> bool) -> bool {
    outcome.changed.iter().any(is)
}

fn hint(outcome: &Outcome) -> &str {
    let Status::Failed { hint } = &outcome.status else {
        panic!("{outcome:?}");
    };
    hint
}

#[tokio::test]
async fn a_click_is_trusted_and_tells_what_changed() {
    let mut rig = Rig::on("basic.html").await;
    let outcome = rig.click("button", "Add").await;
    assert!(
        has(&outcome, |c| matches!(c, Change::Dom { near: 1.., .. })),
        "{outcome:?}"
    );
    assert!(rig.text().await.contains("item 1 trusted=true"));

    let again = rig.click("button", "Nothing").await;
    let only_focus = again.changed.iter().all(|c| matches!(c, Change::Focus {}));
    assert!(only_focus, "{again:?}");

    let slow = rig.click("button", "Load slowly").await;
    assert!(
        has(&slow, |c| matches!(c, Change::Request { method, host }
        if method == "GET" && host == "127.0.0.1")),
        "{slow:?}"
    );
    assert!(rig.text().await.contains("late after 300, late after 200"));

    let away = rig.click("link", "Forms").await;
    assert!(
        has(&away, |c| matches!(c, Change::Navigation { url }
        if url.ends_with("/forms.html"))),
        "{away:?}"
    );
    assert_eq!(rig.look().await.title, "Forms");

    let back = rig.act(Action::Back {}).await;
    assert!(back.is_done(), "{back:?}");
    let part = rig.click("link", "Part").await;
    assert!(
        has(
            &part,
            |c| matches!(c, Change::Navigation { url } if url.ends_with("#part"))
        ),
        "{part:?}"
    );
}

#[tokio::test]
async fn a_ref_to_what_is_gone_is_refused_and_never_used_again() {
    let mut rig = Rig::on("basic.html").await;
    let old = rig.find("button", "Add").await;
    assert_eq!(rig.find("button", "Add").await, old);
    rig.open("forms.html").await;
    let stale = rig.act(Action::Click(Click::on(old))).await;
    assert_eq!(stale.summary, format!("{old} is no longer on the page"));
    assert!(hint(&stale).contains("look at the page again"));
    let page = rig.look().await;
    assert!(page.nodes.iter().all(|node| node.r#ref != Some(old)));
    let none = rig.act(Action::Click(Click::on(Ref(99_999)))).await;
    assert_eq!(none.summary, "there is no e99999");
}

#[tokio::test]
async fn fields_of_all_kinds_take_their_value_and_are_read_back() {
    let mut rig = Rig::on("forms.html").await;
    let fields = [
        ("textbox", "Full name", "Ada Lovelace"),
        ("textbox", "Mail", "ada@example.org"),
        ("textbox", "Password", "hunter2"),
        ("textbox", "Notes", "one\ntwo"),
        ("textbox", "Day", "2026-03-14"),
        ("textbox", "Hour", "09:30"),
        ("textbox", "Paint", "#ff8800"),
        ("slider", "Level", "7"),
        ("spinbutton", "Guests", "3"),
        ("textbox", "Story", "Neuer Täxt 漢字 🙂"),
        ("textbox", "Controlled", "kept"),
    ];
    for (role, name, value) in fields {
        let outcome = rig.fill(role, name, value).await;
        assert!(
            outcome.is_done() && outcome.evidence.len() == 1,
            "{name}: {outcome:?}"
        );
        let shown = rig.node(role, name).await.value.unwrap();
        if name == "Password" {
            assert_eq!(shown, "••••••••");
            assert!(!format!("{outcome:?}").contains("hunter2"));
        } else {
            assert_eq!(shown, value, "{name}");
        }
    }
    assert!(rig.text().await.contains("state: kept"));
    let medium = rig.click("option", "Medium").await;
    assert!(medium.is_done() && medium.evidence.len() == 1, "{medium:?}");
    assert_eq!(
        rig.node("combobox", "Size").await.value.as_deref(),
        Some("Medium")
    );
    rig.select("combobox", "Size", "s").await;
    let empty = rig.fill("textbox", "Full name", "").await;
    assert!(empty.is_done(), "{empty:?}");
    rig.fill("textbox", "Full name", "Ada").await;
    assert!(rig.select("combobox", "Size", "Medium").await.is_done());
    assert!(rig.check("radio", "Paid", true).await.is_done());
    assert!(rig.check("checkbox", "I agree", true).await.is_done());
    assert!(rig.check("checkbox", "Send me news", true).await.is_done());
    let twice = rig.check("checkbox", "I agree", true).await;
    assert!(twice.is_done() && twice.changed.is_empty(), "{twice:?}");
    let button = rig.node("button", "Send it").await;
    assert_eq!(
        button.submits,
        Some(format!("POST {}", rig.site.url("submit")))
    );
    let sent = rig.click("button", "Send it").await;
    assert!(
        has(
            &sent,
            |c| matches!(c, Change::Request { method, .. } if method == "POST")
        ),
        "{sent:?}"
    );
    assert_eq!(
        rig.site.seen(),
        [
            "name=Ada&mail=ada@example.org&secret=hunter2&notes=one\r\ntwo&day=2026-03-14&hour=09:30\
          &paint=#ff8800&level=7&guests=3&size=m&plan=paid&terms=on&news=on"
        ]
    );
    assert!(rig.text().await.contains("Thank you"));
}

#[tokio::test]
async fn what_a_field_refuses_or_alters_is_said() {
    let mut rig = Rig::on("forms.html").await;
    let bad = rig.fill("textbox", "Day", "14.03.2026").await;
    assert!(bad.summary.contains("takes no such value"), "{bad:?}");
    assert!(hint(&bad).contains("2026-03-14"));
    let locked = rig.fill("textbox", "Locked", "x").await;
    assert!(locked.summary.contains("is read-only"), "{locked:?}");
    let upper = rig.fill("textbox", "Upper", "abc").await;
    assert!(
        upper.summary.contains("which made 'ABC' of it"),
        "{upper:?}"
    );
    assert!(upper.evidence.is_empty());
    let kind = rig.fill("checkbox", "I agree", "yes").await;
    assert!(
        kind.summary.contains("not a field to type into"),
        "{kind:?}"
    );
    let option = rig.select("combobox", "Size", "Huge").await;
    assert!(hint(&option).contains("Small, Medium, Large"), "{option:?}");
    let off = rig.select("combobox", "Size", "Large").await;
    assert!(off.summary.contains("disabled"), "{off:?}");
}

#[tokio::test]
async fn clicks_wait_for_what_is_not_ready_and_name_what_covers() {
    let mut rig = Rig::on("waits.html").await;
    assert!(rig.click("button", "Slides in").await.is_done());
    assert!(rig.text().await.contains("clicked slide"));
    assert!(rig.click("button", "Enables later").await.is_done());
    assert!(rig.text().await.contains("clicked later"));
    rig.click("button", "Start spinner").await;
    assert!(rig.click("button", "Route").await.is_done());
    let page = rig.look().await;
    assert!(page.url.ends_with("step=2"));
    assert!(rig.text().await.contains("late after 250"));
    rig.click("button", "Raise wall").await;
    let covered = rig.node("button", "Route").await;
    assert!(covered.state.covered);
    let refused = rig.click("button", "Route").await;
    assert!(
        refused.summary.contains("covered by dialog \"Cookies\""),
        "{refused:?}"
    );
}

#[tokio::test]
async fn waiting_ends_when_it_is_so_or_says_that_it_is_not() {
    let mut rig = Rig::on("waits.html").await;
    rig.click("button", "Say something soon").await;
    let text = |text: &str| Condition::Text {
        text: text.to_owned(),
    };
    let so = rig.wait(text("it is  DONE"), 5_000).await;
    assert!(so.is_done() && !so.evidence.is_empty(), "{so:?}");
    let gone = Condition::Gone {
        text: "working".to_owned(),
    };
    assert!(rig.wait(gone, 0).await.is_done());
    let never = rig.wait(text("no such words"), 200).await;
    assert_eq!(
        never.summary,
        "the page does not say 'no such words' after 200 ms"
    );
    let address = |text: &str| Condition::Address {
        text: text.to_owned(),
    };
    assert!(rig.wait(address("waits"), 0).await.is_done());
    assert!(!rig.wait(address("other"), 50).await.is_done());
}

async fn answer(rig: &mut Rig, accept: bool, text: Option<&str>) -> Outcome {
    let text = text.map(str::to_owned);
    rig.act(Action::Dialog(AnswerDialog { accept, text })).await
}

fn told(message: &str) -> Change {
    let message = message.to_owned();
    Change::Dialog { message }
}

#[tokio::test]
async fn an_alert_is_accepted_and_told() {
    let mut rig = Rig::on("dialogs.html").await;
    let alert = rig.click("button", "Alert").await;
    assert!(
        alert.changed.contains(&told("alert \"Hello\" accepted")),
        "{alert:?}"
    );
    assert!(rig.text().await.contains("alerted"));
    rig.browser.answer_questions(Answer::Accept).await.unwrap();
    rig.click("button", "Confirm").await;
    assert!(rig.text().await.contains("confirmed true"));
}

#[tokio::test]
async fn dialogs_never_block_and_wait_for_their_answer() {
    const CONFIRM: &str = "confirm \"Delete all?\"";
    const PROMPT: &str = "prompt \"Name?\"";
    let mut rig = Rig::on("dialogs.html").await;
    for (name, accept, text, asked, said) in [
        ("Confirm", true, None, CONFIRM, "confirmed true"),
        ("Confirm", false, None, CONFIRM, "confirmed false"),
        ("Prompt", true, Some("Grace"), PROMPT, "prompted Grace"),
        ("Prompt", true, None, PROMPT, "prompted Ada"),
        ("Prompt", false, None, PROMPT, "prompted null"),
    ] {
        let target = rig.find("button", name).await;
        let click = Action::Click(Click::on(target));
        let outcome = rig.act(click.clone()).await;
        let open = told(&format!("{asked} is open"));
        assert!(outcome.changed.contains(&open), "{outcome:?}");
        assert_eq!(rig.look().await.dialog.as_deref(), Some(asked));
        let other = rig.act(click.clone()).await;
        let words = "until its dialog is answered";
        assert!(other.summary.contains(words), "{other:?}");
        let answered = answer(&mut rig, accept, text).await;
        assert!(!answered.evidence.is_empty(), "{answered:?}");
        let is_dom = |c: &Change| matches!(c, Change::Dom { .. });
        assert!(has(&answered, is_dom), "{answered:?}");
        assert!(rig.text().await.contains(said), "{said}");
        let beforehand = answer(&mut rig, accept, text).await;
        let words = "the next action opens";
        assert!(beforehand.summary.contains(words), "{beforehand:?}");
        let outcome = rig.act(click).await;
        let word = if accept { "accepted" } else { "dismissed" };
        let done = told(&format!("{asked} {word}"));
        assert!(outcome.changed.contains(&done), "{outcome:?}");
        assert!(rig.text().await.contains(said), "{said}");
    }
}

#[tokio::test]
async fn a_page_that_asks_whether_it_may_be_left_is_left_or_stays() {
    let mut rig = Rig::on("dialogs.html").await;
    rig.click("button", "Guard").await;
    let asks = rig.click("link", "Leave").await;
    assert!(asks.summary.contains("beforeunload"), "{asks:?}");
    assert!(answer(&mut rig, false, None).await.is_done());
    assert_eq!(rig.look().await.title, "Dialogs");
    rig.click("link", "Leave").await;
    let left = answer(&mut rig, true, None).await;
    assert!(
        has(&left, |c| matches!(c, Change::Navigation { .. })),
        "{left:?}"
    );
    assert_eq!(rig.look().await.title, "Basic");
    rig.open("dialogs.html").await;
    rig.click("button", "Guard").await;
    assert!(rig.open("basic.html").await.is_done());
    assert_eq!(rig.look().await.title, "Basic");
}

#[tokio::test]
async fn popups_are_adopted_and_tabs_can_be_worked() {
    let mut rig = Rig::on("dialogs.html").await;
    let opened = rig.click("link", "New tab").await;
    assert!(
        has(&opened, |c| matches!(c, Change::NewTab { .. })),
        "{opened:?}"
    );
    let page = rig.look().await;
    assert_eq!((page.title.as_str(), page.tabs.len()), ("Basic", 2));
    assert!(page.tabs[1].current && page.tabs[0].url.ends_with("dialogs.html"));
    assert!(
        rig.act(Action::SwitchTab(SwitchTab { number: 1 }))
            .await
            .is_done()
    );
    assert_eq!(rig.look().await.title, "Dialogs");
    let popup = rig.click("button", "Popup").await;
    assert!(
        has(&popup, |c| matches!(c, Change::NewTab { .. })),
        "{popup:?}"
    );
    assert_eq!(rig.look().await.title, "Forms");
    assert!(rig.act(Action::CloseTab {}).await.is_done());
    assert!(rig.act(Action::NewTab {}).await.is_done());
    let page = rig.look().await;
    assert_eq!((page.url.as_str(), page.tabs.len()), ("about:blank", 3));
    let none = rig.act(Action::SwitchTab(SwitchTab { number: 9 })).await;
    assert_eq!(none.summary, "there is no tab 9");
    for _ in 0..3 {
        assert!(rig.act(Action::CloseTab {}).await.is_done());
    }
    assert_eq!(rig.look().await.tabs.len(), 1);
}

#[tokio::test]
async fn keys_and_chords_reach_the_page() {
    let mut rig = Rig::on("keys.html").await;
    let find = rig.find("textbox", "Find").await;
    rig.fill("textbox", "Find", "old words").await;
    rig.press(Some(find), "Control+a").await;
    rig.press(None, "x").await;
    assert_eq!(
        rig.node("textbox", "Find").await.value.as_deref(),
        Some("x")
    );
    rig.press(None, "Tab").await;
    assert!(rig.node("textbox", "Next").await.state.focused);
    assert!(rig.text().await.contains("C-a x Tab"));
    let bad = rig.press(None, "Entr").await;
    assert_eq!(bad.summary, "'Entr' is no key");
    let go = rig.find("textbox", "Go").await;
    let entered = rig.press(Some(go), "Enter").await;
    assert!(
        has(&entered, |c| matches!(c, Change::Navigation { .. })),
        "{entered:?}"
    );
    assert_eq!(rig.look().await.title, "Basic");
}

#[tokio::test]
async fn reading_brings_visible_text() {
    let mut rig = Rig::on("basic.html").await;
    let read = rig.act(Action::Read(ReadPage::text(None))).await;
    let Output::Text(text) = read.output else {
        panic!("{read:?}")
    };
    assert_eq!(
        text,
        "Forms Part\nBasic page\nHello there, reader.\nAddLoad slowlyNothing\nPart"
            .replace("AddLoad slowlyNothing", "Add Load slowly Nothing")
    );
    let target = Some(rig.find("heading", "Basic").await);
    let read = rig.act(Action::Read(ReadPage::text(target))).await;
    assert_eq!(read.output, Output::Text("Basic page".to_owned()));
    let picture = rig.act(Action::Screenshot(Shot::default())).await;
    assert!(matches!(picture.output, Output::Picture(png) if png.starts_with(b"\x89PNG")));
}

#[tokio::test]
async fn addresses_that_can_not_be_opened_are_explained() {
    let mut rig = Rig::start().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let closed = format!("http://{closed}/");
    for (url, words) in [
        (
            "file:///etc/passwd",
            "'file:///etc/passwd' is not a http or https address",
        ),
        ("http://127.0.0.1:9/", "browsers do not open that port"),
        (closed.as_str(), "127.0.0.1: it refused the connection"),
        (
            "http://no-such-host.invalid/",
            "no-such-host.invalid: there is no host of that name",
        ),
    ] {
        let outcome = rig
            .act(Action::Open(Open {
                url: url.to_owned(),
            }))
            .await;
        assert!(
            !outcome.is_done() && outcome.summary.contains(words.trim_end()),
            "{url}: {outcome:?}"
        );
    }
    let circle = rig.open("loop").await;
    assert!(circle.summary.contains("in circles"), "{circle:?}");
    let missing = rig.open("missing.html").await;
    assert!(
        missing.summary.contains("the server answered 404"),
        "{missing:?}"
    );
}

#[tokio::test]
async fn a_page_that_never_loads_is_left_or_used_as_it_is() {
    let mut rig = Rig::on("basic.html").await;
    let never = rig.open("never").await;
    assert!(
        never.summary.contains("did not answer within 10 s"),
        "{never:?}"
    );
    assert_eq!(rig.look().await.title, "Basic");
    let drip = rig.open("drip").await;
    assert!(drip.summary.contains("still loading"), "{drip:?}");
    let page = rig.look().await;
    assert!(page.loading && page.title == "Drip");
    assert!(rig.click("button", "Ready").await.is_done());
}

#[tokio::test]
async fn suggestions_that_come_late_are_there_after_typing() {
    let mut rig = Rig::on("suggest.html").await;
    let typed = rig.fill("combobox", "City", "ber").await;
    assert!(typed.is_done(), "{typed:?}");
    let page = rig.look().await;
    assert!(
        page.nodes
            .iter()
            .any(|node| node.role == "option" && node.name == "Berlin")
    );
    let chosen = rig.select("combobox", "City", "Bern").await;
    assert!(chosen.is_done(), "{chosen:?}");
    assert_eq!(
        rig.node("combobox", "City").await.value.as_deref(),
        Some("Bern")
    );
}

#[tokio::test]
async fn a_control_in_a_frame_out_of_sight_is_scrolled_to_first() {
    let mut rig = Rig::on("below.html").await;
    let ticked = rig.check("checkbox", "I agree", true).await;
    assert!(ticked.is_done(), "{ticked:?}");
    assert!(rig.node("checkbox", "I agree").await.state.checked);
    let clicked = rig.click("button", "Press other").await;
    assert!(clicked.is_done(), "{clicked:?}");
}
