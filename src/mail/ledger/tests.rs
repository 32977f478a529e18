//! A letter is cut off at every point there is, and leaves once at most.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use tokio::sync::Notify;

use super::*;
use crate::action::{Address, MailDraft, MailQuery, MailSearch};
use crate::clock::Clock;
use crate::deadline::Deadline;
use crate::mail::compose::Author;
use crate::mail::smtp::{Begin, Carrier, Fault, Handed, Parcel, Refused};
use crate::mail::{Account, Stamp};

/// What happens to a letter on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// All goes well.
    Through,
    /// The program is killed before the first byte of the message.
    KilledBefore,
    /// It is killed after the first byte; the server does not have it.
    KilledAfter,
    /// It is killed when the server has it, before the answer.
    KilledAtTheEnd,
    /// The answer is lost; the server has it.
    AnswerLost,
    /// The answer is lost with the message.
    AllLost,
    /// The server says no.
    Refused,
    /// The server says no to one of two.
    PartlyRefused,
    /// The server says "later" once.
    Later,
}

/// A server that does as told, and counts what it took.
struct Faulty {
    way: Mutex<Way>,
    took: Mutex<Vec<Parcel>>,
    /// Reached the point where the program is killed.
    reached: Notify,
}

impl Faulty {
    fn new(way: Way) -> Self {
        Self {
            way: Mutex::new(way),
            took: Mutex::default(),
            reached: Notify::new(),
        }
    }

    fn took(&self) -> usize {
        self.took.lock().unwrap().len()
    }

    async fn hang(&self) {
        self.reached.notify_one();
        std::future::pending::<()>().await;
    }
}

#[async_trait]
impl Carrier for Faulty {
    async fn hand_over(&self, parcel: &Parcel, begin: Begin<'_>, _: &Deadline) -> Handed {
        let way = *self.way.lock().unwrap();
        let refused = |fault, refused| Handed::NotTaken {
            fault,
            said: "no".to_owned(),
            refused,
        };
        if way == Way::KilledBefore {
            self.hang().await;
        }
        if way == Way::Later {
            *self.way.lock().unwrap() = Way::Through;
            return refused(Fault::Passing, Vec::new());
        }
        begin().unwrap();
        if way == Way::KilledAfter {
            self.hang().await;
        }
        let lost = Handed::Unknown {
            said: "the line went dead".to_owned(),
        };
        if way == Way::AllLost {
            return lost;
        }
        if way == Way::Refused {
            return refused(Fault::Lasting, Vec::new());
        }
        self.took.lock().unwrap().push(parcel.clone());
        if way == Way::KilledAtTheEnd {
            self.hang().await;
        }
        if way == Way::AnswerLost {
            return lost;
        }
        let out = Refused {
            address: "bob@y.test".to_owned(),
            said: "550 no such user".to_owned(),
        };
        Handed::Taken {
            said: "250 ok".to_owned(),
            refused: if way == Way::PartlyRefused {
                vec![out]
            } else {
                Vec::new()
            },
        }
    }
}

/// A home with a draft in it.
struct Scene {
    folder: tempfile::TempDir,
    account: Account,
    clock: Clock,
    draft: MailId,
}

