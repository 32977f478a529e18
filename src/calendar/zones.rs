//! Which zone a `TZID` means (RFC 5545 section 3.2.19).
//!
//! Tried in this order: IANA name, IANA name behind a vendor's prefix, Windows name (unless the file
//! defines it otherwise), the file's `VTIMEZONE`, `X-WR-TIMEZONE`, and at last the user's own zone.
//! Every fall-back is noted.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::rule;
use super::tree::{Component, Note};
use super::values::{self, Shape, Stamp};
use super::windows;

/// Most transitions built from one `VTIMEZONE`: two a year for two centuries.
const TRANSITIONS_MAX: usize = 400;
/// Transitions are built up to this year; later times keep the last offset.
const YEAR_MAX: i16 = 2100;
/// Name of zones built from a `VTIMEZONE`; no database knows it.
pub(super) const OWN_ZONE: &str = "VTIMEZONE";
/// Longest zone name quoted in a note, in characters.
const NAME_CHARS_MAX: usize = 60;

/// The zones of one file.
pub(super) struct Zones<'a> {
    calendars: Vec<&'a Component>,
    user: TimeZone,
    known: RefCell<BTreeMap<String, (TimeZone, Option<String>)>>,
    noted: RefCell<BTreeSet<String>>,
}

impl<'a> Zones<'a> {
    /// Looks in `calendars` for `VTIMEZONE`s; floating times are read in `user`.
    pub(super) fn new(calendars: Vec<&'a Component>, user: &TimeZone) -> Self {
        Self {
            calendars,
            user: user.clone(),
            known: RefCell::default(),
            noted: RefCell::default(),
        }
    }

    /// Returns the zone in which floating times are read.
    pub(super) fn user(&self) -> &TimeZone {
        &self.user
    }

    /// Reads a date or time with the zone that its `TZID` names; a fall-back is noted once.
    pub(super) fn stamp(
        &self,
        value: &str,
        tzid: Option<&str>,
        line: usize,
        notes: &mut Vec<Note>,
    ) -> Option<Stamp> {
        Some(match values::shape(value)? {
            Shape::Day(day) => Stamp::Day(day),
            Shape::Utc(local) => Stamp::Time(local, TimeZone::UTC),
            Shape::Local(local) => {
                let zone = match tzid {
                    Some(tzid) => self.resolve((tzid, local), line, notes),
                    None => self.user.clone(),
                };
                Stamp::Time(local, zone)
            }
        })
    }

    /// Returns the zone named `tzid`; the first time read in it tells whether two meanings differ.
    fn resolve(
        &self,
        (tzid, local): (&str, DateTime),
        line: usize,
        notes: &mut Vec<Note>,
    ) -> TimeZone {
        let known = self.known.borrow().get(tzid).cloned();
        let (zone, problem) = known.unwrap_or_else(|| {
            let found = self.search(tzid, local);
            self.known
                .borrow_mut()
                .insert(tzid.to_owned(), found.clone());
            found
        });
        if let Some(text) = problem
            && self.noted.borrow_mut().insert(tzid.to_owned())
        {
            notes.push(Note { line, text });
        }
        zone
    }

