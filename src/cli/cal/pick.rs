//! Which event is meant, and which of its occurrences.

use std::collections::BTreeMap;

use super::entry::{self, Entry};
use super::span::{self, Span};
use super::{Desk, Failure};
use crate::action::{Event, Which};
use crate::untrusted;

/// Days looked back and ahead for an event: first around today, then, when there is none, far out.
const NEAR: (i32, i32) = (366, 366 * 2);
const FAR: (i32, i32) = (366 * 5, 366 * 10);
/// Less than this is no beginning of a UID but a word.
const UID_MIN: usize = 4;
/// Most events named when several match.
const NAMED_MAX: usize = 8;

/// Which occurrences of a recurring event are meant
#[derive(Debug, Clone, clap::Args)]
#[group(multiple = false)]
pub(super) struct Scope {
    /// Of a recurring event: the one occurrence
    #[arg(long)]
    this: bool,
    /// Of a recurring event: the one occurrence and all after it
    #[arg(long)]
    future: bool,
    /// Of a recurring event: every occurrence
    #[arg(long)]
    all: bool,
}

/// Which event is meant
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Wanted {
    /// The event's UID, the beginning of it, or words of its title, place or text
    #[arg(value_name = "EVENT")]
    pub(super) event: String,
    /// The day of the occurrence meant, in plain English; the next one without
    #[arg(long, value_name = "DAY")]
    on: Option<String>,
    #[command(flatten)]
    scope: Scope,
}

/// The occurrence meant, and how much of its set.
pub(super) struct Picked {
    pub(super) event: Event,
    pub(super) which: Which,
}

/// Finds the event and the occurrence; of a recurring one it must be said how much is meant.
pub(super) fn pick(wanted: &Wanted, desk: &Desk) -> Result<Picked, Failure> {
    let entries = around(&wanted.event, desk)?;
    let occurrences = choose(&entries, &wanted.event)?;
    let now = desk.now();
    let entry = if let Some(day) = &wanted.on {
        let span = span::looking(std::slice::from_ref(day), &now)?;
        let dates = span.dates();
        let on = |entry: &&&Entry| dates.iter().any(|day| entry.is_on(*day));
        occurrences.iter().find(on).copied().ok_or_else(|| {
            let title = untrusted::line(&wanted.event, 80);
            Failure::user(format!("'{title}' does not take place on {}", span.words()))
                .hint(format!("'legwork cal show {title}' lists when it does"))
        })?
    } else {
        let next = occurrences.iter().find(|entry| !entry.is_over(&now));
        let found = next.or(occurrences.last()).copied();
        found.ok_or_else(|| unknown(&wanted.event))?
    };
    let start = entry.event.start.clone();
    let scope = &wanted.scope;
    let which = match (entry.event.recurring, scope.this, scope.future, scope.all) {
        (false, ..) | (true, _, _, true) => Which::All {},
        (true, true, ..) => Which::This { start },
        (true, _, true, _) => Which::Future { start },
        (true, false, false, false) => {
            let title = entry.title();
            let when = entry::in_full(&start, &entry.event.end, now.time_zone());
            return Err(
                Failure::user(format!("\"{title}\" is one of a recurring set"))
                    .hint(format!("add --this for the one of {when}"))
                    .hint("add --future for it and all after it, or --all for every one"),
            );
        }
    };
    Ok(Picked {
        event: entry.event.clone(),
        which,
    })
}

/// The events of the past year and the next two; farther out when none of them is the one wanted.
pub(super) fn around(wanted: &str, desk: &Desk) -> Result<Vec<Entry>, Failure> {
    let now = desk.now();
    let listed = |(back, ahead): (i32, i32)| {
        let first = now.date().saturating_sub(jiff::Span::new().days(back));
        let span = Span::days(first, back + ahead, &now)?;
        let (from, to) = span.bounds();
        Ok::<_, Failure>(entry::entries(desk.listing(from, to)?.events, &now))
    };
    let near = listed(NEAR)?;
    if matching(&near, wanted).is_empty() {
        return listed(FAR);
    }
    Ok(near)
}

/// Chooses the occurrences of the one event that `wanted` names.
pub(super) fn choose<'a>(entries: &'a [Entry], wanted: &str) -> Result<Vec<&'a Entry>, Failure> {
    let found = matching(entries, wanted);
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

/// Finds the occurrences of every event that `wanted` may name.
fn matching<'a>(entries: &'a [Entry], wanted: &str) -> Vec<&'a Entry> {
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
    found
}

/// No event has that name.
pub(super) fn unknown(wanted: &str) -> Failure {
    let shown = untrusted::line(wanted, 80);
    Failure::user(format!("no event is called '{shown}', or has it in its text or UID"))
        .hint("'legwork cal agenda' lists what comes; events of the past five years and the next ten are looked at")
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
