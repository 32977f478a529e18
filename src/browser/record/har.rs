//! Writes exchanges as an HTTP archive, version 1.2 (<http://www.softwareishard.com/blog/har-12-spec>).

use base64::Engine as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::requests::{Exchange, Timing, whole};
use super::{Body, Secrets, mask};

/// Wraps `entries` as an archive.
pub(super) fn archive(entries: &[Value]) -> String {
    let creator = json!({ "name": "legwork", "version": env!("CARGO_PKG_VERSION") });
    json!({
        "log": { "version": "1.2", "creator": creator, "pages": [], "entries": entries }
    })
    .to_string()
}

/// Writes one exchange; `body` is what came back, where it was asked for and is still there.
pub(super) fn entry(exchange: &Exchange, body: Option<&Body>, secrets: Secrets) -> Value {
    let timings = timings(exchange);
    let time: f64 = ["blocked", "dns", "connect", "send", "wait", "receive"]
        .into_iter()
        .filter_map(|name| timings.get(name)?.as_f64())
        .map(|ms| ms.max(0.0))
        .sum();
    let mut entry = json!({
        "startedDateTime": moment(exchange.wall),
        "time": time,
        "request": request(exchange, secrets),
        "response": response(exchange, body, secrets),
        "cache": {},
        "timings": timings,
        "_resourceType": exchange.kind,
        "_initiator": exchange.initiator,
    });
    let remote = exchange.response.as_ref().map(|response| &response.remote);
    if let (Some(fields), Some(remote)) = (entry.as_object_mut(), remote) {
        if !remote.is_empty() {
            let plain = remote.trim_matches(['[', ']']);
            fields.insert("serverIPAddress".to_owned(), plain.into());
        }
        if let Some(failed) = &exchange.failed {
            fields.insert("_error".to_owned(), failed.as_str().into());
        }
    }
    entry
}

fn moment(wall: f64) -> String {
    let ms = i64::try_from(whole(wall * 1_000.0)).unwrap_or_default();
    Timestamp::from_millisecond(ms)
        .unwrap_or_default()
        .to_string()
}

fn request(exchange: &Exchange, secrets: Secrets) -> Value {
    let url = exchange.address(secrets);
    let pairs: Vec<Value> = Url::parse(&url)
        .ok()
        .into_iter()
        .flat_map(|url| {
            let pairs = url.query_pairs();
            let pair = |(name, value)| json!({ "name": name, "value": value });
            pairs.map(pair).collect::<Vec<_>>()
        })
        .collect();
    let mut request = json!({
        "method": exchange.method,
        "url": url,
        "httpVersion": version(exchange),
        "cookies": cookies(&exchange.request_headers, "cookie", secrets),
        "headers": fields(&exchange.request_headers, secrets),
        "queryString": pairs,
        "headersSize": -1,
        "bodySize": exchange.post.as_ref().map_or(if exchange.has_post { -1 } else { 0 }, |post| size(post)),
    });
    if let (Some(post), Some(fields)) = (&exchange.post, request.as_object_mut()) {
        let mime = exchange.content_type();
        let text = match secrets {
            Secrets::Shown => post.clone(),
            Secrets::Masked => mask::body(post, &mime),
        };
        let data = json!({ "mimeType": mime, "params": [], "text": text });
        fields.insert("postData".to_owned(), data);
    }
    request
}

fn size(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

fn response(exchange: &Exchange, body: Option<&Body>, secrets: Secrets) -> Value {
    let answer = exchange.response.clone().unwrap_or_default();
    let mut content = json!({
        "size": body.map_or(0, Body::len),
        "mimeType": if answer.mime_type.is_empty() { "x-unknown" } else { &answer.mime_type },
    });
    if let (Some(body), Some(fields)) = (body, content.as_object_mut()) {
        let text = match (body, secrets) {
            (Body::Text(text), Secrets::Shown) => text.clone(),
            (Body::Text(text), Secrets::Masked) => mask::body(text, &answer.mime_type),
            (Body::Bytes(bytes), _) => {
                fields.insert("encoding".to_owned(), "base64".into());
                base64::engine::general_purpose::STANDARD.encode(bytes)
            }
        };
        fields.insert("text".to_owned(), text.into());
    }
    let mut redirect = String::new();
    if (300..400).contains(&answer.status) {
        let mut headers = exchange.response_headers.iter();
        let found = headers.find(|(name, _)| name.eq_ignore_ascii_case("location"));
        redirect = found.map_or_else(String::new, |(name, value)| shown(name, value, secrets));
    }
    let bytes = exchange.bytes.and_then(|bytes| i64::try_from(bytes).ok());
    json!({
        "status": answer.status,
        "statusText": answer.status_text,
        "httpVersion": version(exchange),
        "cookies": cookies(&exchange.response_headers, "set-cookie", secrets),
        "headers": fields(&exchange.response_headers, secrets),
        "content": content,
        "redirectURL": redirect,
        "headersSize": -1,
        "bodySize": -1,
        "_transferSize": bytes.unwrap_or(-1),
    })
}

fn version(exchange: &Exchange) -> String {
    let answer = exchange.response.as_ref();
    let protocol = answer.map(|answer| answer.protocol.as_str());
    match protocol {
        Some("h2") => "HTTP/2".to_owned(),
        Some("h3") => "HTTP/3".to_owned(),
        Some(other) if !other.is_empty() => other.to_uppercase(),
        Some(_) | None => "HTTP/1.1".to_owned(),
    }
}

fn shown(name: &str, value: &str, secrets: Secrets) -> String {
    match secrets {
        Secrets::Shown => value.to_owned(),
        Secrets::Masked => mask::header(name, value),
    }
}

fn fields(headers: &[(String, String)], secrets: Secrets) -> Vec<Value> {
    let field = |(name, value): &(String, String)| json!({ "name": name, "value": shown(name, value, secrets) });
    headers.iter().map(field).collect()
}

/// The cookies of the header fields called `field`.
fn cookies(headers: &[(String, String)], field: &str, secrets: Secrets) -> Vec<Value> {
    let values = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(field));
    let pairs = values.flat_map(|(_, value)| {
        // What is set stands first, its attributes after it; what is sent is a list.
        let count = if field == "cookie" { usize::MAX } else { 1 };
        value.split(';').take(count)
    });
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, value)| {
            let value = match secrets {
                Secrets::Shown => value,
                Secrets::Masked => mask::MASK,
            };
            json!({ "name": name, "value": value })
        })
        .collect()
}

