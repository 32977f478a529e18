//! Gets a static page by HTTP, without a browser: text and links, nothing run, nothing sent along.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Response, redirect};
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::act::web_address;
use super::error::Error;
use crate::action::{Outcome, Output};
use crate::deadline::Deadline;
use crate::untrusted;

/// Longest body read; more is cut, and said so.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Redirects followed.
const REDIRECTS_MAX: usize = 5;
/// Longest time for the whole page.
const FETCH_LIMIT: Duration = Duration::from_secs(30);
/// Links listed.
const LINKS_MAX: usize = 500;
/// Longest text of one link, in characters.
const LINK_CHARS_MAX: usize = 200;
/// Elements walked; a page of 8 MiB can hold millions.
const NODES_MAX: usize = 500_000;

/// Gets the page at `url` and brings its text, then its links.
///
/// What merely does not work (no such host, an answer that is no text) is an outcome that says so.
///
/// # Errors
/// [`Error::Ended`] when the deadline passed or the user stopped.
///
/// # Cancellation
/// The request may have reached the server.
pub async fn fetch(url: &str, deadline: &Deadline) -> Result<Outcome, Error> {
    let address = match web_address(url) {
        Ok(address) => address,
        Err(reason) => {
            return Ok(Outcome::failed(
                reason,
                "give a full address such as https://example.org/",
            ));
        }
    };
    let host = address.host_str().unwrap_or_default().to_owned();
    let limit = deadline.child(FETCH_LIMIT);
    match limit.bound("the page", get(address)).await {
        Ok(Ok(page)) => Ok(page.into_outcome()),
        Ok(Err(reason)) => Ok(Outcome::failed(
            format!("{host}: {reason}"),
            "check the address, or open it in the browser",
        )),
        Err(ended) if deadline.is_over() => Err(ended.into()),
        Err(_) => Ok(Outcome::failed(
            format!("{host} did not answer within {} s", FETCH_LIMIT.as_secs()),
            "try again later",
        )),
    }
}

/// A page as it came.
#[derive(Debug)]
struct Page {
    url: Url,
    status: u16,
    kind: String,
    body: String,
    is_cut: bool,
}

async fn get(address: Url) -> Result<Page, String> {
    let client = Client::builder()
        .redirect(redirect::Policy::limited(REDIRECTS_MAX))
        .referer(false)
        .user_agent(concat!("legwork/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| sentence(&error))?;
    let response = client
        .get(address)
        .send()
        .await
        .map_err(|error| sentence(&error))?;
    let url = response.url().clone();
    let status = response.status().as_u16();
    let kind = media_type(response.headers());
    let is_text = kind.is_empty()
        || kind.starts_with("text/")
        || ["json", "xml", "javascript"]
            .iter()
            .any(|word| kind.contains(word));
    if !is_text {
        return Err(format!("it is no text but {kind}"));
    }
    let (bytes, is_cut) = body(response).await?;
    Ok(Page {
        url,
        status,
        kind,
        body: String::from_utf8_lossy(&bytes).into_owned(),
        is_cut,
    })
}

async fn body(mut response: Response) -> Result<(Vec<u8>, bool), String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| sentence(&error))? {
        let room = BODY_BYTES_MAX - bytes.len();
        bytes.extend(chunk.iter().take(room));
        if chunk.len() > room {
            return Ok((bytes, true));
        }
    }
    Ok((bytes, false))
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = value
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    untrusted::line(&kind.to_ascii_lowercase(), 100)
}

/// Says in one sentence why nothing came.
fn sentence(error: &reqwest::Error) -> String {
    if error.is_redirect() {
        return format!("it redirects more than {REDIRECTS_MAX} times");
    }
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let cause = untrusted::line(&deepest.to_string(), 200);
    if error.is_connect() {
        return format!("it can't be reached: {cause}");
    }
    format!("it broke off: {cause}")
}

impl Page {
    fn into_outcome(self) -> Outcome {
        let is_html = self.kind.contains("html") || self.body.trim_start().starts_with('<');
        let (text, links) = if is_html {
            read_html(&self.body, &self.url)
        } else {
            (self.body, vec![])
        };
        let mut text = untrusted::block(&text);
        if !links.is_empty() {
            text.push_str("\n\nlinks:\n");
            text.push_str(&links.join("\n"));
        }
        let cut = if self.is_cut {
            "; only its first part was read"
        } else {
            ""
        };
        let summary = format!(
            "{} answered {}{cut}",
            untrusted::line(self.url.as_str(), 200),
            self.status
        );
        if self.status >= 400 {
            let mut outcome = Outcome::failed(summary, "check the address");
            outcome.output = Output::Text(text);
            return outcome;
        }
        Outcome::done(summary).with(Output::Text(text))
    }
}

