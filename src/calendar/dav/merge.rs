//! Three versions of an event into one, property by property: what one side changed is taken, what
//! both changed differently stays as the server has it and is named.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::edit;
use crate::calendar::event;
use crate::calendar::lines::Property;
use crate::calendar::transfer;
use crate::calendar::tree::{self, Component};

/// Changed by every writer: the later one is right.
const STAMPS: [&str; 4] = ["DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "CREATED"];

/// What came of it.
pub(super) struct Merged {
    /// The merged file.
    pub(super) bytes: Vec<u8>,
    /// Properties that both sides changed differently.
    pub(super) conflicts: Vec<String>,
}

/// Names a component of a file: kind, `UID` and instance.
type Key = (String, String, String);

/// Merges what `local` and `remote` made of `base`.
pub(super) fn merge(base: &[u8], local: &[u8], remote: &[u8]) -> Merged {
    let read = |bytes| tree::parse(bytes).0;
    let (base, local, mut root) = (read(base), read(local), read(remote));
    let (old, mine, theirs) = (parts(&base), parts(&local), parts(&root));
    let keys: BTreeSet<Key> = old
        .keys()
        .chain(mine.keys())
        .chain(theirs.keys())
        .cloned()
        .collect();
    let mut conflicts = Vec::new();
    for key in keys {
        let (old, mine, theirs) = (old.get(&key), mine.get(&key), theirs.get(&key));
        let is_same = bytes(old) == bytes(mine) || bytes(mine) == bytes(theirs);
        if is_same {
            continue;
        }
        match (mine, theirs) {
            (Some(mine), Some(theirs)) if bytes(old) != bytes(Some(theirs)) => {
                let both = Both {
                    old: old.cloned().unwrap_or_default(),
                    mine,
                };
                if let Some(component) = root.at_mut(theirs.line()) {
                    conflicts.extend(both.into_theirs(component));
                }
            }
            (Some(mine), _) => put(&mut root, theirs, mine),
            (None, Some(theirs)) if bytes(old) == bytes(Some(theirs)) => {
                let line = theirs.line();
                root.retain_components(&|one| one.line() != line || one.name == "VCALENDAR");
            }
            // One side removed what the other changed: the change stays.
            (None, _) => conflicts.push(format!("{} was removed here", key.0)),
        }
    }
    let zones: Vec<Component> = local
        .components()
        .flat_map(Component::components)
        .filter(|one| one.name == "VTIMEZONE")
        .cloned()
        .collect();
    transfer::add_zones(&mut root, &zones.iter().collect::<Vec<_>>());
    let mut out = Vec::new();
    root.write(&mut out);
    conflicts.dedup();
    Merged {
        bytes: out,
        conflicts,
    }
}

fn parts(root: &Component) -> BTreeMap<Key, Component> {
    let mut out = BTreeMap::new();
    for calendar in root.components() {
        for one in calendar.components().filter(|one| one.name != "VTIMEZONE") {
            let instance = one.first("RECURRENCE-ID").map(Property::render);
            let key = (
                one.name.clone(),
                edit::uid_of(one),
                instance.unwrap_or_default(),
            );
            out.insert(key, one.clone());
        }
    }
    out
}

fn bytes(component: Option<&Component>) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(component) = component {
        component.write(&mut out);
    }
    out
}

/// Puts a component of ours where theirs stands, or behind the last one.
fn put(root: &mut Component, theirs: Option<&Component>, mine: &Component) {
    let mut mine = mine.clone();
    mine.detach();
    if let Some(line) = theirs.map(Component::line) {
        root.insert_after(line, &mine);
        root.retain_components(&|one| one.line() != line || one.name == "VCALENDAR");
    } else if let Some(calendar) = root.components_mut().find(|one| one.name == "VCALENDAR") {
        calendar.push(mine);
    }
}

/// A component that both sides changed.
struct Both<'a> {
    old: Component,
    mine: &'a Component,
}

