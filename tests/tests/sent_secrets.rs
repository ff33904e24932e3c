//! Card numbers, security codes and the keys of webhooks are nowhere between a payment and a webhook endpoint: not in
//! the table's stream, not in a queue, not in a delivery, not in the stored answer of an endpoint.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::webhook::{PAUSES, SigningKey};
use event_relay::BatchAnswer;
use flows::webhook::endpoint;
use reqwest::Method;
use seal::{Aad, Secret, signing};
use serde_json::{Value, json};
use tests::{
    Merchant, TestHub,
    leak::Searched,
    log::{EVERYTHING, listen, logged},
    receiver::{Behaviour, Receiver},
    samples::{card_charge, session, with},
    stream::Stream,
};

/// An order's number of as many digits as a card number. Where it is found, a card number would be found.
const DYE: &str = "6011000990139425";
/// The cards that pay.
const NUMBERS: [&str; 4] = ["5214254988499590", "4916745120294124", "371511430434941", "5261424250184574"];
/// One for each number; then those of a stored card.
const CODES: [&str; 6] = ["085", "017", "0650", "034", "0071", "037"];

/// A hub with everything that its events pass.
struct Pipeline {
    hub: TestHub,
    receiver: Receiver,
    stream: Stream,
    records: Vec<String>,
    answers: Vec<String>,
}

impl Pipeline {
    async fn open() -> Self {
        let hub = TestHub::build().await;
        let receiver = Receiver::open(hub.clock().clone()).await;
        Self { hub, receiver, stream: Stream::default(), records: Vec::new(), answers: Vec::new() }
    }

    async fn ask(&mut self, merchant: &Merchant, method: Method, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(|body| body.to_string().into_bytes());
        let answer = merchant.send(method, path, body, None).await.unwrap();
        assert!(answer.status < 300, "{path}: {}", answer.body);
        self.answers.push(format!("{:?} {}", answer.headers, answer.body));
        answer.body
    }

    async fn post(&mut self, path: &str, body: &Value) -> Value {
        let merchant = self.hub.merchant.clone();
        self.ask(&merchant, Method::POST, path, Some(body)).await
    }

    async fn get(&mut self, path: &str) -> Value {
        let merchant = self.hub.merchant.clone();
        self.ask(&merchant, Method::GET, path, None).await
    }

    /// The stream's records since the last time are relayed, with an unreadable one.
    async fn relay(&mut self) {
        let mut records = self.stream.records(&self.hub.engine.take_calls());
        self.records.extend(records.iter().map(Value::to_string));
        let torn = records.last().unwrap()["dynamodb"]["NewImage"]["doc"]["S"].as_str().unwrap().replacen('{', "[", 1);
        records.push(with(records.last().unwrap().clone(), "/dynamodb/NewImage/doc", json!({"S": torn})));
        assert_eq!(self.hub.relay(records).await, BatchAnswer::default());
        self.hub.deliver().await;
    }

    async fn pass(&self, time: Duration) {
        self.hub.pass(time).await;
        self.hub.deliver().await;
    }

    /// Everything, by where it was found.
    async fn places(&self) -> BTreeMap<&'static str, Vec<String>> {
        let posts = self.receiver.posts().iter().map(|post| format!("{post:?}")).collect();
        BTreeMap::from([
            ("tables", self.hub.everything_stored().await),
            ("stream", self.records.clone()),
            ("queue", self.hub.queue.received()),
            ("dead letters", self.hub.dead_letters.received()),
            ("deliveries", posts),
            ("answers", self.answers.clone()),
            ("log", vec![logged()]),
        ])
    }
}

fn card(at: usize) -> Value {
    json!({"cardNumber": NUMBERS[at], "cardCvv": CODES[at], "cardExpirationDate": "12/2099", "cardHolderName": "JOSE"})
}

/// A charge of an order whose number is the dye.
fn charge(merchant: &Merchant, source: &Value) -> Value {
    let order = with(card_charge(&merchant.id, NUMBERS[0]), "/orderId", json!(DYE));
    with(order, "/paymentSource", source.clone())
}

