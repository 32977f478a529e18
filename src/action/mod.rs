//! The words the whole program shares: what can be done, how much it does to the world, and what
//! came of it.
//!
//! [`Action`] is the one list of things a planner may ask for; only actions that work are in it.
//! Nothing here does anything: hands perform, the policy judges, the loop runs.

mod calendar;
mod mail;
mod outcome;
mod page;
mod traffic;
mod undo;
mod unsubscribe;
mod web;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use calendar::{
    Agenda, Attendee, CalendarSync, Event, EventDelete, EventImport, EventLetter, EventPatch,
    EventRespond, EventStatus, EventTake, EventUpdate, FindSlot, FreeBusy, Hours, Imported,
    Interval, Invitations, Invite, InviteKind, Letter, MirrorSynced, Moment, NewEvent, PartStat,
    Slot, SyncFailure, Which,
};
pub use mail::{
    Address, Attachment, Envelope, Flag, ForwardAs, Judged, Link, MailDraft, MailFlag, MailId,
    MailMove, MailQuery, MailRead, MailSearch, MailSend, MailSnooze, MailThread, MailTriage,
    MailWake, Message, is_unread_sender,
};
pub use outcome::{Change, Datum, Evidence, Found, KeptFile, Outcome, Output, Record, Status};
pub use page::{NodeState, RawNode, RawPage, Rect, Ref, TabInfo};
pub use traffic::{
    ConsoleLog, ConsoleMessage, Level, ReadConsole, ReadRequests, RequestDetail, RequestInfo,
    RequestLog,
};
pub use undo::{
    CalendarChange, FileChange, PastRun, PastStep, SNOOZED, Snoozed, TRASH, Undo, Undoable,
};
pub use unsubscribe::{Exit, MailUnsubscribe, Subscription};
pub use web::{
    AnswerDialog, Button, Check, Click, Condition, Download, Drag, Entry, Extract, Fetch, Field,
    FieldKind, Fill, FillForm, Form, Held, Hover, Open, Press, ReadPage, Scroll, Select, Shot,
    SwitchTab, TypeText, Upload, Wait, Way,
};

