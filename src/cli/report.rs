//! What a command could not do, by what the user can do about it, and the exit codes.
//!
//! An error is one sentence on stderr, its causes and its hints on lines of their own; with
//! `--json` it is one JSON object on stderr.

use std::fmt;
use std::io::{self, Write as _};

use crate::agent::record::Ending;
use crate::config::ConfigError;

use super::Paint;

/// Something broke inside.
pub const INTERNAL: u8 = 1;
/// The command line, or what it names, is wrong.
pub const USER: u8 = 2;
/// The configuration is wrong.
pub const CONFIG: u8 = 3;
/// A mailbox or calendar can't be used.
pub const ACCOUNT: u8 = 4;
/// The browser is missing or broke.
pub const BROWSER: u8 = 5;
/// The run says that it is done, but nothing could be read back to prove it.
pub const UNVERIFIED: u8 = 6;
/// The policy or the user refused what the run needed.
pub const REFUSED: u8 = 7;
/// A limit ended the run.
pub const HALTED: u8 = 8;
/// The goal was not reached.
pub const FAILED: u8 = 9;
/// The user stopped it, as shells say for Ctrl-C (128 + SIGINT).
pub const STOPPED: u8 = 130;

/// The table of exit codes as `--help` shows it; README repeats it.
pub const EXIT_CODES: &str = "\
Exit codes:
  0    done, and what it rests on was read back
  1    something broke inside legwork
  2    the command line is wrong, or names something that isn't there
  3    the configuration is wrong
  4    a mailbox or calendar can't be used
  5    the browser is missing or broke
  6    done as far as the planner knows, but nothing could be read back
  7    refused by the policy or by you
  8    halted by a limit
  9    the goal was not reached
  130  stopped by you";

/// Who can mend an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Us.
    Internal,
    /// Who typed the command.
    User,
    /// Who wrote the configuration.
    Config,
    /// Who owns the mailbox or calendar.
    Account,
    /// Who installs the browser.
    Browser,
}

impl Kind {
    /// The exit code of this kind.
    pub fn code(self) -> u8 {
        match self {
            Self::Internal => INTERNAL,
            Self::User => USER,
            Self::Config => CONFIG,
            Self::Account => ACCOUNT,
            Self::Browser => BROWSER,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::User => "user",
            Self::Config => "config",
            Self::Account => "account",
            Self::Browser => "browser",
        }
    }
}

/// Returns the exit code of a run that ended so.
pub fn exit_code(ending: &Ending) -> u8 {
    match ending {
        Ending::Verified { .. } => 0,
        Ending::Unverified { .. } => UNVERIFIED,
        Ending::Failed { .. } => FAILED,
        Ending::Refused { .. } => REFUSED,
        Ending::Halted { .. } => HALTED,
        Ending::Stopped {} => STOPPED,
        Ending::Broken { .. } => BROWSER,
    }
}

/// Why a command ended without what it was asked for.
#[derive(Debug)]
pub struct Failure {
    how: How,
    error: anyhow::Error,
    hints: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Error(Kind),
    /// Nobody reads stdout any more, such as after `| head`.
    Pipe,
    /// The user pressed Ctrl-C.
    Stopped,
}

impl Failure {
    /// Builds a failure of `kind` from what caused it.
    pub fn new(kind: Kind, error: impl Into<anyhow::Error>) -> Self {
        Self {
            how: How::Error(kind),
            error: error.into(),
            hints: Vec::new(),
        }
    }

