//! The rules. Each has a short name that the journal, the report and the tests use.
//!
//! | rule | says |
//! |---|---|
//! | `scheme` | only http and https addresses without a password in them are opened |
//! | `host` | pages are opened and worked only on hosts that the user's words name |
//! | `text` | what is typed into a page comes from the user's words or facts, or is a date or time |
//! | `upload` | a page gets only files that the user's words name, or from the workspace with a yes |
//! | `download` | files that pages give are kept only as the user's words ask |
//! | `dialog` | accepting what a page asks is judged like pressing a button of that name |
//! | `password` | passwords are never typed from plain text |
//! | `commit` | a control that books, pays, submits or deletes needs the user's words or a yes |
//! | `code` | a one-time code that was read in a mail goes nowhere |
//! | `recipient` | mail is addressed to people the user named, or answers a message |
//! | `attachment` | only files that the user's words name are attached |
//! | `import` | only files that the user's words name are taken into the calendar |
//! | `forward` | only what was read is passed on |
//! | `duty` | mail and calendar change only as the user's words ask |
//! | `trash` | more than twenty messages into Trash need a yes |
//! | `undo` | only a run that the user's words name is undone |
//! | `send` | mail leaves only after its exact bytes, and what they say, were shown |
//! | `unsubscribe` | a list is left by one click only after a yes, and never where deceit is suspected |

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time};
use url::Url;

use super::approved::{Approved, Denial, Question, Ruling};
use super::grade::{self, Commitment};
use super::grant::{Duty, Grant};
use super::pages::FileFacts;
use crate::action::{
    Action, Address, Effect, EventLetter, EventPatch, EventUpdate, Message, NewEvent, Press,
    RawNode, Ref, Subscription, TRASH, Undo,
};
use crate::snapshot::Snapshot;
use crate::untrusted;

/// Longest value quoted in a reason, in characters.
const QUOTE_MAX: usize = 80;

/// What the rules look at besides the action.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// What the user's words entitle to.
    pub grant: &'a Grant,
    /// The page as the planner saw it.
    pub page: Option<&'a Snapshot>,
    /// The message that a draft answers or passes on, when it does.
    pub answered: Option<&'a Message>,
    /// The draft that would be sent.
    pub letter: Option<Leaving<'a>>,
    /// The subscription that would be ended.
    pub subscription: Option<&'a Subscription>,
    /// One-time codes read in this run.
    pub codes: &'a [String],
    /// Messages this run moved to Trash.
    pub trashed: u32,
    /// What Trash is called in the mail account.
    pub trash: &'a str,
    /// Why the message that would be brought back is due; none when it is not.
    pub due: Option<&'static str>,
    /// The files that an upload would hand over.
    pub files: &'a [FileFacts],
}

impl<'a> Context<'a> {
    /// Knows nothing but what is granted.
    pub fn of(grant: &'a Grant) -> Self {
        Self {
            grant,
            page: None,
            answered: None,
            letter: None,
            subscription: None,
            codes: &[],
            trashed: 0,
            trash: TRASH,
            due: None,
            files: &[],
        }
    }
}

/// A draft that would be sent.
#[derive(Debug, Clone, Copy)]
pub struct Leaving<'a> {
    /// Its exact bytes.
    pub bytes: &'a [u8],
    /// All its text, decoded, that of its files too.
    pub words: &'a str,
    /// What a person has to see of it before it leaves.
    pub shown: &'a str,
}

