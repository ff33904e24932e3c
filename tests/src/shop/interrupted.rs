//! The hub dies before and after every write and every call of a provider, and the provider's answers are lost.
//!
//! [`interrupt_everywhere`] makes one operation without faults and counts its steps, then makes it once more for each
//! of them, and interrupts it there. Time passes; then nothing is open, the books agree, nothing was done twice, and a
//! repeated request gets the outcome.

use std::{collections::HashMap, ops::RangeInclusive, time::Duration};

use domain::{
    charge::{Charge, request::TransactionRequest},
    limits::CALL_WINDOW,
    method::PaymentType,
};
use flows::charge::operator::{self, Verdict};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Notice, Played, Shop, of_a_customer, reference};
use crate::{
    Answer,
    engine::{self, Call},
    fakes::{self, Reply},
    hub::LONG_AFTER,
    log::{alarms, listen},
    samples::{APPROVED, by, capture_path, card_charge, charge_by, open_session, part, void_path, whole, with},
};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// More days than any payment can be made in.
const LAST_DAY: usize = 30;
/// Characters of an idempotency key, which names its interruption.
const KEY: usize = 120;
/// How long a provider is waited for that does not answer: what is left of the time for its call.
const A_MOMENT: Duration = Duration::from_millis(800);

/// What is asked of the hub, for 150 minor units or for a session of 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A charge by this method; a card is captured at once.
    Charge(PaymentType),
    /// A charge that only reserves the money of a card.
    Reserve,
    /// A session is paid by this method.
    Pay(PaymentType),
    /// A reservation is captured.
    Capture,
    /// 100 of a reservation are captured.
    CapturePart,
    /// A reservation is released.
    Release,
    /// All of a payment by this method is refunded.
    Refund(PaymentType),
    /// 50 of a payment by this method are refunded.
    RefundPart(PaymentType),
}

impl Operation {
    /// Whether it makes a payment.
    #[must_use]
    pub const fn is_creation(self) -> bool {
        match self {
            Self::Charge(_) | Self::Reserve | Self::Pay(_) => true,
            Self::Capture | Self::CapturePart | Self::Release | Self::Refund(_) | Self::RefundPart(_) => false,
        }
    }

    /// Status and amount of the charge once it is done.
    const fn end(self) -> (&'static str, u64) {
        match self {
            Self::Charge(PaymentType::Credit) | Self::Capture => ("authorized", 150),
            Self::Charge(_) => ("pending", 150),
            Self::Reserve => ("pre_authorized", 150),
            Self::Pay(PaymentType::Credit) | Self::CapturePart | Self::RefundPart(_) => ("authorized", 100),
            Self::Pay(_) => ("pending", 100),
            Self::Release => ("canceled", 0),
            Self::Refund(_) => ("voided", 0),
        }
    }
}

/// A step at which the operation is interrupted, and how.
#[derive(Clone, Debug)]
enum Interruption {
    /// The hub dies at the `nth` write of the kind `what`, as [`Call::what`] prints it.
    Write { what: String, nth: usize, fault: engine::Fault },
    /// The hub dies during the `nth` call of the provider.
    Call { nth: usize, fault: fakes::Fault },
    /// These calls of the provider get no clear answer.
    Unclear { calls: RangeInclusive<usize>, fault: fakes::Fault },
    /// The provider does not answer until the time for the call is over.
    Silence(fakes::Fault),
}

/// An operation that is ready to be made, and can be repeated.
struct Prepared {
    operation: Operation,
    /// The charge that is changed.
    charge: Option<String>,
    /// The session that is paid.
    session: Option<String>,
    path: String,
    body: Value,
    key: String,
}

impl Prepared {
    async fn new<F: Played>(shop: &Shop<F>, operation: Operation, key: &str) -> Self {
        let id = shop.hub.merchant.id.clone();
        let charge = prepare(shop, operation).await;
        let session = match operation {
            Operation::Pay(_) => Some(shop.hub.merchant.creates_session(&open_session(&id)).await.id),
            _ => None,
        };
        let changed = charge.as_deref().unwrap_or_default();
        let (path, body) = match operation {
            Operation::Charge(method) => ("/v1/charges".to_owned(), paid_by(method, charge_by(&id, method))),
            Operation::Reserve => ("/v1/charges".to_owned(), reservation(&id)),
            Operation::Pay(method) => {
                (format!("/v1/sessions/{}/charge", session.as_deref().unwrap()), paid_by(method, by(method)))
            }
            Operation::Capture => (capture_path(changed), whole()),
            Operation::CapturePart => (capture_path(changed), part(100)),
            Operation::Release | Operation::Refund(_) => (void_path(changed), whole()),
            Operation::RefundPart(_) => (void_path(changed), part(50)),
        };
        // A comma would be a header that came twice, and a blank at the end is no part of a header.
        Self { operation, charge, session, path, body, key: key.replace(',', ";").trim_end().to_owned() }
    }

