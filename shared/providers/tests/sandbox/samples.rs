//! Sample operations of the tests.

use std::sync::LazyLock;

use domain::{
    card::{CardData, CardSnapshot, Cvv, Pan},
    charge::{Outcome, request::RequestKind},
    merchant::{Credentials, ProviderAccount, ProviderType},
    method::{Boleto, Browser, Drip, Method, PaidItem, PaymentType, Penalty, Rate},
    money::{Amount, Currency, Money},
    time::Timestamp,
};
use providers::{
    Change, Create, HttpAnswer, HttpRequest, Operation, Progress, Proof, Query, Reading, Secrets, Step, Updates,
    Verify, adapter, sandbox::bank,
};

pub(crate) const REFERENCE: &str = "c1db83fa723c4e1f9722bc19d1be6791001";
pub(crate) const CHANGE: &str = "c1db83fa723c4e1f9722bc19d1be6791002";
pub(crate) const KEY: &str = "a key of the hub";
pub(crate) const CREDIT: Method = Method::Credit { installments: 3 };
pub(crate) const PIX: Method = Method::Pix { expires_in: 3600 };

pub(crate) static BOLETO: LazyLock<Method> = LazyLock::new(|| {
    Method::Boleto(Boleto {
        expires_date: "2021-08-19".parse().unwrap(),
        max_days_past_due: None,
        instructions: Some("Não receber após o vencimento".to_owned()),
        interest: Some(Penalty { days: 1, rate: Rate::Percentage("0.33".parse().unwrap()) }),
        fine: Some(Penalty { days: 2, rate: Rate::Amount(Amount::new(300).unwrap()) }),
        items: Vec::new(),
        clearing_days: 0,
    })
});

pub(crate) static DRIP: LazyLock<Method> = LazyLock::new(|| {
    Method::Drip(Drip {
        items: vec![PaidItem {
            id: "123".to_owned(),
            title: "item title".to_owned(),
            quantity: 1,
            unit_price: Amount::new(100).unwrap(),
        }],
        browser: Browser { ip_address: "127.0.0.1".to_owned(), browser_fingerprint: "074c1ee676ed4998".to_owned() },
        success_redirect_url: "http://your-service.com/success".to_owned(),
        cancel_redirect_url: "http://your-service.com/cancel".to_owned(),
        max_installments: Some(4),
        expires_in: 86400,
    })
});

static ENDING_IN_FOUR: LazyLock<CardSnapshot> = LazyLock::new(|| card_ending_in(4, None).snapshot());

/// An instant after every sample operation.
pub(crate) fn now() -> Timestamp {
    "2021-08-12T16:08:41.000Z".parse().unwrap()
}

pub(crate) const UPDATES: Updates<'static> = Updates { url: "https://hub.example/v1/callbacks/STRIPE/7Zx0a", key: KEY };

pub(crate) fn account() -> ProviderAccount {
    ProviderAccount {
        id: "0b1c8c4b-3d2e-4f50-9a61-7b82c93d04e5".parse().unwrap(),
        kind: ProviderType::Stripe,
        priority: 1,
        methods: vec![PaymentType::Credit],
        currencies: None,
        credentials: Credentials::Sandbox { api_key: None },
    }
}

pub(crate) fn reais(minor: u64) -> Money {
    Money { amount: Amount::new(minor).unwrap(), currency: Currency::BRL }
}

pub(crate) fn card(number: &str, cvv: Option<&str>) -> CardData {
    CardData {
        pan: Pan::new(number).unwrap(),
        cvv: cvv.map(|digits| Cvv::new(digits).unwrap()),
        holder: "João \"Jo\" da Silva".to_owned(),
        expiry: "06/2028".parse().unwrap(),
    }
}

/// A card whose number ends in `digit`.
pub(crate) fn card_ending_in(digit: u8, cvv: Option<&str>) -> CardData {
    let number = (100..200).map(|n| format!("411111111111{n}{digit}")).find(|number| Pan::new(number).is_ok());
    card(&number.unwrap(), cvv)
}

