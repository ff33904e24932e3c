//! A function's role grants what the function uses of the tables, the key service and the queues, and nothing else.
//! Every test refuses the rest: the sockets of those three answer only what the caller's role grants.

use std::{collections::HashMap, time::Duration};

use domain::webhook::PAUSES;
use futures::future::join;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    bank::{BankReply, reference},
    receiver::{Behaviour, Receiver},
    roles::{Verbs, granted, without_keys},
    samples::{
        APPROVED, DECLINED, by_card, by_pix, card, card_charge, from_token, open_session, pix_charge, reservation,
        with, without,
    },
    session::Session,
    stream::Stream,
    worldline::Server,
    worldline_shop::{Shop, encrypted, plain},
};

const DOCUMENT: &str = "39053344705";

/// A merchant's day, with everything that a role is for.
struct Day {
    hub: TestHub,
}

impl Day {
    async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.hub.merchant.send(method, path, Some(body.to_string().into_bytes()), None).await.unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.hub.merchant.post(path, body).await.expect(201)
    }

    async fn charge(&self, body: &Value) -> String {
        self.post("/v1/charges", body).await.text("/id").to_owned()
    }

    async fn token(&self) -> String {
        self.post("/v1/tokens", &card(APPROVED)).await.text("/tokenId").to_owned()
    }

    async fn read(&self, paths: &[&str]) {
        for path in paths {
            self.hub.merchant.get(path).await.assert_status(200);
        }
    }

    async fn order(&self) -> Session {
        self.hub.merchant.creates_session(&open_session(&self.hub.merchant.id)).await
    }

    /// The merchant stores provider keys, a second merchant is created, and a public key is created and deleted.
    async fn open(&self) {
        let provider = |name: &str| json!({"name": name, "credentials": {"type": "sandbox", "apiKey": "bank_key_1"}});
        let keys = json!({"providers": [provider("STRIPE"), provider("MERCADO_PAGO")]});
        let path = format!("/v1/merchants/{}", self.hub.merchant.id);
        self.send(Method::PATCH, &path, &keys).await.assert_status(200);
        let merchant = self.post("/v1/merchants", &json!({"mcc": "5912", "providers": [provider("STRIPE")]})).await;
        let path = format!("/v1/merchants/{}", merchant.text("/id"));
        self.read(&["/v1/merchants", &path]).await;
        self.send(Method::PATCH, &path, &json!({"mcc": "5411"})).await.assert_status(200);
        let key = self.post("/v1/auth", &json!({"scope": "*", "expires": 0})).await;
        self.read(&["/v1/auth"]).await;
        self.send(Method::DELETE, &format!("/v1/auth/{}", key.text("/publicKey")), &Value::Null).await;
        self.send(Method::DELETE, "/v1/auth", &Value::Null).await.assert_status(204);
    }

    /// A server makes a client session for a shopper with a card, whose page gets the key to encrypt with.
    async fn serve_pages(&self) {
        let charge = self.post("/v1/charges", &card_charge(&self.hub.merchant.id, APPROVED)).await;
        let tokens = json!({"tokens": [charge.text("/paymentSource/cardId")]});
        let made = Server::of(&self.hub.merchant).makes_session(&tokens).await.expect(200);
        let proof = format!("GCS v1Client:{}", made.text("/clientSessionId"));
        let path = format!("/client/v1/{}/crypto/publickey", made.text("/customerId"));
        let answer = self.hub.merchant.send_with(Method::GET, &path, &[("authorization", proof.as_str())], None).await;
        answer.unwrap().assert_status(200);
    }

    /// Cards are charged, reserved, captured and refunded.
    async fn sell(&self) {
        let merchant = &self.hub.merchant.id;
        self.charge(&from_token(card_charge(merchant, APPROVED), &self.token().await)).await;
        let card = self
            .post(
                "/v1/cards",
                &json!({"tokenId": self.token().await, "zeroDollar": {"merchantId": merchant, "cvvCheck": true}}),
            )
            .await;
        self.read(&["/v1/cards", &format!("/v1/cards/{}", card.text("/id"))]).await;
        let reserved = self.charge(&reservation(merchant)).await;
        self.post(&format!("/v1/charges/{reserved}/capture"), &json!({})).await;
        self.post(&format!("/v1/charges/{reserved}/void"), &json!({})).await;
        let pix = self.charge(&pix_charge(merchant)).await;
        self.send(Method::POST, &format!("/v1/charges/{pix}"), &json!({"status": "authorized"}))
            .await
            .assert_status(200);
        self.read(&["/v1/charges", &format!("/v1/charges/{pix}")]).await;
    }

    /// An unsaved card pays again, here and in a session.
    async fn sell_again(&self) {
        let merchant = &self.hub.merchant.id;
        let first = self.post("/v1/charges", &card_charge(merchant, APPROVED)).await;
        let source = json!({"sourceType": "card", "cardId": first.text("/paymentSource/cardId")});
        self.charge(&with(card_charge(merchant, APPROVED), "/paymentSource", source.clone())).await;
        let order = self.order().await;
        self.post(&order.path("/charge"), &with(by_card(APPROVED), "/paymentSource", source)).await;
        let document = json!({"type": "cpf", "number": "52998224725"});
        let customer = json!({"name": "Rui", "email": "r@example.com", "phoneNumber": "1", "document": document});
        let customer = self.post("/v1/customers", &customer).await.text("/id").to_owned();
        let source = json!({"sourceType": "customer", "customerId": customer});
        self.charge(&with(pix_charge(merchant), "/paymentSource", source.clone())).await;
        let order = self.post("/v1/sessions", &with(open_session(merchant), "/customerId", json!(customer))).await;
        let path = format!("/v1/sessions/{}/charge", order.text("/id"));
        self.post(&path, &with(by_pix(), "/paymentSource", source)).await;
        self.post(&path, &by_pix()).await; // the active charge, remembered
        for key in ["new", "new"] {
            let body = with(pix_charge(merchant), "/paymentSource/customer/document/number", json!("11144477735"));
            self.hub.merchant.post_with_key("/v1/charges", &body, key).await.assert_status(201);
        }
        let key = ("again", open_session(merchant));
        for _ in 0..2 {
            self.hub.merchant.post_with_key("/v1/sessions", &key.1, key.0).await.assert_status(201);
        }
    }

    /// Half a year later the sweeper erases what is not needed any more, and what events say of an erased customer.
    async fn forget(&self, receiver: &Receiver) {
        let endpoint = json!({"event": "*", "endpoint": receiver.endpoint("/forgotten")});
        self.post("/v1/webhooks", &endpoint).await;
        let _ = self.hub.engine.take_calls();
        let charge = self.post("/v1/charges", &pix_charge(&self.hub.merchant.id)).await;
        let records = Stream::default().records(&self.hub.engine.take_calls());
        assert_eq!(self.hub.relay(records).await.batch_item_failures, []);
        self.hub.deliver().await;
        let customer = format!("/v1/customers/{}", charge.text("/paymentSource/customerId"));
        self.send(Method::DELETE, &customer, &Value::Null).await.assert_status(200);
        self.hub.pass(Duration::from_mins(2)).await;
        self.hub.pass(Duration::from_hours(24 * 181)).await;
    }

    /// Sessions are paid, superseded, canceled and switched off.
    async fn pay_sessions(&self) {
        let paid = self.order().await;
        self.hub.shopper.pays(&paid, &by_card(APPROVED)).await.assert_status(201);
        self.post(&format!("/v1/charges/{}/void", paid.id), &json!({})).await;
        let by_token = self.order().await;
        self.hub.shopper.pays(&by_token, &from_token(by_card(APPROVED), &self.token().await)).await.assert_status(201);
        let superseded = self.order().await;
        self.hub.shopper.pays(&superseded, &by_pix()).await.assert_status(201);
        self.hub.shopper.pays(&superseded, &by_card(APPROVED)).await.assert_status(201);
        let canceled = self.order().await;
        self.hub.shopper.pays(&canceled, &by_pix()).await.assert_status(201);
        self.hub.merchant.cancels(&canceled).await.assert_status(201);
        let client = &self.hub.merchant;
        let (_, pix) = client.opens_locked_session(&by_pix()).await;
        self.send(Method::POST, &format!("/v1/charges/{pix}"), &json!({"status": "authorized"}))
            .await
            .assert_status(200);
        let reserving = client.creates_session(&with(open_session(&client.id), "/capture", json!(false))).await;
        let reserved =
            self.hub.shopper.pays(&reserving, &by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
        self.post(&format!("/v1/charges/{reserved}/capture"), &json!({})).await;
        let off = self.order().await;
        self.hub.merchant.switches(&off, false).await.assert_status(200);
        self.read(&["/v1/sessions", &off.path(""), &off.path("/link"), &paid.path("/history")]).await;
        self.read(&[&format!("/checkout/frame/{}", off.id), &off.path("/status"), &paid.path("/charge")]).await;
    }

    /// A page pays with a public key, once in place of a Pix, and its card is declined: counters are read and written.
    async fn decline(&self) {
        let merchant = &self.hub.merchant;
        let key = self.post("/v1/auth", &json!({"scope": "*", "expires": 0})).await;
        let page = merchant.with_key(key.text("/publicKey"));
        page.post("/v1/charges", &card_charge(&merchant.id, DECLINED)).await.assert_status(201);
        // The sweeper learns that it was approved.
        self.hub.bank.expect([BankReply::LoseAnswer]);
        page.post("/v1/charges", &card_charge(&merchant.id, APPROVED)).await.assert_status(201);
        self.hub.pass(Duration::from_mins(5)).await;
        let order = page.creates_session(&open_session(&merchant.id)).await;
        for body in [by_pix(), by_card(DECLINED)] {
            page.post(&order.path("/charge"), &body).await.assert_status(201);
        }
        let token = page.post("/v1/tokens", &card(DECLINED)).await.expect(201).text("/tokenId").to_owned();
        let zero_dollar = json!({"merchantId": merchant.id, "cvvCheck": true});
        let verified = json!({"tokenId": token, "zeroDollar": zero_dollar});
        // The card's number in the key is refused, unless a counter is full.
        let by_token = from_token(card_charge(&merchant.id, DECLINED), &token);
        page.post_with_key("/v1/charges", &by_token, DECLINED).await.assert_status(400);
        page.post_with_key("/v1/cards", &verified, DECLINED).await.assert_status(400);
        page.post("/v1/cards", &verified).await.assert_status(201);
    }

    /// A shopper pays through Worldline's API, by an encrypted card and by a stored one.
    async fn sell_by_worldline(&self) {
        let server = Shop::of(&self.hub.merchant);
        let tokenize = with(plain(APPROVED), "/cardPaymentMethodSpecificInput/tokenize", json!(true));
        let made = server.post("/payments", &tokenize).await.expect(201);
        let token = made.text("/creationOutput/token");
        let page = server.opens(&json!({"tokens": [token]})).await;
        let payment = server.pays(&encrypted(&page.encrypts(APPROVED))).await;
        server.post_nothing(&format!("/payments/{payment}/approve")).await.assert_status(200);
        server.post_nothing(&format!("/payments/{payment}/refund")).await.assert_status(201);
        let mut stored = plain(APPROVED);
        stored["cardPaymentMethodSpecificInput"] = json!({"token": token});
        let stored = server.pays(&stored).await;
        server.post_nothing(&format!("/payments/{stored}/cancel")).await.assert_status(200);
        let mut on_file = page.input(APPROVED);
        on_file["accountOnFileId"] = json!(1);
        on_file["paymentValues"] = json!([{"key": "cvv", "value": "123"}]);
        server.pays(&encrypted(&page.encrypts_input(&on_file))).await;
        server.post("/payments", &plain(DECLINED)).await.assert_status(402);
        server.post("/payments", &encrypted(&page.encrypts(DECLINED))).await.assert_status(402);
    }

    /// Customers are created, get cards, change and are deleted.
    async fn serve_customers(&self) {
        let document = json!({"type": "cpf", "number": DOCUMENT, "country": "BR"});
        let shopper =
            json!({"name": "Ana", "email": "ana@example.com", "phoneNumber": "11999999999", "document": document});
        let path = format!("/v1/customers/{}", self.post("/v1/customers", &shopper).await.text("/id"));
        let card = self.post("/v1/cards", &json!({"tokenId": self.token().await})).await;
        let link = json!({"cardId": card.text("/id")});
        self.send(Method::POST, &format!("{path}/cards"), &link).await.assert_status(204);
        self.read(&["/v1/customers", &path, &format!("{path}/cards")]).await;
        self.send(Method::PATCH, &path, &json!({"name": "Ana Maria"})).await.assert_status(200);
        self.send(Method::DELETE, &path, &Value::Null).await;
    }

    /// Providers notify payments, one of them late: it supersedes another Pix, which the shopper has not paid.
    async fn receive_notifications(&self) {
        for time in [Duration::ZERO, Duration::from_hours(2)] {
            let order = self.order().await;
            let charge = self.hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
            self.hub.pass(time).await;
            if !time.is_zero() {
                self.hub.shopper.pays(&order, &by_pix()).await.assert_status(201);
            }
            self.hub.provider.notifies(&self.hub.bank.pay(&reference(&charge, 1), 100)).await;
        }
    }

    /// A notification that overtakes the answer of its payment waits until the hub settles that answer.
    async fn overtake(&self) {
        let hub = &self.hub;
        let seen = hub.bank.operations();
        hub.bank.expect([BankReply::AnswerLate]);
        let notify = async {
            hub.bank.has_seen(seen + 1).await;
            let asked = hub.bank.asked();
            let create = asked.iter().rev().find(|asked| asked["operation"] == "create").unwrap();
            let refunded = json!({"news": "refund_begun", "amount": 50});
            let update = hub.bank.update(create["reference"].as_str().unwrap(), &refunded);
            hub.provider.notifies(&update).await;
            hub.bank.let_answer();
        };
        join(self.charge(&pix_charge(&hub.merchant.id)), notify).await;
    }

    /// An endpoint is registered, changed and tested, and receives events.
    async fn deliver_events(&self, receiver: &Receiver) {
        let endpoint = json!({"event": "*", "endpoint": receiver.endpoint("/hooks")});
        let path = format!("/v1/webhooks/{}", self.post("/v1/webhooks", &endpoint).await.text("/id"));
        self.read(&["/v1/webhooks", &path]).await;
        self.send(Method::PATCH, &path, &json!({"version": "1.1"})).await.assert_status(200);
        self.send(Method::PATCH, &path, &json!({"endpoint": receiver.endpoint("/other")})).await.assert_status(200);
        self.post(&format!("{path}/rotate"), &json!({})).await;
        self.post(&format!("{path}/test"), &json!({})).await;
        self.happen().await;
        self.hub.pass(Duration::from_mins(6)).await;
        self.hub.deliver().await;
        self.read(&["/v1/events", &format!("{path}/deliveries")]).await;
        self.send(Method::DELETE, &path, &Value::Null).await.assert_status(200);
    }

    /// An endpoint answers with errors until the attempts of its delivery are exhausted.
    async fn exhaust_attempts(&self, receiver: &Receiver) {
        receiver.expect("/broken", [Behaviour::status(500)]);
        let endpoint = json!({"event": "*", "endpoint": receiver.endpoint("/broken")});
        self.post("/v1/webhooks", &endpoint).await;
        self.happen().await;
        for pause in PAUSES {
            self.hub.pass(pause).await;
            self.hub.deliver().await;
        }
    }

    /// A charge is paid and its events are relayed; an unreadable record goes to the dead-letter queue.
    async fn happen(&self) {
        let _ = self.hub.engine.take_calls();
        self.charge(&card_charge(&self.hub.merchant.id, APPROVED)).await;
        let mut records = Stream::default().records(&self.hub.engine.take_calls());
        records.push(without(records.first().unwrap().clone(), "/dynamodb/NewImage"));
        assert_eq!(self.hub.relay(records).await.batch_item_failures, []);
        self.hub.deliver().await;
    }
}

