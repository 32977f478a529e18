//! "pick a date and time that suits my calendar": the user's busy time first, then the page.
//!
//! Takes the earliest time the page offers that the calendar has free, day by day in the span.
//! Never takes a time whose day is not known, and never one the page marks as taken.

use std::collections::BTreeSet;

use jiff::ZonedDateTime;
use jiff::civil::Date;

use crate::action::{Action, Condition, Fail, FreeBusy, Output, Wait};
use crate::booking::{Rules, Taken};
use crate::config::CalendarRules;
use crate::planner::plain::run::{Look, Thing, Turn, act, fail, give_up};
use crate::planner::plain::times::{self, Span, Suits};
use crate::untrusted;

use super::calendar::{Day, Offer, Offers, offers};

/// How often the page is looked at again while times may still be loading.
const LOOKS_MAX: usize = 3;
/// How long one such look waits, in milliseconds; settling after the click saw the requests end.
const LOOK_MS: u64 = 1_000;
/// Texts that show that times have come; each look waits for another, so that none repeats.
const SIGNS: [&str; LOOKS_MAX] = [":00", ":30", "available"];
/// Most pages of a calendar that are turned.
const TURNS_MAX: u32 = 14;
/// Most failures before it gives up.
const FAILURES_MAX: u32 = 4;

/// Picks a slot on the page.
#[derive(Debug)]
pub(in crate::planner::plain) struct Picker {
    span: Span,
    minutes: u32,
    name: String,
    rules: CalendarRules,
    busy: Option<Vec<Taken>>,
    asked: Asked,
    /// The day that was picked on the page, while its times are looked at.
    day: Option<Date>,
    tried: BTreeSet<Date>,
    refused: BTreeSet<String>,
    /// Whether a button was pressed to see the times of the day.
    shown: bool,
    looks: usize,
    turns: u32,
    failures: u32,
}

/// What the last batch asked for.
#[derive(Debug, Clone, PartialEq)]
enum Asked {
    Nothing,
    Busy,
    Day(Date),
    Time(ZonedDateTime),
    More,
}

impl Picker {
    pub(super) fn new(span: Span, minutes: u32, name: &str, rules: CalendarRules) -> Self {
        Self {
            span,
            minutes,
            name: name.to_owned(),
            rules,
            busy: None,
            asked: Asked::Nothing,
            day: None,
            tried: BTreeSet::new(),
            refused: BTreeSet::new(),
            shown: false,
            looks: 0,
            turns: 0,
            failures: 0,
        }
    }

    /// Forgets the chosen slot, which the site did not take, and its day's other state.
    pub(super) fn refuse(&mut self, start: &ZonedDateTime) {
        self.refused.insert(start.to_string());
        self.day = None;
        self.looks = 0;
        self.asked = Asked::Nothing;
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        self.advance(look).unwrap_or_else(Turn::from)
    }

    fn advance(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        if let Some(turn) = self.settle(look)? {
            return Ok(turn);
        }
        if self.busy.is_none() {
            self.asked = Asked::Busy;
            let busy = FreeBusy {
                from: self.span.start,
                to: self.span.end,
                minutes: Some(self.minutes),
            };
            return Ok(act(Action::FreeBusy(busy), "see when you are free"));
        }
        let page = look.page()?;
        let offers = offers(page, look.view.clock);
        if let Some(turn) = self.time(look, &offers) {
            return Ok(turn);
        }
        if let Some(turn) = self.await_times(&offers) {
            return Ok(turn);
        }
        self.next_day(look, &offers)
    }

    fn rules(&self, look: &Look<'_>) -> Rules {
        Rules::new(&self.rules, look.view.clock.zone(), look.view.clock.now())
    }

