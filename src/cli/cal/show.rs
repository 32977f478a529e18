//! `legwork cal show`: one event with all that is known of it.

use std::collections::BTreeMap;

use super::entry::{self, Entry};
use super::span::Span;
use super::{Context, Desk, Failure};
use crate::action::PartStat;
use crate::cli::Paint;
use crate::untrusted;

/// Days looked back and ahead for an event.
const BACK: i32 = 366;
const AHEAD: i32 = 366 * 2;
/// Less than this is no beginning of a UID but a word.
const UID_MIN: usize = 4;
/// Most events named when several match.
const NAMED_MAX: usize = 8;
/// Most coming occurrences listed.
const NEXT_MAX: usize = 5;
/// Longest text shown of an event, in lines.
const LINES_MAX: usize = 200;

/// Show one event with all that is known of it
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The event's UID, the beginning of it, or words of its title, place or text
    #[arg(required = true, value_name = "UID|TEXT")]
    event: Vec<String>,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let now = desk.now();
    let first = now.date().saturating_sub(jiff::Span::new().days(BACK));
    let span = Span::days(first, BACK + AHEAD, &now)?;
    let (from, to) = span.bounds();
    let entries = entry::entries(desk.listing(from, to)?.events, &now);
    let wanted = args.event.join(" ");
    let occurrences = choose(&entries, &wanted)?;
    // The one that is on or comes next says most; else the last there was.
    let next = occurrences.iter().position(|entry| !entry.is_over(&now));
    let coming = occurrences
        .get(next.unwrap_or(occurrences.len())..)
        .unwrap_or_default();
    let Some(entry) = coming.first().or(occurrences.last()) else {
        return Err(unknown(&wanted));
    };
    let file = desk.calendar.find(&entry.event.uid, desk.clock.zone());
    let file = file.map_err(super::unusable)?.map(|(_, path)| path);
    if context.json {
        let next: Vec<_> = coming
            .iter()
            .take(NEXT_MAX)
            .map(|e| &e.event.start)
            .collect();
        context.print_json(&serde_json::json!({ "event": entry, "next": next, "file": file }))?;
        return Ok(0);
    }
    let mut text = details(entry, desk, context.out);
    for later in coming.iter().skip(1).take(NEXT_MAX) {
        let when = entry::in_full(&later.event.start, &later.event.end, desk.clock.zone());
        text.push(field("then", &when, context.out));
    }
    if let Some(file) = file {
        text.push(field("file", &file.display().to_string(), context.out));
    }
    context.print(&text.concat())?;
    Ok(0)
}

/// Chooses the occurrences of the one event that `wanted` names.
fn choose<'a>(entries: &'a [Entry], wanted: &str) -> Result<Vec<&'a Entry>, Failure> {
    let lower = wanted.to_lowercase();
    let exact = |entry: &&Entry| entry.event.uid == wanted;
    let starts = |entry: &&Entry| entry.event.uid.to_lowercase().starts_with(&lower);
    let says = |entry: &&Entry| {
        let event = &entry.event;
        let text = format!("{} {} {}", event.summary, event.location, event.description);
        let text = text.to_lowercase();
        lower.split_whitespace().all(|word| text.contains(word))
    };
    let mut found: Vec<&Entry> = entries.iter().filter(exact).collect();
    if found.is_empty() && wanted.len() >= UID_MIN {
        found = entries.iter().filter(starts).collect();
    }
    if found.is_empty() {
        found = entries.iter().filter(says).collect();
    }
    let titled = |entry: &&Entry| entry.event.summary.to_lowercase() == lower;
    if found.iter().any(titled) {
        found.retain(titled);
    }
    let mut apart: BTreeMap<&str, &Entry> = BTreeMap::new();
    for entry in &found {
        apart.entry(entry.event.uid.as_str()).or_insert(entry);
    }
    match apart.len() {
        0 => Err(unknown(wanted)),
        1 => Ok(found),
        several => Err(ambiguous(wanted, several, apart.into_values())),
    }
}

fn unknown(wanted: &str) -> Failure {
    let shown = untrusted::line(wanted, 80);
    Failure::user(format!("no event is called '{shown}', or has it in its text or UID"))
        .hint("'legwork cal agenda' lists what comes; events of the past year and the next two are looked at")
}

fn ambiguous<'a>(wanted: &str, several: usize, events: impl Iterator<Item = &'a Entry>) -> Failure {
    let shown = untrusted::line(wanted, 80);
    let sentence = format!("{several} events match '{shown}'");
    let mut failure = Failure::user(sentence);
    for entry in events.take(NAMED_MAX) {
        let (uid, title) = (untrusted::line(&entry.event.uid, 80), entry.title());
        let day = entry.from.strftime("%a %-d %b %Y");
        failure = failure.hint(format!("legwork cal show {uid}  ({title}, {day})"));
    }
    failure
}

fn details(entry: &Entry, desk: &Desk, paint: Paint) -> Vec<String> {
    let event = &entry.event;
    let clean = |text: &str| untrusted::line(text, 400);
    let mut text = vec![format!("{}\n", paint.bold(&entry.title()))];
    let when = entry::in_full(&event.start, &event.end, desk.clock.zone());
    text.push(field("when", &when, paint));
    if entry.now {
        text.push(field("", "going on now", paint));
    }
    if event.recurring {
        text.push(field("", "one of a recurring set", paint));
    }
    let people: Vec<String> = event
        .attendees
        .iter()
        .map(|one| format!("{} ({})", clean(&one.email), answer(one.answer)))
        .collect();
    for (name, value) in [
        ("where", clean(&event.location)),
        ("organizer", clean(&event.organizer)),
        ("people", clean(&people.join(", "))),
        ("clashes", clean(&entry.clashes_with.join(", "))),
        ("calendar", clean(&event.calendar)),
        ("uid", clean(&event.uid)),
    ] {
        if !value.is_empty() {
            text.push(field(name, &value, paint));
        }
    }
    if !event.busy {
        text.push(field("busy", "no, it takes up none of your time", paint));
    }
    let description = untrusted::block(&event.description);
    let lines = description.trim_end().lines();
    let shown = lines.clone().take(LINES_MAX);
    let body: Vec<String> = shown.map(|line| format!("  {line}\n")).collect();
    if !body.is_empty() {
        text.push(format!("\n{}", body.concat()));
        let more = lines.count().saturating_sub(LINES_MAX);
        if more > 0 {
            text.push(format!("  … and {more} more lines\n"));
        }
        text.push("\n".to_owned());
    }
    text
}

fn answer(answer: PartStat) -> &'static str {
    match answer {
        PartStat::NeedsAction => "no answer yet",
        PartStat::Accepted => "accepted",
        PartStat::Declined => "declined",
        PartStat::Tentative => "tentative",
    }
}

fn field(name: &str, value: &str, paint: Paint) -> String {
    format!("  {}  {value}\n", paint.dim(&format!("{name:<9}")))
}
