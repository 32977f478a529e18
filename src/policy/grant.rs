//! What the user's own words entitle a run to, worked out before anything from outside is read.

use std::collections::BTreeSet;

use url::Url;

use super::grade::Commitment;
use crate::action::Action;
use crate::config::Me;

/// The words a grant is made from: the user's, and those of the skill the user's words chose.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The goal as typed.
    pub goal: &'a str,
    /// The user's own facts.
    pub me: &'a Me,
    /// The sentences of the skill that the goal names; empty without one.
    pub skill: &'a str,
}

/// What a run may do without asking.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grant {
    hosts: BTreeSet<String>,
    addresses: BTreeSet<String>,
    texts: Vec<String>,
    quoted: BTreeSet<String>,
    commitments: BTreeSet<Commitment>,
    duties: BTreeSet<Duty>,
    /// Single words and quoted text as they were typed, among them names of files.
    names: BTreeSet<String>,
    /// The action that a person typed out just now.
    typed: Option<Action>,
}

/// What the user's sentences were understood to do with mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Correspondence {
    /// Write drafts.
    pub writes: bool,
    /// Leave lists.
    pub leaves: bool,
}

/// What the user's words ask to be done with the user's own data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Duty {
    /// Move, flag and label mail.
    Organise,
    /// Write drafts.
    Draft,
    /// Write events.
    Schedule,
    /// Take back what an earlier run did.
    Undo,
    /// Change and remove events that are there, answer invitations.
    Change,
    /// Leave lists.
    Leave,
    /// Keep files that pages give.
    Download,
    /// Answer dialogs of pages.
    Answer,
}

/// Words in a goal or skill that name a duty.
const DUTIES: [(Duty, &[&str]); 8] = [
    (
        Duty::Organise,
        &[
            "triage", "sort", "organise", "organize", "archive", "file", "move", "label", "flag",
            "star", "mark", "clean", "tidy", "snooze", "postpone", "trash", "bin", "delete",
            "unflag", "unstar", "unlabel", "wake",
        ],
    ),
    (Duty::Undo, &["undo", "redo", "revert"]),
    (Duty::Leave, &["unsubscribe", "unsubscribing"]),
    (
        Duty::Draft,
        &[
            "draft", "reply", "answer", "respond", "write", "compose", "forward",
        ],
    ),
    (
        Duty::Schedule,
        &[
            "book",
            "event",
            "events",
            "calendar",
            "schedule",
            "reschedule",
            "appointment",
            "appointments",
            "meeting",
            "meetings",
            "invite",
            "invitation",
            "invitations",
        ],
    ),
    (
        Duty::Change,
        &[
            "move",
            "reschedule",
            "postpone",
            "change",
            "update",
            "rename",
            "delete",
            "remove",
            "cancel",
            "accept",
            "decline",
            "respond",
            "rsvp",
            "counter",
            "invite",
            "invitation",
            "invitations",
        ],
    ),
    (
        Duty::Download,
        &["download", "downloads", "downloading", "export"],
    ),
    (
        Duty::Answer,
        &["dialog", "dialogue", "prompt", "alert", "confirmation"],
    ),
];

impl Grant {
    /// Works out what `words` entitle to.
    pub fn read(words: &Words<'_>) -> Self {
        let said = format!("{}\n{}", words.goal, words.skill);
        let me = words.me;
        let facts = [&me.name, &me.phone]
            .into_iter()
            .chain(&me.emails)
            .chain(me.facts.values());
        let texts = [words.goal, words.skill].into_iter().map(fold);
        let plain = without_quotes(&said);
        Self {
            hosts: hosts(&said),
            addresses: addresses(&said),
            texts: texts
                .chain(facts.map(|fact| fold(fact)))
                .filter(|t| !t.is_empty())
                .collect(),
            quoted: in_quotes(&said),
            commitments: Commitment::named_in(&said),
            duties: duties(&plain),
            names: names(&said),
            typed: None,
        }
    }

    /// Takes in one action that a person typed out: the host of an `open` stays granted; the very
    /// control or text it names is granted for this action alone, and no longer for the one before.
    ///
    /// Only for what a person's own hand wrote: a planner's action is no grant.
    pub fn typed(&mut self, action: &Action) {
        if let Action::Open(open) = action
            && let Ok(url) = Url::parse(&open.url)
            && matches!(url.scheme(), "http" | "https")
        {
            self.hosts.extend(authority(&url));
        }
        self.typed = Some(action.clone());
    }

    /// Takes in that the user's own sentences were understood to change the calendar, in whatever
    /// words ("move my dentist").
    ///
    /// Only for sentences that came from the user, before anything from outside was read.
    #[must_use]
    pub fn rescheduling(mut self) -> Self {
        self.duties.extend([Duty::Schedule, Duty::Change]);
        self
    }

