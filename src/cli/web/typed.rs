//! What can be typed after `legwork web`, and the action each becomes.

use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;

use super::more::{
    ClickArgs, DialogArgs, DragArgs, ExtractArgs, FillArgs, ReadArgs, ScreenshotArgs, ScrollArgs,
    SelectArgs, TypeArgs, UploadArgs,
};
use super::{ACTION_LIMIT, logins, reference, serve, traffic};
use crate::action::{
    Action, Check, Condition, Download, Hover, Open as OpenAction, Press, Ref, SwitchTab,
    Wait as WaitAction,
};
use crate::cli::wish::WishArgs;

/// Longest wait that can be asked for, in seconds: an hour.
const WAIT_SECONDS_MAX: u64 = 3_600;
/// How long a file may take to come down; a large one over a slow line takes minutes.
const DOWNLOAD_LIMIT: Duration = Duration::from_mins(16);
/// What a wait may take beyond its own limit.
const WAIT_MARGIN: Duration = Duration::from_secs(10);

/// One action.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Open an address, starting the session where there is none
    #[command(after_help = OPEN)]
    Open(Open),
    /// Show the page: roles, names, values, states, refs
    #[command(after_help = SNAPSHOT)]
    Snapshot(Snapshot),
    /// Click an element with real mouse events
    #[command(after_help = CLICK)]
    Click(ClickArgs),
    /// Replace the value of a field, or of several in one go
    #[command(after_help = FILL)]
    Fill(FillArgs),
    /// Type at the end of what a field holds, key by key
    #[command(after_help = TYPE)]
    Type(TypeArgs),
    /// Choose options of a list by label or value
    #[command(after_help = SELECT)]
    Select(SelectArgs),
    /// Tick a checkbox, radio or switch
    #[command(after_help = CHECK)]
    Check(OnRef),
    /// Untick a checkbox or switch
    #[command(after_help = UNCHECK)]
    Uncheck(OnRef),
    /// Press a key or a chord
    #[command(after_help = PRESS)]
    Press(PressArgs),
    /// Drag an element onto another
    #[command(after_help = DRAG)]
    Drag(DragArgs),
    /// Hand files to a page, by its file field or the button in front of it
    #[command(after_help = UPLOAD)]
    Upload(UploadArgs),
    /// Click what gives a file, and keep the file in quarantine
    #[command(after_help = DOWNLOAD)]
    Download(OnRef),
    /// Answer a dialog of the page: the open one, else the one that the next action opens
    #[command(after_help = DIALOG)]
    Dialog(DialogArgs),
    /// Wait until something is so
    #[command(after_help = WAIT)]
    Wait(Wait),
    /// Print the text of the page or of one element
    #[command(after_help = READ)]
    Read(ReadArgs),
    /// Print what the page says as data, each value with the ref it stands at
    #[command(after_help = EXTRACT)]
    Extract(ExtractArgs),
    /// Take a picture of what is in sight, of the whole page or of one element
    #[command(after_help = SCREENSHOT)]
    Screenshot(ScreenshotArgs),
    /// Print the page as a PDF file
    #[command(after_help = PDF)]
    Pdf(PdfArgs),
    /// Move the mouse over an element, to see what it shows then
    #[command(after_help = HOVER)]
    Hover(OnRef),
    /// Scroll one screen, or until the page says something, or an element into sight
    #[command(after_help = SCROLL)]
    Scroll(ScrollArgs),
    /// Load the page anew
    #[command(after_help = RELOAD)]
    Reload(Plain),
    /// Go one page back
    #[command(after_help = BACK)]
    Back(Plain),
    /// List the tabs
    #[command(after_help = TABS)]
    Tabs(Plain),
    /// Go to another tab, open an empty one, or close the current one
    #[command(after_help = TAB)]
    Tab(TabArgs),
    /// Find elements by their text
    #[command(after_help = FIND)]
    Find(FindArgs),
    /// Print what the pages' scripts wrote to the console
    #[command(after_help = traffic::CONSOLE)]
    Console(traffic::ConsoleArgs),
    /// Print the errors of the pages
    #[command(after_help = traffic::ERRORS)]
    Errors(traffic::ConsoleArgs),
    /// List the requests that pages sent, or print one with its headers and bodies
    #[command(after_help = traffic::REQUESTS)]
    Requests(traffic::RequestsArgs),
    /// Write the requests to a file as an HTTP archive (HAR 1.2)
    #[command(after_help = traffic::HAR)]
    Har(traffic::HarArgs),
    /// Answer requests yourself, by a pattern of their addresses
    #[command(after_help = traffic::MOCK)]
    Mock(traffic::MockArgs),
    /// Block requests, by a pattern of their addresses
    #[command(after_help = traffic::BLOCK)]
    Block(traffic::BlockArgs),
    /// Take the page over in the browser's window, to log in or to show that you are human
    #[command(after_help = logins::HANDOVER)]
    Handover(logins::HandoverArgs),
    /// Save, load, list and remove logins
    #[command(subcommand, after_help = logins::STATE)]
    State(logins::StateCommand),
    /// Show all that lies in one element, or in the section of a heading
    #[command(after_help = EXPAND)]
    Expand(ExpandArgs),
    /// End the session, whatever it is doing
    #[command(after_help = CLOSE)]
    Close(Plain),
    /// List the sessions
    #[command(after_help = LIST)]
    List(Plain),
    /// Keep one session's browser (started by open)
    #[command(hide = true, after_help = SERVE)]
    Serve(serve::Args),
}

