//! What sentences mean.

use crate::action::{Flag, ForwardAs, PartStat};

use super::value::Value;

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Sentence {
    /// Loads an address.
    Open(Value),
    /// Clicks a control.
    Click(Target, Presence),
    /// Types into a field.
    Fill(Target, Value),
    /// Chooses an option, of the named list or of whichever list has it.
    Choose(Value, Option<Target>),
    /// Ticks or unticks.
    Check {
        /// The box.
        target: Target,
        /// Whether it shall be on.
        on: bool,
    },
    /// Presses a key.
    Press(String),
    /// Waits for text to be there.
    WaitFor(Value),
    /// Waits for text to be gone.
    WaitGone(Value),
    /// Demands that something is so.
    Expect(Expected),
    /// Saves the text of an element, or of the page.
    Save(Option<Target>, String),
    /// Saves the reference or number that the page confirms with, when it shows one.
    SaveReference(String),
    /// Goes one page back.
    Back,
    /// Closes a banner or dialog that lies over the page, if there is one.
    ClosePopup,
    /// Goes to another tab.
    SwitchTab(u32),
    /// Opens an empty tab.
    NewTab,
    /// Closes the tab.
    CloseTab,
    /// Finds and reads one mail.
    FindMail {
        /// Words of the sender.
        from: Option<Value>,
        /// What it is about.
        about: Option<Value>,
        /// Under which name it is kept.
        name: String,
    },
    /// Waits for a mail that comes after the run began, and reads it.
    WaitMail {
        /// Words of the sender.
        from: Option<Value>,
        /// What it is about.
        about: Option<Value>,
        /// Under which name it is kept.
        name: String,
        /// How long to wait, in seconds.
        limit_s: u32,
        /// Whether it is a failure when none comes.
        presence: Presence,
    },
    /// Lists the thread of a mail found before.
    ShowThread(String),
    /// Drafts an answer to a mail found before.
    Reply {
        /// Name of the mail.
        to: String,
        /// Text of the answer.
        body: Value,
        /// Whether it goes to everyone the mail went to.
        all: bool,
        /// Under which name the draft is kept.
        name: String,
    },
    /// Drafts a mail that passes on one found before.
    Forward {
        /// Name of the mail.
        mail: String,
        /// Addresses of those who get it.
        to: Value,
        /// What is said above it; may be empty.
        body: Value,
        /// How it is passed on.
        how: ForwardAs,
    },
    /// Leaves the list of a mail found before.
    Unsubscribe(String),
    /// Drafts a mail.
    Draft {
        /// Addresses of those who get it.
        to: Value,
        /// Subject.
        subject: Value,
        /// Text.
        body: Value,
        /// Under which name the draft is kept.
        name: String,
    },
    /// Sends a draft made before.
    Send(String),
    /// Sends a draft that lies in Drafts.
    SendDraft {
        /// Words of a recipient.
        to: Option<Value>,
        /// What it is about.
        about: Option<Value>,
    },
    /// Several things, one after the other.
    Several(Vec<Sentence>),
    /// Moves a mail found before.
    MoveMail(String, Value),
    /// Sets or clears a flag of a mail found before.
    FlagMail {
        /// Name of the mail.
        mail: String,
        /// The flag.
        flag: Flag,
        /// Whether it shall be set.
        on: bool,
    },
    /// Does one thing with every mail of the inbox that is as said.
    Mails {
        /// What to do.
        chore: Chore,
        /// With which mails.
        which: Which,
    },
    /// Takes back what an earlier run did.
    Undo {
        /// Its id, or `last`.
        run: String,
        /// Which of its steps; none means all.
        step: Option<u32>,
    },
    /// Lists what the calendar holds in a span of time.
    Agenda(Value),
    /// Finds a free slot.
    FindSlot {
        /// How long.
        length: Length,
        /// In which span of time; none is the next two weeks.
        when: Option<Value>,
        /// Under which name it is kept.
        name: String,
    },
    /// Writes an event.
    AddEvent {
        /// Title.
        title: Value,
        /// When it begins: a saved slot or a date and time.
        at: Value,
        /// How long; none takes the slot's own.
        length: Option<Length>,
        /// Where.
        location: Option<Value>,
    },
    /// Picks a date and time on the page that the calendar has free.
    PickTime {
        /// In which span of time; none is the next two weeks.
        when: Option<Value>,
        /// How long it takes.
        length: Option<Length>,
        /// Under which name the slot is kept.
        name: String,
    },
    /// Fills what the form asks for from the user's own facts.
    AnswerForm {
        /// Whether the user agrees to the site's terms.
        agree: bool,
    },
    /// Goes through a form of several steps up to, and not over, its last button.
    WorkThrough {
        /// What it is for, to choose among options.
        reason: Option<Value>,
        /// Name of the mail that asks for it, to choose among options.
        request: Option<String>,
        /// In which span of time a slot is picked.
        when: Option<Value>,
        /// How long it takes.
        length: Option<Length>,
        /// Under which name the slot is kept.
        name: String,
        /// Whether the user agrees to the site's terms.
        agree: bool,
    },
    /// Presses the last button of a form.
    Confirm,
    /// Does something with events and invitations.
    Event(EventDeed),
    /// Sorts the inbox.
    Triage,
    /// Asks the user.
    Ask(Value, String),
    /// Ends the run with a message.
    Stop(Value),
}

