//! `catraca listen`.

use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command},
};

use super::{Hub, caller, catraca, payment, run, variables};
use crate::{receiver::Receiver, support::call};
use aws_local::folder::Folder;
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    hmac,
    signature::{ED25519, UnparsedPublicKey},
};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn listen_forwards_every_event_unchanged_and_removes_its_endpoint() {
    let scratch = Folder::in_memory().unwrap();
    let program = Receiver::open(&[]).await;
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let (file, target) = (scratch.file("hub.env"), format!("{}/hooks", program.url()));
    let arguments = ["listen", "--forward-to", &target, "--env-file", "hub.env", "--webhook-version", "1.1"];
    let mut listening = catraca(&arguments, scratch.path()).spawn().unwrap();
    let mut said = BufReader::new(listening.stdout.take().unwrap());
    let mut heading = String::new();
    while !heading.contains("\nwhsec_") {
        assert_ne!(said.read_line(&mut heading).unwrap(), 0, "{heading}");
    }
    let charge = caller(&file)("POST", "/v1/charges", &payment(&file)).body;
    caller(&file)("POST", "/_local/clock", &json!({"advanceSeconds": 0}));

    let keys: Vec<&str> = heading.lines().skip_while(|line| !line.starts_with("-----BEGIN")).collect();
    let der = STANDARD.decode(keys[1]).unwrap();
    // The key is the last 32 bytes of its DER.
    let key = UnparsedPublicKey::new(&ED25519, der[der.len() - 32..].to_vec());
    let secret = STANDARD.decode(keys[3].strip_prefix("whsec_").unwrap()).unwrap();
    let shared = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    assert_eq!(program.calls().len(), 2);
    for call in program.calls() {
        assert_eq!((call.parts.method.as_str(), call.parts.uri.path()), ("POST", "/hooks"));
        let signed = [call.header("x-plug-date").as_bytes(), b"\n", &call.body].concat();
        assert!(key.verify(&signed, &hex::decode(call.header("x-plug-signature")).unwrap()).is_ok(), "{call:?}");
        let standard = [call.header("webhook-id"), ".", call.header("webhook-timestamp"), "."].concat();
        let mac = hmac::sign(&shared, &[standard.as_bytes(), &call.body].concat());
        let listed = format!("v1,{}", STANDARD.encode(mac));
        assert!(call.header("webhook-signature").split(' ').any(|one| one == listed), "{call:?}");
        assert_eq!(call.json()["data"]["id"], charge["id"]);
    }
    assert!(Command::new("kill").args(["-s", "INT", &listening.id().to_string()]).status().unwrap().success());
    let mut lines = String::new();
    said.read_to_string(&mut lines).unwrap();
    assert_eq!(listening.wait().unwrap().code(), Some(0));
    let mut lines: Vec<Vec<&str>> =
        lines.lines().filter(|line| !line.is_empty()).map(|line| line.split_whitespace().collect()).collect();
    lines.sort_unstable();
    let id = charge["id"].as_str().unwrap();
    assert_eq!(lines, [["transaction.authorized", id, "200"], ["transaction.pending", id, "200"]]);
    assert_eq!(caller(&file)("GET", "/v1/webhooks", &Value::Null).body["items"], json!([]));
    hub.end("TERM");
}

/// A `catraca listen` that has registered its endpoint.
fn listen(target: &str, folder: &Path) -> Child {
    let mut listening = catraca(&["listen", "--forward-to", target, "--env-file", "hub.env"], folder).spawn().unwrap();
    let mut said = BufReader::new(listening.stdout.as_mut().unwrap());
    let mut heading = String::new();
    while !heading.contains("\nwhsec_") {
        assert_ne!(said.read_line(&mut heading).unwrap(), 0, "{heading}");
    }
    listening
}

#[tokio::test(flavor = "multi_thread")]
async fn listen_removes_the_endpoints_of_a_killed_one_and_no_others() {
    let scratch = Folder::in_memory().unwrap();
    let program = Receiver::open(&[]).await;
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let file = scratch.file("hub.env");
    let ask = caller(&file);
    let own = "http://127.0.0.1:1/hooks";
    assert_eq!(ask("POST", "/v1/webhooks", &json!({"event": "*", "endpoint": own})).status, 201);
    let registered = || -> HashSet<String> {
        let listed = ask("GET", "/v1/webhooks", &Value::Null).body;
        listed["items"].as_array().unwrap().iter().map(|one| one["endpoint"].as_str().unwrap().to_owned()).collect()
    };
    let mut running = listen(program.url(), scratch.path());
    let before = registered();
    assert_eq!(before.len(), 2);
    let mut killed = listen(program.url(), scratch.path());
    let with_killed = registered();
    killed.kill().unwrap();
    killed.wait().unwrap();
    let mut last = listen(program.url(), scratch.path());
    let left = registered();
    assert!(left.is_superset(&before) && left.len() == 3, "{left:?}");
    assert_eq!(left.intersection(&with_killed).count(), 2, "{left:?}");
    for process in [&mut running, &mut last] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    hub.end("TERM");
}

