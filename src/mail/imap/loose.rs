//! Answers with names in plain UTF-8, which the standard has in UTF-7 (RFC 3501 section 5.1.3), put
//! so that they can be read: the strings that hold them become literals.

/// How responses begin that name mailboxes.
const NAMING: [&[u8]; 3] = [b"* LIST ", b"* LSUB ", b"* STATUS "];

/// Returns a response as it can be read; all but those that name mailboxes stay as they are.
pub(super) fn readable(response: Vec<u8>) -> Vec<u8> {
    let is_named = NAMING.iter().any(|start| {
        let begun = response.get(..start.len());
        begun.is_some_and(|begun| begun.eq_ignore_ascii_case(start))
    });
    if !is_named || imap_proto::parser::parse_response(&response).is_ok() {
        return response;
    }
    as_literals(&response).unwrap_or(response)
}

/// Writes the strings of `response` that hold what is not ASCII as literals; `None` when that mends
/// nothing.
fn as_literals(response: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(response).ok()?;
    if text.is_ascii() {
        return None;
    }
    let mut out = Vec::with_capacity(response.len() + 16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (written, word) = match first {
            '"' => string(rest)?,
            ' ' | '(' | ')' | '\r' | '\n' => (first.len_utf8(), first.to_string()),
            _ => {
                let end = rest.find([' ', '(', ')', '\r', '\n']).unwrap_or(rest.len());
                (end, rest.get(..end)?.to_owned())
            }
        };
        let (written, after) = rest.split_at_checked(written)?;
        if word.is_ascii() {
            out.extend_from_slice(written.as_bytes());
        } else {
            out.extend_from_slice(format!("{{{}}}\r\n{word}", word.len()).as_bytes());
        }
        rest = after;
    }
    Some(out)
}

/// Reads the quoted string at the beginning of `text`: how long it is as written, and what it says.
fn string(text: &str) -> Option<(usize, String)> {
    let mut said = String::new();
    let mut chars = text.char_indices().skip(1);
    loop {
        match chars.next()? {
            (at, '"') => return Some((at + 1, said)),
            (_, '\\') => said.push(chars.next()?.1),
            (_, c) => said.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_literals_and_the_rest_stays() {
        for (said, read) in [
            (
                "* LIST (\\HasNoChildren) \"/\" \"Büro\"\r\n",
                Some("* LIST (\\HasNoChildren) \"/\" {5}\r\nBüro\r\n"),
            ),
            (
                "* list () NIL Büro\r\n",
                Some("* list () NIL {5}\r\nBüro\r\n"),
            ),
            (
                "* STATUS \"a \\\"ü\\\\\" (MESSAGES 3)\r\n",
                Some("* STATUS {6}\r\na \"ü\\ (MESSAGES 3)\r\n"),
            ),
            ("* LIST () \"/\" \"plain\"\r\n", None),
            ("* LIST () \"/\" \"open ü\r\n", None),
            ("* 3 FETCH (X \"ü\")\r\n", None),
        ] {
            let found = readable(said.as_bytes().to_vec());
            assert_eq!(found, read.unwrap_or(said).as_bytes(), "{said}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(text in "\\* LIST [ -~ü\"\\\\]{0,40}") {
            drop(readable(text.into_bytes()));
        }
    }
}
