//! Speaks the `DevTools` protocol: sends commands, matches replies, keeps [`State`] up to date.
//!
//! One task owns the pipes. Every call has a deadline; when a page closes or crashes, or the
//! browser dies, all calls that wait on it fail at once. Dialogs are answered here, so that none
//! ever blocks a call. Commands and replies are chromiumoxide's types.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chromiumoxide::Command;
use chromiumoxide::cdp::browser_protocol::target::CloseTargetParams;
use chromiumoxide::cdp::js_protocol::runtime::RunIfWaitingForDebuggerParams;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::asks::Answers;
use super::error::Error;
use super::events::{Event, FrameTreeReply};
use super::line::{Line, Outgoing};
use super::record::{self, Record};
use super::rules::Rules;
use super::set_up::{self, Ready};
use super::state::{Order, State};
use crate::deadline::Deadline;

/// Commands that may wait to be sent; callers wait beyond it.
const JOBS_MAX: usize = 256;
/// Longest time for one command unless the caller's deadline is nearer.
pub(super) const CALL_LIMIT: Duration = Duration::from_secs(10);

/// A handle on the browser's protocol.
#[derive(Debug)]
pub(super) struct Driver {
    jobs: mpsc::Sender<Job>,
    state: watch::Receiver<State>,
    /// Commands sent so far, to prove what an action costs.
    sent: AtomicU64,
    // Dropping it ends the task, which closes the pipes, which ends the browser.
    _task: JoinSet<()>,
}

enum Job {
    Call {
        session: Option<String>,
        method: String,
        params: Box<RawValue>,
        reply: oneshot::Sender<Reply>,
    },
    Answers(Answers),
    AdoptPopups,
    Record(Box<dyn FnOnce(&mut Record) + Send>),
    Rules(Box<dyn FnOnce(&mut Rules) + Send>),
}

type Reply = Result<Box<RawValue>, Error>;

/// A command that was sent and whose reply is still to come.
#[derive(Debug)]
pub(super) struct Sent<R> {
    method: String,
    reply: oneshot::Receiver<Reply>,
    limit: Duration,
    kind: PhantomData<R>,
}

impl<R: DeserializeOwned> Sent<R> {
    /// Lets only the caller's deadline end the wait.
    pub(super) fn unhurried(&mut self) {
        self.limit = Duration::from_hours(1);
    }

    /// Waits for the reply.
    ///
    /// # Errors
    /// See [`Driver::call`].
    pub(super) async fn wait(self, deadline: &Deadline) -> Result<R, Error> {
        let raw = deadline
            .child(self.limit)
            .bound(&self.method, self.reply)
            .await?
            .map_err(|_| Error::Gone)??;
        serde_json::from_str(raw.get()).map_err(|source| Error::Garbled {
            method: self.method,
            source,
        })
    }
}

impl Driver {
    /// Starts to speak over `line`.
    pub(super) fn start(line: Line) -> Self {
        let (jobs, inbox) = mpsc::channel(JOBS_MAX);
        let (writer, state) = watch::channel(State::default());
        let mut task = JoinSet::new();
        task.spawn(
            Engine {
                line,
                inbox,
                state: writer,
                record: Record::default(),
                rules: Rules::default(),
                waiting: HashMap::new(),
                next_id: 0,
            }
            .run(),
        );
        Self {
            jobs,
            state,
            sent: AtomicU64::new(0),
            _task: task,
        }
    }

    /// How many commands were sent so far.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// What is known of the browser, to read and to wait on.
    pub(super) fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Sends `command` and returns before it is answered, so that several travel together.
    ///
    /// # Errors
    /// [`Error::Gone`] when the browser has ended, [`Error::Ended`] by the deadline.
    pub(super) async fn send<C: Command>(
        &self,
        session: Option<&str>,
        command: C,
        deadline: &Deadline,
    ) -> Result<Sent<C::Response>, Error> {
        self.send_for(session, command, deadline).await
    }

    /// As [`Driver::send`], with the reply read as `R` instead of the command's own type.
    ///
    /// # Errors
    /// See [`Driver::send`].
    pub(super) async fn send_for<R, C: Command>(
        &self,
        session: Option<&str>,
        command: C,
        deadline: &Deadline,
    ) -> Result<Sent<R>, Error> {
        let method = command.identifier().into_owned();
        let params = to_raw_value(&command).map_err(|source| Error::Garbled {
            method: method.clone(),
            source,
        })?;
        self.sent.fetch_add(1, Ordering::Relaxed);
        let (reply, receiver) = oneshot::channel();
        let job = Job::Call {
            session: session.map(str::to_owned),
            method: method.clone(),
            params,
            reply,
        };
        deadline
            .bound(&method, self.jobs.send(job))
            .await?
            .map_err(|_| Error::Gone)?;
        Ok(Sent {
            method,
            reply: receiver,
            limit: CALL_LIMIT,
            kind: PhantomData,
        })
    }

