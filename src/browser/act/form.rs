//! Sets several fields in one go: one round trip for all plain ones in a row, one settling and one
//! reading back for all.
//!
//! Plain fields are typed into by the browser's editor from within the page, which answers each
//! before the next gets the focus; what needs the mouse or keys is worked from outside in between.
//! The page itself waits until keys have arrived, so that no text ever lands in the wrong field.

use std::time::Instant;

use chromiumoxide::cdp::browser_protocol::input::InsertTextParams;
use serde::Deserialize;

use super::fill::{Field, Held};
use super::{Acted, Target, Trouble, keys, patience_ms, refuse, value_change};
use crate::action::{Check, Entry, Evidence, Outcome, Select};
use crate::browser::Browser;
use crate::browser::driver::Sent;
use crate::browser::error::Error;
use crate::browser::world::{self, Evaluated};
use crate::deadline::Deadline;
use crate::untrusted;

/// Most fields set in one go.
const FIELDS_MAX: usize = 200;
/// Longest wait for typed text to arrive, in milliseconds; a page that swallows it never says so.
const ARRIVAL_MS: u32 = 250;

/// What the page says of a field whose turn it is.
#[derive(Debug, Deserialize)]
struct Step {
    /// A box to tick.
    #[serde(default)]
    r#box: bool,
    /// Something else that is worked by the mouse.
    #[serde(default)]
    widget: bool,
    #[serde(flatten)]
    field: Field,
}

/// Who reads a field back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The last look at the whole form.
    Together,
    /// The hand that worked it.
    Own,
}

/// A field that was set.
#[derive(Debug)]
struct Set {
    target: Target,
    name: String,
    way: Way,
}

impl Browser {
    /// Sets the fields in their order, and reads all of them back at the end.
    pub(super) async fn fill_form(&mut self, entries: &[Entry], deadline: &Deadline) -> Acted {
        if entries.is_empty() || entries.len() > FIELDS_MAX {
            return Err(Trouble::tell(
                format!("{} fields can't be filled in one go", entries.len()),
                format!("name 1 to {FIELDS_MAX} fields"),
            ));
        }
        let mut targets = Vec::new();
        for entry in entries {
            targets.push(self.target(entry.target, deadline).await?);
        }
        let first = targets.first().map(|target| target.here.clone());
        let watch = "(__legwork.watch(0), true)".to_owned();
        if let Some(here) = &first {
            let _: bool = world::ask(&self.driver, here, watch, deadline).await?;
        }
        let mut mark = self.mark();
        let mut done: Vec<Set> = Vec::new();
        let mut extra = Vec::new();
        while let Some((targets, entries)) =
            targets.get(done.len()..).zip(entries.get(done.len()..))
            && !targets.is_empty()
        {
            let steps = self.send_steps(targets, entries, deadline).await?;
            if steps.is_empty() {
                return Err(Trouble::tell(
                    "the page set no field",
                    "look at the page again",
                ));
            }
            for ((target, entry), step) in targets.iter().zip(entries).zip(steps) {
                match self.set_field(target.clone(), entry, step, deadline).await {
                    Ok((set, changed)) => {
                        done.push(set);
                        extra.extend(changed);
                    }
                    Err(Trouble::Tell { reason, hint }) => {
                        return Err(Trouble::Tell {
                            reason: so_far(&done, &reason),
                            hint,
                        });
                    }
                    Err(broken) => return Err(broken),
                }
            }
        }
        mark.acted = Instant::now();
        let summary = format!("filled {} fields", done.len());
        let mut outcome = self
            .finish(&mark, first.as_ref(), summary, deadline)
            .await?;
        outcome.changed.extend(extra);
        self.read_form(&mut outcome, entries, &done, deadline)
            .await?;
        Ok(outcome)
    }

