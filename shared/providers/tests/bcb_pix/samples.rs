//! Sample accounts and operations.

use std::sync::LazyLock;

use domain::{
    charge::{Outcome, request::RequestKind, update::ProviderUpdate},
    customer::CustomerData,
    document::Document,
    merchant::{Credentials, Environment, ProviderAccount, ProviderType},
    method::{Method, PaymentType},
    money::{Amount, Currency, Money},
    time::Timestamp,
};
use providers::{Call, Change, Create, HttpAnswer, Operation, Progress, Query, Reading, Secrets, Step, adapter};
use serde_json::{Map, Value, json};

pub(crate) const PAYMENT: &str = "0190f0c0a1b27c3d8e4f5a6b7c8d9e0f001";
pub(crate) const CHANGE: &str = "0190f0c0a1b27c3d8e4f5a6b7c8d9e0f002";
pub(crate) const PAID: &str = "E12345678202601051340abcdef12345";
pub(crate) const PAID_AGAIN: &str = "E87654321202601051341abcdef67890";
pub(crate) const RETURN: &str = "D12345678202601051400abcdef12345";
pub(crate) const LOCATION: &str = "pix.example.com/qr/v2/9d36b84fc70b478fb95c12729b90ca25";
pub(crate) const CODE: &str = "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd93113bd441\
    5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***630464E4";
pub(crate) const PIX: Method = Method::Pix { expires_in: 3600 };
pub(crate) const SECRETS: [&str; 3] = ["the-client-secret", "THE-CERTIFICATE", "THE-PRIVATE-KEY"];

/// Every profile: its provider, and what its answers have of their own.
pub(crate) const ALL: [ProviderType; 3] = [ProviderType::BcbPix, ProviderType::Bb, ProviderType::Bs2];
/// Those that refund.
pub(crate) const REFUNDING: [ProviderType; 2] = [ProviderType::BcbPix, ProviderType::Bb];

/// An account at a bank of this kind in its provider's sandbox.
pub(crate) fn account(kind: ProviderType) -> ProviderAccount {
    account_in(kind, Environment::Sandbox)
}

pub(crate) fn account_in(kind: ProviderType, environment: Environment) -> ProviderAccount {
    let own: &[(&str, &str)] = match kind {
        ProviderType::Bb => &[("appKey", "d27b67790cffab50136be17db0050c56")],
        ProviderType::Bs2 => &[("userAgent", "Loja da Maria/1.0")],
        _ => &[
            ("baseUrl", "https://pix.bank.example/api/pix/v2/"),
            ("tokenUrl", "https://auth.bank.example/oauth/token"),
        ],
    };
    let shared = [("clientId", "eyJpZCI6ImxvamEifQ"), ("pixKey", "loja+pix@example.com")];
    let fields = own.iter().chain(&shared).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ProviderAccount {
        id: "0b1c8c4b-3d2e-4f50-9a61-7b82c93d04e5".parse().unwrap(),
        kind,
        priority: 1,
        methods: vec![PaymentType::Pix],
        currencies: None,
        credentials: Credentials::Account { environment, fields, sealed: String::new() },
    }
}

pub(crate) fn secrets() -> Secrets {
    let names = ["clientSecret", "certificate", "privateKey"];
    names.iter().zip(SECRETS).map(|(name, value)| ((*name).to_owned(), value.to_owned())).collect()
}

pub(crate) fn now() -> Timestamp {
    "2026-01-05T10:38:56.380Z".parse().unwrap()
}

pub(crate) fn reais(minor: u64) -> Money {
    Money { amount: Amount::new(minor).unwrap(), currency: Currency::BRL }
}

/// A shopper with a CPF.
pub(crate) static MARIA: LazyLock<CustomerData> = LazyLock::new(|| customer("Maria da Silva", "cpf", "72912053013"));

pub(crate) fn customer(name: &str, kind: &str, number: &str) -> CustomerData {
    CustomerData {
        name: name.to_owned(),
        email: "maria@example.com".to_owned(),
        phone_number: "21 98889999099".to_owned(),
        document: Document::new(kind, Some(number), None).unwrap(),
        address: None,
    }
}

pub(crate) fn create(customer: Option<&CustomerData>) -> Create<'_> {
    Create {
        reference: PAYMENT,
        method: &PIX,
        money: reais(150),
        capture: true,
        card: None,
        customer,
        description: None,
        statement_descriptor: None,
        updates: None,
        created_at: now(),
    }
}