/// Decides whether `action` may be performed.
pub fn judge(action: &Action, context: &Context<'_>) -> Ruling {
    let case = Case { action, context };
    let ruling = match action {
        Action::Open(open) => case.address(&open.url),
        Action::Fetch(fetch) => case.address(&fetch.url),
        Action::Click(click) => case.press_on(click.target),
        Action::Press(press) => case.press(press),
        Action::Fill(fill) => case.text(fill.target, &fill.text),
        Action::Type(typed) => case.text(typed.target, &typed.text),
        Action::FillForm(form) => case.fill_form(form),
        Action::Select(select) => case.select(select),
        Action::Check(check) => case.press_on(check.target),
        Action::Drag(drag) => case.drag(drag),
        Action::Upload(upload) => case.upload(upload),
        Action::Download(download) => case.download(download),
        Action::Dialog(said) => case.answer(said),
        Action::Hover(hover) => case.work(hover.target),
        Action::Scroll(scroll) => match scroll.target {
            Some(target) => case.work(target),
            None => Ok(case.allow("it only looks")),
        },
        Action::Reload {} => case.reload(),
        Action::MailDraft(draft) => case.draft(draft),
        Action::MailMove(mail_move) => case.relocate(mail_move),
        Action::MailFlag(_) | Action::MailSnooze(_) => case.duty(Duty::Organise),
        Action::MailWake(_) => case.wake(),
        Action::MailUnsubscribe(_) => case.unsubscribe(),
        Action::Undo(undo) => case.undo(undo),
        Action::MailSend(_) => case.send(),
        Action::EventCreate(event) => case.schedule(event),
        Action::EventUpdate(update) => case.change(update),
        Action::EventDelete(_) | Action::EventRespond(_) | Action::EventTake(_) => {
            case.duties(&[Duty::Schedule, Duty::Change])
        }
        Action::EventImport(import) => case.import(&import.path),
        Action::CalendarSync(_) => case.duty(Duty::Schedule),
        Action::EventLetter(letter) => case.letter(letter),
        Action::Wait(_)
        | Action::Read(_)
        | Action::Extract(_)
        | Action::Screenshot(_)
        | Action::Pdf {}
        | Action::Back {}
        | Action::SwitchTab(_)
        | Action::Console(_)
        | Action::Requests(_)
        | Action::NewTab {}
        | Action::CloseTab {}
        | Action::MailSearch(_)
        | Action::MailRead(_)
        | Action::MailThread(_)
        | Action::MailTriage(_)
        | Action::Agenda(_)
        | Action::FreeBusy(_)
        | Action::FindSlot(_)
        | Action::PastRun(_)
        | Action::Invitations(_)
        | Action::Ask(_)
        | Action::HandOver(_)
        | Action::Done(_)
        | Action::Fail(_) => Ok(case.allow("it only looks")),
    };
    case.with_files(ruling.unwrap_or_else(|ruling| *ruling))
}

/// An action with what the rules look at. Methods give `Err` to end the judging early.
pub(super) struct Case<'a> {
    pub(super) action: &'a Action,
    pub(super) context: &'a Context<'a>,
}

pub(super) type Judged<T = Ruling> = Result<T, Box<Ruling>>;

