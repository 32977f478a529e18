//! Sentences that work one element: click, type, choose, tick, save.
//!
//! The element is looked for anew on every look, waited for when it is not there, and uncovered
//! when something lies over it. A click that may have worked is never repeated.

use crate::action::{Action, Check, Click, Condition, Fill, ReadPage, Ref, Select, Wait};
use crate::planner::plain::ground::{
    Grounding, Intent, Place, Wanted, describe, ground, is_box, is_list, label, pick_option,
};
use crate::planner::plain::run::{Look, Turn, act, fail, give_up};
use crate::planner::plain::times;
use crate::skill::language::{Kind, Presence, Scope, Target, Value};
use crate::snapshot::Snapshot;

use super::overlay;

/// How often a missing element is looked for.
const LOOKS_MAX: u32 = 3;
/// How long one look waits for a missing element's text, in milliseconds.
const LOOK_MS: u64 = 3_000;

/// What will be done with the element.
#[derive(Debug)]
pub(in crate::planner::plain) enum Deed {
    Click,
    Fill(Value),
    Choose(Value),
    Check(bool),
    Save(String),
}

/// A sentence about one element.
#[derive(Debug)]
pub(in crate::planner::plain) struct Aim {
    target: Target,
    deed: Deed,
    presence: Presence,
    looks: u32,
    closed: u32,
    acted: Acted,
    retried: bool,
}

/// What the last batch was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Acted {
    /// A look, a wait or nothing.
    Looked,
    /// The deed itself.
    Done,
    /// The list was opened to choose from.
    Unfolded,
}

impl Aim {
    pub(super) fn new(target: Target, deed: Deed, presence: Presence) -> Self {
        Self {
            target,
            deed,
            presence,
            looks: 0,
            closed: 0,
            acted: Acted::Looked,
            retried: false,
        }
    }

    pub(super) fn turn(&mut self, look: &mut Look<'_>) -> Turn {
        match self.advance(look) {
            Ok(turn) => turn,
            Err(failed) => failed.into(),
        }
    }

    fn advance(&mut self, look: &mut Look<'_>) -> Result<Turn, crate::action::Fail> {
        if self.acted != Acted::Looked
            && let Some(turn) = self.settle(look)?
        {
            return Ok(turn);
        }
        let page = look.page()?;
        let wanted = self.wanted(look)?;
        let intent = self.intent();
        match ground(page, &wanted, intent) {
            Grounding::Found { index, target } => {
                let covered = page.node(index).is_some_and(|n| n.state.covered);
                if covered && self.closed < overlay::CLOSED_MAX {
                    self.closed += 1;
                    if let Some(found) = overlay::dismissal(page, Some(index)) {
                        return Ok(overlay::press(&found));
                    }
                }
                self.work(look, page, index, target)
            }
            Grounding::Ambiguous(names) => Err(fail(
                format!(
                    "'{}' fits {} elements equally well: {}",
                    wanted.text,
                    names.len(),
                    names.join(", ")
                ),
                "say which: the first ..., ... in the row containing \"...\", ... under the heading \"...\"",
            )),
            Grounding::Disabled(name) => self.wait_for(&wanted, &format!("{name} is disabled")),
            Grounding::Missing(nearest) => {
                if let Deed::Choose(option) = &self.deed
                    && let Some(turn) = self.radio(look, page, option)?
                {
                    return Ok(turn);
                }
                let what = if wanted.text.is_empty() {
                    "such an element".to_owned()
                } else {
                    format!("'{}'", wanted.text)
                };
                let near = if nearest.is_empty() {
                    String::new()
                } else {
                    format!("; the nearest are {}", nearest.join(", "))
                };
                self.wait_for(&wanted, &format!("{what} is not on the page{near}"))
            }
        }
    }