    /// Asks for it; no answer where the hub dies.
    async fn ask<F: Played>(&self, shop: &Shop<F>) -> Option<Answer> {
        self.ask_under(shop, &self.key).await
    }

    async fn ask_under<F: Played>(&self, shop: &Shop<F>, key: &str) -> Option<Answer> {
        let body = Some(self.body.to_string().into_bytes());
        shop.hub.merchant.send(Method::POST, &self.path, body, Some(key)).await.ok()
    }

    /// The charge that it made or changed, if it made one.
    async fn charge<F: Played>(&self, shop: &Shop<F>) -> Option<Charge> {
        match &self.charge {
            Some(id) => Some(shop.hub.charge(id).await),
            None => shop.hub.charges().await.into_iter().find(|charge| charge.idempotency_key == self.key),
        }
    }
}

/// The charge that `operation` changes.
async fn prepare<F: Played>(shop: &Shop<F>, operation: Operation) -> Option<String> {
    let id = &shop.hub.merchant.id;
    let body = match operation {
        Operation::Charge(_) | Operation::Reserve | Operation::Pay(_) => return None,
        Operation::Capture | Operation::CapturePart | Operation::Release => reservation(id),
        Operation::Refund(method) | Operation::RefundPart(method) => paid_by(method, charge_by(id, method)),
    };
    let charge = shop.hub.merchant.charges(&body).await;
    if let Operation::Refund(method) | Operation::RefundPart(method) = operation
        && method != PaymentType::Credit
    {
        shop.account.is_paid(&shop.hub, &charge, 150).await;
    }
    Some(charge)
}

/// So many of the operation. Some providers capture a card by themselves, a while later.
async fn prepare_all<F: Played>(shop: &Shop<F>, operation: Operation, keys: &[String]) -> Vec<Prepared> {
    let mut prepared = Vec::new();
    for key in keys {
        prepared.push(Prepared::new(shop, operation, key).await);
    }
    if matches!(operation, Operation::Refund(PaymentType::Credit) | Operation::RefundPart(PaymentType::Credit)) {
        shop.hub.clock().advance(HOUR);
    }
    shop.account.goes_on(&shop.hub).await;
    prepared
}

fn reservation(merchant: &str) -> Value {
    with(card_charge(merchant, APPROVED), "/capture", json!(false))
}

fn paid_by(method: PaymentType, body: Value) -> Value {
    if method == PaymentType::Credit { body } else { of_a_customer(body) }
}

/// The writes of an operation without faults, each by its kind and its number among those of that kind, and how often
/// the provider is called. It is made once before: then there is the token that every later one uses.
async fn steps_of<F: Played>(shop: &Shop<F>, operation: Operation) -> (Vec<(String, usize)>, usize) {
    let keys = ["first", "second"].map(|which| format!("{operation:?} {which} dry run"));
    let prepared = prepare_all(shop, operation, &keys).await;
    prepared[0].ask(shop).await.unwrap().assert_status(201);
    let _ = shop.hub.engine.take_calls();
    let calls = shop.account.server.asked().len();
    assert!(!prepared[1].ask(shop).await.unwrap().expect(201).is_replay());
    let mut seen: HashMap<String, usize> = HashMap::new();
    let writes = shop.hub.engine.take_calls().into_iter().filter(Call::is_write).map(|call| {
        let nth = seen.entry(call.what()).or_default();
        *nth += 1;
        (call.what(), *nth)
    });
    let writes: Vec<_> = writes.collect();
    let calls = shop.account.server.asked().len() - calls;
    assert!(writes.len() >= 2 && calls >= 1, "an intent, a call and an outcome at least: {writes:?} {calls}");
    (writes, calls)
}

