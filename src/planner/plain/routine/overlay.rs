//! Gets banners and dialogs out of the way.
//!
//! Presses only words of a fixed list, only inside the overlay, and never where the overlay holds
//! a form. Refuses before it closes, and closes before it accepts.

use crate::action::{Action, Click, RawNode, Ref};
use crate::planner::plain::ground::{is_control, is_dialog, is_text_field, label};
use crate::planner::plain::run::{Look, Turn, act};
use crate::skill::wording::{folded, holds_any};
use crate::snapshot::Snapshot;

/// Longest text of something that is taken for a banner, in characters.
const BANNER_CHARS_MAX: usize = 2_500;
/// How many overlays are closed for one sentence.
pub(super) const CLOSED_MAX: u32 = 3;

const REFUSE: [&str; 25] = [
    "reject all",
    "reject",
    "reject all cookies",
    "reject cookies",
    "decline",
    "decline all",
    "deny",
    "deny all",
    "refuse",
    "refuse all",
    "only necessary",
    "necessary only",
    "necessary cookies only",
    "only necessary cookies",
    "use necessary cookies only",
    "essential only",
    "only essential",
    "only essential cookies",
    "accept only necessary",
    "accept essential only",
    "continue without accepting",
    "no thanks",
    "no thank you",
    "not now",
    "maybe later",
];
const CLOSE: [&str; 11] = [
    "close",
    "dismiss",
    "skip",
    "x",
    "close dialog",
    "close banner",
    "close popup",
    "close this dialog",
    "close message",
    "hide",
    "cancel",
];
const ACCEPT: [&str; 16] = [
    "accept all",
    "accept",
    "accept cookies",
    "accept all cookies",
    "allow all",
    "allow",
    "allow cookies",
    "agree",
    "i agree",
    "i accept",
    "ok",
    "okay",
    "got it",
    "i understand",
    "understood",
    "that s fine",
];
/// Symbols that stand for "close".
const CROSSES: [&str; 5] = ["×", "✕", "✖", "✗", "⨯"];
const BANNER_WORDS: [&str; 12] = [
    "cookie",
    "cookies",
    "consent",
    "newsletter",
    "subscribe",
    "privacy",
    "tracking",
    "gdpr",
    "notifications",
    "sign up for",
    "discount",
    "this website uses",
];

/// A button that gets an overlay out of the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::planner::plain) struct Dismissal {
    pub(super) target: Ref,
    pub(super) name: String,
}

/// Finds the button that uncovers the node at `covered`, or any banner's when none is given.
pub(super) fn dismissal(page: &Snapshot, covered: Option<usize>) -> Option<Dismissal> {
    let mut found: Vec<(usize, usize)> = (0..page.nodes().len())
        .filter_map(|at| {
            let node = page.node(at)?;
            let open = is_control(node) || node.state.interactive;
            let usable =
                open && !node.state.disabled && !node.state.covered && node.r#ref.is_some();
            let worth = usable.then(|| worth(&label(page, at)))??;
            overlay_of(page, at, covered)?;
            Some((worth, at))
        })
        .collect();
    found.sort_unstable();
    let (_, at) = *found.first()?;
    Some(Dismissal {
        target: page.node(at)?.r#ref?,
        name: crate::untrusted::line(&label(page, at), 60),
    })
}

/// Ranks a wording: 0 refuses, 1 closes, 2 accepts; none is not on the list.
fn worth(name: &str) -> Option<usize> {
    let is = |list: &[&str]| list.contains(&folded(name).as_str());
    if is(&REFUSE) {
        Some(0)
    } else if is(&CLOSE) || CROSSES.contains(&name.trim()) {
        Some(1)
    } else {
        is(&ACCEPT).then_some(2)
    }
}

/// Returns the overlay that the button at `button` belongs to.
fn overlay_of(page: &Snapshot, button: usize, covered: Option<usize>) -> Option<usize> {
    let holds_target =
        |at: usize| covered.is_some_and(|c| c == at || page.ancestors(c).any(|a| a == at));
    let outside: Vec<usize> = page
        .ancestors(button)
        .take_while(|at| !holds_target(*at))
        .filter(|at| page.parent(*at).is_some() || covered.is_none() || is_marked(page, *at))
        .collect();
    let overlay = outside.iter().copied().find(|at| {
        let over = covered.is_some_and(|c| lies_over(page, *at, c));
        is_marked(page, *at) || over
    })?;
    (!has_text_field(page, overlay)).then_some(overlay)
}

