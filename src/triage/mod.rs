//! What a message wants of the user, judged by rules alone: headers first, which tell the same in
//! every language, then the history with the sender, then words.
//!
//! Pure: reads a decoded [`Message`] and a [`Profile`], and never opens a link, moves a message or
//! asks a model. Each [`Verdict`] says why. Proposals can all be undone; deleting, answering and
//! unsubscribing are none of them. Auto-Submitted is RFC 3834, List-Unsubscribe RFC 2369 and 8058.

mod asks;
mod bayes;
mod code;
mod day;
mod money;
mod plan;
mod profile;
mod rules;
mod suspicion;
mod view;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use self::bayes::{JUNK_SURE, Suggestion};
use self::view::View;
use crate::action::Message;

pub use self::bayes::Bayes;
pub use self::profile::Profile;

/// What a message is to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person asks something and waits for an answer.
    NeedsReply,
    /// Something is to be done, but no answer is asked for.
    ToDo,
    /// An invitation to a meeting, its update, cancellation or answer.
    Invitation,
    /// A code to sign in or confirm with.
    Code,
    /// Money is asked for.
    Invoice,
    /// Money was paid or an order taken.
    Receipt,
    /// Goods are on their way.
    Shipping,
    /// Sent to subscribers by a sender they can't talk to.
    Newsletter,
    /// A program tells what happened.
    Notification,
    /// A discussion among many.
    MailingList,
    /// A mail of the user did not arrive.
    DeliveryFailure,
    /// A program answered for an absent person.
    AutoReply,
    /// From a person, to be read.
    Personal,
    /// Deceives, gives orders to programs, or is unwanted.
    Suspicious,
}

impl Kind {
    /// All kinds, those that need the user first.
    pub const ALL: [Self; 14] = [
        Self::NeedsReply,
        Self::ToDo,
        Self::Invitation,
        Self::Code,
        Self::Invoice,
        Self::Receipt,
        Self::Shipping,
        Self::Newsletter,
        Self::Notification,
        Self::MailingList,
        Self::DeliveryFailure,
        Self::AutoReply,
        Self::Personal,
        Self::Suspicious,
    ];

    /// Returns the kind that has this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The word a rule and JSON have for it, such as `needs_reply`.
    pub fn word(self) -> &'static str {
        match self {
            Self::NeedsReply => "needs_reply",
            Self::ToDo => "to_do",
            Self::Invitation => "invitation",
            Self::Code => "code",
            Self::Invoice => "invoice",
            Self::Receipt => "receipt",
            Self::Shipping => "shipping",
            Self::Newsletter => "newsletter",
            Self::Notification => "notification",
            Self::MailingList => "mailing_list",
            Self::DeliveryFailure => "delivery_failure",
            Self::AutoReply => "auto_reply",
            Self::Personal => "personal",
            Self::Suspicious => "suspicious",
        }
    }
}

/// What is worth doing with a message; everything here can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposed {
    /// Put it into a mailbox.
    Move {
        /// The mailbox.
        mailbox: String,
    },
    /// Give it a keyword.
    Label {
        /// The keyword.
        keyword: String,
    },
    /// Set `\Flagged`.
    Flag,
    /// Leave it as it is.
    Keep,
}

/// How a subscription can be ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsubscribe {
    /// By one POST to this address (RFC 8058).
    OneClick(String),
    /// By a mail to this `mailto:` address.
    Mail(String),
    /// On this page, by hand.
    Page(String),
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Digits with a point before the cents, such as `1204.50`.
    pub value: String,
    /// ISO 4217, such as `EUR`.
    pub currency: String,
}

/// What was found in a message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Details {
    /// The code to sign in with; never to be passed on.
    pub code: Option<String>,
    /// What is asked for or was paid.
    pub amount: Option<Amount>,
    /// By when something is to be paid or done.
    pub due: Option<Date>,
    /// Under what number a parcel can be followed.
    pub tracking: Option<String>,
    /// The day proposed for a meeting.
    pub meeting_day: Option<Date>,
    /// How to end the subscription.
    pub unsubscribe: Option<Unsubscribe>,
    /// The address that a mail of the user did not reach.
    pub bounced: Option<String>,
    /// The method of an invitation, such as `REQUEST` (RFC 5546).
    pub method: Option<String>,
    /// Since when somebody waits for the user.
    pub waits_since: Option<Timestamp>,
    /// Where the user keeps mails like it; only a suggestion.
    pub suggestion: Option<Suggested>,
}

