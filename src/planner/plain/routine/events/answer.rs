//! "accept Tuesday's invitation and decline what clashes with it": one answer after the other, each
//! written into the calendar and drafted as a letter to its organizer.

use std::collections::VecDeque;

use super::choose::in_full;
use super::{drafted, found, listed, told};
use crate::action::{
    Action, Agenda, Event, EventLetter, EventRespond, EventStatus, EventTake, Fail, Interval,
    Invitations, Invite, InviteKind, Letter, MailId, MailSend, Moment, Output, PartStat, Which,
};
use crate::booking;
use crate::clock::Clock;
use crate::planner::plain::run::{Look, Turn, act, fail};
use crate::skill::wording::words;
use crate::untrusted;

/// Most invitations looked at.
const LISTED_MAX: u32 = 100;
/// Invitations named when several fit.
const NAMED_MAX: usize = 5;

/// What was asked for.
pub(super) struct Asked {
    pub(super) wanted: String,
    pub(super) answer: PartStat,
    pub(super) clashes: bool,
    pub(super) send: bool,
}

/// Answers being given.
#[derive(Debug, Default)]
pub(super) struct Answering {
    stage: Stage,
    invites: Vec<Invite>,
    chosen: Option<Invite>,
    left: VecDeque<Action>,
    drafts: Vec<MailId>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    #[default]
    Start,
    Listed,
    Clashes,
    Doing,
    Sending,
}

impl Answering {
    pub(super) fn advance(&mut self, asked: &Asked, look: &mut Look<'_>) -> Result<Turn, Fail> {
        match self.stage {
            Stage::Start => {
                self.stage = Stage::Listed;
                let list = Action::Invitations(Invitations { limit: LISTED_MAX });
                Ok(act(list, "see what waits for an answer"))
            }
            Stage::Listed => {
                self.list(look);
                let invite = self.choose(&asked.wanted, look.view.clock)?;
                self.answer(&invite, asked.answer);
                let event = &invite.event;
                let said = in_full(&event.start, &event.end, look.view.clock.zone());
                let verb = past(asked.answer);
                look.run
                    .notes
                    .push(format!("{verb} \"{}\", {said}", event.summary));
                let span = span(event);
                self.chosen = Some(invite);
                match span {
                    Some(span) if asked.clashes => {
                        self.stage = Stage::Clashes;
                        let (from, to) = (span.start, span.end);
                        Ok(act(
                            Action::Agenda(Agenda { from, to }),
                            "see what clashes with it",
                        ))
                    }
                    Some(_) | None => {
                        self.stage = Stage::Doing;
                        Ok(self.next(asked, look))
                    }
                }
            }
            Stage::Clashes => {
                self.clashes(look);
                self.stage = Stage::Doing;
                Ok(self.next(asked, look))
            }
            Stage::Doing => {
                self.drafts.extend(found(look, drafted));
                Ok(self.next(asked, look))
            }
            Stage::Sending => Ok(self.next(asked, look)),
        }
    }

    fn list(&mut self, look: &Look<'_>) {
        let waiting = found(look, |output| {
            if let Output::Invites(invites) = output {
                Some(invites.clone())
            } else {
                None
            }
        });
        self.invites = waiting.unwrap_or_default();
        self.invites
            .retain(|one| matches!(one.kind, InviteKind::Invitation | InviteKind::Update));
    }

    /// Chooses by day, title or sender; all of them when nothing was said and there is one.
    fn choose(&self, wanted: &str, clock: &Clock) -> Result<Invite, Fail> {
        let shown = untrusted::line(wanted, 80);
        let window = booking::parse(wanted, &clock.local()).ok();
        let asked = words(wanted);
        let on = |invite: &Invite| {
            let (Some(when), Some(span)) = (&window, span(&invite.event)) else {
                return false;
            };
            span.start < when.window.1.timestamp() && when.window.0.timestamp() < span.end
        };
        let says = |invite: &Invite| {
            let text = format!("{} {}", invite.event.summary, invite.from).to_lowercase();
            let known = words(&text);
            asked
                .iter()
                .all(|word| known.contains(word) || text.contains(word.as_str()))
        };
        let found: Vec<&Invite> = self.invites.iter().filter(|one| says(one)).collect();
        let found = if found.is_empty() {
            self.invites.iter().filter(|one| on(one)).collect()
        } else {
            found
        };
        match found.as_slice() {
            [] if wanted.is_empty() => Err(fail("no invitation waits for an answer", "")),
            [] => Err(fail(
                format!("no invitation that waits is '{shown}'"),
                "'legwork cal invitations' lists them",
            )),
            [one] => Ok((*one).clone()),
            several => {
                let named: Vec<String> = several
                    .iter()
                    .take(NAMED_MAX)
                    .map(|one| format!("\"{}\"", untrusted::line(&one.event.summary, 60)))
                    .collect();
                let names = named.join(", ");
                Err(fail(
                    format!("{} invitations fit '{shown}': {names}", several.len()),
                    "use words of the title of the one you mean",
                ))
            }
        }
    }

