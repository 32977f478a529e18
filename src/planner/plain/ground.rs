//! Which element of the page a sentence means.
//!
//! Pure over the snapshot. All candidates are scored and compared; the best is taken only when it
//! is decisively like what was asked for and clearly ahead of the rest. Two that fit equally well
//! are a tie, and a tie is named, never broken by "the first".

use crate::action::{RawNode, Ref};
use crate::skill::language::{Kind, Ordinal};
use crate::skill::wording::{DECISIVE, MARGIN, coverage, holds, likeness, words};
use crate::snapshot::Snapshot;

/// How many candidates a person is shown.
const NAMED_MAX: usize = 4;
/// Longest own text that may serve as a name, in characters; more is a section, not a control.
const NAME_CHARS_MAX: usize = 160;
/// How far ahead, as a factor, the nearest of several must be.
const NEARER: f64 = 1.25;

/// What will be done with the element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    Press,
    Type,
    Choose,
    Check,
    Read,
}

/// Which element is meant, its wordings filled in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) text: String,
    pub(super) kind: Option<Kind>,
    pub(super) ordinal: Option<Ordinal>,
    pub(super) places: Vec<Place>,
}

/// Where it must lie, the wording filled in.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    Row(String),
    Dialog(Option<String>),
    Section(String),
    Near(String),
}

impl Wanted {
    /// Wants any element of that wording.
    pub(super) fn text(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            kind: None,
            ordinal: None,
            places: Vec::new(),
        }
    }
}

/// What grounding came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Grounding {
    /// This one, clearly.
    Found {
        /// Where it stands in the snapshot.
        index: usize,
        /// Its name for actions.
        target: Ref,
    },
    /// Several fit equally well.
    Ambiguous(Vec<String>),
    /// It is there but can't be worked now.
    Disabled(String),
    /// Nothing fits; the nearest are named.
    Missing(Vec<String>),
}

#[derive(Debug, Clone)]
struct Candidate {
    index: usize,
    target: Ref,
    /// How well it fits what was said.
    score: f64,
    /// The score, less what speaks against working it now.
    rank: f64,
}

/// Finds the element that `wanted` means.
pub(super) fn ground(page: &Snapshot, wanted: &Wanted, intent: Intent) -> Grounding {
    let mut all: Vec<Candidate> = (0..page.nodes().len())
        .filter_map(|index| candidate(page, index, wanted, intent))
        .collect();
    let nearest = nearest(page, &all);
    all.retain(|c| c.score >= DECISIVE);
    for place in &wanted.places {
        all = within(page, all, place);
    }
    let (disabled, mut open): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|c| page.node(c.index).is_some_and(|n| n.state.disabled));
    drop_echoes(page, &mut open);
    choose(page, wanted, open, &disabled).unwrap_or(Grounding::Missing(nearest))
}

fn choose(
    page: &Snapshot,
    wanted: &Wanted,
    mut open: Vec<Candidate>,
    disabled: &[Candidate],
) -> Option<Grounding> {
    let top = open.iter().map(|c| c.rank).fold(0.0, f64::max);
    let stuck = disabled.iter().max_by(|a, b| a.rank.total_cmp(&b.rank));
    if let Some(stuck) = stuck.filter(|stuck| stuck.rank > top + MARGIN) {
        return Some(Grounding::Disabled(describe(page, stuck.index)));
    }
    open.retain(|c| c.rank > top - MARGIN);
    let picked = match wanted.ordinal {
        Some(Ordinal::Nth(n)) => open.get(n.checked_sub(1)?)?,
        Some(Ordinal::Last) => open.last()?,
        None if open.len() > 1 => {
            let names = open.iter().take(NAMED_MAX).map(|c| describe(page, c.index));
            return Some(Grounding::Ambiguous(names.collect()));
        }
        None => open.first()?,
    };
    Some(Grounding::Found {
        index: picked.index,
        target: picked.target,
    })
}

fn candidate(page: &Snapshot, index: usize, wanted: &Wanted, intent: Intent) -> Option<Candidate> {
    let node = page.node(index)?;
    let target = node.r#ref?;
    let fit = role_fit(node, wanted.kind, intent);
    if fit <= 0.0 {
        return None;
    }
    let like = if wanted.text.trim().is_empty() {
        1.0
    } else {
        wording_fit(page, index, &wanted.text, intent)
    };
    let score = like * fit;
    let mut rank = score;
    if node.state.covered {
        rank *= 0.94;
    }
    if node.rect.is_none() && node.role != "option" {
        rank *= 0.90;
    }
    Some(Candidate {
        index,
        target,
        score,
        rank,
    })
}

