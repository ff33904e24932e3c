//! A hub that is started.

use std::{collections::HashSet, fs};

use super::{Hub, caller, payment, run, variables};
use crate::{
    receiver::Receiver,
    support::{call, keys},
};
use aws_local::folder::Folder;
use serde_json::{Value, json};

#[test]
fn the_payment_in_the_greeting_is_approved() {
    let scratch = Folder::in_memory().unwrap();
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let variables = variables(&scratch.file("hub.env"));
    let greeting = hub.end("INT");
    assert!(greeting.contains(&variables["HUB_SECRET_KEY"]), "{greeting}");
    assert!(greeting.contains(&format!("curl {}/v1/charges", variables["HUB_URL"])), "{greeting}");
    assert!(greeting.contains("--env-file FILE") && greeting.contains("Worldline's API"), "{greeting}");
    let body = greeting.split("-d '").nth(1).unwrap().split("}'").next().unwrap().to_owned() + "}";

    let hub = Hub::start(&["--port", "0", "--env-file", "again.env"], scratch.path());
    let again = self::variables(&scratch.file("again.env"));
    let sender = keys(&again["HUB_CLIENT_ID"], &again["HUB_SECRET_KEY"]);
    let charge = call(&again["HUB_URL"], "POST", "/v1/charges", &sender, &body);
    assert_eq!((charge.status, &charge.body["status"]), (201, &Value::from("authorized")), "{}", charge.body);
    // The key of the first start still opens the hub, and is not printed again.
    assert_eq!(again["HUB_SECRET_KEY"], variables["HUB_SECRET_KEY"]);
    assert!(!hub.end("TERM").contains(&variables["HUB_SECRET_KEY"]));
}

#[test]
fn the_greeting_says_what_to_do_where_every_merchant_is_deleted() {
    let scratch = Folder::in_memory().unwrap();
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let file = scratch.file("hub.env");
    let merchant = variables(&file)["HUB_MERCHANT_ID"].clone();
    assert_eq!(caller(&file)("DELETE", &format!("/v1/merchants/{merchant}"), &Value::Null).status, 204);
    hub.end("TERM");
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    assert_eq!(variables(&file)["HUB_MERCHANT_ID"], "");
    let greeting = hub.end("TERM");
    let expected = "merchant id  none: every merchant of the account is deleted. POST /v1/merchants makes one\n";
    assert!(greeting.contains(expected) && !greeting.contains(&merchant), "{greeting}");
}

#[test]
fn any_start_removes_what_a_killed_hub_kept_in_memory() {
    let scratch = Folder::in_memory().unwrap();
    let killed = Hub::start(&["--port", "0", "--memory"], scratch.path());
    let open = format!("/proc/{}/fd", killed.process.id());
    let mut files = fs::read_dir(open).unwrap().filter_map(|file| fs::read_link(file.unwrap().path()).ok());
    let folder = files.find(|file| file.ends_with("hub.db")).unwrap().parent().unwrap().to_owned();
    drop(killed);
    // Tests beside this one start hubs too, which may have removed it.
    Hub::start(&["--port", "0", "--data", "data"], scratch.path()).end("TERM");
    assert!(!folder.exists(), "{}", folder.display());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_killed_delivers_every_event_after_its_next_start() {
    let scratch = Folder::in_memory().unwrap();
    let endpoint = Receiver::open(&[]).await;
    let file = scratch.file("hub.env");
    let mut hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let order = json!({"event": "transaction.authorized", "endpoint": endpoint.url()});
    assert_eq!(caller(&file)("POST", "/v1/webhooks", &order).status, 201);
    let mut paid = Vec::new();
    for _ in 0..4 {
        let charge = caller(&file)("POST", "/v1/charges", &payment(&file));
        // SIGKILL, as soon as it is answered: all, some or none of its events may be delivered.
        hub.process.kill().unwrap();
        paid.push(charge.body["id"].clone());
        drop(hub);
        std::fs::remove_file(&file).unwrap();
        hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    }
    // Long enough that what was under way at a SIGKILL is due again.
    assert_eq!(caller(&file)("POST", "/_local/clock", &json!({"advanceSeconds": 600})).status, 200);
    let delivered: HashSet<Value> = endpoint.calls().iter().map(|call| call.json()["payload"]["id"].clone()).collect();
    assert_eq!(delivered, paid.into_iter().collect());
    hub.end("TERM");
}

#[test]
fn the_gateway_has_the_only_port() {
    let scratch = Folder::in_memory().unwrap();
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let url = variables(&scratch.file("hub.env"))["HUB_URL"].clone();
    let ports: Vec<String> = hub.ports().iter().map(|port| format!("http://127.0.0.1:{port}")).collect();
    assert_eq!(ports, [url]);
}

#[test]
fn a_public_address_with_a_path_is_refused_before_anything_starts() {
    let scratch = Folder::in_memory().unwrap();
    let refused = run(&["--port", "0", "--data", "shop", "--public-url", "https://pay.example/v1"], scratch.path());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("a public address is http or https, without user, path and query"), "{said}");
    assert!(!scratch.file("shop").exists());
}

