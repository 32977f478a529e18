//! The Maildir on a real folder.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::action::{Address, MailDraft, MailQuery, MailSearch};
use crate::mail::compose;
use crate::mail::compose::Author;

const MAIL: &str = "From: \"Dana Whitfield\" <dana@partner.test>\r\nTo: me@mail.test, \
    ken@supplier.test\r\nSubject: Re: AW: Budget\r\nDate: Mon, 05 Jan 2026 10:00:00 +0000\r\n\
    Message-ID: <m1@partner.test>\r\nReferences: <m0@partner.test>\r\n\r\nCould you send it?\r\n";

fn now() -> Timestamp {
    "2026-01-06T09:00:00Z".parse().unwrap()
}

fn me() -> Author {
    Author::new(Address {
        name: "Ann Müller".to_owned(),
        email: "me@mail.test".to_owned(),
    })
}

fn to(email: &str) -> Address {
    Address {
        name: String::new(),
        email: email.to_owned(),
    }
}

fn new() -> (TempDir, Maildir) {
    let folder = tempfile::tempdir().unwrap();
    let maildir = Maildir::open(&folder.path().join("mail")).unwrap();
    (folder, maildir)
}

fn all(mailbox: &str) -> MailSearch {
    MailSearch {
        mailbox: mailbox.to_owned(),
        query: MailQuery::default(),
        limit: 100,
    }
}

fn answer(id: &MailId) -> MailDraft {
    MailDraft {
        to: Vec::new(),
        subject: String::new(),
        body: "Here it is, grüße.".to_owned(),
        in_reply_to: Some(id.clone()),
        ..MailDraft::default()
    }
}

#[test]
fn a_new_maildir_has_its_mailboxes_and_private_folders() {
    let (_folder, maildir) = new();
    let names = ["INBOX", "Archive", "Drafts", "Outbox", "Sent", "Trash"];
    assert_eq!(maildir.mailboxes().unwrap(), names);
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(maildir.root.join(".Sent/cur")), 0o700);
    let id = maildir.deliver("INBOX", MAIL.as_bytes(), now()).unwrap();
    assert_eq!(mode(maildir.root.join("new").join(&id.0)), 0o600);
    Maildir::open(&maildir.root).unwrap();
    assert_eq!(maildir.search(&all("inbox")).unwrap().envelopes.len(), 1);
}

#[test]
fn an_id_survives_flags_and_moves() {
    let (_folder, maildir) = new();
    let id = maildir.deliver("INBOX", MAIL.as_bytes(), now()).unwrap();
    let label = Flag::Keyword("To-Do".to_owned());
    maildir.flag(&id, &Flag::Seen, true).unwrap();
    assert_eq!(
        maildir.flag(&id, &label, true).unwrap().flags,
        [Flag::Seen, label.clone()]
    );
    // Another mailbox gives the letter `a` to another keyword.
    let other = maildir.deliver("Büro", MAIL.as_bytes(), now()).unwrap();
    maildir
        .flag(&other, &Flag::Keyword("Later".to_owned()), true)
        .unwrap();
    let place = maildir.move_to(&id, "Büro").unwrap();
    assert_eq!(
        (place.mailbox.as_str(), &place.flags),
        ("Büro", &vec![Flag::Seen, label])
    );
    assert_eq!(maildir.move_to(&id, "Büro").unwrap(), place);
    assert_eq!(maildir.raw(&id).unwrap(), MAIL.as_bytes());
    assert!(maildir.search(&all("INBOX")).unwrap().envelopes.is_empty());
    assert_eq!(
        maildir.flag(&id, &Flag::Seen, false).unwrap().flags.len(),
        1
    );
}

