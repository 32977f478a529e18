//! Commands and answers, on the thread that owns the connection. Never sends a text that did not
//! go through [`super::quote`], never asks for what would set `\Seen`, and knows no `EXPUNGE`.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use imap::{Client, Session};
use imap_proto::{MailboxDatum, Response, ResponseCode, Status};
use rustls::ClientConfig;

use super::ask::Piece;
use super::error::ServerError;
use super::link::Link;
use super::login::{Login, SAID_CHARS_MAX, lost};
use super::loose;
use super::quote;
use crate::config::MailTls;
use crate::untrusted;

/// How long a server may say nothing before it counts as dead.
const QUIET: Duration = Duration::from_secs(30);
/// Responses that nobody could read, of which is told.
const SKIPPED_MAX: usize = 20;
/// Servers that want to know who we are before they show a mailbox.
const CURIOUS: [&str; 2] = ["coremail", "netease"];

/// How a connection is begun.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    pub(super) tls: MailTls,
    pub(super) config: Arc<ClientConfig>,
    pub(super) login: Login,
    /// Mailboxes of which the server writes the names in plain UTF-8.
    pub(super) plain: Vec<String>,
}

/// A logged-in connection.
pub(super) struct Wire {
    session: Session<Link>,
    link: Link,
    host: String,
    offers: Vec<String>,
    until: Instant,
    selected: Option<(String, Access)>,
    has_enabled: bool,
    has_told: bool,
    has_stirred: bool,
    skipped: Vec<String>,
    /// Mailboxes whose names go in plain UTF-8.
    plain: Vec<String>,
}

/// Whether a mailbox was opened to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// `EXAMINE`: nothing there changes, not even `\Recent`.
    Look,
    /// `SELECT`.
    Change,
}

/// Why reading on stopped.
#[derive(Debug)]
enum Heard {
    /// The command has ended, with this code.
    Ended(Option<ResponseCode<'static>>),
    /// Whoever listened has heard enough.
    Enough,
}

/// What a mailbox is like when it is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) exists: u32,
    pub(super) uid_validity: Option<u32>,
    pub(super) uid_next: Option<u32>,
    pub(super) mod_seq: Option<u64>,
}

