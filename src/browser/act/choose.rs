//! Chooses options and ticks boxes: native lists by label or value, others by clicking the option;
//! ticking twice changes nothing. Both are read back.

use std::time::Instant;

use serde::Deserialize;

use super::{Acted, Refusal, Target, Trouble, patience_ms, quote, refuse, value_change};
use crate::action::{Check, Evidence, Outcome, Select};
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::deadline::Deadline;
use crate::untrusted;

/// How long an opened list may take to show its options, in milliseconds.
const OPTIONS_MS: u32 = 1_500;

/// What the page says of a native list.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the page tells them apart, in any mixture"
)]
#[derive(Debug, Deserialize)]
struct Chosen {
    #[serde(default)]
    set: bool,
    /// It was chosen before.
    #[serde(default)]
    already: bool,
    /// It is no native list.
    #[serde(default)]
    other: bool,
    /// Such a list takes several options.
    #[serde(default)]
    many: bool,
    #[serde(flatten)]
    refusal: Refusal,
}

/// An option of a list that is not native.
#[derive(Debug, Deserialize)]
struct Found {
    n: Option<u32>,
    #[serde(default)]
    radio: bool,
    /// It is chosen already.
    #[serde(default)]
    on: bool,
    /// The list is a field to type into.
    #[serde(default)]
    typed: bool,
    #[serde(flatten)]
    refusal: Refusal,
}

/// Whether a box is ticked.
#[derive(Debug, Deserialize)]
struct Ticked {
    #[serde(default)]
    on: bool,
    no: Option<String>,
}

impl Browser {
    /// Chooses options by label, else by value.
    pub(super) async fn select(&mut self, select: &Select, deadline: &Deadline) -> Acted {
        let target = self.target(select.target, deadline).await?;
        self.select_in(&target, select, deadline).await
    }

    /// Chooses options of the list `target`.
    pub(super) async fn select_in(
        &mut self,
        target: &Target,
        select: &Select,
        deadline: &Deadline,
    ) -> Acted {
        if select.options.is_empty() {
            return Err(Trouble::tell("no option was named", "name at least one"));
        }
        let name = target.name;
        let script = format!(
            "(__legwork.watch({0}), __legwork.choose({0}, {1}, {2}))",
            target.number,
            serde_json::Value::from(select.options.clone()),
            patience_ms(deadline).min(3_000)
        );
        let mut mark = self.mark();
        let chosen: Chosen = self.ask(target, script, deadline).await?;
        mark.acted = Instant::now();
        if chosen.other {
            return self.pick_all(target, select, chosen.many, deadline).await;
        }
        if !chosen.set {
            return Err(refuse(target, &chosen.refusal));
        }
        let who = &chosen.refusal.name;
        let shown = untrusted::line(&select.options.join("', '"), 200);
        if chosen.already {
            let held = self.held(target, deadline).await?;
            return Ok(
                Outcome::done(format!("{who} already has '{shown}' chosen")).proven(
                    format!("{who} has '{}' chosen", held.shown),
                    name.to_string(),
                ),
            );
        }
        let summary = format!("chose '{shown}' in {who}");
        let mut outcome = self
            .finish(&mark, Some(&target.here), summary, deadline)
            .await?;
        self.read_choice(&mut outcome, target, who, deadline)
            .await?;
        Ok(outcome)
    }

    /// Chooses from a list made of other elements, one option after the other.
    async fn pick_all(
        &mut self,
        target: &Target,
        select: &Select,
        many: bool,
        deadline: &Deadline,
    ) -> Acted {
        let (last, before) = match select.options.split_last() {
            Some((last, before)) if many || before.is_empty() => (last, before),
            _ => {
                return Err(Trouble::tell(
                    format!("{} takes one option only", target.name),
                    "choose one of them",
                ));
            }
        };
        for option in before {
            self.pick(target, option, deadline).await?;
        }
        self.pick(target, last, deadline).await
    }

