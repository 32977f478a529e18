//! The calendars of an account as folders: what changed here is sent, what changed there is fetched.
//!
//! Every write to the server is guarded by the version it was made from; on a clash both sides are
//! merged, and a local version that loses is kept beside the calendars.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use url::Url;

use super::discover::{self, Remote};
use super::http::{Http, strange};
use super::state::{Known, State};
use super::{Account, Error};
use crate::action::FileChange;
use crate::calendar::transfer;
use crate::calendar::vdir::Vdir;
use crate::deadline::Deadline;
use crate::home;

/// Marks a booking in progress; never mirrored.
pub(super) const LOCK_FILE: &str = "legwork-lock.ics";

/// An account's calendars, mirrored.
#[derive(Debug)]
pub struct Mirror {
    pub(super) http: Http,
    pub(super) calendars: PathBuf,
    pub(super) root: PathBuf,
    pub(super) state: State,
    url: Url,
    _lock: fs::File,
}

/// What a sync did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Synced {
    /// Events fetched.
    pub pulled: usize,
    /// Events sent, removals included.
    pub pushed: usize,
    /// Events removed here because they are gone there.
    pub removed: usize,
    /// One sentence per property that both sides changed; the server's stays.
    pub conflicts: Vec<String>,
    /// One sentence per event or calendar that could not be synced.
    pub problems: Vec<String>,
    /// What each event sent was before and is now.
    pub changes: Vec<FileChange>,
    /// Requests it took.
    pub trips: usize,
}

