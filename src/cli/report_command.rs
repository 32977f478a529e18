//! `legwork report`: the page that shows one run; makes it anew where it is missing.

use super::runs;
use super::{Context, Failure};
use crate::agent;
use crate::home;

const EXAMPLES: &str = "\
Examples:
  legwork report last
  xdg-open \"$(legwork report last)\"
  legwork report 20270314 --json";

/// Print the path of a run's report, a page that needs no network
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The run's id, its beginning, or 'last'
    run: String,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<u8, Failure> {
    let kept = runs::load(context, &args.run)?;
    let file = runs::report_file(&context.home, &kept.run.id);
    if !file.is_file() {
        let page = agent::report::render(&kept.run, &kept.steps).map_err(Failure::internal)?;
        home::write_private(&file, page.as_bytes()).map_err(|error| {
            Failure::internal(error).saying(format!("can't write {}", file.display()))
        })?;
    }
    if context.json {
        context.print_json(&serde_json::json!({ "run": kept.run.id, "report": file }))?;
    } else {
        context.print(&format!("{}\n", file.display()))?;
    }
    Ok(0)
}
