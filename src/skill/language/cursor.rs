//! A place in a sentence that is being read.
//!
//! Words are compared in lower case; quoted text and `{names}` are never taken for words.

use super::value::{Part, Value, name};

/// A token of a sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A word as written, without the punctuation after it, with its lower-case form.
    Word(String, String),
    /// Text in quotes.
    Quoted(String),
    /// `{name.field}`.
    Name(Part),
    /// A comma, a colon or the like after the token before, as written.
    Mark(String),
}

/// A place in a sentence.
#[derive(Debug, Clone)]
pub(super) struct Cursor {
    tokens: std::rc::Rc<[Token]>,
    /// Whether the text ended with an exclamation mark, which is no token.
    exclaims: bool,
    at: usize,
    /// Where the text to be read ends; the end of the tokens but inside [`Cursor::within`].
    end: usize,
}

const FILLERS: [&str; 22] = [
    "please",
    "kindly",
    "now",
    "then",
    "also",
    "and",
    "first",
    "next",
    "finally",
    "afterwards",
    "lastly",
    "just",
    "ok",
    "okay",
    "after that",
    "could you",
    "can you",
    "would you",
    "will you",
    "i want you to",
    "i would like you to",
    "you should",
];

impl Cursor {
    /// Reads the tokens of `text`; none when a quote or brace is not closed or nothing is there.
    pub(super) fn new(text: &str) -> Option<Self> {
        let tokens: std::rc::Rc<[Token]> = tokens(text)?.into();
        let end = tokens.len();
        (end > 0).then_some(Self {
            tokens,
            exclaims: text.trim_end().ends_with('!'),
            at: 0,
            end,
        })
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.end
    }

    fn peek(&self) -> Option<&Token> {
        (self.at < self.end)
            .then(|| self.tokens.get(self.at))
            .flatten()
    }

    /// Returns the word that comes next, in lower case.
    pub(super) fn word(&self) -> Option<&str> {
        match self.peek()? {
            Token::Word(_, lower) => Some(lower),
            Token::Quoted(_) | Token::Name(_) | Token::Mark(_) => None,
        }
    }

    /// Takes the words of `phrase` when all come next.
    pub(super) fn eat(&mut self, phrase: &str) -> bool {
        let start = self.at;
        for word in phrase.split(' ') {
            if self.word() != Some(word) {
                self.at = start;
                return false;
            }
            self.at += 1;
        }
        true
    }

