//! Drip's answers, as they are read.

use domain::money::Amount;
use serde::Deserialize;

use super::MAX_ID;
use crate::HttpAnswer;

/// Characters of a page's address, at most: what is kept of one answer fits into 512 bytes.
const MAX_URL: usize = 352;

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
        self.form_url.as_deref().filter(|url| {
            let host = url.strip_prefix("https://").and_then(|rest| rest.chars().next());
            let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
            host.is_some_and(|first| first.is_ascii_alphanumeric()) && url.len() <= MAX_URL && url.bytes().all(is_plain)
        })
    }
}

impl Sums {
    /// The amounts of the order of this id that a 2xx holds, where they make sense.
    pub(super) fn read(answer: &HttpAnswer, order: &str) -> Option<Self> {
        let read: Order = read(answer)?;
        let amount = amount(&read.amount).filter(|amount| *amount != Amount::ZERO)?;
        let canceled = match (&read.canceled_amount, read.status) {
            (Some(text), _) => self::amount(text)?,
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
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    ((1..=MAX_ID).contains(&text.len()) && text.bytes().all(is_plain)).then_some(text)
}

/// The centavos of a text such as `100.00`.
fn amount(text: &str) -> Option<Amount> {
    let (whole, part) = text.split_once('.')?;
    let is_plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    if !is_plain(whole) || !is_plain(part) || part.len() != 2 {
        return None;
    }
    let minor: u64 = format!("{whole}{part}").parse().ok()?;
    Amount::new(minor).ok()
}
