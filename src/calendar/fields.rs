//! The fields of one event component, changed by name: a value that stays the same leaves its
//! line's bytes alone.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::Error;
use super::edit::Subject;
use super::event;
use super::itip;
use super::lines;
use super::rule::Rule;
use super::spell::{Form, Place};
use super::tree::{self, Component};
use super::values::{self, Shape};
use super::write;
use crate::action::{Attendee, EventPatch, EventStatus, Moment, PartStat};
use crate::untrusted;

/// Longest summary or location written, in characters.
const LINE_CHARS_MAX: usize = 300;

/// What `DTSTAMP` counts in.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// When the component to change takes place.
pub(super) struct Facts<'a> {
    /// Its start and the spelling of it.
    pub(super) start: &'a Place,
    /// Its length.
    pub(super) length: Span,
}

/// What a patch did.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Touched {
    /// Whether any line changed.
    pub(super) anything: bool,
    /// Whether time, place or recurrence changed, or it was called off.
    pub(super) is_significant: bool,
}

/// Changes what the patch names.
///
/// # Errors
/// A time, rule or address of the patch makes no sense.
pub(super) fn apply(
    component: &mut Component,
    facts: &Facts<'_>,
    patch: &EventPatch,
    subject: &Subject<'_>,
) -> Result<Touched, Error> {
    let mut touched = Touched::default();
    let time = times(component, facts, patch, subject)?;
    if let Some(summary) = &patch.summary {
        let summary = untrusted::line(summary, LINE_CHARS_MAX);
        if summary.is_empty() {
            return Err(Error::NoSummary);
        }
        touched.anything |= text(component, "SUMMARY", &summary);
    }
    let place = patch.location.as_ref().is_some_and(|location| {
        text(
            component,
            "LOCATION",
            &untrusted::line(location, LINE_CHARS_MAX),
        )
    });
    let rule = match &patch.rule {
        Some(rule) => recurrence(component, rule)?,
        None => false,
    };
    if let Some(description) = &patch.description {
        touched.anything |= text(component, "DESCRIPTION", &untrusted::block(description));
    }
    if let Some(minutes) = patch.travel_minutes {
        touched.anything |= travel(component, minutes);
    }
    let status = patch
        .status
        .is_some_and(|status| set_status(component, status));
    let is_off = status && patch.status == Some(EventStatus::Cancelled);
    touched.anything |= people(component, patch)?;
    touched.is_significant = time || place || rule || is_off;
    touched.anything |= touched.is_significant || status;
    if time {
        ask_again(component);
    }
    Ok(touched)
}

/// Writes when this copy was changed.
pub(super) fn modified(component: &mut Component, now: Timestamp) {
    component.set(&format!("LAST-MODIFIED:{}", write::utc(now)));
}

/// Writes when this version was made, never at or before the version it follows.
///
/// RFC 5546 section 2.1.5 orders versions of one `SEQUENCE` by `DTSTAMP`, which counts whole
/// seconds: the second of two changes within one would count as old and be left out.
pub(super) fn made(component: &mut Component, now: Timestamp) {
    let after_last = match values::shape(&component.text("DTSTAMP")) {
        Some(Shape::Utc(last)) => values::utc(last).and_then(|at| at.checked_add(SECOND).ok()),
        Some(Shape::Day(_) | Shape::Local(_)) | None => None,
    };
    let at = after_last.map_or(now, |after| after.max(now));
    component.set(&format!("DTSTAMP:{}", write::utc(at)));
}

/// Writes when and how often it was changed.
pub(super) fn stamp(component: &mut Component, is_significant: bool, now: Timestamp) {
    made(component, now);
    modified(component, now);
    if is_significant {
        let sequence: i64 = component.text("SEQUENCE").trim().parse().unwrap_or(0);
        component.set(&format!("SEQUENCE:{}", sequence.saturating_add(1)));
    }
}

/// Sets a text, or takes it off when it is empty; says whether that changed anything.
fn text(component: &mut Component, name: &str, value: &str) -> bool {
    if component.text(name) == value {
        return false;
    }
    if value.is_empty() {
        component.retain(|property| property.name != name);
    } else {
        component.set(&format!("{name}:{}", lines::escape(value)));
    }
    true
}

/// Sets how long the way takes, and says whether that changed anything.
fn travel(component: &mut Component, minutes: u32) -> bool {
    if event::travel(component) == minutes {
        return false;
    }
    if minutes == 0 {
        component.retain(|property| property.name != event::TRAVEL);
    } else {
        component.set(&write::travel_line(minutes));
    }
    true
}

