//! Scrolls by the mouse's wheel, or brings an element into sight.

use std::time::Instant;

use chromiumoxide::cdp::browser_protocol::input::{
    DispatchMouseEventParams, DispatchMouseEventType,
};
use serde::Deserialize;

use super::{Acted, Refusal, Target, refuse};
use crate::action::{Scroll, Way};
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::browser::world;
use crate::deadline::Deadline;

/// How much of the height one step goes, so that a line of what was seen stays in sight.
const SCREEN: f64 = 0.85;

/// Where the wheel turns, and how far.
#[derive(Debug, Deserialize)]
struct Place {
    #[serde(default)]
    x: f64,
    #[serde(default)]
    y: f64,
    #[serde(default)]
    height: f64,
    #[serde(flatten)]
    refusal: Refusal,
}

/// The centre of what is scrolled, brought into sight first.
const PLACE: &str = "(n) => {
  const el = n ? __legwork.get(n) : null;
  if (n && !el) return { no: 'stale' };
  el?.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
  const view = el?.ownerDocument.defaultView ?? window;
  const page = { left: 0, top: 0, right: view.innerWidth, bottom: view.innerHeight };
  const box = el ? el.getBoundingClientRect() : page;
  const left = Math.max(box.left, 0), right = Math.min(box.right, view.innerWidth);
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, view.innerHeight);
  const name = el ? __legwork.naming(el) : 'the page';
  if (right <= left || bottom <= top) return { no: 'hidden', name };
  let x = (left + right) / 2, y = (top + bottom) / 2;
  for (let w = view; w !== window && w.frameElement; w = w.parent) {
    const frame = w.frameElement, at = frame.getBoundingClientRect();
    x += at.left + frame.clientLeft;
    y += at.top + frame.clientTop;
  }
  return { x, y, height: bottom - top, name };
}";

impl Browser {
    /// Scrolls and tells what that brought.
    pub(super) async fn scroll(&mut self, scroll: &Scroll, deadline: &Deadline) -> Acted {
        let target = match scroll.target {
            Some(name) => self.target(name, deadline).await?,
            None => Target {
                here: self.root(deadline).await?,
                number: 0,
                name: crate::action::Ref(0),
            },
        };
        let mut mark = self.mark();
        let number = target.number;
        let script = format!("(__legwork.watch({number}), ({PLACE})({number}))");
        let place: Place = world::ask(&self.driver, &target.here, script, deadline).await?;
        if place.refusal.no.is_some() {
            return Err(refuse(&target, &place.refusal));
        }
        let name = &place.refusal.name;
        let summary = match scroll.way {
            Way::Into => format!("scrolled to {name}"),
            Way::Up => {
                self.turn_wheel(&target, &place, -1.0, deadline).await?;
                format!("scrolled {name} up")
            }
            Way::Down => {
                self.turn_wheel(&target, &place, 1.0, deadline).await?;
                format!("scrolled {name} down")
            }
        };
        mark.acted = Instant::now();
        Ok(self
            .finish(&mark, Some(&target.here), summary, deadline)
            .await?)
    }

    async fn turn_wheel(
        &self,
        target: &Target,
        place: &Place,
        way: f64,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let wheel = DispatchMouseEventType::MouseWheel;
        let params = DispatchMouseEventParams {
            delta_x: Some(0.0),
            delta_y: Some(way * place.height * SCREEN),
            ..DispatchMouseEventParams::new(wheel, place.x, place.y)
        };
        let session = Some(target.here.session.as_str());
        self.driver.call(session, params, deadline).await?;
        Ok(())
    }
}
