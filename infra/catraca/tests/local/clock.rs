//! The test clock: it is shown, moved and set back.

use aws_local::folder::Folder;
use catraca::local::{Place, Running};
use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::{
    hub::{ask, card_payment, own_keys, start},
    support::Answer,
};

const CLOCK: &str = "/_local/clock";

/// Calls the clock with the secret key.
async fn clock(hub: &Running, method: &'static str, body: &Value) -> Answer {
    ask(hub, method, CLOCK, &own_keys(hub), &body.to_string()).await
}

async fn moves(hub: &Running, seconds: u64) -> Answer {
    clock(hub, "POST", &json!({"advanceSeconds": seconds})).await
}

async fn post(hub: &Running, path: &str, body: &Value) -> Value {
    let made = ask(hub, "POST", path, &own_keys(hub), &body.to_string()).await;
    assert!((200..300).contains(&made.status), "{path}: {}", made.body);
    made.body
}

fn now(answer: &Answer) -> Timestamp {
    answer.body["now"].as_str().unwrap().parse().unwrap()
}

/// The instant that the refusal to set the clock back names.
async fn newest(hub: &Running, what: &str) -> Timestamp {
    let refused = clock(hub, "DELETE", &Value::Null).await;
    assert_eq!((refused.status, &refused.body["error"]["type"]), (409, &json!("conflict")), "{what}: {}", refused.body);
    let message = refused.body["error"]["message"].as_str().unwrap();
    assert!(message.ends_with("Try again after that instant, or start a hub with a new data folder"), "{message}");
    message.split_whitespace().find_map(|word| word.trim_end_matches(',').parse().ok()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_secret_key_shows_and_moves_the_clock() {
    let hub = start(Place::Memory).await.unwrap();
    for method in ["GET", "POST", "DELETE"] {
        assert_eq!(ask(&hub, method, CLOCK, "", r#"{"advanceSeconds":1}"#).await.status, 403, "{method}");
    }
    assert_eq!(hub.seconds_ahead().await, 0);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_shows_its_instant_and_how_far_it_was_moved() {
    let hub = start(Place::Memory).await.unwrap();
    let real = clock(&hub, "GET", &Value::Null).await;
    assert_eq!((real.status, &real.body["secondsAhead"]), (200, &json!(0)));
    assert_eq!(moves(&hub, 3600).await.body["secondsAhead"], 3600);
    let moved = clock(&hub, "GET", &Value::Null).await;
    assert_eq!((moved.status, &moved.body["secondsAhead"]), (200, &json!(3600)));
    assert!((3600..3660).contains(&now(&moved).since(now(&real)).as_secs()), "{moved:?}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_only_moved_is_set_back_and_stays_there() {
    let scratch = Folder::in_memory().unwrap();
    let place = Place::Folder(scratch.file("data"));
    let hub = start(place.clone()).await.unwrap();
    // What is stored before the move is older, whatever it waits for.
    post(&hub, "/v1/sessions", &session(&hub)).await;
    let charge = post(&hub, "/v1/charges", &pix(&hub)).await;
    let created: Timestamp = charge["createdAt"].as_str().unwrap().parse().unwrap();
    moves(&hub, 10 * 365 * 24 * 60 * 60).await;
    let _ = newest(&hub, "the Pix has expired meanwhile").await;
    hub.stop().await;

    let scratch = Folder::in_memory().unwrap();
    let place = Place::Folder(scratch.file("data"));
    let hub = start(place.clone()).await.unwrap();
    post(&hub, "/v1/sessions", &session(&hub)).await;
    moves(&hub, 24 * 60 * 60).await;
    let back = clock(&hub, "DELETE", &Value::Null).await;
    assert_eq!((back.status, &back.body["secondsAhead"]), (200, &json!(0)), "{}", back.body);
    assert!(now(&back).since(created).as_secs() < 600, "{back:?}");
    assert_eq!(clock(&hub, "DELETE", &Value::Null).await.status, 200, "it is there already");
    post(&hub, "/v1/charges", &pix(&hub)).await;
    hub.stop().await;
    let hub = start(place).await.unwrap();
    assert_eq!(hub.seconds_ahead().await, 0);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_stored_on_a_moved_clock_keeps_it_there() {
    for (path, body) in [
        ("/v1/charges", None),
        ("/v1/sessions", None),
        (
            "/v1/tokens",
            Some(json!({"cardNumber": "4929564637987814", "cardCvv": "321", "cardExpirationDate": "12/2031",
                        "cardHolderName": "MARIA SILVA"})),
        ),
        (
            "/v1/customers",
            Some(json!({"name": "Maria", "email": "maria@example.com", "phoneNumber": "+5511999999999",
                        "document": {"type": "cpf", "number": "39053344705"}})),
        ),
        ("/v1/webhooks", Some(json!({"event": "*", "endpoint": "http://127.0.0.1:1/"}))),
        ("/v1/auth", Some(json!({"scope": ["charges"], "expires": 0}))),
    ] {
        let hub = start(Place::Memory).await.unwrap();
        let before = now(&moves(&hub, 3600).await);
        let body = body.unwrap_or_else(|| if path == "/v1/sessions" { session(&hub) } else { pix(&hub) });
        post(&hub, path, &body).await;
        // A token's instant is known to the second.
        assert!(newest(&hub, path).await.as_seconds() >= before.as_seconds(), "{path}");
        assert_eq!(hub.seconds_ahead().await, 3600);
        hub.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_on_a_moved_clock_keeps_it_there_until_real_time_has_come() {
    let hub = start(Place::Memory).await.unwrap();
    let charge = post(&hub, "/v1/charges", &serde_json::from_str(&card_payment(&hub, 1500)).unwrap()).await;
    moves(&hub, 1).await;
    post(&hub, &format!("/v1/charges/{}/void", charge["id"].as_str().unwrap()), &json!({"amount": 100})).await;
    let newest = newest(&hub, "a void").await;
    let back = loop {
        let back = clock(&hub, "DELETE", &Value::Null).await;
        if back.status == 200 {
            break back;
        }
    };
    assert!(now(&back) >= newest);
    hub.stop().await;
}

fn session(hub: &Running) -> Value {
    json!({
        "merchantId": hub.account.merchant, "name": "Pedido 1", "amount": 100, "dueDate": "2999-01-01T00:00:00.000Z",
        "paymentMethods": [{"paymentType": "pix", "expiresIn": 3600}],
        "items": [{"name": "Item", "unitPrice": 100, "quantity": 1}],
    })
}

fn pix(hub: &Running) -> Value {
    json!({
        "merchantId": hub.account.merchant, "amount": 100,
        "paymentMethod": {"paymentType": "pix", "expiresIn": 3600},
        "paymentSource": {"sourceType": "customer", "customer": {
            "name": "Maria", "email": "maria@example.com", "phoneNumber": "+5511999999999",
            "document": {"type": "cpf", "number": "39053344705"},
        }},
    })
}
