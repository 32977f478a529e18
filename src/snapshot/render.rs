//! The page as text within a hard limit of tokens; what does not fit is counted, never hidden.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Snapshot;
use super::alike::{Alike, Folded};
use super::line::quote;
use super::lines::{Line, Rows, What, end_of_row, lines, section};
use super::tokens::tokens;
use crate::action::Ref;
use crate::untrusted;

/// Tokens kept for the last line, which counts what was left out.
const RESERVE: usize = 70;
/// Rows of one list that are shown, then fewer in turn until the page fits.
const ROWS_MAX: [usize; 4] = [20, 12, 6, 3];
/// Tabs named at the top.
const TABS_MAX: usize = 12;
/// Roles named in a count.
const ROLES_MAX: usize = 5;
/// Tokens that a count of what was left out under a heading may take.
const COUNT_TOKENS: usize = 30;
/// Share of the room that such counts may take in all.
const COUNTS_SHARE: usize = 6;

/// How to render a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderOptions {
    /// Most tokens of the result, by [`tokens`]; it is always kept.
    pub tokens_max: usize,
    /// Shows only what can be worked.
    pub interactive: bool,
    /// Most levels shown; those below are counted.
    pub depth_max: Option<usize>,
    /// Shows only what lies in this node, or in the section that this heading heads; a ref that is
    /// not there shows nothing.
    pub scope: Option<Ref>,
    /// Folds no lists: shows as much as fits from the beginning, and says where to go on.
    pub whole: bool,
    /// Begins after the row that holds this node.
    pub after: Option<Ref>,
    /// Tells where each node is, in CSS pixels.
    pub geometry: bool,
}

impl Default for RenderOptions {
    /// 4,000 tokens: the whole of most pages, and a twentieth of a small model's window.
    fn default() -> Self {
        Self {
            tokens_max: 4_000,
            interactive: false,
            depth_max: None,
            scope: None,
            whole: false,
            after: None,
            geometry: false,
        }
    }
}

/// Lines that were left out, by role.
type Left = BTreeMap<String, usize>;

/// A line written out, with what it costs.
struct Written {
    line: Line,
    text: String,
    price: usize,
}

impl Snapshot {
    /// Renders the page, one line per node, in at most the given number of tokens.
    ///
    /// Long lists are folded to those of their rows that are in view. Where the page still does not
    /// fit, what can be worked now comes first, then headings and visible text, then what lies off
    /// screen; order on the page is kept. Headings tell what was left out below them, the last line
    /// counts the rest.
    pub fn render(&self, options: &RenderOptions) -> String {
        let alike = Alike::of(self);
        let mut left = Left::new();
        let head = self.head();
        let room = options.tokens_max.saturating_sub(tokens(&head) + RESERVE);
        let mut shown = Vec::new();
        for rows_max in ROWS_MAX {
            left.clear();
            let folded = if options.whole {
                Folded::default()
            } else {
                alike.fold(self, rows_max)
            };
            let chosen = self.chosen(options, &alike, &folded, &mut left);
            shown = chosen
                .into_iter()
                .map(|line| self.write(line, options, ""))
                .collect();
            if options.whole || price(&shown) <= room {
                break;
            }
        }
        if options.whole {
            shown = self.as_far_as_fits(shown, room, &mut left);
        } else if price(&shown) > room {
            shown = self.most_telling(shown, (room, options), &mut left);
        }
        let mut out = head;
        out.extend(shown.into_iter().map(|written| written.text));
        out.push_str(&tail(&left, self.page().left_out));
        cut(out, options.tokens_max)
    }

    /// Returns the lines that the options ask for; what lies too deep is counted.
    fn chosen(
        &self,
        options: &RenderOptions,
        alike: &Alike,
        folded: &Folded,
        left: &mut Left,
    ) -> Vec<Line> {
        let rows = if options.interactive {
            Rows::Apart
        } else {
            Rows::Whole
        };
        let mut lines = lines(self, alike, folded, rows);
        if let Some(name) = options.scope {
            let inside: HashSet<usize> = self
                .index_of(name)
                .map(|at| section(self, at).into_iter().collect())
                .unwrap_or_default();
            lines.retain(|line| inside.contains(&line.node));
        }
        if let Some(end) = options.after.and_then(|name| end_of_row(self, alike, name)) {
            lines.retain(|line| line.node > end);
        }
        let outer = lines.iter().map(|line| line.depth).min().unwrap_or(0);
        for line in &mut lines {
            line.depth -= outer;
        }
        if options.interactive {
            lines.retain(|line| {
                matches!(line.what, What::More(_))
                    || self
                        .node(line.node)
                        .is_some_and(|n| n.state.interactive || n.state.scrolls)
            });
            for line in &mut lines {
                line.depth = 0;
            }
        }
        if let Some(depth_max) = options.depth_max {
            lines.retain(|line| {
                let stays = line.depth < depth_max;
                if !stays {
                    *left.entry(self.role(line)).or_default() += count(line);
                }
                stays
            });
        }
        lines
    }

