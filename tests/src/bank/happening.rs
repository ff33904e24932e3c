//! What happens at the bank without the hub: each is booked, and comes with the signed notice that tells of it.

use std::fmt::Display;

use serde_json::{Value, json};

use super::{Bank, ProviderUpdate};

/// The reference of the request at `number` (from 1, the oldest) of the charge with this id.
#[must_use]
pub fn reference(charge: &str, number: usize) -> String {
    format!("{}{number:03}", charge.replace('-', ""))
}

/// Every one of these fails the test where it cannot happen, or where the create brought no address for notices.
impl Bank {
    /// The buyer pays this much, however late: a payment that was given up or rejected, too. Of a card, that it was
    /// taken is told.
    #[must_use]
    pub fn pay(&self, payment: &(impl Display + ?Sized), amount: u64) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "paid", "amount": amount}))
    }

    /// The same, where the bank calls the payment by another id than it did when it registered it.
    #[must_use]
    pub fn pay_as(&self, payment: &(impl Display + ?Sized), amount: u64, transaction_id: &str) -> ProviderUpdate {
        self.lock().rename(&payment.to_string(), transaction_id);
        self.pay(payment, amount)
    }

    /// The buyer pays once more what is paid, and the bank calls that so.
    #[must_use]
    pub fn pay_again(&self, payment: &(impl Display + ?Sized), amount: u64, transaction_id: &str) -> ProviderUpdate {
        let payment = payment.to_string();
        assert!(self.lock().pay_again(&payment, transaction_id, amount), "{payment} was not paid before");
        self.say(&payment, &json!({"news": "paid", "amount": amount, "transactionId": transaction_id}))
    }

    /// The bank itself takes this much of what is reserved, which ends the capture with this reference; or, with the
    /// payment's own reference, nobody's capture.
    #[must_use]
    pub fn take(&self, payment: &(impl Display + ?Sized), capture: &str, amount: u64) -> ProviderUpdate {
        let payment = payment.to_string();
        assert!(self.lock().take(&payment, amount), "this is not reserved by {payment}: {amount}");
        self.say(&payment, &json!({"news": "paid", "amount": amount, "reference": capture}))
    }

    /// The call of a bank that says so of a payment, whatever its books say, which stay as they are. `kind` may name
    /// another `reference` of that payment, and an `id`.
    #[must_use]
    pub fn say(&self, payment: &(impl Display + ?Sized), kind: &Value) -> ProviderUpdate {
        let payment = payment.to_string();
        let mut books = self.lock();
        let mut said = json!({"id": books.next_update(), "reference": payment});
        for (field, value) in kind.as_object().unwrap() {
            said[field] = value.clone();
        }
        let address = books.address(&payment).unwrap();
        ProviderUpdate::new(address, &said, self.clock().now())
    }

    /// The buyer will not pay.
    #[must_use]
    pub fn reject(&self, payment: &(impl Display + ?Sized)) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "not_paid", "code": "generic"}))
    }

    /// A refund that the hub asked for, and that was accepted, is done.
    #[must_use]
    pub fn finish_refund(&self, void: &(impl Display + ?Sized)) -> ProviderUpdate {
        let void = void.to_string();
        let amount = self.lock().amount(&void).unwrap();
        self.happen(&void, json!({"news": "refunded", "amount": amount}))
    }

    /// A refund that the hub asked for, and that was accepted, will not be done; one that was done comes back.
    #[must_use]
    pub fn fail_refund(&self, void: &(impl Display + ?Sized)) -> ProviderUpdate {
        self.happen(&void.to_string(), json!({"news": "refund_failed", "code": "generic"}))
    }

    /// This much of what was given back comes back: of a payment, or of one of its refunds.
    #[must_use]
    pub fn revert_refund(&self, reference: &(impl Display + ?Sized), amount: u64) -> ProviderUpdate {
        self.happen(&reference.to_string(), json!({"news": "refund_reverted", "amount": amount}))
    }

    /// A refund of this much is begun at the bank itself.
    #[must_use]
    pub fn begin_refund(&self, payment: &(impl Display + ?Sized), amount: u64) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "refund_begun", "amount": amount}))
    }

    /// A refund of this much at the bank itself is done, the one that was begun so or one that nobody announced; of
    /// reserved money, it is let go for the merchant.
    #[must_use]
    pub fn refund(&self, payment: &(impl Display + ?Sized), amount: u64) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "refunded", "amount": amount}))
    }

    /// The buyer's bank takes this much back.
    #[must_use]
    pub fn charge_back(&self, payment: &(impl Display + ?Sized), amount: u64) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "charged_back", "amount": amount}))
    }

    /// The same in the dispute with this id.
    #[must_use]
    pub fn charge_back_in(&self, payment: &(impl Display + ?Sized), amount: u64, dispute: &str) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "charged_back", "amount": amount, "dispute": dispute}))
    }

    /// The merchant has won the dispute with this id: what was taken back comes again.
    #[must_use]
    pub fn reverse_charge_back(&self, payment: &(impl Display + ?Sized), amount: u64, dispute: &str) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "chargeback_reversed", "amount": amount, "dispute": dispute}))
    }

    /// The buyer contests the payment.
    #[must_use]
    pub fn dispute(&self, payment: &(impl Display + ?Sized)) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "disputed"}))
    }

    /// The contest has ended.
    #[must_use]
    pub fn close_dispute(&self, payment: &(impl Display + ?Sized)) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "dispute_closed"}))
    }

    /// The bank lets go of what a card has reserved, because it was never captured. No notice tells of that: the hub
    /// learns it by asking.
    pub fn let_go(&self, payment: &(impl Display + ?Sized)) {
        assert!(self.lock().let_go(&payment.to_string()), "nothing is reserved by {payment}");
    }

    fn happen(&self, reference: &str, mut kind: Value) -> ProviderUpdate {
        let mut books = self.lock();
        assert!(books.happens(reference, &kind), "this cannot happen to {reference}: {kind}");
        let told = kind.as_object_mut().unwrap();
        told.insert("id".to_owned(), books.next_update().into());
        told.insert("reference".to_owned(), reference.into());
        if told["news"] == "paid" {
            told.insert("transactionId".to_owned(), books.transaction_id(reference).into());
        }
        let address = books.address(reference).unwrap();
        ProviderUpdate::new(address, &kind, self.clock().now())
    }
}
