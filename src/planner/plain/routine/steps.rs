//! The buttons that lead through a form: on to the next step, back, or over the last line.
//!
//! Pure over the snapshot. A button that would commit the user is told from one that only goes on;
//! in doubt it counts as one that commits.

use crate::action::{RawNode, Ref};
use crate::planner::plain::ground::{describe, is_box, is_control, is_list, is_text_field, label};
use crate::skill::wording::{DECISIVE, coverage, holds_any, likeness, stem, words};
use crate::snapshot::Snapshot;

/// Longest name of a button, in characters; more is a card.
const NAME_CHARS_MAX: usize = 90;

const ON: [&str; 10] = [
    "next", "continue", "proceed", "review", "forward", "weiter", "further", "advance", "onward",
    "skip",
];
const COMMITS: [&str; 27] = [
    "confirm",
    "book",
    "submit",
    "reserve",
    "schedule",
    "complete",
    "finish",
    "order",
    "buy",
    "purchase",
    "pay",
    "send",
    "finalise",
    "finalize",
    "place",
    "request",
    "apply",
    "make",
    "register",
    "arrange",
    "done",
    "create",
    "save",
    "accept",
    "checkout",
    "donate",
    "subscribe",
];
const BACK: [&str; 14] = [
    "back",
    "cancel",
    "previous",
    "return",
    "edit",
    "change",
    "close",
    "start over",
    "reset",
    "clear",
    "abort",
    "home",
    "sign in",
    "log in",
];
/// Words that bind the user wherever they stand.
const BINDING: [&str; 9] = [
    "confirm", "book", "submit", "reserve", "pay", "order", "buy", "purchase", "place",
];
/// What is reviewed on a button that goes on; anything else is a thing to choose.
const REVIEWED: [&str; 12] = [
    "",
    "and",
    "your",
    "the",
    "my",
    "booking",
    "appointment",
    "details",
    "order",
    "reservation",
    "request",
    "summary",
];
/// In how many words at the front a button says what it does.
const LEAD_WORDS_MAX: usize = 3;
/// What follows "next" on buttons that turn a calendar or a list.
const TURNS: [&str; 9] = [
    "month", "week", "day", "days", "year", "page", "slide", "image", "photo",
];

/// What a button means in a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::planner::plain) enum Means {
    /// It goes on to the next step.
    On,
    /// It commits the user.
    Commits,
    /// It goes back, or away.
    Back,
    /// It sends the form and says neither.
    Sends,
    /// Anything else.
    Other,
}

/// A button of the page.
#[expect(
    clippy::struct_excessive_bools,
    reason = "states of a button are independent of each other"
)]
#[derive(Debug, Clone, PartialEq)]
pub(in crate::planner::plain) struct Button {
    pub(super) index: usize,
    pub(super) target: Ref,
    pub(super) name: String,
    pub(super) means: Means,
    pub(super) disabled: bool,
    pub(super) covered: bool,
    /// Whether it is a link or sends nothing, so that pressing it only browses.
    pub(super) harmless: bool,
    /// Whether it lies in the page's own part, not in its header, menu or footer.
    pub(super) main: bool,
}

/// Returns the buttons and links of the page, but those of `own`.
pub(super) fn buttons(page: &Snapshot, own: &[Ref]) -> Vec<Button> {
    (0..page.nodes().len())
        .filter_map(|index| button(page, index, own))
        .collect()
}

fn button(page: &Snapshot, index: usize, own: &[Ref]) -> Option<Button> {
    let node = page.node(index)?;
    let target = node.r#ref.filter(|t| !own.contains(t))?;
    let pressed = (is_control(node) || node.state.interactive)
        && !is_text_field(node)
        && !is_list(node)
        && !is_box(node)
        && node.role != "option";
    let inner = page
        .subtree(index)
        .iter()
        .skip(1)
        .filter_map(|at| page.node(*at))
        .any(|n| is_control(n) || is_text_field(n) || is_list(n));
    let mut name = label(page, index);
    if name.is_empty() {
        name = node.value.clone().unwrap_or_default();
    }
    if !pressed || inner || name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return None;
    }
    let landmark = page
        .ancestors(index)
        .filter_map(|at| page.node(at))
        .any(|n| {
            matches!(
                n.role.as_str(),
                "contentinfo" | "navigation" | "banner" | "search" | "complementary"
            )
        });
    Some(Button {
        index,
        target,
        means: means(node, &name),
        disabled: node.state.disabled,
        covered: node.state.covered,
        harmless: is_harmless(node),
        main: !landmark,
        name,
    })
}

