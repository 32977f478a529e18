//! `legwork web`: one browser action at a time, in a session that is kept between calls.
//!
//! What was typed becomes one action of the session's run; what the policy asks about is asked at
//! the terminal. Nothing here touches a browser: the session's server does.

mod logins;
mod more;
mod serve;
mod show;
mod traffic;
mod typed;

use std::time::Duration;

use super::ask::Terminal;
use super::report::{self, Kind};
use super::{Context, Failure, run as run_command};
use crate::action::{Action, Effect, Output, Ref};
use crate::agent::approve::{Approver as _, Handed};
use crate::daemon::{
    self, Acted, Answer, Ask, Client, Error, Launcher, Look, Name, Order, Place, RuleChange, View,
};
use crate::deadline::Deadline;

/// How long one action may take; waiting takes its own limit.
const ACTION_LIMIT: Duration = Duration::from_mins(1);
/// How long looking at a page may take.
const LOOK_LIMIT: Duration = Duration::from_secs(30);
/// How long a whole call may take beyond the longest wait: starting, waiting for the turn.
const CALL_MARGIN: Duration = Duration::from_mins(2);
/// Tokens of a page that are shown, unless asked otherwise.
const TOKENS_MAX: usize = 4_000;

const EXAMPLES: &str = "\
Examples:
  legwork web open https://example.org/
  legwork web click e3
  legwork web fill e5 'Ada Lovelace' --quiet
  legwork web wait --text 'Thank you' --limit 10
  legwork web close

Each action says what it changed, then how the page differs from when it was last shown. Refs such
as e12 name what is on the page; the same element keeps its ref. A session is a run in the journal:
'legwork journal show last'. It works the hosts that you open; what pays or deletes is asked for,
or approved with --yes commit.";

/// Work a page by hand, one action at a time, in a session that stays open between calls
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", report::EXIT_CODES))]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: typed::Command,
}

/// What every action understands.
#[derive(Debug, clap::Args)]
struct Common {
    /// The session; several can be open side by side
    #[arg(long, global = true, value_name = "NAME", default_value = "default")]
    session: String,
    /// Show at most this much of the page [default: 4000]
    #[arg(long, global = true, value_name = "TOKENS")]
    budget: Option<usize>,
    /// Don't show the page after an action
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Approve effects of this kind beforehand; may be given more than once
    #[arg(long, global = true, value_name = "EFFECT", value_parser = run_command::effect_parser())]
    yes: Vec<Effect>,
}

impl Common {
    fn tokens_max(&self) -> usize {
        self.budget.unwrap_or(TOKENS_MAX)
    }

    /// How much of the page is shown after an action.
    fn view(&self) -> View {
        View {
            tokens_max: if self.quiet { 0 } else { self.tokens_max() },
            interactive: false,
            depth_max: None,
            scope: None,
            whole: false,
            after: None,
            geometry: false,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When the session can't be reached or started, or a file can't be written; what came of the
/// action is its exit code.
pub fn run(args: &Args, context: &Context) -> Result<u8, Failure> {
    if let typed::Command::Serve(own) = &args.command {
        return serve::run(own, &args.common.session, context);
    }
    let limit = typed::limit(&args.command) + CALL_MARGIN;
    super::block_on_one(limit, |deadline| async move {
        Call {
            args,
            context,
            deadline,
        }
        .carry_out()
        .await
    })
}

/// One call of the command line.
struct Call<'a> {
    args: &'a Args,
    context: &'a Context,
    deadline: Deadline,
}

impl Call<'_> {
    async fn carry_out(&self) -> Result<u8, Failure> {
        use typed::Command;
        let view = self.args.common.view();
        match &self.args.command {
            Command::Close(_) => self.close().await,
            Command::List(_) => self.list().await,
            Command::Serve(_) => Ok(0),
            Command::Snapshot(wanted) => {
                let look = if wanted.changes {
                    Look::Changes {}
                } else {
                    Look::Page {}
                };
                self.look(look, self.part(wanted)).await
            }
            Command::Expand(wanted) => self.look(Look::Page {}, self.one(wanted)).await,
            Command::Find(find) => {
                let text = find.text.clone();
                self.look(Look::Find { text }, self.whole()).await
            }
            Command::Tabs(_) => self.look(Look::Tabs {}, self.whole()).await,
            Command::Console(wanted) => self.traffic(wanted.traffic(false), None).await,
            Command::Errors(wanted) => self.traffic(wanted.traffic(true), None).await,
            Command::Requests(wanted) => self.traffic(wanted.traffic(), None).await,
            Command::Har(wanted) => self.traffic(wanted.traffic(), Some(&wanted.file)).await,
            Command::State(wanted) => self.state(wanted).await,
            Command::Handover(wanted) => self.hand_over(wanted, view).await,
            Command::Block(wanted) => self.rules(wanted.change()?).await,
            Command::Mock(wanted) => self.rules(wanted.change()?).await,
            Command::Open(open) => {
                if let Some(note) = self.start(open).await? {
                    self.context.say(&self.context.err.warn(&note));
                }
                self.act(&args_action(self.args)?, view).await
            }
            Command::Fill(fill) => {
                fill.checked().map_err(Failure::user)?;
                self.act(&args_action(self.args)?, view).await
            }
            Command::Click(_)
            | Command::Type(_)
            | Command::Drag(_)
            | Command::Upload(_)
            | Command::Download(_)
            | Command::Dialog(_)
            | Command::Extract(_)
            | Command::Pdf(_)
            | Command::Select(_)
            | Command::Check(_)
            | Command::Uncheck(_)
            | Command::Press(_)
            | Command::Wait(_)
            | Command::Read(_)
            | Command::Screenshot(_)
            | Command::Hover(_)
            | Command::Scroll(_)
            | Command::Reload(_)
            | Command::Back(_)
            | Command::Tab(_) => self.act(&args_action(self.args)?, view).await,
        }
    }

    /// One element whole.
    fn one(&self, wanted: &typed::ExpandArgs) -> View {
        View {
            scope: Some(wanted.target),
            whole: true,
            after: wanted.after,
            geometry: wanted.geometry,
            ..self.whole()
        }
    }

    /// The part of the page that is asked for.
    fn part(&self, wanted: &typed::Snapshot) -> View {
        View {
            interactive: wanted.interactive,
            depth_max: wanted.depth,
            scope: wanted.scope,
            geometry: wanted.geometry,
            ..self.whole()
        }
    }

    fn whole(&self) -> View {
        View {
            tokens_max: self.args.common.tokens_max(),
            ..self.args.common.view()
        }
    }

    fn client(&self) -> Result<Client<'_>, Failure> {
        let name: Name = self.args.common.session.parse()?;
        let place = Place::new(&self.context.home, name)?;
        Ok(Client::new(place, &self.context.home))
    }

