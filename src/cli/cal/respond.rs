//! `legwork cal invitations` and `legwork cal respond`: what mails say about events, and the
//! user's word on it. Looked at and written through the loop like every other deed.

use serde::Serialize;

use super::guests::SEND;
use super::{Context, Desk, Failure, entry, span};
use crate::action::{
    Action, EventLetter, EventTake, Invitations, Invite, InviteKind, Letter, Moment, Output,
    PartStat,
};
use crate::agent::approve::DenyAll;
use crate::cli::one::{self, Deed, Telling};
use crate::cli::report::Kind;
use crate::untrusted;

/// Most invitations listed.
const LISTED_MAX: u32 = 100;
/// Most invitations named when several match.
const NAMED_MAX: usize = 8;
/// Longest title, address or note shown, in characters.
const CHARS_MAX: usize = 120;

/// List the mails about events that wait for you
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ListArgs {}

/// Answer an invitation, or take a change, an answer or a cancellation in
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Its number in 'legwork cal invitations', its mail's id, or words of its title
    #[arg(value_name = "INVITATION")]
    invitation: String,
    /// What you say; 'take' takes in what needs no answer
    #[arg(value_enum)]
    answer: Word,
    /// With 'counter': the time to propose, in plain English
    when: Vec<String>,
}

/// What a person says to an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Word {
    Accept,
    Decline,
    Tentative,
    Counter,
    Take,
}

impl Word {
    fn answer(self) -> Option<PartStat> {
        match self {
            Self::Accept => Some(PartStat::Accepted),
            Self::Decline => Some(PartStat::Declined),
            Self::Tentative => Some(PartStat::Tentative),
            Self::Counter | Self::Take => None,
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Tentative => "tentatively accept",
            Self::Counter => "counter",
            Self::Take => "update the calendar from",
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::Accept => "accepted",
            Self::Decline => "declined",
            Self::Tentative => "tentatively accepted",
            Self::Counter => "another time is proposed",
            Self::Take => "taken into the calendar",
        }
    }
}

/// One line of the list.
#[derive(Debug, Serialize)]
struct Row<'a> {
    number: usize,
    #[serde(flatten)]
    invite: &'a Invite,
}

pub(super) fn list(_: &ListArgs, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let invites = waiting(context)?;
    let rows: Vec<Row<'_>> = (1..)
        .zip(&invites)
        .map(|(number, invite)| Row { number, invite })
        .collect();
    if context.json {
        context.print_json(&serde_json::json!({ "invitations": rows }))?;
        return Ok(0);
    }
    if rows.is_empty() {
        context.say("no mail in the inbox waits for a word of yours about an event");
    }
    let text: String = rows.iter().map(|row| lines(row, desk, context)).collect();
    context.print(&text)?;
    Ok(0)
}

fn lines(row: &Row<'_>, desk: &Desk, context: &Context) -> String {
    let invite = row.invite;
    let line = |text: &str| untrusted::line(text, CHARS_MAX);
    let when = entry::in_full(&invite.event.start, &invite.event.end, desk.clock.zone());
    let paint = context.out;
    let title = paint.bold(&line(&invite.event.summary));
    let mut text = format!("{:>3}  {:<12}  {title}\n", row.number, kind(invite.kind));
    let mut more = vec![when, format!("from {}", line(&invite.from))];
    if !invite.event.location.is_empty() {
        more.push(format!("at {}", line(&invite.event.location)));
    }
    text = format!("{text}     {}\n", paint.dim(&more.join(", ")));
    if !invite.clashes_with.is_empty() {
        let clashes: Vec<String> = invite
            .clashes_with
            .iter()
            .map(|one| format!("\"{}\"", line(one)))
            .collect();
        let said = format!("! clashes with {}", clashes.join(", "));
        text = format!("{text}     {}\n", paint.warn(&said));
    }
    if !invite.note.is_empty() {
        text = format!("{text}     {}\n", line(&invite.note));
    }
    text
}

