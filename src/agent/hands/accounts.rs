//! Calendars that mirror a server: which they are, and how a change reaches the server.

use super::{HandError, Hands};
use crate::calendar::dav::{Account, Mirror, Synced};
use crate::config::CalDavAccount;
use crate::deadline::Deadline;

impl Hands {
    /// The account whose mirror a calendar is (`work/team` is of `work`).
    pub(super) fn account(&self, calendar: &str) -> Option<&CalDavAccount> {
        let first = calendar.split('/').next().unwrap_or_default();
        self.accounts.iter().find(|account| account.name == first)
    }

    pub(super) fn mirror(&self, account: &CalDavAccount) -> Result<Mirror, HandError> {
        let account = Account::new(account)?;
        Ok(Mirror::open(self.calendar.root(), &account)?)
    }

    /// Brings the mirror a calendar lies in up to date; nothing for one of this machine.
    pub(super) async fn synced(
        &self,
        calendar: &str,
        deadline: &Deadline,
    ) -> Result<Option<Synced>, HandError> {
        let Some(account) = self.account(calendar) else {
            return Ok(None);
        };
        let mut mirror = self.mirror(account)?;
        Ok(Some(Box::pin(mirror.sync(deadline)).await?))
    }

    /// Sends a change on; what can't be sent now goes with the next sync, and is said.
    pub(super) async fn sent_on(&self, calendar: &str, deadline: &Deadline) -> String {
        match self.synced(calendar, deadline).await {
            Ok(None) => String::new(),
            Ok(Some(done)) => match done.conflicts.iter().chain(&done.problems).next() {
                None => ", on its server too".to_owned(),
                Some(problem) => format!("; {}", crate::untrusted::line(problem, 200)),
            },
            Err(error) => {
                let error = crate::untrusted::line(&error.to_string(), 160);
                format!("; its server gets it with the next 'legwork cal sync' ({error})")
            }
        }
    }
}
