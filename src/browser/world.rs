//! Our script worlds in the documents of a tab, and the refs that name their nodes.
//!
//! Each document that can't be reached from another gets one isolated world with the walker in it.
//! The walker counts its elements from 1; here each gets a [`Ref`] of its own, never used again.

use std::collections::HashMap;

use chromiumoxide::cdp::browser_protocol::page::CreateIsolatedWorldParams;
use chromiumoxide::cdp::js_protocol::runtime::{
    CallFunctionOnParams, EvaluateParams, ExecutionContextId, RemoteObjectId,
    TerminateExecutionParams,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::driver::{Driver, Sent};
use super::error::Error;
use super::glance::Moment;
use super::state::Frame;
use super::timers::{self, PutOff};
use crate::action::Ref;
use crate::deadline::{Deadline, Ended};
use crate::untrusted;

const WALKER: &str = include_str!("walker.js");
const HEAL: &str = include_str!("heal.js");
const HANDS: &str = include_str!("hands.js");

/// Name of our worlds; pages can't see it.
const NAME: &str = "legwork";

/// Longest time given to stop a script that runs for ever.
const TERMINATE_LIMIT: std::time::Duration = std::time::Duration::from_secs(2);

/// Our world in one document.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Here {
    /// The frame that holds the document.
    pub(super) frame: String,
    /// Tells the document from those before and after it in the frame.
    pub(super) epoch: u64,
    /// The session that reaches it.
    pub(super) session: String,
    context: ExecutionContextId,
}

impl Here {
    /// Names the world in commands.
    pub(super) fn context_id(&self) -> ExecutionContextId {
        self.context
    }
}

#[derive(Debug)]
struct World {
    here: Here,
    /// The function of the page's own world that tells of its timers.
    timers: Option<RemoteObjectId>,
    /// Whether it was looked at already.
    seen: bool,
    /// By the walker's number.
    refs: HashMap<u32, Ref>,
}

/// Where a ref points.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) frame: String,
    pub(super) epoch: u64,
    pub(super) number: u32,
}

/// All our worlds.
#[derive(Debug, Default)]
pub(super) struct Worlds {
    by_frame: HashMap<String, World>,
    places: HashMap<Ref, Place>,
    last_ref: u32,
}

/// What `Runtime.evaluate` says, as far as we read it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Evaluated<T> {
    result: Remote<T>,
    exception_details: Option<Exception>,
}

#[derive(Debug, Deserialize)]
struct Remote<T> {
    value: Option<T>,
}

#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(default)]
    text: String,
    exception: Option<Thrown>,
}

#[derive(Debug, Deserialize)]
struct Thrown {
    #[serde(default)]
    description: String,
}

impl Worlds {
    /// Returns our world in the document of `frame`, made when it is not there yet.
    ///
    /// # Errors
    /// See [`Driver::call`]; the document may go while we enter it.
    pub(super) async fn enter(
        &mut self,
        driver: &Driver,
        frame: &Frame,
        deadline: &Deadline,
    ) -> Result<Here, Error> {
        if let Some(world) = self.by_frame.get(&frame.id)
            && world.here.epoch == frame.epoch
            && world.here.session == frame.session
        {
            return Ok(world.here.clone());
        }
        self.forget(&frame.id);
        let params = CreateIsolatedWorldParams {
            frame_id: frame.id.clone().into(),
            world_name: Some(NAME.to_owned()),
            grant_univeral_access: None,
        };
        let made = driver.call(Some(&frame.session), params, deadline).await?;
        let here = Here {
            frame: frame.id.clone(),
            epoch: frame.epoch,
            session: frame.session.clone(),
            context: made.execution_context_id,
        };
        let source = format!("{WALKER}\n{HEAL}\n{HANDS}\ntrue");
        let timers = timers::watch(driver, frame, deadline).await?;
        let _: bool = ask(driver, &here, source, deadline).await?;
        let timers = match timers {
            // A page may have broken what this stands on; it is done without then.
            Some(sent) => sent
                .wait(deadline)
                .await
                .ok()
                .and_then(|made| made.result.object_id),
            None => None,
        };
        let world = World {
            here: here.clone(),
            timers,
            seen: false,
            refs: HashMap::new(),
        };
        self.by_frame.insert(frame.id.clone(), world);
        Ok(here)
    }

    /// Waits for what the page of `frame` put off while it handled what a user did, and says what
    /// there was of it.
    ///
    /// # Errors
    /// [`Error::Gone`] and [`Error::Ended`]; a page that goes meanwhile has put nothing off.
    pub(super) async fn wait_for_timers(
        &self,
        driver: &Driver,
        frame: &str,
        deadline: &Deadline,
    ) -> Result<PutOff, Error> {
        let waited = match self.send_timers(driver, frame, "this()", deadline).await {
            Ok(Some(sent)) => value(sent, deadline).await,
            Ok(None) => return Ok(PutOff::Nothing),
            Err(error) => Err(error),
        };
        match waited {
            Err(error @ (Error::Gone | Error::Ended(_))) => Err(error),
            Ok(had) => Ok(had),
            Err(_) => Ok(PutOff::Nothing),
        }
    }

    /// Asks the page of `frame` what it began and did not finish by `moment`; none where that can't
    /// be known.
    ///
    /// # Errors
    /// See [`Driver::send`].
    pub(super) async fn ask_begun(
        &self,
        driver: &Driver,
        frame: &str,
        moment: Moment,
        deadline: &Deadline,
    ) -> Result<Option<Sent<Evaluated<u32>>>, Error> {
        let call = match moment {
            Moment::Soon => "this('soon')",
            Moment::Frame | Moment::Come => "this('frame')",
        };
        self.send_timers(driver, frame, call, deadline).await
    }