    /// Plans an answer: into the calendar, and the letter that tells it.
    fn answer(&mut self, invite: &Invite, answer: PartStat) {
        self.left.push_back(Action::EventTake(EventTake {
            mail: invite.mail.clone(),
            answer: Some(answer),
        }));
        if !invite.event.organizer.is_empty() {
            let mail = Some(invite.mail.clone());
            self.left.push_back(letter(String::new(), mail, answer));
        }
    }

    /// Plans to decline the other invitations of that time; own events stay, and are named.
    fn clashes(&mut self, look: &mut Look<'_>) {
        let Some(chosen) = self.chosen.clone() else {
            return;
        };
        let Some(own) = span(&chosen.event) else {
            return;
        };
        let overlaps = |event: &Event| {
            event.uid != chosen.event.uid
                && span(event).is_some_and(|other| own.start < other.end && other.start < own.end)
        };
        let others: Vec<Invite> = self
            .invites
            .iter()
            .filter(|one| overlaps(&one.event))
            .cloned()
            .collect();
        for invite in &others {
            self.answer(invite, PartStat::Declined);
            look.run
                .notes
                .push(format!("declined \"{}\"", invite.event.summary));
        }
        let events = found(look, listed).unwrap_or_default();
        let me = &look.view.me.emails;
        let is_me = |email: &str| me.iter().any(|own| own.eq_ignore_ascii_case(email));
        for event in events {
            let waits = others.iter().any(|one| one.event.uid == event.uid);
            let counts = event.busy && event.status != EventStatus::Cancelled;
            if waits || !counts || !overlaps(event) {
                continue;
            }
            let invited = event.attendees.iter().any(|one| is_me(&one.email));
            if !invited || event.organizer.is_empty() || is_me(&event.organizer) {
                let note = format!(
                    "it clashes with your own \"{}\", which stays",
                    event.summary
                );
                look.run.notes.push(note);
                continue;
            }
            let which = if event.recurring {
                Which::This {
                    start: event.start.clone(),
                }
            } else {
                Which::All {}
            };
            self.left.push_back(Action::EventRespond(EventRespond {
                uid: event.uid.clone(),
                which,
                answer: PartStat::Declined,
            }));
            self.left
                .push_back(letter(event.uid.clone(), None, PartStat::Declined));
            look.run
                .notes
                .push(format!("declined \"{}\"", event.summary));
        }
    }

    /// The next deed; then the letters are sent, or it is said where they lie.
    fn next(&mut self, asked: &Asked, look: &mut Look<'_>) -> Turn {
        if let Some(action) = self.left.pop_front() {
            return act(action, "");
        }
        if self.stage == Stage::Doing && !self.drafts.is_empty() && !asked.send {
            let count = self.drafts.len();
            let many = if count == 1 {
                "answer lies"
            } else {
                "answers lie"
            };
            return told(look, &format!("the {many} in Drafts, not sent"));
        }
        self.stage = Stage::Sending;
        match self.drafts.pop() {
            Some(id) => act(Action::MailSend(MailSend { id }), "send the answer"),
            None => Turn::Over,
        }
    }
}

fn letter(uid: String, mail: Option<MailId>, answer: PartStat) -> Action {
    Action::EventLetter(EventLetter {
        uid,
        mail,
        letter: Letter::Reply { answer },
        words: String::new(),
    })
}

fn past(answer: PartStat) -> &'static str {
    match answer {
        PartStat::Accepted => "accepted",
        PartStat::Declined => "declined",
        PartStat::Tentative | PartStat::NeedsAction => "tentatively accepted",
    }
}

fn span(event: &Event) -> Option<Interval> {
    match (&event.start, &event.end) {
        (Moment::Time(start), Moment::Time(end)) => Some(Interval {
            start: start.timestamp(),
            end: end.timestamp(),
        }),
        (_, _) => None,
    }
}
