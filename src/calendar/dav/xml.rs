//! `multistatus` answers (RFC 4918 section 13), read without entities and within bounds.

use roxmltree::{Document, Node, ParsingOptions};

/// Most nodes of one answer; a listing of 50,000 events has 500,000.
const NODES_MAX: u32 = 3_000_000;
/// Deepest nesting read; `CalDAV` needs 8.
const DEPTH_MAX: usize = 64;

const DAV: &str = "DAV:";
const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";

/// What is said about one address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Item {
    /// As the server spells it.
    pub(super) href: String,
    /// Status of the whole item; 200 when only its properties have one.
    pub(super) status: u16,
    /// `getetag`
    pub(super) etag: Option<String>,
    /// `calendar-data`
    pub(super) data: Option<String>,
    /// `displayname`
    pub(super) name: Option<String>,
    /// `sync-token`
    pub(super) token: Option<String>,
    /// `current-user-principal`
    pub(super) principal: Option<String>,
    /// `calendar-home-set`
    pub(super) homes: Vec<String>,
    /// Whether `resourcetype` says calendar.
    pub(super) is_calendar: bool,
    /// Whether events may lie in it, so far as it says.
    pub(super) takes_events: bool,
    /// Whether `current-user-privilege-set` allows writing; none when it is not told.
    pub(super) may_write: Option<bool>,
}

/// A whole answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Multistatus {
    /// In the order of the answer.
    pub(super) items: Vec<Item>,
    /// `sync-token` of the answer.
    pub(super) token: Option<String>,
}

/// Reads an answer.
///
/// # Errors
/// A few words on what is wrong with it.
pub(super) fn multistatus(bytes: &[u8]) -> Result<Multistatus, String> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| "answers in bytes that are no text".to_owned())?;
    if depth(text) > DEPTH_MAX {
        return Err("answers with XML that is nested too deep".to_owned());
    }
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: NODES_MAX,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| format!("answers with XML that can't be read: {error}"))?;
    let root = document.root_element();
    if !is(root, DAV, "multistatus") {
        return Err("does not answer as a CalDAV server".to_owned());
    }
    Ok(Multistatus {
        token: child(root, DAV, "sync-token").map(text_of),
        items: root
            .children()
            .filter(|node| is(*node, DAV, "response"))
            .map(item)
            .collect(),
    })
}

/// Counts the deepest nesting before the parser walks it.
fn depth(text: &str) -> usize {
    let (mut open, mut deepest) = (0_usize, 0_usize);
    for tag in text.split('<').skip(1) {
        let head = tag.split('>').next().unwrap_or_default();
        if head.starts_with('/') {
            open = open.saturating_sub(1);
        } else if !head.ends_with('/') && !head.starts_with(['!', '?']) {
            open += 1;
            deepest = deepest.max(open);
        }
    }
    deepest
}

fn item(response: Node<'_, '_>) -> Item {
    let mut item = Item {
        href: child(response, DAV, "href")
            .map(text_of)
            .unwrap_or_default(),
        status: child(response, DAV, "status").map_or(200, status),
        takes_events: true,
        ..Item::default()
    };
    for part in response
        .children()
        .filter(|node| is(*node, DAV, "propstat"))
    {
        let is_found = child(part, DAV, "status").is_none_or(|node| status(node) == 200);
        if let (true, Some(prop)) = (is_found, child(part, DAV, "prop")) {
            for property in prop.children().filter(Node::is_element) {
                take(&mut item, property);
            }
        }
    }
    item
}

