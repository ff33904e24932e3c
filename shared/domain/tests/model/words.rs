//! Where the bank's words meet the domain's: ids, amounts, and nothing else.

use std::time::Duration;

use domain::{
    charge::{
        Body, Charge, NewCharge, Order, Outcome, Source, SourceOrder,
        decline::DeclineCode,
        notice::{self, Notice},
        request::{Receipt, RequestKind, Via},
    },
    ids::{ChargeId, ClientId, CustomerId, MerchantId, ProviderId, RequestId, SessionId},
    merchant::ProviderType,
    method::{Accepted, Boleto, Browser, Drip, Method, PaymentType},
    money::{Amount, Currency, Money},
    session::{Session, SessionKey, SessionStatus},
    time::{Date, Timestamp},
};
use uuid::Uuid;

use crate::{
    bank::{Key, Millis, Said, Way},
    notes::{News, Note},
};

/// The first instant of every life: 2026-01-01T00:00:00Z.
pub(crate) const START: Millis = 1_767_225_600_000;

pub(crate) fn at(now: Millis) -> Timestamp {
    Timestamp::from_millis(now)
}

pub(crate) fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

fn uuid(last: usize) -> Uuid {
    Uuid::from_u128(last as u128)
}

pub(crate) fn charge_id(slot: usize) -> ChargeId {
    ChargeId::new(uuid(slot))
}

pub(crate) fn slot(id: ChargeId) -> usize {
    usize::try_from(id.uuid().as_u128()).unwrap()
}

pub(crate) fn session_id(index: usize) -> SessionId {
    SessionId::new(uuid(index))
}

pub(crate) fn request_id(number: usize) -> RequestId {
    RequestId::new(uuid(number))
}

/// The account at the provider that gets the try at `number`.
pub(crate) fn via(number: usize) -> Via {
    Via { id: ProviderId::new(uuid(number)), kind: ProviderType::Sandbox }
}

pub(crate) fn reference(key: Key) -> notice::Reference {
    notice::Reference { charge: charge_id(key.charge), number: u16::try_from(key.number).unwrap() }
}

pub(crate) fn payment_type(way: Way) -> PaymentType {
    match way {
        Way::Card | Way::CardReserved => PaymentType::Credit,
        Way::Pix => PaymentType::Pix,
        Way::Boleto => PaymentType::Boleto,
        Way::Drip => PaymentType::Drip,
    }
}

pub(crate) fn way(charge: &Charge) -> Way {
    match charge.method.kind() {
        PaymentType::Credit if charge.capture => Way::Card,
        PaymentType::Credit => Way::CardReserved,
        PaymentType::Pix => Way::Pix,
        PaymentType::Boleto => Way::Boleto,
        PaymentType::Drip => Way::Drip,
    }
}

/// A session of 100 minor units that may be paid for `life` milliseconds.
pub(crate) fn session(index: usize, life: Millis) -> Session {
    let text = String::new;
    Session {
        id: session_id(index),
        client: ClientId::new(uuid(0)),
        merchant: MerchantId::new(uuid(0)),
        name: text(),
        amount: amount(100),
        currency: Currency::BRL,
        capture: true,
        is_active: true,
        was_active: true,
        due_date: at(START + life),
        status: SessionStatus::Created,
        order_id: None,
        description: None,
        statement_descriptor: None,
        items: Vec::new(),
        methods: vec![
            Accepted::Credit { installments: None },
            Accepted::Pix { expires_in: None },
            Accepted::from(PaymentType::Boleto),
            Accepted::from(PaymentType::Drip),
        ],
        key: SessionKey { digest: text(), sealed: text() },
        body: text(),
        claim: None,
        attempts: Vec::new(),
        created_at: at(START),
        updated_at: at(START),
        version: 1,
    }
}

