//! Two people and one meeting over real servers: mail by SMTP and IMAP, calendars by `CalDAV`, and
//! nothing but the command line.

use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Ran, TestEnv};
use crate::calendar::rig::{self as calendars, PEN_FRIENDS};
use crate::mail::rig as post;

/// Longest a letter takes to arrive.
const ARRIVAL: Duration = Duration::from_secs(20);

/// Someone with a mailbox and a calendar on servers.
struct Person {
    env: TestEnv,
    name: &'static str,
    post: Arc<post::Rig>,
}

impl Person {
    async fn new(
        name: &'static str,
        post: &Arc<post::Rig>,
        dav: &Arc<calendars::Rig>,
        calendar: &str,
    ) -> Self {
        dav.make_calendar(name, calendar).await;
        let env = TestEnv::new();
        let mut config = post.config_at(name, post.port("imaps"));
        config = config.replace("[me]\n", "[me]\nzone = 'Europe/Berlin'\n");
        let account = dav.account(name);
        writeln!(
            config,
            "smtp = {{ host = 'localhost', port = {}, tls = 'starttls' }}\n[calendar]\n\
             write_to = '{name}/{calendar}'\n[[caldav]]\nname = '{name}'\nurl = '{}'\n\
             user = '{name}'\npassword = '{}'",
            post.port("smtp"),
            account.url,
            account.password.reveal()
        )
        .unwrap();
        fs::write(env.home().join("config.toml"), config).unwrap();
        let person = Self {
            env,
            name,
            post: Arc::clone(post),
        };
        person.fine("cal sync");
        person
    }

    fn run(&self, line: &str) -> Ran {
        self.env.run(&line.split(' ').collect::<Vec<_>>())
    }

    fn fine(&self, line: &str) -> String {
        let ran = self.run(line);
        assert_eq!(
            ran.code, 0,
            "{}: {line}: {}{}",
            self.name, ran.stdout, ran.stderr
        );
        ran.stdout
    }

    fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.fine(&format!("{line} --json"))).unwrap()
    }

    /// Sends the newest draft, and waits until everyone has it.
    fn post(&self, to: &[&Self]) {
        let before: Vec<usize> = to.iter().map(|one| one.mails()).collect();
        let drafts = self.json("mail list Drafts");
        let id = drafts["messages"][0]["id"].as_str().unwrap();
        self.fine(&format!("mail send {id} --yes"));
        let began = Instant::now();
        for (one, before) in to.iter().zip(before) {
            while one.mails() == before {
                assert!(began.elapsed() < ARRIVAL, "no letter for {}", one.name);
            }
        }
    }

    fn mails(&self) -> usize {
        self.post.count(self.name, "INBOX")
    }

    /// Kind, title and note of what waits.
    fn waiting(&self) -> Vec<String> {
        let listed = self.json("cal invitations");
        let rows = listed["invitations"].as_array().unwrap().iter();
        let ours = rows.filter(|row| row["event"]["summary"].as_str() == Some("Review"));
        ours.map(|row| format!("{}: {}", row["kind"], row["note"]).replace('"', ""))
            .collect()
    }

    /// When the event takes place, its state and the answers.
    fn event(&self) -> String {
        let shown = self.json("cal show review");
        let event = &shown["event"];
        let people = event["attendees"].as_array().unwrap().iter();
        let answers: Vec<String> = people
            .map(|one| format!("{} {}", one["email"], one["answer"]))
            .collect();
        let start = event["start"].as_str().unwrap();
        format!(
            "{} {} {}",
            &start[..16],
            event["status"],
            answers.join(", ")
        )
        .replace('"', "")
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn two_people_invite_answer_change_propose_ask_again_and_call_off_over_real_servers() {
    let (post, dav) = (post::rig(), calendars::rig());
    let [gwen, hugo] = PEN_FRIENDS;
    let gwen = Person::new(gwen, &post, &dav, "plans").await;
    let hugo = Person::new(hugo, &post, &dav, "plans").await;

    // Invited and answered.
    gwen.fine("cal book Review 2031-03-17 at 14:00 --at Nord --yes");
    gwen.fine("cal invite review hugo@mail.test --yes");
    gwen.post(&[&hugo]);
    assert_eq!(hugo.waiting(), ["invitation: "]);
    hugo.fine("cal respond review accept");
    assert_eq!(
        hugo.event(),
        "2031-03-17T14:00 confirmed hugo@mail.test accepted"
    );
    hugo.post(&[&gwen]);
    assert_eq!(gwen.waiting(), ["answer: hugo@mail.test accepted"]);
    gwen.fine("cal respond hugo@mail.test take");
    assert_eq!(
        gwen.event(),
        "2031-03-17T14:00 confirmed hugo@mail.test accepted"
    );

    // Moved by its organizer: the answer is asked for again, and another time proposed.
    gwen.fine("cal move review 2031-03-18 --yes");
    gwen.fine("cal invite review");
    gwen.post(&[&hugo]);
    assert!(
        hugo.waiting()[0].starts_with("update: time or recurrence changed"),
        "{:?}",
        hugo.waiting()
    );
    hugo.fine("cal respond review take");
    assert_eq!(
        hugo.event(),
        "2031-03-18T14:00 confirmed hugo@mail.test needs_action"
    );
    hugo.fine("cal respond review counter 2031-03-19 at 9:00");
    hugo.post(&[&gwen]);
    assert_eq!(
        gwen.waiting(),
        ["proposal: hugo@mail.test proposes Wed 19 Mar 2031 09:00"]
    );
    // Turned down, it no longer waits, and the event stays where it is.
    gwen.fine("cal respond review decline");
    gwen.post(&[&hugo]);
    assert!(gwen.waiting().is_empty(), "{:?}", gwen.waiting());
    assert!(
        gwen.event().starts_with("2031-03-18T14:00"),
        "{}",
        gwen.event()
    );
    let told = hugo.waiting();
    let kept = "kept: gwen@mail.test turns your proposal down: the event stays as it is";
    assert!(told.iter().any(|one| one == kept), "{told:?}");
    // The next one is taken.
    hugo.fine("cal respond review counter 2031-03-19 at 11:00");
    hugo.post(&[&gwen]);
    assert_eq!(
        gwen.waiting(),
        ["proposal: hugo@mail.test proposes Wed 19 Mar 2031 11:00"]
    );
    gwen.fine("cal respond review accept");
    gwen.post(&[&hugo]);
    assert!(
        gwen.event().starts_with("2031-03-19T11:00"),
        "{}",
        gwen.event()
    );
    assert!(gwen.waiting().is_empty(), "{:?}", gwen.waiting());

    // The guest lost track and asks for the latest version.
    hugo.fine("cal refresh review");
    hugo.post(&[&gwen]);
    assert_eq!(
        gwen.waiting(),
        ["refresh: hugo@mail.test asks for the latest version"]
    );
    gwen.fine("cal respond review take");
    gwen.post(&[&hugo]);
    assert!(gwen.waiting().is_empty(), "{:?}", gwen.waiting());
    hugo.fine("cal respond review tentative");
    assert_eq!(
        hugo.event(),
        "2031-03-19T11:00 confirmed hugo@mail.test tentative"
    );
    hugo.post(&[&gwen]);
    gwen.fine("cal respond hugo@mail.test take");
    assert_eq!(
        gwen.event(),
        "2031-03-19T11:00 confirmed hugo@mail.test tentative"
    );

    // Called off.
    gwen.fine("cal cancel review --yes");
    gwen.post(&[&hugo]);
    hugo.fine("cal respond review take");
    assert_eq!(
        hugo.event(),
        "2031-03-19T11:00 cancelled hugo@mail.test tentative"
    );
    assert!(hugo.waiting().is_empty(), "{:?}", hugo.waiting());
    // The servers have what the homes show, and nothing of this program's own left.
    for person in [&gwen, &hugo] {
        let synced = person.json("cal sync");
        assert_eq!(synced["accounts"][0]["pushed"], 0, "{synced}");
        assert!(
            person.json("mail list Drafts")["messages"]
                .as_array()
                .unwrap()
                .is_empty()
        );
    }
}
