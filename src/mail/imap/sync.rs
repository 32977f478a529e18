//! Bringing the index up to date: what changed since the last look, and no more.
//!
//! `QRESYNC` where the server knows it, else `CONDSTORE`, else the difference of UIDs (RFC 7162,
//! RFC 4549). Headers come first; a message that can't be read costs only itself. Mailboxes are
//! only looked at (`EXAMINE`, `BODY.PEEK`), so that nothing there changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use imap_proto::{AttributeValue, MailboxDatum, Response};

use super::error::ServerError;
use super::fetched::{self, Header};
use super::listed::{self, Listed};
use super::quote;
use super::wire::{Access, Opened, Wire};
use super::{bodies, fetched::flags};
use crate::action::{Flag, MailId};
use crate::mail::index::{Index, Role, Spot, SyncState};
use crate::mail::{Error, Synced};

/// Headers asked for at once.
const BATCH: usize = 500;
/// Messages asked for one by one, because the batch did not bring them.
const AGAIN_MAX: usize = 50;
/// Messages mirrored of one mailbox, the newest ones.
const MESSAGES_MAX: usize = 500_000;
/// Says in the state of a mailbox that the texts of its newest messages were fetched.
const WITH_TEXT: &str = "text";

/// What a sync works for.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) account: String,
    pub(super) index: PathBuf,
    pub(super) want: bodies::Want,
}

/// What changed in a mailbox since a moment.
#[derive(Debug, Default)]
struct Changes {
    flags: Vec<(u32, Vec<Flag>)>,
    gone: Vec<RangeInclusive<u32>>,
}

/// Syncs all mailboxes.
pub(super) fn all(wire: &mut Wire, job: &Job) -> Result<Synced, Error> {
    let index = Index::open(&job.index)?;
    let mut synced = Synced::default();
    wire.enable()?;
    let mailboxes = listed::mailboxes(wire, &mut synced.problems)?;
    let names: Vec<&str> = mailboxes.iter().map(|one| one.name.as_str()).collect();
    index.keep_mailboxes(&job.account, &names)?;
    let known = index.mailboxes(&job.account)?;
    for listed in &mailboxes {
        let kept = known.iter().find(|one| one.name == listed.name);
        if kept.is_none_or(|kept| (kept.role, kept.is_plain) != (listed.role, listed.is_plain)) {
            let mut writing = index.write(&job.account, &listed.name)?;
            writing.set_role(listed.role)?;
            writing.set_plain(listed.is_plain)?;
            writing.commit()?;
        }
    }
    for listed in &mailboxes {
        // A mailbox that was removed or forbidden meanwhile costs the others nothing.
        match one_of(wire, job, &index, listed, &mut synced) {
            Err(Error::Server(ServerError::Refused { said, .. })) => {
                synced
                    .problems
                    .push(format!("{} was left out: {said}", listed.name));
            }
            done => done?,
        }
    }
    index.make_searchable();
    synced.problems.extend(wire.take_skipped());
    Ok(synced)
}

/// Syncs one mailbox that the server may not have listed yet.
pub(super) fn mailbox(wire: &mut Wire, job: &Job, name: &str) -> Result<Synced, Error> {
    let index = Index::open(&job.index)?;
    let mut synced = Synced::default();
    wire.enable()?;
    let known = index.mailbox(&job.account, name)?;
    let listed = Listed {
        name: name.to_owned(),
        is_plain: known.as_ref().is_some_and(|known| known.is_plain),
        role: known.map_or(Role::Other, |known| known.role),
        status: None,
    };
    one_of(wire, job, &index, &listed, &mut synced)?;
    synced.problems.extend(wire.take_skipped());
    Ok(synced)
}

fn one_of(
    wire: &mut Wire,
    job: &Job,
    index: &Index,
    listed: &Listed,
    synced: &mut Synced,
) -> Result<(), Error> {
    let state = index.sync_state(&job.account, &listed.name)?;
    let mut pass = Pass {
        wire,
        job,
        index,
        name: &listed.name,
        synced,
    };
    if listed.status.is_some_and(|status| is_same(&state, &status)) {
        return pass.texts(listed.role, state);
    }
    let state = pass.headers(&state)?;
    pass.texts(listed.role, state)
}

/// Says whether a mailbox is as it was left.
fn is_same(state: &SyncState, status: &Opened) -> bool {
    state.uid_validity.is_some()
        && state.uid_validity == status.uid_validity
        && state.uid_next.is_some()
        && state.uid_next == status.uid_next
        && state.highest_mod_seq.is_some()
        && state.highest_mod_seq == status.mod_seq
}

/// One look at one mailbox.
struct Pass<'a> {
    wire: &'a mut Wire,
    job: &'a Job,
    index: &'a Index,
    name: &'a str,
    synced: &'a mut Synced,
}

