//! Sentences about pages, and about the run itself.

use super::booking::{answer_form, confirm, work_through};
use super::cursor::Cursor;
use super::looking::{expect, name, save, wait};
use super::sentence::{Ordinal, Presence, Sentence};
use super::target::{ordinal, target, target_until};
use super::value::{Value, looks_like_address};

type Reader = fn(&mut Cursor) -> Option<Sentence>;

/// Readers, the most particular first.
pub(super) const READERS: &[Reader] = &[
    close_popup,
    tabs,
    back,
    open,
    confirm,
    press_key,
    answer_form,
    fill_in,
    type_into,
    choose,
    check,
    wait,
    expect,
    save,
    work_through,
    ask,
    stop,
    click,
];

fn open(c: &mut Cursor) -> Option<Sentence> {
    c.need(&[
        "go to",
        "go on to",
        "navigate to",
        "browse to",
        "head to",
        "head over to",
        "open up",
        "open",
        "visit",
        "load",
        "start at",
        "start on",
        "start with",
        "begin at",
        "surf to",
    ])?;
    c.eat_any(&[
        "the website at",
        "the website",
        "the web site",
        "the web page at",
        "the web page",
        "the webpage",
        "the page at",
        "the page",
        "the site at",
        "the site",
        "the address",
        "the url",
        "page",
        "site",
        "website",
        "url",
        "address",
    ]);
    c.comma();
    let url = match c.literal() {
        Some(value) => value,
        None => Value::literal(
            c.raw()
                .filter(|w| looks_like_address(w))?
                .trim_end_matches('.'),
        ),
    };
    let is_address = url.as_literal().is_none_or(looks_like_address);
    is_address.then_some(Sentence::Open(url))
}

fn click(c: &mut Cursor) -> Option<Sentence> {
    let verb = c.eat_any(&[
        "click on", "click", "press on", "press", "tap on", "tap", "push", "hit", "follow",
        "activate", "open", "go to", "select", "choose", "pick", "expand",
    ]);
    verb.then_some(())?;
    let presence = presence(c);
    Some(Sentence::Click(target(c)?, presence))
}

/// Takes "if present" and the like off the end.
pub(super) fn presence(c: &mut Cursor) -> Presence {
    let tail = c.cut_tail(&[
        "if present",
        "if there is one",
        "if there",
        "if it is there",
        "if it's there",
        "if it appears",
        "if it shows",
        "if shown",
        "if any",
        "if it comes",
        "if one comes",
        "if it exists",
        "if possible",
        "if visible",
    ]);
    if tail {
        Presence::IfPresent
    } else {
        Presence::Must
    }
}

fn press_key(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["press", "hit", "push"])?;
    c.eat("the");
    let key = c.raw()?;
    c.eat("key");
    Some(Sentence::Press(key_name(&key)?))
}