    /// Takes in that the user's own sentences were understood to write or to leave a list, in
    /// whatever words ("tell Dana that ...", "stop the mails from ...").
    ///
    /// Only for sentences that came from the user, before anything from outside was read.
    #[must_use]
    pub fn corresponding(mut self, how: Correspondence) -> Self {
        self.duties.extend(how.writes.then_some(Duty::Draft));
        self.duties.extend(how.leaves.then_some(Duty::Leave));
        self
    }

    /// Says whether `action` is the one that a person typed out just now.
    pub(super) fn is_typed(&self, action: &Action) -> bool {
        self.typed.as_ref() == Some(action)
    }

    /// Says whether pages of `url`'s host and port may be opened and worked.
    pub fn covers_url(&self, url: &Url) -> bool {
        authority(url).is_some_and(|authority| self.hosts.contains(&authority))
    }

    /// Names the hosts granted, with the port where it is not the usual one.
    pub fn hosts(&self) -> Vec<String> {
        self.hosts.iter().cloned().collect()
    }

    /// Says whether `address` was named as someone to write to.
    pub fn covers_address(&self, address: &str) -> bool {
        self.addresses.contains(&address.to_lowercase())
    }

    /// Says whether `kind` of commitment was asked for.
    pub fn covers_commitment(&self, kind: Commitment) -> bool {
        self.commitments.contains(&kind)
    }

    /// Says whether the user's words name the file `path`, exactly so.
    pub fn names_file(&self, path: &str) -> bool {
        !path.is_empty() && self.names.contains(path)
    }

    pub(super) fn covers(&self, duty: Duty) -> bool {
        self.duties.contains(&duty)
    }

    /// Says whether `text` stands, as whole words, in the user's words or facts.
    pub fn knows(&self, text: &str) -> bool {
        let text = fold(text);
        !text.is_empty() && self.texts.iter().any(|known| stands_in(&text, known))
    }

    /// Says whether the user's words name the control `name` itself: in quotes, or right after a
    /// word for clicking.
    pub fn names_control(&self, name: &str) -> bool {
        let name = fold(name);
        let clicked = [
            "click",
            "click on",
            "press",
            "tap",
            "click the",
            "press the",
        ];
        !name.is_empty()
            && (self.quoted.contains(&name)
                || clicked
                    .iter()
                    .any(|verb| self.knows(&format!("{verb} {name}"))))
    }

    /// Returns what is granted, one line each, for the journal and the user.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(
            self.hosts
                .iter()
                .map(|host| format!("work pages of {host}")),
        );
        lines.extend(
            self.commitments
                .iter()
                .map(|kind| format!("{} on those pages", kind.word())),
        );
        lines.extend(
            self.addresses
                .iter()
                .map(|address| format!("write drafts to {address}")),
        );
        lines.extend(self.duties.iter().map(|duty| {
            match duty {
                Duty::Organise => "move, flag and label mail",
                Duty::Draft => "write drafts of replies",
                Duty::Schedule => "write events into the calendar",
                Duty::Undo => "undo what an earlier run did",
                Duty::Change => "change events of the calendar and answer invitations",
                Duty::Leave => "leave lists",
                Duty::Download => "keep files that those pages give",
                Duty::Answer => "answer dialogs of those pages",
            }
            .to_owned()
        }));
        if lines.is_empty() {
            lines.push("read mail and calendar".to_owned());
        }
        lines
    }
}

/// Host and port as granted; the port only where it is not the scheme's own.
fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?.to_lowercase();
    Some(
        url.port()
            .map_or_else(|| host.clone(), |port| format!("{host}:{port}")),
    )
}

/// Hosts of the addresses in `text`: full URLs, and bare domains such as `example.org/path`.
fn hosts(text: &str) -> BTreeSet<String> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')' | ',');
    text.split(ends)
        .map(|word| word.trim_end_matches(['.', ';', ':', '!', '?']))
        .filter(|word| !word.contains('@'))
        .filter_map(|word| {
            if word.contains("://") {
                Url::parse(word).ok()
            } else {
                bare_domain(word)
            }
        })
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .filter_map(|url| authority(&url))
        .collect()
}

/// Reads `example.org/path` as an address; the last label must be letters, as top-level domains
/// are, so that `3.5` and `report.2` are none.
fn bare_domain(word: &str) -> Option<Url> {
    let host = word.split(['/', ':']).next()?;
    let (rest, top) = host.rsplit_once('.')?;
    let label = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let sound = top.len() >= 2 && top.chars().all(|c| c.is_ascii_alphabetic());
    (sound && rest.split('.').all(label)).then(|| Url::parse(&format!("https://{word}")).ok())?
}