    /// Reads what came of the deed; none says that it is to be tried once more.
    fn settle(&mut self, look: &mut Look<'_>) -> Result<Option<Turn>, crate::action::Fail> {
        let acted = std::mem::replace(&mut self.acted, Acted::Looked);
        if let Some(step) = look.uncertain() {
            look.run.unsure = Some(step.outcome.summary.clone());
            return Ok(Some(Turn::Over));
        }
        if let Some((step, hint)) = look.failure() {
            let may_unfold = matches!(self.deed, Deed::Choose(_)) && acted == Acted::Done;
            if self.retried && !may_unfold {
                return Err(give_up(step, hint));
            }
            if may_unfold && self.retried {
                return self.unfold(look).map(Some);
            }
            self.retried = true;
            return Ok(None);
        }
        if acted == Acted::Unfolded
            && let Deed::Choose(option) = &self.deed
        {
            let option = Target {
                text: option.clone(),
                kind: None,
                ordinal: None,
                scopes: Vec::new(),
            };
            *self = Self::new(option, Deed::Click, Presence::Must);
            return Ok(None);
        }
        if let Deed::Save(name) = &self.deed {
            let wanted = look.fill(&self.target.text)?;
            let text = look.fresh.iter().find_map(|step| {
                if let crate::action::Output::Text(text) = &step.outcome.output {
                    Some(text.clone())
                } else {
                    None
                }
            });
            let text = text.unwrap_or_default();
            look.run.save(name, without_label(&text, &wanted));
        }
        Ok(Some(Turn::Over))
    }

    /// Opens a list that is not a native one; its option is clicked next.
    fn unfold(&mut self, look: &mut Look<'_>) -> Result<Turn, crate::action::Fail> {
        let page = look.page()?;
        let wanted = self.wanted(look)?;
        self.acted = Acted::Unfolded;
        match ground(page, &wanted, Intent::Choose) {
            Grounding::Found { target, .. } => Ok(act(
                Action::Click(Click::on(target)),
                format!("open the list '{}'", wanted.text),
            )),
            Grounding::Ambiguous(_) | Grounding::Disabled(_) | Grounding::Missing(_) => Err(fail(
                format!("the list '{}' can't be opened", wanted.text),
                "",
            )),
        }
    }

    fn intent(&self) -> Intent {
        match self.deed {
            Deed::Click => Intent::Press,
            Deed::Fill(_) => Intent::Type,
            Deed::Choose(_) => Intent::Choose,
            Deed::Check(_) => Intent::Check,
            Deed::Save(_) => Intent::Read,
        }
    }

    fn wanted(&self, look: &Look<'_>) -> Result<Wanted, crate::action::Fail> {
        let mut places = Vec::new();
        for scope in &self.target.scopes {
            places.push(match scope {
                Scope::Row(text) => Place::Row(look.fill(text)?),
                Scope::Dialog(name) => Place::Dialog(look.fill_some(name.as_ref())?),
                Scope::Section(text) => Place::Section(look.fill(text)?),
                Scope::Near(text) => Place::Near(look.fill(text)?),
            });
        }
        let text = look.fill(&self.target.text)?;
        let kind = self.target.kind;
        // "the search box" has its kind in its wording.
        let typed = matches!(self.deed, Deed::Fill(_) | Deed::Choose(_) | Deed::Check(_));
        let kind = if typed || kind == Some(Kind::Text) {
            None
        } else {
            kind
        };
        Ok(Wanted {
            text,
            kind,
            ordinal: self.target.ordinal,
            places,
        })
    }

    fn work(
        &mut self,
        look: &Look<'_>,
        page: &Snapshot,
        index: usize,
        target: Ref,
    ) -> Result<Turn, crate::action::Fail> {
        let name = describe(page, index);
        self.acted = Acted::Done;
        Ok(match &self.deed {
            Deed::Click => act(press(page, index, target), format!("press {name}")),
            Deed::Fill(value) => {
                let text = look.fill(value)?;
                let kind = page.node(index).and_then(|n| n.input_type.as_deref());
                let text = times::in_field_format(&text, kind, look.view.clock);
                act(
                    Action::Fill(Fill { target, text }),
                    format!("type into {name}"),
                )
            }
            Deed::Choose(value) => {
                let said = look.fill(value)?;
                let option = option_of(page, index, &said)?;
                act(
                    Action::Select(Select::one(target, option)),
                    format!("choose in {name}"),
                )
            }
            Deed::Check(on) => act(
                Action::Check(Check { target, on: *on }),
                format!("set {name}"),
            ),
            Deed::Save(_) => {
                let (around, node) = spoken(page, index, target);
                let _ = node;
                act(
                    Action::Read(ReadPage::text(Some(around))),
                    format!("read {name}"),
                )
            }
        })
    }

