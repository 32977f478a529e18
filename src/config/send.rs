//! `[send]`: how letters leave.

use serde::Deserialize;

/// How letters leave.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SendRules {
    /// Seconds during which a letter that you approved at the terminal can be called back.
    pub undo_seconds: u32,
    /// Stands below every letter; empty for none.
    pub signature: String,
    /// Largest files of one letter together.
    pub attachments_mb: u32,
    /// Name of the `[[mail]]` account through whose server letters of the Maildir leave; without,
    /// they are put into its outbox folder for another program.
    pub through: Option<String>,
}

impl Default for SendRules {
    fn default() -> Self {
        Self {
            undo_seconds: 10,
            signature: String::new(),
            attachments_mb: 20,
            through: None,
        }
    }
}
