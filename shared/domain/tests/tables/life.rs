//! Charges for tests: each step of a charge comes a second after the one before.

use std::{str::FromStr, time::Duration};

use domain::{
    card::{CardSnapshot, Pan},
    charge::{
        Abilities, Body, Charge, Circumstances, Decision, Entry, NewCharge, Order, Outcome, PartialRelease, Report,
        SessionView, Source, SourceOrder, Write,
        command::{Command, Requester},
        decline::{Decline, DeclineCode},
        request::{Origin, Receipt, Via},
        update::{ProviderUpdate, Reference, UpdateKind},
    },
    ids::{CardId, ChargeId, CustomerId, RequestId, SessionId},
    limits::{CALL_WINDOW, HOLD_LIFE},
    merchant::ProviderType,
    method::{Boleto, Browser, Drip, Method, PaymentType},
    money::{Amount, Currency, Money},
    session::Session,
    time::Timestamp,
};

/// When every charge here is made.
pub(crate) fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn id<T: FromStr<Err: std::fmt::Debug>>(last: u8) -> T {
    format!("c1db83fa-723c-4e1f-9722-bc19d1be67{last:02x}").parse().unwrap()
}

pub(crate) fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

pub(crate) fn refused() -> Outcome {
    Outcome::Declined(why())
}

pub(crate) fn why() -> Decline {
    DeclineCode::Generic.into()
}

pub(crate) fn approved() -> Outcome {
    Outcome::Approved(Receipt::default())
}

/// A refund was accepted, and is confirmed later.
pub(crate) fn accepted() -> Outcome {
    Outcome::Pending(Receipt::default())
}

/// A shopper can pay now.
pub(crate) fn payable() -> Receipt {
    Receipt { pix_code: Some("00020126".to_owned()), ..Receipt::default() }
}

/// For how long a payment is refunded here.
pub(crate) const WINDOW: Duration = Duration::from_hours(90 * 24);

pub(crate) const ABLE: Abilities = Abilities {
    refund_window: Some(WINDOW),
    can_cancel: true,
    can_read: true,
    can_capture_part: true,
    partial_release: PartialRelease::Real,
    one_refund_at_a_time: false,
    hold_life: HOLD_LIFE,
};

/// A provider that can do all.
pub(crate) fn able(_: ProviderType, _: PaymentType) -> Abilities {
    ABLE
}

/// A provider that refunds nothing.
pub(crate) fn no_refund(_: ProviderType, _: PaymentType) -> Abilities {
    Abilities { refund_window: None, ..ABLE }
}

/// A provider that cancels nothing.
pub(crate) fn no_cancel(_: ProviderType, _: PaymentType) -> Abilities {
    Abilities { can_cancel: false, ..ABLE }
}

/// A provider that cannot be asked about a payment.
pub(crate) fn no_read(_: ProviderType, _: PaymentType) -> Abilities {
    Abilities { can_read: false, ..ABLE }
}

/// A provider that neither cancels nor refunds.
pub(crate) fn no_cancel_or_refund(_: ProviderType, _: PaymentType) -> Abilities {
    Abilities { refund_window: None, can_cancel: false, ..ABLE }
}

/// A provider that captures and releases all that is reserved, or nothing.
pub(crate) fn no_parts(_: ProviderType, _: PaymentType) -> Abilities {
    Abilities { can_capture_part: false, partial_release: PartialRelease::Refused, ..ABLE }
}

/// A provider that has one refund or release of a payment at a time, and whose reservations live for five days.
pub(crate) fn one_at_a_time(_: ProviderType, _: PaymentType) -> Abilities {
    Abilities { one_refund_at_a_time: true, hold_life: FIVE_DAYS, ..ABLE }
}

pub(crate) const FIVE_DAYS: Duration = Duration::from_hours(5 * 24);

/// A charge, the instant that it has reached, and what its providers can do.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) charge: Charge,
    pub(crate) now: Timestamp,
    pub(crate) abilities: fn(ProviderType, PaymentType) -> Abilities,
}

