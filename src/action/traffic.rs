//! What happened on a page besides what it shows: its console, its errors, its requests.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reads what a page's scripts wrote to the console, and the errors that they did not catch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadConsole {
    /// Only errors.
    #[serde(default)]
    pub errors_only: bool,
    /// Only messages that contain this, in any case.
    #[serde(default)]
    pub text: Option<String>,
}

/// Reads which requests pages sent, newest last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadRequests {
    /// Only requests whose address or method contains this, in any case.
    #[serde(default)]
    pub text: Option<String>,
    /// Only requests that failed or were answered with a status from 400.
    #[serde(default)]
    pub failed_only: bool,
    /// Only this one, with its headers and bodies; secrets in them are masked.
    #[serde(default)]
    pub number: Option<u32>,
}

/// Messages of the console, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ConsoleLog {
    /// The messages that were asked for.
    pub messages: Vec<ConsoleMessage>,
    /// Messages that came so thick that they were not kept.
    pub dropped: u64,
}

/// One message of the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleMessage {
    /// How grave it is.
    pub level: Level,
    /// What it says, one line.
    pub text: String,
    /// Address and line of the script that wrote it; empty where that is not told.
    pub place: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// How grave a message of the console is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// For those who write the page.
    Debug,
    /// `console.log` and the like.
    Info,
    /// Something may be wrong.
    Warning,
    /// Something went wrong.
    Error,
    /// An error that no script caught.
    Uncaught,
}

impl Level {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Uncaught => "uncaught",
        }
    }
}

/// Requests of pages, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RequestLog {
    /// The requests that were asked for.
    pub requests: Vec<RequestInfo>,
    /// Requests so many ago that they are no longer kept.
    pub dropped: u64,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RequestInfo {
    /// Names it within the session.
    pub number: u32,
    /// HTTP method.
    pub method: String,
    /// Its address, secrets masked.
    pub url: String,
    /// HTTP status; none while there is no answer.
    pub status: Option<u32>,
    /// What it is for, such as `document`, `script`, `fetch`.
    pub kind: String,
    /// Media type of the answer; empty until it is known.
    pub mime: String,
    /// Bytes that came over the network; none until all came.
    pub bytes: Option<u64>,
    /// From the request to the last byte, in milliseconds; none while it is under way.
    pub ms: Option<u64>,
    /// What caused it: a script's address and line, the parser, the user.
    pub initiator: String,
    /// Why it failed; none when it did not.
    pub failed: Option<String>,
    /// Who answered instead of the server: `cache`, `service worker`, `rule`; empty otherwise.
    pub answered_by: String,
}

/// One request with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RequestDetail {
    /// The request.
    pub request: RequestInfo,
    /// Names and values of the request's header fields.
    pub request_headers: Vec<(String, String)>,
    /// What was sent.
    pub request_body: Option<String>,
    /// Names and values of the answer's header fields.
    pub response_headers: Vec<(String, String)>,
    /// What came back, where it is text and the browser still has it.
    pub response_body: Option<String>,
    /// Why a body is missing or cut; empty otherwise.
    pub note: String,
}

impl ConsoleMessage {
    /// The message in one line: how grave, what, where.
    pub fn line(&self) -> String {
        let at = if self.place.is_empty() {
            String::new()
        } else {
            format!("  ({})", self.place)
        };
        format!("{:<8}  {}{at}", self.level.word(), self.text)
    }
}

impl RequestInfo {
    /// The request in one line: number, method, status, address, then what else is known.
    pub fn line(&self) -> String {
        let status = match (self.status, &self.failed) {
            (Some(status), _) => status.to_string(),
            (None, Some(_)) => "failed".to_owned(),
            (None, None) => "...".to_owned(),
        };
        let mut known: Vec<String> = Vec::new();
        let mut add = |text: &str| {
            if !text.is_empty() {
                known.push(text.to_owned());
            }
        };
        add(&self.kind);
        add(&self.mime);
        add(&self.bytes.map(size).unwrap_or_default());
        add(&self.ms.map(|ms| format!("{ms} ms")).unwrap_or_default());
        add(self.failed.as_deref().unwrap_or_default());
        if !self.answered_by.is_empty() {
            add(&format!("answered by {}", self.answered_by));
        }
        if !self.initiator.is_empty() {
            add(&format!("from {}", self.initiator));
        }
        let known = known.join(", ");
        let Self {
            number,
            method,
            url,
            ..
        } = self;
        format!("{number:>4}  {method:<4} {status:<6}  {url}  {known}")
    }
}

/// Bytes as people say them.
fn size(bytes: u64) -> String {
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let tenths = |unit: u64| (bytes.saturating_mul(10) + unit / 2) / unit;
    let (tenths, unit) = if bytes < 1_000_000 {
        (tenths(1_000), "kB")
    } else {
        (tenths(1_000_000), "MB")
    };
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_known_and_no_more() {
        let mut request = RequestInfo {
            number: 7,
            method: "GET".to_owned(),
            url: "http://a/x".to_owned(),
            kind: "fetch".to_owned(),
            ..RequestInfo::default()
        };
        assert_eq!(request.line(), "   7  GET  ...     http://a/x  fetch");
        request.status = Some(200);
        request.bytes = Some(1_234);
        request.ms = Some(35);
        request.initiator = "http://a/app.js:5".to_owned();
        let want = "   7  GET  200     http://a/x  fetch, 1.2 kB, 35 ms, from http://a/app.js:5";
        assert_eq!(request.line(), want);
        let message = ConsoleMessage {
            level: Level::Error,
            text: "no".to_owned(),
            place: "http://a/:1".to_owned(),
            at_ms: 0,
        };
        assert_eq!(message.line(), "error     no  (http://a/:1)");
        assert_eq!(
            (size(999), size(2_500_000)),
            ("999 B".to_owned(), "2.5 MB".to_owned())
        );
    }
}
