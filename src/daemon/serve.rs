//! Listens on the session's socket, lets in its owner only, and hands commands to the worker.
//!
//! Each connection has a task of its own. Closing and asking how it is never wait for the browser;
//! a command that can't have its turn soon is told what keeps it waiting.

use std::collections::{HashMap, VecDeque};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::geteuid;
use tokio::io::BufReader;
use tokio::net::{UnixListener, UnixStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::client::lock;
use super::error::Error;
use super::place::Place;
use super::protocol::{self, Answer, Order, REQUEST_BYTES_MAX, Reply, Request, VERSION};
use super::work::{Board, Job, Worker};
use crate::agent::by_hand;
use crate::agent::start::{Company, Setting, StartError, Task};
use crate::deadline::Deadline;

/// Commands that may wait for their turn; more are told to come again.
const QUEUE_MAX: usize = 16;
/// How long a command waits for its turn before it is told what keeps it.
const TURN_LIMIT: Duration = Duration::from_secs(10);
/// Connections at one time; more wait to be let in.
const CONNECTIONS_MAX: usize = 32;
/// How long a connection may stay silent.
const SILENCE_LIMIT: Duration = Duration::from_mins(1);
/// Answers that are kept for a command that comes again.
const ANSWERS_MAX: usize = 32;
/// A longer answer is not kept once it was taken: a large page would stay in memory.
const ANSWER_BYTES_KEPT: usize = 128 * 1024;
/// How long the work may take to stop before the browser is killed under it.
const STOP_LIMIT: Duration = Duration::from_millis(1_500);
/// How long answers may take to leave once all is over.
const FAREWELL_LIMIT: Duration = Duration::from_millis(500);
/// How long a dying server may hold on to the session's name.
const NAME_LIMIT: Duration = Duration::from_secs(10);

/// What a server is made of.
#[derive(Debug)]
pub struct Service<'a> {
    /// Where it listens.
    pub place: Place,
    /// How the run is described, and the browser's window and sandbox.
    pub task: Task,
    /// What it finds.
    pub setting: Setting<'a>,
    /// How long it waits for something to do before it ends.
    pub idle: Duration,
}

/// Serves one session until it is closed, idle, or without its browser; `ready` is called once it
/// listens.
///
/// # Errors
/// When it can't listen or its run can't begin; nothing is left behind then.
///
/// # Cancellation
/// Dropping it ends the browser and leaves the socket to be cleared by the next call.
pub async fn serve(
    service: &Service<'_>,
    ready: impl FnOnce(),
    deadline: Deadline,
) -> Result<(), Error> {
    let place = &service.place;
    // Whatever ends the caller's terminal is not for us; who leads a group already has left it.
    if let Err(error) = rustix::process::setsid() {
        tracing::debug!(%error, "stays in its terminal's session");
    }
    let _life = lock(place, place.life()?, &deadline.child(NAME_LIMIT)).await?;
    drop(place.clear());
    let listener = listen(place)?;
    let board = Board::default();
    let (mut approver, mut watcher) = (board.clone(), board.clone());
    let company = Company {
        approver: &mut approver,
        watcher: &mut watcher,
    };
    let begun = by_hand::begin(&service.task, &service.setting, company, deadline.clone());
    let session = begun.inspect_err(|_| place.forget())?;
    let worker = Worker::new(session, board.clone(), place, service.setting.home);
    let (jobs, mut inbox) = mpsc::channel(QUEUE_MAX);
    let (over, ended) = watch::channel(false);
    let desk = Arc::new(Desk {
        jobs,
        board,
        ended,
        deadline: deadline.clone(),
        ledger: Mutex::default(),
    });
    let mut front = JoinSet::new();
    front.spawn(welcome(listener, Arc::clone(&desk)));
    front.spawn(obey_signals(deadline.clone()));
    ready();
    let work = Box::pin(worker.run(&mut inbox, service.idle, &deadline));
    let worked = tokio::select! {
        worked = work => worked,
        () = stopped_long_ago(&deadline) => {
            tracing::warn!("the browser did not let go in time and was killed");
            Ok(())
        }
    };
    place.forget();
    // Everyone who waits is told, and the answers get their time to leave.
    deadline.stop();
    over.send_replace(true);
    drop(inbox);
    let farewell = async { while front.join_next().await.is_some() {} };
    drop(
        Deadline::after(FAREWELL_LIMIT)
            .bound("the last answers", farewell)
            .await,
    );
    worked.map_err(|error| StartError::Journal(error).into())
}

fn listen(place: &Place) -> Result<UnixListener, Error> {
    let file = place.socket();
    let fail = |source| Error::File {
        file: file.clone(),
        source,
    };
    let listener = UnixListener::bind(&file).map_err(fail)?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).map_err(fail)?;
    Ok(listener)
}

/// Ends [`STOP_LIMIT`] after the stop signal.
async fn stopped_long_ago(deadline: &Deadline) {
    let never = std::future::pending::<()>();
    drop(deadline.bound("the stop signal", never).await);
    let never = std::future::pending::<()>();
    drop(
        Deadline::after(STOP_LIMIT)
            .bound("the work to stop", never)
            .await,
    );
}

/// Turns the signals that end a process into an end in order.
async fn obey_signals(deadline: Deadline) {
    let kinds = [SignalKind::terminate(), SignalKind::hangup()];
    let [Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else {
        return;
    };
    let signalled = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    };
    if deadline.bound("a signal", signalled).await.is_ok() {
        deadline.stop();
    }
}