impl Life {
    /// Just opened: its first request runs.
    pub(crate) fn opened(method: Method, capture: bool, minor: u64) -> Self {
        let source = match method.kind() {
            PaymentType::Credit => Source::Card { card_id: id::<CardId>(5), card: card() },
            PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip => {
                Source::Customer { customer_id: id::<CustomerId>(6) }
            }
        };
        let order = Order {
            merchant: id(3),
            money: Money { amount: amount(minor), currency: Currency::BRL },
            capture,
            order_id: None,
            description: None,
            statement_descriptor: None,
            method,
            customer: None,
            source: SourceOrder::StoredCustomer { customer: id::<CustomerId>(6), cvv: domain::charge::CvvOrder::None },
            fraud: None,
            keeps_card: false,
        };
        let new = NewCharge {
            id: id::<ChargeId>(1),
            client: id(2),
            keys: Vec::new(),
            session: Some(id::<SessionId>(4)),
            customer: None,
            idempotency_key: None,
            body: Body { as_sent: "said".to_owned(), by_card: None },
            source,
            via: via(),
            fraud: None,
            counted: None,
            request: request_id(1),
            call_before: start().plus(CALL_WINDOW),
        };
        Self { charge: Charge::open(&order, new, start()), now: start(), abilities: able }
    }

    /// A card payment of 100 that runs.
    pub(crate) fn card() -> Self {
        Self::opened(Method::Credit { installments: 1 }, true, 100)
    }

    /// A card payment of 100 that was paid.
    pub(crate) fn paid_card() -> Self {
        Self::card().answered(1, approved())
    }

    /// A card payment of 100 that is only to be reserved, and runs.
    pub(crate) fn hold() -> Self {
        Self::opened(Method::Credit { installments: 1 }, false, 100)
    }

    /// 100 reserved on a card.
    pub(crate) fn reserved() -> Self {
        Self::hold().answered(1, approved())
    }

    /// The same, at a provider that can do this.
    pub(crate) fn reserved_at(abilities: fn(ProviderType, PaymentType) -> Abilities) -> Self {
        Self::hold().at(abilities).answered(1, approved())
    }

    /// A Pix of 100 that is being registered.
    pub(crate) fn new_pix() -> Self {
        Self::opened(Method::Pix { expires_in: 3600 }, true, 100)
    }

    /// A Pix of 100 that can be paid.
    pub(crate) fn pix() -> Self {
        Self::new_pix().answered(1, Outcome::Pending(payable()))
    }

    /// A Pix of 100 that was paid.
    pub(crate) fn paid_pix() -> Self {
        Self::pix().notified(1, paid(100))
    }

    /// A Drip of 100 that can be paid.
    pub(crate) fn drip() -> Self {
        let drip = Drip {
            items: Vec::new(),
            browser: Browser { ip_address: "127.0.0.1".to_owned(), browser_fingerprint: "f".to_owned() },
            success_redirect_url: "https://shop.example/success".to_owned(),
            cancel_redirect_url: "https://shop.example/cancel".to_owned(),
            max_installments: None,
            expires_in: 86_400,
        };
        Self::opened(Method::Drip(drip), true, 100).answered(1, Outcome::Pending(payable()))
    }

    /// A boleto of 100 that is being registered.
    pub(crate) fn new_boleto() -> Self {
        let boleto = Boleto {
            expires_date: "2026-01-08".parse().unwrap(),
            max_days_past_due: None,
            instructions: None,
            interest: None,
            fine: None,
            items: Vec::new(),
            clearing_days: 0,
        };
        Self::opened(Method::Boleto(boleto), true, 100)
    }

    /// A boleto of 100 that can be paid.
    pub(crate) fn boleto() -> Self {
        Self::new_boleto().answered(1, Outcome::Pending(payable()))
    }

    /// At a provider that can do this.
    pub(crate) fn at(self, abilities: fn(ProviderType, PaymentType) -> Abilities) -> Self {
        Self { abilities, ..self }
    }

    /// Without a session.
    pub(crate) fn alone(self) -> Self {
        Self { charge: Charge { session: None, ..self.charge }, ..self }
    }

    /// With one more attempt at another account, which runs; then the attempt before it is answered.
    pub(crate) fn retried(self) -> Self {
        let now = self.now.plus(Duration::from_secs(1));
        let charge = self.charge.retried(other_via(), request_id(self.next_id()), now);
        Self { charge, now, ..self }
    }

    /// A second later.
    pub(crate) fn circumstances(&self) -> Circumstances {
        let at = self.now.plus(Duration::from_secs(1));
        Circumstances { at, took_ms: None, ask_after: None, not_sent: None, id: request_id(self.next_id()) }
    }

    fn next_id(&self) -> u32 {
        self.charge.step() + 1
    }

    /// The decision on this charge, its session and a report.
    pub(crate) fn decide(&self, report: &Report<'_>, view: SessionView<'_>) -> Decision {
        self.charge.decide(report, view, self.abilities, self.circumstances())
    }

    /// The decision on this answer to the request at `number`; the session is not read.
    pub(crate) fn answer(&self, number: usize, outcome: &Outcome) -> Decision {
        self.decide(&Report::Answer { number, outcome }, SessionView::Unread)
    }

