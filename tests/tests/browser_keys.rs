//! Public keys and session keys are in shoppers' browsers: neither reads, changes or pays with what others made.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, Merchant, TestHub,
    samples::{APPROVED, by_card, by_pix, card, card_charge, pix_charge, session, with},
    session::Session,
};

/// A session, and the shopper who has its key.
struct Sale {
    session: Session,
    shopper: Merchant,
}

impl Sale {
    async fn by(maker: &Merchant, body: &Value) -> Self {
        let session = maker.creates_session(body).await;
        Self { shopper: maker.with_key(&session.key), session }
    }

    fn path(&self, more: &str) -> String {
        self.session.path(more)
    }

    async fn pay(&self, body: &Value) -> Answer {
        self.shopper.post(&self.path("/charge"), body).await
    }
}

const CPF: &str = "72912053013";

fn customer() -> Value {
    json!({
        "name": "Maria Quitéria", "email": "maria@example.com", "phoneNumber": "21 98889999099",
        "document": {"type": "cpf", "number": CPF},
    })
}

/// A caller with a new public key that `maker` makes.
async fn public_key(maker: &Merchant, scopes: &[&str]) -> Merchant {
    let made = maker.post("/v1/auth", &json!({"scope": scopes, "expires": 0})).await.expect(201);
    maker.with_key(made.text("/publicKey"))
}

/// The id of a card that `caller` stores, at the routes under `root`.
async fn stored_card(caller: &Merchant, root: &str) -> String {
    let token = caller.post(&format!("{root}/tokens"), &card(APPROVED)).await.expect(201);
    let made = caller.post(&format!("{root}/cards"), &json!({"tokenId": token.text("/tokenId")})).await.expect(201);
    made.text("/id").to_owned()
}

/// A customer of the account, with a card: their ids.
async fn customer_with_card(merchant: &Merchant) -> (String, String) {
    let id = merchant.post("/v1/customers", &customer()).await.expect(201).text("/id").to_owned();
    let card = stored_card(merchant, "/v1").await;
    link(merchant, "/v1", &id, &card).await.assert_status(204);
    (id, card)
}

async fn link(caller: &Merchant, root: &str, customer: &str, card: &str) -> Answer {
    caller.post(&format!("{root}/customers/{customer}/cards"), &json!({"cardId": card})).await
}

async fn delete(caller: &Merchant, path: &str) -> Answer {
    caller.send(Method::DELETE, path, None, None).await.unwrap()
}

/// A card payment with this source.
fn paid_with(source: &Value) -> Value {
    json!({"paymentMethod": {"paymentType": "credit", "installments": 1}, "paymentSource": source})
}

fn card_source(card: &str, cvv: Option<&str>) -> Value {
    let mut source = json!({"sourceType": "card", "cardId": card});
    if let Some(cvv) = cvv {
        source = with(source, "/cardCvv", json!(cvv));
    }
    source
}

fn customer_source(customer: &str, cvv: Option<&str>) -> Value {
    let mut source = json!({"sourceType": "customer", "customerId": customer});
    if let Some(cvv) = cvv {
        source = with(source, "/cardCvv", json!(cvv));
    }
    source
}

