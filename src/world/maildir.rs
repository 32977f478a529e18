//! Files mails into a Maildir++ as delivery agents do: written in `tmp`, then moved to `new` or
//! `cur`.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use crate::home::make_private;

/// A mail's place in the Maildir.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Maildir++ folder such as `.Sent`, empty for INBOX.
    pub folder: &'a str,
    /// Maildir flags such as `S`; a mail without flags is filed in `new`.
    pub flags: &'a str,
    /// When it was delivered.
    pub delivered: Timestamp,
    /// Makes the file name unique among those delivered in the same second.
    pub unique: &'a str,
}

/// Makes an empty Maildir at `root`, with INBOX and `.Sent`.
///
/// # Errors
/// What the file system says.
pub fn make(root: &Path) -> io::Result<()> {
    for folder in ["", ".Sent"] {
        for part in ["cur", "new", "tmp"] {
            make_private(&root.join(folder).join(part))?;
        }
    }
    // Maildir++ tells folders from the root by this file.
    put(&root.join(".Sent").join("maildirfolder"), b"")
}

/// Writes a new file with mode 0600, without waiting for the disk: a world is drawn again rather
/// than recovered.
pub(super) fn put(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut out = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    io::Write::write_all(&mut out, bytes)
}

/// Files one mail and returns its path.
///
/// # Errors
/// What the file system says; then nothing is left in `new` or `cur`.
pub fn deliver(root: &Path, place: Place<'_>, bytes: &[u8]) -> io::Result<PathBuf> {
    let folder = root.join(place.folder);
    let name = format!("{}.{}.world", place.delivered.as_second(), place.unique);
    let draft = folder.join("tmp").join(&name);
    put(&draft, bytes)?;
    let seconds = place.delivered.as_second().max(0).unsigned_abs();
    let when = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    fs::File::options()
        .write(true)
        .open(&draft)?
        .set_modified(when)?;
    let target = if place.flags.is_empty() {
        folder.join("new").join(&name)
    } else {
        folder.join("cur").join(format!("{name}:2,{}", place.flags))
    };
    fs::rename(&draft, &target)?;
    Ok(target)
}