    fn search(&self, tzid: &str, local: DateTime) -> (TimeZone, Option<String>) {
        if let Some(zone) = by_iana(tzid) {
            return (zone, None);
        }
        let name = crate::untrusted::line(tzid, NAME_CHARS_MAX);
        let definition = self
            .calendars
            .iter()
            .flat_map(|calendar| calendar.components())
            .find(|inner| inner.name == "VTIMEZONE" && inner.text("TZID") == tzid);
        if let Some(zone) = by_windows(tzid) {
            // Such a name is no promise: the file's own definition is (RFC 5545 section 3.2.19).
            let own = definition.and_then(from_vtimezone);
            return match own.filter(|own| offset(own, local) != offset(&zone, local)) {
                None => (zone, None),
                Some(own) => {
                    let note =
                        format!("zone '{name}' is another one by its own VTIMEZONE, which is used");
                    (own, Some(note))
                }
            };
        }
        if let Some(zone) =
            definition.and_then(|timezone| by_name(&timezone.text("X-LIC-LOCATION")))
        {
            return (zone, None);
        }
        if let Some(zone) = definition.and_then(from_vtimezone) {
            let note = format!("zone '{name}' is not known, its own VTIMEZONE is used");
            return (zone, Some(note));
        }
        for calendar in &self.calendars {
            if let Some(zone) = by_name(&calendar.text("X-WR-TIMEZONE")) {
                let note = format!("zone '{name}' is not known, X-WR-TIMEZONE is used");
                return (zone, Some(note));
            }
        }
        let note = format!("zone '{name}' is not known, your own zone is used");
        (self.user.clone(), Some(note))
    }
}

fn offset(zone: &TimeZone, local: DateTime) -> Option<jiff::tz::Offset> {
    let moment = zone.to_ambiguous_timestamp(local).compatible().ok()?;
    Some(zone.to_offset(moment))
}

/// Finds a zone by its IANA name, that name behind a vendor's prefix, or its Windows name.
pub(super) fn by_name(tzid: &str) -> Option<TimeZone> {
    by_iana(tzid).or_else(|| by_windows(tzid))
}

fn by_windows(tzid: &str) -> Option<TimeZone> {
    TimeZone::get(windows::iana(plain(tzid))?).ok()
}

fn plain(tzid: &str) -> &str {
    tzid.trim().trim_matches('"')
}

/// Finds a zone by its IANA name, also behind a vendor's prefix.
fn by_iana(tzid: &str) -> Option<TimeZone> {
    let name = plain(tzid);
    if name.is_empty() || name.eq_ignore_ascii_case("local") {
        return None;
    }
    if matches!(
        name.to_ascii_uppercase().as_str(),
        "UTC" | "GMT" | "Z" | "ETC/UTC"
    ) {
        return Some(TimeZone::UTC);
    }
    // `/freeassociation.sourceforge.net/Europe/Berlin`, `/mozilla.org/20050126_1/America/New_York`
    let parts: Vec<&str> = name.split('/').collect();
    let longest = parts.len().min(3);
    let suffixes = (2..=longest).rev().map(|count| parts.len() - count);
    let behind_prefix = suffixes
        .filter_map(|from| parts.get(from..))
        .filter(|_| parts.len() > 2)
        .find_map(|suffix| TimeZone::get(&suffix.join("/")).ok());
    TimeZone::get(name).ok().or(behind_prefix)
}

/// Builds a zone from the observances of a `VTIMEZONE` (RFC 5545 section 3.6.5).
fn from_vtimezone(timezone: &Component) -> Option<TimeZone> {
    let mut changes: Vec<(i64, i32)> = Vec::new();
    let mut earliest: Option<(i64, i32)> = None;
    for observance in timezone.components() {
        if !matches!(observance.name.as_str(), "STANDARD" | "DAYLIGHT") {
            continue;
        }
        let from = values::offset_seconds(&observance.text("TZOFFSETFROM"))?;
        let to = values::offset_seconds(&observance.text("TZOFFSETTO"))?;
        for onset in onsets(observance)? {
            let at = values::utc(onset)?.as_second() - i64::from(from);
            changes.push((at, to));
            if earliest.is_none_or(|(first, _)| at < first) {
                earliest = Some((at, from));
            }
        }
    }
    changes.sort_unstable();
    changes.dedup();
    let (_, mut before) = earliest?;
    // Many a program lets its zones begin in 1601: the last centuries are those that count.
    let forgotten = changes.len().saturating_sub(TRANSITIONS_MAX);
    for (_, offset) in changes.drain(..forgotten) {
        before = offset;
    }
    TimeZone::tzif("VTIMEZONE", &tzif(before, &changes)).ok()
}

