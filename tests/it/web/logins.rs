//! Login states carried from one browser to another.

use legwork::action::{Action, Open};

use super::{Rig, limit};

#[tokio::test]
async fn a_login_is_carried_with_cookies_and_storage_and_no_site_hears_of_it() {
    let mut rig = Rig::start().await;
    rig.open("enter").await;
    rig.click("button", "Log in").await;
    // Another origin, so that the first one's storage is read without a page of it.
    let other = rig.site.url("login.html").replace("127.0.0.1", "localhost");
    rig.act(Action::Open(Open { url: other })).await;
    let mut state = rig.browser.login_state(|_| true, &limit()).await.unwrap();
    let own = rig
        .site
        .url("")
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let theirs = state.take_for(std::slice::from_ref(&own));
    assert_eq!(
        (theirs.cookies.len(), theirs.origins.len()),
        (1, 1),
        "{theirs:?}"
    );
    assert!(theirs.cookies[0].http_only && theirs.cookies[0].expires > 0);
    let tabs = rig.look().await.tabs;
    assert_eq!(tabs.len(), 1, "{tabs:?}");
    let fresh = Rig::start().await;
    let mut rig = Rig {
        browser: fresh.browser,
        site: rig.site,
        downloads: fresh.downloads,
    };
    rig.browser.bring_login(&theirs, &limit()).await.unwrap();
    rig.open("login.html").await;
    assert!(
        rig.text().await.contains("Welcome back ada"),
        "{}",
        rig.text().await
    );
    rig.open("whoami").await;
    assert!(
        rig.text().await.contains("cookies: sid=geheim"),
        "{}",
        rig.text().await
    );
    let requests = legwork::action::ReadRequests::default();
    let log = rig.browser.requests(&requests).await.unwrap();
    let real = log
        .requests
        .iter()
        .filter(|request| request.answered_by != "rule");
    let paths: Vec<&str> = real.map(|r| r.url.rsplit('/').next().unwrap()).collect();
    assert!(!paths.contains(&""), "{paths:?}");
}

#[tokio::test]
async fn an_origin_whose_databases_are_not_saved_is_named() {
    let mut rig = Rig::on("settles.html").await;
    let without = rig.browser.login_state(|_| true, &limit()).await.unwrap();
    assert!(without.unsaved.is_empty(), "{:?}", without.unsaved);
    rig.click("button", "Soon database").await;
    let with = rig.browser.login_state(|_| true, &limit()).await.unwrap();
    let [origin] = with.unsaved.as_slice() else {
        panic!("{:?}", with.unsaved);
    };
    assert!(rig.site.url("").starts_with(origin), "{origin}");
}