impl Wire {
    /// Greets, encrypts and logs in over a fresh socket.
    pub(super) fn open(
        socket: TcpStream,
        opening: &Opening,
        until: Instant,
    ) -> Result<Self, ServerError> {
        let (host, port) = (opening.login.host.clone(), opening.login.port);
        let mut link = Link::new(socket);
        link.limit(until, QUIET);
        if opening.tls == MailTls::Implicit {
            link.encrypt(opening.config.clone(), &host, port)?;
        }
        let greeting = link.next().map_err(|error| dead(&host, "greet", error))?;
        let greeting = String::from_utf8_lossy(&greeting).to_ascii_lowercase();
        if !greeting.starts_with("* ok") {
            let what = untrusted::line(&greeting, SAID_CHARS_MAX);
            return Err(ServerError::Odd { host, what });
        }
        if opening.tls == MailTls::Starttls {
            start_tls(&mut link, &host, port)?;
            link.encrypt(opening.config.clone(), &host, port)?;
        }
        let mut client = Client::new(link.clone());
        client.greeting_read = true;
        if link.capabilities().is_none() {
            client
                .capabilities()
                .map_err(|error| lost(&host, "say what it can do", error))?;
        }
        let before = words(&link);
        let session = opening.login.perform(client, &before)?;
        let mut wire = Self {
            session,
            host,
            until,
            offers: before.clone(),
            selected: None,
            has_enabled: false,
            has_told: false,
            has_stirred: false,
            skipped: Vec::new(),
            plain: opening.plain.clone(),
            link,
        };
        // Servers offer more once they know who asks; most say so without being asked.
        if words(&wire.link) == before {
            wire.command("say what it can do", "CAPABILITY", &mut |_| {})?;
        }
        wire.offers = words(&wire.link);
        if CURIOUS.iter().any(|name| greeting.contains(name)) && wire.offers("ID") {
            let id = concat!(
                "ID (\"name\" \"legwork\" \"version\" \"",
                env!("CARGO_PKG_VERSION"),
                "\")"
            );
            wire.command("take our name", id, &mut |_| {})?;
        }
        Ok(wire)
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Sets until when all commands from here on must have ended.
    pub(super) fn limit(&mut self, until: Instant) {
        self.until = until;
        self.has_told = false;
    }

    /// Says whether a command that changes something was sent since [`Wire::limit`].
    pub(super) fn has_told(&self) -> bool {
        self.has_told
    }

    /// Says whether the server can do `what`.
    pub(super) fn offers(&self, what: &str) -> bool {
        self.offers.iter().any(|offer| offer == what)
    }

    /// Says that the server is about to be told to change something.
    pub(super) fn mark_told(&mut self) {
        self.has_told = true;
    }

    pub(super) fn trips(&self) -> usize {
        self.link.trips()
    }

    /// Takes what was left out because nobody could read it, one sentence each.
    pub(super) fn take_skipped(&mut self) -> Vec<String> {
        std::mem::take(&mut self.skipped)
    }

    /// Sends a command and hands each response to `each` as it comes; returns the code of its end.
    pub(super) fn command(
        &mut self,
        what: &'static str,
        command: &str,
        each: &mut dyn FnMut(Response<'_>),
    ) -> Result<Option<ResponseCode<'static>>, ServerError> {
        self.send(what, command)?;
        self.finish(what, each)
    }

    /// As [`Wire::command`], for commands that change something on the server.
    pub(super) fn change(
        &mut self,
        what: &'static str,
        command: &str,
        each: &mut dyn FnMut(Response<'_>),
    ) -> Result<Option<ResponseCode<'static>>, ServerError> {
        self.has_told = true;
        self.command(what, command, each)
    }

    pub(super) fn send(&mut self, what: &'static str, command: &str) -> Result<(), ServerError> {
        gate(command)?;
        self.link.limit(self.until, QUIET);
        let sent = self.session.run_command(command);
        sent.map_err(|error| lost(&self.host, what, error))
    }

    /// As [`Wire::command`], for one with texts that go as literals (RFC 9051 section 4.3).
    pub(super) fn ask(
        &mut self,
        what: &'static str,
        pieces: &[Piece],
        each: &mut dyn FnMut(Response<'_>),
    ) -> Result<(), ServerError> {
        let mut line = String::new();
        let mut is_begun = false;
        for piece in pieces {
            match piece {
                Piece::Plain(text) => line.push_str(text),
                Piece::Literal(bytes) => {
                    let announced = format!("{line}{{{}}}", bytes.len());
                    self.say(what, &announced, is_begun)?;
                    self.go_ahead(what)?;
                    self.write(what, bytes)?;
                    line.clear();
                    is_begun = true;
                }
            }
        }
        self.say(what, &line, is_begun)?;
        self.finish(what, each).map(drop)
    }

    /// Sends a line: the beginning of a command, or what follows a literal.
    fn say(&mut self, what: &'static str, line: &str, is_begun: bool) -> Result<(), ServerError> {
        if !is_begun {
            return self.send(what, line);
        }
        gate(line)?;
        self.write(what, format!("{line}\r\n").as_bytes())
    }

    /// Waits until the server takes the literal that was announced.
    pub(super) fn go_ahead(&mut self, what: &'static str) -> Result<(), ServerError> {
        loop {
            let answer = self.next(what, None)?;
            if answer.starts_with(b"+") {
                return Ok(());
            }
            if !answer.starts_with(b"* ") {
                let said = String::from_utf8_lossy(&answer);
                return Err(ServerError::Refused {
                    host: self.host.clone(),
                    what,
                    said: untrusted::line(&said, SAID_CHARS_MAX),
                });
            }
        }
    }

    /// Reads to the end of the command that was sent.
    pub(super) fn finish(
        &mut self,
        what: &'static str,
        each: &mut dyn FnMut(Response<'_>),
    ) -> Result<Option<ResponseCode<'static>>, ServerError> {
        let mut stirred = false;
        let ended = self.listen(what, &mut |response| {
            // A FETCH is mostly the answer that was asked for.
            stirred |= !matches!(response, Response::Fetch(..)) && stirs(&response);
            each(response);
            ControlFlow::Continue(())
        });
        self.has_stirred |= stirred;
        Ok(match ended? {
            Heard::Ended(code) => code,
            Heard::Enough => None,
        })
    }

    /// Reads until the command that was sent has ended, or `each` has heard enough.
    fn listen(
        &mut self,
        what: &'static str,
        each: &mut dyn FnMut(Response<'_>) -> ControlFlow<()>,
    ) -> Result<Heard, ServerError> {
        let mut bye = None;
        loop {
            let bytes = loose::readable(self.next(what, bye.as_deref())?);
            if bytes.starts_with(b"+") {
                continue;
            }
            match imap_proto::parser::parse_response(&bytes) {
                Ok((
                    _,
                    Response::Done {
                        status,
                        code,
                        information,
                        ..
                    },
                )) => {
                    let code = code.map(ResponseCode::into_owned);
                    let said = information.as_deref().unwrap_or_default();
                    return self.ended(what, &status, said).map(|()| Heard::Ended(code));
                }
                Ok((
                    _,
                    Response::Data {
                        status: Status::Bye,
                        information,
                        ..
                    },
                )) => bye = Some(information.unwrap_or_default().into_owned()),
                Ok((_, response)) => {
                    if each(response).is_break() {
                        return Ok(Heard::Enough);
                    }
                }
                Err(_) if bytes.starts_with(b"* ") => self.skip(&bytes),
                Err(_) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let status = match text.split_whitespace().nth(1) {
                        Some(word) if word.eq_ignore_ascii_case("OK") => Status::Ok,
                        Some(_) | None => Status::No,
                    };
                    return self
                        .ended(what, &status, &text)
                        .map(|()| Heard::Ended(None));
                }
            }
        }
    }

    /// Takes one response, whatever it is.
    pub(super) fn next(&mut self, what: &str, bye: Option<&str>) -> Result<Vec<u8>, ServerError> {
        self.link.next().map_err(|error| match bye {
            Some(said) => ServerError::Lost {
                host: self.host.clone(),
                source: io::Error::other(untrusted::line(said, SAID_CHARS_MAX)),
            },
            None => dead(&self.host, what, error),
        })
    }

    /// Writes what is no command, such as a message after its length.
    pub(super) fn write(&mut self, what: &str, bytes: &[u8]) -> Result<(), ServerError> {
        let written = self.link.write_all(bytes).and_then(|()| self.link.flush());
        written.map_err(|error| dead(&self.host, what, error))
    }

    fn ended(&self, what: &'static str, status: &Status, said: &str) -> Result<(), ServerError> {
        match status {
            Status::Ok => Ok(()),
            Status::No | Status::Bad | Status::PreAuth | Status::Bye => Err(ServerError::Refused {
                host: self.host.clone(),
                what,
                said: untrusted::line(said, SAID_CHARS_MAX),
            }),
        }
    }

    pub(super) fn skip(&mut self, bytes: &[u8]) {
        let start = bytes.get(..bytes.len().min(80)).unwrap_or_default();
        let start = untrusted::line(&String::from_utf8_lossy(start), 80);
        tracing::warn!(start, "a response can't be read");
        if self.skipped.len() < SKIPPED_MAX {
            self.skipped
                .push(format!("{} sent what can't be read: {start}", self.host));
        }
    }

    /// Turns on `QRESYNC` where there is it, once a connection.
    pub(super) fn enable(&mut self) -> Result<(), ServerError> {
        if !self.has_enabled && self.offers("QRESYNC") && self.offers("ENABLE") {
            self.command("report what is gone", "ENABLE QRESYNC", &mut |_| {})?;
            self.has_enabled = true;
        }
        Ok(())
    }

    /// Notes of which mailboxes the server writes the names in plain UTF-8.
    pub(super) fn write_plainly(&mut self, names: Vec<String>) {
        self.plain = names;
    }

    /// Writes the name of a mailbox as this server knows it.
    pub(super) fn named(&self, mailbox: &str) -> Result<String, ServerError> {
        if self.plain.iter().any(|name| name == mailbox) {
            return quote::plain_mailbox(mailbox);
        }
        quote::mailbox(mailbox)
    }

    /// Says whether the server reports what is gone since a moment.
    pub(super) fn reports_gone(&self) -> bool {
        self.has_enabled
    }

    /// Opens a mailbox; `since` asks for what changed since that moment, which goes to `each`.
    pub(super) fn select(
        &mut self,
        (mailbox, access): (&str, Access),
        since: Option<(u32, u64)>,
        each: &mut dyn FnMut(Response<'_>),
    ) -> Result<Opened, ServerError> {
        let word = match access {
            Access::Look => "EXAMINE",
            Access::Change => "SELECT",
        };
        let quoted = self.named(mailbox)?;
        let parameter = match since {
            Some((validity, mod_seq)) if self.has_enabled => {
                format!(" (QRESYNC ({validity} {mod_seq}))")
            }
            Some(_) | None if !self.has_enabled && self.offers("CONDSTORE") => {
                " (CONDSTORE)".to_owned()
            }
            Some(_) | None => String::new(),
        };
        self.selected = None;
        let mut opened = Opened::default();
        let command = format!("{word} {quoted}{parameter}");
        self.command(
            "open the mailbox",
            &command,
            &mut |response| match response {
                Response::MailboxData(MailboxDatum::Exists(count)) => opened.exists = count,
                Response::Data {
                    code: Some(code), ..
                } => opened.note(&code),
                other => each(other),
            },
        )?;
        self.selected = Some((mailbox.to_owned(), access));
        self.has_stirred = false;
        Ok(opened)
    }

    /// Says whether `mailbox` is the one that is open.
    pub(super) fn is_open(&self, mailbox: &str) -> bool {
        self.selected
            .as_ref()
            .is_some_and(|(name, _)| name == mailbox)
    }

    /// Waits up to `quiet` for the open mailbox to change; `false` when it did not.
    pub(super) fn idle(&mut self, quiet: Duration) -> Result<bool, ServerError> {
        const WHAT: &str = "tell what is new";
        // What came with the answer to an earlier command is not told once more.
        if self.has_stirred {
            return Ok(true);
        }
        self.send(WHAT, "IDLE")?;
        self.link.limit(Instant::now() + quiet, quiet);
        let heard = self.listen(WHAT, &mut |response| {
            if stirs(&response) {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        let stirred = match heard {
            Ok(Heard::Enough) => true,
            // The server itself has ended it.
            Ok(Heard::Ended(_)) => return Ok(false),
            Err(ServerError::Silent { .. }) => false,
            Err(error) => return Err(error),
        };
        self.until = Instant::now() + QUIET;
        self.link.limit(self.until, QUIET);
        self.write(WHAT, b"DONE\r\n")?;
        self.finish(WHAT, &mut |_| {})?;
        Ok(stirred)
    }

    /// Says goodbye without waiting for the answer.
    pub(super) fn close(mut self) {
        self.until = Instant::now() + Duration::from_secs(1);
        if let Err(error) = self.send("end", "LOGOUT") {
            tracing::debug!(%error, "no goodbye");
        }
    }
}

impl Opened {
    fn note(&mut self, code: &ResponseCode<'_>) {
        match code {
            ResponseCode::UidValidity(number) => self.uid_validity = Some(*number),
            ResponseCode::UidNext(number) => self.uid_next = Some(*number),
            ResponseCode::HighestModSeq(number) => self.mod_seq = Some(*number),
            _ => {}
        }
    }
}

/// Nothing unquoted comes this far; this is the last gate before the wire.
fn gate(line: &str) -> Result<(), ServerError> {
    if line.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Err(ServerError::Unsendable {
            what: "a command",
            found: "it holds a line break",
        });
    }
    Ok(())
}

/// Says whether the open mailbox is no longer as it was.
fn stirs(response: &Response<'_>) -> bool {
    match response {
        Response::MailboxData(datum) => matches!(datum, MailboxDatum::Exists(_)),
        Response::Expunge(_) | Response::Fetch(..) => true,
        Response::Vanished { earlier, .. } => !earlier,
        _ => false,
    }
}

fn words(link: &Link) -> Vec<String> {
    let words = link.capabilities().unwrap_or_default();
    words.split_whitespace().map(str::to_owned).collect()
}

fn start_tls(link: &mut Link, host: &str, port: u16) -> Result<(), ServerError> {
    let what = "begin encryption";
    let fail = |error| dead(host, what, error);
    link.write_all(b"s1 STARTTLS\r\n")
        .and_then(|()| link.flush())
        .map_err(fail)?;
    loop {
        let answer = link.next().map_err(fail)?;
        if answer.starts_with(b"* ") {
            continue;
        }
        let is_ok = answer
            .get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"s1 OK "));
        let host = host.to_owned();
        return if is_ok {
            Ok(())
        } else {
            Err(ServerError::NoStartTls { host, port })
        };
    }
}

/// Names a dead line.
fn dead(host: &str, what: &str, source: io::Error) -> ServerError {
    let host = host.to_owned();
    if super::tls::is_silence(&source) {
        let what = what.to_owned();
        return ServerError::Silent { host, what };
    }
    if source.kind() == io::ErrorKind::InvalidData {
        let what = source.to_string();
        return ServerError::Odd { host, what };
    }
    ServerError::Lost { host, source }
}
