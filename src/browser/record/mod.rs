//! What happened on the pages: requests and console messages, kept as they came and read on demand.
//!
//! The browser's events are kept as text in two rings with a limit in bytes, and decoded only when
//! somebody asks, so that nobody pays for what nobody reads. Console messages are not even sent
//! before the first question: the browser keeps those of a page and tells them then.

mod har;
mod mask;
mod messages;
mod requests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use chromiumoxide::cdp::browser_protocol::{log, network};
use chromiumoxide::cdp::js_protocol::runtime;
use serde::{Deserialize, Serialize};

use self::requests::Exchange;
use super::Browser;
use super::error::Error;
use crate::action::{
    ConsoleLog, Outcome, Output, ReadConsole, ReadRequests, RequestDetail, RequestLog,
};
use crate::deadline::Deadline;
use crate::untrusted;

/// Bytes of events about requests that are kept: those of some thousand requests.
const TRAFFIC_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of console messages that are kept.
const MESSAGES_BYTES_MAX: usize = 1024 * 1024;
/// Longest event kept: one with a picture in its address is longer, and no one reads it.
const EVENT_BYTES_MAX: usize = 128 * 1024;
/// Longest time for a page to tell its console messages; a page that hangs can't.
const LISTEN_LIMIT: Duration = Duration::from_secs(3);
/// Longest body shown with one request, in bytes.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// Bytes of bodies put into one archive.
const ARCHIVE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Whether secrets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secrets {
    /// Passwords, tokens and cookies are replaced by `***`.
    #[default]
    Masked,
    /// Everything is shown as it was sent; only where a person asks for it.
    Shown,
}

/// Whether an archive holds what requests and answers carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bodies {
    /// Only their sizes.
    #[default]
    Left,
    /// As far as the browser still has them.
    Taken,
}

/// What the driver writes down while it works.
#[derive(Debug)]
pub(super) struct Record {
    traffic: Ring,
    messages: Ring,
    /// Whether pages tell their console messages as they come.
    listening: bool,
    /// Set while the person works the page: what is typed then is nobody's business.
    paused: bool,
}

/// One event as it came.
#[derive(Debug, Clone)]
struct Kept {
    /// Counts the requests, or the messages.
    number: u32,
    session: Arc<str>,
    method: Told,
    params: Box<str>,
}

/// The events that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    WillBeSent,
    SentExtra,
    Received,
    ReceivedExtra,
    Cached,
    Finished,
    Failed,
    Console,
    Thrown,
    Entry,
}

impl Told {
    fn of(method: &str) -> Option<Self> {
        Some(match method {
            "Network.requestWillBeSent" => Self::WillBeSent,
            "Network.requestWillBeSentExtraInfo" => Self::SentExtra,
            "Network.responseReceived" => Self::Received,
            "Network.responseReceivedExtraInfo" => Self::ReceivedExtra,
            "Network.requestServedFromCache" => Self::Cached,
            "Network.loadingFinished" => Self::Finished,
            "Network.loadingFailed" => Self::Failed,
            "Runtime.consoleAPICalled" => Self::Console,
            "Runtime.exceptionThrown" => Self::Thrown,
            "Log.entryAdded" => Self::Entry,
            _ => return None,
        })
    }

    fn is_message(self) -> bool {
        matches!(self, Self::Console | Self::Thrown | Self::Entry)
    }

    /// Whether it begins something that is counted.
    fn is_first(self) -> bool {
        self.is_message() || self == Self::WillBeSent
    }
}

/// Events up to a number of bytes; the oldest go first.
#[derive(Debug)]
struct Ring {
    kept: VecDeque<Kept>,
    bytes: usize,
    bytes_max: usize,
    last: u32,
    dropped: u64,
}

impl Ring {
    fn new(bytes_max: usize) -> Self {
        Self {
            kept: VecDeque::new(),
            bytes: 0,
            bytes_max,
            last: 0,
            dropped: 0,
        }
    }

