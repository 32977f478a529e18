//! Takes files that pages give into quarantine, where the run may have them; else they are broken
//! off before they come to lie anywhere.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chromiumoxide::cdp::browser_protocol::io::{CloseParams, ReadParams, StreamHandle};
use chromiumoxide::cdp::browser_protocol::network::{
    LoadNetworkResourceOptions, LoadNetworkResourceParams,
};
use url::Url;

use super::{Acted, Trouble, open::web_address};
use crate::action::{Change, KeptFile, Outcome, Ref};
use crate::browser::asks::{End, Files, GivenFile};
use crate::browser::error::Error;
use crate::browser::settle::Mark;
use crate::browser::state::{Happening, State};
use crate::browser::{Browser, quarantine, world};
use crate::deadline::Deadline;

/// How long a server may take to begin with a file that was asked for.
const BEGIN_LIMIT: Duration = Duration::from_secs(15);
/// How long a file that was asked for may take to come down.
const FILE_LIMIT: Duration = Duration::from_mins(15);
/// What is left of an action's time to tell of a file that is not there yet.
const TELLING: Duration = Duration::from_secs(3);
/// Largest file that is taken because the browser shows it instead of giving it: 64 MiB.
const SHOWN_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How much of such a file is read at once.
const PIECE_BYTES: i64 = 1024 * 1024;

impl Browser {
    /// Names the folder where files that pages give are kept; without one, none are.
    pub fn keep_files_in(&mut self, folder: PathBuf) {
        self.quarantine = Some(folder);
    }

    /// Says whether files that pages give are taken from now on.
    ///
    /// # Errors
    /// [`Error::Gone`] when the browser has ended.
    pub async fn take_files(&mut self, files: Files) -> Result<(), Error> {
        if self.answers.files == files {
            return Ok(());
        }
        self.answers.files = files;
        self.driver.answer_dialogs(self.answers.clone()).await
    }

    /// Clicks what gives a file, and waits until it lies in quarantine.
    pub(super) async fn download(&mut self, name: Ref, deadline: &Deadline) -> Acted {
        if self.quarantine.is_none() || self.folder().is_none() {
            return Err(Trouble::tell(
                "this browser keeps no files",
                "open the page in a browser that legwork starts",
            ));
        }
        let before = self.answers.files;
        self.take_files(Files::Take).await?;
        let taken = self.click_for_file(name, deadline).await;
        self.take_files(before).await?;
        taken
    }

    async fn click_for_file(&mut self, name: Ref, deadline: &Deadline) -> Acted {
        let target = self.target(name, deadline).await?;
        let clicked = self.click_on(&target, deadline).await?;
        let (mark, who) = (clicked.mark, clicked.name);
        let here = Some(&target.here);
        let mut outcome = self
            .finish(&mark, here, format!("clicked {who}"), deadline)
            .await?;
        let leads = |change: &Change| {
            matches!(
                change,
                Change::Navigation { .. } | Change::NewTab { .. } | Change::Dialog { .. }
            )
        };
        if !has_file(&outcome) && outcome.changed.iter().any(leads) {
            outcome = self.take_shown(outcome, deadline).await?;
        }
        if !has_file(&outcome) && !outcome.changed.iter().any(leads) {
            let limit = deadline.child(BEGIN_LIMIT);
            let begun = |state: &State| state.has_given(&mark.tab, mark.at);
            if self.driver.wait_until(&limit, begun).await? {
                outcome = self
                    .finish(&mark, None, format!("clicked {who}"), deadline)
                    .await?;
            }
        }
        if !has_file(&outcome) {
            let coming = self.await_files(&mark, FILE_LIMIT, deadline).await?;
            if let Some(name) = coming.first() {
                return Err(Trouble::tell(
                    format!("{who} was clicked, but {name} is still coming down"),
                    "it is kept once it is here, and the next action tells of it",
                ));
            }
            for change in self.given_since(&mark).await {
                outcome = outcome.changing(change);
            }
        }
        let Some(file) = file_of(&outcome) else {
            return Err(Trouble::tell(
                format!("{who} was clicked, but no file came: {}", outcome.summary),
                "look at the page; it may ask something first",
            ));
        };
        let fact = format!("{} has sha-256 {}", file.path, file.sha256);
        outcome.summary = format!(
            "downloaded {} ({}, {} bytes)",
            file.path, file.kind, file.bytes
        );
        let source = file.path.clone();
        Ok(outcome.proven(fact, source))
    }

    /// Takes the file that the browser shows in place of a page.
    async fn take_shown(
        &mut self,
        outcome: Outcome,
        deadline: &Deadline,
    ) -> Result<Outcome, Trouble> {
        let here = self.root(deadline).await?;
        let script = "[document.contentType, document.URL]".to_owned();
        let (kind, address): (String, String) =
            world::ask(&self.driver, &here, script, deadline).await?;
        let is_page = kind == "text/html" || kind == "application/xhtml+xml";
        let Ok(url) = web_address(&address) else {
            return Ok(outcome);
        };
        let Some(folder) = self.quarantine.clone().filter(|_| !is_page) else {
            return Ok(outcome);
        };
        let bytes = self
            .load(&here.session, &here.frame, &url, deadline)
            .await?;
        let name = url.path_segments().and_then(|mut parts| parts.next_back());
        let name = name.unwrap_or_default().to_owned();
        let kept = {
            let name = name.clone();
            blocking(move || quarantine::keep_bytes(bytes.as_slice(), &folder, &name)).await
        };
        let kept = kept.map_err(|error| {
            Trouble::tell(
                format!("the file can't be kept: {error}"),
                "free some space",
            )
        })?;
        let kept = Some(kept);
        Ok(outcome.changing(Change::Download { name, kept }))
    }

