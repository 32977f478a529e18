//! What pages ask of their user, dialogs to answer and files to take, and how that is answered.

use super::events;
use super::state::{Happening, Order, State};
use crate::untrusted;

/// Files that may come down at once.
const DOWNLOADS_MAX: usize = 10;
/// Largest file that is taken, in bytes: 512 MiB.
pub(super) const DOWNLOAD_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Longest text of a dialog kept, in characters.
const DIALOG_CHARS_MAX: usize = 300;

/// A file on its way down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coming {
    pub(super) name: String,
    tab: Option<String>,
}

/// A dialog that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenDialog {
    /// The session that told of it and takes the answer.
    pub(super) session: String,
    /// `confirm`, `prompt` or `beforeunload`.
    pub(super) kind: String,
    /// What it says, one line.
    pub(super) message: String,
    /// What a prompt suggests.
    pub(super) suggested: String,
}

impl OpenDialog {
    /// Names it for people.
    pub(super) fn title(&self) -> String {
        format!("{} \"{}\"", self.kind, self.message)
    }
}

/// A file that a page gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GivenFile {
    /// The browser's name for it, under which it lies in the session's folder.
    pub(super) guid: String,
    /// The name that the page suggests, made safe.
    pub(super) name: String,
    /// The tab it came from, where that is known.
    pub(super) tab: Option<String>,
    /// What became of it.
    pub(super) end: End,
}

/// What became of a file that a page gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It is here.
    Complete,
    /// It was not asked for.
    Unwanted,
    /// It grew beyond what is taken.
    TooLarge,
    /// It broke off.
    Broken,
}

/// How what a page asks for is answered; an alert is always accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Answers {
    /// `confirm` and `prompt`.
    pub(super) question: Answer,
    /// `beforeunload`.
    pub(super) leave: Answer,
    /// What was said beforehand of the next question alone.
    pub(super) next: Option<Said>,
    /// Files that a page gives.
    pub(super) files: Files,
}

/// What to answer a dialog that asks something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Answer {
    /// Nothing yet: it stays open until someone answers it.
    #[default]
    Wait,
    /// As if the user pressed Cancel.
    Dismiss,
    /// As if the user pressed OK.
    Accept,
}

/// An answer that was given in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) accept: bool,
    /// For a prompt; none leaves what it suggests.
    pub(super) text: Option<String>,
}

/// Whether files that a page gives are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Files {
    /// They are broken off before they come to lie anywhere.
    #[default]
    Refuse,
    /// They are taken into quarantine.
    Take,
}

