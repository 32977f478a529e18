//! Who says yes when the policy asks.

use crate::action::Effect;
use crate::policy::{Consent, Question};

/// Asks a person, or stands in for one.
pub trait Approver {
    /// Says yes to exactly this question, or nothing for no.
    fn decide(&mut self, question: &Question) -> Option<Consent>;

    /// Answers a planner's question; nothing when nobody is there to answer.
    fn answer(&mut self, question: &str, options: &[String]) -> Option<String>;
}

/// Says no to everything: the default without a terminal.
#[derive(Debug, Clone, Copy, Default)]
pub struct DenyAll;

impl Approver for DenyAll {
    fn decide(&mut self, _: &Question) -> Option<Consent> {
        None
    }

    fn answer(&mut self, _: &str, _: &[String]) -> Option<String> {
        None
    }
}

/// Says yes to the effects named by `--yes`, and leaves the rest to another.
#[derive(Debug)]
pub struct ByEffect<A> {
    /// Effects the user allowed beforehand.
    pub effects: Vec<Effect>,
    /// Who decides the rest.
    pub otherwise: A,
}

impl<A: Approver> Approver for ByEffect<A> {
    fn decide(&mut self, question: &Question) -> Option<Consent> {
        if self.effects.contains(&question.effect()) {
            return Some(question.consent("--yes"));
        }
        self.otherwise.decide(question)
    }

    fn answer(&mut self, question: &str, options: &[String]) -> Option<String> {
        self.otherwise.answer(question, options)
    }
}