/// Weighs how well a node's role suits what will be done, and the kind that was said.
fn role_fit(node: &RawNode, kind: Option<Kind>, intent: Intent) -> f64 {
    let role = node.role.as_str();
    match intent {
        Intent::Type => f64::from(u8::from(is_text_field(node))),
        Intent::Choose => f64::from(u8::from(is_list(node) || role == "radiogroup")),
        Intent::Check => f64::from(u8::from(is_box(node))),
        Intent::Read => match kind {
            None if role == "text" || role == "RootWebArea" => 0.0,
            None => 1.0,
            Some(kind) => kind_fit(node, kind),
        },
        Intent::Press => match kind {
            Some(kind) => kind_fit(node, kind),
            None if is_text_field(node) || is_list(node) => 0.9,
            None if is_control(node) => 1.0,
            None if node.state.interactive => 0.97,
            None => 0.0,
        },
    }
}

fn kind_fit(node: &RawNode, kind: Kind) -> f64 {
    let role = node.role.as_str();
    let own: &[&str] = match kind {
        Kind::Button => &["button"],
        Kind::Link => &["link"],
        Kind::Field => &["textbox", "searchbox", "spinbutton", "combobox", "slider"],
        Kind::List => &["combobox", "listbox", "list", "menu", "radiogroup"],
        Kind::Checkbox => &["checkbox", "switch", "menuitemcheckbox"],
        Kind::Radio => &["radio", "menuitemradio"],
        Kind::Tab => &["tab"],
        Kind::MenuItem => &["menuitem", "menuitemcheckbox", "menuitemradio"],
        Kind::Option => &["option", "radio", "treeitem"],
        Kind::Heading => &["heading"],
        Kind::Row => &["row", "listitem", "article", "treeitem", "option"],
        Kind::Cell => &["cell", "gridcell"],
        Kind::Image => &["img", "image", "figure"],
        Kind::Text => &["text", "paragraph", "generic", "heading", "status", "alert"],
    };
    if own.contains(&role) {
        return 1.0;
    }
    let pressed = matches!(
        kind,
        Kind::Button
            | Kind::Link
            | Kind::Tab
            | Kind::MenuItem
            | Kind::Option
            | Kind::Image
            | Kind::Cell
    );
    if pressed && !is_text_field(node) && (is_control(node) || node.state.interactive) {
        return 0.93;
    }
    0.0
}

/// Roles that are worked by pressing them.
pub(super) fn is_control(node: &RawNode) -> bool {
    matches!(
        node.role.as_str(),
        "button"
            | "link"
            | "menuitem"
            | "tab"
            | "option"
            | "checkbox"
            | "radio"
            | "switch"
            | "treeitem"
            | "gridcell"
            | "menuitemcheckbox"
            | "menuitemradio"
            | "summary"
    ) && (node.state.interactive || node.role != "gridcell")
}

/// Fields whose value is typed.
pub(super) fn is_text_field(node: &RawNode) -> bool {
    let typed = node.input_type.as_deref().is_some_and(|t| {
        !matches!(
            t,
            "checkbox"
                | "radio"
                | "submit"
                | "button"
                | "reset"
                | "image"
                | "file"
                | "hidden"
                | "select-one"
                | "select-multiple"
        )
    });
    match node.role.as_str() {
        "textbox" | "searchbox" | "spinbutton" => true,
        "button" | "link" | "checkbox" | "radio" | "option" => false,
        _ => typed,
    }
}

/// Lists of which an option is chosen.
pub(super) fn is_list(node: &RawNode) -> bool {
    matches!(node.role.as_str(), "combobox" | "listbox") && !is_text_field(node)
        || node.role == "combobox"
}

/// Boxes that are ticked.
pub(super) fn is_box(node: &RawNode) -> bool {
    matches!(
        node.role.as_str(),
        "checkbox" | "radio" | "switch" | "menuitemcheckbox" | "menuitemradio"
    )
}

