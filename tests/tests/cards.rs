//! Cards and tokens: how they are made and verified, and which keys may do so.

use std::time::Duration;

use domain::{card::CardOrder, refusal::Refusal, time::Timestamp};
use flows::{Executor, Hub, Parts, Stage, caller::Caller, customer::card, identity};
use futures::future::join_all;
use serde_json::{Value, json};
use tests::{
    Merchant, TestHub,
    bank::BankReply,
    engine::Fault,
    samples::{APPROVED, DECLINED, card_charge, session, with},
};

const TWO_HOURS: Duration = Duration::from_hours(2);
/// A Mastercard that the sandbox approves.
const OTHER: &str = "5261424250184574";
const UNKNOWN_ID: &str = "c1db83fa-723c-4e1f-9722-bc19d1be6791";

fn card(number: &str, cvv: &str) -> Value {
    json!({"cardNumber": number, "cardCvv": cvv, "cardExpirationDate": "12/2026", "cardHolderName": "JOAO DA SILVA"})
}

async fn token(merchant: &Merchant, number: &str, cvv: &str) -> String {
    merchant.post("/v1/tokens", &card(number, cvv)).await.expect(201).text("/tokenId").to_owned()
}

async fn cvv_token(merchant: &Merchant, cvv: &str) -> String {
    merchant.post("/v1/tokens", &json!({"cvvUpdate": cvv})).await.expect(201).text("/tokenId").to_owned()
}

async fn stored_card(merchant: &Merchant, number: &str) -> String {
    let token = token(merchant, number, "320").await;
    merchant.post("/v1/cards", &json!({"tokenId": token})).await.expect(201).text("/id").to_owned()
}

fn charge_from(merchant: &Merchant, source: &Value) -> Value {
    let mut charge = card_charge(&merchant.id, APPROVED);
    charge["paymentSource"] = source.clone();
    charge
}

fn token_charge(merchant: &Merchant, token: &str) -> Value {
    charge_from(merchant, &json!({"sourceType": "token", "tokenId": token}))
}

async fn total(merchant: &Merchant) -> u64 {
    merchant.get("/v1/cards").await.expect(200).body["meta"]["totalItems"].as_u64().unwrap()
}

