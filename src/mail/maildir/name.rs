//! Names in a Maildir++: mailboxes as folders, messages as files.
//!
//! A mailbox `Work.Büro` is the folder `.Work.B&APw-ro`: levels are parted by dots, and names are
//! modified UTF-7 (RFC 3501 section 5.1.3), as Dovecot keeps them unless told otherwise. A message
//! is `BASE` in `new`, or `BASE:2,FLAGS` in `cur`; what stands before the first comma or colon is
//! unique and stays when other programs add sizes.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use jiff::Timestamp;

use crate::mail::Error;
use crate::mail::mutf7::{decode, encode};

/// The mailbox that is the Maildir itself.
pub(super) const INBOX: &str = "INBOX";
/// Longest folder name in bytes; file systems end at 255.
const FOLDER_BYTES_MAX: usize = 200;

/// Returns the folder of the mailbox `name` below the root, empty for `INBOX`.
pub(super) fn folder_of(name: &str) -> Result<String, Error> {
    if name.eq_ignore_ascii_case(INBOX) {
        return Ok(String::new());
    }
    if let Some(reason) = refusal(name) {
        return Err(Error::BadName {
            what: "the mailbox",
            name: name.to_owned(),
            reason,
        });
    }
    Ok(format!(".{}", encode(name)))
}

fn refusal(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("it is empty");
    }
    if name.contains(['/', '\\']) {
        return Some("it holds a slash");
    }
    if name
        .split('.')
        .any(|level| level.trim().is_empty() || level.trim() != level)
    {
        return Some("a level between its dots is empty or begins or ends with a blank");
    }
    if crate::untrusted::line(name, FOLDER_BYTES_MAX) != name {
        return Some("it is too long or holds control or hidden characters");
    }
    let first = name.split('.').next().unwrap_or_default();
    if first.eq_ignore_ascii_case(INBOX) {
        return Some("INBOX has no levels below it");
    }
    (encode(name).len() > FOLDER_BYTES_MAX).then_some("it is too long")
}

/// Returns the mailbox that the folder `folder` holds, `None` when it can't be one of ours.
pub(super) fn mailbox_of(folder: &str) -> Option<String> {
    let name = decode(folder.strip_prefix('.')?)?;
    (refusal(&name).is_none() && encode(&name) == *folder.strip_prefix('.')?).then_some(name)
}

/// Parts a file name into its base and its flag letters.
pub(super) fn parts(file: &str) -> (&str, &str) {
    match file.split_once(":2,") {
        Some((base, info)) => (base, info),
        None => (file.split(':').next().unwrap_or(file), ""),
    }
}

/// Returns the part of a base that no two messages share.
pub(super) fn unique(base: &str) -> &str {
    base.split([',', ':']).next().unwrap_or(base)
}

/// Returns the seconds of delivery that a base begins with.
pub(super) fn seconds(base: &str) -> Option<i64> {
    base.split('.').next()?.parse().ok()
}

/// Returns the microseconds of delivery that a base tells, as Dovecot and Legwork name files.
pub(super) fn micros(base: &str) -> Option<i64> {
    let told = unique(base).split('.').nth(1)?.strip_prefix('M')?;
    let end = told.find(|c: char| !c.is_ascii_digit());
    let micros: i64 = told.get(..end.unwrap_or(told.len()))?.parse().ok()?;
    seconds(base)?.checked_mul(1_000_000)?.checked_add(micros)
}

/// Makes a base that no other message has, on this machine or another.
pub(super) fn fresh(now: Timestamp) -> String {
    // Each RandomState has keys of its own, drawn by the system once a thread and then counted up.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    let random = hasher.finish();
    let (seconds, micros) = (now.as_second(), now.subsec_microsecond());
    format!(
        "{seconds}.M{micros}P{}R{random:016x}.legwork",
        std::process::id()
    )
}

/// Makes the base of the draft whose key has the digest `digest`.
pub(super) fn keyed(now: Timestamp, digest: &str) -> String {
    format!("{}.K{digest}.legwork", now.as_second())
}

/// Says whether `base` was made by [`keyed`] for `digest`.
pub(super) fn is_keyed(base: &str, digest: &str) -> bool {
    unique(base)
        .split('.')
        .nth(1)
        .and_then(|part| part.strip_prefix('K'))
        == Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn mailboxes_are_folders_as_dovecot_names_them() {
        let cases = [
            ("inbox", ""),
            ("Sent", ".Sent"),
            ("Work.2026", ".Work.2026"),
            ("Büro", ".B&APw-ro"),
            ("台北", ".&U,BTFw-"),
            ("R&D", ".R&-D"),
        ];
        for (name, folder) in cases {
            assert_eq!(folder_of(name).unwrap(), folder);
            if !folder.is_empty() {
                assert_eq!(mailbox_of(folder).as_deref(), Some(name));
            }
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in [
            "",
            "..",
            ".",
            "../x",
            "a/b",
            "a\\b",
            "/etc",
            ".x",
            "x.",
            "a..b",
            " a",
            "a.b ",
            "a\0b",
            "a\nb",
            "a\u{202E}b",
            "INBOX.x",
            &"x".repeat(300),
        ] {
            assert!(folder_of(name).is_err(), "{name:?}");
        }
        for folder in [".", "..", "...", "x", ".a&b", ".&APw", ".&AAA-", ".&AC8-"] {
            assert_eq!(mailbox_of(folder), None, "{folder:?}");
        }
    }

    #[test]
    fn file_names_of_other_programs_are_parted() {
        assert_eq!(parts("1.M2P3.h,S=4:2,FS"), ("1.M2P3.h,S=4", "FS"));
        assert_eq!(parts("1.M2P3.h:1,x"), ("1.M2P3.h", ""));
        assert_eq!(unique("1.M2P3.h,S=4"), "1.M2P3.h");
        assert_eq!(seconds("17.M2"), Some(17));
        assert_eq!(micros("17.M000020P3.h,S=4"), Some(17_000_020));
        for base in [
            "17.M",
            "17.K0ab.legwork",
            "17.123_4.host",
            "x.M2",
            "9223372036854775807.M1P2",
        ] {
            assert_eq!(micros(base), None, "{base}");
        }
    }

    proptest! {
        #[test]
        fn every_accepted_name_comes_back(name in "[a-zA-Z&äß台🦀 .-]{1,20}") {
            if let Ok(folder) = folder_of(&name) && !folder.is_empty() {
                prop_assert!(!folder.contains('/') && folder != ".." && folder.is_ascii());
                prop_assert_eq!(mailbox_of(&folder), Some(name));
            }
        }

        #[test]
        fn no_folder_name_panics(folder in any::<String>()) {
            let name = mailbox_of(&folder);
            prop_assert!(name.is_none_or(|name| folder_of(&name).is_ok()));
        }
    }
}
