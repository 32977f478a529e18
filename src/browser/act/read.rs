//! Reads text and waits for it; the page itself looks again when it changes.

use std::time::Duration;

use serde::Deserialize;

use super::{Acted, Refusal, Trouble, quote, refuse};
use crate::action::{Form, Outcome, Output, ReadPage};
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::browser::state::{Frame, State};
use crate::browser::world::{self, Here};
use crate::deadline::Deadline;
use crate::untrusted;

/// Longest text that one reading brings, in characters of UTF-16; a page can hold 50 MB.
const TEXT_MAX: u32 = 500_000;
/// Writes what is visible as plain HTML.
const MARKUP: &str = include_str!("markup.js");
/// How long the top document looks before the frames are asked, in milliseconds.
const LOOK_MS: u128 = 4_000;
/// The same where there are frames with worlds of their own.
const LOOK_IN_FRAMES_MS: u128 = 400;
/// How long to wait for the next document when one went away.
const NEXT_LIMIT: Duration = Duration::from_millis(500);

/// What to wait for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) text: &'a str,
    /// Whether it shall go instead of come.
    pub(super) gone: bool,
}

#[derive(Debug, Deserialize)]
struct Text {
    #[serde(default)]
    text: String,
    #[serde(flatten)]
    refusal: Refusal,
}

#[derive(Debug, Deserialize)]
struct Looked {
    so: bool,
}

impl Browser {
    /// Reads the page or one element.
    pub(super) async fn read(&mut self, wanted: &ReadPage, deadline: &Deadline) -> Acted {
        let script = |number: u32| match wanted.form {
            Form::Text => format!("__legwork.read({number}, {TEXT_MAX})"),
            Form::Markdown => format!("({MARKUP})({number}, {TEXT_MAX})"),
        };
        let text = match wanted.target {
            Some(name) => {
                let target = self.target(name, deadline).await?;
                let script = script(target.number);
                let read: Text = self.ask(&target, script, deadline).await?;
                if read.refusal.no.is_some() {
                    return Err(refuse(&target, &read.refusal));
                }
                read.text
            }
            None => self.read_all(&script(0), deadline).await?,
        };
        let text = match wanted.form {
            Form::Text => text,
            Form::Markdown => markdown(&text)?,
        };
        let text = untrusted::block(&text);
        let count = text.chars().count();
        Ok(Outcome::done(format!("read {count} characters")).with(Output::Text(text)))
    }

    /// Reads the top document and those of frames that have worlds of their own.
    async fn read_all(&mut self, script: &str, deadline: &Deadline) -> Result<String, Error> {
        let mut texts = Vec::new();
        for here in self.documents(deadline).await? {
            let script = script.to_owned();
            let read = world::ask::<Text>(&self.driver, &here, script, deadline).await;
            match read {
                Ok(read) => texts.push(read.text),
                Err(error) if error.is_fatal() || here.frame == self.current => return Err(error),
                Err(error) => tracing::debug!(%error, "a frame can't be read"),
            }
        }
        texts.retain(|text| !text.is_empty());
        Ok(texts.join("\n"))
    }

    /// Enters the top document and those that it can't reach.
    async fn documents(&mut self, deadline: &Deadline) -> Result<Vec<Here>, Error> {
        let root = self.root(deadline).await?;
        let frames: Vec<Frame> = {
            let state = self.driver.state();
            let state = state.borrow();
            let tab = state.tab(&self.current).ok_or(Error::Detached)?;
            let foreign = |frame: &&Frame| {
                let parent = frame.parent.as_ref().and_then(|id| tab.frames.get(id));
                parent.is_some_and(|p| p.session != frame.session) || self.is_foreign(&frame.id)
            };
            tab.frames.values().filter(foreign).cloned().collect()
        };
        let mut documents = vec![root];
        for frame in frames {
            match self.worlds.enter(&self.driver, &frame, deadline).await {
                Ok(here) => documents.push(here),
                Err(error) if error.is_fatal() => return Err(error),
                Err(error) => tracing::debug!(%error, "a frame can't be entered"),
            }
        }
        Ok(documents)
    }

