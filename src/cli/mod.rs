//! The command line: what was typed becomes calls, what came of them becomes text or JSON.
//!
//! One file per command. Data goes to stdout, everything else to stderr; a closed pipe is a quiet
//! end. Nothing here decides what a run may do: that is the policy's.

mod account;
mod ask;
mod cal;
pub mod chromium;
mod columns;
mod completions;
pub mod demo;
pub mod doctor;
mod journal;
mod leaving;
mod mail;
mod one;
mod paint;
mod panic;
pub mod report;
mod report_command;
pub mod run;
mod runs;
mod secret;
pub mod setup;
mod task;
pub mod timeline;
mod unlock;
mod wake;
pub mod web;
mod wish;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, Parser, Subcommand};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::config::Environment;
use crate::deadline::Deadline;
use crate::home::Home;

pub use paint::Paint;
use report::{Failure, Kind};

const EXAMPLES: &str = "\
Examples:
  legwork demo                     see all of it work, without an account or a key
  legwork setup                    find a browser, or install one
  legwork run 'GOAL' --dry-run     list what would be done, do nothing
  legwork web open URL             work a page by hand, one action at a time
  legwork mail triage              what each message in the inbox wants
  legwork cal agenda --week        the week, drawn
  legwork journal list             what was done so far

Environment:
  LEGWORK_HOME      folder of all state, instead of the XDG folders
  LEGWORK_CHROMIUM  the browser to use
  LEGWORK_PASSPHRASE  opens a vault that is sealed with a passphrase
  LEGWORK_LOG       what to log to stderr, such as 'legwork=debug'
  NO_COLOR          set to anything: no colours

Exit codes: see 'legwork run --help'.";

/// Does web chores, inbox triage and calendar booking in one loop, and proves what it did.
#[derive(Debug, Parser)]
#[command(name = "legwork", version, after_help = EXAMPLES, arg_required_else_help = true)]
#[command(max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands.
#[derive(Debug, clap::Args)]
struct Global {
    /// Print data as JSON
    #[arg(long, global = true)]
    json: bool,
    /// Keep all state in this folder, as `LEGWORK_HOME` does
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Work with this mail account instead of the first of config.toml; 'local' is the Maildir
    #[arg(long, global = true, value_name = "NAME")]
    account: Option<String>,
    /// Log more to stderr; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

/// The commands, in the order in which a newcomer meets them.
#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Setup(setup::Args),
    Doctor(doctor::Args),
    Run(run::Args),
    Web(web::Args),
    #[command(subcommand)]
    Mail(mail::Command),
    #[command(subcommand, after_help = account::EXAMPLES)]
    Account(account::Command),
    #[command(subcommand, after_help = secret::EXAMPLES)]
    Secret(secret::Command),
    #[command(subcommand)]
    Cal(cal::Command),
    #[command(subcommand)]
    Journal(journal::Command),
    Report(report_command::Args),
    Completions(completions::Args),
}

/// What a command needs to know of its surroundings.
#[derive(Debug)]
pub struct Context {
    /// What the environment says, `--home` applied.
    pub env: Environment,
    /// Where state lives.
    pub home: Home,
    /// The mail account that was asked for.
    pub account: Option<String>,
    /// Whether data is printed as JSON.
    pub json: bool,
    /// How stdout is painted.
    pub out: Paint,
    /// How stderr is painted.
    pub err: Paint,
    /// Whether someone sits at the terminal who can be asked.
    pub interactive: bool,
}

impl Context {
    fn new(global: &Global) -> Result<Self, Failure> {
        let mut env = Environment::read();
        if let Some(home) = &global.home {
            env.home = Some(home.clone());
        }
        let home = env.folders()?;
        let terminal = io::stderr().is_terminal();
        Ok(Self {
            account: global.account.clone(),
            json: global.json,
            out: Paint::new(io::stdout().is_terminal() && !env.no_color),
            err: Paint::new(terminal && !env.no_color),
            interactive: terminal && io::stdin().is_terminal(),
            home,
            env,
        })
    }

    /// Prints `text` to stdout.
    ///
    /// # Errors
    /// When stdout can't be written; a closed pipe is [`Failure::pipe`].
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    /// Prints `data` to stdout as indented JSON.
    ///
    /// # Errors
    /// As [`Context::print`].
    pub fn print_json(&self, data: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(data).map_err(Failure::internal)?;
        self.print(&format!("{text}\n"))
    }

    /// Says `text` on stderr; nobody there is not an error.
    pub fn say(&self, text: &str) {
        drop(writeln!(io::stderr().lock(), "{text}"));
    }
}

/// Runs the command line of this process and returns its exit code.
pub fn main() -> ExitCode {
    panic::install();
    ExitCode::from(panic::guard(|| with_arguments(std::env::args_os())))
}

fn with_arguments(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to stdout and usage errors to stderr; clap knows which is which.
            drop(error.print());
            return if error.use_stderr() { report::USER } else { 0 };
        }
    };
    let json = cli.global.json;
    let done = Context::new(&cli.global).and_then(|context| {
        start_log(&context, cli.global.verbose)?;
        unlock::install(&context);
        dispatch(cli.command, &context)
    });
    done.unwrap_or_else(|failure| failure.tell(json))
}

