//! Fields of a header (RFC 5322): addresses, subjects and Message-IDs, with whatever could become
//! a field of its own refused.

use std::str::FromStr as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use lettre::message::Mailbox;
use sha2::{Digest as _, Sha256};

use crate::action::Address;
use crate::mail::Error;

/// Returns what stands for a key in names and headers.
pub(in crate::mail) fn digest(key: &str) -> String {
    let hash = Sha256::digest(key.as_bytes());
    let mut out = String::new();
    for byte in hash.iter().take(16) {
        for half in [byte >> 4, byte & 15] {
            out.extend(char::from_digit(u32::from(half), 16));
        }
    }
    out
}

/// Returns the Message-ID, without brackets, of the draft with this digest.
pub(in crate::mail) fn message_id(digest: &str, from: &Address) -> Result<String, Error> {
    let mailbox = mailbox(from)?;
    Ok(format!("{digest}@{}", mailbox.email.domain()))
}

pub(super) fn system_time(now: Timestamp) -> SystemTime {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Reads an address as mail programs write it: a domain of other letters in its ASCII form, which
/// every server takes (RFC 5891).
pub(in crate::mail) fn mailbox(address: &Address) -> Result<Mailbox, Error> {
    one_line("name", &address.name)?;
    one_line("address", &address.email)?;
    let bad = |source| Error::BadAddress {
        address: address.email.clone(),
        source,
    };
    let written = address.email.trim();
    let ascii = match written.rsplit_once('@') {
        Some((local, domain)) if !domain.is_ascii() => match url::Host::parse(domain) {
            Ok(host) => format!("{local}@{host}"),
            Err(_) => return Err(bad(lettre::address::AddressError::InvalidDomain)),
        },
        Some(_) | None => written.to_owned(),
    };
    let email = lettre::Address::from_str(&ascii).map_err(bad)?;
    let name = address.name.trim();
    Ok(Mailbox::new(
        (!name.is_empty()).then(|| name.to_owned()),
        email,
    ))
}

/// Control characters end a header field or hide what follows; none is ever needed.
pub(super) fn one_line(field: &'static str, value: &str) -> Result<(), Error> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if value.contains(breaks) {
        let value = crate::untrusted::line(value, 200);
        return Err(Error::BadHeader { field, value });
    }
    Ok(())
}

pub(super) fn is_same(a: &Address, b: &Address) -> bool {
    a.email.trim().eq_ignore_ascii_case(b.email.trim())
}

/// Takes a header field with its folded lines out of the bytes of a message.
pub(in crate::mail) fn without_header(bytes: &[u8], name: &str) -> Vec<u8> {
    let field = format!("{name}:").into_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let (mut in_header, mut dropping) = (true, false);
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        if in_header {
            let is_end = line == b"\n" || line == b"\r\n";
            let folded = line.starts_with(b" ") || line.starts_with(b"\t");
            in_header = !is_end;
            let starts = line
                .get(..field.len())
                .is_some_and(|s| s.eq_ignore_ascii_case(&field));
            dropping = !is_end && if folded { dropping } else { starts };
        }
        if !(in_header && dropping) {
            out.extend_from_slice(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_header_goes() {
        let mail = b"A: 1\r\nx-legwork-draft: a\r\n b\r\nB: 2\r\n\r\nX-Legwork-Draft: c\r\n";
        let rest = b"A: 1\r\nB: 2\r\n\r\nX-Legwork-Draft: c\r\n";
        assert_eq!(without_header(mail, "X-Legwork-Draft"), rest);
    }

    #[test]
    fn a_digest_is_the_start_of_the_sha_256() {
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223");
    }

    #[test]
    fn a_domain_of_other_letters_is_written_in_ascii() {
        let address = |email: &str| Address {
            name: String::new(),
            email: email.to_owned(),
        };
        let written = mailbox(&address("dana@bücher.test")).unwrap();
        assert_eq!(written.email.to_string(), "dana@xn--bcher-kva.test");
        assert!(mailbox(&address("dana@bü cher.test")).is_err());
    }
}
