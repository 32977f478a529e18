//! Searching, threads and attached files, as they are typed.

use std::fs;

use legwork::action::Flag;
use legwork::home::Home;
use legwork::mail::Maildir;
use serde_json::Value;

use super::{Ran, TestEnv};

/// A talk over two mailboxes, and a mail with files.
fn env() -> TestEnv {
    let env = TestEnv::new();
    let maildir = Maildir::open(&Home::at(env.home()).mail()).unwrap();
    let put = |mailbox: &str, mail: &str| {
        let now = "2027-03-16T09:00:00Z".parse().unwrap();
        maildir.deliver(mailbox, mail.as_bytes(), now).unwrap()
    };
    put(
        "INBOX",
        "From: Dana Fox <dana@x.test>\r\nTo: me@x.test\r\nSubject: Budget for the garden\r\n\
         Date: Mon, 01 Mar 2027 10:00:00 +0000\r\nMessage-ID: <1@x>\r\n\r\nIs 400 enough?\r\n",
    );
    put(
        "Sent",
        "From: me@x.test\r\nTo: dana@x.test\r\nSubject: Re: Budget for the garden\r\n\
         Date: Tue, 02 Mar 2027 10:00:00 +0000\r\nMessage-ID: <2@x>\r\nIn-Reply-To: <1@x>\r\n\r\n\
         It is.\r\n",
    );
    let last = put(
        "INBOX",
        "From: Dana Fox <dana@x.test>\r\nTo: me@x.test\r\nSubject: Re: Budget for the garden\r\n\
         Date: Wed, 03 Mar 2027 10:00:00 +0000\r\nMessage-ID: <3@x>\r\nReferences: <1@x> <2@x>\r\n\
         \r\nThen I order the roses.\r\n",
    );
    maildir.flag(&last, &Flag::Seen, true).unwrap();
    put(
        "INBOX",
        "From: shop@shop.test\r\nSubject: Your invoice\r\nDate: Thu, 04 Mar 2027 10:00:00 +0000\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
         <p>Pay at <a href='https://evil.test/x'>https://bank.test</a></p>\r\n--b\r\n\
         Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"../a.pdf\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjcK\r\n--b\r\n\
         Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=b.pdf\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nTVqQAAMA\r\n--b\r\n\
         Content-Type: message/rfc822\r\n\r\nSubject: inner mail\r\n\r\nhello\r\n--b--\r\n",
    );
    env
}

fn mail(env: &TestEnv, words: &[&str]) -> Ran {
    env.run(&[&["mail"], words].concat())
}

fn json(env: &TestEnv, words: &[&str]) -> Value {
    let ran = mail(env, &[words, &["--json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn searches_understand_keys_phrases_and_exclusions() {
    let env = env();
    for (words, total) in [
        ("budget", 3),
        ("BUDG gard", 3),
        ("\"garden budget\"", 0),
        ("\"for the garden\"", 3),
        ("from:dana", 2),
        ("to:dana", 1),
        ("from:dana is:unread", 1),
        ("in:sent", 1),
        ("has:attachment", 1),
        ("after:2027-03-03", 2),
        ("before:2027-03-03 budget", 2),
        ("budget -roses -in:Sent", 1),
        ("subject:invoice", 1),
        ("roses' OR 1=1", 0),
    ] {
        assert_eq!(json(&env, &["search", words])["total"], total, "{words}");
    }
    let wrong = mail(&env, &["search", "form:dana"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""));
    assert!(
        wrong.stderr.contains("no search knows 'form:'"),
        "{}",
        wrong.stderr
    );
    assert!(wrong.stderr.contains("hint:"), "{}", wrong.stderr);
}

#[test]
fn a_thread_is_one_tree_over_all_mailboxes() {
    let env = env();
    mail(&env, &["search", "roses"]);
    let thread = json(&env, &["thread", "1"]);
    let posts: Vec<(&str, u64)> = thread["posts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|post| {
            (
                post["mailbox"].as_str().unwrap(),
                post["depth"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(posts, [("INBOX", 0), ("Sent", 1), ("INBOX", 2)]);
    let drawn = mail(&env, &["thread", "3"]);
    assert_eq!(drawn.stdout.lines().count(), 3, "{}", drawn.stdout);
    assert!(drawn.stdout.contains("    ↳ Dana Fox"), "{}", drawn.stdout);
    // Its numbers are those of the tree.
    let read = mail(&env, &["read", "2"]);
    assert!(read.stdout.contains("It is."), "{}", read.stdout);
}

#[test]
fn files_are_told_by_their_bytes_and_saved_beside_others() {
    let env = env();
    let folder = env.home().join("out");
    fs::create_dir(&folder).unwrap();
    let to = folder.to_str().unwrap();
    mail(&env, &["search", "invoice"]);
    let files = json(&env, &["attachments", "1"]);
    let said: Vec<(&str, &str)> = files
        .as_array()
        .unwrap()
        .iter()
        .map(|file| {
            let warning = file["warning"].as_str().unwrap_or_default();
            (file["name"].as_str().unwrap(), warning)
        })
        .collect();
    let want = [
        ("a.pdf", ""),
        ("b.pdf", "it is a program"),
        ("inner mail.eml", ""),
    ];
    assert_eq!(said, want);
    fs::write(folder.join("a.pdf"), "mine").unwrap();
    let saved = mail(&env, &["save", "1", "1", "3", "--to", to]);
    assert_eq!(saved.code, 0, "{}", saved.stderr);
    assert_eq!(fs::read(folder.join("a.pdf")).unwrap(), b"mine");
    assert_eq!(fs::read(folder.join("a-2.pdf")).unwrap(), b"%PDF-1.7\n");
    let inner = fs::read_to_string(folder.join("inner mail.eml")).unwrap();
    assert!(inner.starts_with("Subject: inner mail\r\n"), "{inner}");
    let saved = mail(&env, &["save", "1", "2", "--to", to]);
    assert!(
        saved.stderr.contains("careful: it is a program"),
        "{}",
        saved.stderr
    );
    let missing = mail(&env, &["save", "1", "4", "--to", to]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("it has 3"), "{}", missing.stderr);
    let nowhere = mail(&env, &["save", "1", "--all", "--to", "/none/such"]);
    assert_eq!(nowhere.code, 2, "{}", nowhere.stderr);
}

#[test]
fn a_false_link_and_the_header_are_shown_for_what_they_are() {
    let env = env();
    mail(&env, &["search", "invoice"]);
    let read = mail(&env, &["read", "1"]);
    let said = "a link shows https://bank.test but goes to https://evil.test/x";
    assert!(read.stdout.contains(said), "{}", read.stdout);
    let read = mail(&env, &["read", "1", "--headers"]);
    assert!(
        read.stdout.contains("Content-Type: multipart/mixed"),
        "{}",
        read.stdout
    );
}

#[test]
fn a_damaged_index_costs_nothing_but_time() {
    let env = env();
    let before = json(&env, &["list"]);
    let file = env.home().join("mail-index.db");
    assert!(file.exists());
    fs::write(&file, vec![7; 9_000]).unwrap();
    assert_eq!(json(&env, &["list"]), before);
    fs::remove_file(&file).unwrap();
    assert_eq!(json(&env, &["list"]), before);
}