    async fn start(&self, open: &typed::Open) -> Result<Option<String>, Failure> {
        // What makes no sense is said here, not in the log of a server that can't start.
        open.browser.wish(self.context)?;
        let mut arguments: Vec<std::ffi::OsString> = Vec::new();
        let name = &self.args.common.session;
        arguments.extend(["web", "serve", "--session", name].map(Into::into));
        if open.headed {
            arguments.push("--headed".into());
        }
        if open.no_sandbox {
            arguments.push("--no-sandbox".into());
        }
        arguments.extend(open.browser.arguments().into_iter().map(Into::into));
        let launcher = Launcher {
            arguments,
            home: self.context.env.home.clone(),
        };
        let client = self.client()?;
        self.not_elsewhere(&client, open).await?;
        Ok(client.start(&launcher, &self.deadline).await?)
    }

    /// Refuses to work in another browser than the one that was asked for.
    async fn not_elsewhere(&self, client: &Client<'_>, open: &typed::Open) -> Result<(), Failure> {
        if open.browser.cdp.is_none() {
            return Ok(());
        }
        let ask = Ask {
            order: Order::Status {},
            limit: LOOK_LIMIT,
        };
        match client.ask(&ask, &self.deadline).await {
            Ok(Answer::Status(now)) if now.browser.is_some() => {
                let name = &self.args.common.session;
                let reason = format!("the session '{name}' is open with a browser of its own");
                Err(Failure::user(reason).hint("close it first, or name another with --session"))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn act(&self, action: &Action, view: View) -> Result<u8, Failure> {
        let client = self.client()?;
        let mut agreed = None;
        loop {
            let order = Order::Act {
                action: Box::new(action.clone()),
                yes: self.args.common.yes.clone(),
                agreed: agreed.clone(),
                view,
            };
            let limit = typed::limit(&self.args.command);
            let answer = client.ask(&Ask { order, limit }, &self.deadline).await?;
            let Answer::Acted(mut acted) = answer else {
                return Err(not_done(answer));
            };
            self.shorten(&mut acted);
            match self.consent(&acted, agreed.is_some()) {
                Some(question) => agreed = Some(question),
                None => return show::acted(&acted, &self.args.command, self.context),
            }
        }
    }

    /// Keeps of what was read only as much as was asked for; all of it where nothing was said.
    fn shorten(&self, acted: &mut Acted) {
        if let (typed::Command::Read(_), Some(most), Output::Text(text)) = (
            &self.args.command,
            self.args.common.budget,
            &mut acted.outcome.output,
        ) {
            let all = text.chars().count();
            *text = crate::snapshot::head(text, most);
            let kept = text.chars().count();
            if kept < all {
                let note = format!(
                    "the first {kept} of {all} characters; read one element, or give a larger --budget"
                );
                self.context.say(&self.context.err.warn(&note));
            }
        }
    }

    /// Asks the person what the policy wants to know, once; returns the question that got a yes.
    fn consent(&self, acted: &Acted, is_second: bool) -> Option<String> {
        let question = acted.question.clone()?;
        if is_second || !self.context.interactive || self.context.json {
            return None;
        }
        let terminal = Terminal::new(self.context.err);
        terminal
            .confirm(Effect::Commit.word(), &question)
            .then_some(question)
    }

    async fn look(&self, look: Look, view: View) -> Result<u8, Failure> {
        let ask = Ask {
            order: Order::Look { look, view },
            limit: LOOK_LIMIT,
        };
        let answer = self.client()?.ask(&ask, &self.deadline).await?;
        let Answer::Seen { text } = answer else {
            return Err(not_done(answer));
        };
        show::seen(&text, self.context)
    }

    async fn traffic(
        &self,
        traffic: daemon::Traffic,
        file: Option<&std::path::Path>,
    ) -> Result<u8, Failure> {
        let ask = Ask {
            order: Order::Traffic { traffic },
            limit: LOOK_LIMIT,
        };
        let answer = self.client()?.ask(&ask, &self.deadline).await?;
        traffic::tell(answer, file, self.context)
    }

    async fn state(&self, wanted: &logins::StateCommand) -> Result<u8, Failure> {
        let Some(change) = wanted.change() else {
            return logins::on_disk(wanted, self.context);
        };
        let ask = Ask {
            order: Order::Login { change },
            limit: LOOK_LIMIT,
        };
        let answer = self.client()?.ask(&ask, &self.deadline).await?;
        logins::tell(answer, self.context)
    }

    /// Gives the page to the person, and takes it back when they say so.
    async fn hand_over(&self, wanted: &logins::HandoverArgs, view: View) -> Result<u8, Failure> {
        if wanted.is_awaited() {
            self.context
                .say("the browser's window is yours; the session waits for the page");
        }
        let code = self.act(&args_action(self.args)?, view).await?;
        if code != 0 || wanted.is_awaited() {
            return Ok(code);
        }
        if !self.context.interactive || self.context.json {
            self.context
                .say("the next command takes the page back, such as 'legwork web snapshot'");
            return Ok(code);
        }
        if Terminal::new(self.context.err).hand_over("it waits") == Handed::GivenUp {
            return Ok(report::FAILED);
        }
        self.look(Look::Changes {}, view).await
    }

    async fn rules(&self, change: RuleChange) -> Result<u8, Failure> {
        let ask = Ask {
            order: Order::Rules { change },
            limit: LOOK_LIMIT,
        };
        let answer = self.client()?.ask(&ask, &self.deadline).await?;
        traffic::tell(answer, None, self.context)
    }

    async fn close(&self) -> Result<u8, Failure> {
        if let Some(note) = self.client()?.close(&self.deadline).await? {
            self.context.say(&self.context.err.warn(&note));
        }
        let name = &self.args.common.session;
        if self.context.json {
            self.context
                .print_json(&serde_json::json!({ "closed": name }))?;
        } else {
            self.context.say(&format!("the session '{name}' is closed"));
        }
        Ok(0)
    }

    async fn list(&self) -> Result<u8, Failure> {
        let sessions = Client::list(&self.context.home, &self.deadline).await;
        show::list(&sessions, self.context)
    }
}

fn args_action(args: &Args) -> Result<Action, Failure> {
    args.command
        .action()
        .ok_or_else(|| Failure::user("that is no action"))
}

/// Why nothing came of a command.
fn not_done(answer: Answer) -> Failure {
    let (kind, reason, hint) = match answer {
        Answer::Missing { reason, hint } => (Kind::User, reason, hint),
        Answer::Refused { reason, hint } | Answer::Lost { reason, hint } => {
            (Kind::Browser, reason, hint)
        }
        Answer::Acted(_)
        | Answer::Seen { .. }
        | Answer::Console(_)
        | Answer::Requests(_)
        | Answer::Request(_)
        | Answer::Rules { .. }
        | Answer::Login(_)
        | Answer::Status(_)
        | Answer::Closed {}
        | Answer::OtherVersion {} => (
            Kind::Browser,
            "the session's answer fits no question".to_owned(),
            String::new(),
        ),
    };
    let failure = Failure::new(kind, anyhow::anyhow!("{reason}"));
    failure.hint_if(Some(hint).filter(|hint| !hint.is_empty()))
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let hint = error.hint();
        match error {
            Error::Run(error) => error.into(),
            Error::Name { .. } | Error::NoSession { .. } | Error::Open { .. } => {
                Self::new(Kind::User, error).hint_if(hint)
            }
            Error::File { .. } => Self::new(Kind::Internal, error).hint_if(hint),
            Error::Ended(crate::deadline::Ended::Stopped) => Self::stopped(),
            Error::CutOff { .. }
            | Error::Silent { .. }
            | Error::Start { .. }
            | Error::Version { .. }
            | Error::Broken { .. }
            | Error::Ended(_) => Self::new(Kind::Browser, error).hint_if(hint),
        }
    }
}

/// A ref as typed.
fn reference(text: &str) -> Result<Ref, String> {
    text.parse()
}
