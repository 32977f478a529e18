//! `legwork web` on real Chromium: sessions between calls, verdicts, the policy, and every way a
//! session can end.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Ran, TestEnv};
use crate::web::site::Site;
use crate::web::{first_ref, ref_in};

/// Longest wait for something that must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A home, a site, and one session's name.
pub(super) struct Desk {
    pub(super) env: TestEnv,
    pub(super) site: Site,
}

impl Desk {
    pub(super) async fn new() -> Self {
        Self {
            env: TestEnv::new(),
            site: Site::start().await,
        }
    }

    pub(super) fn web(&self, words: &[&str]) -> Ran {
        let mut all = vec!["web"];
        all.extend(words);
        self.env.run(&all)
    }

    /// Runs what must work, and returns what it printed.
    #[track_caller]
    pub(super) fn good(&self, words: &[&str]) -> String {
        let ran = self.web(words);
        assert_eq!(ran.code, 0, "{words:?}: {}{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    #[track_caller]
    pub(super) fn open(&self, page: &str) -> String {
        self.good(&["open", &self.site.url(page)])
    }

    /// The ref of the one thing that says `text`.
    #[track_caller]
    pub(super) fn find(&self, text: &str) -> String {
        let found = self.good(&["find", text]);
        let name = first_ref(&found);
        name.unwrap_or_else(|| panic!("{text}: {found}"))
    }

    /// How the session `name` is.
    pub(super) fn status(&self, name: &str) -> Option<Value> {
        let list: Value = serde_json::from_str(&self.good(&["list", "--json"])).unwrap();
        let mut sessions = list.as_array().unwrap().iter();
        sessions.find(|one| one["name"] == name).cloned()
    }

    /// Starts a click that hangs, and returns once it is under way.
    fn hang(&self) -> (Child, Left) {
        self.open("hang.html");
        let target = self.find("Hang");
        let mut command = self.env.command(&["web", "click", &target]);
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let left = Left::of(&self.status("default").unwrap());
        let started = Instant::now();
        while !self.is_in_the_middle() {
            assert!(started.elapsed() < PATIENCE, "the click never began");
        }
        (child, left)
    }

    /// Whether a step stands in the journal as intended: before that, a server that is killed was
    /// in the middle of nothing.
    fn is_in_the_middle(&self) -> bool {
        let shown = self.env.run(&["journal", "show", "last", "--json"]);
        let kept: Value = serde_json::from_str(&shown.stdout).unwrap();
        let mut steps = kept["steps"].as_array().unwrap().iter();
        steps.any(|step| step["outcome"].is_null())
    }
}

/// Nothing of a test's sessions outlives it, whatever it found.
impl Drop for Desk {
    fn drop(&mut self) {
        let list = self.web(&["list", "--json"]).stdout;
        let list: Value = serde_json::from_str(&list).unwrap_or_default();
        for session in list.as_array().into_iter().flatten() {
            let name = session["name"].as_str().unwrap_or_default();
            self.web(&["close", "--session", name]);
        }
    }
}

/// What a session would leave.
struct Left {
    server: u64,
    browser: u64,
    profile: PathBuf,
}

impl Left {
    fn of(status: &Value) -> Self {
        let browser = status["browser"].as_u64().unwrap();
        let line = std::fs::read(format!("/proc/{browser}/cmdline")).unwrap();
        let line = String::from_utf8_lossy(&line).into_owned();
        let profile = line
            .split('\0')
            .find_map(|word| word.strip_prefix("--user-data-dir="));
        Self {
            server: status["server"].as_u64().unwrap(),
            browser,
            profile: PathBuf::from(profile.unwrap()),
        }
    }

    /// Processes that name the profile, and the server itself.
    fn processes(&self) -> usize {
        let needle = self.profile.display().to_string();
        let entries = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        entries
            .filter(|entry| {
                let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
                let is_server = entry.file_name().to_string_lossy() == self.server.to_string();
                is_server || String::from_utf8_lossy(&line).contains(&needle)
            })
            .count()
    }

    #[track_caller]
    fn assert_gone(&self) {
        let started = Instant::now();
        while self.processes() > 0 {
            assert!(started.elapsed() < PATIENCE, "processes stay");
        }
        assert!(!self.profile.exists(), "{}", self.profile.display());
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test kills the server it started"
)]
fn kill(process: u64) {
    let mut command = std::process::Command::new("kill");
    let killed = command.args(["-9", &process.to_string()]).status();
    assert!(killed.unwrap().success());
}

fn files(home: &Path, ending: &str) -> usize {
    let entries = std::fs::read_dir(home.join("sessions"))
        .into_iter()
        .flatten();
    let names = entries.map(|entry| entry.unwrap().file_name());
    names
        .filter(|name| name.to_string_lossy().ends_with(ending))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_action_says_what_it_changed_and_the_session_stays() {
    let desk = Desk::new().await;
    let opened = desk.open("basic.html");
    assert!(ref_in(&opened, "button", "Add").is_some(), "{opened}");
    let add = desk.find("Add");
    let first = desk.good(&["click", &add]);
    assert!(first.starts_with("✓ clicked button \"Add\""), "{first}");
    assert!(
        first.contains("\n+ item \"item 1 trusted=true\"\n"),
        "{first}"
    );
    let second = desk.good(&["click", &add]);
    assert!(
        second.contains("item 2") && !second.contains("item 1"),
        "{second}"
    );
    let quiet = desk.good(&["click", &add, "--quiet"]);
    assert!(!quiet.contains("item 3"), "{quiet}");
    let changes = desk.good(&["snapshot", "--changes"]);
    assert_eq!(changes, "+ item \"item 3 trusted=true\"\n");
    let nothing = desk.find("Nothing");
    let nothing = desk.good(&["click", &nothing]);
    assert!(nothing.ends_with("\n  the focus moved\n"), "{nothing}");
    let text = desk.good(&["read"]);
    assert!(text.contains("item 3 trusted=true\n"), "{text}");
    let json: Value = serde_json::from_str(&desk.good(&["click", &add, "--json"])).unwrap();
    assert_eq!(json["outcome"]["status"]["is"], "done");
    assert_eq!(json["page"], "+ item \"item 4 trusted=true\"\n");
    let picture = desk.env.home().join("page.png");
    desk.good(&["screenshot", picture.to_str().unwrap()]);
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
    let interactive = desk.good(&["snapshot", "--interactive"]);
    assert!(
        interactive.contains("Add") && !interactive.contains("Hello"),
        "{interactive}"
    );
    let small = desk.good(&["snapshot", "--budget", "60"]);
    assert!(legwork::snapshot::tokens(&small) <= 60, "{small}");
    desk.good(&["wait", "--text", "ITEM 4", "--limit", "5"]);
    let missing = desk.web(&["wait", "--text", "item 9", "--limit", "0"]);
    assert_eq!(missing.code, 9, "{}", missing.stdout);
    let run: Value =
        serde_json::from_str(&desk.env.run(&["journal", "show", "last", "--json"]).stdout).unwrap();
    assert_eq!(run["run"]["planner"], "person");
    assert_eq!(run["steps"].as_array().unwrap().len(), 10, "{run:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_lists_keys_tabs_and_dialogs_are_worked_by_ref() {
    let desk = Desk::new().await;
    desk.open("commit.html");
    let note = desk.find("Note");
    let filled = desk.good(&["fill", &note, "my own words"]);
    assert!(
        filled.contains(&format!("{note} holds \"my own words\"")),
        "{filled}"
    );
    let pressed = desk.good(&["press", "Control+a", "--on", &note]);
    assert!(pressed.starts_with("✓ "), "{pressed}");
    let forms = desk.open("forms.html");
    let reference = |role: &str| {
        let line = forms.lines().find(|line| line.trim().starts_with(role));
        let name = line.and_then(first_ref);
        name.unwrap_or_else(|| panic!("{role}: {forms}"))
    };
    let tick = reference("checkbox");
    let before = desk.good(&["check", &tick]);
    assert!(before.contains("✓ "), "{before}");
    desk.good(&["uncheck", &tick]);
    let moved = desk.good(&["scroll"]);
    assert!(moved.starts_with("✓ scrolled the page down"), "{moved}");
    desk.good(&["hover", &tick]);
    assert!(desk.good(&["reload"]).contains("page \"Forms\""));
    desk.good(&["back"]);
    assert!(desk.good(&["tabs"]).contains("commit.html (current)"));
    desk.open("dialogs.html");
    let alert = desk.find("Alert");
    let alerted = desk.good(&["click", &alert]);
    assert!(
        alerted.contains("a dialog came up: alert \"Hello\""),
        "{alerted}"
    );
    let link = desk.find("New tab");
    let opened = desk.good(&["click", &link]);
    assert!(opened.contains("a tab opened: "), "{opened}");
    assert_eq!(desk.good(&["tabs"]).lines().count(), 2);
    desk.good(&["tab", "1"]);
    desk.good(&["tab", "2"]);
    desk.good(&["tab", "close"]);
    let tabs = desk.good(&["tabs"]);
    assert!(
        tabs.lines().count() == 1 && tabs.contains("(current)"),
        "{tabs}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_judges_what_a_person_types_too() {
    let desk = Desk::new().await;
    desk.open("commit.html");
    let other = desk.web(&["click", &desk.find("Another host")]);
    assert_eq!(other.code, 7, "{}", other.stdout);
    assert!(
        other.stdout.contains("open an address of that host"),
        "{}",
        other.stdout
    );
    // A commitment named in what is typed into a page grants nothing.
    desk.good(&[
        "fill",
        &desk.find("Note"),
        "please \"Pay now\", buy and delete",
    ]);
    let pay = desk.web(&["click", &desk.find("Pay now")]);
    assert_eq!(pay.code, 7, "{}", pay.stdout);
    assert_eq!(desk.site.seen(), [] as [&str; 0]);
    let booked = desk.good(&["click", &desk.find("Confirm booking")]);
    assert!(booked.contains("sent POST to"), "{booked}");
    desk.good(&["back"]);
    desk.good(&["click", &desk.find("Pay now"), "--yes", "commit"]);
    assert_eq!(desk.site.seen().len(), 2, "{:?}", desk.site.seen());
    assert_eq!(desk.site.seen()[1], "what=payment");
    let file = desk.web(&["open", "file:///etc/passwd"]);
    assert_eq!(file.code, 7, "{}", file.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_comes_twice_is_done_once() {
    use std::io::{BufRead as _, Write as _};
    let desk = Desk::new().await;
    desk.open("basic.html");
    let add = desk.find("Add");
    let socket = desk.env.home().join("sessions/default.sock");
    let mode = |file: &Path| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(&socket), mode(socket.parent().unwrap())),
        (0o600, 0o700)
    );
    let request = json!({
        "version": 3, "id": "once", "limit_ms": 20_000,
        "order": {
            "is": "act", "action": { "action": "click", "target": add }, "yes": [],
            "agreed": null,
            "view": { "tokens_max": 500, "interactive": false, "depth_max": null, "scope": null },
        },
    });
    let ask = || {
        let mut stream = std::os::unix::net::UnixStream::connect(&socket).unwrap();
        writeln!(stream, "{request}").unwrap();
        let mut line = String::new();
        std::io::BufReader::new(stream)
            .read_line(&mut line)
            .unwrap();
        line
    };
    let both =
        std::thread::scope(|scope| [scope.spawn(ask), scope.spawn(ask)].map(|t| t.join().unwrap()));
    assert!(both[0].contains("\"is\":\"done\""), "{}", both[0]);
    assert_eq!(both[0], both[1]);
    assert_eq!(ask(), both[0]);
    assert_eq!(desk.good(&["read"]).matches("trusted=true").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_works_at_once_while_an_action_hangs() {
    let desk = Desk::new().await;
    let (child, left) = desk.hang();
    let started = Instant::now();
    desk.good(&["close"]);
    let took = started.elapsed();
    // An action may take 45 s: nobody waited for this one.
    assert!(took < Duration::from_secs(15), "{took:?}");
    left.assert_gone();
    let click = desk.env.ran(&child.wait_with_output().unwrap());
    assert!(
        [5, 6].contains(&click.code),
        "{} {}",
        click.stdout,
        click.stderr
    );
    assert_eq!(
        files(desk.env.home(), ".sock") + files(desk.env.home(), ".note"),
        0
    );
    let next = desk.web(&["snapshot"]);
    assert_eq!(next.code, 2, "{}", next.stderr);
    assert!(
        next.stderr
            .starts_with("error: there is no session 'default'\n"),
        "{}",
        next.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_leaves_nothing_and_the_next_call_says_so() {
    let desk = Desk::new().await;
    let (child, left) = desk.hang();
    kill(left.server);
    let click = desk.env.ran(&child.wait_with_output().unwrap());
    assert_eq!(click.code, 5, "{} {}", click.stdout, click.stderr);
    assert!(
        click
            .stderr
            .contains("was cut off: its server is gone, in the middle of: click \"Hang\""),
        "{}",
        click.stderr
    );
    left.assert_gone();
    let opened = desk.web(&["open", &desk.site.url("basic.html")]);
    assert_eq!(opened.code, 0, "{}", opened.stderr);
    assert!(
        opened.stderr.contains("look whether it took effect"),
        "{}",
        opened.stderr
    );
    // While nothing is under way, the next call says it and clears up.
    let left = Left::of(&desk.status("default").unwrap());
    kill(left.server);
    let next = desk.web(&["snapshot"]);
    assert_eq!(next.code, 5, "{}", next.stderr);
    assert!(next.stderr.contains("was cut off"), "{}", next.stderr);
    left.assert_gone();
    assert_eq!(files(desk.env.home(), ".sock"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_dies_ends_the_session_and_open_starts_another() {
    let desk = Desk::new().await;
    desk.open("basic.html");
    let left = Left::of(&desk.status("default").unwrap());
    kill(left.browser);
    let next = desk.web(&["snapshot"]);
    assert_eq!(next.code, 5, "{} {}", next.stdout, next.stderr);
    assert!(
        next.stderr.contains("the browser has ended"),
        "{}",
        next.stderr
    );
    assert!(desk.open("forms.html").contains("page \"Forms\""));
    left.assert_gone();
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_side_by_side_leave_nothing_after_twenty_rounds() {
    let desk = Desk::new().await;
    let rounds = |name: &str, page: &str, other: &str| {
        for _ in 0..10 {
            let url = desk.site.url(page);
            let opened = desk.good(&["open", &url, "--session", name]);
            assert!(opened.contains(page) && !opened.contains(other), "{opened}");
            let left = Left::of(&desk.status(name).unwrap());
            desk.good(&["close", "--session", name]);
            left.assert_gone();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| rounds("one", "basic.html", "keys.html"));
        scope.spawn(|| rounds("two", "keys.html", "basic.html"));
    });
    let home = desk.env.home();
    assert_eq!(files(home, ".sock") + files(home, ".note"), 0);
}

#[test]
fn a_session_with_nothing_to_do_ends() {
    let env = TestEnv::new();
    let ran = env.run(&["web", "serve", "--idle", "1"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "ready\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(files(env.home(), ".sock") + files(env.home(), ".note"), 0);
}

#[test]
fn what_can_not_be_done_is_said_in_one_sentence() {
    let env = TestEnv::new();
    for (words, code, start) in [
        (
            &["click", "e1"][..],
            2,
            "error: there is no session 'default'\n",
        ),
        (&["click", "12"], 2, "error: invalid value '12'"),
        (&["wait"], 2, "error: the following required arguments"),
        (
            &["tabs", "--session", "a/b"],
            2,
            "error: 'a/b' can't name a session\n",
        ),
        (&["close"], 0, ""),
    ] {
        let mut all = vec!["web"];
        all.extend(words);
        let ran = env.run(&all);
        assert_eq!(ran.code, code, "{words:?}: {}", ran.stderr);
        assert!(ran.stderr.starts_with(start), "{words:?}: {}", ran.stderr);
    }
    assert_eq!(env.run(&["web", "list", "--json"]).stdout, "[]\n");
}