#[test]
fn a_bank_that_is_no_address_is_refused_before_anything_starts() {
    let scratch = Folder::in_memory().unwrap();
    let id = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    for bank in ["nonsense", "", "localhost:8099", "ftp://127.0.0.1", "http://"] {
        for command in
            [&["--port", "0"][..], &["charge", "apply", id], &["charge", "settle", id, "--request", "1", "approved"]]
        {
            let refused = run(&[command, &["--data", "shop", "--sandbox-bank", bank]].concat(), scratch.path());
            let said = String::from_utf8(refused.stderr).unwrap();
            assert_eq!(refused.status.code(), Some(2), "{said}");
            let expected = "must be an http or https address, such as http://127.0.0.1:8099";
            assert!(said.contains(expected) || bank.is_empty() && said.contains("a value is required"), "{said}");
        }
    }
    assert!(!scratch.file("shop").exists());
}

#[test]
fn a_stand_in_that_is_no_server_is_refused_before_anything_starts() {
    let scratch = Folder::in_memory().unwrap();
    let url = "needs an http address on loopback, or an https one, without user, path and query";
    for (options, expected) in [
        (&["--provider-url", "http://127.0.0.1:8099"][..], "must be PROVIDER=URL"),
        (&["--provider-url", "NOBANK=http://127.0.0.1:8099"], "names no provider that the hub knows"),
        (&["--provider-url", "BB=http://bank.example"], url),
        (&["--provider-url", "BB=http://127.0.0.1:8099/pix"], url),
        (
            &["--provider-ca", concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/edge/src/amazon_roots.pem")],
            "required",
        ),
        (&["--provider-url", "BB=https://127.0.0.1:1", "--provider-ca", "none.pem"], "No such file"),
    ] {
        let refused = run(&[&["--port", "0", "--data", "shop"], options].concat(), scratch.path());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{said}");
    }
    let twice = ["--port", "0", "--data", "shop", "--provider-url", "BB=http://127.0.0.1:1"];
    let refused = run(&[&twice[..], &twice[4..]].concat(), scratch.path());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("BB has two servers that stand in for it"), "{said}");
    assert!(!scratch.file("shop").exists());
}

#[test]
fn a_command_that_needs_a_hub_makes_none() {
    let scratch = Folder::in_memory().unwrap();
    let id = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    fs::create_dir(scratch.file("empty")).unwrap();
    for folder in ["nowhere", "empty"] {
        for command in [
            &["charge", "settle", id, "--request", "1", "approved"][..],
            &["charge", "apply", id],
            &["events", "replay", "--since", "2026-01-01T00:00:00Z"],
            &["client", "rotate-key", "--client", id],
        ] {
            let refused = run(&[command, &["--data", folder]].concat(), scratch.path());
            let said = String::from_utf8(refused.stderr).unwrap();
            let expected =
                format!("catraca: there is no hub in {folder}; nothing was done. Name its folder with --data\n");
            assert_eq!((refused.status.code(), said), (Some(1), expected), "{command:?}");
        }
    }
    assert!(!scratch.file("nowhere").exists());
    assert_eq!(fs::read_dir(scratch.file("empty")).unwrap().count(), 0);
}

#[test]
fn an_error_at_the_start_is_one_line_and_a_failure() {
    let scratch = Folder::in_memory().unwrap();
    fs::write(scratch.file("file"), "").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, expected) in [
        (vec!["--memory", "--port", &port], "is in use"),
        (vec!["--port", "0", "--data", "file"], "the folder file cannot be used"),
        (vec!["--memory", "--port", "0", "--env-file", "none/hub.env"], "none/hub.env cannot be written"),
    ] {
        let refused = run(&arguments, scratch.path());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.starts_with("catraca: ") && said.contains(expected) && said.lines().count() == 1, "{said}");
        assert!(refused.stdout.is_empty());
    }
}
