//! Finding a user's calendars (RFC 6764): well-known address, principal, home, calendars.

use url::Url;

use super::Error;
use super::http::{Answer, Ask, Http, strange};
use super::xml::{self, Item, Multistatus};
use crate::deadline::Deadline;

/// What is asked about calendars; one request lists all of them with the state of each.
const CALENDARS: &str = "<D:resourcetype/><D:displayname/><D:sync-token/><D:current-user-privilege-set/>\
    <C:supported-calendar-component-set/>";

/// A calendar on the server.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    pub(super) url: Url,
    pub(super) name: String,
    /// Changes whenever anything in it does; none when the server has no such thing.
    pub(super) token: Option<String>,
    pub(super) may_write: bool,
}

/// Finds the address under which the user's calendars lie.
///
/// # Errors
/// What the server says, naming the address that was asked last.
pub(super) async fn home(http: &Http, deadline: &Deadline, url: &Url) -> Result<Url, Error> {
    let well_known = url
        .join("/.well-known/caldav")
        .map_err(|_| strange(url, "is no address of a server"))?;
    // A path that was written down is meant; a bare host is asked where its service is.
    let places = if url.path().len() > 1 {
        [url.clone(), well_known]
    } else {
        [well_known, url.clone()]
    };
    let mut refusal = None;
    for place in places {
        match principal(http, deadline, &place).await {
            Ok(Some(principal)) => return home_of(http, deadline, &principal).await,
            Ok(None) => {}
            // A wrong password is wrong everywhere, and no other place can mend a broken line.
            Err(error @ (Error::Login { .. } | Error::Unreachable { .. } | Error::Ended(_))) => {
                return Err(error);
            }
            Err(error) => refusal = Some(error),
        }
    }
    Err(refusal.unwrap_or_else(|| strange(url, "does not say who the user is")))
}

async fn principal(http: &Http, deadline: &Deadline, place: &Url) -> Result<Option<Url>, Error> {
    let (answer, found) =
        propfind(http, deadline, place, ("0", "<D:current-user-principal/>")).await?;
    let href = found.items.into_iter().find_map(|item| item.principal);
    href.map(|href| resolve(http, &answer.url, &href))
        .transpose()
}

async fn home_of(http: &Http, deadline: &Deadline, principal: &Url) -> Result<Url, Error> {
    let (answer, found) =
        propfind(http, deadline, principal, ("0", "<C:calendar-home-set/>")).await?;
    let home = found.items.into_iter().flat_map(|item| item.homes).next();
    let home = home.ok_or_else(|| strange(principal, "does not name a home of calendars"))?;
    resolve(http, &answer.url, &home)
}

/// Lists the calendars for events.
///
/// # Errors
/// What the server says.
pub(super) async fn calendars(
    http: &Http,
    deadline: &Deadline,
    home: &Url,
) -> Result<Vec<Remote>, Error> {
    let (answer, found) = propfind(http, deadline, home, ("1", CALENDARS)).await?;
    let wanted = found
        .items
        .into_iter()
        .filter(|item| item.is_calendar && item.takes_events && item.status == 200);
    wanted
        .map(|item: Item| {
            Ok(Remote {
                url: resolve(http, &answer.url, &item.href)?,
                name: crate::untrusted::line(&item.name.unwrap_or_default(), 80),
                token: item.token.filter(|token| !token.is_empty()),
                may_write: item.may_write.unwrap_or(true),
            })
        })
        .collect()
}

/// Asks whether the server writes to the people of events by itself (RFC 6638 section 2).
///
/// # Errors
/// The server can't be reached; one that does not answer this does not schedule.
pub(super) async fn schedules(http: &Http, deadline: &Deadline, home: &Url) -> Result<bool, Error> {
    let ask = Ask {
        method: "OPTIONS",
        url: home,
        headers: &[],
        body: String::new(),
    };
    let answer = http.ask(deadline, ask).await?;
    let mut abilities = answer.abilities.split(',');
    Ok(abilities.any(|one| one.trim().eq_ignore_ascii_case("calendar-auto-schedule")))
}

/// Asks for properties.
pub(super) async fn propfind(
    http: &Http,
    deadline: &Deadline,
    url: &Url,
    (depth, properties): (&str, &str),
) -> Result<(Answer, Multistatus), Error> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><D:propfind xmlns:D=\"DAV:\" \
         xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop>{properties}</D:prop></D:propfind>"
    );
    let ask = Ask {
        method: "PROPFIND",
        url,
        headers: &[
            ("depth", depth),
            ("content-type", "application/xml; charset=utf-8"),
        ],
        body,
    };
    let answer = http.must(deadline, ask).await?;
    let found = xml::multistatus(&answer.body).map_err(|problem| strange(url, &problem))?;
    Ok((answer, found))
}

/// Completes an address that the server gave; it must be on the account's host.
pub(super) fn resolve(http: &Http, base: &Url, href: &str) -> Result<Url, Error> {
    let url = base
        .join(href)
        .map_err(|_| strange(base, "names an address that is none"))?;
    if http.is_own(&url) {
        return Ok(url);
    }
    let to = crate::untrusted::line(url.as_str(), 120);
    Err(strange(
        base,
        &format!("leads to {to}, which the account does not name"),
    ))
}
