//! New events as iCalendar text: strict RFC 5545, CRLF, folded, with the zone's own definition.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::{event, fields, lines};
use crate::action::{Attendee, Moment, NewEvent, PartStat};
use crate::untrusted;

/// `PRODID` of everything this program writes.
pub(super) const PRODID: &str = "-//legwork//legwork//EN";
/// Property that marks events this program created.
pub(super) const MARK: &str = "X-LEGWORK-CREATED";
/// Most changes of offset written for one event; a zone has two a year, so this is ten years.
const CHANGES_MAX: usize = 20;
/// Longest summary or location written, in characters.
const LINE_CHARS_MAX: usize = 300;

/// Writes a calendar with this one event.
pub(super) fn event(event: &NewEvent, uid: &str, now: Timestamp) -> String {
    let mut out = Text::default();
    out.line("BEGIN", "VCALENDAR");
    out.line("VERSION", "2.0");
    out.line("PRODID", PRODID);
    for (name, zone, from, to) in zones(event) {
        vtimezone(&mut out, &name, &zone, (from, to));
    }
    out.line("BEGIN", "VEVENT");
    out.line("UID", &lines::escape(uid));
    out.line("DTSTAMP", &utc(now));
    out.line("CREATED", &utc(now));
    out.moment("DTSTART", &event.start);
    out.moment("DTEND", &event.end);
    if !event.rule.is_empty() {
        out.line("RRULE", &event.rule);
    }
    out.line(
        "SUMMARY",
        &lines::escape(&untrusted::line(&event.summary, LINE_CHARS_MAX)),
    );
    let location = untrusted::line(&event.location, LINE_CHARS_MAX);
    if !location.is_empty() {
        out.line("LOCATION", &lines::escape(&location));
    }
    let description = untrusted::block(&event.description);
    if !description.is_empty() {
        out.line("DESCRIPTION", &lines::escape(&description));
    }
    out.line("STATUS", "CONFIRMED");
    if event.travel_minutes > 0 {
        lines::fold(&travel_line(event.travel_minutes), &mut out.0);
    }
    people(&mut out, event);
    out.line(MARK, "TRUE");
    out.line("END", "VEVENT");
    out.line("END", "VCALENDAR");
    out.0
}

/// Names how long the way to an event takes.
pub(super) fn travel_line(minutes: u32) -> String {
    format!("{};VALUE=DURATION:PT{minutes}M", event::TRAVEL)
}

/// Writes who organizes and who is invited; an event of one's own names nobody.
fn people(out: &mut Text, event: &NewEvent) {
    if event.guests.is_empty() {
        return;
    }
    if let Ok(organizer) = fields::address(&event.organizer) {
        out.line("ORGANIZER", &format!("mailto:{organizer}"));
    }
    for guest in &event.guests {
        let attendee = Attendee {
            email: guest.email.clone(),
            name: guest.name.clone(),
            answer: PartStat::NeedsAction,
        };
        if let Ok(address) = fields::address(&guest.email) {
            lines::fold(&fields::attendee_line(&address, &attendee), &mut out.0);
        }
    }
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, name: &str, value: &str) {
        lines::fold(&format!("{name}:{value}"), &mut self.0);
    }

    fn moment(&mut self, name: &str, moment: &Moment) {
        lines::fold(&moment_line(name, moment), &mut self.0);
    }
}

/// Spells a moment as a property of that name, in its own zone where others know it.
pub(super) fn moment_line(name: &str, moment: &Moment) -> String {
    match moment {
        Moment::Day(day) => format!("{name};VALUE=DATE:{}", day.strftime("%Y%m%d")),
        Moment::Time(time) => match zone_name(time) {
            Some(zone) => format!("{name};TZID={zone}:{}", local(time.datetime())),
            None => format!("{name}:{}", utc(time.timestamp())),
        },
    }
}

fn local(time: DateTime) -> String {
    time.strftime("%Y%m%dT%H%M%S").to_string()
}

