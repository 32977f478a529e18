//! Says what came of an action: a verdict, a line for each thing it changed, then the page.

use std::path::{Path, PathBuf};

use super::typed::Command;
use crate::action::{Change, Outcome, Output, Record, Status};
use crate::cli::report;
use crate::cli::{Context, Failure};
use crate::daemon::{Acted, Listed};
use crate::home::write_private;
use crate::untrusted;

/// Longest line of a verdict, in characters.
const LINE_CHARS_MAX: usize = 300;

/// What a difference says when there is none.
const UNCHANGED: &str = "nothing changed";

/// Prints what came of an action, and returns its exit code.
pub(super) fn acted(acted: &Acted, command: &Command, context: &Context) -> Result<u8, Failure> {
    let mut acted = acted.clone();
    let file = picture(&mut acted, command, context)?;
    if context.json {
        let mut data = serde_json::to_value(&acted).map_err(Failure::internal)?;
        if let (Some(file), Some(fields)) = (&file, data.as_object_mut()) {
            fields.insert("file".to_owned(), file.display().to_string().into());
        }
        context.print_json(&data)?;
    } else {
        for note in &acted.notes {
            context.say(&context.err.warn(note));
        }
        context.print(&text(&acted, file.as_deref(), context))?;
        for hint in hints(&acted) {
            context.say(&format!("{} {hint}", context.err.good("hint:")));
        }
    }
    Ok(exit_code(&acted))
}

/// Prints what was seen.
pub(super) fn seen(text: &str, context: &Context) -> Result<u8, Failure> {
    if context.json {
        context.print_json(&serde_json::json!({ "page": text }))?;
    } else {
        context.print(text)?;
    }
    Ok(0)
}

/// Lists the sessions.
pub(super) fn list(sessions: &[Listed], context: &Context) -> Result<u8, Failure> {
    if context.json {
        context.print_json(&sessions)?;
        return Ok(0);
    }
    if sessions.is_empty() {
        context.say("no session is open; start one with 'legwork web open URL'");
    }
    let line = |session: &Listed| {
        let Some(now) = &session.situation else {
            return format!("{}  does not answer\n", session.name);
        };
        let doing = now.doing.as_ref().map_or_else(
            || format!("idle for {} s", now.seconds),
            |what| format!("since {} s: {}", now.seconds, untrusted::line(what, 100)),
        );
        let url = untrusted::line(&now.url, LINE_CHARS_MAX);
        format!("{}  {url}  {} steps, {doing}\n", session.name, now.steps)
    };
    let lines: String = sessions.iter().map(line).collect();
    context.print(&lines)?;
    Ok(0)
}

fn text(acted: &Acted, file: Option<&Path>, context: &Context) -> String {
    let paint = context.out;
    let outcome = &acted.outcome;
    let summary = untrusted::line(&outcome.summary, LINE_CHARS_MAX);
    let mut lines = Vec::new();
    match (&outcome.output, file) {
        // What was asked for is data, and all there is to print.
        (Output::Text(text), _) if outcome.is_done() => return untrusted::block(text) + "\n",
        (Output::Records(records), _) if outcome.is_done() => {
            let line = |record: &Record| untrusted::line(&record.to_string(), usize::MAX) + "\n";
            return records.iter().map(line).collect();
        }
        (_, Some(file)) => lines.push(file.display().to_string()),
        _ => lines.push(format!("{} {summary}", mark(outcome, paint))),
    }
    let page = Some(acted.page.trim_end()).filter(|page| *page != UNCHANGED);
    lines.extend(
        outcome
            .changed
            .iter()
            .map(|change| format!("  {}", changed(change))),
    );
    let did_nothing = outcome.changed.is_empty() && page.is_none_or(str::is_empty);
    if did_nothing && outcome.is_done() && file.is_none() {
        lines.push(format!("  {UNCHANGED}"));
    }
    if acted.lost {
        lines.push("  the session has ended, as it has no browser".to_owned());
    }
    lines.extend(page.map(str::to_owned));
    lines.join("\n").trim_end().to_owned() + "\n"
}

