//! Clicks with real mouse events in two round trips: one finds the point and arms the proof, one
//! moves, presses, releases and asks which element got it. A click on the wrong one is stopped.

use std::time::Duration;

use chromiumoxide::cdp::browser_protocol::input::{
    DispatchMouseEventParams, DispatchMouseEventType, MouseButton,
};
use serde::Deserialize;

use super::deaf::{self, Ears};
use super::{Acted, DEPTH_MAX, Refusal, Target, Trouble, patience_ms, refuse};
use crate::action::{Button, Click, Held, Select};
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::browser::settle::Mark;
use crate::browser::state::{Happening, State};
use crate::browser::world;
use crate::deadline::Deadline;

/// How often a click that would hit another element is tried anew.
const TRIES: usize = 3;
/// Most clicks in a row: three select a paragraph.
const TIMES_MAX: u8 = 3;
/// Longest wait for a tab that a link opens beside.
const BESIDE_LIMIT: Duration = Duration::from_secs(1);

/// What the page says when asked to get ready for a click.
#[derive(Debug, Deserialize)]
pub(super) struct Prepared {
    pub(super) x: Option<f64>,
    pub(super) y: Option<f64>,
    /// The native list whose option this is: it opens outside the page, where no click reaches.
    list: Option<u32>,
    /// It is a link, or lies in one.
    #[serde(default)]
    link: bool,
    /// Nothing listened to it at the last look, nor does the browser itself do something on a click.
    #[serde(default)]
    plain: bool,
    #[serde(flatten)]
    pub(super) refusal: Refusal,
}

/// Where a point of an inner frame lies outside, and what covers it there.
#[derive(Debug, Deserialize)]
pub(super) struct Over {
    #[serde(default)]
    pub(super) x: f64,
    #[serde(default)]
    pub(super) y: f64,
    by: Option<String>,
    no: Option<String>,
}

/// Which element got the click.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Proof {
    pub(super) hit: bool,
    pub(super) other: Option<String>,
    /// What the target became when the mouse came.
    now: Option<String>,
    /// It was pressed, and moved away before it was released.
    lost: bool,
    pending: bool,
}

/// Who got a click.
#[derive(Debug)]
enum Got {
    /// The target, or it led away before that could be asked.
    Target,
    /// Another element, which was kept from acting on it.
    Other(String),
    /// The target, which became this when the mouse came, and was kept from acting on it.
    Became(String),
    /// The press alone reached the target, which moved away from under the mouse.
    Lost,
    /// No element of the target's document.
    Nobody,
}

/// What came of trying to click.
#[derive(Debug)]
enum Tried {
    Clicked(Clicked),
    /// It is an option of a native list.
    Choice {
        list: u32,
        option: String,
    },
}

/// A click that was made.
#[derive(Debug)]
pub(super) struct Clicked {
    /// Role and name of what was clicked.
    pub(super) name: String,
    /// The moment before it.
    pub(super) mark: Mark,
    /// Whether it is a link.
    link: bool,
    /// Whether nothing may have heard it.
    plain: bool,
}

impl Browser {
    /// Clicks the element and tells what came of it.
    pub(super) async fn click(&mut self, click: &Click, deadline: &Deadline) -> Acted {
        let name = click.target;
        let target = self.target(name, deadline).await?;
        let clicked = match self.try_click(&target, click, deadline).await? {
            Tried::Clicked(clicked) => clicked,
            Tried::Choice { list, option } => {
                let list = Target {
                    number: list,
                    name: self.worlds.name(&target.here.frame, list).unwrap_or(name),
                    ..target
                };
                let select = Select::one(list.name, option);
                return self.select_in(&list, &select, deadline).await;
            }
        };
        if opens_tab(click) && clicked.link {
            self.await_tab(&clicked.mark, deadline).await?;
        }
        let summary = format!("{} {}", word(click), clicked.name);
        let mut outcome = self
            .finish(&clicked.mark, Some(&target.here), summary, deadline)
            .await?;
        if !clicked.plain || !is_single(click) || !deaf::did_nothing(&outcome) {
            return Ok(outcome);
        }
        match self.ears(&target, &clicked.mark, deadline).await? {
            Ears::Heard => {}
            Ears::Deaf => outcome
                .summary
                .push_str("; nothing on the page listens to it"),
            Ears::Came => {
                let target = self.target(name, deadline).await?;
                let again = self.click_on(&target, deadline).await?;
                let summary = format!("clicked {} once the page listened", again.name);
                outcome = self
                    .finish(&again.mark, Some(&target.here), summary, deadline)
                    .await?;
            }
        }
        Ok(outcome)
    }

