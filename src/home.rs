//! Where Legwork keeps its state, and the rights those files have.
//!
//! `LEGWORK_HOME` moves all of it; else the XDG base directories are followed. Folders are made
//! 0700 and files 0600, since they hold mail, calendars and journals.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The folders of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    config: PathBuf,
    data: PathBuf,
}

impl Home {
    /// Puts configuration and data under one folder, as `LEGWORK_HOME` does.
    pub fn at(root: &Path) -> Self {
        Self {
            config: root.to_owned(),
            data: root.to_owned(),
        }
    }

    /// Follows the XDG base directories below the user's home folder.
    pub fn xdg(config_home: &Path, data_home: &Path) -> Self {
        Self {
            config: config_home.join("legwork"),
            data: data_home.join("legwork"),
        }
    }

    /// `config.toml`: accounts, policy, the user's own facts.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// `legwork.db`: runs, steps, undo.
    pub fn database(&self) -> PathBuf {
        self.data.join("legwork.db")
    }

    /// `runs/ID/`: steps, screenshots and the report of one run.
    pub fn run(&self, id: &str) -> PathBuf {
        self.data.join("runs").join(id)
    }

    /// `mail/`: the embedded Maildir.
    pub fn mail(&self) -> PathBuf {
        self.data.join("mail")
    }

    /// `vault.age`: passwords and tokens, encrypted.
    pub fn vault(&self) -> PathBuf {
        self.data.join("vault.age")
    }

    /// `vault.key`: what opens the vault, beside the configuration.
    pub fn vault_key(&self) -> PathBuf {
        self.config.join("vault.key")
    }

    /// `mail-index.db`: what lists and searches ask of the mail; a cache.
    pub fn mail_index(&self) -> PathBuf {
        self.data.join("mail-index.db")
    }

    /// `calendar/`: the embedded vdir, one `.ics` per event.
    pub fn calendar(&self) -> PathBuf {
        self.data.join("calendar")
    }

    /// `skills/`: the user's own skills, looked up before those that ship.
    pub fn skills(&self) -> PathBuf {
        self.data.join("skills")
    }

    /// `logins/`: saved login states.
    pub fn logins(&self) -> PathBuf {
        self.data.join("logins")
    }

    /// `browser/`: a browser that `legwork setup` downloaded.
    pub fn browser(&self) -> PathBuf {
        self.data.join("browser")
    }

    /// `downloads/`: files that pages gave, in quarantine.
    pub fn downloads(&self) -> PathBuf {
        self.data.join("downloads")
    }

    /// `files/`: the workspace, files that runs may offer to pages.
    pub fn workspace(&self) -> PathBuf {
        self.data.join("files")
    }

    /// The folder that holds all data.
    pub fn data(&self) -> &Path {
        &self.data
    }
}

/// Makes `folder` and its parents with mode 0700 where they are missing.
///
/// # Errors
/// What the file system says, when a part can't be made or is not a folder.
pub fn make_private(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

/// Makes `file` with mode 0600 where it is missing, empty.
///
/// # Errors
/// What the file system says.
pub fn make_private_file(file: &Path) -> io::Result<()> {
    fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file)
        .map(drop)
}

/// Opens `file` with mode 0600 for its lock alone, making it where it is missing.
///
/// # Errors
/// What the file system says.
pub fn lock_file(file: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(file)
}

/// Waits until nobody else makes or alters the database `file`; it is so while the returned file
/// is open. `SQLite` itself gives up at once when two programs turn one file to WAL.
///
/// # Errors
/// What the file system says.
pub fn alone_with(file: &Path) -> io::Result<fs::File> {
    let lock = lock_file(&file.with_extension("lock"))?;
    lock.lock()?;
    Ok(lock)
}

/// Writes `bytes` to `file` with mode 0600, whole or not at all: a sibling is written, flushed to
/// disk and renamed over it.
///
/// # Errors
/// What the file system says; the old content then still stands.
pub fn write_private(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = file.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".new");
    let fresh = file.with_file_name(hidden);
    let mut out = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)?;
    io::Write::write_all(&mut out, bytes)?;
    out.sync_all()?;
    fs::rename(&fresh, file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn private_files_are_read_by_their_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        make_private(&deep).unwrap();
        write_private(&deep.join("f"), b"x").unwrap();
        let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&deep), mode(&deep.join("f"))), (0o700, 0o600));
        assert_eq!(fs::read_dir(&deep).unwrap().count(), 1);
    }
}