/// Interrupts the operation at every step; see the module. `needs_an_operator` says whether only an operator can end an
/// operation that the provider has never received: then the hub alarms, and the operator records that it was not done.
pub async fn interrupt_everywhere<F: Played>(operation: Operation, needs_an_operator: bool) {
    listen("error");
    let mut shop = Shop::<F>::open().await;
    let (writes, calls) = steps_of(&shop, operation).await;
    let interruptions = interruptions::<F>(&writes, calls);
    let key = |(number, it)| format!("{number} {operation:?} {it:?}").chars().take(KEY).collect();
    let keys: Vec<String> = (1..).zip(&interruptions).map(key).collect();
    let prepared = prepare_all(&shop, operation, &keys).await;
    for (prepared, interruption) in prepared.iter().zip(&interruptions) {
        interrupt(&mut shop, prepared, interruption).await;
    }
    let settled = recover(&shop, &prepared, needs_an_operator).await;
    assert_eq!(settled > 0, needs_an_operator, "{settled} were ended by an operator");
    shop.assert_books_agree().await;
    assert_done(&shop, &prepared).await;
}

fn interruptions<F: Played>(writes: &[(String, usize)], calls: usize) -> Vec<Interruption> {
    use fakes::Fault::{HalfAnswer, HoldAfter, HoldBefore, Instead, LoseAnswer, LoseRequest};

    let at_writes = writes.iter().flat_map(|(what, nth)| {
        [engine::Fault::DieBefore, engine::Fault::DieAfter].map(|fault| Interruption::Write {
            what: what.clone(),
            nth: *nth,
            fault,
        })
    });
    let at_calls = (1..=calls).flat_map(|nth| [HoldBefore, HoldAfter].map(|fault| Interruption::Call { nth, fault }));
    let html = Reply { status: 502, headers: Vec::new(), body: b"<html>Bad gateway</html>".to_vec() };
    let faults =
        [LoseRequest, LoseAnswer, HalfAnswer, Instead(Reply::empty(200)), Instead(html), Instead(F::failure())];
    let unclear = (1..=calls).flat_map(|nth| {
        let once = Interruption::Unclear { calls: nth..=nth, fault: LoseAnswer };
        let ever = faults.clone().map(|fault| Interruption::Unclear { calls: nth..=usize::MAX, fault });
        std::iter::once(once).chain(ever)
    });
    let silence = [HoldBefore, HoldAfter].map(Interruption::Silence);
    at_writes.chain(at_calls).chain(unclear).chain(silence).collect()
}

/// The operation is asked for, and interrupted. Another hub is started where this one died.
async fn interrupt<F: Played>(shop: &mut Shop<F>, prepared: &Prepared, interruption: &Interruption) {
    let (server, engine) = (shop.account.server.clone(), &shop.hub.engine);
    let seen = server.asked().len();
    let (answer, dies) = match interruption {
        Interruption::Write { what, nth, fault } => {
            engine.fail_write_of(what, *nth, *fault);
            (tokio::select! { () = engine.has_killed() => None, answer = prepared.ask(shop) => answer }, true)
        }
        Interruption::Call { nth, fault } => {
            server.treat_calls(*nth..=*nth, fault.clone());
            (tokio::select! { () = server.has_seen(seen + nth) => None, answer = prepared.ask(shop) => answer }, true)
        }
        Interruption::Unclear { calls, fault } => {
            server.treat_calls(calls.clone(), fault.clone());
            (prepared.ask(shop).await, false)
        }
        Interruption::Silence(fault) => {
            server.treat_calls(1..=usize::MAX, fault.clone());
            // Storing the intent takes nearly all of the time that the call has.
            let (clock, mut has_moved) = (shop.hub.clock().clone(), false);
            engine.fail(move |operation, _| {
                if engine::is_write(operation) && !std::mem::replace(&mut has_moved, true) {
                    clock.advance(CALL_WINDOW.saturating_sub(A_MOMENT));
                }
                engine::Fault::None
            });
            (prepared.ask(shop).await, false)
        }
    };
    server.treat_all_alike();
    if dies {
        assert!(answer.is_none(), "{:?} was answered, and the hub was to die at {interruption:?}", prepared.operation);
        shop.hub.kill_and_restart().await;
    } else {
        engine.heal();
        assert!(server.asked().len() > seen, "{:?} was not sent: {interruption:?}", prepared.operation);
        answer.unwrap().assert_status(201);
    }
}

