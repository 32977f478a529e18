//! Login states: the cookies and the local storage of sites, kept in a file for later sessions.
//!
//! Whoever has such a file is logged in as its owner: it lies in the data folder, readable by the
//! owner alone, and its values are never printed. The form is that of Playwright's storage state,
//! so that files of either can be used by the other.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use crate::home::{Home, make_private, write_private};
use crate::untrusted;

/// Longest name of a state.
const NAME_BYTES_MAX: usize = 64;
/// Longest file of a state, in bytes.
const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Cookies and local storage of some sites.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LoginState {
    /// Its name; not part of the file.
    #[serde(skip)]
    pub name: String,
    /// When it was saved; none in files of others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<Timestamp>,
    /// The cookies.
    #[serde(default)]
    pub cookies: Vec<Cookie>,
    /// Local storage by origin.
    #[serde(default)]
    pub origins: Vec<Origin>,
    /// Origins that keep databases (`IndexedDB`), which are not saved; not part of the file.
    #[serde(skip)]
    pub unsaved: Vec<String>,
}

/// One cookie.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value: a secret.
    pub value: String,
    /// The host it is for; with a dot before it also those below.
    pub domain: String,
    /// The path it is for.
    pub path: String,
    /// When it ends, in seconds since 1970; negative when it ends with the browser.
    #[serde(default = "never", deserialize_with = "seconds")]
    pub expires: i64,
    /// Whether scripts can't read it.
    #[serde(default)]
    pub http_only: bool,
    /// Whether it is sent over encrypted connections only.
    #[serde(default)]
    pub secure: bool,
    /// `Strict`, `Lax` or `None`; empty when the site did not say.
    #[serde(default)]
    pub same_site: String,
}

/// Local storage of one origin.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// Scheme, host and port.
    pub origin: String,
    /// Its entries.
    #[serde(default)]
    pub local_storage: Vec<Entry>,
}

/// One entry of local storage.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its value: a secret.
    pub value: String,
}

/// What may be said of a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginInfo {
    /// Its name.
    pub name: String,
    /// When it was saved; none in files of others.
    pub saved: Option<Timestamp>,
    /// The hosts it is for.
    pub hosts: Vec<String>,
    /// How many cookies it has.
    pub cookies: usize,
    /// How many of them have expired.
    pub expired: usize,
    /// How many entries of local storage it has.
    pub entries: usize,
    /// Origins that keep databases (`IndexedDB`), which are not saved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsaved: Vec<String>,
}

fn never() -> i64 {
    -1
}

/// Others write seconds with a fraction.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast of a float saturates, and no cookie lives for 10^11 years"
)]
fn seconds<'de, D: Deserializer<'de>>(input: D) -> Result<i64, D::Error> {
    Ok(f64::deserialize(input)?.floor() as i64)
}

impl fmt::Debug for LoginState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginState")
            .field("name", &self.name)
            .field("cookies", &self.cookies.len())
            .field("origins", &self.origins.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cookie({} of {})", self.name, self.domain)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({})", self.origin)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", self.name)
    }
}

/// The name of a state: letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LoginName(String);

impl FromStr for LoginName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let sound = !text.is_empty() && !text.starts_with('-') && text.len() <= NAME_BYTES_MAX;
        if sound && text.chars().all(is_fine) {
            return Ok(Self(text.to_owned()));
        }
        let shown = untrusted::line(text, 60);
        Err(format!(
            "'{shown}' can't name a login state: use letters, digits, '-' and '_'"
        ))
    }
}

impl TryFrom<String> for LoginName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<LoginName> for String {
    fn from(name: LoginName) -> Self {
        name.0
    }
}

impl fmt::Display for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a state can't be kept or used.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// There is none of that name.
    #[error("there is no login state '{name}'")]
    Missing {
        /// The name.
        name: String,
    },
    /// The file can't be read or written.
    #[error("can't use {}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is no login state.
    #[error("{} is no login state: {problem}", file.display())]
    Garbled {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

impl LoginError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Missing { .. } => "see those there are with 'legwork web state list'",
            Self::File { .. } => "check the folder's rights and the free space",
            Self::Garbled { .. } => "remove it and save it anew",
        };
        Some(text.to_owned())
    }
}

fn file(home: &Home, name: &LoginName) -> PathBuf {
    home.logins().join(format!("{name}.json"))
}

fn failed(file: &Path, name: &LoginName, source: io::Error) -> LoginError {
    if source.kind() == io::ErrorKind::NotFound {
        return LoginError::Missing {
            name: name.to_string(),
        };
    }
    LoginError::File {
        file: file.to_owned(),
        source,
    }
}

