//! Brings back what was put off before another command is done; says so in one line.

use std::time::Duration;

use super::{Context, Failure};
use crate::agent::approve::DenyAll;
use crate::agent::record::Ending;
use crate::agent::start::{Company, Setting};
use crate::agent::wake;
use crate::agent::watch::Unwatched;
use crate::clock::Clock;
use crate::config::Config;
use crate::untrusted;

/// How long it may take; a mailbox that does not answer holds nobody up for longer.
const LIMIT: Duration = Duration::from_secs(20);

/// Brings back what is due.
///
/// # Errors
/// When the list, the mailbox or the journal can't be used.
pub(super) fn run(context: &Context) -> Result<(), Failure> {
    if !context.home.database().is_file() {
        return Ok(());
    }
    let config = Config::load(&context.home)?;
    let clock = Clock::system(config.zone().unwrap_or(jiff::tz::TimeZone::UTC));
    let finished = super::block_on(LIMIT, async |deadline| {
        let setting = Setting {
            home: &context.home,
            config: &config,
            environment: &context.env,
            clock,
        };
        let company = Company {
            approver: &mut DenyAll,
            watcher: &mut Unwatched,
        };
        Ok(wake::run(&setting, company, deadline).await?)
    })?;
    let Some(finished) = finished else {
        return Ok(());
    };
    match &finished.run.ending {
        Some(Ending::Verified { answer, .. }) => {
            context.say(&context.err.dim(&untrusted::line(answer, 200)));
        }
        Some(_) | None => context.say("some of what was put off could not be brought back"),
    }
    Ok(())
}
