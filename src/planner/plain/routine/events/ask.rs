//! "what is free on Thursday?", "when is my dentist?": questions, answered from the calendar alone.

use jiff::SignedDuration;

use super::choose::{self, in_full};
use super::{EventWork, Stage, found, listed, told};
use crate::action::{Action, Event, EventStatus, Fail, FreeBusy, Moment, Output, PartStat};
use crate::booking;
use crate::planner::plain::run::{Look, Turn, act};
use crate::planner::plain::times;
use crate::skill::language::Value;
use crate::untrusted;

/// Free stretches named in an answer.
const FREE_NAMED_MAX: usize = 20;
/// Stretches shorter than this, in minutes, are no use to most.
const FREE_MINUTES: i64 = 15;
/// Events named in the answer to one question.
const EVENTS_NAMED_MAX: usize = 5;
/// Guests named of one event.
const GUESTS_NAMED_MAX: usize = 8;

impl EventWork {
    pub(super) fn free(&mut self, when: &Value, look: &mut Look<'_>) -> Result<Turn, Fail> {
        let span = times::span(&look.fill(when)?, look.view.clock)?;
        if self.stage == Stage::Start {
            self.stage = Stage::Looked;
            let busy = Action::FreeBusy(FreeBusy {
                from: span.start,
                to: span.end,
                minutes: None,
            });
            return Ok(act(busy, "see when you are busy"));
        }
        let busy = found(look, |output| {
            if let Output::Busy(busy) = output {
                Some(busy.as_slice())
            } else {
                None
            }
        });
        let clock = look.view.clock;
        let rules = booking::Rules::new(&self.rules, clock.zone(), clock.now());
        let least = SignedDuration::from_mins(FREE_MINUTES);
        let free = booking::free(
            (span.interval(), &span.only),
            busy.unwrap_or_default(),
            &rules,
            least,
        );
        let shown: Vec<String> = free
            .iter()
            .take(FREE_NAMED_MAX)
            .map(|one| {
                let local = |at: jiff::Timestamp| at.to_zoned_datetime(clock.zone().clone());
                let (from, to) = (local(one.start), local(one.end));
                format!(
                    "{}-{}",
                    from.strftime("%a %-d %b %Y %H:%M"),
                    to.strftime("%H:%M")
                )
            })
            .collect();
        let said = if shown.is_empty() {
            "nothing is free within your working hours".to_owned()
        } else {
            format!("free within your working hours: {}", shown.join("; "))
        };
        look.run.notes.push(said);
        look.run
            .cites
            .extend(look.fresh.last().map(|step| step.number));
        Ok(Turn::Over)
    }
}

/// Says when an event is, where and with whom; of several that fit, each.
pub(super) fn tell(wanted: Option<&str>, look: &mut Look<'_>) -> Result<Turn, Fail> {
    let events = if let Some(wanted) = wanted {
        choose::fitting(wanted, look)?
    } else {
        next(look).into_iter().collect()
    };
    look.run
        .cites
        .extend(look.fresh.last().map(|step| step.number));
    if events.is_empty() {
        return match wanted {
            None => Ok(told(look, "nothing is ahead in the next 90 days")),
            Some(wanted) => Err(choose::none(wanted)),
        };
    }
    let said: Vec<String> = events
        .iter()
        .take(EVENTS_NAMED_MAX)
        .map(|event| about(event, look))
        .collect();
    let more = events.len().saturating_sub(EVENTS_NAMED_MAX);
    let more = (more > 0).then(|| format!("and {more} more"));
    let said: Vec<String> = said.into_iter().chain(more).collect();
    Ok(told(look, &said.join("; ")))
}

/// The event that begins next.
fn next(look: &Look<'_>) -> Option<Event> {
    let now = look.view.clock.now();
    let is_ahead = |event: &&Event| {
        let begins = match &event.start {
            Moment::Time(start) => start.timestamp() > now,
            Moment::Day(_) => false,
        };
        begins && event.status != EventStatus::Cancelled
    };
    let events = found(look, listed).unwrap_or_default();
    events.iter().find(is_ahead).cloned()
}

/// Says when an event is, where, and who was invited.
fn about(event: &Event, look: &Look<'_>) -> String {
    let when = in_full(&event.start, &event.end, look.view.clock.zone());
    let mut said = format!("\"{}\" is {when}", untrusted::line(&event.summary, 80));
    if let (Moment::Time(start), Moment::Time(end)) = (&event.start, &event.end) {
        let minutes = end.timestamp().duration_since(start.timestamp()).as_mins();
        said = format!("{said}, {minutes} minutes");
    }
    if !event.location.is_empty() {
        said = format!("{said}, at {}", untrusted::line(&event.location, 80));
    }
    let guests = choose::guests(event, look.view.me);
    if !guests.is_empty() {
        let named: Vec<String> = guests
            .iter()
            .take(GUESTS_NAMED_MAX)
            .map(|one| format!("{} {}", untrusted::line(&one.email, 80), answer(one.answer)))
            .collect();
        let more = guests.len().saturating_sub(GUESTS_NAMED_MAX);
        let more = (more > 0).then(|| format!("{more} more"));
        let named: Vec<String> = named.into_iter().chain(more).collect();
        said = format!("{said}, with {}", named.join(", "));
    }
    if event.recurring {
        said = format!("{said}, and again after that");
    }
    said
}

fn answer(answer: PartStat) -> &'static str {
    match answer {
        PartStat::NeedsAction => "(no answer yet)",
        PartStat::Accepted => "(accepted)",
        PartStat::Declined => "(declined)",
        PartStat::Tentative => "(tentative)",
    }
}
