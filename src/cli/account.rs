//! `legwork account`: mail accounts on servers: find their settings, try them, take them away.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::leaving::{probed, way_out};
use super::mail::{refused, said};
use super::report::{self, Kind};
use super::{Context, Failure, secret};
use crate::config::{Config, LOCAL, MailServer, MailTls};
use crate::deadline::Deadline;
use crate::home::{make_private, write_private};
use crate::mail::discover::{Finder, Proposal};
use crate::mail::index::Index;
use crate::mail::{Account, Error, ServerError};
use crate::untrusted;
use crate::vault::Vault;

pub(super) const EXAMPLES: &str = "\
Examples:
  legwork account add ada@example.org
  legwork account test";

const ADD_EXAMPLES: &str = "\
Examples:
  legwork account add ada@example.org                 finds the servers, asks for the password
  pass show mail | legwork account add ada@example.org --name private
  legwork account add ada@home.test --imap mail.home.test:993 --smtp mail.home.test:587
The password goes to the vault, the rest to config.toml. A server for sending is kept only once it took
the login; nothing is sent for that. Where the provider wants an OAuth token, write auth = 'xoauth2' or
'oauthbearer' and token_command = ['PROGRAM', ...] into the [[mail]] part; letters leave by XOAUTH2 in
either case, the only login with a token that sending knows.";

const LIST_EXAMPLES: &str = "\
Examples:
  legwork account list
  legwork account list --json";

const TEST_EXAMPLES: &str = "\
Examples:
  legwork account test                 every account of config.toml
  legwork account test work
Exits 4 when an account can't be used.";

const REMOVE_EXAMPLES: &str = "\
Examples:
  legwork account remove work
Its mail stays on the server; what was mirrored here and its secret go.";

/// Longest that finding or trying one account may take.
const LIMIT: Duration = Duration::from_mins(3);

/// Add, list, try and remove mail accounts on servers
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Find the servers of an address, try them and keep the account
    #[command(after_help = ADD_EXAMPLES)]
    Add(AddArgs),
    /// List the mail accounts
    #[command(after_help = LIST_EXAMPLES)]
    List {},
    /// Log in and say what is wrong where that fails
    #[command(after_help = TEST_EXAMPLES)]
    Test {
        /// Which account; all of them without
        name: Option<String>,
    },
    /// Forget an account
    #[command(after_help = REMOVE_EXAMPLES)]
    Remove {
        /// Which account
        name: String,
    },
}

