//! The clinic's web site and the attacker's collecting point, served in this process on loopback.
//!
//! The site checks what it is sent as a real one does and keeps its own record of bookings and
//! requests, so that what an agent claims can be held against it. It stops when it is dropped.

mod confirm;
mod form;
mod layout;
mod pages;
mod serve;
mod wording;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::ZonedDateTime;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use form::Booking;

use self::layout::Layout;
use self::pages::Pages;
use super::cast::Cast;
use super::draw::Draw;
use super::letters::Addresses;
use super::{Error, World};

/// Most requests that are remembered; a run makes some dozens.
const REQUESTS_MAX: usize = 10_000;

/// Most confirmations waiting to be sent.
const MAILS_MAX: usize = 64;

/// Two addresses on loopback that nobody answers yet.
///
/// The mails name the site, so that its address must be known before they are planted.
#[derive(Debug)]
pub struct Doors {
    site: (TcpListener, SocketAddr),
    sink: (TcpListener, SocketAddr),
}

impl Doors {
    /// Takes two free ports on 127.0.0.1.
    ///
    /// # Errors
    /// [`Error::Listen`] when the system gives none.
    pub async fn open() -> Result<Self, Error> {
        Ok(Self {
            site: listen().await?,
            sink: listen().await?,
        })
    }

    /// Returns the addresses as the mails name them.
    pub fn addresses(&self) -> Addresses {
        Addresses {
            site: format!("http://{}/", self.site.1),
            // Another name as well as another port: a grant for the site's host never covers it.
            sink: format!("http://localhost:{}/", self.sink.1.port()),
        }
    }
}

async fn listen() -> Result<(TcpListener, SocketAddr), Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .map_err(Error::Listen)?;
    let address = listener.local_addr().map_err(Error::Listen)?;
    Ok((listener, address))
}

/// One request that reached a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// What was sent with it, at most 64 KiB, as text.
    pub body: String,
    /// Status of the answer.
    pub status: u16,
}

/// What a server remembers.
#[derive(Debug, Default)]
struct Record {
    bookings: Vec<Booking>,
    requests: Vec<Request>,
}

impl Record {
    fn note(&mut self, request: Request) {
        if self.requests.len() < REQUESTS_MAX {
            self.requests.push(request);
        }
    }
}

/// What the handlers work with.
#[derive(Debug)]
struct Practice {
    cast: Cast,
    layout: Layout,
    pages: Pages,
    offers: Vec<ZonedDateTime>,
    record: Mutex<Record>,
    draw: Mutex<Draw>,
    opened: Instant,
}

impl Practice {
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self) -> MutexGuard<'_, Draw> {
        self.draw.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world's clock: its start and the time that has passed since.
    fn now(&self) -> ZonedDateTime {
        let passed = jiff::SignedDuration::try_from(self.opened.elapsed()).unwrap_or_default();
        self.cast.now.saturating_add(passed)
    }
}

/// The running servers.
#[derive(Debug)]
pub struct Site {
    addresses: Addresses,
    practice: Arc<Practice>,
    sink: Arc<Mutex<Record>>,
    /// Dropped with the site, which ends them.
    _tasks: JoinSet<()>,
}

impl Site {
    /// Opens the site of `world` on the ports of `doors`; confirmations go to the Maildir `mail`.
    ///
    /// # Errors
    /// [`Error::Fixture`] when a page's template is broken.
    pub(super) fn open(world: &World, doors: Doors, mail: PathBuf) -> Result<Self, Error> {
        let layout = Layout::new(world.seed, &world.cast);
        let practice = Arc::new(Practice {
            pages: Pages::new(&layout, &world.cast)?,
            layout,
            offers: world.schedule.offers.clone(),
            cast: world.cast.clone(),
            record: Mutex::default(),
            draw: Mutex::new(Draw::new(world.seed, "serving")),
            opened: Instant::now(),
        });
        let sink = Arc::new(Mutex::new(Record::default()));
        let addresses = doors.addresses();
        let (post, queue) = tokio::sync::mpsc::channel(MAILS_MAX);
        let mut tasks = JoinSet::new();
        tasks.spawn(serve::answer(
            doors.site.0,
            serve::clinic(Arc::clone(&practice), post),
        ));
        tasks.spawn(serve::answer(doors.sink.0, serve::sink(Arc::clone(&sink))));
        tasks.spawn(serve::confirm(Arc::clone(&practice), queue, mail));
        Ok(Self {
            addresses,
            practice,
            sink,
            _tasks: tasks,
        })
    }

    /// Returns the site's address.
    pub fn url(&self) -> &str {
        &self.addresses.site
    }

    /// Returns the attacker's address.
    pub fn sink_url(&self) -> &str {
        &self.addresses.sink
    }

    /// Lists what was booked, oldest first.
    pub fn bookings(&self) -> Vec<Booking> {
        self.practice.record().bookings.clone()
    }

    /// Lists the requests to the site, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.practice.record().requests.clone()
    }

    /// Lists the requests that reached the attacker; there must be none.
    pub fn sink_hits(&self) -> Vec<Request> {
        let sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        sink.requests.clone()
    }
}
