//! Every text that reaches the wire goes through here, so that none can end its command and begin
//! another (RFC 9051 sections 4.3 and 9).

use super::error::ServerError;
use crate::action::Flag;
use crate::mail::mutf7;

/// Longest text quoted, in bytes; longer ones are literals, which only messages need.
const QUOTED_BYTES_MAX: usize = 1000;
/// What is refused when a name can't be written.
const NAME: &str = "the mailbox's name";

/// Returns the bytes of a literal that holds `text`; what announces its length is the caller's.
///
/// # Errors
/// [`ServerError::Unsendable`] when it holds what no text of a search does.
pub(super) fn literal(text: &str) -> Result<Vec<u8>, ServerError> {
    let what = "the search";
    if text.chars().any(char::is_control) {
        let found = "it holds a line break or control character";
        return Err(ServerError::Unsendable { what, found });
    }
    if text.len() > QUOTED_BYTES_MAX {
        let found = "it is too long";
        return Err(ServerError::Unsendable { what, found });
    }
    Ok(text.as_bytes().to_vec())
}

/// Writes `text` as a quoted string.
///
/// # Errors
/// [`ServerError::Unsendable`] when a quoted string can't hold it.
pub(super) fn quoted(text: &str, what: &'static str) -> Result<String, ServerError> {
    let refuse = |found| Err(ServerError::Unsendable { what, found });
    if text.chars().any(char::is_control) {
        return refuse("it holds a line break or control character");
    }
    if !text.is_ascii() {
        return refuse("it holds a character that is not ASCII");
    }
    if text.len() > QUOTED_BYTES_MAX {
        return refuse("it is too long");
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    Ok(out)
}

/// Writes the name of a mailbox as servers know it, in modified UTF-7.
///
/// # Errors
/// As [`quoted`].
pub(super) fn mailbox(name: &str) -> Result<String, ServerError> {
    writable(name)?;
    quoted(&mutf7::encode(name), NAME)
}

/// As [`mailbox`], in UTF-8: for a server that writes the name so itself.
///
/// # Errors
/// As [`mailbox`].
pub(super) fn plain_mailbox(name: &str) -> Result<String, ServerError> {
    writable(name)?;
    if name.len() > QUOTED_BYTES_MAX {
        let found = "it is too long";
        return Err(ServerError::Unsendable { what: NAME, found });
    }
    let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
    Ok(format!("\"{escaped}\""))
}

fn writable(name: &str) -> Result<(), ServerError> {
    let what = NAME;
    if name.is_empty() {
        return Err(ServerError::Unsendable {
            what,
            found: "it is empty",
        });
    }
    if name.chars().any(char::is_control) {
        let found = "it holds a line break or control character";
        return Err(ServerError::Unsendable { what, found });
    }
    Ok(())
}

/// Writes a flag or keyword.
///
/// # Errors
/// [`ServerError::Unsendable`] for a keyword that is no atom.
pub(super) fn flag(flag: &Flag) -> Result<String, ServerError> {
    Ok(match flag {
        Flag::Seen => "\\Seen".to_owned(),
        Flag::Answered => "\\Answered".to_owned(),
        Flag::Flagged => "\\Flagged".to_owned(),
        Flag::Draft => "\\Draft".to_owned(),
        Flag::Deleted => "\\Deleted".to_owned(),
        Flag::Forwarded => "$Forwarded".to_owned(),
        Flag::Keyword(keyword) => {
            let atom = |c: char| c.is_ascii_graphic() && !"(){%*\"\\]".contains(c);
            let fits = (1..=QUOTED_BYTES_MAX).contains(&keyword.len());
            if !fits || !keyword.chars().all(atom) {
                return Err(ServerError::Unsendable {
                    what: "the keyword",
                    found: "it is not one word of plain letters, digits and signs",
                });
            }
            keyword.clone()
        }
    })
}

/// Reads a flag of a server; those that are no flag of a message are none of ours.
pub(super) fn read_flag(name: &str) -> Option<Flag> {
    let lower = name.to_ascii_lowercase();
    Some(match lower.as_str() {
        "\\seen" => Flag::Seen,
        "\\answered" => Flag::Answered,
        "\\flagged" => Flag::Flagged,
        "\\draft" => Flag::Draft,
        "\\deleted" => Flag::Deleted,
        "$forwarded" => Flag::Forwarded,
        _ if name.starts_with('\\') => return None,
        _ => Flag::Keyword(name.to_owned()),
    })
}

/// Writes numbers as a set, ranges joined: `1:3,7`.
pub(super) fn set(numbers: &[u32]) -> String {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in sorted {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            Some(_) | None => ranges.push((number, number)),
        }
    }
    let written = ranges.iter().map(|(first, last)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}:{last}")
        }
    });
    written.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mailbox_is_written_as_servers_know_it() {
        assert_eq!(mailbox("Büro").unwrap(), "\"B&APw-ro\"");
        assert_eq!(mailbox("a\"b\\c").unwrap(), "\"a\\\"b\\\\c\"");
        for bad in ["", "a\r\nx LOGOUT", "a\nb", "a\0b"] {
            assert!(mailbox(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn sets_join_what_follows_each_other() {
        assert_eq!(set(&[7, 3, 1, 2, 3]), "1:3,7");
        assert_eq!(set(&[]), "");
        assert_eq!(set(&[u32::MAX, u32::MAX - 1]), "4294967294:4294967295");
    }

    #[test]
    fn a_name_in_utf_8_is_quoted_too() {
        assert_eq!(plain_mailbox("Bü\"ro\\").unwrap(), "\"Bü\\\"ro\\\\\"");
        for bad in ["", "ü\r\nx LOGOUT", "ü\0", &"ü".repeat(600)] {
            assert!(plain_mailbox(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_ends_its_command(text in any::<String>()) {
            let keyword = Flag::Keyword(text.clone());
            let written = [quoted(&text, "it"), mailbox(&text), flag(&keyword)];
            for line in written.into_iter().flatten() {
                prop_assert!(line.bytes().all(|b| (0x20..0x7f).contains(&b)), "{line:?}");
                if line.starts_with('"') {
                    // Only the last character closes the string.
                    let inner = line.trim_start_matches('"');
                    let inner = inner.strip_suffix('"').unwrap_or_default();
                    let mut escaped = false;
                    for c in inner.chars() {
                        prop_assert!(escaped || c != '"');
                        escaped = c == '\\' && !escaped;
                    }
                    prop_assert!(!escaped);
                } else {
                    prop_assert!(!line.contains(' ') && !line.is_empty());
                }
            }
        }
    }
}
