//! Words to lines, as a reader sees the blocks, rows and quotations of HTML.

/// Deepest quotation that still gets a mark of its own.
const QUOTE_MAX: usize = 8;

/// Puts words together into lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    done: String,
    /// The line that is being written.
    pub(super) line: String,
    space: bool,
    /// A cell of a table begins with the next word.
    pub(super) cell: bool,
    depth: usize,
}

impl Lines {
    pub(super) fn words(&mut self, text: &str) {
        let blank = |c: char| c.is_whitespace() && c != '\u{a0}';
        for (at, word) in text.split(blank).enumerate() {
            self.space |= at > 0;
            if word.is_empty() {
                continue;
            }
            if !self.line.is_empty() {
                if self.cell {
                    self.line.push_str(" | ");
                } else if self.space && !self.line.ends_with(' ') {
                    self.line.push(' ');
                }
            }
            self.line.push_str(&word.replace('\u{a0}', " "));
            self.space = false;
            self.cell = false;
        }
    }

    pub(super) fn row(&mut self) {
        self.end();
        self.cell = false;
    }

    pub(super) fn end(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.space = false;
        self.cell = false;
        if !line.trim().is_empty() {
            self.push(&line);
        }
    }

    pub(super) fn gap(&mut self) {
        self.end();
        if !self.done.is_empty() && !self.done.ends_with("\n\n") {
            self.done.push('\n');
        }
    }

    fn push(&mut self, line: &str) {
        for _ in 0..self.depth.min(QUOTE_MAX) {
            self.done.push('>');
        }
        if self.depth > 0 {
            self.done.push(' ');
        }
        // A signature mark keeps its blank, RFC 3676 section 4.3.
        self.done
            .push_str(if line == "-- " { line } else { line.trim_end() });
        self.done.push('\n');
    }

    pub(super) fn quote(&mut self, depth: impl Fn(usize) -> usize) {
        self.end();
        self.depth = depth(self.depth);
    }

    pub(super) fn finish(mut self) -> String {
        self.end();
        self.done.trim_matches('\n').to_owned()
    }
}
