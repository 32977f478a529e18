//! What happened on the pages: console, errors, requests, archives, and rules for requests.

use base64::Engine as _;
use legwork::action::{
    Action, Level, Output, ReadConsole, ReadRequests, RequestDetail, RequestInfo,
};
use legwork::browser::{Bodies, Rule, RuleAnswer, Secrets};
use serde_json::Value;

use super::{Rig, limit};

impl Rig {
    async fn messages(&mut self) -> Vec<(Level, String)> {
        let log = self
            .browser
            .console(&ReadConsole::default(), &limit())
            .await;
        let messages = log.unwrap().messages.into_iter();
        messages
            .map(|message| (message.level, message.text))
            .collect()
    }

    async fn requests(&mut self) -> Vec<RequestInfo> {
        let log = self.browser.requests(&ReadRequests::default()).await;
        log.unwrap().requests
    }

    /// The newest request whose address contains `text`.
    async fn request(&mut self, text: &str) -> RequestInfo {
        let requests = self.requests().await;
        let found = requests
            .iter()
            .rev()
            .find(|request| request.url.contains(text));
        found
            .unwrap_or_else(|| panic!("no {text} in {requests:#?}"))
            .clone()
    }

    async fn detail(&mut self, text: &str, secrets: Secrets) -> RequestDetail {
        let number = self.request(text).await.number;
        let detail = self.browser.request(number, secrets, &limit()).await;
        detail.unwrap().unwrap()
    }

    async fn block(&mut self, pattern: &str) {
        let rule = Rule::new(pattern, RuleAnswer::Block {}).unwrap();
        self.browser
            .add_rule(rule, &limit())
            .await
            .unwrap()
            .unwrap();
    }
}

#[tokio::test]
async fn messages_from_before_the_first_question_are_told_and_later_ones_too() {
    let mut rig = Rig::on("traffic.html").await;
    let messages = rig.messages().await;
    let has = |messages: &[(Level, String)], level, text: &str| {
        let is = |message: &&(Level, String)| message.0 == level && message.1.contains(text);
        assert_eq!(
            messages.iter().filter(is).count(),
            1,
            "{text}: {messages:#?}"
        );
    };
    has(&messages, Level::Info, "loaded 7 ");
    has(&messages, Level::Warning, "careful");
    has(&messages, Level::Error, "404");
    rig.click("button", "Fail").await;
    // A new page in another process is listened to from its beginning.
    let other = rig
        .site
        .url("traffic.html")
        .replace("127.0.0.1", "localhost");
    let opened = rig
        .act(Action::Open(legwork::action::Open { url: other }))
        .await;
    assert!(opened.is_done(), "{opened:?}");
    let messages = rig.messages().await;
    has(&messages, Level::Uncaught, "Error: boom");
    let loads = messages
        .iter()
        .filter(|message| message.1.contains("loaded"));
    assert_eq!(loads.count(), 2, "{messages:#?}");
    let errors = ReadConsole {
        errors_only: true,
        text: Some("BOOM".to_owned()),
    };
    let outcome = rig.act(Action::Console(errors)).await;
    let Output::Console(log) = &outcome.output else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        (log.messages.len(), outcome.summary.as_str()),
        (1, "1 message")
    );
    assert!(log.messages[0].place.contains("traffic.html:"), "{log:?}");
}

#[tokio::test]
async fn requests_are_listed_with_what_came_of_them_and_secrets_masked() {
    let mut rig = Rig::on("traffic.html").await;
    rig.click("button", "Call").await;
    rig.click("button", "Log in").await;
    let page = rig.request("traffic.html").await;
    assert_eq!((page.status, page.kind.as_str()), (Some(200), "document"));
    assert!(
        page.bytes.is_some_and(|bytes| bytes > 500) && page.ms.is_some(),
        "{page:?}"
    );
    let missing = rig.request("missing.js").await;
    assert_eq!(
        (missing.status, missing.kind.as_str()),
        (Some(404), "script")
    );
    let call = rig.request("/late").await;
    assert!(call.url.ends_with("/late?ms=10&token=***"), "{call:?}");
    assert!(call.initiator.contains("traffic.html:"), "{call:?}");
    let detail = rig.detail("/late", Secrets::Masked).await;
    assert_eq!(detail.response_body.as_deref(), Some("late after 10"));
    let login = rig.detail("/submit", Secrets::Masked).await;
    assert_eq!(login.request_body.as_deref(), Some("user=ada&password=***"));
    let text = serde_json::to_string(&login).unwrap();
    assert!(!text.contains("Bearer") && text.contains("***"), "{text}");
    let login = rig.detail("/submit", Secrets::Shown).await;
    let text = serde_json::to_string(&login).unwrap();
    assert!(
        text.contains("Bearer abc") && text.contains("hunter2"),
        "{text}"
    );
    let failed = ReadRequests {
        failed_only: true,
        ..ReadRequests::default()
    };
    let outcome = rig.act(Action::Requests(failed)).await;
    let Output::Requests(log) = &outcome.output else {
        panic!("{outcome:?}");
    };
    assert!(
        log.requests.iter().all(|r| r.status == Some(404)),
        "{log:#?}"
    );
    let none = ReadRequests {
        number: Some(9_999),
        ..ReadRequests::default()
    };
    let outcome = rig.act(Action::Requests(none)).await;
    assert_eq!(outcome.summary, "there is no request 9999");
}

