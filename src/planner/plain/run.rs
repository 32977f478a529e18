//! What a run has come to know: saved results, proofs, doubts.
//!
//! Values are filled in here, as data: text from a page or a mail never becomes a sentence, a
//! target or a name.

use std::collections::BTreeMap;

use jiff::{Timestamp, ZonedDateTime};

use crate::action::{Action, Fail, MailId, Message, Status};
use crate::config::Me;
use crate::planner::{Proposal, Step, View};
use crate::skill::language::{Length, Value};
use crate::skill::wording::{DECISIVE, likeness};
use crate::snapshot::Snapshot;
use crate::untrusted;

/// Longest saved text that is shown in an answer, in characters.
const SHOWN_CHARS_MAX: usize = 300;
/// Length of a slot when neither the user nor the page says, in minutes.
pub(super) const MINUTES_DEFAULT: u32 = 30;

/// What a routine wants next.
#[derive(Debug)]
pub(super) enum Turn {
    /// These actions; the routine looks again afterwards.
    Act(Vec<Proposal>),
    /// It is done with its sentence.
    Over,
    /// The run can't go on.
    Fail(Fail),
}

impl From<Fail> for Turn {
    fn from(fail: Fail) -> Self {
        Self::Fail(fail)
    }
}

/// Builds a failure: why, and what the user can do.
pub(super) fn fail(reason: impl Into<String>, hint: impl Into<String>) -> Fail {
    Fail {
        reason: reason.into(),
        hint: hint.into(),
    }
}

/// Builds a turn of one action.
pub(super) fn act(action: Action, why: impl Into<String>) -> Turn {
    Turn::Act(vec![propose(action, why)])
}