impl Both<'_> {
    /// Takes our changes into theirs and names what they changed too.
    fn into_theirs(self, theirs: &mut Component) -> Vec<String> {
        let (old, mine, there) = (lines(&self.old), lines(self.mine), lines(theirs));
        let keys: BTreeSet<&(String, String)> =
            old.keys().chain(mine.keys()).chain(there.keys()).collect();
        let mut conflicts = Vec::new();
        for key in keys {
            let (old, mine, there) = (old.get(key), mine.get(key), there.get(key));
            if mine == old || mine == there {
                continue;
            }
            let is_stamp = STAMPS.contains(&key.0.as_str());
            if there != old && !is_stamp {
                conflicts.push(key.0.clone());
                continue;
            }
            if is_stamp && number(there) > number(mine) {
                continue;
            }
            theirs.retain(|line| name(line) != *key);
            for line in mine.into_iter().flatten() {
                theirs.add(line);
            }
        }
        if let Some(alarms) = self.alarms(theirs) {
            theirs.retain_components(&|_| false);
            for mut alarm in alarms {
                alarm.detach();
                theirs.push(alarm);
            }
        }
        conflicts
    }

    /// Our alarms, when only we changed them.
    fn alarms(&self, theirs: &Component) -> Option<Vec<Component>> {
        let all = |one: &Component| {
            one.components()
                .flat_map(|inner| bytes(Some(inner)))
                .collect::<Vec<u8>>()
        };
        let (old, mine, there) = (all(&self.old), all(self.mine), all(theirs));
        (mine != old && there == old).then(|| self.mine.components().cloned().collect())
    }
}

/// `SEQUENCE` as a number, times as they sort.
fn number(lines: Option<&Vec<String>>) -> (usize, String) {
    let line = lines
        .and_then(|lines| lines.first())
        .cloned()
        .unwrap_or_default();
    (line.len(), line)
}

/// Lines by property; each attendee is one of its own.
fn lines(component: &Component) -> BTreeMap<(String, String), Vec<String>> {
    let mut out: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for line in component.properties() {
        out.entry(name(line)).or_default().push(line.render());
    }
    out
}

fn name(line: &Property) -> (String, String) {
    let who = if line.name == "ATTENDEE" {
        event::email(line).to_lowercase()
    } else {
        String::new()
    };
    (line.name.clone(), who)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260302T090000Z\r\n\
SUMMARY:Plan\r\nLOCATION:A\r\nATTENDEE:mailto:a@x.org\r\nATTENDEE:mailto:b@x.org\r\nX-K:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    fn merged(local: &str, remote: &str) -> (String, Vec<String>) {
        let merged = merge(BASE.as_bytes(), local.as_bytes(), remote.as_bytes());
        (String::from_utf8(merged.bytes).unwrap(), merged.conflicts)
    }

    #[test]
    fn changes_of_both_sides_come_together() {
        let local = BASE
            .replace("SUMMARY:Plan", "SUMMARY:Mine")
            .replace("ATTENDEE:mailto:a", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a")
            .replace("DTSTAMP:20260101", "DTSTAMP:20260103")
            .replace("X-K:1\r\n", "");
        let remote = BASE
            .replace("LOCATION:A", "LOCATION:B")
            .replace("ATTENDEE:mailto:b", "ATTENDEE;PARTSTAT=DECLINED:mailto:b")
            .replace("DTSTAMP:20260101", "DTSTAMP:20260102");
        let (text, conflicts) = merged(&local, &remote);
        assert_eq!(conflicts, Vec::<String>::new());
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.org",
                "ATTENDEE;PARTSTAT=DECLINED:mailto:b@x.org",
                "BEGIN:VCALENDAR",
                "BEGIN:VEVENT",
                "DTSTAMP:20260103T000000Z",
                "DTSTART:20260302T090000Z",
                "END:VCALENDAR",
                "END:VEVENT",
                "LOCATION:B",
                "SUMMARY:Mine",
                "UID:u"
            ]
        );
    }

    #[test]
    fn the_same_property_is_a_conflict_and_stays_theirs() {
        let (text, conflicts) = merged(
            &BASE.replace("Plan", "Mine"),
            &BASE.replace("Plan", "Theirs"),
        );
        assert_eq!(conflicts, ["SUMMARY"]);
        assert!(text.contains("SUMMARY:Theirs\r\n"));
    }

    #[test]
    fn one_sided_changes_take_the_bytes_of_that_side() {
        let odd = BASE.replace("SUMMARY:Plan", "summary;X=1:P\r\n lan");
        assert_eq!(merged(&odd, BASE).0, odd);
        assert_eq!(merged(BASE, &odd).0, odd);
        let gone = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
        assert_eq!(merged(gone, BASE).0, gone);
        assert_eq!(merged(gone, &odd).0, odd, "a change outlives a removal");
    }
}
