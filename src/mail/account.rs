//! A mail account, the same for everything above `mail/`: the Maildir of this machine, or a server
//! whose mail is mirrored here.
//!
//! What only reads ([`Account::search`], [`Account::read`] and the like) looks at local data and
//! never waits. What talks to a server takes a [`Deadline`], so that the user's stop ends it at
//! once even while the server hangs.

use jiff::Timestamp;

use super::Error;
use super::compose::{self, Author, Letter, Source};
use super::imap::{Extent, News, Remote};
use super::index::{Index, Mailbox, Search};
use super::maildir::{self, Listing, Maildir};
use super::mime::{self, Frame};
use super::thread::{self, Post};
use crate::action::{Envelope, Flag, MailDraft, MailId, MailQuery, MailSearch, Message};
use crate::config::{Config, LOCAL};
use crate::deadline::Deadline;
use crate::home::Home;
use crate::untrusted;

/// An open account.
#[derive(Debug)]
pub struct Account {
    name: String,
    store: Store,
}

#[derive(Debug)]
enum Store {
    Local(Maildir),
    Remote(Box<Remote>),
}

/// Where a message lies, and how it is flagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The mailbox, such as `INBOX`.
    pub mailbox: String,
    /// Flags and keywords that are set.
    pub flags: Vec<Flag>,
    /// Where that can be looked up: a file, or an account with its mailbox and UID.
    pub source: String,
}

/// Who writes a draft, for which intent, and when.
#[derive(Debug, Clone, Copy)]
pub struct Stamp<'a> {
    /// Writes; is not written to.
    pub author: &'a Author,
    /// Names this one intent for all time: a second draft of the same key is the first one.
    pub key: &'a str,
    /// The time it is dated.
    pub now: Timestamp,
}

/// What a sync brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Synced {
    /// Messages that are new here.
    pub arrived: usize,
    /// Messages whose flags changed.
    pub changed: usize,
    /// Messages that are gone from their mailbox.
    pub gone: usize,
    /// Texts of messages that were fetched.
    pub bodies: usize,
    /// What could not be read, one sentence each.
    pub problems: Vec<String>,
    /// How often the server was asked and waited for, from the beginning of the connection.
    pub trips: usize,
}

/// Follows one mailbox; made by [`Account::watch`].
#[derive(Debug)]
pub struct Watch<'a>(Following<'a>);

#[derive(Debug)]
enum Following<'a> {
    Local(maildir::Changes),
    Remote(&'a Remote, Box<News>),
}

impl Account {
    /// Opens the Maildir of this machine.
    ///
    /// # Errors
    /// [`Error::Io`] when a folder can't be made.
    pub fn local(home: &Home) -> Result<Self, Error> {
        Ok(Self {
            name: LOCAL.to_owned(),
            store: Store::Local(Maildir::open(&home.mail())?.indexed(&home.mail_index())),
        })
    }

    /// Opens the account that is meant: `local` is the Maildir, no name the first of
    /// `config.toml`, or the Maildir where that names none.
    ///
    /// # Errors
    /// [`Error::NoAccount`], and as [`Account::local`].
    pub fn open(home: &Home, config: &Config, wanted: Option<&str>) -> Result<Self, Error> {
        let first = config.mail.first().map(|account| account.name.as_str());
        let name = wanted.or(first).unwrap_or(LOCAL);
        if name == LOCAL {
            return Self::local(home);
        }
        if let Some(account) = config.mail.iter().find(|account| account.name == name) {
            return Ok(Self {
                name: name.to_owned(),
                store: Store::Remote(Box::new(Remote::open(home, account)?)),
            });
        }
        let known = config.mail.iter().map(|account| account.name.clone());
        Err(Error::NoAccount {
            name: untrusted::line(name, 80),
            known: known.chain([LOCAL.to_owned()]).collect(),
        })
    }

    /// Returns its name in `config.toml`, `local` for the Maildir.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the address that is written from, where the account has one of its own.
    pub fn address(&self) -> Option<&str> {
        match &self.store {
            Store::Local(_) => None,
            Store::Remote(remote) => Some(remote.address()),
        }
    }

