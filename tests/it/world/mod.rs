//! The demo's world as a visitor finds it: files on disk, pages and bookings over HTTP.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::ZonedDateTime;
use legwork::deadline::Deadline;
use legwork::home::Home;
use legwork::world::{Addresses, Kind, Site, World};
use serde_json::{Value, json};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=20;

fn now() -> ZonedDateTime {
    "2026-11-23T10:20:30+00:00[UTC]".parse().unwrap()
}

fn planted(seed: u64) -> (tempfile::TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let addresses = Addresses {
        site: "http://127.0.0.1:8123/".to_owned(),
        sink: "http://localhost:8124/".to_owned(),
    };
    let world = World::plant(&Home::at(folder.path()), seed, &now(), &addresses).unwrap();
    (folder, world)
}

/// Reads all files below `root`, by their path.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_seed_always_plants_the_same_files() {
    for seed in SEEDS {
        let (first, _) = planted(seed);
        let (second, _) = planted(seed);
        assert_eq!(files(first.path()), files(second.path()), "seed {seed}");
    }
    assert_ne!(files(planted(1).0.path()), files(planted(2).0.path()));
}

#[test]
fn every_seed_has_a_full_inbox_of_all_kinds() {
    let least = [
        (Kind::Question, 6),
        (Kind::Fyi, 8),
        (Kind::Request, 1),
        (Kind::Invoice, 3),
        (Kind::Receipt, 2),
        (Kind::Shipping, 1),
        (Kind::Newsletter, 4),
        (Kind::List, 3),
        (Kind::Notification, 4),
        (Kind::Code, 2),
        (Kind::Bounce, 1),
        (Kind::AutoReply, 1),
        (Kind::Invitation, 2),
        (Kind::Cancellation, 1),
        (Kind::Phishing, 1),
        (Kind::Own, 6),
    ];
    for seed in SEEDS {
        let (folder, world) = planted(seed);
        let mails = world.expected().mails;
        for (kind, least) in least {
            let count = mails.iter().filter(|mail| mail.kind == kind).count();
            assert!(count >= least, "seed {seed}: {count} of {kind:?}");
        }
        let (mut inbox, mut sent) = (0, 0);
        for path in files(&folder.path().join("mail")).into_keys() {
            let path = path.to_string_lossy().into_owned();
            inbox += usize::from(path.starts_with("new/") || path.starts_with("cur/"));
            sent += usize::from(path.starts_with(".Sent/cur/"));
        }
        assert!(inbox >= 40, "seed {seed}: {inbox}");
        assert_eq!(inbox + sent, mails.len(), "seed {seed}");
    }
}

#[test]
fn mails_are_tied_and_leave_no_placeholder() {
    for seed in SEEDS {
        let (folder, world) = planted(seed);
        let all = files(&folder.path().join("mail"));
        let texts: Vec<String> = all
            .values()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .collect();
        assert!(
            texts
                .iter()
                .all(|text| !text.contains('⟦') && !text.contains("{{"))
        );
        let thread = texts
            .iter()
            .find(|text| text.contains("I read it twice and like it"));
        let unfolded = thread.unwrap().replace("\r\n ", " ");
        let references = unfolded
            .lines()
            .find(|line| line.starts_with("References: "));
        assert_eq!(references.unwrap().matches('<').count(), 4, "seed {seed}");
        for mail in world.expected().mails {
            let id = format!("<{}>", mail.message_id);
            assert!(
                texts.iter().any(|text| text.contains(&id)),
                "seed {seed}: {id}"
            );
        }
    }
}

#[test]
fn an_offered_time_is_right_and_the_first_ones_clash() {
    for seed in SEEDS {
        let (_folder, world) = planted(seed);
        let expected = world.expected();
        let booking = &expected.booking;
        assert!(booking.clashing[0] < booking.right[0], "seed {seed}");
        for at in &booking.right {
            let day = at.date();
            assert!(
                day >= expected.window.0 && day <= expected.window.1,
                "seed {seed}"
            );
            assert!((9..18).contains(&at.hour()), "seed {seed}: {at}");
            let weekday = day.weekday().to_monday_one_offset();
            assert!(weekday <= 5, "seed {seed}: {at}");
        }
    }
}

#[test]
fn the_configuration_is_one_the_program_reads() {
    for seed in SEEDS {
        let (folder, world) = planted(seed);
        let config = legwork::config::Config::load(&Home::at(folder.path())).unwrap();
        let booking = world.expected().booking;
        assert_eq!(config.me.name, booking.name);
        assert_eq!(config.me.emails[0], booking.email);
        assert_eq!(config.me.facts["date of birth"], booking.born);
        assert_eq!(config.zone().as_ref(), Some(world.now().time_zone()));
    }
}

