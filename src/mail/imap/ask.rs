//! Searching on the server (RFC 9051 section 6.4.4), which also knows the texts that are not here.
//!
//! A server searches by days and in its own way; what it can't tell is looked at here afterwards.

use imap_proto::{MailboxDatum, Response};
use jiff::{Span, Timestamp};

use super::quote;
use super::sync::{self, Job};
use super::wire::Wire;
use crate::mail::Error;
use crate::mail::index::{Field, Filed, Index, Mark, Search, Term, What};

/// Messages taken of one mailbox, the newest.
const FOUND_MAX: usize = 1_000;

/// A search as a server takes it: words of the protocol, with the user's texts between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query(Vec<Piece>);

/// A piece of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Words of the protocol, or what is quoted already.
    Plain(String),
    /// A text that no quoted string can hold; it goes as a literal.
    Literal(Vec<u8>),
}

impl Query {
    /// Puts `search` into a server's words.
    ///
    /// # Errors
    /// When a text can't be sent at all.
    pub(super) fn of(search: &Search) -> Result<Self, Error> {
        let mut query = Self(Vec::new());
        for term in &search.terms {
            query.term(term)?;
        }
        if query.0.is_empty() {
            query.plain("ALL");
        }
        Ok(query)
    }

    fn term(&mut self, term: &Term) -> Result<(), Error> {
        let not = if term.excluded { "NOT " } else { "" };
        match &term.what {
            What::Words { field, said, .. } => {
                let (before, between) = match field {
                    Field::Any => ("TEXT ", None),
                    Field::From => ("FROM ", None),
                    Field::Subject => ("SUBJECT ", None),
                    Field::To => ("OR TO ", Some(" CC ")),
                };
                self.plain(&format!("{not}{before}"));
                self.text(said)?;
                if let Some(between) = between {
                    self.plain(between);
                    self.text(said)?;
                }
                self.plain(" ");
            }
            What::Is(mark) => {
                let word = match mark {
                    Mark::Unread => "UNSEEN",
                    Mark::Read => "SEEN",
                    Mark::Flagged => "FLAGGED",
                    Mark::Answered => "ANSWERED",
                    Mark::Draft => "DRAFT",
                };
                self.plain(&format!("{not}{word} "));
            }
            What::Keyword(word) => {
                let word = quote::flag(&crate::action::Flag::Keyword(word.clone()))?;
                self.plain(&format!("{not}KEYWORD {word} "));
            }
            // A server reckons in days of the writer's zone: a day more, and then by the second.
            What::Since(at) if !term.excluded => self.day("SENTSINCE", *at, -1),
            What::Before(at) if !term.excluded => self.day("SENTBEFORE", *at, 2),
            What::Since(_) | What::Before(_) | What::HasAttachment | What::In(_) => {}
        }
        Ok(())
    }

