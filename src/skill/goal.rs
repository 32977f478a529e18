//! Which skill a goal asks for, and with what.
//!
//! A goal is matched against the skills' `asks` patterns: words in order, synonyms folded, slots
//! typed. Every word of the goal must be explained; a leftover word or a denial blocks, since the
//! goal then asks for something else.

use std::collections::BTreeMap;

use super::format::{Input, InputKind, Skill};
use super::language::looks_like_address;
use super::wording::{is_negation, same_word, words};

/// Longest goal that is matched, in words; more is a program, not a request.
const WORDS_MAX: usize = 80;
/// Longest value of a slot, in words.
const SLOT_WORDS_MAX: usize = 8;

/// Reads a value of a kind; the answer is its meaning, so that two readings can be compared.
pub type Reads<'r> = &'r dyn Fn(InputKind, &str) -> Option<String>;

/// What a goal came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Match<'s> {
    /// This skill, with these inputs.
    One {
        /// The skill.
        skill: &'s Skill,
        /// Its inputs by name, defaults filled in.
        inputs: BTreeMap<String, String>,
    },
    /// Several skills fit equally well.
    Ambiguous(Vec<&'s str>),
    /// The skill fits, but the goal does not say everything it needs.
    Missing {
        /// The skill.
        skill: &'s Skill,
        /// What is missing.
        inputs: Vec<&'s Input>,
    },
    /// No skill fits.
    None,
}

/// Finds the skill that `goal` asks for.
pub fn match_goal<'s>(goal: &str, skills: &'s [Skill], reads: Reads<'_>) -> Match<'s> {
    let mut best: Vec<(usize, &Skill, BTreeMap<String, String>)> = Vec::new();
    for skill in skills {
        let found = skill
            .asks
            .iter()
            .filter_map(|pattern| fit(pattern, skill, goal, reads))
            .max_by_key(|(weight, inputs)| (*weight, inputs.len()));
        if let Some((weight, inputs)) = found {
            best.push((weight, skill, inputs));
        }
    }
    let top = best.iter().map(|(weight, _, _)| *weight).max();
    best.retain(|(weight, _, _)| Some(*weight) == top);
    match best.as_slice() {
        [] => Match::None,
        [(_, skill, inputs)] => complete(skill, inputs.clone()),
        several => Match::Ambiguous(several.iter().map(|(_, s, _)| s.name.as_str()).collect()),
    }
}

fn complete(skill: &Skill, mut inputs: BTreeMap<String, String>) -> Match<'_> {
    for input in &skill.inputs {
        if let Some(default) = &input.default {
            inputs
                .entry(input.name.clone())
                .or_insert_with(|| default.clone());
        }
    }
    let missing: Vec<&Input> = skill
        .inputs
        .iter()
        .filter(|i| !inputs.contains_key(&i.name))
        .collect();
    if missing.is_empty() {
        Match::One { skill, inputs }
    } else {
        Match::Missing {
            skill,
            inputs: missing,
        }
    }
}

/// A piece of a goal.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A word as written.
    Word(String),
    /// A value that was found for an input.
    Value(String, String),
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    /// One of these words.
    Word(Vec<String>),
    /// These, or nothing.
    Maybe(Vec<Piece>),
    /// The value of an input.
    Slot(String),
}

/// Fits one pattern; the weight is how many words of the pattern were met.
fn fit(
    pattern: &str,
    skill: &Skill,
    goal: &str,
    reads: Reads<'_>,
) -> Option<(usize, BTreeMap<String, String>)> {
    let tokens = tokens(goal, skill, reads)?;
    let pieces = pieces(pattern);
    let mut state = State {
        skill,
        reads,
        steps: 0,
    };
    let found = state.run(&pieces, &tokens)?;
    Some((found.weight, found.inputs))
}

/// Reads a pattern: words, `[optional]`, `(one|other)`, `{slot}`.
fn pieces(pattern: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut rest = pattern.trim();
    while !rest.is_empty() {
        let (piece, tail) = match rest.chars().next() {
            Some('[') => {
                let (inside, tail) = rest
                    .trim_start_matches('[')
                    .split_once(']')
                    .unwrap_or((rest, ""));
                (Some(Piece::Maybe(pieces(inside))), tail)
            }
            Some('{') => {
                let (inside, tail) = rest
                    .trim_start_matches('{')
                    .split_once('}')
                    .unwrap_or((rest, ""));
                (Some(Piece::Slot(inside.trim().to_lowercase())), tail)
            }
            Some('(') => {
                let (inside, tail) = rest
                    .trim_start_matches('(')
                    .split_once(')')
                    .unwrap_or((rest, ""));
                (
                    Some(Piece::Word(inside.split('|').flat_map(words).collect())),
                    tail,
                )
            }
            _ => {
                let (word, tail) = rest.split_once(' ').unwrap_or((rest, ""));
                let folded = words(word);
                ((!folded.is_empty()).then_some(Piece::Word(folded)), tail)
            }
        };
        found.extend(piece);
        rest = tail.trim_start();
    }
    found
}