#[test]
fn drafts_and_mails_of_one_second_are_listed_newest_first() {
    let (folder, maildir) = new();
    let indexed = maildir.clone().indexed(&folder.path().join("index.db"));
    let mut expected = Vec::new();
    // File names of mails tell more than the second; those of drafts don't, but their files do.
    for (count, part) in [7_u32, 50, 51, 999_999].into_iter().enumerate() {
        let at = Timestamp::from_microsecond(now().as_microsecond() + i64::from(part)).unwrap();
        let mail = maildir.deliver("INBOX", MAIL.as_bytes(), at).unwrap();
        let draft = MailDraft {
            to: vec![to("dana@partner.test")],
            ..MailDraft::default()
        };
        let key = format!("run-1/{count}");
        let draft = maildir.draft(&draft, &me(), &key, now()).unwrap();
        let written = std::time::SystemTime::UNIX_EPOCH + Duration::from_micros(part.into());
        let path = maildir.locate(&draft).unwrap().unwrap().path;
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(written).unwrap();
        expected.insert(0, (mail, draft));
    }
    let (mails, drafts): (Vec<_>, Vec<_>) = expected.into_iter().unzip();
    for maildir in [&maildir, &indexed] {
        for (mailbox, expected) in [("INBOX", &mails), ("Drafts", &drafts)] {
            let found = maildir.search(&all(mailbox)).unwrap().envelopes;
            let found: Vec<MailId> = found.into_iter().map(|one| one.id).collect();
            assert_eq!(found, *expected, "{mailbox}");
        }
    }
}

#[test]
fn reading_changes_nothing() {
    let (_folder, maildir) = new();
    let id = maildir.deliver("INBOX", MAIL.as_bytes(), now()).unwrap();
    let before = maildir.locate(&id).unwrap();
    maildir.read(&id).unwrap();
    maildir.search(&all("INBOX")).unwrap();
    assert_eq!(maildir.locate(&id).unwrap(), before);
    assert!(before.unwrap().path.starts_with(maildir.root.join("new")));
}

#[test]
fn broken_files_are_named_and_the_others_listed() {
    let (_folder, maildir) = new();
    maildir.deliver("INBOX", MAIL.as_bytes(), now()).unwrap();
    let cur = maildir.root.join("cur");
    fs::create_dir(cur.join("1.folder.x:2,S")).unwrap();
    fs::write(cur.join("2.noise.x:2,"), [0xff, 0, 0xfe]).unwrap();
    fs::write(cur.join("3.empty.x:2,"), []).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", cur.join("4.link.x:2,S")).unwrap();
    let listing = maildir.search(&all("INBOX")).unwrap();
    assert_eq!(listing.envelopes.len(), 3);
    let named = |part: &str| listing.diagnostics.iter().any(|d| d.contains(part));
    assert!(
        named("1.folder.x") && named("4.link.x"),
        "{:?}",
        listing.diagnostics
    );
}

#[test]
fn a_header_of_any_length_is_listed() {
    let (_folder, maildir) = new();
    for (lines, ending) in [(1, "\r\n"), (300, "\r\n"), (3_000, "\n"), (90_000, "\n")] {
        let filler = format!("X-Filler: a{ending}").repeat(lines);
        let mail = format!("Subject: s{lines}{ending}{filler}To: me@mail.test{ending}{ending}body");
        maildir.deliver("Long", mail.as_bytes(), now()).unwrap();
    }
    let mut subjects: Vec<(String, usize)> = maildir
        .search(&all("Long"))
        .unwrap()
        .envelopes
        .into_iter()
        .map(|e| (e.subject, e.to.len()))
        .collect();
    subjects.sort();
    let expected = [("s1", 1), ("s300", 1), ("s3000", 1), ("s90000", 1)];
    assert_eq!(
        subjects,
        expected.map(|(subject, to)| (subject.to_owned(), to))
    );
}

#[test]
fn a_search_narrows_by_every_part_of_the_query() {
    let (_folder, maildir) = new();
    let id = maildir.deliver("INBOX", MAIL.as_bytes(), now()).unwrap();
    let found = |query: MailQuery| {
        let search = MailSearch {
            query,
            ..all("INBOX")
        };
        maildir.search(&search).unwrap().envelopes.len()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        found(MailQuery {
            from: some("whitfield PARTNER"),
            ..Default::default()
        }),
        1
    );
    assert_eq!(
        found(MailQuery {
            from: some("ken"),
            ..Default::default()
        }),
        0
    );
    assert_eq!(
        found(MailQuery {
            subject: some("budget"),
            ..Default::default()
        }),
        1
    );
    assert_eq!(
        found(MailQuery {
            text: some("send dana"),
            ..Default::default()
        }),
        1
    );
    assert_eq!(
        found(MailQuery {
            text: some("sent"),
            ..Default::default()
        }),
        0
    );
    assert_eq!(
        found(MailQuery {
            since: Some(now()),
            ..Default::default()
        }),
        0
    );
    maildir.flag(&id, &Flag::Seen, true).unwrap();
    assert_eq!(
        found(MailQuery {
            unread: true,
            ..Default::default()
        }),
        0
    );
}