/// What is done with mails; all of it can be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chore {
    /// Puts them into a mailbox.
    Move(Value),
    /// Sets or clears a flag or label.
    Flag(Flag, bool),
    /// Puts them off until then.
    Snooze(Value),
}

/// Which mails of the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    /// Words of the sender.
    pub from: Option<Value>,
    /// What they are about.
    pub about: Option<Value>,
    /// What they are.
    pub sort: Option<MailSort>,
    /// All that fit, not only the newest.
    pub many: bool,
}

impl Chore {
    fn values(&self) -> impl Iterator<Item = &Value> {
        let value = match self {
            Self::Move(value) | Self::Snooze(value) => Some(value),
            Self::Flag(..) => None,
        };
        value.into_iter()
    }
}

impl Which {
    fn values(&self) -> impl Iterator<Item = &Value> {
        self.from.iter().chain(&self.about)
    }
}

/// What a mail is, as far as a sentence can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSort {
    /// Sent to subscribers.
    Newsletter,
    /// A program tells what happened.
    Notification,
    /// A discussion among many.
    List,
    /// Money was paid or an order taken.
    Receipt,
    /// Money is asked for.
    Invoice,
    /// Goods are on their way.
    Shipping,
    /// To a meeting.
    Invitation,
    /// To sign in with.
    Code,
    /// A program answered for an absent person.
    AutoReply,
    /// Deceives, or is unwanted.
    Suspicious,
}

/// What is done with events and invitations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventDeed {
    /// Finds a time that is free, writes the event and drafts the invitation.
    Meet {
        /// How long.
        length: Length,
        /// Addresses of those invited.
        guests: Vec<Value>,
        /// In which span of time; none is the next two weeks.
        when: Option<Value>,
        /// What it is called.
        title: Option<Value>,
        /// Whether the invitation is sent too.
        send: bool,
    },
    /// Moves an event.
    Move {
        /// Words of it.
        event: Value,
        /// To when; none where only the kind of day was said.
        to: Option<Value>,
        /// To a day without meetings.
        quiet: bool,
    },
    /// Answers an invitation.
    Answer {
        /// Its day, title or sender; empty is the only one.
        which: Value,
        /// The answer.
        answer: PartStat,
        /// Whether what clashes with it is declined.
        clashes: bool,
        /// Whether the answer is sent too.
        send: bool,
    },
    /// Calls an event off, or removes it where nobody is invited.
    CallOff {
        /// Words of it.
        event: Value,
        /// Whether its guests are told.
        send: bool,
    },
    /// Lists what is free.
    Free {
        /// In which span of time.
        when: Value,
    },
    /// Writes an event of the user's own.
    Put {
        /// What it is called.
        title: Value,
        /// When, once or again and again.
        when: Value,
        /// How long.
        length: Option<Length>,
        /// Whether it takes whole days.
        whole: bool,
    },
    /// Changes how long an event takes.
    Resize {
        /// Words of it.
        event: Value,
        /// Which way.
        how: Resize,
        /// By how much, or to what.
        length: Length,
    },
    /// Invites more people to an event that is there, and drafts the invitation.
    Invite {
        /// Words of it.
        event: Value,
        /// Addresses of those invited.
        guests: Vec<Value>,
        /// Whether the invitation is sent too.
        send: bool,
    },
    /// Says when an event is, where and with whom.
    Tell {
        /// Words of it; none is the next one.
        event: Option<Value>,
    },
}

/// How the length of an event changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resize {
    /// It ends later.
    Longer,
    /// It ends earlier.
    Shorter,
    /// It takes this long.
    To,
}