/// A payment by card that lacks its card.
pub(crate) fn pay_without_card<'a>() -> Create<'a> {
    Create {
        reference: REFERENCE,
        method: &CREDIT,
        money: reais(150),
        capture: true,
        card: None,
        customer: None,
        description: None,
        statement_descriptor: None,
        updates: None,
        created_at: "2021-08-12T16:08:39.536Z".parse().unwrap(),
    }
}

pub(crate) fn pay_by_card(card: &CardData) -> Create<'_> {
    Create { card: Some(card), ..pay_without_card() }
}

pub(crate) fn pay_by_pix<'a>() -> Create<'a> {
    Create { method: &PIX, capture: false, ..pay_without_card() }
}

pub(crate) fn pay_by_boleto<'a>() -> Create<'a> {
    Create { method: &BOLETO, ..pay_by_pix() }
}

pub(crate) fn pay_with_drip<'a>() -> Create<'a> {
    Create { method: &DRIP, ..pay_by_pix() }
}

/// A change of the payment by `method`: of a card, one that ends in 4.
pub(crate) fn change(method: &Method) -> Change<'_> {
    Change {
        reference: CHANGE,
        payment: REFERENCE,
        transaction_id: Some("tx-1"),
        method,
        money: reais(150),
        is_reserved: false,
        is_untouched: true,
        is_retry: false,
        left: reais(150),
        card: (method.kind() == PaymentType::Credit).then_some(&*ENDING_IN_FOUR),
        created_at: pay_without_card().created_at,
    }
}

/// The query that the hub would send about `change`.
pub(crate) fn question_of<'a>(change: &Change<'a>, asked: RequestKind) -> Query<'a> {
    Query {
        reference: change.reference,
        payment: change.payment,
        asked,
        method: change.method,
        money: change.money,
        transaction_id: change.transaction_id,
        request_id: None,
        refund_under_way: None,
        refunded: Amount::ZERO,
        card: change.card,
        created_at: change.created_at,
    }
}

/// What is kept of `card`, for as long as the tests run.
fn kept(card: &CardData) -> &'static CardSnapshot {
    Box::leak(Box::new(card.snapshot()))
}

/// The query that the hub would send about `create`.
pub(crate) fn question<'a>(create: &Create<'a>) -> Query<'a> {
    Query {
        reference: create.reference,
        payment: create.reference,
        asked: match (create.method, create.capture) {
            (Method::Pix { .. } | Method::Boleto(_) | Method::Drip(_), _) => RequestKind::Pending,
            (Method::Credit { .. }, true) => RequestKind::Authorization,
            (Method::Credit { .. }, false) => RequestKind::PreAuthorization,
        },
        method: create.method,
        money: create.money,
        transaction_id: None,
        request_id: None,
        refund_under_way: None,
        refunded: Amount::ZERO,
        card: create.card.map(kept),
        created_at: create.created_at,
    }
}

/// A verification of `card`.
pub(crate) fn verify(card: &CardData) -> Operation<'_> {
    Operation::Verify(Verify { reference: REFERENCE, card, created_at: pay_without_card().created_at })
}

/// What a notification of `account` is verified with.
pub(crate) fn proof<'a>(account: &'a ProviderAccount, secrets: &'a Secrets) -> Proof<'a> {
    Proof { account, secrets, key: KEY }
}

pub(crate) fn prepared(operation: &Operation) -> HttpRequest {
    adapter(&account()).begin(&account(), operation).unwrap().request
}

pub(crate) fn outcome(operation: &Operation, answer: &HttpAnswer) -> Outcome {
    let progress = Progress::first();
    match adapter(&account()).next(&account(), operation, &progress, answer) {
        Step::Done(Reading { outcome, updates }) if updates.is_empty() => outcome,
        other => panic!("the sandbox is asked once and says one thing: {other:?}"),
    }
}

/// The outcome that the hub reads from the answer of the bank in process.
pub(crate) fn asked_of_the_bank(operation: &Operation) -> Outcome {
    asked_later(operation, now())
}

/// The outcome that the hub reads from the answer of the bank in process at `now`.
pub(crate) fn asked_later(operation: &Operation, now: Timestamp) -> Outcome {
    outcome(operation, &bank::answer(&prepared(operation), now))
}