/// Reads a goal: words, and the typed values found in it.
fn tokens(goal: &str, skill: &Skill, reads: Reads<'_>) -> Option<Vec<Token>> {
    let raw: Vec<String> = goal.split_whitespace().map(str::to_owned).collect();
    if raw.len() > WORDS_MAX {
        return None;
    }
    let mut tokens: Vec<Token> = raw.into_iter().map(Token::Word).collect();
    for input in &skill.inputs {
        match input.kind {
            InputKind::Url => single(&mut tokens, input, looks_like_address),
            InputKind::Email => single(&mut tokens, input, |w| w.contains('@') && w.contains('.')),
            InputKind::Duration
            | InputKind::Window
            | InputKind::Date
            | InputKind::Time
            | InputKind::Text
            | InputKind::Number => {}
        }
    }
    for kind in [
        InputKind::Duration,
        InputKind::Window,
        InputKind::Date,
        InputKind::Time,
    ] {
        for input in skill.inputs.iter().filter(|i| i.kind == kind) {
            span(&mut tokens, input, reads);
        }
    }
    Some(tokens)
}

/// Turns the first word that fits into the input's value.
fn single(tokens: &mut [Token], input: &Input, fits: impl Fn(&str) -> bool) {
    for token in tokens {
        if let Token::Word(word) = token {
            let bare = word.trim_matches(|c: char| {
                matches!(c, ',' | ';' | '.' | '!' | '?' | '"' | '(' | ')' | '<' | '>')
            });
            if fits(bare) {
                *token = Token::Value(input.name.clone(), bare.to_owned());
                return;
            }
        }
    }
}

/// Words that only lead to a time belong to it, though it reads the same without them.
const LEADS: [&str; 14] = [
    "between", "within", "during", "sometime", "some", "any", "time", "in", "on", "at", "from",
    "anytime", "the", "of",
];

/// Turns the longest run of words that reads as the input's kind into its value, without the words
/// at its ends that add nothing.
fn span(tokens: &mut Vec<Token>, input: &Input, reads: Reads<'_>) {
    let said = |tokens: &[Token]| -> Option<String> {
        let words: Option<Vec<&str>> = tokens
            .iter()
            .map(|t| match t {
                Token::Word(word) => Some(word.as_str()),
                Token::Value(..) => None,
            })
            .collect();
        let joined = words?.join(" ");
        Some(
            joined
                .trim_end_matches(['.', ',', '!', '?', ';'])
                .to_owned(),
        )
    };
    let meaning = |from: usize, to: usize| {
        let text = said(tokens.get(from..to)?)?;
        reads(input.kind, &text)
    };
    let count = tokens.len();
    let mut found = None;
    'longest: for length in (1..=count.min(24)).rev() {
        for from in 0..=count - length {
            if let Some(meant) = meaning(from, from + length) {
                found = Some((from, from + length, meant));
                break 'longest;
            }
        }
    }
    let Some((mut from, mut to, meant)) = found else {
        return;
    };
    // A year that only repeats what is clear without it still belongs to the time.
    let is_number = |at: usize| matches!(tokens.get(at), Some(Token::Word(word)) if word.contains(|c: char| c.is_ascii_digit()));
    while from + 1 < to && !is_number(to - 1) && meaning(from, to - 1).as_ref() == Some(&meant) {
        to -= 1;
    }
    while from + 1 < to && !is_number(from) && meaning(from + 1, to).as_ref() == Some(&meant) {
        from += 1;
    }
    while let Some(Token::Word(word)) = from.checked_sub(1).and_then(|at| tokens.get(at))
        && LEADS.contains(&words(word).join("").as_str())
        && meaning(from - 1, to).as_ref() == Some(&meant)
    {
        from -= 1;
    }
    let Some(text) = tokens.get(from..to).and_then(said) else {
        return;
    };
    let value = if input.kind == InputKind::Duration {
        meant
    } else {
        text
    };
    tokens.splice(from..to, [Token::Value(input.name.clone(), value)]);
}

/// What a pattern came to.
#[derive(Debug, Clone, Default)]
struct Found {
    inputs: BTreeMap<String, String>,
    weight: usize,
}

/// A match under way.
struct State<'a> {
    skill: &'a Skill,
    reads: Reads<'a>,
    steps: usize,
}

/// Most tries of one match; patterns are short, this only bounds hostile ones.
const STEPS_MAX: usize = 20_000;