/// Returns the visible text of a page and its links, `text <address>`.
fn read_html(html: &str, base: &Url) -> (String, Vec<String>) {
    if is_too_deep(html) {
        return (fold(&without_tags(html)), Vec::new());
    }
    let page = Html::parse_document(html);
    let mut text = String::new();
    // Without recursion: a hostile page nests a million deep.
    for node in page.tree.root().descendants().take(NODES_MAX) {
        if let Some(element) = node.value().as_element() {
            if !INLINE.contains(&element.name()) {
                text.push('\n');
            }
        } else if let Some(piece) = node.value().as_text() {
            let mut around = node.ancestors().take(ANCESTORS_MAX);
            if !around.any(|a| a.value().as_element().is_some_and(is_unseen)) {
                text.push_str(piece);
            }
        }
    }
    (fold(&text), links(&page, base))
}

/// Open elements beyond which a page is not parsed: the parser's time grows with their square.
const DEPTH_MAX: usize = 10_000;

/// Says whether more elements may be open at once than a parser takes in good time. Elements that
/// need no end tag count as open, so this errs on the safe side.
fn is_too_deep(html: &str) -> bool {
    let mut open = 0_usize;
    for (at, _) in html.match_indices('<') {
        match html.as_bytes().get(at + 1) {
            Some(b'/') => open = open.saturating_sub(1),
            Some(byte) if byte.is_ascii_alphabetic() => open += 1,
            Some(_) | None => {}
        }
        if open > DEPTH_MAX {
            return true;
        }
    }
    false
}

/// Leaves out all that stands between angle brackets.
fn without_tags(html: &str) -> String {
    let mut out = String::new();
    for piece in html.split('<') {
        out.push_str(piece.split_once('>').map_or("", |(_, text)| text));
        out.push('\n');
    }
    out
}

/// Elements that do not begin a line.
const INLINE: [&str; 22] = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "img", "kbd", "mark", "q",
    "s", "small", "span", "strong", "sub", "sup", "time", "u",
];
/// How far up a text looks for something that hides it.
const ANCESTORS_MAX: usize = 64;

fn is_unseen(element: &scraper::node::Element) -> bool {
    const TAGS: [&str; 6] = ["script", "style", "noscript", "template", "head", "title"];
    let style = element.attr("style").unwrap_or_default().replace(' ', "");
    TAGS.contains(&element.name())
        || element.attr("hidden").is_some()
        || style.contains("display:none")
        || style.contains("visibility:hidden")
}

/// Folds white space, and empty lines away.
fn fold(text: &str) -> String {
    let lines = text.lines().map(|line| untrusted::line(line, usize::MAX));
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn links(page: &Html, base: &Url) -> Vec<String> {
    let Ok(anchors) = Selector::parse("a[href]") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for anchor in page.select(&anchors) {
        let url = anchor.attr("href").and_then(|href| base.join(href).ok());
        let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https")) else {
            continue;
        };
        let line = format!("{} <{url}>", name(&anchor));
        if !found.contains(&line) {
            found.push(line);
        }
        if found.len() >= LINKS_MAX {
            break;
        }
    }
    found
}

fn name(anchor: &ElementRef<'_>) -> String {
    let text: String = anchor
        .text()
        .take(LINK_CHARS_MAX)
        .collect::<Vec<_>>()
        .join(" ");
    untrusted::line(&text, LINK_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_a_reader_sees_and_links_are_absolute() {
        let html = "<title>t</title><style>p{}</style><h1>News</h1><p>One <b>bold</b>\u{200b} word.</p>\
            <div hidden>secret</div><p style='display: none'>no</p><a href='/a?b=1'>More</a> \
            <a href='javascript:x()'>Bad</a>";
        let base = Url::parse("https://example.org/x/").unwrap();
        let (text, links) = read_html(html, &base);
        assert_eq!(text, "News\nOne bold word.\nMore Bad");
        assert_eq!(links, ["More <https://example.org/a?b=1>"]);
    }

    #[test]
    fn deep_nesting_is_read_without_overflow() {
        let html = "<div>".repeat(100_000) + "deep";
        let (text, _) = read_html(&html, &Url::parse("http://a/").unwrap());
        assert_eq!(text, "deep");
    }
}
