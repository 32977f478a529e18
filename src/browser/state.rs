//! What is known of the browser: tabs, frames, requests under way, and what happened lately.
//!
//! The driver is its one writer and feeds it events; everyone else reads it and waits for it to
//! become something. Pure: what must be sent in reply comes back as [`Order`]s.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use super::asks::{Answers, Coming, GivenFile, OpenDialog};
use super::events::{self, Event};
use crate::untrusted;

/// Requests remembered; a page can send thousands, an action is judged by those it caused.
const REQUESTS_MAX: usize = 1_000;
/// Happenings remembered.
const HAPPENINGS_MAX: usize = 200;
/// Frames known per tab; more are left unseen.
const FRAMES_MAX: usize = 500;
/// Tabs that pages may have open at one time; more are closed as they open.
pub(super) const TABS_MAX: usize = 24;
/// Origins remembered; a session works on a few.
const ORIGINS_MAX: usize = 50;

/// What is known of the browser.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Tabs in the order of opening.
    pub(super) tabs: Vec<Tab>,
    /// The tab that a session belongs to, by index into nothing: its target id.
    pub(super) sessions: HashMap<String, String>,
    /// Requests, oldest first.
    pub(super) requests: VecDeque<Request>,
    /// What happened, oldest first.
    pub(super) happened: VecDeque<(u64, Happening)>,
    /// How dialogs are answered.
    pub(super) answers: Answers,
    /// Counts documents, requests and happenings; a mark in time.
    pub(super) now: u64,
    /// Files on their way down, by the browser's name for each.
    pub(super) downloads: HashMap<String, Coming>,
    /// Origins of the pages that were open, in the order of their first.
    pub(super) origins: Vec<String>,
    /// Whether tabs that ours open must be attached to one by one: the browser is a person's own.
    pub(super) adopts: bool,
}

/// One tab.
#[derive(Debug)]
pub(super) struct Tab {
    pub(super) target: String,
    pub(super) session: String,
    pub(super) url: String,
    pub(super) crashed: bool,
    /// When it asked for another tab that is not there yet.
    pub(super) opening: Option<Instant>,
    /// Tabs that it opened beyond [`TABS_MAX`].
    pub(super) refused: u32,
    /// What it asks; until that is answered, nothing in it moves.
    pub(super) dialog: Option<OpenDialog>,
    pub(super) frames: HashMap<String, Frame>,
}

/// One frame of a tab.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) session: String,
    pub(super) url: String,
    pub(super) loader: String,
    /// Grows with each document; tells one from the next.
    pub(super) epoch: u64,
    /// Whether the document's tree is complete.
    pub(super) ready: bool,
    /// When the tree became complete, where that was seen.
    pub(super) ready_at: Option<Instant>,
    /// Whether another document is on its way.
    pub(super) leaving: bool,
}

/// One request of a page.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) at: u64,
    pub(super) session: String,
    pub(super) id: String,
    pub(super) tab: String,
    pub(super) kind: Kind,
    pub(super) method: String,
    pub(super) host: String,
    /// HTTP status, 0 until it is known.
    pub(super) status: u32,
    pub(super) started: Instant,
    pub(super) ended: Option<Instant>,
    /// Chromium's code for why it failed; empty when it did not.
    pub(super) failed: String,
}

/// What a request is for, as far as settling cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Document,
    Code,
    Xhr,
    Fetch,
    Other,
}

/// Something that happened besides requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Happening {
    Dialog {
        tab: String,
        message: String,
    },
    Download(GivenFile),
    /// A page asks for files.
    Chooser {
        session: String,
        /// The field that takes them; none for a script that keeps them to itself.
        field: Option<i64>,
        many: bool,
    },
    /// A drag has begun, with its data.
    Drag {
        session: String,
        data: serde_json::Value,
    },
    TabOpened {
        target: String,
        opener: Option<String>,
    },
    TabClosed {
        target: String,
    },
}

