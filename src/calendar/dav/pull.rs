//! Fetching what changed on the server: by token where it keeps them (RFC 6578), else by listing.
//!
//! Never writes over what was changed here meanwhile: the next sync merges it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use super::discover;
use super::http::{Ask, Http, strange};
use super::mirror::{LOCK_FILE, Mirror, Synced, below, last_segment};
use super::push::Change;
use super::state::{self, Held, Known};
use super::xml::{self, Multistatus};
use super::{Account, Error};
use crate::action::Interval;
use crate::calendar::{published, transfer, write};
use crate::deadline::Deadline;
use crate::secret::Secret;

/// Events fetched by one request.
const MULTIGET_MAX: usize = 100;
/// Most pages of changes of one calendar; servers give 500 to 1,000 a page.
const PAGES_MAX: usize = 500;

/// Gets a calendar that someone publishes, without a login.
///
/// # Errors
/// The address can't be reached or gives no success.
pub async fn published(url: &Url, deadline: &Deadline) -> Result<Vec<u8>, Error> {
    let account = Account {
        name: "published".to_owned(),
        url: url.clone(),
        user: String::new(),
        password: Secret::new(""),
        ca: None,
    };
    let ask = Ask {
        method: "GET",
        url,
        headers: &[("accept", "text/calendar")],
        body: String::new(),
    };
    Ok(Http::new(&account)?.must(deadline, ask).await?.body)
}

