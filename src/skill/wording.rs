//! How alike two wordings are: folded words, a table of synonyms and of opposites.
//!
//! Pure and deterministic; knows no page and no language model. Follows what was measured on
//! mutated pages: compare words, let digits decide identity, and let an exact wording beat any
//! fuzzy rival.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A likeness from here on can be acted on.
pub const DECISIVE: f64 = 0.80;
/// Two likenesses closer than this are a tie.
pub const MARGIN: f64 = 0.05;

/// Likeness when numbers disagree: "Invoice 4411" is never "Invoice 4412".
const OTHER_DIGITS: f64 = 0.5;
/// Likeness of wordings of which one denies what the other says.
const DENIED: f64 = 0.4;
/// Worth of a word that matches by the synonym table.
const SYNONYM: f64 = 0.95;
/// Worth of a word that matches but for a slip of one letter.
const SLIP: f64 = 0.88;
/// Shortest word in which a slip of one letter is forgiven.
const SLIP_CHARS_MIN: usize = 5;
/// Longest wording that is compared, in words; a whole page is not a name.
const WORDS_MAX: usize = 80;

/// Words that carry no meaning of their own in the name of a control.
const STOP: [&str; 33] = [
    "the", "a", "an", "my", "your", "our", "please", "to", "of", "for", "at", "in", "on", "with",
    "this", "that", "and", "or", "is", "it", "be", "by", "from", "here", "now", "me", "us", "you",
    "i", "we", "s", "up", "as",
];
/// Words that turn a meaning around.
const NEGATIONS: [&str; 8] = [
    "not", "no", "dont", "never", "without", "cannot", "wont", "except",
];

/// Returns the words of `text` in lower case: letters and digits, apostrophes dropped.
pub fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        } else if !matches!(c, '\'' | '’' | '\u{AD}') && !word.is_empty() {
            found.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        found.push(word);
    }
    found.truncate(WORDS_MAX);
    found
}

/// Returns `text` in lower case with white space and punctuation folded to single spaces.
pub fn folded(text: &str) -> String {
    words(text).join(" ")
}

/// Says whether a word carries no meaning of its own.
pub fn is_stop(word: &str) -> bool {
    STOP.contains(&word)
}

/// Says whether a word turns a meaning around.
pub fn is_negation(word: &str) -> bool {
    NEGATIONS.contains(&word)
}

/// Cuts plural and verb endings off `word`, so that "booking" and "books" are "book".
pub fn stem(word: &str) -> String {
    if !word.is_ascii() || word.chars().any(|c| c.is_ascii_digit()) {
        return word.to_owned();
    }
    let mut stem = match word {
        _ if word.len() > 4 && word.ends_with("ies") => return word.replace("ies", "y"),
        _ if word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") => {
            word.trim_end_matches('s')
        }
        _ => word,
    };
    for ending in ["ing", "ed"] {
        if let Some(rest) = stem.strip_suffix(ending)
            && rest.len() >= 4
        {
            stem = rest;
        }
    }
    let stem = if stem.len() > 4 {
        stem.strip_suffix('e').unwrap_or(stem)
    } else {
        stem
    };
    stem.to_owned()
}

/// What a wording comes down to: a word, or a whole group of the synonym table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Meaning {
    /// The words as they stand, stemmed and joined.
    said: String,
    /// Number of the synonym group, when it is in one.
    group: Option<usize>,
}

/// The synonym table, read once.
struct Table {
    /// Stemmed phrases by their first word, longest first, each with its group.
    phrases: HashMap<String, Vec<(Vec<String>, usize)>>,
    /// Pairs of opposites: each side as stemmed words or groups.
    opposites: Vec<(Vec<Meaning>, Vec<Meaning>)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("synonyms.txt")));

impl Table {
    fn read(text: &str) -> Self {
        let mut table = Self {
            phrases: HashMap::new(),
            opposites: Vec::new(),
        };
        for (group, line) in text.lines().filter_map(|l| l.strip_prefix('=')).enumerate() {
            for phrase in line.split(',').map(content).filter(|p| !p.is_empty()) {
                let Some(first) = phrase.first() else {
                    continue;
                };
                let listed = table.phrases.entry(first.clone()).or_default();
                listed.push((phrase.clone(), group));
            }
        }
        for listed in table.phrases.values_mut() {
            listed.sort_by_key(|(phrase, _)| std::cmp::Reverse(phrase.len()));
        }
        for line in text.lines().filter_map(|l| l.strip_prefix('!')) {
            let Some((left, right)) = line.split_once('|') else {
                continue;
            };
            let side = |side: &str| side.split(',').flat_map(|p| table.meanings(p)).collect();
            let pair = (side(left), side(right));
            table.opposites.push(pair);
        }
        table
    }

    /// Returns the meanings in `text`, phrases of the table taken whole.
    fn meanings(&self, text: &str) -> Vec<Meaning> {
        let stems = content(text);
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(first) = stems.get(at) {
            let rest = stems.get(at..).unwrap_or_default();
            let phrase = self
                .phrases
                .get(first)
                .and_then(|listed| listed.iter().find(|(phrase, _)| rest.starts_with(phrase)));
            let (length, group) = phrase.map_or((1, None), |(p, group)| (p.len(), Some(*group)));
            let said = rest.get(..length).unwrap_or_default().join(" ");
            found.push(Meaning { said, group });
            at += length;
        }
        found
    }

