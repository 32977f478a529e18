//! The program at a terminal, as a person sits there: what it asks, what is typed, and Ctrl-C.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use super::{TestEnv, account, post};
use crate::mail::rig::rig;

/// How long a program may take to be ready for what is typed.
const LIMIT: Duration = Duration::from_secs(20);

/// A program on a terminal of its own, which `script` (util-linux) makes.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    screen: ChildStdout,
    said: String,
}

impl Terminal {
    fn run(env: &TestEnv, words: &[&str]) -> Self {
        let quoted = |word: &str| format!("'{}'", word.replace('\'', "'\\''"));
        let words = std::iter::once(&env!("CARGO_BIN_EXE_legwork")).chain(words);
        let line: Vec<String> = words.map(|word| quoted(word)).collect();
        let mut command = env.program("script");
        command
            .args(["-q", "-e", "-c", &line.join(" "), "/dev/null"])
            .env("TERM", "xterm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("'script' of util-linux is needed");
        Self {
            keys: child.stdin.take().unwrap(),
            screen: child.stdout.take().unwrap(),
            child,
            said: String::new(),
        }
    }

    /// Reads on until the screen shows `text` after what was waited for before.
    fn until(&mut self, text: &str) -> String {
        let mut shown = Vec::new();
        let mut space = [0; 4096];
        loop {
            let seen = String::from_utf8_lossy(&shown).into_owned();
            if seen.contains(text) {
                self.said.push_str(&seen);
                return seen;
            }
            let count = self.screen.read(&mut space).unwrap();
            assert!(count > 0, "'{text}' never came after\n{}{seen}", self.said);
            shown.extend_from_slice(&space[..count]);
        }
    }

    /// Waits until what is typed is no longer shown: what came before that is thrown away.
    fn unseen(&self, env: &TestEnv) {
        let script = self.child.id();
        let below = format!("/proc/{script}/task/{script}/children");
        let below = std::fs::read_to_string(below).unwrap();
        let shell = below.split_whitespace().next().unwrap();
        let screen = std::fs::read_link(format!("/proc/{shell}/fd/0")).unwrap();
        let begun = Instant::now();
        loop {
            let ways = env.program("stty").arg("-aF").arg(&screen).output();
            let ways = String::from_utf8(ways.unwrap().stdout).unwrap();
            if ways.split_whitespace().any(|way| way == "-echo") {
                return;
            }
            assert!(begun.elapsed() < LIMIT, "what is typed is still shown");
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the end: the exit code, and all that was shown.
    fn end(mut self) -> (i32, String) {
        let mut rest = Vec::new();
        self.screen.read_to_end(&mut rest).unwrap();
        self.said.push_str(&String::from_utf8_lossy(&rest));
        (self.child.wait().unwrap().code().unwrap(), self.said)
    }
}

#[test]
fn a_letter_is_shown_asked_for_and_called_back_by_ctrl_c() {
    let rig = rig();
    let env = post::env(&rig, "window", post::Way::Implicit);
    let window = |seconds: u32| {
        let file = env.home().join("config.toml");
        let config = std::fs::read_to_string(&file).unwrap();
        let setting = format!("[send]\nundo_seconds = {seconds}\n");
        std::fs::write(file, config.replace("[send]\n", &setting)).unwrap();
    };
    window(60);
    let draft = [
        "mail",
        "draft",
        "--to",
        "bob@mail.test",
        "--subject",
        "Called",
        "Words",
    ];
    assert_eq!(env.run(&draft).code, 0);
    assert_eq!(env.run(&["mail", "list", "Drafts"]).code, 0);
    let ask = || {
        let mut terminal = Terminal::run(&env, &["mail", "send", "1"]);
        let shown = terminal.until("Send it to bob@mail.test?");
        assert!(shown.contains("Subject: Called"), "{shown}");
        terminal
    };
    let mut no = ask();
    no.press("n");
    let (code, said) = no.end();
    assert!(code != 0 && !said.contains("it leaves"), "{code}\n{said}");
    let mut called = ask();
    called.press("y");
    called.until("it leaves in 60 s; Ctrl-C keeps it as a draft");
    called.press("\x03");
    let (code, said) = called.end();
    assert_eq!(code, 130, "{said}");
    assert_eq!(post::taken(&rig, "Called").len(), 0);
    assert_eq!(rig.count("window", "Drafts"), 1);
    let outbox = env.run(&["mail", "outbox", "--all"]);
    assert!(outbox.stdout.contains("called back"), "{}", outbox.stdout);
    // The same draft may leave later on, once.
    let file = env.home().join("config.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, config.replace("undo_seconds = 60\n", "")).unwrap();
    window(1);
    let mut sent = ask();
    sent.press("y");
    let (code, said) = sent.end();
    assert_eq!(code, 0, "{said}");
    assert_eq!(post::taken(&rig, "Called").len(), 1);
    assert_eq!(rig.count("window", "Sent"), 1);
}

#[test]
fn the_passphrase_is_asked_for_unseen() {
    let env = TestEnv::new();
    for (words, typed) in [
        (&["secret", "set", "bank"][..], "1234\n"),
        (&["secret", "passphrase"], "open sesame\n"),
    ] {
        assert_eq!(account::piped(&env, words, typed).code, 0);
    }
    for (typed, wanted, shown) in [
        ("open sesame\r", 0, "bank"),
        ("sesame\r", 3, "the passphrase does not open the vault"),
    ] {
        let mut terminal = Terminal::run(&env, &["secret", "list"]);
        terminal.until("Passphrase of the vault, unseen");
        terminal.unseen(&env);
        terminal.press(typed);
        let (code, said) = terminal.end();
        assert_eq!(code, wanted, "{said}");
        assert!(said.contains(shown) && !said.contains("sesame"), "{said}");
    }
}
