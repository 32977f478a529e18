//! How a sentence names a thing on the page: kind, order, words, and what it stands near.

use super::cursor::Cursor;
use super::sentence::{Kind, Ordinal, Scope, Target};
use super::value::{Value, looks_like_address};

const KINDS: &[(&str, Kind)] = &[
    ("buttons", Kind::Button),
    ("button", Kind::Button),
    ("link", Kind::Link),
    ("text field", Kind::Field),
    ("input field", Kind::Field),
    ("text box", Kind::Field),
    ("textbox", Kind::Field),
    ("field", Kind::Field),
    ("input", Kind::Field),
    ("search box", Kind::Field),
    ("drop-down", Kind::List),
    ("drop down", Kind::List),
    ("dropdown", Kind::List),
    ("list", Kind::List),
    ("menu item", Kind::MenuItem),
    ("select", Kind::List),
    ("check box", Kind::Checkbox),
    ("checkbox", Kind::Checkbox),
    ("switch", Kind::Checkbox),
    ("toggle", Kind::Checkbox),
    ("box", Kind::Field),
    ("radio button", Kind::Radio),
    ("radio", Kind::Radio),
    ("tab", Kind::Tab),
    ("option", Kind::Option),
    ("heading", Kind::Heading),
    ("title", Kind::Heading),
    ("row", Kind::Row),
    ("item", Kind::Row),
    ("cell", Kind::Cell),
    ("image", Kind::Image),
    ("picture", Kind::Image),
    ("icon", Kind::Image),
    ("text", Kind::Text),
];

pub(super) fn kind(c: &mut Cursor) -> Option<Kind> {
    KINDS
        .iter()
        .find_map(|(word, kind)| c.eat(word).then_some(*kind))
}

pub(super) fn ordinal(c: &mut Cursor) -> Option<Ordinal> {
    const NTH: [(&str, usize); 10] = [
        ("first", 1),
        ("second", 2),
        ("third", 3),
        ("fourth", 4),
        ("fifth", 5),
        ("1st", 1),
        ("2nd", 2),
        ("3rd", 3),
        ("4th", 4),
        ("5th", 5),
    ];
    if c.eat("last") {
        return Some(Ordinal::Last);
    }
    NTH.iter()
        .find_map(|(word, n)| c.eat(word).then_some(Ordinal::Nth(*n)))
}

/// Where the wording of a target ends when it is not in quotes.
const SCOPE_LEADS: &[&str] = &[
    "in the row",
    "in the item",
    "in the card",
    "in the line",
    "in the entry",
    "in the dialog",
    "in the popup",
    "in the window",
    "in the section",
    "in the list",
    "in the table",
    "in the form",
    "in the box",
    "in the menu",
    "in the area",
    "in row",
    "in dialog",
    "inside the dialog",
    "of the row",
    "under the heading",
    "under the",
    "under",
    "below the",
    "below",
    "near the",
    "near",
    "next to the",
    "next to",
    "beside",
    "for the row",
    "on the row",
];

/// Reads which element is meant.
pub(super) fn target(c: &mut Cursor) -> Option<Target> {
    target_until(c, &[])
}

pub(super) fn target_until(c: &mut Cursor, stops: &[&str]) -> Option<Target> {
    c.articles();
    let ordinal = c.attempt(|c| {
        let ordinal = ordinal(c)?;
        // "first name" is a wording; an ordinal stands before a quote or a kind.
        let mut ahead = c.clone();
        (ahead.literal().is_some() || kind(&mut ahead).is_some()).then_some(ordinal)
    });
    let mut said = c.attempt(|c| {
        let said = kind(c)?;
        c.eat_any(&[
            "labelled",
            "labeled",
            "named",
            "called",
            "that says",
            "with the text",
            "saying",
            "with",
        ]);
        let mut ahead = c.clone();
        let quoted = ahead.literal().is_some();
        let ends = c.at_end()
            || stops
                .iter()
                .chain(SCOPE_LEADS)
                .any(|s| ahead.clone().eat(s));
        (quoted || ends || matches!(said, Kind::Button | Kind::Link)).then_some(said)
    });
    let text = match c.literal() {
        Some(text) => text,
        None => bare_wording(c, stops, &mut said)?,
    };
    said = c.attempt(kind).or(said);
    let mut scopes = Vec::new();
    while let Some(scope) = c.attempt(scope) {
        scopes.push(scope);
    }
    Some(Target {
        text,
        kind: said,
        ordinal,
        scopes,
    })
}

