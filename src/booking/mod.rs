//! Which slot fits: free time by the user's rules, and words like "next Tuesday afternoon".
//!
//! Pure: reads no calendar, no clock and no configuration of its own, all comes in as arguments.

mod clash;
mod free;
mod page;
mod rules;
mod said;
mod slots;
mod taken;
mod when;
mod words;
mod written;

pub use clash::{Clash, Most};
pub use free::{free, off};
pub use page::{date, date_time, time};
pub use rules::Rules;
pub use slots::{Only, Request, closed, fits, is_clear, needs, slots};
pub use taken::{Taken, is_elsewhere, taken};
pub use when::{Ends, When, WhenError, moment, parse};
pub use words::month;
pub use written::Ambiguous;
