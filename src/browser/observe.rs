//! Reads the page: one evaluation per document that can't be reached from another, all sent
//! together, their records spliced into one list under the frames that hold them.

use std::collections::HashMap;

use chromiumoxide::cdp::js_protocol::runtime::{EvaluateParams, ExecutionContextId};

use super::Browser;
use super::asks::OpenDialog;
use super::closed::Matches;
use super::driver::Sent;
use super::error::Error;
use super::frames::Walks;
use super::state::{Frame, State};
use super::wire::{Spot, Walked};
use super::world::{self, Evaluated, Here};
use crate::action::{RawNode, RawPage, TabInfo};
use crate::deadline::Deadline;

/// Nodes looked at per document; more are counted as left out.
const NODES_MAX: u32 = 20_000;
/// Nodes of the whole page with all its frames.
const PAGE_NODES_MAX: usize = 60_000;
/// Longest walk of one document, in milliseconds; 10,000 elements take about 90.
const WALK_MS_MAX: u32 = 1_500;
/// How often a page that goes away while it is read is read anew.
const ATTEMPTS: usize = 5;
/// The same where each try took as long as a call may.
const SLOW_ATTEMPTS: usize = 2;
/// Frames within frames are followed this deep.
const DEPTH_MAX: usize = 8;

/// The questions what listens in a document, under way.
struct Scan {
    here: Here,
    own: Option<Sent<Evaluated<String>>>,
    /// In the documents of frames, by the number of their elements.
    inner: Vec<(u32, Sent<Evaluated<String>>)>,
    declared: Option<Sent<Matches>>,
}

/// A walk under way.
struct Walk {
    walked: Sent<Evaluated<String>>,
    declared: Option<Sent<Matches>>,
}

/// How many elements each document and shadow root has, then the places of those that listen; those
/// that take drops stand below zero.
type Listening = Vec<Vec<i64>>;

const LISTENERS: &str = include_str!("listeners.js");

impl Browser {
    /// Reads the current tab.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Ended`], or what keeps a page from being read at all.
    pub async fn observe(&mut self, deadline: &Deadline) -> Result<RawPage, Error> {
        let mut last = Error::Detached;
        let mut slow = 0;
        for _ in 0..ATTEMPTS {
            self.ensure_tab(deadline).await?;
            match self.look(deadline).await {
                Ok(page) => return Ok(page),
                Err(error) if error.is_fatal() || deadline.is_over() => return Err(error),
                Err(error) => {
                    slow += usize::from(matches!(error, Error::Ended(_)));
                    last = error;
                }
            }
            if slow >= SLOW_ATTEMPTS {
                break;
            }
        }
        // Another page may well be readable, so the session goes on.
        Ok(self.unreadable(&format!("this page can't be read: {last}")))
    }

    async fn look(&mut self, deadline: &Deadline) -> Result<RawPage, Error> {
        let (is_crashed, asks, frames) = {
            let state = self.driver.state();
            let state = state.borrow();
            let tab = state.tab(&self.current).ok_or(Error::Detached)?;
            let asks = tab.dialog.as_ref().map(OpenDialog::title);
            (tab.crashed, asks, tab.frames.clone())
        };
        if asks.is_some() {
            let page = self.unreadable("this page does nothing until its dialog is answered");
            return Ok(RawPage {
                dialog: asks,
                ..page
            });
        }
        if is_crashed {
            return Ok(self.unreadable("this page crashed; open it again"));
        }
        if let Some(host) = self.waits_for(deadline).await? {
            let why = format!("this page is being left and waits for the answer of {host}");
            let page = self.unreadable(&why);
            return Ok(RawPage {
                loading: true,
                ..page
            });
        }
        let current = self.current.clone();
        self.keep_owners(&frames);
        let mut walks = Walks::new();
        let mut wave = vec![current.clone()];
        wave.extend(self.foreign_frames());
        for _ in 0..DEPTH_MAX {
            self.walk_all(&wave, &frames, &mut walks, deadline).await?;
            wave = self.find_foreign(&frames, &walks, deadline).await?;
            if wave.is_empty() {
                break;
            }
        }
        let mut page = RawPage::default();
        let top = walks.get(&current).ok_or(Error::Detached)?;
        page.url.clone_from(&top.u);
        page.title.clone_from(&top.t);
        page.loading = top.l || frames.get(&current).is_some_and(|root| root.leaving);
        let origin = self.origin_of(&current, top);
        let spot = Spot::default();
        self.splice(&mut page, &mut walks, &current, (&origin, spot));
        page.tabs = tabs(&self.driver.state().borrow(), &self.current);
        Ok(page)
    }

