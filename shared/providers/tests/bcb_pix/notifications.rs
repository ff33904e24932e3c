//! Notifications: none proves anything, so each makes the hub read a cob of its own.

use domain::{charge::update::UpdateKind, merchant::ProviderType};
use providers::{CallbackError, CallbackRequest, Notified, Proof, adapter};
use serde_json::json;

use crate::{
    golden::all_notifications,
    samples::{ALL, PAID, PAYMENT, account, now, pix, secrets},
};

use ProviderType::{Bb, BcbPix, Bs2};

fn read(kind: ProviderType, body: &[u8]) -> Notified {
    let (account, secrets) = (account(kind), secrets());
    let proof = Proof { account: &account, secrets: &secrets, key: "a key of the hub" };
    let request = CallbackRequest { headers: Vec::new(), query: Vec::new(), body };
    adapter(&account).notification(&proof, &request, now())
}

#[test]
fn a_notification_says_look_and_nothing_more() {
    for kind in [BcbPix, Bb] {
        for (name, body) in all_notifications() {
            for update in read(kind, body.to_string().as_bytes()).unwrap() {
                let update = update.unwrap();
                assert_eq!(update.kind, UpdateKind::Look, "{name}");
                assert_eq!(update.id.len(), 64, "{name}");
            }
        }
    }
}

#[test]
fn each_cob_of_ours_is_looked_at_once_and_others_never() {
    let other = "0190f0c0a1b27c3d8e4f5a6b7c8d9e10001";
    for (name, expected) in [
        ("paid", vec![PAYMENT]),
        ("several", vec![PAYMENT, other]),
        ("given_back", vec![PAYMENT]),
        ("one_bare", vec![PAYMENT]),
        ("of_others", vec![]),
        ("without_txid", vec![]),
        ("trial", vec![]),
    ] {
        let all = all_notifications();
        let (_, body) = all.iter().find(|(other, _)| *other == name).unwrap();
        let updates = read(BcbPix, body.to_string().as_bytes()).unwrap();
        let looked: Vec<_> = updates.into_iter().flatten().map(|update| update.reference.to_string()).collect();
        assert_eq!(looked, expected, "{name}");
    }
}

#[test]
fn the_same_notification_has_the_same_id_and_another_one_another() {
    let id = |valor: &str| {
        let body = json!({"pix": [pix(PAID, valor, &[])]}).to_string();
        read(BcbPix, body.as_bytes()).unwrap().remove(0).unwrap().id
    };
    assert_eq!(id("1.50"), id("1.50"));
    assert_ne!(id("1.50"), id("1.51"));
}

#[test]
fn a_bank_that_tries_the_address_out_is_answered() {
    for body in
        ["", "{}", r#"{"pix": []}"#, r#"{"pix": null}"#, r#"{"teste": true}"#, r#"{"pix": [1, "a", {"txid": 1}]}"#]
    {
        assert_eq!(read(BcbPix, body.as_bytes()), Ok(Vec::new()), "{body}");
    }
}

#[test]
fn what_is_no_json_is_no_notification() {
    let whole = json!({"pix": [pix(PAID, "1.50", &[])]}).to_string();
    for end in 1..whole.len() {
        assert_eq!(read(BcbPix, &whole.as_bytes()[..end]), Err(CallbackError::Unreadable));
    }
}

#[test]
fn nothing_is_known_of_what_bs2_sends() {
    for body in ["", "{}", "not JSON"] {
        assert_eq!(read(Bs2, body.as_bytes()), Ok(Vec::new()));
    }
    let ours = json!({"pix": [pix(PAID, "1.50", &[])]}).to_string();
    assert_eq!(read(Bs2, ours.as_bytes()), Ok(Vec::new()));
}

#[test]
fn no_browser_returns_from_a_bank() {
    for kind in ALL {
        let account = account(kind);
        let query = vec![("reference".to_owned(), PAYMENT.to_owned()), ("to".to_owned(), "success".to_owned())];
        let request = CallbackRequest { headers: Vec::new(), query, body: b"" };
        assert!(adapter(&account).returned(&request).is_none());
    }
}

#[test]
fn one_call_makes_the_hub_look_at_a_hundred_cobs_at_most() {
    let pix: Vec<_> =
        (0..5_000).map(|number| json!({"txid": format!("{number:032}001"), "endToEndId": "E1"})).collect();
    assert_eq!(read(BcbPix, json!({"pix": pix}).to_string().as_bytes()).unwrap().len(), 100);
}
