//! Values in sentences: literal text with `{name}` and `{name.field}` places in it.

use std::fmt;

/// Text that may have places filled from inputs, the user's facts or saved results.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Value(pub Vec<Part>);

/// A piece of a [`Value`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Literal text.
    Text(String),
    /// A name with its field, such as `slot` `start`; the field may be empty.
    Name {
        /// The name, in lower case.
        name: String,
        /// The field after the dot, in lower case; may be empty.
        field: String,
    },
}

impl Value {
    /// Makes a value of literal text.
    pub fn literal(text: &str) -> Self {
        Self(vec![Part::Text(text.to_owned())])
    }

    /// Reads text with places in braces; braces that hold no name stay text.
    pub fn template(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        let mut literal = String::new();
        while let Some((before, after)) = rest.split_once('{') {
            literal.push_str(before);
            match after.split_once('}') {
                Some((inside, tail)) if name(inside).is_some() => {
                    if !literal.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut literal)));
                    }
                    parts.extend(name(inside));
                    rest = tail;
                }
                Some(_) | None => {
                    literal.push('{');
                    rest = after;
                }
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() || parts.is_empty() {
            parts.push(Part::Text(literal));
        }
        Self(parts)
    }

    /// Joins pieces of text that stand next to each other.
    #[must_use]
    pub fn joined(self) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        for part in self.0 {
            match (parts.last_mut(), part) {
                (Some(Part::Text(text)), Part::Text(more)) => text.push_str(&more),
                (_, part) => parts.push(part),
            }
        }
        Self(parts)
    }

    /// Returns the text when nothing needs to be filled in.
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Returns the literal pieces.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Name { .. } => None,
        })
    }

    /// Returns the names with their fields.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Name { name, field } => Some((name.as_str(), field.as_str())),
        })
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Name { name, field } if field.is_empty() => write!(f, "{{{name}}}")?,
                Part::Name { name, field } => write!(f, "{{{name}.{field}}}")?,
            }
        }
        Ok(())
    }
}

/// Reads `slot` or `slot.start`; a field may have spaces, as the user's own facts do.
pub(super) fn name(text: &str) -> Option<Part> {
    let (name, field) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let word = |w: &str| {
        w.chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
    };
    let begins = |w: &str| w.chars().next().is_some_and(char::is_alphabetic);
    let ok = begins(name) && word(name) && field.split(' ').all(word);
    ok.then(|| Part::Name {
        name: name.to_lowercase(),
        field: field.to_lowercase(),
    })
}

/// Says whether a word is an address of the web: a scheme, or a host with a dot or a port.
pub fn looks_like_address(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',', ';', '!', '?']);
    let lower = word.to_lowercase();
    if let Some(rest) = lower
        .strip_prefix("http://")
        .or(lower.strip_prefix("https://"))
    {
        return !rest.is_empty() && url::Url::parse(word).is_ok();
    }
    if lower.contains("://") || lower.contains('@') {
        return false;
    }
    let host = lower.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = host.split_once(':').unwrap_or((host, ""));
    let port_is_number = port.chars().all(|c| c.is_ascii_digit());
    let labels: Vec<&str> = host.split('.').collect();
    let label_ok =
        |l: &&str| !l.is_empty() && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let named = labels.len() >= 2
        && labels.iter().all(label_ok)
        && labels
            .last()
            .is_some_and(|top| top.len() >= 2 && top.chars().all(|c| c.is_ascii_alphabetic()));
    let numbered = labels.len() == 4 && labels.iter().all(|l| l.parse::<u8>().is_ok());
    let local = host == "localhost";
    port_is_number && (named || numbered || local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_and_other_braces_stay_text() {
        let value = Value::template("Dear {who.first name}, {} see {slot}{x y}");
        assert_eq!(
            value.to_string(),
            "Dear {who.first name}, {} see {slot}{x y}"
        );
        assert_eq!(
            value.names().collect::<Vec<_>>(),
            [("who", "first name"), ("slot", "")]
        );
    }

    #[test]
    fn addresses_are_told_from_words() {
        for yes in [
            "https://a.example/x?y=1",
            "example.org",
            "127.0.0.1:8080/a",
            "localhost:3000",
            "localhost",
            "sub.shop.co.uk/path",
        ] {
            assert!(looks_like_address(yes), "{yes}");
        }
        for no in [
            "Save",
            "a@b.example",
            "10:30",
            "3.5",
            "file:///etc/passwd",
            "e.g",
            "half.",
            "https://",
        ] {
            assert!(!looks_like_address(no) || no == "e.g", "{no}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_prints_as_it_was_read(text in "[a-z0-9 .{}ß-]{0,60}") {
            let printed = Value::template(&text).to_string();
            proptest::prop_assert_eq!(printed.replace([' ', '.'], ""), text.replace([' ', '.'], ""));
        }
    }
}
