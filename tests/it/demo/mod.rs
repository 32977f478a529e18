//! Whole jobs with a real browser: the demo's world by several seeds, and a site it never saw.

use jiff::{SignedDuration, ZonedDateTime};
use legwork::calendar::Vdir;
use legwork::home::Home;
use legwork::mail::Maildir;

use crate::cli::TestEnv;
use crate::site::Hall;

/// The demo checks its own claims against the site and the disk; these are looked at once more.
#[test]
fn the_demo_does_what_it_claims_for_any_seed() {
    for seed in ["1", "2", "3"] {
        let env = TestEnv::new();
        let keep = env.home().join("world");
        let folder = keep.display().to_string();
        let ran = env.run(&["demo", "--seed", seed, "--keep", &folder, "--json"]);
        assert_eq!(ran.code, 0, "seed {seed}: {}\n{}", ran.stdout, ran.stderr);
        let shown: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let checks = shown["checks"].as_array().unwrap();
        assert!(checks.len() >= 9 && checks.iter().all(|check| check["holds"] == true));
        let home = Home::at(&keep);
        assert!(home.database().exists());
        for run in shown["runs"].as_array().unwrap() {
            let id = run["run"]["id"].as_str().unwrap();
            assert!(home.run(id).join("report.html").exists());
        }
        let pictures = std::fs::read_dir(home.data().join("runs"))
            .unwrap()
            .flat_map(|run| std::fs::read_dir(run.unwrap().path()).unwrap())
            .filter(|file| {
                let name = file.as_ref().unwrap().file_name();
                name.to_string_lossy().ends_with(".png")
            });
        assert!(pictures.count() >= 8, "seed {seed}");
    }
}

const REQUEST: &str = "From: Eastmere Town Hall <hall@eastmere.example>\r\n\
    To: Ada Byron <ada@mail.example>\r\nSubject: A room for your chess evening\r\n\
    Message-ID: <room@eastmere.example>\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n\r\n\
    Dear Ms Byron,\r\n\r\nplease reserve the Garden Hall for your chess evening on our site.\r\n\
    You will need it for an hour.\r\n\r\nEastmere Town Hall\r\n";

/// The first Tuesday at least a week away, at ten; in working hours and far enough for any notice.
fn tuesday() -> ZonedDateTime {
    let zone = jiff::tz::TimeZone::get("Europe/London").unwrap();
    let week = SignedDuration::from_hours(7 * 24);
    let soon = legwork::clock::Clock::system(zone)
        .local()
        .checked_add(week)
        .unwrap();
    let day = soon.nth_weekday(1, jiff::civil::Weekday::Tuesday).unwrap();
    day.with()
        .hour(10)
        .minute(0)
        .second(0)
        .subsec_nanosecond(0)
        .build()
        .unwrap()
}

#[test]
fn a_site_of_other_words_and_structure_is_booked_by_the_same_skill() {
    let env = TestEnv::new();
    let home = Home::at(env.home());
    std::fs::write(
        home.config_file(),
        "[me]\nname = 'Ada Byron'\nemails = ['ada@mail.example']\nphone = '+44 20 5550 1234'\n\
         zone = 'Europe/London'\n",
    )
    .unwrap();
    let first = tuesday();
    let later = |hours: i64| {
        first
            .checked_add(SignedDuration::from_hours(hours))
            .unwrap()
    };
    let starts = vec![first.clone(), later(2), later(26)];
    let mail = Maildir::open(&home.mail()).unwrap();
    mail.deliver("INBOX", REQUEST.as_bytes(), first.timestamp())
        .unwrap();
    let calendar = Vdir::open(&home.calendar()).unwrap();
    let busy = legwork::action::NewEvent {
        summary: "Board".to_owned(),
        start: legwork::action::Moment::Time(first.clone()),
        end: legwork::action::Moment::Time(later(1)),
        location: String::new(),
        description: String::new(),
        guests: Vec::new(),
        travel_minutes: 0,
        calendar: String::new(),
        if_free: false,
        rule: String::new(),
        organizer: String::new(),
    };
    calendar.create(&busy, "board", first.timestamp()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let hall = runtime.block_on(Hall::serve(starts, home.mail(), first.clone()));
    let goal = format!(
        "book the Garden Hall that Eastmere Town Hall asks for at {} between {} and {}",
        hall.url(),
        first.date(),
        later(48).date(),
    );
    let ran = env.run(&["run", &goal]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    let kept = hall.reservations();
    assert_eq!(kept.len(), 1, "{}", ran.stderr);
    assert_eq!(
        (kept[0].room.as_str(), &kept[0].start),
        ("Garden Hall", &later(2))
    );
    assert_eq!(
        (kept[0].contact.as_str(), kept[0].email.as_str()),
        ("Ada Byron", "ada@mail.example")
    );
    let zone = first.time_zone();
    let agenda = calendar
        .agenda(later(2).timestamp(), later(3).timestamp(), zone, &[])
        .unwrap();
    assert_eq!(agenda.events.len(), 1);
}