    /// Reads what came of the last batch; an end when the slot is picked.
    fn settle(&mut self, look: &mut Look<'_>) -> Result<Option<Turn>, Fail> {
        let asked = std::mem::replace(&mut self.asked, Asked::Nothing);
        if let Some((step, hint)) = look.failure()
            && !matches!(step.action, Action::Wait(_))
        {
            self.failures += 1;
            if self.failures >= FAILURES_MAX || asked == Asked::Busy {
                return Err(give_up(step, hint));
            }
            match asked {
                Asked::Day(day) => drop(self.tried.insert(day)),
                Asked::Time(at) => drop(self.refused.insert(at.to_string())),
                Asked::More => self.turns = TURNS_MAX,
                Asked::Busy | Asked::Nothing => {}
            }
            return Ok(None);
        }
        match asked {
            Asked::Busy => {
                self.busy = look.fresh.iter().find_map(|step| {
                    if let Output::Busy(busy) = &step.outcome.output {
                        // What is kept free around events is counted in already.
                        Some(busy.iter().copied().map(Taken::closed).collect())
                    } else {
                        None
                    }
                });
                if self.busy.is_none() {
                    return Err(fail(
                        "your calendar could not be read",
                        "try: legwork doctor",
                    ));
                }
            }
            Asked::Day(day) => {
                self.day = Some(day);
                self.looks = 0;
                self.shown = false;
            }
            Asked::Time(start) => {
                let end = times::after(&start, self.minutes);
                let said = start.strftime("%A %-d %B %Y at %H:%M").to_string();
                look.run.notes.push(format!("picked {said}"));
                look.run.saved.insert(self.name.clone(), said);
                look.run.keep(&self.name, Thing::Slot { start, end });
                return Ok(Some(Turn::Over));
            }
            Asked::More | Asked::Nothing => {}
        }
        Ok(None)
    }

    /// Proposes the earliest time that suits among those the page shows.
    fn time(&mut self, look: &Look<'_>, offers: &Offers) -> Option<Turn> {
        let busy = self.busy.clone().unwrap_or_default();
        let suits = Suits {
            span: &self.span,
            minutes: self.minutes,
            taken: &busy,
            rules: self.rules(look),
        };
        let clock = look.view.clock;
        let mut best: Option<(ZonedDateTime, &Offer)> = None;
        for offer in &offers.times {
            let Some(day) = offer.day.or(offers.day).or(self.day) else {
                continue;
            };
            let Some(start) = times::at(day, offer.time, clock) else {
                continue;
            };
            let ok = suits.at(&start) && !self.refused.contains(&start.to_string());
            if ok && best.as_ref().is_none_or(|(earliest, _)| start < *earliest) {
                best = Some((start, offer));
            }
        }
        if let Some((start, offer)) = best {
            let said = start.strftime("%a %-d %b %H:%M").to_string();
            self.asked = Asked::Time(start);
            return Some(act(
                offer.action.clone(),
                format!("{said} is free in your calendar"),
            ));
        }
        if offers.times.is_empty() {
            return None;
        }
        // Times are there and none of them suits: their days are done.
        self.tried.extend(
            offers
                .times
                .iter()
                .filter_map(|o| o.day.or(offers.day).or(self.day)),
        );
        if self.day.is_some_and(|day| self.tried.contains(&day)) {
            self.day = None;
        }
        None
    }

    /// Waits for the times of the picked day, or presses what shows them.
    fn await_times(&mut self, offers: &Offers) -> Option<Turn> {
        self.day?;
        if !offers.times.is_empty() && offers.times.iter().all(|o| o.day.is_none()) {
            return None;
        }
        if offers.none && offers.loading.is_none() {
            return None;
        }
        if let Some(loading) = &offers.loading
            && self.looks < LOOKS_MAX
        {
            self.looks += 1;
            return Some(wait(Condition::Gone {
                text: loading.clone(),
            }));
        }
        if !self.shown
            && let Some((action, name)) = &offers.show
        {
            self.shown = true;
            return Some(act(
                action.clone(),
                format!("see the times with '{}'", untrusted::line(name, 40)),
            ));
        }
        let sign = SIGNS.get(self.looks)?;
        self.looks += 1;
        Some(wait(Condition::Text {
            text: (*sign).to_owned(),
        }))
    }

