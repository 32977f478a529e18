//! Text that came from a page, a mail, an invitation or a file, made safe to show.
//!
//! Removes what can hide or re-order text on a screen: control characters, bidirectional
//! overrides (Unicode Standard Annex 9), zero-width and tag characters. Never changes visible text.

/// Returns one line of at most `chars_max` characters, white space folded, hidden characters gone.
pub fn line(text: &str, chars_max: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            space = !out.is_empty();
            continue;
        }
        if is_hidden(c) {
            continue;
        }
        if space {
            out.push(' ');
            count += 1;
            space = false;
        }
        if count >= chars_max {
            out.push('…');
            break;
        }
        out.push(c);
        count += 1;
    }
    out
}

/// Returns `text` with its line breaks and tabs kept, and every other hidden character gone.
pub fn block(text: &str) -> String {
    text.chars()
        .filter(|&c| c == '\n' || c == '\t' || !(c.is_control() || is_hidden(c)))
        .collect()
}

/// Says whether `c` has no shape of its own or changes the order of others.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_go_and_visible_ones_stay() {
        assert_eq!(line("  a\u{202E}b\r\n\u{200B} c\u{7}é  ", 80), "ab c é");
    }

    #[test]
    fn a_long_line_is_cut_with_a_mark() {
        assert_eq!(line("abcdef", 3), "abc…");
    }

    #[test]
    fn a_block_keeps_its_lines() {
        assert_eq!(block("a\r\n\tb\u{1b}[31m"), "a\n\tb[31m");
    }
}
