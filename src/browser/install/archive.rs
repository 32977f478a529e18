//! Downloads a headless shell of Chrome for Testing and puts it in its place.
//!
//! Only by HTTPS, only from Google's own host, within limits; the archive is unpacked beside its
//! place and renamed into it. Never follows a link or a name that leads out of the archive.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::{Error, LINE_CHARS_MAX, PRODUCT, Progress, Quiet, at};
use crate::deadline::Deadline;
use crate::home;
use crate::untrusted;

const VERSIONS: &str = "https://googlechromelabs.github.io/chrome-for-testing/\
                        last-known-good-versions-with-downloads.json";
/// The only host that archives are loaded from.
const ARCHIVE_HOST: &str = "storage.googleapis.com";

/// The list of versions has 12 kB in 2026.
const VERSIONS_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// A headless shell has 110 MB packed and 270 MB unpacked in 2026.
const ARCHIVE_BYTES_MAX: u64 = 600 * 1024 * 1024;
const UNPACKED_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
const ENTRIES_MAX: usize = 10_000;

/// The part of the list of versions that is used.
#[derive(Debug, Deserialize)]
struct Versions {
    channels: Channels,
}

#[derive(Debug, Deserialize)]
struct Channels {
    #[serde(rename = "Stable")]
    stable: Channel,
}

#[derive(Debug, Deserialize)]
struct Channel {
    version: String,
    downloads: Downloads,
}

#[derive(Debug, Deserialize)]
struct Downloads {
    #[serde(rename = "chrome-headless-shell", default)]
    shells: Vec<Build>,
}

#[derive(Debug, Deserialize)]
struct Build {
    platform: String,
    url: String,
}

/// Finds the build for `platform`; returns its version and address.
fn choose(json: &[u8], platform: &str) -> Result<(String, url::Url), Error> {
    let corrupt = |problem: String| Error::Corrupt {
        url: VERSIONS.to_owned(),
        problem,
    };
    let versions: Versions =
        serde_json::from_slice(json).map_err(|error| corrupt(error.to_string()))?;
    let stable = versions.channels.stable;
    let build = stable
        .downloads
        .shells
        .into_iter()
        .find(|build| build.platform == platform)
        .ok_or_else(|| Error::NoBuild(platform.to_owned()))?;
    let url = url::Url::parse(&build.url).map_err(|error| corrupt(error.to_string()))?;
    if url.scheme() != "https" || url.host_str() != Some(ARCHIVE_HOST) {
        let shown = untrusted::line(url.as_str(), LINE_CHARS_MAX);
        return Err(corrupt(format!("it names {shown}, not {ARCHIVE_HOST}")));
    }
    Ok((untrusted::line(&stable.version, 40), url))
}

pub(super) async fn download(
    platform: &str,
    folder: &Path,
    progress: &mut dyn Progress,
    deadline: &Deadline,
) -> Result<PathBuf, Error> {
    let client = reqwest::Client::builder()
        .https_only(true)
        .connect_timeout(Duration::from_secs(30))
        .build()
        .map_err(|source| Error::Offline {
            url: VERSIONS.to_owned(),
            source,
        })?;
    let mut json = Vec::new();
    let mut quiet = Quiet;
    let limit = (VERSIONS_BYTES_MAX, deadline);
    load(&client, VERSIONS, limit, &mut quiet, &mut json).await?;
    let (version, url) = choose(&json, platform)?;
    progress.say(&format!("loading {PRODUCT} {version}"));

    let parent = folder.parent().unwrap_or(folder);
    home::make_private(parent).map_err(at(parent))?;
    let fresh = tempfile::Builder::new()
        .prefix(".browser-")
        .tempdir_in(parent)
        .map_err(at(parent))?;
    let archive = fresh.path().join("archive.zip");
    let mut file = fs::File::create_new(&archive).map_err(at(&archive))?;
    let limit = (ARCHIVE_BYTES_MAX, deadline);
    load(&client, url.as_str(), limit, progress, &mut file).await?;
    drop(file);

    progress.say("unpacking");
    let folder = folder.to_owned();
    let work = tokio::task::spawn_blocking(move || {
        let inside = fresh.path().join("unpacked");
        unpack(&archive, &inside).map_err(|problem| Error::Corrupt {
            url: url.to_string(),
            problem,
        })?;
        settle(&inside, &folder)
    });
    deadline
        .bound("the archive to be unpacked", work)
        .await?
        .map_err(|error| Error::File {
            path: PathBuf::from(PRODUCT),
            source: io::Error::other(error),
        })?
}

