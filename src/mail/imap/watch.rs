//! News: `IDLE`, renewed before servers and routers lose patience, and a look after each end of
//! it; where a server knows no `IDLE`, a look from time to time.

use std::time::Duration;

use super::Remote;
use super::bodies::Want;
use super::conn::ImapConn;
use super::sync::{self, Job};
use super::wire::Wire;
use crate::deadline::{Deadline, Ended};
use crate::mail::{Error, Synced};

/// Pauses between tries to reach a server that went away: doubled up to the longest.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_mins(2);

/// Follows one mailbox on a connection of its own.
#[derive(Debug)]
pub(in crate::mail) struct News {
    mailbox: String,
    conn: Option<ImapConn>,
    pause: Duration,
}

impl Remote {
    /// Begins to follow a mailbox; it is up to date when this returns.
    pub(in crate::mail) async fn watch(
        &self,
        name: &str,
        deadline: &Deadline,
    ) -> Result<News, Error> {
        let known = self.ask(|index| index.mailboxes(self.account()))?;
        if known.is_empty() {
            self.sync(super::Extent::Newest, deadline).await?;
        }
        let mut news = News {
            mailbox: self.mailbox_named(name),
            conn: None,
            pause: PAUSE,
        };
        news.look(self, deadline).await?;
        Ok(news)
    }
}

impl News {
    /// Waits until the mailbox changed, and brings the index up to date; `false` when time ran out.
    pub(in crate::mail) async fn next(
        &mut self,
        remote: &Remote,
        deadline: &Deadline,
    ) -> Result<bool, Error> {
        loop {
            let looked = match self.conn.take() {
                Some(conn) => self.listen(conn, remote, deadline).await,
                None => self.look(remote, deadline).await,
            };
            match looked {
                Ok(synced) => {
                    self.pause = PAUSE;
                    if synced.arrived + synced.changed + synced.gone > 0 {
                        return Ok(true);
                    }
                }
                Err(Error::Stopped(Ended::TimedOut(_))) if deadline.is_over() => return Ok(false),
                Err(Error::Server(server)) if server.is_passing() => {
                    tracing::info!(%server, "the mail server went away");
                    if !self.rest(deadline).await? {
                        return Ok(false);
                    }
                }
                Err(error) => return Err(error),
            }
            if deadline.is_over() && !deadline.is_stopped() {
                return Ok(false);
            }
        }
    }

    /// Connects and looks what is new.
    async fn look(&mut self, remote: &Remote, deadline: &Deadline) -> Result<Synced, Error> {
        let conn = remote.connect(deadline).await?;
        let (job, mailbox) = (remote.job(Want::Newest), self.mailbox.clone());
        let work = move |wire: &mut Wire| sync::mailbox(wire, &job, &mailbox);
        let synced = conn.run("the mail server", deadline, work).await;
        let synced = synced.map_err(|failed| failed.error)?;
        self.conn = Some(conn);
        Ok(synced)
    }

    /// Waits for a change, then looks what is new.
    async fn listen(
        &mut self,
        conn: ImapConn,
        remote: &Remote,
        deadline: &Deadline,
    ) -> Result<Synced, Error> {
        let (job, mailbox) = (remote.job(Want::Newest), self.mailbox.clone());
        let idle = Duration::from_secs(u64::from(remote.config.idle_seconds));
        let patience = deadline.remaining().min(idle);
        let can_idle = conn
            .run("the mail server", deadline, |wire| Ok(wire.offers("IDLE")))
            .await;
        if !can_idle.map_err(|failed| failed.error)? {
            let poll = Duration::from_secs(u64::from(remote.config.poll_seconds));
            pause(poll, deadline).await?;
        }
        let work = move |wire: &mut Wire| listen(wire, &job, &mailbox, patience);
        let synced = conn.run("new mail", deadline, work).await;
        let synced = synced.map_err(|failed| failed.error)?;
        self.conn = Some(conn);
        Ok(synced)
    }

    /// Lets a server that went away rest; `false` when time ran out.
    async fn rest(&mut self, deadline: &Deadline) -> Result<bool, Error> {
        let rest = self.pause;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        match pause(rest, deadline).await {
            Ok(()) => Ok(!deadline.is_over()),
            Err(Error::Stopped(Ended::TimedOut(_))) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn listen(wire: &mut Wire, job: &Job, mailbox: &str, patience: Duration) -> Result<Synced, Error> {
    wire.look_at(mailbox)?;
    if wire.offers("IDLE") {
        wire.idle(patience)?;
    }
    // Also when nothing was told: what came between two IDLEs is told by none of them.
    sync::mailbox(wire, job, mailbox)
}

/// Lets time pass, as nothing tells when the server has news.
async fn pause(time: Duration, deadline: &Deadline) -> Result<(), Error> {
    let limit = deadline.child(time);
    match limit.bound("new mail", std::future::pending::<()>()).await {
        Err(Ended::TimedOut(_)) if !deadline.is_over() => Ok(()),
        Err(ended) => Err(Error::Stopped(ended)),
        Ok(()) => Ok(()),
    }
}
