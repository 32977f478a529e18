//! Past runs: listed, shown, and their reports.

use super::TestEnv;
use legwork::action::{Action, Effect, Outcome};
use legwork::agent::journal::Journal;
use legwork::agent::record::{Ending, RunRecord, StepRecord};
use legwork::home::Home;

const ID: &str = "20270314-093000-4f2a";

/// A home that holds one run, journalled as the loop does it.
fn with_a_run() -> TestEnv {
    let env = TestEnv::new();
    let at = "2027-03-14T09:30:00Z".parse().unwrap();
    let run = RunRecord {
        id: ID.to_owned(),
        goal: "go \u{202e}back".to_owned(),
        planner: "plain".to_owned(),
        grant: vec!["work pages of example.org".to_owned()],
        dry_run: false,
        started: at,
        ended: None,
        ending: None,
    };
    let mut journal = Journal::begin(&Home::at(env.home()), run).unwrap();
    let step = StepRecord {
        number: 1,
        turn: 1,
        at,
        action: Action::Back {},
        effect: Effect::Browse,
        title: "go back".to_owned(),
        why: "the goal says so".to_owned(),
        decision: "allowed: browsing".to_owned(),
        outcome: Some(Outcome::done("went back").proven("at /book", "address bar")),
        took_ms: 420,
        page_url: None,
        picture: None,
    };
    journal.intend(&step).unwrap();
    journal.conclude(step).unwrap();
    let ending = Ending::Verified {
        answer: "went back".to_owned(),
        cites: vec![1],
        saved: [("page".to_owned(), "/book".to_owned())].into(),
    };
    journal.end(ending, at).unwrap();
    env
}

#[test]
fn an_empty_journal_is_no_error_and_makes_no_database() {
    let env = TestEnv::new();
    let ran = env.run(&["journal", "list"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert_eq!(
        ran.stderr,
        "there is no run yet; start with 'legwork demo'\n"
    );
    assert_eq!(env.run(&["journal", "list", "--json"]).stdout, "[]\n");
    assert_eq!(std::fs::read_dir(env.home()).unwrap().count(), 0);
}

#[test]
fn an_unknown_run_exits_2_and_says_where_to_look() {
    for env in [TestEnv::new(), with_a_run()] {
        for words in [["journal", "show"], ["report", "--json"]] {
            let ran = env.run(&[words[0], words[1], "20260101"]);
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{words:?}");
            assert!(
                ran.stderr.contains("there is no run '20260101'"),
                "{}",
                ran.stderr
            );
        }
    }
}

#[test]
fn a_run_is_listed_and_shown_with_its_proof() {
    let env = with_a_run();
    let list = env.run(&["journal", "list"]).stdout;
    assert_eq!(list, format!("✓ {ID}  verified    go back\n"));
    let shown = env.run(&["journal", "show", "last"]).stdout;
    insta::assert_snapshot!(shown, @r"
    go back
    20270314-093000-4f2a  plain

      may: work pages of example.org

      ✓   1  go back  0.4 s
             └ at /book
             allowed: browsing

    ✓ went back
      page = /book
    report: [HOME]/runs/20270314-093000-4f2a/report.html
    ");
}

#[test]
fn a_shown_run_is_whole_in_json() {
    let shown = with_a_run()
        .run(&["journal", "show", "2027", "--json"])
        .stdout;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["run"]["id"], ID);
    assert_eq!(
        shown["steps"][0]["outcome"]["evidence"][0]["fact"],
        "at /book"
    );
}

#[test]
fn a_report_that_was_lost_is_made_anew() {
    let env = with_a_run();
    let file = env.home().join("runs").join(ID).join("report.html");
    let kept = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let ran = env.run(&["report", "last"]);
    assert_eq!(ran.stdout, format!("[HOME]/runs/{ID}/report.html\n"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
}