fn method(way: Way, expires_in: u32, now: Timestamp) -> Method {
    match way {
        Way::Card | Way::CardReserved => Method::Credit { installments: 1 },
        Way::Pix => Method::Pix { expires_in },
        Way::Boleto => Method::Boleto(Boleto {
            expires_date: Date::in_brazil(now),
            max_days_past_due: None,
            instructions: None,
            interest: None,
            fine: None,
            items: Vec::new(),
            clearing_days: 0,
        }),
        Way::Drip => Method::Drip(Drip {
            items: Vec::new(),
            browser: Browser { ip_address: String::new(), browser_fingerprint: String::new() },
            success_redirect_url: String::new(),
            cancel_redirect_url: String::new(),
            max_installments: None,
            expires_in,
        }),
    }
}

/// The intent of a charge of 100 minor units; none where its session ends within the second.
pub(crate) fn intent(slot: usize, way: Way, session: Option<(usize, &Session)>, now: Millis) -> Option<Charge> {
    let now = at(now);
    let life = session.map_or(Duration::MAX, |(_, session)| session.due_date.since(now));
    let longest = if way == Way::Pix { 200 } else { 3_600 };
    let expires_in = u32::try_from(life.as_secs().min(longest)).unwrap();
    if expires_in == 0 {
        return None;
    }
    let order = Order {
        merchant: MerchantId::new(uuid(0)),
        money: Money { amount: amount(100), currency: Currency::BRL },
        capture: way != Way::CardReserved,
        order_id: None,
        description: None,
        statement_descriptor: None,
        method: method(way, expires_in, now),
        customer: None,
        source: SourceOrder::StoredCustomer { customer: CustomerId::new(uuid(0)), cvv: None },
        fraud: None,
    };
    let new = NewCharge {
        id: charge_id(slot),
        client: ClientId::new(uuid(0)),
        session: session.map(|(index, _)| session_id(index)),
        customer: None,
        idempotency_key: Some(String::new()),
        body: Body { as_sent: String::new(), by_card: None },
        source: Source::Customer { customer_id: CustomerId::new(uuid(0)) },
        via: via(1),
        request: request_id(1),
    };
    Some(Charge::open(&order, new, now))
}

/// What the bank's answer about a payment by `way` is to the hub.
pub(crate) fn outcome(said: Said, kind: RequestKind, way: Way) -> Outcome {
    match said {
        Said::Approved => Outcome::Approved(Receipt::default()),
        Said::Declined => Outcome::Declined(DeclineCode::Generic.into()),
        Said::TryAgain => Outcome::Declined(DeclineCode::TryAgain.into()),
        Said::Registered | Said::Accepted if kind == RequestKind::Void => Outcome::Pending(Receipt::default()),
        Said::Registered | Said::Accepted => Outcome::Pending(payable(way)),
        Said::Paid(paid) => Outcome::Paid(amount(paid), Receipt::default()),
        Said::Canceled => Outcome::Canceled,
        Said::NotFound => Outcome::NotFound,
    }
}

/// What a buyer pays with.
fn payable(way: Way) -> Receipt {
    let (mut receipt, text) = (Receipt::default(), Some("1".to_owned()));
    match way {
        Way::Pix => receipt.pix_code = text,
        Way::Boleto => receipt.barcode = text,
        Way::Drip => receipt.payment_url = text,
        Way::Card | Way::CardReserved => {}
    }
    receipt
}

/// A notice as the hub reads it; `paid` is what the bank said when it was asked again.
pub(crate) fn notice(note: &Note, paid: Option<u64>) -> Notice {
    let news = match note.news {
        News::Paid(told) => notice::News::Paid { amount: amount(paid.unwrap_or(told)), receipt: Receipt::default() },
        News::NotPaid => notice::News::NotPaid { why: DeclineCode::Generic.into() },
        News::RefundBegun(told) => notice::News::RefundBegun { amount: amount(told) },
        News::Refunded(told) => notice::News::Refunded { amount: amount(told) },
        News::RefundFailed => notice::News::RefundFailed { why: DeclineCode::Generic.into() },
        News::Reverted(told) => notice::News::RefundReverted { amount: amount(told) },
        News::ChargedBack(told) => notice::News::ChargedBack { amount: amount(told) },
        News::Disputed => notice::News::Disputed,
        News::DisputeClosed => notice::News::DisputeClosed,
    };
    Notice { reference: reference(note.about), id: note.id.to_string(), news }
}
