//! "find the mail from X about Y" and "wait for a mail": search, choose, read.
//!
//! The newest mail of the one sender that fits best is taken; when two senders fit equally well
//! both are named and nothing is taken.

use crate::action::{
    Action, Condition, Envelope, Fail, MailQuery, MailRead, MailSearch, Output, Wait,
};
use crate::planner::plain::run::{Look, Thing, Turn, act, fail, give_up};
use crate::skill::language::{Presence, Value};
use crate::skill::wording::{coverage, is_stop, words};
use crate::untrusted;

/// How many mails are compared.
const COMPARED_MAX: u32 = 50;

/// What is looked for.
#[derive(Debug, Clone)]
pub(in crate::planner::plain) struct Sought {
    pub(super) from: Option<Value>,
    pub(super) about: Option<Value>,
    pub(super) name: String,
}

/// Finds and reads one mail.
#[derive(Debug)]
pub(in crate::planner::plain) struct FindMail {
    sought: Sought,
    /// How long to wait for a new one, in seconds; none looks among those that are there.
    wait_s: Option<u32>,
    presence: Presence,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Start,
    Waited,
    /// Searched by sender.
    BySender,
    /// Searched by any word.
    ByText,
    Read,
}

impl FindMail {
    pub(super) fn new(sought: Sought) -> Self {
        Self {
            sought,
            wait_s: None,
            presence: Presence::Must,
            stage: Stage::Start,
        }
    }

    pub(super) fn waiting(sought: Sought, limit_s: u32, presence: Presence) -> Self {
        Self {
            wait_s: Some(limit_s),
            presence,
            ..Self::new(sought)
        }
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        self.advance(look).unwrap_or_else(Turn::from)
    }

    fn advance(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        if let Some((step, hint)) = look.failure()
            && self.stage != Stage::Waited
        {
            return Err(give_up(step, hint));
        }
        let from = look.fill_some(self.sought.from.as_ref())?;
        let about = look.fill_some(self.sought.about.as_ref())?;
        match self.stage {
            Stage::Start if self.wait_s.is_some() => {
                if look.run.dry {
                    return Ok(Turn::Over);
                }
                self.stage = Stage::Waited;
                let query = self.query(look, from.as_deref());
                let until = Condition::Mail {
                    mailbox: "INBOX".to_owned(),
                    query,
                };
                let limit_ms = u64::from(self.wait_s.unwrap_or(0)) * 1000;
                Ok(act(
                    Action::Wait(Wait { until, limit_ms }),
                    "wait for the mail",
                ))
            }
            Stage::Start | Stage::Waited => {
                self.stage = Stage::BySender;
                // A mail that did not come under the sender's name may have come under another.
                let missed = look.failure().is_some();
                let from = from.filter(|_| !missed);
                Ok(search(self.query(look, from.as_deref())))
            }
            Stage::BySender | Stage::ByText => self.choose(look, from.as_deref(), about.as_deref()),
            Stage::Read => {
                let read = look.fresh.iter().find_map(|step| {
                    if let Output::Message(message) = &step.outcome.output {
                        Some((message, step.number))
                    } else {
                        None
                    }
                });
                let (message, number) =
                    read.ok_or_else(|| fail("the mail could not be read", ""))?;
                let subject = untrusted::line(&message.envelope.subject, 80);
                look.run
                    .saved
                    .insert(self.sought.name.clone(), subject.clone());
                if self.wait_s.is_some() {
                    look.run.cites.push(number);
                    look.run
                        .notes
                        .push(format!("the mail '{subject}' has come"));
                }
                look.run
                    .keep(&self.sought.name, Thing::Mail(message.clone()));
                Ok(Turn::Over)
            }
        }
    }

    fn query(&self, look: &Look<'_>, from: Option<&str>) -> MailQuery {
        MailQuery {
            from: from.map(sender_words).filter(|words| !words.is_empty()),
            since: self.wait_s.and(look.run.began),
            ..MailQuery::default()
        }
    }

