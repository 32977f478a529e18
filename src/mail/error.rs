//! What can go wrong with mail, by cause, and what the user can do about it.

use std::io;
use std::path::{Path, PathBuf};

use crate::action::MailId;
use crate::deadline::Ended;
use crate::mail::{CredentialError, ServerError};

/// Why a mail action did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("can't {doing} {}", path.display())]
    Io {
        /// What was tried, such as `read`.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// The message is in no mailbox.
    #[error("no mailbox holds the message {:?}", id.0)]
    NoMessage {
        /// The message asked for.
        id: MailId,
    },
    /// The mailbox was never made.
    #[error("there is no mailbox {name:?}")]
    NoMailbox {
        /// The mailbox asked for.
        name: String,
    },
    /// The name can't stand for a mailbox or keyword, or must not be used this way.
    #[error("{what} {name:?} is refused: {reason}")]
    BadName {
        /// `the mailbox` or `the keyword`.
        what: &'static str,
        /// The name given.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A field that becomes a header could smuggle in another one.
    #[error("the {field} of the draft holds a line break or control character: {value:?}")]
    BadHeader {
        /// `subject`, `name` or `address`.
        field: &'static str,
        /// What was given.
        value: String,
    },
    /// Not a mail address.
    #[error("{address:?} is not a mail address")]
    BadAddress {
        /// What was given.
        address: String,
        /// What is wrong with it.
        #[source]
        source: lettre::address::AddressError,
    },
    /// The draft is no message that mail could carry.
    #[error("the draft can't be sent: {reason}")]
    Unsendable {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It left already, or nobody knows whether it did.
    #[error("this letter is not sent a second time: {state}")]
    Settled {
        /// What is known of it.
        state: String,
    },
    /// Another program is sending it right now.
    #[error("another legwork is sending this letter right now")]
    Busy,
    /// No letter of that number is in the ledger.
    #[error("the outbox has no letter {number}")]
    NoLetter {
        /// The number asked for.
        number: i64,
    },
    /// The account has no server that takes mail.
    #[error("the mail account '{account}' can't send")]
    NoWayOut {
        /// The account.
        account: String,
    },
    /// The ledger can't be written; without it nothing leaves.
    #[error(transparent)]
    Ledger(#[from] crate::store::StoreError),
    /// More recipients than one letter may have.
    #[error("the draft has {count} recipients, {most} are the most")]
    TooMany {
        /// How many it has.
        count: usize,
        /// How many it may have.
        most: usize,
    },
    /// It can't answer one message and pass on another.
    #[error("a draft can't answer a message and pass one on at the same time")]
    TwoSources,
    /// A file can't go with the letter.
    #[error("{name:?} can't be attached: {reason}")]
    Attachment {
        /// The file as named.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The calendar's text can't go out as an invitation.
    #[error("the invitation can't be written: {reason}")]
    BadInvitation {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nobody to write to is left.
    #[error("the draft has no recipient besides yourself")]
    NoRecipient,
    /// No person waits for an answer.
    #[error("the message from {from} must not be answered: {reason}")]
    Automatic {
        /// The sender of the message.
        from: String,
        /// Why it counts as automatic.
        reason: &'static str,
    },
    /// Only drafts can be sent.
    #[error("the message {:?} is not a draft, it lies in {mailbox}", id.0)]
    NotADraft {
        /// The message asked for.
        id: MailId,
        /// Where it lies.
        mailbox: String,
    },
    /// The message could not be put together.
    #[error("can't compose the draft")]
    Compose(#[source] lettre::error::Error),
    /// The index was written by a newer Legwork.
    #[error("{} was written by a newer legwork (format {found}, this one knows {known})", file.display())]
    NewerIndex {
        /// The file.
        file: PathBuf,
        /// The version found in it.
        found: u32,
        /// The version this program writes.
        known: u32,
    },
    /// The index refuses.
    #[error("the mail index {} can't be used", file.display())]
    Index {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// Changes of the mailbox can't be watched.
    #[error("can't watch {}", path.display())]
    Watch {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: notify::Error,
    },
    /// No account has that name.
    #[error("there is no mail account {name:?}")]
    NoAccount {
        /// The name asked for.
        name: String,
        /// Names that there are.
        known: Vec<String>,
    },
    /// The mail server, or the way to it, refuses.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// There is no password or token to log in with.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// Nothing of the account is here yet.
    #[error("the mail of {name:?} was never fetched")]
    NeverSynced {
        /// The account.
        name: String,
    },
    /// It is longer than what is fetched.
    #[error("the message is too long to be fetched whole: {} MB, at most 128", size / 1_048_576)]
    TooLong {
        /// Its size in octets.
        size: u64,
    },
    /// Only its header is here.
    #[error("the text of the message {:?} was not fetched yet", id.0)]
    NotFetched {
        /// The message.
        id: MailId,
    },
    /// The user asked to stop.
    #[error(transparent)]
    Stopped(Ended),
}

impl Error {
    /// Returns what the user can do, where there is something.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Io { .. } => "check the rights of the mail folder and the space on its disk",
            Self::NoMessage { .. } => "search again: it was deleted or another program took it",
            Self::NoMailbox { .. } => "list the mailboxes, or move a message there to make it",
            Self::BadName { .. } => "use another name; levels are separated by single dots",
            Self::BadHeader { .. } => "write it on one line",
            Self::BadAddress { .. } => "write it as local@domain",
            Self::Unsendable { .. } => "write it anew",
            Self::Settled { .. } => "see 'legwork mail outbox'",
            Self::Busy => "wait for it, then see 'legwork mail outbox'",
            Self::NoLetter { .. } => "'legwork mail outbox' lists them",
            Self::NoWayOut { .. } => "give it an 'smtp' server in config.toml",
            Self::Ledger(error) => return error.hint(),
            Self::TooMany { .. } => "write to fewer people at a time",
            Self::TwoSources => "write two drafts",
            Self::Attachment { .. } => "name a file that is there, or send a link to it",
            Self::NoRecipient => "give the address to write to",
            Self::Automatic { .. } => "give the address of a person to write to",
            Self::NotADraft { .. } => "write a draft first, and send that",
            Self::NewerIndex { file, .. } => {
                return Some(format!(
                    "update legwork, or move {} away: it is built anew",
                    file.display()
                ));
            }
            Self::Index { file, .. } => {
                return Some(format!(
                    "check the space on the disk; {} may be moved away, it is built anew",
                    file.display()
                ));
            }
            Self::Watch { .. } => "raise fs.inotify.max_user_watches, or search instead of waiting",
            Self::TooLong { .. } => "another mail program may show it",
            Self::NeverSynced { .. } | Self::NotFetched { .. } => "run 'legwork mail sync'",
            Self::Server(error) => return error.hint(),
            Self::Credential(error) => return error.hint(),
            Self::NoAccount { known, .. } => {
                return Some(format!("the accounts are {}", known.join(", ")));
            }
            Self::Compose(_) | Self::BadInvitation { .. } | Self::Stopped(_) => return None,
        };
        Some(hint.to_owned())
    }
}

/// Names the step and the file of an input or output error.
pub(super) fn io_at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io {
        doing,
        path,
        source,
    }
}
