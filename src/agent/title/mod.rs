//! What an action does, in words for people.

mod events;

use super::seen::Seen;
use crate::action::{
    Action, Address, AnswerDialog, Button, Click, Condition, Held, MailDraft, MailFlag, MailId,
    MailQuery, MailSearch, Moment, Ref, Scroll, Way,
};
use crate::snapshot::Snapshot;
use crate::untrusted;

/// Longest quoted piece of a title, in characters.
const QUOTE_MAX: usize = 60;

/// Fields that the title of a whole form names.
const FIELDS_NAMED_MAX: usize = 3;

/// Longest address in a title, in characters.
const ADDRESS_MAX: usize = 100;

/// Says what `action` does, with the names of what it touches.
#[expect(
    clippy::too_many_lines,
    reason = "a table: a line or two for each action"
)]
pub(super) fn title(action: &Action, page: Option<&Snapshot>, seen: &Seen) -> String {
    let on = |target: Ref| element(page, target);
    let mail = |id: &MailId| {
        seen.subject(id)
            .map_or_else(|| "a message".to_owned(), quote)
    };
    match action {
        Action::Open(open) => format!("open {}", untrusted::line(&open.url, ADDRESS_MAX)),
        Action::Click(click) => format!("{}{}", pressing(click), on(click.target)),
        Action::Drag(drag) => format!("drag {} onto {}", on(drag.target), on(drag.to)),
        Action::Type(typed) => {
            format!("add {} to {}", quote(&typed.text), on(typed.target))
        }
        Action::FillForm(form) => {
            let names = form.fields.iter().map(|entry| on(entry.target));
            let names: Vec<String> = names.take(FIELDS_NAMED_MAX).collect();
            format!("fill {} fields: {}", form.fields.len(), names.join(", "))
        }
        Action::Upload(upload) => {
            let files: Vec<String> = upload.files.iter().map(quote).collect();
            format!("hand {} to {}", files.join(", "), on(upload.target))
        }
        Action::Download(download) => format!("download by {}", on(download.target)),
        Action::Dialog(said) => answer(said),
        Action::Fill(fill) => format!("type {} into {}", quote(&fill.text), on(fill.target)),
        Action::Select(select) => {
            let options: Vec<String> = select.options.iter().map(quote).collect();
            format!("choose {} in {}", options.join(", "), on(select.target))
        }
        Action::Check(check) if check.on => format!("tick {}", on(check.target)),
        Action::Check(check) => format!("untick {}", on(check.target)),
        Action::Press(press) if press.times > 1 => {
            let key = untrusted::line(&press.key, QUOTE_MAX);
            format!("press {key} {} times", press.times)
        }
        Action::Press(press) => format!("press {}", untrusted::line(&press.key, QUOTE_MAX)),
        Action::Wait(wait) => condition(&wait.until, wait.limit_ms > 0),
        Action::Read(read) => match read.target {
            Some(target) => format!("read {}", on(target)),
            None => "read the page".to_owned(),
        },
        Action::Extract(extract) => {
            let names: Vec<String> = extract.fields.iter().map(|f| quote(&f.name)).collect();
            format!("extract {}", names.join(", "))
        }
        Action::Screenshot(shot) => match shot.target {
            Some(target) => format!("take a picture of {}", on(target)),
            None => "take a picture".to_owned(),
        },
        Action::Pdf {} => "print the page".to_owned(),
        Action::Back {} => "go back".to_owned(),
        Action::Reload {} => "load the page anew".to_owned(),
        Action::Hover(hover) => format!("point at {}", on(hover.target)),
        Action::Scroll(Scroll {
            until: Some(text), ..
        }) => format!("scroll until the page says {}", quote(text)),
        Action::Scroll(scroll) => match (scroll.way, scroll.target) {
            (Way::Into, Some(target)) => format!("scroll to {}", on(target)),
            (Way::Into, None) => "scroll".to_owned(),
            (Way::Up, _) => "scroll up".to_owned(),
            (Way::Down, _) => "scroll down".to_owned(),
            (Way::Left, _) => "scroll left".to_owned(),
            (Way::Right, _) => "scroll right".to_owned(),
        },
        Action::SwitchTab(switch) => format!("go to tab {}", switch.number),
        Action::NewTab {} => "open a new tab".to_owned(),
        Action::CloseTab {} => "close the tab".to_owned(),
        Action::Fetch(fetch) => format!("fetch {}", untrusted::line(&fetch.url, ADDRESS_MAX)),
        Action::Console(_) => "read the console".to_owned(),
        Action::Requests(_) => "read the requests".to_owned(),
        Action::MailSearch(search) => look_for(search),
        Action::MailRead(read) => format!("read {}", mail(&read.id)),
        Action::MailThread(thread) => format!("look at the thread of {}", mail(&thread.id)),
        Action::MailTriage(_) => "judge what the mails of the inbox want".to_owned(),
        Action::MailDraft(draft) => drafted(draft, mail),
        Action::MailSend(send) => format!("send {}", mail(&send.id)),
        Action::MailMove(to) => format!("move {} to {}", mail(&to.id), to.mailbox),
        Action::MailFlag(flag) => marking(flag, &mail(&flag.id)),
        Action::MailSnooze(snooze) => format!("put off {}", mail(&snooze.id)),
        Action::MailWake(wake) => format!("bring back {}", mail(&wake.id)),
        Action::MailUnsubscribe(end) => format!("unsubscribe from {}", mail(&end.id)),
        Action::Agenda(_) => "look at the calendar".to_owned(),
        Action::FreeBusy(_) => "look up busy times".to_owned(),
        Action::FindSlot(find) => format!("find {} free minutes", find.minutes),
        Action::EventCreate(event) => events::create(event),
        Action::EventUpdate(update) => events::update(update, seen),
        Action::EventDelete(delete) => events::delete(delete, seen),
        Action::EventRespond(respond) => events::respond(respond, seen),
        Action::Invitations(_) => "look for invitations".to_owned(),
        Action::EventImport(import) => format!("import the events of {}", quote(&import.path)),
        Action::CalendarSync(sync) => events::sync(sync),
        Action::EventTake(take) => events::take(take, &mail(&take.mail)),
        Action::EventLetter(letter) => events::letter(letter, seen),
        Action::PastRun(past) => format!("look at run {}", untrusted::line(&past.run, QUOTE_MAX)),
        Action::Undo(undo) => match seen.past(undo) {
            Some(title) => format!("undo: {}", untrusted::line(title, ADDRESS_MAX)),
            None => format!("undo step {} of run {}", undo.step, undo.run),
        },
        Action::Ask(ask) => shortly("ask", &ask.question),
        Action::HandOver(hand) => shortly("hand over", &hand.what),
        Action::Done(_) => "done".to_owned(),
        Action::Fail(_) => "give up".to_owned(),
    }
}

