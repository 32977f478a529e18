//! "cancel the meeting with Bob": called off where others are invited, removed where nobody is.

use super::choose::{self, chosen, in_full};
use super::{EventWork, Stage, letter, one_of};
use crate::action::{Action, EventDelete, EventPatch, EventStatus, EventUpdate, Fail, Letter};
use crate::planner::plain::run::{Look, Turn, act};
use crate::skill::language::Value;

impl EventWork {
    pub(super) fn call_off(
        &mut self,
        named: &Value,
        send: bool,
        look: &mut Look<'_>,
    ) -> Result<Turn, Fail> {
        match self.stage {
            Stage::Start | Stage::Looked => {
                let event = chosen(&look.fill(named)?, look)?;
                let said = in_full(&event.start, &event.end, look.view.clock.zone());
                let guests = choose::guests(&event, look.view.me);
                choose::own(&event, look, "decline its invitation instead")?;
                look.run
                    .notes
                    .push(format!("called off \"{}\", {said}", event.summary));
                self.event = Some(event.clone());
                let (uid, which) = (event.uid.clone(), one_of(&event));
                if guests.is_empty() {
                    self.stage = Stage::Sent;
                    let delete = Action::EventDelete(EventDelete { uid, which });
                    return Ok(act(delete, format!("it is {said}, without guests")));
                }
                self.stage = Stage::Written;
                let update = EventUpdate {
                    uid,
                    which,
                    patch: EventPatch {
                        status: Some(EventStatus::Cancelled),
                        ..EventPatch::default()
                    },
                    invite: Vec::new(),
                    if_free: false,
                };
                Ok(act(
                    Action::EventUpdate(Box::new(update)),
                    format!("it is {said}"),
                ))
            }
            Stage::Written => {
                let Some(event) = self.event.clone().filter(|_| !look.run.dry) else {
                    return Ok(Turn::Over);
                };
                self.stage = Stage::Drafted;
                let which = one_of(&event);
                Ok(act(
                    letter(event.uid, Letter::Cancel { which }),
                    "tell its guests",
                ))
            }
            Stage::Drafted | Stage::Found => Ok(self.send(send, "cancellation", look)),
            Stage::Sent => Ok(Turn::Over),
        }
    }
}