/// Weighs the wordings a node goes by: its name, else what stands in or before it.
fn wording_fit(page: &Snapshot, index: usize, text: &str, intent: Intent) -> f64 {
    let Some(node) = page.node(index) else {
        return 0.0;
    };
    let mut best = likeness(text, &label(page, index));
    if let Some(description) = &node.description {
        best = best.max(0.96 * likeness(text, description));
    }
    if intent == Intent::Press
        && let Some(value) = node.value.as_ref().filter(|_| node.role == "button")
    {
        best = best.max(0.96 * likeness(text, value));
    }
    if best < DECISIVE
        && node.name.is_empty()
        && let Some(url) = node.url.as_deref().filter(|_| node.role == "link")
    {
        let path = url.rsplit("://").next().unwrap_or_default();
        let path = path.split_once('/').map_or("", |(_, path)| path);
        best = best.max(0.9 * likeness(text, path));
    }
    best
}

/// Returns the wording a node goes by.
pub(super) fn label(page: &Snapshot, index: usize) -> String {
    let Some(node) = page.node(index) else {
        return String::new();
    };
    if !node.name.trim().is_empty() {
        return node.name.clone();
    }
    if is_text_field(node) || is_list(node) || is_box(node) {
        return node
            .description
            .clone()
            .filter(|_| before(page, index).is_empty())
            .unwrap_or_else(|| before(page, index));
    }
    let text = page.text(index);
    if text.chars().count() <= NAME_CHARS_MAX {
        return text;
    }
    String::new()
}

/// Returns the text that stands right before a field without a name, or after a box.
fn before(page: &Snapshot, index: usize) -> String {
    let Some(parent) = page.parent(index) else {
        return String::new();
    };
    let siblings = page.children(parent);
    let at = siblings.iter().position(|s| *s == index).unwrap_or(0);
    let is_text = |s: &&usize| !page.text(**s).is_empty() && !has_field(page, **s);
    let (left, right) = siblings.split_at_checked(at).unwrap_or((siblings, &[]));
    let boxed = page.node(index).is_some_and(is_box);
    let beside = if boxed {
        right
            .iter()
            .skip(1)
            .find(is_text)
            .or_else(|| left.iter().rev().find(is_text))
    } else {
        left.iter()
            .rev()
            .take_while(|s| !has_field(page, **s))
            .find(is_text)
    };
    match beside {
        Some(found) => page.text(*found),
        // A wrapper that holds only the field: the text is beside the wrapper.
        None if siblings.len() == 1 => before(page, parent),
        None => String::new(),
    }
}

fn has_field(page: &Snapshot, index: usize) -> bool {
    page.subtree(index)
        .iter()
        .filter_map(|at| page.node(*at))
        .any(|n| is_text_field(n) || is_list(n) || is_box(n))
}

/// Keeps the candidates that lie where `place` says.
fn within(page: &Snapshot, all: Vec<Candidate>, place: &Place) -> Vec<Candidate> {
    match place {
        Place::Row(text) => smallest(&all, |c| row_size(page, c.index, text)),
        Place::Dialog(name) => keep(all, |c| {
            page.ancestors(c.index).any(|at| {
                let dialog = page.node(at).is_some_and(is_dialog);
                dialog && name.as_ref().is_none_or(|n| names_section(page, at, n))
            })
        }),
        Place::Section(text) => keep(all, |c| {
            page.ancestors(c.index)
                .any(|at| names_section(page, at, text))
                || headings(page, c.index)
                    .iter()
                    .any(|h| likeness(text, &label(page, *h)) >= DECISIVE)
        }),
        Place::Near(text) => nearest_to(page, all, text),
    }
}

fn keep(mut all: Vec<Candidate>, holds: impl Fn(&Candidate) -> bool) -> Vec<Candidate> {
    all.retain(holds);
    all
}

/// Keeps the candidates of the least size; those without one go.
fn smallest(all: &[Candidate], size: impl Fn(&Candidate) -> Option<usize>) -> Vec<Candidate> {
    let sized: Vec<_> = all.iter().filter_map(|c| Some((size(c)?, c))).collect();
    let least = sized.iter().map(|(size, _)| *size).min();
    sized
        .into_iter()
        .filter(|(size, _)| Some(*size) == least)
        .map(|(_, c)| c.clone())
        .collect()
}

/// Returns the number of nodes in the smallest part around a node that contains `text`.
fn row_size(page: &Snapshot, index: usize, text: &str) -> Option<usize> {
    page.ancestors(index)
        .find(|at| {
            let node_says = page.node(*at).is_some_and(|n| holds(&n.name, text));
            node_says || holds(&page.text(*at), text)
        })
        .map(|at| page.subtree(at).len())
}