    /// Reads back what a list has chosen; a list that went away with its page says nothing.
    async fn read_choice(
        &self,
        outcome: &mut Outcome,
        target: &Target,
        who: &str,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        match self.held(target, deadline).await {
            Ok(held) => {
                outcome
                    .changed
                    .insert(0, value_change(target.name, &held.shown));
                outcome.evidence.push(Evidence {
                    fact: format!("{who} has '{}' chosen", untrusted::line(&held.shown, 200)),
                    source: target.name.to_string(),
                });
                Ok(())
            }
            Err(error)
                if error.is_document_gone()
                    || matches!(error, Error::Detached | Error::Blocked) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Chooses from a list made of other elements: opens it when needed, then clicks the option.
    async fn pick(&mut self, target: &Target, option: &str, deadline: &Deadline) -> Acted {
        let mut found = self.find_option(target, option, 0, deadline).await?;
        if found.n.is_none() {
            let opened = self.click_on(target, deadline).await?;
            let summary = format!("opened {}", opened.name);
            self.finish(&opened.mark, Some(&target.here), summary, deadline)
                .await?;
            found = self
                .find_option(target, option, OPTIONS_MS, deadline)
                .await?;
        }
        if found.n.is_none() && found.typed {
            self.type_text(target, option, deadline).await?;
            found = self
                .find_option(target, option, OPTIONS_MS, deadline)
                .await?;
        }
        let Some(number) = found.n else {
            return Err(refuse(target, &found.refusal));
        };
        let item = Target {
            number,
            ..target.clone()
        };
        if found.on && !found.radio {
            return Ok(Outcome::done(format!(
                "'{}' is chosen already",
                untrusted::line(option, 100)
            )));
        }
        if found.radio {
            return self.tick(&item, true, deadline).await;
        }
        let clicked = self.click_on(&item, deadline).await?;
        let summary = format!("chose {}", clicked.name);
        let mut outcome = self
            .finish(&clicked.mark, Some(&target.here), summary, deadline)
            .await?;
        self.read_choice(&mut outcome, target, &target.name.to_string(), deadline)
            .await?;
        Ok(outcome)
    }

    async fn find_option(
        &self,
        target: &Target,
        option: &str,
        limit_ms: u32,
        deadline: &Deadline,
    ) -> Result<Found, Error> {
        let script = format!(
            "__legwork.option({}, {}, {limit_ms})",
            target.number,
            quote(option)
        );
        self.ask(target, script, deadline).await
    }

    /// Ticks or unticks.
    pub(super) async fn check(&mut self, check: &Check, deadline: &Deadline) -> Acted {
        let target = self.target(check.target, deadline).await?;
        self.tick(&target, check.on, deadline).await
    }

    async fn tick(&mut self, target: &Target, on: bool, deadline: &Deadline) -> Acted {
        let word = if on { "on" } else { "off" };
        let before = self.ticked(target, deadline).await?;
        if let Some(no) = before.no {
            let refusal = Refusal {
                no: Some(no),
                ..Refusal::default()
            };
            return Err(refuse(target, &refusal));
        }
        if before.on == on {
            return Ok(
                Outcome::done(format!("{} is already {word}", target.name)).proven(
                    format!("{} is {word}", target.name),
                    target.name.to_string(),
                ),
            );
        }
        let clicked = self.click_on(target, deadline).await?;
        let who = &clicked.name;
        let summary = format!("turned {who} {word}");
        let mut outcome = self
            .finish(&clicked.mark, Some(&target.here), summary, deadline)
            .await?;
        let after = match self.ticked(target, deadline).await {
            Ok(after) if after.no.is_none() => after,
            // The page went on by itself.
            Ok(_) | Err(Error::Blocked) => return Ok(outcome),
            Err(error) if error.is_document_gone() => return Ok(outcome),
            Err(error) => return Err(error.into()),
        };
        if after.on != on {
            return Err(Trouble::tell(
                format!("{who} was clicked but did not turn {word}"),
                "look at the page again; it may not be a box to tick",
            ));
        }
        outcome.changed.insert(0, value_change(target.name, word));
        Ok(outcome.proven(format!("{who} is {word}"), target.name.to_string()))
    }

    async fn ticked(&self, target: &Target, deadline: &Deadline) -> Result<Ticked, Error> {
        let script = format!("__legwork.ticked({})", target.number);
        self.ask(target, script, deadline).await
    }
}
