//! Mail accounts as users set them up: found or named, tried, synced, read and taken away.

use std::io::Write as _;
use std::process::Stdio;

use super::{Ran, TestEnv};
use crate::mail::rig::rig;

/// Runs the program with `input` on stdin.
pub(super) fn piped(env: &TestEnv, words: &[&str], input: &str) -> Ran {
    let mut command = env.command(words);
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    env.ran(&child.wait_with_output().unwrap())
}

fn fine(ran: Ran) -> String {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "the life of one account from its beginning to its end"
)]
fn an_account_is_added_tested_synced_read_and_removed() {
    let rig = rig();
    let env = TestEnv::new();
    let server = format!("localhost:{}", rig.port("imaps"));
    let config = "# mine\n[me]\nname = 'Carl'\nemails = ['cli@mail.test']\n";
    std::fs::write(env.home().join("config.toml"), config).unwrap();
    let add = [
        "account",
        "add",
        "cli@mail.test",
        "--name",
        "work",
        "--user",
        "cli",
        "--imap",
        &server,
        "--ca",
        rig.ca(),
    ];
    let wrong = piped(&env, &add, "wrong\n");
    assert_eq!(wrong.code, 4, "{}", wrong.stderr);
    assert!(
        wrong.stderr.contains("refuses the password of 'cli'"),
        "{}",
        wrong.stderr
    );
    let kept = || std::fs::read_to_string(env.home().join("config.toml")).unwrap();
    assert_eq!(kept(), config);
    assert_eq!(fine(env.run(&["secret", "list"])), "");
    let said = fine(piped(&env, &add, "secret\n"));
    assert!(
        said.starts_with(&format!("work: logged in at {server}")),
        "{said}"
    );
    assert!(
        kept().starts_with(config) && !kept().contains("secret"),
        "{}",
        kept()
    );
    assert_eq!(fine(env.run(&["secret", "list"])), "work\n");
    assert!(fine(env.run(&["account", "list"])).contains("cli@mail.test"));
    assert!(fine(env.run(&["account", "test"])).contains("work: logged in"));
    let never = env.run(&["mail", "list"]);
    assert_eq!(never.code, 4, "{}", never.stderr);
    assert!(
        never.stderr.contains("legwork mail sync"),
        "{}",
        never.stderr
    );
    let synced = fine(env.run(&["mail", "sync"]));
    assert!(
        synced.contains("new here") && synced.contains("texts fetched"),
        "{synced}"
    );
    assert_eq!(fine(env.run(&["mail", "sync"])), "work: nothing new\n");
    let listed = fine(env.run(&["mail", "list", "--json", "--limit", "500"]));
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let count = listed["messages"].as_array().unwrap().len();
    assert_eq!(count, rig.count("cli", "INBOX"));
    assert!(!fine(env.run(&["mail", "read", "1"])).is_empty());
    // A change goes through the loop and is read back from the server.
    let flagged = env.run(&["mail", "flag", "1", "Waiting"]);
    assert_eq!(flagged.code, 0, "{}", flagged.stderr);
    assert!(
        flagged.stderr.contains("imap://localhost/INBOX"),
        "{}",
        flagged.stderr
    );
    let said = rig.other("cli").ask("STATUS INBOX (MESSAGES)");
    assert!(said.contains(&count.to_string()), "{said}");
    fine(env.run(&["mail", "move", "1", "Archive"]));
    assert_eq!(rig.count("cli", "INBOX"), count - 1);
    // The Maildir is there beside it.
    assert_eq!(
        fine(env.run(&["mail", "list", "--account", "local", "--json"]))
            .matches("\"id\"")
            .count(),
        0
    );
    fine(env.run(&["account", "remove", "work"]));
    assert_eq!(kept(), format!("{config}\n"));
    assert_eq!(fine(env.run(&["secret", "list"])), "");
    assert_eq!(env.run(&["account", "remove", "work"]).code, 2);
}

#[test]
fn secrets_come_by_stdin_and_go_nowhere_else() {
    let env = TestEnv::new();
    let set = piped(&env, &["secret", "set", "bank"], "s3cr3t-pin\nmore\n");
    assert_eq!(set.code, 0, "{}", set.stderr);
    for words in [
        &["secret", "list"] as &[&str],
        &["secret", "list", "--json"],
        &["doctor", "--json"],
        &["secret", "remove", "bank"],
    ] {
        let ran = env.run(words);
        assert!(!(ran.stdout + &ran.stderr).contains("s3cr3t"), "{words:?}");
    }
    let empty = piped(&env, &["secret", "set", "bank"], "\n");
    assert_eq!(empty.code, 2, "{}", empty.stderr);
    let odd = piped(&env, &["secret", "set", "../bank"], "x\n");
    assert!(
        odd.stderr.contains("can't be the name of a secret"),
        "{}",
        odd.stderr
    );
    assert_eq!(env.run(&["secret", "remove", "bank"]).code, 2);
}

#[test]
fn a_vault_with_a_passphrase_opens_with_it_alone() {
    let env = TestEnv::new();
    fine(piped(&env, &["secret", "set", "bank"], "1234\n"));
    fine(piped(&env, &["secret", "passphrase"], "open sesame\n"));
    assert!(!env.home().join("vault.key").exists());
    let shut = env.run(&["secret", "list"]);
    assert_eq!(shut.code, 3, "{}", shut.stderr);
    assert!(
        shut.stderr.contains("LEGWORK_PASSPHRASE"),
        "{}",
        shut.stderr
    );
    let with = |phrase: &str, words: &[&str]| {
        let mut command = env.command(words);
        let output = command.env("LEGWORK_PASSPHRASE", phrase).output();
        env.ran(&output.unwrap())
    };
    let wrong = with("sesame", &["secret", "list"]);
    assert_eq!(wrong.code, 3, "{}", wrong.stderr);
    let said = "the passphrase does not open the vault";
    assert!(wrong.stderr.contains(said), "{}", wrong.stderr);
    assert_eq!(fine(with("open sesame", &["secret", "list"])), "bank\n");
    let command = "[vault]\npassphrase_command = ['echo', 'open sesame']\n";
    std::fs::write(env.home().join("config.toml"), command).unwrap();
    assert_eq!(fine(env.run(&["secret", "list"])), "bank\n");
    fine(env.run(&["secret", "passphrase", "--off"]));
    std::fs::write(env.home().join("config.toml"), "").unwrap();
    assert_eq!(fine(env.run(&["secret", "list"])), "bank\n");
}
