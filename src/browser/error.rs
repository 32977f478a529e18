//! Why the browser can't go on, by cause; what a user can do about each is in [`Error::hint`].

use std::io;
use std::path::PathBuf;

use crate::deadline::Ended;

/// Why the browser can't go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no browser on this machine, or none where the user said.
    #[error("there is no browser at {looked}")]
    NotFound {
        /// Where it was looked for.
        looked: String,
    },
    /// The program can't be started.
    #[error("can't start {}", program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// As root the browser runs as another user, who can't reach the program.
    #[error("{} can't be run as an unprivileged user: {} is closed to others", program.display(), folder.display())]
    Closed {
        /// The program.
        program: PathBuf,
        /// The folder that others may not enter.
        folder: PathBuf,
    },
    /// The program started but ended or stayed silent instead of answering.
    #[error("{} did not become ready: {output}", program.display())]
    Startup {
        /// The program.
        program: PathBuf,
        /// The last it wrote to standard error, one line.
        output: String,
    },
    /// No browser answers where one was said to run.
    #[error("no browser can be reached at {address}: {reason}")]
    Unreachable {
        /// Where it was looked for.
        address: String,
        /// What went wrong.
        reason: String,
    },
    /// A window was asked for where there is no screen.
    #[error("there is no display to show a window on")]
    NoDisplay,
    /// The profile folder or the pipes can't be made.
    #[error("can't make the browser's private folder")]
    Profile(#[source] io::Error),
    /// The browser process is gone.
    #[error("the browser has ended")]
    Gone,
    /// The tab or frame was closed while it was worked on.
    #[error("the tab was closed")]
    Detached,
    /// The page's process crashed.
    #[error("the page crashed")]
    Crashed,
    /// The page asks something and does nothing else until it is answered.
    #[error("the page waits for an answer to its dialog")]
    Blocked,
    /// The browser refused a command.
    #[error("the browser refused {method}: {message}")]
    Refused {
        /// The command.
        method: String,
        /// What it says.
        message: String,
    },
    /// The browser's answer is not what its protocol promises.
    #[error("the browser's answer to {method} can't be read")]
    Garbled {
        /// The command.
        method: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The time limit passed or the user stopped the run.
    #[error(transparent)]
    Ended(#[from] Ended),
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NotFound { .. } => "run legwork setup, or set LEGWORK_CHROMIUM to a Chromium",
            Self::Program { .. } => "check that the file is a Chromium for this machine",
            Self::Closed { .. } => {
                "as root the browser runs as nobody to stay confined; put it where all may read it, \
                 such as /opt, or run legwork as an ordinary user"
            }
            Self::Unreachable { .. } => {
                "start it with --remote-debugging-port=9222 and a --user-data-dir of its own"
            }
            Self::NoDisplay => {
                "log in to a desktop, or set DISPLAY, for example by running under xvfb-run"
            }
            Self::Startup { .. } => "run legwork doctor to see what the browser lacks",
            Self::Profile(_) => "check the rights and the free space of the temporary folder",
            Self::Gone => "run it again; if it ends again, check the free memory",
            Self::Crashed => "open the page again",
            Self::Detached => "switch to an open tab",
            Self::Blocked => "answer the dialog first",
            Self::Refused { .. } | Self::Garbled { .. } => {
                "this Chromium may be too old or too new; run legwork setup"
            }
            Self::Ended(_) => return None,
        };
        Some(text.to_owned())
    }

    /// Says whether the whole session is lost, not only one tab or one call.
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::Gone
            | Self::NotFound { .. }
            | Self::Program { .. }
            | Self::Closed { .. }
            | Self::Startup { .. }
            | Self::Unreachable { .. }
            | Self::NoDisplay
            | Self::Profile(_) => true,
            Self::Detached
            | Self::Crashed
            | Self::Blocked
            | Self::Refused { .. }
            | Self::Garbled { .. }
            | Self::Ended(_) => false,
        }
    }

    /// Says whether the document that a script ran in is no longer there.
    pub(crate) fn is_document_gone(&self) -> bool {
        // The texts of V8's inspector (v8/src/inspector) and Chromium's session handling.
        const TEXTS: [&str; 5] = [
            "Cannot find context",
            "Execution context was destroyed",
            "navigated or closed",
            "uniqueContextId not found",
            "No frame for given id",
        ];
        matches!(self, Self::Refused { message, .. }
            if TEXTS.iter().any(|text| message.contains(text)))
    }
}
