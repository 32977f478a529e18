//! Time limit and stop signal in one value, passed down to everything that waits.
//!
//! A child never outlives its parent. Nothing here sleeps: [`Deadline::bound`] races a future
//! against the limit and the stop signal, and names what was waited for when it loses.

use std::fmt;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// A moment after which work must have ended, and the signal that ends it earlier.
#[derive(Debug, Clone)]
pub struct Deadline {
    ends: Instant,
    stop: CancellationToken,
}

/// Why a wait ended without its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The limit passed while waiting for the named thing.
    TimedOut(String),
    /// The user asked the run to stop.
    Stopped,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(what) => write!(f, "time ran out waiting for {what}"),
            Self::Stopped => f.write_str("stopped by the user"),
        }
    }
}

impl std::error::Error for Ended {}

impl Deadline {
    /// Starts a limit of `limit` from now with a stop signal of its own.
    pub fn after(limit: Duration) -> Self {
        Self::with_stop(limit, CancellationToken::new())
    }

    /// Starts a limit of `limit` from now that also ends when `stop` is cancelled.
    pub fn with_stop(limit: Duration, stop: CancellationToken) -> Self {
        Self {
            ends: Instant::now() + limit,
            stop,
        }
    }

    /// Returns a deadline at most `limit` away and never later than this one.
    #[must_use]
    pub fn child(&self, limit: Duration) -> Self {
        Self {
            ends: self.ends.min(Instant::now() + limit),
            stop: self.stop.child_token(),
        }
    }

    /// Returns the time left, zero when it has passed.
    pub fn remaining(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    /// Says whether the limit has passed or the stop signal was given.
    pub fn is_over(&self) -> bool {
        self.stop.is_cancelled() || self.remaining().is_zero()
    }

    /// Says whether the user asked to stop.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Gives the stop signal to this deadline and all its children.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Runs `work` until it ends, the limit passes or the stop signal is given.
    ///
    /// # Errors
    /// [`Ended::TimedOut`] with `what`, or [`Ended::Stopped`].
    ///
    /// # Cancellation
    /// `work` is dropped where it stands when the limit or the signal wins.
    pub async fn bound<T>(&self, what: &str, work: impl Future<Output = T>) -> Result<T, Ended> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Ended::Stopped),
            done = tokio::time::timeout_at(self.ends.into(), work) => {
                done.map_err(|_| Ended::TimedOut(what.to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn child_limit_never_outlives_the_parent() {
        let parent = Deadline::after(Duration::from_millis(50));
        assert!(parent.child(Duration::from_mins(1)).ends <= parent.ends);
    }

    #[test]
    fn stopping_the_parent_stops_the_child() {
        let parent = Deadline::after(Duration::from_mins(1));
        let child = parent.child(Duration::from_secs(1));
        parent.stop();
        assert!(child.is_stopped());
    }

    #[tokio::test]
    async fn a_lost_race_names_what_was_waited_for() {
        let limit = Deadline::after(Duration::from_millis(5));
        let ended = limit.bound("the page", std::future::pending::<()>()).await;
        assert_eq!(ended, Err(Ended::TimedOut("the page".to_owned())));
    }
}
