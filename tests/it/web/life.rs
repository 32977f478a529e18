//! Beginning and end: nothing is left behind, nothing hangs when a page or the browser dies.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use legwork::action::{Action, Click, Open};
use legwork::browser::{Browser, Error, Launch, version};
use legwork::deadline::Deadline;

use super::{Rig, limit, program};

/// Processes and folders of the browsers that this test process started, by its own temporary
/// folder.
fn traces(folder: &std::path::Path) -> (usize, usize) {
    let needle = folder.display().to_string();
    let processes = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(Result::ok)
        .filter(|entry| {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&needle)
        });
    (processes.count(), usize::from(folder.exists()))
}

#[tokio::test]
async fn closing_and_dropping_leave_nothing_behind() {
    let browser = Browser::launch(&Launch::new(program()), &limit())
        .await
        .unwrap();
    let folder = browser.folder().unwrap().to_owned();
    assert!(traces(&folder).0 > 1);
    browser.close().await;
    assert_eq!(traces(&folder), (0, 0));

    let browser = Browser::launch(&Launch::new(program()), &limit())
        .await
        .unwrap();
    let folder = browser.folder().unwrap().to_owned();
    drop(browser);
    assert_eq!(traces(&folder), (0, 0));
}

#[tokio::test]
async fn the_browser_is_confined_and_never_runs_as_root() {
    let browser = Browser::launch(&Launch::new(program()), &limit())
        .await
        .unwrap();
    let process = std::path::PathBuf::from(format!("/proc/{}", browser.pid().unwrap()));
    let status = std::fs::read_to_string(process.join("status")).unwrap();
    let user = status
        .lines()
        .find(|line| line.starts_with("Uid:"))
        .unwrap();
    assert!(!user.split_whitespace().any(|id| id == "0"), "{user}");
    let line = std::fs::read_to_string(process.join("cmdline")).unwrap();
    assert!(!line.contains("--no-sandbox") && line.contains("--remote-debugging-pipe"));
    assert!(!line.contains("--ignore-certificate-errors"));
    let environment = std::fs::read_to_string(process.join("environ")).unwrap_or_default();
    assert!(!environment.contains("CARGO"), "{environment}");
    let mode = std::fs::metadata(browser.folder().unwrap())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    let group = format!("NSpgid:\t{}", browser.pid().unwrap());
    let entries = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let statuses = entries.filter_map(|e| std::fs::read_to_string(e.path().join("status")).ok());
    let ours: Vec<String> = statuses.filter(|status| status.contains(&group)).collect();
    // System calls are filtered (proc_pid_status(5)) in the processes that hold pages.
    let filtered = ours
        .iter()
        .filter(|status| status.contains("Seccomp:\t2"))
        .count();
    assert!(
        filtered > 0,
        "{} processes, none of them filtered",
        ours.len()
    );
    browser.close().await;
}

#[tokio::test]
async fn a_program_that_is_no_browser_is_explained() {
    let error = Browser::launch(&Launch::new("/bin/false".into()), &limit())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Startup { .. }), "{error:?}");
    let error = Browser::launch(&Launch::new("/nonexistent/x".into()), &limit())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Program { .. }), "{error:?}");
    assert!(version(&program()).unwrap().contains('.'));
}

#[tokio::test]
async fn a_program_that_the_unprivileged_user_can_not_reach_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let closed = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(folder.path(), closed).unwrap();
    let copy = folder.path().join("chromium");
    std::fs::copy(program(), &copy).unwrap();
    let error = Browser::launch(&Launch::new(copy), &limit())
        .await
        .unwrap_err();
    // Only root changes its user; for anyone else the copy starts and lacks its other files.
    assert!(
        matches!(error, Error::Closed { .. } | Error::Startup { .. }),
        "{error:?}"
    );
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn a_browser_that_is_killed_is_noticed_at_once() {
    let mut rig = Rig::on("hang.html").await;
    let pid = rig.browser.pid().unwrap();
    let target = rig.find("button", "Hang").await;
    let kill = async {
        kill_command(pid).status().unwrap();
        Instant::now()
    };
    let act = Action::Click(Click::on(target));
    let click_limit = limit();
    let (acted, killed) = tokio::join!(rig.browser.perform(&act, &click_limit), kill);
    assert!(matches!(acted, Err(Error::Gone)), "{acted:?}");
    assert!(killed.elapsed() < Duration::from_secs(1));
    let seen = rig.browser.observe(&limit()).await;
    assert!(matches!(seen, Err(Error::Gone)), "{seen:?}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test kills the browser it started"
)]
fn kill_command(pid: u32) -> std::process::Command {
    let mut command = std::process::Command::new("kill");
    command.args(["-9", &pid.to_string()]);
    command
}

#[tokio::test]
async fn a_crashed_page_is_said_and_can_be_opened_again() {
    let mut rig = Rig::on("basic.html").await;
    let target = rig.find("button", "Add").await;
    rig.browser.crash_page(&limit()).await.unwrap();
    let page = rig.look().await;
    assert_eq!(page.nodes[0].name, "this page crashed; open it again");
    let click = rig.act(Action::Click(Click::on(target))).await;
    assert!(!click.is_done(), "{click:?}");
    let deep = rig.open("deep.html").await;
    assert_eq!(deep.summary, "the page crashed");
    let opened = rig.open("forms.html").await;
    assert!(opened.is_done(), "{opened:?}");
    let page = rig.look().await;
    assert_eq!(page.title, "Forms", "{opened:?} {page:#?}");
}

#[tokio::test]
async fn a_page_that_hangs_is_freed_and_can_be_worked_again() {
    let mut rig = Rig::on("hang.html").await;
    let target = rig.find("button", "Hang").await;
    let act = Action::Click(Click::on(target));
    let started = Instant::now();
    let outcome = rig.browser.perform(&act, &limit()).await.unwrap();
    println!("{outcome:?} after {:?}", started.elapsed());
    assert_eq!(rig.look().await.title, "Hang");
    assert!(rig.open("basic.html").await.is_done());
}

#[tokio::test]
async fn the_users_stop_ends_an_action_at_once() {
    let mut rig = Rig::start().await;
    let deadline = Deadline::after(Duration::from_mins(1));
    let url = rig.site.url("never");
    let action = Action::Open(Open { url });
    let stop = async { deadline.stop() };
    let (acted, ()) = tokio::join!(rig.browser.perform(&action, &deadline), stop);
    assert!(matches!(acted, Err(Error::Ended(_))), "{acted:?}");
}
