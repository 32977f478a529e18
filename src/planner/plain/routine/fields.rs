//! The fields of the form on the page, and what the user's own facts answer to each.
//!
//! Fields of other forms on the same page - search, newsletter, sign-in - are left out. Labels are
//! compared both ways: "company name" is not "name".

use crate::action::{RawNode, Ref};
use crate::config::Me;
use crate::planner::plain::ground::{headings, is_box, is_dialog, is_list, is_text_field, label};
use crate::planner::plain::run::{first_name, last_name};
use crate::skill::wording::{DECISIVE, holds_any, likeness, words};
use crate::snapshot::Snapshot;

/// Most fields of a form that are looked at.
const FIELDS_MAX: usize = 200;

/// A field of the form.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::planner::plain) struct Field {
    pub(super) index: usize,
    pub(super) target: Ref,
    pub(super) label: String,
    pub(super) kind: FieldKind,
    pub(super) required: bool,
    pub(super) empty: bool,
    pub(super) invalid: bool,
}

/// How a field is answered.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::planner::plain) enum FieldKind {
    /// Typed, with the `type` of the input.
    Text(String),
    /// One of a list.
    List(Vec<String>),
    /// One of several radio buttons, each with its label.
    Radios(Vec<(String, Ref)>),
    /// A box to tick.
    Box,
}

/// What the user's facts say to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::planner::plain) enum Answer {
    /// This.
    Text(String),
    /// It is left as it is.
    Leave,
    /// It has to be answered, and nobody said how.
    Unknown,
}

const TERMS: [&str; 17] = [
    "terms",
    "conditions",
    "consent",
    "privacy",
    "privacy policy",
    "agree",
    "accept",
    "data protection",
    "gdpr",
    "processing of my",
    "i have read",
    "policy",
    "i confirm",
    "i understand",
    "acknowledge",
    "cancellation policy",
    "house rules",
];
const MARKETING: [&str; 15] = [
    "newsletter",
    "marketing",
    "offers",
    "promotions",
    "promotional",
    "news",
    "updates from",
    "partners",
    "advertising",
    "special offers",
    "tips",
    "keep me informed",
    "surveys",
    "discounts",
    "third parties",
];

/// Returns the fields of the page's form, in document order.
pub(super) fn fields(page: &Snapshot) -> Vec<Field> {
    let dialog = open_dialog(page);
    let mut found: Vec<Field> = Vec::new();
    let mut grouped: Vec<usize> = Vec::new();
    for index in 0..page.nodes().len() {
        let Some(node) = page.node(index) else {
            continue;
        };
        let inside = dialog.is_none_or(|d| page.ancestors(index).any(|at| at == d));
        if !inside || node.state.disabled || node.state.readonly || is_elsewhere(page, index) {
            continue;
        }
        if node.role == "radio" {
            let group = radio_group(page, index);
            if !grouped.contains(&group) {
                grouped.push(group);
                found.extend(radios(page, group));
            }
        } else {
            found.extend(field(page, index, node));
        }
        if found.len() >= FIELDS_MAX {
            break;
        }
    }
    found
}

/// Returns the dialog that holds fields and can be worked, when one is open.
pub(super) fn open_dialog(page: &Snapshot) -> Option<usize> {
    (0..page.nodes().len()).find(|at| {
        page.node(*at).is_some_and(is_dialog)
            && page.subtree(*at).iter().any(|i| {
                page.node(*i)
                    .is_some_and(|n| (is_text_field(n) || is_list(n)) && !n.state.covered)
            })
    })
}

fn field(page: &Snapshot, index: usize, node: &RawNode) -> Option<Field> {
    let target = node.r#ref?;
    let value = node.value.as_deref().unwrap_or_default().trim();
    let (kind, empty) = if is_box(node) {
        (FieldKind::Box, !node.state.checked)
    } else if is_text_field(node) {
        let kind = node.input_type.clone().unwrap_or_else(|| "text".to_owned());
        (FieldKind::Text(kind), value.is_empty())
    } else if is_list(node) {
        let options = options(page, index);
        let chosen = if value.is_empty() {
            chosen(page, index)
        } else {
            value.to_owned()
        };
        let empty = chosen.is_empty() || is_placeholder(&chosen);
        (FieldKind::List(options), empty)
    } else {
        return None;
    };
    let label = label(page, index);
    let mut required = node.state.required || label.contains('*');
    required |= label.to_lowercase().contains("(required)");
    Some(Field {
        index,
        target,
        label: label.trim_end_matches(['*', ' ', ':']).to_owned(),
        kind,
        required,
        empty,
        invalid: node.state.invalid,
    })
}

