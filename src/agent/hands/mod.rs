//! The hands of a session: what performs an action once it is approved.
//!
//! [`Hands::perform`] takes an [`Approved`] action and nothing else, so there is no way round the
//! policy. Each effect on mail or calendar is read back from disk before it is called done.

mod accounts;
mod calendar;
mod events;
mod files;
mod invites;
mod letters;
mod mail;
mod people;
mod post;
mod transfer;
mod undo;
mod unsubscribe;

use std::path::PathBuf;

use super::journal::{Archive, JournalError};
use super::snoozes::{self, Snoozes};
use crate::action::{
    Action, Condition, Effect, Extract, MailId, Outcome, Output, SNOOZED, Status, Upload, Wait,
};
use crate::browser::{self, Browser, Files, Launch, LoginState, Source};
use crate::calendar::Vdir;
use crate::clock::Clock;
use crate::config::{CalDavAccount, CalendarRules, Config, Me, Person};
use crate::deadline::{Deadline, Ended};
use crate::home::Home;
use crate::mail::Account;
use crate::mail::ledger::{Ledger, State};
use crate::policy::Approved;
use crate::snapshot::Snapshot;
use crate::store::StoreError;
use crate::untrusted;
use tokio::task::JoinSet;

/// The hands, with the facts they need.
#[derive(Debug)]
pub struct Hands {
    /// How a browser is started when the first page is opened; none when no browser was found.
    pub source: Result<Source, String>,
    /// How a browser with a window is started, for handing the page over.
    pub window: Result<Launch, String>,
    /// The logins that the next address is opened with.
    pub login: Option<LoginState>,
    /// A browser that was started ahead of the first page.
    pub coming: Option<JoinSet<Result<Browser, browser::Error>>>,
    /// The running browser.
    pub browser: Option<Browser>,
    /// The mail account.
    pub mail: Account,
    /// The calendar.
    pub calendar: Vdir,
    /// What earlier runs did.
    pub archive: Archive,
    /// The messages that were put off.
    pub snoozes: Snoozes,
    /// Others, and where their times are known.
    pub people: Vec<Person>,
    /// The accounts on servers that parts of the calendar mirror.
    pub accounts: Vec<CalDavAccount>,
    /// The time.
    pub clock: Clock,
    /// Where state lives.
    pub home: Home,
    /// How letters leave, and by which servers.
    pub config: Config,
    /// The user's own facts.
    pub me: Me,
    /// Rules for free time.
    pub rules: CalendarRules,
    /// Where files that pages give are kept.
    pub downloads: PathBuf,
    /// The folder of files that runs may offer to pages.
    pub workspace: PathBuf,
}