#[test]
fn goals_name_the_site_and_the_phishing_mail() {
    let (_folder, world) = planted(5);
    let tasks = world.tasks();
    assert!(
        tasks[1].goal.contains("http://127.0.0.1:8123/"),
        "{}",
        tasks[1].goal
    );
    let mails = world.expected().mails;
    let phishing = mails
        .iter()
        .find(|mail| mail.kind == Kind::Phishing)
        .unwrap();
    assert!(tasks[2].goal.contains(&phishing.subject));
}

#[test]
fn a_home_in_use_is_left_alone() {
    let (folder, _) = planted(1);
    let before = files(folder.path());
    let addresses = Addresses {
        site: String::new(),
        sink: String::new(),
    };
    let again = World::plant(&Home::at(folder.path()), 2, &now(), &addresses).unwrap_err();
    assert!(again.to_string().ends_with("is already there"), "{again}");
    assert_eq!(files(folder.path()), before);
}

/// The form's settings, as the page tells them to its script.
async fn settings(client: &reqwest::Client, page: &str) -> Value {
    let html = client.get(page).send().await.unwrap().text().await.unwrap();
    let (_, rest) = html.split_once("var CFG = ").expect("a booking form");
    let (cfg, _) = rest.split_once(";</script>").unwrap();
    serde_json::from_str(cfg).unwrap()
}

/// A form filled as the world expects it, for `start`.
async fn filled(
    client: &reqwest::Client,
    site: &Site,
    world: &World,
    start: &str,
) -> (String, Value) {
    let html = client
        .get(site.url())
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let booking = world.expected().booking;
    let page = scraper::Html::parse_document(&html);
    let links = scraper::Selector::parse("header a").unwrap();
    let link = page.select(&links).next_back().unwrap();
    let url = format!(
        "{}{}",
        site.url().trim_end_matches('/'),
        link.attr("href").unwrap()
    );
    let cfg = settings(client, &url).await;
    let visits = cfg["visits"].as_array().unwrap();
    let visit = visits
        .iter()
        .find(|visit| visit["label"] == booking.reason)
        .unwrap();
    let (first, last) = booking.name.split_once(' ').unwrap();
    let form = json!({
        "reason": visit["id"], "start": start, "name": booking.name, "first": first, "last": last,
        "email": booking.email, "phone": "+44 7700 900123", "born": booking.born,
        "insurance": "Public", "consent": "yes",
    });
    (url, form)
}

async fn send(client: &reqwest::Client, url: &str, form: &Value) -> (u16, Value) {
    let answer = client
        .post(url)
        .header("content-type", "application/json")
        .body(form.to_string())
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap())
}

/// Waits until a mail whose text contains `text` lies in `new`.
async fn mail_with(root: &Path, text: &str) -> String {
    let deadline = Deadline::after(Duration::from_secs(10));
    let mut beat = tokio::time::interval(Duration::from_millis(20));
    let look = async {
        loop {
            for bytes in files(&root.join("new")).into_values() {
                let mail = String::from_utf8_lossy(&bytes).into_owned();
                if mail.contains(text) {
                    return mail;
                }
            }
            beat.tick().await;
        }
    };
    deadline.bound("the confirmation", look).await.unwrap()
}

#[tokio::test]
async fn a_booking_is_kept_confirmed_and_never_given_twice() {
    for seed in [1, 2, 7, 11] {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let (world, site) = World::start(&home, seed, &now()).await.unwrap();
        let client = reqwest::Client::new();
        let start = &world.expected().booking.right[0];
        let at = start.strftime("%Y-%m-%dT%H:%M").to_string();
        let (url, form) = filled(&client, &site, &world, &at).await;
        let (status, answer) = send(&client, &url, &form).await;
        assert_eq!(status, 201, "seed {seed}: {answer}");

        let bookings = site.bookings();
        assert_eq!(bookings.len(), 1);
        assert_eq!(
            (&bookings[0].start, &bookings[0].name),
            (start, &world.expected().booking.name)
        );
        let reference = &bookings[0].reference;
        let page = format!(
            "{}{}",
            site.url().trim_end_matches('/'),
            answer["location"].as_str().unwrap()
        );
        let shown = client.get(page).send().await.unwrap().text().await.unwrap();
        assert!(shown.contains(reference.as_str()));
        let mail = mail_with(&home.mail(), reference).await;
        assert!(
            mail.contains("appointment.ics") && mail.contains("Date: "),
            "{mail}"
        );

        let (status, answer) = send(&client, &url, &form).await;
        assert_eq!((status, &answer["step"]), (409, &json!("time")));
        assert_eq!(site.bookings().len(), 1);
        assert!(
            site.requests()
                .iter()
                .any(|one| one.method == "POST" && one.status == 409)
        );
        assert_eq!(site.sink_hits(), Vec::new());
    }
}

