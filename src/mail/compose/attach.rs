//! Files that go with a letter: read once, within a size, with a type by their name.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::Attached;
use crate::mail::Error;
use crate::mail::mime;

/// Files attached to one letter.
const FILES_MAX: usize = 50;

/// Reads the files at `paths`, at most `bytes_max` in all.
pub(super) fn read(paths: &[String], bytes_max: u64) -> Result<Vec<Attached>, Error> {
    let mut left = bytes_max;
    let mut files = Vec::new();
    for path in paths {
        let refused = |reason: String| Error::Attachment {
            name: crate::untrusted::line(path, 200),
            reason,
        };
        if files.len() >= FILES_MAX {
            return Err(refused(format!("{FILES_MAX} files are the most")));
        }
        let file = one(Path::new(path), left).map_err(|error| refused(error.to_string()))?;
        let Some(file) = file else {
            let mb = bytes_max / (1024 * 1024);
            return Err(refused(format!(
                "together the files are larger than {mb} MB"
            )));
        };
        left = left.saturating_sub(u64::try_from(file.content.len()).unwrap_or(u64::MAX));
        files.push(file);
    }
    Ok(files)
}

/// Reads one file; none when it is longer than `bytes_max`.
fn one(path: &Path, bytes_max: u64) -> std::io::Result<Option<Attached>> {
    // A pipe or a device might never end.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a plain file"));
    }
    let mut content = Vec::new();
    let file = File::open(path)?;
    file.take(bytes_max.saturating_add(1))
        .read_to_end(&mut content)?;
    if u64::try_from(content.len()).unwrap_or(u64::MAX) > bytes_max {
        return Ok(None);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = mime::file_name(&name);
    let media_type = mime_guess::from_path(path).first_or_octet_stream();
    Ok(Some(Attached {
        name: if name.is_empty() {
            "attachment".to_owned()
        } else {
            name
        },
        media_type: media_type.essence_str().to_owned(),
        content,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_within_a_size_and_typed_by_their_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Plan B.PDF");
        std::fs::write(&path, b"%PDF").unwrap();
        let paths = [path.display().to_string()];
        let files = read(&paths, 4).unwrap();
        assert_eq!(files[0].name, "Plan B.PDF");
        assert_eq!(files[0].media_type, "application/pdf");
        let refused = |paths: &[String], most| read(paths, most).unwrap_err().to_string();
        assert!(refused(&paths, 3).contains("larger than 0 MB"));
        let twice = [paths[0].clone(), paths[0].clone()];
        assert!(refused(&twice, 7).contains("larger than"));
        let folder = [folder.path().display().to_string()];
        assert!(refused(&folder, 9).contains("not a plain file"));
        assert!(refused(&["/nowhere".to_owned()], 9).contains("can't be attached"));
    }
}
