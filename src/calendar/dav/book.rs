//! Booking on a server that others write to as well: at most one of many gets a slot.
//!
//! A lock beside the events (written only where nothing is, with a lease) orders bookings of this
//! program; what others wrote meanwhile is seen by reading again, and the later one withdraws.

use std::collections::BTreeSet;
use std::future;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::Error;
use super::http::{Ask, strange};
use super::mirror::{LOCK_FILE, Mirror, Synced, below};
use crate::action::{Event, NewEvent};
use crate::calendar::event as events;
use crate::calendar::tree::{self, Component};
use crate::calendar::vdir::{self, Vdir};
use crate::calendar::write;
use crate::clock::Clock;
use crate::deadline::Deadline;

/// A lock older than this was left behind; a booking takes well under a second.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Between two looks at a lock that another holds.
const PAUSE: Duration = Duration::from_millis(40);
/// What to book.
#[derive(Debug, Clone, Copy)]
pub struct Booking<'a> {
    /// The event.
    pub event: &'a NewEvent,
    /// Names the request: booking twice with one key books once.
    pub key: &'a str,
    /// Folder of the calendar; none takes the first that may be written.
    pub calendar: Option<&'a str>,
    /// The user's own addresses.
    pub me: &'a [String],
    /// Tells the time and the user's zone.
    pub clock: &'a Clock,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Booked {
    /// It stands on the server and in the mirror.
    Written {
        /// `UID`.
        uid: String,
    },
    /// The slot does not fit, nothing was written.
    Taken {
        /// Why.
        reason: String,
    },
    /// Another was earlier, the own event was taken back.
    Withdrawn {
        /// Name of the other event.
        winner: String,
    },
}

/// A calendar that a booking works on.
struct Desk<'a> {
    booking: &'a Booking<'a>,
    folder: String,
    uid: String,
}

/// The lock while it is held.
struct Held {
    url: Url,
    etag: String,
    until: Timestamp,
}

impl Mirror {
    /// Books an event when `fits` agrees with the events around it; asked again after each look
    /// at the server. `fits` answers why not.
    ///
    /// # Errors
    /// The server can't be reached or refuses; [`super::Error::Contested`] when another event has
    /// the request's key.
    ///
    /// # Cancellation
    /// The event may stand on the server; booking again with the same key finds it.
    pub async fn book(
        &mut self,
        deadline: &Deadline,
        booking: &Booking<'_>,
        fits: impl Fn(&[Event]) -> Result<(), String>,
    ) -> Result<Booked, Error> {
        vdir::check(booking.event)?;
        if self.state.calendars.is_empty() {
            self.sync(deadline).await?;
        }
        let desk = self.desk(booking)?;
        loop {
            self.look(deadline, &desk).await?;
            if self.is_there(&desk)? {
                return Ok(Booked::Written { uid: desk.uid });
            }
            if let Err(reason) = fits(&self.around(&desk)?) {
                return Ok(Booked::Taken { reason });
            }
            let Some(held) = self.lock(deadline, &desk).await? else {
                let pause = deadline.child(PAUSE);
                // Waits for nothing but the pause; the deadline itself is checked by each request.
                let waited: Result<(), _> =
                    pause.bound("the calendar's lock", future::pending()).await;
                if deadline.is_over() {
                    waited?;
                }
                continue;
            };
            let booked = self.book_locked(deadline, &desk, (&held, &fits)).await;
            self.unlock(deadline, &held).await;
            self.state.save(&self.root)?;
            if let Some(booked) = booked? {
                return Ok(booked);
            }
        }
    }

    /// Validates, writes and looks again; none when the lease ran out before writing.
    async fn book_locked(
        &mut self,
        deadline: &Deadline,
        desk: &Desk<'_>,
        (held, fits): (&Held, &impl Fn(&[Event]) -> Result<(), String>),
    ) -> Result<Option<Booked>, Error> {
        self.look(deadline, desk).await?;
        if let Err(reason) = fits(&self.around(desk)?) {
            return Ok(Some(Booked::Taken { reason }));
        }
        let before: BTreeSet<String> = self.around(desk)?.into_iter().map(|one| one.uid).collect();
        let now = desk.booking.clock.now();
        if now >= held.until {
            return Ok(None);
        }
        let text = write::event(desk.booking.event, &desk.uid, now);
        let url = below(&self.known(&desk.folder)?.url, &format!("{}.ics", desk.uid));
        self.put(deadline, &url, None, text.as_bytes()).await?;
        self.look(deadline, desk).await?;
        if fits(&self.around(desk)?).is_err() {
            let after = self.around(desk)?;
            let rivals = after
                .iter()
                .filter(|one| !before.contains(&one.uid) && one.busy);
            let mine = (write::utc(now), desk.uid.clone());
            for rival in rivals {
                if self.is_earlier(rival, &mine)? {
                    let winner = rival.summary.clone();
                    self.withdraw(deadline, &url, desk).await?;
                    return Ok(Some(Booked::Withdrawn { winner }));
                }
            }
        }
        if self.is_there(desk)? {
            return Ok(Some(Booked::Written {
                uid: desk.uid.clone(),
            }));
        }
        Err(strange(&url, "took the event but does not list it"))
    }

    fn desk<'a>(&self, booking: &'a Booking<'a>) -> Result<Desk<'a>, Error> {
        let mut known = self.state.calendars.iter();
        let found = known.find(|(name, known)| {
            booking
                .calendar
                .map_or(known.may_write, |wanted| wanted == *name)
        });
        let (folder, _) = found.ok_or_else(|| {
            let name = self.root.file_name().unwrap_or_default().to_string_lossy();
            Error::Account {
                account: name.into_owned(),
                problem: format!(
                    "has no calendar '{}' to book in",
                    booking.calendar.unwrap_or("for writing")
                ),
            }
        })?;
        Ok(Desk {
            booking,
            folder: folder.clone(),
            uid: vdir::uid(booking.key),
        })
    }