    /// Says whether it is the Maildir of this machine.
    pub fn is_local(&self) -> bool {
        match &self.store {
            Store::Local(_) => true,
            Store::Remote(_) => false,
        }
    }

    /// Returns the mailbox that `name` means here: `Archive`, `Drafts`, `Sent`, `Trash` and `Junk`
    /// may have other names on a server.
    pub fn mailbox_named(&self, name: &str) -> String {
        match &self.store {
            Store::Local(_) => name.to_owned(),
            Store::Remote(remote) => remote.mailbox_named(name),
        }
    }

    /// Lists the mailboxes by name, `INBOX` first.
    ///
    /// # Errors
    /// [`Error::Io`] when they can't be read.
    pub fn mailboxes(&self) -> Result<Vec<String>, Error> {
        match &self.store {
            Store::Local(maildir) => maildir.mailboxes(),
            Store::Remote(remote) => remote.mailboxes(),
        }
    }

    /// Lists the messages of a mailbox that are as asked, newest first.
    ///
    /// # Errors
    /// As [`Maildir::search`].
    pub fn search(&self, search: &MailSearch) -> Result<Listing, Error> {
        match &self.store {
            Store::Local(maildir) => maildir.search(search),
            Store::Remote(remote) => remote.search(search),
        }
    }

    /// Lists the messages of one mailbox, or of all, that are as asked, newest first.
    ///
    /// # Errors
    /// As [`Maildir::find_like`].
    pub fn find(
        &self,
        mailbox: Option<&str>,
        search: &Search,
        limit: u32,
    ) -> Result<Listing, Error> {
        match &self.store {
            Store::Local(maildir) => maildir.find_like(mailbox, search, limit),
            Store::Remote(remote) => remote.find(mailbox, search, limit),
        }
    }

    /// Returns the thread of a message, from all mailboxes, each message below what it answers.
    ///
    /// # Errors
    /// [`Error::NoMessage`], and as [`Maildir::with_index`].
    pub fn thread(&self, id: &MailId) -> Result<Vec<Post>, Error> {
        let name = self.name.as_str();
        let messages = self.ask_index(&|index| index.thread(name, id))?;
        if messages.is_empty() {
            return Err(Error::NoMessage { id: id.clone() });
        }
        Ok(thread::thread(messages))
    }

    /// Lists the messages that bear this `Message-ID`, without brackets, as far as they are here.
    ///
    /// # Errors
    /// As [`Maildir::with_index`].
    pub fn with_message_id(&self, message_id: &str) -> Result<Vec<Envelope>, Error> {
        let found = self.ask_index(&|index| index.with_message_id(&self.name, message_id))?;
        Ok(found.into_iter().map(|one| one.envelope).collect())
    }

    /// Counts the messages of the mailboxes; one that never held any may be missing.
    ///
    /// # Errors
    /// As [`Maildir::with_index`].
    pub fn counts(&self) -> Result<Vec<Mailbox>, Error> {
        self.ask_index(&|index| index.mailboxes(&self.name))
    }

    /// Lists the ids that begin with `start`, at most `limit`.
    ///
    /// # Errors
    /// As [`Maildir::with_index`].
    pub fn ids_from(&self, start: &str, limit: u32) -> Result<Vec<MailId>, Error> {
        self.ask_index(&|index| index.ids_from(&self.name, start, limit))
    }

    /// Asks the index, once it knows what the mailboxes hold; the account's name in it is
    /// [`Account::name`].
    ///
    /// # Errors
    /// What `ask` says, and as [`Maildir::with_index`].
    pub fn ask_index<T>(&self, ask: &dyn Fn(&Index) -> Result<T, Error>) -> Result<T, Error> {
        match &self.store {
            Store::Local(maildir) => Ok(maildir.with_index(None, ask)?.0),
            Store::Remote(remote) => remote.ask(ask),
        }
    }

