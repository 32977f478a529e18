//! The loop: observe, plan, judge, journal the intent, act, verify, journal the outcome.
//!
//! There is only this one. Every planner and every front goes through it.

use super::journal::JournalError;
use super::record::Ending;
use super::session::{Next, Session};
use crate::deadline::Ended;
use crate::planner::{BATCH_MAX, Planner, Proposal};

/// Runs until the goal is reached, given up, refused, halted by a limit or stopped.
///
/// # Errors
/// When the journal can't be kept: without it nothing may be done.
///
/// # Cancellation
/// Dropped in mid-step, that step stays on record as intended; the next run reports it.
pub async fn run(
    session: &mut Session<'_>,
    planner: &mut dyn Planner,
) -> Result<Ending, JournalError> {
    loop {
        if let Some(ending) = session.spent() {
            return Ok(ending);
        }
        session.observe().await;
        let proposals = match planner.next(&session.view(), session.deadline()).await {
            Ok(proposals) => proposals,
            Err(Ended::Stopped) => return Ok(Ending::Stopped {}),
            Err(Ended::TimedOut(what)) => return Ok(Ending::Halted { reason: what }),
        };
        session.begin_turn(proposals.is_empty());
        for proposal in proposals.into_iter().take(BATCH_MAX) {
            if let Some(ending) = session.ending(&proposal.action) {
                return Ok(ending);
            }
            let next = step(session, &proposal).await?;
            if let Some(ending) = next.ending {
                return Ok(ending);
            }
            if next.look_again {
                break;
            }
        }
    }
}

/// One step: judge, journal the intent, act, verify, journal the outcome.
pub(super) async fn step(
    session: &mut Session<'_>,
    proposal: &Proposal,
) -> Result<Next, JournalError> {
    let outcome = match session.judge(proposal) {
        Ok(approved) => {
            session.intend(proposal, &approved)?;
            session.perform(&approved).await
        }
        Err(refused) => *refused,
    };
    session.conclude(outcome).await
}