    /// Picks the next day of the span that has free time, or turns the calendar's page.
    fn next_day(&mut self, look: &Look<'_>, offers: &Offers) -> Result<Turn, Fail> {
        if let Some(day) = self.day.take() {
            self.tried.insert(day);
        }
        let clock = look.view.clock;
        let busy = self.busy.clone().unwrap_or_default();
        let suits = Suits {
            span: &self.span,
            minutes: self.minutes,
            taken: &busy,
            rules: self.rules(look),
        };
        let open = |day: Date| !self.tried.contains(&day) && suits.on(day, clock);
        let mut days: Vec<&Day> = offers.days.iter().filter(|d| open(d.date)).collect();
        days.sort_by_key(|d| d.date);
        if let Some(day) = days.first() {
            let (date, action) = (day.date, day.action.clone());
            self.asked = Asked::Day(date);
            return Ok(act(
                action,
                format!("look at the times of {}", date.strftime("%a %-d %b")),
            ));
        }
        if let Some(typed) = &offers.typed {
            let first = self.days(look).find(|day| open(*day));
            if let Some(day) = first {
                self.asked = Asked::Day(day);
                let said = day.strftime("%a %-d %b").to_string();
                return Ok(act(
                    typed.filled(day),
                    format!("look at the times of {said}"),
                ));
            }
            return Err(self.nothing(look));
        }
        let last = offers.last_day();
        let past = last.is_some_and(|day| self.end(look).is_some_and(|end| day >= end));
        if let Some((action, name)) = offers.more.as_ref().filter(|_| !past)
            && self.turns < TURNS_MAX
        {
            self.turns += 1;
            self.asked = Asked::More;
            return Ok(act(
                action.clone(),
                format!("see later days with '{}'", untrusted::line(name, 40)),
            ));
        }
        if offers.is_empty() && self.looks < LOOKS_MAX {
            let sign = SIGNS.get(self.looks).copied().unwrap_or(":00");
            self.looks += 1;
            return Ok(wait(Condition::Text {
                text: sign.to_owned(),
            }));
        }
        Err(self.nothing(look))
    }

    /// Returns the days of the span in order.
    fn days(&self, look: &Look<'_>) -> impl Iterator<Item = Date> + use<> {
        let zone = look.view.clock.zone().clone();
        let first = self.span.start.to_zoned_datetime(zone).date();
        let end = self.end(look).unwrap_or(first);
        std::iter::successors(Some(first), |day| day.tomorrow().ok())
            .take_while(move |day| *day <= end)
            .take(400)
    }

    /// Returns the last day that the span reaches.
    fn end(&self, look: &Look<'_>) -> Option<Date> {
        let last = self
            .span
            .end
            .checked_sub(jiff::SignedDuration::from_secs(1))
            .ok()?;
        Some(
            last.to_zoned_datetime(look.view.clock.zone().clone())
                .date(),
        )
    }

    fn nothing(&self, look: &Look<'_>) -> Fail {
        let zone = look.view.clock.zone();
        let day = |at: jiff::Timestamp| {
            at.to_zoned_datetime(zone.clone())
                .strftime("%a %-d %b")
                .to_string()
        };
        let (from, to) = (
            day(self.span.start),
            self.end(look)
                .map_or_else(String::new, |d| d.strftime("%a %-d %b").to_string()),
        );
        fail(
            format!("the page offers no time from {from} to {to} that your calendar has free"),
            "give a longer span of time, or free some of it in your calendar",
        )
    }
}

fn wait(until: Condition) -> Turn {
    act(
        Action::Wait(Wait {
            until,
            limit_ms: LOOK_MS,
        }),
        "the times may still be loading",
    )
}

/// "pick a date and time ... that suits my calendar".
#[derive(Debug)]
pub(in crate::planner::plain) struct PickTime {
    picker: Picker,
}

impl PickTime {
    pub(super) fn new(picker: Picker) -> Self {
        Self { picker }
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        self.picker.turn(look)
    }
}
