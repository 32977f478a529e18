//! Deeds on events that are there: change, remove, answer. Each is read back before it is called
//! done, and gives back what every file held, to undo it.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::calendar::{at, same};
use super::{Done, HandError, Hands, unproven};
use crate::action::{
    Attendee, CalendarChange, Change, Event, EventDelete, EventPatch, EventRespond, EventStatus,
    EventUpdate, Interval, Moment, Outcome, Output, PartStat, Status, Undoable, Which,
};
use crate::booking;
use crate::calendar::{self, Edit};
use crate::deadline::Deadline;
use crate::untrusted;

/// Longest description compared, in characters; the one the calendar keeps.
const DESCRIPTION_CHARS_MAX: usize = 20_000;
/// Longest summary or place compared, in characters; the one the calendar keeps.
const LINE_CHARS_MAX: usize = 300;

impl Hands {
    fn edit<'a>(&'a self, uid: &'a str, which: &'a Which) -> Edit<'a> {
        Edit {
            uid,
            which,
            zone: self.clock.zone(),
            now: self.clock.now(),
        }
    }

    fn occurrence(&self, uid: &str, which: &Which) -> Result<Event, calendar::Error> {
        let edit = self.edit(uid, which);
        Ok(self.calendar.occurrence(&edit, &self.me.emails)?.0)
    }

    /// The event as it stands now, its server asked where it has one.
    async fn fresh(
        &self,
        uid: &str,
        which: &Which,
        deadline: &Deadline,
    ) -> Result<Event, HandError> {
        let known = self.occurrence(uid, which)?;
        if self.synced(&known.calendar, deadline).await?.is_none() {
            return Ok(known);
        }
        Ok(self.occurrence(uid, which)?)
    }

    pub(super) async fn update(&self, update: &EventUpdate, deadline: &Deadline) -> Done {
        let EventUpdate { uid, which, .. } = update;
        let before = self.fresh(uid, which, deadline).await?;
        let patch = match self.whole_patch(update, &before) {
            Ok(patch) => patch,
            Err(refused) => return Ok(*refused),
        };
        if update.if_free
            && let Some(reason) = self.in_the_way(&before, &patch)?
        {
            let hint = "choose another time, or change it although something else is on";
            return Ok(Outcome::failed(reason, hint));
        }
        let change = self.calendar.update(&self.edit(uid, which), &patch)?;
        let note = self.sent_on(&before.calendar, deadline).await;
        let after = change.split.clone();
        let after = (after.as_deref().unwrap_or(uid), after.is_some());
        let Some((event, path)) = self.patched(after.0, (which, after.1), &patch) else {
            let reason = "the event in the calendar is not as asked for";
            return Ok(changing(unproven(reason.to_owned()), change));
        };
        let fact = format!("event \"{}\" at {}", event.summary, at(&event.start));
        let verb = if change.files.is_empty() {
            "the event is as wanted already"
        } else {
            "the event is changed"
        };
        Ok(changing(Outcome::done(format!("{verb}{note}")), change)
            .with(Output::Events(vec![event]))
            .proven(fact, path))
    }

    /// Joins the guests to invite with those who are.
    fn whole_patch(
        &self,
        update: &EventUpdate,
        before: &Event,
    ) -> Result<EventPatch, Box<Outcome>> {
        let mut patch = update.patch.clone();
        if !update.invite.is_empty() {
            let mut all = before.attendees.clone();
            for guest in &update.invite {
                let known = |one: &Attendee| one.email.eq_ignore_ascii_case(guest.email.trim());
                if !all.iter().any(known) {
                    all.push(Attendee {
                        email: guest.email.trim().to_owned(),
                        name: guest.name.clone(),
                        answer: PartStat::NeedsAction,
                    });
                }
            }
            patch.attendees = Some(all);
        }
        let invites = patch.attendees.as_ref().is_some_and(|all| !all.is_empty());
        if invites && before.organizer.is_empty() {
            let own = self.me.emails.first().cloned();
            let none = || no_address("who invites");
            patch.organizer = Some(own.ok_or_else(none)?);
        }
        let is_own = |email: &String| email.eq_ignore_ascii_case(&before.organizer);
        let theirs = !before.organizer.is_empty() && !self.me.emails.iter().any(is_own);
        if theirs && (patch.attendees.is_some() || patch.organizer.is_some()) {
            let who = untrusted::line(&before.organizer, 100);
            return Err(Box::new(Outcome::failed(
                format!("the event is organized by {who}"),
                "ask the organizer to invite more people",
            )));
        }
        Ok(patch)
    }

    /// What the new time of an event would overlap.
    fn in_the_way(
        &self,
        before: &Event,
        patch: &EventPatch,
    ) -> Result<Option<String>, calendar::Error> {
        let (Some(Moment::Time(start)), Moment::Time(old), Moment::Time(end)) =
            (&patch.start, &before.start, &before.end)
        else {
            return Ok(None);
        };
        let length = end.timestamp().duration_since(old.timestamp());
        let end = match &patch.end {
            Some(Moment::Time(end)) => end.timestamp(),
            Some(Moment::Day(_)) | None => start
                .timestamp()
                .checked_add(length)
                .unwrap_or(start.timestamp()),
        };
        let span = Interval {
            start: start.timestamp(),
            end,
        };
        let rules = self.booking_rules();
        let events = self.own_events(booking::needs(span, &rules), Some(&before.uid))?;
        let taken = booking::taken(&events, &rules);
        let place = patch.location.as_deref().unwrap_or(&before.location);
        let own = patch.travel_minutes.unwrap_or(before.travel_minutes);
        let own = SignedDuration::from_mins(own.into());
        let margin = self.way_to(place).max(own);
        let clear = booking::is_clear(&taken, (span, margin), &rules);
        Ok(clear.err().map(|clash| clash.to_string()))
    }

    /// Reads an event back, when it is as the patch asks.
    fn patched(
        &self,
        uid: &str,
        (which, is_split): (&Which, bool),
        patch: &EventPatch,
    ) -> Option<(Event, String)> {
        let whole = Which::All {};
        let moved = patch.start.clone().map(|start| Which::This { start });
        let places = match which {
            Which::This { .. } => vec![moved.as_ref().unwrap_or(which), which],
            Which::Future { .. } if !is_split => vec![which, &whole],
            Which::Future { .. } | Which::All {} => vec![&whole],
        };
        let found = places.into_iter().find_map(|place| {
            let edit = self.edit(uid, place);
            let (event, path) = self.calendar.occurrence(&edit, &self.me.emails).ok()?;
            is_patched(patch, &event).then_some((event, path))
        })?;
        Some((found.0, found.1.display().to_string()))
    }

    pub(super) async fn delete(&self, delete: &EventDelete, deadline: &Deadline) -> Done {
        let EventDelete { uid, which } = delete;
        let before = self.fresh(uid, which, deadline).await?;
        let change = self.calendar.delete(&self.edit(uid, which))?;
        let source = change.files.first().map(|file| file.path.clone());
        let note = self.sent_on(&before.calendar, deadline).await;
        let outcome = changing(Outcome::done(format!("the event is removed{note}")), change);
        match self.is_gone(uid, which) {
            Some(true) => {
                let when = at(&before.start);
                let fact = format!("event \"{}\" at {when} is gone", before.summary);
                let source = source.map(|path| path.display().to_string());
                Ok(outcome.proven(fact, source.unwrap_or_default()))
            }
            Some(false) | None => Ok(Outcome {
                status: Status::Uncertain {},
                summary: "the event is still in the calendar".to_owned(),
                ..outcome
            }),
        }
    }

    /// Says whether no such occurrence is left; none when that can't be told.
    pub(super) fn is_gone(&self, uid: &str, which: &Which) -> Option<bool> {
        match self.occurrence(uid, which) {
            Ok(_) => Some(false),
            Err(calendar::Error::NoSuchEvent { .. } | calendar::Error::NoSuchInstance { .. }) => {
                Some(true)
            }
            Err(_) => None,
        }
    }

    pub(super) async fn respond(&self, respond: &EventRespond, deadline: &Deadline) -> Done {
        let EventRespond { uid, which, answer } = respond;
        let before = self.fresh(uid, which, deadline).await?;
        let edit = self.edit(uid, which);
        let change = self.calendar.respond(&edit, &self.me.emails, *answer)?;
        let note = self.sent_on(&before.calendar, deadline).await;
        let path = self.calendar.source(uid)?.0;
        let said =
            format!("your answer is in the calendar{note}; the organizer is not told by this");
        let outcome = changing(Outcome::done(said), change);
        match self.has_answered(uid, which) {
            Some(found) if found == *answer => {
                let fact = format!("{} \"{}\"", answered(*answer), before.summary);
                let event = self.occurrence(uid, which)?;
                Ok(outcome
                    .with(Output::Events(vec![event]))
                    .proven(fact, path.display().to_string()))
            }
            Some(_) | None => Ok(unproven("the answer could not be read back".to_owned())),
        }
    }

    /// The user's own answer as it stands in the calendar.
    fn has_answered(&self, uid: &str, which: &Which) -> Option<PartStat> {
        let event = self.occurrence(uid, which).ok()?;
        let own = event.attendees.iter().find(|one| self.is_me(&one.email));
        own.map(|one| one.answer)
    }

    pub(super) fn is_me(&self, email: &str) -> bool {
        self.me
            .emails
            .iter()
            .any(|own| own.trim().eq_ignore_ascii_case(email.trim()))
    }

    /// Looks whether a change that was cut off took effect; none when that can't be told.
    pub(super) fn updated(&self, update: &EventUpdate) -> Option<bool> {
        let EventUpdate { uid, which, .. } = update;
        if let Which::Future { start } = which {
            let from = match start {
                Moment::Time(time) => time.timestamp(),
                Moment::Day(day) => day.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp(),
            };
            let split = calendar::split_uid(uid, from);
            if self.patched(&split, (which, true), &update.patch).is_some() {
                return Some(true);
            }
        }
        let invited = |event: &Event| {
            update.invite.iter().all(|guest| {
                let is = |one: &Attendee| one.email.eq_ignore_ascii_case(guest.email.trim());
                event.attendees.iter().any(is)
            })
        };
        let patched = self.patched(uid, (which, false), &update.patch);
        if patched.is_some_and(|(event, _)| invited(&event)) {
            return Some(true);
        }
        self.occurrence(uid, which).ok().map(|_| false)
    }

    /// Looks whether an answer that was cut off is there.
    pub(super) fn responded(&self, respond: &EventRespond) -> Option<bool> {
        let found = self.has_answered(&respond.uid, &respond.which)?;
        Some(found == respond.answer)
    }
}

