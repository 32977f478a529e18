//! Cutting and moving whole sets: `RRULE`, `RDATE`, `EXDATE` and the changed instances keep
//! meaning the same instances (RFC 5545 section 3.8.5).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Error;
use super::edit::{Editor, Found, Shift, Subject, place, place_at, uid_of};
use super::event::Definition;
use super::fields;
use super::lines::Property;
use super::recur;
use super::rule::Until;
use super::spell::{Form, Place};
use super::tree::Component;
use super::values::{self, Shape, Stamp};
use crate::action::{EventPatch, Which};

/// Lists of dates that move and end with their set.
const LISTS: [&str; 2] = ["EXDATE", "RDATE"];
/// Days of the week as rules write them.
const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// Takes one instance out of its set.
pub(super) fn except(editor: &mut Editor<'_>, found: &Found) -> Result<(), Error> {
    let now = editor.subject.now;
    if let Some(line) = found.line {
        drop_lines(editor, &[line]);
    }
    let Some(master) = editor.master.clone() else {
        return Ok(());
    };
    let component = editor.component(master.line)?;
    let like = place(component, &master.start)?;
    component.add(&place_at(&like, &found.origin)?.line("EXDATE"));
    fields::stamp(component, true, now);
    Ok(())
}

/// Ends a set before an instance.
pub(super) fn cut(editor: &mut Editor<'_>, found: &Found) -> Result<(), Error> {
    let (master, from) = ends(editor, found)?;
    let zone = editor.subject.zone.clone();
    let later: Vec<usize> = editor
        .changed
        .iter()
        .filter(|one| {
            one.instance
                .as_ref()
                .and_then(at)
                .is_some_and(|at| at >= from)
        })
        .map(|one| one.line)
        .collect();
    drop_lines(editor, &later);
    let now = editor.subject.now;
    let count = recur::count_before(&master, &found.origin);
    let component = editor.component(master.line)?;
    let like = place(component, &master.start)?;
    let last = place_at(&like, &found.origin)?;
    let rule = component.first("RRULE").map(|rule| rule.value.clone());
    if count == Some(0) {
        // Only the start itself, which the rule does not make, comes before.
        component.retain(|line| line.name != "RRULE");
    } else if let Some(rule) = rule {
        let ended = ended_rule(&rule, count, &last).ok_or(Error::Unsplittable)?;
        component.set(&format!("RRULE:{ended}"));
    }
    filter_dates(component, &LISTS, &zone, |moment| moment < from);
    fields::stamp(component, true, now);
    Ok(())
}

/// Ends a set before an instance, and returns a new one that goes on from there with the patch.
pub(super) fn split(
    editor: &mut Editor<'_>,
    found: &Found,
    patch: &EventPatch,
) -> Result<(String, Vec<u8>), Error> {
    let (master, from) = ends(editor, found)?;
    let uid = super::split_uid(editor.subject.uid, from);
    let rest = rest(editor, found, (&master, from), &uid)?;
    cut(editor, found)?;
    let all = Which::All {};
    let subject = Subject {
        uid: &uid,
        which: &all,
        ..editor.subject
    };
    let edited = super::edit::update(&rest, subject, patch)?;
    Ok((uid, edited.file.unwrap_or(rest)))
}

/// The set from an instance on, as a file of its own.
fn rest(
    editor: &Editor<'_>,
    found: &Found,
    (master, from): (&Definition, Timestamp),
    uid: &str,
) -> Result<Vec<u8>, Error> {
    let subject = editor.subject;
    let earlier: Vec<usize> = editor
        .changed
        .iter()
        .filter(|one| {
            one.instance
                .as_ref()
                .and_then(at)
                .is_none_or(|at| at < from)
        })
        .map(|one| one.line)
        .collect();
    let mut root = editor.root.clone();
    root.retain_components(&|one| {
        one.name != "VEVENT" || (uid_of(one) == subject.uid && !earlier.contains(&one.line()))
    });
    for line in editor.changed.iter().map(|one| one.line) {
        if let Some(one) = root.at_mut(line) {
            one.set(&format!("UID:{uid}"));
        }
    }
    let component = root.at_mut(master.line).ok_or(Error::Unsplittable)?;
    let like = place(component, &master.start)?;
    fields::place_at(component, &place_at(&like, &found.origin)?, master.length);
    if let Some(rule) = component.first("RRULE").map(|rule| rule.value.clone()) {
        let count = recur::count_before(master, &found.origin);
        let going_on = continued_rule(&rule, count).ok_or(Error::Unsplittable)?;
        component.rewrite("RRULE", |_| Some(format!("RRULE:{going_on}")));
    }
    filter_dates(component, &LISTS, subject.zone, |moment| moment >= from);
    component.set(&format!("UID:{uid}"));
    let old = super::lines::escape(subject.uid);
    component.add(&format!("RELATED-TO;RELTYPE=SIBLING:{old}"));
    if component.first("SEQUENCE").is_some() {
        component.set("SEQUENCE:0");
    }
    fields::stamp(component, false, subject.now);
    let mut out = Vec::new();
    root.write(&mut out);
    Ok(out)
}

