//! Brings back what was put off before another command is done; says so in one line.

use std::time::Duration;

use super::one::Ground;
use super::{Context, Failure};
use crate::agent::approve::DenyAll;
use crate::agent::record::Ending;
use crate::agent::start::Company;
use crate::agent::wake;
use crate::agent::watch::Unwatched;
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
    let ground = Ground::load(context)?;
    let finished = super::block_on(LIMIT, async |deadline| {
        let company = Company {
            approver: &mut DenyAll,
            watcher: &mut Unwatched,
        };
        Ok(wake::run(&ground.setting(context), company, deadline).await?)
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