fn set_status(component: &mut Component, status: EventStatus) -> bool {
    let word = match status {
        EventStatus::Confirmed => "CONFIRMED",
        EventStatus::Tentative => "TENTATIVE",
        EventStatus::Cancelled => "CANCELLED",
    };
    let is_default = status == EventStatus::Confirmed && component.first("STATUS").is_none();
    !is_default && text(component, "STATUS", word)
}

/// Says whether a rule may be written.
///
/// # Errors
/// [`Error::BadRule`].
pub(super) fn check_rule(rule: &str) -> Result<(), Error> {
    let bad = |problem| Error::BadRule {
        rule: untrusted::line(rule, 120),
        problem,
    };
    if rule.chars().any(char::is_control) || !rule.to_ascii_uppercase().contains("FREQ=") {
        return Err(bad("has no FREQ"));
    }
    Rule::parse(rule).map_err(bad)?;
    Ok(())
}

fn recurrence(component: &mut Component, rule: &str) -> Result<bool, Error> {
    let rule = rule.trim();
    if rule.is_empty() {
        let recurred = ["RRULE", "RDATE", "EXDATE"];
        let is_set = recurred.iter().any(|name| component.first(name).is_some());
        component.retain(|property| !recurred.contains(&property.name.as_str()));
        return Ok(is_set);
    }
    check_rule(rule)?;
    if component
        .first("RRULE")
        .is_some_and(|own| own.value == rule)
    {
        return Ok(false);
    }
    component.set(&format!("RRULE:{rule}"));
    Ok(true)
}

/// Sets start and end, and says whether they changed.
fn times(
    component: &mut Component,
    facts: &Facts<'_>,
    patch: &EventPatch,
    subject: &Subject<'_>,
) -> Result<bool, Error> {
    if patch.start.is_none() && patch.end.is_none() {
        return Ok(false);
    }
    let old = facts.start;
    let start = patch
        .start
        .as_ref()
        .map_or_else(|| old.clone(), |to| old.moved(to, subject.zone));
    let is_moved = start.local != old.local || start.form != old.form;
    let Some(end) = &patch.end else {
        if is_moved {
            place_at(component, &start, facts.length);
        }
        return Ok(is_moved);
    };
    let new_end = start.moved(end, subject.zone);
    if new_end.stamp().is_day() != start.stamp().is_day() {
        return Err(Error::MixedKinds);
    }
    let at = |place: &Place| place.stamp().zoned(subject.zone).map(|at| at.timestamp());
    if at(&new_end) <= at(&start) {
        let start = patch
            .start
            .clone()
            .or_else(|| event::moment(&start.stamp()));
        return Err(Error::EndsBeforeStart {
            start: start.as_ref().map(super::vdir::text).unwrap_or_default(),
            end: super::vdir::text(end),
        });
    }
    let old_end = event::end(&old.stamp(), facts.length);
    let is_same = !is_moved
        && match (&old_end, end) {
            (Some(Moment::Time(old)), Moment::Time(new)) => old.timestamp() == new.timestamp(),
            (old, new) => old.as_ref() == Some(new),
        };
    if is_same {
        return Ok(false);
    }
    if is_moved {
        component.set(&start.line("DTSTART"));
    }
    component.retain(|property| property.name != "DURATION");
    component.set(&new_end.line("DTEND"));
    Ok(true)
}

/// Puts a component at another start with its old length, in the spelling that it has.
pub(super) fn place_at(component: &mut Component, start: &Place, length: Span) {
    component.set(&start.line("DTSTART"));
    let Some(own) = component.first("DTEND").cloned() else {
        return;
    };
    let Some(end) = event::end(&start.stamp(), length) else {
        return;
    };
    let own = Form::of(&own).filter(|form| (*form == Form::Day) == start.stamp().is_day());
    let like = Place {
        form: own
            .filter(|form| *form == start.form)
            .unwrap_or_else(|| start.form.clone()),
        ..start.clone()
    };
    let local = match &end {
        Moment::Day(day) => day.at(0, 0, 0, 0),
        Moment::Time(time) => like.zone.to_datetime(time.timestamp()),
    };
    component.set(&Place { local, ..like }.line("DTEND"));
}

