//! Sentences that wait for something, expect it, or save it.

use super::cursor::Cursor;
use super::sentence::{Expected, Sentence};
use super::target::target_until;

pub(super) fn wait(c: &mut Cursor) -> Option<Sentence> {
    c.need(&["wait", "hold on"])?;
    c.need(&["until", "for", "till"])?;
    c.eat_any(&[
        "the page says",
        "the page shows",
        "it says",
        "the text",
        "you see",
        "i see",
    ]);
    let value = c.value_until(&[
        "is gone",
        "goes away",
        "disappears",
        "has gone",
        "to disappear",
        "to go away",
        "to be gone",
        "is there",
        "appears",
        "is shown",
        "to appear",
        "shows up",
        "is visible",
    ])?;
    if c.eat_any(&[
        "is gone",
        "goes away",
        "disappears",
        "has gone",
        "to disappear",
        "to go away",
        "to be gone",
    ]) {
        return Some(Sentence::WaitGone(value));
    }
    c.eat_any(&[
        "is there",
        "appears",
        "is shown",
        "to appear",
        "shows up",
        "is visible",
    ]);
    Some(Sentence::WaitFor(value))
}

#[expect(clippy::too_many_lines, reason = "a list of phrasings")]
pub(super) fn expect(c: &mut Cursor) -> Option<Sentence> {
    c.need(&[
        "expect",
        "make sure",
        "check that",
        "verify that",
        "verify",
        "ensure that",
        "ensure",
        "assert that",
        "assert",
        "confirm that",
    ])?;
    c.eat_any(&["that", "to see"]);
    if c.eat_any(&[
        "a confirmation",
        "the confirmation",
        "confirmation",
        "it to be confirmed",
        "it is confirmed",
        "the booking to be confirmed",
        "the booking is confirmed",
    ]) {
        return Some(Sentence::Expect(Expected::Confirmation));
    }
    if c.eat_any(&[
        "the address to contain",
        "address to contain",
        "the address contains",
        "address contains",
        "the url to contain",
        "url to contain",
        "the url contains",
        "url contains",
        "the address to be",
        "the address has",
    ]) {
        return Some(Sentence::Expect(Expected::Address(c.value_until(&[])?)));
    }
    let page = c.eat_any(&[
        "the page to say",
        "the page to show",
        "the page to contain",
        "the page says",
        "the page shows",
        "the page contains",
        "the text",
        "text",
    ]);
    if !page
        && c.eat_any(&[
            "the page not to say",
            "the page does not say",
            "the page does not show",
            "the page doesn't say",
            "the page doesn't show",
            "not to see",
            "no text",
            "no",
        ])
    {
        return Some(Sentence::Expect(Expected::NoText(c.value_until(&[])?)));
    }
    let value = c.value_until(&[
        "is shown",
        "is there",
        "is visible",
        "appears",
        "is on the page",
        "to appear",
        "is gone",
        "is not shown",
        "is not there",
    ])?;
    if c.eat_any(&["is gone", "is not shown", "is not there"]) {
        return Some(Sentence::Expect(Expected::NoText(value)));
    }
    c.eat_any(&[
        "is shown",
        "is there",
        "is visible",
        "appears",
        "is on the page",
        "to appear",
    ]);
    Some(Sentence::Expect(Expected::Text(value)))
}

pub(super) fn save(c: &mut Cursor) -> Option<Sentence> {
    c.need(&[
        "save", "remember", "note", "keep", "read", "get", "extract", "copy",
    ])?;
    if c.eat_any(&[
        "the reference number",
        "the reference",
        "the confirmation number",
        "the booking number",
        "the booking reference",
        "the confirmation code",
    ]) {
        c.eat("if shown");
        return Some(Sentence::SaveReference(
            name(c).unwrap_or_else(|| "reference".to_owned()),
        ));
    }
    if c.eat_any(&[
        "the page's text",
        "the text of the page",
        "the page text",
        "the whole page",
        "the page's content",
        "the page",
    ]) {
        return Some(Sentence::Save(
            None,
            name(c).unwrap_or_else(|| "page".to_owned()),
        ));
    }
    c.need(&[
        "the text of",
        "the text in",
        "the value of",
        "the content of",
        "text of",
        "what",
        "the",
    ])?;
    let target = target_until(c, &["says as", "as", "says"])?;
    c.eat("says");
    Some(Sentence::Save(
        Some(target),
        name(c).unwrap_or_else(|| "text".to_owned()),
    ))
}

/// Reads "as NAME".
pub(super) fn name(c: &mut Cursor) -> Option<String> {
    c.comma();
    c.name_after(&[
        "as the",
        "as",
        "call it",
        "named",
        "under the name",
        "and call it",
    ])
}
