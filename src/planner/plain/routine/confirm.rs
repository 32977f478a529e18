//! "confirm": presses the last button once, and "expect a confirmation": what proves it.
//!
//! The button is pressed once per step and never again when nobody knows what came of it. What
//! stood on the page before the press proves nothing.

use crate::action::{Action, Click, Condition, Fail, Wait};
use crate::planner::plain::run::{Look, Turn, act, fail, give_up};
use crate::skill::wording::{holds, words};
use crate::snapshot::Snapshot;
use crate::untrusted;

use super::calendar::offers;
use super::fields::fields;
use super::overlay;
use super::steps::{Means, OneOf, buttons, one};
use super::work::{Work, alert};

/// How many steps in a row may end with a button that commits.
const PRESSES_MAX: usize = 3;
/// How often a form that says what it still wants is completed and sent again.
const CORRECTIONS_MAX: u32 = 2;
/// How often the page is looked at again for its answer.
const LOOKS_MAX: usize = 4;
/// How long one such look waits, in milliseconds.
const LOOK_MS: u64 = 4_000;

/// What sites say when it is done.
const SAID: [&str; 47] = [
    "is confirmed",
    "are confirmed",
    "been confirmed",
    "confirmed",
    "is booked",
    "been booked",
    "been scheduled",
    "is scheduled",
    "been reserved",
    "is reserved",
    "been received",
    "we have received",
    "we received",
    "successfully",
    "thank you",
    "thanks for",
    "many thanks",
    "you're all set",
    "all set",
    "see you",
    "booking reference",
    "reference number",
    "confirmation number",
    "confirmation code",
    "booking number",
    "order number",
    "booking code",
    "reservation number",
    "appointment booked",
    "booking complete",
    "request sent",
    "been submitted",
    "has been placed",
    "is complete",
    "we look forward",
    "reservation code",
    "is noted",
    "been noted",
    "noted under",
    "have reserved",
    "have booked",
    "have noted",
    "is made",
    "been made",
    "is registered",
    "been registered",
    "your reservation is",
];
/// What sites say when it is not.
const DENIED: [&str; 10] = [
    "not confirmed",
    "could not be",
    "couldn't be",
    "not be booked",
    "was not",
    "failed",
    "try again",
    "went wrong",
    "not yet confirmed",
    "not been confirmed",
];
/// What is waited for, one a look.
const SIGNS: [&str; LOOKS_MAX] = ["confirmed", "thank you", "reference", "booked"];

/// Returns the phrase with which a text says that it is done.
pub(super) fn confirmed(text: &str) -> Option<&'static str> {
    if DENIED.iter().any(|phrase| holds(text, phrase)) {
        return None;
    }
    SAID.iter().find(|phrase| holds(text, phrase)).copied()
}

/// Returns all phrases of confirmation in a text.
fn phrases(text: &str) -> Vec<String> {
    let hits = SAID.iter().filter(|phrase| holds(text, phrase));
    hits.map(|phrase| (*phrase).to_owned()).collect()
}

/// "confirm the booking".
#[derive(Debug)]
pub(in crate::planner::plain) struct Confirm {
    /// Goes through what comes after a button that was not the last.
    rest: Option<Work>,
    pressed: Vec<String>,
    stage: Stage,
    closed: u32,
    corrections: u32,
    looks: usize,
}

/// What the last batch was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Ready,
    Pressed,
    Waiting,
    Resuming,
}

impl Confirm {
    pub(super) fn new(rest: Option<Work>) -> Self {
        Self {
            rest,
            pressed: Vec::new(),
            stage: Stage::Ready,
            closed: 0,
            corrections: 0,
            looks: 0,
        }
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        self.advance(look).unwrap_or_else(Turn::from)
    }

    fn advance(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        match self.stage {
            Stage::Ready => self.press(look),
            Stage::Waiting => self.after(look),
            Stage::Resuming => {
                let turn = self
                    .rest
                    .as_mut()
                    .map_or(Turn::Over, |rest| rest.turn(look));
                match turn {
                    Turn::Over => {
                        self.stage = Stage::Ready;
                        self.press(look)
                    }
                    other @ (Turn::Act(_) | Turn::Fail(_)) => Ok(other),
                }
            }
            Stage::Pressed if look.run.dry => Ok(Turn::Over),
            Stage::Pressed => {
                if let Some(step) = look.uncertain() {
                    look.run.unsure = Some(untrusted::line(&step.outcome.summary, 200));
                    return Ok(Turn::Over);
                }
                if let Some((step, hint)) = look.failure() {
                    return Err(give_up(step, hint));
                }
                self.after(look)
            }
        }
    }

