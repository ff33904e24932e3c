//! Links to pages: who may make one, and where it is shown. And until when a payment holds a session.

use domain::{merchant::ProviderType, method::PaymentType};
use serde_json::{Value, json};
use tests::{
    Merchant, TestHub,
    hub::PUBLIC_URL,
    samples::{APPROVED, by_card, by_pix, card, pix_charge, session, with},
};

use crate::{linked, opens};

#[tokio::test(flavor = "multi_thread")]
async fn a_link_has_the_key_of_its_session_where_no_server_gets_it() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let made = merchant.post_with_key("/v1/sessions", &linked(&merchant.id), "link").await.expect(201);
    let link = made.text("/paymentLink").to_owned();
    assert_eq!(link, format!("{PUBLIC_URL}/pay/{}#{}", made.text("/id"), made.text("/publicKey")));
    let path = format!("/v1/sessions/{}", made.text("/id"));
    let again = merchant.post_with_key("/v1/sessions", &linked(&merchant.id), "link").await.expect(201);
    let (read, linked) = (merchant.get(&path).await, merchant.get(&format!("{path}/link")).await);
    let listed = merchant.get("/v1/sessions").await;
    let shown = [
        again.text("/paymentLink"),
        read.text("/paymentLink"),
        linked.text("/paymentLink"),
        listed.text("/items/0/paymentLink"),
    ];
    assert_eq!(shown, [link.as_str(); 4]);
    let (page, html) = hub.shopper.opens(link.split_once('#').unwrap().0, &[]).await;
    page.assert_status(200);
    assert!(!String::from_utf8(html).unwrap().contains(made.text("/publicKey")));

    for body in [session(&merchant.id), with(session(&merchant.id), "/createLink", json!(false))] {
        let without = merchant.post("/v1/sessions", &body).await.expect(201);
        assert_eq!(without.body["paymentLink"], "");
        // Nor has it a page: whoever made it cannot send its address to shoppers.
        let (page, _) = opens(&hub, &format!("/pay/{}", without.text("/id")), &[]).await;
        page.assert_status(404);
        let (frame, _) = opens(&hub, &format!("/checkout/frame/{}", without.text("/id")), &[]).await;
        frame.assert_status(200);
    }
    let other = with(session(&merchant.id), "/createLink", json!("yes"));
    let refused = merchant.post("/v1/sessions", &other).await.expect(400);
    assert_eq!(refused.body["error"]["details"], json!(["createLink must be a boolean value"]));
}

