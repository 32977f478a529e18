//! The page as text within a hard limit of tokens; what does not fit is counted, never hidden.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Snapshot;
use super::line::{Line, line, lines, quote};
use crate::action::Ref;
use crate::untrusted;

/// Bytes per token, times ten. Measured on snapshots with the `o200k` tokens: 2.9 to 3.2 bytes
/// each; 2.8 stays on the safe side.
const BYTES_PER_TEN_TOKENS: usize = 28;
/// Tokens kept for the last line, which counts what was left out.
const RESERVE: usize = 60;
/// Options of one list that are shown.
const OPTIONS_MAX: usize = 12;
/// Siblings of one role shown when the page does not fit, tried in turn until it does.
const SIBLINGS_MAX: [usize; 4] = [80, 40, 20, 12];
/// Tabs named at the top.
const TABS_MAX: usize = 12;

/// How to render a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderOptions {
    /// Most tokens of the result, by [`tokens`]; it is always kept.
    pub tokens_max: usize,
    /// Shows only what can be worked.
    pub interactive: bool,
    /// Most levels shown; those below are counted.
    pub depth_max: Option<usize>,
    /// Shows only what lies in this node; a ref that is not there shows nothing.
    pub scope: Option<Ref>,
}

impl Default for RenderOptions {
    /// 4,000 tokens: the whole of most pages, and a twentieth of a small model's window.
    fn default() -> Self {
        Self {
            tokens_max: 4_000,
            interactive: false,
            depth_max: None,
            scope: None,
        }
    }
}

/// Estimates how many tokens a model makes of `text`, rather too many than too few.
pub fn tokens(text: &str) -> usize {
    (text.len() * 10).div_ceil(BYTES_PER_TEN_TOKENS)
}

/// Lines that were left out, by role.
type Left = BTreeMap<String, usize>;

impl Snapshot {
    /// Renders the page, one line per node, in at most the given number of tokens.
    ///
    /// What can be worked now comes first, then headings and visible text, then what lies off
    /// screen; order on the page is kept. The last line counts what was left out.
    pub fn render(&self, options: &RenderOptions) -> String {
        let mut left = Left::new();
        let chosen = self.chosen(options, &mut left);
        let mut lines = fold_siblings(self, chosen, OPTIONS_MAX, |role| role == "option");
        let head = self.head();
        for siblings_max in SIBLINGS_MAX {
            if cost(&head, &lines) > options.tokens_max {
                lines = fold_siblings(self, lines, siblings_max, |role| role != "option");
            }
        }
        if cost(&head, &lines) > options.tokens_max {
            lines = self.most_telling(lines, options.tokens_max, &mut left);
        }
        let mut out = head;
        for line in &lines {
            out.push_str(&line.shown());
        }
        out.push_str(&tail(&left, self.page().left_out));
        cut(out, options.tokens_max)
    }

    /// Returns the lines that the options ask for; what lies too deep is counted.
    fn chosen(&self, options: &RenderOptions, left: &mut Left) -> Vec<Line> {
        let mut lines = lines(self);
        if let Some(name) = options.scope {
            let inside: HashSet<usize> = self
                .index_of(name)
                .map(|at| self.subtree(at).into_iter().collect())
                .unwrap_or_default();
            lines.retain(|line| inside.contains(&line.node));
            let outer = lines.iter().map(|line| line.depth).min().unwrap_or(0);
            for line in &mut lines {
                line.depth -= outer;
            }
        }
        if options.interactive {
            lines.retain(|line| self.node(line.node).is_some_and(|n| n.state.interactive));
        }
        if let Some(depth_max) = options.depth_max {
            lines.retain(|line| {
                let stays = line.depth < depth_max;
                if !stays {
                    *left.entry(self.role(line)).or_default() += 1;
                }
                stays
            });
        }
        lines
    }

    fn role(&self, line: &Line) -> String {
        let role = self.node(line.node).map_or("text", |node| &node.role);
        untrusted::line(role, 40)
    }

