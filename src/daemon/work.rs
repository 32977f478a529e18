//! Works one session's browser: takes commands in their order, one at a time, through `agent`.
//!
//! Never touches the socket; what the socket's side needs to know at any time stands on the
//! [`Board`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::place::{Note, Place};
use super::protocol::{
    Acted, Answer, LoginChange, Look, Order, RuleChange, Situation, Traffic, View,
};
use crate::action::{Action, Effect, Status};
use crate::agent::approve::{Approver, Handed};
use crate::agent::journal::JournalError;
use crate::agent::record::{Ending, StepRecord};
use crate::agent::watch::Watcher;
use crate::agent::{LookError, Session};
use crate::browser::Browser;
use crate::deadline::{Deadline, Ended};
use crate::home::Home;
use crate::policy::{Consent, Question};
use crate::snapshot::Snapshot;
use crate::untrusted;

/// One command that waits for its turn.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) order: Order,
    pub(super) deadline: Deadline,
    /// Whoever sets it first has it: the worker to begin, the socket's side to give up waiting.
    pub(super) claimed: Arc<AtomicBool>,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// What both sides know of each other.
#[derive(Debug, Clone, Default)]
pub(super) struct Board(Arc<Mutex<Posted>>);

#[derive(Debug)]
struct Posted {
    situation: Situation,
    since: Instant,
    yes: Vec<Effect>,
    agreed: Option<String>,
    asked: Option<String>,
    notes: Vec<String>,
}

impl Default for Posted {
    fn default() -> Self {
        Self {
            situation: Situation::default(),
            since: Instant::now(),
            yes: Vec::new(),
            agreed: None,
            asked: None,
            notes: Vec::new(),
        }
    }
}

impl Board {
    fn posted(&self) -> MutexGuard<'_, Posted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says how the session is.
    pub(super) fn situation(&self) -> Situation {
        let posted = self.posted();
        Situation {
            seconds: posted.since.elapsed().as_secs(),
            ..posted.situation.clone()
        }
    }

    fn doing(&self, what: Option<String>) {
        let mut posted = self.posted();
        posted.situation.doing = what;
        posted.since = Instant::now();
    }
}

/// Says yes to what the command's own words approved beforehand, and to nothing else.
impl Approver for Board {
    fn decide(&mut self, question: &Question) -> Option<Consent> {
        let mut posted = self.posted();
        if posted.yes.contains(&question.effect()) {
            return Some(question.consent("--yes"));
        }
        if posted.agreed.as_deref() == Some(question.preview()) {
            return Some(question.consent("you"));
        }
        posted.asked = Some(question.preview().to_owned());
        None
    }

    fn answer(&mut self, _: &str, _: &[String]) -> Option<String> {
        None
    }

    /// Whoever typed the command sits there.
    fn hand_over(&mut self, _: &str) -> Handed {
        Handed::Kept
    }
}

impl Watcher for Board {
    fn step_started(&mut self, _: u32, title: &str) {
        self.posted().situation.doing = Some(title.to_owned());
    }

    fn step_ended(&mut self, step: &StepRecord) {
        self.posted().situation.steps = step.number;
    }

    fn note(&mut self, text: &str) {
        self.posted().notes.push(untrusted::line(text, 500));
    }

    fn pause(&mut self) {}
}

