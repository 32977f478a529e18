//! Who and what the world is made of: the user, the people they know, the clinic, the dates.
//!
//! Everything is drawn from `fixtures/world/words.toml`; nothing here writes anything.

use jiff::ZonedDateTime;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::Error;
use super::draw::Draw;

/// How many acquaintances the user has; the mail templates count on them.
const PEOPLE: usize = 8;

/// The word lists.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    given: Vec<String>,
    family: Vec<String>,
    providers: Vec<String>,
    streets: Vec<String>,
    employers: Vec<String>,
    shops: Vec<String>,
    banks: Vec<String>,
    utilities: Vec<String>,
    telecoms: Vec<String>,
    couriers: Vec<String>,
    airlines: Vec<String>,
    clinic: ClinicWords,
    visits: Vec<VisitWords>,
    towns: Vec<Town>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClinicWords {
    first: Vec<String>,
    last: Vec<String>,
    titles: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct VisitWords {
    asks: String,
    offers: Vec<String>,
    minutes: i64,
}

/// A town, with what depends on the country it lies in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Town {
    name: String,
    zone: String,
    phone: String,
    order: DateOrder,
}

/// How dates are written where the world lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DateOrder {
    /// 3 December 2026, 03/12/2026
    #[default]
    Dmy,
    /// December 3, 2026, 12/03/2026
    Mdy,
    /// 2026-12-03
    Iso,
}

impl DateOrder {
    /// Writes a date out with its month's name.
    pub(super) fn long(self, date: Date) -> String {
        let pattern = match self {
            Self::Dmy | Self::Iso => "%-d %B %Y",
            Self::Mdy => "%B %-d, %Y",
        };
        date.strftime(pattern).to_string()
    }

    /// Writes a date as the user would type it into a goal.
    pub(super) fn typed(self, date: Date) -> String {
        match self {
            Self::Iso => date.to_string(),
            Self::Dmy | Self::Mdy => self.long(date),
        }
    }
}

/// Someone.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) first: String,
    pub(super) email: String,
}

/// The user.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Me {
    pub(super) name: String,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) email: String,
    /// The part of the address after the `@`.
    pub(super) host: String,
    pub(super) second_email: String,
    pub(super) phone: String,
    pub(super) born: String,
    pub(super) insurance: String,
    pub(super) street: String,
}

/// The clinic that asks for an appointment.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Clinic {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) doctor: String,
    pub(super) street: String,
    pub(super) town: String,
    pub(super) phone: String,
}

/// The visit that is asked for.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Visit {
    /// The mail's wording.
    pub(super) asks: String,
    /// The site's wording.
    pub(super) offers: String,
    pub(super) minutes: i64,
}

/// Everyone and everything of one world.
#[derive(Debug, Clone)]
pub(super) struct Cast {
    pub(super) now: ZonedDateTime,
    pub(super) zone: TimeZone,
    pub(super) zone_name: String,
    pub(super) order: DateOrder,
    pub(super) currency: &'static str,
    pub(super) me: Me,
    pub(super) people: Vec<Person>,
    pub(super) clinic: Clinic,
    pub(super) visit: Visit,
    /// The site's wordings of the visits that are not asked for.
    pub(super) other_visits: Vec<String>,
    /// First and last day on which the clinic asks the user to come.
    pub(super) window: (Date, Date),
    pub(super) employer: String,
    pub(super) shop: String,
    pub(super) bank: String,
    pub(super) utility: String,
    pub(super) telecom: String,
    pub(super) courier: String,
    pub(super) airline: String,
}

/// Kinds of insurance that users have and forms offer.
pub(super) const INSURANCES: [&str; 3] = ["Public", "Private", "Self-pay"];

impl Cast {
    /// Draws the world of `seed` as it is at `now`.
    ///
    /// # Errors
    /// [`Error::Fixture`] when the embedded word lists are broken or a zone is unknown.
    pub(super) fn new(seed: u64, now: &ZonedDateTime) -> Result<Self, Error> {
        let words: Words = toml::from_str(include_str!("../../fixtures/world/words.toml"))
            .map_err(|source| Error::fixture("words.toml", source))?;
        let draw = &mut Draw::new(seed, "cast");
        let town = draw.one_of(&words.towns);
        let zone =
            TimeZone::get(&town.zone).map_err(|source| Error::fixture("words.toml", source))?;
        let now = now.with_time_zone(zone.clone());
        let (mut given, mut family) = (words.given.clone(), words.family.clone());
        draw.shuffle(&mut given);
        draw.shuffle(&mut family);
        let names: Vec<(String, String)> = given.into_iter().zip(family).collect();
        let doctor = names.get(PEOPLE + 1).cloned().unwrap_or_default();
        let (visit, other_visits) = visits(draw, &words.visits);
        Ok(Self {
            window: window(draw, now.date())?,
            me: me(
                draw,
                &words,
                &town,
                names.first().cloned().unwrap_or_default(),
            ),
            people: people(draw, &words, names.get(1..=PEOPLE).unwrap_or_default()),
            clinic: clinic(draw, &words, &town, &doctor),
            visit,
            other_visits,
            employer: draw.one_of(&words.employers),
            shop: draw.one_of(&words.shops),
            bank: draw.one_of(&words.banks),
            utility: draw.one_of(&words.utilities),
            telecom: draw.one_of(&words.telecoms),
            courier: draw.one_of(&words.couriers),
            airline: draw.one_of(&words.airlines),
            currency: currency(&town.zone),
            order: town.order,
            zone_name: town.zone,
            zone,
            now,
        })
    }

