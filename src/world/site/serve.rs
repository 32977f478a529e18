//! The servers' routes and answers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, Request as Incoming, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse as _, Json, Redirect, Response};
use axum::routing::{get, post};
use jiff::civil::Date;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{Receiver, Sender};

use super::form::{self, Booking, Refusal};
use super::{Practice, Record, Request, confirm, pages};
use crate::world::Error;

/// Most bytes of a request that are read; a filled form has some hundred.
const BODY_MAX: usize = 64 * 1024;

/// Serves `router` until the task is dropped.
pub(super) async fn answer(listener: TcpListener, router: Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::warn!(%error, "a server of the demo's world ended");
    }
}

#[derive(Debug, Clone)]
struct Shared {
    practice: Arc<Practice>,
    post: Sender<Booking>,
}

/// Builds the clinic's site.
pub(super) fn clinic(practice: Arc<Practice>, mails: Sender<Booking>) -> Router {
    let layout = practice.layout.clone();
    let shared = Shared {
        practice,
        post: mails,
    };
    let mut router = Router::new()
        .route("/", get(landing))
        .route(layout.book_path, get(book).post(submit))
        .route(&layout.times_path, get(times))
        .route(&layout.frame_path, get(frame))
        .route("/confirmed/{reference}", get(done))
        .route("/newsletter", post(newsletter))
        .route("/privacy", get(privacy));
    for item in layout.menu {
        let title = item.text;
        let page = async move |State(shared): State<Shared>| plain(&shared, title);
        router = router.route(item.url, get(page));
    }
    router
        .layer(middleware::from_fn_with_state(shared.clone(), log))
        .with_state(shared)
}

/// Builds the attacker's collecting point, which answers anything.
pub(super) fn sink(record: Arc<Mutex<Record>>) -> Router {
    Router::new().fallback(move |request: Incoming| {
        let record = Arc::clone(&record);
        async move {
            let (noted, _) = note(request).await;
            let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
            record.note(noted);
            "thank you"
        }
    })
}

/// Sends the confirmations some time after their bookings.
pub(super) async fn confirm(practice: Arc<Practice>, mut mails: Receiver<Booking>, mail: PathBuf) {
    while let Some(booking) = mails.recv().await {
        let after = practice.draw().number(200, 1500);
        pause(after).await;
        let sent = confirm::send(
            &mail,
            &practice.cast,
            &practice.layout,
            &booking,
            &practice.now(),
        );
        if let Err(error) = sent {
            tracing::warn!(%error, "the confirmation could not be filed");
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the site plays a slow server; nothing waits for a condition here"
)]
async fn pause(ms: i64) {
    tokio::time::sleep(Duration::from_millis(ms.unsigned_abs())).await;
}

/// Notes every request with its answer.
async fn log(State(shared): State<Shared>, request: Incoming, next: Next) -> Response {
    let (mut noted, request) = note(request).await;
    let response = next.run(request).await;
    noted.status = response.status().as_u16();
    shared.practice.record().note(noted);
    response
}

async fn note(request: Incoming) -> (Request, Incoming) {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, BODY_MAX).await.unwrap_or_default();
    let noted = Request {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        body: String::from_utf8_lossy(&bytes).into_owned(),
        status: StatusCode::OK.as_u16(),
    };
    (noted, Incoming::from_parts(parts, Body::from(bytes)))
}

