//! Logins by hand and kept: `legwork web state`, `handover`, `--headed`, `--cdp`.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};

use serde_json::Value;

use super::Ran;
use super::web::Desk;
use crate::web::attach::Theirs;
use crate::web::ref_in;

/// A screen that nobody looks at; none where Xvfb is not installed.
struct Screen {
    server: Child,
    name: String,
}

impl Screen {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test starts a screen of its own"
    )]
    fn start() -> Option<Self> {
        let mut server = std::process::Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-nolisten",
                "tcp",
                "-screen",
                "0",
                "1280x800x24",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut number = String::new();
        BufReader::new(server.stdout.take()?)
            .read_line(&mut number)
            .ok()?;
        let name = format!(":{}", number.trim());
        Some(Self { server, name })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

impl Desk {
    /// Runs a command where there is a screen.
    fn seen(&self, words: &[&str], screen: Option<&Screen>) -> Ran {
        let mut all = vec!["web"];
        all.extend(words);
        let mut command = self.env.command(&all);
        if let Some(screen) = screen {
            command.env("DISPLAY", &screen.name);
        }
        self.env.ran(&command.output().unwrap())
    }

    fn last_run(&self) -> String {
        self.env.run(&["journal", "show", "last", "--json"]).stdout
    }
}

fn command_line(status: &Value) -> String {
    let browser = status["browser"].as_u64().unwrap();
    let line = std::fs::read(format!("/proc/{browser}/cmdline")).unwrap();
    String::from_utf8_lossy(&line).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_saved_for_its_owner_alone_and_loaded_where_it_is_granted() {
    let desk = Desk::new().await;
    desk.open("enter");
    desk.good(&["click", &desk.find("Log in")]);
    let saved = desk.good(&["state", "save", "shop"]);
    assert!(
        saved.contains("1 cookies, 1 entries of local storage"),
        "{saved}"
    );
    desk.good(&["close"]);
    assert!(
        !desk.last_run().contains("geheim"),
        "a secret is in the journal"
    );
    let file = desk.env.home().join("logins/shop.json");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    desk.good(&["open", &desk.site.url("whoami"), "--state", "shop"]);
    assert!(desk.good(&["read"]).contains("cookies: sid=geheim"));
    let page = desk.open("login.html");
    assert!(page.contains("Welcome back ada"), "{page}");
    desk.good(&["close"]);
    // A login that has expired is said, and not used.
    let old = std::fs::read_to_string(&file).unwrap();
    let mut state: Value = serde_json::from_str(&old).unwrap();
    state["cookies"][0]["expires"] = 5.into();
    std::fs::write(&file, state.to_string()).unwrap();
    let opened = desk.web(&["open", &desk.site.url("whoami"), "--state", "shop"]);
    assert!(
        opened
            .stderr
            .contains("1 of 1 cookies of the login state 'shop' have expired"),
        "{}",
        opened.stderr
    );
    assert!(opened.stdout.contains("cookies: none"), "{}", opened.stdout);
    assert!(desk.good(&["state", "list"]).starts_with("shop  127.0.0.1"));
    desk.good(&["state", "remove", "shop"]);
    assert_eq!(desk.good(&["state", "list", "--json"]), "[]\n");
    for (words, start) in [
        (
            &["state", "load", "shop"][..],
            "error: there is no login state 'shop'\n",
        ),
        (
            &[
                "open",
                "http://127.0.0.1:1/",
                "--state",
                "shop",
                "--session",
                "x",
            ],
            "error: there is no login state 'shop'\n",
        ),
        (&["state", "save", "../x"], "error: invalid value '../x'"),
    ] {
        let ran = desk.web(words);
        assert!(
            ran.code != 0 && ran.stderr.starts_with(start),
            "{words:?}: {}",
            ran.stderr
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_handed_to_the_person_in_a_window_and_taken_back() {
    let desk = Desk::new().await;
    let screen = Screen::start();
    desk.seen(&["open", &desk.site.url("enter")], screen.as_ref());
    let before = desk.find("Log in");
    desk.seen(&["open", &desk.site.url("person.html")], screen.as_ref());
    let handed = desk.seen(
        &["handover", "--until-text", "you are human", "--limit", "60"],
        screen.as_ref(),
    );
    if screen.is_none() {
        // Without a screen it is said, and the session goes on.
        assert_eq!(handed.code, 9, "{} {}", handed.stdout, handed.stderr);
        assert!(
            handed.stdout.contains("there is no display"),
            "{}",
            handed.stdout
        );
        assert!(
            desk.good(&["snapshot"])
                .contains("Prove that you are human")
        );
        return;
    }
    assert_eq!(handed.code, 0, "{} {}", handed.stdout, handed.stderr);
    assert!(
        handed.stdout.contains("you gave the page back"),
        "{}",
        handed.stdout
    );
    let status = desk.status("default").unwrap();
    assert!(!command_line(&status).contains("--headless"));
    // Logins went along, refs are not used again, and what the person sent is written nowhere.
    assert_ne!(desk.find("Somewhere"), before);
    assert_eq!(desk.site.seen(), ["password=hunter2"]);
    let requests = desk.good(&["requests", "--json"]);
    assert!(!requests.contains("/submit"), "{requests}");
    assert!(!desk.last_run().contains("hunter2"));
    let page = desk.open("whoami");
    assert!(page.contains("cookies: sid=geheim"), "{page}");
    let given = desk.web(&["handover"]);
    assert!(
        given
            .stderr
            .contains("the next command takes the page back"),
        "{}",
        given.stderr
    );
    assert!(desk.good(&["requests"]).contains("whoami"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_shown_where_there_is_a_screen_and_missed_where_there_is_none() {
    let desk = Desk::new().await;
    let none = desk.seen(&["open", &desk.site.url("basic.html"), "--headed"], None);
    assert_eq!(none.code, 5, "{} {}", none.stdout, none.stderr);
    assert!(
        none.stdout
            .contains("there is no display to show a window on"),
        "{}",
        none.stdout
    );
    assert!(
        none.stdout.contains("xvfb-run") || none.stderr.contains("xvfb-run"),
        "{} {}",
        none.stdout,
        none.stderr
    );
    let Some(screen) = Screen::start() else {
        return;
    };
    let opened = desk.seen(
        &["open", &desk.site.url("basic.html"), "--headed"],
        Some(&screen),
    );
    assert_eq!(opened.code, 0, "{} {}", opened.stdout, opened.stderr);
    let add = desk.find("Add");
    let clicked = desk.good(&["click", &add]);
    assert!(clicked.contains("item 1 trusted=true"), "{clicked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_in_the_persons_own_browser_leaves_it_running() {
    let theirs = Theirs::start();
    let desk = Desk::new().await;
    let before = theirs.tabs().await;
    let opened = desk.good(&[
        "open",
        &desk.site.url("basic.html"),
        "--cdp",
        &theirs.address,
    ]);
    assert!(ref_in(&opened, "button", "Add").is_some(), "{opened}");
    let clicked = desk.good(&["click", &desk.find("Add")]);
    assert!(clicked.contains("item 1 trusted=true"), "{clicked}");
    assert_eq!(desk.status("default").unwrap()["browser"], Value::Null);
    let other = desk.web(&["click", "e1", "--session", "none"]);
    assert_eq!(other.code, 2, "{}", other.stderr);
    desk.good(&["close"]);
    assert_eq!(theirs.tabs().await, before);
    for (words, start) in [
        (
            &[
                "open",
                "http://127.0.0.1:1/",
                "--cdp",
                "http://192.0.2.1:9222",
            ][..],
            "error: 'http://192.0.2.1:9222' is not on this machine\n",
        ),
        (
            &[
                "open",
                "http://127.0.0.1:1/",
                "--cdp",
                "https://localhost:1",
            ],
            "error: 'https://localhost:1' is not a http or ws address\n",
        ),
    ] {
        let ran = desk.web(words);
        assert!(
            ran.code == 2 && ran.stderr.starts_with(start),
            "{words:?}: {} {}",
            ran.code,
            ran.stderr
        );
    }
    let goal = format!(
        "go to {}; save the text of the heading as title",
        desk.site.url("login.html")
    );
    let ran = desk.env.run(&["run", &goal, "--cdp", &theirs.address]);
    // Nothing on this page proves what was read, which has an exit code of its own.
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("title="), "{}", ran.stdout);
    assert_eq!(theirs.tabs().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_meets_a_login_page_asks_and_without_a_person_says_so() {
    let desk = Desk::new().await;
    let screen = Screen::start();
    let url = desk.site.url("login.html");
    let script = serde_json::json!([
        { "action": "open", "url": url },
        { "action": "hand_over", "what": "log in" },
    ]);
    let file = desk.env.home().join("script.json");
    std::fs::write(&file, script.to_string()).unwrap();
    let planner = format!("script:{}", file.display());
    let mut command = desk.env.command(&[
        "run",
        &format!("log in at {url}"),
        "--planner",
        &planner,
        "--json",
    ]);
    if let Some(screen) = &screen {
        command.env("DISPLAY", &screen.name);
    }
    let ran = desk.env.ran(&command.output().unwrap());
    let want = if screen.is_some() {
        "nobody is there to take the page"
    } else {
        "there is no display"
    };
    assert!(ran.stdout.contains(want), "{} {}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("hand over: log in"), "{}", ran.stdout);
}
