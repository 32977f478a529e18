//! What changed between two looks at a page, and a number that stays when nothing did.

use std::collections::HashMap;

use super::Snapshot;
use super::alike::{Alike, Folded};
use super::line::quote;
use super::lines::{Line, Rows, What, lines};
use super::render::{RenderOptions, within};
use super::tokens::tokens;
use crate::action::{NodeState, RawNode, Ref};
use crate::untrusted;

/// Most lines of a difference; what comes after is counted.
const LINES_MAX: usize = 80;
/// A difference of so few lines is shown without looking whether the page is shorter.
const FEW: usize = 8;
/// A page of so many nodes is quickly written out to see.
const SMALL_NODES: usize = 2_000;
/// Lines that moved and are named one by one.
const MOVED_MAX: usize = 3;
/// A row of which so many things say something else is told whole.
const REDRAWN_MIN: usize = 3;
/// Lines that went together and are named one by one.
const GONE_MAX: usize = 4;

impl Snapshot {
    /// Says what is new (`+`), gone (`-`) and other (`~`) since `old`, one line each; one line when
    /// nothing is. Focus and scrolling do not count.
    pub fn diff(&self, old: &Self) -> String {
        tell(self.changes(old))
    }

    /// Says the same in at most `tokens_max` tokens; what does not fit is counted.
    pub fn diff_within(&self, old: &Self, tokens_max: usize) -> String {
        let changes = self.changes(old);
        if changes.is_empty() {
            return tell(changes);
        }
        within(changes, tokens_max, "more changes")
    }

    /// Says what changed since `old`, or shows the page where that is shorter: when it is another
    /// one, or hardly anything of it stayed.
    pub fn since(&self, old: Option<&Self>, options: &RenderOptions) -> String {
        let Some(old) = old.filter(|old| self.continues(old)) else {
            return self.render(options);
        };
        let changes = self.changes(old);
        let is_small = self.nodes().len() <= SMALL_NODES;
        if changes.is_empty() || changes.len() <= if is_small { FEW } else { LINES_MAX } {
            return self.diff_within(old, options.tokens_max);
        }
        let page = self.render(options);
        let difference = changes.iter().map(|line| tokens(line) + 1).sum::<usize>();
        if tokens(&page) < difference {
            return page;
        }
        within(changes, options.tokens_max, "more changes")
    }

    fn changes(&self, old: &Self) -> Vec<String> {
        let (was, is) = (Known::of(old), Known::of(self));
        let mut changes = Vec::new();
        if self.url() != old.url() || self.page().title != old.page().title {
            let title = quote(&self.page().title, 120);
            changes.push(format!(
                "~ page {title} {}",
                untrusted::line(self.url(), 200)
            ));
        }
        let mut gone = was.loose.clone();
        let mut common = Vec::new();
        let rows = own_rows(self, old, (&is, &was));
        let redrawn = self.redrawn(old, (&is, &was));
        for line in &is.lines {
            if let Some(row) = redrawn.get(&line.node) {
                let before = is.name(line).and_then(|name| was.by_ref.get(&name));
                if let Some(&(place, _)) = before {
                    common.push((place, line));
                } else if let Some(count) = gone.get_mut(&is.words(line)) {
                    *count = count.saturating_sub(1);
                }
                if row.first == line.node {
                    changes.push(format!("~ {}", row.line.text(self)));
                }
                continue;
            }
            if let Some(row) = rows.get(&line.node) {
                if row.node == line.node {
                    changes.push(format!("+ {}", row.text(self)));
                }
                continue;
            }
            let Some(name) = is.name(line) else {
                match gone.get_mut(&is.words(line)) {
                    Some(count) if *count > 0 => *count -= 1,
                    Some(_) | None => changes.push(format!("+ {}", is.words(line))),
                }
                continue;
            };
            match was.by_ref.get(&name) {
                Some(&(place, before)) => {
                    common.push((place, line));
                    if !is.says_the_same(line, &was, before) {
                        changes.push(format!("~ {}", line.text(self)));
                    }
                }
                None => changes.push(format!("+ {}", line.text(self))),
            }
        }
        changes.extend(self.moved(&common));
        changes.extend(covered(&common, &is, &was));
        changes.extend(self.gone(&was, &is, gone));
        changes
    }

