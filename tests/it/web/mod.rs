//! The browser hands on real Chromium, against pages served on loopback.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on says so by panicking"
)]

mod acts;
pub(crate) mod attach;
mod fetching;
mod files;
mod gestures;
mod leaving;
mod life;
mod logins;
mod made;
mod measure;
mod menace;
mod moves;
mod pages;
mod seen;
mod settles;
pub(crate) mod site;
mod traffic;
mod tricky;

use std::time::Duration;

use legwork::action::{Action, Click, Fill, Open, Outcome, RawNode, RawPage, Ref};
use legwork::browser::{Browser, Launch, find};
use legwork::config::Environment;
use legwork::deadline::Deadline;
use legwork::home::Home;

use self::site::Site;

/// A browser and a site, with short words for what tests do.
struct Rig {
    browser: Browser,
    site: Site,
    /// Where files that pages give are kept.
    downloads: tempfile::TempDir,
}

/// Returns the ref of the node of this role and name in a rendered page.
pub(crate) fn ref_in(text: &str, role: &str, name: &str) -> Option<String> {
    let role = format!("{role} e");
    let after = text.split(&role).skip(1);
    after.map(|rest| format!("e{rest}")).find_map(|rest| {
        let (one, rest) = rest.split_once(' ')?;
        rest.starts_with(&format!("\"{name}\""))
            .then(|| one.to_owned())
    })
}

/// Returns the first ref that stands in a text.
pub(crate) fn first_ref(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let is_ref = |word: &&str| {
        word.strip_prefix('e')
            .is_some_and(|n| n.parse::<u32>().is_ok())
    };
    words.find(is_ref).map(str::to_owned)
}

fn limit() -> Deadline {
    Deadline::after(Duration::from_mins(1))
}

fn program() -> std::path::PathBuf {
    let home = Home::at(std::path::Path::new("/nonexistent"));
    find(None, &Environment::read(), &home).expect("no browser: run legwork doctor")
}

impl Rig {
    async fn start() -> Self {
        let mut browser = Browser::launch(&Launch::new(program()), &limit())
            .await
            .unwrap();
        let downloads = tempfile::tempdir().unwrap();
        browser.keep_files_in(downloads.path().join("downloads"));
        Self {
            browser,
            site: Site::start().await,
            downloads,
        }
    }

    async fn on(page: &str) -> Self {
        let mut rig = Self::start().await;
        let outcome = rig.open(page).await;
        assert!(outcome.is_done(), "{outcome:?}");
        rig
    }

    async fn act(&mut self, action: Action) -> Outcome {
        self.browser.perform(&action, &limit()).await.unwrap()
    }

    async fn open(&mut self, page: &str) -> Outcome {
        let url = self.site.url(page);
        self.act(Action::Open(Open { url })).await
    }

    async fn look(&mut self) -> RawPage {
        self.browser.observe(&limit()).await.unwrap()
    }

    /// Returns the one node of `role` whose name contains `name`.
    async fn node(&mut self, role: &str, name: &str) -> RawNode {
        let page = self.look().await;
        let is = |node: &&RawNode| node.role == role && node.name.contains(name);
        page.nodes.iter().find(is).cloned().unwrap_or_else(|| {
            panic!("no {role} '{name}' in {:#?}", shape(&page));
        })
    }

    async fn find(&mut self, role: &str, name: &str) -> Ref {
        self.node(role, name).await.r#ref.unwrap()
    }

    async fn click(&mut self, role: &str, name: &str) -> Outcome {
        let target = self.find(role, name).await;
        self.act(Action::Click(Click::on(target))).await
    }

    async fn fill(&mut self, role: &str, name: &str, text: &str) -> Outcome {
        let target = self.find(role, name).await;
        let text = text.to_owned();
        self.act(Action::Fill(Fill { target, text })).await
    }

    async fn text(&mut self) -> String {
        let page = self.look().await;
        let texts = page.nodes.iter().filter(|node| node.role == "text");
        texts
            .map(|node| node.name.clone())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The page in short, for messages.
fn shape(page: &RawPage) -> Vec<String> {
    let line = |node: &RawNode| format!("{} '{}' {:?}", node.role, node.name, node.value);
    page.nodes.iter().map(line).collect()
}
