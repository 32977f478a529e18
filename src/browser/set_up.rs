//! What is enabled on each new session, and nothing else.
//!
//! No `Runtime.enable` and no `DOM.enable`: both cost on every page and pages can notice them.

use chromiumoxide::cdp::browser_protocol::{browser, emulation, inspector, network, page, target};
use chromiumoxide::cdp::js_protocol::runtime;
use chromiumoxide::{Command, Method as _};
use serde_json::value::{RawValue, to_raw_value};

use super::timers;

/// The command whose reply the driver keeps for itself.
pub(super) const FRAME_TREE: &str = "Page.getFrameTree";

/// The command that answers a dialog.
pub(super) const ANSWER: &str = "Page.handleJavaScriptDialog";

/// A command ready to be sent.
pub(super) type Ready = (String, Box<RawValue>);

/// Bytes of answers that the browser keeps for a page, in case somebody asks for one.
const BODIES_BYTES_MAX: i64 = 10 * 1024 * 1024;
/// The longest of them.
const BODY_BYTES_MAX: i64 = 2 * 1024 * 1024;

/// Returns the commands for a new page or frame session, in order; `wishes` are those of the
/// person, and come before the page begins to run.
pub(super) fn session(wishes: Vec<Ready>) -> Vec<Ready> {
    let commands = [
        ready(&page::EnableParams::default()),
        ready(&page::SetLifecycleEventsEnabledParams::new(true)),
        ready(&network::EnableParams {
            max_total_buffer_size: Some(BODIES_BYTES_MAX),
            max_resource_buffer_size: Some(BODY_BYTES_MAX),
            ..network::EnableParams::default()
        }),
        ready(&inspector::EnableParams::default()),
        ready(&attach(&["iframe", "worker"])),
        ready(&emulation::SetFocusEmulationEnabledParams::new(true)),
        ready(&page::GetFrameTreeParams::default()),
    ];
    let wishes = wishes.into_iter().chain(ready(&timers::from_the_start()));
    let go = ready(&runtime::RunIfWaitingForDebuggerParams::default());
    let commands = commands.into_iter().flatten();
    commands.chain(wishes).chain(go).collect()
}

/// Returns the commands for a new worker, in order. Whatever waits below a page is to be let go: a
/// worker that nobody attaches to would wait for ever.
pub(super) fn worker(wishes: Vec<Ready>) -> Vec<Ready> {
    let commands = [
        ready(&network::EnableParams::default()),
        ready(&attach(&["worker"])),
    ];
    let go = ready(&runtime::RunIfWaitingForDebuggerParams::default());
    let commands = commands.into_iter().flatten();
    commands.chain(wishes).chain(go).collect()
}

/// Attaches to all targets of `kinds` below a session, paused until they are set up.
pub(super) fn attach(kinds: &[&str]) -> target::SetAutoAttachParams {
    let entry = |kind: &&str| target::FilterEntry {
        exclude: None,
        r#type: Some((*kind).to_owned()),
    };
    target::SetAutoAttachParams {
        auto_attach: true,
        wait_for_debugger_on_start: true,
        flatten: Some(true),
        filter: Some(target::TargetFilter::new(
            kinds.iter().map(entry).collect::<Vec<_>>(),
        )),
    }
}

/// Has the browser tell of pages that open, to find those that ours open.
pub(super) fn discover() -> target::SetDiscoverTargetsParams {
    let entry = target::FilterEntry {
        exclude: None,
        r#type: Some("page".to_owned()),
    };
    let mut params = target::SetDiscoverTargetsParams::new(true);
    params.filter = Some(target::TargetFilter::new(vec![entry]));
    params
}

/// Attaches to one page.
pub(super) fn attach_to(target: &str) -> target::AttachToTargetParams {
    let mut params = target::AttachToTargetParams::new(target.to_owned());
    params.flatten = Some(true);
    params
}

/// Returns the command that answers an open dialog.
pub(super) fn answer(accept: bool, prompt: String) -> Ready {
    let mut params = page::HandleJavaScriptDialogParams::new(accept);
    if accept {
        params.prompt_text = Some(prompt);
    }
    let method = params.identifier().into_owned();
    let params = to_raw_value(&params).unwrap_or_else(|_| RawValue::NULL.to_owned());
    (method, params)
}

/// Returns the command that breaks off a file on its way down.
pub(super) fn cancel(guid: String) -> Ready {
    let params = browser::CancelDownloadParams::new(guid);
    let method = params.identifier().into_owned();
    let params = to_raw_value(&params).unwrap_or_else(|_| RawValue::NULL.to_owned());
    (method, params)
}

/// Makes a command ready to be sent.
pub(super) fn ready<C: Command>(command: &C) -> Option<Ready> {
    let params = to_raw_value(command).ok()?;
    Some((command.identifier().into_owned(), params))
}
