//! `legwork web` when it is killed at any point, and when another user knocks.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::web::Desk;

/// Longest wait for something that must come.
const PATIENCE: Duration = Duration::from_mins(1);

/// The moments at which a server is killed, in their order.
#[derive(Debug, Clone, Copy)]
enum Moment {
    Listening,
    Intended,
    BrowserStarted,
    PageAsked,
}

const MOMENTS: [Moment; 4] = [
    Moment::Listening,
    Moment::Intended,
    Moment::BrowserStarted,
    Moment::PageAsked,
];

impl Moment {
    fn has_come(self, desk: &Desk) -> bool {
        let Some(note) = note(desk.env.home()) else {
            return false;
        };
        match self {
            Self::Listening => true,
            Self::Intended => {
                let run = note["run"].as_str().unwrap();
                let shown = desk.env.run(&["journal", "show", run, "--json"]);
                let shown: Value = serde_json::from_str(&shown.stdout).unwrap_or_default();
                shown["steps"]
                    .as_array()
                    .is_some_and(|steps| !steps.is_empty())
            }
            Self::BrowserStarted => !browsers(server(&note)).is_empty(),
            Self::PageAsked => desk.site.was_asked(),
        }
    }
}

/// What the server noted down of itself.
fn note(home: &Path) -> Option<Value> {
    let note = std::fs::read(home.join("sessions/default.note")).ok()?;
    serde_json::from_slice(&note).ok()
}

fn server(note: &Value) -> u32 {
    u32::try_from(note["server"].as_u64().unwrap()).unwrap()
}

/// The profiles of browsers whose parent is `server`.
fn browsers(server: u32) -> Vec<String> {
    let parent = format!("PPid:\t{server}\n");
    let entries = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    entries
        .filter(|entry| {
            let status = std::fs::read_to_string(entry.path().join("status"));
            status.is_ok_and(|status| status.contains(&parent))
        })
        .filter_map(|entry| {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            let mut words = line.split('\0');
            words.find_map(|word| word.strip_prefix("--user-data-dir=").map(str::to_owned))
        })
        .collect()
}

fn is_running(profile: &str) -> bool {
    let entries = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let mut lines = entries.map(|e| std::fs::read(e.path().join("cmdline")).unwrap_or_default());
    lines.any(|line| String::from_utf8_lossy(&line).contains(profile))
}

#[track_caller]
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "never came: {what}");
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_at_any_moment_leaves_nothing_and_the_next_open_works() {
    let desk = Desk::new().await;
    for moment in MOMENTS {
        desk.site.forget();
        let url = desk.site.url("drip");
        let mut command = desk.env.command(&["web", "open", &url]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        wait_for(&format!("{moment:?}"), || moment.has_come(&desk));
        let id = server(&note(desk.env.home()).unwrap());
        let profiles = browsers(id);
        let pid = rustix::process::Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        let ended = desk.env.ran(&child.wait_with_output().unwrap());
        assert_eq!(ended.code, 5, "{moment:?}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("was cut off"),
            "{moment:?}: {}",
            ended.stderr
        );
        let opened = desk.web(&["open", &desk.site.url("basic.html")]);
        assert_eq!(opened.code, 0, "{moment:?}: {}", opened.stderr);
        desk.good(&["close"]);
        for profile in profiles {
            wait_for("the end of the browser", || !is_running(&profile));
            wait_for("the end of its profile", || !Path::new(&profile).exists());
        }
        let left = std::fs::read_dir(desk.env.home().join("sessions")).unwrap();
        let names: Vec<String> = left
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        let is_left = |name: &&String| name.contains(".sock") || name.contains(".note");
        assert_eq!(
            names.iter().filter(is_left).count(),
            0,
            "{moment:?}: {names:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_user_is_not_let_in_even_where_the_files_would_allow_it() {
    let desk = Desk::new().await;
    desk.open("basic.html");
    let socket = desk.env.home().join("sessions/default.sock");
    let open = |mode: u32, path: &Path| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let folders = [desk.env.home().to_owned(), desk.env.home().join("sessions")];
    for folder in &folders {
        open(0o755, folder);
    }
    open(0o666, &socket);
    let own = knock(&socket, None);
    assert!(own.contains("\"is\":\"status\""), "{own}");
    // Only root can knock as somebody else.
    if rustix::process::geteuid().is_root() {
        assert_eq!(knock(&socket, Some(65_534)), "");
    }
    for folder in &folders {
        open(0o700, folder);
    }
    open(0o600, &socket);
    assert!(desk.good(&["snapshot"]).contains("Add"));
}

/// Asks how the session is, as the user `user`; empty when nothing is answered.
#[expect(clippy::disallowed_methods, reason = "the test plays another user")]
fn knock(socket: &Path, user: Option<u32>) -> String {
    use std::os::unix::process::CommandExt as _;
    let script = r#"use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new($ARGV[0]) or die "no: $!";
        print $s "{\"version\":3,\"id\":\"k\",\"limit_ms\":1000,\"order\":{\"is\":\"status\"}}\n";
        $s->flush(); my $l = <$s>; print $l if defined $l;"#;
    let mut command = std::process::Command::new("perl");
    command.args(["-e", script]).arg(socket).current_dir("/");
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    let ran = command.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(!said.contains("no: "), "it could not even knock: {said}");
    String::from_utf8_lossy(&ran.stdout).into_owned()
}