/// Pays by a card in the request, a token, a stored card and in a session; refunds in part and in full.
async fn payments(pipeline: &mut Pipeline) {
    let merchant = pipeline.hub.merchant.clone();
    let inside =
        pipeline.post("/v1/charges", &charge(&merchant, &json!({"sourceType": "card", "card": card(0)}))).await;
    let token = pipeline.post("/v1/tokens", &card(1)).await["tokenId"].clone();
    pipeline.post("/v1/charges", &charge(&merchant, &json!({"sourceType": "token", "tokenId": token}))).await;
    let token = pipeline.post("/v1/tokens", &card(2)).await["tokenId"].clone();
    let stored = pipeline.post("/v1/cards", &json!({"tokenId": token})).await["id"].clone();
    let code = pipeline.post("/v1/tokens", &json!({"cvvUpdate": CODES[4]})).await["tokenId"].clone();
    for cvv in [("tokenCvv", &code), ("cardCvv", &json!(CODES[5]))] {
        let source = with(json!({"sourceType": "card", "cardId": stored}), &format!("/{}", cvv.0), cvv.1.clone());
        pipeline.post("/v1/charges", &charge(&merchant, &source)).await;
    }
    let made = pipeline.post("/v1/sessions", &with(session(&merchant.id), "/orderId", json!(DYE))).await;
    let shopper = merchant.with_key(made["publicKey"].as_str().unwrap());
    let payment = json!({
        "paymentMethod": {"paymentType": "credit", "installments": 1},
        "paymentSource": {"sourceType": "card", "card": card(3)},
    });
    let path = format!("/v1/sessions/{}/charge", made["id"].as_str().unwrap());
    pipeline.ask(&shopper, Method::POST, &path, Some(&payment)).await;
    for amount in [json!({"amount": 50}), json!({})] {
        pipeline.post(&format!("/v1/charges/{}/void", inside["id"].as_str().unwrap()), &amount).await;
    }
}

/// Endpoints of both versions that echo their deliveries, first with an error; then one that always answers an error.
async fn register(pipeline: &mut Pipeline) -> Vec<Value> {
    let mut webhooks = Vec::new();
    for (path, event, version, behaviours) in [
        ("/old", "*", "1.0", vec![Behaviour::Echo(500), Behaviour::Echo(200)]),
        ("/new", "*", "1.1", vec![Behaviour::Echo(500), Behaviour::Echo(200)]),
        ("/never", "voided", "1.1", vec![Behaviour::Echo(500)]),
    ] {
        pipeline.receiver.expect(path, behaviours);
        let order = json!({"event": event, "endpoint": pipeline.receiver.endpoint(path), "version": version});
        webhooks.push(pipeline.post("/v1/webhooks", &order).await);
    }
    webhooks
}

/// Payments, their deliveries and reads of both, with every answer noted.
async fn run(pipeline: &mut Pipeline) -> Vec<Value> {
    let webhooks = register(pipeline).await;
    payments(pipeline).await;
    pipeline.relay().await;
    for pause in &PAUSES[..2] {
        pipeline.pass(*pause).await;
    }
    let path = format!("/v1/webhooks/{}", webhooks[1]["id"].as_str().unwrap());
    pipeline.post(&format!("{path}/rotate"), &json!({})).await;
    pipeline.post(&format!("{path}/test"), &json!({})).await;
    let event = pipeline.get("/v1/events").await["items"][0]["id"].as_str().unwrap().to_owned();
    pipeline.post(&format!("{path}/deliveries/{event}/resend"), &json!({})).await;
    pipeline.pass(Duration::from_mins(1)).await;
    for path in ["/v1/charges", "/v1/events", &format!("/v1/events/{event}"), "/v1/webhooks", "/v1/cards"] {
        pipeline.get(path).await;
    }
    for webhook in &webhooks {
        pipeline.get(&format!("/v1/webhooks/{}/deliveries?limit=100", webhook["id"].as_str().unwrap())).await;
    }
    webhooks
}

