//! Routines: what a sentence does, as small machines that propose, look again and decide.

mod aim;
mod calendar;
mod chore;
mod confirm;
mod drafts;
mod events;
mod fields;
mod form;
mod letters;
mod listing;
mod mail;
mod overlay;
mod single;
mod slot;
mod steps;
mod triage;
mod undo;
mod work;

use crate::action::Fail;
use crate::config::CalendarRules;
use crate::planner::View;
use crate::skill::language::Presence::Must;
use crate::skill::language::{Chore, Expected, Length, Sentence, Value, Which};

use super::run::{Look, MINUTES_DEFAULT, Run, Turn};
use super::times;
use aim::{Aim, Deed};
use mail::{FindMail, Sought};
use slot::Picker;
use work::{Told, Work};

/// A sentence being done.
#[derive(Debug)]
pub(in crate::planner::plain) enum Routine {
    Single(single::Single),
    Aim(Box<Aim>),
    Close(overlay::ClosePopup),
    Mail(FindMail),
    Pick(Box<slot::PickTime>),
    Form(form::AnswerForm),
    Work(Box<Work>),
    Confirm(Box<confirm::Confirm>),
    Expect(confirm::ExpectConfirmation),
    Reference(confirm::SaveReference),
    Triage(Box<triage::Triage>),
    Chores(Box<chore::Chores>),
    Undo(undo::Undoing),
    Event(Box<events::EventWork>),
    SendDraft(drafts::SendDraft),
    Answer(Box<drafts::AnswerSender>),
}

impl Routine {
    /// Starts on a sentence.
    pub(super) fn new(
        sentence: &Sentence,
        run: &mut Run,
        view: &View<'_>,
        rules: &CalendarRules,
    ) -> Result<Self, Fail> {
        if let Some(routine) = Self::of_mail(sentence, run) {
            return Ok(routine);
        }
        let aim = |target: &crate::skill::language::Target, deed, presence| {
            Self::Aim(Box::new(Aim::new(target.clone(), deed, presence)))
        };
        Ok(match sentence {
            Sentence::Click(target, presence) => aim(target, Deed::Click, *presence),
            Sentence::Fill(target, value) => aim(target, Deed::Fill(value.clone()), Must),
            Sentence::Choose(value, Some(target)) => aim(target, Deed::Choose(value.clone()), Must),
            Sentence::Check { target, on } => aim(target, Deed::Check(*on), Must),
            Sentence::Save(Some(target), name) => aim(target, Deed::Save(name.clone()), Must),
            Sentence::SaveReference(name) => Self::Reference(confirm::SaveReference::new(name)),
            Sentence::Expect(Expected::Confirmation) => {
                Self::Expect(confirm::ExpectConfirmation::default())
            }
            Sentence::ClosePopup => Self::Close(overlay::ClosePopup::default()),
            Sentence::PickTime { when, length, name } => {
                let around = (&*run, view, rules);
                Self::pick(picker(when.as_ref(), length.as_ref(), name, around)?)
            }
            Sentence::AnswerForm { agree } => Self::Form(form::AnswerForm::new(*agree)),
            Sentence::WorkThrough { .. } => {
                run.working = Some(sentence.clone());
                Self::Work(Box::new(work(sentence, (run, view, rules))?))
            }
            Sentence::Confirm => {
                let working = run.working.clone();
                let rest = working.map(|w| work(&w, (run, view, rules))).transpose()?;
                Self::Confirm(Box::new(confirm::Confirm::new(rest)))
            }
            Sentence::Triage => Self::Triage(Box::default()),
            Sentence::Mails { chore, which } => Self::chores(chore, which, rules),
            Sentence::Event(deed) => Self::Event(Box::new(events::EventWork::new(deed, rules))),
            Sentence::Undo { run, step } => Self::Undo(undo::Undoing::new(run, *step)),
            Sentence::Choose(_, None)
            | Sentence::Open(_)
            | Sentence::Press(_)
            | Sentence::WaitFor(_)
            | Sentence::WaitGone(_)
            | Sentence::Expect(_)
            | Sentence::Save(None, _)
            | Sentence::Back
            | Sentence::SwitchTab(_)
            | Sentence::NewTab
            | Sentence::CloseTab
            | Sentence::Reply { .. }
            | Sentence::Forward { .. }
            | Sentence::Unsubscribe(_)
            | Sentence::SendDraft { .. }
            | Sentence::Several(_)
            | Sentence::FindMail { .. }
            | Sentence::WaitMail { .. }
            | Sentence::Draft { .. }
            | Sentence::ShowThread(_)
            | Sentence::Send(_)
            | Sentence::MoveMail(..)
            | Sentence::FlagMail { .. }
            | Sentence::Agenda(_)
            | Sentence::FindSlot { .. }
            | Sentence::AddEvent { .. }
            | Sentence::Ask(..)
            | Sentence::Stop(_) => Self::Single(single::Single::new(sentence.clone())),
        })
    }

