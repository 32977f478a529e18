//! Loads addresses: `http` and `https` only, with one clear sentence for each way it can fail.

use std::time::{Duration, Instant};

use chromiumoxide::cdp::browser_protocol::page::{
    GetNavigationHistoryParams, NavigateParams, NavigateToHistoryEntryParams, StopLoadingParams,
};
use chromiumoxide::cdp::browser_protocol::target::CloseTargetParams;
use url::Url;

use super::{Acted, Trouble};
use crate::action::Outcome;
use crate::browser::Browser;
use crate::browser::asks::Answer;
use crate::browser::error::Error;
use crate::browser::settle::LOADING_LIMIT;
use crate::browser::state::{Frame, Kind, State};
use crate::browser::world;
use crate::deadline::{Deadline, Ended};
use crate::untrusted;

/// How long a page may take to load before we go on with what is there.
const LOAD_LIMIT: Duration = Duration::from_secs(10);
/// How long a document that was answered may take to be there.
const COMMIT_LIMIT: Duration = Duration::from_secs(3);

impl Browser {
    /// Loads `address` in the current tab.
    pub(super) async fn open(&mut self, address: &str, deadline: &Deadline) -> Acted {
        let url = web_address(address).map_err(|reason| {
            Trouble::tell(reason, "give a full address such as https://example.org/")
        })?;
        // What the page asks, once or without end, must not keep anyone there.
        let question = std::mem::replace(&mut self.answers.question, Answer::Dismiss);
        self.leaving(Answer::Accept).await?;
        self.decline(deadline).await?;
        let opened = self.navigate(&url, deadline).await;
        self.answers.question = question;
        self.leaving(Answer::Wait).await?;
        opened
    }

    /// Loads the current page anew; a form that was sent is not sent again.
    pub(super) async fn reload(&mut self, deadline: &Deadline) -> Acted {
        let mut url = web_address(&self.mark().url)
            .map_err(|reason| Trouble::tell(reason, "open an address instead"))?;
        // With its fragment it would be a step within the document.
        url.set_fragment(None);
        self.leaving(Answer::Accept).await?;
        let opened = self.navigate(&url, deadline).await;
        self.leaving(Answer::Wait).await?;
        opened
    }

    /// Says how a page's question whether it may be left is answered.
    pub(super) async fn leaving(&mut self, answer: Answer) -> Result<(), Error> {
        self.answers.leave = answer;
        self.driver.answer_dialogs(self.answers.clone()).await
    }