pub(crate) fn change(amount: u64) -> Change<'static> {
    Change {
        reference: CHANGE,
        payment: PAYMENT,
        transaction_id: Some(PAID),
        method: &PIX,
        money: reais(amount),
        is_reserved: false,
        is_untouched: true,
        is_retry: false,
        left: reais(150),
        card: None,
        created_at: now(),
    }
}

/// A question about the payment.
pub(crate) fn question() -> Query<'static> {
    Query {
        reference: PAYMENT,
        payment: PAYMENT,
        asked: RequestKind::Pending,
        method: &PIX,
        money: reais(150),
        transaction_id: None,
        request_id: None,
        refund_under_way: None,
        refunded: Amount::ZERO,
        card: None,
        created_at: now(),
    }
}

/// A question about a refund or a cancel.
pub(crate) fn question_about(asked: RequestKind, amount: u64, paid_by: Option<&'static str>) -> Query<'static> {
    Query { reference: CHANGE, asked, money: reais(amount), transaction_id: paid_by, ..question() }
}

pub(crate) fn begin(kind: ProviderType, operation: &Operation) -> Call {
    let account = account(kind);
    adapter(&account).begin(&account, operation).unwrap()
}

/// The only call of an operation.
pub(crate) fn first() -> Progress {
    Progress::first()
}

/// What follows from an answer to the call of this progress.
pub(crate) fn step(kind: ProviderType, operation: &Operation, progress: &Progress, answer: &HttpAnswer) -> Step {
    let account = account(kind);
    adapter(&account).next(&account, operation, progress, answer)
}

/// What an answer to the operation's first call says.
pub(crate) fn reading(kind: ProviderType, operation: &Operation, answer: &HttpAnswer) -> Reading {
    let Call { progress, .. } = begin(kind, operation);
    match step(kind, operation, &progress, answer) {
        Step::Done(reading) => reading,
        Step::Call(call) => panic!("one more call: {call:?}"),
    }
}

pub(crate) fn outcome(kind: ProviderType, operation: &Operation, answer: &HttpAnswer) -> Outcome {
    reading(kind, operation, answer).outcome
}

pub(crate) fn answer(status: u16, body: &Value) -> HttpAnswer {
    HttpAnswer { status, headers: Vec::new(), body: body.to_string().into_bytes() }
}

pub(crate) fn problem(status: u16, name: &str) -> HttpAnswer {
    let kind = format!("https://pix.bcb.gov.br/api/v2/error/{name}");
    answer(status, &json!({"type": kind, "title": name, "status": status, "detail": "A requisição não foi atendida."}))
}

/// A "no" of the API itself in the words of a bank of this kind.
pub(crate) fn refusal(kind: ProviderType, status: u16, name: &str) -> HttpAnswer {
    match kind {
        ProviderType::Bs2 => answer(status, &json!({"message": name})),
        _ => problem(status, name),
    }
}

/// A cob as the bank answers a create or a read.
pub(crate) fn cob(status: &str, more: &Value) -> Value {
    let mut cob = json!({
        "calendario": {"criacao": "2026-01-05T10:38:56.380Z", "expiracao": 3600},
        "txid": PAYMENT,
        "revisao": 0,
        "loc": {
            "id": 789, "location": LOCATION, "tipoCob": "cob", "criacao": "2026-01-05T10:38:56.380Z", "txid": PAYMENT,
        },
        "location": LOCATION,
        "status": status,
        "valor": {"original": "1.50"},
        "chave": "loja+pix@example.com",
        "pixCopiaECola": CODE,
    });
    cob.as_object_mut().unwrap().extend(more.as_object().unwrap_or(&Map::new()).clone());
    cob
}

pub(crate) fn pix(id: &str, valor: &str, devolucoes: &[Value]) -> Value {
    json!({
        "endToEndId": id, "txid": PAYMENT, "valor": valor, "horario": "2026-01-05T13:40:09.000Z",
        "infoPagador": "Pago pelo celular", "devolucoes": devolucoes,
    })
}

pub(crate) fn devolucao(id: &str, valor: &str, status: &str) -> Value {
    json!({
        "id": id, "rtrId": RETURN, "valor": valor, "horario": {"solicitacao": "2026-01-05T14:00:00.000Z"},
        "status": status,
    })
}

pub(crate) fn printed_updates(updates: &[ProviderUpdate]) -> Value {
    serde_json::to_value(updates).unwrap()
}
