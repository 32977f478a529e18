//! Where files that pages give come to lie: in a folder of their own, readable by their owner alone,
//! told by their content and never by their name. Nothing here opens or runs a file.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::asks::DOWNLOAD_BYTES_MAX;
use crate::action::KeptFile;
use crate::home::make_private;
use crate::untrusted;

/// Longest name of a kept file, in bytes; file systems take 255.
const NAME_BYTES_MAX: usize = 120;
/// Longest ending of a name, such as `docx`, in bytes.
const ENDING_BYTES_MAX: usize = 10;
/// How many files of one name are told apart.
const SAME_NAME_MAX: u32 = 1_000;
/// How much of a file is looked at to tell its type.
const HEAD_BYTES: usize = 8 * 1024;

/// Moves the file `from`, which the browser wrote, into `folder` under a name like `name`.
///
/// # Errors
/// What the file system says; also when `from` is no plain file. Nothing is kept then.
pub(super) fn keep(from: &Path, folder: &Path, name: &str) -> io::Result<KeptFile> {
    // The browser's folder is written by pages' processes: a link there leads nowhere.
    let source = OpenOptions::new()
        .read(true)
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
        .open(from)?;
    if !source.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let kept = keep_bytes(source, folder, name)?;
    std::fs::remove_file(from)?;
    Ok(kept)
}

/// Writes what `source` gives into `folder` under a name like `name`.
///
/// # Errors
/// What the file system says, and when there is more than is taken. Nothing is kept then.
pub(super) fn keep_bytes(source: impl Read, folder: &Path, name: &str) -> io::Result<KeptFile> {
    make_private(folder)?;
    let (file, path) = create(folder, &safe(name))?;
    let written = copy(source.take(DOWNLOAD_BYTES_MAX + 1), file);
    if !matches!(written, Ok(Copied { bytes, .. }) if bytes <= DOWNLOAD_BYTES_MAX) {
        std::fs::remove_file(&path)?;
    }
    let Copied { bytes, hash, head } = written?;
    if bytes > DOWNLOAD_BYTES_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(KeptFile {
        path: path.display().to_string(),
        bytes,
        sha256: hash,
        kind: kind(&head).to_owned(),
    })
}

struct Copied {
    bytes: u64,
    hash: String,
    head: Vec<u8>,
}

fn copy(mut source: impl Read, mut file: File) -> io::Result<Copied> {
    let (mut hash, mut head, mut bytes) = (Sha256::new(), Vec::new(), 0);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = source.read(&mut buffer)?;
        let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else {
            break;
        };
        hash.update(piece);
        head.extend(piece.iter().take(HEAD_BYTES - head.len()));
        file.write_all(piece)?;
        bytes += u64::try_from(count).unwrap_or(u64::MAX);
    }
    file.sync_all()?;
    let mut hex = String::new();
    for byte in hash.finalize() {
        // Writing to a String can't fail.
        let written = write!(hex, "{byte:02x}");
        debug_assert!(written.is_ok(), "a String takes all text");
    }
    let hash = hex;
    Ok(Copied { bytes, hash, head })
}

/// Makes a new file, readable by its owner alone; an old one of that name stays as it is.
fn create(folder: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    for number in 1..=SAME_NAME_MAX {
        let name = match number {
            1 => name.to_owned(),
            _ => format!("{stem} ({number}){ending}"),
        };
        let path = folder.join(name);
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other.map(|file| (file, path)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Makes a file name of what a page suggests: no folders, no hidden files, nothing
/// that a command takes for an option, nothing too long.
fn safe(name: &str) -> String {
    let line = untrusted::line(name, usize::MAX).replace(['/', '\\', ':'], "_");
    let line = line
        .trim_matches([' ', '.'])
        .trim_start_matches(['-', '.', ' ']);
    // What is longer than any ending in use is part of the name.
    let split = line.rsplit_once('.');
    let split = split.filter(|(_, ending)| ending.len() <= ENDING_BYTES_MAX);
    let (stem, ending) = split.unwrap_or((line, ""));
    let room = NAME_BYTES_MAX - ending.len();
    let mut kept = String::new();
    for c in stem.chars() {
        if kept.len() + c.len_utf8() > room {
            break;
        }
        kept.push(c);
    }
    match (kept.is_empty(), ending.is_empty()) {
        (true, true) => "file".to_owned(),
        (true, false) => ending.to_owned(),
        (false, true) => kept,
        (false, false) => format!("{kept}.{ending}"),
    }
}

/// The media type of a file by its first bytes.
fn kind(head: &[u8]) -> &'static str {
    if let Some(kind) = infer::get(head) {
        return kind.mime_type();
    }
    let is_text = match std::str::from_utf8(head) {
        Ok(_) => true,
        // A character may be cut where the head ends.
        Err(error) => error.error_len().is_none(),
    };
    match head {
        [] => "application/x-empty",
        _ if is_text && !head.contains(&0) => "text/plain",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn names_lead_nowhere_and_stay_short() {
        let table = [
            ("../../etc/passwd", "_.._etc_passwd"),
            (".bashrc", "bashrc"),
            ("-rf .x", "rf .x"),
            ("- -.", "file"),
            ("", "file"),
            ("...", "file"),
            ("a\u{202e}fdp.exe", "afdp.exe"),
            ("Bill 3.pdf", "Bill 3.pdf"),
        ];
        for (name, want) in table {
            assert_eq!(safe(name), want, "{name}");
        }
        assert!(safe(&"ä".repeat(500)).len() <= NAME_BYTES_MAX);
    }

    #[test]
    fn a_file_is_kept_once_privately_and_told_by_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("guid");
        let quarantine = folder.path().join("downloads");
        let keep_one = |bytes: &[u8]| {
            std::fs::write(&from, bytes).unwrap();
            keep(&from, &quarantine, "bill.txt").unwrap()
        };
        let first = keep_one(b"%PDF-1.4 rest");
        assert_eq!((first.kind.as_str(), first.bytes), ("application/pdf", 13));
        let second = keep_one(b"plain words");
        assert_eq!(second.kind, "text/plain");
        assert!(second.path.ends_with("bill (2).txt"), "{}", second.path);
        assert_eq!(
            second.sha256,
            "fcfb09747001a6e80d289a03381a059d7771bc472c6320851e9371c009e36781"
        );
        let mode = std::fs::metadata(&second.path)
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!from.exists());
    }

    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("guid");
        std::os::unix::fs::symlink("/etc/passwd", &from).unwrap();
        assert!(keep(&from, &folder.path().join("downloads"), "x").is_err());
        assert!(!folder.path().join("downloads/x").exists());
    }
}
