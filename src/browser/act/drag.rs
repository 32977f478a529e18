//! Drags one element onto another with real mouse events: a drag of the page's own kind (HTML, with
//! its data) is intercepted and carried on with real drag events, any other by the held mouse.

use std::time::{Duration, Instant};

use chromiumoxide::cdp::browser_protocol::input::{
    DispatchDragEventParams, DispatchDragEventReturns, DispatchDragEventType,
    DispatchMouseEventParams, DispatchMouseEventType, DragData, MouseButton,
    SetInterceptDragsParams,
};
use chromiumoxide::types::MethodId;
use chromiumoxide::{Command, Method};
use serde::Deserialize as _;

use super::click::{Prepared, Proof};
use super::{Acted, Target, Trouble, patience_ms, refuse};
use crate::action::Drag;
use crate::browser::Browser;
use crate::browser::error::Error;
use crate::browser::settle::Mark;
use crate::browser::state::{Happening, State};
use crate::browser::world;
use crate::deadline::Deadline;

/// How far the mouse goes before a drag begins, in pixels; browsers want 3 to 5.
const PULL: f64 = 8.0;
/// Longest wait for the data of a drag that has begun.
const DATA_LIMIT: Duration = Duration::from_secs(2);
/// The bit of drags that copy (`DragOperationsMask` of the protocol).
const COPY: i64 = 1;
/// How long what was dropped may glide to its place, in milliseconds.
const LANDING_MS: u32 = 800;
/// Steps of the way: pages follow the mouse, and some want to see it come.
const STEPS: u32 = 5;

type Point = (f64, f64);

/// A drag event; files alone come with a list of no items, which the typed command leaves out and
/// the browser misses.
struct DragEvent(DispatchDragEventParams);

impl serde::Serialize for DragEvent {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut event = serde_json::to_value(&self.0).map_err(serde::ser::Error::custom)?;
        if let Some(data) = event.get_mut("data").and_then(|data| data.as_object_mut()) {
            data.entry("items").or_insert_with(|| serde_json::json!([]));
        }
        event.serialize(out)
    }
}

impl Method for DragEvent {
    fn identifier(&self) -> MethodId {
        self.0.identifier()
    }
}

impl Command for DragEvent {
    type Response = DispatchDragEventReturns;
}

impl Browser {
    /// Drags the element onto the other and tells what came of it.
    pub(super) async fn drag(&mut self, drag: &Drag, deadline: &Deadline) -> Acted {
        let target = self.target(drag.target, deadline).await?;
        let to = self.target(drag.to, deadline).await?;
        if target.here.session != to.here.session {
            return Err(Trouble::tell(
                "nothing can be dragged from one frame into another of another site",
                "",
            ));
        }
        let session = target.here.session.clone();
        self.intercept(&session, true, deadline).await?;
        let dragged = self.drag_onto(&target, &to, deadline).await;
        let off = self.intercept(&session, false, deadline).await;
        let (mark, summary) = dragged?;
        off?;
        Ok(self
            .finish(&mark, Some(&to.here), summary, deadline)
            .await?)
    }

    /// Drops files on an element, as from a file manager; tells the moment before and its name.
    pub(super) async fn drop_files(
        &mut self,
        target: &Target,
        paths: Vec<String>,
        deadline: &Deadline,
    ) -> Result<(Mark, String), Trouble> {
        let script = format!(
            "(__legwork.watch({0}), __legwork.watchDrop({0}), __legwork.receive({0}, {1}))",
            target.number,
            patience_ms(deadline)
        );
        let (point, who) = self.find_point(target, script, deadline).await?;
        let mark = self.mark();
        let data = DragData {
            items: Vec::new(),
            files: Some(paths),
            drag_operations_mask: COPY,
        };
        self.drop_at(target, &data, point, deadline).await?;
        self.prove(target, &who, point, deadline).await?;
        Ok((mark, who))
    }

