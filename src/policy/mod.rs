//! The one gate between what a planner proposes and what hands do.
//!
//! Pure: [`judge`] looks at an action, at what the user's goal entitles the run to and at the page,
//! and allows, asks or denies; the strictest rule wins. It never reads a page's or a mail's wish:
//! nothing that came from outside can widen a [`Grant`]. Hands take only [`Approved`] actions, and
//! only this folder can make one.

mod approved;
mod grade;
mod grant;
mod letters;
mod pages;
mod rules;

pub use approved::{Approved, Consent, Denial, Question, Ruling};
pub use grade::Commitment;
pub use grant::{Correspondence, Grant, Words};
pub use pages::FileFacts;
pub use rules::{Context, Leaving, judge};
