//! Puts the events of requests together: one exchange for each leg, with its answer and its end.
//!
//! Decoded tolerantly: a field that is missing or of another type loses that field, an event that
//! can't be read loses that event (`DevTools` protocol, Network domain).

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{BODY_BYTES_MAX, Body, Kept, Secrets, Told, cut, mask};
use crate::action::{ReadRequests, RequestDetail, RequestInfo};
use crate::untrusted;

/// Longest address shown, in characters.
const ADDRESS_CHARS_MAX: usize = 2_000;
/// Longest header value shown, in characters.
const HEADER_CHARS_MAX: usize = 4_000;
/// Longest short text, such as a method, in characters.
const WORD_CHARS_MAX: usize = 80;

/// One leg of a request with what came of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Exchange {
    pub(super) number: u32,
    pub(super) session: Arc<str>,
    /// The browser's name for the request; all legs of a redirect share it.
    pub(super) id: String,
    pub(super) method: String,
    pub(super) url: String,
    pub(super) kind: String,
    pub(super) initiator: String,
    /// Seconds since 1970.
    pub(super) wall: f64,
    /// Seconds of the browser's own clock.
    pub(super) began: f64,
    pub(super) ended: Option<f64>,
    pub(super) request_headers: Vec<(String, String)>,
    pub(super) has_post: bool,
    pub(super) post: Option<String>,
    pub(super) response: Option<Response>,
    pub(super) response_headers: Vec<(String, String)>,
    /// Bytes that came over the network.
    pub(super) bytes: Option<u64>,
    pub(super) failed: Option<String>,
    pub(super) cached: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WillBeSent {
    request_id: String,
    #[serde(default)]
    r#type: String,
    request: Asked,
    #[serde(default)]
    timestamp: f64,
    #[serde(default)]
    wall_time: f64,
    #[serde(default, deserialize_with = "lenient")]
    initiator: Initiator,
    #[serde(default, deserialize_with = "lenient")]
    redirect_response: Option<Response>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    url: String,
    #[serde(default)]
    url_fragment: String,
    #[serde(default)]
    method: String,
    #[serde(default, deserialize_with = "lenient")]
    headers: Map<String, Value>,
    #[serde(default)]
    has_post_data: bool,
    #[serde(default)]
    post_data: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Initiator {
    r#type: String,
    url: String,
    line_number: Option<f64>,
    stack: Option<Stack>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Stack {
    pub(super) call_frames: Vec<CallFrame>,
    pub(super) parent: Option<Box<Stack>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CallFrame {
    pub(super) url: String,
    pub(super) line_number: f64,
}

/// An answer, as far as it is shown.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Response {
    pub(super) status: u32,
    pub(super) status_text: String,
    #[serde(deserialize_with = "lenient")]
    headers: Map<String, Value>,
    pub(super) mime_type: String,
    pub(super) protocol: String,
    #[serde(rename = "remoteIPAddress")]
    pub(super) remote: String,
    from_disk_cache: bool,
    from_service_worker: bool,
    encoded_data_length: f64,
    #[serde(deserialize_with = "lenient")]
    pub(super) timing: Option<Timing>,
}

/// When the parts of a request began and ended, in milliseconds after `request_time`; -1 where
/// there was no such part.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Timing {
    pub(super) request_time: f64,
    pub(super) dns_start: f64,
    pub(super) dns_end: f64,
    pub(super) connect_start: f64,
    pub(super) connect_end: f64,
    pub(super) ssl_start: f64,
    pub(super) ssl_end: f64,
    pub(super) send_start: f64,
    pub(super) send_end: f64,
    pub(super) receive_headers_end: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    request_id: String,
    #[serde(default)]
    r#type: String,
    #[serde(default, deserialize_with = "lenient")]
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extra {
    request_id: String,
    #[serde(default, deserialize_with = "lenient")]
    headers: Map<String, Value>,
    #[serde(default)]
    status_code: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct End {
    request_id: String,
    #[serde(default)]
    timestamp: f64,
    #[serde(default)]
    encoded_data_length: f64,
    #[serde(default)]
    error_text: String,
    #[serde(default)]
    blocked_reason: String,
}

/// Reads a value, or takes its default when it is not what was expected.
fn lenient<'de, D, T>(input: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(input)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// What is gathered of the requests under one id.
#[derive(Default)]
struct Legs {
    /// Places in the list of exchanges, oldest first.
    places: Vec<usize>,
    sent: Vec<Extra>,
    received: Vec<Extra>,
}

/// What is gathered of all requests.
#[derive(Default)]
struct Known {
    legs: HashMap<(Arc<str>, String), Legs>,
    /// The session in which each document and script was asked for.
    roots: HashMap<String, Arc<str>>,
}

impl Known {
    /// The document of a frame and the script of a worker are asked for in the page around them and
    /// end in their own sessions.
    fn key(&self, event: &Kept, id: &str) -> (Arc<str>, String) {
        let session = self.roots.get(id).unwrap_or(&event.session);
        (Arc::clone(session), id.to_owned())
    }

    fn begun(&mut self, event: &Kept, told: &WillBeSent) -> &mut Legs {
        if matches!(told.r#type.as_str(), "Document" | "Script") {
            let session = Arc::clone(&event.session);
            let id = told.request_id.clone();
            self.roots.entry(id).or_insert(session);
        }
        self.legs(event, &told.request_id)
    }

    fn legs(&mut self, event: &Kept, id: &str) -> &mut Legs {
        let key = self.key(event, id);
        self.legs.entry(key).or_default()
    }

    fn get(&self, event: &Kept, id: &str) -> Option<&Legs> {
        self.legs.get(&self.key(event, id))
    }
}

/// Puts the exchanges together that `kept` tells of, in the order of their beginning.
pub(super) fn read<'a>(kept: impl Iterator<Item = &'a Kept>) -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    let mut known = Known::default();
    for event in kept {
        match event.method {
            Told::WillBeSent => {
                let Some(told) = told::<WillBeSent>(event) else {
                    continue;
                };
                let legs = known.begun(event, &told);
                if let (Some(answer), Some(last)) =
                    (&told.redirect_response, last(&mut exchanges, legs))
                {
                    last.ended = Some(told.timestamp);
                    last.bytes = Some(whole(answer.encoded_data_length));
                    last.answered(answer.clone());
                }
                legs.places.push(exchanges.len());
                exchanges.push(Exchange::begin(event, told));
            }
            Told::SentExtra => {
                if let Some(told) = told::<Extra>(event) {
                    let legs = known.legs(event, &told.request_id);
                    legs.sent.push(told);
                }
            }
            Told::ReceivedExtra => {
                if let Some(told) = told::<Extra>(event) {
                    let legs = known.legs(event, &told.request_id);
                    legs.received.push(told);
                }
            }
            Told::Received => {
                if let Some(told) = told::<Received>(event)
                    && let Some(legs) = known.get(event, &told.request_id)
                    && let Some(last) = last(&mut exchanges, legs)
                {
                    last.answered(told.response);
                    if last.kind.is_empty() {
                        last.kind = word(&told.r#type.to_lowercase());
                    }
                }
            }
            Told::Cached => {
                if let Some(told) = told::<End>(event)
                    && let Some(legs) = known.get(event, &told.request_id)
                    && let Some(last) = last(&mut exchanges, legs)
                {
                    last.cached = true;
                }
            }
            Told::Finished | Told::Failed => {
                if let Some(told) = told::<End>(event)
                    && let Some(legs) = known.get(event, &told.request_id)
                    && let Some(last) = last(&mut exchanges, legs)
                {
                    // Its body is to be had where it ended.
                    last.session = Arc::clone(&event.session);
                    last.over(event.method, &told);
                }
            }
            Told::Console | Told::Thrown | Told::Entry => {}
        }
    }
    for legs in known.legs.values() {
        add_extras(&mut exchanges, legs);
    }
    exchanges
}

fn told<T: DeserializeOwned>(event: &Kept) -> Option<T> {
    serde_json::from_str(&event.params).ok()
}

fn last<'a>(exchanges: &'a mut [Exchange], legs: &Legs) -> Option<&'a mut Exchange> {
    exchanges.get_mut(*legs.places.last()?)
}

