//! `[unsubscribe]`: what must be known before a list is left by one click.

use std::path::PathBuf;

use serde::Deserialize;

/// What must be known before a list is left by one click.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Unsubscribing {
    /// Names under which your own mail servers write `Authentication-Results`, such as
    /// `mx.example.org`; a server that is named must remove what others write under its name.
    pub servers: Vec<String>,
    /// PEM file of an authority to trust besides the system's.
    pub ca: Option<PathBuf>,
}