    fn write(&self, line: Line, options: &RenderOptions, more: &str) -> Written {
        let text = line.shown(self, options.geometry, more);
        Written {
            line,
            price: tokens(&text),
            text,
        }
    }

    fn role(&self, line: &Line) -> String {
        let role = self.node(line.node).map_or("text", |node| &node.role);
        let role = if role == "generic" { "other" } else { role };
        untrusted::line(role, 40)
    }

    /// The page's own lines: title, address, tabs, a dialog.
    pub(super) fn head(&self) -> String {
        let page = self.page();
        let mut out = format!(
            "page {} {}{}\n",
            quote(&page.title, 120),
            untrusted::line(&page.url, 200),
            if page.loading { " (still loading)" } else { "" }
        );
        if let Some(dialog) = &page.dialog {
            out.push_str("dialog ");
            out.push_str(&quote(dialog, 200));
            out.push('\n');
        }
        if page.tabs.len() > 1 {
            out.extend(page.tabs.iter().take(TABS_MAX).map(|tab| {
                let word = if tab.current { " (current)" } else { "" };
                let url = untrusted::line(&tab.url, 120);
                format!("tab {} {url}{word}\n", tab.number)
            }));
            let more = page.tabs.len().saturating_sub(TABS_MAX);
            if more > 0 {
                out.push_str("… ");
                out.push_str(&more.to_string());
                out.push_str(" more tabs\n");
            }
        }
        out
    }

    /// Keeps as many lines as fit from the first on, and says where to go on.
    fn as_far_as_fits(
        &self,
        mut shown: Vec<Written>,
        room: usize,
        left: &mut Left,
    ) -> Vec<Written> {
        let mut spent = 0;
        let end = shown.iter().position(|written| {
            spent += written.price;
            spent > room
        });
        let Some(end) = end else { return shown };
        for written in shown.get(end..).unwrap_or_default() {
            *left.entry(self.role(&written.line)).or_default() += count(&written.line);
        }
        shown.truncate(end);
        let mut refs = shown.iter().rev();
        let last = refs.find_map(|written| self.last_ref(&written.line));
        if let (Some(last), Some(written)) = (last, shown.last_mut()) {
            written.text = format!("{}… go on with --after {last}\n", written.text);
        }
        shown
    }

    fn last_ref(&self, line: &Line) -> Option<Ref> {
        match line.what {
            What::Row => {
                let below = self.subtree(line.node);
                let mut refs = below.iter().rev();
                refs.find_map(|&at| self.node(at)?.r#ref)
            }
            What::Node | What::Text | What::More(_) => self.node(line.node)?.r#ref,
        }
    }

    /// Keeps the lines that tell most, in their order, within the limit; what lies below a heading
    /// or in a region and was left out is counted there.
    fn most_telling(
        &self,
        lines: Vec<Written>,
        (room, options): (usize, &RenderOptions),
        left: &mut Left,
    ) -> Vec<Written> {
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|&at| lines.get(at).map_or(u8::MAX, |w| self.rank(&w.line)));
        let mut kept = vec![false; lines.len()];
        let counts_room = room / COUNTS_SHARE;
        let mut spent = 0;
        for at in order {
            let Some(written) = lines.get(at) else {
                continue;
            };
            if spent + written.price > room - counts_room {
                continue;
            }
            spent += written.price;
            if let Some(kept) = kept.get_mut(at) {
                *kept = true;
            }
        }
        let counted_at = self.anchors(&lines, &kept, counts_room / COUNT_TOKENS, left);
        let mut out = Vec::new();
        for (at, (written, kept)) in lines.into_iter().zip(kept).enumerate() {
            if !kept {
                continue;
            }
            match counted_at.get(&at) {
                Some(counts) => {
                    let more = format!(" … {}", tell(counts));
                    out.push(self.write(written.line, options, &more));
                }
                None => out.push(written),
            }
        }
        out
    }

