//! Turns sliders and number fields that are made of other elements: by their keys, as ARIA has them
//! (<https://www.w3.org/WAI/ARIA/apg/patterns/slider/>), and reads back what they say of themselves.

use std::time::Instant;

use serde::Deserialize;

use super::{Acted, Refusal, Target, Trouble, keys, refuse, value_change};
use crate::action::Evidence;
use crate::browser::Browser;
use crate::deadline::Deadline;
use crate::untrusted;

/// Most presses of one key.
const PRESSES_MAX: u32 = 2_000;
/// Presses sent before the dial is read again.
const PRESSES_AT_ONCE: u32 = 100;
/// The keys that lead up and down; some know one pair only.
const PAIRS: [(&str, &str); 2] = [("ArrowRight", "ArrowLeft"), ("ArrowUp", "ArrowDown")];

/// What a dial says of itself.
#[derive(Debug, Deserialize)]
struct Dial {
    #[serde(default)]
    now: f64,
    low: Option<f64>,
    high: Option<f64>,
    #[serde(default)]
    shown: String,
    #[serde(flatten)]
    refusal: Refusal,
}

/// A key that moves a dial, and how far one press of it does.
#[derive(Debug, Clone, Copy)]
struct Gear {
    key: &'static str,
    back: &'static str,
    step: f64,
}

impl Browser {
    /// Turns the dial, which has the focus, until it says `text`.
    pub(super) async fn turn(&mut self, target: &Target, text: &str, deadline: &Deadline) -> Acted {
        let first = self.dial(target, deadline).await?;
        let who = first.refusal.name.clone();
        let wanted = number(text).ok_or_else(|| {
            let text = untrusted::line(text, 40);
            Trouble::tell(format!("{who} takes no '{text}'"), "name a number")
        })?;
        let is_below = first.low.is_some_and(|low| wanted < low);
        if is_below || first.high.is_some_and(|high| wanted > high) {
            let end =
                |end: Option<f64>| end.map_or_else(|| "anywhere".to_owned(), |n| n.to_string());
            return Err(Trouble::tell(
                format!("{who} takes no {wanted}"),
                format!("it goes from {} to {}", end(first.low), end(first.high)),
            ));
        }
        let mut mark = self.mark();
        let last = self.turn_to(target, first.now, wanted, deadline).await?;
        mark.acted = Instant::now();
        let shown = untrusted::line(&last.shown, 100);
        if !is_same(last.now, wanted) {
            return Err(Trouble::tell(
                format!("{who} takes no {wanted} and stands at '{shown}' now"),
                "name a value that its steps reach",
            ));
        }
        let summary = format!("set {who} to '{shown}'");
        let mut outcome = self
            .finish(&mark, Some(&target.here), summary, deadline)
            .await?;
        outcome
            .changed
            .insert(0, value_change(target.name, &last.shown));
        outcome.evidence.push(Evidence {
            fact: format!("{who} holds '{shown}'"),
            source: target.name.to_string(),
        });
        Ok(outcome)
    }

    async fn turn_to(
        &self,
        target: &Target,
        mut now: f64,
        wanted: f64,
        deadline: &Deadline,
    ) -> Result<Dial, Trouble> {
        if is_same(now, wanted) {
            return self.dial(target, deadline).await;
        }
        let (gear, mut dial) = self.find_gear(target, now, wanted, deadline).await?;
        let mut left = PRESSES_MAX;
        loop {
            let before = now;
            now = dial.now;
            let steps = ((wanted - now) / gear.step).round();
            // It is there, stands still, or goes back and forth around what it can't take.
            if steps == 0.0 || is_same(before, now) || left == 0 {
                return Ok(dial);
            }
            let key = if steps > 0.0 { gear.key } else { gear.back };
            let count = steps.abs().min(f64::from(left.min(PRESSES_AT_ONCE)));
            let mut pressed = 0;
            while f64::from(pressed) < count {
                self.press_key(target, key, deadline).await?;
                pressed += 1;
            }
            left -= pressed;
            dial = self.dial(target, deadline).await?;
        }
    }

    /// Finds the keys that move the dial, by one press of them.
    async fn find_gear(
        &self,
        target: &Target,
        now: f64,
        wanted: f64,
        deadline: &Deadline,
    ) -> Result<(Gear, Dial), Trouble> {
        for (up, down) in PAIRS {
            let (key, back) = if wanted > now { (up, down) } else { (down, up) };
            self.press_key(target, key, deadline).await?;
            let dial = self.dial(target, deadline).await?;
            if !is_same(dial.now, now) {
                let step = dial.now - now;
                return Ok((Gear { key, back, step }, dial));
            }
        }
        let name = self.dial(target, deadline).await?.refusal.name;
        Err(Trouble::tell(
            format!("{name} does not move by keys"),
            "drag its handle",
        ))
    }

    async fn press_key(
        &self,
        target: &Target,
        key: &str,
        deadline: &Deadline,
    ) -> Result<(), Trouble> {
        let chord = keys::Chord::parse(key).map_err(|reason| Trouble::tell(reason, ""))?;
        let session = &target.here.session;
        Ok(self.press_chord(session, &chord, deadline).await?)
    }

    async fn dial(&self, target: &Target, deadline: &Deadline) -> Result<Dial, Trouble> {
        let script = format!("__legwork.dial({})", target.number);
        let dial: Dial = self.ask(target, script, deadline).await?;
        if dial.refusal.no.is_some() {
            return Err(refuse(target, &dial.refusal));
        }
        Ok(dial)
    }
}

/// Reads a number as people write it, with a percent sign or not.
fn number(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches('%').trim_end();
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(number)
}

fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let table = [
            ("40", Some(40.0)),
            (" 12.5 % ", Some(12.5)),
            ("-3", Some(-3.0)),
            ("loud", None),
            ("inf", None),
            ("", None),
        ];
        for (text, wanted) in table {
            assert_eq!(number(text), wanted, "{text}");
        }
    }
}
