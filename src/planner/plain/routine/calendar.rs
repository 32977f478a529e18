//! The dates and times a page offers, in whatever shape: date fields, lists, grids of days, radio
//! buttons, slots with their date in the name or in the heading above.
//!
//! Pure over the snapshot. What is disabled or says that it is taken is not an offer.

use jiff::civil::{Date, Time};

use crate::action::{Action, Check, Fill, RawNode, Ref, Select};
use crate::clock::Clock;
use crate::planner::plain::ground::{headings, is_box, is_control, is_list, is_text_field, label};
use crate::planner::plain::times;
use crate::skill::wording::{folded, holds_any, words};
use crate::snapshot::Snapshot;

use super::aim::press;
use super::fields::is_placeholder;

/// Most days and times that are looked at on one page.
const OFFERS_MAX: usize = 600;
/// Longest name of a day or a time, in characters.
const NAME_CHARS_MAX: usize = 80;
/// Fewest numbers side by side that are taken for the days of a month; pages have numbers too.
const DAYS_MIN: usize = 7;
/// How far up a time looks for the date it belongs to.
const UP_MAX: usize = 6;

const TAKEN: [&str; 14] = [
    "unavailable",
    "not available",
    "fully booked",
    "booked",
    "taken",
    "sold out",
    "closed",
    "no longer available",
    "no times",
    "no appointments",
    "full",
    "occupied",
    "not bookable",
    "past",
];
const LOADING: [&str; 8] = [
    "loading",
    "please wait",
    "fetching",
    "checking availability",
    "one moment",
    "just a moment",
    "looking for times",
    "searching",
];
const NONE: [&str; 10] = [
    "no times",
    "no appointments",
    "no free times",
    "no available times",
    "no slots",
    "fully booked",
    "nothing available",
    "no availability",
    "none available",
    "no free appointments",
];
const LATER: [&str; 22] = [
    "next month",
    "next week",
    "later",
    "later dates",
    "more dates",
    "more times",
    "more days",
    "more appointments",
    "show more",
    "show more times",
    "show more dates",
    "next days",
    "later times",
    "go to next month",
    "go to the next month",
    "following month",
    "following week",
    "month forward",
    "forward",
    "show later dates",
    "load more",
    "later appointments",
];
const ARROWS: [&str; 9] = ["›", "»", ">", "→", "▶", "❯", ">>", "⟩", "⇒"];
const SHOW: [&str; 10] = [
    "show", "check", "find", "search", "see", "view", "update", "get", "look up", "display",
];

/// What a page offers.
#[derive(Debug, Default)]
pub(in crate::planner::plain) struct Offers {
    /// Times that can be picked.
    pub(super) times: Vec<Offer>,
    /// Days that can be picked.
    pub(super) days: Vec<Day>,
    /// A field into which the date is typed.
    pub(super) typed: Option<Typed>,
    /// The day that the page shows as picked.
    pub(super) day: Option<Date>,
    /// What shows later days.
    pub(super) more: Option<(Action, String)>,
    /// What shows the times of the day.
    pub(super) show: Option<(Action, String)>,
    /// The text that says that something is still loading.
    pub(super) loading: Option<String>,
    /// Whether the page says that the day has no times.
    pub(super) none: bool,
    /// Where in the page the offers begin.
    pub(super) first: Option<usize>,
    /// The last day shown, free or not.
    shown_to: Option<Date>,
    /// Refs of everything that belongs to the offers, so that it is not taken for a form field.
    pub(super) own: Vec<Ref>,
}

/// A time that can be picked.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::planner::plain) struct Offer {
    pub(super) day: Option<Date>,
    pub(super) time: Time,
    pub(super) action: Action,
    pub(super) chosen: bool,
}

/// A day that can be picked.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::planner::plain) struct Day {
    pub(super) date: Date,
    pub(super) action: Action,
}

