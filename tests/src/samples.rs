//! Requests as merchants send them, and summaries of the answers.

use domain::{
    charge::{Charge, event::Event},
    method::PaymentType,
};
use serde_json::{Value, json};

use crate::{Answer, TestHub};

/// A card that the sandbox approves.
pub const APPROVED: &str = "4929564637987814";
/// A card that the sandbox declines without a reason.
pub const DECLINED: &str = "4916878170842862";
/// Headers that name another address than the hub's.
pub const OTHER_ADDRESS: [(&str, &str); 5] = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "ftp"),
    ("x-forwarded-port", "8080"),
    ("forwarded", "host=evil.example;proto=ftp"),
];

/// A session of 100 minor units that accepts card and Pix.
#[must_use]
pub fn session(merchant: &str) -> Value {
    json!({
        "merchantId": merchant, "name": "Pedido 1", "amount": 100, "dueDate": "2999-01-01T00:00:00.000Z",
        "paymentMethods": [{"paymentType": "credit", "installments": 1}, {"paymentType": "pix", "expiresIn": 3600}],
        "items": [{"name": "Item", "unitPrice": 100, "quantity": 1}],
    })
}

/// A session of 100 minor units that accepts every payment method.
#[must_use]
pub fn open_session(merchant: &str) -> Value {
    let methods = ["credit", "pix", "boleto", "drip"].map(|method| json!({"paymentType": method}));
    with(session(merchant), "/paymentMethods", json!(methods))
}

/// The payment of a session by the card with this number.
#[must_use]
pub fn by_card(number: &str) -> Value {
    json!({"paymentMethod": {"paymentType": "credit", "installments": 1}, "paymentSource": card_source(number)})
}

/// The payment of a session by Pix.
#[must_use]
pub fn by_pix() -> Value {
    json!({"paymentMethod": {"paymentType": "pix", "expiresIn": 3600}, "paymentSource": customer_source()})
}

/// The payment of a session by boleto.
#[must_use]
pub fn by_boleto() -> Value {
    json!({"paymentMethod": {"paymentType": "boleto"}, "paymentSource": customer_source()})
}

/// The payment of a session by Drip.
#[must_use]
pub fn by_drip() -> Value {
    in_installments(json!({"paymentSource": customer_source()}), 100)
}

/// The payment of a session of 100 minor units by `method`; the card is approved.
#[must_use]
pub fn by(method: PaymentType) -> Value {
    match method {
        PaymentType::Credit => by_card(APPROVED),
        PaymentType::Pix => by_pix(),
        PaymentType::Boleto => by_boleto(),
        PaymentType::Drip => by_drip(),
    }
}

/// The payment in `body`, of one item at this price, by Drip instead. Drip requires the shopper's address.
fn in_installments(body: Value, price: u64) -> Value {
    let method = json!({
        "paymentType": "drip", "items": [{"id": "123", "quantity": 1, "title": "item title", "unitPrice": price}],
        "browser": {"ipAddress": "127.0.0.1", "browserFingerprint": "074c1ee676ed4998ab66491013c565e2"},
        "successRedirectUrl": "https://loja.example/success", "cancelRedirectUrl": "https://loja.example/cancel",
    });
    let address = json!({
        "street": "Rua do Comprador", "streetNumber": "1", "zipCode": "00000-140", "country": "BR", "state": "RJ",
        "district": "Bairro", "city": "Cidade",
    });
    with(with(body, "/paymentMethod", method), "/paymentSource/customer/address", address)
}

/// A charge of 150 minor units on the card with this number.
#[must_use]
pub fn card_charge(merchant: &str, number: &str) -> Value {
    json!({
        "merchantId": merchant, "amount": 150, "currency": "BRL", "capture": true,
        "paymentMethod": {"paymentType": "credit", "installments": 1}, "paymentSource": card_source(number),
    })
}

/// A charge of 150 minor units by Pix.
#[must_use]
pub fn pix_charge(merchant: &str) -> Value {
    json!({
        "merchantId": merchant, "amount": 150, "currency": "BRL", "capture": true,
        "paymentMethod": {"paymentType": "pix", "expiresIn": 3600}, "paymentSource": customer_source(),
    })
}