/// A statement without `LeadingKeys` grants every item of a table. Queries of an index have none: the condition is
/// documented for the partition key of a table. An entry of an index holds no secret.
#[test]
fn every_statement_on_a_table_names_its_keys() {
    let index_queries = ["Query hub/GSI1", "Query hub/GSI2", "Query tokens/GSI1"];
    assert_eq!(without_keys(), index_queries.map(str::to_owned).into());
}

/// A key of the API is as good as its holder: it is written where keys are made, and nowhere else.
#[test]
fn only_account_and_session_create_may_write_keys() {
    let is_write = |grant: &String| {
        ["PutItem", "UpdateItem", "DeleteItem"].iter().any(|verb| grant.starts_with(verb)) && grant.contains("KEY#")
    };
    let mut writers: Vec<String> =
        granted().into_iter().filter(|(_, verbs)| verbs.iter().any(is_write)).map(|(function, _)| function).collect();
    writers.sort();
    assert_eq!(writers, ["account", "session-create"]);
}

/// A function that calls merchants' addresses, or that only reads, can neither make a provider's notification nor compare
/// card numbers.
#[test]
fn the_secrets_of_cards_and_notifications_are_opened_where_they_are_used() {
    let openers = |context: &str| {
        let grant = format!("Decrypt {context}");
        let mut functions: Vec<String> =
            granted().into_iter().filter(|(_, verbs)| verbs.contains(&grant)).map(|(function, _)| function).collect();
        functions.sort();
        functions
    };
    assert_eq!(openers("cards:*"), ["cards", "charge-create", "session-pay", "worldline"]);
    assert_eq!(openers("cvvs:*"), ["cards", "charge-create", "session-pay"]);
    assert_eq!(
        openers("notices:*"),
        ["charge-create", "provider-callback", "sandbox-control", "session-pay", "worldline"]
    );
}

