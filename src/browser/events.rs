//! The events of the `DevTools` protocol that we act on, decoded tolerantly.
//!
//! Own structs instead of the typed crate's: one unknown field or enum value there loses the whole
//! event. Anything not listed here is ignored.

use serde::Deserialize;

/// An event that changes what we know.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Attached(Attached),
    Detached(SessionId),
    TargetCreated(TargetHolder),
    TargetChanged(TargetHolder),
    Crashed,
    FrameAttached(FrameAttached),
    FrameNavigated(FrameNavigated),
    FrameDetached(FrameDetached),
    NavigationStarted(FrameId),
    NavigationAsked(NavigationAsked),
    WindowOpens,
    LoadingStopped(FrameId),
    NavigatedWithin(NavigatedWithin),
    Lifecycle(Lifecycle),
    Dialog(DialogOpening),
    DialogClosed,
    Chooser(ChooserOpened),
    DragStarted(DragIntercepted),
    RequestStarted(Box<RequestStarted>),
    ResponseReceived(ResponseReceived),
    RequestEnded(RequestId),
    DownloadBegins(DownloadBegins),
    DownloadProgress(DownloadProgress),
}

impl Event {
    /// Decodes the event `method`; none when it is not one of ours.
    ///
    /// # Errors
    /// When a field that we need is missing or of another type.
    pub(super) fn decode(method: &str, params: &str) -> serde_json::Result<Option<Self>> {
        use serde_json::from_str as read;
        Ok(Some(match method {
            "Target.attachedToTarget" => Self::Attached(read(params)?),
            "Target.detachedFromTarget" => Self::Detached(read(params)?),
            "Target.targetCreated" => Self::TargetCreated(read(params)?),
            "Target.targetInfoChanged" => Self::TargetChanged(read(params)?),
            "Inspector.targetCrashed" => Self::Crashed,
            "Page.frameAttached" => Self::FrameAttached(read(params)?),
            "Page.frameNavigated" => Self::FrameNavigated(read(params)?),
            "Page.frameDetached" => Self::FrameDetached(read(params)?),
            "Page.frameStartedNavigating" => Self::NavigationStarted(read(params)?),
            "Page.frameRequestedNavigation" => Self::NavigationAsked(read(params)?),
            "Page.windowOpen" => Self::WindowOpens,
            "Page.frameStoppedLoading" => Self::LoadingStopped(read(params)?),
            "Page.navigatedWithinDocument" => Self::NavigatedWithin(read(params)?),
            "Page.lifecycleEvent" => Self::Lifecycle(read(params)?),
            "Page.javascriptDialogOpening" => Self::Dialog(read(params)?),
            "Page.javascriptDialogClosed" => Self::DialogClosed,
            "Page.fileChooserOpened" => Self::Chooser(read(params)?),
            "Input.dragIntercepted" => Self::DragStarted(read(params)?),
            "Network.requestWillBeSent" => Self::RequestStarted(read(params)?),
            "Network.responseReceived" => Self::ResponseReceived(read(params)?),
            "Network.loadingFinished" | "Network.loadingFailed" => {
                Self::RequestEnded(read(params)?)
            }
            "Browser.downloadWillBegin" => Self::DownloadBegins(read(params)?),
            "Browser.downloadProgress" => Self::DownloadProgress(read(params)?),
            _ => return Ok(None),
        }))
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionId {
    pub(super) session_id: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attached {
    pub(super) session_id: String,
    pub(super) target_info: TargetInfo,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TargetHolder {
    pub(super) target_info: TargetInfo,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TargetInfo {
    pub(super) target_id: String,
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) opener_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FrameAttached {
    pub(super) frame_id: String,
    pub(super) parent_frame_id: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FrameNavigated {
    pub(super) frame: Frame,
}

/// A frame as the protocol describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Frame {
    pub(super) id: String,
    #[serde(default)]
    pub(super) parent_id: Option<String>,
    #[serde(default)]
    pub(super) loader_id: String,
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) url_fragment: String,
}

/// Reply of `Page.getFrameTree`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FrameTreeReply {
    pub(super) frame_tree: FrameTree,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FrameTree {
    pub(super) frame: Frame,
    #[serde(default)]
    pub(super) child_frames: Vec<FrameTree>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FrameDetached {
    pub(super) frame_id: String,
    #[serde(default)]
    pub(super) reason: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FrameId {
    pub(super) frame_id: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NavigationAsked {
    pub(super) frame_id: String,
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) disposition: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResponseReceived {
    pub(super) request_id: String,
    #[serde(default)]
    pub(super) response: Response,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Response {
    #[serde(default)]
    pub(super) status: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NavigatedWithin {
    pub(super) frame_id: String,
    pub(super) url: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lifecycle {
    pub(super) frame_id: String,
    #[serde(default)]
    pub(super) loader_id: String,
    pub(super) name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DialogOpening {
    #[serde(default)]
    pub(super) message: String,
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) default_prompt: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChooserOpened {
    #[serde(default)]
    pub(super) mode: String,
    #[serde(default)]
    pub(super) backend_node_id: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct DragIntercepted {
    /// What is dragged, to be handed back as it came.
    pub(super) data: serde_json::Value,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestId {
    pub(super) request_id: String,
    /// Chromium's code for why it failed; empty when it did not.
    #[serde(default)]
    pub(super) error_text: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestStarted {
    pub(super) request_id: String,
    #[serde(default)]
    pub(super) loader_id: String,
    #[serde(default)]
    pub(super) r#type: String,
    pub(super) request: Request,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Request {
    pub(super) url: String,
    pub(super) method: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DownloadBegins {
    pub(super) guid: String,
    #[serde(default)]
    pub(super) frame_id: String,
    #[serde(default)]
    pub(super) suggested_filename: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DownloadProgress {
    pub(super) guid: String,
    #[serde(default)]
    pub(super) state: String,
    /// Whole bytes, as the protocol's floating number.
    #[serde(default)]
    pub(super) received_bytes: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_events_and_unknown_fields_are_no_error() {
        assert!(
            Event::decode("Page.somethingNew", "{\"x\":1}")
                .unwrap()
                .is_none()
        );
        let json = r#"{"requestId":"1","type":"NewKind","request":{"url":"http://a/","method":"GET",
            "strange":{}},"clientSecurityState":{"localNetworkAccessRequestPolicy":"Block"}}"#;
        let event = Event::decode("Network.requestWillBeSent", json).unwrap();
        assert!(matches!(event, Some(Event::RequestStarted(e)) if e.r#type == "NewKind"));
    }

    #[test]
    fn a_missing_needed_field_is_an_error_not_a_panic() {
        assert!(Event::decode("Page.frameNavigated", "{}").is_err());
        assert!(Event::decode("Page.frameNavigated", "]").is_err());
    }
}