#[test]
fn an_answer_goes_to_its_sender_and_stays_in_the_thread() {
    let (_folder, maildir) = new();
    let id = maildir.deliver("INBOX", MAIL.as_bytes(), now()).unwrap();
    let draft = maildir
        .draft(&answer(&id), &me(), "run-1/3", now())
        .unwrap();
    let read = maildir.read(&draft).unwrap();
    assert_eq!(read.envelope.mailbox, "Drafts");
    assert_eq!(read.envelope.flags, [Flag::Seen, Flag::Draft]);
    assert_eq!(read.envelope.to.len(), 1);
    assert_eq!(read.envelope.to[0].email, "dana@partner.test");
    assert_eq!(
        (read.envelope.from, read.envelope.date),
        (me().address, now())
    );
    assert_eq!(read.envelope.subject, "Re: Budget");
    assert_eq!(read.references, ["m0@partner.test", "m1@partner.test"]);
    assert_eq!(read.headers["mime-version"], "1.0");
    assert_eq!(read.headers["in-reply-to"], "<m1@partner.test>");
    assert_eq!(read.new_text, "Here it is, grüße.");
    assert!(
        read.text
            .contains("Dana Whitfield wrote:\n> Could you send it?"),
        "{}",
        read.text
    );
}

#[test]
fn a_long_thread_keeps_its_first_and_its_latest_messages() {
    let (_folder, maildir) = new();
    let long = format!("{}@partner.test", "x".repeat(200));
    let earlier = (0..60)
        .map(|n| format!("<{n}@a.test> "))
        .collect::<Vec<_>>()
        .concat();
    let mail = MAIL
        .replace("m1@partner.test", &long)
        .replace("<m0@partner.test>", &earlier);
    let id = maildir.deliver("INBOX", mail.as_bytes(), now()).unwrap();
    let draft = maildir.draft(&answer(&id), &me(), "key", now()).unwrap();
    let references = maildir.read(&draft).unwrap().references;
    assert_eq!(references.len(), 20);
    assert_eq!(references.first().map(String::as_str), Some("0@a.test"));
    assert_eq!(references.last(), Some(&long));
    let raw = String::from_utf8(maildir.raw(&draft).unwrap()).unwrap();
    assert!(raw.lines().all(|line| line.len() <= 998));
}

#[test]
fn many_at_once_with_one_key_make_one_draft() {
    let (_folder, maildir) = new();
    let id = maildir.deliver("INBOX", MAIL.as_bytes(), now()).unwrap();
    let one = || maildir.draft(&answer(&id), &me(), "key", now()).unwrap();
    let ids: Vec<MailId> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(ids.iter().all(|other| *other == ids[0]));
    assert_eq!(maildir.search(&all("Drafts")).unwrap().envelopes.len(), 1);
}

#[test]
fn one_key_makes_one_draft_wherever_it_lies() {
    let (_folder, maildir) = new();
    let mut draft = MailDraft {
        to: vec![to("dana@partner.test")],
        subject: "Hi".to_owned(),
        body: "one".to_owned(),
        in_reply_to: None,
        ..MailDraft::default()
    };
    let first = maildir.draft(&draft, &me(), "key", now()).unwrap();
    draft.body = "two".to_owned();
    assert_eq!(maildir.draft(&draft, &me(), "key", now()).unwrap(), first);
    assert_ne!(maildir.draft(&draft, &me(), "other", now()).unwrap(), first);
    assert_eq!(maildir.send(&first, now()).unwrap(), first);
    assert_eq!(maildir.draft(&draft, &me(), "key", now()).unwrap(), first);
    // A server stores a copy under a name of its own; the Message-ID still tells.
    let sent = maildir.locate(&first).unwrap().unwrap().path;
    fs::rename(&sent, maildir.root.join(".Sent/cur/77.M1.server,S=9:2,S")).unwrap();
    assert_eq!(
        maildir.draft(&draft, &me(), "key", now()).unwrap().0,
        "77.M1.server,S=9"
    );
}