    /// Sends `command` and waits for its reply.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Detached`] or [`Error::Crashed`] as soon as that is known,
    /// [`Error::Refused`] and [`Error::Garbled`] by the reply, [`Error::Ended`] by the deadline.
    pub(super) async fn call<C: Command>(
        &self,
        session: Option<&str>,
        command: C,
        deadline: &Deadline,
    ) -> Result<C::Response, Error> {
        self.send(session, command, deadline)
            .await?
            .wait(deadline)
            .await
    }

    /// Says how dialogs are answered from now on.
    ///
    /// # Errors
    /// [`Error::Gone`] when the browser has ended.
    pub(super) async fn answer_dialogs(&self, answers: Answers) -> Result<(), Error> {
        let sent = self.jobs.send(Job::Answers(answers)).await;
        sent.map_err(|_| Error::Gone)
    }

    /// Attaches from now on to each tab that one of ours opens.
    ///
    /// # Errors
    /// [`Error::Gone`] when the browser has ended.
    pub(super) async fn adopt_popups(&self) -> Result<(), Error> {
        let sent = self.jobs.send(Job::AdoptPopups).await;
        sent.map_err(|_| Error::Gone)
    }

    /// Works on what was written down, and returns what came of it.
    ///
    /// # Errors
    /// [`Error::Gone`] when the browser has ended.
    pub(super) async fn with_record<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Record) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (done, result) = oneshot::channel();
        let work = Box::new(move |record: &mut Record| drop(done.send(work(record))));
        let sent = self.jobs.send(Job::Record(work)).await;
        sent.map_err(|_| Error::Gone)?;
        result.await.map_err(|_| Error::Gone)
    }

    /// Works on the rules, and returns what came of it.
    ///
    /// # Errors
    /// [`Error::Gone`] when the browser has ended.
    pub(super) async fn with_rules<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Rules) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (done, result) = oneshot::channel();
        let work = Box::new(move |rules: &mut Rules| drop(done.send(work(rules))));
        let sent = self.jobs.send(Job::Rules(work)).await;
        sent.map_err(|_| Error::Gone)?;
        result.await.map_err(|_| Error::Gone)
    }

    /// Names the requests that a rule answered.
    ///
    /// # Errors
    /// [`Error::Gone`] when the browser has ended.
    pub(super) async fn ruled(&self) -> Result<Vec<String>, Error> {
        self.with_rules(|rules| rules.answered()).await
    }

    /// Sends `commands` to `session` and waits until all were answered; what the page refuses or
    /// is too busy for is left.
    ///
    /// # Errors
    /// [`Error::Gone`], or [`Error::Ended`] by the caller's deadline.
    pub(super) async fn order(
        &self,
        session: &str,
        commands: Vec<Ready>,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let mut under_way = Vec::new();
        for (method, params) in commands {
            let raw = Raw(method, params);
            under_way.push(self.send_for(Some(session), raw, deadline).await?);
        }
        for sent in under_way {
            let sent: Sent<serde::de::IgnoredAny> = sent;
            match sent.wait(deadline).await {
                Err(error) if error.is_fatal() || deadline.is_over() => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Waits until everything that `sessions` told so far has been taken in.
    ///
    /// # Errors
    /// [`Error::Gone`], or [`Error::Ended`] by the caller's deadline; a page that hangs is left.
    pub(super) async fn drain(&self, sessions: &[String], limit: &Deadline) -> Result<(), Error> {
        let mut under_way = Vec::new();
        for session in sessions {
            let params = chromiumoxide::cdp::js_protocol::runtime::EvaluateParams::new("0");
            let session = Some(session.as_str());
            let sent: Sent<serde::de::IgnoredAny> = self.send_for(session, params, limit).await?;
            under_way.push(sent);
        }
        for sent in under_way {
            if let Err(Error::Gone) = sent.wait(limit).await {
                return Err(Error::Gone);
            }
        }
        Ok(())
    }

    /// Waits until `is_so` of the state, or the deadline; says whether it became so.
    ///
    /// # Errors
    /// [`Error::Gone`] when the browser ends, [`Error::Ended`] when the user stops.
    pub(super) async fn wait_until(
        &self,
        deadline: &Deadline,
        is_so: impl FnMut(&State) -> bool,
    ) -> Result<bool, Error> {
        let mut state = self.state.clone();
        let waited = deadline.bound("the page", state.wait_for(is_so)).await;
        match waited {
            Ok(Ok(_)) => Ok(true),
            Ok(Err(_)) => Err(Error::Gone),
            Err(ended @ crate::deadline::Ended::Stopped) => Err(Error::Ended(ended)),
            Err(crate::deadline::Ended::TimedOut(_)) => Ok(false),
        }
    }
}

/// A command that is ready to be sent.
struct Raw(String, Box<RawValue>);

impl serde::Serialize for Raw {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.1.serialize(out)
    }
}

impl chromiumoxide::Method for Raw {
    fn identifier(&self) -> std::borrow::Cow<'static, str> {
        self.0.clone().into()
    }
}

