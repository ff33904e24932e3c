//! Drip: checkouts and orders over HTTP, as the public plugins show them.

use std::{sync::Arc, time::Duration};

use flows::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use tests::fakes::{
    Server,
    drip::{BASE, CHECKOUT_LIFE, Drip, OrderStatus},
};

use crate::client;

const KEY: &str = "key-1";

/// The provider, and the merchant who calls it.
struct Shop {
    fake: Arc<Drip>,
    server: Server,
    clock: Clock,
    client: reqwest::Client,
}

impl Shop {
    async fn open() -> Self {
        let clock = Clock::still();
        let fake = Drip::new(clock.clone(), KEY);
        Self { server: Server::open(fake.clone()).await, fake, clock, client: client() }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::GET, path, None).await
    }

    async fn put(&self, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.send(Method::PUT, path, body).await
    }

    async fn creates(&self, body: &Value) -> (u16, Value) {
        self.send(Method::POST, "/checkouts", Some(body)).await
    }

    /// The id of a new checkout of 150 cents with this code.
    async fn checkout(&self, code: &str) -> String {
        let (status, created) = self.creates(&checkout(code)).await;
        assert_eq!(status, 201, "{created}");
        created["id"].as_str().unwrap().to_owned()
    }

    /// The ids of a new checkout of 150 cents that the shopper pays, and of its order.
    async fn order(&self, code: &str) -> (String, String) {
        let id = self.checkout(code).await;
        let _ = self.fake.pays(&id);
        let (_, read) = self.get(&format!("/checkouts/{id}")).await;
        (id, read["orderId"].as_str().unwrap().to_owned())
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let request = self.client.request(method, format!("{}{BASE}{path}", self.server.url()));
        let request = body.into_iter().fold(request.header("x-api-key", KEY), |request, body| {
            request.header("content-type", "application/json").body(body.to_string())
        });
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
    }
}

fn checkout(code: &str) -> Value {
    json!({
        "amount": "1.50", "merchantCode": code, "resolveUrl": "https://hub.example.com/v1/callbacks/drip/TOKEN",
        "customerCpf": "12345678909", "customerName": "Maria da Silva", "customerEmail": "maria@example.com",
        "customerPhone": "21999999999", "customerAddressCep": "20000000", "customerAddressState": "RJ",
        "products": [{"name": "Pedido 42", "quantity": 2, "amount": "0.75", "totalAmount": "1.50"}],
    })
}

#[tokio::test]
async fn a_checkout_waits_for_its_shopper_and_is_read_by_its_id() {
    let shop = Shop::open().await;
    let (status, created) = shop.creates(&checkout("a")).await;
    assert_eq!(status, 201);
    assert_eq!(
        (&created["status"], &created["orderId"], &created["merchantCode"]),
        (&json!("MORE_INFO"), &Value::Null, &json!("a"))
    );
    let id = created["id"].as_str().unwrap();
    assert!(created["formUrl"].as_str().unwrap().ends_with(id));
    let ends = shop.clock.now().plus(CHECKOUT_LIFE).to_string();
    assert_eq!(created["expiresAt"], ends[..19]);
    assert_eq!(shop.get(&format!("/checkouts/{id}")).await, (200, created.clone()));
    assert_eq!((shop.fake.of("a")[0].taken, shop.fake.net()), (0, 0));
}

#[tokio::test]
async fn the_same_creation_again_is_a_second_checkout() {
    let shop = Shop::open().await;
    assert_ne!(shop.checkout("a").await, shop.checkout("a").await);
    assert_eq!(shop.fake.of("a").len(), 2);
    assert_eq!(shop.fake.net(), 0);
}

#[tokio::test]
async fn a_wrong_creation_is_refused() {
    let shop = Shop::open().await;
    let cases = [
        ("amount", json!(1.5)),
        ("amount", json!("1.5")),
        ("amount", json!("0.00")),
        ("merchantCode", Value::Null),
        ("resolveUrl", json!("x")),
        ("customerCpf", json!("123.456.789-09")),
        ("customerName", json!("")),
        ("customerEmail", json!("maria")),
        ("products", json!([{"name": "x", "quantity": "1", "amount": "1.50", "totalAmount": "1.50"}])),
        ("installments", json!(3)),
    ];
    for (field, value) in cases {
        let mut body = checkout("a");
        body[field] = value;
        let (status, answer) = shop.creates(&body).await;
        assert_eq!(status, 400, "{field}: {answer}");
        assert!(answer.is_object());
    }
    let bare = shop.client.post(format!("{}{BASE}/checkouts", shop.server.url())).header("x-api-key", KEY);
    assert_eq!(bare.body(checkout("a").to_string()).send().await.unwrap().status().as_u16(), 400);
    assert_eq!(shop.fake.booked(), []);
}

#[tokio::test]
async fn a_wrong_key_and_an_unknown_path_are_refused() {
    let shop = Shop::open().await;
    let id = shop.checkout("a").await;
    let url = format!("{}{BASE}/checkouts/{id}", shop.server.url());
    assert_eq!(shop.client.get(&url).send().await.unwrap().status().as_u16(), 401);
    let other = shop.client.get(&url).header("x-api-key", "key-2");
    assert_eq!(other.send().await.unwrap().status().as_u16(), 401);
    for path in ["/checkouts/x", "/merchant/orders/x/detail", "/orders"] {
        assert_eq!(shop.get(path).await.0, 404, "{path}");
    }
    for path in ["/merchant/orders/x/cancel", "/merchant/orders//cancel"] {
        assert_eq!(shop.put(path, None).await.0, 404, "{path}");
    }
    assert_eq!(shop.put("/cancellation/x", Some(&json!({"amount": "1.50"}))).await.0, 404);
}

