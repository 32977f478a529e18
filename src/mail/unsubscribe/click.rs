//! One POST that ends a subscription (RFC 8058 section 3.2): the body is fixed, nothing of the user
//! goes along, and an answer that leads elsewhere is not followed.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Certificate, Client, StatusCode, redirect, retry};
use url::Url;

use crate::deadline::Deadline;
use crate::untrusted;

/// The only body there is.
const BODY: &str = "List-Unsubscribe=One-Click";
/// Longest time for the answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// Longest error of the network shown, in characters.
const SAID_CHARS_MAX: usize = 200;

/// Where to post, and whom to believe.
#[derive(Debug, Clone)]
pub struct Click<'a> {
    /// The address, as [`super::exit`] found it.
    pub url: &'a Url,
    /// PEM file of an authority to trust besides the system's.
    pub ca: Option<&'a Path>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The server took it.
    Taken(u16),
    /// The server said no.
    Refused(u16),
    /// Nothing was sent.
    NotSent(String),
    /// It was sent, and what came back does not say what became of it.
    Unknown(String),
}

/// Posts once.
///
/// # Cancellation
/// Nobody knows whether it was sent.
pub async fn click(click: &Click<'_>, deadline: &Deadline) -> Answer {
    let client = match client(click) {
        Ok(client) => client,
        Err(why) => return Answer::NotSent(why),
    };
    let request = client
        .post(click.url.clone())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(BODY);
    let limit = deadline.child(ANSWER_LIMIT);
    match limit.bound("the answer", request.send()).await {
        Ok(Ok(response)) => answer(response.status()),
        // No connection, or none that could be trusted: the request never left.
        Ok(Err(error)) if error.is_connect() || error.is_builder() => {
            Answer::NotSent(sentence(&error))
        }
        Ok(Err(error)) => Answer::Unknown(sentence(&error)),
        Err(ended) => Answer::Unknown(ended.to_string()),
    }
}

fn answer(status: StatusCode) -> Answer {
    let number = status.as_u16();
    if status.is_success() {
        Answer::Taken(number)
    } else if status.is_client_error() {
        Answer::Refused(number)
    } else if status.is_redirection() {
        Answer::Unknown(format!("it answered {number} and leads elsewhere"))
    } else {
        Answer::Unknown(format!("it answered {number}"))
    }
}

fn client(click: &Click<'_>) -> Result<Client, String> {
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .https_only(true)
        .referer(false)
        .user_agent(concat!("legwork/", env!("CARGO_PKG_VERSION")));
    let host = click.url.host_str().unwrap_or_default();
    // These names are this machine's, whatever a name server says (RFC 6761 section 6.3).
    if host.ends_with(".localhost") {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        builder = builder.no_proxy().resolve(host, here);
    }
    if let Some(file) = click.ca {
        let refused = |why: String| format!("can't use the authority {}: {why}", file.display());
        let pem = std::fs::read(file).map_err(|error| refused(error.to_string()))?;
        let authority = Certificate::from_pem(&pem).map_err(|error| refused(error.to_string()))?;
        builder = builder.tls_certs_merge([authority]);
    }
    builder.build().map_err(|error| sentence(&error))
}

/// The deepest cause, in one line.
fn sentence(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    untrusted::line(&deepest.to_string(), SAID_CHARS_MAX)
}