impl LoginState {
    /// Reads the state `name`.
    ///
    /// # Errors
    /// [`LoginError`], by cause.
    pub fn load(home: &Home, name: &LoginName) -> Result<Self, LoginError> {
        let file = file(home, name);
        let fail = |source| failed(&file, name, source);
        let garbled = |problem: String| LoginError::Garbled {
            file: file.clone(),
            problem,
        };
        if fs::metadata(&file).map_err(fail)?.len() > FILE_BYTES_MAX {
            return Err(garbled("it is longer than 32 MB".to_owned()));
        }
        let text = fs::read(&file).map_err(fail)?;
        // What serde says of a value quotes it, so only the place is told.
        let place =
            |e: serde_json::Error| garbled(format!("line {}, column {}", e.line(), e.column()));
        let state: Self = serde_json::from_slice(&text).map_err(place)?;
        Ok(Self {
            name: name.to_string(),
            ..state
        })
    }

    /// Writes it under `name`, readable by the owner alone.
    ///
    /// # Errors
    /// [`LoginError::File`].
    pub fn save(&self, home: &Home, name: &LoginName) -> Result<(), LoginError> {
        let file = file(home, name);
        let text = serde_json::to_vec(self).unwrap_or_default();
        make_private(&home.logins())
            .and_then(|()| write_private(&file, &text))
            .map_err(|source| LoginError::File { file, source })
    }

    /// Names the states there are.
    pub fn list(home: &Home) -> Vec<LoginName> {
        let entries = fs::read_dir(home.logins()).into_iter().flatten();
        let mut names: Vec<LoginName> = entries
            .filter_map(|entry| {
                let file = entry.ok()?.file_name().into_string().ok()?;
                file.strip_suffix(".json")?.parse().ok()
            })
            .collect();
        names.sort();
        names
    }

    /// Removes the state `name`.
    ///
    /// # Errors
    /// [`LoginError::Missing`] or [`LoginError::File`].
    pub fn remove(home: &Home, name: &LoginName) -> Result<(), LoginError> {
        let file = file(home, name);
        fs::remove_file(&file).map_err(|source| failed(&file, name, source))
    }

    /// Takes out what the sites of `authorities` (hosts, with the port where it is not the usual
    /// one) may get: cookies go by host, local storage by origin.
    #[must_use]
    pub fn take_for(&mut self, authorities: &[String]) -> Self {
        let hosts: Vec<String> = authorities.iter().filter_map(|a| host(a)).collect();
        let is_for = |cookie: &mut Cookie| hosts.iter().any(|host| is_sent(cookie, host));
        let is_of = |origin: &mut Origin| {
            let url = Url::parse(&origin.origin).ok();
            let authority = url.as_ref().and_then(authority);
            authority.is_some_and(|authority| authorities.contains(&authority))
        };
        Self {
            name: self.name.clone(),
            saved: self.saved,
            cookies: self.cookies.extract_if(.., is_for).collect(),
            origins: self.origins.extract_if(.., is_of).collect(),
            unsaved: Vec::new(),
        }
    }

    /// Drops the cookies that had expired at `now`; returns how many.
    pub fn drop_expired(&mut self, now: Timestamp) -> usize {
        let before = self.cookies.len();
        self.cookies.retain(|cookie| !cookie.has_expired(now));
        before - self.cookies.len()
    }

    /// Says whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty() && self.origins.is_empty()
    }

    /// What may be said of it.
    pub fn info(&self, now: Timestamp) -> LoginInfo {
        let cookie_hosts = self.cookies.iter().map(|cookie| {
            let host = cookie.domain.trim_start_matches('.');
            untrusted::line(host, 100)
        });
        let origin_hosts = self.origins.iter().filter_map(|origin| {
            let url = Url::parse(&origin.origin).ok()?;
            authority(&url)
        });
        let hosts: BTreeSet<String> = cookie_hosts.chain(origin_hosts).collect();
        let expired = self.cookies.iter().filter(|cookie| cookie.has_expired(now));
        LoginInfo {
            name: self.name.clone(),
            saved: self.saved,
            hosts: hosts.into_iter().collect(),
            cookies: self.cookies.len(),
            expired: expired.count(),
            entries: self.origins.iter().map(|o| o.local_storage.len()).sum(),
            unsaved: self.unsaved.clone(),
        }
    }
}

impl Cookie {
    fn has_expired(&self, now: Timestamp) -> bool {
        self.expires >= 0 && self.expires <= now.as_second()
    }
}

