//! Which mailboxes an account has, what each is for, and how far each has come: one command where
//! the server can (RFC 5819, RFC 6154).

use imap_proto::{MailboxDatum, NameAttribute, Response, StatusAttribute};

use super::error::ServerError;
use super::quote;
use super::wire::{Opened, Wire};
use crate::mail::index::Role;
use crate::mail::mutf7;
use crate::untrusted;

/// Mailboxes of one account that are mirrored.
const MAILBOXES_MAX: usize = 2_000;
/// Names of mailboxes that say what they are for, where the server doesn't; the last level counts.
const NAMES: [(Role, &[&str]); 5] = [
    (
        Role::Drafts,
        &["drafts", "draft", "entwürfe", "brouillons", "borradores"],
    ),
    (
        Role::Sent,
        &[
            "sent",
            "sent items",
            "sent messages",
            "sent mail",
            "gesendet",
            "envoyés",
            "enviados",
        ],
    ),
    (Role::Archive, &["archive", "archives", "archiv", "archivo"]),
    (
        Role::Trash,
        &[
            "trash",
            "deleted items",
            "deleted messages",
            "bin",
            "papierkorb",
            "corbeille",
        ],
    ),
    (
        Role::Junk,
        &["junk", "spam", "junk e-mail", "junk email", "bulk mail"],
    ),
];

/// A mailbox as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// Its name as people write it.
    pub(super) name: String,
    pub(super) role: Role,
    /// Whether the server writes the name in plain UTF-8, which it then wants to be told too.
    pub(super) is_plain: bool,
    /// How far it has come; `None` when the server did not say.
    pub(super) status: Option<Opened>,
}

/// Lists the mailboxes that hold messages, `INBOX` first; odd names are left out and told of.
pub(super) fn mailboxes(
    wire: &mut Wire,
    odd: &mut Vec<String>,
) -> Result<Vec<Listed>, ServerError> {
    let items = items(wire);
    let mut returned = Vec::new();
    if wire.offers("SPECIAL-USE") {
        returned.push("SPECIAL-USE".to_owned());
    }
    if wire.offers("LIST-STATUS") {
        returned.push(format!("STATUS ({items})"));
    }
    let command = if returned.is_empty() || !wire.offers("LIST-EXTENDED") {
        "LIST \"\" \"*\"".to_owned()
    } else {
        format!("LIST \"\" \"*\" RETURN ({})", returned.join(" "))
    };
    let mut found: Vec<(String, Listed)> = Vec::new();
    let mut states: Vec<(String, Opened)> = Vec::new();
    wire.command(
        "list the mailboxes",
        &command,
        &mut |response| match response {
            Response::MailboxData(MailboxDatum::List {
                name_attributes,
                name,
                ..
            }) => match listed(&name_attributes, &name) {
                Ok(listed) if found.len() < MAILBOXES_MAX => {
                    found.extend(listed.map(|listed| (name.into_owned(), listed)));
                }
                Ok(_) => {}
                Err(problem) => odd.push(problem),
            },
            Response::MailboxData(MailboxDatum::Status { mailbox, status }) => {
                states.push((mailbox.into_owned(), state(&status)));
            }
            _ => {}
        },
    )?;
    for (coded, listed) in &mut found {
        let known = states.iter().find(|(name, _)| same(name, coded));
        listed.status = known.map(|(_, state)| *state);
    }
    let mut mailboxes: Vec<Listed> = found.into_iter().map(|(_, listed)| listed).collect();
    let plain = mailboxes.iter().filter(|one| one.is_plain);
    wire.write_plainly(plain.map(|one| one.name.clone()).collect());
    by_name(&mut mailboxes);
    mailboxes.sort_by_key(|one| (one.role != Role::Inbox, one.name.clone()));
    mailboxes.dedup_by(|a, b| a.name == b.name);
    Ok(mailboxes)
}

fn items(wire: &Wire) -> &'static str {
    if wire.offers("CONDSTORE") || wire.offers("QRESYNC") {
        "MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ"
    } else {
        "MESSAGES UIDNEXT UIDVALIDITY"
    }
}

