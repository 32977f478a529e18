//! Letters of events: invitation, answer, cancellation, another time. Each is a draft in Drafts;
//! what sends it is an action of its own, which shows its exact bytes first.

use super::events::no_address;
use super::invites::Asked;
use super::{Done, HandError, Hands};
use crate::action::{
    Address, Event, EventLetter, EventStatus, Letter, MailId, Outcome, PartStat, Which,
};
use crate::calendar::dav::Mirror;
use crate::calendar::itip::{self, Decision, Reason, Told, Writer};
use crate::calendar::{self, Edit};
use crate::deadline::Deadline;
use crate::mail::Stamp;
use crate::mail::compose::{Invitation, Letter as Mail};
use crate::untrusted;

/// Longest title in a subject, in characters.
const TITLE_CHARS_MAX: usize = 150;

/// What a letter is about.
struct About {
    event: Event,
    /// The calendar text: the event's file, else the mail's.
    text: String,
    /// The mail that is answered.
    mail: Option<MailId>,
    /// Who sent that mail; empty without one.
    from: String,
    /// Whether that mail says one thing and the calendar text in it another.
    is_contradictory: bool,
}

/// A letter before it is put together.
struct Words {
    /// What is asked (RFC 5546 section 1.4).
    method: &'static str,
    /// The subject before the title.
    subject: &'static str,
    /// One sentence for those whose mail program knows no calendars.
    sentence: String,
    /// The calendar text.
    text: String,
    to: Vec<Address>,
}

impl Hands {
    pub(super) async fn letter(
        &self,
        letter: &EventLetter,
        key: &str,
        deadline: &Deadline,
    ) -> Done {
        if let Some(mail) = &letter.mail {
            self.mail.fetch(mail, deadline).await?;
        }
        let Some(about) = self.about(letter)? else {
            let hint = "'legwork cal agenda' and 'legwork cal invitations' list them";
            return Ok(Outcome::failed("there is no such event", hint));
        };
        if self.me.emails.is_empty() {
            return Ok(*no_address("who writes"));
        }
        if about.is_contradictory {
            return Ok(Outcome::failed(Reason::Contradiction.to_string(), ""));
        }
        let words = match self.words(letter, &about) {
            Ok(words) => words,
            Err(calendar::Error::NotInvited) => {
                let hint = calendar::Error::NotInvited.hint().unwrap_or_default();
                return Ok(Outcome::failed("you are not invited to it", hint));
            }
            Err(error) => return Err(error.into()),
        };
        if words.to.is_empty() {
            let hint = "invite someone first, or look who organizes it";
            return Ok(Outcome::failed("there is nobody to write to", hint));
        }
        if let Some(server) = self.schedules(&about.event, &words)? {
            let reason = format!("the server of '{server}' tells them by itself");
            return Ok(Outcome::failed(reason, "nothing is left to be sent"));
        }
        let title = untrusted::line(&about.event.summary, TITLE_CHARS_MAX);
        let mut body = format!("{}\n\n{}\n", words.sentence, self.facts(&about.event));
        let own = untrusted::block(&letter.words);
        if !own.trim().is_empty() {
            body = format!("{}\n\n{body}", own.trim());
        }
        let mail = Mail {
            to: words.to,
            subject: format!("{}: {title}", words.subject),
            body,
            in_reply_to: about.mail,
            calendar: Some(Invitation {
                method: words.method.to_owned(),
                text: words.text,
            }),
            ..Mail::default()
        };
        let author = self.author();
        let stamp = Stamp {
            author: &author,
            key,
            now: self.clock.now(),
        };
        let id = self.mail.write_letter(&mail, &stamp, deadline).await?;
        self.placed(&id, "Drafts", "the letter is drafted, not sent")
    }

