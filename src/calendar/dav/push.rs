//! Sending what was changed here, each write guarded by the version it was made from.
//!
//! A clash is merged; what is refused for one event is named and holds back no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use url::Url;

use super::Error;
use super::http::Ask;
use super::merge;
use super::mirror::{Mirror, Synced, below};
use super::state::{self, Held};
use crate::action::FileChange;
use crate::deadline::Deadline;

/// How often a write is tried again when the server's version changes meanwhile.
const ROUNDS_MAX: usize = 4;

impl Mirror {
    /// Sends what was changed here since both sides last agreed.
    pub(super) async fn push(
        &mut self,
        deadline: &Deadline,
        folder: &str,
        done: &mut Synced,
    ) -> Result<(), Error> {
        let known = self.known(folder)?.clone();
        let mut names: BTreeSet<String> = known.items.keys().cloned().collect();
        names.extend(files(&self.root.join(folder))?);
        for name in names {
            let change = Change {
                folder: folder.to_owned(),
                held: known.items.get(&name).cloned(),
                base: state::read(&state::base(&self.root, folder, &name))?,
                local: state::read(&self.root.join(folder).join(&name))?,
                file: name,
            };
            if change.is_nothing() {
                continue;
            }
            let place = format!("{folder}/{}", crate::untrusted::line(&change.file, 80));
            if !known.may_write {
                done.problems.push(format!(
                    "{place}: the calendar is read-only, the change stays here"
                ));
                continue;
            }
            match self.send(deadline, &change, done).await {
                Ok(()) => {
                    done.pushed += 1;
                    let path = self.path(&change);
                    done.changes.push(FileChange {
                        after: state::read(&path)?,
                        before: change.base,
                        path,
                    });
                }
                // What one event is refused for is no reason to hold back the others.
                Err(
                    error
                    @ (Error::Forbidden { .. } | Error::Contested { .. } | Error::Full { .. }),
                ) => {
                    done.problems.push(format!("{place}: {error}"));
                }
                Err(Error::Status { url, status }) if status < 500 => {
                    let error = Error::Status { url, status };
                    done.problems.push(format!("{place}: {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn send(
        &mut self,
        deadline: &Deadline,
        change: &Change,
        done: &mut Synced,
    ) -> Result<(), Error> {
        let url = self.url_of(change)?;
        let etag = change.held.as_ref().map(|held| held.etag.clone());
        let Some(local) = &change.local else {
            return self
                .send_removal(deadline, change, (&url, &etag.unwrap_or_default()))
                .await;
        };
        if etag.as_ref().is_none_or(|etag| !etag.is_empty()) {
            match self.put(deadline, &url, etag.as_deref(), local).await {
                Ok(etag) => return self.agree(change, &url, (etag, local)),
                Err(Error::Contested { .. } | Error::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.settle(deadline, change, (&url, local), done).await
    }

    /// Merges with what the server has, until it takes the result.
    async fn settle(
        &mut self,
        deadline: &Deadline,
        change: &Change,
        (url, local): (&Url, &[u8]),
        done: &mut Synced,
    ) -> Result<(), Error> {
        for _ in 0..ROUNDS_MAX {
            let there = self
                .fetch(deadline, &change.folder, std::slice::from_ref(url))
                .await?;
            let sent = match there.into_iter().next() {
                None => (self.put(deadline, url, None, local).await, local.to_vec()),
                Some(there) => {
                    let base = change.base.clone().unwrap_or_default();
                    let merged = merge::merge(&base, local, &there.bytes);
                    if !merged.conflicts.is_empty() {
                        self.keep_loser(change, local, &merged.conflicts, done)?;
                    }
                    if merged.bytes == there.bytes {
                        (Ok(there.etag), merged.bytes)
                    } else {
                        let put = self.put(deadline, url, Some(&there.etag), &merged.bytes);
                        (put.await, merged.bytes)
                    }
                }
            };
            match sent {
                (Ok(etag), bytes) => {
                    let _lock = self.folder_lock()?;
                    if state::read(&self.path(change))? != change.local {
                        // Edited while this was sent: the next sync merges from the old base.
                        return Ok(());
                    }
                    state::write(&self.path(change), Some(&bytes))?;
                    return self.agree(change, url, (etag, &bytes));
                }
                (Err(Error::Contested { .. }), _) => {}
                (Err(error), _) => return Err(error),
            }
        }
        Err(Error::Contested { url: url.clone() })
    }

    /// Keeps the local version of an event whose change lost, and names what was lost.
    fn keep_loser(
        &self,
        change: &Change,
        local: &[u8],
        conflicts: &[String],
        done: &mut Synced,
    ) -> Result<(), Error> {
        let path = self
            .root
            .join(".conflicts")
            .join(&change.folder)
            .join(&change.file);
        state::write(&path, Some(local))?;
        let text = format!(
            "{}/{}: {} changed here and on the server, the server's stays and yours is kept in {}",
            change.folder,
            crate::untrusted::line(&change.file, 80),
            conflicts.join(", "),
            path.display()
        );
        if !done.conflicts.contains(&text) {
            done.conflicts.push(text);
        }
        Ok(())
    }

    async fn send_removal(
        &mut self,
        deadline: &Deadline,
        change: &Change,
        (url, etag): (&Url, &str),
    ) -> Result<(), Error> {
        let ask = Ask {
            method: "DELETE",
            url,
            headers: &[("if-match", etag)],
            body: String::new(),
        };
        let answer = self.http.ask(deadline, ask).await?;
        let known = self.known_mut(&change.folder)?;
        if answer.status == 412 {
            // Someone changed it: it comes back with that change.
            if let Some(held) = known.items.get_mut(&change.file) {
                held.etag.clear();
            }
            return Ok(());
        }
        if !matches!(answer.status, 404 | 410) {
            self.http.checked(answer)?;
        }
        self.known_mut(&change.folder)?.items.remove(&change.file);
        Ok(state::write(
            &state::base(&self.root, &change.folder, &change.file),
            None,
        )?)
    }

    /// Writes an event: over that version, or only where nothing is.
    pub(super) async fn put(
        &self,
        deadline: &Deadline,
        url: &Url,
        etag: Option<&str>,
        bytes: &[u8],
    ) -> Result<String, Error> {
        let guard = etag.map_or(("if-none-match", "*"), |etag| ("if-match", etag));
        let ask = Ask {
            method: "PUT",
            url,
            headers: &[guard, ("content-type", "text/calendar; charset=utf-8")],
            body: String::from_utf8_lossy(bytes).into_owned(),
        };
        let answer = self.http.must(deadline, ask).await?;
        // Without a tag the server stored something else than was sent: it is fetched again.
        Ok(answer.etag.unwrap_or_default())
    }

    /// Notes that both sides have these bytes.
    pub(super) fn agree(
        &mut self,
        change: &Change,
        url: &Url,
        (etag, bytes): (String, &[u8]),
    ) -> Result<(), Error> {
        state::write(
            &state::base(&self.root, &change.folder, &change.file),
            Some(bytes),
        )?;
        let held = Held {
            url: url.clone(),
            etag,
        };
        let known = self.known_mut(&change.folder)?;
        known.items.insert(change.file.clone(), held);
        Ok(())
    }

    pub(super) fn path(&self, change: &Change) -> PathBuf {
        self.root.join(&change.folder).join(&change.file)
    }

    fn url_of(&self, change: &Change) -> Result<Url, Error> {
        match &change.held {
            Some(held) => Ok(held.url.clone()),
            None => Ok(below(&self.known(&change.folder)?.url, &change.file)),
        }
    }
}

/// One event's file, what it was and what is known of it.
pub(super) struct Change {
    pub(super) folder: String,
    pub(super) file: String,
    pub(super) held: Option<Held>,
    pub(super) base: Option<Vec<u8>>,
    pub(super) local: Option<Vec<u8>>,
}

impl Change {
    fn is_nothing(&self) -> bool {
        match &self.held {
            // Without a version it is fetched before anything is sent.
            Some(held) if held.etag.is_empty() && self.local == self.base => true,
            Some(_) => self.local.is_some() && self.local == self.base,
            None => self.local.is_none(),
        }
    }
}

fn files(folder: &Path) -> Result<Vec<String>, Error> {
    let unreadable = |source| crate::calendar::Error::Unreadable {
        path: folder.to_owned(),
        source,
    };
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_event =
            !name.starts_with('.') && Path::new(&name).extension().is_some_and(|end| end == "ics");
        if is_event && entry.path().is_file() {
            out.push(name);
        }
    }
    Ok(out)
}
