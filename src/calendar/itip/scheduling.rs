//! Who tells the people of an event: this program by mail, or a server that writes to them itself
//! (RFC 6638). Both at once would invite everyone twice.
//!
//! What is invited or taken in here is marked as this program's (`SCHEDULE-AGENT=CLIENT`), so that
//! a server keeps quiet about it; the mark never leaves (section 7.1).

use crate::calendar::edit;
use crate::calendar::event;
use crate::calendar::lines::Property;
use crate::calendar::tree::{self, Component};

/// Says who tells the person of a line.
const AGENT: &str = "SCHEDULE-AGENT";
/// The mark of what this program tells.
const OURS: &str = "CLIENT";
/// Parameters that are between a program and its server.
const AT_HOME: [&str; 3] = [AGENT, "SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND"];

/// Who is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told<'a> {
    /// These guests, by their addresses.
    Guests(&'a [String]),
    /// Whoever organizes it.
    Organizer,
}

/// Says whether a server that schedules leaves it to this program to tell them.
pub fn is_ours_to_send(file: &[u8], uid: &str, told: Told<'_>) -> bool {
    let (root, _) = tree::parse(file);
    let calendars = root.components();
    let mut events = calendars
        .flat_map(Component::components)
        .filter(|one| one.name == "VEVENT" && edit::uid_of(one) == uid);
    events.all(|one| match told {
        Told::Organizer => one.first("ORGANIZER").is_none_or(is_ours),
        Told::Guests(emails) => {
            let is_told = |line: &Property| {
                let email = event::email(line);
                emails.iter().any(|one| one.eq_ignore_ascii_case(&email))
            };
            let mut lines = one.all("ATTENDEE").filter(|(line, _)| is_told(line));
            lines.all(|(line, _)| is_ours(line))
        }
    })
}

fn is_ours(line: &Property) -> bool {
    let agent = line.param(AGENT).unwrap_or_default();
    agent.eq_ignore_ascii_case(OURS) || agent.eq_ignore_ascii_case("NONE")
}

/// Marks one person's line as this program's to tell.
pub(in crate::calendar) fn ours(line: &Property) -> Property {
    line.with_param(AGENT, OURS)
}

/// Marks the lines of that name as this program's to tell.
pub(super) fn keep_off(component: &mut Component, name: &str) {
    component.rewrite(name, |line| Some(ours(line).render()));
}

/// A line as it may leave: without what is between a program and its server.
pub(super) fn plain(line: &Property) -> Property {
    let mut line = line.clone();
    line.params.retain(|(key, _)| {
        let is_at_home = AT_HOME.contains(&key.as_str());
        !is_at_home && !key.starts_with("X-LEGWORK")
    });
    line
}

/// Takes from the people of an event what may not leave.
pub(super) fn strip(component: &mut Component) {
    for name in ["ORGANIZER", "ATTENDEE"] {
        component.rewrite(name, |line| {
            let plain = plain(line);
            (plain != *line).then(|| plain.render())
        });
    }
}
