//! All mails of the world: renders the templates with what was drawn and ties threads together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::ZonedDateTime;
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};

use super::Error;
use super::cast::{Cast, after, slug};
use super::draw::Draw;
use super::entry::{Entry, Shape, utc};
use super::letter::{Kind, Letter, ago, rfc2822};
use super::schedule::Schedule;

/// The templates; a file's name is also the topic of its draws.
const FILES: [(&str, &str); 8] = [
    (
        "people",
        include_str!("../../fixtures/world/mail/people.txt"),
    ),
    ("money", include_str!("../../fixtures/world/mail/money.txt")),
    ("bulk", include_str!("../../fixtures/world/mail/bulk.txt")),
    (
        "machines",
        include_str!("../../fixtures/world/mail/machines.txt"),
    ),
    (
        "foreign",
        include_str!("../../fixtures/world/mail/foreign.txt"),
    ),
    (
        "hostile",
        include_str!("../../fixtures/world/mail/hostile.txt"),
    ),
    (
        "calendar",
        include_str!("../../fixtures/world/mail/calendar.txt"),
    ),
    (
        "clinic",
        include_str!("../../fixtures/world/mail/clinic.txt"),
    ),
];

/// Longest thread that is followed back; the templates' own are shorter.
const THREAD_MAX: usize = 20;

/// A mail ready to be filed.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub(super) kind: Kind,
    pub(super) folder: String,
    pub(super) flags: String,
    pub(super) date: ZonedDateTime,
    pub(super) id: String,
    pub(super) subject: String,
    pub(super) bytes: Vec<u8>,
}

/// Where the world's pages are found.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The clinic's site.
    pub site: String,
    /// The attacker's collecting point.
    pub sink: String,
}

/// Writes all mails of the world of `seed`.
///
/// # Errors
/// [`Error::Fixture`] when a template is broken.
pub(super) fn write(
    seed: u64,
    cast: &Cast,
    schedule: &Schedule,
    addresses: &Addresses,
) -> Result<Vec<Ready>, Error> {
    let values = values(cast, schedule, addresses);
    let mut letters = Vec::new();
    for (name, text) in FILES {
        let mut draw = Draw::new(seed, &format!("letters {name}"));
        let rendered = environment(Draw::new(seed, name), cast)
            .render_str(text, &values)
            .map_err(|source| Error::fixture(name, source))?;
        for one in rendered.split("\n=====\n") {
            letters.extend(Letter::read(one, &cast.now, &mut draw)?);
        }
    }
    tie(&mut letters);
    let ids: BTreeMap<String, (String, String)> = letters
        .iter()
        .filter(|letter| !letter.name.is_empty())
        .map(|letter| {
            (
                letter.name.clone(),
                (letter.id.clone(), letter.answers.clone()),
            )
        })
        .collect();
    Ok(letters
        .into_iter()
        .map(|letter| Ready {
            bytes: letter.bytes(&references(&letter.answers, &ids)),
            kind: letter.kind,
            folder: letter.folder,
            flags: letter.flags,
            date: letter.date,
            id: letter.id,
            subject: letter.subject,
        })
        .collect())
}

/// Puts the subjects and ids of other mails where a template names them.
fn tie(letters: &mut [Letter]) {
    let named: Vec<(String, String, String)> = letters
        .iter()
        .filter(|letter| !letter.name.is_empty())
        .map(|letter| {
            (
                letter.name.clone(),
                letter.subject.clone(),
                letter.id.clone(),
            )
        })
        .collect();
    for letter in letters {
        for (name, subject, id) in &named {
            letter.replace(&format!("⟦subject {name}⟧"), subject);
            letter.replace(&format!("⟦id {name}⟧"), &format!("<{id}>"));
        }
    }
}

/// Lists the ids of a thread, oldest first, up to the mail that is answered.
fn references(answers: &str, ids: &BTreeMap<String, (String, String)>) -> Vec<String> {
    let mut chain = Vec::new();
    let mut name = answers;
    while let Some((id, before)) = ids.get(name)
        && chain.len() < THREAD_MAX
    {
        chain.push(id.clone());
        name = before;
    }
    chain.reverse();
    chain
}