    /// Lists, of the newest `limit` messages of a mailbox, those of which only the header is here.
    ///
    /// # Errors
    /// As [`Maildir::with_index`].
    pub fn without_text(&self, mailbox: &str, limit: usize) -> Result<Vec<MailId>, Error> {
        let (name, most) = (&self.name, u32::try_from(limit).unwrap_or(u32::MAX));
        let mailbox = self.mailbox_named(mailbox);
        let bare = self.ask_index(&|index| index.without_text(name, &mailbox, most))?;
        Ok(bare.into_iter().map(|one| one.envelope.id).collect())
    }

    /// Reads a message; its flags stay as they are.
    ///
    /// # Errors
    /// As [`Maildir::read`].
    pub fn read(&self, id: &MailId) -> Result<Message, Error> {
        match &self.store {
            Store::Local(maildir) => maildir.read(id),
            Store::Remote(remote) => remote.read(id),
        }
    }

    /// Returns the bytes of a message.
    ///
    /// # Errors
    /// As [`Maildir::raw`].
    pub fn raw(&self, id: &MailId) -> Result<Vec<u8>, Error> {
        match &self.store {
            Store::Local(maildir) => maildir.raw(id),
            Store::Remote(remote) => remote.raw(id),
        }
    }

    /// Finds a message in any mailbox.
    ///
    /// # Errors
    /// As [`Maildir::locate`].
    pub fn locate(&self, id: &MailId) -> Result<Option<Place>, Error> {
        match &self.store {
            Store::Local(maildir) => Ok(maildir.locate(id)?.map(Place::from)),
            Store::Remote(remote) => remote.locate(id),
        }
    }
}

/// What may talk to a server.
impl Account {
    /// Brings the local data up to date with the server; the Maildir always is.
    ///
    /// # Errors
    /// [`Error::Stopped`], and what the server or the connection say.
    ///
    /// # Cancellation
    /// What was fetched stays; the rest comes with the next sync.
    pub async fn sync(&self, extent: Extent, deadline: &Deadline) -> Result<Synced, Error> {
        match &self.store {
            Store::Local(_) => Ok(Synced::default()),
            Store::Remote(remote) => remote.sync(extent, deadline).await,
        }
    }

    /// Brings one mailbox up to date, such as before it is searched.
    ///
    /// # Errors
    /// As [`Account::sync`].
    ///
    /// # Cancellation
    /// As [`Account::sync`].
    pub async fn refresh(&self, mailbox: &str, deadline: &Deadline) -> Result<Synced, Error> {
        match &self.store {
            Store::Local(_) => Ok(Synced::default()),
            Store::Remote(remote) => remote.refresh(mailbox, deadline).await,
        }
    }

    /// As [`Account::find`], by asking the server, which also knows the texts that are not here.
    ///
    /// # Errors
    /// As [`Account::find`] and [`Account::sync`].
    ///
    /// # Cancellation
    /// Only reads.
    pub async fn find_there(
        &self,
        mailbox: Option<&str>,
        search: &Search,
        limit: u32,
        deadline: &Deadline,
    ) -> Result<Listing, Error> {
        match &self.store {
            Store::Local(maildir) => maildir.find_like(mailbox, search, limit),
            Store::Remote(remote) => remote.find_there(mailbox, search, limit, deadline).await,
        }
    }

    /// Fetches the text of a message where only its header is here, so that [`Account::read`] and
    /// [`Account::raw`] have it.
    ///
    /// # Errors
    /// [`Error::NoMessage`], and as [`Account::sync`].
    ///
    /// # Cancellation
    /// Only reads.
    pub async fn fetch(&self, id: &MailId, deadline: &Deadline) -> Result<(), Error> {
        match &self.store {
            Store::Local(_) => Ok(()),
            Store::Remote(remote) => remote.fetch(id, deadline).await,
        }
    }

