//! The bytes between us and a server: encrypted, bounded, counted, and handed on one whole
//! response at a time.
//!
//! The `imap` package reads through it while logging in; later the responses are taken from here
//! one by one, so that a batch of thousands needs the memory of one, and a response that nobody
//! can read costs itself only.

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::error::ServerError;
use super::tls;

/// Longest response, in bytes: a message of 32 MiB with what stands around it.
pub(super) const RESPONSE_BYTES_MAX: usize = 33 * 1024 * 1024;
/// Bytes asked of the socket at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// One end of the connection; all clones of it are the same one.
#[derive(Debug, Clone)]
pub(super) struct Link(Rc<RefCell<Line>>);

#[derive(Debug)]
struct Line {
    stream: Stream,
    /// What came and was not taken yet, from `start` on.
    raw: Vec<u8>,
    start: usize,
    /// How far the first response was searched for its end.
    searched: usize,
    /// The response that is read by the package.
    handed: io::Cursor<Vec<u8>>,
    until: Instant,
    quiet: Duration,
    asked: bool,
    trips: usize,
    capabilities: Option<String>,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
    /// Only while one becomes the other.
    Gone,
}

impl Link {
    pub(super) fn new(socket: TcpStream) -> Self {
        let line = Line {
            stream: Stream::Plain(socket),
            raw: Vec::new(),
            start: 0,
            searched: 0,
            handed: io::Cursor::default(),
            until: Instant::now(),
            quiet: Duration::ZERO,
            asked: false,
            trips: 0,
            capabilities: None,
        };
        Self(Rc::new(RefCell::new(line)))
    }

    /// Sets until when an answer is waited for, and how long the server may say nothing.
    pub(super) fn limit(&self, until: Instant, quiet: Duration) {
        let mut line = self.0.borrow_mut();
        line.until = until;
        line.quiet = quiet;
    }

    /// Encrypts from here on.
    ///
    /// # Errors
    /// As [`tls::explain`], and when the server said something before, which anybody could have
    /// put there.
    pub(super) fn encrypt(
        &self,
        config: Arc<ClientConfig>,
        host: &str,
        port: u16,
    ) -> Result<(), ServerError> {
        let mut line = self.0.borrow_mut();
        if line.start < line.raw.len() {
            return Err(ServerError::Odd {
                host: host.to_owned(),
                what: "words before the encryption began".to_owned(),
            });
        }
        // What was offered in the clear does not count.
        line.capabilities = None;
        let mut secure = tls::begin(config, host)?;
        let explain = |error| tls::explain(error, host, port);
        let Stream::Plain(mut socket) = std::mem::replace(&mut line.stream, Stream::Gone) else {
            return Err(explain(io::ErrorKind::NotConnected.into()));
        };
        let left = line.until.saturating_duration_since(Instant::now());
        let patience = Some(left.min(line.quiet).max(Duration::from_millis(1)));
        let timed = socket.set_read_timeout(patience);
        timed
            .and_then(|()| socket.set_write_timeout(patience))
            .map_err(explain)?;
        while secure.is_handshaking() {
            secure.complete_io(&mut socket).map_err(explain)?;
        }
        line.stream = Stream::Tls(Box::new(StreamOwned::new(secure, socket)));
        Ok(())
    }

    /// Takes the next whole response, with its literals and its line end.
    ///
    /// # Errors
    /// When the line is dead, too slow, or the response too long.
    pub(super) fn next(&self) -> io::Result<Vec<u8>> {
        self.0.borrow_mut().next()
    }

    /// How often something was sent and waited for.
    pub(super) fn trips(&self) -> usize {
        self.0.borrow().trips
    }

    /// The words of the last `CAPABILITY` that came, in a response of its own or in a code.
    pub(super) fn capabilities(&self) -> Option<String> {
        self.0.borrow().capabilities.clone()
    }
}

