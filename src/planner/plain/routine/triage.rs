//! "triage my inbox": asks what each mail wants and does what can be undone.
//!
//! The judging itself is one action, the same that `legwork mail triage` shows. Nothing is deleted,
//! answered or unsubscribed from.

use std::collections::BTreeMap;

use crate::action::{Action, Fail, Judged, MailTriage, Output, Status};
use crate::planner::plain::run::{Look, Turn, fail, give_up, propose};
use crate::planner::{BATCH_MAX, Proposal};
use crate::triage::Kind;
use crate::untrusted;

/// Most mails of the inbox that one run sorts.
const INBOX_MAX: u32 = 100;
/// Mails named that are like those of another mailbox.
const LIKE_MAX: usize = 3;

/// Sorts the inbox.
#[derive(Debug, Default)]
pub(in crate::planner::plain) struct Triage {
    stage: Stage,
    to_do: Vec<Proposal>,
    judged: Vec<Judged>,
    failed: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Start,
    Judged,
    Doing,
}

impl Triage {
    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        self.advance(look).unwrap_or_else(Turn::from)
    }

    fn advance(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        match self.stage {
            Stage::Start => {
                self.stage = Stage::Judged;
                let judge = Action::MailTriage(MailTriage {
                    only: Vec::new(),
                    limit: INBOX_MAX,
                });
                let why = "see what is in the inbox, and what it wants";
                Ok(Turn::Act(vec![propose(judge, why)]))
            }
            Stage::Judged => {
                self.judged = judged(look)?;
                self.to_do = self.judged.iter().flat_map(proposals).collect();
                self.to_do.reverse();
                self.stage = Stage::Doing;
                Ok(self.do_some(look))
            }
            Stage::Doing => {
                let undone = |s: &&crate::planner::Step| {
                    !matches!(s.outcome.status, Status::Done {} | Status::Intended {})
                };
                self.failed += u32::try_from(look.fresh.iter().filter(undone).count()).unwrap_or(0);
                Ok(self.do_some(look))
            }
        }
    }

    fn do_some(&mut self, look: &mut Look<'_>) -> Turn {
        let batch: Vec<Proposal> = (0..BATCH_MAX).filter_map(|_| self.to_do.pop()).collect();
        if !batch.is_empty() {
            return Turn::Act(batch);
        }
        look.run.notes.push(self.summary());
        Turn::Over
    }

    fn summary(&self) -> String {
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        for kind in self.judged.iter().filter_map(|one| Kind::named(&one.kind)) {
            *counts.entry(kind).or_insert(0) += 1;
        }
        let parts: Vec<String> = counts
            .iter()
            .map(|(kind, count)| format!("{count} {}", word(*kind)))
            .collect();
        let list = if parts.is_empty() {
            "the inbox is empty".to_owned()
        } else {
            parts.join(", ")
        };
        let failed = if self.failed == 0 {
            String::new()
        } else {
            format!("; {} could not be handled", self.failed)
        };
        let alike = self.alike();
        format!("sorted {} mails: {list}{failed}{alike}", self.judged.len())
    }

    /// Which mails may belong elsewhere; only the user moves them there.
    fn alike(&self) -> String {
        let like = |one: &Judged| {
            let mailbox = untrusted::line(one.like.as_deref()?, 40);
            let subject = untrusted::line(&one.envelope.subject, 50);
            Some(format!("'{subject}' is like what you keep in {mailbox}"))
        };
        let all: Vec<String> = self.judged.iter().filter_map(like).take(LIKE_MAX).collect();
        if all.is_empty() {
            return String::new();
        }
        format!("; {}", all.join(", "))
    }
}

/// What the triage that was just asked for brought.
pub(super) fn judged(look: &Look<'_>) -> Result<Vec<Judged>, Fail> {
    let mut found = None;
    for step in look.fresh {
        if let Output::Judged(judged) = &step.outcome.output {
            found = Some(judged.clone());
        }
    }
    let Some(judged) = found else {
        let (step, hint) = look
            .failure()
            .ok_or_else(|| fail("the inbox could not be read", ""))?;
        return Err(give_up(step, hint));
    };
    Ok(judged)
}

/// The steps that were judged worth doing, each with the kind and the reason.
fn proposals(one: &Judged) -> Vec<Proposal> {
    let kind = Kind::named(&one.kind).map_or("", word);
    let why = format!("{kind}: {}", one.reason);
    let plan = one.plan.iter();
    plan.map(|action| propose(action.clone(), &why)).collect()
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::NeedsReply => "to answer",
        Kind::ToDo => "to do",
        Kind::Invitation => "invitations",
        Kind::Code => "codes",
        Kind::Invoice => "invoices",
        Kind::Receipt => "receipts",
        Kind::Shipping => "shipping",
        Kind::Newsletter => "newsletters",
        Kind::Notification => "notifications",
        Kind::MailingList => "mailing lists",
        Kind::DeliveryFailure => "not delivered",
        Kind::AutoReply => "automatic replies",
        Kind::Personal => "personal",
        Kind::Suspicious => "suspicious",
    }
}
