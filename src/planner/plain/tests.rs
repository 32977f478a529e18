//! Whole runs against small sites that answer as real ones do, without a browser.
#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::format_push_string,
    reason = "a site made for tests, not the program"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::pages::page;
use super::*;
use crate::action::{
    Address, Envelope, Interval, Judged, MailId, MailMove, Message, Outcome, Output, Ref,
};
use crate::config::Me;
use crate::skill::shipped;
use crate::snapshot::Snapshot;

fn clock() -> Clock {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    Clock::fixed("2026-11-23T09:00:00Z".parse::<Timestamp>().unwrap(), zone)
}

fn me() -> Me {
    Me {
        name: "Ada Lovelace".to_owned(),
        emails: vec!["ada@home.example".to_owned()],
        phone: "+49 30 1".to_owned(),
        facts: [("date of birth".to_owned(), "1990-12-10".to_owned())].into(),
        ..Me::default()
    }
}

/// A site: its pages by name, and what each press leads to.
struct Site {
    at: String,
    pages: BTreeMap<String, String>,
    /// Page, name of the control, page it leads to.
    leads: Vec<(&'static str, &'static str, &'static str)>,
    values: BTreeMap<String, String>,
    inbox: Vec<Envelope>,
    log: Vec<String>,
    busy: Vec<Interval>,
}

impl Site {
    fn new(pages: &[(&str, &str)], leads: &[(&'static str, &'static str, &'static str)]) -> Self {
        Self {
            at: String::new(),
            pages: pages
                .iter()
                .map(|(n, p)| ((*n).to_owned(), (*p).to_owned()))
                .collect(),
            leads: leads.to_vec(),
            values: BTreeMap::new(),
            inbox: vec![request()],
            log: Vec::new(),
            busy: Vec::new(),
        }
    }

    /// Draws the page with the values that were put in.
    fn page(&self) -> Option<Snapshot> {
        let outline = self.pages.get(&self.at)?;
        let plain = page("http://clinic.example/", outline);
        let mut raw = plain.page().clone();
        raw.url = format!("http://clinic.example/{}", self.at);
        for node in &mut raw.nodes {
            let key = |name: &str| format!("{}|{name}", self.at);
            if let Some(value) = self.values.get(&key(&node.name)) {
                match node.role.as_str() {
                    "checkbox" | "radio" => node.state.checked = true,
                    "button" | "gridcell" | "option" => node.state.selected = true,
                    _ => node.value = Some(value.clone()),
                }
            }
        }
        Some(Snapshot::new(raw))
    }

    fn name(&self, target: Ref) -> String {
        self.page()
            .and_then(|p| p.get(target).map(|n| n.name.clone()))
            .unwrap_or_default()
    }

    fn lead(&mut self, name: &str) -> bool {
        let found = self
            .leads
            .iter()
            .find(|(at, n, _)| *at == self.at && *n == name);
        let Some((_, _, to)) = found else {
            return false;
        };
        self.at = (*to).to_owned();
        true
    }

    /// What is asked of the mailbox; none for all else.
    fn look_up(&self, action: &Action) -> Option<Outcome> {
        Some(match action {
            Action::MailSearch(search) => {
                let list = if search.mailbox == "INBOX" {
                    self.inbox.clone()
                } else {
                    Vec::new()
                };
                Outcome::done("listed").with(Output::Envelopes(list))
            }
            Action::MailTriage(_) => {
                let judged = |envelope: &Envelope| Judged {
                    kind: "newsletter".to_owned(),
                    reason: "it is one".to_owned(),
                    like: None,
                    plan: vec![Action::MailMove(MailMove {
                        id: envelope.id.clone(),
                        mailbox: "Newsletters".to_owned(),
                    })],
                    envelope: envelope.clone(),
                };
                let judged = self.inbox.iter().map(judged).collect();
                Outcome::done("judged").with(Output::Judged(judged))
            }
            Action::MailRead(read) => {
                Outcome::done("read").with(Output::Message(Box::new(message(&read.id))))
            }
            _ => return None,
        })
    }

    fn perform(&mut self, action: &Action) -> Outcome {
        if let Some(found) = self.look_up(action) {
            return found;
        }
        let said = match action {
            Action::Open(open) => {
                self.at = "home".to_owned();
                format!("open {}", open.url)
            }
            Action::Click(click) => {
                let name = self.name(click.target);
                self.values
                    .insert(format!("{}|{name}", self.at), "on".to_owned());
                self.lead(&name);
                format!("click {name}")
            }
            Action::Fill(fill) => {
                let name = self.name(fill.target);
                self.values
                    .insert(format!("{}|{name}", self.at), fill.text.clone());
                self.lead(&name);
                format!("fill {name}: {}", fill.text)
            }
            Action::Select(select) => {
                let name = self.name(select.target);
                self.values
                    .insert(format!("{}|{name}", self.at), select.options.join(", "));
                self.lead(&select.options.join(", "));
                format!("select {name}: {}", select.options.join(", "))
            }
            Action::Check(check) => {
                let name = self.name(check.target);
                self.values
                    .insert(format!("{}|{name}", self.at), "on".to_owned());
                self.lead(&name);
                format!("check {name}")
            }
            Action::Wait(wait) => return self.wait(&wait.until),
            Action::FreeBusy(_) => {
                return Outcome::done("read").with(Output::Busy(self.busy.clone()));
            }
            Action::MailDraft(draft) => {
                self.log.push(format!("draft: {}", draft.body));
                return Outcome::done("drafted")
                    .with(Output::Mail(MailId("d1".to_owned())))
                    .proven("drafted", "Drafts");
            }
            Action::EventCreate(event) => {
                self.log
                    .push(format!("event {} at {:?}", event.summary, event.start));
                return Outcome::done("written")
                    .with(Output::Event("u1".to_owned()))
                    .proven("is there", "cal");
            }
            Action::MailMove(moved) => format!("move to {}", moved.mailbox),
            Action::MailFlag(flag) => format!("flag {:?}", flag.flag),
            Action::Read(_) => {
                return Outcome::done("read").with(Output::Text("Total: 12.50 EUR".to_owned()));
            }
            other => format!("{other:?}"),
        };
        self.log.push(said.clone());
        Outcome::done(said)
    }

    fn wait(&mut self, until: &crate::action::Condition) -> Outcome {
        use crate::action::Condition;
        let text = self
            .page()
            .map(|p| p.page_text().to_lowercase())
            .unwrap_or_default();
        let met = match until {
            Condition::Text { text: wanted } => text.contains(&wanted.to_lowercase()),
            Condition::Gone { text: wanted } => !text.contains(&wanted.to_lowercase()),
            Condition::Address { text: wanted } => self.at.contains(wanted.as_str()),
            Condition::Mail { .. } => false,
        };
        if met {
            return Outcome::done("it is so").proven(format!("{until:?}"), "page");
        }
        Outcome::failed(format!("waited in vain for {until:?}"), "")
    }
}

fn request() -> Envelope {
    Envelope {
        id: MailId("m1".to_owned()),
        mailbox: "INBOX".to_owned(),
        message_id: "a@b".to_owned(),
        from: Address {
            name: "Harbour Dental".to_owned(),
            email: "desk@clinic.example".to_owned(),
        },
        to: Vec::new(),
        cc: Vec::new(),
        subject: "Please book an appointment for your cleaning".to_owned(),
        date: "2026-11-20T09:00:00Z".parse().unwrap(),
        flags: Vec::new(),
        size: 10,
    }
}

fn message(id: &MailId) -> Message {
    let text = "Dear Ada, it is time for your cleaning. Please book online.".to_owned();
    Message {
        envelope: Envelope {
            id: id.clone(),
            ..request()
        },
        reply_to: Vec::new(),
        references: Vec::new(),
        new_text: text.clone(),
        text,
        hidden_text: String::new(),
        links: Vec::new(),
        attachments: Vec::new(),
        invitation: None,
        invitation_method: None,
        headers: BTreeMap::new(),
        content_type: "text/plain".to_owned(),
        diagnostics: Vec::new(),
    }
}

/// Runs a planner against a site to its end.
async fn drive(planner: &mut PlainPlanner, site: &mut Site) -> Action {
    let (clock, me) = (clock(), me());
    let deadline = Deadline::after(Duration::from_mins(1));
    let mut steps: Vec<Step> = Vec::new();
    for _ in 0..120 {
        let snapshot = site.page();
        let view = View {
            clock: &clock,
            me: &me,
            page: snapshot.as_ref(),
            steps: &steps,
        };
        let batch = planner.next(&view, &deadline).await.unwrap();
        assert!(!batch.is_empty() && batch.len() <= BATCH_MAX);
        for proposal in batch {
            if matches!(proposal.action, Action::Done(_) | Action::Fail(_)) {
                return proposal.action;
            }
            let before = site.at.clone();
            let outcome = site.perform(&proposal.action);
            let failed = !outcome.is_done();
            let number = u32::try_from(steps.len()).unwrap() + 1;
            steps.push(Step {
                number,
                action: proposal.action,
                outcome,
            });
            if failed || site.at != before {
                break;
            }
        }
    }
    panic!("no end: {:#?}", site.log);
}

async fn run(goal: &str, site: &mut Site) -> Result<Done, crate::action::Fail> {
    let skills = shipped().unwrap();
    let mut planner = PlainPlanner::from_goal(goal, &skills, &clock()).unwrap();
    match drive(&mut planner, site).await {
        Action::Done(done) => Ok(done),
        Action::Fail(fail) => Err(fail),
        other => panic!("{other:?}"),
    }
}

const BOOK: &str = "Book the appointment that Harbour Dental asks for at http://clinic.example/ between 1 December and 4 December";

/// Several pages with lists, as servers render them.
fn pages_with_lists() -> Site {
    Site::new(
        &[
            (
                "home",
                "banner\n  link \"Harbour Dental\" url=http://clinic.example/\nmain\n  heading \"Welcome\" level=1\n  link \"Schedule a visit\" url=http://clinic.example/book covered\n  link \"Opening hours\" url=http://clinic.example/hours\ngeneric over\n  text \"We use cookies to make this site work\"\n  button \"Accept all\"\n  button \"Only necessary\"\n",
            ),
            (
                "clean",
                "banner\n  link \"Harbour Dental\" url=http://clinic.example/\nmain\n  heading \"Welcome\" level=1\n  link \"Schedule a visit\" url=http://clinic.example/book\n  link \"Opening hours\" url=http://clinic.example/hours\n",
            ),
            (
                "kind",
                "main\n  heading \"Step 1 of 4\" level=1\n  combobox \"Type of visit\" required\n    option \"Please choose\" selected\n    option \"Check-up\"\n    option \"Cleaning (45 min)\"\n    option \"Emergency\"\n  button \"Continue\" type=submit submits=POST_http://clinic.example/kind\n",
            ),
            (
                "day",
                "main\n  heading \"Step 2 of 4\" level=1\n  combobox \"Day\" required\n    option \"Select a day\" selected\n    option \"Monday 30 November\"\n    option \"Tuesday 1 December\"\n    option \"Wednesday 2 December\"\n  button \"Show times\" type=submit submits=GET_http://clinic.example/times\n",
            ),
            (
                "times1",
                "main\n  heading \"Times on Tuesday 1 December\" level=1\n  group \"Time\"\n    radio \"09:00\"\n    radio \"09:30\"\n  button \"Continue\" type=submit submits=POST_http://clinic.example/time\n  link \"Other day\" url=http://clinic.example/day\n",
            ),
            (
                "who",
                "main\n  heading \"Your details\" level=1\n  textbox \"First name\" required\n  textbox \"Last name\" required\n  textbox \"E-mail\" required type=email\n  textbox \"Date of birth\" required type=date\n  textbox \"Insurance\" \n  checkbox \"I agree to the privacy policy\" required\n  checkbox \"Send me the newsletter\"\n  button \"Back\"\n  button \"Continue to review\" type=submit submits=POST_http://clinic.example/who\n",
            ),
            (
                "review",
                "main\n  heading \"Please check\" level=1\n  text \"Tuesday 1 December 09:00\"\n  button \"Change\"\n  button \"Confirm booking\" type=submit submits=POST_http://clinic.example/confirm\n",
            ),
            (
                "done",
                "main\n  heading \"Thank you\" level=1\n  text \"Your appointment is confirmed. Reference: HD-4711\"\n",
            ),
        ],
        &[
            ("home", "Only necessary", "clean"),
            ("clean", "Schedule a visit", "kind"),
            ("kind", "Continue", "day"),
            ("day", "Show times", "times1"),
            ("times1", "Continue", "who"),
            ("who", "Continue to review", "review"),
            ("review", "Confirm booking", "done"),
        ],
    )
}

fn slot_is_busy(site: &mut Site, from: &str, to: &str) {
    site.busy.push(Interval {
        start: from.parse().unwrap(),
        end: to.parse().unwrap(),
    });
}

#[tokio::test]
async fn a_booking_over_several_pages_is_done_and_proven() {
    let mut site = pages_with_lists();
    slot_is_busy(&mut site, "2026-12-01T08:00:00Z", "2026-12-01T08:15:00Z");
    let done = run(BOOK, &mut site)
        .await
        .unwrap_or_else(|f| panic!("{f:?}\n{:#?}", site.log));
    let log = site.log.join("\n");
    for expected in [
        "click Only necessary",
        "select Type of visit: Cleaning (45 min)",
        "select Day: Tuesday 1 December",
        "check 09:30",
        "fill First name: Ada",
        "fill Date of birth: 1990-12-10",
        "check I agree to the privacy policy",
        "click Confirm booking",
        "event Harbour Dental: appointment",
        "I have booked Tuesday 1 December 2026 at 09:30",
    ] {
        assert!(log.contains(expected), "{expected} not in\n{log}");
    }
    assert!(
        !log.contains("newsletter") && !log.contains("Insurance"),
        "{log}"
    );
    assert_eq!(log.matches("Confirm booking").count(), 1);
    assert_eq!(
        done.saved.get("reference").map(String::as_str),
        Some("HD-4711")
    );
    assert!(done.cites.len() >= 3, "{done:?}");
}

/// Everything on one page: radios, a month to turn, times that come after the day.
fn one_page() -> Site {
    let month = |title: &str,
                 days: std::ops::RangeInclusive<u32>,
                 open: &[u32],
                 times: &str,
                 slot: &str| {
        let mut out = String::from(
            "main\n  heading \"Book online\" level=1\n  group \"What for?\"\n    radio \"Check-up\"\n    radio \"Cleaning\"\n  generic\n    button \"‹\"\n",
        );
        out.push_str(&format!(
            "    text \"{title}\"\n    button \"›\"\n    table\n"
        ));
        for day in days {
            let flag = if open.contains(&day) { "" } else { " disabled" };
            out.push_str(&format!("      button \"{day}\"{flag}\n"));
        }
        out.push_str(times);
        out.push_str("  textbox \"Full name\" required\n  textbox \"Mobile\" required type=tel\n  textbox \"Reason for your visit\"\n  checkbox \"I accept the terms and conditions\"\n");
        out.push_str(slot);
        out.push_str("contentinfo\n  textbox \"Email\"\n  button \"Subscribe\"\n");
        out
    };
    let post = "  button \"Book appointment\" type=submit submits=POST_http://clinic.example/b\n";
    let times = "  generic\n    button \"8:00 AM\"\n    button \"10:30 AM\"\n    button \"11:00 AM\" disabled\n";
    let full = "  generic\n    text \"No times on this day\"\n";
    let pages = [
        ("home", month("November 2026", 1..=30, &[30], "", post)),
        ("dec", month("December 2026", 1..=31, &[1, 2, 3], "", post)),
        (
            "dec1",
            month("December 2026", 1..=31, &[1, 2, 3], full, post),
        ),
        (
            "dec2",
            month("December 2026", 1..=31, &[1, 2, 3], times, post),
        ),
        (
            "done",
            "main\n  heading \"You're all set\" level=1\n  text \"See you on Wednesday\"\n"
                .to_owned(),
        ),
    ];
    let pages: Vec<(&str, &str)> = pages.iter().map(|(n, p)| (*n, p.as_str())).collect();
    Site::new(
        &pages,
        &[
            ("home", "›", "dec"),
            ("dec", "1", "dec1"),
            ("dec1", "2", "dec2"),
            ("dec2", "Book appointment", "done"),
        ],
    )
}

#[tokio::test]
async fn a_booking_on_one_page_turns_the_month_and_takes_a_day_with_times() {
    let mut site = one_page();
    let done = run(BOOK, &mut site)
        .await
        .unwrap_or_else(|f| panic!("{f:?}\n{:#?}", site.log));
    let log = site.log.join("\n");
    for expected in [
        "click ›",
        "click 1\n",
        "click 2\n",
        "click 10:30 AM",
        "fill Full name: Ada Lovelace",
        "click Book appointment",
    ] {
        assert!(log.contains(expected), "{expected} not in\n{log}");
    }
    assert!(!log.contains("fill Email"), "{log}");
    assert!(
        done.answer.contains("Wednesday 2 December 2026 at 10:30"),
        "{}",
        done.answer
    );
}

#[tokio::test]
async fn a_button_that_sounds_last_but_is_not_is_gone_over_to_the_real_last_one() {
    let mut site = Site::new(
        &[
            (
                "home",
                "main\n  heading \"Pick a time\" level=1\n  heading \"Tuesday, 1 December\" level=2\n  button \"07:00\"\n  button \"14:00\"\n  heading \"Wednesday, 2 December\" level=2\n  button \"09:00\"\n  button \"Confirm time\"\n",
            ),
            (
                "who",
                "main\n  heading \"Who are you?\" level=1\n  textbox \"Your name\" required\n  textbox \"Email address\" required\n  button \"Reserve now\"\n",
            ),
            (
                "done",
                "main\n  text \"Booking confirmed. Booking code: 88X21\"\n",
            ),
        ],
        &[
            ("home", "Confirm time", "who"),
            ("who", "Reserve now", "done"),
        ],
    );
    let done = run(BOOK, &mut site)
        .await
        .unwrap_or_else(|f| panic!("{f:?}\n{:#?}", site.log));
    assert!(
        done.answer.contains("Tuesday 1 December 2026 at 14:00"),
        "{}",
        done.answer
    );
    let clicks: Vec<&String> = site.log.iter().filter(|l| l.starts_with("click")).collect();
    assert_eq!(
        clicks,
        ["click 14:00", "click Confirm time", "click Reserve now"]
    );
}

#[tokio::test]
async fn what_nobody_can_know_stops_the_run_with_its_name() {
    let mut site = pages_with_lists();
    let who = site.pages.get_mut("who").unwrap();
    *who = who.replace(
        "textbox \"Insurance\" ",
        "textbox \"Insurance number\" required",
    );
    let fail = run(BOOK, &mut site).await.unwrap_err();
    assert!(fail.reason.contains("Insurance number"), "{fail:?}");
    assert!(fail.hint.contains("[me.facts]"), "{fail:?}");
    assert!(!site.log.join("\n").contains("Confirm booking"));
}

#[tokio::test]
async fn no_fitting_time_stops_the_run_before_anything_is_booked() {
    let mut site = one_page();
    slot_is_busy(&mut site, "2026-11-30T00:00:00Z", "2026-12-05T00:00:00Z");
    let fail = run(BOOK, &mut site).await.unwrap_err();
    assert!(fail.reason.contains("no time from"), "{fail:?}");
    assert!(!site.log.join("\n").contains("Book appointment"));
}

#[tokio::test]
async fn a_page_that_does_not_confirm_is_not_called_done_and_not_pressed_again() {
    let mut site = pages_with_lists();
    site.pages.insert(
        "done".to_owned(),
        "main\n  heading \"Error\" level=1\n  alert \"Your booking could not be saved\"\n"
            .to_owned(),
    );
    let fail = run(BOOK, &mut site).await.unwrap_err();
    assert!(fail.reason.contains("does not confirm"), "{fail:?}");
    assert_eq!(
        site.log
            .iter()
            .filter(|l| l.contains("Confirm booking"))
            .count(),
        1
    );
}

#[tokio::test]
async fn sentences_are_done_one_after_the_other_and_values_carried() {
    let mut site = Site::new(
        &[
            (
                "home",
                "main\n  textbox \"Search products\"\n  textbox \"Name\"\n  combobox \"Colour\"\n    option \"Red\"\n    option \"Blue\"\n  text \"Total: 12.50 EUR\"\n  generic \"Total\"\n  button \"Next\"\n",
            ),
            ("second", "main\n  heading \"Saved\" level=1\n"),
        ],
        &[("home", "Next", "second")],
    );
    let done = run(
        "go to http://clinic.example, type me.name into \"Name\", choose \"blue\" in \"Color\" and save the text of \"Total\" as total. click Next; expect \"Saved\"",
        &mut site,
    )
    .await;
    // "Color" and "Colour" differ by one letter.
    let done = done.unwrap_or_else(|f| panic!("{f:?}\n{:#?}", site.log));
    assert_eq!(
        site.log,
        [
            "open http://clinic.example/",
            "fill Name: Ada Lovelace",
            "select Colour: Blue",
            "click Next"
        ]
    );
    assert_eq!(
        done.saved.get("total").map(String::as_str),
        Some("12.50 EUR")
    );
    assert_eq!(done.cites.len(), 1);
}

#[tokio::test]
async fn ambiguity_and_absence_stop_with_names() {
    let two = "main\n  heading \"A\" level=2\n  button \"Edit\"\n  heading \"B\" level=2\n  button \"Edit\"\n";
    let mut site = Site::new(&[("home", two)], &[]);
    let fail = run("go to http://clinic.example; click Edit", &mut site)
        .await
        .unwrap_err();
    assert!(
        fail.reason.contains("under 'A'") && fail.reason.contains("under 'B'"),
        "{fail:?}"
    );
    let fail = run("go to http://clinic.example; click Remove", &mut site)
        .await
        .unwrap_err();
    assert!(
        fail.reason.contains("'Remove' is not on the page"),
        "{fail:?}"
    );
    let done = run(
        "go to http://clinic.example; click Remove if present",
        &mut site,
    )
    .await;
    assert!(done.is_ok(), "{done:?}");
}

#[tokio::test]
async fn what_the_inbox_wants_is_done_in_batches_and_summed_up() {
    let mut site = Site::new(&[], &[]);
    for n in 2..=12 {
        site.inbox.push(Envelope {
            id: MailId(format!("m{n}")),
            ..request()
        });
    }
    let done = run("Please sort my inbox", &mut site).await.unwrap();
    let said = "sorted 12 mails: 12 newsletters";
    assert!(done.answer.contains(said), "{}", done.answer);
    let moved = site
        .log
        .iter()
        .filter(|line| *line == "move to Newsletters");
    assert_eq!(moved.count(), 12);
}

#[test]
fn goals_find_their_skill_in_many_wordings() {
    let skills = shipped().unwrap();
    let understood = |goal: &str| {
        goal::understand(goal, &skills, &clock())
            .unwrap_or_else(|e| panic!("{goal}: {e} | {:?}", e.hint()))
    };
    for (goal, who, host) in [
        (BOOK, "Harbour Dental", "clinic.example"),
        (
            "Book the appointment Harbour Dental asked for on http://127.0.0.1:8080/book next week",
            "Harbour Dental",
            "127.0.0.1:8080",
        ),
        (
            "please schedule an appointment with Dr. Weber at clinic.example next Tuesday afternoon",
            "Dr. Weber",
            "clinic.example",
        ),
        (
            "My dentist wants me to book an appointment. Do it at https://clinic.example some time between 1 and 4 December",
            "dentist",
            "clinic.example",
        ),
        (
            "Make an appointment with the tax office via https://tax.example/termin within the next 10 days",
            "tax office",
            "tax.example",
        ),
        (
            "Next week, book the visit that Harbour Dental asks for on clinic.example",
            "Harbour Dental",
            "clinic.example",
        ),
        (
            "reserve the appointment the garage requested at garage.example for 45 minutes between 7 and 11 December",
            "garage",
            "garage.example",
        ),
        (
            "Book the appointment the dentist asked for by mail, using https://clinic.example, next week",
            "dentist",
            "clinic.example",
        ),
    ] {
        let found = understood(goal);
        assert_eq!(found.skill.as_deref(), Some("book-appointment"), "{goal}");
        assert_eq!(found.inputs["who"], who, "{goal}");
        assert!(found.inputs["site"].contains(host), "{goal}");
    }
    for goal in [
        "triage my inbox",
        "Please sort all my emails",
        "clean up my mailbox",
        "could you tidy my inbox",
    ] {
        assert_eq!(
            understood(goal).skill.as_deref(),
            Some("triage-inbox"),
            "{goal}"
        );
    }
}

#[test]
fn goals_that_ask_for_something_else_are_not_taken_for_a_skill() {
    let skills = shipped().unwrap();
    for goal in [
        "Don't book the appointment Harbour Dental asks for at http://clinic.example next week",
        "sort my inbox except the newsletters",
        "Book a flight to Rome at air.example next week and pay with my card",
        "triage my inbox and shred everything from Bob",
        "write a poem about my inbox",
    ] {
        let got = PlainPlanner::from_goal(goal, &skills, &clock());
        let error = got.err().unwrap_or_else(|| panic!("{goal} was understood"));
        assert!(
            error.hint().is_some_and(|hint| !hint.is_empty()),
            "{goal}: {error}"
        );
    }
    let missing = PlainPlanner::from_goal(
        "book the appointment the dentist asks for next week",
        &skills,
        &clock(),
    )
    .unwrap_err();
    assert!(
        missing.to_string().contains("site (an address"),
        "{missing}"
    );
    let empty = PlainPlanner::from_goal("  ", &skills, &clock()).unwrap_err();
    assert_eq!(empty.to_string(), "the goal is empty");
}
