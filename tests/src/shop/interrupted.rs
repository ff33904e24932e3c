//! The hub dies before and after every write and every call of a provider, and the provider's answers are lost.
//!
//! [`interrupt_everywhere`] makes one operation without faults and counts its steps, then makes it again for each of
//! them. Afterwards nothing is open, the books agree, nothing was done twice, and a repeated request gets the outcome.

use std::{collections::HashMap, time::Duration};

use domain::{
    charge::{Charge, request::TransactionRequest},
    method::PaymentType,
};
use flows::charge::operator::{self, Verdict};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Played, Shop, of_a_customer};
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
pub enum Interruption {
    /// The hub dies at the `nth` write of the kind `what`, before or after it is carried out.
    Write {
        /// As [`Call::what`] prints it.
        what: String,
        /// From 1.
        nth: usize,
        /// A death.
        fault: engine::Fault,
    },
    /// The hub dies during the `nth` call of the provider, before or after it is carried out.
    Call {
        /// From 1.
        nth: usize,
        /// A call without an answer.
        fault: fakes::Fault,
    },
    /// The hub lives, and this call, or this and all later calls of the operation, get no clear answer.
    Unclear {
        /// From 1.
        nth: usize,
        /// Whether the calls that follow get none either.
        and_later: bool,
        /// What comes instead.
        fault: fakes::Fault,
    },
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
        // A comma would be a header that came twice.
        Self { operation, charge, session, path, body, key: key.replace(',', ";") }
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
    if let Operation::Refund(method) | Operation::RefundPart(method) = operation {
        if method == PaymentType::Credit {
            // Some providers capture a card by themselves, a while later.
            shop.hub.clock().advance(HOUR);
        } else {
            shop.account.is_paid(&shop.hub, &charge, 150).await;
        }
    }
    shop.account.goes_on(&shop.hub).await;
    Some(charge)
}

fn reservation(merchant: &str) -> Value {
    with(card_charge(merchant, APPROVED), "/capture", json!(false))
}

fn paid_by(method: PaymentType, body: Value) -> Value {
    if method == PaymentType::Credit { body } else { of_a_customer(body) }
}

/// The writes of an operation without faults, each by its kind and its number among those of that kind, and how often
/// the provider is called.
async fn steps_of<F: Played>(shop: &Shop<F>, operation: Operation) -> (Vec<(String, usize)>, usize) {
    let prepared = Prepared::new(shop, operation, &format!("{operation:?} dry run")).await;
    let _ = shop.hub.engine.take_calls();
    let calls = shop.account.server.asked().len();
    assert!(!prepared.ask(shop).await.unwrap().expect(201).is_replay());
    let mut seen: HashMap<String, usize> = HashMap::new();
    let writes = shop.hub.engine.take_calls().into_iter().filter(Call::is_write).map(|call| {
        let nth = seen.entry(call.what()).or_default();
        *nth += 1;
        (call.what(), *nth)
    });
    let writes: Vec<_> = writes.collect();
    let calls = shop.account.server.asked().len() - calls;
    assert!(writes.len() >= 2 && calls >= 1, "an intent, a call and an outcome at least: {writes:?} {calls}");
    assert_done(shop, prepared).await;
    (writes, calls)
}

/// Interrupts the operation at every step; see the module. `needs_an_operator` says whether only an operator can end an
/// operation that the provider has never received: then the hub alarms, and the operator records that it was not done.
pub async fn interrupt_everywhere<F: Played>(operation: Operation, needs_an_operator: bool) {
    listen("error");
    let mut shop = Shop::<F>::open().await;
    let (writes, calls) = steps_of(&shop, operation).await;
    for interruption in interruptions(&writes, calls) {
        let prepared = Prepared::new(&shop, operation, &format!("{operation:?} {interruption:?}")).await;
        interrupt(&mut shop, &prepared, &interruption).await;
        recover(&shop, &prepared, needs_an_operator).await;
        assert_done(&shop, prepared).await;
    }
}

fn interruptions(writes: &[(String, usize)], calls: usize) -> Vec<Interruption> {
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
    let unclear = [LoseRequest, LoseAnswer, HalfAnswer, Instead(Reply::empty(200)), Instead(html)];
    let unclear = (1..=calls).flat_map(|nth| {
        let of_call = unclear.clone();
        of_call.into_iter().flat_map(move |fault| {
            [false, true].map(|and_later| Interruption::Unclear { nth, and_later, fault: fault.clone() })
        })
    });
    at_writes.chain(at_calls).chain(unclear).collect()
}

