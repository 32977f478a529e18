//! "work through the form": one look, one move, until only the last button is left.
//!
//! Each look handles the first thing the step still asks for: fields, a choice, a date and time;
//! when nothing is left it goes on. It never presses the button that commits the user.

use crate::action::{Action, Click, Condition, Fail, Wait};
use crate::planner::plain::ground::{label, pick_by_text};
use crate::planner::plain::run::{Look, Thing, Turn, act, fail, give_up};
use crate::skill::wording::holds_any;
use crate::snapshot::Snapshot;
use crate::untrusted;

use super::calendar::{Offers, offers};
use super::confirm;
use super::fields::{Field, FieldKind, fields};
use super::form::{self, Hints};
use super::overlay;
use super::slot::Picker;
use super::steps::{Button, Means, OneOf, buttons, is_entry, one};

/// How often it goes on to another step.
const STEPS_MAX: u32 = 20;
/// How many looks it takes in all.
const LOOKS_MAX: u32 = 80;
/// How many looks in a row may find nothing to do.
const IDLE_MAX: usize = 3;
/// How many failures of single actions it survives.
const FAILURES_MAX: u32 = 4;
/// How often a slot that the site turned down is replaced.
const REFUSED_MAX: u32 = 3;
/// How long an idle look waits, in milliseconds.
const IDLE_MS: u64 = 1_500;
/// Texts that show that a step has come; each idle look waits for another.
const SIGNS: [&str; IDLE_MAX] = ["next", "continue", "book"];
const GONE: [&str; 9] = [
    "no longer available",
    "just been taken",
    "already taken",
    "already booked",
    "has been booked",
    "not available anymore",
    "slot is taken",
    "time is taken",
    "choose another time",
];

/// What it was told.
#[derive(Debug, Clone)]
pub(in crate::planner::plain) struct Told {
    pub(super) hints: Hints,
    /// Whether a slot is to be picked.
    pub(super) name: String,
}

/// Goes through a form of several steps.
#[derive(Debug)]
pub(in crate::planner::plain) struct Work {
    told: Told,
    picker: Picker,
    picking: bool,
    answered: Vec<String>,
    pressed: Vec<String>,
    looks: u32,
    steps: u32,
    idle: usize,
    failures: u32,
    closed: u32,
    refused: u32,
}

impl Work {
    pub(super) fn new(told: Told, picker: Picker) -> Self {
        Self {
            told,
            picker,
            picking: false,
            answered: Vec::new(),
            pressed: Vec::new(),
            looks: 0,
            steps: 0,
            idle: 0,
            failures: 0,
            closed: 0,
            refused: 0,
        }
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        self.advance(look).unwrap_or_else(Turn::from)
    }

    fn advance(&mut self, look: &mut Look<'_>) -> Result<Turn, Fail> {
        self.looks += 1;
        if self.looks > LOOKS_MAX || self.steps > STEPS_MAX {
            return Err(fail(
                "the form does not come to an end",
                "go through it step by step in sentences",
            ));
        }
        if self.picking {
            match self.picker.turn(look) {
                Turn::Over => self.picking = false,
                other @ (Turn::Act(_) | Turn::Fail(_)) => return Ok(other),
            }
        } else if let Some((step, hint)) = look.failure()
            && !matches!(step.action, Action::Wait(_))
        {
            self.failures += 1;
            if self.failures >= FAILURES_MAX {
                return Err(give_up(step, hint));
            }
            form::forget(&step.action, &mut self.answered);
            if matches!(step.action, Action::Click(_)) {
                // It changed nothing, so it may be pressed again.
                self.pressed.pop();
            }
        }
        let page = look.page()?;
        let offers = offers(page, look.view.clock);
        self.see_refusal(look, page, &offers)?;
        let chosen = self.chosen(look);
        let all = fields(page);
        let (before, after) = split(&all, &offers, chosen);
        let batch = form::batch(&before, look, &self.told.hints, &mut self.answered)?;
        if !batch.is_empty() {
            self.idle = 0;
            return Ok(Turn::Act(batch));
        }
        if !chosen && !offers.is_empty() {
            self.picking = true;
            self.idle = 0;
            let nothing = Look {
                view: look.view,
                fresh: &[],
                run: look.run,
            };
            return Ok(self.start_picking(nothing));
        }
        let batch = form::batch(&after, look, &self.told.hints, &mut self.answered)?;
        if !batch.is_empty() {
            self.idle = 0;
            return Ok(Turn::Act(batch));
        }
        let waits = self.waits_for_choice(page, &offers, &all);
        if waits {
            let demanded: Vec<Field> = before.into_iter().chain(after).map(demanded).collect();
            let batch = form::batch(&demanded, look, &self.told.hints, &mut self.answered)?;
            if !batch.is_empty() {
                self.idle = 0;
                return Ok(Turn::Act(batch));
            }
        }
        self.go_on(page, &offers, &all, chosen)
    }

