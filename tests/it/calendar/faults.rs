//! A server that misbehaves on demand: pages, lost tokens, refusals, failures, hostile answers.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use legwork::calendar::dav::{Account, Booked, Booking, Error, Mirror};
use legwork::clock::Clock;
use legwork::deadline::Deadline;
use legwork::secret::Secret;
use tokio::task::JoinSet;

/// What the server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Gives changes one by one, and marks that there are more.
    Pages,
    /// Knows no token, with this status.
    Token(u16),
    /// Answers every report with this status.
    Report(u16),
    /// Answers every write with this status.
    Write(u16),
    /// Answers every listing with this status.
    Listing(u16),
    /// Answers with this text.
    Text(&'static str),
    /// Sends elsewhere.
    Elsewhere,
    /// Takes this event from another client while ours is written; keeps no tokens.
    Rival(&'static str),
    /// Writes to the people of events by itself (RFC 6638).
    Schedules,
}

struct Fake {
    fault: Fault,
    events: Vec<(String, String)>,
    asked: Vec<String>,
}

type Shared = Arc<Mutex<Fake>>;

fn event(uid: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:20260302T090000Z\r\n\
         SUMMARY:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn multistatus(items: &str) -> Response {
    let text = format!(
        "<D:multistatus xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">{items}</D:multistatus>"
    );
    (StatusCode::MULTI_STATUS, text).into_response()
}

fn item(href: &str, properties: &str) -> String {
    format!(
        "<D:response><D:href>{href}</D:href><D:propstat><D:prop>{properties}</D:prop>\
         <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
    )
}

fn status(code: u16) -> Response {
    StatusCode::from_u16(code).unwrap().into_response()
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut fake = shared.lock().unwrap();
    let body = String::from_utf8_lossy(&body).into_owned();
    fake.asked.push(format!("{method} {}", uri.path()));
    assert!(headers.contains_key("authorization"));
    match (method.as_str(), fake.fault) {
        ("OPTIONS", Fault::Schedules) => {
            let abilities = "1, 3, calendar-access, calendar-auto-schedule";
            (StatusCode::OK, [("dav", abilities)]).into_response()
        }
        ("OPTIONS", _) => (StatusCode::OK, [("dav", "1, 3, calendar-access")]).into_response(),
        ("PUT" | "DELETE", Fault::Write(code)) | ("PROPFIND", Fault::Listing(code)) => status(code),
        ("DELETE", _) => {
            let name = uri.path().rsplit('/').next().unwrap().to_owned();
            fake.events.retain(|(known, _)| *known != name);
            status(204)
        }
        ("PUT", fault) => {
            let name = uri.path().rsplit('/').next().unwrap().to_owned();
            if let (Fault::Rival(rival), false) = (fault, name.contains("lock")) {
                fake.events.push(("rival.ics".to_owned(), rival.to_owned()));
            }
            let guard = headers.contains_key("if-none-match");
            if guard && fake.events.iter().any(|(known, _)| *known == name) {
                return status(412);
            }
            fake.events.retain(|(known, _)| *known != name);
            fake.events.push((name, body));
            (StatusCode::CREATED, [("etag", "\"1\"")]).into_response()
        }
        ("PROPFIND", Fault::Text(text)) => (StatusCode::MULTI_STATUS, text).into_response(),
        ("PROPFIND", Fault::Elsewhere) => (
            StatusCode::FOUND,
            [("location", "https://elsewhere.test/dav/")],
        )
            .into_response(),
        ("PROPFIND", _) => propfind(&fake, uri.path(), &body),
        ("REPORT", fault) => report(&fake, fault, &body),
        _ => status(405),
    }
}

fn propfind(fake: &Fake, path: &str, body: &str) -> Response {
    let listed = |(name, _): &(String, String)| {
        item(&format!("/home/cal/{name}"), "<D:getetag>\"1\"</D:getetag>")
    };
    multistatus(&match (path, body) {
        (_, body) if body.contains("current-user-principal") => item(
            "/",
            "<D:current-user-principal><D:href>/me/</D:href></D:current-user-principal>",
        ),
        (_, body) if body.contains("calendar-home-set") => item(
            "/me/",
            "<C:calendar-home-set><D:href>/home/</D:href></C:calendar-home-set>",
        ),
        ("/home/", _) => item(
            "/home/cal/",
            "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype><D:displayname>Cal</D:displayname>",
        ),
        _ => fake.events.iter().map(listed).collect(),
    })
}

fn report(fake: &Fake, fault: Fault, body: &str) -> Response {
    if let Fault::Report(code) = fault {
        return status(code);
    }
    let all = fake.events.iter();
    if body.contains("calendar-multiget") {
        assert!(body.matches("<D:href>").count() <= 100);
        let wanted = all.filter(|(name, _)| body.contains(&format!("/{name}<")));
        let items: String = wanted
            .map(|(name, text)| {
                let data = format!(
                    "<D:getetag>\"1\"</D:getetag><C:calendar-data>{text}</C:calendar-data>"
                );
                item(&format!("/home/cal/{name}"), &data)
            })
            .collect();
        return multistatus(&items);
    }
    let token = body
        .split("<D:sync-token>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let entry = |name: &str| item(&format!("/home/cal/{name}"), "<D:getetag>\"1\"</D:getetag>");
    match fault {
        Fault::Token(code) => status(code),
        Fault::Rival(_) => status(501),
        Fault::Pages => {
            let at: usize = token.parse().unwrap_or(0);
            let more = "<D:response><D:href>/home/cal/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response>";
            let more = if at + 1 < fake.events.len() { more } else { "" };
            let item = fake
                .events
                .get(at)
                .map(|(name, _)| entry(name))
                .unwrap_or_default();
            multistatus(&format!(
                "{item}{more}<D:sync-token>{}</D:sync-token>",
                at + 1
            ))
        }
        Fault::None
        | Fault::Report(_)
        | Fault::Write(_)
        | Fault::Listing(_)
        | Fault::Text(_)
        | Fault::Schedules
        | Fault::Elsewhere => {
            let items: String = all.map(|(name, _)| entry(name)).collect();
            multistatus(&format!("{items}<D:sync-token>9</D:sync-token>"))
        }
    }
}

pub(crate) struct Server {
    shared: Shared,
    home: tempfile::TempDir,
    pub(crate) account: Account,
    _served: JoinSet<()>,
}

impl Server {
    pub(crate) async fn with(count: usize, fault: Fault) -> Self {
        let events = (0..count)
            .map(|index| (format!("e{index}.ics"), event(&format!("e{index}"))))
            .collect();
        let shared = Arc::new(Mutex::new(Fake {
            fault,
            events,
            asked: Vec::new(),
        }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        let mut served = JoinSet::new();
        served.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            shared,
            home: tempfile::tempdir().unwrap(),
            account: Account {
                name: "fake".to_owned(),
                url: url.parse().unwrap(),
                user: "me".to_owned(),
                password: Secret::new("x"),
                ca: None,
            },
            _served: served,
        }
    }

    /// Events of the server, by name and text.
    pub(crate) fn events(&self) -> Vec<(String, String)> {
        self.shared.lock().unwrap().events.clone()
    }

    pub(crate) fn set(&self, fault: Fault) {
        self.shared.lock().unwrap().fault = fault;
    }

    fn mirror(&self) -> Mirror {
        Mirror::open(self.home.path(), &self.account).unwrap()
    }

    fn files(&self) -> usize {
        let folder = self.home.path().join("fake/cal");
        fs::read_dir(folder).map_or(0, |entries| {
            entries
                .filter(|entry| entry.as_ref().unwrap().path().extension().is_some())
                .count()
        })
    }
}

fn limit() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

#[tokio::test]
async fn pages_lost_tokens_and_servers_without_sync_give_every_event() {
    for (fault, count) in [
        (Fault::None, 250),
        (Fault::Pages, 12),
        (Fault::Token(403), 120),
        (Fault::Token(409), 5),
        (Fault::Token(507), 5),
        (Fault::Token(501), 5),
    ] {
        let server = Server::with(count, fault).await;
        let mut mirror = server.mirror();
        let synced = mirror.sync(&limit()).await.unwrap();
        assert_eq!((synced.pulled, server.files()), (count, count), "{fault:?}");
        server.shared.lock().unwrap().events.remove(1);
        if fault != Fault::Pages && fault != Fault::None {
            let synced = mirror.sync(&limit()).await.unwrap();
            assert_eq!(
                (synced.pulled, synced.removed, server.files()),
                (0, 1, count - 1),
                "{fault:?}"
            );
        }
    }
}

#[tokio::test]
async fn refused_writes_name_address_and_mend_and_lose_nothing() {
    for (code, want) in [
        (403, "does not allow this"),
        (412, "keeps changing under this program's hands"),
        (507, "has no room left, or gives less than was asked"),
        (423, "answers with status 423"),
    ] {
        let server = Server::with(2, Fault::None).await;
        let mut mirror = server.mirror();
        mirror.sync(&limit()).await.unwrap();
        server.set(Fault::Write(code));
        let own = server.home.path().join("fake/cal/own.ics");
        fs::write(&own, event("own")).unwrap();
        let changed = server.home.path().join("fake/cal/e0.ics");
        fs::write(&changed, event("e0").replace("SUMMARY:e0", "SUMMARY:new")).unwrap();
        let synced = mirror.sync(&limit()).await.unwrap();
        assert_eq!(synced.problems.len(), 2, "{synced:?}");
        let url = server.account.url.join("/home/cal/own.ics").unwrap();
        assert_eq!(synced.problems[1], format!("cal/own.ics: {url} {want}"));
        assert!(
            fs::read_to_string(&changed)
                .unwrap()
                .contains("SUMMARY:new")
        );
        server.set(Fault::None);
        let synced = mirror.sync(&limit()).await.unwrap();
        assert_eq!((synced.pushed, synced.problems.len()), (2, 0), "{synced:?}");
        assert!(own.exists());
    }
}

#[tokio::test]
async fn a_failing_server_ends_the_sync_and_keeps_the_mirror() {
    for code in [500, 503] {
        let server = Server::with(3, Fault::None).await;
        let mut mirror = server.mirror();
        mirror.sync(&limit()).await.unwrap();
        for fault in [Fault::Report(code), Fault::Listing(code)] {
            server.set(fault);
            let error = mirror.sync(&limit()).await.unwrap_err();
            assert!(
                error
                    .to_string()
                    .ends_with(&format!("answers with status {code}")),
                "{error}"
            );
            assert!(error.is_retryable());
            assert_eq!(
                error.hint().as_deref(),
                Some("the server is at fault, try again later")
            );
            assert_eq!(server.files(), 3);
        }
        server.set(Fault::Write(code));
        fs::write(server.home.path().join("fake/cal/own.ics"), event("own")).unwrap();
        assert!(mirror.sync(&limit()).await.is_err());
        server.set(Fault::None);
        let synced = mirror.sync(&limit()).await.unwrap();
        assert_eq!((synced.pushed, server.files()), (1, 4));
    }
}

#[tokio::test]
async fn hostile_answers_are_refused_in_words() {
    for (fault, want) in [
        (
            Fault::Text("<!DOCTYPE a [<!ENTITY b 'b'>]><a>&b;</a>"),
            "answers with XML that can't be read",
        ),
        (
            Fault::Text("<html>hello</html>"),
            "does not answer as a CalDAV server",
        ),
        (
            Fault::Elsewhere,
            "redirects to https://elsewhere.test/dav/, which the account does not name",
        ),
        (Fault::Listing(404), "there is nothing at"),
        (Fault::Listing(401), "refuses the password of 'me'"),
    ] {
        let server = Server::with(1, fault).await;
        let error = server.mirror().sync(&limit()).await.unwrap_err();
        assert!(error.to_string().contains(want), "{error}");
        assert!(error.hint().is_some());
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_left_at_the_deadline() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let account = Account {
        name: "mute".to_owned(),
        url: format!("http://{}/", listener.local_addr().unwrap())
            .parse()
            .unwrap(),
        user: "me".to_owned(),
        password: Secret::new("x"),
        ca: None,
    };
    let mut mirror = Mirror::open(home.path(), &account).unwrap();
    let second = Mirror::open(home.path(), &account).unwrap_err();
    assert_eq!(
        second.to_string(),
        "the calendar account 'mute' is being synced by another program"
    );
    let error = mirror
        .sync(&Deadline::after(Duration::from_millis(200)))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Ended(_)), "{error}");
}

#[tokio::test]
async fn who_came_later_withdraws_from_a_slot_that_was_taken_meanwhile() {
    const OTHERS: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:rival\r\nDTSTAMP:20300101T000000Z\r\n\
        DTSTART:20260314T083000Z\r\nDTEND:20260314T093000Z\r\nSUMMARY:Rival\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    const LATER: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:rival\r\nDTSTAMP:20300101T000000Z\r\nX-LEGWORK-CREATED:TRUE\r\n\
        DTSTART:20260314T083000Z\r\nDTEND:20260314T093000Z\r\nSUMMARY:Rival\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    for (rival, withdraws) in [(OTHERS, true), (LATER, false)] {
        let server = Server::with(0, Fault::Rival(rival)).await;
        let mut mirror = server.mirror();
        let clock = Clock::fixed(super::at("2026-02-01T00:00:00Z"), super::berlin());
        let event = super::review();
        let booking = Booking {
            event: &event,
            key: "k",
            calendar: None,
            me: &[],
            clock: &clock,
        };
        let fits = |events: &[legwork::action::Event]| {
            if events.iter().all(|event| !event.busy) {
                Ok(())
            } else {
                Err("busy".to_owned())
            }
        };
        let booked = mirror.book(&limit(), &booking, fits).await.unwrap();
        let names: Vec<String> = server
            .shared
            .lock()
            .unwrap()
            .events
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        if withdraws {
            assert_eq!(
                booked,
                Booked::Withdrawn {
                    winner: "Rival".to_owned()
                }
            );
            assert_eq!(names, ["rival.ics"]);
        } else {
            assert!(matches!(booked, Booked::Written { .. }), "{booked:?}");
            assert_eq!(
                names.len(),
                2,
                "the later one withdraws, no lock stays: {names:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_lock_that_was_left_behind_is_outlived() {
    let lock = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:legwork-lock\r\nDTSTAMP:20260101T000000Z\r\n\
        DTSTART:19700101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let server = Server::with(0, Fault::Rival("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")).await;
    server
        .shared
        .lock()
        .unwrap()
        .events
        .push(("legwork-lock.ics".to_owned(), lock.to_owned()));
    let mut mirror = server.mirror();
    let clock = Clock::fixed(super::at("2026-02-01T00:00:00Z"), super::berlin());
    let event = super::review();
    let booking = Booking {
        event: &event,
        key: "k",
        calendar: None,
        me: &[],
        clock: &clock,
    };
    let booked = mirror.book(&limit(), &booking, |_| Ok(())).await.unwrap();
    assert!(matches!(booked, Booked::Written { .. }), "{booked:?}");
    assert!(
        !server
            .shared
            .lock()
            .unwrap()
            .events
            .iter()
            .any(|(name, _)| name.contains("lock"))
    );
}