#[test]
fn sending_takes_out_only_the_mark_and_happens_once() {
    let (_folder, maildir) = new();
    let draft = MailDraft {
        to: vec![to("dana@partner.test")],
        subject: "Grüße".to_owned(),
        body: "X-Legwork-Draft: stays in the body".to_owned(),
        in_reply_to: None,
        ..MailDraft::default()
    };
    let id = maildir.draft(&draft, &me(), "key", now()).unwrap();
    let before = String::from_utf8(maildir.raw(&id).unwrap()).unwrap();
    assert_eq!(maildir.send(&id, now()).unwrap(), id);
    assert_eq!(maildir.send(&id, now()).unwrap(), id);
    let after = String::from_utf8(maildir.raw(&id).unwrap()).unwrap();
    let mark = format!("X-Legwork-Draft: {}\r\n", compose::digest("key"));
    assert_eq!(before.replacen(&mark, "", 1), after);
    assert_ne!(before, after);
    assert_eq!(maildir.locate(&id).unwrap().unwrap().mailbox, "Outbox");
    assert!(maildir.search(&all("Drafts")).unwrap().envelopes.is_empty());
}

#[test]
fn a_stop_in_the_middle_of_sending_is_made_good() {
    let (_folder, maildir) = new();
    let draft = MailDraft {
        to: vec![to("dana@partner.test")],
        ..answer(&MailId(String::new()))
    };
    let draft = MailDraft {
        in_reply_to: None,
        ..draft
    };
    let id = maildir.draft(&draft, &me(), "key", now()).unwrap();
    let copy = maildir
        .root
        .join(".Outbox/cur")
        .join(format!("{}:2,S", id.0));
    fs::copy(maildir.locate(&id).unwrap().unwrap().path, &copy).unwrap();
    maildir.send(&id, now()).unwrap();
    assert!(maildir.search(&all("Drafts")).unwrap().envelopes.is_empty());
    assert_eq!(maildir.search(&all("Outbox")).unwrap().envelopes.len(), 1);
}

#[test]
fn only_sending_fills_the_outbox() {
    let (_folder, maildir) = new();
    let id = maildir.deliver("INBOX", MAIL.as_bytes(), now()).unwrap();
    for name in ["Outbox", "OUTBOX", "../Sent", "a/b", ""] {
        assert!(
            matches!(maildir.move_to(&id, name), Err(Error::BadName { .. })),
            "{name}"
        );
    }
    assert!(matches!(
        maildir.send(&id, now()),
        Err(Error::NotADraft { .. })
    ));
    let gone = MailId("../../etc/passwd".to_owned());
    assert!(matches!(maildir.raw(&gone), Err(Error::NoMessage { .. })));
    assert!(matches!(
        maildir.search(&all("None")),
        Err(Error::NoMailbox { .. })
    ));
}

#[test]
fn programs_and_lists_are_never_answered() {
    let (_folder, maildir) = new();
    for header in [
        "Auto-Submitted: auto-replied",
        "List-Id: talk <talk.lists.test>",
        "Precedence: bulk",
        "Return-Path: <>",
        "Content-Type: multipart/report; boundary=x",
        "From: Shop <no-reply@shop.test>",
    ] {
        let mail = format!("{header}\r\n{}", MAIL.replace("dana@", "no-reply@"));
        let id = maildir.deliver("INBOX", mail.as_bytes(), now()).unwrap();
        let refused = maildir.draft(&answer(&id), &me(), header, now());
        assert!(
            matches!(refused, Err(Error::Automatic { .. })),
            "{header}: {refused:?}"
        );
        let explicit = MailDraft {
            to: vec![to("ken@supplier.test")],
            ..answer(&id)
        };
        maildir.draft(&explicit, &me(), header, now()).unwrap();
    }
    let own = MAIL
        .replace("dana@partner.test", "Me@mail.test")
        .replace(", ken@supplier.test", "");
    let id = maildir.deliver("INBOX", own.as_bytes(), now()).unwrap();
    let alone = maildir.draft(&answer(&id), &me(), "own", now());
    assert!(matches!(alone, Err(Error::NoRecipient)));
}

#[test]
fn a_stranger_is_not_sent_what_was_written_to_others() {
    let (_folder, maildir) = new();
    let id = maildir.deliver("INBOX", MAIL.as_bytes(), now()).unwrap();
    let body_to = |email: &str| {
        let draft = MailDraft {
            to: vec![to(email)],
            ..answer(&id)
        };
        maildir
            .read(&maildir.draft(&draft, &me(), email, now()).unwrap())
            .unwrap()
            .text
    };
    assert!(body_to("ken@supplier.test").contains("Could you"));
    assert!(!body_to("drop@evil.test").contains("Could you"));
}