/// A charge of the account by `body`'s method and source.
fn charge_by(merchant: &Merchant, body: &Value) -> Value {
    let charge = card_charge(&merchant.id, APPROVED);
    let charge = with(charge, "/paymentMethod", body["paymentMethod"].clone());
    with(charge, "/paymentSource", body["paymentSource"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_knows_a_document_number_and_a_public_key_pays_with_no_stored_card() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let (victim, stored) = customer_with_card(merchant).await;
    let page = public_key(merchant, &["*"]).await;

    // A Pix with the customer's own CPF is answered with another customer.
    let pix = with(pix_charge(&merchant.id), "/paymentSource/customer", customer());
    let made = page.post("/v1/charges", &pix).await.expect(201);
    assert_ne!(made.text("/paymentSource/customerId"), victim);
    // The merchant's own such payment is the known customer's.
    let known = merchant.post("/v1/charges", &pix).await.expect(201);
    assert_eq!(known.text("/paymentSource/customerId"), victim);

    let asked = hub.bank.operations();
    let order = Sale::by(&page, &session(&merchant.id)).await;
    let sources = [
        customer_source(&victim, None),
        customer_source(&victim, Some("320")),
        card_source(&stored, None),
        card_source(&stored, Some("320")),
    ];
    for source in sources {
        let body = paid_with(&source);
        for answer in [
            page.post("/v1/charges", &charge_by(merchant, &body)).await,
            page.post(&order.path("/charge"), &body).await,
            order.pay(&body).await,
        ] {
            assert_eq!((answer.status, answer.text("/error/type")), (400, "invalid_request_error"), "{}", answer.body);
        }
    }
    assert_eq!(hub.bank.operations(), asked, "a provider was called");
    let _ =
        merchant.post("/v1/charges", &charge_by(merchant, &paid_with(&card_source(&stored, None)))).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_browser_links_or_pays_with_a_card_that_another_one_stored() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let (victim, accounts) = customer_with_card(merchant).await;
    let (one, two) =
        (Sale::by(merchant, &session(&merchant.id)).await, Sale::by(merchant, &session(&merchant.id)).await);
    let ones = stored_card(&one.shopper, "/v1/sessions").await;
    let page = public_key(merchant, &["*"]).await;
    let pages = stored_card(&page, "/v1").await;

    let twos_customer = two.shopper.post("/v1/sessions/customers", &customer()).await.expect(201);
    let pages_customer = page.post("/v1/customers", &customer()).await.expect(201);
    for card in [&accounts, &ones, &pages] {
        link(&two.shopper, "/v1/sessions", twos_customer.text("/id"), card).await.assert_status(404);
        let answer = two.pay(&paid_with(&card_source(card, Some("320")))).await;
        answer.assert_status(400);
    }
    for card in [&accounts, &ones] {
        link(&page, "/v1", pages_customer.text("/id"), card).await.assert_status(404);
    }
    // Nor is a card of a browser put beside the merchant's: the merchant's next charge would take it.
    for (caller, root, card) in [(&one.shopper, "/v1/sessions", &ones), (&page, "/v1", &pages)] {
        link(caller, root, &victim, card).await.assert_status(404);
    }
    link(&page, "/v1", pages_customer.text("/id"), &pages).await.assert_status(204);
    link(&one.shopper, "/v1/sessions", pages_customer.text("/id"), &ones).await.assert_status(404);

    // Its own card pays: a session's at once, a public key's with its security code, as many shoppers share that key.
    let without =
        page.post("/v1/charges", &charge_by(merchant, &paid_with(&card_source(&pages, None)))).await.expect(400);
    assert!(without.text("/error/message").contains("security code"), "{}", without.body);
    let _ =
        page.post("/v1/charges", &charge_by(merchant, &paid_with(&card_source(&pages, Some("320"))))).await.expect(201);
    assert_eq!(one.pay(&paid_with(&card_source(&ones, None))).await.expect(201).text("/status"), "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_sees_and_changes_what_it_or_its_children_made_and_nothing_else() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let order = session(&merchant.id);
    let (page, other) = (public_key(merchant, &["*"]).await, public_key(merchant, &["*"]).await);
    let child = public_key(&page, &["sessions", "charges"]).await;
    let accounts = Sale::by(merchant, &order).await;
    let (pages, childs) = (Sale::by(&page, &order).await, Sale::by(&child, &order).await);

    let listed = |answer: Answer| -> Vec<String> {
        let items = answer.body["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    let ids = |orders: &[&Sale]| orders.iter().map(|order| order.session.id.clone()).collect::<Vec<_>>();
    let list = "/v1/sessions?sort=ASC";
    assert_eq!(listed(merchant.get(list).await.expect(200)), ids(&[&accounts, &pages, &childs]));
    assert_eq!(listed(page.get(list).await.expect(200)), ids(&[&pages, &childs]));
    assert_eq!(page.get(list).await.body["meta"]["totalItems"], json!(2));
    assert_eq!(listed(child.get(list).await.expect(200)), ids(&[&childs]));
    assert_eq!(listed(other.get(list).await.expect(200)), ids(&[]));

    for (caller, foreign) in
        [(&page, &accounts), (&child, &accounts), (&child, &pages), (&other, &pages), (&other, &childs)]
    {
        for path in ["", "/link", "/history"] {
            caller.get(&foreign.path(path)).await.assert_status(404);
        }
        caller.patch(&foreign.path(""), &json!({"isActive": false})).await.assert_status(404);
        caller.post(&foreign.path("/cancel"), &Value::Null).await.assert_status(404);
        caller.post(&foreign.path("/charge"), &by_card(APPROVED)).await.assert_status(404);
    }
    assert_eq!(merchant.reads_session(&accounts.session).await.body["isActive"], json!(true));
    let paid = childs.pay(&by_card(APPROVED)).await.expect(201);
    let charge = format!("/v1/charges/{}", paid.text("/chargeId"));
    for caller in [merchant, &page, &child] {
        caller.get(&charge).await.assert_status(200);
        caller.get(&format!("/v1/charges/{}", childs.session.id)).await.assert_status(200);
        caller.get(&childs.path("/history")).await.assert_status(200);
    }
    other.get(&charge).await.assert_status(404);
    other.get(&format!("/v1/charges/{}", childs.session.id)).await.assert_status(404);
    let merchants = merchant.post("/v1/charges", &card_charge(&merchant.id, APPROVED)).await.expect(201);
    page.get(&format!("/v1/charges/{}", merchants.text("/id"))).await.assert_status(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_removes_itself_and_its_children_and_no_other_key() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let made = |answer: Answer| answer.text("/publicKey").to_owned();
    let body = json!({"scope": ["*"], "expires": 0});
    let page = made(merchant.post("/v1/auth", &body).await.expect(201));
    let other = made(merchant.post("/v1/auth", &body).await.expect(201));
    let child = made(merchant.with_key(&page).post("/v1/auth", &body).await.expect(201));
    delete(&merchant.with_key(&child), &format!("/v1/auth/{page}")).await.assert_status(404);
    delete(&merchant.with_key(&other), &format!("/v1/auth/{child}")).await.assert_status(404);
    merchant.with_key(&child).get("/v1/sessions").await.assert_status(200);
    delete(&merchant.with_key(&page), &format!("/v1/auth/{child}")).await.assert_status(204);
    merchant.with_key(&child).get("/v1/sessions").await.assert_status(403);
    delete(&merchant.with_key(&page), &format!("/v1/auth/{page}")).await.assert_status(204);

    // Keys made by keys end somewhere.
    let mut deepest = merchant.clone();
    for _ in 0..8 {
        deepest = deepest.with_key(&made(deepest.post("/v1/auth", &body).await.expect(201)));
    }
    assert!(deepest.post("/v1/auth", &body).await.expect(400).text("/error/message").contains("8 deep"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_names_a_customer_opens_that_customer_and_its_cards_given_their_security_code() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let (named, saved) = customer_with_card(merchant).await;
    let request = with(session(&merchant.id), "/customerId", json!(named));
    let mine = Sale::by(merchant, &request).await;
    assert_eq!(merchant.reads_session(&mine.session).await.text("/customerId"), named);
    let foreign = Sale::by(merchant, &session(&merchant.id)).await;
    let path = format!("/v1/sessions/customers/{named}");
    assert_eq!(mine.shopper.get(&path).await.expect(200).text("/document/number"), CPF);
    let cards = mine.shopper.get(&format!("{path}/cards")).await.expect(200);
    assert_eq!((cards.text("/0/id"), cards.text("/0/last4digits")), (saved.as_str(), "7814"));
    foreign.shopper.get(&path).await.assert_status(404);
    foreign.shopper.get(&format!("{path}/cards")).await.assert_status(404);

    // A card that one session stores for the customer pays in the customer's next one.
    let fresh = stored_card(&mine.shopper, "/v1/sessions").await;
    link(&mine.shopper, "/v1/sessions", &named, &fresh).await.assert_status(204);
    let next = Sale::by(merchant, &request).await;
    for source in [card_source(&fresh, None), customer_source(&named, None)] {
        let refused = next.pay(&paid_with(&source)).await.expect(400);
        assert!(refused.text("/error/message").contains("security code"), "{}", refused.body);
    }
    let answer = foreign.pay(&paid_with(&customer_source(&named, Some("320")))).await;
    answer.assert_status(400);
    assert_eq!(next.pay(&paid_with(&card_source(&fresh, Some("320")))).await.expect(201).text("/status"), "paid");
    let paid = mine.pay(&paid_with(&customer_source(&named, Some("320")))).await.expect(201);
    assert_eq!((paid.text("/status"), paid.text("/customerId")), ("paid", named.as_str()));

    // Only the merchant names a customer, and only one of its own.
    let page = public_key(merchant, &["*"]).await;
    let by_page = page.post("/v1/sessions", &request).await.expect(400);
    assert!(by_page.text("/error/message").contains("secret key alone"), "{}", by_page.body);
    let stranger = hub.another_merchant().await;
    let foreign = with(session(&stranger.id), "/customerId", json!(named));
    assert!(stranger.post("/v1/sessions", &foreign).await.expect(400).text("/error/message").contains("customerId"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_named_with_a_fresh_card_is_attribution_and_is_not_looked_up() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let (registered, _) = customer_with_card(merchant).await;
    for customer in [registered.as_str(), "c1db83fa-723c-4e1f-9722-bc19d1be6791"] {
        let order = Sale::by(merchant, &session(&merchant.id)).await;
        let paid = order.pay(&with(by_card(APPROVED), "/customerId", json!(customer))).await.expect(201);
        assert_eq!((paid.text("/status"), paid.text("/customerId")), ("paid", customer));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_browser_learns_who_is_a_customer_or_sees_a_fingerprint() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let (named, _) = customer_with_card(merchant).await;
    let page = public_key(merchant, &["*"]).await;
    let order = Sale::by(merchant, &with(session(&merchant.id), "/customerId", json!(named))).await;
    for (caller, path) in [(&page, "/v1/customers"), (&order.shopper, "/v1/sessions/customers")] {
        let known = caller.post(path, &customer()).await.expect(201);
        let unknown = with(customer(), "/email", json!("someone.else@example.com"));
        let unknown = with(unknown, "/document/number", json!("39053344705"));
        let unknown = caller.post(path, &unknown).await.expect(201);
        let shape = |answer: &Answer| answer.body.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(shape(&known), shape(&unknown));
    }
    merchant.post("/v1/customers", &customer()).await.assert_status(409);

    for (caller, root) in [(&page, "/v1"), (&order.shopper, "/v1/sessions")] {
        let token = caller.post(&format!("{root}/tokens"), &card(APPROVED)).await.expect(201);
        let made = caller.post(&format!("{root}/cards"), &json!({"tokenId": token.text("/tokenId")})).await.expect(201);
        assert_eq!(made.text("/last4digits"), "7814");
        assert!(!made.body.to_string().contains("fingerprint"), "{}", made.body);
    }
    let shown = order.shopper.get(&format!("/v1/sessions/customers/{named}/cards")).await.expect(200);
    assert!(!shown.body.to_string().contains("fingerprint"), "{}", shown.body);
    let paid = order.pay(&by_card(APPROVED)).await.expect(201);
    assert!(!paid.body.to_string().contains("fingerprint"), "{}", paid.body);
    let merchants = merchant.get(&format!("/v1/customers/{named}/cards")).await.expect(200);
    assert!(!merchants.text("/0/fingerprint").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn idempotency_keys_of_browsers_take_none_of_the_merchants() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let (page, sibling) = (public_key(merchant, &["*"]).await, public_key(merchant, &["*"]).await);
    let one = Sale::by(merchant, &session(&merchant.id)).await;
    let bodies = [
        ("/v1/charges", pix_charge(&merchant.id), "/description"),
        ("/v1/sessions", session(&merchant.id), "/description"),
        ("/v1/customers?force=true", customer(), "/name"),
        ("/v1/tokens", card(APPROVED), "/cardHolderName"),
    ];
    for (path, body, field) in bodies {
        let squatted = with(body.clone(), field, json!("SOMETHING ELSE"));
        let first = page.post_with_key(path, &squatted, "order-1001").await.expect(201);
        let own = merchant.post_with_key(path, &body, "order-1001").await.expect(201);
        assert!(!own.is_replay(), "{path}");
        assert!(merchant.post_with_key(path, &body, "order-1001").await.expect(201).is_replay(), "{path}");
        // All public keys of an account share one space, and none gets the answer to another one's request.
        sibling.post_with_key(path, &body, "order-1001").await.assert_status(422);
        assert_ne!(first.body.get("id"), Some(&Value::Null));
    }
    // The shopper's payment of a session and the merchant's of the same one are two requests: the second finds it paid.
    let _ = one.shopper.post_with_key(&one.path("/charge"), &by_pix(), "once").await.expect(201);
    assert!(one.shopper.post_with_key(&one.path("/charge"), &by_pix(), "once").await.expect(201).is_replay());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_first_takes_no_document_from_the_merchant() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let page = public_key(merchant, &["*"]).await;
    let sale = Sale::by(merchant, &session(&merchant.id)).await;
    let squatted = [
        sale.shopper.post("/v1/sessions/customers", &customer()).await.expect(201),
        page.post("/v1/customers", &customer()).await.expect(201),
    ];
    let own = merchant.post("/v1/customers", &customer()).await.expect(201);
    let pix = with(pix_charge(&merchant.id), "/paymentSource/customer", customer());
    let paying = merchant.creates_charge(&pix).await;
    assert_eq!(paying.text("/paymentSource/customerId"), own.text("/id"));
    assert!(squatted.iter().all(|made| made.text("/id") != own.text("/id")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_gets_no_answer_to_what_another_public_key_made() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let (one, two) = (public_key(merchant, &["*"]).await, public_key(merchant, &["*"]).await);
    let token = merchant.post("/v1/tokens", &card(APPROVED)).await.expect(201);
    let bodies = [
        ("/v1/auth", json!({"scope": ["sessions"], "expires": 0})),
        ("/v1/sessions", session(&merchant.id)),
        ("/v1/customers", customer()),
        ("/v1/cards", json!({"tokenId": token.text("/tokenId")})),
        ("/v1/charges", pix_charge(&merchant.id)),
    ];
    for (path, body) in bodies {
        let made = one.post_with_key(path, &body, "1").await.expect(201);
        let refused = two.post_with_key(path, &body, "1").await;
        refused.assert_status(422);
        for secret in ["/id", "/publicKey"].map(|name| made.text(name)).iter().filter(|text| !text.is_empty()) {
            assert!(!refused.body.to_string().contains(*secret), "{path}: {}", refused.body);
        }
        assert!(one.post_with_key(path, &body, "1").await.expect(201).is_replay(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_links_a_card_replaces_none_and_learns_no_number() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let (named, saved) = customer_with_card(merchant).await;
    let sale = Sale::by(merchant, &with(session(&merchant.id), "/customerId", json!(named))).await;
    let mut last = saved.clone();
    for number in 0..24 {
        last = stored_card(&sale.shopper, "/v1/sessions").await;
        link(&sale.shopper, "/v1/sessions", &named, &last).await.assert_status(204);
        let cards = merchant.get(&format!("/v1/customers/{named}/cards")).await.expect(200);
        assert_eq!(cards.text("/0/id"), saved, "after {number}: the merchant's card is still linked");
    }
    let more = stored_card(&sale.shopper, "/v1/sessions").await;
    let refused = link(&sale.shopper, "/v1/sessions", &named, &more).await.expect(400);
    assert!(refused.text("/error/message").contains("25 cards"), "{}", refused.body);
    let merchants = stored_card(merchant, "/v1").await;
    link(merchant, "/v1", &named, &merchants).await.assert_status(204);
    assert_ne!(last, more);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_sees_every_payment_of_its_session_and_that_session_names_who_paid() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let page = public_key(merchant, &["*"]).await;
    let pages = Sale::by(&page, &session(&merchant.id)).await;
    let paid = merchant.post(&pages.path("/charge"), &by_card(APPROVED)).await.expect(201);
    page.get(&format!("/v1/charges/{}", paid.text("/chargeId"))).await.assert_status(200);
    page.get(&format!("/v1/charges/{}", pages.session.id)).await.assert_status(200);

    let (named, _) = customer_with_card(merchant).await;
    let other = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    for body in [by_card(APPROVED), with(by_card(APPROVED), "/customerId", json!(other))] {
        let sale = Sale::by(merchant, &with(session(&merchant.id), "/customerId", json!(named))).await;
        assert_eq!(sale.pay(&body).await.expect(201).text("/customerId"), named);
    }
    // The security code of its card may come in a token.
    let sale = Sale::by(merchant, &with(session(&merchant.id), "/customerId", json!(named))).await;
    let code = sale.shopper.post("/v1/sessions/tokens", &json!({"cvvUpdate": "320"})).await.expect(201);
    let source = with(customer_source(&named, None), "/tokenCvv", json!(code.text("/tokenId")));
    assert_eq!(sale.pay(&paid_with(&source)).await.expect(201).text("/status"), "paid");
}
