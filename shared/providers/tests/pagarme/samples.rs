//! Sample operations, and the parts of answers.

use std::sync::LazyLock;

use domain::{
    card::{CardData, CardSnapshot, Cvv, Pan},
    charge::request::RequestKind,
    customer::{Address, CustomerData},
    document::Document,
    merchant::{Credentials, Environment, ProviderAccount, ProviderType},
    method::{Boleto, Method, PaymentType, Penalty, Rate},
    money::{Amount, Currency, Money},
};
use providers::{Change, Create, HttpRequest, Operation, Progress, Query, Reading, Step, adapter};
use serde_json::{Value, json};

pub(crate) const REFERENCE: &str = "0190f0c0a1b27c3d8e4f5a6b7c8d9e0f001";
pub(crate) const CHANGE: &str = "0190f0c0a1b27c3d8e4f5a6b7c8d9e0f002";
pub(crate) const CHARGE: &str = "ch_K2rJ5nlHwTE4qRDP";
pub(crate) const TRANSACTION: &str = "tran_opAqDj2390S1lKQO";
pub(crate) const PAN: &str = "4000000000000010";
pub(crate) const CVV: &str = "987";
pub(crate) const CREDIT: Method = Method::Credit { installments: 3 };
pub(crate) const AT_ONCE: Method = Method::Credit { installments: 1 };
pub(crate) const PIX: Method = Method::Pix { expires_in: 3600 };
/// A valid Pix code.
pub(crate) const PIX_CODE: &str = "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd93113bd441\
    5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***630464E4";
/// A valid line of a boleto, as it is printed.
pub(crate) const LINE: &str = "34191.09107 00000.135558 51122.200002 1 57810000000150";
/// Its barcode.
pub(crate) const BARCODE: &str = "34191578100000001501091000000135555112220000";

pub(crate) static BOLETO: LazyLock<Method> = LazyLock::new(|| {
    Method::Boleto(Boleto {
        expires_date: "2026-01-08".parse().unwrap(),
        max_days_past_due: Some(10),
        instructions: Some("Não receber após o vencimento".to_owned()),
        interest: Some(Penalty { days: 1, rate: Rate::Percentage("0.33".parse().unwrap()) }),
        fine: Some(Penalty { days: 2, rate: Rate::Amount(Amount::new(300).unwrap()) }),
        items: Vec::new(),
        clearing_days: 3,
    })
});

pub(crate) static PLAIN_BOLETO: LazyLock<Method> = LazyLock::new(|| {
    Method::Boleto(Boleto {
        expires_date: "2026-01-08".parse().unwrap(),
        max_days_past_due: None,
        instructions: None,
        interest: None,
        fine: None,
        items: Vec::new(),
        clearing_days: 3,
    })
});

pub(crate) static CARD: LazyLock<CardData> = LazyLock::new(|| card(Some(CVV)));
static SNAPSHOT: LazyLock<CardSnapshot> = LazyLock::new(|| CARD.snapshot());

pub(crate) static MARIA: LazyLock<CustomerData> = LazyLock::new(|| CustomerData {
    name: "Maria da Silva".to_owned(),
    email: "maria@example.com".to_owned(),
    phone_number: "+55 (21) 99999-9999".to_owned(),
    document: Document::new("cpf", Some("729.120.530-13"), None).unwrap(),
    address: Some(Address {
        street: Some("Rua A".to_owned()),
        street_number: Some("10".to_owned()),
        complement: Some("apto 7".to_owned()),
        zip_code: Some("20000-000".to_owned()),
        country: Some("br".to_owned()),
        state: Some("rj".to_owned()),
        city: Some("Rio de Janeiro".to_owned()),
        district: Some("Centro".to_owned()),
    }),
});

/// A company whose telephone is a landline, and whose address is not whole.
pub(crate) static COMPANY: LazyLock<CustomerData> = LazyLock::new(|| CustomerData {
    name: "Loja ".repeat(20),
    email: format!("{}@example.com", "a".repeat(60)),
    phone_number: "1133334444".to_owned(),
    document: Document::new("cnpj", Some("11.222.333/0001-81"), None).unwrap(),
    address: Some(Address { city: Some("São Paulo".to_owned()), ..Address::default() }),
});

pub(crate) fn account(environment: Environment) -> ProviderAccount {
    ProviderAccount {
        id: "0b1c8c4b-3d2e-4f50-9a61-7b82c93d04e5".parse().unwrap(),
        kind: ProviderType::Pagarme,
        priority: 1,
        methods: vec![PaymentType::Credit, PaymentType::Pix, PaymentType::Boleto],
        currencies: None,
        credentials: Credentials::Account { environment, fields: [].into(), sealed: "sealed".to_owned() },
    }
}

