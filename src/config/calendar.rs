//! `[calendar]`, `[[people]]` and `[[caldav]]`: working hours, what is kept free, what is preferred,
//! and whose time is known from where.

use std::path::PathBuf;

use jiff::civil::Time;
use serde::Deserialize;

use super::weekday;
use crate::secret::Secret;

/// Longest time kept free around an event, in minutes: a day.
const MARGIN_MINUTES_MAX: u32 = 24 * 60;

/// Working hours and rules for free time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalendarRules {
    /// First bookable time of a working day.
    pub day_starts: Time,
    /// End of a working day.
    pub day_ends: Time,
    /// Days that can be booked, English names or their first three letters.
    pub days: Vec<String>,
    /// Minutes kept free before and after other events.
    pub buffer_minutes: u32,
    /// Minutes kept free before and after what takes place elsewhere, to get there and back.
    pub travel_minutes: u32,
    /// What is kept free around events of some name, one `[[calendar.around]]` each.
    pub around: Vec<Around>,
    /// Minutes from now before which nothing is booked.
    pub notice_minutes: u32,
    /// Most events of a day; none for no limit.
    pub day_events_max: Option<u32>,
    /// Most minutes of events of a day; none for no limit.
    pub day_minutes_max: Option<u32>,
    /// Which of the times that fit are the better ones.
    pub prefer: Preferences,
    /// The calendar that new events go to, as the agenda names it (`work/team`); empty takes the
    /// one of this machine.
    pub write_to: String,
}

impl Default for CalendarRules {
    fn default() -> Self {
        Self {
            day_starts: Time::constant(9, 0, 0, 0),
            day_ends: Time::constant(18, 0, 0, 0),
            days: ["mon", "tue", "wed", "thu", "fri"]
                .map(str::to_owned)
                .to_vec(),
            buffer_minutes: 0,
            travel_minutes: 0,
            around: Vec::new(),
            notice_minutes: 60,
            day_events_max: None,
            day_minutes_max: None,
            prefer: Preferences::default(),
            write_to: String::new(),
        }
    }
}

impl CalendarRules {
    /// Says what makes no sense: the key, its value, what is wrong with it.
    pub(super) fn problem(&self) -> Option<(&'static str, String, &'static str)> {
        let day = |days: &[String]| days.iter().find(|day| weekday(day).is_none()).cloned();
        if let Some(day) = day(&self.days) {
            return Some(("calendar.days", day, "is not a day of the week"));
        }
        if let Some(day) = day(&self.prefer.days) {
            return Some(("calendar.prefer.days", day, "is not a day of the week"));
        }
        if self.day_starts >= self.day_ends {
            let ends = self.day_ends.to_string();
            return Some((
                "calendar.day_ends",
                ends,
                "is not after calendar.day_starts",
            ));
        }
        if self.prefer.lunch_starts > self.prefer.lunch_ends {
            let ends = self.prefer.lunch_ends.to_string();
            let problem = "is before calendar.prefer.lunch_starts";
            return Some(("calendar.prefer.lunch_ends", ends, problem));
        }
        if let Some(around) = self.around.iter().find(|one| one.words.trim().is_empty()) {
            let problem = "names no event";
            return Some(("calendar.around.words", around.words.clone(), problem));
        }
        let around = self.around.iter();
        let around = around.flat_map(|one| [one.before_minutes, one.after_minutes]);
        let wide = around
            .chain([self.buffer_minutes, self.travel_minutes])
            .find(|minutes| *minutes > MARGIN_MINUTES_MAX)?;
        let problem = "is more than a day of minutes to keep free";
        Some(("calendar", wide.to_string(), problem))
    }
}

/// What is kept free around events of some name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Around {
    /// Words of the title; all of them must be in it.
    pub words: String,
    /// Minutes kept free before it.
    #[serde(default)]
    pub before_minutes: u32,
    /// Minutes kept free after it.
    #[serde(default)]
    pub after_minutes: u32,
}

/// What makes a time that fits a better or a worse one. Costs are in minutes of waiting: a cost of
/// 60 makes a time as good as one an hour later.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Preferences {
    /// A time of day to be near to.
    pub time: Option<Time>,
    /// What each hour away from that time costs.
    pub hour_cost: u32,
    /// Days that are liked, English names; none likes all alike.
    pub days: Vec<String>,
    /// What another day costs.
    pub day_cost: u32,
    /// When lunch begins.
    pub lunch_starts: Time,
    /// When lunch ends.
    pub lunch_ends: Time,
    /// What a time over lunch costs.
    pub lunch_cost: u32,
    /// A rest of free time shorter than this is a hole nobody can use.
    pub hole_minutes: u32,
    /// What each such hole costs.
    pub hole_cost: u32,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            time: None,
            hour_cost: 240,
            days: Vec::new(),
            day_cost: 24 * 60,
            lunch_starts: Time::constant(12, 0, 0, 0),
            lunch_ends: Time::constant(13, 0, 0, 0),
            lunch_cost: 240,
            hole_minutes: 30,
            hole_cost: 90,
        }
    }
}

/// Someone else, and where it is known when they are busy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Mail address.
    pub email: String,
    /// A calendar of this machine that shows their time, as the agenda names it.
    #[serde(default)]
    pub calendar: String,
    /// Where they publish it: a file, the address of an .ics, or a calendar on the host of a
    /// `[[caldav]]` account.
    #[serde(default)]
    pub free_busy: String,
    /// IANA time zone of their working hours; empty takes the user's.
    #[serde(default)]
    pub zone: String,
    /// Begin of their working day; with the end, what lies outside is not offered.
    #[serde(default)]
    pub day_starts: Option<Time>,
    /// End of their working day.
    #[serde(default)]
    pub day_ends: Option<Time>,
    /// Days they work, English names; none takes the user's.
    #[serde(default)]
    pub days: Vec<String>,
}

impl Person {
    /// Says what makes no sense: the key, its value, what is wrong with it.
    pub(super) fn problem(&self) -> Option<(&'static str, &str, &'static str)> {
        if !self.email.contains('@') {
            return Some(("people.email", &self.email, "is not a mail address"));
        }
        let known = self.zone.is_empty() || jiff::tz::TimeZone::get(&self.zone).is_ok();
        if !known {
            return Some(("people.zone", &self.zone, "is not a known time zone"));
        }
        let day = self.days.iter().find(|day| weekday(day).is_none());
        day.map(|day| ("people.days", day.as_str(), "is not a day of the week"))
    }
}

/// A calendar account on a server (`CalDAV`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalDavAccount {
    /// Names the folder of its calendars: letters, digits, - and _.
    pub name: String,
    /// Address of the server, `https://` except on this machine.
    pub url: String,
    /// User name.
    pub user: String,
    /// Password; many servers make one for each program.
    pub password: Secret,
    /// PEM file of an authority to trust besides the system's.
    #[serde(default)]
    pub ca: Option<PathBuf>,
}