fn addresses(text: &str) -> BTreeSet<String> {
    text.split(|c: char| c.is_whitespace() || "\"'<>(),;:".contains(c))
        .map(|word| word.trim_matches(|c: char| c == '.' || c == '!' || c == '?'))
        .filter(|word| {
            word.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && bare_domain(domain).is_some() && !domain.contains('/')
            })
        })
        .map(str::to_lowercase)
        .collect()
}

fn duties(text: &str) -> BTreeSet<Duty> {
    let text = text.to_lowercase();
    let said: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    DUTIES
        .iter()
        .filter(|(_, names)| names.iter().any(|name| said.contains(name)))
        .map(|(duty, _)| *duty)
        .collect()
}

/// Drops what stands in double quotes: a subject line quoted in a goal is no instruction.
fn without_quotes(text: &str) -> String {
    text.split(['"', '“', '”'])
        .step_by(2)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns single words, without the marks around them, and what stands in quotes.
fn names(text: &str) -> BTreeSet<String> {
    let marks = |c: char| "\"'“”‘’`,;:!?()<>".contains(c);
    let words = text.split_whitespace().map(|word| {
        let word = word.trim_matches(marks);
        word.strip_suffix('.').unwrap_or(word)
    });
    let quoted = ['"', '\''].into_iter().flat_map(|mark| {
        let pieces = text.split(mark).skip(1).step_by(2);
        pieces.filter(|piece| !piece.contains('\n'))
    });
    let curly = text.split(['“', '”']).skip(1).step_by(2);
    let all = words.chain(quoted).chain(curly);
    all.filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Returns what stands in double quotes.
fn in_quotes(text: &str) -> BTreeSet<String> {
    text.split(['"', '“', '”'])
        .skip(1)
        .step_by(2)
        .map(fold)
        .collect()
}

/// Lower case, white space folded.
fn fold(text: &str) -> String {
    text.to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Says whether `text` occurs in `known` with no letter or digit touching either end.
fn stands_in(text: &str, known: &str) -> bool {
    known.match_indices(text).any(|(at, _)| {
        let before = known.get(..at).and_then(|s| s.chars().next_back());
        let after = known.get(at + text.len()..).and_then(|s| s.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(goal: &str) -> Grant {
        let me = Me {
            name: "Ada Byron".to_owned(),
            ..Me::default()
        };
        Grant::read(&Words {
            goal,
            me: &me,
            skill: "",
        })
    }

    fn covers(goal: &str, url: &str) -> bool {
        grant(goal).covers_url(&Url::parse(url).unwrap())
    }

    #[test]
    fn a_host_is_granted_as_named_and_no_other() {
        let goal = "go to http://127.0.0.1:8080/a, then shop.example.org/x. Mail bob@mail.test";
        for (url, want) in [
            ("http://127.0.0.1:8080/b", true),
            ("http://127.0.0.1:8081/b", false),
            ("https://shop.example.org/", true),
            ("http://shop.example.org/", true),
            ("https://evil-shop.example.org/", false),
            ("https://shop.example.org.evil.test/", false),
            ("https://mail.test/", false),
        ] {
            assert_eq!(covers(goal, url), want, "{url}");
        }
    }

    #[test]
    fn text_is_known_by_whole_words_only() {
        let grant = grant("pay 10 to bob@mail.test for the Red Chair");
        for (text, want) in [
            ("10", true),
            ("1", false),
            ("red  chair", true),
            ("ada byron", true),
            ("hair", false),
            ("", false),
        ] {
            assert_eq!(grant.knows(text), want, "{text}");
        }
        assert!(
            grant.covers_address("Bob@mail.test") && !grant.covers_address("bob@mail.test.evil")
        );
    }

    #[test]
    fn a_file_is_named_exactly_or_not_at_all() {
        let grant = grant("upload 'my cv.pdf', /tmp/a.png and report-final.pdf. Then \"b.txt\"");
        for (file, want) in [
            ("my cv.pdf", true),
            ("/tmp/a.png", true),
            ("report-final.pdf", true),
            ("b.txt", true),
            ("final.pdf", false),
            ("a.png", false),
            ("/etc/passwd", false),
            ("", false),
        ] {
            assert_eq!(grant.names_file(file), want, "{file}");
        }
    }

    #[test]
    fn a_quoted_subject_is_no_instruction() {
        let read = grant("read the mail \"move all invoices and reply\" and do what it says");
        assert!(!read.covers(Duty::Organise) && !read.covers(Duty::Draft));
        assert!(grant("triage my inbox").covers(Duty::Organise));
    }
}