    async fn intercept(&self, session: &str, on: bool, deadline: &Deadline) -> Result<(), Error> {
        let params = SetInterceptDragsParams::new(on);
        match self.driver.call(Some(session), params, deadline).await {
            Ok(_) | Err(Error::Blocked | Error::Detached) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn drag_onto(
        &mut self,
        target: &Target,
        to: &Target,
        deadline: &Deadline,
    ) -> Result<(Mark, String), Trouble> {
        let script = format!(
            "(__legwork.watch({0}), __legwork.watchDrag({0}), __legwork.prepare({0}, {1}))",
            target.number,
            patience_ms(deadline)
        );
        let (from, who) = self.find_point(target, script, deadline).await?;
        let mut mark = self.mark();
        self.mouse(target, DispatchMouseEventType::MouseMoved, from, deadline)
            .await?;
        self.mouse(target, DispatchMouseEventType::MousePressed, from, deadline)
            .await?;
        self.prove(target, &who, from, deadline).await?;
        let pulled = (from.0 + PULL, from.1 + PULL / 2.0);
        self.mouse(target, DispatchMouseEventType::MouseMoved, pulled, deadline)
            .await?;
        let data = self.dragged_data(target, mark.at, deadline).await?;
        // What the page lets follow the mouse by itself lies between the mouse and where it goes.
        let held = match data {
            None if to.here == target.here => Some(target.number),
            None | Some(_) => None,
        };
        let ready = format!(
            "__legwork.receive({}, {}, {})",
            to.number,
            patience_ms(deadline),
            held.unwrap_or_default()
        );
        let (point, onto) = match self.find_point(to, ready, deadline).await {
            Ok(found) => found,
            Err(trouble) => {
                self.let_go(target, data.as_ref(), pulled, deadline).await?;
                return Err(trouble);
            }
        };
        match data {
            Some(data) => self.drop_data(target, &data, point, deadline).await?,
            None => self.draw(target, (pulled, point), deadline).await?,
        }
        mark.acted = Instant::now();
        self.prove(to, &onto, point, deadline).await?;
        let landed = format!("__legwork.landed({LANDING_MS})");
        match self.ask::<bool>(to, landed, deadline).await {
            Ok(_) | Err(Error::Blocked | Error::Detached) => {}
            Err(error) if error.is_document_gone() => {}
            Err(error) => return Err(error.into()),
        }
        Ok((mark, format!("dragged {who} onto {onto}")))
    }

    /// Finds the point of an element that is ready, as its session counts.
    async fn find_point(
        &mut self,
        target: &Target,
        script: String,
        deadline: &Deadline,
    ) -> Result<(Point, String), Trouble> {
        let prepared: Prepared = self.ask(target, script, deadline).await?;
        let (Some(x), Some(y)) = (prepared.x, prepared.y) else {
            return Err(refuse(target, &prepared.refusal));
        };
        let name = prepared.refusal.name;
        let point = self
            .point_in_session(target, &name, (x, y), deadline)
            .await?;
        Ok((point, name))
    }

    /// Sends one event; a page that asks something or goes does not answer for it.
    async fn input<C: Command>(
        &self,
        target: &Target,
        event: C,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let session = Some(target.here.session.as_str());
        match self.driver.call(session, event, deadline).await {
            Ok(_) | Err(Error::Blocked | Error::Detached) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn mouse(
        &self,
        target: &Target,
        kind: DispatchMouseEventType,
        (x, y): Point,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let mut params = DispatchMouseEventParams::new(kind, x, y);
        params.button = Some(MouseButton::Left);
        params.buttons = Some(1);
        params.click_count = Some(1);
        self.input(target, params, deadline).await
    }

    /// Makes sure that the last press or drop reached `target`; lets go of the mouse when not.
    async fn prove(
        &self,
        target: &Target,
        name: &str,
        point: Point,
        deadline: &Deadline,
    ) -> Result<(), Trouble> {
        let verify = "__legwork.verify(true)".to_owned();
        let other = match self.ask::<Proof>(target, verify, deadline).await {
            Ok(Proof { hit: true, .. }) => return Ok(()),
            Ok(Proof { other, .. }) => other,
            // Where the drop led away or to a question, something took it.
            Err(error) if error.is_document_gone() || matches!(error, Error::Blocked) => {
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        self.mouse(
            target,
            DispatchMouseEventType::MouseReleased,
            point,
            deadline,
        )
        .await?;
        let reason = other.map_or_else(
            || format!("the mouse did not reach {name}"),
            |other| format!("the mouse reached {other} instead of {name}"),
        );
        Err(Trouble::tell(
            reason,
            "wait until the page rests and look again",
        ))
    }

    /// Returns the data of the drag that the page began; none when it begins none.
    async fn dragged_data(
        &self,
        target: &Target,
        since: u64,
        deadline: &Deadline,
    ) -> Result<Option<DragData>, Error> {
        let began = "__legwork.dragBegan()".to_owned();
        if !self.ask::<bool>(target, began, deadline).await? {
            return Ok(None);
        }
        let session = &target.here.session;
        let data = |state: &State| {
            let after = state
                .happened
                .iter()
                .rev()
                .take_while(|(at, _)| *at > since);
            let mut drags = after.filter_map(|(_, happening)| match happening {
                Happening::Drag { session: of, data } if of == session => Some(data.clone()),
                Happening::Drag { .. }
                | Happening::Dialog { .. }
                | Happening::Download(_)
                | Happening::Chooser { .. }
                | Happening::TabOpened { .. }
                | Happening::TabClosed { .. } => None,
            });
            drags.next()
        };
        let limit = deadline.child(DATA_LIMIT);
        let has_data = |state: &State| data(state).is_some();
        self.driver.wait_until(&limit, has_data).await?;
        let found = data(&self.driver.state().borrow());
        let read = found.map(DragData::deserialize).transpose();
        read.map_err(|source| Error::Garbled {
            method: "Input.dragIntercepted".to_owned(),
            source,
        })
    }

    /// Carries data to `point` and drops it there.
    async fn drop_data(
        &self,
        target: &Target,
        data: &DragData,
        point: Point,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        self.drop_at(target, data, point, deadline).await?;
        self.mouse(
            target,
            DispatchMouseEventType::MouseReleased,
            point,
            deadline,
        )
        .await
    }

    async fn drop_at(
        &self,
        target: &Target,
        data: &DragData,
        point: Point,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        use DispatchDragEventType::{DragEnter, DragOver, Drop};
        for kind in [DragEnter, DragOver, DragOver, Drop] {
            self.drag_event(target, kind, (data, point), deadline)
                .await?;
        }
        Ok(())
    }

    async fn drag_event(
        &self,
        target: &Target,
        kind: DispatchDragEventType,
        (data, (x, y)): (&DragData, Point),
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let params = DispatchDragEventParams::new(kind, x, y, data.clone());
        self.input(target, DragEvent(params), deadline).await
    }

    /// Moves the held mouse in steps and releases it.
    async fn draw(
        &self,
        target: &Target,
        (from, to): (Point, Point),
        deadline: &Deadline,
    ) -> Result<(), Error> {
        for step in 1..=STEPS {
            let part = f64::from(step) / f64::from(STEPS);
            let point = (
                from.0 + (to.0 - from.0) * part,
                from.1 + (to.1 - from.1) * part,
            );
            self.mouse(target, DispatchMouseEventType::MouseMoved, point, deadline)
                .await?;
        }
        // Pages that follow the mouse once a frame must see it arrive.
        let followed = "__legwork.followed()".to_owned();
        match self.ask::<bool>(target, followed, deadline).await {
            Ok(_) | Err(Error::Blocked | Error::Detached) => {}
            Err(error) if error.is_document_gone() => {}
            Err(error) => return Err(error),
        }
        self.mouse(target, DispatchMouseEventType::MouseMoved, to, deadline)
            .await?;
        self.mouse(target, DispatchMouseEventType::MouseReleased, to, deadline)
            .await
    }

    /// Lets go of what can be dropped nowhere.
    async fn let_go(
        &self,
        target: &Target,
        data: Option<&DragData>,
        point: Point,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let disarm = "(__legwork.disarm(), true)".to_owned();
        let _: bool = world::ask(&self.driver, &target.here, disarm, deadline).await?;
        if let Some(data) = data {
            let cancel = DispatchDragEventType::DragCancel;
            self.drag_event(target, cancel, (data, point), deadline)
                .await?;
        }
        self.mouse(
            target,
            DispatchMouseEventType::MouseReleased,
            point,
            deadline,
        )
        .await
    }
}
