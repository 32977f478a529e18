//! Where a session's socket, locks and notes lie, and how what a dead server left is cleared away.
//!
//! All in one folder that only its owner may enter. Never trusts a folder that others can write to.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use rustix::process::geteuid;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::error::Error;
use crate::home::{self, Home, make_private, write_private};
use crate::untrusted;

/// Longest name of a session.
const NAME_BYTES_MAX: usize = 32;
/// Longest path of a socket that every system takes (unix(7): 108 bytes on Linux, 104 elsewhere).
const SOCKET_BYTES_MAX: usize = 100;
/// How profiles of our browsers are named; nothing else is ever removed.
const PROFILE_PREFIX: &str = "legwork-browser-";

/// The name of a session: letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(String);

impl FromStr for Name {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let sound = !text.is_empty() && !text.starts_with('-') && text.len() <= NAME_BYTES_MAX;
        if sound && text.chars().all(is_fine) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::Name {
            name: untrusted::line(text, 60),
        })
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The files of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    name: Name,
    folder: PathBuf,
}

/// What a server notes down so that whoever comes after its death can clear up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Note {
    /// The server's process.
    pub(super) server: u32,
    /// The browser's process group; none before the first page.
    pub(super) browser: Option<u32>,
    /// The browser's profile.
    pub(super) profile: Option<PathBuf>,
    /// The run that journals it.
    pub(super) run: String,
}

impl Place {
    /// Names the place of the session `name` and makes its folder.
    ///
    /// # Errors
    /// [`Error::Open`] when the folder is not ours alone, [`Error::File`] when it can't be made.
    pub fn new(home: &Home, name: Name) -> Result<Self, Error> {
        let folder = folder(home);
        let fail = |source| Error::File {
            file: folder.clone(),
            source,
        };
        make_private(&folder).map_err(fail)?;
        let meta = fs::symlink_metadata(&folder).map_err(fail)?;
        let is_closed = meta.mode().trailing_zeros() >= 6;
        let is_ours = meta.is_dir() && meta.uid() == geteuid().as_raw() && is_closed;
        if !is_ours {
            return Err(Error::Open { folder });
        }
        Ok(Self { name, folder })
    }

    /// Lists the places of all sessions that live or left something.
    pub fn all(home: &Home) -> Vec<Self> {
        let folder = folder(home);
        let mut names: Vec<Name> = fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let file = entry.file_name().into_string().ok()?;
                file.strip_suffix(".sock")?.parse().ok()
            })
            .collect();
        names.sort();
        let places = names.into_iter().map(|name| Self::new(home, name));
        places.filter_map(Result::ok).collect()
    }

    /// Returns the session's name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Returns the path of its socket.
    pub fn socket(&self) -> PathBuf {
        self.file("sock")
    }

    /// Returns the file that its server's messages go to.
    pub fn log(&self) -> PathBuf {
        self.file("log")
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.name))
    }

    /// Opens the file whose lock the server holds while it lives.
    pub(super) fn life(&self) -> Result<File, Error> {
        open_lock(self.file("life"))
    }

    /// Opens the file whose lock is held by whoever starts a server: one at a time in a home, as
    /// the first one makes the mailbox, the calendar and the journal.
    pub(super) fn start(&self) -> Result<File, Error> {
        open_lock(self.folder.join(".start"))
    }

    /// Notes down what a server would leave.
    pub(super) fn note(&self, note: &Note) -> Result<(), Error> {
        let file = self.file("note");
        let text = serde_json::to_vec(note).unwrap_or_default();
        write_private(&file, &text).map_err(|source| Error::File { file, source })
    }

    /// Clears away what a server left that died without its own doing, and returns its note; none
    /// when it ended in order. Only with the lock of [`Place::life`] held.
    pub(super) fn clear(&self) -> Option<Note> {
        let text = fs::read(self.file("note")).ok();
        let note: Option<Note> = text.and_then(|text| serde_json::from_slice(&text).ok());
        if let Some(note) = &note {
            end_browser(note);
            // Killed before it could note its browser down, it left one all the same.
            crate::browser::sweep();
        }
        self.forget();
        note
    }

    /// Removes the socket and the notes.
    pub(super) fn forget(&self) {
        self.leave();
        remove(&self.file("note"));
    }

    /// Removes the socket: whoever comes from now on waits for the end and starts afresh.
    pub(super) fn leave(&self) {
        remove(&self.socket());
    }
}

