//! How frames hang together: which need a world of their own, and where their elements are.

use std::collections::HashMap;

use chromiumoxide::cdp::browser_protocol::dom::{GetFrameOwnerParams, ResolveNodeParams};
use chromiumoxide::cdp::js_protocol::runtime::CallFunctionOnParams;

use super::Browser;
use super::error::Error;
use super::state::Frame;
use super::wire::Walked;
use super::world;
use crate::deadline::Deadline;

/// The documents walked so far, by frame.
pub(super) type Walks = HashMap<String, Walked>;

/// How a frame hangs in the page.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    /// Epoch of the frame's document and of the one that holds it, when this was found.
    epochs: (u64, u64),
    /// The frame whose walker sees the frame's element.
    host: String,
    /// That walker's number of the element.
    number: u32,
    /// Whether the walker can't go inside, so that the frame needs a world of its own.
    foreign: bool,
}

impl Browser {
    /// Forgets what is known of frames whose document, or the one around it, is another by now.
    pub(super) fn keep_owners(&mut self, frames: &HashMap<String, Frame>) {
        let epoch = |frame: &str| frames.get(frame).map(|frame| frame.epoch);
        self.owners.retain(|id, owner| {
            epoch(id) == Some(owner.epochs.0) && epoch(&owner.host) == Some(owner.epochs.1)
        });
    }

    /// Says whether the frame is known to need a world of its own.
    pub(super) fn is_foreign(&self, frame: &str) -> bool {
        self.owners.get(frame).is_some_and(|owner| owner.foreign)
    }

    pub(super) fn foreign_frames(&self) -> Vec<String> {
        let foreign = self.owners.iter().filter(|(_, owner)| owner.foreign);
        foreign.map(|(id, _)| id.clone()).collect()
    }

    /// Returns the topmost frame that the session of `frame` reaches.
    pub(super) fn session_root(&self, frame: &Frame) -> String {
        let state = self.driver.state();
        let state = state.borrow();
        let Some(tab) = state.tab(&self.current) else {
            return frame.id.clone();
        };
        let mut root = frame;
        while let Some(parent) = root.parent.as_ref().and_then(|id| tab.frames.get(id)) {
            if parent.session != frame.session {
                break;
            }
            root = parent;
        }
        root.id.clone()
    }

    /// Finds the frames that the walks could not enter and that are not known yet.
    pub(super) async fn find_foreign(
        &mut self,
        frames: &HashMap<String, Frame>,
        walks: &Walks,
        deadline: &Deadline,
    ) -> Result<Vec<String>, Error> {
        let closed: usize = walks.values().map(Walked::closed).sum();
        let known = self.owners.values().filter(|owner| owner.foreign).count();
        if closed <= known {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let unknown = frames.values().filter(|f| !self.owners.contains_key(&f.id));
        let unknown: Vec<Frame> = unknown.cloned().collect();
        for frame in unknown {
            match self.find_owner(&frame, frames, walks, deadline).await {
                Ok(Some(owner)) => {
                    if owner.foreign {
                        found.push(frame.id.clone());
                    }
                    self.owners.insert(frame.id, owner);
                }
                Ok(None) => {}
                Err(error) if error.is_fatal() || deadline.is_over() => return Err(error),
                Err(error) => tracing::debug!(%error, "a frame has no element"),
            }
        }
        Ok(found)
    }

    async fn find_owner(
        &mut self,
        frame: &Frame,
        frames: &HashMap<String, Frame>,
        walks: &Walks,
        deadline: &Deadline,
    ) -> Result<Option<Owner>, Error> {
        let Some(parent) = frame.parent.as_ref().and_then(|id| frames.get(id)) else {
            return Ok(None);
        };
        // The element may lie in a document that another one's walker reaches.
        let mut host = parent;
        while !walks.contains_key(&host.id) {
            let outer = host.parent.as_ref().and_then(|id| frames.get(id));
            match outer.filter(|outer| outer.session == host.session) {
                Some(outer) => host = outer,
                None => return Ok(None),
            }
        }
        let here = self.worlds.enter(&self.driver, host, deadline).await?;
        let session = Some(parent.session.as_str());
        let owner = GetFrameOwnerParams::new(frame.id.clone());
        let owner = self.driver.call(session, owner, deadline).await?;
        let resolve = ResolveNodeParams {
            backend_node_id: Some(owner.backend_node_id),
            execution_context_id: Some(here.context_id()),
            ..ResolveNodeParams::default()
        };
        let node = self.driver.call(session, resolve, deadline).await?.object;
        let call = CallFunctionOnParams {
            object_id: node.object_id,
            return_by_value: Some(true),
            ..CallFunctionOnParams::new("function() { return __legwork.number(this) }")
        };
        let sent = self.driver.send_for(session, call, deadline).await?;
        let number: u32 = world::value(sent, deadline).await?;
        let foreign = walks
            .get(&host.id)
            .is_some_and(|walked| walked.is_closed(number));
        Ok(Some(Owner {
            epochs: (frame.epoch, host.epoch),
            host: host.id.clone(),
            number,
            foreign,
        }))
    }

    /// Returns the frame whose walker sees the element of the foreign frame `inner`, and its number.
    pub(super) fn host_of(&self, inner: &str) -> Option<(Frame, u32)> {
        let owner = self.owners.get(inner).filter(|owner| owner.foreign)?;
        let state = self.driver.state();
        let state = state.borrow();
        let host = state.tab(&self.current)?.frames.get(&owner.host)?;
        Some((host.clone(), owner.number))
    }

    pub(super) fn frame_at(&self, host: &str, number: u32) -> Option<String> {
        let mut owners = self.owners.iter();
        owners
            .find(|(_, owner)| owner.host == host && owner.number == number)
            .map(|(id, _)| id.clone())
    }
}
