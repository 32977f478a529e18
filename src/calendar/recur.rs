//! The instances of an event within a window (RFC 5545 section 3.8.5): rules, extra dates,
//! exceptions, and instances that were moved, changed or cut off from the rest.
//!
//! `DTSTART` off its rule is an instance all the same: RFC 5545 calls it the first, and time that
//! may be taken is not offered as free.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

use super::event::{self, Definition};
use super::rule;
use super::tree::Note;
use super::values::Stamp;

/// Most instances of one event in one answer.
const INSTANCES_MAX: usize = 10_000;
/// Farthest that an event reaches over its start, or an instance was moved, and is still found.
const REACH_DAYS_MAX: i64 = 3660;
/// Covers the largest difference between a local time and UTC.
const SLACK: SignedDuration = SignedDuration::from_hours(48);

/// An event with its changed instances.
#[derive(Default)]
pub(super) struct Series<'a> {
    /// The event itself; none when only changed instances are known.
    pub(super) master: Option<&'a Definition>,
    /// Instances with a `RECURRENCE-ID`.
    pub(super) changed: Vec<&'a Definition>,
}

/// The time asked for, its end exclusive.
pub(super) struct Window {
    /// First moment.
    pub(super) from: Timestamp,
    /// First moment after it.
    pub(super) to: Timestamp,
    /// Where days begin.
    pub(super) zone: TimeZone,
}

/// One instance.
pub(super) struct Instance<'a> {
    /// What is written about it.
    pub(super) definition: &'a Definition,
    /// Its place in the set (`RECURRENCE-ID`), before it was moved.
    pub(super) origin: Stamp,
    /// When it begins.
    pub(super) start: Stamp,
    /// How long it takes.
    pub(super) length: Span,
}

impl Instance<'_> {
    /// Says whether its definition is about this very instance, not about it and all after it.
    pub(super) fn origin_is_own(&self) -> bool {
        let at = |stamp: &Stamp| stamp.zoned(&TimeZone::UTC);
        let named = self.definition.instance.as_ref();
        named.is_some_and(|named| at(named) == at(&self.origin))
    }
}

/// Lists the instances that touch the window, in no order.
pub(super) fn instances<'a>(
    series: &Series<'a>,
    window: &Window,
    notes: &mut Vec<Note>,
) -> Vec<Instance<'a>> {
    let mut out: Vec<Instance<'a>> = Vec::new();
    let mut changed = series.changed.clone();
    if let Some(master) = series.master {
        let replaced = Stamps::of(
            series
                .changed
                .iter()
                .filter_map(|one| one.instance.as_ref()),
            master,
        );
        let except = Stamps::of(master.except.iter(), master);
        let future = futures(series, master);
        let starts = starts(master, &future, window, notes);
        out.extend(
            starts
                .into_iter()
                .filter(|(start, _)| !except.contains(start) && !replaced.contains(start))
                .map(|(start, length)| from_here_on(master, &future, start, length)),
        );
        changed.retain(|one| is_in_set(one, master, &except, notes));
    }
    out.extend(changed.into_iter().map(|definition| {
        Instance {
            definition,
            origin: definition
                .instance
                .clone()
                .unwrap_or_else(|| definition.start.clone()),
            start: definition.start.clone(),
            length: definition.length,
        }
    }));
    out.retain(|instance| touches(instance, window));
    if out.len() > INSTANCES_MAX {
        out.truncate(INSTANCES_MAX);
        cut(series.master, notes);
    }
    out
}

/// Says whether a changed instance takes place: an instance that `EXDATE` takes out of the set is none
/// (RFC 5545 section 3.8.5.1), unless it was changed after the set was.
fn is_in_set(
    one: &Definition,
    master: &Definition,
    except: &Stamps,
    notes: &mut Vec<Note>,
) -> bool {
    let is_out = one.sequence <= master.sequence
        && one.instance.as_ref().is_some_and(|id| except.contains(id));
    if is_out {
        let text = "event changes an occurrence that an EXDATE takes out, which is not listed";
        notes.push(Note {
            line: one.line,
            text: text.to_owned(),
        });
    }
    !is_out
}