#[test]
fn nothing_smuggles_a_header_in() {
    let (_folder, maildir) = new();
    let good = MailDraft {
        to: vec![to("dana@partner.test")],
        subject: "Hi".to_owned(),
        body: "x".to_owned(),
        in_reply_to: None,
        ..MailDraft::default()
    };
    let evil = "x\r\nBcc: drop@evil.test";
    let named = Address {
        name: evil.to_owned(),
        ..to("dana@partner.test")
    };
    let drafts = [
        MailDraft {
            subject: evil.to_owned(),
            ..good.clone()
        },
        MailDraft {
            to: vec![named],
            ..good.clone()
        },
        MailDraft {
            to: vec![to("dana@partner.test\r\nBcc: drop@evil.test")],
            ..good.clone()
        },
        MailDraft {
            to: vec![to("dana@partner.test, drop@evil.test")],
            ..good.clone()
        },
        MailDraft {
            to: vec![to("not an address")],
            ..good.clone()
        },
        MailDraft {
            subject: "a\0b".to_owned(),
            ..good.clone()
        },
    ];
    for draft in drafts {
        let refused = maildir.draft(&draft, &me(), "key", now()).unwrap_err();
        assert!(matches!(
            refused,
            Error::BadHeader { .. } | Error::BadAddress { .. }
        ));
        assert!(refused.hint().is_some());
    }
    // A mail that is answered can't do it either.
    let crooked = MAIL.replace("Budget", "=?utf-8?Q?x=0D=0ABcc:_drop@evil.test?=");
    let id = maildir.deliver("INBOX", crooked.as_bytes(), now()).unwrap();
    let draft = maildir.draft(&answer(&id), &me(), "key", now()).unwrap();
    assert!(!maildir.read(&draft).unwrap().headers.contains_key("bcc"));
}

/// A Maildir with an index, and the same without, which reads everything each time.
fn pair() -> (TempDir, Maildir, Maildir) {
    let (folder, plain) = new();
    let indexed = plain.clone().indexed(&folder.path().join("mail-index.db"));
    (folder, indexed, plain)
}

fn file_of(maildir: &Maildir, id: &MailId) -> PathBuf {
    maildir.locate(id).unwrap().unwrap().path
}

/// Says that a mailbox was last touched long ago, as if a minute had passed.
fn rest(maildir: &Maildir, mailbox: &str) {
    let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000);
    for part in ["cur", "new"] {
        let folder = maildir.folder(mailbox).unwrap().join(part);
        fs::File::open(folder)
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
    }
}

#[test]
fn what_other_programs_do_to_the_files_shows_in_the_next_list() {
    let (_folder, indexed, plain) = pair();
    let mail = |n: u8| MAIL.replace("Budget", &format!("Budget {n}"));
    let ids: Vec<MailId> = (0..4)
        .map(|n| plain.deliver("INBOX", mail(n).as_bytes(), now()).unwrap())
        .collect();
    let same = |what: &str| {
        for mailbox in ["INBOX", "Archive"] {
            let (one, two) = (indexed.search(&all(mailbox)), plain.search(&all(mailbox)));
            assert_eq!(one.unwrap(), two.unwrap(), "{what}");
        }
    };
    same("delivered");
    let root = plain.folder("INBOX").unwrap();
    let read = root.join("cur").join(format!("{}:2,Sa", ids[0].0));
    fs::rename(file_of(&plain, &ids[0]), &read).unwrap();
    same("read by mutt");
    fs::write(root.join("dovecot-keywords"), "0 Waiting\n").unwrap();
    same("a keyword named");
    let listed = indexed.search(&all("INBOX")).unwrap().envelopes;
    let waiting = Flag::Keyword("Waiting".to_owned());
    assert!(listed.iter().any(|one| one.flags.contains(&waiting)));
    fs::remove_file(file_of(&plain, &ids[1])).unwrap();
    same("deleted");
    let archive = plain.folder("Archive").unwrap().join("cur");
    let moved = archive.join(format!("{}:2,", ids[2].0));
    fs::rename(file_of(&plain, &ids[2]), moved).unwrap();
    same("moved");
    assert_eq!(indexed.locate(&ids[2]).unwrap().unwrap().mailbox, "Archive");
    fs::rename(&read, root.join("cur").join(format!("{},S=9:2,", ids[0].0))).unwrap();
    same("renamed by Dovecot");
    plain.deliver("Archive", mail(9).as_bytes(), now()).unwrap();
    same("delivered once more");
    fs::remove_dir_all(plain.folder("Archive").unwrap()).unwrap();
    let search = crate::mail::index::Search::default();
    assert_eq!(indexed.find_like(None, &search, 9).unwrap().total, 2);
}

