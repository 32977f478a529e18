//! The words people search with, as a small language.
//!
//! ```text
//! invoice march            both words, each as the beginning of one
//! "quarterly report"       these words in a row
//! from:dana to:ken subject:budget     words of the sender, of a recipient, of the subject
//! in:Archive               the mailbox
//! is:unread is:read is:flagged is:answered is:draft
//! has:attachment
//! label:Waiting            a keyword
//! after:2026-03-01 before:yesterday   whole days; the reader of days is the caller's
//! -newsletter -from:shop   not so
//! ```

use jiff::Timestamp;

use super::fold;
use crate::action::MailQuery;
use crate::untrusted;

/// Terms of one search.
const TERMS_MAX: usize = 50;
/// Longest term in bytes.
const TERM_BYTES_MAX: usize = 400;

/// What is looked for: all terms must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// The terms.
    pub terms: Vec<Term>,
}

/// One thing that must hold, or must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What.
    pub what: What,
    /// Whether it must not hold.
    pub excluded: bool,
}

/// What a term asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Words in a row, folded; none holds always.
    Words {
        /// Where they must stand.
        field: Field,
        /// The words.
        words: Vec<String>,
        /// Whether the last word must be whole, not only begin so.
        whole: bool,
        /// The text as it was written, for who compares in another way.
        said: String,
    },
    /// The mailbox's name, in any case of letters.
    In(String),
    /// A system flag.
    Is(Mark),
    /// Files are attached.
    HasAttachment,
    /// Not older than this.
    Since(Timestamp),
    /// Older than this.
    Before(Timestamp),
    /// A keyword, in any case of letters.
    Keyword(String),
}

/// Where words must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Anywhere: subject, people or visible text.
    Any,
    /// Name or address of the sender.
    From,
    /// Names or addresses of `To` and `Cc`.
    To,
    /// The subject.
    Subject,
}

/// A system flag, or its absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Without `\Seen`.
    Unread,
    /// With `\Seen`.
    Read,
    /// With `\Flagged`.
    Flagged,
    /// With `\Answered`.
    Answered,
    /// With `\Draft`.
    Draft,
}

/// Why a search can't be understood; each names the term.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A key that means nothing.
    #[error("no search knows '{key}:'")]
    Key {
        /// What stood before the colon.
        key: String,
    },
    /// A value that the key does not take.
    #[error("'{key}:' does not take '{value}'")]
    Value {
        /// The key.
        key: String,
        /// What was given.
        value: String,
    },
    /// A quotation that is never closed.
    #[error("the quotation mark before '{rest}' is never closed")]
    Open {
        /// What follows it.
        rest: String,
    },
    /// Nothing that can be looked for.
    #[error("'{term}' holds no letter or digit to look for")]
    Empty {
        /// The term.
        term: String,
    },
    /// Too much of it.
    #[error("a search takes {TERMS_MAX} terms of {TERM_BYTES_MAX} bytes at most")]
    Long,
}

impl QueryError {
    /// Returns what the user can do.
    pub fn hint(&self) -> String {
        match self {
            Self::Key { .. } => {
                "it knows from: to: subject: in: is: has: label: after: before:, and words in \
                 \"quotes\" as they are"
            }
            Self::Value { key, .. } => match key.as_str() {
                "is" => "write is:unread, is:read, is:flagged, is:answered or is:draft",
                "has" => "write has:attachment",
                "after" | "before" => "write a day such as 2026-03-14, yesterday or '3 days ago'",
                _ => "write a word after the colon",
            },
            Self::Open { .. } => "close it with a second one",
            Self::Empty { .. } => "search for words",
            Self::Long => "search for fewer words",
        }
        .to_owned()
    }
}