/// Sets organizer and attendees; those who stay keep their lines.
pub(super) fn people(component: &mut Component, patch: &EventPatch) -> Result<bool, Error> {
    let mut is_changed = false;
    if let Some(organizer) = &patch.organizer {
        let address = address(organizer)?;
        let known = component.first("ORGANIZER").map(event::email);
        if !known.is_some_and(|known| known.eq_ignore_ascii_case(&address)) {
            component.set(&format!("ORGANIZER:mailto:{address}"));
            is_changed = true;
        }
    }
    let Some(attendees) = &patch.attendees else {
        return Ok(is_changed);
    };
    let mut wanted = Vec::new();
    for attendee in attendees {
        wanted.push((address(&attendee.email)?, attendee));
    }
    let named = |email: &str| {
        wanted
            .iter()
            .any(|(address, _)| address.eq_ignore_ascii_case(email))
    };
    let known: Vec<String> = component
        .all("ATTENDEE")
        .map(|(line, _)| event::email(line))
        .collect();
    is_changed |= !known.iter().all(|email| named(email));
    component.retain(|line| line.name != "ATTENDEE" || named(&event::email(line)));
    for (address, attendee) in &wanted {
        if !known
            .iter()
            .any(|email| email.eq_ignore_ascii_case(address))
        {
            component.add(&attendee_line(address, attendee));
            is_changed = true;
        }
    }
    Ok(is_changed)
}

/// Checks a mail address: it goes into a line of its own.
pub(super) fn address(email: &str) -> Result<String, Error> {
    let email = email.trim();
    let has_parts = email
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    let is_plain = !email
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | ',' | ';'));
    if has_parts && is_plain {
        Ok(email.to_owned())
    } else {
        Err(Error::BadAddress {
            address: untrusted::line(email, LINE_CHARS_MAX),
        })
    }
}

/// One `ATTENDEE` line that asks for an answer.
pub(super) fn attendee_line(address: &str, attendee: &Attendee) -> String {
    let base = lines::Property {
        name: "ATTENDEE".to_owned(),
        params: Vec::new(),
        value: format!("mailto:{address}"),
    };
    let name = untrusted::line(&attendee.name, LINE_CHARS_MAX);
    let line = base
        .with_param("CN", &name)
        .with_param("ROLE", "REQ-PARTICIPANT")
        .with_param("PARTSTAT", word(attendee.answer))
        .with_param("RSVP", "TRUE");
    itip::ours(&line).render()
}

/// `PARTSTAT` as written.
pub(super) fn word(answer: PartStat) -> &'static str {
    match answer {
        PartStat::NeedsAction => "NEEDS-ACTION",
        PartStat::Accepted => "ACCEPTED",
        PartStat::Declined => "DECLINED",
        PartStat::Tentative => "TENTATIVE",
    }
}

/// Writes the answer of one attendee, and says whether that changed anything.
pub(super) fn answer(component: &mut Component, email: &str, answer: PartStat) -> bool {
    let theirs = |line: &lines::Property| event::email(line).eq_ignore_ascii_case(email);
    let is_other = component
        .all("ATTENDEE")
        .any(|(line, _)| theirs(line) && event::answer(line) != answer);
    component.rewrite("ATTENDEE", |line| {
        let is_other = theirs(line) && event::answer(line) != answer;
        is_other.then(|| {
            let line = line.with_param("PARTSTAT", word(answer));
            line.with_param("RSVP", "").render()
        })
    });
    is_other
}

/// A new time asks everyone but the organizer again.
fn ask_again(component: &mut Component) {
    let organizer = component.first("ORGANIZER").map(event::email);
    component.rewrite("ATTENDEE", |line| {
        let email = event::email(line);
        let is_organizer = organizer
            .as_ref()
            .is_some_and(|own| own.eq_ignore_ascii_case(&email));
        let asked = event::answer(line) == PartStat::NeedsAction;
        (!is_organizer && !asked).then(|| line.with_param("PARTSTAT", "NEEDS-ACTION").render())
    });
}

/// Adds the definition of the zone that `place` is spelled with, when the file has none.
pub(super) fn define_zone(root: &mut Component, place: &Place) {
    let Form::Zone(name) = &place.form else {
        return;
    };
    let Some(calendar) = root
        .components_mut()
        .find(|component| component.name == "VCALENDAR")
    else {
        return;
    };
    let is_there = calendar
        .components()
        .any(|inner| inner.name == "VTIMEZONE" && inner.text("TZID") == *name);
    let known = TimeZone::get(name).ok();
    let (false, Some(zone)) = (is_there, known) else {
        return;
    };
    let at = place.stamp().zoned(&zone).map(|at| at.timestamp());
    let text = write::zone(name, &zone, at.unwrap_or(Timestamp::UNIX_EPOCH));
    let (parsed, _) = tree::parse(text.as_bytes());
    if let Some(zone) = parsed.components().next() {
        let mut zone = zone.clone();
        zone.detach();
        calendar.insert_first(zone);
    }
}
