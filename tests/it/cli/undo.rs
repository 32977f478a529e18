//! What a run did is taken back, as far as nothing changed since; what was put off comes back.

use super::{Ran, TestEnv};
use legwork::action::{Flag, MailId};
use legwork::agent::snoozes::Snoozes;
use legwork::home::Home;
use legwork::mail::Maildir;
use serde_json::Value;

fn letter(number: u32, from: &str, subject: &str, more: &str) -> String {
    format!(
        "From: {from}\r\nTo: me@x.test\r\nSubject: {subject}\r\nMessage-ID: <{number}@x.test>\r\n\
         Date: Mon, 15 Mar 2027 09:00:0{number} +0000\r\n{more}\r\nHello.\r\n"
    )
}

const LIST: &str = "List-Id: <news.shop.test>\r\nList-Unsubscribe: <https://shop.test/u>\r\n";

/// A home with four mails in its inbox, from the oldest to the newest.
fn env() -> (TestEnv, Maildir, Vec<MailId>) {
    let env = TestEnv::new();
    let config = "[me]\nname = \"Me\"\nzone = \"Europe/Berlin\"\nemails = [\"me@x.test\"]\n";
    std::fs::write(env.home().join("config.toml"), config).unwrap();
    let mail = Maildir::open(&Home::at(env.home()).mail()).unwrap();
    let letters = [
        letter(1, "Callum Reed <callum@x.test>", "The shed", ""),
        letter(2, "Callum Reed <callum@x.test>", "The boat", ""),
        letter(3, "Shop <news@shop.test>", "Sale", LIST),
        letter(4, "Dana Fox <dana@y.test>", "Budget draft", ""),
    ];
    let deliver = |(n, text): (usize, &String)| {
        let at = format!("2027-03-15T11:00:0{n}Z").parse().unwrap();
        mail.deliver("INBOX", text.as_bytes(), at).unwrap()
    };
    let ids = letters.iter().enumerate().map(deliver).collect();
    (env, mail, ids)
}

fn place(mail: &Maildir, id: &MailId) -> (String, Vec<Flag>) {
    let place = mail.locate(id).unwrap().unwrap();
    (place.mailbox, place.flags)
}

fn done(env: &TestEnv, goal: &str) -> Ran {
    let ran = env.run(&["run", goal]);
    assert_eq!(ran.code, 0, "{goal}: {}", ran.stderr);
    ran
}

fn undo(env: &TestEnv, more: &[&str]) -> Ran {
    env.run(&[&["journal", "undo"], more].concat())
}

