//! `legwork cal show`: one event with all that is known of it.

use super::entry::{self, Entry};
use super::{Context, Desk, Failure, pick};
use crate::action::PartStat;
use crate::cli::Paint;
use crate::untrusted;

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
    let wanted = args.event.join(" ");
    let entries = pick::around(&wanted, desk)?;
    let occurrences = pick::choose(&entries, &wanted)?;
    // The one that is on or comes next says most; else the last there was.
    let next = occurrences.iter().position(|entry| !entry.is_over(&now));
    let coming = occurrences
        .get(next.unwrap_or(occurrences.len())..)
        .unwrap_or_default();
    let Some(entry) = coming.first().or(occurrences.last()) else {
        return Err(pick::unknown(&wanted));
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
