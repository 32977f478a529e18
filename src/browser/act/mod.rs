//! Performs web actions: each waits until its target can take it, uses real input events, settles,
//! reads back what it can, and says what changed.

mod change;
mod choose;
mod click;
mod deaf;
mod dial;
mod dialog;
mod download;
mod drag;
mod fill;
mod form;
mod hover;
mod keys;
mod open;
mod picture;
mod press;
mod read;
mod scroll;
mod tabs;
mod typing;
mod upload;

pub(super) use open::web_address;

use std::time::Duration;

use chromiumoxide::cdp::js_protocol::runtime::{EvaluateParams, RemoteObjectId};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Browser;
use super::error::Error;
use super::world::{self, Here};
use crate::action::{Action, Change, Condition, Outcome, Ref, Status};
use crate::deadline::{Deadline, Ended};
use crate::untrusted;

/// How long an action waits for its target to become ready; below the limit of one call.
const PATIENCE: Duration = Duration::from_secs(8);

/// How deep frames of other origins may lie in each other.
const DEPTH_MAX: usize = 8;
/// Longest list of what a target may have become, in characters.
const LIKELY_CHARS_MAX: usize = 400;
/// Options that a hint names.
const OPTIONS_NAMED_MAX: usize = 20;
/// How like an option must be to be called the nearest.
const NEAR: f64 = 0.7;

/// Why an action did not come to its end.
#[derive(Debug)]
enum Trouble {
    /// Nothing was changed; the planner may try something else.
    Tell {
        /// One sentence.
        reason: String,
        /// What would help.
        hint: String,
    },
    /// The browser or the limits are in the way.
    Broken(Error),
}

impl Trouble {
    fn tell(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Tell {
            reason: reason.into(),
            hint: hint.into(),
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

type Acted = Result<Outcome, Trouble>;

/// Where an action's target is.
#[derive(Debug, Clone)]
struct Target {
    here: Here,
    number: u32,
    name: Ref,
}

/// What the page says of a target that is not ready.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refusal {
    no: Option<String>,
    by: Option<String>,
    name: String,
    have: Vec<String>,
}

/// The box of an element, or its part in sight, in its session's viewport.
#[derive(Debug, Deserialize)]
struct Place {
    #[serde(default)]
    x: f64,
    #[serde(default)]
    y: f64,
    #[serde(default)]
    width: f64,
    #[serde(default)]
    height: f64,
    #[serde(flatten)]
    refusal: Refusal,
}

impl Browser {
    /// Performs one web action.
    ///
    /// What merely does not work comes back as an outcome that says so; so does an action that the
    /// browser has no hand for.
    ///
    /// # Errors
    /// [`Error::Gone`] when the session is lost, [`Error::Ended`] when the deadline passed or the
    /// user stopped.
    ///
    /// # Cancellation
    /// Input that was sent stays sent; the page is left as it is.
    pub async fn perform(
        &mut self,
        action: &Action,
        deadline: &Deadline,
    ) -> Result<Outcome, Error> {
        self.ensure_tab(deadline).await?;
        if let Some(refused) = self.behind_dialog(action) {
            return Ok(refused);
        }
        if let Some(refused) = self.behind_server(action, deadline).await? {
            return Ok(refused);
        }
        let acted = match Box::pin(self.act(action, deadline)).await {
            Ok(outcome) => Ok(outcome),
            Err(Trouble::Tell { reason, hint }) => Ok(Outcome::failed(reason, hint)),
            Err(Trouble::Broken(error)) => explain(action, error, deadline),
        };
        self.forget_said(action).await?;
        self.ensure_tab(deadline).await?;
        acted
    }

    #[expect(
        clippy::too_many_lines,
        reason = "every action is named, in a flat list"
    )]
    async fn act(&mut self, action: &Action, deadline: &Deadline) -> Acted {
        match action {
            Action::Open(open) => self.open(&open.url, deadline).await,
            Action::Back {} => self.back(deadline).await,
            Action::Reload {} => self.reload(deadline).await,
            Action::Hover(hover) => self.hover(hover.target, deadline).await,
            Action::Scroll(scroll) => self.scroll(scroll, deadline).await,
            Action::Click(click) => self.click(click, deadline).await,
            Action::Drag(drag) => self.drag(drag, deadline).await,
            Action::Fill(fill) => self.fill(fill.target, &fill.text, deadline).await,
            Action::Type(typed) => self.type_on(typed, deadline).await,
            Action::FillForm(form) => self.fill_form(&form.fields, deadline).await,
            Action::Select(select) => self.select(select, deadline).await,
            Action::Check(check) => self.check(check, deadline).await,
            Action::Press(press) => self.press(press, deadline).await,
            Action::Upload(upload) => self.upload(upload, deadline).await,
            Action::Download(download) => self.download(download.target, deadline).await,
            Action::Dialog(said) => self.answer(said, deadline).await,
            Action::Wait(wait) => match &wait.until {
                Condition::Text { text } => {
                    let wanted = read::Wanted { text, gone: false };
                    self.wait_text(wanted, wait.limit_ms, deadline).await
                }
                Condition::Gone { text } => {
                    let wanted = read::Wanted { text, gone: true };
                    self.wait_text(wanted, wait.limit_ms, deadline).await
                }
                Condition::Address { text } => {
                    self.wait_address(text, wait.limit_ms, deadline).await
                }
                Condition::Mail { .. } => Err(not_ours(action)),
            },
            Action::Read(read) => self.read(read, deadline).await,
            Action::Screenshot(shot) => self.shoot(shot, deadline).await,
            Action::Pdf {} => self.print(deadline).await,
            Action::SwitchTab(tab) => self.switch_tab(tab.number, deadline).await,
            Action::NewTab {} => self.new_tab(deadline).await,
            Action::CloseTab {} => self.close_tab(deadline).await,
            Action::Fetch(fetch) => Ok(super::fetch(&fetch.url, deadline).await?),
            Action::Console(read) => Ok(self.tell_console(read, deadline).await?),
            Action::Requests(read) => Ok(self.tell_requests(read, deadline).await?),
            Action::MailSearch(_)
            | Action::MailRead(_)
            | Action::MailThread(_)
            | Action::MailTriage(_)
            | Action::MailDraft(_)
            | Action::MailSend(_)
            | Action::MailMove(_)
            | Action::MailFlag(_)
            | Action::MailSnooze(_)
            | Action::MailWake(_)
            | Action::MailUnsubscribe(_)
            | Action::PastRun(_)
            | Action::Undo(_)
            | Action::Agenda(_)
            | Action::FreeBusy(_)
            | Action::FindSlot(_)
            | Action::EventCreate(_)
            | Action::EventUpdate(_)
            | Action::EventDelete(_)
            | Action::EventRespond(_)
            | Action::Invitations(_)
            | Action::EventTake(_)
            | Action::EventImport(_)
            | Action::CalendarSync(_)
            | Action::EventLetter(_)
            | Action::Extract(_)
            | Action::Ask(_)
            | Action::HandOver(_)
            | Action::Done(_)
            | Action::Fail(_) => Err(not_ours(action)),
        }
    }

