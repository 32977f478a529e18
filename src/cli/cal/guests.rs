//! `legwork cal invite` and `cancel`: the event is changed and the letter to its guests drafted;
//! sending it is `legwork mail send`, which shows its exact bytes.

use super::change::{confirmed, deed, quoted};
use super::pick::{self, Wanted};
use super::{Context, Desk, Failure};
use crate::action::{Action, Address, EventLetter, EventPatch, EventStatus, EventUpdate, Letter};
use crate::agent::approve::DenyAll;
use crate::cli::one::{self, Telling};
use crate::cli::report;

/// What follows a letter.
pub(super) const SEND: &str = "its letter lies in Drafts, 'legwork mail send ID' sends it";

/// Invite someone to an event, and draft the invitation
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct InviteArgs {
    #[command(flatten)]
    wanted: Wanted,
    /// Whom; without, the invitation is drafted again for everyone invited
    guests: Vec<String>,
    /// Don't ask whether it is meant
    #[arg(long, short)]
    yes: bool,
}

/// Call an event off, and draft the letter that says so to its guests
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CancelArgs {
    #[command(flatten)]
    wanted: Wanted,
    /// Don't ask whether it is meant
    #[arg(long, short)]
    yes: bool,
}

/// Ask the organizer of an event for its latest version
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RefreshArgs {
    #[command(flatten)]
    wanted: Wanted,
}

pub(super) fn refresh(args: &RefreshArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let picked = pick::pick(&args.wanted, desk)?;
    let title = quoted(&picked.event);
    let goal = format!("ask for the latest version of the invitation {title}");
    let letter = letter(picked.event.uid.clone(), Letter::Refresh {});
    let answer = format!("asked for the latest version: {SEND}");
    let deed = deed(goal, answer, &picked.event, letter);
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

pub(super) fn invite(args: &InviteArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let picked = pick::pick(&args.wanted, desk)?;
    let guests = args.guests.join(" and ");
    let becomes = format!("inviting {guests}");
    let asks = !args.yes && !guests.is_empty();
    if asks && !confirmed(&picked, &becomes, "Invite them?", (desk, context))? {
        return Ok(report::REFUSED);
    }
    let uid = picked.event.uid.clone();
    let update = Action::EventUpdate(Box::new(EventUpdate {
        uid: uid.clone(),
        which: picked.which.clone(),
        patch: EventPatch::default(),
        invite: args
            .guests
            .iter()
            .map(|email| Address {
                name: String::new(),
                email: email.trim().to_owned(),
            })
            .collect(),
        if_free: false,
    }));
    let goal = format!("invite {guests} to the event {}", quoted(&picked.event));
    let letter = letter(uid, Letter::Request { to: Vec::new() });
    let mut deed = deed(goal, format!("invited: {SEND}"), &picked.event, update);
    if guests.is_empty() {
        deed.actions.pop();
    }
    deed.actions.push(letter);
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

pub(super) fn cancel(args: &CancelArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let picked = pick::pick(&args.wanted, desk)?;
    let me = &desk.config.me.emails;
    let own = |email: &str| me.iter().any(|own| own.eq_ignore_ascii_case(email));
    let mut guests = picked.event.attendees.iter();
    if !own(&picked.event.organizer) || guests.all(|one| own(&one.email)) {
        let title = quoted(&picked.event);
        return Err(
            Failure::user(format!("{title} has no guests of yours to tell"))
                .hint("'legwork cal delete' takes it out of your calendar")
                .hint("'legwork cal respond' tells an organizer that you are not coming"),
        );
    }
    if !args.yes && !confirmed(&picked, "called off", "Call it off?", (desk, context))? {
        return Ok(report::REFUSED);
    }
    let uid = picked.event.uid.clone();
    let update = Action::EventUpdate(Box::new(EventUpdate {
        uid: uid.clone(),
        which: picked.which.clone(),
        patch: EventPatch {
            status: Some(EventStatus::Cancelled),
            ..EventPatch::default()
        },
        invite: Vec::new(),
        if_free: false,
    }));
    let goal = format!("cancel the event {}", quoted(&picked.event));
    let said = Letter::Cancel {
        which: picked.which.clone(),
    };
    let mut deed = deed(goal, format!("called off: {SEND}"), &picked.event, update);
    deed.actions.push(letter(uid, said));
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

/// The letter of an event in the calendar.
pub(super) fn letter(uid: String, letter: Letter) -> Action {
    Action::EventLetter(EventLetter {
        uid,
        mail: None,
        letter,
        words: String::new(),
    })
}
