//! Reports of browsers: what the log has of them. Everyone can send one.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    TestHub,
    log::{EVERYTHING, listen, logged},
    samples::session,
};

const SECRET: &str = "4f8f5f33-6196-40c0-a248-6dbb3affa048";

/// The lines of reports with this text as what was blocked.
fn lines(blocked: &str) -> Vec<Value> {
    let fields = logged().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect::<Vec<_>>();
    let is_report = |line: &Value| line["fields"]["message"] == "a page broke its policy";
    fields.into_iter().filter(|line| is_report(line) && line["fields"]["blocked"] == blocked).collect()
}

async fn report(hub: &TestHub, body: Vec<u8>) {
    hub.merchant.send_with(Method::POST, "/checkout/reports", &[], Some(body)).await.unwrap().assert_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_one_line_of_a_directive_and_an_origin() {
    listen(EVERYTHING);
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let page = format!("https://pay.example/pay/{}#{SECRET}", order.id);
    let old = json!({"csp-report": {
        "document-uri": page, "effective-directive": "script-src-elem", "violated-directive": "script-src",
        "blocked-uri": format!("https://evil.example:8443/a?key={SECRET}"), "script-sample": SECRET,
    }});
    report(&hub, old.to_string().into_bytes()).await;
    let new = |directive: &str, blocked: &str| {
        let body =
            json!({"effectiveDirective": directive, "blockedURL": blocked, "documentURL": page, "sample": SECRET});
        let one = json!({"age": 1, "type": "csp-violation", "url": page, "user_agent": SECRET, "body": body});
        json!([one]).to_string().into_bytes()
    };
    report(&hub, new("connect-src", "wss://other.example/x")).await;
    report(&hub, new("style-src-attr", "inline")).await;
    for (blocked, directive) in [
        ("https://evil.example:8443", "script-src-elem"),
        ("wss://other.example", "connect-src"),
        ("inline", "style-src-attr"),
    ] {
        let lines = lines(blocked);
        assert_eq!(lines.len(), 1, "{blocked}");
        let expected = json!({"message": "a page broke its policy", "directive": directive, "blocked": blocked});
        assert_eq!((&lines[0]["fields"], &lines[0]["level"]), (&expected, &json!("WARN")));
    }
    assert!(!logged().contains(SECRET));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_list_the_first_ten_reports_are_a_line_each() {
    listen(EVERYTHING);
    let hub = TestHub::build().await;
    let address = |number: usize| format!("https://part-{number}.example");
    let report_of = |number: usize| {
        let directive = if number.is_multiple_of(2) { "connect-src" } else { "img-src" };
        json!({"body": {"effectiveDirective": directive, "blockedURL": format!("{}/x", address(number))}})
    };
    let mut list = vec![json!({"body": {"effectiveDirective": "no-such-directive"}}), json!(1)];
    list.extend((0..12).map(report_of));
    report(&hub, Value::from(list).to_string().into_bytes()).await;
    let counted: Vec<usize> = (0..12).map(|number| lines(&address(number)).len()).collect();
    assert_eq!(counted, [[1; 10].as_slice(), &[0; 2]].concat());
    assert_eq!(lines(&address(3))[0]["fields"]["directive"], "img-src");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_script_stole_is_in_no_line() {
    listen(EVERYTHING);
    let hub = TestHub::build().await;
    let before = lines("other").len();
    let stolen = [
        "https://4929564637987814.evil.example/",
        "https://4929.5646.3798.7814.evil.example",
        &format!("https://{SECRET}.evil.example/"),
        &format!("https://user:{SECRET}@evil.example/"),
        "chrome-extension://abcdefghijklmnop/x.js",
        "https://evil.example\"}\n{\"alarm\":\"x",
        "javascript:alert(1)",
        "",
    ];
    for blocked in stolen {
        let body = json!({"csp-report": {"effective-directive": "connect-src", "blocked-uri": blocked}});
        report(&hub, body.to_string().into_bytes()).await;
    }
    assert_eq!(lines("other").len() - before, stolen.len());
    let log = logged();
    assert!(!["4929564637987814", "4929.5646", SECRET, "abcdefghijklmnop"].iter().any(|text| log.contains(text)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_report_is_taken_and_not_logged() {
    listen(EVERYTHING);
    let hub = TestHub::build().await;
    let count = || logged().lines().filter(|line| line.contains("a page broke its policy")).count();
    let before = count();
    let unknown = |directive: Value| json!({"csp-report": {"effective-directive": directive, "blocked-uri": "inline"}});
    for body in [
        b"".to_vec(),
        b"\xff".to_vec(),
        b"[]".to_vec(),
        b"[1]".to_vec(),
        b"\"text\"".to_vec(),
        json!({"csp-report": "script-src"}).to_string().into_bytes(),
        unknown(json!("no-such-directive")).to_string().into_bytes(),
        unknown(json!(1)).to_string().into_bytes(),
        unknown(json!(format!("script-src{SECRET}"))).to_string().into_bytes(),
        vec![b'['; 300 * 1024],
    ] {
        report(&hub, body).await;
    }
    assert_eq!(count(), before);
    hub.merchant.get("/checkout/reports").await.assert_status(404);
}
