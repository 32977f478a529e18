//! A site on loopback that serves `fixtures/pages` and a few answers that need a server.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

type Seen = Arc<Mutex<Vec<String>>>;

/// A running site; dropping it ends it.
pub(crate) struct Site {
    address: SocketAddr,
    seen: Seen,
    _task: JoinSet<()>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let seen = Seen::default();
        let app = Router::new()
            .route("/late", get(late))
            .route("/submit", post(submit))
            .route("/halting", get(halting))
            .route("/never", get(never))
            .route("/drip", get(drip))
            .route("/loop", get(|| async { Redirect::to("/loop") }))
            .route("/moved", get(|| async { Redirect::to("/basic.html") }))
            .route("/file", get(file))
            .route("/enter", get(enter))
            .route("/whoami", get(whoami))
            .route("/upload", post(upload))
            .route("/picture.png", get(picture))
            .route("/tricky/{page}", get(tricky))
            .route("/{page}", get(page))
            .with_state(Arc::clone(&seen));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut task = JoinSet::new();
        task.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            address,
            seen,
            _task: task,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// Whether a page was asked for that never ends.
    pub(crate) fn was_asked(&self) -> bool {
        self.seen().contains(&"drip".to_owned())
    }

    /// Forgets what was sent so far.
    pub(crate) fn forget(&self) {
        self.seen.lock().unwrap().clear();
    }

    /// What forms sent, in order.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// Serves a fixture; `PORT` in it becomes the site's port, so that it can name other hosts.
async fn page(Path(page): Path<String>, request: axum::extract::Request) -> Response {
    fixture(&page, &request)
}

/// Serves a page that reports its own success.
async fn tricky(Path(page): Path<String>, request: axum::extract::Request) -> Response {
    fixture(&format!("tricky/{page}"), &request)
}

fn fixture(page: &str, request: &axum::extract::Request) -> Response {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/pages")
        .join(page);
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let port = host
        .and_then(|host| host.rsplit(':').next())
        .unwrap_or_default();
    match std::fs::read_to_string(file) {
        Ok(script) if std::path::Path::new(page).extension() == Some("js".as_ref()) => {
            ([(header::CONTENT_TYPE, "text/javascript")], script).into_response()
        }
        Ok(html) => Html(html.replace("PORT", port)).into_response(),
        Err(_) => (StatusCode::NOT_FOUND, Html("<h1>Not here</h1>".to_owned())).into_response(),
    }
}

/// Answers after `ms` milliseconds, as a slow server does.
async fn late(Query(query): Query<HashMap<String, String>>) -> String {
    let ms = query
        .get("ms")
        .and_then(|ms| ms.parse().ok())
        .unwrap_or(300);
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the slow server under test"
    )]
    tokio::time::sleep(Duration::from_millis(ms)).await;
    format!("late after {ms}")
}

/// Answers with its head at once, and somewhat later with the rest.
async fn halting() -> Response {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the slow server under test"
    )]
    let pause = Box::pin(tokio::time::sleep(Duration::from_millis(250)));
    Body::new(LateBody { pause: Some(pause) }).into_response()
}

/// A body that comes after a pause.
struct LateBody {
    pause: Option<std::pin::Pin<Box<tokio::time::Sleep>>>,
}

impl axum::body::HttpBody for LateBody {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        let Some(pause) = &mut self.pause else {
            return std::task::Poll::Ready(None);
        };
        std::task::ready!(pause.as_mut().poll(cx));
        self.pause = None;
        let rest = axum::body::Bytes::from_static(b"the rest");
        std::task::Poll::Ready(Some(Ok(http_body::Frame::data(rest))))
    }
}

async fn submit(State(seen): State<Seen>, Form(form): Form<Vec<(String, String)>>) -> Html<String> {
    let pairs: Vec<String> = form.iter().map(|(k, v)| format!("{k}={v}")).collect();
    seen.lock().unwrap().push(pairs.join("&"));
    Html(format!(
        "<title>Thanks</title><h1>Thank you</h1><p>{}</p>",
        pairs.join(" ")
    ))
}

/// Takes files, and says what it got.
async fn upload(State(seen): State<Seen>, body: axum::body::Bytes) -> Html<String> {
    let text = String::from_utf8_lossy(&body).into_owned();
    seen.lock().unwrap().push(text);
    Html("<title>Thanks</title><h1>Got it</h1>".to_owned())
}

/// A picture that a browser shows instead of giving it as a file.
async fn picture() -> Response {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
    ([(header::CONTENT_TYPE, "image/png")], png.to_vec()).into_response()
}

/// Never answers at all.
async fn never() -> String {
    std::future::pending().await
}

/// Sends the beginning of a page and never the rest.
async fn drip(State(seen): State<Seen>) -> Response {
    seen.lock().unwrap().push("drip".to_owned());
    let (mut writer, reader) = tokio::io::duplex(1024);
    tokio::io::AsyncWriteExt::write_all(
        &mut writer,
        b"<title>Drip</title><h1>First part</h1><button>Ready</button>",
    )
    .await
    .unwrap();
    let body = Body::new(OpenBody {
        reader,
        _writer: writer,
    });
    ([(header::CONTENT_TYPE, "text/html")], body).into_response()
}

/// A body that yields what is there and then stays open.
struct OpenBody {
    reader: tokio::io::DuplexStream,
    _writer: tokio::io::DuplexStream,
}

impl axum::body::HttpBody for OpenBody {
    type Data = axum::body::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        let mut space = [0; 256];
        let mut buffer = tokio::io::ReadBuf::new(&mut space);
        let read = std::pin::Pin::new(&mut self.reader);
        match tokio::io::AsyncRead::poll_read(read, cx, &mut buffer) {
            std::task::Poll::Ready(Ok(())) => {
                let bytes = axum::body::Bytes::copy_from_slice(buffer.filled());
                std::task::Poll::Ready(Some(Ok(http_body::Frame::data(bytes))))
            }
            std::task::Poll::Ready(Err(error)) => std::task::Poll::Ready(Some(Err(error))),
            std::task::Poll::Pending => std::task::Poll::Pending,
        }
    }
}

/// Logs whoever comes in, with a cookie that scripts can't read.
async fn enter() -> Response {
    let cookie = "sid=geheim; HttpOnly; Path=/; Max-Age=3600";
    ([(header::SET_COOKIE, cookie)], Redirect::to("/login.html")).into_response()
}

/// Says which cookies came.
async fn whoami(headers: axum::http::HeaderMap) -> Html<String> {
    let cookies = headers.get(header::COOKIE);
    let cookies = cookies.and_then(|cookies| cookies.to_str().ok());
    Html(format!("<h1>cookies: {}</h1>", cookies.unwrap_or("none")))
}

async fn file() -> Response {
    (
        [
            (header::CONTENT_TYPE, "application/octet-stream"),
            (
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"report.bin\"",
            ),
        ],
        "x".repeat(5000),
    )
        .into_response()
}
