//! Clicks of all kinds, typing, lists of several, drags, pictures, data: what the hands do beside
//! the plain click.

use legwork::action::{
    Action, Button, Change, Click, Datum, Drag, Entry, Evidence, FillForm, Form, Held, Outcome,
    Output, ReadPage, Ref, Scroll, Select, Shot, TypeText, Way,
};

use super::Rig;

impl Rig {
    async fn click_as(&mut self, times: u8, button: Button, keys: &[Held]) -> Outcome {
        let target = self.find("button", "Press me").await;
        let keys = keys.to_vec();
        let click = Click {
            target,
            times,
            button,
            keys,
        };
        self.act(Action::Click(click)).await
    }

    async fn type_on(&mut self, role: &str, name: &str, text: &str) -> Outcome {
        let target = self.find(role, name).await;
        let text = text.to_owned();
        self.act(Action::Type(TypeText { target, text })).await
    }

    async fn choose(&mut self, name: &str, options: &[&str]) -> Outcome {
        let target = self.find("listbox", name).await;
        let options = options.iter().map(|&option| option.to_owned()).collect();
        self.act(Action::Select(Select { target, options })).await
    }

    async fn drag(&mut self, what: &str, onto: &str) -> Outcome {
        let target = self.find("button", what).await;
        let to = self.find("region", onto).await;
        self.act(Action::Drag(Drag { target, to })).await
    }

    async fn value(&mut self, role: &str, name: &str) -> String {
        self.node(role, name).await.value.unwrap_or_default()
    }
}

#[tokio::test]
async fn clicks_come_twice_with_other_buttons_and_with_keys_held() {
    let mut rig = Rig::on("gestures.html").await;
    for (times, button, keys, said) in [
        (
            2,
            Button::Left,
            &[][..],
            "click:1:true click:2:true dblclick:2:true",
        ),
        (1, Button::Right, &[], "contextmenu:"),
        (1, Button::Middle, &[], "auxclick:1:true"),
        (1, Button::Left, &[Held::Shift], "click+S:1:true"),
        (
            1,
            Button::Left,
            &[Held::Control, Held::Shift],
            "click+S+C:1:true",
        ),
    ] {
        let outcome = rig.click_as(times, button, keys).await;
        assert!(outcome.is_done(), "{outcome:?}");
        assert!(
            rig.text().await.contains(said),
            "{said}: {}",
            rig.text().await
        );
    }
    let target = rig.find("link", "Basic").await;
    let click = Click {
        keys: vec![Held::Control],
        ..Click::on(target)
    };
    let opened = rig.act(Action::Click(click)).await;
    let tabs = rig.look().await.tabs;
    assert!(
        opened
            .changed
            .iter()
            .any(|c| matches!(c, Change::NewTab { .. })),
        "{opened:?} {tabs:?}"
    );
}

#[tokio::test]
async fn typing_goes_on_where_a_field_ends() {
    let mut rig = Rig::on("gestures.html").await;
    for (role, name, text, held) in [
        ("textbox", "Line", " And On! ü", "begin And On! ü"),
        ("spinbutton", "Number", "2", "42"),
        ("textbox", "Story", " upon a time", "Once upon a time"),
    ] {
        let outcome = rig.type_on(role, name, text).await;
        assert!(
            outcome.is_done() && outcome.evidence.len() == 1,
            "{name}: {outcome:?}"
        );
        assert_eq!(rig.value(role, name).await, held, "{name}");
    }
    let masked = rig.type_on("textbox", "Phone", "12345").await;
    assert!(
        masked.summary.ends_with("which holds '(123) 45'"),
        "{masked:?}"
    );
    let masked = rig.fill("textbox", "Phone", "987654").await;
    assert!(
        masked.summary.contains("made '(987) 654' of it"),
        "{masked:?}"
    );
    // What only takes keys gets keys.
    let keyed = rig.fill("textbox", "Keys only", "one by one").await;
    assert!(keyed.is_done() && keyed.evidence.len() == 1, "{keyed:?}");
    let lines = rig.type_on("textbox", "Line", "a\nb").await;
    assert!(lines.summary.contains("takes one line only"), "{lines:?}");
    let kind = rig.type_on("button", "Press me", "x").await;
    assert!(
        kind.summary.contains("not a field to type into"),
        "{kind:?}"
    );
}