fn address(email: &str) -> Address {
    Address {
        name: String::new(),
        email: email.to_owned(),
    }
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let account = Account::local(&Home::at(folder.path())).unwrap();
        let clock = Clock::system(TimeZone::UTC);
        let letter = MailDraft {
            to: vec![address("dana@y.test"), address("bob@y.test")],
            bcc: vec![address("spy@z.test")],
            subject: "Plan".to_owned(),
            body: "Here it is.".to_owned(),
            ..MailDraft::default()
        };
        let author = Author::new(address("me@x.test"));
        let stamp = Stamp {
            author: &author,
            key: "run/1",
            now: clock.now(),
        };
        let limit = Deadline::after(Duration::from_secs(20));
        let draft = account.draft(&letter, &stamp, &limit).await.unwrap();
        Self {
            folder,
            account,
            clock,
            draft,
        }
    }

    fn ledger(&self) -> Ledger {
        Ledger::open(&Home::at(self.folder.path())).unwrap()
    }

    fn enter(&self) -> Result<Entry, Error> {
        let bytes = self.account.raw(&self.draft).unwrap();
        let now = self.clock.now();
        self.ledger().enter(&Leave {
            draft: &self.draft,
            bytes: &bytes,
            account: "local",
            now,
            due: now,
        })
    }

    /// Sends, until it ends or the carrier says that the program is killed.
    async fn send(&self, carrier: &Faulty, entry: Entry) -> Option<Entry> {
        let mut ledger = self.ledger();
        let mut post = Post {
            ledger: &mut ledger,
            account: &self.account,
            carrier,
            clock: &self.clock,
        };
        let limit = Deadline::after(Duration::from_mins(2));
        tokio::select! {
            done = post.send(entry, &limit) => Some(done.unwrap()),
            () = carrier.reached.notified() => None,
        }
    }

    async fn settle(&self, carrier: &Faulty, entry: Entry) -> Entry {
        let mut ledger = self.ledger();
        let mut post = Post {
            ledger: &mut ledger,
            account: &self.account,
            carrier,
            clock: &self.clock,
        };
        let limit = Deadline::after(Duration::from_secs(20));
        post.settle(entry, &limit).await.unwrap()
    }

    fn count(&self, mailbox: &str) -> usize {
        let search = MailSearch {
            mailbox: mailbox.to_owned(),
            query: MailQuery::default(),
            limit: 100,
        };
        self.account.search(&search).unwrap().envelopes.len()
    }
}

#[tokio::test]
async fn a_letter_cut_off_anywhere_leaves_once_at_most_and_is_never_lost_silently() {
    for (way, after, took) in [
        (Way::Through, State::Sent, 1),
        (Way::PartlyRefused, State::Sent, 1),
        (Way::Later, State::Sent, 1),
        (Way::Refused, State::Rejected, 0),
        (Way::KilledBefore, State::Queued, 0),
        (Way::KilledAfter, State::Unknown, 0),
        (Way::KilledAtTheEnd, State::Unknown, 1),
        (Way::AnswerLost, State::Unknown, 1),
        (Way::AllLost, State::Unknown, 0),
    ] {
        let scene = Scene::new().await;
        let carrier = Faulty::new(way);
        let entry = scene.enter().unwrap();
        let ended = scene.send(&carrier, entry.clone()).await;
        let settled = scene.settle(&carrier, entry.clone()).await;
        assert_eq!(settled.state, after, "{way:?}: {ended:?}");
        assert_eq!(carrier.took(), took, "{way:?}");
        // However often it is settled or approved again, nothing more leaves by itself.
        let again = scene.settle(&carrier, entry.clone()).await;
        assert_eq!(again.state, after, "{way:?}");
        if matches!(after, State::Unknown | State::Sent) {
            let bytes = scene.ledger().store.letter_bytes(entry.id).unwrap();
            let now = scene.clock.now();
            let refused = scene.ledger().enter(&Leave {
                draft: &scene.draft,
                bytes: &bytes,
                account: "local",
                now,
                due: now,
            });
            assert!(matches!(refused, Err(Error::Settled { .. })), "{way:?}");
            let still = scene.send(&carrier, entry).await.unwrap();
            assert_eq!((still.state, carrier.took()), (after, took), "{way:?}");
        }
        let is_sent = usize::from(after == State::Sent);
        assert_eq!(scene.count("Sent"), is_sent, "{way:?}");
        assert_eq!(scene.count("Drafts"), 1 - is_sent, "{way:?}");
    }
}

#[tokio::test]
async fn what_was_cut_off_before_it_left_goes_on_with_the_same_bytes() {
    let scene = Scene::new().await;
    let carrier = Faulty::new(Way::KilledBefore);
    let entry = scene.enter().unwrap();
    assert_eq!(scene.send(&carrier, entry.clone()).await, None);
    let queued = scene.settle(&carrier, entry).await;
    *carrier.way.lock().unwrap() = Way::Through;
    let sent = scene.send(&carrier, queued.clone()).await.unwrap();
    assert_eq!(sent.state, State::Sent);
    assert_eq!(sent.message_id, queued.message_id);
    let took = carrier.took.lock().unwrap();
    let bytes = String::from_utf8(took[0].bytes.clone()).unwrap();
    assert!(bytes.contains(&format!("Message-ID: <{}>", sent.message_id)));
    assert!(!bytes.contains("spy@"), "{bytes}");
    assert!(took[0].to.contains(&"spy@z.test".to_owned()));
}

