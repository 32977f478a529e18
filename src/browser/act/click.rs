//! Clicks with real mouse events in two round trips: one finds the point and arms the proof, one
//! moves, presses, releases and asks which element got it. A click on the wrong one is stopped.

use chromiumoxide::cdp::browser_protocol::input::{
    DispatchMouseEventParams, DispatchMouseEventType, MouseButton,
};
use serde::Deserialize;

use super::{Acted, Refusal, Target, Trouble, patience_ms, refuse};
use crate::action::Ref;
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::browser::settle::Mark;
use crate::browser::world;
use crate::deadline::Deadline;

/// How often a click that would hit another element is tried anew.
const TRIES: usize = 3;
/// How deep frames of other origins may lie in each other.
const DEPTH_MAX: usize = 8;

/// What the page says when asked to get ready for a click.
#[derive(Debug, Deserialize)]
pub(super) struct Prepared {
    pub(super) x: Option<f64>,
    pub(super) y: Option<f64>,
    /// The native list whose option this is: it opens outside the page, where no click reaches.
    list: Option<u32>,
    #[serde(flatten)]
    pub(super) refusal: Refusal,
}

/// Where a point of an inner frame lies outside, and what covers it there.
#[derive(Debug, Deserialize)]
struct Over {
    #[serde(default)]
    x: f64,
    #[serde(default)]
    y: f64,
    by: Option<String>,
    no: Option<String>,
}

/// Which element got the click.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Proof {
    hit: bool,
    other: Option<String>,
    pending: bool,
}

/// Who got a click.
#[derive(Debug)]
enum Got {
    /// The target, or it led away before that could be asked.
    Target,
    /// Another element, which was kept from acting on it.
    Other(String),
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
}

impl Browser {
    /// Clicks the element and tells what came of it.
    pub(super) async fn click(&mut self, name: Ref, deadline: &Deadline) -> Acted {
        let target = self.target(name, deadline).await?;
        let clicked = match self.try_click(&target, deadline).await? {
            Tried::Clicked(clicked) => clicked,
            Tried::Choice { list, option } => {
                let list = Target {
                    number: list,
                    name: self.worlds.name(&target.here.frame, list).unwrap_or(name),
                    ..target
                };
                return self.select_in(&list, &option, deadline).await;
            }
        };
        let summary = format!("clicked {}", clicked.name);
        Ok(self
            .finish(&clicked.mark, Some(&target.here), summary, deadline)
            .await?)
    }

    /// Clicks `target`, proven to have got it; does not settle.
    pub(super) async fn click_on(
        &mut self,
        target: &Target,
        deadline: &Deadline,
    ) -> Result<Clicked, Trouble> {
        match self.try_click(target, deadline).await? {
            Tried::Clicked(clicked) => Ok(clicked),
            Tried::Choice { .. } => Err(Trouble::tell(
                format!("{} is an option of a native list", target.name),
                "select it in its list",
            )),
        }
    }

    async fn try_click(&mut self, target: &Target, deadline: &Deadline) -> Result<Tried, Trouble> {
        let mut other = None;
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
            let name = prepared.refusal.name;
            let point = self
                .point_in_session(target, &name, (x, y), deadline)
                .await?;
            let mut mark = self.mark();
            let proof = self.press_mouse(target, point, deadline).await?;
            mark.acted = std::time::Instant::now();
            match proof {
                Got::Target => return Ok(Tried::Clicked(Clicked { name, mark })),
                Got::Nobody => {
                    return Err(Trouble::tell(
                        format!("the click on {name} reached no element"),
                        "look at the page again",
                    ));
                }
                Got::Other(got) => other = Some(got),
            }
        }
        Err(Trouble::tell(
            format!(
                "the click on {} would have hit {}",
                target.name,
                other.unwrap_or_default()
            ),
            "wait until the page rests and look again",
        ))
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
        deadline: &Deadline,
    ) -> Result<Got, Error> {
        let session = Some(target.here.session.as_str());
        let mut sent = Vec::new();
        for event in [
            DispatchMouseEventType::MouseMoved,
            DispatchMouseEventType::MousePressed,
            DispatchMouseEventType::MouseReleased,
        ] {
            let is_move = event == DispatchMouseEventType::MouseMoved;
            let mut params = DispatchMouseEventParams::new(event, x, y);
            if !is_move {
                params.button = Some(MouseButton::Left);
                params.click_count = Some(1);
            }
            sent.push(self.driver.send(session, params, deadline).await?);
        }
        let verify = "__legwork.verify(false)".to_owned();
        let proof = world::send(&self.driver, &target.here, verify, deadline).await?;
        let proof = world::value(proof, deadline).await;
        if let Err(error @ Error::Ended(_)) = proof {
            world::stop_script(&self.driver, &target.here.session, deadline).await?;
            return Err(error);
        }
        for event in sent {
            match event.wait(deadline).await {
                // A page that closes or goes away on a click does not answer for its events.
                Ok(_) | Err(Error::Detached | Error::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let proof = match proof {
            Ok(Proof { pending: true, .. }) => {
                let verify = "__legwork.verify(true)".to_owned();
                world::ask(&self.driver, &target.here, verify, deadline).await
            }
            other => other,
        };
        match proof {
            Ok(Proof {
                other: Some(other), ..
            }) => Ok(Got::Other(other)),
            Ok(Proof { hit: false, .. }) => Ok(Got::Nobody),
            Err(error) if !error.is_document_gone() && !matches!(error, Error::Detached) => {
                Err(error)
            }
            Ok(_) | Err(_) => Ok(Got::Target),
        }
    }
}
