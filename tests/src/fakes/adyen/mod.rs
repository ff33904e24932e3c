//! Adyen Checkout v72: cards, Pix and boleto, their modifications, and the notifications that end them.
//!
//! No call reads a payment. A modification is received at once and settled when the test says so; what happened waits
//! in a queue, and the test delivers it in any order, twice, late or never. [`Notification::body`] is one delivery.

mod access;
mod books;
mod create;
mod dispute;
mod errors;
mod modify;
mod notification;
mod presented;
mod schema;
mod verdict;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use access::{Operation, Running};
use books::Books;
pub use books::{Holding, Kind, Modification, Payment, Progress, Stage};
pub use dispute::DisputeEvent;
use domain::time::Timestamp;
pub use errors::{configuration_error, internal_error};
use flows::Clock;
pub use notification::{Notification, signature};
pub use schema::Method;
use serde_json::{Value, json};
pub use verdict::{
    AUTHORISED_CARD, CANCELLED_CARD, ERROR_CARD, PARTIAL_CARD, PENDING_CARD, RECEIVED_CARD, REDIRECT_CARD,
    REFUSED_CARD, Refusal, Verdict,
};

use super::{Asked, Fake, Reply};

/// The key of the merchant account: the header `X-API-Key`.
pub const API_KEY: &str = "AQEchekoutkeyofthetests";
/// The name of the merchant account.
pub const MERCHANT_ACCOUNT: &str = "LojaDosTestesBR";
/// The key of the notifications' signatures, in hexadecimal digits.
pub const HMAC_KEY: &str = "0F1E2D3C4B5A69788796A5B4C3D2E1F00F1E2D3C4B5A69788796A5B4C3D2E1F0";

/// Adyen, with one merchant account. Clones have the same books.
#[derive(Clone)]
pub struct Adyen {
    clock: Clock,
    books: Arc<Mutex<Books>>,
}

impl Adyen {
    /// Adyen with empty books. What depends on time goes by `clock`.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, books: Arc::default() }
    }

    /// The account may capture a payment in several parts; otherwise a capture of less releases the rest.
    #[must_use]
    pub fn with_several_captures(self) -> Self {
        self.books().takes_several_captures = true;
        self
    }

    /// `TECHNICAL_CANCEL` has the reference of the cancel as its `merchantReference`. The published example has the
    /// payment's, the text on modifications says the former.
    #[must_use]
    pub fn with_cancels_named_by_request(self) -> Self {
        self.books().names_cancels_by_request = true;
        self
    }

    /// The books as they are now.
    fn books(&self) -> MutexGuard<'_, Books> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        books.catch_up(self.clock.now());
        books
    }
}

/// What a test decides and sees.
impl Adyen {
    /// What becomes of the next payments; those after them go by their card numbers.
    pub fn expect(&self, verdicts: impl IntoIterator<Item = Verdict>) {
        self.books().verdicts.extend(verdicts);
    }

    /// The next request still runs when its caller is answered 504. It is carried out by [`Adyen::finish_running`];
    /// until then its key is answered 704, and a cancel finds no payment of it.
    pub fn run_long_next(&self) {
        self.books().is_next_long = true;
    }

    /// Carries out what still runs.
    pub fn finish_running(&self) {
        let mut books = self.books();
        for request in std::mem::take(&mut books.running) {
            let answer = books.do_as_asked(&request.operation, &request.body, self.clock.now());
            books.keys.finish(request.key.as_deref(), &answer);
        }
    }

    /// Every payment, the oldest first.
    #[must_use]
    pub fn payments(&self) -> Vec<Payment> {
        self.books().payments.clone()
    }

    /// Every capture, cancel, refund and reversal, the oldest first.
    #[must_use]
    pub fn modifications(&self) -> Vec<Modification> {
        self.books().modifications.clone()
    }

    /// The sums of the payments under this reference of the merchant.
    #[must_use]
    pub fn holding(&self, reference: &str) -> Holding {
        self.holdings().get(reference).copied().unwrap_or_default()
    }

    /// The sums of each reference of the merchant.
    #[must_use]
    pub fn holdings(&self) -> BTreeMap<String, Holding> {
        self.books().holdings()
    }

    /// Takes what waits in the queue of notifications, the oldest first.
    #[must_use]
    pub fn take_notifications(&self) -> Vec<Notification> {
        self.books().notifications.drain(..).collect()
    }

