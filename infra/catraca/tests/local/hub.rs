//! The hub on one machine, in this process.

use std::{collections::BTreeSet, os::unix::fs::PermissionsExt, path::PathBuf};

use crate::support::{Answer, call, keys};
use aws_local::{
    folder::Folder,
    template::{TEXT, Template},
};
use catraca::local::{FUNCTIONS, Options, Place, Running, StartError};
use domain::time::Timestamp;
use flows::provider::stand_in::StandIns;
use serde_json::json;

pub(crate) async fn start(place: Place) -> Result<Running, StartError> {
    Running::start(Options { port: 0, place, sandbox_bank: None, stand_ins: StandIns::default(), public_url: None })
        .await
}

/// Calls the hub without blocking its threads.
pub(crate) async fn ask(hub: &Running, method: &'static str, path: &str, headers: &str, body: &str) -> Answer {
    let (url, path, headers, body) = (hub.url(), path.to_owned(), headers.to_owned(), body.to_owned());
    tokio::task::spawn_blocking(move || call(&url, method, &path, &headers, &body)).await.unwrap()
}

pub(crate) fn own_keys(hub: &Running) -> String {
    keys(hub.account.client, hub.account.secret_key.reveal())
}

#[test]
fn the_template_routes_to_each_function_the_routes_that_it_answers() {
    let template = Template::parse(TEXT).unwrap();
    let planned: BTreeSet<(String, String)> = template
        .routes
        .iter()
        .map(|route| (route.function.name.clone(), format!("{} {}", route.method, route.path)))
        .collect();
    let answered = FUNCTIONS
        .iter()
        .flat_map(|(name, table)| table.routes.iter().map(|route| ((*name).to_owned(), route.key.to_string())))
        .collect();
    assert_eq!(planned, answered);
    assert_eq!(template.fallback.name, "not-found");
}