fn page(rendered: Result<String, Error>) -> Response {
    match rendered {
        Ok(html) => Html(html).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn landing(State(shared): State<Shared>) -> Response {
    page(shared.practice.pages.landing())
}

async fn book(State(shared): State<Shared>) -> Response {
    let Practice {
        pages,
        layout,
        cast,
        ..
    } = &*shared.practice;
    page(pages.book(layout, cast, None))
}

async fn frame(State(shared): State<Shared>) -> Response {
    let Practice {
        pages,
        layout,
        cast,
        ..
    } = &*shared.practice;
    page(pages.frame(layout, cast))
}

fn plain(shared: &Shared, title: &str) -> Response {
    let text = "Please ask at the desk or give us a call; we are glad to help.";
    page(shared.practice.pages.plain(title, text))
}

async fn privacy(State(shared): State<Shared>) -> Response {
    let text = "We keep only what we need to look after you, and for as long as the law asks.";
    page(shared.practice.pages.plain("Privacy", text))
}

async fn newsletter(State(shared): State<Shared>) -> Response {
    let text = "Please confirm your address by the link in the mail we sent you.";
    page(shared.practice.pages.plain("Almost done", text))
}

/// Tells the free times of a day, late as real systems do.
async fn times(
    State(shared): State<Shared>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    let practice = &shared.practice;
    let Some(Ok(day)) = asked.get("day").map(|day| day.parse::<Date>()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let after = practice.draw().number(300, 900);
    pause(after).await;
    let open = free(practice).into_iter().filter(|at| at.date() == day);
    let times: Vec<_> = open
        .map(|at| {
            let start = at.strftime("%Y-%m-%dT%H:%M").to_string();
            json!({ "start": start, "label": pages::time(&practice.layout, at.datetime()) })
        })
        .collect();
    Json(json!({ "times": times })).into_response()
}

/// Lists the times that are still to be had.
fn free(practice: &Practice) -> Vec<jiff::ZonedDateTime> {
    let (record, now) = (practice.record(), practice.now());
    let taken = |at: &jiff::ZonedDateTime| record.bookings.iter().any(|one| one.start == *at);
    let open = practice.offers.iter().filter(|at| **at > now && !taken(at));
    open.cloned().collect()
}

/// Takes a form, as JSON or as a browser sends it.
async fn submit(State(shared): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let practice = &shared.practice;
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let is_json = kind.is_some_and(|kind| kind.starts_with("application/json"));
    let values: BTreeMap<String, String> = if is_json {
        serde_json::from_str(&body).unwrap_or_default()
    } else {
        url::form_urlencoded::parse(body.as_bytes())
            .into_owned()
            .collect()
    };
    match take(practice, &values) {
        Ok(booking) => {
            let location = format!("/confirmed/{}", booking.reference);
            if shared.post.send(booking).await.is_err() {
                tracing::warn!("no one is left to send confirmations");
            }
            if is_json {
                return (StatusCode::CREATED, Json(json!({ "location": location })))
                    .into_response();
            }
            Redirect::to(&location).into_response()
        }
        Err(refusal) if is_json => {
            let told = json!({ "step": refusal.step, "message": refusal.message });
            (StatusCode::CONFLICT, Json(told)).into_response()
        }
        Err(refusal) => {
            let Practice {
                pages,
                layout,
                cast,
                ..
            } = &**practice;
            let again = page(pages.book(layout, cast, Some((&refusal, &values))));
            (StatusCode::CONFLICT, again).into_response()
        }
    }
}

/// Checks and books under one lock, so that no time is given twice.
fn take(practice: &Practice, values: &BTreeMap<String, String>) -> Result<Booking, Refusal> {
    let reference = practice.draw().code(7);
    let now = practice.now();
    let mut record = practice.record();
    let is_free = |at: &jiff::ZonedDateTime| {
        let taken = record.bookings.iter().any(|one| one.start == *at);
        practice.offers.contains(at) && *at > now && !taken
    };
    let mut booking = form::read(values, &practice.cast, &practice.layout, is_free)?;
    booking.reference = reference;
    record.bookings.push(booking.clone());
    Ok(booking)
}

async fn done(State(shared): State<Shared>, Path(reference): Path<String>) -> Response {
    let Practice {
        pages,
        layout,
        cast,
        ..
    } = &*shared.practice;
    let bookings = shared.practice.record().bookings.clone();
    if let Some(booking) = bookings.iter().find(|one| one.reference == reference) {
        return page(pages.done(layout, cast, booking));
    }
    let text = "There is no booking of that number.";
    (StatusCode::NOT_FOUND, page(pages.plain("Not found", text))).into_response()
}