impl Mirror {
    /// Asks when the owner of a calendar on the account's host is busy (RFC 4791 section 7.10); the
    /// answer has no names or words.
    ///
    /// # Errors
    /// The server can't be reached or refuses, or answers with no calendar.
    pub async fn free_busy(
        &self,
        deadline: &Deadline,
        calendar: &Url,
        (from, to): (Timestamp, Timestamp),
        zone: &TimeZone,
    ) -> Result<Vec<Interval>, Error> {
        if !self.http.is_own(calendar) {
            return Err(strange(calendar, "is not on the account's host"));
        }
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><C:free-busy-query xmlns:C=\"urn:ietf:params:xml:ns:caldav\">\
             <C:time-range start=\"{}\" end=\"{}\"/></C:free-busy-query>",
            write::utc(from),
            write::utc(to)
        );
        let ask = Ask {
            method: "REPORT",
            url: calendar,
            headers: &[
                ("depth", "1"),
                ("content-type", "application/xml; charset=utf-8"),
            ],
            body,
        };
        let answer = self.http.must(deadline, ask).await?;
        Ok(published::published_busy(&answer.body, (from, to), zone)?)
    }

    /// Fetches what changed on the server.
    pub(super) async fn pull(
        &mut self,
        deadline: &Deadline,
        folder: &str,
        done: &mut Synced,
    ) -> Result<(), Error> {
        let known = self.known(folder)?.clone();
        let (listed, token) = match self.changes(deadline, &known).await? {
            Some(changes) => changes,
            None => self.listing(deadline, &known).await?,
        };
        let by_url: BTreeMap<&Url, (&String, &Held)> = known
            .items
            .iter()
            .map(|(name, held)| (&held.url, (name, held)))
            .collect();
        let mut wanted: BTreeSet<Url> = known
            .items
            .values()
            .filter(|held| held.etag.is_empty())
            .map(|held| held.url.clone())
            .collect();
        for (url, etag) in listed {
            match (etag, by_url.get(&url)) {
                (Some(etag), Some((_, held))) if held.etag == etag => {}
                (Some(_), _) if last_segment(&url) == LOCK_FILE => {}
                (Some(_), _) => {
                    wanted.insert(url);
                }
                (None, Some((name, _))) => {
                    wanted.remove(&url);
                    self.forget(folder, name, done)?;
                }
                (None, None) => {}
            }
        }
        let wanted: Vec<Url> = wanted.into_iter().collect();
        for page in wanted.chunks(MULTIGET_MAX) {
            for there in self.fetch(deadline, folder, page).await? {
                self.take(folder, there, done)?;
            }
        }
        self.known_mut(folder)?.token = token;
        Ok(())
    }

    /// Asks for changes since the last token, page by page; none when the server can't say.
    async fn changes(&self, deadline: &Deadline, known: &Known) -> Result<Option<Listed>, Error> {
        let mut token = known.token.clone().unwrap_or_default();
        let mut out = Vec::new();
        for _ in 0..PAGES_MAX {
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>{}</D:sync-token>\
                 <D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>",
                xml::escape(&token)
            );
            let (status, found) = self.report(deadline, &known.url, body).await?;
            let Some(found) = found else {
                // No such report, a token it no longer knows, or more changes than it can say.
                if matches!(status, 400 | 403 | 404 | 405 | 409 | 412 | 415 | 501 | 507) {
                    return Ok(None);
                }
                return Err(Error::Status {
                    url: known.url.clone(),
                    status,
                });
            };
            let is_cut = found.items.iter().any(|item| item.status == 507);
            let next = found.token.clone().unwrap_or_default();
            if next.is_empty() {
                return Ok(None);
            }
            self.collect(&known.url, found, &mut out)?;
            if !is_cut {
                return Ok(Some((out, Some(next))));
            }
            if next == token {
                return Ok(None);
            }
            token = next;
        }
        Ok(None)
    }

    /// Lists every event with its version; what is not listed is gone.
    async fn listing(&self, deadline: &Deadline, known: &Known) -> Result<Listed, Error> {
        let properties = ("1", "<D:getetag/><D:sync-token/>");
        let (_, found) = discover::propfind(&self.http, deadline, &known.url, properties).await?;
        let token = found.items.iter().find_map(|item| item.token.clone());
        let mut out = Vec::new();
        self.collect(&known.url, found, &mut out)?;
        let there: BTreeSet<Url> = out.iter().map(|(url, _)| url.clone()).collect();
        let gone = known
            .items
            .values()
            .filter(|held| !there.contains(&held.url));
        out.extend(gone.map(|held| (held.url.clone(), None)));
        Ok((out, token.filter(|token| !token.is_empty())))
    }

    fn collect(
        &self,
        calendar: &Url,
        found: Multistatus,
        out: &mut Vec<(Url, Option<String>)>,
    ) -> Result<(), Error> {
        for item in found.items {
            let url = discover::resolve(&self.http, calendar, &item.href)?;
            if url.path().ends_with('/') || item.status == 507 || url.path() == calendar.path() {
                continue;
            }
            let is_gone = matches!(item.status, 404 | 410);
            out.push((url, (!is_gone).then(|| item.etag.unwrap_or_default())));
        }
        Ok(())
    }

    async fn report(
        &self,
        deadline: &Deadline,
        url: &Url,
        body: String,
    ) -> Result<(u16, Option<Multistatus>), Error> {
        let ask = Ask {
            method: "REPORT",
            url,
            headers: &[
                ("depth", "1"),
                ("content-type", "application/xml; charset=utf-8"),
            ],
            body,
        };
        let answer = self.http.ask(deadline, ask).await?;
        if answer.status == 401 {
            self.http.checked(answer)?;
            return Ok((401, None));
        }
        if answer.status != 207 {
            return Ok((answer.status, None));
        }
        let found = xml::multistatus(&answer.body).map_err(|problem| strange(url, &problem))?;
        Ok((207, Some(found)))
    }

    /// Fetches events by their addresses; those that are gone are left out.
    pub(super) async fn fetch(
        &self,
        deadline: &Deadline,
        folder: &str,
        urls: &[Url],
    ) -> Result<Vec<There>, Error> {
        let calendar = self.known(folder)?.url.clone();
        let hrefs: Vec<String> = urls
            .iter()
            .map(|url| format!("<D:href>{}</D:href>", xml::escape(url.path())))
            .collect();
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><C:calendar-multiget xmlns:D=\"DAV:\" \
             xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop><D:getetag/><C:calendar-data/></D:prop>{}</C:calendar-multiget>",
            hrefs.concat()
        );
        let ask = Ask {
            method: "REPORT",
            url: &calendar,
            headers: &[
                ("depth", "1"),
                ("content-type", "application/xml; charset=utf-8"),
            ],
            body,
        };
        let answer = self.http.must(deadline, ask).await?;
        let found =
            xml::multistatus(&answer.body).map_err(|problem| strange(&calendar, &problem))?;
        let mut out = Vec::new();
        for item in found.items {
            let url = discover::resolve(&self.http, &calendar, &item.href)?;
            if let (200, Some(data), Some(etag), true) =
                (item.status, item.data, item.etag, urls.contains(&url))
            {
                let bytes = with_line_breaks(data).into_bytes();
                out.push(There { url, etag, bytes });
            }
        }
        Ok(out)
    }

    /// Stores what the server has, unless it was changed here meanwhile.
    fn take(&mut self, folder: &str, there: There, done: &mut Synced) -> Result<(), Error> {
        let _lock = self.folder_lock()?;
        let known = self.known(folder)?;
        let mut items = known.items.iter();
        let own = items.find(|(_, held)| held.url == there.url);
        let file = match own {
            Some((name, _)) => name.clone(),
            None => free_name(known, &self.root.join(folder), &there.url),
        };
        let change = Change {
            folder: folder.to_owned(),
            held: own.map(|(_, held)| held.clone()),
            base: state::read(&state::base(&self.root, folder, &file))?,
            local: state::read(&self.root.join(folder).join(&file))?,
            file,
        };
        let is_edited = change.local.is_some() && change.local != change.base;
        if is_edited && change.local.as_ref() != Some(&there.bytes) {
            // The next sync merges it.
            return Ok(());
        }
        if change.local.as_ref() != Some(&there.bytes) {
            state::write(&self.path(&change), Some(&there.bytes))?;
            done.pulled += 1;
        }
        self.agree(&change, &there.url, (there.etag, &there.bytes))
    }

    /// Removes what is gone from the server, unless it was changed here.
    fn forget(&mut self, folder: &str, file: &str, done: &mut Synced) -> Result<(), Error> {
        let _lock = self.folder_lock()?;
        let (path, base) = (
            self.root.join(folder).join(file),
            state::base(&self.root, folder, file),
        );
        let local = state::read(&path)?;
        if local.is_some() && local == state::read(&base)? {
            state::write(&path, None)?;
            done.removed += 1;
        }
        state::write(&base, None)?;
        self.known_mut(folder)?.items.remove(file);
        Ok(())
    }
}

/// Addresses with their versions, none for what is gone, and the token to go on from.
type Listed = (Vec<(Url, Option<String>)>, Option<String>);

/// An event as the server has it.
pub(super) struct There {
    pub(super) url: Url,
    pub(super) etag: String,
    pub(super) bytes: Vec<u8>,
}

/// XML turns CRLF into LF; calendars are written with CRLF.
fn with_line_breaks(data: String) -> String {
    if data.contains('\r') {
        data
    } else {
        data.replace('\n', "\r\n")
    }
}

/// A file name for an event of the server that no other has.
fn free_name(known: &Known, folder: &Path, url: &Url) -> String {
    let last = last_segment(url);
    let stem = last.strip_suffix(".ics").unwrap_or(&last);
    let name = transfer::file_name(stem);
    let is_taken = known.items.contains_key(&name) || folder.join(&name).exists();
    if !is_taken {
        return name;
    }
    // A local file of that name is the same event when it was sent but the answer was lost.
    if below(&known.url, &name) == *url && !known.items.contains_key(&name) {
        return name;
    }
    transfer::file_name(&format!("{url}\n"))
}