/// Builds a proposal.
pub(super) fn propose(action: Action, why: impl Into<String>) -> Proposal {
    Proposal {
        action,
        why: why.into(),
    }
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Thing {
    Text(String),
    Mail(Box<Message>),
    Draft(MailId),
    Slot {
        start: ZonedDateTime,
        end: ZonedDateTime,
    },
}

/// Everything a run has come to know.
#[derive(Debug, Default)]
pub(super) struct Run {
    things: BTreeMap<String, Thing>,
    inputs: BTreeMap<String, String>,
    /// What the goal asked to save, for the answer.
    pub(super) saved: BTreeMap<String, String>,
    /// Sentences for the answer.
    pub(super) notes: Vec<String>,
    /// Steps that carry proof.
    pub(super) cites: Vec<u32>,
    /// When the run began.
    pub(super) began: Option<Timestamp>,
    /// Whether effects are only shown.
    pub(super) dry: bool,
    /// What may or may not have happened, until something proves it.
    pub(super) unsure: Option<String>,
    /// Phrases of confirmation that stood on the page before the last button was pressed.
    pub(super) said_before: Vec<String>,
    /// The sentence that goes through the form, so that what follows its last button can go on.
    pub(super) working: Option<crate::skill::language::Sentence>,
    /// The newest draft, for "send the draft".
    pub(super) last_draft: Option<MailId>,
}

impl Run {
    pub(super) fn input(&mut self, name: &str, value: &str) {
        self.inputs.insert(name.to_owned(), value.to_owned());
    }

    pub(super) fn keep(&mut self, name: &str, thing: Thing) {
        if let Thing::Draft(id) = &thing {
            self.last_draft = Some(id.clone());
        }
        self.things.insert(name.to_owned(), thing);
    }

    pub(super) fn thing(&self, name: &str) -> Option<&Thing> {
        self.things.get(name)
    }

    /// Says whether a mail was read before in this run.
    pub(super) fn knows(&self, id: &MailId) -> bool {
        let is = |thing: &Thing| matches!(thing, Thing::Mail(mail) if mail.envelope.id == *id);
        self.things.values().any(is)
    }

    /// Saves text under a name, for later sentences and for the answer.
    pub(super) fn save(&mut self, name: &str, text: &str) {
        let shown = untrusted::line(text, SHOWN_CHARS_MAX);
        self.saved.insert(name.to_owned(), shown);
        self.keep(name, Thing::Text(untrusted::block(text)));
    }

    /// Returns the mail saved under `name`.
    pub(super) fn mail(&self, name: &str) -> Result<&Message, Fail> {
        match self.things.get(name) {
            Some(Thing::Mail(message)) => Ok(message),
            Some(Thing::Text(_) | Thing::Draft(_) | Thing::Slot { .. }) => {
                Err(fail(format!("'{name}' is not a mail"), String::new()))
            }
            None => Err(fail(
                format!("no mail was found under the name '{name}' yet"),
                "begin with: find the mail from NAME about SUBJECT as mail",
            )),
        }
    }

    fn field(&self, name: &str, field: &str) -> Option<String> {
        if let Some(input) = self.inputs.get(name) {
            return field.is_empty().then(|| input.clone());
        }
        match (self.things.get(name)?, field) {
            (Thing::Text(text), _) => field.is_empty().then(|| text.clone()),
            (Thing::Mail(mail), field) => mail_field(mail, field),
            (Thing::Draft(id), "") => Some(id.0.clone()),
            (Thing::Slot { start, end }, field) => slot_field(start, end, field),
            (Thing::Draft(_), _) => None,
        }
    }

    /// Fills in a value.
    pub(super) fn fill(&self, value: &Value, me: &Me) -> Result<String, Fail> {
        use crate::skill::language::Part;
        let mut text = String::new();
        for part in &value.0 {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Name { name, field } if name == "me" => {
                    text.push_str(&own(me, field).ok_or_else(|| {
                        fail(
                            format!("I don't know your {field}"),
                            format!("add it to config.toml: [me.facts] \"{field}\" = \"...\""),
                        )
                    })?);
                }
                Part::Name { name, field } => {
                    text.push_str(&self.field(name, field).ok_or_else(|| {
                        let whole = if field.is_empty() {
                            name.clone()
                        } else {
                            format!("{name}.{field}")
                        };
                        let known: Vec<&str> = self
                            .things
                            .keys()
                            .chain(self.inputs.keys())
                            .map(String::as_str)
                            .collect();
                        fail(
                            format!("nothing is named '{whole}' yet"),
                            format!("known names: {}", known.join(", ")),
                        )
                    })?);
                }
            }
        }
        Ok(text)
    }

    /// Fills in a value that may be left out; an empty one counts as left out.
    pub(super) fn fill_some(&self, value: Option<&Value>, me: &Me) -> Result<Option<String>, Fail> {
        let text = value.map(|v| self.fill(v, me)).transpose()?;
        Ok(text.filter(|t| !t.trim().is_empty()))
    }

    /// Returns a length in minutes.
    pub(super) fn minutes(&self, length: Option<&Length>, me: &Me) -> Result<Option<u32>, Fail> {
        let Some(length) = length else {
            return Ok(None);
        };
        let text = self.fill(&length.amount, me)?;
        let number: f64 = text.trim().parse().map_err(|_| {
            fail(
                format!("'{text}' is not a number of minutes"),
                "write a whole number",
            )
        })?;
        let minutes = (number * f64::from(length.unit_minutes)).round();
        if !(1.0..=1440.0).contains(&minutes) {
            return Err(fail(
                format!("{text} is no length for an appointment"),
                "give 1 minute to 24 hours",
            ));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked right above"
        )]
        let minutes = minutes as u32;
        Ok(Some(minutes))
    }

    /// Takes note of the outcomes of the last batch.
    pub(super) fn note(&mut self, fresh: &[Step]) {
        for step in fresh {
            if matches!(step.outcome.status, Status::Intended {}) {
                self.dry = true;
            }
            let proves = matches!(
                step.action,
                Action::Wait(_)
                    | Action::MailDraft(_)
                    | Action::MailSend(_)
                    | Action::MailMove(_)
                    | Action::MailFlag(_)
                    | Action::MailSnooze(_)
                    | Action::MailWake(_)
                    | Action::MailUnsubscribe(_)
                    | Action::Undo(_)
                    | Action::EventCreate(_)
                    | Action::EventUpdate(_)
                    | Action::EventDelete(_)
                    | Action::EventRespond(_)
                    | Action::EventTake(_)
                    | Action::EventImport(_)
                    | Action::CalendarSync(_)
                    | Action::EventLetter(_)
            );
            if proves && step.outcome.is_done() && !step.outcome.evidence.is_empty() {
                self.cites.push(step.number);
            }
        }
    }
}

