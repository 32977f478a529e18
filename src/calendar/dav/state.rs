//! What a mirror knows of the server, in one small file beside the calendars, and the bytes of each
//! event as both sides last agreed on them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::calendar::Error;
use crate::calendar::folder;
use crate::home;

/// Grows when older programs would misread the file.
const VERSION: u32 = 1;

/// Everything known of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    version: u32,
    /// Where the calendars lie.
    pub(super) home: Option<Url>,
    /// Whether the server writes to the people of events by itself; none before it was asked.
    #[serde(default)]
    pub(super) schedules: Option<bool>,
    /// By the name of their folder.
    pub(super) calendars: BTreeMap<String, Known>,
}

/// A calendar as last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    /// Its address.
    pub(super) url: Url,
    /// Name that people see.
    pub(super) name: String,
    /// Whether the user may change it.
    pub(super) may_write: bool,
    /// Where the next sync goes on.
    pub(super) token: Option<String>,
    /// By the name of their file.
    pub(super) items: BTreeMap<String, Held>,
}

/// An event as last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    /// Its address, as the server spells it.
    pub(super) url: Url,
    /// Its version; empty when it must be fetched again.
    pub(super) etag: String,
}

impl Default for State {
    fn default() -> Self {
        Self {
            version: VERSION,
            home: None,
            schedules: None,
            calendars: BTreeMap::new(),
        }
    }
}

/// Folder of the bytes that both sides agreed on.
pub(super) fn base(root: &Path, calendar: &str, file: &str) -> PathBuf {
    root.join(".base").join(calendar).join(file)
}

impl State {
    /// Reads the file; a missing one is a first sync.
    pub(super) fn load(root: &Path) -> Result<Self, Error> {
        let path = root.join(".state.json");
        let unreadable = |source| Error::Unreadable {
            path: path.clone(),
            source,
        };
        let bytes = match folder::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            read => read.map_err(unreadable)?,
        };
        let invalid =
            |problem: String| unreadable(io::Error::new(io::ErrorKind::InvalidData, problem));
        let state: Self =
            serde_json::from_slice(&bytes).map_err(|error| invalid(error.to_string()))?;
        if state.version > VERSION {
            return Err(invalid("was written by a newer legwork".to_owned()));
        }
        Ok(state)
    }

    /// Writes the file, whole or not at all.
    pub(super) fn save(&self, root: &Path) -> Result<(), Error> {
        let path = root.join(".state.json");
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        home::write_private(&path, &bytes).map_err(|source| Error::Unwritable { path, source })
    }
}

/// Reads a file; none when there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match folder::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Writes a file and the folders above it, or removes it.
pub(super) fn write(path: &Path, bytes: Option<&[u8]>) -> Result<(), Error> {
    let written = match (bytes, path.parent()) {
        (Some(bytes), Some(parent)) => {
            home::make_private(parent).and_then(|()| home::write_private(path, bytes))
        }
        (Some(_), None) => Ok(()),
        (None, _) => match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        },
    };
    written.map_err(|source| Error::Unwritable {
        path: path.to_owned(),
        source,
    })
}