    fn push(&mut self, method: Told, params: &str, session: &str) {
        if method.is_first() {
            self.last = self.last.saturating_add(1);
        }
        if params.len() > EVENT_BYTES_MAX {
            self.dropped += u64::from(method.is_first());
            return;
        }
        self.bytes += params.len();
        while self.bytes > self.bytes_max {
            let Some(oldest) = self.kept.pop_front() else {
                break;
            };
            self.bytes -= oldest.params.len();
            self.dropped += u64::from(oldest.method.is_first());
        }
        let known = self.kept.back().map(|last| &last.session);
        let session = match known {
            Some(last) if **last == *session => Arc::clone(last),
            Some(_) | None => Arc::from(session),
        };
        self.kept.push_back(Kept {
            number: self.last,
            session,
            method,
            params: params.into(),
        });
    }
}

impl Default for Record {
    fn default() -> Self {
        Self {
            traffic: Ring::new(TRAFFIC_BYTES_MAX),
            messages: Ring::new(MESSAGES_BYTES_MAX),
            listening: false,
            paused: false,
        }
    }
}

impl Record {
    /// Keeps the event `method` when it is one of ours.
    pub(super) fn note(&mut self, method: &str, params: &str, session: &str) {
        let Some(told) = Told::of(method).filter(|_| !self.paused) else {
            return;
        };
        let ring = if told.is_message() {
            &mut self.messages
        } else {
            &mut self.traffic
        };
        ring.push(told, params, session);
    }

    /// Says whether new pages are to tell their console messages.
    pub(super) fn is_listening(&self) -> bool {
        self.listening
    }

    /// Stops keeping, or goes on; what is told meanwhile is not kept.
    pub(super) fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    fn exchanges(&self) -> Vec<Exchange> {
        requests::read(self.traffic.kept.iter())
    }
}

/// The commands by which a page tells its console messages, those so far first.
pub(super) fn listening() -> (runtime::EnableParams, log::EnableParams) {
    (
        runtime::EnableParams::default(),
        log::EnableParams::default(),
    )
}

