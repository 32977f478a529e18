//! A mail account on an IMAP server (RFC 9051), mirrored in the index: reads are answered from
//! there, changes go to the server and are looked at where they lie.
//!
//! Two connections at most, each on a thread of its own: one for work, one that waits for news.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "answers are enums of other packages that grow; what was not asked for is passed over"
)]

mod ask;
mod bodies;
mod change;
mod conn;
mod error;
mod fetched;
mod link;
mod listed;
mod login;
mod loose;
mod quote;
mod sync;
mod tls;
mod watch;
mod wire;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use rustls::ClientConfig;

use self::bodies::Want;
use self::change::Parcel;
use self::conn::{Failed, ImapConn};
pub use self::error::ServerError;
use self::login::Login;
use self::sync::Job;
pub(super) use self::watch::News;
use self::wire::{Opening, Wire};
use super::account::{Place, Synced};
use super::credential;
use super::index::{self, BodyState, Filed, Index, Role, Search};
use super::maildir::Listing;
use super::mime::{self, Frame};
use super::{Error, index::Spot};
use crate::action::{Flag, MailId, MailSearch, Message};
use crate::config::MailAccount;
use crate::deadline::Deadline;
use crate::home::Home;
use crate::vault::Vault;

/// Words for roles, as plans and people use them.
const ROLES: [(&str, Role); 7] = [
    ("inbox", Role::Inbox),
    ("drafts", Role::Drafts),
    ("sent", Role::Sent),
    ("archive", Role::Archive),
    ("trash", Role::Trash),
    ("junk", Role::Junk),
    ("spam", Role::Junk),
];

/// An account on a server.
#[derive(Debug)]
pub(super) struct Remote {
    config: MailAccount,
    vault: Vault,
    file: PathBuf,
    index: Mutex<Index>,
    tls: OnceLock<Arc<ClientConfig>>,
    work: tokio::sync::Mutex<Option<ImapConn>>,
}

/// How much a sync brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Headers only.
    Headers,
    /// Headers, and the texts of the newest messages of each mailbox.
    Newest,
    /// Headers, and all texts.
    All,
}

impl Remote {
    pub(super) fn open(home: &Home, config: &MailAccount) -> Result<Self, Error> {
        let file = home.mail_index();
        Ok(Self {
            index: Mutex::new(Index::open(&file)?),
            config: config.clone(),
            vault: Vault::of(home),
            file,
            tls: OnceLock::new(),
            work: tokio::sync::Mutex::default(),
        })
    }

    pub(super) fn address(&self) -> &str {
        &self.config.address
    }

    fn account(&self) -> &str {
        &self.config.name
    }