fn kind(kind: InviteKind) -> &'static str {
    match kind {
        InviteKind::Invitation => "invitation",
        InviteKind::Update => "changed",
        InviteKind::Cancellation => "cancelled",
        InviteKind::Answer => "answer",
        InviteKind::Proposal => "other time",
        InviteKind::Refresh => "asks again",
        InviteKind::Kept => "stays",
        InviteKind::Ignored => "suspicious",
    }
}

/// Lists what waits, through the loop.
fn waiting(context: &Context) -> Result<Vec<Invite>, Failure> {
    let deed = Deed {
        goal: "list my invitations".to_owned(),
        answer: "looked".to_owned(),
        about: String::new(),
        actions: vec![Action::Invitations(Invitations { limit: LISTED_MAX })],
    };
    let finished = one::run(deed, &mut DenyAll, Telling::Short, context)?;
    let outputs = finished.steps.into_iter().filter_map(|step| step.outcome);
    for outcome in outputs {
        if let Output::Invites(invites) = outcome.output {
            return Ok(invites);
        }
        if !outcome.is_done() {
            return Err(Failure::new(
                Kind::Account,
                anyhow::anyhow!(outcome.summary),
            ));
        }
    }
    Ok(Vec::new())
}

pub(super) fn respond(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let invites = waiting(context)?;
    let invite = choose(&invites, &args.invitation)?;
    let title = super::change::quoted(&invite.event);
    let deeds = deeds(args, invite, desk)?;
    let drafts = deeds
        .iter()
        .any(|deed| matches!(deed, Action::EventLetter(_)));
    let mut answer = args.answer.done().to_owned();
    if drafts {
        answer = format!("{answer}: {SEND}");
    }
    let mut actions = vec![Action::Invitations(Invitations { limit: LISTED_MAX })];
    actions.extend(deeds);
    let deed = Deed {
        goal: format!("{} the invitation {title}", args.answer.verb()),
        answer,
        about: invite.event.summary.clone(),
        actions,
    };
    one::perform(deed, &mut DenyAll, Telling::Short, context)
}

/// What the user's word comes to: what is written into the calendar, and the letter that tells.
fn deeds(args: &Args, invite: &Invite, desk: &Desk) -> Result<Vec<Action>, Failure> {
    let title = super::change::quoted(&invite.event);
    let take = Action::EventTake(EventTake {
        mail: invite.mail.clone(),
        answer: args.answer.answer(),
    });
    let letter = |letter: Letter| {
        Action::EventLetter(EventLetter {
            uid: String::new(),
            mail: Some(invite.mail.clone()),
            letter,
            words: String::new(),
        })
    };
    let organizer = &invite.event.organizer;
    let own = &desk.config.me.emails;
    let has_organizer =
        !organizer.is_empty() && !own.iter().any(|one| one.eq_ignore_ascii_case(organizer));
    let can_answer = has_organizer
        && invite
            .event
            .attendees
            .iter()
            .any(|guest| own.iter().any(|one| one.eq_ignore_ascii_case(&guest.email)));
    let waits = Failure::user(format!("{title} waits for your answer"))
        .hint("say accept, decline, tentative or counter");
    match (invite.kind, args.answer) {
        (InviteKind::Invitation | InviteKind::Update, Word::Counter) => {
            let (start, end) = proposed(args, invite, desk)?;
            Ok(vec![letter(Letter::Counter { start, end })])
        }
        (_, Word::Counter) => Err(Failure::user(format!("{title} does not invite you"))
            .hint("only an invitation can be answered with another time")),
        (InviteKind::Invitation, Word::Take) => Err(waits),
        (InviteKind::Proposal, Word::Accept) => {
            let uid = invite.event.uid.clone();
            let to = Vec::new();
            Ok(vec![
                take,
                super::guests::letter(uid, Letter::Request { to }),
            ])
        }
        (InviteKind::Proposal, Word::Decline) => Ok(vec![take, letter(Letter::DeclineCounter {})]),
        (InviteKind::Proposal, Word::Tentative | Word::Take) => Err(Failure::user(format!(
            "{} proposes another time",
            invite.from
        ))
        .hint("accept it to move the event, or decline it to leave it where it is")),
        // Nobody waits for an answer to that.
        (InviteKind::Kept, _) | (InviteKind::Refresh, Word::Decline) => Ok(vec![take]),
        (InviteKind::Refresh, Word::Accept | Word::Tentative | Word::Take) => {
            let uid = invite.event.uid.clone();
            let to = vec![invite.from.clone()];
            let request = super::guests::letter(uid, Letter::Request { to });
            Ok(vec![request, take])
        }
        (
            InviteKind::Invitation
            | InviteKind::Update
            | InviteKind::Cancellation
            | InviteKind::Answer
            | InviteKind::Ignored,
            _,
        ) => {
            let reply = args.answer.answer().filter(|_| can_answer);
            let reply = reply.map(|answer| letter(Letter::Reply { answer }));
            Ok(std::iter::once(take).chain(reply).collect())
        }
    }
}

