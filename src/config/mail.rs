//! `[[mail]]`: accounts on mail servers. Passwords and tokens stand in the vault or come from a
//! program, never in this file.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// What the embedded Maildir is called among the accounts; no other account can be.
pub const LOCAL: &str = "local";

/// A mail account on servers (`IMAP` and `SMTP`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailAccount {
    /// Names the account: letters, digits, - and _.
    pub name: String,
    /// The mail address that is written from.
    pub address: String,
    /// User name at both servers; the address without.
    #[serde(default)]
    pub user: Option<String>,
    /// How the user proves to be the user.
    #[serde(default)]
    pub auth: MailAuth,
    /// Where mail is read.
    pub imap: MailServer,
    /// Where mail is handed over; none for an account that only reads.
    #[serde(default)]
    pub smtp: Option<MailServer>,
    /// PEM file of an authority to trust besides the system's.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Program and arguments that print the password; the vault's entry of the account's name
    /// without.
    #[serde(default)]
    pub password_command: Vec<String>,
    /// Program and arguments that print an OAuth access token.
    #[serde(default)]
    pub token_command: Vec<String>,
    /// How long the server is listened to at a time, in seconds; some routers forget a line that
    /// was silent for ten minutes, and servers one that was for half an hour (RFC 2177).
    #[serde(default = "idle_seconds")]
    pub idle_seconds: u32,
    /// How often a server that can't tell of new mail by itself is asked, in seconds.
    #[serde(default = "poll_seconds")]
    pub poll_seconds: u32,
}

/// Longest that a server may be listened to at a time: RFC 2177 allows 29 minutes.
const IDLE_SECONDS_MAX: u32 = 28 * 60;

fn idle_seconds() -> u32 {
    9 * 60
}

fn poll_seconds() -> u32 {
    60
}

/// How the user proves to be the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailAuth {
    /// User name and password.
    #[default]
    Plain,
    /// An OAuth token, as Google and Microsoft take it.
    Xoauth2,
    /// An OAuth token (RFC 7628); letters leave by XOAUTH2 all the same, as sending knows no other.
    Oauthbearer,
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailServer {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port; the usual one of its kind of encryption without.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub tls: MailTls,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// From the first byte on.
    #[default]
    Implicit,
    /// After a greeting; nothing secret before (STARTTLS).
    Starttls,
    /// Not at all; only on this machine.
    None,
}

impl MailAccount {
    /// Returns the user name at the servers.
    pub fn user(&self) -> &str {
        self.user.as_deref().unwrap_or(&self.address)
    }

    /// Says what makes no sense: key, value and problem.
    pub(super) fn problem(&self) -> Option<(&'static str, String, &'static str)> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if self.name.is_empty() || !self.name.chars().all(plain) {
            let problem = "must be letters, digits, - and _";
            return Some(("mail.name", self.name.clone(), problem));
        }
        if self.name == LOCAL {
            return Some((
                "mail.name",
                self.name.clone(),
                "is the Maildir of this machine",
            ));
        }
        if !is_address(&self.address) {
            return Some((
                "mail.address",
                self.address.clone(),
                "is not a mail address",
            ));
        }
        if self.user().chars().any(char::is_control) {
            let user = self.user().escape_debug().to_string();
            return Some(("mail.user", user, "holds a control character"));
        }
        let servers = [
            ("mail.imap", Some(&self.imap)),
            ("mail.smtp", self.smtp.as_ref()),
        ];
        for (key, server) in servers {
            if let Some(problem) = server.and_then(MailServer::problem) {
                let host = server.map_or("", |server| &server.host);
                return Some((key, host.escape_debug().to_string(), problem));
            }
        }
        if !(1..=IDLE_SECONDS_MAX).contains(&self.idle_seconds) {
            let problem = "must be from 1 to 1680";
            return Some(("mail.idle_seconds", self.idle_seconds.to_string(), problem));
        }
        if self.poll_seconds == 0 {
            return Some(("mail.poll_seconds", "0".to_owned(), "must be 1 or more"));
        }
        let (has_password, has_token) = (
            !self.password_command.is_empty(),
            !self.token_command.is_empty(),
        );
        match self.auth {
            MailAuth::Plain if has_token => Some((
                "mail.token_command",
                self.token_command.join(" "),
                "gives a token, which auth = 'plain' has no use for",
            )),
            MailAuth::Xoauth2 | MailAuth::Oauthbearer if has_password => Some((
                "mail.password_command",
                self.password_command.join(" "),
                "gives a password, but auth wants a token",
            )),
            MailAuth::Plain | MailAuth::Xoauth2 | MailAuth::Oauthbearer => None,
        }
    }
}

impl MailServer {
    /// Returns the port of an IMAP server.
    pub fn imap_port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            MailTls::Implicit => 993,
            MailTls::Starttls | MailTls::None => 143,
        })
    }

    /// Returns the port of an SMTP server that takes mail from its users (RFC 8314).
    pub fn smtp_port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            MailTls::Implicit => 465,
            MailTls::Starttls | MailTls::None => 587,
        })
    }

    fn problem(&self) -> Option<&'static str> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '@');
        if self.host.is_empty() || self.host.contains(odd) {
            return Some("is not the name of a server");
        }
        let bare = self.tls == MailTls::None && !is_this_machine(&self.host);
        bare.then_some("would get the password unencrypted, use tls = 'implicit' or 'starttls'")
    }
}

/// Says whether `host` can only be this machine.
pub fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

fn is_address(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',');
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty()) && !text.contains(odd)
}