    /// Takes the first of the phrases that comes next, longest first in the list.
    pub(super) fn eat_any(&mut self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.eat(phrase))
    }

    /// Takes a phrase or fails, for use with `?`.
    pub(super) fn need(&mut self, phrases: &[&str]) -> Option<()> {
        self.eat_any(phrases).then_some(())
    }

    /// Takes "the", "a", "an", "my" and a comma.
    pub(super) fn articles(&mut self) {
        while self.eat_any(&["the", "a", "an", "my", "this", "that"]) || self.comma() {}
    }

    pub(super) fn comma(&mut self) -> bool {
        let comma = matches!(self.peek(), Some(Token::Mark(_)));
        self.at += usize::from(comma);
        comma
    }

    pub(super) fn skip_fillers(&mut self) {
        while !self.at_end() && (self.eat_any(&FILLERS) || self.comma()) {}
    }

    /// Takes quoted text or a `{name}`.
    pub(super) fn literal(&mut self) -> Option<Value> {
        let value = match self.peek()? {
            Token::Quoted(text) => Value::template(text),
            Token::Name(part) => Value(vec![part.clone()]),
            Token::Word(_, lower) => Value(vec![own_fact(lower)?]),
            Token::Mark(_) => return None,
        };
        self.at += 1;
        Some(value)
    }

    /// Takes quoted text, a name, or all words before one of `stops` or the end.
    pub(super) fn value_until(&mut self, stops: &[&str]) -> Option<Value> {
        let start = self.at;
        if let Some(value) = self.literal() {
            let ends = self.at_end() || matches!(self.peek(), Some(Token::Mark(_)));
            if ends || self.stands_at(stops) {
                return Some(value);
            }
            self.at = start;
        }
        self.words_until(stops)
    }

    /// Takes all words and names before one of `stops` or the end, as one value.
    pub(super) fn words_until(&mut self, stops: &[&str]) -> Option<Value> {
        let mut text = String::new();
        let mut parts = Vec::new();
        let start = self.at;
        while let Some(token) = self.peek() {
            if self.stands_at(stops) && self.at > start {
                break;
            }
            if self.stands_at(stops) {
                return None;
            }
            let gap = if text.is_empty() && parts.is_empty() {
                ""
            } else {
                " "
            };
            match token {
                Token::Word(piece, _) | Token::Quoted(piece) => {
                    text.push_str(gap);
                    text.push_str(piece);
                }
                Token::Mark(_) if self.at + 1 == self.end => {}
                Token::Mark(_) => text.push(','),
                Token::Name(part) => {
                    text.push_str(gap);
                    if !text.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut text)));
                    }
                    parts.push(part.clone());
                }
            }
            self.at += 1;
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        (!parts.is_empty()).then_some(Value(parts))
    }

    /// Like [`Cursor::words_until`], but fails where a quote comes in between.
    pub(super) fn wording_until(&mut self, stops: &[&str]) -> Option<Value> {
        let start = self.at;
        let value = self.words_until(stops)?;
        let quoted = |token: &Token| matches!(token, Token::Quoted(_));
        let taken = self.tokens.get(start..self.at).unwrap_or_default();
        (!taken.iter().any(quoted)).then_some(value)
    }

    /// Takes everything that is left, as it was written.
    pub(super) fn verbatim(&mut self) -> Option<Value> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let start = self.at;
        while let Some(token) = self.peek() {
            let gap = if self.at == start { "" } else { " " };
            match token {
                Token::Word(piece, _) => text.extend([gap, piece]),
                Token::Quoted(piece) => text.extend([gap, "\"", piece, "\""]),
                Token::Mark(mark) => text.push_str(mark),
                Token::Name(part) => {
                    text.push_str(gap);
                    if !text.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut text)));
                    }
                    parts.push(part.clone());
                }
            }
            self.at += 1;
        }
        if self.exclaims && self.end == self.tokens.len() {
            text.push('!');
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        (!parts.is_empty()).then_some(Value(parts))
    }

    /// Takes what stands before the first place that `begins` fits, and moves behind what it took.
    pub(super) fn split(&mut self, begins: &dyn Fn(&mut Self) -> bool) -> Option<Self> {
        for at in self.at + 1..self.end {
            let mut after = Self { at, ..self.clone() };
            if begins(&mut after) && !after.at_end() {
                let mut before = self.clone();
                before.end = at;
                let is_mark = |at: usize| matches!(before.tokens.get(at), Some(Token::Mark(_)));
                while before.end > before.at && is_mark(before.end - 1) {
                    before.end -= 1;
                }
                *self = after;
                return Some(before);
            }
        }
        None
    }

    /// Takes everything that is left, to be read on its own.
    pub(super) fn rest(&mut self) -> Self {
        let rest = self.clone();
        self.at = self.end;
        rest
    }

    /// Goes to where `before`, which was split off, ends.
    pub(super) fn skip_to(&mut self, before: &Self) {
        self.at = before.end;
    }

    /// Takes a colon.
    pub(super) fn colon(&mut self) -> bool {
        let colon = matches!(self.peek(), Some(Token::Mark(mark)) if mark.starts_with(':'));
        self.at += usize::from(colon);
        colon
    }

    /// Says whether quoted text or a `{name}` comes next, and nothing but a name for it after that.
    pub(super) fn at_quote(&self) -> bool {
        matches!(self.peek(), Some(Token::Quoted(_) | Token::Name(_)))
    }

    /// Takes one word that holds `part`, as it was written.
    pub(super) fn raw_with(&mut self, part: char) -> Option<String> {
        self.attempt(|c| c.raw().filter(|word| word.contains(part)))
    }

    fn stands_at(&self, stops: &[&str]) -> bool {
        let mut ahead = self.clone();
        ahead.eat_any(stops)
    }

    /// Takes "as NAME" in its forms, at the end or before more.
    pub(super) fn name_after(&mut self, leads: &[&str]) -> Option<String> {
        let start = self.at;
        if !self.eat_any(leads) {
            return None;
        }
        let name = match self.peek() {
            Some(Token::Word(_, lower)) => self.plain_name(lower),
            Some(Token::Quoted(text)) => self.plain_name(&text.to_lowercase()),
            Some(Token::Name(Part::Name { name, field })) if field.is_empty() => Some(name.clone()),
            Some(Token::Name(_) | Token::Mark(_)) | None => None,
        };
        if name.is_none() {
            self.at = start;
            return None;
        }
        self.at += 1;
        name
    }

    #[expect(clippy::unused_self, reason = "reads beside its one caller")]
    fn plain_name(&self, word: &str) -> Option<String> {
        match name(word)? {
            Part::Name { name, field } if field.is_empty() => Some(name),
            Part::Name { .. } | Part::Text(_) => None,
        }
    }

    /// Takes a whole number.
    pub(super) fn number(&mut self) -> Option<u32> {
        let number = match self.word()? {
            "one" => 1,
            "two" => 2,
            "three" => 3,
            "four" => 4,
            "five" => 5,
            digits => digits.parse().ok()?,
        };
        self.at += 1;
        Some(number)
    }

    /// Takes one word as it was written.
    pub(super) fn raw(&mut self) -> Option<String> {
        match self.peek()? {
            Token::Word(word, _) => {
                let word = word.clone();
                self.at += 1;
                Some(word)
            }
            Token::Quoted(_) | Token::Name(_) | Token::Mark(_) => None,
        }
    }

    /// Takes everything behind the last of `leads` off the end; the longest lead there counts.
    pub(super) fn tail_after(&mut self, leads: &[&str]) -> Option<Self> {
        for start in (self.at..self.end).rev() {
            let mut tail = self.clone();
            tail.at = start;
            if tail.eat_any(leads) && !tail.at_end() {
                // "to the" may begin a word before the lead that was met first.
                let mut longer = self.clone();
                longer.at = start.saturating_sub(1).max(self.at);
                let earlier = longer.at;
                let begin = if earlier < start && longer.eat_any(leads) && longer.at == tail.at {
                    earlier
                } else {
                    start
                };
                self.end = begin;
                return Some(tail);
            }
        }
        None
    }

    /// Reads with `read`; stays where it was when that fails.
    pub(super) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.at;
        let got = read(self);
        if got.is_none() {
            self.at = start;
        }
        got
    }

    /// Takes `phrase` when it stands at the very end, and ends the sentence before it.
    pub(super) fn cut_tail(&mut self, phrases: &[&str]) -> bool {
        for phrase in phrases {
            let length = phrase.split(' ').count();
            // A question mark at the end is no part of the phrase.
            let mut end = self.end;
            while end > self.at && matches!(self.tokens.get(end - 1), Some(Token::Mark(_))) {
                end -= 1;
            }
            let Some(start) = end.checked_sub(length).filter(|s| *s >= self.at) else {
                continue;
            };
            let mut tail = self.clone();
            tail.at = start;
            tail.end = end;
            if tail.eat(phrase) && tail.at_end() {
                self.end = start;
                let is_mark = |at: usize| matches!(self.tokens.get(at), Some(Token::Mark(_)));
                while self.end > self.at && is_mark(self.end - 1) {
                    self.end -= 1;
                }
                return true;
            }
        }
        false
    }
}

