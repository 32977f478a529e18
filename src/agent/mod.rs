//! The loop and what it needs: session, hands, approval, journal, budget, report.
//!
//! [`turn::run`] is the one loop. Nothing acts without a journalled intent, and nothing acts that
//! the policy has not approved.

mod after;
pub mod approve;
mod budget;
pub mod by_hand;
mod ending;
mod hand_over;
pub mod hands;
pub mod journal;
pub mod judging;
mod leaving;
mod looking;
pub mod outbox;
pub mod record;
pub mod report;
mod seen;
mod session;
pub mod snoozes;
pub mod start;
mod title;
pub mod turn;
pub mod wake;
pub mod watch;

pub use looking::LookError;
pub use session::{Mode, Parts, Session};
