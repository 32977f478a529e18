//! Content lines of RFC 5545 section 3.1: unfolding on bytes, one property per line, folding.
//!
//! Takes what is found in the wild (BOM, LF or CR alone, lower case, characters split by folding,
//! bytes that are not UTF-8) and never drops a byte: each logical line keeps its physical bytes.

use ical::PropertyParser;
use ical::property::PropertyError;

/// Longest physical line in octets, without its line break (RFC 5545 section 3.1).
const FOLD_OCTETS: usize = 75;

/// A logical line: what was folded over several physical ones is one again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Number of its first physical line, from 1.
    pub(super) number: usize,
    /// The bytes it was read from, folds and line breaks included.
    pub(super) raw: Vec<u8>,
    /// The text, unfolded; bytes that are not UTF-8 became U+FFFD.
    pub(super) text: String,
    /// Whether any byte was not UTF-8.
    pub(super) is_lossy: bool,
}

/// `NAME;PARAM=a,b:value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Property {
    /// Upper case.
    pub(super) name: String,
    /// Names in upper case, values as written, quotes removed.
    pub(super) params: Vec<(String, Vec<String>)>,
    /// As written, escapes included.
    pub(super) value: String,
}

impl Property {
    /// Returns the first value of a parameter, RFC 6868 escapes decoded.
    pub(super) fn param(&self, name: &str) -> Option<String> {
        let (_, values) = self.params.iter().find(|(key, _)| key == name)?;
        Some(decode_param(values.first()?))
    }
}

impl Property {
    /// Writes it as one line, parameters quoted where they must be.
    pub(super) fn render(&self) -> String {
        let mut out = self.name.clone();
        for (key, values) in &self.params {
            let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            out.extend([";", key, "=", &values.join(",")]);
        }
        out.push(':');
        out.push_str(&self.value);
        out
    }

    /// Returns it with a parameter set, or taken off when `value` is empty.
    pub(super) fn with_param(&self, key: &str, value: &str) -> Self {
        let mut out = self.clone();
        let fresh = vec![encode_param(value)];
        match out.params.iter_mut().find(|(known, _)| known == key) {
            Some((_, values)) if !value.is_empty() => *values = fresh,
            None if !value.is_empty() => out.params.push((key.to_owned(), fresh)),
            Some(_) | None => out.params.retain(|(known, _)| known != key),
        }
        out
    }
}

/// Puts a parameter's value in quotes when it has signs that would end it.
fn quoted(value: &str) -> String {
    if value.contains([';', ':', ',', ' ']) {
        format!("\"{value}\"")
    } else {
        value.to_owned()
    }
}

/// Encodes a parameter's value (RFC 6868 section 3.1); control characters go.
pub(super) fn encode_param(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '^' => out.push_str("^^"),
            '"' => out.push_str("^'"),
            '\n' => out.push_str("^n"),
            _ if c.is_control() => {}
            _ => out.push(c),
        }
    }
    out
}

/// Splits `bytes` into logical lines; their `raw` parts joined are `bytes` again.
pub(super) fn unfold(bytes: &[u8]) -> Vec<Line> {
    let mut lines: Vec<(usize, Vec<u8>, Vec<u8>)> = Vec::new();
    let mut rest = bytes;
    let mut number = 0;
    while !rest.is_empty() {
        number += 1;
        let (content, raw) = physical_line(rest);
        rest = rest.get(raw.len()..).unwrap_or_default();
        if let (Some((_, whole, text)), [b' ' | b'\t', more @ ..]) = (lines.last_mut(), content) {
            whole.extend_from_slice(raw);
            text.extend_from_slice(more);
        } else {
            // Some files begin with white space, which folds nothing here.
            let content = if number == 1 {
                without_bom(content).trim_ascii_start()
            } else {
                content
            };
            lines.push((number, raw.to_vec(), content.to_vec()));
        }
    }
    lines
        .into_iter()
        .map(|(number, raw, content)| {
            let text = String::from_utf8_lossy(&content);
            let is_lossy = matches!(text, std::borrow::Cow::Owned(_));
            let text = text.into_owned();
            Line {
                number,
                raw,
                text,
                is_lossy,
            }
        })
        .collect()
}

/// Returns the first physical line of `bytes`, without and with its line break.
fn physical_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some(at) = bytes.iter().position(|b| matches!(b, b'\r' | b'\n')) else {
        return (bytes, bytes);
    };
    let (content, after) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
    let ending = if after.starts_with(b"\r\n") { 2 } else { 1 };
    let raw = bytes.get(..at + ending).unwrap_or(bytes);
    (content, raw)
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    // Some files were given one by each program they passed through.
    while let Some(after) = rest.strip_prefix(b"\xEF\xBB\xBF") {
        rest = after;
    }
    rest
}

/// Reads one logical line, or says in a few words what is wrong with it.
pub(super) fn property(text: &str) -> Result<Property, &'static str> {
    let parsed = PropertyParser::from_reader(text.as_bytes())
        .next()
        .ok_or("is empty")?
        .map_err(|error| match error {
            PropertyError::MissingName { .. } => "is no property: a name and ':' are missing",
            PropertyError::MissingClosingQuote { .. } => "lacks a closing quote",
            PropertyError::MissingDelimiter { .. } => "has a parameter without '='",
            PropertyError::MissingContentAfter { .. } => "ends within its parameters",
            PropertyError::MissingParamKey { .. } => "has a parameter without a name",
        })?;
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !parsed.name.chars().all(named) {
        return Err("is no property: its name has stray characters");
    }
    let value = parsed.value.unwrap_or_default();
    Ok(Property {
        name: parsed.name.to_ascii_uppercase(),
        params: parsed.params.unwrap_or_default(),
        value: whole(text, &value),
    })
}