/// Says whether a node is a dialog.
pub(super) fn is_dialog(node: &RawNode) -> bool {
    matches!(node.role.as_str(), "dialog" | "alertdialog")
}

fn names_section(page: &Snapshot, index: usize, text: &str) -> bool {
    let Some(node) = page.node(index) else {
        return false;
    };
    let named = !node.name.is_empty() && likeness(text, &node.name) >= DECISIVE;
    let headed = is_dialog(node)
        && page.subtree(index).iter().any(|at| {
            let heading = page.node(*at).is_some_and(|n| n.role == "heading");
            heading && likeness(text, &label(page, *at)) >= DECISIVE
        });
    named || headed
}

/// Returns the headings a node stands under, nearest first, each of a higher level than the last.
pub(super) fn headings(page: &Snapshot, index: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut level = u32::MAX;
    for at in (0..index).rev() {
        let Some(node) = page.node(at).filter(|n| n.role == "heading") else {
            continue;
        };
        let own = node.level.unwrap_or(2);
        if own < level {
            level = own;
            found.push(at);
        }
    }
    found
}

fn nearest_to(page: &Snapshot, all: Vec<Candidate>, text: &str) -> Vec<Candidate> {
    let marks: Vec<usize> = (0..page.nodes().len())
        .filter(|at| {
            page.node(*at)
                .is_some_and(|n| n.role == "text" && likeness(text, &n.name) >= DECISIVE)
        })
        .collect();
    let reach = |c: &Candidate| {
        let mark = |m: &usize| distance(page, c.index, *m);
        marks.iter().filter_map(mark).fold(f64::INFINITY, f64::min)
    };
    let least = all.iter().map(&reach).fold(f64::INFINITY, f64::min);
    if least.is_infinite() {
        return smallest(&all, |c| row_size(page, c.index, text));
    }
    keep(all, |c| reach(c) <= least.max(1.0) * NEARER)
}

/// Returns how far apart the boxes of two nodes are, in CSS pixels; text takes its parent's box.
fn distance(page: &Snapshot, a: usize, b: usize) -> Option<f64> {
    let boxed = |at: usize| {
        let own = page.node(at)?.rect;
        own.or_else(|| page.ancestors(at).find_map(|up| page.node(up)?.rect))
    };
    let (a, b) = (boxed(a)?, boxed(b)?);
    let gap = |a: f64, a_size: f64, b: f64, b_size: f64| {
        (b - (a + a_size)).max(a - (b + b_size)).max(0.0)
    };
    let (x, y) = (
        gap(a.x, a.width, b.x, b.width),
        gap(a.y, a.height, b.y, b.height),
    );
    Some(x.hypot(y))
}

/// Drops candidates that stand for another one: a wrapper of it, or a second link to the same
/// address.
fn drop_echoes(page: &Snapshot, all: &mut Vec<Candidate>) {
    let mut kept: Vec<Candidate> = Vec::new();
    let mut order = all.clone();
    order.sort_by(|a, b| b.rank.total_cmp(&a.rank).then(a.index.cmp(&b.index)));
    for c in order {
        let echo = kept.iter().any(|k| is_echo(page, k.index, c.index));
        if !echo {
            kept.push(c);
        }
    }
    kept.sort_by_key(|c| c.index);
    *all = kept;
}

fn is_echo(page: &Snapshot, a: usize, b: usize) -> bool {
    let nested = page.ancestors(a).any(|at| at == b) || page.ancestors(b).any(|at| at == a);
    let (Some(first), Some(second)) = (page.node(a), page.node(b)) else {
        return false;
    };
    let same_link = first.role == "link"
        && second.role == "link"
        && first.url.is_some()
        && first.url == second.url;
    nested || same_link
}

/// Names a node for a person: its role and wording, and where it stands when that helps.
pub(super) fn describe(page: &Snapshot, index: usize) -> String {
    let Some(node) = page.node(index) else {
        return "an element".to_owned();
    };
    let name = crate::untrusted::line(&label(page, index), 60);
    let role = match node.role.as_str() {
        "generic" => "element",
        role => role,
    };
    let name = if name.is_empty() {
        role.to_owned()
    } else {
        format!("{role} '{name}'")
    };
    let under = headings(page, index)
        .first()
        .map(|h| crate::untrusted::line(&label(page, *h), 40))
        .filter(|h| !h.is_empty());
    match (node.r#ref, under) {
        (Some(target), Some(under)) => format!("{name} under '{under}' ({target})"),
        (Some(target), None) => format!("{name} ({target})"),
        (None, _) => name,
    }
}