/// How the time was spent, in milliseconds; -1 where a part does not apply.
fn timings(exchange: &Exchange) -> Value {
    let whole = exchange.duration_ms().unwrap_or(0.0);
    let timing = exchange
        .response
        .as_ref()
        .and_then(|answer| answer.timing.as_ref());
    let Some(Timing {
        request_time,
        dns_start,
        dns_end,
        connect_start,
        connect_end,
        ssl_start,
        ssl_end,
        send_start,
        send_end,
        receive_headers_end,
    }) = timing
    else {
        return json!({ "blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": 0,
            "wait": whole, "receive": 0 });
    };
    let part = |start: f64, end: f64| {
        if start < 0.0 {
            -1.0
        } else {
            (end - start).max(0.0)
        }
    };
    let before = ((request_time - exchange.began) * 1_000.0).max(0.0);
    let first = [*dns_start, *connect_start, *send_start];
    let first = first.into_iter().find(|start| *start >= 0.0).unwrap_or(0.0);
    json!({
        "blocked": before + first,
        "dns": part(*dns_start, *dns_end),
        "connect": part(*connect_start, *connect_end),
        "ssl": part(*ssl_start, *ssl_end),
        "send": part(*send_start, *send_end).max(0.0),
        "wait": (receive_headers_end - send_end).max(0.0),
        "receive": (whole - before - receive_headers_end).max(0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::record::Record;

    #[test]
    fn an_entry_has_what_the_format_wants_and_no_secret() {
        let mut record = Record::default();
        let sent = r#"{"requestId":"1","type":"XHR","timestamp":10.0,"wallTime":1700000000.5,
            "request":{"url":"https://a.example/x?q=1&token=t","method":"POST",
            "headers":{"Cookie":"a=1; b=2","Content-Type":"application/json"},
            "postData":"{\"password\":\"p\"}"}}"#;
        let received = r#"{"requestId":"1","response":{"status":200,"statusText":"OK",
            "headers":{"Set-Cookie":"sid=3; Path=/"},"mimeType":"text/plain","protocol":"h2",
            "remoteIPAddress":"[::1]","timing":{"requestTime":10.01,"dnsStart":-1,"dnsEnd":-1,
            "connectStart":1,"connectEnd":3,"sslStart":-1,"sslEnd":-1,"sendStart":3,"sendEnd":4,
            "receiveHeadersEnd":20}}}"#;
        let over = r#"{"requestId":"1","timestamp":10.05,"encodedDataLength":9}"#;
        record.note("Network.requestWillBeSent", sent, "S");
        record.note("Network.responseReceived", received, "S");
        record.note("Network.loadingFinished", over, "S");
        let [exchange] = record.exchanges().try_into().unwrap();
        let body = Body::Text("hello".to_owned());
        let masked = entry(&exchange, Some(&body), Secrets::Masked);
        let text = masked.to_string();
        assert_eq!(masked["startedDateTime"], "2023-11-14T22:13:20.5Z");
        assert_eq!(masked["serverIPAddress"], "::1");
        assert_eq!(masked["response"]["httpVersion"], "HTTP/2");
        assert_eq!(masked["response"]["content"]["text"], "hello");
        assert_eq!(masked["request"]["queryString"][0]["value"], "1");
        for secret in ["token=t", "a=1", "sid=3", "\\\"p\\\"", "\"value\":\"2\""] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        let open = entry(&exchange, None, Secrets::Shown).to_string();
        assert!(
            open.contains("a=1; b=2") && open.contains("token=t"),
            "{open}"
        );
        let time = masked["time"].as_f64().unwrap();
        assert!((time - 50.0).abs() < 0.01, "{time}");
        let whole: Value = serde_json::from_str(&archive(&[masked])).unwrap();
        assert_eq!(whole["log"]["version"], "1.2");
    }
}
