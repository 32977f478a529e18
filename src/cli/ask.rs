//! Asks the person at the terminal: shows the preview the policy made, takes yes or no.
//!
//! Everything shown is cleaned of hidden characters first; the default is no.

use std::io::{self, Write as _};

use dialoguer::{Confirm, Input, Select};

use super::Paint;
use crate::agent::approve::{Approver, Handed};
use crate::policy::{Consent, Question};
use crate::untrusted;

/// Lines of a preview that are shown; a mail can be long, and the question must stay in sight.
const PREVIEW_LINES_MAX: usize = 40;

/// Longest line of a question, in characters.
const LINE_CHARS_MAX: usize = 200;

/// Asks on the terminal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal {
    paint: Paint,
}

impl Terminal {
    /// Asks in these colours.
    pub(super) fn new(paint: Paint) -> Self {
        Self { paint }
    }

    /// Shows what would be done and asks; no answer is a no.
    pub(super) fn confirm(self, effect: &str, preview: &str) -> bool {
        let title = format!("\n  This would {effect}, which your words did not ask for:");
        show(&self.paint.warn(&title));
        let preview = untrusted::block(preview);
        for line in preview.lines().take(PREVIEW_LINES_MAX) {
            show(&format!("    {}", untrusted::line(line, LINE_CHARS_MAX)));
        }
        let more = preview.lines().count().saturating_sub(PREVIEW_LINES_MAX);
        if more > 0 {
            show(&format!("    … and {more} more lines"));
        }
        let yes = Confirm::new()
            .with_prompt("  Do it?")
            .default(false)
            .interact_opt();
        matches!(yes, Ok(Some(true)))
    }
}

/// Nobody reading is a no, which the prompt finds out by itself.
fn show(text: &str) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}

impl Approver for Terminal {
    fn decide(&mut self, question: &Question) -> Option<Consent> {
        let yes = self.confirm(question.effect().word(), question.preview());
        yes.then(|| question.consent("you"))
    }

    fn answer(&mut self, question: &str, options: &[String]) -> Option<String> {
        let prompt = untrusted::line(question, LINE_CHARS_MAX);
        if options.is_empty() {
            return Input::new().with_prompt(prompt).interact_text().ok();
        }
        let shown: Vec<String> = options
            .iter()
            .map(|option| untrusted::line(option, LINE_CHARS_MAX))
            .collect();
        let chosen = Select::new()
            .with_prompt(prompt)
            .items(&shown)
            .interact_opt()
            .ok()??;
        options.get(chosen).cloned()
    }

    fn hand_over(&mut self, what: &str) -> Handed {
        let what = untrusted::line(what, LINE_CHARS_MAX);
        show(
            &self
                .paint
                .warn(&format!("\n  The browser's window is yours: {what}")),
        );
        let chosen = Select::new()
            .with_prompt("  When you are done, give it back")
            .items(["I have done it", "I can't or won't"])
            .default(0)
            .interact_opt();
        match chosen {
            Ok(Some(0)) => Handed::Back,
            Ok(Some(_) | None) => Handed::GivenUp,
            Err(_) => Handed::Nobody,
        }
    }
}