/// Reads a wording without quotes; the kind at its end is taken off.
fn bare_wording(c: &mut Cursor, stops: &[&str], said: &mut Option<Kind>) -> Option<Value> {
    let all: Vec<&str> = stops.iter().chain(SCOPE_LEADS).copied().collect();
    let Some(value) = c.attempt(|c| c.wording_until(&all)) else {
        return said.is_some().then(|| Value(Vec::new()));
    };
    if value
        .as_literal()
        .is_some_and(|text| joins_two(text) || looks_like_address(text))
    {
        return None;
    }
    let Some(text) = value.as_literal() else {
        return Some(value);
    };
    if said.is_some() {
        return Some(value);
    }
    for (word, kind) in KINDS {
        let lower = text.to_lowercase();
        if let Some(rest) = lower.strip_suffix(word)
            && rest.ends_with(' ')
            && let Some(kept) = text.get(..rest.trim_end().len())
        {
            *said = Some(*kind);
            return Some(Value::literal(kept));
        }
    }
    Some(value)
}

/// Says whether a wording without quotes runs on into another sentence.
fn joins_two(text: &str) -> bool {
    const VERBS: [&str; 18] = [
        "click", "press", "tap", "type", "enter", "choose", "select", "pick", "check", "tick",
        "wait", "expect", "save", "go", "open", "fill", "reply", "find",
    ];
    let lower = text.to_lowercase();
    let mut words = lower.split(' ');
    let runs_on =
        words.by_ref().any(|w| w == "and") && words.next().is_some_and(|w| VERBS.contains(&w));
    runs_on || lower.contains(',')
}

fn scope(c: &mut Cursor) -> Option<Scope> {
    c.comma();
    if c.eat_any(&[
        "in the dialog",
        "in the popup",
        "in the window",
        "inside the dialog",
        "in dialog",
    ]) {
        c.eat_any(&["named", "called", "titled"]);
        return Some(Scope::Dialog(c.attempt(Cursor::literal)));
    }
    let row = c.eat_any(&[
        "in the row",
        "in the item",
        "in the card",
        "in the line",
        "in the entry",
        "in row",
        "of the row",
        "for the row",
        "on the row",
        "in the list item",
    ]);
    if row {
        c.eat_any(&[
            "that contains",
            "containing",
            "that has",
            "that says",
            "with",
            "of",
            "for",
            "about",
        ]);
        return Some(Scope::Row(c.value_until(SCOPE_LEADS)?));
    }
    if c.eat_any(&["near the", "near", "next to the", "next to", "beside"]) {
        c.eat_any(&["text"]);
        return Some(Scope::Near(c.value_until(SCOPE_LEADS)?));
    }
    if c.eat_any(&[
        "under the heading",
        "below the heading",
        "under the",
        "under",
        "below the",
        "below",
    ]) {
        return Some(Scope::Section(c.value_until(SCOPE_LEADS)?));
    }
    c.need(&[
        "in the section",
        "in the list",
        "in the table",
        "in the form",
        "in the box",
        "in the menu",
        "in the area",
        "in the",
        "in",
    ])?;
    c.eat_any(&["named", "called", "titled", "headed"]);
    let value = c.literal()?;
    c.eat_any(&[
        "section", "list", "table", "form", "box", "menu", "area", "panel",
    ]);
    Some(Scope::Section(value))
}
