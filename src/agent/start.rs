//! From a task in the user's words to a finished run: the same for every front.

use std::path::PathBuf;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::approve::Approver;
use super::hands::Hands;
use super::journal::{Archive, Journal, JournalError};
use super::record::{Ending, RunRecord, StepRecord};
use super::session::{Mode, Parts, Session};
use super::snoozes::Snoozes;
use super::turn;
use super::watch::Watcher;
use crate::browser::{self, Attach, Launch, LoginState, Need, Sandbox, Source};
use crate::calendar::{self, Vdir};
use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::deadline::Deadline;
use crate::home::Home;
use crate::mail::{self, Account};
use crate::planner::Planner;
use crate::planner::obey::ObeyPlanner;
use crate::planner::plain::{NotUnderstood, PlainPlanner};
use crate::planner::script::ScriptPlanner;
use crate::policy::{Correspondence, Grant, Words};
use crate::skill::{self, Skill, SkillError};
use crate::store::StoreError;

/// What is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// What the user wants, in the user's words.
    pub goal: String,
    /// Which mind works on it.
    pub planner: Mind,
    /// Which mail account it works with; the first of `config.toml` without.
    pub account: Option<String>,
    /// Whether effects are performed or only listed.
    pub mode: Mode,
    /// Whether the browser has a window.
    pub headed: bool,
    /// Whether the browser is locked in.
    pub sandbox: Sandbox,
    /// What else the user wishes of the browser.
    pub wish: Wish,
}

/// What a user may wish of the browser.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// A running browser to work in, instead of one that is started.
    pub attach: Option<Attach>,
    /// Logins to begin with, for the sites that the user grants.
    pub login: Option<LoginState>,
}

/// Which planner works on a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mind {
    /// Plain English and skills.
    Plain,
    /// Obeys a mail, to show what the policy is worth.
    Obey,
    /// Performs the JSON actions of a text.
    Script(String),
}

/// What a task finds when it starts.
#[derive(Debug)]
pub struct Setting<'a> {
    /// Where state is kept.
    pub home: &'a Home,
    /// What the user set.
    pub config: &'a Config,
    /// What the environment says.
    pub environment: &'a Environment,
    /// The time.
    pub clock: Clock,
}

/// Who is there while a task runs.
#[expect(
    missing_debug_implementations,
    reason = "it holds the caller's approver and watcher"
)]
pub struct Company<'a> {
    /// Who says yes when the policy asks.
    pub approver: &'a mut dyn Approver,
    /// Who is told of the progress.
    pub watcher: &'a mut dyn Watcher,
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// The run with its ending.
    pub run: RunRecord,
    /// Its steps.
    pub steps: Vec<StepRecord>,
    /// The folder with pictures and `report.html`.
    pub folder: PathBuf,
}

/// Why a task could not be run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The plain-English planner does not understand the goal.
    #[error(transparent)]
    Goal(#[from] NotUnderstood),
    /// A skill in the user's folder is broken.
    #[error(transparent)]
    Skill(#[from] SkillError),
    /// The script is not a JSON array of actions.
    #[error("the script is no JSON array of actions")]
    Script(#[source] serde_json::Error),
    /// The mailbox can't be used.
    #[error(transparent)]
    Mail(#[from] mail::Error),
    /// The calendar can't be used.
    #[error(transparent)]
    Calendar(#[from] calendar::Error),
    /// The journal can't be kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The list of messages that were put off can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StartError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Goal(error) => error.hint(),
            Self::Skill(error) => error.hint(),
            Self::Script(_) => Some("see 'legwork run --help' for an example".to_owned()),
            Self::Mail(error) => error.hint(),
            Self::Calendar(error) => error.hint(),
            Self::Journal(error) => error.hint(),
            Self::Store(error) => error.hint(),
        }
    }
}

/// Runs `task` to its end and journals it.
///
/// # Errors
/// When it can't start, or the journal breaks; a task that fails ends as a [`Finished`] run.
///
/// # Cancellation
/// Stop it through `deadline`: it then ends within a second with its journal whole.
pub async fn run(
    task: &Task,
    setting: &Setting<'_>,
    company: Company<'_>,
    deadline: Deadline,
) -> Result<Finished, StartError> {
    let Company { approver, watcher } = company;
    let (mut planner, grant) = mind(task, setting, watcher)?;
    let who = Who {
        planner: planner.name(),
        grant,
    };
    let company = Company { approver, watcher };
    let mut session = begin(task, who, setting, company, deadline)?;
    Box::pin(session.settle()).await;
    let ending = match Box::pin(turn::run(&mut session, planner.as_mut())).await {
        Ok(ending) => ending,
        Err(error) => {
            let hint = error.hint().unwrap_or_default();
            Ending::Broken {
                reason: error.to_string(),
                hint,
            }
        }
    };
    let journal = Box::pin(session.end(ending)).await?;
    Ok(Finished {
        run: journal.run().clone(),
        steps: journal.steps().to_vec(),
        folder: journal.folder().to_owned(),
    })
}

/// Who works on a task, and what it is entitled to.
pub(super) struct Who<'a> {
    /// The planner's name.
    pub(super) planner: &'a str,
    pub(super) grant: Grant,
}

/// Makes the hands ready, says what earlier runs left, and opens the journal.
pub(super) fn begin<'a>(
    task: &Task,
    who: Who<'_>,
    setting: &Setting<'_>,
    company: Company<'a>,
    deadline: Deadline,
) -> Result<Session<'a>, StartError> {
    let Company { approver, watcher } = company;
    let hands = hands(task, setting)?;
    report_cut_off(setting.home, &hands, watcher)?;
    let started = setting.clock.now();
    let run = RunRecord {
        id: run_id(started, &task.goal),
        goal: task.goal.clone(),
        planner: who.planner.to_owned(),
        grant: who.grant.lines(),
        dry_run: task.mode == Mode::DryRun,
        started,
        ended: None,
        ending: None,
    };
    let parts = Parts {
        hands,
        journal: Journal::begin(setting.home, run)?,
        grant: who.grant,
        approver,
        watcher,
        limits: setting.config.limits.clone(),
        deadline,
        mode: task.mode,
    };
    let mut session = Session::new(parts);
    if let Some(state) = &task.wish.login {
        session.will_log_in(state.clone());
    }
    Ok(session)
}

