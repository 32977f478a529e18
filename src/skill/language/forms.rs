//! The forms of sentence that are known, each with an example, for help and for error messages.

use crate::skill::wording::words;

/// A form of sentence.
#[derive(Debug, PartialEq, Eq)]
pub struct Form {
    /// A sentence of this form.
    pub example: &'static str,
    /// Other words it may begin with or has in it.
    words: &'static str,
}

const fn form(example: &'static str, words: &'static str) -> Form {
    Form { example, words }
}

/// Every form that is known.
pub const FORMS: &[Form] = &[
    form(
        "go to https://example.org",
        "open visit navigate browse load",
    ),
    form(
        "click the button \"Save\" in the row containing \"Invoice 12\"",
        "press tap push link row double hover",
    ),
    form("click \"Show more\" if present", "optional"),
    form(
        "type \"Ada\" into \"Name\"",
        "enter write fill set put text field",
    ),
    form(
        "choose \"Berlin\" in \"City\"",
        "select pick option list dropdown",
    ),
    form(
        "check \"I agree\"",
        "tick uncheck untick turn on off toggle switch checkbox",
    ),
    form("press Enter", "key hit keyboard"),
    form("wait for \"Results\"", "until appears sleep seconds pause"),
    form("wait until \"Loading\" is gone", "disappears"),
    form("expect \"Thank you\"", "verify assert make sure see shows"),
    form("expect no \"Error\"", "not without"),
    form("expect the address to contain \"/done\"", "url location"),
    form("expect a confirmation", "confirmed booked"),
    form(
        "save the text of \"Total\" as total",
        "remember note extract get copy scrape value price",
    ),
    form("save the page's text as page", "whole content"),
    form(
        "save the reference as reference",
        "number code confirmation",
    ),
    form("go back", "previous return"),
    form(
        "close the popup if present",
        "dismiss cookie banner overlay dialog",
    ),
    form("switch to tab 2", "window new tab"),
    form(
        "find the mail from \"Ada\" about \"invoice\" as bill",
        "email message search look read open inbox",
    ),
    form(
        "wait for a mail from \"Ada\" about \"order\" as receipt",
        "email arrives",
    ),
    form(
        "show the thread of the mail",
        "conversation talk history answers email",
    ),
    form("reply to bill with \"Thank you\"", "answer respond draft"),
    form(
        "draft a mail to ada@example.org about \"Hello\" saying \"See you\"",
        "write compose email new",
    ),
    LETTER,
    form(
        "forward the mail from Dana to ken@example.org saying \"For you\"",
        "pass on email message",
    ),
    form("send the draft", "mail deliver"),
    form("send the draft to Dana", "reply letter"),
    form(
        "unsubscribe from the newsletter from Shop",
        "leave list mailing off stop opt out",
    ),
    form("archive the mail", "email file away"),
    form(
        "move the mail to \"Receipts\"",
        "email folder mailbox delete trash",
    ),
    form("mark the mail as read", "flag star unread important"),
    form(
        "archive the mails from \"Callum\"",
        "trash delete bin move put away newsletters all email",
    ),
    form(
        "move the mails from \"Shop\" to Receipts",
        "file put folder mailbox all",
    ),
    form(
        "snooze the mail about \"budget\" until Monday",
        "put off postpone later remind",
    ),
    form(
        "mark all newsletters as read",
        "flag star label notifications receipts",
    ),
    form("undo the last run", "revert take back redo step"),
    form(
        "find a free slot of 30 minutes next week as slot",
        "time calendar available",
    ),
    form(
        "add event \"Lunch\" at {slot} for 60 minutes in \"Cafe\"",
        "calendar create put schedule meeting",
    ),
    form("show my calendar for tomorrow", "agenda events list what"),
    form(
        "find 45 minutes with guest@example.org next week and send the invitation",
        "meeting meet schedule arrange invite",
    ),
    form(
        "move my dentist to a day without meetings",
        "event reschedule postpone appointment",
    ),
    form(
        "accept Tuesday's invitation and decline what clashes with it",
        "invite tentatively refuse",
    ),
    form("cancel the meeting with Dana", "call off event appointment"),
    form("what is free on Thursday", "when am i free time"),
    form(
        "put lunch with Dana on Saturday at 13:00 in my calendar",
        "add create schedule event note every weekly birthday holiday",
    ),
    form(
        "block two hours for writing on Friday morning",
        "reserve keep set aside time",
    ),
    form(
        "make the review half an hour longer",
        "shorten extend lengthen shorter event meeting",
    ),
    form(
        "invite guest@example.org to the review",
        "add attendee event",
    ),
    form(
        "when is my dentist",
        "where how long who is coming next meeting appointment",
    ),
    form(
        "pick a date and time next week that suits my calendar for 30 minutes as slot",
        "appointment choose day",
    ),
    form(
        "answer the form with my details agreeing to the terms",
        "fill complete personal data",
    ),
    form(
        "work through the form for \"check-up\" at a time next week that suits my calendar as slot",
        "steps wizard booking book",
    ),
    form("confirm the booking", "submit complete finish order"),
    form("triage my inbox", "sort clean tidy organise mail emails"),
    form("ask me \"Which colour?\" as colour", "question user"),
    form("stop with \"Nothing to do\"", "end quit fail"),
];

/// A letter whose text stands in quotes.
const LETTER: Form = form(
    "reply to the mail from Dana about lunch saying \"See you there\"",
    "answer respond all everyone write back",
);

/// Returns a letter whose text stands in quotes, where plain words were not understood.
pub(super) fn letter() -> &'static Form {
    &LETTER
}

/// Returns the form that has most in common with `text`; its first word counts most.
pub(super) fn nearest(text: &str) -> &'static Form {
    const FALLBACK: &Form = &form("click \"Save\"", "");
    let asked = words(text);
    FORMS
        .iter()
        .map(|form| (closeness(&asked, form), form))
        .fold((0.0, FORMS.first().unwrap_or(FALLBACK)), |best, next| {
            if next.0 > best.0 { next } else { best }
        })
        .1
}

fn closeness(asked: &[String], form: &Form) -> f64 {
    let shown = words(form.example);
    let other = words(form.words);
    let mut score = 0.0;
    for (at, word) in asked.iter().enumerate().take(12) {
        let like = |known: &String| strsim::jaro_winkler(word, known);
        let best = |known: &[String]| known.iter().map(like).fold(0.0, f64::max);
        let (verb, any) = (
            shown.first().map_or(0.0, like),
            best(&shown).max(best(&other)),
        );
        let first = if at == 0 { 3.0 } else { 1.0 };
        let least = if at == 0 { 0.86 } else { 0.93 };
        if verb.max(any) >= least && word.len() > 2 {
            score += first * (verb * 1.2).max(any);
        }
    }
    score
}
