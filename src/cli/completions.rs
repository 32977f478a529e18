//! `legwork completions`: prints the completion script of a shell.

use clap::CommandFactory as _;

use super::{Cli, Context, Failure};

const EXAMPLES: &str = "\
Examples:
  legwork completions bash > ~/.local/share/bash-completion/completions/legwork
  legwork completions zsh > ~/.zfunc/_legwork
  legwork completions fish > ~/.config/fish/completions/legwork.fish";

/// Print a completion script for your shell
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "legwork", &mut script);
    context.print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
