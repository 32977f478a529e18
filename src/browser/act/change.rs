//! Tells what an action changed: what came after a mark, in a tab and in its document.

use std::time::{Duration, Instant};

use super::open::refusal;
use crate::action::{Change, KeptFile, Outcome};
use crate::browser::error::Error;
use crate::browser::settle::{self, Mark, Settled};
use crate::browser::state::{Happening, Kind, State, TABS_MAX};
use crate::browser::world::Here;
use crate::browser::{Browser, TAB_LIMIT, is_usable};
use crate::deadline::Deadline;
use crate::untrusted;

/// How long an action waits for a file that it made come; it goes on coming after that.
const FILE_PATIENCE: Duration = Duration::from_secs(20);
/// Requests named in an outcome; a page can send hundreds.
const REQUESTS_MAX: usize = 8;
/// Longest complaint about a field shown, in characters.
const INVALID_CHARS_MAX: usize = 200;
/// Longest address shown in a summary, in characters.
const URL_CHARS_MAX: usize = 200;

impl Browser {
    /// Marks the moment before an action.
    pub(super) fn mark(&self) -> Mark {
        let state = self.driver.state();
        let state = state.borrow();
        let tab = state.tab(&self.current);
        let root = tab.and_then(|tab| tab.root());
        let now = Instant::now();
        Mark {
            tab: self.current.clone(),
            at: state.now,
            begun: now,
            acted: now,
            refused: tab.map_or(0, |tab| tab.refused),
            epoch: root.map_or(0, |root| root.epoch),
            url: root.map(|root| root.url.clone()).unwrap_or_default(),
        }
    }

    /// Settles after an action and tells what changed since `mark`.
    pub(super) async fn finish(
        &mut self,
        mark: &Mark,
        here: Option<&Here>,
        summary: String,
        deadline: &Deadline,
    ) -> Result<Outcome, Error> {
        let settled = settle::settle(&self.driver, &mut self.worlds, here, mark, deadline).await?;
        let is_crashed = |state: &State| state.tab(&mark.tab).is_some_and(|tab| tab.crashed);
        if is_crashed(&self.driver.state().borrow()) {
            return Err(Error::Crashed);
        }
        let coming = self.await_files(mark, FILE_PATIENCE, deadline).await?;
        self.adopt(mark, deadline).await?;
        let mut changes = changes(&self.driver.state().borrow(), mark, &settled);
        changes.extend(self.given_since(mark).await);
        if let Some(here) = here {
            changes.extend(self.values_of(&settled, here));
        }
        let lost = lost(&self.driver.state().borrow(), mark);
        let mut summary = tell(&summary, &changes, &settled, lost);
        summary.push_str(&tabs(&self.driver.state().borrow(), mark));
        for name in coming {
            summary = format!("{summary}; {name} is still coming down");
        }
        if let Some(here) = here.filter(|_| !has_sent(&changes)) {
            summary.push_str(&self.held_back(&settled, here));
        }
        let refused = {
            let state = self.driver.state();
            let state = state.borrow();
            state.tab(&mark.tab).map_or(0, |tab| tab.refused)
        };
        if refused > mark.refused {
            let more = refused - mark.refused;
            summary = format!("{summary}; {more} more tabs were closed, as {TABS_MAX} are open");
        }
        let mut outcome = Outcome::done(summary);
        outcome.changed = changes;
        Ok(outcome)
    }

    /// Names the fields whose values changed by themselves.
    fn values_of(&mut self, settled: &Settled, here: &Here) -> Vec<Change> {
        let values = settled.pulse.values.iter();
        let named = values.filter_map(|(number, now)| {
            let target = self.worlds.name(&here.frame, *number)?;
            Some(super::value_change(target, now))
        });
        named.collect()
    }

    /// Says which fields kept their form from being sent.
    fn held_back(&mut self, settled: &Settled, here: &Here) -> String {
        let mut told = String::new();
        for (number, why) in &settled.pulse.invalid {
            let name = self.worlds.name(&here.frame, *number);
            let name = name.map(|name| format!("{name} ")).unwrap_or_default();
            let why = untrusted::line(why, INVALID_CHARS_MAX);
            let before = if told.is_empty() {
                "; the form was not sent: "
            } else {
                ", "
            };
            told = format!("{told}{before}{name}{why}");
        }
        told
    }

    /// Tells what changed since `mark` as seen from outside the document.
    pub(super) fn changes_since(&self, mark: &Mark) -> Vec<Change> {
        changes(&self.driver.state().borrow(), mark, &Settled::default())
    }

    /// Makes a tab that the action opened the current one, as a browser with a window does.
    async fn adopt(&mut self, mark: &Mark, deadline: &Deadline) -> Result<(), Error> {
        let opened = {
            let state = self.driver.state();
            let state = state.borrow();
            let after = state
                .happened
                .iter()
                .rev()
                .take_while(|(at, _)| *at > mark.at);
            let mut opened = after.filter_map(|(_, happening)| match happening {
                // A tab that a link opens beside names no opener.
                Happening::TabOpened { target, opener }
                    if opener.as_ref().is_none_or(|opener| *opener == mark.tab) =>
                {
                    Some(target.clone())
                }
                Happening::TabOpened { .. }
                | Happening::TabClosed { .. }
                | Happening::Dialog { .. }
                | Happening::Chooser { .. }
                | Happening::Drag { .. }
                | Happening::Download(_) => None,
            });
            opened.find(|target| state.tab(target).is_some())
        };
        let Some(target) = opened else {
            return Ok(());
        };
        let is_ready = |state: &State| {
            state.tab(&target).is_none_or(|tab| {
                is_usable(tab) && tab.root().is_some_and(|root| root.ready && !root.leaving)
            })
        };
        self.driver
            .wait_until(&deadline.child(TAB_LIMIT), is_ready)
            .await?;
        self.current = target;
        Ok(())
    }
}

