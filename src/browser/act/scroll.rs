//! Scrolls by the mouse's wheel, once or until the page says something, or brings an element into
//! sight.

use std::time::Instant;

use chromiumoxide::cdp::browser_protocol::input::{
    DispatchMouseEventParams, DispatchMouseEventType,
};
use serde::Deserialize;

use super::{Acted, Place, Target, Trouble, refuse};
use crate::action::{Scroll, Way};
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::browser::world;
use crate::deadline::Deadline;
use crate::untrusted;

/// How much of the height one step goes, so that a line of what was seen stays in sight.
const SCREEN: f64 = 0.85;

/// Most screens that are gone through in search of a text.
const SCREENS_MAX: u32 = 60;
/// Pushes that move nothing before the end is believed.
const STILL_MAX: u32 = 2;

/// The centre of what is scrolled; an element that is named is brought into sight first.
const PLACE: &str = "(n) => {
  const L = __legwork, root = document.scrollingElement || document.documentElement;
  const part = () => {
    let found = null, most = 0;
    for (const e of L.all(document, '*')) {
      const r = e.getBoundingClientRect(), area = r.width * r.height;
      if (area > most && L.isScroller(e, getComputedStyle(e))) [found, most] = [e, area];
    }
    return found;
  };
  // A page that does not scroll itself scrolls by its largest part.
  const rests = root.scrollHeight <= innerHeight + 1 && root.scrollWidth <= innerWidth + 1;
  const el = n ? L.get(n) : rests ? part() : null;
  if (n && !el) return { no: 'stale' };
  if (n) el.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
  L.scrolled = el;
  const view = el?.ownerDocument.defaultView ?? window;
  const page = { left: 0, top: 0, right: view.innerWidth, bottom: view.innerHeight };
  const box = el ? el.getBoundingClientRect() : page;
  const left = Math.max(box.left, 0), right = Math.min(box.right, view.innerWidth);
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, view.innerHeight);
  const name = n ? L.naming(el) : 'the page';
  if (right <= left || bottom <= top) return { no: 'hidden', name };
  let x = (left + right) / 2, y = (top + bottom) / 2;
  for (let w = view; w !== window && w.frameElement; w = w.parent) {
    const frame = w.frameElement, at = frame.getBoundingClientRect();
    x += at.left + frame.clientLeft;
    y += at.top + frame.clientTop;
  }
  return { x, y, width: right - left, height: bottom - top, name };
}";

/// Whether the page says so, and how far all of it is scrolled.
const LOOK: &str = "(n, text) => {
  const tidy = __legwork.tidy, el = __legwork.scrolled;
  const said = tidy(__legwork.prose(n && el || document, 2000000)).toLowerCase().includes(tidy(text).toLowerCase());
  let at = `${scrollX} ${scrollY} ${document.documentElement.scrollHeight}`;
  for (let e = el; e; e = e.parentElement) at += ` ${e.scrollLeft} ${e.scrollTop} ${e.scrollHeight}`;
  return { said, at };
}";

/// Brings what says so into sight: the innermost element that does.
const SHOW: &str = "(text) => {
  const L = __legwork, needle = L.tidy(text).toLowerCase();
  const says = (e) => L.tidy(e.textContent).toLowerCase().includes(needle);
  let el = L.scrolled || document.body;
  if (!el || !says(el)) el = document.body;
  for (let inner = el; inner; inner = inner && Array.from(inner.children).find(says)) el = inner;
  el?.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
  return true;
}";

#[derive(Debug, Deserialize)]
struct Seen {
    said: bool,
    at: String,
}

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
        let (word, way) = match scroll.way {
            Way::Into => {
                mark.acted = Instant::now();
                let summary = format!("scrolled to {name}");
                return Ok(self
                    .finish(&mark, Some(&target.here), summary, deadline)
                    .await?);
            }
            Way::Up => ("up", (0.0, -1.0)),
            Way::Down => ("down", (0.0, 1.0)),
            Way::Left => ("left", (-1.0, 0.0)),
            Way::Right => ("right", (1.0, 0.0)),
        };
        if let Some(text) = &scroll.until {
            return self
                .scroll_until(&target, &place, (text, way), deadline)
                .await;
        }
        self.turn_wheel(&target, &place, way, deadline).await?;
        mark.acted = Instant::now();
        let summary = format!("scrolled {name} {word}");
        Ok(self
            .finish(&mark, Some(&target.here), summary, deadline)
            .await?)
    }

    /// Scrolls on until the page says `text`, or until it brings nothing more.
    async fn scroll_until(
        &mut self,
        target: &Target,
        place: &Place,
        (text, way): (&str, (f64, f64)),
        deadline: &Deadline,
    ) -> Acted {
        let first = self.mark();
        let shown = untrusted::line(text, 100);
        let number = target.number;
        let look = format!("({LOOK})({number}, {})", serde_json::Value::from(text));
        let mut screens = 0;
        let mut still = 0;
        while screens < SCREENS_MAX {
            let seen: Seen = world::ask(&self.driver, &target.here, look.clone(), deadline).await?;
            if seen.said {
                let show = format!("({SHOW})({})", serde_json::Value::from(text));
                let _: bool = world::ask(&self.driver, &target.here, show, deadline).await?;
                let fact = format!("the page says '{shown}'");
                let summary = format!("scrolled {screens} screens until {fact}");
                let outcome = self
                    .finish(&first, Some(&target.here), summary, deadline)
                    .await?;
                return Ok(outcome.proven(fact, first.url));
            }
            let mut mark = self.mark();
            self.turn_wheel(target, place, way, deadline).await?;
            mark.acted = Instant::now();
            self.finish(&mark, Some(&target.here), String::new(), deadline)
                .await?;
            let now: Seen = world::ask(&self.driver, &target.here, look.clone(), deadline).await?;
            screens += 1;
            // A list that loads more at its end may need a second push.
            still = if now.at == seen.at { still + 1 } else { 0 };
            if still >= STILL_MAX && !now.said {
                return Err(Trouble::tell(
                    format!(
                        "the end is reached after {screens} screens, and nothing says '{shown}'"
                    ),
                    "look at the page; it may word it otherwise",
                ));
            }
        }
        Err(Trouble::tell(
            format!("nothing says '{shown}' within {SCREENS_MAX} screens"),
            "scroll on, or search the page",
        ))
    }

    async fn turn_wheel(
        &self,
        target: &Target,
        place: &Place,
        (right, down): (f64, f64),
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let wheel = DispatchMouseEventType::MouseWheel;
        let params = DispatchMouseEventParams {
            delta_x: Some(right * place.width * SCREEN),
            delta_y: Some(down * place.height * SCREEN),
            ..DispatchMouseEventParams::new(wheel, place.x, place.y)
        };
        let session = Some(target.here.session.as_str());
        match self.driver.call(session, params, deadline).await {
            Ok(_) | Err(Error::Blocked) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
