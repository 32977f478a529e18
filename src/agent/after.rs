//! What matters of an outcome once a step is over.

use crate::action::{Change, Outcome, Output};

/// Changes after which the planner must look before it goes on.
pub(super) fn upsets(change: &Change) -> bool {
    match change {
        Change::Navigation { .. } | Change::Dialog { .. } | Change::NewTab { .. } => true,
        Change::Dom { .. }
        | Change::Value { .. }
        | Change::Focus {}
        | Change::Request { .. }
        | Change::Download { .. }
        | Change::Scrolled {}
        | Change::Mail { .. }
        | Change::Event { .. } => false,
    }
}

/// Pictures lie beside the journal, not in it.
pub(super) fn without_picture(outcome: &Outcome) -> Outcome {
    let mut kept = outcome.clone();
    if matches!(kept.output, Output::Picture(_) | Output::Pdf(_)) {
        kept.output = Output::Nothing;
    }
    kept
}