    /// Writes a draft into the drafts' mailbox, once for each key of `stamp`.
    ///
    /// # Errors
    /// As [`Maildir::draft`].
    ///
    /// # Cancellation
    /// It may be there or not; the same call again finds it.
    pub async fn draft(
        &self,
        draft: &MailDraft,
        stamp: &Stamp<'_>,
        deadline: &Deadline,
    ) -> Result<MailId, Error> {
        match &self.store {
            Store::Local(maildir) => maildir.draft(draft, stamp.author, stamp.key, stamp.now),
            Store::Remote(remote) => {
                let author = stamp.author;
                let asked = async || {
                    let source = source(remote, draft, deadline).await?;
                    Ok((compose::letter(draft, &source, author)?, source.thread()))
                };
                draft_on(remote, stamp, deadline, asked).await
            }
        }
    }

    /// Writes a letter that was put together elsewhere, such as an invitation, into the drafts'
    /// mailbox, once for each key of `stamp`.
    ///
    /// # Errors
    /// As [`Maildir::write_letter`].
    ///
    /// # Cancellation
    /// As [`Account::draft`].
    pub async fn write_letter(
        &self,
        letter: &Letter,
        stamp: &Stamp<'_>,
        deadline: &Deadline,
    ) -> Result<MailId, Error> {
        match &self.store {
            Store::Local(maildir) => {
                maildir.write_letter(letter, stamp.author, stamp.key, stamp.now)
            }
            Store::Remote(remote) => {
                let asked = async || {
                    let source = match &letter.in_reply_to {
                        Some(id) => answered(remote, id, deadline).await?,
                        None => Source::New,
                    };
                    Ok((letter.clone(), source.thread()))
                };
                draft_on(remote, stamp, deadline, asked).await
            }
        }
    }