    /// Mails that are waited for, and those that are found before something is done with them.
    fn of_mail(sentence: &Sentence, run: &Run) -> Option<Self> {
        if let Sentence::FindMail { from, about, name } = sentence {
            let sought = sought(from.as_ref(), about.as_ref(), name);
            return Some(Self::Mail(FindMail::new(sought)));
        }
        if let Sentence::WaitMail {
            from,
            about,
            name,
            limit_s,
            presence,
        } = sentence
        {
            let sought = sought(from.as_ref(), about.as_ref(), name);
            return Some(Self::Mail(FindMail::waiting(sought, *limit_s, *presence)));
        }
        if let Sentence::SendDraft { to, about } = sentence {
            let draft = drafts::SendDraft::new(to.as_ref(), about.as_ref());
            return Some(Self::SendDraft(draft));
        }
        if let Sentence::Send(name) = sentence
            && name.is_empty()
            && run.last_draft.is_none()
        {
            return Some(Self::SendDraft(drafts::SendDraft::new(None, None)));
        }
        // "reply to Dana": no mail has that name, so it is hers.
        if let Sentence::Reply { to, .. } = sentence
            && to != "mail"
            && run.thing(to).is_none()
        {
            let answer = drafts::AnswerSender::new(to, sentence);
            return Some(Self::Answer(Box::new(answer)));
        }
        None
    }

    fn pick(picker: Picker) -> Self {
        Self::Pick(Box::new(slot::PickTime::new(picker)))
    }

    fn chores(chore: &Chore, which: &Which, rules: &CalendarRules) -> Self {
        Self::Chores(Box::new(chore::Chores::new((chore, which), rules)))
    }

    /// Looks, and says what it wants next.
    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        match self {
            Self::Single(routine) => routine.turn(look),
            Self::Aim(routine) => routine.turn(look),
            Self::Close(routine) => routine.turn(look),
            Self::Mail(routine) => routine.turn(look),
            Self::Pick(routine) => routine.turn(look),
            Self::Form(routine) => routine.turn(look),
            Self::Work(routine) => routine.turn(look),
            Self::Confirm(routine) => routine.turn(look),
            Self::Expect(routine) => routine.turn(look),
            Self::Reference(routine) => routine.turn(look),
            Self::Triage(routine) => routine.turn(look),
            Self::Chores(routine) => routine.turn(look),
            Self::Undo(routine) => routine.turn(look),
            Self::Event(routine) => routine.turn(look),
            Self::SendDraft(routine) => routine.turn(look),
            Self::Answer(routine) => routine.turn(look),
        }
    }
}

fn sought(from: Option<&Value>, about: Option<&Value>, name: &str) -> Sought {
    Sought {
        from: from.cloned(),
        about: about.cloned(),
        name: name.to_owned(),
    }
}

/// What routines are started from.
type Around<'a, 'v> = (&'a Run, &'a View<'v>, &'a CalendarRules);

fn picker(
    when: Option<&Value>,
    length: Option<&Length>,
    name: &str,
    (run, view, rules): Around<'_, '_>,
) -> Result<Picker, Fail> {
    let span = match run.fill_some(when, view.me)? {
        Some(said) => times::span(&said, view.clock)?,
        None => times::soon(view.clock),
    };
    let minutes = run.minutes(length, view.me)?.unwrap_or(MINUTES_DEFAULT);
    Ok(Picker::new(span, minutes, name, rules.clone()))
}

fn work(sentence: &Sentence, around: Around<'_, '_>) -> Result<Work, Fail> {
    let (run, view, _) = around;
    let Sentence::WorkThrough {
        reason,
        request,
        when,
        length,
        name,
        agree,
    } = sentence
    else {
        return Err(super::run::fail("this sentence goes through no form", ""));
    };
    let request = request.as_deref().map(|name| run.mail(name)).transpose()?;
    let asked = request.map(|mail| format!("{}\n{}", mail.envelope.subject, mail.new_text));
    let told = Told {
        hints: form::Hints {
            reason: run.fill_some(reason.as_ref(), view.me)?,
            request: asked,
            agree: *agree,
        },
        name: name.clone(),
    };
    let picker = picker(when.as_ref(), length.as_ref(), name, around)?;
    Ok(Work::new(told, picker))
}
