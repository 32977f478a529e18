//! One running agent: its hands, journal, grant and what it has seen.

use std::time::{Duration, Instant};

use super::after::{upsets, without_picture};
use super::approve::Approver;
use super::budget::{Budget, Spent};
use super::hands::{HandError, Hands, Letter};
use super::journal::{Journal, JournalError};
use super::record::{Ending, StepRecord};
use super::seen::Seen;
use super::title::title;
use super::watch::Watcher;
use crate::action::{Action, Effect, Outcome, Output, Status, TRASH, Wait};
use crate::browser::LoginState;
use crate::config::Limits;
use crate::deadline::Deadline;
use crate::planner::{Proposal, Step, View};
use crate::policy::{self, Approved, Context, Denial, Grant, Ruling};
use crate::snapshot::Snapshot;

/// How long one action may take; pages that never load are given up on long before.
const ACTION_LIMIT: Duration = Duration::from_secs(45);

/// What a wait may take beyond the time it was given, for reading the page.
const WAIT_MARGIN: Duration = Duration::from_secs(5);

/// How long looking at the page may take.
const LOOK_LIMIT: Duration = Duration::from_secs(20);

/// What a session is made of.
#[expect(
    missing_debug_implementations,
    reason = "it holds the caller's approver and watcher"
)]
pub struct Parts<'a> {
    /// What performs actions.
    pub hands: Hands,
    /// Where everything is written down.
    pub journal: Journal,
    /// What the user's words entitle to.
    pub grant: Grant,
    /// Who says yes when the policy asks.
    pub approver: &'a mut dyn Approver,
    /// Who is told of the progress.
    pub watcher: &'a mut dyn Watcher,
    /// What ends the run.
    pub limits: Limits,
    /// Time limit and stop signal of the whole run.
    pub deadline: Deadline,
    /// Whether effects are only listed.
    pub mode: Mode,
}

/// Whether effects are performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Performs them.
    Perform,
    /// Reads and browses, but only lists what would change anything (`--dry-run`).
    DryRun,
}

/// One running agent.
#[expect(
    missing_debug_implementations,
    reason = "it holds the caller's approver and watcher"
)]
pub struct Session<'a> {
    pub(super) parts: Parts<'a>,
    pub(super) budget: Budget,
    pub(super) page: Option<Snapshot>,
    pub(super) steps: Vec<Step>,
    seen: Seen,
    turn: u32,
    current: Option<StepRecord>,
    cut_short: Option<Ending>,
    began: Instant,
    /// Whether a picture is taken after each step that changes a page.
    pub(super) pictures: Pictures,
    /// What a person wished for beside the actions, in words for the journal.
    pub(super) wishes: Vec<String>,
    /// Logins for sites that were not opened yet.
    pub(super) login: Option<LoginState>,
    /// Whether the person has the page.
    pub(super) given: bool,
}

/// Whether a picture is taken after each step that changes a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pictures {
    /// For the report of a run that nobody watched.
    Taken,
    /// Only when asked for.
    AtRequest,
}

/// What follows a concluded step.
pub(super) struct Next {
    /// The run ends here.
    pub(super) ending: Option<Ending>,
    /// The rest of the batch no longer fits what the planner saw.
    pub(super) look_again: bool,
}

impl<'a> Session<'a> {
    /// Begins a session.
    pub fn new(parts: Parts<'a>) -> Self {
        let budget = Budget::new(parts.limits.clone());
        Self {
            parts,
            budget,
            page: None,
            steps: Vec::new(),
            seen: Seen::default(),
            turn: 0,
            current: None,
            cut_short: None,
            began: Instant::now(),
            pictures: Pictures::Taken,
            wishes: Vec::new(),
            login: None,
            given: false,
        }
    }

    /// Ends the session: closes the browser, writes the ending and the report.
    ///
    /// # Errors
    /// When the journal can't be written.
    pub async fn end(self, ending: Ending) -> Result<Journal, JournalError> {
        self.keep_page(self.turn + 1);
        let Parts {
            hands, mut journal, ..
        } = self.parts;
        let now = hands.clock.now();
        if let Some(browser) = hands.browser {
            browser.close().await;
        }
        journal.end(ending, now)?;
        Ok(journal)
    }

