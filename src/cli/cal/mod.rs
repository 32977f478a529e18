//! `legwork cal`: the calendar at a glance, free time, booking, and others' calendars.
//!
//! Reads the calendar itself; whatever changes the calendar or a server goes through the loop.

mod agenda;
mod book;
mod change;
mod entry;
mod free;
mod guests;
mod list;
mod pick;
mod respond;
mod show;
mod span;
mod sync;
mod transfer;
mod week;

use jiff::{Timestamp, ZonedDateTime};

use super::report::Kind;
use super::{Context, Failure};
use crate::calendar::{Listing, Vdir};
use crate::clock::Clock;
use crate::config::Config;
use crate::untrusted;

const AGENDA_EXAMPLES: &str = "\
Examples:
  legwork cal agenda                  the coming seven days
  legwork cal agenda tomorrow
  legwork cal agenda next week --week
  legwork cal agenda 2027-03-16 --days 14 --json";

const SHOW_EXAMPLES: &str = "\
Examples:
  legwork cal show dentist
  legwork cal show legwork-4f2a --json";

const FREE_EXAMPLES: &str = "\
Examples:
  legwork cal free                    free stretches of the coming seven days
  legwork cal free thursday afternoon
  legwork cal free next week --minutes 60";

const FIND_EXAMPLES: &str = "\
Examples:
  legwork cal find 30
  legwork cal find 45 next week, not on friday
  legwork cal find 45 next week --with guest@example.org --elsewhere
  legwork cal find 60 tomorrow --json | jq -r '.slots[0].start'";

const BOOK_EXAMPLES: &str = "\
Examples:
  legwork cal book Dentist tuesday at 10:00
  legwork cal book 'Lunch with Dana' 2027-03-16 at 12:30 --minutes 60 --at 'Café Nord'
  legwork cal book Dentist friday at 9:00 --at 'Long Lane 3' --travel 30
  legwork cal book Holiday from 22 March to 26 March --all-day --yes
  legwork cal book Review thursday at 14:00 --invite guest@example.org --calendar work/team

Without a terminal nobody can be asked whether the time is meant: add --yes.";

const MOVE_EXAMPLES: &str = "\
Examples:
  legwork cal move dentist friday at 10:00
  legwork cal move standup --on tuesday --this at 9:30
  legwork cal move 'Team lunch' thursday --future --yes

A day alone keeps the time of day, a time alone keeps the day. Of a recurring event say how much is
meant: --this, --future or --all.";

const EDIT_EXAMPLES: &str = "\
Examples:
  legwork cal edit dentist --title 'Dentist, check-up' --at 'Long Lane 3'
  legwork cal edit standup --all --minutes 20
  legwork cal edit review --invite guest@example.org --yes";

const DELETE_EXAMPLES: &str = "\
Examples:
  legwork cal delete dentist
  legwork cal delete standup --on '18 March' --this
  legwork cal delete standup --future --yes";

const INVITE_EXAMPLES: &str = "\
Examples:
  legwork cal invite review guest@example.org
  legwork cal invite review            draft the invitation again, after a change
  legwork mail send 1                  sends the draft, after showing it";

const CANCEL_EXAMPLES: &str = "\
Examples:
  legwork cal cancel review
  legwork cal cancel standup --on tuesday --this --yes";

const REFRESH_EXAMPLES: &str = "\
Examples:
  legwork cal refresh review
  legwork mail send 1                  sends the draft, after showing it";

const INVITATIONS_EXAMPLES: &str = "\
Examples:
  legwork cal invitations
  legwork cal invitations --json | jq '.invitations[].event.summary'

Nothing in an invitation rings, runs or is opened, and none is added before you answer.";

const RESPOND_EXAMPLES: &str = "\
Examples:
  legwork cal respond 1 accept
  legwork cal respond review decline
  legwork cal respond 2 counter friday at 15:00
  legwork cal respond 3 take           a change, an answer or a cancellation

The letter to the organizer lies in Drafts then; 'legwork mail send' shows it and sends it.";

const SYNC_EXAMPLES: &str = "\
Examples:
  legwork cal sync                    every [[caldav]] account of config.toml
  legwork cal sync work
  legwork cal sync --json | jq '.accounts[].conflicts'

Exits 4 when an account can't be synced; the others are synced all the same.";

const IMPORT_EXAMPLES: &str = "\
Examples:
  legwork cal import holidays.ics
  legwork cal import - < invite.ics

An event that is there is replaced by a newer version only, in the calendar it lies in; one of an
account goes to its server at once. Alarms are never run and links never opened; 'legwork journal
undo' takes all of it back.";

const EXPORT_EXAMPLES: &str = "\
Examples:
  legwork cal export next week > week.ics
  legwork cal export --uid legwork-4f2a > dentist.ics";