    /// Renders the lines of the named nodes alone, in the order given, within `tokens_max`.
    pub fn show(&self, names: &[Ref], tokens_max: usize) -> String {
        let own: HashMap<usize, Line> = lines(self)
            .into_iter()
            .map(|line| (line.node, line))
            .collect();
        let shown: Vec<String> = names
            .iter()
            .filter_map(|&name| {
                let at = self.index_of(name)?;
                let text = match own.get(&at) {
                    Some(line) => line.text.clone(),
                    None => line(self, at, self.node(at)?),
                };
                // Folded rows and headings have no ref in their line; who looks for them wants it.
                let mark = format!("[{name}]");
                let has_ref = text.contains(&mark);
                Some(if has_ref {
                    text
                } else {
                    format!("{text} {mark}")
                })
            })
            .collect();
        within(shown, tokens_max, "more")
    }

    /// The page's own lines: title, address, tabs, a dialog.
    fn head(&self) -> String {
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
        }
        out
    }

    /// Keeps the lines that tell most, in their order, within the limit.
    fn most_telling(&self, lines: Vec<Line>, tokens_max: usize, left: &mut Left) -> Vec<Line> {
        let room = tokens_max.saturating_sub(tokens(&self.head()) + RESERVE);
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|&at| lines.get(at).map_or(u8::MAX, |line| self.rank(line)));
        let mut kept = vec![false; lines.len()];
        let mut spent = 0;
        for at in order {
            let Some(line) = lines.get(at) else { continue };
            let price = tokens(&line.shown());
            if spent + price > room {
                continue;
            }
            spent += price;
            if let Some(kept) = kept.get_mut(at) {
                *kept = true;
            }
        }
        let mut out = Vec::new();
        for (line, kept) in lines.into_iter().zip(kept) {
            if kept {
                out.push(line);
            } else {
                *left.entry(self.role(&line)).or_default() += 1;
            }
        }
        out
    }

    /// Ranks a line: the smaller, the more it tells.
    fn rank(&self, line: &Line) -> u8 {
        let Some(node) = self.node(line.node) else {
            return u8::MAX;
        };
        let state = node.state;
        match node.role.as_str() {
            _ if state.focused => 0,
            "dialog" | "alertdialog" | "alert" => 0,
            "option" => 5,
            _ if state.interactive && !state.offscreen && !state.covered => 1,
            "heading" => 2,
            _ if state.interactive => 4,
            _ => 3,
        }
    }
}

fn cost(head: &str, lines: &[Line]) -> usize {
    let bytes: usize = lines.iter().map(|line| line.shown().len()).sum();
    ((head.len() + bytes) * 10).div_ceil(BYTES_PER_TEN_TOKENS) + RESERVE
}

/// Folds long runs of siblings of one role that `is_folded`: the first stay, the rest is counted.
/// What is chosen or has the focus stays too.
fn fold_siblings(
    snapshot: &Snapshot,
    lines: Vec<Line>,
    siblings_max: usize,
    is_folded: impl Fn(&str) -> bool,
) -> Vec<Line> {
    let mut counts: BTreeMap<(Option<usize>, &str), usize> = BTreeMap::new();
    let mut hidden = vec![false; snapshot.nodes().len()];
    let mut first_hidden: BTreeMap<usize, (Option<usize>, &str)> = BTreeMap::new();
    for (index, node) in snapshot.nodes().iter().enumerate() {
        let parent = snapshot.parent(index);
        let is_below = parent
            .and_then(|at| hidden.get(at))
            .copied()
            .unwrap_or_default();
        let stays = node.state.selected || node.state.focused || node.state.checked;
        let mut hides = is_below;
        if !is_below && is_folded(&node.role) && node.role != "text" {
            let key = (parent, node.role.as_str());
            let count = counts.entry(key).or_default();
            *count += 1;
            if *count > siblings_max && !stays {
                hides = true;
                first_hidden.entry(index).or_insert(key);
            }
        }
        if let Some(hidden) = hidden.get_mut(index) {
            *hidden = hides;
        }
    }
    let mut folded: BTreeMap<(Option<usize>, &str), usize> = BTreeMap::new();
    for key in first_hidden.values() {
        *folded.entry(*key).or_default() += 1;
    }
    let mut out = Vec::new();
    for line in lines {
        if !hidden.get(line.node).copied().unwrap_or_default() {
            out.push(line);
            continue;
        }
        // The first line of a hidden run tells how many there are.
        let key = ancestors_and_self(snapshot, line.node).find_map(|at| first_hidden.get(&at));
        if let Some((key, count)) = key.and_then(|key| folded.remove(key).map(|n| (key, n))) {
            out.push(Line {
                text: format!("… {count} more {}", untrusted::line(key.1, 40)),
                ..line
            });
        }
    }
    out
}