/// Keys that the day below does not reach, in verbs that it uses. A notification that waits for a charge is applied by
/// whichever function changes that charge, and replays, logos and new customers of sessions have tests of their own.
const ELSEWHERE: [(&str, &[&str]); 13] = [
    ("account", &["GetItem hub LOGO#*", "PutItem hub LOGO#*"]),
    (
        "charge-capture",
        &["GetItem hub CALLBACK#*", "GetItem hub SESSION#*", "PutItem hub CALLBACK#*", "UpdateItem hub CHARGE#*"],
    ),
    ("cards", &["GetItem hub SESSION#*"]),
    ("charge-void", &["GetItem hub CALLBACK#*", "PutItem hub CALLBACK#*", "UpdateItem hub CHARGE#*"]),
    ("customers", &["GetItem hub SESSION#*"]),
    ("provider-callback", &["GetItem hub CALLBACK#*", "UpdateItem hub LIMIT#*"]),
    ("sandbox-control", &["GetItem hub CALLBACK#*", "GetItem hub SESSION#*", "UpdateItem hub CHARGE#*"]),
    ("session-create", &["GetItem hub SESSION#*"]),
    ("session-manage", &["GetItem hub CALLBACK#*", "PutItem hub CALLBACK#*", "UpdateItem hub CHARGE#*"]),
    (
        "session-pay",
        &[
            "GetItem hub CALLBACK#*",
            "PutItem hub CALLBACK#*",
            "PutItem hub CLIENT#*#DOCUMENT#*",
            "PutItem hub SESSION#*",
            "UpdateItem hub CHARGE#*",
        ],
    ),
    ("sweeper", &["GetItem hub SESSION#*"]),
    ("webhook-manage", &["GetItem hub EVENT#*"]),
    ("worldline", &["GetItem hub CALLBACK#*", "PutItem hub CALLBACK#*", "UpdateItem hub CHARGE#*"]),
];

