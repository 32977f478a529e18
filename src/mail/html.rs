//! HTML of a mail to the text a reader would see. Text that is hidden goes elsewhere, so that it
//! can never pass for something the user was shown. Never fetches anything, never runs anything.

use ego_tree::iter::Edge;
use scraper::node::Element;
use scraper::{Html, Node};

use super::lines::Lines;
use super::style::{Look, Sheet};
use crate::action::Link;
use crate::untrusted;

/// HTML beyond this is left out; web mail clips at about 100 kB.
const HTML_BYTES_MAX: usize = 384 * 1024;
/// Open elements beyond which a parser's work grows with the square of the input.
const DEPTH_MAX: usize = 512;
/// Open formatting elements (`<b>`, `<font>`), which a parser repeats in every later paragraph.
const FORMATTING_MAX: usize = 24;
/// Links kept of one message.
const LINKS_MAX: usize = 500;
/// Longest link text and address kept, in characters.
const LINK_TEXT_MAX: usize = 200;
const URL_MAX: usize = 2_000;

/// What became of the HTML.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rendered {
    /// What a reader sees.
    pub(super) text: String,
    /// What the HTML hides.
    pub(super) hidden: String,
    /// Where the visible links go.
    pub(super) links: Vec<Link>,
    /// What was left out, one sentence each.
    pub(super) notes: Vec<String>,
}

/// Reduces `html` to its visible text.
pub(super) fn render(html: &str) -> Rendered {
    let cut = floor(html, HTML_BYTES_MAX);
    let mut notes = Vec::new();
    if cut.len() < html.len() {
        notes.push("its HTML is long: only the first part was read".to_owned());
    }
    if is_bomb(cut) {
        notes.push("its HTML is nested too deep: only bare text was taken".to_owned());
        return Rendered {
            text: untrusted::block(&bare(cut)),
            notes,
            ..Rendered::default()
        };
    }
    let document = Html::parse_document(cut);
    let mut sheet = Sheet::default();
    for node in document.tree.nodes() {
        let is_style = node
            .value()
            .as_element()
            .is_some_and(|e| e.name() == "style");
        for child in node.children().filter(|_| is_style) {
            if let Node::Text(css) = child.value() {
                sheet.add(css);
            }
        }
    }
    let mut walk = Walk::new(&sheet);
    for edge in document.tree.root().traverse() {
        match edge {
            Edge::Open(node) => walk.open(node.value()),
            Edge::Close(node) => walk.close(node.value()),
        }
    }
    let mut rendered = walk.finish();
    rendered.notes.append(&mut notes);
    rendered
}

/// Returns the longest start of `text` that is at most `bytes_max` long.
pub(super) fn floor(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max))
        .unwrap_or(text)
}

struct Walk<'a> {
    sheet: &'a Sheet,
    looks: Vec<Look>,
    lines: Lines,
    hidden: String,
    links: Vec<Link>,
    link: Option<Link>,
    lists: Vec<Option<u32>>,
    pre: usize,
}

impl<'a> Walk<'a> {
    fn new(sheet: &'a Sheet) -> Self {
        Self {
            sheet,
            looks: vec![Look::plain()],
            lines: Lines::default(),
            hidden: String::new(),
            links: Vec::new(),
            link: None,
            lists: Vec::new(),
            pre: 0,
        }
    }

    fn look(&self) -> Look {
        self.looks.last().copied().unwrap_or_else(Look::plain)
    }

    fn open(&mut self, node: &Node) {
        match node {
            Node::Text(text) => self.text(text),
            Node::Element(element) => self.open_element(element),
            Node::Document
            | Node::Fragment
            | Node::Doctype(_)
            | Node::Comment(_)
            | Node::ProcessingInstruction(_) => {}
        }
    }

    fn open_element(&mut self, element: &Element) {
        let mut look = self.look().inside(element, self.sheet);
        look.mute |= is_mute(element.name());
        self.looks.push(look);
        if look.gone || look.mute {
            return;
        }
        match element.name() {
            "br" => self.lines.end(),
            "hr" => self.rule(),
            "li" => self.item(),
            "ul" => self.lists.push(None),
            "ol" => self.lists.push(Some(0)),
            "td" | "th" => self.lines.cell = true,
            "tr" => self.lines.row(),
            "blockquote" => self.lines.quote(|depth| depth + 1),
            "pre" | "textarea" => {
                self.lines.end();
                self.pre += 1;
            }
            "img" => self.picture(element),
            "a" => self.open_link(element),
            name if is_paragraph(name) => self.lines.gap(),
            name if is_block(name) => self.lines.end(),
            _ => {}
        }
    }

