//! Requests as merchants send them.

use serde_json::{Value, json};

/// A card that the sandbox approves; others by their last digit.
pub const APPROVED: &str = "4929564637987814";
/// A card that the sandbox declines without a reason.
pub const DECLINED: &str = "4916878170842862";

/// A session of 100 minor units that accepts card and Pix.
#[must_use]
pub fn session(merchant: &str) -> Value {
    json!({
        "merchantId": merchant, "name": "Pedido 1", "amount": 100, "dueDate": "2999-01-01T00:00:00.000Z",
        "paymentMethods": [{"paymentType": "credit", "installments": 1}, {"paymentType": "pix", "expiresIn": 3600}],
        "items": [{"name": "Item", "unitPrice": 100, "quantity": 1}],
    })
}

/// What pays a session by the card with this number.
#[must_use]
pub fn by_card(number: &str) -> Value {
    json!({"paymentMethod": {"paymentType": "credit", "installments": 1}, "paymentSource": card_source(number)})
}

/// What pays a session by Pix.
#[must_use]
pub fn by_pix() -> Value {
    json!({"paymentMethod": {"paymentType": "pix", "expiresIn": 3600}, "paymentSource": customer_source()})
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

fn card_source(number: &str) -> Value {
    json!({"sourceType": "card", "card": card(number)})
}

fn customer_source() -> Value {
    json!({"sourceType": "customer", "customer": {
        "name": "Jose Bonifacio Da Silveira", "phoneNumber": "21 98889999099", "email": "jose@gmail.com",
        "document": {"number": "72912053013", "type": "cpf"},
    }})
}
