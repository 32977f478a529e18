//! Payloads of the web actions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mail::MailQuery;
use super::page::Ref;

/// Loads an address in the current tab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// An absolute `http` or `https` address.
    pub url: String,
}

/// Clicks an element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Click {
    /// The element.
    pub target: Ref,
}

/// Moves the mouse over an element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hover {
    /// The element.
    pub target: Ref,
}

/// Scrolls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scroll {
    /// What is scrolled, or brought into sight; none scrolls the page.
    #[serde(default)]
    pub target: Option<Ref>,
    /// Which way.
    pub way: Way,
}

/// Which way to scroll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Until the target is in sight.
    Into,
    /// One screen up.
    Up,
    /// One screen down.
    Down,
}

/// Replaces the value of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// The field.
    pub target: Ref,
    /// The new value; dates as `2026-03-14`, times as `09:30`, in the field's own wire format.
    pub text: String,
}

/// Chooses an option of a native list, a listbox or a group of radios.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// The list.
    pub target: Ref,
    /// The option's label, else its value.
    pub option: String,
}

/// Ticks or unticks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The checkbox, radio or switch.
    pub target: Ref,
    /// Whether it shall be on afterwards.
    pub on: bool,
}

/// Presses a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Press {
    /// The element that gets the focus first; none leaves the focus where it is.
    #[serde(default)]
    pub target: Option<Ref>,
    /// A `KeyboardEvent.key` value, with modifiers joined by `+`: `Enter`, `Control+a`.
    pub key: String,
}

/// Waits until something is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// What must become true.
    pub until: Condition,
    /// How long to wait at most, in milliseconds; 0 looks once.
    pub limit_ms: u64,
}

/// What a [`Wait`] looks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// The page's text contains `text`, case and white space folded.
    Text {
        /// The text.
        text: String,
    },
    /// The page's text no longer contains `text`.
    Gone {
        /// The text.
        text: String,
    },
    /// The page's address contains `text`.
    Address {
        /// A part of the address.
        text: String,
    },
    /// A message that answers the query is in its mailbox.
    Mail {
        /// The mailbox, such as `INBOX`.
        mailbox: String,
        /// What the message must be like.
        query: MailQuery,
    },
}

/// Reads text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadPage {
    /// The element; none reads the whole page.
    #[serde(default)]
    pub target: Option<Ref>,
}

/// Makes another tab the current one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchTab {
    /// The tab's number as listed in the page's snapshot, from 1.
    pub number: u32,
}

/// Gets a static page by HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// An absolute `http` or `https` address.
    pub url: String,
}
