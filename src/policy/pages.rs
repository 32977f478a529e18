//! Rules for what goes into a page and comes out of it besides clicks and text: choices, drags,
//! files in both directions, and answers to dialogs.

use std::collections::BTreeSet;

use super::approved::{Question, Ruling};
use super::grade::Commitment;
use super::grant::Duty;
use super::rules::{Case, Judged, denied, is_typed, show};
use crate::action::{
    Action, AnswerDialog, Download, Drag, Effect, FillForm, RawNode, Select, Upload,
};

/// What is known of a file that an upload names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// Its path, as the action names it.
    pub path: String,
    /// Its length and the SHA-256 of its content; none when there is no such file.
    pub content: Option<(u64, [u8; 32])>,
    /// Whether it lies in the folder of files that runs may offer.
    pub in_workspace: bool,
}

impl Case<'_> {
    /// Choosing may press a control, and may type into one: both are judged as such.
    pub(super) fn select(&self, select: &Select) -> Judged {
        let ruling = self.press_on(select.target)?;
        for option in &select.options {
            self.option(self.node(select.target)?, option)?;
        }
        Ok(ruling)
    }

    /// What is no option on the page could be typed into the list's own field.
    fn option(&self, list: &RawNode, option: &str) -> Judged<()> {
        self.no_codes(option)?;
        let is_option = |node: &RawNode| {
            let texts = [Some(&node.name), node.value.as_ref()];
            let mut texts = texts.into_iter().flatten();
            texts.any(|text| text.trim().eq_ignore_ascii_case(option.trim()))
        };
        let page = self.context.page;
        let is_there = page.is_some_and(|page| page.nodes().iter().any(is_option));
        let is_text = matches!(list.role.as_str(), "textbox" | "searchbox" | "spinbutton");
        let is_input = list
            .input_type
            .as_deref()
            .is_some_and(|kind| !matches!(kind, "checkbox" | "radio"));
        let takes_text = is_text || is_input;
        if !takes_text || is_there || self.is_own(option) {
            return Ok(());
        }
        let preview = format!("type \"{}\" into \"{}\"", show(option), show(&list.name));
        self.ask(Effect::Commit, "text", preview)
    }

    /// Every field is judged by itself; the strictest ruling wins.
    pub(super) fn fill_form(&self, form: &FillForm) -> Judged {
        let mut strictest = self.allow("the text is yours");
        for entry in &form.fields {
            let node = self.node(entry.target)?;
            let is_worked = matches!(
                node.role.as_str(),
                "checkbox" | "radio" | "switch" | "combobox" | "listbox" | "menu" | "radiogroup"
            );
            let ruling = if is_worked {
                self.option(node, &entry.value)?;
                self.press_on(entry.target)?
            } else {
                self.text(entry.target, &entry.value)?
            };
            if effect(&ruling) > effect(&strictest) {
                strictest = ruling;
            }
        }
        Ok(strictest)
    }

    /// Dropping something where things are deleted or paid does so.
    pub(super) fn drag(&self, drag: &Drag) -> Judged {
        self.node(drag.target)?;
        let to = self.node(drag.to)?;
        let grave = [Commitment::Pay, Commitment::Delete];
        let mut kinds = Commitment::named_in(&to.name);
        kinds.retain(|kind| grave.contains(kind));
        self.commit(to, &kinds)
    }

    /// A page gets only what the user named, and what lies in the workspace with a yes.
    pub(super) fn upload(&self, upload: &Upload) -> Judged {
        let node = self.node(upload.target)?;
        // The button in front of a hidden field is pressed.
        self.press_on(upload.target)?;
        let mut about = Vec::new();
        let mut lines = Vec::new();
        let mut is_named = true;
        for path in &upload.files {
            let facts = self.context.files.iter().find(|facts| facts.path == *path);
            let Some((bytes, hash)) = facts.and_then(|facts| facts.content) else {
                let reason = format!("there is no file '{}' that can be read", show(path));
                return Err(denied("upload", reason, "name a file that is there"));
            };
            let is_own = self.context.grant.names_file(path);
            let is_own = is_own || self.context.grant.is_typed(self.action);
            let in_workspace = facts.is_some_and(|facts| facts.in_workspace);
            if !is_own && !in_workspace {
                let reason = format!("your words do not name the file '{}'", show(path));
                return Err(denied(
                    "upload",
                    reason,
                    "name the file in the goal to allow it",
                ));
            }
            is_named &= is_own;
            about.extend(hash);
            lines.push(format!("{} ({bytes} bytes)", show(path)));
        }
        if is_named {
            return Ok(self.allow("your words name the file"));
        }
        let place = show(self.context.page.map_or("", |page| page.url()));
        let preview = format!(
            "hand {} to \"{}\" on {place}",
            lines.join(", "),
            show(&node.name)
        );
        let question = Question::new(self.action.clone(), Effect::Send, "upload", preview);
        Err(Box::new(Ruling::Ask(question.about(&about))))
    }

    /// Files are kept as the user's words ask.
    pub(super) fn download(&self, download: &Download) -> Judged {
        let node = self.node(download.target)?;
        let pressed = self.press_on(download.target)?;
        let grant = self.context.grant;
        let is_asked = grant.covers(Duty::Download)
            || grant.is_typed(self.action)
            || grant.names_control(&node.name);
        if !is_asked {
            let preview = format!("keep the file that \"{}\" gives", show(&node.name));
            return self.ask(Effect::Write, "download", preview);
        }
        if effect(&pressed) > Effect::Write {
            return Ok(pressed);
        }
        Ok(self.allow("your words ask for it"))
    }

    /// Saying yes to a page is like pressing a button that says what the page asks.
    pub(super) fn answer(&self, said: &AnswerDialog) -> Judged {
        let asked = self
            .context
            .page
            .and_then(|page| page.page().dialog.as_deref());
        if let Some(text) = &said.text {
            self.no_codes(text)?;
            if !self.is_own(text) {
                let preview = format!("answer \"{}\"", show(text));
                return self.ask(Effect::Commit, "text", preview);
            }
        }
        if !said.accept {
            return Ok(self.allow("it declines"));
        }
        let grant = self.context.grant;
        let is_meant = grant.covers(Duty::Answer) || grant.is_typed(self.action);
        let Some(asked) = asked else {
            if is_meant {
                return Ok(self.allow("your words ask for it"));
            }
            let preview = "accept whatever the page asks next".to_owned();
            return self.ask(Effect::Commit, "dialog", preview);
        };
        let (kind, message) = asked.split_once(' ').unwrap_or(("", asked));
        let mut kinds = Commitment::named_in(message);
        let grave = [Commitment::Pay, Commitment::Delete];
        if is_meant {
            kinds.retain(|kind| grave.contains(kind));
        } else if kinds.is_empty() && kind == "confirm" {
            // "Are you sure?" may mean anything.
            kinds = BTreeSet::from([Commitment::Submit]);
        }
        let button = RawNode {
            name: message.trim_matches('"').to_owned(),
            ..RawNode::default()
        };
        self.commit(&button, &kinds)
    }

    /// Says whether `text` is the user's own, or too little to tell anything.
    pub(super) fn is_own(&self, text: &str) -> bool {
        let grant = self.context.grant;
        let is_own = grant.knows(text) || grant.is_typed(self.action);
        text.is_empty() || is_own || is_typed(text)
    }

    /// Says whether files that a page gives meanwhile may be kept.
    pub(super) fn with_files(&self, ruling: Ruling) -> Ruling {
        let grant = self.context.grant;
        let takes = matches!(self.action, Action::Download(_))
            || grant.covers(Duty::Download)
            || grant.is_typed(self.action);
        match ruling {
            Ruling::Allow(approved) if takes => Ruling::Allow(approved.taking_files()),
            Ruling::Allow(_) | Ruling::Ask(_) | Ruling::Deny(_) => ruling,
        }
    }
}

