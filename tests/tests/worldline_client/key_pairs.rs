//! The key pair under which a page encrypts a card: one for the hub, and a new one every month.

use std::{collections::HashSet, time::Duration};

use aws_local::engine::{HUB_TABLE, TOKENS_TABLE};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::limits::{KEY_PAIR_GRACE, KEY_PAIR_LIFE};
use flows::{Hub, Parts, key_pair};
use futures::future::join_all;
use store::Store;
use tests::{TestHub, leak::Searched};

use crate::page::Page;

/// The key that a page gets.
async fn key(hub: &TestHub) -> (String, String) {
    let answer = Page::open(hub).await.get("/crypto/publickey").await.expect(200);
    assert_eq!(answer.body.as_object().unwrap().len(), 2, "{}", answer.body);
    (answer.text("/keyId").to_owned(), answer.text("/publicKey").to_owned())
}

async fn decrypts(hub: &Hub, id: &str) -> bool {
    key_pair::decryption_key(hub, id.parse().unwrap()).await.unwrap().is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_gets_the_same_key_until_a_month_is_over() {
    let mut hub = TestHub::build().await;
    let first = key(&hub).await;
    // An SPKI of an RSA key of 2048 bits, as DER in base64.
    let spki = STANDARD.decode(&first.1).unwrap();
    assert_eq!((spki.len(), &spki[..4]), (294, &[0x30, 0x82, 0x01, 0x22][..]));
    assert_eq!(key(&hub).await, first);
    hub.kill_and_restart().await;
    assert_eq!(key(&hub).await, first);
    hub.pass(KEY_PAIR_LIFE.saturating_sub(Duration::from_mins(5))).await;
    assert_eq!(key(&hub).await, first);
    hub.pass(Duration::from_mins(5)).await;
    let next = key(&hub).await;
    assert!(next.0 != first.0 && next.1 != first.1);
    assert_eq!(key(&hub).await, next);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_key_decrypts_for_as_long_as_a_session_may_have_it() {
    let hub = TestHub::build().await;
    let (first, _) = key(&hub).await;
    assert!(decrypts(hub.flows(), &first).await);
    assert!(!decrypts(hub.flows(), "00000000-0000-4000-8000-000000000000").await);
    hub.pass(KEY_PAIR_LIFE).await;
    let (next, _) = key(&hub).await;
    assert!(decrypts(hub.flows(), &first).await && decrypts(hub.flows(), &next).await);
    hub.pass(KEY_PAIR_GRACE.saturating_sub(Duration::from_mins(1))).await;
    assert!(decrypts(hub.flows(), &first).await);
    hub.pass(Duration::from_mins(1)).await;
    assert!(!decrypts(hub.flows(), &first).await && decrypts(hub.flows(), &next).await);
    // Its private half is not kept either, from the first page on that asks for the key.
    let holds = async |id: &str| hub.everything_stored().await.iter().any(|item| item.contains(id));
    assert!(holds(&first).await);
    assert_eq!(key(&hub).await.0, next);
    assert!(!holds(&first).await && holds(&next).await);
    assert!(decrypts(hub.flows(), &next).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_that_make_the_first_key_at_once_hand_out_one() {
    let hub = TestHub::build().await;
    // Each with caches of its own, as functions have.
    let store = || Store::new(hub.engine.direct(), HUB_TABLE, TOKENS_TABLE);
    let functions: Vec<Hub> = (0..5).map(|_| Hub::from(Parts { store: store(), ..hub.parts() })).collect();
    let made = join_all(functions.iter().map(key_pair::current)).await;
    let ids: HashSet<String> = made.into_iter().map(|pair| pair.unwrap().id.to_string()).collect();
    assert_eq!(ids, HashSet::from([key(&hub).await.0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_private_half_is_stored_encrypted_alone() {
    let hub = TestHub::build().await;
    let (_, public) = key(&hub).await;
    // The modulus is in both halves: in the clear it is stored in the public half alone.
    let modulus = &STANDARD.decode(&public).unwrap()[33..289];
    let stored = hub.everything_stored().await;
    let without_public: Vec<String> = stored.iter().map(|item| item.replace(&public, "")).collect();
    let found = |items: &[String]| Searched::new(items).occurrences_of_bytes(modulus);
    assert_eq!((found(&stored), found(&without_public)), (1, 0));
}
