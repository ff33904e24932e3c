//! A session is paid once, for any number of shoppers and requests, whatever fails meanwhile.

use serde_json::Value;
use tests::{
    Answer, Merchant, TestHub,
    engine::Fault,
    samples::{APPROVED, DECLINED, by_card, session},
};
use tokio::task::JoinSet;

/// How many shoppers pay at the same time.
const SHOPPERS: usize = 200;
/// How many of them have certainly read the session as unlocked.
const RIVALS: usize = 50;
/// The write that locks a session.
const LOCK: &str = "TransactWriteItems CHARGE SESSION";
/// One write in so many fails where calls fail.
const RARITY: u64 = 3;

/// A session that can be paid: its id, and a caller with the session key.
async fn open_session(hub: &TestHub) -> (String, Merchant) {
    let session = hub.merchant.post("/v1/sessions", &session(&hub.merchant.id)).await.expect(201);
    (session.text("/id").to_owned(), hub.merchant.with_key(session.text("/publicKey")))
}

fn payment_of(session: &str) -> String {
    format!("/v1/sessions/{session}/charge")
}

/// Sends the same payment under every key of `keys`, all at once.
async fn all_at_once(shopper: &Merchant, session: &str, keys: impl Iterator<Item = String>) -> Vec<Answer> {
    let mut payments = JoinSet::new();
    for key in keys {
        let (shopper, path) = (shopper.clone(), payment_of(session));
        payments.spawn(async move { shopper.post_with_key(&path, &by_card(APPROVED), &key).await });
    }
    payments.join_all().await
}