/// A field into which a date is typed.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::planner::plain) struct Typed {
    target: Ref,
}

impl Typed {
    /// Fills the field with a day.
    pub(super) fn filled(&self, day: Date) -> Action {
        Action::Fill(Fill {
            target: self.target,
            text: day.to_string(),
        })
    }
}

impl Offers {
    pub(super) fn is_empty(&self) -> bool {
        let turns = self.shown_to.is_some() && self.more.is_some();
        self.times.is_empty() && self.days.is_empty() && self.typed.is_none() && !turns
    }

    /// Returns the last day the page shows.
    pub(super) fn last_day(&self) -> Option<Date> {
        let days = self.days.iter().map(|d| d.date);
        days.chain(self.times.iter().filter_map(|t| t.day))
            .chain(self.shown_to)
            .max()
    }

    /// Says whether one of the times is already picked on the page.
    pub(super) fn has_choice(&self) -> bool {
        self.times.iter().any(|offer| offer.chosen)
    }
}

/// Reads what the page offers.
pub(super) fn offers(page: &Snapshot, clock: &Clock) -> Offers {
    let mut found = Offers::default();
    for index in 0..page.nodes().len() {
        if found.times.len() + found.days.len() >= OFFERS_MAX {
            break;
        }
        let Some(node) = page.node(index) else {
            continue;
        };
        if node.r#ref.is_none() || is_footer(page, index) {
            continue;
        }
        read(page, index, node, clock, &mut found);
    }
    grids(page, clock, &mut found);
    let closed = found.shown_to.is_some();
    if found.days.is_empty() && found.times.is_empty() && found.typed.is_none() && !closed {
        found.loading = loading(page);
        return found;
    }
    found.days.dedup_by_key(|d| d.date);
    found.loading = loading(page);
    found.none = says(page, &NONE).is_some();
    found.more = later(page, &found);
    found.show = show(page);
    found
}

fn is_footer(page: &Snapshot, index: usize) -> bool {
    page.ancestors(index)
        .filter_map(|at| page.node(at))
        .any(|n| matches!(n.role.as_str(), "contentinfo" | "navigation" | "search"))
}

/// Reads one node: a list, a date field, a button with a date or a time.
fn read(page: &Snapshot, index: usize, node: &RawNode, clock: &Clock, found: &mut Offers) {
    let Some(target) = node.r#ref else { return };
    if is_text_field(node) {
        return typed(node, target, index, &label(page, index), found);
    }
    if is_list(node) {
        return list(page, index, target, clock, found);
    }
    let pressed = is_control(node) || node.state.interactive;
    let in_list = page
        .ancestors(index)
        .filter_map(|at| page.node(at))
        .any(|n| is_list(n) && n.role == "combobox");
    if !pressed || in_list || has_inner_control(page, index) {
        return;
    }
    let name = label(page, index);
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return;
    }
    if is_taken(node, &name) {
        // A month whose days are all closed is still a calendar, whose page can be turned.
        if let Some(date) = times::date(&name, clock) {
            note(found, index, target);
            found.shown_to = found.shown_to.max(Some(date));
        }
        return;
    }
    let chosen = node.state.checked || node.state.selected;
    let action = pick(page, index, target);
    let date = times::date(&name, clock);
    match (times::time(&name), date) {
        (Some(time), date) => {
            let day = date.or_else(|| day_around(page, index, clock));
            note(found, index, target);
            found.times.push(Offer {
                day,
                time,
                action,
                chosen,
            });
        }
        (None, Some(date)) => {
            note(found, index, target);
            if chosen {
                found.day = Some(date);
            }
            found.days.push(Day { date, action });
        }
        (None, None) => {}
    }
}

fn note(found: &mut Offers, index: usize, target: Ref) {
    found.first = Some(found.first.map_or(index, |first| first.min(index)));
    found.own.push(target);
}