/// The event and the moment from which it is cut.
fn ends(editor: &Editor<'_>, found: &Found) -> Result<(Definition, Timestamp), Error> {
    let master = editor.master.clone().ok_or(Error::Unsplittable)?;
    if master.rules.len() > 1 || master.rules.iter().any(Result::is_err) {
        return Err(Error::Unsplittable);
    }
    let from = at(&found.origin).ok_or(Error::Unsplittable)?;
    Ok((master, from))
}

fn at(stamp: &Stamp) -> Option<Timestamp> {
    stamp.zoned(&TimeZone::UTC).map(|at| at.timestamp())
}

fn drop_lines(editor: &mut Editor<'_>, lines: &[usize]) {
    editor
        .root
        .retain_components(&|one| one.name != "VEVENT" || !lines.contains(&one.line()));
    editor.changed.retain(|one| !lines.contains(&one.line));
}

/// Takes an instance that comes back off the exceptions of its set.
pub(super) fn readmit(root: &mut Component, uid: &str, instance: &Component) {
    let user = TimeZone::UTC;
    let id = instance.first("RECURRENCE-ID");
    let back = id.and_then(|id| stamp_of(id, &id.value, &user));
    let Some(back) = back.as_ref().and_then(at) else {
        return;
    };
    let is_master = |one: &Component| uid_of(one) == uid && one.first("RECURRENCE-ID").is_none();
    for calendar in root.components_mut() {
        for master in calendar.components_mut().filter(|one| is_master(one)) {
            filter_dates(master, &["EXDATE"], &user, |moment| moment != back);
        }
    }
}

/// Keeps those dates of these lists that `wanted` names.
fn filter_dates(
    component: &mut Component,
    lists: &[&str],
    user: &TimeZone,
    wanted: impl Fn(Timestamp) -> bool,
) {
    for &name in lists {
        let kept = |line: &Property| -> Vec<String> {
            let values = line.value.split(',');
            values
                .filter(|value| {
                    stamp_of(line, value, user)
                        .and_then(|s| at(&s))
                        .is_none_or(&wanted)
                })
                .map(str::to_owned)
                .collect()
        };
        component.retain(|line| line.name != name || !kept(line).is_empty());
        component.rewrite(name, |line| {
            let kept = kept(line).join(",");
            (kept != line.value).then(|| {
                Property {
                    value: kept,
                    ..line.clone()
                }
                .render()
            })
        });
    }
}

/// Reads one value of a list where its own zone name is an IANA one; others keep their place.
fn stamp_of(line: &Property, value: &str, user: &TimeZone) -> Option<Stamp> {
    let value = value.split('/').next().unwrap_or_default();
    Some(match values::shape(value)? {
        Shape::Day(day) => Stamp::Day(day),
        Shape::Utc(local) => Stamp::Time(local, TimeZone::UTC),
        Shape::Local(local) => {
            let zone = match line.param("TZID") {
                Some(tzid) => super::zones::by_name(&tzid)?,
                None => user.clone(),
            };
            Stamp::Time(local, zone)
        }
    })
}

fn parts(rule: &str) -> Vec<(String, String)> {
    let parts = rule.split(';').filter_map(|part| part.split_once('='));
    parts
        .map(|(name, value)| (name.trim().to_ascii_uppercase(), value.to_owned()))
        .collect()
}

fn joined(parts: &[(String, String)]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    parts.join(";")
}

/// The rule, ended before `last`.
fn ended_rule(rule: &str, count: Option<usize>, last: &Place) -> Option<String> {
    let mut parts = parts(rule);
    if let Some((_, value)) = parts.iter_mut().find(|(name, _)| name == "COUNT") {
        *value = count.filter(|&count| count > 0)?.to_string();
        return Some(joined(&parts));
    }
    parts.retain(|(name, _)| name != "UNTIL");
    let second = SignedDuration::from_secs(1);
    let until = match last.form {
        Form::Day => Form::Day.value(last.local.yesterday().ok()?),
        Form::Floating => Form::Floating.value(last.local.checked_sub(second).ok()?),
        Form::Utc | Form::Zone(_) => {
            let before = at(&last.stamp())?.checked_sub(second).ok()?;
            Form::Utc.value(TimeZone::UTC.to_datetime(before))
        }
    };
    parts.push(("UNTIL".to_owned(), until));
    Some(joined(&parts))
}