/// A button without a form has type `submit` all the same, and sends nothing by itself.
fn is_harmless(node: &RawNode) -> bool {
    node.submits
        .as_ref()
        .is_none_or(|form| form.to_uppercase().starts_with("GET"))
}

/// Reads a button's name: its first word that is on a list decides.
fn means(node: &RawNode, name: &str) -> Means {
    let said = words(name);
    let turns = holds_any(name, &TURNS);
    if BACK.iter().any(|b| likeness(b, name) >= 0.9) {
        return Means::Back;
    }
    let has = |list: &[&str]| said.iter().any(|word| list.contains(&word.as_str()));
    // "Save and continue" goes on, "Confirm and continue" commits.
    if has(&["next", "continue", "proceed"]) && !turns && !has(&BINDING) {
        return Means::On;
    }
    for (at, word) in said.iter().enumerate().take(LEAD_WORDS_MAX) {
        let is =
            |list: &[&str]| list.contains(&word.as_str()) || list.contains(&stem(word).as_str());
        let follows = said.get(at + 1).map_or("", String::as_str);
        if word == "review" && !(at == 0 && REVIEWED.contains(&follows)) {
            continue;
        }
        if is(&ON) && !turns {
            return Means::On;
        }
        if is(&COMMITS) && !turns {
            return Means::Commits;
        }
        if is(&BACK) {
            return Means::Back;
        }
    }
    if node.submits.is_some() {
        Means::Sends
    } else {
        Means::Other
    }
}

/// What was found when one button of a meaning was looked for.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::planner::plain) enum OneOf {
    One(Button),
    Disabled(Button),
    Several(Vec<String>),
    None,
}

/// Finds the one button of a meaning in the page's own part; the one nearest after `after` when
/// there are several of the same name.
pub(super) fn one(page: &Snapshot, all: &[Button], means: Means, after: usize) -> OneOf {
    let mut fits: Vec<&Button> = all.iter().filter(|b| b.means == means && b.main).collect();
    let open: Vec<&Button> = fits.iter().copied().filter(|b| !b.disabled).collect();
    if open.is_empty() {
        return fits
            .pop()
            .map_or(OneOf::None, |b| OneOf::Disabled(b.clone()));
    }
    fits = open;
    let sending: Vec<&Button> = fits.iter().copied().filter(|b| !b.harmless).collect();
    if !sending.is_empty() {
        fits = sending;
    }
    let later: Vec<&Button> = fits.iter().copied().filter(|b| b.index > after).collect();
    if !later.is_empty() {
        fits = later;
    }
    match fits.as_slice() {
        [] => OneOf::None,
        [only] => OneOf::One((*only).clone()),
        [first, rest @ ..] => {
            let same = rest.iter().all(|b| {
                let url = |i: usize| page.node(i).and_then(|n| n.url.clone());
                url(b.index).is_some() && url(b.index) == url(first.index)
            });
            if same {
                return OneOf::One((*first).clone());
            }
            OneOf::Several(
                fits.iter()
                    .take(4)
                    .map(|b| describe(page, b.index))
                    .collect(),
            )
        }
    }
}