/// Spells a moment in UTC.
pub(super) fn utc(moment: Timestamp) -> String {
    moment.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Returns the zone's name when others know it too; other times are written in UTC.
pub(super) fn zone_name(time: &ZonedDateTime) -> Option<String> {
    let name = time.time_zone().iana_name()?;
    let is_shared = name.contains('/') && !name.starts_with("Etc/") && TimeZone::get(name).is_ok();
    is_shared.then(|| name.to_owned())
}

/// Writes the definition of a zone, from before `from` on for as long as a set may run.
pub(super) fn zone(name: &str, zone: &TimeZone, from: Timestamp) -> String {
    let mut out = Text::default();
    vtimezone(&mut out, name, zone, (from, after_years(from)));
    out.0
}

/// As far as a set that begins then may run.
fn after_years(from: Timestamp) -> Timestamp {
    from.checked_add(SignedDuration::from_hours(24 * 366 * 10))
        .unwrap_or(from)
}

/// Lists the zones an event names, each with the time it is needed for.
fn zones(event: &NewEvent) -> Vec<(String, TimeZone, Timestamp, Timestamp)> {
    let (Moment::Time(start), Moment::Time(end)) = (&event.start, &event.end) else {
        return Vec::new();
    };
    let mut out: Vec<(String, TimeZone, Timestamp, Timestamp)> = Vec::new();
    for time in [start, end] {
        let Some(name) = zone_name(time) else {
            continue;
        };
        if out.iter().all(|(known, ..)| *known != name) {
            let to = if event.rule.is_empty() {
                end.timestamp()
            } else {
                after_years(end.timestamp())
            };
            out.push((name, time.time_zone().clone(), start.timestamp(), to));
        }
    }
    out
}

/// Writes what holds in the zone from before the event until after it (RFC 5545 section 3.6.5).
fn vtimezone(out: &mut Text, name: &str, zone: &TimeZone, (from, to): (Timestamp, Timestamp)) {
    out.line("BEGIN", "VTIMEZONE");
    out.line("TZID", name);
    let second = SignedDuration::from_secs(1);
    let just_after = from.checked_add(second).unwrap_or(from);
    let before = zone.preceding(just_after).take(1);
    let mut is_past = false;
    let after = zone.following(from).take(CHANGES_MAX).take_while(|change| {
        let wanted = !is_past;
        is_past = change.timestamp() > to;
        wanted
    });
    let mut any_before = false;
    for change in before.chain(after) {
        let at = change.timestamp();
        if at > from && !any_before {
            always(out, zone, from);
        }
        any_before = true;
        let earlier = zone.to_offset(at.checked_sub(second).unwrap_or(at));
        let kind = if change.dst().is_dst() {
            "DAYLIGHT"
        } else {
            "STANDARD"
        };
        let onset = local(earlier.to_datetime(at));
        observance(out, kind, &onset, (earlier, change.offset()));
    }
    if !any_before {
        always(out, zone, from);
    }
    out.line("END", "VTIMEZONE");
}

/// Writes the offset of a zone that has not changed yet.
fn always(out: &mut Text, zone: &TimeZone, at: Timestamp) {
    let offset = zone.to_offset(at);
    observance(out, "STANDARD", "19700101T000000", (offset, offset));
}

fn observance(out: &mut Text, kind: &str, onset: &str, (from, to): (Offset, Offset)) {
    out.line("BEGIN", kind);
    out.line("DTSTART", onset);
    out.line("TZOFFSETFROM", &offset(from));
    out.line("TZOFFSETTO", &offset(to));
    out.line("END", kind);
}

fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let all = seconds.unsigned_abs();
    let (hours, minutes, rest) = (all / 3600, all / 60 % 60, all % 60);
    if rest == 0 {
        format!("{sign}{hours:02}{minutes:02}")
    } else {
        format!("{sign}{hours:02}{minutes:02}{rest:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_written_with_its_zone() {
        let text = event(
            &NewEvent {
                summary: "Review; part 1, with a very long name that has to be folded at the seventy-fifth octet, é".to_owned(),
                start: Moment::Time("2026-03-14T09:30:00[Europe/Berlin]".parse().unwrap()),
                end: Moment::Time("2026-03-14T10:00:00[Europe/Berlin]".parse().unwrap()),
                location: "Room 4".to_owned(),
                description: "a\nb".to_owned(),
                guests: Vec::new(),
                travel_minutes: 0,
            calendar: String::new(),
                if_free: false,
                rule: String::new(),
                organizer: String::new(),
            },
            "legwork-1",
            "2026-03-01T08:00:00Z".parse().unwrap(),
        );
        insta::assert_snapshot!(text.replace("\r\n", "\n"), @r"
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//legwork//legwork//EN
        BEGIN:VTIMEZONE
        TZID:Europe/Berlin
        BEGIN:STANDARD
        DTSTART:20251026T030000
        TZOFFSETFROM:+0200
        TZOFFSETTO:+0100
        END:STANDARD
        BEGIN:DAYLIGHT
        DTSTART:20260329T020000
        TZOFFSETFROM:+0100
        TZOFFSETTO:+0200
        END:DAYLIGHT
        END:VTIMEZONE
        BEGIN:VEVENT
        UID:legwork-1
        DTSTAMP:20260301T080000Z
        CREATED:20260301T080000Z
        DTSTART;TZID=Europe/Berlin:20260314T093000
        DTEND;TZID=Europe/Berlin:20260314T100000
        SUMMARY:Review\; part 1\, with a very long name that has to be folded at th
         e seventy-fifth octet\, é
        LOCATION:Room 4
        DESCRIPTION:a\nb
        STATUS:CONFIRMED
        X-LEGWORK-CREATED:TRUE
        END:VEVENT
        END:VCALENDAR
        ");
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    }

    #[test]
    fn days_fixed_offsets_and_zones_without_changes_are_written() {
        let mut fresh = NewEvent {
            summary: "x".to_owned(),
            start: Moment::Day(jiff::civil::date(2026, 3, 14)),
            end: Moment::Day(jiff::civil::date(2026, 3, 15)),
            location: String::new(),
            description: String::new(),
            guests: Vec::new(),
            travel_minutes: 0,
            calendar: String::new(),
            if_free: false,
            rule: String::new(),
            organizer: String::new(),
        };
        let now = Timestamp::UNIX_EPOCH;
        assert!(event(&fresh, "u", now).contains("DTSTART;VALUE=DATE:20260314\r\n"));
        fresh.start = Moment::Time("2026-03-14T09:30:00+02:00[+02:00]".parse().unwrap());
        assert!(event(&fresh, "u", now).contains("DTSTART:20260314T073000Z\r\n"));
    }
}
