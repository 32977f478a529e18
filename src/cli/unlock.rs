//! How this process gets the passphrase of a vault that is sealed with one: the environment, the
//! program that config.toml names, or whoever sits there. Asked once, when it is first needed.

use std::time::Duration;

use dialoguer::Password;

use super::Context;
use crate::config::Config;
use crate::deadline::Deadline;
use crate::home::Home;
use crate::mail;
use crate::secret::Secret;
use crate::vault;

/// Longest that the program may take; it may ask for a finger on a key.
const LIMIT: Duration = Duration::from_mins(1);

/// Says how the passphrase is got; nothing is asked yet.
pub(super) fn install(context: &Context) {
    let given = context.env.passphrase.clone();
    let (home, interactive) = (context.home.clone(), context.interactive);
    vault::ask_by(Box::new(move || {
        if let Some(given) = &given {
            return Ok(given.clone());
        }
        match by_program(&home)? {
            Some(printed) => Ok(printed),
            None if interactive => typed(),
            None => Err("there is no terminal to type it at".to_owned()),
        }
    }));
}

/// Runs the program of `vault.passphrase_command`, where there is one.
fn by_program(home: &Home) -> Result<Option<Secret>, String> {
    let config = Config::load(home).map_err(|error| error.to_string())?;
    let command = config.vault.passphrase_command;
    let Some((program, arguments)) = command.split_first() else {
        return Ok(None);
    };
    // Whoever needs the passphrase may be in the middle of other waiting: this one waits apart.
    let printed = std::thread::scope(|threads| {
        let run = || {
            super::block_on(LIMIT, async |deadline: Deadline| {
                Ok(mail::passphrase((program, arguments), &deadline).await)
            })
        };
        threads.spawn(run).join()
    });
    let printed = printed.ok().and_then(Result::ok);
    let printed = printed.ok_or_else(|| "its program can't be run".to_owned())?;
    printed.map(Some).map_err(|error| mail_said(&error))
}

fn mail_said(error: &mail::Error) -> String {
    super::mail::said(error)
}

fn typed() -> Result<Secret, String> {
    let prompt = Password::new().with_prompt("Passphrase of the vault, unseen");
    let typed = prompt.allow_empty_password(true).interact();
    let typed = typed.map_err(|error| error.to_string())?;
    if typed.is_empty() {
        return Err("nothing was typed".to_owned());
    }
    Ok(Secret::new(typed))
}