/// Returns one of the user's own facts.
pub(super) fn own(me: &Me, field: &str) -> Option<String> {
    let filled = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    match field {
        "" | "name" | "full name" => filled(&me.name),
        "first name" | "first_name" | "given name" => filled(first_name(&me.name)),
        "last name" | "last_name" | "surname" | "family name" => filled(last_name(&me.name)),
        "email" | "mail" | "e-mail" | "address" if !me.emails.is_empty() => {
            me.emails.first().and_then(|e| filled(e))
        }
        "phone" | "telephone" => filled(&me.phone),
        other => {
            let mut best: Vec<(f64, &String)> = me
                .facts
                .iter()
                .map(|(label, value)| (likeness(label, &other.replace('_', " ")), value))
                .filter(|(score, _)| *score >= DECISIVE)
                .collect();
            best.sort_by(|a, b| b.0.total_cmp(&a.0));
            best.first().and_then(|(_, value)| filled(value))
        }
    }
}

/// Returns all but the last word of a full name.
pub(super) fn first_name(name: &str) -> &str {
    name.trim()
        .rsplit_once(' ')
        .map_or(name.trim(), |(first, _)| first.trim())
}

/// Returns the last word of a full name.
pub(super) fn last_name(name: &str) -> &str {
    name.trim().rsplit_once(' ').map_or("", |(_, last)| last)
}

fn mail_field(mail: &Message, field: &str) -> Option<String> {
    let from = &mail.envelope.from;
    let text = match field {
        "from" | "name" | "sender" if !from.name.is_empty() => untrusted::line(&from.name, 80),
        "from" | "name" | "sender" | "email" | "address" => from.email.clone(),
        "subject" => mail.envelope.subject.clone(),
        "date" => mail.envelope.date.to_string(),
        "" | "text" | "body" => mail.new_text.clone(),
        _ => return None,
    };
    Some(text)
}

fn slot_field(start: &ZonedDateTime, end: &ZonedDateTime, field: &str) -> Option<String> {
    Some(match field {
        "start" => start.to_string(),
        "end" => end.to_string(),
        "date" => start.date().to_string(),
        "time" => start.strftime("%H:%M").to_string(),
        "day" => start.strftime("%A %-d %B %Y").to_string(),
        "" => start.strftime("%A %-d %B %Y at %H:%M").to_string(),
        _ => return None,
    })
}

/// What a routine sees in one turn.
pub(super) struct Look<'a> {
    /// The planner's view.
    pub(super) view: &'a View<'a>,
    /// What came of the routine's last batch.
    pub(super) fresh: &'a [Step],
    /// What the run has come to know.
    pub(super) run: &'a mut Run,
}

impl<'a> Look<'a> {
    /// Returns the page, or says that none is open.
    pub(super) fn page(&self) -> Result<&'a Snapshot, Fail> {
        let none = || fail("no page is open yet", "begin with: go to https://...");
        let page = self.view.page.ok_or_else(none)?;
        if let Some(message) = &page.page().dialog {
            let message = untrusted::line(message, 120);
            return Err(fail(
                format!("the page waits for an answer to '{message}'"),
                "",
            ));
        }
        Ok(page)
    }

    pub(super) fn fill(&self, value: &Value) -> Result<String, Fail> {
        self.run.fill(value, self.view.me)
    }

    pub(super) fn fill_some(&self, value: Option<&Value>) -> Result<Option<String>, Fail> {
        self.run.fill_some(value, self.view.me)
    }

    /// Returns the first step of the last batch that did not work, with its hint.
    pub(super) fn failure(&self) -> Option<(&'a Step, &'a str)> {
        self.fresh
            .iter()
            .find_map(|step| match &step.outcome.status {
                Status::Failed { hint } => Some((step, hint.as_str())),
                Status::Done {}
                | Status::Uncertain {}
                | Status::Refused { .. }
                | Status::Intended {} => None,
            })
    }

    /// Returns the first step of which nobody knows whether it worked.
    pub(super) fn uncertain(&self) -> Option<&'a Step> {
        self.fresh
            .iter()
            .find(|step| matches!(step.outcome.status, Status::Uncertain {}))
    }
}

/// Makes a failed step the end of the run.
pub(super) fn give_up(step: &Step, hint: &str) -> Fail {
    fail(
        untrusted::line(&step.outcome.summary, SHOWN_CHARS_MAX),
        hint,
    )
}