    /// The decision on this provider update; the session is not read.
    pub(crate) fn notify(&self, update: &ProviderUpdate) -> Decision {
        self.decide(&Report::Notification(update), SessionView::Unread)
    }

    /// The decision on a new provider update; the session is not read.
    pub(crate) fn learn(&self, number: usize, kind: UpdateKind) -> Decision {
        self.notify(&self.fresh(number, kind))
    }

    /// The decision on a new provider update, with this session and this active charge.
    pub(crate) fn learn_with(
        &self,
        number: usize,
        kind: UpdateKind,
        session: Option<&Session>,
        active: Option<&Charge>,
    ) -> Decision {
        let update = self.fresh(number, kind);
        self.decide(&Report::Notification(&update), SessionView::Read { session, active })
    }

    /// After this decision, which stores the charge.
    pub(crate) fn became(self, decision: Decision) -> Self {
        let now = self.circumstances().at;
        Self { charge: stored(decision).charge, now, ..self }
    }

    /// After this answer to the request at `number`, which changes the charge.
    #[expect(clippy::needless_pass_by_value, reason = "an outcome is made for this call")]
    pub(crate) fn answered(self, number: usize, outcome: Outcome) -> Self {
        let decision = self.answer(number, &outcome);
        self.became(decision)
    }

    /// After a new provider update about the request at `number`, which changes the charge.
    pub(crate) fn notified(self, number: usize, kind: UpdateKind) -> Self {
        let decision = self.learn(number, kind);
        self.became(decision)
    }

    /// After the same, under this id.
    pub(crate) fn notified_as(self, id: &str, number: usize, kind: UpdateKind) -> Self {
        let decision = self.notify(&self.update(id, number, kind));
        self.became(decision)
    }

    fn fresh(&self, number: usize, kind: UpdateKind) -> ProviderUpdate {
        self.update(&format!("evt-{}", self.next_id()), number, kind)
    }

    pub(crate) fn update(&self, id: &str, number: usize, kind: UpdateKind) -> ProviderUpdate {
        let reference = Reference { charge: self.charge.id, number: u16::try_from(number).unwrap() };
        ProviderUpdate { reference, id: id.to_owned(), payment: None, currency: None, kind }
    }

    /// With one more running request of the merchant.
    pub(crate) fn asked(self, command: Command) -> Self {
        self.asked_by(command, Origin::Merchant, false)
    }

    /// With one more running request of the hub itself.
    pub(crate) fn asked_by_hub(self, command: Command) -> Self {
        self.asked_by(command, Origin::Hub, false)
    }

    /// With one more running request, which may cancel the session too.
    pub(crate) fn asked_by(self, command: Command, origin: Origin, ends_session: bool) -> Self {
        let intent = self.charge.command(command, self.abilities).unwrap();
        let now = self.now.plus(Duration::from_secs(1));
        let call_before = now.plus(CALL_WINDOW);
        let requester = Requester {
            id: request_id(self.next_id()),
            origin,
            body: None,
            merchant_reference: None,
            ends_session,
            call_before,
        };
        let about = intent.about.and_then(|number| self.charge.request(number)).map(|payment| payment.via);
        let via = about.or_else(|| self.charge.via()).unwrap();
        Self { charge: self.charge.with_intent(intent, requester, via, now), now, ..self }
    }

    /// After this command of the merchant, answered so.
    pub(crate) fn done(self, command: Command, outcome: Outcome) -> Self {
        self.asked(command).answered_last(outcome)
    }

    /// After this command of the hub itself, answered so.
    pub(crate) fn done_by_hub(self, command: Command, outcome: Outcome) -> Self {
        self.asked_by_hub(command).answered_last(outcome)
    }

    /// After this answer to the newest request.
    pub(crate) fn answered_last(self, outcome: Outcome) -> Self {
        let number = self.charge.requests.len();
        self.answered(number, outcome)
    }

    /// Later, and nothing happened.
    pub(crate) fn later(self, pause: Duration) -> Self {
        Self { now: self.now.plus(pause), ..self }
    }

    /// Its status and amount.
    pub(crate) fn is(&self) -> (&'static str, u64) {
        (self.charge.status().name(), self.charge.amount().minor())
    }

    /// Its list as answers print it, oldest first.
    pub(crate) fn printed(&self) -> Vec<String> {
        let entries = self.charge.entries();
        entries.iter().rev().map(|entry| format!("{}/{}", entry.kind.name(), entry.status().name())).collect()
    }