/// Loads `url` into `sink`, at most so many bytes, and checks that all of it came.
async fn load(
    client: &reqwest::Client,
    url: &str,
    (bytes_max, deadline): (u64, &Deadline),
    progress: &mut dyn Progress,
    sink: &mut (dyn io::Write + Send),
) -> Result<(), Error> {
    let offline = |source| Error::Offline {
        url: url.to_owned(),
        source,
    };
    let corrupt = |problem: String| Error::Corrupt {
        url: url.to_owned(),
        problem,
    };
    let answer = deadline.bound(url, client.get(url).send()).await?;
    let mut answer = answer
        .and_then(reqwest::Response::error_for_status)
        .map_err(offline)?;
    let promised = answer.content_length();
    let mut done: u64 = 0;
    while let Some(chunk) = deadline
        .bound(url, answer.chunk())
        .await?
        .map_err(offline)?
    {
        done += chunk.len() as u64;
        if done > bytes_max {
            return Err(corrupt(format!("it is larger than {bytes_max} bytes")));
        }
        sink.write_all(&chunk)
            .map_err(at(Path::new("the download")))?;
        progress.amount(done, promised.unwrap_or(bytes_max));
    }
    match promised {
        Some(promised) if promised != done => {
            Err(corrupt(format!("{done} of {promised} bytes came")))
        }
        Some(_) | None => Ok(()),
    }
}

/// Unpacks a zip archive into `folder`, which it makes; links and names that lead out are refused.
fn unpack(archive: &Path, folder: &Path) -> Result<(), String> {
    let say = |error: io::Error| error.to_string();
    let file = fs::File::open(archive).map_err(say)?;
    let mut zip = zip::ZipArchive::new(file).map_err(|error| error.to_string())?;
    if zip.len() > ENTRIES_MAX {
        return Err(format!("it has more than {ENTRIES_MAX} entries"));
    }
    let mut left = UNPACKED_BYTES_MAX;
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(|error| error.to_string())?;
        let inside = entry.enclosed_name();
        let Some(target) = inside.map(|name| folder.join(name)) else {
            return Err("an entry leads out of the folder".to_owned());
        };
        if entry.is_symlink() {
            return Err("an entry is a link".to_owned());
        }
        if entry.is_dir() {
            make_folder(&target).map_err(say)?;
            continue;
        }
        make_folder(target.parent().unwrap_or(folder)).map_err(say)?;
        let mut out = fs::File::create_new(&target).map_err(say)?;
        let written = io::copy(&mut entry.by_ref().take(left + 1), &mut out).map_err(say)?;
        left = left
            .checked_sub(written)
            .ok_or_else(|| "it unpacks to more than 2 GiB".to_owned())?;
        let runs = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
        // A browser run as another user must still be readable.
        let mode = if runs { 0o755 } else { 0o644 };
        out.set_permissions(fs::Permissions::from_mode(mode))
            .and_then(|()| out.flush())
            .map_err(say)?;
    }
    Ok(())
}

/// Makes a folder into which another user may look: the browser may run as one.
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(folder)
}

