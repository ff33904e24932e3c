//! The bodies of the source documents, and what the domain makes of them.

use domain::{
    charge::{
        Body, Charge, NewCharge, Outcome, Settled, Source,
        request::{Receipt, Via},
    },
    ids::{CardId, ChargeId, ClientId, CustomerId, ProviderId, RequestId, SessionId},
    merchant::ProviderType,
    session::{Session, SessionKey, SessionStatus},
    time::Timestamp,
};
use serde_json::{Value, json};
use wire::malga::requests::{CreateCharge, CreateSession};

pub(crate) const MERCHANT: &str = "7f8870a2-71c9-4ef0-a531-82000e00b7e1";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn now() -> Timestamp {
    at("2022-10-25T22:49:06.588Z")
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(last: char) -> T {
    format!("c1db83fa-723c-4e1f-9722-bc19d1be679{last}").parse().unwrap()
}

/// Seed 000, the body that creates a session.
pub(crate) fn seed_000_create() -> Value {
    json!({
        "amount": 100,
        "name": "Loja 1",
        "merchantId": "884dd2a3-e400-4525-8188-2955ef403486",
        "dueDate": "2023-04-04T09:28:45.000Z",
        "paymentMethods": [{"paymentType": "pix", "expiresIn": 30}],
        "items": [{
            "name": "Item",
            "description": "Item do carrinho",
            "unitPrice": 1000,
            "quantity": 1,
            "tangible": false
        }]
    })
}

/// Seed 000, the body that pays a session.
pub(crate) fn seed_000_pay() -> Value {
    json!({
        "merchantId": MERCHANT,
        "amount": 150,
        "currency": "BRL",
        "statementDescriptor": "LOJA JOAO",
        "description": "Descrição longa da cobrança",
        "capture": false,
        "orderId": "32c68ff7-902c-408b-b464-cf487c7cda97",
        "paymentMethod": {"paymentType": "credit", "installments": 1},
        "paymentSource": {"sourceType": "card", "card": {
            "cardNumber": "5261424250184574",
            "cardCvv": "321",
            "cardExpirationDate": "06/2028",
            "cardHolderName": "JOAO DA SILVA"
        }}
    })
}

/// Seed 001, the body of a Pix charge.
pub(crate) fn seed_001() -> Value {
    json!({
        "merchantId": MERCHANT,
        "amount": 150,
        "currency": "BRL",
        "statementDescriptor": "Pedido #231 loja joão",
        "capture": true,
        "paymentMethod": {"paymentType": "pix", "expiresIn": 3600},
        "paymentSource": {"sourceType": "customer", "customer": {
            "name": "Jose Bonifacio Da Silveira",
            "phoneNumber": "21 98889999099",
            "email": "jose@gmail.com",
            "document": {"number": "72912053013", "type": "cpf"}
        }}
    })
}

/// Seed 002, the body of a card charge.
pub(crate) fn seed_002() -> Value {
    json!({
        "merchantId": MERCHANT,
        "amount": 150,
        "currency": "BRL",
        "statementDescriptor": "Pedido #231 loja joão",
        "capture": false,
        "paymentMethod": {"paymentType": "credit", "installments": 1},
        "paymentSource": {"sourceType": "card", "card": {
            "cardNumber": "4929564637987814",
            "cardCvv": "320",
            "cardExpirationDate": "06/2028",
            "cardHolderName": "JOAO DA SILVA"
        }}
    })
}

/// The Pix code that seed 001 prints.
pub(crate) const PIX_CODE: &str = "00020101021126510014BR.GOV.BCB.PIX0129K89VdiUgWN1B3p0IHrgHkNHg9tX5F52040000530398654040.155802BR5913Customer test600062070503***630431C0";

/// `body` with `value` at the JSON pointer `path`.
pub(crate) fn with(mut body: Value, path: &str, value: Value) -> Value {
    let (parent, field) = path.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    parent.insert(field.to_owned(), value);
    body
}

/// The session that seed 000 creates, which may also be paid by card.
pub(crate) fn session() -> Session {
    let methods = json!([{"paymentType": "pix", "expiresIn": 30}, {"paymentType": "credit", "installments": 3}]);
    let new = CreateSession::read(&with(seed_000_create(), "/paymentMethods", methods)).unwrap();
    Session {
        id: id::<SessionId>('1'),
        client: id::<ClientId>('2'),
        merchant: new.merchant,
        name: new.name,
        amount: new.amount,
        currency: new.currency,
        capture: new.capture,
        is_active: new.is_active,
        was_active: new.is_active,
        due_date: new.due_date,
        status: SessionStatus::Created,
        order_id: Some("b84b7694-d22f-4083-bee7-c1274b16eb4a".to_owned()),
        description: new.description,
        statement_descriptor: None,
        items: new.items,
        methods: new.methods,
        key: SessionKey { digest: "digest of the key".to_owned(), sealed: "sealed key".to_owned() },
        body: "body".to_owned(),
        claim: None,
        attempts: Vec::new(),
        created_at: now(),
        updated_at: now(),
        version: 1,
    }
}

/// The intent of the charge that `body` creates.
pub(crate) fn intent(body: &Value) -> Charge {
    let order = CreateCharge::read(body, now()).unwrap();
    let source = match &order.source {
        domain::charge::SourceOrder::Card(card) => Source::Card { card_id: id::<CardId>('6'), card: card.snapshot() },
        domain::charge::SourceOrder::Customer(_) => Source::Customer { customer_id: id::<CustomerId>('7') },
        other => panic!("no fixture pays from {other:?}"),
    };
    let new = NewCharge {
        id: id::<ChargeId>('3'),
        client: id::<ClientId>('2'),
        session: None,
        customer: None,
        idempotency_key: Some("fafe857b176e45d6b12e32fcaf228996".to_owned()),
        body: Body { as_sent: String::new(), by_card: None },
        source,
        via: Via { id: id::<ProviderId>('4'), kind: ProviderType::Stripe },
        request: id::<RequestId>('5'),
    };
    Charge::open(&order, new, now())
}

/// `charge` after its first request had this outcome.
pub(crate) fn settled(charge: &Charge, outcome: Outcome, at: Timestamp, took_ms: Option<u32>) -> Charge {
    match charge.settle(1, outcome, at, took_ms) {
        Settled::Changed(charge, _) => *charge,
        Settled::Unchanged | Settled::LateMoney => panic!("the outcome changes nothing"),
    }
}

/// An approval of a card payment, as the sandbox words it.
pub(crate) fn approval() -> Receipt {
    Receipt {
        transaction_id: Some("ch_3JYE7MHjGFBGEeiP0lfTD3Ob".to_owned()),
        authorization_nsu: Some("1616512362092".to_owned()),
        response_code: Some("20000".to_owned()),
        network_code: Some("00".to_owned()),
        ..Receipt::default()
    }
}

/// A registered Pix.
pub(crate) fn registration() -> Receipt {
    Receipt {
        transaction_id: Some("25593931617".to_owned()),
        pix_code: Some(PIX_CODE.to_owned()),
        ..Receipt::default()
    }
}