    /// Says whether the step can't be left before a choice is made that it does not mark as
    /// required: its button is disabled, or was pressed in vain.
    fn waits_for_choice(&self, page: &Snapshot, offers: &Offers, all: &[Field]) -> bool {
        let last = all.iter().map(|f| f.index).max().unwrap_or(0);
        let buttons = buttons(page, &offers.own);
        [Means::On, Means::Commits, Means::Sends]
            .into_iter()
            .map(|means| one(page, &buttons, means, last))
            .find(|found| *found != OneOf::None)
            .is_some_and(|found| match found {
                OneOf::Disabled(_) => true,
                OneOf::One(button) => self.was_pressed(page, &button),
                OneOf::Several(_) | OneOf::None => false,
            })
    }

    fn start_picking(&mut self, mut look: Look<'_>) -> Turn {
        match self.picker.turn(&mut look) {
            Turn::Over => fail("a slot was picked before it was asked for", "").into(),
            other @ (Turn::Act(_) | Turn::Fail(_)) => other,
        }
    }

    fn chosen(&self, look: &Look<'_>) -> bool {
        matches!(look.run.thing(&self.told.name), Some(Thing::Slot { .. }))
    }

    /// Takes the chosen slot back when the page says that it is gone and offers times again.
    fn see_refusal(
        &mut self,
        look: &mut Look<'_>,
        page: &Snapshot,
        offers: &Offers,
    ) -> Result<(), Fail> {
        let Some(Thing::Slot { start, .. }) = look.run.thing(&self.told.name) else {
            return Ok(());
        };
        if offers.is_empty() || offers.has_choice() || !holds_any(&page.page_text(), &GONE) {
            return Ok(());
        }
        self.refused += 1;
        if self.refused > REFUSED_MAX {
            return Err(fail(
                "the times picked were taken by others, again and again",
                "try again later",
            ));
        }
        self.picker.refuse(&start.clone());
        look.run.keep(&self.told.name, Thing::Text(String::new()));
        Ok(())
    }

    /// Presses what goes on; ends before what commits.
    fn go_on(
        &mut self,
        page: &Snapshot,
        offers: &Offers,
        all: &[Field],
        chosen: bool,
    ) -> Result<Turn, Fail> {
        let last = all
            .iter()
            .map(|f| f.index)
            .chain(offers.first)
            .max()
            .unwrap_or(0);
        let buttons = buttons(page, &offers.own);
        if !chosen && let Some(button) = self.choice(page, &buttons) {
            return self.press(page, &button);
        }
        let mut stuck = None;
        for means in [Means::On, Means::Commits, Means::Sends] {
            match one(page, &buttons, means, last) {
                OneOf::One(_) | OneOf::Several(_) if means == Means::Commits && chosen => {
                    return Ok(Turn::Over);
                }
                OneOf::One(button) if means == Means::Commits && !may_enter(&button) => {}
                OneOf::One(button) => return self.press(page, &button),
                OneOf::Several(names) if means == Means::On => {
                    return Err(fail(
                        format!("several buttons go on: {}", names.join(", ")),
                        "say which: click \"...\"",
                    ));
                }
                OneOf::Disabled(button) => stuck = stuck.or(Some(button)),
                OneOf::Several(_) | OneOf::None => {}
            }
        }
        // A form that asks something is answered, not left by another way in.
        let asks = all
            .iter()
            .any(|f| f.empty && !matches!(f.kind, FieldKind::Box));
        if !asks && let Some(button) = self.entry(page, &buttons, chosen)? {
            return self.press(page, &button);
        }
        if confirm::confirmed(&page.page_text()).is_some() && chosen {
            return Ok(Turn::Over);
        }
        self.stay(page, all, stuck)
    }

