//! What a shopper or a page tries beyond the matrix: other spellings of ids and headers, the keys of earlier requests,
//! and customers that are not theirs.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, Merchant, TestHub,
    samples::{APPROVED, by_card, by_pix, card, card_charge, pix_charge, session, with},
    session::Session,
};

async fn public_key(maker: &Merchant) -> Merchant {
    let made = maker.post("/v1/auth", &json!({"scope": ["*"], "expires": 0})).await.expect(201);
    maker.with_key(made.text("/publicKey"))
}

async fn sale(maker: &Merchant) -> (Session, Merchant) {
    let session = maker.creates_session(&session(&maker.id)).await;
    let shopper = maker.with_key(&session.key);
    (session, shopper)
}

/// A customer of the account with a linked card: their ids.
async fn victim(merchant: &Merchant) -> (String, String) {
    let person = pix_charge("")["paymentSource"]["customer"].clone();
    let customer = merchant.post("/v1/customers", &person).await.expect(201).text("/id").to_owned();
    let token = merchant.post("/v1/tokens", &card(APPROVED)).await.expect(201).text("/tokenId").to_owned();
    let card = merchant.post("/v1/cards", &json!({"tokenId": token})).await.expect(201).text("/id").to_owned();
    merchant.post(&format!("/v1/customers/{customer}/cards"), &json!({"cardId": card})).await.assert_status(204);
    (customer, card)
}

async fn send(caller: &Merchant, method: Method, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let body = (method != Method::GET).then(|| body.to_string().into_bytes());
    caller.send_with(method, path, headers, body).await.unwrap()
}

/// Other texts that name the same UUID, and texts that name it in forms that are not read.
fn spellings(id: &str) -> ([String; 2], [String; 3]) {
    let read = [id.to_uppercase(), id.replace('-', "%2D")];
    (read, [id.replace('-', ""), format!("%7B{id}%7D"), format!("urn:uuid:{id}")])
}

