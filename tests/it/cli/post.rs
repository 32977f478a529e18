//! Letters written, sent and read back by the program over real IMAP and SMTP servers.

use std::sync::Arc;

use super::{Ran, TestEnv};
use crate::mail::rig::{Rig, letter, rig};

/// How the program reaches the server that takes letters.
#[derive(Clone, Copy)]
pub(super) enum Way {
    Starttls,
    Implicit,
    Token,
}

/// A home with the account of a user who can send.
pub(super) fn env(rig: &Rig, user: &str, way: Way) -> TestEnv {
    let env = TestEnv::new();
    let config = rig.config_at(user, rig.port("imaps"));
    let mut config = match way {
        Way::Starttls => format!(
            "{config}smtp = {{ host = 'localhost', port = {}, tls = 'starttls' }}\n",
            rig.port("smtp")
        ),
        Way::Implicit | Way::Token => format!(
            "{config}smtp = {{ host = 'localhost', port = {} }}\n",
            rig.port("smtps")
        ),
    };
    if let Way::Token = way {
        let token = format!(
            "auth = 'xoauth2'\ntoken_command = ['echo', '{}']\n",
            rig.token(user)
        );
        config = config.replace("password_command = ['echo', 'secret']\n", &token);
    }
    let config = config.replace(
        "[[mail]]",
        "[send]\nsignature = 'Test of Legwork'\n[[mail]]",
    );
    std::fs::write(env.home().join("config.toml"), config).unwrap();
    fine(env.run(&["mail", "sync"]));
    env
}

fn fine(ran: Ran) -> String {
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    ran.stdout
}

fn mail(env: &TestEnv, words: &[&str]) -> Ran {
    env.run(&[&["mail"], words].concat())
}

/// What the server took under this subject, a line each.
pub(super) fn taken(rig: &Rig, subject: &str) -> Vec<serde_json::Value> {
    let log = std::fs::read_to_string(rig.folder().join("smtp.jsonl")).unwrap_or_default();
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
    lines
        .filter(|line: &serde_json::Value| line["subject"] == subject)
        .collect()
}

/// The bytes of the letters with this subject, as they went over the wire.
pub(super) fn wire(rig: &Rig, subject: &str) -> Vec<String> {
    let spool = std::fs::read_dir(rig.folder().join("spool")).unwrap();
    let texts = spool.map(|file| std::fs::read(file.unwrap().path()).unwrap());
    texts
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .filter(|text| text.contains(&format!("Subject: {subject}\r\n")))
        .collect()
}

#[test]
fn a_letter_leaves_once_by_each_way_and_hidden_copies_stay_hidden() {
    let rig = rig();
    for (way, subject) in [
        (Way::Starttls, "By STARTTLS"),
        (Way::Implicit, "By TLS"),
        (Way::Token, "By token"),
    ] {
        let env = env(&rig, "leaves", way);
        let to = ["draft", "--to", "bob@mail.test", "--bcc", "carol@mail.test"];
        fine(mail(
            &env,
            &[&to[..], &["--subject", subject, "Schöne Grüße"]].concat(),
        ));
        fine(mail(&env, &["list", "Drafts"]));
        let sent = mail(&env, &["send", "1", "--yes"]);
        assert_eq!(sent.code, 0, "{subject}: {}", sent.stderr);
        let taken = taken(&rig, subject);
        assert_eq!(taken.len(), 1, "{subject}");
        let everyone = serde_json::json!(["bob@mail.test", "carol@mail.test"]);
        assert_eq!(taken[0]["to"], everyone, "{subject}");
        let wire = wire(&rig, subject);
        assert!(
            !wire[0].contains("carol") && !wire[0].contains("X-Legwork"),
            "{}",
            wire[0]
        );
        let again = mail(&env, &["send", "1", "--yes"]);
        assert_ne!(again.code, 0, "{subject}: {}", again.stdout);
        assert!(fine(mail(&env, &["list", "Sent"])).contains(subject));
        assert!(!mail(&env, &["list", "Drafts"]).stdout.contains(subject));
    }
    assert_eq!(rig.count("leaves", "Sent"), 3);
}

