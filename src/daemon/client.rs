//! Reaches a session's server, starts it when there is none, and says so when it was cut off.
//!
//! A command is sent again only under its own id, which the server does once; it is never sent to
//! another server than the one that may have done it.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::process::Command;

use super::error::Error;
use super::place::{Note, Place};
use super::protocol::{self, Answer, Order, REPLY_BYTES_MAX, Reply, Request, Situation, VERSION};
use crate::agent::journal::Archive;
use crate::deadline::{Deadline, Ended};
use crate::home::Home;
use crate::untrusted;

/// How long a server may take to listen: it opens mailbox, calendar and journal first.
const START_LIMIT: Duration = Duration::from_secs(20);
/// How long a server that ends may take to let go of the session's name.
const END_LIMIT: Duration = Duration::from_secs(5);
/// How long a server whose connection broke may take to be dead, if it is.
const DEATH_LIMIT: Duration = Duration::from_secs(1);
/// What an answer may take beyond the command's own limit: waiting for the turn, a last look.
const ANSWER_MARGIN: Duration = Duration::from_secs(40);
/// How long the server may take to answer what never waits for the browser.
const QUICK_LIMIT: Duration = Duration::from_secs(4);
/// How the allocator of a server is to work (mallopt(3)): it lives for long and sees large pages
/// now and then, so what it no longer needs goes back to the system instead of being kept.
const ALLOCATOR: [(&str, &str); 4] = [
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_MMAP_THRESHOLD_", "65536"),
    ("MALLOC_TOP_PAD_", "65536"),
    ("MALLOC_TRIM_THRESHOLD_", "131072"),
];
/// What a server says first when it listens.
pub const READY: &str = "ready";

/// How to start a server: this program with these arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    /// What follows the program's name.
    pub arguments: Vec<OsString>,
    /// Folder of all state, when the XDG folders are not used.
    pub home: Option<PathBuf>,
}

/// One command.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// What is to be done.
    pub order: Order,
    /// How long it may take.
    pub limit: Duration,
}

/// A session as listed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// How it is; none when it does not answer.
    #[serde(flatten)]
    pub situation: Option<Situation>,
}

/// Speaks to one session.
#[derive(Debug)]
pub struct Client<'a> {
    place: Place,
    home: &'a Home,
}

/// What was found where no server listens.
enum Gone {
    /// It ended in order, or never was.
    InOrder,
    /// It was killed.
    CutOff(Note),
}

impl<'a> Client<'a> {
    /// Speaks to the session at `place`.
    pub fn new(place: Place, home: &'a Home) -> Self {
        Self { place, home }
    }

    /// Has the running session carry out one command.
    ///
    /// # Errors
    /// [`Error::NoSession`], [`Error::CutOff`] when its server was killed, [`Error::Silent`],
    /// [`Error::Broken`], [`Error::Version`] or [`Error::Ended`].
    ///
    /// # Cancellation
    /// The server goes on with the command.
    pub async fn ask(&self, ask: &Ask, deadline: &Deadline) -> Result<Answer, Error> {
        let request = Request {
            version: VERSION,
            id: format!("{:032x}", fastrand::u128(..)),
            limit_ms: u64::try_from(ask.limit.as_millis()).unwrap_or(u64::MAX),
            order: ask.order.clone(),
        };
        let limit = match ask.order {
            Order::Act { .. }
            | Order::Look { .. }
            | Order::Traffic { .. }
            | Order::Rules { .. }
            | Order::Login { .. } => ask.limit + ANSWER_MARGIN,
            Order::Status {} | Order::Close {} => QUICK_LIMIT,
        };
        let deadline = deadline.child(limit);
        let stream = self.connect(&deadline).await?;
        let server = process(&stream);
        let first = self.send(stream, &request, &deadline).await;
        let Err(Error::Broken { .. }) = first else {
            return first;
        };
        // A server that dies still takes connections for a moment; its lock tells.
        match self.gone(&deadline.child(DEATH_LIMIT)).await {
            Ok(Gone::CutOff(note)) => return Err(self.cut_off(&note)),
            Ok(Gone::InOrder) => return first,
            Err(_) => {}
        }
        // The same id: the server that has it already answers without doing it again. One that was
        // started meanwhile knows nothing of it.
        let stream = self.connect(&deadline).await?;
        if process(&stream) != server {
            return first;
        }
        self.send(stream, &request, &deadline).await
    }