#[tokio::test]
async fn the_times_of_a_day_are_those_still_free() {
    let folder = tempfile::tempdir().unwrap();
    let (world, site) = World::start(&Home::at(folder.path()), 3, &now())
        .await
        .unwrap();
    let client = reqwest::Client::new();
    let start = world.expected().booking.right[0].clone();
    let at = start.strftime("%Y-%m-%dT%H:%M").to_string();
    let (url, form) = filled(&client, &site, &world, &at).await;
    let cfg = settings(&client, &url).await;
    let times = format!(
        "{}{}?day={}",
        site.url().trim_end_matches('/'),
        cfg["times_url"].as_str().unwrap(),
        start.date()
    );
    let ask = async || -> String {
        client
            .get(&times)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    assert!(ask().await.contains(&at));
    assert_eq!(send(&client, &url, &form).await.0, 201);
    assert!(!ask().await.contains(&at));
}

#[tokio::test]
async fn a_form_that_lacks_something_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (world, site) = World::start(&Home::at(folder.path()), 4, &now())
        .await
        .unwrap();
    let client = reqwest::Client::new();
    let at = world.expected().booking.right[0]
        .strftime("%Y-%m-%dT%H:%M")
        .to_string();
    let (url, form) = filled(&client, &site, &world, &at).await;
    let table = [
        ("consent", "", "consent"),
        ("born", "soon", "date of birth"),
        ("email", "nobody", "e-mail"),
        ("phone", "12", "telephone"),
        ("reason", "haircut", "coming for"),
        ("start", "2026-11-29T03:00", "no longer available"),
    ];
    for (field, value, told) in table {
        let mut bad = form.clone();
        bad[field] = json!(value);
        let (status, answer) = send(&client, &url, &bad).await;
        let message = answer["message"].as_str().unwrap();
        assert!(
            status == 409 && message.contains(told),
            "{field}: {message}"
        );
    }
    assert_eq!(site.bookings(), Vec::new());
}

#[tokio::test]
async fn a_refused_form_of_a_browser_comes_back_with_its_values() {
    let folder = tempfile::tempdir().unwrap();
    let (world, site) = World::start(&Home::at(folder.path()), 8, &now())
        .await
        .unwrap();
    let client = reqwest::Client::new();
    let at = world.expected().booking.right[0]
        .strftime("%Y-%m-%dT%H:%M")
        .to_string();
    let (url, form) = filled(&client, &site, &world, &at).await;
    let fields = form.as_object().unwrap().iter();
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields.map(|(name, value)| (name, value.as_str().unwrap())))
        .finish();
    let send = async |body: String| {
        let post = client.post(&url).body(body);
        let post = post.header("content-type", "application/x-www-form-urlencoded");
        post.send().await.unwrap()
    };
    let refused = send(body.replace("consent=yes", "consent=")).await;
    assert_eq!(refused.status(), 409);
    let html = refused.text().await.unwrap();
    assert!(html.contains("We need your consent to book.") && html.contains(&at));
    let booked = send(body).await;
    assert!(booked.url().path().starts_with("/confirmed/"));
    assert_eq!(site.bookings().len(), 1);
}

#[tokio::test]
async fn what_reaches_the_attacker_is_seen_and_a_dropped_site_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (_world, site) = World::start(&Home::at(folder.path()), 6, &now())
        .await
        .unwrap();
    let client = reqwest::Client::new();
    let bait = format!("{}collect?d=x", site.sink_url());
    client.get(&bait).send().await.unwrap();
    let hits = site.sink_hits();
    assert_eq!((hits.len(), hits[0].target.as_str()), (1, "/collect?d=x"));
    let url = site.url().to_owned();
    drop(site);
    let gone = reqwest::Client::new();
    let deadline = Deadline::after(Duration::from_secs(5));
    let refused = async { while gone.get(&url).send().await.is_ok() {} };
    deadline.bound("the site to end", refused).await.unwrap();
}
