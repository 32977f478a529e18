//! Leaving a list: by one POST that the sender's domain signed, else by a draft, else by a page
//! that only the user opens. A message is used once; what came of it is read off the answer.

use url::Url;

use super::{Done, Hands, Intent, unproven};
use crate::action::{
    Address, Effect, Exit, MailId, MailUnsubscribe, Message, Outcome, Output, Status, Subscription,
};
use crate::agent::record::StepRecord;
use crate::deadline::Deadline;
use crate::mail::Stamp;
use crate::mail::compose::Letter;
use crate::mail::unsubscribe::{self, Answer, Click};
use crate::triage::Kind;
use crate::untrusted;

/// Longest address shown, in characters.
const ADDRESS_MAX: usize = 500;
/// What a mailbox for junk is called.
const JUNK: &str = "Junk";

impl Hands {
    /// Says what the message tells of its subscription, and what of it can be trusted.
    pub(in crate::agent) fn subscription(&self, message: &Message) -> Option<Subscription> {
        let id = &message.envelope.id;
        let raw = self.mail.raw(id).ok()?;
        let (exit, why) = unsubscribe::exit(&raw, &self.config.unsubscribe.servers);
        Some(Subscription {
            sender: untrusted::line(&message.envelope.from.email, 100),
            exit,
            why,
            distrust: self.distrust(message),
            earlier: self.unsubscribed(id, ""),
        })
    }

    /// Says why the sender must not hear of the user; none when nothing speaks against it.
    fn distrust(&self, message: &Message) -> Option<String> {
        let place = self.mail.locate(&message.envelope.id).ok().flatten();
        if place.is_some_and(|place| place.mailbox == self.mail.mailbox_named(JUNK)) {
            return Some("it lies among the junk".to_owned());
        }
        match self.judging().one(message) {
            Ok(judged) => {
                let verdict = judged.verdict;
                (verdict.kind == Kind::Suspicious).then_some(verdict.reason)
            }
            Err(error) => Some(format!("what it is can't be judged: {error}")),
        }
    }

    /// Says what came of an earlier POST with this message, by the journal; `key` is the intent
    /// that asks. One that sent nothing is none.
    fn unsubscribed(&self, id: &MailId, key: &str) -> Option<String> {
        let Ok(tried) = self.archive.unsubscribed(id) else {
            return Some("whether it was used before can't be read in the journal".to_owned());
        };
        let mut others = tried
            .into_iter()
            .filter(|(run, step)| format!("{run}/{}", step.number) != key);
        others.find_map(|(_, step)| came_of(&step))
    }

    pub(super) async fn unsubscribe(
        &self,
        end: &MailUnsubscribe,
        intent: &Intent<'_>,
        deadline: &Deadline,
    ) -> Done {
        self.mail.fetch(&end.id, deadline).await?;
        let raw = self.mail.raw(&end.id)?;
        let (exit, why) = unsubscribe::exit(&raw, &self.config.unsubscribe.servers);
        match exit {
            Exit::Click { url } => {
                if !intent.approved.covers(url.as_bytes()) || intent.approved.by().is_none() {
                    let hint = "look at it and unsubscribe again";
                    return Ok(Outcome::failed("that was not what was approved", hint));
                }
                // Another program may have asked its own user in the meantime.
                if let Some(earlier) = self.unsubscribed(&end.id, intent.key) {
                    return Ok(Outcome::failed(earlier, ""));
                }
                self.click(&url, &end.id, deadline).await
            }
            Exit::Letter { to, subject, body } => {
                let email = untrusted::line(&to, ADDRESS_MAX);
                let letter = Letter {
                    to: vec![Address {
                        name: String::new(),
                        email,
                    }],
                    subject,
                    body: format!("{}\n", body.trim_end()),
                    ..Letter::default()
                };
                let author = self.author();
                let stamp = Stamp {
                    author: &author,
                    key: intent.key,
                    now: self.clock.now(),
                };
                let id = self.mail.write_letter(&letter, &stamp, deadline).await?;
                let fact = "the letter that unsubscribes is drafted, not sent";
                let mut outcome = self.drafted(id, fact)?;
                outcome.summary = format!("{}, as {why}", outcome.summary);
                Ok(outcome)
            }
            Exit::Page { url } => {
                let url = untrusted::line(&url, ADDRESS_MAX);
                let said = format!("only a page can unsubscribe you, as {why}: {url}");
                let hint = "open it yourself if you trust it";
                Ok(Outcome::failed(said, hint).with(Output::Text(url)))
            }
            Exit::None {} => Ok(Outcome::failed(
                why,
                "move its mails away by a rule instead",
            )),
        }
    }

    /// Posts once and reads off the answer what came of it.
    async fn click(&self, url: &str, id: &MailId, deadline: &Deadline) -> Done {
        let Ok(parsed) = Url::parse(url) else {
            return Ok(Outcome::failed("its address can't be read", ""));
        };
        let host = parsed.host_str().unwrap_or_default().to_owned();
        let click = Click {
            url: &parsed,
            ca: self.config.unsubscribe.ca.as_deref(),
        };
        Ok(match unsubscribe::click(&click, deadline).await {
            Answer::Taken(status) => Outcome::done("unsubscribed")
                .with(Output::Mail(id.clone()))
                .proven(
                    format!("{host} took it"),
                    format!("HTTP {status} of {host}"),
                ),
            Answer::Refused(status) => Outcome::failed(
                format!("{host} refused it (HTTP {status})"),
                "the link may have run out; try a newer message of the list",
            ),
            Answer::NotSent(why) => Outcome::failed(
                format!("nothing was sent to {host}: {why}"),
                "try again later",
            ),
            Answer::Unknown(why) => unproven(format!(
                "nobody knows whether {host} took it: {why}; it is not tried again with this message"
            )),
        })
    }
}

/// What came of a step that was to unsubscribe by one POST; none when it sent nothing. A draft may
/// be written again.
fn came_of(step: &StepRecord) -> Option<String> {
    if step.effect != Effect::Commit {
        return None;
    }
    let day = step.at.strftime("%Y-%m-%d %H:%M UTC");
    let Some(outcome) = &step.outcome else {
        return Some(format!(
            "it was tried with this message at {day} and cut off: nobody knows what came of it"
        ));
    };
    let said = untrusted::line(&outcome.summary, 200);
    match outcome.status {
        Status::Done {} => Some(format!("you unsubscribed with this message at {day}")),
        Status::Uncertain {} => Some(format!("it was tried with this message at {day}: {said}")),
        Status::Failed { .. } | Status::Refused { .. } | Status::Intended {} => None,
    }
}