fn dispatch(command: Command, context: &Context) -> Result<u8, Failure> {
    match command {
        Command::Demo(args) => demo::run(&args, context),
        Command::Setup(args) => setup::run(&args, context),
        Command::Doctor(args) => doctor::run(&args, context),
        Command::Run(args) => run::run(&args, context),
        Command::Web(args) => web::run(&args, context),
        Command::Mail(command) => mail::run(&command, context),
        Command::Account(command) => account::run(&command, context),
        Command::Secret(command) => secret::run(&command, context),
        Command::Cal(command) => cal::run(&command, context),
        Command::Journal(command) => journal::run(&command, context),
        Command::Report(args) => report_command::run(&args, context),
        Command::Completions(args) => completions::run(&args, context),
    }
}

/// Logs to stderr what `LEGWORK_LOG` or `-v` ask for; warnings without them.
fn start_log(context: &Context, verbose: u8) -> Result<(), Failure> {
    let by_flag = match verbose {
        0 => "legwork=warn",
        1 => "legwork=info",
        _ => "legwork=trace",
    };
    let wanted = context.env.log.as_deref().unwrap_or(by_flag);
    let filter = EnvFilter::try_new(wanted).map_err(|error| {
        Failure::new(Kind::Config, anyhow::Error::new(error))
            .saying(format!("LEGWORK_LOG is not a log filter: '{wanted}'"))
            .hint("write it as LEGWORK_LOG=legwork=debug")
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(context.err.is_on())
        .with_writer(io::stderr);
    // A second start in one process keeps the first log, which only tests can bring about.
    drop(log.try_init());
    Ok(())
}

/// Runs `work` to its end under `limit`; Ctrl-C gives the stop signal, a second one ends at once.
///
/// # Errors
/// What `work` says, or [`Kind::Internal`] when no runtime can be started.
pub fn block_on<T, W>(limit: Duration, work: impl FnOnce(Deadline) -> W) -> Result<T, Failure>
where
    W: Future<Output = Result<T, Failure>>,
{
    drive(
        &mut tokio::runtime::Builder::new_multi_thread(),
        limit,
        work,
    )
}

/// As [`block_on`], for work that only waits for another process: without threads of its own it
/// begins sooner.
///
/// # Errors
/// As [`block_on`].
pub(crate) fn block_on_one<T, W>(
    limit: Duration,
    work: impl FnOnce(Deadline) -> W,
) -> Result<T, Failure>
where
    W: Future<Output = Result<T, Failure>>,
{
    let mut builder = tokio::runtime::Builder::new_current_thread();
    drive(&mut builder, limit, work)
}

fn drive<T, W>(
    builder: &mut tokio::runtime::Builder,
    limit: Duration,
    work: impl FnOnce(Deadline) -> W,
) -> Result<T, Failure>
where
    W: Future<Output = Result<T, Failure>>,
{
    let runtime = builder.enable_all().build()?;
    let done = runtime.block_on(async {
        // Before any work: a signal must never meet the default, which would kill the process
        // with its journal open.
        let mut stops = signal(SignalKind::interrupt())?;
        let mut ends = signal(SignalKind::terminate())?;
        let deadline = Deadline::after(limit);
        let work = work(deadline.clone());
        tokio::pin!(work);
        tokio::select! {
            done = &mut work => return done,
            _ = stops.recv() => {}
            _ = ends.recv() => {}
        }
        deadline.stop();
        tokio::select! {
            done = &mut work => done,
            _ = stops.recv() => Err(Failure::stopped()),
        }
    });
    // Blocking work, such as unpacking, is not waited for once the user stopped.
    runtime.shutdown_background();
    done
}

/// Lists every command as it is typed, with its own long flags; documents are checked against it.
pub fn surface() -> Vec<(String, Vec<String>)> {
    let mut root = Cli::command();
    root.build();
    let mut found = Vec::new();
    collect(&root, "", &mut found);
    found
}

fn collect(command: &clap::Command, prefix: &str, found: &mut Vec<(String, Vec<String>)>) {
    for sub in command.get_subcommands() {
        let name = format!("{prefix}{}", sub.get_name());
        let flags = sub
            .get_arguments()
            .filter_map(clap::Arg::get_long)
            .map(str::to_owned)
            .collect();
        found.push((name.clone(), flags));
        collect(sub, &format!("{name} "), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        fn check(command: &clap::Command) {
            for sub in command.get_subcommands() {
                if sub.get_subcommands().next().is_none() {
                    let help = sub.get_after_help().map(ToString::to_string);
                    let help = help.unwrap_or_default();
                    assert!(help.contains("Examples:"), "{} has none", sub.get_name());
                    assert!(help.contains(&format!("legwork {}", "")), "{help}");
                }
                check(sub);
            }
        }
        check(&Cli::command());
    }

    #[test]
    fn the_surface_names_commands_below_commands() {
        let names: Vec<String> = surface().into_iter().map(|(name, _)| name).collect();
        assert!(names.contains(&"journal show".to_owned()), "{names:?}");
    }
}