impl State<'_> {
    fn run(&mut self, pieces: &[Piece], tokens: &[Token]) -> Option<Found> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return None;
        }
        let Some((piece, later)) = pieces.split_first() else {
            return rest(tokens);
        };
        if let Some(found) = self.piece(piece, later, tokens) {
            return Some(found);
        }
        // A value or a word without meaning of its own may stand anywhere.
        let (first, others) = tokens.split_first()?;
        match first {
            Token::Value(name, value) => {
                let mut found = self.run(pieces, others)?;
                found.inputs.insert(name.clone(), value.clone());
                Some(found)
            }
            Token::Word(word) if is_filler(word) => self.run(pieces, others),
            Token::Word(_) => None,
        }
    }

    fn piece(&mut self, piece: &Piece, later: &[Piece], tokens: &[Token]) -> Option<Found> {
        match piece {
            Piece::Word(any) => {
                let Some((Token::Word(word), others)) = tokens.split_first() else {
                    return None;
                };
                let folded = words(word).join("");
                let met = any.iter().any(|w| *w == folded || same_word(w, word));
                let mut found = met.then(|| self.run(later, others))??;
                found.weight += 1;
                Some(found)
            }
            Piece::Maybe(inner) => {
                let with: Vec<Piece> = inner.iter().chain(later).cloned().collect();
                self.run(&with, tokens).or_else(|| self.run(later, tokens))
            }
            Piece::Slot(name) => self.slot(name, later, tokens),
        }
    }

    fn slot(&mut self, name: &str, later: &[Piece], tokens: &[Token]) -> Option<Found> {
        if let Some((Token::Value(given, value), others)) = tokens.split_first()
            && given == name
        {
            let mut found = self.run(later, others)?;
            found.inputs.insert(name.to_owned(), value.clone());
            return Some(found);
        }
        let kind = self.skill.inputs.iter().find(|i| i.name == name)?.kind;
        for length in 1..=SLOT_WORDS_MAX.min(tokens.len()) {
            let (taken, others) = tokens.split_at_checked(length)?;
            let value = slot_value(taken)?;
            let typed = match kind {
                InputKind::Text => Some(value.clone()).filter(|v| !v.is_empty()),
                InputKind::Number
                | InputKind::Date
                | InputKind::Time
                | InputKind::Url
                | InputKind::Email
                | InputKind::Duration
                | InputKind::Window => (self.reads)(kind, &value).map(|_| value.clone()),
            };
            if typed.is_none() {
                continue;
            }
            if let Some(mut found) = self.run(later, others) {
                found.inputs.insert(name.to_owned(), value);
                return Some(found);
            }
        }
        None
    }
}

/// Ends a match: what is left may only be values and words without meaning of their own.
fn rest(tokens: &[Token]) -> Option<Found> {
    let mut found = Found::default();
    for token in tokens {
        match token {
            Token::Value(name, value) => {
                found.inputs.insert(name.clone(), value.clone());
            }
            Token::Word(word) if is_filler(word) => {}
            Token::Word(_) => return None,
        }
    }
    Some(found)
}

/// Words after which a goal asks for something else than the slot's value.
const ELSE: [&str; 14] = [
    "only",
    "unless",
    "but",
    "instead",
    "then",
    "pay",
    "cancel",
    "delete",
    "buy",
    "order",
    "send",
    "afterwards",
    "if",
    "book",
];

/// Joins the words of a slot; none when one of them is a value or denies.
fn slot_value(tokens: &[Token]) -> Option<String> {
    let mut kept: Vec<&str> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Word(word) = token else {
            return None;
        };
        let folded = words(word).join("");
        if is_negation(&folded) || ELSE.contains(&folded.as_str()) {
            return None;
        }
        // "Smith and Sons" is a name, "Rome and pay" is another wish.
        let named = matches!(tokens.get(at + 1), Some(Token::Word(next)) if next.starts_with(char::is_uppercase));
        if matches!(folded.as_str(), "and" | "or") && !named {
            return None;
        }
        // "the hall that Eastmere asks for": what follows belongs to another slot.
        if !kept.is_empty() && matches!(folded.as_str(), "that" | "which") {
            return None;
        }
        if kept.is_empty()
            && matches!(
                folded.as_str(),
                "the" | "a" | "an" | "my" | "our" | "with" | "at" | "to" | "that" | "which"
            )
        {
            continue;
        }
        kept.push(word);
    }
    let joined = kept.join(" ");
    let trimmed =
        joined.trim_matches(|c: char| matches!(c, ',' | ';' | ':' | '"' | '“' | '”' | '!' | '?'));
    let trimmed = trimmed.strip_suffix('.').unwrap_or(trimmed);
    Some(
        trimmed
            .trim_end_matches("'s")
            .trim_end_matches("’s")
            .to_owned(),
    )
}

/// Words that may stand in a goal without changing what it asks for.
fn is_filler(word: &str) -> bool {
    const FILLERS: [&str; 47] = [
        "the", "a", "an", "my", "me", "please", "for", "that", "which", "at", "on", "in", "via",
        "by", "it", "do", "is", "to", "this", "there", "some", "sometime", "time", "can", "could",
        "you", "i", "need", "want", "would", "like", "using", "through", "website", "site",
        "their", "from", "of", "under", "kindly", "so", "now", "and", "use", "page", "here", "go",
    ];
    let folded = words(word).join("");
    folded.is_empty() || FILLERS.contains(&folded.as_str())
}