/// Says whether a node is a dialog or reads like a banner.
fn is_marked(page: &Snapshot, at: usize) -> bool {
    let Some(node) = page.node(at) else {
        return false;
    };
    if is_dialog(node) {
        return true;
    }
    if node.role == "main" || node.role == "RootWebArea" || node.role == "contentinfo" {
        return false;
    }
    let text = format!("{} {}", node.name, page.text(at));
    text.chars().count() <= BANNER_CHARS_MAX
        && holds_any(&text, &BANNER_WORDS)
        && text.split_whitespace().count() >= 4
}

fn lies_over(page: &Snapshot, overlay: usize, covered: usize) -> bool {
    let rect = |at: usize| page.node(at).and_then(|n: &RawNode| n.rect);
    let (Some(over), Some(under)) = (rect(overlay), rect(covered)) else {
        return false;
    };
    let (x, y) = (under.x + under.width / 2.0, under.y + under.height / 2.0);
    over.x <= x && x <= over.x + over.width && over.y <= y && y <= over.y + over.height
}

fn has_text_field(page: &Snapshot, at: usize) -> bool {
    page.subtree(at)
        .iter()
        .filter_map(|i| page.node(*i))
        .any(is_text_field)
}

/// "close the popup if present".
#[derive(Debug, Default)]
pub(in crate::planner::plain) struct ClosePopup {
    closed: u32,
}

impl ClosePopup {
    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        let page = match look.page() {
            Ok(page) => page,
            Err(failed) => return failed.into(),
        };
        if self.closed >= CLOSED_MAX {
            return Turn::Over;
        }
        let Some(found) = dismissal(page, None) else {
            return Turn::Over;
        };
        self.closed += 1;
        press(&found)
    }
}

/// Proposes to press the button.
pub(super) fn press(found: &Dismissal) -> Turn {
    act(
        Action::Click(Click::on(found.target)),
        format!(
            "get what lies over the page out of the way with '{}'",
            found.name
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::plain::pages::page;

    fn name(outline: &str, covered: Option<&str>) -> Option<String> {
        let page = page("http://a/", outline);
        let covered = covered.and_then(|name| page.nodes().iter().position(|n| n.name == name));
        dismissal(&page, covered).map(|d| d.name)
    }

    #[test]
    fn overlays_are_refused_closed_or_accepted_in_that_order() {
        let banner = |buttons: &str| {
            format!(
                "document\n  main\n    button \"Book\" covered\n  generic over\n    text \"This shop uses cookies to please you\"\n{buttons}"
            )
        };
        let button = |name: &str| format!("    button \"{name}\"\n");
        let all = banner(&(button("Accept all") + &button("Close") + &button("Only necessary")));
        assert_eq!(name(&all, Some("Book")).as_deref(), Some("Only necessary"));
        assert_eq!(name(&all, None).as_deref(), Some("Only necessary"));
        let two = banner(&(button("Accept all") + &button("×")));
        assert_eq!(name(&two, Some("Book")).as_deref(), Some("×"));
        let one = banner(&button("OK"));
        assert_eq!(name(&one, Some("Book")).as_deref(), Some("OK"));
        let other = banner(&button("Buy now"));
        assert_eq!(name(&other, Some("Book")), None);
    }

    #[test]
    fn what_holds_a_form_or_the_target_itself_is_left_alone() {
        let form = "document\n  button \"Book\" covered\n  dialog \"Sign in\" over\n    textbox \"Name\"\n    button \"Close\"\n";
        assert_eq!(name(form, Some("Book")), None);
        let own =
            "document\n  dialog \"Book\" over\n    button \"Next\" covered\n    button \"Close\"\n";
        assert_eq!(name(own, Some("Next")), None);
        let page =
            "document\n  main\n    button \"Close\"\n    text \"Opening hours and more words\"\n";
        assert_eq!(name(page, None), None);
    }
}
