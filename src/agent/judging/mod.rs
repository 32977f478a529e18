//! What mails want of the user: one judging for lists, runs and the watch over the inbox.
//!
//! Knows the user by the local data alone (own mails, own moves, own rules), so it asks no server
//! and costs one look at the index. Changes no mail; what it proposes are actions like any other.

mod learned;

use crate::action::{
    Action, Envelope, Flag, Judged as Said, MailFlag, MailId, MailMove, MailQuery, MailSearch,
    Message,
};
use crate::clock::Clock;
use crate::config::Config;
use crate::deadline::Deadline;
use crate::home::Home;
use crate::mail::{self, Account};
use crate::triage::{self, Profile, Proposed, Verdict};

/// What a run that triages is journalled as.
pub const GOAL: &str = "triage my inbox";
/// Own mails looked at, the newest, for whom the user writes to and what was answered.
const SENT_MAX: u32 = 2_000;

/// What it takes to judge the mails of an account.
#[derive(Debug, Clone, Copy)]
pub struct Judging<'a> {
    /// Where state is kept.
    pub home: &'a Home,
    /// What the user set.
    pub config: &'a Config,
    /// The time.
    pub clock: &'a Clock,
    /// The account.
    pub mail: &'a Account,
}

/// A message and what was judged of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The message.
    pub envelope: Envelope,
    /// What it is, and why.
    pub verdict: Verdict,
}

/// What is known of the user, and what could not be known, one sentence each.
#[derive(Debug, Clone)]
pub struct Known {
    /// What is known.
    pub profile: Profile,
    /// What could not be read or kept.
    pub problems: Vec<String>,
}

/// Judged messages, those that need the user first.
#[derive(Debug, Default)]
pub struct Sorted {
    /// The messages.
    pub judged: Vec<Judged>,
    /// How many older ones there are.
    pub more: usize,
    /// What could not be read, one sentence each.
    pub problems: Vec<String>,
}

/// Asks for all that lies in the inbox.
pub fn inbox() -> MailSearch {
    MailSearch {
        mailbox: "INBOX".to_owned(),
        query: MailQuery::default(),
        limit: u32::MAX,
    }
}

impl Judging<'_> {
    /// Returns what is known of the user: the addresses, the rules, whom the user wrote to and
    /// answered, and what the user's moves taught.
    ///
    /// # Errors
    /// When the mailboxes can't be listed.
    pub fn known(&self) -> Result<Known, mail::Error> {
        let me = self.config.me.emails.iter();
        let mut addresses: Vec<String> = me.cloned().collect();
        addresses.extend(self.mail.address().map(str::to_owned));
        let mut profile = Profile::new(&addresses, self.clock.zone().clone());
        profile.rules.clone_from(&self.config.triage.rule);
        let name = self.mail.name();
        for sent in self
            .mail
            .ask_index(&|index| index.own_mails(name, SENT_MAX))?
        {
            profile.note_sent(&sent.envelope, &sent.references);
        }
        let (learned, problem) = learned::update(self)?;
        profile.learned = learned;
        Ok(Known {
            profile,
            problems: problem.into_iter().collect(),
        })
    }

    /// Judges the newest `limit` messages of the inbox, or of them those in `only`.
    ///
    /// # Errors
    /// When the mailboxes can't be listed; a message that can't be read costs only itself.
    pub fn sort(&self, only: &[MailId], limit: u32) -> Result<Sorted, mail::Error> {
        let listing = self.mail.search(&inbox())?;
        let known = self.known()?;
        let mut sorted = Sorted {
            problems: [listing.diagnostics, known.problems].concat(),
            ..Sorted::default()
        };
        let mut envelopes = listing.envelopes;
        envelopes.retain(|one| only.is_empty() || only.contains(&one.id));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        sorted.more = envelopes.len().saturating_sub(limit);
        for envelope in envelopes.into_iter().take(limit) {
            match self.mail.read(&envelope.id) {
                Ok(message) => sorted.judged.push(Judged {
                    verdict: triage::judge(&message, &known.profile),
                    envelope,
                }),
                // One message that another program took or that is broken costs the others nothing.
                Err(error) => sorted.problems.push(error.to_string()),
            }
        }
        // What needs the user comes first, within that the newest.
        sorted.judged.sort_by_key(|one| one.verdict.kind);
        Ok(sorted)
    }

    /// Judges one message, wherever it lies.
    ///
    /// # Errors
    /// When the mailboxes can't be listed.
    pub fn one(&self, message: &Message) -> Result<Judged, mail::Error> {
        Ok(Judged::of(message, &self.known()?.profile))
    }

    /// Fetches the texts of the messages that [`Judging::sort`] would judge by their headers alone;
    /// returns what could not be fetched, one sentence each.
    ///
    /// # Errors
    /// [`mail::Error::Stopped`], and when the inbox can't be listed.
    ///
    /// # Cancellation
    /// What was fetched stays.
    pub async fn fetch(
        &self,
        only: &[MailId],
        limit: u32,
        deadline: &Deadline,
    ) -> Result<Vec<String>, mail::Error> {
        let mut problems = Vec::new();
        if self.mail.is_local() {
            return Ok(problems);
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let bare = self.mail.without_text("INBOX", limit)?;
        for id in bare {
            if !only.is_empty() && !only.contains(&id) {
                continue;
            }
            match self.mail.fetch(&id, deadline).await {
                Err(error @ mail::Error::Stopped(_)) => return Err(error),
                Err(error) => problems.push(error.to_string()),
                Ok(()) => {}
            }
        }
        Ok(problems)
    }

    /// Forgets what moves taught; what lies somewhere now teaches nothing any more.
    ///
    /// # Errors
    /// When the mailboxes can't be listed.
    pub fn forget(&self) -> Result<Option<String>, mail::Error> {
        learned::forget(self)
    }
}

impl Judged {
    /// Judges one message.
    pub fn of(message: &Message, profile: &Profile) -> Self {
        Self {
            envelope: message.envelope.clone(),
            verdict: triage::judge(message, profile),
        }
    }

    /// The steps that the verdict proposes; marks first, as the message is then where it was.
    pub fn deeds(&self) -> Vec<Action> {
        let id = || self.envelope.id.clone();
        let flag = |flag: Flag| {
            let set = self.envelope.flags.contains(&flag);
            (!set).then(|| {
                Action::MailFlag(MailFlag {
                    id: id(),
                    flag,
                    on: true,
                })
            })
        };
        let mut marks = Vec::new();
        let mut moves = Vec::new();
        for proposed in &self.verdict.plan {
            match proposed {
                Proposed::Label { keyword } => marks.extend(flag(Flag::Keyword(keyword.clone()))),
                Proposed::Flag => marks.extend(flag(Flag::Flagged)),
                Proposed::Move { mailbox } => moves.push(Action::MailMove(MailMove {
                    id: id(),
                    mailbox: mailbox.clone(),
                })),
                Proposed::Keep => {}
            }
        }
        marks.into_iter().chain(moves).collect()
    }

    /// As a step of a run tells it.
    pub fn said(self) -> Said {
        let verdict = &self.verdict;
        let sure = verdict.details.suggestion.as_ref();
        Said {
            kind: verdict.kind.word().to_owned(),
            reason: verdict.reason.clone(),
            like: sure.map(|suggested| suggested.mailbox.clone()),
            plan: self.deeds(),
            envelope: self.envelope,
        }
    }
}
