//! Presses keys and chords with real key events.

use std::time::Instant;

use serde::Deserialize;

use super::{Acted, Refusal, Trouble, keys, refuse};
use crate::action::Press;
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::browser::world::Here;
use crate::deadline::Deadline;
use crate::untrusted;

/// Most presses of one action.
const TIMES_MAX: u8 = 100;
/// Keys that may be pressed several times without looking in between: none of them sends anything.
const REPEATED: [&str; 14] = [
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "ArrowUp",
    "Backspace",
    "Delete",
    "Down",
    "End",
    "Home",
    "Left",
    "PageDown",
    "PageUp",
    "Right",
    "Up",
];

/// Whether an element took the focus.
#[derive(Debug, Deserialize)]
struct Focused {
    #[serde(default)]
    focused: bool,
    #[serde(flatten)]
    refusal: Refusal,
}

impl Browser {
    /// Presses a key, in the given element or wherever the focus is.
    pub(super) async fn press(&mut self, press: &Press, deadline: &Deadline) -> Acted {
        let chord = keys::Chord::parse(&press.key).map_err(|reason| {
            Trouble::tell(
                untrusted::line(&reason, 100),
                "use a key such as Enter, ArrowDown, a or Control+a",
            )
        })?;
        let last = press.key.rsplit('+').next().unwrap_or_default();
        let is_tab = last.eq_ignore_ascii_case("Tab");
        let may_repeat = is_tab || REPEATED.iter().any(|key| key.eq_ignore_ascii_case(last));
        if press.times > TIMES_MAX || (press.times != 1 && !may_repeat) {
            return Err(Trouble::tell(
                format!(
                    "{} is not pressed {} times in a row",
                    press.key, press.times
                ),
                "press it once, then look; only arrows, Tab and keys that remove are repeated",
            ));
        }
        let mut summary = match press.times {
            1 => format!("pressed {}", press.key),
            times => format!("pressed {} {times} times", press.key),
        };
        let here = match press.target {
            Some(name) => {
                let target = self.target(name, deadline).await?;
                let script = format!(
                    "(__legwork.watch({0}, true), __legwork.focus({0}))",
                    target.number
                );
                let focused: Focused = self.ask(&target, script, deadline).await?;
                if !focused.focused {
                    let no = focused.refusal.no.unwrap_or_else(|| "focus".to_owned());
                    let refusal = Refusal {
                        no: Some(no),
                        ..focused.refusal
                    };
                    return Err(refuse(&target, &refusal));
                }
                summary = format!("{summary} in {}", focused.refusal.name);
                Some(target.here)
            }
            None => self.watch_root(deadline).await?,
        };
        let mut mark = self.mark();
        let session = match &here {
            Some(here) => here.session.clone(),
            None => self.session()?,
        };
        for _ in 0..press.times {
            self.press_chord(&session, &chord, deadline).await?;
        }
        mark.acted = Instant::now();
        Ok(self.finish(&mark, here.as_ref(), summary, deadline).await?)
    }

    /// Watches the top document for changes.
    async fn watch_root(&mut self, deadline: &Deadline) -> Result<Option<Here>, Error> {
        let here = self.root(deadline).await?;
        let script = "(__legwork.watch(0, true), true)".to_owned();
        let _: bool = super::world::ask(&self.driver, &here, script, deadline).await?;
        Ok(Some(here))
    }

    /// Enters the top document.
    pub(super) async fn root(&mut self, deadline: &Deadline) -> Result<Here, Error> {
        let root = {
            let state = self.driver.state();
            let state = state.borrow();
            let tab = state.tab(&self.current).ok_or(Error::Detached)?;
            if tab.crashed {
                return Err(Error::Crashed);
            }
            tab.root().cloned().ok_or(Error::Detached)?
        };
        self.worlds.enter(&self.driver, &root, deadline).await
    }

    /// Sends all events of a chord, then waits for them.
    pub(super) async fn press_chord(
        &self,
        session: &str,
        chord: &keys::Chord,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let mut sent = Vec::new();
        for event in chord.events() {
            sent.push(self.driver.send(Some(session), event, deadline).await?);
        }
        for event in sent {
            match event.wait(deadline).await {
                // A page that goes away or asks something on a key does not answer for its release.
                Ok(_) | Err(Error::Detached | Error::Blocked | Error::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