impl Search {
    /// Reads a search as people write it; `day` reads what stands after `after:` and `before:` as
    /// the moment at which that day begins.
    ///
    /// # Errors
    /// [`QueryError`], naming the term that means nothing.
    pub fn parse(text: &str, day: &dyn Fn(&str) -> Option<Timestamp>) -> Result<Self, QueryError> {
        let mut terms = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (piece, after) = piece(rest)?;
            if terms.len() >= TERMS_MAX || piece.value.len() > TERM_BYTES_MAX {
                return Err(QueryError::Long);
            }
            terms.push(piece.term(day)?);
            rest = after.trim_start();
        }
        Ok(Self { terms })
    }

    /// Reads what a planner asks for; words without a letter or digit ask for nothing.
    pub fn of(query: &MailQuery) -> Self {
        let mut search = Self::default();
        for (field, text) in [
            (Field::From, &query.from),
            (Field::Subject, &query.subject),
            (Field::Any, &query.text),
        ] {
            for word in Self::words(field, text.as_deref().unwrap_or_default()) {
                search = search.and(word);
            }
        }
        if let Some(since) = query.since {
            search = search.and(What::Since(since));
        }
        if query.unread {
            search = search.and(What::Is(Mark::Unread));
        }
        search
    }

    /// Returns the search with one thing more that must hold.
    #[must_use]
    pub fn and(mut self, what: What) -> Self {
        let excluded = false;
        self.terms.push(Term { what, excluded });
        self
    }

    /// Returns words that must stand in `field`, each as the beginning of one; those beyond a limit
    /// are left out, which finds more rather than less.
    pub fn words(field: Field, text: &str) -> impl Iterator<Item = What> {
        let words: Vec<What> = text
            .split_whitespace()
            .take(TERMS_MAX)
            .map(|word| What::Words {
                field,
                words: fold::words(word, TERM_BYTES_MAX),
                whole: false,
                said: word.to_owned(),
            })
            .collect();
        words.into_iter()
    }
}

/// One term as written.
struct Piece<'a> {
    excluded: bool,
    key: &'a str,
    value: &'a str,
    quoted: bool,
}

/// Cuts the first term off `text`, which begins with no blank.
fn piece(text: &str) -> Result<(Piece<'_>, &str), QueryError> {
    let (excluded, text) = match text.strip_prefix('-') {
        Some(rest) if !rest.starts_with(char::is_whitespace) && !rest.is_empty() => (true, rest),
        _ => (false, text),
    };
    let key_end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(0);
    let (key, value) = match text.split_at_checked(key_end) {
        Some((key, rest)) if !key.is_empty() && rest.starts_with(':') => {
            (key, rest.get(1..).unwrap_or_default())
        }
        _ => ("", text),
    };
    let piece = |value, quoted| Piece {
        excluded,
        key,
        value,
        quoted,
    };
    if let Some(quoted) = value.strip_prefix('"') {
        let (inner, after) = quoted.split_once('"').ok_or_else(|| QueryError::Open {
            rest: shown(quoted),
        })?;
        return Ok((piece(inner, true), after));
    }
    let end = value.find(char::is_whitespace).unwrap_or(value.len());
    let (value, after) = value.split_at_checked(end).unwrap_or((value, ""));
    Ok((piece(value, false), after))
}

fn shown(text: &str) -> String {
    untrusted::line(text, 60)
}

impl Piece<'_> {
    fn term(&self, day: &dyn Fn(&str) -> Option<Timestamp>) -> Result<Term, QueryError> {
        let key = self.key.to_ascii_lowercase();
        let wrong = || QueryError::Value {
            key: key.clone(),
            value: shown(self.value),
        };
        let named = || match self.value.trim() {
            "" => Err(wrong()),
            name => Ok(name.to_owned()),
        };
        let what = match key.as_str() {
            "" => self.words(Field::Any)?,
            "from" => self.words(Field::From)?,
            "to" | "cc" => self.words(Field::To)?,
            "subject" => self.words(Field::Subject)?,
            "in" => What::In(named()?),
            "label" | "keyword" | "tag" => What::Keyword(named()?),
            "is" => What::Is(mark(self.value).ok_or_else(wrong)?),
            "has" if ["attachment", "attachments", "file"].contains(&self.value) => {
                What::HasAttachment
            }
            "has" => return Err(wrong()),
            "after" | "since" => What::Since(day(self.value).ok_or_else(wrong)?),
            "before" => What::Before(day(self.value).ok_or_else(wrong)?),
            // An address of the web is no key; everything else may be a slip.
            "http" | "https" | "mailto" => {
                let whole = format!("{}:{}", self.key, self.value);
                What::Words {
                    field: Field::Any,
                    words: fold::words(&whole, TERM_BYTES_MAX),
                    whole: false,
                    said: whole,
                }
            }
            _ => return Err(QueryError::Key { key: shown(&key) }),
        };
        Ok(Term {
            what,
            excluded: self.excluded,
        })
    }

    fn words(&self, field: Field) -> Result<What, QueryError> {
        let words = fold::words(self.value, TERM_BYTES_MAX);
        if words.is_empty() {
            let term = if self.value.is_empty() {
                format!("{}:", self.key)
            } else {
                shown(self.value)
            };
            return Err(QueryError::Empty { term });
        }
        Ok(What::Words {
            field,
            words,
            whole: self.quoted,
            said: self.value.to_owned(),
        })
    }
}

