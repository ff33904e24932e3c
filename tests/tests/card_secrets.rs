//! Card numbers and security codes are never in the clear: not in the tables, not in an answer, not in the log.

use std::time::Duration;

use aws_local::engine::{HUB_TABLE, TOKENS_TABLE};
use aws_sdk_dynamodb::types::AttributeValue;
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Merchant, TestHub,
    bank::BankReply,
    engine::Fault,
    leak::Searched,
    log::{EVERYTHING, listen, logged},
    samples::{by_card, card_charge, drip_charge, pix_charge, session, with},
};

/// The numbers and the codes that were sent, and the answers.
#[derive(Default)]
struct Sent {
    numbers: Vec<String>,
    codes: Vec<String>,
    answers: Vec<String>,
}

impl Sent {
    /// Records a card and returns it as a shopper types it.
    fn card(&mut self, number: &str, code: &str) -> Value {
        self.numbers.push(number.replace(' ', ""));
        self.codes.push(code.to_owned());
        json!({"cardNumber": number, "cardCvv": code, "cardExpirationDate": "12/2099", "cardHolderName": "JOAO DA SILVA"})
    }

    async fn token(&mut self, merchant: &Merchant, number: &str, code: &str) -> String {
        let card = self.card(number, code);
        id(&self.post(merchant, "/v1/tokens", &card, 201).await, "tokenId")
    }

    fn code(&mut self, code: &str) -> String {
        self.codes.push(code.to_owned());
        code.to_owned()
    }

    async fn post(&mut self, merchant: &Merchant, path: &str, body: &Value, status: u16) -> Value {
        self.post_with_key(merchant, path, body, "", status).await
    }

    async fn post_with_key(&mut self, merchant: &Merchant, path: &str, body: &Value, key: &str, status: u16) -> Value {
        let answer = if key.is_empty() {
            merchant.post(path, body).await
        } else {
            merchant.post_with_key(path, body, key).await
        };
        self.answers.push(format!("{:?} {}", answer.headers, answer.body));
        answer.expect(status).body
    }

    async fn get(&mut self, merchant: &Merchant, path: &str) {
        self.answers.push(merchant.get(path).await.expect(200).body.to_string());
    }

    /// Every secret that one of the texts contains.
    fn leaks(&self, texts: &[String]) -> Vec<&String> {
        let searched = Searched::new(texts);
        self.numbers.iter().chain(&self.codes).filter(|secret| searched.occurrences(secret) > 0).collect()
    }
}

fn id(body: &Value, field: &str) -> String {
    body.get(field).and_then(Value::as_str).unwrap().to_owned()
}

fn charge(merchant: &Merchant, source: &Value) -> Value {
    let mut charge = card_charge(&merchant.id, "4929564637987814");
    charge.as_object_mut().unwrap().insert("paymentSource".to_owned(), source.clone());
    charge
}

/// Cards that are made, verified, refused, expired, and hit by every failure.
async fn cards(hub: &TestHub, sent: &mut Sent) -> String {
    let merchant = &hub.merchant;
    let verify = |token: &str| json!({"tokenId": token, "merchantId": merchant.id, "cvvCheck": true});
    let mut made = String::new();
    for (number, code) in [
        ("4916745120294124", "060"),
        ("4916878170842862", "061"),
        ("371511430434941", "0650"),
        ("5214254988499590", "020"),
    ] {
        let token = sent.token(merchant, number, code).await;
        made =
            id(&sent.post_with_key(merchant, "/v1/cards", &verify(&token), number.get(..6).unwrap(), 201).await, "id");
        sent.get(merchant, &format!("/v1/cards/{made}")).await;
    }
    let waiting = sent.card("6062829302997360", "098");
    let _ = sent.post_with_key(merchant, "/v1/tokens", &waiting, "waiting", 201).await;
    let _ = sent.post_with_key(merchant, "/v1/tokens", &waiting, "waiting", 201).await;
    let other = sent.card("36757624613710", "049");
    let _ = sent.post_with_key(merchant, "/v1/tokens", &other, "waiting", 422).await;

    for reply in [BankReply::LoseAnswer, BankReply::Stumble, BankReply::Babble] {
        hub.bank.expect([reply]);
        let token = sent.token(merchant, "5491266201550748", "026").await;
        let _ = sent.post(merchant, "/v1/cards", &verify(&token), 424).await;
    }
    let stuck = sent.card("5521448129190195", "088");
    hub.engine.fail(|operation, _| if operation == "PutItem" { Fault::Throttle } else { Fault::None });
    let _ = sent.post(merchant, "/v1/tokens", &stuck, 503).await;
    hub.engine.heal();
    for (number, code) in
        [("4929564637987815", "0987654"), ("4929 5646 3798 7822", "09876"), ("49295646379878310", "1x5")]
    {
        let wrong = sent.card(number, code);
        let _ = sent.post(merchant, "/v1/tokens", &wrong, 400).await;
        let inside = charge(merchant, &json!({"sourceType": "card", "card": wrong}));
        let _ = sent.post(merchant, "/v1/charges", &inside, 400).await;
        let _ = sent.post(merchant, "/v1/cards", &wrong, 400).await;
    }
    sent.get(merchant, "/v1/cards").await;
    made
}

