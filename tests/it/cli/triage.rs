//! `legwork mail triage` with rules, with what moves taught, and as it follows the inbox.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::{Ran, TestEnv};
use legwork::home::Home;
use legwork::mail::Maildir;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const CONFIG: &str = "[me]\nname = \"Me\"\nzone = \"Europe/Berlin\"\nemails = [\"me@x.test\"]\n\
    [[triage.rule]]\nname = \"boss\"\nfrom = \"boss@x.test\"\nlabel = \"Boss\"\n";

fn letter(number: usize, from: &str, subject: &str, body: &str) -> String {
    format!(
        "From: {from}\r\nTo: me@x.test\r\nSubject: {subject}\r\nMessage-ID: <{number}@x.test>\r\n\
         Date: Mon, 15 Mar 2027 09:00:00 +0000\r\n\r\n{body}\r\n"
    )
}

fn env() -> (TestEnv, Maildir) {
    let env = TestEnv::new();
    std::fs::write(env.home().join("config.toml"), CONFIG).unwrap();
    let mail = Maildir::open(&Home::at(env.home()).mail()).unwrap();
    (env, mail)
}

fn deliver(mail: &Maildir, mailbox: &str, text: &str) -> legwork::action::MailId {
    let now = "2027-03-15T11:00:00Z".parse().unwrap();
    mail.deliver(mailbox, text.as_bytes(), now).unwrap()
}

fn triage(env: &TestEnv, more: &[&str]) -> Ran {
    let ran = env.run(&[&["mail", "triage"], more].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran
}

fn judged(env: &TestEnv) -> Vec<Value> {
    let ran = triage(env, &["--json"]);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    found["messages"].as_array().unwrap().clone()
}

#[test]
fn rules_and_own_answers_decide_and_what_was_applied_is_undone() {
    let (env, mail) = env();
    let boss = deliver(
        &mail,
        "INBOX",
        &letter(1, "Boss <boss@x.test>", "Hello", "Nice day."),
    );
    deliver(
        &mail,
        "INBOX",
        &letter(2, "Dana <dana@x.test>", "Plan", "Could you send it?"),
    );
    let sent = letter(3, "Me <me@x.test>", "Re: Plan", "Here it is.");
    let sent = sent.replace(
        "To: me@x.test",
        "To: dana@x.test\r\nIn-Reply-To: <2@x.test>",
    );
    deliver(&mail, "Sent", &sent);
    let found = judged(&env);
    let kinds: Vec<&str> = found
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["personal", "personal"]);
    let of = |subject: &str| found.iter().find(|one| one["subject"] == subject).unwrap();
    assert_eq!(of("Hello")["evidence"][0], "your rule 'boss'");
    assert!(
        of("Plan")["reason"]
            .as_str()
            .unwrap()
            .starts_with("You have answered")
    );
    triage(&env, &["--apply"]);
    let flags = || mail.locate(&boss).unwrap().unwrap().flags;
    assert_eq!(flags().len(), 1);
    assert_eq!(env.run(&["journal", "undo"]).code, 0);
    assert_eq!(flags().len(), 0);
}

#[test]
fn moves_teach_what_is_suggested_and_are_forgotten_on_request() {
    let (env, mail) = env();
    for n in 10..22 {
        let boat = format!("Boats and oars, sails and ropes, day {n}.");
        deliver(
            &mail,
            "Rowing",
            &letter(n, "Club <club@row.test>", "Rowing", &boat),
        );
        let work = format!("The minutes of week {n} are in the folder.");
        let id = deliver(
            &mail,
            "INBOX",
            &letter(100 + n, "Ken <ken@x.test>", "Minutes", &work),
        );
        mail.flag(&id, &legwork::action::Flag::Seen, true).unwrap();
    }
    deliver(
        &mail,
        "INBOX",
        &letter(1, "Ute <ute@y.test>", "Rowing", "Boats and oars again."),
    );
    let suggestion = || {
        let found = judged(&env);
        let one = found.iter().find(|one| one["subject"] == "Rowing").unwrap();
        assert_eq!(one["plan"], serde_json::json!(["keep"]));
        one["details"]["suggestion"]["mailbox"].clone()
    };
    assert_eq!(suggestion(), "Rowing");
    assert_eq!(suggestion(), "Rowing");
    triage(&env, &["--forget"]);
    assert_eq!(suggestion(), Value::Null);
}

#[test]
fn new_mail_is_told_of_as_it_comes_and_a_stop_ends_it() {
    let (env, mail) = env();
    deliver(
        &mail,
        "INBOX",
        &letter(1, "Dana <dana@x.test>", "Old", "Could you send it?"),
    );
    let mut command = env.command(&["mail", "triage", "--watch", "--apply"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(
        said.next()
            .unwrap()
            .unwrap()
            .starts_with("following the inbox")
    );
    let mut told = BufReader::new(child.stdout.take().unwrap()).lines();
    let boss = deliver(
        &mail,
        "INBOX",
        &letter(2, "Boss <boss@x.test>", "New", "Can you call me?"),
    );
    let first = told.next().unwrap().unwrap();
    assert!(
        first.contains("needs reply") && first.contains("New"),
        "{first}"
    );
    assert!(first.contains("label Boss"), "{first}");
    deliver(
        &mail,
        "INBOX",
        &letter(3, "Dana <dana@x.test>", "Newer", "Thanks."),
    );
    // The second line is told only after the first message was filed.
    let second = told.next().unwrap().unwrap();
    assert!(
        second.contains("personal") && second.contains("Newer"),
        "{second}"
    );
    let boss_flag = legwork::action::Flag::Keyword("Boss".to_owned());
    assert_eq!(mail.locate(&boss).unwrap().unwrap().flags, [boss_flag]);
    let process = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(process, Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(told.next().is_none());
}
