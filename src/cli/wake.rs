//! Brings back what was put off before another command is done; says so in one line.

use std::time::Duration;

use super::one::Ground;
use super::{Context, Failure};
use crate::agent::approve::DenyAll;
use crate::agent::record::Ending;
use crate::agent::start::Company;
use crate::agent::wake::{self, Woken};
use crate::agent::watch::Unwatched;
use crate::untrusted;

/// How long it may take once the server answers.
const LIMIT: Duration = Duration::from_secs(20);
/// How long a server is waited for by a command that may not need it at all.
pub(super) const SHORT: Duration = Duration::from_secs(2);
/// How long it is waited for by one that asks it anyway.
pub(super) const LONG: Duration = Duration::from_secs(20);

/// Brings back what is due, unless its server does not answer within `patience`.
///
/// # Errors
/// When the list, the mailbox or the journal can't be used.
pub(super) fn run(patience: Duration, context: &Context) -> Result<(), Failure> {
    if !context.home.database().is_file() {
        return Ok(());
    }
    let ground = Ground::load(context)?;
    let woken = super::block_on(LIMIT, async |deadline| {
        let company = Company {
            approver: &mut DenyAll,
            watcher: &mut Unwatched,
        };
        let woken = wake::run(
            &ground.setting(context),
            company,
            patience,
            deadline.clone(),
        )
        .await;
        // A disk that is full or a database that is damaged keeps nobody from reading.
        Ok(match woken {
            Err(error) if !deadline.is_stopped() => Err(error),
            woken => Ok(woken?),
        })
    })?;
    let woken = match woken {
        Ok(woken) => woken,
        Err(error) => {
            let text = untrusted::line(&error.to_string(), 200);
            context.say(&format!("what was put off can't be brought back: {text}"));
            return Ok(());
        }
    };
    match woken {
        Woken::Nothing => {}
        Woken::Unreached { account, error } => {
            let text = untrusted::line(&error.to_string(), 200);
            context.say(&format!(
                "what was put off in {account} can't be brought back yet: {text}"
            ));
        }
        Woken::Ran(finished) => match &finished.run.ending {
            Some(Ending::Verified { answer, .. }) => {
                context.say(&context.err.dim(&untrusted::line(answer, 200)));
            }
            Some(_) | None => context.say("some of what was put off could not be brought back"),
        },
    }
    Ok(())
}
