//! Mails about events: what they would do to the calendar, and doing it on the user's word.
//!
//! What a mail says is data. A stranger's invitation is shown, not added; nothing in one rings, runs
//! or is fetched; only the organizer changes or cancels, and guests answer for themselves.

use super::calendar::{at, same};
use super::events::{answered, changing};
use super::{Done, HandError, Hands, note_diagnostics, unproven};
use crate::action::{
    Attendee, CalendarChange, Event, EventPatch, EventStatus, EventTake, FileChange, Invitations,
    Invite, InviteKind, MailId, MailQuery, MailSearch, Message, Moment, Outcome, Output, PartStat,
    Which,
};
use crate::calendar::itip::{self, Decision, Incoming, Reason};
use crate::calendar::{self, Edit};
use crate::deadline::Deadline;
use crate::untrusted;

/// An event with all its occurrences.
static WHOLE: Which = Which::All {};
/// Newest mails of the inbox looked at.
const MAILS_MAX: u32 = 300;
/// Most clashes named of one invitation.
const CLASHES_MAX: usize = 5;

/// A mail about an event, with what it would do.
pub(super) struct Asked {
    pub(super) message: Message,
    /// The calendar text of the mail.
    pub(super) text: String,
    pub(super) uid: String,
    pub(super) decision: Decision,
}

impl Hands {
    pub(super) async fn invitations(&self, list: &Invitations, deadline: &Deadline) -> Done {
        let synced = self.mail.refresh("INBOX", deadline).await?;
        let search = MailSearch {
            mailbox: "INBOX".to_owned(),
            query: MailQuery::default(),
            limit: MAILS_MAX,
        };
        let mut found: Vec<Invite> = Vec::new();
        for envelope in self.mail.search(&search)?.envelopes {
            if found.len() >= usize::try_from(list.limit).unwrap_or(usize::MAX) {
                break;
            }
            self.mail.fetch(&envelope.id, deadline).await?;
            // A mail that can't be read is the mailbox's to tell; the others are listed.
            let Ok(Some(asked)) = self.asked(&envelope.id) else {
                continue;
            };
            // Of several mails that ask the same of one event, the newest counts.
            let fresh = self.invite(&asked)?.filter(|fresh| {
                let same = |one: &Invite| {
                    one.event.uid == fresh.event.uid
                        && asks_the_same(one.kind, fresh.kind)
                        && one.from.eq_ignore_ascii_case(&fresh.from)
                };
                !found.iter().any(same)
            });
            found.extend(fresh);
        }
        let mut outcome = Outcome::done(format!("{} mails about events", found.len()))
            .with(Output::Invites(found));
        note_diagnostics(&mut outcome, &synced.problems);
        Ok(outcome)
    }

    /// Reads a mail and what it would do; none when it is about no event.
    pub(super) fn asked(&self, id: &MailId) -> Result<Option<Asked>, HandError> {
        let message = self.mail.read(id)?;
        let Some(text) = message.invitation.clone() else {
            return Ok(None);
        };
        let Ok(head) = itip::head(&text) else {
            return Ok(None);
        };
        let existing = self.calendar.source(&head.uid).ok().map(|(_, bytes)| bytes);
        let incoming = Incoming {
            text: &text,
            from: &message.envelope.from.email,
            method: message.invitation_method.as_deref(),
            me: &self.me.emails,
            zone: self.clock.zone(),
            now: self.clock.now(),
        };
        let Ok(decision) = itip::apply(existing.as_deref(), &incoming) else {
            return Ok(None);
        };
        Ok(Some(Asked {
            uid: untrusted::line(&head.uid, 300),
            message,
            text,
            decision,
        }))
    }

    /// Shows what waits; nothing for what is dealt with.
    fn invite(&self, asked: &Asked) -> Result<Option<Invite>, HandError> {
        let known = self.known(&asked.uid);
        let Some((kind, note)) = self.kind(asked, known.as_ref()) else {
            return Ok(None);
        };
        let said = calendar::invitation(&asked.text, self.clock.zone());
        let Some(event) = said.ok().map(|said| said.event).or(known) else {
            return Ok(None);
        };
        let is_open = matches!(kind, InviteKind::Invitation | InviteKind::Update);
        let clashes_with = if is_open && event.status != EventStatus::Cancelled {
            self.clashes(&event)?
        } else {
            Vec::new()
        };
        Ok(Some(Invite {
            mail: asked.message.envelope.id.clone(),
            from: untrusted::line(&asked.message.envelope.from.email, 120),
            kind,
            event,
            clashes_with,
            note,
        }))
    }

