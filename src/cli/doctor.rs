//! `legwork doctor`: what a run stands on, whether it is fine, and the mend where it is not.
//!
//! Looks and tries, never mends: that is `legwork setup`'s.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::report;
use super::timeline::{Look, painted};
use super::{Context, Failure, chromium};
use crate::browser::install::{self, Confined};
use crate::config::Config;
use crate::deadline::Deadline;

const EXAMPLES: &str = "\
Examples:
  legwork doctor
  legwork doctor --json | jq '.checks[] | select(.state == \"bad\")'

Exits 0 when everything a run needs is fine; else 5 for the browser, 3 for the rest.";

/// Longest that all checks may take together.
const LIMIT: Duration = Duration::from_mins(2);
/// A profile, pictures and a download take less.
const FREE_BYTES_MIN: u64 = 500 * 1024 * 1024;

/// Check what a run stands on and say the mend for what is not fine
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Good,
    /// Works, with something to know.
    Note,
    Bad,
}

/// One thing looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    found: String,
    /// What to do about it; empty when it is fine.
    mend: String,
}

impl Check {
    fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Good,
            found: found.into(),
            mend: String::new(),
        }
    }

    fn note(name: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            state: State::Note,
            mend: mend.into(),
            ..Self::good(name, found)
        }
    }

    fn bad(name: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            state: State::Bad,
            ..Self::note(name, found, mend)
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Only when the output can't be printed; what is not fine is the exit code.
pub fn run(_: &Args, context: &Context) -> Result<u8, Failure> {
    let loaded = Config::load(&context.home);
    let mut checks = vec![configuration(&loaded, context)];
    let config = loaded.unwrap_or_default();
    checks.extend([
        rights(context.home.data()),
        folder("mailbox", &context.home.mail()),
        folder("calendar", &context.home.calendar()),
        skills(&context.home.skills()),
        space(context.home.data()),
    ]);
    let others_fine = checks.iter().all(|check| check.state != State::Bad);
    let browser = super::block_on(LIMIT, async |deadline| {
        Ok(browser(&config, context, &deadline).await)
    })?;
    let browser_fine = browser.iter().all(|check| check.state != State::Bad);
    checks.extend(browser);

    if context.json {
        let fine = others_fine && browser_fine;
        context.print_json(&serde_json::json!({ "fine": fine, "checks": checks }))?;
    } else {
        context.print(&table(&checks, context))?;
    }
    Ok(match (browser_fine, others_fine) {
        (true, true) => 0,
        (false, _) => report::BROWSER,
        (true, false) => report::CONFIG,
    })
}

fn table(checks: &[Check], context: &Context) -> String {
    let mut text = Vec::new();
    for check in checks {
        let mark = match check.state {
            State::Good => painted(context.out, Look::Good),
            State::Note => painted(context.out, Look::Unsure),
            State::Bad => painted(context.out, Look::Bad),
        };
        text.push(format!("{mark} {:<14} {}\n", check.name, check.found));
        if !check.mend.is_empty() {
            let mend = context.out.dim(&check.mend);
            text.push(format!("  {:<14} {mend}\n", ""));
        }
    }
    text.concat()
}

fn configuration(loaded: &Result<Config, crate::config::ConfigError>, context: &Context) -> Check {
    let file = context.home.config_file();
    match loaded {
        Ok(_) if file.is_file() => Check::good("configuration", file.display().to_string()),
        Ok(_) => Check::good("configuration", "none, the defaults apply"),
        Err(error) => Check::bad(
            "configuration",
            error.to_string(),
            error.hint().unwrap_or_default(),
        ),
    }
}

fn rights(home: &Path) -> Check {
    const NAME: &str = "home folder";
    let shown = home.display();
    match fs::metadata(home) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Check::note(
            NAME,
            format!("{shown} is not there yet"),
            "the first run makes it",
        ),
        Err(error) => Check::bad(NAME, format!("{shown}: {error}"), "set LEGWORK_HOME"),
        Ok(meta) if !meta.is_dir() => {
            Check::bad(NAME, format!("{shown} is no folder"), "set LEGWORK_HOME")
        }
        Ok(meta) if meta.permissions().mode() & 0o077 != 0 => {
            let mode = meta.permissions().mode() & 0o777;
            Check::bad(
                NAME,
                format!("others may look into {shown} (mode {mode:o})"),
                format!("run: chmod 700 '{shown}'"),
            )
        }
        // Rights alone don't say that a full or read-only disk takes a file.
        Ok(_) => match tempfile::tempfile_in(home) {
            Ok(_) => Check::good(NAME, shown.to_string()),
            Err(error) => Check::bad(
                NAME,
                format!("{shown} can't be written: {error}"),
                "set LEGWORK_HOME to a folder of your own",
            ),
        },
    }
}

