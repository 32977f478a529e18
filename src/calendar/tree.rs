//! The components of an iCalendar file as a lossless tree (RFC 5545 section 3.4).
//!
//! Keeps unknown components and properties, their order and their bytes: writing an untouched tree
//! gives the very bytes it was read from. Bad lines stay in place and become notes; the rest lives.

use std::fmt;

use super::lines::{self, Line, Property};

/// Deepest nesting of components; RFC 5545 needs 3, the rest is kept as plain lines.
const DEPTH_MAX: usize = 16;
/// Most notes kept about one file; what follows is more of the same.
const NOTES_MAX: usize = 50;
/// Longest part of a bad line quoted in a note, in characters.
const QUOTE_CHARS_MAX: usize = 40;
/// Longest stretch of a misspelled name that differs, in characters; two letters were swapped.
const SLIP_CHARS_MAX: usize = 2;
/// What stands for itself and holds none of its like (RFC 5545 section 3.6).
const ENTRIES: [&str; 4] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"];

/// Something wrong with one line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// Line number, from 1.
    pub(super) line: usize,
    /// What is wrong, a few words.
    pub(super) text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

/// One part of a component, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A property and the line it was read from.
    Property(Property, Line),
    /// A component within this one.
    Component(Component),
    /// A line that could not be read, or a blank one.
    Other(Line),
}

/// `BEGIN:NAME` to `END:NAME`, or the whole file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Component {
    /// Upper case; empty for the whole file.
    pub(super) name: String,
    begin: Option<Line>,
    nodes: Vec<Node>,
    end: Option<Line>,
}

impl Component {
    /// Number of its `BEGIN` line.
    pub(super) fn line(&self) -> usize {
        self.begin.as_ref().map_or(1, |line| line.number)
    }

