//! A planner that performs a fixed list of actions: for tests, and for `--planner script:FILE`.

use async_trait::async_trait;

use super::{Planner, Proposal, View};
use crate::action::{Action, Done, Fail};
use crate::deadline::{Deadline, Ended};

/// Performs its actions one a turn, then ends citing every step that was read back.
#[derive(Debug)]
pub struct ScriptPlanner {
    actions: std::vec::IntoIter<Action>,
}

impl ScriptPlanner {
    /// Performs `actions` in order.
    pub fn new(actions: Vec<Action>) -> Self {
        Self {
            actions: actions.into_iter(),
        }
    }

    /// What the script's author says in it: its texts and addresses, one a line, without the
    /// names of actions, refs and messages.
    pub fn said(&self) -> String {
        let mut said = Vec::new();
        for action in self.actions.as_slice() {
            let value = serde_json::to_value(action).unwrap_or_default();
            gather(&value, &mut said);
        }
        said.join("\n")
    }

    /// Reads a JSON array of actions.
    ///
    /// # Errors
    /// Line, column and what was expected.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self::new)
    }
}

/// Keys whose values name things of the program, not of the world.
const NAMES: [&str; 7] = [
    "action",
    "id",
    "in_reply_to",
    "target",
    "is",
    "mailbox",
    "flag",
];

fn gather(value: &serde_json::Value, said: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => said.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| gather(item, said)),
        serde_json::Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| !NAMES.contains(&key.as_str()))
            .for_each(|(_, field)| gather(field, said)),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

#[async_trait]
impl Planner for ScriptPlanner {
    fn name(&self) -> &'static str {
        "script"
    }

    async fn next(&mut self, view: &View<'_>, _: &Deadline) -> Result<Vec<Proposal>, Ended> {
        let failed = view.steps.last().filter(|step| !step.outcome.goes_on());
        let action = match (failed, self.actions.next()) {
            (Some(step), _) => Action::Fail(Fail {
                reason: format!("step {} failed: {}", step.number, step.outcome.summary),
                hint: String::new(),
            }),
            (None, Some(action)) => action,
            (None, None) => Action::Done(Done {
                answer: "the script has ended".to_owned(),
                cites: proven(view),
                saved: std::collections::BTreeMap::new(),
            }),
        };
        Ok(vec![Proposal {
            action,
            why: "the script says so".to_owned(),
        }])
    }
}

/// Numbers of the steps that were read back.
fn proven(view: &View<'_>) -> Vec<u32> {
    view.steps
        .iter()
        .filter(|step| step.outcome.goes_on() && !step.outcome.evidence.is_empty())
        .map(|step| step.number)
        .collect()
}
