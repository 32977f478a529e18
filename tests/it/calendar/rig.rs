//! A real `CalDAV` server (tests/rig), started once for all tests that need it at the same time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, Weak};

use legwork::calendar::dav::Account;
use legwork::secret::Secret;
use serde_json::Value;

static RUNNING: Mutex<Weak<Rig>> = Mutex::new(Weak::new());

/// Users whose calendars no test changes.
pub(crate) const READERS: [&str; 3] = ["alice", "bob", "carol"];
/// The user in whose calendars tests write, each in one of its own.
pub(crate) const WRITER: &str = "dora";
/// Users that one test each has to itself, because it looks at all of the user's calendars.
pub(crate) const ALONE: [&str; 5] = ["erin", "frank", "ivan", "uma", "vera"];

/// Users of both rigs who write to each other, in one test.
pub(crate) const PEN_FRIENDS: [&str; 2] = ["gwen", "hugo"];

/// A running server; ends when the last test lets go of it.
pub(crate) struct Rig {
    folder: tempfile::TempDir,
    facts: Value,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the rig's own scripts start and end the server"
)]
fn run(script: &str, folder: &Path) -> Output {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/rig")
        .join(script);
    let mut command = Command::new(path);
    command.arg(folder).stdin(Stdio::null());
    if script.ends_with("-up") {
        let users = [&READERS[..], &[WRITER], &ALONE, &PEN_FRIENDS].concat();
        let users = users.join(",");
        command.args(["--users", &users]);
    }
    command.output().unwrap_or_else(|error| {
        panic!(
            "can't start tests/rig/{script} ({error}): apt-get install python3 python3-venv openssl"
        )
    })
}

/// Returns the running server, starting it when there is none.
pub(crate) fn rig() -> Arc<Rig> {
    let mut running = RUNNING.lock().unwrap();
    if let Some(rig) = running.upgrade() {
        return rig;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = run("calendar-up", folder.path());
    assert!(
        output.status.success(),
        "tests/rig/calendar-up failed; on Debian: apt-get install python3 python3-venv openssl\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let facts = serde_json::from_slice(&output.stdout).unwrap();
    let rig = Arc::new(Rig { folder, facts });
    *running = Arc::downgrade(&rig);
    rig
}

impl Drop for Rig {
    fn drop(&mut self) {
        let output = run("calendar-down", self.folder.path());
        if !output.status.success() {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

impl Rig {
    /// The account of a user, by plain HTTP on the loopback.
    pub(crate) fn account(&self, user: &str) -> Account {
        Account {
            name: user.to_owned(),
            url: self.facts["http_url"].as_str().unwrap().parse().unwrap(),
            user: user.to_owned(),
            password: Secret::new("secret"),
            ca: None,
        }
    }

    /// The same by TLS with the rig's own authority.
    pub(crate) fn secure_account(&self, user: &str) -> Account {
        Account {
            url: self.facts["https_url"].as_str().unwrap().parse().unwrap(),
            ca: Some(PathBuf::from(self.facts["ca"].as_str().unwrap())),
            ..self.account(user)
        }
    }

    /// When a user is busy in 2026, as Python's recurring-ical-events has it.
    pub(crate) fn truth(&self, user: &str) -> Vec<(String, String, String)> {
        let text = fs::read(self.facts["truth"].as_str().unwrap()).unwrap();
        let truth: Value = serde_json::from_slice(&text).unwrap();
        serde_json::from_value(truth[user]["busy"].clone()).unwrap()
    }

    /// Makes an empty calendar on the server.
    pub(crate) async fn make_calendar(&self, user: &str, name: &str) {
        let method = reqwest::Method::from_bytes(b"MKCALENDAR").unwrap();
        let url = format!("{}{user}/{name}/", self.facts["http_url"].as_str().unwrap());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client
            .request(method, url)
            .basic_auth(user, Some("secret"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
    }
}