fn ancestors_and_self(snapshot: &Snapshot, node: usize) -> impl Iterator<Item = usize> + '_ {
    std::iter::once(node).chain(snapshot.ancestors(node))
}

fn tail(left: &Left, unread: u32) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut counts: Vec<(&String, &usize)> = left.iter().collect();
    counts.sort_by(|a, b| b.1.cmp(a.1));
    let others: usize = counts.iter().skip(6).map(|(_, count)| **count).sum();
    parts.extend(
        counts
            .iter()
            .take(6)
            .map(|(role, count)| format!("{count} {role}")),
    );
    if others > 0 {
        parts.push(format!("{others} other"));
    }
    if unread > 0 {
        parts.push(format!("{unread} elements not read"));
    }
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

/// Ends a text that was cut.
const CUT_MARK: &str = "…\n";

/// Keeps the limit even where one line alone breaks it.
fn cut(text: String, tokens_max: usize) -> String {
    if tokens(&text) <= tokens_max {
        return text;
    }
    let bytes_max = (tokens_max * BYTES_PER_TEN_TOKENS / 10).saturating_sub(CUT_MARK.len());
    let mut out = String::new();
    for c in text.chars() {
        if out.len() + c.len_utf8() > bytes_max {
            break;
        }
        out.push(c);
    }
    if tokens_max > 1 {
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
        - main
          - heading2 "Books"
          - link "More" [e7] -> /more
          - text "Some text"
          - textbox "Name \"x\"" [e8] = "Ada" required
          - button "Send" [e9] disabled sends POST https://example.org/buy
          - row "a | b"
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
        - form "Order" [e2]
          - text "How many"
          - button "Buy" [e3]
        "#);
        insta::assert_snapshot!(show(RenderOptions { depth_max: Some(2), ..all }), @r#"
        page "Shop" https://example.org/shop
        - main
          - heading "Books"
          - button "Top" [e1]
          - form "Order" [e2]
        left out: 1 button, 1 text
        "#);
        insta::assert_snapshot!(show(RenderOptions { interactive: true, ..all }), @r#"
        page "Shop" https://example.org/shop
          - button "Top" [e1]
            - button "Buy" [e3]
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
        button "Buy" [e3]
        form "Order" [e2]
        "#);
        insta::assert_snapshot!(nested().show(&names, RESERVE + 8), @r#"
        button "Buy" [e3]
        … 1 more
        "#);
    }

    #[test]
    fn long_lists_of_options_are_counted_and_the_chosen_one_is_shown() {
        let mut nodes = vec![button(None, "Year", 1)];
        for year in 0..60 {
            let mut option = node(Some(0), "option", &format!("{}", 1990 + year));
            option.state.selected = year == 50;
            nodes.push(option);
        }
        let text = page(nodes).render(&RenderOptions::default());
        assert!(text.contains("- … 47 more option\n"), "{text}");
        assert!(text.contains("option \"2040\" selected"), "{text}");
        assert_eq!(text.lines().count(), 1 + 1 + 12 + 1 + 1);
    }

    #[test]
    fn what_does_not_fit_is_counted_and_what_can_be_worked_stays() {
        let mut nodes: Vec<RawNode> = (0..400)
            .map(|n| node(None, "text", &format!("a long line of text number {n}")))
            .collect();
        nodes.push(button(None, "Buy", 5));
        let options = RenderOptions {
            tokens_max: 300,
            ..RenderOptions::default()
        };
        let text = page(nodes).render(&options);
        assert!(tokens(&text) <= 300, "{}", tokens(&text));
        assert!(text.contains("button \"Buy\" [e5]"));
        let shown = text.matches("- text").count();
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
