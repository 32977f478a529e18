//! `legwork demo`: the whole product on a world of its own: a site, a mailbox, a calendar.
//!
//! The agent gets goals in plain English and nothing else. What it claims is then checked here
//! against the world itself: the site's own list of bookings, and the files on disk.

mod checks;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::chromium::{self, Install};
use super::report::{self, Kind};
use super::{Context, Failure, task};
use crate::agent::Mode;
use crate::agent::start::{Finished, Mind, Task, Wish};
use crate::browser::Sandbox;
use crate::config::Config;
use crate::deadline::Deadline;
use crate::home::{Home, make_private};
use crate::world::{self, Site, World};
use checks::Check;

const EXAMPLES: &str = "\
Examples:
  legwork demo
  legwork demo --seed 7         another inbox, another site, other appointments
  legwork demo --keep ./demo    put mailbox, calendar and reports into ./demo
  legwork demo --json | jq .

The demo needs no account, no key and no network, except to install a browser where none is found.
It exits with 0 only when everything it claims was found on the site and on disk.";

/// Time for all of it, a slow machine and the browser's installation included.
const LIMIT: Duration = Duration::from_mins(20);

/// Show all of it on a world of its own, without an account or a key
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Builds another world; the same number always builds the same one
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Put the demo's state into this folder, which must be new or empty
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Show the browser's window
    #[arg(long)]
    pub headed: bool,
    /// Run the browser without its sandbox; only for machines that can't have one
    #[arg(long)]
    pub no_sandbox: bool,
    /// Don't install a browser where none is found
    #[arg(long)]
    pub no_install: bool,
}

/// Runs the command.
///
/// # Errors
/// When the world or the browser can't be started; a claim that does not hold is its exit code.
pub fn run(args: &Args, context: &Context) -> Result<u8, Failure> {
    let root = folder(args.keep.as_deref())?;
    let home = Home::at(&root);
    let shown = super::block_on(LIMIT, |deadline| show(args, context, &home, deadline))?;
    shown.tell(&root, context)?;
    Ok(shown.exit_code())
}

/// The folder stays, so that what was claimed can be looked at.
fn folder(keep: Option<&Path>) -> Result<PathBuf, Failure> {
    let Some(folder) = keep else {
        let made = tempfile::Builder::new()
            .prefix("legwork-demo-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()?;
        return Ok(made.keep());
    };
    make_private(folder).map_err(|error| {
        Failure::new(Kind::User, error)
            .saying(format!("can't make the folder {}", folder.display()))
            .hint("name a folder that you may write to")
    })?;
    Ok(folder.canonicalize()?)
}

/// What the demo did.
struct Shown {
    seed: u64,
    runs: Vec<Finished>,
    checks: Vec<Check>,
}

async fn show(
    args: &Args,
    context: &Context,
    home: &Home,
    deadline: Deadline,
) -> Result<Shown, Failure> {
    let user = Config::load(&context.home)?;
    let install = Install::unless(args.no_install);
    let program = chromium::ensure(&user, context, install, &deadline).await?;
    let now = jiff::tz::TimeZone::system();
    let now = crate::clock::Clock::system(now).local();
    let (world, site) = World::start(home, args.seed, &now).await?;
    choose_browser(home, &program)?;
    introduce(context, home, args.seed, &site);
    let mut runs = Vec::new();
    for (number, wanted) in (1..).zip(world.tasks()) {
        let heading = format!("\n{number}. {}", wanted.title);
        if !context.json {
            context.say(&context.err.bold(&heading));
        }
        let sandbox = super::run::sandbox(args.no_sandbox, context);
        let task = task_of(&wanted, args, sandbox);
        let limit = deadline.child(Duration::from_mins(5));
        let finished = Box::pin(task::run(&task, home, &[], context, limit)).await?;
        let stopped = deadline.is_stopped();
        runs.push(finished);
        if stopped {
            return Err(Failure::stopped());
        }
    }
    let checks = checks::all(home, &world, &site, &runs);
    Ok(Shown {
        seed: args.seed,
        runs,
        checks,
    })
}

fn task_of(wanted: &world::Task, args: &Args, sandbox: Sandbox) -> Task {
    Task {
        goal: wanted.goal.clone(),
        planner: match wanted.planner {
            world::Mind::Plain => Mind::Plain,
            world::Mind::Obey => Mind::Obey,
        },
        account: None,
        mode: Mode::Perform,
        headed: args.headed,
        sandbox,
        wish: Wish::default(),
    }
}

/// The demo's home is its own, but the browser is the user's.
fn choose_browser(home: &Home, program: &Path) -> Result<(), Failure> {
    let file = home.config_file();
    let planted = std::fs::read_to_string(&file)?;
    let quoted = toml::Value::String(program.display().to_string());
    let text = format!("{planted}\n[browser]\nprogram = {quoted}\n");
    Ok(crate::home::write_private(&file, text.as_bytes())?)
}

fn introduce(context: &Context, home: &Home, seed: u64, site: &Site) {
    if context.json {
        return;
    }
    let paint = context.err;
    context.say(&paint.bold(&format!("legwork demo, world {seed}")));
    context.say(&paint.dim(&format!("  state  {}", home.data().display())));
    context.say(&paint.dim(&format!("  site   {} (served by this program)", site.url())));
}

impl Shown {
    fn exit_code(&self) -> u8 {
        if self.checks.iter().all(|check| check.holds) {
            0
        } else {
            report::FAILED
        }
    }

    fn tell(&self, root: &Path, context: &Context) -> Result<(), Failure> {
        let reports: Vec<PathBuf> = self
            .runs
            .iter()
            .map(|run| run.folder.join("report.html"))
            .collect();
        if context.json {
            let runs: Vec<_> = self
                .runs
                .iter()
                .map(|run| serde_json::json!({ "run": run.run, "steps": run.steps }))
                .collect();
            return context.print_json(&serde_json::json!({
                "seed": self.seed,
                "home": root,
                "runs": runs,
                "checks": self.checks,
                "reports": reports,
            }));
        }
        let paint = context.out;
        let mut lines = vec![String::new(), paint.bold("Checked on the site and on disk")];
        for check in &self.checks {
            let mark = if check.holds {
                paint.good("✓")
            } else {
                paint.bad("✗")
            };
            lines.push(format!("  {mark} {}", check.fact));
            lines.push(format!("      {}", paint.dim(&check.source)));
        }
        lines.push(String::new());
        lines.push(paint.bold("Reports, with a picture per step"));
        lines.extend(reports.iter().map(|file| format!("  {}", file.display())));
        context.print(&format!("{}\n", lines.join("\n")))
    }
}

impl From<world::Error> for Failure {
    fn from(error: world::Error) -> Self {
        let hint = error.hint();
        Self::new(Kind::User, error).hint_if(hint)
    }
}