fn is_about(answer: &tests::Answer, words: &str) {
    assert!(answer.text("/error/message").contains(words), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_made_of_a_token_shows_its_ends_and_is_read_back() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let token = token(merchant, APPROVED, "320").await;
    let made = merchant.post("/v1/cards", &json!({"tokenId": token, "unknown": [1]})).await.expect(201);
    let body = &made.body;
    let shown = json!({
        "id": body["id"], "status": "active", "statusReason": null, "createdAt": body["createdAt"],
        "clientId": merchant.client_id, "brand": "Visa", "cardHolderName": "JOAO DA SILVA", "cvvChecked": false,
        "fingerprint": body["fingerprint"], "first6digits": "492956", "last4digits": "7814", "customerId": null,
        "expirationMonth": "12", "expirationYear": "2026", "transactionRequests": [],
    });
    assert_eq!(*body, shown);
    let path = format!("/v1/cards/{}", made.text("/id"));
    assert_eq!(merchant.get(&path).await.expect(200).body, shown);
    assert_eq!(hub.bank.verifications(), 0);

    let missing = json!({"error": {"type": "invalid_request_error", "code": 404, "message": "Resource not found"}});
    assert_eq!(merchant.get(&format!("/v1/cards/{UNKNOWN_ID}")).await.expect(404).body, missing);
    let other = hub.another_merchant().await;
    assert_eq!(other.get(&path).await.expect(404).body, missing);
    assert_eq!(merchant.get("/v1/cards/1").await.expect(400).text("/error/details/0"), "id must be a UUID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_makes_one_card_or_pays_one_charge() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let spent = token(merchant, APPROVED, "320").await;
    let made = merchant.post("/v1/cards", &json!({"tokenId": spent})).await.expect(201);
    let user = format!("\"usedBy\": S(\"CARD#{}\")", made.text("/id"));
    assert!(hub.everything_stored().await.iter().any(|item| item.contains(&spent) && item.contains(&user)));
    is_about(&merchant.post("/v1/cards", &json!({"tokenId": spent})).await.expect(400), "already used");
    is_about(&merchant.post("/v1/charges", &token_charge(merchant, &spent)).await.expect(400), "already used");

    let paid = token(merchant, APPROVED, "320").await;
    let _ = merchant.creates_charge(&token_charge(merchant, &paid)).await;
    is_about(&merchant.post("/v1/cards", &json!({"tokenId": paid})).await.expect(400), "already used");

    is_about(&merchant.post("/v1/cards", &json!({"tokenId": UNKNOWN_ID})).await.expect(400), "does not exist");
    let old = token(merchant, APPROVED, "320").await;
    let another = hub.another_merchant().await;
    is_about(&another.post("/v1/cards", &json!({"tokenId": old})).await.expect(400), "does not exist");
    hub.clock().advance(TWO_HOURS);
    is_about(&merchant.post("/v1/cards", &json!({"tokenId": old})).await.expect(400), "has expired");
    assert_eq!(total(merchant).await, 1);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_requests_with_one_token_make_one_card() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    for round in 1..=5 {
        let body = json!({"tokenId": token(merchant, APPROVED, "320").await});
        hub.engine.gather("GetItem TOKEN", 20); // all have read it unused before one of them writes
        let answers = join_all((0..20).map(|_| merchant.post("/v1/cards", &body))).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 201 | 400 | 409)), "{statuses:?}");
        assert_eq!(total(merchant).await, round);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_cards_and_charges_with_one_token_exactly_one_wins() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    for _ in 0..3 {
        let before = (total(merchant).await, hub.bank.approved().len() as u64);
        let token = token(merchant, APPROVED, "320").await;
        let (card, charge) = (json!({"tokenId": token}), token_charge(merchant, &token));
        let turns = (0..10).flat_map(|_| [("/v1/cards", &card), ("/v1/charges", &charge)]);
        hub.engine.gather("GetItem TOKEN", 20);
        let answers = join_all(turns.map(|(path, body)| merchant.post(path, body))).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        let after = (total(merchant).await, hub.bank.approved().len() as u64);
        assert_eq!(after.0 + after.1, before.0 + before.1 + 1);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_replay_answers_the_first_card() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let first = token(merchant, APPROVED, "320").await;
    let body = json!({"tokenId": first});
    let made = merchant.post_with_key("/v1/cards", &body, "key").await.expect(201);
    assert!(!made.is_replay());
    let again = merchant.post_with_key("/v1/cards", &body, "key").await.expect(201);
    assert!(again.is_replay());
    assert_eq!(again.body, made.body);

    // A client library tokenizes the same card again at every retry.
    let fresh = token(merchant, APPROVED, "320").await;
    let retried = merchant.post_with_key("/v1/cards", &json!({"tokenId": fresh}), "key").await.expect(201);
    assert!(retried.is_replay());
    assert_eq!(retried.body, made.body);
    let _ = merchant.post("/v1/cards", &json!({"tokenId": fresh})).await.expect(201); // the replay did not use it

    let of_another_card = json!({"tokenId": token(merchant, OTHER, "320").await});
    let _ = merchant.post_with_key("/v1/cards", &of_another_card, "key").await.expect(422);
    let verified = json!({"tokenId": first, "merchantId": merchant.id, "cvvCheck": true});
    let _ = merchant.post_with_key("/v1/cards", &verified, "key").await.expect(422);
    assert_eq!(hub.bank.verifications(), 0);

    hub.clock().advance(TWO_HOURS);
    assert_eq!(merchant.post_with_key("/v1/cards", &body, "key").await.expect(201).body, made.body);
    let another = hub.another_merchant().await;
    let theirs = json!({"tokenId": token(&another, APPROVED, "320").await});
    assert_ne!(another.post_with_key("/v1/cards", &theirs, "key").await.expect(201).text("/id"), made.text("/id"));
    assert_eq!(total(merchant).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_identical_requests_at_once_make_and_verify_one_card() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let token = token(merchant, APPROVED, "320").await;
    let body = json!({"tokenId": token, "merchantId": merchant.id, "cvvCheck": true});
    let answers = join_all((0..20).map(|_| merchant.post_with_key("/v1/cards", &body, "key"))).await;
    for answer in &answers {
        match answer.status {
            201 => assert_eq!(answer.text("/status"), "active"),
            status => assert_eq!((status, answer.text("/error/type")), (409, "conflict"), "{}", answer.body),
        }
    }
    assert_eq!(answers.iter().filter(|answer| answer.status == 201 && !answer.is_replay()).count(), 1);
    assert_eq!((hub.bank.verifications(), total(merchant).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zero_dollar_verification_verifies_a_card() {
    let hub = TestHub::build().await;
    let client = &hub.merchant;
    let merchant = &client.id;
    // (number, code, the card's status, the decline)
    let cards = [
        (APPROVED, "320", "active", ""),
        (APPROVED, "321", "failed", "invalid_cvv"),
        (DECLINED, "650", "failed", "generic"),
        (DECLINED, "651", "failed", "invalid_cvv"),
        ("4532552729063643", "660", "failed", "expired_card"),
        ("371511430434941", "6560", "active", ""),
    ];
    for (number, cvv, status, why) in cards {
        for nested in [false, true] {
            let token = token(client, number, cvv).await;
            let body = if nested {
                json!({"tokenId": token, "zeroDollar": {"merchantId": merchant, "cvvCheck": true}})
            } else {
                json!({"tokenId": token, "merchantId": merchant, "cvvCheck": true})
            };
            let made = client.post("/v1/cards", &body).await.expect(201);
            assert_eq!(made.text("/status"), status, "{number} {cvv}");
            assert_eq!(made.body["cvvChecked"], json!(status == "active"), "{number} {cvv}");
            assert_eq!(made.body["transactionRequests"].as_array().unwrap().len(), 1);
            let request = &made.body["transactionRequests"][0];
            assert_eq!(request["requestType"], "zero_dollar");
            assert_eq!(request["requestStatus"], if why.is_empty() { "success" } else { "failed" });
            assert_eq!(request["amount"], 0);
            assert_eq!(request["providerType"], "STRIPE");
            assert_eq!(made.text("/transactionRequests/0/providerError/declinedCode"), why, "{number} {cvv}");
            assert_eq!(client.get(&format!("/v1/cards/{}", made.text("/id"))).await.expect(200).body, made.body);
        }
    }
    assert_eq!(hub.bank.verifications(), 2 * cards.len());
    assert!(hub.bank.bookings().is_empty(), "nothing is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_that_is_put_off_calls_no_provider_and_leaves_the_card_pending() {
    let hub = TestHub::build().await;
    let client = &hub.merchant;
    let merchant = &client.id;
    for how in [
        json!({"merchantId": merchant}),
        json!({"merchantId": merchant, "cvvCheck": false}),
        json!({"zeroDollar": {"merchantId": merchant}}),
        json!({"zeroDollar": {"merchantId": merchant, "cvvCheck": false}}),
    ] {
        let mut body = how.clone();
        body["tokenId"] = token(client, APPROVED, "321").await.into();
        let made = client.post("/v1/cards", &body).await.expect(201);
        assert_eq!((made.text("/status"), &made.body["cvvChecked"]), ("pending", &json!(false)), "{how}");
        assert_eq!(made.body["transactionRequests"], json!([]));
    }
    assert_eq!(hub.bank.verifications(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_that_cannot_verify_is_refused_before_the_token_is_spent() {
    let hub = TestHub::build().await;
    let client = &hub.merchant;
    let another = hub.another_merchant().await;
    let token = token(client, APPROVED, "320").await;
    for (merchant, check) in [(UNKNOWN_ID, true), (UNKNOWN_ID, false), (another.id.as_str(), true)] {
        let body = json!({"tokenId": token, "merchantId": merchant, "cvvCheck": check});
        let refused = client.post("/v1/cards", &body).await.expect(400);
        assert_eq!(refused.text("/error/type"), "invalid_request_error");
        is_about(&refused, "merchantId names no merchant");
    }
    assert_eq!((total(client).await, hub.bank.verifications()), (0, 0));
    let _ = client.post("/v1/cards", &json!({"tokenId": token})).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_without_a_clear_answer_leaves_the_card_pending() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    for (number, reply) in
        (1..).zip([BankReply::LoseRequest, BankReply::LoseAnswer, BankReply::Babble, BankReply::Stumble])
    {
        hub.bank.expect([reply]);
        let token = token(merchant, APPROVED, "320").await;
        let body = json!({"tokenId": token, "merchantId": merchant.id, "cvvCheck": true});
        let key = format!("key {number}");
        let refused = merchant.post_with_key("/v1/cards", &body, &key).await.expect(424);
        assert_eq!(refused.text("/error/type"), "failed_dependency", "{reply:?}");
        is_about(&refused, "no card was verified");
        let shown = merchant.post_with_key("/v1/cards", &body, &key).await.expect(201);
        assert!(shown.is_replay());
        assert_eq!((shown.text("/status"), &shown.body["cvvChecked"]), ("pending", &json!(false)), "{reply:?}");
        assert_eq!(shown.text("/transactionRequests/0/requestStatus"), "processing", "{reply:?}");
        assert_eq!((hub.bank.verifications(), total(merchant).await), (number, number as u64));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_not_reached_leaves_the_card_pending() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let token = token(merchant, APPROVED, "320").await;
    let closed = Executor::new(Stage::Sandbox, Some("http://127.0.0.1:1".to_owned())).unwrap();
    let flows = Hub::from(Parts { executor: closed.into(), ..hub.parts() });
    let body = json!({"tokenId": token, "merchantId": merchant.id, "cvvCheck": true});
    let order: CardOrder = wire::malga::requests::CreateCard::read(&body).unwrap();
    let identity = identity::new(
        &flows,
        &Caller::account(merchant.client_id.parse().unwrap()),
        "/v1/cards",
        Some("key"),
        wire::malga::normal_form(&body),
    )
    .unwrap();
    assert_eq!(card::create(&flows, &identity, &order).await.unwrap_err(), Refusal::CardNotVerified);
    let shown = merchant.post_with_key("/v1/cards", &body, "key").await.expect(201);
    assert_eq!(shown.text("/status"), "pending");
    assert_eq!(shown.text("/transactionRequests/0/requestStatus"), "internal_error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_dies_during_a_verification_has_the_card() {
    let mut hub = TestHub::build().await;
    let merchant = hub.merchant.clone();
    let token = token(&merchant, APPROVED, "320").await;
    let body = json!({"tokenId": token, "merchantId": merchant.id, "cvvCheck": true});
    hub.engine.fail_write_of("UpdateItem CARD", 1, Fault::DieBefore);
    let asking = merchant.send(reqwest::Method::POST, "/v1/cards", Some(body.to_string().into()), Some("key"));
    let died = tokio::select! { () = hub.engine.has_killed() => true, _ = asking => false };
    assert!(died, "the hub answered although it was to die");
    hub.kill_and_restart().await;
    let merchant = hub.merchant.clone();
    assert_eq!(merchant.post_with_key("/v1/cards", &body, "key").await.expect(409).text("/error/type"), "conflict");
    hub.clock().advance(Duration::from_mins(1));
    let shown = merchant.post_with_key("/v1/cards", &body, "key").await.expect(201);
    assert_eq!(shown.text("/status"), "pending");
    assert_eq!(shown.text("/transactionRequests/0/requestStatus"), "running");
    assert_eq!((hub.bank.verifications(), total(&merchant).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_failed_its_verification_does_not_pay_and_a_pending_one_does() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    for (cvv, check, status) in [("321", true, 400), ("321", false, 201)] {
        let token = token(merchant, APPROVED, cvv).await;
        let body = json!({"tokenId": token, "merchantId": merchant.id, "cvvCheck": check});
        let card = merchant.post("/v1/cards", &body).await.expect(201);
        let source = json!({"sourceType": "card", "cardId": card.text("/id")});
        let _ = merchant.post("/v1/charges", &charge_from(merchant, &source)).await.expect(status);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_are_listed_page_by_page_and_by_shopper() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(stored_card(merchant, APPROVED).await);
        hub.clock().advance(Duration::from_secs(1));
    }
    // A card inside a charge belongs to the account too.
    let charge = merchant.creates_charge(&card_charge(&merchant.id, OTHER)).await;
    made.push(charge.text("/paymentSource/cardId").to_owned());
    let _ = hub.another_merchant().await;

    let ids = |answer: &tests::Answer| -> Vec<String> {
        answer.body["items"].as_array().unwrap().iter().map(|card| card["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = merchant.get("/v1/cards").await.expect(200);
    assert_eq!(ids(&all), made);
    let meta = json!({"itemCount": 4, "totalItems": 4, "itemsPerPage": 15, "totalPages": 1, "currentPage": 1});
    assert_eq!(all.body["meta"], meta);
    let second = merchant.get("/v1/cards?page=2&limit=3").await.expect(200);
    assert_eq!(ids(&second), made[3..]);
    let newest = merchant.get("/v1/cards?limit=1&sort=DESC").await.expect(200);
    assert_eq!(ids(&newest), made[3..]);
    assert_eq!(ids(&merchant.get(&format!("/v1/cards?customerId={UNKNOWN_ID}")).await.expect(200)).len(), 0);

    let shopper = json!({
        "name": "Jose", "email": "jose@gmail.com", "phoneNumber": "21 98889999099",
        "document": {"type": "cpf", "number": "72912053013"},
    });
    let shopper = merchant.post("/v1/customers", &shopper).await.expect(201).text("/id").to_owned();
    let _ = merchant.post(&format!("/v1/customers/{shopper}/cards"), &json!({"cardId": made[1]})).await.expect(204);
    let theirs = merchant.get(&format!("/v1/cards?customerId={shopper}")).await.expect(200);
    assert_eq!(ids(&theirs), made[1..2]);
    assert_eq!(theirs.text("/items/0/customerId"), shopper);

    let bad = merchant.get("/v1/cards?page=0&limit=101&customerId=x&sort=up").await.expect(400);
    assert_eq!(bad.body["error"]["details"].as_array().unwrap().len(), 4, "{}", bad.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sessions_key_makes_tokens_and_cards_and_sees_no_others() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let open_session = session(&merchant.id);
    let session = merchant.post("/v1/sessions", &open_session).await.expect(201);
    let shopper = merchant.with_key(session.text("/publicKey"));
    let token =
        shopper.post("/v1/sessions/tokens", &card(APPROVED, "320")).await.expect(201).text("/tokenId").to_owned();
    let made = shopper.post("/v1/sessions/cards", &json!({"tokenId": token})).await.expect(201);
    assert_eq!(made.text("/status"), "active");
    let path = format!("/v1/sessions/{}/charge", session.text("/id"));
    let source = json!({"sourceType": "card", "cardId": made.text("/id"), "cardCvv": "320"});
    let payment = json!({"paymentMethod": {"paymentType": "credit", "installments": 1}, "paymentSource": source});
    assert_eq!(shopper.post(&path, &payment).await.expect(201).text("/status"), "paid");

    let card_path = format!("/v1/cards/{}", made.text("/id"));
    for path in ["/v1/cards", card_path.as_str()] {
        assert_eq!(shopper.get(path).await.expect(403).body, json!({"message": "Forbidden"}));
    }
    for (path, body) in [("/v1/tokens", card(APPROVED, "320")), ("/v1/cards", json!({"tokenId": token}))] {
        assert_eq!(shopper.post(path, &body).await.expect(403).body, json!({"message": "Forbidden"}));
    }
    assert_eq!(shopper.get("/v1/sessions/cards").await.status, 400, "no list: cards is no session's id");

    // A verification would show a thief whether a stolen card is good.
    let order = merchant.creates_session(&open_session).await;
    let shopper = merchant.with_key(&order.key);
    let token =
        shopper.post("/v1/sessions/tokens", &card(APPROVED, "320")).await.expect(201).text("/tokenId").to_owned();
    let ask = json!({"tokenId": token, "merchantId": merchant.id, "cvvCheck": true, "zeroDollar": {}});
    let refused = shopper.post("/v1/sessions/cards", &ask).await.expect(400);
    assert_eq!(refused.body["error"]["details"].as_array().unwrap().len(), 3, "{}", refused.body);
    assert_eq!(hub.bank.verifications(), 0);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shoppers_of_different_sessions_may_choose_the_same_idempotency_key() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let mut cards = Vec::new();
    for _ in 0..2 {
        let session = merchant.post("/v1/sessions", &session(&merchant.id)).await.expect(201);
        let shopper = merchant.with_key(session.text("/publicKey"));
        let token = shopper.post_with_key("/v1/sessions/tokens", &card(APPROVED, "320"), "key").await.expect(201);
        let body = json!({"tokenId": token.text("/tokenId")});
        let made = shopper.post_with_key("/v1/sessions/cards", &body, "key").await.expect(201);
        assert!(!token.is_replay() && !made.is_replay());
        cards.push(made.text("/id").to_owned());
    }
    assert_ne!(cards[0], cards[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_opens_what_its_scope_names() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let key = |scope: Value| async move {
        let made = merchant.post("/v1/auth", &json!({"scope": scope, "expires": 3600})).await.expect(201);
        merchant.with_key(made.text("/publicKey"))
    };
    let (tokens, cards, everything) = (key(json!("tokens")).await, key(json!(["cards"])).await, key(json!("*")).await);
    let token = tokens.post("/v1/tokens", &card(APPROVED, "320")).await.expect(201).text("/tokenId").to_owned();
    let _ = tokens.post("/v1/cards", &json!({"tokenId": token})).await.expect(403);
    let _ = cards.post("/v1/tokens", &card(APPROVED, "320")).await.expect(403);
    let made = cards.post("/v1/cards", &json!({"tokenId": token})).await.expect(201);
    let path = format!("/v1/cards/{}", made.text("/id"));
    for browser in [&tokens, &cards, &everything] {
        let _ = browser.get("/v1/cards").await.expect(403);
        let _ = browser.get(&path).await.expect(403);
        let _ = browser.post("/v1/sessions/tokens", &card(APPROVED, "320")).await.expect(403);
        let _ = browser.post("/v1/sessions/cards", &json!({"tokenId": token})).await.expect(403);
    }
    let _ = everything.post("/v1/tokens", &card(APPROVED, "320")).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_security_code_alone_waits_in_a_token_for_one_charge_of_a_stored_card() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let stored = stored_card(merchant, APPROVED).await;
    let by = |cvv: &str| charge_from(merchant, &json!({"sourceType": "card", "cardId": stored, "tokenCvv": cvv}));
    let token = cvv_token(merchant, "320").await;
    let paid = merchant.creates_charge(&by(&token)).await;
    assert_eq!(paid.text("/status"), "authorized");
    is_about(&merchant.post("/v1/charges", &by(&token)).await.expect(400), "already used");

    // The bank receives the code: a wrong one changes the reason of a decline.
    let declined = stored_card(merchant, DECLINED).await;
    for (cvv, why) in [("650", "generic"), ("651", "invalid_cvv")] {
        let source = json!({"sourceType": "card", "cardId": declined, "tokenCvv": cvv_token(merchant, cvv).await});
        let charge = merchant.creates_charge(&charge_from(merchant, &source)).await;
        assert_eq!(charge.text("/transactionRequests/0/providerError/declinedCode"), why);
    }

    let token = cvv_token(merchant, "320").await;
    is_about(&merchant.post("/v1/cards", &json!({"tokenId": token})).await.expect(400), "does not exist");
    is_about(&merchant.post("/v1/charges", &token_charge(merchant, &token)).await.expect(400), "does not exist");
    hub.clock().advance(TWO_HOURS);
    is_about(&merchant.post("/v1/charges", &by(&token)).await.expect(400), "has expired");
    hub.assert_books_agree().await;
}

/// The month ends last at UTC-12. A card in the request, a token and a stored card agree on it.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_pays_through_the_last_day_of_its_month_everywhere_on_earth() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let typed = |number: &str| with(card(number, "320"), "/cardExpirationDate", json!("11/2031"));
    let from_card = charge_from(merchant, &json!({"sourceType": "card", "card": typed(APPROVED)}));
    let new_token = async || merchant.post("/v1/tokens", &typed(OTHER)).await.expect(201).text("/tokenId").to_owned();
    let end: Timestamp = "2031-12-01T12:00:00Z".parse().unwrap();
    hub.clock().advance(end.since(hub.clock().now()).saturating_sub(Duration::from_secs(1)));

    let stored = merchant.post("/v1/cards", &json!({"tokenId": new_token().await})).await.expect(201);
    let from_stored = charge_from(merchant, &json!({"sourceType": "card", "cardId": stored.text("/id")}));
    let paid = merchant.post_with_key("/v1/charges", &from_stored, "in time").await.expect(201);
    for body in [&from_card, &from_stored, &token_charge(merchant, &new_token().await)] {
        assert_eq!(merchant.creates_charge(body).await.text("/status"), "authorized");
    }
    let (paying, storing) = (new_token().await, new_token().await);

    hub.clock().advance(Duration::from_secs(1));
    let ended = "the card has expired; nothing was done";
    for body in [&from_stored, &token_charge(merchant, &paying)] {
        is_about(&hub.refuses(merchant.post("/v1/charges", body), 400).await, ended);
    }
    is_about(&hub.refuses(merchant.post("/v1/cards", &json!({"tokenId": storing})), 400).await, ended);
    let late = hub.refuses(merchant.post("/v1/charges", &from_card), 400).await;
    let problem = "must not be in the past";
    assert_eq!(late.body["error"]["details"], json!([format!("paymentSource.card.cardExpirationDate {problem}")]));
    let late = hub.refuses(merchant.post("/v1/tokens", &typed(OTHER)), 400).await;
    assert_eq!(late.body["error"]["details"], json!([format!("cardExpirationDate {problem}")]));
    let replay = merchant.post_with_key("/v1/charges", &from_stored, "in time").await.expect(201);
    assert!(replay.is_replay() && replay.body == paid.body);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_replay_of_a_tokenization_answers_the_same_token() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    for (body, others) in [
        (card(APPROVED, "320"), [card(APPROVED, "321"), card(OTHER, "320"), json!({"cvvUpdate": "320"})]),
        (
            json!({"cvvUpdate": "320"}),
            [json!({"cvvUpdate": "321"}), json!({"cvvUpdate": "3200"}), card(APPROVED, "320")],
        ),
    ] {
        let key = body.to_string().len().to_string();
        let made = merchant.post_with_key("/v1/tokens", &body, &key).await.expect(201);
        let again = merchant.post_with_key("/v1/tokens", &body, &key).await.expect(201);
        assert!(again.is_replay() && !made.is_replay());
        assert_eq!(again.body, made.body);
        for other in others {
            let _ = merchant.post_with_key("/v1/tokens", &other, &key).await.expect(422);
        }
        hub.clock().advance(TWO_HOURS);
        assert!(!merchant.post_with_key("/v1/tokens", &body, &key).await.expect(201).is_replay(), "it has expired");
    }
    let (one, two) = (token(merchant, APPROVED, "320").await, token(merchant, APPROVED, "320").await);
    assert_ne!(one, two, "without a key every request is a new one");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_problems_of_a_card_are_answered_at_once_and_nothing_is_kept() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let before = hub.everything_stored().await.len();
    let dated = |date: &str| {
        let mut body = card(APPROVED, "320");
        body["cardExpirationDate"] = date.into();
        body
    };
    let mut wrong: Vec<(Value, usize)> =
        ["2028-06", "13/2028", "00/2028", "01/2020", "1/20", ""].map(|date| (dated(date), 1)).into();
    for number in
        ["00000000000", "00000000000000000000", "4929564637987815", "4929 5646 3798 7814", "4929-5646-3798-7814"]
    {
        wrong.push((card(number, "320"), 1));
    }
    wrong.extend([
        (card("371511430434941", "656"), 1),
        (card(APPROVED, "3200"), 1),
        (json!({"cardNumber": 4, "cardCvv": 320, "cardExpirationDate": {}, "cardHolderName": []}), 4),
        (json!({}), 8),
        (json!({"cvvUpdate": "12"}), 1),
    ]);
    for (body, problems) in &wrong {
        for path in ["/v1/tokens", "/v1/sessions/tokens"] {
            let refused = merchant.post_with_key(path, body, "key").await.expect(400);
            assert_eq!(refused.text("/error/type"), "bad_request");
            assert_eq!(refused.body["error"]["details"].as_array().unwrap().len(), *problems, "{}", refused.body);
        }
    }
    for body in [json!({}), json!({"tokenId": "x", "cvvCheck": 1}), json!({"tokenId": UNKNOWN_ID, "cvvCheck": true})] {
        let _ = merchant.post_with_key("/v1/cards", &body, "key").await.expect(400);
    }
    assert_eq!(hub.everything_stored().await.len(), before);
    for date in ["06/2028", "6/2028", "06/28"] {
        let token = merchant.post("/v1/tokens", &dated(date)).await.expect(201);
        let made = merchant.post("/v1/cards", &json!({"tokenId": token.text("/tokenId")})).await.expect(201);
        assert_eq!((made.text("/expirationMonth"), made.text("/expirationYear")), ("06", "2028"), "{date}");
    }
    let _ = merchant.post_with_key("/v1/tokens", &card("000000000000", "320"), "key").await.expect(201);
    let _ = merchant.post("/v1/tokens", &card("0000000000000000000", "320")).await.expect(201);
}