const OPEN: &str = "\
Examples:
  legwork web open https://example.org/
  legwork web open http://127.0.0.1:8080/ --session test --json
  legwork web open https://shop.example/ --state shop
  legwork web open https://shop.example/ --cdp http://127.0.0.1:9222

With --cdp the session works in a tab of its own in a browser that you started with
--remote-debugging-port; your tabs are not touched, and it goes on when the session is closed.";
const SNAPSHOT: &str = "\
Examples:
  legwork web snapshot
  legwork web snapshot --interactive --budget 1000
  legwork web snapshot --scope e12 --depth 2
  legwork web snapshot --changes";
const CLICK: &str = "\
Examples:
  legwork web click e3
  legwork web click e3 --double
  legwork web click e3 --right
  legwork web click e3 --hold control
  legwork web click e7 --yes commit";
const FILL: &str = "\
Examples:
  legwork web fill e5 'Ada Lovelace'
  legwork web fill e6 2026-03-14
  legwork web fill e7 ''
  legwork web fill e5=Ada e6=2026-03-14 e7='Next day' e8=on

Several fields are set in their order and read back together: text, dates, options of lists, and
on or off for boxes. What begins with '-' comes after '--', as in: fill e5 -- -q";
const TYPE: &str = "\
Examples:
  legwork web type e5 ' and so on'";
const DRAG: &str = "\
Examples:
  legwork web drag e4 e9";
const UPLOAD: &str = "\
Examples:
  legwork web upload e5 cv.pdf
  legwork web upload e5 front.png back.png";
const DOWNLOAD: &str = "\
Examples:
  legwork web download e7
  legwork web download e7 --json

The file comes to lie in the folder downloads of the data folder, readable by you alone. It is never
opened; its SHA-256 and its type by content are printed. After other actions a file that a page
gives is kept the same way.";
const DIALOG: &str = "\
Examples:
  legwork web dialog accept
  legwork web dialog accept --text Ada
  legwork web dialog dismiss

An alert is accepted by itself. What asks something stays open until it is answered; said before
the action that opens it, the answer is given at once.";
const EXTRACT: &str = "\
Examples:
  legwork web extract total:number due:date
  legwork web extract --rows --in e12 item price:number link:url --json

Fields are named as the page words them: a label, a column's heading. After a colon comes what it
must be: text, number, date, flag or url.";
const PDF: &str = "\
Examples:
  legwork web pdf
  legwork web pdf page.pdf";
const SELECT: &str = "\
Examples:
  legwork web select e8 'Next day'
  legwork web select e9 Red Blue";
const CHECK: &str = "\
Examples:
  legwork web check e9";
const UNCHECK: &str = "\
Examples:
  legwork web uncheck e9";
const PRESS: &str = "\
Examples:
  legwork web press Escape
  legwork web press Enter --on e5
  legwork web press Control+a
  legwork web press ArrowRight --on e7 --times 12";
const WAIT: &str = "\
Examples:
  legwork web wait --text 'Thank you'
  legwork web wait --gone Loading --limit 5
  legwork web wait --address /done";
const READ: &str = "\
Examples:
  legwork web read
  legwork web read e12
  legwork web read --markdown";
