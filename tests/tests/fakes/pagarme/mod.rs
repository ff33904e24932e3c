//! Pagar.me: orders and charges over HTTP, as its pages describe them.

mod changes;
mod happenings;
mod orders;

use std::sync::Arc;

use flows::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use tests::fakes::{
    Server,
    pagarme::{BASE, Pagarme},
};

use crate::client;

const KEY: &str = "sk_test_1";

/// The provider, and the merchant who calls it.
struct Shop {
    fake: Arc<Pagarme>,
    server: Server,
    clock: Clock,
    client: reqwest::Client,
}

impl Shop {
    async fn open() -> Self {
        let clock = Clock::still();
        let fake = Pagarme::new(clock.clone(), KEY);
        Self { server: Server::open(fake.clone()).await, fake, clock, client: client() }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::GET, path, None, None).await
    }

    async fn orders(&self, body: &Value) -> (u16, Value) {
        self.send(Method::POST, "/orders", Some(body), None).await
    }

    /// The order as its creation answers it, which succeeds.
    async fn ordered(&self, body: &Value) -> Value {
        let (status, order) = self.orders(body).await;
        assert_eq!(status, 200, "{order}");
        order
    }

    async fn captures(&self, charge: &str, body: &Value) -> (u16, Value) {
        self.send(Method::POST, &format!("/charges/{charge}/capture"), Some(body), None).await
    }

    async fn cancels(&self, charge: &str, body: &Value) -> (u16, Value) {
        self.send(Method::DELETE, &format!("/charges/{charge}"), Some(body), None).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>, key: Option<&str>) -> (u16, Value) {
        let request = self.client.request(method, format!("{}{BASE}{path}", self.server.url()));
        let request = request.basic_auth(KEY, Some(""));
        let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
        let request = body
            .into_iter()
            .fold(request, |request, body| request.header("content-type", "application/json").body(body.to_string()));
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap())
    }
}

/// An order of 150 cents with this code and this payment.
fn order(code: &str, payment: &Value) -> Value {
    let mut payment = payment.clone();
    payment["amount"] = json!(150);
    json!({
        "code": code,
        "customer": {
            "name": "Maria da Silva", "email": "maria@example.com", "type": "individual", "document": "12345678909",
            "document_type": "CPF",
            "phones": {"mobile_phone": {"country_code": "55", "area_code": "21", "number": "999999999"}},
            "address": {
                "line_1": "10, Rua A, Centro", "zip_code": "20000000", "city": "Rio de Janeiro", "state": "RJ",
                "country": "BR",
            },
        },
        "items": [{"amount": 75, "description": "Pedido 42", "quantity": 2, "code": "1"}],
        "payments": [payment],
    })
}

fn card_order(code: &str, operation: &str, number: &str) -> Value {
    let card = json!({"number": number, "holder_name": "MARIA DA SILVA", "exp_month": 1, "exp_year": 30, "cvv": "123"});
    let card = json!({
        "installments": 3, "statement_descriptor": "LOJA DA MARIA", "operation_type": operation, "card": card,
    });
    order(code, &json!({"payment_method": "credit_card", "credit_card": card}))
}

fn reserved(code: &str) -> Value {
    card_order(code, "auth_only", APPROVED)
}

fn captured(code: &str) -> Value {
    card_order(code, "auth_and_capture", APPROVED)
}

fn pix_order(code: &str) -> Value {
    order(code, &json!({"payment_method": "pix", "pix": {"expires_in": 3600}}))
}

fn boleto_order(code: &str) -> Value {
    let boleto = json!({
        "instructions": "Pagar até o vencimento", "due_at": "2027-01-08T00:00:00Z",
        "document_number": "42", "type": "DM", "max_days_to_pay_past_due": 5,
        "interest": {"days": 1, "type": "percentage", "amount": 1}, "fine": {"days": 1, "type": "flat", "amount": 100},
    });
    order(code, &json!({"payment_method": "boleto", "boleto": boleto}))
}

const APPROVED: &str = "4000000000000010";

/// The id of an order's charge.
fn charge_of(order: &Value) -> String {
    order["charges"][0]["id"].as_str().unwrap().to_owned()
}

/// The statuses of an order, its charge and its last transaction.
fn statuses(order: &Value) -> [&str; 3] {
    ["/status", "/charges/0/status", "/charges/0/last_transaction/status"]
        .map(|pointer| order.pointer(pointer).and_then(Value::as_str).unwrap())
}

/// The status of a charge and of its last transaction, and the paid and the canceled amount.
fn state(charge: &Value) -> (&str, &str, Option<u64>, Option<u64>) {
    let text = |pointer| charge.pointer(pointer).and_then(Value::as_str).unwrap();
    let amount = |name: &str| charge[name].as_u64();
    (text("/status"), text("/last_transaction/status"), amount("paid_amount"), amount("canceled_amount"))
}