    /// Settles the modification that Adyen calls so, by the books.
    pub fn settle(&self, modification: &str) {
        self.books().settle(modification, None, self.clock.now());
    }

    /// Refuses the modification that Adyen calls so, whatever the books say.
    pub fn settle_as_refused(&self, modification: &str, reason: &str) {
        self.books().settle(modification, Some(reason), self.clock.now());
    }

    /// Settles everything that was received, in its order.
    pub fn settle_all(&self) {
        let received = |change: &Modification| change.progress == Progress::Received;
        for modification in self.modifications().into_iter().filter(received) {
            self.settle(&modification.psp_reference);
        }
    }

    /// The shopper, or the issuer, completes an open payment; also after its offer was closed, as one that was under
    /// way then.
    pub fn pay(&self, payment: &str) {
        let mut books = self.books();
        let found = books.payment(payment).expect("a payment");
        assert_ne!(found.stage, Stage::Authorised, "{payment} is paid");
        let value = found.value;
        books.authorise(payment, value, self.clock.now());
    }

    /// An open payment is declined.
    pub fn decline(&self, payment: &str, refusal: Refusal) {
        self.books().refuse(payment, refusal, self.clock.now());
    }

    /// The reservation of this payment ends before its time.
    pub fn expire(&self, payment: &str) {
        self.books().expire(payment, self.clock.now());
    }

    /// The offer of this open payment ends before its time.
    pub fn close_offer(&self, payment: &str) {
        self.books().close_offer(payment, self.clock.now());
    }

    /// The scheme undoes this capture, which was confirmed.
    pub fn fail_capture(&self, modification: &str) {
        self.books().undo(modification, "CAPTURE_FAILED", "Capture Failed", self.clock.now());
    }

    /// The scheme rejects this refund, which was confirmed.
    pub fn fail_refund(&self, modification: &str) {
        self.books().undo(modification, "REFUND_FAILED", "Refund Failed", self.clock.now());
    }

    /// The money of this refund comes back.
    pub fn reverse_refund(&self, modification: &str) {
        self.books().undo(modification, "REFUNDED_REVERSED", "", self.clock.now());
    }

    /// The shopper contests so much of this payment, in minor units. Returns what Adyen calls the dispute.
    #[must_use]
    pub fn dispute(&self, payment: &str, value: i64) -> String {
        self.books().dispute(payment, value)
    }

    /// The dispute goes on with this.
    pub fn dispute_goes_on(&self, dispute: &str, event: DisputeEvent) {
        self.books().goes_on(dispute, event, self.clock.now());
    }
}

impl Fake for Adyen {
    fn answer(&self, asked: &Asked) -> Reply {
        let now = self.clock.now();
        let Some(operation) = Operation::at(asked) else { return Reply::empty(404) };
        let read = access::body_of_merchant(asked).and_then(|body| Ok((body, access::key(asked)?)));
        let (body, key) = match read {
            Ok(read) => read,
            Err(refusal) => return refusal,
        };
        let mut books = self.books();
        if let Some(answer) = books.keys.answer(key.as_deref(), now) {
            return answer;
        }
        books.keys.start(key.as_deref(), now);
        if std::mem::take(&mut books.is_next_long) {
            books.running.push(Running { key, operation, body });
            return Reply::empty(504);
        }
        let answer = books.do_as_asked(&operation, &body, now);
        books.keys.finish(key.as_deref(), &answer);
        answer
    }
}

impl Books {
    fn do_as_asked(&mut self, operation: &Operation, body: &Value, now: Timestamp) -> Reply {
        match operation {
            Operation::Create => self.create(body, now),
            Operation::Modify(kind, payment) => self.modify(*kind, payment, body),
            Operation::TechnicalCancel => self.cancel_by_reference(body),
            Operation::PaymentMethods => payment_methods(),
        }
    }
}

/// The payment methods that the account is set up for.
fn payment_methods() -> Reply {
    let method = |kind: &str, name: &str| json!({ "name": name, "type": kind });
    let methods = [method("scheme", "Cards"), method("pix", "Pix"), method("boletobancario", "Boleto Bancario")];
    Reply::json(200, &json!({ "paymentMethods": methods }))
}

impl std::fmt::Debug for Adyen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Adyen").finish_non_exhaustive()
    }
}
