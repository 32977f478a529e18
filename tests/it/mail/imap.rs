//! Accounts on a real IMAP server, with what goes wrong between here and there.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use jiff::Timestamp;
use legwork::action::{Address, Envelope, Flag, MailDraft, MailId, MailQuery, MailSearch};
use legwork::deadline::Deadline;
use legwork::mail::compose::Author;
use legwork::mail::{Account, Error, Extent, ServerError, Stamp};

use super::rig::{Desk, cable, letter, rig};

fn limit() -> Deadline {
    Deadline::after(Duration::from_mins(1))
}

fn all(account: &Account, mailbox: &str) -> Vec<Envelope> {
    let search = MailSearch {
        mailbox: mailbox.to_owned(),
        query: MailQuery::default(),
        limit: u32::MAX,
    };
    account.search(&search).unwrap().envelopes
}

/// All that an account shows, to compare two of them.
fn state(account: &Account) -> BTreeMap<String, BTreeSet<(MailId, Vec<Flag>)>> {
    let mailboxes = account.mailboxes().unwrap().into_iter();
    mailboxes
        .map(|mailbox| {
            let mails = all(account, &mailbox).into_iter();
            let mails = mails.map(|one| (one.id, one.flags)).collect();
            (mailbox, mails)
        })
        .collect()
}