fn drafted(draft: &MailDraft, mail: impl Fn(&MailId) -> String) -> String {
    match (&draft.in_reply_to, &draft.forward) {
        (_, Some(id)) => format!("draft {}, passed on to {}", mail(id), people(&draft.to)),
        (Some(id), None) if draft.to.is_empty() => {
            let all = if draft.to_all { " to all" } else { "" };
            format!("draft a reply{all} to {}", mail(id))
        }
        (Some(_) | None, None) => format!("draft a mail to {}", people(&draft.to)),
    }
}

fn look_for(search: &MailSearch) -> String {
    let like = query(&search.query);
    format!("look for {like} in {}", quote(&search.mailbox))
}

fn marking(flag: &MailFlag, mail: &str) -> String {
    let verb = if flag.on { "mark" } else { "unmark" };
    format!("{verb} {mail} as {}", flag.flag.word())
}

fn shortly(what: &str, said: &str) -> String {
    format!("{what}: {}", untrusted::line(said, ADDRESS_MAX))
}

/// The words for a click, up to what is clicked.
fn pressing(click: &Click) -> String {
    let held = |key: &Held| match key {
        Held::Shift => "Shift+",
        Held::Control => "Control+",
        Held::Alt => "Alt+",
        Held::Meta => "Meta+",
    };
    let keys: String = click.keys.iter().map(held).collect();
    let verb = match (click.button, click.times) {
        (Button::Left, 2) => "double-click",
        (Button::Left, 3) => "triple-click",
        (Button::Left, _) => "click",
        (Button::Right, _) => "right-click",
        (Button::Middle, _) => "middle-click",
    };
    format!("{keys}{verb} ")
}

fn answer(said: &AnswerDialog) -> String {
    match (&said.text, said.accept) {
        (Some(text), true) => format!("answer the dialog with {}", quote(text)),
        (_, true) => "accept the dialog".to_owned(),
        (_, false) => "dismiss the dialog".to_owned(),
    }
}

fn element(page: Option<&Snapshot>, target: Ref) -> String {
    match page.and_then(|page| page.get(target)) {
        Some(node) if !node.name.is_empty() => quote(&node.name),
        Some(node) => format!("the {} {target}", node.role),
        None => target.to_string(),
    }
}

fn condition(until: &Condition, waits: bool) -> String {
    let verb = if waits { "wait until" } else { "check that" };
    match until {
        Condition::Text { text } => format!("{verb} the page says {}", quote(text)),
        Condition::Gone { text } => format!("{verb} the page no longer says {}", quote(text)),
        Condition::Address { text } => format!("{verb} the address contains {}", quote(text)),
        Condition::Mail { query: like, .. } => format!("{verb} there is {}", query(like)),
    }
}

fn query(query: &MailQuery) -> String {
    let mut words = vec!["mail".to_owned()];
    words.extend(
        query
            .from
            .as_ref()
            .map(|from| format!("from {}", quote(from))),
    );
    words.extend(
        query
            .subject
            .as_ref()
            .map(|subject| format!("about {}", quote(subject))),
    );
    words.extend(
        query
            .text
            .as_ref()
            .map(|text| format!("saying {}", quote(text))),
    );
    words.join(" ")
}

fn people(addresses: &[Address]) -> String {
    let emails: Vec<String> = addresses
        .iter()
        .map(|address| untrusted::line(&address.email, QUOTE_MAX))
        .collect();
    emails.join(", ")
}

fn moment(moment: &Moment) -> String {
    match moment {
        Moment::Time(time) => time.strftime("%a %-d %b %Y %H:%M").to_string(),
        Moment::Day(day) => day.strftime("%a %-d %b %Y").to_string(),
    }
}

fn quote(text: impl AsRef<str>) -> String {
    format!("\"{}\"", untrusted::line(text.as_ref(), QUOTE_MAX))
}