    /// Finds where `name` points in the current tab.
    async fn target(&mut self, name: Ref, deadline: &Deadline) -> Result<Target, Trouble> {
        let stale = || {
            Trouble::tell(
                format!("{name} is no longer on the page"),
                "look at the page again and use a ref from it",
            )
        };
        if !self.worlds.was_given(name) {
            return Err(Trouble::tell(
                format!("there is no {name}"),
                "use a ref from the page as last seen",
            ));
        }
        let place = self.worlds.place(name).cloned().ok_or_else(stale)?;
        let frame = {
            let state = self.driver.state();
            let state = state.borrow();
            let tab = state.tab(&self.current).ok_or(Error::Detached)?;
            if tab.crashed {
                return Err(Error::Crashed.into());
            }
            tab.frames.get(&place.frame).cloned()
        };
        let frame = frame.ok_or_else(|| {
            Trouble::tell(
                format!("{name} is not in the current tab"),
                "look at the page again, or switch to the tab it was seen in",
            )
        })?;
        if frame.epoch != place.epoch {
            return Err(stale());
        }
        let here = self.worlds.enter(&self.driver, &frame, deadline).await?;
        Ok(Target {
            here,
            number: place.number,
            name,
        })
    }

    /// Evaluates `script` where `target` is.
    async fn ask<R: DeserializeOwned>(
        &self,
        target: &Target,
        script: String,
        deadline: &Deadline,
    ) -> Result<R, Error> {
        world::ask(&self.driver, &target.here, script, deadline).await
    }

    /// Evaluates `script` where `target` is, and returns the object itself; none where it is null.
    async fn object(
        &self,
        target: &Target,
        script: String,
        deadline: &Deadline,
    ) -> Result<Option<RemoteObjectId>, Error> {
        let params = EvaluateParams {
            context_id: Some(target.here.context_id()),
            silent: Some(true),
            ..EvaluateParams::new(script)
        };
        let session = Some(target.here.session.as_str());
        let found = self.driver.call(session, params, deadline).await?;
        Ok(found.result.object_id)
    }
}

/// Says how long the page may wait for a target, in milliseconds.
fn patience_ms(deadline: &Deadline) -> u128 {
    deadline.remaining().min(PATIENCE).as_millis()
}