/// Names the candidates that come nearest, for a person.
fn nearest(page: &Snapshot, all: &[Candidate]) -> Vec<String> {
    let mut some: Vec<&Candidate> = all.iter().filter(|c| c.score > 0.2).collect();
    some.sort_by(|a, b| b.score.total_cmp(&a.score));
    some.truncate(NAMED_MAX);
    some.iter().map(|c| describe(page, c.index)).collect()
}

/// Returns the one of `options` that `wanted` means, when that is clear.
pub(super) fn pick_option(wanted: &str, options: &[String]) -> Option<usize> {
    let mut scored: Vec<(f64, usize)> = options
        .iter()
        .enumerate()
        .map(|(at, option)| (likeness(wanted, option), at))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (best, at) = *scored.first()?;
    let next = scored.get(1).map_or(0.0, |(score, _)| *score);
    (best >= DECISIVE && best - next >= MARGIN).then_some(at)
}

/// Returns the one of `options` whose words stand in `text`, when no other has as many.
pub(super) fn pick_by_text(text: &str, options: &[String]) -> Option<usize> {
    let mut scored: Vec<(f64, usize)> = options
        .iter()
        .enumerate()
        .map(|(at, option)| (coverage(&essence(option), text), at))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (best, at) = *scored.first()?;
    let next = scored.get(1).map_or(0.0, |(score, _)| *score);
    (best >= 0.5 && best - next >= 0.2).then_some(at)
}