/// Lets in connections of our own user, until the session is over.
async fn welcome(listener: UnixListener, desk: Arc<Desk>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= CONNECTIONS_MAX {
            connections.join_next().await;
        }
        match desk.deadline.bound("a connection", listener.accept()).await {
            Ok(Ok((stream, _))) if is_ours(&stream) => {
                connections.spawn(talk(stream, Arc::clone(&desk)));
            }
            Ok(Ok(_)) => tracing::warn!("a connection of another user was refused"),
            Ok(Err(error)) => tracing::warn!(%error, "a connection failed"),
            Err(_) => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

fn is_ours(stream: &UnixStream) -> bool {
    let peer = stream.peer_cred();
    peer.is_ok_and(|peer| peer.uid() == geteuid().as_raw())
}

/// Answers the commands of one connection.
async fn talk(stream: UnixStream, desk: Arc<Desk>) {
    let (from, mut to) = stream.into_split();
    let mut from = BufReader::new(from);
    loop {
        let silence = desk.deadline.child(SILENCE_LIMIT);
        let line = protocol::read(&mut from, REQUEST_BYTES_MAX);
        let request: Request = match silence.bound("a command", line).await {
            Ok(Ok(Some(request))) => request,
            Ok(Ok(None)) | Err(_) => return,
            Ok(Err(error)) => {
                tracing::warn!(%error, "a command could not be read");
                return;
            }
        };
        let id = request.id.clone();
        let answer = desk.answer(request).await;
        let reply = Reply { id, answer };
        match protocol::write(&mut to, &reply).await {
            Ok(bytes) if bytes > ANSWER_BYTES_KEPT => desk.shorten(&reply.id),
            Ok(_) => {}
            Err(error) => {
                tracing::info!(%error, "an answer found nobody");
                return;
            }
        }
    }
}

/// What the socket's side works with.
struct Desk {
    jobs: mpsc::Sender<Job>,
    board: Board,
    ended: watch::Receiver<bool>,
    deadline: Deadline,
    ledger: Mutex<Ledger>,
}

/// Commands that came lately, with their answers once there are any.
#[derive(Default)]
struct Ledger {
    answers: HashMap<String, watch::Receiver<Option<Answer>>>,
    order: VecDeque<String>,
}

impl Ledger {
    /// Enters a command; gives where its answer goes when it is new, else where it comes from.
    fn enter(&mut self, id: &str) -> Entry {
        if let Some(answer) = self.answers.get(id) {
            return Entry::Known(answer.clone());
        }
        let (writer, answer) = watch::channel(None);
        self.answers.insert(id.to_owned(), answer);
        self.order.push_back(id.to_owned());
        while self.order.len() > ANSWERS_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.answers.remove(&oldest);
            }
        }
        Entry::New(writer)
    }
}

enum Entry {
    New(watch::Sender<Option<Answer>>),
    Known(watch::Receiver<Option<Answer>>),
}

impl Desk {
    async fn answer(&self, request: Request) -> Answer {
        match &request.order {
            Order::Close {} => return self.close().await,
            Order::Act { .. }
            | Order::Look { .. }
            | Order::Traffic { .. }
            | Order::Rules { .. }
            | Order::Login { .. }
            | Order::Status {} => {}
        }
        if request.version != VERSION {
            return Answer::OtherVersion {};
        }
        if matches!(request.order, Order::Status {}) {
            return Answer::Status(self.board.situation());
        }
        let entry = {
            let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
            ledger.enter(&request.id)
        };
        match entry {
            Entry::New(writer) => {
                let answer = self.have_done(request).await;
                writer.send_replace(Some(answer.clone()));
                answer
            }
            Entry::Known(mut answer) => {
                let known = answer.wait_for(Option::is_some).await;
                known.map_or_else(
                    |_| closed_meanwhile(),
                    |known| known.clone().unwrap_or_else(closed_meanwhile),
                )
            }
        }
    }

    /// Keeps of a long answer that was taken only that its command was done.
    fn shorten(&self, id: &str) {
        let done = Answer::Lost {
            reason: "it was done, and its answer was taken".to_owned(),
            hint: "look at the page with legwork web snapshot".to_owned(),
        };
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = ledger.answers.get_mut(id) {
            *known = watch::channel(Some(done)).1;
        }
    }

    /// Gives the stop signal and waits until nothing is left of the session.
    async fn close(&self) -> Answer {
        self.deadline.stop();
        let mut ended = self.ended.clone();
        // A server that is gone has ended too.
        drop(ended.wait_for(|ended| *ended).await);
        Answer::Closed {}
    }

    /// Hands a command to the worker and waits for its answer.
    async fn have_done(&self, request: Request) -> Answer {
        let deadline = self.deadline.child(request.limit());
        let claimed = Arc::new(AtomicBool::new(false));
        let (answer, mut answered) = oneshot::channel();
        let job = Job {
            order: request.order,
            deadline: deadline.clone(),
            claimed: Arc::clone(&claimed),
            answer,
        };
        if self.jobs.try_send(job).is_err() {
            return self.busy();
        }
        let turn = deadline.child(TURN_LIMIT);
        match turn.bound("its turn", &mut answered).await {
            Ok(answer) => answer.unwrap_or_else(|_| closed_meanwhile()),
            // Not begun: it never will be.
            Err(_) if !claimed.swap(true, Ordering::SeqCst) => self.busy(),
            // Begun: its own deadline ends it.
            Err(_) => answered.await.unwrap_or_else(|_| closed_meanwhile()),
        }
    }

    fn busy(&self) -> Answer {
        let situation = self.board.situation();
        let what = situation.doing.unwrap_or_else(|| "ending".to_owned());
        Answer::Refused {
            reason: format!("the session is busy since {} s: {what}", situation.seconds),
            hint: "wait for it, or end it with legwork web close".to_owned(),
        }
    }
}

fn closed_meanwhile() -> Answer {
    Answer::Lost {
        reason: "the session was closed meanwhile".to_owned(),
        hint: "see what was done with legwork journal show last".to_owned(),
    }
}
