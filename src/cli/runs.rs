//! Finds past runs in the journal: by id, by a beginning that only one has, or as the last.
//!
//! Never writes, and makes no database where there is none.

use std::path::PathBuf;

use super::report::Kind;
use super::{Context, Failure};
use crate::agent::journal::{Archive, JournalError};
use crate::agent::record::{RunRecord, StepRecord};
use crate::home::Home;
use crate::untrusted;

/// Most runs that are listed; older ones are still found by their full id.
const RUNS_MAX: u32 = 1000;
/// Longest id that is repeated to the user.
const ID_CHARS_MAX: usize = 80;

/// One run with its steps.
#[derive(Debug, serde::Serialize)]
pub(super) struct Kept {
    pub(super) run: RunRecord,
    pub(super) steps: Vec<StepRecord>,
}

/// Lists the runs, newest first.
pub(super) fn list(context: &Context) -> Result<Vec<RunRecord>, Failure> {
    match archive(&context.home)? {
        Some(archive) => archive.runs(RUNS_MAX).map_err(unreadable),
        None => Ok(Vec::new()),
    }
}

/// Loads the run that `wanted` names: its id, a beginning that only it has, or `last`.
pub(super) fn load(context: &Context, wanted: &str) -> Result<Kept, Failure> {
    let ids: Vec<String> = list(context)?.into_iter().map(|run| run.id).collect();
    let resolved = resolve(&ids, wanted);
    let Some(archive) = archive(&context.home)? else {
        return resolved.and_then(|id| Err(unknown(&id)));
    };
    // An old run may be beyond the list; its full id still names it.
    let id = resolved.as_deref().unwrap_or(wanted);
    match archive.run(id).map_err(unreadable)? {
        Some((run, steps)) => Ok(Kept { run, steps }),
        None => resolved.and_then(|id| Err(unknown(&id))),
    }
}

/// Where the report of a run lies.
pub(super) fn report_file(home: &Home, id: &str) -> PathBuf {
    home.run(id).join("report.html")
}

fn archive(home: &Home) -> Result<Option<Archive>, Failure> {
    if !home.database().is_file() {
        return Ok(None);
    }
    Archive::open(home).map(Some).map_err(unreadable)
}

fn unreadable(error: JournalError) -> Failure {
    let hint = error.hint();
    Failure::new(Kind::Internal, error)
        .saying("the journal can't be read")
        .hint_if(hint)
}

fn resolve(ids: &[String], wanted: &str) -> Result<String, Failure> {
    if wanted == "last" {
        let none = || Failure::user("there is no run yet").hint("start with 'legwork demo'");
        return ids.first().cloned().ok_or_else(none);
    }
    if ids.iter().any(|id| id == wanted) {
        return Ok(wanted.to_owned());
    }
    let mut starting = ids
        .iter()
        .filter(|id| !wanted.is_empty() && id.starts_with(wanted));
    match (starting.next(), starting.count()) {
        (Some(only), 0) => Ok(only.clone()),
        (Some(_), more) => {
            let shown = untrusted::line(wanted, ID_CHARS_MAX);
            let sentence = format!("{} runs begin with '{shown}'", more + 1);
            Err(Failure::user(sentence)
                .hint("write more of the id; 'legwork journal list' shows them"))
        }
        (None, _) => Err(unknown(wanted)),
    }
}

fn unknown(wanted: &str) -> Failure {
    let shown = untrusted::line(wanted, ID_CHARS_MAX);
    Failure::user(format!("there is no run '{shown}'"))
        .hint("'legwork journal list' shows the runs; 'last' names the newest")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> Vec<String> {
        ["20270316-1-b", "20270316-1-a", "20270314-1-c"]
            .map(str::to_owned)
            .to_vec()
    }

    #[test]
    fn a_run_is_named_by_id_by_beginning_or_as_the_last() {
        for (wanted, id) in [
            ("last", "20270316-1-b"),
            ("20270316-1-a", "20270316-1-a"),
            ("20270314", "20270314-1-c"),
        ] {
            assert_eq!(resolve(&ids(), wanted).unwrap(), id);
        }
    }

    #[test]
    fn an_unknown_or_ambiguous_name_is_the_users_to_mend() {
        for wanted in ["20270316", "nope", "", "../../etc"] {
            let failure = resolve(&ids(), wanted).unwrap_err();
            assert_eq!(failure.code(), 2, "{wanted}");
        }
    }
}
