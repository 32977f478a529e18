//! All that a message says, decoded: what must not leave is looked for in it.

use mail_parser::{self as parser, HeaderForm, HeaderValue, PartType};

use super::{NESTED_MAX, Scope, html, parse, repair};

/// Returns all text that a message carries, decoded: its header, its parts, their names, its files
/// where they are text, and the messages within it.
pub fn words(bytes: &[u8]) -> String {
    let mut notes = Vec::new();
    let repaired = repair(bytes, &mut notes);
    let Some(parsed) = parse(&repaired, Scope::Whole) else {
        return String::new();
    };
    let mut out = String::new();
    collect(&parsed, 0, &mut out);
    out
}

fn collect(parsed: &parser::Message<'_>, depth: u32, out: &mut String) {
    for header in parsed.headers() {
        // As text whatever it is, so that the names beside addresses are decoded too.
        for value in parsed.header_as(header.name(), HeaderForm::Text) {
            say(&value, out);
        }
    }
    for part in &parsed.parts {
        out.push('\n');
        for header in &part.headers {
            say(&header.value, out);
        }
        match &part.body {
            PartType::Text(text) => out.push_str(text),
            PartType::Html(text) => {
                out.push_str(text);
                out.push('\n');
                let rendered = html::render(text);
                out.push_str(&rendered.text);
                out.push_str(&rendered.hidden);
            }
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                out.push_str(&String::from_utf8_lossy(bytes));
            }
            PartType::Message(inner) if depth < NESTED_MAX => collect(inner, depth + 1, out),
            PartType::Message(_) | PartType::Multipart(_) => {}
        }
    }
}

/// Adds what a field says, a line each.
fn say(value: &HeaderValue<'_>, out: &mut String) {
    let mut line = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    match value {
        HeaderValue::Text(text) => line(text),
        HeaderValue::TextList(texts) => texts.iter().for_each(|text| line(text)),
        HeaderValue::ContentType(kind) => {
            let attributes = kind.attributes.iter().flatten();
            attributes.for_each(|attribute| line(&attribute.value));
        }
        // Read as text above.
        HeaderValue::Address(_)
        | HeaderValue::DateTime(_)
        | HeaderValue::Received(_)
        | HeaderValue::Empty => {}
    }
}