#[test]
fn what_was_answered_and_passed_on_shows_it_once_the_letter_has_left() {
    let rig = rig();
    let mut other = rig.other("answers");
    other.append("INBOX", &letter("ask-1", "Lunch on Friday"));
    other.append("INBOX", &letter("ask-2", "Zeppelin hangar keys"));
    let env = env(&rig, "answers", Way::Starttls);
    let flags = |id: &str| {
        let mut other = rig.other("answers");
        other.ask("SELECT INBOX");
        let said = other.ask(&format!("UID SEARCH HEADER Message-ID <{id}@partner.test>"));
        let uid = said
            .lines()
            .next()
            .unwrap()
            .rsplit(' ')
            .next()
            .unwrap()
            .trim()
            .to_owned();
        other.ask(&format!("UID FETCH {uid} (FLAGS)"))
    };
    let run = |goal: &str| env.run(&["run", goal, "--yes", "send"]);
    let reply = run("reply to the mail about \"Lunch on Friday\" saying Gladly, see you there!");
    assert_eq!(reply.code, 0, "{}", reply.stderr);
    assert!(!flags("ask-1").contains("\\Answered"), "only drafted");
    fine(run("send the draft about lunch"));
    assert!(flags("ask-1").contains("\\Answered"), "{}", flags("ask-1"));
    let wire = wire(&rig, "Re: Lunch on Friday");
    assert!(
        wire[0].contains("In-Reply-To: <ask-1@partner.test>\r\n"),
        "{}",
        wire[0]
    );
    assert!(
        wire[0].contains("References: <ask-1@partner.test>\r\n"),
        "{}",
        wire[0]
    );
    assert!(
        wire[0].contains("To: \"Dana Fox\" <dana@partner.test>\r\n"),
        "{}",
        wire[0]
    );
    assert!(
        wire[0].contains("Gladly, see you there!\r\n"),
        "{}",
        wire[0]
    );
    assert!(
        wire[0].contains("-- \r\nTest of Legwork\r\n"),
        "{}",
        wire[0]
    );
    fine(run(
        "forward the mail about \"Zeppelin hangar keys\" to ken@other.test: for you; send it",
    ));
    let passed = flags("ask-2");
    assert!(
        passed.contains("$Forwarded") && !passed.contains("\\Answered"),
        "{passed}"
    );
    let wire = self::wire(&rig, "Fwd: Zeppelin hangar keys");
    assert!(
        wire[0].contains("Hello about Zeppelin hangar keys"),
        "{}",
        wire[0]
    );
}

#[test]
fn the_users_own_edit_of_a_draft_is_what_leaves() {
    let rig = rig();
    let env = env(&rig, "edits", Way::Implicit);
    let to = [
        "draft",
        "--to",
        "bob@mail.test",
        "--subject",
        "Edited",
        "First words",
    ];
    fine(mail(&env, &to));
    fine(mail(&env, &["list", "Drafts"]));
    // Another program keeps the new version as a new message, as IMAP knows no other way.
    let mut other = rig.other("edits");
    other.ask("SELECT Drafts");
    other.append(
        "Drafts",
        "From: edits@mail.test\r\nTo: bob@mail.test\r\nSubject: Edited\r\n\
         Message-ID: <edited@mail.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nBetter words\r\n",
    );
    other.ask("STORE 1 +FLAGS (\\Deleted)");
    other.ask("EXPUNGE");
    let old = mail(&env, &["send", "1", "--yes"]);
    assert_ne!(old.code, 0, "{}", old.stdout);
    assert_eq!(taken(&rig, "Edited").len(), 0);
    fine(env.run(&["run", "send the draft to bob", "--yes", "send"]));
    let wire = wire(&rig, "Edited");
    assert!(
        wire.len() == 1 && wire[0].contains("Better words"),
        "{wire:?}"
    );
}

