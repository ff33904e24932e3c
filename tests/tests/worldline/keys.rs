//! The keys with which servers sign: replaced with an overlap, and revoked.

use std::time::Duration;

use flows::account::{provision, server_keys};
use serde_json::json;
use tests::{
    TestHub,
    engine::{Call, Fault},
    worldline::Server,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_key_signs_for_one_day_more() {
    let hub = TestHub::build().await;
    let (old, client) = (Server::of(&hub.merchant), hub.merchant.client_id.parse().unwrap());
    let made = server_keys::rotate(hub.flows(), client).await.unwrap();
    let new = Server { key: made.id.to_string(), secret: made.secret.reveal().clone(), ..old.clone() };
    let status = async |server: &Server| server.makes_session(&json!({})).await.status;
    assert_eq!((status(&old).await, status(&new).await), (200, 200));
    let listed = server_keys::list(hub.flows(), client).await.unwrap();
    let ends: Vec<_> = listed.iter().map(|key| (key.id.to_string(), key.ends_at.is_some())).collect();
    assert_eq!(ends, [(new.key.clone(), false), (old.key.clone(), true)]);
    assert_eq!(server_keys::newest(hub.flows(), client).await.unwrap().unwrap().id, made.id);
    hub.clock().advance(Duration::from_hours(23));
    assert_eq!((status(&old).await, status(&new).await), (200, 200));
    hub.clock().advance(Duration::from_hours(1));
    assert_eq!((status(&old).await, status(&new).await), (403, 200));
    // A second replacement leaves the end of the first key as it is.
    server_keys::rotate(hub.flows(), client).await.unwrap();
    assert_eq!((status(&old).await, status(&new).await), (403, 200));
}

/// An index of the table has a key a moment after it was made: a key that was missed would sign for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_a_moment_ago_is_listed_replaced_and_revoked_while_the_indexes_lag() {
    let hub = TestHub::build().await;
    let (first, client) = (hub.merchant.server_key.0.clone(), hub.merchant.client_id.parse().unwrap());
    hub.engine.fail(|_, _| Fault::IndexLag);
    let second = server_keys::rotate(hub.flows(), client).await.unwrap();
    let third = server_keys::rotate(hub.flows(), client).await.unwrap();
    assert_eq!(server_keys::newest(hub.flows(), client).await.unwrap().unwrap().id, third.id);
    assert_eq!(server_keys::revoke(hub.flows(), client, third.id).await, Ok(true));
    let listed = server_keys::list(hub.flows(), client).await.unwrap();
    let ends: Vec<_> = listed.iter().map(|key| (key.id.to_string(), key.ends_at.is_some())).collect();
    assert_eq!(ends, [(third.id.to_string(), true), (second.id.to_string(), true), (first, true)]);
    assert!(server_keys::newest(hub.flows(), client).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_signs_nothing_within_a_minute_and_only_its_account_revokes_it() {
    let mut hub = TestHub::build().await;
    let stranger = hub.another_merchant().await;
    let (client, key) = (hub.merchant.client_id.parse().unwrap(), hub.merchant.server_key.0.parse().unwrap());
    let status = async |hub: &TestHub| Server::of(&hub.merchant).makes_session(&json!({})).await.status;
    assert_eq!(status(&hub).await, 200);
    let theirs = stranger.client_id.parse().unwrap();
    assert_eq!(server_keys::revoke(hub.flows(), theirs, key).await, Ok(false));
    assert_eq!(status(&hub).await, 200);
    assert_eq!(server_keys::revoke(hub.flows(), client, key).await, Ok(true));
    assert_eq!(status(&hub).await, 403);
    assert_eq!(server_keys::revoke(hub.flows(), client, key).await, Ok(true));
    hub.kill_and_restart().await;
    assert_eq!(status(&hub).await, 403);
    assert!(server_keys::newest(hub.flows(), client).await.unwrap().is_none());
    Server::of(&stranger.at(hub.merchant.url())).makes_session(&json!({})).await.assert_status(200);
}

/// Two changes of one key may cross: what one of them read before the other wrote moves no end to a later time.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_not_brought_back_by_a_replacement_that_saw_it_before() {
    let hub = TestHub::build().await;
    let (server, client) = (Server::of(&hub.merchant), hub.merchant.client_id.parse().unwrap());
    let seen = server_keys::list(hub.flows(), client).await.unwrap().remove(0);
    assert_eq!(server_keys::revoke(hub.flows(), client, seen.id).await, Ok(true));
    let now = hub.clock().now();
    hub.parts().store.end_server_key(&seen, now.plus(Duration::from_hours(24)), now).await.unwrap();
    let ended = server_keys::list(hub.flows(), client).await.unwrap().remove(0).ends_at.unwrap();
    assert!(ended <= now, "{ended}");
    assert_eq!(server.makes_session(&json!({})).await.status, 403);
}

/// An account without a key that signs would be one that Worldline's API does not open.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_with_its_key_in_one_write() {
    let hub = TestHub::build().await;
    let _ = hub.engine.take_calls();
    provision::create_client(hub.flows(), "Loja", &[]).await.unwrap();
    let writes: Vec<String> = hub.engine.take_calls().iter().filter(|call| call.is_write()).map(Call::what).collect();
    assert_eq!(writes.len(), 1, "{writes:?}");
}
