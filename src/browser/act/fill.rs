//! Fills fields: typed text goes in as one real input event, native pickers get their value set;
//! both are read back.

use std::time::{Duration, Instant};

use chromiumoxide::cdp::browser_protocol::input::InsertTextParams;
use serde::Deserialize;

use super::{Acted, Refusal, Target, Trouble, keys, patience_ms, quote, refuse, value_change};
use crate::action::{Outcome, Ref};
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::browser::settle::Mark;
use crate::browser::state::{Kind, State};
use crate::deadline::Deadline;
use crate::untrusted;

/// Longest wait for the first sign of suggestions after typing, in milliseconds: pages wait 150 to
/// 300 before they ask for them.
const SUGGEST_MS: u64 = 400;

/// Longest text that goes in key by key, in characters.
const KEYED_CHARS_MAX: usize = 200;

/// What the page says when a field was made ready.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the page tells them apart, in any mixture"
)]
#[derive(Debug, Deserialize)]
pub(super) struct Field {
    /// The text can be typed now.
    #[serde(default)]
    pub(super) r#type: bool,
    /// Typing may bring suggestions.
    #[serde(default)]
    pub(super) suggests: bool,
    /// It takes several lines.
    #[serde(default)]
    pub(super) lines: bool,
    /// The value has been set.
    #[serde(default)]
    pub(super) set: bool,
    /// It is turned by keys.
    #[serde(default)]
    pub(super) dial: bool,
    /// It only catches what is typed, for an editor that draws its text itself.
    #[serde(default)]
    pub(super) sink: bool,
    /// It is no native list.
    #[serde(default)]
    pub(super) other: bool,
    /// What it held before.
    #[serde(default)]
    pub(super) before: String,
    /// The one field inside, when the element itself is none.
    pub(super) inner: Option<u32>,
    #[serde(flatten)]
    pub(super) refusal: Refusal,
}

/// Whether what is looked for is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shows {
    pub(super) so: bool,
    pub(super) shown: String,
}

/// What a field holds.
#[derive(Debug, Deserialize)]
pub(super) struct Held {
    #[serde(default)]
    pub(super) now: String,
    /// What a list calls it.
    #[serde(default)]
    pub(super) also: String,
    /// The same, masked where it is secret.
    #[serde(default)]
    pub(super) shown: String,
    no: Option<String>,
}