impl Case<'_> {
    pub(super) fn allow(&self, because: &str) -> Ruling {
        Ruling::Allow(Approved::new(
            self.action.clone(),
            self.action.effect(),
            because,
        ))
    }

    pub(super) fn ask<T>(&self, effect: Effect, rule: &'static str, preview: String) -> Judged<T> {
        Err(Box::new(Ruling::Ask(Question::new(
            self.action.clone(),
            effect,
            rule,
            preview,
        ))))
    }

    fn address(&self, address: &str) -> Judged {
        self.no_codes(address)?;
        let url = Url::parse(address).map_err(|_| {
            denied(
                "scheme",
                format!("'{}' is no address", show(address)),
                "give it in full, such as https://example.org/",
            )
        })?;
        let plain = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !plain {
            let reason = format!("'{}' is not a plain http or https address", show(address));
            let hint = "only web pages are opened, such as https://example.org/";
            return Err(denied("scheme", reason, hint));
        }
        self.host(&url)?;
        Ok(self.allow("your words name the host"))
    }

    pub(super) fn host(&self, url: &Url) -> Judged<()> {
        if url.as_str() == "about:blank" || self.context.grant.covers_url(url) {
            return Ok(());
        }
        let host = url.host_str().unwrap_or("that page");
        // Another port is another server.
        let host = url
            .port()
            .map_or_else(|| show(host), |port| show(&format!("{host}:{port}")));
        let reason = format!("your words do not name the host '{host}'");
        let hint = if self.context.grant.is_typed(self.action) {
            "open an address of that host yourself to allow it"
        } else {
            "name the host in the goal to allow it"
        };
        Err(denied("host", reason, hint))
    }

    /// The node acted on; its page and its frame must lie on granted hosts.
    pub(super) fn node(&self, target: Ref) -> Judged<&RawNode> {
        let Some((page, node)) = self
            .context
            .page
            .and_then(|page| Some((page, page.get(target)?)))
        else {
            let reason = format!("{target} is not on the page");
            return Err(denied("target", reason, "take a fresh look at the page"));
        };
        for place in [Some(page.url()), node.frame.as_deref()]
            .into_iter()
            .flatten()
        {
            match Url::parse(place) {
                Ok(url) => self.host(&url)?,
                Err(_) => return Err(denied("host", format!("'{}' is no page", show(place)), "")),
            }
        }
        Ok(node)
    }

    pub(super) fn work(&self, target: Ref) -> Judged {
        self.node(target)?;
        Ok(self.allow("your words name the host"))
    }

    /// Loading a page anew asks its host once more.
    fn reload(&self) -> Judged {
        let url = self.context.page.map(|page| Url::parse(page.url()));
        let Some(Ok(url)) = url else {
            let reason = "there is no page to load anew".to_owned();
            return Err(denied("target", reason, "open an address first"));
        };
        self.host(&url)?;
        Ok(self.allow("your words name the host"))
    }

    /// What a press of the mouse on `target` does: a box or a list is pressed like a button.
    pub(super) fn press_on(&self, target: Ref) -> Judged {
        let node = self.node(target)?;
        if let Some(url) = node.url.as_deref().and_then(|url| Url::parse(url).ok())
            && matches!(url.scheme(), "http" | "https")
        {
            self.host(&url)?;
        }
        let kinds = self.context.page.map(|page| grade::click(page, target));
        self.commit(node, &kinds.unwrap_or_default())
    }

    fn press(&self, press: &Press) -> Judged {
        let Some(page) = self.context.page else {
            return Err(denied(
                "target",
                "there is no page to press a key on".to_owned(),
                "",
            ));
        };
        let blank = RawNode::default();
        let node = if let Some(target) = press.target {
            self.node(target)?
        } else {
            let url = Url::parse(page.url());
            self.host(&url.map_err(|_| denied("host", "there is no page yet".to_owned(), ""))?)?;
            &blank
        };
        let sends = press.key.ends_with("Enter");
        let kinds = if sends {
            grade::enter(page)
        } else {
            BTreeSet::new()
        };
        self.commit(node, &kinds)
    }

    /// A control that commits needs every kind of commitment it names granted, or its own name in
    /// the user's words (`click "Submit"`).
    pub(super) fn commit(&self, node: &RawNode, kinds: &BTreeSet<Commitment>) -> Judged {
        if kinds.is_empty() {
            return Ok(self.allow("your words name the host"));
        }
        let grant = self.context.grant;
        // "Confirm booking" names two kinds: having asked to book covers the confirming.
        let grave = [Commitment::Pay, Commitment::Delete];
        let covered = kinds.iter().any(|kind| grant.covers_commitment(*kind))
            && kinds
                .iter()
                .all(|k| !grave.contains(k) || grant.covers_commitment(*k));
        // A person who points at the control means it; what can't be had back is asked for again.
        let is_pointed_at =
            grant.is_typed(self.action) && !kinds.iter().any(|kind| grave.contains(kind));
        let submits_only = kinds.iter().all(|kind| *kind == Commitment::Submit);
        let booked = submits_only && grant.covers_commitment(Commitment::Book);
        if covered || booked || is_pointed_at || grant.names_control(&node.name) {
            let because = "your words ask for it";
            let approved = Approved::new(self.action.clone(), Effect::Commit, because);
            return Ok(Ruling::Allow(approved));
        }
        let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
        let preview = format!(
            "{} by \"{}\" on {}",
            words.join(" and "),
            show(&node.name),
            show(self.context.page.map_or("", |page| page.url()))
        );
        self.ask(Effect::Commit, "commit", preview)
    }

    /// What is typed into a field comes from the user.
    pub(super) fn text(&self, target: Ref, text: &str) -> Judged {
        let node = self.node(target)?;
        self.no_codes(text)?;
        if node.input_type.as_deref() == Some("password") {
            let reason = format!("'{}' is a password field", show(&node.name));
            return Err(denied(
                "password",
                reason,
                "sign in by hand, then run again",
            ));
        }
        if self.is_own(text) {
            return Ok(self.allow("the text is yours"));
        }
        let field = show(&node.name);
        let preview = format!("type \"{}\" into \"{field}\"", show(text));
        self.ask(Effect::Commit, "text", preview)
    }

    pub(super) fn no_codes(&self, text: &str) -> Judged<()> {
        let found = self
            .context
            .codes
            .iter()
            .find(|code| text.contains(code.as_str()));
        if found.is_none() {
            return Ok(());
        }
        let reason = "it would pass on a one-time code that was read in a mail".to_owned();
        Err(denied(
            "code",
            reason,
            "codes are for you alone; type them yourself",
        ))
    }

    pub(super) fn duty(&self, duty: Duty) -> Judged {
        if self.context.grant.covers(duty) {
            return Ok(self.allow("your words ask for it"));
        }
        let (what, hint) = match duty {
            Duty::Organise => ("moving or flagging mail", "say so, as in 'triage my inbox'"),
            Duty::Draft => ("writing drafts", "say so, as in 'reply to ...'"),
            Duty::Schedule => ("writing to the calendar", "say so, as in 'add event ...'"),
            Duty::Undo => ("undoing anything", "say so, as in 'undo the last run'"),
            Duty::Change => ("changing events", "say so, as in 'move the event ...'"),
            Duty::Leave => ("unsubscribing", "say so, as in 'unsubscribe from ...'"),
            Duty::Download => ("keeping files", "say so, as in 'download the invoice'"),
            Duty::Answer => ("answering dialogs", "say so, as in 'accept the dialog'"),
        };
        Err(denied(
            "duty",
            format!("your words do not ask for {what}"),
            hint,
        ))
    }

    /// Only the run that the user names is undone; what it did was allowed, and comes back from the
    /// journal.
    fn undo(&self, undo: &Undo) -> Judged {
        let ruling = self.duty(Duty::Undo)?;
        if self.context.grant.knows(&undo.run) {
            return Ok(ruling);
        }
        let reason = format!("your words do not name the run '{}'", show(&undo.run));
        Err(denied(
            "undo",
            reason,
            "say which run, as in 'undo the last run'",
        ))
    }

    fn schedule(&self, event: &NewEvent) -> Judged {
        for text in [&event.summary, &event.location, &event.description] {
            self.no_codes(text)?;
        }
        for guest in &event.guests {
            self.guest(guest)?;
        }
        self.duty(Duty::Schedule)
    }

    /// What is there may be changed only where the words speak of changing it.
    fn change(&self, update: &EventUpdate) -> Judged {
        let EventPatch {
            summary,
            location,
            description,
            attendees,
            ..
        } = &update.patch;
        for text in [summary, location, description].into_iter().flatten() {
            self.no_codes(text)?;
        }
        let named = attendees.iter().flatten().map(|one| Address {
            name: one.name.clone(),
            email: one.email.clone(),
        });
        for guest in update.invite.iter().cloned().chain(named) {
            self.guest(&guest)?;
        }
        self.duties(&[Duty::Schedule, Duty::Change])
    }

    /// Only a file that the words name is taken in.
    fn import(&self, path: &str) -> Judged {
        if !self.context.grant.knows(path) {
            let reason = format!("your words do not name the file '{}'", show(path));
            return Err(denied(
                "import",
                reason,
                "name the file in the goal to import it",
            ));
        }
        self.duty(Duty::Schedule)
    }

    /// A letter goes to those of the event only, and leaves by a send that shows its bytes.
    fn letter(&self, letter: &EventLetter) -> Judged {
        self.no_codes(&letter.words)?;
        self.duties(&[Duty::Schedule, Duty::Change])
    }

    fn duties(&self, duties: &[Duty]) -> Judged {
        for duty in duties {
            self.duty(*duty)?;
        }
        Ok(self.allow("your words ask for it"))
    }
}

