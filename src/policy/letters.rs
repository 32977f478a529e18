//! The rules of mail that is written, sent, moved, brought back, and of lists that are left.

use super::approved::{Approved, Question, Ruling};
use super::grant::Duty;
use super::rules::{Case, Judged, denied, show};
use crate::action::{Address, Effect, Exit, MailDraft, MailMove, Subscription, TRASH};
use crate::untrusted;

/// Messages a run may move to Trash before it has to ask (FACTS: 20 a run).
const TRASH_MAX: u32 = 20;

/// People an answer to all may reach without a question.
const AUDIENCE_MAX: usize = 10;

/// Longest address shown in a question, in characters.
const ADDRESS_MAX: usize = 300;

impl Case<'_> {
    pub(super) fn draft(&self, draft: &MailDraft) -> Judged {
        self.no_codes(&draft.body)?;
        self.no_codes(&draft.subject)?;
        let named = [&draft.to, &draft.cc, &draft.bcc].into_iter().flatten();
        for address in named {
            self.recipient(address, draft)?;
        }
        for path in &draft.attach {
            self.attachment(path)?;
        }
        self.passed_on(draft)?;
        if draft.to.is_empty() && (self.context.answered.is_none() || draft.forward.is_some()) {
            let reason = "the draft has no recipient".to_owned();
            return Err(denied(
                "recipient",
                reason,
                "name one, or a message to answer",
            ));
        }
        let ruling = self.duty(Duty::Draft)?;
        let doubts = self.doubts(draft);
        if doubts.is_empty() {
            return Ok(ruling);
        }
        self.ask(Effect::Write, "recipient", doubts.join("; "))
    }

    /// What a person would look at twice before answering.
    pub(super) fn doubts(&self, draft: &MailDraft) -> Vec<String> {
        let mut doubts = Vec::new();
        let Some(message) = self.context.answered else {
            return doubts;
        };
        if !draft.to.is_empty() || draft.forward.is_some() {
            return doubts;
        }
        let from = &message.envelope.from.email;
        let mut others = message.reply_to.iter();
        if let Some(other) = others.find(|to| domain(&to.email) != domain(from)) {
            doubts.push(format!(
                "answer {} at {}, another domain than the sender's",
                show(from),
                show(&other.email)
            ));
        }
        if draft.to_all {
            let everyone = message.envelope.to.len() + message.envelope.cc.len();
            if everyone > AUDIENCE_MAX {
                doubts.push(format!("answer all {everyone} people the message went to"));
            }
            if message.is_discussion() {
                let list = message.headers.get("list-id").map_or("", String::as_str);
                doubts.push(format!(
                    "answer everyone on the mailing list {}",
                    show(list)
                ));
            }
        }
        doubts
    }

    pub(super) fn attachment(&self, path: &str) -> Judged<()> {
        if self.context.grant.knows(path) {
            return Ok(());
        }
        let reason = format!("your words do not name the file '{}'", show(path));
        let hint = "name the file in the goal to attach it";
        Err(denied("attachment", reason, hint))
    }

    /// What is passed on must have been looked at, and hold no code.
    pub(super) fn passed_on(&self, draft: &MailDraft) -> Judged<()> {
        if draft.forward.is_none() {
            return Ok(());
        }
        let Some(message) = self.context.answered else {
            let reason = "the message to pass on was not read".to_owned();
            return Err(denied("forward", reason, "read it first"));
        };
        self.no_codes(&message.text)?;
        self.no_codes(&message.hidden_text)?;
        self.no_codes(&message.envelope.subject)
    }

    pub(super) fn recipient(&self, address: &Address, draft: &MailDraft) -> Judged<()> {
        let named = self.context.grant.covers_address(&address.email);
        let answered = self.context.answered.is_some_and(|message| {
            message
                .envelope
                .from
                .email
                .eq_ignore_ascii_case(&address.email)
        });
        if named || (answered && draft.forward.is_none()) {
            return Ok(());
        }
        self.guest(address)
    }

    /// Someone invited must be named by the user's words.
    pub(super) fn guest(&self, address: &Address) -> Judged<()> {
        if self.context.grant.covers_address(&address.email) {
            return Ok(());
        }
        let reason = format!(
            "your words do not name '{}' as a recipient",
            show(&address.email)
        );
        Err(denied(
            "recipient",
            reason,
            "name the address in the goal to allow it",
        ))
    }

    pub(super) fn relocate(&self, mail_move: &MailMove) -> Judged {
        let ruling = self.duty(Duty::Organise)?;
        if self.is_trash(&mail_move.mailbox) && self.context.trashed >= TRASH_MAX {
            let preview = format!("move more than {TRASH_MAX} messages to Trash");
            return self.ask(Effect::Write, "trash", preview);
        }
        Ok(ruling)
    }

    /// Putting a message off is asking for it to be brought back.
    pub(super) fn wake(&self) -> Judged {
        match self.context.due {
            Some(why) => Ok(self.allow(why)),
            None => self.duty(Duty::Organise),
        }
    }

    fn is_trash(&self, mailbox: &str) -> bool {
        mailbox.eq_ignore_ascii_case(TRASH) || mailbox.eq_ignore_ascii_case(self.context.trash)
    }

    pub(super) fn send(&self) -> Judged {
        let Some(letter) = self.context.letter else {
            return Err(denied(
                "send",
                "there is no such draft".to_owned(),
                "list the drafts",
            ));
        };
        self.no_codes(&String::from_utf8_lossy(letter.bytes))?;
        // Letters are encoded in ways that hide what they say from a look at their bytes.
        self.no_codes(letter.words)?;
        let preview = untrusted::block(letter.shown);
        let question = Question::new(self.action.clone(), Effect::Send, "send", preview);
        Err(Box::new(Ruling::Ask(question.about(letter.bytes))))
    }

    /// A list is left by the way that its message offers; nothing of a deceiver is answered, and
    /// one message is used once.
    pub(super) fn unsubscribe(&self) -> Judged {
        let Some(Subscription {
            sender,
            exit,
            why: _,
            distrust,
            earlier,
        }) = self.context.subscription
        else {
            let reason = "the message to unsubscribe from was not read".to_owned();
            return Err(denied("unsubscribe", reason, "read it first"));
        };
        self.duty(Duty::Leave)?;
        if let Some(distrust) = distrust {
            let reason = format!(
                "unsubscribing would tell a stranger that somebody reads this address: {}",
                untrusted::line(distrust, ADDRESS_MAX)
            );
            let hint = "move it to Junk instead";
            return Err(denied("unsubscribe", reason, hint));
        }
        if let Some(earlier) = earlier {
            let reason = untrusted::line(earlier, ADDRESS_MAX);
            let hint = "should another message of the list come, unsubscribe from that one";
            return Err(denied("unsubscribe", reason, hint));
        }
        match exit {
            Exit::Click { url } => {
                let (from, at) = (show(sender), untrusted::line(url, ADDRESS_MAX));
                let preview = format!("unsubscribe from {from} by one POST to {at}");
                let action = self.action.clone();
                let question = Question::new(action, Effect::Commit, "unsubscribe", preview);
                Err(Box::new(Ruling::Ask(question.about(url.as_bytes()))))
            }
            Exit::Letter { to, subject, body } => {
                for text in [to, subject, body] {
                    self.no_codes(text)?;
                }
                Ok(self.allow("your words ask for it, and a draft stays here"))
            }
            Exit::Page { .. } | Exit::None {} => {
                let (action, because) = (self.action.clone(), "it only looks");
                Ok(Ruling::Allow(Approved::new(action, Effect::Read, because)))
            }
        }
    }
}