fn take(item: &mut Item, property: Node<'_, '_>) {
    let hrefs = || {
        let hrefs = property.children().filter(|node| is(*node, DAV, "href"));
        hrefs.map(text_of).collect::<Vec<_>>()
    };
    match (property.tag_name().namespace(), property.tag_name().name()) {
        (Some(DAV), "getetag") => {
            item.etag = Some(text_of(property)).filter(|tag| !tag.starts_with("W/"));
        }
        (Some(DAV), "displayname") => item.name = Some(text_of(property)),
        (Some(DAV), "sync-token") => item.token = Some(text_of(property)),
        (Some(DAV), "current-user-principal") => item.principal = hrefs().into_iter().next(),
        (Some(DAV), "resourcetype") => {
            item.is_calendar = child(property, CALDAV, "calendar").is_some();
        }
        (Some(DAV), "current-user-privilege-set") => {
            let grants = ["write", "all", "write-content", "bind"];
            let mut all = property.descendants().filter(Node::is_element);
            item.may_write = Some(all.any(|node| grants.contains(&node.tag_name().name())));
        }
        (Some(CALDAV), "calendar-data") => {
            let parts = property.children().filter_map(|node| node.text());
            item.data = Some(parts.collect());
        }
        (Some(CALDAV), "calendar-home-set") => item.homes = hrefs(),
        (Some(CALDAV), "supported-calendar-component-set") => {
            let mut kinds = property
                .children()
                .filter_map(|node| node.attribute("name"));
            item.takes_events = kinds.any(|kind| kind.eq_ignore_ascii_case("VEVENT"));
        }
        _ => {}
    }
}

fn is(node: Node<'_, '_>, space: &str, name: &str) -> bool {
    node.is_element()
        && node.tag_name().name() == name
        && node.tag_name().namespace() == Some(space)
}

fn child<'a, 'i>(node: Node<'a, 'i>, space: &str, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|inner| is(*inner, space, name))
}

fn text_of(node: Node<'_, '_>) -> String {
    node.text().unwrap_or_default().trim().to_owned()
}

/// Reads `HTTP/1.1 404 Not Found`.
fn status(node: Node<'_, '_>) -> u16 {
    let line = text_of(node);
    let code = line.split_whitespace().nth(1);
    code.and_then(|code| code.parse().ok()).unwrap_or(500)
}

/// Makes a text safe within an element.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_that_were_found_are_read_whatever_their_prefix() {
        let text = "<?xml version='1.0'?><x:multistatus xmlns:x='DAV:' xmlns='urn:ietf:params:xml:ns:caldav'>\
            <x:response><x:href>/a/1.ics</x:href><x:propstat><x:prop><x:getetag>\"e\"</x:getetag>\
            <calendar-data><![CDATA[BEGIN]]>:&amp;</calendar-data></x:prop><x:status>HTTP/1.1 200 OK</x:status></x:propstat>\
            <x:propstat><x:prop><x:displayname>no</x:displayname></x:prop><x:status>HTTP/1.1 404 Not Found</x:status></x:propstat>\
            </x:response><x:response><x:href>/a/2.ics</x:href><x:status>HTTP/1.1 404 Gone</x:status></x:response>\
            <x:sync-token>t</x:sync-token></x:multistatus>";
        let read = multistatus(text.as_bytes()).unwrap();
        assert_eq!(read.token.as_deref(), Some("t"));
        let first = &read.items[0];
        assert_eq!(
            (
                first.etag.as_deref(),
                first.data.as_deref(),
                first.name.as_deref()
            ),
            (Some("\"e\""), Some("BEGIN:&"), None)
        );
        assert_eq!(
            (read.items[1].href.as_str(), read.items[1].status),
            ("/a/2.ics", 404)
        );
    }

    #[test]
    fn hostile_xml_is_refused_in_words() {
        let bomb = "<!DOCTYPE a [<!ENTITY b 'bbbbbbbb'><!ENTITY c '&b;&b;&b;&b;'>]><a>&c;</a>";
        let deep = "<a>".repeat(2_000_000);
        for (text, want) in [
            (bomb, "answers with XML that can't be read: "),
            (deep.as_str(), "answers with XML that is nested too deep"),
            ("<html/>", "does not answer as a CalDAV server"),
            ("", "answers with XML that can't be read: "),
        ] {
            let error = multistatus(text.as_bytes()).unwrap_err();
            assert!(error.starts_with(want), "{error}");
        }
        assert_eq!(
            multistatus(b"\xFF").unwrap_err(),
            "answers in bytes that are no text"
        );
    }
}