/// Drafts that say a code, each in its own way, and what follows their subjects.
fn coded() -> Vec<(&'static str, String)> {
    use base64::Engine as _;
    let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let secret = base64("the number is 493817, thanks");
    vec![
        ("plain", "\r\n\r\nIt is 493817.".to_owned()),
        (
            "base64",
            format!("\r\nContent-Transfer-Encoding: base64\r\n\r\n{secret}"),
        ),
        (
            "quoted",
            "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nIt is 49=\r\n38=31=37."
                .to_owned(),
        ),
        (
            "html",
            "\r\nContent-Type: text/html\r\n\r\nIt is 49<b>38</b>&#49;7.".to_owned(),
        ),
        (
            "subject",
            format!(" =?utf-8?B?{secret}?=\r\n\r\nSee above."),
        ),
        (
            "name",
            format!("\r\nCc: =?utf-8?B?{secret}?= <bob@mail.test>\r\n\r\nSee above."),
        ),
        (
            "field",
            format!("\r\nX-Note: =?utf-8?B?{secret}?=\r\n\r\nSee above."),
        ),
        (
            "called",
            "\r\nContent-Type: text/plain; name*=utf-8''%34%39%33%38%31%37\r\n\r\nSee above."
                .to_owned(),
        ),
        (
            "file",
            format!(
                "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee below.\r\n--b\r\n\
                 Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
                 Content-Disposition: attachment; filename=a.bin\r\n\r\n{secret}\r\n--b--"
            ),
        ),
        ("harmless", "\r\n\r\nIt is 493818.".to_owned()),
    ]
}

#[test]
fn a_code_that_was_read_leaves_in_no_encoding() {
    let rig = rig();
    let env = env(&rig, "codes", Way::Implicit);
    let mut other = rig.other("codes");
    other.append(
        "INBOX",
        "From: Bank <security@bank.test>\r\nTo: codes@mail.test\r\nSubject: Sign-in code\r\n\
         Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <code@bank.test>\r\n\r\n\
         Your code is 493817. It ends in 10 minutes. Never share it.\r\n",
    );
    let drafts = coded();
    for (subject, rest) in &drafts {
        let mail = format!(
            "From: codes@mail.test\r\nTo: bob@mail.test\r\nMessage-ID: <{subject}@codes.test>\r\n\
             Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nSubject: {subject}{rest}\r\n"
        );
        other.append("Drafts", &mail);
    }
    fine(mail(&env, &["sync"]));
    let id = |words: &[&str]| {
        let found = fine(mail(&env, &[&["search", "--json"], words].concat()));
        let found: serde_json::Value = serde_json::from_str(&found).unwrap();
        assert_eq!(found["total"], 1, "{words:?}");
        found["messages"][0]["id"].clone()
    };
    let code = id(&["subject:sign", "from:security@bank.test", "493817"]);
    for (subject, _) in &drafts {
        let draft = id(&[&format!("subject:{subject}"), "in:Drafts"]);
        let file = env.home().join("script.json");
        let actions = serde_json::json!([
            { "action": "mail_read", "id": code },
            { "action": "mail_search", "mailbox": "Drafts", "limit": 50 },
            { "action": "mail_send", "id": draft },
        ]);
        std::fs::write(&file, actions.to_string()).unwrap();
        let planner = format!("script:{}", file.display());
        let words = [
            "run",
            "send the draft",
            "--planner",
            &planner,
            "--yes",
            "send",
        ];
        let ran = env.run(&words);
        if *subject == "harmless" {
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            assert_eq!(taken(&rig, subject).len(), 1);
        } else {
            assert_eq!(ran.code, 7, "{subject}: {}{}", ran.stdout, ran.stderr);
            assert!(ran.stderr.contains("code"), "{subject}: {}", ran.stderr);
        }
    }
    let all = std::fs::read_to_string(rig.folder().join("smtp.jsonl")).unwrap();
    assert_eq!(all.matches("@codes.test").count(), 1, "{all}");
}

#[test]
fn drafts_of_one_second_are_listed_newest_first() {
    let rig = rig();
    let env = env(&rig, "second", Way::Implicit);
    let mut other = rig.other("second");
    for name in ["one", "two", "three", "four", "five"] {
        other.append("Drafts", &letter(name, name));
    }
    let expected = ["five", "four", "three", "two", "one"];
    // From the copies here, with words or without, and from the server.
    fine(mail(&env, &["sync"]));
    for words in [
        &["list", "Drafts"][..],
        &["search", "in:Drafts hello"],
        &["search", "hello", "--server", "--in", "Drafts"],
    ] {
        let listed = fine(mail(&env, &[words, &["--json"]].concat()));
        let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
        let listed = listed["messages"].as_array().unwrap().iter();
        let subjects: Vec<&str> = listed.map(|one| one["subject"].as_str().unwrap()).collect();
        assert_eq!(subjects, expected, "{words:?}");
    }
}