#[test]
fn chores_are_done_and_a_whole_run_is_taken_back_and_done_again() {
    let (env, mail, ids) = env();
    let before: Vec<_> = ids.iter().map(|id| place(&mail, id)).collect();
    let goal = "mark all newsletters as read; move mails from Callum to \"Boats\"; \
                archive the mail from Dana; flag the mail about \"Sale\"";
    done(&env, goal);
    let after: Vec<_> = ids.iter().map(|id| place(&mail, id)).collect();
    let places: Vec<&str> = after.iter().map(|(mailbox, _)| mailbox.as_str()).collect();
    assert_eq!(places, ["Boats", "Boats", "INBOX", "Archive"]);
    assert_eq!(after[2].1, [Flag::Seen, Flag::Flagged]);

    let shown = undo(&env, &["--dry-run", "--json"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert_eq!(shown.stdout.matches("\"intended\"").count(), 5);
    let ran = undo(&env, &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("5 steps undone"), "{}", ran.stderr);
    let back: Vec<_> = ids.iter().map(|id| place(&mail, id)).collect();
    assert_eq!(back, before);

    // An undo is a run like any other.
    let ran = undo(&env, &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let again: Vec<_> = ids.iter().map(|id| place(&mail, id)).collect();
    assert_eq!(again, after);
}

#[test]
fn what_moved_on_is_left_and_named_and_the_rest_is_undone() {
    let (env, mail, ids) = env();
    done(&env, "archive mails from Callum");
    mail.move_to(&ids[0], "Receipts").unwrap();
    let ran = undo(&env, &[]);
    assert_eq!(ran.code, 9, "{}", ran.stderr);
    let said = "the message lies in Receipts, no longer in Archive where it was put";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("1 step undone, 1 could not be"),
        "{}",
        ran.stderr
    );
    assert_eq!(place(&mail, &ids[0]).0, "Receipts");
    assert_eq!(place(&mail, &ids[1]).0, "INBOX");
}

#[test]
fn one_step_of_a_named_run_is_undone_and_no_other() {
    let (env, mail, ids) = env();
    let ran = env.run(&["run", "archive mails from Callum", "--json"]);
    let run: Value = serde_json::from_str(&ran.stdout).unwrap();
    let id = run["run"]["id"].as_str().unwrap();
    let steps = run["steps"].as_array().unwrap();
    let last = steps.last().unwrap();
    let moved = MailId(last["action"]["id"].as_str().unwrap().to_owned());
    let ran = undo(&env, &[id, &last["number"].to_string()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for one in &ids[..2] {
        let wanted = if *one == moved { "INBOX" } else { "Archive" };
        assert_eq!(place(&mail, one).0, wanted);
    }
    for (words, code) in [(["20010101"], 2), (["zzz"], 2)] {
        assert_eq!(undo(&env, &words).code, code, "{words:?}");
    }
    let nothing = undo(&env, &[id, "99"]);
    assert_eq!(nothing.code, 9);
    assert!(
        nothing.stderr.contains("changed nothing"),
        "{}",
        nothing.stderr
    );
}

#[test]
fn a_draft_is_taken_back_to_trash_unless_it_was_edited() {
    let (env, mail, _) = env();
    let goal = "draft a mail to bo@y.test about \"Hi\" saying \"Hello Bo\"";
    done(&env, goal);
    assert_eq!(undo(&env, &[]).code, 0);
    let in_trash = mail.search(&search("Trash")).unwrap().envelopes;
    assert_eq!(in_trash.len(), 1);

    done(&env, goal);
    let draft = mail.search(&search("Drafts")).unwrap().envelopes.remove(0);
    let path = mail.locate(&draft.id).unwrap().unwrap().path;
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("Hello Bo", "Dear Bo")).unwrap();
    let ran = undo(&env, &[]);
    assert_eq!(ran.code, 9);
    assert!(
        ran.stderr.contains("the draft was edited since"),
        "{}",
        ran.stderr
    );
    assert_eq!(place(&mail, &draft.id).0, "Drafts");
}

fn search(mailbox: &str) -> legwork::action::MailSearch {
    legwork::action::MailSearch {
        mailbox: mailbox.to_owned(),
        query: legwork::action::MailQuery::default(),
        limit: 10,
    }
}

#[test]
fn an_event_is_taken_out_again_unless_it_changed() {
    let (env, _, _) = env();
    let goal = "add event \"Lunch with Bo\" on 2027-04-01 at 12:30 for 45 minutes in \"Cafe\"";
    done(&env, goal);
    let events = || {
        let folder = Home::at(env.home()).calendar().join("personal");
        let files = std::fs::read_dir(folder).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        let is_event = |path: &std::path::PathBuf| path.extension().is_some_and(|e| e == "ics");
        paths.filter(is_event).collect::<Vec<_>>()
    };
    let [file] = events().try_into().unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("20270401T123000"), "{text}");
    assert_eq!(undo(&env, &[]).code, 0);
    assert!(events().is_empty());
    // Undone once more, the event is back as it was, byte by byte.
    assert_eq!(undo(&env, &[]).code, 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);

    std::fs::write(&file, text.replace("Cafe", "Bar")).unwrap();
    let ran = undo(&env, &[]);
    assert_eq!(ran.code, 9);
    assert!(
        ran.stderr.contains("the event has changed since"),
        "{}",
        ran.stderr
    );
    assert!(file.exists());
}

#[test]
fn nothing_is_undone_that_the_user_did_not_ask_for() {
    let (env, mail, ids) = env();
    done(&env, "archive the mail from Dana");
    let script = env.home().join("script.json");
    let steps = serde_json::json!([
        { "action": "past_run", "run": "last" },
        { "action": "undo", "run": "last", "step": 2 },
    ]);
    std::fs::write(&script, steps.to_string()).unwrap();
    let planner = format!("script:{}", script.display());
    let ran = env.run(&["run", "show my calendar", "--planner", &planner]);
    assert_eq!(ran.code, 7, "{}", ran.stderr);
    assert_eq!(place(&mail, &ids[3]).0, "Archive");
}

#[test]
fn what_is_put_off_comes_back_in_time_or_with_an_answer() {
    let (env, mail, ids) = env();
    let list = env.run(&["mail", "list", "--json"]);
    assert_eq!(list.code, 0, "{}", list.stderr);
    let ran = env.run(&["mail", "snooze", &ids[3].0, "until", "tomorrow", "9:00"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    done(&env, "snooze the mail about \"shed\" until next week");
    let mark = Flag::Keyword("Snoozed".to_owned());
    for id in [&ids[0], &ids[3]] {
        assert_eq!(place(&mail, id), ("Snoozed".to_owned(), vec![mark.clone()]));
    }
    assert_eq!(env.run(&["mail", "snooze"]).stdout.lines().count(), 2);

    // One has had its time, the other one is answered.
    let home = Home::at(env.home());
    let snoozes = Snoozes::open(&home).unwrap();
    let mut snoozed = snoozes.get(&ids[3]).unwrap().unwrap();
    snoozed.until = snoozed.since;
    snoozes.put(&snoozed).unwrap();
    let now = legwork::clock::Clock::system(jiff::tz::TimeZone::UTC).local();
    let answer = letter(
        5,
        "Callum Reed <callum@x.test>",
        "Re: The shed",
        "In-Reply-To: <1@x.test>\r\n",
    );
    // Its date says nothing of when it came.
    let date = "Date: Fri, 01 Jan 1999 09:00:00 +0000";
    let answer = answer.replace("Date: Mon, 15 Mar 2027 09:00:05 +0000", date);
    mail.deliver("INBOX", answer.as_bytes(), now.timestamp())
        .unwrap();
    let ran = env.run(&["mail", "list"]);
    assert!(ran.stderr.contains("2 messages are back"), "{}", ran.stderr);
    for id in [&ids[0], &ids[3]] {
        assert_eq!(place(&mail, id), ("INBOX".to_owned(), Vec::new()));
    }
    assert!(snoozes.all().unwrap().is_empty());

    // The waking is no run of the user's: the last one is the snoozing.
    let ran = undo(&env, &["--dry-run"]);
    assert!(
        ran.stderr.contains("no longer in Snoozed"),
        "{}",
        ran.stderr
    );
}

#[test]
fn putting_off_is_undone_and_refused_where_it_makes_no_sense() {
    let (env, mail, ids) = env();
    let snooze = |words: &[&str]| {
        let words: Vec<&str> = ["mail", "snooze", &ids[0].0]
            .into_iter()
            .chain(words.iter().copied())
            .collect();
        env.run(&words)
    };
    for (words, said) in [
        (&[][..], "until when"),
        (&["until", "yesterday"][..], "names no time"),
        (&["until", "purple"][..], "names no time"),
    ] {
        let ran = snooze(words);
        assert_eq!(ran.code, 2, "{words:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{words:?}: {}", ran.stderr);
    }
    assert_eq!(snooze(&["until", "tomorrow"]).code, 0);
    assert_eq!(undo(&env, &[]).code, 0);
    assert_eq!(place(&mail, &ids[0]), ("INBOX".to_owned(), Vec::new()));
    let snoozes = Snoozes::open(&Home::at(env.home())).unwrap();
    assert!(snoozes.all().unwrap().is_empty());
    assert_eq!(undo(&env, &[]).code, 0);
    assert_eq!(place(&mail, &ids[0]).0, "Snoozed");
    assert_eq!(snoozes.all().unwrap().len(), 1);
    assert_eq!(snooze(&["--off"]).code, 0);
    assert_eq!(place(&mail, &ids[0]).0, "INBOX");
}

#[test]
fn archive_trash_and_labels_are_one_word_each() {
    let (env, mail, ids) = env();
    let mail_command = |words: &[&str]| {
        let ran = env.run(&[&["mail"], words].concat());
        assert_eq!(ran.code, 0, "{words:?}: {}", ran.stderr);
    };
    mail_command(&["archive", &ids[0].0, &ids[1].0]);
    mail_command(&["trash", &ids[2].0]);
    mail_command(&["label", &ids[3].0, "Waiting"]);
    let places: Vec<String> = ids.iter().map(|id| place(&mail, id).0).collect();
    assert_eq!(places, ["Archive", "Archive", "Trash", "INBOX"]);
    assert_eq!(
        place(&mail, &ids[3]).1,
        [Flag::Keyword("Waiting".to_owned())]
    );
    mail_command(&["label", &ids[3].0, "Waiting", "--off"]);
    assert_eq!(place(&mail, &ids[3]).1, []);
}
