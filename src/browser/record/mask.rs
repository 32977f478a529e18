//! Replaces passwords, tokens and cookies by `***`, wherever a request or an answer carries them.
//!
//! By the names of things, as nobody knows what a secret looks like.

use serde_json::Value;
use url::Url;

/// What stands in a secret's place.
pub(super) const MASK: &str = "***";

/// Header fields whose value is a secret, lower case.
const HEADERS: [&str; 5] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "www-authenticate",
];

/// Words that make a name a secret's, wherever they stand in it.
const WORDS: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "credential",
    "authorization",
    "sessionid",
];

/// Names that are a secret's when they stand alone.
const NAMES: [&str; 9] = [
    "pass", "pw", "pin", "otp", "sid", "auth", "jwt", "sig", "passcode",
];

/// Says whether a thing called `name` is a secret.
fn is_secret(name: &str) -> bool {
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    NAMES.contains(&name.as_str()) || WORDS.iter().any(|word| name.contains(word))
}

/// Returns the value of the header field `name` as it may be shown.
pub(super) fn header(name: &str, value: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if HEADERS.contains(&lower.as_str()) || is_secret(&lower) {
        return MASK.to_owned();
    }
    if matches!(lower.as_str(), "location" | "referer" | "refresh") {
        return address(value);
    }
    value.to_owned()
}

/// Returns an address with the secrets in its query, fragment and user information masked.
pub(super) fn address(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return text.to_owned();
    };
    let mut touched = false;
    if url.password().is_some() {
        touched = url.set_password(Some(MASK)).is_ok();
    }
    let masked = |pairs: &str| -> Option<String> {
        let has = |pair: &str| {
            let name = pair.split('=').next().unwrap_or_default();
            // The code by which a login goes from one site to another (RFC 6749 section 4.1.2).
            is_secret(name) || name == "code"
        };
        pairs.split('&').any(has).then(|| {
            let shown = pairs.split('&').map(|pair| match pair.split_once('=') {
                Some((name, _)) if has(pair) => format!("{name}={MASK}"),
                Some(_) | None => pair.to_owned(),
            });
            shown.collect::<Vec<_>>().join("&")
        })
    };
    if let Some(query) = url.query().and_then(masked) {
        url.set_query(Some(&query));
        touched = true;
    }
    if let Some(fragment) = url.fragment().and_then(masked) {
        url.set_fragment(Some(&fragment));
        touched = true;
    }
    if touched { url.into() } else { text.to_owned() }
}

/// Returns a body of the media type `mime` with its secrets masked.
pub(super) fn body(text: &str, mime: &str) -> String {
    let mime = mime.to_ascii_lowercase();
    let looks_like_json = text.trim_start().starts_with(['{', '[']);
    if mime.contains("json") || looks_like_json {
        return match serde_json::from_str::<Value>(text) {
            Ok(mut value) => {
                let masked = in_value(&mut value);
                if masked {
                    value.to_string()
                } else {
                    text.to_owned()
                }
            }
            // Cut or broken, it can't be told where a secret ends.
            Err(_) if is_secret(text) => MASK.to_owned(),
            Err(_) => text.to_owned(),
        };
    }
    if mime.contains("x-www-form-urlencoded") {
        let shown = text.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_secret(name) => format!("{name}={MASK}"),
            Some(_) | None => pair.to_owned(),
        });
        return shown.collect::<Vec<_>>().join("&");
    }
    if mime.contains("multipart/form-data") {
        return in_parts(text);
    }
    text.to_owned()
}

/// Masks the secrets of a JSON value; says whether there were any.
fn in_value(value: &mut Value) -> bool {
    let mut open = vec![value];
    let mut masked = false;
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                for (name, inner) in fields.iter_mut() {
                    if is_secret(name) && !inner.is_null() && !inner.is_boolean() {
                        *inner = Value::from(MASK);
                        masked = true;
                    } else {
                        open.push(inner);
                    }
                }
            }
            Value::Array(items) => open.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    masked
}

/// Masks the parts of a form (RFC 7578) whose names are a secret's.
fn in_parts(text: &str) -> String {
    let mut shown = Vec::new();
    let mut secret = false;
    let mut in_body = false;
    for line in text.split('\n') {
        let plain = line.trim_end();
        if plain.starts_with("--") {
            (secret, in_body) = (false, false);
        } else if in_body && secret {
            if shown.last() != Some(&MASK) {
                shown.push(MASK);
            }
            continue;
        } else if plain.is_empty() {
            in_body = true;
        } else if !in_body && let Some((_, rest)) = plain.split_once("name=\"") {
            secret = is_secret(rest.split('"').next().unwrap_or_default());
        }
        shown.push(line);
    }
    shown.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_by_their_names_and_all_else_stays() {
        for (name, value, shown) in [
            ("Authorization", "Bearer abc", MASK),
            ("set-cookie", "id=1", MASK),
            ("X-Api-Key", "k", MASK),
            ("X-CSRF-Token", "t", MASK),
            ("Accept", "text/html", "text/html"),
            (
                "Location",
                "https://a.example/?code=1&state=2",
                "https://a.example/?code=***&state=2",
            ),
        ] {
            assert_eq!(header(name, value), shown, "{name}");
        }
        for (url, shown) in [
            ("https://a.example/x?q=1", "https://a.example/x?q=1"),
            (
                "https://u:p@a.example/?access_token=abc&q=1#id_token=z",
                "https://u:***@a.example/?access_token=***&q=1#id_token=***",
            ),
            ("not an address", "not an address"),
        ] {
            assert_eq!(address(url), shown);
        }
    }

    #[test]
    fn bodies_of_forms_and_json_lose_their_secrets() {
        let json = r#"{"user":"ada","login":{"password":"x","keep":true},"list":[{"apiKey":1}]}"#;
        let shown = body(json, "application/json; charset=utf-8");
        assert_eq!(
            shown,
            r#"{"list":[{"apiKey":"***"}],"login":{"keep":true,"password":"***"},"user":"ada"}"#
        );
        assert_eq!(body(r#"{"password":"x"#, "application/json"), MASK);
        assert_eq!(body(r#"{"a":"#, "text/plain"), r#"{"a":"#);
        let form = "user=ada&user_password=x%20y&next=%2F";
        let shown = body(form, "application/x-www-form-urlencoded");
        assert_eq!(shown, "user=ada&user_password=***&next=%2F");
        let parts = "--b\r\nContent-Disposition: form-data; name=\"pw\"\r\n\r\nx\r\n--b\r\n\
                     Content-Disposition: form-data; name=\"a\"\r\n\r\ny\r\n--b--\r\n";
        let shown = body(parts, "multipart/form-data; boundary=b");
        assert!(
            !shown.contains("\nx\r") && shown.contains("\ny\r"),
            "{shown}"
        );
    }
}
