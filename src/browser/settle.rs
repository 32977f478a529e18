//! Waits until a page has done what an action made it do, never a fixed time: until its tasks at
//! hand are done where the page changed at once and put nothing off, one frame where something
//! shows with the next, else a barrier of two frames, then requests and navigations by cause.
//!
//! A request belongs to the action when it starts within 100 ms of it, or of the end of one that
//! does; pollers therefore do not hold. Short timers that a page sets when it is acted on are
//! waited for, and what they bring.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::driver::Driver;
use super::error::Error;
use super::glance::{Glance, Moment, glance};
use super::state::{Kind, State, Tab};
use super::timers::PutOff;
use super::world::{self, Here, Worlds};
use crate::deadline::{Deadline, Ended};

/// A request is caused by what came at most this long before it.
const CAUSE_WINDOW: Duration = Duration::from_millis(100);
/// How long the tree must stay as it is, in milliseconds.
const IDLE_MS: u32 = 40;
/// Longest wait for what an action set off; what is still under way then is reported.
const SETTLE_LIMIT: Duration = Duration::from_secs(5);
/// How long a document whose tree does not become complete is waited for; it can be used as it is.
pub(super) const LOADING_LIMIT: Duration = Duration::from_millis(1_500);
/// How long a frame's document is waited for until it is asked in a way that needs no timers.
const INNER_LIMIT: Duration = Duration::from_secs(1);
/// Rounds of timers that are waited for.
const TIMERS_MAX: usize = 3;
/// Longest wait for a tab that a page said it opens; a blocked popup never comes.
const TAB_LIMIT: Duration = Duration::from_secs(1);

/// A moment before an action, to tell what came after it.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// The tab acted on.
    pub(super) tab: String,
    /// [`State::now`] then.
    pub(super) at: u64,
    /// When the action began.
    pub(super) begun: Instant,
    /// When the action had been performed.
    pub(super) acted: Instant,
    /// Tabs that the tab had been refused.
    pub(super) refused: u32,
    /// The document's epoch and address.
    pub(super) epoch: u64,
    pub(super) url: String,
}

/// What moved in the document while it settled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Pulse {
    pub(super) near: u32,
    pub(super) elsewhere: u32,
    pub(super) focus: bool,
    pub(super) scrolled: bool,
    /// Fields whose value changed by itself: the walker's number, and what it shows.
    #[serde(default)]
    pub(super) values: Vec<(u32, String)>,
    /// Fields for which the browser held their form back: the walker's number, and what it says.
    #[serde(default)]
    pub(super) invalid: Vec<(u32, String)>,
}

/// How settling ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Settled {
    /// What moved in the document acted on; nothing is known when it is gone.
    pub(super) pulse: Pulse,
    /// Whether all came to rest within the limit.
    pub(super) calm: bool,
}

/// What holds an action up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Nothing,
    /// A document whose tree is not complete.
    Loading,
    /// A document on its way, or a request without an answer.
    Answer,
}

/// Says what the action set off and is still under way; `fired` are the times when timers that it
/// set were over.
pub(super) fn hold(state: &State, mark: &Mark, fired: &[Instant]) -> Hold {
    // A page that asks something goes on when it is answered.
    let rests = |tab: &&Tab| tab.crashed || tab.dialog.is_some();
    let Some(tab) = state.tab(&mark.tab).filter(|tab| !rests(tab)) else {
        return Hold::Nothing;
    };
    if tab.frames.values().any(|frame| frame.leaving) || has_cause(state, mark, (tab, fired)) {
        Hold::Answer
    } else if tab.root().is_some_and(|root| !root.ready) {
        Hold::Loading
    } else {
        Hold::Nothing
    }
}

/// Says whether a request that the action caused is unanswered.
fn has_cause(state: &State, mark: &Mark, (tab, fired): (&Tab, &[Instant])) -> bool {
    let mut causes = vec![mark.acted];
    causes.extend(fired);
    causes.extend(tab.root().and_then(|root| root.ready_at));
    let ours = state
        .requests
        .iter()
        .filter(|r| r.at > mark.at && r.tab == mark.tab);
    for request in ours.filter(|r| r.kind != Kind::Other) {
        let early = request.started <= mark.acted;
        let caused = causes.iter().any(|&cause| {
            request.started >= cause && request.started.duration_since(cause) <= CAUSE_WINDOW
        });
        if !(early || caused) {
            continue;
        }
        match request.ended {
            None => return true,
            Some(end) => causes.push(end),
        }
    }
    false
}

