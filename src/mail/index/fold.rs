//! Text as the index compares it: words in lower case, without accents, parted by single blanks.
//!
//! Queries and messages pass through the same fold, so that they meet. Each character of a script
//! that is written without blanks is a word of its own.

use icu_normalizer::DecomposingNormalizer;

/// Returns `text` folded, at most `bytes_max` bytes of it.
pub(super) fn fold(text: &str, bytes_max: usize) -> String {
    let mut folded = Folded {
        out: String::with_capacity(text.len().min(bytes_max)),
        in_word: false,
    };
    let normalizer = DecomposingNormalizer::new_nfkd();
    let mut rest = text;
    // What is plain ASCII stays as it is under any normal form, and nothing combines across it.
    while !rest.is_empty() && folded.out.len() < bytes_max {
        let plain = rest.find(|c: char| !c.is_ascii()).unwrap_or(rest.len());
        let (plain, other) = rest.split_at_checked(plain).unwrap_or((rest, ""));
        for c in plain.chars() {
            if folded.out.len() >= bytes_max {
                break;
            }
            folded.plain(c);
        }
        let end = other.find(|c: char| c.is_ascii()).unwrap_or(other.len());
        let (other, after) = other.split_at_checked(end).unwrap_or((other, ""));
        for c in normalizer.normalize_iter(other.chars()) {
            if folded.out.len() >= bytes_max {
                break;
            }
            folded.any(c);
        }
        rest = after;
    }
    folded.out
}

/// Text as far as it was folded.
struct Folded {
    out: String,
    in_word: bool,
}

impl Folded {
    fn plain(&mut self, c: char) {
        if !c.is_ascii_alphanumeric() {
            self.in_word = false;
            return;
        }
        if !self.in_word && !self.out.is_empty() {
            self.out.push(' ');
        }
        self.in_word = true;
        self.out.push(c.to_ascii_lowercase());
    }

    fn any(&mut self, c: char) {
        if is_mark(c) {
            return;
        }
        if !c.is_alphanumeric() {
            self.in_word = false;
            return;
        }
        let alone = is_dense(c);
        if (!self.in_word || alone) && !self.out.is_empty() {
            self.out.push(' ');
        }
        self.in_word = !alone;
        // The sharp s is two letters to most who search for it.
        match c {
            'ß' | 'ẞ' => self.out.push_str("ss"),
            c => self.out.extend(c.to_lowercase().filter(|c| !is_mark(*c))),
        }
    }
}

/// Returns the words of `text`, folded.
pub(super) fn words(text: &str, bytes_max: usize) -> Vec<String> {
    fold(text, bytes_max)
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Accents and the like, which are left out; vowel signs of Indic scripts are not among them.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5C7}'
        | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{AD}'
        | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{3099}'..='\u{309A}' | '\u{FE20}'..='\u{FE2F}'
        | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// Scripts that put no blanks between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese.
fn is_dense(c: char) -> bool {
    matches!(c,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_meet_however_they_are_written() {
        for (text, folded) in [
            ("  Re: Grüße — Straße!", "re grusse strasse"),
            ("dana@partner.test", "dana partner test"),
            ("明天的会议 at 10", "明 天 的 会 议 at 10"),
            ("Ｆｕｌｌ ﬁne", "full fine"),
            ("İstanbul Żółć", "istanbul zołc"),
            ("co\u{AD}operate", "cooperate"),
            ("!!! — €", ""),
        ] {
            assert_eq!(fold(text, 1000), folded, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_cut_soon_after_the_limit() {
        assert!(fold(&"wort ".repeat(1000), 100).len() < 110);
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in any::<String>()) {
            let once = fold(&text, usize::MAX);
            prop_assert_eq!(fold(&once, usize::MAX), once);
        }
    }
}
