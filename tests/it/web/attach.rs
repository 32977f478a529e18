//! Working in a browser that runs already: in tabs of our own, and nothing else of it is touched.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};

use legwork::action::{Action, Click, Open};
use legwork::browser::{Attach, Browser, Error, Reach};
use serde_json::Value;

use super::site::Site;
use super::{Rig, limit, program};

/// A browser as a person runs it, with a port.
pub(crate) struct Theirs {
    child: Child,
    /// Host and port.
    pub(crate) address: String,
    _profile: tempfile::TempDir,
}

impl Theirs {
    #[expect(clippy::disallowed_methods, reason = "the test plays the person")]
    pub(crate) fn start() -> Self {
        let profile = tempfile::Builder::new().tempdir_in("/tmp").unwrap();
        let mut command = std::process::Command::new(program());
        command
            .args(["--headless=new", "--remote-debugging-port=0", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0);
        // As root it would refuse to start with its sandbox.
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(profile.path(), Some(65_534), Some(65_534)).unwrap();
            command.uid(65_534).gid(65_534);
        }
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = said.map_while(Result::ok);
        let line = said.find(|line| line.contains("DevTools listening on ws://"));
        let line = line.expect("the browser names its port");
        let address = line.split("ws://").nth(1).unwrap();
        let address = address.split('/').next().unwrap().to_owned();
        // Else it would be ended by a pipe that nobody reads.
        std::thread::spawn(move || said.for_each(drop));
        Self {
            child,
            address,
            _profile: profile,
        }
    }

    /// The tabs that are open, as the browser itself says.
    pub(crate) async fn tabs(&self) -> Vec<String> {
        let text = reqwest::get(format!("http://{}/json/list", self.address)).await;
        let list: Value = serde_json::from_slice(&text.unwrap().bytes().await.unwrap()).unwrap();
        let pages = list.as_array().unwrap().iter();
        let mut urls: Vec<String> = pages
            .filter(|one| one["type"] == "page")
            .map(|one| one["url"].as_str().unwrap().to_owned())
            .collect();
        urls.sort();
        urls
    }

    /// The person opens a tab.
    pub(crate) async fn open(&self, url: &str) {
        let client = reqwest::Client::new();
        let asked = client.put(format!("http://{}/json/new?{url}", self.address));
        assert!(asked.send().await.unwrap().status().is_success());
    }

    fn attach(&self) -> Attach {
        Attach::read(&self.address, Reach::ThisMachine).unwrap()
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        let group = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        // It may have ended by itself.
        kill_process_group(group, Signal::KILL).ok();
        drop(self.child.wait());
    }
}

#[tokio::test]
async fn work_is_done_in_tabs_of_our_own_and_theirs_stay_as_they_are() {
    let theirs = Theirs::start();
    let site = Site::start().await;
    theirs.open(&site.url("forms.html")).await;
    let before = theirs.tabs().await;
    let browser = Browser::attach(&theirs.attach(), &limit()).await.unwrap();
    assert_eq!((browser.pid(), browser.folder()), (None, None));
    let mut rig = Rig {
        browser,
        site,
        downloads: tempfile::tempdir().unwrap(),
    };
    assert!(rig.open("login.html").await.is_done());
    let clicked = rig.click("button", "Log in").await;
    assert!(clicked.is_done(), "{clicked:?}");
    assert!(rig.text().await.contains("Welcome back ada"));
    // What our tab opens is ours; what the person opens meanwhile is not.
    theirs.open(&rig.site.url("keys.html")).await;
    let opened = rig.click("button", "Open").await;
    assert!(opened.is_done(), "{opened:?}");
    let page = rig.look().await;
    let ours: Vec<&str> = page.tabs.iter().map(|tab| tab.url.as_str()).collect();
    assert_eq!(
        ours,
        [rig.site.url("login.html"), rig.site.url("basic.html")]
    );
    let frames = rig
        .act(Action::Open(Open {
            url: rig.site.url("frames.html"),
        }))
        .await;
    assert!(frames.is_done(), "{frames:?}");
    let Rig { browser, site, .. } = rig;
    browser.close().await;
    let mut want = before;
    want.push(site.url("keys.html"));
    want.sort();
    assert_eq!(theirs.tabs().await, want);
}

#[tokio::test]
async fn a_browser_that_ends_or_was_never_there_is_said_at_once() {
    let theirs = Theirs::start();
    let attach = theirs.attach();
    let browser = Browser::attach(&attach, &limit()).await.unwrap();
    let site = Site::start().await;
    let mut rig = Rig {
        browser,
        site,
        downloads: tempfile::tempdir().unwrap(),
    };
    rig.open("hang.html").await;
    let target = rig.find("button", "Hang").await;
    let click = Action::Click(Click::on(target));
    let click_limit = limit();
    let end = async { drop(theirs) };
    let (acted, ()) = tokio::join!(rig.browser.perform(&click, &click_limit), end);
    assert!(matches!(acted, Err(Error::Gone)), "{acted:?}");
    let gone = Browser::attach(&attach, &limit()).await.unwrap_err();
    assert!(matches!(gone, Error::Unreachable { .. }), "{gone:?}");
    // A server that is no browser.
    let address = rig.site.url("").replace("http://", "");
    let other = Attach::read(address.trim_end_matches('/'), Reach::ThisMachine).unwrap();
    let error = Browser::attach(&other, &limit()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("--remote-debugging-port"));
}