/// The operation is asked for, and interrupted. Another hub is started where this one died.
async fn interrupt<F: Played>(shop: &mut Shop<F>, prepared: &Prepared, interruption: &Interruption) {
    let server = shop.account.server.clone();
    let seen = server.asked().len();
    let answered = match interruption {
        Interruption::Write { what, nth, fault } => {
            shop.hub.engine.fail_write_of(what, *nth, *fault);
            tokio::select! { () = shop.hub.engine.has_killed() => None, answer = prepared.ask(shop) => answer }
        }
        Interruption::Call { nth, fault } => {
            server.treat_calls(*nth..=*nth, fault.clone());
            tokio::select! { () = server.has_seen(seen + nth) => None, answer = prepared.ask(shop) => answer }
        }
        Interruption::Unclear { nth, and_later, fault } => {
            server.treat_calls(*nth..=if *and_later { usize::MAX } else { *nth }, fault.clone());
            let answer = prepared.ask(shop).await.unwrap();
            assert!(server.asked().len() >= seen + nth, "{interruption:?}");
            answer.assert_status(201);
            server.treat_all_alike();
            return;
        }
    };
    assert!(
        answered.is_none(),
        "{:?} was answered although the hub was to die at {interruption:?}",
        prepared.operation
    );
    server.treat_all_alike();
    shop.hub.kill_and_restart().await;
}

/// Time passes until nothing is open: half an hour three times, and days where the provider says only at the end of a
/// payment what became of it.
async fn recover<F: Played>(shop: &Shop<F>, prepared: &Prepared, needs_an_operator: bool) {
    for _ in 0..3 {
        shop.pass(LONG_AFTER).await;
    }
    let Some(mut charge) = prepared.charge(shop).await else { return shop.assert_books_agree().await };
    for day in 0..LAST_DAY {
        let Some(number) =
            (1..).zip(&charge.requests).find(|(_, request)| !request.is_final()).map(|(number, _)| number)
        else {
            return shop.assert_books_agree().await;
        };
        let reference = charge.reference(number).to_string();
        if day > 1 {
            assert!(alarms("unknown_outcome", &reference) > 0, "no operator knows that it is open: {charge:?}");
            if needs_an_operator && !has_arrived(shop, &reference) {
                operator::settle(shop.hub.flows(), charge.id, number, Verdict::Declined).await.unwrap();
            }
        }
        shop.pass(DAY).await;
        charge = shop.hub.charge(&charge.id.to_string()).await;
    }
    panic!("it is still open: {charge:?}");
}

/// Whether the provider has received a request under this reference.
fn has_arrived<F: Played>(shop: &Shop<F>, reference: &str) -> bool {
    shop.fake().books().contains_key(reference)
}

/// Asks again, and fails unless the operation is done once in all, or has failed for good and can be asked for anew.
async fn assert_done<F: Played>(shop: &Shop<F>, prepared: Prepared) {
    let operation = prepared.operation;
    let begun = prepared.charge(shop).await;
    let is_begun = begun.as_ref().is_some_and(|charge| {
        prepared.operation.is_creation() || charge.requests.iter().skip(charge.creation()).any(is_asked)
    });
    let again = prepared.ask(shop).await.unwrap().expect(201);
    assert_eq!(again.is_replay(), is_begun, "{operation:?}: {}", again.body);
    shop.account.goes_on(&shop.hub).await;
    shop.pass(Duration::from_mins(1)).await;
    let mut charge = prepared.charge(shop).await.unwrap();
    let has_failed = charge.requests.last().is_some_and(|last| last.status().is_failure());
    if has_failed && !operation.is_creation() {
        let key = format!("{} anew", prepared.key);
        prepared.ask_under(shop, &key).await.unwrap().assert_status(201);
        shop.pass(Duration::from_mins(1)).await;
        charge = shop.hub.charge(&charge.id.to_string()).await;
    }
    shop.assert_books_agree().await;
    let reached = (charge.status().name(), charge.amount().minor());
    let is_over = operation.is_creation() && matches!(reached.0, "failed" | "canceled");
    assert!(is_over || reached == operation.end(), "{operation:?}: {reached:?} {charge:?}");
    assert_session_follows(shop, &prepared, reached.0).await;
    let held = shop.held(&charge.id.to_string());
    let asked = charge.requests.iter().filter(|request| request.status().is_failure()).count();
    assert!(held.debits <= 1 + asked, "{operation:?}: {held:?}");
    assert_eq!(prepared.ask(shop).await.unwrap().expect(201).body, again.body, "{operation:?}");
}

const fn is_asked(request: &TransactionRequest) -> bool {
    use domain::charge::request::RequestKind::{Capture, Void};

    matches!(request.kind, Capture | Void)
}

/// A session whose payment has failed can be paid by another card; one that is paid cannot.
async fn assert_session_follows<F: Played>(shop: &Shop<F>, prepared: &Prepared, status: &str) {
    let Some(session) = &prepared.session else { return };
    let rival = shop.hub.merchant.post(&format!("/v1/sessions/{session}/charge"), &by(PaymentType::Credit)).await;
    let is_paid = status == "authorized";
    rival.assert_status(if is_paid { 409 } else { 201 });
    let status = shop.hub.merchant.get(&format!("/v1/sessions/{session}")).await.expect(200);
    assert_eq!(status.text("/status"), "paid");
    shop.pass(Duration::from_mins(1)).await;
    shop.assert_books_agree().await;
}