/// Returns the `KeyboardEvent.key` value that a word or chord means.
fn key_name(word: &str) -> Option<String> {
    const KEYS: [(&str, &str); 22] = [
        ("enter", "Enter"),
        ("return", "Enter"),
        ("tab", "Tab"),
        ("escape", "Escape"),
        ("esc", "Escape"),
        ("space", " "),
        ("backspace", "Backspace"),
        ("delete", "Delete"),
        ("del", "Delete"),
        ("home", "Home"),
        ("end", "End"),
        ("pageup", "PageUp"),
        ("pagedown", "PageDown"),
        ("up", "ArrowUp"),
        ("down", "ArrowDown"),
        ("left", "ArrowLeft"),
        ("right", "ArrowRight"),
        ("arrowup", "ArrowUp"),
        ("arrowdown", "ArrowDown"),
        ("arrowleft", "ArrowLeft"),
        ("arrowright", "ArrowRight"),
        ("insert", "Insert"),
    ];
    const MODIFIERS: [(&str, &str); 7] = [
        ("ctrl", "Control"),
        ("control", "Control"),
        ("shift", "Shift"),
        ("alt", "Alt"),
        ("cmd", "Meta"),
        ("meta", "Meta"),
        ("option", "Alt"),
    ];
    let find = |table: &[(&str, &'static str)], word: &str| {
        table
            .iter()
            .find(|(said, _)| *said == word)
            .map(|(_, key)| *key)
    };
    let lower = word.to_lowercase();
    let mut parts: Vec<&str> = lower.split('+').collect();
    let last = parts.pop()?;
    let mut chord = Vec::new();
    for part in &parts {
        chord.push(find(&MODIFIERS, part)?.to_owned());
    }
    let function = last.strip_prefix('f').and_then(|n| n.parse::<u8>().ok());
    let single = !parts.is_empty() && last.chars().count() == 1;
    chord.push(match (find(&KEYS, last), function) {
        (Some(key), _) => key.to_owned(),
        (None, Some(n)) if (1..=12).contains(&n) => format!("F{n}"),
        (None, _) if single => last.to_owned(),
        (None, _) => return None,
    });
    Some(chord.join("+"))
}

const FIELD_LEADS: &[&str] = &[
    "into the field",
    "in the field",
    "into",
    "in to",
    "in",
    "as the",
    "as",
    "to",
    "for",
];

fn type_into(c: &mut Cursor) -> Option<Sentence> {
    c.need(&[
        "type in", "type", "enter", "write", "input", "key in", "put", "insert",
    ])?;
    let value = c.value_until(&[
        "into", "in to", "in the", "in", "as the", "as", "to the", "for the",
    ])?;
    c.need(FIELD_LEADS)?;
    Some(Sentence::Fill(target(c)?, value))
}

fn fill_in(c: &mut Cursor) -> Option<Sentence> {
    let set = c.eat_any(&["set", "change"]);
    if !set {
        c.need(&["fill in", "fill out", "fill", "complete"])?;
    }
    let whole = |c: &mut Cursor| c.eat_any(&["the form", "this form", "the whole form", "form"]);
    // A form is not a field: "fill the form with my details" is another sentence.
    (set || !whole(&mut c.clone())).then_some(())?;
    let target = target_until(c, &["with", "to", "as"])?;
    c.need(if set { &["to", "as"] } else { &["with", "as"] })?;
    c.eat("the value");
    let literal = c.attempt(|c| c.literal().filter(|_| c.at_end()));
    // Words with a quote among them say more than one thing: `Ada and click "Save"`.
    let value = match literal {
        Some(value) => value,
        None => c.wording_until(&[])?,
    };
    Some(Sentence::Fill(target, value))
}

fn choose(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["choose", "select", "pick"])?;
    c.eat_any(&["the option", "option", "the value"]);
    let option = c.value_until(&[
        "in the", "in", "from the", "from", "as the", "as", "under", "for the", "for",
    ])?;
    c.need(&["in", "from", "as", "under", "for"])?;
    Some(Sentence::Choose(option, Some(target(c)?)))
}

fn check(c: &mut Cursor) -> Option<Sentence> {
    let on = if c.eat_any(&[
        "uncheck",
        "untick",
        "deselect",
        "unselect",
        "turn off",
        "switch off",
        "disable",
    ]) {
        false
    } else {
        c.need(&[
            "check off",
            "check",
            "tick off",
            "tick",
            "turn on",
            "switch on",
            "enable",
            "mark",
        ])?;
        true
    };
    Some(Sentence::Check {
        target: target(c)?,
        on,
    })
}

fn back(c: &mut Cursor) -> Option<Sentence> {
    c.need(&[
        "go back",
        "navigate back",
        "go one page back",
        "return to the previous page",
        "back",
    ])?;
    c.eat_any(&["one page", "to the previous page", "a page"]);
    Some(Sentence::Back)
}

fn close_popup(c: &mut Cursor) -> Option<Sentence> {
    c.need(&[
        "close",
        "dismiss",
        "get rid of",
        "reject",
        "decline",
        "accept",
        "clear away",
    ])?;
    c.eat_any(&["the", "any", "all"]);
    c.need(&[
        "cookie banner",
        "cookie popup",
        "cookie notice",
        "cookie dialog",
        "cookies",
        "cookie",
        "popup",
        "pop-up",
        "popups",
        "pop-ups",
        "pop up",
        "overlay",
        "banner",
        "consent banner",
    ])?;
    presence(c);
    Some(Sentence::ClosePopup)
}

fn tabs(c: &mut Cursor) -> Option<Sentence> {
    if c.eat_any(&["open a new tab", "open an empty tab", "open new tab"]) {
        return Some(Sentence::NewTab);
    }
    if c.eat_any(&[
        "close the tab",
        "close this tab",
        "close the current tab",
        "close tab",
    ]) {
        return Some(Sentence::CloseTab);
    }
    c.need(&["switch to", "go to", "change to", "use"])?;
    c.eat("the");
    let ordinal = ordinal(c);
    c.need(&["tab number", "tab"])?;
    let number = match ordinal {
        Some(Ordinal::Nth(n)) => u32::try_from(n).ok()?,
        Some(Ordinal::Last) => return None,
        None => c.number()?,
    };
    Some(Sentence::SwitchTab(number))
}

fn ask(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["ask me", "ask the user", "ask"])?;
    c.comma();
    let question = c.literal()?;
    Some(Sentence::Ask(
        question,
        name(c).unwrap_or_else(|| "answer".to_owned()),
    ))
}

fn stop(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["stop", "end", "finish"])?;
    if c.at_end() {
        return Some(Sentence::Stop(Value::literal("")));
    }
    c.need(&["with the message", "with", "and say", "saying"])?;
    Some(Sentence::Stop(c.value_until(&[])?))
}
