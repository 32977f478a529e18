//! "archive the mails from X": finds the mails of the inbox that are as said, and does one thing
//! with each. All of it can be undone.

use crate::action::{
    Action, Envelope, Fail, Flag, MailFlag, MailMove, MailQuery, MailSearch, MailSnooze,
    MailTriage, Output,
};
use crate::booking;
use crate::config::CalendarRules;
use crate::planner::plain::run::{Look, Turn, fail, give_up, propose};
use crate::planner::{BATCH_MAX, Proposal};
use crate::skill::language::{Chore, MailSort, Which};
use crate::skill::wording::coverage;
use crate::triage::Kind;
use crate::untrusted;

use super::listing::first_few;
use super::mail::{best, sender_words};
use super::triage::judged;

/// Most mails of the inbox that are looked at.
const INBOX_MAX: u32 = 500;
/// How much of the words said must stand in the mail, where all that fit are taken.
const ALL_WORDS: f64 = 0.99;
/// Subjects named in the answer.
const NAMED_MAX: usize = 3;

/// Does one thing with the mails that are as said.
#[derive(Debug)]
pub(in crate::planner::plain) struct Chores {
    chore: Chore,
    which: Which,
    rules: CalendarRules,
    stage: Stage,
    to_do: Vec<Proposal>,
    named: Vec<String>,
    done: usize,
    failed: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Start,
    Listed,
    Judged,
    Doing,
}

impl Chores {
    pub(super) fn new((chore, which): (&Chore, &Which), rules: &CalendarRules) -> Self {
        Self {
            chore: chore.clone(),
            which: which.clone(),
            rules: rules.clone(),
            stage: Stage::Start,
            to_do: Vec::new(),
            named: Vec::new(),
            done: 0,
            failed: 0,
        }
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        self.advance(look).unwrap_or_else(Turn::from)
    }

    fn advance(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        match self.stage {
            Stage::Start => {
                self.stage = Stage::Listed;
                let from = look.fill_some(self.which.from.as_ref())?;
                let query = MailQuery {
                    from: from
                        .map(|from| sender_words(&from))
                        .filter(|f| !f.is_empty()),
                    ..MailQuery::default()
                };
                Ok(Turn::Act(vec![propose(
                    list("INBOX", query, INBOX_MAX),
                    "",
                )]))
            }
            Stage::Listed => self.listed(look),
            Stage::Judged => {
                for one in judged(look)? {
                    let kind = Kind::named(&one.kind);
                    if let (Some(kind), Some(sort)) = (kind, self.which.sort)
                        && is_of(kind, sort)
                    {
                        self.add(&one.envelope, look)?;
                    }
                }
                self.begin(look)
            }
            Stage::Doing => {
                for step in look.fresh {
                    if step.outcome.goes_on() {
                        self.done += 1;
                    } else {
                        self.failed += 1;
                    }
                }
                self.do_some(look)
            }
        }
    }

    fn listed(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        let found = |mailbox: &str| {
            look.fresh
                .iter()
                .find_map(|step| match (&step.action, &step.outcome.output) {
                    (Action::MailSearch(s), Output::Envelopes(list)) if s.mailbox == mailbox => {
                        Some(list.clone())
                    }
                    _ => None,
                })
        };
        let Some(inbox) = found("INBOX") else {
            let (step, hint) = look
                .failure()
                .ok_or_else(|| fail("the inbox could not be read", ""))?;
            return Err(give_up(step, hint));
        };
        let chosen = self.choose(&inbox, look)?;
        if chosen.is_empty() {
            return Err(self.none(look));
        }
        if self.which.sort.is_some() {
            self.stage = Stage::Judged;
            let judge = Action::MailTriage(MailTriage {
                only: chosen.iter().map(|e| e.id.clone()).collect(),
                limit: INBOX_MAX,
            });
            return Ok(Turn::Act(vec![propose(
                judge,
                "see which of them are such",
            )]));
        }
        for envelope in chosen {
            self.add(envelope, look)?;
        }
        self.begin(look)
    }