    /// Makes sure that a server runs; returns what there is to say of the one before.
    ///
    /// # Errors
    /// [`Error::Start`] with what the server said, or as [`Client::ask`].
    ///
    /// # Cancellation
    /// A server that was started stays, and ends when idle.
    pub async fn start(
        &self,
        launcher: &Launcher,
        deadline: &Deadline,
    ) -> Result<Option<String>, Error> {
        let deadline = deadline.child(START_LIMIT);
        let _starting = lock(&self.place, self.place.start()?, &deadline).await?;
        if UnixStream::connect(self.place.socket()).await.is_ok() {
            return Ok(None);
        }
        let note = match self.gone(&deadline).await? {
            Gone::InOrder => None,
            Gone::CutOff(note) => Some(self.cut_off(&note).to_string()),
        };
        let launching = self.launch(launcher);
        deadline.bound("the session to start", launching).await??;
        Ok(note)
    }

    /// Ends the session, whatever it is doing, and waits until its process is gone; returns what
    /// there is to say when it was cut off before.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn close(&self, deadline: &Deadline) -> Result<Option<String>, Error> {
        let ask = Ask {
            order: Order::Close {},
            limit: QUICK_LIMIT,
        };
        match self.ask(&ask, deadline).await {
            // It left before its answer did, which is what was asked for.
            Ok(_) | Err(Error::Broken { .. } | Error::NoSession { .. }) => {}
            Err(error @ Error::CutOff { .. }) => return Ok(Some(error.to_string())),
            Err(error) => return Err(error),
        }
        self.gone(&deadline.child(END_LIMIT)).await?;
        Ok(None)
    }

    /// Lists all sessions, and clears away what dead ones left.
    pub async fn list(home: &Home, deadline: &Deadline) -> Vec<Listed> {
        let mut found = Vec::new();
        for place in Place::all(home) {
            let name = place.name().to_string();
            let ask = Ask {
                order: Order::Status {},
                limit: QUICK_LIMIT,
            };
            let situation = match Client::new(place, home).ask(&ask, deadline).await {
                Ok(Answer::Status(situation)) => Some(situation),
                Err(Error::NoSession { .. } | Error::CutOff { .. }) => continue,
                Ok(_) | Err(_) => None,
            };
            found.push(Listed { name, situation });
        }
        found
    }

    async fn connect(&self, deadline: &Deadline) -> Result<UnixStream, Error> {
        let socket = self.place.socket();
        if let Ok(stream) = UnixStream::connect(&socket).await {
            return Ok(stream);
        }
        // Somebody may just be starting it.
        {
            let _starting = lock(&self.place, self.place.start()?, deadline).await?;
            if let Ok(stream) = UnixStream::connect(&socket).await {
                return Ok(stream);
            }
        }
        match self.gone(&deadline.child(END_LIMIT)).await? {
            Gone::InOrder => Err(Error::NoSession { name: self.name() }),
            Gone::CutOff(note) => Err(self.cut_off(&note)),
        }
    }

    /// Waits until no server lives here, and clears away what it left.
    async fn gone(&self, deadline: &Deadline) -> Result<Gone, Error> {
        let _life = lock(&self.place, self.place.life()?, deadline).await?;
        Ok(self.place.clear().map_or(Gone::InOrder, Gone::CutOff))
    }

    fn cut_off(&self, note: &Note) -> Error {
        let steps = Archive::open(self.home).and_then(|archive| archive.cut_off());
        let step = steps.unwrap_or_default().into_iter();
        let doing = step
            .filter(|(run, _)| *run == note.run)
            .map(|(_, step)| format!(", in the middle of: {}", untrusted::line(&step.title, 200)))
            .next_back();
        Error::CutOff {
            name: self.name(),
            doing: doing.unwrap_or_default(),
        }
    }

    async fn send(
        &self,
        stream: UnixStream,
        request: &Request,
        deadline: &Deadline,
    ) -> Result<Answer, Error> {
        let broken = |source| Error::Broken {
            name: self.name(),
            source,
        };
        let (from, mut to) = stream.into_split();
        let mut from = BufReader::new(from);
        let talk = async {
            protocol::write(&mut to, request).await?;
            let reply: Option<Reply> = protocol::read(&mut from, REPLY_BYTES_MAX).await?;
            reply.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
        };
        let reply = match deadline.bound("its answer", talk).await {
            Ok(reply) => reply.map_err(broken)?,
            Err(Ended::Stopped) => return Err(Ended::Stopped.into()),
            Err(source) => {
                let name = self.name();
                return Err(Error::Silent { name, source });
            }
        };
        if reply.id != request.id {
            return Err(broken(io::ErrorKind::InvalidData.into()));
        }
        if reply.answer == (Answer::OtherVersion {}) {
            return Err(Error::Version { name: self.name() });
        }
        Ok(reply.answer)
    }

    /// Starts the server and waits until it listens.
    async fn launch(&self, launcher: &Launcher) -> Result<(), Error> {
        let start = |said: String| Error::Start {
            name: self.name(),
            said,
        };
        let program = std::env::current_exe().map_err(|error| start(error.to_string()))?;
        let file = self.place.log();
        let log = crate::home::write_private(&file, b"")
            .and_then(|()| File::options().append(true).open(&file))
            .map_err(|source| Error::File {
                file: file.clone(),
                source,
            })?;
        // Nothing of ours is handed down: who reads our output must not wait for the server's end.
        let mut command = Command::new(program);
        command
            .args(&launcher.arguments)
            .envs(ALLOCATOR)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        if let Some(home) = &launcher.home {
            let home = std::path::absolute(home).unwrap_or_else(|_| home.clone());
            command.env("LEGWORK_HOME", home);
        }
        let mut server = command.spawn().map_err(|error| start(error.to_string()))?;
        let mut said = String::new();
        if let Some(out) = server.stdout.take() {
            let mut out = BufReader::new(out);
            let read = out.read_line(&mut said).await;
            read.map_err(|error| start(error.to_string()))?;
        }
        if said.trim_end() == READY {
            return Ok(());
        }
        let log = std::fs::read_to_string(&file).unwrap_or_default();
        let log = untrusted::line(&log, 500);
        if !log.trim().is_empty() {
            return Err(start(log));
        }
        // Killed, it says nothing itself.
        let ended = server.wait().await;
        Err(start(ended.map_or_else(
            |error| error.to_string(),
            |status| format!("it ended without a word ({status})"),
        )))
    }

    fn name(&self) -> String {
        self.place.name().to_string()
    }
}

/// The process at the other end.
fn process(stream: &UnixStream) -> Option<i32> {
    stream.peer_cred().ok().and_then(|peer| peer.pid())
}

/// Takes the lock of `file` as soon as it is free; it is held until the file is dropped.
pub(super) async fn lock(place: &Place, file: File, deadline: &Deadline) -> Result<File, Error> {
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {}
        Err(std::fs::TryLockError::Error(source)) => {
            let file = place.socket();
            return Err(Error::File { file, source });
        }
    }
    // Waiting for a lock blocks a thread; it ends with the process at the latest.
    let waiting = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
    let waited = deadline.bound("the session's name", waiting).await;
    let waited = waited.map_err(|source| Error::Silent {
        name: place.name().to_string(),
        source,
    })?;
    let locked = waited.map_err(io::Error::other).and_then(|locked| locked);
    locked.map_err(|source| Error::File {
        file: place.socket(),
        source,
    })
}