impl Browser {
    /// Replaces the value of a field.
    pub(super) async fn fill(&mut self, name: Ref, text: &str, deadline: &Deadline) -> Acted {
        let mut target = self.target(name, deadline).await?;
        let mut field = self.ready_field(&target, text, deadline).await?;
        if let Some(inner) = field.inner {
            target.number = inner;
            field = self.ready_field(&target, text, deadline).await?;
        }
        if field.dial {
            return self.turn(&target, text, deadline).await;
        }
        if !field.r#type && !field.set {
            return Err(refuse(&target, &field.refusal));
        }
        let mut mark = self.mark();
        if field.sink && field.r#type {
            return self.fill_editor(&target, &field, text, deadline).await;
        }
        if field.r#type {
            self.put_in(&target, &field, text, deadline).await?;
        }
        if field.suggests {
            self.await_suggestions(&target, &mark, deadline).await?;
        }
        mark.acted = Instant::now();
        let who = field.refusal.name.clone();
        let mut outcome = self
            .finish(&mark, Some(&target.here), format!("filled {who}"), deadline)
            .await?;
        match self.held(&target, deadline).await {
            Ok(held) => {
                judge(&mut outcome, &target, &field, (text, held))?;
                Ok(outcome)
            }
            // Filling led away from the page: there is nothing left to read back.
            Err(error)
                if error.is_document_gone()
                    || matches!(error, Error::Detached | Error::Blocked) =>
            {
                Ok(outcome)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Replaces the text of an editor that draws it itself, by the keys and the one field that it
    /// listens to; what it shows then is looked at.
    async fn fill_editor(
        &mut self,
        target: &Target,
        field: &Field,
        text: &str,
        deadline: &Deadline,
    ) -> Acted {
        let mut mark = self.mark();
        let all = keys::Chord::all();
        let session = target.here.session.clone();
        self.press_chord(&session, &all, deadline).await?;
        self.type_text(target, text, deadline).await?;
        mark.acted = Instant::now();
        let who = &field.refusal.name;
        let outcome = self
            .finish(&mark, Some(&target.here), format!("filled {who}"), deadline)
            .await?;
        self.read_editor(outcome, target, (who, text), deadline)
            .await
    }

    /// Says whether the editor around a field that holds nothing itself shows what was typed.
    pub(super) async fn read_editor(
        &self,
        mut outcome: Outcome,
        target: &Target,
        (who, text): (&str, &str),
        deadline: &Deadline,
    ) -> Acted {
        let script = format!("__legwork.sunk({}, {})", target.number, quote(text));
        let shows = match self.ask::<Shows>(target, script, deadline).await {
            Ok(shows) => shows.so,
            Err(error) if error.is_document_gone() => return Ok(outcome),
            Err(Error::Detached | Error::Blocked) => return Ok(outcome),
            Err(error) => return Err(error.into()),
        };
        if shows {
            let shown = untrusted::line(text, 100);
            outcome.summary = format!("typed '{shown}' into the editor of {who}");
            return Ok(outcome.proven(
                format!("the editor shows '{shown}'"),
                target.name.to_string(),
            ));
        }
        outcome
            .summary
            .push_str("; its editor does not show all of it");
        Ok(outcome)
    }

    /// Types over what is selected: fields that suggest as one types get keys, others the text as a
    /// whole, and those that drop it get it key by key after all.
    async fn put_in(
        &self,
        target: &Target,
        field: &Field,
        text: &str,
        deadline: &Deadline,
    ) -> Result<(), Trouble> {
        let is_keyed = !text.is_empty() && text.chars().count() <= KEYED_CHARS_MAX;
        if field.suggests && is_keyed {
            return Ok(self.type_keys(target, text, deadline).await?);
        }
        match self.type_text(target, text, deadline).await {
            Err(Error::Blocked) => return Ok(()),
            other => other?,
        }
        let held = match self.held(target, deadline).await {
            Ok(held) => held,
            Err(error) if error.is_document_gone() => return Ok(()),
            Err(Error::Blocked | Error::Detached) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        // Masks that only listen to keys drop or empty what comes as a whole.
        let is_dropped = held.now.is_empty() || (held.now == field.before && held.now != text);
        if is_keyed && is_dropped && !text.contains('\n') {
            let again = self.ready_field(target, text, deadline).await?;
            if again.r#type {
                self.type_keys(target, text, deadline).await?;
            }
        }
        Ok(())
    }

    /// Waits until typing is answered by elements or a request, or for a while: pages delay it.
    pub(super) async fn await_suggestions(
        &self,
        target: &Target,
        mark: &Mark,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let script = format!("__legwork.stir({SUGGEST_MS})");
        let limit = deadline.child(Duration::from_millis(SUGGEST_MS));
        let asks = |state: &State| {
            let mut requests = state.requests.iter().rev();
            requests.any(|r| {
                r.at > mark.at && r.tab == mark.tab && matches!(r.kind, Kind::Xhr | Kind::Fetch)
            })
        };
        tokio::select! {
            stirred = self.ask::<bool>(target, script, deadline) => match stirred {
                Err(error) if error.is_fatal() => Err(error),
                Ok(_) | Err(_) => Ok(()),
            },
            asked = self.driver.wait_until(&limit, asks) => asked.map(drop),
        }
    }

    pub(super) async fn ready_field(
        &self,
        target: &Target,
        text: &str,
        deadline: &Deadline,
    ) -> Result<Field, Error> {
        let script = format!(
            "(__legwork.watch({0}), __legwork.field({0}, {1}, {2}))",
            target.number,
            quote(text),
            patience_ms(deadline)
        );
        self.ask(target, script, deadline).await
    }

    /// Types over what is selected in the field that has the focus.
    pub(super) async fn type_text(
        &self,
        target: &Target,
        text: &str,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        if text.is_empty() {
            let delete = keys::Chord::delete();
            return self
                .press_chord(&target.here.session, &delete, deadline)
                .await;
        }
        let session = Some(target.here.session.as_str());
        self.driver
            .call(session, InsertTextParams::new(text), deadline)
            .await?;
        Ok(())
    }

    /// Reads what a field holds.
    pub(super) async fn held(&self, target: &Target, deadline: &Deadline) -> Result<Held, Error> {
        let script = format!("__legwork.value({})", target.number);
        let held: Held = self.ask(target, script, deadline).await?;
        if held.no.is_some() {
            return Err(Error::Detached);
        }
        Ok(held)
    }
}

/// Compares what the field holds with what it should, and says so in `outcome`.
fn judge(
    outcome: &mut Outcome,
    target: &Target,
    field: &Field,
    (text, held): (&str, Held),
) -> Result<(), Trouble> {
    let who = &field.refusal.name;
    let shown = untrusted::line(&held.shown, 100);
    let folded = |text: &str| untrusted::line(text, usize::MAX);
    let is_same = held.now == text
        || folded(&held.now) == folded(text)
        || (field.set && held.now.eq_ignore_ascii_case(text));
    if !is_same && held.now == field.before {
        return Err(Trouble::tell(
            format!("{who} did not take the text and still holds '{shown}'"),
            "look at what the field asks for",
        ));
    }
    let change = value_change(target.name, &held.shown);
    outcome.changed.insert(0, change);
    if is_same {
        outcome.summary = format!("filled {who} with '{shown}'");
        outcome.evidence.push(crate::action::Evidence {
            fact: format!("{who} holds '{shown}'"),
            source: target.name.to_string(),
        });
    } else {
        outcome.summary = format!("filled {who}, which made '{shown}' of it");
    }
    Ok(())
}
