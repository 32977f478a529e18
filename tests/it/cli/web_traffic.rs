//! `legwork web console|errors|requests|har|mock|block` as a person uses them.

use serde_json::Value;

use super::web::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_on_the_page_is_looked_up_without_leaving_a_step() {
    let desk = Desk::new().await;
    desk.open("traffic.html");
    let console = desk.good(&["console"]);
    assert!(console.starts_with("info      loaded 7 "), "{console}");
    assert!(desk.good(&["errors"]).contains("404"), "{console}");
    let list = desk.good(&["requests"]);
    assert!(list.contains("GET  404     http://127.0.0.1:"), "{list}");
    let list: Value = serde_json::from_str(&desk.good(&["requests", "--json"])).unwrap();
    let number = list["requests"][0]["number"].to_string();
    let one = desk.good(&["requests", &number]);
    assert!(
        one.contains("\nanswer\n") && one.contains("<h1>Traffic</h1>"),
        "{one}"
    );
    let none = desk.web(&["requests", "9999"]);
    assert_eq!(
        (none.code, none.stderr.as_str()),
        (2, "error: there is no request 9999\n")
    );
    let file = desk.env.home().join("page.har");
    desk.good(&["har", file.to_str().unwrap(), "--bodies"]);
    let har: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(har["log"]["version"], "1.2");
    let run = desk.env.run(&["journal", "show", "last", "--json"]).stdout;
    let run: Value = serde_json::from_str(&run).unwrap();
    assert_eq!(run["steps"].as_array().unwrap().len(), 1, "{run:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_set_listed_and_cleared_and_stand_in_the_journal() {
    let desk = Desk::new().await;
    desk.open("traffic.html");
    desk.good(&["block", "missing.js"]);
    let listed = desk.good(&["mock", "/late", "--body", "{\"a\":1}"]);
    assert_eq!(
        listed,
        "block requests to *missing.js*  (0 so far)\n\
         answer requests to */late* with your own 200  (0 so far)\n"
    );
    let call = desk.find("Call");
    let called = desk.good(&["click", &call]);
    assert!(
        called.contains("200 {\"a\":1}") || called.contains("{\\\"a\\\":1}"),
        "{called}"
    );
    let run = desk.env.run(&["journal", "show", "last", "--json"]).stdout;
    let run: Value = serde_json::from_str(&run).unwrap();
    let grant = run["run"]["grant"].to_string();
    assert!(
        grant.contains("answer requests to */late* with your own 200"),
        "{grant}"
    );
    let cleared = desk.web(&["block", "--clear"]);
    assert_eq!(cleared.stderr, "there are no rules\n");
    for (words, code) in [
        (&["block"][..], 2),
        (&["block", ""], 2),
        (&["mock", "x", "--status", "99"], 2),
        (&["mock", "x", "--file", "/nonexistent"], 2),
        (&["requests", "--secrets"], 2),
    ] {
        let ran = desk.web(words);
        assert_eq!(ran.code, code, "{words:?}: {}{}", ran.stdout, ran.stderr);
    }
}
