//! `legwork mail triage --watch`: one line for each new message, as it comes. Costs nothing while
//! nothing comes, survives a line that drops, and ends at once when the user says so.

use std::collections::BTreeSet;
use std::future::pending;
use std::time::Duration;

use super::{Context, Desk, Failure, GOAL, Judged, inbox, judging, refused, show, warn};
use crate::action::{Action, Done, Flag, MailId};
use crate::agent::Mode;
use crate::agent::approve::DenyAll;
use crate::agent::record::Ending;
use crate::agent::snoozes::Snoozes;
use crate::agent::start::{self, Company, Mind, Setting, Task, Wish};
use crate::agent::wake::{self, Woken};
use crate::agent::watch::Unwatched;
use crate::browser::Sandbox;
use crate::clock::Clock;
use crate::deadline::{Deadline, Ended};
use crate::mail::{Error, Watch};
use crate::triage::Profile;
use crate::untrusted;

/// How long it may go on: until the user ends it.
const LIMIT: Duration = Duration::from_hours(24 * 3650);
/// How long the next try waits after a line dropped; twice as long each time, up to the last.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_LAST: Duration = Duration::from_mins(2);
/// How long one message may take to be filed.
const APPLY_LIMIT: Duration = Duration::from_mins(2);
/// How long the server of what was put off is waited for.
const REACH_LIMIT: Duration = Duration::from_secs(20);

/// Follows the inbox until the user ends it.
pub(super) fn run(apply: bool, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    // What was there before is not news.
    let listed = desk.mail.search(&inbox()).map_err(refused)?.envelopes;
    let known = listed.into_iter().map(|envelope| envelope.id).collect();
    let known_of = judging(desk, context).known().map_err(refused)?;
    warn(&known_of.problems, context);
    let mut follower = Follower {
        desk,
        context,
        apply,
        known,
        profile: known_of.profile,
    };
    crate::cli::block_on(LIMIT, async |deadline| follower.follow(&deadline).await)
}

struct Follower<'a> {
    desk: &'a Desk,
    context: &'a Context,
    apply: bool,
    known: BTreeSet<MailId>,
    profile: Profile,
}

