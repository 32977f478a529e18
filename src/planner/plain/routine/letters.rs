//! The actions of sentences that write and send letters.

use crate::action::{Action, Address, Fail, ForwardAs, MailDraft, MailSend};
use crate::planner::plain::run::{Look, Thing, fail};
use crate::skill::language::Value;
use crate::untrusted;

pub(super) fn reply(look: &Look<'_>, to: &str, body: &Value, all: bool) -> Result<Action, Fail> {
    Ok(Action::MailDraft(MailDraft {
        body: look.fill(body)?,
        in_reply_to: Some(look.run.mail(to)?.envelope.id.clone()),
        to_all: all,
        ..MailDraft::default()
    }))
}

pub(super) fn forward(
    look: &Look<'_>,
    mail: &str,
    (to, body): (&Value, &Value),
    forward_as: ForwardAs,
) -> Result<Action, Fail> {
    Ok(Action::MailDraft(MailDraft {
        to: addresses(&look.fill(to)?)?,
        body: look.fill(body)?,
        forward: Some(look.run.mail(mail)?.envelope.id.clone()),
        forward_as,
        ..MailDraft::default()
    }))
}

pub(super) fn draft(
    look: &Look<'_>,
    to: &Value,
    subject: &Value,
    body: &Value,
) -> Result<Action, Fail> {
    Ok(Action::MailDraft(MailDraft {
        to: addresses(&look.fill(to)?)?,
        subject: look.fill(subject)?,
        body: look.fill(body)?,
        ..MailDraft::default()
    }))
}

/// Reads addresses joined by commas and "and". Whom a mere name means is not guessed.
fn addresses(said: &str) -> Result<Vec<Address>, Fail> {
    let words = said.split([' ', ',', ';']).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.filter(|word| !["and", "&"].contains(word)).collect();
    let wrong = words.iter().find(|word| !word.contains('@'));
    if words.is_empty() || wrong.is_some() {
        let said = untrusted::line(said, 80);
        return Err(fail(
            format!("'{said}' is not a mail address, and whom it means is not guessed"),
            "write it like ada@example.org",
        ));
    }
    let address = |email: &&str| Address {
        name: String::new(),
        email: email.trim_matches(['<', '>']).to_owned(),
    };
    Ok(words.iter().map(address).collect())
}

pub(super) fn send(look: &Look<'_>, name: &str) -> Result<Action, Fail> {
    let id = match look.run.thing(name) {
        Some(Thing::Draft(id)) => Some(id.clone()),
        Some(Thing::Text(_) | Thing::Mail(_) | Thing::Slot { .. }) => None,
        None => look.run.last_draft.clone(),
    };
    id.map(|id| Action::MailSend(MailSend { id }))
        .ok_or_else(|| {
            fail(
                "there is no draft to send yet",
                "begin with: draft a mail to ... saying \"...\"",
            )
        })
}
