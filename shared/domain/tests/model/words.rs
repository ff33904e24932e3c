//! Conversions between the model's values and the domain's: ids, amounts, and nothing else.

use std::time::Duration;

use domain::{
    charge::{
        Abilities, Body, Charge, CvvOrder, NewCharge, Order, Outcome, PartialRelease, Source, SourceOrder,
        decline::DeclineCode,
        request::{BY_OPERATOR, Receipt, RequestKind, Via},
        update::{self, ProviderUpdate},
    },
    ids::{ChargeId, ClientId, CustomerId, MerchantId, ProviderAccountId, RequestId, SessionId},
    limits::{CALL_WINDOW, NOT_FOUND_GRACE},
    maker::Maker,
    merchant::ProviderType,
    method::{Accepted, Boleto, Browser, Drip, Method, PaymentType},
    money::{Amount, Currency, Money},
    session::{Session, SessionKey, SessionStatus},
    time::{Date, Timestamp},
};
use model::{
    bank::{GETNET, Key, MERCADO, Millis, PayMethod, STRIPE, Said, ZOOP},
    notes::{Note, UpdateKind},
};
use uuid::Uuid;

/// The first instant of every life: Monday, 2026-01-05T12:00:00Z.
pub(crate) const START: Millis = 1_767_614_400_000;

const TYPES: [ProviderType; 5] =
    [ProviderType::Stripe, ProviderType::Adyen, ProviderType::Getnet, ProviderType::Zoop, ProviderType::MercadoPago];

/// What the accounts can do.
pub(crate) fn abilities(provider: ProviderType, method: PaymentType) -> Abilities {
    let account = TYPES.iter().position(|known| *known == provider).unwrap();
    let is_card = method == PaymentType::Credit;
    let refunds = method != PaymentType::Boleto && (is_card || account != GETNET);
    Abilities {
        refund_window: refunds.then_some(Duration::from_hours(90 * 24)),
        can_cancel: !is_card && matches!(account, STRIPE | ZOOP | MERCADO),
        can_read: account != ZOOP,
        can_capture_part: true,
        partial_release: PartialRelease::Real,
        ..Abilities::NONE
    }
}

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

pub(crate) fn session_index(id: SessionId) -> usize {
    usize::try_from(id.uuid().as_u128()).unwrap()
}

pub(crate) fn request_id(number: usize) -> RequestId {
    RequestId::new(uuid(number))
}

pub(crate) fn via(account: usize) -> Via {
    Via { id: ProviderAccountId::new(uuid(account)), kind: TYPES[account] }
}

pub(crate) fn account(via: Via) -> usize {
    usize::try_from(via.id.uuid().as_u128()).unwrap()
}

/// The number in an id of a provider.
pub(crate) fn number(id: &str) -> Option<u64> {
    id.strip_prefix('t')?.parse().ok()
}

pub(crate) fn payment_type(pay_method: PayMethod) -> PaymentType {
    match pay_method {
        PayMethod::Card | PayMethod::CardReserved => PaymentType::Credit,
        PayMethod::Pix => PaymentType::Pix,
        PayMethod::Boleto => PaymentType::Boleto,
        PayMethod::Drip => PaymentType::Drip,
    }
}

pub(crate) fn pay_method(charge: &Charge) -> PayMethod {
    match charge.method.kind() {
        PaymentType::Credit if charge.capture => PayMethod::Card,
        PaymentType::Credit => PayMethod::CardReserved,
        PaymentType::Pix => PayMethod::Pix,
        PaymentType::Boleto => PayMethod::Boleto,
        PaymentType::Drip => PayMethod::Drip,
    }
}

/// A session of 100 minor units that may be paid for `life` milliseconds.
pub(crate) fn session(index: usize, life: Millis) -> Session {
    let text = String::new;
    Session {
        id: session_id(index),
        client: ClientId::new(uuid(0)),
        made_by: Maker::ACCOUNT,
        customer: None,
        merchant: MerchantId::new(uuid(0)),
        name: text(),
        amount: amount(100),
        currency: Currency::BRL,
        capture: true,
        is_active: true,
        was_active: true,
        due_date: at(START + life).into(),
        status: SessionStatus::Created,
        order_id: None,
        description: None,
        statement_descriptor: None,
        items: Vec::new(),
        methods: PaymentType::ALL.map(Accepted::from).into(),
        has_link: false,
        key: SessionKey { digest: text(), sealed: text() },
        body: text(),
        lock: None,
        attempts: Vec::new(),
        aliases: Vec::new(),
        created_at: at(START),
        updated_at: at(START),
        version: 1,
    }
}

