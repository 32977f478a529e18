//! Types key by key, into what a field holds already: for fields that listen to keys, and for text
//! that is to be added.

use std::time::Instant;

use chromiumoxide::cdp::browser_protocol::input::InsertTextParams;

use super::fill::Field;
use super::{Acted, Target, Trouble, keys, patience_ms, refuse, value_change};
use crate::action::{Evidence, TypeText};
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::deadline::Deadline;
use crate::untrusted;

/// Longest text that goes in key by key, in characters; a page takes about 1 ms for each.
const KEYED_CHARS_MAX: usize = 2_000;
/// Keys that are under way at once.
const UNDER_WAY_MAX: usize = 40;

impl Browser {
    /// Types at the end of what the field holds.
    pub(super) async fn type_on(&mut self, typed: &TypeText, deadline: &Deadline) -> Acted {
        let text = typed.text.as_str();
        if text.chars().count() > KEYED_CHARS_MAX {
            return Err(Trouble::tell(
                format!("the text is longer than {KEYED_CHARS_MAX} characters"),
                "fill the field instead",
            ));
        }
        let target = self.target(typed.target, deadline).await?;
        let script = format!(
            "(__legwork.watch({0}), __legwork.caret({0}, {1}))",
            target.number,
            patience_ms(deadline)
        );
        let field: Field = self.ask(&target, script, deadline).await?;
        if !field.r#type {
            return Err(refuse(&target, &field.refusal));
        }
        if !field.lines && text.contains(['\n', '\r', '\t']) {
            return Err(Trouble::tell(
                format!("{} takes one line only", field.refusal.name),
                "type the text, then press Enter or Tab as steps of their own",
            ));
        }
        let mut mark = self.mark();
        self.type_keys(&target, text, deadline).await?;
        if field.suggests {
            self.await_suggestions(&target, &mark, deadline).await?;
        }
        mark.acted = Instant::now();
        let who = field.refusal.name.clone();
        let summary = format!("typed into {who}");
        let mut outcome = self
            .finish(&mark, Some(&target.here), summary, deadline)
            .await?;
        if field.sink {
            return self
                .read_editor(outcome, &target, (&who, text), deadline)
                .await;
        }
        let held = match self.held(&target, deadline).await {
            Ok(held) => held,
            Err(error) if error.is_document_gone() => return Ok(outcome),
            Err(Error::Detached | Error::Blocked) => return Ok(outcome),
            Err(error) => return Err(error.into()),
        };
        let shown = untrusted::line(&held.shown, 100);
        if held.now == field.before && !text.is_empty() {
            return Err(Trouble::tell(
                format!("{who} did not take the text and still holds '{shown}'"),
                "look at what the field asks for",
            ));
        }
        outcome
            .changed
            .insert(0, value_change(target.name, &held.shown));
        outcome.summary = format!("typed into {who}, which holds '{shown}'");
        let folded = |text: &str| untrusted::line(text, usize::MAX);
        if folded(&held.now) == folded(&format!("{}{text}", field.before)) {
            outcome.evidence.push(Evidence {
                fact: format!("{who} holds '{shown}'"),
                source: target.name.to_string(),
            });
        }
        Ok(outcome)
    }

    /// Presses the keys of `text` one after the other; what no key types goes in as text.
    pub(super) async fn type_keys(
        &self,
        target: &Target,
        text: &str,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let session = Some(target.here.session.as_str());
        let mut sent = std::collections::VecDeque::new();
        for c in text.chars() {
            let Some(chord) = keys::Chord::of_char(c) else {
                let insert = InsertTextParams::new(c.to_string());
                let sent = self.driver.call(session, insert, deadline).await;
                sent.map(drop).or_else(gone)?;
                continue;
            };
            for event in chord.events() {
                sent.push_back(self.driver.send(session, event, deadline).await?);
            }
            while sent.len() > UNDER_WAY_MAX {
                if let Some(event) = sent.pop_front() {
                    event.wait(deadline).await.map(drop).or_else(gone)?;
                }
            }
        }
        for event in sent {
            event.wait(deadline).await.map(drop).or_else(gone)?;
        }
        Ok(())
    }
}

/// A page that goes away or asks something does not answer for its keys.
fn gone(error: Error) -> Result<(), Error> {
    if matches!(
        error,
        Error::Detached | Error::Blocked | Error::Refused { .. }
    ) {
        return Ok(());
    }
    Err(error)
}
