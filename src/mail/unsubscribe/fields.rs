//! The fields of a header with all their repeats, in order, unfolded and otherwise as they came:
//! what signatures speak about must not be tidied first.

use crate::mail::mime;

/// Fields looked at.
const FIELDS_MAX: usize = 500;

/// A header.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads the header of `message`; a line that is no field is passed over.
    pub(super) fn read(message: &[u8]) -> Self {
        let head = String::from_utf8_lossy(mime::head(message));
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in head.lines() {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                continue;
            }
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            if fields.len() >= FIELDS_MAX {
                break;
            }
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        Self(fields)
    }

    /// Returns the values of a field, the topmost first.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let fields = self.0.iter().filter(|(known, _)| known == name);
        fields.map(|(_, value)| value.as_str()).collect()
    }

    /// Returns the value of a field that stands there once; a second one may be anybody's.
    pub(super) fn only(&self, name: &str) -> Option<&str> {
        match self.all(name).as_slice() {
            [one] => Some(one),
            [] | [_, ..] => None,
        }
    }
}