    /// Finds the event, and the mail about it.
    fn about(&self, letter: &EventLetter) -> Result<Option<About>, HandError> {
        let asked = match &letter.mail {
            Some(mail) => self.asked(mail)?,
            None => None,
        };
        let uid = match &asked {
            Some(asked) if letter.uid.is_empty() => &asked.uid,
            Some(_) | None => &letter.uid,
        };
        let edit = Edit {
            uid,
            which: &Which::all(),
            zone: self.clock.zone(),
            now: self.clock.now(),
        };
        let mail = asked.as_ref().map(|one| one.message.envelope.id.clone());
        let from = asked.as_ref().map(|one| &one.message.envelope.from.email);
        let from = from.cloned().unwrap_or_default();
        let contradiction = |one: &Asked| one.decision == Decision::Ignore(Reason::Contradiction);
        let is_contradictory = asked.as_ref().is_some_and(contradiction);
        match self.calendar.occurrence(&edit, &self.me.emails) {
            Ok((event, _)) => {
                let (_, bytes) = self.calendar.source(uid)?;
                let text = String::from_utf8_lossy(&bytes).into_owned();
                Ok(Some(About {
                    event,
                    text,
                    mail,
                    from,
                    is_contradictory,
                }))
            }
            Err(calendar::Error::NoSuchEvent { .. }) => {
                let Some(asked) = asked else {
                    return Ok(None);
                };
                let said = calendar::invitation(&asked.text, self.clock.zone())?;
                Ok(Some(About {
                    event: said.event,
                    text: asked.text,
                    mail,
                    from,
                    is_contradictory,
                }))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn words(&self, letter: &EventLetter, about: &About) -> Result<Words, calendar::Error> {
        let (event, me, now) = (&about.event, &self.me.emails, self.clock.now());
        let writer = Writer { me, now };
        let to_organizer = if self.is_me(&event.organizer) || event.organizer.is_empty() {
            Vec::new()
        } else {
            vec![only_address(&event.organizer)]
        };
        Ok(match &letter.letter {
            Letter::Request { to } => {
                let attendees: Vec<_> = event.attendees.clone();
                let own = me.first().map_or("", String::as_str);
                let organizer = Some(event.organizer.as_str()).filter(|one| self.is_me(one));
                let people = (organizer.unwrap_or(own), attendees.as_slice());
                let text = itip::request(about.text.as_bytes(), &event.uid, people, now)?;
                Words {
                    method: "REQUEST",
                    subject: "Invitation",
                    sentence: format!("{} invites you:", self.own_name()),
                    text,
                    to: self.guests(event, to),
                }
            }
            Letter::Cancel { which } => {
                let which = (which, self.clock.zone());
                let text = itip::cancel(about.text.as_bytes(), &event.uid, which, now)?;
                Words {
                    method: "CANCEL",
                    subject: "Cancelled",
                    sentence: "This is called off:".to_owned(),
                    text,
                    to: self.guests(event, &[]),
                }
            }
            Letter::Reply { answer } => Words {
                method: "REPLY",
                subject: said(*answer),
                sentence: format!("{}: {}", self.own_name(), said(*answer).to_lowercase()),
                text: itip::reply(&about.text, *answer, me, now)?,
                to: to_organizer,
            },
            Letter::Counter { start, end } => Words {
                method: "COUNTER",
                subject: "Another time",
                sentence: format!(
                    "{} proposes another time: {}",
                    self.own_name(),
                    super::calendar::in_full(start, end, self.clock.zone())
                ),
                text: itip::counter(&about.text, (start, end), &writer)?,
                to: to_organizer,
            },
            Letter::DeclineCounter {} => Words {
                method: "DECLINECOUNTER",
                subject: "Stays as it is",
                sentence: format!("{} keeps the time it has:", self.own_name()),
                text: itip::decline_counter(about.text.as_bytes(), &event.uid, &about.from, now)?,
                to: vec![only_address(&about.from)],
            },
            Letter::Refresh {} => Words {
                method: "REFRESH",
                subject: "Latest version, please",
                sentence: format!("{} asks for the latest version of:", self.own_name()),
                text: itip::refresh(&about.text, &writer)?,
                to: to_organizer,
            },
        })
    }

    /// The account whose server tells these people of an event by itself.
    fn schedules(&self, event: &Event, words: &Words) -> Result<Option<String>, HandError> {
        let Some(account) = self.account(&event.calendar) else {
            return Ok(None);
        };
        if !Mirror::schedules(self.calendar.root(), &account.name)? {
            return Ok(None);
        }
        let guests: Vec<String> = words.to.iter().map(|one| one.email.clone()).collect();
        let told = match words.method {
            "REPLY" => Told::Organizer,
            "REQUEST" | "CANCEL" => Told::Guests(&guests),
            // No server proposes, asks again or turns down by itself.
            _ => return Ok(None),
        };
        let (_, bytes) = self.calendar.source(&event.uid)?;
        let is_ours = itip::is_ours_to_send(&bytes, &event.uid, told);
        Ok((!is_ours).then(|| account.name.clone()))
    }

    /// Those invited, or the named ones of them; the user's own addresses left out.
    fn guests(&self, event: &Event, named: &[String]) -> Vec<Address> {
        let wanted = |email: &str| {
            named.is_empty()
                || named
                    .iter()
                    .any(|one| one.trim().eq_ignore_ascii_case(email))
        };
        let gone = |answer: PartStat| {
            answer == PartStat::Declined && event.status == EventStatus::Cancelled
        };
        event
            .attendees
            .iter()
            .filter(|one| !self.is_me(&one.email) && wanted(&one.email) && !gone(one.answer))
            .map(|one| Address {
                name: one.name.clone(),
                email: one.email.clone(),
            })
            .collect()
    }

    fn own_name(&self) -> String {
        let email = self.me.emails.first().cloned().unwrap_or_default();
        if self.me.name.trim().is_empty() {
            email
        } else {
            self.me.name.trim().to_owned()
        }
    }

    /// The event in lines for people.
    fn facts(&self, event: &Event) -> String {
        let line = |text: &str| untrusted::line(text, 300);
        let when = super::calendar::in_full(&event.start, &event.end, self.clock.zone());
        let mut lines = vec![line(&event.summary), format!("When: {when}")];
        if !event.location.is_empty() {
            lines.push(format!("Where: {}", line(&event.location)));
        }
        lines.join("\n")
    }
}

fn only_address(email: &str) -> Address {
    Address {
        name: String::new(),
        email: email.to_owned(),
    }
}

fn said(answer: PartStat) -> &'static str {
    match answer {
        PartStat::Accepted => "Accepted",
        PartStat::Declined => "Declined",
        PartStat::Tentative => "Tentatively accepted",
        PartStat::NeedsAction => "Not decided",
    }
}
