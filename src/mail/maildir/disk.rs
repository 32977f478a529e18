//! Writing that survives a crash: a file appears whole or not at all, and is on the disk before
//! its name is. Files are 0600, since they hold mail.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::home::{make_private, make_private_file};
use crate::mail::Error;
use crate::mail::error::io_at;

/// The folders of one mailbox.
const PARTS: [&str; 3] = ["cur", "new", "tmp"];

/// Makes the mailbox in `folder` where it is missing.
pub(super) fn make_mailbox(folder: &Path) -> Result<(), Error> {
    for part in PARTS {
        let path = folder.join(part);
        if !path.is_dir() {
            make_private(&path).map_err(io_at("make", &path))?;
        }
    }
    Ok(())
}

/// Writes `bytes` to `to` through a file of the same name in `tmp`; `to` must not exist.
pub(super) fn create(tmp: &Path, to: &Path, bytes: &[u8]) -> Result<(), Error> {
    let staged = stage(tmp, to, bytes)?;
    // A hard link fails when the name is taken, where a rename would silently replace a message.
    let linked = fs::hard_link(&staged, to);
    let done = match linked {
        Ok(()) => fs::remove_file(&staged),
        Err(taken) if taken.kind() == std::io::ErrorKind::AlreadyExists => Err(taken),
        // Some file systems know no hard links; names are unique, so a rename will do.
        Err(_) => fs::rename(&staged, to),
    };
    done.map_err(io_at("write", to))?;
    sync_parent(to)
}

/// Writes `bytes` to `to`, replacing what is there.
pub(super) fn replace(tmp: &Path, to: &Path, bytes: &[u8]) -> Result<(), Error> {
    let staged = stage(tmp, to, bytes)?;
    fs::rename(&staged, to).map_err(io_at("write", to))?;
    sync_parent(to)
}

/// Makes an empty file where it is missing; two programs may do so at once.
pub(super) fn mark(file: &Path) -> Result<(), Error> {
    make_private_file(file).map_err(io_at("write", file))
}

/// Moves a file to another name on the same disk.
pub(super) fn rename(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::rename(from, to)
}

fn stage(tmp: &Path, to: &Path, bytes: &[u8]) -> Result<PathBuf, Error> {
    let staged = tmp.join(to.file_name().unwrap_or_default());
    let write = || {
        // What a crash left here under this name was never part of the mailbox.
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&staged)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(io_at("write", &staged))?;
    Ok(staged)
}

/// Makes a new name durable.
pub(super) fn sync_parent(path: &Path) -> Result<(), Error> {
    let Some(parent) = path.parent() else {
        return Ok(());
    };
    let synced = File::open(parent).and_then(|folder| folder.sync_all());
    synced.map_err(io_at("sync", parent))
}

/// Held while a Maildir is changed, so that two programs never give two messages one name or one
/// keyword letter two meanings. Ends when dropped, or when the program ends.
pub(super) struct Lock {
    _file: File,
}

/// Waits until no other `legwork` changes the Maildir at `root`.
pub(super) fn lock(root: &Path) -> Result<Lock, Error> {
    let path = root.join("legwork.lock");
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(&path).map_err(io_at("open", &path))?;
    file.lock().map_err(io_at("lock", &path))?;
    Ok(Lock { _file: file })
}