fn domain(address: &str) -> String {
    address
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Action, MailId, MailSend, MailUnsubscribe};
    use crate::config::Me;
    use crate::policy::{Context, Grant, Leaving, Words, judge};

    fn ruling(goal: &str, action: &Action, subscription: Option<&Subscription>) -> String {
        let me = Me::default();
        let skill = "";
        let grant = Grant::read(&Words {
            goal,
            me: &me,
            skill,
        });
        let codes = ["481516".to_owned()];
        let context = Context {
            letter: Some(Leaving {
                // The words are "the code is 481516" (RFC 4648).
                bytes: b"To: bob@mail.test\r\n\r\ndGhlIGNvZGUgaXMgNDgxNTE2\r\n",
                words: "the code is 481516",
                shown: "the code is 481516",
            }),
            codes: &codes,
            subscription,
            ..Context::of(&grant)
        };
        match judge(action, &context) {
            Ruling::Allow(approved) => format!("allow {}", approved.effect().word()),
            Ruling::Ask(question) => {
                format!("ask {} {}", question.rule(), question.effect().word())
            }
            Ruling::Deny(denial) => format!("deny {}", denial.rule),
        }
    }

    fn id() -> MailId {
        MailId("1".to_owned())
    }

    #[test]
    fn a_code_does_not_leave_in_an_encoding() {
        let send = Action::MailSend(MailSend { id: id() });
        assert_eq!(ruling("send the draft", &send, None), "deny code");
    }

    #[test]
    fn a_list_is_left_by_the_way_it_offers_and_deceit_is_not_answered() {
        let leave = Action::MailUnsubscribe(MailUnsubscribe { id: id() });
        let of = |exit: Exit| Subscription {
            sender: "news@shop.test".to_owned(),
            exit,
            why: String::new(),
            distrust: None,
            earlier: None,
        };
        let url = "https://shop.test/u".to_owned();
        let click = of(Exit::Click { url: url.clone() });
        let letter = |body: &str| {
            of(Exit::Letter {
                to: "off@shop.test".to_owned(),
                subject: "off".to_owned(),
                body: body.to_owned(),
            })
        };
        let some = || Some("because".to_owned());
        let deceit = Subscription {
            distrust: some(),
            ..click.clone()
        };
        let again = Subscription {
            earlier: some(),
            ..click.clone()
        };
        let goal = "unsubscribe from the list of message 1";
        for (goal, subscription, want) in [
            (goal, Some(&click), "ask unsubscribe commit"),
            ("read my mail", Some(&click), "deny duty"),
            ("read the mail \"unsubscribe\"", Some(&click), "deny duty"),
            (goal, None, "deny unsubscribe"),
            (goal, Some(&deceit), "deny unsubscribe"),
            (goal, Some(&again), "deny unsubscribe"),
            (goal, Some(&letter("off")), "allow write"),
            (goal, Some(&letter("481516")), "deny code"),
            (goal, Some(&of(Exit::Page { url })), "allow read"),
        ] {
            assert_eq!(
                ruling(goal, &leave, subscription),
                want,
                "{goal}: {subscription:?}"
            );
        }
    }
}
