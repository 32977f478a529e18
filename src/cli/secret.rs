//! `legwork secret`: passwords and tokens in the vault. One is typed unseen or read from stdin,
//! never an argument, and none is ever printed.

use std::io::{self, IsTerminal as _, Read as _};

use dialoguer::Password;

use super::report::Kind;
use super::{Context, Failure};
use crate::secret::Secret;
use crate::untrusted;
use crate::vault::{Vault, VaultError};

/// Longest secret read from stdin, in bytes.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

pub(super) const EXAMPLES: &str = "\
Examples:
  legwork secret set work
  legwork secret list";

const SET_EXAMPLES: &str = "\
Examples:
  legwork secret set work                    asks for it, unseen
  pass show mail/work | legwork secret set work
A mail account takes the secret of its own name.";

const LIST_EXAMPLES: &str = "\
Examples:
  legwork secret list
  legwork secret list --json";

const REMOVE_EXAMPLES: &str = "\
Examples:
  legwork secret remove work";

const PASSPHRASE_EXAMPLES: &str = "\
Examples:
  legwork secret passphrase                  seals the vault with one, or with another one
  pass show legwork | legwork secret passphrase
  legwork secret passphrase --off            back to the key file
From then on it is taken from LEGWORK_PASSPHRASE, from the program vault.passphrase_command of
config.toml, or asked for at the terminal.";

/// Keep passwords and tokens in an encrypted vault
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Put a secret in, in place of what had its name
    #[command(after_help = SET_EXAMPLES)]
    Set {
        /// Its name; a mail account takes the one of its own name
        name: String,
    },
    /// List the names, never the secrets
    #[command(after_help = LIST_EXAMPLES)]
    List {},
    /// Seal the vault with a passphrase instead of the key file
    #[command(after_help = PASSPHRASE_EXAMPLES)]
    Passphrase {
        /// Open it with a key file again
        #[arg(long)]
        off: bool,
    },
    /// Take a secret out
    #[command(after_help = REMOVE_EXAMPLES)]
    Remove {
        /// Its name
        name: String,
    },
}

pub(super) fn run(command: &Command, context: &Context) -> Result<u8, Failure> {
    let vault = Vault::of(&context.home);
    match command {
        Command::Set { name } => {
            let secret = ask(name, context)?;
            vault.set(name, &secret).map_err(refused)?;
            let name = untrusted::line(name, 100);
            told(context, &format!("'{name}' is in the vault"), &name)
        }
        Command::List {} => {
            let names = vault.names().map_err(refused)?;
            if context.json {
                context.print_json(&names)?;
                return Ok(0);
            }
            if names.is_empty() {
                context.say("the vault is empty; 'legwork secret set NAME' puts a secret in");
            }
            for name in names {
                context.print(&format!("{name}\n"))?;
            }
            Ok(0)
        }
        Command::Passphrase { off: true } => {
            vault.unseal().map_err(refused)?;
            sealed(context, "the key file opens the vault again", false)
        }
        Command::Passphrase { off: false } => {
            // The old one first, so that nobody is asked for a new one in vain.
            vault.names().map_err(refused)?;
            let new = ask("the vault", context)?;
            vault.seal_with(&new).map_err(refused)?;
            sealed(
                context,
                "only the passphrase opens the vault from now on",
                true,
            )
        }
        Command::Remove { name } => {
            let shown = untrusted::line(name, 100);
            if !vault.remove(name).map_err(refused)? {
                return Err(Failure::user(format!("the vault has no '{shown}'"))
                    .hint("'legwork secret list' names what it has"));
            }
            told(context, &format!("'{shown}' is out of the vault"), &shown)
        }
    }
}

fn sealed(context: &Context, text: &str, is_sealed: bool) -> Result<u8, Failure> {
    if context.json {
        context.print_json(&serde_json::json!({ "sealed": is_sealed }))?;
    } else {
        context.say(text);
    }
    Ok(0)
}

fn told(context: &Context, text: &str, name: &str) -> Result<u8, Failure> {
    if context.json {
        context.print_json(&serde_json::json!({ "name": name }))?;
    } else {
        context.say(text);
    }
    Ok(0)
}

/// Takes the secret from whoever sits there, or the first line of stdin.
pub(super) fn ask(name: &str, context: &Context) -> Result<Secret, Failure> {
    let shown = untrusted::line(name, 100);
    let empty = || {
        Failure::user(format!("the secret of '{shown}' is empty"))
            .hint("type it when asked, or pipe it in")
    };
    let text = if io::stdin().is_terminal() {
        let prompt = Password::new().with_prompt(format!("Secret of '{shown}', unseen"));
        let typed = prompt.allow_empty_password(true).interact();
        typed.map_err(|error| {
            Failure::user(format!("the secret can't be read: {error}"))
                .hint("pipe it in where there is no terminal")
        })?
    } else {
        let mut text = String::new();
        let mut stdin = io::stdin().take(SECRET_BYTES_MAX);
        stdin.read_to_string(&mut text).map_err(|error| {
            Failure::user(format!("the secret on stdin can't be read: {error}"))
                .hint("give plain text in UTF-8")
        })?;
        text.lines().next().unwrap_or_default().to_owned()
    };
    // On a terminal that shows nothing, a blank at an end is a slip more often than meant.
    let text = if context.interactive {
        text.trim().to_owned()
    } else {
        text
    };
    if text.is_empty() {
        return Err(empty());
    }
    Ok(Secret::new(text))
}

pub(super) fn refused(error: VaultError) -> Failure {
    let hint = error.hint();
    let kind = match &error {
        VaultError::BadName { .. } => Kind::User,
        VaultError::Io { .. }
        | VaultError::Open { .. }
        | VaultError::NoKey { .. }
        | VaultError::Locked { .. }
        | VaultError::Sealed { .. }
        | VaultError::WrongPassphrase { .. }
        | VaultError::Newer { .. } => Kind::Config,
    };
    Failure::new(kind, error).hint_if(hint)
}