    fn close(&mut self, node: &Node) {
        let Some(element) = node.as_element() else {
            return;
        };
        let look = self.looks.pop().unwrap_or_else(Look::plain);
        if look.gone || look.mute {
            return;
        }
        match element.name() {
            "ul" | "ol" => {
                self.lists.pop();
                self.lines.end();
            }
            "blockquote" => self.lines.quote(|depth| depth.saturating_sub(1)),
            "pre" | "textarea" => {
                self.lines.end();
                self.pre = self.pre.saturating_sub(1);
            }
            "a" => self.close_link(),
            name if is_paragraph(name) => self.lines.gap(),
            name if is_block(name) || name == "li" || name == "tr" => self.lines.end(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let look = self.look();
        if look.mute {
            return;
        }
        if look.hides_text() {
            push_words(&mut self.hidden, text);
            return;
        }
        if let Some(link) = &mut self.link {
            push_words(&mut link.text, text);
        }
        if self.pre == 0 {
            return self.lines.words(text);
        }
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                self.lines.end();
            }
            self.lines.line.push_str(line.trim_end_matches('\r'));
        }
    }

    fn rule(&mut self) {
        self.lines.end();
        self.lines.words("________________________________");
        self.lines.end();
    }

    fn item(&mut self) {
        self.lines.end();
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                format!("{number}. ")
            }
            Some(None) | None => "- ".to_owned(),
        };
        self.lines.line.push_str(&mark);
    }

    fn picture(&mut self, element: &Element) {
        let pixel = |name| matches!(element.attr(name), Some("0" | "1"));
        if !(pixel("width") || pixel("height")) {
            self.text(element.attr("alt").unwrap_or_default());
        }
    }

    fn open_link(&mut self, element: &Element) {
        self.close_link();
        let url = untrusted::line(element.attr("href").unwrap_or_default(), URL_MAX);
        let runs = url.trim_start().to_ascii_lowercase();
        let foreign = ["javascript:", "data:", "vbscript:", "#"];
        if !url.is_empty() && !foreign.iter().any(|scheme| runs.starts_with(scheme)) {
            let text = String::new();
            self.link = Some(Link { text, url });
        }
    }

    fn close_link(&mut self) {
        if let Some(mut link) = self.link.take()
            && self.links.len() < LINKS_MAX
            && !self.look().hides_text()
        {
            link.text = untrusted::line(&link.text, LINK_TEXT_MAX);
            self.links.push(link);
        }
    }

    fn finish(mut self) -> Rendered {
        self.close_link();
        Rendered {
            text: untrusted::block(&self.lines.finish()),
            hidden: untrusted::block(self.hidden.trim()),
            links: self.links,
            notes: Vec::new(),
        }
    }
}

fn push_words(out: &mut String, text: &str) {
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
}

/// Says whether what lies in such an element is no text at all.
fn is_mute(name: &str) -> bool {
    [
        "script", "style", "head", "title", "noscript", "template", "iframe", "object", "svg",
    ]
    .contains(&name)
}

fn is_paragraph(name: &str) -> bool {
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "table"].contains(&name)
}

fn is_block(name: &str) -> bool {
    [
        "div", "section", "article", "header", "footer", "main", "address", "center", "dl", "dt",
        "dd", "form", "fieldset", "body", "caption", "figure",
    ]
    .contains(&name)
}

/// Says whether parsing `html` could take far more time or memory than it is long.
fn is_bomb(html: &str) -> bool {
    const FORMATTING: [&str; 14] = [
        "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt",
        "u",
    ];
    const NEVER_OPEN: [&str; 24] = [
        "br", "img", "hr", "meta", "link", "input", "p", "li", "td", "tr", "th", "dt", "dd",
        "option", "col", "area", "base", "wbr", "tbody", "thead", "html", "head", "body",
        "!doctype",
    ];
    let (mut depth, mut formatting) = (0_usize, 0_usize);
    for tag in html.split('<').skip(1) {
        let (closes, tag) = tag
            .strip_prefix('/')
            .map_or((false, tag), |rest| (true, rest));
        let name = tag
            .split(|c: char| c.is_whitespace() || c == '>' || c == '/')
            .next();
        let name = floor(name.unwrap_or_default(), 20).to_ascii_lowercase();
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !starts || NEVER_OPEN.contains(&name.as_str()) {
            continue;
        }
        let count = if FORMATTING.contains(&name.as_str()) {
            &mut formatting
        } else {
            &mut depth
        };
        *count = if closes {
            count.saturating_sub(1)
        } else {
            *count + 1
        };
        if depth > DEPTH_MAX || formatting > FORMATTING_MAX {
            return true;
        }
    }
    false
}

