//! Deeds on the mailbox; each effect is read back from where it lies before it is called done.

use super::undo::digest;
use super::{Done, Hands, note_diagnostics, unproven};
use crate::action::{
    Address, Change, Envelope, MailDraft, MailFlag, MailId, MailMove, MailQuery, MailRead,
    MailSearch, MailThread, MailTriage, Outcome, Output, Undoable,
};
use crate::agent::judging::{Judged, Judging};
use crate::deadline::Deadline;
use crate::mail::Stamp;
use crate::mail::compose::Author;
use crate::untrusted;

impl Hands {
    pub(super) async fn await_mail(
        &self,
        mailbox: &str,
        query: &MailQuery,
        deadline: &Deadline,
    ) -> Done {
        let found = self.mail.wait(mailbox, query, deadline).await?;
        Ok(arrived(found))
    }

    pub(super) async fn search(&self, search: &MailSearch, deadline: &Deadline) -> Done {
        let synced = self.mail.refresh(&search.mailbox, deadline).await?;
        let listing = self.mail.search(search)?;
        let count = listing.envelopes.len();
        let mut outcome =
            Outcome::done(format!("{count} found")).with(Output::Envelopes(listing.envelopes));
        let problems = [synced.problems, listing.diagnostics].concat();
        note_diagnostics(&mut outcome, &problems);
        Ok(outcome)
    }

    pub(super) async fn read(&self, read: &MailRead, deadline: &Deadline) -> Done {
        self.mail.fetch(&read.id, deadline).await?;
        let message = self.mail.read(&read.id)?;
        let from = untrusted::line(&message.envelope.from.email, 80);
        Ok(Outcome::done(format!("from {from}")).with(Output::Message(Box::new(message))))
    }

