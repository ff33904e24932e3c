//! What happens at the provider without a request. The shopper's browser and Drip's server then call the merchant.

use super::{Drip, books::Checkout};

/// The status of an order in the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderStatus {
    /// The shopper pays its installments.
    Active,
    /// The shopper has paid every installment.
    Paid,
    /// It was canceled whole.
    Canceled,
}

/// A checkout is named by its id. Each call returns the address that Drip calls then, and fails the test where the
/// books do not allow it.
impl Drip {
    /// The shopper agrees to pay: the checkout is `OK` and has an order.
    #[must_use]
    pub fn pays(&self, checkout: &str) -> String {
        let now = self.clock.now();
        self.happens(checkout, |checkout| {
            assert_eq!(checkout.status, "MORE_INFO", "it is decided");
            checkout.open_order(now);
        })
    }

    /// The shopper, or Drip, refuses: the checkout is `KO`.
    #[must_use]
    pub fn refuses(&self, checkout: &str) -> String {
        self.happens(checkout, |checkout| {
            assert_eq!(checkout.status, "MORE_INFO", "it is decided");
            checkout.status = "KO";
        })
    }

    /// Drip calls about a checkout that is over: it is still `MORE_INFO`.
    #[must_use]
    pub fn expires(&self, checkout: &str) -> String {
        let now = self.clock.now();
        self.happens(checkout, |checkout| assert!(checkout.is_over(now), "its time is not over"))
    }

    /// The shopper has paid every installment: the order is closed, and is no refund.
    #[must_use]
    pub fn pays_all_installments(&self, checkout: &str) -> String {
        let now = self.clock.now();
        self.happens(checkout, |checkout| assert!(checkout.close_order(now), "it has no active order"))
    }

    /// The merchant cancels the order in Drip's own pages.
    #[must_use]
    pub fn cancels(&self, checkout: &str) -> String {
        let now = self.clock.now();
        self.happens(checkout, |checkout| assert!(checkout.cancel(None, now), "its order cannot be canceled"))
    }

    /// The address that Drip calls about a checkout, whatever its status. It is called several times, and unsigned: a
    /// call proves nothing.
    #[must_use]
    pub fn call(&self, checkout: &str) -> String {
        self.happens(checkout, |_| {})
    }

    fn happens(&self, id: &str, change: impl FnOnce(&mut Checkout)) -> String {
        let mut books = self.books();
        let checkout = books.checkouts.iter_mut().find(|checkout| checkout.id() == id);
        let checkout = checkout.unwrap_or_else(|| panic!("no checkout of this id: {id}"));
        change(checkout);
        let joint = if checkout.resolve_url.contains('?') { '&' } else { '?' };
        format!("{}{joint}checkoutId={id}", checkout.resolve_url)
    }
}
