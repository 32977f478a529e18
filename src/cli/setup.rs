//! `legwork setup`: makes the folders and sees to a browser. Running it again changes nothing.

use super::chromium::{self, Install};
use super::report::Kind;
use super::{Context, Failure};
use crate::browser::install;
use crate::config::Config;
use crate::home::make_private;

const EXAMPLES: &str = "\
Examples:
  legwork setup                 find a browser, ask before installing one
  legwork setup --yes           don't ask
  legwork setup --no-install    only say what is missing and how to get it

As root on Debian the browser comes from apt-get; elsewhere Chrome's headless shell is downloaded
into Legwork's own folder (as root: /opt/chromium). Without a terminal nobody is asked: running setup is the answer.";

/// Make the folders, find a browser or install one
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Don't install anything, say what is missing
    #[arg(long)]
    no_install: bool,
    /// Install without asking
    #[arg(long, conflicts_with = "no_install")]
    yes: bool,
}

/// Runs the command.
///
/// # Errors
/// When a folder can't be made, or there is no browser and none may or can be installed.
pub fn run(args: &Args, context: &Context) -> Result<u8, Failure> {
    let config = Config::load(&context.home)?;
    folders(context)?;
    let allowed = allowed(args, &config, context)?;
    let (program, version) = super::block_on(install::LIMIT, async |deadline| {
        let program = chromium::ensure(&config, context, allowed, &deadline).await?;
        let started = install::starts(&program, &deadline).await;
        let version = started.map_err(|error| {
            let hint = error.hint();
            Failure::new(Kind::Browser, error).hint_if(hint)
        })?;
        Ok((program, version))
    })?;
    if context.json {
        context.print_json(&serde_json::json!({
            "browser": program, "version": version, "home": context.home.data(),
        }))?;
    } else {
        context.print(&format!("browser: {version}, {}\n", program.display()))?;
        context.print(&format!("home: {}\n", context.home.data().display()))?;
        context.say("ready; see it work with 'legwork demo'");
    }
    Ok(0)
}

fn folders(context: &Context) -> Result<(), Failure> {
    let home = &context.home;
    let data = home.data().to_owned();
    let config = home.config_file();
    let config = config.parent().map_or_else(|| data.clone(), Into::into);
    for folder in [config, data, home.mail(), home.calendar(), home.skills()] {
        make_private(&folder).map_err(|error| {
            Failure::new(Kind::Config, error)
                .saying(format!("can't make {}", folder.display()))
                .hint("set LEGWORK_HOME to a folder of your own")
        })?;
    }
    Ok(())
}

/// Asks before anything is installed, where someone can be asked.
fn allowed(args: &Args, config: &Config, context: &Context) -> Result<Install, Failure> {
    let wanted = Install::unless(args.no_install);
    let ask = wanted == Install::Allowed && !args.yes && context.interactive;
    if !ask || chromium::find(config, context).is_ok() {
        return Ok(wanted);
    }
    let plan = chromium::plan(context)?;
    let question = format!("no browser was found; go on with {}?", plan.sentence());
    let answer = dialoguer::Confirm::new()
        .with_prompt(question)
        .default(true)
        .interact_opt();
    Ok(match answer {
        Ok(Some(true)) => Install::Allowed,
        Ok(Some(false) | None) | Err(_) => Install::Refused,
    })
}
