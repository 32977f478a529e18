//! "triage my inbox": reads what is there, judges by rules, proposes what can be undone.
//!
//! The own mails are read first, since whom the user writes to tells who is known. Nothing is
//! deleted, answered or unsubscribed from.

use crate::action::{
    Action, Envelope, Fail, Flag, MailFlag, MailId, MailMove, MailQuery, MailRead, MailSearch,
    Message, Output, Status,
};
use crate::planner::plain::run::{Look, Turn, fail, give_up, propose};
use crate::planner::{BATCH_MAX, Proposal};
use crate::triage::{Kind, Profile, Proposed, Verdict, judge, summary};

/// Most mails of the inbox that one run sorts.
const INBOX_MAX: u32 = 100;
/// Most own mails that are looked at.
const SENT_MAX: u32 = 500;

/// Sorts the inbox.
#[derive(Debug, Default)]
pub(in crate::planner::plain) struct Triage {
    stage: Stage,
    profile: Option<Profile>,
    to_read: Vec<MailId>,
    read: Vec<Message>,
    to_do: Vec<Proposal>,
    verdicts: Vec<Verdict>,
    failed: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Start,
    Listed,
    Reading,
    Doing,
}

impl Triage {
    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        self.advance(look).unwrap_or_else(Turn::from)
    }

    fn advance(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        match self.stage {
            Stage::Start => {
                self.stage = Stage::Listed;
                let list = |mailbox: &str, limit| {
                    let query = MailQuery::default();
                    let mailbox = mailbox.to_owned();
                    Action::MailSearch(MailSearch {
                        mailbox,
                        query,
                        limit,
                    })
                };
                Ok(Turn::Act(vec![
                    propose(list("INBOX", INBOX_MAX), "see what is in the inbox"),
                    propose(list("Sent", SENT_MAX), "see whom you write to"),
                ]))
            }
            Stage::Listed => {
                self.list(look)?;
                self.stage = Stage::Reading;
                Ok(self.read_some(look))
            }
            Stage::Reading => {
                for step in look.fresh {
                    if let Output::Message(message) = &step.outcome.output {
                        self.read.push((**message).clone());
                    } else {
                        self.failed += 1;
                    }
                }
                Ok(self.read_some(look))
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

    /// Takes note of what the mailboxes hold.
    fn list(&mut self, look: &Look<'_>) -> Result<(), Fail> {
        let listed = |mailbox: &str| {
            look.fresh
                .iter()
                .find_map(|step| match (&step.action, &step.outcome.output) {
                    (Action::MailSearch(s), Output::Envelopes(list)) if s.mailbox == mailbox => {
                        Some(list)
                    }
                    _ => None,
                })
        };
        let Some(inbox) = listed("INBOX") else {
            let (step, hint) = look
                .failure()
                .ok_or_else(|| fail("the inbox could not be read", ""))?;
            return Err(give_up(step, hint));
        };
        self.to_read = inbox.iter().rev().map(|e| e.id.clone()).collect();
        // Without a Sent mailbox nobody counts as known, which is the safe side.
        let none = Vec::new();
        self.profile = Some(profile(look, listed("Sent").unwrap_or(&none)));
        Ok(())
    }

    fn read_some(&mut self, look: &mut Look<'_>) -> Turn {
        let batch: Vec<Proposal> = (0..BATCH_MAX)
            .filter_map(|_| self.to_read.pop())
            .map(|id| propose(Action::MailRead(MailRead { id }), "read it to judge it"))
            .collect();
        if !batch.is_empty() {
            return Turn::Act(batch);
        }
        self.stage = Stage::Doing;
        if let Some(profile) = &self.profile {
            for message in &self.read {
                let verdict = judge(message, profile);
                self.to_do.extend(proposals(message, &verdict));
                self.verdicts.push(verdict);
            }
        }
        self.to_do.reverse();
        self.do_some(look)
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
        let counts = summary(&self.verdicts);
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
        format!("sorted {} mails: {list}{failed}", self.verdicts.len())
    }
}

pub(super) fn profile(look: &Look<'_>, sent: &[Envelope]) -> Profile {
    let zone = look.view.clock.zone().clone();
    let mut profile = Profile::new(&look.view.me.emails, zone);
    profile.rules.clone_from(&look.run.triage_rules);
    for mail in sent {
        profile.note_sent(mail, &[]);
    }
    profile
}

/// Turns a verdict into actions, each with the kind and the reason.
fn proposals(message: &Message, verdict: &Verdict) -> Vec<Proposal> {
    let why = format!("{}: {}", word(verdict.kind), verdict.reason);
    let id = || message.envelope.id.clone();
    let mut found = Vec::new();
    let mut moves = Vec::new();
    for plan in &verdict.plan {
        match plan {
            Proposed::Move { mailbox } => {
                let mailbox = mailbox.clone();
                moves.push(propose(
                    Action::MailMove(MailMove { id: id(), mailbox }),
                    &why,
                ));
            }
            Proposed::Label { keyword } => {
                let flag = Flag::Keyword(keyword.clone());
                found.push(propose(
                    Action::MailFlag(MailFlag {
                        id: id(),
                        flag,
                        on: true,
                    }),
                    &why,
                ));
            }
            Proposed::Flag => {
                let flag = Flag::Flagged;
                found.push(propose(
                    Action::MailFlag(MailFlag {
                        id: id(),
                        flag,
                        on: true,
                    }),
                    &why,
                ));
            }
            Proposed::Keep => {}
        }
    }
    // Flags first: a message that has moved may go by another place.
    found.extend(moves);
    found
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
