//! Looks at a page for no more than a frame, and says whether it did all that it will.

use serde::Deserialize;

use super::driver::Driver;
use super::error::Error;
use super::settle::{Hold, Mark, Pulse, enter_root, hold, opens_none};
use super::state::Tab;
use super::world::{self, Here, Worlds};
use crate::deadline::Deadline;

/// When a page is glanced at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// When its tasks at hand are done, without a frame.
    Soon,
    /// At the end of a frame.
    Frame,
    /// At the end of a frame, for what an answer changed that has come.
    Come,
}

impl Moment {
    fn word(self) -> &'static str {
        match self {
            Self::Soon => "soon",
            Self::Frame => "frame",
            Self::Come => "come",
        }
    }
}

/// What moved so far, and whether the document may move no further.
#[derive(Debug, Deserialize)]
struct Glanced {
    #[serde(flatten)]
    pulse: Pulse,
    over: bool,
}

/// What a glance at the page told.
#[derive(Debug)]
pub(super) enum Glance {
    /// It did all it will, and this moved.
    Over(Pulse),
    /// It began nothing that it did not finish, but may move yet.
    NothingBegun,
    Unsure,
}

/// Glances at the top document of the tab of `mark`; `here` is the document that is watched for
/// changes.
///
/// # Errors
/// [`Error::Gone`].
pub(super) async fn glance(
    driver: &Driver,
    worlds: &mut Worlds,
    (here, moment): (Option<&Here>, Moment),
    mark: &Mark,
    limit: &Deadline,
) -> Result<Glance, Error> {
    let place = match here {
        Some(here) => Some(here.clone()),
        None => enter_root(driver, worlds, &mark.tab, limit).await?,
    };
    // What a frame's page puts off is not known.
    let Some(place) = place.filter(|place| place.frame == mark.tab) else {
        return Ok(Glance::Unsure);
    };
    let begun = worlds
        .ask_begun(driver, &place.frame, moment, limit)
        .await?;
    let script = format!("__legwork.glance('{}')", moment.word());
    let seen = world::ask(driver, &place, script, limit).await;
    let begun = match begun {
        Some(sent) => world::value(sent, limit).await,
        None => return Ok(Glance::Unsure),
    };
    let seen: Glanced = match (seen, begun) {
        (Err(Error::Gone), _) | (_, Err(Error::Gone)) => return Err(Error::Gone),
        (Ok(seen), Ok(0)) => seen,
        _ => return Ok(Glance::Unsure),
    };
    let state = driver.state();
    let state = state.borrow();
    let rests = hold(&state, mark, &[]) == Hold::Nothing
        && state
            .tab(&mark.tab)
            .is_some_and(|tab| is_same(tab, mark, here));
    Ok(match (rests, seen.over) {
        (true, true) => Glance::Over(seen.pulse),
        (true, false) => Glance::NothingBegun,
        // What an answer brings may be put off once more.
        (false, _) => Glance::Unsure,
    })
}

/// Says whether the tab still shows the document that was acted on, and opens no other tab.
fn is_same(tab: &Tab, mark: &Mark, here: Option<&Here>) -> bool {
    let is_there = match here {
        Some(here) => tab.root().is_some_and(|root| root.epoch == here.epoch),
        None => true,
    };
    is_there && opens_none(tab, mark)
}