    fn choose(
        &mut self,
        look: &mut Look<'_>,
        from: Option<&str>,
        about: Option<&str>,
    ) -> Result<Turn, Fail> {
        let empty = Vec::new();
        let found = look.fresh.iter().find_map(|step| {
            if let Output::Envelopes(list) = &step.outcome.output {
                Some(list)
            } else {
                None
            }
        });
        let since = self.wait_s.and(look.run.began);
        let by_text = self.stage == Stage::ByText;
        let list: Vec<&Envelope> = found
            .unwrap_or(&empty)
            .iter()
            .filter(|e| since.is_none_or(|since| e.date >= since && !look.run.knows(&e.id)))
            .collect();
        let best = best(&list, from, about, by_text)?;
        if let Some(envelope) = best {
            self.stage = Stage::Read;
            let id = envelope.id.clone();
            let subject = untrusted::line(&envelope.subject, 60);
            return Ok(act(
                Action::MailRead(MailRead { id }),
                format!("read '{subject}'"),
            ));
        }
        let text = from.or(about).map(sender_words).filter(|t| !t.is_empty());
        if let Some(text) = text.filter(|_| !by_text && self.wait_s.is_none()) {
            self.stage = Stage::ByText;
            let text = Some(text);
            return Ok(search(MailQuery {
                text,
                ..MailQuery::default()
            }));
        }
        if self.presence == Presence::IfPresent {
            look.run
                .notes
                .push("no mail about it has come yet".to_owned());
            return Ok(Turn::Over);
        }
        let who = from.map_or_else(String::new, |f| format!(" from '{f}'"));
        let what = about.map_or_else(String::new, |a| format!(" about '{a}'"));
        let near: Vec<String> = list.iter().take(3).map(|e| shown(e)).collect();
        let near = if near.is_empty() {
            String::new()
        } else {
            format!("; the nearest are {}", near.join(", "))
        };
        Err(fail(
            format!("there is no mail{who}{what}{near}"),
            "use a word of the sender's name or address, or of the subject",
        ))
    }
}

fn search(query: MailQuery) -> Turn {
    act(
        Action::MailSearch(MailSearch {
            mailbox: "INBOX".to_owned(),
            query,
            limit: COMPARED_MAX,
        }),
        "look for the mail",
    )
}

/// Drops the words that stand for nothing in a sender's name: "the dentist" is looked for as
/// "dentist", "Dr. Weber" as "Weber".
pub(super) fn sender_words(said: &str) -> String {
    if said.contains('@') {
        return said.trim().to_owned();
    }
    let kept: Vec<String> = words(said)
        .into_iter()
        .filter(|w| {
            !is_stop(w) && !matches!(w.as_str(), "dr" | "mr" | "mrs" | "ms" | "prof" | "doctor")
        })
        .collect();
    kept.join(" ")
}

/// Returns the newest mail of the one sender that fits best; none when nothing fits.
pub(super) fn best<'e>(
    list: &[&'e Envelope],
    from: Option<&str>,
    about: Option<&str>,
    by_text: bool,
) -> Result<Option<&'e Envelope>, Fail> {
    let scored: Vec<(f64, &Envelope)> = list
        .iter()
        .map(|e| (score(e, from, about, by_text), *e))
        .filter(|(score, _)| *score > 0.0)
        .collect();
    let top = scored.iter().map(|(score, _)| *score).fold(0.0, f64::max);
    let mut ties: Vec<&Envelope> = scored
        .iter()
        .filter(|(s, _)| *s > top - 0.05)
        .map(|(_, e)| *e)
        .collect();
    ties.sort_by_key(|e| std::cmp::Reverse(e.date));
    let Some(newest) = ties.first() else {
        return Ok(None);
    };
    let sender = |e: &Envelope| e.from.email.to_lowercase();
    let other = ties.iter().find(|e| sender(e) != sender(newest));
    if let (Some(other), true) = (other, from.is_some()) {
        return Err(fail(
            format!(
                "two senders fit equally well: {} and {}",
                shown(newest),
                shown(other)
            ),
            "say more of the sender's name or address",
        ));
    }
    Ok(Some(newest))
}