impl EventDeed {
    /// Says whether it changes the calendar.
    pub fn changes(&self) -> bool {
        match self {
            Self::Meet { .. }
            | Self::Move { .. }
            | Self::Answer { .. }
            | Self::CallOff { .. }
            | Self::Put { .. }
            | Self::Resize { .. }
            | Self::Invite { .. } => true,
            Self::Free { .. } | Self::Tell { .. } => false,
        }
    }

    /// Returns the values of the deed, in order.
    fn values(&self) -> Vec<&Value> {
        match self {
            Self::Meet {
                length,
                guests,
                when,
                title,
                ..
            } => std::iter::once(&length.amount)
                .chain(guests)
                .chain(when)
                .chain(title)
                .collect(),
            Self::Move { event, to, .. } => std::iter::once(event).chain(to).collect(),
            Self::Answer { which, .. } => vec![which],
            Self::CallOff { event, .. } => vec![event],
            Self::Free { when } => vec![when],
            Self::Put {
                title,
                when,
                length,
                ..
            } => {
                let amount = length.iter().map(|length| &length.amount);
                [title, when].into_iter().chain(amount).collect()
            }
            Self::Resize { event, length, .. } => vec![event, &length.amount],
            Self::Invite { event, guests, .. } => std::iter::once(event).chain(guests).collect(),
            Self::Tell { event } => event.iter().collect(),
        }
    }
}

/// What a sentence demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// The page shows the text.
    Text(Value),
    /// The page does not show the text.
    NoText(Value),
    /// The page's address contains the text.
    Address(Value),
    /// The page says that what was asked for is done.
    Confirmation,
}

/// Whether it is a failure when something is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must be there.
    Must,
    /// It is passed over when it is not there.
    IfPresent,
}

/// How long something takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Length {
    /// A number, or the name of one.
    pub amount: Value,
    /// Minutes in one unit of it.
    pub unit_minutes: u32,
}

/// Which element is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its wording; empty when only its kind is given.
    pub text: Value,
    /// Its kind, when said.
    pub kind: Option<Kind>,
    /// Which one of several alike, when said.
    pub ordinal: Option<Ordinal>,
    /// Where it must lie.
    pub scopes: Vec<Scope>,
}

/// Which one of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordinal {
    /// Counts from 1.
    Nth(usize),
    /// The last one.
    Last,
}

/// Kinds of element a sentence can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A button.
    Button,
    /// A link.
    Link,
    /// A text field.
    Field,
    /// A list to choose from.
    List,
    /// A checkbox or switch.
    Checkbox,
    /// A radio button.
    Radio,
    /// A tab of the page.
    Tab,
    /// An item of a menu.
    MenuItem,
    /// An option of a list.
    Option,
    /// A heading.
    Heading,
    /// A row of a table or an item of a list.
    Row,
    /// A cell of a table or of a month.
    Cell,
    /// A picture.
    Image,
    /// Any text.
    Text,
}

/// Where a target must lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// In the row, item or card that contains the text.
    Row(Value),
    /// In the dialog, of the given name when said.
    Dialog(Option<Value>),
    /// Below the heading, or in the section of that name.
    Section(Value),
    /// Nearest to the text.
    Near(Value),
}

impl Sentence {
    /// Says whether it writes a letter.
    pub fn writes(&self) -> bool {
        if let Self::Several(all) = self {
            return all.iter().any(Self::writes);
        }
        matches!(
            self,
            Self::Reply { .. } | Self::Forward { .. } | Self::Draft { .. }
        )
    }

    /// Says whether it leaves a list.
    pub fn leaves(&self) -> bool {
        if let Self::Several(all) = self {
            return all.iter().any(Self::leaves);
        }
        matches!(self, Self::Unsubscribe(_))
    }