    /// Lists the properties of that name with their line numbers.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a Property, usize)> {
        self.nodes.iter().filter_map(move |node| match node {
            Node::Property(property, line) if property.name == name => {
                Some((property, line.number))
            }
            Node::Property(..) | Node::Component(_) | Node::Other(_) => None,
        })
    }

    /// Returns the first property of that name.
    pub(super) fn first(&self, name: &str) -> Option<&Property> {
        self.nodes.iter().find_map(|node| match node {
            Node::Property(property, _) if property.name == name => Some(property),
            Node::Property(..) | Node::Component(_) | Node::Other(_) => None,
        })
    }

    /// Returns the decoded text of the first property of that name, else an empty one.
    pub(super) fn text(&self, name: &str) -> String {
        self.first(name)
            .map(|property| lines::unescape(&property.value))
            .unwrap_or_default()
    }

    /// Lists the components directly within this one.
    pub(super) fn components(&self) -> impl Iterator<Item = &Self> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Component(component) => Some(component),
            Node::Property(..) | Node::Other(_) => None,
        })
    }

    /// Lists its own properties in order.
    pub(super) fn properties(&self) -> impl Iterator<Item = &Property> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Property(property, _) => Some(property),
            Node::Component(_) | Node::Other(_) => None,
        })
    }

    /// Writes the bytes it was read from, and what was changed since.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        self.begin.iter().for_each(|line| put(line, out));
        for node in &self.nodes {
            match node {
                Node::Property(_, line) | Node::Other(line) => put(line, out),
                Node::Component(component) => component.write(out),
            }
        }
        self.end.iter().for_each(|line| put(line, out));
    }

    /// Makes an empty component of that name.
    pub(super) fn fresh(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            begin: Some(fresh(&format!("BEGIN:{name}"), "\r\n")),
            nodes: Vec::new(),
            end: Some(fresh(&format!("END:{name}"), "\r\n")),
        }
    }

    /// Finds the component that begins on that line.
    pub(super) fn at_mut(&mut self, line: usize) -> Option<&mut Self> {
        if self
            .begin
            .as_ref()
            .is_some_and(|begin| begin.number == line)
        {
            return Some(self);
        }
        self.components_mut()
            .find_map(|component| component.at_mut(line))
    }

    /// Lists the components directly within this one.
    pub(super) fn components_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.nodes.iter_mut().filter_map(|node| match node {
            Node::Component(component) => Some(component),
            Node::Property(..) | Node::Other(_) => None,
        })
    }

    /// Puts `fresh` behind the component that begins on that line, and says whether there is one.
    pub(super) fn insert_after(&mut self, line: usize, fresh: &Self) -> bool {
        let begins = |node: &Node| match node {
            Node::Component(inner) => inner.begin.as_ref().is_some_and(|b| b.number == line),
            Node::Property(..) | Node::Other(_) => false,
        };
        if let Some(at) = self.nodes.iter().position(begins) {
            self.nodes.insert(at + 1, Node::Component(fresh.clone()));
            return true;
        }
        self.components_mut()
            .any(|component| component.insert_after(line, fresh))
    }

    /// Puts `fresh` before the first component within this one.
    pub(super) fn insert_first(&mut self, fresh: Self) {
        let at = self.components_begin();
        self.nodes.insert(at, Node::Component(fresh));
    }

    /// Keeps only those components within it, at any depth, that `wanted` names.
    pub(super) fn retain_components(&mut self, wanted: &impl Fn(&Self) -> bool) {
        self.nodes.retain(|node| match node {
            Node::Component(component) => wanted(component),
            Node::Property(..) | Node::Other(_) => true,
        });
        for component in self.components_mut() {
            component.retain_components(wanted);
        }
    }

    /// Keeps only those properties that `wanted` names.
    pub(super) fn retain(&mut self, wanted: impl Fn(&Property) -> bool) {
        self.nodes.retain(|node| match node {
            Node::Property(property, _) => wanted(property),
            Node::Component(_) | Node::Other(_) => true,
        });
    }

    /// Replaces the properties named like `line` by this one line, where the first of them stood;
    /// every other byte stays.
    pub(super) fn set(&mut self, line: &str) {
        let Ok(property) = lines::property(line) else {
            return;
        };
        let named =
            |node: &Node| matches!(node, Node::Property(own, _) if own.name == property.name);
        let at = self.nodes.iter().position(named);
        let at = at.unwrap_or_else(|| self.components_begin());
        self.nodes.retain(|node| !named(node));
        let node = Node::Property(property.clone(), fresh(line, self.line_break()));
        self.nodes.insert(at.min(self.nodes.len()), node);
    }

    /// Adds a property behind the last one of its name, else behind all properties.
    pub(super) fn add(&mut self, line: &str) {
        let Ok(property) = lines::property(line) else {
            return;
        };
        let named =
            |node: &Node| matches!(node, Node::Property(own, _) if own.name == property.name);
        let last = self.nodes.iter().rposition(named).map(|at| at + 1);
        let at = last.unwrap_or_else(|| self.components_begin());
        let node = Node::Property(property.clone(), fresh(line, self.line_break()));
        self.nodes.insert(at, node);
    }

    /// Rewrites the properties of that name for which `change` gives a new line.
    pub(super) fn rewrite(&mut self, name: &str, change: impl Fn(&Property) -> Option<String>) {
        let line_break = self.line_break();
        for node in &mut self.nodes {
            let Node::Property(property, line) = node else {
                continue;
            };
            if property.name != name {
                continue;
            }
            let Some(text) = change(property).filter(|text| *text != line.text) else {
                continue;
            };
            if let Ok(read) = lines::property(&text) {
                *property = read;
                *line = fresh(&text, line_break);
            }
        }
    }

    /// Adds a component at its end.
    pub(super) fn push(&mut self, component: Self) {
        self.nodes.push(Node::Component(component));
    }

    /// Forgets the line it was read from, so that it is not taken for its original.
    pub(super) fn detach(&mut self) {
        self.mark(0);
    }

    /// Gives it a line number by which it is found again.
    pub(super) fn mark(&mut self, number: usize) {
        if let Some(begin) = &mut self.begin {
            begin.number = number;
        }
    }

    fn components_begin(&self) -> usize {
        let is_component = |node: &Node| matches!(node, Node::Component(_));
        self.nodes
            .iter()
            .position(is_component)
            .unwrap_or(self.nodes.len())
    }

    /// The line break that its own lines have.
    fn line_break(&self) -> &'static str {
        match self.begin.as_ref().map(|line| line.raw.as_slice()) {
            Some([.., b'\r']) => "\r",
            Some([.., before, b'\n']) if *before != b'\r' => "\n",
            Some(_) | None => "\r\n",
        }
    }
}

/// Writes a line; the last one of a half-written file may lack its break.
fn put(line: &Line, out: &mut Vec<u8>) {
    if !matches!(out.last(), None | Some(b'\n' | b'\r')) {
        out.extend(b"\r\n");
    }
    out.extend(&line.raw);
}

