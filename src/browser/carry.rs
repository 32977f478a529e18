//! Carries logins in and out of a browser, and a whole session into one with a window.
//!
//! Local storage can only be reached from a page of its origin. Where none is open, a tab is opened
//! whose every request is answered here with an empty page: the site hears nothing of it.

use chromiumoxide::cdp::browser_protocol::network::{CookieParam, CookieSameSite, TimeSinceEpoch};
use chromiumoxide::cdp::browser_protocol::page::{BringToFrontParams, NavigateParams};
use chromiumoxide::cdp::browser_protocol::storage::{GetCookiesParams, SetCookiesParams};
use chromiumoxide::cdp::browser_protocol::target::CloseTargetParams;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::driver::Sent;
use super::error::Error;
use super::login::{Cookie, Entry, LoginState, Origin};
use super::state::Frame;
use super::{Browser, Launch, State, world};
use crate::action::{Action, Open};
use crate::deadline::Deadline;

/// Reads the local storage of the page, and counts its databases.
const READ: &str = "(async () => { const found = { entries: [], databases: 0 }; \
    try { found.entries = Object.entries(localStorage) } catch { } \
    try { found.databases = (await indexedDB.databases()).length } catch { } \
    return JSON.stringify(found) })()";

/// What an origin keeps.
#[derive(Default, Deserialize)]
struct Kept {
    entries: Vec<(String, String)>,
    databases: usize,
}

#[derive(Deserialize)]
struct Cookies {
    cookies: Vec<serde_json::Value>,
}

