//! Keys that a bank does not accept, scopes that it does not grant, throttling, and clocks that differ.

use flows::{Clock, account::provider::Checked};
use serde_json::json;
use tests::{
    Answer,
    fakes::{
        Fault, Reply,
        bcb_pix::{Authority, Profile},
    },
    samples::whole,
    shop::{
        bcb_pix::{BancoDoBrasil, Bs2, Rules, Standard, fields},
        reference,
    },
};

use super::{
    HOUR, MINUTE,
    at_bank::{AtBank, Setup, assert_not_sent, assert_payable},
    failed_calls, listen, page,
};

const WRONG: &str = "wrong-secret-of-the-client";

/// Nothing was sent for the charge, and the one line of its failed call says why.
#[track_caller]
fn assert_cause(made: &Answer, cause: &str) {
    assert_not_sent(made);
    let txid = reference(made.text("/id"), 1);
    let failed = failed_calls(&[&txid]);
    assert_eq!(failed.len(), 1, "{failed:?}");
    for word in [r#""operation":"pending""#, r#""outcome":"not_sent""#, &format!(r#""cause":"{cause}""#)] {
        assert!(failed[0].contains(word), "{word}: {failed:?}");
    }
}

async fn wrong_keys<R: Rules>() {
    let shop = Setup { differs: json!({"clientSecret": WRONG}), ..Setup::default() }.open::<R>().await;
    let made = shop.charges().await;
    assert_cause(&made, "key_refused");
    shop.hub.clock().advance(MINUTE);
    assert_eq!(shop.check().await, Checked::Refused);
    assert!(!made.body.to_string().contains(WRONG) && !tests::log::logged().contains(WRONG));
    assert!(shop.bank.books().is_empty());
    // The right secret opens the account again.
    shop.gives(&fields(&shop.bank, &Authority::new().client())).await.assert_status(200);
    shop.hub.clock().advance(2 * MINUTE);
    assert_eq!(shop.check().await, Checked::Accepted);
    assert_payable(&shop.charges().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_keys_are_named_and_nothing_is_sent() {
    listen();
    wrong_keys::<Standard>().await;
    wrong_keys::<BancoDoBrasil>().await;
    wrong_keys::<Bs2>().await;
}

async fn a_refusal_of_the_token_endpoint<R: Rules>(reply: Reply, cause: &str, checked: Checked) {
    let shop = Setup::default().open::<R>().await;
    shop.server.treat(move |asked| asked.path.ends_with("/token").then(|| Fault::Refuse(reply.clone())));
    let made = shop.charges().await;
    assert_cause(&made, cause);
    let (word, retryable) = if cause == "key_refused" { ("invalid_merchant", false) } else { ("try_again", true) };
    let error = &made.body["transactionRequests"][0]["providerError"];
    assert_eq!((&error["declinedCode"], &error["retryable"]), (&json!(word), &json!(retryable)), "{cause}");
    shop.hub.clock().advance(MINUTE);
    assert_eq!(shop.check().await, checked, "{cause}");
    shop.server.treat_all_alike();
    shop.hub.clock().advance(MINUTE);
    assert_payable(&shop.charges().await);
    assert_eq!(shop.bank.books().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_token_endpoint_refuses_is_named_and_nothing_is_sent() {
    listen();
    let error = |status| Reply::json(status, &json!({"error": "invalid_client"}));
    let mut throttled = error(429);
    throttled.headers.push(("retry-after", "30".to_owned()));
    let (throttling, down) =
        ("the provider was called too often: try again later", "the provider failed: try again later");
    for (reply, cause, checked) in [
        (error(400), "key_refused", Checked::Refused),
        (error(401), "key_refused", Checked::Refused),
        (error(403), "key_refused", Checked::Refused),
        (throttled, "throttled", Checked::Unproved(throttling)),
        (page(503), "provider_failed", Checked::Unproved(down)),
        (page(500), "provider_failed", Checked::Unproved(down)),
        (page(200), "no_token", Checked::Unproved("the provider gave no token, and does not say why")),
    ] {
        a_refusal_of_the_token_endpoint::<Standard>(reply.clone(), cause, checked).await;
        a_refusal_of_the_token_endpoint::<Bs2>(reply, cause, checked).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_is_not_granted_is_named_and_nothing_is_done() {
    listen();
    let shop = Setup { scopes: Some(&["cob.read", "pix.read"]), ..Setup::default() }.open::<BancoDoBrasil>().await;
    assert_cause(&shop.charges().await, "key_refused");
    let granted = tests::log::logged();
    let is_it = |line: &&str| line.contains("fewer scopes") && line.contains(&shop.account);
    let missing = granted.lines().find(is_it).unwrap();
    assert!(
        missing.contains("cob.write") && missing.contains("pix.write") && !missing.contains("cob.read"),
        "{missing}"
    );
    assert!(shop.bank.books().is_empty());
}

/// A paid charge at a bank that may read and create alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_without_its_scope_has_failed_and_can_be_asked_for_again() {
    listen();
    let scopes: &[&str] = &["cob.read", "cob.write", "pix.read"];
    let shop = Setup { scopes: Some(scopes), ..Setup::default() }.open::<Standard>().await;
    let charge = shop.charges().await.text("/id").to_owned();
    shop.bank.pays(&reference(&charge, 1), 150);
    shop.hub.pass(6 * MINUTE).await;
    for number in [3, 4] {
        let asked = shop.hub.merchant.voids(&charge, &whole()).await.expect(201);
        let status = asked.text("/transactionRequests/0/requestStatus");
        assert_eq!((asked.text("/status"), status), ("authorized", "internal_error"), "{}", asked.body);
        let refund = reference(&charge, number);
        assert_eq!(failed_calls(&[&refund, r#""cause":"key_refused""#]).len(), 1, "{refund}");
    }
}

/// The bank's clock is so far before the hub's, or after it. Tokens live by the clock of whoever looks at them.
async fn sells_and_refunds(shop: &AtBank) {
    let charge = shop.charges().await;
    assert_payable(&charge);
    let charge = charge.text("/id");
    let paid = shop.bank.pays(&reference(charge, 1), 150);
    shop.hub.pass(6 * MINUTE).await;
    assert_eq!(shop.hub.merchant.charge_status(charge).await, "authorized");
    shop.hub.merchant.voids(charge, &whole()).await.assert_status(201);
    shop.bank.settles(paid.end_to_end_id(), &reference(charge, 3));
    shop.hub.pass(6 * MINUTE).await;
    assert_eq!(shop.hub.merchant.charge_status(charge).await, "voided");
    assert_eq!(shop.bank.books()[&reference(charge, 1)].net(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_whose_clock_differs_is_used_all_the_same() {
    for (hub_is_ahead, by) in [(true, 3 * HOUR), (false, 3 * HOUR), (true, MINUTE), (false, MINUTE)] {
        let (hub_clock, bank_clock) = (Clock::still(), Clock::still());
        if hub_is_ahead { &hub_clock } else { &bank_clock }.advance(by);
        let shop = Setup { hub_clock, bank_clock: Some(bank_clock), ..Setup::default() }.open::<BancoDoBrasil>().await;
        sells_and_refunds(&shop).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_has_ended_by_the_clock_of_the_bank_is_renewed_once() {
    let bank_clock = Clock::still();
    let shop = Setup { bank_clock: Some(bank_clock.clone()), ..Setup::default() }.open::<BancoDoBrasil>().await;
    assert_payable(&shop.charges().await);
    bank_clock.advance(Profile::BancoDoBrasil.token_life());
    for _ in 0..3 {
        assert_payable(&shop.charges().await);
    }
    assert_eq!((shop.tokens(), shop.bank.books().len()), (2, 4));
}
