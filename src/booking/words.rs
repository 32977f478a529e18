//! Words, numbers and marks of a text, and the English names among them.

use jiff::civil::Weekday;

/// Longest text looked at, in characters; labels and requests are far shorter.
const CHARS_MAX: usize = 400;

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters and apostrophes.
    Word,
    /// Digits.
    Number,
    /// One other character.
    Mark,
}

/// A word, a number or a mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// Lower case.
    pub(super) text: String,
    /// What it is made of.
    pub(super) kind: Kind,
    /// Whether no white space stands before it.
    pub(super) is_glued: bool,
    /// Whether its first letter is a capital.
    pub(super) is_capital: bool,
}

impl Token {
    /// Returns the number of at most `digits_max` digits.
    pub(super) fn number(&self, digits_max: usize) -> Option<i16> {
        let fits = self.kind == Kind::Number && self.text.len() <= digits_max;
        fits.then(|| self.text.parse().ok())?
    }

    /// Says whether it is one of `texts`.
    pub(super) fn is(&self, texts: &[&str]) -> bool {
        texts.contains(&self.text.as_str())
    }
}

/// Splits a text into tokens.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut is_glued = false;
    for c in text.chars().take(CHARS_MAX) {
        if c.is_whitespace() || c == '\u{200E}' || c == '\u{200F}' {
            is_glued = false;
            continue;
        }
        let kind = if c.is_alphabetic() || matches!(c, '\'' | '’') {
            Kind::Word
        } else if c.is_ascii_digit() {
            Kind::Number
        } else {
            Kind::Mark
        };
        let lower = if c == '’' {
            "'".to_owned()
        } else {
            c.to_lowercase().to_string()
        };
        match out.last_mut() {
            Some(last) if is_glued && last.kind == kind && kind != Kind::Mark => {
                last.text += &lower;
            }
            Some(_) | None => out.push(Token {
                text: lower,
                kind,
                is_glued: is_glued && !out.is_empty(),
                is_capital: c.is_uppercase(),
            }),
        }
        is_glued = true;
    }
    out
}

/// Reads an English weekday, also shortened; not in the plural.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    match word {
        "tues" => Some(Weekday::Tuesday),
        "weds" => Some(Weekday::Wednesday),
        "thur" | "thurs" => Some(Weekday::Thursday),
        _ => crate::config::weekday(word),
    }
}

/// Reads an English month, also its first three letters or `sept`.
pub fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let at = MONTHS.iter().position(|name| {
        *name == word || name.get(..3) == Some(word) || (word == "sept" && *name == "september")
    })?;
    i8::try_from(at + 1).ok()
}

/// Reads a small number in digits or words.
pub(super) fn count(token: &Token) -> Option<u32> {
    if let Some(number) = token.number(3) {
        return u32::try_from(number).ok();
    }
    Some(match token.text.as_str() {
        "a" | "an" | "one" => 1,
        "two" | "couple" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        "eight" => 8,
        "nine" => 9,
        "ten" => 10,
        "fifteen" => 15,
        "twenty" => 20,
        "thirty" => 30,
        "forty" => 40,
        "sixty" => 60,
        "ninety" => 90,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_split_into_words_numbers_and_marks() {
        let texts: Vec<String> = tokens("At 9:30am, 3rd “May”")
            .into_iter()
            .map(|t| t.text)
            .collect();
        assert_eq!(
            texts,
            ["at", "9", ":", "30", "am", ",", "3", "rd", "“", "may", "”"]
        );
    }

    #[test]
    fn names_are_read_in_full_and_short() {
        assert_eq!(weekday("thurs"), Some(Weekday::Thursday));
        assert_eq!(
            (month("sept"), month("mar"), month("ma")),
            (Some(9), Some(3), None)
        );
    }
}
