//! Keeps a mistake of ours from reaching the user as a wall of text.

use std::io::{self, Write as _};
use std::panic::{self, PanicHookInfo};

use super::report;
use crate::untrusted;

/// Longest message that is repeated; a panic may quote a whole page.
const MESSAGE_CHARS_MAX: usize = 300;

/// Replaces the panic message with one sentence and what to do about it.
pub(super) fn install() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string);
        let text = sentence(&said(info), place.as_deref());
        drop(io::stderr().lock().write_all(text.as_bytes()));
    }));
}

/// Runs `work`; a panic in it becomes the exit code for internal errors.
pub(super) fn guard(work: impl FnOnce() -> u8 + panic::UnwindSafe) -> u8 {
    panic::catch_unwind(work).unwrap_or(report::INTERNAL)
}

fn said(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    untrusted::line(&text.unwrap_or_default(), MESSAGE_CHARS_MAX)
}

fn sentence(message: &str, place: Option<&str>) -> String {
    format!(
        "error: legwork met a mistake of its own at {}: {message}\n\
         hint: please report this line with the command you typed and 'legwork --version'\n",
        place.unwrap_or("an unknown place"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_one_sentence_and_a_hint() {
        assert_eq!(
            sentence("no page", Some("src/a.rs:1:2")),
            "error: legwork met a mistake of its own at src/a.rs:1:2: no page\n\
             hint: please report this line with the command you typed and 'legwork --version'\n"
        );
    }
}
