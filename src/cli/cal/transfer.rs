//! `legwork cal import` and `legwork cal export`: events as iCalendar files, in and out.
//!
//! An import is data: no alarm in it is run and no address in it opened. It goes through the loop,
//! so that it stands in the journal and can be undone; each event it touched is printed.

use std::fs;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use super::span;
use super::{Context, Desk, Failure, unusable};
use crate::action::{Action, EventImport, Imported, Output};
use crate::agent::approve::DenyAll;
use crate::calendar::{self, Contents, Export};
use crate::cli::one::{self, Deed, Telling};
use crate::cli::report::{self, Kind};
use crate::untrusted;

/// Longest file taken in, in bytes: the longest that the calendar reads back.
const BYTES_MAX: u64 = 16 << 20;
/// Longest `UID` or calendar shown, in characters.
const CHARS_MAX: usize = 80;

/// Take the events of an iCalendar file into the calendar
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ImportArgs {
    /// The file, or '-' to read it from stdin
    file: PathBuf,
}

/// Write events as one iCalendar file to stdout
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ExportArgs {
    /// Which days, in plain English, such as 'next week'; seven days without
    #[arg(conflicts_with = "uid")]
    when: Vec<String>,
    /// Only the event of this UID, with all its occurrences
    #[arg(long)]
    uid: Option<String>,
}

pub(super) fn import(args: &ImportArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let bytes = read(&args.file)?;
    let held = calendar::contents(&bytes);
    // What holds nothing is no run.
    desk.calendar
        .missing(&bytes)
        .map_err(|error| nothing(error, &held, &args.file))?;
    let (done, code) = imported(&args.file, &bytes, context)?;
    if context.json {
        let updated: Vec<&String> = done.updated.iter().map(|(uid, _)| uid).collect();
        context.print_json(&serde_json::json!({
            "added": done.added,
            "updated": updated,
            "left": done.kept,
            "files": done.files,
            "diagnostics": done.diagnostics,
        }))?;
        return Ok(code);
    }
    super::warn(&done.diagnostics, context);
    if held.events == 0
        && let Some(words) = held.words()
    {
        let file = shown(&args.file);
        context.say(&format!(
            "{file} holds no event but {words}, which no list shows"
        ));
    }
    let mut text = Vec::new();
    text.extend(done.added.iter().map(|uid| format!("added: {uid}\n")));
    text.extend(done.updated.iter().map(|(uid, calendar)| {
        let calendar = untrusted::line(calendar, CHARS_MAX);
        format!("updated: {uid} in {calendar}\n")
    }));
    let kept = done.kept.iter();
    text.extend(kept.map(|uid| format!("left as it is: {uid}\n")));
    context.print(&text.concat())?;
    Ok(code)
}

/// Says what a file holds that holds nothing to take in.
fn nothing(error: calendar::Error, held: &Contents, file: &Path) -> Failure {
    let calendar::Error::NoEvent { problem } = &error else {
        return unusable(error);
    };
    let because = problem.as_ref().map(|text| untrusted::line(text, 200));
    let because = because.map(|text| format!(" ({text})")).unwrap_or_default();
    let only = held.words().map(|words| format!(", only {words}"));
    let only = only.unwrap_or_default();
    Failure::user(format!("{} holds no event{only}{because}", shown(file)))
        .hint("give an iCalendar file with events, such as one that ends in .ics")
}

/// Takes the file in through the loop; what came on stdin lies in a file for as long as that takes.
fn imported(file: &Path, bytes: &[u8], context: &Context) -> Result<(Imported, u8), Failure> {
    let mut kept = None;
    let path = if file == Path::new("-") {
        let mut stdin = tempfile::Builder::new()
            .prefix("legwork-stdin-")
            .suffix(".ics")
            .tempfile()?;
        stdin.write_all(bytes)?;
        kept.insert(stdin).path().to_owned()
    } else {
        file.canonicalize()?
    };
    let path = path.display().to_string();
    let deed = Deed {
        goal: format!("import the events of \"{path}\" into the calendar"),
        answer: "imported".to_owned(),
        about: String::new(),
        actions: vec![Action::EventImport(EventImport { path })],
    };
    let finished = one::run(deed, &mut DenyAll, Telling::Short, context)?;
    let ending = finished.run.ending.as_ref();
    let code = ending.map_or(report::INTERNAL, report::exit_code);
    for outcome in finished.steps.into_iter().filter_map(|step| step.outcome) {
        if let Output::Imported(imported) = outcome.output {
            return Ok((imported, code));
        }
        if !outcome.is_done() {
            let failure = anyhow::anyhow!(outcome.summary);
            return Err(Failure::new(Kind::Account, failure));
        }
    }
    Err(Failure::stopped())
}

pub(super) fn export(args: &ExportArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let zone = desk.clock.zone();
    let bytes = if let Some(uid) = &args.uid {
        desk.calendar.export(Export::Uid(uid), zone)
    } else {
        let (from, to) = span::looking(&args.when, &desk.now())?.bounds();
        desk.calendar.export(Export::Window { from, to }, zone)
    };
    let bytes = bytes.map_err(|error| {
        let calendar::Error::NoSuchEvent { uid } = &error else {
            return unusable(error);
        };
        let uid = untrusted::line(uid, CHARS_MAX);
        Failure::user(format!("there is no event '{uid}'"))
            .hint("'legwork cal agenda --json' lists the UIDs of what comes")
    })?;
    if context.json {
        let text = String::from_utf8_lossy(&bytes);
        context.print_json(&serde_json::json!({ "ics": text }))?;
        return Ok(0);
    }
    let mut out = io::stdout().lock();
    out.write_all(&bytes)?;
    out.flush()?;
    Ok(0)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let bounded = |from: &mut dyn Read| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        from.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let read = if file == Path::new("-") {
        bounded(&mut io::stdin().lock())
    } else {
        fs::File::open(file).and_then(|mut file| bounded(&mut file))
    };
    let bytes = read.map_err(|error| {
        Failure::user(format!("{} can't be read: {error}", shown(file)))
            .hint("give the path of an iCalendar file, or '-' for stdin")
    })?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > BYTES_MAX {
        return Err(
            Failure::user(format!("{} is larger than 16 MB", shown(file)))
                .hint("split it and import the parts"),
        );
    }
    Ok(bytes)
}

fn shown(file: &Path) -> String {
    if file == Path::new("-") {
        "the text on stdin".to_owned()
    } else {
        untrusted::line(&file.display().to_string(), 200)
    }
}