    /// What it takes to say what a mail is.
    pub(super) fn judging(&self) -> Judging<'_> {
        Judging {
            home: &self.home,
            config: &self.config,
            clock: &self.clock,
            mail: &self.mail,
        }
    }

    pub(super) async fn triage(&self, triage: &MailTriage, deadline: &Deadline) -> Done {
        let mut problems = self.mail.refresh("INBOX", deadline).await?.problems;
        // Whom the user writes to tells who is known; an account without sent mails knows nobody.
        let sent = self.mail.mailbox_named("Sent");
        if self.mail.mailboxes()?.contains(&sent) {
            problems.extend(self.mail.refresh(&sent, deadline).await?.problems);
        }
        let judging = self.judging();
        problems.extend(judging.fetch(&triage.only, triage.limit, deadline).await?);
        let sorted = judging.sort(&triage.only, triage.limit)?;
        problems.extend(sorted.problems);
        let judged: Vec<_> = sorted.judged.into_iter().map(Judged::said).collect();
        let more = match sorted.more {
            0 => String::new(),
            more => format!(", {more} older ones are left"),
        };
        let said = format!("{} judged{more}", judged.len());
        let mut outcome = Outcome::done(said).with(Output::Judged(judged));
        note_diagnostics(&mut outcome, &problems);
        Ok(outcome)
    }

    pub(super) fn thread(&self, thread: &MailThread) -> Done {
        let posts = self.mail.thread(&thread.id)?;
        let envelopes: Vec<Envelope> = posts.into_iter().map(|post| post.envelope).collect();
        let said = match envelopes.len() {
            1 => "it stands alone".to_owned(),
            count => format!("{count} messages"),
        };
        Ok(Outcome::done(said).with(Output::Envelopes(envelopes)))
    }

    pub(super) async fn draft(&self, draft: &MailDraft, key: &str, deadline: &Deadline) -> Done {
        let author = self.author();
        let stamp = Stamp {
            author: &author,
            key,
            now: self.clock.now(),
        };
        let id = self.mail.draft(draft, &stamp, deadline).await?;
        self.drafted(id, "the draft is written")
    }

    /// What came of writing a draft, which can be taken back as long as nobody changed it.
    pub(super) fn drafted(&self, id: MailId, fact: &str) -> Done {
        let outcome = self.placed(&id, "Drafts", fact)?;
        let sha256 = digest(&self.mail.raw(&id)?);
        let mailbox = self.mail.mailbox_named("Drafts");
        Ok(outcome.undoable(Undoable::Drafted {
            id,
            mailbox,
            sha256,
        }))
    }

    pub(super) async fn relocate(&self, to: &MailMove, deadline: &Deadline) -> Done {
        let before = self.mail.locate(&to.id)?;
        let after = self.mail.move_to(&to.id, &to.mailbox, deadline).await?;
        let outcome = self.placed(&to.id, &to.mailbox, &format!("moved to {}", to.mailbox))?;
        let from = before.map(|place| place.mailbox);
        Ok(match from.filter(|from| *from != after.mailbox) {
            Some(from) => outcome.undoable(Undoable::Moved {
                id: to.id.clone(),
                from,
                to: after.mailbox,
            }),
            None => outcome,
        })
    }

    pub(super) async fn flag(&self, flag: &MailFlag, deadline: &Deadline) -> Done {
        let before = self.mail.locate(&flag.id)?;
        let wanted = (&flag.flag, flag.on);
        self.mail.flag(&flag.id, wanted, deadline).await?;
        let place = self.mail.locate(&flag.id)?;
        let word = flag.flag.word();
        let fact = if flag.on {
            format!("marked {word}")
        } else {
            format!("unmarked {word}")
        };
        match place {
            Some(place) if place.flags.contains(&flag.flag) == flag.on => {
                let changed =
                    before.is_some_and(|before| before.flags.contains(&flag.flag) != flag.on);
                let deed = changed.then(|| Undoable::Flagged {
                    id: flag.id.clone(),
                    flag: flag.flag.clone(),
                    on: flag.on,
                });
                let mut outcome = Outcome::done(fact.clone())
                    .changing(Change::Mail {
                        id: flag.id.clone(),
                        now: fact.clone(),
                    })
                    .with(Output::Mail(flag.id.clone()))
                    .proven(fact, place.source);
                outcome.undo.extend(deed);
                Ok(outcome)
            }
            Some(_) | None => Ok(unproven(format!("{fact}, but it could not be read back"))),
        }
    }

    /// Who writes: with the address of the account, else the user's first.
    pub(super) fn author(&self) -> Author {
        let first = self.me.emails.first().map(String::as_str);
        let email = self.mail.address().or(first);
        let address = Address {
            name: self.me.name.clone(),
            email: email.unwrap_or_default().to_owned(),
        };
        let others = self.config.mail.iter().map(|account| &account.address);
        let megabytes = u64::from(self.config.send.attachments_mb);
        Author {
            own: self.me.emails.iter().chain(others).cloned().collect(),
            signature: self.config.send.signature.clone(),
            attached_bytes_max: megabytes * 1024 * 1024,
            address,
        }
    }

    /// Reads back that the message lies where it should.
    pub(super) fn placed(&self, id: &MailId, mailbox: &str, fact: &str) -> Done {
        let mailbox = self.mail.mailbox_named(mailbox);
        match self.mail.locate(id)? {
            Some(place) if place.mailbox.eq_ignore_ascii_case(&mailbox) => Ok(Outcome::done(fact)
                .changing(Change::Mail {
                    id: id.clone(),
                    now: fact.to_owned(),
                })
                .with(Output::Mail(id.clone()))
                .proven(fact, place.source)),
            Some(place) => Ok(unproven(format!("the message lies in {}", place.mailbox))),
            None => Ok(unproven("the message could not be found again".to_owned())),
        }
    }
}

fn arrived(found: Option<Envelope>) -> Outcome {
    match found {
        Some(envelope) => {
            let from = untrusted::line(&envelope.from.email, 80);
            Outcome::done(format!("\"{}\" from {from}", envelope.subject))
                .proven(
                    format!("mail \"{}\" from {from} arrived", envelope.subject),
                    envelope.mailbox.clone(),
                )
                .with(Output::Envelopes(vec![envelope]))
        }
        None => Outcome::failed("no such mail came in time", "look into the mailbox later"),
    }
}