    /// Brings the setting of one field to its end after the page's `step`.
    async fn set_field(
        &mut self,
        mut target: Target,
        entry: &Entry,
        mut step: Step,
        deadline: &Deadline,
    ) -> Result<(Set, Vec<crate::action::Change>), Trouble> {
        if let Some(inner) = step.field.inner {
            target.number = inner;
            let (targets, entries) = (std::slice::from_ref(&target), std::slice::from_ref(entry));
            let steps = self.send_steps(targets, entries, deadline).await?;
            step = steps.into_iter().next().unwrap_or(step);
        }
        let name = step.field.refusal.name.clone();
        let mut changed = Vec::new();
        let way = if step.r#box {
            changed = self.set_box(&target, entry, deadline).await?;
            Way::Own
        } else if step.field.dial {
            changed = self.turn(&target, &entry.value, deadline).await?.changed;
            Way::Own
        } else if step.widget || step.field.other {
            let select = Select::one(entry.target, entry.value.clone());
            changed = self.select_in(&target, &select, deadline).await?.changed;
            Way::Own
        } else if step.field.r#type {
            self.put_text(&target, &entry.value, deadline).await?;
            Way::Together
        } else if step.field.set {
            Way::Together
        } else {
            return Err(refuse(&target, &step.field.refusal));
        };
        Ok((Set { target, name, way }, changed))
    }

    /// Has the page set the fields from the first on, as far as they lie in one document and it can
    /// do so alone; returns a step for each that it came to, at least one.
    async fn send_steps(
        &self,
        targets: &[Target],
        entries: &[Entry],
        deadline: &Deadline,
    ) -> Result<Vec<Step>, Error> {
        let Some(first) = targets.first() else {
            return Ok(Vec::new());
        };
        let together = targets
            .iter()
            .take_while(|target| target.here == first.here);
        let steps: Vec<(u32, &str)> = together
            .zip(entries)
            .map(|(target, entry)| (target.number, entry.value.as_str()))
            .collect();
        let script = format!(
            "__legwork.entries({}, {ARRIVAL_MS}, {})",
            serde_json::json!(steps),
            patience_ms(deadline)
        );
        self.ask(first, script, deadline).await
    }

    /// Types over what is selected, without waiting: the page says when it has arrived.
    async fn put_text(
        &self,
        target: &Target,
        text: &str,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let session = Some(target.here.session.as_str());
        if text.is_empty() {
            let delete = keys::Chord::delete();
            return self
                .press_chord(&target.here.session, &delete, deadline)
                .await;
        }
        let insert = InsertTextParams::new(text);
        drop(self.driver.send(session, insert, deadline).await?);
        Ok(())
    }

    async fn set_box(
        &mut self,
        target: &Target,
        entry: &Entry,
        deadline: &Deadline,
    ) -> Result<Vec<crate::action::Change>, Trouble> {
        let on = match entry.value.trim().to_ascii_lowercase().as_str() {
            "on" | "yes" | "true" | "1" | "checked" => true,
            "off" | "no" | "false" | "0" | "unchecked" => false,
            _ => {
                return Err(Trouble::tell(
                    format!("{} is a box to tick", target.name),
                    "write on or off",
                ));
            }
        };
        let check = Check {
            target: entry.target,
            on,
        };
        Ok(self.check(&check, deadline).await?.changed)
    }

    /// Reads all fields back, those of one document in one round trip.
    async fn read_form(
        &mut self,
        outcome: &mut Outcome,
        entries: &[Entry],
        done: &[Set],
        deadline: &Deadline,
    ) -> Result<(), Trouble> {
        let mut under_way: Vec<Sent<Evaluated<Vec<Held>>>> = Vec::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (index, set) in done.iter().enumerate() {
            let same = |group: &&mut Vec<usize>| {
                let first = group.first().and_then(|at| done.get(*at));
                first.is_some_and(|first| first.target.here == set.target.here)
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.push(index),
                None => groups.push(vec![index]),
            }
        }
        for group in &groups {
            let sets = || group.iter().filter_map(|at| done.get(*at));
            let numbers: Vec<u32> = sets().map(|set| set.target.number).collect();
            let Some(first) = sets().next() else {
                continue;
            };
            let script = format!("__legwork.entered({numbers:?}, {ARRIVAL_MS})");
            let sent = world::send(&self.driver, &first.target.here, script, deadline).await?;
            under_way.push(sent);
        }
        let mut wrong = Vec::new();
        for (group, sent) in groups.iter().zip(under_way) {
            let held = match world::value(sent, deadline).await {
                Ok(held) => held,
                // The page went on by itself; there is nothing left to read back.
                Err(error) if error.is_document_gone() => continue,
                Err(Error::Blocked | Error::Detached) => continue,
                Err(error) => return Err(error.into()),
            };
            for (at, held) in group.iter().zip(held) {
                if let (Some(set), Some(entry)) = (done.get(*at), entries.get(*at)) {
                    wrong.extend(compare(outcome, set, entry, &held));
                }
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        outcome.summary = format!("{}; but {}", outcome.summary, wrong.join("; "));
        outcome.status = crate::action::Status::Failed {
            hint: "fill those again by themselves".to_owned(),
        };
        Ok(())
    }
}

/// Adds what a field holds to `outcome`; says what is wrong with it.
fn compare(outcome: &mut Outcome, set: &Set, entry: &Entry, held: &Held) -> Option<String> {
    if set.way == Way::Own {
        return None;
    }
    let shown = untrusted::line(&held.shown, 100);
    let folded = |text: &str| untrusted::line(text, usize::MAX).to_lowercase();
    let wanted = folded(&entry.value);
    let is_same = folded(&held.now) == wanted || folded(&held.also) == wanted;
    let change = value_change(set.target.name, &held.shown);
    outcome.changed.retain(|other| !is_of(other, &set.target));
    outcome.changed.push(change);
    if is_same {
        outcome.evidence.push(Evidence {
            fact: format!("{} holds '{shown}'", set.name),
            source: set.target.name.to_string(),
        });
        return None;
    }
    Some(format!("{} holds '{shown}'", set.name))
}

pub(super) fn is_of(change: &crate::action::Change, target: &Target) -> bool {
    matches!(change, crate::action::Change::Value { target: of, .. } if *of == target.name)
}

/// Says what was done before something stood in the way.
fn so_far(done: &[Set], reason: &str) -> String {
    if done.is_empty() {
        return reason.to_owned();
    }
    let names: Vec<&str> = done.iter().map(|set| set.name.as_str()).collect();
    format!("{reason}; filled before it: {}", names.join(", "))
}