/// Says whether a browser would send `cookie` to `host` (RFC 6265 section 5.1.3).
fn is_sent(cookie: &Cookie, host: &str) -> bool {
    let domain = cookie.domain.to_lowercase();
    match domain.strip_prefix('.') {
        Some(parent) => {
            let below = host.strip_suffix(parent);
            below.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        }
        None => domain == host,
    }
}

/// The host of an authority such as `example.org:8080`.
fn host(authority: &str) -> Option<String> {
    let url = Url::parse(&format!("http://{authority}")).ok()?;
    url.host_str().map(str::to_lowercase)
}

/// Host, with the port where it is not the scheme's own.
fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?.to_lowercase();
    Some(
        url.port()
            .map_or_else(|| host.clone(), |port| format!("{host}:{port}")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn cookie(domain: &str, expires: i64) -> Cookie {
        Cookie {
            name: "sid".to_owned(),
            value: "geheim".to_owned(),
            domain: domain.to_owned(),
            path: "/".to_owned(),
            expires,
            http_only: true,
            secure: false,
            same_site: "Lax".to_owned(),
        }
    }

    fn state() -> LoginState {
        let entry = |name: &str| Entry {
            name: name.to_owned(),
            value: "geheim".to_owned(),
        };
        let origin = |origin: &str| Origin {
            origin: origin.to_owned(),
            local_storage: vec![entry("a"), entry("b")],
        };
        LoginState {
            name: "work".to_owned(),
            saved: None,
            cookies: vec![
                cookie("a.example", -1),
                cookie(".example.org", 100),
                cookie("evil.test", -1),
            ],
            origins: vec![origin("https://a.example"), origin("http://a.example:81")],
            unsaved: Vec::new(),
        }
    }

    #[test]
    fn only_what_granted_hosts_would_get_anyway_is_taken() {
        let mut state = state();
        let hosts = ["a.example".to_owned(), "www.example.org:8080".to_owned()];
        let taken = state.take_for(&hosts);
        let domains = |s: &LoginState| {
            s.cookies
                .iter()
                .map(|c| c.domain.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(domains(&taken), ["a.example", ".example.org"]);
        assert_eq!(domains(&state), ["evil.test"]);
        assert_eq!(taken.origins[0].origin, "https://a.example");
        assert_eq!(state.origins[0].origin, "http://a.example:81");
        for (domain, host, sent) in [
            (".example.org", "example.org", true),
            (".example.org", "a.b.example.org", true),
            (".example.org", "evilexample.org", false),
            ("example.org", "www.example.org", false),
            (".org", "example.org", true),
        ] {
            assert_eq!(is_sent(&cookie(domain, -1), host), sent, "{domain} {host}");
        }
    }

    #[test]
    fn what_has_expired_is_dropped_and_counted() {
        let mut state = state();
        let now = Timestamp::from_second(100).unwrap();
        assert_eq!(state.info(now).expired, 1);
        assert_eq!((state.drop_expired(now), state.cookies.len()), (1, 2));
    }

    #[test]
    fn a_state_is_written_for_its_owner_alone_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let name: LoginName = "work".parse().unwrap();
        assert!(matches!(
            LoginState::load(&home, &name),
            Err(LoginError::Missing { .. })
        ));
        state().save(&home, &name).unwrap();
        assert_eq!(LoginState::load(&home, &name).unwrap(), state());
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(file(&home, &name)), mode(home.logins())),
            (0o600, 0o700)
        );
        assert_eq!(LoginState::list(&home), std::slice::from_ref(&name));
        fs::write(file(&home, &name), "{\"cookies\":[{\"value\":\"geheim\"}]}").unwrap();
        let error = LoginState::load(&home, &name).unwrap_err().to_string();
        assert!(
            !error.contains("geheim") && error.contains("line 1"),
            "{error}"
        );
        LoginState::remove(&home, &name).unwrap();
        assert!(LoginState::list(&home).is_empty());
        assert!("../x".parse::<LoginName>().is_err());
    }

    #[test]
    fn a_state_of_playwright_is_read_and_no_value_is_ever_printed() {
        let text = r#"{"cookies":[{"name":"sid","value":"geheim","domain":"a.example","path":"/",
            "expires":1799999999.5,"httpOnly":true,"secure":true,"sameSite":"Lax"}],
            "origins":[{"origin":"https://a.example","localStorage":[{"name":"n","value":"geheim"}]}]}"#;
        let state: LoginState = serde_json::from_str(text).unwrap();
        assert_eq!(state.cookies[0].expires, 1_799_999_999);
        let shown = format!("{state:?} {:?} {:?}", state.cookies, state.origins);
        assert!(!shown.contains("geheim"), "{shown}");
    }
}
