//! Reads console messages, uncaught errors and the browser's own complaints out of their events.
//!
//! `DevTools` protocol: `Runtime.consoleAPICalled`, `Runtime.exceptionThrown`, `Log.entryAdded`.

use serde::Deserialize;
use serde_json::Value;

use super::requests::{Stack, innermost, whole};
use super::{Kept, Told, mask};
use crate::action::{ConsoleMessage, Level, ReadConsole};
use crate::untrusted;

/// Longest message shown, in characters.
const TEXT_CHARS_MAX: usize = 2_000;
/// Longest address shown, in characters.
const ADDRESS_CHARS_MAX: usize = 500;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Called {
    r#type: String,
    args: Vec<Remote>,
    timestamp: f64,
    stack_trace: Option<Stack>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Thrown {
    timestamp: f64,
    exception_details: Details,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    text: String,
    url: String,
    line_number: f64,
    exception: Option<Remote>,
    stack_trace: Option<Stack>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Added {
    entry: Entry,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Entry {
    level: String,
    text: String,
    timestamp: f64,
    url: String,
    line_number: Option<f64>,
}

/// A value of the page as the browser describes it.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Remote {
    r#type: String,
    subtype: String,
    value: Option<Value>,
    unserializable_value: Option<String>,
    description: String,
    preview: Option<Preview>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Preview {
    overflow: bool,
    properties: Vec<Property>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Property {
    name: String,
    value: String,
}

/// Reads the messages of `kept` that are `wanted`.
pub(super) fn read<'a>(
    kept: impl Iterator<Item = &'a Kept>,
    wanted: &ReadConsole,
) -> Vec<ConsoleMessage> {
    let text = wanted.text.as_ref().map(|text| text.to_lowercase());
    kept.filter_map(message)
        .filter(|message| !wanted.errors_only || message.level >= Level::Error)
        .filter(|message| {
            let has = |text: &String| message.text.to_lowercase().contains(text);
            text.as_ref().is_none_or(has)
        })
        .collect()
}

fn message(event: &Kept) -> Option<ConsoleMessage> {
    match event.method {
        Told::Console => serde_json::from_str(&event.params)
            .ok()
            .and_then(|told| called(&told)),
        Told::Thrown => serde_json::from_str(&event.params).ok().map(thrown),
        Told::Entry => serde_json::from_str(&event.params).ok().map(added),
        Told::WillBeSent
        | Told::SentExtra
        | Told::Received
        | Told::ReceivedExtra
        | Told::Cached
        | Told::Finished
        | Told::Failed => None,
    }
}

fn called(told: &Called) -> Option<ConsoleMessage> {
    let level = match told.r#type.as_str() {
        "error" | "assert" => Level::Error,
        "warning" => Level::Warning,
        "debug" => Level::Debug,
        // They only arrange the others.
        "clear" | "endGroup" | "profile" | "profileEnd" => return None,
        _ => Level::Info,
    };
    let words: Vec<String> = told.args.iter().map(Remote::text).collect();
    let place = told.stack_trace.as_ref().and_then(innermost);
    Some(ConsoleMessage {
        level,
        text: untrusted::line(&words.join(" "), TEXT_CHARS_MAX),
        place: place.map_or_else(String::new, |frame| at(&frame.url, frame.line_number)),
        at_ms: moment(told.timestamp),
    })
}

fn thrown(told: Thrown) -> ConsoleMessage {
    let details = told.exception_details;
    // "Uncaught" and the like, then the error with its message.
    let mut text = details.text;
    if let Some(thrown) = details.exception {
        text = format!("{text} {}", thrown.text());
    }
    let frame = details.stack_trace.as_ref().and_then(innermost);
    let place = match frame {
        Some(frame) => at(&frame.url, frame.line_number),
        None if details.url.is_empty() => String::new(),
        None => at(&details.url, details.line_number),
    };
    ConsoleMessage {
        level: Level::Uncaught,
        text: untrusted::line(&text, TEXT_CHARS_MAX),
        place,
        at_ms: moment(told.timestamp),
    }
}

fn added(told: Added) -> ConsoleMessage {
    let entry = told.entry;
    let level = match entry.level.as_str() {
        "error" => Level::Error,
        "warning" => Level::Warning,
        "verbose" => Level::Debug,
        _ => Level::Info,
    };
    let place = if entry.url.is_empty() {
        String::new()
    } else {
        match entry.line_number {
            Some(line) => at(&entry.url, line),
            None => mask::address(&untrusted::line(&entry.url, ADDRESS_CHARS_MAX)),
        }
    };
    ConsoleMessage {
        level,
        text: untrusted::line(&entry.text, TEXT_CHARS_MAX),
        place,
        at_ms: moment(entry.timestamp),
    }
}

/// Lines are told from 0 and shown from 1.
fn at(url: &str, line: f64) -> String {
    let url = mask::address(&untrusted::line(url, ADDRESS_CHARS_MAX));
    format!("{url}:{}", whole(line) + 1)
}

fn moment(ms: f64) -> i64 {
    i64::try_from(whole(ms)).unwrap_or(i64::MAX)
}

impl Remote {
    /// The value as a console prints it.
    fn text(&self) -> String {
        if let Some(text) = self.value.as_ref().and_then(Value::as_str) {
            return text.to_owned();
        }
        if let Some(text) = &self.unserializable_value {
            return text.clone();
        }
        if self.subtype != "error"
            && let Some(preview) = &self.preview
        {
            return preview.text(self.subtype == "array");
        }
        match (&self.value, self.description.as_str()) {
            (Some(value), _) => value.to_string(),
            (None, "") => self.r#type.clone(),
            (None, description) => description.to_owned(),
        }
    }
}

impl Preview {
    fn text(&self, is_list: bool) -> String {
        let parts = self.properties.iter().map(|property| {
            if is_list {
                property.value.clone()
            } else {
                format!("{}: {}", property.name, property.value)
            }
        });
        let mut parts: Vec<String> = parts.collect();
        if self.overflow {
            parts.push("…".to_owned());
        }
        let inner = parts.join(", ");
        if is_list {
            format!("[{inner}]")
        } else {
            format!("{{{inner}}}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::record::Record;

    fn told(method: &str, params: &str) -> Vec<(Level, String, String)> {
        let mut record = Record::default();
        record.note(method, params, "S");
        let read = read(record.messages.kept.iter(), &ReadConsole::default());
        let short = |m: ConsoleMessage| (m.level, m.text, m.place);
        read.into_iter().map(short).collect()
    }

    fn is(level: Level, text: &str, place: &str) -> Vec<(Level, String, String)> {
        vec![(level, text.to_owned(), place.to_owned())]
    }

    #[test]
    fn values_are_written_as_a_console_writes_them() {
        let params = r#"{"type":"warning","timestamp":5.5,"args":[{"type":"string","value":"a\u202eb"},
            {"type":"number","value":7},{"type":"undefined"},
            {"type":"number","unserializableValue":"NaN"},
            {"type":"object","description":"Object","preview":{"overflow":true,
             "properties":[{"name":"x","type":"number","value":"1"}]}},
            {"type":"object","subtype":"array","preview":{"properties":[{"name":"0","value":"2"}]}}],
            "stackTrace":{"callFrames":[{"url":"http://a/s.js","lineNumber":2}]}}"#;
        let text = "ab 7 undefined NaN {x: 1, …} [2]";
        assert_eq!(
            told("Runtime.consoleAPICalled", params),
            is(Level::Warning, text, "http://a/s.js:3")
        );
        let clear = r#"{"type":"clear","args":[]}"#;
        assert_eq!(told("Runtime.consoleAPICalled", clear), []);
    }

    #[test]
    fn uncaught_errors_and_the_browsers_own_complaints_are_read() {
        let params = r#"{"timestamp":1,"exceptionDetails":{"text":"Uncaught","url":"http://a/?token=t",
            "lineNumber":0,"exception":{"type":"object","subtype":"error",
            "description":"TypeError: no\n    at f"}}}"#;
        let text = "Uncaught TypeError: no at f";
        assert_eq!(
            told("Runtime.exceptionThrown", params),
            is(Level::Uncaught, text, "http://a/?token=***:1")
        );
        let params = r#"{"entry":{"level":"error","text":"404","url":"http://a/x"}}"#;
        assert_eq!(
            told("Log.entryAdded", params),
            is(Level::Error, "404", "http://a/x")
        );
        assert_eq!(told("Log.entryAdded", "]"), []);
    }
}