/// Find the servers of an address, try them and keep the account
#[derive(Debug, clap::Args)]
pub(super) struct AddArgs {
    /// The mail address
    address: String,
    /// What the account is called; the address's domain without
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// User name at the server, where it is not the address
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// The IMAP server instead of looking for it; port 143 means STARTTLS
    #[arg(long, value_name = "HOST[:PORT]")]
    imap: Option<String>,
    /// The SMTP server instead of looking for it; port 587 means STARTTLS
    #[arg(long, value_name = "HOST[:PORT]")]
    smtp: Option<String>,
    /// PEM file of an authority to trust besides the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

pub(super) fn run(command: &Command, context: &Context) -> Result<u8, Failure> {
    match command {
        Command::Add(args) => add(args, context),
        Command::List {} => list(context),
        Command::Test { name } => test(name.as_deref(), context),
        Command::Remove { name } => remove(name, context),
    }
}

fn list(context: &Context) -> Result<u8, Failure> {
    let config = Config::load(&context.home)?;
    let rows = config.mail.iter().map(|one| {
        let server = format!("{}:{}", one.imap.host, one.imap.imap_port());
        (one.name.clone(), one.address.clone(), server)
    });
    let local = (
        LOCAL.to_owned(),
        String::new(),
        context.home.mail().display().to_string(),
    );
    let rows: Vec<(String, String, String)> = rows.chain([local]).collect();
    if context.json {
        let rows = rows.iter().map(|(name, address, place)| {
            serde_json::json!({ "name": name, "address": address, "place": place })
        });
        context.print_json(&rows.collect::<Vec<_>>())?;
        return Ok(0);
    }
    let wide = |pick: fn(&(String, String, String)) -> &str| {
        rows.iter()
            .map(|row| pick(row).chars().count())
            .max()
            .unwrap_or(0)
    };
    let (names, addresses) = (wide(|row| &row.0), wide(|row| &row.1));
    let lines = rows
        .iter()
        .map(|(name, address, place)| format!("{name:names$}  {address:addresses$}  {place}\n"));
    context.print(&lines.collect::<String>())?;
    Ok(0)
}

fn test(name: Option<&str>, context: &Context) -> Result<u8, Failure> {
    let config = Config::load(&context.home)?;
    let names: Vec<String> = match name.or(context.account.as_deref()) {
        Some(name) => vec![name.to_owned()],
        None => config.mail.iter().map(|one| one.name.clone()).collect(),
    };
    if names.is_empty() {
        return Err(Failure::user("config.toml has no mail account on a server")
            .hint("'legwork account add ADDRESS' finds its settings"));
    }
    let mut code = 0;
    let mut results = Vec::new();
    for name in names {
        let account = Account::open(&context.home, &config, Some(&name)).map_err(refused)?;
        let tried = tried(&account)?;
        let (error, hint) = match &tried {
            Ok(count) => {
                if !context.json {
                    context.print(&format!("{name}: logged in, {count} mailboxes\n"))?;
                }
                (None, None)
            }
            Err(error) => {
                code = report::ACCOUNT;
                (Some(said(error)), error.hint())
            }
        };
        let sending = match &tried {
            Ok(_) => probed(&name, &config, context)?,
            Err(_) => None,
        };
        let smtp_error = match sending {
            Some(Err((_, said))) => Some(untrusted::line(&said, 300)),
            Some(Ok(())) | None => None,
        };
        if let Some(said) = &smtp_error {
            code = report::ACCOUNT;
            let text = format!("{name}: letters can't leave: {said}");
            context.say(&format!("{} {text}", context.err.bad("error:")));
        }
        if let (Some(error), false) = (&error, context.json) {
            context.say(&format!("{} {name}: {error}", context.err.bad("error:")));
            if let Some(hint) = &hint {
                context.say(&format!("{} {hint}", context.err.good("hint:")));
            }
        }
        let mailboxes = tried.ok();
        results.push(serde_json::json!({
            "name": name, "mailboxes": mailboxes, "error": error, "hint": hint,
            "smtp_error": smtp_error
        }));
    }
    if context.json {
        context.print_json(&results)?;
    }
    Ok(code)
}

/// Logs in; a stop by the user is no result.
fn tried(account: &Account) -> Result<Result<usize, Error>, Failure> {
    super::block_on(LIMIT, async |deadline: Deadline| {
        match account.test(&deadline).await {
            Err(_) if deadline.is_stopped() => Err(Failure::stopped()),
            done => Ok(done),
        }
    })
}

fn add(args: &AddArgs, context: &Context) -> Result<u8, Failure> {
    let finder = Finder::of(&args.address).map_err(refused)?;
    let name = account_name(args);
    let file = context.home.config_file();
    let before = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(none) if none.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    let known = Config::parse(&before, &file)?;
    if name == LOCAL || known.mail.iter().any(|one| one.name == name) {
        return Err(
            Failure::user(format!("there is a mail account '{name}' already"))
                .hint("give this one another name with --name"),
        );
    }
    let proposals = proposals(args, &finder)?;
    let vault = Vault::of(&context.home);
    vault
        .set(&name, &secret::ask(&name, context)?)
        .map_err(secret::refused)?;
    let mut last = None;
    let ways: Vec<MailServer> = proposals
        .iter()
        .filter_map(|one| one.smtp.clone())
        .collect();
    for proposal in proposals {
        let written = |proposal: &Proposal| format!("{before}{}", block(&name, args, proposal));
        let config = Config::parse(&written(&proposal), &file)?;
        let account = Account::open(&context.home, &config, Some(&name)).map_err(refused)?;
        match tried(&account)? {
            Ok(count) => {
                let (smtp, trouble) = way_out((&name, &config), (&proposal, &ways), context)?;
                if let (Some(trouble), Some(_)) = (&trouble, &args.smtp) {
                    vault.remove(&name).map_err(secret::refused)?;
                    return Err(no_way_out(trouble));
                }
                let proposal = Proposal { smtp, ..proposal };
                let text = written(&proposal);
                write(&file, &text)?;
                let found = Found {
                    proposal,
                    count,
                    trouble,
                };
                return kept(&name, &found, context);
            }
            // Nobody there: the next one may be right. Anything else is the answer.
            Err(error) => {
                let is_nobody = is_nobody(&error);
                last = Some(error);
                if !is_nobody {
                    break;
                }
            }
        }
    }
    // Only what works is kept.
    vault.remove(&name).map_err(secret::refused)?;
    Err(not_set_up(last, args))
}

/// Says why no settings could be kept.
fn not_set_up(last: Option<Error>, args: &AddArgs) -> Failure {
    let is_nobody_there = last.as_ref().is_none_or(is_nobody);
    let mut failure = match last {
        Some(error) => untried(error),
        None => Failure::user("no settings were found"),
    };
    if is_nobody_there {
        failure = failure.hint(match &args.imap {
            Some(_) => "check the host and port of --imap",
            None => "name the server yourself with --imap HOST[:PORT]",
        });
    }
    let shown = untrusted::line(&args.address, 100);
    failure.saying(format!(
        "the account {shown} could not be set up, nothing was kept"
    ))
}

/// As [`refused`], for what stands on no line of the configuration yet.
fn untried(error: Error) -> Failure {
    let Error::Server(server) = &error else {
        return refused(error);
    };
    let hint = if matches!(server, ServerError::Untrusted { problem, .. } if !problem.contains("name"))
    {
        "if the server is yours, name the PEM file of its authority with --ca FILE"
    } else if matches!(server, ServerError::Password { .. }) {
        "type it once more; many providers want a password made for one program"
    } else if is_nobody(&error) {
        "check that this machine is on the network; a firewall may be in between"
    } else {
        return refused(error);
    };
    Failure::new(Kind::Account, error).hint(hint)
}

/// Says whether no server of that name answered.
fn is_nobody(error: &Error) -> bool {
    matches!(
        error,
        Error::Server(
            ServerError::Unresolved { .. }
                | ServerError::Closed { .. }
                | ServerError::Tls { .. }
                | ServerError::Silent { .. }
        )
    )
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    if let Some(folder) = file.parent() {
        make_private(folder)?;
    }
    write_private(file, text.as_bytes())?;
    Ok(())
}

/// What the user named, else what is found.
fn proposals(args: &AddArgs, finder: &Finder) -> Result<Vec<Proposal>, Failure> {
    let smtp = args.smtp.as_deref().map(smtp_server).transpose()?;
    let mut proposals = match &args.imap {
        Some(server) => vec![named(server, args)?],
        None => super::block_on(LIMIT, async |deadline: Deadline| {
            match finder.find(&deadline).await {
                Err(_) if deadline.is_stopped() => Err(Failure::stopped()),
                done => done.map_err(refused),
            }
        })?,
    };
    if smtp.is_some() {
        for proposal in &mut proposals {
            proposal.smtp.clone_from(&smtp);
        }
    }
    Ok(proposals)
}

/// An account that works at least for reading.
struct Found {
    proposal: Proposal,
    /// Mailboxes there.
    count: usize,
    /// Why letters can't leave, where a server was tried.
    trouble: Option<String>,
}

fn no_way_out(trouble: &str) -> Failure {
    let trouble = untrusted::line(trouble, 300);
    let error = anyhow::anyhow!("letters can't leave by the server you named: {trouble}");
    Failure::new(Kind::Account, error)
        .saying("nothing was kept".to_owned())
        .hint("check --smtp HOST[:PORT]; without it the account is kept for reading")
}

fn smtp_server(text: &str) -> Result<MailServer, Failure> {
    let (host, port) = host_and_port(text, "--smtp smtp.example.org:587")?;
    let tls = if matches!(port, Some(587 | 25)) {
        MailTls::Starttls
    } else {
        MailTls::Implicit
    };
    Ok(MailServer { host, port, tls })
}

fn host_and_port(text: &str, example: &str) -> Result<(String, Option<u16>), Failure> {
    let Some((host, port)) = text.rsplit_once(':') else {
        return Ok((text.to_owned(), None));
    };
    let port = port.parse().map_err(|_| {
        Failure::user(format!("'{}' is no port", untrusted::line(port, 20)))
            .hint(format!("write it as {example}"))
    })?;
    Ok((host.to_owned(), Some(port)))
}

fn kept(name: &str, found: &Found, context: &Context) -> Result<u8, Failure> {
    let Found {
        proposal,
        count,
        trouble,
    } = found;
    let server = format!("{}:{}", proposal.imap.host, proposal.imap.imap_port());
    let smtp = proposal.smtp.as_ref();
    let smtp = smtp.map(|smtp| format!("{}:{}", smtp.host, smtp.smtp_port()));
    let trouble = trouble.as_deref().map(|said| untrusted::line(said, 300));
    if context.json {
        context.print_json(&serde_json::json!({
            "name": name, "imap": server, "smtp": smtp, "smtp_error": trouble,
            "source": proposal.source, "mailboxes": count
        }))?;
        return Ok(0);
    }
    context.print(&format!(
        "{name}: logged in at {server}, {count} mailboxes\n"
    ))?;
    match (smtp, trouble) {
        (Some(smtp), _) => context.print(&format!("{name}: letters leave by {smtp}\n"))?,
        (None, trouble) => {
            let why = trouble.map_or_else(String::new, |said| format!(": {said}"));
            let text = format!("{name}: letters can't leave yet{why}");
            context.say(&format!("{} {text}", context.err.warn("warning:")));
            let hint = "name the server with 'smtp = { host = \"...\" }' in its [[mail]] part";
            context.say(&format!("{} {hint}", context.err.good("hint:")));
        }
    }
    context.say(&format!(
        "found by {}; 'legwork mail sync' fetches the mail",
        untrusted::line(&proposal.source, 100)
    ));
    Ok(0)
}

/// The name that was given, or one from the address.
fn account_name(args: &AddArgs) -> String {
    if let Some(name) = &args.name {
        return name.clone();
    }
    let domain = args
        .address
        .rsplit_once('@')
        .map_or("", |(_, domain)| domain);
    let plain = domain
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    plain.collect::<String>().trim_matches('-').to_lowercase()
}

fn named(server: &str, args: &AddArgs) -> Result<Proposal, Failure> {
    let (host, port) = host_and_port(server, "--imap imap.example.org:993")?;
    let tls = if port == Some(143) {
        MailTls::Starttls
    } else {
        MailTls::Implicit
    };
    Ok(Proposal {
        imap: MailServer { host, port, tls },
        smtp: None,
        user: args.user.clone(),
        source: "you".to_owned(),
    })
}

/// The part of `config.toml` for an account.
fn block(name: &str, args: &AddArgs, proposal: &Proposal) -> String {
    let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let server = |server: &MailServer| {
        let port = server
            .port
            .map_or_else(String::new, |port| format!(", port = {port}"));
        let tls = match server.tls {
            MailTls::Implicit => "",
            MailTls::Starttls => ", tls = \"starttls\"",
            MailTls::None => ", tls = \"none\"",
        };
        format!("{{ host = {}{port}{tls} }}", text(&server.host))
    };
    let mut lines = vec![
        "\n[[mail]]".to_owned(),
        format!("name = {}", text(name)),
        format!("address = {}", text(&args.address)),
    ];
    let user = args.user.as_ref().or(proposal.user.as_ref());
    lines.extend(user.map(|user| format!("user = {}", text(user))));
    let ca = args.ca.as_ref().map(|ca| ca.display().to_string());
    lines.extend(ca.map(|ca| format!("ca = {}", text(&ca))));
    lines.push(format!("imap = {}", server(&proposal.imap)));
    lines.extend(
        proposal
            .smtp
            .iter()
            .map(|smtp| format!("smtp = {}", server(smtp))),
    );
    lines.join("\n") + "\n"
}

fn remove(name: &str, context: &Context) -> Result<u8, Failure> {
    let file = context.home.config_file();
    let config = Config::load(&context.home)?;
    let shown = untrusted::line(name, 80);
    if !config.mail.iter().any(|one| one.name == name) {
        return Err(Failure::user(format!("there is no mail account '{shown}'"))
            .hint("'legwork account list' names them"));
    }
    let before = fs::read_to_string(&file)?;
    let mut wanted = config.clone();
    wanted.mail.retain(|one| one.name != name);
    let after = without(&before, name);
    // What is left must say the same as before, or the file is better edited by hand.
    if !Config::parse(&after, &file).is_ok_and(|now| now == wanted) {
        let error = anyhow::anyhow!(
            "the account '{shown}' can't be cut out of {}",
            file.display()
        );
        return Err(Failure::new(Kind::Config, error).hint("remove its [[mail]] part by hand"));
    }
    write_private(&file, after.as_bytes())?;
    Vault::of(&context.home)
        .remove(name)
        .map_err(secret::refused)?;
    let index = Index::open(&context.home.mail_index()).map_err(refused)?;
    index.keep_mailboxes::<&str>(name, &[]).map_err(refused)?;
    if context.json {
        context.print_json(&serde_json::json!({ "removed": shown }))?;
    } else {
        context.say(&format!(
            "'{shown}' is forgotten here; its mail stays on the server"
        ));
    }
    Ok(0)
}

/// Cuts the `[[mail]]` part of an account out of the text.
fn without(text: &str, name: &str) -> String {
    let mut parts: Vec<String> = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let head = line.trim_start();
        // A table of its own begins a part; one below an account belongs to it.
        if head.starts_with('[') && !head.starts_with("[mail.") {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
        }
    }
    let is_it = |part: &String| {
        let table: Option<toml::Table> = part.parse().ok();
        let mail = table.and_then(|table| table.get("mail")?.as_array()?.first().cloned());
        let found = mail.and_then(|mail| Some(mail.get("name")?.as_str()? == name));
        found.unwrap_or(false)
    };
    parts.retain(|part| !is_it(part));
    parts.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_cut_out_and_the_rest_stays_as_it_was() {
        let text = "# mine\n[me]\nname = 'Ada'\n\n[[mail]]\nname = 'a'\nx = 1\n[mail.imap]\nhost = 'h'\n\
                    # about b\n[[mail]]\nname = 'b'\n[limits]\nsteps = 3\n";
        let want = "# mine\n[me]\nname = 'Ada'\n\n[[mail]]\nname = 'b'\n[limits]\nsteps = 3\n";
        assert_eq!(without(text, "a"), want);
        assert_eq!(without(text, "c"), text);
    }
}