/// A hand that can't go on: the run ends, or the step stays uncertain.
#[derive(Debug, thiserror::Error)]
pub enum HandError {
    /// The mailbox refuses.
    #[error(transparent)]
    Mail(#[from] crate::mail::Error),
    /// The calendar refuses.
    #[error(transparent)]
    Calendar(#[from] crate::calendar::Error),
    /// A calendar's server refuses or can't be reached.
    #[error(transparent)]
    Server(#[from] crate::calendar::dav::Error),
    /// The browser refuses or broke.
    #[error(transparent)]
    Browser(#[from] browser::Error),
    /// Time ran out, or the user stopped the run.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// The record of earlier runs can't be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The list of messages that were put off can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no browser.
    #[error("no browser was found")]
    NoBrowser(String),
}

impl HandError {
    /// What would help.
    pub fn hint(&self) -> String {
        match self {
            Self::Mail(error) => error.hint(),
            Self::Calendar(error) => error.hint(),
            Self::Server(error) => error.hint(),
            Self::Browser(error) => error.hint(),
            Self::Journal(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Ended(_) => None,
            Self::NoBrowser(hint) => Some(hint.clone()),
        }
        .unwrap_or_default()
    }
}

pub(super) use post::Letter;

type Done = Result<Outcome, HandError>;

/// An approved action, with the name of this one intent for all time.
struct Intent<'a> {
    approved: &'a Approved,
    key: &'a str,
}

impl Hands {
    /// Performs an approved action; `key` names this one intent for all time, so that a repeat of
    /// it finds what the first try made.
    ///
    /// # Errors
    /// When the hand could not even say what came of it; the effect is then uncertain.
    ///
    /// # Cancellation
    /// Dropped in mid-action it may or may not have taken effect: the journal's intent stands.
    pub async fn perform(&mut self, approved: &Approved, key: &str, deadline: &Deadline) -> Done {
        match approved.action() {
            Action::Open(_) | Action::NewTab {} => self.go(approved, deadline).await,
            Action::Wait(Wait {
                until: Condition::Mail { mailbox, query },
                ..
            }) => self.await_mail(mailbox, query, deadline).await,
            Action::Click(_)
            | Action::Fill(_)
            | Action::Type(_)
            | Action::FillForm(_)
            | Action::Select(_)
            | Action::Check(_)
            | Action::Press(_)
            | Action::Drag(_)
            | Action::Download(_)
            | Action::Dialog(_)
            | Action::Wait(_)
            | Action::Read(_)
            | Action::Screenshot(_)
            | Action::Pdf {}
            | Action::Back {}
            | Action::Reload {}
            | Action::Hover(_)
            | Action::Scroll(_)
            | Action::SwitchTab(_)
            | Action::Console(_)
            | Action::Requests(_)
            | Action::CloseTab {} => self.browse(approved, deadline).await,
            Action::Upload(upload) => self.upload(upload, approved, deadline).await,
            Action::Extract(extract) => self.extract(extract, deadline).await,
            Action::Fetch(fetch) => Ok(browser::fetch(&fetch.url, deadline).await?),
            Action::MailSearch(search) => self.search(search, deadline).await,
            Action::MailRead(read) => self.read(read, deadline).await,
            Action::MailThread(thread) => self.thread(thread),
            Action::MailTriage(triage) => self.triage(triage, deadline).await,
            Action::MailDraft(draft) => self.draft(draft, key, deadline).await,
            Action::MailSend(send) => self.send(send, approved, deadline).await,
            Action::MailMove(to) => self.relocate(to, deadline).await,
            Action::MailFlag(flag) => self.flag(flag, deadline).await,
            Action::MailSnooze(snooze) => self.snooze(snooze, deadline).await,
            Action::MailWake(wake) => self.wake(wake, deadline).await,
            Action::MailUnsubscribe(end) => {
                let intent = Intent { approved, key };
                Box::pin(self.unsubscribe(end, &intent, deadline)).await
            }
            Action::Agenda(agenda) => self.agenda(agenda),
            Action::FreeBusy(span) => self.free_busy(span),
            Action::FindSlot(find) => self.slots(find, deadline).await,
            Action::EventCreate(event) => self.create(event, key, deadline).await,
            Action::EventUpdate(update) => self.update(update, deadline).await,
            Action::EventDelete(delete) => self.delete(delete, deadline).await,
            Action::EventRespond(respond) => self.respond(respond, deadline).await,
            Action::Invitations(list) => self.invitations(list, deadline).await,
            Action::EventTake(take) => self.take(take, deadline).await,
            Action::EventImport(import) => Box::pin(self.import(import, deadline)).await,
            Action::CalendarSync(sync) => Box::pin(self.sync(sync, deadline)).await,
            Action::EventLetter(letter) => self.letter(letter, key, deadline).await,
            Action::PastRun(past) => self.past_run(past, key, deadline).await,
            Action::Undo(undo) => self.undo(undo, key, deadline).await,
            Action::Ask(_) | Action::HandOver(_) | Action::Done(_) | Action::Fail(_) => {
                Ok(Outcome::failed(
                    format!("'{}' is not for hands", approved.action().word()),
                    "",
                ))
            }
        }
    }

    /// Opens a page, and the browser first where none runs yet.
    async fn go(&mut self, approved: &Approved, deadline: &Deadline) -> Done {
        let login = self.login.take();
        self.started(deadline).await?;
        if let (Some(login), Some(browser)) = (login, &mut self.browser) {
            browser.bring_login(&login, deadline).await?;
        }
        self.browse(approved, deadline).await
    }

    /// Performs an action on the open page.
    async fn browse(&mut self, approved: &Approved, deadline: &Deadline) -> Done {
        let Some(browser) = &mut self.browser else {
            return Ok(no_page());
        };
        let files = if approved.takes_files() {
            Files::Take
        } else {
            Files::Refuse
        };
        browser.take_files(files).await?;
        Ok(browser.perform(approved.action(), deadline).await?)
    }

    /// Hands the files over that were approved, as they were then.
    async fn upload(&mut self, upload: &Upload, approved: &Approved, deadline: &Deadline) -> Done {
        let facts = self.file_facts(approved.action());
        let content = facts.iter().filter_map(|facts| facts.content);
        let about: Vec<u8> = content.flat_map(|(_, hash)| hash).collect();
        if !approved.covers(&about) {
            return Ok(Outcome::failed(
                "a file changed after it was approved",
                "approve it again",
            ));
        }
        let located = Action::Upload(self.located(upload));
        match &mut self.browser {
            Some(browser) => Ok(browser.perform(&located, deadline).await?),
            None => Ok(no_page()),
        }
    }

    /// Reads data off the page as it is now.
    async fn extract(&mut self, extract: &Extract, deadline: &Deadline) -> Done {
        let Some(browser) = &mut self.browser else {
            return Ok(no_page());
        };
        let page = Snapshot::new(browser.observe(deadline).await?);
        Ok(match page.extract(extract) {
            Ok(records) => {
                let count = records.len();
                let cites = records.iter().flat_map(|record| &record.fields);
                let found = cites.filter(|found| found.value.is_some()).count();
                let url = page.url().to_owned();
                Outcome::done(format!("{count} records, {found} values found"))
                    .with(Output::Records(records))
                    .proven(format!("{found} values stand on the page"), url)
            }
            Err((reason, hint)) => Outcome::failed(reason, hint),
        })
    }

    async fn started(&mut self, deadline: &Deadline) -> Result<(), HandError> {
        let source = self
            .source
            .as_ref()
            .map_err(|hint| HandError::NoBrowser(hint.clone()))?;
        if self.browser.is_none() {
            let mut browser = match self.coming.take() {
                Some(coming) => arrived(coming, deadline).await?,
                None => Browser::start(source, deadline).await?,
            };
            browser.keep_files_in(self.downloads.clone());
            self.browser = Some(browser);
        }
        Ok(())
    }

    /// Says why a message that was put off is due to come back; none when it is not.
    pub fn why_due(&self, id: &MailId) -> Option<&'static str> {
        let snoozed = self.snoozes.get(id).ok()??;
        let due = snoozes::due(vec![snoozed], &self.mail, self.clock.now());
        due.ok()?.first().map(|due| due.why)
    }

    /// Shows the page in a window and gives it to the person.
    pub(super) async fn hand_over(&mut self, deadline: &Deadline) -> Result<bool, HandError> {
        let Some(browser) = &mut self.browser else {
            return Ok(false);
        };
        let window = self.window.as_ref();
        let window = window.map_err(|hint| HandError::NoBrowser(hint.clone()));
        // One with a window of its own needs no other.
        if browser.is_headed() {
            browser.show_own_window(deadline).await?;
        } else {
            browser.show_window(window?, deadline).await?;
            browser.keep_files_in(self.downloads.clone());
        }
        browser.give().await?;
        Ok(true)
    }

    /// Looks whether a step that was cut off took effect; none when that can't be known from here.
    pub fn took_effect(&self, action: &Action, effect: Effect, key: &str) -> Option<bool> {
        if let Action::MailMove(to) = action {
            let place = self.mail.locate(&to.id).ok()??;
            let wanted = self.mail.mailbox_named(&to.mailbox);
            return Some(place.mailbox.eq_ignore_ascii_case(&wanted));
        }
        if let Action::MailFlag(flag) = action {
            let place = self.mail.locate(&flag.id).ok()??;
            return Some(place.flags.contains(&flag.flag) == flag.on);
        }
        if let Action::MailSnooze(snooze) = action {
            let place = self.mail.locate(&snooze.id).ok()??;
            return Some(place.mailbox == SNOOZED);
        }
        if let Action::MailWake(wake) = action {
            return Some(self.snoozes.get(&wake.id).ok()?.is_none());
        }
        if let Action::Undo(undo) = action {
            return self.is_undone(undo, key);
        }
        if let Action::EventCreate(event) = action {
            return self.booked(event, key);
        }
        if let Action::EventUpdate(update) = action {
            return self.updated(update);
        }
        if let Action::EventDelete(delete) = action {
            return self.is_gone(&delete.uid, &delete.which);
        }
        if let Action::EventRespond(respond) = action {
            return self.responded(respond);
        }
        if let Action::EventImport(import) = action {
            return self.imported(import);
        }
        // Syncing once more finds out by itself what was sent, and does no harm.
        if let Action::CalendarSync(_) = action {
            return Some(false);
        }
        if let Action::EventTake(take) = action {
            return self.taken(take);
        }
        if let Action::MailSend(send) = action {
            let entry = Ledger::open(&self.home).ok()?.of_draft(&send.id).ok()?;
            return match entry?.state {
                State::Sent => Some(true),
                State::Queued | State::Rejected | State::Cancelled => Some(false),
                State::Sending | State::Unknown => None,
            };
        }
        (effect == Effect::Read).then_some(false)
    }
}

/// Waits for a browser that was started ahead.
async fn arrived(
    mut coming: JoinSet<Result<Browser, browser::Error>>,
    deadline: &Deadline,
) -> Result<Browser, HandError> {
    let came = deadline.bound("the browser", coming.join_next()).await?;
    match came {
        Some(Ok(browser)) => Ok(browser?),
        // Its task can't be gone without having ended.
        Some(Err(_)) | None => Err(browser::Error::Gone.into()),
    }
}

fn no_page() -> Outcome {
    Outcome::failed("no page is open", "open an address first")
}

/// The effect may be there, but reading it back did not show it.
fn unproven(summary: String) -> Outcome {
    Outcome {
        status: Status::Uncertain {},
        ..Outcome::done(summary)
    }
}

fn note_diagnostics(outcome: &mut Outcome, diagnostics: &[String]) {
    if let Some(first) = diagnostics.first() {
        outcome.summary = format!(
            "{}; {} left out, such as: {}",
            outcome.summary,
            diagnostics.len(),
            untrusted::line(first, 160)
        );
    }
}
