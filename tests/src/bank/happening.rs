//! What happens at the bank without a request of the hub. Each call books it, and returns its signed notification.

use std::fmt::Display;

use serde_json::{Value, json};

use super::{Bank, ProviderUpdate};

/// The reference of the request at `number` (from 1, the oldest) of the charge with this id.
#[must_use]
pub fn reference(charge: &str, number: usize) -> String {
    format!("{}{number:03}", charge.replace('-', ""))
}

/// Each call fails the test where the books do not allow it, or where the create named no address for notifications.
impl Bank {
    /// The shopper pays this amount, however late: also a payment that was canceled or rejected. For a card, the update
    /// says that the bank has captured it.
    #[must_use]
    pub fn pay(&self, payment: &(impl Display + ?Sized), amount: u64) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "paid", "amount": amount}))
    }

    /// As [`Bank::pay`], with another id of the bank than the one at the registration.
    #[must_use]
    pub fn pay_as(&self, payment: &(impl Display + ?Sized), amount: u64, transaction_id: &str) -> ProviderUpdate {
        self.lock().rename(&payment.to_string(), transaction_id);
        self.pay(payment, amount)
    }

    /// The shopper pays again what is paid: a duplicate payment with this id.
    #[must_use]
    pub fn pay_again(&self, payment: &(impl Display + ?Sized), amount: u64, transaction_id: &str) -> ProviderUpdate {
        let payment = payment.to_string();
        assert!(self.lock().pay_again(&payment, transaction_id, amount), "{payment} was not paid before");
        self.update(&payment, &json!({"news": "paid", "amount": amount, "transactionId": transaction_id}))
    }

    /// The bank itself captures this amount. The update names the capture with this reference; with the payment's own
    /// reference, it names no capture of the hub.
    #[must_use]
    pub fn take(&self, payment: &(impl Display + ?Sized), capture: &str, amount: u64) -> ProviderUpdate {
        let payment = payment.to_string();
        assert!(self.lock().take(&payment, amount), "this is not reserved by {payment}: {amount}");
        self.update(&payment, &json!({"news": "paid", "amount": amount, "reference": capture}))
    }

    /// A notification about a payment with these `fields`, whatever the books say; the books do not change.
    /// They may name another `reference` of that payment, and an `id`.
    #[must_use]
    pub fn update(&self, payment: &(impl Display + ?Sized), fields: &Value) -> ProviderUpdate {
        let payment = payment.to_string();
        let mut books = self.lock();
        let mut update = json!({"id": books.next_update(), "reference": payment});
        for (field, value) in fields.as_object().unwrap() {
            update[field] = value.clone();
        }
        let address = books.address(&payment).unwrap();
        ProviderUpdate::new(address, &update, self.clock().now())
    }

    /// The shopper will not pay.
    #[must_use]
    pub fn reject(&self, payment: &(impl Display + ?Sized)) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "not_paid", "code": "generic"}))
    }

    /// A refund that the hub requested, and that was accepted, is done.
    #[must_use]
    pub fn finish_refund(&self, void: &(impl Display + ?Sized)) -> ProviderUpdate {
        let void = void.to_string();
        let amount = self.lock().amount(&void).unwrap();
        self.happen(&void, json!({"news": "refunded", "amount": amount}))
    }

    /// A refund that the hub requested, and that was accepted, fails; a finished one is reverted.
    #[must_use]
    pub fn fail_refund(&self, void: &(impl Display + ?Sized)) -> ProviderUpdate {
        self.happen(&void.to_string(), json!({"news": "refund_failed", "code": "generic"}))
    }

    /// This amount of a payment's refunds, or of one of its refunds, is reverted.
    #[must_use]
    pub fn revert_refund(&self, reference: &(impl Display + ?Sized), amount: u64) -> ProviderUpdate {
        self.happen(&reference.to_string(), json!({"news": "refund_reverted", "amount": amount}))
    }

    /// A refund of this amount begins at the bank itself.
    #[must_use]
    pub fn begin_refund(&self, payment: &(impl Display + ?Sized), amount: u64) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "refund_begun", "amount": amount}))
    }

    /// A refund of this amount at the bank itself is done, whether or not its beginning was announced. Reserved money
    /// is released.
    #[must_use]
    pub fn refund(&self, payment: &(impl Display + ?Sized), amount: u64) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "refunded", "amount": amount}))
    }

    /// The shopper's bank charges this amount back.
    #[must_use]
    pub fn charge_back(&self, payment: &(impl Display + ?Sized), amount: u64) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "charged_back", "amount": amount}))
    }

    /// As [`Bank::charge_back`], in the dispute with this id.
    #[must_use]
    pub fn charge_back_in(&self, payment: &(impl Display + ?Sized), amount: u64, dispute: &str) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "charged_back", "amount": amount, "dispute": dispute}))
    }

    /// The merchant wins the dispute with this id: this charged back amount returns.
    #[must_use]
    pub fn reverse_charge_back(&self, payment: &(impl Display + ?Sized), amount: u64, dispute: &str) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "chargeback_reversed", "amount": amount, "dispute": dispute}))
    }

    /// The shopper contests the payment.
    #[must_use]
    pub fn dispute(&self, payment: &(impl Display + ?Sized)) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "disputed"}))
    }

    /// The dispute ends.
    #[must_use]
    pub fn close_dispute(&self, payment: &(impl Display + ?Sized)) -> ProviderUpdate {
        self.happen(&payment.to_string(), json!({"news": "dispute_closed"}))
    }

    /// The bank releases what a card has reserved, because it was never captured. No notification says so: the hub
    /// learns it when it reconciles.
    pub fn release(&self, payment: &(impl Display + ?Sized)) {
        assert!(self.lock().release(&payment.to_string()), "nothing is reserved by {payment}");
    }

    fn happen(&self, reference: &str, mut update: Value) -> ProviderUpdate {
        let mut books = self.lock();
        assert!(books.happens(reference, &update), "this cannot happen to {reference}: {update}");
        let fields = update.as_object_mut().unwrap();
        fields.insert("id".to_owned(), books.next_update().into());
        fields.insert("reference".to_owned(), reference.into());
        if fields["news"] == "paid" {
            fields.insert("transactionId".to_owned(), books.transaction_id(reference).into());
        }
        let address = books.address(reference).unwrap();
        ProviderUpdate::new(address, &update, self.clock().now())
    }
}
