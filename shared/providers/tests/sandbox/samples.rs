//! What the tests pay with.

use domain::{
    card::{CardData, Cvv, Pan},
    charge::{Outcome, request::RequestKind},
    merchant::{Credentials, ProviderAccount, ProviderType},
    method::{Method, PaymentType},
    money::{Amount, Currency, Money},
};
use providers::{Create, HttpAnswer, HttpRequest, Operation, Query, Verify, adapter, sandbox::bank};

pub(crate) const REFERENCE: &str = "c1db83fa723c4e1f9722bc19d1be6791001";
pub(crate) const CREDIT: Method = Method::Credit { installments: 3 };
pub(crate) const PIX: Method = Method::Pix { expires_in: 3600 };

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
        statement_descriptor: None,
        created_at: "2021-08-12T16:08:39.536Z".parse().unwrap(),
    }
}

pub(crate) fn pay_by_card(card: &CardData) -> Create<'_> {
    Create { card: Some(card), ..pay_without_card() }
}

pub(crate) fn pay_by_pix<'a>() -> Create<'a> {
    Create { method: &PIX, capture: false, ..pay_without_card() }
}

/// The question that the hub would ask about `create`.
pub(crate) fn question<'a>(create: &Create<'a>) -> Query<'a> {
    Query {
        reference: create.reference,
        asked: match (create.method, create.capture) {
            (Method::Pix { .. }, _) => RequestKind::Pending,
            (Method::Credit { .. }, true) => RequestKind::Authorization,
            (Method::Credit { .. }, false) => RequestKind::PreAuthorization,
        },
        method: create.method,
        money: create.money,
        card_last_digit: create.card.map(|card| card.pan.last_digit()),
        created_at: create.created_at,
    }
}

/// A verification of `card`.
pub(crate) fn verify(card: &CardData) -> Operation<'_> {
    Operation::Verify(Verify { reference: REFERENCE, card, created_at: pay_without_card().created_at })
}

pub(crate) fn prepared(operation: &Operation) -> HttpRequest {
    adapter(&account()).prepare(&account(), operation).unwrap()
}

pub(crate) fn outcome(operation: &Operation, answer: &HttpAnswer) -> Outcome {
    adapter(&account()).outcome(operation, answer)
}

/// What the hub understands when the bank in process is asked.
pub(crate) fn asked_of_the_bank(operation: &Operation) -> Outcome {
    outcome(operation, &bank::answer(&prepared(operation)))
}
