//! `legwork web` in the ways beside click and fill: whole forms, drags, dialogs, files in and out,
//! pages as data and as pictures.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::web::Desk;
use crate::web::ref_in;

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_form_a_drag_and_dialogs_are_worked_by_ref() {
    let desk = Desk::new().await;
    desk.open("tricky/native.html");
    let set = |name: &str, value: &str| format!("{}={value}", desk.find(name));
    let values = [
        set("Day", "2027-03-14"),
        set("Hour", "09:30"),
        set("Paint", "#ff8800"),
        set("Level", "7"),
        set("Month", "2027-04"),
    ];
    let mut words = vec!["fill"];
    words.extend(values.iter().map(String::as_str));
    let filled = desk.good(&words);
    assert!(filled.starts_with("✓ filled 5 fields"), "{filled}");
    let saved = desk.good(&["click", &desk.find("Save")]);
    assert!(saved.contains("\"PASS\""), "{saved}");

    // Neither card nor column says what it is for, yet both can be named.
    desk.open("tricky/drag.html");
    let columns = desk.good(&["snapshot"]);
    let done = ref_in(&columns, "clickable", "Done");
    let done = done.unwrap_or_else(|| panic!("{columns}"));
    let dropped = desk.good(&["drag", &desk.find("Write tests"), &done]);
    assert!(dropped.contains("\"PASS\""), "{columns}{dropped}");

    desk.open("tricky/prompt.html");
    desk.good(&["click", &desk.find("Rename")]);
    let stuck = desk.web(&["read"]);
    assert_ne!(stuck.code, 0, "{}", stuck.stdout);
    assert!(
        stuck.stdout.contains("prompt \"Your name?\""),
        "{}",
        stuck.stdout
    );
    let said = desk.good(&["dialog", "accept", "--text", "Ada"]);
    assert!(said.contains("\"PASS\""), "{said}");
    desk.open("tricky/confirm.html");
    desk.good(&["dialog", "dismiss"]);
    let kept = desk.good(&["click", &desk.find("Delete"), "--yes", "commit"]);
    assert!(kept.contains("FAIL kept"), "{kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_in_and_come_out_and_pages_become_data_and_pictures() {
    let desk = Desk::new().await;
    desk.open("tricky/upload.html");
    let file = desk.env.home().join("cv.txt");
    fs::write(&file, "resume of Ada").unwrap();
    let file = file.to_str().unwrap();
    let attach = desk.find("Attach a file");
    let given = desk.good(&["upload", &attach, file]);
    assert!(given.contains("PASS"), "{given}");
    let missing = desk.web(&["upload", &attach, "/nowhere/cv.txt"]);
    assert_ne!(missing.code, 0);
    let said = format!("{}{}", missing.stdout, missing.stderr);
    assert!(said.contains("/nowhere/cv.txt"), "{said}");

    desk.open("tricky/download.html");
    let export = desk.find("Export");
    let taken = desk.good(&["download", &export, "--yes", "write"]);
    let kept = desk.env.home().join("downloads/people.csv");
    assert_eq!(fs::read_to_string(&kept).unwrap(), "id,name\n1,Ada\n");
    let mode = fs::metadata(&kept).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{taken}");
    assert!(taken.contains("people.csv"), "{taken}");

    desk.open("data.html");
    let facts = desk.good(&["extract", "total:number", "placed on:date"]);
    assert!(facts.contains("total: 1249.5 [e"), "{facts}");
    assert!(facts.contains("placed on: 2026-03-14 [e"), "{facts}");
    assert!(desk.good(&["read", "--markdown"]).contains("# Order 17"));
    for (words, head) in [
        (&["pdf", "out.pdf"][..], &b"%PDF-"[..]),
        (&["screenshot", "page.png", "--refs"], b"\x89PNG"),
    ] {
        let path = desk.env.home().join(words[1]);
        let mut all = words.to_vec();
        all[1] = path.to_str().unwrap();
        desk.good(&all);
        assert!(fs::read(&path).unwrap().starts_with(head), "{words:?}");
    }
}