    /// Builds a failure that is ours.
    pub fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self::new(Kind::Internal, error)
    }

    /// Builds a failure that the one who typed the command can mend.
    pub fn user(sentence: impl fmt::Display) -> Self {
        Self::new(Kind::User, anyhow::anyhow!("{sentence}"))
    }

    /// Builds the end that a closed stdout brings; it is no error.
    pub fn pipe() -> Self {
        Self {
            how: How::Pipe,
            ..Self::user("nobody reads the output")
        }
    }

    /// Builds the end that the user asked for.
    pub fn stopped() -> Self {
        Self {
            how: How::Stopped,
            ..Self::user("stopped by the user")
        }
    }

    /// Puts a clearer sentence before what was said so far, which becomes its cause.
    #[must_use]
    pub fn saying(mut self, sentence: impl fmt::Display + Send + Sync + 'static) -> Self {
        self.error = self.error.context(sentence);
        self
    }

    /// Adds what the user can do, one sentence.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what the user can do, where something is known.
    #[must_use]
    pub fn hint_if(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// Returns what went wrong, one sentence.
    pub fn sentence(&self) -> String {
        self.error.to_string()
    }

    /// Returns the first thing the user can do; empty when nothing is known.
    pub fn first_hint(&self) -> String {
        self.hints.first().cloned().unwrap_or_default()
    }

    /// Returns the exit code.
    pub fn code(&self) -> u8 {
        match self.how {
            How::Error(kind) => kind.code(),
            How::Pipe => 0,
            How::Stopped => STOPPED,
        }
    }

    /// Tells the user on stderr and returns the exit code.
    pub(super) fn tell(&self, json: bool) -> u8 {
        use std::io::IsTerminal as _;
        let paint =
            Paint::new(io::stderr().is_terminal() && !crate::config::Environment::read().no_color);
        let text = match self.how {
            How::Pipe => String::new(),
            How::Stopped | How::Error(_) if json => self.as_json(),
            How::Stopped | How::Error(_) => self.as_text(paint),
        };
        // Nobody listens on stderr either: the exit code still says it.
        drop(io::stderr().lock().write_all(text.as_bytes()));
        self.code()
    }

    fn as_text(&self, paint: Paint) -> String {
        let mut text = vec![format!("{} {}\n", paint.bad("error:"), self.error)];
        for cause in self.causes() {
            text.push(format!("{} {cause}\n", paint.dim("because:")));
        }
        for hint in &self.hints {
            text.push(format!("{} {hint}\n", paint.good("hint:")));
        }
        text.concat()
    }

    fn as_json(&self) -> String {
        let kind = match self.how {
            How::Error(kind) => kind.word(),
            How::Stopped => "stopped",
            How::Pipe => "pipe",
        };
        let object = serde_json::json!({
            "error": {
                "kind": kind,
                "message": self.error.to_string(),
                "causes": self.causes(),
                "hints": self.hints,
            }
        });
        format!("{object}\n")
    }

    /// The chain of causes; one that repeats the sentence above it says nothing new.
    fn causes(&self) -> Vec<String> {
        let mut above = self.error.to_string();
        let mut causes = Vec::new();
        for cause in self.error.chain().skip(1) {
            let text = cause.to_string();
            if !above.contains(&text) {
                causes.push(text.clone());
            }
            above = text;
        }
        causes
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::pipe();
        }
        Self::internal(error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let hint = error.hint();
        Self::new(Kind::Config, error).hint_if(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_a_sentence_its_cause_and_a_hint() {
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let failure = Failure::new(Kind::Config, denied)
            .saying("can't read config.toml")
            .hint("check its mode");
        assert_eq!(
            failure.as_text(Paint::new(false)),
            "error: can't read config.toml\nbecause: permission denied\nhint: check its mode\n"
        );
        assert_eq!(failure.code(), 3);
        assert_eq!(
            failure.as_json(),
            "{\"error\":{\"causes\":[\"permission denied\"],\"hints\":[\"check its mode\"],\
             \"kind\":\"config\",\"message\":\"can't read config.toml\"}}\n"
        );
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(failure.code(), 0);
    }

    #[test]
    fn every_ending_has_its_own_documented_code() {
        let reason = String::new;
        let endings = [
            Ending::Unverified {
                answer: reason(),
                saved: std::collections::BTreeMap::new(),
            },
            Ending::Refused { reason: reason() },
            Ending::Halted { reason: reason() },
            Ending::Failed {
                reason: reason(),
                hint: reason(),
            },
            Ending::Stopped {},
        ];
        let codes: Vec<u8> = endings.iter().map(exit_code).collect();
        assert_eq!(codes, [6, 7, 8, 9, 130]);
        for code in codes {
            assert!(EXIT_CODES.contains(&format!("\n  {code}")), "{code}");
        }
    }
}
