//! Text in columns: measured as terminals draw it, cut and filled to fit.
//!
//! Follows Unicode Standard Annex 11 for widths, and Annex 9 for text from right to left, which
//! is isolated so that it does not re-order what stands beside it. Callers clean the text first.

use std::io::{self, IsTerminal as _};

use dialoguer::console::Term;
use unicode_width::UnicodeWidthStr as _;

/// Columns taken when nobody's screen has to hold the text.
const DEFAULT_COLUMNS: usize = 100;
/// Fewer columns than this are taken for this many; no table is readable in less.
const COLUMNS_MIN: usize = 40;
/// More columns than this only tear a line apart.
const COLUMNS_MAX: usize = 160;

/// Returns how many columns stdout has.
pub(super) fn screen() -> usize {
    let columns = io::stdout()
        .is_terminal()
        .then(|| Term::stdout().size_checked())
        .flatten()
        .map(|(_, columns)| usize::from(columns));
    columns
        .unwrap_or(DEFAULT_COLUMNS)
        .clamp(COLUMNS_MIN, COLUMNS_MAX)
}

/// Returns how many columns `text` takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Returns `text` in at most `most` columns, `…` for what was cut off.
pub(super) fn cut(text: &str, most: usize) -> String {
    isolated(&shortened(text, most))
}

fn shortened(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        out.push(c);
        // One column is for the mark.
        if width(&out) >= most {
            if width(&out) > most.saturating_sub(1) {
                out.pop();
            }
            break;
        }
    }
    if most > 0 {
        out.push('…');
    }
    out
}

/// Returns `text` in exactly `columns` columns, cut or filled with blanks.
pub(super) fn fit(text: &str, columns: usize) -> String {
    filled(text, columns, ' ')
}

/// Returns `text` in exactly `columns` columns, cut or filled with `filler`, which is one wide.
pub(super) fn filled(text: &str, columns: usize, filler: char) -> String {
    let mut out = cut(text, columns);
    let rest = columns.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(filler, rest));
    out
}

/// Breaks `text` between words into at most `lines_max` lines of at most `columns` columns, to be
/// cut or fitted afterwards.
pub(super) fn wrapped(text: &str, columns: usize, lines_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let joined = lines.last().map(|line| format!("{line} {word}"));
        match joined {
            Some(joined) if width(&joined) <= columns || lines.len() >= lines_max => {
                lines.pop();
                lines.push(joined);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines.truncate(lines_max);
    lines.iter().map(|line| shortened(line, columns)).collect()
}

/// Puts text that holds letters written from right to left between isolates (FSI, PDI).
fn isolated(text: &str) -> String {
    if text.chars().any(is_right_to_left) {
        format!("\u{2068}{text}\u{2069}")
    } else {
        text.to_owned()
    }
}

fn is_right_to_left(c: char) -> bool {
    matches!(c,
        '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// Bytes as people say them.
pub(super) fn bytes(count: u64) -> String {
    match count {
        0..1024 => format!("{count} B"),
        1024..1_048_576 => format!("{} KB", count / 1024),
        _ => format!(
            "{}.{} MB",
            count / 1_048_576,
            count % 1_048_576 * 10 / 1_048_576
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wide_letters_count_as_two_columns() {
        assert_eq!(fit("ab", 4), "ab  ");
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("abcd", 4), "abcd");
        assert_eq!(cut("abcdef", 0), "");
        assert_eq!(cut("日本", 1), "…");
    }

    #[test]
    fn letters_from_right_to_left_are_kept_apart() {
        assert_eq!(fit("שלום", 6), "\u{2068}שלום\u{2069}  ");
        assert_eq!(width(&fit("שלום עולם", 6)), 6);
    }

    #[test]
    fn lines_break_between_words_and_the_last_one_holds_what_is_left() {
        assert_eq!(
            wrapped("one two three four", 9, 9),
            ["one two", "three", "four"]
        );
        assert_eq!(
            wrapped("one two three four", 9, 2),
            ["one two", "three fo…"]
        );
        assert!(wrapped("  ", 9, 2).is_empty());
    }

    proptest! {
        #[test]
        fn a_fitted_text_is_exactly_as_wide_as_asked(text in "\\PC*", columns in 0_usize..60) {
            let text = crate::untrusted::line(&text, 200);
            prop_assert_eq!(width(&fit(&text, columns)), columns);
        }
    }

    #[test]
    fn sizes_are_said_as_people_say_them() {
        let said: Vec<String> = [0, 1023, 1024, 1_572_864].map(bytes).to_vec();
        assert_eq!(said, ["0 B", "1023 B", "1 KB", "1.5 MB"]);
    }
}