#[tokio::test(flavor = "multi_thread")]
async fn another_spelling_of_an_id_opens_nothing_more_and_pays_nothing_again() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let page = public_key(merchant).await;
    let (own, shopper) = sale(merchant).await;
    let (foreign, _) = sale(merchant).await;
    let (customer, stored) = victim(merchant).await;
    let paid = shopper.post_with_key(&own.path("/charge"), &by_pix(), "once").await.expect(201);
    let operations = hub.bank.operations();
    let (read, unread) = spellings(&foreign.id);
    for spelling in unread {
        let path = format!("/v1/sessions/{spelling}");
        assert_eq!(shopper.get(&path).await.expect(400).body, page.get(&path).await.expect(400).body);
    }
    for spelling in read {
        shopper.get(&format!("/v1/sessions/{spelling}")).await.assert_status(403);
        shopper.post(&format!("/v1/sessions/{spelling}/charge"), &by_card(APPROVED)).await.assert_status(403);
        page.get(&format!("/v1/sessions/{spelling}")).await.assert_status(404);
        page.post(&format!("/v1/sessions/{spelling}/charge"), &by_card(APPROVED)).await.assert_status(404);
    }
    for spelling in spellings(&own.id).0 {
        let again = shopper.post_with_key(&format!("/v1/sessions/{spelling}/charge"), &by_pix(), "once").await;
        assert_eq!((again.status, again.text("/chargeId")), (201, paid.text("/chargeId")), "{spelling}");
    }
    for spelling in spellings(&customer).0 {
        shopper.get(&format!("/v1/sessions/customers/{spelling}")).await.assert_status(404);
        shopper.get(&format!("/v1/sessions/customers/{spelling}/cards")).await.assert_status(404);
    }
    for spelling in [stored.to_uppercase(), stored.replace('-', "")] {
        let source = json!({"sourceType": "card", "cardId": spelling, "cardCvv": "320"});
        let charge = with(card_charge(&merchant.id, APPROVED), "/paymentSource", source);
        page.post("/v1/charges", &charge).await.assert_status(400);
    }
    for path in ["/v1/sessions/customers/", "/v1/sessions//charge", "/v1//sessions", "/V1/sessions", "/v1/sessions%2F"]
    {
        page.get(path).await.assert_status(404);
    }
    assert_eq!(hub.bank.operations(), operations);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_keys_in_one_request_are_no_key() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let stranger = hub.another_merchant().await;
    let page = public_key(merchant).await;
    let (own, shopper) = sale(merchant).await;
    let (foreign, _) = sale(merchant).await;
    let (id, others) = (("x-client-id", merchant.client_id.as_str()), ("x-client-id", stranger.client_id.as_str()));
    let key = |caller: &Merchant| caller.api_key.clone();
    let keys = [key(&shopper), key(&page), foreign.key.clone(), key(&stranger)];
    for first in &keys {
        for second in keys.iter().filter(|second| *second != first) {
            let joined = format!("{first},{second}");
            let doubled: [&[(&str, &str)]; 4] = [
                &[id, ("x-api-key", first), ("x-api-key", second)],
                &[id, ("x-api-key", &joined)],
                &[id, others, ("x-api-key", first)],
                &[others, id, ("x-api-key", first)],
            ];
            for headers in doubled {
                let answer = send(merchant, Method::GET, &own.path(""), headers, &Value::Null).await;
                assert_eq!((answer.status, &answer.body), (403, &json!({"message": "Forbidden"})), "{headers:?}");
                let body = card_charge(&merchant.id, APPROVED);
                send(merchant, Method::POST, "/v1/charges", headers, &body).await.assert_status(403);
            }
        }
    }
    let doubled = [id, ("x-api-key", &shopper.api_key), ("x-idempotency-key", "a"), ("x-idempotency-key", "b")];
    send(merchant, Method::POST, &own.path("/charge"), &doubled, &by_card(APPROVED)).await.assert_status(400);
    let method = [id, ("x-api-key", page.api_key.as_str()), ("x-http-method-override", "DELETE")];
    send(merchant, Method::GET, &format!("/v1/auth/{}", page.api_key), &method, &Value::Null).await.assert_status(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_in_the_name_of_a_customer_opens_nothing_of_that_customer() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let page = public_key(merchant).await;
    let (customer, stored) = victim(merchant).await;
    let cards = format!("/v1/customers/{customer}/cards");
    let before = merchant.get(&cards).await.expect(200);
    let attributed = with(card_charge(&merchant.id, APPROVED), "/customerId", json!(customer));
    let made = page.post("/v1/charges", &attributed).await.expect(201);
    let fresh = made.text("/paymentSource/cardId");
    let (own, shopper) = sale(merchant).await;
    let _ =
        shopper.post(&own.path("/charge"), &with(by_card(APPROVED), "/customerId", json!(customer))).await.expect(201);
    assert_eq!(merchant.get(&cards).await.expect(200).body, before.body, "no card was linked");
    shopper.get(&format!("/v1/sessions/customers/{customer}")).await.assert_status(404);
    page.post(&cards, &json!({"cardId": fresh})).await.assert_status(404);

    // Beside any other source it must be one's own; and the stored card stays the victim's.
    let (next, shopper) = sale(merchant).await;
    let by_stored = json!({"sourceType": "card", "cardId": stored, "cardCvv": "320"});
    let pix = with(by_pix(), "/customerId", json!(customer));
    let body = with(by_card(APPROVED), "/paymentSource", by_stored);
    for body in [with(body.clone(), "/customerId", json!(customer)), body, pix] {
        shopper.post(&next.path("/charge"), &body).await.assert_status(400);
        let charge = with(card_charge(&merchant.id, APPROVED), "/paymentSource", body["paymentSource"].clone());
        let charge = with(charge, "/paymentMethod", body["paymentMethod"].clone());
        let charge = with(charge, "/customerId", body["customerId"].clone());
        page.post("/v1/charges", &charge).await.assert_status(400);
    }
    // The charge that paid the merchant's session is not shown under the session's id either.
    page.get(&format!("/v1/charges/{}", own.id)).await.assert_status(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_earlier_requests_open_no_answer_from_another_space() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let page = public_key(merchant).await;
    let child = public_key(&page).await;
    let (own, shopper) = sale(&page).await;
    let (other, other_shopper) = sale(&page).await;
    let paths = [own.path("/charge"), other.path("/charge")];
    // One key and one body in several spaces: no caller gets the answer to another one's request.
    let paid = merchant.post_with_key(&paths[0], &by_pix(), "1").await.expect(201);
    let same = shopper.post_with_key(&paths[0], &by_pix(), "1").await.expect(201);
    assert_eq!((same.text("/chargeId"), same.is_replay()), (paid.text("/chargeId"), false), "the code that is there");
    let others = other_shopper.post_with_key(&paths[1], &by_pix(), "1").await.expect(201);
    assert_ne!(others.text("/chargeId"), paid.text("/chargeId"));
    other_shopper.post_with_key(&paths[0], &by_pix(), "1").await.assert_status(403);
    child.post_with_key(&paths[0], &by_pix(), "1").await.assert_status(404);

    // What the parent made is no answer for its child; what the child made is one for its parent.
    let body = card_charge(&merchant.id, APPROVED);
    let made = page.post_with_key("/v1/charges", &body, "parent").await.expect(201);
    let refused = child.post_with_key("/v1/charges", &body, "parent").await.expect(422);
    assert!(!refused.body.to_string().contains(made.text("/id")), "{}", refused.body);
    let made = child.post_with_key("/v1/charges", &body, "child").await.expect(201);
    let again = page.post_with_key("/v1/charges", &body, "child").await.expect(201);
    assert_eq!((again.text("/id"), again.is_replay()), (made.text("/id"), true));
    assert!(!merchant.post_with_key("/v1/charges", &body, "child").await.expect(201).is_replay());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_gets_no_token_that_another_public_key_made() {
    let hub = TestHub::build().await;
    let (one, two) = (public_key(&hub.merchant).await, public_key(&hub.merchant).await);
    let child = public_key(&one).await;
    let made = one.post_with_key("/v1/tokens", &card(APPROVED), "1").await.expect(201);
    // Neither with the right security code nor with a wrong one: the answer would say which is right.
    for body in [card(APPROVED), with(card(APPROVED), "/cardCvv", json!("321"))] {
        for caller in [&two, &child] {
            let refused = caller.post_with_key("/v1/tokens", &body, "1").await.expect(422);
            assert!(!refused.body.to_string().contains(made.text("/tokenId")), "{}", refused.body);
        }
    }
    assert!(one.post_with_key("/v1/tokens", &card(APPROVED), "1").await.expect(201).is_replay());
}
