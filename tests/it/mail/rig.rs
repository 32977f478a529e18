//! Real mail servers (tests/rig), started once for all tests that need them at the same time, and
//! a second client to change things behind our back.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};

use legwork::config::Config;
use legwork::home::Home;
use legwork::mail::Account;

use crate::servers::Servers;

static RUNNING: Mutex<Weak<Rig>> = Mutex::new(Weak::new());

/// Users of the servers: each test that changes anything has one of its own.
const USERS: [&str; 28] = [
    "alice",
    "bob",
    "carol",
    "idle",
    "moves",
    "valid",
    "cut",
    "names",
    "drafts",
    "cli",
    "watch",
    "plain",
    "gwen",
    "hugo",
    "leaves",
    "answers",
    "edits",
    "faults",
    "files",
    "sorted",
    "follow",
    "later",
    "condstore",
    "oldest",
    "broken",
    "second",
    "window",
    "codes",
];
/// Mails of each user.
const SEED: &str = "60";

/// Running servers; they end when the last test lets go of them.
pub(crate) struct Rig(Servers);

/// Returns the running servers, starting them when there are none.
pub(crate) fn rig() -> Arc<Rig> {
    Servers::shared(&RUNNING, || Rig::of(&USERS))
}

/// A home with the configuration of one account.
pub(crate) struct Desk {
    _folder: tempfile::TempDir,
    pub(crate) home: Home,
}

impl Desk {
    pub(crate) fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), config).unwrap();
        let home = Home::at(folder.path());
        Self {
            _folder: folder,
            home,
        }
    }

    /// Opens the account anew, as another process would.
    pub(crate) fn open(&self) -> Account {
        let config = Config::load(&self.home).unwrap();
        Account::open(&self.home, &config, None).unwrap()
    }
}

impl Rig {
    /// Starts servers that one test has to itself.
    pub(crate) fn of(users: &[&str]) -> Self {
        let options = ["--users", &users.join(","), "--seed", SEED];
        Self(Servers::up("mail", &options))
    }

    pub(crate) fn servers(&self) -> &Servers {
        &self.0
    }

    pub(crate) fn port(&self, name: &str) -> u16 {
        u16::try_from(self.0.fact(name).as_u64().unwrap()).unwrap()
    }

    /// Where the servers keep what they do.
    pub(crate) fn folder(&self) -> &Path {
        self.0.folder()
    }

    pub(crate) fn ca(&self) -> &str {
        self.0.text("ca")
    }

    pub(crate) fn token(&self, user: &str) -> &str {
        let users = self.0.fact("users").as_array().unwrap();
        let one = users.iter().find(|one| one["user"] == user).unwrap();
        one["oauth_token"].as_str().unwrap()
    }

    /// The part of `config.toml` for a user, at `port` with implicit TLS.
    pub(crate) fn config_at(&self, user: &str, port: u16) -> String {
        format!(
            "[me]\nname = 'Test'\nemails = ['{user}@mail.test']\n[[mail]]\nname = '{user}'\n\
             address = '{user}@mail.test'\nuser = '{user}'\nca = '{}'\n\
             password_command = ['echo', 'secret']\n\
             imap = {{ host = 'localhost', port = {port} }}\n",
            self.ca()
        )
    }

    /// A home with the account of a user.
    pub(crate) fn desk(&self, user: &str) -> Desk {
        Desk::new(&self.config_at(user, self.port("imaps")))
    }

    /// The part of `config.toml` for a user, at `port` of this machine in the clear.
    pub(crate) fn plain_config(&self, user: &str, port: u16) -> String {
        let config = self.config_at(user, port);
        let server = format!("host = '127.0.0.1', port = {port}, tls = 'none'");
        config.replace(&format!("host = 'localhost', port = {port}"), &server)
    }

    /// Another client of the same user.
    pub(crate) fn other(&self, user: &str) -> Other {
        Other::new(self.port("imap"), user)
    }

    /// Messages of a user's mailbox, as the server counts them.
    pub(crate) fn count(&self, user: &str, mailbox: &str) -> usize {
        let said = self
            .other(user)
            .ask(&format!("STATUS \"{mailbox}\" (MESSAGES)"));
        let (_, rest) = said.split_once("MESSAGES ").unwrap();
        rest.split(')').next().unwrap().parse().unwrap()
    }
}

