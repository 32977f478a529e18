//! Static pages by HTTP, without a browser.

use legwork::action::{Outcome, Output};
use legwork::browser::fetch;

use super::limit;
use super::site::Site;

async fn get(url: &str) -> Outcome {
    fetch(url, &limit()).await.unwrap()
}

#[tokio::test]
async fn a_static_page_brings_text_and_links() {
    let site = Site::start().await;
    let page = get(&site.url("moved")).await;
    assert!(page.is_done(), "{page:?}");
    let Output::Text(text) = page.output else {
        panic!("{:?}", page.output);
    };
    assert!(
        text.contains("Basic page") && text.contains("Hello there, reader."),
        "{text}"
    );
    assert!(
        text.contains(&format!("Forms <{}>", site.url("forms.html"))),
        "{text}"
    );
    assert!(!text.contains("addEventListener"));
}

#[tokio::test]
async fn what_can_not_be_fetched_is_explained() {
    let site = Site::start().await;
    let table = [
        (
            "file:///etc/passwd".to_owned(),
            "is not a http or https address",
        ),
        (site.url("loop"), "redirects more than 5 times"),
        (
            site.url("file"),
            "it is no text but application/octet-stream",
        ),
        (site.url("missing.html"), "answered 404"),
        ("http://127.0.0.1:1/".to_owned(), "can't be reached"),
    ];
    for (url, words) in table {
        let outcome = get(&url).await;
        assert!(
            !outcome.is_done() && outcome.summary.contains(words),
            "{url}: {outcome:?}"
        );
    }
}