/// Header fields as they really went over the network; told apart, in their own order.
fn add_extras(exchanges: &mut [Exchange], legs: &Legs) {
    let place = |count: usize, at: usize| {
        // The newest belong together: of a long chain the oldest legs may be gone.
        let first = legs.places.len().checked_sub(count)?;
        legs.places.get(first + at).copied()
    };
    for (at, extra) in legs.sent.iter().enumerate() {
        if let Some(exchange) = place(legs.sent.len(), at).and_then(|at| exchanges.get_mut(at)) {
            exchange.request_headers = headers(&extra.headers);
        }
    }
    for (at, extra) in legs.received.iter().enumerate() {
        let found = place(legs.received.len(), at).and_then(|at| exchanges.get_mut(at));
        if let Some(exchange) = found {
            exchange.response_headers = headers(&extra.headers);
            if let (Some(response), 304) = (&mut exchange.response, extra.status_code) {
                response.status = extra.status_code;
                exchange.cached = true;
            }
        }
    }
}

/// Fields with several values come as lines of one value.
fn headers(fields: &Map<String, Value>) -> Vec<(String, String)> {
    let mut found = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        let value = value.as_str().unwrap_or_default();
        for line in value.split('\n') {
            let line = untrusted::line(line, HEADER_CHARS_MAX);
            found.push((word(name), line));
        }
    }
    found
}

