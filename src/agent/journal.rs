//! The append-only record of a run: an intent before each act, its outcome after.
//!
//! What stands as intended and was never concluded may or may not have happened; the next run says
//! so, and nothing is tried again before it was looked at.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::record::{Ending, RunRecord, StepRecord};
use super::report;
use crate::action::{Action, Effect, MailId, MailUnsubscribe, Status};
use crate::home::{Home, lock_file, make_private, write_private};
use crate::snapshot::{RenderOptions, Snapshot};
use crate::store::{StepState, Store, StoreError};

/// The file of a run's folder whose lock is held while the run lives.
const ALIVE: &str = ".alive";

/// Why the journal can't be kept; a run that can't be journalled does not act.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the run's folder can't be written.
    #[error("can't write {}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A record in the database is not one of ours.
    #[error("a record of run {run} can't be read")]
    Record {
        /// The run's id.
        run: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The report can't be made.
    #[error("the report of run {run} can't be made")]
    Report {
        /// The run's id.
        run: String,
        /// Why.
        #[source]
        source: report::Error,
    },
}

impl JournalError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Store(error) => error.hint(),
            Self::File { .. } => Some("check that the disk is not full".to_owned()),
            Self::Record { .. } | Self::Report { .. } => None,
        }
    }
}

/// The journal of one run, open for writing.
#[derive(Debug)]
pub struct Journal {
    store: Store,
    folder: PathBuf,
    run: RunRecord,
    steps: Vec<StepRecord>,
    /// Held while the run lives, so that others can tell a live run from a dead one.
    _alive: File,
}

impl Journal {
    /// Begins the journal of `run`.
    ///
    /// # Errors
    /// When the database or the run's folder can't be written.
    pub fn begin(home: &Home, run: RunRecord) -> Result<Self, JournalError> {
        let store = Store::open(&home.database())?;
        let folder = home.run(&run.id);
        let fail = |source| JournalError::File {
            file: folder.clone(),
            source,
        };
        make_private(&folder).map_err(fail)?;
        let alive = lock_file(&folder.join(ALIVE)).map_err(fail)?;
        alive.lock().map_err(fail)?;
        store.put_run(&run.id, &json(&run))?;
        Ok(Self {
            store,
            folder,
            run,
            steps: Vec::new(),
            _alive: alive,
        })
    }

    /// Returns the run as recorded so far.
    pub fn run(&self) -> &RunRecord {
        &self.run
    }

    /// Returns the steps concluded so far.
    pub fn steps(&self) -> &[StepRecord] {
        &self.steps
    }

    /// Returns the folder with the run's steps, pictures and report.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Records what the run is entitled to from now on.
    ///
    /// # Errors
    /// When it can't be written: nothing may then rest on it.
    pub fn entitle(&mut self, grant: Vec<String>) -> Result<(), JournalError> {
        if self.run.grant == grant {
            return Ok(());
        }
        self.run.grant = grant;
        Ok(self.store.put_run(&self.run.id, &json(&self.run))?)
    }

    /// Records that `step` is about to be performed; on disk when this returns.
    ///
    /// # Errors
    /// When it can't be written: the step must then not be performed.
    pub fn intend(&self, step: &StepRecord) -> Result<(), JournalError> {
        Ok(self
            .store
            .put_step(&self.run.id, step.number, StepState::Intended, &json(step))?)
    }

    /// Records what came of `step`.
    ///
    /// # Errors
    /// When it can't be written; the intent then still stands.
    pub fn conclude(&mut self, step: StepRecord) -> Result<(), JournalError> {
        let line = json(&step);
        // What nobody knows stays open, so that the next run tells of it.
        let state = if is_open(&step) {
            StepState::Intended
        } else {
            StepState::Concluded
        };
        self.store
            .put_step(&self.run.id, step.number, state, &line)?;
        let file = self.folder.join("steps.jsonl");
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&file)
            .and_then(|mut out| writeln!(out, "{line}"))
            .map_err(|source| JournalError::File { file, source })?;
        self.steps.push(step);
        Ok(())
    }

    /// Keeps the picture taken after step `number`; returns its file name.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn picture(&self, number: u32, png: &[u8]) -> Result<String, JournalError> {
        let name = format!("step-{number:03}.png");
        let file = self.folder.join(&name);
        write_private(&file, png).map_err(|source| JournalError::File { file, source })?;
        Ok(name)
    }

    /// Keeps the page that step `number` printed.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn print(&self, number: u32, pdf: &[u8]) -> Result<(), JournalError> {
        let file = self.folder.join(format!("step-{number:03}.pdf"));
        write_private(&file, pdf).map_err(|source| JournalError::File { file, source })
    }

    /// Keeps what the page looked like before turn `number`, as planners see it. It explains a
    /// run but proves nothing, so that a failure to write it is only logged.
    pub fn page(&self, number: u32, page: &Snapshot) {
        let file = self.folder.join(format!("turn-{number:03}.txt"));
        let text = page.render(&RenderOptions::default());
        if let Err(error) = write_private(&file, text.as_bytes()) {
            tracing::warn!(%error, file = %file.display(), "a page could not be kept");
        }
    }

    /// Records how the run ended and writes its report; returns the report's path.
    ///
    /// # Errors
    /// When a file or the database can't be written.
    pub fn end(&mut self, ending: Ending, now: Timestamp) -> Result<PathBuf, JournalError> {
        self.run.ended = Some(now);
        self.run.ending = Some(ending);
        self.store.put_run(&self.run.id, &json(&self.run))?;
        let html =
            report::render(&self.run, &self.steps).map_err(|source| JournalError::Report {
                run: self.run.id.clone(),
                source,
            })?;
        let file = self.folder.join("report.html");
        write_private(&file, html.as_bytes()).map_err(|source| JournalError::File {
            file: file.clone(),
            source,
        })?;
        Ok(file)
    }
}

