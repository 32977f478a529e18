//! When others are busy, from where the configuration says: a calendar of this machine, a CalDAV
//! server's free-busy answer, or a published file. Nothing is ever looked up that a mail names.

use std::fs::File;
use std::io::Read as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use super::{HandError, Hands};
use crate::action::Interval;
use crate::booking;
use crate::calendar::{self, dav};
use crate::config::{CalDavAccount, Person};
use crate::deadline::Deadline;
use crate::untrusted;

/// Largest published file read, in bytes; the most that is parsed.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// What is known of the time of several people.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// When any of them is busy.
    pub(super) busy: Vec<Interval>,
    /// When any of them is not at work.
    pub(super) off: Vec<Interval>,
    /// One sentence for each whose times are not known.
    pub(super) notes: Vec<String>,
}

impl Hands {
    /// Looks up when these people are busy within `span`.
    pub(super) async fn others(
        &self,
        emails: &[String],
        span: Interval,
        deadline: &Deadline,
    ) -> Others {
        let mut others = Others::default();
        for email in emails {
            let shown = untrusted::line(email, 80);
            let known = self
                .people
                .iter()
                .find(|person| person.email.eq_ignore_ascii_case(email.trim()));
            let Some(person) = known else {
                others
                    .notes
                    .push(format!("the times of {shown} are not known"));
                continue;
            };
            if let Some(rules) = self.hours(person) {
                others.off.extend(booking::off(span, &rules));
            }
            match Box::pin(self.busy_of(person, span, deadline)).await {
                Ok(Some(busy)) => others.busy.extend(busy),
                Ok(None) => others
                    .notes
                    .push(format!("the times of {shown} are not known")),
                Err(error) => {
                    let error = untrusted::line(&error.to_string(), 160);
                    others
                        .notes
                        .push(format!("the times of {shown} can't be read: {error}"));
                }
            }
        }
        others
    }

    async fn busy_of(
        &self,
        person: &Person,
        span: Interval,
        deadline: &Deadline,
    ) -> Result<Option<Vec<Interval>>, HandError> {
        let zone = self.clock.zone();
        if !person.calendar.is_empty() {
            let listing = self.calendar.agenda(span.start, span.end, zone, &[])?;
            let events = listing.events.iter();
            let theirs = events.filter(|event| event.calendar == person.calendar);
            return Ok(Some(calendar::busy_of(theirs, zone)));
        }
        if person.free_busy.is_empty() {
            return Ok(None);
        }
        let window = (span.start, span.end);
        let Ok(url) = Url::parse(&person.free_busy) else {
            let mut bytes = Vec::new();
            let unreadable = |source| calendar::Error::Unreadable {
                path: person.free_busy.clone().into(),
                source,
            };
            File::open(&person.free_busy)
                .and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes))
                .map_err(unreadable)?;
            return Ok(Some(calendar::published_busy(&bytes, window, zone)?));
        };
        let is_there = |account: &&CalDavAccount| {
            Url::parse(&account.url).is_ok_and(|own| {
                own.host() == url.host()
                    && own.port_or_known_default() == url.port_or_known_default()
            })
        };
        let account = self.accounts.iter().find(is_there);
        if let Some(account) = account {
            let mirror = self.mirror(account)?;
            return Ok(Some(mirror.free_busy(deadline, &url, window, zone).await?));
        }
        let bytes = dav::published(&url, deadline).await?;
        Ok(Some(calendar::published_busy(&bytes, window, zone)?))
    }

    /// The working hours of someone; none where nothing is said of them.
    fn hours(&self, person: &Person) -> Option<booking::Rules> {
        let zone = if person.zone.is_empty() {
            self.clock.zone().clone()
        } else {
            TimeZone::get(&person.zone).ok()?
        };
        let rules = crate::config::CalendarRules {
            day_starts: person.day_starts?,
            day_ends: person.day_ends?,
            days: if person.days.is_empty() {
                self.rules.days.clone()
            } else {
                person.days.clone()
            },
            buffer_minutes: 0,
            notice_minutes: 0,
            ..self.rules.clone()
        };
        Some(booking::Rules::new(&rules, &zone, Timestamp::MIN))
    }
}
