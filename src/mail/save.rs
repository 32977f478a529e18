//! Saving an attached file: into a folder that is there, under a name of its own, never over
//! another file, and readable by its owner only.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::Error;
use super::error::io_at;

/// Names tried before saving gives up: `a.pdf`, `a-2.pdf` and so on.
const NAMES_MAX: u32 = 1_000;

/// Writes `bytes` into `folder` under `name`, or with a number where that is taken.
///
/// `name` must have passed [`super::mime::file_name`].
///
/// # Errors
/// [`Error::Io`]; a file that could not be written whole is removed again.
pub fn save(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    for number in 1..=NAMES_MAX {
        let path = match number {
            1 => folder.join(name),
            number => folder.join(format!("{stem}-{number}{ending}")),
        };
        // A name that exists is refused by the system itself, also when it is a link.
        let mut options = OpenOptions::new();
        let options = options.write(true).create_new(true).mode(0o600);
        let mut file = match options.open(&path) {
            Err(taken) if taken.kind() == ErrorKind::AlreadyExists => continue,
            opened => opened.map_err(io_at("write", &path))?,
        };
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        if let Err(source) = written {
            drop(fs::remove_file(&path));
            return Err(io_at("write", &path)(source));
        }
        return Ok(path);
    }
    let taken = std::io::Error::new(ErrorKind::AlreadyExists, "every name like it is taken");
    Err(io_at("write", &folder.join(name))(taken))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn nothing_is_written_over_and_only_the_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        std::os::unix::fs::symlink(&elsewhere, folder.path().join("a-2.pdf")).unwrap();
        let save = |bytes| save(folder.path(), "a.pdf", bytes).unwrap();
        let (first, second) = (save(b"one"), save(b"two"));
        assert_eq!(first, folder.path().join("a.pdf"));
        assert_eq!(second, folder.path().join("a-3.pdf"));
        assert_eq!(fs::read(&first).unwrap(), b"one");
        assert!(!elsewhere.exists());
        let mode = fs::metadata(&second).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(super::save(&folder.path().join("none"), "a", b"x").is_err());
    }
}
