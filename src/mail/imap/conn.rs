//! A connection from the async side: one thread owns it, work goes to it through a bounded queue,
//! and a stop or the end of time cuts the socket, which ends whatever the thread waits for.

use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::error::ServerError;
use super::wire::{Opening, Wire};
use crate::config::MailTls;
use crate::deadline::{Deadline, Ended};
use crate::mail::Error;

/// Longest time until a server is reached at one address.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 6;
/// Work that waits for the thread; callers take turns anyway.
const ORDERS_MAX: usize = 1;

type Order = Box<dyn FnOnce(&mut Wire) + Send>;

/// A connection that is logged in.
#[derive(Debug)]
pub(super) struct ImapConn {
    orders: mpsc::Sender<Order>,
    /// The same socket once more, to cut it from here.
    socket: TcpStream,
    host: String,
}

/// Why work on a connection failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: Error,
    /// Whether the server may have been told to change something.
    pub(super) has_told: bool,
    /// Whether the connection is of no more use.
    pub(super) is_broken: bool,
}

impl ImapConn {
    /// Connects, encrypts and logs in.
    ///
    /// # Cancellation
    /// The socket is closed.
    pub(super) async fn open(opening: Opening, deadline: &Deadline) -> Result<Self, Error> {
        let host = opening.login.host.clone();
        let socket = connect(&opening, deadline).await?;
        let lost = |source| ServerError::Lost {
            host: host.clone(),
            source,
        };
        let theirs = socket.try_clone().map_err(lost)?;
        let (orders, taken) = mpsc::channel(ORDERS_MAX);
        let (ready, is_ready) = oneshot::channel();
        let until = Instant::now() + deadline.remaining();
        let thread = std::thread::Builder::new().name("legwork imap".to_owned());
        let serve = move || match Wire::open(theirs, &opening, until) {
            Ok(wire) => {
                if ready.send(Ok(())).is_ok() {
                    serve(wire, taken);
                }
            }
            // Nobody may be waiting any more.
            Err(error) => drop(ready.send(Err(error))),
        };
        thread.spawn(serve).map_err(lost)?;
        let conn = Self {
            orders,
            socket,
            host,
        };
        match conn
            .guarded("the mail server's greeting", deadline, is_ready)
            .await
        {
            Ok(Ok(())) => Ok(conn),
            Ok(Err(error)) => Err(error.into()),
            Err(error) => Err(error),
        }
    }

    /// Does `work` on the connection's thread.
    ///
    /// # Cancellation
    /// The socket is cut: what was sent may still take effect.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        what: &str,
        deadline: &Deadline,
        work: impl FnOnce(&mut Wire) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failed> {
        let (answer, answered) = oneshot::channel();
        let until = Instant::now() + deadline.remaining();
        let order: Order = Box::new(move |wire| {
            wire.limit(until);
            let done = work(wire);
            // Nobody may be waiting any more.
            drop(answer.send((done, wire.has_told())));
        });
        let cut = |error| Failed {
            error,
            has_told: true,
            is_broken: true,
        };
        let ordered = async {
            // A thread that is gone drops the order, and with it the answer's other end.
            let sent = self.orders.send(order).await;
            if sent.is_err() {
                tracing::debug!(host = self.host, "the connection had ended");
            }
            answered.await
        };
        match self.guarded(what, deadline, ordered).await {
            Ok((Ok(done), _)) => Ok(done),
            Ok((Err(error), has_told)) => Err(Failed {
                is_broken: matches!(&error, Error::Server(server) if server.is_broken_line()),
                has_told,
                error,
            }),
            Err(error) => Err(cut(error)),
        }
    }

    /// Waits for the thread, and cuts the socket when that ends in any other way.
    async fn guarded<T>(
        &self,
        what: &str,
        deadline: &Deadline,
        answer: impl Future<Output = Result<T, oneshot::error::RecvError>>,
    ) -> Result<T, Error> {
        let mut cutter = Cutter(Some(&self.socket));
        let answered = deadline.bound(what, answer).await.map_err(Error::Stopped)?;
        let answer = answered.map_err(|_| ServerError::Lost {
            host: self.host.clone(),
            source: std::io::ErrorKind::BrokenPipe.into(),
        })?;
        cutter.0 = None;
        Ok(answer)
    }
}

/// Cuts a socket when dropped, unless it was disarmed.
struct Cutter<'a>(Option<&'a TcpStream>);

impl Drop for Cutter<'_> {
    fn drop(&mut self) {
        if let Some(socket) = self.0 {
            // One that is closed already can't be cut.
            drop(socket.shutdown(Shutdown::Both));
        }
    }
}

/// Works until nobody gives orders any more.
fn serve(mut wire: Wire, mut orders: mpsc::Receiver<Order>) {
    while let Some(order) = orders.blocking_recv() {
        order(&mut wire);
    }
    wire.close();
}

/// Reaches the server at one of its addresses.
async fn connect(opening: &Opening, deadline: &Deadline) -> Result<TcpStream, Error> {
    let (host, port) = (opening.login.host.as_str(), opening.login.port);
    let unresolved = |source| ServerError::Unresolved {
        host: host.to_owned(),
        source,
    };
    let addresses: Vec<SocketAddr> = if let Ok(ip) = host.parse::<IpAddr>() {
        vec![SocketAddr::new(ip, port)]
    } else {
        let looked_up = tokio::net::lookup_host((host, port));
        let found = deadline
            .bound("the address of the mail server", looked_up)
            .await;
        let found = found.map_err(Error::Stopped)?.map_err(unresolved)?;
        found.take(ADDRESSES_MAX).collect()
    };
    let mut last = std::io::ErrorKind::AddrNotAvailable.into();
    for address in addresses {
        if opening.tls == MailTls::None && !address.ip().is_loopback() {
            return Err(ServerError::NoStartTls {
                host: host.to_owned(),
                port,
            }
            .into());
        }
        let limit = deadline.child(CONNECT_TIME);
        let connecting = tokio::net::TcpStream::connect(address);
        let what = format!("a connection to {host}");
        match limit.bound(&what, connecting).await {
            Ok(Ok(socket)) => {
                return plain(socket).map_err(|source| {
                    let host = host.to_owned();
                    ServerError::Lost { host, source }.into()
                });
            }
            Ok(Err(error)) => last = error,
            Err(Ended::Stopped) => return Err(Error::Stopped(Ended::Stopped)),
            Err(ended) if deadline.is_over() => return Err(Error::Stopped(ended)),
            Err(Ended::TimedOut(_)) => last = std::io::ErrorKind::TimedOut.into(),
        }
    }
    let host = host.to_owned();
    Err(ServerError::Closed {
        host,
        port,
        source: last,
    }
    .into())
}

/// Gives the socket to a thread that waits for it in the plain way.
fn plain(socket: tokio::net::TcpStream) -> std::io::Result<TcpStream> {
    let socket = socket.into_std()?;
    socket.set_nonblocking(false)?;
    socket.set_nodelay(true)?;
    Ok(socket)
}
