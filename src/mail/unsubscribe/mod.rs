//! Ways out of a subscription, read off a message (RFC 2369 section 3.2, RFC 6068, RFC 8058).
//!
//! The one that needs no reading, one POST, is taken only where the user's own mail server vouches
//! for the sender's signature over it and its address lies on the sender's own domain; a letter is
//! for the user to send, and a page for the user to open. Never follows a link by itself.

mod click;
mod fields;
mod proof;

use url::Url;

pub use click::{Answer, Click, click};

use crate::action::Exit;
use crate::untrusted;
use fields::Fields;

/// Ways out looked at in one message.
const TARGETS_MAX: usize = 10;
/// Longest address of a way out, in characters.
const TARGET_CHARS_MAX: usize = 2_000;
/// Longest subject that a way out may ask for, in characters.
const SUBJECT_CHARS_MAX: usize = 200;
/// Longest text that a way out may ask for, in characters.
const BODY_CHARS_MAX: usize = 2_000;
/// What a letter says where the sender asks for nothing else (RFC 2369 section 3.2).
const WORD: &str = "unsubscribe";

/// Finds the most direct way out of `message` that can be trusted, and says why no more direct one
/// is taken. `servers` are the names of the user's own mail servers, whose word on signatures counts.
pub fn exit(message: &[u8], servers: &[String]) -> (Exit, String) {
    let fields = Fields::read(message);
    let targets: Vec<&str> = match fields.all("list-unsubscribe").as_slice() {
        [] => {
            let why = "it does not say how to unsubscribe (List-Unsubscribe)";
            return (Exit::None {}, why.to_owned());
        }
        [first, ..] => targets(first),
    };
    let page = |scheme: &str| {
        let mut urls = targets.iter().filter_map(|target| Url::parse(target).ok());
        urls.find(|url| url.scheme() == scheme && url.has_host())
    };
    let (secure, plain) = (page("https"), page("http"));
    let why = match &secure {
        Some(url) => match proof::one_click(&fields, url, servers) {
            Ok(()) => {
                let url = url.to_string();
                return (Exit::Click { url }, String::new());
            }
            Err(why) => why,
        },
        None => "it offers no secure address to unsubscribe by one click".to_owned(),
    };
    if let Some(letter) = targets.iter().find_map(|target| letter(target)) {
        return (letter, why);
    }
    match secure.or(plain) {
        Some(url) => {
            let url = url.to_string();
            (Exit::Page { url }, why)
        }
        None => (
            Exit::None {},
            "its way to unsubscribe can't be read".to_owned(),
        ),
    }
}

/// The addresses between angle brackets.
fn targets(field: &str) -> Vec<&str> {
    let pieces = field.split('<').skip(1);
    let inside = pieces.filter_map(|piece| piece.split_once('>'));
    let found = inside.map(|(target, _)| target.trim());
    let fit = |target: &&str| target.chars().count() <= TARGET_CHARS_MAX;
    found.filter(fit).take(TARGETS_MAX).collect()
}

/// Reads a `mailto:` address; one to several people, or that asks for other fields than a subject
/// and a text, is taken for the first of them without those.
fn letter(target: &str) -> Option<Exit> {
    // In these a plus sign is one (RFC 6068 section 5).
    let url = Url::parse(&target.replace('+', "%2B")).ok()?;
    if url.scheme() != "mailto" {
        return None;
    }
    let path = format!("to={}", url.path());
    let (_, to) = url::form_urlencoded::parse(path.as_bytes()).next()?;
    let to = to.split(',').next().unwrap_or_default().trim().to_owned();
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ';');
    if to.contains(odd) || !to.contains('@') {
        return None;
    }
    let asked = |name: &str| {
        let mut pairs = url.query_pairs();
        let found = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.into_owned())
    };
    let subject = untrusted::line(&asked("subject").unwrap_or_default(), SUBJECT_CHARS_MAX);
    let body: String = asked("body").unwrap_or_default();
    let body: String = body.chars().take(BODY_CHARS_MAX).collect();
    let body = untrusted::block(&body);
    let or_word = |text: String| {
        if text.trim().is_empty() {
            WORD.to_owned()
        } else {
            text
        }
    };
    Some(Exit::Letter {
        to,
        subject: or_word(subject),
        body: or_word(body),
    })
}

#[cfg(test)]
mod tests;