fn values(cast: &Cast, schedule: &Schedule, addresses: &Addresses) -> Value {
    let window = context! {
        from => cast.order.long(cast.window.0),
        to => cast.order.long(cast.window.1),
    };
    let invited = cast.at(after(cast.window.1, 3), jiff::civil::time(10, 0, 0, 0));
    let invited = invited.unwrap_or_else(|_| cast.now.clone());
    let ends = invited.saturating_add(jiff::Span::new().minutes(45));
    let far = invited.saturating_add(jiff::Span::new().days(21));
    context! {
        me => Serde(&cast.me), p => Serde(&cast.people), clinic => Serde(&cast.clinic),
        visit => Serde(&cast.visit),
        window => window, site => &addresses.site, sink => addresses.sink.trim_end_matches('/'),
        employer => &cast.employer, shop => &cast.shop, bank => &cast.bank,
        utility => &cast.utility, telecom => &cast.telecom, courier => &cast.courier,
        airline => &cast.airline,
        invite => context! {
            summary => "Planning of the open day", place => "Room 2",
            day => cast.order.long(invited.date()), time => invited.strftime("%H:%M").to_string(),
            uid => format!("{}-open-day@groupware.example", slug(&cast.employer)),
            start => utc(invited.timestamp()), end => utc(ends.timestamp()),
        },
        far => context! { start => utc(far.timestamp()), summary => "Meeting of members" },
        cancelled => of_entry(cast, &schedule.cancelled),
    }
}

fn of_entry(cast: &Cast, entry: &Entry) -> Value {
    let (Shape::Once { start, minutes } | Shape::Utc { start, minutes }) = &entry.shape else {
        return Value::UNDEFINED;
    };
    let end = start.saturating_add(jiff::Span::new().minutes(*minutes));
    context! {
        summary => &entry.summary, uid => &entry.uid, day => cast.order.long(start.date()),
        start => utc(start.timestamp()), end => utc(end.timestamp()),
    }
}

/// Makes the functions that templates draw with.
fn environment(draw: Draw, cast: &Cast) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    add_draws(&mut env, draw, cast.currency);
    let (now, order) = (cast.now.clone(), cast.order);
    let today = now.date();
    env.add_function("day", move |days: i64| order.long(after(today, days)));
    env.add_function("short", move |days: i64| {
        after(today, days).strftime("%-d %b").to_string()
    });
    env.add_function("weekday", move |days: i64| {
        after(today, days).strftime("%A").to_string()
    });
    env.add_function("month", move |months: i64| {
        let month = today.saturating_add(jiff::Span::new().months(months));
        month.strftime("%B %Y").to_string()
    });
    let then = now.clone();
    env.add_function("utc", move |hours: i64| {
        utc(then
            .saturating_add(jiff::Span::new().hours(hours))
            .timestamp())
    });
    env.add_function("rfc2822", move |hours: f64| rfc2822(&ago(&now, hours, 0)));
    env.add_function("host", |name: String| format!("{}.example", slug(&name)));
    env.add_function("lookalike", |name: String| {
        format!("{}-secure.test", slug(&name).replace('a', "e"))
    });
    env.add_function("subject", |name: String| format!("⟦subject {name}⟧"));
    env.add_function("id", |name: String| format!("⟦id {name}⟧"));
    env
}

fn add_draws(env: &mut Environment<'static>, draw: Draw, currency: &'static str) {
    let shared = Arc::new(Mutex::new(draw));
    let with = |shared: &Arc<Mutex<Draw>>| Arc::clone(shared);
    let mine = with(&shared);
    env.add_function("pick", move |items: Vec<String>| {
        locked(&mine).one_of(&items)
    });
    let mine = with(&shared);
    env.add_function("num", move |low: i64, high: i64| {
        locked(&mine).number(low, high)
    });
    let mine = with(&shared);
    env.add_function("digits", move |length: usize| locked(&mine).digits(length));
    let mine = with(&shared);
    env.add_function("code", move |length: usize| locked(&mine).code(length));
    let mine = with(&shared);
    env.add_function("money", move |low: i64, high: i64| {
        let cents = locked(&mine).number(low, high);
        format!("{currency}{}.{:02}", cents / 100, cents % 100)
    });
    let mine = shared;
    env.add_function("fresh", move || {
        format!("<{}@phone.example>", locked(&mine).code(16))
    });
}

fn locked(draw: &Mutex<Draw>) -> std::sync::MutexGuard<'_, Draw> {
    draw.lock().unwrap_or_else(PoisonError::into_inner)
}
