//! An account at Drip, payments, and answers.

use std::{collections::BTreeMap, sync::LazyLock};

use domain::{
    charge::request::RequestKind,
    customer::{Address, CustomerData},
    document::Document,
    ids::ProviderAccountId,
    merchant::{Credentials, Environment, ProviderAccount, ProviderType},
    method::{Browser, Drip, Method, PaidItem, PaymentType},
    money::{Amount, Currency, Money},
    time::Timestamp,
};
use providers::{Call, Change, Create, HttpAnswer, Operation, Progress, Query, Reading, Step, Updates, adapter};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const PAYMENT: &str = "0190f0c0a1b27c3d8e4f5a6b7c8d9e0f001";
pub(crate) const REFUND: &str = "0190f0c0a1b27c3d8e4f5a6b7c8d9e0f002";
pub(crate) const CHECKOUT: &str = "b9c1a3f0-0000-4000-8000-000000000001";
pub(crate) const ORDER: &str = "5d0e7c2a-0000-4000-8000-000000000001";
pub(crate) const PAGE: &str = "https://page.drip.example/checkouts/b9c1a3f0-0000-4000-8000-000000000001";
pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

pub(crate) static ACCOUNT: LazyLock<ProviderAccount> = LazyLock::new(|| account("https://api.drip.example/api/v1"));

pub(crate) fn account(base: &str) -> ProviderAccount {
    ProviderAccount {
        id: ProviderAccountId::new(Uuid::from_u128(7)),
        kind: ProviderType::Drip,
        priority: 1,
        methods: vec![PaymentType::Drip],
        currencies: None,
        credentials: Credentials::Account {
            environment: Environment::Sandbox,
            fields: BTreeMap::from([("baseUrl".to_owned(), base.to_owned())]),
            sealed: String::new(),
        },
    }
}

pub(crate) static METHOD: LazyLock<Method> = LazyLock::new(|| {
    Method::Drip(Drip {
        items: vec![item("1", "Ração", 2, 50), item("2", "Frete", 1, 0)],
        browser: Browser::default(),
        success_redirect_url: "https://loja.example/ok".to_owned(),
        cancel_redirect_url: "https://loja.example/volta".to_owned(),
        max_installments: None,
        expires_in: 86_400,
    })
});

fn item(id: &str, title: &str, quantity: u32, price: u64) -> PaidItem {
    PaidItem { id: id.to_owned(), title: title.to_owned(), quantity, unit_price: Amount::new(price).unwrap() }
}

pub(crate) static SHOPPER: LazyLock<CustomerData> = LazyLock::new(|| CustomerData {
    name: "Maria da Silva".to_owned(),
    email: "maria@example.com".to_owned(),
    phone_number: "21 98889999099".to_owned(),
    document: Document::new("cpf", Some("729.120.530-13"), None).unwrap(),
    address: None,
});

pub(crate) static WITH_ADDRESS: LazyLock<CustomerData> = LazyLock::new(|| {
    let part = |text: &str| Some(text.to_owned());
    let address = Address {
        street: part("Rua A"),
        street_number: part("10"),
        complement: part("casa 2"),
        zip_code: part("20000-000"),
        country: part("BR"),
        state: part("RJ"),
        city: part("Rio de Janeiro"),
        district: part("Centro"),
    };
    CustomerData { address: Some(address), ..SHOPPER.clone() }
});

pub(crate) fn money(minor: u64) -> Money {
    Money { amount: Amount::new(minor).unwrap(), currency: Currency::BRL }
}

pub(crate) fn create(customer: &'static CustomerData, minor: u64) -> Create<'static> {
    Create {
        reference: PAYMENT,
        method: &METHOD,
        money: money(minor),
        capture: true,
        card: None,
        customer: Some(customer),
        description: None,
        statement_descriptor: None,
        updates: Some(Updates { url: "https://hub.example/v1/callbacks/DRIP/7Zx0a", key: "a key of the hub" }),
        created_at: now(),
    }
}

pub(crate) fn change(minor: u64) -> Change<'static> {
    Change {
        reference: REFUND,
        payment: PAYMENT,
        transaction_id: Some(CHECKOUT),
        method: &METHOD,
        money: money(minor),
        is_reserved: false,
        is_untouched: true,
        is_retry: false,
        left: money(minor),
        card: None,
        created_at: now(),
    }
}

pub(crate) fn query(asked: RequestKind, refunded: u64) -> Query<'static> {
    Query {
        reference: if asked == RequestKind::Void { REFUND } else { PAYMENT },
        payment: PAYMENT,
        asked,
        method: &METHOD,
        money: money(100),
        transaction_id: Some(CHECKOUT),
        request_id: None,
        refund_under_way: None,
        refunded: Amount::new(refunded).unwrap(),
        card: None,
        created_at: now(),
    }
}

/// A checkout as Drip shows it.
pub(crate) fn checkout(status: &str, order: Option<&str>) -> Value {
    json!({"id": CHECKOUT, "formUrl": PAGE, "status": status, "orderId": order, "merchantCode": PAYMENT,
        "expiresAt": "2027-01-16T08:00:00"})
}

/// An order as Drip shows it.
pub(crate) fn order(status: &str, amount: &str, canceled: &str) -> Value {
    json!({"id": ORDER, "status": status, "amount": amount, "canceledAmount": canceled})
}

pub(crate) fn begun(operation: &Operation) -> Call {
    adapter(&ACCOUNT).begin(&ACCOUNT, operation).unwrap()
}

pub(crate) fn step(operation: &Operation, progress: &Progress, status: u16, body: &[u8]) -> Step {
    let answer = HttpAnswer { status, headers: Vec::new(), body: body.to_vec() };
    adapter(&ACCOUNT).next(&ACCOUNT, operation, progress, &answer)
}

/// What comes of an operation whose calls are answered with these, one after the other.
pub(crate) fn answered(operation: &Operation, answers: &[(u16, String)]) -> Reading {
    let mut call = begun(operation);
    for (index, (status, body)) in answers.iter().enumerate() {
        match step(operation, &call.progress, *status, body.as_bytes()) {
            Step::Done(reading) => {
                assert_eq!(index + 1, answers.len(), "it was over before");
                return reading;
            }
            Step::Call(next) => call = next,
        }
    }
    panic!("one more call: {call:?}")
}
