//! The user's own rules: what they say of a mail is final, except that what the user has flagged or
//! labelled stays as it is.

use super::view::{View, domain_of, shown};
use super::{Kind, Proposed};
use crate::config::TriageRule;

/// A rule that fits, with what it says.
pub(super) struct Fits<'a> {
    pub(super) rule: &'a TriageRule,
    /// How it is called in a reason.
    pub(super) name: String,
}

/// Finds the first rule that fits.
pub(super) fn find<'a>(view: &View<'a>) -> Option<Fits<'a>> {
    let mut rules = view.profile.rules.iter().zip(1_u32..);
    let (rule, number) = rules.find(|(rule, _)| holds(rule, view))?;
    let name = if rule.name.is_empty() {
        format!("rule {number} of config.toml")
    } else {
        format!("rule '{}'", shown(&rule.name))
    };
    Some(Fits { rule, name })
}

fn holds(rule: &TriageRule, view: &View<'_>) -> bool {
    let envelope = &view.message.envelope;
    let is = |condition: Option<&String>, holds: &dyn Fn(&str) -> bool| {
        condition.is_none_or(|said| holds(&said.trim().to_lowercase()))
    };
    let name = envelope.from.name.to_lowercase();
    let from = |said: &str| match said.strip_prefix('@') {
        Some(domain) => is_within(&view.domain, domain),
        None if said.contains('@') => view.sender == said,
        None => words(said, &format!("{name} {}", view.sender)),
    };
    let to = |said: &str| {
        let mut all = envelope.to.iter().chain(&envelope.cc);
        all.any(|address| {
            let email = address.email.to_lowercase();
            match said.strip_prefix('@') {
                Some(domain) => is_within(domain_of(&email), domain),
                None => email.contains(said),
            }
        })
    };
    let subject = |said: &str| words(said, &view.subject().to_lowercase());
    let list = |said: &str| view.header("list-id").contains(said);
    let has = |said: &str| words(said, &view.words().to_lowercase());
    is(rule.from.as_ref(), &from)
        && is(rule.to.as_ref(), &to)
        && is(rule.subject.as_ref(), &subject)
        && is(rule.list.as_ref(), &list)
        && is(rule.has.as_ref(), &has)
}

/// `example.org` and what is below it.
fn is_within(domain: &str, said: &str) -> bool {
    domain == said
        || domain
            .strip_suffix(said)
            .is_some_and(|rest| rest.ends_with('.'))
}

/// Says whether every word stands in the text.
fn words(said: &str, text: &str) -> bool {
    said.split_whitespace().all(|word| text.contains(word))
}

impl Fits<'_> {
    /// What the rule says the mail is.
    pub(super) fn kind(&self) -> Option<Kind> {
        let kind = self.rule.kind.as_deref()?;
        Kind::ALL.into_iter().find(|known| known.word() == kind)
    }

    /// What the rule does; none when it only says what the mail is.
    pub(super) fn plan(&self) -> Option<Vec<Proposed>> {
        let mut plan = Vec::new();
        plan.extend(self.rule.label.iter().map(|keyword| Proposed::Label {
            keyword: keyword.clone(),
        }));
        plan.extend(self.rule.flag.then_some(Proposed::Flag));
        plan.extend(self.rule.r#move.iter().map(|mailbox| Proposed::Move {
            mailbox: mailbox.clone(),
        }));
        (!plan.is_empty()).then_some(plan)
    }
}
