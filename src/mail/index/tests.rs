//! The index as lists, searches, threads and triage use it.

use jiff::Timestamp;

use super::*;
use crate::action::{Flag, MailId};
use crate::mail::mime::Frame;

const ACCOUNT: &str = "test";

fn new() -> (tempfile::TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(&folder.path().join("mail-index.db")).unwrap();
    (folder, index)
}

fn card(id: &str, mail: &str, flags: &[Flag]) -> Card {
    let frame = Frame {
        id: MailId(id.to_owned()),
        mailbox: String::new(),
        flags: flags.to_vec(),
        size: u64::try_from(mail.len()).unwrap(),
        delivered: Timestamp::UNIX_EPOCH,
    };
    Card::of_message(frame, mail.as_bytes())
}

fn mail(id: &str, day: u8, rest: &str) -> String {
    format!(
        "Message-ID: <{id}>\r\nDate: {day:02} Mar 2026 10:00:00 +0000\r\n\
         From: Dana Fox <Dana@Partner.test>\r\nTo: me@mail.test\r\n{rest}"
    )
}

fn file(index: &Index, mailbox: &str, role: Role, cards: &[(u32, Card)]) {
    let mut writing = index.write(ACCOUNT, mailbox).unwrap();
    writing.set_role(role).unwrap();
    for (uid, card) in cards {
        writing.put(&Spot::Uid(*uid), card).unwrap();
    }
    writing.commit().unwrap();
}

/// Three messages of a talk and one of another, in two mailboxes.
fn filled() -> (tempfile::TempDir, Index) {
    let (folder, index) = new();
    let inbox = [
        (
            1,
            card(
                "i1",
                &mail(
                    "a@x",
                    1,
                    "Subject: Büro budget\r\n\r\nThe quarterly report.",
                ),
                &[Flag::Seen],
            ),
        ),
        (
            2,
            card(
                "i2",
                &mail(
                    "c@x",
                    3,
                    "Subject: Re: Büro budget\r\nReferences: <a@x> <b@x>\r\n\r\nreport, quarterly",
                ),
                &[Flag::Flagged, Flag::Keyword("Waiting".to_owned())],
            ),
        ),
        (
            3,
            card(
                "i3",
                "Message-ID: <n@shop>\r\nDate: 4 Mar 2026 10:00:00 +0000\r\nFrom: <news@shop.test>\r\n\
                 List-Id: <x.shop>\r\nSubject: 会议 offers\r\n\
                 Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nbuy\r\n--b\r\n\
                 Content-Type: application/pdf\r\nContent-Disposition: attachment; \
                 filename=a.pdf\r\n\r\nx\r\n--b--\r\n",
                &[],
            ),
        ),
    ];
    file(&index, "INBOX", Role::Inbox, &inbox);
    let sent = "Message-ID: <b@x>\r\nDate: 2 Mar 2026 10:00:00 +0000\r\nFrom: me@mail.test\r\n\
                To: dana@partner.test\r\nIn-Reply-To: <a@x>\r\nSubject: Re: budget\r\n\r\nFine.";
    file(
        &index,
        "Sent",
        Role::Sent,
        &[(7, card("s1", sent, &[Flag::Seen]))],
    );
    (folder, index)
}

fn found(index: &Index, search: &str) -> Vec<String> {
    let day = |text: &str| format!("{text}T00:00:00Z").parse::<Timestamp>().ok();
    let want = Want {
        search: Search::parse(search, &day).unwrap(),
        limit: 100,
        ..Want::default()
    };
    let page = index.find(&want).unwrap();
    assert_eq!(page.total, page.messages.len(), "{search}");
    let ids = page.messages.into_iter().map(|one| one.envelope.id.0);
    ids.collect()
}

