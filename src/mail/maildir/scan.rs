//! Keeps the index in step with the folder of a mailbox. Where nothing changed that costs a look at
//! two folders; where something did, a listing, and reading what is new.

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use jiff::tz::TimeZone;

use super::flags::Keywords;
use super::read::{entries, load, note};
use super::{DRAFTS, Entry, OUTBOX, SENT, name};
use crate::action::{Flag, MailId};
use crate::clock::Clock;
use crate::config::LOCAL;
use crate::mail::Error;
use crate::mail::error::io_at;
use crate::mail::index::{Card, Index, Role, Spot, SyncState, Writing};

/// A folder that changed less than this ago may change again and look the same, as file systems
/// count time in ticks; it is listed once more the next time.
const SETTLED: Duration = Duration::from_secs(1);

/// A mailbox and its folder.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room<'a> {
    pub(super) mailbox: &'a str,
    pub(super) folder: &'a Path,
}

/// Brings what `index` knows of a mailbox up to date; what can't be read is a diagnostic.
///
/// # Errors
/// [`Error::Index`], or [`Error::Io`] when the mailbox itself can't be read.
pub(super) fn scan(
    index: &Index,
    room: Room<'_>,
    diagnostics: &mut Vec<String>,
) -> Result<(), Error> {
    if look(room)?.text == index.sync_state(LOCAL, room.mailbox)?.stamp {
        return Ok(());
    }
    // From here on other programs wait; one of them may have done the work by now.
    let mut writing = index.write(LOCAL, room.mailbox)?;
    let seen = look(room)?;
    let before = index.sync_state(LOCAL, room.mailbox)?.stamp;
    if seen.text == before {
        return Ok(());
    }
    let count = diagnostics.len();
    let found = entries(room.folder, diagnostics)?;
    let keywords = Keywords::read(room.folder)?;
    let known = index.spots(LOCAL, room.mailbox)?;
    let mut step = Step {
        writing: &mut writing,
        room,
        keywords,
    };
    step.take(&found, known, diagnostics)?;
    // What can't be read is tried, and told, again each time.
    let trusted = seen.is_settled && diagnostics.len() == count;
    writing.set_role(role(room.mailbox))?;
    writing.set_sync(&SyncState {
        stamp: if trusted { seen.text } else { String::new() },
        ..SyncState::default()
    })?;
    writing.commit()
}

/// How a folder looks from outside.
struct Look {
    text: String,
    is_settled: bool,
}

fn look(room: Room<'_>) -> Result<Look, Error> {
    let now = Clock::system(TimeZone::UTC).now().as_nanosecond();
    let settled = i128::try_from(SETTLED.as_nanos()).unwrap_or(i128::MAX);
    let mut is_settled = true;
    let mut hasher = DefaultHasher::new();
    let mut text = String::from("1");
    for part in ["cur", "new"] {
        let path = room.folder.join(part);
        let about = fs::metadata(&path).map_err(io_at("list", &path))?;
        let changed = about.modified().map_err(io_at("list", &path))?;
        let nanos = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
        let nanos = i128::try_from(nanos.as_nanos()).unwrap_or(i128::MAX);
        is_settled &= nanos.saturating_add(settled) < now;
        text = format!("{text} {nanos}");
        // Drafts are written to by their owner's editor, which leaves their names alone.
        if is_edited(room.mailbox) {
            for entry in fs::read_dir(&path).map_err(io_at("list", &path))?.flatten() {
                let about = entry.metadata().ok();
                entry.file_name().hash(&mut hasher);
                about.as_ref().map(fs::Metadata::len).hash(&mut hasher);
                let changed = about.and_then(|about| about.modified().ok());
                changed.hash(&mut hasher);
            }
        }
    }
    Keywords::bytes(room.folder)?.hash(&mut hasher);
    let text = format!("{text} {:016x}", hasher.finish());
    Ok(Look { text, is_settled })
}

fn is_edited(mailbox: &str) -> bool {
    [DRAFTS, OUTBOX].contains(&mailbox)
}

/// What a mailbox of this Maildir is for, by its name.
fn role(mailbox: &str) -> Role {
    match mailbox {
        name::INBOX => Role::Inbox,
        DRAFTS => Role::Drafts,
        OUTBOX => Role::Outbox,
        SENT => Role::Sent,
        "Archive" => Role::Archive,
        "Trash" => Role::Trash,
        "Junk" | "Spam" => Role::Junk,
        _ => Role::Other,
    }
}

/// When a message came, in microseconds: as its name says it, or else as its file does.
fn came(entry: &Entry) -> i64 {
    let changed = || {
        let about = entry.path.symlink_metadata().ok()?;
        let since = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(since.as_micros()).ok()
    };
    name::micros(&entry.base).or_else(changed).unwrap_or(0)
}

struct Step<'a, 'b> {
    writing: &'a mut Writing<'b>,
    room: Room<'a>,
    keywords: Keywords,
}

type Known = Vec<(Spot, MailId, Vec<Flag>)>;

impl Step<'_, '_> {
    fn take(
        &mut self,
        found: &[Entry],
        known: Known,
        diagnostics: &mut Vec<String>,
    ) -> Result<(), Error> {
        let mut by_file: HashMap<String, (MailId, Vec<Flag>)> = HashMap::new();
        for (spot, id, flags) in known {
            if let Spot::File(file) = spot {
                by_file.insert(file, (id, flags));
            }
        }
        let mut fresh = Vec::new();
        for entry in found {
            let Some(file) = self.file(entry) else {
                continue;
            };
            let flags = self.keywords.flags(&entry.letters);
            match by_file.remove(&file) {
                Some(_) if is_edited(self.room.mailbox) => fresh.push((file, entry)),
                Some((_, before)) if before == flags => {}
                Some(_) => {
                    self.writing.set_flags(&Spot::File(file), &flags)?;
                }
                None => fresh.push((file, entry)),
            }
        }
        // What is left of the known is gone, or has another name by now.
        let mut gone: HashMap<String, String> = by_file
            .into_iter()
            .map(|(file, (id, _))| (id.0, file))
            .collect();
        for (file, entry) in fresh {
            match gone.remove(&entry.base) {
                Some(before) if !is_edited(self.room.mailbox) => {
                    let flags = self.keywords.flags(&entry.letters);
                    let (from, to) = (Spot::File(before), Spot::File(file));
                    self.writing.relocate(&from, &to, &flags)?;
                }
                Some(_) | None => self.read(file, entry, diagnostics)?,
            }
        }
        for file in gone.into_values() {
            self.writing.remove(&Spot::File(file))?;
        }
        Ok(())
    }

    fn read(
        &mut self,
        file: String,
        entry: &Entry,
        diagnostics: &mut Vec<String>,
    ) -> Result<(), Error> {
        let flags = self.keywords.flags(&entry.letters);
        match load(self.room.mailbox, entry, flags) {
            Ok((bytes, frame)) => {
                let card = Card {
                    came: came(entry),
                    ..Card::of_message(frame, &bytes)
                };
                return self.writing.put(&Spot::File(file), &card);
            }
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
            Err(error) => note(diagnostics, &entry.path, &error),
        }
        // What was read of it earlier is no longer so.
        self.writing.remove(&Spot::File(file)).map(drop)
    }

    fn file(&self, entry: &Entry) -> Option<String> {
        let below = entry.path.strip_prefix(self.room.folder).ok()?;
        below.to_str().map(str::to_owned)
    }
}