/// Lists the local times at which an observance begins.
fn onsets(observance: &Component) -> Option<Vec<DateTime>> {
    let first = local(&observance.text("DTSTART"))?;
    let mut all = vec![first];
    if let Some(text) = observance.first("RRULE") {
        let last = jiff::civil::date(YEAR_MAX, 1, 1).at(0, 0, 0, 0);
        // UNTIL is UTC here; a day more never admits another yearly onset.
        let rule = rule::Rule::parse(&text.value).ok()?;
        let span = rule::Span {
            start: first,
            from: first,
            to: last,
        };
        all.extend(rule.walk(&span, rule::Until::local_late).ok()?.times);
    }
    for (dates, _) in observance.all("RDATE") {
        all.extend(
            dates
                .value
                .split(',')
                .filter_map(local)
                .take(TRANSITIONS_MAX),
        );
    }
    Some(all)
}

fn local(value: &str) -> Option<DateTime> {
    match values::shape(value)? {
        Shape::Local(local) | Shape::Utc(local) => Some(local),
        Shape::Day(day) => Some(day.at(0, 0, 0, 0)),
    }
}

/// Writes transitions as `TZif` version 2 (RFC 8536), the form in which jiff takes a zone.
fn tzif(before: i32, changes: &[(i64, i32)]) -> Vec<u8> {
    let mut offsets = vec![before];
    for (_, offset) in changes {
        if !offsets.contains(offset) && offsets.len() < usize::from(u8::MAX) {
            offsets.push(*offset);
        }
    }
    let mut out = Vec::new();
    header(&mut out, 0, 1);
    ttinfo(&mut out, before);
    out.push(0);
    header(&mut out, changes.len(), offsets.len());
    for (at, _) in changes {
        out.extend(at.to_be_bytes());
    }
    for (_, offset) in changes {
        let index = offsets
            .iter()
            .position(|known| known == offset)
            .unwrap_or(0);
        out.push(u8::try_from(index).unwrap_or(0));
    }
    for offset in offsets {
        ttinfo(&mut out, offset);
    }
    // One empty abbreviation, and no rule for the time after the last transition.
    out.extend(b"\0\n\n");
    out
}

fn header(out: &mut Vec<u8>, transitions: usize, types: usize) {
    out.extend(b"TZif2");
    out.extend([0; 15]);
    for count in [0, 0, 0, transitions, types, 1] {
        out.extend(u32::try_from(count).unwrap_or(0).to_be_bytes());
    }
}

