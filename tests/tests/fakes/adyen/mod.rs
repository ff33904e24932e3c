//! The fake of Adyen.

mod access;
mod disputes;
mod modifications;
mod notifications;
mod payments;
mod time;

use std::time::Duration;

use flows::Clock;
use serde_json::{Value, json};
use tests::fakes::{
    Asked, Fake, Reply,
    adyen::{API_KEY, AUTHORISED_CARD, Adyen, MERCHANT_ACCOUNT, Notification},
};

/// Adyen with a clock that stands still, and what a merchant asks of it.
struct Merchant {
    adyen: Adyen,
    clock: Clock,
}

impl Merchant {
    fn new() -> Self {
        Self::with(|adyen| adyen)
    }

    fn with(account: impl FnOnce(Adyen) -> Adyen) -> Self {
        let clock = Clock::still();
        Self { adyen: account(Adyen::new(clock.clone())), clock }
    }

    /// Asks under this idempotency key.
    fn ask_under(&self, key: Option<&str>, path: &str, body: &Value) -> Reply {
        self.adyen.answer(&asked(key, path, body))
    }

    fn ask(&self, path: &str, body: &Value) -> Reply {
        self.ask_under(None, path, body)
    }

    /// Asks for what is right, and returns the answer.
    fn asks(&self, path: &str, body: &Value) -> Value {
        let reply = self.ask(path, body);
        let answer = json_of(&reply);
        assert_eq!(reply.status, if path == "/v72/payments" { 200 } else { 201 }, "{answer}");
        answer
    }

    /// The `pspReference` of a new payment.
    fn pays(&self, body: &Value) -> String {
        text(&self.asks("/v72/payments", body)["pspReference"])
    }

    /// The `pspReference` of a modification that was received.
    fn modifies(&self, payment: &str, change: &str, body: &Value) -> String {
        let answer = self.asks(&format!("/v72/payments/{payment}/{change}"), body);
        assert_eq!((&answer["status"], &answer["paymentPspReference"]), (&json!("received"), &json!(payment)));
        text(&answer["pspReference"])
    }

    /// The same, settled; returns its news as well.
    fn modifies_now(&self, payment: &str, change: &str, body: &Value) -> (String, Notification) {
        let psp_reference = self.modifies(payment, change, body);
        self.adyen.settle(&psp_reference);
        let news = self.news();
        assert_eq!(news.psp_reference, psp_reference);
        (psp_reference, news)
    }

    /// The newest notification; the older ones are dropped.
    fn news(&self) -> Notification {
        self.adyen.take_notifications().pop().unwrap()
    }

    /// The codes of everything that waits in the queue, with `!` where success is false.
    fn codes(&self) -> Vec<String> {
        let code = |news: Notification| if news.success { news.event_code } else { format!("{}!", news.event_code) };
        self.adyen.take_notifications().into_iter().map(code).collect()
    }
}

fn asked(key: Option<&str>, path: &str, body: &Value) -> Asked {
    let mut headers =
        vec![("x-api-key".to_owned(), API_KEY.to_owned()), ("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(key.map(|key| ("idempotency-key".to_owned(), key.to_owned())));
    let (method, path) = ("POST".to_owned(), path.to_owned());
    Asked { method, path, query: Vec::new(), headers, body: body.to_string().into_bytes(), certificate: None }
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A card payment of 1000 minor units that reserves.
fn card(reference: &str) -> Value {
    json!({
        "merchantAccount": MERCHANT_ACCOUNT,
        "reference": reference,
        "amount": {"currency": "BRL", "value": 1000},
        "paymentMethod": {
            "type": "scheme",
            "number": AUTHORISED_CARD,
            "expiryMonth": "03",
            "expiryYear": "2099",
            "holderName": "MARIA DA SILVA",
            "cvc": "737",
        },
        "returnUrl": "https://loja.example.com/retorno",
        "additionalData": {"manualCapture": "true"},
        "shopperStatement": "LOJA DA MARIA",
        "shopperInteraction": "Ecommerce",
    })
}

/// A card payment of 1000 minor units that Adyen captures after this many hours.
fn card_captured_after(reference: &str, hours: u64) -> Value {
    let mut body = card(reference);
    body.as_object_mut().unwrap().remove("additionalData");
    body["captureDelayHours"] = json!(hours);
    body
}

fn pix(reference: &str, clock: &Clock) -> Value {
    json!({
        "merchantAccount": MERCHANT_ACCOUNT,
        "reference": reference,
        "amount": {"currency": "BRL", "value": 1000},
        "paymentMethod": {"type": "pix"},
        "returnUrl": "https://loja.example.com/retorno",
        "countryCode": "BR",
        "shopperName": {"firstName": "Maria", "lastName": "da Silva"},
        "socialSecurityNumber": "12345678909",
        "sessionValidity": in_hours(clock, 1),
    })
}

fn boleto(reference: &str, clock: &Clock) -> Value {
    let mut body = pix(reference, clock);
    body.as_object_mut().unwrap().remove("sessionValidity");
    body["paymentMethod"]["type"] = json!("boletobancario_itau");
    body["deliverAt"] = json!(in_hours(clock, 72));
    body["billingAddress"] = json!({
        "street": "Rua A",
        "houseNumberOrName": "10",
        "city": "Rio de Janeiro",
        "postalCode": "20000000",
        "stateOrProvince": "RJ",
        "country": "BR",
    });
    body["shopperStatement"] = json!("Pedido 42");
    body
}

/// So many hours from now, with the offset of Brasilia.
fn in_hours(clock: &Clock, hours: u64) -> String {
    let local = clock.now().plus(Duration::from_hours(hours)).minus(Duration::from_hours(3)).to_string();
    format!("{}-03:00", &local[..19])
}

/// The body of a modification with this reference.
fn change(reference: &str) -> Value {
    json!({"merchantAccount": MERCHANT_ACCOUNT, "reference": reference})
}

/// The body of a modification of so much.
fn change_of(reference: &str, value: i64) -> Value {
    let mut body = change(reference);
    body["amount"] = json!({"currency": "BRL", "value": value});
    body
}

/// The body of a cancel by reference.
fn cancel_of(payment: &str, reference: &str) -> Value {
    let mut body = change(reference);
    body["paymentReference"] = json!(payment);
    body
}