/// A charge of 150 minor units that a good card only reserves.
#[must_use]
pub fn reservation(merchant: &str) -> Value {
    with(card_charge(merchant, APPROVED), "/capture", json!(false))
}

/// A charge of 150 minor units by boleto.
#[must_use]
pub fn boleto_charge(merchant: &str) -> Value {
    with(pix_charge(merchant), "/paymentMethod", json!({"paymentType": "boleto"}))
}

/// A charge of 150 minor units by Drip.
#[must_use]
pub fn drip_charge(merchant: &str) -> Value {
    in_installments(pix_charge(merchant), 150)
}

/// A charge of 150 minor units by `method`; the card is approved.
#[must_use]
pub fn charge_by(merchant: &str, method: PaymentType) -> Value {
    match method {
        PaymentType::Credit => card_charge(merchant, APPROVED),
        PaymentType::Pix => pix_charge(merchant),
        PaymentType::Boleto => boleto_charge(merchant),
        PaymentType::Drip => drip_charge(merchant),
    }
}

/// The capture or the void of all that is left.
#[must_use]
pub fn whole() -> Value {
    json!({})
}

/// The capture or the void of so many minor units.
#[must_use]
pub fn part(amount: u64) -> Value {
    json!({"amount": amount})
}

/// The path of the captures of a charge.
#[must_use]
pub fn capture_path(charge: &str) -> String {
    format!("/v1/charges/{charge}/capture")
}

/// The path of the voids of a charge.
#[must_use]
pub fn void_path(charge: &str) -> String {
    format!("/v1/charges/{charge}/void")
}

/// A card to be tokenized.
#[must_use]
pub fn card(number: &str) -> Value {
    json!({"cardNumber": number, "cardCvv": "320", "cardExpirationDate": "06/2028", "cardHolderName": "JOAO DA SILVA"})
}

/// The payment in `body`, from a card token instead.
#[must_use]
pub fn from_token(body: Value, token: &str) -> Value {
    with(body, "/paymentSource", json!({"sourceType": "token", "tokenId": token}))
}

/// `body` with `value` at a JSON pointer, whose parent must be there.
#[must_use]
pub fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.insert(name.to_owned(), value)),
        place => *place.get_mut(name.parse::<usize>().unwrap()).unwrap() = value,
    }
    body
}

/// `body` without the field at a JSON pointer.
#[must_use]
pub fn without(mut body: Value, pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).and_then(Value::as_object_mut).unwrap().remove(name).unwrap();
    body
}

/// The status, the amount and the transaction requests of a charge, the newest first:
/// `authorized 100: capture success 100, pre_authorization success 150`.
#[must_use]
pub fn summary(answer: &Answer) -> String {
    let requests: Vec<String> = answer.body["transactionRequests"].as_array().unwrap().iter().map(request).collect();
    format!("{} {}: {}", answer.text("/status"), answer.body["amount"], requests.join(", "))
}

fn request(request: &Value) -> String {
    let [kind, status] = ["requestType", "requestStatus"].map(|field| request[field].as_str().unwrap());
    format!("{kind} {status} {}", request["amount"])
}

/// The events of the charge with this id, in their order.
pub async fn events(hub: &TestHub, id: &str) -> Vec<&'static str> {
    let charge = hub.charge(id).await;
    let events = events_of(&charge);
    assert!(events.iter().map(|event| event.no).eq(1..=charge.event_no), "an event is missing: {charge:?}");
    events.into_iter().map(|event| event.name.name()).collect()
}

/// The events of a charge, in their order.
#[must_use]
pub fn events_of(charge: &Charge) -> Vec<Event> {
    let learned = charge.requests.iter().flat_map(|request| request.answers.iter().filter_map(|answer| answer.event));
    let mut events: Vec<Event> = charge.requests.iter().filter_map(|request| request.event).chain(learned).collect();
    events.sort_by_key(|event| event.no);
    events
}

fn card_source(number: &str) -> Value {
    json!({"sourceType": "card", "card": card(number)})
}

fn customer_source() -> Value {
    json!({"sourceType": "customer", "customer": {
        "name": "Jose Bonifacio Da Silveira", "phoneNumber": "21 98889999099", "email": "jose@gmail.com",
        "document": {"number": "72912053013", "type": "cpf"},
    }})
}
