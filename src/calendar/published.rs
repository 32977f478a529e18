//! When other people are busy, from what they publish: a calendar file or a `VFREEBUSY` (RFC 5545
//! section 3.6.4). Names and words of their events are not read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Error;
use super::event;
use super::folder::{self, Group};
use super::recur::{self, Window};
use super::tree::{self, Component};
use super::values::{self, Shape};
use super::vdir;
use crate::action::Interval;

/// Largest text read, in bytes.
const TEXT_BYTES_MAX: usize = 16 << 20;
/// Most stretches read from the `FREEBUSY` lines of one text.
const PERIODS_MAX: usize = 50_000;

/// Lists when the owner of a published calendar is busy between two moments, merged; days begin
/// and floating times are read in `zone`.
///
/// # Errors
/// [`Error::TooLong`], or [`Error::NoCalendar`] when the text is no calendar.
pub fn published_busy(
    bytes: &[u8],
    (from, to): (Timestamp, Timestamp),
    zone: &TimeZone,
) -> Result<Vec<Interval>, Error> {
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(Error::TooLong {
            bytes_max: TEXT_BYTES_MAX,
        });
    }
    let (root, notes) = tree::parse(bytes);
    if root.components().all(|one| one.name != "VCALENDAR") {
        return Err(Error::NoCalendar {
            problem: notes.first().map(ToString::to_string),
        });
    }
    let mut busy = periods(&root);
    let window = Window {
        from,
        to,
        zone: zone.clone(),
    };
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for one in folder::definitions(bytes, "published", zone).0 {
        let group = groups.entry(one.uid.clone()).or_default();
        group.definitions.push((0, one));
    }
    for group in groups.values() {
        let instances = recur::instances(&group.series(), &window, &mut Vec::new());
        let taken = instances.iter().filter(|one| one.definition.is_busy(&[]));
        let bounds = taken.filter_map(|one| event::bounds(&one.start, one.length, zone));
        busy.extend(bounds.map(|(start, end)| Interval { start, end }));
    }
    for one in &mut busy {
        one.start = one.start.max(from);
        one.end = one.end.min(to);
    }
    busy.retain(|one| one.start < one.end);
    Ok(vdir::merged(busy))
}

/// Reads the stretches of `VFREEBUSY` components that are not free.
fn periods(root: &Component) -> Vec<Interval> {
    let calendars = root.components().filter(|one| one.name == "VCALENDAR");
    let answers = calendars
        .flat_map(Component::components)
        .filter(|one| one.name == "VFREEBUSY");
    let lines = answers.flat_map(|one| one.all("FREEBUSY"));
    lines
        .filter(|(line, _)| {
            let kind = line.param("FBTYPE").unwrap_or_default();
            !kind.eq_ignore_ascii_case("FREE")
        })
        .flat_map(|(line, _)| line.value.split(','))
        .filter_map(period)
        .take(PERIODS_MAX)
        .collect()
}

/// Reads `20260314T090000Z/20260314T100000Z` or `20260314T090000Z/PT1H`.
fn period(text: &str) -> Option<Interval> {
    let (start, end) = text.split_once('/')?;
    let moment = |text: &str| match values::shape(text)? {
        Shape::Utc(local) => values::utc(local),
        Shape::Day(_) | Shape::Local(_) => None,
    };
    let start = moment(start)?;
    let end = moment(end).or_else(|| {
        let length = values::duration(end).filter(|length| !length.is_negative())?;
        let at = start.to_zoned_datetime(TimeZone::UTC);
        Some(at.checked_add(length).ok()?.timestamp())
    })?;
    (start < end).then_some(Interval { start, end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_published_events_are_merged_and_cut() {
        let text = "BEGIN:VCALENDAR\nBEGIN:VFREEBUSY\nFREEBUSY:20260302T090000Z/PT1H,junk,20260302T095500Z/20260302T103000Z\n\
            FREEBUSY;FBTYPE=FREE:20260302T120000Z/PT1H\nFREEBUSY;FBTYPE=BUSY-TENTATIVE:20260303T230000Z/PT9H\nEND:VFREEBUSY\n\
            BEGIN:VEVENT\nUID:a\nDTSTART:20260301T150000Z\nDURATION:PT30M\nRRULE:FREQ=DAILY\nEND:VEVENT\n\
            BEGIN:VEVENT\nUID:b\nDTSTART:20260302T130000Z\nDURATION:PT30M\nTRANSP:TRANSPARENT\nEND:VEVENT\nEND:VCALENDAR\n";
        let window = (
            "2026-03-02T00:00:00Z".parse().unwrap(),
            "2026-03-04T00:00:00Z".parse().unwrap(),
        );
        let busy = published_busy(text.as_bytes(), window, &TimeZone::UTC).unwrap();
        let shown: Vec<String> = busy
            .iter()
            .map(|one| format!("{} {}", one.start, one.end))
            .collect();
        assert_eq!(
            shown,
            [
                "2026-03-02T09:00:00Z 2026-03-02T10:30:00Z",
                "2026-03-02T15:00:00Z 2026-03-02T15:30:00Z",
                "2026-03-03T15:00:00Z 2026-03-03T15:30:00Z",
                "2026-03-03T23:00:00Z 2026-03-04T00:00:00Z"
            ]
        );
        let error = published_busy(b"<html>", window, &TimeZone::UTC).unwrap_err();
        assert!(
            error.to_string().starts_with("the text is no calendar"),
            "{error}"
        );
    }
}
