//! A session is paid once, whoever pays it, however often, whatever fails on the way.

use tests::{
    House,
    samples::{APPROVED, by_card, session},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_paid_cannot_be_paid_again() {
    let house = House::build().await;
    let session = house.client.post("/v1/sessions", &session(&house.client.merchant_id)).await.expect(201);
    let payer = house.client.with_key(session.text("/publicKey"));
    let path = format!("/v1/sessions/{}/charge", session.text("/id"));
    let paid = payer.post(&path, &by_card(APPROVED)).await.expect(201);
    assert_eq!(paid.text("/status"), "paid");
    let again = payer.post(&path, &by_card(APPROVED)).await.expect(409);
    assert_eq!(again.text("/error/type"), "conflict");
    assert_eq!(house.bank.approved().len(), 1);
    house.assert_books_agree().await;
}