/// Chooses the planner, and works out the grant from the user's words before anything is read.
fn mind(
    task: &Task,
    setting: &Setting<'_>,
    watcher: &mut dyn Watcher,
) -> Result<(Box<dyn Planner>, Grant), StartError> {
    let me = &setting.config.me;
    let grant = |skill: &str| {
        Grant::read(&Words {
            goal: &task.goal,
            me,
            skill,
        })
    };
    Ok(match &task.planner {
        Mind::Plain => {
            let skills = skills(setting.home, watcher)?;
            let planner = PlainPlanner::from_goal(&task.goal, &skills, &setting.clock)?
                .with_rules(setting.config.calendar.clone());
            let sentences: Vec<&str> = planner.sentences().collect();
            let mut grant = grant(&sentences.join("\n"));
            // Understood from the user's own words, before anything from outside is read.
            if planner.reschedules() {
                grant = grant.rescheduling();
            }
            let (writes, leaves) = planner.corresponds();
            grant = grant.corresponding(Correspondence { writes, leaves });
            (Box::new(planner), grant)
        }
        Mind::Obey => (Box::new(ObeyPlanner::new(&task.goal)), grant("")),
        Mind::Script(text) => {
            let planner = ScriptPlanner::parse(text).map_err(StartError::Script)?;
            let said = planner.said();
            (Box::new(planner), grant(&said))
        }
    })
}

/// The user's own skills and those that ship; a broken one is told of and left out.
fn skills(home: &Home, watcher: &mut dyn Watcher) -> Result<Vec<Skill>, SkillError> {
    let (own, broken) = skill::load_dir(&home.skills());
    for error in broken {
        watcher.note(&format!("a skill is left out: {error}"));
    }
    Ok(skill::merged(own, skill::shipped()?))
}

/// Where the browser comes from, and one with a window.
pub(super) fn browsers(
    task: &Task,
    setting: &Setting<'_>,
) -> (Result<Source, String>, Result<Launch, String>) {
    let choice = setting.config.browser.program.as_deref();
    let find = |need: Need| -> Result<Launch, String> {
        let found = browser::find_for(need, choice, setting.environment, setting.home);
        let mut launch =
            Launch::new(found.map_err(|error| error.hint().unwrap_or_else(|| error.to_string()))?);
        launch.headed = need == Need::Headed;
        launch.sandbox = task.sandbox;
        Ok(launch)
    };
    let source = match &task.wish.attach {
        Some(attach) => Ok(Source::Attach(attach.clone())),
        None if task.headed => find(Need::Headed).map(Source::Launch),
        None => find(Need::Headless).map(Source::Launch),
    };
    (source, find(Need::Headed))
}

fn hands(task: &Task, setting: &Setting<'_>) -> Result<Hands, StartError> {
    let (source, window) = browsers(task, setting);
    Ok(Hands {
        source,
        window,
        login: None,
        coming: None,
        browser: None,
        mail: Account::open(setting.home, setting.config, task.account.as_deref())?,
        calendar: Vdir::open(&setting.home.calendar())?,
        archive: Archive::open(setting.home)?,
        snoozes: Snoozes::open(setting.home)?,
        accounts: setting.config.caldav.clone(),
        people: setting.config.people.clone(),
        clock: setting.clock.clone(),
        home: setting.home.clone(),
        config: setting.config.clone(),
        me: setting.config.me.clone(),
        rules: setting.config.calendar.clone(),
        downloads: setting.home.downloads(),
        workspace: setting.home.workspace(),
    })
}

/// Says what earlier runs left in mid-step, after looking whether it took effect.
fn report_cut_off(
    home: &Home,
    hands: &Hands,
    watcher: &mut dyn Watcher,
) -> Result<(), JournalError> {
    let archive = Archive::open(home)?;
    for (run, step) in archive.cut_off()? {
        let key = format!("{run}/{}", step.number);
        let how = if step.outcome.is_some() {
            "is unsure of"
        } else {
            "was cut off at"
        };
        let what = format!("run {run} {how} step {}: {}", step.number, step.title);
        watcher.note(&match hands.took_effect(&step.action, step.effect, &key) {
            Some(true) => format!("{what}; it did take effect"),
            Some(false) => format!("{what}; it did not take effect"),
            None => format!("{what}; look whether it took effect before you repeat it"),
        });
        archive.tell(&run, &step)?;
    }
    Ok(())
}

/// Sorts by time, to the millisecond; the tail keeps two runs of one moment apart.
fn run_id(started: Timestamp, goal: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(started.as_nanosecond().to_le_bytes());
    hash.update(std::process::id().to_le_bytes());
    hash.update(goal.as_bytes());
    let [tail, ..] = <[u8; 32]>::from(hash.finalize());
    let (time, part) = (
        started.strftime("%Y%m%d-%H%M%S"),
        started.subsec_millisecond(),
    );
    format!("{time}-{part:03}{tail:02x}")
}
