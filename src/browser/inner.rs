//! The page's own worlds in frames, where alone its listeners can be seen.
//!
//! A session's own world is that of its topmost frame; those of the frames in it are found once for
//! each of their documents.

use chromiumoxide::cdp::browser_protocol::dom::{
    BackendNodeId, DescribeNodeParams, GetFrameOwnerParams, ResolveNodeParams,
};
use chromiumoxide::cdp::js_protocol::runtime::{CallFunctionOnParams, ExecutionContextId};
use serde::Deserialize;

use super::Browser;
use super::error::Error;
use super::state::Frame;
use super::world::{self, Here};
use crate::deadline::Deadline;

/// Frames of one document whose listeners are looked at; advertisements have many.
const INNER_MAX: usize = 12;

/// The page's own world in a frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inner {
    /// Epochs of the frame's document and of the one whose walker sees it, when this was found.
    epochs: (u64, u64),
    /// That walker's number of the frame's element.
    pub(super) number: u32,
    /// None where it can't be known.
    pub(super) context: Option<ExecutionContextId>,
}

/// What `DOM.describeNode` says of a frame's element, as far as we read it.
#[derive(Debug, Deserialize)]
struct Described {
    node: Owner,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    content_document: Option<Content>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    backend_node_id: i64,
}

impl Browser {
    /// Returns the page's own worlds in the frames that the walker of `outer` may enter.
    pub(super) async fn inner_worlds(
        &mut self,
        outer: &Here,
        frames: &[Frame],
        deadline: &Deadline,
    ) -> Result<Vec<Inner>, Error> {
        let mut found = Vec::new();
        for frame in frames.iter().take(INNER_MAX) {
            let epochs = (frame.epoch, outer.epoch);
            let known = self.inner.get(&frame.id).copied();
            if let Some(known) = known.filter(|inner| inner.epochs == epochs) {
                found.push(known);
                continue;
            }
            let inner = match self.find_inner(outer, frame, deadline).await {
                Ok((number, context)) => Inner {
                    epochs,
                    number,
                    context,
                },
                Err(error) if error.is_fatal() || deadline.is_over() => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, "a frame's own world can't be found");
                    Inner {
                        epochs,
                        number: 0,
                        context: None,
                    }
                }
            };
            self.inner.insert(frame.id.clone(), inner);
            found.push(inner);
        }
        Ok(found)
    }

    async fn find_inner(
        &self,
        outer: &Here,
        frame: &Frame,
        deadline: &Deadline,
    ) -> Result<(u32, Option<ExecutionContextId>), Error> {
        let session = Some(outer.session.as_str());
        let owner = GetFrameOwnerParams::new(frame.id.clone());
        let owner = self.driver.call(session, owner, deadline).await?;
        let resolve = ResolveNodeParams {
            backend_node_id: Some(owner.backend_node_id),
            execution_context_id: Some(outer.context_id()),
            ..ResolveNodeParams::default()
        };
        let element = self.driver.send(session, resolve, deadline).await?;
        let describe = DescribeNodeParams {
            backend_node_id: Some(owner.backend_node_id),
            depth: Some(1),
            pierce: Some(true),
            ..DescribeNodeParams::default()
        };
        let described = self.driver.send_for(session, describe, deadline).await?;
        let element = element.wait(deadline).await?.object;
        let described: Described = described.wait(deadline).await?;
        let number = CallFunctionOnParams {
            object_id: element.object_id,
            return_by_value: Some(true),
            ..CallFunctionOnParams::new("function() { return __legwork.number(this) }")
        };
        let number = self.driver.send_for(session, number, deadline).await?;
        let number: u32 = world::value(number, deadline).await?;
        let Some(content) = described.node.content_document else {
            return Ok((number, None));
        };
        // Without a world named, an object of the document's own one is given.
        let resolve = ResolveNodeParams {
            backend_node_id: Some(BackendNodeId::new(content.backend_node_id)),
            ..ResolveNodeParams::default()
        };
        let object = self.driver.call(session, resolve, deadline).await?.object;
        let id = object.object_id.map(String::from);
        Ok((number, id.as_deref().and_then(context_of)))
    }
}

/// The world that an object lives in, as its id tells (v8/src/inspector/remote-object-id.cc).
pub(super) fn context_of(object: &str) -> Option<ExecutionContextId> {
    let mut parts = object.split('.');
    let context = parts.nth(1)?.parse::<i64>().ok()?;
    (parts.count() == 1).then(|| ExecutionContextId::new(context))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_names_its_world_in_the_middle() {
        let id = context_of("-7345595819158600410.2.1");
        assert_eq!(id, Some(ExecutionContextId::new(2)));
        for strange in ["", "7", "1.x.2", "1.2", "1.2.3.4", "{\"id\":1}"] {
            assert_eq!(context_of(strange), None, "{strange}");
        }
    }
}
