//! What the user's own moves taught, kept in a file: which mails lie where because the user put them
//! there. What triage moved itself teaches nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{GOAL, Judging};
use crate::action::{Flag, MailId, MailQuery, MailSearch, SNOOZED, TRASH, Undoable};
use crate::agent::journal::Archive;
use crate::home::{make_private, write_private};
use crate::mail::Error;
use crate::triage::Bayes;

/// Newest messages of a mailbox that teach.
const MAILS_MAX: u32 = 500;
/// Newest runs looked through for what triage moved.
const RUNS_MAX: u32 = 200;
/// Longest file read; one of this program is shorter.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    bayes: Bayes,
    /// Where each message lay when it was last looked at, and whether it taught.
    seen: BTreeMap<MailId, Seen>,
    /// When the journal was last looked through.
    journal: Option<Timestamp>,
    /// What triage moved itself.
    own: BTreeSet<MailId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    mailbox: String,
    taught: bool,
}

/// Looks at what the user moved since, and returns what was learned, with what hinders keeping it.
pub(super) fn update(desk: &Judging<'_>) -> Result<(Bayes, Option<String>), Error> {
    let mut kept = load(desk);
    note_own(&mut kept, desk);
    let mut changed = false;
    for (mailbox, id, teaches) in places(desk)? {
        let taught = teaches && !kept.own.contains(&id);
        let now = Seen { mailbox, taught };
        let before = kept.seen.get(&id).cloned();
        if before.as_ref() == Some(&now) {
            continue;
        }
        changed = true;
        if let Ok(message) = desk.mail.read(&id) {
            if let Some(before) = before.filter(|before| before.taught) {
                kept.bayes.unlearn(&message, &before.mailbox);
            }
            if now.taught {
                kept.bayes.learn(&message, &now.mailbox);
            }
        }
        kept.seen.insert(id, now);
    }
    let problem = changed.then(|| save(&kept, desk)).flatten();
    Ok((kept.bayes, problem))
}

/// Forgets all; what lies somewhere now teaches nothing any more.
pub(super) fn forget(desk: &Judging<'_>) -> Result<Option<String>, Error> {
    let mut kept = Kept::default();
    for (mailbox, id, teaches) in places(desk)? {
        // Seen as it would be after learning, so that only a move teaches again.
        let seen = Seen {
            mailbox,
            taught: teaches,
        };
        kept.seen.insert(id, seen);
    }
    kept.journal = Some(desk.clock.now());
    Ok(save(&kept, desk))
}

/// Where every message lies that could teach, and whether it does: what stays in the inbox teaches
/// once it was read.
fn places(desk: &Judging<'_>) -> Result<Vec<(String, MailId, bool)>, Error> {
    let silent =
        ["Drafts", "Outbox", "Sent", TRASH, SNOOZED].map(|name| desk.mail.mailbox_named(name));
    let mut found = Vec::new();
    for mailbox in desk.mail.mailboxes()? {
        if silent.contains(&mailbox) {
            continue;
        }
        let search = MailSearch {
            mailbox: mailbox.clone(),
            query: MailQuery::default(),
            limit: MAILS_MAX,
        };
        let is_inbox = mailbox.eq_ignore_ascii_case("INBOX");
        for envelope in desk.mail.search(&search)?.envelopes {
            let teaches = !is_inbox || envelope.flags.contains(&Flag::Seen);
            found.push((mailbox.clone(), envelope.id, teaches));
        }
    }
    Ok(found)
}

/// Takes note of what triage moved itself, by what the journal says. A journal that can't be read
/// costs only that.
fn note_own(kept: &mut Kept, desk: &Judging<'_>) {
    if !desk.home.database().is_file() {
        return;
    }
    let Ok(archive) = Archive::open(desk.home) else {
        return;
    };
    let since = kept.journal;
    for run in archive.runs(RUNS_MAX).unwrap_or_default() {
        if since.is_some_and(|since| run.started < since) {
            break;
        }
        kept.journal = kept.journal.max(Some(run.started));
        if !run.goal.contains(GOAL) && !run.goal.starts_with("undo ") {
            continue;
        }
        let steps = archive.run(&run.id).ok().flatten().map(|(_, steps)| steps);
        let outcomes = steps.into_iter().flatten().filter_map(|step| step.outcome);
        for deed in outcomes.flat_map(|outcome| outcome.undo) {
            if let Undoable::Moved { id, .. } = deed {
                kept.own.insert(id);
            }
        }
    }
}

fn file(desk: &Judging<'_>) -> PathBuf {
    let name = format!("triage-learned-{}.json", desk.mail.name());
    desk.home.data().join(name)
}

/// A file that is missing or damaged has taught nothing: it is learned again.
fn load(desk: &Judging<'_>) -> Kept {
    let file = file(desk);
    let small = fs::metadata(&file).is_ok_and(|about| about.len() <= FILE_BYTES_MAX);
    let text = small.then(|| fs::read(&file).ok()).flatten();
    text.and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default()
}

/// Keeps what was learned; what hinders that is said, and costs only learning it once more.
fn save(kept: &Kept, desk: &Judging<'_>) -> Option<String> {
    let file = file(desk);
    let written = serde_json::to_vec(kept)
        .map_err(std::io::Error::other)
        .and_then(|text| {
            make_private(desk.home.data())?;
            write_private(&file, &text)
        });
    let error = written.err()?;
    Some(format!("what your moves taught can't be kept: {error}"))
}
