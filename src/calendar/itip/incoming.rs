//! What a mailed calendar text may change, by who sent it and what is known.

use jiff::tz::TimeZone;

use super::known::{DEALT_WITH, Known, attendee};
use super::{
    Decision, Incoming, Message, Reason, is_one_of, organizer, scheduling, shown, version,
};
use crate::action::{EventPatch, EventStatus, Moment, Which};
use crate::calendar::change::UID_CHARS_MAX;
use crate::calendar::edit::{self, Subject};
use crate::calendar::event::{self, Definition};
use crate::calendar::fields;
use crate::calendar::folder;
use crate::calendar::invite::{self, Method};
use crate::calendar::lines::Property;
use crate::calendar::series;
use crate::calendar::transfer;
use crate::calendar::tree::{self, Component};
use crate::calendar::values::Stamp;
use crate::calendar::{Error, write};
use crate::untrusted;

/// Marks when an attendee's last answer was written, so that a late older one is known as such.
const REPLIED: &str = "X-LEGWORK-REPLIED";
/// Properties of foreign events that point outside; they are dropped and never fetched.
const POINTERS: [&str; 5] = ["ATTACH", "URL", "IMAGE", "CONFERENCE", "STRUCTURED-DATA"];

/// Decides what a mailed calendar text does to `existing`, the file of its event, if there is one.
///
/// # Errors
/// [`Error::TooLong`] and [`Error::NoEvent`] when the text can't be read at all.
pub fn apply(existing: Option<&[u8]>, incoming: &Incoming<'_>) -> Result<Decision, Error> {
    let message = Message::read(incoming.text)?;
    let said = incoming
        .method
        .map(str::trim)
        .filter(|said| !said.is_empty());
    if said.is_some_and(|said| invite::method_of(said) != message.method) {
        return Ok(Decision::Ignore(Reason::Contradiction));
    }
    let case = Case {
        known: existing.map(|bytes| Known::read(bytes, &message.uid)),
        message,
        incoming,
    };
    Ok(match case.message.method {
        Method::Publish | Method::Request => case.request(),
        Method::Cancel => case.cancel()?,
        Method::Reply => case.reply()?,
        Method::Counter => case.counter(),
        Method::Refresh => case.refresh(),
        Method::DeclineCounter => case.kept(),
        Method::Add => Decision::Ignore(Reason::NothingAsked),
    })
}

struct Case<'a> {
    message: Message,
    known: Option<Known<'a>>,
    incoming: &'a Incoming<'a>,
}