impl Pass<'_> {
    /// Brings headers, flags and what is gone up to date.
    fn headers(&mut self, state: &SyncState) -> Result<SyncState, Error> {
        let since = state
            .uid_next
            .and(state.uid_validity)
            .zip(state.highest_mod_seq)
            .filter(|(_, mod_seq)| *mod_seq > 0);
        let mut changes = Changes::default();
        let opened = self.open(since, &mut changes)?;
        if opened.uid_validity.is_none() || opened.uid_validity != state.uid_validity {
            if state.uid_validity.is_some() {
                tracing::info!(mailbox = self.name, "its UIDs have a new meaning");
            }
            self.begin(opened.uid_validity)?;
            return self.difference(&opened);
        }
        match (state.uid_next, since) {
            (Some(uid_next), Some(_)) if self.wire.reports_gone() => {
                self.apply(&changes, uid_next)?;
                self.newer(uid_next, &opened)?;
                self.done(&opened)
            }
            (Some(uid_next), Some((_, mod_seq))) if opened.mod_seq.is_some() => {
                self.since(uid_next, mod_seq, &opened)
            }
            _ => self.difference(&opened),
        }
    }

    fn open(
        &mut self,
        since: Option<(u32, u64)>,
        changes: &mut Changes,
    ) -> Result<Opened, ServerError> {
        self.wire.select(
            (self.name, Access::Look),
            since,
            &mut |response| match response {
                Response::Fetch(_, attributes) => changes.note(&attributes),
                Response::Vanished { uids, .. } => changes.gone.extend(uids),
                _ => {}
            },
        )
    }

    /// Forgets what was known of a mailbox whose UIDs mean nothing any more.
    fn begin(&self, uid_validity: Option<u32>) -> Result<(), Error> {
        let mut writing = self.index.write(&self.job.account, self.name)?;
        writing.clear()?;
        writing.set_sync(&SyncState {
            uid_validity,
            ..SyncState::default()
        })?;
        writing.commit()
    }

    /// Files changed flags and forgets what is gone.
    fn apply(&mut self, changes: &Changes, uid_next: u32) -> Result<(), Error> {
        if changes.flags.is_empty() && changes.gone.is_empty() {
            return Ok(());
        }
        let mut gone = BTreeSet::new();
        if !changes.gone.is_empty() {
            let known = self.known()?;
            for range in &changes.gone {
                gone.extend(known.range(range.clone()).map(|(uid, _)| *uid));
            }
        }
        let mut writing = self.index.write(&self.job.account, self.name)?;
        for uid in gone {
            self.synced.gone += usize::from(writing.remove(&Spot::Uid(uid))?);
        }
        for (uid, flags) in changes.flags.iter().filter(|(uid, _)| *uid < uid_next) {
            self.synced.changed += usize::from(writing.set_flags(&Spot::Uid(*uid), flags)?);
        }
        writing.commit()
    }

    /// Fetches what came after the last look.
    fn newer(&mut self, uid_next: u32, opened: &Opened) -> Result<(), Error> {
        let nothing_new = opened.uid_next.is_some_and(|next| next <= uid_next);
        if opened.exists == 0 || nothing_new {
            return Ok(());
        }
        let uids = self.uids(&format!("UID {uid_next}:*"))?;
        // Where nothing is newer, `*` is the last message once more.
        let uids: Vec<u32> = uids.into_iter().filter(|uid| *uid >= uid_next).collect();
        self.fetch(&uids)
    }

    /// Asks for changes since a moment, and looks by their number whether some are gone.
    fn since(&mut self, uid_next: u32, mod_seq: u64, opened: &Opened) -> Result<SyncState, Error> {
        if opened.exists > 0 && opened.mod_seq != Some(mod_seq) {
            let command = format!("UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE {mod_seq})");
            let mut changes = Changes::default();
            self.wire
                .command("tell what changed", &command, &mut |response| {
                    if let Response::Fetch(_, attributes) = response {
                        changes.note(&attributes);
                    }
                })?;
            self.apply(&changes, uid_next)?;
            self.newer(uid_next, opened)?;
        }
        let known = self.known()?;
        if known.len() == usize::try_from(opened.exists).unwrap_or(usize::MAX) {
            return self.done(opened);
        }
        self.difference(opened)
    }

    /// Compares all UIDs and flags with what is known.
    fn difference(&mut self, opened: &Opened) -> Result<SyncState, Error> {
        let known = self.known()?;
        let mut there: BTreeMap<u32, Option<Vec<Flag>>> = BTreeMap::new();
        if opened.exists > 0 && known.is_empty() {
            there.extend(self.uids("ALL")?.into_iter().map(|uid| (uid, None)));
        } else if opened.exists > 0 {
            let command = "UID FETCH 1:* (UID FLAGS)";
            self.wire
                .command("tell the flags", command, &mut |response| {
                    if let Response::Fetch(_, attributes) = response
                        && let Some(uid) = fetched::uid(&attributes)
                    {
                        there.insert(uid, flags(&attributes));
                    }
                })?;
        }
        let mut writing = self.index.write(&self.job.account, self.name)?;
        for (uid, (_, old)) in &known {
            match there.get(uid) {
                None => self.synced.gone += usize::from(writing.remove(&Spot::Uid(*uid))?),
                Some(Some(new)) if !same_flags(new, old) => {
                    self.synced.changed += usize::from(writing.set_flags(&Spot::Uid(*uid), new)?);
                }
                Some(_) => {}
            }
        }
        writing.commit()?;
        let missing: Vec<u32> = there
            .into_keys()
            .filter(|uid| !known.contains_key(uid))
            .collect();
        self.fetch(&missing)?;
        self.done(opened)
    }

    fn known(&self) -> Result<BTreeMap<u32, (MailId, Vec<Flag>)>, Error> {
        let spots = self.index.spots(&self.job.account, self.name)?;
        let by_uid = |(spot, id, flags)| match spot {
            Spot::Uid(uid) => Some((uid, (id, flags))),
            Spot::File(_) => None,
        };
        Ok(spots.into_iter().filter_map(by_uid).collect())
    }

    fn uids(&mut self, which: &str) -> Result<Vec<u32>, ServerError> {
        let mut found = Vec::new();
        let command = format!("UID SEARCH {which}");
        self.wire
            .command("number its messages", &command, &mut |response| {
                if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                    found.extend(uids);
                }
            })?;
        Ok(found)
    }

    /// Fetches headers, the newest first, and files them batch by batch.
    fn fetch(&mut self, uids: &[u32]) -> Result<(), Error> {
        let mut newest: Vec<u32> = uids.to_vec();
        newest.sort_unstable_by_key(|uid| std::cmp::Reverse(*uid));
        newest.dedup();
        newest.truncate(MESSAGES_MAX);
        if newest.is_empty() {
            return Ok(());
        }
        let mut ids: HashMap<MailId, u32> = self
            .known()?
            .into_iter()
            .map(|(uid, (id, _))| (id, uid))
            .collect();
        for batch in newest.chunks(BATCH) {
            let mut headers = self.ask(&quote::set(batch))?;
            let came: BTreeSet<u32> = headers.iter().map(|header| header.uid).collect();
            let left: Vec<u32> = batch
                .iter()
                .filter(|uid| !came.contains(uid))
                .copied()
                .collect();
            // One answer that can't be read may have held several.
            for uid in left.iter().take(AGAIN_MAX) {
                headers.extend(self.ask(&uid.to_string())?);
            }
            self.file(&headers, &mut ids)?;
        }
        Ok(())
    }

    fn ask(&mut self, set: &str) -> Result<Vec<Header>, ServerError> {
        let command =
            format!("UID FETCH {set} (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])");
        let mut found = Vec::new();
        self.wire
            .command("show the headers", &command, &mut |response| {
                if let Response::Fetch(_, attributes) = response {
                    found.extend(Header::of(&attributes));
                }
            })?;
        Ok(found)
    }

    fn file(&mut self, headers: &[Header], ids: &mut HashMap<MailId, u32>) -> Result<(), Error> {
        let mut writing = self.index.write(&self.job.account, self.name)?;
        for header in headers {
            let mut id = header.id(&self.job.account);
            // The same message twice in one mailbox: both are shown.
            if ids.get(&id).is_some_and(|uid| *uid != header.uid) {
                id = MailId(format!("{}-{}", id.0, header.uid));
            }
            ids.insert(id.clone(), header.uid);
            writing.put(&Spot::Uid(header.uid), &header.card(id, self.name))?;
            self.synced.arrived += 1;
        }
        writing.commit()
    }

    /// Notes that the mailbox is known as far as `opened` tells.
    fn done(&mut self, opened: &Opened) -> Result<SyncState, Error> {
        let state = SyncState {
            uid_validity: opened.uid_validity,
            uid_next: opened.uid_next,
            highest_mod_seq: opened.mod_seq,
            stamp: String::new(),
        };
        let mut writing = self.index.write(&self.job.account, self.name)?;
        writing.set_sync(&state)?;
        writing.commit()?;
        Ok(state)
    }

    /// Fetches the texts that are wanted and not here.
    fn texts(&mut self, role: Role, mut state: SyncState) -> Result<(), Error> {
        let most = self.job.want.most(role);
        if most == 0 || (state.stamp == WITH_TEXT && self.job.want != bodies::Want::All) {
            return Ok(());
        }
        self.synced.bodies += bodies::newest(self.wire, self.index, self.job, self.name, most)?;
        WITH_TEXT.clone_into(&mut state.stamp);
        let mut writing = self.index.write(&self.job.account, self.name)?;
        writing.set_sync(&state)?;
        writing.commit()
    }
}

impl Changes {
    fn note(&mut self, attributes: &[AttributeValue<'_>]) {
        let uid = fetched::uid(attributes);
        self.flags.extend(uid.zip(flags(attributes)));
    }
}

fn same_flags(a: &[Flag], b: &[Flag]) -> bool {
    let set = |flags: &[Flag]| flags.iter().cloned().collect::<BTreeSet<_>>();
    set(a) == set(b)
}