    /// Fetches what changed in the desk's calendar.
    async fn look(&mut self, deadline: &Deadline, desk: &Desk<'_>) -> Result<(), Error> {
        self.pull(deadline, &desk.folder, &mut Synced::default())
            .await
    }

    /// Events of all calendars around the desk's time, its own left out.
    fn around(&self, desk: &Desk<'_>) -> Result<Vec<Event>, Error> {
        Ok(Vdir::open(&self.calendars)?.around(desk.booking, &desk.uid)?)
    }

    /// Says whether the event of this request stands in the mirror.
    fn is_there(&self, desk: &Desk<'_>) -> Result<bool, Error> {
        let file = self
            .root
            .join(&desk.folder)
            .join(format!("{}.ics", desk.uid));
        let Some(bytes) = super::state::read(&file)? else {
            return Ok(false);
        };
        let read = |bytes: &[u8]| {
            let (definitions, _) = crate::calendar::folder::definitions(bytes, "", &TimeZone::UTC);
            let one = definitions.into_iter().next()?;
            let bounds = events::bounds(&one.start, one.length, &TimeZone::UTC)?;
            Some((one.uid, bounds))
        };
        let fresh = write::event(desk.booking.event, &desk.uid, Timestamp::UNIX_EPOCH);
        if read(&bytes) == read(fresh.as_bytes()) {
            return Ok(true);
        }
        Err(crate::calendar::Error::KeyTaken { path: file }.into())
    }

    /// Orders by `DTSTAMP`, then `UID`; events of other programs never withdraw, so they win.
    fn is_earlier(&self, rival: &Event, mine: &(String, String)) -> Result<bool, Error> {
        let (_, bytes) = Vdir::open(&self.calendars)?.source(&rival.uid)?;
        let (root, _) = tree::parse(&bytes);
        let mut events = root.components().flat_map(Component::components);
        let one = events.find(|one| one.name == "VEVENT");
        Ok(one.is_none_or(|one| {
            let theirs = (one.text("DTSTAMP").trim().to_owned(), rival.uid.clone());
            one.first(write::MARK).is_none() || theirs < *mine
        }))
    }

    async fn withdraw(
        &mut self,
        deadline: &Deadline,
        url: &Url,
        desk: &Desk<'_>,
    ) -> Result<(), Error> {
        let ask = Ask {
            method: "DELETE",
            url,
            headers: &[],
            body: String::new(),
        };
        let answer = self.http.ask(deadline, ask).await?;
        if !matches!(answer.status, 404 | 410) {
            self.http.checked(answer)?;
        }
        self.look(deadline, desk).await
    }

    /// Takes the calendar's lock; none when another holds it.
    async fn lock(&self, deadline: &Deadline, desk: &Desk<'_>) -> Result<Option<Held>, Error> {
        let url = below(&self.known(&desk.folder)?.url, LOCK_FILE);
        let now = desk.booking.clock.now();
        let text = lock_text(&desk.uid, now);
        let until = now.checked_add(LEASE / 2).unwrap_or(now);
        let taken = match self.put(deadline, &url, None, text.as_bytes()).await {
            Ok(etag) => etag,
            Err(Error::Contested { .. }) => {
                let there = self
                    .fetch(deadline, &desk.folder, std::slice::from_ref(&url))
                    .await?;
                let Some(old) = there
                    .into_iter()
                    .next()
                    .filter(|there| is_left_behind(&there.bytes, now))
                else {
                    return Ok(None);
                };
                match self
                    .put(deadline, &url, Some(&old.etag), text.as_bytes())
                    .await
                {
                    Ok(etag) => etag,
                    Err(Error::Contested { .. }) => return Ok(None),
                    Err(error) => return Err(error),
                }
            }
            Err(error) => return Err(error),
        };
        Ok(Some(Held {
            url,
            etag: taken,
            until,
        }))
    }

    /// Gives the lock back; one that stays is outlived by its lease.
    async fn unlock(&self, deadline: &Deadline, held: &Held) {
        let guard = [("if-match", held.etag.as_str())];
        let ask = Ask {
            method: "DELETE",
            url: &held.url,
            headers: if held.etag.is_empty() { &[] } else { &guard },
            body: String::new(),
        };
        if let Err(error) = self.http.ask(deadline, ask).await {
            tracing::debug!(%error, "the calendar's lock stays until its lease ends");
        }
    }
}

fn lock_text(holder: &str, now: Timestamp) -> String {
    let now = write::utc(now);
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{}\r\nBEGIN:VEVENT\r\nUID:legwork-lock\r\nDTSTAMP:{now}\r\n\
         DTSTART:19700101T000000Z\r\nDURATION:PT1M\r\nTRANSP:TRANSPARENT\r\nSUMMARY:Booking in progress\r\n\
         X-LEGWORK-HOLDER:{holder}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        write::PRODID
    )
}

fn is_left_behind(bytes: &[u8], now: Timestamp) -> bool {
    let (root, _) = tree::parse(bytes);
    let mut events = root.components().flat_map(Component::components);
    let written =
        events.find_map(
            |one| match crate::calendar::values::shape(&one.text("DTSTAMP"))? {
                crate::calendar::values::Shape::Utc(local) => crate::calendar::values::utc(local),
                crate::calendar::values::Shape::Day(_)
                | crate::calendar::values::Shape::Local(_) => None,
            },
        );
    written.is_none_or(|written| now.duration_since(written) > LEASE)
}