    /// The same with amounts.
    pub(crate) fn printed_amounts(&self) -> Vec<String> {
        let entries = self.charge.entries();
        let line = |entry: &Entry| format!("{}/{} {}", entry.kind.name(), entry.status().name(), entry.amount);
        entries.iter().rev().map(line).collect()
    }

    /// The names of its events, in their order; their numbers have no gap.
    pub(crate) fn events(&self) -> Vec<&'static str> {
        let moments = (1..=self.charge.event_no).map(|no| self.charge.at_event(no).unwrap());
        moments.map(|moment| moment.name.name()).collect()
    }
}

pub(crate) fn void(minor: u64) -> Command {
    Command::Void(Some(amount(minor)))
}

pub(crate) fn capture(minor: u64) -> Command {
    Command::Capture(Some(amount(minor)))
}

pub(crate) fn paid(minor: u64) -> UpdateKind {
    UpdateKind::Paid { amount: amount(minor), receipt: Receipt::default() }
}

pub(crate) fn held(minor: u64) -> UpdateKind {
    UpdateKind::Reserved { amount: amount(minor), receipt: Receipt::default() }
}

pub(crate) fn capture_failed() -> UpdateKind {
    UpdateKind::CaptureFailed { why: why() }
}

pub(crate) fn refunded(minor: u64) -> UpdateKind {
    UpdateKind::Refunded { amount: amount(minor), transaction: None }
}

pub(crate) fn reverted(minor: u64) -> UpdateKind {
    UpdateKind::RefundReverted { amount: amount(minor), refund: None }
}

pub(crate) fn begun(minor: u64) -> UpdateKind {
    UpdateKind::RefundBegun { amount: amount(minor) }
}

pub(crate) fn not_paid() -> UpdateKind {
    UpdateKind::NotPaid { why: why() }
}

/// A payment with the provider's id of it.
pub(crate) fn paid_as(id: &str, minor: u64) -> UpdateKind {
    UpdateKind::Paid { amount: amount(minor), receipt: transaction(id) }
}

/// The capture `capture` of the payment `payment`.
pub(crate) fn captured_as(payment: &str, capture: &str, minor: u64) -> UpdateKind {
    let receipt = Receipt { capture_id: Some(capture.to_owned()), ..transaction(payment) };
    UpdateKind::Paid { amount: amount(minor), receipt }
}

pub(crate) fn transaction(id: &str) -> Receipt {
    Receipt { transaction_id: Some(id.to_owned()), ..Receipt::default() }
}

/// The shopper's bank took back 100.
pub(crate) fn charged_back() -> UpdateKind {
    debited(100, None)
}

pub(crate) fn debited(minor: u64, dispute: Option<&str>) -> UpdateKind {
    UpdateKind::ChargedBack { amount: amount(minor), dispute: dispute.map(str::to_owned), place: None }
}

pub(crate) fn credited(minor: u64, dispute: Option<&str>) -> UpdateKind {
    UpdateKind::ChargebackReversed { amount: amount(minor), dispute: dispute.map(str::to_owned), place: None }
}

pub(crate) fn disputed(dispute: Option<&str>) -> UpdateKind {
    UpdateKind::Disputed { dispute: dispute.map(str::to_owned) }
}

pub(crate) fn dispute_closed(dispute: Option<&str>) -> UpdateKind {
    UpdateKind::DisputeClosed { dispute: dispute.map(str::to_owned), won: None }
}

pub(crate) fn refund_failed() -> UpdateKind {
    UpdateKind::RefundFailed { why: why() }
}

/// What this decision stores.
pub(crate) fn stored(decision: Decision) -> Write {
    let write = match decision {
        Decision::Store(write) => Ok(*write),
        Decision::Nothing
        | Decision::ReadSession
        | Decision::Supersede
        | Decision::Wait(_)
        | Decision::Contradiction(_) => Err(decision),
    };
    write.unwrap()
}

pub(crate) fn via() -> Via {
    Via { id: id(7), kind: ProviderType::Stripe }
}

/// Another account of the merchant.
pub(crate) fn other_via() -> Via {
    Via { id: id(8), kind: ProviderType::Zoop }
}

fn request_id(number: u32) -> RequestId {
    format!("c1db83fa-723c-4e1f-9722-bc19d1be{:04x}", 0xf000 + number).parse().unwrap()
}

fn card() -> CardSnapshot {
    CardSnapshot {
        brand: Pan::new("4929564637987814").unwrap().brand(),
        first6: "492956".to_owned(),
        last4: "7814".to_owned(),
        holder: "JOAO DA SILVA".to_owned(),
        expiry: "06/2028".parse().unwrap(),
    }
}