    /// Walks the documents of the frames named by `wave`, all sent before any is waited for.
    /// A frame that can't be read stays empty; only the top document must be there.
    async fn walk_all(
        &mut self,
        wave: &[String],
        frames: &HashMap<String, Frame>,
        walks: &mut Walks,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        // What listens is asked first, as the walk marks it: one walk instead of two.
        let mut scans = Vec::new();
        for id in wave.iter().filter(|id| !walks.contains_key(*id)) {
            let Some(frame) = frames.get(id) else {
                continue;
            };
            match self.send_scan(frame, frames, deadline).await {
                Ok(sent) => scans.push(sent),
                Err(error) if *id == self.current || error.is_fatal() => return Err(error),
                Err(error) => tracing::debug!(%error, "a frame can't be entered"),
            }
        }
        let mut under_way = Vec::new();
        for scan in scans {
            let here = scan.here.clone();
            let is_top = here.frame == self.current;
            match self.send_walk(scan, deadline).await {
                Ok(sent) => under_way.push((here, sent)),
                Err(error) if is_top || error.is_fatal() => return Err(error),
                Err(error) => tracing::debug!(%error, "a frame can't be read"),
            }
        }
        for (here, sent) in under_way {
            let is_top = here.frame == self.current;
            match self.finish_walk(&here, sent, deadline).await {
                Ok(walked) => drop(walks.insert(here.frame, walked)),
                Err(error) if is_top || error.is_fatal() => return Err(error),
                Err(error) => tracing::debug!(%error, "a frame can't be read"),
            }
        }
        Ok(())
    }

    /// Asks which elements of the frame's document and of those in it listen, each in the page's
    /// own world there.
    async fn send_scan(
        &mut self,
        frame: &Frame,
        frames: &HashMap<String, Frame>,
        deadline: &Deadline,
    ) -> Result<Scan, Error> {
        let here = self.worlds.enter(&self.driver, frame, deadline).await?;
        let root = self.session_root(frame);
        let mut scan = Scan {
            own: None,
            inner: Vec::new(),
            declared: self.ask_declared(&here, frame, deadline).await?,
            here,
        };
        // A session's own world is that of its topmost frame.
        if frame.id == root {
            scan.own = Some(self.scan_world(&scan.here, None, deadline).await?);
        }
        let is_inside = |inner: &&Frame| {
            inner.session == frame.session && inner.id != root && !self.is_foreign(&inner.id)
        };
        let inside: Vec<Frame> = frames.values().filter(is_inside).cloned().collect();
        if frame.id == root && !inside.is_empty() {
            for inner in self.inner_worlds(&scan.here, &inside, deadline).await? {
                if let Some(context) = inner.context {
                    let sent = self.scan_world(&scan.here, Some(context), deadline).await?;
                    scan.inner.push((inner.number, sent));
                }
            }
        }
        Ok(scan)
    }

    async fn scan_world(
        &self,
        here: &Here,
        context: Option<ExecutionContextId>,
        deadline: &Deadline,
    ) -> Result<Sent<Evaluated<String>>, Error> {
        let params = EvaluateParams {
            context_id: context,
            include_command_line_api: Some(true),
            return_by_value: Some(true),
            silent: Some(true),
            ..EvaluateParams::new(LISTENERS)
        };
        let session = Some(here.session.as_str());
        self.driver.send_for(session, params, deadline).await
    }

    async fn send_walk(&mut self, scan: Scan, deadline: &Deadline) -> Result<Walk, Error> {
        let Scan {
            here,
            own,
            inner,
            declared,
        } = scan;
        let own = match own {
            Some(sent) => self.listening(&here, sent, deadline).await?,
            None => Listening::new(),
        };
        let mut listening = Vec::new();
        for (number, sent) in inner {
            listening.push((number, self.listening(&here, sent, deadline).await?));
        }
        // serde_json writes nothing else than JSON, which is script too.
        let inner = serde_json::to_string(&listening).unwrap_or_else(|_| "[]".to_owned());
        let script = format!("__legwork.mark({own:?}, {inner}), {}", snap_script());
        let walked = world::send(&self.driver, &here, script, deadline).await?;
        Ok(Walk { walked, declared })
    }

    /// Which elements listen, as a scan tells.
    async fn listening(
        &self,
        here: &Here,
        scan: Sent<Evaluated<String>>,
        deadline: &Deadline,
    ) -> Result<Listening, Error> {
        match world::value(scan, deadline).await {
            Ok(text) => Ok(serde_json::from_str(&text).unwrap_or_default()),
            // The page may have broken what the scan stands on; the walk does without.
            Err(Error::Refused { .. }) => Ok(Listening::new()),
            Err(error) => self.give_up(here, error, deadline).await,
        }
    }

