//! Drip's answers, as they are read.

use domain::money::Amount;
use serde::Deserialize;

use super::MAX_ID;
use crate::{HttpAnswer, decimal, text};

/// A checkout.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Checkout {
    id: String,
    merchant_code: String,
    pub(super) status: CheckoutStatus,
    form_url: Option<String>,
    order_id: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum CheckoutStatus {
    /// The shopper has not decided.
    #[serde(rename = "MORE_INFO")]
    Open,
    /// The shopper has agreed: there is an order.
    #[serde(rename = "OK")]
    Agreed,
    /// The shopper or Drip has refused.
    #[serde(rename = "KO")]
    Refused,
}

/// An order.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    id: Option<String>,
    status: OrderStatus,
    amount: String,
    canceled_amount: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum OrderStatus {
    Active,
    /// Canceled whole, or paid to its last installment: the amounts decide.
    Closed,
}

/// The amounts of an order.
pub(super) struct Sums {
    /// What the shopper agreed to.
    pub(super) amount: Amount,
    /// What of it was canceled.
    pub(super) canceled: Amount,
}

impl Checkout {
    /// The checkout that a 2xx holds, where it is the one of our reference.
    pub(super) fn read(answer: &HttpAnswer, reference: &str) -> Option<Self> {
        let checkout: Self = read(answer)?;
        (checkout.merchant_code == reference && self::id(&checkout.id).is_some()).then_some(checkout)
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn order(&self) -> Option<&str> {
        self.order_id.as_deref().and_then(id)
    }

    /// The page where the shopper decides, where it can be kept whole.
    pub(super) fn page(&self) -> Option<&str> {
        self.form_url.as_deref().filter(|url| url.starts_with("https://") && text::is_page(url))
    }
}

impl Sums {
    /// The amounts of the order of this id that a 2xx holds, where they make sense.
    pub(super) fn read(answer: &HttpAnswer, order: &str) -> Option<Self> {
        let read: Order = read(answer)?;
        let amount = decimal::read(&read.amount).filter(|amount| *amount != Amount::ZERO)?;
        let canceled = match (&read.canceled_amount, read.status) {
            (Some(text), _) => decimal::read(text)?,
            (None, OrderStatus::Active) => Amount::ZERO,
            (None, OrderStatus::Closed) => return None,
        };
        let is_it = read.id.is_none_or(|id| id == order);
        (is_it && canceled <= amount).then_some(Self { amount, canceled })
    }

    /// What is left.
    pub(super) fn left(&self) -> Amount {
        self.amount.checked_sub(self.canceled).unwrap_or(Amount::ZERO)
    }
}

fn read<T: serde::de::DeserializeOwned>(answer: &HttpAnswer) -> Option<T> {
    if (200..300).contains(&answer.status) { answer.read() } else { None }
}

/// An id of Drip's that can stand in a path.
pub(super) fn id(text: &str) -> Option<&str> {
    Some(text).filter(|text| text::is_id(text, MAX_ID, &['-', '_']))
}
