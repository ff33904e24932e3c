//! The ids of payments and refunds: 30 digits, as Worldline's own are. They are read back without a lookup.
//!
//! The first 27 digits are the number of the payment. The last three are `000` for a payment, and for a refund its
//! number in the charge.
//!
//! The id of the charge follows from the number of the payment. There are 10²⁷ numbers, and their charges have ids that
//! are spread evenly over all UUIDs of version 4. This API gives its charges such ids alone. A charge of another API has
//! another id, so this API does not find it.

use std::{fmt, str::FromStr};

use domain::ids::ChargeId;
use uuid::{Builder, Uuid};

/// How many numbers of payments there are.
const PAYMENTS: u128 = 10_u128.pow(27);
/// How far the ids of charges of two consecutive payments lie apart. A UUID of version 4 has 122 bits of its own.
const APART: u128 = (1_u128 << 122) / PAYMENTS;

/// The number of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentId(u128);

/// The id of a refund: its payment, and its number among the requests of the charge, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundId {
    /// The payment.
    pub payment: PaymentId,
    /// The number of the request in the charge.
    pub number: usize,
}

/// The text is not the id of a payment, or not that of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no id of 30 digits")]
pub struct NotAnId;

impl PaymentId {
    /// The payment whose charge has this id, or the next lower one. Random ids give random payments.
    #[must_use]
    pub fn at_or_below(id: Uuid) -> Self {
        Self(own_bits(id.as_u128()).div_euclid(APART).min(PAYMENTS - 1))
    }

    /// Its charge.
    #[must_use]
    pub fn charge(self) -> ChargeId {
        let own = self.0 * APART;
        let bits = (own >> 74 << 80) | ((own >> 62 & 0xfff) << 64) | (own & ((1 << 62) - 1));
        ChargeId::new(Builder::from_random_bytes(bits.to_be_bytes()).into_uuid())
    }

    /// The first 20 digits of its id.
    #[must_use]
    pub fn additional_reference(self) -> String {
        self.to_string().chars().take(20).collect()
    }
}

/// The 122 bits of a UUID that neither its version nor its variant takes.
const fn own_bits(id: u128) -> u128 {
    (id >> 80 << 74) | ((id >> 64 & 0xfff) << 62) | (id & ((1 << 62) - 1))
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:027}000", self.0)
    }
}

impl fmt::Display for RefundId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:027}{:03}", self.payment.0, self.number)
    }
}

impl FromStr for PaymentId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match parts(text)? {
            (payment, 0) => Ok(payment),
            (_, 1..) => Err(NotAnId),
        }
    }
}

impl FromStr for RefundId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match parts(text)? {
            (payment, number @ 1..) => Ok(Self { payment, number }),
            (_, 0) => Err(NotAnId),
        }
    }
}

fn parts(text: &str) -> Result<(PaymentId, usize), NotAnId> {
    let is_id = text.len() == 30 && text.bytes().all(|byte| byte.is_ascii_digit());
    let (payment, number) = text.split_at_checked(27).filter(|_| is_id).ok_or(NotAnId)?;
    Ok((PaymentId(payment.parse().map_err(|_| NotAnId)?), number.parse().map_err(|_| NotAnId)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: PaymentId = PaymentId(PAYMENTS - 1);

    #[test]
    fn a_payment_and_its_charge_lead_to_each_other() {
        for payment in [PaymentId(0), PaymentId(1), PaymentId(123_456_789_012_345_678_901_234_567), LAST] {
            let (charge, text) = (payment.charge(), payment.to_string());
            assert_eq!((charge.uuid().get_version_num(), text.len()), (4, 30), "{payment}");
            assert_eq!(PaymentId::at_or_below(charge.uuid()), payment);
            assert_eq!((text.parse(), charge.to_string().parse()), (Ok(payment), Ok(charge)));
        }
    }

    /// 10²⁷ does not divide the ids: the payments lie closer together than a 10²⁷th of them, by one part in 4·10¹⁰.
    #[test]
    fn random_ids_give_payments_over_all_of_them() {
        for (id, first) in [
            ("00000000-0000-4000-8000-000000000000", "0000"),
            ("3fffffff-ffff-4fff-bfff-ffffffffffff", "2500"),
            ("80000000-0000-4000-8000-00ffffffffff", "5000"),
            ("ffffffff-ffff-4fff-bfff-ffffffffffff", "9999"),
        ] {
            let payment = PaymentId::at_or_below(id.parse().unwrap());
            assert_eq!(&payment.to_string()[..4], first, "{id}");
            assert_eq!(PaymentId::at_or_below(payment.charge().uuid()), payment);
            assert_eq!(payment.charge().to_string()[..4], id[..4], "close to the random id");
        }
    }

    #[test]
    fn a_refund_is_found_by_its_number_and_is_no_payment() {
        let refund = RefundId { payment: LAST, number: 2 };
        let text = refund.to_string();
        assert_eq!(text, "999999999999999999999999999002");
        assert_eq!((text.parse(), text.parse::<PaymentId>()), (Ok(refund), Err(NotAnId)));
        let payment = LAST.to_string();
        assert_eq!((payment.as_str(), payment.parse::<RefundId>()), ("999999999999999999999999999000", Err(NotAnId)));
        assert_eq!(LAST.additional_reference(), "9".repeat(20));
    }

    #[test]
    fn nothing_else_is_an_id() {
        for text in [
            "",
            "0",
            "00000000000000000000000000000",
            "0000000000000000000000000000000",
            "+00000000000000000000000000000",
            "00000000000000000000000000000a",
            "c1db83fa-723c-4e1f-9722-bc19d1be6791",
            "٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠",
        ] {
            assert_eq!((text.parse::<PaymentId>(), text.parse::<RefundId>()), (Err(NotAnId), Err(NotAnId)), "{text}");
        }
    }
}