    /// Finds the rows of which several things say something else now: they are told whole. Each is
    /// returned by those of its nodes that have lines.
    fn redrawn(&self, old: &Self, (is, was): (&Known<'_>, &Known<'_>)) -> HashMap<usize, Redrawn> {
        let mut found = HashMap::new();
        let others = is.by_ref.iter().filter(|(name, (_, line))| {
            let before = was.by_ref.get(name);
            before.is_some_and(|&(_, before)| !is.says_the_same(line, was, before))
        });
        if others.take(REDRAWN_MIN).count() < REDRAWN_MIN {
            return found;
        }
        for line in lines(self, &Alike::default(), &Folded::default(), Rows::Whole) {
            if line.what != What::Row {
                continue;
            }
            let inside = self.subtree(line.node);
            let all_known = inside
                .iter()
                .filter_map(|&at| self.node(at)?.r#ref)
                .all(|name| old.index_of(name).is_some());
            let mut own = inside.iter().filter_map(|at| is.by_node.get(at));
            let other = own
                .by_ref()
                .filter(|own| {
                    let before = is.name(own).and_then(|name| was.by_ref.get(&name));
                    before.is_some_and(|&(_, before)| !is.says_the_same(own, was, before))
                })
                .count();
            let first = inside.iter().find(|at| is.by_node.contains_key(at));
            if let (true, true, Some(&first)) = (all_known, other >= REDRAWN_MIN, first) {
                found.extend(inside.iter().map(|&at| (at, Redrawn { line, first })));
            }
        }
        found
    }

    /// Says which lines of `was` are there no longer; of those that went together only the first are
    /// named. `loose` counts the lines without a ref that no line of today stands for.
    fn gone(
        &self,
        was: &Known<'_>,
        is: &Known<'_>,
        mut loose: HashMap<String, usize>,
    ) -> Vec<String> {
        let rows = own_rows(was.snapshot, self, (was, is));
        let mut told = Vec::new();
        let mut run: Vec<String> = Vec::new();
        for line in &was.lines {
            let words = match (rows.get(&line.node), was.name(line)) {
                (Some(row), _) if row.node == line.node => Some(row.text(was.snapshot)),
                (Some(_), _) => continue,
                (None, Some(name)) if is.by_ref.contains_key(&name) => None,
                (None, Some(_)) => Some(was.words(line)),
                (None, None) => {
                    let words = was.words(line);
                    match loose.get_mut(&words) {
                        Some(count) if *count > 0 => {
                            *count -= 1;
                            Some(words)
                        }
                        // It may stand elsewhere by now; what goes on around it is one run.
                        Some(_) | None => continue,
                    }
                }
            };
            match words {
                Some(words) => run.push(format!("- {words}")),
                None => told.append(&mut shortened(std::mem::take(&mut run))),
            }
        }
        told.append(&mut shortened(run));
        told
    }

    /// Says which lines stand in another order now: `common` are those of both pages in today's
    /// order, each with its place before.
    fn moved(&self, common: &[(usize, &Line)]) -> Vec<String> {
        let places: Vec<usize> = common.iter().map(|(place, _)| *place).collect();
        let still = longest_rising(&places);
        let moved = common.iter().zip(still).filter(|(_, still)| !still);
        let moved: Vec<&Line> = moved.map(|((_, line), _)| *line).collect();
        let named = moved.iter().take(MOVED_MAX);
        let mut told: Vec<String> = named
            .map(|line| format!("~ moved {}", line.text(self)))
            .collect();
        if moved.len() > MOVED_MAX {
            told.push(format!("~ {} more moved", moved.len() - MOVED_MAX));
        }
        told
    }
}

/// Names the first of the lines that went together, and counts the rest.
fn shortened(mut run: Vec<String>) -> Vec<String> {
    let more = run.len().saturating_sub(GONE_MAX);
    if more > 1 {
        run.truncate(GONE_MAX);
        run.push(format!("- … {more} more"));
    }
    run
}

/// Returns the rows of `page` of which nothing stands on `other`, each by all its nodes: they are
/// told on one line.
fn own_rows(
    page: &Snapshot,
    other: &Snapshot,
    (here, there): (&Known<'_>, &Known<'_>),
) -> HashMap<usize, Line> {
    let mut rows = HashMap::new();
    if here
        .by_ref
        .keys()
        .all(|name| there.by_ref.contains_key(name))
    {
        return rows;
    }
    let whole = lines(page, &Alike::default(), &Folded::default(), Rows::Whole);
    for line in whole.into_iter().filter(|line| line.what == What::Row) {
        let inside = page.subtree(line.node);
        let mut names = inside
            .iter()
            .filter_map(|&at| page.node(at)?.r#ref)
            .peekable();
        if names.peek().is_some() && names.all(|name| other.index_of(name).is_none()) {
            rows.extend(inside.into_iter().map(|at| (at, line)));
        }
    }
    rows
}

/// Says of each of `places` whether it belongs to a longest run that only rises: the rest moved.
fn longest_rising(places: &[usize]) -> Vec<bool> {
    // The places that end the best run of each length, and what comes before each.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(places.len());
    for (at, place) in places.iter().enumerate() {
        let length = ends.partition_point(|&end| places.get(end).is_some_and(|p| p < place));
        before.push(length.checked_sub(1).and_then(|l| ends.get(l).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut rising = vec![false; places.len()];
    let mut at = ends.last().copied();
    while let Some(now) = at {
        if let Some(rising) = rising.get_mut(now) {
            *rising = true;
        }
        at = before.get(now).copied().flatten();
    }
    rising
}

impl Snapshot {
    /// Returns a number that is the same for pages that say the same and can do the same: for
    /// telling that a run goes in circles. Focus, scrolling, covering and places do not count.
    pub fn fingerprint(&self) -> u64 {
        let mut hash = Fnv::new();
        hash.text(self.url());
        hash.text(&self.page().title);
        for (index, node) in self.nodes().iter().enumerate() {
            hash.number(self.parent(index).map_or(0, |parent| index - parent) as u64);
            hash.node(node);
        }
        hash.0
    }
}

/// A row that is told whole, and the first of its nodes that has a line.
#[derive(Debug, Clone, Copy)]
struct Redrawn {
    line: Line,
    first: usize,
}

/// A page's lines, to be looked up.
struct Known<'a> {
    snapshot: &'a Snapshot,
    lines: Vec<Line>,
    /// Lines by the node they show.
    by_node: HashMap<usize, Line>,
    /// Lines of nodes with refs, with their place among the lines.
    by_ref: HashMap<Ref, (usize, Line)>,
    /// How often each other line stands there.
    loose: HashMap<String, usize>,
}

impl<'a> Known<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let alike = Alike::default();
        let mut known = Self {
            snapshot,
            lines: lines(snapshot, &alike, &Folded::default(), Rows::Apart),
            by_node: HashMap::new(),
            by_ref: HashMap::new(),
            loose: HashMap::new(),
        };
        known.by_node = known.lines.iter().map(|line| (line.node, *line)).collect();
        for (place, line) in known.lines.iter().enumerate() {
            match known.name(line) {
                Some(name) => drop(known.by_ref.insert(name, (place, *line))),
                None => *known.loose.entry(known.words(line)).or_default() += 1,
            }
        }
        known
    }

    fn name(&self, line: &Line) -> Option<Ref> {
        self.snapshot.node(line.node).and_then(|node| node.r#ref)
    }

    fn words(&self, line: &Line) -> String {
        line.text(self.snapshot)
    }

    /// Says whether `line` says the same as `before` did, but for what changes by itself.
    fn says_the_same(&self, line: &Line, was: &Self, before: Line) -> bool {
        if line.what == What::Row || before.what == What::Row {
            return self.words(line) == was.words(&before);
        }
        let (Some(is), Some(old)) = (
            self.snapshot.node(line.node),
            was.snapshot.node(before.node),
        ) else {
            return false;
        };
        calm(is.state) == calm(old.state)
            && is.role == old.role
            && is.name == old.name
            && is.value == old.value
            && is.description == old.description
            && is.url == old.url
            && is.submits == old.submits
            && is.level == old.level
    }
}

/// Says in one line each how many of the `common` lines are covered, or free, unlike before.
fn covered(common: &[(usize, &Line)], is: &Known<'_>, was: &Known<'_>) -> Vec<String> {
    let (mut covered, mut free) = (0, 0);
    for &(place, line) in common {
        let before = was
            .lines
            .get(place)
            .and_then(|line| was.snapshot.node(line.node));
        let (Some(now), Some(before)) = (is.snapshot.node(line.node), before) else {
            continue;
        };
        covered += usize::from(now.state.covered && !before.state.covered);
        free += usize::from(!now.state.covered && before.state.covered && !now.state.offscreen);
    }
    let counts = [(covered, "covered now"), (free, "no longer covered")];
    let told = counts.into_iter().filter(|&(count, _)| count > 0);
    told.map(|(count, words)| format!("~ {count} {words}"))
        .collect()
}

/// The states that do not change by themselves, nor for many at once.
fn calm(state: NodeState) -> NodeState {
    NodeState {
        covered: false,
        focused: false,
        offscreen: false,
        scrolls: false,
        ..state
    }
}

fn tell(mut changes: Vec<String>) -> String {
    if changes.is_empty() {
        return "nothing changed\n".to_owned();
    }
    let more = changes.len().saturating_sub(LINES_MAX);
    changes.truncate(LINES_MAX);
    if more > 0 {
        changes.push(format!("… {more} more changes"));
    }
    changes.join("\n") + "\n"
}

/// FNV-1a, 64 bits (draft-eastlake-fnv): small, and the same on every machine and version.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    /// Its length goes first, so that two texts are not one.
    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    fn node(&mut self, node: &RawNode) {
        self.text(&node.role);
        self.text(&node.name);
        for text in [&node.value, &node.url, &node.submits] {
            self.text(text.as_deref().unwrap_or("\u{0}"));
        }
        let still = NodeState {
            focused: false,
            covered: false,
            offscreen: false,
            scrolls: false,
            ..node.state
        };
        for word in super::line::states(still) {
            self.text(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::RawPage;

    fn node(number: u32, role: &str, name: &str) -> RawNode {
        RawNode {
            r#ref: Some(Ref(number)).filter(|_| role != "text"),
            role: role.to_owned(),
            name: name.to_owned(),
            state: NodeState {
                interactive: role != "text",
                ..NodeState::default()
            },
            ..RawNode::default()
        }
    }

    fn page(nodes: Vec<RawNode>) -> Snapshot {
        Snapshot::new(RawPage {
            url: "http://a/".to_owned(),
            nodes,
            ..RawPage::default()
        })
    }

    #[test]
    fn only_what_changed_is_told() {
        let old = page(vec![
            node(1, "button", "Buy"),
            node(2, "checkbox", "Agree"),
            node(3, "link", "Old"),
            node(0, "text", "same"),
            node(0, "text", "before"),
        ]);
        let mut agree = node(2, "checkbox", "Agree");
        agree.state.checked = true;
        let mut buy = node(1, "button", "Buy");
        buy.state.focused = true;
        let new = page(vec![
            buy,
            agree,
            node(4, "link", "New"),
            node(0, "text", "same"),
            node(0, "text", "after"),
        ]);
        insta::assert_snapshot!(new.diff(&old), @r#"
        ~ checkbox e2 "Agree" checked
        + link e4 "New"
        + "after"
        - link e3 "Old"
        - "before"
        "#);
    }

    #[test]
    fn focus_and_scrolling_are_no_change() {
        let old = page(vec![node(1, "button", "Buy focused")]);
        let mut moved = node(1, "button", "Buy focused");
        moved.state.focused = true;
        moved.state.offscreen = true;
        let new = page(vec![moved]);
        assert_eq!(new.diff(&old), "nothing changed\n");
        assert_eq!(new.fingerprint(), old.fingerprint());
        let other = page(vec![node(1, "button", "Sell")]);
        assert_ne!(other.fingerprint(), old.fingerprint());
    }

    #[test]
    fn rows_in_another_order_and_what_gets_covered_are_told_in_few_lines() {
        let rows = |order: &[u32]| {
            let rows = order
                .iter()
                .map(|&n| node(n, "button", &format!("Row {n}")));
            page(rows.collect())
        };
        let old = rows(&[1, 2, 3, 4, 5]);
        insta::assert_snapshot!(rows(&[5, 1, 2, 3, 4]).diff(&old), @r#"
        ~ moved button e5 "Row 5"
        "#);
        let mut over = rows(&[1, 2, 3, 4, 5]).page().clone();
        for node in &mut over.nodes {
            node.state.covered = true;
        }
        over.nodes.push(node(9, "dialog", "Cookies"));
        insta::assert_snapshot!(Snapshot::new(over).diff(&old), @r#"
        + dialog e9 "Cookies"
        ~ 5 covered now
        "#);
    }

    #[test]
    fn a_page_that_is_another_one_is_shown_instead_of_its_difference() {
        let options = RenderOptions::default();
        let old = page(
            (0..200)
                .map(|n| node(n, "button", &format!("Old {n}")))
                .collect(),
        );
        let mut nodes: Vec<RawNode> = vec![node(1, "button", "Old 1")];
        nodes.extend((300..310).map(|n| node(n, "button", &format!("New {n}"))));
        let new = page(nodes);
        assert_eq!(new.since(Some(&old), &options), new.render(&options));
        assert_eq!(new.since(None, &options), new.render(&options));
        assert_eq!(old.since(Some(&old), &options), "nothing changed\n");
    }

    #[test]
    fn a_long_difference_is_counted() {
        let many = (0..200)
            .map(|n| node(0, "text", &format!("line {n}")))
            .collect();
        let text = page(many).diff(&page(Vec::new()));
        assert!(text.ends_with("… 120 more changes\n"), "{text}");
    }

    #[test]
    fn a_difference_keeps_its_limit() {
        let many = (0..200)
            .map(|n| node(0, "text", &format!("line {n}")))
            .collect();
        let text = page(many).diff_within(&page(Vec::new()), 300);
        assert!(tokens(&text) <= 300, "{text}");
        assert!(text.ends_with("more changes\n"), "{text}");
        assert!(text.starts_with("+ \"line 0\"\n"), "{text}");
    }
}