    /// Returns the name under which the sentence keeps something, when it does.
    pub fn gives(&self) -> impl Iterator<Item = &str> {
        let name = match self {
            Self::Save(_, name)
            | Self::SaveReference(name)
            | Self::FindMail { name, .. }
            | Self::WaitMail { name, .. }
            | Self::Reply { name, .. }
            | Self::Draft { name, .. }
            | Self::FindSlot { name, .. }
            | Self::PickTime { name, .. }
            | Self::WorkThrough { name, .. }
            | Self::Ask(_, name) => Some(name.as_str()),
            Self::Open(_)
            | Self::Click(..)
            | Self::Fill(..)
            | Self::Choose(..)
            | Self::Check { .. }
            | Self::Press(_)
            | Self::WaitFor(_)
            | Self::WaitGone(_)
            | Self::Expect(_)
            | Self::Back
            | Self::ClosePopup
            | Self::SwitchTab(_)
            | Self::NewTab
            | Self::CloseTab
            | Self::ShowThread(_)
            | Self::Forward { .. }
            | Self::Send(_)
            | Self::SendDraft { .. }
            | Self::Several(_)
            | Self::Unsubscribe(_)
            | Self::MoveMail(..)
            | Self::FlagMail { .. }
            | Self::Mails { .. }
            | Self::Undo { .. }
            | Self::Agenda(_)
            | Self::AddEvent { .. }
            | Self::AnswerForm { .. }
            | Self::Confirm
            | Self::Event(_)
            | Self::Triage
            | Self::Stop(_) => None,
        };
        name.into_iter()
    }

    /// Returns the values of the sentence, in order.
    #[expect(clippy::too_many_lines, reason = "a flat table")]
    pub fn values(&self) -> Vec<&Value> {
        match self {
            Self::Event(deed) => deed.values(),
            Self::Open(value)
            | Self::WaitFor(value)
            | Self::WaitGone(value)
            | Self::Agenda(value)
            | Self::Ask(value, _)
            | Self::Stop(value)
            | Self::MoveMail(_, value)
            | Self::Reply { body: value, .. }
            | Self::Choose(value, None)
            | Self::Expect(
                Expected::Text(value) | Expected::NoText(value) | Expected::Address(value),
            ) => vec![value],
            Self::Click(target, _) | Self::Check { target, .. } | Self::Save(Some(target), _) => {
                target.values()
            }
            Self::Fill(target, value) | Self::Choose(value, Some(target)) => {
                let mut all = target.values();
                all.push(value);
                all
            }
            Self::FindMail { from, about, .. } | Self::WaitMail { from, about, .. } => {
                from.iter().chain(about).collect()
            }
            Self::Mails { chore, which } => which.values().chain(chore.values()).collect(),
            Self::Draft {
                to, subject, body, ..
            } => vec![to, subject, body],
            Self::Forward { to, body, .. } => vec![to, body],
            Self::SendDraft { to, about } => to.iter().chain(about).collect(),
            Self::Several(all) => all.iter().flat_map(Self::values).collect(),
            Self::FindSlot { length, when, .. } => when.iter().chain([&length.amount]).collect(),
            Self::AddEvent {
                title,
                at,
                length,
                location,
            } => [title, at]
                .into_iter()
                .chain(length.iter().map(|l| &l.amount))
                .chain(location)
                .collect(),
            Self::PickTime { when, length, .. } => {
                let length = length.iter().map(|l| &l.amount);
                when.iter().chain(length).collect()
            }
            Self::WorkThrough {
                reason,
                when,
                length,
                ..
            } => reason
                .iter()
                .chain(when)
                .chain(length.iter().map(|l| &l.amount))
                .collect(),
            Self::Press(_)
            | Self::Expect(Expected::Confirmation)
            | Self::Save(None, _)
            | Self::SaveReference(_)
            | Self::Back
            | Self::ClosePopup
            | Self::SwitchTab(_)
            | Self::NewTab
            | Self::CloseTab
            | Self::ShowThread(_)
            | Self::Send(_)
            | Self::Unsubscribe(_)
            | Self::FlagMail { .. }
            | Self::Undo { .. }
            | Self::AnswerForm { .. }
            | Self::Confirm
            | Self::Triage => Vec::new(),
        }
    }

    /// Returns the names that must be known before the sentence.
    pub fn uses(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .values()
            .iter()
            .flat_map(|value| value.names().map(|(name, _)| name.to_owned()))
            .collect();
        if let Self::Reply { to: name, .. }
        | Self::Forward { mail: name, .. }
        | Self::Unsubscribe(name)
        | Self::MoveMail(name, _)
        | Self::ShowThread(name)
        | Self::FlagMail { mail: name, .. }
        | Self::WorkThrough {
            request: Some(name),
            ..
        } = self
        {
            names.push(name.clone());
        }
        names
    }
}

impl Target {
    /// Returns the values of the target, in order.
    pub fn values(&self) -> Vec<&Value> {
        let scopes = self.scopes.iter().filter_map(|scope| match scope {
            Scope::Row(value) | Scope::Section(value) | Scope::Near(value) => Some(value),
            Scope::Dialog(name) => name.as_ref(),
        });
        std::iter::once(&self.text).chain(scopes).collect()
    }
}
