//! What happens on a server while nobody looks, by every way of telling, and with the line cut.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use legwork::action::{Envelope, MailQuery, MailSearch};
use legwork::deadline::Deadline;
use legwork::mail::{Account, Extent};

use super::rig::{Cord, Desk, letter, rig};

fn limit() -> Deadline {
    Deadline::after(Duration::from_mins(1))
}

fn inbox(account: &Account) -> Vec<Envelope> {
    let search = MailSearch {
        mailbox: "INBOX".to_owned(),
        query: MailQuery::default(),
        limit: u32::MAX,
    };
    let mut found = account.search(&search).unwrap().envelopes;
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_know_less_are_followed_as_well() {
    let rig = rig();
    for (user, hidden, word) in [
        ("condstore", &["QRESYNC"] as &'static [&str], "CHANGEDSINCE"),
        ("oldest", &["QRESYNC", "CONDSTORE"], "UID FETCH 1:*"),
    ] {
        let cord = Cord::to(rig.port("imap"), hidden);
        let desk = Desk::new(&rig.plain_config(user, cord.port));
        let account = desk.open();
        account.sync(Extent::Newest, &limit()).await.unwrap();
        let mut other = rig.other(user);
        other.append("INBOX", &letter("less-1", "one more"));
        other.ask("SELECT INBOX");
        other.ask("STORE 1:5 +FLAGS (\\Flagged Projekt)");
        other.ask("STORE 7,9 +FLAGS (\\Deleted)");
        other.ask("EXPUNGE");
        other.ask("MOVE 2 Archive");
        let synced = account.sync(Extent::Newest, &limit()).await.unwrap();
        assert_eq!((synced.gone, synced.arrived), (3, 2), "{user}");
        let fresh = rig.desk(user);
        let again = fresh.open();
        again.sync(Extent::Newest, &limit()).await.unwrap();
        assert_eq!(inbox(&account), inbox(&again), "{user}");
        let said = cord.said();
        assert!(said.contains(word) && !said.contains("QRESYNC"), "{said}");
        assert!(!said.contains("EXPUNGE"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_cut_while_it_waits_is_taken_up_again() {
    let rig = rig();
    let cord = Cord::to(rig.port("imap"), &[]);
    let desk = Desk::new(&rig.plain_config("watch", cord.port));
    let account = desk.open();
    account.sync(Extent::Newest, &limit()).await.unwrap();
    let mut watch = account.watch("INBOX", &limit()).await.unwrap();
    let patience = limit();
    for number in 0..2 {
        let subject = format!("after the cut {number}");
        let id = format!("cut-{number}");
        let deed = async {
            // In the middle of its waiting, as far as it has come there.
            tokio::task::yield_now().await;
            cord.cut();
            rig.other("watch").append("INBOX", &letter(&id, &subject));
        };
        let (news, ()) = tokio::join!(watch.changed(&patience), deed);
        assert!(news.unwrap());
        assert!(inbox(&account).iter().any(|one| one.subject == subject));
    }
    // Also the connection for work is made anew.
    cord.cut();
    account.sync(Extent::Newest, &limit()).await.unwrap();
}

/// What a played server heard, and how many mails it holds.
#[derive(Default)]
struct Played {
    heard: Vec<String>,
    mails: u32,
}

/// A server that offers `offers`; after the third time it was asked for news there is a mail more.
fn played(offers: &'static str, more: &str) -> (Desk, Arc<Mutex<Played>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let state = Arc::new(Mutex::new(Played::default()));
    let theirs = state.clone();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (client, state) = (client.unwrap(), theirs.clone());
            std::thread::spawn(move || serve(client, offers, &state));
        }
    });
    let config = format!(
        "[[mail]]\nname = 'played'\naddress = 'a@b.test'\npassword_command = ['echo', 'x']\n{more}\
         imap = {{ host = '127.0.0.1', port = {port}, tls = 'none' }}\n"
    );
    (Desk::new(&config), state)
}

fn serve(mut client: std::net::TcpStream, offers: &str, state: &Mutex<Played>) {
    let capability = format!("CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR {offers}");
    let mut idling: Option<String> = None;
    let lines = BufReader::new(client.try_clone().unwrap()).lines();
    write!(client, "* OK [{capability}] hi\r\n").unwrap();
    for line in lines.map_while(Result::ok) {
        if let (Some(tag), "DONE") = (&idling, line.as_str()) {
            write!(client, "{tag} OK done\r\n").unwrap();
            idling = None;
            continue;
        }
        let (tag, command) = line.split_once(' ').unwrap();
        let word = command.split(' ').next().unwrap().to_owned();
        let mut state = state.lock().unwrap();
        state.heard.push(word.clone());
        let asked = state.heard.iter().filter(|one| **one == word).count();
        let is_time = match word.as_str() {
            "IDLE" => asked == 3,
            "EXAMINE" => !offers.contains("IDLE") && asked == 4,
            _ => false,
        };
        state.mails += u32::from(is_time);
        let mails = state.mails;
        let said = match word.as_str() {
            "LIST" => "* LIST () \"/\" INBOX\r\n".to_owned(),
            "EXAMINE" => format!(
                "* {mails} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT {}] x\r\n",
                mails + 1
            ),
            "IDLE" => {
                idling = Some(tag.to_owned());
                let told = if is_time { "* 1 EXISTS\r\n" } else { "" };
                write!(client, "+ idling\r\n{told}").unwrap();
                continue;
            }
            "UID" if command.starts_with("UID SEARCH") => "* SEARCH 1\r\n".to_owned(),
            "UID" => {
                "* 1 FETCH (UID 1 FLAGS () BODY[HEADER] {12}\r\nSubject: S\r\n)\r\n".to_owned()
            }
            _ => String::new(),
        };
        write!(client, "{said}{tag} OK [{capability}] done\r\n").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn listening_is_renewed_before_anybody_loses_patience() {
    let (desk, state) = played("IDLE", "idle_seconds = 1\n");
    let account = desk.open();
    let mut watch = account.watch("INBOX", &limit()).await.unwrap();
    assert!(watch.changed(&limit()).await.unwrap());
    assert_eq!(inbox(&account).len(), 1);
    let heard = state.lock().unwrap().heard.clone();
    assert_eq!(heard.iter().filter(|one| *one == "IDLE").count(), 3);
    // After each end of it there was a look, as what comes in between is told by none of them.
    let looks = heard.iter().skip_while(|one| *one != "IDLE");
    assert!(
        looks.filter(|one| *one == "EXAMINE").count() >= 3,
        "{heard:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_tells_nothing_is_asked_from_time_to_time() {
    let (desk, state) = played("", "poll_seconds = 1\n");
    let account = desk.open();
    let mut watch = account.watch("INBOX", &limit()).await.unwrap();
    assert!(watch.changed(&limit()).await.unwrap());
    assert_eq!(inbox(&account).len(), 1);
    let heard = state.lock().unwrap().heard.clone();
    assert!(!heard.contains(&"IDLE".to_owned()), "{heard:?}");
}