fn folder(name: &'static str, folder: &Path) -> Check {
    match fs::read_dir(folder) {
        Ok(_) => Check::good(name, folder.display().to_string()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Check::note(
            name,
            format!("{} is not there yet", folder.display()),
            "run 'legwork setup'; the first run makes it too",
        ),
        Err(error) => Check::bad(
            name,
            format!("{}: {error}", folder.display()),
            "check its owner and mode",
        ),
    }
}

fn skills(folder: &Path) -> Check {
    const NAME: &str = "skills";
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Check::good(NAME, "none of your own");
        }
        Err(error) => {
            let found = format!("{}: {error}", folder.display());
            return Check::bad(NAME, found, "check its owner and mode");
        }
    };
    let files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    match files.iter().find(|file| fs::read_to_string(file).is_err()) {
        Some(file) => Check::bad(
            NAME,
            format!("{} can't be read as text", file.display()),
            "mend the file or move it away",
        ),
        None => Check::good(NAME, format!("{} of your own", files.len())),
    }
}

fn space(home: &Path) -> Check {
    const NAME: &str = "disk space";
    let there = home.ancestors().find(|folder| folder.is_dir());
    let Some(stat) = there.and_then(|folder| rustix::fs::statvfs(folder).ok()) else {
        return Check::note(NAME, "can't be measured", "");
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let shown = indicatif::HumanBytes(free).to_string();
    if free < FREE_BYTES_MIN {
        return Check::bad(
            NAME,
            format!("{shown} free at {}", home.display()),
            "free 500 MiB, or set LEGWORK_HOME to a larger disk",
        );
    }
    Check::good(NAME, format!("{shown} free"))
}

/// Whether there is a browser, whether it starts, and whether it starts with its sandbox.
async fn browser(config: &Config, context: &Context, deadline: &Deadline) -> Vec<Check> {
    const NAME: &str = "browser";
    const SANDBOX: &str = "sandbox";
    let program = match chromium::find(config, context) {
        Ok(program) => program,
        Err(failure) => {
            return vec![Check::bad(NAME, failure.sentence(), failure.first_hint())];
        }
    };
    let version = match install::starts(&program, deadline).await {
        Ok(version) => version,
        Err(error) => {
            let hint = error.hint().unwrap_or_default();
            return vec![Check::bad(NAME, error.to_string(), hint)];
        }
    };
    let found = format!("{version}, {}", program.display());
    let Err(confined) = install::trial(&program, Confined::Yes, deadline).await else {
        let user = if rustix::process::geteuid().is_root() {
            "on; the browser runs as 'nobody', since you are root"
        } else {
            "on"
        };
        return vec![Check::good(NAME, found), Check::good(SANDBOX, user)];
    };
    match install::trial(&program, Confined::No, deadline).await {
        Ok(()) => vec![
            Check::good(NAME, found),
            Check::bad(
                SANDBOX,
                confined.to_string(),
                "allow unprivileged user namespaces, or run with --no-sandbox on trusted pages only",
            ),
        ],
        Err(error) => {
            let hint = error.hint().unwrap_or_default();
            vec![Check::bad(NAME, error.to_string(), hint)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_others_may_read_is_named_with_its_mend() {
        let temp = tempfile::tempdir().unwrap();
        fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let check = rights(temp.path());
        assert_eq!(check.state, State::Bad);
        assert!(check.mend.starts_with("run: chmod 700 "), "{}", check.mend);
        fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(rights(temp.path()).state, State::Good);
    }

    #[test]
    fn what_is_not_there_yet_is_no_fault() {
        let none = Path::new("/nonexistent/legwork");
        assert_eq!(rights(none).state, State::Note);
        assert_eq!(folder("mailbox", none).state, State::Note);
        assert_eq!(skills(none).state, State::Good);
    }
}