/// Where a mail may belong, by what the user's moves taught.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggested {
    /// The mailbox.
    pub mailbox: String,
    /// How sure, in hundredths.
    pub percent: u32,
    /// The words it rests on.
    pub grounds: Vec<String>,
}

/// What was judged, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What the message is.
    pub kind: Kind,
    /// Why, in one sentence for people.
    pub reason: String,
    /// The headers or words it rests on.
    pub evidence: Vec<String>,
    /// What was found.
    pub details: Details,
    /// What is worth doing.
    pub plan: Vec<Proposed>,
    /// Whether no rule said much and a person wrote it to the user: what a model could still judge.
    pub left: bool,
}

/// Where users throw what they do not want.
const JUNK: &str = "Junk";

/// A kind with its grounds, before the plan is made.
struct Finding {
    kind: Kind,
    reason: String,
    evidence: Vec<String>,
    details: Details,
    left: bool,
    /// What to do instead of what is usual for its kind.
    plan: Option<Vec<Proposed>>,
}

impl Finding {
    fn new(kind: Kind, reason: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
            evidence: vec![evidence.into()],
            details: Details::default(),
            left: false,
            plan: None,
        }
    }
}

/// Judges a message: by the user's own rules, by structure, by history, by words, and last by what
/// the user's moves taught.
pub fn judge(message: &Message, profile: &Profile) -> Verdict {
    let view = View::new(message, profile);
    // The order matters: what is structure beats what is words, and a trap must be seen before
    // anything in it is believed.
    let steps = [
        view::delivery_failure,
        suspicion::find,
        view::invitation,
        view::auto_reply,
        code::find,
        money::find,
        view::bulk,
    ];
    let found = steps.iter().find_map(|step| step(&view));
    let mut found = found.unwrap_or_else(|| asks::find(&view));
    found.details.unsubscribe = view.unsubscribe();
    match rules::find(&view) {
        Some(fits) => ruled(&fits, &mut found),
        None => taught(&view, &mut found),
    }
    plan::verdict(&view, found)
}

/// What a rule of the user says is final.
fn ruled(fits: &rules::Fits<'_>, found: &mut Finding) {
    found.evidence.insert(0, format!("your {}", fits.name));
    if let Some(kind) = fits.kind() {
        found.kind = kind;
        found.reason = format!("Your {} says so", fits.name);
    }
    found.plan = fits.plan();
    found.left = false;
}

/// What the user's moves taught only suggests, except for what is surely junk from a stranger.
fn taught(view: &View<'_>, found: &mut Finding) {
    let Some(Suggestion {
        mailbox,
        sure,
        grounds,
    }) = view.profile.learned.suggest(view.message)
    else {
        return;
    };
    let is_stranger = !view.is_known() && !view.answers_user();
    let is_open = matches!(
        found.kind,
        Kind::NeedsReply | Kind::ToDo | Kind::Personal | Kind::Newsletter
    );
    if sure > JUNK_SURE && mailbox.eq_ignore_ascii_case(JUNK) && is_stranger && is_open {
        found.kind = Kind::Suspicious;
        found.reason = format!("{} writes what you throw into {mailbox}", view.who());
        found
            .evidence
            .insert(0, format!("words: {}", grounds.join(", ")));
        found.plan = Some(vec![Proposed::Move { mailbox }]);
        found.left = false;
        return;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a probability in hundredths"
    )]
    let percent = (sure * 100.0).floor() as u32;
    found.details.suggestion = Some(Suggested {
        mailbox,
        percent,
        grounds,
    });
}

/// Finds the one-time code that a message brings, whoever reads it.
pub fn one_time_code(message: &Message) -> Option<String> {
    let nobody = Profile::new(&[], TimeZone::UTC);
    judge(message, &nobody).details.code
}

/// Counts the verdicts of each kind, the kinds that need the user first.
pub fn summary<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> BTreeMap<Kind, usize> {
    let mut counts = BTreeMap::new();
    for verdict in verdicts {
        *counts.entry(verdict.kind).or_insert(0) += 1;
    }
    counts
}