fn now() -> Timestamp {
    Timestamp::from_second(1_795_302_000).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_mirrors_the_server_and_the_next_one_costs_three_round_trips() {
    let rig = rig();
    let desk = rig.desk("alice");
    let account = desk.open();
    let never = account.mailboxes().unwrap_err();
    assert_eq!(never.to_string(), "the mail of \"alice\" was never fetched");
    let synced = account.sync(Extent::Newest, &limit()).await.unwrap();
    assert!(synced.problems.is_empty(), "{:?}", synced.problems);
    let mailboxes = account.mailboxes().unwrap();
    let mut total = 0;
    for mailbox in &mailboxes {
        let mails = all(&account, mailbox);
        assert_eq!(mails.len(), rig.count("alice", mailbox), "{mailbox}");
        total += mails.len();
    }
    assert_eq!((synced.arrived, total > 50), (total, true));
    assert_eq!(synced.bodies, total);
    for one in all(&account, "INBOX") {
        let message = account.read(&one.id).unwrap();
        assert_eq!(message.envelope, one);
        let raw = account.raw(&one.id).unwrap();
        assert_eq!(
            u64::try_from(raw.len()).unwrap(),
            one.size,
            "{}",
            one.subject
        );
    }
    // Another process later on: log in, turn on QRESYNC, list with states.
    let synced = desk.open().sync(Extent::Newest, &limit()).await.unwrap();
    assert_eq!((synced.arrived, synced.changed, synced.gone), (0, 0, 0));
    assert_eq!(synced.trips, 3);
    // Reading changed nothing there.
    let said = rig.other("alice").ask("STATUS INBOX (UNSEEN)");
    let unread = all(&account, "INBOX")
        .iter()
        .filter(|one| !one.flags.contains(&Flag::Seen))
        .count();
    assert!(said.contains(&format!("UNSEEN {unread})")), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_client_does_is_seen_while_waiting_and_equals_a_fresh_sync() {
    let rig = rig();
    let desk = rig.desk("idle");
    let account = desk.open();
    account.sync(Extent::Newest, &limit()).await.unwrap();
    let mut watch = account.watch("INBOX", &limit()).await.unwrap();
    let mut other = rig.other("idle");
    let deed = async {
        other.append("INBOX", &letter("idle-1", "first news"));
        other.ask("SELECT INBOX");
        other.ask("STORE 1:5 +FLAGS (\\Flagged Projekt)");
        other.ask("STORE 7,9 +FLAGS (\\Deleted)");
        other.ask("EXPUNGE");
        other.ask("MOVE 1:2 Archive");
    };
    let patience = limit();
    let (news, ()) = tokio::join!(watch.changed(&patience), deed);
    assert!(news.unwrap());
    let query = MailQuery {
        subject: Some("first news".to_owned()),
        ..MailQuery::default()
    };
    let found = account.wait("INBOX", &query, &limit()).await.unwrap();
    assert_eq!(found.unwrap().subject, "first news");
    account.sync(Extent::Newest, &limit()).await.unwrap();
    let fresh = rig.desk("idle");
    let again = fresh.open();
    again.sync(Extent::Newest, &limit()).await.unwrap();
    assert_eq!(state(&account), state(&again));
    assert_eq!(all(&account, "INBOX").len(), rig.count("idle", "INBOX"));
    // A wait for what never comes ends with its time, and a stop ends it at once.
    let short = Deadline::after(Duration::from_millis(300));
    let never = MailQuery {
        subject: Some("never".to_owned()),
        ..MailQuery::default()
    };
    assert_eq!(account.wait("INBOX", &never, &short).await.unwrap(), None);
    let stopped = limit();
    let (waited, ()) = tokio::join!(account.wait("INBOX", &never, &stopped), async {
        tokio::task::yield_now().await;
        stopped.stop();
    });
    assert!(matches!(waited, Err(Error::Stopped(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn moves_and_flags_reach_the_server_and_keep_the_id() {
    let rig = rig();
    let desk = rig.desk("moves");
    let account = desk.open();
    account.sync(Extent::Newest, &limit()).await.unwrap();
    let inbox = all(&account, "INBOX");
    let id = &inbox[0].id;
    for (flag, on) in [
        (Flag::Flagged, true),
        (Flag::Keyword("Waiting".to_owned()), true),
        (Flag::Forwarded, true),
        (Flag::Flagged, false),
    ] {
        let place = account.flag(id, (&flag, on), &limit()).await.unwrap();
        assert_eq!(place.flags.contains(&flag), on, "{flag:?}");
    }
    let text = account.read(id).unwrap().text;
    for mailbox in ["Büro", "Archive", "Büro/Straße 台北", "INBOX", "Archive"] {
        let place = account.move_to(id, mailbox, &limit()).await.unwrap();
        assert_eq!(place.mailbox, mailbox);
        assert!(place.flags.contains(&Flag::Keyword("Waiting".to_owned())));
        assert!(
            place.source.starts_with("imap://localhost/"),
            "{}",
            place.source
        );
        assert_eq!(account.read(id).unwrap().text, text);
        // Once more does nothing.
        account.move_to(id, mailbox, &limit()).await.unwrap();
    }
    let listed = rig.other("moves").ask("LIST \"\" \"B*\"");
    assert!(listed.contains("B&APw-ro"), "{listed}");
    account.sync(Extent::Newest, &limit()).await.unwrap();
    assert_eq!(all(&account, "INBOX").len(), inbox.len() - 1);
    assert_eq!(account.locate(id).unwrap().unwrap().mailbox, "Archive");
    // Moved by another client, it is still the same message.
    let mut other = rig.other("moves");
    other.ask("SELECT Archive");
    let uid = account.locate(id).unwrap().unwrap().source;
    let uid = uid.rsplit('=').next().unwrap().to_owned();
    other.ask(&format!("UID MOVE {uid} Trash"));
    account.sync(Extent::Newest, &limit()).await.unwrap();
    assert_eq!(account.locate(id).unwrap().unwrap().mailbox, "Trash");
    // Whatever is asked of a message that is gone is refused and harms no other.
    let mut gone = rig.other("moves");
    gone.ask("SELECT Trash");
    gone.ask("STORE 1:* +FLAGS (\\Deleted)");
    gone.ask("EXPUNGE");
    let error = account.move_to(id, "INBOX", &limit()).await.unwrap_err();
    assert!(matches!(error, Error::NoMessage { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_made_anew_keeps_the_names_of_its_messages() {
    let rig = rig();
    let mut other = rig.other("valid");
    let letters: Vec<String> = (0..5)
        .map(|n| letter(&format!("v{n}"), &format!("V {n}")))
        .collect();
    other.ask("CREATE Projects");
    for letter in &letters {
        other.append("Projects", letter);
    }
    let desk = rig.desk("valid");
    let account = desk.open();
    account.sync(Extent::Newest, &limit()).await.unwrap();
    let before = state(&account)["Projects"].clone();
    assert_eq!(before.len(), 5);
    other.ask("DELETE Projects");
    other.ask("CREATE Projects");
    // In another order, so that every UID means another message.
    for letter in letters.iter().rev() {
        other.append("Projects", letter);
    }
    let id = &before.first().unwrap().0;
    // A change that comes before the next sync hits the right message all the same.
    account
        .flag(id, (&Flag::Flagged, true), &limit())
        .await
        .unwrap();
    let subject = account.read(id).unwrap().envelope.subject;
    let said = other.ask("SELECT Projects")
        + &other.ask("FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
    let flagged = said
        .split("FETCH (")
        .skip(1)
        .find(|one| one.contains("\\Flagged"))
        .unwrap()
        .to_owned();
    assert!(
        said.matches("\\Flagged").count() >= 1 && flagged.contains(&subject),
        "{said}"
    );
    account.sync(Extent::Newest, &limit()).await.unwrap();
    let after = state(&account)["Projects"].clone();
    let ids = |state: &BTreeSet<(MailId, Vec<Flag>)>| {
        state
            .iter()
            .map(|one| one.0.clone())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(ids(&after), ids(&before));
    for (id, _) in &after {
        account.fetch(id, &limit()).await.unwrap();
        let message = account.read(id).unwrap();
        assert!(
            message.text.contains(&message.envelope.subject),
            "{}",
            message.text
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_breaks_in_the_middle_loses_nothing() {
    let rig = rig();
    for breaks_after in [3_000, 9_000, 20_000, 60_000, 120_000] {
        let port = cable(rig.port("imaps"), breaks_after);
        let desk = Desk::new(&rig.config_at("cut", port));
        let account = desk.open();
        match account.sync(Extent::Newest, &limit()).await {
            Ok(_) => {}
            Err(Error::Server(error)) => {
                let said = error.to_string();
                assert!(
                    said.starts_with("the connection to localhost broke off"),
                    "{said}"
                );
            }
            Err(error) => panic!("{error}"),
        }
        // The next time the cable holds.
        account.sync(Extent::Newest, &limit()).await.unwrap();
        for mailbox in account.mailboxes().unwrap() {
            let mails = all(&account, &mailbox);
            assert_eq!(mails.len(), rig.count("cut", &mailbox), "{mailbox}");
            for mail in mails {
                assert!(account.raw(&mail.id).is_ok());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_breaks_out_of_its_command() {
    let rig = rig();
    let desk = rig.desk("names");
    let account = desk.open();
    account.sync(Extent::Headers, &limit()).await.unwrap();
    let before = account.mailboxes().unwrap();
    let id = all(&account, "INBOX")[0].id.clone();
    for evil in [
        "a\r\nx LOGOUT",
        "a\nb",
        "a\0b",
        "\r",
        "{5}\r\nhello",
        "\u{1b}[2J",
    ] {
        let moved = account.move_to(&id, evil, &limit()).await;
        assert!(moved.is_err(), "{evil:?}");
        let keyword = Flag::Keyword(evil.to_owned());
        let flagged = account.flag(&id, (&keyword, true), &limit()).await;
        assert!(flagged.is_err(), "{evil:?}");
    }
    for keyword in ["two words", "(x)", "a\"b", "ü", "", "%", "*", "\\Evil"] {
        let keyword = Flag::Keyword(keyword.to_owned());
        assert!(
            account.flag(&id, (&keyword, true), &limit()).await.is_err(),
            "{keyword:?}"
        );
    }
    account.sync(Extent::Headers, &limit()).await.unwrap();
    assert_eq!(account.mailboxes().unwrap(), before);
    for odd in [
        "quote\"d",
        "back\\slash",
        "R&D",
        "Ünïcödé 🦀",
        "{5}",
        "a b  c",
        "(list)",
    ] {
        let place = account.move_to(&id, odd, &limit()).await.unwrap();
        assert_eq!(place.mailbox, odd);
        account.sync(Extent::Headers, &limit()).await.unwrap();
        assert!(
            account.mailboxes().unwrap().contains(&odd.to_owned()),
            "{odd}"
        );
        assert_eq!(account.locate(&id).unwrap().unwrap().mailbox, odd);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_put_there_once_for_each_key() {
    let rig = rig();
    let desk = rig.desk("drafts");
    let account = desk.open();
    account.sync(Extent::Headers, &limit()).await.unwrap();
    let before = rig.count("drafts", "Drafts");
    let author = Author::new(Address {
        name: "Drafts".to_owned(),
        email: "drafts@mail.test".to_owned(),
    });
    let stamp = Stamp {
        author: &author,
        key: "run/1",
        now: now(),
    };
    let draft = MailDraft {
        to: vec![Address {
            name: "Dana".to_owned(),
            email: "dana@partner.test".to_owned(),
        }],
        subject: "Grüße".to_owned(),
        body: "See you\nat ten.".to_owned(),
        ..MailDraft::default()
    };
    let id = account.draft(&draft, &stamp, &limit()).await.unwrap();
    let read = account.read(&id).unwrap();
    assert_eq!(
        (
            read.envelope.subject.as_str(),
            read.envelope.mailbox.as_str()
        ),
        ("Grüße", "Drafts")
    );
    assert!(
        read.envelope.flags.contains(&Flag::Draft),
        "{:?}",
        read.envelope.flags
    );
    assert_eq!(account.draft(&draft, &stamp, &limit()).await.unwrap(), id);
    // Also for another process whose index is gone.
    let fresh = rig.desk("drafts");
    let again = fresh.open();
    again.sync(Extent::Headers, &limit()).await.unwrap();
    assert_eq!(again.draft(&draft, &stamp, &limit()).await.unwrap(), id);
    assert_eq!(rig.count("drafts", "Drafts"), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_fail_is_said_in_one_sentence() {
    let rig = rig();
    let good = rig.config_at("plain", rig.port("imaps"));
    let token = |auth: &str, token: &str| {
        let command = format!("token_command = ['echo', '{token}']\nauth = '{auth}'");
        good.replace("password_command = ['echo', 'secret']", &command)
    };
    let imap = format!("port = {} }}", rig.port("imaps"));
    let to = |server: &str| {
        good.replace(
            &format!("host = 'localhost', {imap}"),
            &format!("{server} }}"),
        )
    };
    let (plain, free) = (rig.port("imap"), free_port());
    let starttls = format!("host = 'localhost', port = {plain}, tls = 'starttls'");
    let expired = "eyJhbGciOiJIUzI1NiJ9.e30.x";
    for fine in [
        good.clone(),
        token("xoauth2", rig.token("plain")),
        token("oauthbearer", rig.token("plain")),
        to(&starttls),
        to(&format!("host = '127.0.0.1', port = {plain}, tls = 'none'")),
    ] {
        let desk = Desk::new(&fine);
        let mailboxes = desk.open().test(&limit()).await;
        assert!(
            mailboxes.as_ref().is_ok_and(|count| *count >= 6),
            "{fine}\n{mailboxes:?}"
        );
    }
    let table = [
        (
            good.replace("'echo', 'secret'", "'echo', 'wrong'"),
            "localhost refuses the password of 'plain'",
        ),
        (
            token("xoauth2", expired),
            "localhost refuses the token of 'plain'",
        ),
        (
            token("oauthbearer", expired),
            "localhost refuses the token of 'plain'",
        ),
        (
            good.replace(&format!("ca = '{}'\n", rig.ca()), ""),
            "the certificate of localhost is not trusted: nobody known vouches for it",
        ),
        (
            to("host = 'no-such-host.invalid'"),
            "the name of the mail server 'no-such-host.invalid' is not known",
        ),
        (
            to(&format!("host = 'localhost', port = {free}")),
            "no mail server answers at localhost port",
        ),
        (
            to(&format!("host = 'localhost', port = {plain}")),
            "localhost port",
        ),
        (
            good.replace("password_command = ['echo', 'secret']\n", ""),
            "there is no password for the mail account 'plain'",
        ),
    ];
    for (config, want) in table {
        let desk = Desk::new(&config);
        let error = desk.open().test(&limit()).await.unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with(want), "{said}\nwanted {want}");
        assert!(error.hint().is_some(), "{said}");
        assert!(!said.contains("secret") && !said.contains('\n'), "{said}");
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A server that answers each command with what `answer` says, `None` for silence.
fn played(answer: impl Fn(&str) -> Option<String> + Send + 'static) -> Desk {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let greeting = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\n";
            client.write_all(greeting).unwrap();
            let lines = BufReader::new(client.try_clone().unwrap()).lines();
            for line in lines.map_while(Result::ok) {
                let (tag, command) = line.split_once(' ').unwrap_or(("x", &line));
                let Some(said) = answer(command) else {
                    continue;
                };
                let said = format!("{said}{tag} OK done\r\n");
                if client.write_all(said.as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    Desk::new(&format!(
        "[[mail]]\nname = 'played'\naddress = 'a@b.test'\npassword_command = ['echo', 'x']\n\
         imap = {{ host = '127.0.0.1', port = {port}, tls = 'none' }}\n"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_it_at_once_while_the_server_hangs() {
    for silent_at in ["AUTHENTICATE", "LIST", "EXAMINE", "UID FETCH"] {
        let desk = played(move |command| {
            if command.starts_with(silent_at) {
                return None;
            }
            Some(match command.split_whitespace().next() {
                Some("LIST") => "* LIST () \"/\" INBOX\r\n".to_owned(),
                Some("EXAMINE") => {
                    "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n".to_owned()
                }
                Some("UID") => "* SEARCH 1\r\n".to_owned(),
                _ => String::new(),
            })
        });
        let account = desk.open();
        let deadline = limit();
        let stopper = async {
            // Long enough to be in the middle of it, and any moment would do.
            let moment = deadline.child(Duration::from_millis(200));
            drop(moment.bound("a moment", std::future::pending::<()>()).await);
            deadline.stop();
        };
        let began = std::time::Instant::now();
        let (synced, ()) = tokio::join!(account.sync(Extent::Newest, &deadline), stopper);
        assert!(
            matches!(synced, Err(Error::Stopped(_))),
            "{silent_at}: {synced:?}"
        );
        println!("{silent_at}: stopped after {:?}", began.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_odd_answer_costs_only_itself() {
    let header = |n: u32| format!("Subject: S{n}\r\nMessage-ID: <m{n}@x>\r\n\r\n");
    let fetch = move |n: u32| {
        let header = header(n);
        format!(
            "* {n} FETCH (UID {n} FLAGS () INTERNALDATE \"02-Mar-2026 10:00:00 +0000\" \
             RFC822.SIZE 99 BODY[HEADER] {{{}}}\r\n{header})\r\n",
            header.len()
        )
    };
    let desk = played(move |command| {
        let one = |n: u32| fetch(n);
        Some(match command {
            _ if command.starts_with("LIST") => {
                "* LIST () \"/\" INBOX\r\n* LIST (\\HasNoChildren) \"/\" \"B&APw\"\r\n\
                 * LIST garbage\r\n* FLAGGED NONSENSE\r\n"
                    .to_owned()
            }
            _ if command.starts_with("EXAMINE") => {
                "* 5 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 6] x\r\n* 3 XWEIRD (\r\n"
                    .to_owned()
            }
            _ if command.starts_with("UID SEARCH") => "* SEARCH 1 2 3 4 5\r\n".to_owned(),
            _ if command.starts_with("UID FETCH 1:5") => {
                // The third can't be read, the fourth is gone, the fifth comes twice.
                let third = "* 3 FETCH (UID 3 FLAGS (\\Se\u{fc}n \"x) RFC822.SIZE no)\r\n";
                [one(1), one(2), third.to_owned(), one(5), one(5)].concat()
            }
            _ if command.starts_with("UID FETCH 3 ") => one(3),
            _ => String::new(),
        })
    });
    let account = desk.open();
    let synced = account.sync(Extent::Headers, &limit()).await.unwrap();
    let mut subjects: Vec<String> = all(&account, "INBOX")
        .into_iter()
        .map(|one| one.subject)
        .collect();
    subjects.sort();
    assert_eq!(subjects, ["S1", "S2", "S3", "S5"]);
    assert_eq!(account.mailboxes().unwrap(), ["INBOX"]);
    assert!(synced.problems.len() >= 3, "{:?}", synced.problems);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_extensions_the_difference_of_uids_tells_what_changed() {
    use std::sync::{Arc, Mutex};
    // UIDs with their flags; the server knows nothing newer than RFC 3501.
    let mails: Arc<Mutex<Vec<(u32, &str)>>> = Arc::new(Mutex::new(vec![(1, ""), (4, "\\Seen")]));
    let there = mails.clone();
    let desk = played(move |command| {
        let mails = there.lock().unwrap().clone();
        Some(match command {
            _ if command.starts_with("LIST") => "* LIST () \"/\" INBOX\r\n".to_owned(),
            _ if command.starts_with("EXAMINE") => format!(
                "* {} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n",
                mails.len()
            ),
            _ if command.starts_with("UID SEARCH") => {
                let uids: Vec<String> = mails.iter().map(|one| one.0.to_string()).collect();
                format!("* SEARCH {}\r\n", uids.join(" "))
            }
            _ if command.contains("(UID FLAGS)") => {
                assert!(!mails.is_empty(), "an empty mailbox is never asked for 1:*");
                let one = |(uid, flags): &(u32, &str)| {
                    format!("* 1 FETCH (UID {uid} FLAGS ({flags}))\r\n")
                };
                mails.iter().map(one).collect()
            }
            _ if command.starts_with("UID FETCH") => {
                let set = command.split_whitespace().nth(2).unwrap_or_default();
                let asked = |uid: u32| set.split(',').any(|one| one.parse() == Ok(uid));
                let one = |(uid, flags): &(u32, &str)| {
                    let header = format!("Subject: S{uid}\r\n\r\n");
                    let length = header.len();
                    format!(
                        "* 1 FETCH (UID {uid} FLAGS ({flags}) BODY[HEADER] {{{length}}}\r\n{header})\r\n"
                    )
                };
                mails.iter().filter(|mail| asked(mail.0)).map(one).collect()
            }
            _ => String::new(),
        })
    });
    let account = desk.open();
    let sync = async || {
        let done = account.sync(Extent::Headers, &limit()).await.unwrap();
        (done.arrived, done.changed, done.gone)
    };
    assert_eq!(sync().await, (2, 0, 0));
    assert_eq!(sync().await, (0, 0, 0));
    *mails.lock().unwrap() = vec![(4, ""), (7, "\\Flagged"), (8, "")];
    assert_eq!(sync().await, (2, 1, 1));
    *mails.lock().unwrap() = vec![];
    assert_eq!(sync().await, (0, 0, 3));
    assert!(all(&account, "INBOX").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_a_server_writes_in_utf_8_are_listed_and_opened() {
    use std::sync::{Arc, Mutex};
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let note = asked.clone();
    let desk = played(move |command| {
        note.lock().unwrap().push(command.to_owned());
        let header = "Subject: Shed\r\nMessage-ID: <1@x>\r\n\r\n";
        Some(match command {
            _ if command.starts_with("LIST") => "* LIST () \"/\" INBOX\r\n\
                 * LIST () \"/\" \"Büro \\\"a\\\"\"\r\n* LIST () \"/\" B&APY-se\r\n"
                .to_owned(),
            "EXAMINE \"Büro \\\"a\\\"\"" => {
                "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n".to_owned()
            }
            _ if command.starts_with("EXAMINE") => {
                "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 1] x\r\n".to_owned()
            }
            _ if command.starts_with("UID SEARCH") => "* SEARCH 1\r\n".to_owned(),
            _ if command.starts_with("UID FETCH 1 (UID FLAGS)") => {
                "* 1 FETCH (UID 1 FLAGS ())\r\n".to_owned()
            }
            _ if command.starts_with("UID FETCH") => format!(
                "* 1 FETCH (UID 1 FLAGS () BODY[HEADER] {{{}}}\r\n{header})\r\n",
                header.len()
            ),
            _ => String::new(),
        })
    });
    let account = desk.open();
    let synced = account.sync(Extent::Headers, &limit()).await.unwrap();
    assert!(synced.problems.is_empty(), "{:?}", synced.problems);
    let names = ["INBOX", "Böse", "Büro \"a\""];
    assert_eq!(account.mailboxes().unwrap(), names);
    assert_eq!(all(&account, names[2])[0].subject, "Shed");
    drop(account);
    asked.lock().unwrap().clear();
    // Another process opens it without having listed the names.
    let again = desk.open();
    again.refresh(names[1], &limit()).await.unwrap();
    again.refresh(names[2], &limit()).await.unwrap();
    let asked = asked.lock().unwrap();
    let opened: Vec<&String> = asked.iter().filter(|one| one.contains("EXAMINE")).collect();
    assert_eq!(
        opened,
        ["EXAMINE \"B&APY-se\"", "EXAMINE \"Büro \\\"a\\\"\""]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_message_is_fetched_whole_in_pieces_and_once() {
    use std::sync::{Arc, Mutex};
    let film = "0123456789abcdef".repeat(500_000);
    let header = "Subject: Film\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n\
                  Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    let mail = format!(
        "{header}--b\r\n\r\nSee the film.\r\n--b\r\nContent-Disposition: attachment; \
         filename=film.bin\r\n\r\n{film}\r\n--b\r\nContent-Disposition: attachment; \
         filename=last.txt\r\n\r\nlast\r\n--b--\r\n"
    );
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let (note, whole) = (asked.clone(), mail.clone());
    let desk = played(move |command| {
        Some(match command {
            _ if command.starts_with("LIST") => "* LIST () \"/\" INBOX\r\n".to_owned(),
            _ if command.starts_with("EXAMINE") => {
                "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n".to_owned()
            }
            _ if command.starts_with("UID SEARCH") => "* SEARCH 1\r\n".to_owned(),
            _ if command.contains("BODY.PEEK[]<") => {
                note.lock().unwrap().push(command.to_owned());
                let (_, part) = command.split_once('<').unwrap();
                let (from, count) = part.trim_end_matches(">)").split_once('.').unwrap();
                let (from, count) = (from.parse::<usize>().unwrap(), count.parse::<usize>());
                // It gives less at a time than it was asked for.
                let end = (from + count.unwrap().min(3_000_000)).min(whole.len());
                let piece = &whole[from..end];
                let length = piece.len();
                format!("* 1 FETCH (UID 1 BODY[]<{from}> {{{length}}}\r\n{piece})\r\n")
            }
            _ if command.starts_with("UID FETCH") => format!(
                "* 1 FETCH (UID 1 FLAGS () RFC822.SIZE {} BODY[HEADER] {{{}}}\r\n{header})\r\n",
                whole.len(),
                header.len()
            ),
            _ => String::new(),
        })
    });
    let account = desk.open();
    account.sync(Extent::All, &limit()).await.unwrap();
    assert!(asked.lock().unwrap().is_empty(), "it is fetched by need");
    let id = all(&account, "INBOX")[0].id.clone();
    for _ in 0..2 {
        account.fetch(&id, &limit()).await.unwrap();
        let message = account.read(&id).unwrap();
        let files: Vec<&str> = message
            .attachments
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(files, ["film.bin", "last.txt"]);
        assert!(account.raw(&id).unwrap() == mail.as_bytes());
    }
    assert_eq!(asked.lock().unwrap().len(), 3);
}

#[test]
fn errors_of_servers_are_told_apart() {
    let lost = ServerError::Lost {
        host: "h".to_owned(),
        source: std::io::ErrorKind::BrokenPipe.into(),
    };
    assert!(lost.hint().unwrap().contains("try again"));
}