    /// Finds the way into the form, or the choice that the reason or the request means.
    fn entry(&self, page: &Snapshot, all: &[Button], chosen: bool) -> Result<Option<Button>, Fail> {
        if chosen {
            return Ok(None);
        }
        let open: Vec<&Button> = all
            .iter()
            .filter(|b| {
                !b.disabled && b.harmless && b.means != Means::Back && !self.was_pressed(page, b)
            })
            .collect();
        let own: Vec<&Button> = open.iter().copied().filter(|b| b.main).collect();
        let named: Vec<String> = own.iter().map(|b| in_context(page, b)).collect();
        let by_reason = self.told.hints.reason.as_deref().and_then(|_| {
            form::by_hints(
                &named,
                &Hints {
                    request: None,
                    ..self.told.hints.clone()
                },
            )
        });
        if let Some(at) = by_reason {
            return Ok(own.get(at).map(|b| (*b).clone()));
        }
        let mut ways: Vec<&Button> = open.iter().copied().filter(|b| is_entry(&b.name)).collect();
        ways.dedup_by_key(|b| {
            page.node(b.index)
                .and_then(|n| n.url.clone())
                .unwrap_or_else(|| b.index.to_string())
        });
        let main: Vec<&Button> = ways.iter().copied().filter(|b| b.main).collect();
        if !main.is_empty() {
            ways = main;
        }
        let urls: std::collections::BTreeSet<Option<String>> = ways
            .iter()
            .map(|b| page.node(b.index).and_then(|n| n.url.clone()))
            .collect();
        let same = urls.len() == 1 && !urls.contains(&None);
        match ways.as_slice() {
            [only] => return Ok(Some((*only).clone())),
            [first, ..] if same => return Ok(Some((*first).clone())),
            [] | [_, ..] => {}
        }
        let request = self.told.hints.request.as_deref();
        let asked = request.and_then(|text| pick_by_text(text, &named));
        if let Some(at) = asked {
            return Ok(own.get(at).map(|b| (*b).clone()));
        }
        if let Some(at) = form::by_hints(
            &named,
            &Hints {
                agree: false,
                ..Hints::default()
            },
        ) {
            return Ok(own.get(at).map(|b| (*b).clone()));
        }
        if ways.len() > 1 {
            let names: Vec<&str> = ways.iter().take(5).map(|b| b.name.as_str()).collect();
            return Err(fail(
                format!(
                    "several ways lead on: {}",
                    untrusted::line(&names.join(", "), 200)
                ),
                "say what it is for, or which to click",
            ));
        }
        Ok(None)
    }

    /// Finds the one of several buttons side by side that the reason or the request means, when
    /// none of them is picked yet.
    fn choice(&self, page: &Snapshot, all: &[Button]) -> Option<Button> {
        let others: Vec<&Button> = all
            .iter()
            .filter(|b| b.main && b.harmless && !b.disabled && b.means == Means::Other)
            .filter(|b| page.node(b.index).is_some_and(|n| n.role != "link"))
            .collect();
        let picked = |b: &&Button| {
            page.node(b.index)
                .is_some_and(|n| n.state.checked || n.state.selected)
        };
        if others.len() < 2 || others.iter().any(picked) {
            return None;
        }
        let names: Vec<String> = others.iter().map(|b| b.name.clone()).collect();
        let button = others.get(form::by_hints(&names, &self.told.hints)?)?;
        (!self.was_pressed(page, button)).then(|| (*button).clone())
    }

    fn press(&mut self, page: &Snapshot, button: &Button) -> Result<Turn, Fail> {
        if button.covered && self.closed < overlay::CLOSED_MAX {
            self.closed += 1;
            if let Some(found) = overlay::dismissal(page, Some(button.index)) {
                return Ok(overlay::press(&found));
            }
        }
        if self.was_pressed(page, button) {
            // Pressed on this very step before, and it is still here: something is missing.
            return self.stay(page, &fields(page), Some(button.clone()));
        }
        self.pressed.push(self.mark(page, button));
        self.steps += 1;
        self.idle = 0;
        let name = untrusted::line(&button.name, 60);
        Ok(act(
            Action::Click(Click::on(button.target)),
            format!("go on with '{name}'"),
        ))
    }

    fn was_pressed(&self, page: &Snapshot, button: &Button) -> bool {
        self.pressed.contains(&self.mark(page, button))
    }

