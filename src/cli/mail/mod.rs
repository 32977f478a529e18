//! `legwork mail`: the mailbox at a glance, messages to read, and one thing done at a time.
//!
//! Reading never changes a flag. What changes anything goes through the loop like every other
//! deed. Messages are named by their number in the last list, by their id or its beginning.

mod draft;
mod files;
mod letter;
mod list;
mod organise;
mod outbox;
mod pick;
mod send;
mod since;
mod sync;
mod table;
mod thread;
mod triage;
mod unsubscribe;
mod write;

pub(super) use self::sync::said;

use std::time::Duration;

use jiff::ZonedDateTime;

use super::report::Kind;
use super::{Context, Failure, wake};
use crate::action::MailId;
use crate::clock::Clock;
use crate::config::Config;
use crate::deadline::Deadline;
use crate::mail::{Account, Error};
use crate::untrusted;

const SYNC_EXAMPLES: &str = "\
Examples:
  legwork mail sync                   every [[mail]] account of config.toml
  legwork mail sync work --all
  legwork mail sync --json | jq '.accounts[].arrived'
Exits 4 when an account can't be synced; the others are synced all the same.";

const LIST_EXAMPLES: &str = "\
Examples:
  legwork mail list
  legwork mail list Archive --limit 100
  legwork mail list --unread --json | jq -r '.messages[].id'";

const SEARCH_EXAMPLES: &str = "\
Examples:
  legwork mail search invoice
  legwork mail search 'from:dana is:unread -newsletter'
  legwork mail search 'subject:report has:attachment after:2026-03-01'
  legwork mail search --from dana --since 'last week'
  legwork mail search contract --subject draft --in Archive
  legwork mail search --server 'clause 7'     asks the server, also texts that were not fetched";

const READ_EXAMPLES: &str = "\
Examples:
  legwork mail read 1                 the first of the last list
  legwork mail read 1795302000.M12 --html-links --headers
  legwork mail read 1 --raw > message.eml";

const THREAD_EXAMPLES: &str = "\
Examples:
  legwork mail thread 2
  legwork mail thread 2 --json | jq -r '.posts[].from.email'";

const ATTACHMENTS_EXAMPLES: &str = "\
Examples:
  legwork mail attachments 1
  legwork mail attachments 1 --json | jq -r '.[].name'";

const SAVE_EXAMPLES: &str = "\
Examples:
  legwork mail save 1 2               the second file of the first message
  legwork mail save 1 --all --to Downloads";

const MAILBOXES_EXAMPLES: &str = "\
Examples:
  legwork mail mailboxes
  legwork mail mailboxes --json";

const MOVE_EXAMPLES: &str = "\
Examples:
  legwork mail move 3 Archive
  legwork mail move 3 Projects.Garden --create";

const FLAG_EXAMPLES: &str = "\
Examples:
  legwork mail flag 3 seen
  legwork mail flag 3 flagged --off
  legwork mail flag 3 Waiting         any other word is a keyword";

const ARCHIVE_EXAMPLES: &str = "\
Examples:
  legwork mail archive 3
  legwork mail archive 3 5 8
  legwork journal undo                takes it back";

const TRASH_EXAMPLES: &str = "\
Examples:
  legwork mail trash 3
  legwork mail trash 3 5 8
  legwork journal undo                takes it back";

const LABEL_EXAMPLES: &str = "\
Examples:
  legwork mail label 3 Waiting
  legwork mail label 3 Waiting --off";

const SNOOZE_EXAMPLES: &str = "\
Examples:
  legwork mail snooze 3 until Monday 9:00
  legwork mail snooze 3 until tomorrow
  legwork mail snooze                 what is put off, and until when
  legwork mail snooze 1 --off         bring it back now

A message that is put off lies in Snoozed. The next legwork command after its time brings it back,
and so does an answer to it.";

const DRAFT_EXAMPLES: &str = "\
Examples:
  legwork mail draft --to dana@example.org --subject 'Thursday' 'See you at ten.'
  legwork mail draft --to dana@example.org --subject Plan --attach plan.pdf 'Here it is.'
  legwork mail draft --to dana@example.org --subject Notes - < notes.txt";

const REPLY_EXAMPLES: &str = "\
Examples:
  legwork mail reply 2 'Thank you, that suits me.'
  legwork mail reply 2 --all --cc ken@example.org 'Ken joins us.'
  legwork mail reply 2 --attach offer.pdf - < answer.txt";

const FORWARD_EXAMPLES: &str = "\
Examples:
  legwork mail forward 2 --to ken@example.org 'For you.'
  legwork mail forward 2 --to ken@example.org --as-file";