pub(super) fn denied(rule: &'static str, reason: String, hint: &str) -> Box<Ruling> {
    Box::new(Ruling::Deny(Denial {
        rule,
        reason,
        hint: hint.to_owned(),
    }))
}

pub(super) fn show(text: &str) -> String {
    untrusted::line(text, QUOTE_MAX)
}

/// Dates and times carry too little to leak anything, and come from slots that code worked out.
pub(super) fn is_typed(text: &str) -> bool {
    let text = text.trim();
    text.parse::<Date>().is_ok() || text.parse::<Time>().is_ok() || text.parse::<DateTime>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{
        Check, Click, EventDelete, Fill, MailDraft, MailId, MailMove, MailSend, Open, RawPage,
        Select, Which,
    };
    use crate::config::Me;
    use crate::policy::Words;

    const GOAL: &str = "book the check-up at http://clinic.test:8080/ for \"Tooth ache\"";

    fn control(number: u32, role: &str, name: &str) -> RawNode {
        RawNode {
            r#ref: Some(Ref(number)),
            role: role.to_owned(),
            name: name.to_owned(),
            ..RawNode::default()
        }
    }

    fn page(url: &str) -> Snapshot {
        let mut nodes = vec![
            control(1, "button", "Confirm booking"),
            control(2, "button", "Pay now"),
            control(3, "button", "Continue"),
            control(4, "textbox", "Notes"),
            control(5, "textbox", "Password"),
            control(6, "link", "Elsewhere"),
            control(7, "button", "Go"),
            control(8, "checkbox", "I agree to the terms"),
            control(9, "textbox", "Card number"),
        ];
        nodes[4].input_type = Some("password".to_owned());
        nodes[5].url = Some("https://evil.test/".to_owned());
        nodes[6].submits = Some("POST http://clinic.test:8080/delete".to_owned());
        nodes[8].frame = Some("https://ads.test".to_owned());
        Snapshot::new(RawPage {
            url: url.to_owned(),
            nodes,
            ..RawPage::default()
        })
    }

    fn ruling(goal: &str, page: Option<&Snapshot>, action: &Action) -> String {
        let me = Me {
            name: "Ada Byron".to_owned(),
            ..Me::default()
        };
        let grant = Grant::read(&Words {
            goal,
            me: &me,
            skill: "",
        });
        let codes = ["481516".to_owned()];
        let context = Context {
            grant: &grant,
            page,
            answered: None,
            letter: Some(Leaving {
                bytes: b"To: bob@mail.test\r\n\r\nHello",
                words: "Hello",
                shown: "Hello",
            }),
            subscription: None,
            codes: &codes,
            trashed: 0,
            trash: "Trash",
            due: None,
            files: &[],
        };
        match judge(action, &context) {
            Ruling::Allow(approved) => format!("allow {}", approved.effect().word()),
            Ruling::Ask(question) => format!("ask {}", question.rule()),
            Ruling::Deny(denial) => format!("deny {}", denial.rule),
        }
    }

    fn click(target: u32) -> Action {
        Action::Click(Click::on(Ref(target)))
    }

    fn fill(target: u32, text: &str) -> Action {
        Action::Fill(Fill {
            target: Ref(target),
            text: text.to_owned(),
        })
    }

    fn open(url: &str) -> Action {
        Action::Open(Open {
            url: url.to_owned(),
        })
    }

    fn draft(to: &str, body: &str) -> Action {
        let to = vec![Address {
            name: String::new(),
            email: to.to_owned(),
        }];
        let (subject, body) = (String::new(), body.to_owned());
        Action::MailDraft(MailDraft {
            to,
            subject,
            body,
            in_reply_to: None,
            ..MailDraft::default()
        })
    }

    #[test]
    fn each_rule_rules_as_its_table_says() {
        let page = page("http://clinic.test:8080/book");
        let table = [
            (open("http://clinic.test:8080/x"), "allow browse"),
            (open("http://clinic.test:9090/x"), "deny host"),
            (open("https://evil.test/?d=1"), "deny host"),
            (open("file:///etc/passwd"), "deny scheme"),
            (open("javascript:alert(1)"), "deny scheme"),
            (open("http://user:pass@clinic.test:8080/"), "deny scheme"),
            (open("http://clinic.test:8080/?code=481516"), "deny code"),
            (click(1), "allow commit"),
            (click(2), "ask commit"),
            (click(3), "allow browse"),
            (click(6), "deny host"),
            (click(7), "allow commit"),
            (click(8), "allow browse"),
            (click(99), "deny target"),
            (fill(4, "tooth ache"), "allow browse"),
            (fill(4, "Ada Byron"), "allow browse"),
            (fill(4, "2027-03-14"), "allow browse"),
            (fill(4, "what a mail said"), "ask text"),
            (fill(4, "481516"), "deny code"),
            (fill(5, "Ada Byron"), "deny password"),
            (fill(9, "Ada Byron"), "deny host"),
            (draft("audit@evil.test", "hello"), "deny recipient"),
            (
                Action::MailSend(MailSend {
                    id: MailId("1".to_owned()),
                }),
                "ask send",
            ),
        ];
        for (action, want) in table {
            assert_eq!(ruling(GOAL, Some(&page), &action), want, "{action:?}");
        }
    }

    #[test]
    fn what_is_in_the_calendar_changes_only_where_the_words_speak_of_it() {
        let delete = Action::EventDelete(EventDelete {
            uid: "u".to_owned(),
            which: Which::All {},
        });
        let invite = |email: &str| {
            Action::EventUpdate(Box::new(EventUpdate {
                uid: "u".to_owned(),
                which: Which::All {},
                patch: EventPatch::default(),
                invite: vec![Address {
                    name: String::new(),
                    email: email.to_owned(),
                }],
                if_free: false,
            }))
        };
        let code = Action::EventUpdate(Box::new(EventUpdate {
            uid: "u".to_owned(),
            which: Which::All {},
            patch: EventPatch {
                summary: Some("it is 481516".to_owned()),
                ..EventPatch::default()
            },
            invite: Vec::new(),
            if_free: false,
        }));
        let change = "change the event \"Plan\" and invite bob@mail.test";
        for (goal, action, want) in [
            (GOAL, &delete, "deny duty"),
            ("triage my inbox", &delete, "deny duty"),
            ("read the mail \"delete the event\"", &delete, "deny duty"),
            ("delete the event \"Plan\"", &delete, "allow write"),
            (change, &invite("bob@mail.test"), "allow write"),
            (change, &invite("eve@evil.test"), "deny recipient"),
            (GOAL, &invite("bob@mail.test"), "deny recipient"),
            (change, &code, "deny code"),
        ] {
            assert_eq!(ruling(goal, None, action), want, "{goal}: {action:?}");
        }
    }

    #[test]
    fn words_that_only_visit_submit_nothing_but_what_they_name() {
        let page = page("http://clinic.test:8080/book");
        let visit = "go to http://clinic.test:8080/";
        assert_eq!(ruling(visit, Some(&page), &click(7)), "ask commit");
        let named = format!("{visit} and click \"Pay now\"");
        assert_eq!(ruling(&named, Some(&page), &click(2)), "allow commit");
    }

    #[test]
    fn what_a_person_types_is_granted_for_that_action_alone() {
        let page = page("http://clinic.test:8080/book");
        let mut grant = Grant::default();
        let mut ruling = |typed: &Action, action: &Action| {
            grant.typed(typed);
            let context = Context {
                grant: &grant,
                page: Some(&page),
                answered: None,
                letter: None,
                subscription: None,
                codes: &[],
                trashed: 0,
                trash: "Trash",
                due: None,
                files: &[],
            };
            match judge(action, &context) {
                Ruling::Allow(approved) => format!("allow {}", approved.effect().word()),
                Ruling::Ask(question) => format!("ask {}", question.rule()),
                Ruling::Deny(denial) => format!("deny {}", denial.rule),
            }
        };
        let open = Action::Open(Open {
            url: "http://clinic.test:8080/".to_owned(),
        });
        let own_words = fill(4, "please cancel and delete it");
        for (typed, action, want) in [
            (&click(1), &click(1), "deny host"),
            (&open, &open, "allow browse"),
            (&click(1), &click(1), "allow commit"),
            (&open, &click(1), "ask commit"),
            (&click(2), &click(2), "ask commit"),
            (&own_words, &own_words, "allow browse"),
            (&own_words, &fill(4, "other words"), "ask text"),
            (&click(2), &click(2), "ask commit"),
        ] {
            assert_eq!(ruling(typed, action), want, "{typed:?} {action:?}");
        }
    }

    #[test]
    fn a_page_of_another_host_is_not_worked() {
        let page = page("https://evil.test/");
        assert_eq!(ruling(GOAL, Some(&page), &click(3)), "deny host");
        assert_eq!(
            ruling(GOAL, Some(&page), &fill(4, "Ada Byron")),
            "deny host"
        );
    }

    #[test]
    fn mail_and_calendar_change_only_as_the_words_ask() {
        let flag = Action::MailMove(MailMove {
            id: MailId("1".to_owned()),
            mailbox: "Archive".to_owned(),
        });
        assert_eq!(ruling("triage my inbox", None, &flag), "allow write");
        assert_eq!(ruling("read my newest mail", None, &flag), "deny duty");
        let to = draft("bob@mail.test", "hello");
        assert_eq!(ruling("write to bob@mail.test", None, &to), "allow write");
        assert_eq!(
            ruling("tell me about bob@mail.test", None, &to),
            "deny duty"
        );
    }

    #[test]
    fn a_code_leaves_in_no_draft() {
        let to = draft("bob@mail.test", "the code is 481516.");
        assert_eq!(ruling("write to bob@mail.test", None, &to), "deny code");
    }
    #[test]
    fn no_other_way_of_working_a_control_gets_round_the_rules_of_clicking_and_typing() {
        let clinic = page("http://clinic.test:8080/");
        let check = |number| {
            let target = Ref(number);
            Action::Check(Check { target, on: true })
        };
        let select = |number, option: &str| {
            Action::Select(Select {
                target: Ref(number),
                options: vec![option.to_owned()],
            })
        };
        for action in [
            check(2),
            select(2, "Tooth ache"),
            select(4, "the inbox says"),
        ] {
            let said = ruling(GOAL, Some(&clinic), &action);
            assert!(said.starts_with("ask"), "{action:?}: {said}");
        }
        for action in [check(8), select(4, "Tooth ache")] {
            let said = ruling(GOAL, Some(&clinic), &action);
            assert!(said.starts_with("allow"), "{action:?}: {said}");
        }
        assert!(ruling(GOAL, Some(&clinic), &select(4, "481516")).starts_with("deny"));
    }
}