#[test]
fn a_mailbox_that_nobody_touched_is_not_read_again() {
    let (_folder, indexed, _) = pair();
    let id = indexed.deliver("INBOX", MAIL.as_bytes(), now()).unwrap();
    rest(&indexed, "INBOX");
    let subject = || {
        indexed.search(&all("INBOX")).unwrap().envelopes[0]
            .subject
            .clone()
    };
    assert_eq!(subject(), "Re: AW: Budget");
    // Nobody changes a message; if somebody did, only reading every file each time would tell.
    fs::write(file_of(&indexed, &id), MAIL.replace("Budget", "Other")).unwrap();
    assert_eq!(subject(), "Re: AW: Budget");
    assert_eq!(indexed.read(&id).unwrap().envelope.subject, "Re: AW: Other");
}

#[test]
fn a_draft_edited_in_place_is_listed_as_it_is_now() {
    let (_folder, indexed, _) = pair();
    let id = indexed.deliver("Drafts", MAIL.as_bytes(), now()).unwrap();
    rest(&indexed, "Drafts");
    indexed.search(&all("Drafts")).unwrap();
    fs::write(
        file_of(&indexed, &id),
        MAIL.replace("Budget", "Longer subject"),
    )
    .unwrap();
    rest(&indexed, "Drafts");
    let listed = indexed.search(&all("Drafts")).unwrap().envelopes;
    assert_eq!(listed[0].subject, "Re: AW: Longer subject");
}

#[test]
fn mail_is_listed_also_when_the_index_can_not_be_used() {
    let (folder, indexed, plain) = pair();
    plain.deliver("INBOX", MAIL.as_bytes(), now()).unwrap();
    let file = folder.path().join("mail-index.db");
    fs::create_dir(&file).unwrap();
    let listing = indexed.search(&all("INBOX")).unwrap();
    assert_eq!(listing.total, 1);
    assert!(
        listing.diagnostics[0].contains("mail-index.db can't be used"),
        "{listing:?}"
    );
    fs::remove_dir(&file).unwrap();
    fs::write(&file, "this was never a database".repeat(99)).unwrap();
    assert_eq!(
        indexed.search(&all("INBOX")).unwrap(),
        plain.search(&all("INBOX")).unwrap()
    );
}

#[test]
fn two_programs_that_list_at_once_see_the_same() {
    let (_folder, indexed, plain) = pair();
    for n in 0..30 {
        let mail = MAIL.replace("Budget", &n.to_string());
        plain.deliver("INBOX", mail.as_bytes(), now()).unwrap();
    }
    std::thread::scope(|threads| {
        let list = || indexed.search(&all("INBOX")).unwrap().total;
        let lists: Vec<_> = (0..4).map(|_| threads.spawn(list)).collect();
        for list in lists {
            assert_eq!(list.join().unwrap(), 30);
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_draft_reads_back_as_it_was_written(
        subject in "[\\PC]{0,120}", name in "[\\PC]{0,40}", body in "(?s).{0,400}"
    ) {
        let (_folder, maildir) = new();
        let recipient = Address { name: name.clone(), ..to("dana@partner.test") };
        let draft = MailDraft {
            to: vec![recipient], subject: subject.clone(), body: body.clone(), in_reply_to: None, ..MailDraft::default() };
        let id = maildir.draft(&draft, &me(), "key", now());
        prop_assume!(id.is_ok());
        let read = maildir.read(&id.unwrap()).unwrap();
        prop_assert_eq!(&read.envelope.to[0].email, "dana@partner.test");
        prop_assert_eq!(read.envelope.to.len(), 1);
        let words = |text: &str| -> String {
            text.chars().filter(|c| !c.is_whitespace()).collect()
        };
        prop_assert_eq!(words(&read.envelope.subject), words(&untrusted::line(&subject, 500)));
        let shown = untrusted::block(&body.replace("\r\n", "\n").replace('\r', "\n"));
        prop_assert_eq!(words(&read.text), words(&shown));
        prop_assert!(!read.headers.contains_key("bcc"));
    }
}