impl Follower<'_> {
    async fn follow(&mut self, deadline: &Deadline) -> Result<u8, Failure> {
        let mut wait = RETRY_FIRST;
        let desk = self.desk;
        loop {
            match desk.mail.watch("INBOX", deadline).await {
                Ok(watch) => {
                    self.context.say("following the inbox; Ctrl-C ends it");
                    if let Err(error) = self.news(watch, deadline, &mut wait).await? {
                        self.complain(&error, wait);
                    }
                }
                Err(error) => self.complain(&error, wait),
            }
            // A line that dropped is taken up again, each time a little later.
            match deadline
                .child(wait)
                .bound("the next try", pending::<()>())
                .await
            {
                Err(Ended::TimedOut(_)) if !deadline.is_over() => {}
                Err(Ended::TimedOut(_) | Ended::Stopped) | Ok(()) => return Ok(0),
            }
            wait = (wait * 2).min(RETRY_LAST);
        }
    }

    fn complain(&self, error: &Error, wait: Duration) {
        if matches!(error, Error::Stopped(_)) {
            return;
        }
        let text = untrusted::line(&error.to_string(), 200);
        let seconds = wait.as_secs();
        self.context.say(&format!(
            "the inbox can't be followed: {text}; next try in {seconds} s"
        ));
    }

    /// Tells of what is new until the line drops, which is the inner error.
    async fn news(
        &mut self,
        mut watch: Watch<'_>,
        deadline: &Deadline,
        wait: &mut Duration,
    ) -> Result<Result<(), Error>, Failure> {
        loop {
            // What came while nobody looked comes first.
            if let Err(error) = self.look(deadline).await? {
                return Ok(Err(error));
            }
            *wait = RETRY_FIRST;
            let next = deadline.child(self.until_waking());
            match watch.changed(&next).await {
                Ok(false) if deadline.is_over() => return Ok(Ok(())),
                // Something came, or something that was put off is due.
                Ok(_) => {}
                Err(error) => return Ok(Err(error)),
            }
            self.wake(deadline).await?;
        }
    }

    async fn look(&mut self, deadline: &Deadline) -> Result<Result<(), Error>, Failure> {
        let name = self.desk.mail.name();
        let asked = self
            .desk
            .mail
            .ask_index(&|index| index.spots(name, "INBOX"));
        let all = match asked {
            Ok(all) => all,
            Err(error) => return Ok(Err(error)),
        };
        // What has just come is unread; the others are not even opened.
        let is_fresh =
            |id: &MailId, flags: &[Flag]| !self.known.contains(id) && !flags.contains(&Flag::Seen);
        let fresh: Vec<MailId> = all
            .into_iter()
            .filter(|(_, id, flags)| is_fresh(id, flags))
            .map(|(_, id, _)| id)
            .collect();
        for id in fresh {
            if let Err(error) = self.desk.mail.fetch(&id, deadline).await {
                return Ok(Err(error));
            }
            self.known.insert(id.clone());
            // One that another program took meanwhile is no news.
            let Ok(message) = self.desk.mail.read(&id) else {
                continue;
            };
            let one = Judged::of(&message, &self.profile);
            self.tell(&one)?;
            if self.apply {
                self.file(&one, deadline).await?;
            }
        }
        Ok(Ok(()))
    }

    fn tell(&self, one: &Judged) -> Result<(), Failure> {
        if self.context.json {
            let line = serde_json::to_string(&show::one_as_json(one)).map_err(Failure::internal)?;
            return self.context.print(&format!("{line}\n"));
        }
        let at = self.desk.now().strftime("%H:%M:%S").to_string();
        self.context.print(&show::line(&at, one, self.context.out))
    }

    /// Does what was proposed, as a run of its own.
    async fn file(&self, one: &Judged, deadline: &Deadline) -> Result<(), Failure> {
        let mut actions = one.deeds();
        if actions.is_empty() {
            return Ok(());
        }
        let count = actions.len();
        actions.push(Action::Done(Done {
            answer: format!("{} made, as proposed", super::changes(count)),
            cites: (1..).take(count).collect(),
            saved: std::collections::BTreeMap::new(),
        }));
        let script = serde_json::to_string(&actions).map_err(Failure::internal)?;
        let task = Task {
            goal: GOAL.to_owned(),
            planner: Mind::Script(script),
            account: self.context.account.clone(),
            mode: Mode::Perform,
            headed: false,
            sandbox: Sandbox::On,
            wish: Wish::default(),
        };
        let limit = deadline.child(APPLY_LIMIT);
        let company = Company {
            approver: &mut DenyAll,
            watcher: &mut Unwatched,
        };
        let finished = Box::pin(start::run(&task, &self.setting(), company, limit)).await?;
        if !matches!(finished.run.ending, Some(Ending::Verified { .. })) {
            let run = &finished.run.id;
            self.context.say(&format!(
                "not all of it could be done: 'legwork journal show {run}'"
            ));
        }
        Ok(())
    }

    /// How long until something that was put off comes back.
    fn until_waking(&self) -> Duration {
        let home = &self.context.home;
        if !home.database().is_file() {
            return LIMIT;
        }
        let all = Snoozes::open(home).and_then(|snoozes| snoozes.all());
        let first = all.ok().and_then(|all| all.first().map(|one| one.until));
        first.map_or(LIMIT, |until| {
            let left = until.duration_since(self.desk.clock.now());
            Duration::try_from(left).unwrap_or_default()
        })
    }

    async fn wake(&self, deadline: &Deadline) -> Result<(), Failure> {
        let company = Company {
            approver: &mut DenyAll,
            watcher: &mut Unwatched,
        };
        let limit = deadline.child(APPLY_LIMIT);
        if let Woken::Ran(finished) =
            wake::run(&self.setting(), company, REACH_LIMIT, limit).await?
            && let Some(Ending::Verified { answer, .. }) = &finished.run.ending
        {
            self.context.say(&untrusted::line(answer, 200));
        }
        Ok(())
    }

    fn setting(&self) -> Setting<'_> {
        Setting {
            home: &self.context.home,
            config: &self.desk.config,
            environment: &self.context.env,
            clock: Clock::system(self.desk.clock.zone().clone()),
        }
    }
}
