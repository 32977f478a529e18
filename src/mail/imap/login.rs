//! Logging in: SASL PLAIN and LOGIN, XOAUTH2 and OAUTHBEARER (RFC 4616, RFC 7628).

use std::cell::RefCell;
use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imap::{Authenticator, Client, Session};

use super::error::ServerError;
use super::link::Link;
use super::quote;
use crate::config::MailAuth;
use crate::secret::Secret;
use crate::untrusted;

/// Longest text of a server repeated in a message, in characters.
pub(super) const SAID_CHARS_MAX: usize = 200;

/// Who logs in, and how.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) secret: Secret,
    pub(super) auth: MailAuth,
    pub(super) host: String,
    pub(super) port: u16,
}

/// Answers the server's challenges in order, and keeps what it said.
struct Steps {
    answers: RefCell<VecDeque<Vec<u8>>>,
    challenges: RefCell<String>,
}

impl Authenticator for Steps {
    type Response = Vec<u8>;

    fn process(&self, challenge: &[u8]) -> Vec<u8> {
        let said = untrusted::line(&String::from_utf8_lossy(challenge), SAID_CHARS_MAX);
        self.challenges.replace(said);
        self.answers.borrow_mut().pop_front().unwrap_or_default()
    }
}

impl Login {
    /// Logs in over `link`, of whose server `offers` tells what it takes.
    pub(super) fn perform(
        &self,
        client: Client<Link>,
        offers: &[String],
    ) -> Result<Session<Link>, ServerError> {
        let has = |word: &str| offers.iter().any(|offer| offer == word);
        match self.auth {
            MailAuth::Xoauth2 if has("AUTH=XOAUTH2") => self.sasl(
                client,
                "XOAUTH2",
                [self.xoauth2()?, Vec::new()],
                has("SASL-IR"),
            ),
            MailAuth::Oauthbearer if has("AUTH=OAUTHBEARER") => {
                let answers = [self.oauthbearer()?, vec![1]];
                self.sasl(client, "OAUTHBEARER", answers, has("SASL-IR"))
            }
            MailAuth::Plain if has("AUTH=PLAIN") => {
                self.sasl(client, "PLAIN", [self.plain()?, Vec::new()], has("SASL-IR"))
            }
            MailAuth::Plain if has("AUTH=LOGIN") => {
                let answers =
                    [&self.user, self.secret.reveal()].map(|text| text.as_bytes().to_vec());
                let answers = VecDeque::from(answers);
                self.steps(client, "LOGIN", answers)
            }
            MailAuth::Plain if !has("LOGINDISABLED") => self.command(client),
            MailAuth::Plain => Err(self.no_mechanism("password", offers)),
            MailAuth::Xoauth2 => Err(self.no_mechanism("token by XOAUTH2", offers)),
            MailAuth::Oauthbearer => Err(self.no_mechanism("token by OAUTHBEARER", offers)),
        }
    }

    fn sasl(
        &self,
        client: Client<Link>,
        name: &str,
        [first, after_refusal]: [Vec<u8>; 2],
        at_once: bool,
    ) -> Result<Session<Link>, ServerError> {
        if at_once {
            let command = format!("{name} {}", STANDARD.encode(first));
            return self.steps(client, &command, VecDeque::from([after_refusal]));
        }
        self.steps(client, name, VecDeque::from([first, after_refusal]))
    }

    fn steps(
        &self,
        client: Client<Link>,
        command: &str,
        answers: VecDeque<Vec<u8>>,
    ) -> Result<Session<Link>, ServerError> {
        let steps = Steps {
            answers: RefCell::new(answers),
            challenges: RefCell::default(),
        };
        client.authenticate(command, &steps).map_err(|(error, _)| {
            let said = steps.challenges.borrow();
            self.explain(error, &said)
        })
    }

    /// The old command, for servers that know no SASL.
    fn command(&self, client: Client<Link>) -> Result<Session<Link>, ServerError> {
        let user = quote::quoted(&self.user, "the user name")?;
        let password = quote::quoted(self.secret.reveal(), "the password")?;
        // The package quotes them the same way; they were looked at first.
        tracing::trace!(bytes = user.len() + password.len(), "logging in");
        let done = client.login(&self.user, self.secret.reveal());
        done.map_err(|(error, _)| self.explain(error, ""))
    }

    fn plain(&self) -> Result<Vec<u8>, ServerError> {
        let password = self.secret.reveal();
        if password.contains('\0') || self.user.contains('\0') {
            return Err(ServerError::Unsendable {
                what: "the password",
                found: "it holds a character that ends it",
            });
        }
        Ok(format!("\0{}\0{password}", self.user).into_bytes())
    }

    fn xoauth2(&self) -> Result<Vec<u8>, ServerError> {
        let token = self.token()?;
        let user = &self.user;
        Ok(format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}").into_bytes())
    }

    fn oauthbearer(&self) -> Result<Vec<u8>, ServerError> {
        let token = self.token()?;
        let user = self.user.replace('=', "=3D").replace(',', "=2C");
        let (host, port) = (&self.host, self.port);
        let text = format!(
            "n,a={user},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer {token}\u{1}\u{1}"
        );
        Ok(text.into_bytes())
    }

    fn token(&self) -> Result<&str, ServerError> {
        let token = self.secret.reveal();
        let fits = !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic());
        let user = self.user.chars().any(char::is_control);
        if fits && !user {
            return Ok(token);
        }
        Err(ServerError::Unsendable {
            what: "the token",
            found: "it is not one word of plain characters",
        })
    }

    fn no_mechanism(&self, wanted: &'static str, offers: &[String]) -> ServerError {
        let ways = offers
            .iter()
            .filter_map(|offer| offer.strip_prefix("AUTH="));
        let ways = ways.collect::<Vec<_>>().join(", ");
        ServerError::NoMechanism {
            host: self.host.clone(),
            wanted,
            offers: if ways.is_empty() {
                "nothing".to_owned()
            } else {
                untrusted::line(&ways, SAID_CHARS_MAX)
            },
        }
    }

    fn explain(&self, error: imap::Error, challenge: &str) -> ServerError {
        let (host, user) = (self.host.clone(), self.user.clone());
        let said = match &error {
            imap::Error::No(no) => Some(no.information.clone()),
            imap::Error::Bad(bad) => Some(bad.information.clone()),
            _ => None,
        };
        let Some(said) = said else {
            return lost(&self.host, "log in", error);
        };
        let said = untrusted::line(&said, SAID_CHARS_MAX);
        if said.contains("UNAVAILABLE") {
            return ServerError::Refused {
                host,
                what: "log in",
                said,
            };
        }
        match self.auth {
            MailAuth::Plain => ServerError::Password { host, user, said },
            MailAuth::Xoauth2 | MailAuth::Oauthbearer => ServerError::Token {
                host,
                user,
                said: format!("{said} {challenge}").trim().to_owned(),
            },
        }
    }
}

/// Sorts what the package says of a line that is of no more use.
pub(super) fn lost(host: &str, what: &str, error: imap::Error) -> ServerError {
    let host = host.to_owned();
    match error {
        imap::Error::Io(error) if super::tls::is_silence(&error) => ServerError::Silent {
            host,
            what: what.to_owned(),
        },
        imap::Error::Io(source) => ServerError::Lost { host, source },
        imap::Error::ConnectionLost | imap::Error::Bye(_) => ServerError::Lost {
            host,
            source: std::io::ErrorKind::UnexpectedEof.into(),
        },
        other => ServerError::Odd {
            host,
            what: untrusted::line(&other.to_string(), SAID_CHARS_MAX),
        },
    }
}