#[tokio::test]
async fn lists_of_several_have_exactly_what_was_chosen() {
    let mut rig = Rig::on("gestures.html").await;
    let chosen = rig.choose("Colours", &["Red", "g"]).await;
    assert!(chosen.is_done() && chosen.evidence.len() == 1, "{chosen:?}");
    assert_eq!(rig.value("listbox", "Colours").await, "Red, Green");
    let again = rig.choose("Colours", &["Red", "Green"]).await;
    assert!(again.is_done() && again.changed.is_empty(), "{again:?}");
    let near = rig.choose("Colours", &["Greem"]).await;
    assert!(
        near.summary
            .contains("has no option 'Greem'; the nearest is 'Green'"),
        "{near:?}"
    );
    let own = rig.choose("Toppings", &["Olives", "Corn"]).await;
    assert!(own.is_done(), "{own:?}");
    let states = ["Olives", "Ham", "Corn"];
    let mut selected = Vec::new();
    for name in states {
        selected.push(rig.node("option", name).await.state.selected);
    }
    assert_eq!(selected, [true, false, true]);
    rig.choose("Toppings", &["Olives"]).await;
    assert!(rig.node("option", "Olives").await.state.selected);
}

#[tokio::test]
async fn drags_carry_their_data_or_the_held_mouse() {
    let mut rig = Rig::on("gestures.html").await;
    let html = rig.drag("Card", "Bin").await;
    assert!(html.is_done(), "{html:?}");
    assert!(
        html.summary
            .starts_with("dragged button \"Card\" onto region \"Bin\""),
        "{html:?}"
    );
    assert!(
        rig.text().await.contains("bin got the card true"),
        "{}",
        rig.text().await
    );
    let pointer = rig.drag("Knob", "Goal").await;
    assert!(pointer.is_done(), "{pointer:?}");
    assert!(
        rig.text().await.contains("knob in steadily"),
        "{}",
        rig.text().await
    );
    let far = rig.drag("Card", "Far bin").await;
    assert!(far.is_done(), "{far:?}");
    assert!(
        rig.text().await.contains("farbin got the card"),
        "{}",
        rig.text().await
    );
    let target = rig.find("button", "Card").await;
    let nowhere = Drag {
        target,
        to: Ref(99_999),
    };
    let nowhere = rig.act(Action::Drag(nowhere)).await;
    assert_eq!(nowhere.summary, "there is no e99999");
}

#[tokio::test]
async fn scrolling_goes_on_until_the_page_says_it_or_ends() {
    let mut rig = Rig::on("gestures.html").await;
    let until = |text: &str| {
        Action::Scroll(Scroll {
            until: Some(text.to_owned()),
            ..Scroll::new(None, Way::Down)
        })
    };
    let found = rig.act(until("entry 75")).await;
    assert!(found.is_done() && found.evidence.len() == 1, "{found:?}");
    let missing = rig.act(until("entry 5000")).await;
    assert!(
        missing.summary.contains("nothing says 'entry 5000'"),
        "{missing:?}"
    );
    let wide = rig.find("region", "Wide").await;
    let right = rig
        .act(Action::Scroll(Scroll::new(Some(wide), Way::Right)))
        .await;
    assert!(right.is_done(), "{right:?}");
}

#[tokio::test]
async fn a_form_is_filled_in_one_go_and_read_back() {
    let mut rig = Rig::on("forms.html").await;
    let mut fields = Vec::new();
    for (role, name, value) in [
        ("textbox", "Full name", "Ada Lovelace"),
        ("textbox", "Mail", "ada@example.org"),
        ("textbox", "Notes", "one\ntwo"),
        ("textbox", "Day", "2026-03-14"),
        ("textbox", "Hour", "09:30"),
        ("textbox", "Paint", "#ff8800"),
        ("slider", "Level", "7"),
        ("spinbutton", "Guests", "3"),
        ("combobox", "Size", "Medium"),
        ("radio", "Paid", "on"),
        ("checkbox", "I agree", "on"),
        ("textbox", "Story", "Neuer Täxt"),
        ("textbox", "Controlled", "kept"),
    ] {
        let target = rig.find(role, name).await;
        let value = value.to_owned();
        fields.push(Entry { target, value });
    }
    let count = fields.len();
    let filled = rig.act(Action::FillForm(FillForm { fields })).await;
    assert!(filled.is_done(), "{filled:?}");
    assert_eq!(filled.summary.split(';').next(), Some("filled 13 fields"));
    // Boxes are read back by their own hand, which tells of a change.
    assert_eq!(filled.evidence.len(), count - 2, "{filled:?}");
    assert!(rig.text().await.contains("state: kept"));
    rig.click("button", "Send it").await;
    assert_eq!(
        rig.site.seen(),
        [
            "name=Ada Lovelace&mail=ada@example.org&secret=&notes=one\r\ntwo&day=2026-03-14\
             &hour=09:30&paint=#ff8800&level=7&guests=3&size=m&plan=paid&terms=on"
        ]
    );
    rig.open("forms.html").await;
    let name = Entry {
        target: rig.find("textbox", "Full name").await,
        value: "Ada".to_owned(),
    };
    let locked = Entry {
        target: rig.find("textbox", "Locked").await,
        value: "x".to_owned(),
    };
    let fields = vec![name, locked];
    let stuck = rig.act(Action::FillForm(FillForm { fields })).await;
    assert!(!stuck.is_done(), "{stuck:?}");
    assert!(
        stuck
            .summary
            .contains("is read-only; filled before it: textbox \"Full name\""),
        "{stuck:?}"
    );
}

