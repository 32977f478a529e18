//! "send the draft to Dana" and "reply to Dana": finds the one draft or the newest mail that is meant.
//!
//! Of two drafts that fit neither is sent: both are named.

use super::mail::{FindMail, Sought, sender_words};
use super::single::Single;
use crate::action::{
    Action, Envelope, Fail, MailId, MailQuery, MailRead, MailSearch, MailSend, Output, Status,
};
use crate::planner::plain::run::{Look, Turn, act, fail, give_up};
use crate::skill::language::{Sentence, Value};
use crate::skill::wording::coverage;
use crate::untrusted;

/// Drafts looked through.
const DRAFTS_MAX: u32 = 200;
/// Drafts named where several fit.
const NAMED_MAX: usize = 4;
/// How much of the words said must stand in the draft.
const ALL_WORDS: f64 = 0.99;

/// Sends a draft that lies in Drafts.
#[derive(Debug)]
pub(in crate::planner::plain) struct SendDraft {
    to: Option<Value>,
    about: Option<Value>,
    stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Start,
    Listed,
    Read(MailId),
    Sent,
}

impl SendDraft {
    pub(super) fn new(to: Option<&Value>, about: Option<&Value>) -> Self {
        Self {
            to: to.cloned(),
            about: about.cloned(),
            stage: Stage::Start,
        }
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        self.advance(look).unwrap_or_else(Turn::from)
    }

    fn advance(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        if let Some((step, hint)) = look.failure() {
            return Err(give_up(step, hint));
        }
        match self.stage.clone() {
            // What a dry run did not draft can't be found.
            Stage::Start if look.run.dry && self.to.is_none() && self.about.is_none() => {
                Ok(Turn::Over)
            }
            Stage::Start => {
                self.stage = Stage::Listed;
                let search = MailSearch {
                    mailbox: "Drafts".to_owned(),
                    query: MailQuery::default(),
                    limit: DRAFTS_MAX,
                };
                Ok(act(Action::MailSearch(search), "look for the draft"))
            }
            Stage::Listed => {
                let found = look.fresh.iter().find_map(|step| {
                    if let Output::Envelopes(list) = &step.outcome.output {
                        Some(list.as_slice())
                    } else {
                        None
                    }
                });
                let id = self.choose(found.unwrap_or_default(), look)?;
                self.stage = Stage::Read(id.clone());
                Ok(act(Action::MailRead(MailRead { id }), "see what it says"))
            }
            Stage::Read(id) => {
                self.stage = Stage::Sent;
                Ok(act(Action::MailSend(MailSend { id }), ""))
            }
            Stage::Sent => match look.fresh.last().map(|step| &step.outcome) {
                Some(outcome) if matches!(outcome.status, Status::Uncertain {}) => {
                    look.run.unsure = Some(outcome.summary.clone());
                    Ok(Turn::Over)
                }
                Some(_) => {
                    look.run.notes.push("sent the mail".to_owned());
                    Ok(Turn::Over)
                }
                None => Err(fail("the draft was not sent", "run it again")),
            },
        }
    }

    fn choose(&self, drafts: &[Envelope], look: &Look<'_>) -> Result<MailId, Fail> {
        let to = look.fill_some(self.to.as_ref())?;
        let about = look.fill_some(self.about.as_ref())?;
        let fits = |draft: &&Envelope| {
            let for_whom = to.as_deref().is_none_or(|said| is_for(draft, said));
            let on = about
                .as_deref()
                .is_none_or(|said| coverage(said, &draft.subject) >= ALL_WORDS);
            for_whom && on
        };
        let found: Vec<&Envelope> = drafts.iter().filter(fits).collect();
        match found.as_slice() {
            [only] => Ok(only.id.clone()),
            [] => {
                let to = to.map_or_else(String::new, |to| format!(" to '{to}'"));
                let about = about.map_or_else(String::new, |about| format!(" about '{about}'"));
                Err(fail(
                    untrusted::line(&format!("there is no draft{to}{about}"), 200),
                    "'legwork mail list Drafts' shows what is there",
                ))
            }
            several => {
                let named = several.iter().take(NAMED_MAX).map(|draft| shown(draft));
                let named: Vec<String> = named.collect();
                Err(fail(
                    format!("{} drafts fit: {}", several.len(), named.join(", ")),
                    "say more of the recipient or of the subject",
                ))
            }
        }
    }
}

fn is_for(draft: &Envelope, said: &str) -> bool {
    let mut people = draft.to.iter().chain(&draft.cc);
    people.any(|one| {
        let who = format!(
            "{}\n{}",
            one.name,
            one.email.replace(['.', '@', '-', '_'], " ")
        );
        one.email.eq_ignore_ascii_case(said.trim())
            || coverage(&sender_words(said), &who) >= ALL_WORDS
    })
}

fn shown(draft: &Envelope) -> String {
    let to = draft.to.first().map_or("", |to| to.email.as_str());
    let (subject, to) = (untrusted::line(&draft.subject, 50), untrusted::line(to, 60));
    format!("'{subject}' to {to}")
}

/// Finds the newest mail of a sender, and answers it.
#[derive(Debug)]
pub(in crate::planner::plain) struct AnswerSender {
    find: Option<FindMail>,
    reply: Single,
}

impl AnswerSender {
    /// `sentence` answers the mail called `who`, which is the sender's name too.
    pub(super) fn new(who: &str, sentence: &Sentence) -> Self {
        let sought = Sought {
            from: Some(Value::literal(who)),
            about: None,
            name: who.to_owned(),
        };
        Self {
            find: Some(FindMail::new(sought)),
            reply: Single::new(sentence.clone()),
        }
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        if let Some(find) = &mut self.find {
            match find.turn(look) {
                Turn::Over => self.find = None,
                other @ (Turn::Act(_) | Turn::Fail(_)) => return other,
            }
        }
        self.reply.turn(look)
    }
}