    fn opposed(&self, a: &[Meaning], b: &[Meaning]) -> bool {
        let has = |text: &[Meaning], side: &[Meaning]| {
            text.iter().any(|m| side.iter().any(|s| same(m, s) > 0.0))
        };
        self.opposites.iter().any(|(left, right)| {
            let crossed = |l: &[Meaning], r: &[Meaning]| has(a, l) && has(b, r);
            (crossed(left, right) && !has(a, right) && !has(b, left))
                || (crossed(right, left) && !has(a, left) && !has(b, right))
        })
    }
}

/// Returns the stems of `text` without articles; "up" and the like stay, phrases need them.
fn content(text: &str) -> Vec<String> {
    words(text)
        .iter()
        .filter(|word| !matches!(word.as_str(), "the" | "a" | "an"))
        .map(|word| stem(word))
        .collect()
}

fn same(a: &Meaning, b: &Meaning) -> f64 {
    if a.said == b.said {
        return 1.0;
    }
    if a.group.is_some() && a.group == b.group {
        return SYNONYM;
    }
    let long = a.said.len() >= SLIP_CHARS_MIN && b.said.len() >= SLIP_CHARS_MIN;
    let letters = |m: &Meaning| m.said.chars().all(char::is_alphabetic);
    if long && letters(a) && letters(b) && strsim::osa_distance(&a.said, &b.said) == 1 {
        return SLIP;
    }
    0.0
}

/// Returns how well `found` answers to `wanted`, from 0 to 1.
///
/// 1 is the same wording; [`DECISIVE`] and more says that all of `wanted` is in `found`.
pub fn likeness(wanted: &str, found: &str) -> f64 {
    let (wanted, found) = (without_marks(wanted), without_marks(found));
    let (a, b) = (words(wanted), words(found));
    if a.is_empty() || b.is_empty() {
        let symbol = !wanted.trim().is_empty() && wanted.trim() == found.trim();
        return if symbol { 1.0 } else { 0.0 };
    }
    if a == b {
        return 1.0;
    }
    let (meant, met) = (TABLE.meanings(wanted), TABLE.meanings(found));
    if TABLE.opposed(&meant, &met) {
        return 0.0;
    }
    let score = overlap(&meant, &met);
    let denies = |text: &[String]| text.iter().any(|word| is_negation(word));
    if denies(&a) != denies(&b) {
        return score.min(DENIED);
    }
    if digits_disagree(&a, &b) {
        return score.min(OTHER_DIGITS);
    }
    score
}

/// Weighs how much of each side is in the other; words without meaning count little.
fn overlap(wanted: &[Meaning], found: &[Meaning]) -> f64 {
    let weight = |m: &Meaning| {
        if m.group.is_none() && is_stop(&m.said) {
            0.05
        } else {
            1.0
        }
    };
    let best = |m: &Meaning, others: &[Meaning]| {
        others
            .iter()
            .map(|other| same(m, other))
            .fold(0.0, f64::max)
    };
    let covered = |side: &[Meaning], other: &[Meaning]| {
        let total: f64 = side.iter().map(weight).sum();
        let met: f64 = side.iter().map(|m| weight(m) * best(m, other)).sum();
        if total > 0.0 { met / total } else { 0.0 }
    };
    let (asked, offered) = (covered(wanted, found), covered(found, wanted));
    if asked >= 0.85 {
        return (0.80 + 0.12 * offered) * (0.9 + 0.1 * asked) + 0.02 * asked;
    }
    (0.75 * (0.7 * asked + 0.3 * offered)).min(0.75)
}

/// Says whether both name numbers and the wanted ones are not among those found.
fn digits_disagree(wanted: &[String], found: &[String]) -> bool {
    let numbers = |text: &[String]| -> Vec<String> {
        let has_digit = |w: &&String| w.chars().any(|c| c.is_ascii_digit());
        text.iter().filter(has_digit).cloned().collect()
    };
    let (wanted, found) = (numbers(wanted), numbers(found));
    wanted.iter().any(|number| !found.contains(number))
}

/// Drops what pages hang on a name: a required mark, a trailing colon, a count in brackets.
fn without_marks(text: &str) -> &str {
    let mut text = text.trim();
    loop {
        let before = text;
        text = text
            .trim_end_matches(['*', ':', '…', '.', '»', '›', '→', '>'])
            .trim_end();
        text = text.trim_start_matches(['*', '«', '‹', '←']).trim_start();
        if let Some((head, tail)) = text.rsplit_once('(')
            && let Some(count) = tail.strip_suffix(')')
            && (count.chars().all(|c| c.is_ascii_digit())
                || matches!(count.to_lowercase().as_str(), "required" | "optional"))
        {
            text = head.trim_end();
        }
        if text == before || text.is_empty() {
            return if text.is_empty() { before } else { text };
        }
    }
}

