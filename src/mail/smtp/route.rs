//! Which way letters of an account leave.

use super::Server;
use crate::config::{Config, LOCAL, MailAccount};
use crate::deadline::Deadline;
use crate::home::Home;
use crate::mail::Error;
use crate::mail::credential;
use crate::vault::Vault;

/// Which way letters leave.
#[derive(Debug, Clone)]
pub enum Route {
    /// By the outbox folder of the Maildir.
    Folder,
    /// By a server.
    Server(Box<Server>),
}

impl Route {
    /// Finds the way out of the account `name`, and asks for its password where it needs one.
    ///
    /// # Errors
    /// [`Error::NoWayOut`], and why there is no password.
    ///
    /// # Cancellation
    /// Only asks.
    pub async fn of(
        name: &str,
        home: &Home,
        config: &Config,
        deadline: &Deadline,
    ) -> Result<Self, Error> {
        let through = if name == LOCAL {
            match &config.send.through {
                Some(through) => through,
                None => return Ok(Self::Folder),
            }
        } else {
            name
        };
        let mut accounts = config.mail.iter();
        let account = accounts.find(|account| account.name == *through);
        match account {
            Some(account) => {
                let server = server(account, &Vault::of(home), deadline).await?;
                Ok(Self::Server(Box::new(server)))
            }
            None => Err(no_way(through)),
        }
    }
}

fn no_way(account: &str) -> Error {
    Error::NoWayOut {
        account: account.to_owned(),
    }
}

async fn server(
    account: &MailAccount,
    vault: &Vault,
    deadline: &Deadline,
) -> Result<Server, Error> {
    let smtp = account.smtp.as_ref();
    let smtp = smtp.ok_or_else(|| no_way(&account.name))?;
    Ok(Server {
        host: smtp.host.clone(),
        port: smtp.smtp_port(),
        tls: smtp.tls,
        ca: account.ca.clone(),
        user: account.user().to_owned(),
        secret: credential::secret(account, vault, deadline).await?,
        auth: account.auth,
    })
}
