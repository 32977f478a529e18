//! From a goal to sentences: by a skill that covers it, else as the sentences it is made of.

use std::collections::BTreeMap;

use crate::booking;
use crate::clock::Clock;
use crate::skill::language::{self, Line, Unknown, looks_like_address};
use crate::skill::wording::words;
use crate::skill::{InputKind, Match, Skill, match_goal};

use super::times;

/// Why a goal is not understood.
#[derive(Debug, thiserror::Error)]
pub enum NotUnderstood {
    /// No skill covers it and one of its sentences has no known form.
    #[error("I can't do that without a model: {unknown}")]
    Sentence {
        /// The sentence and the nearest form.
        #[source]
        unknown: Unknown,
    },
    /// Several skills cover it.
    #[error("several skills fit this goal: {}", skills.join(", "))]
    Ambiguous {
        /// Their names.
        skills: Vec<String>,
    },
    /// A skill covers it, but the goal does not say everything.
    #[error("the skill '{skill}' needs to know: {}", missing.join(", "))]
    Missing {
        /// The skill's name.
        skill: String,
        /// The inputs that are missing.
        missing: Vec<String>,
    },
    /// There is nothing in it.
    #[error("the goal is empty")]
    Empty,
}

impl NotUnderstood {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Sentence { unknown } => unknown.hint(),
            Self::Ambiguous { .. } => {
                Some("use more of the words of the skill you mean".to_owned())
            }
            Self::Missing { missing, .. } => {
                Some(format!("say it in the goal: {}", missing.join(", ")))
            }
            Self::Empty => Some("say what to do, one sentence after the other".to_owned()),
        }
    }
}

/// A goal as it was understood.
#[derive(Debug)]
pub(super) struct Understood {
    pub(super) lines: Vec<Line>,
    pub(super) inputs: BTreeMap<String, String>,
    pub(super) skill: Option<String>,
}

/// Understands a goal.
pub(super) fn understand(
    goal: &str,
    skills: &[Skill],
    clock: &Clock,
) -> Result<Understood, NotUnderstood> {
    if words(goal).is_empty() {
        return Err(NotUnderstood::Empty);
    }
    let read = |kind: InputKind, text: &str| meaning(kind, text, clock);
    match match_goal(goal, skills, &read) {
        Match::One { skill, inputs } => Ok(Understood {
            lines: skill.lines.clone(),
            inputs,
            skill: Some(skill.name.clone()),
        }),
        Match::Ambiguous(names) => Err(NotUnderstood::Ambiguous {
            skills: names.into_iter().map(str::to_owned).collect(),
        }),
        Match::Missing { skill, inputs } => match language::program(goal) {
            // A skill that lacks something can't be meant where every sentence says all it needs.
            Ok(lines) if !lines.is_empty() => Ok(Understood {
                lines,
                inputs: BTreeMap::new(),
                skill: None,
            }),
            Ok(_) | Err(_) => Err(NotUnderstood::Missing {
                skill: skill.name.clone(),
                missing: inputs
                    .iter()
                    .map(|i| format!("{} ({})", i.name, needs(i.kind)))
                    .collect(),
            }),
        },
        Match::None => {
            let lines =
                language::program(goal).map_err(|unknown| NotUnderstood::Sentence { unknown })?;
            if lines.is_empty() {
                return Err(NotUnderstood::Empty);
            }
            Ok(Understood {
                lines,
                inputs: BTreeMap::new(),
                skill: None,
            })
        }
    }
}

fn needs(kind: InputKind) -> &'static str {
    match kind {
        InputKind::Text => "a few words",
        InputKind::Number => "a number",
        InputKind::Date => "a day, such as 1 December",
        InputKind::Time => "a time of day, such as 10:30",
        InputKind::Url => "an address, such as https://example.org",
        InputKind::Email => "a mail address",
        InputKind::Duration => "a length, such as 30 minutes",
        InputKind::Window => "a span of time, such as next week",
    }
}

/// Reads a value of a kind into its meaning.
fn meaning(kind: InputKind, text: &str, clock: &Clock) -> Option<String> {
    match kind {
        InputKind::Text => Some(text.to_owned()),
        InputKind::Number => text.trim().parse::<f64>().ok().map(|n| n.to_string()),
        InputKind::Date => times::date(text, clock).map(|d| d.to_string()),
        InputKind::Time => times::time(text).map(|t| t.to_string()),
        InputKind::Url => looks_like_address(text).then(|| text.to_owned()),
        InputKind::Email => text.contains('@').then(|| text.to_owned()),
        InputKind::Duration => duration(text),
        InputKind::Window => {
            let when = booking::parse(text, &clock.local()).ok()?;
            when.has_day
                .then(|| format!("{:?} {:?} {:?}", when.window, when.days, when.hours))
        }
    }
}

/// Reads `30 minutes`, `1 hour`, `1.5 hours` into minutes.
fn duration(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let lower = lower.strip_prefix("for ").unwrap_or(&lower);
    if matches!(lower, "half an hour" | "half hour") {
        return Some("30".to_owned());
    }
    let (amount, unit) = lower.split_once([' ', '-'])?;
    let amount: f64 = match amount {
        "an" | "a" | "one" => 1.0,
        "two" => 2.0,
        digits => digits.parse().ok()?,
    };
    let minutes = match unit {
        "minutes" | "minute" | "min" | "mins" => amount,
        "hour" | "hours" | "hrs" | "hr" => amount * 60.0,
        _ => return None,
    };
    (1.0..=1440.0)
        .contains(&minutes)
        .then(|| format!("{minutes:.0}"))
}