/// Something to be sent because of an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Enable what we need on a new session.
    SetUp { session: String },
    /// Let a new worker run, with what we need of it.
    SetUpWorker { session: String },
    /// Attach to a tab that one of ours opened.
    Attach { target: String },
    /// Answer the dialog that is open.
    Answer {
        session: String,
        accept: bool,
        prompt: String,
    },
    /// Close a tab that is one too many.
    CloseTab { target: String, session: String },
    /// Break off a file that comes down.
    CancelDownload { guid: String },
    /// Fail all calls that wait on sessions of a tab that waits for an answer itself.
    FailBlocked { sessions: Vec<String> },
    /// Fail all calls that wait on a session which is closed.
    FailDetached { session: String },
    /// Fail all calls that wait on a session whose page crashed.
    FailCrashed { session: String },
}

impl State {
    /// Returns the tab with `target`.
    pub(super) fn tab(&self, target: &str) -> Option<&Tab> {
        self.tabs.iter().find(|tab| tab.target == target)
    }

    /// Returns the tab that `session` belongs to.
    pub(super) fn tab_of(&mut self, session: &str) -> Option<&mut Tab> {
        let target = self.sessions.get(session)?;
        self.tabs.iter_mut().find(|tab| tab.target == *target)
    }

    fn tick(&mut self) -> u64 {
        self.now += 1;
        self.now
    }

    pub(super) fn note(&mut self, happening: Happening) {
        let at = self.tick();
        if self.happened.len() >= HAPPENINGS_MAX {
            self.happened.pop_front();
        }
        self.happened.push_back((at, happening));
    }

    /// Takes in `event`, which came on `session` at `time`.
    pub(super) fn apply(&mut self, event: Event, session: &str, time: Instant) -> Option<Order> {
        match event {
            Event::Attached(e) => return self.attached(e, session),
            Event::Detached(e) => return self.detached(e.session_id),
            Event::TargetCreated(e) => return self.target_created(e.target_info),
            Event::TargetChanged(e) => self.target_changed(e.target_info),
            Event::Crashed => return self.crashed(session),
            Event::FrameAttached(e) => self.frame_attached(e, session),
            Event::FrameNavigated(e) => self.frame_navigated(e.frame, session),
            Event::FrameDetached(e) => self.frame_detached(&e, session),
            Event::NavigationStarted(e) => {
                self.on_frame(&e.frame_id, session, |f| f.leaving = true);
            }
            Event::NavigationAsked(e) => self.navigation_asked(&e, session),
            Event::WindowOpens => self.window_opens(session, time),
            Event::LoadingStopped(e) => self.on_frame(&e.frame_id, session, |f| f.leaving = false),
            Event::NavigatedWithin(e) => self.navigated_within(e, session),
            Event::Lifecycle(e) => self.lifecycle(&e, session, time),
            Event::Dialog(e) => return Some(self.dialog(e, session)),
            Event::DialogClosed => self.dialog_closed(session),
            Event::Chooser(e) => self.note(Happening::Chooser {
                session: session.to_owned(),
                field: e.backend_node_id,
                many: e.mode == "selectMultiple",
            }),
            Event::DragStarted(e) => self.note(Happening::Drag {
                session: session.to_owned(),
                data: e.data,
            }),
            Event::RequestStarted(e) => self.request_started(*e, session, time),
            Event::ResponseReceived(e) => self.response_received(&e, session, time),
            Event::RequestEnded(e) => {
                if let Some(request) = self.open_request(&e.request_id, session) {
                    request.failed = e.error_text;
                    request.ended = Some(time);
                }
            }
            Event::DownloadBegins(e) => return self.download_begins(e),
            Event::DownloadProgress(e) => return self.download_progress(&e),
        }
        None
    }