impl Command for Raw {
    type Response = serde_json::Value;
}

/// Who waits for a reply.
#[derive(Debug)]
enum Waiter {
    Caller(oneshot::Sender<Reply>),
    FrameTree,
}

#[derive(Debug)]
struct Waiting {
    session: Option<String>,
    method: String,
    waiter: Waiter,
}

/// A message from the browser: a reply has an id, an event a method.
#[derive(Debug, Deserialize)]
struct Incoming<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    method: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow, rename = "sessionId")]
    session: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<chromiumoxide::types::Error>,
}

/// The task's own state.
struct Engine {
    line: Line,
    inbox: mpsc::Receiver<Job>,
    state: watch::Sender<State>,
    record: Record,
    rules: Rules,
    waiting: HashMap<u64, Waiting>,
    next_id: u64,
}

impl Engine {
    /// Works until the browser closes its line or nobody holds the driver; then drops all who
    /// wait, which they see as [`Error::Gone`].
    async fn run(mut self) {
        loop {
            tokio::select! {
                goes_on = self.line.turn() => {
                    if !goes_on {
                        break;
                    }
                    let mut came = self.line.take();
                    while let Some(message) = came.next() {
                        self.take_message(message);
                    }
                    self.line.keep(came);
                }
                job = self.inbox.recv() => match job {
                    Some(job) => self.take_job(job),
                    None => break,
                },
            }
        }
    }