    async fn send_timers<R: DeserializeOwned>(
        &self,
        driver: &Driver,
        frame: &str,
        call: &str,
        deadline: &Deadline,
    ) -> Result<Option<Sent<Evaluated<R>>>, Error> {
        let Some(world) = self.by_frame.get(frame) else {
            return Ok(None);
        };
        let Some(timers) = &world.timers else {
            return Ok(None);
        };
        let call = CallFunctionOnParams {
            object_id: Some(timers.clone()),
            await_promise: Some(true),
            return_by_value: Some(true),
            silent: Some(true),
            ..CallFunctionOnParams::new(format!("function() {{ return {call} }}"))
        };
        let session = Some(world.here.session.as_str());
        driver.send_for(session, call, deadline).await.map(Some)
    }

    /// Says whether the document of `frame` is looked at for the first time.
    pub(super) fn is_first_look(&mut self, frame: &str) -> bool {
        let world = self.by_frame.get_mut(frame);
        world.is_some_and(|world| !std::mem::replace(&mut world.seen, true))
    }

    /// Forgets the world of `frame` and with it the refs into it.
    pub(super) fn forget(&mut self, frame: &str) {
        if let Some(world) = self.by_frame.remove(frame) {
            for name in world.refs.values() {
                self.places.remove(name);
            }
        }
    }

    /// Forgets the worlds of frames that are not `alive`.
    pub(super) fn keep(&mut self, alive: impl Fn(&str) -> bool) {
        let gone: Vec<String> = self
            .by_frame
            .keys()
            .filter(|frame| !alive(frame))
            .cloned()
            .collect();
        for frame in gone {
            self.forget(&frame);
        }
    }

    /// Returns the ref of the walker's element `number` in `frame`.
    pub(super) fn name(&mut self, frame: &str, number: u32) -> Option<Ref> {
        let world = self.by_frame.get_mut(frame)?;
        if let Some(&name) = world.refs.get(&number) {
            return Some(name);
        }
        self.last_ref += 1;
        let name = Ref(self.last_ref);
        world.refs.insert(number, name);
        let place = Place {
            frame: frame.to_owned(),
            epoch: world.here.epoch,
            number,
        };
        self.places.insert(name, place);
        Some(name)
    }

    /// Gives out no ref that `other` gave out.
    pub(super) fn go_on_from(&mut self, other: &Self) {
        self.last_ref = self.last_ref.max(other.last_ref);
    }

    /// Returns where `name` points, while its document is there.
    pub(super) fn place(&self, name: Ref) -> Option<&Place> {
        self.places.get(&name)
    }

    /// Says whether `name` was ever given out.
    pub(super) fn was_given(&self, name: Ref) -> bool {
        name.0 > 0 && name.0 <= self.last_ref
    }
}

/// Sends `expression` to be evaluated in `here`, its promise awaited.
///
/// # Errors
/// See [`Driver::send`].
pub(super) async fn send<R: DeserializeOwned>(
    driver: &Driver,
    here: &Here,
    expression: String,
    deadline: &Deadline,
) -> Result<Sent<Evaluated<R>>, Error> {
    let params = EvaluateParams {
        context_id: Some(here.context),
        await_promise: Some(true),
        return_by_value: Some(true),
        silent: Some(true),
        ..EvaluateParams::new(expression)
    };
    driver.send_for(Some(&here.session), params, deadline).await
}

/// Waits for the value of an evaluation.
///
/// # Errors
/// [`Error::Refused`] when the script threw, else see [`Driver::call`].
pub(super) async fn value<R: DeserializeOwned>(
    sent: Sent<Evaluated<R>>,
    deadline: &Deadline,
) -> Result<R, Error> {
    let refused = |message: String| Error::Refused {
        method: "Runtime.evaluate".to_owned(),
        message,
    };
    let evaluated = sent.wait(deadline).await?;
    if let Some(exception) = evaluated.exception_details {
        let thrown = exception.exception.map(|thrown| thrown.description);
        let text = thrown
            .filter(|text| !text.is_empty())
            .unwrap_or(exception.text);
        return Err(refused(untrusted::line(&text, 300)));
    }
    let value = evaluated.result.value;
    value.ok_or_else(|| refused("the script gave no value".to_owned()))
}

/// Evaluates `expression` in `here`; a page whose script never ends is stopped, so that it can be
/// worked again.
///
/// # Errors
/// See [`value`].
pub(super) async fn ask<R: DeserializeOwned>(
    driver: &Driver,
    here: &Here,
    expression: String,
    deadline: &Deadline,
) -> Result<R, Error> {
    let sent = send(driver, here, expression, deadline).await?;
    let result = value(sent, deadline).await;
    if matches!(result, Err(Error::Ended(Ended::TimedOut(_)))) {
        stop_script(driver, &here.session, deadline).await?;
    }
    result
}

/// Stops the script that keeps a page busy.
///
/// # Errors
/// Only [`Error::Gone`]; a page that does not even stop stays busy.
pub(super) async fn stop_script(
    driver: &Driver,
    session: &str,
    deadline: &Deadline,
) -> Result<(), Error> {
    let limit = deadline.child(TERMINATE_LIMIT);
    let stopped = driver
        .call(Some(session), TerminateExecutionParams::default(), &limit)
        .await;
    match stopped {
        Err(Error::Gone) => Err(Error::Gone),
        Ok(_) | Err(_) => Ok(()),
    }
}