#[test]
fn refusals_waits_and_lost_answers_are_told_and_nothing_leaves_twice() {
    let rig = rig();
    let env = env(&rig, "faults", Way::Starttls);
    let send = |to: &[&str], subject: &str| {
        let mut words = vec!["draft", "--subject", subject];
        for one in to {
            words.extend(["--to", one]);
        }
        words.push("Words");
        fine(mail(&env, &words));
        fine(mail(&env, &["list", "Drafts"]));
        mail(&env, &["send", "1", "--yes"])
    };
    let refused = send(&["reject@fault.test"], "Refused");
    assert!(
        refused.code == 9 && refused.stderr.contains("no such user"),
        "{}",
        refused.stderr
    );
    assert_eq!(taken(&rig, "Refused").len(), 0);
    assert!(fine(mail(&env, &["list", "Drafts"])).contains("Refused"));

    let waited = send(&["greylist+post@fault.test"], "Waited");
    assert_eq!(waited.code, 0, "{}", waited.stderr);
    assert_eq!(taken(&rig, "Waited").len(), 1);

    // Nobody knows, until the copy to oneself shows that it left.
    let lost = send(&["drop@fault.test", "faults@mail.test"], "Lost answer");
    assert!(
        lost.code == 9 && lost.stderr.contains("nobody knows"),
        "{}",
        lost.stderr
    );
    let again = mail(&env, &["send", "1", "--yes"]);
    assert_ne!(again.code, 0, "{}", again.stdout);
    let outbox = fine(mail(&env, &["outbox", "--all"]));
    assert!(outbox.contains("a copy lies in INBOX"), "{outbox}");
    assert_eq!(taken(&rig, "Lost answer").len(), 1);
    assert_eq!(rig.count("faults", "Sent"), 2);

    let wide = send(&["jürgen@other.test"], "Wide");
    assert_eq!(wide.code, 0, "{}", wide.stderr);
    assert_eq!(
        taken(&rig, "Wide")[0]["to"],
        serde_json::json!(["jürgen@other.test"])
    );
}

#[test]
fn an_account_keeps_only_a_way_out_that_took_its_login() {
    let rig: Arc<Rig> = rig();
    let env = TestEnv::new();
    let imap = format!("localhost:{}", rig.port("imaps"));
    let add = |smtp: &str| {
        let words = [
            "account",
            "add",
            "leaves@mail.test",
            "--name",
            "work",
            "--user",
            "leaves",
            "--imap",
            &imap,
            "--smtp",
            smtp,
            "--ca",
            rig.ca(),
        ];
        super::account::piped(&env, &words, "secret\n")
    };
    // An IMAP server is none for letters, and says so.
    let wrong = add(&imap);
    assert_eq!(wrong.code, 4, "{}", wrong.stderr);
    assert!(
        wrong
            .stderr
            .contains("letters can't leave by the server you named"),
        "{}",
        wrong.stderr
    );
    assert!(!env.home().join("config.toml").exists());
    let smtp = format!("localhost:{}", rig.port("smtps"));
    let said = fine(add(&smtp));
    assert!(
        said.contains(&format!("work: letters leave by {smtp}")),
        "{said}"
    );
    let kept = std::fs::read_to_string(env.home().join("config.toml")).unwrap();
    assert!(kept.contains("smtp = { host = \"localhost\""), "{kept}");
    fine(env.run(&["account", "test"]));
    let broken = kept.replace(
        &rig.port("smtps").to_string(),
        &rig.port("imaps").to_string(),
    );
    std::fs::write(env.home().join("config.toml"), broken).unwrap();
    let told = env.run(&["account", "test"]);
    assert!(
        told.code == 4 && told.stderr.contains("letters can't leave"),
        "{}",
        told.stderr
    );
}