/// Waits until the tab of `mark` rests; `here` is the document that is watched for changes.
///
/// # Errors
/// [`Error::Gone`] and [`Error::Ended`]; a page that goes or crashes meanwhile just ends it.
pub(super) async fn settle(
    driver: &Driver,
    worlds: &mut Worlds,
    here: Option<&Here>,
    mark: &Mark,
    deadline: &Deadline,
) -> Result<Settled, Error> {
    let limit = deadline.child(SETTLE_LIMIT);
    let timers_max = match glances(driver, worlds, here, mark, &limit).await? {
        ControlFlow::Break(pulse) => return Ok(Settled { pulse, calm: true }),
        ControlFlow::Continue(rounds) => rounds,
    };
    let mut settled = Settled::default();
    let mut has_come = false;
    let mut watched = here.cloned();
    let mut fired = Vec::new();
    let mut timers = 0;
    loop {
        let first = watched.is_some();
        let place = match watched.clone() {
            Some(place) => Some(place),
            None => enter_root(driver, worlds, &mark.tab, &limit).await?,
        };
        if first && std::mem::take(&mut has_come) {
            let moment = (place.as_ref(), Moment::Come);
            if let Glance::Over(pulse) = glance(driver, worlds, moment, mark, &limit).await? {
                return Ok(Settled { pulse, calm: true });
            }
        }
        if let Some(place) = place {
            let kind = (!first, place.frame != mark.tab);
            match barrier(driver, &place, kind, &limit).await {
                Ok(seen) if first => settled.pulse = seen,
                Ok(_) => {}
                Err(Error::Gone) => return Err(Error::Gone),
                Err(Error::Blocked) => break,
                Err(Error::Ended(ended)) if deadline.is_over() => return Err(ended.into()),
                Err(Error::Ended(_)) => return Ok(settled),
                // The document went: the next one is watched.
                Err(_) => {
                    watched = None;
                    if !rest(driver, (mark, &fired), &limit).await? || limit.is_over() {
                        return Ok(settled);
                    }
                    continue;
                }
            }
        }
        if hold(&driver.state().borrow(), mark, &fired) != Hold::Nothing {
            if !rest(driver, (mark, &fired), &limit).await? {
                return Ok(settled);
            }
            has_come = true;
            continue;
        }
        if timers >= timers_max {
            break;
        }
        match put_off(driver, worlds, mark, &limit).await? {
            PutOff::Nothing => break,
            PutOff::Answer => {}
            PutOff::Timer => timers += 1,
        }
        // What the timer did began somewhat before it is told here.
        let now = Instant::now();
        fired.push(now.checked_sub(CAUSE_WINDOW / 2).unwrap_or(now));
    }
    settled.calm = true;
    let opened = |state: &State| state.tab(&mark.tab).is_none_or(|tab| opens_none(tab, mark));
    driver.wait_until(&limit.child(TAB_LIMIT), opened).await?;
    Ok(settled)
}

/// Glances at the page, before and after its next frame; breaks with what moved where that was all,
/// else says how many rounds of timers there may be.
async fn glances(
    driver: &Driver,
    worlds: &mut Worlds,
    here: Option<&Here>,
    mark: &Mark,
    limit: &Deadline,
) -> Result<ControlFlow<Pulse, usize>, Error> {
    let mut timers_max = TIMERS_MAX;
    let moments = here.map(|_| Moment::Soon).into_iter();
    for moment in moments.chain([Moment::Frame]) {
        match glance(driver, worlds, (here, moment), mark, limit).await? {
            Glance::Over(pulse) => return Ok(ControlFlow::Break(pulse)),
            // A timer would have been counted.
            Glance::NothingBegun => timers_max = 0,
            Glance::Unsure => timers_max = TIMERS_MAX,
        }
    }
    Ok(ControlFlow::Continue(timers_max))
}

/// Says whether every tab that the action asked for is there.
pub(super) fn opens_none(tab: &Tab, mark: &Mark) -> bool {
    tab.opening.is_none_or(|time| time < mark.begun)
}

/// Waits until nothing holds any more; a document that does not come to its end holds for a while
/// only. Says whether all came to rest.
async fn rest(
    driver: &Driver,
    (mark, fired): (&Mark, &[Instant]),
    limit: &Deadline,
) -> Result<bool, Error> {
    let is_answered = |state: &State| hold(state, mark, fired) != Hold::Answer;
    if !driver.wait_until(limit, is_answered).await? {
        return Ok(false);
    }
    let is_calm = |state: &State| hold(state, mark, fired) == Hold::Nothing;
    driver
        .wait_until(&limit.child(LOADING_LIMIT), is_calm)
        .await
}

