//! "answer the form": fills what is asked for from the user's own facts and what the run knows.
//!
//! Leaves alone what is optional and unknown; stops at what is required and unknown, by its label.

use crate::action::{Action, Check, Fail, Fill, Select};
use crate::config::Me;
use crate::planner::plain::ground::{pick_by_text, pick_option};
use crate::planner::plain::run::{Look, Turn, fail, propose};
use crate::planner::plain::times;
use crate::planner::{BATCH_MAX, Proposal};
use crate::skill::wording::{holds_any, is_stop, same_word, words};
use crate::untrusted;

use super::fields::{Answer, Field, FieldKind, answer, fields};

/// How many batches one form takes at most.
const ROUNDS_MAX: u32 = 20;
/// Options that say that anything will do.
const ANY: [&str; 9] = [
    "no preference",
    "any",
    "anyone",
    "first available",
    "next available",
    "any available",
    "doesn't matter",
    "either",
    "no matter",
];

/// What is known beyond the user's facts, to choose among options.
#[derive(Debug, Clone, Default)]
pub(in crate::planner::plain) struct Hints {
    /// What it is for, in the user's words.
    pub(super) reason: Option<String>,
    /// Text of the mail that asks for it.
    pub(super) request: Option<String>,
    /// Whether the user agrees to the site's terms.
    pub(super) agree: bool,
}

/// "answer the form".
#[derive(Debug)]
pub(in crate::planner::plain) struct AnswerForm {
    agree: bool,
    rounds: u32,
    answered: Vec<String>,
}

impl AnswerForm {
    pub(super) fn new(agree: bool) -> Self {
        Self {
            agree,
            rounds: 0,
            answered: Vec::new(),
        }
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        self.rounds += 1;
        if self.rounds > ROUNDS_MAX {
            return fail("the form keeps asking for more", "").into();
        }
        if let Some((step, hint)) = look.failure() {
            return crate::planner::plain::run::give_up(step, hint).into();
        }
        let hints = Hints {
            agree: self.agree,
            ..Hints::default()
        };
        let batch = look
            .page()
            .and_then(|page| batch(&fields(page), look, &hints, &mut self.answered));
        match batch {
            Ok(batch) if batch.is_empty() => Turn::Over,
            Ok(batch) => Turn::Act(batch),
            Err(failed) => failed.into(),
        }
    }
}

/// Takes back that a field was answered, when the action that should have done it failed.
pub(super) fn forget(action: &Action, answered: &mut Vec<String>) {
    let target = if let Action::Fill(fill) = action {
        fill.target
    } else if let Action::Select(select) = action {
        select.target
    } else if let Action::Check(check) = action {
        check.target
    } else {
        return;
    };
    let named = format!("{target}|");
    answered.retain(|key| !key.starts_with(&named));
}

/// Returns what to do for the fields that are still empty, up to a full batch.
///
/// `answered` remembers the refs that were answered before, so that a field which stays empty is
/// not filled for ever.
pub(super) fn batch(
    fields: &[Field],
    look: &Look<'_>,
    hints: &Hints,
    answered: &mut Vec<String>,
) -> Result<Vec<Proposal>, Fail> {
    let mut found = Vec::new();
    for field in fields {
        if found.len() >= BATCH_MAX || !(field.empty || field.invalid) {
            continue;
        }
        let named = format!("{}|{}", field.target, field.label);
        if answered.contains(&named) {
            // A mark that stays after the answer is read anew when the form is sent.
            if field.invalid && field.empty {
                return Err(fail(
                    format!(
                        "the form does not accept what I gave for '{}'",
                        shown(field)
                    ),
                    "look at what the page says about it",
                ));
            }
            continue;
        }
        if let Some(action) = act_on(field, look, hints)? {
            answered.push(named);
            found.push(propose(action, format!("answer '{}'", shown(field))));
        }
    }
    Ok(found)
}

fn shown(field: &Field) -> String {
    let label = untrusted::line(&field.label, 80);
    if label.is_empty() {
        "a field without a label".to_owned()
    } else {
        label
    }
}