fn ttinfo(out: &mut Vec<u8>, offset: i32) {
    out.extend(offset.to_be_bytes());
    out.extend([0, 0]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::tree;

    const OWN: &str = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Home\n\
        BEGIN:STANDARD\nDTSTART:19701025T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n\
        RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n\
        BEGIN:DAYLIGHT\nDTSTART:19700329T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
        RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n\
        BEGIN:VTIMEZONE\nTZID:Lab\nX-LIC-LOCATION:Asia/Tokyo\nEND:VTIMEZONE\nEND:VCALENDAR\n";

    fn resolve(text: &str, tzid: &str, local: &str) -> (String, Vec<String>) {
        let (root, _) = tree::parse(text.as_bytes());
        let zones = Zones::new(
            root.components().collect(),
            &TimeZone::get("Asia/Kolkata").unwrap(),
        );
        let mut notes = Vec::new();
        let stamp = zones.stamp(local, Some(tzid), 7, &mut notes).unwrap();
        let moment = stamp.zoned(zones.user()).unwrap();
        (
            moment.timestamp().to_string(),
            notes.iter().map(Note::to_string).collect(),
        )
    }

    #[test]
    fn known_names_of_all_kinds_resolve_without_a_note() {
        for tzid in [
            "Europe/Berlin",
            "europe/berlin",
            "/freeassociation.sourceforge.net/Europe/Berlin",
            "/freeassociation.sourceforge.net/Tzfile/Europe/Berlin",
            "/mozilla.org/20050126_1/Europe/Berlin",
            "posix/Europe/Berlin",
            "W. Europe Standard Time",
            "\"W. Europe Standard Time\"",
        ] {
            let (moment, notes) = resolve("", tzid, "20260701T120000");
            assert_eq!(
                (moment.as_str(), notes.len()),
                ("2026-07-01T10:00:00Z", 0),
                "{tzid}"
            );
        }
        let (moment, _) = resolve("", "/x.org/America/Indiana/Knox", "20260701T120000");
        assert_eq!(moment, "2026-07-01T17:00:00Z");
        assert_eq!(
            resolve(OWN, "Lab", "20260701T120000").0,
            "2026-07-01T03:00:00Z"
        );
    }

    #[test]
    fn an_own_vtimezone_is_followed_through_its_changes() {
        for (local, want) in [
            ("20260328T120000", "2026-03-28T11:00:00Z"),
            ("20260329T013000", "2026-03-29T00:30:00Z"),
            ("20260329T023000", "2026-03-29T01:30:00Z"),
            ("20260329T040000", "2026-03-29T02:00:00Z"),
            ("20261025T023000", "2026-10-25T00:30:00Z"),
            ("20261026T120000", "2026-10-26T11:00:00Z"),
            ("19600101T120000", "1960-01-01T11:00:00Z"),
        ] {
            let (moment, notes) = resolve(OWN, "Home", local);
            assert_eq!(moment, want, "{local}");
            assert_eq!(
                notes,
                ["line 7: zone 'Home' is not known, its own VTIMEZONE is used"]
            );
        }
    }

    #[test]
    fn a_vtimezone_that_begins_in_1601_holds_today() {
        let old = OWN
            .replace("DTSTART:19701025", "DTSTART:16010101")
            .replace("DTSTART:19700329", "DTSTART:16010101");
        for (local, want) in [
            ("20040712T120000", "2004-07-12T10:00:00Z"),
            ("20260328T120000", "2026-03-28T11:00:00Z"),
            ("20260701T120000", "2026-07-01T10:00:00Z"),
        ] {
            assert_eq!(resolve(&old, "Home", local).0, want, "{local}");
        }
    }

    #[test]
    fn a_windows_name_means_what_its_own_vtimezone_says() {
        let named = |name: &str| OWN.replace("TZID:Home", &format!("TZID:{name}"));
        let same = named("W. Europe Standard Time");
        let (moment, notes) = resolve(&same, "W. Europe Standard Time", "20260701T120000");
        assert_eq!((moment.as_str(), notes.len()), ("2026-07-01T10:00:00Z", 0));
        let other = named("New Zealand Standard Time");
        let (moment, notes) = resolve(&other, "New Zealand Standard Time", "20260701T120000");
        assert_eq!(moment, "2026-07-01T10:00:00Z");
        assert_eq!(
            notes,
            [
                "line 7: zone 'New Zealand Standard Time' is another one by its own VTIMEZONE, which is used"
            ]
        );
        // An IANA name is one everywhere.
        let iana = named("Pacific/Auckland");
        assert_eq!(
            resolve(&iana, "Pacific/Auckland", "20260701T120000").0,
            "2026-07-01T00:00:00Z"
        );
    }

    #[test]
    fn an_unknown_zone_falls_back_and_is_noted() {
        let text = "BEGIN:VCALENDAR\nX-WR-TIMEZONE:Europe/Berlin\nEND:VCALENDAR\n";
        let (moment, notes) = resolve(text, "Nowhere", "20260701T120000");
        assert_eq!(moment, "2026-07-01T10:00:00Z");
        assert_eq!(
            notes,
            ["line 7: zone 'Nowhere' is not known, X-WR-TIMEZONE is used"]
        );
        let (moment, notes) = resolve("", "Nowhere", "20260701T120000");
        assert_eq!(moment, "2026-07-01T06:30:00Z");
        assert_eq!(
            notes,
            ["line 7: zone 'Nowhere' is not known, your own zone is used"]
        );
    }
}
