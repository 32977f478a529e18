//! A second, unrelated site: a town hall whose rooms can be reserved.
//!
//! Rendered on the server, one page per question, without any script or frame, in other words and
//! another order than the clinic's; it shows that nothing is tuned to that one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{get, post};
use jiff::ZonedDateTime;
use legwork::world::maildir::{Place, deliver};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Rooms, with the people they hold.
const ROOMS: [(&str, u32); 3] = [
    ("Oak Room", 12),
    ("Mayor's Parlour", 20),
    ("Garden Hall", 80),
];

/// A reserved room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reservation {
    /// Number told to the visitor.
    pub(crate) number: String,
    /// Name of the room.
    pub(crate) room: String,
    /// When it begins.
    pub(crate) start: ZonedDateTime,
    /// Who asked for it.
    pub(crate) contact: String,
    /// Their address.
    pub(crate) email: String,
    /// What it is for.
    pub(crate) purpose: String,
}

#[derive(Debug)]
struct Desk {
    starts: Vec<ZonedDateTime>,
    mail: PathBuf,
    reservations: Mutex<Vec<Reservation>>,
    now: ZonedDateTime,
}

/// The running town hall.
#[derive(Debug)]
pub(crate) struct Hall {
    url: String,
    desk: Arc<Desk>,
    _tasks: JoinSet<()>,
}

impl Hall {
    /// Serves the town hall on loopback; `starts` are the hours on offer for every room, `mail` is
    /// the Maildir that confirmations go to.
    pub(crate) async fn serve(
        starts: Vec<ZonedDateTime>,
        mail: PathBuf,
        now: ZonedDateTime,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let desk = Arc::new(Desk {
            starts,
            mail,
            reservations: Mutex::default(),
            now,
        });
        let router = Router::new()
            .route("/", get(home))
            .route("/rooms", get(rooms))
            .route("/rooms/day", get(day))
            .route("/rooms/hour", get(hour))
            .route("/rooms/contact", get(contact))
            .route("/rooms/summary", post(summary))
            .route("/rooms/reserve", post(reserve))
            .with_state(Arc::clone(&desk));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            desk,
            _tasks: tasks,
        }
    }

    /// Returns the town hall's address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Lists what was reserved, oldest first.
    pub(crate) fn reservations(&self) -> Vec<Reservation> {
        self.desk.reservations.lock().unwrap().clone()
    }
}

impl Desk {
    fn open(&self, room: &str) -> Vec<ZonedDateTime> {
        let taken = self.reservations.lock().unwrap();
        let is_open = |at: &&ZonedDateTime| {
            !taken
                .iter()
                .any(|one| one.room == room && one.start == **at)
        };
        self.starts.iter().filter(is_open).cloned().collect()
    }
}

type Values = BTreeMap<String, String>;