    fn known(&self, uid: &str) -> Option<Event> {
        let edit = self.whole(uid);
        let found = self.calendar.occurrence(&edit, &self.me.emails);
        found.ok().map(|(event, _)| event)
    }

    fn whole<'a>(&'a self, uid: &'a str) -> Edit<'a> {
        Edit {
            uid,
            which: &WHOLE,
            zone: self.clock.zone(),
            now: self.clock.now(),
        }
    }

    /// Says what a mail is; none for what needs nobody.
    fn kind(&self, asked: &Asked, known: Option<&Event>) -> Option<(InviteKind, String)> {
        let from = untrusted::line(&asked.message.envelope.from.email, 120);
        Some(match &asked.decision {
            Decision::Offer { .. } => {
                let said = calendar::invitation(&asked.text, self.clock.zone()).ok();
                let organizer = said.map(|said| said.organizer).unwrap_or_default();
                let note = if organizer.is_empty() || organizer.eq_ignore_ascii_case(&from) {
                    String::new()
                } else {
                    format!("it says that {organizer} invites, but {from} sent it")
                };
                (InviteKind::Invitation, note)
            }
            Decision::Update { asks_again, .. } => {
                let note = if *asks_again {
                    "time or recurrence changed, so your answer is asked for again"
                } else {
                    "your answer stays as it is"
                };
                (InviteKind::Update, note.to_owned())
            }
            Decision::CalledOff { .. } => (InviteKind::Cancellation, String::new()),
            Decision::Answered { email, answer, .. } => {
                let note = format!("{email} {}", answered(*answer));
                (InviteKind::Answer, note)
            }
            // It takes place then already.
            Decision::Proposal { start, .. }
                if known.is_some_and(|event| same(start, &event.start)) =>
            {
                return None;
            }
            Decision::Proposal { email, start, .. } => {
                let note = format!("{email} proposes {}", at(start));
                (InviteKind::Proposal, note)
            }
            Decision::Resend { email, .. } => {
                let note = format!("{email} asks for the latest version");
                (InviteKind::Refresh, note)
            }
            Decision::Kept { email, .. } => {
                let note = format!("{email} turns your proposal down: the event stays as it is");
                (InviteKind::Kept, note)
            }
            Decision::Ignore(Reason::Known) => {
                let open =
                    |one: &Attendee| self.is_me(&one.email) && one.answer == PartStat::NeedsAction;
                let waits = known.is_some_and(|event| {
                    event.status != EventStatus::Cancelled && event.attendees.iter().any(open)
                });
                let is_request = itip::head(&asked.text)
                    .is_ok_and(|head| head.method == calendar::Method::Request);
                if !(waits && is_request) {
                    return None;
                }
                let note = "it is in the calendar, not answered yet".to_owned();
                (InviteKind::Invitation, note)
            }
            // What calls off or answers something that is not there has nothing to change.
            Decision::Ignore(Reason::UnknownEvent | Reason::NothingAsked | Reason::NotMine) => {
                return None;
            }
            Decision::Ignore(
                reason @ (Reason::NotOrganizer { .. }
                | Reason::NotAttendee { .. }
                | Reason::Contradiction),
            ) => (InviteKind::Ignored, reason.to_string()),
        })
    }

    /// Names the user's own events that overlap.
    fn clashes(&self, event: &Event) -> Result<Vec<String>, HandError> {
        let (Moment::Time(start), Moment::Time(end)) = (&event.start, &event.end) else {
            return Ok(Vec::new());
        };
        let (from, to) = (start.timestamp(), end.timestamp());
        let (zone, me) = (self.clock.zone(), &self.me.emails);
        let listing = self.calendar.agenda(from, to, zone, me)?;
        let others = listing.events.into_iter();
        let timed = |one: &Event| matches!(one.start, Moment::Time(_));
        Ok(others
            .filter(|one| one.busy && one.uid != event.uid && timed(one))
            .map(|one| one.summary)
            .take(CLASHES_MAX)
            .collect())
    }

