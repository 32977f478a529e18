//! Chooses options and ticks boxes: native lists by label or value, others by clicking the option;
//! ticking twice changes nothing. Both are read back.

use std::time::Instant;

use serde::Deserialize;

use super::fill::Shows;
use super::form::is_of;
use super::{Acted, Refusal, Target, Trouble, patience_ms, quote, refuse, value_change};
use crate::action::{Check, Evidence, Outcome, Select};
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::deadline::Deadline;
use crate::untrusted;

/// How long an opened list may take to show its options, in milliseconds.
const OPTIONS_MS: u32 = 1_500;
/// How long it may take to find some by what was typed, which servers are asked for.
const SEARCHED_MS: u32 = 3_000;
/// Longest option that a list is searched by, in characters.
const SEARCH_CHARS_MAX: usize = 100;

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
    /// The field by which the list is searched.
    search: Option<u32>,
    /// It takes several options.
    #[serde(default)]
    many: bool,
    #[serde(flatten)]
    refusal: Refusal,
}

/// When a list is looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// As it is.
    Now,
    /// After it was opened.
    Opened,
    /// After the option was typed into its field.
    Searched,
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
        let Some((last, before)) = select.options.split_last() else {
            return Err(Trouble::tell("no option was named", "name at least one"));
        };
        if !before.is_empty() && !many && !self.takes_many(target, last, deadline).await? {
            return Err(Trouble::tell(
                format!("{} does not say that it takes several options", target.name),
                "choose one; where it takes several, one after the other",
            ));
        }
        for option in before {
            self.pick(target, option, deadline).await?;
        }
        self.pick(target, last, deadline).await
    }

    /// Opens a list and says whether it takes several options.
    async fn takes_many(
        &mut self,
        target: &Target,
        option: &str,
        deadline: &Deadline,
    ) -> Result<bool, Trouble> {
        let found = self
            .find_option(target, option, Look::Now, deadline)
            .await?;
        if found.many || found.n.is_some() {
            return Ok(found.many);
        }
        self.unfold(target, deadline).await?;
        let found = self
            .find_option(target, option, Look::Opened, deadline)
            .await?;
        Ok(found.many)
    }

    async fn unfold(&mut self, target: &Target, deadline: &Deadline) -> Result<(), Trouble> {
        let opened = self.click_on(target, deadline).await?;
        let summary = format!("opened {}", opened.name);
        self.finish(&opened.mark, Some(&target.here), summary, deadline)
            .await?;
        Ok(())
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
        let mut found = self
            .find_option(target, option, Look::Now, deadline)
            .await?;
        if found.n.is_none() {
            self.unfold(target, deadline).await?;
            found = self
                .find_option(target, option, Look::Opened, deadline)
                .await?;
        }
        let mut is_searched = false;
        if let (None, Some(field)) = (found.n, found.search) {
            is_searched = true;
            found = self.search_option(target, field, option, deadline).await?;
        }
        let Some(number) = found.n else {
            return Err(refuse(target, &found.refusal));
        };
        let item = Target {
            number,
            ..target.clone()
        };
        // What was typed to search by may be marked as if it were chosen.
        if found.on && !found.radio && (!is_searched || found.many) {
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
        self.read_pick(&mut outcome, target, option, deadline)
            .await?;
        Ok(outcome)
    }

    /// Reads back whether a list that is made of other elements shows what was chosen.
    async fn read_pick(
        &self,
        outcome: &mut Outcome,
        target: &Target,
        option: &str,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let script = format!("__legwork.shows({}, {})", target.number, quote(option));
        let shows = match self.ask::<Shows>(target, script, deadline).await {
            Ok(shows) => shows,
            Err(error) if error.is_document_gone() => return Ok(()),
            Err(Error::Detached | Error::Blocked) => return Ok(()),
            Err(error) => return Err(error),
        };
        let shown = untrusted::line(&shows.shown, 200);
        if !shown.is_empty() {
            outcome.changed.retain(|other| !is_of(other, target));
            outcome
                .changed
                .insert(0, value_change(target.name, &shows.shown));
        }
        if shows.so {
            outcome.evidence.push(Evidence {
                fact: format!("{} has '{shown}' chosen", target.name),
                source: target.name.to_string(),
            });
        } else {
            outcome
                .summary
                .push_str("; what the list has chosen can't be read back");
        }
        Ok(())
    }

    /// Searches a list by typing the option into its field.
    async fn search_option(
        &mut self,
        target: &Target,
        field: u32,
        option: &str,
        deadline: &Deadline,
    ) -> Result<Found, Trouble> {
        let field = Target {
            number: field,
            ..target.clone()
        };
        let ready = self.ready_field(&field, option, deadline).await?;
        if !ready.r#type {
            return Err(refuse(&field, &ready.refusal));
        }
        if option.chars().count() > SEARCH_CHARS_MAX {
            self.type_text(&field, option, deadline).await?;
        } else {
            self.type_keys(&field, option, deadline).await?;
        }
        let mut found = self
            .find_option(target, option, Look::Searched, deadline)
            .await?;
        if found.n.is_none() && found.refusal.have.is_empty() {
            found.refusal.no = Some("unfound".to_owned());
        }
        Ok(found)
    }

    async fn find_option(
        &self,
        target: &Target,
        option: &str,
        look: Look,
        deadline: &Deadline,
    ) -> Result<Found, Error> {
        let (limit_ms, is_searched) = match look {
            Look::Now => (0, false),
            Look::Opened => (OPTIONS_MS, false),
            Look::Searched => (SEARCHED_MS, true),
        };
        let script = format!(
            "__legwork.option({}, {}, {limit_ms}, {is_searched})",
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
