//! The hidden command that keeps one session's browser; `open` starts it in the background.

use std::io::Write as _;
use std::time::Duration;

use crate::agent::Mode;
use crate::agent::start::{Mind, Setting, Task};
use crate::cli::wish::WishArgs;
use crate::cli::{Context, Failure};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::{self, Place, READY, Service};

/// How long a session waits for something to do before it ends, in seconds.
const IDLE_SECONDS: u64 = 600;
/// Longest life of a session: a day.
const LIFE_LIMIT: Duration = Duration::from_hours(24);

/// How the session is kept.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Show the browser's window
    #[arg(long)]
    headed: bool,
    /// Run the browser without its sandbox
    #[arg(long)]
    no_sandbox: bool,
    #[command(flatten)]
    browser: WishArgs,
    /// End after so many seconds without a command
    #[arg(long, value_name = "SECONDS", default_value_t = IDLE_SECONDS)]
    idle: u64,
}

/// Runs the server to its end.
pub(super) fn run(args: &Args, session: &str, context: &Context) -> Result<u8, Failure> {
    let config = Config::load(&context.home)?;
    let zone = config.zone().unwrap_or(jiff::tz::TimeZone::UTC);
    let name: daemon::Name = session.parse()?;
    let service = Service {
        task: Task {
            goal: format!("work by hand in the session '{name}'"),
            planner: Mind::Plain,
            account: context.account.clone(),
            mode: Mode::Perform,
            headed: args.headed,
            sandbox: crate::cli::run::sandbox(args.no_sandbox, context),
            wish: args.browser.wish(context)?,
        },
        place: Place::new(&context.home, name)?,
        setting: Setting {
            home: &context.home,
            config: &config,
            environment: &context.env,
            clock: Clock::system(zone),
        },
        idle: Duration::from_secs(args.idle),
    };
    let ready = || {
        let mut out = std::io::stdout().lock();
        // Whoever started us may have gone already; the session is there all the same.
        drop(writeln!(out, "{READY}").and_then(|()| out.flush()));
    };
    crate::cli::block_on(LIFE_LIMIT, |deadline| async {
        Ok(daemon::serve(&service, ready, deadline).await?)
    })?;
    Ok(0)
}