    /// Chooses among radio buttons that stand under the target's name.
    fn radio(
        &self,
        look: &Look<'_>,
        page: &Snapshot,
        option: &Value,
    ) -> Result<Option<Turn>, crate::action::Fail> {
        let text = look.fill(option)?;
        let group = look.fill(&self.target.text)?;
        let wanted = Wanted {
            places: vec![Place::Section(group)],
            ..Wanted::text(&text)
        };
        let Grounding::Found { index, target } = ground(page, &wanted, Intent::Check) else {
            return Ok(None);
        };
        let done = page.node(index).is_some_and(|n| n.state.checked);
        Ok(Some(if done {
            Turn::Over
        } else {
            act(
                Action::Check(Check { target, on: true }),
                format!("choose {}", describe(page, index)),
            )
        }))
    }

    fn wait_for(&mut self, wanted: &Wanted, why: &str) -> Result<Turn, crate::action::Fail> {
        self.looks += 1;
        let once = self.presence == Presence::IfPresent;
        if once || self.looks >= LOOKS_MAX {
            return match self.presence {
                Presence::IfPresent => Ok(Turn::Over),
                Presence::Must => Err(fail(why, "look at the page and say the wording it shows")),
            };
        }
        let text = if wanted.text.is_empty() {
            " "
        } else {
            &wanted.text
        };
        Ok(act(
            Action::Wait(Wait {
                until: Condition::Text {
                    text: text.to_owned(),
                },
                limit_ms: LOOK_MS,
            }),
            why,
        ))
    }
}

/// Returns the action that presses a node: an option of a list is selected in its list.
pub(super) fn press(page: &Snapshot, index: usize, target: Ref) -> Action {
    let is_option = page.node(index).is_some_and(|n| n.role == "option");
    let list = page
        .ancestors(index)
        .filter_map(|at| page.node(at))
        .find(|n| is_list(n));
    match list.and_then(|n| n.r#ref).filter(|_| is_option) {
        Some(list) => Action::Select(Select::one(list, label(page, index))),
        None => Action::Click(Click::on(target)),
    }
}

/// Returns the labels of the options below a list.
pub(super) fn options(page: &Snapshot, index: usize) -> Vec<String> {
    page.subtree(index)
        .into_iter()
        .filter(|at| {
            page.node(*at)
                .is_some_and(|n| n.role == "option" || is_box(n))
        })
        .map(|at| label(page, at))
        .collect()
}

/// Returns the label of the option that was said; as said when the list shows none.
fn option_of(page: &Snapshot, index: usize, said: &str) -> Result<String, crate::action::Fail> {
    let options = options(page, index);
    if options.is_empty() {
        return Ok(said.to_owned());
    }
    match pick_option(said, &options).and_then(|at| options.get(at)) {
        Some(option) => Ok(option.clone()),
        None => Err(fail(
            format!(
                "'{said}' is not clearly one of the options of {}",
                describe(page, index)
            ),
            format!(
                "the options are: {}",
                crate::untrusted::line(&options.join(", "), 300)
            ),
        )),
    }
}

/// Returns what to read for a node: itself, or what is around it when it is only a label.
fn spoken(page: &Snapshot, index: usize, target: Ref) -> (Ref, usize) {
    let own = page.text(index);
    let named = label(page, index);
    let only_label = own.trim().trim_end_matches(':') == named.trim().trim_end_matches(':')
        && own.chars().count() <= 40;
    if !only_label {
        return (target, index);
    }
    page.ancestors(index)
        .filter_map(|at| Some((page.node(at)?.r#ref?, at)))
        .find(|(_, at)| page.text(*at).len() > own.len())
        .filter(|(_, at)| page.text(*at).len() < 300)
        .unwrap_or((target, index))
}

/// Drops the wording that led to a text from its front.
fn without_label<'t>(text: &'t str, label: &str) -> &'t str {
    let bare = text.trim();
    let rest = bare
        .get(..label.len())
        .filter(|head| head.eq_ignore_ascii_case(label))
        .and_then(|_| bare.get(label.len()..));
    match rest.map(|r| r.trim_start_matches([':', ' ', '\n', '\t']).trim()) {
        Some(rest) if !rest.is_empty() => rest,
        Some(_) | None => bare,
    }
}
