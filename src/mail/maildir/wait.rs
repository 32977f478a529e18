//! Following a mailbox, woken by the file system and never by a clock.

use std::path::Path;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::Maildir;
use crate::deadline::{Deadline, Ended};
use crate::mail::Error;

/// The changes of a mailbox from [`Maildir::watch`] on.
#[derive(Debug)]
pub struct Changes {
    /// Ends its own thread when dropped.
    _watcher: RecommendedWatcher,
    changed: mpsc::Receiver<()>,
}

impl Maildir {
    /// Begins to follow `mailbox`.
    ///
    /// # Errors
    /// [`Error::NoMailbox`], [`Error::BadName`], [`Error::Watch`].
    pub fn watch(&self, mailbox: &str) -> Result<Changes, Error> {
        let (_, folder) = self.existing(mailbox)?;
        // One waiting change is enough to look again: the queue never needs a second place.
        let (told, changed) = mpsc::channel(1);
        Ok(Changes {
            _watcher: watch(&folder, told)?,
            changed,
        })
    }
}

impl Changes {
    /// Waits until something may have changed; `false` when time ran out.
    ///
    /// # Errors
    /// [`Error::Stopped`] when the user asked to stop.
    ///
    /// # Cancellation
    /// A change is never lost, it is only told later.
    pub async fn next(&mut self, deadline: &Deadline) -> Result<bool, Error> {
        match deadline.bound("a message", self.changed.recv()).await {
            Ok(_) => Ok(true),
            Err(Ended::TimedOut(_)) => Ok(false),
            Err(Ended::Stopped) => Err(Error::Stopped(Ended::Stopped)),
        }
    }
}

/// Watches the folder of a mailbox.
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