fn fresh(text: &str, line_break: &str) -> Line {
    let mut folded = String::new();
    lines::fold(text, &mut folded);
    Line {
        number: 0,
        raw: folded.replace("\r\n", line_break).into_bytes(),
        text: text.to_owned(),
        is_lossy: false,
    }
}

/// Reads a whole file; the tree's root has no name and no lines of its own.
pub(super) fn parse(bytes: &[u8]) -> (Component, Vec<Note>) {
    let mut reader = Reader::default();
    for line in lines::unfold(bytes) {
        reader.take(line);
    }
    reader.finish()
}

/// Components that are open, outermost first, and what was wrong so far.
#[derive(Default)]
struct Reader {
    root: Component,
    open: Vec<Component>,
    too_deep: usize,
    notes: Vec<Note>,
}

impl Reader {
    fn take(&mut self, line: Line) {
        if line.text.trim().is_empty() {
            return self.push(Node::Other(line));
        }
        if line.is_lossy {
            self.note(line.number, "has bytes that are not UTF-8".to_owned());
        }
        match lines::property(&line.text) {
            Ok(property) if property.name == "BEGIN" => self.begin(&property, line),
            Ok(property) if property.name == "END" => self.end(&property, line),
            Ok(property) => self.push(Node::Property(property, line)),
            Err(problem) => {
                let quote = crate::untrusted::line(&line.text, QUOTE_CHARS_MAX);
                self.note(line.number, format!("'{quote}' {problem}"));
                self.push(Node::Other(line));
            }
        }
    }

    fn begin(&mut self, property: &Property, line: Line) {
        if self.open.len() >= DEPTH_MAX {
            self.too_deep += 1;
            self.note(line.number, "is nested too deep".to_owned());
            return self.push(Node::Other(line));
        }
        let name = property.value.trim().to_ascii_uppercase();
        // An entry within another would be lost: the end of the other is what is missing.
        let is_entry = |name: &str| ENTRIES.contains(&name);
        if is_entry(&name) || name == "VCALENDAR" {
            let outer = self.open.iter().position(|one| is_entry(&one.name));
            while outer.is_some_and(|outer| self.open.len() > outer) {
                self.close(None);
            }
        }
        self.open.push(Component {
            name,
            begin: Some(line),
            ..Component::default()
        });
    }

    fn end(&mut self, property: &Property, line: Line) {
        let name = property.value.trim().to_ascii_uppercase();
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return self.push(Node::Other(line));
        }
        let Some(at) = self
            .open
            .iter()
            .rposition(|component| component.name == name)
        else {
            let slip = self.open.last().filter(|one| is_slip(&one.name, &name));
            let Some(begun) = slip.map(|one| one.name.clone()) else {
                self.note(line.number, "ends what was not begun".to_owned());
                return self.push(Node::Other(line));
            };
            let name = crate::untrusted::line(&name, QUOTE_CHARS_MAX);
            self.note(
                line.number,
                format!("'{name}' is taken for the end of {begun}"),
            );
            return self.close(Some(line));
        };
        while self.open.len() > at + 1 {
            self.close(None);
        }
        self.close(Some(line));
    }

    /// Closes the innermost component.
    fn close(&mut self, end: Option<Line>) {
        let Some(mut component) = self.open.pop() else {
            return;
        };
        if end.is_none() {
            let name = crate::untrusted::line(&component.name, QUOTE_CHARS_MAX);
            self.note(
                component.line(),
                format!("{name} has no end, the file may be half written"),
            );
        }
        component.end = end;
        self.push(Node::Component(component));
    }

    fn push(&mut self, node: Node) {
        self.open
            .last_mut()
            .unwrap_or(&mut self.root)
            .nodes
            .push(node);
    }

    fn note(&mut self, line: usize, text: String) {
        if self.notes.len() < NOTES_MAX {
            self.notes.push(Note { line, text });
        }
    }

    fn finish(mut self) -> (Component, Vec<Note>) {
        while !self.open.is_empty() {
            self.close(None);
        }
        (self.root, self.notes)
    }
}

