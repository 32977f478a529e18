//! `legwork mail` on a real server: triage, what is put off, files, searches, and what goes wrong.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::Arc;

use legwork::action::MailId;
use legwork::agent::snoozes::Snoozes;
use legwork::home::Home;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{Ran, TestEnv};
use crate::mail::rig::{Rig, cable, letter, rig};

fn env(user: &str) -> (TestEnv, Arc<Rig>) {
    let (env, rig) = (TestEnv::new(), rig());
    let config = rig.config_at(user, rig.port("imaps"));
    std::fs::write(env.home().join("config.toml"), config).unwrap();
    (env, rig)
}

fn fine(env: &TestEnv, words: &[&str]) -> Ran {
    let ran = env.run(words);
    assert_eq!(ran.code, 0, "{words:?}: {}", ran.stderr);
    ran
}

fn json(env: &TestEnv, words: &[&str]) -> Value {
    let ran = fine(env, &[words, &["--json"]].concat());
    serde_json::from_str(&ran.stdout).unwrap()
}

fn subjects(found: &Value) -> Vec<String> {
    let messages = found["messages"].as_array().unwrap().iter();
    let mut subjects: Vec<String> = messages
        .map(|one| one["subject"].as_str().unwrap().to_owned())
        .collect();
    subjects.sort();
    subjects
}

/// All that the server holds, by mailbox: Message-ID with flags.
fn state(rig: &Rig, user: &str, mailboxes: &[&str]) -> Vec<String> {
    let mut other = rig.other(user);
    let mut lines = Vec::new();
    for mailbox in mailboxes {
        other.ask(&format!("EXAMINE \"{mailbox}\""));
        let said = other.ask("UID SEARCH ALL");
        if said.lines().any(|line| line.trim() == "* SEARCH") {
            continue;
        }
        let said = other.ask("FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])");
        for part in said.split("FETCH (").skip(1) {
            let (_, flags) = part.split_once("FLAGS (").unwrap();
            let mut flags: Vec<&str> = flags.split(')').next().unwrap().split(' ').collect();
            flags.retain(|flag| *flag != "\\Recent" && !flag.is_empty());
            flags.sort_unstable();
            let id = part.split('<').nth(1).unwrap_or_default();
            let id = id.split('>').next().unwrap();
            lines.push(format!("{mailbox} {id} {}", flags.join(" ")));
        }
    }
    lines.sort();
    lines
}

#[test]
fn triage_is_applied_on_the_server_and_taken_back() {
    let (env, rig) = env("sorted");
    fine(&env, &["mail", "sync"]);
    let mailboxes = ["INBOX", "Archive", "Sent", "Drafts", "Trash", "Junk"];
    let before = state(&rig, "sorted", &mailboxes);
    let judged = json(&env, &["mail", "triage"]);
    let kinds: Vec<&str> = judged["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    for kind in ["needs_reply", "newsletter", "receipt", "personal"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    assert_eq!(state(&rig, "sorted", &mailboxes), before);
    // A run from plain words judges the same and does the same.
    let ran = fine(&env, &["run", "triage my inbox"]);
    assert!(ran.stdout.contains("sorted") || ran.stderr.contains("sorted"));
    let after = state(&rig, "sorted", &mailboxes);
    assert_ne!(after, before);
    assert!(rig.count("sorted", "Newsletters") > 0);
    // One that another program moved since is left and named.
    let mut other = rig.other("sorted");
    other.ask("SELECT Newsletters");
    other.ask("MOVE 1 Trash");
    let undone = env.run(&["journal", "undo"]);
    let said = undone.stdout + &undone.stderr;
    assert!(said.contains("no longer in Newsletters"), "{said}");
    let left: Vec<String> = state(&rig, "sorted", &mailboxes);
    let missing = before.iter().filter(|one| !left.contains(one));
    assert_eq!(missing.count(), 1, "{before:#?}\n{left:#?}");
    // Nothing was written to anybody.
    assert!(
        !after
            .iter()
            .any(|line| line.starts_with("Drafts") && !before.contains(line))
    );
}

/// Begins to follow the inbox; gives the lines that tell of news.
fn follow(env: &TestEnv, how: &str) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut command = env.command(&["mail", "triage", "--watch", how]);
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    said.read_line(&mut first).unwrap();
    assert!(first.starts_with("following the inbox"), "{first}");
    // What it says later on must go somewhere.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    let told = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, told)
}

