//! The table of sentences.
#![expect(
    clippy::too_many_lines,
    clippy::wildcard_enum_match_arm,
    reason = "tables are long, and tell of few sentences each"
)]

use super::*;
use crate::action::{Flag, ForwardAs};

fn v(text: &str) -> Value {
    Value::template(text)
}

fn t(text: &str) -> Target {
    Target {
        text: if text.is_empty() {
            Value(Vec::new())
        } else {
            v(text)
        },
        kind: None,
        ordinal: None,
        scopes: Vec::new(),
    }
}

fn of(kind: Kind, text: &str) -> Target {
    Target {
        kind: Some(kind),
        ..t(text)
    }
}

fn click(target: Target) -> Sentence {
    Sentence::Click(target, Presence::Must)
}

fn minutes(amount: &str) -> Length {
    Length {
        amount: v(amount),
        unit_minutes: 1,
    }
}

fn mail(from: Option<&str>, about: Option<&str>, name: &str) -> Sentence {
    Sentence::FindMail {
        from: from.map(v),
        about: about.map(v),
        name: name.to_owned(),
    }
}

fn check(table: Vec<(&str, Sentence)>) {
    for (text, expected) in table {
        match sentence(text) {
            Ok(got) => assert_eq!(got, expected, "{text}"),
            Err(error) => panic!("{text}: {error}, nearest {}", error.nearest.example),
        }
    }
}

#[test]
fn a_thread_is_asked_for_in_words() {
    let thread = |name: &str| Sentence::ShowThread(name.to_owned());
    check(vec![
        ("show the thread of the mail", thread("mail")),
        ("show me the whole thread", thread("mail")),
        ("list the conversation around {bill}", thread("bill")),
    ]);
}

/// What a text is understood as, one line each.
fn said(text: &str) -> String {
    let Ok(lines) = program(text) else {
        return "?".to_owned();
    };
    let mail = |from: &Option<Value>, about: &Option<Value>| {
        let part = |lead: &str, value: &Option<Value>| {
            value
                .as_ref()
                .map_or_else(String::new, |value| format!(" {lead} {value}"))
        };
        format!("{}{}", part("from", from), part("about", about))
    };
    let lines = lines.iter().map(|line| match &line.sentence {
        Sentence::FindMail { from, about, .. } => format!("find{}", mail(from, about)),
        Sentence::Reply { to, body, all, .. } => {
            format!("reply{} {to}: {body}", if *all { " all" } else { "" })
        }
        Sentence::Forward {
            mail,
            to,
            body,
            how,
        } => {
            let how = if *how == ForwardAs::File {
                " whole"
            } else {
                ""
            };
            format!("forward{how} {mail} to {to}: {body}")
        }
        Sentence::Draft {
            to, subject, body, ..
        } => format!("draft {to} | {subject} | {body}"),
        Sentence::Send(name) => format!("send {name}").trim_end().to_owned(),
        Sentence::SendDraft { to, about } => {
            let to = to
                .as_ref()
                .map_or_else(String::new, |to| format!(" to {to}"));
            format!("send draft{to}{}", mail(&None, about))
        }
        Sentence::Unsubscribe(mail) => format!("leave {mail}"),
        other => format!("{other:?}"),
    });
    lines.collect::<Vec<_>>().join("; ")
}

