//! The request bodies that Malga's pages print, and the domain's charges and sessions from them.

use std::time::Duration;

use domain::{
    barcode::Barcode,
    charge::{
        Abilities, Body, Charge, Circumstances, Decision, NewCharge, Order, Outcome, Report, SessionView, Source,
        command::{Command, Requester},
        fraud::{FraudAnalysis, Verdict},
        request::{Origin, Receipt, Via},
        update::{ProviderUpdate, UpdateKind},
    },
    ids::{CardId, ChargeId, ClientId, CustomerId, ProviderAccountId, RequestId, SessionId},
    maker::Maker,
    merchant::ProviderType,
    method::PaymentType,
    money::Amount,
    refusal::Refusal,
    session::{Session, SessionKey, SessionStatus},
    time::Timestamp,
};
use serde_json::{Value, json};
use wire::malga::requests::{CreateCharge, CreateSession, PaySession, Sender};

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

/// The hub's public address in these tests.
pub(crate) const PUBLIC_URL: &str = "https://pay.example";

/// Where the image of a charge is in these tests.
pub(crate) fn image_url(charge: ChargeId) -> String {
    format!("{PUBLIC_URL}/v1/charges/{charge}/image/signature")
}

/// Malga, "Sessões": the body that creates a session.
pub(crate) fn session_request() -> Value {
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

/// Malga, "Sessões": the body that pays a session.
pub(crate) fn session_payment_request() -> Value {
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

/// Malga, "Pix": the body of a Pix charge.
pub(crate) fn pix_request() -> Value {
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

/// Malga, "Cartão de crédito": the body of a card charge.
pub(crate) fn card_request() -> Value {
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

/// Malga, "Drip": the body of a Drip charge.
pub(crate) fn drip_request() -> Value {
    json!({
        "merchantId": MERCHANT,
        "amount": 100,
        "currency": "BRL",
        "orderId": "98848683521",
        "paymentMethod": {
            "paymentType": "drip",
            "items": [{"id": "123", "quantity": 1, "title": "item title", "unitPrice": 100}],
            "browser": {"ipAddress": "127.0.0.1", "browserFingerprint": "074c1ee676ed4998ab66491013c565e2"},
            "successRedirectUrl": "http://your-service.com/success",
            "cancelRedirectUrl": "http://your-service.com/cancel"
        },
        "paymentSource": {"sourceType": "customer", "customer": {
            "name": "Nome do Comprador",
            "phoneNumber": "xx999999999",
            "email": "email@docomprador.com",
            "document": {"number": "11111111111", "type": "cpf"},
            "address": {
                "street": "Rua do Comprador",
                "streetNumber": "1",
                "zipCode": "00000-140",
                "country": "BR",
                "state": "RJ",
                "district": "Bairro",
                "city": "Cidade",
                "complement": "complemento"
            }
        }}
    })
}

/// The body of a boleto charge with every field.
pub(crate) fn boleto() -> Value {
    let method = json!({
        "paymentType": "boleto",
        "expiresDate": "2022-11-30",
        "maxDaysPastDue": 60,
        "instructions": "Não receber após o vencimento",
        "interest": {"days": 1, "percentage": 0.33},
        "fine": {"days": 2, "amount": 200},
        "items": [{"id": "123", "title": "item title", "quantity": 2, "unitPrice": 75}]
    });
    with(pix_request(), "/paymentMethod", method)
}

/// The Pix code that Malga's page "Pix" prints.
pub(crate) const PIX_CODE: &str = "00020101021126510014BR.GOV.BCB.PIX0129K89VdiUgWN1B3p0IHrgHkNHg9tX5F52040000530398654040.155802BR5913Customer test600062070503***630431C0";

/// `body` with `value` at the JSON pointer `path`.
pub(crate) fn with(mut body: Value, path: &str, value: Value) -> Value {
    let (parent, field) = path.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    parent.insert(field.to_owned(), value);
    body
}

/// The session of [`session_request`], which may also be paid by card.
pub(crate) fn session() -> Session {
    let methods = json!([{"paymentType": "pix", "expiresIn": 30}, {"paymentType": "credit", "installments": 3}]);
    let new = CreateSession::read(&with(session_request(), "/paymentMethods", methods)).unwrap();
    Session {
        id: id::<SessionId>('1'),
        client: id::<ClientId>('2'),
        made_by: Maker::ACCOUNT,
        customer: new.customer,
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
        has_link: new.has_link,
        key: SessionKey { digest: "digest of the key".to_owned(), sealed: "sealed key".to_owned() },
        body: "body".to_owned(),
        lock: None,
        aliases: Vec::new(),
        attempts: Vec::new(),
        created_at: now(),
        updated_at: now(),
        version: 1,
    }
}

/// The shopper's browser, as far as a request shows it.
pub(crate) const BROWSER: Sender<'static> = Sender { address: Some("203.0.113.7"), agent: Some("Mozilla/5.0 (X11)") };

/// The order that `body` makes of `session`, sent from [`BROWSER`].
pub(crate) fn pay_session(body: &Value, session: &Session, now: Timestamp) -> Result<Order, Refusal> {
    PaySession::read(body, session, BROWSER, now)
}

/// The intent of the charge that `body` creates; an analysis of fraud that it asks for says "approved".
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
        keys: Vec::new(),
        session: None,
        customer: None,
        idempotency_key: Some("fafe857b176e45d6b12e32fcaf228996".to_owned()),
        body: Body { as_sent: String::new(), by_card: None },
        source,
        via: Via { id: id::<ProviderAccountId>('4'), kind: ProviderType::Stripe },
        fraud: order.fraud.as_ref().map(|_| FraudAnalysis { verdict: Verdict::Approved }),
        counted: None,
        request: id::<RequestId>('5'),
        call_before: now().plus(Duration::from_secs(20)),
    };
    Charge::open(&order, new, now())
}

/// The circumstances of a report at `at`; that instant identifies the request or entry that the report adds.
pub(crate) fn circumstances(at: Timestamp, took_ms: Option<u32>) -> Circumstances {
    let id = uuid::Uuid::from_u128(u128::from(at.as_millis().unsigned_abs()));
    Circumstances { at, took_ms, ask_after: None, not_sent: None, id: RequestId::new(id) }
}

/// A provider that can do everything.
fn able(_: ProviderType, _: PaymentType) -> Abilities {
    let refund_window = Some(Duration::from_hours(90 * 24));
    Abilities { refund_window, can_cancel: true, can_read: true, can_capture_part: true, ..Abilities::NONE }
}

fn changed(charge: &Charge, report: &Report<'_>, circumstances: Circumstances) -> Charge {
    match charge.decide(report, SessionView::Unread, able, circumstances) {
        Decision::Store(write) => write.charge,
        other => panic!("{other:?}"),
    }
}

/// `charge` after its first request had this outcome.
pub(crate) fn settled(charge: &Charge, outcome: impl Into<Outcome>, at: Timestamp, took_ms: Option<u32>) -> Charge {
    answered(charge, 1, outcome, circumstances(at, took_ms))
}

/// `charge` after its request at `number` had this outcome.
pub(crate) fn answered(charge: &Charge, number: usize, outcome: impl Into<Outcome>, when: Circumstances) -> Charge {
    changed(charge, &Report::Answer { number, outcome: &outcome.into() }, when)
}

/// `charge` after its provider sent this update of the request at `number`.
pub(crate) fn notified(charge: &Charge, number: usize, kind: UpdateKind, at: Timestamp) -> Charge {
    let update = ProviderUpdate {
        reference: charge.reference(number),
        id: format!("{at}"),
        payment: None,
        currency: None,
        kind,
    };
    changed(charge, &Report::Notification(&update), circumstances(at, None))
}

/// `charge` after `command`, asked at `at`, had this outcome a second later.
pub(crate) fn asked(charge: &Charge, command: Command, outcome: impl Into<Outcome>, at: Timestamp) -> Charge {
    let outcome = outcome.into();
    let ask = charge.command(command, able).unwrap();
    let (id, call_before) = (circumstances(at, None).id, at.plus(Duration::from_secs(20)));
    let requester = Requester {
        id,
        origin: Origin::Merchant,
        body: None,
        merchant_reference: None,
        ends_session: false,
        call_before,
    };
    let running = charge.with_intent(ask, requester, charge.requests[0].via, at);
    let answered = circumstances(at.plus(Duration::from_secs(1)), Some(713));
    changed(&running, &Report::Answer { number: running.requests.len(), outcome: &outcome }, answered)
}

/// An amount in minor units.
pub(crate) fn minor(units: u64) -> Amount {
    Amount::new(units).unwrap()
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

/// The barcode of the boleto above.
pub(crate) fn barcode() -> Barcode {
    let due = "2022-11-30".parse().unwrap();
    Barcode::new("341", due, minor(150), "1101234567880057123457000").unwrap()
}

/// A registered boleto.
pub(crate) fn slip() -> Receipt {
    Receipt { barcode: Some(barcode().to_string()), ..Receipt::default() }
}

/// The page that Malga's page "Drip" prints.
pub(crate) const PAGE: &str = "https://sandbox-portal.dripapp.com.br/checkouts/0f6aa94e-8593-4662-bddd-7bfce2d4c935";

/// An opened page at Drip.
pub(crate) fn page() -> Receipt {
    Receipt {
        transaction_id: Some("9baef27a-9897-4541-9d84-d61b65ffe6fe".to_owned()),
        authorization_code: Some("f03a3928-460e-42b3-8ece-76cdfdcb5924".to_owned()),
        payment_url: Some(PAGE.to_owned()),
        ..Receipt::default()
    }
}

pub(crate) fn json_of(body: impl serde::Serialize) -> Value {
    serde_json::to_value(body).unwrap()
}

/// Every field of `document` is in `printed` with the same type; lists are compared by their first elements.
pub(crate) fn prints_all_of(document: &Value, printed: &Value, path: &str) {
    match (document, printed) {
        (Value::Object(expected), Value::Object(fields)) => {
            for (name, value) in expected {
                let Some(found) = fields.get(name) else { panic!("{path}/{name} is missing") };
                prints_all_of(value, found, &format!("{path}/{name}"));
            }
        }
        (Value::Array(expected), Value::Array(elements)) => {
            for (value, found) in expected.iter().zip(elements) {
                prints_all_of(value, found, &format!("{path}/0"));
            }
        }
        (expected, found) => {
            assert_eq!(std::mem::discriminant(expected), std::mem::discriminant(found), "{path}: {found}");
        }
    }
}
