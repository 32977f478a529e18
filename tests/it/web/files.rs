//! Files in both directions: handed to pages, and taken into quarantine.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use legwork::action::{
    Action, Change, Condition, Download, KeptFile, Open, Outcome, Ref, Upload, Wait,
};
use legwork::browser::Files;

use super::Rig;

impl Rig {
    async fn upload(&mut self, role: &str, name: &str, files: &[&Path]) -> Outcome {
        let target = self.find(role, name).await;
        let files = files.iter().map(|file| file.display().to_string());
        let files = files.collect();
        self.act(Action::Upload(Upload { target, files })).await
    }

    async fn download(&mut self, role: &str, name: &str) -> Outcome {
        let target = self.find(role, name).await;
        self.act(Action::Download(Download { target })).await
    }
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    file
}

#[tokio::test]
async fn files_reach_the_page_by_their_field_or_the_button_in_front_of_it() {
    let mut rig = Rig::on("files.html").await;
    let folder = tempfile::tempdir().unwrap();
    let cv = file(folder.path(), "cv.pdf", "my life");
    let dog = file(folder.path(), "dog.png", "wuff");
    for (role, name, files, said) in [
        (
            "button",
            "Resume",
            &[cv.as_path()][..],
            "resume: cv.pdf=my life",
        ),
        (
            "button",
            "Pictures",
            &[&cv, &dog],
            "pictures: cv.pdf=my life, dog.png=wuff",
        ),
        ("button", "Choose a file", &[&dog], "hidden: dog.png=wuff"),
        ("button", "Attach", &[&cv], "made: cv.pdf=my life"),
    ] {
        let outcome = rig.upload(role, name, files).await;
        assert!(outcome.is_done(), "{name}: {outcome:?}");
        assert_eq!(outcome.evidence.len(), files.len(), "{name}: {outcome:?}");
        assert!(
            rig.text().await.contains(said),
            "{name}: {}",
            rig.text().await
        );
    }
    rig.click("button", "Send it").await;
    assert!(
        rig.site.seen()[0].contains("my life"),
        "{:?}",
        rig.site.seen()
    );
}

#[tokio::test]
async fn what_can_not_be_handed_over_is_explained() {
    let mut rig = Rig::on("files.html").await;
    let folder = tempfile::tempdir().unwrap();
    let cv = file(folder.path(), "cv.pdf", "x");
    let gone = folder.path().join("gone.pdf");
    for (name, files, words) in [
        ("Resume", &[gone.as_path()][..], "there is no file"),
        ("Resume", &[folder.path()], "is not a file"),
        ("Resume", &[&cv, &cv], "takes one file only"),
        ("Choose a file", &[&cv, &cv], "takes one file only"),
        (
            "Nothing to do with files",
            &[&cv],
            "was clicked but asks for no file",
        ),
        ("Off", &[&cv], "is disabled"),
    ] {
        let outcome = rig.upload("button", name, files).await;
        assert!(
            !outcome.is_done() && outcome.summary.contains(words),
            "{name}: {outcome:?}"
        );
    }
    // The session works as before.
    assert!(
        rig.upload("button", "Choose a file", &[&cv])
            .await
            .is_done()
    );
}

fn kept(outcome: &Outcome) -> Vec<(String, Option<KeptFile>)> {
    let files = outcome.changed.iter().filter_map(|change| {
        if let Change::Download { name, kept } = change {
            Some((name.clone(), kept.clone()))
        } else {
            None
        }
    });
    files.collect()
}

#[tokio::test]
async fn a_download_lies_in_quarantine_with_its_hash_and_its_type() {
    let mut rig = Rig::on("files.html").await;
    for (role, name, bytes, kind) in [
        ("link", "Get report", 5000, "text/plain"),
        ("button", "Export", 8, "text/plain"),
        ("button", "Prepare export", 1, "text/plain"),
        ("link", "Show picture", 33, "image/png"),
    ] {
        let outcome = rig.download(role, name).await;
        assert!(
            outcome.is_done() && outcome.evidence.len() == 1,
            "{name}: {outcome:?}"
        );
        let files = kept(&outcome);
        let file = files[0].1.clone().unwrap();
        assert_eq!(
            (file.bytes, file.kind.as_str()),
            (bytes, kind),
            "{name}: {file:?}"
        );
        assert_eq!(file.sha256.len(), 64);
        let path = Path::new(&file.path);
        assert!(path.starts_with(rig.downloads.path()), "{file:?}");
        let meta = std::fs::metadata(path).unwrap();
        assert_eq!(
            (meta.len(), meta.permissions().mode() & 0o777),
            (bytes, 0o600)
        );
        rig.open("files.html").await;
    }
    let none = rig.download("button", "Nothing to do with files").await;
    assert!(none.summary.contains("but no file came"), "{none:?}");
}

#[tokio::test]
async fn files_that_nobody_asked_for_are_not_kept() {
    let mut rig = Rig::on("files.html").await;
    let clicked = rig.click("link", "Get report").await;
    assert_eq!(
        kept(&clicked),
        [("report.bin".to_owned(), None)],
        "{clicked:?}"
    );
    assert!(
        clicked.summary.contains("which was not kept"),
        "{clicked:?}"
    );
    assert!(!rig.downloads.path().join("downloads").exists());
    rig.browser.take_files(Files::Take).await.unwrap();
    let clicked = rig.click("link", "Get report").await;
    assert!(kept(&clicked)[0].1.is_some(), "{clicked:?}");
    let url = rig.site.url("file");
    let opened = rig.act(Action::Open(Open { url })).await;
    assert!(kept(&opened)[0].1.is_some(), "{opened:?}");
    // A page that gives many at once gets the first few taken, and the session goes on.
    let flood = rig.click("button", "Flood").await;
    assert!(flood.is_done(), "{flood:?}");
    let none = rig
        .act(Action::Download(Download { target: Ref(9_999) }))
        .await;
    assert_eq!(none.summary, "there is no e9999");
}

#[tokio::test]
async fn a_file_that_comes_between_two_actions_is_kept_and_told_of_by_the_next() {
    let mut rig = Rig::on("files.html").await;
    rig.browser.take_files(Files::Take).await.unwrap();
    let clicked = rig.click("button", "Export later").await;
    assert!(kept(&clicked).is_empty(), "{clicked:?}");
    let text = "given later".to_owned();
    let until = Condition::Text { text };
    let limit_ms = 10_000;
    rig.act(Action::Wait(Wait { until, limit_ms })).await;
    let next = rig.click("button", "Nothing to do with files").await;
    assert!(kept(&next)[0].1.is_some(), "{next:?}");
    let again = rig.click("button", "Nothing to do with files").await;
    assert!(kept(&again).is_empty(), "{again:?}");
}

#[tokio::test]
async fn a_file_dropped_where_nothing_takes_it_is_not_opened() {
    let mut rig = Rig::on("files.html").await;
    let folder = tempfile::tempdir().unwrap();
    let cv = file(folder.path(), "cv.pdf", "my life");
    let outcome = rig
        .upload("button", "Nothing to do with files", &[&cv])
        .await;
    assert!(!outcome.is_done(), "{outcome:?}");
    let page = rig.look().await;
    assert_eq!(page.tabs.len(), 1, "{:?}", page.tabs);
    assert!(page.url.ends_with("files.html"), "{}", page.url);
}