    fn day(&mut self, word: &str, at: Timestamp, more: i64) {
        let moved = at.checked_add(Span::new().hours(24 * more)).unwrap_or(at);
        self.plain(&format!("{word} {} ", moved.strftime("%-d-%b-%Y")));
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        match quote::quoted(text, "the search") {
            Ok(quoted) => self.plain(&quoted),
            Err(_) if !text.is_ascii() => self.0.push(Piece::Literal(quote::literal(text)?)),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn plain(&mut self, more: &str) {
        match self.0.last_mut() {
            Some(Piece::Plain(text)) => text.push_str(more),
            Some(Piece::Literal(_)) | None => self.0.push(Piece::Plain(more.to_owned())),
        }
    }

    /// The whole command.
    fn command(&self) -> Vec<Piece> {
        let has_literal = self.0.iter().any(|one| matches!(one, Piece::Literal(_)));
        let start = if has_literal {
            "UID SEARCH CHARSET UTF-8 "
        } else {
            "UID SEARCH "
        };
        let mut whole = Self(vec![Piece::Plain(start.to_owned())]);
        for piece in &self.0 {
            match piece {
                Piece::Plain(text) => whole.plain(text),
                Piece::Literal(_) => whole.0.push(piece.clone()),
            }
        }
        if let Some(Piece::Plain(text)) = whole.0.last_mut() {
            text.truncate(text.trim_end().len());
        }
        whole.0
    }
}

/// Finds the messages of a mailbox that are as asked; it is up to date here afterwards.
pub(super) fn mailbox(
    wire: &mut Wire,
    job: &Job,
    name: &str,
    query: &Query,
) -> Result<Vec<Filed>, Error> {
    sync::mailbox(wire, job, name)?;
    let index = Index::open(&job.index)?;
    let spots = index.spots(&job.account, name)?;
    if spots.is_empty() {
        return Ok(Vec::new());
    }
    wire.look_at(name)?;
    let mut uids = Vec::new();
    let mut note = |response: Response<'_>| {
        if let Response::MailboxData(MailboxDatum::Search(found)) = response {
            uids.extend(found);
        }
    };
    wire.ask("search", &query.command(), &mut note)?;
    uids.sort_unstable_by_key(|uid| std::cmp::Reverse(*uid));
    uids.truncate(FOUND_MAX);
    index.with_uids(&job.account, name, &uids)
}

/// Says what a server could not: moments by the second, and files.
pub(super) fn fits(filed: &Filed, search: &Search) -> bool {
    let holds = |what: &What| match what {
        What::Since(at) => filed.envelope.date >= *at,
        What::Before(at) => filed.envelope.date < *at,
        What::HasAttachment => {
            let kind = filed.headers.get("content-type");
            let is_mixed = kind.is_some_and(|kind| {
                let kind = kind.to_ascii_lowercase();
                kind.starts_with("multipart/mixed")
            });
            filed.has_attachment || is_mixed
        }
        What::In(name) => filed.envelope.mailbox.to_lowercase() == name.to_lowercase(),
        What::Words { .. } | What::Is(_) | What::Keyword(_) => true,
    };
    search.terms.iter().all(|term| match &term.what {
        What::Words { .. } | What::Is(_) | What::Keyword(_) => true,
        what @ (What::Since(_) | What::Before(_) | What::HasAttachment | What::In(_)) => {
            holds(what) != term.excluded
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(text: &str) -> String {
        let day = |_: &str| Timestamp::from_second(1_795_302_000).ok();
        let search = Search::parse(text, &day).unwrap();
        let pieces = Query::of(&search).unwrap().command();
        let shown = pieces.iter().map(|piece| match piece {
            Piece::Plain(text) => text.clone(),
            Piece::Literal(bytes) => format!("<{}>", String::from_utf8_lossy(bytes)),
        });
        shown.collect()
    }

    #[test]
    fn a_search_is_put_into_the_words_of_a_server() {
        for (said, sent) in [
            ("", "UID SEARCH ALL"),
            ("budget", "UID SEARCH TEXT \"budget\""),
            (
                "-from:dana to:\"Ken O\" is:unread",
                "UID SEARCH NOT FROM \"dana\" OR TO \"Ken O\" CC \"Ken O\" UNSEEN",
            ),
            (
                "subject:Grüße label:Waiting after:x before:y",
                "UID SEARCH CHARSET UTF-8 SUBJECT <Grüße> KEYWORD Waiting \
                 SENTSINCE 20-Nov-2026 SENTBEFORE 23-Nov-2026",
            ),
            ("has:attachment in:Archive", "UID SEARCH ALL"),
            ("a\\b{3}", "UID SEARCH TEXT \"a\\\\b{3}\""),
        ] {
            assert_eq!(command(said), sent);
        }
    }

    #[test]
    fn no_text_ends_its_command() {
        let day = |_: &str| None;
        for evil in ["\"a\r\nx LOGOUT\"", "\"ü\r\nx LOGOUT\"", "\"a\0b\""] {
            let search = Search::parse(evil, &day).unwrap();
            assert!(Query::of(&search).is_err(), "{evil:?}");
        }
    }
}
