//! Mail as it comes: decoded, judged and answered.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::too_many_lines,
    reason = "a test that can't go on must fail, and a table of cases is as long as it is"
)]

mod discover;
mod follow;
mod imap;
mod labelled;
mod mangled;
mod own;
pub(crate) mod rig;
mod sending;
mod triage;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use legwork::action::{MailId, Message};
use legwork::mail::mime::{self, Frame};
use legwork::triage::Profile;

/// Decodes a mail that lies unread in the inbox.
fn read(bytes: &[u8]) -> Message {
    let frame = Frame {
        id: MailId("1.a.b".to_owned()),
        mailbox: "INBOX".to_owned(),
        flags: Vec::new(),
        size: 0,
        delivered: Timestamp::UNIX_EPOCH,
    };
    mime::message(frame, bytes)
}

/// A user who has written to some people before.
fn profile() -> Profile {
    let people = ["dana@partner.test", "ken@supplier.test"];
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let mut profile = Profile::new(&["alice@mail.test".to_owned()], zone);
    profile.written_to = people
        .map(|email| (email.to_owned(), 3))
        .into_iter()
        .collect();
    profile.sent_ids = ["sent-1@mail.test".to_owned()].into();
    profile
}

#[test]
fn programs_that_open_a_fresh_mailbox_at_once_do_not_trip_over_each_other() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("mail");
        std::thread::scope(|threads| {
            let open = || legwork::mail::Maildir::open(&root).map(drop);
            let all: Vec<_> = (0..6).map(|_| threads.spawn(open)).collect();
            for one in all {
                one.join().unwrap().unwrap();
            }
        });
    }
}