/// Returns the options of a list that are answers.
fn options(page: &Snapshot, index: usize) -> Vec<String> {
    page.subtree(index)
        .into_iter()
        .filter(|at| {
            page.node(*at)
                .is_some_and(|n| n.role == "option" && !n.state.disabled)
        })
        .map(|at| label(page, at))
        .filter(|name| !is_placeholder(name))
        .collect()
}

fn chosen(page: &Snapshot, index: usize) -> String {
    page.subtree(index)
        .into_iter()
        .find(|at| {
            page.node(*at)
                .is_some_and(|n| n.role == "option" && n.state.selected)
        })
        .map(|at| label(page, at))
        .unwrap_or_default()
}

/// Says whether an option only stands for "nothing chosen yet".
pub(super) fn is_placeholder(option: &str) -> bool {
    let bare = option.trim().trim_matches(['-', '–', '—', '.', '…', ' ']);
    let folded = words(bare);
    let first = folded.first().map(String::as_str);
    bare.is_empty()
        || folded.join(" ") == "none selected"
        || matches!(first, Some("select" | "choose" | "please" | "pick"))
}

fn radio_group(page: &Snapshot, index: usize) -> usize {
    page.ancestors(index)
        .find(|at| {
            let below = page.subtree(*at);
            let is_radio = |i: &&usize| page.node(**i).is_some_and(|n| n.role == "radio");
            below.iter().filter(is_radio).count() > 1
        })
        .unwrap_or(index)
}