/// Gives back what the parser takes off a value: colons at its front (`SUMMARY::-)`), white space
/// at its end.
fn whole(line: &str, value: &str) -> String {
    let kept = line.trim_end();
    let spaces = line.get(kept.len()..).unwrap_or_default();
    let head = kept.strip_suffix(value).unwrap_or_default();
    let colons = head.len() - head.trim_end_matches(':').len();
    format!("{}{value}{spaces}", ":".repeat(colons.saturating_sub(1)))
}

/// Decodes `^n`, `^'` and `^^` (RFC 6868 section 3.2).
fn decode_param(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let decoded = match (c, chars.peek()) {
            ('^', Some('n')) => '\n',
            ('^', Some('\'')) => '"',
            ('^', Some('^')) => '^',
            _ => {
                out.push(c);
                continue;
            }
        };
        chars.next();
        out.push(decoded);
    }
    out
}

/// Decodes a TEXT value (RFC 5545 section 3.3.11).
pub(super) fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, false) => out.push(c),
            (_, true) => match chars.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other @ ('\\' | ';' | ',')) => out.push(other),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
        }
    }
    out
}

/// Encodes a TEXT value; line breaks of any kind become `\n`, other control characters go.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").replace('\r', "\n").chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\t' => out.push(c),
            _ if c.is_control() => {}
            _ => out.push(c),
        }
    }
    out
}

/// Writes one logical line, folded on character bounds, with CRLF.
pub(super) fn fold(line: &str, out: &mut String) {
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > FOLD_OCTETS {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(bytes: &[u8]) -> Vec<String> {
        unfold(bytes).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn folds_bom_and_any_line_break_are_read() {
        for bytes in [
            &b"\xEF\xBB\xBFA:1\r\n 2\r\nB:3\r\n"[..],
            b"A:1\n\t2\nB:3",
            b"A:1\r 2\rB:3\r",
        ] {
            assert_eq!(texts(bytes), ["A:12", "B:3"], "{bytes:?}");
        }
    }

    #[test]
    fn a_character_split_by_a_fold_is_whole_again() {
        assert_eq!(texts(b"SUMMARY:caf\xC3\r\n \xA9\r\n"), ["SUMMARY:café"]);
        assert!(unfold(b"SUMMARY:caf\xE9\r\n").first().unwrap().is_lossy);
    }

    #[test]
    fn a_property_keeps_colons_quotes_and_case_of_values() {
        let read =
            property("attendee;CN=\"Ada; L: ^'x^'\";ROLE=CHAIR:mailto:Ada@Example.org").unwrap();
        assert_eq!(read.name, "ATTENDEE");
        assert_eq!(read.param("CN").unwrap(), "Ada; L: \"x\"");
        assert_eq!(read.value, "mailto:Ada@Example.org");
        assert_eq!(property("SUMMARY:::) hi").unwrap().value, "::) hi");
        assert_eq!(property("SUMMARY:a b \t").unwrap().value, "a b \t");
        assert_eq!(property("SUMMARY:").unwrap().value, "");
    }

    #[test]
    fn bad_lines_say_what_is_wrong() {
        for (line, want) in [
            (
                "no colon here",
                "is no property: a name and ':' are missing",
            ),
            (":value", "is no property: a name and ':' are missing"),
            ("X;CN=\"open:value", "lacks a closing quote"),
            ("X;CN:value", "has a parameter without '='"),
            ("X;CN=a", "ends within its parameters"),
            (
                "free text: more",
                "is no property: its name has stray characters",
            ),
        ] {
            assert_eq!(property(line), Err(want), "{line}");
        }
    }

    #[test]
    fn text_survives_escaping() {
        assert_eq!(escape("a,b;c\\d\r\ne\u{7}"), "a\\,b\\;c\\\\d\\ne");
        assert_eq!(unescape("a\\,b\\;c\\\\d\\Ne\\q\\"), "a,b;c\\d\ne\\q\\");
    }

    proptest! {
        #[test]
        fn unfolding_loses_no_byte(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let joined: Vec<u8> = unfold(&bytes).into_iter().flat_map(|line| line.raw).collect();
            prop_assert_eq!(joined, bytes);
        }

        #[test]
        fn folded_lines_are_short_and_unfold_to_themselves(text in "[a-zA-Zé漢😀 ,;:\\\\]{0,300}") {
            let line = format!("SUMMARY:{}", escape(&text));
            let mut out = String::new();
            fold(&line, &mut out);
            prop_assert!(out.split("\r\n").all(|physical| physical.len() <= FOLD_OCTETS));
            let lines = unfold(out.as_bytes());
            prop_assert_eq!(lines.len(), 1);
            prop_assert_eq!(&lines[0].text, &line);
            prop_assert_eq!(unescape(&escape(&text)), text);
        }

        #[test]
        fn any_line_is_read_or_refused(text in "\\PC{0,80}") {
            drop(property(&text));
        }
    }
}
