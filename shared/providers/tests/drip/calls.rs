//! Drip's calls of the hub, and browsers that return.

use std::time::Duration;

use domain::{charge::update::UpdateKind, time::Timestamp};
use providers::{CallbackRequest, Page, Proof, Secrets, adapter};

use crate::samples::{ACCOUNT, CHECKOUT, PAYMENT, now};

fn called(pairs: &[(&str, &str)]) -> CallbackRequest<'static> {
    let query = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    CallbackRequest { headers: Vec::new(), query, body: br#"{"status":"OK"}"# }
}

fn ids(pairs: &[(&str, &str)], now: Timestamp) -> Vec<String> {
    let proof = Proof { account: &ACCOUNT, secrets: &Secrets::default(), key: "" };
    let updates = adapter(&ACCOUNT).notification(&proof, &called(pairs), now).unwrap();
    updates
        .into_iter()
        .map(|update| {
            let update = update.unwrap();
            assert_eq!((update.kind, update.reference.to_string().as_str()), (UpdateKind::Look, PAYMENT));
            update.id
        })
        .collect()
}

#[test]
fn a_call_is_a_reason_to_look_and_one_of_ten_seconds_later_is_another() {
    let begun = Timestamp::from_millis(now().as_millis() / 10_000 * 10_000);
    let of = |checkout: &str, ms| ids(&[("reference", PAYMENT), ("checkoutId", checkout)], begun.plus(ms));
    let [first, last, next] = [0, 9_999, 10_000].map(Duration::from_millis);
    assert_eq!(of(CHECKOUT, first).len(), 1);
    // Who calls may say any checkout.
    for checkout in [CHECKOUT, "another", "a/../b", ""] {
        assert_eq!(of(checkout, last), of(CHECKOUT, first), "{checkout}");
        assert_ne!(of(checkout, next), of(CHECKOUT, first), "{checkout}");
    }
}

#[test]
fn a_call_that_names_no_payment_of_ours_is_nothing() {
    for pairs in [&[][..], &[("checkoutId", CHECKOUT)], &[("reference", "x"), ("checkoutId", CHECKOUT)]] {
        assert!(ids(pairs, now()).is_empty());
        assert_eq!(adapter(&ACCOUNT).returned(&called(pairs)), None);
    }
}

#[test]
fn a_browser_returns_to_the_page_that_the_payment_decides() {
    let back = adapter(&ACCOUNT).returned(&called(&[("reference", PAYMENT), ("checkoutId", CHECKOUT)])).unwrap();
    assert_eq!((back.reference.to_string().as_str(), back.to), (PAYMENT, Page::OfStatus));
    // Drip may begin a second query.
    let twice = format!("{PAYMENT}?checkoutId={CHECKOUT}");
    let pairs = [("reference", twice.as_str())];
    assert_eq!(adapter(&ACCOUNT).returned(&called(&pairs)).unwrap().reference.to_string(), PAYMENT);
    assert_eq!(ids(&pairs, now()).len(), 1);
}