#[test]
fn searches_find_what_they_say_newest_first() {
    let (_folder, index) = filled();
    for (search, ids) in [
        ("", vec!["i3", "i2", "s1", "i1"]),
        ("budget", vec!["i2", "s1", "i1"]),
        ("BUDG report", vec!["i2", "i1"]),
        ("\"quarterly report\"", vec!["i1"]),
        ("buro", vec!["i2", "i1"]),
        ("\"bur\"", vec![]),
        ("议", vec!["i3"]),
        ("from:dana@partner.test", vec!["i2", "i1"]),
        ("to:dana", vec!["s1"]),
        ("from:dana -subject:re", vec!["i1"]),
        ("is:unread", vec!["i3", "i2"]),
        ("-is:unread in:inbox", vec!["i1"]),
        ("is:flagged", vec!["i2"]),
        ("label:waiting", vec!["i2"]),
        ("has:attachment", vec!["i3"]),
        ("-has:attachment in:INBOX", vec!["i2", "i1"]),
        ("after:2026-03-02 before:2026-03-04", vec!["i2", "s1"]),
        ("-in:INBOX", vec!["s1"]),
        ("NEAR(\"budget", vec![]),
    ] {
        if search.matches('"').count() % 2 == 1 {
            continue;
        }
        assert_eq!(found(&index, search), ids, "{search}");
    }
    // What FTS5 takes for operators is only words here.
    assert!(found(&index, "a* OR NOT ^budget AND").is_empty());
}

#[test]
fn a_list_is_cut_at_its_limit_and_tells_how_many_there_are() {
    let (_folder, index) = filled();
    let want = Want {
        account: Some(ACCOUNT.to_owned()),
        mailbox: Some("INBOX".to_owned()),
        limit: 2,
        ..Want::default()
    };
    let page = index.find(&want).unwrap();
    assert_eq!((page.messages.len(), page.total), (2, 3));
    let newest = &page.messages[0];
    assert_eq!(newest.envelope.subject, "会议 offers");
    assert_eq!(newest.envelope.mailbox, "INBOX");
    assert!(newest.has_attachment && newest.headers.contains_key("list-id"));
    assert_eq!(newest.body, BodyState::Read);
    let flags = &page.messages[1].envelope.flags;
    assert_eq!(
        flags.as_slice(),
        [Flag::Flagged, Flag::Keyword("Waiting".to_owned())]
    );
}