/// Look at the calendar, find free time, book
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List what happens, day by day, or draw the week
    #[command(after_help = AGENDA_EXAMPLES)]
    Agenda(agenda::Args),
    /// Show one event with all that is known of it
    #[command(after_help = SHOW_EXAMPLES)]
    Show(show::Args),
    /// List the free stretches within your working hours
    #[command(after_help = FREE_EXAMPLES)]
    Free(free::Args),
    /// Find slots of a length, best first, and say why
    #[command(after_help = FIND_EXAMPLES)]
    Find(free::FindArgs),
    /// Write an event into the calendar
    #[command(after_help = BOOK_EXAMPLES)]
    Book(book::Args),
    /// Move an event to another time
    #[command(after_help = MOVE_EXAMPLES)]
    Move(change::MoveArgs),
    /// Change what an event says
    #[command(after_help = EDIT_EXAMPLES)]
    Edit(change::EditArgs),
    /// Take an event out of the calendar
    #[command(after_help = DELETE_EXAMPLES)]
    Delete(change::DeleteArgs),
    /// Invite someone to an event, and draft the invitation
    #[command(after_help = INVITE_EXAMPLES)]
    Invite(guests::InviteArgs),
    /// Call an event off, and draft the letter that says so to its guests
    #[command(after_help = CANCEL_EXAMPLES)]
    Cancel(guests::CancelArgs),
    /// Ask the organizer of an event for its latest version
    #[command(after_help = REFRESH_EXAMPLES)]
    Refresh(guests::RefreshArgs),
    /// List the mails about events that wait for you
    #[command(after_help = INVITATIONS_EXAMPLES)]
    Invitations(respond::ListArgs),
    /// Answer an invitation, or take a change, an answer or a cancellation in
    #[command(after_help = RESPOND_EXAMPLES)]
    Respond(respond::Args),
    /// Mirror the calendars of your accounts on servers into the calendar folder
    #[command(after_help = SYNC_EXAMPLES)]
    Sync(sync::Args),
    /// Take the events of an iCalendar file into the calendar
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(transfer::ImportArgs),
    /// Write events as one iCalendar file to stdout
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(transfer::ExportArgs),
}

pub(super) fn run(command: &Command, context: &Context) -> Result<u8, Failure> {
    let desk = Desk::open(context)?;
    match command {
        Command::Agenda(args) => agenda::run(args, &desk, context),
        Command::Show(args) => show::run(args, &desk, context),
        Command::Free(args) => free::run(args, &desk, context),
        Command::Find(args) => free::find(args, &desk, context),
        Command::Book(args) => book::run(args, &desk, context),
        Command::Move(args) => change::relocate(args, &desk, context),
        Command::Edit(args) => change::edit(args, &desk, context),
        Command::Delete(args) => change::delete(args, &desk, context),
        Command::Invite(args) => guests::invite(args, &desk, context),
        Command::Cancel(args) => guests::cancel(args, &desk, context),
        Command::Refresh(args) => guests::refresh(args, &desk, context),
        Command::Invitations(args) => respond::list(args, &desk, context),
        Command::Respond(args) => respond::respond(args, &desk, context),
        Command::Sync(args) => sync::run(args, &desk, context),
        Command::Import(args) => transfer::import(args, &desk, context),
        Command::Export(args) => transfer::export(args, &desk, context),
    }
}

/// The calendar with the facts needed to read it.
struct Desk {
    config: Config,
    clock: Clock,
    calendar: Vdir,
}

impl Desk {
    fn open(context: &Context) -> Result<Self, Failure> {
        let config = Config::load(&context.home)?;
        let zone = config.zone().unwrap_or(jiff::tz::TimeZone::UTC);
        Ok(Self {
            clock: Clock::system(zone),
            calendar: Vdir::open(&context.home.calendar()).map_err(unusable)?,
            config,
        })
    }

    fn now(&self) -> ZonedDateTime {
        self.clock.local()
    }

    /// The user's own events, those in calendars of other people left out.
    fn own(&self, from: Timestamp, to: Timestamp) -> Result<Listing, Failure> {
        let mut listing = self.listing(from, to)?;
        let people = &self.config.people;
        let is_own = |calendar: &str| people.iter().all(|one| one.calendar != calendar);
        listing.events.retain(|event| is_own(&event.calendar));
        Ok(listing)
    }

    fn listing(&self, from: Timestamp, to: Timestamp) -> Result<Listing, Failure> {
        let (zone, me) = (self.clock.zone(), &self.config.me.emails);
        self.calendar.agenda(from, to, zone, me).map_err(unusable)
    }
}

fn unusable(error: crate::calendar::Error) -> Failure {
    let hint = error.hint();
    Failure::new(Kind::Account, error).hint_if(hint)
}

/// Says what could not be read, on stderr; the rest is shown all the same.
fn warn(diagnostics: &[String], context: &Context) {
    const SHOWN_MAX: usize = 5;
    for text in diagnostics.iter().take(SHOWN_MAX) {
        let text = untrusted::line(text, 200);
        context.say(&format!("{} {text}", context.err.warn("note:")));
    }
    let more = diagnostics.len().saturating_sub(SHOWN_MAX);
    if more > 0 {
        context.say(&format!("and {more} more problems; --json lists them all"));
    }
}