/// Drops what lists add to an option: remarks in brackets, lengths and prices.
fn essence(option: &str) -> String {
    const UNITS: [&str; 10] = [
        "min", "mins", "minutes", "hour", "hours", "h", "eur", "usd", "gbp", "from",
    ];
    let bare = option
        .split(['(', '[', '|', '\n'])
        .next()
        .unwrap_or_default();
    let kept: Vec<String> = words(bare)
        .into_iter()
        .map(|w| w.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned())
        .filter(|w| !w.is_empty() && !w.chars().any(|c| c.is_ascii_digit()))
        .filter(|w| !UNITS.contains(&w.as_str()))
        .collect();
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::pages::page;
    use super::*;

    const SHOP: &str = r#"
banner
  link "Home" url=http://a/
  link "Contact" url=http://a/contact
main
  heading "Orders" level=1
  table
    row
      cell "Invoice 4411"
      button "Archive"
      button "Delete"
    row
      cell "Invoice 4412"
      button "Archive"
      button "Delete"
  heading "Address" level=2
  button "Edit"
  heading "Payment" level=2
  button "Edit"
  button "Save" disabled
  textbox "E-mail address *" value=
  text "Phone"
  textbox
  textbox hint=Search_orders
  checkbox "I accept the terms"
  combobox "City" value=Rome
    option "Rome" selected
    option "Berlin"
  generic "Create an account" interactive
  button "Increase quantity"
  button "Decrease quantity"
  button "+" 
contentinfo
  link "Contact" url=http://a/contact
  link "Terms" url=http://a/terms
"#;

    fn line_of(page: &Snapshot, wanted: &Wanted, intent: Intent) -> Result<u32, Grounding> {
        match ground(page, wanted, intent) {
            Grounding::Found { target, .. } => Ok(target.0),
            other @ (Grounding::Ambiguous(_) | Grounding::Disabled(_) | Grounding::Missing(_)) => {
                Err(other)
            }
        }
    }

    fn at(wanted: &Wanted, place: Place) -> Wanted {
        Wanted {
            places: vec![place],
            ..wanted.clone()
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "one table")]
    fn targets_are_found_by_wording_kind_and_place() {
        let page = page("http://a/", SHOP);
        let archive = Wanted::text("Archive");
        let edit = Wanted::text("Edit");
        let kind = |text: &str, kind| Wanted {
            kind: Some(kind),
            ..Wanted::text(text)
        };
        let nth = |text: &str, n| Wanted {
            ordinal: Some(n),
            ..Wanted::text(text)
        };
        let table = [
            (Wanted::text("home"), Intent::Press, "link \"Home\"", 0),
            (
                Wanted::text("contact"),
                Intent::Press,
                "link \"Contact\"",
                0,
            ),
            (
                at(&archive, Place::Row("Invoice 4412".into())),
                Intent::Press,
                "button \"Archive\"",
                1,
            ),
            (
                at(&edit, Place::Section("Address".into())),
                Intent::Press,
                "button \"Edit\"",
                0,
            ),
            (
                at(&edit, Place::Section("Payment".into())),
                Intent::Press,
                "button \"Edit\"",
                1,
            ),
            (
                at(&archive, Place::Near("Invoice 4412".into())),
                Intent::Press,
                "button \"Archive\"",
                1,
            ),
            (
                nth("Delete", Ordinal::Last),
                Intent::Press,
                "button \"Delete\"",
                1,
            ),
            (
                nth("Delete", Ordinal::Nth(1)),
                Intent::Press,
                "button \"Delete\"",
                0,
            ),
            (Wanted::text("Email"), Intent::Type, "textbox \"E-mail", 0),
            (Wanted::text("telephone"), Intent::Type, "textbox\n", 0),
            (kind("Search", Kind::Field), Intent::Type, "textbox hint", 0),
            (Wanted::text("terms"), Intent::Check, "checkbox", 0),
            (Wanted::text("town"), Intent::Choose, "combobox", 0),
            (
                Wanted::text("Sign up"),
                Intent::Press,
                "generic \"Create",
                0,
            ),
            (
                kind("Sign up", Kind::Button),
                Intent::Press,
                "generic \"Create",
                0,
            ),
            (
                Wanted::text("Increase quantity"),
                Intent::Press,
                "button \"Increase",
                0,
            ),
            (Wanted::text("+"), Intent::Press, "button \"+\"", 0),
            (
                kind("Terms", Kind::Link),
                Intent::Press,
                "link \"Terms\"",
                0,
            ),
        ];
        for (wanted, intent, line, nth) in table {
            let lines = SHOP.lines().enumerate();
            let expected = lines
                .filter(|(_, l)| format!("{}\n", l.trim()).starts_with(line))
                .nth(nth)
                .map(|(n, _)| u32::try_from(n).unwrap() + 1);
            assert_eq!(
                line_of(&page, &wanted, intent).ok(),
                expected,
                "{wanted:?}: {:?}",
                ground(&page, &wanted, intent)
            );
        }
    }

    #[test]
    fn ties_are_named_and_not_broken() {
        let page = page("http://a/", SHOP);
        for text in ["Archive", "Delete", "Edit"] {
            match ground(&page, &Wanted::text(text), Intent::Press) {
                Grounding::Ambiguous(names) => assert_eq!(names.len(), 2, "{names:?}"),
                other @ (Grounding::Found { .. }
                | Grounding::Disabled(_)
                | Grounding::Missing(_)) => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_not_there_or_not_open_is_said() {
        let page = page("http://a/", SHOP);
        let press = |text: &str| ground(&page, &Wanted::text(text), Intent::Press);
        assert!(matches!(press("Save"), Grounding::Disabled(name) if name.contains("Save")));
        assert!(matches!(press("Unarchive"), Grounding::Missing(_)));
        assert!(matches!(press("Invoice 4413"), Grounding::Missing(_)));
        assert!(matches!(press("Log out"), Grounding::Missing(_)));
        let Grounding::Missing(near) = press("Delete account") else {
            panic!("deleted something else");
        };
        assert!(near.iter().any(|n| n.contains("Delete")), "{near:?}");
    }

    #[test]
    fn an_open_twin_wins_over_a_covered_or_hidden_one() {
        let twins = page(
            "http://a/",
            "button \"Menu\" covered\nbutton \"Menu\"\nbutton \"Menu\" hidden\n",
        );
        assert_eq!(
            line_of(&twins, &Wanted::text("Menu"), Intent::Press).ok(),
            Some(2)
        );
    }

    #[test]
    fn an_option_is_picked_only_when_it_is_clear() {
        let options = ["Check-up", "Cleaning", "Check-up for children"].map(str::to_owned);
        assert_eq!(pick_option("checkup", &options), Some(0));
        assert_eq!(pick_option("clean", &options), Some(1));
        assert_eq!(pick_option("surgery", &options), None);
        assert_eq!(
            pick_by_text("time for your annual cleaning", &options),
            Some(1)
        );
        assert_eq!(pick_by_text("please come by", &options), None);
    }
}