/// Quotes `text` for a script.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Turns what the page says of `target` into what the planner is told.
fn refuse(target: &Target, refusal: &Refusal) -> Trouble {
    let who = if refusal.name.is_empty() {
        target.name.to_string()
    } else {
        format!("{} {}", target.name, refusal.name)
    };
    let by = refusal.by.as_deref().unwrap_or("something else");
    let (reason, hint) = match refusal.no.as_deref().unwrap_or_default() {
        "stale" => (
            format!("{} is no longer on the page", target.name),
            match refusal.have.as_slice() {
                [] => "look at the page again and use a ref from it".to_owned(),
                like => format!(
                    "look at the page again; it may be {}",
                    untrusted::line(&like.join(", or "), LIKELY_CHARS_MAX)
                ),
            },
        ),
        "hidden" => (
            format!("{who} is not visible"),
            "open the part of the page that holds it first".to_owned(),
        ),
        "disabled" => (
            format!("{who} is disabled"),
            "fill in what the page still wants, or wait".to_owned(),
        ),
        "moving" => (
            format!("{who} keeps moving"),
            "wait until it rests".to_owned(),
        ),
        "covered" => (
            format!("{who} is covered by {by}"),
            "close or work what covers it first; Escape closes most menus and calendars".to_owned(),
        ),
        "readonly" => (
            format!("{who} is read-only"),
            "click it; it may open something to choose from".to_owned(),
        ),
        "format" => (
            format!("{who} takes no such value"),
            format!("write it the way a {by} field stores it, {}", example(by)),
        ),
        "kind" => (
            format!("{who} is not a field to type into but a {by}"),
            "click, check or select it instead".to_owned(),
        ),
        "focus" => (
            format!("{who} does not take the keyboard focus"),
            String::new(),
        ),
        "option" => no_option(&who, refusal),
        "unfound" => (
            format!("{who} found nothing for '{}'", untrusted::line(by, 80)),
            "it is left in the field; type less of it, and look what is offered".to_owned(),
        ),
        "single" => (
            format!("{who} takes one option only"),
            "choose one of them".to_owned(),
        ),
        other => (format!("{who} can't be used: {other}"), String::new()),
    };
    Trouble::Tell { reason, hint }
}

/// Names the options that there are, and the nearest.
fn no_option(who: &str, refusal: &Refusal) -> (String, String) {
    let wanted = untrusted::line(refusal.by.as_deref().unwrap_or_default(), 80);
    let mut have: Vec<String> = refusal
        .have
        .iter()
        .map(|option| untrusted::line(option, 80))
        .collect();
    let likeness =
        |option: &String| strsim::jaro_winkler(&option.to_lowercase(), &wanted.to_lowercase());
    let nearest = have
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|option| likeness(option) > NEAR);
    let near: String =
        nearest.map_or_else(String::new, |option| format!("; the nearest is '{option}'"));
    let all = have.len();
    if have.len() > OPTIONS_NAMED_MAX {
        have.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
        have.truncate(OPTIONS_NAMED_MAX);
    }
    let hint = match have.len() {
        0 => "it shows no options; look at the page again".to_owned(),
        OPTIONS_NAMED_MAX if have.len() < all => {
            format!("of its {all} options the nearest are: {}", have.join(", "))
        }
        _ => format!("its options are: {}", have.join(", ")),
    };
    (format!("{who} has no option '{wanted}'{near}"), hint)
}

/// Shows the wire format of a native field.
fn example(kind: &str) -> &'static str {
    match kind {
        "date" => "such as 2026-03-14",
        "time" => "such as 09:30",
        "datetime-local" => "such as 2026-03-14T09:30",
        "month" => "such as 2026-03",
        "week" => "such as 2026-W11",
        "color" => "such as #ff8800",
        _ => "as the page shows it",
    }
}

fn not_ours(action: &Action) -> Trouble {
    Trouble::tell(
        format!("{} is not something a browser does", action.word()),
        "",
    )
}

/// Says what an error in the middle of an action means: the end of the session, or something the
/// planner can live with.
fn explain(action: &Action, error: Error, deadline: &Deadline) -> Result<Outcome, Error> {
    if error.is_fatal() || deadline.is_over() || matches!(error, Error::Ended(Ended::Stopped)) {
        return Err(error);
    }
    let hint = error.hint().unwrap_or_default();
    let reason = if matches!(error, Error::Ended(_)) {
        "the page is busy and did not answer".to_owned()
    } else if error.is_document_gone() {
        "the page went away meanwhile".to_owned()
    } else {
        error.to_string()
    };
    // Input may have been sent: whether it took effect must be looked at.
    let may_have_acted = matches!(
        action,
        Action::Click(_)
            | Action::Press(_)
            | Action::Check(_)
            | Action::Select(_)
            | Action::Drag(_)
            | Action::Type(_)
            | Action::FillForm(_)
            | Action::Upload(_)
            | Action::Download(_)
            | Action::Dialog(_)
    );
    let mut outcome = Outcome::failed(reason, hint);
    if may_have_acted {
        outcome.status = Status::Uncertain {};
    }
    Ok(outcome)
}

/// Says that the field named `target` now holds `now`.
fn value_change(target: Ref, now: &str) -> Change {
    Change::Value {
        target,
        now: untrusted::line(now, 500),
    }
}
