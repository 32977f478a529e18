//! `legwork cal move`, `edit` and `delete`: what is there, changed or removed through the loop,
//! after it was said back in full.

use dialoguer::Confirm;
use jiff::{Span as Length, ZonedDateTime};

use super::book::TRAVEL_MINUTES_MAX;
use super::pick::{self, Picked, Wanted};
use super::{Context, Desk, Failure, entry, span};
use crate::action::{
    Action, Address, Agenda, Event, EventDelete, EventPatch, EventUpdate, Moment, Which,
};
use crate::agent::approve::DenyAll;
use crate::cli::one::{self, Deed, Telling};
use crate::cli::report;
use crate::untrusted;

/// Longest event of less than whole days, in minutes.
const MINUTES_MAX: i64 = 7 * 24 * 60;

/// Move an event to another time
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct MoveArgs {
    #[command(flatten)]
    wanted: Wanted,
    /// To when, in plain English: 'friday at 10:00'; a day alone keeps the time of day
    #[arg(required = true)]
    when: Vec<String>,
    /// How long from now on; as long as before without
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MINUTES_MAX))]
    minutes: Option<u32>,
    /// Move it although something else is on
    #[arg(long)]
    even_if_busy: bool,
    /// Don't ask whether it is meant
    #[arg(long, short)]
    yes: bool,
}

/// Change what an event says
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct EditArgs {
    #[command(flatten)]
    wanted: Wanted,
    /// What it is called from now on
    #[arg(long)]
    title: Option<String>,
    /// Where; empty takes the place off
    #[arg(long = "at", value_name = "PLACE")]
    place: Option<String>,
    /// What is written in it; empty takes the text off
    #[arg(long)]
    text: Option<String>,
    /// How long it takes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MINUTES_MAX))]
    minutes: Option<u32>,
    /// Minutes that the way there takes, kept free before it; 0 keeps none
    #[arg(long, value_name = "N",
          value_parser = clap::value_parser!(u32).range(0..=TRAVEL_MINUTES_MAX))]
    travel: Option<u32>,
    /// How it recurs, as in RFC 5545: 'FREQ=WEEKLY;BYDAY=TU'; empty ends the recurrence
    #[arg(long, value_name = "RULE")]
    repeat: Option<String>,
    /// Someone to invite; nothing is sent by this
    #[arg(long, value_name = "EMAIL")]
    invite: Vec<String>,
    /// Don't ask whether it is meant
    #[arg(long, short)]
    yes: bool,
}