    /// Counts what was left out under the headings and regions before it; what does not go there
    /// is `left`.
    fn anchors(
        &self,
        lines: &[Written],
        kept: &[bool],
        anchors_max: usize,
        left: &mut Left,
    ) -> HashMap<usize, Left> {
        let mut counts: HashMap<usize, Left> = HashMap::new();
        let mut anchor = None;
        for (at, (written, kept)) in lines.iter().zip(kept).enumerate() {
            if *kept {
                if self.is_anchor(&written.line) {
                    anchor = Some(at);
                }
                continue;
            }
            let counts = match anchor {
                Some(anchor) => counts.entry(anchor).or_default(),
                None => &mut *left,
            };
            *counts.entry(self.role(&written.line)).or_default() += count(&written.line);
        }
        let mut largest: Vec<(usize, usize)> = counts
            .iter()
            .map(|(&at, counts)| (counts.values().sum(), at))
            .collect();
        largest.sort_unstable_by(|a, b| b.cmp(a));
        for (_, at) in largest.into_iter().skip(anchors_max) {
            for (role, count) in counts.remove(&at).into_iter().flatten() {
                *left.entry(role).or_default() += count;
            }
        }
        counts
    }

    fn is_anchor(&self, line: &Line) -> bool {
        let node = self.node(line.node);
        line.what == What::Node
            && node.is_some_and(|node| {
                node.r#ref.is_some()
                    && matches!(
                        node.role.as_str(),
                        "heading"
                            | "navigation"
                            | "contentinfo"
                            | "complementary"
                            | "banner"
                            | "region"
                            | "article"
                            | "table"
                            | "list"
                            | "form"
                            | "dialog"
                    )
            })
    }

    /// Ranks a line: the smaller, the more it tells.
    fn rank(&self, line: &Line) -> u8 {
        let Some(node) = self.node(line.node) else {
            return u8::MAX;
        };
        let state = node.state;
        let away = self.is_away(line.node);
        match node.role.as_str() {
            _ if state.focused => 0,
            "dialog" | "alertdialog" | "alert" => 0,
            "option" => 8,
            _ if matches!(line.what, What::More(_)) => 2,
            _ if state.interactive && !away && !state.covered => 1,
            _ if line.what == What::Row && !away => 1,
            "heading" if !away || node.level.is_some_and(|level| level < 3) => 2,
            "navigation" | "contentinfo" | "complementary" | "banner" | "form" | "table" => 2,
            _ if !away && !state.interactive => 3,
            "heading" => 4,
            "link" => 6,
            _ if state.interactive => 5,
            _ => 7,
        }
    }

    /// Says whether the node, or the nearest one around it that has a place, is out of sight.
    fn is_away(&self, node: usize) -> bool {
        let mut placed = std::iter::once(node)
            .chain(self.ancestors(node))
            .filter_map(|at| self.node(at))
            .filter(|node| node.rect.is_some());
        placed.next().is_some_and(|node| node.state.offscreen)
    }
}

fn price(lines: &[Written]) -> usize {
    lines.iter().map(|written| written.price).sum()
}

/// How many lines of the page it stands for.
fn count(line: &Line) -> usize {
    match line.what {
        What::More(more) => more.count,
        What::Node | What::Text | What::Row => 1,
    }
}

fn tell(left: &Left) -> String {
    let mut counts: Vec<(&String, &usize)> = left.iter().collect();
    counts.sort_by(|a, b| b.1.cmp(a.1));
    let named = counts.iter().take(ROLES_MAX);
    let mut parts: Vec<String> = named
        .map(|(role, count)| format!("{count} {role}"))
        .collect();
    let others: usize = counts
        .iter()
        .skip(ROLES_MAX)
        .map(|(_, count)| **count)
        .sum();
    if others > 0 {
        parts.push(format!("{others} more"));
    }
    parts.join(", ")
}

fn tail(left: &Left, unread: u32) -> String {
    let unread = (unread > 0).then(|| format!("{unread} elements not read"));
    let counts = Some(tell(left)).filter(|counts| !counts.is_empty());
    let parts: Vec<String> = counts.into_iter().chain(unread).collect();
    if parts.is_empty() {
        return String::new();
    }
    format!("left out: {}\n", parts.join(", "))
}