/// Says whether a name reads like the way into a booking.
pub(super) fn is_entry(name: &str) -> bool {
    let whole = [
        "book an appointment",
        "make a reservation",
        "book a table",
        "find an appointment",
        "new appointment",
        "book a visit",
        "request an appointment",
        "start your booking",
        "book a slot",
        "book a time",
    ];
    // A single word says it only when nothing else is said.
    let bare = [
        "book",
        "book online",
        "start",
        "get started",
        "appointments",
        "online appointments",
        "reservations",
    ];
    leads_to_a_thing(name)
        || whole.iter().any(|kind| {
            likeness(kind, name) >= DECISIVE && words(kind).len() > 1 && two(kind, name)
        })
        || bare
            .iter()
            .any(|kind| likeness(kind, name).min(likeness(name, kind)) >= DECISIVE)
}

/// Reads names such as "Reserve a room" and "Schedule your visit": a deed, then one thing.
fn leads_to_a_thing(name: &str) -> bool {
    let deeds = ["book", "reserve", "schedule", "request", "arrange", "make"];
    let said: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    let [deed, article, thing @ ..] = said.as_slice() else {
        return false;
    };
    deeds.contains(&deed.as_str())
        && ["a", "an", "your", "our"].contains(&article.as_str())
        && matches!(thing.len(), 1 | 2)
}

/// Says whether both the deed and its object are in the name: "book" alone is also a thing to read.
fn two(kind: &str, name: &str) -> bool {
    let object = words(kind).pop().unwrap_or_default();
    coverage(&object, name) > 0.99 || likeness(name, kind) >= DECISIVE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::plain::pages::page;

    #[test]
    fn a_deed_and_a_thing_lead_into_a_booking() {
        for name in [
            "Reserve a room",
            "Schedule your visit",
            "Book an eye test",
            "Book online",
        ] {
            assert!(is_entry(name), "{name}");
        }
        for name in [
            "Make it your own today, now",
            "Request",
            "A book to read",
            "Lost property",
        ] {
            assert!(!is_entry(name), "{name}");
        }
    }

    #[test]
    fn the_meaning_of_a_button_is_read_from_its_first_telling_word() {
        for (name, kind, expected) in [
            ("Next", "button", Means::On),
            ("Continue to your details", "submit", Means::On),
            ("Next: confirm", "button", Means::On),
            ("Proceed to checkout", "submit", Means::On),
            ("Review booking", "submit", Means::On),
            ("Confirm booking", "submit", Means::Commits),
            ("Book appointment", "button", Means::Commits),
            ("Place order", "submit", Means::Commits),
            ("Complete reservation", "submit", Means::Commits),
            ("Confirm and continue", "submit", Means::Commits),
            ("Next month", "button", Means::Other),
            ("Save and continue", "button", Means::On),
            ("Review of blood pressure", "button", Means::Other),
            ("Blood pressure check and review", "button", Means::Other),
            ("Review and confirm", "button", Means::On),
            ("Back", "button", Means::Back),
            ("Go back", "button", Means::Back),
            ("Cancel booking", "button", Means::Back),
            ("Show times", "submit", Means::Sends),
            ("Opening hours", "link", Means::Other),
        ] {
            let node = RawNode {
                submits: (kind == "submit").then(|| "POST http://a/".to_owned()),
                ..RawNode::default()
            };
            assert_eq!(means(&node, name), expected, "{name}");
        }
    }

    #[test]
    fn ways_into_a_booking_are_told_from_other_links() {
        for yes in [
            "Book an appointment",
            "Schedule your visit",
            "Book online",
            "Request appointment",
            "Reserve a table",
            "Online booking",
        ] {
            assert!(is_entry(yes), "{yes}");
        }
        for no in [
            "Contact",
            "Opening hours",
            "Our team",
            "Book reviews and press coverage",
            "Imprint",
        ] {
            assert!(!is_entry(no), "{no}");
        }
    }

    #[test]
    fn two_buttons_of_one_meaning_are_several() {
        let page = page(
            "http://a/",
            "main\n  button \"Next\"\n  button \"Continue\"\nbanner\n  button \"Next\"\n",
        );
        let all = buttons(&page, &[]);
        assert!(
            matches!(one(&page, &all, Means::On, 0), OneOf::Several(names) if names.len() == 2)
        );
        assert_eq!(one(&page, &all, Means::Commits, 0), OneOf::None);
    }
}