/// Stores a card under `root`: its id.
async fn stores_card(caller: &Merchant, root: &str) -> String {
    let token = caller.post(&format!("{root}/tokens"), &card(APPROVED)).await.expect(201);
    let card = caller.post(&format!("{root}/cards"), &json!({"tokenId": token.text("/tokenId")})).await.expect(201);
    card.text("/id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_session_with_a_link_opens_no_customer_that_the_session_names() {
    let hub = TestHub::build().await;
    let person = pix_charge("")["paymentSource"]["customer"].clone();
    let customer = hub.merchant.post("/v1/customers", &person).await.expect(201).text("/id").to_owned();
    let stored = stores_card(&hub.merchant, "/v1").await;
    let cards = format!("/v1/customers/{customer}/cards");
    hub.merchant.post(&cards, &json!({"cardId": stored})).await.assert_status(204);
    let (credit, pix) = (by_card(APPROVED)["paymentMethod"].clone(), by_pix()["paymentMethod"].clone());
    let payments = [
        (&credit, json!({"sourceType": "card", "cardId": stored, "cardCvv": "320"})),
        (&credit, json!({"sourceType": "customer", "customerId": customer, "cardCvv": "320"})),
        (&pix, json!({"sourceType": "customer", "customerId": customer})),
    ];
    for (has_link, read, stored, paid) in [(true, 404, 404, 400), (false, 200, 204, 201)] {
        let body = with(linked(&hub.merchant.id), "/createLink", json!(has_link));
        let body = with(body, "/customerId", json!(customer));
        let order = hub.merchant.creates_session(&body).await;
        let browser = hub.merchant.with_key(&order.key);
        let path = format!("/v1/sessions/customers/{customer}");
        browser.get(&path).await.assert_status(read);
        browser.get(&format!("{path}/cards")).await.assert_status(read);
        let own = stores_card(&browser, "/v1/sessions").await;
        browser.post(&format!("{path}/cards"), &json!({"cardId": own})).await.assert_status(stored);
        for (method, source) in &payments {
            let order = hub.merchant.creates_session(&body).await;
            let payment = json!({"paymentMethod": method, "paymentSource": source});
            hub.shopper.pays(&order, &payment).await.assert_status(paid);
        }
        // What the shopper types pays.
        hub.shopper.pays(&order, &by_pix()).await.assert_status(201);
    }
    hub.assert_books_agree().await;
}

/// Whoever has a link has the key, also after another shopper has typed name and card.
#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_session_with_a_link_reads_no_shopper_and_pays_with_no_card_without_its_code() {
    let hub = TestHub::build().await;
    for (has_link, read, without_code) in [(true, 404, 400), (false, 200, 201)] {
        let body = with(linked(&hub.merchant.id), "/createLink", json!(has_link));
        let order = hub.merchant.creates_session(&body).await;
        let browser = hub.merchant.with_key(&order.key);
        let typed = hub.shopper.pays(&order, &by_pix()).await.expect(201);
        let charge = browser.get(&order.path("/charge")).await.expect(200);
        assert_eq!(charge.text("/chargeId"), typed.text("/chargeId"));
        browser.get(&format!("/v1/sessions/customers/{}", charge.text("/customerId"))).await.assert_status(read);

        let order = hub.merchant.creates_session(&body).await;
        let browser = hub.merchant.with_key(&order.key);
        let token = browser.post("/v1/sessions/tokens", &card(APPROVED)).await.expect(201);
        let stored = json!({"tokenId": token.text("/tokenId")});
        let card = browser.post("/v1/sessions/cards", &stored).await.expect(201).text("/id").to_owned();
        let by = |source: Value| json!({"paymentMethod": by_card(APPROVED)["paymentMethod"], "paymentSource": source});
        let without = by(json!({"sourceType": "card", "cardId": card}));
        let paid = hub.shopper.pays(&order, &without).await;
        paid.assert_status(without_code);
        if has_link {
            let with_code = by(json!({"sourceType": "card", "cardId": card, "cardCvv": "320"}));
            hub.shopper.pays(&order, &with_code).await.assert_status(201);
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_makes_no_link() {
    let hub = TestHub::build().await;
    let key = hub.merchant.post("/v1/auth", &json!({"scope": ["sessions"], "expires": 0})).await.expect(201);
    let page = hub.merchant.with_key(key.text("/publicKey"));
    let refused = page.post("/v1/sessions", &linked(&hub.merchant.id)).await.expect(400);
    let sentence = "a session has createLink with the secret key alone; nothing was created";
    assert_eq!(refused.text("/error/message"), sentence);
    assert_eq!(hub.merchant.get("/v1/sessions").await.expect(200).body["items"], json!([]));
    page.post("/v1/sessions", &session(&hub.merchant.id)).await.assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_shows_until_when_a_pix_that_cannot_be_refunded_holds_its_session() {
    let holding =
        TestHub::with(&[(PaymentType::Credit, ProviderType::Sandbox), (PaymentType::Pix, ProviderType::Getnet)]).await;
    let order = holding.merchant.creates_session(&session(&holding.merchant.id)).await;
    let link = async |hub: &TestHub| hub.merchant.get(&order.path("/link")).await.expect(200);
    assert_eq!(link(&holding).await.body["heldUntil"], Value::Null);
    let until = holding.clock().now().plus(std::time::Duration::from_hours(1));
    holding.shopper.pays(&order, &by_pix()).await.assert_status(201);
    let held = link(&holding).await;
    let shown: domain::time::Timestamp = held.text("/heldUntil").parse().unwrap();
    assert!(shown.since(until) < std::time::Duration::from_mins(1), "{}", held.body);
    holding.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(409);

    let free = TestHub::with_every_ability().await;
    let order = free.merchant.creates_session(&session(&free.merchant.id)).await;
    free.shopper.pays(&order, &by_pix()).await.assert_status(201);
    let link = free.merchant.get(&order.path("/link")).await.expect(200);
    assert_eq!(link.body["heldUntil"], Value::Null);
}
