//! One request at a time to the account's own host: time, size and redirects are bounded, and the
//! password is sent nowhere else.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Method};
use url::{Host, Url};

use super::{Account, Error};
use crate::deadline::Deadline;

/// Longest time for one request.
const REQUEST_TIME: Duration = Duration::from_secs(30);
/// Longest time until a server is reached.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// Longest answer read, in bytes; 100 events of a multiget have 1 MB.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// Most redirects followed: well-known to service, http to https, one to spare.
const REDIRECTS_MAX: usize = 4;

/// A connection to one account.
#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    account: Account,
    trips: AtomicUsize,
}

/// What to ask.
pub(super) struct Ask<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a Url,
    pub(super) headers: &'a [(&'static str, &'a str)],
    pub(super) body: String,
}

/// What came back, whatever its status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) etag: Option<String>,
    /// What the server can do (RFC 4918 section 10.1), as far as it says so here.
    pub(super) abilities: String,
    pub(super) body: Vec<u8>,
    location: Option<String>,
}

impl Http {
    /// Prepares a connection; nothing is sent yet.
    pub(super) fn new(account: &Account) -> Result<Self, Error> {
        let bad = |problem: String| Error::Account {
            account: account.name.clone(),
            problem,
        };
        let host = account
            .url
            .host()
            .ok_or_else(|| bad("has an address without a host".to_owned()))?;
        let is_local = match host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
        };
        match account.url.scheme() {
            "https" => {}
            "http" if is_local => {}
            _ => {
                return Err(bad(
                    "would send its password unencrypted, use https".to_owned()
                ));
            }
        }
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIME)
            .timeout(REQUEST_TIME)
            .user_agent(concat!("legwork/", env!("CARGO_PKG_VERSION")));
        if is_local {
            builder = builder.no_proxy();
        }
        if let Some(path) = &account.ca {
            let pem = fs::read(path)
                .map_err(|error| bad(format!("names a ca file that can't be read: {error}")))?;
            let certs = Certificate::from_pem_bundle(&pem)
                .map_err(|error| bad(format!("names a ca file that is no PEM: {error}")))?;
            builder = builder.tls_certs_merge(certs);
        }
        let client = builder
            .build()
            .map_err(|error| bad(format!("can't be connected: {error}")))?;
        Ok(Self {
            client,
            account: account.clone(),
            trips: AtomicUsize::new(0),
        })
    }

    /// Requests sent so far.
    pub(super) fn trips(&self) -> usize {
        self.trips.load(Ordering::Relaxed)
    }

    /// Sends a request and follows redirects within the host.
    ///
    /// # Errors
    /// Only when there is no answer, or one that can't be taken; any status is an answer.
    ///
    /// # Cancellation
    /// A request that was sent may still take effect on the server.
    pub(super) async fn ask(&self, deadline: &Deadline, ask: Ask<'_>) -> Result<Answer, Error> {
        let mut url = ask.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let answer = self.once(deadline, &ask, &url).await?;
            let Some(location) = answer
                .location
                .as_deref()
                .filter(|_| is_redirect(answer.status))
            else {
                return Ok(answer);
            };
            let to = url
                .join(location)
                .map_err(|_| strange(&url, "redirects to no address"))?;
            let downgrades = url.scheme() == "https" && to.scheme() != "https";
            if !self.is_own(&to) || downgrades {
                let to = crate::untrusted::line(to.as_str(), 120);
                return Err(strange(
                    &url,
                    &format!("redirects to {to}, which the account does not name"),
                ));
            }
            url = to;
        }
        Err(strange(&url, "redirects in circles"))
    }

    /// Sends a request that must succeed.
    pub(super) async fn must(&self, deadline: &Deadline, ask: Ask<'_>) -> Result<Answer, Error> {
        let answer = self.ask(deadline, ask).await?;
        self.checked(answer)
    }

    /// Turns a status that is no success into an error.
    pub(super) fn checked(&self, answer: Answer) -> Result<Answer, Error> {
        let url = answer.url.clone();
        Err(match answer.status {
            200..=299 => return Ok(answer),
            401 => Error::Login {
                url,
                user: self.account.user.clone(),
            },
            403 => Error::Forbidden { url },
            404 | 410 => Error::Missing { url },
            412 => Error::Contested { url },
            507 => Error::Full { url },
            status => Error::Status { url, status },
        })
    }

    /// Says whether an address is on the account's host; the port may change with the scheme only.
    pub(super) fn is_own(&self, url: &Url) -> bool {
        let own = &self.account.url;
        let same_port = url.port_or_known_default() == own.port_or_known_default();
        let upgrades = own.scheme() == "http" && url.scheme() == "https";
        url.host() == own.host()
            && matches!(url.scheme(), "http" | "https")
            && (same_port || upgrades)
    }

    async fn once(&self, deadline: &Deadline, ask: &Ask<'_>, url: &Url) -> Result<Answer, Error> {
        let method = Method::from_bytes(ask.method.as_bytes()).unwrap_or(Method::GET);
        let mut request = self
            .client
            .request(method, url.clone())
            .body(ask.body.clone());
        if !self.account.user.is_empty() {
            let password = self.account.password.reveal();
            request = request.basic_auth(&self.account.user, Some(password));
        }
        for (name, value) in ask.headers {
            request = request.header(*name, *value);
        }
        self.trips.fetch_add(1, Ordering::Relaxed);
        let unreachable = |source| Error::Unreachable {
            url: url.clone(),
            source,
        };
        let limit = deadline.child(REQUEST_TIME);
        let what = format!("an answer of {url}");
        let mut response = limit
            .bound(&what, request.send())
            .await?
            .map_err(unreachable)?;
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(value.to_str().ok()?.to_owned())
        };
        let (etag, location) = (header("etag"), header("location"));
        let abilities = header("dav").unwrap_or_default();
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = limit
            .bound(&what, response.chunk())
            .await?
            .map_err(unreachable)?
        {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(strange(url, "answers with more than 64 MB"));
            }
        }
        Ok(Answer {
            url: url.clone(),
            status,
            // A weak tag can't guard a write.
            etag: etag.filter(|tag| !tag.starts_with("W/")),
            abilities,
            body,
            location,
        })
    }
}

fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

pub(super) fn strange(url: &Url, problem: &str) -> Error {
    Error::Strange {
        url: url.clone(),
        problem: problem.to_owned(),
    }
}
