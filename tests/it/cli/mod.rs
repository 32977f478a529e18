//! The program as users run it: real processes, a home of their own, output made comparable.

mod account;
mod cal;
mod cal_bad;
mod cal_change;
mod cal_post;
mod cal_servers;
mod cal_sync;
mod doctor;
mod help;
mod journal;
mod mail;
mod mail_server;
mod post;
mod reading;
mod terminal;
mod triage;
mod undo;
mod unsubscribe;
mod web;
mod web_faults;
mod web_gestures;
mod web_logins;
mod web_traffic;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A temporary home, and the program run in it.
pub(crate) struct TestEnv {
    home: tempfile::TempDir,
}

/// What a run of the program left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl TestEnv {
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::Builder::new()
                .permissions(std::fs::Permissions::from_mode(0o700))
                .tempdir()
                .unwrap(),
        }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// A command that knows nothing of the user who runs the tests.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_legwork"));
        command.args(arguments);
        command
    }

    /// As [`TestEnv::command`], for a program that starts ours.
    #[expect(clippy::disallowed_methods, reason = "tests run the program itself")]
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LEGWORK_HOME", self.home())
            .env("COLUMNS", "100")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.ran(&self.command(arguments).output().unwrap())
    }

    pub(crate) fn ran(&self, output: &Output) -> Ran {
        let home = self.home().display().to_string();
        let clean = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&home, "[HOME]");
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: clean(&output.stdout),
            stderr: clean(&output.stderr),
        }
    }
}