/// Charges from cards, tokens and stored cards, and a session that is paid in a browser.
async fn payments(hub: &TestHub, sent: &mut Sent, stored: &str) {
    let merchant = &hub.merchant;
    for (number, code) in [("4556613630132678", "085"), ("4485406132091427", "017")] {
        let inside = json!({"sourceType": "card", "card": sent.card(number, code)});
        let _ = sent
            .post_with_key(merchant, "/v1/charges", &charge(merchant, &inside), number.get(..6).unwrap(), 201)
            .await;
        let _ = sent
            .post_with_key(merchant, "/v1/charges", &charge(merchant, &inside), number.get(..6).unwrap(), 201)
            .await;
        let token = sent.token(merchant, number, code).await;
        let from_token = json!({"sourceType": "token", "tokenId": token});
        let _ = sent.post(merchant, "/v1/charges", &charge(merchant, &from_token), 201).await;
    }
    let code = json!({"cvvUpdate": sent.code("0071")});
    let token = id(&sent.post(merchant, "/v1/tokens", &code, 201).await, "tokenId");
    for cvv in [json!({"tokenCvv": token}), json!({"cardCvv": sent.code("037")})] {
        let mut source = json!({"sourceType": "card", "cardId": stored});
        source.as_object_mut().unwrap().extend(cvv.as_object().unwrap().clone());
        let _ = sent.post(merchant, "/v1/charges", &charge(merchant, &source), 201).await;
    }
    let unused = json!({"cvvUpdate": sent.code("048")});
    let _ = sent.post(merchant, "/v1/tokens", &unused, 201).await;

    let session = sent.post(merchant, "/v1/sessions", &session(&merchant.id), 201).await;
    let shopper = merchant.with_key(&id(&session, "publicKey"));
    let token = sent.card("5597251149584267", "034");
    let token = id(&sent.post(&shopper, "/v1/sessions/tokens", &token, 201).await, "tokenId");
    let card = id(&sent.post(&shopper, "/v1/sessions/cards", &json!({"tokenId": token}), 201).await, "id");
    let source = json!({"sourceType": "card", "cardId": card, "cardCvv": sent.code("034")});
    let payment = json!({"paymentMethod": {"paymentType": "credit", "installments": 1}, "paymentSource": source});
    let _ = sent.post(&shopper, &format!("/v1/sessions/{}/charge", id(&session, "id")), &payment, 201).await;
    sent.get(merchant, "/v1/charges").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_number_and_no_code_is_stored_answered_or_logged() {
    listen(EVERYTHING);
    let hub = TestHub::build().await;
    let mut sent = Sent::default();
    let stored = cards(&hub, &mut sent).await;
    payments(&hub, &mut sent, &stored).await;

    let everything = hub.everything_stored().await;
    assert!(everything.len() > 20 && sent.answers.len() > 30 && sent.numbers.len() > 10);
    assert!(hub.bank.verifications() > 5 && hub.bank.bookings().len() > 4, "the bank received cards");
    assert_eq!(sent.leaks(&everything), [""; 0], "stored");
    assert_eq!(sent.leaks(&sent.answers), [""; 0], "answered");
    // The files also hold what was deleted. Three digits occur in every file, so only numbers are searched there.
    hub.clock().advance(Duration::from_hours(3));
    let files = hub.engine.files();
    assert!(files.iter().any(|file| file.contains("TOKEN#")), "the files are those of the tables");
    let numbers = Sent { numbers: sent.numbers.clone(), ..Sent::default() };
    assert_eq!(numbers.leaks(&files), [""; 0], "on disk");
    let log = logged();
    assert!(log.contains("the table could not be used"), "the log is captured");
    assert_eq!(sent.leaks(&[log]), [""; 0], "logged");
}

/// Where a shopper or a merchant may put a card number by mistake: the route, a good body, and the field.
async fn wrong_places(merchant: &Merchant) -> Vec<(Method, String, Value, &'static str)> {
    let order = merchant.post("/v1/sessions", &session(&merchant.id)).await.expect(201);
    let pay = format!("/v1/sessions/{}/charge", order.text("/id"));
    let shopper = pix_charge(&merchant.id)["paymentSource"]["customer"].clone();
    let made = merchant.post("/v1/customers", &shopper).await.expect(201);
    let customer = format!("/v1/customers/{}", made.text("/id"));
    let card = Sent::default().card("4916878170842862", "320");
    let item = json!([{"id": "1", "title": "A", "quantity": 1, "unitPrice": 150}]);
    let slip = json!({"paymentType": "boleto", "instructions": "", "items": item});
    let boleto = with(pix_charge(&merchant.id), "/paymentMethod", slip);
    let accepts = with(session(&merchant.id), "/paymentMethods", json!([{"paymentType": "boleto"}]));
    let routes = [
        (
            Method::POST,
            "/v1/charges",
            card_charge(&merchant.id, "4916878170842862"),
            vec!["orderId", "description", "statementDescriptor", "paymentSource.card.cardHolderName"],
        ),
        (
            Method::POST,
            "/v1/charges",
            boleto,
            vec!["paymentMethod.instructions", "paymentMethod.items.0.title", "paymentSource.customer.name"],
        ),
        (Method::POST, "/v1/charges", drip_charge(&merchant.id), vec!["paymentMethod.items.0.title"]),
        (
            Method::POST,
            "/v1/sessions",
            accepts,
            vec![
                "name",
                "orderId",
                "description",
                "statementDescriptor",
                "items.0.name",
                "items.0.description",
                "paymentMethods.0.instructions",
            ],
        ),
        (Method::POST, &pay, by_card("4916878170842862"), vec!["orderId", "description", "statementDescriptor"]),
        (Method::POST, "/v1/tokens", card, vec!["cardHolderName"]),
        (Method::POST, "/v1/customers", shopper, vec!["name"]),
        (Method::PATCH, &customer, json!({}), vec!["name"]),
        (Method::POST, "/v1/settings", json!({}), vec!["companyName", "statementDescription"]),
    ];
    let each = routes.into_iter().flat_map(|(method, path, body, fields)| {
        fields.into_iter().map(move |field| (method.clone(), path.to_owned(), body.clone(), field))
    });
    each.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_in_another_field_is_refused_and_stored_sent_and_logged_nowhere() {
    listen(EVERYTHING);
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let mut sent = Sent { numbers: vec!["5424181860913909".to_owned()], ..Sent::default() };
    let headers = [("x-merchant-id", merchant.id.as_str())];
    let places = wrong_places(merchant).await;
    for (method, path, body, field) in &places {
        for text in ["5424181860913909", "5424 1818 6091 3909", "JOAO 5424-1818-6091-3909"] {
            let body = with(body.clone(), &format!("/{}", field.replace('.', "/")), json!(text));
            let body = Some(body.to_string().into_bytes());
            let asked = async { merchant.send_beside(method.clone(), path, &headers, body).await.unwrap() };
            let answer = hub.refuses(asked, 400).await;
            let problem = format!("{field} must not contain a card number");
            assert_eq!(answer.body["error"]["details"], json!([problem]), "{path}");
            sent.answers.push(format!("{:?} {}", answer.headers, answer.body));
        }
    }
    // Answers and webhooks print the key: the number of the request's own card is not in it, whatever is around it.
    let good = card_charge(&merchant.id, "5424181860913909");
    let keys = [
        "5424181860913909",
        "order 5424-1818-6091-3909",
        "pay-5424181860913909",
        "5424181860913909x",
        "5424.1818.6091.3909",
        "5424  1818  6091  3909",
        "5424/1818_6091/3909",
    ];
    let token = json!({
        "cardNumber": "5424181860913909", "cardCvv": "122", "cardExpirationDate": "12/2031", "cardHolderName": "JOAO",
    });
    for (path, body) in [("/v1/charges", &good), ("/v1/tokens", &token)] {
        for (header, key) in keys.iter().flat_map(|key| [("x-idempotency-key", *key), ("idempotency-key", *key)]) {
            let headers = [(header, key)];
            let asked = merchant.send_beside(Method::POST, path, &headers, Some(body.to_string().into_bytes()));
            let answer = hub.refuses(async { asked.await.unwrap() }, 400).await;
            let problem = "X-Idempotency-Key must not contain a card number";
            assert_eq!(answer.body["error"]["details"], json!([problem]), "{path} {key}");
            sent.answers.push(format!("{:?} {}", answer.headers, answer.body));
        }
    }
    // The number of the request's own card, which has neither 15 nor 16 digits.
    sent.numbers.push("36757624613710".to_owned());
    for field in ["/orderId", "/description", "/statementDescriptor", "/paymentSource/card/cardHolderName"] {
        let own = with(card_charge(&merchant.id, "36757624613710"), field, json!("JOAO 3675.7624.6137.10"));
        let answer = hub.refuses(merchant.post("/v1/charges", &own), 400).await;
        sent.answers.push(answer.body.to_string());
    }
    assert!(places.len() > 20 && sent.answers.len() > 60);
    assert_eq!(sent.leaks(&hub.everything_stored().await), [""; 0], "stored");
    assert_eq!(sent.leaks(&sent.answers), [""; 0], "answered");
    assert_eq!(sent.leaks(&hub.engine.files()), [""; 0], "on disk");
    assert_eq!(sent.leaks(&[logged()]), [""; 0], "logged");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leak_into_the_tables_or_an_answer_would_be_found() {
    let hub = TestHub::build().await;
    let (number, code) = ("4532552729063643", "0660");
    let sent = Sent { numbers: vec![number.to_owned()], codes: vec![code.to_owned()], answers: Vec::new() };
    let dynamo = hub.engine.direct();
    let planted = [
        json!({"pan": number}).to_string(),
        json!([null, code]).to_string(),
        STANDARD.encode(json!({"pan": number}).to_string()),
    ];
    for text in planted {
        for table in [HUB_TABLE, TOKENS_TABLE] {
            assert_eq!(sent.leaks(&hub.everything_stored().await), [""; 0], "not yet");
            let key = |name: &str| (name.to_owned(), AttributeValue::S("PLANTED".to_owned()));
            let item = [key("PK"), key("SK"), ("doc".to_owned(), AttributeValue::S(text.clone()))];
            let _ = dynamo.put_item().table_name(table).set_item(Some(item.into())).send().await.unwrap();
            assert!(!sent.leaks(&hub.everything_stored().await).is_empty(), "{text} in {table}");
            assert!(!sent.leaks(&hub.engine.files()).is_empty(), "{text} in the files");
            let bare = [key("PK"), key("SK")];
            let _ = dynamo.delete_item().table_name(table).set_key(Some(bare.into())).send().await.unwrap();
        }
        assert!(!sent.leaks(&[json!({"message": text}).to_string()]).is_empty(), "{text} in an answer");
    }
}

#[test]
fn a_leak_into_the_log_would_be_found() {
    listen(EVERYTHING);
    let (number, code) = ("4716866286004545", "09965");
    for (numbers, codes) in [(vec![number.to_owned()], Vec::new()), (Vec::new(), vec![code.to_owned()])] {
        let sent = Sent { numbers, codes, answers: Vec::new() };
        assert_eq!(sent.leaks(&[logged()]), [""; 0], "not yet");
        let secret = sent.numbers.iter().chain(&sent.codes).next().unwrap();
        tracing::trace!(card = secret, "planted");
        assert!(!sent.leaks(&[logged()]).is_empty(), "{secret}");
    }
}

/// Keys of digits alone are usual, and one in many looks like a card number.
#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_may_look_like_the_number_of_another_card() {
    let hub = TestHub::build().await;
    let body = card_charge(&hub.merchant.id, "4929564637987814");
    hub.merchant.post_with_key("/v1/charges", &body, "5424181860913909").await.assert_status(201);
}
