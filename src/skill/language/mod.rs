//! The language of plain-English steps: text is split into sentences, each becomes a [`Sentence`].
//!
//! One sentence says one thing. What is not understood is an error that names the nearest form;
//! nothing is guessed at, here or at run time.

mod booking;
mod chores;
mod cursor;
mod diary;
mod events;
mod forms;
mod leaving;
mod letters;
mod looking;
mod mail;
mod sentence;
mod split;
mod target;
mod value;
mod web;

pub use forms::{FORMS, Form};
pub use sentence::{
    Chore, EventDeed, Expected, Kind, Length, MailSort, Ordinal, Presence, Resize, Scope, Sentence,
    Target, Which,
};
pub use split::sentences;
pub use value::{Part, Value, looks_like_address};

use cursor::Cursor;

/// Most sentences in one program; more is no longer a chore but a program.
pub const SENTENCES_MAX: usize = 200;
/// Longest sentence, in characters.
const SENTENCE_CHARS_MAX: usize = 2_000;

/// A sentence that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("I don't understand '{sentence}'")]
pub struct Unknown {
    /// The sentence as written.
    pub sentence: String,
    /// The form that comes nearest to it.
    pub nearest: &'static Form,
}

impl Unknown {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(format!(
            "the nearest form I know is: {}",
            self.nearest.example
        ))
    }
}

/// A sentence with the words it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The words, for people.
    pub text: String,
    /// What they mean.
    pub sentence: Sentence,
}

/// Reads a whole program.
///
/// # Errors
/// The first sentence that is not understood.
pub fn program(text: &str) -> Result<Vec<Line>, Unknown> {
    let mut lines = Vec::new();
    let mut before = String::new();
    for sentence in sentences(text).into_iter().take(SENTENCES_MAX) {
        let found = compound(&sentence).map_err(|unknown| {
            // Most likely it is more of what the letter before says.
            let in_letter = lines
                .last()
                .is_some_and(|last: &Line| last.sentence.writes());
            if in_letter && !is_quoted(&before) {
                return Unknown {
                    nearest: forms::letter(),
                    ..unknown
                };
            }
            unknown
        })?;
        lines.extend(found);
        before = sentence;
    }
    Ok(lines)
}

/// Reads one sentence, or several that are joined by "and" or a comma.
///
/// # Errors
/// When it is not understood, neither whole nor in parts.
pub fn compound(text: &str) -> Result<Vec<Line>, Unknown> {
    let whole = sentence(text);
    let Err(unknown) = whole else {
        return whole.map(|sentence| lines(text, sentence));
    };
    for (left, right) in split::joints(text) {
        if let Ok(first) = sentence(left)
            && let Ok(rest) = compound(right)
            && may_join(left, &first, &rest)
        {
            let mut found = lines(left, first);
            found.extend(rest);
            return Ok(found);
        }
    }
    Err(unknown)
}

/// Says whether `rest` may follow a sentence; what a letter says in plain words may go on with
/// anything, so that only sending it is sure to be meant.
fn may_join(left: &str, first: &Sentence, rest: &[Line]) -> bool {
    let sends = |line: &Line| matches!(line.sentence, Sentence::Send(_));
    !first.writes() || is_quoted(left) || rest.first().is_some_and(sends)
}

fn is_quoted(text: &str) -> bool {
    text.trim_end()
        .ends_with(['"', '\'', '”', '’', '»', '`', '}'])
}

/// One line for each of the things that a sentence says.
fn lines(text: &str, sentence: Sentence) -> Vec<Line> {
    if let Sentence::Several(all) = sentence {
        return all.into_iter().map(|one| line(text, one)).collect();
    }
    vec![line(text, sentence)]
}

fn line(text: &str, sentence: Sentence) -> Line {
    Line {
        text: text.trim().to_owned(),
        sentence,
    }
}

/// Reads one sentence.
///
/// # Errors
/// When no form fits.
pub fn sentence(text: &str) -> Result<Sentence, Unknown> {
    let unknown = || Unknown {
        sentence: text.trim().to_owned(),
        nearest: forms::nearest(text),
    };
    if text.chars().count() > SENTENCE_CHARS_MAX {
        return Err(unknown());
    }
    let start = Cursor::new(text).ok_or_else(unknown)?;
    read(&start).ok_or_else(unknown)
}

/// Reads all that is left as one sentence.
fn read(start: &Cursor) -> Option<Sentence> {
    let mut start = start.clone();
    start.skip_fillers();
    let mut readers = mail::READERS
        .iter()
        .chain(events::READERS)
        .chain(diary::READERS)
        .chain(web::READERS);
    readers.find_map(|read| {
        let mut cursor = start.clone();
        let sentence = read(&mut cursor)?;
        cursor.at_end().then_some(sentence)
    })
}

#[cfg(test)]
mod tests;