/// Works the browser of one session.
pub(super) struct Worker<'a> {
    session: Session<'a>,
    board: Board,
    place: &'a Place,
    home: &'a Home,
    /// The page as it was last shown to whoever sends the commands.
    shown: Option<Snapshot>,
    /// What would be left now if this process were killed.
    noted: Option<Note>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        session: Session<'a>,
        board: Board,
        place: &'a Place,
        home: &'a Home,
    ) -> Self {
        let mut worker = Self {
            session,
            board,
            place,
            home,
            shown: None,
            noted: None,
        };
        worker.post();
        worker
    }

    /// Works until the session is closed, has nothing to do for `idle`, or has lost its browser;
    /// then ends the run.
    ///
    /// # Cancellation
    /// Dropping it ends the browser; the run is left without an ending.
    pub(super) async fn run(
        mut self,
        inbox: &mut mpsc::Receiver<Job>,
        idle: Duration,
        deadline: &Deadline,
    ) -> Result<(), JournalError> {
        let ending = loop {
            let next = deadline.child(idle).bound("a command", inbox.recv()).await;
            match next {
                Ok(Some(job)) => {
                    if let Some(ending) = self.take(job).await {
                        break ending;
                    }
                }
                Err(Ended::TimedOut(_)) => {
                    break self
                        .session
                        .closing("ended, as nothing came to do".to_owned());
                }
                Ok(None) | Err(Ended::Stopped) => {
                    let steps = self.session.steps_done();
                    break self.session.closing(format!("closed after {steps} steps"));
                }
            }
        };
        self.place.leave();
        self.session.end(ending).await?;
        Ok(())
    }

    /// Carries out one command; returns the session's ending when there is nothing left to keep.
    async fn take(&mut self, job: Job) -> Option<Ending> {
        if job.claimed.swap(true, Ordering::SeqCst) {
            return None;
        }
        let had_browser = self.session.browser().is_some();
        let word = match &job.order {
            Order::Act { action, .. } => action.word(),
            Order::Rules { .. } => "set rules for requests",
            Order::Login { .. } => "carry logins",
            Order::Traffic { .. } => "look up what happened",
            Order::Look { .. } | Order::Status {} | Order::Close {} => "look at the page",
        };
        self.board.doing(Some(word.to_owned()));
        let (mut answer, broken) = self.carry_out(job.order, job.deadline.remaining()).await;
        self.board.doing(None);
        self.post();
        let ending = broken.or_else(|| self.nothing_left(had_browser));
        if let (Answer::Acted(acted), Some(_)) = (&mut answer, &ending) {
            // One that can't even be started is as lost as one that broke.
            acted.lost = had_browser || matches!(acted.outcome.status, Status::Failed { .. });
        }
        if ending.is_some() {
            self.place.leave();
        }
        // Nobody listens any more: what was done stands in the journal and in the ledger.
        drop(job.answer.send(answer));
        ending
    }

    async fn carry_out(&mut self, order: Order, limit: Duration) -> (Answer, Option<Ending>) {
        match order {
            Order::Act {
                action,
                yes,
                agreed,
                view,
            } => {
                {
                    let mut posted = self.board.posted();
                    posted.yes = yes;
                    posted.agreed = agreed;
                    posted.asked = None;
                }
                match self.act(*action, view, limit).await {
                    Ok(acted) => (Answer::Acted(Box::new(acted)), None),
                    Err(error) => {
                        let reason = error.to_string();
                        let hint = error.hint().unwrap_or_default();
                        let ending = Ending::Broken {
                            reason: reason.clone(),
                            hint: hint.clone(),
                        };
                        (Answer::Lost { reason, hint }, Some(ending))
                    }
                }
            }
            Order::Look { look, view } => (self.look(&look, view).await, None),
            Order::Traffic { traffic } => (self.look_up(&traffic, limit).await, None),
            Order::Login { change } => (self.carry_logins(&change, limit).await, None),
            Order::Rules { change } => (self.change_rules(change, limit).await, None),
            Order::Status {} => (Answer::Status(self.board.situation()), None),
            Order::Close {} => (Answer::Closed {}, None),
        }
    }

    async fn act(
        &mut self,
        action: Action,
        view: View,
        limit: Duration,
    ) -> Result<Acted, JournalError> {
        let done = self.session.typed(action, limit).await?;
        let page = self.since_shown(view);
        let (question, notes) = {
            let mut posted = self.board.posted();
            (posted.asked.take(), std::mem::take(&mut posted.notes))
        };
        Ok(Acted {
            run: self.session.run_id().to_owned(),
            step: done.step,
            title: done.title,
            decision: done.decision,
            outcome: done.outcome,
            question,
            page,
            notes,
            lost: false,
        })
    }

    async fn look(&mut self, look: &Look, view: View) -> Answer {
        let seen = match look {
            Look::Find { text } => self.session.seek(text).await,
            Look::Page {} | Look::Changes {} | Look::Tabs {} => self.session.look().await,
        };
        let Some(page) = seen else {
            let notes = std::mem::take(&mut self.board.posted().notes);
            let reason = notes.last().cloned();
            let reason = reason.unwrap_or_else(|| "no page is open".to_owned());
            if self.session.browser().is_none() {
                let hint = "open an address again".to_owned();
                return Answer::Lost { reason, hint };
            }
            let hint = "try again, or open another address".to_owned();
            return Answer::Refused { reason, hint };
        };
        let text = match look {
            Look::Page {} => {
                if view.scope.is_some_and(|name| page.get(name).is_none()) {
                    return not_there(view);
                }
                let text = page.render(&view.options());
                self.shown = Some(page.clone());
                text
            }
            Look::Changes {} => self.since_shown(view),
            Look::Find { text } => page.found(text, view.tokens_max),
            Look::Tabs {} => tabs(page),
        };
        Answer::Seen { text }
    }

    async fn look_up(&mut self, traffic: &Traffic, limit: Duration) -> Answer {
        let limit = self.limit(limit);
        let session = &mut self.session;
        let found = match traffic {
            Traffic::Console(read) => session.console(read, &limit).await.map(Answer::Console),
            Traffic::Requests(read) => session.requests(read).await.map(Answer::Requests),
            Traffic::Request { number, secrets } => {
                let found = session.request(*number, *secrets, &limit).await;
                found.map(|found| Answer::Request(Box::new(found)))
            }
            Traffic::Har { secrets, bodies } => {
                let written = session.har(*secrets, *bodies, &limit).await;
                written.map(|text| Answer::Seen { text })
            }
        };
        found.unwrap_or_else(|error| refused(&error))
    }

    async fn carry_logins(&mut self, change: &LoginChange, limit: Duration) -> Answer {
        let limit = self.limit(limit);
        let done = match change {
            LoginChange::Save { name } => self.session.save_login(self.home, name, &limit).await,
            LoginChange::Load { name } => self.session.load_login(self.home, name, &limit).await,
        };
        done.map_or_else(|error| refused(&error), Answer::Login)
    }

    async fn change_rules(&mut self, change: RuleChange, limit: Duration) -> Answer {
        let limit = self.limit(limit);
        let session = &mut self.session;
        let changed = match change {
            RuleChange::None {} => Ok(()),
            RuleChange::Add { rule } => session.add_rule(rule, &limit).await,
            RuleChange::Clear {} => session.clear_rules(&limit).await,
        };
        let rules = match changed {
            Ok(()) => session.rules().await,
            Err(error) => Err(error),
        };
        match rules {
            Ok(rules) => Answer::Rules { rules },
            Err(error) => refused(&error),
        }
    }

    /// A limit below that of the whole session.
    fn limit(&self, limit: Duration) -> Deadline {
        self.session.limit(limit)
    }

    /// Shows the page: what changed since it was last shown, or all of it when it is another one.
    fn since_shown(&mut self, view: View) -> String {
        let Some(page) = self.session.page() else {
            return String::new();
        };
        if view.tokens_max == 0 {
            return String::new();
        }
        let text = page.since(self.shown.as_ref(), &view.options());
        self.shown = Some(page.clone());
        text
    }

    /// Without a browser there is nothing to keep: the next `open` starts afresh.
    fn nothing_left(&self, had_browser: bool) -> Option<Ending> {
        if self.session.browser().is_some() {
            return None;
        }
        if had_browser {
            return Some(Ending::Broken {
                reason: "the browser has ended".to_owned(),
                hint: "open the address again".to_owned(),
            });
        }
        Some(self.session.closing("no page was opened".to_owned()))
    }

    /// Posts how the session is, and notes down what would be left of it.
    fn post(&mut self) {
        let browser = self.session.browser();
        let note = Note {
            server: std::process::id(),
            browser: browser.and_then(Browser::pid),
            profile: browser.and_then(|browser| browser.folder().map(ToOwned::to_owned)),
            run: self.session.run_id().to_owned(),
        };
        {
            let mut posted = self.board.posted();
            let situation = &mut posted.situation;
            situation.server = note.server;
            situation.browser = note.browser;
            situation.run.clone_from(&note.run);
            let url = self.session.page().map_or("", Snapshot::url);
            url.clone_into(&mut situation.url);
        }
        if self.noted.as_ref() == Some(&note) {
            return;
        }
        // Without it all works; only a killed session would leave its profile behind.
        if let Err(error) = self.place.note(&note) {
            tracing::warn!(%error, "what a killed session leaves is not noted down");
        }
        self.noted = Some(note);
    }
}

fn refused(error: &LookError) -> Answer {
    if let LookError::Senseless(reason) = error {
        return Answer::Missing {
            reason: reason.clone(),
            hint: String::new(),
        };
    }
    let hint = match error {
        LookError::NoPage => Some("open an address first".to_owned()),
        LookError::Senseless(_) => None,
        LookError::Browser(error) => error.hint(),
        LookError::Login(error) => error.hint(),
        LookError::Journal(error) => error.hint(),
    };
    Answer::Refused {
        reason: error.to_string(),
        hint: hint.unwrap_or_default(),
    }
}

fn not_there(view: View) -> Answer {
    let name = view.scope.map(|name| name.to_string()).unwrap_or_default();
    Answer::Missing {
        reason: format!("{name} is not on the page"),
        hint: "take a fresh look with legwork web snapshot".to_owned(),
    }
}

fn tabs(page: &Snapshot) -> String {
    let line = |tab: &crate::action::TabInfo| {
        let mark = if tab.current { " (current)" } else { "" };
        format!(
            "tab {} {}{mark}\n",
            tab.number,
            untrusted::line(&tab.url, 200)
        )
    };
    page.page().tabs.iter().map(line).collect()
}