fn word(text: &str) -> String {
    untrusted::line(text, WORD_CHARS_MAX)
}

/// Bytes or milliseconds, which the protocol tells as floating point.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates, and what is below zero says that nothing is known"
)]
pub(super) fn whole(number: f64) -> u64 {
    number.max(0.0).round() as u64
}

impl Exchange {
    fn begin(event: &Kept, told: WillBeSent) -> Self {
        Self {
            number: event.number,
            session: Arc::clone(&event.session),
            id: told.request_id,
            method: word(&told.request.method),
            url: told.request.url + &told.request.url_fragment,
            kind: word(&told.r#type.to_lowercase()),
            initiator: initiator(&told.initiator),
            wall: told.wall_time,
            began: told.timestamp,
            request_headers: headers(&told.request.headers),
            has_post: told.request.has_post_data || told.request.post_data.is_some(),
            post: told.request.post_data,
            ..Self::default()
        }
    }

    fn answered(&mut self, response: Response) {
        self.response_headers = headers(&response.headers);
        self.response = Some(response);
    }

    fn over(&mut self, how: Told, end: &End) {
        self.ended = Some(end.timestamp);
        if how == Told::Finished {
            self.bytes = Some(whole(end.encoded_data_length));
            return;
        }
        let reason = if end.blocked_reason.is_empty() {
            end.error_text.trim_start_matches("net::").to_owned()
        } else if end.blocked_reason == "inspector" {
            "blocked by a rule of yours".to_owned()
        } else {
            format!("blocked: {}", end.blocked_reason)
        };
        self.failed = Some(word(&reason));
    }

    /// Milliseconds from the request to its end.
    pub(super) fn duration_ms(&self) -> Option<f64> {
        let ended = self.ended?;
        Some(((ended - self.began) * 1_000.0).max(0.0))
    }

    fn answered_by(&self, rules: &[String]) -> &'static str {
        let response = self.response.as_ref();
        if rules.contains(&self.id) {
            "rule"
        } else if response.is_some_and(|response| response.from_service_worker) {
            "service worker"
        } else if self.cached || response.is_some_and(|response| response.from_disk_cache) {
            "cache"
        } else {
            ""
        }
    }

    /// The address as it may be shown.
    pub(super) fn address(&self, secrets: Secrets) -> String {
        let url = untrusted::line(&self.url, ADDRESS_CHARS_MAX);
        match secrets {
            Secrets::Shown => url,
            Secrets::Masked => mask::address(&url),
        }
    }