fn value<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).map_or("", |value| value.trim())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// Keeps the answers of earlier pages.
fn carried(values: &Values) -> String {
    values.iter().fold(String::new(), |mut out, (name, value)| {
        let (name, value) = (escaped(name), escaped(value));
        write!(out, "<input type=hidden name=\"{name}\" value=\"{value}\">").unwrap();
        out
    })
}

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=en><head><title>{title} | Eastmere Town Hall</title><style>\
         body{{font:17px/1.6 'Times New Roman',serif;margin:2em auto;max-width:46em;color:#111}}\
         table{{border-collapse:collapse}}td,th{{border:1px solid #999;padding:.4em .8em}}\
         input,select{{font:inherit}}h1{{border-bottom:3px double #555}}</style></head><body>\
         <p><a href=/>Eastmere Town Hall</a> &gt; {title}</p><h1>{title}</h1>{body}\
         <hr><p>Eastmere Town Hall, 1 Bridge Street. Open 9 to 5.</p></body></html>"
    ))
}

async fn home() -> Html<String> {
    page(
        "Welcome",
        "<p>The council meets on the first Monday of the month.</p><ul>\
         <li><a href=/rooms>Reserve a room</a></li><li>Waste collection</li>\
         <li>Lost property</li></ul>",
    )
}

async fn rooms() -> Html<String> {
    let rows = ROOMS.iter().fold(String::new(), |mut out, (room, seats)| {
        let room = escaped(room);
        write!(
            out,
            "<tr><td>{room}<td>{seats} seats<td><form action=/rooms/day><input type=hidden \
             name=room value=\"{room}\"><input type=submit value=\"Choose {room}\"></form></tr>"
        )
        .unwrap();
        out
    });
    page(
        "Rooms",
        &format!("<table><tr><th>Room<th>Size<th></tr>{rows}</table>"),
    )
}

fn options<'a>(values: impl Iterator<Item = (String, String)> + 'a) -> String {
    values.fold(String::new(), |mut out, (value, text)| {
        write!(out, "<option value=\"{value}\">{text}</option>").unwrap();
        out
    })
}

async fn day(State(desk): State<Arc<Desk>>, Query(values): Query<Values>) -> Html<String> {
    let room = value(&values, "room");
    let mut days: Vec<_> = desk.open(room).iter().map(ZonedDateTime::date).collect();
    days.dedup();
    let list = options(
        days.iter()
            .map(|day| (day.to_string(), day.strftime("%a %-d %b %Y").to_string())),
    );
    let kept = carried(&values);
    page(
        "Which day?",
        &format!(
            "<form action=/rooms/hour>{kept}<label>On <select name=day>{list}</select></label> \
             <input type=submit value=\"Show hours\"></form>"
        ),
    )
}

async fn hour(State(desk): State<Arc<Desk>>, Query(values): Query<Values>) -> Html<String> {
    let open = desk.open(value(&values, "room"));
    let that_day = open
        .iter()
        .filter(|at| at.date().to_string() == value(&values, "day"));
    let list = options(that_day.map(|at| {
        let text = at.strftime("%H.%M").to_string();
        (at.strftime("%H:%M").to_string(), text)
    }));
    let kept = carried(&values);
    page(
        "At what hour?",
        &format!(
            "<form action=/rooms/contact>{kept}<label>From <select name=hour>{list}</select></label> \
             o'clock <input type=submit value=\"Go on\"></form>"
        ),
    )
}

async fn contact(Query(values): Query<Values>) -> Html<String> {
    page("Who is asking?", &contact_form(&values, ""))
}

fn contact_form(values: &Values, complaint: &str) -> String {
    let mut kept = values.clone();
    kept.retain(|name, _| ["room", "day", "hour"].contains(&name.as_str()));
    let row = |name: &str, label: &str, kind: &str| {
        let old = escaped(value(values, name));
        format!(
            "<tr><td><label for={name}>{label}</label><td>\
             <input id={name} name={name} type={kind} value=\"{old}\"></tr>"
        )
    };
    format!(
        "<p role=alert><b>{complaint}</b></p><form method=post action=/rooms/summary>{}<table>{}{}{}{}\
         </table><p><input type=submit value=\"Proceed to summary\"></form>",
        carried(&kept),
        row("person", "Contact person", "text"),
        row("mail", "Electronic mail", "email"),
        row("tel", "Daytime telephone", "tel"),
        row("purpose", "Purpose", "text"),
    )
}

async fn summary(Form(values): Form<Values>) -> Html<String> {
    if !value(&values, "mail").contains('@') || value(&values, "person").is_empty() {
        let form = contact_form(&values, "Please give a contact person and an address.");
        return page("Who is asking?", &form);
    }
    let rows = ["room", "day", "hour", "person", "mail", "purpose"]
        .map(|name| format!("<tr><th>{name}<td>{}</tr>", escaped(value(&values, name))));
    let kept = carried(&values);
    page(
        "Summary",
        &format!(
            "<table>{}</table><form method=post action=/rooms/reserve>{kept}\
             <p><button name=sure value=1>Reserve</button></form>",
            rows.concat()
        ),
    )
}

async fn reserve(State(desk): State<Arc<Desk>>, Form(values): Form<Values>) -> Response {
    let when = format!("{}T{}", value(&values, "day"), value(&values, "hour"));
    let room = value(&values, "room").to_owned();
    let open = desk.open(&room);
    let start = open
        .iter()
        .find(|at| at.strftime("%Y-%m-%dT%H:%M").to_string() == when);
    let (Some(start), true) = (start, ROOMS.iter().any(|(name, _)| *name == room)) else {
        let sorry = page(
            "Not available",
            "<p>Someone was faster. <a href=/rooms>Try again</a>",
        );
        return (StatusCode::CONFLICT, sorry).into_response();
    };
    let reservation = {
        let mut all = desk.reservations.lock().unwrap();
        let reservation = Reservation {
            number: format!("EH-{}", 4100 + all.len()),
            room,
            start: start.clone(),
            contact: value(&values, "person").to_owned(),
            email: value(&values, "mail").to_owned(),
            purpose: value(&values, "purpose").to_owned(),
        };
        all.push(reservation.clone());
        reservation
    };
    confirm(&desk, &reservation);
    let said = start.strftime("%A, %-d %B %Y at %H.%M").to_string();
    let (number, room) = (&reservation.number, escaped(&reservation.room));
    page(
        "Reserved",
        &format!("<p>Your reservation is noted under <b>{number}</b>: {room}, {said}.</p>"),
    )
    .into_response()
}

fn confirm(desk: &Desk, reservation: &Reservation) {
    let Reservation {
        number,
        room,
        start,
        email,
        ..
    } = reservation;
    let date = desk.now.strftime("%a, %-d %b %Y %H:%M:%S %z").to_string();
    let said = start.strftime("%A, %-d %B %Y at %H.%M").to_string();
    let mail = format!(
        "From: Eastmere Town Hall <hall@eastmere.example>\r\nTo: <{email}>\r\n\
         Subject: Reservation {number}\r\nDate: {date}\r\nMessage-ID: <{number}@eastmere.example>\r\n\
         \r\nWe have reserved the {room} for you on {said}.\r\n"
    );
    let place = Place {
        folder: "",
        flags: "",
        delivered: desk.now.timestamp(),
        unique: number,
    };
    deliver(&desk.mail, place, mail.as_bytes()).unwrap();
}

#[tokio::test]
async fn a_room_is_reserved_once_and_confirmed_by_mail() {
    let folder = tempfile::tempdir().unwrap();
    legwork::world::maildir::make(folder.path()).unwrap();
    let start: ZonedDateTime = "2026-12-01T14:00:00+00:00[Europe/London]".parse().unwrap();
    let now: ZonedDateTime = "2026-11-23T10:00:00+00:00[Europe/London]".parse().unwrap();
    let hall = Hall::serve(vec![start.clone()], folder.path().to_owned(), now).await;
    let client = reqwest::Client::new();
    let get = async |path: &str| -> String {
        let url = format!("{}{path}", hall.url());
        client.get(url).send().await.unwrap().text().await.unwrap()
    };
    assert!(get("rooms").await.contains("Choose Oak Room"));
    assert!(
        get("rooms/day?room=Oak+Room")
            .await
            .contains("Tue 1 Dec 2026")
    );
    assert!(
        get("rooms/hour?room=Oak+Room&day=2026-12-01")
            .await
            .contains("14.00")
    );
    let form =
        "room=Oak+Room&day=2026-12-01&hour=14:00&person=Ada+Byron&mail=ada@x.example&purpose=chess";
    let send = async |path: &str| {
        let url = format!("{}{path}", hall.url());
        let post = client
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded");
        post.body(form).send().await.unwrap()
    };
    let summary = send("rooms/summary").await.text().await.unwrap();
    assert!(summary.contains(">Reserve<") && summary.contains("Ada Byron"));
    assert_eq!(hall.reservations(), Vec::new());
    let done = send("rooms/reserve").await.text().await.unwrap();
    assert!(done.contains("noted under <b>EH-4100</b>"), "{done}");
    assert_eq!(send("rooms/reserve").await.status(), 409);
    let kept = hall.reservations();
    assert_eq!(
        (kept.len(), &kept[0].start, kept[0].contact.as_str()),
        (1, &start, "Ada Byron")
    );
    let mails = std::fs::read_dir(folder.path().join("new")).unwrap();
    assert_eq!(mails.count(), 1);
}