/// The private halves of a webhook's keys, decrypted as the hub decrypts them.
async fn private_halves(hub: &TestHub, id: &str) -> Vec<Secret<Vec<u8>>> {
    let (flows, merchant) = (hub.flows(), hub.merchant.client_id.parse().unwrap());
    let webhook = endpoint::find(flows, merchant, id.parse().unwrap()).await.unwrap();
    let account = hub.store().account(merchant, flows.now()).await.unwrap().unwrap();
    let wrapped = serde_json::from_value(json!(account.signing_key)).unwrap();
    let key = hub.parts().key_service.open_key(&wrapped, &format!("signing:{merchant}")).await.unwrap();
    let open = |stored: &SigningKey| {
        key.open(
            &Aad::new(merchant, "webhook", webhook.id.uuid()),
            &serde_json::from_value(json!(stored.sealed)).unwrap(),
        )
    };
    [Some(&webhook.key), webhook.former.as_ref().map(|former| &former.key)]
        .into_iter()
        .flatten()
        .map(|key| open(key).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_number_no_code_and_no_key_is_anywhere_between_a_payment_and_an_endpoint() {
    listen(EVERYTHING);
    let mut pipeline = Pipeline::open().await;
    let webhooks = run(&mut pipeline).await;
    assert!(
        pipeline.receiver.posts().len() > 30
            && pipeline.hub.queue.received().len() > 10
            && pipeline.hub.dead_letters.received().len() == 1
    );

    let stored = pipeline.hub.everything_stored().await;
    for kind in ["EVENT#", "ATTEMPT#"] {
        let items: Vec<String> = stored.iter().filter(|item| item.contains(kind)).cloned().collect();
        assert!(Searched::new(&items).occurrences(DYE) > 0, "deliveries and their answers are stored: {kind}");
    }

    let mut keys = Vec::new();
    for webhook in &webhooks {
        let id = webhook["id"].as_str().unwrap();
        let halves = private_halves(&pipeline.hub, id).await;
        let shown = pipeline.hub.merchant.get(&format!("/v1/webhooks/{id}/secret")).await.expect(200);
        for (number, private) in halves.iter().enumerate() {
            let signing_key = signing::SigningKey::from_pkcs8(private).unwrap();
            let secret = signing_key.shared_secret();
            assert_eq!(shown.text("/secret") == secret.reveal(), number == 0, "the former one is not shown");
            // The seed follows the bytes with which every such key begins.
            keys.push(private.reveal()[16..48].to_vec());
            keys.push(STANDARD.decode(secret.reveal().strip_prefix("whsec_").unwrap()).unwrap());
        }
    }
    assert_eq!(keys.len(), 8, "one was rotated");
    for (place, texts) in pipeline.places().await {
        let searched = Searched::new(&texts);
        // The queues hold keys alone; the log, at its finest, what is written to the table.
        assert_eq!(searched.occurrences(DYE) > 0, !["queue", "dead letters"].contains(&place), "{place}");
        for secret in NUMBERS.iter().chain(&CODES) {
            assert_eq!(searched.occurrences(secret), 0, "{secret} in {place}");
        }
        assert!(keys.iter().all(|key| searched.occurrences_of_bytes(key) == 0), "a key in {place}");
    }
    // Every file holds any three digits: the test looks there only for longer secrets.
    let files = Searched::new(&pipeline.hub.engine.files());
    assert!(files.occurrences(DYE) > 0 && NUMBERS.iter().all(|number| files.occurrences(number) == 0), "on disk");
    assert!(keys.iter().all(|key| files.occurrences_of_bytes(key) == 0), "a key on disk");
}

/// Where the order's number does not appear by itself, the test puts a card number.
#[tokio::test(flavor = "multi_thread")]
async fn a_leak_into_a_queue_or_the_log_would_be_found() {
    listen(EVERYTHING);
    let pipeline = Pipeline::open().await;
    let secrets = ["4716866286004545", "0965"];
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for queue in [&pipeline.hub.queue, &pipeline.hub.dead_letters] {
        let message = json!({"MessageBody": json!({"webhook": "1", "pan": secrets[0], "cvv": secrets[1]}).to_string()});
        let sent = http.post(queue.url()).header("x-amz-target", "AmazonSQS.SendMessage").body(message.to_string());
        assert_eq!(sent.send().await.unwrap().status(), 200);
    }
    tracing::debug!(pan = secrets[0], cvv = secrets[1], "planted");
    let places = pipeline.places().await;
    for place in ["queue", "dead letters", "log"] {
        let searched = Searched::new(&places[place]);
        assert!(secrets.iter().all(|secret| searched.occurrences(secret) == 1), "{place}");
    }
}
