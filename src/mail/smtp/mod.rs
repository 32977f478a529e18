//! Hands a message to the server that takes mail from its user (RFC 5321, RFC 6409).
//!
//! What came of it has three values, never two: taken, not taken, and unknown. Whoever calls must
//! not try again after the third. Never sends a password without encryption but on this machine.

mod reply;
mod route;

use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use super::Error;
use crate::config::{MailAuth, MailTls};
use crate::deadline::Deadline;
use crate::secret::Secret;
use reply::Trouble;
pub use route::Route;

/// Longest time that the server may be silent; RFC 5321 section 4.5.3.2.6 grants ten minutes for
/// the last answer, but nobody waits that long at a terminal.
const SILENCE_MAX: Duration = Duration::from_mins(1);

/// Called before the first byte of a message is sent.
pub type Begin<'a> = &'a mut (dyn FnMut() -> Result<(), Error> + Send);

/// What takes a message on its way, such as a server.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// Hands over `parcel` once. Calls `begin` before the first byte of the message is sent; when
    /// that fails, nothing is sent.
    ///
    /// # Cancellation
    /// Before `begin` was called nothing was sent; after it nobody knows.
    async fn hand_over(&self, parcel: &Parcel, begin: Begin<'_>, deadline: &Deadline) -> Handed;

    /// Says whether it keeps the sender's copy itself.
    fn keeps_the_copy(&self) -> bool {
        false
    }

    /// Says whether handing over the same letter again does nothing, so that it may be repeated
    /// after it was cut off.
    fn is_repeatable(&self) -> bool {
        false
    }
}

/// A message with its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Whom the server tells of failures.
    pub from: String,
    /// Everyone it goes to, hidden copies too.
    pub to: Vec<String>,
    /// The message as it goes over the wire: no `Bcc`, lines ended by CR LF.
    pub bytes: Vec<u8>,
    /// Whether those whom the server takes get it when it refuses others for now.
    pub partly: Partly,
}

/// Whether some recipients may get a message before others do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partly {
    /// Nobody gets it while the server asks to wait for one of them.
    Wait,
    /// Those who can get it do.
    Go,
}

/// What came of handing a message over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// The server answered for it, for all but those it refused.
    Taken {
        /// What it said.
        said: String,
        /// Who does not get it.
        refused: Vec<Refused>,
    },
    /// It does not have it.
    NotTaken {
        /// Whether waiting helps.
        fault: Fault,
        /// Why.
        said: String,
        /// Who was refused.
        refused: Vec<Refused>,
    },
    /// It was sent, and no answer came: nobody knows.
    Unknown {
        /// What happened to the connection.
        said: String,
    },
}

/// A recipient the server refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The address.
    pub address: String,
    /// What the server said.
    pub said: String,
}

/// What would help after a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Waiting: the server or the network can't now.
    Passing,
    /// Nothing: the server will never take it so.
    Lasting,
    /// Mending the account: its password, its certificate, its name.
    Account,
}

/// The server of an account, with what it takes to log in.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: MailTls,
    /// PEM file of an authority to trust besides the system's.
    pub ca: Option<PathBuf>,
    /// Who logs in.
    pub user: String,
    /// The password or token.
    pub secret: Secret,
    /// Which of the two.
    pub auth: MailAuth,
}

#[async_trait]
impl Carrier for Server {
    async fn hand_over(&self, parcel: &Parcel, begin: Begin<'_>, deadline: &Deadline) -> Handed {
        let begun = AtomicBool::new(false);
        let work = async {
            let mut connection = self.connect().await?;
            let refused = self.address(&mut connection, parcel).await?;
            let data = connection.command(Data).await;
            data.map_err(|error| Trouble::of(&error, "the message"))?;
            begin().map_err(|error| Trouble::own(&error))?;
            begun.store(true, Ordering::Relaxed);
            // The package ends the message by a line break and a dot of its own.
            let bytes = parcel.bytes.strip_suffix(b"\r\n").unwrap_or(&parcel.bytes);
            let answer = connection.message(bytes).await;
            let said = match answer {
                Ok(answer) => reply::words(&answer),
                Err(error) => return Ok::<_, Trouble>(reply::after_data(&error, refused)),
            };
            // It is taken; a farewell that fails changes nothing.
            drop(connection.quit().await);
            Ok(Handed::Taken { said, refused })
        };
        match deadline.bound("the answer of the mail server", work).await {
            Ok(Ok(handed)) => handed,
            Ok(Err(trouble)) => trouble.into_handed(),
            Err(ended) if begun.load(Ordering::Relaxed) => Handed::Unknown {
                said: ended.to_string(),
            },
            Err(ended) => Trouble::passing(ended.to_string()).into_handed(),
        }
    }
}