    /// Clicks `target`, proven to have got it; does not settle.
    pub(super) async fn click_on(
        &mut self,
        target: &Target,
        deadline: &Deadline,
    ) -> Result<Clicked, Trouble> {
        let once = Click::on(target.name);
        match self.try_click(target, &once, deadline).await? {
            Tried::Clicked(clicked) => Ok(clicked),
            Tried::Choice { .. } => Err(Trouble::tell(
                format!("{} is an option of a native list", target.name),
                "select it in its list",
            )),
        }
    }

    async fn try_click(
        &mut self,
        target: &Target,
        click: &Click,
        deadline: &Deadline,
    ) -> Result<Tried, Trouble> {
        let mut other = None;
        let begun = std::time::Instant::now();
        for _ in 0..TRIES {
            let script = format!(
                "(__legwork.watch({0}), __legwork.prepare({0}, {1}))",
                target.number,
                patience_ms(deadline)
            );
            let prepared: Prepared = self.ask(target, script, deadline).await?;
            if let Some(list) = prepared.list {
                let option = prepared.refusal.name;
                return Ok(Tried::Choice { list, option });
            }
            let (Some(x), Some(y)) = (prepared.x, prepared.y) else {
                return Err(refuse(target, &prepared.refusal));
            };
            let (name, link, plain) = (prepared.refusal.name, prepared.link, prepared.plain);
            let point = self
                .point_in_session(target, &name, (x, y), deadline)
                .await?;
            let mut mark = self.mark();
            let proof = self.press_mouse(target, point, click, deadline).await?;
            mark.acted = std::time::Instant::now();
            match proof {
                Got::Target => {
                    tracing::debug!(took = ?begun.elapsed(), "a click was proven");
                    return Ok(Tried::Clicked(Clicked {
                        name,
                        mark,
                        link,
                        plain,
                    }));
                }
                Got::Nobody => {
                    return Err(Trouble::tell(
                        format!("the click on {name} reached no element"),
                        "look at the page again",
                    ));
                }
                Got::Other(got) => other = Some(format!("have hit {got}")),
                Got::Became(now) => {
                    return Err(Trouble::tell(
                        format!("{name} became {now} when the mouse came"),
                        "look at the page again",
                    ));
                }
                Got::Lost => other = Some("have been lost: it moves away when pressed".to_owned()),
            }
        }
        Err(Trouble::tell(
            format!(
                "the click on {} would {}",
                target.name,
                other.unwrap_or_default()
            ),
            "wait until the page rests and look again",
        ))
    }

    /// Waits for the tab that a link opens beside; nothing tells beforehand that it comes.
    async fn await_tab(&self, mark: &Mark, deadline: &Deadline) -> Result<(), Error> {
        let limit = deadline.child(BESIDE_LIMIT);
        let opened = |state: &State| {
            let mut after = state
                .happened
                .iter()
                .rev()
                .take_while(|(at, _)| *at > mark.at);
            after.any(|(_, happening)| {
                matches!(happening, Happening::TabOpened { opener, .. }
                    if opener.as_ref().is_none_or(|opener| *opener == mark.tab))
            })
        };
        self.driver.wait_until(&limit, opened).await?;
        Ok(())
    }

    /// Turns a point of the target's document into one of its session, and looks from the outer
    /// documents whether something lies over it.
    pub(super) async fn point_in_session(
        &mut self,
        target: &Target,
        name: &str,
        mut point: (f64, f64),
        deadline: &Deadline,
    ) -> Result<(f64, f64), Trouble> {
        let mut inner = target.here.frame.clone();
        let mut in_session = point;
        let mut is_same_session = true;
        for _ in 0..DEPTH_MAX {
            let Some((host, number)) = self.host_of(&inner) else {
                break;
            };
            let outer = self.worlds.enter(&self.driver, &host, deadline).await?;
            let script = format!("__legwork.over({number}, {}, {})", point.0, point.1);
            let over: Over = world::ask(&self.driver, &outer, script, deadline).await?;
            if over.no.is_some() || over.by.is_some() {
                let refusal = Refusal {
                    no: Some(over.no.unwrap_or_else(|| "covered".to_owned())),
                    by: over.by,
                    name: name.to_owned(),
                    have: Vec::new(),
                };
                return Err(refuse(target, &refusal));
            }
            point = (over.x, over.y);
            is_same_session &= outer.session == target.here.session;
            if is_same_session {
                in_session = point;
            }
            inner = host.id;
        }
        Ok(in_session)
    }