    /// Presses the button that commits.
    fn press(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        let page = look.page()?;
        let own = offers(page, look.view.clock).own;
        let buttons = buttons(page, &own);
        let last = fields(page).iter().map(|f| f.index).max().unwrap_or(0);
        let mut found = one(page, &buttons, Means::Commits, last);
        for means in [Means::Sends, Means::On] {
            if found == OneOf::None {
                found = one(page, &buttons, means, last);
            }
        }
        let button = match found {
            OneOf::One(button) => button,
            OneOf::Several(names) => {
                return Err(fail(
                    format!(
                        "several buttons could be the last one: {}",
                        names.join(", ")
                    ),
                    "say which: click \"...\"",
                ));
            }
            OneOf::Disabled(button) => {
                let open: Vec<String> = fields(page)
                    .iter()
                    .filter(|f| f.empty)
                    .map(|f| untrusted::line(&f.label, 60))
                    .collect();
                return Err(fail(
                    format!(
                        "'{}' can't be pressed yet; still empty: {}",
                        untrusted::line(&button.name, 60),
                        open.join(", ")
                    ),
                    "fill in what is missing first",
                ));
            }
            OneOf::None => {
                return Err(fail(
                    "no button on this page confirms anything",
                    "say which to press: click \"...\"",
                ));
            }
        };
        if button.covered && self.closed < overlay::CLOSED_MAX {
            self.closed += 1;
            if let Some(found) = overlay::dismissal(page, Some(button.index)) {
                return Ok(overlay::press(&found));
            }
        }
        let mark = step_mark(page, &button.name);
        if self.pressed.contains(&mark) || self.pressed.len() >= PRESSES_MAX {
            return Ok(Turn::Over);
        }
        self.pressed.push(mark);
        look.run.said_before = phrases(&page.page_text());
        self.stage = Stage::Pressed;
        let name = untrusted::line(&button.name, 60);
        Ok(act(
            Action::Click(Click::on(button.target)),
            format!("confirm with '{name}'"),
        ))
    }

    /// Looks what came of the press: done, refused, or only another step.
    fn after(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        let page = look.page()?;
        if confirmed_anew(page, &look.run.said_before).is_some() {
            return Ok(Turn::Over);
        }
        let all = fields(page);
        if all.iter().any(|f| f.invalid && f.empty)
            && self.rest.is_some()
            && self.corrections < CORRECTIONS_MAX
        {
            // The form itself says that nothing was taken and what it still wants.
            self.corrections += 1;
            self.pressed.pop();
            self.stage = Stage::Resuming;
            return self.advance(&mut Look {
                view: look.view,
                fresh: &[],
                run: look.run,
            });
        }
        if let Some(bad) = all.iter().find(|f| f.invalid) {
            let said =
                alert(page).map_or_else(String::new, |said| format!("; the page says: {said}"));
            return Err(fail(
                format!(
                    "the form does not accept '{}'{said}",
                    untrusted::line(&bad.label, 60)
                ),
                "correct it in config.toml or in the sentence",
            ));
        }
        let buttons = buttons(page, &[]);
        let mark = |name: &str| step_mark(page, name);
        let further = buttons.iter().any(|b| {
            b.main
                && !b.disabled
                && matches!(b.means, Means::On | Means::Commits)
                && !self.pressed.contains(&mark(&b.name))
        });
        if further && self.rest.is_some() && (all.iter().any(|f| f.empty) || self.moved(page)) {
            self.stage = Stage::Resuming;
            return self.advance(&mut Look {
                view: look.view,
                fresh: &[],
                run: look.run,
            });
        }
        if let Some(sign) = SIGNS.get(self.looks) {
            self.looks += 1;
            self.stage = Stage::Waiting;
            let until = Condition::Text {
                text: (*sign).to_owned(),
            };
            return Ok(act(
                Action::Wait(Wait {
                    until,
                    limit_ms: LOOK_MS,
                }),
                "the page's answer may still come",
            ));
        }
        Ok(Turn::Over)
    }

    /// Says whether the page is another step than the one the button was pressed on.
    fn moved(&self, page: &Snapshot) -> bool {
        let here = step_mark(page, "");
        self.pressed
            .last()
            .is_some_and(|mark| !mark.starts_with(&here))
    }
}

fn step_mark(page: &Snapshot, button: &str) -> String {
    let headings: Vec<&str> = page
        .nodes()
        .iter()
        .filter(|n| n.role == "heading")
        .map(|n| n.name.as_str())
        .collect();
    format!("{}|{}|{button}", page.url(), headings.join("/"))
}

/// Returns the phrase that was not on the page before.
pub(super) fn confirmed_anew(page: &Snapshot, before: &[String]) -> Option<String> {
    let text = page.page_text();
    confirmed(&text)?;
    phrases(&text)
        .into_iter()
        .find(|phrase| !before.contains(phrase))
}

/// "expect a confirmation".
#[derive(Debug, Default)]
pub(in crate::planner::plain) struct ExpectConfirmation {
    looks: usize,
    proving: bool,
}

