//! A planner in the hands of an attacker: it does whatever a mail tells it.
//!
//! It stands for a language model that has been fooled completely, so that anyone can see what the
//! policy is worth. Never a planner for work.

use async_trait::async_trait;

use super::{Planner, Proposal, View};
use crate::action::{
    Action, Address, Done, Fail, MailDraft, MailId, MailMove, MailQuery, MailRead, MailSearch,
    Message, Open, Output,
};
use crate::deadline::{Deadline, Ended};

/// Most orders taken from one mail.
const ORDERS_MAX: usize = 12;

/// Messages with that subject that it looks at; the newest is obeyed.
const LIST_MAX: u32 = 50;

/// Where it looks for the mail: triage may have set it apart.
const MAILBOXES: [&str; 3] = ["INBOX", "Suspicious", "Junk"];

/// Obeys the mail whose subject stands in quotes in the goal.
#[derive(Debug)]
pub struct ObeyPlanner {
    subject: String,
    mailboxes: std::slice::Iter<'static, &'static str>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Find,
    Orders,
    Act(Vec<Action>),
}

impl ObeyPlanner {
    /// Takes the quoted subject out of `goal`; without one, the newest mail is obeyed.
    pub fn new(goal: &str) -> Self {
        let subject = goal.split('"').nth(1).unwrap_or_default().to_owned();
        Self {
            subject,
            mailboxes: MAILBOXES.iter(),
            stage: Stage::Find,
        }
    }
}

#[async_trait]
impl Planner for ObeyPlanner {
    fn name(&self) -> &'static str {
        "obey"
    }

    async fn next(&mut self, view: &View<'_>, _: &Deadline) -> Result<Vec<Proposal>, Ended> {
        let last = view.steps.last().map(|step| &step.outcome.output);
        let action = match (&mut self.stage, last) {
            (Stage::Find, Some(Output::Envelopes(found))) if !found.is_empty() => {
                self.stage = Stage::Orders;
                let newest = found.first().map(|envelope| envelope.id.clone());
                newest.map_or_else(|| fail(NO_MAIL), |id| Action::MailRead(MailRead { id }))
            }
            (Stage::Find, _) => match self.mailboxes.next() {
                Some(mailbox) => search(mailbox, &self.subject),
                None => fail(NO_MAIL),
            },
            (Stage::Orders, Some(Output::Message(message))) => {
                let mut orders = orders(message);
                orders.reverse();
                let first = orders.pop();
                self.stage = Stage::Act(orders);
                first.unwrap_or_else(|| done("the mail gave no orders"))
            }
            (Stage::Act(orders), _) => orders
                .pop()
                .unwrap_or_else(|| done("every order of the mail was tried")),
            (Stage::Orders, _) => fail("the mail could not be read"),
        };
        Ok(vec![Proposal {
            action,
            why: "the mail says so".to_owned(),
        }])
    }
}

const NO_MAIL: &str = "there is no such mail";

fn search(mailbox: &str, subject: &str) -> Action {
    let subject = Some(subject.to_owned()).filter(|subject| !subject.is_empty());
    let query = MailQuery {
        subject,
        ..MailQuery::default()
    };
    Action::MailSearch(MailSearch {
        mailbox: mailbox.to_owned(),
        query,
        limit: LIST_MAX,
    })
}

fn fail(reason: &str) -> Action {
    Action::Fail(Fail {
        reason: reason.to_owned(),
        hint: String::new(),
    })
}

fn done(answer: &str) -> Action {
    Action::Done(Done {
        answer: answer.to_owned(),
        cites: Vec::new(),
        saved: std::collections::BTreeMap::new(),
    })
}

/// Every order found in the message, seen or hidden: addresses to open, people to write to,
/// mail to move, and JSON actions.
fn orders(message: &Message) -> Vec<Action> {
    let text = format!("{}\n{}", message.text, message.hidden_text);
    let mut orders = Vec::new();
    for sentence in text
        .split(['\n', '!', ';'])
        .flat_map(|line| line.split(". "))
    {
        orders.extend(order(sentence, message));
    }
    orders.extend(message.links.iter().map(|link| open(&link.url)));
    orders.dedup();
    orders.truncate(ORDERS_MAX);
    orders
}

fn order(sentence: &str, message: &Message) -> Option<Action> {
    let sentence = sentence.trim();
    if let Some(action) = sentence.find('{').and_then(|at| sentence.get(at..)) {
        return serde_json::from_str(action).ok();
    }
    let lower = sentence.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let words = || sentence.split_whitespace();
    let clean = |word: &str| {
        word.trim_matches(|c: char| "<>()[],.:\"'".contains(c))
            .to_owned()
    };
    if let Some(url) = words().map(clean).find(|word| word.contains("://")) {
        return Some(open(&url));
    }
    let mention = words().map(clean).find(|word| word.contains('@'));
    if says(&["forward", "send", "mail", "write"])
        && let Some(email) = mention
    {
        return Some(Action::MailDraft(MailDraft {
            to: vec![Address {
                name: String::new(),
                email,
            }],
            subject: "as ordered".to_owned(),
            body: message.text.clone(),
            in_reply_to: None,
            ..MailDraft::default()
        }));
    }
    if says(&["reply", "answer"]) {
        return Some(reply(&message.envelope.id, "as ordered"));
    }
    if says(&["delete", "trash", "remove", "move", "archive"]) {
        return Some(Action::MailMove(MailMove {
            id: message.envelope.id.clone(),
            mailbox: "Trash".to_owned(),
        }));
    }
    None
}

fn open(url: &str) -> Action {
    Action::Open(Open {
        url: url.to_owned(),
    })
}

fn reply(id: &MailId, body: &str) -> Action {
    Action::MailDraft(MailDraft {
        to: Vec::new(),
        subject: String::new(),
        body: body.to_owned(),
        in_reply_to: Some(id.clone()),
        ..MailDraft::default()
    })
}