impl Server {
    /// Logs in and leaves again; nothing is sent.
    ///
    /// # Errors
    /// Why it can't be used, and what would help, as [`Handed::NotTaken`] says it.
    pub async fn probe(&self, deadline: &Deadline) -> Result<(), (Fault, String)> {
        let work = async {
            let mut connection = self.connect().await?;
            drop(connection.quit().await);
            Ok::<(), Trouble>(())
        };
        match deadline.bound("the answer of the mail server", work).await {
            Ok(done) => done.map_err(Trouble::into_said),
            Err(ended) => Err((Fault::Passing, ended.to_string())),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let place = format!("{}:{}", self.host, self.port);
        let fail = |error: lettre::transport::smtp::Error| Trouble::connecting(&error, &place);
        let tls = match self.tls {
            MailTls::None => None,
            MailTls::Implicit | MailTls::Starttls => Some(self.parameters()?),
        };
        let at_once = tls.clone().filter(|_| self.tls == MailTls::Implicit);
        let name = ClientId::default();
        let server = (self.host.as_str(), self.port);
        let opened =
            AsyncSmtpConnection::connect_tokio1(server, Some(SILENCE_MAX), &name, at_once, None);
        let mut connection = opened.await.map_err(fail)?;
        if let (MailTls::Starttls, Some(tls)) = (self.tls, tls) {
            if !connection.can_starttls() {
                let said = format!("{place} offers no encryption (STARTTLS)");
                return Err(Trouble::account(said));
            }
            connection.starttls(tls, &name).await.map_err(fail)?;
        }
        let credentials = Credentials::new(self.user.clone(), self.secret.reveal().to_owned());
        let mechanisms: &[Mechanism] = match self.auth {
            MailAuth::Plain => &[Mechanism::Plain, Mechanism::Login],
            MailAuth::Xoauth2 | MailAuth::Oauthbearer => &[Mechanism::Xoauth2],
        };
        let done = connection.auth(mechanisms, &credentials).await;
        done.map_err(|error| Trouble::login(&error, &place))?;
        Ok(connection)
    }

    fn parameters(&self) -> Result<TlsParameters, Trouble> {
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(file) = &self.ca {
            let refused = |why: String| {
                Trouble::account(format!("can't use the authority {}: {why}", file.display()))
            };
            let pem = std::fs::read(file).map_err(|error| refused(error.to_string()))?;
            let certificate = Certificate::from_pem(&pem);
            let certificate = certificate.map_err(|error| refused(error.to_string()))?;
            builder = builder.add_root_certificate(certificate);
        }
        let built = builder.build_rustls();
        built.map_err(|error| Trouble::account(error.to_string()))
    }

    /// Gives the envelope; returns who was refused when the others shall get it all the same.
    async fn address(
        &self,
        connection: &mut AsyncSmtpConnection,
        parcel: &Parcel,
    ) -> Result<Vec<Refused>, Trouble> {
        let options = options(connection, parcel)?;
        let from = address(&parcel.from)?;
        let sender = connection.command(Mail::new(Some(from), options)).await;
        sender.map_err(|error| Trouble::of(&error, "the sender"))?;
        let mut refused = Vec::new();
        let mut waits = None;
        for to in &parcel.to {
            let answer = connection
                .command(Rcpt::new(address(to)?, Vec::new()))
                .await;
            let Err(error) = answer else { continue };
            if error.status().is_none() {
                return Err(Trouble::of(&error, to));
            }
            let said = reply::error(&error);
            if error.is_transient() {
                waits.get_or_insert_with(|| format!("{to}: {said}"));
            }
            let address = to.clone();
            refused.push(Refused { address, said });
        }
        let nobody = refused.len() == parcel.to.len();
        match (waits, parcel.partly) {
            (Some(said), Partly::Wait) => Err(Trouble::refused(Fault::Passing, said, refused)),
            (Some(said), Partly::Go) if nobody => {
                Err(Trouble::refused(Fault::Passing, said, refused))
            }
            (None, _) if nobody => {
                let first = refused.first();
                let said = first.map(|one| format!("{}: {}", one.address, one.said));
                let said = said.unwrap_or_default();
                Err(Trouble::refused(Fault::Lasting, said, refused))
            }
            (Some(_) | None, Partly::Wait | Partly::Go) => Ok(refused),
        }
    }
}

/// What the message asks of the server beyond plain ASCII; refused where it can't (RFC 6531,
/// RFC 6152).
fn options(
    connection: &AsyncSmtpConnection,
    parcel: &Parcel,
) -> Result<Vec<MailParameter>, Trouble> {
    let server = connection.server_info();
    let mut options = Vec::new();
    let mut lines = parcel.bytes.split(|&byte| byte == b'\n');
    let header = lines
        .by_ref()
        .take_while(|line| !matches!(*line, b"" | b"\r"));
    let wide_header = header.map(<[u8]>::is_ascii).any(|ascii| !ascii);
    let mut addresses = parcel.to.iter().chain([&parcel.from]);
    if wide_header || addresses.any(|address| !address.is_ascii()) {
        if !server.supports_feature(Extension::SmtpUtfEight) {
            let said = "the server takes no addresses with letters beyond ASCII (SMTPUTF8)";
            return Err(Trouble::refused(
                Fault::Lasting,
                said.to_owned(),
                Vec::new(),
            ));
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if !parcel.bytes.is_ascii() {
        if !server.supports_feature(Extension::EightBitMime) {
            let said = "the server takes no letters beyond ASCII (8BITMIME)";
            return Err(Trouble::refused(
                Fault::Lasting,
                said.to_owned(),
                Vec::new(),
            ));
        }
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(options)
}

fn address(text: &str) -> Result<lettre::Address, Trouble> {
    lettre::Address::from_str(text).map_err(|error| {
        let said = format!("'{text}' is not a mail address: {error}");
        Trouble::refused(Fault::Lasting, said, Vec::new())
    })
}
