//! Time that is taken, and how much is kept free around each of it.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::rules::Rules;
use crate::action::{Event, Interval, Moment};

/// What takes the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An event of the user, which counts for the limits of a day.
    Own,
    /// An event of which nothing is known but when it is.
    Other,
    /// Hours in which nobody is at work: they need no time to get there.
    Closed,
}

/// Time that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// When.
    pub span: Interval,
    kind: Kind,
    before: SignedDuration,
    after: SignedDuration,
}

impl Taken {
    /// Time in which someone is busy; the buffer of the rules is kept around it.
    pub fn busy(span: Interval, rules: &Rules) -> Self {
        Self {
            span,
            kind: Kind::Other,
            before: rules.buffer,
            after: rules.buffer,
        }
    }

    /// Time outside of someone's working hours; nothing is kept free around it.
    pub fn closed(span: Interval) -> Self {
        Self {
            span,
            kind: Kind::Closed,
            before: SignedDuration::ZERO,
            after: SignedDuration::ZERO,
        }
    }

    /// An event of the user, when it takes up time; days begin in `zone`.
    ///
    /// The widest counts of the buffer, the way to its place, the travel time that the event itself
    /// names, and what the rules keep around events of such a name.
    pub fn own(event: &Event, rules: &Rules, zone: &TimeZone) -> Option<Self> {
        if !event.busy {
            return None;
        }
        let at = |moment: &Moment| match moment {
            Moment::Time(time) => Some(time.timestamp()),
            Moment::Day(day) => Some(day.to_zoned_datetime(zone.clone()).ok()?.timestamp()),
        };
        let (start, end) = (at(&event.start)?, at(&event.end)?);
        let way = if is_elsewhere(&event.location) {
            rules.travel
        } else {
            SignedDuration::ZERO
        };
        let own = SignedDuration::from_mins(event.travel_minutes.into());
        let (before, after) = rules.around(&event.summary);
        let is_timed = matches!(event.start, Moment::Time(_));
        (start < end).then_some(Self {
            span: Interval { start, end },
            kind: if is_timed { Kind::Own } else { Kind::Other },
            before: rules.buffer.max(way).max(own).max(before),
            after: rules.buffer.max(way).max(after),
        })
    }

    /// Says whether it counts for the limits of a day.
    pub(super) fn counts(&self) -> bool {
        self.kind == Kind::Own
    }

    /// The time in which nothing that needs `margin` around itself may take place.
    pub(super) fn blocks(&self, margin: SignedDuration) -> Interval {
        let margin = match self.kind {
            Kind::Own | Kind::Other => margin,
            Kind::Closed => SignedDuration::ZERO,
        };
        let (before, after) = (self.before.max(margin), self.after.max(margin));
        let start = self.span.start.checked_sub(before);
        let end = self.span.end.checked_add(after);
        Interval {
            start: start.unwrap_or(Timestamp::MIN),
            end: end.unwrap_or(Timestamp::MAX),
        }
    }
}

/// Lists what the user's events take; days begin in the rules' zone.
pub fn taken<'a>(events: impl IntoIterator<Item = &'a Event>, rules: &Rules) -> Vec<Taken> {
    let events = events.into_iter();
    events
        .filter_map(|event| Taken::own(event, rules, &rules.zone))
        .collect()
}

/// Says whether one has to go to a place: an address of the web or a room to call into is none.
pub fn is_elsewhere(place: &str) -> bool {
    let place = place.trim().to_lowercase();
    let online = [
        "://", "zoom", "teams", "meet.", "webex", "online", "phone", "call",
    ];
    !place.is_empty() && !online.iter().any(|word| place.contains(word))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::action::EventStatus;
    use crate::config::{Around, CalendarRules};

    fn event(summary: &str, location: &str, travel_minutes: u32) -> Event {
        let at = |text: &str| Moment::Time(text.parse().unwrap());
        Event {
            uid: "u".to_owned(),
            summary: summary.to_owned(),
            start: at("2027-03-16T10:00:00[UTC]"),
            end: at("2027-03-16T11:00:00[UTC]"),
            location: location.to_owned(),
            description: String::new(),
            organizer: String::new(),
            attendees: Vec::new(),
            status: EventStatus::Confirmed,
            busy: true,
            recurring: false,
            travel_minutes,
            calendar: String::new(),
        }
    }

    /// An event of the user between two moments.
    pub(in crate::booking) fn own(from: &str, to: &str) -> Event {
        let at = |text: &str| {
            let at: Timestamp = text.parse().unwrap();
            Moment::Time(at.to_zoned_datetime(TimeZone::UTC))
        };
        Event {
            start: at(from),
            end: at(to),
            ..event("Talk", "", 0)
        }
    }

    #[test]
    fn the_widest_margin_of_an_event_counts() {
        let config = CalendarRules {
            buffer_minutes: 5,
            travel_minutes: 20,
            around: vec![Around {
                words: "dentist".to_owned(),
                before_minutes: 30,
                after_minutes: 60,
            }],
            ..CalendarRules::default()
        };
        let rules = Rules::new(&config, &TimeZone::UTC, Timestamp::UNIX_EPOCH);
        for (summary, place, travel, margin, want) in [
            ("Talk", "", 0, 0, "09:55-11:05"),
            ("Talk", "https://meet.example/x", 0, 0, "09:55-11:05"),
            ("Talk", "Long Lane 3", 0, 0, "09:40-11:20"),
            ("Talk", "", 45, 0, "09:15-11:05"),
            ("The Dentist, again", "", 0, 0, "09:30-12:00"),
            ("Dentistry congress", "", 0, 0, "09:55-11:05"),
            ("Talk", "", 0, 25, "09:35-11:25"),
        ] {
            let taken = Taken::own(&event(summary, place, travel), &rules, &TimeZone::UTC).unwrap();
            let blocks = taken.blocks(SignedDuration::from_mins(margin));
            let clock = |at: Timestamp| at.strftime("%H:%M").to_string();
            let shown = format!("{}-{}", clock(blocks.start), clock(blocks.end));
            assert_eq!(shown, want, "{summary} at {place}");
        }
        let mut free = event("Talk", "", 0);
        free.busy = false;
        assert_eq!(Taken::own(&free, &rules, &TimeZone::UTC), None);
    }
}