#[tokio::test]
async fn an_unknown_end_is_settled_by_a_copy_or_by_the_users_word() {
    let scene = Scene::new().await;
    let carrier = Faulty::new(Way::AnswerLost);
    let entry = scene.enter().unwrap();
    let unknown = scene.send(&carrier, entry).await.unwrap();
    assert_eq!(unknown.state, State::Unknown);
    // A copy to oneself arrives.
    let copy = carrier.took.lock().unwrap()[0].bytes.clone();
    let limit = Deadline::after(Duration::from_secs(20));
    let arrived = scene
        .account
        .deliver("INBOX", &copy, scene.clock.now(), &limit);
    arrived.await.unwrap();
    let found = scene.settle(&carrier, unknown).await;
    assert_eq!((found.state, found.record.filed), (State::Sent, true));
    assert_eq!(found.record.said, "a copy lies in INBOX");
    assert_eq!((scene.count("Sent"), scene.count("Drafts")), (1, 0));

    let scene = Scene::new().await;
    let carrier = Faulty::new(Way::AllLost);
    let unknown = scene.send(&carrier, scene.enter().unwrap()).await.unwrap();
    let told = scene.ledger().told(unknown.id, false).unwrap();
    assert_eq!(told.state, State::Cancelled);
    *carrier.way.lock().unwrap() = Way::Through;
    let sent = scene.send(&carrier, scene.enter().unwrap()).await.unwrap();
    assert_eq!((sent.state, carrier.took()), (State::Sent, 1));
    assert_eq!(sent.id, unknown.id);
}

#[tokio::test]
async fn who_changes_or_deletes_a_draft_calls_it_back() {
    for deletes in [true, false] {
        let scene = Scene::new().await;
        let carrier = Faulty::new(Way::Through);
        let entry = scene.enter().unwrap();
        let maildir = crate::mail::Maildir::open(&Home::at(scene.folder.path()).mail()).unwrap();
        let path = maildir.locate(&scene.draft).unwrap().unwrap().path;
        if deletes {
            std::fs::remove_file(path).unwrap();
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, text.replace("Here it is", "Here it was")).unwrap();
        }
        let ended = scene.send(&carrier, entry).await.unwrap();
        assert_eq!((ended.state, carrier.took()), (State::Cancelled, 0));
    }
}

#[tokio::test]
async fn a_letter_can_be_called_back_until_it_is_under_way() {
    let scene = Scene::new().await;
    let carrier = Faulty::new(Way::Through);
    let entry = scene.enter().unwrap();
    scene.ledger().cancel(entry.id, "called back").unwrap();
    let ended = scene.send(&carrier, entry.clone()).await.unwrap();
    assert_eq!((ended.state, carrier.took()), (State::Cancelled, 0));
    let sent = scene.send(&carrier, scene.enter().unwrap()).await.unwrap();
    assert_eq!(sent.state, State::Sent);
    let late = scene.ledger().cancel(entry.id, "too late").unwrap_err();
    assert!(late.to_string().contains("it was sent"), "{late}");
}

#[tokio::test]
async fn two_programs_send_a_letter_once() {
    let scene = Scene::new().await;
    let carrier = Faulty::new(Way::Through);
    let entry = scene.enter().unwrap();
    let held = scene.ledger().hold(entry.id).unwrap();
    let mut ledger = scene.ledger();
    let mut post = Post {
        ledger: &mut ledger,
        account: &scene.account,
        carrier: &carrier,
        clock: &scene.clock,
    };
    let limit = Deadline::after(Duration::from_secs(20));
    let other = post.send(entry.clone(), &limit).await;
    assert!(matches!(other, Err(Error::Busy)));
    drop(held);
    assert_eq!(
        scene.send(&carrier, entry.clone()).await.unwrap().state,
        State::Sent
    );
    assert_eq!(
        scene.send(&carrier, entry).await.unwrap().state,
        State::Sent
    );
    assert_eq!(carrier.took(), 1);
}