    /// Names a button on a step as it is now; after another answer it may be pressed again.
    fn mark(&self, page: &Snapshot, button: &Button) -> String {
        format!("{}|{}", self.answered.len(), mark(page, button))
    }

    /// Looks again a few times, then says what stands in the way.
    fn stay(
        &mut self,
        page: &Snapshot,
        all: &[Field],
        stuck: Option<Button>,
    ) -> Result<Turn, Fail> {
        if let Some(sign) = SIGNS.get(self.idle) {
            self.idle += 1;
            return Ok(act(
                Action::Wait(Wait {
                    until: Condition::Text {
                        text: (*sign).to_owned(),
                    },
                    limit_ms: IDLE_MS,
                }),
                "the next step may still be loading",
            ));
        }
        let open: Vec<String> = all
            .iter()
            .filter(|f| f.empty && !matches!(f.kind, FieldKind::Box))
            .map(|f| untrusted::line(&f.label, 60))
            .collect();
        let asks = if open.is_empty() {
            String::new()
        } else {
            format!("; still empty: {}", open.join(", "))
        };
        let alert = alert(page).map_or_else(String::new, |said| format!("; the page says: {said}"));
        let hint = "go through this step in sentences, such as: choose \"...\" in \"...\"";
        match stuck {
            Some(button) => Err(fail(
                format!(
                    "'{}' leads no further{asks}{alert}",
                    untrusted::line(&button.name, 60)
                ),
                hint,
            )),
            None => Err(fail(
                format!("nothing on this page leads on{asks}{alert}"),
                hint,
            )),
        }
    }
}

/// Takes a choice for one that must be made.
fn demanded(field: Field) -> Field {
    let choice = matches!(field.kind, FieldKind::List(_) | FieldKind::Radios(_));
    Field {
        required: field.required || choice,
        ..field
    }
}

/// Says whether a button that sounds like committing is only the way into the form.
fn may_enter(button: &Button) -> bool {
    button.harmless && is_entry(&button.name)
}

/// Returns what the page warns of.
pub(super) fn alert(page: &Snapshot) -> Option<String> {
    (0..page.nodes().len())
        .filter(|at| {
            page.node(*at)
                .is_some_and(|n| matches!(n.role.as_str(), "alert" | "status"))
        })
        .map(|at| untrusted::line(&page.text(at), 160))
        .find(|text| !text.is_empty())
}

/// Splits the fields into those before the date and time and those after; those that are part of
/// it go.
fn split(all: &[Field], offers: &Offers, chosen: bool) -> (Vec<Field>, Vec<Field>) {
    let first = if chosen {
        usize::MAX
    } else {
        offers.first.unwrap_or(usize::MAX)
    };
    let is_own = |field: &Field| {
        offers.own.contains(&field.target)
            || matches!(&field.kind, FieldKind::Radios(all) if all.iter().any(|(_, r)| offers.own.contains(r)))
            || matches!(&field.kind, FieldKind::Text(kind) if matches!(kind.as_str(), "time" | "datetime-local"))
    };
    all.iter()
        .filter(|f| !is_own(f))
        .cloned()
        .partition(|f| f.index < first)
}

/// Names a step and a button on it, to know that the same was pressed before.
fn mark(page: &Snapshot, button: &Button) -> String {
    let headings: Vec<String> = (0..page.nodes().len())
        .filter(|at| page.node(*at).is_some_and(|n| n.role == "heading"))
        .map(|at| label(page, at))
        .collect();
    let fields: Vec<String> = fields(page).into_iter().map(|f| f.label).collect();
    format!(
        "{}|{}|{}|{}",
        page.url(),
        headings.join("/"),
        fields.join("/"),
        button.name
    )
}

/// Names a button by what stands in its row when its own name says too little.
fn in_context(page: &Snapshot, button: &Button) -> String {
    let vague = holds_any(
        &button.name,
        &["select", "choose", "book", "book now", "details", "more"],
    ) && button.name.split_whitespace().count() <= 2;
    if !vague {
        return button.name.clone();
    }
    page.ancestors(button.index)
        .find(|at| page.text(*at).len() > button.name.len() + 2)
        .map(|at| page.text(at))
        .filter(|text| text.len() < 300)
        .unwrap_or_else(|| button.name.clone())
}