impl Case<'_> {
    fn uid(&self) -> String {
        untrusted::line(&self.message.uid, UID_CHARS_MAX)
    }

    fn definitions(&self, bytes: &[u8]) -> Vec<Definition> {
        let (mut all, _) = folder::definitions(bytes, "", self.incoming.zone);
        all.retain(|one| one.uid == self.message.uid);
        all
    }

    fn request(&self) -> Decision {
        let Some(known) = self.known.as_ref().filter(|known| !known.events.is_empty()) else {
            return self.offer();
        };
        let from = self.incoming.from;
        let is_mine = is_one_of(&known.organizer(), self.incoming.me);
        let claims = self.message.events.iter().map(organizer);
        let same = claims
            .into_iter()
            .all(|claimed| claimed == known.organizer());
        if is_mine || !same || !known.may_organize(from) {
            return Decision::Ignore(Reason::NotOrganizer { from: shown(from) });
        }
        let (mut root, _) = tree::parse(known.bytes);
        let mut is_news = false;
        let mut asks_again = false;
        let new_facts = self.definitions(self.incoming.text.as_bytes());
        let old_facts = self.definitions(known.bytes);
        for fresh in &self.message.events {
            let there = known.events.iter().find(|one| id(one) == id(fresh));
            if there.is_some_and(|there| version(fresh) <= version(there)) {
                continue;
            }
            is_news = true;
            let is_moved = there.is_none() || is_moved(&old_facts, &new_facts, fresh);
            asks_again |= is_moved;
            let own = there.or(known.master());
            let clean = self.cleaned(fresh, own, is_moved);
            let forgets = is_moved && fresh.first("RECURRENCE-ID").is_none();
            put(&mut root, &self.message.uid, &clean, forgets);
        }
        if !is_news {
            return Decision::Ignore(Reason::Known);
        }
        let calendars = self.message.root.components();
        let zones: Vec<&Component> = calendars
            .flat_map(Component::components)
            .filter(|one| one.name == "VTIMEZONE")
            .collect();
        transfer::add_zones(&mut root, &zones);
        Decision::Update {
            uid: self.uid(),
            file: bytes(&root),
            asks_again,
        }
    }

    fn offer(&self) -> Decision {
        let mut calendar = Component::fresh("VCALENDAR");
        calendar.set("VERSION:2.0");
        calendar.set(&format!("PRODID:{}", write::PRODID));
        for source in self.message.root.components() {
            for zone in source.components().filter(|one| one.name == "VTIMEZONE") {
                calendar.push(zone.clone());
            }
        }
        for fresh in &self.message.events {
            calendar.push(self.cleaned(fresh, None, true));
        }
        let file = bytes(&calendar);
        if self.definitions(&file).is_empty() {
            return Decision::Ignore(Reason::NothingAsked);
        }
        Decision::Offer {
            uid: self.uid(),
            file,
        }
    }

    /// A foreign event without what could ring, run or be fetched; with the user's own alarms, and
    /// own answer unless time was changed.
    fn cleaned(&self, fresh: &Component, own: Option<&Component>, is_moved: bool) -> Component {
        let mut clean = fresh.clone();
        clean.detach();
        clean.retain_components(&|_| false);
        clean.retain(|line| {
            let is_pointer = POINTERS.contains(&line.name.as_str());
            !is_pointer && !line.name.starts_with("X-LEGWORK")
        });
        scheduling::keep_off(&mut clean, "ORGANIZER");
        let Some(own) = own else {
            return clean;
        };
        for alarm in own.components().filter(|one| one.name == "VALARM") {
            clean.push(alarm.clone());
        }
        if !is_moved {
            for email in self.incoming.me {
                if let Some(line) = attendee(own, email) {
                    fields::answer(&mut clean, email, event::answer(line));
                }
            }
        }
        clean
    }

    fn cancel(&self) -> Result<Decision, Error> {
        let from = self.incoming.from;
        let Some(known) = self.known.as_ref().filter(|known| !known.events.is_empty()) else {
            return Ok(Decision::Ignore(Reason::UnknownEvent));
        };
        if is_one_of(&known.organizer(), self.incoming.me) || !known.may_organize(from) {
            return Ok(Decision::Ignore(Reason::NotOrganizer { from: shown(from) }));
        }
        let mut file = known.bytes.to_vec();
        for off in &self.message.events {
            let there = known.events.iter().find(|one| id(one) == id(off));
            let there = there.or(known.master());
            if there.is_some_and(|there| version(off).0 < version(there).0) {
                continue;
            }
            let which = self.which(off);
            let subject = Subject {
                uid: &self.message.uid,
                which: &which,
                zone: self.incoming.zone,
                now: self.incoming.now,
            };
            let patch = EventPatch {
                status: Some(EventStatus::Cancelled),
                ..EventPatch::default()
            };
            let edited = match which {
                Which::Future { .. } => edit::delete(&file, subject),
                Which::All {} | Which::This { .. } => edit::update(&file, subject, &patch),
            };
            match edited {
                Ok(edited) => file = edited.file.unwrap_or(file),
                Err(Error::NoSuchInstance { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        if file == known.bytes {
            return Ok(Decision::Ignore(Reason::Known));
        }
        Ok(Decision::CalledOff {
            uid: self.uid(),
            file,
        })
    }

    fn reply(&self) -> Result<Decision, Error> {
        let from = self.incoming.from.trim();
        let refused = || Ok(Decision::Ignore(Reason::NotAttendee { from: shown(from) }));
        let known = match self.addressed() {
            Ok(known) => known,
            Err(reason) => return Ok(Decision::Ignore(reason)),
        };
        let mut file = known.bytes.to_vec();
        let mut last = None;
        for said in &self.message.events {
            let lines: Vec<&Property> = said.all("ATTENDEE").map(|(line, _)| line).collect();
            let [line] = lines.as_slice() else {
                return refused();
            };
            let email = event::email(line);
            if !email.eq_ignore_ascii_case(from) || !known.invites(&email) {
                return refused();
            }
            let there = known.events.iter().find(|one| id(one) == id(said));
            let there = there.or(known.master());
            let (sequence, written) = version(said);
            let is_late = |there: &Component| {
                let own = attendee(there, &email);
                // Of two that were written within one second, the one that comes later counts.
                let is_same = own.is_some_and(|own| event::answer(own) == event::answer(line));
                let replied = own.and_then(|own| own.param(REPLIED));
                sequence < version(there).0
                    || replied.is_some_and(|at| written < at || (written == at && is_same))
            };
            if there.is_none_or(is_late) {
                continue;
            }
            let answer = event::answer(line);
            let which = self.which(said);
            let subject = Subject {
                uid: &self.message.uid,
                which: &which,
                zone: self.incoming.zone,
                now: self.incoming.now,
            };
            let me = [email.clone()];
            let edited = match edit::respond(&file, subject, &me, answer) {
                Err(Error::NoSuchInstance { .. } | Error::Unsplittable) => continue,
                edited => edited?,
            };
            file = remember(
                &edited.file.unwrap_or(file),
                &self.message.uid,
                &id(said),
                (&email, REPLIED, &written),
            );
            last = Some((email, answer));
        }
        let Some((email, answer)) = last else {
            return Ok(Decision::Ignore(Reason::Known));
        };
        Ok(Decision::Answered {
            uid: self.uid(),
            file,
            email,
            answer,
        })
    }

    fn counter(&self) -> Decision {
        let known = match self.addressed() {
            Ok(known) => known,
            Err(reason) => return Decision::Ignore(reason),
        };
        let from = self.incoming.from.trim();
        if !known.invites(from) {
            return Decision::Ignore(Reason::NotAttendee { from: shown(from) });
        }
        let Some(said) = self.message.events.first() else {
            return Decision::Ignore(Reason::NothingAsked);
        };
        // What was changed since was changed with the proposal at hand, or without.
        let there = known.events.iter().find(|one| id(one) == id(said));
        let there = there.or(known.master());
        let is_late = there.is_some_and(|there| version(said).0 < version(there).0);
        if is_late || known.is_dealt_with(from, said) {
            return Decision::Ignore(Reason::Known);
        }
        let proposed = self.definitions(self.incoming.text.as_bytes());
        let times = proposed.first().and_then(|one| {
            let end = event::end(&one.start, one.length)?;
            Some((event::moment(&one.start)?, end))
        });
        match times {
            Some((start, end)) => Decision::Proposal {
                uid: self.uid(),
                email: shown(from),
                start,
                end,
                which: self.which(said),
                file: self.dealt_with(known, said),
            },
            None => Decision::Ignore(Reason::NothingAsked),
        }
    }

    fn refresh(&self) -> Decision {
        let from = self.incoming.from.trim();
        match (self.addressed(), self.message.events.first()) {
            (Ok(known), Some(said)) if known.is_dealt_with(from, said) => {
                Decision::Ignore(Reason::Known)
            }
            (Ok(known), Some(said)) if known.invites(from) => Decision::Resend {
                uid: self.uid(),
                email: shown(from),
                file: self.dealt_with(known, said),
            },
            (Ok(_), _) => Decision::Ignore(Reason::NotAttendee { from: shown(from) }),
            (Err(reason), _) => Decision::Ignore(reason),
        }
    }

    /// The file, with what the sender asks noted as dealt with.
    fn dealt_with(&self, known: &Known<'_>, said: &Component) -> Vec<u8> {
        self.marked(known, self.incoming.from.trim(), said)
    }

    fn marked(&self, known: &Known<'_>, email: &str, said: &Component) -> Vec<u8> {
        let mark = known.mark(email, said);
        remember(
            known.bytes,
            &self.message.uid,
            "",
            (email, DEALT_WITH, &mark),
        )
    }

    /// The organizer leaves the event where it is, although the user proposed another time.
    fn kept(&self) -> Decision {
        let from = self.incoming.from;
        let Some(known) = self.known.as_ref().filter(|known| !known.events.is_empty()) else {
            return Decision::Ignore(Reason::UnknownEvent);
        };
        if is_one_of(&known.organizer(), self.incoming.me) || !known.may_organize(from) {
            return Decision::Ignore(Reason::NotOrganizer { from: shown(from) });
        }
        let me = self.incoming.me.iter().find(|own| known.invites(own));
        let (Some(me), Some(said)) = (me, self.message.events.first()) else {
            return Decision::Ignore(Reason::NothingAsked);
        };
        let there = known.events.iter().find(|one| id(one) == id(said));
        let there = there.or(known.master());
        let is_late = there.is_some_and(|there| version(said) < version(there));
        if is_late || known.is_dealt_with(me, said) {
            return Decision::Ignore(Reason::Known);
        }
        Decision::Kept {
            uid: self.uid(),
            email: shown(from),
            file: self.marked(known, me, said),
        }
    }

    /// The known event, when the user organizes it.
    fn addressed(&self) -> Result<&Known<'_>, Reason> {
        let known = self.known.as_ref().filter(|known| !known.events.is_empty());
        let known = known.ok_or(Reason::UnknownEvent)?;
        if is_one_of(&known.organizer(), self.incoming.me) {
            Ok(known)
        } else {
            Err(Reason::NotMine)
        }
    }

    /// Which instances a component is about.
    fn which(&self, component: &Component) -> Which {
        let Some(line) = component.first("RECURRENCE-ID") else {
            return Which::All {};
        };
        let text = format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:{}\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            self.message.uid,
            line.render()
        );
        let read = self.definitions(text.as_bytes());
        let start = read.first().and_then(|one| event::moment(&one.start));
        let is_future = line
            .param("RANGE")
            .is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE"));
        match start {
            Some(start) if is_future => Which::Future { start },
            Some(start) => Which::This { start },
            // What names no readable instance is about none; no instance begins then.
            None => Which::This {
                start: Moment::Day(jiff::civil::Date::MIN),
            },
        }
    }
}

/// Names the instance a component is about, as written; empty for the event itself.
fn id(component: &Component) -> String {
    let line = component.first("RECURRENCE-ID");
    line.map(|line| line.value.trim().to_ascii_uppercase())
        .unwrap_or_default()
}

/// Says whether time or recurrence of an instance differ.
fn is_moved(old: &[Definition], new: &[Definition], fresh: &Component) -> bool {
    let has_id = fresh.first("RECURRENCE-ID").is_some();
    let at = |stamp: &Stamp| stamp.zoned(&TimeZone::UTC).map(|at| at.timestamp());
    let newer = new.iter().find(|one| one.line == fresh.line());
    let older = newer.and_then(|newer| {
        let same = |one: &&Definition| {
            one.instance.as_ref().and_then(at) == newer.instance.as_ref().and_then(at)
        };
        old.iter().find(same).or(old.iter().find(|_| has_id))
    });
    match (older, newer) {
        (Some(older), Some(newer)) => !newer.is_at_same_times(older),
        (None, _) | (_, None) => true,
    }
}

/// Puts the newer version where the older stood; a new time makes the old instances void.
fn put(root: &mut Component, uid: &str, fresh: &Component, forgets: bool) {
    let wanted = id(fresh);
    let mut place = None;
    for calendar in root.components() {
        for one in calendar.components() {
            if one.name == "VEVENT"
                && edit::uid_of(one) == uid
                && (place.is_none() || id(one) == wanted)
            {
                place = Some(one.line());
            }
        }
    }
    let Some(line) = place else {
        return;
    };
    root.insert_after(line, fresh);
    root.retain_components(&|one| {
        let is_old = one.name == "VEVENT" && one.line() != 0 && edit::uid_of(one) == uid;
        !(is_old && (id(one) == wanted || forgets))
    });
    series::readmit(root, uid, fresh);
}

/// Notes when an attendee's word was written; for no instance, in all of the event.
fn remember(
    file: &[u8],
    uid: &str,
    instance: &str,
    (email, mark, written): (&str, &str, &str),
) -> Vec<u8> {
    let (mut root, _) = tree::parse(file);
    for calendar in root.components_mut() {
        for one in calendar.components_mut() {
            if edit::uid_of(one) != uid || (!instance.is_empty() && id(one) != instance) {
                continue;
            }
            one.rewrite("ATTENDEE", |line| {
                let theirs = event::email(line).eq_ignore_ascii_case(email);
                theirs.then(|| line.with_param(mark, written).render())
            });
        }
    }
    bytes(&root)
}

fn bytes(root: &Component) -> Vec<u8> {
    let mut out = Vec::new();
    root.write(&mut out);
    out
}