/// Puts the unpacked browser in the place of an earlier one and returns its program.
fn settle(unpacked: &Path, folder: &Path) -> Result<PathBuf, Error> {
    let missing = || Error::File {
        path: unpacked.join(PRODUCT),
        source: io::ErrorKind::NotFound.into(),
    };
    let inner = program_below(unpacked).ok_or_else(missing)?;
    let inner = inner.parent().ok_or_else(missing)?;
    let earlier = unpacked.with_file_name("earlier");
    match fs::rename(folder, &earlier) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(folder)(error)),
        Ok(()) | Err(_) => {}
    }
    if let Err(error) = fs::rename(inner, folder) {
        // The earlier browser is put back, so that a failed update is no loss.
        drop(fs::rename(&earlier, folder));
        return Err(at(folder)(error));
    }
    Ok(folder.join(PRODUCT))
}

/// The archive holds one folder with the program in it.
fn program_below(folder: &Path) -> Option<PathBuf> {
    fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| entry.path().join(PRODUCT))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::super::program;
    use super::*;

    fn versions(url: &str) -> String {
        format!(
            r#"{{"timestamp":"x","channels":{{"Stable":{{"channel":"Stable","version":"156.0.1",
            "downloads":{{"chrome":[],"chrome-headless-shell":[
            {{"platform":"linux64","url":"{url}"}}]}}}}}}}}"#
        )
    }

    #[test]
    fn the_build_is_chosen_and_must_come_from_its_own_host_by_https() {
        let good = "https://storage.googleapis.com/chrome-for-testing-public/156.0.1/linux64/a.zip";
        let (version, url) = choose(versions(good).as_bytes(), "linux64").unwrap();
        assert_eq!((version.as_str(), url.as_str()), ("156.0.1", good));
        for bad in [
            "http://storage.googleapis.com/a.zip",
            "https://evil.example/a.zip",
        ] {
            assert!(
                choose(versions(bad).as_bytes(), "linux64").is_err(),
                "{bad}"
            );
        }
        let none = choose(versions(good).as_bytes(), "linux-arm64");
        assert!(matches!(none, Err(Error::NoBuild(_))), "{none:?}");
        assert!(choose(b"{", "linux64").is_err());
    }

    fn archive(folder: &Path, entries: &[(&str, u32)]) -> PathBuf {
        use zip::write::SimpleFileOptions;
        let file = folder.join("a.zip");
        let mut zip = zip::ZipWriter::new(fs::File::create(&file).unwrap());
        for (name, mode) in entries {
            let options = SimpleFileOptions::default().unix_permissions(*mode);
            zip.start_file(*name, options).unwrap();
            zip.write_all(b"#!/bin/sh\necho shell 1\n").unwrap();
        }
        zip.finish().unwrap();
        file
    }

    #[tokio::test]
    async fn an_archive_takes_the_place_of_the_earlier_browser_and_starts() {
        let temp = tempfile::tempdir().unwrap();
        let home = temp.path().join("browser");
        fs::create_dir_all(home.join("old")).unwrap();
        let zip = archive(
            temp.path(),
            &[
                ("shell-linux64/chrome-headless-shell", 0o755),
                ("shell-linux64/a.pak", 0o644),
            ],
        );
        let fresh = tempfile::tempdir_in(temp.path()).unwrap();
        let inside = fresh.path().join("unpacked");
        unpack(&zip, &inside).unwrap();
        let program = settle(&inside, &home).unwrap();
        assert_eq!(program, home.join("chrome-headless-shell"));
        assert!(!home.join("old").exists());
        assert!(home.join("a.pak").is_file());
        let deadline = Deadline::after(Duration::from_secs(20));
        assert_eq!(
            program::starts(&program, &deadline).await.unwrap(),
            "shell 1"
        );
    }

    #[test]
    fn an_archive_that_leads_out_of_its_folder_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let zip = archive(temp.path(), &[("../../escaped", 0o644)]);
        let error = unpack(&zip, &temp.path().join("in")).unwrap_err();
        assert!(error.contains("leads out"), "{error}");
    }

    #[test]
    fn bytes_that_are_no_archive_are_refused() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("a.zip");
        fs::write(&file, b"<html>captive portal</html>").unwrap();
        assert!(unpack(&file, &temp.path().join("in")).is_err());
    }
}
