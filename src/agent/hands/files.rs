//! Files that an upload names: where they are, and what they are now.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::Hands;
use crate::action::{Action, Upload};
use crate::policy::FileFacts;

/// Largest file that is looked at, in bytes; none larger is handed over.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

impl Hands {
    /// Finds out about the files that `action` would hand over, in their order.
    pub(in crate::agent) fn file_facts(&self, action: &Action) -> Vec<FileFacts> {
        let Action::Upload(upload) = action else {
            return Vec::new();
        };
        let facts = upload.files.iter().map(|file| {
            let path = self.locate(file);
            let workspace = self.workspace.canonicalize();
            let in_workspace = path
                .canonicalize()
                .is_ok_and(|path| workspace.is_ok_and(|folder| path.starts_with(folder)));
            FileFacts {
                path: file.clone(),
                content: content(&path).ok(),
                in_workspace,
            }
        });
        facts.collect()
    }

    /// Names the same files by where they lie.
    pub(super) fn located(&self, upload: &Upload) -> Upload {
        let files = upload.files.iter().map(|file| self.locate(file));
        Upload {
            target: upload.target,
            files: files.map(|path| path.display().to_string()).collect(),
        }
    }

    /// Finds a file: below the user's folder, as it stands, else in the workspace.
    fn locate(&self, file: &str) -> PathBuf {
        if let Some(rest) = file.strip_prefix("~/")
            && let Some(home) = std::env::home_dir()
        {
            return home.join(rest);
        }
        let path = Path::new(file);
        if path.is_absolute() || path.exists() {
            return std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        }
        self.workspace.join(path)
    }
}

fn content(path: &Path) -> io::Result<(u64, [u8; 32])> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() || meta.len() > FILE_BYTES_MAX {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut hash = Sha256::new();
    let mut file = file.take(FILE_BYTES_MAX);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else {
            break;
        };
        hash.update(piece);
    }
    Ok((meta.len(), hash.finalize().into()))
}