#[tokio::test]
async fn a_paid_checkout_has_an_order_and_calls_the_merchant() {
    let shop = Shop::open().await;
    let id = shop.checkout("a").await;
    assert_eq!(shop.fake.pays(&id), format!("https://hub.example.com/v1/callbacks/drip/TOKEN?checkoutId={id}"));
    let (_, read) = shop.get(&format!("/checkouts/{id}")).await;
    assert_eq!(read["status"], "OK");
    let order = read["orderId"].as_str().unwrap();
    let (status, detail) = shop.get(&format!("/merchant/orders/{order}/detail")).await;
    assert_eq!(status, 200);
    assert_eq!((&detail["id"], &detail["status"]), (&json!(order), &json!("ACTIVE")));
    assert_eq!((&detail["amount"], &detail["canceledAmount"]), (&json!("1.50"), &json!("0.00")));
    assert_eq!((shop.fake.of("a")[0].taken, shop.fake.net()), (150, 150));
}

#[tokio::test]
async fn the_parameter_joins_a_query_that_exists() {
    let shop = Shop::open().await;
    let mut body = checkout("a");
    body["resolveUrl"] = json!("https://hub.example.com/?charge=1");
    let (_, created) = shop.creates(&body).await;
    let id = created["id"].as_str().unwrap();
    assert_eq!(shop.fake.call(id), format!("https://hub.example.com/?charge=1&checkoutId={id}"));
    assert_eq!(shop.get(&format!("/checkouts/{id}")).await, (200, created.clone()), "a call proves nothing");
}

#[tokio::test]
async fn a_refused_and_an_expired_checkout_take_nothing() {
    let shop = Shop::open().await;
    let (refused, expired, late) = (shop.checkout("a").await, shop.checkout("b").await, shop.checkout("c").await);
    let _ = shop.fake.refuses(&refused);
    shop.clock.advance(CHECKOUT_LIFE);
    let _ = shop.fake.expires(&expired);
    for (id, status) in [(&refused, "KO"), (&expired, "MORE_INFO")] {
        let (_, read) = shop.get(&format!("/checkouts/{id}")).await;
        assert_eq!((&read["status"], &read["orderId"]), (&json!(status), &Value::Null));
    }
    assert_eq!(shop.fake.net(), 0);
    let _ = shop.fake.pays(&late);
    assert_eq!(shop.fake.net(), 150, "a shopper who began in time may end late");
}

#[tokio::test]
async fn an_order_is_canceled_whole_once() {
    let shop = Shop::open().await;
    let (_, order) = shop.order("a").await;
    let path = format!("/merchant/orders/{order}/cancel");
    assert_eq!(shop.put(&path, None).await, (204, Value::Null));
    let (_, detail) = shop.get(&format!("/merchant/orders/{order}/detail")).await;
    assert_eq!((&detail["status"], &detail["canceledAmount"]), (&json!("CLOSED"), &json!("1.50")));
    assert_eq!(shop.put(&path, None).await.0, 400);
    let booked = &shop.fake.of("a")[0];
    assert_eq!((booked.given_back, booked.net()), (150, 0));
    assert_eq!(booked.order_status, Some(OrderStatus::Canceled));
}

#[tokio::test]
async fn a_part_of_an_order_is_canceled_and_the_order_goes_on() {
    let shop = Shop::open().await;
    let (_, order) = shop.order("a").await;
    let path = format!("/cancellation/{order}");
    assert_eq!(shop.put(&path, Some(&json!({"amount": "0.50"}))).await.0, 204);
    let detail = async || shop.get(&format!("/merchant/orders/{order}/detail")).await.1;
    let read = detail().await;
    assert_eq!((&read["status"], &read["canceledAmount"]), (&json!("ACTIVE"), &json!("0.50")));
    for body in [json!({"amount": "1.01"}), json!({"amount": 0.5}), json!({"amount": "0.00"}), json!({})] {
        assert_eq!(shop.put(&path, Some(&body)).await.0, 400, "{body}");
    }
    assert_eq!(shop.fake.net(), 100);
    assert_eq!(shop.put(&path, Some(&json!({"amount": "1.00"}))).await.0, 204);
    assert_eq!((&detail().await["status"], shop.fake.net()), (&json!("CLOSED"), 0));
}

#[tokio::test]
async fn an_order_whose_installments_are_paid_is_closed_and_not_canceled() {
    let shop = Shop::open().await;
    let (id, order) = shop.order("a").await;
    shop.put(&format!("/cancellation/{order}"), Some(&json!({"amount": "0.50"}))).await;
    shop.clock.advance(Duration::from_hours(60 * 24));
    let _ = shop.fake.pays_all_installments(&id);
    let (_, detail) = shop.get(&format!("/merchant/orders/{order}/detail")).await;
    assert_eq!((&detail["status"], &detail["canceledAmount"]), (&json!("CLOSED"), &json!("0.50")));
    assert_eq!(shop.put(&format!("/merchant/orders/{order}/cancel"), None).await.0, 400);
    let booked = &shop.fake.of("a")[0];
    assert_eq!((booked.order_status, booked.net()), (Some(OrderStatus::Paid), 100));
}