#[tokio::test]
async fn a_page_answers_each_field_of_a_form_before_the_next() {
    let mut rig = Rig::on("tricky/whole-form.html").await;
    let mut fields = Vec::new();
    for (name, value) in [
        ("First", "Ada"),
        ("Last", "Lovelace"),
        ("Shout", "loud"),
        ("Digits", "0042"),
        ("Short", "abc"),
        ("Count", "12"),
        ("Lines", "one\ntwo"),
        ("Checked", "yes"),
        ("Code 1", "7"),
        ("Code 2", "8"),
        ("Code 3", "9"),
    ] {
        let role = if name == "Count" {
            "spinbutton"
        } else {
            "textbox"
        };
        let target = rig.find(role, name).await;
        let value = value.to_owned();
        fields.push(Entry { target, value });
    }
    let filled = rig.act(Action::FillForm(FillForm { fields })).await;
    assert!(filled.is_done(), "{filled:?}");
    assert_eq!(filled.evidence.len(), 11, "{filled:?}");
    let text = rig.text().await;
    assert!(text.contains("checked yes"), "{text}");
    rig.click("button", "Done").await;
    let text = rig.text().await;
    assert!(text.contains("PASS"), "{text}");

    let mut refused = Vec::new();
    for (name, value) in [("Digits", "4x2"), ("Keys", "by key only")] {
        let target = rig.find("textbox", name).await;
        let value = value.to_owned();
        refused.push(Entry { target, value });
    }
    let fields = refused;
    let refused = rig.act(Action::FillForm(FillForm { fields })).await;
    assert!(!refused.is_done(), "{refused:?}");
    assert!(
        refused.summary.contains("textbox \"Digits\" holds '0042'"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn values_that_change_elsewhere_are_told() {
    let mut rig = Rig::on("forms.html").await;
    rig.open("tricky/reset.html").await;
    let target = rig.find("textbox", "Held").await;
    let outcome = rig.click("button", "Set it").await;
    let told = Change::Value {
        target,
        now: "by script".to_owned(),
    };
    assert!(outcome.changed.contains(&told), "{outcome:?}");
}

fn png_size(png: &[u8]) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[tokio::test]
async fn pictures_show_the_page_all_of_it_or_one_element_with_refs() {
    let mut rig = Rig::on("gestures.html").await;
    let target = Some(rig.find("button", "Knob").await);
    let mut sizes = Vec::new();
    for shot in [
        Shot::default(),
        Shot {
            full: true,
            ..Shot::default()
        },
        Shot {
            target,
            ..Shot::default()
        },
    ] {
        let plain = rig.act(Action::Screenshot(shot.clone())).await;
        let marked = Shot { refs: true, ..shot };
        let marked = rig.act(Action::Screenshot(marked)).await;
        assert!(marked.summary.contains(" refs"), "{}", marked.summary);
        let (Output::Picture(plain), Output::Picture(marked)) = (plain.output, marked.output)
        else {
            panic!("no pictures");
        };
        assert_ne!(plain, marked);
        assert_eq!(png_size(&plain).1, png_size(&marked).1);
        sizes.push(png_size(&plain));
    }
    assert!(
        sizes[1].1 > sizes[0].1 && sizes[2] == (182, 62),
        "{sizes:?}"
    );
    let printed = rig.act(Action::Pdf {}).await;
    assert!(
        matches!(&printed.output, Output::Pdf(pdf) if pdf.starts_with(b"%PDF-")),
        "{}",
        printed.summary
    );
}

#[tokio::test]
async fn a_page_is_read_as_markdown() {
    let mut rig = Rig::on("data.html").await;
    let read = ReadPage {
        target: None,
        form: Form::Markdown,
    };
    let Output::Text(text) = rig.act(Action::Read(read)).await.output else {
        panic!("no text");
    };
    for part in [
        "# Order 17",
        "Total: **1,249.50 EUR**",
        "| Item",
        "| Chair",
        "## Notes",
        &format!("- One with a [link]({})", rig.site.url("keys.html")),
        "- **Two**",
        "code <b>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("hidden order"));
}

#[tokio::test]
async fn what_was_proven_says_where() {
    let mut rig = Rig::on("gestures.html").await;
    let filled = rig.fill("textbox", "Line", "new").await;
    let target = rig.find("textbox", "Line").await;
    let fact = Evidence {
        fact: "textbox \"Line\" holds 'new'".to_owned(),
        source: target.to_string(),
    };
    assert_eq!(filled.evidence, [fact]);
    // Numbers of records stay numbers in JSON.
    let json = serde_json::to_string(&[Datum::Number(1.5), Datum::Flag(true)]).unwrap();
    assert_eq!(json, "[1.5,true]");
}