impl Mirror {
    /// Opens the mirror of an account below `calendars`, the folder of all calendars.
    ///
    /// # Errors
    /// [`Error::Account`] when the account can't be used or is being synced by another program;
    /// [`Error::Folder`].
    pub fn open(calendars: &Path, account: &Account) -> Result<Self, Error> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let bad = |problem: &str| Error::Account {
            account: account.name.clone(),
            problem: problem.to_owned(),
        };
        if account.name.is_empty() || !account.name.chars().all(plain) {
            return Err(bad("needs a name of letters, digits, - and _"));
        }
        let root = calendars.join(&account.name);
        let unwritable = |source| crate::calendar::Error::Unwritable {
            path: root.clone(),
            source,
        };
        home::make_private(&root).map_err(unwritable)?;
        let lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(root.join(".sync-lock"))
            .map_err(unwritable)?;
        lock.try_lock()
            .map_err(|_| bad("is being synced by another program"))?;
        Ok(Self {
            http: Http::new(account)?,
            calendars: calendars.to_owned(),
            state: State::load(&root)?,
            url: account.url.clone(),
            root,
            _lock: lock,
        })
    }

    /// Says whether the server of an account that is mirrored below `calendars` writes to the
    /// people of events by itself, as far as it was asked.
    ///
    /// # Errors
    /// [`Error::Folder`] when what is known of the account can't be read.
    pub fn schedules(calendars: &Path, account: &str) -> Result<bool, Error> {
        let state = State::load(&calendars.join(account))?;
        Ok(state.schedules.unwrap_or(false))
    }

    /// Sends what changed here, then fetches what changed there.
    ///
    /// # Errors
    /// The server can't be reached, refuses the login or fails; what was done until then is kept.
    ///
    /// # Cancellation
    /// Events already sent stay sent; the next sync finds out which.
    pub async fn sync(&mut self, deadline: &Deadline) -> Result<Synced, Error> {
        let before = self.http.trips();
        let mut done = Synced::default();
        let remotes = self.remotes(deadline).await?;
        if let (None, Some(home)) = (self.state.schedules, self.state.home.clone()) {
            self.state.schedules = Some(discover::schedules(&self.http, deadline, &home).await?);
        }
        let known: Vec<String> = self.state.calendars.keys().cloned().collect();
        for name in known {
            let url = self
                .state
                .calendars
                .get(&name)
                .map(|known| known.url.clone());
            if !remotes
                .iter()
                .any(|remote| Some(&remote.url) == url.as_ref())
            {
                self.state.calendars.remove(&name);
                done.problems.push(format!(
                    "calendar '{name}' is gone from the server, its copy here stays"
                ));
            }
        }
        for remote in &remotes {
            let folder = self.folder(remote)?;
            let synced = self.calendar(deadline, &folder, remote, &mut done).await;
            self.state.save(&self.root)?;
            synced?;
        }
        done.trips = self.http.trips() - before;
        Ok(done)
    }

    /// Lists the calendars, finding their home anew when it is no longer where it was.
    async fn remotes(&mut self, deadline: &Deadline) -> Result<Vec<Remote>, Error> {
        if let Some(home) = self
            .state
            .home
            .clone()
            .filter(|home| self.http.is_own(home))
        {
            match discover::calendars(&self.http, deadline, &home).await {
                Err(Error::Missing { .. }) => {}
                found => return found,
            }
        }
        let home = discover::home(&self.http, deadline, &self.url).await?;
        let found = discover::calendars(&self.http, deadline, &home).await?;
        self.state.home = Some(home);
        Ok(found)
    }

    /// Returns the folder of a calendar, making one when it is new.
    fn folder(&mut self, remote: &Remote) -> Result<String, Error> {
        let mut known = self.state.calendars.iter_mut();
        if let Some((folder, known)) = known.find(|(_, known)| known.url == remote.url) {
            known.name.clone_from(&remote.name);
            known.may_write = remote.may_write;
            return Ok(folder.clone());
        }
        let last = last_segment(&remote.url);
        let wanted = transfer::file_name(&last);
        let wanted = wanted.strip_suffix(".ics").unwrap_or(&wanted);
        let taken = |name: &String| self.state.calendars.contains_key(name);
        let name = (0..1000)
            .map(|count: u32| match count {
                0 => wanted.to_owned(),
                _ => format!("{wanted}-{count}"),
            })
            .find(|name| !taken(name))
            .ok_or_else(|| strange(&remote.url, "has too many calendars of one name"))?;
        let path = self.root.join(&name);
        home::make_private(&path)
            .map_err(|source| crate::calendar::Error::Unwritable { path, source })?;
        let known = Known {
            url: remote.url.clone(),
            name: remote.name.clone(),
            may_write: remote.may_write,
            token: None,
            items: BTreeMap::new(),
        };
        self.state.calendars.insert(name.clone(), known);
        Ok(name)
    }

    async fn calendar(
        &mut self,
        deadline: &Deadline,
        folder: &str,
        remote: &Remote,
        done: &mut Synced,
    ) -> Result<(), Error> {
        let pushed = done.pushed;
        self.push(deadline, folder, done).await?;
        let known = self.known(folder)?;
        let is_current = done.pushed == pushed
            && known.token.is_some()
            && known.token == remote.token
            && known.items.values().all(|held| !held.etag.is_empty());
        if is_current {
            return Ok(());
        }
        self.pull(deadline, folder, done).await
    }

    /// Keeps edits of the calendars waiting for the moment of a write.
    pub(super) fn folder_lock(&self) -> Result<fs::File, Error> {
        Ok(Vdir::open(&self.calendars)?.lock()?)
    }

    pub(super) fn known(&self, folder: &str) -> Result<&Known, Error> {
        self.state
            .calendars
            .get(folder)
            .ok_or_else(|| strange(&self.url, "has no such calendar"))
    }

    pub(super) fn known_mut(&mut self, folder: &str) -> Result<&mut Known, Error> {
        let url = self.url.clone();
        let known = self.state.calendars.get_mut(folder);
        known.ok_or_else(|| strange(&url, "has no such calendar"))
    }
}

/// The last part of an address that is not empty.
pub(super) fn last_segment(url: &Url) -> String {
    let mut parts = url.path().split('/').rev();
    parts
        .find(|part| !part.is_empty())
        .unwrap_or_default()
        .to_owned()
}

/// The address of a new event in a calendar.
pub(super) fn below(calendar: &Url, file: &str) -> Url {
    let mut url = calendar.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push(file);
    }
    url
}