/// Joins as many of `lines` as fit, and counts the rest as `more` of them.
pub(super) fn within(mut lines: Vec<String>, tokens_max: usize, more: &str) -> String {
    let all = lines.len();
    let mut spent = RESERVE;
    let kept = lines.iter().position(|line| {
        spent += tokens(line) + 1;
        spent > tokens_max
    });
    let kept = kept.unwrap_or(all);
    lines.truncate(kept);
    if kept < all {
        lines.push(format!("… {} {more}", all - kept));
    }
    lines.push(String::new());
    cut(lines.join("\n"), tokens_max)
}

/// Returns as much of the beginning of `text` as `tokens_max` allows, with a mark where more
/// follows.
pub fn head(text: &str, tokens_max: usize) -> String {
    cut(text.to_owned(), tokens_max).trim_end().to_owned()
}

/// Ends a text that was cut.
const CUT_MARK: &str = "…\n";

/// Keeps the limit even where one line alone breaks it.
fn cut(text: String, tokens_max: usize) -> String {
    if tokens(&text) <= tokens_max {
        return text;
    }
    let mut fits = 0;
    let mut out = String::new();
    // Halved rather than counted: what a text costs is known only as a whole.
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let mut beyond = ends.len();
    while fits < beyond {
        let middle = usize::midpoint(fits, beyond);
        let end = ends.get(middle).copied().unwrap_or(text.len());
        let part = text.get(..end).unwrap_or_default();
        if tokens(part) + tokens(CUT_MARK) <= tokens_max {
            fits = middle + 1;
            part.clone_into(&mut out);
        } else {
            beyond = middle;
        }
    }
    if tokens_max > tokens(CUT_MARK) {
        out.push_str(CUT_MARK);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{NodeState, RawNode, RawPage, TabInfo};
    use proptest::prelude::*;

    fn node(parent: Option<u32>, role: &str, name: &str) -> RawNode {
        RawNode {
            parent,
            role: role.to_owned(),
            name: name.to_owned(),
            ..RawNode::default()
        }
    }

    fn button(parent: Option<u32>, name: &str, number: u32) -> RawNode {
        RawNode {
            r#ref: Some(Ref(number)),
            state: NodeState {
                interactive: true,
                ..NodeState::default()
            },
            ..node(parent, "button", name)
        }
    }

    fn page(nodes: Vec<RawNode>) -> Snapshot {
        Snapshot::new(RawPage {
            url: "https://example.org/shop".to_owned(),
            title: "Shop".to_owned(),
            nodes,
            ..RawPage::default()
        })
    }

    #[test]
    fn each_node_is_one_line_and_plain_containers_fold_away() {
        let mut heading = node(Some(0), "heading", "Books");
        heading.level = Some(2);
        let mut link = button(Some(2), "More", 7);
        link.role = "link".to_owned();
        link.url = Some("https://example.org/more".to_owned());
        let mut field = button(Some(0), "Name \"x\"", 8);
        field.role = "textbox".to_owned();
        field.value = Some("Ada".to_owned());
        field.state.required = true;
        let mut send = button(Some(0), "Send", 9);
        send.submits = Some("POST https://example.org/buy".to_owned());
        send.state.disabled = true;
        let snapshot = page(vec![
            node(None, "main", ""),
            heading,
            node(Some(0), "generic", ""),
            link,
            node(Some(3), "text", "More"),
            node(Some(2), "text", "Some\u{202e} text"),
            field,
            send,
            node(Some(0), "row", ""),
            node(Some(8), "cell", ""),
            node(Some(9), "text", "a"),
            node(Some(8), "cell", ""),
            node(Some(11), "text", "b"),
        ]);
        insta::assert_snapshot!(snapshot.render(&RenderOptions::default()), @r#"
        page "Shop" https://example.org/shop
        heading2 "Books"
        link e7 "More" -> /more
        "Some text"
        textbox e8 "Name \"x\"" = "Ada" required
        button e9 "Send" disabled sends POST /buy
        row "a | b"
        "#);
    }

    fn nested() -> Snapshot {
        page(vec![
            node(None, "main", ""),
            node(Some(0), "heading", "Books"),
            button(Some(0), "Top", 1),
            RawNode {
                r#ref: Some(Ref(2)),
                ..node(Some(0), "form", "Order")
            },
            node(Some(3), "text", "How many"),
            button(Some(3), "Buy", 3),
        ])
    }

    #[test]
    fn a_scope_a_depth_or_what_can_be_worked_is_shown_alone() {
        let show = |options: RenderOptions| nested().render(&options);
        let all = RenderOptions::default();
        let scope = Some(Ref(2));
        insta::assert_snapshot!(show(RenderOptions { scope, ..all }), @r#"
        page "Shop" https://example.org/shop
        form e2 "Order"
         "How many"
         button e3 "Buy"
        "#);
        insta::assert_snapshot!(show(RenderOptions { depth_max: Some(2), ..all }), @r#"
        page "Shop" https://example.org/shop
        heading "Books"
        button e1 "Top"
        form e2 "Order"
         "How many"
         button e3 "Buy"
        "#);
        insta::assert_snapshot!(show(RenderOptions { interactive: true, ..all }), @r#"
        page "Shop" https://example.org/shop
        button e1 "Top"
        button e3 "Buy"
        "#);
        let nowhere = Some(Ref(99));
        insta::assert_snapshot!(show(RenderOptions { scope: nowhere, ..all }), @r#"
        page "Shop" https://example.org/shop
        "#);
    }

    #[test]
    fn named_nodes_are_shown_alone_and_counted_beyond_the_limit() {
        let names = [Ref(3), Ref(2), Ref(77)];
        insta::assert_snapshot!(nested().show(&names, 200), @r#"
        button e3 "Buy"
        form e2 "Order"
        "#);
        insta::assert_snapshot!(nested().show(&names, RESERVE + 13), @r#"
        button e3 "Buy"
        … 1 more
        "#);
    }

    #[test]
    fn long_lists_of_options_are_counted_and_the_chosen_one_is_shown() {
        let mut nodes = vec![button(None, "Year", 1)];
        for year in 0..16 {
            let mut option = node(Some(0), "option", &format!("{}", 1990 + year));
            option.state.selected = year == 14;
            nodes.push(option);
        }
        let text = page(nodes).render(&RenderOptions::default());
        insta::assert_snapshot!(text, @r#"
        page "Shop" https://example.org/shop
        button e1 "Year"
         option "1990"
         option "1991"
         option "1992"
         option "1993"
         option "1994"
         option "1995"
         option "1996"
         option "1997"
         option "1998"
         option "1999"
         option "2000"
         option "2001"
         … 2 more like these (expand e1)
         option "2004" selected
         … 1 more like these (expand e1)
        "#);
    }

    #[test]
    fn what_does_not_fit_is_counted_and_what_can_be_worked_stays() {
        let mut nodes: Vec<RawNode> = (0..400)
            .map(|n| node(None, "text", &format!("a long line of text number {n}")))
            .collect();
        nodes.push(button(None, "Buy", 5));
        let options = RenderOptions {
            tokens_max: 600,
            ..RenderOptions::default()
        };
        let text = page(nodes).render(&options);
        assert!(tokens(&text) <= 600, "{}", tokens(&text));
        assert!(text.contains("button e5 \"Buy\""));
        let shown = text.matches("a long line").count();
        assert!(
            text.ends_with(&format!("left out: {} text\n", 400 - shown)),
            "{text}"
        );
    }

    #[test]
    fn tabs_and_a_page_that_loads_are_told() {
        let tab = |number, current| TabInfo {
            number,
            url: format!("https://example.org/{number}"),
            current,
        };
        let snapshot = Snapshot::new(RawPage {
            loading: true,
            left_out: 3,
            tabs: vec![tab(1, false), tab(2, true)],
            ..RawPage::default()
        });
        insta::assert_snapshot!(snapshot.render(&RenderOptions::default()), @r#"
        page ""  (still loading)
        tab 1 https://example.org/1
        tab 2 https://example.org/2 (current)
        left out: 3 elements not read
        "#);
    }

    /// A list of `count` rows like a shop's, each with a link and a button.
    fn list(count: u32) -> Snapshot {
        let mut nodes = vec![RawNode {
            r#ref: Some(Ref(1)),
            ..node(None, "list", "")
        }];
        for n in 0..count {
            let row = u32::try_from(nodes.len()).unwrap();
            nodes.push(node(Some(0), "generic", ""));
            nodes.push(node(Some(row), "heading", &format!("Item {n}")));
            nodes.push(node(Some(row + 1), "text", &format!("Item {n}")));
            nodes.push(node(Some(row), "text", &format!("{n} EUR")));
            nodes.push(button(Some(row), "Add", 10 + n));
        }
        page(nodes)
    }

    #[test]
    fn rows_are_one_line_each_whatever_they_are_made_of_and_long_lists_are_counted() {
        let all = RenderOptions::default();
        let text = list(40).render(&all);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + 20 + 1, "{text}");
        assert_eq!(
            lines[1],
            r#"item heading "Item 0" "0 EUR" button e10 "Add""#
        );
        assert_eq!(lines[21], "… 20 more like these (expand e1 --after e29)");
        let more = RenderOptions {
            whole: true,
            scope: Some(Ref(1)),
            after: Some(Ref(29)),
            ..all
        };
        let text = list(40).render(&more);
        assert_eq!(text.lines().count(), 1 + 20, "{text}");
        assert!(
            text.contains("\"20 EUR\"") && !text.contains("\"19 EUR\""),
            "{text}"
        );
    }

    #[test]
    fn what_is_expanded_goes_on_where_it_was_cut() {
        let mut options = RenderOptions {
            whole: true,
            scope: Some(Ref(1)),
            tokens_max: 400,
            ..RenderOptions::default()
        };
        let (mut rows, mut looks) = (0, 0);
        loop {
            let text = list(60).render(&options);
            assert!(tokens(&text) <= 400, "{text}");
            rows += text.matches("EUR").count();
            looks += 1;
            let next = text
                .lines()
                .find_map(|line| line.strip_prefix("… go on with --after "));
            let Some(next) = next else { break };
            options.after = Some(next.parse().unwrap());
        }
        assert_eq!(rows, 60);
        assert!(looks > 2, "{looks}");
    }

    #[test]
    fn headings_tell_what_was_left_out_below_them_and_are_expanded() {
        let mut nodes = Vec::new();
        for part in 0..3 {
            nodes.push(RawNode {
                r#ref: Some(Ref(1 + part)),
                level: Some(2),
                ..node(None, "heading", &format!("Part {part}"))
            });
            for n in 0..30 {
                nodes.push(node(
                    None,
                    "text",
                    &format!("{part}.{n}: what this part says"),
                ));
            }
        }
        let options = RenderOptions {
            tokens_max: 500,
            ..RenderOptions::default()
        };
        let text = page(nodes.clone()).render(&options);
        assert!(
            text.contains("heading2 e3 \"Part 2\" … 30 text\n"),
            "{text}"
        );
        let part = RenderOptions {
            scope: Some(Ref(2)),
            tokens_max: 4_000,
            ..options
        };
        let text = page(nodes).render(&part);
        assert!(
            text.contains("\"1.0: what") && text.contains("\"1.29: what"),
            "{text}"
        );
        assert!(!text.contains("2.0") && !text.contains("0.29"), "{text}");
    }

    #[test]
    fn a_native_list_is_one_line_and_a_label_beside_its_field_is_told_once() {
        let mut list = button(None, "Size", 2);
        list.role = "combobox".to_owned();
        list.value = Some("Small".to_owned());
        let option = |name: &str, disabled| RawNode {
            value: Some(name.to_lowercase()),
            state: NodeState {
                disabled,
                ..NodeState::default()
            },
            ..node(Some(1), "option", name)
        };
        let mut place = button(None, "Place", 3);
        place.rect = Some(crate::action::Rect {
            x: 8.0,
            y: 20.0,
            width: 60.0,
            height: 21.0,
        });
        let snapshot = page(vec![
            node(None, "text", "Size:"),
            list,
            option("Small", false),
            option("Large", true),
            place,
        ]);
        let options = RenderOptions {
            geometry: true,
            ..RenderOptions::default()
        };
        insta::assert_snapshot!(snapshot.render(&options), @r#"
        page "Shop" https://example.org/shop
        combobox e2 "Size" = "Small" of "Small", "Large" disabled
        button e3 "Place" @8,20 60x21
        "#);
    }

    proptest! {
        #[test]
        fn the_limit_is_kept_whatever_the_page(
            names in proptest::collection::vec(".{0,80}", 0..60),
            parents in proptest::collection::vec(proptest::option::of(0u32..70), 60),
            tokens_max in 0usize..600,
        ) {
            let roles = ["text", "button", "listitem", "row", "generic", "option", "heading"];
            let nodes: Vec<RawNode> = names.iter().zip(&parents).enumerate().map(|(at, (name, parent))| {
                node(*parent, roles[at % roles.len()], name)
            }).collect();
            let text = page(nodes).render(&RenderOptions { tokens_max, ..RenderOptions::default() });
            prop_assert!(tokens(&text) <= tokens_max.max(1), "{} of {}", tokens(&text), tokens_max);
            let bad = |c: char| c.is_control() && c != '\n';
            prop_assert!(!text.contains(bad));
        }
    }
}