const SEND_EXAMPLES: &str = "\
Examples:
  legwork mail send 1                 shows the exact mail and asks
  legwork mail send 1795302000.K12 --yes
  legwork mail outbox                 what became of it";

const UNSUBSCRIBE_EXAMPLES: &str = "\
Examples:
  legwork mail unsubscribe 3          shows what would be sent, and asks
  legwork mail unsubscribe 3 --yes

One click is taken only where [unsubscribe] servers in config.toml names the mail server that
vouches for the sender, and the address is on the sender's own domain. Else a letter is drafted, or
the page is shown for you to open.";

const TRIAGE_EXAMPLES: &str = "\
Examples:
  legwork mail triage                 what each message is, and what would be done
  legwork mail triage --apply         do it: move, label and flag
  legwork mail triage --watch         one line for each new mail, until Ctrl-C
  legwork mail triage --forget        forget what your moves taught
  legwork mail triage --json | jq '.messages[] | select(.kind == \"needs_reply\")'";

/// Read, search and organise mail, write drafts and send them
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List the messages of a mailbox, newest first
    #[command(after_help = LIST_EXAMPLES)]
    List(list::Args),
    /// Find messages by words, sender, subject or date
    #[command(after_help = SEARCH_EXAMPLES)]
    Search(list::SearchArgs),
    /// Read a message; it stays unread
    #[command(after_help = READ_EXAMPLES)]
    Read(letter::Args),
    /// Show the thread of a message, from all mailboxes
    #[command(after_help = THREAD_EXAMPLES)]
    Thread(thread::Args),
    /// List the files of a message, with what they are by their bytes
    #[command(after_help = ATTACHMENTS_EXAMPLES)]
    Attachments(files::Args),
    /// Save files of a message; never over another file
    #[command(after_help = SAVE_EXAMPLES)]
    Save(files::SaveArgs),
    /// List the mailboxes with how many messages they hold
    #[command(after_help = MAILBOXES_EXAMPLES)]
    Mailboxes {},
    /// Mirror the mail of your accounts on servers
    #[command(after_help = SYNC_EXAMPLES)]
    Sync(sync::Args),
    /// Move a message to another mailbox
    #[command(after_help = MOVE_EXAMPLES)]
    Move(write::MoveArgs),
    /// Set or clear a flag or keyword of a message
    #[command(after_help = FLAG_EXAMPLES)]
    Flag(write::FlagArgs),
    /// Move messages to Archive
    #[command(after_help = ARCHIVE_EXAMPLES)]
    Archive(organise::ArchiveArgs),
    /// Move messages to Trash; they stay there until you empty it yourself
    #[command(after_help = TRASH_EXAMPLES)]
    Trash(organise::TrashArgs),
    /// Give a message a label, or take it off
    #[command(after_help = LABEL_EXAMPLES)]
    Label(organise::LabelArgs),
    /// Put a message off: it comes back at that time, or when it is answered
    #[command(after_help = SNOOZE_EXAMPLES)]
    Snooze(organise::SnoozeArgs),
    /// Write a draft; nothing leaves
    #[command(after_help = DRAFT_EXAMPLES)]
    Draft(draft::DraftArgs),
    /// Write a draft that answers a message; nothing leaves
    #[command(after_help = REPLY_EXAMPLES)]
    Reply(draft::ReplyArgs),
    /// Write a draft that passes a message on, with its files; nothing leaves
    #[command(after_help = FORWARD_EXAMPLES)]
    Forward(draft::ForwardArgs),
    /// Send a draft, once you have seen it
    #[command(after_help = SEND_EXAMPLES)]
    Send(send::Args),
    Outbox(outbox::Args),
    /// Leave the list of a message, by the safest way that it offers
    #[command(after_help = UNSUBSCRIBE_EXAMPLES)]
    Unsubscribe(unsubscribe::Args),
    /// Say what each message in the inbox wants, and do the part that can be undone
    #[command(after_help = TRIAGE_EXAMPLES)]
    Triage(triage::Args),
}