/// Take an event out of the calendar
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DeleteArgs {
    #[command(flatten)]
    wanted: Wanted,
    /// Don't ask whether it is meant
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn relocate(args: &MoveArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let picked = pick::pick(&args.wanted, desk)?;
    let now = desk.now();
    let (start, end) = target(args, &picked.event, &now)?;
    let said = entry::in_full(&start, &end, now.time_zone());
    let update = EventUpdate {
        uid: picked.event.uid.clone(),
        which: picked.which.clone(),
        patch: EventPatch {
            start: Some(start),
            end: Some(end),
            ..EventPatch::default()
        },
        invite: Vec::new(),
        if_free: !args.even_if_busy,
    };
    let words = format!("to {said}");
    if !args.yes && !confirmed(&picked, &words, "Move it?", (desk, context))? {
        return Ok(report::REFUSED);
    }
    let goal = format!(
        "move the event {} to {}",
        quoted(&picked.event),
        args.when.join(" ")
    );
    let deed = deed(
        goal,
        format!("moved to {said}"),
        &picked.event,
        Action::EventUpdate(Box::new(update)),
    );
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

/// The new start and end; a day alone keeps the time of day, a time alone keeps the day.
fn target(
    args: &MoveArgs,
    event: &Event,
    now: &ZonedDateTime,
) -> Result<(Moment, Moment), Failure> {
    let text = args.when.join(" ");
    let when = span::read(&text, now)?;
    let zone = now.time_zone();
    let (Moment::Time(old), Moment::Time(old_end)) = (&event.start, &event.end) else {
        return days(event, &when.window.0);
    };
    let old = old.with_time_zone(zone.clone());
    let is_day = !when.is_exact && when.hours.is_none() && when.has_day;
    let start = match (when.is_exact, when.has_day, is_day) {
        (true, true, _) => when.window.0,
        (true, false, _) => {
            let at = old.date().to_datetime(when.window.0.time());
            at.to_zoned_datetime(zone.clone())
                .map_err(Failure::internal)?
        }
        (false, _, true) => {
            let at = when.window.0.date().to_datetime(old.time());
            at.to_zoned_datetime(zone.clone())
                .map_err(Failure::internal)?
        }
        (false, _, false) => {
            let shown = untrusted::line(&text, 80);
            return Err(
                Failure::user(format!("'{shown}' does not name one time to begin at"))
                    .hint("name a day, a time, or both, such as 'friday at 10:00'"),
            );
        }
    };
    if start <= *now {
        let shown = untrusted::line(&text, 80);
        return Err(
            Failure::user(format!("'{shown}' is in the past")).hint("name a time from now on")
        );
    }
    let length = match args.minutes.or(when.minutes) {
        Some(minutes) => jiff::SignedDuration::from_mins(minutes.into()),
        None => old_end.timestamp().duration_since(old.timestamp()),
    };
    let end = start.checked_add(length).map_err(Failure::internal)?;
    Ok((Moment::Time(start), Moment::Time(end)))
}

/// An event of whole days stays one.
fn days(event: &Event, to: &ZonedDateTime) -> Result<(Moment, Moment), Failure> {
    let (Moment::Day(first), Moment::Day(end)) = (&event.start, &event.end) else {
        return Err(
            Failure::user("the event begins with a day and ends with a time")
                .hint("mend it in the program that made it"),
        );
    };
    let count = (*end - *first).get_days();
    let last = to.date().checked_add(Length::new().days(count));
    let last = last.map_err(Failure::internal)?;
    Ok((Moment::Day(to.date()), Moment::Day(last)))
}

pub(super) fn edit(args: &EditArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let picked = pick::pick(&args.wanted, desk)?;
    let (update, words) = edited(args, &picked)?;
    let said = words.join(", ");
    if !args.yes && !confirmed(&picked, &said, "Change it?", (desk, context))? {
        return Ok(report::REFUSED);
    }
    let guests = args.invite.join(" and ");
    let guests = if guests.is_empty() {
        guests
    } else {
        format!(" and invite {guests}")
    };
    let goal = format!("change the event {}{guests}", quoted(&picked.event));
    let deed = deed(
        goal,
        "changed".to_owned(),
        &picked.event,
        Action::EventUpdate(Box::new(update)),
    );
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

/// What the arguments make of an event, and that in words.
fn edited(args: &EditArgs, picked: &Picked) -> Result<(EventUpdate, Vec<String>), Failure> {
    let line = |text: &String| untrusted::line(text, usize::MAX);
    let mut patch = EventPatch {
        summary: args.title.as_ref().map(line),
        location: args.place.as_ref().map(line),
        description: args.text.clone(),
        rule: args.repeat.clone(),
        travel_minutes: args.travel,
        ..EventPatch::default()
    };
    if let Some(minutes) = args.minutes {
        let Moment::Time(start) = &picked.event.start else {
            return Err(Failure::user("an event of whole days has no minutes")
                .hint("move it, or make a new one"));
        };
        let length = Length::new().minutes(minutes);
        let end = start.checked_add(length).map_err(Failure::internal)?;
        patch.end = Some(Moment::Time(end));
    }
    let mut words = Vec::new();
    let named = [
        ("title", &patch.summary),
        ("place", &patch.location),
        ("text", &patch.description),
        ("recurrence", &patch.rule),
    ];
    for (name, value) in named {
        words.extend(value.as_ref().map(|value| {
            let value = untrusted::line(value, 80);
            if value.is_empty() {
                format!("without a {name}")
            } else {
                format!("{name} \"{value}\"")
            }
        }));
    }
    words.extend(
        args.minutes
            .map(|minutes| format!("{minutes} minutes long")),
    );
    words.extend(
        args.travel
            .map(|minutes| format!("{minutes} minutes of way before it")),
    );
    words.extend(
        args.invite
            .iter()
            .map(|one| format!("inviting {}", line(one))),
    );
    if words.is_empty() {
        return Err(Failure::user("nothing is to be changed")
            .hint("say what: --title, --at, --text, --minutes, --travel, --repeat or --invite")
            .hint("'legwork cal move' changes when it is"));
    }
    let invite = args.invite.iter().map(|email| Address {
        name: String::new(),
        email: email.trim().to_owned(),
    });
    let update = EventUpdate {
        uid: picked.event.uid.clone(),
        which: picked.which.clone(),
        patch,
        invite: invite.collect(),
        if_free: false,
    };
    Ok((update, words))
}

pub(super) fn delete(args: &DeleteArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let picked = pick::pick(&args.wanted, desk)?;
    let others = picked.event.attendees.iter();
    let me = &desk.config.me.emails;
    let own = |email: &str| me.iter().any(|own| own.eq_ignore_ascii_case(email));
    let guests = others.filter(|one| !own(&one.email)).count();
    if guests > 0 && !context.json {
        let note = format!("{guests} others are invited, and are not told by this");
        context.say(&context.err.warn(&note));
    }
    if !args.yes
        && !confirmed(
            &picked,
            "out of the calendar",
            "Remove it?",
            (desk, context),
        )?
    {
        return Ok(report::REFUSED);
    }
    let action = Action::EventDelete(EventDelete {
        uid: picked.event.uid.clone(),
        which: picked.which.clone(),
    });
    let goal = format!("delete the event {}", quoted(&picked.event));
    let deed = deed(goal, "removed".to_owned(), &picked.event, action);
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

/// The title in quotes, so that none of its words count as a request.
pub(super) fn quoted(event: &Event) -> String {
    let title = untrusted::line(&event.summary, 120).replace(['"', '“', '”'], "'");
    format!("\"{title}\"")
}

/// The event is looked at first, so that the journal names it by its title.
pub(super) fn deed(goal: String, answer: String, event: &Event, action: Action) -> Deed {
    let mut actions = Vec::new();
    if let (Some(from), Some(to)) = (
        entry::at(&event.start, &jiff::tz::TimeZone::UTC),
        entry::at(&event.end, &jiff::tz::TimeZone::UTC),
    ) {
        actions.push(Action::Agenda(Agenda {
            from: from.timestamp(),
            to: to.timestamp(),
        }));
    }
    actions.push(action);
    Deed {
        goal,
        answer,
        about: event.summary.clone(),
        actions,
    }
}

/// Says back in full what was understood, and asks.
pub(super) fn confirmed(
    picked: &Picked,
    becomes: &str,
    question: &str,
    (desk, context): (&Desk, &Context),
) -> Result<bool, Failure> {
    let event = &picked.event;
    let when = entry::in_full(&event.start, &event.end, desk.clock.zone());
    let much = match picked.which {
        Which::All {} if event.recurring => ", and every other occurrence",
        Which::Future { .. } => ", and all after it",
        Which::All {} | Which::This { .. } => "",
    };
    let title = untrusted::line(&event.summary, 120);
    if context.json || !context.interactive {
        let sentence = format!(
            "that is \"{title}\" ({when}{much}) {becomes}, and nobody is there to be asked whether it is meant"
        );
        return Err(Failure::user(sentence).hint("add --yes to do it"));
    }
    context.say(&format!(
        "{title}\n{when}{much}\n{}",
        context.err.bold(becomes)
    ));
    let yes = Confirm::new()
        .with_prompt(question)
        .default(true)
        .interact_opt();
    if matches!(yes, Ok(Some(true))) {
        return Ok(true);
    }
    context.say("nothing was changed");
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::cal::entry::tests::event;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: MoveArgs,
    }

    #[test]
    fn a_day_keeps_the_time_and_a_time_keeps_the_day() {
        use clap::Parser as _;
        let now: ZonedDateTime = "2027-03-16T10:07:00[Europe/Berlin]".parse().unwrap();
        let dentist = event("Dentist", "2027-03-18T10:00:00", "2027-03-18T10:45:00", "a");
        let fair = event("Fair", "2027-03-17", "2027-03-19", "a");
        let moved = |event: &Event, when: &str| {
            let line = Line::try_parse_from(["move", "x", when]).unwrap();
            let (start, end) = target(&line.args, event, &now).ok()?;
            Some(entry::in_full(&start, &end, now.time_zone()))
        };
        for (of, when, want) in [
            (
                &dentist,
                "friday",
                "Fri 19 Mar 2027, 10:00-10:45, Europe/Berlin",
            ),
            (
                &dentist,
                "at 15:00",
                "Thu 18 Mar 2027, 15:00-15:45, Europe/Berlin",
            ),
            (
                &dentist,
                "28 March at 9:30",
                "Sun 28 Mar 2027, 09:30-10:15, Europe/Berlin",
            ),
            (
                &dentist,
                "friday at 9:00 for 20 minutes",
                "Fri 19 Mar 2027, 09:00-09:20, Europe/Berlin",
            ),
            (
                &fair,
                "22 March",
                "Mon 22 Mar 2027 to Tue 23 Mar 2027, all day",
            ),
        ] {
            assert_eq!(moved(of, when).as_deref(), Some(want), "{when}");
        }
        for when in ["friday afternoon", "soon", "today at 9:00"] {
            assert_eq!(moved(&dentist, when), None, "{when}");
        }
    }
}