/// The tokens that functions share, which the sandbox does not need.
const SHARED_TOKENS: [&str; 2] = ["GetItem hub OAUTH#*", "PutItem hub OAUTH#*"];

/// The functions that call providers, and no others, may read and write the tokens that functions share.
#[test]
fn the_tokens_of_providers_are_for_functions_that_call_providers() {
    let mut holders: Vec<String> = granted()
        .into_iter()
        .filter(|(_, verbs)| SHARED_TOKENS.iter().all(|grant| verbs.contains(*grant)))
        .map(|(function, _)| function)
        .collect();
    holders.sort();
    assert_eq!(
        holders,
        [
            "cards",
            "charge-capture",
            "charge-create",
            "charge-void",
            "provider-callback",
            "session-manage",
            "session-pay",
            "sweeper",
            "worldline",
        ]
    );
    let any = granted().into_iter().filter(|(_, verbs)| verbs.iter().any(|grant| grant.contains("OAUTH#")));
    assert_eq!(any.count(), holders.len());
}

fn is_used_elsewhere(function: &str, grant: &str) -> bool {
    SHARED_TOKENS.contains(&grant)
        || ELSEWHERE.iter().any(|(name, grants)| *name == function && grants.contains(&grant))
}

/// Every call of a function is cold: it uses nothing that another call has read or decrypted.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_granted_that_is_not_used() {
    let day = Day { hub: TestHub::build_cold().await };
    let receiver = Receiver::open(day.hub.clock().clone()).await;
    day.open().await;
    day.sell().await;
    day.sell_again().await;
    day.serve_pages().await;
    day.pay_sessions().await;
    day.decline().await;
    day.serve_customers().await;
    day.sell_by_worldline().await;
    day.receive_notifications().await;
    day.overtake().await;
    day.deliver_events(&receiver).await;
    day.exhaust_attempts(&receiver).await;
    day.forget(&receiver).await;
    let used = day.hub.used();
    let idle: HashMap<String, Verbs> = granted()
        .into_iter()
        .map(|(function, verbs)| {
            let idle = used.get(&function).map_or_else(|| verbs.clone(), |used| &verbs - used);
            let idle: Verbs = idle.into_iter().filter(|grant| !is_used_elsewhere(&function, grant)).collect();
            (function, idle)
        })
        .filter(|(_, idle)| !idle.is_empty())
        .collect();
    assert_eq!(idle, HashMap::new());
}
