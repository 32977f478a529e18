//! Writes a mail's bytes: encoded words (RFC 2047), transfer encodings and parts (RFC 2045-2046).
//!
//! Only for the mails of the demo's world, which must look as other programs write them, faults
//! included; what the user sends is written by `mail`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::Encoding;

/// Longest line of base64 and quoted-printable text (RFC 2045 section 6.7).
const LINE_MAX: usize = 76;

/// Characters of one encoded word, few enough for its 75 octets in every charset used here.
const WORD_CHARS: usize = 12;

/// How a part's body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    /// ASCII, or an escaping charset such as ISO-2022-JP.
    SevenBit,
    /// Bytes as they are.
    EightBit,
    /// RFC 2045 section 6.7.
    QuotedPrintable,
    /// RFC 2045 section 6.8.
    Base64,
}

impl Transfer {
    /// Reads the short name used in the templates.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "7bit" => Some(Self::SevenBit),
            "8bit" => Some(Self::EightBit),
            "qp" => Some(Self::QuotedPrintable),
            "b64" => Some(Self::Base64),
            _ => None,
        }
    }

    /// Returns the value of `Content-Transfer-Encoding`.
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::SevenBit => "7bit",
            Self::EightBit => "8bit",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
        }
    }

    /// Encodes a body, with CRLF line ends.
    pub(super) fn encode(self, body: &[u8]) -> Vec<u8> {
        match self {
            Self::SevenBit | Self::EightBit => crlf(body),
            Self::QuotedPrintable => quoted_printable(body),
            Self::Base64 => base64_lines(body),
        }
    }
}

/// Writes `text` in `charset`; characters it lacks become numeric references.
pub(super) fn in_charset(text: &str, charset: &str) -> Vec<u8> {
    match Encoding::for_label(charset.as_bytes()) {
        Some(encoding) => encoding.encode(text).0.into_owned(),
        None => text.as_bytes().to_vec(),
    }
}

/// Turns every line end into CRLF.
pub(super) fn crlf(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.strip_suffix(b"\n");
        let text = bare.unwrap_or(line);
        out.extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
        if bare.is_some() {
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

fn base64_lines(body: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(body);
    let mut out = Vec::new();
    for line in text.as_bytes().chunks(LINE_MAX) {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut width = 0;
        for (at, byte) in line.iter().enumerate() {
            let last = at + 1 == line.len();
            let plain = (33..=126).contains(byte) && *byte != b'=';
            let token = if plain || (matches!(byte, b' ' | b'\t') && !last) {
                vec![*byte]
            } else {
                format!("={byte:02X}").into_bytes()
            };
            if width + token.len() >= LINE_MAX {
                out.extend_from_slice(b"=\r\n");
                width = 0;
            }
            width += token.len();
            out.extend_from_slice(&token);
        }
        out.extend_from_slice(b"\r\n");
    }
    // The last line of the body ended in a line feed of its own.
    if body.ends_with(b"\n") {
        out.truncate(out.len().saturating_sub(2));
    }
    out
}

/// Writes one header field, folded, with encoded words where it isn't ASCII.
pub(super) fn header(name: &str, value: &str, charset: &str) -> String {
    if value.is_ascii() {
        return fold(&format!("{name}: {value}"));
    }
    let (phrase, rest) = match value.rsplit_once(" <") {
        Some((phrase, address)) if name != "Subject" => (phrase, format!("\r\n <{address}")),
        _ => (value, String::new()),
    };
    let chars: Vec<char> = phrase.trim_matches('"').chars().collect();
    let words: Vec<String> = chars
        .chunks(WORD_CHARS)
        .map(|chunk| encoded_word(&chunk.iter().collect::<String>(), charset))
        .collect();
    format!("{name}: {}{rest}\r\n", words.join("\r\n "))
}

/// Writes one encoded word; base64 for anything that is not mostly Latin.
fn encoded_word(text: &str, charset: &str) -> String {
    let bytes = in_charset(text, charset);
    let plain = bytes.iter().filter(|byte| byte.is_ascii_alphanumeric());
    if plain.count() * 2 < bytes.len() || charset.starts_with("iso-2022") {
        return format!("=?{charset}?B?{}?=", STANDARD.encode(bytes));
    }
    let mut q = String::new();
    for byte in bytes {
        match byte {
            b' ' => q.push('_'),
            _ if byte.is_ascii_alphanumeric() => q.push(char::from(byte)),
            _ => q.extend(["=".to_owned(), format!("{byte:02X}")]),
        }
    }
    format!("=?{charset}?Q?{q}?=")
}

/// Folds a header line at spaces where it grows past 78 characters (RFC 5322 section 2.1.1).
fn fold(line: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for (at, word) in line.split(' ').enumerate() {
        if at > 1 && width + word.len() > 76 {
            out.push_str("\r\n");
            width = 0;
        }
        if at > 0 {
            out.push(' ');
        }
        out.push_str(word);
        width += word.len() + 1;
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_odd_lines_are_quoted() {
        let text = format!("é= \n{}\n", "x".repeat(100));
        let out = String::from_utf8(Transfer::QuotedPrintable.encode(text.as_bytes())).unwrap();
        assert!(out.starts_with("=C3=A9=3D=20\r\nxxx"));
        assert!(out.split("\r\n").all(|line| line.len() <= LINE_MAX));
        assert!(out.ends_with("x\r\n"));
    }

    #[test]
    fn subjects_are_written_in_their_charset() {
        let line = header("Subject", "来月の打ち合わせ", "iso-2022-jp");
        assert!(line.starts_with("Subject: =?iso-2022-jp?B?GyRC"), "{line}");
        assert!(line.is_ascii());
    }

    #[test]
    fn only_the_name_of_an_address_is_encoded() {
        let line = header("From", "Zoë <z@x.example>", "utf-8");
        assert_eq!(line, "From: =?utf-8?Q?Zo=C3=AB?=\r\n <z@x.example>\r\n");
    }
}