#[test]
fn the_template_gives_the_public_address_to_each_function_that_needs_it() {
    let needing: BTreeSet<&str> =
        FUNCTIONS.iter().filter(|(_, table)| table.needs_public_url).map(|(name, _)| *name).collect();
    // This one answers no request: the events that it delivers hold addresses of the hub.
    let needing: BTreeSet<&str> = needing.into_iter().chain(["webhook-deliver"]).collect();
    let functions = TEXT.split("CodeUri: functions/").skip(1);
    let given: BTreeSet<&str> =
        functions.filter(|text| text.contains("HUB_PUBLIC_URL:")).filter_map(|text| text.lines().next()).collect();
    assert_eq!(needing, given);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_reaches_its_function_and_no_function_answers_without_a_key() {
    let hub = start(Place::Memory).await.unwrap();
    // A logo and the picture of a product need no key; the path of an image and of a provider's call proves itself.
    let open = |path: &str| {
        let is_shown = ["/v1/settings/logo/", "/client/assets/"].iter().any(|start| path.starts_with(start));
        is_shown || path.starts_with("/v1/callbacks/") || path.contains("/image/")
    };
    for route in Template::parse(TEXT).unwrap().routes {
        let method: &'static str =
            ["GET", "HEAD", "POST", "PATCH", "DELETE"].into_iter().find(|known| *known == route.method).unwrap();
        let path = named(&route.path);
        let answer = ask(&hub, method, &path, "origin: https://a.example\r\n", "").await;
        assert!(answer.head.contains("access-control-allow-origin: *"), "{}", answer.head);
        if open(&path) {
            assert_eq!(answer.status, 404, "{route:?}");
        } else if route.function.name == "checkout" && !path.starts_with("/v1/") {
            assert!([200, 204, 404].contains(&answer.status), "{route:?}"); // a page shows no key
        } else if route.function.name == "worldline" {
            assert_eq!((answer.status, &answer.body["errors"][0]["code"]), (403, &json!("9002")), "{route:?}");
        } else {
            assert_eq!((answer.status, &answer.body), (403, &json!({"message": "Forbidden"})), "{route:?}");
        }
    }
    assert_eq!(ask(&hub, "GET", "/nowhere", "", "").await.status, 404);
    assert_eq!(ask(&hub, "POST", "/_local/clock", "", r#"{"advanceSeconds":1}"#).await.status, 403);
    hub.stop().await;
}

/// A route's path with an unknown id in place of every parameter.
fn named(path: &str) -> String {
    let unknown = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { unknown } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_account_is_made_once_and_opens_the_hub_after_every_start() {
    let scratch = Folder::in_memory().unwrap();
    let place = Place::Folder(scratch.file("data"));
    let hub = start(place.clone()).await.unwrap();
    assert!(hub.is_first_start);
    for file in std::fs::read_dir(hub.folder()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{file:?}");
    }
    let keys = own_keys(&hub);
    let charge = ask(&hub, "POST", "/v1/charges", &keys, &card_payment(&hub, 1500)).await;
    assert_eq!((charge.status, &charge.body["status"]), (201, &json!("authorized")), "{}", charge.body);
    hub.stop().await;

    let hub = start(place).await.unwrap();
    assert!(!hub.is_first_start);
    assert_eq!(own_keys(&hub), keys);
    let path = format!("/v1/charges/{}", charge.body["id"].as_str().unwrap());
    assert_eq!(ask(&hub, "GET", &path, &keys, "").await.status, 200);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_names_a_merchant_that_is_not_deleted_or_none() {
    let scratch = Folder::in_memory().unwrap();
    let place = Place::Folder(scratch.file("data"));
    let hub = start(place.clone()).await.unwrap();
    let (keys, first) = (own_keys(&hub), hub.account.merchant.unwrap());
    let made = ask(
        &hub,
        "POST",
        "/v1/merchants",
        &keys,
        r#"{"mcc":"5912","providers":[{"name":"ADYEN","credentials":{"type":"sandbox"}}]}"#,
    )
    .await;
    let made = made.body["id"].as_str().unwrap().to_owned();
    hub.stop().await;
    for (deleted, expected) in
        [(None, Some(first.to_string())), (Some(first.to_string()), Some(made.clone())), (Some(made), None)]
    {
        if let Some(id) = deleted {
            let hub = start(place.clone()).await.unwrap();
            assert_eq!(ask(&hub, "DELETE", &format!("/v1/merchants/{id}"), &keys, "").await.status, 204);
            hub.stop().await;
        }
        let hub = start(place.clone()).await.unwrap();
        assert_eq!(hub.account.merchant.map(|id| id.to_string()), expected);
        hub.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_its_database_is_not_replaced() {
    let scratch = Folder::in_memory().unwrap();
    let place = Place::Folder(scratch.file("data"));
    start(place.clone()).await.unwrap().stop().await;
    let (database, account) = (scratch.file("data").join("hub.db"), scratch.file("data").join("account.json"));
    let (whole, kept) = (std::fs::read(&database).unwrap(), std::fs::read(&account).unwrap());
    std::fs::remove_file(&database).unwrap();
    let text = |refused: Result<Running, StartError>| refused.err().unwrap().to_string();
    let missing = format!(
        "there is no hub.db in {}, and account.json belongs to one; nothing was done. Restore hub.db, or name a new folder",
        scratch.file("data").display()
    );
    assert_eq!(text(start(place.clone()).await), missing);
    assert!(!database.exists());
    let garbage = "is no database of the hub; nothing was changed. Restore it from a backup, or name a new folder";
    for bytes in ["", "no database"] {
        std::fs::write(&database, bytes).unwrap();
        assert_eq!(text(start(place.clone()).await), format!("{} {garbage}", database.display()));
        assert_eq!(std::fs::read(&database).unwrap(), bytes.as_bytes());
    }
    assert_eq!(std::fs::read(&account).unwrap(), kept);
    std::fs::write(&database, whole).unwrap();
    let hub = start(place).await.unwrap();
    assert!(!hub.is_first_start);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_at_the_start_is_one_line() {
    let scratch = Folder::in_memory().unwrap();
    let place = Place::Folder(scratch.file("data"));
    let hub = start(place.clone()).await.unwrap();
    let port = hub.url().rsplit(':').next().unwrap().parse().unwrap();

    let text = |refused: Result<Running, StartError>| refused.err().unwrap().to_string();
    let busy_port = Running::start(Options {
        port,
        place: Place::Memory,
        sandbox_bank: None,
        stand_ins: StandIns::default(),
        public_url: None,
    })
    .await;
    assert_eq!(
        text(busy_port),
        format!("port {port} is in use; choose another with --port, or 0 for any that is free")
    );
    let busy_folder = text(start(place.clone()).await);
    assert!(busy_folder.starts_with("a hub is running on the folder "), "{busy_folder}");
    hub.stop().await;

    std::fs::write(scratch.file("data").join("account.json"), "{}").unwrap();
    assert!(text(start(place.clone()).await).ends_with("account.json cannot be used: it holds no account"));
    let key = scratch.file("data").join("master.key");
    let opening = format!("the hub's own secrets in {} cannot be opened: ", scratch.file("data").display());
    std::fs::remove_file(&key).unwrap();
    let no_key = text(start(place.clone()).await);
    assert_eq!(
        no_key,
        format!("{opening}there is no master.key; nothing was changed. Restore it, or name a new folder")
    );
    assert!(!key.exists(), "a new key would open nothing");
    seal::KeyService::file(&key).unwrap();
    let other_key = text(start(place).await);
    let expected =
        "master.key is not the one that belongs to hub.db; nothing was changed. Restore it, or name a new folder";
    assert_eq!(other_key, format!("{opening}{expected}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_in_memory_leaves_no_files() {
    let hub = start(Place::Memory).await.unwrap();
    let folder: PathBuf = hub.folder().to_owned();
    assert!(folder.join("hub.db").exists());
    hub.stop().await;
    assert!(!folder.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_the_clock_settles_what_became_due_before_it_answers() {
    let hub = start(Place::Memory).await.unwrap();
    let keys = own_keys(&hub);
    // The sandbox loses the answer to this amount, and answers a query with an approval.
    let charge = ask(&hub, "POST", "/v1/charges", &keys, &card_payment(&hub, 992)).await;
    assert_eq!((charge.status, &charge.body["status"]), (201, &json!("pending")), "{}", charge.body);
    let moved = ask(&hub, "POST", "/_local/clock", &keys, r#"{"advanceSeconds":3600}"#).await;
    let now: Timestamp = moved.body["now"].as_str().unwrap().parse().unwrap();
    let created: Timestamp = charge.body["createdAt"].as_str().unwrap().parse().unwrap();
    assert!(now.since(created).as_secs() >= 3600, "{moved:?}");
    let path = format!("/v1/charges/{}", charge.body["id"].as_str().unwrap());
    assert_eq!(ask(&hub, "GET", &path, &keys, "").await.body["status"], "authorized");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_never_goes_back_and_takes_only_whole_seconds() {
    let scratch = Folder::in_memory().unwrap();
    let place = Place::Folder(scratch.file("data"));
    let hub = start(place.clone()).await.unwrap();
    let keys = own_keys(&hub);
    for body in ["{}", r#"{"advanceSeconds":-1}"#, r#"{"advanceSeconds":1.5}"#, r#"{"advanceSeconds":"9"}"#] {
        assert_eq!(ask(&hub, "POST", "/_local/clock", &keys, body).await.status, 400, "{body}");
    }
    assert_eq!(hub.seconds_ahead().await, 0);
    for body in [r#"{"advanceSeconds":50}"#, r#"{"advanceSeconds":50.0}"#] {
        assert_eq!(ask(&hub, "POST", "/_local/clock", &keys, body).await.status, 200, "{body}");
    }
    hub.stop().await;
    let hub = start(place).await.unwrap();
    assert_eq!(hub.seconds_ahead().await, 100);
    hub.stop().await;
}

pub(crate) fn card_payment(hub: &Running, amount: u64) -> String {
    json!({
        "merchantId": hub.account.merchant, "amount": amount, "capture": true,
        "paymentMethod": {"paymentType": "credit", "installments": 1},
        "paymentSource": {"sourceType": "card", "card": {
            "cardNumber": "4929564637987814", "cardCvv": "321",
            "cardExpirationDate": "12/2031", "cardHolderName": "MARIA SILVA",
        }},
    })
    .to_string()
}