fn radios(page: &Snapshot, group: usize) -> Option<Field> {
    let all: Vec<usize> = page
        .subtree(group)
        .into_iter()
        .filter(|at| {
            page.node(*at)
                .is_some_and(|n| n.role == "radio" && !n.state.disabled)
        })
        .collect();
    let first = *all.first()?;
    let options = all
        .iter()
        .filter_map(|at| Some((label(page, *at), page.node(*at)?.r#ref?)))
        .collect();
    let any = |holds: fn(&RawNode) -> bool| all.iter().any(|at| page.node(*at).is_some_and(holds));
    Some(Field {
        index: first,
        target: page.node(first)?.r#ref?,
        label: group_label(page, group, first),
        kind: FieldKind::Radios(options),
        required: any(|n| n.state.required)
            || page
                .node(group)
                .is_some_and(|n| n.state.required || n.name.contains('*')),
        empty: !any(|n| n.state.checked),
        invalid: any(|n| n.state.invalid),
    })
}

/// Returns what a group of radio buttons is about: its name, the text in it before them, or the
/// heading above.
fn group_label(page: &Snapshot, group: usize, first: usize) -> String {
    let named = page
        .ancestors(first)
        .take_while(|at| *at >= group)
        .filter_map(|at| page.node(at))
        .find(|n| !n.name.trim().is_empty() && n.role != "text");
    if let Some(node) = named {
        return node.name.trim_end_matches(['*', ' ', ':']).to_owned();
    }
    let before = page
        .subtree(group)
        .into_iter()
        .take_while(|at| *at < first)
        .filter_map(|at| page.node(at))
        .filter(|n| n.role == "text" && !n.name.trim().is_empty())
        .last();
    match before {
        Some(text) => text.name.trim_end_matches(['*', ' ', ':']).to_owned(),
        None => headings(page, first)
            .first()
            .map(|h| label(page, *h))
            .unwrap_or_default(),
    }
}

/// Says whether a field belongs to something else than the page's own form.
fn is_elsewhere(page: &Snapshot, index: usize) -> bool {
    let role = |at: usize| page.node(at).map_or("", |n| n.role.as_str());
    let landmark = page
        .ancestors(index)
        .any(|at| matches!(role(at), "contentinfo" | "navigation" | "search" | "banner"));
    if landmark || role(index) == "searchbox" || holds_any(&label(page, index), &["search"]) {
        return true;
    }
    let form = page
        .ancestors(index)
        .find(|at| buttons(page, *at).next().is_some());
    let Some(form) = form else { return false };
    let few = page
        .subtree(form)
        .iter()
        .filter(|at| page.node(**at).is_some_and(is_text_field))
        .count()
        <= 2;
    let mut named = buttons(page, form).peekable();
    few && named.peek().is_some()
        && named.all(|name| {
            holds_any(
                &name,
                &[
                    "subscribe",
                    "newsletter",
                    "search",
                    "sign in",
                    "log in",
                    "login",
                    "notify me",
                ],
            )
        })
}

fn buttons(page: &Snapshot, index: usize) -> impl Iterator<Item = String> {
    page.subtree(index)
        .into_iter()
        .filter(|at| page.node(*at).is_some_and(|n| n.role == "button"))
        .map(|at| label(page, at))
}

/// Returns what the user's own facts say to a field that is typed or ticked.
pub(super) fn answer(field: &Field, me: &Me, agree: bool) -> Answer {
    match &field.kind {
        FieldKind::Box => box_answer(field, agree),
        FieldKind::Text(kind) => match own_fact(&field.label, kind, me) {
            Some(text) => Answer::Text(text),
            None if field.required || field.invalid => Answer::Unknown,
            None => Answer::Leave,
        },
        FieldKind::List(_) | FieldKind::Radios(_) => match own_fact(&field.label, "", me) {
            Some(text) => Answer::Text(text),
            None if field.required || field.invalid => Answer::Unknown,
            None => Answer::Leave,
        },
    }
}

fn box_answer(field: &Field, agree: bool) -> Answer {
    let terms = holds_any(&field.label, &TERMS);
    let marketing = holds_any(&field.label, &MARKETING);
    match (field.required || field.invalid, terms && !marketing) {
        (true, true) if agree => Answer::Text("on".to_owned()),
        (false, true) if agree && is_plain_consent(&field.label) => Answer::Text("on".to_owned()),
        (true, _) => Answer::Unknown,
        (false, _) => Answer::Leave,
    }
}

/// Says whether a box that is not marked as required reads like the one every form demands, and
/// not like a price or a wish of the site's own.
fn is_plain_consent(label: &str) -> bool {
    const AGREES: [&str; 7] = [
        "agree",
        "accept",
        "consent",
        "have read",
        "i confirm",
        "i understand",
        "acknowledge",
    ];
    const COSTS: [&str; 12] = [
        "pay",
        "fee",
        "fees",
        "charge",
        "charged",
        "cost",
        "costs",
        "price",
        "subscription",
        "contacted",
        "share",
        "shared",
    ];
    holds_any(label, &AGREES) && !holds_any(label, &COSTS)
}

/// Finds the user's fact that a label asks for.
fn own_fact(label: &str, kind: &str, me: &Me) -> Option<String> {
    let asked = core(label);
    let filled = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    for (fact, value) in &me.facts {
        if alike(fact, &asked) || alike(fact, label) {
            return filled(value);
        }
    }
    let email = || me.emails.first().and_then(|email| filled(email));
    match kind {
        "email" => return email(),
        "tel" => return filled(&me.phone),
        "text" | "search" | "" => {}
        _ => return None,
    }
    let own: [(&str, &dyn Fn() -> Option<String>); 6] = [
        ("first name", &|| filled(first_name(&me.name))),
        ("last name", &|| filled(last_name(&me.name))),
        ("name", &|| filled(&me.name)),
        ("person", &|| filled(&me.name)),
        ("email", &email),
        ("phone", &|| filled(&me.phone)),
    ];
    own.iter()
        .find(|(known, _)| alike(known, &asked))
        .and_then(|(_, value)| value())
}

/// Says whether two labels ask for the same, neither for more.
fn alike(a: &str, b: &str) -> bool {
    likeness(a, b).min(likeness(b, a)) >= DECISIVE
}

/// Drops from a label whose fact it is, remarks in brackets, and "repeat".
fn core(label: &str) -> String {
    const WHOSE: [&str; 22] = [
        "your",
        "patient",
        "patients",
        "customer",
        "customers",
        "client",
        "clients",
        "guest",
        "guests",
        "visitor",
        "attendee",
        "applicant",
        "contact",
        "personal",
        "legal",
        "please",
        "enter",
        "the",
        "repeat",
        "again",
        "confirm",
        "verify",
    ];
    let cut = label
        .split(['(', '–', '—', ',', '.', '*', '?'])
        .next()
        .unwrap_or_default();
    let kept: Vec<String> = words(cut)
        .into_iter()
        .filter(|word| !WHOSE.contains(&word.as_str()))
        .collect();
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::plain::pages::page;

    fn me() -> Me {
        Me {
            name: "Ada King Lovelace".to_owned(),
            emails: vec!["ada@home.example".to_owned()],
            phone: "+44 20 1".to_owned(),
            facts: [("date of birth".to_owned(), "1990-12-10".to_owned())].into(),
            ..Me::default()
        }
    }

    #[test]
    fn labels_in_other_words_get_the_right_fact_and_others_none() {
        let me = me();
        for (label, kind, expected) in [
            ("Full name", "text", Some("Ada King Lovelace")),
            ("Your name", "text", Some("Ada King Lovelace")),
            ("Patient's name", "text", Some("Ada King Lovelace")),
            ("Given name", "text", Some("Ada King")),
            ("Surname", "text", Some("Lovelace")),
            ("Family name", "text", Some("Lovelace")),
            ("E-mail address", "text", Some("ada@home.example")),
            ("Repeat email", "text", Some("ada@home.example")),
            ("Where shall we write to", "email", Some("ada@home.example")),
            ("Mobile number", "text", Some("+44 20 1")),
            ("Birth date", "date", Some("1990-12-10")),
            ("DOB", "text", Some("1990-12-10")),
            ("Patient's date of birth", "date", Some("1990-12-10")),
            ("Company name", "text", None),
            ("Username", "text", None),
            ("Pet's name", "text", None),
            ("Name on card", "text", None),
            ("Doctor's name", "text", None),
            ("Promo code", "text", None),
            ("Password", "password", None),
        ] {
            assert_eq!(own_fact(label, kind, &me).as_deref(), expected, "{label}");
        }
    }

    #[test]
    fn fields_of_other_forms_are_left_out() {
        let page = page(
            "http://a/",
            r#"
banner
  searchbox "Search"
main
  textbox "Name" required
  group "Kind of visit"
    radio "First"
    radio "Again" checked
  generic
    text "Title"
    combobox value=Choose...
      option "Choose..." selected
      option "Dr"
  checkbox "I agree to the terms" required
  button "Next"
  generic
    textbox "Your email" type=email
    button "Subscribe"
contentinfo
  textbox "Email"
"#,
        );
        let found = fields(&page);
        let read: Vec<(&str, bool, bool)> = found
            .iter()
            .map(|f| (f.label.as_str(), f.required, f.empty))
            .collect();
        assert_eq!(
            read,
            [
                ("Name", true, true),
                ("Kind of visit", false, false),
                ("Title", false, true),
                ("I agree to the terms", true, true),
            ]
        );
        assert_eq!(found[2].kind, FieldKind::List(vec!["Dr".to_owned()]));
    }

    #[test]
    fn boxes_are_ticked_for_terms_only_and_only_when_told_to() {
        let of = |label: &str, required| Field {
            index: 0,
            target: Ref(1),
            label: label.to_owned(),
            kind: FieldKind::Box,
            required,
            empty: true,
            invalid: false,
        };
        let on = Answer::Text("on".to_owned());
        for (label, required, agree, expected) in [
            ("I accept the terms", true, true, on.clone()),
            ("I accept the terms", true, false, Answer::Unknown),
            ("I consent to the processing of my data", false, true, on),
            (
                "I consent to my details being stored for this visit",
                false,
                true,
                Answer::Text("on".to_owned()),
            ),
            (
                "I agree to pay a fee of 30 EUR if I miss it",
                false,
                true,
                Answer::Leave,
            ),
            ("Send me the newsletter", false, true, Answer::Leave),
            (
                "I agree to get offers by email",
                true,
                true,
                Answer::Unknown,
            ),
            ("Remember me", false, true, Answer::Leave),
        ] {
            assert_eq!(box_answer(&of(label, required), agree), expected, "{label}");
        }
    }
}