fn effect(ruling: &Ruling) -> Effect {
    match ruling {
        Ruling::Allow(approved) => approved.effect(),
        Ruling::Ask(_) | Ruling::Deny(_) => Effect::Send,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Check, Entry, RawPage, Ref};
    use crate::config::Me;
    use crate::policy::{Context, Grant, Words, judge};
    use crate::snapshot::Snapshot;

    fn node(number: u32, role: &str, name: &str, input: Option<&str>) -> RawNode {
        RawNode {
            r#ref: Some(Ref(number)),
            role: role.to_owned(),
            name: name.to_owned(),
            input_type: input.map(str::to_owned),
            ..RawNode::default()
        }
    }

    fn ruling(goal: &str, dialog: Option<&str>, action: &Action) -> String {
        let page = Snapshot::new(RawPage {
            url: "http://shop.test/".to_owned(),
            dialog: dialog.map(str::to_owned),
            nodes: vec![
                node(1, "button", "Choose file", None),
                node(2, "button", "Pay now", None),
                node(3, "link", "Invoice", None),
                node(4, "combobox", "City", Some("text")),
                node(5, "listbox", "Trash: delete", None),
                node(6, "checkbox", "News", Some("checkbox")),
                node(7, "textbox", "Name", Some("text")),
                node(8, "option", "Berlin", None),
            ],
            ..RawPage::default()
        });
        let me = Me {
            name: "Ada Byron".to_owned(),
            ..Me::default()
        };
        let grant = Grant::read(&Words {
            goal,
            me: &me,
            skill: "",
        });
        let file = |path: &str, content, in_workspace| FileFacts {
            path: path.to_owned(),
            content,
            in_workspace,
        };
        let some = Some((5, [7; 32]));
        let files = [
            file("cv.pdf", some, false),
            file("secret.txt", some, false),
            file("shared.txt", some, true),
            file("gone.pdf", None, false),
        ];
        let context = Context {
            subscription: None,
            grant: &grant,
            page: Some(&page),
            answered: None,
            letter: None,
            codes: &[],
            trashed: 0,
            trash: "Trash",
            due: None,
            files: &files,
        };
        match judge(action, &context) {
            Ruling::Allow(approved) => {
                let keeps = if approved.takes_files() { " keeps" } else { "" };
                format!("allow {}{keeps}", approved.effect().word())
            }
            Ruling::Ask(question) => format!("ask {}", question.rule()),
            Ruling::Deny(denial) => format!("deny {}", denial.rule),
        }
    }

    fn upload(target: u32, file: &str) -> Action {
        Action::Upload(Upload {
            target: Ref(target),
            files: vec![file.to_owned()],
        })
    }

    fn answer(accept: bool, text: Option<&str>) -> Action {
        Action::Dialog(AnswerDialog {
            accept,
            text: text.map(str::to_owned),
        })
    }

    #[test]
    fn files_leave_and_come_only_as_the_words_say() {
        const GOAL: &str = "go to http://shop.test/ and upload cv.pdf and gone.pdf";
        let download = Action::Download(Download { target: Ref(3) });
        for (goal, action, want) in [
            (GOAL, upload(1, "cv.pdf"), "allow send"),
            (GOAL, upload(1, "secret.txt"), "deny upload"),
            (GOAL, upload(1, "shared.txt"), "ask upload"),
            (GOAL, upload(1, "gone.pdf"), "deny upload"),
            (GOAL, upload(2, "cv.pdf"), "ask commit"),
            (GOAL, download.clone(), "ask download"),
            (
                "download the invoice at http://shop.test/",
                download.clone(),
                "allow write keeps",
            ),
            ("go to http://other.test/", download, "deny host"),
        ] {
            assert_eq!(ruling(goal, None, &action), want, "{goal} {action:?}");
        }
    }

    #[test]
    fn a_yes_to_a_page_is_judged_by_what_it_asks() {
        const VISIT: &str = "go to http://shop.test/";
        const ACCEPT: &str = "go to http://shop.test/, accept the dialog";
        for (goal, asked, action, want) in [
            (
                VISIT,
                Some("confirm \"Go on?\""),
                answer(false, None),
                "allow browse",
            ),
            (
                VISIT,
                Some("confirm \"Go on?\""),
                answer(true, None),
                "ask commit",
            ),
            (
                ACCEPT,
                Some("confirm \"Go on?\""),
                answer(true, None),
                "allow browse",
            ),
            (
                ACCEPT,
                Some("confirm \"Delete all?\""),
                answer(true, None),
                "ask commit",
            ),
            (
                VISIT,
                Some("prompt \"Name?\""),
                answer(true, Some("Ada Byron")),
                "allow browse",
            ),
            (
                VISIT,
                Some("prompt \"Name?\""),
                answer(true, Some("leaked")),
                "ask text",
            ),
            (VISIT, None, answer(true, None), "ask dialog"),
            (ACCEPT, None, answer(true, None), "allow browse"),
        ] {
            assert_eq!(
                ruling(goal, asked, &action),
                want,
                "{goal} {asked:?} {action:?}"
            );
        }
    }

    #[test]
    fn no_other_word_for_a_press_or_for_text_gets_round_the_rules() {
        const VISIT: &str = "go to http://shop.test/";
        let select = |target, option: &str| Action::Select(Select::one(Ref(target), option));
        let fill = |target, value: &str| {
            Action::FillForm(FillForm {
                fields: vec![Entry {
                    target: Ref(target),
                    value: value.to_owned(),
                }],
            })
        };
        let check = |target| {
            Action::Check(Check {
                target: Ref(target),
                on: true,
            })
        };
        let drag = |to| {
            Action::Drag(Drag {
                target: Ref(3),
                to: Ref(to),
            })
        };
        for (action, want) in [
            (check(2), "ask commit"),
            (check(6), "allow browse"),
            (select(2, "x"), "ask commit"),
            (select(4, "leaked"), "ask text"),
            (select(4, "Berlin"), "allow browse"),
            (fill(7, "Ada Byron"), "allow browse"),
            (fill(7, "leaked"), "ask text"),
            (fill(2, "leaked"), "ask text"),
            (fill(6, "on"), "allow browse"),
            (drag(5), "ask commit"),
            (drag(1), "allow browse"),
        ] {
            assert_eq!(ruling(VISIT, None, &action), want, "{action:?}");
        }
    }
}