fn mark(word: &str) -> Option<Mark> {
    Some(match word.to_ascii_lowercase().as_str() {
        "unread" | "unseen" | "new" => Mark::Unread,
        "read" | "seen" => Mark::Read,
        "flagged" | "starred" => Mark::Flagged,
        "answered" | "replied" => Mark::Answered,
        "draft" => Mark::Draft,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Option<Timestamp> {
        (text == "yesterday").then(|| Timestamp::from_second(86_400).unwrap())
    }

    fn parse(text: &str) -> Result<Vec<(bool, What)>, QueryError> {
        let search = Search::parse(text, &day)?;
        let terms = search.terms.into_iter();
        // How it was written is looked at where a server is asked.
        let plain = |mut what: What| {
            if let What::Words { said, .. } = &mut what {
                said.clear();
            }
            what
        };
        Ok(terms
            .map(|term| (term.excluded, plain(term.what)))
            .collect())
    }

    fn words(field: Field, text: &str, whole: bool) -> What {
        let words = text.split(' ').map(str::to_owned).collect();
        What::Words {
            field,
            words,
            whole,
            said: String::new(),
        }
    }

    #[test]
    fn searches_are_read_as_people_write_them() {
        let second = Timestamp::from_second(86_400).unwrap();
        for (text, expected) in [
            (
                "Invoice",
                vec![(false, words(Field::Any, "invoice", false))],
            ),
            (
                "\"Quarterly Report\" from:Dana@X.test",
                vec![
                    (false, words(Field::Any, "quarterly report", true)),
                    (false, words(Field::From, "dana x test", false)),
                ],
            ),
            (
                "-subject:\"Re: x\" to:ken",
                vec![
                    (true, words(Field::Subject, "re x", true)),
                    (false, words(Field::To, "ken", false)),
                ],
            ),
            (
                "in:\"My Box\" is:Unread -has:attachment label:Waiting",
                vec![
                    (false, What::In("My Box".to_owned())),
                    (false, What::Is(Mark::Unread)),
                    (true, What::HasAttachment),
                    (false, What::Keyword("Waiting".to_owned())),
                ],
            ),
            (
                "after:yesterday before:\"yesterday\"",
                vec![(false, What::Since(second)), (false, What::Before(second))],
            ),
            ("10:30", vec![(false, words(Field::Any, "10 30", false))]),
            (
                "https://a.test/x",
                vec![(false, words(Field::Any, "https a test x", false))],
            ),
            ("", vec![]),
        ] {
            assert_eq!(parse(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_means_nothing_is_named() {
        for (text, said) in [
            ("form:dana", "no search knows 'form:'"),
            ("is:purple", "'is:' does not take 'purple'"),
            ("after:blue", "'after:' does not take 'blue'"),
            ("in:", "'in:' does not take ''"),
            ("from:", "'from:' holds no letter or digit to look for"),
            (
                "\"open end",
                "the quotation mark before 'open end' is never closed",
            ),
            ("!!!", "'!!!' holds no letter or digit to look for"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.to_string(), said);
            assert!(!error.hint().is_empty());
        }
        assert_eq!(parse(&"a ".repeat(60)), Err(QueryError::Long));
    }

    proptest! {
        #[test]
        fn no_search_panics_and_its_words_are_plain(text in any::<String>()) {
            if let Ok(search) = Search::parse(&text, &day) {
                for term in search.terms {
                    if let What::Words { words, .. } = term.what {
                        prop_assert!(words.iter().all(|w| w.chars().all(char::is_alphanumeric)));
                    }
                }
            }
        }
    }
}