pub(super) fn run(command: &Command, context: &Context) -> Result<u8, Failure> {
    let desk = Desk::open(context)?;
    let patience = if matches!(command, Command::Sync(_)) {
        wake::LONG
    } else {
        wake::SHORT
    };
    wake::run(patience, context)?;
    match command {
        Command::List(args) => list::run(args, &desk, context),
        Command::Search(args) => list::search(args, &desk, context),
        Command::Read(args) => letter::run(args, &desk, context),
        Command::Thread(args) => thread::run(args, &desk, context),
        Command::Attachments(args) => files::list(args, &desk, context),
        Command::Save(args) => files::save_files(args, &desk, context),
        Command::Mailboxes {} => list::mailboxes(&desk, context),
        Command::Sync(args) => sync::run(args, context),
        Command::Move(args) => write::relocate(args, &desk, context),
        Command::Flag(args) => write::flag(args, &desk, context),
        Command::Archive(args) => organise::archive(args, &desk, context),
        Command::Trash(args) => organise::trash(args, &desk, context),
        Command::Label(args) => organise::label(args, &desk, context),
        Command::Snooze(args) => organise::snooze(args, &desk, context),
        Command::Draft(args) => draft::draft(args, &desk, context),
        Command::Reply(args) => draft::reply(args, &desk, context),
        Command::Forward(args) => draft::forward(args, &desk, context),
        Command::Send(args) => send::run(args, &desk, context),
        Command::Outbox(args) => outbox::run(args, &desk, context),
        Command::Unsubscribe(args) => unsubscribe::run(args, &desk, context),
        Command::Triage(args) => triage::run(args, &desk, context),
    }
}

/// Longest that the text of one message is waited for.
const FETCH_LIMIT: Duration = Duration::from_mins(5);

/// The mailbox with the facts needed to read it.
struct Desk {
    config: Config,
    clock: Clock,
    mail: Account,
}

impl Desk {
    fn open(context: &Context) -> Result<Self, Failure> {
        let config = Config::load(&context.home)?;
        let zone = config.zone().unwrap_or(jiff::tz::TimeZone::UTC);
        Ok(Self {
            clock: Clock::system(zone),
            mail: Account::open(&context.home, &config, context.account.as_deref())
                .map_err(refused)?,
            config,
        })
    }

    /// Fetches the text of a message where only its header is here; what can't be fetched is told.
    fn fetch(&self, id: &MailId, context: &Context) -> Result<(), Failure> {
        if let Err(error) = self.fetched(id)? {
            warn(&[said(&error)], context);
        }
        Ok(())
    }

    /// As [`Desk::fetch`], for what is of no use without the text.
    fn bring(&self, id: &MailId) -> Result<(), Failure> {
        self.fetched(id)?.map_err(refused)
    }

    fn fetched(&self, id: &MailId) -> Result<Result<(), Error>, Failure> {
        if self.mail.is_local() || self.mail.raw(id).is_ok() {
            return Ok(Ok(()));
        }
        super::block_on(FETCH_LIMIT, async |deadline: Deadline| {
            match self.mail.fetch(id, &deadline).await {
                Err(_) if deadline.is_stopped() => Err(Failure::stopped()),
                done => Ok(done),
            }
        })
    }

    fn now(&self) -> ZonedDateTime {
        self.clock.local()
    }
}

/// Tells apart what was typed wrongly from a mailbox that can't be used.
pub(super) fn refused(error: Error) -> Failure {
    let hint = error.hint();
    let kind = match &error {
        Error::Io { .. }
        | Error::Watch { .. }
        | Error::Index { .. }
        | Error::NewerIndex { .. }
        | Error::Server(_)
        | Error::Credential(_)
        | Error::NeverSynced { .. }
        | Error::NotFetched { .. }
        | Error::TooLong { .. }
        | Error::Ledger(_) => Kind::Account,
        Error::NoWayOut { .. } => Kind::Config,
        Error::NoMessage { .. }
        | Error::NoMailbox { .. }
        | Error::NoAccount { .. }
        | Error::BadName { .. }
        | Error::BadHeader { .. }
        | Error::BadAddress { .. }
        | Error::NoRecipient
        | Error::TooMany { .. }
        | Error::Unsendable { .. }
        | Error::Settled { .. }
        | Error::Busy
        | Error::NoLetter { .. }
        | Error::TwoSources
        | Error::Attachment { .. }
        | Error::Automatic { .. }
        | Error::NotADraft { .. } => Kind::User,
        Error::Compose(_) | Error::BadInvitation { .. } | Error::Stopped(_) => Kind::Internal,
    };
    Failure::new(kind, error).hint_if(hint)
}

/// Says what could not be read, on stderr; the rest is shown all the same.
fn warn(diagnostics: &[String], context: &Context) {
    const SHOWN_MAX: usize = 5;
    for text in diagnostics.iter().take(SHOWN_MAX) {
        let text = untrusted::line(text, 200);
        context.say(&format!("{} {text}", context.err.warn("left out:")));
    }
    let more = diagnostics.len().saturating_sub(SHOWN_MAX);
    if more > 0 {
        context.say(&format!("and {more} more problems; --json lists them all"));
    }
}