    fn attached(&mut self, event: events::Attached, parent: &str) -> Option<Order> {
        let (session, info) = (event.session_id, event.target_info);
        let order = Order::SetUp {
            session: session.clone(),
        };
        match info.r#type.as_str() {
            "page" if self.is_one_too_many(&info) => Some(Order::CloseTab {
                target: info.target_id,
                session,
            }),
            "page" => {
                self.sessions
                    .insert(session.clone(), info.target_id.clone());
                self.tabs.retain(|tab| tab.target != info.target_id);
                self.tabs.push(Tab {
                    target: info.target_id.clone(),
                    session,
                    url: info.url,
                    crashed: false,
                    opening: None,
                    refused: 0,
                    dialog: None,
                    frames: HashMap::new(),
                });
                for tab in &mut self.tabs {
                    if Some(&tab.target) == info.opener_id.as_ref() {
                        tab.opening = None;
                    }
                }
                self.note(Happening::TabOpened {
                    target: info.target_id,
                    opener: info.opener_id,
                });
                Some(order)
            }
            "iframe" => {
                let epoch = self.tick();
                let tab = self.tab_of(parent)?;
                let target = tab.target.clone();
                if let Some(frame) = tab.frames.get_mut(&info.target_id) {
                    frame.session.clone_from(&session);
                    frame.epoch = epoch;
                }
                self.sessions.insert(session, target);
                Some(order)
            }
            "worker" => {
                let target = self.tab_of(parent)?.target.clone();
                self.sessions.insert(session.clone(), target);
                Some(Order::SetUpWorker { session })
            }
            _ => None,
        }
    }

    /// Counts a tab that a page opens though there are too many already.
    fn is_one_too_many(&mut self, info: &events::TargetInfo) -> bool {
        let is_full = self.tabs.len() >= TABS_MAX;
        let by = info.opener_id.as_ref().filter(|_| is_full);
        let Some(opener) = by.and_then(|by| self.tabs.iter_mut().find(|tab| tab.target == *by))
        else {
            return false;
        };
        opener.refused = opener.refused.saturating_add(1);
        opener.opening = None;
        true
    }

    fn detached(&mut self, session: String) -> Option<Order> {
        let target = self.sessions.remove(&session)?;
        let closed = self
            .tabs
            .iter()
            .any(|tab| tab.target == target && tab.session == session);
        if closed {
            self.tabs.retain(|tab| tab.target != target);
            self.sessions.retain(|_, of| *of != target);
            self.note(Happening::TabClosed { target });
        } else if let Some(tab) = self.tabs.iter_mut().find(|tab| tab.target == target) {
            tab.frames.retain(|_, frame| frame.session != session);
        }
        self.end_requests(&session);
        Some(Order::FailDetached { session })
    }

    fn crashed(&mut self, session: &str) -> Option<Order> {
        let tab = self.tab_of(session)?;
        if tab.session == session {
            tab.crashed = true;
            tab.dialog = None;
            for frame in tab.frames.values_mut() {
                frame.leaving = false;
                frame.ready = true;
            }
        }
        self.end_requests(session);
        Some(Order::FailCrashed {
            session: session.to_owned(),
        })
    }

    fn end_requests(&mut self, session: &str) {
        self.requests
            .retain(|r| r.session != session || r.ended.is_some());
    }

    /// A tab that one of ours opened becomes ours; all others are none of our business.
    fn target_created(&mut self, info: events::TargetInfo) -> Option<Order> {
        let opener = info.opener_id?;
        let is_ours = self.adopts && self.tab(&opener).is_some();
        let is_new = info.r#type == "page" && self.tab(&info.target_id).is_none();
        // What a person's own browser shows is closed by nobody here: it is only left alone.
        let is_new = is_new && self.tabs.len() < TABS_MAX;
        (is_ours && is_new).then_some(Order::Attach {
            target: info.target_id,
        })
    }

    fn target_changed(&mut self, info: events::TargetInfo) {
        if let Some(tab) = self.tabs.iter_mut().find(|t| t.target == info.target_id) {
            tab.url = info.url;
        }
    }

    fn frame_attached(&mut self, event: events::FrameAttached, session: &str) {
        let epoch = self.tick();
        let Some(tab) = self.tab_of(session) else {
            return;
        };
        if tab.frames.len() >= FRAMES_MAX || tab.frames.contains_key(&event.frame_id) {
            return;
        }
        let frame = Frame {
            id: event.frame_id.clone(),
            parent: Some(event.parent_frame_id),
            session: session.to_owned(),
            url: String::new(),
            loader: String::new(),
            epoch,
            ready: true,
            ready_at: None,
            leaving: false,
        };
        tab.frames.insert(event.frame_id, frame);
    }

    fn frame_navigated(&mut self, new: events::Frame, session: &str) {
        let epoch = self.tick();
        let Some(tab) = self.tab_of(session) else {
            return;
        };
        let known = tab.frames.get(&new.id);
        if known.is_none() && tab.frames.len() >= FRAMES_MAX {
            return;
        }
        // The root of an out-of-process frame does not say whose child it is.
        let parent = new
            .parent_id
            .or_else(|| known.and_then(|frame| frame.parent.clone()));
        let url = new.url + &new.url_fragment;
        let is_root = new.id == tab.target;
        if is_root {
            tab.url.clone_from(&url);
            tab.crashed = false;
        }
        let visited = is_root.then(|| origin(&url)).flatten();
        let frame = Frame {
            id: new.id.clone(),
            parent,
            session: session.to_owned(),
            ready: url == "about:blank",
            url,
            loader: new.loader_id,
            epoch,
            ready_at: None,
            leaving: false,
        };
        tab.frames.insert(new.id, frame);
        if let Some(origin) = visited
            && self.origins.len() < ORIGINS_MAX
            && !self.origins.contains(&origin)
        {
            self.origins.push(origin);
        }
    }

    /// Takes in the reply to `Page.getFrameTree` of `session`.
    pub(super) fn frame_tree(&mut self, tree: events::FrameTree, session: &str) {
        let mut open = vec![tree];
        while let Some(tree) = open.pop() {
            let known = self.tab_of(session).and_then(|tab| {
                let frame = tab.frames.get(&tree.frame.id)?;
                Some(frame.session == session && frame.loader == tree.frame.loader_id)
            });
            if known != Some(true) {
                self.frame_navigated(tree.frame, session);
            }
            open.extend(tree.child_frames);
        }
    }

    fn frame_detached(&mut self, event: &events::FrameDetached, session: &str) {
        let Some(tab) = self.tab_of(session) else {
            return;
        };
        // A swapped frame goes on living in another process and another session.
        if event.reason == "swap" {
            return;
        }
        let mut gone = vec![event.frame_id.clone()];
        while let Some(id) = gone.pop() {
            tab.frames.remove(&id);
            let children = tab
                .frames
                .values()
                .filter(|f| f.parent.as_ref() == Some(&id));
            gone.extend(children.map(|frame| frame.id.clone()));
        }
    }

    fn on_frame(&mut self, id: &str, session: &str, change: impl FnOnce(&mut Frame)) {
        if let Some(frame) = self.tab_of(session).and_then(|tab| tab.frames.get_mut(id)) {
            change(frame);
        }
    }

    fn navigated_within(&mut self, event: events::NavigatedWithin, session: &str) {
        let Some(tab) = self.tab_of(session) else {
            return;
        };
        if event.frame_id == tab.target {
            tab.url.clone_from(&event.url);
        }
        if let Some(frame) = tab.frames.get_mut(&event.frame_id) {
            frame.url = event.url;
            frame.leaving = false;
        }
    }

    fn lifecycle(&mut self, event: &events::Lifecycle, session: &str, time: Instant) {
        let ready = matches!(event.name.as_str(), "DOMContentLoaded" | "load");
        let is_top = |tab: &mut Tab| tab.target == event.frame_id;
        if ready && !self.tab_of(session).is_some_and(is_top) {
            // A document is asked for under its loader's name. The end of one that moves to another
            // process may be told before that one is listened to; its tree says the same.
            self.request_ended(&event.loader_id, session, time);
        }
        self.on_frame(&event.frame_id, session, |frame| {
            if ready && frame.loader == event.loader_id {
                frame.ready = true;
                frame.ready_at.get_or_insert(time);
            }
        });
    }

    fn navigation_asked(&mut self, event: &events::NavigationAsked, session: &str) {
        let loads = event.url.starts_with("http://") || event.url.starts_with("https://");
        if loads && event.disposition == "currentTab" {
            self.on_frame(&event.frame_id, session, |frame| frame.leaving = true);
        }
    }

    fn window_opens(&mut self, session: &str, time: Instant) {
        if let Some(tab) = self.tab_of(session) {
            tab.opening = Some(time);
        }
    }

    fn request_started(&mut self, event: events::RequestStarted, session: &str, time: Instant) {
        let at = self.tick();
        let Some(tab) = self.sessions.get(session).cloned() else {
            return;
        };
        let kind = match event.r#type.as_str() {
            "Document" => Kind::Document,
            // The script of a worker comes to its end in the worker.
            "Script" if event.loader_id.is_empty() => Kind::Other,
            "Script" | "Stylesheet" => Kind::Code,
            "XHR" => Kind::Xhr,
            "Fetch" => Kind::Fetch,
            _ => Kind::Other,
        };
        let url = url::Url::parse(&event.request.url).ok();
        let host = url
            .as_ref()
            .and_then(url::Url::host_str)
            .unwrap_or_default();
        if !url
            .as_ref()
            .is_some_and(|u| matches!(u.scheme(), "http" | "https" | "ftp"))
        {
            return;
        }
        // A redirect goes on under the same id: its earlier leg is over.
        self.request_ended(&event.request_id, session, time);
        if self.requests.len() >= REQUESTS_MAX {
            self.requests.pop_front();
        }
        self.requests.push_back(Request {
            at,
            session: session.to_owned(),
            id: event.request_id,
            tab,
            kind,
            method: untrusted::line(&event.request.method, 20),
            host: host.to_owned(),
            status: 0,
            started: time,
            ended: None,
            failed: String::new(),
        });
    }

    fn open_request(&mut self, id: &str, session: &str) -> Option<&mut Request> {
        let tab = self.sessions.get(session);
        // A frame's document is asked for in its parent's process and comes to its end in its own.
        let is_of =
            |r: &Request| r.session == session || r.kind == Kind::Document && Some(&r.tab) == tab;
        let open = |r: &&mut Request| r.ended.is_none() && r.id == id && is_of(r);
        self.requests.iter_mut().rev().find(open)
    }

    fn response_received(
        &mut self,
        event: &events::ResponseReceived,
        session: &str,
        time: Instant,
    ) {
        if let Some(request) = self.open_request(&event.request_id, session) {
            request.status = event.response.status;
            // Its end is not told when its body is never read, so its answer counts; a body that is
            // read, the page's own world tells of.
            if request.kind == Kind::Fetch {
                request.ended = Some(time);
            }
        }
    }

    fn request_ended(&mut self, id: &str, session: &str, time: Instant) {
        if let Some(request) = self.open_request(id, session) {
            request.ended = Some(time);
        }
    }
}