/// Weighs a mail: the sender's name and address, and how much of the topic its subject names.
fn score(e: &Envelope, from: Option<&str>, about: Option<&str>, by_text: bool) -> f64 {
    let sender = format!(
        "{}\n{}",
        e.from.name,
        e.from.email.replace(['.', '@', '-', '_'], " ")
    );
    let who = from.map(|said| {
        let said = sender_words(said);
        let whole = e.from.email.eq_ignore_ascii_case(&said);
        if whole {
            1.0
        } else {
            coverage(&said, &sender).max(0.9 * coverage(&said, &e.subject))
        }
    });
    let topic = about.map(|said| coverage(said, &e.subject));
    match (who, topic) {
        (Some(who), topic) if who >= 0.99 => 2.0 + topic.unwrap_or(0.0),
        (Some(who), topic) if who >= 0.5 || by_text => who + topic.unwrap_or(0.0) + 0.1,
        (Some(_), _) => 0.0,
        (None, Some(topic)) if topic > 0.49 => topic,
        (None, Some(_)) => f64::from(u8::from(by_text)) * 0.1,
        (None, None) => 1.0,
    }
}

fn shown(e: &Envelope) -> String {
    let name = if e.from.name.is_empty() {
        &e.from.email
    } else {
        &e.from.name
    };
    format!(
        "'{}' from {} <{}>",
        untrusted::line(&e.subject, 50),
        untrusted::line(name, 40),
        untrusted::line(&e.from.email, 60)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Address, MailId};

    fn mail(id: &str, name: &str, email: &str, subject: &str, day: i64) -> Envelope {
        Envelope {
            id: MailId(id.to_owned()),
            mailbox: "INBOX".to_owned(),
            message_id: String::new(),
            from: Address {
                name: name.to_owned(),
                email: email.to_owned(),
            },
            to: Vec::new(),
            cc: Vec::new(),
            subject: subject.to_owned(),
            date: jiff::Timestamp::from_second(day * 86_400).unwrap(),
            flags: Vec::new(),
            size: 1,
        }
    }

    #[test]
    fn the_newest_of_the_best_sender_is_taken_and_two_senders_are_named() {
        let all = [
            mail(
                "1",
                "Harbour Dental",
                "desk@harbour.example",
                "Time for your check-up: please book an appointment",
                1,
            ),
            mail(
                "2",
                "Harbour Dental",
                "desk@harbour.example",
                "Our new opening hours",
                5,
            ),
            mail("3", "Bo Weber", "bo@a.example", "Lunch?", 6),
            mail("4", "Ann Weber", "ann@b.example", "Notes", 7),
        ];
        let list: Vec<&Envelope> = all.iter().collect();
        let of = |from, about| best(&list, from, about, false).map(|e| e.map(|e| e.id.0.clone()));
        assert_eq!(
            of(Some("Harbour Dental"), Some("an appointment"))
                .unwrap()
                .as_deref(),
            Some("1")
        );
        assert_eq!(
            of(Some("Harbour Dental"), None).unwrap().as_deref(),
            Some("2")
        );
        assert_eq!(of(Some("Bo Weber"), None).unwrap().as_deref(), Some("3"));
        assert_eq!(
            of(None, Some("opening hours")).unwrap().as_deref(),
            Some("2")
        );
        let tie = of(Some("Weber"), None).unwrap_err();
        assert!(
            tie.reason.contains("Bo Weber") && tie.reason.contains("Ann Weber"),
            "{}",
            tie.reason
        );
        assert_eq!(of(Some("Zoe"), None).unwrap(), None);
    }
}