/// The time to propose; as long as the invitation's own.
fn proposed(args: &Args, invite: &Invite, desk: &Desk) -> Result<(Moment, Moment), Failure> {
    let text = args.when.join(" ");
    let when = span::read(&text, &desk.now())?;
    if !when.is_exact {
        let shown = untrusted::line(&text, 80);
        return Err(
            Failure::user(format!("'{shown}' does not name one time to begin at"))
                .hint("name a day and a time, such as 'friday at 15:00'"),
        );
    }
    let length = match (&invite.event.start, &invite.event.end, when.minutes) {
        (_, _, Some(minutes)) => jiff::SignedDuration::from_mins(minutes.into()),
        (Moment::Time(start), Moment::Time(end), None) => {
            end.timestamp().duration_since(start.timestamp())
        }
        (_, _, None) => jiff::SignedDuration::from_mins(60),
    };
    let start = when.window.0;
    let end = start.checked_add(length).map_err(Failure::internal)?;
    Ok((Moment::Time(start), Moment::Time(end)))
}

/// Chooses by number, mail id or words of the title.
fn choose<'a>(invites: &'a [Invite], wanted: &str) -> Result<&'a Invite, Failure> {
    let shown = untrusted::line(wanted, 80);
    let unknown = || {
        Failure::user(format!("no invitation is '{shown}'"))
            .hint("'legwork cal invitations' lists them by number")
    };
    if let Ok(number) = wanted.parse::<usize>() {
        let at = number.checked_sub(1).and_then(|at| invites.get(at));
        return at.ok_or_else(unknown);
    }
    if let Some(exact) = invites.iter().find(|one| one.mail.0 == wanted) {
        return Ok(exact);
    }
    let lower = wanted.to_lowercase();
    let says = |one: &&Invite| {
        let text = format!("{} {}", one.event.summary, one.from).to_lowercase();
        lower.split_whitespace().all(|word| text.contains(word))
    };
    let mut found: Vec<&Invite> = invites.iter().filter(says).collect();
    // What only tells something is meant where nothing else is.
    let only_tells = |one: &&Invite| one.kind == InviteKind::Kept;
    if !found.iter().all(only_tells) {
        found.retain(|one| !only_tells(one));
    }
    match found.as_slice() {
        [] => Err(unknown()),
        [one] => Ok(one),
        several => {
            let mut failure =
                Failure::user(format!("{} invitations match '{shown}'", several.len()));
            for one in several.iter().take(NAMED_MAX) {
                let number = invites.iter().position(|other| other.mail == one.mail);
                let number = number.map_or(0, |at| at + 1);
                let title = untrusted::line(&one.event.summary, CHARS_MAX);
                failure = failure.hint(format!("{number} is \"{title}\" from {}", one.from));
            }
            Err(failure)
        }
    }
}