    /// Asks the index.
    pub(super) fn ask<T>(
        &self,
        question: impl FnOnce(&Index) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // A thread that panicked while it asked changed nothing.
        question(&self.index.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn job(&self, want: Want) -> Job {
        Job {
            account: self.account().to_owned(),
            index: self.file.clone(),
            want,
        }
    }

    /// Returns the mailbox that `name` means on this server.
    pub(super) fn mailbox_named(&self, name: &str) -> String {
        let mailboxes = self
            .ask(|index| index.mailboxes(self.account()))
            .unwrap_or_default();
        if mailboxes.iter().any(|one| one.name == name) {
            return name.to_owned();
        }
        let lower = name.to_lowercase();
        let role = ROLES
            .iter()
            .find(|(word, _)| *word == lower)
            .map(|(_, role)| *role);
        let fits = |one: &&index::Mailbox| Some(one.role) == role;
        let alike = |one: &&index::Mailbox| one.name.to_lowercase() == lower;
        let mut found = mailboxes.iter().find(fits);
        if found.is_none() {
            found = mailboxes.iter().find(alike);
        }
        found.map_or_else(|| name.to_owned(), |one| one.name.clone())
    }

    pub(super) fn mailboxes(&self) -> Result<Vec<String>, Error> {
        let mailboxes = self.ask(|index| index.mailboxes(self.account()))?;
        if mailboxes.is_empty() {
            let name = self.account().to_owned();
            return Err(Error::NeverSynced { name });
        }
        let mut names: Vec<String> = mailboxes.into_iter().map(|one| one.name).collect();
        names.sort_by_key(|name| (name != "INBOX", name.clone()));
        Ok(names)
    }

    pub(super) fn search(&self, search: &MailSearch) -> Result<Listing, Error> {
        self.find(
            Some(&search.mailbox),
            &Search::of(&search.query),
            search.limit,
        )
    }

    pub(super) fn find(
        &self,
        name: Option<&str>,
        search: &Search,
        limit: u32,
    ) -> Result<Listing, Error> {
        let mailbox = name.map(|name| self.mailbox_named(name));
        if let Some(mailbox) = &mailbox
            && self
                .ask(|index| index.mailbox(self.account(), mailbox))?
                .is_none()
        {
            self.mailboxes()?;
            let name = crate::untrusted::line(mailbox, 200);
            return Err(Error::NoMailbox { name });
        }
        let want = index::Want {
            account: Some(self.account().to_owned()),
            mailbox,
            search: search.clone(),
            limit,
        };
        let page = self.ask(|index| index.find(&want))?;
        Ok(Listing {
            envelopes: page.messages.into_iter().map(|one| one.envelope).collect(),
            total: page.total,
            diagnostics: Vec::new(),
        })
    }

    /// As [`Remote::find`], by asking the server.
    pub(super) async fn find_there(
        &self,
        name: Option<&str>,
        search: &Search,
        limit: u32,
        deadline: &Deadline,
    ) -> Result<Listing, Error> {
        let mailboxes = match name {
            Some(name) => vec![self.mailbox_named(name)],
            None => self.mailboxes()?,
        };
        let query = ask::Query::of(search)?;
        let job = self.job(Want::Headers);
        let work = move |wire: &mut Wire| {
            let (mut found, mut problems) = (Vec::new(), Vec::new());
            for mailbox in &mailboxes {
                match ask::mailbox(wire, &job, mailbox, &query) {
                    // A mailbox that was removed or forbidden meanwhile costs the others nothing.
                    Err(Error::Server(ServerError::Refused { said, .. })) => {
                        problems.push(format!("{mailbox} was left out: {said}"));
                    }
                    done => found.extend(done?),
                }
            }
            Ok((found, problems))
        };
        let done = self.work("the search", deadline, work).await;
        let (mut found, diagnostics) = done.map_err(|failed| failed.error)?;
        found.retain(|one| ask::fits(one, search));
        // Of one second, the later one has the higher number, as in the lists from here.
        found.sort_by_key(|one| {
            let Spot::Uid(uid) = one.spot else {
                return std::cmp::Reverse((one.envelope.date, 0));
            };
            std::cmp::Reverse((one.envelope.date, uid))
        });
        let total = found.len();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let shown = found.into_iter().take(limit);
        Ok(Listing {
            envelopes: shown.map(|one| one.envelope).collect(),
            total,
            diagnostics,
        })
    }

    fn filed(&self, id: &MailId) -> Result<Option<Filed>, Error> {
        self.ask(|index| index.message(self.account(), id))
    }

    fn found(&self, id: &MailId) -> Result<Filed, Error> {
        self.filed(id)?
            .ok_or_else(|| Error::NoMessage { id: id.clone() })
    }

    /// Reads a message; where only its header is here, its text is empty and that is said.
    pub(super) fn read(&self, id: &MailId) -> Result<Message, Error> {
        let filed = self.found(id)?;
        let body = self.ask(|index| index.body(self.account(), id))?;
        let frame = Frame {
            id: id.clone(),
            mailbox: filed.envelope.mailbox.clone(),
            flags: filed.envelope.flags.clone(),
            size: filed.envelope.size,
            delivered: filed.envelope.date,
        };
        if let Some(bytes) = body {
            let mut message = mime::message(frame, &bytes);
            if message.envelope.size > bodies::WHOLE_BYTES_MAX {
                let told = "it is too long: only its beginning was fetched";
                message.diagnostics.insert(0, told.to_owned());
            }
            return Ok(message);
        }
        let mut message = mime::header(frame, b"");
        message.envelope = filed.envelope;
        message.references = filed.references;
        message.headers = filed.headers;
        let told = "its text was not fetched yet, 'legwork mail sync' does that";
        message.diagnostics = vec![told.to_owned()];
        Ok(message)
    }

    pub(super) fn raw(&self, id: &MailId) -> Result<Vec<u8>, Error> {
        let size = self.found(id)?.envelope.size;
        if size > bodies::WHOLE_BYTES_MAX {
            return Err(Error::TooLong { size });
        }
        let body = self.ask(|index| index.body(self.account(), id))?;
        body.ok_or_else(|| Error::NotFetched { id: id.clone() })
    }

    pub(super) fn locate(&self, id: &MailId) -> Result<Option<Place>, Error> {
        let place = |filed: Filed| {
            let uid = match filed.spot {
                Spot::Uid(uid) => uid.to_string(),
                Spot::File(file) => file,
            };
            let (host, mailbox) = (&self.config.imap.host, &filed.envelope.mailbox);
            Place {
                // As in RFC 5092, but for people.
                source: format!("imap://{host}/{mailbox};UID={uid}"),
                mailbox: filed.envelope.mailbox,
                flags: filed.envelope.flags,
            }
        };
        Ok(self.filed(id)?.map(place))
    }

    fn placed(&self, id: &MailId) -> Result<Place, Error> {
        self.locate(id)?
            .ok_or_else(|| Error::NoMessage { id: id.clone() })
    }

    /// What a connection needs to begin.
    async fn opening(&self, deadline: &Deadline) -> Result<Opening, Error> {
        let secret = credential::secret(&self.config, &self.vault, deadline).await?;
        let config = if let Some(config) = self.tls.get() {
            config.clone()
        } else {
            let config = tls::config(self.config.ca.as_deref())?;
            self.tls.get_or_init(|| config).clone()
        };
        Ok(Opening {
            tls: self.config.imap.tls,
            config,
            plain: self.ask(|index| index.plain_names(self.account()))?,
            login: Login {
                user: self.config.user().to_owned(),
                secret,
                auth: self.config.auth,
                host: self.config.imap.host.clone(),
                port: self.config.imap.imap_port(),
            },
        })
    }

    async fn connect(&self, deadline: &Deadline) -> Result<ImapConn, Error> {
        ImapConn::open(self.opening(deadline).await?, deadline).await
    }

    /// Does `work` on the connection for work, which is opened when needed; a connection that the
    /// server ended meanwhile is opened once more as long as nothing was changed.
    async fn work<T: Send + 'static>(
        &self,
        what: &str,
        deadline: &Deadline,
        work: impl FnOnce(&mut Wire) -> Result<T, Error> + Clone + Send + 'static,
    ) -> Result<T, Failed> {
        let before = |error| Failed {
            error,
            has_told: false,
            is_broken: true,
        };
        let slot = deadline.bound("the account's turn", self.work.lock()).await;
        let mut slot = slot.map_err(|ended| before(Error::Stopped(ended)))?;
        let mut failed = None;
        if let Some(conn) = slot.take() {
            match conn.run(what, deadline, work.clone()).await {
                Ok(done) => {
                    *slot = Some(conn);
                    return Ok(done);
                }
                Err(failure) if !failure.is_broken => {
                    *slot = Some(conn);
                    return Err(failure);
                }
                Err(failure) => failed = Some(failure),
            }
        }
        if let Some(failed) = failed.filter(|one| one.has_told || deadline.is_over()) {
            return Err(failed);
        }
        let conn = self.connect(deadline).await.map_err(before)?;
        let done = conn.run(what, deadline, work).await;
        if done.as_ref().err().is_none_or(|failed| !failed.is_broken) {
            *slot = Some(conn);
        }
        done
    }

    /// Logs in and says how many mailboxes there are.
    pub(super) async fn test(&self, deadline: &Deadline) -> Result<usize, Error> {
        let work = |wire: &mut Wire| Ok(listed::mailboxes(wire, &mut Vec::new())?.len());
        self.work("the list of mailboxes", deadline, work)
            .await
            .map_err(|failed| failed.error)
    }

    pub(super) async fn sync(&self, extent: Extent, deadline: &Deadline) -> Result<Synced, Error> {
        let job = self.job(match extent {
            Extent::Headers => Want::Headers,
            Extent::Newest => Want::Newest,
            Extent::All => Want::All,
        });
        let work = move |wire: &mut Wire| {
            let before = wire.trips();
            let synced = sync::all(wire, &job);
            tracing::debug!(trips = wire.trips() - before, all = wire.trips(), "synced");
            let trips = wire.trips();
            synced.map(|synced| Synced { trips, ..synced })
        };
        self.work("the mail server", deadline, work)
            .await
            .map_err(|failed| failed.error)
    }

    pub(super) async fn refresh(&self, name: &str, deadline: &Deadline) -> Result<Synced, Error> {
        let known = self.ask(|index| index.mailboxes(self.account()))?;
        if known.is_empty() {
            return self.sync(Extent::Newest, deadline).await;
        }
        let (job, mailbox) = (self.job(Want::Newest), self.mailbox_named(name));
        let work = move |wire: &mut Wire| sync::mailbox(wire, &job, &mailbox);
        self.work("the mail server", deadline, work)
            .await
            .map_err(|failed| failed.error)
    }

    pub(super) async fn fetch(&self, id: &MailId, deadline: &Deadline) -> Result<(), Error> {
        let filed = self.found(id)?;
        let here = self.ask(|index| index.body(self.account(), id))?.is_some();
        if here && filed.body == BodyState::Read {
            return Ok(());
        }
        let (job, id) = (self.job(Want::Headers), id.clone());
        let work = move |wire: &mut Wire| bodies::one(wire, &job, &id);
        self.work("the message", deadline, work)
            .await
            .map_err(|failed| failed.error)
    }

    pub(super) async fn move_to(
        &self,
        id: &MailId,
        name: &str,
        deadline: &Deadline,
    ) -> Result<Place, Error> {
        let mailbox = self.mailbox_named(name);
        let from = self.found(id)?.envelope.mailbox;
        if from == mailbox {
            return self.placed(id);
        }
        let (job, moved) = (self.job(Want::Headers), id.clone());
        let (before, to) = (from.clone(), mailbox.clone());
        let work = move |wire: &mut Wire| change::relocate(wire, &job, &moved, (&before, &to));
        match self.work("the move", deadline, work).await {
            Ok(()) => self.placed(id),
            Err(failed) if failed.has_told && !deadline.is_over() => {
                // The line broke after it was asked for: look, never ask again.
                self.refresh(&from, deadline).await?;
                self.refresh(&mailbox, deadline).await?;
                let place = self.placed(id)?;
                if place.mailbox == mailbox {
                    Ok(place)
                } else {
                    Err(failed.error)
                }
            }
            Err(failed) => Err(failed.error),
        }
    }

    /// Moves a message from `from` to the trash; `false` when it does not lie there. Of a message
    /// that lies in several mailboxes, the others keep theirs.
    pub(super) async fn discard(
        &self,
        id: &MailId,
        from: &str,
        deadline: &Deadline,
    ) -> Result<bool, Error> {
        let (from, trash) = (self.mailbox_named(from), self.mailbox_named("Trash"));
        let there = self.ask(|index| index.message_in(self.account(), &from, id))?;
        if there.is_none() {
            return Ok(false);
        }
        let (job, moved) = (self.job(Want::Headers), id.clone());
        let work = move |wire: &mut Wire| change::relocate(wire, &job, &moved, (&from, &trash));
        let done = self.work("the move", deadline, work).await;
        done.map(|()| true).map_err(|failed| failed.error)
    }

    pub(super) async fn flag(
        &self,
        id: &MailId,
        (flag, on): (&Flag, bool),
        deadline: &Deadline,
    ) -> Result<Place, Error> {
        let (job, flagged, flag) = (self.job(Want::Headers), id.clone(), flag.clone());
        let work = move |wire: &mut Wire| change::flag(wire, &job, &flagged, (&flag, on));
        // Setting what is set does nothing, so a second time is no harm.
        let done = match self.work("the flag", deadline, work.clone()).await {
            Err(failed) if failed.is_broken && failed.has_told && !deadline.is_over() => {
                self.work("the flag", deadline, work).await
            }
            done => done,
        };
        done.map_err(|failed| failed.error)?;
        self.placed(id)
    }

    /// Puts a message into a mailbox. With `once`, one of that `Message-ID` that is there already
    /// is the one, also when the line broke while it was put there.
    pub(super) async fn put(
        &self,
        (name, once): (&str, Option<String>),
        bytes: &[u8],
        now: Timestamp,
        deadline: &Deadline,
    ) -> Result<MailId, Error> {
        let mailbox = self.mailbox_named(name);
        let role = self.ask(|index| index.mailbox(self.account(), &mailbox))?;
        let flags = match role.map(|known| known.role) {
            Some(Role::Drafts) => vec![Flag::Draft, Flag::Seen],
            Some(Role::Sent) => vec![Flag::Seen],
            Some(_) | None => Vec::new(),
        };
        let can_look = once.is_some();
        let parcel = Parcel {
            mailbox,
            bytes: bytes.to_vec(),
            flags,
            date: now,
            once,
        };
        let job = self.job(Want::Headers);
        let work = move |wire: &mut Wire| change::append(wire, &job, &parcel);
        match self.work("the new message", deadline, work.clone()).await {
            // Looks for it first, and puts it there only when it is not.
            Err(failed) if failed.is_broken && can_look && !deadline.is_over() => {
                self.work("the new message", deadline, work).await
            }
            done => done,
        }
        .map_err(|failed| failed.error)
    }

    /// Finds a message by its `Message-ID`, here or else in one of `names` on the server.
    pub(super) async fn with_message_id(
        &self,
        message_id: &str,
        names: &[&str],
        deadline: &Deadline,
    ) -> Result<Option<MailId>, Error> {
        let here = self.ask(|index| index.with_message_id(self.account(), message_id))?;
        if let Some(found) = here.into_iter().next() {
            return Ok(Some(found.envelope.id));
        }
        let known = self.ask(|index| index.mailboxes(self.account()))?;
        let named = names.iter().map(|name| self.mailbox_named(name));
        let names: Vec<String> = named
            .filter(|name| known.iter().any(|one| one.name == *name))
            .collect();
        let (job, wanted) = (self.job(Want::Headers), message_id.to_owned());
        let work = move |wire: &mut Wire| {
            let index = Index::open(&job.index)?;
            for mailbox in &names {
                if let Some(id) = change::find(wire, &index, &job, (mailbox, &wanted))? {
                    return Ok(Some(id));
                }
            }
            Ok(None)
        };
        self.work("the message", deadline, work)
            .await
            .map_err(|failed| failed.error)
    }
}