    /// Moves, presses, releases and asks who got it, all under way at once.
    async fn press_mouse(
        &self,
        target: &Target,
        (x, y): (f64, f64),
        click: &Click,
        deadline: &Deadline,
    ) -> Result<Got, Error> {
        use DispatchMouseEventType::{MouseMoved, MousePressed, MouseReleased};
        let session = Some(target.here.session.as_str());
        let mut events = vec![(MouseMoved, 0)];
        for time in 1..=i64::from(click.times.clamp(1, TIMES_MAX)) {
            events.extend([(MousePressed, time), (MouseReleased, time)]);
        }
        let mut sent = Vec::new();
        for (event, count) in events {
            let mut params = DispatchMouseEventParams::new(event, x, y);
            params.modifiers = Some(modifiers(&click.keys));
            if count > 0 {
                params.button = Some(button(click.button));
                params.click_count = Some(count);
            }
            sent.push(self.driver.send(session, params, deadline).await?);
        }
        let verify = "__legwork.verify(false)".to_owned();
        let proof = world::send(&self.driver, &target.here, verify, deadline).await?;
        let proof = self
            .unless_left(world::value(proof, deadline), deadline)
            .await;
        if let Err(error @ Error::Ended(_)) = proof {
            world::stop_script(&self.driver, &target.here.session, deadline).await?;
            return Err(error);
        }
        for event in sent {
            match self.unless_left(event.wait(deadline), deadline).await {
                // A page that closes, goes away or asks something on a click does not answer for
                // its events.
                Ok(_) | Err(Error::Detached | Error::Blocked | Error::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let proof = match proof {
            Ok(Proof { pending: true, .. }) => {
                let verify = "__legwork.verify(true)".to_owned();
                let proof = world::ask(&self.driver, &target.here, verify, deadline);
                self.unless_left(proof, deadline).await
            }
            other => other,
        };
        match proof {
            Ok(Proof {
                other: Some(other), ..
            }) => Ok(Got::Other(other)),
            Ok(Proof { now: Some(now), .. }) => Ok(Got::Became(now)),
            Ok(Proof { lost: true, .. }) => Ok(Got::Lost),
            Ok(Proof { hit: false, .. }) => Ok(Got::Nobody),
            // What the page asks, it asks because of the click: one on another element is kept
            // from its handlers.
            Err(error)
                if !error.is_document_gone()
                    && !matches!(error, Error::Detached | Error::Blocked) =>
            {
                Err(error)
            }
            Ok(_) | Err(_) => Ok(Got::Target),
        }
    }
}

/// Says whether it is one click of the left button alone.
fn is_single(click: &Click) -> bool {
    click.button == Button::Left && click.times <= 1 && click.keys.is_empty()
}

/// Says whether a click on a link opens it in another tab.
fn opens_tab(click: &Click) -> bool {
    let beside = click
        .keys
        .iter()
        .any(|key| matches!(key, Held::Control | Held::Meta));
    click.button == Button::Middle || (beside && click.button == Button::Left)
}

/// What was done, for the summary.
fn word(click: &Click) -> &'static str {
    match (click.button, click.times) {
        (Button::Left, 2) => "double-clicked",
        (Button::Left, 3) => "triple-clicked",
        (Button::Left, _) => "clicked",
        (Button::Right, _) => "right-clicked",
        (Button::Middle, _) => "clicked the wheel on",
    }
}

fn button(button: Button) -> MouseButton {
    match button {
        Button::Left => MouseButton::Left,
        Button::Right => MouseButton::Right,
        Button::Middle => MouseButton::Middle,
    }
}

/// The protocol's bits of the keys that are held.
fn modifiers(keys: &[Held]) -> i64 {
    let bit = |key: &Held| match key {
        Held::Alt => 1,
        Held::Control => 2,
        Held::Meta => 4,
        Held::Shift => 8,
    };
    keys.iter().map(bit).fold(0, |all, bit| all | bit)
}
