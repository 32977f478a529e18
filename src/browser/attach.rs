//! Reaches a browser that runs already, by the address of its `DevTools` port.
//!
//! Whoever reaches that port rules the browser with all its logins, so it is looked for on this
//! machine only unless the person says otherwise. Works in tabs of its own, and never touches those
//! that the person has open: it attaches to nothing it did not open.

use std::net::IpAddr;
use std::time::Duration;

use chromiumoxide::Connection;
use serde::Deserialize;
use url::{Host, Url};

use super::error::Error;
use super::line::Heard;
use crate::deadline::Deadline;
use crate::untrusted;

/// How long the running browser may take to answer.
const REACH_LIMIT: Duration = Duration::from_secs(10);
/// Longest answer to the question for the browser's address, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Where a browser runs that is to be worked in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attach {
    address: Url,
}

/// How far away a browser may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// On this machine.
    #[default]
    ThisMachine,
    /// Anywhere: what goes over the network there is not encrypted.
    Anywhere,
}

/// What a browser says of itself at `/json/version`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    web_socket_debugger_url: String,
}

impl Attach {
    /// Reads the address of a running browser: `http://127.0.0.1:9222` or a `ws://` address.
    ///
    /// # Errors
    /// One sentence about what is wrong with it.
    pub fn read(text: &str, reach: Reach) -> Result<Self, String> {
        let shown = untrusted::line(text, 100);
        let full = if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}")
        };
        let address =
            Url::parse(&full).map_err(|error| format!("'{shown}' is no address: {error}"))?;
        if !matches!(address.scheme(), "http" | "ws") {
            return Err(format!("'{shown}' is not a http or ws address"));
        }
        if reach == Reach::ThisMachine && !is_here(&address) {
            return Err(format!("'{shown}' is not on this machine"));
        }
        Ok(Self { address })
    }

    /// The address, for people.
    pub fn address(&self) -> &str {
        self.address.as_str()
    }

    /// Connects to the browser.
    ///
    /// # Errors
    /// [`Error::Unreachable`] with the reason, or [`Error::Ended`].
    pub(super) async fn connect(&self, deadline: &Deadline) -> Result<Connection<Heard>, Error> {
        let deadline = deadline.child(REACH_LIMIT);
        let socket = if self.address.scheme() == "ws" {
            self.address.clone()
        } else {
            self.ask(&deadline).await?
        };
        let connecting = Connection::connect(socket.as_str());
        let connected = deadline.bound("the running browser", connecting).await?;
        connected.map_err(|error| self.unreachable(&error.to_string()))
    }

    /// Asks the browser for the address of its WebSocket.
    async fn ask(&self, deadline: &Deadline) -> Result<Url, Error> {
        let fail = |error: &dyn std::error::Error| self.unreachable(&root_cause(error));
        let mut question = self.address.clone();
        question.set_path("/json/version");
        let ask = async {
            // A proxy is for the world outside, and would learn of the browser's port.
            let client = reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .map_err(|error| fail(&error))?;
            let mut answer = client
                .get(question)
                .send()
                .await
                .and_then(reqwest::Response::error_for_status)
                .map_err(|error| fail(&error))?;
            let mut bytes = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(|error| fail(&error))? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > ANSWER_BYTES_MAX {
                    return Err(self.unreachable("what answers there is no browser"));
                }
            }
            Ok(bytes)
        };
        let bytes = deadline.bound("the running browser", ask).await??;
        let version: Version = serde_json::from_slice(&bytes)
            .map_err(|_| self.unreachable("what answers there is no browser"))?;
        let told = Url::parse(&version.web_socket_debugger_url)
            .map_err(|_| self.unreachable("it names no address to connect to"))?;
        // Only the path is taken from what it says: it can't send us to another machine.
        let mut socket = self.address.clone();
        let is_set = socket.set_scheme("ws").is_ok();
        socket.set_path(told.path());
        if is_set {
            return Ok(socket);
        }
        Err(self.unreachable("it names no address to connect to"))
    }

    fn unreachable(&self, reason: &str) -> Error {
        Error::Unreachable {
            address: untrusted::line(self.address.as_str(), 100),
            reason: untrusted::line(reason, 300),
        }
    }
}

fn is_here(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

/// The innermost reason, which names what went wrong rather than where.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_reached_unless_said_otherwise() {
        for (text, here) in [
            ("http://127.0.0.1:9222", true),
            ("localhost:9222", true),
            ("ws://[::1]:9222/devtools/browser/x", true),
            ("http://127.0.0.2:9222", true),
            ("http://192.168.1.2:9222", false),
            ("http://localhost.example.org:9222", false),
            ("ws://example.org/x", false),
        ] {
            assert_eq!(
                Attach::read(text, Reach::ThisMachine).is_ok(),
                here,
                "{text}"
            );
            assert!(Attach::read(text, Reach::Anywhere).is_ok(), "{text}");
        }
        for text in ["ftp://127.0.0.1/", "https://127.0.0.1/", "", "http://"] {
            assert!(Attach::read(text, Reach::Anywhere).is_err(), "{text}");
        }
    }
}