/// Reads `me.name` written without braces.
fn own_fact(word: &str) -> Option<Part> {
    word.starts_with("me.").then(|| name(word)).flatten()
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim().trim_end_matches(['.', '!']).trim_end();
    if rest.ends_with('…') {
        rest = rest.trim_end_matches('…');
    }
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        if first.is_whitespace() {
            rest = after;
        } else if first == ',' || (first == ':' && !after.starts_with('/')) {
            found.push(Token::Mark(first.to_string()));
            rest = after;
        } else if let Some(close) = closing(first) {
            let (inside, tail) = after.split_once(close)?;
            found.push(Token::Quoted(inside.to_owned()));
            rest = tail;
        } else if first == '{' {
            let (inside, tail) = after.split_once('}')?;
            found.push(Token::Name(name(inside)?));
            rest = tail;
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (word, tail) = rest.split_at_checked(end)?;
            let (word, marks) = trailing_marks(word);
            let marks = marks.to_owned();
            found.push(Token::Word(
                word.to_owned(),
                word.to_lowercase().replace('’', "'"),
            ));
            if !marks.is_empty() {
                found.push(Token::Mark(marks));
            }
            rest = tail;
        }
    }
    Some(found)
}

/// Splits off the comma or colon that ends a word.
fn trailing_marks(word: &str) -> (&str, &str) {
    let bare = word.trim_end_matches([',', ':', '?', ';']);
    if bare.is_empty() {
        return (word, "");
    }
    (bare, word.get(bare.len()..).unwrap_or_default())
}

/// Returns the mark that closes a quote opened by `c`; an apostrophe opens none.
pub(super) fn closing(c: char) -> Option<char> {
    match c {
        '"' => Some('"'),
        '“' | '„' => Some('”'),
        '«' => Some('»'),
        '\'' => Some('\''),
        '‘' => Some('’'),
        '`' => Some('`'),
        _ => None,
    }
}
