//! Flags and keywords of a message as letters in its file name.
//!
//! The five system flags and `P` are those of the Maildir specification. Keywords are `a` to `z`,
//! named in the mailbox's `dovecot-keywords` file as Dovecot does, so Dovecot shows them and mutt
//! and notmuch keep them. Letters belong to one mailbox: moving a message translates them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::disk;
use crate::action::Flag;
use crate::mail::Error;
use crate::mail::error::io_at;

/// Where a mailbox names its keywords.
const FILE: &str = "dovecot-keywords";
/// Letters there are.
const KEYWORDS_MAX: usize = 26;
/// Longest keyword in bytes.
const KEYWORD_BYTES_MAX: usize = 64;

/// The keywords of a mailbox, in the order of their letters; a gap is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Keywords(Vec<String>);

impl Keywords {
    /// Reads those of the mailbox in `folder`.
    pub(super) fn read(folder: &Path) -> Result<Self, Error> {
        Ok(Self::parse(&String::from_utf8_lossy(&Self::bytes(folder)?)))
    }

    /// Returns the file in which the mailbox in `folder` names them, empty when there is none.
    pub(super) fn bytes(folder: &Path) -> Result<Vec<u8>, Error> {
        let path = folder.join(FILE);
        match fs::read(&path) {
            Err(none) if none.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            read => read.map_err(io_at("read", &path)),
        }
    }

    fn parse(text: &str) -> Self {
        let mut names = Vec::new();
        for line in text.lines() {
            let Some((number, name)) = line.split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<usize>() else {
                continue;
            };
            if number < KEYWORDS_MAX {
                names.resize(names.len().max(number + 1), String::new());
                if let Some(slot) = names.get_mut(number) {
                    name.clone_into(slot);
                }
            }
        }
        Self(names)
    }

    /// Returns the letter of `keyword`, giving it one when it has none yet.
    fn letter(&mut self, keyword: &str, folder: &Path) -> Result<char, Error> {
        check(keyword)?;
        let known = self
            .0
            .iter()
            .position(|name| name.eq_ignore_ascii_case(keyword));
        let at = match known {
            Some(at) => at,
            None if self.0.len() < KEYWORDS_MAX => {
                self.0.push(keyword.to_owned());
                self.write(folder)?;
                self.0.len() - 1
            }
            None => return Err(refused(keyword, "its mailbox has 26 keywords already")),
        };
        Ok(('a'..='z').nth(at).unwrap_or('z'))
    }

    fn write(&self, folder: &Path) -> Result<(), Error> {
        let mut lines = String::new();
        for (at, name) in self
            .0
            .iter()
            .enumerate()
            .filter(|(_, name)| !name.is_empty())
        {
            lines.push_str(&at.to_string());
            lines.push(' ');
            lines.push_str(name);
            lines.push('\n');
        }
        disk::replace(&folder.join("tmp"), &folder.join(FILE), lines.as_bytes())
    }

    /// Reads the flags of a file name; letters without a name are left out.
    pub(super) fn flags(&self, letters: &str) -> Vec<Flag> {
        let mut flags = BTreeSet::new();
        for letter in letters.chars() {
            let keyword = ('a'..='z').position(|l| l == letter);
            let keyword = keyword
                .and_then(|at| self.0.get(at))
                .filter(|name| !name.is_empty());
            flags.extend(system(letter).or_else(|| keyword.cloned().map(Flag::Keyword)));
        }
        flags.into_iter().collect()
    }

    /// Returns `flags` as letters, in the order the specification asks for.
    pub(super) fn letters(&mut self, flags: &[Flag], folder: &Path) -> Result<String, Error> {
        let mut letters = BTreeSet::new();
        for flag in flags {
            letters.insert(match flag {
                Flag::Draft => 'D',
                Flag::Flagged => 'F',
                Flag::Forwarded => 'P',
                Flag::Answered => 'R',
                Flag::Seen => 'S',
                Flag::Deleted => 'T',
                Flag::Keyword(keyword) => self.letter(keyword, folder)?,
            });
        }
        Ok(letters.into_iter().collect())
    }
}

fn system(letter: char) -> Option<Flag> {
    match letter {
        'D' => Some(Flag::Draft),
        'F' => Some(Flag::Flagged),
        'P' => Some(Flag::Forwarded),
        'R' => Some(Flag::Answered),
        'S' => Some(Flag::Seen),
        'T' => Some(Flag::Deleted),
        _ => None,
    }
}

/// Letters in `letters` that mean nothing here but must not get lost.
pub(super) fn unknown(letters: &str) -> impl Iterator<Item = char> {
    letters
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() && system(*c).is_none() && !c.is_ascii_lowercase())
}

/// A keyword is an atom of IMAP (RFC 9051 section 9): no blanks, brackets, quotes or wildcards.
fn check(keyword: &str) -> Result<(), Error> {
    let atom = |c: char| c.is_ascii_graphic() && !"(){%*\"\\]".contains(c);
    if keyword.is_empty() || keyword.len() > KEYWORD_BYTES_MAX || !keyword.chars().all(atom) {
        return Err(refused(
            keyword,
            "a keyword is one word of plain letters, digits and signs",
        ));
    }
    Ok(())
}

fn refused(name: &str, reason: &'static str) -> Error {
    Error::BadName {
        what: "the keyword",
        name: name.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyword(name: &str) -> Flag {
        Flag::Keyword(name.to_owned())
    }

    #[test]
    fn letters_follow_the_keyword_file_of_dovecot() {
        let keywords = Keywords::parse("0 $Label1\n2 To-Do\nbroken\n99 far\n");
        assert_eq!(
            keywords.flags("FSacz9"),
            vec![
                Flag::Seen,
                Flag::Flagged,
                keyword("$Label1"),
                keyword("To-Do")
            ]
        );
    }

    #[test]
    fn a_new_keyword_is_named_in_the_file_first() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        let mut keywords = Keywords::parse("0 a\n");
        let letters = keywords
            .letters(&[keyword("To-Do"), Flag::Seen], folder.path())
            .unwrap();
        assert_eq!(letters, "Sb");
        assert_eq!(Keywords::read(folder.path()).unwrap(), keywords);
        assert!(
            keywords
                .letters(&[keyword("two words")], folder.path())
                .is_err()
        );
        for n in 2..26 {
            keywords
                .letters(&[keyword(&format!("k{n}"))], folder.path())
                .unwrap();
        }
        let full = keywords
            .letters(&[keyword("one-more")], folder.path())
            .unwrap_err();
        assert!(full.to_string().contains("26 keywords"), "{full}");
    }
}