/// One answer is the payment, and every other a conflict that shows nothing of it.
fn assert_one_has_paid(answers: Vec<Answer>) {
    let (paid, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(paid.len(), 1);
    assert_eq!(paid[0].text("/status"), "paid");
    assert_eq!(refused.len(), SHOPPERS - 1);
    for answer in refused {
        let answer = answer.expect(409);
        assert_eq!(answer.text("/error/type"), "conflict");
        assert_eq!(answer.body.as_object().unwrap().len(), 1, "{}", answer.body);
        assert!(!answer.body.to_string().contains(paid[0].text("/chargeId")), "{}", answer.body);
    }
}

/// Every answer is the same payment, or says that it is under way; at least one is the payment.
fn assert_all_are_one(answers: Vec<Answer>) -> Value {
    assert_eq!(answers.len(), SHOPPERS);
    let (paid, waiting): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    let first = paid.iter().find(|answer| !answer.is_replay()).unwrap();
    assert_eq!(first.text("/status"), "paid");
    for answer in &paid {
        assert_eq!(answer.body, first.body);
    }
    assert_eq!(paid.iter().filter(|answer| !answer.is_replay()).count(), 1);
    for answer in waiting {
        let answer = answer.expect(409);
        assert_eq!(
            (answer.text("/error/type"), answer.text("/error/message")),
            ("conflict", "Transaction is processing")
        );
    }
    first.body.clone()
}

async fn assert_paid_once(hub: &TestHub, session: &str) {
    assert_eq!(hub.bank.approved().len(), 1);
    assert_eq!(hub.merchant.get(&format!("/v1/sessions/{session}")).await.expect(200).text("/status"), "paid");
    hub.assert_books_agree().await;
}

fn distinct() -> impl Iterator<Item = String> {
    (0..SHOPPERS).map(|number| format!("shopper {number}"))
}

fn shared() -> impl Iterator<Item = String> {
    std::iter::repeat_n("one key".to_owned(), SHOPPERS)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_paid_cannot_be_paid_again() {
    let hub = TestHub::build().await;
    let (session, shopper) = open_session(&hub).await;
    let paid = shopper.post(&payment_of(&session), &by_card(APPROVED)).await.expect(201);
    assert_eq!(paid.text("/status"), "paid");
    let again = shopper.post(&payment_of(&session), &by_card(APPROVED)).await.expect(409);
    assert_eq!(again.text("/error/type"), "conflict");
    assert_paid_once(&hub, &session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_shoppers_one_pays() {
    let hub = TestHub::build().await;
    let (session, shopper) = open_session(&hub).await;
    hub.engine.gather(LOCK, RIVALS);
    assert_one_has_paid(all_at_once(&shopper, &session, distinct()).await);
    assert_paid_once(&hub, &session).await;
    assert_eq!(hub.bank.creates(), 1, "the bank was called for a payment that was not to be");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_attempts_under_one_key_are_one_payment() {
    let hub = TestHub::build().await;
    let (session, shopper) = open_session(&hub).await;
    hub.engine.gather(LOCK, RIVALS);
    let first = assert_all_are_one(all_at_once(&shopper, &session, shared()).await);
    assert_eq!(hub.bank.creates(), 1);
    let later = shopper.post_with_key(&payment_of(&session), &by_card(APPROVED), "one key").await.expect(201);
    assert!(later.is_replay());
    assert_eq!(later.body, first);
    assert_paid_once(&hub, &session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_paid_once_on_a_table_that_fails_now_and_then() {
    for seed in [1, 2] {
        let hub = TestHub::build().await;
        let (session, shopper) = open_session(&hub).await;
        hub.engine.fail_at_random(seed, RARITY);
        assert_one_has_paid(all_at_once(&shopper, &session, distinct()).await);
        hub.engine.heal();
        assert_paid_once(&hub, &session).await;

        let (session, shopper) = open_session(&hub).await;
        hub.engine.fail_at_random(seed + 100, RARITY);
        let first = assert_all_are_one(all_at_once(&shopper, &session, shared()).await);
        hub.engine.heal();
        assert_eq!(hub.bank.approved().len(), 2);
        assert_eq!(hub.bank.creates(), 2);
        let later = shopper.post_with_key(&payment_of(&session), &by_card(APPROVED), "one key").await.expect(201);
        assert_eq!((later.is_replay(), later.body), (true, first));
        hub.assert_books_agree().await;
        assert!(hub.engine.faults() > SHOPPERS / 10, "only {} calls failed", hub.engine.faults());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_names_one_body() {
    let hub = TestHub::build().await;
    let (session, shopper) = open_session(&hub).await;
    let path = payment_of(&session);
    let paid = shopper.post_with_key(&path, &by_card(APPROVED), "key").await.expect(201);
    for other in [by_card(DECLINED), tests::samples::by_pix()] {
        let refused = shopper.post_with_key(&path, &other, "key").await.expect(422);
        assert!(!refused.body.to_string().contains(paid.text("/chargeId")), "{}", refused.body);
    }
    assert_eq!(hub.bank.creates(), 1);
    assert_paid_once(&hub, &session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_leaves_the_session_to_another() {
    let hub = TestHub::build().await;
    let (session, shopper) = open_session(&hub).await;
    let path = payment_of(&session);
    let declined = shopper.post_with_key(&path, &by_card(DECLINED), "first").await.expect(201);
    assert_eq!(declined.text("/status"), "failed");
    assert_eq!(hub.merchant.get(&format!("/v1/sessions/{session}")).await.text("/status"), "created");
    let paid = shopper.post_with_key(&path, &by_card(APPROVED), "second").await.expect(201);
    assert_eq!(paid.text("/status"), "paid");
    // The first payment's answer stays what it was.
    let again = shopper.post_with_key(&path, &by_card(DECLINED), "first").await.expect(201);
    assert_eq!((again.is_replay(), again.body), (true, declined.body));
    assert_eq!(hub.bank.creates(), 2);
    assert_paid_once(&hub, &session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_stored_despite_many_conflicts() {
    let hub = TestHub::build().await;
    let session = hub.merchant.post("/v1/sessions", &session(&hub.merchant.id)).await.expect(201);
    let mut transactions = 0;
    // The lock succeeds; the write of the outcome meets more conflicts than one call of the store retries.
    hub.engine.fail(move |operation, _| {
        transactions += usize::from(operation == "TransactWriteItems");
        if operation == "TransactWriteItems" && (2..=8).contains(&transactions) { Fault::Conflict } else { Fault::None }
    });
    let path = format!("/v1/sessions/{}/charge", session.text("/id"));
    let paid = hub.merchant.post(&path, &by_card(APPROVED)).await.expect(201);
    assert_eq!(paid.text("/status"), "paid");
    hub.assert_books_agree().await;
}
