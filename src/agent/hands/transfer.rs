//! Calendars that come from elsewhere: files that are taken in, and mirrors of servers. What each
//! brought or sent is journalled with what stood before.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::iter;
use std::time::Duration;

use super::events::changing;
use super::{Done, Hands, unproven};
use crate::action::{
    CalendarChange, CalendarSync, EventImport, FileChange, Imported, MirrorSynced, Outcome, Output,
    SyncFailure, Undoable,
};
use crate::calendar::dav::{Account, Error, Mirror, Synced};
use crate::config::CalDavAccount;
use crate::deadline::Deadline;
use crate::untrusted;

/// Longest file taken in, in bytes: the longest that the calendar reads back.
const IMPORT_BYTES_MAX: u64 = 16 << 20;
/// Longest that one account may take; a first sync of thousands of events takes well under it.
const ACCOUNT_LIMIT: Duration = Duration::from_mins(5);
/// Longest sentence kept of what a server or file made, in characters.
const CHARS_MAX: usize = 400;
/// Most causes kept of one error.
const CAUSES_MAX: usize = 8;

impl Hands {
    pub(super) async fn import(&self, import: &EventImport, deadline: &Deadline) -> Done {
        let bytes = match read(&import.path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let path = untrusted::line(&import.path, 200);
                return Ok(Outcome::failed(
                    format!("{path} can't be read: {error}"),
                    "",
                ));
            }
        };
        let done = self.calendar.import(&bytes)?;
        let calendar = |file: &FileChange| self.calendar.calendar_of(&file.path);
        let touched: BTreeSet<String> = done.files.iter().map(calendar).collect();
        let mut note = String::new();
        for calendar in touched {
            note = format!("{note}{}", self.sent_on(&calendar, deadline).await);
        }
        // Both lists are in the order in which the files were written.
        let changed = done.files.iter().filter(|file| file.before.is_some());
        let updated = done.updated.iter().cloned().zip(changed.map(calendar));
        let output = Imported {
            updated: updated.collect(),
            files: done.files.iter().map(|file| file.path.clone()).collect(),
            diagnostics: done.diagnostics,
            added: done.added,
            kept: done.kept,
        };
        let counts = (output.added.len(), output.updated.len(), output.kept.len());
        let first = output.added.iter().chain(&done.updated).next().cloned();
        let said = format!(
            "{} added, {} updated, {} left as they are{note}",
            counts.0, counts.1, counts.2
        );
        if self.calendar.missing(&bytes)? > 0 {
            return Ok(unproven(
                "not all of the file can be found again".to_owned(),
            ));
        }
        let fact = format!(
            "{} events of the file are in the calendar",
            counts.0 + counts.1 + counts.2
        );
        let outcome = Outcome::done(said).with(Output::Imported(output));
        let outcome = outcome.proven(fact, self.calendar.root().display().to_string());
        Ok(match first {
            Some(uid) => changing(
                outcome,
                CalendarChange {
                    uid,
                    split: None,
                    files: done.files,
                },
            ),
            None => outcome,
        })
    }

    /// Looks whether an import that was cut off took effect.
    pub(super) fn imported(&self, import: &EventImport) -> Option<bool> {
        let bytes = read(&import.path).ok()?;
        Some(self.calendar.missing(&bytes).ok()? == 0)
    }

    pub(super) async fn sync(&self, sync: &CalendarSync, deadline: &Deadline) -> Done {
        let wanted = |one: &&CalDavAccount| sync.account.is_empty() || sync.account == one.name;
        let accounts: Vec<&CalDavAccount> = self.accounts.iter().filter(wanted).collect();
        if accounts.is_empty() {
            let hint = "add a [[caldav]] part with name, url, user and password to config.toml";
            return Ok(Outcome::failed("there is no such calendar account", hint));
        }
        let (mut all, mut files) = (Vec::new(), Vec::new());
        for account in accounts {
            let limit = deadline.child(ACCOUNT_LIMIT);
            let synced = self.synced_with(account, &limit).await;
            if deadline.is_stopped() {
                synced?;
                break;
            }
            let (one, changes) = told(&account.name, synced);
            all.push(one);
            files.extend(changes);
        }
        let failed = all.iter().find_map(|one| {
            let error = one.error.as_ref()?;
            Some((
                format!("{}: {}", one.account, error.message),
                error.hint.clone(),
            ))
        });
        let names: Vec<&str> = all.iter().map(|one| one.account.as_str()).collect();
        let fact = format!("the mirror of {} is as its server", names.join(" and "));
        let sent: usize = all.iter().map(|one| one.pushed).sum();
        let come: usize = all.iter().map(|one| one.pulled + one.removed).sum();
        let outcome = match failed {
            Some((reason, hint)) => Outcome::failed(reason, hint.unwrap_or_default()),
            None => Outcome::done(format!("{come} came, {sent} sent"))
                .proven(fact, self.calendar.root().display().to_string()),
        };
        let outcome = outcome.with(Output::Synced(all));
        Ok(if files.is_empty() {
            outcome
        } else {
            outcome.undoable(Undoable::Calendar(CalendarChange {
                uid: String::new(),
                split: None,
                files,
            }))
        })
    }

    async fn synced_with(
        &self,
        account: &CalDavAccount,
        deadline: &Deadline,
    ) -> Result<Synced, Error> {
        let account = Account::new(account)?;
        let mut mirror = Mirror::open(self.calendar.root(), &account)?;
        Box::pin(mirror.sync(deadline)).await
    }
}

/// What became of one account, and what was sent.
fn told(account: &str, done: Result<Synced, Error>) -> (MirrorSynced, Vec<FileChange>) {
    let (done, error) = match done {
        Ok(done) => (done, None),
        Err(error) => (Synced::default(), Some(failure(&error))),
    };
    let clean = |lines: Vec<String>| -> Vec<String> {
        let lines = lines.iter();
        lines.map(|text| untrusted::line(text, CHARS_MAX)).collect()
    };
    let told = MirrorSynced {
        account: account.to_owned(),
        pulled: done.pulled,
        pushed: done.pushed,
        removed: done.removed,
        conflicts: clean(done.conflicts),
        problems: clean(done.problems),
        error,
    };
    (told, done.changes)
}

fn failure(error: &Error) -> SyncFailure {
    let causes = iter::successors(error.source(), |cause| (*cause).source());
    SyncFailure {
        message: untrusted::line(&error.to_string(), CHARS_MAX),
        causes: causes
            .take(CAUSES_MAX)
            .map(|cause| untrusted::line(&cause.to_string(), CHARS_MAX))
            .collect(),
        hint: error.hint(),
    }
}

fn read(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(IMPORT_BYTES_MAX)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