impl Browser {
    /// Reads all cookies, and the local storage of the origins of `wanted` that were visited.
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Ended`]; an origin that can't be read is left out.
    pub async fn login_state(
        &mut self,
        wanted: impl Fn(&str) -> bool,
        deadline: &Deadline,
    ) -> Result<LoginState, Error> {
        let sent: Sent<Cookies> = self
            .driver
            .send_for(None, GetCookiesParams::default(), deadline)
            .await?;
        let told = sent.wait(deadline).await?.cookies.into_iter();
        let mut state = LoginState {
            cookies: told
                .filter_map(|cookie| serde_json::from_value::<Cookie>(cookie).ok())
                .collect(),
            ..LoginState::default()
        };
        let visited = self.driver.state().borrow().origins.clone();
        for origin in visited.into_iter().filter(|origin| wanted(origin)) {
            let read = self.storage_of(&origin, deadline).await;
            let text = match read {
                Ok(text) => text,
                Err(error) if error.is_fatal() || deadline.is_over() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "the local storage of an origin can't be read");
                    continue;
                }
            };
            let kept: Kept = serde_json::from_str(&text).unwrap_or_default();
            if kept.databases > 0 {
                state.unsaved.push(origin.clone());
            }
            if !kept.entries.is_empty() {
                let entry = |(name, value)| Entry { name, value };
                let local_storage = kept.entries.into_iter().map(entry).collect();
                state.origins.push(Origin {
                    origin,
                    local_storage,
                });
            }
        }
        Ok(state)
    }

    /// Reads the local storage of `origin`: in a page of it that is open, else in an empty one.
    async fn storage_of(&mut self, origin: &str, deadline: &Deadline) -> Result<String, Error> {
        let open = {
            let state = self.driver.state();
            let state = state.borrow();
            let roots = state.tabs.iter().filter(|tab| !tab.crashed);
            let mut roots = roots.filter_map(super::Tab::root);
            let is_it = |root: &&Frame| super::state::origin(&root.url).as_deref() == Some(origin);
            roots.find(is_it).cloned()
        };
        match open {
            Some(frame) => {
                let here = self.worlds.enter(&self.driver, &frame, deadline).await?;
                world::ask(&self.driver, &here, READ.to_owned(), deadline).await
            }
            None => self.at_origin(origin, READ.to_owned(), deadline).await,
        }
    }

    /// Brings `login` into the browser.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Ended`], or [`Error::Refused`] for what it does not take.
    pub async fn bring_login(
        &mut self,
        login: &LoginState,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let cookies: Vec<CookieParam> = login.cookies.iter().map(param).collect();
        if !cookies.is_empty() {
            let params = SetCookiesParams::new(cookies);
            self.driver.call(None, params, deadline).await?;
        }
        for origin in &login.origins {
            let pairs: Vec<[&str; 2]> = origin
                .local_storage
                .iter()
                .map(|entry| [entry.name.as_str(), entry.value.as_str()])
                .collect();
            let pairs = serde_json::json!(pairs);
            let script = format!(
                "(() => {{ for (const [k, v] of {pairs}) localStorage.setItem(k, v); return true }})()"
            );
            let _: bool = self.at_origin(&origin.origin, script, deadline).await?;
        }
        Ok(())
    }

    /// Evaluates `script` in an empty page of `origin`, of which its server hears nothing.
    async fn at_origin<R: DeserializeOwned>(
        &mut self,
        origin: &str,
        script: String,
        deadline: &Deadline,
    ) -> Result<R, Error> {
        let before = self.current.clone();
        self.create_tab(deadline).await?;
        let target = std::mem::replace(&mut self.current, before);
        let done = self.visit(&target, origin, script, deadline).await;
        self.forget_blank().await?;
        let close = CloseTargetParams::new(target.clone());
        self.driver.call(None, close, deadline).await?;
        let is_gone = |state: &State| state.tab(&target).is_none();
        self.driver.wait_until(deadline, is_gone).await?;
        done
    }

    async fn visit<R: DeserializeOwned>(
        &mut self,
        target: &str,
        origin: &str,
        script: String,
        deadline: &Deadline,
    ) -> Result<R, Error> {
        let session = {
            let state = self.driver.state();
            let state = state.borrow();
            let tab = state.tab(target).ok_or(Error::Detached)?;
            tab.session.clone()
        };
        self.blank(&session, deadline).await?;
        let params = NavigateParams::new(format!("{origin}/"));
        let reply = self.driver.call(Some(&session), params, deadline).await?;
        let loader: Option<String> = reply.loader_id.map(Into::into);
        let is_there = |state: &State| {
            let root = state.tab(target).and_then(super::Tab::root);
            root.is_some_and(|root| root.ready && Some(&root.loader) == loader.as_ref())
        };
        self.driver.wait_until(deadline, is_there).await?;
        let frame = {
            let state = self.driver.state();
            let state = state.borrow();
            let root = state.tab(target).and_then(super::Tab::root).cloned();
            root.ok_or(Error::Detached)?
        };
        let here = self.worlds.enter(&self.driver, &frame, deadline).await?;
        world::ask(&self.driver, &here, script, deadline).await
    }

    /// Shows the page in a window: a browser with one takes over the logins, the rules and the
    /// address of the page.
    ///
    /// # Errors
    /// As [`Browser::launch`]: the browser that was there then goes on.
    ///
    /// # Cancellation
    /// The browser that was there goes on, or the one with the window has taken over.
    pub async fn show_window(&mut self, launch: &Launch, deadline: &Deadline) -> Result<(), Error> {
        let login = self.login_state(|_| true, deadline).await?;
        let rules = self.rules().await?;
        let url = {
            let state = self.driver.state();
            let state = state.borrow();
            state.tab(&self.current).map(|tab| tab.url.clone())
        };
        let mut next = Self::launch(launch, deadline).await?;
        // From here on it is the person's.
        next.give().await?;
        next.worlds.go_on_from(&self.worlds);
        next.bring_login(&login, deadline).await?;
        for rule in rules {
            // As many fitted into the one before.
            drop(next.add_rule(rule, deadline).await?);
        }
        if let Some(url) = url.filter(|url| url.starts_with("http")) {
            next.perform(&Action::Open(Open { url }), deadline).await?;
        }
        std::mem::replace(self, next).close().await;
        self.show_own_window(deadline).await
    }

    /// Brings the window that is there to the front.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Detached`], [`Error::Crashed`] or [`Error::Ended`].
    pub async fn show_own_window(&mut self, deadline: &Deadline) -> Result<(), Error> {
        let session = self.session()?;
        let front = BringToFrontParams::default();
        self.driver.call(Some(&session), front, deadline).await?;
        Ok(())
    }

    /// Gives the page to the person: until it is taken back, nothing of what happens on it is kept.
    ///
    /// # Errors
    /// [`Error::Gone`].
    pub async fn give(&mut self) -> Result<(), Error> {
        self.look_away(true).await
    }

    /// Takes the page back from the person.
    ///
    /// # Errors
    /// [`Error::Gone`].
    pub async fn take_back(&mut self) -> Result<(), Error> {
        self.look_away(false).await
    }
}

/// A cookie as the browser takes it.
fn param(cookie: &Cookie) -> CookieParam {
    let mut param = CookieParam::new(cookie.name.clone(), cookie.value.clone());
    if cookie.domain.starts_with('.') {
        param.domain = Some(cookie.domain.clone());
    } else {
        // With a domain it would also be for the hosts below; by the address it is for this one.
        let scheme = if cookie.secure { "https" } else { "http" };
        param.url = Some(format!("{scheme}://{}{}", cookie.domain, cookie.path));
    }
    param.path = Some(cookie.path.clone());
    param.secure = Some(cookie.secure);
    param.http_only = Some(cookie.http_only);
    param.same_site = match cookie.same_site.as_str() {
        "Strict" => Some(CookieSameSite::Strict),
        "Lax" => Some(CookieSameSite::Lax),
        "None" => Some(CookieSameSite::None),
        _ => None,
    };
    if cookie.expires >= 0 {
        let seconds = serde_json::to_value(cookie.expires).ok();
        param.expires =
            seconds.and_then(|seconds| serde_json::from_value::<TimeSinceEpoch>(seconds).ok());
    }
    param
}
