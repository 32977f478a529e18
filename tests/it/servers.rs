//! The servers of tests/rig: started for a test, or once for all tests that need them at the same
//! time, and ended when the last one lets go of them.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, Weak};

use serde_json::Value;

/// Running servers.
pub(crate) struct Servers {
    kind: &'static str,
    folder: tempfile::TempDir,
    facts: Value,
}

impl Servers {
    /// Starts the servers of a kind, `mail` or `calendar`, with these options of the rig.
    pub(crate) fn up(kind: &'static str, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Dovecot runs under another user, who must be able to pass.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let output = rig(&format!("{kind}-up"), folder.path(), options);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "the {kind} servers did not start\n{said}"
        );
        let facts = serde_json::from_slice(&output.stdout).unwrap();
        Self {
            kind,
            folder,
            facts,
        }
    }

    /// Returns what `running` holds, starting it when there is nothing.
    pub(crate) fn shared<T>(running: &Mutex<Weak<T>>, start: impl FnOnce() -> T) -> Arc<T> {
        let mut running = running.lock().unwrap();
        if let Some(there) = running.upgrade() {
            return there;
        }
        let started = Arc::new(start());
        *running = Arc::downgrade(&started);
        started
    }

    /// Kills the mail server with all its processes, as a crash does.
    pub(crate) fn kill(&self) {
        self.does("mail-kill");
    }

    /// Starts the mail server again where it was.
    pub(crate) fn start_again(&self) {
        self.does("mail-again");
    }

    fn does(&self, command: &str) {
        let output = rig(command, self.folder.path(), &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {said}");
    }

    /// Where the servers keep what they do.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the servers said of themselves when they were started.
    pub(crate) fn fact(&self, name: &str) -> &Value {
        &self.facts[name]
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.facts[name].as_str().unwrap()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        let output = rig(&format!("{}-down", self.kind), self.folder.path(), &[]);
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            drop(writeln!(std::io::stderr(), "{said}"));
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the rig's own scripts start and end the servers"
)]
fn rig(command: &str, folder: &Path, options: &[&str]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rig/rig.py");
    let mut ran = Command::new(script);
    ran.arg(command)
        .arg(folder)
        .args(options)
        .stdin(Stdio::null());
    let hint = "apt-get install python3 python3-venv openssl dovecot-imapd";
    ran.output()
        .unwrap_or_else(|error| panic!("can't run tests/rig/rig.py ({error}): {hint}"))
}
