//! Runs the programs of an installation: package manager and new browser.
//!
//! A child gets no input, its lines are told as they come, and the last of them are kept for the
//! error message.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::{Error, LINE_CHARS_MAX, Progress, Quiet, at};
use crate::deadline::Deadline;
use crate::untrusted;

/// Lines of a program's output that an error repeats; the cause stands at the end.
const OUTPUT_LINES_MAX: usize = 6;
/// A browser prints its version in 50 ms; a cold disk takes seconds.
const START_LIMIT: Duration = Duration::from_secs(30);

/// The unprivileged user `nobody`, under whom a browser keeps its sandbox when we are root.
const NOBODY: u32 = 65_534;

/// Starts `program` for its version, to see whether it runs at all.
///
/// # Errors
/// [`Error::Unusable`] with what it says instead.
pub async fn starts(program: &Path, deadline: &Deadline) -> Result<String, Error> {
    let mut quiet = Quiet;
    let limit = deadline.child(START_LIMIT);
    let done = execute(program.as_os_str(), &["--version"], &mut quiet, &limit).await;
    match done {
        Ok(lines) => Ok(lines.last().cloned().unwrap_or_default()),
        Err(Error::Failed { output, .. }) => Err(Error::Unusable {
            program: program.to_owned(),
            output,
        }),
        Err(
            error @ (Error::NoBuild(_)
            | Error::Offline { .. }
            | Error::Corrupt { .. }
            | Error::Unusable { .. }
            | Error::File { .. }
            | Error::Ended(_)),
        ) => Err(error),
    }
}

/// Whether a trial confines the renderers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confined {
    /// With Chromium's sandbox; as root under an unprivileged user.
    Yes,
    /// Without it.
    No,
}

/// Starts `program` on an empty page, to see whether it works here, and ends it.
///
/// # Errors
/// [`Error::Unusable`] with what it says instead.
pub async fn trial(program: &Path, confined: Confined, deadline: &Deadline) -> Result<(), Error> {
    let profile = tempfile::tempdir().map_err(at(Path::new("the temporary folder")))?;
    let root = rustix::process::geteuid().is_root();
    let mut command = Command::new(program);
    command
        .args(["--headless", "--disable-gpu", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .env("HOME", profile.path())
        .current_dir("/");
    match confined {
        Confined::No => {
            command.arg("--no-sandbox");
        }
        Confined::Yes if root => {
            std::os::unix::fs::chown(profile.path(), Some(NOBODY), Some(NOBODY))
                .map_err(at(profile.path()))?;
            command.uid(NOBODY).gid(NOBODY);
        }
        Confined::Yes => {}
    }
    // Chromium takes what follows for the address.
    command.arg("about:blank");
    let limit = deadline.child(START_LIMIT);
    let shown = program.display().to_string();
    match collect(command, &shown, &mut Quiet, &limit).await {
        Ok(_) => Ok(()),
        Err(Error::Failed { output, .. }) => Err(Error::Unusable {
            program: program.to_owned(),
            output,
        }),
        Err(
            error @ (Error::NoBuild(_)
            | Error::Offline { .. }
            | Error::Corrupt { .. }
            | Error::Unusable { .. }
            | Error::File { .. }
            | Error::Ended(_)),
        ) => Err(error),
    }
}

/// Runs a program without input, tells its lines as they come, and returns the last of them.
pub(super) async fn execute(
    program: &OsStr,
    arguments: &[&str],
    progress: &mut dyn Progress,
    deadline: &Deadline,
) -> Result<Vec<String>, Error> {
    let shown = format!("{} {}", program.to_string_lossy(), arguments.join(" "));
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("LC_ALL", "C.UTF-8");
    collect(command, &shown, progress, deadline).await
}

async fn collect(
    mut command: Command,
    shown: &str,
    progress: &mut dyn Progress,
    deadline: &Deadline,
) -> Result<Vec<String>, Error> {
    let file = |source| Error::File {
        path: PathBuf::from(shown),
        source,
    };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(file)?;
    let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(file(io::ErrorKind::BrokenPipe.into()));
    };
    let mut out = BufReader::new(out).split(b'\n');
    let mut err = BufReader::new(err).split(b'\n');
    let mut last = VecDeque::new();
    let reading = async {
        let (mut out_open, mut err_open) = (true, true);
        while out_open || err_open {
            let (open, line) = tokio::select! {
                line = out.next_segment(), if out_open => (&mut out_open, line?),
                line = err.next_segment(), if err_open => (&mut err_open, line?),
            };
            let Some(line) = line else {
                *open = false;
                continue;
            };
            let line = untrusted::line(&String::from_utf8_lossy(&line), LINE_CHARS_MAX);
            if line.is_empty() {
                continue;
            }
            progress.say(&line);
            if last.len() == OUTPUT_LINES_MAX {
                last.pop_front();
            }
            last.push_back(line);
        }
        child.wait().await
    };
    let status = deadline.bound(shown, reading).await?.map_err(file)?;
    let last = Vec::from(last);
    if status.success() {
        return Ok(last);
    }
    Err(Error::Failed {
        command: shown.to_owned(),
        output: last.join(" / "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failing_program_is_quoted_with_its_last_lines() {
        let deadline = Deadline::after(Duration::from_secs(20));
        let script = ["-c", "seq 9; echo 'no such package' >&2; exit 3"];
        let error = execute(OsStr::new("sh"), &script, &mut Quiet, &deadline)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("sh -c "), "{error}");
        assert!(error.contains("no such package"), "{error}");
        assert!(!error.contains("/ 1 /"), "{error}");
    }
}
