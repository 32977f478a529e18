//! Closed shadow roots, which no script finds: those of elements that may have one, those that the
//! document's source declares, and what listens in them.

use std::collections::BTreeSet;

use chromiumoxide::cdp::browser_protocol::dom::{
    self, BackendNodeId, DescribeNodeParams, GetDocumentParams, ResolveNodeParams,
};
use chromiumoxide::cdp::browser_protocol::dom_debugger::GetEventListenersParams;
use chromiumoxide::cdp::browser_protocol::network::SearchInResponseBodyParams;
use chromiumoxide::cdp::js_protocol::runtime::{CallFunctionOnParams, EvaluateParams};
use serde::Deserialize;

use super::Browser;
use super::driver::Sent;
use super::error::Error;
use super::state::Frame;
use super::world::{self, Here};
use crate::deadline::Deadline;

/// Declared roots that are opened in one document.
const DECLARED_MAX: usize = 50;
/// Elements in one root that are asked about as they listen.
const LISTENING_MAX: usize = 50;
/// How a document's source declares a closed root.
const DECLARED: &str = "shadowrootmode\\s*=\\s*[\"']?closed";
/// What tells that an element can be clicked; as in the scan of the page.
const WANTED: [&str; 7] = [
    "click",
    "mousedown",
    "mouseup",
    "pointerdown",
    "pointerup",
    "touchstart",
    "dblclick",
];

