//! `legwork cal`: the calendar at a glance, free time, booking, and others' calendars.
//!
//! Reads the calendar itself; a booking goes through the loop like every other deed. `sync` and
//! `import` take in what others wrote, outside of it, and print all that changed.

mod agenda;
mod book;
mod entry;
mod free;
mod list;
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
  legwork cal find 60 tomorrow --json | jq -r '.slots[0].start'";

const BOOK_EXAMPLES: &str = "\
Examples:
  legwork cal book Dentist tuesday at 10:00
  legwork cal book 'Lunch with Dana' 2027-03-16 at 12:30 --minutes 60 --at 'Café Nord'
  legwork cal book Holiday from 22 March to 26 March --all-day --yes

Without a terminal nobody can be asked whether the time is meant: add --yes.";

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
account goes to its server with the next 'legwork cal sync'. Alarms are never run and links never
opened.";

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
        context.say(&format!("{} {text}", context.err.warn("left out:")));
    }
    let more = diagnostics.len().saturating_sub(SHOWN_MAX);
    if more > 0 {
        context.say(&format!("and {more} more problems; --json lists them all"));
    }
}
