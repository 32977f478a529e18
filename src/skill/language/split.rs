//! Where one sentence ends and the next begins.
//!
//! Line breaks, semicolons, full stops before a space, and "then"; never inside quotes or braces.

use super::cursor::closing;

/// Words before a full stop that do not end a sentence.
const ABBREVIATIONS: [&str; 24] = [
    "dr", "mr", "mrs", "ms", "prof", "st", "no", "nr", "e.g", "i.e", "a.m", "p.m", "am", "approx",
    "min", "vs", "etc", "inc", "ltd", "co", "jan", "feb", "dec", "tel",
];

/// Returns the sentences of `text`, trimmed, empty ones and `#` comments left out.
pub fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut start = 0;
    for (end, next) in breaks(text) {
        push(&mut found, text.get(start..end));
        start = next;
    }
    push(&mut found, text.get(start..));
    found
}

fn push(found: &mut Vec<String>, piece: Option<&str>) {
    let piece = piece.unwrap_or_default().trim();
    let piece = without_number(piece.trim_end_matches([',', '.']).trim_end());
    if !piece.is_empty() && !piece.starts_with('#') {
        found.push(piece.to_owned());
    }
}

/// Drops a list mark in front: `1.`, `2)`, `-`, `*`.
fn without_number(piece: &str) -> &str {
    let bare = piece.trim_start_matches(|c: char| c.is_ascii_digit());
    if bare.len() < piece.len()
        && let Some(rest) = bare.strip_prefix(['.', ')'])
        && (rest.is_empty() || rest.starts_with(' '))
    {
        return rest.trim_start();
    }
    piece
        .strip_prefix("- ")
        .or_else(|| piece.strip_prefix("* "))
        .unwrap_or(piece)
        .trim_start()
}

/// Byte offsets where a sentence ends and where the next begins.
fn breaks(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut comment = false;
    for (at, c) in outside_quotes(text) {
        let rest = text.get(at..).unwrap_or_default();
        let before = text.get(..at).unwrap_or_default();
        if c == '\n' {
            comment = false;
        }
        comment |= c == '#' && (before.is_empty() || before.ends_with([' ', '\n']));
        if comment && c != '#' {
            continue;
        }
        let width = match c {
            '\n' | ';' => Some(1),
            '#' if comment && !before.is_empty() => Some(0),
            '.' | '!' | '?' if ends_sentence(before, rest) => Some(1),
            _ => then(rest),
        };
        if let Some(width) = width {
            found.push((at, at + width));
        }
    }
    found
}

fn ends_sentence(before: &str, rest: &str) -> bool {
    let mut after = rest.chars().skip(1);
    if !after.next().is_some_and(char::is_whitespace) {
        return false;
    }
    let word = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let word = word.trim_start_matches(['(', '"']).to_lowercase();
    let listed = word.chars().all(|c| c.is_ascii_digit()) && !word.is_empty();
    let initial = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    !(listed || initial || ABBREVIATIONS.contains(&word.as_str()))
}

/// Returns how long the "then" is that `rest` begins with.
fn then(rest: &str) -> Option<usize> {
    const LEADS: [&str; 7] = [
        ", and then ",
        ", then ",
        " and then ",
        " then ",
        ", and afterwards ",
        " and afterwards ",
        ", afterwards ",
    ];
    LEADS
        .iter()
        .find(|lead| {
            rest.get(..lead.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(lead))
        })
        .map(|lead| lead.len())
}

/// Returns the characters that stand outside of quotes and braces, with their byte offsets.
fn outside_quotes(text: &str) -> Vec<(usize, char)> {
    let mut found = Vec::new();
    let mut close: Option<char> = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if let Some(end) = close {
            // A quote that is not closed on its line was an apostrophe or a slip.
            if c == end || c == '\n' {
                close = None;
            }
            if c == '\n' {
                found.push((at, c));
            }
        } else if c == '{' {
            close = Some('}');
        } else if let Some(end) = closing(c).filter(|_| before.is_whitespace() || before == '(') {
            let line = text.get(at + c.len_utf8()..).unwrap_or_default();
            let line = line.split('\n').next().unwrap_or_default();
            close = line.contains(end).then_some(end);
        } else {
            found.push((at, c));
        }
        before = c;
    }
    found
}

/// Returns the places where "and" or a comma may join two sentences, as left and right parts.
pub(super) fn joints(text: &str) -> Vec<(&str, &str)> {
    const LEADS: [&str; 3] = [", and ", " and ", ", "];
    let mut found = Vec::new();
    for (at, _) in outside_quotes(text) {
        let rest = text.get(at..).unwrap_or_default();
        let lead = LEADS.iter().find(|lead| {
            rest.get(..lead.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(lead))
        });
        if let Some(lead) = lead
            && let (Some(left), Some(right)) = (text.get(..at), rest.get(lead.len()..))
        {
            found.push((left, right));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_at_stops_breaks_and_then_but_not_in_quotes() {
        let table: [(&str, &[&str]); 9] = [
            ("go on. see J. Doe.", &["go on", "see J. Doe"]),
            (
                "go to a.example; click \"x; y. z\"",
                &["go to a.example", "click \"x; y. z\""],
            ),
            (
                "open a, then click b and then c",
                &["open a", "click b", "c"],
            ),
            ("# note\n\n1. go\n2) stop\n- wait", &["go", "stop", "wait"]),
            (
                "find mail from Dr. Weber. read it",
                &["find mail from Dr. Weber", "read it"],
            ),
            ("type 'a then b' into c", &["type 'a then b' into c"]),
            (
                "don't stop; the dog's bowl",
                &["don't stop", "the dog's bowl"],
            ),
            ("at 9 a.m. tomorrow", &["at 9 a.m. tomorrow"]),
            ("click x  # why\nclick y", &["click x", "click y"]),
        ];
        for (text, expected) in table {
            assert_eq!(sentences(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_splits_without_panic(text in ".{0,200}") {
            let pieces = sentences(&text);
            proptest::prop_assert!(pieces.iter().all(|p| !p.is_empty()));
        }
    }
}
