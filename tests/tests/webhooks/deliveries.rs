//! An account lists events and deliveries, and resends events.

use std::{collections::BTreeSet, time::Duration};

use domain::ids::ChargeId;
use flows::webhook::relay;
use serde_json::{Value, json};
use tests::{
    TestHub,
    receiver::{Behaviour, Receiver},
    samples::{APPROVED, card_charge},
};

use crate::{ENDPOINT, PATH, UNKNOWN_ID, assert_refused, client_id, path, register, registration};

/// A charge is paid, and its events are relayed and delivered; its id.
async fn sell(hub: &TestHub) -> String {
    let paid = hub.merchant.creates_charge(&card_charge(&hub.merchant.id, APPROVED)).await;
    let id: ChargeId = paid.text("/id").parse().unwrap();
    let charge = hub.store().charge(client_id(&hub.merchant), id).await.unwrap().unwrap();
    relay::charge(hub.flows(), None, &charge).await.unwrap();
    hub.deliver().await;
    paid.text("/id").to_owned()
}

/// A minute passes; the sweeper runs, and then the deliveries that it queues.
async fn minute(hub: &TestHub) {
    hub.pass(Duration::from_mins(1)).await;
    hub.deliver().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_and_deliveries_are_listed_and_events_are_resent() {
    let hub = TestHub::build().await;
    let (merchant, receiver) = (&hub.merchant, Receiver::open(hub.clock().clone()).await);
    let made = register(merchant, "authorized", &receiver.endpoint("/a")).await;
    receiver.expect("/a", [Behaviour::status(500), Behaviour::status(201)]);
    let charge = sell(&hub).await;

    let events = merchant.get("/v1/events").await.expect(200);
    let names: Vec<_> = events.body["items"].as_array().unwrap().iter().map(|event| &event["event"]).collect();
    assert_eq!((names, &events.body["meta"]["totalItems"]), (vec![&json!("authorized"), &json!("pending")], &json!(2)));
    let event = events.body["items"][0].clone();
    assert_eq!((&event["data"]["id"], &event["apiVersion"]), (&json!(charge), &json!("1.1")));
    let shown = merchant.get(&format!("/v1/events/{}", event["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(shown.body, event);
    assert_eq!(merchant.get("/v1/events?sort=ASC&limit=1").await.expect(200).body["items"][0]["event"], "pending");
    assert_eq!(merchant.get("/v1/events?created.lt=2020-01-01").await.expect(200).body["items"], json!([]));

    let deliveries = format!("{}/deliveries", path(&made));
    let listed = merchant.get(&deliveries).await.expect(200);
    let [only] = listed.body["items"].as_array().unwrap().as_slice() else { unreachable!("{}", listed.body) };
    assert_eq!((&only["webhookId"], &only["eventId"]), (&made.body["id"], &event["id"]));
    assert_eq!((&only["status"], &only["attemptCount"]), (&json!("pending"), &json!(1)));
    assert!(only["nextAttemptAt"].is_string());
    let attempt = &only["attempts"][0];
    assert_eq!(
        (&attempt["number"], &attempt["statusCode"], &attempt["problem"]),
        (&json!(1), &json!(500), &json!("the endpoint answered 500: only 200 and 201 take an event"))
    );
    assert_eq!(attempt["response"], "{\"received\":true}");

    let resend = format!("{deliveries}/{}/resend", event["id"].as_str().unwrap());
    let again = merchant.post(&resend, &json!({})).await.expect(201);
    assert_eq!((&again.body["status"], &again.body["eventId"]), (&json!("pending"), &event["id"]));
    minute(&hub).await;
    let listed = merchant.get(&deliveries).await.expect(200);
    let only = &listed.body["items"][0];
    assert_eq!(
        (&only["status"], &only["attemptCount"], &only["nextAttemptAt"]),
        (&json!("delivered"), &json!(2), &json!(null))
    );
    assert_eq!((&only["attempts"][1]["statusCode"], receiver.posts_to("/a").len()), (&json!(201), 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_tested_by_its_account_and_by_public_keys_with_the_scope() {
    let hub = TestHub::build().await;
    let (merchant, receiver) = (&hub.merchant, Receiver::open(hub.clock().clone()).await);
    let made = register(merchant, "authorized", &receiver.endpoint("/a")).await;
    let _ = sell(&hub).await;
    let event = merchant.get("/v1/events").await.expect(200).body["items"][0]["id"].as_str().unwrap().to_owned();
    let [ping, deliveries] = ["test", "deliveries"].map(|part| format!("{}/{part}", path(&made)));
    let resend = format!("{deliveries}/{event}/resend");
    let scope = json!({"scope": ["webhooks"]});
    let public = merchant.with_key(merchant.post("/v1/auth", &scope).await.expect(201).text("/publicKey"));
    let pinged = public.post_with_key(&ping, &json!({}), "ping").await.expect(201);
    let again = public.post_with_key(&ping, &json!({}), "ping").await.expect(201);
    assert_eq!((pinged.is_replay(), again.is_replay(), again.body), (false, true, pinged.body));
    public.post(&resend, &json!({})).await.assert_status(201);
    minute(&hub).await;
    let bodies: Vec<Value> =
        receiver.posts_to("/a").iter().map(|post| serde_json::from_str(&post.body).unwrap()).collect();
    let names: BTreeSet<&str> = bodies.iter().map(|body| body["event"].as_str().unwrap()).collect();
    assert_eq!((bodies.len(), names), (3, BTreeSet::from(["ping", "transaction.authorized"])));

    // A public key neither reads the events of its account nor redirects them to another endpoint.
    let forbidden = json!({"message": "Forbidden"});
    let secret = format!("{}/secret", path(&made));
    for path in [PATH, &path(&made), &secret, &deliveries, "/v1/events", &format!("/v1/events/{event}")] {
        assert_eq!(public.get(path).await.expect(403).body, forbidden, "{path}");
    }
    for path in [PATH, &format!("{}/rotate", path(&made))] {
        assert_eq!(public.post(path, &registration("*", ENDPOINT)).await.expect(403).body, forbidden, "{path}");
    }
    assert_eq!(public.patch(&path(&made), &json!({})).await.expect(403).body, forbidden);
    assert_eq!(public.delete(&path(&made)).await.expect(403).body, forbidden);
    // No account reaches the webhooks and events of another one.
    let stranger = hub.another_merchant().await;
    for path in [&ping, &resend] {
        assert_refused(&stranger.post(path, &json!({})).await, 404, "entity_not_found", "webhook not found");
    }
    for path in [deliveries.clone(), format!("/v1/events/{event}")] {
        stranger.get(&path).await.assert_status(404);
    }
    assert_eq!(stranger.get("/v1/events").await.expect(200).body["items"], json!([]));
    merchant.post(&format!("{deliveries}/{UNKNOWN_ID}/resend"), &json!({})).await.assert_status(404);
    let refused = merchant.post(&format!("{deliveries}/1/resend"), &json!({})).await.expect(400);
    assert_eq!(refused.body["error"]["details"], json!(["event must be a UUID"]));
    merchant.patch(&path(&made), &json!({"status": false})).await.assert_status(200);
    assert_refused(&merchant.post(&ping, &json!({})).await, 400, "invalid_request_error", "is not active");
}