    fn take_message(&mut self, message: &[u8]) {
        let Ok(incoming) = serde_json::from_slice::<Incoming<'_>>(message) else {
            tracing::debug!("a message of the browser can't be read");
            return;
        };
        if let Some(id) = incoming.id {
            self.take_reply(id, incoming);
        } else if let Some(method) = &incoming.method {
            let params = incoming.params.map_or("{}", RawValue::get);
            let session = incoming.session.as_deref().unwrap_or_default();
            if !self.rules.is_blank(session) {
                self.record.note(method, params, session);
            }
            if method == "Fetch.requestPaused" {
                if let Some((method, params)) = self.rules.answer(params, session) {
                    self.post(Some(session.to_owned()), method, &params, None);
                }
                return;
            }
            match Event::decode(method, params) {
                Ok(Some(event)) => self.take_event(event, incoming.session.as_deref()),
                Ok(None) => {}
                Err(error) => tracing::debug!(%method, %error, "an event can't be read"),
            }
        }
    }

    fn take_reply(&mut self, id: u64, incoming: Incoming<'_>) {
        let Some(waiting) = self.waiting.remove(&id) else {
            return;
        };
        let reply = match (incoming.error, incoming.result) {
            (Some(error), _) => Err(Error::Refused {
                method: waiting.method,
                message: error.message,
            }),
            (None, Some(result)) => Ok(result.to_owned()),
            (None, None) => Ok(RawValue::NULL.to_owned()),
        };
        match waiting.waiter {
            // The caller may have given up by its deadline.
            Waiter::Caller(caller) => drop(caller.send(reply)),
            Waiter::FrameTree => {
                let tree = reply
                    .ok()
                    .and_then(|raw| serde_json::from_str::<FrameTreeReply>(raw.get()).ok());
                if let (Some(tree), Some(session)) = (tree, waiting.session) {
                    self.state
                        .send_modify(|state| state.frame_tree(tree.frame_tree, &session));
                }
            }
        }
    }

    fn take_event(&mut self, event: Event, session: Option<&str>) {
        let mut order = None;
        self.state.send_modify(|state| {
            order = state.apply(event, session.unwrap_or_default(), Instant::now());
        });
        match order {
            None => {}
            Some(Order::SetUp { session }) => {
                let commands = set_up::session(self.wishes(&session));
                self.set_up(&session, commands);
            }
            Some(Order::SetUpWorker { session }) => {
                let commands = set_up::worker(self.wishes(&session));
                self.set_up(&session, commands);
            }
            Some(Order::Attach { target }) => {
                if let Some((method, params)) = set_up::ready(&set_up::attach_to(&target)) {
                    self.post(None, method, &params, None);
                }
            }
            Some(Order::Answer {
                session,
                accept,
                prompt,
            }) => {
                let (method, params) = set_up::answer(accept, prompt);
                self.post(Some(session), method, &params, None);
            }
            Some(Order::CloseTab { target, session }) => {
                // It waits to be set up, and whoever opened it may wait for it.
                let go = RunIfWaitingForDebuggerParams::default();
                if let Some((method, params)) = set_up::ready(&go) {
                    self.post(Some(session), method, &params, None);
                }
                if let Some((method, params)) = set_up::ready(&CloseTargetParams::new(target)) {
                    self.post(None, method, &params, None);
                }
            }
            Some(Order::CancelDownload { guid }) => {
                let (method, params) = set_up::cancel(guid);
                self.post(None, method, &params, None);
            }
            Some(Order::FailBlocked { sessions }) => self.fail_blocked(&sessions),
            Some(Order::FailDetached { session }) => self.fail(&session, || Error::Detached),
            Some(Order::FailCrashed { session }) => self.fail(&session, || Error::Crashed),
        }
    }

    /// What the person wants of each new session: their rules, and its console.
    fn wishes(&self, session: &str) -> Vec<Ready> {
        let mut wishes = self.rules.commands(session);
        if self.record.is_listening() {
            let (scripts, entries) = record::listening();
            wishes.extend(set_up::ready(&scripts));
            wishes.extend(set_up::ready(&entries));
        }
        wishes
    }

    fn set_up(&mut self, session: &str, commands: Vec<Ready>) {
        for (method, params) in commands {
            let waiter = (method == set_up::FRAME_TREE).then_some(Waiter::FrameTree);
            self.post(Some(session.to_owned()), method, &params, waiter);
        }
    }

    /// Fails everyone who waits for a reply on `session`, except for what can still work there.
    fn fail(&mut self, session: &str, error: impl Fn() -> Error) {
        let lost: Vec<u64> = self
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.session.as_deref() == Some(session))
            .map(|(&id, _)| id)
            .collect();
        for id in lost {
            if let Some(Waiting {
                waiter: Waiter::Caller(caller),
                ..
            }) = self.waiting.remove(&id)
            {
                drop(caller.send(Err(error())));
            }
        }
    }

    /// Fails everyone who waits for a page that asks something itself; what the driver waits for
    /// comes when it is answered.
    fn fail_blocked(&mut self, sessions: &[String]) {
        let is_ours = |waiting: &Waiting| {
            let session = waiting.session.as_ref();
            matches!(waiting.waiter, Waiter::Caller(_))
                && session.is_some_and(|session| sessions.contains(session))
        };
        let lost = self.waiting.extract_if(|_, waiting| is_ours(waiting));
        for (_, waiting) in lost {
            if let Waiter::Caller(caller) = waiting.waiter {
                drop(caller.send(Err(Error::Blocked)));
            }
        }
    }

    /// Says whether a command would only wait behind the dialog of its page.
    fn is_blocked(&self, session: Option<&str>, method: &str) -> bool {
        method != set_up::ANSWER
            && session.is_some_and(|session| self.state.borrow().is_blocked(session))
    }

    fn take_job(&mut self, job: Job) {
        match job {
            Job::Call {
                session,
                method,
                reply,
                ..
            } if self.is_blocked(session.as_deref(), &method) => {
                drop(reply.send(Err(Error::Blocked)));
            }
            Job::Call {
                session,
                method,
                params,
                reply,
            } => self.post(session, method, &params, Some(Waiter::Caller(reply))),
            Job::Answers(answers) => self.state.send_modify(|state| state.answers = answers),
            Job::AdoptPopups => self.state.send_modify(|state| state.adopts = true),
            Job::Record(work) => work(&mut self.record),
            Job::Rules(work) => work(&mut self.rules),
        }
    }

    fn post(
        &mut self,
        session: Option<String>,
        method: String,
        params: &RawValue,
        waiter: Option<Waiter>,
    ) {
        self.next_id += 1;
        let message = Outgoing {
            id: self.next_id,
            method: &method,
            session: session.as_deref(),
            params,
        };
        self.line.post(&message);
        if let Some(waiter) = waiter {
            let waiting = Waiting {
                session,
                method,
                waiter,
            };
            self.waiting.insert(self.next_id, waiting);
        }
    }
}