fn typed(node: &RawNode, target: Ref, index: usize, label: &str, found: &mut Offers) {
    let born = holds_any(label, &["birth", "born", "birthday", "dob"]);
    if node.input_type.as_deref() != Some("date") || born || node.state.disabled {
        return;
    }
    note(found, index, target);
    if found.typed.is_none() {
        found.typed = Some(Typed { target });
        found.day = node.value.as_deref().and_then(|v| v.parse().ok());
    }
}

/// Reads a list whose options are dates or times, at least half of them.
fn list(page: &Snapshot, index: usize, target: Ref, clock: &Clock, found: &mut Offers) {
    let options: Vec<&RawNode> = page
        .subtree(index)
        .into_iter()
        .filter_map(|at| page.node(at))
        .filter(|n| n.role == "option" && !is_placeholder(&n.name))
        .collect();
    let born = holds_any(&label(page, index), &["birth", "born", "year"]);
    let all_dotted = options.iter().all(|n| times::dotted(&n.name).is_some());
    let of_clock = all_dotted && holds_any(&page.page_text(), &["hour", "time", "o'clock"]);
    let time_of = |name: &str| {
        let dotted = times::dotted(name).filter(|_| of_clock);
        dotted.or_else(|| times::time(name))
    };
    let read: Vec<(&RawNode, Option<Date>, Option<Time>)> = options
        .iter()
        .map(|n| (*n, times::date(&n.name, clock), time_of(&n.name)))
        .filter(|(_, date, time)| date.is_some() || time.is_some())
        .collect();
    if born || read.is_empty() || read.len() * 2 < options.len() {
        return;
    }
    note(found, index, target);
    let around = day_around(page, index, clock);
    let value = page
        .node(index)
        .and_then(|n| n.value.clone())
        .unwrap_or_default();
    for (node, date, time) in read {
        let option = node.name.clone();
        let chosen = node.state.selected || value == option;
        if is_taken(node, &option) {
            continue;
        }
        let action = Action::Select(Select::one(target, option));
        match (date, time) {
            (date, Some(time)) => {
                let day = date.or(around);
                found.times.push(Offer {
                    day,
                    time,
                    action,
                    chosen,
                });
            }
            (Some(date), None) => {
                if chosen {
                    found.day = Some(date);
                }
                found.days.push(Day { date, action });
            }
            (None, None) => {}
        }
    }
}

/// Returns the action that picks a day or a time.
fn pick(page: &Snapshot, index: usize, target: Ref) -> Action {
    if page
        .node(index)
        .is_some_and(|n| is_box(n) && n.role == "radio")
    {
        return Action::Check(Check { target, on: true });
    }
    press(page, index, target)
}

fn is_taken(node: &RawNode, name: &str) -> bool {
    let described = node.description.as_deref().unwrap_or_default();
    node.state.disabled || holds_any(name, &TAKEN) || holds_any(described, &TAKEN)
}

fn has_inner_control(page: &Snapshot, index: usize) -> bool {
    page.subtree(index)
        .iter()
        .skip(1)
        .filter_map(|at| page.node(*at))
        .any(is_control)
}

/// Finds the date a time belongs to: named by what it lies in, or headed by it.
fn day_around(page: &Snapshot, index: usize, clock: &Clock) -> Option<Date> {
    let mut below = index;
    for up in page.ancestors(index).take(UP_MAX) {
        let node = page.node(up)?;
        if let Some(date) = (node.role != "text")
            .then(|| times::date(&node.name, clock))
            .flatten()
        {
            return Some(date);
        }
        let before = page
            .children(up)
            .iter()
            .rev()
            .skip_while(|at| **at >= below);
        for at in before {
            let texts = page.subtree(*at);
            let dates: Vec<Date> = texts
                .iter()
                .filter_map(|t| page.node(*t))
                .filter(|n| n.role == "text" || n.role == "heading")
                .filter_map(|n| times::date(&n.name, clock))
                .collect();
            match dates.as_slice() {
                [] => {}
                [first, rest @ ..] if rest.iter().all(|d| d == first) => return Some(*first),
                // Several days in what comes before: a strip of days, not a heading.
                _ => return None,
            }
        }
        below = up;
    }
    headings(page, index)
        .first()
        .and_then(|h| times::date(&label(page, *h), clock))
}