/// Says whether `text` holds the phrase `wanted`: its words in a row, whole and folded.
pub fn holds(text: &str, wanted: &str) -> bool {
    let (text, wanted) = (long_folded(text), folded(wanted));
    !wanted.is_empty() && format!(" {text} ").contains(&format!(" {wanted} "))
}

/// Says whether any of the phrases stands in `text`.
pub fn holds_any(text: &str, phrases: &[&str]) -> bool {
    let text = format!(" {} ", long_folded(text));
    phrases
        .iter()
        .any(|phrase| text.contains(&format!(" {} ", folded(phrase))))
}

/// Like [`folded`] but of a text of any length.
fn long_folded(text: &str) -> String {
    let kept = text.chars().filter(|c| !matches!(c, '\'' | '’' | '\u{AD}'));
    let spaced: String = kept
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let lower = spaced.to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns how many words with a meaning of `wanted` stand in `text`, as a part of all of them.
pub fn coverage(wanted: &str, text: &str) -> f64 {
    let wanted: Vec<Meaning> = TABLE
        .meanings(wanted)
        .into_iter()
        .filter(|m| m.group.is_some() || !is_stop(&m.said))
        .collect();
    if wanted.is_empty() {
        return 0.0;
    }
    let mut met = Vec::new();
    for line in text.lines().take(400) {
        met.extend(TABLE.meanings(line));
    }
    let hits = wanted
        .iter()
        .filter(|m| met.iter().any(|other| same(m, other) >= SLIP))
        .count();
    #[expect(clippy::cast_precision_loss, reason = "a handful of words")]
    let part = hits as f64 / wanted.len() as f64;
    part
}

/// Says whether two single words mean the same by stem or by the table.
pub fn same_word(a: &str, b: &str) -> bool {
    let (a, b) = (TABLE.meanings(a), TABLE.meanings(b));
    match (a.as_slice(), b.as_slice()) {
        ([a], [b]) => a.said == b.said || (a.group.is_some() && a.group == b.group),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_wording_beats_every_fuzzy_one_by_more_than_the_margin() {
        for (wanted, exact, rival) in [
            (
                "Increase quantity",
                "Increase quantity",
                "Increase the quantity of beans",
            ),
            ("Save", "Save", "Save as draft"),
            ("Book", "book *", "Book an appointment"),
            ("Cart", "Cart (2)", "Basket"),
        ] {
            let (best, next) = (likeness(wanted, exact), likeness(wanted, rival));
            assert!(best >= 0.999, "{wanted} / {exact}: {best}");
            assert!(best - next >= MARGIN, "{wanted} / {rival}: {next}");
        }
    }

    #[test]
    fn wordings_that_mean_the_same_are_decisive() {
        for (wanted, found) in [
            ("Sign up", "Create an account"),
            ("Register", "Sign up"),
            ("Book an appointment", "Schedule a visit"),
            ("Book an appointment", "Book your appointment online"),
            ("Next", "Continue"),
            ("Email", "E-mail address"),
            ("Phone number", "Telephone"),
            ("Date of birth", "Birth date (required)"),
            ("Checkout", "Chekout"),
            ("Continue", "Continue to your details"),
            ("booking", "Book now"),
        ] {
            let score = likeness(wanted, found);
            assert!(score >= DECISIVE, "{wanted} / {found}: {score}");
        }
    }

    #[test]
    fn opposites_other_numbers_and_denials_never_match() {
        for (wanted, found) in [
            ("Accept", "Reject"),
            ("Accept all cookies", "Reject all cookies"),
            ("Increase quantity", "Decrease quantity"),
            ("Turn on", "Turn off"),
            ("Archive", "Unarchive"),
            ("Invoice 4411", "Invoice 4412"),
            ("Room 1", "Room 11"),
            ("Allow", "Don't allow"),
            ("Notifications on", "Notifications off"),
            ("Confirm", "Cancel"),
            ("Log in", "Log out"),
            ("Delete", "Add"),
        ] {
            let score = likeness(wanted, found);
            assert!(score < DECISIVE, "{wanted} / {found}: {score}");
        }
    }

    #[test]
    fn a_part_of_the_wording_is_not_enough() {
        for (wanted, found) in [
            ("Send invoice", "Send"),
            ("Delete account", "Account settings"),
        ] {
            let score = likeness(wanted, found);
            assert!(score < DECISIVE, "{wanted} / {found}: {score}");
        }
    }

    #[test]
    fn no_phrase_stands_in_two_groups() {
        let mut seen = HashMap::new();
        for (phrase, group) in TABLE.phrases.values().flatten() {
            if let Some(other) = seen.insert(phrase.clone(), *group) {
                assert_eq!(other, *group, "{phrase:?} stands in two groups");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn likeness_stays_between_0_and_1_on_any_text(a in ".{0,60}", b in ".{0,60}") {
            let score = likeness(&a, &b);
            proptest::prop_assert!((0.0..=1.0).contains(&score));
        }

        #[test]
        fn a_text_is_like_itself(a in "[a-zA-Z0-9 ]{1,30}[a-z]") {
            proptest::prop_assert!(likeness(&a, &a) > 0.99);
        }
    }
}
