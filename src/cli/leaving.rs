//! Whether letters of an account can leave: logs in at its SMTP server, and sends nothing.

use std::time::Duration;

use super::mail::refused;
use super::{Context, Failure};
use crate::config::{Config, MailServer};
use crate::deadline::Deadline;
use crate::mail::discover::Proposal;
use crate::mail::smtp::{Fault, Route};

/// Servers tried for sending.
const WAYS_OUT_MAX: usize = 5;

/// Longest that trying one may take.
const LIMIT: Duration = Duration::from_mins(1);

/// What a login came to: why it failed, and what would help.
pub(super) type Probe = Result<(), (Fault, String)>;

/// Finds the first server that takes letters of the account, by logging in; else says what the last
/// one said. One that was reached and refuses is the answer.
pub(super) fn way_out(
    (name, config): (&str, &Config),
    (proposal, others): (&Proposal, &[MailServer]),
    context: &Context,
) -> Result<(Option<MailServer>, Option<String>), Failure> {
    let mut ways: Vec<&MailServer> = proposal.smtp.iter().collect();
    ways.extend(
        others
            .iter()
            .filter(|other| Some(*other) != proposal.smtp.as_ref()),
    );
    ways.dedup();
    let mut trouble = None;
    for way in ways.into_iter().take(WAYS_OUT_MAX) {
        let mut tried = config.clone();
        for account in tried.mail.iter_mut().filter(|one| one.name == name) {
            account.smtp = Some(way.clone());
        }
        match probed(name, &tried, context)? {
            None | Some(Ok(())) => return Ok((Some(way.clone()), None)),
            Some(Err((fault, said))) => {
                trouble = Some(said);
                if fault != Fault::Passing {
                    break;
                }
            }
        }
    }
    Ok((None, trouble))
}

/// Logs in where letters of the account leave; none where they leave by no server.
pub(super) fn probed(
    name: &str,
    config: &Config,
    context: &Context,
) -> Result<Option<Probe>, Failure> {
    let account = config.mail.iter().find(|one| one.name == name);
    if account.is_none_or(|one| one.smtp.is_none()) {
        return Ok(None);
    }
    super::block_on(LIMIT, async |deadline: Deadline| {
        let route = Route::of(name, &context.home, config, &deadline).await;
        let Route::Server(server) = route.map_err(refused)? else {
            return Ok(None);
        };
        let done = server.probe(&deadline).await;
        if deadline.is_stopped() {
            return Err(Failure::stopped());
        }
        Ok(Some(done))
    })
}