    /// Hands a draft on to be sent.
    ///
    /// # Errors
    /// As [`Maildir::send`].
    ///
    /// # Cancellation
    /// It may be handed on or not; the same call again finds it.
    #[expect(
        clippy::unused_async,
        reason = "the way out over a server takes its time"
    )]
    pub async fn send(
        &self,
        id: &MailId,
        now: Timestamp,
        _deadline: &Deadline,
    ) -> Result<MailId, Error> {
        match &self.store {
            Store::Local(maildir) => maildir.send(id, now),
            // Only the Maildir has an outbox folder: the ledger sends these by their SMTP server.
            Store::Remote(_) => Err(Error::NoWayOut {
                account: self.name.clone(),
            }),
        }
    }

    /// Takes away a draft that was sent and of which Sent has the copy; one that is gone already
    /// is no error.
    ///
    /// # Errors
    /// [`Error::NotADraft`], [`Error::Io`], and as [`Account::sync`].
    ///
    /// # Cancellation
    /// It may be gone or not.
    pub async fn drop_draft(&self, id: &MailId, deadline: &Deadline) -> Result<(), Error> {
        match &self.store {
            Store::Local(maildir) => maildir.drop_draft(id),
            Store::Remote(remote) => {
                // Nothing is ever expunged on a server: it goes to the trash. The copy in Sent may
                // be the same message, which stays.
                if remote.discard(id, "Drafts", deadline).await? {
                    return Ok(());
                }
                let trash = remote.mailbox_named("Trash");
                match remote.locate(id)? {
                    Some(place) if place.mailbox != trash => Err(Error::NotADraft {
                        id: id.clone(),
                        mailbox: place.mailbox,
                    }),
                    Some(_) | None => Ok(()),
                }
            }
        }
    }

    /// Moves a message to `mailbox`, made when missing; one that is there already stays.
    ///
    /// # Errors
    /// As [`Maildir::move_to`].
    ///
    /// # Cancellation
    /// It lies in the one mailbox or in the other.
    pub async fn move_to(
        &self,
        id: &MailId,
        mailbox: &str,
        deadline: &Deadline,
    ) -> Result<Place, Error> {
        match &self.store {
            Store::Local(maildir) => Ok(maildir.move_to(id, mailbox)?.into()),
            Store::Remote(remote) => remote.move_to(id, mailbox, deadline).await,
        }
    }

    /// Sets or clears a flag; setting one that is set does nothing.
    ///
    /// # Errors
    /// As [`Maildir::flag`].
    ///
    /// # Cancellation
    /// The flag is as it was or as it shall be.
    pub async fn flag(
        &self,
        id: &MailId,
        (flag, on): (&Flag, bool),
        deadline: &Deadline,
    ) -> Result<Place, Error> {
        match &self.store {
            Store::Local(maildir) => Ok(maildir.flag(id, flag, on)?.into()),
            Store::Remote(remote) => remote.flag(id, (flag, on), deadline).await,
        }
    }

    /// Puts a message into `mailbox`, made when missing, with these flags where it is on a server.
    ///
    /// # Errors
    /// As [`Maildir::deliver`].
    ///
    /// # Cancellation
    /// It may be there or not.
    pub async fn deliver(
        &self,
        mailbox: &str,
        bytes: &[u8],
        now: Timestamp,
        deadline: &Deadline,
    ) -> Result<MailId, Error> {
        match &self.store {
            Store::Local(maildir) => maildir.deliver(mailbox, bytes, now),
            Store::Remote(remote) => {
                let once = message_id(bytes);
                remote.put((mailbox, once), bytes, now, deadline).await
            }
        }
    }

    /// Waits until a message of `mailbox` is as asked and returns the newest such; one that is
    /// there already counts. `None` when time ran out.
    ///
    /// # Errors
    /// [`Error::Stopped`] when the user asked to stop, and as [`Account::watch`].
    ///
    /// # Cancellation
    /// Only reads.
    pub async fn wait(
        &self,
        mailbox: &str,
        query: &MailQuery,
        deadline: &Deadline,
    ) -> Result<Option<Envelope>, Error> {
        // Watching begins before the first look, so that nothing can arrive between the two.
        let mut watch = self.watch(mailbox, deadline).await?;
        let search = MailSearch {
            mailbox: mailbox.to_owned(),
            query: query.clone(),
            limit: 1,
        };
        loop {
            if let Some(found) = self.search(&search)?.envelopes.into_iter().next() {
                return Ok(Some(found));
            }
            if !watch.changed(deadline).await? {
                return Ok(None);
            }
        }
    }

    /// Begins to follow `mailbox`; from here on no change is missed.
    ///
    /// # Errors
    /// [`Error::NoMailbox`], [`Error::Watch`], and as [`Account::sync`].
    ///
    /// # Cancellation
    /// Only reads.
    pub async fn watch(&self, mailbox: &str, deadline: &Deadline) -> Result<Watch<'_>, Error> {
        Ok(Watch(match &self.store {
            Store::Local(maildir) => Following::Local(maildir.watch(mailbox)?),
            Store::Remote(remote) => {
                let news = remote.watch(mailbox, deadline).await?;
                Following::Remote(remote, Box::new(news))
            }
        }))
    }

    /// Logs in and says how many mailboxes there are; tells what is wrong where it can't.
    ///
    /// # Errors
    /// As [`Account::sync`].
    ///
    /// # Cancellation
    /// Only reads.
    pub async fn test(&self, deadline: &Deadline) -> Result<usize, Error> {
        match &self.store {
            Store::Local(maildir) => Ok(maildir.mailboxes()?.len()),
            Store::Remote(remote) => remote.test(deadline).await,
        }
    }
}

/// Reads what a draft refers to.
async fn source(remote: &Remote, draft: &MailDraft, deadline: &Deadline) -> Result<Source, Error> {
    match (&draft.in_reply_to, &draft.forward) {
        (None, None) => Ok(Source::New),
        (Some(id), None) => answered(remote, id, deadline).await,
        (None, Some(id)) => {
            remote.fetch(id, deadline).await?;
            Ok(Source::Forwarded(
                Box::new(remote.read(id)?),
                remote.raw(id)?,
            ))
        }
        (Some(_), Some(_)) => Err(Error::TwoSources),
    }
}

async fn answered(remote: &Remote, id: &MailId, deadline: &Deadline) -> Result<Source, Error> {
    remote.fetch(id, deadline).await?;
    Ok(Source::Answered(Box::new(remote.read(id)?)))
}