#[test]
fn threads_join_over_mailboxes_and_in_any_order_of_arrival() {
    let (_folder, index) = filled();
    let thread = index.thread(ACCOUNT, &MailId("i1".to_owned())).unwrap();
    let ids: Vec<&str> = thread
        .iter()
        .map(|one| one.envelope.id.0.as_str())
        .collect();
    assert_eq!(ids, ["i1", "s1", "i2"]);
    // Two that seemed apart, until the message between them comes.
    let lone = |id: &str, refs: &str| {
        let rest = format!("References: {refs}\r\nSubject: x\r\n\r\n");
        card(id, &mail(&format!("{id}@y"), 5, &rest), &[])
    };
    file(
        &index,
        "INBOX",
        Role::Inbox,
        &[
            (10, lone("p", "<root@y>")),
            (11, lone("q", "<p@z>")),
            (12, lone("r", "<root@y> <p@z>")),
        ],
    );
    let thread = index.thread(ACCOUNT, &MailId("q".to_owned())).unwrap();
    assert_eq!(thread.len(), 3);
    assert_eq!(
        index
            .thread(ACCOUNT, &MailId("i3".to_owned()))
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn the_history_with_a_sender_is_counted_once_per_message() {
    let (_folder, index) = filled();
    let copy = card(
        "g1",
        &mail(
            "a@x",
            1,
            "Subject: Büro budget\r\n\r\nThe quarterly report.",
        ),
        &[],
    );
    file(&index, "All", Role::All, &[(1, copy)]);
    let history = index.history(ACCOUNT, "DANA@partner.test").unwrap();
    let at = |day: u8| Some(format!("2026-03-0{day}T10:00:00Z").parse().unwrap());
    assert_eq!(
        history,
        History {
            received: 2,
            read: 1,
            answered: 1,
            last_received: at(3),
            written: 1,
            last_written: at(2),
            last_answer: at(2),
        }
    );
    assert_eq!(history.read_percent(), Some(50));
    assert_eq!(
        index.histories(ACCOUNT).unwrap()["dana@partner.test"],
        history
    );
    let stranger = index.history(ACCOUNT, "who@x.test").unwrap();
    assert_eq!(stranger, History::default());
    assert!(index.sent_ids(ACCOUNT).unwrap().contains("b@x"));
}

#[test]
fn flags_places_and_removals_follow_the_mailbox() {
    let (_folder, index) = filled();
    let mut writing = index.write(ACCOUNT, "INBOX").unwrap();
    assert!(writing.set_flags(&Spot::Uid(2), &[Flag::Seen]).unwrap());
    assert!(writing.relocate(&Spot::Uid(1), &Spot::Uid(9), &[]).unwrap());
    assert!(writing.remove(&Spot::Uid(3)).unwrap());
    assert!(!writing.remove(&Spot::Uid(99)).unwrap());
    let sync = SyncState {
        uid_validity: Some(4),
        uid_next: Some(10),
        highest_mod_seq: Some(u64::MAX / 2),
        stamp: String::new(),
    };
    writing.set_sync(&sync).unwrap();
    writing.commit().unwrap();
    assert_eq!(found(&index, "in:INBOX is:unread"), ["i1"]);
    assert!(found(&index, "offers").is_empty());
    let mailbox = index.mailbox(ACCOUNT, "INBOX").unwrap().unwrap();
    assert_eq!((mailbox.total, mailbox.unread, mailbox.sync), (2, 1, sync));
    let spots = index.spots(ACCOUNT, "INBOX").unwrap();
    assert_eq!(spots[1], (Spot::Uid(9), MailId("i1".to_owned()), vec![]));
    // A change that is not committed never was.
    let mut writing = index.write(ACCOUNT, "INBOX").unwrap();
    writing.clear().unwrap();
    drop(writing);
    assert_eq!(index.mailbox(ACCOUNT, "INBOX").unwrap().unwrap().total, 2);
    index.keep_mailboxes(ACCOUNT, &["Sent"]).unwrap();
    assert_eq!(index.mailboxes(ACCOUNT).unwrap().len(), 1);
    assert!(found(&index, "in:INBOX").is_empty());
}

#[test]
fn a_header_alone_is_listed_and_its_text_comes_later() {
    let (_folder, index) = new();
    let bytes = mail("a@x", 1, "Subject: hello\r\n\r\nsecret garden");
    let frame = |flags| Frame {
        id: MailId("1".to_owned()),
        mailbox: String::new(),
        flags,
        size: 5,
        delivered: Timestamp::UNIX_EPOCH,
    };
    let early = Card::of_header(frame(Vec::new()), bytes.as_bytes());
    file(&index, "INBOX", Role::Inbox, &[(1, early.clone())]);
    assert_eq!(found(&index, "hello"), ["1"]);
    assert!(found(&index, "garden").is_empty());
    let whole = Card::of_message(frame(Vec::new()), bytes.as_bytes());
    file(&index, "INBOX", Role::Inbox, &[(1, whole)]);
    assert_eq!(found(&index, "garden"), ["1"]);
    // The header coming again takes nothing away.
    file(&index, "INBOX", Role::Inbox, &[(1, early)]);
    assert_eq!(found(&index, "garden"), ["1"]);
}

#[test]
fn bodies_that_were_not_asked_for_give_way() {
    let (_folder, index) = filled();
    let id = |id: &str| MailId(id.to_owned());
    for one in ["i1", "i2"] {
        index
            .keep_body(ACCOUNT, &id(one), &[b'x'; 40], 100)
            .unwrap();
    }
    assert_eq!(index.body(ACCOUNT, &id("i1")).unwrap().unwrap().len(), 40);
    index
        .keep_body(ACCOUNT, &id("i3"), &[b'y'; 40], 100)
        .unwrap();
    let kept = ["i1", "i2", "i3"].map(|one| index.body(ACCOUNT, &id(one)).unwrap().is_some());
    assert_eq!(kept, [true, false, true]);
    // A body of a message that is not filed has no place; one that is gone takes its body along.
    index.keep_body(ACCOUNT, &id("zz"), b"x", 100).unwrap();
    let mut writing = index.write(ACCOUNT, "INBOX").unwrap();
    writing.clear().unwrap();
    writing.commit().unwrap();
    assert_eq!(index.body(ACCOUNT, &id("i1")).unwrap(), None);
}

#[test]
fn a_damaged_file_is_put_aside_an_old_one_emptied_a_newer_one_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail-index.db");
    std::fs::write(
        &file,
        "no database at all, but long enough to be looked at ".repeat(40),
    )
    .unwrap();
    let index = Index::open(&file).unwrap();
    assert!(folder.path().join("mail-index.db.damaged").exists());
    index
        .database
        .pragma_update(None, "user_version", 0)
        .unwrap();
    index
        .database
        .execute_batch("CREATE TABLE odd (a)")
        .unwrap();
    drop(index);
    let index = Index::open(&file).unwrap();
    assert_eq!(index.mailboxes(ACCOUNT).unwrap(), []);
    assert!(index.database.prepare("SELECT * FROM odd").is_err());
    index
        .database
        .pragma_update(None, "user_version", 99)
        .unwrap();
    drop(index);
    let refused = Index::open(&file).unwrap_err();
    assert!(matches!(refused, Error::NewerIndex { found: 99, .. }));
    assert!(refused.hint().is_some());
}

#[test]
fn a_header_is_found_at_once_and_its_text_once_it_came() {
    let (_folder, index) = new();
    let texts: Vec<String> = (1..=3_u8)
        .map(|day| {
            mail(
                &format!("m{day}@x"),
                day,
                &format!("Subject: Shed {day}\r\n\r\npaint"),
            )
        })
        .collect();
    let frame = |number: usize| Frame {
        id: MailId(format!("i{number}")),
        mailbox: "INBOX".to_owned(),
        flags: Vec::new(),
        size: 9,
        delivered: Timestamp::UNIX_EPOCH,
    };
    let file = |number: usize, whole: bool| {
        let text = texts[number - 1].as_bytes();
        let card = if whole {
            Card::of_message(frame(number), text)
        } else {
            Card::of_header(frame(number), text)
        };
        let mut writing = index.write(ACCOUNT, "INBOX").unwrap();
        let uid = u32::try_from(number).unwrap();
        writing.put(&Spot::Uid(uid), &card).unwrap();
        writing.commit().unwrap();
    };
    for number in 1..=3 {
        file(number, false);
    }
    // The text of the first comes before anybody asks, that of the second afterwards.
    file(1, true);
    assert_eq!(found(&index, "shed"), ["i3", "i2", "i1"]);
    assert_eq!(found(&index, "paint"), ["i1"]);
    file(2, true);
    assert_eq!(found(&index, "paint"), ["i2", "i1"]);
    assert_eq!(found(&index, "from:dana shed"), ["i3", "i2", "i1"]);
    // The header once more costs no text.
    file(2, false);
    assert_eq!(found(&index, "paint"), ["i2", "i1"]);
    assert_eq!(index.without_text(ACCOUNT, "INBOX", 10).unwrap().len(), 1);
}

#[test]
fn a_full_disk_is_named_and_what_was_filed_stays() {
    let (_folder, index) = new();
    let put = |day: u8| {
        let text = format!("Subject: Shed {day}\r\n\r\n{}", "paint ".repeat(4_000));
        let card = card(
            &format!("i{day}"),
            &mail(&format!("m{day}@x"), day, &text),
            &[],
        );
        let mut writing = index.write(ACCOUNT, "INBOX")?;
        writing.put(&Spot::Uid(u32::from(day)), &card)?;
        writing.keep_body(&card.envelope.id, &vec![b'x'; 64 * 1024])?;
        writing.commit()
    };
    put(1).unwrap();
    // As a disk that takes so many pages more.
    let pages = |sql: &str| {
        index
            .database
            .query_row(sql, [], |row| row.get::<_, i64>(0))
    };
    let most = pages("PRAGMA page_count").unwrap() + 8;
    pages(&format!("PRAGMA max_page_count = {most}")).unwrap();
    let full = put(2).unwrap_err();
    let source = std::error::Error::source(&full).unwrap().to_string();
    assert!(source.contains("disk is full"), "{source}");
    assert!(full.hint().unwrap().contains("space on the disk"));
    assert_eq!(found(&index, "shed"), ["i1"]);
    // There is room again.
    pages("PRAGMA max_page_count = 100000").unwrap();
    put(2).unwrap();
    assert_eq!(found(&index, "paint"), ["i2", "i1"]);
}

#[test]
fn programs_that_open_a_fresh_index_at_once_do_not_trip_over_each_other() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mail-index.db");
        std::thread::scope(|threads| {
            let work = |uid: u32| {
                let index = Index::open(&file).unwrap();
                let one = card(&uid.to_string(), &mail("a@x", 1, "\r\n"), &[]);
                let mut writing = index.write(ACCOUNT, "INBOX").unwrap();
                writing.put(&Spot::Uid(uid), &one).unwrap();
                writing.commit().unwrap();
            };
            for uid in 0..4 {
                threads.spawn(move || work(uid));
            }
        });
        let index = Index::open(&file).unwrap();
        assert_eq!(index.mailbox(ACCOUNT, "INBOX").unwrap().unwrap().total, 4);
    }
}
