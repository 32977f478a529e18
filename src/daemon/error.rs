//! Why a session can't be reached or kept, by cause; what to do about each is in [`Error::hint`].

use std::io;
use std::path::PathBuf;

use crate::agent::start::StartError;
use crate::deadline::Ended;

/// Why a session can't be reached or kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name can't be a session's.
    #[error("'{name}' can't name a session")]
    Name {
        /// The name, made safe to show.
        name: String,
    },
    /// Nobody listens under that name.
    #[error("there is no session '{name}'")]
    NoSession {
        /// The session.
        name: String,
    },
    /// Its server ended without saying so, such as by `kill -9`.
    #[error("the session '{name}' was cut off: its server is gone{doing}")]
    CutOff {
        /// The session.
        name: String,
        /// What it was doing, with a comma before it; empty when idle.
        doing: String,
    },
    /// The server did not answer in time.
    #[error("the session '{name}' does not answer")]
    Silent {
        /// The session.
        name: String,
        /// What was waited for.
        #[source]
        source: Ended,
    },
    /// The server can't be started.
    #[error("the session '{name}' can't be started: {said}")]
    Start {
        /// The session.
        name: String,
        /// What it said, one line.
        said: String,
    },
    /// The server speaks another version's language.
    #[error("the session '{name}' was started by another version of legwork")]
    Version {
        /// The session.
        name: String,
    },
    /// A folder that must be ours alone is open to others, or somebody else's.
    #[error("{} is not a folder of yours alone", folder.display())]
    Open {
        /// The folder.
        folder: PathBuf,
    },
    /// A file or socket can't be made.
    #[error("can't use {}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The connection broke.
    #[error("the connection to the session '{name}' broke")]
    Broken {
        /// The session.
        name: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The run can't begin.
    #[error(transparent)]
    Run(#[from] StartError),
    /// The user stopped it.
    #[error(transparent)]
    Ended(#[from] Ended),
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Name { .. } => {
                "use up to 32 letters, digits, '-' and '_', such as --session work".to_owned()
            }
            Self::NoSession { name } => format!("start it with {}", open(name)),
            Self::CutOff { name, doing } if doing.is_empty() => {
                format!("start it again with {}", open(name))
            }
            Self::CutOff { name, .. } => format!(
                "look whether that took effect before you repeat it; start again with {}",
                open(name)
            ),
            Self::Silent { name, .. } | Self::Version { name } => {
                format!("end it with 'legwork web close --session {name}', then open again")
            }
            Self::Start { .. } => "run legwork doctor to see what is missing".to_owned(),
            Self::Open { folder } => {
                format!("make it yours alone: chmod 700 {}", folder.display())
            }
            Self::File { .. } => "check the folder's rights and the free space".to_owned(),
            Self::Broken { .. } => "look at the page with legwork web snapshot".to_owned(),
            Self::Run(error) => return error.hint(),
            Self::Ended(_) => return None,
        };
        Some(text)
    }
}

fn open(name: &str) -> String {
    format!("'legwork web open URL --session {name}'")
}