impl Browser {
    /// Reads the console of the pages, as far as it was kept.
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Ended`]; a page that hangs merely tells nothing.
    pub async fn console(
        &mut self,
        wanted: &ReadConsole,
        deadline: &Deadline,
    ) -> Result<ConsoleLog, Error> {
        self.listen(deadline).await?;
        let wanted = wanted.clone();
        let read = move |record: &mut Record| ConsoleLog {
            messages: messages::read(record.messages.kept.iter(), &wanted),
            dropped: record.messages.dropped,
        };
        self.driver.with_record(read).await
    }

    /// Has all pages tell their console messages, and waits for those they had.
    async fn listen(&mut self, deadline: &Deadline) -> Result<(), Error> {
        let was = |record: &mut Record| std::mem::replace(&mut record.listening, true);
        if self.driver.with_record(was).await? {
            // What was written just now is told before this is answered.
            let limit = deadline.child(LISTEN_LIMIT);
            self.driver.drain(&self.sessions(), &limit).await?;
            return Ok(());
        }
        let limit = deadline.child(LISTEN_LIMIT);
        let mut under_way = Vec::new();
        for session in self.sessions() {
            let (scripts, entries) = listening();
            let session = Some(session.as_str());
            under_way.push(self.driver.send(session, scripts, &limit).await?);
            // Answered in their order, so waiting for one is enough.
            drop(self.driver.send(session, entries, &limit).await?);
        }
        for sent in under_way {
            match sent.wait(&limit).await {
                Err(Error::Gone) => return Err(Error::Gone),
                Err(Error::Ended(ended)) if deadline.is_over() => return Err(ended.into()),
                Ok(_) | Err(_) => {}
            }
        }
        self.driver.drain(&self.sessions(), &limit).await
    }

    /// Lists the requests that pages sent, as far as they were kept.
    ///
    /// # Errors
    /// [`Error::Gone`].
    pub async fn requests(&mut self, wanted: &ReadRequests) -> Result<RequestLog, Error> {
        let wanted = wanted.clone();
        let read = move |record: &mut Record| (record.exchanges(), record.traffic.dropped);
        let (exchanges, dropped) = self.driver.with_record(read).await?;
        let rules = self.driver.ruled().await?;
        let listed = exchanges
            .iter()
            .map(|exchange| exchange.info(Secrets::Masked, &rules))
            .filter(|info| requests::is_wanted(info, &wanted))
            .collect();
        Ok(RequestLog {
            requests: listed,
            dropped,
        })
    }

    /// Tells all that is known of request `number`; none when it is not kept.
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Ended`]; a body that is no longer there is said in the note.
    pub async fn request(
        &mut self,
        number: u32,
        secrets: Secrets,
        deadline: &Deadline,
    ) -> Result<Option<RequestDetail>, Error> {
        let find = move |record: &mut Record| {
            let mut exchanges = record.exchanges().into_iter();
            exchanges.find(|exchange| exchange.number == number)
        };
        let Some(mut exchange) = self.driver.with_record(find).await? else {
            return Ok(None);
        };
        let body = self.bodies(&mut exchange, deadline).await?;
        let rules = self.driver.ruled().await?;
        Ok(Some(requests::detail(&exchange, body, secrets, &rules)))
    }

    /// Fetches what `exchange` sent into it, and returns what came back.
    async fn bodies(
        &mut self,
        exchange: &mut Exchange,
        deadline: &Deadline,
    ) -> Result<Result<Body, String>, Error> {
        let session = exchange.session.to_string();
        if exchange.has_post && exchange.post.is_none() {
            let params = network::GetRequestPostDataParams::new(exchange.id.clone());
            let sent = self.driver.call(Some(&session), params, deadline).await;
            exchange.post = bearable(sent, deadline)?.map(|sent| sent.post_data).ok();
        }
        if exchange.ended.is_none() {
            return Ok(Err("the answer is not there yet".to_owned()));
        }
        let params = network::GetResponseBodyParams::new(exchange.id.clone());
        let came = self.driver.call(Some(&session), params, deadline).await;
        let Ok(came) = bearable(came, deadline)? else {
            return Ok(Err("the browser no longer has the answer's body".to_owned()));
        };
        if !came.base64_encoded {
            return Ok(Ok(Body::Text(came.body)));
        }
        let bytes = base64::engine::general_purpose::STANDARD.decode(&came.body);
        Ok(bytes
            .map(Body::Bytes)
            .map_err(|_| "the answer's body can't be read".to_owned()))
    }

    /// Writes all that is kept as an HTTP archive (HAR 1.2).
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Ended`].
    pub async fn har(
        &mut self,
        secrets: Secrets,
        bodies: Bodies,
        deadline: &Deadline,
    ) -> Result<String, Error> {
        let mut exchanges = self.driver.with_record(|record| record.exchanges()).await?;
        let mut room = ARCHIVE_BYTES_MAX;
        let mut entries = Vec::with_capacity(exchanges.len());
        for exchange in &mut exchanges {
            let mut body = None;
            if bodies == Bodies::Taken && room > 0 {
                body = self.bodies(exchange, deadline).await?.ok();
                room = room.saturating_sub(body.as_ref().map_or(0, Body::len));
            }
            entries.push(har::entry(exchange, body.as_ref(), secrets));
        }
        Ok(har::archive(&entries))
    }

    /// Reads the console for a planner.
    pub(super) async fn tell_console(
        &mut self,
        wanted: &ReadConsole,
        deadline: &Deadline,
    ) -> Result<Outcome, Error> {
        let log = self.console(wanted, deadline).await?;
        let summary = counted(log.messages.len(), "message", log.dropped);
        Ok(Outcome::done(summary).with(Output::Console(log)))
    }

    /// Lists requests for a planner, or tells of one; secrets are masked.
    pub(super) async fn tell_requests(
        &mut self,
        wanted: &ReadRequests,
        deadline: &Deadline,
    ) -> Result<Outcome, Error> {
        let Some(number) = wanted.number else {
            let log = self.requests(wanted).await?;
            let summary = counted(log.requests.len(), "request", log.dropped);
            return Ok(Outcome::done(summary).with(Output::Requests(log)));
        };
        let found = self.request(number, Secrets::Masked, deadline).await?;
        Ok(match found {
            Some(detail) => {
                let summary = format!("request {number}");
                Outcome::done(summary).with(Output::Request(Box::new(detail)))
            }
            None => Outcome::failed(
                format!("there is no request {number}"),
                "list the requests first",
            ),
        })
    }

    /// Stops keeping what happens while the person works the page, or goes on.
    ///
    /// # Errors
    /// [`Error::Gone`].
    pub(super) async fn look_away(&mut self, away: bool) -> Result<(), Error> {
        let pause = move |record: &mut Record| record.pause(away);
        self.driver.with_record(pause).await
    }

    /// All sessions of all tabs.
    pub(super) fn sessions(&self) -> Vec<String> {
        let state = self.driver.state();
        let state = state.borrow();
        let mut sessions: Vec<String> = Vec::new();
        for tab in state.tabs.iter().filter(|tab| !tab.crashed) {
            sessions.push(tab.session.clone());
            sessions.extend(tab.frames.values().map(|frame| frame.session.clone()));
        }
        sessions.sort();
        sessions.dedup();
        sessions
    }
}

/// What an answer carried.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Body {
    Text(String),
    Bytes(Vec<u8>),
}

impl Body {
    fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }
}

/// Lets only the end of the browser or of the time be an error; what is refused is just not there.
fn bearable<T>(reply: Result<T, Error>, deadline: &Deadline) -> Result<Result<T, ()>, Error> {
    match reply {
        Ok(reply) => Ok(Ok(reply)),
        Err(error) if error.is_fatal() || deadline.is_over() => Err(error),
        Err(_) => Ok(Err(())),
    }
}

/// Says how many there are, and how many older ones were not kept.
fn counted(count: usize, what: &str, dropped: u64) -> String {
    let plural = if count == 1 { "" } else { "s" };
    if dropped == 0 {
        return format!("{count} {what}{plural}");
    }
    format!("{count} {what}{plural}; {dropped} older ones were not kept")
}

/// Cuts `text` to `bytes_max` at a character's end; says whether it did.
fn cut(text: &str, bytes_max: usize) -> (String, bool) {
    if text.len() <= bytes_max {
        return (untrusted::block(text), false);
    }
    let end = (0..=bytes_max).rev().find(|&at| text.is_char_boundary(at));
    let kept = text.get(..end.unwrap_or(0)).unwrap_or_default();
    (untrusted::block(kept), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_bounded_in_bytes_and_what_is_lost_is_counted() {
        let mut record = Record::default();
        let text = "x".repeat(1_000);
        for n in 0..20_000 {
            let params = format!(r#"{{"type":"log","args":[{{"value":"{n} {text}"}}]}}"#);
            record.note("Runtime.consoleAPICalled", &params, "S");
        }
        assert!(record.messages.bytes <= MESSAGES_BYTES_MAX);
        let kept = u64::try_from(record.messages.kept.len()).unwrap();
        assert_eq!(record.messages.dropped + kept, 20_000);
        let huge = format!(r#"{{"u":"{}"}}"#, "x".repeat(EVENT_BYTES_MAX));
        record.note("Network.requestWillBeSent", &huge, "S");
        record.note("Network.somethingNew", "{}", "S");
        assert_eq!((record.traffic.dropped, record.traffic.kept.len()), (1, 0));
    }

    #[test]
    fn nothing_is_kept_while_the_person_works_the_page() {
        let mut record = Record::default();
        record.pause(true);
        record.note("Network.requestWillBeSent", "{}", "S");
        record.note("Log.entryAdded", "{}", "S");
        assert!(record.traffic.kept.is_empty() && record.messages.kept.is_empty());
    }
}