/// Says whether something left the page.
fn has_sent(changes: &[Change]) -> bool {
    changes
        .iter()
        .any(|change| matches!(change, Change::Navigation { .. } | Change::Request { .. }))
}

fn changes(state: &State, mark: &Mark, settled: &Settled) -> Vec<Change> {
    let mut changes = Vec::new();
    if let Some(root) = state.tab(&mark.tab).and_then(|tab| tab.root())
        && (root.epoch != mark.epoch || root.url != mark.url)
    {
        let url = untrusted::line(&root.url, URL_CHARS_MAX * 10);
        changes.push(Change::Navigation { url });
    }
    let pulse = &settled.pulse;
    if pulse.near + pulse.elsewhere > 0 {
        changes.push(Change::Dom {
            near: pulse.near,
            elsewhere: pulse.elsewhere,
        });
    }
    if pulse.focus {
        changes.push(Change::Focus {});
    }
    if pulse.scrolled {
        changes.push(Change::Scrolled {});
    }
    changes.extend(requests(state, mark));
    let after = state.happened.iter().filter(|(at, _)| *at > mark.at);
    changes.extend(after.filter_map(|(_, happening)| happened(state, mark, happening)));
    changes
}

fn requests(state: &State, mark: &Mark) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    let ours = state
        .requests
        .iter()
        .filter(|r| r.at > mark.at && r.tab == mark.tab);
    for request in ours {
        let counts = match request.kind {
            Kind::Document | Kind::Xhr | Kind::Fetch => true,
            Kind::Code => false,
            // A beacon or a form in a frame says something to a server too.
            Kind::Other => request.method != "GET",
        };
        let change = Change::Request {
            method: request.method.clone(),
            host: request.host.clone(),
        };
        if counts && found.len() < REQUESTS_MAX && !found.contains(&change) {
            found.push(change);
        }
    }
    found
}

fn happened(state: &State, mark: &Mark, happening: &Happening) -> Option<Change> {
    match happening {
        Happening::Dialog { tab, message } if *tab == mark.tab => Some(Change::Dialog {
            message: message.clone(),
        }),
        Happening::TabOpened { target, opener }
            if opener.as_ref().is_none_or(|opener| *opener == mark.tab) =>
        {
            let url = state.tab(target)?.url.clone();
            Some(Change::NewTab { url })
        }
        // Files are told once they lie in quarantine.
        Happening::Download(_)
        | Happening::Chooser { .. }
        | Happening::Drag { .. }
        | Happening::Dialog { .. }
        | Happening::TabOpened { .. }
        | Happening::TabClosed { .. } => None,
    }
}

/// Adds to `summary` what a person would want to know first.
fn tell(summary: &str, changes: &[Change], settled: &Settled, lost: Option<String>) -> String {
    let is_lost = lost.is_some();
    let mut parts = vec![summary.to_owned()];
    parts.extend(lost);
    for change in changes {
        match change {
            Change::Navigation { .. } if is_lost => {}
            Change::Navigation { url } => {
                parts.push(format!(
                    "the page is now {}",
                    untrusted::line(url, URL_CHARS_MAX)
                ));
            }
            Change::Dialog { message } => parts.push(format!("the page said {message}")),
            Change::Download { name, kept } => parts.push(told(name, kept.as_ref())),
            Change::NewTab { .. }
            | Change::Dom { .. }
            | Change::Value { .. }
            | Change::Focus {}
            | Change::Request { .. }
            | Change::Scrolled {}
            | Change::Mail { .. }
            | Change::Event { .. } => {}
        }
    }
    if changes.is_empty() && settled.calm {
        parts.push("nothing changed on the page".to_owned());
    }
    if !settled.calm {
        parts.push("the page is still busy".to_owned());
    }
    parts.join("; ")
}

/// Says why the page that the action led to did not come; none where it did.
fn lost(state: &State, mark: &Mark) -> Option<String> {
    let root = state.tab(&mark.tab)?.root()?;
    if !root.url.starts_with("chrome-error:") {
        return None;
    }
    let mut failed = state.requests.iter().rev().filter(|request| {
        request.at > mark.at && request.tab == mark.tab && !request.failed.is_empty()
    });
    let document = failed.find(|request| request.kind == Kind::Document)?;
    Some(refusal(&document.failed, &document.host).0)
}

/// Tells of the tabs that were opened since `mark`, those that closed again too.
fn tabs(state: &State, mark: &Mark) -> String {
    let after = state.happened.iter().filter(|(at, _)| *at > mark.at);
    let mut counts = [0_usize, 0];
    for (_, happening) in after {
        if let Happening::TabOpened { target, opener } = happening
            && opener.as_ref().is_none_or(|opener| *opener == mark.tab)
        {
            let [open, closed] = &mut counts;
            *(if state.tab(target).is_some() {
                open
            } else {
                closed
            }) += 1;
        }
    }
    let [open, closed] = counts;
    let open = match open {
        0 => String::new(),
        1 => "; a new tab opened and is the current one".to_owned(),
        _ => format!("; {open} new tabs opened, and the last is the current one"),
    };
    let closed = match closed {
        0 => String::new(),
        1 => "; a tab opened and closed again".to_owned(),
        _ => format!("; {closed} tabs opened and closed again"),
    };
    open + &closed
}

/// Tells of a file that a page gave.
fn told(name: &str, kept: Option<&KeptFile>) -> String {
    kept.map_or_else(
        || format!("the page gave a file, {name}, which was not kept"),
        |file| {
            format!(
                "a file came down into quarantine: {name} ({}, {} bytes)",
                file.kind, file.bytes
            )
        },
    )
}