#[tokio::test(flavor = "multi_thread")]
async fn listen_forwards_nothing_that_its_hub_did_not_deliver() {
    let scratch = Folder::in_memory().unwrap();
    let program = Receiver::open(&[]).await;
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let mut listening = listen(program.url(), scratch.path());
    let listed = caller(&scratch.file("hub.env"))("GET", "/v1/webhooks", &Value::Null).body;
    let endpoint = listed["items"][0]["endpoint"].as_str().unwrap();
    let (address, path) = endpoint.split_at(endpoint.find("/catraca-listen/").unwrap());
    for (method, path, expected) in [
        ("POST", "/", 404),
        ("POST", "/catraca-listen", 404),
        ("POST", "/catraca-listen/", 404),
        ("POST", &format!("{path}x"), 404),
        ("GET", path, 204),
    ] {
        let event = r#"{"event":"transaction.authorized","payload":{"id":"1"}}"#;
        assert_eq!(call(address, method, path, "", event).status, expected, "{method} {path}");
    }
    assert_eq!(program.calls().len(), 0);
    listening.kill().unwrap();
    listening.wait().unwrap();
    hub.end("TERM");
}

#[tokio::test(flavor = "multi_thread")]
async fn listen_removes_the_endpoint_of_a_killed_one_whose_port_another_program_has() {
    let scratch = Folder::in_memory().unwrap();
    let program = Receiver::open(&[]).await;
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let file = scratch.file("hub.env");
    let ask = caller(&file);
    let abandoned = format!("{}/catraca-listen/of-a-killed-one", program.url());
    assert_eq!(ask("POST", "/v1/webhooks", &json!({"event": "*", "endpoint": abandoned})).status, 201);
    let mut listening = listen(program.url(), scratch.path());
    let listed = ask("GET", "/v1/webhooks", &Value::Null).body;
    assert!(listed["items"].as_array().unwrap().len() == 1 && !listed.to_string().contains(&abandoned), "{listed}");
    listening.kill().unwrap();
    listening.wait().unwrap();
    hub.end("TERM");
}

#[test]
fn listen_prints_every_problem_of_a_refused_endpoint() {
    let scratch = Folder::in_memory().unwrap();
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let url = variables(&scratch.file("hub.env"))["HUB_URL"].clone();
    let arguments =
        ["listen", "--forward-to", "http://127.0.0.1:1/", "--env-file", "hub.env", "--webhook-version", "9"];
    let refused = run(&arguments, scratch.path());
    let said = String::from_utf8(refused.stderr).unwrap();
    let expected = format!("catraca: the hub at {url} refused the endpoint: 400 Bad Request Exception: version ");
    assert!(said.starts_with(&expected) && said.lines().count() == 1, "{said}");
    assert_eq!(refused.status.code(), Some(1));
    hub.end("TERM");
}

#[test]
fn an_error_of_listen_is_one_line_and_a_failure() {
    let scratch = Folder::in_memory().unwrap();
    fs::write(scratch.file("hub.env"), "HUB_URL=http://127.0.0.1:1\nHUB_CLIENT_ID=a\nHUB_SECRET_KEY=b\n").unwrap();
    fs::write(scratch.file("half.env"), "HUB_URL=http://127.0.0.1:1\n").unwrap();
    for (arguments, expected) in [
        (["http://127.0.0.1:1/", "--env-file", "hub.env"], "the hub at http://127.0.0.1:1 does not answer"),
        (["http://127.0.0.1:1/", "--env-file", "half.env"], "half.env cannot be used: it lacks HUB_SECRET_KEY"),
        (["http://127.0.0.1:1/", "--data", "nowhere"], "nowhere/account.json cannot be used"),
        (["the shop", "--env-file", "hub.env"], "--forward-to must be an http or https address"),
    ] {
        let refused = run(&[&["listen", "--forward-to"][..], &arguments].concat(), scratch.path());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.starts_with(&format!("catraca: {expected}")) && said.lines().count() == 1, "{said}");
    }
}
