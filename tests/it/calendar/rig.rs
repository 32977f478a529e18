//! A real `CalDAV` server (tests/rig), started once for all tests that need it at the same time.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

use legwork::calendar::dav::Account;
use legwork::secret::Secret;
use serde_json::Value;

use crate::servers::Servers;

static RUNNING: Mutex<Weak<Rig>> = Mutex::new(Weak::new());

/// Users whose calendars no test changes.
pub(crate) const READERS: [&str; 3] = ["alice", "bob", "carol"];
/// The user in whose calendars tests write, each in one of its own.
pub(crate) const WRITER: &str = "dora";
/// Users that one test each has to itself, because it looks at all of the user's calendars.
pub(crate) const ALONE: [&str; 5] = ["erin", "frank", "ivan", "uma", "vera"];

/// Users of both rigs who write to each other, in one test.
pub(crate) const PEN_FRIENDS: [&str; 2] = ["gwen", "hugo"];

/// A running server; ends when the last test lets go of it.
pub(crate) struct Rig(Servers);

/// Returns the running server, starting it when there is none.
pub(crate) fn rig() -> Arc<Rig> {
    Servers::shared(&RUNNING, || {
        let users = [&READERS[..], &[WRITER], &ALONE, &PEN_FRIENDS].concat();
        Rig(Servers::up("calendar", &["--users", &users.join(",")]))
    })
}

impl Rig {
    /// The account of a user, by plain HTTP on the loopback.
    pub(crate) fn account(&self, user: &str) -> Account {
        Account {
            name: user.to_owned(),
            url: self.0.text("http_url").parse().unwrap(),
            user: user.to_owned(),
            password: Secret::new("secret"),
            ca: None,
        }
    }

    /// The same by TLS with the rig's own authority.
    pub(crate) fn secure_account(&self, user: &str) -> Account {
        Account {
            url: self.0.text("https_url").parse().unwrap(),
            ca: Some(PathBuf::from(self.0.text("ca"))),
            ..self.account(user)
        }
    }

    /// When a user is busy in 2026, as Python's recurring-ical-events has it.
    pub(crate) fn truth(&self, user: &str) -> Vec<(String, String, String)> {
        let text = fs::read(self.0.text("truth")).unwrap();
        let truth: Value = serde_json::from_slice(&text).unwrap();
        serde_json::from_value(truth[user]["busy"].clone()).unwrap()
    }

    /// Makes an empty calendar on the server.
    pub(crate) async fn make_calendar(&self, user: &str, name: &str) {
        let method = reqwest::Method::from_bytes(b"MKCALENDAR").unwrap();
        let url = format!("{}{user}/{name}/", self.0.text("http_url"));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client
            .request(method, url)
            .basic_auth(user, Some("secret"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
    }
}