#[tokio::test]
async fn an_archive_holds_every_exchange_and_its_bodies_at_request() {
    let mut rig = Rig::on("traffic.html").await;
    rig.click("button", "Call").await;
    rig.click("button", "Log in").await;
    let har = rig
        .browser
        .har(Secrets::Masked, Bodies::Taken, &limit())
        .await;
    let text = har.unwrap();
    let har: Value = serde_json::from_str(&text).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    let entry = |part: &str| {
        let is = |entry: &&Value| entry["request"]["url"].as_str().unwrap().contains(part);
        entries.iter().find(is).unwrap()
    };
    let call = entry("/late");
    assert_eq!(call["response"]["content"]["text"], "late after 10");
    assert_eq!(call["response"]["status"], 200);
    assert!(call["time"].as_f64().unwrap() >= 10.0, "{call:#}");
    let headers = entry("/submit")["request"]["headers"].to_string();
    assert!(
        headers.contains("***") && !headers.contains("Bearer"),
        "{headers}"
    );
    let posted = &entry("/submit")["request"]["postData"];
    assert_eq!(posted["text"], "user=ada&password=***");
    let lean = rig
        .browser
        .har(Secrets::Masked, Bodies::Left, &limit())
        .await;
    assert!(!lean.unwrap().contains("late after 10"));
}

#[tokio::test]
async fn requests_are_blocked_and_answered_by_pattern_until_the_rules_go() {
    let mut rig = Rig::on("traffic.html").await;
    let answer = RuleAnswer::Mock {
        status: 418,
        mime: "text/plain".to_owned(),
        body: base64::engine::general_purpose::STANDARD.encode("made up"),
    };
    let rule = Rule::new("/late", answer).unwrap();
    rig.browser.add_rule(rule, &limit()).await.unwrap().unwrap();
    rig.block("*/submit").await;
    rig.click("button", "Call").await;
    assert!(
        rig.text().await.contains("418 made up"),
        "{}",
        rig.text().await
    );
    let call = rig.request("/late").await;
    assert_eq!(
        (call.status, call.answered_by.as_str()),
        (Some(418), "rule")
    );
    rig.click("button", "Log in").await;
    let login = rig.request("/submit").await;
    assert_eq!(login.failed.as_deref(), Some("blocked by a rule of yours"));
    assert_eq!(rig.site.seen(), [] as [&str; 0]);
    // A page in another process, and the frames in it, keep to the rules from their beginning.
    rig.block("*/missing.js").await;
    let other = rig
        .site
        .url("traffic.html")
        .replace("127.0.0.1", "localhost");
    rig.act(Action::Open(legwork::action::Open { url: other }))
        .await;
    let missing = rig.request("missing.js").await;
    assert!(
        missing.failed.is_some() && missing.url.contains("localhost"),
        "{missing:?}"
    );
    let applied: Vec<u32> = rig
        .browser
        .rules()
        .await
        .unwrap()
        .iter()
        .map(|r| r.applied)
        .collect();
    assert_eq!(applied, [1, 1, 1]);
    rig.browser.clear_rules(&limit()).await.unwrap();
    rig.click("button", "Call").await;
    assert!(
        rig.text().await.contains("200 late after 10"),
        "{}",
        rig.text().await
    );
}

#[tokio::test]
async fn a_page_that_floods_the_console_costs_a_bounded_ring() {
    let mut rig = Rig::on("flood.html").await;
    rig.messages().await;
    rig.click("button", "Flood").await;
    let log = rig
        .browser
        .console(&ReadConsole::default(), &limit())
        .await
        .unwrap();
    assert!(log.dropped > 0, "{}", log.messages.len());
    assert!(
        log.messages.last().unwrap().text.starts_with("line 19999 "),
        "{:?}",
        log.messages.last()
    );
    assert!(rig.open("basic.html").await.is_done());
}

#[tokio::test]
async fn a_page_that_hangs_keeps_nobody_from_the_requests() {
    let mut rig = Rig::on("hang.html").await;
    let target = rig.find("button", "Hang").await;
    let click = Action::Click(legwork::action::Click::on(target));
    let short = legwork::deadline::Deadline::after(std::time::Duration::from_millis(300));
    rig.browser.perform(&click, &short).await.unwrap_err();
    assert_eq!(rig.request("hang.html").await.status, Some(200));
    let messages = rig.messages().await;
    assert!(messages.len() < 5, "{messages:?}");
}