/// What `DOM.describeNode` says, as far as we read it.
#[derive(Debug, Deserialize)]
struct Described {
    node: DescribedNode,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribedNode {
    #[serde(default)]
    shadow_roots: Vec<ShadowRoot>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShadowRoot {
    #[serde(default)]
    shadow_root_type: String,
    backend_node_id: i64,
}

/// What `Network.searchInResponseBody` says, as far as we read it.
#[derive(Debug, Deserialize)]
pub(super) struct Matches {
    result: Vec<serde::de::IgnoredAny>,
}

/// What `DOM.getDocument` says, as far as we read it.
#[derive(Debug, Deserialize)]
struct Document {
    root: Node,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    backend_node_id: i64,
    #[serde(default)]
    shadow_root_type: String,
    #[serde(default)]
    children: Vec<Node>,
    #[serde(default)]
    shadow_roots: Vec<Node>,
    #[serde(default)]
    content_document: Option<Box<Node>>,
}

/// What `DOMDebugger.getEventListeners` says, as far as we read it.
#[derive(Debug, Deserialize)]
struct Listeners {
    listeners: Vec<Listener>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listener {
    r#type: String,
    #[serde(default)]
    backend_node_id: Option<i64>,
}

impl Browser {
    /// Asks, once for each document, whether its source declares closed shadow roots.
    pub(super) async fn ask_declared(
        &mut self,
        here: &Here,
        frame: &Frame,
        deadline: &Deadline,
    ) -> Result<Option<Sent<Matches>>, Error> {
        let is_root = frame.id == self.session_root(frame);
        if !is_root || frame.loader.is_empty() || !self.worlds.is_first_look(&here.frame) {
            return Ok(None);
        }
        // A document's request has the id of its loader.
        let search = SearchInResponseBodyParams {
            is_regex: Some(true),
            ..SearchInResponseBodyParams::new(frame.loader.clone(), DECLARED)
        };
        let session = Some(here.session.as_str());
        self.driver
            .send_for(session, search, deadline)
            .await
            .map(Some)
    }

    /// Hands the roots that the source declares to the walker, where `asked` says that there are
    /// any; says whether any was new.
    pub(super) async fn open_declared(
        &self,
        here: &Here,
        asked: Option<Sent<Matches>>,
        deadline: &Deadline,
    ) -> Result<bool, Error> {
        let Some(asked) = asked else {
            return Ok(false);
        };
        // The answer is no longer kept when it was large, or the page was not loaded by a request.
        let found = living(asked.wait(deadline).await, deadline)?;
        if found.is_none_or(|found| found.result.is_empty()) {
            return Ok(false);
        }
        let session = Some(here.session.as_str());
        let whole = GetDocumentParams {
            depth: Some(-1),
            pierce: Some(true),
        };
        let document: Sent<Document> = self.driver.send_for(session, whole, deadline).await?;
        // Looking at the document has the browser tell of each change in it from then on.
        let quiet = dom::DisableParams::default();
        let quiet = self.driver.send(session, quiet, deadline).await?;
        let document = document.wait(deadline).await?;
        living(quiet.wait(deadline).await, deadline)?;
        let mut has_opened = false;
        for (host, root) in declared(document.root) {
            let opened = self.open_one(here, host, &root, deadline).await;
            has_opened |= living(opened, deadline)?.unwrap_or_default();
        }
        Ok(has_opened)
    }

    async fn open_one(
        &self,
        here: &Here,
        host: i64,
        root: &ShadowRoot,
        deadline: &Deadline,
    ) -> Result<bool, Error> {
        let host = BackendNodeId::new(host);
        let number = "function() { return __legwork.number(this) }";
        let sent = self.send_on_node(here, host, number, deadline).await?;
        let number: u32 = world::value(sent, deadline).await?;
        self.hand_over(here, number, root, deadline).await
    }

    /// Calls `function` in our world on a node that the browser names.
    async fn send_on_node<R: serde::de::DeserializeOwned>(
        &self,
        here: &Here,
        node: BackendNodeId,
        function: &str,
        deadline: &Deadline,
    ) -> Result<Sent<world::Evaluated<R>>, Error> {
        let session = Some(here.session.as_str());
        let resolve = ResolveNodeParams {
            backend_node_id: Some(node),
            execution_context_id: Some(here.context_id()),
            ..ResolveNodeParams::default()
        };
        let node = self.driver.call(session, resolve, deadline).await?.object;
        let call = CallFunctionOnParams {
            object_id: node.object_id,
            return_by_value: Some(true),
            ..CallFunctionOnParams::new(function)
        };
        self.driver.send_for(session, call, deadline).await
    }

    /// Tells the walker which elements of a closed root listen: only the browser sees both.
    async fn hear_in(
        &self,
        here: &Here,
        root: BackendNodeId,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let session = Some(here.session.as_str());
        let resolve = ResolveNodeParams {
            backend_node_id: Some(root),
            ..ResolveNodeParams::default()
        };
        let root = self.driver.call(session, resolve, deadline).await?.object;
        let Some(root) = root.object_id else {
            return Ok(());
        };
        let ask = GetEventListenersParams {
            depth: Some(-1),
            pierce: Some(false),
            ..GetEventListenersParams::new(root)
        };
        let sent: Sent<Listeners> = self.driver.send_for(session, ask, deadline).await?;
        let found = sent.wait(deadline).await?.listeners.into_iter();
        let nodes: BTreeSet<i64> = found
            .filter(|listener| WANTED.contains(&listener.r#type.as_str()))
            .filter_map(|listener| listener.backend_node_id)
            .collect();
        let hear = "function() { __legwork.hear(this); return true }";
        for node in nodes.into_iter().take(LISTENING_MAX) {
            let node = BackendNodeId::new(node);
            let sent = self
                .send_on_node::<bool>(here, node, hear, deadline)
                .await?;
            living(world::value(sent, deadline).await, deadline)?;
        }
        Ok(())
    }

    /// Hands the closed shadow roots of the elements `hosts` to the walker; says whether any was new.
    /// All elements are asked about at once.
    pub(super) async fn open_closed(
        &self,
        here: &Here,
        hosts: &[u32],
        deadline: &Deadline,
    ) -> Result<bool, Error> {
        if hosts.is_empty() {
            return Ok(false);
        }
        let session = Some(here.session.as_str());
        let mut elements = Vec::new();
        for &host in hosts {
            let element = EvaluateParams {
                context_id: Some(here.context_id()),
                silent: Some(true),
                ..EvaluateParams::new(format!("__legwork.get({host})"))
            };
            elements.push((host, self.driver.send(session, element, deadline).await?));
        }
        let mut described = Vec::new();
        for (host, element) in elements {
            let Some(element) = living(element.wait(deadline).await, deadline)? else {
                continue;
            };
            let describe = DescribeNodeParams {
                object_id: element.result.object_id,
                depth: Some(1),
                pierce: Some(true),
                ..DescribeNodeParams::default()
            };
            let sent = self
                .driver
                .send_for::<Described, _>(session, describe, deadline)
                .await?;
            described.push((host, sent));
        }
        let mut has_opened = false;
        let mut without = Vec::new();
        for (host, sent) in described {
            let Some(described) = living(sent.wait(deadline).await, deadline)? else {
                continue;
            };
            let mut roots = described.node.shadow_roots.iter();
            match roots.find(|root| root.shadow_root_type == "closed") {
                Some(root) => {
                    let handed = self.hand_over(here, host, root, deadline).await;
                    has_opened |= living(handed, deadline)?.unwrap_or_default();
                }
                None => without.push(host),
            }
        }
        let script = format!("({without:?}.forEach((n) => __legwork.adopt(n, null)), false)");
        living(
            world::ask::<bool>(&self.driver, here, script, deadline).await,
            deadline,
        )?;
        Ok(has_opened)
    }

    /// Hands the closed shadow root of the element `host` to the walker.
    async fn hand_over(
        &self,
        here: &Here,
        host: u32,
        root: &ShadowRoot,
        deadline: &Deadline,
    ) -> Result<bool, Error> {
        let session = Some(here.session.as_str());
        let inside = BackendNodeId::new(root.backend_node_id);
        let resolve = ResolveNodeParams {
            backend_node_id: Some(inside),
            execution_context_id: Some(here.context_id()),
            ..ResolveNodeParams::default()
        };
        let root = self.driver.call(session, resolve, deadline).await?.object;
        let function = format!("function() {{ return __legwork.adopt({host}, this) }}");
        let call = CallFunctionOnParams {
            object_id: root.object_id,
            return_by_value: Some(true),
            ..CallFunctionOnParams::new(function)
        };
        let sent = self.driver.send_for(session, call, deadline).await?;
        let is_taken = world::value(sent, deadline).await?;
        living(self.hear_in(here, inside, deadline).await, deadline)?;
        Ok(is_taken)
    }
}

/// The closed roots of a document, each with its host.
fn declared(document: Node) -> Vec<(i64, ShadowRoot)> {
    let mut found = Vec::new();
    let mut open = vec![document];
    while let Some(node) = open.pop() {
        for root in &node.shadow_roots {
            if root.shadow_root_type == "closed" && found.len() < DECLARED_MAX {
                let root = ShadowRoot {
                    shadow_root_type: root.shadow_root_type.clone(),
                    backend_node_id: root.backend_node_id,
                };
                found.push((node.backend_node_id, root));
            }
        }
        open.extend(node.children);
        open.extend(node.shadow_roots);
        open.extend(node.content_document.map(|inner| *inner));
    }
    found
}

/// An element may go while it is asked about; only what ends the look is an error.
fn living<T>(result: Result<T, Error>, deadline: &Deadline) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_fatal() || deadline.is_over() => Err(error),
        Err(error) => {
            tracing::debug!(%error, "an element went while it was asked about");
            Ok(None)
        }
    }
}