fn cut(master: Option<&Definition>, notes: &mut Vec<Note>) {
    let line = master.map_or(1, |master| master.line);
    let text = "event recurs too often, only its first instances are listed".to_owned();
    notes.push(Note { line, text });
}

fn touches(instance: &Instance<'_>, window: &Window) -> bool {
    let Some((start, end)) = event::bounds(&instance.start, instance.length, &window.zone) else {
        return false;
    };
    start < window.to && (end > window.from || start >= window.from)
}

/// Moments and days to look up; a day stands for every instance that begins on it.
struct Stamps {
    moments: BTreeSet<Timestamp>,
    days: BTreeSet<Date>,
}

impl Stamps {
    fn of<'b>(stamps: impl Iterator<Item = &'b Stamp>, master: &Definition) -> Self {
        let mut out = Self {
            moments: BTreeSet::new(),
            days: BTreeSet::new(),
        };
        for stamp in stamps {
            if master.start.is_day() || stamp.is_day() {
                out.days.insert(stamp.date());
            } else if let Some(moment) = stamp.zoned(&TimeZone::UTC) {
                out.moments.insert(moment.timestamp());
            }
        }
        out
    }

    fn contains(&self, start: &Stamp) -> bool {
        let at = |start: &Stamp| start.zoned(&TimeZone::UTC).map(|moment| moment.timestamp());
        self.days.contains(&start.date())
            || (!start.is_day() && at(start).is_some_and(|moment| self.moments.contains(&moment)))
    }
}

/// A change that holds from one instance on.
struct Future<'a> {
    from: Timestamp,
    shift: SignedDuration,
    definition: &'a Definition,
}

/// Lists the `THISANDFUTURE` changes in order.
fn futures<'a>(series: &Series<'a>, master: &Definition) -> Vec<Future<'a>> {
    let mut out: Vec<Future<'a>> = series
        .changed
        .iter()
        .filter(|one| one.is_future && one.start.is_day() == master.start.is_day())
        .filter_map(|&definition| {
            let instance = definition.instance.as_ref()?;
            let from = instance.zoned(&TimeZone::UTC)?.timestamp();
            let shift = definition
                .start
                .local()
                .duration_since(local_in(&definition.start, from));
            let limit = SignedDuration::from_hours(24 * REACH_DAYS_MAX);
            (shift.abs() <= limit).then_some(Future {
                from,
                shift,
                definition,
            })
        })
        .collect();
    out.sort_by_key(|future| future.from);
    out
}

/// Returns the local time of `moment` where `stamp` is written.
fn local_in(stamp: &Stamp, moment: Timestamp) -> DateTime {
    match stamp {
        Stamp::Day(_) => TimeZone::UTC.to_datetime(moment),
        Stamp::Time(_, zone) => zone.to_datetime(moment),
    }
}

/// Builds the instance at `start`, as the last change that holds there has it.
fn from_here_on<'a>(
    master: &'a Definition,
    future: &[Future<'a>],
    start: Stamp,
    length: Span,
) -> Instance<'a> {
    let plain = |start: Stamp| Instance {
        definition: master,
        origin: start.clone(),
        start,
        length,
    };
    let Some(at) = start.zoned(&TimeZone::UTC).map(|at| at.timestamp()) else {
        return plain(start);
    };
    let Some(change) = future.iter().rfind(|change| change.from <= at) else {
        return plain(start);
    };
    let definition = change.definition;
    match local_in(&definition.start, at).checked_add(change.shift) {
        Ok(local) => Instance {
            definition,
            origin: start,
            start: definition.start.at(local),
            length: definition.length,
        },
        Err(_) => plain(start),
    }
}