/// Returns what to do for one field; none leaves it.
fn act_on(field: &Field, look: &Look<'_>, hints: &Hints) -> Result<Option<Action>, Fail> {
    let target = field.target;
    let known = answer(field, look.view.me, hints.agree);
    Ok(match &field.kind {
        FieldKind::Text(kind) => match known {
            Answer::Text(text) => {
                let text = times::in_field_format(&text, Some(kind), look.view.clock);
                Some(Action::Fill(Fill { target, text }))
            }
            Answer::Unknown | Answer::Leave if asks_reason(field) && hints.reason.is_some() => {
                let text = hints.reason.clone().unwrap_or_default();
                Some(Action::Fill(Fill { target, text }))
            }
            Answer::Unknown => return Err(unknown(field)),
            Answer::Leave => None,
        },
        FieldKind::Box => match known {
            Answer::Text(_) => Some(Action::Check(Check { target, on: true })),
            Answer::Unknown if !hints.agree => {
                return Err(fail(
                    format!(
                        "the form wants '{}' to be ticked, and you did not say to",
                        shown(field)
                    ),
                    "add to the sentence: agreeing to the terms",
                ));
            }
            Answer::Unknown => return Err(unknown(field)),
            Answer::Leave => None,
        },
        FieldKind::List(options) => choice(field, options, &known, (hints, look.view.me))?
            .and_then(|at| {
                let option = options.get(at)?.clone();
                Some(Action::Select(Select::one(target, option)))
            }),
        FieldKind::Radios(radios) => {
            let options: Vec<String> = radios.iter().map(|(label, _)| label.clone()).collect();
            choice(field, &options, &known, (hints, look.view.me))?.and_then(|at| {
                let (_, target) = radios.get(at)?;
                Some(Action::Check(Check {
                    target: *target,
                    on: true,
                }))
            })
        }
    })
}

/// Picks an option: by the user's fact, by what it is for, by who asks for it, else any.
fn choice(
    field: &Field,
    options: &[String],
    known: &Answer,
    (hints, me): (&Hints, &Me),
) -> Result<Option<usize>, Fail> {
    if let Answer::Text(text) = known
        && let Some(at) = pick_option(text, options)
    {
        return Ok(Some(at));
    }
    if let Some(at) = by_fact(&field.label, options, me) {
        return Ok(Some(at));
    }
    if let Some(at) = by_hints(options, hints) {
        return Ok(Some(at));
    }
    if options.len() == 1 && *known != Answer::Leave {
        return Ok(Some(0));
    }
    if *known == Answer::Leave {
        return Ok(None);
    }
    let listed = untrusted::line(&options.join(", "), 200);
    Err(fail(
        format!("the form asks to choose '{}' among: {listed}", shown(field)),
        "say what it is for, or choose first: choose \"...\" in \"...\"",
    ))
}

/// Picks the option that one of the user's facts names, when the fact's label and the field's have
/// a word in common; that the value is an option is the other half of the proof.
fn by_fact(label: &str, options: &[String], me: &Me) -> Option<usize> {
    let mut found: Vec<usize> = me
        .facts
        .iter()
        .filter(|(fact, _)| kin(fact, label))
        .filter_map(|(_, value)| pick_option(value, options))
        .collect();
    found.dedup();
    match found.as_slice() {
        [only] => Some(*only),
        [] | [_, _, ..] => None,
    }
}

/// Says whether two labels share a word, or the root of a long one: "insured" and "insurance".
fn kin(a: &str, b: &str) -> bool {
    const ROOT_CHARS: usize = 5;
    let root = |word: &str| word.chars().take(ROOT_CHARS).collect::<String>();
    let (a, b) = (words(a), words(b));
    a.iter().filter(|w| !is_stop(w)).any(|word| {
        b.iter().any(|other| {
            same_word(word, other)
                || (word.len() > ROOT_CHARS
                    && other.len() > ROOT_CHARS
                    && root(word) == root(other))
        })
    })
}

/// Picks the option that the reason or the request means, else the one that says "any".
pub(super) fn by_hints(options: &[String], hints: &Hints) -> Option<usize> {
    let reason = hints.reason.as_deref();
    reason
        .and_then(|r| pick_option(r, options).or_else(|| pick_by_text(r, options)))
        .or_else(|| {
            hints
                .request
                .as_deref()
                .and_then(|r| pick_by_text(r, options))
        })
        .or_else(|| options.iter().position(|option| holds_any(option, &ANY)))
}

fn asks_reason(field: &Field) -> bool {
    holds_any(
        &field.label,
        &[
            "reason",
            "purpose",
            "concern",
            "what is it about",
            "symptoms",
            "subject",
            "treatment",
        ],
    )
}

fn unknown(field: &Field) -> Fail {
    let label = shown(field);
    let hint = match &field.kind {
        FieldKind::Text(kind) if kind == "password" => {
            "sign in first, or choose a site that needs no account".to_owned()
        }
        FieldKind::Text(_) | FieldKind::List(_) | FieldKind::Radios(_) | FieldKind::Box => {
            format!("add it to config.toml under [me.facts]: \"{label}\" = \"...\"")
        }
    };
    fail(
        format!("the form asks for '{label}', which I don't know"),
        hint,
    )
}