/// The origin of a page's address; none when it is no web page.
pub(super) fn origin(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    is_web.then(|| url.origin().ascii_serialization())
}

impl Tab {
    /// Whose document the frame `id` shows. What is written into a frame, or walled off by
    /// `sandbox`, is its server's, or else its parent's.
    pub(super) fn origin_of(&self, id: &str) -> Option<String> {
        let mut frame = self.frames.get(id)?;
        for _ in 0..FRAMES_MAX {
            if let Some(origin) = origin(&frame.url) {
                return Some(origin);
            }
            frame = self.frames.get(frame.parent.as_ref()?)?;
        }
        None
    }

    /// Returns the frame of the top document.
    pub(super) fn root(&self) -> Option<&Frame> {
        self.frames.get(&self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::told::{ROOT, TAB, told};

    #[test]
    fn a_frame_keeps_its_parent_when_it_moves_to_another_process() {
        let (state, orders) = told(&[
            TAB,
            ROOT,
            (
                "S",
                "Page.frameAttached",
                r#"{"frameId":"F","parentFrameId":"T"}"#,
            ),
            (
                "S",
                "Page.frameDetached",
                r#"{"frameId":"F","reason":"swap"}"#,
            ),
            (
                "S",
                "Target.attachedToTarget",
                r#"{"sessionId":"S2","targetInfo":{"targetId":"F","type":"iframe"}}"#,
            ),
            (
                "S2",
                "Page.frameNavigated",
                r#"{"frame":{"id":"F","url":"http://b/"}}"#,
            ),
        ]);
        let frame = &state.tabs[0].frames["F"];
        assert_eq!(
            (frame.parent.as_deref(), frame.session.as_str()),
            (Some("T"), "S2")
        );
        assert_eq!(orders.len(), 2);
    }

    #[test]
    fn the_document_of_a_frame_in_another_process_comes_to_its_end() {
        let asked = (
            "S",
            "Network.requestWillBeSent",
            r#"{"requestId":"L2","type":"Document","request":{"url":"http://b/","method":"GET"}}"#,
        );
        let moved = (
            "S",
            "Target.attachedToTarget",
            r#"{"sessionId":"S2","targetInfo":{"targetId":"F","type":"iframe"}}"#,
        );
        let ends = [
            ("S2", "Network.loadingFinished", r#"{"requestId":"L2"}"#),
            (
                "S2",
                "Page.lifecycleEvent",
                r#"{"frameId":"F","loaderId":"L2","name":"DOMContentLoaded"}"#,
            ),
        ];
        for end in ends {
            let (state, _) = told(&[TAB, ROOT, asked, moved, end]);
            assert!(state.requests.iter().all(|r| r.ended.is_some()), "{end:?}");
        }
    }

    #[test]
    fn what_is_written_into_a_frame_belongs_to_the_page_around_it() {
        let top = r#"{"frame":{"id":"T","url":"http://a/x"}}"#;
        let written = r#"{"frame":{"id":"F","parentId":"T","url":"about:srcdoc"}}"#;
        let inside = r#"{"frame":{"id":"G","parentId":"F","url":"data:text/html,x"}}"#;
        let other = r#"{"frame":{"id":"H","parentId":"F","url":"https://b:8/y"}}"#;
        let frames = [top, written, inside, other].map(|json| ("S", "Page.frameNavigated", json));
        let [top, written, inside, other] = frames;
        let (state, _) = told(&[TAB, top, written, inside, other]);
        let origins = ["T", "F", "G", "H", "X"].map(|id| state.tabs[0].origin_of(id));
        let a = || Some("http://a".to_owned());
        assert_eq!(
            origins,
            [a(), a(), a(), Some("https://b:8".to_owned()), None]
        );
    }

    #[test]
    fn a_closed_tab_takes_its_sessions_and_open_requests_along() {
        let (state, orders) = told(&[
            TAB,
            ROOT,
            (
                "S",
                "Network.requestWillBeSent",
                r#"{"requestId":"1","type":"XHR","request":{"url":"http://a/","method":"GET"}}"#,
            ),
            ("", "Target.detachedFromTarget", r#"{"sessionId":"S"}"#),
        ]);
        assert!(state.tabs.is_empty() && state.requests.is_empty());
        let session = "S".to_owned();
        assert_eq!(orders.last(), Some(&Order::FailDetached { session }));
    }

    #[test]
    fn a_page_that_floods_us_with_frames_and_requests_is_bounded() {
        let (mut state, _) = told(&[TAB, ROOT]);
        for n in 0..3_000 {
            let frame = format!(r#"{{"frameId":"F{n}","parentFrameId":"T"}}"#);
            let event = Event::decode("Page.frameAttached", &frame)
                .unwrap()
                .unwrap();
            state.apply(event, "S", Instant::now());
            let request = format!(
                r#"{{"requestId":"{n}","type":"XHR","request":{{"url":"http://a/","method":"GET"}}}}"#
            );
            let event = Event::decode("Network.requestWillBeSent", &request)
                .unwrap()
                .unwrap();
            state.apply(event, "S", Instant::now());
        }
        assert_eq!(state.tabs[0].frames.len(), FRAMES_MAX);
        assert_eq!(state.requests.len(), REQUESTS_MAX);
    }
}
