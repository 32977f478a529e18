//! Who says yes when the policy asks.

use crate::action::Effect;
use crate::policy::{Consent, Question};

/// Asks a person, or stands in for one.
pub trait Approver {
    /// Says yes to exactly this question, or nothing for no.
    fn decide(&mut self, question: &Question) -> Option<Consent>;

    /// Answers a planner's question; nothing when nobody is there to answer.
    fn answer(&mut self, question: &str, options: &[String]) -> Option<String>;

    /// Has the person do `what` in the browser's window, and waits until they say that they are
    /// done.
    fn hand_over(&mut self, what: &str) -> Handed {
        let _ = what;
        Handed::Nobody
    }
}

/// What became of a page that was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handed {
    /// The person did it and gave the page back.
    Back,
    /// The person gave the page back without having done it.
    GivenUp,
    /// The person keeps the page until they give the next command.
    Kept,
    /// Nobody is there to take it.
    Nobody,
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

    fn hand_over(&mut self, what: &str) -> Handed {
        self.otherwise.hand_over(what)
    }
}