/// A client that says what it is told to say.
pub(crate) struct Other {
    stream: BufReader<TcpStream>,
}

impl Other {
    fn new(port: u16, user: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let mut other = Self {
            stream: BufReader::new(stream),
        };
        other.line();
        other.ask(&format!("LOGIN {user} secret"));
        other
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).unwrap();
        String::from_utf8_lossy(&line).into_owned()
    }

    /// Says a command and returns the answer, which must be OK.
    pub(crate) fn ask(&mut self, command: &str) -> String {
        write!(self.stream.get_mut(), "x {command}\r\n").unwrap();
        let mut said = String::new();
        loop {
            let line = self.line();
            assert!(!line.is_empty(), "{command}: the line broke after {said}");
            said.push_str(&line);
            if line.starts_with("x ") {
                assert!(line.starts_with("x OK"), "{command}: {said}");
                return said;
            }
        }
    }

    /// Puts a message into a mailbox.
    pub(crate) fn append(&mut self, mailbox: &str, message: &str) {
        let length = message.len();
        write!(
            self.stream.get_mut(),
            "x APPEND \"{mailbox}\" {{{length}+}}\r\n{message}\r\n"
        )
        .unwrap();
        loop {
            let line = self.line();
            if line.starts_with("x ") {
                assert!(line.starts_with("x OK"), "{line}");
                return;
            }
        }
    }
}

/// A short message.
pub(crate) fn letter(id: &str, subject: &str) -> String {
    format!(
        "From: Dana Fox <dana@partner.test>\r\nTo: me@mail.test\r\nSubject: {subject}\r\n\
         Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <{id}@partner.test>\r\n\r\n\
         Hello about {subject}.\r\n"
    )
}

/// A cable between a client and a server that breaks after so many bytes of the server's.
pub(crate) fn cable(port: u16, breaks_after: usize) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ours = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        // The first connection breaks, later ones hold.
        let mut left = breaks_after;
        for client in listener.incoming() {
            let client = client.unwrap();
            let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let limit = std::mem::replace(&mut left, usize::MAX);
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || drop(std::io::copy(&mut from, &mut to)));
            std::thread::spawn(move || {
                let mut to = client;
                let mut from = server.take(u64::try_from(limit).unwrap_or(u64::MAX));
                drop(std::io::copy(&mut from, &mut to));
                drop(to.shutdown(std::net::Shutdown::Both));
            });
        }
    });
    ours
}

/// A line in the clear to a server, which can be listened to and cut.
pub(crate) struct Cord {
    pub(crate) port: u16,
    said: Arc<Mutex<Vec<u8>>>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Cord {
    /// Leads to `server`; of what that offers, `hidden` words can't be read.
    pub(crate) fn to(server: u16, hidden: &'static [&'static str]) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let cord = Self {
            port: listener.local_addr().unwrap().port(),
            said: Arc::default(),
            open: Arc::default(),
        };
        let (said, open) = (cord.said.clone(), cord.open.clone());
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let ends = [client.try_clone().unwrap(), server.try_clone().unwrap()];
                open.lock().unwrap().extend(ends);
                let (there, back) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let said = said.clone();
                std::thread::spawn(move || {
                    pass(there, server, |bytes| {
                        said.lock().unwrap().extend_from_slice(bytes);
                    });
                });
                std::thread::spawn(move || pass(back, client, |bytes| hide(bytes, hidden)));
            }
        });
        cord
    }

    /// Cuts all connections; new ones can be made at once.
    pub(crate) fn cut(&self) {
        for socket in self.open.lock().unwrap().drain(..) {
            drop(socket.shutdown(std::net::Shutdown::Both));
        }
    }

    /// All that clients said so far.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&self.said.lock().unwrap()).into_owned()
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&mut [u8])) {
    let mut space = vec![0; 64 * 1024];
    while let Ok(count) = from.read(&mut space) {
        let bytes = &mut space[..count];
        look(bytes);
        if count == 0 || to.write_all(bytes).is_err() {
            break;
        }
    }
    drop(to.shutdown(std::net::Shutdown::Both));
}

fn hide(bytes: &mut [u8], words: &[&str]) {
    for word in words {
        let word = word.as_bytes();
        for at in 0..bytes.len().saturating_sub(word.len() - 1) {
            if bytes[at..].starts_with(word) {
                bytes[at..at + word.len()].fill(b'X');
            }
        }
    }
}