impl Line {
    fn next(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.whole()? {
                let response = self.raw.get(self.start..end).unwrap_or_default().to_vec();
                self.start = end;
                self.searched = end;
                if let Some(words) = offered(&response) {
                    self.capabilities = Some(words);
                }
                return Ok(response);
            }
            self.more()?;
        }
    }

    /// Returns where the first response ends, when all of it is here.
    fn whole(&mut self) -> io::Result<Option<usize>> {
        loop {
            let rest = self.raw.get(self.searched..).unwrap_or_default();
            let Some(at) = rest.iter().position(|byte| *byte == b'\n') else {
                let came = self.raw.len() - self.start;
                return if came > RESPONSE_BYTES_MAX {
                    Err(too_long())
                } else {
                    Ok(None)
                };
            };
            let end = self.searched + at + 1;
            let line = self.raw.get(self.start..end).unwrap_or_default();
            let Some(literal) = literal(line) else {
                return Ok(Some(end));
            };
            if literal > RESPONSE_BYTES_MAX {
                return Err(too_long());
            }
            if self.raw.len() < end + literal {
                return Ok(None);
            }
            self.searched = end + literal;
        }
    }

    fn more(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.raw.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        let left = self.until.saturating_duration_since(Instant::now());
        let patience = left.min(self.quiet);
        if patience.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.trips += usize::from(std::mem::take(&mut self.asked));
        let before = self.raw.len();
        self.raw.resize(before + CHUNK_BYTES, 0);
        let space = self.raw.get_mut(before..).unwrap_or_default();
        let read = match &mut self.stream {
            Stream::Plain(socket) => {
                let timed = socket.set_read_timeout(Some(patience));
                timed.and_then(|()| socket.read(space))
            }
            Stream::Tls(secure) => {
                let timed = secure.sock.set_read_timeout(Some(patience));
                timed.and_then(|()| secure.read(space))
            }
            Stream::Gone => Ok(0),
        };
        self.raw
            .truncate(before + read.as_ref().copied().unwrap_or(0));
        match read {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a response of more than 33 MB")
}

/// The length of the literal that `line` announces at its end; texts for people announce none.
fn literal(line: &[u8]) -> Option<usize> {
    let is_text = |word: &[u8]| {
        let rest = line.strip_prefix(b"* ").unwrap_or_default();
        rest.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    let texts: [&[u8]; 5] = [b"OK ", b"NO ", b"BAD ", b"BYE ", b"PREAUTH "];
    if !line.starts_with(b"* ") || texts.iter().any(|word| is_text(word)) {
        return None;
    }
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_suffix(b"}")?;
    let line = line.strip_suffix(b"+").unwrap_or(line);
    let open = line.iter().rposition(|byte| *byte == b'{')?;
    let digits = std::str::from_utf8(line.get(open + 1..)?).ok()?;
    digits.parse().ok()
}

fn offered(response: &[u8]) -> Option<String> {
    const LINE_BYTES_MAX: usize = 8 * 1024;
    const WORD: &str = "CAPABILITY ";
    let short = response.get(..response.len().min(LINE_BYTES_MAX))?;
    let is_plain = short.starts_with(b"* CAPABILITY ");
    let text = String::from_utf8_lossy(short);
    let (before, words) = text.split_once(WORD)?;
    if !is_plain && !before.ends_with('[') {
        return None;
    }
    let end = words.find([']', '\r', '\n']).unwrap_or(words.len());
    Some(words.get(..end)?.to_ascii_uppercase())
}

impl Read for Link {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut line = self.0.borrow_mut();
        let read = line.handed.read(into)?;
        if read > 0 {
            return Ok(read);
        }
        line.handed = io::Cursor::new(line.next()?);
        line.handed.read(into)
    }
}

impl Write for Link {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut line = self.0.borrow_mut();
        let patience = Some(line.quiet.max(Duration::from_millis(1)));
        line.asked = true;
        match &mut line.stream {
            Stream::Plain(socket) => {
                let timed = socket.set_write_timeout(patience);
                timed.and_then(|()| socket.write(bytes))
            }
            Stream::Tls(secure) => {
                let timed = secure.sock.set_write_timeout(patience);
                timed.and_then(|()| secure.write(bytes))
            }
            Stream::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0.borrow_mut().stream {
            Stream::Plain(socket) => socket.flush(),
            Stream::Tls(secure) => secure.flush(),
            Stream::Gone => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_announced_at_the_end_of_a_line() {
        assert_eq!(literal(b"* 1 FETCH (BODY[] {12}\r\n"), Some(12));
        assert_eq!(literal(b"* LIST () \"/\" {4+}\r\n"), Some(4));
        assert_eq!(literal(b"* 1 FETCH (UID 3)\r\n"), None);
        assert_eq!(literal(b"* OK said {12}\r\n"), None);
        assert_eq!(literal(b"a1 OK said {12}\r\n"), None);
        assert_eq!(
            literal(b"* 1 FETCH (BODY[] {99999999999999999999}\r\n"),
            None
        );
    }

    #[test]
    fn capabilities_are_found_wherever_they_stand() {
        let want = Some("IMAP4REV1 IDLE".to_owned());
        assert_eq!(offered(b"* CAPABILITY IMAP4rev1 IDLE\r\n"), want);
        assert_eq!(offered(b"a1 OK [CAPABILITY IMAP4rev1 IDLE] in\r\n"), want);
        assert_eq!(
            offered(b"* 1 FETCH (BODY[HEADER] {9}\r\nCAPABILITY x\r\n)\r\n"),
            None
        );
    }
}