/// Time passes until nothing is open: half an hour three times, and days where the provider says only at the end of a
/// payment what became of it, or never.
async fn recover<F: Played>(shop: &Shop<F>, prepared: &[Prepared], needs_an_operator: bool) -> usize {
    let mut settled = 0;
    for _ in 0..3 {
        shop.pass(LONG_AFTER).await;
    }
    for day in 0..LAST_DAY {
        let open = open(shop, prepared).await;
        if open.is_empty() {
            return settled;
        }
        for (charge, number) in open.iter().filter(|_| day > 1) {
            let reference = charge.reference(*number).to_string();
            assert!(alarms("unknown_outcome", &reference) > 0, "no operator knows that it is open: {charge:?}");
            if needs_an_operator && !has_arrived(shop, &reference) {
                operator::settle(shop.hub.flows(), charge.id, *number, Verdict::Declined).await.unwrap();
                settled += 1;
            }
        }
        shop.pass(DAY).await;
    }
    panic!("these are still open: {:?}", open(shop, prepared).await);
}

/// The requests that have not ended, each with its charge.
async fn open<F: Played>(shop: &Shop<F>, prepared: &[Prepared]) -> Vec<(Charge, usize)> {
    let mut open = Vec::new();
    for prepared in prepared {
        let Some(charge) = prepared.charge(shop).await else { continue };
        let numbers = (1..).zip(&charge.requests).filter(|(_, request)| !request.is_final()).map(|(number, _)| number);
        open.extend(numbers.map(|number| (charge.clone(), number)).collect::<Vec<_>>());
    }
    open
}

/// Whether the provider has received a payment under this reference.
fn has_arrived<F: Played>(shop: &Shop<F>, reference: &str) -> bool {
    shop.fake().books().contains_key(reference)
}

/// Asks for each again, and fails unless it is done once in all, or has failed for good and can be asked for anew.
async fn assert_done<F: Played>(shop: &Shop<F>, prepared: &[Prepared]) {
    let mut answers = Vec::new();
    for prepared in prepared {
        let is_begun = prepared.charge(shop).await.is_some_and(|charge| {
            prepared.operation.is_creation() || charge.requests.iter().skip(charge.creation()).any(is_asked)
        });
        let again = prepared.ask(shop).await.unwrap().expect(201);
        assert_eq!(again.is_replay(), is_begun, "{}: {}", prepared.key, again.body);
        answers.push(again.body);
    }
    shop.pass(Duration::from_mins(1)).await;
    for prepared in prepared.iter().filter(|prepared| !prepared.operation.is_creation()) {
        let charge = prepared.charge(shop).await.unwrap();
        if charge.requests.last().is_some_and(|last| last.status().is_failure()) {
            prepared.ask_under(shop, &format!("{} anew", prepared.key)).await.unwrap().assert_status(201);
        }
    }
    shop.pass(Duration::from_mins(1)).await;
    shop.assert_books_agree().await;
    for (prepared, answer) in prepared.iter().zip(&answers) {
        let charge = prepared.charge(shop).await.unwrap();
        let reached = (charge.status().name(), charge.amount().minor());
        let is_over = prepared.operation.is_creation() && matches!(reached.0, "failed" | "canceled");
        assert!(is_over || reached == prepared.operation.end(), "{}: {reached:?} {charge:?}", prepared.key);
        assert!(shop.held(&charge.id.to_string()).debits <= 1, "{}", prepared.key);
        assert_eq!(prepared.ask(shop).await.unwrap().expect(201).body, *answer, "{}", prepared.key);
        assert_session_follows(shop, prepared, reached.0).await;
    }
    shop.pass(Duration::from_mins(1)).await;
    shop.assert_books_agree().await;
}

const fn is_asked(request: &TransactionRequest) -> bool {
    use domain::charge::request::RequestKind::{Capture, Void};

    matches!(request.kind, Capture | Void)
}

/// A session whose payment has failed or waits for its shopper can be paid, by card where its provider takes cards; one
/// that is paid cannot.
async fn assert_session_follows<F: Played>(shop: &Shop<F>, prepared: &Prepared, status: &str) {
    let (Some(session), Operation::Pay(method)) = (&prepared.session, prepared.operation) else { return };
    let method = if F::TAKES_CARDS { PaymentType::Credit } else { method };
    let rival = paid_by(method, by(method));
    let rival = shop.hub.merchant.post(&format!("/v1/sessions/{session}/charge"), &rival).await;
    rival.assert_status(if status == "authorized" { 409 } else { 201 });
    if !F::TAKES_CARDS {
        return;
    }
    let session = shop.hub.merchant.get(&format!("/v1/sessions/{session}")).await.expect(200);
    assert_eq!(session.text("/status"), "paid", "{}", prepared.key);
}

