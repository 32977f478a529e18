//! Whether one POST may end a subscription: the user's own mail server vouches for a signature of
//! the sender's domain over both fields that ask for it (RFC 8058 section 4, RFC 8601, RFC 6376),
//! and the address to post to lies on that domain.
//!
//! A server that vouches must itself remove what others write under its name (RFC 8601 section 5).

use url::{Host, Url};

use super::fields::Fields;
use crate::mail::mime;
use crate::untrusted;

/// The fields that a signature must cover.
const ASKING: [&str; 3] = ["from", "list-unsubscribe", "list-unsubscribe-post"];
/// What [`ASKING`]'s last must say.
const ONE_CLICK: &str = "list-unsubscribe=one-click";
/// Longest name shown, in characters.
const SHOWN_MAX: usize = 100;

/// What a server found out about one signature.
struct Vouched {
    /// The domain that signed.
    domain: String,
    /// Its selector and the beginning of its bytes, where the server says so.
    selector: Option<String>,
    bytes: Option<String>,
}

/// Says why the way out at `url` must not be taken without a person; nothing where it may.
pub(super) fn one_click(fields: &Fields, url: &Url, servers: &[String]) -> Result<(), String> {
    let said = |text: &str| Err(text.to_owned());
    match fields.all("list-unsubscribe-post").as_slice() {
        [] => return said("it does not offer to unsubscribe by one click (List-Unsubscribe-Post)"),
        [post] if squeezed(post).eq_ignore_ascii_case(ONE_CLICK) => {}
        [_] => return said("what it asks to be posted is not what RFC 8058 allows"),
        [_, _, ..] => return said("it has more than one List-Unsubscribe-Post"),
    }
    if fields.only("list-unsubscribe").is_none() {
        return said("it has more than one List-Unsubscribe, and anybody may have added one");
    }
    let Some(sender) = fields.only("from").and_then(domain_of_sender) else {
        return said("its sender can't be told");
    };
    let host = match url.host() {
        Some(Host::Domain(host)) => host.trim_end_matches('.').to_ascii_lowercase(),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => {
            return said("its address to unsubscribe at names no domain");
        }
    };
    if !url.username().is_empty() || url.password().is_some() {
        return said("its address to unsubscribe at holds a password");
    }
    if !is_of(&host, &sender) {
        let (host, sender) = (shown(&host), shown(&sender));
        return Err(format!(
            "it would unsubscribe at {host}, which is not a place of the sender's domain {sender}"
        ));
    }
    if servers.is_empty() {
        return said("no mail server of yours is named to vouch for it ([unsubscribe] servers)");
    }
    let vouched = vouched(fields, servers)?;
    let own: Vec<Vouched> = vouched
        .into_iter()
        .filter(|one| is_of(&one.domain, &sender))
        .collect();
    if own.is_empty() {
        return Err(format!(
            "your mail server vouches for no signature of {}",
            shown(&sender)
        ));
    }
    if own.iter().any(|one| one.covers(fields)) {
        return Ok(());
    }
    said("its signature does not cover how to unsubscribe")
}

/// The signatures that the user's own server found to be good. Only its topmost word on signatures
/// counts: what stands below is older, and may have been written by the sender.
fn vouched(fields: &Fields, servers: &[String]) -> Result<Vec<Vouched>, String> {
    let results = fields.all("authentication-results");
    let mut own = results.into_iter().filter_map(|field| {
        let plain = without_comments(field);
        let mut parts = plain.split(';');
        let name = parts.next()?.split_whitespace().next()?.to_owned();
        let trusted = servers
            .iter()
            .any(|server| server.trim().eq_ignore_ascii_case(&name));
        let methods: Vec<String> = parts.map(str::to_owned).collect();
        (trusted && methods.iter().any(|method| result(method).is_some())).then_some(methods)
    });
    let Some(methods) = own.next() else {
        return Err(format!(
            "your mail server {} says nothing of its signature (Authentication-Results)",
            shown(&servers.join(" or "))
        ));
    };
    let good = methods.iter().filter_map(|method| {
        let (result, properties) = result(method)?;
        let of = |name: &str| {
            let mut found = properties.iter().filter(|(key, _)| key == name);
            found.next().map(|(_, value)| value.clone())
        };
        let identity = of("header.i").and_then(|id| Some(id.rsplit_once('@')?.1.to_owned()));
        let domain = of("header.d").or(identity)?.to_ascii_lowercase();
        (result == "pass").then(|| Vouched {
            domain,
            selector: of("header.s"),
            bytes: of("header.b"),
        })
    });
    Ok(good.collect())
}