pub(crate) fn reais(minor: u64) -> Money {
    Money { amount: Amount::new(minor).unwrap(), currency: Currency::BRL }
}

pub(crate) fn card(cvv: Option<&str>) -> CardData {
    CardData {
        pan: Pan::new(PAN).unwrap(),
        cvv: cvv.map(|digits| Cvv::new(digits).unwrap()),
        holder: "MARIA DA SILVA".to_owned(),
        expiry: "06/2030".parse().unwrap(),
    }
}

pub(crate) fn by_card(capture: bool) -> Create<'static> {
    Create {
        reference: REFERENCE,
        method: &CREDIT,
        money: reais(150),
        capture,
        card: Some(&CARD),
        customer: Some(&MARIA),
        description: Some("Pedido 42"),
        statement_descriptor: Some("Loja da João*Maria"),
        updates: None,
        created_at: "2026-01-05T12:00:00.000Z".parse().unwrap(),
    }
}

pub(crate) fn by_pix() -> Create<'static> {
    Create { method: &PIX, card: None, statement_descriptor: None, ..by_card(false) }
}

pub(crate) fn by_boleto() -> Create<'static> {
    Create { method: &BOLETO, ..by_pix() }
}

/// A change by `amount` of a payment of which `left` is left.
pub(crate) fn change(method: &'static Method, amount: u64, left: u64) -> Change<'static> {
    Change {
        reference: CHANGE,
        payment: REFERENCE,
        transaction_id: Some(CHARGE),
        method,
        money: reais(amount),
        is_reserved: false,
        is_untouched: true,
        is_retry: false,
        left: reais(left),
        card: (method.kind() == PaymentType::Credit).then_some(&*SNAPSHOT),
        created_at: by_pix().created_at,
    }
}

/// A query about a payment by `method`, whose charge is known.
pub(crate) fn query(method: &'static Method, asked: RequestKind) -> Query<'static> {
    let change = change(method, 150, 150);
    Query {
        reference: REFERENCE,
        payment: REFERENCE,
        asked,
        method,
        money: change.money,
        transaction_id: Some(CHARGE),
        request_id: None,
        refund_under_way: None,
        refunded: Amount::ZERO,
        card: change.card,
        created_at: change.created_at,
    }
}

/// A query about the refund of `amount`, where `refunded` was refunded besides.
pub(crate) fn refund(method: &'static Method, amount: u64, refunded: u64) -> Query<'static> {
    Query {
        reference: CHANGE,
        money: reais(amount),
        refunded: Amount::new(refunded).unwrap(),
        ..query(method, RequestKind::Void)
    }
}

/// The request that begins `operation`, and what the adapter needs to know when it is answered.
pub(crate) fn begun(operation: &Operation) -> (HttpRequest, Progress) {
    let account = account(Environment::Sandbox);
    let call = adapter(&account).begin(&account, operation).unwrap();
    (call.request, call.progress)
}

pub(crate) fn read(operation: &Operation, progress: &Progress, status: u16, body: &[u8]) -> Step {
    let account = account(Environment::Sandbox);
    let answer = providers::HttpAnswer { status, headers: Vec::new(), body: body.to_vec() };
    adapter(&account).next(&account, operation, progress, &answer)
}

/// What the answer to the call that makes `operation` is read as.
pub(crate) fn reading(operation: &Operation, status: u16, body: &[u8]) -> Reading {
    let (_, progress) = begun(operation);
    match read(operation, &progress, status, body) {
        Step::Done(reading) => reading,
        Step::Call(call) => panic!("one more call: {call:?}"),
    }
}

/// A charge of 150 with these `fields`, whose last transaction has these `last` ones.
pub(crate) fn charge(method: &str, fields: &Value, last: &Value) -> Value {
    let transaction = json!({
        "id": TRANSACTION, "transaction_type": method, "success": true,
        "gateway_response": {"code": "200", "errors": []},
    });
    let charge = json!({"id": CHARGE, "code": REFERENCE, "amount": 150, "currency": "BRL", "payment_method": method});
    with(&charge, &with(fields, &json!({"last_transaction": with(&transaction, last)})))
}

/// The order of one charge.
pub(crate) fn order(charge: &Value) -> Value {
    json!({"id": "or_56GXnk6T0eU88qMm", "code": REFERENCE, "status": "paid", "amount": 150, "charges": [charge]})
}

/// The page of these orders.
pub(crate) fn orders(orders: &[Value]) -> Value {
    json!({"data": orders, "paging": {"total": orders.len()}})
}

/// `object` with the fields of `other`.
pub(crate) fn with(object: &Value, other: &Value) -> Value {
    let mut object = object.clone();
    for (name, value) in other.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}