/// Reads journals of runs that have ended, or were cut off.
#[derive(Debug)]
pub struct Archive {
    store: Store,
    home: Home,
}

impl Archive {
    /// Opens the journals kept in `home`.
    ///
    /// # Errors
    /// When the database can't be used.
    pub fn open(home: &Home) -> Result<Self, JournalError> {
        Ok(Self {
            store: Store::open(&home.database())?,
            home: home.clone(),
        })
    }

    /// Returns the newest `limit` runs, newest first.
    ///
    /// # Errors
    /// When the database can't be used or holds foreign records.
    pub fn runs(&self, limit: u32) -> Result<Vec<RunRecord>, JournalError> {
        self.store
            .runs(limit)?
            .iter()
            .map(|text| read(text, "of the list"))
            .collect()
    }

    /// Returns a run and its steps; none when there is no such run.
    ///
    /// # Errors
    /// When the database can't be used or holds foreign records.
    pub fn run(&self, id: &str) -> Result<Option<(RunRecord, Vec<StepRecord>)>, JournalError> {
        let Some(text) = self.store.run(id)? else {
            return Ok(None);
        };
        let steps: Result<_, _> = self
            .store
            .steps(id)?
            .iter()
            .map(|text| read(text, id))
            .collect();
        Ok(Some((read(&text, id)?, steps?)))
    }

    /// Returns the steps that were to unsubscribe with this message, newest first, with their runs'
    /// ids.
    ///
    /// # Errors
    /// When the database can't be used or holds foreign records.
    pub fn unsubscribed(&self, id: &MailId) -> Result<Vec<(String, StepRecord)>, JournalError> {
        let action = Action::MailUnsubscribe(MailUnsubscribe { id: id.clone() });
        let text = serde_json::to_string(&action).unwrap_or_default();
        let mut found = Vec::new();
        for (run, record) in self.store.steps_holding(&text)? {
            let step: StepRecord = read(&record, &run)?;
            if step.action == action {
                found.push((run, step));
            }
        }
        Ok(found)
    }

    /// Returns the steps that were cut off in runs that no longer live, with their runs' ids.
    ///
    /// # Errors
    /// When the database can't be used or holds foreign records.
    pub fn cut_off(&self) -> Result<Vec<(String, StepRecord)>, JournalError> {
        let mut found = Vec::new();
        for (run, text) in self.store.cut_off()? {
            if !self.is_alive(&run) {
                let step = read(&text, &run)?;
                found.push((run, step));
            }
        }
        Ok(found)
    }

    /// Records that the user has been told of a step that was cut off, with what was found out.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn tell(&self, run: &str, step: &StepRecord) -> Result<(), JournalError> {
        Ok(self
            .store
            .put_step(run, step.number, StepState::Told, &json(step))?)
    }

    fn is_alive(&self, run: &str) -> bool {
        let Ok(lock) = lock_file(&self.home.run(run).join(ALIVE)) else {
            return false;
        };
        matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock))
    }
}

/// Says whether a step may have changed something, and nobody knows.
fn is_open(step: &StepRecord) -> bool {
    let uncertain = step
        .outcome
        .as_ref()
        .is_none_or(|outcome| matches!(outcome.status, Status::Uncertain {}));
    let acts = matches!(
        step.action,
        Action::Click(_) | Action::Press(_) | Action::Select(_) | Action::Check(_)
    );
    uncertain && (acts || step.effect >= Effect::Write)
}

fn json<T: serde::Serialize>(record: &T) -> String {
    serde_json::to_string(record).unwrap_or_default()
}

fn read<T: serde::de::DeserializeOwned>(text: &str, run: &str) -> Result<T, JournalError> {
    serde_json::from_str(text).map_err(|source| JournalError::Record {
        run: run.to_owned(),
        source,
    })
}
