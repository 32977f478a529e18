//! `[[triage.rule]]`: what the user wants done with mails that are as said.

use serde::Deserialize;

/// Most rules of one file.
const RULES_MAX: usize = 200;
/// What a mail can be, as a rule may say.
pub const KINDS: [&str; 14] = [
    "needs_reply",
    "to_do",
    "invitation",
    "code",
    "invoice",
    "receipt",
    "shipping",
    "newsletter",
    "notification",
    "mailing_list",
    "delivery_failure",
    "auto_reply",
    "personal",
    "suspicious",
];

/// How the inbox is triaged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Triage {
    /// The user's own rules; the first that fits decides, before anything is judged.
    pub rule: Vec<TriageRule>,
}

/// One rule: all conditions that are given must hold, letters in any case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TriageRule {
    /// What it is called in reasons; its number without.
    pub name: String,
    /// Words of the sender's name or address, or an address, or `@domain`.
    pub from: Option<String>,
    /// An address, or part of one, in To or Cc.
    pub to: Option<String>,
    /// Words of the subject.
    pub subject: Option<String>,
    /// Part of the List-Id.
    pub list: Option<String>,
    /// Words of the text.
    pub has: Option<String>,
    /// The label it gets.
    pub label: Option<String>,
    /// The mailbox it goes to.
    pub r#move: Option<String>,
    /// Whether it is flagged.
    pub flag: bool,
    /// What it is, such as `receipt`.
    pub kind: Option<String>,
}

impl Triage {
    /// Says what makes no sense: key, value and problem.
    pub(super) fn problem(&self) -> Option<(&'static str, String, &'static str)> {
        if self.rule.len() > RULES_MAX {
            let count = self.rule.len().to_string();
            return Some(("triage.rule", count, "are more rules than 200"));
        }
        self.rule.iter().zip(1_u32..).find_map(|(rule, number)| {
            let problem = rule.problem()?;
            let named = if rule.name.is_empty() {
                number.to_string()
            } else {
                rule.name.clone()
            };
            Some(match problem {
                Problem::Of(key, value, problem) => (key, value, problem),
                Problem::Whole(problem) => ("triage.rule", named, problem),
            })
        })
    }
}

enum Problem {
    Of(&'static str, String, &'static str),
    Whole(&'static str),
}

impl TriageRule {
    fn problem(&self) -> Option<Problem> {
        let conditions = [
            ("triage.rule.from", &self.from),
            ("triage.rule.to", &self.to),
            ("triage.rule.subject", &self.subject),
            ("triage.rule.list", &self.list),
            ("triage.rule.has", &self.has),
            ("triage.rule.move", &self.r#move),
        ];
        for (key, value) in conditions {
            if value.as_ref().is_some_and(|value| value.trim().is_empty()) {
                return Some(Problem::Of(key, String::new(), "is empty"));
            }
        }
        let said = [&self.from, &self.to, &self.subject, &self.list, &self.has];
        if said.iter().all(|condition| condition.is_none()) {
            let problem = "fits every mail: give it from, to, subject, list or has";
            return Some(Problem::Whole(problem));
        }
        let does = self.label.is_some() || self.r#move.is_some() || self.kind.is_some();
        if !does && !self.flag {
            return Some(Problem::Whole(
                "does nothing: give it label, move, flag or kind",
            ));
        }
        let atom = |c: char| c.is_ascii_graphic() && !"(){%*\"\\]".contains(c);
        if let Some(label) = &self.label
            && (label.is_empty() || !label.chars().all(atom))
        {
            let problem = "is not one word of plain letters, digits and signs";
            return Some(Problem::Of("triage.rule.label", label.clone(), problem));
        }
        if let Some(mailbox) = &self.r#move
            && mailbox.eq_ignore_ascii_case("outbox")
        {
            let problem = "would leave this machine, so nothing is moved there";
            return Some(Problem::Of("triage.rule.move", mailbox.clone(), problem));
        }
        let kind = self.kind.as_ref()?;
        (!KINDS.contains(&kind.as_str())).then(|| {
            let problem = "is not a kind of mail";
            Problem::Of("triage.rule.kind", kind.clone(), problem)
        })
    }
}