/// Ends it as Ctrl-C does.
fn stop(mut child: Child) {
    let process = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(process, Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn new_mail_on_the_server_is_told_of_and_filed_as_it_comes() {
    let (env, rig) = env("follow");
    fine(&env, &["mail", "sync"]);
    let (child, mut told) = follow(&env, "--apply");
    let ask = letter("follow-1", "Plan").replace("Hello", "Could you send me the plan? Hello");
    let mut other = rig.other("follow");
    for (mail, kind) in [
        (ask, "needs reply"),
        (letter("follow-2", "Thanks"), "personal"),
    ] {
        other.append("INBOX", &mail);
        let line = told.next().unwrap().unwrap();
        assert!(line.contains(kind), "{line}");
    }
    stop(child);
    let labelled = state(&rig, "follow", &["INBOX"]);
    let labelled = labelled.iter().find(|line| line.contains("follow-1@"));
    assert!(labelled.unwrap().contains("Needs-Reply"), "{labelled:?}");
}

#[test]
fn a_server_that_crashes_and_comes_back_costs_no_news() {
    let rig = Rig::of(&["crash"]);
    let env = TestEnv::new();
    let config = rig.config_at("crash", rig.port("imaps"));
    std::fs::write(env.home().join("config.toml"), config).unwrap();
    fine(&env, &["mail", "sync"]);
    let (child, mut told) = follow(&env, "--json");
    let mut news = || told.next().unwrap().unwrap();
    rig.other("crash")
        .append("INBOX", &letter("crash-1", "Before"));
    assert!(news().contains("Before"));
    rig.servers().kill();
    // One comes while nobody listens, one afterwards.
    rig.servers().start_again();
    rig.other("crash")
        .append("INBOX", &letter("crash-2", "Meanwhile"));
    rig.servers().kill();
    rig.servers().start_again();
    assert!(news().contains("Meanwhile"));
    rig.other("crash")
        .append("INBOX", &letter("crash-3", "After"));
    assert!(news().contains("After"));
    stop(child);
    assert_eq!(told.count(), 0);
}

#[test]
fn drafts_are_kept_where_the_server_says_and_sent_as_they_were_edited() {
    let rig = Rig::of(&["abroad", "bob"]);
    // As a mail program in another language has set the mailboxes up.
    rig.servers().kill();
    let file = rig.folder().join("dovecot.conf");
    let config = std::fs::read_to_string(&file).unwrap();
    for (from, to) in [
        ("mailbox Drafts {", "mailbox \"Entwürfe\" {"),
        ("mailbox Sent {", "mailbox Verschickt {"),
    ] {
        assert!(config.contains(from));
        let config = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, config.replace(from, to)).unwrap();
    }
    rig.servers().start_again();
    let env = super::post::env(&rig, "abroad", super::post::Way::Implicit);
    let words = [
        "mail",
        "draft",
        "--to",
        "bob@mail.test",
        "--subject",
        "Foreign",
        "First words",
    ];
    fine(&env, &words);
    assert_eq!(rig.count("abroad", "Entw&APw-rfe"), 1);
    let listed = json(&env, &["mail", "list", "Drafts"]);
    assert_eq!(listed["messages"][0]["mailbox"], "Entwürfe");
    // The person edits it elsewhere, which makes a new message of it.
    let mut other = rig.other("abroad");
    other.ask("SELECT Entw&APw-rfe");
    let edited = "From: abroad@mail.test\r\nTo: bob@mail.test\r\nSubject: Foreign\r\n\
                  Message-ID: <edited-abroad@mail.test>\r\n\
                  Date: Thu, 26 Nov 2026 10:00:00 +0000\r\n\r\nLast words\r\n";
    other.append("Entw&APw-rfe", edited);
    other.ask("STORE 1 +FLAGS (\\Deleted)");
    other.ask("EXPUNGE");
    fine(&env, &["mail", "sync"]);
    fine(&env, &["mail", "list", "Drafts"]);
    fine(&env, &["mail", "send", "1", "--yes"]);
    let wire = super::post::wire(&rig, "Foreign");
    assert!(
        wire.len() == 1 && wire[0].contains("Last words"),
        "{wire:?}"
    );
    assert_eq!(rig.count("abroad", "Verschickt"), 1);
    assert_eq!(rig.count("abroad", "Entw&APw-rfe"), 0);
}

#[test]
fn what_is_put_off_on_a_server_comes_back_though_the_index_is_lost() {
    let (env, rig) = env("later");
    rig.other("later")
        .append("INBOX", &letter("later-1", "Shed"));
    fine(&env, &["mail", "sync"]);
    let found = json(&env, &["mail", "search", "subject:Shed"]);
    let id = MailId(found["messages"][0]["id"].as_str().unwrap().to_owned());
    fine(&env, &["mail", "snooze", &id.0, "until", "tomorrow"]);
    let lies = |mailbox: &str| {
        let lines = state(&rig, "later", &[mailbox]);
        lines.iter().any(|line| line.contains("later-1@"))
    };
    assert!(lies("Snoozed") && !lies("INBOX"));
    let snoozes = Snoozes::open(&Home::at(env.home())).unwrap();
    let mut snoozed = snoozes.get(&id).unwrap().unwrap();
    snoozed.until = snoozed.since;
    snoozes.put(&snoozed).unwrap();
    for ending in ["", "-wal", "-shm"] {
        let file = env.home().join(format!("mail-index.db{ending}"));
        drop(std::fs::remove_file(file));
    }
    let ran = fine(&env, &["mail", "sync"]);
    assert!(ran.stderr.contains("1 message is back"), "{}", ran.stderr);
    assert!(lies("INBOX") && !lies("Snoozed"));
    // A server that says nothing is not waited for by what can do without it.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let config = rig.config_at("later", rig.port("imaps"));
    let hangs = rig.config_at("later", port);
    snoozes.put(&snoozed).unwrap();
    std::fs::write(env.home().join("config.toml"), hangs).unwrap();
    let ran = fine(&env, &["mail", "list", "Snoozed"]);
    let said = "what was put off in later can't be brought back yet: ";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(snoozes.get(&id).unwrap().is_some());
    std::fs::write(env.home().join("config.toml"), config).unwrap();
    // An account that is gone holds nobody up.
    snoozed.account = "elsewhere".to_owned();
    snoozes.put(&snoozed).unwrap();
    fine(&env, &["mail", "list"]);
}

#[test]
fn files_and_texts_on_the_server_need_no_fetching_beforehand() {
    let (env, rig) = env("files");
    let mut other = rig.other("files");
    other.ask("CREATE B&APw-ro");
    let parts = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
                 Content-Type: text/plain; charset=utf-8\r\n\r\nÜber den Wolken, clause seven.\r\n--b\r\n\
                 Content-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\n1,2\r\n--b--\r\n";
    let mail = letter("files-1", "Numbers");
    let (header, _) = mail.split_once("\r\n\r\n").unwrap();
    other.append(
        "B&APw-ro",
        &format!("{header}\r\nMIME-Version: 1.0\r\n{parts}"),
    );
    fine(&env, &["mail", "sync", "--headers"]);
    assert_eq!(
        subjects(&json(&env, &["mail", "list", "Büro"])),
        ["Numbers"]
    );
    let none = json(&env, &["mail", "search", "clause seven"]);
    assert!(subjects(&none).is_empty());
    for words in [
        &["\"clause seven\""] as &[&str],
        &["wolken"],
        &["Über", "has:attachment"],
    ] {
        let asked = [&["mail", "search", "--server"], words].concat();
        assert_eq!(subjects(&json(&env, &asked)), ["Numbers"], "{words:?}");
    }
    let asked = [
        "mail",
        "search",
        "--server",
        "--in",
        "büro",
        "from:dana -is:read",
    ];
    assert_eq!(subjects(&json(&env, &asked)), ["Numbers"]);
    let evil = env.run(&["mail", "search", "--server", "\"a\r\nx LOGOUT\""]);
    assert!(evil.stderr.contains("line break"), "{}", evil.stderr);
    json(&env, &["mail", "list", "Büro"]);
    let files = json(&env, &["mail", "attachments", "1"]);
    assert_eq!(files[0]["name"], "a.csv");
    let folder = env.home().to_str().unwrap().to_owned();
    fine(&env, &["mail", "save", "1", "--all", "--to", &folder]);
    assert!(
        std::fs::read_to_string(env.home().join("a.csv"))
            .unwrap()
            .starts_with("1,2")
    );
    // Looking changed nothing there.
    let lines = state(&rig, "files", &["B&APw-ro"]);
    assert_eq!(lines, ["B&APw-ro files-1@partner.test "]);
}

#[test]
fn what_goes_wrong_is_one_sentence_and_the_other_messages_go_on() {
    let (env, rig) = env("broken");
    let good = rig.config_at("broken", rig.port("imaps"));
    let expired = good.replace(
        "password_command = ['echo', 'secret']",
        "auth = 'xoauth2'\ntoken_command = ['echo', 'eyJhbGciOiJIUzI1NiJ9.e30.x']",
    );
    let cut = cable(rig.port("imaps"), 9_000);
    for (config, said) in [
        (
            good.replace("'secret'", "'wrong'"),
            "refuses the password of 'broken'",
        ),
        (expired, "refuses the token of 'broken'"),
        (
            good.replace(&format!("ca = '{}'\n", rig.ca()), ""),
            "is not trusted: nobody known vouches for it",
        ),
        (rig.config_at("broken", cut), "broke off"),
    ] {
        std::fs::write(env.home().join("config.toml"), config).unwrap();
        let ran = env.run(&["mail", "sync"]);
        assert_eq!(ran.code, 4, "{said}: {}", ran.stderr);
        let errors: Vec<&str> = ran
            .stderr
            .lines()
            .filter(|line| line.starts_with("error:"))
            .collect();
        assert_eq!(errors.len(), 1, "{}", ran.stderr);
        assert!(errors[0].contains(said), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint:"), "{}", ran.stderr);
    }
    // Damaged and hostile mail, and a mailbox without any, beside the others.
    std::fs::write(env.home().join("config.toml"), &good).unwrap();
    let mut other = rig.other("broken");
    other.ask("CREATE Empty");
    let level = |n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n");
    let deep = (0..10_000).map(level).collect::<Vec<_>>().concat();
    let open =
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-";
    for (id, rest) in [
        ("deep", deep.as_str()),
        ("open", open),
        ("last", "\r\nfine\r\n"),
    ] {
        let mail = letter(&format!("broken-{id}"), id);
        let (header, _) = mail.split_once("\r\n\r\n").unwrap();
        other.append("INBOX", &format!("{header}\r\n{rest}"));
    }
    other.append("INBOX", "no header at all\r\n");
    fine(&env, &["mail", "sync"]);
    let listed = json(&env, &["mail", "list", "--limit", "500"]);
    assert_eq!(listed["total"], rig.count("broken", "INBOX"));
    for subject in ["deep", "open", "last"] {
        let found = json(
            &env,
            &[
                "mail",
                "search",
                &format!("subject:{subject}"),
                "--in",
                "INBOX",
            ],
        );
        let id = found["messages"][0]["id"].as_str().unwrap().to_owned();
        fine(&env, &["mail", "read", &id]);
    }
    let empty = fine(&env, &["mail", "list", "Empty"]);
    assert!(empty.stderr.contains("Empty is empty"), "{}", empty.stderr);
    fine(&env, &["mail", "triage"]);
}
