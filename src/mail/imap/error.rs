//! What can go wrong between us and a mail server, by cause, with the mend.

use std::io;

/// Why a mail server did not do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Its name leads nowhere.
    #[error("the name of the mail server '{host}' is not known")]
    Unresolved {
        /// The name.
        host: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Nothing answers at its port.
    #[error("no mail server answers at {host} port {port}")]
    Closed {
        /// Its name.
        host: String,
        /// The port tried.
        port: u16,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Nobody known vouches for it.
    #[error("the certificate of {host} is not trusted: {problem}")]
    Untrusted {
        /// Its name.
        host: String,
        /// What is wrong with the certificate.
        problem: String,
    },
    /// The encryption could not be agreed on.
    #[error("{host} port {port} does not speak TLS")]
    Tls {
        /// Its name.
        host: String,
        /// The port tried.
        port: u16,
        /// What was said instead.
        #[source]
        source: io::Error,
    },
    /// It offers no encryption, so nothing secret is sent.
    #[error("{host} port {port} offers no encryption (STARTTLS)")]
    NoStartTls {
        /// Its name.
        host: String,
        /// The port tried.
        port: u16,
    },
    /// The file with the authority to trust can't be used.
    #[error("the ca file {file} can't be used: {problem}")]
    Authority {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// User name or password are wrong.
    #[error("{host} refuses the password of '{user}'")]
    Password {
        /// Its name.
        host: String,
        /// The user name that was sent.
        user: String,
        /// What the server says.
        said: String,
    },
    /// The token is expired or for something else.
    #[error("{host} refuses the token of '{user}'")]
    Token {
        /// Its name.
        host: String,
        /// The user name that was sent.
        user: String,
        /// What the server says.
        said: String,
    },
    /// It takes no way to log in that we have.
    #[error("{host} takes no {wanted}, it offers {offers}")]
    NoMechanism {
        /// Its name.
        host: String,
        /// What the configuration asks for.
        wanted: &'static str,
        /// What the server takes.
        offers: String,
    },
    /// The line is dead.
    #[error("the connection to {host} broke off")]
    Lost {
        /// Its name.
        host: String,
        /// How it broke.
        #[source]
        source: io::Error,
    },
    /// It said nothing for too long.
    #[error("{host} did not answer in time to: {what}")]
    Silent {
        /// Its name.
        host: String,
        /// What it was asked.
        what: String,
    },
    /// It said no.
    #[error("{host} refuses to {what}: {said}")]
    Refused {
        /// Its name.
        host: String,
        /// What it was asked.
        what: &'static str,
        /// What the server says.
        said: String,
    },
    /// It answered what the protocol doesn't know.
    #[error("{host} answers what can't be understood: {what}")]
    Odd {
        /// Its name.
        host: String,
        /// What is odd.
        what: String,
    },
    /// A text that would break the protocol is not sent.
    #[error("{what} can't be sent to a mail server: {found}")]
    Unsendable {
        /// What it is, such as `the mailbox's name`.
        what: &'static str,
        /// What it holds.
        found: &'static str,
    },
}

impl ServerError {
    /// Says whether a new connection may do better.
    pub(super) fn is_broken_line(&self) -> bool {
        matches!(
            self,
            Self::Lost { .. } | Self::Silent { .. } | Self::Odd { .. }
        )
    }

    /// Says whether the server may be there again in a while.
    pub(super) fn is_passing(&self) -> bool {
        let away = matches!(self, Self::Closed { .. } | Self::Unresolved { .. });
        away || self.is_broken_line()
    }

    /// Returns what the user can do.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unresolved { .. } => {
                "check the host in config.toml, and that this machine is on the network"
            }
            Self::Closed { .. } => {
                "check host, port and tls in config.toml; a firewall may be in between"
            }
            Self::Untrusted { problem, .. } if problem.contains("name") => {
                "use the host name that the certificate bears"
            }
            Self::Untrusted { .. } => {
                "if the server is yours, name the PEM file of its authority as ca in config.toml"
            }
            Self::Tls { .. } => "try tls = 'starttls', or the port for implicit TLS (993)",
            Self::NoStartTls { .. } => "try tls = 'implicit' with port 993",
            Self::Authority { .. } => "name a PEM file that you can read",
            Self::Password { .. } => {
                "set it anew with 'legwork secret set'; many providers want a password made for \
                 one program"
            }
            Self::Token { .. } => {
                "it may have expired: let token_command print a fresh one for mail"
            }
            Self::NoMechanism { .. } => "set auth in config.toml to one that the server offers",
            Self::Lost { .. } | Self::Silent { .. } => "try again; nothing that was here is lost",
            Self::Refused { .. } | Self::Odd { .. } => return None,
            Self::Unsendable { .. } => "leave that character out",
        };
        Some(hint.to_owned())
    }
}
