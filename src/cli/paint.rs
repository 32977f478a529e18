//! A few calm colours for text on a terminal, and none elsewhere.

/// Paints text, or leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// Paints when `on`.
    pub fn new(on: bool) -> Self {
        Self { on }
    }

    /// Says whether it paints.
    pub fn is_on(self) -> bool {
        self.on
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.on {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// What went well.
    pub fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    /// What went wrong.
    pub fn bad(self, text: &str) -> String {
        self.with("31", text)
    }

    /// What wants attention.
    pub fn warn(self, text: &str) -> String {
        self.with("33", text)
    }

    /// What was refused.
    pub fn refused(self, text: &str) -> String {
        self.with("1;35", text)
    }

    /// What matters.
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// What is there for those who look.
    pub fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    /// One of several things of the same kind, told apart by `number`.
    pub fn hue(self, text: &str, number: usize) -> String {
        // Neither red nor yellow, which mean something.
        const HUES: [&str; 6] = ["36", "35", "34", "32", "96", "95"];
        let code = HUES.get(number % HUES.len()).unwrap_or(&"36");
        self.with(code, text)
    }
}