    async fn navigate(&mut self, url: &Url, deadline: &Deadline) -> Acted {
        let session = self.session()?;
        let mut mark = self.mark();
        let limit = deadline.child(LOAD_LIMIT);
        let params = NavigateParams::new(url.as_str());
        let host = url.host_str().unwrap_or_default().to_owned();
        let reply = match self.driver.call(Some(&session), params, &limit).await {
            Ok(reply) => reply,
            Err(Error::Ended(Ended::TimedOut(_))) if !deadline.is_over() => {
                self.stop_loading(&session, deadline).await?;
                return Err(Trouble::tell(
                    format!("{host} did not answer within {} s", LOAD_LIMIT.as_secs()),
                    "try again later, or another address",
                ));
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(code) = reply.error_text.filter(|code| !code.is_empty()) {
            if reply.is_download == Some(true) {
                let outcome = self.downloaded(&mark, deadline).await?;
                return Ok(outcome);
            }
            let (reason, hint) = refusal(&code, &host);
            return Err(Trouble::tell(reason, hint));
        }
        // A step within the document has no loader, and no load to wait for.
        let mut loaded = true;
        if let Some(loader) = reply.loader_id {
            let loader: String = loader.into();
            if !self.wait_committed(&loader, &limit).await? {
                return self.open_elsewhere(url, deadline).await;
            }
            loaded = self.wait_loaded(&loader, &limit).await?;
        }
        mark.acted = Instant::now();
        self.arrived(&mark, loaded, deadline).await
    }

    /// Waits until the document that `loader` loads is there; a page that asks without end keeps
    /// its place.
    async fn wait_committed(&self, loader: &String, limit: &Deadline) -> Result<bool, Error> {
        let is_there = |state: &State| {
            state.tab(&self.current).is_none_or(|tab| {
                tab.crashed || tab.root().is_some_and(|root| root.loader == *loader)
            })
        };
        let limit = limit.child(COMMIT_LIMIT);
        self.driver.wait_until(&limit, is_there).await
    }

    /// Loads `url` in a new tab, and closes the current one, which can't be left otherwise.
    async fn open_elsewhere(&mut self, url: &Url, deadline: &Deadline) -> Acted {
        let stuck = self.current.clone();
        self.create_tab(deadline).await?;
        if self.current == stuck {
            return Err(Trouble::tell(
                "the page does not let go of its tab",
                "close the tab",
            ));
        }
        let close = CloseTargetParams::new(stuck);
        let closed = self.driver.call(None, close, deadline).await;
        if let Err(error @ (Error::Gone | Error::Ended(_))) = closed {
            return Err(error.into());
        }
        Box::pin(self.navigate(url, deadline)).await
    }

    /// Waits until the tree of the document that `loader` loads, or of the one that it sends the
    /// browser on to at once, is complete; where it does not become so, only until there is
    /// something to use.
    async fn wait_loaded(&mut self, loader: &String, limit: &Deadline) -> Result<bool, Error> {
        let target = self.current.clone();
        let is_ours = |root: &&Frame| root.loader == *loader;
        let came = {
            let state = self.driver.state();
            let state = state.borrow();
            let root = state.tab(&target).and_then(|tab| tab.root());
            root.filter(is_ours).map(|root| root.epoch)
        };
        let is_loaded = |state: &State| {
            state.tab(&target).is_none_or(|tab| {
                let follows = |root: &&Frame| came.is_some_and(|came| root.epoch > came);
                tab.root()
                    .filter(|root| is_ours(root) || follows(root))
                    .is_some_and(|root| root.ready || tab.crashed)
            })
        };
        while !limit.is_over() {
            let soon = limit.child(LOADING_LIMIT);
            if self.driver.wait_until(&soon, is_loaded).await? {
                return Ok(true);
            }
            if self.has_content(limit).await? {
                break;
            }
        }
        Ok(false)
    }

    /// Says whether the document has anything to use yet.
    async fn has_content(&mut self, limit: &Deadline) -> Result<bool, Error> {
        let root = {
            let state = self.driver.state();
            let state = state.borrow();
            state.tab(&self.current).and_then(|tab| tab.root()).cloned()
        };
        let Some(root) = root else { return Ok(false) };
        let limit = limit.child(LOADING_LIMIT);
        let has_any = match self.worlds.enter(&self.driver, &root, &limit).await {
            Ok(here) => {
                let script = "!!document.body && document.body.childElementCount > 0".to_owned();
                world::ask(&self.driver, &here, script, &limit).await
            }
            Err(error) => Err(error),
        };
        match has_any {
            Err(Error::Gone) => Err(Error::Gone),
            Ok(has_any) => Ok(has_any),
            Err(_) => Ok(false),
        }
    }

    /// Tells where the tab came to, and how its server answered.
    async fn arrived(
        &mut self,
        mark: &crate::browser::settle::Mark,
        loaded: bool,
        deadline: &Deadline,
    ) -> Acted {
        if !loaded {
            let mut outcome = Outcome::done("the page is still loading; what is there can be used");
            outcome.changed = self.changes_since(mark);
            return Ok(outcome);
        }
        let outcome = self
            .finish(mark, None, "loaded".to_owned(), deadline)
            .await?;
        let status = {
            let state = self.driver.state();
            let state = state.borrow();
            let mut documents = state.requests.iter().rev().filter(|request| {
                request.at > mark.at && request.tab == mark.tab && request.kind == Kind::Document
            });
            documents.find_map(|request| (request.status >= 400).then_some(request.status))
        };
        let outcome = match status {
            Some(status) => Outcome {
                summary: format!("{}; the server answered {status}", outcome.summary),
                ..outcome
            },
            None => outcome,
        };
        Ok(outcome)
    }

    /// Waits for a file that an address turned out to be.
    async fn downloaded(
        &mut self,
        mark: &crate::browser::settle::Mark,
        deadline: &Deadline,
    ) -> Result<Outcome, Error> {
        let limit = deadline.child(LOAD_LIMIT);
        self.driver
            .wait_until(&limit, |state| !state.is_downloading())
            .await?;
        self.finish(mark, None, "the address is a file".to_owned(), deadline)
            .await
    }

    async fn stop_loading(&self, session: &str, deadline: &Deadline) -> Result<(), Error> {
        let limit = deadline.child(Duration::from_secs(2));
        match self
            .driver
            .call(Some(session), StopLoadingParams::default(), &limit)
            .await
        {
            Err(Error::Gone) => Err(Error::Gone),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Goes one page back in the tab's history.
    pub(super) async fn back(&mut self, deadline: &Deadline) -> Acted {
        let session = self.session()?;
        let history = GetNavigationHistoryParams::default();
        let history = self.driver.call(Some(&session), history, deadline).await?;
        let before = usize::try_from(history.current_index - 1).ok();
        let Some(entry) = before.and_then(|index| history.entries.get(index)) else {
            return Err(Trouble::tell(
                "there is no page to go back to",
                "open an address instead",
            ));
        };
        let mut mark = self.mark();
        self.leaving(Answer::Accept).await?;
        let go = NavigateToHistoryEntryParams::new(entry.id);
        let gone = self.driver.call(Some(&session), go, deadline).await;
        let moved = |state: &State| {
            let root = state.tab(&mark.tab).and_then(|tab| tab.root());
            root.is_none_or(|root| {
                root.ready && !root.leaving && (root.epoch != mark.epoch || root.url != mark.url)
            })
        };
        let limit = deadline.child(LOAD_LIMIT);
        let waited = match &gone {
            Ok(_) => self.driver.wait_until(&limit, moved).await,
            Err(_) => Ok(false),
        };
        self.leaving(Answer::Wait).await?;
        gone?;
        if !waited? {
            return Err(Trouble::tell(
                "the page before did not load",
                "open its address",
            ));
        }
        mark.acted = Instant::now();
        Ok(self
            .finish(&mark, None, "went back".to_owned(), deadline)
            .await?)
    }
}

/// Reads an address that a browser may open.
///
/// # Errors
/// One sentence that names the address and what is wrong with it.
pub(in crate::browser) fn web_address(address: &str) -> Result<Url, String> {
    let shown = untrusted::line(address, 100);
    let url =
        Url::parse(address.trim()).map_err(|error| format!("'{shown}' is no address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("'{shown}' is not a http or https address"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(format!("'{shown}' names no host"));
    }
    Ok(url)
}

/// Turns Chromium's error code (`net/base/net_error_list.h`) into a sentence and a hint.
pub(super) fn refusal(code: &str, host: &str) -> (String, &'static str) {
    let code = code.trim_start_matches("net::");
    let (what, hint) = match code {
        "ERR_NAME_NOT_RESOLVED" | "ERR_NAME_RESOLUTION_FAILED" => (
            "there is no host of that name",
            "check the address for a typing mistake",
        ),
        "ERR_CONNECTION_REFUSED" => ("it refused the connection", "check that the site is up"),
        "ERR_CONNECTION_RESET" | "ERR_CONNECTION_CLOSED" | "ERR_EMPTY_RESPONSE" => {
            ("it broke off the connection", "try again later")
        }
        "ERR_CONNECTION_TIMED_OUT" | "ERR_TIMED_OUT" => ("it does not answer", "try again later"),
        "ERR_INTERNET_DISCONNECTED" | "ERR_ADDRESS_UNREACHABLE" | "ERR_NETWORK_CHANGED" => {
            ("the network does not reach it", "check the network")
        }
        "ERR_TOO_MANY_REDIRECTS" => ("it sends the browser in circles", "try another address"),
        "ERR_UNSAFE_PORT" => ("browsers do not open that port", "use another port"),
        "ERR_ABORTED" => ("the page was not loaded: it sent nothing to show", ""),
        _ if code.starts_with("ERR_CERT") || code.starts_with("ERR_SSL") => (
            "its certificate or encryption can't be trusted",
            "do not use the site until its owner has mended that",
        ),
        _ => ("it can't be loaded", "try again, or another address"),
    };
    (format!("{host}: {what} ({code})"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_opened() {
        for bad in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "chrome://settings",
            "data:text/html,x",
            "example.org",
            "http://",
            "",
        ] {
            let problem = web_address(bad).unwrap_err();
            assert!(problem.starts_with(&format!("'{bad}'")), "{problem}");
        }
        assert_eq!(
            web_address(" https://example.org/a b ").unwrap().path(),
            "/a%20b"
        );
    }

    #[test]
    fn each_network_error_is_one_sentence_that_names_the_host() {
        for code in [
            "net::ERR_NAME_NOT_RESOLVED",
            "net::ERR_CERT_AUTHORITY_INVALID",
            "net::ERR_NEW",
        ] {
            let (reason, _) = refusal(code, "example.org");
            assert!(reason.starts_with("example.org: "), "{reason}");
        }
    }
}