    /// Waits until the text comes or goes.
    pub(super) async fn wait_text(
        &mut self,
        wanted: Wanted<'_>,
        limit_ms: u64,
        deadline: &Deadline,
    ) -> Acted {
        let shown = untrusted::line(wanted.text, 100);
        let limit = deadline.child(Duration::from_millis(limit_ms));
        loop {
            if let Some(host) = self.sit_out(&limit, deadline).await? {
                return Err(Trouble::tell(
                    format!("{host} has not answered after {limit_ms} ms"),
                    "wait longer, or open another address",
                ));
            }
            // The last look must not lose to the limit of the wait.
            let so = match self.look_for(wanted, &limit, deadline).await {
                Ok(so) => so,
                Err(error) if error.is_document_gone() || matches!(error, Error::Detached) => {
                    self.next_document(deadline).await?;
                    false
                }
                Err(error) => return Err(error.into()),
            };
            let word = if wanted.gone {
                "no longer says"
            } else {
                "says"
            };
            if so {
                let fact = format!("the page {word} '{shown}'");
                let source = self.mark().url;
                return Ok(Outcome::done(fact.clone()).proven(fact, source));
            }
            if limit.is_over() {
                let word = if wanted.gone {
                    "still says"
                } else {
                    "does not say"
                };
                return Err(Trouble::tell(
                    format!("the page {word} '{shown}' after {limit_ms} ms"),
                    "look at what the page says instead",
                ));
            }
        }
    }

    /// Looks in all documents, for a while.
    async fn look_for(
        &mut self,
        wanted: Wanted<'_>,
        limit: &Deadline,
        deadline: &Deadline,
    ) -> Result<bool, Error> {
        let documents = self.documents(deadline).await?;
        let most = if documents.len() > 1 {
            LOOK_IN_FRAMES_MS
        } else {
            LOOK_MS
        };
        let ms = limit.remaining().as_millis().min(most);
        let script = format!(
            "__legwork.until({}, {}, {ms})",
            quote(wanted.text),
            wanted.gone
        );
        let mut looks = Vec::new();
        for here in &documents {
            looks.push(world::send::<Looked>(&self.driver, here, script.clone(), deadline).await?);
        }
        let mut all = true;
        for look in looks {
            let so = world::value(look, deadline).await?.so;
            if so && !wanted.gone {
                return Ok(true);
            }
            all &= so;
        }
        Ok(all)
    }

    /// Waits until a document that is on its way is there.
    async fn next_document(&self, deadline: &Deadline) -> Result<(), Error> {
        let target = self.current.clone();
        let is_there = |state: &State| {
            let root = state.tab(&target).and_then(|tab| tab.root());
            root.is_none_or(|root| root.ready && !root.leaving)
        };
        self.driver
            .wait_until(&deadline.child(NEXT_LIMIT), is_there)
            .await?;
        Ok(())
    }

    /// Waits until the page's address contains `part`.
    pub(super) async fn wait_address(
        &mut self,
        part: &str,
        limit_ms: u64,
        deadline: &Deadline,
    ) -> Acted {
        let target = self.current.clone();
        let limit = deadline.child(Duration::from_millis(limit_ms));
        let is_so = |state: &State| {
            let root = state.tab(&target).and_then(|tab| tab.root());
            root.is_some_and(|root| root.url.contains(part))
        };
        let waited = self.driver.wait_until(&limit, is_so).await?;
        let url = untrusted::line(&self.mark().url, 300);
        // A limit of nothing looks once.
        if waited || is_so(&self.driver.state().borrow()) {
            return Ok(Outcome::done(format!("the address is {url}"))
                .proven(format!("the address contains '{part}'"), url));
        }
        Err(Trouble::tell(
            format!("the address is still {url} after {limit_ms} ms"),
            "look at the page; it may say why",
        ))
    }
}

/// Turns plain HTML into Markdown.
fn markdown(html: &str) -> Result<String, Trouble> {
    let options = htmd::options::Options {
        bullet_list_marker: htmd::options::BulletListMarker::Dash,
        ul_bullet_spacing: 1,
        ol_number_spacing: 1,
        ..htmd::options::Options::default()
    };
    let converter = htmd::HtmlToMarkdown::builder().options(options).build();
    converter
        .convert(html)
        .map_err(|_| Trouble::tell("the page can't be written as Markdown", "read it as text"))
}