    pub(super) async fn take(&self, take: &EventTake, deadline: &Deadline) -> Done {
        self.mail.fetch(&take.mail, deadline).await?;
        let Some(asked) = self.asked(&take.mail)? else {
            let hint = "'legwork cal invitations' lists the mails that are";
            return Ok(Outcome::failed("the mail is about no event", hint));
        };
        let calendar = self
            .known(&asked.uid)
            .map_or_else(|| self.rules.write_to.clone(), |event| event.calendar);
        self.synced(&calendar, deadline).await?;
        // The server may know more than the mirror did.
        let Some(asked) = self.asked(&take.mail)? else {
            return Ok(Outcome::failed("the mail is about no event", ""));
        };
        let changes = match self.stored(&asked, take, &calendar)? {
            Ok(changes) => changes,
            Err(refused) => return Ok(refused),
        };
        let note = self.sent_on(&calendar, deadline).await;
        let files: Vec<FileChange> = changes.into_iter().flat_map(|one| one.files).collect();
        let change = CalendarChange {
            uid: asked.uid.clone(),
            split: None,
            files: joined(files),
        };
        match self.known(&asked.uid) {
            Some(event) if self.is_taken(&asked, take, &event) => {
                let path = self.calendar.source(&asked.uid)?.0;
                let fact = self.said(&asked, take, &event);
                Ok(changing(Outcome::done(format!("{fact}{note}")), change)
                    .with(Output::Events(vec![event]))
                    .proven(fact, path.display().to_string()))
            }
            Some(_) | None => {
                let reason = "the calendar does not show what the mail says";
                Ok(changing(unproven(reason.to_owned()), change))
            }
        }
    }