/// Reads grids whose cells are only the number of the day.
fn grids(page: &Snapshot, clock: &Clock, found: &mut Offers) {
    let numbers: Vec<(usize, i8)> = (0..page.nodes().len())
        .filter_map(|at| {
            let node = page.node(at)?;
            let pressed = is_control(node) || node.state.interactive || node.role == "gridcell";
            let inner = pressed && !has_inner_control(page, at) && node.r#ref.is_some();
            Some((at, inner.then(|| day_number(&label(page, at)))??))
        })
        .collect();
    let mut grids: Vec<(usize, (i16, i8))> = Vec::new();
    for (at, _) in &numbers {
        if let Some(grid) = month_around(page, *at, clock)
            && !grids.contains(&grid)
        {
            grids.push(grid);
        }
    }
    for (grid, month) in grids {
        let below = |at: usize| page.ancestors(at).any(|up| up == grid);
        let cells: Vec<(usize, i8)> = numbers
            .iter()
            .copied()
            .filter(|(at, _)| below(*at))
            .collect();
        let nearest = |at: usize| month_around(page, at, clock).is_some_and(|(g, _)| g == grid);
        let cells: Vec<(usize, i8)> = cells.into_iter().filter(|(at, _)| nearest(*at)).collect();
        if cells.len() >= DAYS_MIN {
            grid_days(page, &cells, month, found);
        }
    }
}

/// Adds the days of one month; the numbers before the 1st and after the last are other months'.
fn grid_days(page: &Snapshot, cells: &[(usize, i8)], month: (i16, i8), found: &mut Offers) {
    let begins = cells.iter().position(|(_, n)| *n == 1).unwrap_or(0);
    let leads = cells
        .get(..begins)
        .is_some_and(|lead| lead.iter().all(|(_, n)| *n > 20));
    let own = if leads {
        cells.get(begins..).unwrap_or_default()
    } else {
        cells
    };
    let mut before = 0;
    for (at, number) in own {
        if *number < before {
            break;
        }
        before = *number;
        let (Some(node), Ok(date)) = (page.node(*at), Date::new(month.0, month.1, *number)) else {
            continue;
        };
        found.shown_to = found.shown_to.max(Some(date));
        let Some(target) = node.r#ref else { continue };
        note(found, *at, target);
        let name = label(page, *at);
        if node.state.selected || node.state.checked {
            found.day = Some(date);
        }
        let open = is_control(node) || node.state.interactive;
        if open && !is_taken(node, &name) {
            found.days.push(Day {
                date,
                action: pick(page, *at, target),
            });
        }
    }
}

/// Reads a name that is the number of a day, with few words beside it.
fn day_number(name: &str) -> Option<i8> {
    let words = words(name);
    let first = words.first()?;
    let others_are_words = words
        .iter()
        .skip(1)
        .all(|w| w.chars().all(char::is_alphabetic) || w.len() > 2);
    let number: i8 = first.parse().ok()?;
    ((1..=31).contains(&number) && words.len() <= 4 && others_are_words).then_some(number)
}

/// Finds the smallest part around a node that is headed by one month.
fn month_around(page: &Snapshot, index: usize, clock: &Clock) -> Option<(usize, (i16, i8))> {
    page.ancestors(index).take(10).find_map(|up| {
        let named = page.node(up).and_then(|n| times::month(&n.name, clock));
        let texts: Vec<(i16, i8)> = page
            .subtree(up)
            .into_iter()
            .filter_map(|at| page.node(at))
            .filter(|n| matches!(n.role.as_str(), "text" | "heading" | "status"))
            .filter(|n| n.name.chars().count() <= 40)
            .filter_map(|n| times::month(&n.name, clock))
            .collect();
        let first = named.or_else(|| texts.first().copied())?;
        Some((up, first))
    })
}