/// Lists where instances begin by rule and list, before exceptions and changes.
fn starts(
    master: &Definition,
    future: &[Future<'_>],
    window: &Window,
    notes: &mut Vec<Note>,
) -> Vec<(Stamp, Span)> {
    let mut out: Vec<(Stamp, Span)> = Vec::new();
    let (from, to) = reach(master, future, window);
    for rule in &master.rules {
        let walked = rule.as_ref().map_err(|problem| *problem).and_then(|rule| {
            if rule.is_exact() {
                exact(rule, master, (from, to))
            } else {
                local(rule, master, (from, to))
            }
        });
        match walked {
            Ok((found, is_cut)) => {
                out.extend(found.into_iter().map(|start| (start, master.length)));
                if is_cut {
                    cut(Some(master), notes);
                }
            }
            Err(problem) => {
                notes.push(Note {
                    line: master.line,
                    text: format!("event {problem}"),
                });
            }
        }
    }
    // The start is the first instance whether or not the rule makes it (RFC 5545 section 3.8.2.4).
    out.push((master.start.clone(), master.length));
    for (start, length) in &master.extra {
        let start = match (start, &master.start) {
            // An extra day of a timed event is that day at the event's own time.
            (Stamp::Day(day), Stamp::Time(local, _)) => {
                master.start.at(day.to_datetime(local.time()))
            }
            (Stamp::Time(local, _), Stamp::Day(_)) => Stamp::Day(local.date()),
            (Stamp::Day(_), Stamp::Day(_)) | (Stamp::Time(..), Stamp::Time(..)) => start.clone(),
        };
        out.push((start, length.unwrap_or(master.length)));
    }
    out.sort_by_cached_key(|(start, _)| {
        start.zoned(&TimeZone::UTC).map(|moment| moment.timestamp())
    });
    out.dedup_by(|later, first| {
        let same = later.0.zoned(&TimeZone::UTC) == first.0.zoned(&TimeZone::UTC);
        if same && later.1.fieldwise() != master.length.fieldwise() {
            first.1 = later.1;
        }
        same
    });
    out
}

/// Counts the occurrences that the event's first rule makes before `origin`, exceptions included;
/// none when there are too many to count.
pub(super) fn count_before(master: &Definition, origin: &Stamp) -> Option<usize> {
    let rule = master.rules.first()?.as_ref().ok()?;
    let at = |stamp: &Stamp| stamp.zoned(&TimeZone::UTC).map(|at| at.timestamp());
    let (from, to) = (at(&master.start)?, at(origin)?);
    let reach = (
        from.checked_sub(SLACK).unwrap_or(Timestamp::MIN),
        to.checked_add(SLACK).unwrap_or(Timestamp::MAX),
    );
    let (starts, is_cut) = if rule.is_exact() {
        exact(rule, master, reach).ok()?
    } else {
        local(rule, master, reach).ok()?
    };
    let before = starts.iter().filter_map(at).filter(|&start| start < to);
    (!is_cut).then(|| before.count())
}

/// Widens the window by how far instances last and were moved.
fn reach(master: &Definition, future: &[Future<'_>], window: &Window) -> (Timestamp, Timestamp) {
    let longest = future
        .iter()
        .map(|change| change.definition)
        .chain([master])
        .map(|definition| (&definition.start, definition.length))
        .chain(
            master
                .extra
                .iter()
                .filter_map(|(start, length)| Some((start, (*length)?))),
        )
        .filter_map(|(start, length)| event::bounds(start, length, &TimeZone::UTC))
        .map(|(start, end)| end.duration_since(start))
        .max()
        .unwrap_or_default()
        .min(SignedDuration::from_hours(24 * REACH_DAYS_MAX));
    let shifts = || future.iter().map(|change| change.shift);
    let later = shifts().max().unwrap_or_default().max(SignedDuration::ZERO);
    let earlier = shifts().min().unwrap_or_default().min(SignedDuration::ZERO);
    let from = window
        .from
        .checked_sub(longest + later + SLACK)
        .unwrap_or(Timestamp::MIN);
    let to = window
        .to
        .checked_add(SLACK - earlier)
        .unwrap_or(Timestamp::MAX);
    (from, to)
}

type Walked = Result<(Vec<Stamp>, bool), &'static str>;

/// Walks a rule on local times as written.
fn local(rule: &rule::Rule, master: &Definition, reach: (Timestamp, Timestamp)) -> Walked {
    let zone = match &master.start {
        Stamp::Day(_) => &TimeZone::UTC,
        Stamp::Time(_, zone) => zone,
    };
    let span = rule::Span {
        start: master.start.local(),
        from: zone.to_datetime(reach.0),
        to: zone.to_datetime(reach.1),
    };
    let walk = rule.walk(&span, |until| until.local(zone))?;
    if walk.is_never {
        return Err("has an RRULE that never comes true, only its start counts");
    }
    let starts = walk.times.into_iter().map(|time| master.start.at(time));
    Ok((starts.collect(), walk.is_cut))
}

/// Walks a rule of exact hours, minutes or seconds in UTC.
fn exact(rule: &rule::Rule, master: &Definition, reach: (Timestamp, Timestamp)) -> Walked {
    let Stamp::Time(_, zone) = &master.start else {
        return local(rule, master, reach);
    };
    let utc = |moment| TimeZone::UTC.to_datetime(moment);
    let start = master.start.zoned(zone).ok_or("has a start out of range")?;
    let span = rule::Span {
        start: utc(start.timestamp()),
        from: utc(reach.0),
        to: utc(reach.1),
    };
    let until = |until: rule::Until| {
        let local = until.local(zone);
        zone.to_ambiguous_timestamp(local)
            .compatible()
            .map_or(local, utc)
    };
    let walk = rule.walk(&span, until)?;
    let starts = walk.times.into_iter().filter_map(|time| {
        let moment = TimeZone::UTC.to_timestamp(time).ok()?;
        let local = zone.to_datetime(moment);
        // In a fold only the offset tells which of the two this is.
        let first = zone.to_ambiguous_timestamp(local).compatible().ok()?;
        let offset: Offset = zone.to_offset(moment);
        let zone = if first == moment {
            zone.clone()
        } else {
            offset.to_time_zone()
        };
        Some(Stamp::Time(local, zone))
    });
    Ok((starts.collect(), walk.is_cut))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::folder::{self, Group};

    /// Expands events written as lines over 2026-01-01 to 2027-01-01, read in Europe/Berlin.
    fn expand(events: &[&str]) -> (Vec<String>, Vec<String>) {
        expand_within(events, ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"))
    }

    fn expand_within(events: &[&str], (from, to): (&str, &str)) -> (Vec<String>, Vec<String>) {
        let body: Vec<String> = events
            .iter()
            .map(|lines| format!("BEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT\n"))
            .collect();
        let text = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", body.concat());
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let (definitions, mut notes) = folder::definitions(text.as_bytes(), "f", &zone);
        let group = Group {
            definitions: definitions.into_iter().map(|one| (0, one)).collect(),
        };
        let window = Window {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            zone,
        };
        let mut found: Vec<(Timestamp, String)> = instances(&group.series(), &window, &mut notes)
            .iter()
            .map(|one| {
                let (start, end) = event::bounds(&one.start, one.length, &window.zone).unwrap();
                let minutes = end.duration_since(start).as_mins();
                let text = match &one.start {
                    Stamp::Day(day) => format!("{day} {}d", minutes / 1440),
                    Stamp::Time(..) => format!("{} {minutes}", start.strftime("%m-%dT%H:%MZ")),
                };
                (start, text)
            })
            .collect();
        found.sort();
        let notes = notes.iter().map(Note::to_string).collect();
        (found.into_iter().map(|(_, text)| text).collect(), notes)
    }

    const BERLIN: &str = "DTSTART;TZID=Europe/Berlin";

    #[test]
    #[expect(clippy::too_many_lines, reason = "a flat table")]
    fn rules_are_expanded_as_rfc_5545_has_it() {
        let table: [(&str, String, &[&str]); 13] = [
            (
                "02:30 in the gap of spring moves forward",
                format!("{BERLIN}:20260328T023000\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=3"),
                &["03-28T01:30Z 30", "03-29T01:30Z 30", "03-30T00:30Z 30"],
            ),
            (
                "02:30 in the fold of autumn is the first of the two",
                format!("{BERLIN}:20261024T023000\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=3"),
                &["10-24T00:30Z 30", "10-25T00:30Z 30", "10-26T01:30Z 30"],
            ),
            (
                "a UTC start recurs in UTC",
                "DTSTART:20260328T090000Z\nRRULE:FREQ=DAILY;COUNT=2".to_owned(),
                &["03-28T09:00Z 0", "03-29T09:00Z 0"],
            ),
            (
                "extra dates without a rule keep the start",
                format!("{BERLIN}:20260302T090000\nDURATION:PT1H\nRDATE;TZID=Europe/Berlin:20260305T090000,20260401T100000"),
                &["03-02T08:00Z 60", "03-05T08:00Z 60", "04-01T08:00Z 60"],
            ),
            (
                "a period has its own length",
                "DTSTART:20260302T090000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20260303T090000Z/PT2H,20260304T090000Z/20260304T093000Z".to_owned(),
                &["03-02T09:00Z 60", "03-03T09:00Z 120", "03-04T09:00Z 30"],
            ),
            (
                "Windows zone names are known",
                "DTSTART;TZID=W. Europe Standard Time:20260701T120000\nRRULE:FREQ=WEEKLY;COUNT=2".to_owned(),
                &["07-01T10:00Z 0", "07-08T10:00Z 0"],
            ),
            (
                "UNTIL as a date allows that whole day",
                format!("{BERLIN}:20260302T200000\nRRULE:FREQ=DAILY;UNTIL=20260304"),
                &["03-02T19:00Z 0", "03-03T19:00Z 0", "03-04T19:00Z 0"],
            ),
            (
                "UNTIL in UTC is a moment",
                format!("{BERLIN}:20260302T003000\nRRULE:FREQ=DAILY;UNTIL=20260303T233000Z"),
                &["03-01T23:30Z 0", "03-02T23:30Z 0", "03-03T23:30Z 0"],
            ),
            (
                "an excluded date takes the timed instance of that day",
                format!("{BERLIN}:20260302T090000\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20260303"),
                &["03-02T08:00Z 0", "03-04T08:00Z 0"],
            ),
            (
                "an excluded moment may be written in another zone, and COUNT includes it",
                format!("{BERLIN}:20260302T090000\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260303T080000Z"),
                &["03-02T08:00Z 0", "03-04T08:00Z 0"],
            ),
            (
                "days recur as days",
                "DTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260330\nRRULE:FREQ=WEEKLY;COUNT=2".to_owned(),
                // 47 hours from midnight to midnight over the change to summer time.
                &["2026-03-28 1d", "2026-04-04 2d"],
            ),
            (
                "hours are exact over the change to summer time",
                format!("{BERLIN}:20260329T003000\nRRULE:FREQ=HOURLY;COUNT=4"),
                &["03-28T23:30Z 0", "03-29T00:30Z 0", "03-29T01:30Z 0", "03-29T02:30Z 0"],
            ),
            (
                "floating times are read in the user's zone",
                "DTSTART:20260701T090000\nDURATION:PT45M".to_owned(),
                &["07-01T07:00Z 45"],
            ),
        ];
        for (name, lines, want) in table {
            assert_eq!(
                expand(&[&lines]),
                (want.iter().map(|s| (*s).to_owned()).collect(), Vec::new()),
                "{name}"
            );
        }
    }

    #[test]
    fn both_hours_of_a_fold_are_instances_of_an_hourly_event() {
        let (found, _) = expand(&[&format!(
            "{BERLIN}:20261025T013000\nRRULE:FREQ=HOURLY;COUNT=4"
        )]);
        assert_eq!(
            found,
            [
                "10-24T23:30Z 0",
                "10-25T00:30Z 0",
                "10-25T01:30Z 0",
                "10-25T02:30Z 0"
            ]
        );
    }

    #[test]
    fn changed_instances_are_found_where_they_are_now() {
        let master = format!("{BERLIN}:20260302T090000\nDURATION:PT30M\nRRULE:FREQ=WEEKLY;COUNT=3");
        let out = "RECURRENCE-ID:20260309T080000Z\nDTSTART:20270301T080000Z\nDURATION:PT1H";
        let within = "RECURRENCE-ID;TZID=Europe/Berlin:20260316T090000\nDTSTART:20260320T080000Z\nDURATION:PT1H";
        let (found, _) = expand(&[&master, out, within]);
        assert_eq!(found, ["03-02T08:00Z 30", "03-20T08:00Z 60"]);
        let (found, _) = expand_within(
            &[&master, out, within],
            ("2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"),
        );
        assert_eq!(found, ["03-01T08:00Z 60"]);
    }

    #[test]
    fn a_called_off_instance_needs_no_start_of_its_own() {
        let (found, notes) = expand(&[
            "DTSTART:20260302T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2",
            "RECURRENCE-ID:20260303T090000Z\nSTATUS:CANCELLED",
        ]);
        assert_eq!(found, ["03-02T09:00Z 60", "03-03T09:00Z 0"]);
        assert!(notes.is_empty(), "{notes:?}");
    }

    #[test]
    fn an_instance_that_was_taken_out_stays_out_until_it_is_changed_again() {
        let master = "SEQUENCE:1\nDTSTART:20260302T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\n\
                      EXDATE:20260303T090000Z";
        let changed = |sequence: u8| {
            format!(
                "SEQUENCE:{sequence}\nRECURRENCE-ID:20260303T090000Z\nDTSTART:20260303T110000Z\nDURATION:PT1H"
            )
        };
        let (found, notes) = expand(&[master, &changed(1)]);
        assert_eq!(found, ["03-02T09:00Z 60"]);
        assert_eq!(
            notes,
            ["line 10: event changes an occurrence that an EXDATE takes out, which is not listed"]
        );
        let (found, notes) = expand(&[master, &changed(2)]);
        assert_eq!(found, ["03-02T09:00Z 60", "03-03T11:00Z 60"]);
        assert!(notes.is_empty(), "{notes:?}");
    }

    #[test]
    fn this_and_future_moves_the_rest() {
        let (found, _) = expand(&[
            &format!("{BERLIN}:20260316T090000\nDURATION:PT30M\nRRULE:FREQ=WEEKLY;COUNT=4"),
            "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260323T090000\n\
             DTSTART;TZID=Europe/Berlin:20260324T103000\nDURATION:PT1H",
        ]);
        // The change to summer time on 29 March keeps the local time of 10:30.
        assert_eq!(
            found,
            [
                "03-16T08:00Z 30",
                "03-24T09:30Z 60",
                "03-31T08:30Z 60",
                "04-07T08:30Z 60"
            ]
        );
    }

    #[test]
    fn an_instance_moved_by_this_and_future_is_found_from_its_new_place() {
        let events = [
            "DTSTART:20260302T090000Z\nDURATION:PT30M\nRRULE:FREQ=WEEKLY",
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T090000Z\nDTSTART:20260409T090000Z\nDURATION:PT30M",
        ];
        let (found, _) = expand_within(&events, ("2026-06-04T00:00:00Z", "2026-06-05T00:00:00Z"));
        assert_eq!(found, ["06-04T09:00Z 30"]);
    }

    #[test]
    fn what_touches_the_window_is_in_it() {
        let night = [
            "DTSTART:20251231T220000Z\nDURATION:PT4H",
            "DTSTART:20270101T000000Z",
        ];
        let (found, _) = expand(&night[..1]);
        assert_eq!(found, ["12-31T22:00Z 240"]);
        assert_eq!(expand(&night[1..]).0.len(), 0);
        assert_eq!(
            expand(&["DTSTART:20251231T220000Z\nDURATION:PT2H"]).0.len(),
            0
        );
        assert_eq!(expand(&["DTSTART:20260101T000000Z"]).0.len(), 1);
    }

    #[test]
    fn an_event_that_recurs_without_end_or_sense_is_cut_and_noted() {
        let (found, notes) = expand(&["DTSTART:20260101T000000Z\nRRULE:FREQ=MINUTELY"]);
        assert_eq!(found.len(), INSTANCES_MAX);
        assert!(
            notes.iter().any(|note| note.contains("recurs too often")),
            "{notes:?}"
        );
        let (found, notes) = expand(&["DTSTART:20260302T090000Z\nRRULE:FREQ=NEVER"]);
        assert_eq!(found, ["03-02T09:00Z 0"]);
        assert_eq!(notes, ["line 2: event has an unreadable RRULE"]);
        let (found, _) = expand(&["DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;UNTIL=20250101"]);
        assert_eq!(found, ["03-02T09:00Z 0"]);
    }

    #[test]
    fn endless_rules_from_long_ago_reach_today() {
        let (found, _) = expand_within(
            &[
                "DTSTART;VALUE=DATE:19700314\nRRULE:FREQ=YEARLY",
                "DTSTART:19900101T090000Z\nRRULE:FREQ=DAILY",
            ],
            ("2026-03-14T00:00:00Z", "2026-03-15T00:00:00Z"),
        );
        // Two masters with one UID: the later one in the file wins.
        assert_eq!(found, ["03-14T09:00Z 0"]);
    }

    /// Reads every fixture, as written by other programs and as broken by us.
    fn fixtures() -> Vec<Vec<u8>> {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ics");
        let folders = ["truth/work", "broken/home"];
        let files = folders
            .iter()
            .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect()
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(600))]
        #[test]
        fn mutated_files_never_panic(
            which in 0_usize..1000,
            edits in proptest::collection::vec((0_usize..4000, proptest::prelude::any::<u8>(), 0_u8..4), 1..12),
        ) {
            static FILES: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(fixtures);
            let mut bytes = FILES[which % FILES.len()].clone();
            for (at, byte, kind) in edits {
                let at = at % bytes.len().max(1);
                match kind {
                    0 if at < bytes.len() => bytes[at] = byte,
                    1 => bytes.insert(at.min(bytes.len()), b"0123456789;:,=\n"[usize::from(byte) % 15]),
                    2 if at < bytes.len() => drop(bytes.remove(at)),
                    _ => bytes.truncate(at.max(200)),
                }
            }
            let zone = TimeZone::get("Europe/Berlin").unwrap();
            let (definitions, mut notes) = folder::definitions(&bytes, "f", &zone);
            let group = Group { definitions: definitions.into_iter().map(|one| (0, one)).collect() };
            let window = Window {
                from: "2026-01-01T00:00:00Z".parse().unwrap(),
                to: "2027-01-01T00:00:00Z".parse().unwrap(),
                zone,
            };
            for one in instances(&group.series(), &window, &mut notes) {
                let reader = event::Reader { me: &[], calendar: "c" };
                let event = one.definition.event((&one.start, one.length), true, &reader);
                let json = serde_json::to_string(&event).unwrap();
                let back: Option<crate::action::Event> = serde_json::from_str(&json).unwrap();
                proptest::prop_assert_eq!(back, event);
            }
        }
    }
}