    /// Returns the clock time `time` of a day in the user's zone.
    ///
    /// # Errors
    /// [`Error::Calendar`] when the moment lies outside of what can be told.
    pub(super) fn at(&self, date: Date, time: jiff::civil::Time) -> Result<ZonedDateTime, Error> {
        date.to_datetime(time)
            .to_zoned_datetime(self.zone.clone())
            .map_err(Error::Calendar)
    }
}

/// Returns the day `days` after `date`, or before it when negative.
pub(super) fn after(date: Date, days: i64) -> Date {
    date.saturating_add(jiff::Span::new().days(days))
}

/// Says whether most people work on that day.
pub(super) fn is_working_day(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Makes a host or local name of a company's name.
pub(super) fn slug(name: &str) -> String {
    let spaced = name.to_lowercase().replace('&', " and ");
    let plain: String = spaced
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join("-")
}

/// Draws the days on which the clinic asks the user to come: eight to twelve days in a row, from a
/// working day two to six days ahead.
fn window(draw: &mut Draw, today: Date) -> Result<(Date, Date), Error> {
    let ahead = draw.number(2, 6);
    let from = (ahead..ahead + 3)
        .map(|days| after(today, days))
        .find(|day| is_working_day(*day))
        .ok_or(Error::Impossible("a working day among three in a row"))?;
    Ok((from, after(from, draw.number(7, 11))))
}

fn currency(zone: &str) -> &'static str {
    match zone {
        "Europe/London" => "£",
        zone if zone.starts_with("Europe/") => "€",
        _ => "$",
    }
}

fn me(draw: &mut Draw, words: &Words, town: &Town, name: (String, String)) -> Me {
    let (first, last) = name;
    let host = draw.one_of(&words.providers);
    let born = jiff::civil::date(1960, 1, 1);
    Me {
        name: format!("{first} {last}"),
        email: format!("{}.{}@{host}", slug(&first), slug(&last)),
        second_email: format!("{}@{}.example", slug(&last), slug(&first)),
        phone: format!("{}{}", town.phone, draw.digits(3)),
        born: after(born, draw.number(0, 14_000)).to_string(),
        insurance: draw.one_of(&INSURANCES).to_owned(),
        street: format!("{} {}", draw.number(2, 90), draw.one_of(&words.streets)),
        first,
        last,
        host,
    }
}

fn people(draw: &mut Draw, words: &Words, names: &[(String, String)]) -> Vec<Person> {
    let mut person = |(first, last): &(String, String)| {
        let host = draw.one_of(&words.providers);
        let local = if draw.chance(50) {
            format!("{}.{}", slug(first), slug(last))
        } else {
            format!("{}{}", slug(first), draw.number(2, 99))
        };
        Person {
            name: format!("{first} {last}"),
            first: first.clone(),
            email: format!("{local}@{host}"),
        }
    };
    names.iter().map(&mut person).collect()
}

fn clinic(draw: &mut Draw, words: &Words, town: &Town, doctor: &(String, String)) -> Clinic {
    let first = draw.one_of(&words.clinic.first);
    let name = format!("{first} {}", draw.one_of(&words.clinic.last));
    let local = draw.one_of(&["reception", "appointments", "frontdesk", "office"]);
    let title = draw.one_of(&words.clinic.titles);
    Clinic {
        email: format!("{local}@{}.example", slug(&name)),
        doctor: format!("{title} {} {}", doctor.0, doctor.1),
        street: format!("{} {}", draw.number(1, 120), draw.one_of(&words.streets)),
        town: town.name.clone(),
        phone: format!("{}{}", town.phone, draw.digits(3)),
        name,
    }
}

fn visits(draw: &mut Draw, all: &[VisitWords]) -> (Visit, Vec<String>) {
    let asked = draw.one_of(all);
    let others = all.iter().filter(|visit| visit.asks != asked.asks);
    let others = others.map(|visit| draw.one_of(&visit.offers)).collect();
    let visit = Visit {
        offers: draw.one_of(&asked.offers),
        asks: asked.asks,
        minutes: asked.minutes,
    };
    (visit, others)
}