/// Waits for what the page put off when it was acted on; says what there was.
async fn put_off(
    driver: &Driver,
    worlds: &Worlds,
    mark: &Mark,
    limit: &Deadline,
) -> Result<PutOff, Error> {
    // The top frame's id is its tab's.
    match worlds.wait_for_timers(driver, &mark.tab, limit).await {
        Err(Error::Ended(_)) => Ok(PutOff::Nothing),
        other => other,
    }
}

/// Enters the top document; none when it is closed, crashed or just going.
pub(super) async fn enter_root(
    driver: &Driver,
    worlds: &mut Worlds,
    tab: &str,
    limit: &Deadline,
) -> Result<Option<Here>, Error> {
    let root = {
        let state = driver.state();
        let state = state.borrow();
        let tab = state.tab(tab).filter(|tab| !tab.crashed);
        tab.and_then(Tab::root).cloned()
    };
    let Some(root) = root else {
        return Ok(None);
    };
    match worlds.enter(driver, &root, limit).await {
        Ok(here) => Ok(Some(here)),
        Err(Error::Gone) => Err(Error::Gone),
        Err(_) => Ok(None),
    }
}

async fn barrier(
    driver: &Driver,
    here: &Here,
    (is_new, is_inner): (bool, bool),
    limit: &Deadline,
) -> Result<Pulse, Error> {
    let script = format!("__legwork.barrier({IDLE_MS}, {is_new})");
    if !is_inner {
        return world::ask(driver, here, script, limit).await;
    }
    let sent = world::send(driver, here, script, limit).await?;
    match world::value(sent, &limit.child(INNER_LIMIT)).await {
        // Where a frame forbids scripts there is nothing to wait with either.
        Err(Error::Ended(Ended::TimedOut(_))) if !limit.is_over() => {
            world::ask(driver, here, "__legwork.changed()".to_owned(), limit).await
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::events::Event;

    /// Kind, begin and end of a request.
    type Sent<'a> = (&'a str, u64, Option<u64>);

    /// A tab whose requests begin and end at the given milliseconds after the action.
    fn busy_with(requests: &[Sent<'_>]) -> bool {
        let zero = Instant::now();
        let mut state = State::default();
        let mut tell = |method: &str, params: &str, ms: u64| {
            let event = Event::decode(method, params).unwrap().unwrap();
            state.apply(event, "S", zero + Duration::from_millis(ms));
        };
        tell(
            "Target.attachedToTarget",
            r#"{"sessionId":"S","targetInfo":{"targetId":"T","type":"page"}}"#,
            0,
        );
        tell(
            "Page.frameNavigated",
            r#"{"frame":{"id":"T","loaderId":"L","url":"about:blank"}}"#,
            0,
        );
        for (id, (kind, start, end)) in requests.iter().enumerate() {
            let request = format!(
                r#"{{"requestId":"{id}","type":"{kind}","request":{{"url":"http://a/","method":"GET"}}}}"#
            );
            tell("Network.requestWillBeSent", &request, *start);
            if let Some(end) = end {
                tell(
                    "Network.loadingFinished",
                    &format!(r#"{{"requestId":"{id}"}}"#),
                    *end,
                );
            }
        }
        let mark = Mark {
            tab: "T".to_owned(),
            at: 0,
            begun: zero,
            acted: zero,
            refused: 0,
            epoch: 0,
            url: String::new(),
        };
        hold(&state, &mark, &[]) == Hold::Answer
    }

    #[test]
    fn requests_hold_by_cause() {
        let table: [(&str, &[Sent<'_>], bool); 7] = [
            ("none", &[], false),
            ("one under way", &[("XHR", 10, None)], true),
            ("one answered", &[("XHR", 10, Some(300))], false),
            (
                "a chain under way",
                &[("XHR", 10, Some(300)), ("Fetch", 350, None)],
                true,
            ),
            ("a poller", &[("XHR", 250, None)], false),
            (
                "a poller after a chain",
                &[("XHR", 10, Some(300)), ("XHR", 450, None)],
                false,
            ),
            ("a picture", &[("Image", 10, None)], false),
        ];
        for (name, requests, is_held) in table {
            assert_eq!(busy_with(requests), is_held, "{name}");
        }
    }
}