    /// Writes what the mail says, and the answer.
    fn stored(
        &self,
        asked: &Asked,
        take: &EventTake,
        calendar: &str,
    ) -> Result<Result<Vec<CalendarChange>, Outcome>, HandError> {
        let mut changes = Vec::new();
        match &asked.decision {
            Decision::Offer { .. } if take.answer.is_none() => {
                let hint = "accept or decline it, or leave it where it is";
                return Ok(Err(Outcome::failed("it waits for your answer", hint)));
            }
            Decision::Offer { uid, file } | Decision::Update { uid, file, .. } => {
                changes.push(self.calendar.put(uid, file, calendar)?);
            }
            Decision::CalledOff { uid, file }
            | Decision::Answered { uid, file, .. }
            | Decision::Resend { uid, file, .. }
            | Decision::Kept { uid, file, .. } => {
                changes.push(self.calendar.put(uid, file, calendar)?);
                return Ok(Ok(changes));
            }
            Decision::Proposal {
                start,
                end,
                which,
                file,
                ..
            } => match take.answer {
                Some(PartStat::Accepted) => {
                    let patch = EventPatch {
                        start: Some(start.clone()),
                        end: Some(end.clone()),
                        ..EventPatch::default()
                    };
                    let edit = Edit {
                        which,
                        ..self.whole(&asked.uid)
                    };
                    changes.push(self.calendar.update(&edit, &patch)?);
                    return Ok(Ok(changes));
                }
                Some(PartStat::Declined) => {
                    changes.push(self.calendar.put(&asked.uid, file, calendar)?);
                    return Ok(Ok(changes));
                }
                Some(PartStat::Tentative | PartStat::NeedsAction) | None => {
                    let hint = "accept it to move the event, or decline it";
                    return Ok(Err(Outcome::failed("it proposes another time", hint)));
                }
            },
            Decision::Ignore(Reason::Known) if take.answer.is_some() => {}
            Decision::Ignore(reason) => {
                return Ok(Err(Outcome::failed(reason.to_string(), "")));
            }
        }
        if let Some(answer) = take.answer {
            let edit = self.whole(&asked.uid);
            match self.calendar.respond(&edit, &self.me.emails, answer) {
                Ok(change) => changes.push(change),
                // Someone passed the invitation on: it is in the calendar, without an answer.
                Err(calendar::Error::NotInvited) if answer == PartStat::Accepted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Ok(changes))
    }

    /// Says whether the calendar shows what the mail was taken for.
    fn is_taken(&self, asked: &Asked, take: &EventTake, event: &Event) -> bool {
        let own = event.attendees.iter().find(|one| self.is_me(&one.email));
        let has_answer = |answer: PartStat| own.is_none_or(|own| own.answer == answer);
        match &asked.decision {
            Decision::Offer { .. } | Decision::Update { .. } | Decision::Ignore(_) => {
                take.answer.is_none_or(has_answer)
            }
            Decision::Proposal { start, which, .. } if take.answer == Some(PartStat::Accepted) => {
                self.takes_place(&asked.uid, which, start)
            }
            Decision::CalledOff { file, .. }
            | Decision::Answered { file, .. }
            | Decision::Proposal { file, .. }
            | Decision::Resend { file, .. }
            | Decision::Kept { file, .. } => self
                .calendar
                .source(&asked.uid)
                .is_ok_and(|(_, bytes)| bytes == *file),
        }
    }

    /// Says whether an occurrence begins at a moment.
    fn takes_place(&self, uid: &str, which: &Which, start: &Moment) -> bool {
        let moved = Which::This {
            start: start.clone(),
        };
        let which = if matches!(which, Which::All {}) {
            which
        } else {
            &moved
        };
        let edit = Edit {
            which,
            ..self.whole(uid)
        };
        let found = self.calendar.occurrence(&edit, &self.me.emails);
        found.is_ok_and(|(event, _)| same(start, &event.start))
    }

    fn said(&self, asked: &Asked, take: &EventTake, event: &Event) -> String {
        let title = &event.summary;
        match (&asked.decision, take.answer) {
            (Decision::CalledOff { .. }, _) => format!("\"{title}\" is called off"),
            (Decision::Answered { email, answer, .. }, _) => {
                format!("{email} {} \"{title}\"", answered(*answer))
            }
            (Decision::Proposal { start, .. }, Some(PartStat::Accepted)) => {
                format!("\"{title}\" is moved to {}", at(start))
            }
            (Decision::Proposal { email, .. }, _) => {
                format!("the time that {email} proposed for \"{title}\" is turned down")
            }
            (Decision::Kept { email, .. }, _) => {
                format!("\"{title}\" stays as it is, as {email} says")
            }
            (Decision::Resend { email, .. }, _) => {
                format!("{email} asked for \"{title}\", which is dealt with")
            }
            (Decision::Offer { .. } | Decision::Update { .. } | Decision::Ignore(_), answer) => {
                let own = event.attendees.iter().find(|one| self.is_me(&one.email));
                let answer = answer.or(own.map(|own| own.answer));
                let word = answer.map_or("in the calendar:", answered);
                format!("{word} \"{title}\" at {}", at(&event.start))
            }
        }
    }

    /// Looks whether a mail that was being taken in was; none when that can't be told.
    pub(super) fn taken(&self, take: &EventTake) -> Option<bool> {
        let asked = self.asked(&take.mail).ok()??;
        match &asked.decision {
            Decision::Ignore(Reason::Known) => {
                let event = self.known(&asked.uid)?;
                Some(self.is_taken(&asked, take, &event))
            }
            Decision::Offer { .. }
            | Decision::Update { .. }
            | Decision::CalledOff { .. }
            | Decision::Answered { .. }
            | Decision::Proposal { .. }
            | Decision::Resend { .. }
            | Decision::Kept { .. } => Some(false),
            Decision::Ignore(_) => None,
        }
    }
}

/// Whether two mails of one sender about one event leave one thing to decide: an invitation that
/// waits for an answer is overtaken by its update.
fn asks_the_same(one: InviteKind, other: InviteKind) -> bool {
    let invites = |kind| matches!(kind, InviteKind::Invitation | InviteKind::Update);
    one == other || (invites(one) && invites(other))
}

/// Joins changes of one file that followed each other, so that undoing goes back to the first.
fn joined(files: Vec<FileChange>) -> Vec<FileChange> {
    let mut out: Vec<FileChange> = Vec::new();
    for file in files {
        match out.iter_mut().find(|known| known.path == file.path) {
            Some(known) => known.after = file.after,
            None => out.push(file),
        }
    }
    out
}