/// Notes what was written, with what it takes to undo it.
pub(super) fn changing(outcome: Outcome, change: CalendarChange) -> Outcome {
    let uid = change.split.clone().unwrap_or_else(|| change.uid.clone());
    let outcome = outcome.changing(Change::Event { uid });
    if change.files.is_empty() {
        return outcome;
    }
    outcome.undoable(Undoable::Calendar(change))
}

/// Who invites or answers needs an address.
pub(super) fn no_address(who: &str) -> Box<Outcome> {
    Box::new(Outcome::failed(
        format!("{who} needs a mail address, and none of yours is known"),
        "add it to config.toml: [me] emails = [\"you@example.org\"]",
    ))
}

/// An answer in the past tense.
pub(super) fn answered(answer: PartStat) -> &'static str {
    match answer {
        PartStat::Accepted => "accepted",
        PartStat::Declined => "declined",
        PartStat::Tentative => "tentatively accepted",
        PartStat::NeedsAction => "not answered",
    }
}

/// Compares what was asked for with what was read back.
fn is_patched(patch: &EventPatch, event: &Event) -> bool {
    let line = |asked: &Option<String>, found: &str| {
        asked
            .as_ref()
            .is_none_or(|asked| untrusted::line(asked, LINE_CHARS_MAX) == found)
    };
    let moment = |asked: &Option<Moment>, found: &Moment| {
        asked.as_ref().is_none_or(|asked| same(asked, found))
    };
    let described = patch.description.as_ref().is_none_or(|asked| {
        let asked = untrusted::block(asked);
        let asked: String = asked.chars().take(DESCRIPTION_CHARS_MAX).collect();
        asked.trim() == event.description.trim()
    });
    let called_off = |status: EventStatus| status == EventStatus::Cancelled;
    let status = patch
        .status
        .is_none_or(|asked| called_off(asked) == called_off(event.status));
    let travel = patch.travel_minutes;
    let travel = travel.is_none_or(|asked| asked == event.travel_minutes);
    let people = patch.attendees.as_ref().is_none_or(|asked| {
        let is = |email: &str| {
            event
                .attendees
                .iter()
                .any(|one| one.email.eq_ignore_ascii_case(email.trim()))
        };
        asked.len() == event.attendees.len() && asked.iter().all(|one| is(&one.email))
    });
    line(&patch.summary, &event.summary)
        && line(&patch.location, &event.location)
        && moment(&patch.start, &event.start)
        && moment(&patch.end, &event.end)
        && described
        && travel
        && status
        && people
}