impl ExpectConfirmation {
    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        self.advance(look).unwrap_or_else(Turn::from)
    }

    fn advance(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        if look.run.dry {
            return Ok(Turn::Over);
        }
        if self.proving {
            if look.failure().is_none() {
                look.run.unsure = None;
                look.run.notes.push("the site confirmed it".to_owned());
                return Ok(Turn::Over);
            }
            self.proving = false;
        }
        let page = look.page()?;
        if let Some(phrase) = confirmed_anew(page, &look.run.said_before) {
            self.proving = true;
            let until = Condition::Text { text: phrase };
            return Ok(act(
                Action::Wait(Wait {
                    until,
                    limit_ms: LOOK_MS,
                }),
                "the page says that it is done",
            ));
        }
        if let Some(sign) = SIGNS.get(self.looks) {
            self.looks += 1;
            let until = Condition::Text {
                text: (*sign).to_owned(),
            };
            return Ok(act(
                Action::Wait(Wait {
                    until,
                    limit_ms: LOOK_MS,
                }),
                "the confirmation may still come",
            ));
        }
        let said = alert(page).map_or_else(String::new, |said| format!("; it says: {said}"));
        Err(fail(
            format!("the page does not confirm it{said}"),
            "look at the site and at your mail before you try again: it may have been booked",
        ))
    }
}

/// "save the reference".
#[derive(Debug)]
pub(in crate::planner::plain) struct SaveReference {
    name: String,
    proving: bool,
}

impl SaveReference {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            proving: false,
        }
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        if self.proving {
            return Turn::Over;
        }
        let found = look
            .page()
            .ok()
            .and_then(|page| reference(&page.page_text()));
        // A site that gives no number is no failure; the name must still be known later on.
        let Some(found) = found else {
            look.run.keep(
                &self.name,
                crate::planner::plain::run::Thing::Text(String::new()),
            );
            return Turn::Over;
        };
        look.run.save(&self.name, &found);
        look.run.notes.push(format!("its reference is {found}"));
        self.proving = true;
        let until = Condition::Text { text: found };
        act(
            Action::Wait(Wait { until, limit_ms: 0 }),
            "the reference stands on the page",
        )
    }
}

/// Finds the number that a page calls its reference: a telling word, then a token with a digit.
fn reference(text: &str) -> Option<String> {
    const NOUNS: [&str; 9] = [
        "reference",
        "confirmation",
        "booking",
        "reservation",
        "appointment",
        "order",
        "ticket",
        "ref",
        "code",
    ];
    const LINKS: [&str; 10] = [
        "number",
        "no",
        "nr",
        "id",
        "code",
        "reference",
        "ref",
        "is",
        "your",
        "confirmed",
    ];
    let tokens: Vec<&str> = text.split_whitespace().collect();
    for (at, token) in tokens.iter().enumerate() {
        let said = words(token);
        if !said.iter().any(|w| NOUNS.contains(&w.as_str())) {
            continue;
        }
        for next in tokens.iter().skip(at + 1).take(4) {
            let bare = next.trim_matches(|c: char| !c.is_alphanumeric());
            if is_code(bare) {
                return Some(bare.to_owned());
            }
            let link = words(next)
                .iter()
                .all(|w| LINKS.contains(&w.as_str()) || NOUNS.contains(&w.as_str()));
            if !link {
                break;
            }
        }
    }
    None
}

fn is_code(token: &str) -> bool {
    let digits = token.chars().filter(char::is_ascii_digit).count();
    let shaped = token
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '_'));
    let dated = token.parse::<jiff::civil::Date>().is_ok() || token.contains(':');
    let lower = token.chars().any(|c| c.is_ascii_lowercase()) && !token.contains('-');
    (4..=24).contains(&token.len()) && digits >= 2 && shaped && !dated && !(lower && digits < 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confirmation_is_told_from_a_denial_and_from_a_plan() {
        for yes in [
            "Your appointment is confirmed!",
            "Thank you, Ada",
            "Booking reference: AB-123",
            "You’re all set",
        ] {
            assert!(confirmed(yes).is_some(), "{yes}");
        }
        for no in [
            "Confirm your booking",
            "Your booking is not confirmed",
            "It could not be booked. Thank you",
            "Review",
        ] {
            assert!(confirmed(no).is_none(), "{no}");
        }
    }

    #[test]
    fn the_reference_is_found_and_dates_and_prices_are_not_taken_for_it() {
        for (text, expected) in [
            (
                "Your booking reference is RX-48213. See you",
                Some("RX-48213"),
            ),
            ("Reference: 7F3K2", Some("7F3K2")),
            ("Confirmation number 4711-22", Some("4711-22")),
            ("Booking confirmed ref: #A1B2C3", Some("A1B2C3")),
            ("Your appointment is on 2026-12-01 at 10:30", None),
            ("Thank you for booking", None),
        ] {
            assert_eq!(reference(text).as_deref(), expected, "{text}");
        }
    }
}