    /// The newest of the best sender, or all that fit in every word.
    fn choose<'e>(
        &self,
        inbox: &'e [Envelope],
        look: &Look<'_>,
    ) -> Result<Vec<&'e Envelope>, Fail> {
        let from = look.fill_some(self.which.from.as_ref())?;
        let about = look.fill_some(self.which.about.as_ref())?;
        let all: Vec<&Envelope> = inbox.iter().collect();
        if !self.which.many {
            return Ok(best(&all, from.as_deref(), about.as_deref(), false)?
                .into_iter()
                .collect());
        }
        let fits = |e: &&Envelope| {
            let sender = format!(
                "{}\n{}",
                e.from.name,
                e.from.email.replace(['.', '@', '-', '_'], " ")
            );
            let by = from.as_deref().is_none_or(|said| {
                e.from.email.eq_ignore_ascii_case(said.trim())
                    || coverage(&sender_words(said), &sender) >= ALL_WORDS
            });
            let on = about
                .as_deref()
                .is_none_or(|said| coverage(said, &e.subject) >= ALL_WORDS);
            by && on
        };
        Ok(all.into_iter().filter(fits).collect())
    }

    fn none(&self, look: &Look<'_>) -> Fail {
        let said = |value: Option<&crate::skill::language::Value>, lead: &str| {
            let text = look.fill_some(value).ok().flatten();
            text.map_or_else(String::new, |t| {
                format!(" {lead} '{}'", untrusted::line(&t, 80))
            })
        };
        let from = said(self.which.from.as_ref(), "from");
        let about = said(self.which.about.as_ref(), "about");
        fail(
            format!("no mail in the inbox is{from}{about}"),
            "'legwork mail list' shows what is there",
        )
    }

    fn add(&mut self, envelope: &Envelope, look: &Look<'_>) -> Result<(), Fail> {
        let id = envelope.id.clone();
        let action = match &self.chore {
            Chore::Move(mailbox) => Action::MailMove(MailMove {
                id,
                mailbox: look.fill(mailbox)?,
            }),
            Chore::Flag(flag, on) => Action::MailFlag(MailFlag {
                id,
                flag: flag.clone(),
                on: *on,
            }),
            Chore::Snooze(when) => {
                let said = look.fill(when)?;
                let now = look.view.clock.local();
                let until = booking::moment(&said, &now, self.rules.day_starts)
                    .map_err(|e| fail(e.to_string(), e.hint().unwrap_or_default()))?;
                let until = until.timestamp();
                Action::MailSnooze(MailSnooze { id, until })
            }
        };
        // A mark that is there already is no work.
        if let Action::MailFlag(flag) = &action
            && envelope.flags.contains(&flag.flag) == flag.on
        {
            return Ok(());
        }
        let subject = untrusted::line(&envelope.subject, 50);
        self.to_do.push(propose(action, ""));
        self.named.push(format!("'{subject}'"));
        Ok(())
    }

    fn begin(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        self.stage = Stage::Doing;
        if self.to_do.is_empty() {
            look.run
                .notes
                .push("nothing is to be done: no such mail, or all as wanted already".to_owned());
            return Ok(Turn::Over);
        }
        self.to_do.reverse();
        self.do_some(look)
    }

    fn do_some(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        let batch: Vec<Proposal> = (0..BATCH_MAX).filter_map(|_| self.to_do.pop()).collect();
        if !batch.is_empty() {
            return Ok(Turn::Act(batch));
        }
        let count = self.done;
        let list = first_few(&self.named, NAMED_MAX, ", ");
        let what = self.word(look)?;
        if self.failed > 0 {
            return Err(fail(
                format!("{what} {count} mails, but {} could not be", self.failed),
                "the steps of this run say why",
            ));
        }
        let mails = if count == 1 { "mail" } else { "mails" };
        look.run
            .notes
            .push(format!("{what} {count} {mails}: {list}"));
        Ok(Turn::Over)
    }

    fn word(&self, look: &Look<'_>) -> Result<String, Fail> {
        Ok(match &self.chore {
            Chore::Move(mailbox) => format!("moved to {}:", look.fill(mailbox)?),
            Chore::Flag(Flag::Seen, true) => "marked as read".to_owned(),
            Chore::Flag(Flag::Seen, false) => "marked as unread".to_owned(),
            Chore::Flag(flag, true) => format!("marked as {}", flag.word()),
            Chore::Flag(flag, false) => format!("no longer marked as {}", flag.word()),
            Chore::Snooze(when) => format!("put off until {}:", look.fill(when)?),
        })
    }
}

fn list(mailbox: &str, query: MailQuery, limit: u32) -> Action {
    Action::MailSearch(MailSearch {
        mailbox: mailbox.to_owned(),
        query,
        limit,
    })
}

fn is_of(kind: Kind, sort: MailSort) -> bool {
    let wanted = match sort {
        MailSort::Newsletter => Kind::Newsletter,
        MailSort::Notification => Kind::Notification,
        MailSort::List => Kind::MailingList,
        MailSort::Receipt => Kind::Receipt,
        MailSort::Invoice => Kind::Invoice,
        MailSort::Shipping => Kind::Shipping,
        MailSort::Invitation => Kind::Invitation,
        MailSort::Code => Kind::Code,
        MailSort::AutoReply => Kind::AutoReply,
        MailSort::Suspicious => Kind::Suspicious,
    };
    kind == wanted
}