fn method(pay_method: PayMethod, slot: usize, expires_in: u32, now: Timestamp) -> Method {
    match pay_method {
        PayMethod::Card | PayMethod::CardReserved => Method::Credit { installments: 1 },
        PayMethod::Pix => Method::Pix { expires_in },
        PayMethod::Boleto => Method::Boleto(Boleto {
            expires_date: Date::in_brazil(now).plus_days([0, 3, 20][slot % 3]),
            max_days_past_due: Some([0, 5][slot % 2]),
            instructions: None,
            interest: None,
            fine: None,
            items: Vec::new(),
            clearing_days: 3,
        }),
        PayMethod::Drip => Method::Drip(Drip {
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
pub(crate) fn intent(
    slot: usize,
    pay_method: PayMethod,
    account: usize,
    session: Option<&Session>,
    now: Millis,
) -> Option<Charge> {
    let now = at(now);
    let life = session.map_or(Duration::MAX, |session| session.due_date.end().since(now));
    // Some codes live for weeks.
    let longest = if slot % 4 == 1 { 2_000_000 } else { 900 };
    let expires_in = u32::try_from(life.as_secs().min(longest)).unwrap();
    if expires_in == 0 {
        return None;
    }
    let order = Order {
        merchant: MerchantId::new(uuid(0)),
        money: Money { amount: amount(100), currency: Currency::BRL },
        capture: pay_method != PayMethod::CardReserved,
        order_id: None,
        description: None,
        statement_descriptor: None,
        method: method(pay_method, slot, expires_in, now),
        customer: None,
        source: SourceOrder::StoredCustomer { customer: CustomerId::new(uuid(0)), cvv: CvvOrder::None },
        fraud: None,
        keeps_card: false,
    };
    let new = NewCharge {
        id: charge_id(slot),
        client: ClientId::new(uuid(0)),
        keys: Vec::new(),
        session: session.map(|session| session.id),
        customer: None,
        idempotency_key: Some(String::new()),
        body: Body { as_sent: String::new(), by_card: None },
        source: Source::Customer { customer_id: CustomerId::new(uuid(0)) },
        via: via(account),
        fraud: None,
        counted: None,
        request: request_id(slot * 100 + 1),
        call_before: now.plus(CALL_WINDOW),
    };
    Some(Charge::open(&order, new, now))
}

/// The last instant at which what was sent before `call_before` may arrive.
pub(crate) fn arrives_by(call_before: Timestamp) -> Millis {
    call_before.plus(NOT_FOUND_GRACE).as_millis()
}

fn receipt(id: Option<u64>) -> Receipt {
    Receipt { transaction_id: id.map(|id| format!("t{id}")), ..Receipt::default() }
}

/// The domain's outcome of a provider's answer about a payment by `pay_method`.
pub(crate) fn outcome(said: Said, kind: RequestKind, pay_method: PayMethod) -> Outcome {
    match said {
        Said::Approved(id) => Outcome::Approved(receipt(id)),
        Said::Declined => Outcome::Declined(DeclineCode::Generic.into()),
        Said::TryAgain => Outcome::Declined(DeclineCode::TryAgain.into()),
        Said::Registered(id) | Said::Accepted(id) if kind == RequestKind::Void => Outcome::Pending(receipt(id)),
        Said::Registered(id) | Said::Accepted(id) => Outcome::Pending(payable(pay_method, id)),
        Said::Paid(paid, id) => Outcome::Paid(amount(paid), receipt(id)),
        Said::Canceled => Outcome::Canceled,
        Said::NotFound => Outcome::NotFound,
    }
}

/// What a shopper needs to pay.
fn payable(pay_method: PayMethod, id: Option<u64>) -> Receipt {
    let (mut receipt, text) = (receipt(id), Some("1".to_owned()));
    match pay_method {
        PayMethod::Pix => receipt.pix_code = text,
        PayMethod::Boleto => receipt.barcode = text,
        PayMethod::Drip => receipt.payment_url = text,
        PayMethod::Card | PayMethod::CardReserved => {}
    }
    receipt
}

/// The provider update that the hub reads from a notification.
pub(crate) fn update(note: &Note) -> ProviderUpdate {
    let text = |dispute: Option<u64>| dispute.map(|id| format!("d{id}"));
    let kind = match note.kind {
        UpdateKind::Paid { amount: paid, tx } => {
            update::UpdateKind::Paid { amount: amount(paid), receipt: receipt(tx) }
        }
        UpdateKind::Reserved { amount: held, tx } => {
            update::UpdateKind::Reserved { amount: amount(held), receipt: receipt(tx) }
        }
        UpdateKind::CaptureFailed => update::UpdateKind::CaptureFailed { why: DeclineCode::Generic.into() },
        UpdateKind::ReservationEnded => update::UpdateKind::ReservationEnded,
        UpdateKind::NotPaid => update::UpdateKind::NotPaid { why: DeclineCode::Generic.into() },
        UpdateKind::RefundBegun(refunded) => update::UpdateKind::RefundBegun { amount: amount(refunded) },
        UpdateKind::Refunded(refunded) => update::UpdateKind::Refunded { amount: amount(refunded), transaction: None },
        UpdateKind::RefundFailed => update::UpdateKind::RefundFailed { why: DeclineCode::Generic.into() },
        UpdateKind::Reverted(back) => update::UpdateKind::RefundReverted { amount: amount(back), refund: None },
        UpdateKind::ChargedBack { amount: taken, dispute } => {
            update::UpdateKind::ChargedBack { amount: amount(taken), dispute: text(dispute), place: None }
        }
        UpdateKind::Credited { amount: back, dispute } => {
            update::UpdateKind::ChargebackReversed { amount: amount(back), dispute: text(dispute), place: None }
        }
        UpdateKind::Disputed { dispute } => update::UpdateKind::Disputed { dispute: text(dispute) },
        UpdateKind::DisputeClosed { dispute } => {
            update::UpdateKind::DisputeClosed { dispute: text(dispute), won: None }
        }
    };
    ProviderUpdate {
        reference: reference(note.about),
        id: format!("t{}", note.id),
        payment: None,
        currency: None,
        kind,
    }
}

/// What an operator records of a refund of this payment that was made at its provider.
pub(crate) fn recorded(payment: Key, refunded: u64, record: usize) -> ProviderUpdate {
    let kind = update::UpdateKind::RefundedOutside { amount: amount(refunded) };
    ProviderUpdate {
        reference: reference(payment),
        id: format!("{BY_OPERATOR}{record}"),
        payment: None,
        currency: None,
        kind,
    }
}

fn reference(of: Key) -> update::Reference {
    update::Reference { charge: charge_id(of.charge), number: u16::try_from(of.number).unwrap() }
}
