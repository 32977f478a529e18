//! Where a password or token comes from: the user's own program, or the vault.

use std::process::Stdio;
use std::time::Duration;

use crate::config::{MailAccount, MailAuth};
use crate::deadline::Deadline;
use crate::mail::Error;
use crate::secret::Secret;
use crate::untrusted;
use crate::vault::{Vault, VaultError};

/// Longest time that the user's program may take; it may ask for a finger on a key.
const PROGRAM_TIME: Duration = Duration::from_mins(1);
/// Longest secret, in bytes: OAuth tokens of some providers have four thousand.
const SECRET_BYTES_MAX: usize = 64 * 1024;
/// Longest complaint of a program repeated, in characters.
const SAID_CHARS_MAX: usize = 200;

/// Why there is no password or token.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// Nobody said what it is.
    #[error("there is no {what} for the mail account '{account}'")]
    None {
        /// The account.
        account: String,
        /// `password` or `token`.
        what: &'static str,
    },
    /// The user's program did not give it.
    #[error("the {what} program '{program}' of '{account}' failed: {problem}")]
    Program {
        /// The account.
        account: String,
        /// `password` or `token`.
        what: &'static str,
        /// The program.
        program: String,
        /// What went wrong.
        problem: String,
    },
    /// The vault can't be opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl CredentialError {
    /// Returns what the user can do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::None { account, .. } => Some(format!("legwork secret set {account}")),
            Self::Program { what, .. } => Some(format!(
                "run {what}_command of config.toml by hand: its first line must be the {what}"
            )),
            Self::Vault(error) => error.hint(),
        }
    }
}

/// Gets the password or token of `account`.
pub(super) async fn secret(
    account: &MailAccount,
    vault: &Vault,
    deadline: &Deadline,
) -> Result<Secret, Error> {
    let (what, command) = match account.auth {
        MailAuth::Plain => ("password", &account.password_command),
        MailAuth::Xoauth2 | MailAuth::Oauthbearer => ("token", &account.token_command),
    };
    if let Some((program, arguments)) = command.split_first() {
        return printed(&account.name, what, (program, arguments), deadline).await;
    }
    let kept = vault.get(&account.name).map_err(CredentialError::from)?;
    let none = || CredentialError::None {
        account: account.name.clone(),
        what,
    };
    Ok(kept.ok_or_else(none)?)
}

/// Gets the passphrase of the vault from the program that the configuration names.
///
/// # Errors
/// [`CredentialError::Program`], and [`Error::Stopped`].
///
/// # Cancellation
/// The program is ended.
pub async fn passphrase(
    (program, arguments): (&str, &[String]),
    deadline: &Deadline,
) -> Result<Secret, Error> {
    printed("the vault", "passphrase", (program, arguments), deadline).await
}

/// Runs the user's program and takes its first line.
#[expect(
    clippy::disallowed_methods,
    reason = "the user's own configuration names the program that knows the password"
)]
async fn printed(
    account: &str,
    what: &'static str,
    (program, arguments): (&str, &[String]),
    deadline: &Deadline,
) -> Result<Secret, Error> {
    let failed = |problem: String| CredentialError::Program {
        account: account.to_owned(),
        what,
        program: untrusted::line(program, SAID_CHARS_MAX),
        problem,
    };
    let running = tokio::process::Command::from(std::process::Command::new(program))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let limit = deadline.child(PROGRAM_TIME);
    let waited = format!("the {what} program of '{account}'");
    let output = match limit.bound(&waited, running).await {
        Ok(output) => output.map_err(|error| failed(error.to_string()))?,
        Err(ended) if deadline.is_over() => return Err(Error::Stopped(ended)),
        Err(ended) => return Err(failed(ended.to_string()).into()),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = untrusted::line(said.lines().next().unwrap_or_default(), SAID_CHARS_MAX);
        let problem = format!("{} {said}", output.status).trim_end().to_owned();
        return Err(failed(problem).into());
    }
    let text = String::from_utf8(output.stdout);
    let text = text.map_err(|_| failed("it printed what is not text".to_owned()))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() || line.len() > SECRET_BYTES_MAX {
        let problem = if line.is_empty() {
            "it printed nothing"
        } else {
            "it printed too much"
        };
        return Err(failed(problem.to_owned()).into());
    }
    Ok(Secret::new(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home::Home;

    fn account(lines: &str) -> MailAccount {
        let text =
            format!("name = 'work'\naddress = 'ada@example.org'\nimap = {{ host = 'h' }}\n{lines}");
        toml::from_str(&text).unwrap()
    }

    async fn get(lines: &str) -> Result<String, Error> {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::of(&Home::at(folder.path()));
        let limit = Deadline::after(Duration::from_secs(20));
        let got = secret(&account(lines), &vault, &limit).await?;
        Ok(got.reveal().to_owned())
    }

    #[tokio::test]
    async fn a_program_says_the_password_on_its_first_line() {
        let said = get("password_command = ['printf', 'a b\\nlogin: x\\n']").await;
        assert_eq!(said.unwrap(), "a b");
    }

    #[tokio::test]
    async fn a_program_that_fails_is_named_with_what_it_said() {
        let table = [
            (
                "['sh', '-c', 'echo locked >&2; exit 3']",
                "exit status: 3 locked",
            ),
            ("['true']", "it printed nothing"),
            ("['/nonexistent/program']", "No such file"),
        ];
        for (command, want) in table {
            let error = get(&format!("password_command = {command}"))
                .await
                .unwrap_err();
            assert!(error.to_string().contains(want), "{error}");
        }
        let none = get("").await.unwrap_err();
        assert_eq!(
            none.to_string(),
            "there is no password for the mail account 'work'"
        );
        assert_eq!(none.hint().as_deref(), Some("legwork secret set work"));
    }
}