type Properties = Vec<(String, String)>;

/// Reads `dkim=pass header.d=example.org header.s=key`; none for other methods.
fn result(method: &str) -> Option<(String, Properties)> {
    let joined = around_signs(method);
    let mut pairs = joined.split_whitespace().filter_map(|word| {
        let (key, value) = word.split_once('=')?;
        Some((key.to_ascii_lowercase(), value.trim_matches('"').to_owned()))
    });
    let (key, result) = pairs.next()?;
    // `dkim/1=pass` names the version.
    let is_dkim = key.split('/').next() == Some("dkim");
    is_dkim.then(|| (result.to_ascii_lowercase(), pairs.collect()))
}

/// `a = b` as `a=b`.
fn around_signs(text: &str) -> String {
    let pieces = text.split('=').map(str::trim);
    pieces.collect::<Vec<_>>().join("=")
}

impl Vouched {
    /// Says whether the signature vouched for names all fields that ask for the POST. Where the
    /// server does not say which of several it means, all of them must.
    fn covers(&self, fields: &Fields) -> bool {
        let signatures = fields.all("dkim-signature");
        let mut own = signatures
            .iter()
            .filter(|signature| self.is(signature))
            .peekable();
        own.peek().is_some()
            && own.all(|signature| {
                let covered = tag(signature, "h").unwrap_or_default();
                let covered = covered.to_ascii_lowercase();
                ASKING
                    .iter()
                    .all(|field| covered.split(':').any(|name| name == *field))
            })
    }

    fn is(&self, signature: &str) -> bool {
        let same = |name: &str, wanted: &str| {
            tag(signature, name).is_some_and(|value| value.eq_ignore_ascii_case(wanted))
        };
        let begins = |wanted: &String| {
            tag(signature, "b").is_some_and(|value| value.starts_with(wanted.as_str()))
        };
        same("d", &self.domain)
            && self
                .selector
                .as_ref()
                .is_none_or(|wanted| same("s", wanted))
            && self.bytes.as_ref().is_none_or(begins)
    }
}

/// The value of a tag of a signature, without white space (RFC 6376 section 3.2).
fn tag(signature: &str, name: &str) -> Option<String> {
    let mut tags = signature.split(';').filter_map(|tag| tag.split_once('='));
    let found = tags.find(|(known, _)| known.trim() == name);
    found.map(|(_, value)| squeezed(value))
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Drops what stands in parentheses outside quotes (RFC 5322 section 3.2.2).
fn without_comments(text: &str) -> String {
    let (mut out, mut depth, mut quoted) = (String::new(), 0_u32, false);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let next = chars.next();
                if depth == 0 {
                    out.extend(next);
                }
            }
            '"' if depth == 0 => {
                quoted = !quoted;
            }
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => depth -= 1,
            // What is quoted is one value; nothing in it may look like another.
            ';' | '=' if quoted => out.push('_'),
            other if quoted && other.is_whitespace() => out.push('_'),
            other if depth == 0 => out.push(other),
            _ => {}
        }
    }
    out
}

/// The domain of the one address of `From`; none where there are several.
fn domain_of_sender(field: &str) -> Option<String> {
    let header = format!("From: {field}\r\n\r\n");
    let senders = mime::senders(header.as_bytes());
    let [one] = senders.as_slice() else {
        return None;
    };
    let (_, domain) = one.rsplit_once('@')?;
    match Host::parse(domain.trim_end_matches('.')).ok()? {
        Host::Domain(domain) => Some(domain.to_ascii_lowercase()),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

/// Says whether two hosts belong to one owner: both lie below the same name that was registered
/// (by the Public Suffix List).
fn is_of(host: &str, owner: &str) -> bool {
    let registered = |host: &str| psl::domain_str(host).map(str::to_ascii_lowercase);
    registered(host).is_some_and(|own| registered(owner) == Some(own))
}

fn shown(text: &str) -> String {
    untrusted::line(text, SHOWN_MAX)
}