/// Takes the text between the tags, for HTML that is not worth a parser.
fn bare(html: &str) -> String {
    let mut out = String::new();
    for piece in html.split('<') {
        let text = piece.split_once('>').map_or("", |(_, text)| text);
        push_words(&mut out, text);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        render(html).text
    }

    #[test]
    fn blocks_become_lines_and_rows_become_one() {
        let table = "<table><tr><td>Item</td><td>Price</td></tr><tr><td>Tea</td><td>3</td></tr>";
        let cases = [
            ("<p>a  b</p><p>c</p>", "a b\n\nc"),
            ("one<br>two<div>three</div>four", "one\ntwo\nthree\nfour"),
            ("<ul><li>x<li>y</ul><ol><li>z</ol>", "- x\n- y\n1. z"),
            (table, "Item | Price\nTea | 3"),
            (
                "a<blockquote>b<blockquote>c</blockquote></blockquote>d",
                "a\n> b\n>> c\nd",
            ),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("a&nbsp;&euro;5 <b>bo</b>ld", "a €5 bold"),
            (
                "<head><title>t</title></head><script>x</script>y<!-- z -->",
                "y",
            ),
        ];
        for (html, expected) in cases {
            assert_eq!(text(html), expected, "{html}");
        }
    }

    #[test]
    fn text_that_no_reader_sees_is_kept_apart() {
        for hide in [
            "<i style='display: none !important'>X</i>",
            "<i style='VISIBILITY:hidden'>X</i>",
            "<i hidden>X</i>",
            "<i style='font-size:0'>X</i>",
            "<i style='font-size:1px'>X</i>",
            "<i style='opacity:0.0'>X</i>",
            "<i style='color:#fff'>X</i>",
            "<font color=white>X</font>",
            "<div style='background:#000'><i style='color:#010101'>X</i></div>",
            "<i style='position:absolute;left:-9999px'>X</i>",
            "<div style='max-height:0;overflow:hidden'>X</div>",
            "<style>.q{display:none}</style><i class='q'>X</i>",
            "<style>p{color:red} i.q , b{ font-size:0px }</style><i class='a q'>X</i>",
        ] {
            let rendered = render(&format!("see {hide} me"));
            assert_eq!(rendered.hidden, "X", "{hide}");
            assert!(!rendered.text.contains('X'), "{hide}");
        }
    }

    #[test]
    fn light_text_on_a_dark_or_pictured_ground_is_visible() {
        for shown in [
            "<td bgcolor='#003366'><font color='#ffffff'>X</font></td>",
            "<div style='background:url(a.png)'><b style='color:white'>X</b></div>",
            "<div style='font-size:0'><span style='font-size:14px'>X</span></div>",
            "<style>@media print{.q{display:none}} .r{color:red}</style><i class='q r'>X</i>",
        ] {
            assert_eq!(
                render(&format!("<table><tr>{shown}</table>")).hidden,
                "",
                "{shown}"
            );
        }
    }

    #[test]
    fn links_show_their_text_and_their_target() {
        let html = "<a href='http://evil.test/x'>https://bank.test</a><a href='javascript:1'>j</a>\
            <a href='https://a.test'><img alt='Logo' src=x></a><a style='display:none' href=x>h</a>";
        let link = |text: &str, url: &str| Link {
            text: text.to_owned(),
            url: url.to_owned(),
        };
        let expected = vec![
            link("https://bank.test", "http://evil.test/x"),
            link("Logo", "https://a.test"),
        ];
        assert_eq!(render(html).links, expected);
    }

    #[test]
    fn nesting_bombs_are_read_without_a_parser() {
        for html in [
            "<div>".repeat(100_000) + "deep",
            "<b id=1><b id=2><b id=3>".repeat(300) + &"<p>x".repeat(50_000),
        ] {
            let rendered = render(&html);
            assert_eq!(
                rendered.notes.len(),
                1 + usize::from(html.len() > HTML_BYTES_MAX)
            );
        }
    }

    /// Rules named again and again once took time with their number for every element: a test that
    /// hangs here has lost that mend.
    #[test]
    fn a_class_with_thousands_of_rules_costs_no_more_than_one_with_few() {
        let rules = ".a{color:red;color:blue}".repeat(5_000);
        let html = format!("<style>{rules}</style>") + &"<p class='a a a a'>x".repeat(8_000);
        assert!(render(&html).text.starts_with("x\n\nx"));
    }
}