/// The rule without its first `count` occurrences.
fn continued_rule(rule: &str, count: Option<usize>) -> Option<String> {
    let mut parts = parts(rule);
    let Some((_, value)) = parts.iter_mut().find(|(name, _)| name == "COUNT") else {
        return Some(rule.to_owned());
    };
    let all: usize = value.trim().parse().ok()?;
    *value = all
        .checked_sub(count?)
        .filter(|&left| left > 0)?
        .to_string();
    Some(joined(&parts))
}

/// The rule of a set that moves, when it must change too.
///
/// # Errors
/// [`Error::RuleNeeded`] when it names days or hours that can't be moved along.
pub(super) fn shifted_rule(component: &Component, shift: &Shift) -> Result<Option<String>, Error> {
    let Some(rule) = component.first("RRULE").map(|rule| rule.value.clone()) else {
        return Ok(None);
    };
    let mut parts = parts(&rule);
    let has = |names: &[&str]| parts.iter().any(|(name, _)| names.contains(&name.as_str()));
    let is_weekly = parts
        .iter()
        .any(|(name, value)| name == "FREQ" && value.eq_ignore_ascii_case("WEEKLY"));
    let days = shift.days();
    let fixed = ["BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"];
    if shift.moves_clock() && has(&["BYHOUR", "BYMINUTE", "BYSECOND"]) {
        return Err(Error::RuleNeeded { rule });
    }
    if days != 0 && (has(&fixed) || (has(&["BYDAY"]) && !is_weekly)) {
        return Err(Error::RuleNeeded { rule });
    }
    for (name, value) in &mut parts {
        if name == "BYDAY" && days % 7 != 0 {
            let moved: Option<Vec<&str>> =
                value.split(',').map(|day| moved_day(day, days)).collect();
            *value = moved
                .ok_or_else(|| Error::RuleNeeded { rule: rule.clone() })?
                .join(",");
        }
        if name == "UNTIL"
            && let Some(until) = moved_until(value, shift)
        {
            *value = until;
        }
    }
    let fresh = joined(&parts);
    Ok((fresh != joined(&self::parts(&rule))).then_some(fresh))
}

fn moved_day(day: &str, by: i64) -> Option<&'static str> {
    let day = day.trim().to_ascii_uppercase();
    let at = DAYS.iter().position(|known| *known == day)?;
    let moved = (i64::try_from(at).ok()? + by).rem_euclid(7);
    DAYS.get(usize::try_from(moved).ok()?).copied()
}

fn moved_until(value: &str, shift: &Shift) -> Option<String> {
    let shape = values::shape(value)?;
    let local = Until(shape).local(&shift.old.zone);
    let moved = shift.place(&Stamp::Time(local, shift.old.zone.clone()))?;
    Some(match shape {
        Shape::Day(_) => Form::Day.value(moved.local),
        Shape::Local(_) => Form::Floating.value(moved.local),
        Shape::Utc(_) => {
            let zone = moved.zone.clone();
            let at = Stamp::Time(moved.local, zone).zoned(&TimeZone::UTC)?;
            Form::Utc.value(TimeZone::UTC.to_datetime(at.timestamp()))
        }
    })
}

/// Moves the exceptions and extra dates of a set along with it.
pub(super) fn shift_lists(component: &mut Component, shift: &Shift) {
    for name in LISTS {
        component.rewrite(name, |line| {
            // Periods have an end of their own, which no shift of the start tells.
            if line.value.contains('/') {
                return None;
            }
            let mut form = None;
            let mut values = Vec::new();
            for value in line.value.split(',') {
                let stamp = match Form::of(line)? {
                    form if form == shift.old.form => match values::shape(value)? {
                        Shape::Day(day) => Stamp::Day(day),
                        Shape::Utc(local) | Shape::Local(local) => {
                            Stamp::Time(local, shift.old.zone.clone())
                        }
                    },
                    Form::Day | Form::Utc | Form::Floating | Form::Zone(_) => {
                        stamp_of(line, value, &shift.old.zone)?
                    }
                };
                let moved = shift.place(&stamp)?;
                values.push(moved.form.value(moved.local));
                form = Some(moved.form);
            }
            Some(form?.line(name, &values.join(",")))
        });
    }
}

/// Moves a changed instance along with its set: always its name, its time only when it still had
/// the set's.
pub(super) fn shift_instance(component: &mut Component, one: &Definition, shift: &Shift) {
    let Some(origin) = &one.instance else {
        return;
    };
    let Some(moved) = shift.place(origin) else {
        return;
    };
    let range = component
        .first("RECURRENCE-ID")
        .and_then(|line| line.param("RANGE"));
    let line = moved.line("RECURRENCE-ID");
    component.set(&line);
    if let Some(range) = range {
        component.rewrite("RECURRENCE-ID", |line| {
            Some(line.with_param("RANGE", &range).render())
        });
    }
    let stays = at(origin) == at(&one.start) && component.first("DTSTART").is_some();
    if stays {
        fields::place_at(component, &moved, one.length);
    }
}
