//! Waiting for a message, woken by the file system and never by a clock.

use std::path::Path;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::Maildir;
use crate::action::{Envelope, MailQuery, MailSearch};
use crate::deadline::{Deadline, Ended};
use crate::mail::Error;

impl Maildir {
    /// Waits until a message of `mailbox` is as asked and returns the newest such; one that is
    /// there already counts. `None` when time ran out.
    ///
    /// # Errors
    /// [`Error::Stopped`] when the user asked to stop, [`Error::Watch`], and as
    /// [`Maildir::search`].
    ///
    /// # Cancellation
    /// Only reads, so nothing is left behind.
    pub async fn wait(
        &self,
        mailbox: &str,
        query: &MailQuery,
        deadline: &Deadline,
    ) -> Result<Option<Envelope>, Error> {
        let (_, folder) = self.existing(mailbox)?;
        // One waiting change is enough to look again: the queue never needs a second place.
        let (changed, mut changes) = mpsc::channel(1);
        // Watching begins before the first look, so that nothing can arrive between the two.
        let _watcher = watch(&folder, changed)?;
        let search = MailSearch {
            mailbox: mailbox.to_owned(),
            query: query.clone(),
            limit: 1,
        };
        loop {
            if let Some(found) = self.search(&search)?.envelopes.into_iter().next() {
                return Ok(Some(found));
            }
            match deadline.bound("a message", changes.recv()).await {
                Ok(_) => {}
                Err(Ended::TimedOut(_)) => return Ok(None),
                Err(Ended::Stopped) => return Err(Error::Stopped(Ended::Stopped)),
            }
        }
    }
}

/// Watches a mailbox; the watcher ends its own thread when dropped.
fn watch(folder: &Path, changed: mpsc::Sender<()>) -> Result<RecommendedWatcher, Error> {
    let failed = |source| Error::Watch {
        path: folder.to_owned(),
        source,
    };
    let woken = move |event: notify::Result<notify::Event>| {
        // Reading the mailbox makes events too; answering those would never end.
        let matters = event.map_or(true, |event| !event.kind.is_access());
        // Full means that a look is due already; closed, that nobody waits any more.
        if matters && changed.try_send(()).is_err() {
            tracing::trace!("a look at the mailbox is due already");
        }
    };
    let mut watcher = notify::recommended_watcher(woken).map_err(failed)?;
    for part in ["new", "cur"] {
        let watched = watcher.watch(&folder.join(part), RecursiveMode::NonRecursive);
        watched.map_err(failed)?;
    }
    Ok(watcher)
}