/// Says whether `written` is `meant` but for one slip: a letter too many, too few or another one, or
/// two that were swapped.
fn is_slip(meant: &str, written: &str) -> bool {
    let (meant, written) = (meant.as_bytes(), written.as_bytes());
    let alike = |pair: &(&u8, &u8)| pair.0 == pair.1;
    let front = meant.iter().zip(written).take_while(alike).count();
    let (meant, written) = (meant.get(front..), written.get(front..));
    let (Some(meant), Some(written)) = (meant, written) else {
        return false;
    };
    let ends = meant.iter().rev().zip(written.iter().rev());
    let back = ends.take_while(alike).count();
    let (longer, shorter) = (
        meant.len().max(written.len()),
        meant.len().min(written.len()),
    );
    front > 0 && longer - back <= SLIP_CHARS_MAX && longer - shorter <= 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rewritten(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        parse(bytes).0.write(&mut out);
        out
    }

    #[test]
    fn one_bad_line_costs_one_line() {
        let text = "begin:vcalendar\nBEGIN:VEVENT\nUID:1\ngarbage\nSUMMARY:ok\nX-FOO:bar\nEND:VEVENT\n\
                    BEGIN:X-NEW\nY:1\nEND:X-NEW\nEND:VCALENDAR\n";
        let (root, notes) = parse(text.as_bytes());
        let calendar = root.components().next().unwrap();
        let names: Vec<&str> = calendar.components().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["VEVENT", "X-NEW"]);
        assert_eq!(calendar.components().next().unwrap().text("SUMMARY"), "ok");
        let notes: Vec<String> = notes.iter().map(Note::to_string).collect();
        assert_eq!(
            notes,
            ["line 4: 'garbage' is no property: a name and ':' are missing"]
        );
    }

    #[test]
    fn a_half_written_file_keeps_what_is_there_and_says_so() {
        let (root, notes) = parse(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTST");
        let event = root
            .components()
            .next()
            .unwrap()
            .components()
            .next()
            .unwrap();
        assert_eq!(event.text("UID"), "1");
        assert_eq!(notes.len(), 3, "{notes:?}");
    }

    #[test]
    fn an_entry_without_its_end_holds_none_of_the_next() {
        let text = "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nEND:VTOOD\nBEGIN:VEVENT\nUID:2\nBEGIN:VALARM\n\
                    BEGIN:VEVENT\nUID:3\nEND:VEVENT\nEND:VCALENDAR\n";
        let (root, notes) = parse(text.as_bytes());
        let calendar = root.components().next().unwrap();
        let uids: Vec<String> = calendar.components().map(|one| one.text("UID")).collect();
        assert_eq!(uids, ["1", "2", "3"]);
        let notes: Vec<String> = notes.iter().map(Note::to_string).collect();
        assert_eq!(
            notes,
            [
                "line 4: 'VTOOD' is taken for the end of VTODO",
                "line 7: VALARM has no end, the file may be half written",
                "line 5: VEVENT has no end, the file may be half written",
            ]
        );
        assert_eq!(rewritten(text.as_bytes()), text.as_bytes());
    }

    #[test]
    fn one_slip_in_a_name_is_told_from_another_name() {
        for (meant, written, want) in [
            ("VTODO", "VTOOD", true),
            ("VJOURNAL", "VJGURNAL", true),
            ("VEVENT", "VEVNT", true),
            ("VEVENT", "VEVENTS", true),
            ("VEVENT", "", false),
            ("VEVENT", "VTODO", false),
            ("STANDARD", "DAYLIGHT", false),
            ("VALARM", "VCALENDAR", false),
            ("X", "Y", false),
        ] {
            assert_eq!(is_slip(meant, written), want, "{meant} {written}");
        }
    }

    #[test]
    fn endless_nesting_is_cut() {
        let text = "BEGIN:A\n".repeat(50_000);
        assert_eq!(rewritten(text.as_bytes()), text.as_bytes());
    }

    proptest! {
        #[test]
        fn an_untouched_tree_writes_its_bytes(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("BEGIN:VCALENDAR\r\n"), Just("BEGIN:VEVENT\n"), Just("END:VEVENT\r\n"),
                    Just("END:VCALENDAR\r"), Just("SUMMARY:a\r\n b\r\n"), Just("\r\n"), Just("junk\n"),
                    Just("X;Y=\"z\":1\n"), Just(" fold\n"), Just("\u{FEFF}"), Just("begin:a\n"),
                ], 0..40),
            tail in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            let mut bytes = parts.concat().into_bytes();
            bytes.extend(tail);
            prop_assert_eq!(rewritten(&bytes), bytes);
        }
    }
}
