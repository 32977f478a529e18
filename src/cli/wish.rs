//! What may be wished of the browser on the command line: one that runs already, saved logins.

use super::{Context, Failure};
use crate::agent::start::Wish;
use crate::browser::{Attach, LoginError, LoginName, LoginState, Reach};
use crate::cli::report::Kind;

/// Which browser, and what it is given.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct WishArgs {
    /// Work in a tab of its own in a browser that runs already, by the address of its port
    #[arg(long, value_name = "URL", conflicts_with_all = ["headed", "state"])]
    pub(super) cdp: Option<String>,
    /// Let that browser be on another machine; nothing on the way there is encrypted
    #[arg(long, requires = "cdp")]
    pub(super) remote_browser: bool,
    /// Begin with a login state saved by 'legwork web state save'
    #[arg(long, value_name = "NAME")]
    pub(super) state: Option<LoginName>,
}

impl WishArgs {
    /// Reads what was wished.
    pub(super) fn wish(&self, context: &Context) -> Result<Wish, Failure> {
        let reach = if self.remote_browser {
            Reach::Anywhere
        } else {
            Reach::ThisMachine
        };
        let attach = self.cdp.as_ref().map(|text| {
            Attach::read(text, reach).map_err(|reason| {
                let hint = "write it as http://127.0.0.1:9222, or add --remote-browser";
                Failure::user(reason).hint(hint)
            })
        });
        let load = |name| LoginState::load(&context.home, name);
        Ok(Wish {
            attach: attach.transpose()?,
            login: self.state.as_ref().map(load).transpose()?,
        })
    }

    /// The arguments that say the same to another process of ours.
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        if let Some(cdp) = &self.cdp {
            arguments.push(format!("--cdp={cdp}"));
        }
        if self.remote_browser {
            arguments.push("--remote-browser".to_owned());
        }
        if let Some(state) = &self.state {
            arguments.push(format!("--state={state}"));
        }
        arguments
    }
}

impl From<LoginError> for Failure {
    fn from(error: LoginError) -> Self {
        let hint = error.hint();
        Self::new(Kind::User, error).hint_if(hint)
    }
}