    /// Tells the watcher something that is no step.
    pub fn note(&mut self, text: &str) {
        self.parts.watcher.note(text);
    }

    pub(super) fn deadline(&self) -> &Deadline {
        &self.parts.deadline
    }

    pub(super) fn view(&self) -> View<'_> {
        View {
            clock: &self.parts.hands.clock,
            me: &self.parts.hands.me,
            page: self.page.as_ref(),
            steps: &self.steps,
        }
    }

    pub(super) fn spent(&self) -> Option<Ending> {
        if self.parts.deadline.is_stopped() {
            return Some(Ending::Stopped {});
        }
        self.budget.spent(&self.parts.deadline).map(ending_of)
    }

    /// Looks at the page, when there is one; a browser that broke is dropped and said so.
    pub(super) async fn observe(&mut self) {
        let Some(browser) = &mut self.parts.hands.browser else {
            return;
        };
        match browser
            .observe(&self.parts.deadline.child(LOOK_LIMIT))
            .await
        {
            Ok(page) => {
                let page = Snapshot::new(page);
                self.page = Some(page);
            }
            Err(error) => {
                if !self.parts.deadline.is_stopped() {
                    self.parts
                        .watcher
                        .note(&format!("the page can't be seen: {error}"));
                }
                self.page = None;
                // A page that is merely slow to answer costs no one the session.
                if error.is_fatal() {
                    self.parts.hands.browser = None;
                }
            }
        }
    }

    /// Keeps what the page looked like before turn `number`.
    fn keep_page(&self, number: u32) {
        if let Some(page) = &self.page {
            self.parts.journal.page(number, page);
        }
    }

    pub(super) fn begin_turn(&mut self, idle: bool) {
        self.turn += 1;
        self.keep_page(self.turn);
        if idle {
            self.budget.count_idle();
        }
    }

    /// Judges a proposal, asking the user where the policy says so.
    pub(super) fn judge(&mut self, proposal: &Proposal) -> Result<Approved, Box<Outcome>> {
        let title = title(&proposal.action, self.page.as_ref(), &self.seen);
        let number = u32::try_from(self.steps.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        self.parts.watcher.step_started(number, &title);
        self.began = Instant::now();
        self.current = Some(StepRecord {
            number,
            turn: self.turn,
            at: self.parts.hands.clock.now(),
            action: proposal.action.clone(),
            effect: proposal.action.effect(),
            title,
            why: proposal.why.clone(),
            decision: String::new(),
            outcome: None,
            took_ms: 0,
            page_url: None,
            picture: None,
        });
        match self.rule(&proposal.action) {
            Ruling::Allow(approved) => {
                self.decide(
                    approved.effect(),
                    format!("allowed: {}", approved.because()),
                );
                Ok(approved)
            }
            Ruling::Deny(denial) => {
                self.decide(proposal.action.effect(), format!("denied: {}", denial.rule));
                Err(Box::new(refusal(denial)))
            }
            Ruling::Ask(question) => {
                self.parts.watcher.pause();
                let (effect, rule) = (question.effect(), question.rule());
                let reason = format!("needs a yes: {}", question.preview());
                let consent = match self.parts.mode {
                    Mode::Perform => self.parts.approver.decide(&question),
                    Mode::DryRun => Some(question.consent("a dry run")),
                };
                if let Some(approved) = consent.and_then(|yes| question.approve(&yes)) {
                    self.decide(effect, format!("asked: {}", approved.because()));
                    return Ok(approved);
                }
                self.decide(effect, format!("refused: {rule}"));
                let hint = format!(
                    "run it in a terminal to be asked, or with --yes {}",
                    effect.word()
                );
                Err(Box::new(refusal(Denial { rule, reason, hint })))
            }
        }
    }

    fn rule(&self, action: &Action) -> Ruling {
        let mut answered = None;
        let mut letter = None;
        if let Action::MailDraft(draft) = action {
            let about = draft.in_reply_to.as_ref().or(draft.forward.as_ref());
            answered = about.and_then(|id| self.seen.read(id));
        }
        if let Action::MailSend(send) = action {
            letter = self.parts.hands.leaving(&send.id);
        }
        let mut subscription = None;
        if let Action::MailUnsubscribe(end) = action {
            let read = self.seen.read(&end.id);
            subscription = read.and_then(|message| self.parts.hands.subscription(message));
        }
        let trash = self.parts.hands.mail.mailbox_named(TRASH);
        let mut due = None;
        if let Action::MailWake(wake) = action {
            due = self.parts.hands.why_due(&wake.id);
        }
        let files = self.parts.hands.file_facts(action);
        let context = Context {
            files: &files,
            grant: &self.parts.grant,
            page: self.page.as_ref(),
            answered,
            letter: letter.as_ref().map(Letter::leaving),
            subscription: subscription.as_ref(),
            codes: self.seen.codes(),
            trashed: self.seen.trashed(),
            trash: &trash,
            due,
        };
        policy::judge(action, &context)
    }

    fn decide(&mut self, effect: Effect, decision: String) {
        if let Some(step) = &mut self.current {
            step.effect = effect;
            step.decision = decision;
        }
    }

    /// Journals that an approved action is about to be performed.
    pub(super) fn intend(
        &mut self,
        proposal: &Proposal,
        approved: &Approved,
    ) -> Result<(), JournalError> {
        let page = self.page.as_ref().map_or(0, Snapshot::fingerprint);
        self.cut_short = self.budget.repeats(&proposal.action, page).map(ending_of);
        if self.cut_short.is_some() {
            return Ok(());
        }
        match (&self.current, self.listed_only(approved)) {
            (Some(step), false) => self.parts.journal.intend(step),
            (Some(_) | None, _) => Ok(()),
        }
    }

    fn listed_only(&self, approved: &Approved) -> bool {
        self.parts.mode == Mode::DryRun && approved.effect() >= Effect::Write
    }

    /// Performs an approved action and says what came of it.
    pub(super) async fn perform(&mut self, approved: &Approved) -> Outcome {
        if self.cut_short.is_some() {
            return Outcome::failed("tried too often on the same page", "");
        }
        if self.listed_only(approved) {
            return Outcome {
                status: Status::Intended {},
                ..Outcome::done("only listed")
            }
            .proven("nothing was changed", "dry run");
        }
        if let Action::Ask(ask) = approved.action() {
            self.parts.watcher.pause();
            return match self.parts.approver.answer(&ask.question, &ask.options) {
                Some(answer) => Outcome::done("answered").with(Output::Text(answer)),
                None => Outcome::failed("nobody is there to answer", "run it in a terminal"),
            };
        }
        if let Action::HandOver(wanted) = approved.action() {
            return Box::pin(self.hand_over(wanted)).await;
        }
        if matches!(approved.action(), Action::Open(_)) {
            self.parts.hands.login = self.login_due();
        }
        let mut limit = ACTION_LIMIT;
        if let Action::Wait(Wait { limit_ms, .. }) = approved.action() {
            limit = Duration::from_millis(*limit_ms) + WAIT_MARGIN;
        }
        if let Action::MailSend(_) = approved.action() {
            limit = self.about_to_leave(approved);
        }
        let deadline = self.parts.deadline.child(limit);
        let key = self.key();
        let hands = &mut self.parts.hands;
        let work = Box::pin(hands.perform(approved, &key, &deadline));
        let done = deadline.bound("the action to end", work).await;
        match done.unwrap_or_else(|ended| Err(HandError::Ended(ended))) {
            Ok(outcome) => outcome,
            Err(error) => self.broken(approved, &error),
        }
    }

    /// Names this intent for all time.
    fn key(&self) -> String {
        let number = self.current.as_ref().map_or(0, |step| step.number);
        format!("{}/{number}", self.parts.journal.run().id)
    }

    /// A hand that failed changed nothing if it only reads; else nobody knows.
    fn broken(&mut self, approved: &Approved, error: &HandError) -> Outcome {
        let fatal = match error {
            HandError::Browser(error) => error.is_fatal(),
            HandError::NoBrowser(_) => true,
            HandError::Mail(_)
            | HandError::Calendar(_)
            | HandError::Journal(_)
            | HandError::Store(_)
            | HandError::Server(_)
            | HandError::Ended(_) => false,
        };
        if fatal {
            self.parts.hands.browser = None;
            self.page = None;
            let (reason, hint) = (chain(error), error.hint());
            self.cut_short = Some(Ending::Broken { reason, hint });
        }
        // Loading a page a second time does no harm; pressing a button a second time may.
        let harmless = approved.effect() == Effect::Read
            || matches!(approved.action(), Action::Open(_) | Action::Back {});
        let knows = match error {
            HandError::Mail(_) | HandError::Calendar(_) | HandError::NoBrowser(_) => true,
            HandError::Server(error) => harmless || error.is_certain(),
            HandError::Browser(_)
            | HandError::Journal(_)
            | HandError::Store(_)
            | HandError::Ended(_) => harmless,
        };
        let outcome = Outcome::failed(chain(error), error.hint());
        if knows {
            outcome
        } else {
            Outcome {
                status: Status::Uncertain {},
                ..outcome
            }
        }
    }

    /// Journals what came of the current step and says how to go on.
    pub(super) async fn conclude(&mut self, outcome: Outcome) -> Result<Next, JournalError> {
        let Some(mut step) = self.current.take() else {
            return Ok(Next {
                ending: None,
                look_again: true,
            });
        };
        let changes_page = matches!(step.effect, Effect::Browse | Effect::Commit);
        if let Output::Picture(png) = &outcome.output {
            step.picture = Some(self.parts.journal.picture(step.number, png)?);
        } else if let Output::Pdf(pdf) = &outcome.output {
            self.parts.journal.print(step.number, pdf)?;
        } else if changes_page && outcome.is_done() && self.pictures == Pictures::Taken {
            step.picture = self.picture(step.number).await?;
        }
        step.took_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        step.page_url = self.page.as_ref().map(|page| page.url().to_owned());
        self.seen.note(&outcome, &self.parts.hands.mail);
        self.budget.count(step.effect, &outcome);
        step.outcome = Some(without_picture(&outcome));
        self.parts.watcher.step_ended(&step);
        let next = Next {
            ending: self.ending_after(&step, &outcome),
            look_again: !outcome.goes_on() || outcome.changed.iter().any(upsets),
        };
        let (number, action) = (step.number, step.action.clone());
        self.parts.journal.conclude(step)?;
        self.steps.push(Step {
            number,
            action,
            outcome,
        });
        Ok(next)
    }

    fn ending_after(&mut self, step: &StepRecord, outcome: &Outcome) -> Option<Ending> {
        if self.parts.deadline.is_stopped() {
            return Some(Ending::Stopped {});
        }
        let commits = step.effect == Effect::Commit;
        if commits && matches!(outcome.status, Status::Intended {}) {
            let answer = format!("dry run: the next step would be to {}", step.title);
            let saved = std::collections::BTreeMap::new();
            return Some(Ending::Verified {
                answer,
                cites: vec![step.number],
                saved,
            });
        }
        self.cut_short.take()
    }

    async fn picture(&mut self, number: u32) -> Result<Option<String>, JournalError> {
        let Some(browser) = &mut self.parts.hands.browser else {
            return Ok(None);
        };
        // A page that can't be drawn is no reason to fail the step that worked.
        match browser
            .picture(&self.parts.deadline.child(LOOK_LIMIT))
            .await
        {
            Ok(png) => self.parts.journal.picture(number, &png).map(Some),
            Err(_) => Ok(None),
        }
    }
}

fn ending_of(spent: Spent) -> Ending {
    match spent {
        Spent::Limit(reason) => Ending::Halted { reason },
        Spent::Refusals(reason) => Ending::Refused { reason },
    }
}

fn refusal(denial: Denial) -> Outcome {
    let summary = if denial.hint.is_empty() {
        denial.reason
    } else {
        format!("{} ({})", denial.reason, denial.hint)
    };
    Outcome {
        status: Status::Refused {
            rule: denial.rule.to_owned(),
        },
        ..Outcome::done(summary)
    }
}

/// The error with its causes, one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}