impl State {
    pub(super) fn dialog(&mut self, event: events::DialogOpening, session: &str) -> Order {
        let dialog = OpenDialog {
            session: session.to_owned(),
            message: untrusted::line(&event.message, DIALOG_CHARS_MAX),
            suggested: event.default_prompt,
            kind: untrusted::line(&event.r#type, 20),
        };
        let target = self.tab_of(session).map(|tab| tab.target.clone());
        let target = target.unwrap_or_default();
        let answer = self.answer_to(&dialog);
        let word = match &answer {
            None => "is open",
            Some(said) if said.accept => "accepted",
            Some(_) => "dismissed",
        };
        let message = format!("{} {word}", dialog.title());
        let tab = target.clone();
        self.note(Happening::Dialog { tab, message });
        if let Some(said) = answer {
            return Order::Answer {
                session: session.to_owned(),
                accept: said.accept,
                prompt: said.text.unwrap_or(dialog.suggested),
            };
        }
        if let Some(tab) = self.tab_of(session) {
            tab.dialog = Some(dialog);
        }
        let ours = self.sessions.iter().filter(|(_, of)| **of == target);
        Order::FailBlocked {
            sessions: ours.map(|(session, _)| session.clone()).collect(),
        }
    }

    /// What to answer `dialog` with; none leaves it open.
    fn answer_to(&mut self, dialog: &OpenDialog) -> Option<Said> {
        let standing = match dialog.kind.as_str() {
            "alert" => Answer::Accept,
            "beforeunload" if self.answers.leave != Answer::Wait => self.answers.leave,
            _ => match self.answers.next.take() {
                Some(said) => return Some(said),
                None if dialog.kind == "beforeunload" => Answer::Wait,
                None => self.answers.question,
            },
        };
        match standing {
            Answer::Wait => None,
            Answer::Accept | Answer::Dismiss => Some(Said {
                accept: standing == Answer::Accept,
                text: None,
            }),
        }
    }

    pub(super) fn dialog_closed(&mut self, session: &str) {
        if let Some(tab) = self.tab_of(session) {
            tab.dialog = None;
        }
    }

    /// Says whether the tab of `session` waits for an answer.
    pub(super) fn is_blocked(&self, session: &str) -> bool {
        let target = self.sessions.get(session);
        let tab = target.and_then(|target| self.tab(target));
        tab.is_some_and(|tab| tab.dialog.is_some())
    }

    pub(super) fn download_begins(&mut self, event: events::DownloadBegins) -> Option<Order> {
        let mut from = None;
        for tab in &mut self.tabs {
            if let Some(frame) = tab.frames.get_mut(&event.frame_id) {
                frame.leaving = false;
                from = Some(tab.target.clone());
            }
        }
        let name = untrusted::line(&event.suggested_filename.replace(['/', '\\'], "_"), 120);
        let coming = Coming { name, tab: from };
        let is_taken = self.answers.files == Files::Take && self.downloads.len() < DOWNLOADS_MAX;
        self.downloads.insert(event.guid.clone(), coming);
        if is_taken {
            return None;
        }
        self.given(&event.guid, End::Unwanted);
        Some(Order::CancelDownload { guid: event.guid })
    }

    pub(super) fn download_progress(&mut self, event: &events::DownloadProgress) -> Option<Order> {
        #[expect(clippy::cast_precision_loss, reason = "a limit need not be exact")]
        let is_large = event.received_bytes > DOWNLOAD_BYTES_MAX as f64;
        match event.state.as_str() {
            "completed" => self.given(&event.guid, End::Complete),
            "canceled" => self.given(&event.guid, End::Broken),
            _ if is_large && self.downloads.contains_key(&event.guid) => {
                self.given(&event.guid, End::TooLarge);
                let guid = event.guid.clone();
                return Some(Order::CancelDownload { guid });
            }
            _ => {}
        }
        None
    }

    fn given(&mut self, guid: &str, end: End) {
        if let Some(Coming { name, tab }) = self.downloads.remove(guid) {
            let guid = guid.to_owned();
            self.note(Happening::Download(GivenFile {
                guid,
                name,
                tab,
                end,
            }));
        }
    }

    /// Says whether the tab gave a file since `since`, whole or still on its way.
    pub(super) fn has_given(&self, tab: &str, since: u64) -> bool {
        let is_ours = |of: &Option<String>| of.as_deref().is_none_or(|of| of == tab);
        let given = self.happened.iter().rev();
        let mut given = given.take_while(|(at, _)| *at > since);
        self.downloads.values().any(|coming| is_ours(&coming.tab))
            || given.any(|(_, happening)| {
                matches!(happening, Happening::Download(file) if is_ours(&file.tab))
            })
    }

    /// Says whether a file is on its way down.
    pub(super) fn is_downloading(&self) -> bool {
        !self.downloads.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::browser::events::Event;
    use crate::browser::told::{ROOT, TAB, told};

    #[test]
    fn questions_wait_for_their_answer_and_alerts_are_accepted() {
        let dialog =
            |kind: &str| format!(r#"{{"type":"{kind}","message":"m","defaultPrompt":"p"}}"#);
        let (state, orders) = told(&[TAB, ("S", "Page.javascriptDialogOpening", &dialog("alert"))]);
        assert!(matches!(
            orders.last(),
            Some(Order::Answer { accept: true, .. })
        ));
        assert!(!state.is_blocked("S"));
        for kind in ["confirm", "prompt", "beforeunload"] {
            let json = dialog(kind);
            let opened = ("S", "Page.javascriptDialogOpening", json.as_str());
            let (state, orders) = told(&[TAB, opened]);
            let sessions = vec!["S".to_owned()];
            assert_eq!(orders.last(), Some(&Order::FailBlocked { sessions }));
            assert!(state.is_blocked("S"), "{kind}");
            let message = format!("{kind} \"m\" is open");
            let tab = "T".to_owned();
            assert_eq!(
                state.happened.back().unwrap().1,
                Happening::Dialog { tab, message }
            );
            let closed = ("S", "Page.javascriptDialogClosed", "{}");
            assert!(!told(&[TAB, opened, closed]).0.is_blocked("S"));
        }
    }

    #[test]
    fn what_was_said_beforehand_answers_one_question() {
        let (mut state, _) = told(&[TAB]);
        let text = Some("Ada".to_owned());
        state.answers.next = Some(Said { accept: true, text });
        let json = r#"{"type":"prompt","message":"m","defaultPrompt":"p"}"#;
        let mut open = || {
            let event = Event::decode("Page.javascriptDialogOpening", json).unwrap();
            state.apply(event.unwrap(), "S", Instant::now())
        };
        let first = Order::Answer {
            session: "S".to_owned(),
            accept: true,
            prompt: "Ada".to_owned(),
        };
        assert_eq!(open(), Some(first));
        assert!(matches!(open(), Some(Order::FailBlocked { .. })));
    }

    #[test]
    fn a_file_that_nobody_asked_for_is_broken_off() {
        let begins = (
            "",
            "Browser.downloadWillBegin",
            r#"{"guid":"G","frameId":"T","suggestedFilename":"../a.pdf"}"#,
        );
        let (state, orders) = told(&[TAB, ROOT, begins]);
        let guid = "G".to_owned();
        assert_eq!(orders.last(), Some(&Order::CancelDownload { guid }));
        assert!(!state.is_downloading());
        let Happening::Download(file) = &state.happened.back().unwrap().1 else {
            panic!("{:?}", state.happened);
        };
        assert_eq!((file.name.as_str(), file.end), (".._a.pdf", End::Unwanted));
    }
}