const SCREENSHOT: &str = "\
Examples:
  legwork web screenshot
  legwork web screenshot form.png --refs
  legwork web screenshot page.png --full
  legwork web screenshot chart.png --of e12";
const HOVER: &str = "\
Examples:
  legwork web hover e4";
const SCROLL: &str = "\
Examples:
  legwork web scroll
  legwork web scroll --up
  legwork web scroll e12
  legwork web scroll e12 --down
  legwork web scroll --until 'Terms of use'";
const RELOAD: &str = "\
Examples:
  legwork web reload";
const BACK: &str = "\
Examples:
  legwork web back";
const TABS: &str = "\
Examples:
  legwork web tabs";
const TAB: &str = "\
Examples:
  legwork web tab 2
  legwork web tab new
  legwork web tab close";
const FIND: &str = "\
Examples:
  legwork web find 'add to basket'";
const EXPAND: &str = "\
Examples:
  legwork web expand e5
  legwork web expand e5 --after e40
  legwork web expand e5 --budget 8000";
const CLOSE: &str = "\
Examples:
  legwork web close
  legwork web close --session work";
const LIST: &str = "\
Examples:
  legwork web list
  legwork web list --json";
const SERVE: &str = "\
Examples:
  legwork web serve --session work";

/// Opens an address.
#[derive(Debug, clap::Args)]
pub(super) struct Open {
    /// An absolute http or https address; its host may then be worked
    pub(super) url: String,
    /// Show the browser's window, when the session starts with it
    #[arg(long)]
    pub(super) headed: bool,
    /// Run the browser without its sandbox; only for machines that can't have one
    #[arg(long)]
    pub(super) no_sandbox: bool,
    #[command(flatten)]
    pub(super) browser: WishArgs,
}

/// Shows the page.
#[derive(Debug, clap::Args)]
pub(super) struct Snapshot {
    /// Only what can be worked
    #[arg(short, long)]
    pub(super) interactive: bool,
    /// Only this many levels
    #[arg(short, long, value_name = "N")]
    pub(super) depth: Option<usize>,
    /// Only what lies in this element
    #[arg(short, long, value_name = "REF", value_parser = reference)]
    pub(super) scope: Option<Ref>,
    /// Tell where each element is and how large, in CSS pixels
    #[arg(short, long)]
    pub(super) geometry: bool,
    /// Only what changed since the page was last shown
    #[arg(short, long, conflicts_with_all = ["interactive", "depth", "scope", "geometry"])]
    pub(super) changes: bool,
}

/// Shows one element whole.
#[derive(Debug, clap::Args)]
pub(super) struct ExpandArgs {
    /// The element or heading, such as e12
    #[arg(value_name = "REF", value_parser = reference)]
    pub(super) target: Ref,
    /// Begin after this one, where the last look ended
    #[arg(long, value_name = "REF", value_parser = reference)]
    pub(super) after: Option<Ref>,
    /// Tell where each element is and how large, in CSS pixels
    #[arg(short, long)]
    pub(super) geometry: bool,
}

/// Works one element.
#[derive(Debug, clap::Args)]
pub(super) struct OnRef {
    /// The element, such as e12
    #[arg(value_name = "REF", value_parser = reference)]
    target: Ref,
}

/// Presses a key.
#[derive(Debug, clap::Args)]
pub(super) struct PressArgs {
    /// A key such as Enter, a letter, or a chord such as Control+a
    key: String,
    /// The element that gets the focus first
    #[arg(long, value_name = "REF", value_parser = reference)]
    on: Option<Ref>,
    /// How often, for keys that move or remove
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=100))]
    times: u8,
}

/// Waits.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("until").required(true))]
pub(super) struct Wait {
    /// Until the page says this
    #[arg(long, group = "until", value_name = "TEXT")]
    text: Option<String>,
    /// Until the page no longer says this
    #[arg(long, group = "until", value_name = "TEXT")]
    gone: Option<String>,
    /// Until the page's address contains this
    #[arg(long, group = "until", value_name = "TEXT")]
    address: Option<String>,
    /// Wait at most this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    #[arg(value_parser = clap::value_parser!(u64).range(..=WAIT_SECONDS_MAX))]
    limit: u64,
}