/// What a provider notifies of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// The shopper has paid a charge by Pix.
    Paid,
    /// The shopper has paid a session by Pix.
    SessionPaid,
    /// A Pix is refunded that its merchant has voided.
    Refunded,
    /// A Pix was paid beside a card: the hub refunds it.
    PaidBesideACard,
}

impl News {
    /// The charge, and the notifications of it that were not delivered.
    async fn prepare<F: Played>(self, shop: &Shop<F>) -> (String, Vec<Notice>) {
        let merchant = &shop.hub.merchant;
        match self {
            Self::Paid | Self::Refunded => {
                let body = of_a_customer(charge_by(&merchant.id, PaymentType::Pix));
                let charge = merchant.charges(&body).await;
                let paid = shop.fake().is_paid(&reference(&charge, 1), 150);
                if self == Self::Paid {
                    return (charge, paid);
                }
                shop.delivers(&paid).await;
                merchant.voids(&charge, &whole()).await.assert_status(201);
                let refunded = shop.fake().goes_on();
                (charge, refunded)
            }
            Self::SessionPaid | Self::PaidBesideACard => {
                let (session, charge) = merchant.opens_locked_session(&of_a_customer(by(PaymentType::Pix))).await;
                if self == Self::PaidBesideACard {
                    shop.hub.shopper.pays(&session, &by(PaymentType::Credit)).await.assert_status(201);
                }
                let paid = shop.fake().is_paid(&reference(&charge, 1), 100);
                (charge, paid)
            }
        }
    }

    const fn end(self) -> (&'static str, u64) {
        match self {
            Self::Paid => ("authorized", 150),
            Self::SessionPaid => ("authorized", 100),
            Self::Refunded | Self::PaidBesideACard => ("voided", 0),
        }
    }
}

/// The hub dies at every write and every call that a notification causes. The provider, which got no answer, notifies
/// again, and in the end the books agree.
pub async fn interrupt_news<F: Played>(news: News) {
    let mut shop = Shop::<F>::open().await;
    let (_, notices) = news.prepare(&shop).await;
    let _ = shop.hub.engine.take_calls();
    let calls = shop.account.server.asked().len();
    for notice in &notices {
        shop.account.sends(&shop.hub, notice).await.unwrap().assert_status(200);
    }
    let writes = shop.hub.engine.take_calls().into_iter().filter(Call::is_write).count();
    let calls = shop.account.server.asked().len() - calls;
    assert!(writes >= 1, "{news:?} is not stored");
    let mut charges = Vec::new();
    for number in 1..=writes {
        for fault in [engine::Fault::DieBefore, engine::Fault::DieAfter] {
            let (charge, notices) = news.prepare(&shop).await;
            shop.hub.engine.fail_write(number, fault);
            let died = tokio::select! {
                () = shop.hub.engine.has_killed() => true,
                () = shop.delivers(&notices) => false,
            };
            assert!(died, "the hub was to die at write {number} of {news:?}");
            shop.hub.kill_and_restart().await;
            shop.delivers(&notices).await;
            charges.push(charge);
        }
    }
    for number in 1..=calls {
        for fault in [fakes::Fault::HoldBefore, fakes::Fault::HoldAfter] {
            let (charge, notices) = news.prepare(&shop).await;
            let seen = shop.account.server.asked().len();
            shop.account.server.treat_calls(number..=number, fault);
            let died = tokio::select! {
                () = shop.account.server.has_seen(seen + number) => true,
                () = shop.delivers(&notices) => false,
            };
            assert!(died, "the hub was to die at call {number} of {news:?}");
            shop.account.server.treat_all_alike();
            shop.hub.kill_and_restart().await;
            shop.delivers(&notices).await;
            charges.push(charge);
        }
    }
    for _ in 0..3 {
        shop.pass(LONG_AFTER).await;
    }
    shop.assert_books_agree().await;
    for id in charges {
        let charge = shop.hub.charge(&id).await;
        assert_eq!((charge.status().name(), charge.amount().minor()), news.end(), "{charge:?}");
    }
}