/// One thing a planner asks for.
///
/// Every variant carries a struct (never a unit variant: serde accepts stray fields on those).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Loads an address in the current tab.
    Open(Open),
    /// Clicks an element with real mouse events.
    Click(Click),
    /// Replaces the value of a text-like field.
    Fill(Fill),
    /// Types into what a text field holds already, key by key.
    Type(TypeText),
    /// Sets several fields of a form in one go and reads them back.
    FillForm(FillForm),
    /// Chooses options of a list by label or value.
    Select(Select),
    /// Ticks or unticks a checkbox, radio or switch.
    Check(Check),
    /// Presses a key or a chord such as `Enter` or `Control+a`.
    Press(Press),
    /// Waits until something is so; also used to prove that it is.
    Wait(Wait),
    /// Reads the text of the page or of one element.
    Read(ReadPage),
    /// Brings what the page says as data, each value with the ref it stands at.
    Extract(Extract),
    /// Takes a picture of the page or of one element.
    Screenshot(Shot),
    /// Prints the page as a PDF file.
    Pdf {},
    /// Drags an element onto another with real mouse events.
    Drag(Drag),
    /// Hands files that the user named to a page.
    Upload(Upload),
    /// Clicks what gives a file and keeps the file in quarantine.
    Download(Download),
    /// Answers a JavaScript dialog: the open one, else the one that the next action opens.
    Dialog(AnswerDialog),
    /// Goes one page back in the tab's history.
    Back {},
    /// Loads the current page anew.
    Reload {},
    /// Moves the mouse over an element, so that what it shows then is shown.
    Hover(Hover),
    /// Scrolls the page, or an element into sight.
    Scroll(Scroll),
    /// Makes another tab the current one.
    SwitchTab(SwitchTab),
    /// Opens an empty tab and makes it the current one.
    NewTab {},
    /// Closes the current tab.
    CloseTab {},
    /// Gets a static page by HTTP, without a browser.
    Fetch(Fetch),
    /// Reads what pages wrote to the console, and the errors of their scripts.
    Console(ReadConsole),
    /// Reads which requests pages sent, or all of one of them.
    Requests(ReadRequests),
    /// Lists messages of a mailbox, newest first.
    MailSearch(MailSearch),
    /// Reads one message; never marks it as seen.
    MailRead(MailRead),
    /// Lists the thread of a message, oldest first.
    MailThread(MailThread),
    /// Says what messages of the inbox want of the user.
    MailTriage(MailTriage),
    /// Writes a draft into the Drafts mailbox.
    MailDraft(MailDraft),
    /// Hands a draft to the outbox.
    MailSend(MailSend),
    /// Moves a message to another mailbox.
    MailMove(MailMove),
    /// Sets or clears a flag or keyword of a message.
    MailFlag(MailFlag),
    /// Puts a message off: out of the inbox, and back at a time or when it is answered.
    MailSnooze(MailSnooze),
    /// Brings back a message that was put off.
    MailWake(MailWake),
    /// Ends the subscription that a message belongs to, by the safest way that the message offers.
    MailUnsubscribe(MailUnsubscribe),
    /// Lists events between two moments, recurrences expanded.
    Agenda(Agenda),
    /// Lists the busy intervals between two moments.
    FreeBusy(FreeBusy),
    /// Finds free slots that keep the user's working hours.
    FindSlot(FindSlot),
    /// Writes a new event into the calendar.
    EventCreate(Box<NewEvent>),
    /// Changes an event that is there, all of it or some of its occurrences.
    EventUpdate(Box<EventUpdate>),
    /// Takes an event, or some of its occurrences, out of the calendar.
    EventDelete(EventDelete),
    /// Writes the user's own answer to an invitation into the calendar.
    EventRespond(EventRespond),
    /// Lists the mails of the inbox about events that are not dealt with.
    Invitations(Invitations),
    /// Takes what a mail says about an event into the calendar.
    EventTake(EventTake),
    /// Takes the events of a file of the user's into the calendar.
    EventImport(EventImport),
    /// Brings the mirrors of calendars on servers up to date.
    CalendarSync(CalendarSync),
    /// Writes the letter of an event as a draft: invitation, answer, cancellation, other time.
    EventLetter(EventLetter),
    /// Lists what an earlier run changed.
    PastRun(PastRun),
    /// Undoes one step of an earlier run.
    Undo(Undo),
    /// Asks the user a question.
    Ask(Ask),
    /// Hands the page over to the user, for what only they can do, and takes it back.
    HandOver(HandOver),
    /// Ends the run as achieved, citing the steps that prove it.
    Done(Done),
    /// Ends the run as not achieved.
    Fail(Fail),
}

/// Asks the user a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The question, one sentence.
    pub question: String,
    /// Answers to choose from; empty when any text will do.
    #[serde(default)]
    pub options: Vec<String>,
}

/// Hands the page over to the user: to log in, or to show that they are human.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// What the user is to do, one sentence.
    pub what: String,
    /// What will be so on the page when they are done; none waits until they say so.
    #[serde(default)]
    pub until: Option<Condition>,
    /// How long to wait for that at most, in milliseconds.
    #[serde(default = "ten_minutes")]
    pub limit_ms: u64,
}

fn ten_minutes() -> u64 {
    600_000
}

/// Ends the run as achieved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// What was achieved, for the user.
    pub answer: String,
    /// Numbers of the steps whose effects were read back and carry the answer.
    #[serde(default)]
    pub cites: Vec<u32>,
    /// Values the goal asked to save, by name.
    #[serde(default)]
    pub saved: std::collections::BTreeMap<String, String>,
}

/// Ends the run as not achieved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    /// Why, one sentence.
    pub reason: String,
    /// What the user can do about it, one sentence; may be empty.
    #[serde(default)]
    pub hint: String,
}

/// What an action does to the world, from harmless to irrevocable.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Changes nothing anywhere.
    Read,
    /// Loads pages and works their controls; a site may count it, nothing is agreed to.
    Browse,
    /// Changes the user's own mail, calendar or files in a way that can be undone.
    Write,
    /// Commits the user towards a site: books, orders, submits, pays, deletes.
    Commit,
    /// Leaves for another person.
    Send,
}

impl Effect {
    /// All effects, mildest first.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Browse,
        Self::Write,
        Self::Commit,
        Self::Send,
    ];

    /// The word used on the command line and in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Browse => "browse",
            Self::Write => "write",
            Self::Commit => "commit",
            Self::Send => "send",
        }
    }
}