    async fn finish_walk(
        &mut self,
        here: &Here,
        Walk { walked, declared }: Walk,
        deadline: &Deadline,
    ) -> Result<Walked, Error> {
        let text = match world::value(walked, deadline).await {
            Ok(text) => text,
            Err(error) => return self.give_up(here, error, deadline).await,
        };
        let walked = read(&text)?;
        let has_opened = self.open_closed(here, &walked.c, deadline).await?;
        if !self.open_declared(here, declared, deadline).await? && !has_opened {
            return Ok(walked);
        }
        read(&world::ask::<String>(&self.driver, here, snap_script(), deadline).await?)
    }

    /// Has the top document read what says `text`, wherever it is, though the page is too large to
    /// be read whole; says how much does.
    ///
    /// # Errors
    /// See [`Browser::observe`].
    pub async fn seek(&mut self, text: &str, deadline: &Deadline) -> Result<u32, Error> {
        self.ensure_tab(deadline).await?;
        let root = {
            let state = self.driver.state();
            let state = state.borrow();
            let tab = state.tab(&self.current).ok_or(Error::Detached)?;
            tab.root().cloned().ok_or(Error::Detached)?
        };
        let here = self.worlds.enter(&self.driver, &root, deadline).await?;
        let script = format!("__legwork.seek({})", serde_json::Value::from(text));
        world::ask(&self.driver, &here, script, deadline).await
    }

    /// Stops a page that never ends its script, so that the next look finds it free.
    async fn give_up<T>(&self, here: &Here, error: Error, deadline: &Deadline) -> Result<T, Error> {
        if matches!(error, Error::Ended(_)) && !deadline.is_over() {
            world::stop_script(&self.driver, &here.session, deadline).await?;
        }
        Err(error)
    }

    /// Appends the records of `frame` and, under their elements, those of the frames in it.
    fn splice(
        &mut self,
        page: &mut RawPage,
        walks: &mut Walks,
        frame: &str,
        (top_origin, spot): (&str, Spot),
    ) {
        let Some(walked) = walks.remove(frame) else {
            return;
        };
        page.left_out = page.left_out.saturating_add(walked.left);
        let own = self.origin_of(frame, &walked);
        let frame_origin = (own != top_origin).then_some(own);
        let mut indices = Vec::with_capacity(walked.n.len());
        for wire in walked.n {
            if page.nodes.len() >= PAGE_NODES_MAX {
                page.left_out = page.left_out.saturating_add(1);
                continue;
            }
            let index = u32::try_from(page.nodes.len()).unwrap_or(u32::MAX);
            let parent = wire.parent().and_then(|p| indices.get(p).copied());
            indices.push(index);
            let (number, closed, inside) = (wire.number(), wire.is_closed(), wire.inside());
            let mut node = wire.into_node(&walked.q, spot);
            node.r#ref = number.and_then(|number| self.worlds.name(frame, number));
            node.parent = parent.or(spot.parent);
            node.frame.clone_from(&frame_origin);
            page.nodes.push(node);
            let inner = number.and_then(|number| self.frame_at(frame, number));
            if let (true, Some(inner), true) = (closed, inner, spot.depth < DEPTH_MAX) {
                let [x, y] = inside.unwrap_or_default();
                let spot = Spot {
                    parent: Some(index),
                    dx: spot.dx + x,
                    dy: spot.dy + y,
                    depth: spot.depth + 1,
                };
                self.splice(page, walks, &inner, (top_origin, spot));
            }
        }
    }

    /// Whose the document of `frame` is; a sandboxed one says `null` of itself.
    fn origin_of(&self, frame: &str, walked: &Walked) -> String {
        let state = self.driver.state();
        let state = state.borrow();
        let tab = state.tab(&self.current).filter(|_| walked.o == "null");
        let known = tab.and_then(|tab| tab.origin_of(frame));
        known.unwrap_or_else(|| walked.o.clone())
    }

    /// A page that says only why there is nothing to see.
    fn unreadable(&self, why: &str) -> RawPage {
        let state = self.driver.state();
        let state = state.borrow();
        let url = state.tab(&self.current).map(|tab| tab.url.clone());
        RawPage {
            url: url.unwrap_or_default(),
            nodes: vec![RawNode {
                role: "alert".to_owned(),
                name: why.to_owned(),
                ..RawNode::default()
            }],
            tabs: tabs(&state, &self.current),
            ..RawPage::default()
        }
    }
}

fn snap_script() -> String {
    format!("__legwork.snap({{ nodes: {NODES_MAX}, ms: {WALK_MS_MAX} }})")
}

fn read(text: &str) -> Result<Walked, Error> {
    serde_json::from_str(text).map_err(|source| Error::Garbled {
        method: "Runtime.evaluate".to_owned(),
        source,
    })
}

fn tabs(state: &State, current: &str) -> Vec<TabInfo> {
    let numbered = (1..).zip(&state.tabs);
    numbered
        .map(|(number, tab)| TabInfo {
            number,
            url: tab.url.clone(),
            current: tab.target == current,
        })
        .collect()
}