#[test]
fn letters_are_written_in_the_words_people_use() {
    let table = [
        ("reply to Dana saying \"See you\"", "reply dana: See you"),
        ("reply to Dana saying that I agree", "reply dana: I agree"),
        (
            "Reply to Dana: see you at ten!",
            "reply dana: see you at ten!",
        ),
        (
            "answer Dana Fox with \"Yes\"",
            "find from Dana Fox; reply mail: Yes",
        ),
        (
            "answer Dana Fox that it suits me",
            "find from Dana Fox; reply mail: it suits me",
        ),
        (
            "please reply to the latest mail from Dana Fox saying can we meet at 10, or at 11?",
            "find from Dana Fox; reply mail: can we meet at 10, or at 11?",
        ),
        (
            "respond to Dana's mail about lunch with \"Gladly\"",
            "find from Dana about lunch; reply mail: Gladly",
        ),
        (
            "reply to the mail from dana@partner.test about the plan, \"Fine\"",
            "find from dana@partner.test about plan; reply mail: Fine",
        ),
        (
            "write back to Dana saying same as before",
            "reply dana: same as before",
        ),
        (
            "write a reply to Dana and say it is fine",
            "reply dana: it is fine",
        ),
        (
            "reply to Dana and tell her that I am late",
            "reply dana: I am late",
        ),
        (
            "reply to all on the mail from Dana saying \"Yes\"",
            "find from Dana; reply all mail: Yes",
        ),
        ("reply to everyone saying \"Yes\"", "reply all mail: Yes"),
        ("reply with \"Yes\"", "reply mail: Yes"),
        (
            "reply to it saying \"Yes\" and send it",
            "reply mail: Yes; send",
        ),
        (
            "reply to Dana saying I will come and send it",
            "reply dana: I will come; send",
        ),
        (
            "find the mail from Dana about lunch, reply to it with \"Yes\" and archive it",
            "find from Dana about lunch; reply mail: Yes; MoveMail(\"mail\", Value([Text(\"Archive\")]))",
        ),
        (
            "forward the mail from Dana to ken@x.test",
            "find from Dana; forward mail to ken@x.test: ",
        ),
        (
            "forward Dana's mail about the trip to Rome to ken@x.test and bo@x.test saying \"FYI\"",
            "find from Dana about trip to Rome; forward mail to ken@x.test, bo@x.test: FYI",
        ),
        (
            "forward it to ken@x.test: for you",
            "forward mail to ken@x.test: for you",
        ),
        (
            "forward it to ken@x.test as an attachment",
            "forward whole mail to ken@x.test: ",
        ),
        (
            "pass the mail about the budget on to ken@x.test",
            "find about budget; forward mail to ken@x.test: ",
        ),
        (
            "forward to ken@x.test the mail from Dana",
            "find from Dana; forward mail to ken@x.test: ",
        ),
        (
            "write to ken@x.test about lunch saying \"At noon?\"",
            "draft ken@x.test | lunch | At noon?",
        ),
        (
            "write to ken@x.test about lunch: at noon?",
            "draft ken@x.test | lunch | at noon?",
        ),
        (
            "email ken@x.test that I am late",
            "draft ken@x.test |  | I am late",
        ),
        (
            "tell ken@x.test that I am late",
            "draft ken@x.test |  | I am late",
        ),
        (
            "let ken@x.test know that I am late",
            "draft ken@x.test |  | I am late",
        ),
        (
            "send ken@x.test a mail saying \"Hi\"",
            "draft ken@x.test |  | Hi; send",
        ),
        (
            "send a mail to ken@x.test about lunch saying Hi",
            "draft ken@x.test | lunch | Hi; send",
        ),
        (
            "write a short note to ken@x.test, bo@x.test saying hi",
            "draft ken@x.test, bo@x.test |  | hi",
        ),
        (
            "write to Dana about lunch saying \"At noon?\"",
            "draft Dana | lunch | At noon?",
        ),
        ("send the draft to Dana", "send draft to Dana"),
        ("send my draft about the budget", "send draft about budget"),
        (
            "send the reply to Dana about lunch",
            "send draft to Dana about lunch",
        ),
        ("send the draft", "send"),
        (
            "unsubscribe from the newsletter from Shop",
            "find from Shop; leave mail",
        ),
        (
            "unsubscribe me from the mails of Shop News",
            "find from Shop News; leave mail",
        ),
        ("unsubscribe from Shop", "find from Shop; leave mail"),
        (
            "unsubscribe from Shop's newsletter",
            "find from Shop; leave mail",
        ),
        (
            "unsubscribe from the Shop News newsletter",
            "find from Shop News; leave mail",
        ),
        (
            "take me off the mailing list of Shop",
            "find from Shop; leave mail",
        ),
        ("stop the emails from Shop", "find from Shop; leave mail"),
        (
            "opt out of the newsletter about gardens",
            "find about gardens; leave mail",
        ),
        (
            "cancel my subscription to Shop",
            "find from Shop; leave mail",
        ),
        (
            "find the mail from Shop and unsubscribe from it",
            "find from Shop; leave mail",
        ),
        // What could be something else is not guessed.
        ("reply to Dana saying thanks and archive the mail", "?"),
        ("reply to the mail about lunch with Bo that I can come", "?"),
        ("forward the mail from Dana", "?"),
        ("write to ken@x.test about lunch", "?"),
        ("tell Dana that I am late", "?"),
        ("stop the music", "?"),
        ("unsubscribe", "?"),
    ];
    let wrong = table.iter().filter(|(text, want)| said(text) != *want);
    let wrong: Vec<String> = wrong
        .map(|(text, _)| format!("{text}\n  -> {}", said(text)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn more_of_a_letter_than_one_sentence_is_asked_for_in_quotes() {
    let unknown =
        program("write to ken@x.test saying I am late! Shall we meet later?").unwrap_err();
    assert_eq!(unknown.sentence, "Shall we meet later?");
    assert!(
        unknown
            .nearest
            .example
            .ends_with("saying \"See you there\"")
    );
    let quoted = program("write to ken@x.test saying \"I am late! Shall we meet later?\"");
    assert_eq!(quoted.unwrap().len(), 1);
}

#[test]
fn sentences_about_pages_are_read() {
    let first = |text| Target {
        ordinal: Some(Ordinal::Nth(1)),
        ..of(Kind::Button, text)
    };
    let row = |target: Target, text| Target {
        scopes: vec![Scope::Row(v(text))],
        ..target
    };
    check(vec![
        (
            "go to https://a.example/x?y=1",
            Sentence::Open(v("https://a.example/x?y=1")),
        ),
        ("Please open a.example", Sentence::Open(v("a.example"))),
        (
            "visit the website \"http://127.0.0.1:80/\".",
            Sentence::Open(v("http://127.0.0.1:80/")),
        ),
        ("navigate to {site}", Sentence::Open(v("{site}"))),
        (
            "could you open the page localhost:3000/a",
            Sentence::Open(v("localhost:3000/a")),
        ),
        ("click \"Save\"", click(t("Save"))),
        ("click on the Save button", click(of(Kind::Button, "Save"))),
        ("press the button \"Save\"", click(of(Kind::Button, "Save"))),
        (
            "click the button Save changes",
            click(of(Kind::Button, "Save changes")),
        ),
        ("tap Sign in", click(t("Sign in"))),
        ("click Check in online", click(t("Check in online"))),
        (
            "click the first \"Archive\" button in the row containing \"Invoice 12\"",
            row(first("Archive"), "Invoice 12"),
        )
            .map_click(),
        ("open \"Settings\"", click(t("Settings"))),
        (
            "click the last link",
            click(Target {
                ordinal: Some(Ordinal::Last),
                ..of(Kind::Link, "")
            }),
        ),
        (
            "click \"OK\" in the dialog",
            click(Target {
                scopes: vec![Scope::Dialog(None)],
                ..t("OK")
            }),
        ),
        (
            "click \"OK\" in the dialog \"Delete?\"",
            click(Target {
                scopes: vec![Scope::Dialog(Some(v("Delete?")))],
                ..t("OK")
            }),
        ),
        (
            "click Edit under the heading \"Address\"",
            click(Target {
                scopes: vec![Scope::Section(v("Address"))],
                ..t("Edit")
            }),
        ),
        (
            "click Edit next to Ada",
            click(Target {
                scopes: vec![Scope::Near(v("Ada"))],
                ..t("Edit")
            }),
        ),
        (
            "click \"More\" if present",
            Sentence::Click(t("More"), Presence::IfPresent),
        ),
        (
            "type \"Ada\" into \"Name\"",
            Sentence::Fill(t("Name"), v("Ada")),
        ),
        (
            "enter hello world into the Message field",
            Sentence::Fill(of(Kind::Field, "Message"), v("hello world")),
        ),
        (
            "type {who} in the search box",
            Sentence::Fill(of(Kind::Field, ""), v("{who}")),
        ),
        (
            "type me.email into Email",
            Sentence::Fill(t("Email"), v("{me.email}")),
        ),
        (
            "fill in the first name with Ada",
            Sentence::Fill(t("first name"), v("Ada")),
        ),
        (
            "fill \"First name\" with {me.name}",
            Sentence::Fill(t("First name"), v("{me.name}")),
        ),
        ("set Quantity to 3", Sentence::Fill(t("Quantity"), v("3"))),
        (
            "choose \"Berlin\" in \"City\"",
            Sentence::Choose(v("Berlin"), Some(t("City"))),
        ),
        (
            "select Express from the Shipping dropdown",
            Sentence::Choose(v("Express"), Some(of(Kind::List, "Shipping"))),
        ),
        (
            "pick blue as the colour",
            Sentence::Choose(v("blue"), Some(t("colour"))),
        ),
        ("select \"Express\"", click(t("Express"))),
        (
            "check \"I agree\"",
            Sentence::Check {
                target: t("I agree"),
                on: true,
            },
        ),
        (
            "tick the checkbox \"Terms\"",
            Sentence::Check {
                target: of(Kind::Checkbox, "Terms"),
                on: true,
            },
        ),
        (
            "untick newsletter",
            Sentence::Check {
                target: t("newsletter"),
                on: false,
            },
        ),
        (
            "turn off Notifications",
            Sentence::Check {
                target: t("Notifications"),
                on: false,
            },
        ),
        ("press Enter", Sentence::Press("Enter".to_owned())),
        ("press ctrl+A", Sentence::Press("Control+a".to_owned())),
        ("hit the escape key", Sentence::Press("Escape".to_owned())),
        ("wait for \"Results\"", Sentence::WaitFor(v("Results"))),
        (
            "wait until the page says \"Ready\"",
            Sentence::WaitFor(v("Ready")),
        ),
        (
            "wait until \"Loading\" is gone",
            Sentence::WaitGone(v("Loading")),
        ),
        (
            "expect \"Thank you\"",
            Sentence::Expect(Expected::Text(v("Thank you"))),
        ),
        (
            "make sure the page says \"Saved\"",
            Sentence::Expect(Expected::Text(v("Saved"))),
        ),
        (
            "expect no \"Error\"",
            Sentence::Expect(Expected::NoText(v("Error"))),
        ),
        (
            "check that \"Error\" is gone",
            Sentence::Expect(Expected::NoText(v("Error"))),
        ),
        (
            "expect the address to contain /done",
            Sentence::Expect(Expected::Address(v("/done"))),
        ),
        (
            "expect a confirmation",
            Sentence::Expect(Expected::Confirmation),
        ),
        (
            "save the text of \"Total\" as total",
            Sentence::Save(Some(t("Total")), "total".to_owned()),
        ),
        (
            "save the page's text as page",
            Sentence::Save(None, "page".to_owned()),
        ),
        (
            "save the reference as ref",
            Sentence::SaveReference("ref".to_owned()),
        ),
        ("go back", Sentence::Back),
        ("close the popup if present", Sentence::ClosePopup),
        ("dismiss the cookie banner", Sentence::ClosePopup),
        ("switch to tab 2", Sentence::SwitchTab(2)),
        ("switch to the second tab", Sentence::SwitchTab(2)),
        ("open a new tab", Sentence::NewTab),
        ("confirm the booking", Sentence::Confirm),
        ("submit the form", Sentence::Confirm),
        (
            "answer the form with my details",
            Sentence::AnswerForm { agree: false },
        ),
        (
            "fill in the form with my details, agreeing to the terms",
            Sentence::AnswerForm { agree: true },
        ),
        ("stop with \"nothing\"", Sentence::Stop(v("nothing"))),
        (
            "ask me \"Which one?\" as choice",
            Sentence::Ask(v("Which one?"), "choice".to_owned()),
        ),
    ]);
}

/// Lets a row of the table be written as its target.
trait MapClick {
    fn map_click(self) -> (&'static str, Sentence);
}

impl MapClick for (&'static str, Target) {
    fn map_click(self) -> (&'static str, Sentence) {
        (self.0, click(self.1))
    }
}

#[test]
fn sentences_about_mail_and_calendar_are_read() {
    check(vec![
        (
            "find mail from Dr. Weber about appointment as request",
            mail(Some("Dr. Weber"), Some("appointment"), "request"),
        ),
        (
            "find the mail from {who} that asks for an appointment as request",
            mail(Some("{who}"), Some("appointment"), "request"),
        ),
        (
            "read the email about \"Invoice 12\"",
            mail(None, Some("Invoice 12"), "mail"),
        ),
        ("open the latest mail", mail(None, None, "mail")),
        (
            "wait for a mail from {who} about the booking as receipt",
            Sentence::WaitMail {
                from: Some(v("{who}")),
                about: Some(v("booking")),
                name: "receipt".to_owned(),
                limit_s: 60,
                presence: Presence::Must,
            },
        ),
        (
            "wait up to 20 seconds for mail from Ada, if it comes",
            Sentence::WaitMail {
                from: Some(v("Ada")),
                about: None,
                name: "mail".to_owned(),
                limit_s: 20,
                presence: Presence::IfPresent,
            },
        ),
        (
            "reply to request with \"Thank you\"",
            Sentence::Reply {
                to: "request".to_owned(),
                body: v("Thank you"),
                all: false,
                name: "reply".to_owned(),
            },
        ),
        (
            "reply to {request} saying \"See you at {slot.time}\" as answer",
            Sentence::Reply {
                to: "request".to_owned(),
                body: v("See you at {slot.time}"),
                all: false,
                name: "answer".to_owned(),
            },
        ),
        (
            "draft a mail to ada@a.example about \"Hello\" saying \"See you\"",
            Sentence::Draft {
                to: v("ada@a.example"),
                subject: v("Hello"),
                body: v("See you"),
                name: "draft".to_owned(),
            },
        ),
        ("send the draft", Sentence::Send(String::new())),
        (
            "archive the mail",
            Sentence::MoveMail("mail".to_owned(), v("Archive")),
        ),
        (
            "archive {request}",
            Sentence::MoveMail("request".to_owned(), v("Archive")),
        ),
        (
            "move the mail to the folder \"Receipts\"",
            Sentence::MoveMail("mail".to_owned(), v("Receipts")),
        ),
        (
            "mark the mail as read",
            Sentence::FlagMail {
                mail: "mail".to_owned(),
                flag: Flag::Seen,
                on: true,
            },
        ),
        (
            "flag {request}",
            Sentence::FlagMail {
                mail: "request".to_owned(),
                flag: Flag::Flagged,
                on: true,
            },
        ),
        (
            "find a free slot of 45 minutes next week as slot",
            Sentence::FindSlot {
                length: minutes("45"),
                when: Some(v("next week")),
                name: "slot".to_owned(),
            },
        ),
        (
            "find a free slot for an hour",
            Sentence::FindSlot {
                length: Length {
                    amount: v("1"),
                    unit_minutes: 60,
                },
                when: None,
                name: "slot".to_owned(),
            },
        ),
        (
            "add event \"Lunch with Bo\" at {slot} for 60 minutes in \"Cafe\"",
            Sentence::AddEvent {
                title: v("Lunch with Bo"),
                at: v("{slot}"),
                length: Some(minutes("60")),
                location: Some(v("Cafe")),
            },
        ),
        (
            "pick a date and time {window} that suits my calendar for {minutes} minutes as slot",
            Sentence::PickTime {
                when: Some(v("{window}")),
                length: Some(minutes("{minutes}")),
                name: "slot".to_owned(),
            },
        ),
        (
            "pick a time that suits my calendar",
            Sentence::PickTime {
                when: None,
                length: None,
                name: "slot".to_owned(),
            },
        ),
        (
            "work through the form for {reason} as {request} asks at a time {window} that suits my calendar for {minutes} minutes as slot, agreeing to the terms",
            Sentence::WorkThrough {
                reason: Some(v("{reason}")),
                request: Some("request".to_owned()),
                when: Some(v("{window}")),
                length: Some(minutes("{minutes}")),
                name: "slot".to_owned(),
                agree: true,
            },
        ),
        (
            "show my calendar for tomorrow",
            Sentence::Agenda(v("tomorrow")),
        ),
        ("triage my inbox", Sentence::Triage),
        ("please sort my emails", Sentence::Triage),
    ]);
}

#[test]
fn what_is_not_understood_names_the_nearest_form() {
    for (text, nearest) in [
        ("clik \"Save\"", "click"),
        ("hover over \"Menu\"", "click"),
        ("type into \"Name\"", "type"),
        ("choose in \"City\"", "choose"),
        ("expect", "expect"),
        ("wait five seconds", "wait for"),
        ("reply", "reply"),
        ("find a free slot next week", "find a free slot"),
        ("move the mail", "move the mail"),
        ("save", "save the"),
        ("book me a flight to Rome", "work through"),
        ("type \"unclosed into Name", "type"),
        ("print the emails from Bob", ""),
        ("xyzzy", ""),
        ("click", "click"),
        ("open file:///etc/passwd#", ""),
    ] {
        match sentence(text) {
            Ok(got) => assert!(
                nearest.is_empty() && text.starts_with("open file"),
                "{text}: {got:?}"
            ),
            Err(error) => assert!(
                error.nearest.example.starts_with(nearest),
                "{text}: {}",
                error.nearest.example
            ),
        }
    }
}

#[test]
fn every_form_shown_to_people_is_understood() {
    for form in FORMS {
        assert!(sentence(form.example).is_ok(), "{}", form.example);
    }
}

#[test]
fn sentences_joined_by_and_are_taken_apart() {
    let lines = program(
        "Go to a.example and click \"Log in\", type \"Ada and Bob\" into Name, then press Enter.\nexpect \"Hi, Ada\"",
    )
    .unwrap();
    let read: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(
        read,
        [
            "Go to a.example",
            "click \"Log in\"",
            "type \"Ada and Bob\" into Name",
            "press Enter",
            "expect \"Hi, Ada\""
        ]
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,120}") {
        drop(program(&text).map_err(|error| error.to_string()));
    }

    #[test]
    fn words_of_the_grammar_in_any_order_make_no_panic(
        words in proptest::collection::vec("click|the|\"a\"|in|row|containing|type|into|as|if|present|mail|from|,|\\{x\\}|wait|for|and|then|under", 0..14)
    ) {
        drop(program(&words.join(" ")).map_err(|error| error.to_string()));
    }
}

fn mails(chore: Chore, from: Option<&str>, about: Option<&str>, many: bool) -> Sentence {
    let which = Which {
        from: from.map(v),
        about: about.map(v),
        sort: None,
        many,
    };
    Sentence::Mails { chore, which }
}

fn sorted(chore: Chore, sort: MailSort) -> Sentence {
    let which = Which {
        from: None,
        about: None,
        sort: Some(sort),
        many: true,
    };
    Sentence::Mails { chore, which }
}

#[test]
fn chores_with_mails_are_read() {
    let to = |mailbox: &str| Chore::Move(v(mailbox));
    let keyword = |name: &str| Chore::Flag(Flag::Keyword(name.to_owned()), true);
    check(vec![
        (
            "archive the mail from Callum",
            mails(to("Archive"), Some("Callum"), None, false),
        ),
        (
            "Archive all mails from the Garden Club.",
            mails(to("Archive"), Some("the Garden Club"), None, true),
        ),
        (
            "move mails from X to Receipts",
            mails(to("Receipts"), Some("X"), None, true),
        ),
        (
            "move the mail about \"trip to Rome\" to the folder Travel",
            mails(to("Travel"), None, Some("trip to Rome"), false),
        ),
        (
            "move the mail from Ada about the boat to the Boats folder",
            mails(to("Boats"), Some("Ada"), Some("boat"), false),
        ),
        (
            "delete the emails from \"Spammy\"",
            mails(to("Trash"), Some("Spammy"), None, true),
        ),
        (
            "snooze the mail about the budget until Monday",
            mails(Chore::Snooze(v("Monday")), None, Some("budget"), false),
        ),
        (
            "put off the mail from Dana until tomorrow at 9:00",
            mails(
                Chore::Snooze(v("tomorrow at 9:00")),
                Some("Dana"),
                None,
                false,
            ),
        ),
        (
            "flag the mail from Ken about \"Q3 numbers\"",
            mails(
                Chore::Flag(Flag::Flagged, true),
                Some("Ken"),
                Some("Q3 numbers"),
                false,
            ),
        ),
        (
            "unstar all mails from Ken",
            mails(Chore::Flag(Flag::Flagged, false), Some("Ken"), None, true),
        ),
        (
            "mark all newsletters as read",
            sorted(Chore::Flag(Flag::Seen, true), MailSort::Newsletter),
        ),
        (
            "mark the mails from Ken as unread",
            mails(Chore::Flag(Flag::Seen, false), Some("Ken"), None, true),
        ),
        (
            "label the mails from Ken as Work",
            mails(keyword("Work"), Some("Ken"), None, true),
        ),
        (
            "archive all notifications",
            sorted(to("Archive"), MailSort::Notification),
        ),
        (
            "move all receipts to \"Money\"",
            sorted(to("Money"), MailSort::Receipt),
        ),
        (
            "archive the mail",
            Sentence::MoveMail("mail".to_owned(), v("Archive")),
        ),
        ("undo the last run", undo("last", None)),
        ("undo", undo("last", None)),
        ("undo that", undo("last", None)),
        ("undo step 3 of the last run", undo("last", Some(3))),
        (
            "undo run 20270314-093000-0004f",
            undo("20270314-093000-0004f", None),
        ),
        (
            "undo step 12 of run 20270314-093000-0004f",
            undo("20270314-093000-0004f", Some(12)),
        ),
    ]);
    for text in [
        "archive everything",
        "delete all mails",
        "undo run",
        "undo the fence",
        "trash it all",
    ] {
        assert!(sentence(text).is_err(), "{text}: {:?}", sentence(text));
    }
}

fn undo(run: &str, step: Option<u32>) -> Sentence {
    let run = run.to_owned();
    Sentence::Undo { run, step }
}

#[test]
fn joined_chores_are_not_one_long_name() {
    let two = compound("archive the mail from Callum and flag the mail about the boat").unwrap();
    let meant: Vec<&Sentence> = two.iter().map(|line| &line.sentence).collect();
    let first = mails(Chore::Move(v("Archive")), Some("Callum"), None, false);
    let second = mails(Chore::Flag(Flag::Flagged, true), None, Some("boat"), false);
    assert_eq!(meant, [&first, &second]);
    let named = sentence("archive the mail from Romeo and Juliet").unwrap();
    let both = mails(
        Chore::Move(v("Archive")),
        Some("Romeo and Juliet"),
        None,
        false,
    );
    assert_eq!(named, both);
}

#[test]
fn an_at_before_a_clock_time_belongs_to_the_time() {
    let event = |at: &str, length: Option<Length>, location: Option<&str>| Sentence::AddEvent {
        title: v("X"),
        at: v(at),
        length,
        location: location.map(v),
    };
    check(vec![
        (
            "add event \"X\" on Friday at 10:00",
            event("Friday at 10:00", None, None),
        ),
        (
            "add event \"X\" on 3 May at 3 pm for 30 minutes at \"Cafe\"",
            event("3 May at 3 pm", Some(minutes("30")), Some("Cafe")),
        ),
        (
            "add event \"X\" on Friday at noon in the park",
            event("Friday at noon", None, Some("park")),
        ),
        (
            "add event \"X\" at {slot} at the station",
            event("{slot}", None, Some("station")),
        ),
        (
            "add event \"X\" on Friday at home",
            event("Friday", None, Some("home")),
        ),
    ]);
}

#[test]
fn a_form_is_no_field_and_a_quote_ends_a_value() {
    let two = compound("fill the form with my details and click \"Send\"").unwrap();
    let meant: Vec<Sentence> = two.into_iter().map(|line| line.sentence).collect();
    assert_eq!(
        meant,
        [Sentence::AnswerForm { agree: false }, click(t("Send"))]
    );
    let two = compound("fill \"Name\" with Ada and click \"Save\"").unwrap();
    let meant: Vec<Sentence> = two.into_iter().map(|line| line.sentence).collect();
    assert_eq!(
        meant,
        [Sentence::Fill(t("Name"), v("Ada")), click(t("Save"))]
    );
}