    /// Loads an address as the page in `frame` would, with its cookies.
    async fn load(
        &self,
        session: &str,
        frame: &str,
        url: &Url,
        deadline: &Deadline,
    ) -> Result<Vec<u8>, Trouble> {
        let params = LoadNetworkResourceParams {
            frame_id: Some(frame.to_owned().into()),
            ..LoadNetworkResourceParams::new(
                url.as_str(),
                LoadNetworkResourceOptions::new(false, true),
            )
        };
        let loaded = self.driver.call(Some(session), params, deadline).await?;
        let Some(stream) = loaded.resource.stream.filter(|_| loaded.resource.success) else {
            return Err(Trouble::tell(
                format!("{} gave nothing", url.host_str().unwrap_or_default()),
                "try again later",
            ));
        };
        let read = self.read_stream(session, &stream, deadline).await;
        let close = CloseParams::new(stream);
        self.driver.call(Some(session), close, deadline).await?;
        read
    }

    async fn read_stream(
        &self,
        session: &str,
        stream: &StreamHandle,
        deadline: &Deadline,
    ) -> Result<Vec<u8>, Trouble> {
        let mut bytes = Vec::new();
        loop {
            let params = ReadParams {
                size: Some(PIECE_BYTES),
                ..ReadParams::new(stream.clone())
            };
            let piece = self.driver.call(Some(session), params, deadline).await?;
            if piece.base64_encoded == Some(true) {
                let decoded = STANDARD.decode(piece.data.as_bytes());
                bytes.extend(
                    decoded.map_err(|_| Trouble::tell("the file came garbled", "try again"))?,
                );
            } else {
                bytes.extend(piece.data.as_bytes());
            }
            if bytes.len() > SHOWN_BYTES_MAX {
                let most = SHOWN_BYTES_MAX / 1024 / 1024;
                return Err(Trouble::tell(
                    format!("the file is larger than {most} MiB"),
                    "get it with another program",
                ));
            }
            if piece.eof {
                return Ok(bytes);
            }
        }
    }

    /// Waits for files that are on their way, and names those that are so still.
    pub(super) async fn await_files(
        &self,
        mark: &Mark,
        most: Duration,
        deadline: &Deadline,
    ) -> Result<Vec<String>, Error> {
        let limit = deadline.child(most.min(deadline.remaining().saturating_sub(TELLING)));
        let rests = |state: &State| !state.is_downloading() || asks(state, mark);
        self.driver.wait_until(&limit, rests).await?;
        let state = self.driver.state();
        let state = state.borrow();
        let names = state.downloads.values().map(|coming| coming.name.clone());
        Ok(names.collect())
    }

    /// Takes the files that came since `mark`, or were not told of before, into quarantine; tells
    /// of all that were given.
    pub(super) async fn given_since(&mut self, mark: &Mark) -> Vec<Change> {
        let files = self.files();
        let known = std::mem::take(&mut self.told);
        self.told = files.iter().map(|(_, file)| file.guid.clone()).collect();
        let mut changes = Vec::new();
        for (at, file) in files {
            if at <= mark.at && known.contains(&file.guid) {
                continue;
            }
            let kept = self.keep(&file).await;
            let name = file.name;
            changes.push(Change::Download { name, kept });
        }
        changes
    }

    /// The files that were given lately, and when.
    fn files(&self) -> Vec<(u64, GivenFile)> {
        let state = self.driver.state();
        let state = state.borrow();
        let files = state
            .happened
            .iter()
            .filter_map(|(at, happening)| match happening {
                Happening::Download(file) => Some((*at, file.clone())),
                Happening::Dialog { .. }
                | Happening::Chooser { .. }
                | Happening::Drag { .. }
                | Happening::TabOpened { .. }
                | Happening::TabClosed { .. } => None,
            });
        files.collect()
    }

    /// Keeps what came since the last action and would go with the browser.
    pub(in crate::browser) async fn keep_late_files(&mut self) {
        for (_, file) in self.files() {
            self.keep(&file).await;
        }
    }

    async fn keep(&mut self, file: &GivenFile) -> Option<KeptFile> {
        if let Some(kept) = self.kept.get(&file.guid) {
            return Some(kept.clone());
        }
        let folder = self
            .quarantine
            .clone()
            .filter(|_| file.end == End::Complete)?;
        let from = self.folder()?.join("downloads").join(&file.guid);
        let name = file.name.clone();
        match blocking(move || quarantine::keep(&from, &folder, &name)).await {
            Ok(kept) => {
                self.kept.insert(file.guid.clone(), kept.clone());
                Some(kept)
            }
            Err(error) => {
                tracing::warn!(%error, "a file can't be taken into quarantine");
                None
            }
        }
    }
}

/// Does file work beside the tasks that must not wait for it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}

fn asks(state: &State, mark: &Mark) -> bool {
    state.tab(&mark.tab).is_some_and(|tab| tab.dialog.is_some())
}

fn file_of(outcome: &Outcome) -> Option<KeptFile> {
    outcome.changed.iter().find_map(|change| {
        if let Change::Download { kept, .. } = change {
            kept.clone()
        } else {
            None
        }
    })
}

fn has_file(outcome: &Outcome) -> bool {
    file_of(outcome).is_some()
}