fn listed(attributes: &[NameAttribute<'_>], coded: &str) -> Result<Option<Listed>, String> {
    let is_inbox = coded.eq_ignore_ascii_case("INBOX");
    let mut role = if is_inbox { Role::Inbox } else { Role::Other };
    for attribute in attributes {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "a foreign list that grows; only these say what a mailbox is for"
        )]
        let told = match attribute {
            NameAttribute::NoSelect => return Ok(None),
            NameAttribute::All => Role::All,
            NameAttribute::Archive => Role::Archive,
            NameAttribute::Drafts => Role::Drafts,
            NameAttribute::Junk => Role::Junk,
            NameAttribute::Sent => Role::Sent,
            NameAttribute::Trash => Role::Trash,
            NameAttribute::Extension(word) if word.eq_ignore_ascii_case("\\NonExistent") => {
                return Ok(None);
            }
            _ => continue,
        };
        if !is_inbox {
            role = told;
        }
    }
    let shown = || untrusted::line(coded, 80);
    let plain = unescaped(coded);
    let coded = plain.as_str();
    // Not as the standard has it; servers that do so know no other way.
    let is_plain = !coded.is_ascii();
    let name = if is_inbox {
        "INBOX".to_owned()
    } else if is_plain {
        coded.to_owned()
    } else {
        mutf7::decode(coded)
            .filter(|name| mutf7::encode(name) == coded)
            .ok_or_else(|| format!("the mailbox '{}' has a name that can't be read", shown()))?
    };
    if quote::mailbox(&name).is_err() || untrusted::block(&name) != name {
        return Err(format!(
            "the mailbox '{}' has a name that can't be written",
            shown()
        ));
    }
    Ok(Some(Listed {
        name,
        role,
        is_plain,
        status: None,
    }))
}

/// The parser leaves the escapes of quoted strings in; names that came as literals have none.
fn unescaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name.chars();
    while let Some(c) = rest.next() {
        match (c, rest.clone().next()) {
            ('\\', Some(next @ ('\\' | '"'))) => {
                out.push(next);
                rest.next();
            }
            // Not how a quoted string is written: it was a literal.
            ('\\', _) => return name.to_owned(),
            _ => out.push(c),
        }
    }
    out
}

/// Names the roles that the server gave to no mailbox.
fn by_name(mailboxes: &mut [Listed]) {
    for (role, names) in NAMES {
        if mailboxes.iter().any(|one| one.role == role) {
            continue;
        }
        let is_called = |one: &Listed| {
            let last = one.name.rsplit(['/', '.']).next().unwrap_or_default();
            names.contains(&last.to_lowercase().as_str())
        };
        let mut fitting = mailboxes.iter_mut().filter(|one| one.role == Role::Other);
        if let Some(one) = fitting.find(|one| is_called(one)) {
            one.role = role;
        }
    }
}

fn state(status: &[StatusAttribute]) -> Opened {
    let mut state = Opened::default();
    for attribute in status {
        match attribute {
            StatusAttribute::HighestModSeq(number) => state.mod_seq = Some(*number),
            StatusAttribute::Messages(number) => state.exists = *number,
            StatusAttribute::UidNext(number) => state.uid_next = Some(*number),
            StatusAttribute::UidValidity(number) => state.uid_validity = Some(*number),
            _ => {}
        }
    }
    state
}

fn same(a: &str, b: &str) -> bool {
    a == b || (a.eq_ignore_ascii_case("INBOX") && b.eq_ignore_ascii_case("INBOX"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(name: &str) -> Listed {
        listed(&[], name).unwrap().unwrap()
    }

    #[test]
    fn what_a_mailbox_is_for_is_told_by_the_server_or_else_by_its_name() {
        let mut all = vec![
            plain("Sent Items"),
            plain("Spam"),
            plain("INBOX/Archives"),
            listed(&[NameAttribute::Archive], "Ablage")
                .unwrap()
                .unwrap(),
        ];
        by_name(&mut all);
        let roles: Vec<Role> = all.iter().map(|one| one.role).collect();
        assert_eq!(roles, [Role::Sent, Role::Junk, Role::Other, Role::Archive]);
    }

    #[test]
    fn names_are_read_as_people_write_them_and_odd_ones_are_left_out() {
        assert_eq!(plain("B&APw-ro").name, "Büro");
        assert_eq!(plain("inbox").name, "INBOX");
        assert_eq!(plain("a\\\"b\\\\c").name, "a\"b\\c");
        assert_eq!(plain("a\\b").name, "a\\b");
        assert_eq!(
            (plain("Büro").name.as_str(), plain("Büro").is_plain),
            ("Büro", true)
        );
        assert!(!plain("B&APw-ro").is_plain);
        for odd in ["B&APw", "a&AAo-b", "B\u{202E}ü"] {
            assert!(listed(&[], odd).is_err(), "{odd}");
        }
        assert_eq!(listed(&[NameAttribute::NoSelect], "x").unwrap(), None);
    }
}