fn mark(outcome: &Outcome, paint: crate::cli::Paint) -> String {
    match outcome.status {
        Status::Done {} => paint.good("✓"),
        Status::Failed { .. } => paint.bad("✗"),
        Status::Uncertain {} => paint.warn("?"),
        Status::Refused { .. } => paint.refused("⊘"),
        Status::Intended {} => paint.dim("○"),
    }
}

fn hints(acted: &Acted) -> Vec<String> {
    let mut hints = Vec::new();
    match &acted.outcome.status {
        Status::Failed { hint } if !hint.is_empty() => hints.push(hint.clone()),
        Status::Uncertain {} => {
            hints.push("look whether it took effect before you repeat it".to_owned());
        }
        Status::Done {} | Status::Failed { .. } | Status::Refused { .. } | Status::Intended {} => {}
    }
    if acted.lost {
        hints.push("start it again with legwork web open URL".to_owned());
    }
    hints
}

/// One change in words.
fn changed(change: &Change) -> String {
    let line = |text: &str| untrusted::line(text, LINE_CHARS_MAX);
    match change {
        Change::Navigation { url } => format!("now at {}", line(url)),
        Change::Dom { near, elsewhere } => {
            format!("page changed: {near} near it, {elsewhere} elsewhere")
        }
        Change::Value { target, now } => format!("{target} holds \"{}\"", line(now)),
        Change::Focus {} => "the focus moved".to_owned(),
        Change::Request { method, host } => format!("sent {} to {}", line(method), line(host)),
        Change::Dialog { message } => format!("a dialog came up: {}", line(message)),
        Change::Download { name, kept: None } => {
            format!("the page gave a file, {}, which was not kept", line(name))
        }
        Change::Download {
            kept: Some(file), ..
        } => {
            let (path, kind) = (line(&file.path), line(&file.kind));
            let (bytes, hash) = (file.bytes, &file.sha256);
            format!("downloaded {path}\n    {kind}, {bytes} bytes, sha-256 {hash}")
        }
        Change::NewTab { url } => format!("a tab opened: {}", line(url)),
        Change::Scrolled {} => "the page scrolled".to_owned(),
        Change::Mail { now, .. } => format!("mail: {}", line(now)),
        Change::Event { uid, .. } => format!("event {}", line(uid)),
    }
}

fn exit_code(acted: &Acted) -> u8 {
    match acted.outcome.status {
        _ if acted.lost => report::BROWSER,
        Status::Done {} | Status::Intended {} => 0,
        Status::Failed { .. } => report::FAILED,
        Status::Uncertain {} => report::UNVERIFIED,
        // It was not the policy's to judge: what it names is not there.
        Status::Refused { ref rule } if rule == "target" => report::USER,
        Status::Refused { .. } => report::REFUSED,
    }
}

/// Writes the picture or the printed page where it was asked for, and takes it out of what is
/// printed.
fn picture(
    acted: &mut Acted,
    command: &Command,
    context: &Context,
) -> Result<Option<PathBuf>, Failure> {
    let (bytes, ending, wanted) = if let (Output::Picture(png), Command::Screenshot(wanted)) =
        (&acted.outcome.output, command)
    {
        (png, "png", wanted.file.clone())
    } else if let (Output::Pdf(pdf), Command::Pdf(wanted)) = (&acted.outcome.output, command) {
        (pdf, "pdf", wanted.file.clone())
    } else {
        return Ok(None);
    };
    let file = wanted.unwrap_or_else(|| {
        let name = format!("step-{:03}.{ending}", acted.step);
        context.home.run(&acted.run).join(name)
    });
    write_private(&file, bytes).map_err(|error| {
        Failure::new(report::Kind::User, error)
            .saying(format!("can't write {}", file.display()))
            .hint("name a file in a folder that you can write to")
    })?;
    acted.outcome.output = Output::Nothing;
    Ok(Some(file))
}