    /// The exchange in short; `rules` names the requests that a rule answered.
    pub(super) fn info(&self, secrets: Secrets, rules: &[String]) -> RequestInfo {
        let response = self.response.as_ref();
        RequestInfo {
            number: self.number,
            method: self.method.clone(),
            url: self.address(secrets),
            status: response.map(|response| response.status),
            kind: self.kind.clone(),
            mime: response.map_or_else(String::new, |response| word(&response.mime_type)),
            bytes: self.bytes,
            ms: self.duration_ms().map(whole),
            initiator: self.initiator.clone(),
            failed: self.failed.clone(),
            answered_by: self.answered_by(rules).to_owned(),
        }
    }
}

/// Says in words what caused a request.
fn initiator(told: &Initiator) -> String {
    let place = |url: &str, line: f64| {
        let url = mask::address(&untrusted::line(url, ADDRESS_CHARS_MAX));
        // Lines are told from 0 and shown from 1.
        format!("{url}:{}", whole(line) + 1)
    };
    let script = told.stack.as_ref().and_then(innermost);
    match (script, told.url.as_str()) {
        (Some(frame), _) => place(&frame.url, frame.line_number),
        (None, "") => word(&told.r#type),
        (None, url) => place(url, told.line_number.unwrap_or_default()),
    }
}

/// The call nearest to what happened that lies in a script with an address.
pub(super) fn innermost(stack: &Stack) -> Option<&CallFrame> {
    let mut stack = Some(stack);
    // A page can't make a chain longer than the event that told it.
    while let Some(part) = stack {
        let mut frames = part.call_frames.iter();
        if let Some(frame) = frames.find(|frame| !frame.url.is_empty()) {
            return Some(frame);
        }
        stack = part.parent.as_deref();
    }
    None
}

/// Says whether a request is among those asked for.
pub(super) fn is_wanted(info: &RequestInfo, wanted: &ReadRequests) -> bool {
    let has_text = wanted.text.as_ref().is_none_or(|text| {
        let text = text.to_lowercase();
        info.url.to_lowercase().contains(&text) || info.method.to_lowercase() == text
    });
    let has_failed = info.failed.is_some() || info.status.is_some_and(|status| status >= 400);
    let is_it = wanted.number.is_none_or(|number| number == info.number);
    has_text && is_it && (has_failed || !wanted.failed_only)
}

/// Tells all of one exchange.
pub(super) fn detail(
    exchange: &Exchange,
    body: Result<Body, String>,
    secrets: Secrets,
    rules: &[String],
) -> RequestDetail {
    let shown = |headers: &[(String, String)]| -> Vec<(String, String)> {
        let field = |(name, value): &(String, String)| match secrets {
            Secrets::Shown => (name.clone(), value.clone()),
            Secrets::Masked => (name.clone(), mask::header(name, value)),
        };
        headers.iter().map(field).collect()
    };
    let text = |text: &str, mime: &str| {
        let (text, was_cut) = cut(text, BODY_BYTES_MAX);
        match secrets {
            Secrets::Shown => (text, was_cut),
            Secrets::Masked => (mask::body(&text, mime), was_cut),
        }
    };
    let request = exchange.info(secrets, rules);
    let (response_body, note) = match body {
        Ok(Body::Text(body)) => {
            let (body, was_cut) = text(&body, &request.mime);
            let note = format!("the answer's body is cut at {BODY_BYTES_MAX} bytes");
            (Some(body), if was_cut { note } else { String::new() })
        }
        Ok(Body::Bytes(bytes)) => {
            let note = format!("the answer's body is no text but {} bytes", bytes.len());
            (None, note)
        }
        Err(note) => (None, note),
    };
    let sent_mime = exchange.content_type();
    RequestDetail {
        request_headers: shown(&exchange.request_headers),
        request_body: exchange.post.as_ref().map(|post| text(post, &sent_mime).0),
        response_headers: shown(&exchange.response_headers),
        response_body,
        note,
        request,
    }
}

impl Exchange {
    /// Media type of what was sent.
    pub(super) fn content_type(&self) -> String {
        let mut headers = self.request_headers.iter();
        let found = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::record::Record;

    fn record(events: &[(&str, &str)]) -> Record {
        let mut record = Record::default();
        for (method, params) in events {
            record.note(method, params, "S");
        }
        record
    }

    const SENT: (&str, &str) = (
        "Network.requestWillBeSent",
        r#"{"requestId":"1","type":"Fetch","timestamp":10.0,"wallTime":1000.0,"initiator":{
            "type":"script","stack":{"callFrames":[{"url":"","lineNumber":1},
            {"url":"http://a/app.js","lineNumber":4}]}},"request":{"url":"http://a/x?token=t",
            "method":"POST","headers":{"Accept":"a"},"hasPostData":true},"new":{}}"#,
    );
    const RECEIVED: (&str, &str) = (
        "Network.responseReceived",
        r#"{"requestId":"1","type":"Fetch","response":{"status":404,"mimeType":"text/html",
            "headers":{"Server":"s"},"timing":"strange"}}"#,
    );
    const FINISHED: (&str, &str) = (
        "Network.loadingFinished",
        r#"{"requestId":"1","timestamp":10.25,"encodedDataLength":321}"#,
    );

    #[test]
    fn an_exchange_is_put_together_from_its_events() {
        let record = record(&[SENT, RECEIVED, FINISHED]);
        let [exchange] = record.exchanges().try_into().unwrap();
        let info = exchange.info(Secrets::Masked, &[]);
        let want = RequestInfo {
            number: 1,
            method: "POST".to_owned(),
            url: "http://a/x?token=***".to_owned(),
            status: Some(404),
            kind: "fetch".to_owned(),
            mime: "text/html".to_owned(),
            bytes: Some(321),
            ms: Some(250),
            initiator: "http://a/app.js:5".to_owned(),
            failed: None,
            answered_by: String::new(),
        };
        assert_eq!(info, want);
        assert_eq!(exchange.address(Secrets::Shown), "http://a/x?token=t");
        let failed = |failed_only| ReadRequests {
            failed_only,
            text: Some("post".to_owned()),
            number: None,
        };
        assert!(is_wanted(&info, &failed(true)) && is_wanted(&info, &failed(false)));
    }

    #[test]
    fn each_leg_of_a_redirect_is_a_request_of_its_own() {
        let second = SENT.1.replace(
            "\"new\":{}",
            r#""redirectResponse":{"status":302,"headers":{"Location":"/y"}}"#,
        );
        let extra = |n: u32| format!(r#"{{"requestId":"1","headers":{{"Cookie":"c{n}"}}}}"#);
        let method = "Network.requestWillBeSentExtraInfo";
        let record = record(&[
            (method, &extra(1)),
            SENT,
            (SENT.0, &second),
            (method, &extra(2)),
            RECEIVED,
            FINISHED,
        ]);
        let exchanges = record.exchanges();
        let status = |exchange: &Exchange| exchange.response.as_ref().map(|r| r.status);
        let statuses: Vec<_> = exchanges.iter().map(status).collect();
        assert_eq!(statuses, [Some(302), Some(404)]);
        assert_eq!(exchanges[1].request_headers[0].1, "c2");
        let detail = detail(&exchanges[0], Err(String::new()), Secrets::Masked, &[]);
        assert_eq!(
            detail.request_headers,
            [("Cookie".to_owned(), "***".to_owned())]
        );
    }

    #[test]
    fn what_was_blocked_or_failed_says_why() {
        for (params, why) in [
            (
                r#"{"requestId":"1","errorText":"net::ERR_FAILED"}"#,
                "ERR_FAILED",
            ),
            (
                r#"{"requestId":"1","errorText":"x","blockedReason":"inspector"}"#,
                "blocked by a rule of yours",
            ),
            (
                r#"{"requestId":"1","errorText":"x","blockedReason":"csp"}"#,
                "blocked: csp",
            ),
        ] {
            let record = record(&[SENT, ("Network.loadingFailed", params)]);
            assert_eq!(record.exchanges()[0].failed.as_deref(), Some(why));
        }
    }

    #[test]
    fn what_can_not_be_read_is_left_out() {
        let events = [
            ("Network.requestWillBeSent", "]"),
            ("Network.loadingFinished", r#"{"requestId":"9"}"#),
            ("Network.responseReceived", "{}"),
        ];
        assert_eq!(record(&events).exchanges(), []);
    }
}
