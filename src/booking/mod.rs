//! Which slot fits: free time by the user's rules, and words like "next Tuesday afternoon".
//!
//! Pure: reads no calendar, no clock and no configuration of its own, all comes in as arguments.

mod free;
mod page;
mod said;
mod slots;
mod when;
mod words;
mod written;

pub use free::{free, off};
pub use page::{date, date_time, time};
pub use slots::{Clash, Only, Request, Rules, fits, is_clear, needs, slots};
pub use when::{When, WhenError, moment, parse};
pub use words::month;
pub use written::Ambiguous;