/// Puts the draft of this key on the server where it is not there yet.
async fn draft_on(
    remote: &Remote,
    stamp: &Stamp<'_>,
    deadline: &Deadline,
    asked: impl AsyncFnOnce() -> Result<(Letter, Vec<String>), Error>,
) -> Result<MailId, Error> {
    let digest = compose::digest(stamp.key);
    let message_id = compose::message_id(&digest, &stamp.author.address)?;
    // Also where an earlier call was cut off in the middle.
    let places = ["Drafts", "Sent"];
    if let Some(id) = remote
        .with_message_id(&message_id, &places, deadline)
        .await?
    {
        return Ok(id);
    }
    let (letter, thread) = asked().await?;
    let frame = compose::Frame {
        author: stamp.author,
        thread,
        digest: &digest,
        now: stamp.now,
    };
    let bytes = compose::bytes(&letter, &frame)?;
    let once = Some(message_id);
    remote
        .put(("Drafts", once), &bytes, stamp.now, deadline)
        .await
}

impl Watch<'_> {
    /// Waits until something in the mailbox may have changed, and brings the local data up to
    /// date; `false` when time ran out. What is new is found by searching again.
    ///
    /// # Errors
    /// [`Error::Stopped`] when the user asked to stop, and as [`Account::sync`].
    ///
    /// # Cancellation
    /// A change that was under way is reported by the next call, or found by the next search.
    pub async fn changed(&mut self, deadline: &Deadline) -> Result<bool, Error> {
        match &mut self.0 {
            Following::Local(changes) => changes.next(deadline).await,
            Following::Remote(remote, news) => news.next(remote, deadline).await,
        }
    }
}

/// The `Message-ID` of a message that was put together here.
fn message_id(bytes: &[u8]) -> Option<String> {
    let frame = Frame {
        id: MailId(String::new()),
        mailbox: String::new(),
        flags: Vec::new(),
        size: 0,
        delivered: Timestamp::UNIX_EPOCH,
    };
    let found = mime::envelope(frame, bytes).message_id;
    (!found.is_empty()).then_some(found)
}

impl From<maildir::Place> for Place {
    fn from(place: maildir::Place) -> Self {
        Self {
            mailbox: place.mailbox,
            flags: place.flags,
            source: place.path.display().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MAIL: &[u8] = b"From: Dana <dana@partner.test>\r\nSubject: Budget\r\n\r\nHello\r\n";

    fn new() -> (tempfile::TempDir, Account) {
        let folder = tempfile::tempdir().unwrap();
        let account = Account::local(&Home::at(folder.path())).unwrap();
        (folder, account)
    }

    fn about(subject: &str) -> MailQuery {
        MailQuery {
            subject: Some(subject.to_owned()),
            ..MailQuery::default()
        }
    }

    #[tokio::test]
    async fn a_wait_ends_with_the_mail_or_with_its_time() {
        let (_folder, account) = new();
        let short = Deadline::after(Duration::from_millis(50));
        let found = account.wait("INBOX", &about("budget"), &short).await;
        assert_eq!(found.unwrap(), None);
        let long = Deadline::after(Duration::from_secs(20));
        let arrival = async {
            let other = b"Subject: other\r\n\r\nx";
            let now = Timestamp::UNIX_EPOCH;
            account.deliver("INBOX", other, now, &long).await.unwrap();
            tokio::task::yield_now().await;
            account.deliver("INBOX", MAIL, now, &long).await.unwrap()
        };
        let query = about("budget");
        let (found, id) = tokio::join!(account.wait("INBOX", &query, &long), arrival);
        assert_eq!(found.unwrap().unwrap().id, id);
        long.stop();
        let never = account.wait("INBOX", &about("never"), &long).await;
        assert!(matches!(never, Err(Error::Stopped(_))));
    }

    #[test]
    fn the_account_that_is_meant_is_named_or_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let config = Config::default();
        let open = |wanted| Account::open(&home, &config, wanted);
        assert_eq!(open(None).unwrap().name(), LOCAL);
        assert_eq!(open(Some("local")).unwrap().name(), LOCAL);
        let error = open(Some("wrok")).unwrap_err();
        assert_eq!(error.to_string(), "there is no mail account \"wrok\"");
        assert_eq!(error.hint().as_deref(), Some("the accounts are local"));
    }
}