fn loading(page: &Snapshot) -> Option<String> {
    says(page, &LOADING)
}

/// Finds the short text that says one of the phrases.
fn says(page: &Snapshot, phrases: &[&str]) -> Option<String> {
    page.nodes()
        .iter()
        .filter(|n| n.role == "text" && n.name.chars().count() <= 60)
        .find(|n| holds_any(&n.name, phrases))
        .map(|n| n.name.clone())
}

/// Finds what turns to later days.
fn later(page: &Snapshot, found: &Offers) -> Option<(Action, String)> {
    let first = found.first?;
    let pressables: Vec<(usize, Ref, String)> = (0..page.nodes().len())
        .filter_map(|at| {
            let node = page.node(at)?;
            let open = (is_control(node) || node.state.interactive) && !node.state.disabled;
            let target = node
                .r#ref
                .filter(|_| open && !is_list(node) && !is_text_field(node))?;
            Some((at, target, label(page, at)))
        })
        .collect();
    let worded = pressables
        .iter()
        .find(|(_, _, name)| LATER.contains(&folded(name).as_str()));
    // A bare "next" or an arrow turns the page only beside the days.
    let beside = || {
        pressables.iter().find(|(at, _, name)| {
            let arrow = ARROWS.contains(&name.trim()) || folded(name) == "next";
            let near = page.ancestors(first).take(UP_MAX).any(|up| {
                page.node(up).is_some_and(|n| {
                    n.role != "main" && n.role != "RootWebArea" && n.role != "form"
                }) && page.ancestors(*at).any(|a| a == up)
                    && page.parent(up).is_some()
            });
            arrow && near && (!found.days.is_empty() || found.shown_to.is_some())
        })
    };
    let (at, target, name) = worded.or_else(beside)?;
    Some((press(page, *at, *target), name.clone()))
}

/// Finds the button that shows the times of a day.
fn show(page: &Snapshot) -> Option<(Action, String)> {
    let mut named: Vec<(Ref, String)> = (0..page.nodes().len())
        .filter_map(|at| {
            let node = page.node(at)?;
            let open = node.role == "button" && !node.state.disabled && !is_footer(page, at);
            let name = label(page, at);
            let first = words(&name).first().cloned().unwrap_or_default();
            let fits = SHOW.contains(&first.as_str())
                && !holds_any(&name, &["more", "map", "password", "details"]);
            Some((node.r#ref.filter(|_| open && fits)?, name))
        })
        .collect();
    let timed = |(_, name): &(Ref, String)| {
        holds_any(
            name,
            &["time", "times", "slots", "availability", "appointments"],
        )
    };
    if named.iter().any(timed) {
        named.retain(timed);
    }
    let (target, name) = named.into_iter().next()?;
    Some((Action::Click(crate::action::Click::on(target)), name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::plain::pages::page;

    #[test]
    fn a_month_whose_days_are_all_closed_can_still_be_turned() {
        let clock = Clock::fixed(
            "2027-06-30T07:00:00Z".parse().unwrap(),
            jiff::tz::TimeZone::UTC,
        );
        let outline = "main\n  group \"Preferred day\"\n    button \"Next month\"\n    \
            button \"Tuesday, June 29, 2027\" disabled\n    \
            button \"Wednesday, June 30, 2027\" disabled\n";
        let found = offers(&page("https://x.example/", outline), &clock);
        assert!(found.days.is_empty() && !found.is_empty());
        assert_eq!(
            found.more.map(|(_, name)| name).as_deref(),
            Some("Next month")
        );
        assert_eq!(found.shown_to, Some(jiff::civil::date(2027, 6, 30)));
    }
}
