//! The user's rules for free time.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::config::{CalendarRules, Preferences, weekday};

/// Longest travel time that an event itself names and that is looked for around a window.
const OWN_TRAVEL_MAX: SignedDuration = SignedDuration::from_hours(6);

/// The user's rules for free time, at a moment.
#[derive(Debug, Clone)]
pub struct Rules {
    /// First bookable time of a working day.
    pub day_starts: Time,
    /// End of a working day.
    pub day_ends: Time,
    /// Days that can be booked.
    pub days: Vec<Weekday>,
    /// Kept free before and after other events.
    pub buffer: SignedDuration,
    /// Kept free around what takes place elsewhere.
    pub travel: SignedDuration,
    /// Words of a title, and what is kept free before and after such an event.
    pub around: Vec<(Vec<String>, SignedDuration, SignedDuration)>,
    /// Most events of a day.
    pub day_events_max: Option<u32>,
    /// Most minutes of events of a day.
    pub day_minutes_max: Option<u32>,
    /// What is liked, and what anything else costs.
    pub prefer: Preferences,
    /// Days that are liked; none likes all alike.
    pub liked: Vec<Weekday>,
    /// Kept free from now on.
    pub notice: SignedDuration,
    /// Where the working hours hold.
    pub zone: TimeZone,
    /// The present moment.
    pub now: Timestamp,
}

impl Rules {
    /// Takes the user's rules in `zone` at `now`.
    pub fn new(rules: &CalendarRules, zone: &TimeZone, now: Timestamp) -> Self {
        let minutes = |minutes: u32| SignedDuration::from_mins(minutes.into());
        let days = |days: &[String]| days.iter().filter_map(|day| weekday(day)).collect();
        let around = rules.around.iter().map(|one| {
            let (before, after) = (one.before_minutes, one.after_minutes);
            (words(&one.words), minutes(before), minutes(after))
        });
        Self {
            day_starts: rules.day_starts,
            day_ends: rules.day_ends,
            days: days(&rules.days),
            buffer: minutes(rules.buffer_minutes),
            travel: minutes(rules.travel_minutes),
            around: around.collect(),
            day_events_max: rules.day_events_max,
            day_minutes_max: rules.day_minutes_max,
            liked: days(&rules.prefer.days),
            prefer: rules.prefer.clone(),
            notice: minutes(rules.notice_minutes),
            zone: zone.clone(),
            now,
        }
    }

    /// What is kept free before and after an event of that name.
    pub(super) fn around(&self, title: &str) -> (SignedDuration, SignedDuration) {
        let title = words(title);
        let of_it = self.around.iter().filter(|(named, ..)| {
            let mut named = named.iter();
            named.all(|word| title.contains(word))
        });
        let none = (SignedDuration::ZERO, SignedDuration::ZERO);
        of_it.fold(none, |widest, (_, before, after)| {
            (widest.0.max(*before), widest.1.max(*after))
        })
    }

    pub(super) fn has_limits(&self) -> bool {
        self.day_events_max.is_some() || self.day_minutes_max.is_some()
    }

    /// The widest of what may be kept free around an event.
    pub(super) fn widest(&self) -> SignedDuration {
        let around = self.around.iter();
        let around = around.flat_map(|(_, before, after)| [*before, *after]);
        around.fold(
            self.buffer.max(self.travel).max(OWN_TRAVEL_MAX),
            SignedDuration::max,
        )
    }
}

/// Words of a title, lower case.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