/// Opens the file whose lock says something.
fn open_lock(file: PathBuf) -> Result<File, Error> {
    home::lock_file(&file).map_err(|source| Error::File { file, source })
}

fn remove(file: &Path) {
    if let Err(error) = fs::remove_file(file)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, file = %file.display(), "a file could not be removed");
    }
}

/// `sessions/` of the data folder, or a short path where a socket's would be too long.
fn folder(home: &Home) -> PathBuf {
    let usual = home.data().join("sessions");
    let usual = std::path::absolute(&usual).unwrap_or(usual);
    // The longest name with its ending.
    if usual.as_os_str().len() + 1 + NAME_BYTES_MAX + ".sock".len() <= SOCKET_BYTES_MAX {
        return usual;
    }
    let user = geteuid().as_raw();
    let hash = Sha256::digest(usual.as_os_str().as_encoded_bytes());
    // Short, and one per home: it keeps homes apart, no more.
    let mark = hash
        .iter()
        .take(6)
        .fold(0_u64, |mark, byte| mark << 8 | u64::from(*byte));
    let runtime = PathBuf::from(format!("/run/user/{user}"));
    if runtime.is_dir() {
        return runtime.join(format!("legwork-{mark:x}"));
    }
    PathBuf::from(format!("/tmp/legwork-{user}-{mark:x}"))
}

/// Ends the browser of a dead server where it still lives, and removes its profile.
fn end_browser(note: &Note) {
    let Some(profile) = note.profile.as_deref().filter(|path| is_profile(path)) else {
        return;
    };
    crate::browser::clear_away(profile);
}

fn is_profile(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    path.is_absolute() && name.is_some_and(|name| name.starts_with(PROFILE_PREFIX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_name_is_a_plain_word() {
        for good in ["default", "work-2", "a_b", "X"] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        let long = "x".repeat(33);
        for bad in [
            "",
            "-x",
            "a/b",
            "..",
            "a b",
            "é",
            "a\u{202e}",
            long.as_str(),
        ] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_socket_path_is_never_too_long() {
        let home = tempfile::tempdir().unwrap();
        let deep = home.path().join("d".repeat(90));
        let name: Name = "n".repeat(32).parse().unwrap();
        let place = Place::new(&Home::at(&deep), name).unwrap();
        assert!(place.socket().as_os_str().len() <= SOCKET_BYTES_MAX);
        let again = Place::new(&Home::at(&deep), "n".parse().unwrap()).unwrap();
        assert_eq!(place.socket().parent(), again.socket().parent());
        fs::remove_dir(&place.folder).unwrap();
    }

    #[test]
    fn a_folder_open_to_others_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("sessions");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let place = Place::new(&Home::at(home.path()), "x".parse().unwrap());
        assert!(matches!(place, Err(Error::Open { .. })), "{place:?}");
    }

    #[test]
    fn what_a_dead_server_left_is_cleared_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let place = Place::new(&Home::at(home.path()), "x".parse().unwrap()).unwrap();
        let profile = home.path().join("legwork-browser-1");
        let other = home.path().join("precious");
        for folder in [&profile, &other] {
            fs::create_dir(folder).unwrap();
            let note = Note {
                profile: Some(folder.clone()),
                browser: Some(1),
                ..Note::default()
            };
            place.note(&note).unwrap();
            assert_eq!(place.clear(), Some(note));
        }
        assert!(!profile.exists() && other.exists());
        assert_eq!(place.clear(), None);
    }
}