/// Goes to a tab.
#[derive(Debug, clap::Args)]
pub(super) struct TabArgs {
    /// The tab's number from `tabs`, or 'new', or 'close'
    #[arg(value_name = "N|new|close")]
    which: Which,
}

/// Finds elements.
#[derive(Debug, clap::Args)]
pub(super) struct FindArgs {
    /// What they say, in any case
    pub(super) text: String,
}

/// Prints the page.
#[derive(Debug, clap::Args)]
pub(super) struct PdfArgs {
    /// The file to write; without one it goes to the run's folder
    pub(super) file: Option<PathBuf>,
}

/// Takes nothing of its own.
#[derive(Debug, clap::Args)]
pub(super) struct Plain {}

#[derive(Debug, Clone, Copy)]
enum Which {
    Number(u32),
    New,
    Close,
}

impl std::str::FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "new" => Ok(Self::New),
            "close" => Ok(Self::Close),
            _ => text
                .parse()
                .map(Self::Number)
                .map_err(|_| "write the tab's number, 'new' or 'close'".to_owned()),
        }
    }
}

impl Command {
    /// The action it becomes; none for what only looks or steers the session.
    pub(super) fn action(&self) -> Option<Action> {
        Some(match self {
            Self::Open(open) => Action::Open(OpenAction {
                url: open.url.clone(),
            }),
            Self::Click(click) => Action::Click(click.action()),
            Self::Fill(fill) => fill.action(),
            Self::Type(typed) => Action::Type(typed.action()),
            Self::Select(select) => Action::Select(select.action()),
            Self::Drag(drag) => Action::Drag(drag.action()),
            Self::Upload(upload) => Action::Upload(upload.action()),
            Self::Download(on) => Action::Download(Download { target: on.target }),
            Self::Dialog(dialog) => Action::Dialog(dialog.action()),
            Self::Check(on) => check(on, true),
            Self::Uncheck(on) => check(on, false),
            Self::Press(press) => Action::Press(Press {
                target: press.on,
                key: press.key.clone(),
                times: press.times,
            }),
            Self::Wait(wait) => Action::Wait(wait.action()?),
            Self::Read(read) => Action::Read(read.action()),
            Self::Extract(extract) => Action::Extract(extract.action()),
            Self::Screenshot(shot) => Action::Screenshot(shot.action()),
            Self::Pdf(_) => Action::Pdf {},
            Self::Hover(on) => Action::Hover(Hover { target: on.target }),
            Self::Scroll(scroll) => Action::Scroll(scroll.action()),
            Self::Reload(_) => Action::Reload {},
            Self::Back(_) => Action::Back {},
            Self::Handover(wanted) => Action::HandOver(wanted.action()),
            Self::Tab(tab) => match tab.which {
                Which::Number(number) => Action::SwitchTab(SwitchTab { number }),
                Which::New => Action::NewTab {},
                Which::Close => Action::CloseTab {},
            },
            Self::Snapshot(_)
            | Self::Tabs(_)
            | Self::Find(_)
            | Self::Console(_)
            | Self::Errors(_)
            | Self::Requests(_)
            | Self::Har(_)
            | Self::Mock(_)
            | Self::Block(_)
            | Self::State(_)
            | Self::Expand(_)
            | Self::Close(_)
            | Self::List(_)
            | Self::Serve(_) => return None,
        })
    }
}

fn check(on: &OnRef, is_on: bool) -> Action {
    Action::Check(Check {
        target: on.target,
        on: is_on,
    })
}

impl Wait {
    fn action(&self) -> Option<WaitAction> {
        let text = |text: &String| text.clone();
        let until = (self.text.as_ref().map(text))
            .map(|text| Condition::Text { text })
            .or_else(|| {
                Some(Condition::Gone {
                    text: self.gone.clone()?,
                })
            })
            .or_else(|| {
                Some(Condition::Address {
                    text: self.address.clone()?,
                })
            })?;
        Some(WaitAction {
            until,
            limit_ms: self.limit * 1_000,
        })
    }
}

/// How long the command may take.
pub(super) fn limit(command: &Command) -> Duration {
    if let Command::Wait(wait) = command {
        return Duration::from_secs(wait.limit) + WAIT_MARGIN;
    }
    if let Command::Handover(wanted) = command {
        return wanted.limit() + WAIT_MARGIN;
    }
    if let Command::Download(_) = command {
        return DOWNLOAD_LIMIT;
    }
    ACTION_LIMIT
}
