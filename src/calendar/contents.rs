//! What a file holds, in counts: to say of a file without events what it is instead.
//!
//! Never fails: what can't be read is named, and what nobody knows is counted by its name.

use std::collections::BTreeMap;

use super::tree::{self, Component};
use crate::untrusted;

/// Most kinds of components told apart; the rest would fill a screen with nonsense.
const KINDS_MAX: usize = 20;
/// Longest name of a kind shown, in characters.
const NAME_CHARS_MAX: usize = 30;

/// The components of a file, counted by kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// `VEVENT`s.
    pub events: usize,
    /// All others but the calendars around them, by name.
    pub others: BTreeMap<String, usize>,
    /// Lines that stand outside of any component.
    pub loose_lines: usize,
    /// What was wrong with the lines, one sentence each.
    pub diagnostics: Vec<String>,
}

/// Counts what a file holds.
pub fn contents(bytes: &[u8]) -> Contents {
    fn walk(component: &Component, out: &mut Contents) {
        for inner in component.components() {
            match inner.name.as_str() {
                "VCALENDAR" => walk(inner, out),
                "VEVENT" => out.events += 1,
                name => {
                    let name = untrusted::line(name, NAME_CHARS_MAX);
                    if out.others.len() < KINDS_MAX || out.others.contains_key(&name) {
                        *out.others.entry(name).or_default() += 1;
                    }
                }
            }
        }
    }
    let (root, notes) = tree::parse(bytes);
    let mut out = Contents {
        loose_lines: root.properties().count(),
        diagnostics: notes.iter().map(ToString::to_string).collect(),
        ..Contents::default()
    };
    walk(&root, &mut out);
    out
}

/// Returns what an edit that changes nothing writes: the bytes as they were.
pub fn rewritten(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    tree::parse(bytes).0.write(&mut out);
    out
}

impl Contents {
    /// Says in a few words what there is but for events, such as `2 tasks and 1 time zone`; nothing
    /// when there is nothing.
    pub fn words(&self) -> Option<String> {
        let counted: Vec<String> = self
            .others
            .iter()
            .map(|(name, &count)| {
                let (one, many) = kind(name);
                format!("{count} {}", if count == 1 { one } else { many })
            })
            .collect();
        let (last, front) = counted.split_last()?;
        Some(if front.is_empty() {
            last.clone()
        } else {
            format!("{} and {last}", front.join(", "))
        })
    }
}

/// What people call a component: one of it, and several.
fn kind(name: &str) -> (&str, &str) {
    match name {
        "VTODO" => ("task", "tasks"),
        "VJOURNAL" => ("journal entry", "journal entries"),
        "VFREEBUSY" => ("list of busy times", "lists of busy times"),
        "VTIMEZONE" => ("time zone", "time zones"),
        "VALARM" => ("alarm", "alarms"),
        "VAVAILABILITY" => ("list of working hours", "lists of working hours"),
        "VCARD" => ("address card", "address cards"),
        other => (other, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_events_says_what_it_is() {
        for (text, want) in [
            (
                "BEGIN:VCALENDAR\nBEGIN:VTODO\nEND:VTODO\nBEGIN:VTODO\nEND:VTODO\nBEGIN:VTIMEZONE\nEND:VTIMEZONE\nEND:VCALENDAR",
                Some("1 time zone and 2 tasks"),
            ),
            (
                "BEGIN:VFREEBUSY\nFREEBUSY:20260101T000000Z/PT1H\nEND:VFREEBUSY",
                Some("1 list of busy times"),
            ),
            (
                "BEGIN:X-OWN\nA:1\nEND:X-OWN\nBEGIN:VCARD\nEND:VCARD\nBEGIN:VJOURNAL\nEND:VJOURNAL\n",
                Some("1 address card, 1 journal entry and 1 X-OWN"),
            ),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR", None),
            ("no calendar at all", None),
        ] {
            assert_eq!(contents(text.as_bytes()).words().as_deref(), want, "{text}");
        }
    }
}