impl Action {
    /// Returns the least this action does to the world; the policy may grade a click higher, by
    /// what it lands on, and leaving a list, by the way out.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Wait(_)
            | Self::Read(_)
            | Self::Extract(_)
            | Self::Screenshot(_)
            | Self::Pdf {}
            | Self::SwitchTab(_)
            | Self::Console(_)
            | Self::Requests(_)
            | Self::MailSearch(_)
            | Self::MailRead(_)
            | Self::MailThread(_)
            | Self::MailTriage(_)
            | Self::Agenda(_)
            | Self::FreeBusy(_)
            | Self::FindSlot(_)
            | Self::PastRun(_)
            | Self::Invitations(_)
            | Self::Ask(_)
            | Self::Done(_)
            | Self::Fail(_) => Effect::Read,
            Self::Open(_)
            | Self::Click(_)
            | Self::Fill(_)
            | Self::Type(_)
            | Self::FillForm(_)
            | Self::Select(_)
            | Self::Check(_)
            | Self::Press(_)
            | Self::Drag(_)
            | Self::Dialog(_)
            | Self::Back {}
            | Self::Reload {}
            | Self::Hover(_)
            | Self::Scroll(_)
            | Self::NewTab {}
            | Self::CloseTab {}
            | Self::HandOver(_)
            | Self::Fetch(_) => Effect::Browse,
            // A file comes to lie on the user's disk.
            Self::Download(_)
            | Self::MailDraft(_)
            | Self::MailMove(_)
            | Self::MailFlag(_)
            | Self::MailSnooze(_)
            | Self::MailWake(_)
            | Self::MailUnsubscribe(_)
            | Self::Undo(_)
            | Self::EventCreate(_)
            | Self::EventUpdate(_)
            | Self::EventDelete(_)
            | Self::EventRespond(_)
            | Self::EventTake(_)
            | Self::EventImport(_)
            | Self::CalendarSync(_)
            | Self::EventLetter(_) => Effect::Write,
            // A page has a file as soon as it is chosen, and no one gets it back.
            Self::Upload(_) | Self::MailSend(_) => Effect::Send,
        }
    }

    /// The word this action has in JSON, such as `mail_move`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::Click(_) => "click",
            Self::Fill(_) => "fill",
            Self::Type(_) => "type",
            Self::FillForm(_) => "fill_form",
            Self::Select(_) => "select",
            Self::Check(_) => "check",
            Self::Press(_) => "press",
            Self::Wait(_) => "wait",
            Self::Read(_) => "read",
            Self::Extract(_) => "extract",
            Self::Screenshot(_) => "screenshot",
            Self::Pdf {} => "pdf",
            Self::Drag(_) => "drag",
            Self::Upload(_) => "upload",
            Self::Download(_) => "download",
            Self::Dialog(_) => "dialog",
            Self::Back {} => "back",
            Self::Reload {} => "reload",
            Self::Hover(_) => "hover",
            Self::Scroll(_) => "scroll",
            Self::SwitchTab(_) => "switch_tab",
            Self::NewTab {} => "new_tab",
            Self::CloseTab {} => "close_tab",
            Self::Fetch(_) => "fetch",
            Self::Console(_) => "console",
            Self::Requests(_) => "requests",
            Self::MailSearch(_) => "mail_search",
            Self::MailRead(_) => "mail_read",
            Self::MailThread(_) => "mail_thread",
            Self::MailTriage(_) => "mail_triage",
            Self::MailDraft(_) => "mail_draft",
            Self::MailSend(_) => "mail_send",
            Self::MailMove(_) => "mail_move",
            Self::MailFlag(_) => "mail_flag",
            Self::MailSnooze(_) => "mail_snooze",
            Self::MailWake(_) => "mail_wake",
            Self::MailUnsubscribe(_) => "mail_unsubscribe",
            Self::Agenda(_) => "agenda",
            Self::FreeBusy(_) => "free_busy",
            Self::FindSlot(_) => "find_slot",
            Self::EventCreate(_) => "event_create",
            Self::PastRun(_) => "past_run",
            Self::Undo(_) => "undo",
            Self::EventUpdate(_) => "event_update",
            Self::EventDelete(_) => "event_delete",
            Self::EventRespond(_) => "event_respond",
            Self::Invitations(_) => "invitations",
            Self::EventTake(_) => "event_take",
            Self::EventImport(_) => "event_import",
            Self::CalendarSync(_) => "calendar_sync",
            Self::EventLetter(_) => "event_letter",
            Self::Ask(_) => "ask",
            Self::HandOver(_) => "hand_over",
            Self::Done(_) => "done",
            Self::Fail(_) => "fail",
        }
    }
}
