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
    /// How often: 2 is a double click.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    #[schemars(range(min = 1, max = 3))]
    pub times: u8,
    /// With which button of the mouse.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub button: Button,
    /// Keys that are held meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Held>,
}

impl Click {
    /// Clicks `target` once, as most clicks do.
    pub fn on(target: Ref) -> Self {
        Self {
            target,
            times: 1,
            button: Button::Left,
            keys: Vec::new(),
        }
    }
}

fn once() -> u8 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_once(times: &u8) -> bool {
    *times == 1
}

/// Says whether a field need not be written, since it says what is usual.
fn is_usual<T: Default + PartialEq>(said: &T) -> bool {
    *said == T::default()
}

/// A button of the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Button {
    /// The usual one.
    #[default]
    Left,
    /// The one that opens a menu.
    Right,
    /// The wheel.
    Middle,
}

/// A key that is held during a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// Shift.
    Shift,
    /// Control.
    Control,
    /// Alt or Option.
    Alt,
    /// Command or the Windows key.
    Meta,
}

/// Drags an element onto another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drag {
    /// What is dragged.
    pub target: Ref,
    /// Where it is dropped.
    pub to: Ref,
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
    /// Goes on until the page says this; none goes one screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl Scroll {
    /// Scrolls one screen, or `target` into sight.
    pub fn new(target: Option<Ref>, way: Way) -> Self {
        Self {
            target,
            way,
            until: None,
        }
    }
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
    /// One screen to the left.
    Left,
    /// One screen to the right.
    Right,
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

/// Types into what a field holds already, at its end, key by key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TypeText {
    /// The field.
    pub target: Ref,
    /// What is typed.
    pub text: String,
}

/// Sets several fields of a form in one go, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FillForm {
    /// The fields with their new values.
    pub fields: Vec<Entry>,
}

/// One field of a [`FillForm`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The field.
    pub target: Ref,
    /// Its new value: text, an option's label, or `on` and `off` for a box.
    pub value: String,
}

/// Chooses options of a native list, a listbox or a group of radios.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// The list.
    pub target: Ref,
    /// The options by label, else by value; several only where the list takes several, and then
    /// these are all it has chosen afterwards.
    pub options: Vec<String>,
}

impl Select {
    /// Chooses one option.
    pub fn one(target: Ref, option: impl Into<String>) -> Self {
        Self {
            target,
            options: vec![option.into()],
        }
    }
}

/// Hands files to a page: to its file field, or by the button that asks for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// The file field, or the button that opens the file dialog.
    pub target: Ref,
    /// Paths of the files.
    pub files: Vec<String>,
}

/// Clicks what gives a file, and keeps the file in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// The link or button.
    pub target: Ref,
}

/// Answers the dialog that is open, else the next one that the very next action opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerDialog {
    /// Whether OK is pressed, or else Cancel.
    pub accept: bool,
    /// What is written into a prompt; none leaves what it suggests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
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
    /// How often; more than once only keys that move or remove, never those that send.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    #[schemars(range(min = 1, max = 100))]
    pub times: u8,
}

impl Press {
    /// Presses `key` once, where the focus is.
    pub fn once(key: impl Into<String>) -> Self {
        Self {
            target: None,
            key: key.into(),
            times: 1,
        }
    }
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
    /// In which form.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub form: Form,
}

impl ReadPage {
    /// Reads plain text.
    pub fn text(target: Option<Ref>) -> Self {
        Self {
            target,
            form: Form::Text,
        }
    }
}

/// The form in which a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Plain text.
    #[default]
    Text,
    /// Markdown: headings, lists, tables and links are kept.
    Markdown,
}

/// Takes a picture; all fields left out show what is in sight.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shot {
    /// Only this element.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Ref>,
    /// The whole page, not only what is in sight.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub full: bool,
    /// Draws the refs of what can be worked.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub refs: bool,
}

/// Brings what a page says as data: one record, or one for each row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extract {
    /// Where to look: a table, a list, a section; none looks on the whole page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Ref>,
    /// What to bring, named as the page words it.
    pub fields: Vec<Field>,
    /// Brings each row of a table or list instead of one record.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub rows: bool,
}

/// One field of an [`Extract`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name: a label, a column's heading.
    pub name: String,
    /// What it must be.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub kind: FieldKind,
}

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Any text.
    #[default]
    Text,
    /// A number; signs of currency and units are left out.
    Number,
    /// A day, as `2026-03-14`.
    Date,
    /// Yes or no.
    Flag,
    /// The address that a link leads to.
    Url,
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
